import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { sentence } from "../../api";
import { type ActEntry, type AuditQuery, moderation } from "../../api/moderation";
import type { Channel } from "../../live/channel";
import { toast } from "../../state/toasts";
import { t } from "../../i18n";

/** Events come in bursts; one look answers them all. */
const LOOK_AFTER_MS = 400;
const ACTS_OF_ORDER: ReadonlySet<string> = new Set([
  "deleted", "restored", "sanctioned", "sanction_lifted", "shadowed", "shadow_lifted", "review_settled", "appeal_settled",
  "rules_changed", "pinned", "unpinned", "question_done", "poll_opened",
]);

/** The acts of a show, newest first: what is new arrives by itself, older pages on demand. */
export function useAudit(showId: string, channel: Channel, query: AuditQuery) {
  const [acts, setActs] = useState<readonly ActEntry[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const asked = useRef(0);
  const { by, act } = query;

  const look = useCallback(() => {
    const number = ++asked.current;
    const filter = { ...(by ? { by } : {}), ...(act ? { act } : {}) };
    moderation.audit(showId, filter).then(
      (page) => {
        if (number !== asked.current) return;
        setProblem(null);
        setActs(page.items);
        setNext(page.next);
      },
      (error: Error) => number === asked.current && setProblem(sentence(error)),
    );
  }, [showId, by, act]);

  useEffect(look, [look]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const unsubscribe = channel.onEvent((event) => {
      if (!ACTS_OF_ORDER.has(event.kind)) return;
      clearTimeout(timer);
      timer = setTimeout(look, LOOK_AFTER_MS);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [channel, look]);

  const more = useCallback(() => {
    if (next === null) return;
    const number = asked.current;
    const filter = { before: next, ...(by ? { by } : {}), ...(act ? { act } : {}) };
    moderation.audit(showId, filter).then(
      (page) => {
        if (number !== asked.current) return;
        setActs((present) => [...(present ?? []), ...page.items]);
        setNext(page.next);
      },
      (error: Error) => toast(sentence(error), "problem"),
    );
  }, [showId, next, by, act]);

  const undo = useCallback(
    (entry: ActEntry) => {
      channel.ask({ do: "undo", act_id: entry.act_id }).then(
        () => {
          toast(t("Undone."), "good");
          look();
        },
        (error: Error) => toast(sentence(error), "problem"),
      );
    },
    [channel, look],
  );

  return { acts, problem, more: next === null ? null : more, undo };
}
