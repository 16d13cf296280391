import { describe, expect, it } from "vitest";

import { inPreferredOrder, withBitrates } from "./codecs";
import { rememberChoice, rememberedChoice, trouble } from "./devices";
import { health, type ShowMedia } from "./health";
import { restartFragment, restartedAnswer } from "./ice_restart";
import { decibels, share } from "./level";
import { brightness } from "./light";
import { StallDetector } from "./stall";

describe("codec order", () => {
  it("prefers H264 in mode 1, then VP8, and keeps repair codecs", () => {
    const ordered = inPreferredOrder([
      { mimeType: "video/VP9" },
      { mimeType: "video/rtx" },
      { mimeType: "video/VP8" },
      { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=0" },
      { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=1" },
    ]);
    expect(ordered.map((codec) => codec.mimeType + (codec.sdpFmtpLine ?? ""))).toEqual([
      "video/H264packetization-mode=1",
      "video/H264packetization-mode=0",
      "video/VP8",
      "video/VP9",
      "video/rtx",
    ]);
  });
});

describe("the bitrates", () => {
  const answer = [
    "v=0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 useinbandfec=1",
    "m=video 9 UDP/TLS/RTP/SAVPF 102 103 96",
    "a=rtpmap:102 H264/90000",
    "a=fmtp:102 packetization-mode=1",
    "a=rtpmap:103 rtx/90000",
    "a=fmtp:103 apt=102",
    "a=rtpmap:96 VP8/90000",
    "",
  ].join("\r\n");

  it("are added to each video codec, and to nothing else", () => {
    const lines = withBitrates(answer).split("\r\n");
    expect(lines).toContain("a=fmtp:102 packetization-mode=1;x-google-min-bitrate=250;x-google-start-bitrate=1500");
    expect(lines).toContain("a=fmtp:96 x-google-min-bitrate=250;x-google-start-bitrate=1500");
    expect(lines).toContain("a=fmtp:103 apt=102");
    expect(lines).toContain("a=fmtp:111 useinbandfec=1");
    expect(lines).toHaveLength(answer.split("\r\n").length + 1);
  });
});

describe("ICE restart", () => {
  const offer = [
    "v=0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=ice-ufrag:new1",
    "a=ice-pwd:newpassword",
    "a=rtpmap:96 VP8/90000",
    "a=mid:0",
    "a=candidate:1 1 udp 1 127.0.0.1 9 typ host",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=mid:1",
    "",
  ].join("\r\n");

  it("sends credentials, the first medium and its candidates", () => {
    expect(restartFragment(offer)).toBe(
      "a=ice-ufrag:new1\r\na=ice-pwd:newpassword\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n" +
        "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n",
    );
  });

  it("puts the server's new credentials everywhere in the answer", () => {
    const answer = "v=0\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\nm=video\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\n";
    expect(restartedAnswer(answer, "a=ice-ufrag:c\r\na=ice-pwd:d\r\n")).toBe(
      "v=0\r\na=ice-ufrag:c\r\na=ice-pwd:d\r\nm=video\r\na=ice-ufrag:c\r\na=ice-pwd:d\r\n",
    );
    expect(() => restartedAnswer(answer, "")).toThrow();
  });
});

describe("a stuck picture", () => {
  const at = (framesDecoded: number, videoPackets: number, audioPackets: number) => ({
    framesDecoded,
    videoPackets,
    audioPackets,
  });

  it("is not stuck while pictures come, nor while the host may only be walking from one network to the next", () => {
    const detector = new StallDetector(0);
    for (let second = 1; second < 20; second++) expect(detector.stuck(at(second, second, second), second * 1000)).toBe(false);
    expect(detector.stuck(at(19, 19, 19), 26_900)).toBe(false);
    expect(detector.stuck(at(19, 19, 19), 27_100)).toBe(true);
  });

  it("waits for a keyframe when the host comes back", () => {
    const detector = new StallDetector(0);
    for (let second = 1; second < 6; second++) expect(detector.stuck(at(0, 0, 0), second * 1000)).toBe(false);
    for (let second = 6; second < 12; second++) expect(detector.stuck(at(0, second, second), second * 1000)).toBe(false);
    expect(detector.stuck(at(0, 12, 12), 12_000)).toBe(true);
  });

  it("is stuck when packets come that cannot be decoded", () => {
    const detector = new StallDetector(0);
    for (let second = 1; second < 6; second++) expect(detector.stuck(at(0, second, second), second * 1000)).toBe(false);
    expect(detector.stuck(at(0, 6, 6), 6000)).toBe(true);
  });

  it("lets a show of sound alone go on for longer", () => {
    const detector = new StallDetector(0);
    for (let second = 1; second < 15; second++) expect(detector.stuck(at(0, 0, second), second * 1000)).toBe(false);
    expect(detector.stuck(at(0, 0, 15), 15_000)).toBe(true);
  });

  it("does not count an expected silence", () => {
    const detector = new StallDetector(0);
    detector.excuse(60_000);
    expect(detector.stuck(at(0, 0, 0), 63_000)).toBe(false);
  });
});

describe("the host's health in words", () => {
  const media: ShowMedia = {
    publishing: true,
    viewers: 3,
    show_ms: 1,
    publication: {
      video_bitrate: 2_000_000,
      audio_bitrate: 40_000,
      video_codec: "H264",
      frames_per_second: 30,
      packet_loss: 0,
      round_trip_ms: 10,
      jitter_ms: 1,
      quality: "good",
    },
  };
  const weak: ShowMedia = { ...media, publication: { ...media.publication!, quality: "weak" } };

  it.each([
    ["off", null, null, "off"],
    ["connecting", null, null, "weak"],
    ["lost", media, null, "bad"],
    ["on_air", { ...media, publishing: false }, null, "bad"],
    ["on_air", weak, { limitedBy: "none", height: 480 }, "weak"],
    ["on_air", media, { limitedBy: "cpu", height: 360 }, "weak"],
    ["on_air", media, { limitedBy: "bandwidth", height: 480 }, "weak"],
    ["on_air", media, { limitedBy: "bandwidth", height: 720 }, "good"],
    ["on_air", media, { limitedBy: "none", height: 720 }, "good"],
  ] as const)("%s", (state, seen, own, level) => {
    expect(health(state, seen, own, 60_000).level).toBe(level);
  });

  it("names the lines viewers get when the picture is softer", () => {
    expect(health("on_air", weak, { limitedBy: "none", height: 480 }, 60_000).sentence).toContain("480");
  });

  it("gives a new session time to grow", () => {
    const small = { limitedBy: "bandwidth", height: 360 } as const;
    expect(health("on_air", media, small, 3_000)).toMatchObject({ level: "good", sentence: expect.stringContaining("sharper") });
    expect(health("on_air", media, small, 30_000).level).toBe("weak");
    expect(health("on_air", weak, small, 3_000).level).toBe("weak");
  });
});

describe("devices, sound and light", () => {
  it("remembers a choice and survives rubbish", () => {
    const kept = new Map<string, string>();
    const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
    rememberChoice({ camera: "c", microphone: null }, storage);
    expect(rememberedChoice(storage)).toEqual({ camera: "c", microphone: null });
    for (const key of kept.keys()) kept.set(key, "{");
    expect(rememberedChoice(storage)).toEqual({ camera: null, microphone: null });
  });

  it("says what to do about a camera that will not open", () => {
    expect(trouble(new DOMException("", "NotAllowedError"))).toContain("Allow");
    expect(trouble(new Error("?"))).toContain("Try again");
  });

  it("measures silence, full scale and the meter between", () => {
    expect(decibels(new Float32Array(8))).toBe(-100);
    expect(decibels(new Float32Array([1, -1]))).toBeCloseTo(0);
    expect(share(-30)).toBeCloseTo(0.5);
    expect(share(-90)).toBe(0);
  });

  it("measures light", () => {
    expect(brightness(new Uint8ClampedArray([255, 255, 255, 255]))).toBeCloseTo(255);
    expect(brightness(new Uint8ClampedArray([0, 0, 0, 255]))).toBe(0);
  });
});
