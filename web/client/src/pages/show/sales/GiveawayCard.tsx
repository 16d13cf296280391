import { useEffect, useState } from "preact/hooks";

import { newKey, sentence } from "../../../api";
import { type GiveawayProof, sales } from "../../../api/sales";
import { useServerNow } from "../../../clock";
import { Button } from "../../../components/Button";
import { Sheet } from "../../../components/Sheet";
import { mark, t } from "../../../i18n";
import type { Giveaway } from "../../../live/selling";
import { requireSignIn } from "../../../state/session";
import { toast } from "../../../state/toasts";
import { minutesLeft } from "../../../words";
import { drawn } from "./draw";

const SHOWN_MS = 30_000;
/** The server counts as present whose page was heard of in the last 45 seconds. */
const STILL_HERE_MS = 15_000;

export const RULES: Record<Giveaway["rule"], string> = {
  everyone: mark("Everybody who watches may enter"),
  followers: mark("For followers of the host"),
  buyers: mark("For those who have bought here before"),
};

interface Props {
  giveaway: Giveaway;
  accountId: string | null;
  /** Its outcome has been shown for long enough. */
  onGone: (id: string) => void;
}

/** A giveaway over the picture: enter, stay, see the draw, draw it again oneself. */
export function GiveawayCard({ giveaway, accountId, onGone }: Props) {
  const open = giveaway.state === "open";
  const now = useServerNow(open ? 500 : null);
  const [entered, setEntered] = useState<number | null>(null);
  const [mine, setMine] = useState(false);
  const [busy, setBusy] = useState(false);
  const [proving, setProving] = useState(false);
  const { giveaway_id: id } = giveaway;

  useEffect(() => {
    sales.giveaway(id).then(
      (standing) => {
        setEntered(standing.entered);
        setMine(standing.mine);
      },
      () => undefined,
    );
  }, [id, accountId]);

  useEffect(() => {
    if (!mine || !open) return;
    const timer = setInterval(() => {
      sales.enter(id, newKey()).then(
        (standing) => setEntered(standing.entered),
        () => undefined,
      );
    }, STILL_HERE_MS);
    return () => clearInterval(timer);
  }, [mine, open, id]);

  useEffect(() => {
    if (open || proving) return;
    const timer = setTimeout(() => onGone(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [open, proving, id, onGone]);

  const enter = async () => {
    if (busy || !requireSignIn()) return;
    setBusy(true);
    try {
      const standing = await sales.enter(id, newKey());
      setEntered(standing.entered);
      setMine(true);
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setBusy(false);
    }
  };

  return (
    <article class="giveaway" data-testid="giveaway" data-state={giveaway.state}>
      <div class="auction__words">
        <h2 class="auction__title">
          <span class="auction__kind">{t("Giveaway")}</span> <span class="auction__name" dir="auto">{giveaway.title}</span>
        </h2>
        <p class="auction__stand" role="status">
          {open
            ? t(RULES[giveaway.rule])
            : giveaway.winner === null
              ? t("Nobody was there to win it")
              : giveaway.winner.id === accountId
                ? t("You won. It is in your bag: only shipping is left to pay.")
                : t("{name} won", { name: giveaway.winner.name })}
          {open && entered !== null && ` · ${t("{count, plural, one {# has entered} other {# have entered}}", { count: entered })}`}
        </p>
      </div>
      {open && (
        <span class="auction__clock" role="timer" aria-live="off">
          {minutesLeft(giveaway.ends_at, now)}
        </span>
      )}
      <button type="button" class="auction__more" data-testid="giveaway-proof" onClick={() => setProving(true)}>
        {t("Is it fair?")}
      </button>
      {open && (
        <button type="button" class="buy" disabled={busy || mine} data-testid="enter" onClick={() => void enter()}>
          {mine ? t("You are in. Stay!") : t("Enter")}
        </button>
      )}
      {proving && <ProofSheet giveaway={giveaway} onClose={() => setProving(false)} />}
    </article>
  );
}

/** The commitment before the draw; afterwards the draw, done again in this browser. */
function ProofSheet({ giveaway, onClose }: { giveaway: Giveaway; onClose: () => void }) {
  const [proof, setProof] = useState<GiveawayProof | null>(null);
  const [found, setFound] = useState<string | null>(null);
  useEffect(() => {
    sales.proof(giveaway.giveaway_id).then(setProof, (error: unknown) => setFound(sentence(error)));
  }, [giveaway.state]);

  const again = async () => {
    if (proof === null || proof.seed === null) return;
    const winner = await drawn(proof.seed, proof.entrants, giveaway.commitment);
    setFound(
      winner === (proof.winner?.id ?? null)
        ? t("Drawn again in your browser: the same winner, from the seed that was fixed before anybody entered.")
        : t("This draw does not come out the same. Tell the shop, and keep the numbers."),
    );
  };

  return (
    <Sheet open onClose={onClose} title={t("Is it fair?")}>
      <div class="stack">
        <p>
          {t("Before anybody could enter, the server fixed a secret number and showed this fingerprint of it. Everybody who enters adds a number of their own. The winner follows from all of them together.")}
        </p>
        <p class="proof__hash">{giveaway.commitment}</p>
        {proof?.seed ? (
          <>
            <p>{t("{count, plural, one {# person was there at the draw.} other {# people were there at the draw.}}", { count: proof.entrants.length })}</p>
            <p class="row">
              <Button kind="plain" data-testid="draw-again" onClick={() => void again()}>
                {t("Draw it again")}
              </Button>
              <a class="button button--quiet" href={`/api/giveaways/${encodeURIComponent(giveaway.giveaway_id)}/proof`} download>
                {t("Download the numbers")}
              </a>
            </p>
          </>
        ) : (
          <p class="quiet">{t("After the draw the number is shown here, and you can draw again yourself.")}</p>
        )}
        <p role="status" data-testid="drawn-again">
          {found}
        </p>
      </div>
    </Sheet>
  );
}
