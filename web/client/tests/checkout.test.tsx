import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, type Address } from "../src/api";
import { learnServerTime } from "../src/clock";
import { addressLines, addressProblems, EMPTY_ADDRESS } from "../src/components/checkout/AddressForm";
import { Attempt } from "../src/components/checkout/attempt";
import { cardProblems, expiryText, groupDigits, luhn } from "../src/components/checkout/card";
import { countries, likelyCountry } from "../src/components/checkout/countries";
import { summarise } from "../src/components/checkout/summary";
import { CheckoutSheet } from "../src/components/CheckoutSheet";
import { bag } from "../src/state/bag";
import { me } from "../src/state/session";
import { click, draw, eventually, submit, type } from "./draw";
import { account, card, cart, hold, person } from "./samples";
import { serve, type Asked } from "./server";

const ADDRESS: Address = { ...EMPTY_ADDRESS, name: "Ana", line1: "Elm 1", city: "Salem", region: "OR", postcode: "97301", country: "US" };

describe("the sum", () => {
  const mine = hold("a");
  const other = hold("b", { price: 1_000, until: 60_000, listing: card("x", { seller: person("mara") }) });
  const euro = hold("c", { price: 700, currency: "EUR", listing: card("y", { currency: "EUR" }) });

  it("adds pieces, and shipping once per seller", () => {
    expect(summarise(cart([mine, other]))).toMatchObject({ subtotal: 5_800, shipping: 1_000, total: 6_800, parcels: 2, until: 60_000 });
  });

  it("of some holds counts only the parcels they are in", () => {
    expect(summarise(cart([mine, other]), ["b"])).toMatchObject({ subtotal: 1_000, shipping: 500, total: 1_500, parcels: 1 });
  });

  it("never mixes currencies", () => {
    expect(summarise(cart([mine, euro])).holds).toEqual([mine]);
    expect(summarise(cart([mine, euro]), ["c"])).toMatchObject({ currency: "EUR", subtotal: 700 });
  });

  it("of holds that are gone is nothing", () => {
    expect(summarise(cart([mine]), ["gone"])).toMatchObject({ holds: [], total: 0, until: null });
  });
});

describe("one payment, however often it is tried", () => {
  function attempt(answers: (unknown | ApiError)[]) {
    const keys: string[] = [];
    const waits: number[] = [];
    let made = 0;
    const paying = new Attempt<string>(
      async (_wish, key) => {
        keys.push(key);
        const answer = answers.shift();
        if (answer instanceof ApiError) throw answer;
        return answer;
      },
      async (ms) => void waits.push(ms),
      () => `key${++made}`,
    );
    return { paying, keys, waits };
  }
  const lost = new ApiError(0, "offline", "");
  const broken = new ApiError(502, "http_502", "");
  const declined = new ApiError(402, "declined", "");
  const working = new ApiError(409, "in_progress", "", {}, 2);

  it("keeps the key while nobody knows how it ended", async () => {
    const { paying, keys } = attempt([lost, broken, "paid"]);
    await expect(paying.pay("w")).rejects.toBe(lost);
    await expect(paying.pay("w")).rejects.toBe(broken);
    expect(await paying.pay("w")).toBe("paid");
    expect(keys).toEqual(["key1", "key1", "key1"]);
  });

  it("takes a new key after a refusal", async () => {
    const { paying, keys } = attempt([declined, "paid"]);
    await expect(paying.pay("w")).rejects.toBe(declined);
    await paying.pay("w");
    expect(keys).toEqual(["key1", "key2"]);
  });

  it("takes a new key for another wish", async () => {
    const { paying, keys } = attempt([lost, "paid"]);
    await expect(paying.pay("w")).rejects.toBe(lost);
    await paying.pay("other");
    expect(keys).toEqual(["key1", "key2"]);
  });

  it("asks again while the payment is being worked on, but not for ever", async () => {
    const { paying, keys, waits } = attempt([working, working, "paid"]);
    expect(await paying.pay("w")).toBe("paid");
    expect(keys).toEqual(["key1", "key1", "key1"]);
    expect(waits).toEqual([2_000, 2_000]);
    const endless = attempt(Array.from({ length: 50 }, () => working));
    await expect(endless.paying.pay("w")).rejects.toBe(working);
    expect(endless.keys.length).toBe(8);
  });
});

