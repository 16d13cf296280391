import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Dashboard } from "../../api/commerce";
import { locale, t } from "../../i18n";
import { day, minorDigits, money } from "../../words";

/** Takings by day, a line of bars per currency. The same numbers stand in a table for who cannot see the picture. */
export function Chart({ days }: { days: Dashboard["days"] }) {
  const place = useRef<HTMLDivElement>(null);
  const currencies = [...new Set(days.flatMap((each) => each.takings.map((part) => part.currency)))];
  const main = currencies[0] ?? "USD";
  const amounts = days.map((each) => each.takings.find((part) => part.currency === main)?.revenue ?? 0);

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const style = getComputedStyle(element);
    const ink = style.color;
    const accent = style.getPropertyValue("--accent").trim() || ink;
    const unit = 10 ** minorDigits(main);
    const bars = uPlot.paths.bars?.({ size: [0.7, 24] });
    const axis: uPlot.Axis = { stroke: ink, grid: { show: false }, ticks: { show: false } };
    const chart = new uPlot(
      {
        width: Math.max(element.clientWidth, 200),
        height: 160,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(most, 1)] } },
        axes: [
          {
            ...axis,
            values: (_, splits) => splits.map((at) => new Intl.DateTimeFormat(locale.value, { day: "numeric", month: "short" }).format(at * 1000)),
          },
          { ...axis, size: 56, values: (_, splits) => splits.map((at) => money(Math.round(at * unit), main)) },
        ],
        series: [{}, { stroke: accent, fill: accent, points: { show: false }, ...(bars ? { paths: bars } : {}) }],
      },
      [days.map((each) => each.day / 1000), amounts.map((amount) => amount / unit)],
      element,
    );
    const fit = new ResizeObserver(() => chart.setSize({ width: Math.max(element.clientWidth, 200), height: 160 }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      chart.destroy();
    };
  }, [JSON.stringify(amounts), main, locale.value]);

  const filled = days.filter((each) => each.takings.length > 0);
  return (
    <figure class="chart">
      <div ref={place} class="chart__picture" aria-hidden="true" dir="ltr" />
      <figcaption class="hidden-visually">
        {filled.length === 0
          ? t("Nothing sold in the last four weeks.")
          : filled.map((each) => `${day(each.day)}: ${each.takings.map((part) => money(part.revenue, part.currency)).join(", ")}`).join("; ")}
      </figcaption>
    </figure>
  );
}
