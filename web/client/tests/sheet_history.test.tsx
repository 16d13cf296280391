import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useState } from "preact/hooks";
import { act } from "preact/test-utils";
import { followSheets, sheetsHere } from "../src/components/sheet_history";
import { Sheet } from "../src/components/Sheet";
import { go, place } from "../src/navigation";
import { click, draw } from "./draw";

/** A history of states with an own back button; addresses stay with the document. */
let entries: unknown[];
let at: number;
let stop: () => void;

beforeEach(() => {
  entries = [null];
  at = 0;
  vi.stubGlobal("history", {
    get state() {
      return entries[at];
    },
    pushState(state: unknown) {
      entries = [...entries.slice(0, at + 1), state];
      at++;
    },
    replaceState(state: unknown) {
      entries[at] = state;
    },
    go(steps: number) {
      at += steps;
      window.dispatchEvent(new PopStateEvent("popstate", { state: entries[at] }));
    },
  });
  stop = followSheets();
});

afterEach(() => stop());

const later = () => act(() => new Promise((done) => setTimeout(done, 5)));
const titles = (root: Element) => [...root.querySelectorAll("h2")].map((each) => each.textContent);

function Page({ declines = false }: { declines?: boolean }) {
  const [first, setFirst] = useState(false);
  const [second, setSecond] = useState(false);
  return (
    <>
      <button onClick={() => setFirst(true)}>one</button>
      <button onClick={() => setSecond(true)}>two</button>
      <button
        onClick={() => {
          setFirst(false);
          setSecond(true);
        }}
      >
        instead
      </button>
      <Sheet open={first} onClose={() => !declines && setFirst(false)} title="First">
        -
      </Sheet>
      <Sheet open={second} onClose={() => setSecond(false)} title="Second">
        -
      </Sheet>
    </>
  );
}

async function press(root: Element, label: string): Promise<void> {
  await click([...root.querySelectorAll("button")].find((each) => each.textContent === label) ?? null);
  await later();
}

async function back(): Promise<void> {
  await act(() => history.go(-1));
  await later();
}

it("closes the topmost sheet with the back button, one at a time", async () => {
  const root = await draw(<Page />);
  await press(root, "one");
  await press(root, "two");
  expect(at).toBe(2);
  await back();
  expect(titles(root)).toEqual(["First"]);
  await back();
  expect(titles(root)).toEqual([]);
  expect(at).toBe(0);
});

it("leaves no entry behind when a sheet is closed by its button", async () => {
  const root = await draw(<Page />);
  await press(root, "one");
  await click(root.querySelector('[aria-label="Close"]'));
  await later();
  expect(at).toBe(0);
});

it("keeps the entry when one sheet takes the place of another", async () => {
  const root = await draw(<Page />);
  await press(root, "one");
  await press(root, "instead");
  expect(titles(root)).toEqual(["Second"]);
  expect([at, sheetsHere()]).toEqual([1, 1]);
});

it("gives a sheet that must stay its entry back", async () => {
  const root = await draw(<Page declines />);
  await press(root, "one");
  await back();
  expect(titles(root)).toEqual(["First"]);
  expect(at).toBe(1);
});

it("goes elsewhere from a sheet without leaving its entry behind, and is no visit by itself", async () => {
  const root = await draw(<Page />);
  const { visit } = place.value;
  await press(root, "one");
  await back();
  await press(root, "one");
  expect(place.value.visit).toBe(visit);
  await act(() => go("/orders"));
  expect([at, sheetsHere()]).toEqual([1, 0]);
});
