import { describe, expect, it } from "vitest";

import type { Review } from "../../api/moderation";
import type { Message } from "../../live/room";
import type { You } from "../../live/wire";
import { doing } from "./deeds";
import { type Entry, type Filter, entries, kept, moved } from "./feed";
import { KEYS, stroke } from "./keys";
import { LastAct, type Undoable } from "./last_act";

const person = (id: string) => ({ id, handle: id, name: id, avatar: null });
const said = (offset: number, author = "ana", more: object = {}): Message =>
  ({
    message_id: `m${offset}`, offset, at: 0, time: 0, text: `line ${offset}`, author: person(author), role: null,
    mentions: [], links: false, reply: null, announcement: false, question: false, ...more,
  }) as unknown as Message;
const event = (offset: number) =>
  ({ offset, at: 0, time: 0, kind: "said", by: "eve", data: { message_id: `m${offset}`, text: `held ${offset}`, author: person("eve"), role: null } });

const review = { held: [7, 8].map((offset) => ({ message: event(offset), why: "link" })), reported: [], appeals: [] } as unknown as Review;
const room = { messages: [said(1), said(2, "ben"), said(3)], questions: [said(2, "ben")] };
const list = (filter: Filter, words = "") => entries({ room, review, shadow: [], found: [] }, filter, words).map((one) => one.id);

describe("the moderator's feed", () => {
  it("has what waits above the chat, and the chat alone where a flood waits", () => {
    expect(list("all")).toEqual(["m7", "m8", "m3", "m2", "m1"]);
    expect(list("said")).toEqual(["m3", "m2", "m1"]);
    expect(list("waiting")).toEqual(["m7", "m8"]);
    expect(list("questions")).toEqual(["m2"]);
    expect(list("all", "BEN")).toEqual(["m2"]);
  });

  it("keeps the selection on its line, or on what took its place", () => {
    const now = entries({ room, review, shadow: [], found: [] }, "said", "");
    expect(moved(now, null, 1)).toBe("m3");
    expect(moved(now, "m2", 1)).toBe("m1");
    expect(moved(now, "m1", 1)).toBe("m1");
    expect(kept(now, now, "m2")).toBe("m2");
    expect(kept(now, now.filter((one) => one.id !== "m2"), "m2")).toBe("m1");
  });
});

describe("what a key does", () => {
  const you = (role: "host" | "moderator"): You => ({ account: person("me"), role, sanction: null }) as unknown as You;
  const here = { show: { host: person("mara") }, moderators: ["milo"] } as unknown as Parameters<typeof doing>[3];
  const entry = (author: string) => ({ id: "m1", kind: "said", accountId: author, line: said(1, author), why: null, reports: 0, reasons: [], appeal: null }) as Entry;

  it.each([
    ["ban_everywhere", "moderator", "ana", false],
    ["ban_everywhere", "host", "ana", true],
    ["ban", "moderator", "ana", true],
    ["ban", "moderator", "milo", false],
    ["ban", "host", "milo", true],
    ["mute", "moderator", "mara", false],
    ["mute", "host", "me", false],
    ["delete", "moderator", "mara", true],
  ] as const)("%s by the %s against %s: %s", (deed, role, whom, offered) => {
    expect(doing(deed, entry(whom), you(role), here) !== null).toBe(offered);
  });

  it("bans from all shows with the scope that says so", () => {
    expect(doing("ban_everywhere", entry("ana"), you("host"), here)?.command).toMatchObject({ do: "sanction", kind: "ban", scope: "closet" });
  });

  it("is one thing each, and nothing while somebody types", () => {
    expect(new Set(KEYS.map(([key]) => key)).size).toBe(KEYS.length);
    const key = { key: "E", ctrlKey: false, metaKey: false, altKey: false };
    expect(stroke(key, false)).toBe("ban_everywhere");
    expect(stroke(key, true)).toBeNull();
    expect(stroke({ ...key, ctrlKey: true }, false)).toBeNull();
  });
});

describe("what can be taken back", () => {
  const done = (actId: string, until = 10_000): Undoable => ({ actId, sentence: "", until });
  const taken = async (last: LastAct, now = 0) => (await last.take(() => now))?.actId ?? null;

  it("is the last act, once", async () => {
    const last = new LastAct();
    expect(await taken(last)).toBe(null);
    last.began(Promise.resolve(done("approve")));
    last.began(Promise.resolve(done("delete")));
    expect(await taken(last)).toBe("delete");
    expect(await taken(last)).toBe(null);
  });

  it("is the last act also for a hand that is quicker than the server, never the one before it", async () => {
    const last = new LastAct();
    last.began(Promise.resolve(done("approve")));
    let answer: (found: Undoable) => void = () => undefined;
    last.began(new Promise((resolve) => (answer = resolve)));
    const undone = taken(last);
    answer(done("delete"));
    expect(await undone).toBe("delete");
  });

  it("stays what it was when another act is refused or changes nothing", async () => {
    const last = new LastAct();
    last.began(Promise.resolve(done("approve")));
    last.began(Promise.reject(new Error("no")));
    last.began(Promise.resolve(null));
    expect(await taken(last)).toBe("approve");
  });

  it("is nothing once its time is over", async () => {
    const last = new LastAct();
    last.began(Promise.resolve(done("delete", 10_000)));
    expect(await taken(last, 10_000)).toBe(null);
  });
});
