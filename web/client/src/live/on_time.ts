/**
 * What a viewer sees of a show at the moment of the picture on their own screen, a quarter second or several seconds behind
 * the air, or a week later. Pure: the picture's moment is an argument.
 *
 * Events arrive in the order in which they were written, with the moment they belong to: what their author saw. What the
 * host does (cards, the show's state) comes in its order, each not before its moment; a line of chat comes at its own. What
 * decides about buying and what moderators do is taken at once (`AT_ONCE`), whatever the picture shows.
 */

import { MESSAGES_KEPT, type Message, type Room, applied, message, reached } from "./room";
import type { TimelineEvent } from "./wire";

/** Kinds that wait for the picture in a live show; all others count at once. */
const WITH_THE_PICTURE: ReadonlySet<string> = new Set([
  "went_live",
  "interrupted",
  "resumed",
  "ended",
  "lineup_added",
  "lineup_removed",
  "lineup_ordered",
  "featured",
  "unfeatured",
]);

/** In a replay everything is as it was, but for what moderators took away and whom they silenced. */
const NEVER_WAITS: ReadonlySet<string> = new Set(["deleted", "sanctioned", "sanction_lifted"]);

interface Entry {
  event: TimelineEvent;
  due: number;
}

/**
 * What a host does names a picture by the clock of the camera's browser, what a viewer sees by that of the sound and the
 * network: they agree to some milliseconds. So a card comes with the picture nearest to it, not with the one after the next
 * to it: half a picture's time early at most, and never more than this (half of 25 pictures a second).
 */
const NEAREST_MS = 20;

/** A picture can go back so far (another way to the viewer, a player that rejoins) and its state is still known. */
const KEPT_MS = 30_000;

export class OnTime {
  /** The room before `timed` and `lines`; what they hold is applied up to the two places. */
  private base: Room;
  private cards: Room;
  private messages: Message[];
  private timed: Entry[] = [];
  private lines: Message[] = [];
  private timedPlace = 0;
  private linePlace = 0;
  private deleted = new Set<string>();
  private truth: Room;
  private picture: number | null = null;
  /** Half the time (ms) from the picture before to this one: what belongs to a moment nearer than this belongs to it. */
  private half = 0;
  private drawn: Room | null = null;

  /** @param whole a replay: all events are kept, and buying is as it was too */
  constructor(
    base: Room,
    private readonly whole = false,
  ) {
    this.base = this.truth = this.cards = base;
    this.messages = [...base.messages];
  }

  /** Begin anew from a snapshot. */
  reset(base: Room): void {
    this.base = this.truth = this.cards = base;
    this.messages = [...base.messages];
    this.timed = [];
    this.lines = [];
    this.timedPlace = this.linePlace = 0;
    this.deleted = new Set();
    this.drawn = null;
  }

  /**
   * The next events of the timeline, in their order; those that are known already are passed over.
   *
   * @returns by how much (ms) what should have come with a picture came after it, at most; 0: all in time
   */
  add(events: readonly TimelineEvent[]): number {
    let late = 0;
    for (const event of events) {
      if (event.offset <= this.truth.offset) continue;
      this.truth = { ...applied(this.truth, event), offset: reached(event) };
      this.drawn = null;
      if (event.kind === "said") this.hear(event);
      else if (event.kind === "deleted") this.forget(event.data["message_ids"] as string[]);
      else if (event.kind === "restored") this.bringBack(event.data["messages"] as TimelineEvent[]);
      else if (this.whole ? !NEVER_WAITS.has(event.kind) : WITH_THE_PICTURE.has(event.kind)) {
        const last = this.timed[this.timed.length - 1]?.due ?? Number.NEGATIVE_INFINITY;
        this.timed.push({ event, due: Math.max(last, event.at) });
        if (this.picture !== null) late = Math.max(late, this.picture - event.at);
      }
    }
    return late;
  }

  /** Whether something waits for a later picture. */
  get waits(): boolean {
    return this.timedPlace < this.timed.length || this.linePlace < this.lines.length;
  }

