import { useEffect, useRef, useState } from "preact/hooks";
import { sentence } from "../../api";
import { commerce, type PaymentMethods } from "../../api/commerce";
import { t } from "../../i18n";
import { Button } from "../Button";
import { FormProblem } from "../Field";
import { loadStripe, type Stripe, type StripeElements } from "./stripe";

/** A card typed into Stripe's own frame and saved there: its number never reaches this shop. */
export function StripeCard({
  publishableKey,
  onSaved,
  onAside,
}: {
  publishableKey: string;
  onSaved: (methods: PaymentMethods) => void;
  /** The bank may ask in a window of its own over the page: no dialog of ours may be modal meanwhile. */
  onAside: (aside: boolean) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const form = useRef<{ stripe: Stripe; elements: StripeElements; setup: string } | null>(null);
  const [ready, setReady] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let current = true;
    let destroy = (): void => undefined;
    const begin = async (): Promise<void> => {
      const [stripe, setup] = await Promise.all([loadStripe(publishableKey), commerce.beginSetup()]);
      if (!current || !frame.current) return;
      const elements = stripe.elements({ clientSecret: setup.client_secret });
      const element = elements.create("payment");
      element.mount(frame.current);
      destroy = () => element.destroy();
      form.current = { stripe, elements, setup: setup.setup_id };
      setReady(true);
    };
    begin().catch(() => current && setProblem(t("The payment form cannot be reached. Check your connection and open this again.")));
    return () => {
      current = false;
      destroy();
    };
  }, [publishableKey]);

  const save = async (): Promise<void> => {
    const there = form.current;
    if (!there || busy) return;
    setBusy(true);
    setProblem(null);
    onAside(true);
    try {
      const { error } = await there.stripe.confirmSetup({
        elements: there.elements,
        redirect: "if_required",
        confirmParams: { return_url: window.location.href },
      }).finally(() => onAside(false));
      if (error) setProblem(error.message ?? t("This card was not saved. Please type it again."));
      else onSaved(await commerce.finishSetup(there.setup));
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div class="stack stack--tight">
      <div ref={frame} data-testid="stripe-card" />
      <FormProblem>{problem}</FormProblem>
      <Button kind="plain" wide busy={busy} disabled={!ready} onClick={() => void save()} data-testid="stripe-save">
        {t("Use this card")}
      </Button>
    </div>
  );
}
