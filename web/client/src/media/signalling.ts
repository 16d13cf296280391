/** What WHIP (RFC 9725) and WHEP share over HTTP: an offer is posted, the answer comes with the session's address. */

import { t } from "../i18n";

export interface Session {
  answer: string;
  /** Absolute address of the session: PATCH and DELETE go there. */
  address: string;
  etag: string | null;
  /** STUN and TURN servers that the server names (RFC 9725 section 4.6); usually none. */
  iceServers: RTCIceServer[];
}

/** The server did not take the offer. `retryAfter` is in milliseconds where the server named a time. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter: number | null,
  ) {
    super(message);
  }
}

/** No longer than this for an answer: the server answers in milliseconds, so a slow one is a lost one. */
const ANSWER_WITHIN_MS = 8_000;

export async function postOffer(url: string, offer: string, key: string | null, stop: AbortSignal): Promise<Session> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", ...bearer(key) },
    body: offer,
    signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
  });
  const location = response.headers.get("Location");
  if (response.status !== 201 || location === null) throw await refusal(response);
  return {
    answer: await response.text(),
    address: new URL(location, response.url || globalThis.location.href).href,
    etag: response.headers.get("ETag"),
    iceServers: iceServers(response.headers.get("Link")),
  };
}

/** The `rel="ice-server"` links of a Link header (RFC 8288); quoted values may hold commas and semicolons. */
export function iceServers(header: string | null): RTCIceServer[] {
  const found: RTCIceServer[] = [];
  for (const [, urls, parameters] of (header ?? "").matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:\\.|[^"\\])*"|[^",;\s]*))*)/g)) {
    const values: Record<string, string> = {};
    for (const [, name, quoted, token] of parameters!.matchAll(/([\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^",;\s]*))/g)) {
      values[name!.toLowerCase()] = quoted !== undefined ? quoted.replace(/\\(.)/g, "$1") : token!;
    }
    if (values["rel"] !== "ice-server" || !urls) continue;
    const { username, credential } = values;
    found.push(username === undefined || credential === undefined ? { urls } : { urls, username, credential });
  }
  return found;
}

/**
 * Take what the server answered. The offer becomes the local description only now, so that gathering uses the servers it
 * names; nothing is lost by that, because the server learns this side's addresses from its checks.
 */
export async function accept(peer: RTCPeerConnection, offer: RTCSessionDescriptionInit, session: Session, answer: string): Promise<void> {
  if (session.iceServers.length > 0) peer.setConfiguration({ ...peer.getConfiguration(), iceServers: session.iceServers });
  await peer.setLocalDescription(offer);
  await peer.setRemoteDescription({ type: "answer", sdp: answer });
}

/** Tear a session down. `keepalive` lets it outlive the page that sends it; failures do not matter: consent expires. */
export function deleteSession(address: string, key: string | null): void {
  fetch(address, { method: "DELETE", headers: bearer(key), keepalive: true }).catch(() => undefined);
}

export function bearer(key: string | null): Record<string, string> {
  // not translated: a header
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

async function refusal(response: Response): Promise<Refused> {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  let message = t("The server answered {status}.", { status: response.status });
  try {
    const body = (await response.json()) as { error?: { message?: string } };
    message = body.error?.message ?? message;
  } catch {
    // Not JSON: the status has to do.
  }
  return new Refused(response.status, message, Number.isFinite(seconds) ? seconds * 1000 : null);
}

/** Wait until ICE has gathered, or `most` ms: the server needs no candidates of ours, it learns them from checks. */
export async function gathered(peer: RTCPeerConnection, most: number): Promise<void> {
  if (peer.iceGatheringState === "complete") return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, most);
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      resolve();
    });
  });
}
