import type { ComponentChildren } from "preact";

import { startsIn } from "../../words";
import { useServerNow } from "../../clock";
import type { RoomShow } from "../../live/wire";
import type { Picture } from "./useWatching";
import { t } from "../../i18n";

interface Props {
  show: RoomShow;
  picture: Picture;
  connected: boolean;
  children?: ComponentChildren;
}

/** What stands over the picture while there is none that moves: what is going on, and what happens next. */
export function StageNote({ show, picture, connected, children }: Props) {
  const now = useServerNow(show.state === "scheduled" ? 1_000 : null);
  const words = note(show, picture, connected, now);
  if (words === null) return null;
  return (
    <div class="stage-note" role="status" data-state={show.state}>
      <p class="stage-note__title">{words.title}</p>
      {words.more && <p>{words.more}</p>}
      {show.state === "scheduled" && show.description && <p class="stage-note__about" dir="auto">{show.description}</p>}
      {children}
    </div>
  );
}

function note(show: RoomShow, picture: Picture, connected: boolean, now: number): { title: string; more?: string } | null {
  switch (show.state) {
    case "scheduled": {
      const startsAt = show.starts_at ?? null;
      if (startsAt === null || startsAt <= now) {
        return { title: t("Starting any moment"), more: t("{name} is getting ready. The picture comes by itself.", { name: show.host.name }) };
      }
      return { title: countdown(startsAt - now) ?? t("Starts {when}", { when: startsIn(startsAt, now) }), more: t("Have a look at the lineup while you wait.") };
    }
    case "interrupted":
      return { title: t("The show paused"), more: t("The host is coming back. Chat goes on, and what you hold stays yours.") };
    case "ended":
      return { title: t("The show is over"), more: t("What is left can still be bought.") };
    case "cancelled":
      return { title: t("This show was cancelled"), more: t("See what else is in the closet of {name}.", { name: show.host.name }) };
    case "live":
      if (picture.state === "refused") {
        return { title: t("This browser cannot show the picture"), more: picture.reason ?? t("Try another browser. Chat and buying work here.") };
      }
      if (picture.shown || !connected) return null;
      return { title: t("Here it comes"), more: picture.delayed === null ? t("Fetching the picture…") : t("Trying another way, a few seconds behind…") };
  }
}

/** "2:03:09" within a day; null further away, where words say it better. */
function countdown(ms: number): string | null {
  if (ms >= 24 * 3_600_000) return null;
  const seconds = Math.ceil(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return t("Starts in {time}", { time: hours > 0 ? `${hours}:${rest}` : rest });
}
