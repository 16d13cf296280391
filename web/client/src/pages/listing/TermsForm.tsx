import { useEffect, useState } from "preact/hooks";

import { type Listing, sentence } from "../../api";
import { type SellingTerms, sales } from "../../api/sales";
import { Button } from "../../components/Button";
import { Field, FormProblem, Switch } from "../../components/Field";
import { t } from "../../i18n";
import { toast } from "../../state/toasts";
import { moneyInput, parseMoney } from "../../words";

/** For the seller: how low hosts may go, whether offers are welcome, how many one buyer may have. */
export function TermsForm({ listing }: { listing: Listing }) {
  const [terms, setTerms] = useState<SellingTerms | null>(null);
  const [lowest, setLowest] = useState("");
  const [perBuyer, setPerBuyer] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    sales.terms(listing.listing_id).then(
      (found) => {
        setTerms(found);
        setLowest(found.lowest === null ? "" : moneyInput(found.lowest, listing.currency));
        setPerBuyer(found.per_buyer === null ? "" : String(found.per_buyer));
      },
      () => undefined,
    );
  }, [listing.listing_id]);
  if (terms === null) return null;

  const save = async () => {
    const floor = lowest.trim() === "" ? null : parseMoney(lowest, listing.currency);
    if (lowest.trim() !== "" && floor === null) return setProblem(t("Type an amount."));
    const most = perBuyer.trim() === "" ? null : Number(perBuyer);
    if (most !== null && !(Number.isInteger(most) && most >= 1)) return setProblem(t("Type a whole number."));
    setBusy(true);
    setProblem(null);
    try {
      setTerms(await sales.setTerms(listing.listing_id, { lowest: floor, offers: terms.offers, per_buyer: most }));
      toast(t("Saved."), "good");
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <details class="stack">
      <summary>{t("How it may be sold")}</summary>
      <form
        class="stack"
        data-testid="terms"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label={t("Lowest price for flash prices and auctions of other hosts ({currency})", { currency: listing.currency })}
          hint={t("Empty: other hosts sell it at its price only.")}
          inputMode="decimal"
          value={lowest}
          onValue={setLowest}
        />
        <Field label={t("Pieces for one buyer")} hint={t("Empty: no limit.")} inputMode="numeric" value={perBuyer} onValue={setPerBuyer} />
        <Switch label={t("Buyers may make offers")} checked={terms.offers} onChange={(offers) => setTerms({ ...terms, offers })} />
        <FormProblem>{problem}</FormProblem>
        <Button type="submit" kind="plain" busy={busy}>
          {t("Save")}
        </Button>
      </form>
    </details>
  );
}
