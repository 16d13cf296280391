import { useEffect, useState } from "preact/hooks";

import { type ReplayInfo, replays } from "../../api/replay";

/** The recording's end may take the server a moment to write down. */
const AGAIN_MS = 4_000;
const TRIES = 4;

/** The recording of a show that is over; null while there is none. */
export function useReplayInfo(showId: string, over: boolean): ReplayInfo | null {
  const [info, setInfo] = useState<ReplayInfo | null>(null);
  useEffect(() => {
    setInfo(null);
    if (!over) return undefined;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = (left: number) => {
      replays.get(showId, stop.signal).then(
        (found) => {
          if (found.state === "ready" || left === 0) setInfo(found);
          else timer = setTimeout(() => ask(left - 1), AGAIN_MS);
        },
        () => undefined,
      );
    };
    ask(TRIES);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [showId, over]);
  return info;
}
