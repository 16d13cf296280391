import { useState } from "preact/hooks";

import { type Person, sentence, shows } from "../../api";
import { PersonLink } from "../../components/Avatar";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { t } from "../../i18n";

interface Props {
  showId: string;
  first: readonly Person[];
}

/** Who keeps the chat friendly in this show. */
export function Moderators({ showId, first }: Props) {
  const [people, setPeople] = useState<readonly Person[]>(first);
  const [handle, setHandle] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const change = async (whose: string, wanted: boolean) => {
    setBusy(true);
    setProblem(null);
    try {
      setPeople((await shows.setModerator(showId, whose, wanted)).moderators);
      if (wanted) setHandle("");
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
    void change(wanted, true);
  };

  return (
    <section class="moderators" aria-label={t("Moderators")}>
      <h2>{t("Moderators")}</h2>
      <p class="quiet small">{t("They can delete messages and mute people in this show.")}</p>
      <ul>
        {people.map((person) => (
          <li key={person.id} class="row row--apart">
            <PersonLink person={person} />
            <Button kind="quiet" aria-label={t("{name} no longer moderates", { name: person.name })} onClick={() => void change(person.handle, false)}>
              {t("Remove")}
            </Button>
          </li>
        ))}
      </ul>
      <form class="moderators__add" onSubmit={add}>
        <Field label={t("Closet name")} placeholder="@…" value={handle} onValue={setHandle} problem={problem} autocomplete="off" data-testid="moderator-handle" />
        <Button type="submit" kind="plain" busy={busy} data-testid="add-moderator">
          {t("Add")}
        </Button>
      </form>
    </section>
  );
}
