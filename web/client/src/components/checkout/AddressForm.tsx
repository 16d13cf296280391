import { useState } from "preact/hooks";
import { sentence } from "../../api";
import { accounts, type Address } from "../../api";
import { fieldErrors } from "../../api/errors";
import { Button } from "../Button";
import { Field, FormProblem, Select } from "../Field";
import { countries, likelyCountry } from "./countries";
import { locale, mark, t } from "../../i18n";

export const EMPTY_ADDRESS: Address = { name: "", line1: "", line2: "", city: "", region: "", postcode: "", country: "" };

const REQUIRED = {
  name: mark("Who is it for?"),
  line1: mark("The parcel needs a street and number."),
  city: mark("The parcel needs a city."),
} as const;

/** What is missing, under the name of its field. */
export function addressProblems(address: Address): Partial<Record<keyof Address, string>> {
  const problems: Partial<Record<keyof Address, string>> = {};
  for (const [field, words] of Object.entries(REQUIRED)) {
    if (!address[field as keyof typeof REQUIRED].trim()) problems[field as keyof Address] = t(words);
  }
  return problems;
}

/** The parcel's way in lines, for reading. */
export function addressLines(address: Address): string[] {
  const town = [address.city, [address.region, address.postcode].filter(Boolean).join(" ")].filter(Boolean).join(", ");
  let country = address.country;
  try {
    country = new Intl.DisplayNames([locale.value], { type: "region" }).of(address.country) ?? address.country;
  } catch {
    // An unknown code is shown as it is.
  }
  return [address.name, address.line1, address.line2, town, country].filter(Boolean);
}

/** Asks for an address and saves it for the next time. */
export function AddressForm({ address, onSaved }: { address: Address | null; onSaved: (address: Address) => void }) {
  const [draft, setDraft] = useState<Address>(address ?? { ...EMPTY_ADDRESS, country: likelyCountry() });
  const [problems, setProblems] = useState<Partial<Record<keyof Address, string>>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const set = (field: keyof Address) => (value: string) => setDraft((old) => ({ ...old, [field]: value }));
  const field = (name: keyof Address) => ({
    value: draft[name],
    onValue: set(name),
    problem: problems[name],
    name: `address-${name}`,
    "data-testid": `address-${name}`,
  });

  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const found = addressProblems(draft);
    setProblems(found);
    setFailure(null);
    if (Object.keys(found).length > 0) {
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    setBusy(true);
    try {
      await accounts.saveAddress(draft);
      onSaved(draft);
    } catch (error) {
      const fields = fieldErrors(error);
      setProblems(fields);
      setFailure(Object.keys(fields).some((name) => name in draft) ? null : sentence(error));
      setBusy(false);
    }
  };

  return (
    <form class="stack" noValidate onSubmit={save} autocomplete="shipping">
      <Field label={t("Full name")} maxLength={80} autocomplete="shipping name" {...field("name")} />
      <Select label={t("Country")} options={countries()} autocomplete="shipping country" {...field("country")} />
      <Field label={t("Street and number")} maxLength={120} autocomplete="shipping address-line1" {...field("line1")} />
      <Field label={t("Flat, floor, company")} optional maxLength={120} autocomplete="shipping address-line2" {...field("line2")} />
      <Field label={t("City")} maxLength={80} autocomplete="shipping address-level2" {...field("city")} />
      <div class="field-pair">
        <Field label={t("State or region")} optional maxLength={80} autocomplete="shipping address-level1" {...field("region")} />
        <Field label={t("Postcode")} optional maxLength={20} autocomplete="shipping postal-code" {...field("postcode")} />
      </div>
      <FormProblem>{failure}</FormProblem>
      <Button type="submit" size="l" wide busy={busy} data-testid="checkout-next">
        {t("Continue to payment")}
      </Button>
    </form>
  );
}
