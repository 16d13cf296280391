import { decode, encode } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { backoff } from "./backoff";
import { Channel, type ChannelError, channelUrl } from "./channel";
import { closing } from "./close_codes";
import type { Snapshot, TimelineEvent } from "./wire";

/** A WebSocket without a network: what the page sends is in `sent`, what the server says goes through `say`. */
class Line {
  binaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: Record<string, unknown>[] = [];
  closedByPage = false;

  send(data: Uint8Array): void {
    this.sent.push(decode(data) as Record<string, unknown>);
  }

  close(): void {
    this.closedByPage = true;
  }

  say(frame: object): void {
    const bytes = encode(frame);
    this.onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer });
  }

  last(): Record<string, unknown> {
    return this.sent[this.sent.length - 1] ?? {};
  }
}

const mara = { id: "m", handle: "mara", name: "Mara", avatar: null };
const snapshot = (offset: number): Snapshot => ({
  offset,
  show: { state: "live", title: "Knits", host: mara },
  lineup: [],
  featured: [],
  messages: [],
  moderators: [],
});
const you = { account: null, role: null, sanction: null };
const said = (offset: number, id: string): TimelineEvent => ({
  offset,
  at: 0,
  time: 0,
  kind: "said",
  by: "m",
  data: { message_id: id, text: "hello", author: mara, role: "host" },
});

let lines: Line[];
let channel: Channel;

function line(): Line {
  const newest = lines[lines.length - 1];
  if (!newest) throw new Error("no socket was opened");
  return newest;
}

/** Open the newest socket and answer its join. */
function join(answer: object = { snapshot: snapshot(10) }): void {
  line().onopen?.();
  line().say({ re: line().last()["id"], ok: { epoch: "e1", you, now: Date.now() + 5000, show_ms: 1000, ...answer } });
}

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  channel = new Channel({
    url: "ws://shop/ws/s",
    random: () => 1,
    open: (_url, protocol) => {
      expect(protocol).toBe("closetcast.v1");
      const next = new Line();
      lines.push(next);
      return next as unknown as WebSocket;
    },
  });
  channel.start();
});

afterEach(() => {
  channel.stop();
  vi.useRealTimers();
});

