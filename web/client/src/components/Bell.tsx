import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { listen, tellLanguage, unread } from "../state/bell";
import { followPush } from "../state/push";
import { BellIcon } from "./icons";

/** Leads to the notices; says aloud, politely and once, when there are more than before. */
export function Bell({ current }: { current: "page" | undefined }) {
  useEffect(() => {
    const stops = [listen(), tellLanguage(), followPush()];
    return () => stops.forEach((stop) => stop());
  }, []);
  const count = unread.value;
  const words = count > 0 ? t("{count, plural, one {# new notice} other {# new notices}}", { count }) : t("Notices");
  return (
    <>
      <a class="header__icon" href="/notices" aria-current={current} data-testid="bell">
        <BellIcon />
        <span class="hidden-visually">{words}</span>
        {count > 0 && (
          <span class="header__count" aria-hidden="true">
            {count > 99 ? "99+" : count}
          </span>
        )}
      </a>
      <span class="hidden-visually" role="status">
        {count > 0 ? words : ""}
      </span>
    </>
  );
}
