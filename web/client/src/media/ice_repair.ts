/** Carry a session over to another network: ICE starts anew in place, by PATCH, and sound and picture go on. */

import { restartFragment, restartedAnswer } from "./ice_restart";
import { bearer, gathered } from "./signalling";

/** Host candidates come at once; there is nothing to wait for beyond them. */
const GATHER_MOST_MS = 500;

/** @throws when the server does not take part: then only a new session helps. */
export async function restartIce(
  peer: RTCPeerConnection,
  address: string,
  key: string | null,
  stop: AbortSignal,
  within: number,
): Promise<void> {
  const known = peer.remoteDescription?.sdp ?? "";
  await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
  await gathered(peer, GATHER_MOST_MS);
  const response = await fetch(address, {
    method: "PATCH",
    headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*", ...bearer(key) },
    body: restartFragment(peer.localDescription?.sdp ?? ""),
    signal: AbortSignal.any([stop, AbortSignal.timeout(within)]),
  });
  if (response.status !== 200) throw new Error(`the restart was answered ${response.status}`);
  const answer = restartedAnswer(known, await response.text());
  if (!stop.aborted) await peer.setRemoteDescription({ type: "answer", sdp: answer });
}
