import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { CurationRequest } from "../../api/commerce";
import { clickedPath } from "../../navigation";
import type { LineupItem } from "../../live/wire";
import { HoldToEnd } from "./HoldToEnd";
import { LineupEditor } from "./LineupEditor";
import { openBeside } from "./beside";
import { type Measured, checklist } from "./checklist";
import { moved, pieceForKey, tapped } from "./featuring";
import { given } from "./given";
import { type Camera, useDevices } from "./useDevices";

describe("the checklist", () => {
  const ready: Measured = {
    camera: true,
    trouble: null,
    microphone: true,
    loudest: -20,
    light: 120,
    answer: 12,
    upload: 8_000_000,
    ready: 2,
  };
  const states = (measured: Measured) => checklist(measured).map((check) => check.state);

  it("is all good when it is", () => {
    expect(states(ready)).toEqual(["good", "good", "good", "good", "good"]);
  });

  it("waits for what has not been measured", () => {
    expect(states({ ...ready, camera: false, microphone: false, light: null, answer: null })).toEqual([
      "wait",
      "wait",
      "wait",
      "wait",
      "good",
    ]);
  });

  it.each([
    [{ camera: false, trouble: "The camera is busy." }, 0, "The camera is busy."],
    [{ loudest: -70 }, 1, "Say something"],
    [{ light: 20 }, 2, "lamp"],
    [{ answer: 900 }, 3, "900 ms"],
    [{ answer: Number.POSITIVE_INFINITY }, 3, "does not answer"],
    [{ upload: 400_000 }, 3, "0.4 Mb/s"],
    [{ ready: 0 }, 4, "Add a piece"],
  ])("asks for attention: %o", (change, place, words) => {
    const check = checklist({ ...ready, ...change })[place];
    expect(check?.state).toBe("attention");
    expect(check?.sentence).toContain(words);
  });
});

describe("featuring", () => {
  it("puts a piece in the place of the others, and never leaves viewers without one", () => {
    expect(tapped("b", ["a"], false)).toEqual([
      { listing_id: "b", featured: true },
      { listing_id: "a", featured: false },
    ]);
  });

  it("takes a piece down", () => {
    expect(tapped("a", ["a", "b"], true)).toEqual([{ listing_id: "a", featured: false }]);
  });

  it("adds up to three, then makes room first", () => {
    expect(tapped("c", ["a", "b"], true)).toEqual([{ listing_id: "c", featured: true }]);
    expect(tapped("d", ["a", "b", "c"], true)).toEqual([
      { listing_id: "a", featured: false },
      { listing_id: "d", featured: true },
    ]);
    expect(tapped("d", ["a", "b", "c"], false)[0]).toEqual({ listing_id: "a", featured: false });
  });

  it("knows number keys, and moves a piece", () => {
    expect(pieceForKey("a", [])).toBeNull();
    expect(pieceForKey("3", [])).toBeNull();
    expect(moved(["a", "b", "c"], "a", 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], "c", 0)).toEqual(["c", "a", "b"]);
    expect(moved(["a", "b"], "b", 9)).toEqual(["a", "b"]);
  });
});

describe("what sellers have given to a host", () => {
  const mara = { id: "m", handle: "mara", name: "Mara", avatar: null };
  const lena = { id: "l", handle: "lena", name: "Lena", avatar: null };
  const request = (id: string, change: object = {}, listing: object = {}) =>
    ({
      request_id: id, state: "accepted", host: mara, seller: lena, by: "seller",
      listing: { listing_id: id, title: "Silk scarf", brand: "Arket", size: "M", seller: lena, state: "available", ...listing }, ...change,
    }) as unknown as CurationRequest;
  const all = { q: "", size: "", brand: "" };
  const ids = (requests: CurationRequest[], query: object = {}) => given(requests, "mara", { ...all, ...query }).map((card) => card.listing_id);

  it("is what was said yes to, and is still to be had, each once", () => {
    const asked = [
      request("a"), request("a"), request("b", { state: "open" }), request("c", { state: "declined" }),
      request("d", { host: lena, seller: mara }), request("e", {}, { state: "sold" }), request("f", {}, { state: "held" }),
    ];
    expect(ids(asked)).toEqual(["a", "f"]);
  });

  it("is found by title, closet, brand and size", () => {
    const asked = [request("a"), request("b", {}, { title: "Coat", brand: "Toast", size: "L" })];
    expect(ids(asked, { q: "SILK" })).toEqual(["a"]);
    expect(ids(asked, { q: "@lena" })).toEqual(["a", "b"]);
    expect(ids(asked, { brand: "toast" })).toEqual(["b"]);
    expect(ids(asked, { size: "m" })).toEqual(["a"]);
    expect(ids(asked, { q: "silk", size: "L" })).toEqual([]);
  });
});

