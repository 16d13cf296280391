import { useState } from "preact/hooks";
import type { Order } from "../api";
import { t } from "../i18n";
import type { Question } from "./checkout/confirmation";
import { ConfirmStep } from "./checkout/ConfirmStep";
import "./checkout/checkout.css";
import { Sheet } from "./Sheet";

/** The bank's question about a bid, over the show. */
export function ConfirmSheet({
  question,
  onClose,
  onConfirmed,
  onRefused,
}: {
  question: Question | null;
  onClose: () => void;
  onConfirmed: (order: Order | null) => void;
  onRefused: (words: string) => void;
}) {
  const [aside, setAside] = useState(false);
  if (question === null) return null;
  return (
    <Sheet open aside={aside} onClose={onClose} title={t("Confirm your bid")}>
      <ConfirmStep question={question} onConfirmed={onConfirmed} onRefused={onRefused} onAside={setAside} />
    </Sheet>
  );
}
