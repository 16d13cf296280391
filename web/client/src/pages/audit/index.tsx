/** Every act of order in one show: who, when, to whom, why, and the way back. `/moderate/{id}/audit` */

import { useEffect, useRef, useState } from "preact/hooks";

import type { ActEntry } from "../../api/moderation";
import { Button } from "../../components/Button";
import { Select } from "../../components/Field";
import { useChannel } from "../show/useChannel";
import { actWords } from "../moderate/act_words";
import type { PageProps } from "../../router";
import { useTitle } from "../../title";
import { dayAndTime } from "../../words";
import { mark, rich, t } from "../../i18n";
import { useAudit } from "./useAudit";
import "./audit.css";

const KINDS: readonly (readonly [acts: string, sentence: string])[] = [
  ["", mark("Everything")],
  ["mute,timeout,ban,shadow,lift,appeal_kept", mark("Sanctions")],
  ["delete,delete_all", mark("Deleted messages")],
  ["approve,reject", mark("Decisions about waiting messages")],
  ["rules,pin,unpin,question_done,poll", mark("Rules, pins, questions, polls")],
  ["undo", mark("What was undone")],
];

export default function AuditPage({ params }: PageProps) {
  const showId = params["id"] ?? "";
  const channel = useChannel(showId);
  const { view } = channel;
  const [act, setAct] = useState("");
  const [by, setBy] = useState("");
  const { acts, problem, more, undo } = useAudit(showId, channel, { act, by });
  const [selected, setSelected] = useState<string | null>(null);
  const people = usePeople(acts);
  const list = useRef<HTMLOListElement>(null);
  useTitle(t("What was done"));

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target?.tagName ?? "")) return;
      const all = acts ?? [];
      // Where the focus is, not what was drawn last: a key right after another acts on the line it was meant for.
      const at = document.activeElement?.closest<HTMLElement>("[data-act]")?.dataset["act"] ?? selected;
      const place = all.findIndex((one) => one.act_id === at);
      const step = { j: 1, k: -1 }[event.key.toLowerCase()];
      if (step !== undefined) {
        const to = all[place < 0 ? 0 : Math.max(0, Math.min(all.length - 1, place + step))];
        setSelected(to?.act_id ?? null);
        list.current?.querySelector<HTMLElement>(`[data-act="${to?.act_id}"]`)?.focus();
      } else if (event.key.toLowerCase() === "u" && all[place]?.undoable) undo(all[place]!);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  });

  return (
    <div class="page audit">
      <h1>{t("What was done")}</h1>
      <p class="quiet">
        <span dir="auto">{view.room?.show.title ?? ""}</span>{" "}
        <a href={`/moderate/${encodeURIComponent(showId)}`}>{t("Moderate")}</a>
      </p>
      <div class="field-row audit__filters">
        <Select label={t("What")} value={act} options={KINDS.map(([value, words]) => [value, t(words)] as const)} onValue={setAct} data-testid="audit-what" />
        <Select label={t("By whom")} value={by} options={[["", t("Everybody")] as const, ...people]} onValue={setBy} data-testid="audit-by" />
      </div>
      <p class="quiet small audit__keys">{t("j and k move, u undoes.")}</p>
      {problem !== null && <p role="alert">{problem}</p>}
      {acts !== null && acts.length === 0 && <p class="quiet">{t("Nothing has been done here yet.")}</p>}
      <ol ref={list} class="audit__list" aria-label={t("What was done")}>
        {(acts ?? []).map((entry) => (
          <AuditLine key={entry.act_id} entry={entry} selected={entry.act_id === selected} onSelect={() => setSelected(entry.act_id)} onUndo={() => undo(entry)} />
        ))}
      </ol>
      {more !== null && <Button kind="plain" onClick={more} data-testid="audit-more">{t("Older")}</Button>}
    </div>
  );
}

/** Everybody who has done something in what was read so far; a filter must not empty its own choice. */
function usePeople(acts: readonly ActEntry[] | null): readonly (readonly [id: string, name: string])[] {
  const known = useRef(new Map<string, string>());
  for (const { by } of acts ?? []) if (by !== null) known.current.set(by.id, by.name);
  return [...known.current];
}

interface LineProps {
  entry: ActEntry;
  selected: boolean;
  onSelect: () => void;
  onUndo: () => void;
}

function AuditLine({ entry, selected, onSelect, onUndo }: LineProps) {
  const { account, by } = entry;
  const what = actWords(entry.act === "undo" ? (entry.undid ?? "undo") : entry.act, entry.scope);
  return (
    <li
      class={`audit__line${selected ? " audit__line--selected" : ""}${entry.undone_at !== null ? " audit__line--undone" : ""}`}
      data-act={entry.act_id}
      data-testid={`audit-${entry.act}`}
      tabIndex={-1}
      onFocusIn={onSelect}
      onClick={onSelect}
    >
      <p class="audit__what">
        <b>{entry.act === "undo" ? t("Undone: {what}", { what }) : what}</b>
        {entry.messages > 1 && ` · ${t("{count, plural, one {# message} other {# messages}}", { count: entry.messages })}`}
        {account !== null && <> · <span dir="auto">{account.name}</span> <small class="quiet" dir="ltr">@{account.handle}</small></>}
      </p>
      {entry.text !== null && entry.text !== "" && <p class="audit__text" dir="auto">{t("“{text}”", { text: entry.text })}</p>}
      <p class="quiet small">
        {rich("<time>{when}</time> by <name>{who}</name>", {
          when: dayAndTime(entry.time),
          who: by?.name ?? t("The server"),
          time: (inner) => <time dateTime={new Date(entry.time).toISOString()}>{inner}</time>,
          name: (inner) => <bdi>{inner}</bdi>,
        })}
        {entry.until !== null && ` · ${t("until {when}", { when: dayAndTime(entry.until) })}`}
        {entry.reason !== "" && <> · <span dir="auto">{t("Why: {reason}", { reason: entry.reason })}</span></>}
        {entry.undone_at !== null && ` · ${t("undone by {name}, {when}", { name: entry.undone_by?.name ?? t("The server"), when: dayAndTime(entry.undone_at) })}`}
      </p>
      {entry.undoable && (
        <Button kind="quiet" onClick={onUndo} aria-label={t("Undo: {what}, {name}", { what, name: account?.name ?? "" })} data-testid="audit-undo">
          {t("Undo")}
        </Button>
      )}
    </li>
  );
}
