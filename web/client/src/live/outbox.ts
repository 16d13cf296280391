/**
 * Messages that the server has not confirmed yet. Each has a key made here, which the server knows again, so that sending
 * one a second time after a drop is harmless.
 *
 * Bounded: a message too many is refused to whoever wrote it, and one that waited too long is given back.
 */

import { ChannelError } from "./errors";
import type { Aside } from "./wire";
import { t } from "../i18n";

export interface Pending {
  key: string;
  text: string;
}

interface Outgoing extends Pending {
  aside: Aside;
  resolve: (held: boolean) => void;
  reject: (error: ChannelError) => void;
  since: number;
  /** On its way over the present socket. */
  sent: boolean;
  /** Confirmed at this offset: still shown until the room has caught up, so that the line never flickers. */
  confirmed: number | null;
}

/** Sends one message; tells the offset at which the server has kept it, or why not. */
type Send = (message: Pending & { aside: Aside }, kept: (offset: number, held: boolean) => void, refused: (error: ChannelError) => void) => void;

/** A person writes a line every few seconds; twenty unsent lines mean that nobody is reading the banner. */
const MOST = 20;
const LONGEST_MS = 60_000;

export class Outbox {
  private items: Outgoing[] = [];

  constructor(private readonly changed: (pending: readonly Pending[]) => void) {}

  /** Resolves once the server has kept it, with whether it waits for a moderator. @throws ChannelError "outbox_full", "not_sent", or the server's refusal. */
  add(text: string, key: string, now: number, aside: Aside = {}): Promise<boolean> {
    if (this.items.length >= MOST) {
      return Promise.reject(new ChannelError("outbox_full", t("Your earlier messages are still waiting to be sent.")));
    }
    return new Promise((resolve, reject) => {
      this.items.push({ key, text, aside, resolve, reject, since: now, sent: false, confirmed: null });
      this.show();
    });
  }

  /** Send all that is neither confirmed nor on its way. */
  send(send: Send): void {
    for (const item of this.items) {
      if (item.sent || item.confirmed !== null) continue;
      item.sent = true;
      send(
        item,
        (offset, held) => {
          item.resolve(held);
          item.confirmed = offset;
        },
        (error) => this.unsaid(item, error),
      );
    }
  }

  private unsaid(item: Outgoing, error: ChannelError): void {
    item.sent = false;
    // The line was lost or the answer is late: it stays, and goes out again.
    if (error.code === "offline" || error.code === "no_answer") return;
    this.remove([item]);
    item.reject(error);
  }

  /** The socket is gone, and with it whatever was on its way. */
  lineLost(): void {
    for (const item of this.items) item.sent = false;
  }

  /** The room shows everything up to `offset`: what was confirmed by then is no longer pending. */
  caughtUp(offset: number): void {
    this.remove(this.items.filter((item) => item.confirmed !== null && item.confirmed <= offset));
  }

  expire(now: number): void {
    const old = this.items.filter((item) => now - item.since > LONGEST_MS);
    this.remove(old);
    for (const item of old) {
      item.reject(new ChannelError("not_sent", t("A message could not be sent: the connection was down too long.")));
    }
  }

  /** Give everything back. */
  refuse(error: ChannelError): void {
    const all = this.items;
    this.remove(all);
    for (const item of all) item.reject(error);
  }

  private remove(gone: readonly Outgoing[]): void {
    if (gone.length === 0) return;
    this.items = this.items.filter((item) => !gone.includes(item));
    this.show();
  }

  private show(): void {
    this.changed(this.items.map(({ key, text }) => ({ key, text })));
  }
}
