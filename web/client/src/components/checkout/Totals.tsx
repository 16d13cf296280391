import { money } from "../../words";
import type { Summary } from "./summary";

/** Pieces, shipping, total. */
export function Totals({ summary }: { summary: Pick<Summary, "subtotal" | "shipping" | "total" | "currency" | "parcels"> }) {
  const { subtotal, shipping, total, currency, parcels } = summary;
  return (
    <dl class="totals">
      <div>
        <dt>Pieces</dt>
        <dd>{money(subtotal, currency)}</dd>
      </div>
      <div>
        <dt>Shipping{parcels > 1 ? `, ${parcels} parcels` : ""}</dt>
        <dd>{money(shipping, currency)}</dd>
      </div>
      <div class="totals__sum">
        <dt>Total</dt>
        <dd>{money(total, currency)}</dd>
      </div>
    </dl>
  );
}
