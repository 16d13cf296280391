import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Channel } from "../../../live/channel";
import type { Reaction } from "../../../live/wire";
import { click, draw } from "../../../../tests/draw";
import { Floating } from "./Floating";
import { ReactionButton } from "./ReactionButton";
import { KINDS } from "./kinds";
import { useReactions } from "./useReactions";

class FakeChannel {
  asked: object[] = [];
  hearts: (count: number) => void = () => undefined;
  others: (counts: Partial<Record<Reaction, number>>) => void = () => undefined;
  ask = (command: object) => {
    this.asked.push(command);
    return Promise.resolve({});
  };
  onHearts = (listener: (count: number) => void) => ((this.hearts = listener), () => undefined);
  onReactions = (listener: typeof this.others) => ((this.others = listener), () => undefined);
}

function Lane({ channel }: { channel: FakeChannel }) {
  const { floats, send } = useReactions(channel as unknown as Channel);
  return (
    <>
      <Floating floats={floats} />
      <ReactionButton onSend={send} />
    </>
  );
}

const floating = (root: Element, kind: Reaction) => root.querySelectorAll(`.floating__one--${kind}`).length;

describe("reactions", () => {
  let channel: FakeChannel;
  let root: HTMLElement;

  beforeEach(async () => {
    vi.useFakeTimers();
    channel = new FakeChannel();
    root = await draw(<Lane channel={channel} />);
  });

  afterEach(() => vi.useRealTimers());

  it("send every kind from the tray, several taps in one message", async () => {
    await click(root.querySelector("[data-testid=more-reactions]"));
    for (const { kind } of KINDS) await click(root.querySelector(`[data-testid=react-${kind}]`));
    await click(root.querySelector("[data-testid=react-fire]"));
    expect(KINDS.map(({ kind }) => floating(root, kind))).toEqual([1, 2, 1, 1, 1]);
    await act(() => void vi.advanceTimersByTime(750));
    expect(channel.asked).toEqual(
      KINDS.map(({ kind }) => ({ do: "heart", count: kind === "fire" ? 2 : 1, kind })),
    );
  });

  it("draw what others send, not one's own a second time, and never a cloud", async () => {
    await act(() => channel.others({ fire: 3, clap: 1 }));
    await act(() => channel.hearts(2));
    expect([floating(root, "fire"), floating(root, "clap"), floating(root, "heart")]).toEqual([3, 1, 2]);
    await act(() => void vi.advanceTimersByTime(2_500));
    expect(root.querySelectorAll(".floating__one")).toHaveLength(0);

    await click(root.querySelector("[data-testid=react]"));
    await act(() => void vi.advanceTimersByTime(750));
    await act(() => channel.hearts(1));
    expect(floating(root, "heart")).toBe(1);

    await act(() => channel.others({ fire: 900, clap: 900, love: 900, laugh: 900 }));
    expect(root.querySelectorAll(".floating__one").length).toBeLessThanOrEqual(24);
  });

  it("open by the keyboard, move by arrows and close with the focus on the heart", async () => {
    const heart = root.querySelector<HTMLButtonElement>("[data-testid=react]")!;
    const key = (element: Element, name: string) =>
      act(() => void element.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true })));
    heart.focus();
    await key(heart, "ArrowUp");
    expect(document.activeElement?.getAttribute("data-testid")).toBe("react-heart");
    await key(document.activeElement!, "ArrowLeft");
    expect(document.activeElement?.getAttribute("data-testid")).toBe("react-laugh");
    await key(document.activeElement!, "Escape");
    expect(root.querySelector("[data-testid=reaction-tray]")).toBeNull();
    expect(document.activeElement).toBe(heart);
  });

  it("open by a long press, which is no tap", async () => {
    const heart = root.querySelector<HTMLButtonElement>("[data-testid=react]")!;
    await act(() => void heart.dispatchEvent(new PointerEvent("pointerdown", { pointerType: "touch", bubbles: true })));
    await act(() => void vi.advanceTimersByTime(600));
    await click(heart);
    expect(root.querySelector("[data-testid=reaction-tray]")).not.toBeNull();
    expect(floating(root, "heart")).toBe(0);
  });
});