describe("the card", () => {
  const NOW = Date.UTC(2026, 10, 24);
  const good = { card_number: "4242 4242 4242 4242", expiry: "11/26", cvc: "123" };

  it("is grouped while typed", () => {
    expect(groupDigits("42424242x4242-4242")).toBe("4242 4242 4242 4242");
    expect(groupDigits("42424")).toBe("4242 4");
    expect(groupDigits("1".repeat(40)).replaceAll(" ", "")).toHaveLength(19);
  });

  it.each([
    ["1", "", "1"],
    ["12", "1", "12/"],
    ["122", "12", "12/2"],
    ["12/29", "12/2", "12/29"],
    ["3", "", "03/"],
    ["1/", "1", "01/"],
    ["12", "12/", "1"],
    ["1229", "", "12/29"],
  ])("expiry %s after %s is %s", (text, before, shown) => {
    expect(expiryText(text, before)).toBe(shown);
  });

  it("checks digits", () => {
    expect(luhn("4242424242424242")).toBe(true);
    expect(luhn("4000000000000002")).toBe(true);
    expect(luhn("4242424242424241")).toBe(false);
    expect(luhn("")).toBe(false);
  });

  it("names what is wrong, and nothing when all is right", () => {
    expect(cardProblems(good, NOW)).toEqual({});
    expect(Object.keys(cardProblems({ card_number: "4242", expiry: "13/30", cvc: "1" }, NOW)).sort()).toEqual(["card_number", "cvc", "expiry"]);
    expect(cardProblems({ ...good, expiry: "10/26" }, NOW)).toHaveProperty("expiry");
  });
});

