import { beforeEach, describe, expect, it } from "vitest";

import type { ChannelView } from "../../live/channel";
import type { Message, Room } from "../../live/room";
import type { LineupItem, Person, You } from "../../live/wire";
import { banner } from "./banner";
import { type Buyer, buyState, soldLast } from "./buy_state";
import { acts } from "./moderation";
import { sanctionSentence } from "./sanction";
import { toldAloud } from "./told_aloud";
import { keepWish, takeWish } from "./wish";

const person = (id: string): Person => ({ id, handle: id, name: id.toUpperCase(), avatar: null });

function item(change: Partial<LineupItem> = {}): LineupItem {
  return {
    listing_id: "x",
    title: "Coat",
    brand: "",
    size: "M",
    category: "coats",
    condition: "good",
    price: 4800,
    currency: "USD",
    photo: null,
    seller: person("lena"),
    quantity: 1,
    left: 1,
    state: "available",
    held_until: null,
    likes: 0,
    featuring_allowed: true,
    featured: false,
    ...change,
  };
}

const PLAIN = { reply: null, mentions: [], question: false, announcement: false, links: false };

describe("the buy button", () => {
  const buyer: Buyer = { accountId: "ana", holds: [], bought: new Set() };
  const mine: Buyer = { ...buyer, holds: [{ hold_id: "h", listing_id: "x", until: 1000 }] };

  it.each([
    ["can be bought", item(), buyer, "buy"],
    ["can be bought by somebody signed out", item(), { ...buyer, accountId: null }, "buy"],
    ["is held by this person", item({ state: "held", left: 0 }), mine, "yours"],
    ["was held by this person", item({ state: "held", left: 0 }), { ...mine, holds: [{ ...mine.holds[0]!, until: 400 }] }, "held"],
    ["is held by somebody", item({ state: "held", left: 0, held_until: 900 }), buyer, "held"],
    ["is sold", item({ state: "sold", left: 0 }), buyer, "sold"],
    ["was bought", item({ state: "sold", left: 0 }), { ...buyer, bought: new Set(["x"]) }, "bought"],
    ["was bought, and there is another", item({ quantity: 2 }), { ...buyer, bought: new Set(["x"]) }, "buy"],
    ["is one's own", item({ seller: person("ana") }), buyer, "own"],
  ] as const)("of a piece that %s", (_what, card, who, kind) => {
    expect(buyState(card, who as Buyer, 500).kind).toBe(kind);
  });

  it("puts sold pieces last and keeps the host's order", () => {
    const lineup = [item({ listing_id: "1", state: "sold" }), item({ listing_id: "2" }), item({ listing_id: "3", state: "held" })];
    expect(soldLast(lineup).map((each) => each.listing_id)).toEqual(["2", "3", "1"]);
  });
});

describe("the menu of a line", () => {
  const host = person("host");
  const room: Pick<Room, "show" | "moderators" | "sanctions"> = {
    show: { state: "live", title: "", host },
    moderators: ["mod", "mod2"],
    sanctions: {},
  };
  const line = (author: string): Message => ({
    message_id: "1",
    offset: 1,
    at: 0,
    time: 0,
    text: "",
    author: person(author),
    role: null,
      ...PLAIN,
  });
  const as = (id: string, role: You["role"], sanction: You["sanction"] = null): You => ({ account: person(id), role, sanction });
  const all = ["reply", "delete", "pin", "mute", "timeout", "ban"];

  it.each([
    ["somebody signed out", { account: null, role: null, sanction: null } as You, "ana", []],
    ["a viewer on another's line", as("bo", null), "ana", ["reply", "report"]],
    ["a viewer on the own line", as("ana", null), "ana", ["delete"]],
    ["a moderator on a viewer's line", as("mod", "moderator"), "ana", all],
    ["a moderator on another moderator's line", as("mod", "moderator"), "mod2", ["reply", "delete", "pin"]],
    ["a moderator on the host's line", as("mod", "moderator"), "host", ["reply", "delete", "pin"]],
    ["a moderator on the own line", as("mod", "moderator"), "mod", ["delete", "pin"]],
    ["the host on a moderator's line", as("host", "host"), "mod", all],
    ["a muted moderator", as("mod", "moderator", { kind: "mute", until: null, reason: "" }), "ana", []],
  ])("for %s", (_who, you, author, names) => {
    expect(acts(line(author), you, room).map((act) => act.name)).toEqual(names);
  });

  it("offers to lift what was imposed, and sends what the server expects", () => {
    const muted = { ...room, sanctions: { ana: { kind: "mute" as const, until: null, reason: "" } } };
    const offered = acts(line("ana"), as("mod", "moderator"), muted);
    expect(offered.map((act) => act.name)).toEqual(["reply", "delete", "pin", "lift", "mute", "timeout", "ban"]);
    expect(offered.find((act) => act.name === "timeout")?.command).toEqual({
      do: "sanction",
      account_id: "ana",
      kind: "timeout",
      seconds: 300,
      reason: "",
    });
  });
});

