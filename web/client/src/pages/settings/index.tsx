/** Language, and of what one is told how. */

import { useEffect, useState } from "preact/hooks";
import { sentence } from "../../api";
import { notices, type KindChoice, type NoticeSettings } from "../../api/notices";
import { ButtonLink } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { Switch } from "../../components/Field";
import { LanguageChoice } from "../../components/LanguageChoice";
import { PageSkeleton } from "../../components/Skeleton";
import { mark, t } from "../../i18n";
import { signInLink } from "../../navigation";
import type { PageProps } from "../../router";
import { lookAtPush, push, switchPush } from "../../state/push";
import { me } from "../../state/session";
import { toast } from "../../state/toasts";
import { useTitle } from "../../title";
import "./settings.css";

const KINDS: Record<string, string> = {
  show_started: mark("Somebody I follow goes live"),
  price_drop: mark("A piece I like gets cheaper"),
  outbid: mark("Somebody outbids me"),
  won: mark("I win an auction"),
  won_paid: mark("My saved card pays for what I won"),
  hold_ending: mark("My hold is about to end"),
  order_shipped: mark("My parcel is on its way"),
  sold: mark("One of my pieces is sold"),
  parcel_offer: mark("A seller offers more pieces for my parcel"),
  feature_asked: mark("Somebody asks me about featuring a piece"),
  feature_granted: mark("Somebody says yes to featuring a piece"),
  thanked: mark("A seller thanks me for my show"),
  bid_confirm: mark("My bank wants to confirm a bid"),
  second_chance: mark("A piece I bid on comes to me after all"),
  win_lapsed: mark("My time to pay for what I won is over"),
  not_paid: mark("What I auctioned was not paid for"),
  came_free: mark("A piece I wait for comes free"),
  offer_made: mark("Somebody makes me an offer"),
  offer_countered: mark("My offer is countered"),
  offer_accepted: mark("My offer is accepted"),
  offer_declined: mark("My offer is declined"),
  giveaway_won: mark("I win a giveaway"),
  refunded: mark("Money comes back to me"),
  sale_undone: mark("Money goes back to somebody who bought from me"),
  refund_failed: mark("A refund does not reach my buyer"),
  refund_owed: mark("A refund does not reach me"),
};

export default function SettingsPage(_: PageProps) {
  useTitle(t("Settings"));
  const account = me.value;
  return (
    <div class="page stack settings">
      <h1>{t("Settings")}</h1>
      <section class="panel stack" aria-labelledby="settings-language">
        <h2 id="settings-language">{t("Language")}</h2>
        <LanguageChoice />
      </section>
      <section class="panel stack" aria-labelledby="settings-notices">
        <h2 id="settings-notices">{t("Notices")}</h2>
        {account === null ? (
          <EmptyState title={t("Sign in to choose your notices")} action={<ButtonLink href={signInLink()}>{t("Sign in")}</ButtonLink>} />
        ) : (
          account && <Choices />
        )}
      </section>
    </div>
  );
}

function Choices() {
  const [settings, setSettings] = useState<NoticeSettings | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const read = () => notices.settings().then(setSettings, (error: unknown) => setProblem(sentence(error)));
  useEffect(() => void read(), []);
  if (problem) return <Problem text={problem} onRetry={() => void read()} />;
  if (settings === null) return <PageSkeleton />;
  const choose = async (choice: KindChoice): Promise<void> => {
    try {
      setSettings(await notices.choose(choice));
    } catch (error) {
      toast(sentence(error), "problem");
    }
  };
  return (
    <>
      <ThisBrowser />
      <p class="quiet small">{t("Whatever you choose, the bell shows everything. Several notices at once come as one, and never more than a few in an hour.")}</p>
      <ul class="choices">
        {settings.kinds.map((choice) => {
          const label = KINDS[choice.kind];
          return (
            label && (
              <li key={choice.kind}>
                <div class="choices__one" role="group" aria-label={t(label)}>
                  <span>{t(label)}</span>
                  <Tick label={t("Push")} checked={choice.push} onChange={(on) => void choose({ ...choice, push: on })} />
                  {settings.mail && <Tick label={t("Email")} checked={choice.email} onChange={(on) => void choose({ ...choice, email: on })} />}
                </div>
              </li>
            )
          );
        })}
      </ul>
    </>
  );
}

function Tick({ label, checked, onChange }: { label: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="choices__tick">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

/** Whether this browser shows pushes, with what to do where it cannot. */
function ThisBrowser() {
  const [busy, setBusy] = useState(false);
  useEffect(() => void lookAtPush().catch(() => undefined), []);
  const state = push.value;
  const change = async (on: boolean): Promise<void> => {
    setBusy(true);
    try {
      await switchPush(on);
    } catch {
      toast(t("Your browser’s push service did not answer. Try again later."), "problem");
    } finally {
      setBusy(false);
    }
  };
  if (state === "impossible") return <p class="quiet">{t("This browser cannot show pushes. On an iPhone, add the shop to the home screen first.")}</p>;
  if (state === "refused") return <p class="quiet">{t("Your browser blocks notices from this shop. Allow them in the address bar, then reload the page.")}</p>;
  return (
    <Switch
      label={t("Push notices in this browser")}
      hint={t("Also while no page of the shop is open.")}
      checked={state === "on"}
      disabled={busy || state === "unknown"}
      onChange={(on) => void change(on)}
    />
  );
}
