/** One JSON request to the server this page came from, with its errors made into ApiError. */

import { showMoment } from "../state/show_moment";
import { ApiError } from "./errors";

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  /** Sent as JSON; a Blob is sent as it is, under its own type. */
  body?: unknown;
  query?: Query;
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Finish even when the page is being left. */
  keepalive?: boolean;
}

/** `path` with the query's set values; empty strings, null, undefined and false are left out. */
export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "" && value !== false) search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** Join path segments, each escaped: `path("api", "shows", id)` is "/api/shows/{id}". */
export function path(...segments: string[]): string {
  return "/" + segments.map(encodeURIComponent).join("/");
}

/** A fresh Idempotency-Key. Keep one per intention and send the same again with every retry of it. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const signedOutListeners = new Set<() => void>();

/** Be told when the server answers that nobody is signed in (401). Returns how to stop listening. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/**
 * Send and read one answer; a 204 gives undefined.
 *
 * @throws ApiError for every refusal, and with status 0 and code "offline" when no answer came.
 * @throws DOMException "AbortError" when `signal` was aborted.
 */
export async function request<T>(method: string, url: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.body instanceof Blob) {
    headers["Content-Type"] = options.body.type || "application/octet-stream";
    init.body = options.body;
  } else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
  }
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  const moment = method === "GET" ? null : showMoment();
  if (moment !== null) headers["Show-Moment"] = moment;
  if (options.signal) init.signal = options.signal;
  if (options.keepalive) init.keepalive = true;

  let response: Response;
  try {
    response = await fetch(withQuery(url, options.query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "offline", "");
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text().catch(() => {
    throw new ApiError(0, "offline", "");
  });
  if (response.ok) {
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new ApiError(response.status, "not_json", "The shop's answer made no sense. Reload the page and try again.");
    }
  }
  throw refusal(response.status, text, response.headers.get("Retry-After"));
}

/** The error in a refused answer's text; tolerant, since a proxy in front may answer with a page of its own. */
export function refusal(status: number, text: string, retryAfter: string | null = null): ApiError {
  let code = `http_${status}`;
  let message = "";
  let details: Record<string, unknown> = {};
  try {
    const error = (JSON.parse(text) as { error?: Record<string, unknown> }).error;
    if (typeof error?.["code"] === "string") code = error["code"];
    if (typeof error?.["message"] === "string") message = error["message"];
    if (typeof error?.["details"] === "object" && error["details"] !== null) {
      details = error["details"] as Record<string, unknown>;
    }
  } catch {
    // Not ours: the status says what can be said.
  }
  if (status === 401) for (const listener of signedOutListeners) listener();
  const seconds = retryAfter === null ? NaN : Number(retryAfter);
  return new ApiError(status, code, message, details, Number.isFinite(seconds) ? seconds : null);
}
