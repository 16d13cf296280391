import type { Show } from "../api/types";
import { dayAndTime, startsIn } from "../words";
import { Avatar } from "./Avatar";
import { HangerIcon } from "./icons";
import { LiveDot, ViewerCount } from "./LiveDot";
import "./show-card.css";

/** A show as one large target: poster, what is going on, title, host. `now` is the server's time in Unix milliseconds. */
export function ShowCard({ show, now, href = `/show/${encodeURIComponent(show.show_id)}` }: { show: Show; now: number; href?: string }) {
  const onAir = show.state === "live" || show.state === "interrupted";
  return (
    <a class="show-card" href={href}>
      <span class="show-card__poster">
        {show.poster ? <img src={show.poster} alt="" loading="lazy" /> : <HangerIcon size={56} />}
        <span class="show-card__chips">
          {show.state === "live" && <LiveDot />}
          {show.state === "interrupted" && <span class="show-card__chip">Back in a moment</span>}
          {show.state === "scheduled" && <span class="show-card__chip">Starts {startsIn(show.starts_at, now)}</span>}
          {show.state === "ended" && <span class="show-card__chip">Ended</span>}
          {show.state === "cancelled" && <span class="show-card__chip">Cancelled</span>}
          {onAir && <ViewerCount viewers={show.viewers} />}
        </span>
      </span>
      <span class="show-card__words">
        <Avatar person={show.host} size={40} live={onAir} />
        <span class="show-card__lines">
          <strong class="show-card__title">{show.title}</strong>
          <span class="quiet small">
            {show.host.name}
            {!onAir && ` · ${dayAndTime(show.ended_at ?? show.starts_at)}`}
          </span>
        </span>
      </span>
    </a>
  );
}
