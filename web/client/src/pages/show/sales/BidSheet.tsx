import { useEffect, useState } from "preact/hooks";

import { sales } from "../../../api/sales";
import { Button } from "../../../components/Button";
import { questionOf } from "../../../components/checkout/confirmation";
import { Field } from "../../../components/Field";
import { Sheet } from "../../../components/Sheet";
import { t } from "../../../i18n";
import type { Auction } from "../../../live/selling";
import { requireSignIn } from "../../../state/session";
import { minutesLeft, money, moneyInput, parseMoney } from "../../../words";
import { useServerNow } from "../../../clock";
import { answered, bid, phase, refused } from "./bidding";
import { type BidLog, checkLog } from "./check_log";
import { useSales } from "./context";

interface Said {
  text: string;
  good: boolean;
}

/** Bid an amount or a maximum, read the rules, keep and check the log; the show goes on behind it. */
export function BidSheet({ auction, onClose }: { auction: Auction | undefined; onClose: () => void }) {
  const { channel, askBank } = useSales();
  const now = useServerNow(auction?.state === "open" ? 500 : null);
  const [amount, setAmount] = useState("");
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<Said | null>(null);
  useEffect(() => {
    setSaid(null);
    setAmount("");
  }, [auction?.auction_id]);
  if (auction === undefined) return null;
  const { currency } = auction;
  const open = phase(auction, now) !== "over" && phase(auction, now) !== "closing";

  const send = async () => {
    const maximum = parseMoney(amount, currency);
    if (maximum === null) return setSaid({ text: t("Type an amount."), good: false });
    if (busy || channel === null || !requireSignIn()) return;
    setBusy(true);
    try {
      setSaid(answered(await bid(channel, auction, Math.min(auction.next, maximum), maximum), currency));
      setAmount("");
    } catch (error) {
      const question = questionOf(error);
      if (question) askBank(question, () => void send());
      else setSaid({ text: refused(error, currency), good: false });
    } finally {
      setBusy(false);
    }
  };

  return (
    <Sheet open onClose={onClose} title={t("Auction")}>
      <div class="stack" data-testid="bid-sheet-open">
        <p class="bids__stand">
          <b>{money(auction.price, currency)}</b> · {t("{count, plural, =0 {no bids} one {# bid} other {# bids}}", { count: auction.bids })}
          {auction.state === "open" && ` · ${minutesLeft(auction.ends_at, now)}`}
        </p>
        {open && (
          <form
            class="stack stack--tight"
            onSubmit={(event) => {
              event.preventDefault();
              void send();
            }}
          >
            <Field
              label={t("Your maximum")}
              hint={t("Nobody sees it. We bid the least that keeps you in front, up to this.")}
              inputMode="decimal"
              autocomplete="off"
              placeholder={moneyInput(auction.next, currency)}
              value={amount}
              data-testid="maximum"
              onValue={setAmount}
            />
            <Button type="submit" kind="buy" wide busy={busy} data-testid="bid-maximum">
              {t("Bid up to this")}
            </Button>
          </form>
        )}
        <p role="status" class={said && !said.good ? "form-problem" : "quiet"} data-testid="bid-said">
          {said?.text}
        </p>
        <ul class="bids__rules">
          <li>
            {auction.sudden_death
              ? t("Sudden death: the end does not move, and bids of the last moment are opened together.")
              : t("A bid in the last ten seconds moves the end: there is always time to answer.")}
          </li>
          <li>
            {t("The server’s clock decides. What your line needs is measured and counted for you, up to {seconds} seconds.", {
              seconds: auction.grace_ms / 1_000,
            })}
          </li>
          <li>{t("A bid is binding, and the auction cannot be called off after the first one.")}</li>
        </ul>
        <LogCheck auction={auction} />
      </div>
    </Sheet>
  );
}

/** The log to keep, and whether its chain holds, worked out in this browser. */
function LogCheck({ auction }: { auction: Auction }) {
  const [found, setFound] = useState<string | null>(null);
  const address = sales.bidLog(auction.auction_id);
  const check = async () => {
    try {
      const answer = await fetch(address);
      const log = (await answer.json()) as BidLog;
      const broken = await checkLog(log);
      setFound(
        broken === null
          ? t("{count, plural, =0 {No bids yet: nothing to check.} one {Checked: the one bid fits.} other {Checked: all # bids fit together.}}", {
              count: log.entries.length,
            })
          : t("Bid no. {number} does not fit. Tell the shop, and keep the log.", { number: broken }),
      );
    } catch {
      setFound(t("The log could not be read. Try again."));
    }
  };
  return (
    <div class="stack stack--tight">
      <p class="row">
        <Button kind="plain" data-testid="check-log" onClick={() => void check()}>
          {t("Check the bid log")}
        </Button>
        <a class="button button--quiet" href={address} download={`bids-${auction.auction_id}.json`}>
          {t("Download it")}
        </a>
      </p>
      <p role="status" class="quiet" data-testid="log-checked">
        {found}
      </p>
    </div>
  );
}
