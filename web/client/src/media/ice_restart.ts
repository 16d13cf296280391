/**
 * ICE restart by PATCH (RFC 9725 section 4.3.3): what is sent, and what the answer changes. Pure.
 *
 * The fragment carries only the new credentials and candidates; the server answers with its own, which replace those in
 * the answer that the browser already knows.
 */

export interface Credentials {
  ufrag: string;
  password: string;
}

export function credentials(sdp: string): Credentials | null {
  const ufrag = /^a=ice-ufrag:(.+?)\r?$/m.exec(sdp)?.[1];
  const password = /^a=ice-pwd:(.+?)\r?$/m.exec(sdp)?.[1];
  return ufrag && password ? { ufrag, password } : null;
}

/** The trickle-ice-sdpfrag of an offer: credentials, then the bundle's first medium with every candidate gathered. */
export function restartFragment(offer: string): string {
  const own = credentials(offer);
  if (own === null) throw new Error("the offer has no ICE credentials");
  const section = offer.split(/\r\n(?=m=)/)[1] ?? "";
  const lines = section.split("\r\n");
  const kept = lines.filter((line) => /^a=(mid:|candidate:|end-of-candidates)/.test(line));
  return [
    `a=ice-ufrag:${own.ufrag}`,
    `a=ice-pwd:${own.password}`,
    lines[0] ?? "",
    ...kept.filter((line) => line.startsWith("a=mid:")),
    ...kept.filter((line) => !line.startsWith("a=mid:")),
    "",
  ].join("\r\n");
}

/** The known answer with the server's new credentials in every place of the old ones. */
export function restartedAnswer(answer: string, fragment: string): string {
  const fresh = credentials(fragment);
  if (fresh === null) throw new Error("the server's fragment has no ICE credentials");
  return answer
    .replace(/^a=ice-ufrag:.+?(\r?)$/gm, `a=ice-ufrag:${fresh.ufrag}$1`)
    .replace(/^a=ice-pwd:.+?(\r?)$/gm, `a=ice-pwd:${fresh.password}$1`);
}
