import { useState } from "preact/hooks";
import { sentence, shows, type Account, type Show } from "../../api";
import { useServerNow } from "../../clock";
import { Button, ButtonLink } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { PlusIcon } from "../../components/icons";
import { LiveDot } from "../../components/LiveDot";
import { Sheet } from "../../components/Sheet";
import { Skeleton } from "../../components/Skeleton";
import { go, signInLink } from "../../navigation";
import { useLoad } from "../../state/load";
import { me } from "../../state/session";
import { toast } from "../../state/toasts";
import { useTitle } from "../../title";
import { dayAndTime, startsIn } from "../../words";
import { ShowForm } from "./ShowForm";
import { t } from "../../i18n";
import "./shows.css";

export default function MyShows() {
  useTitle(t("My shows"));
  const account = me.value;
  if (account === undefined) return null;
  if (account === null) {
    return (
      <div class="page page--narrow">
        <h1>{t("My shows")}</h1>
        <EmptyState title={t("Go live from your own closet, or anybody’s")} action={<ButtonLink href={signInLink()}>{t("Sign in to host")}</ButtonLink>}>
          {t("All it takes is a camera and a few pieces to show.")}
        </EmptyState>
      </div>
    );
  }
  return <Mine account={account} />;
}

function Mine({ account }: { account: Account }) {
  const host = account.handle;
  const [planning, setPlanning] = useState(false);
  const all = useLoad(host, async () => {
    const [live, upcoming, ended] = await Promise.all([
      shows.list({ state: "live", host }),
      shows.list({ state: "upcoming", host }),
      shows.list({ state: "ended", host }),
    ]);
    return { ahead: [...live.items, ...upcoming.items], ended: ended.items };
  });

  return (
    <div class="page page--narrow stack stack--wide">
      <div class="row row--apart">
        <h1>{t("My shows")}</h1>
        <Button onClick={() => setPlanning(true)}>
          <PlusIcon size={20} /> {t("Plan a show")}
        </Button>
      </div>
      {!all.value && all.loading && <Skeleton height="140px" />}
      {!all.value && all.problem && <Problem text={all.problem} onRetry={all.reload} />}
      {all.value && all.value.ahead.length === 0 && (
        <EmptyState title={t("No show planned")} action={<Button onClick={() => setPlanning(true)}>{t("Plan your first one")}</Button>}>
          {t("Give it a name and a time, fill its lineup from any closet, and go live when you are ready.")}
        </EmptyState>
      )}
      {all.value && all.value.ahead.length > 0 && (
        <ul class="stack" aria-label={t("Live and planned")}>
          {all.value.ahead.map((show) => (
            <li key={show.show_id}>
              <Planned show={show} onChanged={all.reload} />
            </li>
          ))}
        </ul>
      )}
      {all.value && all.value.ended.length > 0 && (
        <section class="stack" aria-labelledby="past">
          <h2 id="past">{t("Past shows")}</h2>
          <ul class="stack stack--tight">
            {all.value.ended.map((show) => (
              <li key={show.show_id}>
                <a class="past-show" href={`/show/${encodeURIComponent(show.show_id)}`}>
                  <strong>{show.title}</strong>
                  <span class="small quiet">{dayAndTime(show.ended_at ?? show.starts_at)}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      {planning && (
        <ShowForm onClose={() => setPlanning(false)} onSaved={(id) => go(`/studio/${encodeURIComponent(id)}`)} />
      )}
    </div>
  );
}

function Planned({ show, onChanged }: { show: Show; onChanged: () => void }) {
  const now = useServerNow(30_000);
  const [open, setOpen] = useState<"edit" | "cancel" | null>(null);
  const [busy, setBusy] = useState(false);
  const onAir = show.state !== "scheduled";
  const cancel = async (): Promise<void> => {
    setBusy(true);
    try {
      await shows.cancel(show.show_id);
      toast(t("{title} is cancelled.", { title: show.title }));
      onChanged();
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setBusy(false);
      setOpen(null);
    }
  };
  return (
    <article class="panel stack">
      <div class="stack stack--tight">
        <div class="row">
          <h2>{show.title}</h2>
          {show.state === "live" && <LiveDot />}
        </div>
        <p class="quiet">
          {show.state === "live" && t("You are on air.")}
          {show.state === "interrupted" && t("The picture stopped. Come back and the show goes on.")}
          {show.state === "scheduled" && `${dayAndTime(show.starts_at)}, ${startsIn(show.starts_at, now)}`}
        </p>
        {show.description && <p class="planned__about">{show.description}</p>}
      </div>
      <div class="row">
        <ButtonLink kind={onAir ? "buy" : "strong"} href={`/studio/${encodeURIComponent(show.show_id)}`}>
          {onAir ? t("Back to the studio") : t("Open the studio")}
        </ButtonLink>
        <ButtonLink kind="plain" href={`/show/${encodeURIComponent(show.show_id)}`}>
          {t("See its page")}
        </ButtonLink>
        {!onAir && (
          <>
            <Button kind="quiet" onClick={() => setOpen("edit")}>
              {t("Change")}<span class="hidden-visually"> {show.title}</span>
            </Button>
            <Button kind="quiet" onClick={() => setOpen("cancel")}>
              {t("Cancel the show")}<span class="hidden-visually"> {show.title}</span>
            </Button>
          </>
        )}
      </div>
      {open === "edit" && (
        <ShowForm
          show={show}
          onClose={() => setOpen(null)}
          onSaved={() => {
            setOpen(null);
            onChanged();
          }}
        />
      )}
      <Sheet open={open === "cancel"} onClose={() => setOpen(null)} title={t("Cancel this show?")}>
        <div class="stack">
          <p>{t("People who have the link will see that {title} is cancelled. This cannot be undone.", { title: show.title })}</p>
          <div class="row">
            <Button kind="danger" busy={busy} onClick={() => void cancel()}>
              {t("Cancel the show")}
            </Button>
            <Button kind="plain" onClick={() => setOpen(null)}>
              {t("Keep it")}
            </Button>
          </div>
        </div>
      </Sheet>
    </article>
  );
}
