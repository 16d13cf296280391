import { money } from "../../words";
import type { Summary } from "./summary";
import { t } from "../../i18n";

/** Pieces, shipping, total. */
export function Totals({ summary }: { summary: Pick<Summary, "subtotal" | "discount" | "shipping" | "total" | "currency" | "parcels"> }) {
  const { subtotal, discount, shipping, total, currency, parcels } = summary;
  return (
    <dl class="totals">
      <div>
        <dt>{t("Pieces")}</dt>
        <dd>{money(subtotal, currency)}</dd>
      </div>
      {discount > 0 && (
        <div>
          <dt>{t("Bundle discount")}</dt>
          <dd>{money(-discount, currency)}</dd>
        </div>
      )}
      <div>
        <dt>{t("{count, plural, one {Shipping} other {Shipping, # parcels}}", { count: parcels })}</dt>
        <dd>{money(shipping, currency)}</dd>
      </div>
      <div class="totals__sum">
        <dt>{t("Total")}</dt>
        <dd>{money(total, currency)}</dd>
      </div>
    </dl>
  );
}
