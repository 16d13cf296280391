import { useEffect, useRef } from "preact/hooks";
import { useServerNow } from "../clock";
import { minutesLeft } from "../words";
import { t } from "../i18n";
import "./countdown.css";

/** A hold that is nearly over looks like it. */
const HURRY_MS = 30_000;

/**
 * Minutes and seconds until a time of the server's clock. Not spoken every second: a screen reader reads the time when it
 * comes by, and is told once when half a minute is left. `bare` is the time alone, inside another sentence.
 */
export function Countdown({ until, onEnd, bare = false }: { until: number; onEnd?: () => void; bare?: boolean }) {
  const now = useServerNow(500);
  const left = until - now;
  const over = left <= 0;
  const told = useRef(0);
  useEffect(() => {
    if (!over || told.current === until) return;
    told.current = until;
    onEnd?.();
  }, [over, until]);
  const hurry = left <= HURRY_MS;
  return (
    <span class={`countdown${hurry ? " countdown--hurry" : ""}`}>
      <span role="timer" aria-live="off">
        {bare ? minutesLeft(until, now) : t("{time} left", { time: minutesLeft(until, now) })}
      </span>
      <span class="hidden-visually" role="status">
        {hurry && !over ? t("Less than 30 seconds left") : ""}
      </span>
    </span>
  );
}
