import { SilentIcon, SoundIcon } from "../../components/icons";
import { t } from "../../i18n";
import { StageTool } from "./StageTool";

/** Sound on or off; the first tap for it is the stage's own matter. */
export function SoundTool({ on, onToggle }: { on: boolean; onToggle: () => void }) {
  return (
    <StageTool
      icon={on ? <SoundIcon size={20} /> : <SilentIcon size={20} />}
      word={on ? t("Sound on") : t("Sound off")}
      hook="sound"
      pressed={on}
      onClick={onToggle}
    />
  );
}
