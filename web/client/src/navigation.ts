/** Where the page is, as a signal, and how to go elsewhere without loading everything again. */

import { signal } from "@preact/signals";

export interface Place {
  /** Such as "/closet/lena". */
  path: string;
  /** Everything behind the question mark. */
  query: URLSearchParams;
  /** Grows with every navigation: the same path twice is two visits. */
  visit: number;
}

function here(visit: number): Place {
  return { path: window.location.pathname, query: new URLSearchParams(window.location.search), visit };
}

export const place = signal<Place>(here(0));

export interface GoOptions {
  /** Take the place of the current entry, so that "back" does not return to it. */
  replace?: boolean;
}

/** Go to a path of this site, with its query. */
export function go(to: string, { replace = false }: GoOptions = {}): void {
  // The entry of an open sheet is not a place to come back to: where one goes from it takes its place.
  const overSheet = Boolean((history.state as { sheets?: number } | null)?.sheets);
  if (replace || overSheet) {
    history.replaceState(null, "", to);
  } else {
    history.replaceState({ scroll: window.scrollY }, "");
    history.pushState(null, "", to);
  }
  place.value = here(place.value.visit + 1);
  if (!replace) window.scrollTo(0, 0);
}

/** Change the address without it being a new visit: the page stays as it is, only its link is up to date. */
export function rewrite(to: string): void {
  history.replaceState(history.state, "", to);
  place.value = here(place.value.visit);
}

/** A path of this site, never another site's: "//evil.example" and "https:" are refused. */
export function safeReturn(to: string | null): string {
  if (!to || !to.startsWith("/")) return "/";
  try {
    const url = new URL(to, window.location.origin);
    if (url.origin !== window.location.origin || url.pathname === "/login") return "/";
    return url.pathname + url.search + url.hash;
  } catch {
    return "/";
  }
}

/** The address of the sign-in page that leads back to where one is now. */
export function signInLink(returnTo: string = place.value.path + window.location.search): string {
  return `/login?${new URLSearchParams({ to: returnTo })}`;
}

/** The path a click asks for, or null when the browser should handle it itself (new tab, download, other site). */
export function clickedPath(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const anchor = (event.target as Element | null)?.closest?.("a[href]");
  if (!(anchor instanceof HTMLAnchorElement)) return null;
  if ((anchor.target && anchor.target !== "_self") || anchor.hasAttribute("download")) return null;
  const url = new URL(anchor.href, window.location.href);
  if (url.origin !== window.location.origin) return null;
  if (/^\/(api|photos|static|hls)\//.test(url.pathname)) return null;
  if (url.hash && url.pathname === window.location.pathname && url.search === window.location.search) return null;
  return url.pathname + url.search + url.hash;
}

/** Follow links and the back button from now on. Returns how to stop. */
export function startNavigation(): () => void {
  const onClick = (event: MouseEvent): void => {
    const to = clickedPath(event);
    if (to === null) return;
    event.preventDefault();
    go(to, { replace: to === window.location.pathname + window.location.search });
  };
  const onPop = (event: PopStateEvent): void => {
    // The same address is the same visit: only a sheet was opened or closed.
    const { path, query } = place.value;
    if (path === window.location.pathname && query.toString() === new URLSearchParams(window.location.search).toString()) return;
    place.value = here(place.value.visit + 1);
    const scroll = (event.state as { scroll?: number } | null)?.scroll;
    // Once the page has drawn; the browser's own attempt came too early for content that has yet to load.
    if (typeof scroll === "number") requestAnimationFrame(() => window.scrollTo(0, scroll));
  };
  document.addEventListener("click", onClick);
  window.addEventListener("popstate", onPop);
  return () => {
    document.removeEventListener("click", onClick);
    window.removeEventListener("popstate", onPop);
  };
}
