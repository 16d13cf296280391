/** Before a show: its trailer, and a reminder for whoever wants to come back. */

import { useEffect, useRef, useState } from "preact/hooks";

import { sentence } from "../../api";
import { type Bookmark, type Trailer, replays } from "../../api/replay";
import { t } from "../../i18n";
import { toast } from "../../state/toasts";
import { SoundTool } from "./SoundTool";

/** Plays behind the countdown, without sound until it is asked for. */
export function TrailerVideo({ showId }: { showId: string }) {
  const [trailer, setTrailer] = useState<Trailer | null>(null);
  const [muted, setMuted] = useState(true);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    let current = true;
    replays.trailer(showId).then(
      (found) => current && setTrailer(found),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [showId]);
  if (trailer === null) return null;
  return (
    <>
      <video ref={video} class="stage__video stage__trailer" data-testid="trailer" src={trailer.url} autoplay loop muted={muted} playsInline />
      <div class="stage__tools">
        <SoundTool on={!muted} onToggle={() => setMuted(!muted)} />
      </div>
    </>
  );
}

interface RemindProps {
  showId: string;
  signedIn: boolean;
  signIn: () => void;
}

/** "Remind me": a bookmark; whoever has one hears when the show starts. */
export function RemindButton({ showId, signedIn, signIn }: RemindProps) {
  const [state, setState] = useState<Bookmark | null>(null);
  useEffect(() => {
    let current = true;
    replays.bookmark(showId).then(
      (found) => current && setState(found),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [showId, signedIn]);
  const toggle = async () => {
    if (!signedIn) return signIn();
    try {
      const next = await replays.setBookmark(showId, !(state?.bookmarked ?? false));
      setState(next);
      if (next.bookmarked) toast(t("We tell you when the show starts."), "good");
    } catch (error) {
      toast(sentence(error), "problem");
    }
  };
  const marked = state?.bookmarked ?? false;
  return (
    <p class="remind">
      <button type="button" class={`remind__button${marked ? " remind__button--on" : ""}`} data-testid="remind" aria-pressed={marked} onClick={() => void toggle()}>
        {marked ? t("You will be reminded") : t("Remind me")}
      </button>
      {(state?.count ?? 0) > 0 && <span>{t("{count, plural, one {# person waits} other {# people wait}}", { count: state!.count })}</span>}
    </p>
  );
}
