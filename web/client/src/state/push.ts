/** Whether this browser takes pushes, and how to change that. */

import { effect, signal } from "@preact/signals";
import { notices } from "../api/notices";
import { beforeSignOut, me } from "./session";

export type PushState = "unknown" | "impossible" | "refused" | "off" | "on";

export const push = signal<PushState>("unknown");

function possible(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** Look at what the browser has; a subscription that the server may not know is told again. */
export async function lookAtPush(): Promise<void> {
  if (!possible()) push.value = "impossible";
  else if (Notification.permission === "denied") push.value = "refused";
  else {
    const registration = await navigator.serviceWorker.getRegistration("/");
    const subscription = (await registration?.pushManager.getSubscription()) ?? null;
    push.value = subscription ? "on" : "off";
    if (subscription && me.value) await notices.addBrowser(subscription.toJSON()).catch(() => undefined);
  }
}

/** @throws ApiError, or what the browser says when its push service is out of reach */
export async function switchPush(on: boolean): Promise<void> {
  if (!possible()) return;
  if (on) {
    if ((await Notification.requestPermission()) !== "granted") return lookAtPush();
    await navigator.serviceWorker.register("/sw.js");
    const registration = await navigator.serviceWorker.ready;
    const { push_key } = await notices.settings();
    const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: push_key });
    await notices.addBrowser(subscription.toJSON());
    push.value = "on";
  } else {
    const registration = await navigator.serviceWorker.getRegistration("/");
    const subscription = await registration?.pushManager.getSubscription();
    if (subscription) {
      await notices.removeBrowser(subscription.endpoint);
      await subscription.unsubscribe();
    }
    push.value = "off";
  }
}

// A shared computer must not show the next person what the last one was told.
beforeSignOut(async () => {
  if (push.value === "on" || push.value === "unknown") await switchPush(false).catch(() => undefined);
});

export function followPush(): () => void {
  return effect(() => {
    if (me.value && push.value === "unknown") void lookAtPush().catch(() => undefined);
  });
}
