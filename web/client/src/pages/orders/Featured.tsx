import type { Curation } from "../../api/types";
import { ListingPhoto } from "../../components/ListingCard";
import { day, money } from "../../words";
import { rich, t } from "../../i18n";

/** Other people's pieces that sold in one's own shows, and what came of it, newest first. */
export function Featured({ sales }: { sales: readonly Curation[] }) {
  return (
    <ul class="stack">
      {sales.map((sale) => {
        const currency = sale.currency ?? "USD";
        return (
          <li key={`${sale.listing.listing_id} ${sale.sold_at}`} class="panel order-item">
            <ListingPhoto photo={sale.listing.photo} alt="" />
            <span class="order-item__words">
              <a href={`/listing/${encodeURIComponent(sale.listing.listing_id)}`}>{sale.listing.title}</a>
              <span class="small quiet">
                {sale.show
                  ? rich("Sold for {price} on {day} in <link>{show}</link>", {
                      price: money(sale.price, currency),
                      day: day(sale.sold_at),
                      show: sale.show.title,
                      link: (inner) => <a href={`/show/${encodeURIComponent(sale.show?.show_id ?? "")}`}>{inner}</a>,
                    })
                  : t("Sold for {price} on {day}", { price: money(sale.price, currency), day: day(sale.sold_at) })}
              </span>
            </span>
            <strong class="order-item__credit">+ {money(sale.credit, currency)}</strong>
          </li>
        );
      })}
    </ul>
  );
}
