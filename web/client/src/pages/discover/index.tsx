import { useEffect } from "preact/hooks";
import { closets, listings, shows, type Closet, type Show } from "../../api";
import { useServerNow } from "../../clock";
import { Avatar } from "../../components/Avatar";
import { ButtonLink } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { ListingGrid } from "../../components/ListingCard";
import { ShowCard } from "../../components/ShowCard";
import { CardsSkeleton, Skeleton } from "../../components/Skeleton";
import { useLoad } from "../../state/load";
import { useTitle } from "../../title";
import { t } from "../../i18n";
import "./discover.css";

/** Who is live changes by the minute; asked again this often while the page is looked at. */
const FRESH_MS = 15_000;

export default function Discover() {
  useTitle(null);
  const now = useServerNow(30_000);
  const live = useLoad("live", () => shows.list({ state: "live" }));
  const upcoming = useLoad("upcoming", () => shows.list({ state: "upcoming" }));
  const people = useLoad("closets", () => closets.list());
  const fresh = useLoad("fresh", () => listings.search({ available: true, limit: 12 }));

  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      live.reload();
      upcoming.reload();
    };
    const timer = setInterval(look, FRESH_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);

  const onAir = live.value?.items ?? [];
  const soon = upcoming.value?.items ?? [];
  return (
    <div class="page stack stack--wide">
      <section class="stack" aria-labelledby="live-now">
        <h1 id="live-now">{t("Live now")}</h1>
        {live.value === undefined && live.loading && <ShowsSkeleton />}
        {live.value === undefined && live.problem && <Problem text={live.problem} onRetry={live.reload} />}
        {live.value && onAir.length === 0 && (
          <EmptyState title={t("Nobody is live at the moment")} action={<ButtonLink href="/studio">{t("Plan a show of your own")}</ButtonLink>}>
            {soon.length > 0 ? t("The next shows are just below.") : t("Look around the closets, or be the first on air.")}
          </EmptyState>
        )}
        {onAir.length > 0 && <Shows shows={onAir} now={now} />}
      </section>

      {soon.length > 0 && (
        <section class="stack" aria-labelledby="coming-up">
          <h2 id="coming-up">{t("Coming up")}</h2>
          <ul class="strip-shows discover__soon">
            {soon.map((show) => (
              <li key={show.show_id}>
                <ShowCard show={show} now={now} />
              </li>
            ))}
          </ul>
        </section>
      )}

      {people.value && people.value.items.length > 0 && (
        <section class="stack" aria-labelledby="closets">
          <h2 id="closets">{t("Closets")}</h2>
          <ul class="discover__closets">
            {people.value.items.map((closet) => (
              <li key={closet.person.id}>
                <ClosetChip closet={closet} />
              </li>
            ))}
          </ul>
        </section>
      )}

      <section class="stack" aria-labelledby="fresh">
        <div class="row row--apart">
          <h2 id="fresh">{t("Just in")}</h2>
          <ButtonLink kind="quiet" href="/search">
            {t("See everything")}
          </ButtonLink>
        </div>
        {fresh.value === undefined && fresh.loading && <CardsSkeleton count={4} />}
        {fresh.value === undefined && fresh.problem && <Problem text={fresh.problem} onRetry={fresh.reload} />}
        {fresh.value?.items.length === 0 && (
          <EmptyState title={t("No pieces yet")} action={<ButtonLink href="/login">{t("Open your closet")}</ButtonLink>}>
            {t("The first listing could be yours.")}
          </EmptyState>
        )}
        {fresh.value && fresh.value.items.length > 0 && <ListingGrid cards={fresh.value.items} label={t("Just in")} />}
      </section>
    </div>
  );
}

function Shows({ shows: list, now }: { shows: Show[]; now: number }) {
  return (
    <ul class={list.length === 1 ? "grid-shows grid-shows--one" : "grid-shows"}>
      {list.map((show) => (
        <li key={show.show_id}>
          <ShowCard show={show} now={now} />
        </li>
      ))}
    </ul>
  );
}

function ShowsSkeleton() {
  return (
    <div class="grid-shows" role="group" aria-busy="true" aria-label={t("Loading")}>
      <Skeleton ratio="4 / 5" />
      <Skeleton ratio="4 / 5" />
      <Skeleton ratio="4 / 5" />
    </div>
  );
}

function ClosetChip({ closet }: { closet: Closet }) {
  const live = closet.live_show !== null;
  return (
    <a class="closet-chip" href={`/closet/${encodeURIComponent(closet.person.handle)}`}>
      <Avatar person={closet.person} size={72} live={live} />
      <strong>{closet.person.name}</strong>
      <span class="small quiet">{live ? t("Live now") : t("{count, plural, one {# piece} other {# pieces}}", { count: closet.listings })}</span>
    </a>
  );
}
