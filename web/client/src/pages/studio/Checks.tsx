import { CheckIcon } from "../../components/icons";
import type { Check } from "./checklist";
import { mark, t } from "../../i18n";

const WORDS = { good: mark("Ready"), wait: mark("Waiting"), attention: mark("Look at this") } as const;

export function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <section class="checks" aria-label={t("Before you go live")}>
      <h2>{t("Before you go live")}</h2>
      <ul>
        {checks.map((check) => (
          <li key={check.name} class={`checks__one checks__one--${check.state}`}>
            <span class="checks__mark" aria-hidden="true">
              {check.state === "good" ? <CheckIcon size={18} /> : check.state === "wait" ? "…" : "!"}
            </span>
            <span>
              <b>{check.name}</b> <span class="hidden-visually">({t(WORDS[check.state])})</span>
              <span class="checks__sentence">{check.sentence}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
