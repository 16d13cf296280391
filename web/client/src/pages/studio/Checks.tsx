import { CheckIcon } from "../../components/icons";
import type { Check } from "./checklist";

const WORDS = { good: "Ready", wait: "Waiting", attention: "Look at this" } as const;

export function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <section class="checks" aria-label="Before you go live">
      <h2>Before you go live</h2>
      <ul>
        {checks.map((check) => (
          <li key={check.name} class={`checks__one checks__one--${check.state}`}>
            <span class="checks__mark" aria-hidden="true">
              {check.state === "good" ? <CheckIcon size={18} /> : check.state === "wait" ? "…" : "!"}
            </span>
            <span>
              <b>{check.name}</b> <span class="hidden-visually">({WORDS[check.state]})</span>
              <span class="checks__sentence">{check.sentence}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
