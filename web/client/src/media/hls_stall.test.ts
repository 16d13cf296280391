import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HlsPicture } from "./hls";

const players: { destroyed: boolean; listeners: Map<string, (name: string, data: unknown) => void> }[] = [];
vi.mock("hls.js", () => {
  class Player {
    static Events = { ERROR: "error", MANIFEST_PARSED: "manifest", LEVEL_LOADED: "level" };
    static ErrorTypes = { MEDIA_ERROR: "media" };
    static isSupported = () => true;
    levels = [];
    currentLevel = 0;
    latency = 1.4;
    liveSyncPosition = null;
    destroyed = false;
    listeners = new Map<string, (name: string, data: unknown) => void>();
    constructor() {
      players.push(this);
    }
    on(name: string, listener: (name: string, data: unknown) => void) {
      this.listeners.set(name, listener);
    }
    once(name: string, listener: (name: string, data: unknown) => void) {
      this.on(name, listener);
    }
    loadSource() {}
    attachMedia() {}
    startLoad() {}
    destroy() {
      this.destroyed = true;
    }
  }
  return { default: Player };
});

const states: string[] = [];
let video: HTMLVideoElement;
let picture: HlsPicture;

async function pass(seconds: number, moves = false) {
  for (let second = 0; second < seconds; second += 1) {
    if (moves) video.currentTime += 1;
    await vi.advanceTimersByTimeAsync(1_000);
  }
}

beforeEach(async () => {
  vi.useFakeTimers();
  players.length = states.length = 0;
  video = document.createElement("video");
  Object.defineProperty(video, "currentTime", { value: 0, writable: true });
  video.play = async () => undefined;
  video.load = () => undefined;
  picture = new HlsPicture({ url: "/hls/s/index.m3u8", video, live: true, onState: (state) => states.push(state) });
  picture.start();
  await vi.dynamicImportSettled();
  await pass(1);
});
afterEach(() => {
  picture.stop();
  vi.useRealTimers();
});

describe("a live picture by HLS that stands still", () => {
  it("is begun anew, and again when that does not help", async () => {
    expect(players).toHaveLength(1);
    await pass(30, true);
    expect(players).toHaveLength(1);
    await pass(20);
    expect(players[0]?.destroyed).toBe(true);
    expect(states).toContain("lost");
    expect(players).toHaveLength(2);
    await pass(20);
    expect(players.length).toBeGreaterThan(2);
    expect(players.filter((one) => !one.destroyed)).toHaveLength(1);
  });

  it("asks for what there is before that, and goes to newer pictures", async () => {
    await pass(5, true);
    const startLoad = vi.fn();
    const shown = video.currentTime;
    Object.assign(players[0]!, { startLoad, liveSyncPosition: shown + 0.5 });
    await pass(7);
    expect(startLoad).toHaveBeenCalledOnce(); // the host is away: there is nothing newer
    expect(video.currentTime).toBe(shown);
    await pass(2, true);
    const again = video.currentTime;
    Object.assign(players[0]!, { liveSyncPosition: again + 3 });
    await pass(7);
    expect(video.currentTime).toBe(again + 3);
    expect(players).toHaveLength(1);
  });

  it("is begun anew after a fatal error, and a media error is mended in place once", async () => {
    const recovered = vi.fn();
    Object.assign(players[0]!, { recoverMediaError: recovered });
    players[0]!.listeners.get("error")!("error", { fatal: true, type: "media" });
    expect(recovered).toHaveBeenCalledOnce();
    players[0]!.listeners.get("error")!("error", { fatal: true, type: "network" });
    await pass(10, true);
    expect(players).toHaveLength(2);
  });

  it("goes to the present when it has fallen far behind, and not at once again", async () => {
    await pass(5, true);
    Object.assign(players[0]!, { latency: 9, liveSyncPosition: 500 });
    await pass(2, true);
    expect(video.currentTime).toBeGreaterThanOrEqual(500);
    Object.assign(players[0]!, { liveSyncPosition: 900 });
    await pass(10, true);
    expect(video.currentTime).toBeLessThan(900);
    expect(players).toHaveLength(1);
  });

  it("stays ended when it was stopped", async () => {
    picture.stop();
    await pass(60);
    expect(players).toHaveLength(1);
    expect(states.at(-1)).toBe("off");
  });
});
