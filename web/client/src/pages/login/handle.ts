/** Names for closets. Pure. */

const LONGEST = 24;

/** What a closet could be called, from the person's name: "Mára Ko" gives "mara_ko". */
export function suggestHandle(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, LONGEST);
}

/** What is wrong with a handle, or null. The server has the last word. */
export function handleProblem(handle: string): string | null {
  return /^[a-z0-9_]{3,24}$/.test(handle) ? null : "3 to 24 letters a to z, digits or _.";
}
