import { commerce } from "../../api/commerce";
import { t } from "../../i18n";
import { useLoad } from "../../state/load";
import { locale } from "../../i18n";

/** What everybody may know: stars as a seller, counts and thanks as a host of others' pieces, and the first-sale banner. */
export function StandingPart({ handle, name, mine }: { handle: string; name: string; mine: boolean }) {
  const { value } = useLoad(`standing ${handle}`, () => commerce.standing(handle));
  if (!value) return null;
  const stars = value.stars === null ? null : new Intl.NumberFormat(locale.value, { maximumFractionDigits: 1 }).format(value.stars / 100);
  return (
    <div class="stack stack--tight" data-testid="standing">
      {value.first_sale_shipping !== null && !mine && (
        <p class="note" data-testid="first-sale">
          {t("{name} has not sold anything yet. The shop pays the shipping of the first parcel: be the first.", { name })}
        </p>
      )}
      {stars !== null && (
        <p>
          <span aria-hidden="true">★</span> {t("{stars} of 5, {count, plural, one {# rating} other {# ratings}}", { stars, count: value.ratings })}
        </p>
      )}
      {value.curated_pieces > 0 && (
        <p>
          {t("Sold {count, plural, one {# piece} other {# pieces}} for {closets, plural, one {# other closet} other {# other closets}} in {shows, plural, one {# show} other {# shows}}.", {
            count: value.curated_pieces,
            closets: value.curated_closets,
            shows: value.curated_shows,
          })}
        </p>
      )}
      {value.thanks.length > 0 && (
        <details>
          <summary>{t("{count, plural, one {Thanked once} other {Thanked # times}}", { count: value.thanked })}</summary>
          <ul class="stack stack--tight">
            {value.thanks.map((each) => (
              <li key={`${each.seller.id} ${each.show.show_id}`}>
                <span dir="auto">{each.text || t("Thank you!")}</span>{" "}
                <a class="small" href={`/closet/${encodeURIComponent(each.seller.handle)}`}>
                  @{each.seller.handle}
                </a>
              </li>
            ))}
          </ul>
        </details>
      )}
      {value.reviews.length > 0 && (
        <details>
          <summary>{t("What buyers say")}</summary>
          <ul class="stack stack--tight">
            {value.reviews.map((each, index) => (
              <li key={index}>
                <span aria-hidden="true">{"★".repeat(each.rating)}</span>
                <span class="hidden-visually">{t("{count, plural, one {# star} other {# stars}}", { count: each.rating })}</span> <span dir="auto">{each.review}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
