import { useEffect, useState } from "preact/hooks";

import { path, request } from "../../api";
import { type Sending, type ShowMedia, sending } from "../../media/health";
import type { Publishing } from "../../media/whip";

const EVERY_MS = 2_000;

/** What the server and the browser know about the host's picture, every two seconds while `on`. */
export function useShowMedia(showId: string, on: boolean, publishing: Publishing | null) {
  const [media, setMedia] = useState<ShowMedia | null>(null);
  const [own, setOwn] = useState<Sending | null>(null);
  useEffect(() => {
    if (!on) {
      setMedia(null);
      setOwn(null);
      return undefined;
    }
    const stop = new AbortController();
    const look = async () => {
      const [seen, report] = await Promise.all([
        // An answer that fails says nothing about the picture; the channel's banner tells about the connection.
        request<ShowMedia>("GET", path("api", "shows", showId, "media"), { signal: stop.signal }).catch(() => null),
        publishing?.statistics() ?? null,
      ]);
      if (stop.signal.aborted) return;
      if (seen) {
        setMedia(seen);
        void publishing?.followDemand(seen.publication?.layers ?? []);
      }
      setOwn(report ? sending(report) : null);
    };
    void look();
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [showId, on, publishing]);
  return { media, own };
}
