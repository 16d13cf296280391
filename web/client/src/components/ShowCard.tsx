import { useEffect, useState } from "preact/hooks";
import { lineup } from "../api";
import type { LineupItem, Show } from "../api/types";
import { dayAndTime, startsIn } from "../words";
import { Avatar } from "./Avatar";
import { HangerIcon } from "./icons";
import { LiveDot, ViewerCount } from "./LiveDot";
import { t } from "../i18n";
import "./show-card.css";

/** A show as one large target: poster, what is going on, title, host. `now` is the server's time in Unix milliseconds. */
export function ShowCard({ show, now, href = `/show/${encodeURIComponent(show.show_id)}` }: { show: Show; now: number; href?: string }) {
  const onAir = show.state === "live" || show.state === "interrupted";
  return (
    <a class="show-card" href={href}>
      <span class="show-card__poster">
        <Poster show={show} />
        <span class="show-card__chips">
          {show.state === "live" && <LiveDot />}
          {show.state === "interrupted" && <span class="show-card__chip">{t("Back in a moment")}</span>}
          {show.state === "scheduled" && <span class="show-card__chip">{t("Starts {when}", { when: startsIn(show.starts_at, now) })}</span>}
          {show.state === "ended" && <span class="show-card__chip">{t("Ended")}</span>}
          {show.state === "cancelled" && <span class="show-card__chip">{t("Cancelled")}</span>}
          {onAir && <ViewerCount viewers={show.viewers} />}
        </span>
      </span>
      <span class="show-card__words">
        <Avatar person={show.host} size={40} live={onAir} />
        <span class="show-card__lines">
          <strong class="show-card__title" dir="auto">{show.title}</strong>
          <span class="quiet small">
            {show.host.name}
            {!onAir && ` · ${dayAndTime(show.ended_at ?? show.starts_at)}`}
          </span>
        </span>
      </span>
    </a>
  );
}

/** As many photos as still show something in a card. */
const PHOTOS = 3;
/** Lineups asked for in this visit, by show; a list that is drawn again does not ask again. */
const asked = new Map<string, Promise<string[]>>();

/** What to show of a lineup: what is featured first, then the rest in its order. */
export function lineupPhotos(items: readonly LineupItem[], most = PHOTOS): string[] {
  const ordered = [...items.filter((item) => item.featured), ...items.filter((item) => !item.featured)];
  return ordered.flatMap((item) => (item.photo ? [item.photo] : [])).slice(0, most);
}

/** The show's own poster, or else photos of what it is going to show. */
function Poster({ show }: { show: Show }) {
  const [photos, setPhotos] = useState<string[]>([]);
  const key = `${show.show_id} ${show.featured.join(" ")}`;
  useEffect(() => {
    if (show.poster) return;
    let current = true;
    let reading = asked.get(key);
    if (!reading) {
      reading = lineup.get(show.show_id).then(
        ({ items }) => lineupPhotos(items),
        () => {
          // Not an answer: the next card asks again.
          asked.delete(key);
          return [];
        },
      );
      asked.set(key, reading);
      const oldest = asked.keys().next().value;
      if (asked.size > 100 && oldest !== undefined) asked.delete(oldest);
    }
    void reading.then((found) => {
      if (current) setPhotos(found);
    });
    return () => {
      current = false;
    };
  }, [key, show.poster]);

  if (show.poster) return <img class="show-card__picture" src={show.poster} alt="" loading="lazy" />;
  if (photos.length === 0) return <HangerIcon size={56} />;
  return (
    <span class={`show-card__collage show-card__collage--${photos.length}`}>
      {photos.map((photo) => (
        <img key={photo} src={photo} alt="" loading="lazy" />
      ))}
    </span>
  );
}
