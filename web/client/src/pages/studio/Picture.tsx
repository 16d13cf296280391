import { useCallback, useState } from "preact/hooks";

import { Button } from "../../components/Button";
import { Select } from "../../components/Field";
import { share } from "../../media/level";
import type { Camera } from "./useDevices";
import { t } from "../../i18n";

interface PreviewProps {
  camera: Camera;
  onVideo: (video: HTMLVideoElement | null) => void;
  /** False for a shared screen: letters cannot be read in a mirror. */
  mirrored?: boolean;
}

/** What the camera sees, mirrored as hosts know themselves; viewers get it the right way round. */
export function Preview({ camera, onVideo, mirrored = true }: PreviewProps) {
  const { stream } = camera;
  const attach = useCallback(
    (video: HTMLVideoElement | null) => {
      if (video && video.srcObject !== stream) video.srcObject = stream;
      onVideo(video);
    },
    [stream],
  );
  return (
    <>
      <video ref={attach} class={`studio__video${mirrored ? "" : " studio__video--screen"}`} data-testid="preview" autoplay muted playsInline />
      {!stream && (
        <div class="studio__no-picture" role="status">
          <p>{camera.trouble ?? t("Waiting for your camera…")}</p>
          {camera.trouble && <Button onClick={camera.retry}>{t("Try again")}</Button>}
        </div>
      )}
    </>
  );
}

/** The microphone's level; loud enough is a word too, not only a colour. */
export function LevelMeter({ level }: { level: number }) {
  const filled = Math.round(share(level) * 100);
  const words = level > -3 ? t("Too loud") : level > -45 ? t("Heard") : t("Quiet");
  return (
    <div class="level">
      <span class="level__bar" role="meter" aria-label={t("Microphone level")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={filled} aria-valuetext={words}>
        <span class={`level__fill${level > -3 ? " level__fill--loud" : ""}`} style={{ transform: `scaleX(${filled / 100})` }} />
      </span>
      <span class="level__words" aria-hidden="true">
        {words}
      </span>
    </div>
  );
}

export function DevicePickers({ camera }: { camera: Camera }) {
  const { devices, chosen, choose } = camera;
  const [none] = useState<readonly [string, string]>(["", t("None found")]);
  const options = (list: { id: string; label: string }[]) =>
    list.length === 0 ? [none] : list.map((device) => [device.id, device.label] as const);
  return (
    <div class="studio__devices">
      <Select
        label={t("Camera")}
        value={chosen.camera ?? ""}
        options={options(devices.cameras)}
        onValue={(id) => choose({ ...chosen, camera: id || null })}
      />
      <Select
        label={t("Microphone")}
        value={chosen.microphone ?? ""}
        options={options(devices.microphones)}
        onValue={(id) => choose({ ...chosen, microphone: id || null })}
      />
    </div>
  );
}
