import { beforeEach, describe, expect, it, vi } from "vitest";
import { photoProblem } from "../src/api/upload";
import { ListingEditor } from "../src/components/ListingEditor";
import { changesOf, formFor, NEW_DRAFT, readDraft } from "../src/components/editor/draft";
import { addFiles, PHOTOS_MOST, pictureOf, sendAll, type Picture } from "../src/components/editor/photos";
import { go, place } from "../src/navigation";
import Login from "../src/pages/login";
import { handleProblem, suggestHandle } from "../src/pages/login/handle";
import { filterCount, formFrom, searchAddress, searchFrom } from "../src/pages/search/query";
import { fieldTime, startProblem, suggestedStart, timeFrom } from "../src/pages/shows/when";
import { holdListing } from "../src/state/bag";
import { me } from "../src/state/session";
import { click, draw, eventually, submit, type } from "./draw";
import { account, cart, listing } from "./samples";
import { serve } from "./server";

beforeEach(() => {
  window.scrollTo = vi.fn() as unknown as typeof window.scrollTo;
});

describe("signing in", () => {
  beforeEach(() => {
    me.value = null;
    go("/login?to=%2Flisting%2Fcoat");
  });
  const page = () => draw(<Login params={{}} query={place.value.query} />);

  it("goes back to where one was", async () => {
    const asked = serve({ "POST /api/session": { json: account() }, "GET /api/cart": { json: cart([]) } });
    const root = await page();
    await type(root.querySelector('[name="email"]'), " ana@example.org ");
    await type(root.querySelector('[name="password"]'), "a long password");
    await submit(root.querySelector("form"));
    await eventually(() => expect(place.value.path).toBe("/listing/coat"));
    expect(asked[0]?.body).toEqual({ email: "ana@example.org", password: "a long password" });
    expect(me.value?.handle).toBe("ana");
  });

  it("says when email and password do not belong together", async () => {
    serve({ "POST /api/session": { status: 401, json: { error: { code: "wrong_credentials", message: "That did not match." } } } });
    const root = await page();
    await type(root.querySelector('[name="email"]'), "ana@example.org");
    await type(root.querySelector('[name="password"]'), "wrong");
    await submit(root.querySelector("form"));
    await eventually(() => expect(root.querySelector('[role="alert"]')?.textContent).toBe("That did not match."));
    expect(place.value.path).toBe("/login");
  });

  it("opens an account under a name made from one's own, and puts the server's complaint at its field", async () => {
    const asked = serve({
      "POST /api/accounts": {
        status: 409,
        json: { error: { code: "handle_taken", message: "That name is taken.", details: { field: "handle" } } },
      },
    });
    const root = await page();
    await click(root.querySelectorAll('[role="tab"]')[1] ?? null);
    await submit(root.querySelector("form"));
    expect(asked).toEqual([]);
    expect(root.querySelectorAll('[aria-invalid="true"]').length).toBe(4);
    await type(root.querySelector('[name="name"]'), "Ana María");
    await type(root.querySelector('[name="email"]'), "ana@example.org");
    await type(root.querySelector('[name="password"]'), "a long password");
    await submit(root.querySelector("form"));
    await eventually(() => expect(root.querySelector(".field__problem")?.textContent).toBe("That name is taken."));
    expect(asked[0]?.body).toMatchObject({ handle: "ana_maria", name: "Ana María" });
  });

  it("makes handles that the rules accept", () => {
    for (const name of ["Mára Ko", "  O'Neill & Sons ", "x".repeat(80), "Łucja Żak"]) expect(handleProblem(suggestHandle(name))).toBeNull();
    expect(handleProblem(suggestHandle("李"))).not.toBeNull();
    expect(handleProblem("Ana")).not.toBeNull();
  });
});

