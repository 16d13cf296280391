import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Dashboard } from "../../api/commerce";
import { locale, t } from "../../i18n";
import { day, minorDigits, money } from "../../words";

const HEIGHT = 144;
const NARROWEST = 200;
const HALF_DAY_S = 43_200;

/** Takings by day, a picture of bars per currency. The same numbers stand in words for who cannot see it. */
export function Chart({ days }: { days: Dashboard["days"] }) {
  const currencies = [...new Set(days.flatMap((each) => each.takings.map((part) => part.currency)))].sort();
  const filled = days.filter((each) => each.takings.length > 0);
  if (filled.length === 0) return <p class="quiet">{t("Nothing sold in the last four weeks.")}</p>;
  return (
    <figure class="chart">
      {currencies.map((currency) => (
        <div key={currency}>
          {currencies.length > 1 && <p class="small quiet">{currency}</p>}
          <Bars days={days} currency={currency} />
        </div>
      ))}
      <figcaption class="hidden-visually">
        {filled.map((each) => `${day(each.day)}: ${each.takings.map((part) => money(part.revenue, part.currency)).join(", ")}`).join("; ")}
      </figcaption>
    </figure>
  );
}

function Bars({ days, currency }: { days: Dashboard["days"]; currency: string }) {
  const place = useRef<HTMLDivElement>(null);
  const amounts = days.map((each) => each.takings.find((part) => part.currency === currency)?.revenue ?? 0);

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const ink = getComputedStyle(element).color;
    const unit = 10 ** minorDigits(currency);
    const bars = uPlot.paths.bars?.({ size: [0.7, 24] });
    const axis: uPlot.Axis = { stroke: ink, grid: { show: false }, ticks: { show: false } };
    const width = (): number => Math.max(element.clientWidth, NARROWEST);
    const chart = new uPlot(
      {
        width: width(),
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        // Half a day more on either side: the bars of the first day and of today are as wide as the others.
        scales: { x: { time: true, range: (_, first, last) => [first - HALF_DAY_S, last + HALF_DAY_S] }, y: { range: (_, __, most) => [0, Math.max(most ?? 0, 1)] } },
        axes: [
          {
            ...axis,
            size: 32,
            space: 72,
            values: (_, splits) => splits.map((at) => new Intl.DateTimeFormat(locale.value, { day: "numeric", month: "short" }).format(at * 1000)),
          },
          { ...axis, size: 56, values: (_, splits) => splits.map((at) => money(Math.round(at * unit), currency)) },
        ],
        series: [{}, { stroke: ink, fill: ink, points: { show: false }, ...(bars ? { paths: bars } : {}) }],
      },
      // A day without a sale has no bar: one of nothing would be a stroke on the axis.
      [days.map((each) => each.day / 1000), amounts.map((amount) => (amount === 0 ? null : amount / unit))],
      element,
    );
    const fit = new ResizeObserver(() => chart.setSize({ width: width(), height: HEIGHT }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      chart.destroy();
    };
  }, [JSON.stringify(amounts), currency, locale.value]);

  return <div ref={place} class="chart__picture" aria-hidden="true" dir="ltr" />;
}
