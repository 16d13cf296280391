import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Channel } from "../../../live/channel";
import type { Reaction } from "../../../live/wire";
import { KINDS } from "./kinds";

export interface Float {
  id: number;
  kind: Reaction;
  /** Where it rises, 0..1 of the lane's width. */
  x: number;
}

export interface Reactions {
  floats: readonly Float[];
  send: (kind: Reaction) => void;
}

/** More than this is a cloud that hides the clothes. */
const FLOATING_MOST = 24;
/** Of one kind at a time: what five thousand people send looks as full as what eight send. */
const FRESH_MOST = 8;
const FLOATS_MS = 2_400;
/** The server takes ten at a time; a happy thumb taps eight times a second. */
const SEND_EVERY_MS = 700;
const SEND_MOST = 10;

type Counts = Partial<Record<Reaction, number>>;

/** Reactions in the air: one's own at once, other people's as the server tells. Hearts have a count of their own on the wire. */
export function useReactions(channel: Channel): Reactions {
  const [floats, setFloats] = useState<readonly Float[]>([]);
  const next = useRef(0);
  const unsent = useRef<Counts>({});
  /** Own ones that the server will count back to us. */
  const own = useRef<Counts>({});

  const float = useCallback((kind: Reaction, count: number) => {
    if (count <= 0) return;
    const fresh = Array.from({ length: Math.min(count, FRESH_MOST) }, () => ({ id: next.current++, kind, x: Math.random() }));
    setFloats((present) => [...present, ...fresh].slice(-FLOATING_MOST));
    setTimeout(() => setFloats((present) => present.filter((one) => !fresh.includes(one))), FLOATS_MS);
  }, []);

  useEffect(() => {
    const told = (kind: Reaction, count: number) => {
      const mine = own.current[kind] ?? 0;
      own.current[kind] = Math.max(0, mine - count);
      float(kind, count - mine);
    };
    const unsubscribes = [
      channel.onHearts((count) => told("heart", count)),
      // A kind that a newer server has and this page does not know cannot be drawn.
      channel.onReactions((counts) => KINDS.forEach(({ kind }) => told(kind, counts[kind] ?? 0))),
    ];
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
  }, [channel, float]);

  useEffect(() => {
    const timer = setInterval(() => {
      const waiting = unsent.current;
      unsent.current = {};
      for (const { kind } of KINDS) {
        const count = Math.min(waiting[kind] ?? 0, SEND_MOST);
        if (count === 0) continue;
        own.current[kind] = (own.current[kind] ?? 0) + count;
        channel.ask({ do: "heart", count, kind }).catch(() => {
          own.current[kind] = Math.max(0, (own.current[kind] ?? 0) - count);
        });
      }
    }, SEND_EVERY_MS);
    return () => clearInterval(timer);
  }, [channel]);

  const send = useCallback(
    (kind: Reaction) => {
      unsent.current[kind] = (unsent.current[kind] ?? 0) + 1;
      float(kind, 1);
    },
    [float],
  );

  return { floats, send };
}
