import { t } from "../../i18n";
import type { Outgoing } from "./useOutgoing";

/** Microphone, camera and screen, each one tap, and what viewers miss in words. */
export function MediaSwitches({ outgoing }: { outgoing: Outgoing }) {
  const { muted, hidden, sharing, canShare, trouble } = outgoing;
  const said = [
    muted && t("Viewers do not hear you."),
    sharing ? t("Viewers see your screen instead of the camera.") : hidden && t("Viewers do not see you: the camera is off."),
  ].filter((sentence): sentence is string => Boolean(sentence));
  return (
    <div class="studio__switches">
      <div class="row" role="group" aria-label={t("Sound and picture")}>
        <Switch on={muted} onClick={outgoing.toggleMuted} testid="mute">
          {muted ? t("Unmute") : t("Mute")}
        </Switch>
        <Switch on={hidden} onClick={outgoing.toggleHidden} testid="hide" disabled={sharing}>
          {hidden ? t("Camera on") : t("Camera off")}
        </Switch>
        {canShare && (
          <Switch on={sharing} onClick={outgoing.toggleSharing} testid="share-screen">
            {sharing ? t("Stop sharing") : t("Share screen")}
          </Switch>
        )}
      </div>
      <p class="studio__switched" role="status">
        {trouble ?? said.join(" ")}
      </p>
    </div>
  );
}

function Switch(props: { on: boolean; onClick: () => void; testid: string; disabled?: boolean; children: string }) {
  return (
    <button
      type="button"
      class={`button button--plain${props.on ? " studio__switch--on" : ""}`}
      data-testid={props.testid}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