describe("a listing being written", () => {
  const good = { ...NEW_DRAFT, title: " Coat ", category: "outerwear", price: "48,50" };

  it("becomes what the server takes", () => {
    expect(readDraft(good).draft).toMatchObject({ title: "Coat", price: 4_850, quantity: 1, currency: "USD" });
  });

  it.each([
    ["title", { title: "  " }],
    ["category", { category: "" }],
    ["price", { price: "0" }],
    ["price", { price: "free" }],
    ["price", { price: "200000" }],
    ["quantity", { quantity: "1.5" }],
    ["quantity", { quantity: "0" }],
    ["quantity", { quantity: "1000" }],
  ])("names the field: %s", (field, over) => {
    expect(Object.keys(readDraft({ ...good, ...over }).problems ?? {})).toEqual([field]);
  });

  it("sends only what was changed", () => {
    const coat = listing("coat", { featuring_allowed: false, story: "Mine", weight: 0 });
    const { draft } = readDraft({ ...formFor(coat), price: "50" });
    expect(draft && changesOf(coat, draft)).toEqual({ price: 5_000 });
  });
});

describe("photos", () => {
  const file = (name: string, over = "image/jpeg", size = 10): File => new File([new Uint8Array(size)], name, { type: over });

  it("are refused before they are sent when they cannot be taken", () => {
    expect(photoProblem({ name: "a.gif", type: "image/gif", size: 1 })).toMatch(/a\.gif is not/);
    expect(photoProblem({ name: "a.jpg", type: "image/jpeg", size: 13 * 1024 * 1024 })).toMatch(/larger than 12 MB/);
    expect(photoProblem({ name: "a.jpg", type: "image/jpeg", size: 0 })).toMatch(/empty/);
    expect(photoProblem({ name: "a.webp", type: "image/webp", size: 12 * 1024 * 1024 })).toBeNull();
  });

  it("are at most eight, and those left out are named", () => {
    const seven = Array.from({ length: PHOTOS_MOST - 1 }, (_, at) => pictureOf({ photo_id: `p${at}`, url: "", thumb: `/t${at}` }));
    const added = addFiles(seven, [file("bad.gif", "image/gif"), file("fits.jpg"), file("late.jpg")]);
    expect(added.pictures).toHaveLength(PHOTOS_MOST);
    expect(added.problems.map((text) => text.split(" ")[0])).toEqual(["bad.gif", "late.jpg"]);
  });

  it("are sent in order; one that is refused does not hold up the rest", async () => {
    const sent: string[] = [];
    class Call {
      upload: { onprogress?: (event: object) => void } = {};
      status = 201;
      responseText = "";
      onload?: () => void;
      open(method: string, url: string): void {
        sent.push(`${method} ${url}`);
      }
      setRequestHeader(): void {}
      getResponseHeader(): null {
        return null;
      }
      send(picture: File): void {
        this.upload.onprogress?.({ lengthComputable: true, loaded: 5, total: 10 });
        const refused = picture.name === "broken.jpg";
        this.status = refused ? 422 : 201;
        this.responseText = JSON.stringify(
          refused ? { error: { code: "invalid_photo", message: "This is no picture." } } : { photo_id: picture.name, url: "/u", thumb: "/t" },
        );
        this.onload?.();
      }
    }
    vi.stubGlobal("XMLHttpRequest", Call);
    let pictures = addFiles([pictureOf({ photo_id: "old", url: "", thumb: "" })], [file("broken.jpg"), file("fine.jpg")]).pictures;
    const shares: (number | null | undefined)[] = [];
    const all = await sendAll("coat", pictures, (id: number, to: Partial<Picture>) => {
      shares.push(to.share);
      pictures = pictures.map((each) => (each.id === id ? { ...each, ...to } : each));
    });
    expect(all).toBe(false);
    expect(sent).toEqual(["POST /api/listings/coat/photos", "POST /api/listings/coat/photos"]);
    expect(pictures.map((each) => [each.photo?.photo_id ?? null, each.problem])).toEqual([
      ["old", null],
      [null, "This is no picture."],
      ["fine.jpg", null],
    ]);
    expect(shares).toContain(0.5);
  });
});

