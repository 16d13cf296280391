import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { WayBack } from "./way_back";
import { Watching, type WatchState } from "./whep";
import { type PublishState, Publishing } from "./whip";

/** A peer connection without a network; its state is set by the test. */
class Peer {
  static all: Peer[] = [];
  connectionState = "new";
  iceGatheringState = "complete";
  localDescription: { sdp: string } | null = null;
  remoteDescription: { sdp: string } | null = null;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: ((event: object) => void) | null = null;
  closed = false;

  constructor() {
    Peer.all.push(this);
  }

  sends: unknown[] = [];

  addTransceiver(what: unknown): object {
    this.sends.push(what);
    return {};
  }

  getSenders(): object[] {
    return [];
  }

  async createOffer(): Promise<object> {
    return { type: "offer", sdp: OFFER };
  }

  async setLocalDescription(description: { sdp: string }): Promise<void> {
    this.localDescription = description;
  }

  async setRemoteDescription(description: { sdp: string }): Promise<void> {
    this.remoteDescription = description;
  }

  stats: object[] = [];

  async getStats(): Promise<Map<string, object>> {
    return new Map(this.stats.map((entry) => [(entry as { id: string }).id, entry]));
  }

  close(): void {
    this.closed = true;
  }

  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

class Stream {
  private readonly tracks: MediaStreamTrack[] = [];

  addTrack(track: MediaStreamTrack): void {
    this.tracks.push(track);
  }

