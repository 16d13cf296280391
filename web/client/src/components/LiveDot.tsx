import { count, pieces } from "../words";
import { EyeIcon } from "./icons";
import "./live.css";

/** "LIVE", by colour, word and shape. */
export function LiveDot({ text = "Live" }: { text?: string }) {
  return <span class="live-dot">{text}</span>;
}

export function ViewerCount({ viewers }: { viewers: number }) {
  return (
    <span class="viewer-count">
      <EyeIcon size={16} />
      <span aria-hidden="true">{count(viewers)}</span>
      <span class="hidden-visually">{pieces(viewers, "person is watching", "people are watching")}</span>
    </span>
  );
}