describe("the listing editor", () => {
  it("does not ask again for the removal of a photo that is gone", async () => {
    const photo = (id: string) => ({ photo_id: id, url: `/photos/${id}`, thumb: `/photos/${id}-s` });
    const mine = listing("coat", { photos: [photo("a"), photo("b")] });
    let broken = true;
    const asked = serve({
      "PATCH /api/listings/coat": { json: mine },
      "GET /api/listings/coat": { json: mine },
      "DELETE /api/listings/coat/photos/a": { status: 204 },
      "DELETE /api/listings/coat/photos/b": () => (broken ? { status: 503 } : { status: 204 }),
    });
    const saved = vi.fn();
    const root = await draw(<ListingEditor open listing={mine} onClose={() => {}} onSaved={saved} />);
    await click(root.querySelector('[aria-label="Remove photo 1"]'));
    await click(root.querySelector('[aria-label="Remove photo 1"]'));
    const removals = () => asked.filter((each) => each.method === "DELETE").map((each) => each.url.slice(-1));
    await submit(root.querySelector("form"));
    await eventually(() => expect(root.querySelector("[aria-busy=true]")).toBeNull());
    await eventually(() => expect(removals()).toEqual(["a", "b"]));
    broken = false;
    await eventually(() => expect(root.textContent).toContain("Save changes"));
    await submit(root.querySelector("form"));
    await eventually(() => expect(saved).toHaveBeenCalledOnce());
    expect(removals()).toEqual(["a", "b", "b"]);
  });
});

describe("a search", () => {
  it("comes back from its address", () => {
    const form = { q: "wool coat", brand: "Levi's", size: "", category: "outerwear", min: "10", max: "48.50", available: true };
    const address = searchAddress(searchFrom(form));
    expect(formFrom(new URL(address, "http://x").searchParams)).toEqual(form);
    expect(filterCount(form)).toBe(5);
  });

  it("leaves out what is nothing", () => {
    const empty = formFrom(new URLSearchParams("min_price=-3&max_price=x"));
    expect(searchFrom({ ...empty, q: "  ", min: "cheap" })).toEqual({});
    expect(searchAddress({})).toBe("/search");
  });
});

describe("a starting time", () => {
  const now = new Date(2026, 10, 24, 18, 40).getTime();

  it("goes through the browser's field unharmed", () => {
    expect(timeFrom(fieldTime(now))).toBe(now);
    expect(timeFrom("")).toBeNull();
    expect(timeFrom("2026-13-45T99:99")).toBeNull();
  });

  it("is suggested on a full hour with time to get ready", () => {
    expect(fieldTime(suggestedStart(now))).toBe("2026-11-24T20:00");
    expect(startProblem(fieldTime(suggestedStart(now)), now)).toBeNull();
  });

  it("is refused when over, too far, or missing", () => {
    expect(startProblem(fieldTime(now - 3_600_000), now)).toMatch(/over/);
    expect(startProblem(fieldTime(now + 400 * 86_400_000), now)).toMatch(/year/);
    expect(startProblem("", now)).toMatch(/Choose/);
  });
});

describe("holding", () => {
  it("asks about the same hold after a lost answer, and about a new one after a refusal", async () => {
    me.value = account();
    const answers = [new TypeError("network"), { status: 409, json: { error: { code: "held_by_other", message: "" } } }, { status: 201, json: {} }];
    const asked = serve({ "POST /api/holds": () => answers.shift() ?? {}, "GET /api/cart": { json: cart([]) } });
    await expect(holdListing("coat")).rejects.toMatchObject({ code: "offline" });
    await expect(holdListing("coat")).rejects.toMatchObject({ code: "held_by_other" });
    await holdListing("coat");
    const keys = asked.filter((each) => each.url === "/api/holds").map((each) => each.headers["Idempotency-Key"]);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });
});
