import { useEffect, useState } from "preact/hooks";
import { commerce, type SellerTerms } from "../../api/commerce";
import { Button } from "../../components/Button";
import { Problem } from "../../components/EmptyState";
import { Field, FormProblem, Select } from "../../components/Field";
import { Skeleton } from "../../components/Skeleton";
import { t } from "../../i18n";
import { useLoad } from "../../state/load";
import { moneyInput, parseMoney } from "../../words";
import { useAct } from "../orders/BuyersPart";

interface Row {
  grams: string;
  price: string;
}
const CURRENCIES = ["USD", "EUR", "GBP"] as const;

/** Shipping by weight, a discount for several pieces, and what who features them gets. */
export function TermsEditor() {
  const loaded = useLoad("terms", commerce.terms);
  if (!loaded.value) return loaded.problem ? <Problem text={loaded.problem} onRetry={loaded.reload} /> : <Skeleton height="240px" />;
  return <Form terms={loaded.value} onSaved={loaded.set} />;
}

function Form({ terms, onSaved }: { terms: SellerTerms; onSaved: (terms: SellerTerms) => void }) {
  const [currency, setCurrency] = useState<string>(Object.keys(terms.rates)[0] ?? "USD");
  const [rows, setRows] = useState<Row[]>([]);
  const [pieces, setPieces] = useState(String(terms.bundle_pieces || ""));
  const [bundle, setBundle] = useState(terms.bundle ? String(terms.bundle / 100) : "");
  const [curator, setCurator] = useState(terms.curator ? String(terms.curator / 100) : "");
  const act = useAct(() => undefined);

  useEffect(() => {
    setRows((terms.rates[currency] ?? []).map((rate) => ({ grams: String(rate.up_to), price: moneyInput(rate.price, currency) })));
  }, [currency, terms]);

  const change = (index: number, part: Partial<Row>): void => setRows((old) => old.map((row, at) => (at === index ? { ...row, ...part } : row)));
  const percent = (text: string): number => Math.round(Number(text.replace(",", ".") || 0) * 100);
  const table = rows.filter((row) => row.grams.trim() !== "" || row.price.trim() !== "");
  const bad = table.some((row) => !/^\d+$/.test(row.grams.trim()) || parseMoney(row.price, currency) === null);

  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    if (bad) return;
    const rates = { ...terms.rates, [currency]: table.map((row) => ({ up_to: Number(row.grams), price: parseMoney(row.price, currency) ?? 0 })) };
    const body: SellerTerms = { rates, curator: percent(curator), bundle: percent(bundle), bundle_pieces: Number(pieces) || 0 };
    void act.run(async () => onSaved(await commerce.setTerms(body)), t("Saved. It counts for what is bought from now on."));
  };

  return (
    <form class="stack" onSubmit={save} data-testid="terms">
      <section class="panel stack" aria-labelledby="terms-shipping">
        <h2 id="terms-shipping">{t("Shipping by weight")}</h2>
        <p class="quiet">{t("Buyers see what one more piece adds before they tap. Without rows a parcel costs 5.00, whatever is in it.")}</p>
        <Select label={t("Currency")} value={currency} options={CURRENCIES.map((code) => [code, code] as const)} onValue={setCurrency} />
        {rows.map((row, index) => (
          <div class="field-pair" key={index}>
            <Field label={t("Up to, in grams")} inputMode="numeric" value={row.grams} onValue={(grams) => change(index, { grams })} />
            <Field label={t("Price")} inputMode="decimal" value={row.price} onValue={(price) => change(index, { price })} />
          </div>
        ))}
        <div class="row">
          <Button kind="plain" onClick={() => setRows((old) => [...old, { grams: "", price: "" }])}>
            {t("Add a row")}
          </Button>
          {rows.length > 0 && (
            <Button kind="quiet" onClick={() => setRows((old) => old.slice(0, -1))}>
              {t("Remove the last row")}
            </Button>
          )}
        </div>
        {bad && <p class="form-problem">{t("Each row needs a weight in whole grams and a price.")}</p>}
      </section>
      <section class="panel stack" aria-labelledby="terms-bundle">
        <h2 id="terms-bundle">{t("Bundles")}</h2>
        <div class="field-pair">
          <Field label={t("From how many pieces on?")} optional inputMode="numeric" value={pieces} onValue={setPieces} />
          <Field label={t("How many percent off?")} optional inputMode="decimal" value={bundle} onValue={setBundle} />
        </div>
        <p class="small quiet">{t("Pieces from a show and from your closet count together, as long as they travel in one parcel.")}</p>
      </section>
      <section class="panel stack" aria-labelledby="terms-curator">
        <h2 id="terms-curator">{t("Who features you")}</h2>
        <Field
          label={t("Share of the host, in percent")}
          optional
          inputMode="decimal"
          value={curator}
          onValue={setCurator}
          hint={t("Off your price, when a host sells your piece. None is fine: hosts are thanked in public anyway.")}
        />
      </section>
      <FormProblem>{act.problem}</FormProblem>
      <Button type="submit" size="l" wide busy={act.busy} data-testid="terms-save">
        {t("Save")}
      </Button>
    </form>
  );
}
