/** What the host sends and how: codec order, encodings, and the start bitrate that Chromium has to be told. Pure. */

/**
 * Three sizes of the same picture, in ascending order as browsers want them: the server gives each viewer the one that its
 * network carries and its screen shows. The lowest fits beside the sound into 250 kb/s, a phone at the edge of a cell. All have the
 * camera's pace: of a slower one every third card would have to wait for a picture after its own.
 */
export const LAYERS: readonly RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 160_000, maxFramerate: 30 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 700_000, maxFramerate: 30 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 2_500_000, maxFramerate: 30 },
];

export const CAPTURE = { width: 1280, height: 720, frameRate: 30 } as const;

/** Chromium begins at 300 kb/s and needs ten seconds to become sharp; a host's first ten seconds decide who stays. */
export const START_KBPS = 1_500;

/**
 * Chromium takes what a wireless way scatters for a full one and goes down to 30 kb/s, where pictures wait for a second. With less
 * than sound and the smallest picture need nobody can broadcast anyway.
 */
export const LEAST_KBPS = 250;

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

/**
 * Chromium sends fewer layers of a small picture, and leaves out the upper ones: with fixed scales a webcam of 640 by 480 would
 * reach viewers at half its size. So the scales follow the picture, and the largest layer that is sent is always the whole one.
 */
export function layerCount(width: number, height: number): number {
  const pixels = width * height;
  return pixels >= 960 * 540 ? 3 : pixels >= 480 * 270 ? 2 : 1;
}

/** Scale and bitrate of each of `LAYERS` for a picture of this size; those that are not sent are not active. */
export function layersFor(width: number | undefined, height: number | undefined): RTCRtpEncodingParameters[] {
  const count = width && height ? layerCount(width, height) : LAYERS.length;
  const rates = [[400_000], [250_000, 1_200_000], LAYERS.map((layer) => layer.maxBitrate!)][count - 1]!;
  return LAYERS.map((layer, place) => ({
    ...layer,
    active: place < count,
    scaleResolutionDownBy: 2 ** Math.max(0, count - 1 - place),
    maxBitrate: rates[place] ?? layer.maxBitrate!,
  }));
}

/** Sound with each packet's predecessor inside (RED, RFC 2198): one lost packet is not heard, for some 30 kb/s more. */
export function redundantFirst<Codec extends { mimeType: string }>(codecs: Codec[]): Codec[] {
  const red = codecs.filter((codec) => codec.mimeType === "audio/red");
  return [...red, ...codecs.filter((codec) => codec.mimeType !== "audio/red")];
}

/** Let Opus say nothing while nobody speaks (DTX, RFC 7587 section 3.1.3): a muted host costs a packet every 400 ms. */
export function withSilence(answer: string): string {
  const opus = /^a=rtpmap:(\d+) opus\//im.exec(answer)?.[1];
  if (opus === undefined) return answer;
  const line = new RegExp(`^a=fmtp:${opus} (.*)$`, "m");
  if (/usedtx=1/.test(line.exec(answer)?.[1] ?? "")) return answer;
  if (line.test(answer)) return answer.replace(line, (whole) => `${whole.replace(/\r$/, "")};usedtx=1${whole.endsWith("\r") ? "\r" : ""}`);
  return answer.replace(new RegExp(`^(a=rtpmap:${opus} .*?)(\r?)$`, "m"), `$1$2\na=fmtp:${opus} usedtx=1$2`);
}

/** Add the least and the first bitrate to every video codec of an answer; other lines stay as they are. */
export function withBitrates(answer: string): string {
  const rates = `x-google-min-bitrate=${LEAST_KBPS};x-google-start-bitrate=${START_KBPS}`;
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
    if (kind === "fmtp" && !rest.startsWith("apt=")) result.push(`${line};${rates}`);
    else result.push(line);
    const carrier = /^(rtx|red|ulpfec|flexfec-03)\//i.test(rest);
    if (kind === "rtpmap" && !carrier && !described.has(type)) {
      result.push(`a=fmtp:${type} ${rates}`);
    }
  }
  return result.join("\r\n");
}
