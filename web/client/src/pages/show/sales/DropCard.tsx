import { useState } from "preact/hooks";

import { useServerNow } from "../../../clock";
import { Sheet } from "../../../components/Sheet";
import { t } from "../../../i18n";
import type { Drop } from "../../../live/selling";
import type { LineupItem } from "../../../live/wire";
import { minutesLeft, money } from "../../../words";
import { BuyButton } from "../BuyButton";
import type { Buying } from "../useBuying";

/** Several sizes at once: a countdown, then a sheet with one button for each size. */
export function DropCard({ drop, lineup, buying }: { drop: Drop; lineup: readonly LineupItem[]; buying: Buying }) {
  const [open, setOpen] = useState(false);
  const now = useServerNow(500);
  const pieces = drop.listing_ids.flatMap((id) => lineup.find((item) => item.listing_id === id) ?? []);
  const opened = now >= drop.opens_at;
  const left = pieces.reduce((sum, item) => sum + item.left, 0);
  return (
    <article class="giveaway" data-testid="drop" data-open={opened}>
      <div class="auction__words">
        <h2 class="auction__title">
          <span class="auction__kind">{t("Drop")}</span> <span class="auction__name" dir="auto">{drop.title}</span>
        </h2>
        <p class="auction__stand" role="status">
          {t("{count, plural, one {# piece left} other {# pieces left}}", { count: left })} ·{" "}
          {t("{count, plural, one {# for each buyer} other {# for each buyer}}", { count: drop.per_buyer })}
        </p>
      </div>
      {!opened && (
        <span class="auction__clock" role="timer" aria-live="off">
          {minutesLeft(drop.opens_at, now)}
        </span>
      )}
      <button type="button" class="buy" data-testid="drop-sizes" onClick={() => setOpen(true)}>
        {opened ? t("Choose a size") : t("See the sizes")}
      </button>
      <Sheet open={open} onClose={() => setOpen(false)} title={drop.title}>
        <ul class="lineup" data-testid="drop-sheet">
          {pieces.map((item) => (
            <li key={item.listing_id} class="lineup__item">
              <span class="lineup__photo">{item.photo ? <img src={item.photo} alt="" loading="lazy" /> : <span>♢</span>}</span>
              <div class="lineup__words">
                <span class="lineup__title" dir="auto">
                  {item.size || item.title}
                </span>
                <span class="lineup__facts">
                  {money(item.price, item.currency)} · {t("{count, plural, one {# left} other {# left}}", { count: item.left })}
                </span>
              </div>
              <BuyButton item={item} buyer={buying.buyer} busy={buying.busy === item.listing_id} onBuy={buying.buy} onPay={buying.pay} />
            </li>
          ))}
        </ul>
      </Sheet>
    </article>
  );
}
