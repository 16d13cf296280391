import { shows, type Show } from "../api";
import { t } from "../i18n";
import { useLoad } from "../state/load";
import { me } from "../state/session";
import { dayAndTime } from "../words";
import { Select } from "./Field";

/** Shows that are not over, those on air first. */
export async function showsAhead(host?: string): Promise<Show[]> {
  const query = host === undefined ? {} : { host };
  const [live, next] = await Promise.all([shows.list({ state: "live", ...query }), shows.list({ state: "upcoming", ...query })]);
  return [...live.items, ...next.items];
}

/** One of one's own shows by its id, or "" for any; nothing to choose without a show. */
export function ShowChoice({ value, onValue }: { value: string; onValue: (show: string) => void }) {
  const host = me.value?.handle ?? "";
  const { value: mine } = useLoad(`shows of ${host}`, () => showsAhead(host));
  if (!mine || mine.length === 0) return null;
  return (
    <Select
      label={t("For which show?")}
      value={value}
      options={[["", t("Any of my shows")], ...mine.map((each) => [each.show_id, `${each.title}, ${dayAndTime(each.starts_at)}`] as const)]}
      onValue={onValue}
      data-testid="show-choice"
    />
  );
}
