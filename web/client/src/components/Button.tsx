import type { ComponentChildren, JSX, PartialAnchorHTMLAttributes } from "preact";
import "./button.css";

export type ButtonKind = "buy" | "strong" | "plain" | "quiet" | "danger";

type Look = {
  /** "buy" has the accent and is kept for what can be bought or is live. */
  kind?: ButtonKind;
  size?: "m" | "l";
  wide?: boolean;
  /** While its act is under way: not clickable, and said so. */
  busy?: boolean;
  children?: ComponentChildren;
};

function look({ kind = "strong", size = "m", wide, busy }: Look, extra?: unknown): string {
  return ["button", `button--${kind}`, size === "l" && "button--l", wide && "button--wide", busy && "button--busy", extra]
    .filter(Boolean)
    .join(" ");
}

export function Button({ kind, size, wide, busy, children, class: extra, disabled, onClick, ...rest }: Look & Omit<JSX.IntrinsicElements["button"], "size">) {
  return (
    <button
      type="button"
      {...rest}
      class={look({ kind, size, wide, busy }, extra)}
      disabled={disabled}
      aria-disabled={busy ? "true" : undefined}
      aria-busy={busy ? "true" : undefined}
      onClick={(event) => {
        // A busy button keeps its focus, which disabling it would lose.
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ kind, size, wide, children, class: extra, href, ...rest }: Look & { href: string } & Omit<PartialAnchorHTMLAttributes<HTMLAnchorElement>, "role">) {
  return (
    <a {...rest} href={href} class={look({ kind, size, wide }, extra)}>
      {children}
    </a>
  );
}
