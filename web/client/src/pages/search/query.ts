/** A search as it stands in the address, so that it can be shared and gone back to. Pure. */

import type { SearchQuery } from "../../api/types";
import { moneyInput, parseMoney } from "../../words";

/** What the form shows: text as typed. */
export interface SearchForm {
  q: string;
  brand: string;
  size: string;
  category: string;
  min: string;
  max: string;
  available: boolean;
}

/** Prices in a search are meant in this currency's minor units. */
export const SEARCH_CURRENCY = "USD";

export function formFrom(query: URLSearchParams): SearchForm {
  const price = (name: string): string => {
    const value = Number(query.get(name));
    return query.get(name) && Number.isSafeInteger(value) && value >= 0 ? moneyInput(value, SEARCH_CURRENCY) : "";
  };
  return {
    q: query.get("q") ?? "",
    brand: query.get("brand") ?? "",
    size: query.get("size") ?? "",
    category: query.get("category") ?? "",
    min: price("min_price"),
    max: price("max_price"),
    available: query.get("available") === "true",
  };
}

/** The search without what was left empty; prices that are none are left out too. */
export function searchFrom(form: SearchForm): SearchQuery {
  const search: SearchQuery = {};
  for (const name of ["q", "brand", "size", "category"] as const) {
    const text = form[name].trim();
    if (text) search[name] = text;
  }
  const min = parseMoney(form.min, SEARCH_CURRENCY);
  const max = parseMoney(form.max, SEARCH_CURRENCY);
  if (min !== null) search.min_price = min;
  if (max !== null) search.max_price = max;
  if (form.available) search.available = true;
  return search;
}

/** The page's own address for a search. */
export function searchAddress(search: SearchQuery): string {
  const text = new URLSearchParams(Object.entries(search).map(([name, value]) => [name, String(value)])).toString();
  return text ? `/search?${text}` : "/search";
}

/** How many filters narrow the search beside its words. */
export function filterCount(form: SearchForm): number {
  return [form.brand, form.size, form.category, form.min, form.max].filter((text) => text.trim()).length + (form.available ? 1 : 0);
}