describe("the banner", () => {
  const view: ChannelView = {
    link: "open",
    closing: null,
    you: { account: null, role: null, sanction: null },
    vote: null,
    room: null,
    viewers: null,
    outbox: [],
  };

  it("says nothing while all is well, or before the first connection", () => {
    expect(banner(view, "watching", "live")).toBeNull();
    expect(banner({ ...view, link: "connecting" }, null, "live")).toBeNull();
  });

  it("does not call a connection lost that never was", () => {
    const sentence = banner({ ...view, link: "reconnecting" }, null, "scheduled")?.sentence;
    expect(sentence).toContain("Trying again");
    expect(sentence).not.toContain("lost");
  });

  it("says that it reconnects, and what becomes of a message", () => {
    const inside = { ...view, room: { offset: 1 } as ChannelView["room"] };
    expect(banner({ ...inside, link: "reconnecting" }, "lost", "live")?.sentence).toContain("Reconnecting");
    const waiting = { ...inside, link: "reconnecting" as const, outbox: [{ key: "k", text: "hi" }] };
    expect(banner(waiting, null, "live")?.sentence).toContain("Your message is sent");
  });

  it("tells a stuck picture from a paused show", () => {
    expect(banner(view, "lost", "live")?.sentence).toContain("picture");
    expect(banner(view, "lost", "interrupted")).toBeNull();
  });

  it.each([
    [4401, "sign_in"],
    [4400, "reload"],
    [4429, "rejoin"],
    [4403, null],
  ])("offers after %i: %s", (code, action) => {
    const closed = { ...view, link: "closed" as const, closing: { code, reconnect: false, sentence: "Why." } };
    expect(banner(closed, null, "live")).toMatchObject({ tone: "stop", sentence: "Why.", action });
  });
});

describe("a sanction in words", () => {
  it("says until when, why, and what is still possible", () => {
    const now = Date.now();
    const muted = sanctionSentence({ kind: "timeout", until: now + 60_000, reason: "Too many links." }, now);
    expect(muted).toMatch(/cannot chat.* until .*Too many links.*still watch and buy/);
    expect(sanctionSentence({ kind: "ban", until: null, reason: "" }, now)).toBe("You cannot take part in this show.");
  });
});

describe("what is read aloud", () => {
  const lines = (count: number): Message[] =>
    Array.from({ length: count }, (_, index) => ({
      message_id: String(index),
      offset: index + 1,
      at: 0,
      time: 0,
      text: `line ${index + 1}`,
      author: person("ana"),
      role: null,
      ...PLAIN,
    }));

  it("is only what is new, and a number when it is much", () => {
    expect(toldAloud(lines(2), 1).text).toBe("ANA: line 2");
    expect(toldAloud(lines(9), 1).text).toBe("8 new messages");
    expect(toldAloud(lines(2), 2).text).toBe("");
  });
});

describe("what is told aloud", () => {
  const line = (offset: number, change: Partial<Message> = {}): Message => ({
    ...PLAIN,
    message_id: `m${offset}`,
    offset,
    at: 0,
    time: 0,
    text: `line ${offset}`,
    author: person("ben"),
    role: null,
    reply: null,
    mentions: [],
    question: false,
    announcement: false,
    links: false,
    ...change,
  });
  const busy = Array.from({ length: 9 }, (_, at) => line(at + 1));

  it("leaves out one's own lines", () => {
    expect(toldAloud([line(1), line(2, { author: person("me") })], 0, person("me")).text).toBe("BEN: line 1");
  });

  it("picks the host and those who name one out of many", () => {
    const many = [...busy, line(10, { role: "host", text: "Last one" }), line(11, { text: "hi @me there", mentions: [{ id: "me", handle: "me" }] })];
    expect(toldAloud(many, 0, person("me")).text).toBe("BEN: Last one. BEN: hi @me there. 9 new messages");
  });

  it("pauses longer while it is busy, and less again when it is quiet", () => {
    let pause = 2_000;
    for (let turn = 0; turn < 5; turn++) pause = toldAloud(busy, 0, null, pause).pause;
    expect(pause).toBe(12_000);
    for (let turn = 0; turn < 5; turn++) pause = toldAloud(busy, 9, null, pause).pause;
    expect(pause).toBe(2_000);
  });

  it("cuts what takes too long to say", () => {
    expect([...toldAloud([line(1, { text: "😀".repeat(400) })], 0).text].length).toBeLessThan(140);
  });
});

describe("a wish kept over signing in", () => {
  beforeEach(() => sessionStorage.clear());

  it("comes back once, in its own show, within a quarter of an hour", () => {
    keepWish("s", "x", 0);
    expect(takeWish("s", 60_000)).toBe("x");
    expect(takeWish("s", 60_000)).toBeNull();
    keepWish("s", "x", 0);
    expect(takeWish("other", 1)).toBeNull();
    keepWish("s", "x", 0);
    expect(takeWish("s", 16 * 60_000)).toBeNull();
  });
});
