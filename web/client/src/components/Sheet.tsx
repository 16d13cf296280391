import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useId, useMemo, useRef } from "preact/hooks";
import { sheets } from "../state/toasts";
import { CloseIcon } from "./icons";
import "./sheet.css";
import { closeOnBack } from "./sheet_history";
import { Toasts } from "./Toasts";
import { t } from "../i18n";

/**
 * A dialog over the page: from the bottom on a phone, in the middle on a wide screen. The browser's own modal dialog keeps
 * the focus inside, closes on Escape and gives the focus back to where it was.
 */
export function Sheet({
  open,
  onClose,
  title,
  children,
  footer,
  wide = false,
  aside = false,
  headingRef,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ComponentChildren;
  /** Stays in sight under what scrolls. */
  footer?: ComponentChildren;
  wide?: boolean;
  /** Not modal for now: what somebody else's script puts over the page (a bank's window) can be reached. */
  aside?: boolean;
  /** To give the heading the focus again when the content takes a new step. */
  headingRef?: RefObject<HTMLHeadingElement | null>;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const ownHeading = useRef<HTMLHeadingElement>(null);
  const heading = headingRef ?? ownHeading;
  const id = useId();
  const latest = useRef(onClose);
  latest.current = onClose;
  const self = useMemo(() => Symbol("sheet"), []);

  useEffect(() => {
    const element = dialog.current;
    if (!open || !element) return;
    const before = document.activeElement;
    if (!element.open) element.showModal();
    heading.current?.focus();
    sheets.value = [...sheets.value, self];
    const stopBack = closeOnBack(self, () => latest.current());
    return () => {
      stopBack();
      sheets.value = sheets.value.filter((each) => each !== self);
      if (element.open) element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [open]);

  useEffect(() => {
    const element = dialog.current;
    if (!open || !element || !aside) return;
    element.close();
    element.show();
    return () => {
      if (!element.open) return;
      element.close();
      element.showModal();
    };
  }, [open, aside]);

  if (!open) return null;
  return (
    <dialog
      ref={dialog}
      class={`sheet${wide ? " sheet--wide" : ""}${aside ? " sheet--aside" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        // A file picker's "cancel" bubbles up here and is not ours.
        if (event.target !== dialog.current) return;
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="sheet__body">
        <header class="sheet__head">
          <h2 id={id} ref={heading} tabIndex={-1}>
            {title}
          </h2>
          <button type="button" class="button button--quiet sheet__close" aria-label={t("Close")} onClick={onClose}>
            <CloseIcon />
          </button>
        </header>
        <div class="sheet__content">{children}</div>
        {footer && <footer class="sheet__foot">{footer}</footer>}
      </div>
      <Toasts within={self} />
    </dialog>
  );
}
