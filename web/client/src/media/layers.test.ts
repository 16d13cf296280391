import { describe, expect, it } from "vitest";

import { audienceSentences, sparedSentence } from "./audience";
import { LAYERS, layersFor, redundantFirst, withSilence } from "./codecs";
import { type ShowMedia, health, sending } from "./health";
import { type Layer, differs, followDemand } from "./layers";
import { SoundOnly } from "./stall";

const layer = (rid: string, wanted: boolean, active = wanted): Layer => ({ rid, width: 1, height: 1, bitrate: 1, active, wanted, viewers: 0 });

describe("simulcast", () => {
  it("sends three sizes, the smallest first as browsers want them", () => {
    expect(LAYERS.map((one) => one.rid)).toEqual(["q", "h", "f"]);
    expect(LAYERS.map((one) => one.scaleResolutionDownBy)).toEqual([4, 2, 1]);
  });

  it("sends the whole picture as the largest layer that a browser sends of it", () => {
    const sent = (width?: number, height?: number) => layersFor(width, height).filter((one) => one.active).map((one) => one.scaleResolutionDownBy);
    expect(sent(1280, 720)).toEqual([4, 2, 1]);
    expect(sent(720, 1280)).toEqual([4, 2, 1]);
    expect(sent(640, 480)).toEqual([2, 1]);
    expect(sent(320, 180)).toEqual([1]);
    expect(sent()).toEqual([4, 2, 1]);
  });

  it("switches layers off and on as the server asks, and only when something changes", async () => {
    const sender = {
      set: 0,
      parameters: { encodings: [{ rid: "q", active: true }, { rid: "h", active: true }, { rid: "f", active: true }] },
      getParameters() {
        return structuredClone(this.parameters);
      },
      async setParameters(next: typeof this.parameters) {
        this.parameters = next;
        this.set++;
      },
    };
    const asked = [layer("q", true), layer("h", false), layer("f", false)];
    await followDemand(sender as unknown as RTCRtpSender, asked);
    await followDemand(sender as unknown as RTCRtpSender, asked);
    expect(sender.parameters.encodings.map((one) => one.active)).toEqual([true, false, false]);
    expect(sender.set).toBe(1);
    await followDemand(sender as unknown as RTCRtpSender, [layer("q", true), layer("h", true), layer("f", false)]);
    expect(sender.parameters.encodings.map((one) => one.active)).toEqual([true, true, false]);
    await followDemand(sender as unknown as RTCRtpSender, [layer("f", true)]);
    await followDemand(undefined, asked);
    expect(sender.set).toBe(2);
  });

  it("tells the server another size only when it is another", () => {
    expect(differs({ width: 400, height: 800 }, null)).toBe(true);
    expect(differs({ width: 400, height: 800 }, { width: 390, height: 790 })).toBe(false);
    expect(differs({ width: 0, height: 0 }, { width: 390, height: 790 })).toBe(true);
    expect(differs({ width: 0, height: 0 }, { width: 0, height: 0 })).toBe(false);
  });

  it("takes the largest size that is sent for the host's own", () => {
    const entries = [
      { type: "outbound-rtp", kind: "video", frameHeight: 180, qualityLimitationReason: "none" },
      { type: "outbound-rtp", kind: "video", frameHeight: 360, qualityLimitationReason: "cpu" },
      { type: "outbound-rtp", kind: "video", frameHeight: 720, active: false, qualityLimitationReason: "none" },
    ];
    expect(sending(new Map(entries.entries()) as unknown as RTCStatsReport)).toEqual({ limitedBy: "cpu", height: 360 });
  });
});

describe("sound", () => {
  it("puts redundancy first and keeps the rest", () => {
    const codecs = [{ mimeType: "audio/opus" }, { mimeType: "audio/red" }, { mimeType: "audio/PCMU" }];
    expect(redundantFirst(codecs).map((one) => one.mimeType)).toEqual(["audio/red", "audio/opus", "audio/PCMU"]);
  });

  it("allows silence in the answer, once", () => {
    const answer = "a=rtpmap:63 red/48000/2\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=mid:0\r\n";
    const silent = withSilence(answer);
    expect(silent).toBe(answer.replace("useinbandfec=1", "useinbandfec=1;usedtx=1"));
    expect(withSilence(silent)).toBe(silent);
    expect(withSilence("a=rtpmap:111 opus/48000/2\r\na=mid:0\r\n")).toBe("a=rtpmap:111 opus/48000/2\r\na=fmtp:111 usedtx=1\r\na=mid:0\r\n");
    expect(withSilence("v=0\r\n")).toBe("v=0\r\n");
  });
});

describe("the audience in words", () => {
  const audience = { viewers: 10, best: 10, reduced: 0, sound_only: 0, losing: 0, round_trip_ms: 20, slowest_round_trip_ms: 90 };
  const media = (change: object, layers: Layer[] = []): ShowMedia =>
    ({ publishing: true, viewers: 10, show_ms: 1, publication: { layers }, audience: { ...audience, ...change } }) as unknown as ShowMedia;

  it("says that all is well", () => {
    expect(audienceSentences(media({}))).toEqual(["All 10 viewers get the sharpest picture that fits their screen."]);
    expect(audienceSentences(media({ viewers: 0, best: 0 }))).toEqual(["Nobody is watching yet."]);
  });

  it("says who gets less and whose fault it may be", () => {
    const told = audienceSentences(media({ best: 3, reduced: 6, sound_only: 1, losing: 2 })).join("\n");
    expect(told).toContain("3 viewers get");
    expect(told).toContain("6 get a smaller picture");
    expect(told).toContain("1 hears you without a picture");
    expect(told).toContain("2 lose parts");
    expect(told).toContain("your own upload");
  });

  it("says what rests, which is no weakness of the host", () => {
    const resting = media({}, [layer("q", true), layer("h", false), layer("f", false)]);
    expect(sparedSentence(resting)).toContain("2 picture sizes rest");
    expect(sparedSentence(media({}, [layer("q", true)]))).toBeNull();
    expect(health("on_air", resting, { limitedBy: "none", height: 180 }, 60_000).level).toBe("good");
  });
});

it("a picture that stopped while the sound goes on is told from one that never came", () => {
  const silence = new SoundOnly();
  const sample = (video: number, audio: number) => ({ framesDecoded: 0, videoPackets: video, audioPackets: audio });
  expect(silence.soundOnly(sample(0, 10), 5_000)).toBe(false);
  expect(silence.soundOnly(sample(5, 20), 6_000)).toBe(false);
  expect(silence.soundOnly(sample(5, 30), 8_000)).toBe(false);
  expect(silence.soundOnly(sample(5, 40), 9_000)).toBe(true);
  expect(silence.soundOnly(sample(5, 40), 10_000)).toBe(false); // nothing arrives at all: that is the connection
  expect(silence.soundOnly(sample(6, 50), 11_000)).toBe(false);
});
