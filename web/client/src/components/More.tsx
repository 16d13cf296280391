import { useEffect, useRef, useState } from "preact/hooks";
import { sentence, type Page } from "../api";
import { toast } from "../state/toasts";
import { Button } from "./Button";
import { t } from "../i18n";

/** The further pages of a list whose first one is `first`; starts over when that changes. */
export function useMore<T>(first: Page<T> | undefined, read: (after: string) => Promise<Page<T>>) {
  const [added, setAdded] = useState<{ of: Page<T>; items: T[]; next: string | null } | null>(null);
  const [busy, setBusy] = useState(false);
  const current = useRef(first);
  useEffect(() => {
    current.current = first;
  }, [first]);
  const mine = added && added.of === first ? added : null;
  const next = mine ? mine.next : (first?.next ?? null);

  const more = async (): Promise<void> => {
    if (!first || next === null || busy) return;
    setBusy(true);
    try {
      const page = await read(next);
      if (current.current === first) setAdded({ of: first, items: [...(mine?.items ?? []), ...page.items], next: page.next });
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setBusy(false);
    }
  };

  const items = [...(first?.items ?? []), ...(mine?.items ?? [])];
  const button =
    next === null ? null : (
      <div class="row" style={{ justifyContent: "center" }}>
        <Button kind="plain" busy={busy} onClick={() => void more()}>
          {t("Show more")}
        </Button>
      </div>
    );
  return { items, button };
}
