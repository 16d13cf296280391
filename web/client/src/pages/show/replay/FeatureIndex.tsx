import { t } from "../../../i18n";
import { money, showMoment } from "../../../words";
import { BuyButton } from "../BuyButton";
import type { Buying } from "../useBuying";
import type { LineupItem } from "../../../live/wire";
import { type Feature, asOfNow } from "./log";

interface Props {
  features: readonly Feature[];
  current: Feature | null;
  present: ReadonlyMap<string, LineupItem>;
  buying: Buying;
  onSeek: (moment: number) => void;
}

/** Everything that was shown, in its order: a tap goes to the moment, what is left can be bought. */
export function FeatureIndex({ features, current, present, buying, onSeek }: Props) {
  if (features.length === 0) return <p class="lineup__empty">{t("Nothing was shown in this show.")}</p>;
  return (
    <ol class="lineup" data-testid="feature-index">
      {features.map((feature) => {
        const item = asOfNow(feature.card, present);
        return (
          <li
            key={`${feature.listing_id} ${feature.at}`}
            class={`lineup__item${item.state === "sold" ? " lineup__item--sold" : ""}${feature === current ? " lineup__item--current" : ""}`}
            aria-current={feature === current}
          >
            <button type="button" class="feature-jump" data-testid="feature-jump" onClick={() => onSeek(feature.at)}>
              <span class="lineup__photo">{item.photo ? <img src={item.photo} alt="" loading="lazy" /> : <span>♢</span>}</span>
              <span class="lineup__words">
                <span class="lineup__title" dir="auto">{item.title}</span>
                <span class="lineup__facts">
                  <bdi>{money(item.price, item.currency)}</bdi> · <bdi>@{item.seller.handle}</bdi>
                </span>
                <span class="feature-jump__time">{t("Shown at {time}", { time: showMoment(feature.at) })}</span>
              </span>
            </button>
            <BuyButton item={item} buyer={buying.buyer} busy={buying.busy === item.listing_id} onBuy={buying.buy} onPay={buying.pay} />
          </li>
        );
      })}
    </ol>
  );
}
