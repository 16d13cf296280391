import type { Heart } from "./useHearts";

/** Decoration only: nothing is said about it, and it stays away where motion is unwelcome (show.css). */
export function Hearts({ hearts }: { hearts: readonly Heart[] }) {
  return (
    <div class="hearts" aria-hidden="true">
      {hearts.map((heart) => (
        <span key={heart.id} class="hearts__one" style={{ left: `${Math.round(heart.x * 80)}%` }}>
          ♥
        </span>
      ))}
    </div>
  );
}
