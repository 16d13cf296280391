/** What went wrong with a request, and how to say so to a person. */

import { locale, mark, t } from "../i18n";

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** The HTTP status; 0 when no answer arrived at all. */
    readonly status: number,
    /** The server's word for it, such as "held_by_other"; "offline" without an answer. */
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
    /** Seconds the server asked us to wait, from Retry-After. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** Sentences for codes whose meaning a page can tell better than a server that does not know what is on the screen. */
const SENTENCES: Record<string, string> = {
  offline: mark("We cannot reach the shop right now. Check your connection and try again."),
  signed_out: mark("Please sign in first."),
  declined: mark("The card was declined and nothing was charged. Check the number or try another card."),
  hold_gone: mark("Your hold ran out before the payment, so nothing was charged. If the piece is still there, you can hold it again."),
  held_by_other: mark("Somebody else is holding this piece right now. It may come back in a moment."),
  sold: mark("This piece has just been sold."),
  withdrawn: mark("The seller has taken this piece down."),
  held_by_you: mark("You are already holding this piece. It is in your bag."),
  own_listing: mark("This piece is yours, so you cannot buy it."),
  holds_limit: mark("Your bag is full. Pay for something or put something back first."),
};

/** Limits of a piece, a drop, a flash price: the details say how many. */
const PER_BUYER = new Set(["per_buyer", "drop_limit", "flash_limit"]);

const STATUS_SENTENCES: Record<number, string> = {
  401: mark("Please sign in first."),
  403: mark("This is not yours to change."),
  404: mark("We could not find that. It may have been taken down."),
  413: mark("That is too large to send."),
  429: mark("That was a little too fast. Wait a moment and try again."),
  503: mark("The shop is catching its breath. Try again in a moment."),
};

/**
 * One sentence for a person, in their language, whatever was thrown: the page's own words for the code, else the server's
 * sentence as the catalogues know it, else a general one. Refusals of the live channel have codes as well.
 */
export function sentence(error: unknown): string {
  const refused = error instanceof Error && "code" in error && typeof error.code === "string";
  if (!refused) return t("Something went wrong on this page. Reload it and try again.");
  const own = SENTENCES[error.code as string];
  if (own) return t(own);
  const details = "details" in error ? (error.details as Record<string, unknown> | undefined) : undefined;
  const wait = details?.["retry_after"];
  if (error.code === "too_fast" && typeof wait === "number") {
    return t("One moment: you can write again in {count, plural, one {# second} other {# seconds}}.", { count: Math.max(1, Math.ceil(wait)) });
  }
  if (error.code === "too_many_tries" && typeof wait === "number") {
    const minutes = Math.max(1, Math.ceil(wait / 60));
    return t("Too many tries. Please wait {count, plural, one {# minute} other {# minutes}} and try again.", { count: minutes });
  }
  if (PER_BUYER.has(error.code as string) && typeof details?.["limit"] === "number") {
    return t("{count, plural, one {# piece} other {# pieces}} for each buyer: you have yours.", { count: details["limit"] });
  }
  if (error.code === "mixed_currencies" && Array.isArray(details?.["currencies"])) {
    const currencies = new Intl.ListFormat(locale.value, { type: "conjunction" }).format(details["currencies"] as string[]);
    return t("Pay for {currencies} in separate orders.", { currencies });
  }
  if (error.message) return t(error.message.charAt(0).toLocaleUpperCase() + error.message.slice(1));
  const status = error instanceof ApiError ? error.status : 0;
  return t(STATUS_SENTENCES[status] ?? mark("Something went wrong at our end. Try again in a moment."));
}

/** The complaint of a 422 under the name of the field it is about, when the server says which one. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const field = error.details["field"];
  return typeof field === "string" ? { [field]: sentence(error) } : {};
}
