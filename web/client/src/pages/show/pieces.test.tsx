import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { learnServerTime } from "../../clock";
import type { Channel, ChannelView } from "../../live/channel";
import type { You } from "../../live/wire";
import { me } from "../../state/session";
import { Composer } from "./Composer";
import { place } from "../../navigation";
import { type Buying, useBuying } from "./useBuying";
import { useChannel } from "./useChannel";
import { useWatching } from "./useWatching";
import { takeWish } from "./wish";

const ana = { id: "a", handle: "ana", name: "Ana", avatar: null };
let root: HTMLElement;

beforeEach(() => {
  root = document.body.appendChild(document.createElement("div"));
});

afterEach(async () => {
  await act(() => render(null, root));
  root.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the composer", () => {
  it("comes back by itself when a timeout has run out", async () => {
    vi.useFakeTimers();
    learnServerTime(Date.now());
    const you: You = { account: ana, role: null, sanction: { kind: "timeout", until: Date.now() + 3_000, reason: "" } };
    const channel = { say: vi.fn() } as unknown as Channel;
    await act(() => render(<Composer channel={channel} you={you} show="live" signIn={() => undefined} />, root));
    expect(root.querySelector("input")).toBeNull();
    expect(root.textContent).toContain("You cannot chat");
    await act(() => void vi.advanceTimersByTime(4_000));
    expect(root.querySelector("input")).not.toBeNull();
  });
});

describe("a viewer's sound", () => {
  class Peer {
    static tracks: ((event: object) => void) | null = null;
    connectionState = "new";
    addTransceiver = () => ({});
    createOffer = async () => ({ type: "offer", sdp: "" });
    setLocalDescription = async () => undefined;
    setRemoteDescription = async () => undefined;
    getStats = async () => new Map();
    close = () => undefined;
    set ontrack(listener: (event: object) => void) {
      Peer.tracks = listener;
    }
  }

  const nothing = () => null;
  async function watch(refusal: string): Promise<HTMLVideoElement> {
    vi.useFakeTimers();
    vi.stubGlobal("RTCPeerConnection", Peer);
    vi.stubGlobal("MediaStream", class { addTrack(): void {} });
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    const video = document.createElement("video");
    Object.defineProperty(video, "srcObject", { writable: true, value: null });
    video.play = vi.fn(async () => {
      throw new DOMException("", refusal);
    });
    function Show() {
      useWatching("s", true, true, nothing).attach(video);
      return null;
    }
    await act(() => render(<Show />, root));
    video.muted = false;
    await act(async () => {
      Peer.tracks?.({ track: { kind: "video", muted: false } });
      await vi.advanceTimersByTimeAsync(10);
    });
    expect(video.play).toHaveBeenCalled();
    return video;
  }

  it("stays on when a new stream cuts into the start of the old one", async () => {
    expect((await watch("AbortError")).muted).toBe(false);
  });

  it("goes off where the browser wants a tap first", async () => {
    expect((await watch("NotAllowedError")).muted).toBe(true);
  });
});

describe("a channel whose session has ended", () => {
  it("tells the pages at once, also when the server cannot be asked", async () => {
    let closed: ((event: { code: number }) => void) | null = null;
    let opened = 0;
    class Socket {
      binaryType = "";
      constructor() {
        opened++;
      }
      close(): void {}
      set onclose(listener: (event: { code: number }) => void) {
        closed = listener;
      }
    }
    vi.stubGlobal("WebSocket", Socket);
    me.value = { ...ana, email: "", bio: "", featuring_allowed: true };
    let view: ChannelView | undefined;
    function Show() {
      view = useChannel("s").view;
      return null;
    }
    await act(() => render(<Show />, root));
    await act(() => closed?.({ code: 4401 }));
    expect(view?.closing?.code).toBe(4401);
    expect(me.value).toBeNull();

    const look = async () => {
      document.dispatchEvent(new Event("visibilitychange"));
      await act(() => new Promise((done) => setTimeout(done, 5)));
    };
    const who = (account: object | null) =>
      vi.stubGlobal("fetch", async (url: string) =>
        url === "/api/me" ? new Response(JSON.stringify({ account })) : new Response("", { status: 503 }),
      );
    who(null);
    await look();
    expect(opened).toBe(1);
    who(ana);
    await look();
    expect(opened).toBe(2);
    expect(view?.closing).toBeNull();
  });
});

describe("buying with a session that has ended unnoticed", () => {
  it("leads to the sign-in page and keeps the wish", async () => {
    window.scrollTo = vi.fn() as unknown as typeof window.scrollTo;
    const refused = JSON.stringify({ error: { code: "signed_out", message: "Sign in first." } });
    vi.stubGlobal("fetch", async () => new Response(refused, { status: 401 }));
    const channel = { view: { you: { account: ana } }, onEvent: () => () => undefined } as unknown as Channel;
    let buying: Buying | undefined;
    function Show() {
      buying = useBuying("s", channel);
      return null;
    }
    await act(() => render(<Show />, root));
    await act(async () => {
      buying?.buy("coat");
      await new Promise((done) => setTimeout(done, 5));
    });
    expect(place.value.path).toBe("/login");
    expect(buying?.refusal).toBeNull();
    expect(takeWish("s", Date.now())).toBe("coat");
  });
});
