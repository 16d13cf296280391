import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { commerce } from "../../../api/commerce";
import { serverNow } from "../../../clock";
import type { Question } from "../../../components/checkout/confirmation";
import { ConfirmSheet } from "../../../components/ConfirmSheet";
import { t } from "../../../i18n";
import { toast } from "../../../state/toasts";

/** What a bank asks about one's bids: asked while bidding, told by the server, or found open when the page was opened. */
export function useBankQuestions(accountId: string | null) {
  const [question, setQuestion] = useState<Question | null>(null);
  const then = useRef<(() => void) | undefined>(undefined);

  const askBank = useCallback((asked: Question, next?: () => void) => {
    then.current = next;
    setQuestion(asked);
  }, []);

  useEffect(() => {
    if (accountId === null) return;
    commerce.confirmations().then(
      ({ items }) => {
        const open = items.find((one) => one.auction_id !== null && one.until > serverNow());
        if (open) setQuestion((present) => present ?? open);
      },
      () => undefined,
    );
  }, [accountId]);

  const sheet = (
    <ConfirmSheet
      question={question}
      onClose={() => setQuestion(null)}
      onConfirmed={() => {
        setQuestion(null);
        if (then.current) then.current();
        else toast(t("Your bank has confirmed your bid."), "good");
        then.current = undefined;
      }}
      onRefused={(words) => {
        setQuestion(null);
        toast(words, "problem");
      }}
    />
  );
  return { askBank, sheet };
}
