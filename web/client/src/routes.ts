/** Which page a path belongs to. */

export interface RouteMatch {
  page: PageName;
  params: Record<string, string>;
}

export type PageName = "discover" | "search" | "closet" | "listing" | "cart" | "orders" | "login" | "shows" | "show" | "studio" | "moderate" | "audit" | "notices" | "settings" | "selling" | "missing";

/** Folders under pages/, by pattern; the first that fits. */
export const ROUTES: readonly (readonly [pattern: string, page: PageName])[] = [
  ["/", "discover"],
  ["/search", "search"],
  ["/closet/:handle", "closet"],
  ["/listing/:id", "listing"],
  ["/cart", "cart"],
  ["/orders", "orders"],
  ["/login", "login"],
  ["/notices", "notices"],
  ["/settings", "settings"],
  ["/selling", "selling"],
  ["/studio", "shows"],
  ["/studio/:id", "studio"],
  ["/show/:id", "show"],
  ["/moderate/:id", "moderate"],
  ["/moderate/:id/audit", "audit"],
];

/** Pages that fill the screen and bring their own way back. */
export const BARE: ReadonlySet<PageName> = new Set<PageName>(["show", "studio", "moderate"]);

/** The page for a path; a trailing slash does not matter, a path that nobody knows is "missing". */
export function match(path: string): RouteMatch {
  const parts = segments(path);
  for (const [pattern, page] of ROUTES) {
    const params = fit(segments(pattern), parts);
    if (params) return { page, params };
  }
  return { page: "missing", params: {} };
}

function segments(path: string): string[] {
  return path.split("/").filter(Boolean);
}

function fit(pattern: string[], parts: string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (wanted.startsWith(":")) {
      try {
        params[wanted.slice(1)] = decodeURIComponent(part);
      } catch {
        return null;
      }
    } else if (wanted !== part) {
      return null;
    }
  }
  return params;
}
