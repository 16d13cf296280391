/** Who is signed in, for every page. */

import { computed, signal } from "@preact/signals";
import { accounts, ApiError, type Account } from "../api";
import { onSignedOut } from "../api/request";
import { backoff } from "../live/backoff";
import { go, signInLink } from "../navigation";

/** undefined until the server has answered for the first time; null when nobody is signed in. */
export const me = signal<Account | null | undefined>(undefined);

export const signedIn = computed(() => Boolean(me.value));

/**
 * Ask the server who this is. A server out of reach leaves what is known as it is; while nothing is known it is asked again,
 * since calling somebody signed out because of a restart would send a host from the studio to the sign-in page.
 */
export async function loadMe(): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      me.value = (await accounts.me()).account;
      return;
    } catch (error) {
      if (me.value !== undefined) return;
      const away = error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
      if (!away) {
        me.value = null;
        return;
      }
    }
    await new Promise((done) => setTimeout(done, backoff(attempt, Math.random())));
    // Somebody signed in meanwhile.
    if (me.value !== undefined) return;
  }
}

const leaving = new Set<() => Promise<void>>();

/** Something that has to be done while the session still lives; it must not throw. */
export function beforeSignOut(act: () => Promise<void>): void {
  leaving.add(act);
}

export async function signOut(): Promise<void> {
  await Promise.all([...leaving].map((act) => act()));
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
