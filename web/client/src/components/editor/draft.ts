/** A listing while it is being written: text as typed, checked and turned into what the server takes. Pure. */

import type { Condition, Listing, ListingDraft } from "../../api/types";
import { moneyInput, parseMoney } from "../../words";
import { t } from "../../i18n";

export interface DraftForm {
  title: string;
  story: string;
  brand: string;
  size: string;
  category: string;
  condition: Condition;
  price: string;
  currency: string;
  quantity: string;
  /** Grams, packed; empty: what is usual for its category. */
  weight: string;
  featuring_allowed: boolean;
}

/** The server's own limits; it has the last word. */
export const TITLE_MOST = 80;
export const STORY_MOST = 4_000;
export const LABEL_MOST = 40;
const PRICE_MOST = 10_000_000;
const QUANTITY_MOST = 999;
const WEIGHT_MOST = 30_000;

export const NEW_DRAFT: DraftForm = {
  title: "",
  story: "",
  brand: "",
  size: "",
  category: "",
  condition: "good",
  price: "",
  currency: "USD",
  quantity: "1",
  weight: "",
  featuring_allowed: true,
};

export function formFor(listing: Listing): DraftForm {
  const { title, story, brand, size, category, condition, currency, featuring_allowed } = listing;
  return {
    title,
    story,
    brand,
    size,
    category,
    condition,
    currency,
    featuring_allowed,
    price: moneyInput(listing.price, currency),
    quantity: String(listing.quantity),
    weight: listing.weight ? String(listing.weight) : "",
  };
}

export type DraftProblems = Partial<Record<keyof DraftForm, string>>;

/** The draft as the server takes it, or what is wrong with which field. */
export function readDraft(form: DraftForm): { draft: ListingDraft; problems: null } | { draft: null; problems: DraftProblems } {
  const problems: DraftProblems = {};
  const price = parseMoney(form.price, form.currency);
  const quantity = /^\d{1,3}$/.test(form.quantity.trim()) ? Number(form.quantity) : 0;
  if (!form.title.trim()) problems.title = t("Give it a name, such as “Camel wool coat”.");
  if (!form.category) problems.category = t("Choose what it is, so that people find it.");
  if (price === null || price < 1) problems.price = t("A price, such as 48 or 48.50.");
  else if (price > PRICE_MOST) problems.price = t("That is more than anything here may cost.");
  if (quantity < 1 || quantity > QUANTITY_MOST) problems.quantity = t("A whole number from 1 to {most}.", { most: QUANTITY_MOST });
  const grams = form.weight.trim() === "" ? 0 : /^\d{1,5}$/.test(form.weight.trim()) ? Number(form.weight) : -1;
  if (grams < 0 || grams > WEIGHT_MOST) problems.weight = t("A whole number of grams, up to {most}.", { most: WEIGHT_MOST });
  if (Object.keys(problems).length > 0 || price === null) return { draft: null, problems };
  return {
    draft: {
      ...form,
      title: form.title.trim(),
      story: form.story.trim(),
      brand: form.brand.trim(),
      size: form.size.trim(),
      price,
      quantity,
      weight: grams,
    },
    problems: null,
  };
}

/**
 * Only what differs from the listing as it is. What a listing tells of featuring is whether its closet allows it too, so an
 * untouched switch must not be sent back as if it were the listing's own.
 */
export function changesOf(listing: Listing, draft: ListingDraft): Partial<ListingDraft> {
  const changed = Object.entries(draft).filter(([name, value]) => listing[name as keyof ListingDraft] !== value);
  return Object.fromEntries(changed) as Partial<ListingDraft>;
}
