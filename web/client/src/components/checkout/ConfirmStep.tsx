import { useEffect, useRef, useState } from "preact/hooks";
import { type Order, sentence } from "../../api";
import { commerce } from "../../api/commerce";
import { t } from "../../i18n";
import { money } from "../../words";
import { Button } from "../Button";
import { Countdown } from "../Countdown";
import { howItWentOn, type Question, questionOf } from "./confirmation";
import { loadStripe } from "./stripe";

interface Props {
  question: Question;
  /** The bank said yes: the order, or null for the money behind a bid. */
  onConfirmed: (order: Order | null) => void;
  /** Nothing was charged; the piece stays held where that is still so. */
  onRefused: (words: string) => void;
  /** The bank asks in a window of its own over the page: no dialog of ours may be modal meanwhile. */
  onAside: (aside: boolean) => void;
}

/** The bank's question, answered without leaving the page: in Stripe's frame, or here where the bank is played by the shop. */
export function ConfirmStep({ question, onConfirmed, onRefused, onAside }: Props) {
  const [key, setKey] = useState<string | null | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const asked = useRef("");

  useEffect(() => {
    commerce.methods().then(
      (found) => setKey(found.publishable_key),
      () => setProblem(t("The bank cannot be reached. Check your connection and try again.")),
    );
  }, []);

  /** What the server says is what counts, whatever the script or the button thinks. */
  const look = async (answer: boolean | null): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      onConfirmed(await howItWentOn(question.payment_id, answer));
    } catch (error) {
      if (questionOf(error)) setProblem(t("Your bank has not heard from you yet. Try again, or pay with another card."));
      else onRefused(sentence(error));
    } finally {
      setBusy(false);
    }
  };

  const askBank = async (publishable: string): Promise<void> => {
    setBusy(true);
    setProblem(null);
    onAside(true);
    try {
      const stripe = await loadStripe(publishable);
      await stripe.handleNextAction({ clientSecret: question.secret });
    } catch {
      setProblem(t("The bank cannot be reached. Check your connection and try again."));
      setBusy(false);
      return;
    } finally {
      onAside(false);
    }
    await look(null);
  };

  useEffect(() => {
    if (!key || asked.current === question.payment_id) return;
    asked.current = question.payment_id;
    void askBank(key);
  }, [key, question.payment_id]);

  const price = money(question.amount, question.currency);
  return (
    <div class="stack" data-testid="confirm-step">
      <p>{t("Your bank wants to know that it is you. Nothing is charged yet, and your piece stays held meanwhile.")}</p>
      <p class="small quiet">
        <Countdown until={question.until} />
      </p>
      <div role="alert">{problem && <p class="form-problem">{problem}</p>}</div>
      {key === null && (
        <section class="bank" aria-label={t("Test bank")}>
          <p class="small quiet">{t("Test bank")}</p>
          <p>{t("Do you pay {price}?", { price })}</p>
          <div class="row">
            <Button kind="buy" busy={busy} onClick={() => void look(true)} data-testid="bank-yes">
              {t("Yes, it is me")}
            </Button>
            <Button kind="plain" disabled={busy} onClick={() => void look(false)} data-testid="bank-no">
              {t("No, decline")}
            </Button>
          </div>
        </section>
      )}
      {key && (
        <Button kind="buy" wide busy={busy} onClick={() => void askBank(key)} data-testid="ask-bank">
          {t("Confirm at your bank")}
        </Button>
      )}
    </div>
  );
}
