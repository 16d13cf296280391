/**
 * Carry a session over to another network: ICE starts anew in place, by PATCH, and sound and picture go on.
 *
 * A phone tells the page that its network has changed before the next one carries anything, and a browser takes some three
 * seconds to gather the new address. A request that does not get through says nothing about the session, so it is sent again;
 * only an answer does.
 */

import { restartFragment, restartedAnswer } from "./ice_restart";
import { bearer, gathered } from "./signalling";

/** Host candidates come at once; there is nothing to wait for beyond them. */
const GATHER_MOST_MS = 500;
/** A request on a connection of the old network may hang: the next one takes a connection of its own. */
const ANSWER_WITHIN_MS = 3_000;
const AGAIN_MS = 500;
/** Longer without any network, and a new session is as good. */
const REACHED_WITHIN_MS = 15_000;
/** From the server's answer until the new way must be there. */
export const CONNECTED_WITHIN_MS = 6_000;

/** @throws when the server does not take part, cannot be reached, or `stop` says so: then only a new session helps. */
export async function restartIce(peer: RTCPeerConnection, address: string, key: string | null, stop: AbortSignal): Promise<void> {
  const known = peer.remoteDescription?.sdp ?? "";
  const begun = Date.now();
  for (;;) {
    // New credentials for each attempt: the server may have got the one whose answer was lost.
    await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
    await gathered(peer, GATHER_MOST_MS);
    const answered = await ask(peer.localDescription?.sdp ?? "", address, key, stop).catch(() => null);
    stop.throwIfAborted();
    if (answered !== null) {
      if (answered.status !== 200) throw new Error(`the restart was answered ${answered.status}`);
      return await peer.setRemoteDescription({ type: "answer", sdp: restartedAnswer(known, answered.text) });
    }
    if (Date.now() - begun > REACHED_WITHIN_MS) throw new Error("the server cannot be reached");
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    stop.throwIfAborted();
  }
}

async function ask(offer: string, address: string, key: string | null, stop: AbortSignal): Promise<{ status: number; text: string }> {
  const response = await fetch(address, {
    method: "PATCH",
    headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*", ...bearer(key) },
    body: restartFragment(offer),
    signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
  });
  return { status: response.status, text: await response.text() };
}