describe("the end of a show", () => {
  let root: HTMLElement;
  const ended = vi.fn();
  const button = () => root.querySelector("button")!;
  const fire = (event: Event) => act(() => void button().dispatchEvent(event));

  beforeEach(async () => {
    vi.useFakeTimers();
    ended.mockClear();
    root = document.body.appendChild(document.createElement("div"));
    await act(() => render(<HoldToEnd busy={false} onEnd={ended} />, root));
  });

  afterEach(() => {
    render(null, root);
    root.remove();
    vi.useRealTimers();
  });

  it("needs a held press", async () => {
    await fire(new PointerEvent("pointerdown", { button: 0 }));
    expect(button().textContent).toContain("Keep holding");
    await act(() => void vi.advanceTimersByTime(1_100));
    expect(ended).not.toHaveBeenCalled();
    await act(() => void vi.advanceTimersByTime(200));
    expect(ended).toHaveBeenCalledOnce();
  });

  it("is not ended by a short one", async () => {
    await fire(new PointerEvent("pointerdown", { button: 0 }));
    await act(() => void vi.advanceTimersByTime(500));
    await fire(new PointerEvent("pointerup"));
    await act(() => void vi.advanceTimersByTime(5_000));
    expect(ended).not.toHaveBeenCalled();
  });

  it("is ended by a held key, and not by its repeats or a short press", async () => {
    await fire(new KeyboardEvent("keydown", { key: " " }));
    await fire(new KeyboardEvent("keyup", { key: " " }));
    await act(() => void vi.advanceTimersByTime(5_000));
    expect(ended).not.toHaveBeenCalled();
    await fire(new KeyboardEvent("keydown", { key: "Enter" }));
    await fire(new KeyboardEvent("keydown", { key: "Enter", repeat: true }));
    await act(() => void vi.advanceTimersByTime(1_300));
    expect(ended).toHaveBeenCalledOnce();
  });

  it("is ended once, however long the key stays down", async () => {
    await fire(new KeyboardEvent("keydown", { key: " " }));
    for (let repeat = 0; repeat < 40; repeat++) {
      await act(() => void vi.advanceTimersByTime(100));
      await fire(new KeyboardEvent("keydown", { key: " ", repeat: true }));
    }
    expect(ended).toHaveBeenCalledOnce();
  });

  it("is let go by the pointer also when a key began it", async () => {
    await fire(new KeyboardEvent("keydown", { key: " " }));
    await fire(new PointerEvent("pointerdown", { button: 0 }));
    await fire(new PointerEvent("pointerup"));
    await act(() => void vi.advanceTimersByTime(5_000));
    expect(ended).not.toHaveBeenCalled();
  });
});

describe("a link in the studio", () => {
  it("does not take a host off air", () => {
    const link = document.createElement("a");
    link.href = "/show/s";
    const label = link.appendChild(document.createElement("span"));
    document.body.append(link);
    const taken: (string | null)[] = [];
    link.addEventListener("click", (event) => {
      taken.push(clickedPath(event));
      event.preventDefault();
    });
    for (const onAir of [true, false]) {
      const listener = (event: Event) => openBeside(event, onAir);
      document.addEventListener("click", listener, true);
      label.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
      document.removeEventListener("click", listener, true);
    }
    link.remove();
    expect(taken).toEqual([null, "/show/s"]);
  });
});

describe("the devices", () => {
  class Track extends EventTarget {
    readyState = "live";
    constructor(readonly kind: string) {
      super();
    }
    stop = () => void (this.readyState = "ended");
    getSettings = () => ({ deviceId: this.kind });
    unplug(): void {
      this.readyState = "ended";
      this.dispatchEvent(new Event("ended"));
    }
  }

  it("are opened again when one is unplugged, and when one is plugged in", async () => {
    const streams: Track[][] = [];
    let plugged = true;
    const media = Object.assign(new EventTarget(), {
      getUserMedia: async () => {
        if (!plugged) throw new DOMException("", "NotFoundError");
        const tracks = [new Track("video"), new Track("audio")];
        streams.push(tracks);
        const of = (kind: string) => tracks.filter((track) => track.kind === kind);
        return { getTracks: () => tracks, getVideoTracks: () => of("video"), getAudioTracks: () => of("audio") };
      },
      enumerateDevices: async () => [],
    });
    vi.stubGlobal("navigator", { mediaDevices: media });
    let camera: Camera | undefined;
    function Studio() {
      camera = useDevices(true);
      return null;
    }
    const root = document.body.appendChild(document.createElement("div"));
    await act(() => render(<Studio />, root));
    await vi.waitFor(() => expect(streams).toHaveLength(1));
    await act(async () => {
      plugged = false;
      streams[0]?.[0]?.unplug();
    });
    await vi.waitFor(() => expect(camera?.trouble).toContain("Plug one in"));
    await act(async () => {
      plugged = true;
      media.dispatchEvent(new Event("devicechange"));
    });
    await vi.waitFor(() => expect(streams).toHaveLength(2));
    await vi.waitFor(() => expect(camera?.trouble).toBeNull());
    await act(() => render(null, root));
    root.remove();
    vi.unstubAllGlobals();
  });
});

describe("a number key", () => {
  it("features once, however long it is held", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
      asked.push(`${init.method} ${url}`);
      return new Response("{}", { status: 200 });
    });
    const seller = { id: "l", handle: "lena", name: "Lena", avatar: null };
    const piece = { listing_id: "coat", title: "Coat", brand: "", size: "M", price: 100, currency: "USD", photo: null, seller, left: 1, state: "available", featured: false };
    const root = document.body.appendChild(document.createElement("div"));
    const lineup = [piece as unknown as LineupItem];
    await act(() => render(<LineupEditor showId="s" lineup={lineup} featured={[]} hostHandle="mara" closed={false} />, root));
    const press = (repeat: boolean) =>
      act(async () => {
        document.dispatchEvent(new KeyboardEvent("keydown", { key: "1", repeat, bubbles: true }));
        await new Promise((done) => setTimeout(done, 2));
      });
    await press(false);
    for (let repeat = 0; repeat < 5; repeat++) await press(true);
    expect(asked).toHaveLength(1);
    await act(() => render(null, root));
    root.remove();
    vi.unstubAllGlobals();
  });
});
