import { money } from "../words";

/** Minor units of a currency, in the reader's way of writing money. */
export function Money({ amount, currency }: { amount: number; currency: string }) {
  return <span class="money">{money(amount, currency)}</span>;
}
