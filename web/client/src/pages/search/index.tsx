import { useEffect, useState } from "preact/hooks";
import { listings } from "../../api";
import { Button } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { Field, Select, Switch } from "../../components/Field";
import { ListingGrid } from "../../components/ListingCard";
import { useMore } from "../../components/More";
import { CardsSkeleton } from "../../components/Skeleton";
import { rewrite } from "../../navigation";
import type { PageProps } from "../../router";
import { useLoad } from "../../state/load";
import { useTitle } from "../../title";
import { CATEGORIES } from "../../words";
import { filterCount, formFrom, searchAddress, searchFrom, type SearchForm } from "./query";
import { t } from "../../i18n";
import "./search.css";

/** Long enough that a word is asked for once, not letter by letter. */
const TYPING_MS = 250;

export default function Search({ query }: PageProps) {
  const [form, setForm] = useState<SearchForm>(() => formFrom(query));
  const [open, setOpen] = useState(false);
  const asked = searchAddress(searchFrom(formFrom(query)));
  useTitle(form.q ? t("{q} in all closets", { q: form.q }) : t("Search"));

  // The header's search box and the back button change the address under this page.
  useEffect(() => {
    if (searchAddress(searchFrom(form)) !== asked) setForm(formFrom(query));
  }, [asked]);

  useEffect(() => {
    const wanted = searchAddress(searchFrom(form));
    if (wanted === asked) return;
    const timer = setTimeout(() => rewrite(wanted), TYPING_MS);
    return () => clearTimeout(timer);
  }, [form]);

  const search = searchFrom(formFrom(query));
  const found = useLoad(asked, () => listings.search({ ...search, limit: 24 }));
  const { items, button } = useMore(found.value, (after) => listings.search({ ...search, limit: 24, after }));
  const set = <K extends keyof SearchForm>(name: K, value: SearchForm[K]): void => setForm((old) => ({ ...old, [name]: value }));
  const filters = filterCount(form);
  const clear = (): void => setForm(formFrom(new URLSearchParams()));

  return (
    <div class="page stack">
      <h1>{form.q ? `“${form.q}”` : t("All closets")}</h1>
      <form class="search-form" role="search" aria-label={t("All closets, with filters")} onSubmit={(event) => event.preventDefault()}>
        <div class="search-form__words">
          <Field
            label={t("What are you looking for?")}
            type="search"
            enterKeyHint="search"
            placeholder={t("Wool coat, silk dress, denim")}
            value={form.q}
            onValue={(text) => set("q", text)}
          />
          <Button kind="plain" aria-expanded={open} aria-controls="filters" onClick={() => setOpen(!open)} class="search-form__toggle">
            {filters > 0 ? t("Filters ({count})", { count: filters }) : t("Filters")}
          </Button>
        </div>
        <div id="filters" class={`search-form__filters${open ? " search-form__filters--open" : ""}`}>
          <Field label={t("Size")} value={form.size} onValue={(text) => set("size", text)} placeholder={t("M, 38, W29")} />
          <Field label={t("Brand")} value={form.brand} onValue={(text) => set("brand", text)} />
          <Select label={t("Category")} value={form.category} options={[["", t("Any")], ...CATEGORIES.map(([key, name]) => [key, t(name)] as const)]} onValue={(text) => set("category", text)} />
          <Field label={t("Price from")} inputMode="decimal" value={form.min} onValue={(text) => set("min", text)} placeholder="$0" />
          <Field label={t("Price to")} inputMode="decimal" value={form.max} onValue={(text) => set("max", text)} placeholder="$200" />
          <Switch label={t("Only what I can buy now")} checked={form.available} onChange={(on) => set("available", on)} />
        </div>
      </form>

      <p class="hidden-visually" role="status">
        {found.loading ? "" : items.length === 0 ? t("Nothing found") : found.value?.next
            ? t("{count} or more pieces found", { count: items.length })
            : t("{count, plural, one {# piece found} other {# pieces found}}", { count: items.length })}
      </p>
      {found.value === undefined && found.loading && <CardsSkeleton />}
      {found.problem && <Problem text={found.problem} onRetry={found.reload} />}
      {!found.problem && found.value && items.length === 0 && (
        <EmptyState
          title={t("Nothing fits that")}
          action={
            <Button kind="plain" onClick={clear}>
              {t("Clear the search")}
            </Button>
          }
        >
          {t("Try fewer words, or take a filter away.")}
        </EmptyState>
      )}
      {!found.problem && items.length > 0 && (
        <div class={found.loading ? "search-results search-results--old" : "search-results"}>
          <ListingGrid cards={items} label={t("Found pieces")} />
        </div>
      )}
      {button}
    </div>
  );
}
