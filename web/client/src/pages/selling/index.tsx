import { ButtonLink } from "../../components/Button";
import { EmptyState } from "../../components/EmptyState";
import { Tabs } from "../../components/Tabs";
import { t } from "../../i18n";
import { place, rewrite, signInLink } from "../../navigation";
import { me } from "../../state/session";
import { useTitle } from "../../title";
import { Features } from "./Features";
import { Figures } from "./Figures";
import { Payouts } from "./Payouts";
import { TermsEditor } from "./TermsEditor";
import "./selling.css";

const TABS = ["today", "features", "terms", "payouts"] as const;
type Key = (typeof TABS)[number];

/** A seller's side: figures, who features what, terms, statements. */
export default function SellingPage() {
  useTitle(t("Selling"));
  const account = me.value;
  const asked = place.value.query.get("tab");
  const tab: Key = TABS.find((key) => key === asked) ?? "today";
  if (account === undefined) return null;
  if (account === null) {
    return (
      <div class="page page--narrow">
        <h1>{t("Selling")}</h1>
        <EmptyState title={t("Sign in to see your sales")} action={<ButtonLink href={signInLink()}>{t("Sign in")}</ButtonLink>}>
          {t("What you sold today, which shows had your pieces, and what you are owed.")}
        </EmptyState>
      </div>
    );
  }
  return (
    <div class="page page--narrow stack">
      <h1>{t("Selling")}</h1>
      <Tabs
        label={t("Selling")}
        selected={tab}
        onSelect={(key) => rewrite(key === "today" ? "/selling" : `/selling?tab=${key}`)}
        tabs={[
          { key: "today", label: t("Figures"), content: <Figures /> },
          { key: "features", label: t("Features"), content: <Features /> },
          { key: "terms", label: t("Terms"), content: <TermsEditor /> },
          { key: "payouts", label: t("Payouts"), content: <Payouts /> },
        ]}
      />
    </div>
  );
}
