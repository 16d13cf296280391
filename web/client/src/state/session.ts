/** Who is signed in, for every page. */

import { computed, signal } from "@preact/signals";
import { accounts, type Account } from "../api";
import { onSignedOut } from "../api/request";
import { go, signInLink } from "../navigation";

/** undefined until the server has answered for the first time; null when nobody is signed in. */
export const me = signal<Account | null | undefined>(undefined);

export const signedIn = computed(() => Boolean(me.value));

/** Ask the server who this is. A server out of reach leaves what is known as it is. */
export async function loadMe(): Promise<void> {
  try {
    me.value = (await accounts.me()).account;
  } catch {
    if (me.value === undefined) me.value = null;
  }
}

export async function signOut(): Promise<void> {
  await accounts.signOut();
  me.value = null;
  go("/");
}

/** True when signed in; otherwise leads to the sign-in page, which returns to `returnTo` (here, when not given). */
export function requireSignIn(returnTo?: string): boolean {
  if (me.value) return true;
  go(signInLink(returnTo));
  return false;
}

onSignedOut(() => {
  if (me.value) me.value = null;
});
