import type { Appearance } from "../../api/replay";
import { t } from "../../i18n";

/** The last show that had a piece on its screen: a way to the moment. */
export function SeenLink({ seen }: { seen: Appearance | undefined }) {
  if (seen === undefined) return null;
  return (
    <a class="closet__seen" data-testid="seen-link" href={`/show/${encodeURIComponent(seen.show_id)}?at=${seen.at}`} dir="auto">
      {t("Seen in {title}", { title: seen.title })}
    </a>
  );
}
