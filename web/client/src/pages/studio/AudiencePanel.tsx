import { audienceSentences, sparedSentence } from "../../media/audience";
import type { ShowMedia } from "../../media/health";
import { t } from "../../i18n";

/** What the viewers get of the picture, in words a host can act on. */
export function AudiencePanel({ media }: { media: ShowMedia | null }) {
  if (media === null || !media.publishing) return null;
  const spared = sparedSentence(media);
  const trip = media.audience?.round_trip_ms ?? null;
  return (
    <section class="studio__audience" aria-label={t("What your viewers get")} data-testid="audience">
      <h2>{t("What your viewers get")}</h2>
      <ul>
        {audienceSentences(media).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {spared && <p class="quiet small">{spared}</p>}
      {trip !== null && <p class="quiet small">{t("Half of them are within {ms} ms of the server.", { ms: Math.max(1, Math.round(trip)) })}</p>}
    </section>
  );
}
