import { describe, expect, it } from "vitest";
import { minutesLeft, money, moneyInput, parseMoney, showMoment, startsIn } from "../src/words";

describe("money", () => {
  it.each([
    [4_800, "USD", "$48"],
    [4_850, "USD", "$48.50"],
    [5, "USD", "$0.05"],
    [123_456_700, "USD", "$1,234,567"],
    [4_800, "EUR", "€48"],
    [1_200, "JPY", "¥1,200"],
  ])("%i %s is %s", (amount, currency, text) => {
    expect(money(amount, currency, "en-US")).toBe(text);
  });

  it.each([
    ["48", 4_800],
    ["48.5", 4_850],
    ["48,50", 4_850],
    ["$ 1,200.00", 120_000],
    ["1.200,50", 120_050],
    ["1,200", 120_000],
    ["0.99", 99],
    ["007", 700],
  ])("%s is read as %i cents", (text, amount) => {
    expect(parseMoney(text, "USD")).toBe(amount);
  });

  it.each(["", "free", "-5", "48.", "4.8.5", "1,20,000", "48.505", "99999999999999999999", "1e3"])("%s is no price", (text) => {
    expect(parseMoney(text, "USD")).toBeNull();
  });

  it("knows currencies without minor units", () => {
    expect(parseMoney("1200", "JPY")).toBe(1_200);
    expect(parseMoney("12.5", "JPY")).toBeNull();
  });

  it.each([0, 1, 99, 100, 4_850, 120_000])("%i cents come back from what is shown for editing", (amount) => {
    expect(parseMoney(moneyInput(amount, "USD"), "USD")).toBe(amount);
  });
});

describe("times", () => {
  it.each([
    [120_000, "2:00"],
    [119_001, "2:00"],
    [119_000, "1:59"],
    [1, "0:01"],
    [0, "0:00"],
    [-5_000, "0:00"],
  ])("%i ms left is %s", (left, text) => {
    expect(minutesLeft(left, 0)).toBe(text);
  });

  it.each([
    [20_000, "any moment"],
    [-60_000, "any moment"],
    [5 * 60_000, "in 5 minutes"],
    [2 * 3_600_000, "in 2 hours"],
    [72 * 3_600_000, "in 3 days"],
  ])("a show in %i ms starts %s", (wait, text) => {
    expect(startsIn(1_000_000 + wait, 1_000_000, "en")).toBe(text);
  });

  it("moments of a show", () => {
    expect(showMoment(74_999)).toBe("1:14");
    expect(showMoment(3_723_000)).toBe("1:02:03");
  });
});
