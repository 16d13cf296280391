import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Channel } from "../../live/channel";

export interface Heart {
  id: number;
  /** Where it rises, 0..1 of the lane's width. */
  x: number;
}

/** More than this is a cloud that hides the clothes. */
const FLOATING_MOST = 24;
const FLOATS_MS = 2_400;
/** The server takes ten at a time; a happy thumb taps eight times a second. */
const SEND_EVERY_MS = 700;
const SEND_MOST = 10;

/** Hearts in the air: one's own at once, other people's as the server tells. */
export function useHearts(channel: Channel): { hearts: readonly Heart[]; send: () => void } {
  const [hearts, setHearts] = useState<readonly Heart[]>([]);
  const next = useRef(0);
  const unsent = useRef(0);
  /** Own hearts that the server will count back to us. */
  const own = useRef(0);

  const float = useCallback((count: number) => {
    const fresh = Array.from({ length: Math.min(count, 8) }, () => ({ id: next.current++, x: Math.random() }));
    setHearts((present) => [...present, ...fresh].slice(-FLOATING_MOST));
    setTimeout(() => setHearts((present) => present.filter((heart) => !fresh.includes(heart))), FLOATS_MS);
  }, []);

  useEffect(
    () =>
      channel.onHearts((count) => {
        const others = Math.max(0, count - own.current);
        own.current = Math.max(0, own.current - count);
        float(others);
      }),
    [channel, float],
  );

  useEffect(() => {
    const timer = setInterval(() => {
      const count = Math.min(unsent.current, SEND_MOST);
      unsent.current = 0;
      if (count === 0) return;
      own.current += count;
      channel.ask({ do: "heart", count }).catch(() => {
        own.current = Math.max(0, own.current - count);
      });
    }, SEND_EVERY_MS);
    return () => clearInterval(timer);
  }, [channel]);

  const send = useCallback(() => {
    unsent.current += 1;
    float(1);
  }, [float]);

  return { hearts, send };
}
