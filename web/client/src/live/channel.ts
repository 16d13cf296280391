/**
 * The live channel: one WebSocket to a show that outlives its sockets.
 *
 * It joins with its last offset and epoch, so a dropped line costs nothing: what was missed arrives, or a fresh snapshot
 * does. Messages wait in a bounded outbox under a key made here and are sent again after a drop; the server knows the key
 * and answers once. Everything else asked while the line is down is refused at once, in words, because a mute or a heart
 * that happens a minute later is worse than none.
 */

import { decode, encode } from "@msgpack/msgpack";

import { backoff } from "./backoff";
import { type Closing, closing } from "./close_codes";
import { ChannelError } from "./errors";
import { Outbox, type Pending } from "./outbox";
import { Requests } from "./requests";
import { type Room, fold, fromSnapshot } from "./room";
import { Subscribers } from "./subscribers";
import {
  type Aside,
  type Command,
  type Joined,
  type News,
  type OwnVote,
  type Reaction,
  type RoomCounts,
  SUBPROTOCOL,
  type ServerFrame,
  type TimelineEvent,
  type Way,
  type You,
} from "./wire";
import { mark, t } from "../i18n";

export { ChannelError } from "./errors";
export type { Pending } from "./outbox";

export type Link = "connecting" | "open" | "reconnecting" | "closed";

export interface ChannelView {
  link: Link;
  /** Why the link is closed for good; null while it is not. */
  closing: (Closing & { code: number }) | null;
  you: You;
  /** As it was at the last join. */
  vote: OwnVote | null;
  room: Room | null;
  viewers: number | null;
  /** One's own messages that the server has not confirmed yet, oldest first. */
  outbox: readonly Pending[];
}

/** Whoever shows the show later than it happens: from a snapshot on, every event once, in order, also of the past. */
export interface Follower {
  reset: (room: Room) => void;
  add: (events: readonly TimelineEvent[]) => void;
}

/** What is on the screen: the show time of the picture, and how it got here. */
export interface OnScreen {
  at: number;
  via: Way;
}

export interface ChannelOptions {
  url: string;
  /** Ask for a snapshot so many ms old, with the events since: this page's picture is behind. */
  behind?: number;
  /** The seams for tests; browsers' own by default. */
  open?: (url: string, protocol: string) => WebSocket;
  random?: () => number;
  now?: () => number;
  /** A clock that nobody sets, in ms. */
  steady?: () => number;
}

const ANSWER_WITHIN_MS = 8_000;
const JOIN_WITHIN_MS = 6_000;
/** A phone that changes networks keeps a dead socket open for minutes: ask often enough to notice within seconds. */
const PING_EVERY_MS = 5_000;
/** Counted from a ping and not from the last word: in a hidden tab a minute lies between two beats of a healthy line. */
const PONG_WITHIN_MS = 4_000;

const NOBODY: You = { account: null, role: null, sanction: null };
const LINE_DOWN = mark("The connection is down for a moment. Try again when you are back.");

export class Channel {
  view: ChannelView = {
    link: "connecting",
    closing: null,
    you: NOBODY,
    vote: null,
    room: null,
    viewers: null,
    outbox: [],
  };

  private readonly views = new Subscribers<[]>();
  private readonly joins = new Subscribers<[]>();
  private readonly times = new Subscribers<[now: number]>();
  private readonly news = new Subscribers<[News]>();
  private readonly hearts = new Subscribers<[count: number]>();
  private readonly reactions = new Subscribers<[Partial<Record<Reaction, number>>]>();
  private readonly polls = new Subscribers<[pollId: string, counts: number[]]>();
  private readonly events = new Subscribers<[TimelineEvent]>();
  private readonly followers = new Set<Follower>();
  /** What the page has on its screen; asked when something is sent. */
  onScreen: () => OnScreen | null = () => null;
  private readonly requests = new Requests((frame) => this.send(frame));
  private readonly outbox = new Outbox((outbox) => this.update({ outbox }));
  private socket: WebSocket | null = null;
  private epoch: string | null = null;
  private joinedHere = false;
  /** A room of the past that events are bringing to the present; the view waits for it. */
  private past: { room: Room; head: number } | null = null;
  private stopped = true;
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private pong: ReturnType<typeof setTimeout> | undefined;
  private clock: { show_ms: number; at: number } | null = null;

