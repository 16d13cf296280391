/** Every pair of colours that stands on each other, in both themes, by the formula of WCAG 2.2 (relative luminance, 1.4.3). */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

type Colours = Record<string, [number, number, number]>;

const css = readFileSync(resolve(import.meta.dirname, "../src/styles/tokens.css"), "utf8");
const [lightPart = "", darkPart = ""] = css.split("@media (prefers-color-scheme: dark)");

function colours(part: string): Colours {
  const found: Colours = {};
  for (const [, name, hex] of part.matchAll(/--([\w-]+): #([0-9a-f]{6});/g)) {
    found[name ?? ""] = [0, 2, 4].map((at) => parseInt((hex ?? "").slice(at, at + 2), 16)) as [number, number, number];
  }
  return found;
}

const light = colours(lightPart);
const dark = { ...light, ...colours(darkPart) };

function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: readonly number[], other: readonly number[]): number {
  const [bright = 0, dim = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (bright + 0.05) / (dim + 0.05);
}

/** [text, what it stands on]. */
const TEXT: readonly (readonly [string, string])[] = [
  ...["ground", "surface", "surface-2"].flatMap((under) => ["ink", "ink-2", "accent-text", "good", "warn", "danger"].map((text) => [text, under] as const)),
  ["on-ink", "ink"],
  ["on-accent", "accent"],
  ["on-accent", "accent-strong"],
  ["accent-text", "accent-soft"],
  ["good", "good-soft"],
  ["warn", "warn-soft"],
  ["ink", "accent-soft"],
  ["ink", "good-soft"],
  ["ink", "warn-soft"],
];
/** Borders of fields and the ring of the focus tell something, too: 3 to 1 (1.4.11). */
const SIGNS = ["ground", "surface", "surface-2"].flatMap((under) => [
  ["line-strong", under],
  ["focus", under],
]) as [string, string][];

describe.each([
  ["light", light],
  ["dark", dark],
] as const)("in the %s theme", (_, theme) => {
  const between = (one: string, other: string) => contrast(theme[one] ?? [], theme[other] ?? []);
  it.each(TEXT)("%s on %s is readable", (text, under) => {
    expect(between(text, under)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(SIGNS)("%s on %s is seen", (sign, under) => {
    expect(between(sign, under)).toBeGreaterThanOrEqual(3);
  });
});

it("knows black on white", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
  expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
});