describe("the address", () => {
  it("needs a name, a street and a city", () => {
    expect(Object.keys(addressProblems({ ...EMPTY_ADDRESS, name: "  " })).sort()).toEqual(["city", "line1", "name"]);
    expect(addressProblems(ADDRESS)).toEqual({});
  });

  it("is read in lines without gaps", () => {
    expect(addressLines(ADDRESS).slice(0, 3)).toEqual(["Ana", "Elm 1", "Salem, OR 97301"]);
  });

  it("guesses a country that can be chosen", () => {
    const codes = countries("en").map(([code]) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(likelyCountry("de-AT")).toBe("AT");
    expect(likelyCountry("pl")).toBe("PL");
    expect(likelyCountry("not a language!")).toBe("US");
    expect(codes).toContain(likelyCountry("en"));
  });
});

describe("the sheet", () => {
  const filled = cart([hold("h1", { until: Date.now() + 120_000 })], { now: Date.now() });
  const order = { order_id: "o", total: 5_300, currency: "USD", address: ADDRESS, parcels: [{ seller: person() }] };

  beforeEach(() => {
    HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
      this.open = true;
    };
    learnServerTime(Date.now());
    bag.value = null;
    me.value = account();
  });

  async function atPayment(checkout: (asked: Asked) => object) {
    const asked = serve({
      "GET /api/cart": { json: filled },
      "GET /api/me/address": { json: { address: ADDRESS } },
      "POST /api/checkout": checkout as (asked: Asked) => { json: unknown },
    });
    const paid = vi.fn();
    const root = await draw(<CheckoutSheet open onClose={() => {}} onPaid={paid} />);
    const at = (name: string) => root.querySelector(`[data-testid="checkout-${name}"]`);
    await eventually(() => expect(at("pay")?.textContent).toBe("Pay $53"));
    const pay = async (number: string): Promise<void> => {
      await type(at("card"), number);
      await type(at("expiry"), "12/40");
      await type(at("cvc"), "123");
      await submit(root.querySelector("form"));
    };
    const payments = () => asked.filter((each) => each.url === "/api/checkout");
    return { root, at, pay, paid, payments };
  }

  it("asks for an address first when none is saved, and saves it", async () => {
    const asked = serve({
      "GET /api/cart": { json: filled },
      "GET /api/me/address": { json: { address: null } },
      "PUT /api/me/address": { json: { address: ADDRESS } },
    });
    const root = await draw(<CheckoutSheet open onClose={() => {}} />);
    await eventually(() => expect(root.querySelector('[data-testid="address-name"]')).not.toBeNull());
    await submit(root.querySelector("form"));
    expect(root.querySelector('[aria-invalid="true"]')).not.toBeNull();
    for (const [name, value] of [["name", "Ana"], ["line1", "Elm 1"], ["city", "Salem"]] as const) {
      await type(root.querySelector(`[data-testid="address-${name}"]`), value);
    }
    await submit(root.querySelector("form"));
    await eventually(() => expect(root.querySelector('[data-testid="checkout-pay"]')).not.toBeNull());
    expect(asked.find((each) => each.method === "PUT")?.body).toMatchObject({ name: "Ana", line1: "Elm 1", city: "Salem" });
  });

  it("pays and thanks", async () => {
    const { root, at, pay, paid, payments } = await atPayment(() => ({ status: 201, json: order }));
    await pay("4242424242424242");
    await eventually(() => expect(at("done")?.textContent).toContain("You paid $53"));
    expect(payments()[0]?.body).toEqual({
      hold_ids: ["h1"],
      address: ADDRESS,
      payment: { card_number: "4242 4242 4242 4242", expiry: "12/40", cvc: "123" },
      save_card: true,
      total: 5_300,
    });
    expect(payments()[0]?.headers["Idempotency-Key"]).toMatch(/^[0-9a-f]{32}$/);
    expect(paid).toHaveBeenCalledOnce();
    expect(root.querySelector("h2")?.textContent).toBe("It is yours");
  });

  it("pays with the saved card in one tap, and can take another one", async () => {
    const card = { method_id: "m1", brand: "visa", last4: "4242", month: 12, year: 2040, main: true, expired: false };
    const asked = serve({
      "GET /api/cart": { json: filled },
      "GET /api/me/address": { json: { address: ADDRESS } },
      "GET /api/me/payment-methods": { json: { provider: "test", publishable_key: null, methods: [card] } },
      "POST /api/checkout": { status: 201, json: order },
    });
    const root = await draw(<CheckoutSheet open onClose={() => {}} />);
    const pay = (): HTMLButtonElement | null => root.querySelector('[data-testid="checkout-pay"]');
    await eventually(() => expect(pay()?.textContent).toBe("Pay $53"));
    expect(root.querySelector('[data-testid="checkout-card"]')).toBeNull();
    expect(root.textContent).toContain("Visa ·· 4242");
    pay()?.click();
    await eventually(() => expect(root.querySelector('[data-testid="checkout-done"]')).not.toBeNull());
    const sent = asked.find((each) => each.url === "/api/checkout");
    expect(sent?.body).toEqual({ hold_ids: ["h1"], address: ADDRESS, method_id: "m1", total: 5_300 });
  });

  it("says what to do when the card is declined, and can go on with another", async () => {
    const { root, at, pay, payments } = await atPayment((asked) =>
      (asked.body as { payment: { card_number: string } }).payment.card_number.startsWith("4000")
        ? { status: 402, json: { error: { code: "declined", message: "no" } } }
        : { status: 201, json: order },
    );
    await pay("4000000000000002");
    await eventually(() => expect(root.querySelector('[role="alert"] .form-problem')?.textContent).toMatch(/declined and nothing was charged/));
    await pay("4242424242424242");
    await eventually(() => expect(at("done")).not.toBeNull());
    const keys = payments().map((each) => each.headers["Idempotency-Key"]);
    expect(new Set(keys).size).toBe(2);
  });

  it("asks about the same payment after a lost answer", async () => {
    let first = true;
    const { root, at, pay, payments } = await atPayment(() => {
      const answer = first ? new TypeError("network") : { status: 201, json: order };
      first = false;
      return answer;
    });
    await pay("4242424242424242");
    await eventually(() => expect(root.textContent).toContain("you will not be charged twice"));
    await submit(root.querySelector("form"));
    await eventually(() => expect(at("done")).not.toBeNull());
    const keys = payments().map((each) => each.headers["Idempotency-Key"]);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it("asks about it also when the payment went through and the bag is empty", async () => {
    let turn = 0;
    let paidFor = false;
    const asked = serve({
      "GET /api/cart": () => ({ json: paidFor ? cart([], { now: Date.now() }) : filled }),
      "GET /api/me/address": { json: { address: ADDRESS } },
      "POST /api/checkout": () => {
        paidFor = true;
        return turn++ === 0 ? new TypeError("network") : { status: 201, json: order };
      },
    });
    const root = await draw(<CheckoutSheet open onClose={() => {}} />);
    const at = (name: string) => root.querySelector(`[data-testid="checkout-${name}"]`);
    await eventually(() => expect(at("pay")).not.toBeNull());
    await type(at("card"), "4242424242424242");
    await type(at("expiry"), "12/40");
    await type(at("cvc"), "123");
    await submit(root.querySelector("form"));
    await eventually(() => expect(bag.value?.holds).toEqual([]));
    await eventually(() => expect(root.textContent).toContain("you will not be charged twice"));
    expect(root.querySelector("h2")?.textContent).toBe("Pay");
    await submit(root.querySelector("form"));
    await eventually(() => expect(at("done")).not.toBeNull());
    const payments = asked.filter((each) => each.url === "/api/checkout");
    expect(new Set(payments.map((each) => each.headers["Idempotency-Key"])).size).toBe(1);
    expect(payments[1]?.body).toEqual(payments[0]?.body);
  });

  it("sends nothing while the card is incomplete", async () => {
    const { root, pay, payments } = await atPayment(() => ({ status: 201, json: order }));
    await pay("4242");
    expect(payments()).toEqual([]);
    expect(root.querySelector('[data-testid="checkout-card"]')?.getAttribute("aria-invalid")).toBe("true");
  });

  it("says that the hold is over when the bag is empty", async () => {
    serve({ "GET /api/cart": { json: cart([], { now: Date.now() }) }, "GET /api/me/address": { json: { address: ADDRESS } } });
    const closed = vi.fn();
    const root = await draw(<CheckoutSheet open onClose={closed} />);
    await eventually(() => expect(root.querySelector("h2")?.textContent).toBe("The hold is over"));
    await click([...root.querySelectorAll("button")].find((each) => each.textContent === "Back") ?? null);
    expect(closed).toHaveBeenCalled();
  });
});
