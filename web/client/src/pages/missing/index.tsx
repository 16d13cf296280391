import { ButtonLink } from "../../components/Button";
import { EmptyState } from "../../components/EmptyState";
import { useTitle } from "../../title";
import { t } from "../../i18n";

export default function Missing() {
  useTitle(t("Nothing here"));
  return (
    <div class="page">
      <EmptyState title={t("There is nothing at this address")} action={<ButtonLink href="/">{t("See who is live")}</ButtonLink>}>
        {t("The link may be old, or a letter got lost on the way.")}
      </EmptyState>
    </div>
  );
}
