import { dismiss, sheets, toasts } from "../state/toasts";
import { CloseIcon } from "./icons";
import { t } from "../i18n";
import "./toasts.css";

/**
 * At the end of the page and of every sheet; the notices are in the topmost of them. Its live regions are there before
 * anything is said in them.
 */
export function Toasts({ within }: { within?: symbol }) {
  const shown = sheets.value.at(-1) === within ? toasts.value : [];
  return (
    <div class="toasts">
      <div role="status" aria-live="polite">
        {shown.filter((each) => each.kind !== "problem").map(draw)}
      </div>
      <div role="alert">{shown.filter((each) => each.kind === "problem").map(draw)}</div>
    </div>
  );
}

function draw({ id, text, kind, action }: (typeof toasts.value)[number]) {
  return (
    <div key={id} class={`toast toast--${kind}`}>
      <span>{text}</span>
      {action && (
        <button
          type="button"
          class="toast__action"
          onClick={() => {
            dismiss(id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
      <button type="button" class="toast__close" aria-label={t("Dismiss")} onClick={() => dismiss(id)}>
        <CloseIcon size={18} />
      </button>
    </div>
  );
}
