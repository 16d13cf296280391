import { useRef, useState } from "preact/hooks";

import { t } from "../../../i18n";
import { showMoment } from "../../../words";
import type { Feature } from "./log";
import type { Span } from "./useReplay";

/** A preview picture of the show from `at` (ms) on. */
export interface Still {
  at: number;
  url: string;
}

interface Props {
  span: Span;
  moment: number;
  features: readonly Feature[];
  stills: readonly Still[];
  onSeek: (moment: number) => void;
}

const STEP_MS = 5_000;
const PAGE_MS = 60_000;

/** Where in the show the picture is, and a way to any other moment; what was featured is marked on it. */
export function Scrubber({ span, moment, features, stills, onSeek }: Props) {
  const bar = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<number | null>(null);
  const length = Math.max(1, span.end - span.start);
  const share = (at: number) => Math.min(1, Math.max(0, (at - span.start) / length));
  const percent = (at: number) => `${(share(at) * 100).toFixed(3)}%`;

  const momentAt = (event: PointerEvent): number => {
    const box = bar.current!.getBoundingClientRect();
    const from = getComputedStyle(bar.current!).direction === "rtl" ? box.right - event.clientX : event.clientX - box.left;
    return span.start + Math.min(1, Math.max(0, from / box.width)) * length;
  };
  const keys = (event: KeyboardEvent) => {
    const rtl = getComputedStyle(bar.current!).direction === "rtl" ? -1 : 1;
    const steps: Record<string, number> = {
      ArrowRight: STEP_MS * rtl, ArrowLeft: -STEP_MS * rtl, ArrowUp: STEP_MS, ArrowDown: -STEP_MS, PageUp: PAGE_MS, PageDown: -PAGE_MS,
      Home: span.start - moment, End: span.end - moment,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onSeek(Math.min(span.end, Math.max(span.start, moment + step)));
  };

  return (
    <div
      ref={bar}
      class="scrubber"
      role="slider"
      tabIndex={0}
      data-testid="scrubber"
      aria-label={t("Moment of the show")}
      aria-valuemin={0}
      aria-valuemax={Math.round(length / 1000)}
      aria-valuenow={Math.round((moment - span.start) / 1000)}
      aria-valuetext={t("{time} of {length}", { time: showMoment(moment), length: showMoment(span.end) })}
      onKeyDown={keys}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        onSeek(momentAt(event));
      }}
      onPointerMove={(event) => {
        setHover(momentAt(event));
        if (event.currentTarget.hasPointerCapture(event.pointerId)) onSeek(momentAt(event));
      }}
      onPointerLeave={() => setHover(null)}
    >
      <svg class="scrubber__bar" preserveAspectRatio="none" viewBox="0 0 1000 10" aria-hidden="true">
        <rect class="scrubber__rest" x="0" y="3" width="1000" height="4" />
        <rect class="scrubber__done" x="0" y="3" width={share(moment) * 1000} height="4" />
        {features.map((feature) => (
          <rect key={`${feature.listing_id} ${feature.at}`} class="scrubber__mark" x={Math.max(0, share(feature.at) * 1000 - 1.5)} y="0" width="3" height="10" />
        ))}
      </svg>
      {hover !== null && <Preview at={hover} left={percent(hover)} stills={stills} />}
    </div>
  );
}

function Preview({ at, left, stills }: { at: number; left: string; stills: readonly Still[] }) {
  const still = stillAt(stills, at);
  return (
    <span class="scrubber__preview" ref={(element) => element?.style.setProperty("--at", left)}>
      {still && <img src={still.url} alt="" />}
      <span>{showMoment(at)}</span>
    </span>
  );
}

/** The newest picture by `at`; the first one before it. */
export function stillAt(stills: readonly Still[], at: number): Still | null {
  let found = stills[0] ?? null;
  for (const still of stills) if (still.at <= at) found = still;
  return found;
}
