import type { Banner } from "./banner";

interface Props {
  banner: Banner | null;
  onRejoin: () => void;
  onSignIn: () => void;
}

const LABELS = { rejoin: "Join again", sign_in: "Sign in", reload: "Reload" } as const;

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
              {LABELS[action]}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
