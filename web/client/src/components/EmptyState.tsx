import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import "./empty.css";

/** Nothing here, and what to do about it. */
export function EmptyState({ title, children, action }: { title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children && <p class="quiet">{children}</p>}
      {action}
    </div>
  );
}

/** Something could not be read: why, and a way to try again. */
export function Problem({ text, onRetry, retry = t("Try again") }: { text: string; onRetry?: () => void; retry?: string }) {
  return (
    <div class="empty" role="alert">
      <p>{text}</p>
      {onRetry && (
        <button type="button" class="button button--plain" onClick={onRetry}>
          {retry}
        </button>
      )}
    </div>
  );
}
