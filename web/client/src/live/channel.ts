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
import { type Room, fold, fromSnapshot } from "./room";
import {
  type Command,
  type Joined,
  type RoomCounts,
  SUBPROTOCOL,
  type ServerFrame,
  type TimelineEvent,
  type WireError,
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
  room: Room | null;
  viewers: number | null;
  /** One's own messages that the server has not confirmed yet, oldest first. */
  outbox: readonly Pending[];
}

export interface ChannelOptions {
  url: string;
  /** The seams for tests; browsers' own by default. */
  open?: (url: string, protocol: string) => WebSocket;
  random?: () => number;
  now?: () => number;
}

interface Waiting {
  resolve: (ok: unknown) => void;
  reject: (error: ChannelError) => void;
  timer: ReturnType<typeof setTimeout>;
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
    room: null,
    viewers: null,
    outbox: [],
  };

  private readonly listeners = new Set<() => void>();
  private readonly joinListeners = new Set<() => void>();
  private readonly timeListeners = new Set<(now: number) => void>();
  private readonly heartListeners = new Set<(count: number) => void>();
  private readonly eventListeners = new Set<(event: TimelineEvent) => void>();
  private readonly waiting = new Map<number, Waiting>();
  private readonly outbox = new Outbox((outbox) => this.update({ outbox }));
  private socket: WebSocket | null = null;
  private epoch: string | null = null;
  private joinedHere = false;
  private stopped = true;
  private requests = 0;
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

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Other people's hearts, as often as the server tells (once or twice a second). */
  onHearts(listener: (count: number) => void): () => void {
    this.heartListeners.add(listener);
    return () => this.heartListeners.delete(listener);
  }

  /** After each join. */
  onJoined(listener: () => void): () => void {
    this.joinListeners.add(listener);
    return () => this.joinListeners.delete(listener);
  }

  /** The server's clock (Unix ms) as it answered, good to a round trip: at each join and every few seconds after it. */
  onTime(listener: (now: number) => void): () => void {
    this.timeListeners.add(listener);
    return () => this.timeListeners.delete(listener);
  }

  /** Every new event once, after it has been folded; a snapshot's past is not replayed. */
  onEvent(listener: (event: TimelineEvent) => void): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }

  // -- the show clock -------------------------------------------------------------------------------------------------

  /** The show clock; null before the first picture. */
  showMs(): number | null {
    return this.clock === null ? null : this.clock.show_ms + (this.now() - this.clock.at);
  }

  // -- asking ----------------------------------------------------------------------------------------------------------

  /** Say a line; resolves when the server has kept it, which may be after a reconnect. Throws ChannelError. */
  say(text: string, key: string): Promise<void> {
    if (this.stopped) return Promise.reject(new ChannelError("closed", t("You are not connected to this show.")));
    const kept = this.outbox.add(text, key, this.now());
    this.flush();
    return kept;
  }

  /** Ask for anything but a message. Refused at once while the line is down. Throws ChannelError. */
  ask(command: Exclude<Command, { do: "say" }>): Promise<unknown> {
    if (!this.joinedHere) return Promise.reject(new ChannelError("offline", LINE_DOWN));
    return this.request(command, ANSWER_WITHIN_MS);
  }

  private request(command: object, within: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.transmit(command, within, resolve, reject));
  }

  private transmit(
    command: object,
    within: number,
    resolve: Waiting["resolve"],
    reject: Waiting["reject"],
  ): void {
    const id = ++this.requests;
    const timer = setTimeout(() => {
      this.waiting.delete(id);
      reject(new ChannelError("no_answer", t("The server did not answer. Try again.")));
    }, within);
    this.waiting.set(id, { resolve, reject, timer });
    this.send({ id, ...command });
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
    const known = room !== null && this.epoch !== null ? { offset: room.offset, epoch: this.epoch } : {};
    // Without a promise: the events that follow the answer must find the room. A lost socket is handled where it is
    // lost, and a refusal is followed by a close code that says why.
    this.transmit(
      { do: "join", ...known },
      JOIN_WITHIN_MS,
      (ok) => this.joined(ok as Joined),
      () => undefined,
    );
  }

  private joined(answer: Joined): void {
    this.joinedHere = true;
    this.attempt = 0;
    this.learn(answer);
    for (const listener of this.joinListeners) listener();
    if (this.epoch !== answer.epoch && !answer.snapshot) this.view = { ...this.view, room: null };
    this.epoch = answer.epoch;
    const room = answer.snapshot ? fromSnapshot(answer.snapshot) : this.view.room;
    this.update({ link: "open", closing: null, you: answer.you, room });
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
    this.ask({ do: "ping" }).then(
      (ok) => this.learn(ok as Pick<Joined, "now" | "show_ms">),
      () => undefined,
    );
    this.outbox.expire(this.now());
  }

  /** Both clocks, again and again: the show's begins with its first picture, and a computer's own may be set meanwhile. */
  private learn({ now, show_ms }: Pick<Joined, "now" | "show_ms">): void {
    this.clock = show_ms === null ? null : { show_ms, at: this.now() };
    for (const listener of this.timeListeners) listener(now);
  }

  private receive(data: ArrayBuffer): void {
    clearTimeout(this.pong);
    this.pong = undefined;
    const frame = decode(new Uint8Array(data)) as ServerFrame;
    if (frame.re !== undefined) this.settle(frame.re, frame.ok, frame.error);
    if (frame.events) this.apply(frame.events);
    if (frame.room) this.count(frame.room);
    if (frame.you) this.update({ you: frame.you });
  }

  private settle(re: number, ok: unknown, error: WireError | undefined): void {
    const waiting = this.waiting.get(re);
    if (!waiting) return;
    this.waiting.delete(re);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(new ChannelError(error.code, error.message, error.details));
    else waiting.resolve(ok);
  }

  /** False when they did not fit: the line is then given up, and the next one asks from the last good offset. */
  private apply(events: TimelineEvent[]): boolean {
    const before = this.view.room;
    if (before === null) return true;
    let room: Room;
    try {
      room = fold(before, events);
    } catch {
      // A gap, or an event that this page cannot read; neither may leave a channel that looks open and stands still.
      this.lost(1006);
      return false;
    }
    this.update({ room });
    this.outbox.caughtUp(room.offset);
    for (const event of events) {
      if (event.offset > before.offset) for (const listener of this.eventListeners) listener(event);
    }
    return true;
  }

  private count(counts: RoomCounts): void {
    if (counts.viewers !== this.view.viewers) this.update({ viewers: counts.viewers });
    if (counts.hearts > 0) for (const listener of this.heartListeners) listener(counts.hearts);
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
    for (const [id, waiting] of this.waiting) {
      clearTimeout(waiting.timer);
      this.waiting.delete(id);
      waiting.reject(new ChannelError("offline", LINE_DOWN));
    }
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
      this.transmit(
        { do: "say", text: message.text, key: message.key },
        ANSWER_WITHIN_MS,
        (ok) => {
          kept((ok as { offset?: number }).offset ?? 0);
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
    for (const listener of this.listeners) listener();
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

/** The channel's address for a show on the server that served this page. */
export function channelUrl(showId: string, page: { protocol: string; host: string } = location): string {
  return `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/ws/${encodeURIComponent(showId)}`;
}
