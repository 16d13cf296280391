/** The line that is being answered, chosen in the list and sent by the composer. */

import { signal } from "@preact/signals";

import type { Message } from "../../live/room";

export const replyingTo = signal<Message | null>(null);
