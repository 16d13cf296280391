/** What the host sends and how: codec order, encodings, and the start bitrate that Chromium has to be told. Pure. */

/** One stream for now. Simulcast is more entries here, each with its `rid` and `scaleResolutionDownBy`. */
export const LAYERS: readonly RTCRtpEncodingParameters[] = [{ maxBitrate: 2_500_000, maxFramerate: 30 }];

export const CAPTURE = { width: 1280, height: 720, frameRate: 30 } as const;

/** Chromium begins at 300 kb/s and needs ten seconds to become sharp; a host's first ten seconds decide who stays. */
export const START_KBPS = 1_500;

const PREFERRED = ["video/H264", "video/VP8"];
/** They repair and carry others and are no codecs to choose; an order without them would switch them off. */
const CARRIERS = ["video/rtx", "video/red", "video/ulpfec", "video/flexfec-03"];

/** H264 first (hardware encodes it and every phone decodes it), then VP8, then what else the browser can. */
export function inPreferredOrder<Codec extends { mimeType: string; sdpFmtpLine?: string }>(codecs: Codec[]): Codec[] {
  const rank = (codec: Codec): number => {
    if (CARRIERS.includes(codec.mimeType)) return 100;
    const place = PREFERRED.indexOf(codec.mimeType);
    if (place < 0) return 50;
    // Mode 0 allows no packet larger than a datagram, so it is the last resort among H264s.
    const fragmented = codec.mimeType !== "video/H264" || /packetization-mode=1/.test(codec.sdpFmtpLine ?? "");
    return place * 10 + (fragmented ? 0 : 5);
  };
  return codecs
    .map((codec, index) => ({ codec, index, rank: rank(codec) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ codec }) => codec);
}

/** Add the start bitrate to every video codec of an answer; other lines stay as they are. */
export function withStartBitrate(answer: string, kbps = START_KBPS): string {
  const lines = answer.split("\r\n");
  const result: string[] = [];
  let video = false;
  const described = new Set<string>();
  for (const line of lines) {
    if (line.startsWith("a=fmtp:")) described.add(line.slice(7).split(" ")[0] ?? "");
  }
  for (const line of lines) {
    if (line.startsWith("m=")) video = line.startsWith("m=video");
    const codec = video && /^a=(rtpmap|fmtp):(\d+) (.*)$/.exec(line);
    if (!codec) {
      result.push(line);
      continue;
    }
    const [, kind, type = "", rest = ""] = codec;
    if (kind === "fmtp" && !rest.startsWith("apt=")) result.push(`${line};x-google-start-bitrate=${kbps}`);
    else result.push(line);
    const carrier = /^(rtx|red|ulpfec|flexfec-03)\//i.test(rest);
    if (kind === "rtpmap" && !carrier && !described.has(type)) {
      result.push(`a=fmtp:${type} x-google-start-bitrate=${kbps}`);
    }
  }
  return result.join("\r\n");
}
