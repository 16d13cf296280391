import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n";

import "./hold-to-end.css";

interface Props {
  onEnd: () => void;
  busy: boolean;
}

/** Long enough that no falling dress ends a show. */
const HELD_MS = 1_200;

/** Ends the show after a held press, by pointer or by Space or Enter. */
export function HoldToEnd({ onEnd, busy }: Props) {
  const [holding, setHolding] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const release = () => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
    setHolding(false);
  };
  const press = () => {
    if (busy || timer.current !== null) return;
    setHolding(true);
    timer.current = setTimeout(() => {
      release();
      onEnd();
    }, HELD_MS);
  };
  useEffect(() => release, []);

  const isPress = (event: KeyboardEvent) => event.key === " " || event.key === "Enter";
  return (
    <button
      type="button"
      class={`hold-to-end${holding ? " hold-to-end--holding" : ""}`}
      data-testid="end-show"
      aria-describedby="hold-to-end-how"
      aria-busy={busy}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        // Held is held, also when the page moves beneath the pointer.
        event.currentTarget.setPointerCapture?.(event.pointerId);
        press();
      }}
      onPointerUp={release}
      onLostPointerCapture={release}
      onPointerCancel={release}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (!isPress(event)) return;
        event.preventDefault();
        // A key that is still down after the end, or after a refusal, is not a second press.
        if (!event.repeat) press();
      }}
      onKeyUp={(event) => isPress(event) && release()}
      onBlur={release}
    >
      <span class="hold-to-end__words">{busy ? t("Ending…") : holding ? t("Keep holding…") : t("Hold to end")}</span>
      <span id="hold-to-end-how" class="hidden-visually">
        {t("Hold the button for a second to end the show for everybody.")}
      </span>
    </button>
  );
}
