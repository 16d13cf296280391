import { count } from "../words";
import { EyeIcon } from "./icons";
import { t } from "../i18n";
import "./live.css";

/** "LIVE", by colour, word and shape. */
export function LiveDot({ text = t("Live") }: { text?: string }) {
  return <span class="live-dot">{text}</span>;
}

export function ViewerCount({ viewers }: { viewers: number }) {
  return (
    <span class="viewer-count">
      <EyeIcon size={16} />
      <span aria-hidden="true">{count(viewers)}</span>
      <span class="hidden-visually">{t("{count, plural, one {# person is watching} other {# people are watching}}", { count: viewers })}</span>
    </span>
  );
}
