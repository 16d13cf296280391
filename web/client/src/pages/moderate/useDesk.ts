import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { sentence } from "../../api";
import { ApiError } from "../../api/errors";
import { type Review, moderation } from "../../api/moderation";
import type { Channel } from "../../live/channel";
import { type Message, message } from "../../live/room";
import { toast } from "../../state/toasts";
import { t } from "../../i18n";
import { type Doing } from "./deeds";
import { LastAct, type Undoable } from "./last_act";

export const UNDO_MS = 10_000;
/** Events come in bursts; one look at the queue answers them all. */
const LOOK_AFTER_MS = 300;
const SHADOW_KEPT = 200;
const CHANGES_THE_QUEUE: ReadonlySet<string> = new Set([
  "held_back", "review_settled", "reported", "appealed", "appeal_settled", "deleted", "restored",
]);
const NOTHING: Review = { held: [], reported: [], appeals: [] };

/** What waits in a show and what was just done there. */
export function useDesk(showId: string, channel: Channel) {
  const [review, setReview] = useState<Review>(NOTHING);
  const [shadow, setShadow] = useState<readonly Message[]>([]);
  const [undoable, setUndoable] = useState<Undoable | null>(null);
  const last = useRef(new LastAct());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const look = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      moderation.review(showId).then(setReview, (error: Error) => {
        // Who does not moderate is told so by the page itself.
        if (!(error instanceof ApiError && error.status === 403)) toast(sentence(error), "problem");
      });
    }, LOOK_AFTER_MS);
  }, [showId]);

  useEffect(() => {
    const joined = channel.onJoined(look);
    const heard = channel.onEvent((event) => {
      if (event.kind === "said_in_shadow") setShadow((lines) => [...lines, message(event)].slice(-SHADOW_KEPT));
      if (event.kind === "deleted") {
        const gone = new Set(event.data["message_ids"] as string[]);
        setShadow((lines) => lines.filter((line) => !gone.has(line.message_id)));
      }
      if (CHANGES_THE_QUEUE.has(event.kind)) look();
    });
    return () => {
      clearTimeout(timer.current);
      joined();
      heard();
    };
  }, [channel, look]);

  useEffect(() => {
    if (undoable === null) return undefined;
    const end = setTimeout(() => setUndoable(null), Math.max(0, undoable.until - Date.now()));
    return () => clearTimeout(end);
  }, [undoable]);

  const act = useCallback(
    (doing: Doing, name: string) => {
      const said = t(doing.done, { name });
      const answered = channel.ask(doing.command).then((answer): Undoable | null => {
        const actId = (answer as { act_id?: string }).act_id;
        return actId !== undefined && UNDOABLE.has(doing.command.do) ? { actId, sentence: said, until: Date.now() + UNDO_MS } : null;
      });
      last.current.began(answered);
      answered.then(
        (found) => {
          if (found !== null) setUndoable(found);
          else toast(said, "good");
          look();
        },
        (error: Error) => toast(sentence(error), "problem"),
      );
    },
    [channel, look],
  );

  const undo = useCallback(async () => {
    const taken = await last.current.take(Date.now);
    if (taken === null) return;
    setUndoable(null);
    try {
      await channel.ask({ do: "undo", act_id: taken.actId });
      toast(t("Undone."), "good");
      look();
    } catch (error) {
      toast(sentence(error), "problem");
    }
  }, [channel, look]);

  return { review, shadow, undoable, act, undo };
}

/** Acts that the server can take back. */
const UNDOABLE: ReadonlySet<string> = new Set(["delete", "delete_all", "sanction", "lift", "settle", "pin", "question_done"]);
