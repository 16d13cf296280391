import { useCallback, useEffect, useState } from "preact/hooks";

import { commerce } from "../../../api/commerce";
import { serverNow } from "../../../clock";
import type { Question } from "../../../components/checkout/confirmation";
import { ConfirmSheet } from "../../../components/ConfirmSheet";
import { t } from "../../../i18n";
import { toast } from "../../../state/toasts";

/** What a bank asks about one's bids: asked while bidding, told by the server, or found open when the page was opened. */
export function useBankQuestions(accountId: string | null) {
  /** `then` is done once the bank has said yes to it. */
  const [asked, setAsked] = useState<{ question: Question; then?: () => void } | null>(null);
  const askBank = useCallback((question: Question, then?: () => void) => setAsked(then ? { question, then } : { question }), []);

  useEffect(() => {
    if (accountId === null) return;
    commerce.confirmations().then(
      ({ items }) => {
        const open = items.find((one) => one.auction_id !== null && one.until > serverNow());
        if (open) setAsked((present) => present ?? { question: open });
      },
      () => undefined,
    );
  }, [accountId]);

  const sheet = (
    <ConfirmSheet
      question={asked?.question ?? null}
      onClose={() => setAsked(null)}
      onConfirmed={() => {
        setAsked(null);
        if (asked?.then) asked.then();
        else toast(t("Your bank has confirmed your bid."), "good");
      }}
      onRefused={(words) => {
        setAsked(null);
        toast(words, "problem");
      }}
    />
  );
  return { askBank, sheet };
}
