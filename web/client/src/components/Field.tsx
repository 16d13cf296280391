import type { ComponentChildren, JSX, PartialInputHTMLAttributes, PartialSelectHTMLAttributes } from "preact";
import { useId } from "preact/hooks";
import { t } from "../i18n";
import "./field.css";

type TextInput = Omit<PartialInputHTMLAttributes<HTMLInputElement>, "label" | "role" | "type"> & {
  type?: "text" | "email" | "password" | "search" | "url" | "tel" | "number" | "date" | "time" | "datetime-local" | "file";
};

interface Words {
  label: string;
  hint?: ComponentChildren;
  /** What is wrong with it; shown under the field and tied to it for screen readers. */
  problem?: string | null | undefined;
  optional?: boolean;
}

function Frame({ id, label, hint, problem, optional, children }: Words & { id: string; children: ComponentChildren }) {
  return (
    <div class={`field${problem ? " field--problem" : ""}`}>
      <label for={id}>
        {label}
        {optional && <span class="quiet"> {t("(optional)")}</span>}
      </label>
      {children}
      {hint && (
        <p class="field__hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem && (
        <p class="field__problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

function tie(id: string, { hint, problem }: Pick<Words, "hint" | "problem">) {
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return { id, "aria-describedby": described || undefined, "aria-invalid": problem ? ("true" as const) : undefined };
}

/** A labelled input. `onValue` gets its text. */
export function Field({
  label,
  hint,
  problem,
  optional,
  onValue,
  ...rest
}: Words & { onValue?: (value: string) => void } & TextInput) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, problem, optional }}>
      <input
        {...(rest as object)}
        {...tie(id, { hint, problem })}
        class="field__input"
        onInput={(event) => onValue?.(event.currentTarget.value)}
      />
    </Frame>
  );
}

export function TextArea({
  label,
  hint,
  problem,
  optional,
  onValue,
  ...rest
}: Words & { onValue?: (value: string) => void } & Omit<JSX.IntrinsicElements["textarea"], "label">) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, problem, optional }}>
      <textarea
        rows={4}
        {...rest}
        {...tie(id, { hint, problem })}
        class="field__input"
        onInput={(event) => onValue?.(event.currentTarget.value)}
      />
    </Frame>
  );
}

export function Select({
  label,
  hint,
  problem,
  optional,
  onValue,
  options,
  ...rest
}: Words & { onValue?: (value: string) => void; options: readonly (readonly [value: string, text: string])[] } & Omit<PartialSelectHTMLAttributes<HTMLSelectElement>, "label" | "role" | "multiple" | "size">) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, problem, optional }}>
      <select
        {...(rest as object)}
        {...tie(id, { hint, problem })}
        class="field__input"
        onChange={(event) => onValue?.(event.currentTarget.value)}
      >
        {options.map(([value, text]) => (
          <option key={value} value={value} selected={value === rest.value}>
            {text}
          </option>
        ))}
      </select>
    </Frame>
  );
}

/** An on-off switch with its words beside it. */
export function Switch({
  label,
  hint,
  checked,
  onChange,
  disabled,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div class="switch">
      <span class="switch__words">
        <label for={id}>{label}</label>
        {hint && (
          <span class="field__hint" id={`${id}-hint`}>
            {hint}
          </span>
        )}
      </span>
      <input
        id={id}
        type="checkbox"
        role="switch"
        class="switch__input"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </div>
  );
}

/** A form's complaint as a whole; taken up by screen readers when it appears. */
export function FormProblem({ children }: { children?: ComponentChildren }) {
  return (
    <div role="alert" class={children ? "form-problem" : undefined}>
      {children}
    </div>
  );
}
