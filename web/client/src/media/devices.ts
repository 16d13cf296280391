/** Cameras and microphones: opening them, naming them, remembering the choice, and saying what is wrong in words. */

import { CAMERA } from "./whip";
import { mark, t } from "../i18n";

export interface Choice {
  camera: string | null;
  microphone: string | null;
}

export interface Device {
  id: string;
  label: string;
}

export interface Devices {
  cameras: Device[];
  microphones: Device[];
}

const REMEMBERED = "closetcast.devices";

/** Voice close to the camera, music behind: cleaning helps in most living rooms. */
const MICROPHONE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export function rememberedChoice(storage: Pick<Storage, "getItem"> = localStorage): Choice {
  try {
    const kept = JSON.parse(storage.getItem(REMEMBERED) ?? "{}") as Partial<Choice>;
    return { camera: kept.camera ?? null, microphone: kept.microphone ?? null };
  } catch {
    return { camera: null, microphone: null };
  }
}

export function rememberChoice(choice: Choice, storage: Pick<Storage, "setItem"> = localStorage): void {
  storage.setItem(REMEMBERED, JSON.stringify(choice));
}

/**
 * Open a camera and a microphone. A remembered device that is not plugged in gives way to the browser's own choice.
 *
 * @throws the browser's DOMException; `trouble` turns it into a sentence.
 */
export async function openDevices(choice: Choice): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new DOMException("no secure context", "SecurityError");
  return await navigator.mediaDevices.getUserMedia({
    video: { ...CAMERA, ...(choice.camera ? { deviceId: { ideal: choice.camera } } : {}) },
    audio: { ...MICROPHONE, ...(choice.microphone ? { deviceId: { ideal: choice.microphone } } : {}) },
  });
}

/** What can be chosen; labels are only known after the person has allowed a device. */
export async function listDevices(): Promise<Devices> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const named = (kind: MediaDeviceKind, name: string): Device[] =>
    all
      .filter((device) => device.kind === kind && device.deviceId !== "")
      .map((device, index) => ({ id: device.deviceId, label: device.label || `${name} ${index + 1}` }));
  return { cameras: named("videoinput", t("Camera")), microphones: named("audioinput", t("Microphone")) };
}

const TROUBLES: Readonly<Record<string, string>> = {
  NotAllowedError: mark("Your browser keeps the camera and microphone closed. Allow them in the address bar, then try again."),
  NotFoundError: mark("No camera or microphone was found. Plug one in, then try again."),
  NotReadableError: mark("Another program is using the camera or microphone. Close it, then try again."),
  OverconstrainedError: mark("This camera cannot do what a show needs. Choose another one."),
  SecurityError: mark("Browsers open a camera only on https or on this computer itself. Open the studio by its https address."),
};

export function trouble(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  return t(TROUBLES[name] ?? mark("The camera could not be opened. Try again, or choose another one."));
}
