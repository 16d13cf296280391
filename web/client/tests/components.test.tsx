import { act } from "preact/test-utils";
import { describe, expect, it, vi } from "vitest";
import { learnServerTime, serverNow } from "../src/clock";
import { initials } from "../src/components/Avatar";
import { Button } from "../src/components/Button";
import { Countdown } from "../src/components/Countdown";
import { Field } from "../src/components/Field";
import { ListingCard, stateWord } from "../src/components/ListingCard";
import { lineupPhotos } from "../src/components/ShowCard";
import { nextTab, Tabs } from "../src/components/Tabs";
import { Toasts } from "../src/components/Toasts";
import { dismiss, sheets, toast, toasts } from "../src/state/toasts";
import { click, draw } from "./draw";
import { card } from "./samples";

describe("Countdown", () => {
  it("goes by the server's clock and tells its end once", async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    // The phone is five minutes slow.
    learnServerTime(1_300_000);
    const ended = vi.fn();
    const root = await draw(<Countdown until={1_300_000 + 31_000} onEnd={ended} />);
    const timer = root.querySelector('[role="timer"]');
    const told = root.querySelector('[role="status"]');
    expect(timer?.textContent).toBe("0:31 left");
    expect(told?.textContent).toBe("");
    await act(() => void vi.advanceTimersByTime(1_500));
    expect(timer?.textContent).toBe("0:30 left");
    expect(told?.textContent).toBe("Less than 30 seconds left");
    expect(ended).not.toHaveBeenCalled();
    await act(() => void vi.advanceTimersByTime(40_000));
    expect(timer?.textContent).toBe("0:00 left");
    expect(ended).toHaveBeenCalledTimes(1);
    learnServerTime(Date.now());
    expect(serverNow(5)).toBe(5);
  });
});

describe("Tabs", () => {
  it.each([
    ["ArrowRight", 2, 0],
    ["ArrowLeft", 0, 2],
    ["Home", 1, 0],
    ["End", 0, 2],
    ["Enter", 0, null],
  ])("%s from %i leads to %s", (key, from, to) => {
    expect(nextTab(key, from, 3)).toBe(to);
  });

  it("has one stop for Tab, and arrows select and take the focus", async () => {
    const select = vi.fn();
    const root = await draw(
      <Tabs
        label="Orders"
        selected="b"
        onSelect={select}
        tabs={[
          { key: "a", label: "A", content: "in a" },
          { key: "b", label: "B", content: "in b" },
        ]}
      />,
    );
    const tabs = [...root.querySelectorAll<HTMLElement>('[role="tab"]')];
    expect(tabs.map((tab) => tab.tabIndex)).toEqual([-1, 0]);
    expect(root.querySelector('[role="tabpanel"]')?.textContent).toBe("in b");
    expect(root.querySelector('[role="tabpanel"]')?.getAttribute("aria-labelledby")).toBe(tabs[1]?.id);
    tabs[1]?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
    expect(select).toHaveBeenCalledWith("a");
    expect(document.activeElement).toBe(tabs[0]);
  });
});

describe("Button", () => {
  it("does nothing while busy, and keeps its focus", async () => {
    const act = vi.fn();
    const root = await draw(
      <Button busy onClick={act}>
        Save
      </Button>,
    );
    const button = root.querySelector("button");
    button?.focus();
    await click(button);
    expect(act).not.toHaveBeenCalled();
    expect(button?.disabled).toBe(false);
    expect(document.activeElement).toBe(button);
  });
});

it("a field's complaint and hint are tied to it", async () => {
  const root = await draw(<Field label="Title" hint="Short is good" problem="It needs one" />);
  const input = root.querySelector("input");
  expect(root.querySelector("label")?.htmlFor).toBe(input?.id);
  expect(input?.getAttribute("aria-invalid")).toBe("true");
  const words = (input?.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent);
  expect(words).toEqual(["Short is good", "It needs one"]);
});

describe("listings", () => {
  it("say in words when they cannot simply be bought", () => {
    expect(stateWord(card())).toBeNull();
    expect(stateWord(card("x", { state: "sold", left: 0 }))).toBe("Sold");
    expect(stateWord(card("x", { state: "held", left: 0 }))).toBe("On hold");
    expect(stateWord(card("x", { quantity: 5, left: 4 }))).toBe("4 left");
  });

  it("lead to their page and closet, with text as text", async () => {
    const root = await draw(<ListingCard card={card("a/b", { title: "<img src=x onerror=alert(1)>" })} />);
    expect(root.querySelector("a")?.getAttribute("href")).toBe("/listing/a%2Fb");
    expect(root.querySelector("h3")?.textContent).toBe("<img src=x onerror=alert(1)>");
    expect(root.querySelector("img")).toBeNull();
  });

  it("stand for a show: what is featured first", () => {
    const items = ["a", "b", "c", "d"].map((id) => ({ ...card(id, { photo: id === "b" ? null : `/photos/${id}` }), featured: id === "d" }));
    expect(lineupPhotos(items, 2)).toEqual(["/photos/d", "/photos/a"]);
    expect(lineupPhotos([])).toEqual([]);
  });
});

describe("notices", () => {
  it("are spoken, never twice the same, never more than three, and go away", async () => {
    vi.useFakeTimers();
    const root = await draw(<Toasts />);
    await act(() => {
      for (const text of ["one", "two", "two", "three", "four"]) toast(text);
      toast("broken", "problem");
    });
    expect(toasts.value.map((each) => each.text)).toEqual(["three", "four", "broken"]);
    expect(root.querySelector('[role="status"]')?.textContent).toBe("threefour");
    expect(root.querySelector('[role="alert"]')?.textContent).toBe("broken");
    await act(() => dismiss(toasts.value[0]?.id ?? 0));
    await act(() => void vi.advanceTimersByTime(60_000));
    expect(toasts.value).toEqual([]);
  });

  it("are in the topmost sheet, where they can be heard", async () => {
    const sheet = Symbol("sheet");
    const root = await draw(
      <>
        <div id="page">
          <Toasts />
        </div>
        <div id="sheet">
          <Toasts within={sheet} />
        </div>
      </>,
    );
    await act(() => {
      sheets.value = [sheet];
      toast("hello");
    });
    expect(root.querySelector("#page")?.textContent).toBe("");
    expect(root.querySelector("#sheet")?.textContent).toBe("hello");
    await act(() => {
      sheets.value = [];
    });
    expect(root.querySelector("#page")?.textContent).toBe("hello");
    for (const each of toasts.value) dismiss(each.id);
  });
});

it("initials", () => {
  expect(initials("Ana María Ruiz")).toBe("AR");
  expect(initials("émile")).toBe("É");
  expect(initials("  ")).toBe("");
});
