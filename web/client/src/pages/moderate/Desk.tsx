import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { moderation } from "../../api/moderation";
import { useServerNow } from "../../clock";
import { type Message, message } from "../../live/room";
import { useChannel } from "../show/useChannel";
import { count } from "../../words";
import { mark, t } from "../../i18n";
import { FeedLine } from "./FeedLine";
import { PersonPanel } from "./PersonPanel";
import { Rules } from "./Rules";
import { doing } from "./deeds";
import { type Entry, type Filter, entries, kept, moved } from "./feed";
import { type Deed, type Stroke } from "./keys";
import { useDesk } from "./useDesk";

const FILTERS: readonly (readonly [Filter, string])[] = [
  ["all", mark("All")],
  ["said", mark("Chat")],
  ["waiting", mark("Waiting")],
  ["questions", mark("Questions")],
];
const SEARCH_AFTER_MS = 300;

interface Props {
  showId: string;
  /** The keyboard is for this show. */
  active: boolean;
  onActivate: () => void;
  /** Hands the page the function that takes this show's strokes. */
  onReady: (showId: string, take: (stroke: Stroke) => void) => void;
}

/** One show at the moderator's table: its feed, the person of the selected line, what waits, and its rules. */
export function Desk({ showId, active, onActivate, onReady }: Props) {
  const channel = useChannel(showId);
  const { view } = channel;
  const { review, shadow, undoable, act, undo } = useDesk(showId, channel);
  const [filter, setFilter] = useState<Filter>("all");
  const [words, setWords] = useState("");
  const [found, setFound] = useState<readonly Message[]>([]);
  const [selected, setSelected] = useState<string | null>(null);
  const [rulesOpen, setRulesOpen] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const feed = useRef<HTMLUListElement>(null);
  const before = useRef<readonly Entry[]>([]);

  useEffect(() => {
    if (words.trim() === "") {
      setFound([]);
      return undefined;
    }
    const timer = setTimeout(() => {
      moderation.search(showId, words.trim()).then(({ items }) => setFound(items.map(message)), () => setFound([]));
    }, SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [showId, words]);

  const room = view.room;
  const list = useMemo(
    () => (room === null ? [] : entries({ room, review, shadow, found }, filter, words)),
    [room, review, shadow, found, filter, words],
  );
  const chosen = kept(before.current, list, selected);
  useLayoutEffect(() => {
    before.current = list;
    if (chosen !== selected) setSelected(chosen);
  });
  useLayoutEffect(() => {
    feed.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const entry = list.find((one) => one.id === chosen) ?? null;
  const deed = (what: Deed, on: Entry | null = entry) => {
    if (on === null || room === null) return;
    const next = doing(what, on, view.you, room);
    if (next !== null) act(next, on.line?.author.name ?? on.appeal?.account.name ?? "");
  };
  const take = (stroke: Stroke) => {
    if (stroke === "next") setSelected((at) => moved(list, at, 1));
    else if (stroke === "previous") setSelected((at) => moved(list, at, -1));
    else if (stroke === "undo") void undo();
    else if (stroke === "search") search.current?.focus();
    else if (stroke !== "left" && stroke !== "right" && stroke !== "help") deed(stroke);
  };
  // In the same step as the lines on the screen: a key pressed right after another one must not act on the line before.
  useLayoutEffect(() => onReady(showId, take));

  const closed = view.closing !== null;
  if (closed || (view.link === "open" && view.you.role === null)) {
    return (
      <section class={`desk desk--closed${active ? " desk--active" : ""}`}>
        <h2>{room?.show.title ?? t("This show")}</h2>
        <p role="status">{closed ? t("The connection to this show has ended.") : t("You do not moderate this show.")}</p>
        <a href={`/show/${encodeURIComponent(showId)}`}>{t("Watch the show")}</a>
      </section>
    );
  }

  const waiting = review.held.length + review.reported.length + review.appeals.length;
  return (
    <section class={`desk${active ? " desk--active" : ""}`} aria-label={room?.show.title ?? t("This show")} onPointerDown={onActivate} onFocusIn={onActivate} data-testid={`desk-${showId}`}>
      <header class="desk__head">
        <h2 dir="auto">{room?.show.title ?? " "}</h2>
        <span class="desk__facts">
          {room?.show.state === "live" && <b class="desk__live">{t("Live")}</b>}
          <span>{t("{count, plural, one {# person is watching} other {# people are watching}}", { count: view.viewers ?? 0 })}</span>
          {view.link !== "open" && <span role="status">{t("Connecting again…")}</span>}
        </span>
        <a class="control desk__button" data-testid="to-audit" href={`/moderate/${encodeURIComponent(showId)}/audit`}>
          {t("What was done")}
        </a>
        <button type="button" class="control desk__button" aria-expanded={rulesOpen} data-testid="rules" onClick={() => setRulesOpen(!rulesOpen)}>
          {t("Rules")}
        </button>
      </header>
      {rulesOpen && <Rules showId={showId} channel={channel} onClose={() => setRulesOpen(false)} />}

      <div class="desk__filters" role="toolbar" aria-label={t("What to show")}>
        {FILTERS.map(([name, label]) => (
          <button key={name} type="button" class="control desk__button" aria-pressed={filter === name} data-testid={`filter-${name}`} onClick={() => setFilter(name)}>
            {t(label)}
            {name === "waiting" && waiting > 0 && <b class="desk__count">{count(waiting)}</b>}
            {name === "questions" && (room?.questions.length ?? 0) > 0 && <b class="desk__count">{count(room!.questions.length)}</b>}
          </button>
        ))}
        <input
          ref={search}
          class="control"
          type="search"
          value={words}
          dir="auto"
          placeholder={t("Search")}
          aria-label={t("Search in what was said")}
          onInput={(event) => setWords(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape" || event.key === "Enter") event.currentTarget.blur();
            if (event.key === "Escape") setWords("");
          }}
        />
      </div>

      <div class="desk__body">
        <ul ref={feed} class="desk__feed" role={list.length > 0 ? "grid" : undefined} tabIndex={0} aria-label={t("Messages, newest first")} aria-activedescendant={chosen === null ? undefined : `line-${chosen}`}>
          {list.length === 0 && <li class="desk__empty">{t("Nothing here.")}</li>}
          {list.map((one) => (
            <FeedLine key={one.id} entry={one} selected={one.id === chosen} onSelect={() => setSelected(one.id)} onDeed={(what) => deed(what, one)} />
          ))}
        </ul>
        {entry !== null && room !== null && (
          <PersonPanel key={entry.accountId} showId={showId} entry={entry} you={view.you} room={room} onDeed={(what) => deed(what)} onClose={() => setSelected(null)} />
        )}
      </div>
      {undoable !== null && <UndoBar sentence={undoable.sentence} until={undoable.until} onUndo={() => void undo()} />}
    </section>
  );
}

function UndoBar({ sentence, until, onUndo }: { sentence: string; until: number; onUndo: () => void }) {
  useServerNow(500);
  const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  return (
    <div class="desk__undo">
      <span role="status">{sentence}</span>
      <button type="button" class="control desk__button" data-testid="undo" onClick={onUndo}>
        {t("Undo")} <span aria-hidden="true">({count(seconds)})</span>
      </button>
    </div>
  );
}
