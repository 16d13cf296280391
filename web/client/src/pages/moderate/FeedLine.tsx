import { mark, t } from "../../i18n";
import type { Entry } from "./feed";
import type { Deed } from "./keys";

const WHY: Readonly<Record<string, string>> = {
  link: mark("Has a link"),
  word: mark("Has a blocked word"),
  chorus: mark("Said by many at once"),
};
const ROLES: Readonly<Record<string, string>> = { host: mark("Host"), moderator: mark("Moderator"), seller: mark("Seller") };

interface Props {
  entry: Entry;
  selected: boolean;
  onSelect: () => void;
  onDeed: (deed: Deed) => void;
}

/** One dense line, a row of a grid because rows may hold buttons; what waits has its two decisions beside it. */
export function FeedLine({ entry, selected, onSelect, onDeed }: Props) {
  const { line, appeal } = entry;
  const name = line?.author.name ?? appeal?.account.name ?? "";
  return (
    <li id={`line-${entry.id}`} class={`feed-line feed-line--${entry.kind}`} role="row" aria-selected={selected} data-testid={`feed-${entry.id}`} onClick={onSelect}>
      <p role="gridcell">
        {entry.kind !== "said" && <b class="feed-line__tag">{tag(entry)}</b>}
        {line?.question && <b class="feed-line__tag">{t("Question")}</b>} <b class="feed-line__name" dir="auto">{name}</b>
        {line?.role && <span class="feed-line__role"> {t(ROLES[line.role] ?? "")}</span>}{" "}
        <span class="feed-line__text" dir="auto">{line?.text ?? appeal?.text}</span>
      </p>
      {entry.reasons.length > 0 && <p role="gridcell" class="feed-line__reasons" dir="auto">{entry.reasons.join(" · ")}</p>}
      {entry.kind !== "said" && entry.kind !== "shadow" && (
        <span role="gridcell" class="feed-line__decide">
          <button type="button" class="control" tabIndex={-1} aria-label={t("Approve what {name} said", { name })} onClick={() => onDeed("approve")}>✓</button>
          <button type="button" class="control" tabIndex={-1} aria-label={t("Reject what {name} said", { name })} onClick={() => onDeed("reject")}>✕</button>
        </span>
      )}
    </li>
  );
}

function tag(entry: Entry): string {
  if (entry.kind === "held") return t(WHY[entry.why ?? ""] ?? mark("Held back"));
  if (entry.kind === "reported") return t("{count, plural, one {# report} other {# reports}}", { count: entry.reports });
  if (entry.kind === "appeal") return t("Appeal");
  return t("In the shadow");
}
