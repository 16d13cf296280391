import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { HeartIcon } from "../../../components/icons";
import type { Reaction } from "../../../live/wire";
import { useLongPress } from "../useLongPress";
import { KINDS } from "./kinds";
import { t } from "../../../i18n";
import "./reactions.css";

/**
 * A tap is a heart. A long press, a right click, the arrow up and the small button beside it open the tray with all kinds,
 * which stays open for more than one.
 */
export function ReactionButton({ onSend }: { onSend: (kind: Reaction) => void }) {
  const [open, setOpen] = useState(false);
  const whole = useRef<HTMLSpanElement>(null);
  const heart = useRef<HTMLButtonElement>(null);
  const press = useLongPress(() => setOpen(true));

  const close = () => {
    setOpen(false);
    heart.current?.focus();
  };

  // Before the next key: one that comes quickly belongs to the tray already.
  useLayoutEffect(() => {
    if (open) whole.current?.querySelector<HTMLButtonElement>(".reactions__tray button")?.focus();
  }, [open]);

  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!whole.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  const trayKeys = (event: KeyboardEvent) => {
    const buttons = [...(whole.current?.querySelectorAll<HTMLButtonElement>(".reactions__tray button") ?? [])];
    const place = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const rightToLeft = getComputedStyle(event.currentTarget as Element).direction === "rtl";
    const step = { ArrowRight: rightToLeft ? -1 : 1, ArrowLeft: rightToLeft ? 1 : -1 }[event.key];
    if (event.key === "Escape") close();
    else if (step !== undefined) buttons[(place + step + buttons.length) % buttons.length]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <span class="reactions" ref={whole}>
      {open && (
        <span class="reactions__tray" role="group" aria-label={t("Reactions")} data-testid="reaction-tray" onKeyDown={trayKeys}>
          {KINDS.map(({ kind, sign, label }) => (
            <button
              key={kind}
              type="button"
              class={`reactions__kind reactions__kind--${kind}`}
              data-testid={`react-${kind}`}
              aria-label={t(label)}
              onClick={() => onSend(kind)}
            >
              <span aria-hidden="true">{sign}</span>
            </button>
          ))}
        </span>
      )}
      <button
        ref={heart}
        type="button"
        class="show__round show__heart"
        data-testid="react"
        aria-label={t("Send a heart")}
        onClick={() => !press.held() && onSend("heart")}
        onKeyDown={(event) => {
          if (event.key !== "ArrowUp") return;
          event.preventDefault();
          setOpen(true);
        }}
        {...press.handlers}
      >
        <HeartIcon size={22} filled />
      </button>
      <button
        type="button"
        class="reactions__more"
        data-testid="more-reactions"
        aria-label={t("More reactions")}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span aria-hidden="true">＋</span>
      </button>
    </span>
  );
}
