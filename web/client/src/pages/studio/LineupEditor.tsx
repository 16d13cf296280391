import { useEffect, useRef, useState } from "preact/hooks";

import { lineup as lineupApi, sentence } from "../../api";
import { Button } from "../../components/Button";
import { Switch } from "../../components/Field";
import { CloseIcon, PlusIcon } from "../../components/icons";
import type { LineupItem } from "../../live/wire";
import { toast } from "../../state/toasts";
import { money } from "../../words";
import { soldLast } from "../show/buy_state";
import { Finder } from "./Finder";
import { moved, pieceForKey, tapped } from "./featuring";
import { inARow, t } from "../../i18n";

interface Props {
  showId: string;
  lineup: readonly LineupItem[];
  featured: readonly string[];
  hostHandle: string;
  /** Ended or cancelled shows only show what they had. */
  closed: boolean;
}

/** The pieces of the show: one tap or a number key puts one on everybody's screen. */
export function LineupEditor({ showId, lineup, featured, hostHandle, closed }: Props) {
  const [several, setSeveral] = useState(false);
  const [finding, setFinding] = useState(false);
  const [dragged, setDragged] = useState<string | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const shown = soldLast(lineup);

  const problem = (error: unknown) => toast(sentence(error), "problem");

  const feature = async (item: LineupItem) => {
    if (busy !== null) return;
    setBusy(item.listing_id);
    try {
      for (const change of tapped(item.listing_id, featured, several)) {
        await lineupApi.feature(showId, change.listing_id, change.featured);
      }
    } catch (error) {
      problem(error);
    } finally {
      setBusy(null);
    }
  };

  const keyed = useRef<(event: KeyboardEvent) => void>(() => undefined);
  keyed.current = (event) => {
    // A key that a sleeve leans on must not switch a piece on and off on everybody's screen.
    if (closed || event.repeat || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || document.querySelector("dialog[open]")) return;
    const item = pieceForKey(event.key, shown);
    if (item && item.state !== "sold") void feature(item);
  };
  useEffect(() => {
    const listener = (event: KeyboardEvent) => keyed.current(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);

  const move = (id: string, to: number) => {
    const ids = shown.map((item) => item.listing_id);
    lineupApi.order(showId, moved(ids, id, to)).catch(problem);
  };

  return (
    <section class="editor" aria-label={t("Lineup")}>
      <header class="editor__head">
        <h2>
          {t("Lineup")} <span class="quiet">{lineup.length}</span>
        </h2>
        {!closed && (
          <Button kind="strong" data-testid="add-pieces" onClick={() => setFinding(true)}>
            <PlusIcon size={20} /> {t("Add pieces")}
          </Button>
        )}
      </header>
      {lineup.length === 0 && (
        <p class="quiet">
          {closed ? t("Nothing was listed.") : t("Empty so far. Add pieces from your closet, or from anybody who lets others feature theirs.")}
        </p>
      )}
      <ul class="editor__list">
        {shown.map((item, index) => (
          <li
            key={item.listing_id}
            class={`piece${item.featured && !closed ? " piece--featured" : ""}${item.state === "sold" ? " piece--sold" : ""}`}
            draggable={!closed}
            onDragStart={() => setDragged(item.listing_id)}
            onDragEnd={() => setDragged(null)}
            onDragOver={(event) => dragged !== null && event.preventDefault()}
            onDrop={() => dragged !== null && dragged !== item.listing_id && move(dragged, index)}
          >
            <span class="piece__photo">{item.photo ? <img src={item.photo} alt="" loading="lazy" draggable={false} /> : "♢"}</span>
            <div class="piece__words">
              <span class="piece__title" dir="auto">
                {index < 9 && !closed && item.state !== "sold" && <kbd aria-hidden="true">{index + 1}</kbd>} {item.title}
              </span>
              <span class="piece__price">{money(item.price, item.currency)}</span>
              <span class="piece__facts">{inARow(item.size, `@${item.seller.handle}`, standing(item))}</span>
            </div>
            {!closed && (
              <div class="piece__acts">
                <button
                  type="button"
                  class={`piece__feature${item.featured ? " piece__feature--on" : ""}`}
                  data-testid={`feature-${item.listing_id}`}
                  aria-pressed={item.featured}
                  aria-label={t("Feature {title}", { title: item.title })}
                  disabled={item.state === "sold" && !item.featured}
                  aria-busy={busy === item.listing_id}
                  onClick={() => void feature(item)}
                >
                  {item.featured ? t("On screen") : item.state === "sold" ? t("Sold") : t("Feature")}
                </button>
                <span class="piece__small" hidden={item.state === "sold"}>
                  <button type="button" aria-label={t("Move {title} up", { title: item.title })} disabled={index === 0} onClick={() => move(item.listing_id, index - 1)}>
                    ↑
                  </button>
                  <button
                    type="button"
                    aria-label={t("Move {title} down", { title: item.title })}
                    disabled={index === shown.length - 1}
                    onClick={() => move(item.listing_id, index + 1)}
                  >
                    ↓
                  </button>
                  <button
                    type="button"
                    aria-label={t("Take {title} out of the lineup", { title: item.title })}
                    onClick={() => lineupApi.remove(showId, item.listing_id).catch(problem)}
                  >
                    <CloseIcon size={16} />
                  </button>
                </span>
              </div>
            )}
          </li>
        ))}
      </ul>
      {!closed && lineup.length > 1 && (
        <Switch
          label={t("Show up to three at once")}
          hint={t("Otherwise each piece takes the place of the one before. Keys 1 to 9 feature, too.")}
          checked={several}
          onChange={setSeveral}
        />
      )}
      <Finder
        open={finding}
        onClose={() => setFinding(false)}
        showId={showId}
        hostHandle={hostHandle}
        chosen={new Set(lineup.map((item) => item.listing_id))}
      />
    </section>
  );
}

function standing(item: LineupItem): string {
  if (item.state === "sold") return t("sold");
  if (item.state === "held") return t("on hold");
  return t("{count, plural, one {# left} other {# left}}", { count: item.left });
}
