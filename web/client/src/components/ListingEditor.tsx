import { useEffect, useRef, useState } from "preact/hooks";
import { listings, sentence, type Condition, type Listing } from "../api";
import { fieldErrors } from "../api/errors";
import { CATEGORIES, CONDITIONS, CURRENCIES } from "../words";
import { Button } from "./Button";
import { changesOf, formFor, LABEL_MOST, NEW_DRAFT, readDraft, STORY_MOST, TITLE_MOST, type DraftForm, type DraftProblems } from "./editor/draft";
import { PhotoPicker } from "./editor/PhotoPicker";
import { forget, pictureOf, sendAll, type Picture } from "./editor/photos";
import { Field, FormProblem, Select, Switch, TextArea } from "./Field";
import { Sheet } from "./Sheet";
import { t } from "../i18n";

interface Props {
  open: boolean;
  /** The listing to change; a new one when not given. */
  listing?: Listing;
  onClose: () => void;
  onSaved: (listing: Listing) => void;
}

/** Write a listing, with its photos. */
export function ListingEditor({ open, ...rest }: Props) {
  return open ? <OpenEditor {...rest} /> : null;
}

function OpenEditor({ listing, onClose, onSaved }: Omit<Props, "open">) {
  const [form, setForm] = useState<DraftForm>(listing ? formFor(listing) : NEW_DRAFT);
  const [pictures, setPictures] = useState<Picture[]>(() => (listing?.photos ?? []).map(pictureOf));
  const [removed, setRemoved] = useState<string[]>([]);
  const [problems, setProblems] = useState<DraftProblems>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  /** Made by an earlier try whose photos did not all arrive: not to be made again. */
  const made = useRef<string | null>(listing?.listing_id ?? null);
  const formElement = useRef<HTMLFormElement>(null);

  const latest = useRef(pictures);
  latest.current = pictures;
  useEffect(() => () => latest.current.forEach(forget), []);

  const set = <K extends keyof DraftForm>(name: K, value: DraftForm[K]): void => setForm((old) => ({ ...old, [name]: value }));
  const text = (name: "title" | "story" | "brand" | "size" | "price" | "quantity" | "weight") => ({
    name,
    value: form[name],
    onValue: (value: string) => set(name, value),
    problem: problems[name],
  });
  const firstProblem = (): void => {
    requestAnimationFrame(() => formElement.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };

  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const read = readDraft(form);
    setProblems(read.problems ?? {});
    setFailure(null);
    if (!read.draft) return firstProblem();
    setBusy(true);
    try {
      const id = made.current;
      const saved = id
        ? await listings.update(id, listing ? changesOf(listing, read.draft) : read.draft)
        : await listings.create(read.draft);
      made.current = saved.listing_id;
      for (const photo of removed) {
        await listings.removePhoto(saved.listing_id, photo);
        // One by one: what is gone must not be asked for again when a later step fails and is tried again.
        setRemoved((old) => old.filter((each) => each !== photo));
      }
      const change = (which: number, to: Partial<Picture>): void =>
        setPictures((old) => old.map((each) => (each.id === which ? { ...each, ...to } : each)));
      if (await sendAll(saved.listing_id, pictures, change)) onSaved(await listings.get(saved.listing_id));
      else setFailure(t("The listing is saved, but not every photo arrived. Save again to send the rest, or remove them."));
    } catch (error) {
      const fields = fieldErrors(error);
      setProblems(fields);
      if (Object.keys(fields).some((name) => name in form)) firstProblem();
      else setFailure(sentence(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Sheet
      open
      wide
      title={listing ? t("Edit the listing") : t("Add a listing")}
      onClose={() => {
        if (!busy) onClose();
      }}
      footer={
        <div class="stack stack--tight">
          <FormProblem>{failure}</FormProblem>
          <Button type="submit" form="listing-editor" size="l" wide busy={busy}>
            {busy ? t("Saving") : listing ? t("Save changes") : t("Put it in my closet")}
          </Button>
        </div>
      }
    >
      <form id="listing-editor" class="stack" noValidate ref={formElement} onSubmit={save}>
        <PhotoPicker
          pictures={pictures}
          disabled={busy}
          onChange={setPictures}
          onRemove={(picture) => {
            setPictures((old) => old.filter((each) => each.id !== picture.id));
            const photo = picture.photo;
            if (photo) setRemoved((old) => [...old, photo.photo_id]);
          }}
        />
        <Field label={t("Title")} maxLength={TITLE_MOST} placeholder={t("Camel wool coat")} {...text("title")} />
        <div class="field-pair">
          <Select
            label={t("What is it?")}
            value={form.category}
            options={[["", t("Choose")], ...CATEGORIES.map(([key, name]) => [key, t(name)] as const)]}
            onValue={(value) => set("category", value)}
            problem={problems.category}
          />
          <Select
            label={t("Condition")}
            value={form.condition}
            options={Object.entries(CONDITIONS)}
            onValue={(value) => set("condition", value as Condition)}
            problem={problems.condition}
          />
          <Field label={t("Brand")} optional maxLength={LABEL_MOST} {...text("brand")} />
          <Field label={t("Size")} optional maxLength={LABEL_MOST} placeholder="38" {...text("size")} />
          <Field label={t("Price")} inputMode="decimal" placeholder="48" {...text("price")} />
          <Select
            label={t("Currency")}
            value={form.currency}
            options={CURRENCIES.map((code) => [code, code] as const)}
            onValue={(value) => set("currency", value)}
            problem={problems.currency}
          />
        </div>
        <Field label={t("How many of it?")} inputMode="numeric" hint={t("Most pieces are one of a kind.")} {...text("quantity")} />
        <Field
          label={t("Weight with its packing, in grams")}
          optional
          inputMode="numeric"
          hint={t("For the shipping price. Left empty, what such a piece usually weighs.")}
          {...text("weight")}
        />
        <TextArea
          label={t("Its story")}
          optional
          maxLength={STORY_MOST}
          hint={t("Where it comes from, how it fits, what one should know.")}
          {...text("story")}
        />
        <Switch
          label={t("Others may feature it")}
          hint={t("Hosts can show it in their shows. You are paid the same, less the share that you offer them, if any.")}
          checked={form.featuring_allowed}
          onChange={(on) => set("featuring_allowed", on)}
        />
      </form>
    </Sheet>
  );
}