  constructor(private readonly options: ChannelOptions) {}

  // -- life ------------------------------------------------------------------------------------------------------------

  /** Connect, and stay connected until `stop` or a close code that forbids it. */
  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.attempt = 0;
    globalThis.addEventListener?.("online", this.hurry);
    globalThis.document?.addEventListener("visibilitychange", this.hurry);
    this.update({ link: this.view.room === null ? "connecting" : "reconnecting", closing: null });
    this.connect();
  }

  stop(): void {
    this.finish(t("You left the show before this was sent."));
  }

  private finish(unsent: string): void {
    if (this.stopped) return;
    this.stopped = true;
    globalThis.removeEventListener?.("online", this.hurry);
    globalThis.document?.removeEventListener("visibilitychange", this.hurry);
    clearTimeout(this.retry);
    this.drop(1000);
    this.outbox.refuse(new ChannelError("closed", unsent));
    this.update({ link: "closed" });
  }

  /** Join again under the present sign-in: after signing in or out, a new socket carries the new cookie. */
  rejoin(): void {
    if (this.stopped) return this.start();
    clearTimeout(this.retry);
    this.drop(1000);
    this.attempt = 0;
    this.connect();
  }

  /** After every change of the view. */
  readonly subscribe = this.views.add;
  /** Other people's hearts, as often as the server tells (once or twice a second). */
  readonly onHearts = this.hearts.add;
  /** Other people's reactions besides hearts, as often. */
  readonly onReactions = this.reactions.add;
  /** What this person alone is told; may be lost, and can be read again elsewhere. */
  readonly onNews = this.news.add;
  /** How the votes of the open poll stand, about once a second while people vote. */
  readonly onPoll = this.polls.add;
  /** After each join. */
  readonly onJoined = this.joins.add;
  /** The server's clock (Unix ms) as it answered, good to a round trip: at each join and every few seconds after it. */
  readonly onTime = this.times.add;
  /** Every new event once, after it has been folded; a snapshot's past is not replayed. */
  readonly onEvent = this.events.add;

  /** Follow the timeline from now on; begins with the room as it is. */
  follow(follower: Follower): () => void {
    this.followers.add(follower);
    const room = this.past?.room ?? this.view.room;
    if (room !== null) follower.reset(room);
    return () => this.followers.delete(follower);
  }

  // -- the show clock -------------------------------------------------------------------------------------------------

  /** The show clock; null before the first picture. */
  showMs(): number | null {
    return this.clock === null ? null : this.clock.show_ms + (this.steady() - this.clock.at);
  }

  get url(): string {
    return this.options.url;
  }

  // -- asking ----------------------------------------------------------------------------------------------------------

  /** Say a line; resolves when the server has kept it, which may be after a reconnect. Throws ChannelError. */
  say(text: string, key: string, aside: Aside = {}): Promise<boolean> {
    if (this.stopped) return Promise.reject(new ChannelError("closed", t("You are not connected to this show.")));
    const kept = this.outbox.add(text, key, this.now(), aside);
    this.flush();
    return kept;
  }

  /** Ask for anything but a message. Refused at once while the line is down. Throws ChannelError. */
  ask(command: Exclude<Command, { do: "say" }>): Promise<unknown> {
    if (!this.joinedHere) return Promise.reject(new ChannelError("offline", LINE_DOWN));
    return this.request(command, ANSWER_WITHIN_MS);
  }

  /** Tell the server now what is on the screen, and not only with the next beat. */
  tell(): void {
    if (this.joinedHere) this.beat();
  }

  private request(command: object, within: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.requests.ask({ ...command, ...this.seen() }, within, resolve, reject));
  }

  private seen(): { at?: number } {
    const picture = this.onScreen();
    return picture === null ? {} : { at: Math.max(0, picture.at) };
  }

  private send(frame: object): void {
    this.socket?.send(encode(frame, { ignoreUndefined: true }));
  }

  // -- the socket ------------------------------------------------------------------------------------------------------

  private connect(): void {
    const open = this.options.open ?? ((url, protocol) => new WebSocket(url, protocol));
    const socket = open(this.options.url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.joinedHere = false;
    const isPresent = () => this.socket === socket;
    const tooLate = setTimeout(() => isPresent() && !this.joinedHere && this.lost(1006), JOIN_WITHIN_MS);
    socket.onopen = () => isPresent() && this.join();
    socket.onmessage = (message) => isPresent() && this.receive(message.data as ArrayBuffer);
    socket.onclose = (event) => {
      clearTimeout(tooLate);
      if (isPresent()) this.lost(event.code);
    };
  }

  private join(): void {
    const room = this.view.room;
    const asked = this.steady();
    const known = room !== null && this.epoch !== null ? { offset: room.offset, epoch: this.epoch } : {};
    // Without a promise: the events that follow the answer must find the room. A lost socket is handled where it is
    // lost, and a refusal is followed by a close code that says why.
    this.requests.ask(
      { do: "join", ...("offset" in known ? known : { behind: this.options.behind }) },
      JOIN_WITHIN_MS,
      (ok) => this.joined(ok as Joined, asked),
      () => undefined,
    );
  }

  private joined(answer: Joined, asked: number): void {
    this.joinedHere = true;
    this.attempt = 0;
    this.learn(answer, asked);
    this.joins.tell();
    if (this.epoch !== answer.epoch && !answer.snapshot) this.view = { ...this.view, room: null };
    this.epoch = answer.epoch;
    this.past = null;
    let room = this.view.room;
    if (answer.snapshot) {
      room = fromSnapshot(answer.snapshot);
      for (const follower of this.followers) follower.reset(room);
      if ((answer.head ?? 0) > room.offset) {
        this.past = { room, head: answer.head ?? 0 };
        room = this.view.room;
      }
    }
    this.update({ link: "open", closing: null, you: answer.you, vote: answer.vote ?? null, room });
    if (room !== null) this.outbox.caughtUp(room.offset);
    if (answer.events && !this.apply(answer.events)) {
      // Resuming led to the same gap again: a fresh snapshot has none.
      this.epoch = null;
      return;
    }
    clearInterval(this.heartbeat);
    this.heartbeat = setInterval(() => this.beat(), PING_EVERY_MS);
    this.flush();
  }

  private beat(): void {
    this.pong ??= setTimeout(() => this.lost(1006), PONG_WITHIN_MS);
    const asked = this.steady();
    const via = this.onScreen()?.via;
    this.ask(via === undefined ? { do: "ping" } : { do: "ping", via }).then(
      (ok) => this.learn(ok as Pick<Joined, "now" | "show_ms">, asked),
      () => undefined,
    );
    this.outbox.expire(this.now());
  }

  /** Both clocks, again and again: the show's begins with its first picture, and a computer's own may be set meanwhile. */
  private learn({ now, show_ms }: Pick<Joined, "now" | "show_ms">, asked: number): void {
    // The server looked at its clock half way between the question and the answer.
    this.clock = show_ms === null ? null : { show_ms, at: (asked + this.steady()) / 2 };
    this.times.tell(now);
  }

  private receive(data: ArrayBuffer): void {
    clearTimeout(this.pong);
    this.pong = undefined;
    const frame = decode(new Uint8Array(data)) as ServerFrame;
    if (frame.re !== undefined) this.requests.settle(frame.re, frame.ok, frame.error);
    if (frame.events) this.apply(frame.events);
    if (frame.room) this.count(frame.room);
    if (frame.you) this.update({ you: frame.you });
    if (frame.news) this.news.tell(frame.news);
  }

  /** False when they did not fit: the line is then given up, and the next one asks from the last good offset. */
  private apply(events: TimelineEvent[]): boolean {
    const past = this.past;
    const before = past?.room ?? this.view.room;
    if (before === null) return true;
    let room: Room;
    try {
      room = fold(before, events);
    } catch {
      // A gap, or an event that this page cannot read; neither may leave a channel that looks open and stands still.
      this.lost(1006);
      return false;
    }
    for (const follower of this.followers) follower.add(events);
    if (past !== null && room.offset < past.head) {
      past.room = room;
      return true;
    }
    this.past = null;
    this.update({ room });
    this.outbox.caughtUp(room.offset);
    const known = Math.max(before.offset, past?.head ?? 0);
    for (const event of events) {
      if (event.offset > known) this.events.tell(event);
    }
    return true;
  }

  private count(counts: RoomCounts): void {
    if (counts.viewers !== this.view.viewers) this.update({ viewers: counts.viewers });
    if (counts.hearts > 0) this.hearts.tell(counts.hearts);
    if (counts.reactions) this.reactions.tell(counts.reactions);
    if (counts.poll) this.polls.tell(counts.poll.poll_id, counts.poll.counts);
  }

  /** The present socket is gone: forget it, refuse what waited on it, and come back if the code allows. */
  private lost(code: number): void {
    this.drop(1000);
    if (this.stopped) return;
    const why = closing(code);
    if (!why.reconnect) {
      this.finish(why.sentence ?? LINE_DOWN);
      this.update({ closing: { ...why, code } });
      return;
    }
    this.update({ link: "reconnecting" });
    this.outbox.expire(this.now());
    const wait = backoff(this.attempt++, (this.options.random ?? Math.random)());
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  private drop(code: number): void {
    const socket = this.socket;
    this.socket = null;
    this.joinedHere = false;
    clearInterval(this.heartbeat);
    clearTimeout(this.pong);
    this.pong = undefined;
    this.requests.refuse(new ChannelError("offline", LINE_DOWN));
    this.outbox.lineLost();
    socket?.close(code);
  }

  /** The browser says that the network or the person is back: no reason to sit out the rest of the wait. */
  private readonly hurry = (): void => {
    if (this.stopped || globalThis.document?.visibilityState === "hidden") return;
    if (this.socket !== null) return this.joinedHere ? this.beat() : undefined;
    clearTimeout(this.retry);
    this.attempt = 0;
    this.connect();
  };

  /** Send what has not been sent on this socket; an answer that came too late is asked for again under its key. */
  private flush(): void {
    if (!this.joinedHere) return;
    this.outbox.send((message, kept, refused) =>
      this.requests.ask(
        { do: "say", text: message.text, key: message.key, ...message.aside, ...this.seen() },
        ANSWER_WITHIN_MS,
        (ok) => {
          const { offset, held } = ok as { offset?: number; held?: boolean };
          kept(offset ?? 0, held ?? false);
          this.outbox.caughtUp(this.view.room?.offset ?? 0);
        },
        (error) => {
          refused(error);
          if (error.code === "no_answer") this.flush();
        },
      ),
    );
  }

  // -- the view --------------------------------------------------------------------------------------------------------

  private update(change: Partial<ChannelView>): void {
    this.view = { ...this.view, ...change };
    this.views.tell();
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private steady(): number {
    return this.options.steady?.() ?? performance.now();
  }
}

/** The channel's address for a show on the server that served this page. */
export function channelUrl(showId: string, page: { protocol: string; host: string } = location): string {
  return `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/ws/${encodeURIComponent(showId)}`;
}
