/** What a host's viewers get, in sentences. Pure. */

import type { ShowMedia } from "./health";
import { t } from "../i18n";

export interface Audience {
  viewers: number;
  best: number;
  reduced: number;
  sound_only: number;
  losing: number;
  round_trip_ms: number | null;
  slowest_round_trip_ms: number | null;
}

/** One sentence per thing that is so, the most important first; never empty. */
export function audienceSentences(media: ShowMedia): string[] {
  const audience = media.audience;
  if (!audience || audience.viewers === 0) return [t("Nobody is watching yet.")];
  const { viewers, best, reduced, sound_only: soundOnly, losing } = audience;
  const sentences: string[] = [];
  if (best === viewers) {
    sentences.push(t("{count, plural, one {Your viewer gets} other {All # viewers get}} the sharpest picture that fits their screen.", { count: viewers }));
  } else if (best > 0) {
    sentences.push(t("{count, plural, one {# viewer gets} other {# viewers get}} the sharpest picture that fits their screen.", { count: best }));
  }
  if (reduced > 0) {
    sentences.push(t("{count, plural, one {# gets} other {# get}} a smaller picture, because their own connection carries no more.", { count: reduced }));
  }
  if (soundOnly > 0) {
    sentences.push(t("{count, plural, one {# hears} other {# hear}} you without a picture: their connection is very weak now. Say what you show.", { count: soundOnly }));
  }
  if (losing > 0) {
    sentences.push(t("{count, plural, one {# loses} other {# lose}} parts on the way; the picture may stand still for moments.", { count: losing }));
  }
  if (reduced + soundOnly > viewers / 2 && viewers > 3) {
    sentences.push(t("When most have trouble at once, it is often your own upload or the server’s."));
  }
  return sentences;
}

/** What of the host's upload is spared; null when nothing is. */
export function sparedSentence(media: ShowMedia): string | null {
  const layers = media.publication?.layers ?? [];
  const resting = layers.filter((layer) => !layer.wanted && !layer.active).length;
  if (resting === 0) return null;
  return t("{count, plural, one {One picture size rests} other {# picture sizes rest}} until somebody needs it: that spares your upload.", { count: resting });
}
