import type { Banner } from "./banner";
import { mark, t } from "../../i18n";

interface Props {
  banner: Banner | null;
  onRejoin: () => void;
  onSignIn: () => void;
}

const LABELS = { rejoin: mark("Join again"), sign_in: mark("Sign in"), reload: mark("Reload") } as const;

export function ConnectionBanner({ banner, onRejoin, onSignIn }: Props) {
  const act = { rejoin: onRejoin, sign_in: onSignIn, reload: () => location.reload() };
  const action = banner?.action ?? null;
  return (
    <div class="connection" role="status" aria-live="polite">
      {banner && (
        <p class={`connection__banner connection__banner--${banner.tone}`} data-testid="connection-banner">
          <span>{banner.sentence}</span>
          {action && (
            <button type="button" onClick={act[action]}>
              {t(LABELS[action])}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
