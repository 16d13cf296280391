/** The moderator's page: one or several shows side by side, worked by keyboard or thumb. `/moderate/{id}` or `/moderate/{id},{id}`. */

import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { PageProps } from "../../router";
import { useTitle } from "../../title";
import { t } from "../../i18n";
import { Desk } from "./Desk";
import { KEYS, type Stroke, stroke } from "./keys";
import "./moderate.css";

/** Side by side on a wide screen; more than four cannot be followed. */
const SHOWS_MOST = 4;

export default function ModeratePage({ params }: PageProps) {
  const showIds = [...new Set((params["id"] ?? "").split(",").filter(Boolean))].slice(0, SHOWS_MOST);
  const [active, setActive] = useState(0);
  const [help, setHelp] = useState(false);
  const desks = useRef(new Map<string, (stroke: Stroke) => void>());
  useTitle(t("Moderate"));

  const ready = useCallback((showId: string, take: (one: Stroke) => void) => {
    desks.current.set(showId, take);
  }, []);

  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const typing = target !== null && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
      const done = stroke(event, typing);
      if (done === null) return;
      event.preventDefault();
      if (done === "help") setHelp((open) => !open);
      else if (done === "left") setActive((place) => Math.max(0, place - 1));
      else if (done === "right") setActive((place) => Math.min(showIds.length - 1, place + 1));
      else desks.current.get(showIds[active] ?? "")?.(done);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  });

  return (
    <div class="moderate" style={{ "--shows": showIds.length }}>
      <header class="moderate__head">
        <h1>{t("Moderate")}</h1>
        {showIds.length > 1 && (
          <div class="moderate__switch" role="toolbar" aria-label={t("Shows")}>
            {showIds.map((id, place) => (
              <button key={id} type="button" class="control desk__button" aria-pressed={place === active} onClick={() => setActive(place)}>
                {t("Show {number}", { number: place + 1 })}
              </button>
            ))}
          </div>
        )}
        <button type="button" class="control desk__button moderate__help-button" aria-expanded={help} data-testid="help" onClick={() => setHelp(!help)}>
          {t("All keys")} <kbd aria-hidden="true">?</kbd>
        </button>
      </header>
      {help && (
        <dl class="moderate__help" data-testid="keys">
          {KEYS.map(([key, , sentence]) => (
            <div key={key}>
              <dt><kbd>{key}</kbd></dt>
              <dd>{t(sentence)}</dd>
            </div>
          ))}
        </dl>
      )}
      <div class="moderate__desks">
        {showIds.map((id, place) => (
          <Desk key={id} showId={id} active={place === active} onActivate={() => setActive(place)} onReady={ready} />
        ))}
      </div>
    </div>
  );
}
