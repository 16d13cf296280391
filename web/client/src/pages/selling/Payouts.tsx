import { commerce } from "../../api/commerce";
import { ButtonLink } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { Skeleton } from "../../components/Skeleton";
import { locale, t } from "../../i18n";
import { useLoad } from "../../state/load";
import { money } from "../../words";
import "../../components/checkout/checkout.css";

/** What one is owed, per month and currency, with every line as a file. */
export function Payouts() {
  const { value, problem, reload } = useLoad("statements", commerce.statements);
  if (!value) return problem ? <Problem text={problem} onRetry={reload} /> : <Skeleton height="160px" />;
  if (value.items.length === 0) {
    return <EmptyState title={t("Nothing to pay out yet")}>{t("What you sell, and what featuring others brings you, is added up here month by month.")}</EmptyState>;
  }
  return (
    <ul class="stack" data-testid="statements">
      {value.items.map((each) => (
        <li key={`${each.month} ${each.currency}`} class="panel stack stack--tight">
          <div class="row row--apart">
            <strong>{new Intl.DateTimeFormat(locale.value, { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${each.month}-01T00:00:00Z`))}</strong>
            <strong>{money(each.total, each.currency)}</strong>
          </div>
          <dl class="totals small">
            <div>
              <dt>{t("Sales, after the shop’s fee")}</dt>
              <dd>{money(each.sales, each.currency)}</dd>
            </div>
            {each.credits !== 0 && (
              <div>
                <dt>{t("For featuring others")}</dt>
                <dd>{money(each.credits, each.currency)}</dd>
              </div>
            )}
            <div>
              <dt>{t("For shipping")}</dt>
              <dd>{money(each.shipping, each.currency)}</dd>
            </div>
            {each.refunds !== 0 && (
              <div>
                <dt>{t("Paid back")}</dt>
                <dd>{money(each.refunds, each.currency)}</dd>
              </div>
            )}
          </dl>
          <ButtonLink kind="plain" href={commerce.statementCsv(each.month, each.currency)} download="">
            {t("Download as CSV")}
          </ButtonLink>
        </li>
      ))}
    </ul>
  );
}