describe("joining", () => {
  it("asks without an offset first, and shows the snapshot", () => {
    const clocks: number[] = [];
    channel.onTime((now) => clocks.push(now));
    line().onopen?.();
    expect(line().last()).toEqual({ id: 1, do: "join" });
    line().say({ re: 1, ok: { epoch: "e1", you, now: Date.now() + 5000, show_ms: 1000, snapshot: snapshot(10) } });
    expect(channel.view).toMatchObject({ link: "open", room: { offset: 10 } });
    expect(clocks).toEqual([Date.now() + 5000]);
    vi.advanceTimersByTime(250);
    expect(channel.showMs()).toBe(1250);
  });

  it("resumes with offset and epoch after a drop, and tells each event once", () => {
    const seen: number[] = [];
    channel.onEvent((event) => seen.push(event.offset));
    join();
    line().say({ events: [said(11, "a")] });
    line().onclose?.({ code: 1006 });
    expect(channel.view.link).toBe("reconnecting");
    vi.advanceTimersByTime(200);
    expect(lines).toHaveLength(2);
    line().onopen?.();
    expect(line().last()).toMatchObject({ do: "join", offset: 11, epoch: "e1" });
    line().say({ re: line().last()["id"], ok: { epoch: "e1", you, now: 0, show_ms: null } });
    line().say({ events: [said(11, "a"), said(12, "b")] });
    expect(channel.view.room?.messages.map((message) => message.message_id)).toEqual(["a", "b"]);
    expect(seen).toEqual([11, 12]);
  });

  it("asks again when an event is missing", () => {
    join();
    line().say({ events: [said(13, "x")] });
    expect(channel.view).toMatchObject({ link: "reconnecting", room: { offset: 10 } });
    vi.advanceTimersByTime(200);
    line().onopen?.();
    expect(line().last()).toMatchObject({ offset: 10 });
  });

  it("waits longer after each failure, and starts over once it is back", () => {
    const waits: number[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      const before = lines.length;
      line().onclose?.({ code: 1006 });
      let waited = 0;
      while (lines.length === before && waited < 20_000) {
        vi.advanceTimersByTime(100);
        waited += 100;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([200, 300, 500, 700, 1100, 1600, 2300, 3500, 5000, 5000]);
    join();
    line().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(200);
    expect(lines).toHaveLength(12);
  });

  it("replaces a socket that answers nothing", () => {
    join();
    const dead = line();
    vi.advanceTimersByTime(16_000);
    expect(dead.closedByPage).toBe(true);
    expect(lines.length).toBeGreaterThan(1);
  });

  it("replaces a socket that never opens", () => {
    vi.advanceTimersByTime(6_300);
    expect(lines).toHaveLength(2);
  });

  it.each([4400, 4401, 4403, 4404, 4413, 4429])("stays away after %i and says why", (code) => {
    join();
    line().onclose?.({ code });
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
    expect(channel.view.link).toBe("closed");
    expect(channel.view.closing?.code).toBe(code);
    expect(channel.view.closing?.sentence).toMatch(/\.$/);
  });

  it.each([1001, 1006, 1012, 4408, 4409])("comes back after %i", (code) => {
    join();
    line().onclose?.({ code });
    vi.advanceTimersByTime(200);
    expect(lines).toHaveLength(2);
    expect(closing(code).sentence).toBeNull();
  });

  it("joins anew under another sign-in", () => {
    join();
    const old = line();
    channel.rejoin();
    expect(old.closedByPage).toBe(true);
    expect(lines).toHaveLength(2);
  });
});

describe("saying", () => {
  it("keeps a line pending until its event has arrived", async () => {
    join();
    const done = channel.say("hello", "k1");
    expect(line().last()).toMatchObject({ do: "say", text: "hello", key: "k1" });
    expect(channel.view.outbox).toEqual([{ key: "k1", text: "hello" }]);
    line().say({ re: line().last()["id"], ok: { message_id: "a", offset: 11 } });
    await done;
    expect(channel.view.outbox).toHaveLength(1);
    line().say({ events: [said(11, "a")] });
    expect(channel.view.outbox).toHaveLength(0);
  });

  it("sends it again under the same key after a drop", async () => {
    join();
    const done = channel.say("hello", "k1");
    line().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(200);
    join({});
    const again = line().sent.filter((frame) => frame["do"] === "say");
    expect(again).toMatchObject([{ key: "k1" }]);
    line().say({ re: again[0]?.["id"], ok: { message_id: "a", offset: 10 } });
    await done;
    expect(channel.view.outbox).toHaveLength(0);
  });

  it("is no longer pending when a snapshot already shows it", async () => {
    join();
    const done = channel.say("hello", "k1");
    line().say({ re: line().last()["id"], ok: { message_id: "a", offset: 12 } });
    await done;
    expect(channel.view.outbox).toHaveLength(1);
    line().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(200);
    join({ snapshot: snapshot(12) });
    expect(channel.view.outbox).toHaveLength(0);
  });

  it("hands a refusal to the one who spoke", async () => {
    join();
    const refused = channel.say("hello", "k1").catch((error: ChannelError) => error);
    line().say({ re: line().last()["id"], error: { code: "muted", message: "You are muted.", details: { until: 5 } } });
    expect(await refused).toMatchObject({ code: "muted", message: "You are muted.", details: { until: 5 } });
    expect(channel.view.outbox).toHaveLength(0);
  });

  it("gives up on a line after a minute, and takes no more than twenty", async () => {
    const first = channel.say("hello", "k0").catch((error: ChannelError) => error.code);
    const rest = Array.from({ length: 19 }, (_, n) => channel.say("x", `k${n + 1}`).catch(() => null));
    await expect(channel.say("one more", "k20")).rejects.toMatchObject({ code: "outbox_full" });
    vi.advanceTimersByTime(75_000);
    expect(await first).toBe("not_sent");
    await Promise.all(rest);
  });
});

describe("a gap", () => {
  it("that is still there after resuming is left behind by a fresh snapshot", () => {
    join();
    line().say({ events: [said(13, "c")] });
    vi.advanceTimersByTime(200);
    line().onopen?.();
    expect(line().last()).toMatchObject({ do: "join", offset: 10, epoch: "e1" });
    line().say({ re: line().last()["id"], ok: { epoch: "e1", you, now: 0, show_ms: null, events: [said(13, "c")] } });
    expect(channel.view.link).toBe("reconnecting");
    const before = lines.length;
    vi.advanceTimersByTime(200);
    expect(lines).toHaveLength(before + 1);
    line().onopen?.();
    expect(line().last()).not.toHaveProperty("offset");
    line().say({ re: line().last()["id"], ok: { epoch: "e1", you, now: 0, show_ms: null, snapshot: snapshot(13) } });
    expect(channel.view).toMatchObject({ link: "open", room: { offset: 13 } });
    vi.advanceTimersByTime(30_000);
  });

  it("is not left standing by an event that cannot be read", () => {
    join();
    line().say({ events: [{ ...said(11, "a"), kind: "card_changed", data: {} }] });
    expect(channel.view.link).toBe("reconnecting");
  });
});

describe("a hidden tab, whose timers run once a minute", () => {
  it("does not take its own sleep for a lost line, and still notices one", async () => {
    join();
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(5_000);
    expect(channel.view.link).toBe("open");
    line().say({ re: line().last()["id"], ok: { now: 1, show_ms: null } });
    await vi.advanceTimersByTimeAsync(4_900);
    expect(channel.view.link).toBe("open");
    expect(lines).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(4_200);
    expect(channel.view.link).toBe("reconnecting");
  });
});

describe("clocks", () => {
  it("are told again with every ping: a show begins, and a computer's clock is set, while one stays", async () => {
    const times: number[] = [];
    channel.onTime((now) => times.push(now));
    join({ snapshot: snapshot(10), show_ms: null, now: 1_000 });
    expect(channel.showMs()).toBeNull();
    vi.advanceTimersByTime(5_000);
    expect(line().last()).toMatchObject({ do: "ping" });
    line().say({ re: line().last()["id"], ok: { now: 6_000, show_ms: 700 } });
    await vi.advanceTimersByTimeAsync(100);
    expect(times).toEqual([1_000, 6_000]);
    expect(channel.showMs()).toBe(800);
  });
});

describe("a server that cannot be reached at first", () => {
  it("is asked again, and the page can say so", () => {
    line().onclose?.({ code: 1006 });
    expect(channel.view).toMatchObject({ link: "reconnecting", room: null });
    vi.advanceTimersByTime(200);
    join();
    expect(channel.view.link).toBe("open");
  });
});

describe("asking", () => {
  it("answers each request by its number", async () => {
    join();
    const deleted = channel.ask({ do: "delete", message_id: "a" });
    const number = line().last()["id"];
    const lifted = channel.ask({ do: "lift", account_id: "b" }).catch((error: ChannelError) => error.code);
    line().say({ re: line().last()["id"], error: { code: "not_allowed", message: "No." } });
    line().say({ re: number, ok: {} });
    expect(await deleted).toEqual({});
    expect(await lifted).toBe("not_allowed");
  });

  it("refuses at once while the line is down, and what was under way when it drops", async () => {
    join();
    const cut = channel.ask({ do: "delete", message_id: "a" }).catch((error: ChannelError) => error.code);
    line().onclose?.({ code: 1006 });
    expect(await cut).toBe("offline");
    await expect(channel.ask({ do: "heart", count: 1 })).rejects.toMatchObject({ code: "offline" });
  });

  it("tells hearts, viewers and changes of one's own standing", () => {
    join();
    const hearts: number[] = [];
    channel.onHearts((count) => hearts.push(count));
    line().say({ room: { viewers: 312, hearts: 4 } });
    line().say({ room: { viewers: 312, hearts: 0 } });
    line().say({ you: { ...you, sanction: { kind: "mute", until: null, reason: "spam" } } });
    expect(channel.view).toMatchObject({ viewers: 312, you: { sanction: { kind: "mute" } } });
    expect(hearts).toEqual([4]);
  });
});

describe("addresses and waits", () => {
  it("speaks securely where the page does", () => {
    expect(channelUrl("s/1", { protocol: "https:", host: "shop" })).toBe("wss://shop/ws/s%2F1");
    expect(channelUrl("s", { protocol: "http:", host: "shop:1" })).toBe("ws://shop:1/ws/s");
  });

  it("draws each wait from the upper half", () => {
    expect(backoff(0, 0)).toBe(100);
    expect(backoff(2, 0)).toBe(225);
    expect(backoff(99, 1)).toBe(5000);
  });
});
