import { KINDS, SIGNS } from "./kinds";
import type { Float } from "./useReactions";
import { count } from "../../../words";
import "./reactions.css";

/** Decoration only: nothing is said about it. Where motion is unwelcome, signs and counts stand still (reactions.css). */
export function Floating({ floats }: { floats: readonly Float[] }) {
  return (
    <div class="floating" aria-hidden="true">
      {floats.map((one) => (
        <span key={one.id} class={`floating__one floating__one--${one.kind}`} style={{ left: `${Math.round(one.x * 80)}%` }}>
          {SIGNS[one.kind]}
        </span>
      ))}
      {floats.length > 0 && (
        <span class="floating__tally">
          {KINDS.map(({ kind, sign }) => {
            const number = floats.filter((one) => one.kind === kind).length;
            return number > 0 && <span key={kind} class={`floating__${kind}`}>{`${sign} ${count(number)} `}</span>;
          })}
        </span>
      )}
    </div>
  );
}