  getVideoTracks(): MediaStreamTrack[] {
    return this.tracks.filter((track) => track.kind === "video");
  }
}

const OFFER = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:mine\r\na=ice-pwd:minepw\r\na=mid:0\r\n";
const ANSWER = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\na=rtpmap:96 VP8/90000\r\n";

interface Call {
  method: string;
  url: string;
  headers: Record<string, string>;
}

let calls: Call[];
let answer: (call: Call) => Response;

const created = () => new Response(ANSWER, { status: 201, headers: { Location: "/whep/s/1", ETag: '"e"' } });
const methods = () => calls.map((call) => call.method);
const last = (): Peer => Peer.all[Peer.all.length - 1]!;
/** Let promises run without moving the clock. */
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  Peer.all = [];
  calls = [];
  answer = created;
  vi.stubGlobal("RTCPeerConnection", Peer);
  vi.stubGlobal("MediaStream", Stream);
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const call = { method: init.method ?? "GET", url, headers: init.headers as Record<string, string> };
    calls.push(call);
    return answer(call);
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("watching", () => {
  let states: WatchState[];
  let watching: Watching;

  beforeEach(async () => {
    states = [];
    watching = new Watching({ url: "/whep/s", onStream: () => undefined, onState: (state) => states.push(state) });
  });

  afterEach(() => watching.stop());

  it("posts an offer, takes the answer, and deletes the session when it is left", async () => {
    watching.start();
    await settle();
    last().become("connected");
    expect(calls[0]).toMatchObject({ method: "POST", url: "/whep/s", headers: { "Content-Type": "application/sdp" } });
    expect(last().remoteDescription?.sdp).toBe(ANSWER);
    watching.stop();
    expect(methods()).toEqual(["POST", "DELETE"]);
    expect(last().closed).toBe(true);
    expect(states).toEqual(["connecting", "watching", "off"]);
  });

  it("leaves a show that is over without a word: its sessions have ended with it", async () => {
    watching.start();
    await settle();
    last().become("connected");
    watching.stop(true);
    expect(methods()).toEqual(["POST"]);
    expect(last().closed).toBe(true);
    expect(watching.state).toBe("off");
  });

  it("repairs a way that falls silent rather than begin anew", async () => {
    answer = (call) => (call.method === "PATCH" ? new Response("a=ice-ufrag:n\r\na=ice-pwd:p\r\n", { status: 200 }) : created());
    watching.start();
    await settle();
    last().become("connected");
    last().stats = [{ id: "v", type: "inbound-rtp", kind: "video", packetsReceived: 9, framesDecoded: 9 }];
    await vi.advanceTimersByTimeAsync(7_500); // a browser takes so long to notice
    last().become("disconnected");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(methods()).toEqual(["POST", "PATCH"]);
    last().become("connected");
    await vi.advanceTimersByTimeAsync(6_500);
    expect(methods()).toEqual(["POST", "PATCH"]);
  });

  it("says when nothing comes any more, and when it comes again", async () => {
    const told: boolean[] = [];
    const options = { url: "/whep/s", onStream: () => undefined, onState: () => undefined };
    watching = new Watching({ ...options, onSilent: (silent) => silent !== told.at(-1) && told.push(silent) });
    const arrived = (count: number) => (last().stats = [{ id: "v", type: "inbound-rtp", kind: "video", packetsReceived: count, framesDecoded: count }]);
    watching.start();
    await settle();
    last().become("connected");
    await vi.advanceTimersByTimeAsync(4_500); // nothing yet is no silence
    expect(told).toEqual([false]);
    arrived(10);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(told).toEqual([false]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual([false, true]);
    arrived(11);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual([false, true, false]);
    await vi.advanceTimersByTimeAsync(4_000);
    watching.setOnAir(false); // silence is expected now
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual([false, true, false, true, false]);
  });

  it("goes back from TCP to UDP in the same session once a minute has passed", async () => {
    answer = (call) => (call.method === "PATCH" ? new Response("a=ice-ufrag:n\r\na=ice-pwd:p\r\n", { status: 200 }) : created());
    let packets = 0;
    const carried = (protocol: string) => {
      packets += 1;
      last().stats = [
        { id: "T", type: "transport", selectedCandidatePairId: "pair" },
        { id: "pair", type: "candidate-pair", localCandidateId: "here" },
        { id: "here", type: "local-candidate", protocol },
        { id: "v", type: "inbound-rtp", kind: "video", packetsReceived: packets, framesDecoded: packets },
      ];
    };
    watching.start();
    await settle();
    last().become("connected");
    for (let second = 0; second < 70; second += 1) {
      carried(second < 5 ? "udp" : "tcp");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(methods()).toEqual(["POST", "PATCH"]);
    for (let second = 0; second < 300; second += 1) {
      carried("udp");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(methods()).toEqual(["POST", "PATCH"]);
    expect(Peer.all).toHaveLength(1);
  });

  it("waits while nothing is on air, and begins with the live event", async () => {
    answer = () => new Response("{}", { status: 409, headers: { "Retry-After": "2" } });
    watching.start();
    await settle();
    expect(watching.state).toBe("waiting");
    watching.setOnAir(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(methods()).toEqual(["POST"]);
    answer = created;
    watching.setOnAir(true);
    await settle();
    expect(methods()).toEqual(["POST", "POST"]);
  });

  it("replaces a session that failed, one attempt at a time and ever more patiently", async () => {
    watching.start();
    await settle();
    last().become("failed");
    expect(watching.state).toBe("lost");
    await vi.advanceTimersByTimeAsync(250);
    expect(methods()).toEqual(["POST", "DELETE", "POST"]);
    answer = () => new Response("", { status: 503, headers: { "Retry-After": "3" } });
    last().become("failed");
    await vi.advanceTimersByTimeAsync(400);
    const before = calls.length;
    await vi.advanceTimersByTimeAsync(2_500);
    expect(calls.length).toBe(before);
    await vi.advanceTimersByTimeAsync(600);
    expect(calls.length).toBe(before + 1);
  });

  it("lets a short break heal, and not a long one", async () => {
    watching.start();
    await settle();
    last().become("connected");
    last().become("disconnected");
    await vi.advanceTimersByTimeAsync(1_000);
    last().become("connected");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(Peer.all).toHaveLength(1);
    last().become("disconnected");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(Peer.all).toHaveLength(2);
  });

  it("is not called stuck while it changes networks", async () => {
    watching.start();
    await settle();
    last().become("connected");
    answer = () => new Response("a=ice-ufrag:new\r\na=ice-pwd:newpw\r\n", { status: 200 });
    globalThis.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(5_500);
    expect(Peer.all).toHaveLength(1);
    expect(methods()).toEqual(["POST", "PATCH"]);
    answer = created;
    await vi.advanceTimersByTimeAsync(10_000); // and then counts again
    expect(Peer.all).toHaveLength(2);
  });

  it("keeps a session through a paused show, and replaces one that is stuck on air", async () => {
    watching.start();
    await settle();
    last().become("connected");
    watching.setOnAir(false);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(Peer.all).toHaveLength(1);
    watching.setOnAir(true);
    await vi.advanceTimersByTimeAsync(7_000);
    expect(Peer.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(Peer.all.length).toBeGreaterThan(1);
  });

  it("looks whether the server still knows it", async () => {
    watching.start();
    await settle();
    last().become("connected");
    answer = () => new Response(null, { status: 200 });
    await watching.verify();
    expect(watching.state).toBe("watching");
    answer = (call) => (call.method === "HEAD" ? new Response(null, { status: 404 }) : created());
    await watching.verify();
    await vi.advanceTimersByTimeAsync(250);
    expect(methods()).toEqual(["POST", "HEAD", "HEAD", "POST"]);
  });

  it("says why when the server cannot serve this browser", async () => {
    const why = JSON.stringify({ error: { code: "unacceptable_offer", message: "No codec in common." } });
    answer = () => new Response(why, { status: 422 });
    const reasons: (string | null)[] = [];
    watching = new Watching({ url: "/whep/s", onStream: () => undefined, onState: (_state, reason) => reasons.push(reason) });
    watching.start();
    await settle();
    expect(watching.state).toBe("refused");
    expect(reasons).toContain("No codec in common.");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(methods()).toEqual(["POST"]);
  });
});

describe("the way back from a late picture", () => {
  const picture = { kind: "video", muted: false };
  const sound = { kind: "audio", muted: false };
  let found: Watching[];
  let back: WayBack;

  beforeEach(() => {
    found = [];
    vi.spyOn(Math, "random").mockReturnValue(0); // half of each wait
    back = new WayBack("/whep/s", (watching) => found.push(watching));
  });

  afterEach(() => {
    back.stop();
    for (const watching of found) watching.stop();
    vi.restoreAllMocks();
  });

  it("hands over a session whose picture has come", async () => {
    back.start();
    await vi.advanceTimersByTimeAsync(14_900);
    expect(methods()).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(methods()).toEqual(["POST"]);
    last().become("connected");
    expect(found).toHaveLength(0);
    last().ontrack?.({ track: picture });
    await settle();
    expect(found).toHaveLength(1);
    const told: unknown[] = [];
    found[0]!.handOver({ url: "/whep/s", onStream: () => told.push("stream"), onState: (state) => told.push(state) });
    expect(told).toEqual(["watching", "stream"]);
    back.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(methods()).toEqual(["POST"]); // it lives on
    found[0]!.stop();
    expect(methods()).toEqual(["POST", "DELETE"]);
  });

  it("tries again ever less often, and leaves nothing behind", async () => {
    let places = false;
    answer = () => (places ? created() : new Response("", { status: 503, headers: { "Retry-After": "1" } }));
    back.start();
    await vi.advanceTimersByTimeAsync(3_600_000);
    const tries = methods().length;
    expect(tries).toBeGreaterThan(12);
    expect(tries).toBeLessThan(40);
    expect(Peer.all.every((peer) => peer.closed)).toBe(true);
    places = true;
    while (methods().length === tries) await vi.advanceTimersByTimeAsync(1_000);
    last().ontrack?.({ track: picture });
    await settle();
    expect(found).toHaveLength(1);
  });

  it("takes no sound for a picture, and no path for a way", async () => {
    back.now();
    await settle();
    last().ontrack?.({ track: sound });
    await vi.advanceTimersByTimeAsync(8_100); // never connected
    expect(found).toHaveLength(0);
    expect(methods()).toEqual(["POST", "DELETE"]);
    expect(last().closed).toBe(true);
  });

  it("tries at once when the network has changed, one at a time", async () => {
    back.start();
    back.now();
    back.now();
    await settle();
    expect(methods()).toEqual(["POST"]);
    await vi.advanceTimersByTimeAsync(7_000);
    expect(methods()).toEqual(["POST"]);
  });

  it("does not try for a page that nobody sees", async () => {
    const seen = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    back.start();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(methods()).toEqual([]);
    seen.mockReturnValue("visible");
    await vi.advanceTimersByTimeAsync(300_000);
    expect(methods()[0]).toBe("POST");
  });
});

describe("publishing", () => {
  let states: PublishState[];
  let publishing: Publishing;

  beforeEach(() => {
    states = [];
    const stream = { getTracks: () => [] } as unknown as MediaStream;
    publishing = new Publishing({ url: "/whip/s", streamKey: "key", stream, onState: (state) => states.push(state) });
  });

  afterEach(() => publishing.stop());

  it("posts with the stream key and tells Chromium where to start", async () => {
    publishing.start();
    await settle();
    last().become("connected");
    expect(calls[0]?.headers).toMatchObject({ Authorization: "Bearer key" });
    expect(last().remoteDescription?.sdp).toContain("x-google-start-bitrate");
    expect(states).toEqual(["connecting", "on_air"]);
    publishing.stop();
    expect(calls[1]).toMatchObject({ method: "DELETE", headers: { Authorization: "Bearer key" } });
  });

  it("repairs a broken line in place", async () => {
    publishing.start();
    await settle();
    last().become("connected");
    answer = () => new Response("a=ice-ufrag:new\r\na=ice-pwd:newpw\r\n", { status: 200 });
    last().become("disconnected");
    await vi.advanceTimersByTimeAsync(1_600);
    expect(calls[1]).toMatchObject({ method: "PATCH", headers: { "If-Match": "*", Authorization: "Bearer key" } });
    expect(last().remoteDescription?.sdp).toContain("a=ice-ufrag:new");
    last().become("connected");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(Peer.all).toHaveLength(1);
    expect(states).toEqual(["connecting", "on_air", "repairing", "on_air"]);
  });

  it("asks again while the next network is not there yet, with new credentials each time", async () => {
    const offers: (string | undefined)[] = [];
    const plain = Peer.prototype.createOffer;
    Peer.prototype.createOffer = async () => ({ type: "offer", sdp: OFFER.replace("mine", `mine${offers.length}`) });
    publishing.start();
    await settle();
    last().become("connected");
    answer = () => {
      offers.push(last().localDescription?.sdp);
      if (offers.length < 4) throw new TypeError("network changed");
      return new Response("a=ice-ufrag:new\r\na=ice-pwd:newpw\r\n", { status: 200 });
    };
    globalThis.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(1_600);
    Peer.prototype.createOffer = plain;
    expect(methods()).toEqual(["POST", "PATCH", "PATCH", "PATCH", "PATCH"]);
    expect(new Set(offers).size).toBe(4);
    expect(last().remoteDescription?.sdp).toContain("a=ice-ufrag:new");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(Peer.all).toHaveLength(1);
    expect(publishing.state).toBe("on_air");
  });

  it("gives up a session whose server is out of reach", async () => {
    publishing.start();
    await settle();
    last().become("connected");
    answer = (call) => {
      if (call.method === "PATCH") throw new TypeError("no network");
      return created();
    };
    last().become("failed");
    await vi.advanceTimersByTimeAsync(14_000);
    expect(Peer.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(Peer.all).toHaveLength(2);
  });

  it("posts another session when the server has forgotten the first", async () => {
    publishing.start();
    await settle();
    last().become("connected");
    answer = (call) => (call.method === "PATCH" ? new Response("", { status: 404 }) : created());
    publishing.revive();
    await vi.advanceTimersByTimeAsync(250);
    expect(methods()).toEqual(["POST", "PATCH", "DELETE", "POST"]);
  });

  it("sends the device that was chosen last, also in another session", async () => {
    vi.stubGlobal("RTCRtpSender", { getCapabilities: () => null });
    const [worn, fresh, voice] = [{ kind: "video" }, { kind: "video" }, { kind: "audio" }] as MediaStreamTrack[];
    const stream = { getTracks: () => [worn, voice] } as unknown as MediaStream;
    publishing = new Publishing({ url: "/whip/s", streamKey: "key", stream, onState: () => undefined });
    publishing.start();
    await settle();
    expect(last().sends).toEqual([worn, voice]);
    await publishing.replaceTrack(fresh!);
    last().become("connected");
    answer = (call) => (call.method === "PATCH" ? new Response("", { status: 404 }) : created());
    publishing.revive();
    await vi.advanceTimersByTimeAsync(250);
    expect(Peer.all).toHaveLength(2);
    expect(last().sends.some((sent) => sent === fresh)).toBe(true);
    expect(last().sends.some((sent) => sent === worn)).toBe(false);
  });

  it("does not wait for a repair that leads nowhere", async () => {
    publishing.start();
    await settle();
    last().become("connected");
    answer = (call) => (call.method === "PATCH" ? new Response("a=ice-ufrag:n\r\na=ice-pwd:p\r\n", { status: 200 }) : created());
    last().become("failed");
    await vi.advanceTimersByTimeAsync(6_500);
    expect(Peer.all).toHaveLength(2);
  });

  it("stops and says why when the key is refused, and goes on trying when the server is full", async () => {
    answer = () => new Response(JSON.stringify({ error: { message: "The stream key is not right." } }), { status: 403 });
    publishing.start();
    await settle();
    expect(publishing.state).toBe("refused");
    publishing.stop();
    answer = () => new Response("", { status: 503, headers: { "Retry-After": "1" } });
    publishing.start();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(methods().filter((method) => method === "POST").length).toBeGreaterThanOrEqual(3);
  });
});
