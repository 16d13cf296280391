import { useEffect, useState } from "preact/hooks";

import { sentence } from "../../api";
import { type HouseRules, moderation } from "../../api/moderation";
import type { Channel } from "../../live/channel";
import { Button } from "../../components/Button";
import { toast } from "../../state/toasts";
import { t } from "../../i18n";

interface Props {
  showId: string;
  channel: Channel;
  onClose: () => void;
}

/** The rules of a show's chat; what is saved holds from that moment on. */
export function Rules({ showId, channel, onClose }: Props) {
  const [rules, setRules] = useState<HouseRules | null>(null);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    moderation.rules(showId).then(
      (found) => {
        setRules(found);
        setWords(found.blocked_words.join("\n"));
      },
      (error: Error) => toast(sentence(error), "problem"),
    );
  }, [showId]);
  if (rules === null) return <p class="rules" role="status">{t("Fetching the rules…")}</p>;

  const change = (part: Partial<HouseRules>) => setRules({ ...rules, ...part });
  const save = (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const blocked_words = words.split("\n").map((word) => word.trim()).filter(Boolean);
    channel.ask({ do: "set_rules", rules: { ...rules, blocked_words } }).then(
      () => {
        toast(t("These rules hold from now on."), "good");
        onClose();
      },
      (error: Error) => {
        setBusy(false);
        toast(sentence(error), "problem");
      },
    );
  };

  return (
    <form class="rules" onSubmit={save}>
      <label>
        {t("Who can chat")}
        <select class="control" value={rules.who} onChange={(event) => change({ who: event.currentTarget.value as HouseRules["who"] })}>
          <option value="everybody">{t("Everybody")}</option>
          <option value="followers">{t("Followers and buyers")}</option>
          <option value="buyers">{t("Buyers")}</option>
        </select>
      </label>
      <label>
        {t("Slow mode")}
        <select class="control" value={rules.slow_seconds} onChange={(event) => change({ slow_seconds: Number(event.currentTarget.value) })}>
          {[0, 5, 15, 30, 60, 300].map((seconds) => (
            <option key={seconds} value={seconds}>
              {seconds === 0 ? t("Off") : t("One message in {count, plural, one {# second} other {# seconds}}", { count: seconds })}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("New accounts wait")}
        <select class="control" value={rules.shield_minutes} onChange={(event) => change({ shield_minutes: Number(event.currentTarget.value) })}>
          {[0, 10, 60, 1440].map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutes === 0 ? t("Off") : t("{count, plural, one {# minute} other {# minutes}}", { count: minutes })}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("Links of viewers")}
        <select class="control" value={rules.links} onChange={(event) => change({ links: event.currentTarget.value as HouseRules["links"] })}>
          <option value="review">{t("Wait for review")}</option>
          <option value="nobody">{t("Not allowed")}</option>
          <option value="everybody">{t("Allowed")}</option>
        </select>
      </label>
      <label class="rules__check">
        <input type="checkbox" checked={rules.emoji_only} onChange={(event) => change({ emoji_only: event.currentTarget.checked })} />
        {t("Emoji only")}
      </label>
      <label>
        {t("Messages with blocked words")}
        <select class="control" value={rules.blocked} onChange={(event) => change({ blocked: event.currentTarget.value as HouseRules["blocked"] })}>
          <option value="review">{t("Wait for review")}</option>
          <option value="refuse">{t("Not allowed")}</option>
        </select>
      </label>
      <label class="rules__words">
        {t("Blocked words and phrases, one on each line")}
        <textarea class="control" rows={4} dir="auto" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
      </label>
      <div class="rules__end">
        <Button kind="plain" onClick={onClose}>{t("Cancel")}</Button>
        <Button type="submit" busy={busy} data-testid="save-rules">{t("Save")}</Button>
      </div>
    </form>
  );
}
