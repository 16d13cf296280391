import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { clickedPath, go, place, rewrite, safeReturn, signInLink, startNavigation } from "../src/navigation";
import { Router } from "../src/router";
import { match } from "../src/routes";
import { draw, eventually } from "./draw";

describe("match", () => {
  it.each([
    ["/", "discover", {}],
    ["/closet/lena", "closet", { handle: "lena" }],
    ["/closet/lena/", "closet", { handle: "lena" }],
    ["/listing/a%2Fb", "listing", { id: "a/b" }],
    ["/studio", "shows", {}],
    ["/studio/s1", "studio", { id: "s1" }],
    ["/show/s1", "show", { id: "s1" }],
    ["/show", "missing", {}],
    ["/closet/lena/more", "missing", {}],
    ["/closet/%E0%A4%A", "missing", {}],
  ])("%s", (path, page, params) => {
    expect(match(path)).toEqual({ page, params });
  });
});

describe("safeReturn", () => {
  it.each([
    ["/show/s1?at=3", "/show/s1?at=3"],
    [null, "/"],
    ["", "/"],
    ["//evil.example/x", "/"],
    ["/\\evil.example", "/"],
    ["https://evil.example", "/"],
    ["javascript:alert(1)", "/"],
    ["/login?to=/login", "/"],
  ])("%s leads to %s", (to, where) => {
    expect(safeReturn(to)).toBe(where);
  });
});

describe("navigation", () => {
  let stop: () => void;
  beforeEach(() => {
    window.scrollTo = vi.fn() as unknown as typeof window.scrollTo;
    go("/");
    stop = startNavigation();
  });
  afterEach(() => stop());

  function clickOn(html: string, init: MouseEventInit = {}): MouseEvent {
    const root = document.createElement("div");
    root.dataset["root"] = "";
    root.innerHTML = html;
    document.body.append(root);
    const event = new MouseEvent("click", { bubbles: true, cancelable: true, ...init });
    root.querySelector("[data-here]")?.dispatchEvent(event);
    return event;
  }

  it("follows links of this site without loading", () => {
    const event = clickOn('<a href="/closet/lena?tab=1"><span data-here>Lena</span></a>');
    expect(event.defaultPrevented).toBe(true);
    expect(place.value.path).toBe("/closet/lena");
    expect(place.value.query.get("tab")).toBe("1");
  });

  it.each([
    ['<a data-here href="/x" target="_blank">x</a>', {}],
    ['<a data-here href="/x" download>x</a>', {}],
    ['<a data-here href="/x">x</a>', { ctrlKey: true }],
    ['<a data-here href="/x">x</a>', { button: 1 }],
    ['<a data-here href="https://example.org/x">x</a>', {}],
    ['<a data-here href="/photos/p/1600.webp">x</a>', {}],
    ['<a data-here href="#main">x</a>', {}],
    ['<button data-here>x</button>', {}],
  ])("leaves %s to the browser", (html, init) => {
    const before = place.value;
    let taken: boolean | null = null;
    let wanted: string | null = "not asked";
    // After the pages' own listener; the test's window itself must stay where it is.
    const last = (event: MouseEvent): void => {
      taken = event.defaultPrevented;
      wanted = clickedPath(event);
      event.preventDefault();
    };
    window.addEventListener("click", last, { once: true });
    clickOn(html, init);
    expect(taken).toBe(false);
    expect(wanted).toBeNull();
    expect(place.value).toBe(before);
  });

  it("goes back", async () => {
    go("/cart");
    go("/orders", { replace: true });
    expect(window.location.pathname).toBe("/orders");
    window.history.back();
    window.dispatchEvent(new PopStateEvent("popstate"));
    await eventually(() => expect(place.value.path).toBe(window.location.pathname));
  });

  it("rewrites the address without a new visit", () => {
    const { visit } = place.value;
    rewrite("/search?q=wool");
    expect(place.value).toMatchObject({ path: "/search", visit });
    go("/search?q=wool");
    expect(place.value.visit).toBe(visit + 1);
  });

  it("signs in with the way back", () => {
    go("/show/s1?at=3");
    const link = signInLink();
    expect(safeReturn(new URL(link, "http://x").searchParams.get("to"))).toBe("/show/s1?at=3");
  });

  it("draws the page of the place, and says so when there is none", async () => {
    go("/no/such/page");
    const root = await draw(<Router />);
    await eventually(() => expect(root.textContent).toContain("There is nothing at this address"));
    expect(document.title).toBe("Nothing here · Closetcast");
  });
});