  /**
   * The picture is at `picture` (show clock, ms; null: there is none, nothing waits): lines up to it are seen, and cards
   * whose moment is nearer to it than to the next one. Cards go back with a picture that
   * goes back when `back` says so, because it comes another way now; lines of chat that were read are not taken away.
   *
   * @returns whether what is seen has changed
   */
  show(picture: number | null, back = false): boolean {
    const before = this.picture ?? Number.POSITIVE_INFINITY;
    if (back && picture !== null && picture < before) {
      this.cards = this.base;
      this.timedPlace = 0;
      this.drawn = null;
      if (this.whole) {
        this.linePlace = 0;
        this.messages = [...this.base.messages];
      }
    }
    this.picture = picture;
    const due = picture ?? Number.POSITIVE_INFINITY;
    if (due !== before) this.half = picture === null ? 0 : Math.min(NEAREST_MS, Math.max(0, (due - before) / 2));
    const nearest = due + this.half;
    for (let next = this.timed[this.timedPlace]; next !== undefined && next.due <= nearest; next = this.timed[this.timedPlace]) {
      this.cards = applied(this.cards, next.event);
      this.timedPlace += 1;
      this.drawn = null;
    }
    for (let line = this.lines[this.linePlace]; line !== undefined && line.at <= due; line = this.lines[this.linePlace]) {
      this.linePlace += 1;
      if (this.deleted.has(line.message_id)) continue;
      place(this.messages, line, (one) => one.offset);
      this.drawn = null;
    }
    if (this.messages.length > MESSAGES_KEPT) this.messages = this.messages.slice(-MESSAGES_KEPT);
    if (picture !== null && !this.whole) this.trim(picture - KEPT_MS);
    return this.drawn === null;
  }

  /** The show as it is seen now; the same object until something changes. */
  get room(): Room {
    return (this.drawn ??= this.whole ? { ...this.cards, messages: [...this.messages] } : this.composed());
  }

  private composed(): Room {
    const { truth, cards } = this;
    const known = new Map(truth.lineup.map((item) => [item.listing_id, item]));
    const { featured } = cards;
    return {
      ...truth,
      show: { ...truth.show, state: cards.show.state, until: cards.show.until },
      featured,
      lineup: cards.lineup.flatMap(({ listing_id: id }) => {
        const item = known.get(id);
        return item === undefined ? [] : [{ ...item, featured: featured.includes(id) }];
      }),
      messages: [...this.messages],
    };
  }

  private hear(event: TimelineEvent): void {
    const line = message(event);
    if (!this.deleted.has(line.message_id)) place(this.lines, line, (one) => one.at, this.linePlace);
  }

  private bringBack(events: readonly TimelineEvent[]): void {
    for (const line of events.map(message)) {
      this.deleted.delete(line.message_id);
      if (!this.messages.some((one) => one.message_id === line.message_id)) place(this.messages, line, (one) => one.offset);
    }
  }

  private forget(ids: readonly string[]): void {
    const gone = new Set(ids);
    for (const id of ids) this.deleted.add(id);
    this.messages = this.messages.filter((line) => !gone.has(line.message_id));
    this.base = { ...this.base, messages: this.base.messages.filter((line) => !gone.has(line.message_id)) };
  }

  /** What no picture will go back behind becomes the base. */
  private trim(before: number): void {
    let old = 0;
    while (old < this.timedPlace && (this.timed[old]?.due ?? before) < before) {
      this.base = applied(this.base, this.timed[old]!.event);
      old += 1;
    }
    if (old > 0) {
      this.timed.splice(0, old);
      this.timedPlace -= old;
    }
    if (this.linePlace > MESSAGES_KEPT) {
      this.lines.splice(0, this.linePlace);
      this.linePlace = 0;
    }
  }
}

/** Put `line` where its key belongs, after its equals and not before index `from`; nearly always that is the end. */
function place(lines: Message[], line: Message, key: (one: Message) => number, from = 0): void {
  let index = lines.length;
  while (index > from && key(lines[index - 1]!) > key(line)) index -= 1;
  lines.splice(index, 0, line);
}
