/** What went wrong with a request, and how to say so to a person. */

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
  offline: "We cannot reach the shop right now. Check your connection and try again.",
  signed_out: "Please sign in first.",
  declined: "The card was declined and nothing was charged. Check the number or try another card.",
  hold_gone: "Your hold ran out before the payment, so nothing was charged. If the piece is still there, you can hold it again.",
  held_by_other: "Somebody else is holding this piece right now. It may come back in a moment.",
  sold: "This piece has just been sold.",
  withdrawn: "The seller has taken this piece down.",
  held_by_you: "You are already holding this piece. It is in your bag.",
  own_listing: "This piece is yours, so you cannot buy it.",
  holds_limit: "Your bag is full. Pay for something or put something back first.",
};

const STATUS_SENTENCES: Record<number, string> = {
  401: "Please sign in first.",
  403: "This is not yours to change.",
  404: "We could not find that. It may have been taken down.",
  413: "That is too large to send.",
  429: "That was a little too fast. Wait a moment and try again.",
  503: "The shop is catching its breath. Try again in a moment.",
};

/** One sentence for a person, whatever was thrown: the page's own words, else the server's, else a general one. */
export function sentence(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something went wrong on this page. Reload it and try again.";
  const own = SENTENCES[error.code];
  if (own) return own;
  if (error.message) return error.message.charAt(0).toLocaleUpperCase() + error.message.slice(1);
  return STATUS_SENTENCES[error.status] ?? "Something went wrong at our end. Try again in a moment.";
}

/** The complaint of a 422 under the name of the field it is about, when the server says which one. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const field = error.details["field"];
  return typeof field === "string" ? { [field]: sentence(error) } : {};
}
