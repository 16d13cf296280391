import { useState } from "preact/hooks";

import { type Moderators as Named, sentence, shows } from "../../api";
import { PersonLink } from "../../components/Avatar";
import { Button } from "../../components/Button";
import { Field, Select } from "../../components/Field";
import { dayAndTime } from "../../words";
import { mark, t } from "../../i18n";

interface Props {
  showId: string;
  first: Named;
}

const HOUR = 3_600;
/** How long a role lasts, in seconds; empty: as long as the show. */
const LENGTHS: readonly (readonly [seconds: string, sentence: string])[] = [
  ["", mark("Until the show ends")],
  [String(HOUR), mark("For an hour")],
  [String(4 * HOUR), mark("For four hours")],
  [String(24 * HOUR), mark("For a day")],
  [String(7 * 24 * HOUR), mark("For a week")],
];

/** Who keeps the chat friendly in this show, and for how long. */
export function Moderators({ showId, first }: Props) {
  const [named, setNamed] = useState<Named>(first);
  const [handle, setHandle] = useState("");
  const [seconds, setSeconds] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const change = async (asked: Promise<Named>) => {
    setBusy(true);
    setProblem(null);
    try {
      setNamed(await asked);
      setHandle("");
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };

  const add = (event: Event) => {
    event.preventDefault();
    const wanted = handle.trim().replace(/^@/, "");
    if (wanted === "") return setProblem(t("Type the name of a closet, such as @lena."));
    void change(shows.nameModerator(showId, wanted, seconds === "" ? null : Number(seconds)));
  };

  return (
    <section class="moderators" aria-label={t("Moderators")}>
      <h2>{t("Moderators")}</h2>
      <p class="quiet small">{t("They can delete messages and mute people in this show.")}</p>
      <ul>
        {named.moderators.map((person) => (
          <li key={person.id} class="row row--apart">
            <span>
              <PersonLink person={person} />
              {named.roles_end[person.id] !== undefined && (
                <small class="quiet" data-testid="role-ends"> {t("until {when}", { when: dayAndTime(named.roles_end[person.id]!) })}</small>
              )}
            </span>
            <Button kind="quiet" aria-label={t("{name} no longer moderates", { name: person.name })} onClick={() => void change(shows.revokeModerator(showId, person.handle))}>
              {t("Remove")}
            </Button>
          </li>
        ))}
      </ul>
      <form class="field-row" onSubmit={add}>
        <Field label={t("Closet name")} placeholder="@…" value={handle} onValue={setHandle} problem={problem} autocomplete="off" data-testid="moderator-handle" />
        <Select label={t("How long")} value={seconds} options={LENGTHS.map(([value, words]) => [value, t(words)] as const)} onValue={setSeconds} data-testid="moderator-length" />
        <Button type="submit" kind="plain" busy={busy} data-testid="add-moderator">
          {t("Add")}
        </Button>
      </form>
    </section>
  );
}
