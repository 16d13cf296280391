import { t } from "../../i18n";
import type { Hopeless } from "../../media/whep";

interface Props {
  why: Hopeless;
  onCatchUp: () => void;
}

/** Says that this picture is behind the others', why, and how to try the fast way again. */
export function DelayedNote({ why, onCatchUp }: Props) {
  return (
    <p class="stage__delayed" role="status" data-testid="delayed" title={reason(why)}>
      <span>{t("A few seconds behind")}</span>
      <span class="hidden-visually">. {reason(why)}</span>
      <button type="button" onClick={onCatchUp}>
        {t("Try live")}
      </button>
    </p>
  );
}

function reason(why: Hopeless): string {
  switch (why) {
    case "full":
      return t("Many people are watching, and the fast places are taken.");
    case "no_path":
      return t("This network does not let the live picture through.");
    case "refused":
      return t("This browser cannot show the live picture.");
  }
}
