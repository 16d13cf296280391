import type { ComponentChildren } from "preact";
import type { ListingCard as Card } from "../api/types";
import { CONDITIONS, money } from "../words";
import { HangerIcon } from "./icons";
import { inARow, t } from "../i18n";
import "./listing-card.css";

/** The picture of a listing, or a hanger where there is none. */
export function ListingPhoto({ photo, alt, eager = false }: { photo: string | null; alt: string; eager?: boolean }) {
  return (
    <span class="listing-photo">
      {photo ? (
        <img src={photo} alt={alt} loading={eager ? "eager" : "lazy"} decoding="async" />
      ) : (
        <span class="listing-photo__none" role="img" aria-label={t("{alt}, no photo yet", { alt })}>
          <HangerIcon size={48} />
        </span>
      )}
    </span>
  );
}

/** What stands over the photo when a piece cannot simply be bought. */
export function stateWord(card: Pick<Card, "state" | "left" | "quantity">): string | null {
  if (card.state === "sold") return t("Sold");
  if (card.state === "held") return t("On hold");
  return card.quantity > 1 ? t("{count, plural, one {# left} other {# left}}", { count: card.left }) : null;
}

export function ListingCard({ card, seller = true, children }: { card: Card; seller?: boolean; children?: ComponentChildren }) {
  const word = stateWord(card);
  const facts = inARow(card.size && t("Size {size}", { size: card.size }), card.brand, t(CONDITIONS[card.condition] ?? card.condition));
  return (
    <article class={`listing-card listing-card--${card.state}`}>
      <a class="listing-card__link" href={`/listing/${encodeURIComponent(card.listing_id)}`}>
        <span class="listing-card__frame">
          <ListingPhoto photo={card.photo} alt="" />
          {word && <span class="listing-card__state">{word}</span>}
        </span>
        <span class="listing-card__price">{money(card.price, card.currency)}</span>
        <h3 class="listing-card__title" dir="auto">{card.title}</h3>
        <span class="listing-card__facts">{facts}</span>
        {card.likes > 0 && <span class="hidden-visually">{t("{count, plural, one {# like} other {# likes}}", { count: card.likes })}</span>}
      </a>
      {seller && (
        <a class="listing-card__seller" href={`/closet/${encodeURIComponent(card.seller.handle)}`}>
          <bdi>@{card.seller.handle}</bdi>
        </a>
      )}
      {children}
    </article>
  );
}

export function ListingGrid({
  cards,
  seller = true,
  label,
  below,
}: {
  cards: readonly Card[];
  seller?: boolean;
  label: string;
  /** What stands under a card. */
  below?: (card: Card) => ComponentChildren;
}) {
  return (
    <ul class="grid-cards" aria-label={label}>
      {cards.map((card) => (
        <li key={card.listing_id}>
          <ListingCard card={card} seller={seller}>
            {below?.(card)}
          </ListingCard>
        </li>
      ))}
    </ul>
  );
}
