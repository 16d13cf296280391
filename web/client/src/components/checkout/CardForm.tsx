import { useState } from "preact/hooks";
import type { Payment } from "../../api/types";
import { serverNow } from "../../clock";
import { Field } from "../Field";
import { cardProblems, expiryText, groupDigits } from "./card";
import { rich, t } from "../../i18n";

/** The card's three fields. `formId` names the form that a button elsewhere submits. */
export function CardForm({
  formId,
  problems: refused,
  onPay,
}: {
  formId: string;
  /** What the server found wrong, by field. */
  problems: Record<string, string>;
  onPay: (payment: Payment) => void;
}) {
  const [card, setCard] = useState<Payment>({ card_number: "", expiry: "", cvc: "" });
  const [problems, setProblems] = useState<Partial<Record<keyof Payment, string>>>({});
  const set = (field: keyof Payment, text: string): void => {
    setCard((old) => ({ ...old, [field]: text }));
    setProblems((old) => ({ ...old, [field]: undefined }));
  };
  const problem = (field: keyof Payment): string | undefined => problems[field] ?? refused[field];

  return (
    <form
      id={formId}
      class="stack"
      noValidate
      autocomplete="on"
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const found = cardProblems(card, serverNow());
        setProblems(found);
        if (Object.keys(found).length === 0) onPay(card);
        else requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      }}
    >
      <p class="note">
        {rich("This shop runs in test mode: no money moves. Pay with <b>{good}</b>, any later date and any code. {bad} is declined.", {
          good: "4242 4242 4242 4242",
          bad: "4000 0000 0000 0002",
          b: (inner) => <strong>{inner}</strong>,
        })}
      </p>
      <Field
        label={t("Card number")}
        inputMode="numeric"
        autocomplete="cc-number"
        placeholder="1234 5678 9012 3456"
        value={card.card_number}
        onValue={(text) => set("card_number", groupDigits(text))}
        problem={problem("card_number")}
        data-testid="checkout-card"
      />
      <div class="field-pair">
        <Field
          label={t("Expires")}
          inputMode="numeric"
          autocomplete="cc-exp"
          placeholder={t("MM/YY")}
          value={card.expiry}
          onValue={(text) => set("expiry", expiryText(text, card.expiry))}
          problem={problem("expiry")}
          data-testid="checkout-expiry"
        />
        <Field
          label={t("Security code")}
          inputMode="numeric"
          autocomplete="cc-csc"
          placeholder="123"
          value={card.cvc}
          onValue={(text) => set("cvc", text.replace(/\D/g, "").slice(0, 4))}
          problem={problem("cvc")}
          data-testid="checkout-cvc"
        />
      </div>
    </form>
  );
}
