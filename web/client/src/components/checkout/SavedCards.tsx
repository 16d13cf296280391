import type { SavedCard } from "../../api/commerce";
import { t } from "../../i18n";

/** "Visa ·· 4242": a card as people know it. */
export function cardName(card: Pick<SavedCard, "brand" | "last4">): string {
  const brand = card.brand === "card" ? t("Card") : card.brand.charAt(0).toUpperCase() + card.brand.slice(1);
  return `${brand} ·· ${card.last4}`;
}

/** Which saved card pays, or another one. */
export function SavedCards({
  methods,
  chosen,
  disabled,
  onChoose,
}: {
  methods: readonly SavedCard[];
  chosen: string | null;
  disabled: boolean;
  onChoose: (methodId: string | null) => void;
}) {
  return (
    <fieldset class="saved-cards" disabled={disabled}>
      <legend>{t("Pay with")}</legend>
      {methods.map((card) => (
        <label key={card.method_id} class="saved-cards__one">
          <input
            type="radio"
            name="saved-card"
            checked={chosen === card.method_id}
            disabled={card.expired}
            onChange={() => onChoose(card.method_id)}
          />
          <bdi>{cardName(card)}</bdi>
          <span class="small quiet">
            {card.expired ? t("expired") : `${String(card.month).padStart(2, "0")}/${String(card.year).slice(2)}`}
          </span>
        </label>
      ))}
      <label class="saved-cards__one">
        <input type="radio" name="saved-card" checked={chosen === null} onChange={() => onChoose(null)} />
        {t("Another card")}
      </label>
    </fieldset>
  );
}
