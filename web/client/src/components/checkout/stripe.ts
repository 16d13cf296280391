/** Stripe's script: fetched only when a card is typed, or a bank asks, in a shop that takes payments by Stripe. */

export interface StripeElements {
  create(kind: "payment"): { mount(element: HTMLElement): void; destroy(): void };
}

export interface Stripe {
  elements(options: { clientSecret: string }): StripeElements;
  confirmSetup(options: {
    elements: StripeElements;
    redirect: "if_required";
    confirmParams: { return_url: string };
  }): Promise<{ error?: { message?: string } }>;
  handleNextAction(options: { clientSecret: string }): Promise<{ error?: { message?: string } }>;
}

type StripeGlobal = { Stripe?: (key: string) => Stripe };

const SCRIPT = "https://js.stripe.com/v3/";

/** @throws Error when the script cannot be reached. */
export function loadStripe(key: string): Promise<Stripe> {
  return new Promise((done, fail) => {
    const ready = (): void => {
      const make = (window as unknown as StripeGlobal).Stripe;
      if (make) done(make(key));
      else fail(new Error("no Stripe"));
    };
    if ((window as unknown as StripeGlobal).Stripe) return ready();
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.onload = ready;
    script.onerror = () => {
      script.remove();
      fail(new Error("no Stripe"));
    };
    document.head.append(script);
  });
}
