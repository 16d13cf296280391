import type { Curation } from "../../api/types";
import { ListingPhoto } from "../../components/ListingCard";
import { day, money } from "../../words";

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
                Sold for {money(sale.price, currency)} on {day(sale.sold_at)}
                {sale.show && (
                  <>
                    {" "}
                    in <a href={`/show/${encodeURIComponent(sale.show.show_id)}`}>{sale.show.title}</a>
                  </>
                )}
              </span>
            </span>
            <strong class="order-item__credit">+ {money(sale.credit, currency)}</strong>
          </li>
        );
      })}
    </ul>
  );
}
