import { useEffect } from "preact/hooks";
import { commerce, type Dashboard, type Takings } from "../../api/commerce";
import { ButtonLink } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { LiveDot } from "../../components/LiveDot";
import { Skeleton } from "../../components/Skeleton";
import { t } from "../../i18n";
import { newest } from "../../state/bell";
import { useLoad } from "../../state/load";
import { count, dayAndTime, money, showMoment } from "../../words";
import { Chart } from "./Chart";

const LIVE_MS = 5_000; // while a show is on air
const CALM_MS = 15_000; // so soon a show that has just begun is noticed

/** Today, the last weeks, show by show, and the moments that sold most; read again by itself, often during a show. */
export function Figures() {
  const { value, problem, reload } = useLoad("dashboard", commerce.dashboard);
  const live = value?.shows.some((show) => show.state === "live" || show.state === "interrupted") ?? false;
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), live ? LIVE_MS : CALM_MS);
    return () => clearInterval(timer);
  }, [live, reload]);
  // The bell rings for a sale at once.
  const rung = newest.value;
  useEffect(() => {
    if (value) reload();
  }, [rung]);
  if (!value) return problem ? <Problem text={problem} onRetry={reload} /> : <Skeleton height="320px" />;
  return (
    <div class="stack" data-testid="dashboard">
      <Today value={value} />
      <section class="panel stack" aria-labelledby="days">
        <h2 id="days">{t("The last four weeks")}</h2>
        <Chart days={value.days} />
      </section>
      <Shows value={value} />
      <Moments value={value} />
    </div>
  );
}

function Today({ value }: { value: Dashboard }) {
  const { takings, buyers, claims, to_ship } = value.today;
  const sold = takings.reduce((sum, part) => sum + part.sold, 0);
  return (
    <section class="figures" aria-label={t("Today")}>
      <Figure name={t("Sold today")} text={takings.length > 0 ? sums(takings) : "–"} note={t("{count, plural, one {# piece} other {# pieces}}", { count: sold })} />
      <Figure name={t("Buyers")} text={count(buyers)} note={t("{count, plural, one {# hold} other {# holds}}", { count: claims })} />
      <a class="figure" href="/orders?tab=ship">
        <span class="small quiet">{t("To ship")}</span>
        <strong>{count(to_ship)}</strong>
        <span class="small">{t("{count, plural, one {# parcel} other {# parcels}}", { count: to_ship })}</span>
      </a>
    </section>
  );
}

function Figure({ name, text, note }: { name: string; text: string; note: string }) {
  return (
    <div class="figure">
      <span class="small quiet">{name}</span>
      <strong>{text}</strong>
      <span class="small">{note}</span>
    </div>
  );
}

function Shows({ value }: { value: Dashboard }) {
  if (value.shows.length === 0) {
    return (
      <EmptyState title={t("No show yet")} action={<ButtonLink href="/studio">{t("Plan a show")}</ButtonLink>}>
        {t("Each show that you host or that features your pieces is listed here with what it sold.")}
      </EmptyState>
    );
  }
  return (
    <section class="stack" aria-labelledby="by-show">
      <h2 id="by-show">{t("Show by show")}</h2>
      <ul class="stack stack--tight">
        {value.shows.map((show) => (
          <li key={show.show_id} class="panel stack stack--tight">
            <div class="row row--apart">
              <a href={`/show/${encodeURIComponent(show.show_id)}`} dir="auto">
                <strong>{show.title}</strong>
              </a>
              {show.state === "live" ? <LiveDot /> : <span class="small quiet">{dayAndTime(show.starts_at)}</span>}
            </div>
            <span class="small quiet">{t("hosted by {name}", { name: show.host.name })}</span>
            <div class="row row--apart">
              <span>
                {t("{sold} of {pieces} sold", { sold: show.sold, pieces: show.pieces })}
                {show.conversion !== null && <> · {t("{percent} % of {count, plural, one {# hold} other {# holds}} paid", { percent: show.conversion, count: show.claims })}</>}
              </span>
              <strong>{sums(show.takings)}</strong>
            </div>
            <div class="bar" aria-hidden="true">
              <span style={{ inlineSize: `${show.pieces > 0 ? Math.min(100, (show.sold / show.pieces) * 100) : 0}%` }} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Moments({ value }: { value: Dashboard }) {
  if (value.moments.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="moments">
      <h2 id="moments">{t("Best moments")}</h2>
      <ol class="stack stack--tight">
        {value.moments.map((moment) => (
          <li key={`${moment.show_id} ${moment.at} ${moment.currency}`}>
            <a class="panel row row--apart" href={`/show/${encodeURIComponent(moment.show_id)}?at=${moment.at}`} data-testid="best-moment">
              <span>
                <span dir="auto">{moment.title}</span>
                <span class="small quiet">
                  {" "}
                  {t("{time} into {show}", { time: showMoment(moment.at), show: moment.show })}
                </span>
              </span>
              <span>
                {t("{count, plural, one {# piece} other {# pieces}}", { count: moment.sold })} · <strong>{money(moment.revenue, moment.currency)}</strong>
              </span>
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}

function sums(takings: readonly Takings[]): string {
  return takings.map((part) => money(part.revenue, part.currency)).join(" + ");
}
