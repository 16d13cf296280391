import { useEffect, useState } from "preact/hooks";

import { type ListingCard, closets, lineup, listings, sentence } from "../../api";
import { type CurationRequest, commerce } from "../../api/commerce";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { Sheet } from "../../components/Sheet";
import { useLoad } from "../../state/load";
import { toast } from "../../state/toasts";
import { money } from "../../words";
import { given, isSearch } from "./given";
import { t } from "../../i18n";

interface Props {
  open: boolean;
  onClose: () => void;
  showId: string;
  hostHandle: string;
  /** What is in the lineup already. */
  chosen: ReadonlySet<string>;
}

const TYPING_PAUSE_MS = 180;
const SHOWN_MOST = 40;
const NONE: CurationRequest[] = [];

/** Find pieces in all closets; without words, what sellers have given to this host, one's own closet, and what others offer last. */
export function Finder({ open, onClose, showId, hostHandle, chosen }: Props) {
  return (
    <Sheet wide open={open} onClose={onClose} title={t("Add pieces")}>
      <Search showId={showId} hostHandle={hostHandle} chosen={chosen} />
    </Sheet>
  );
}

function Search({ showId, hostHandle, chosen }: Omit<Props, "open" | "onClose">) {
  const [words, setWords] = useState("");
  const [size, setSize] = useState("");
  const [brand, setBrand] = useState("");
  const [found, setFound] = useState<ListingCard[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [adding, setAdding] = useState<string | null>(null);
  const requests = useLoad("requests", commerce.requests).value?.items ?? NONE;

  useEffect(() => {
    const stop = new AbortController();
    const look = async () => {
      const query = { q: words.trim(), size: size.trim(), brand: brand.trim() };
      const all = await listings.search(
        { ...query, available: true, featurable: true, limit: SHOWN_MOST },
        { signal: stop.signal },
      );
      // What sellers have given to this host and one's own pieces come first, also those that nobody else may feature.
      const own = isSearch(query) ? [] : (await closets.listings(hostHandle)).items.filter((card) => card.state !== "sold");
      const cards = [...given(requests, hostHandle, query), ...own, ...all.items];
      return [...new Map(cards.map((card) => [card.listing_id, card])).values()].slice(0, SHOWN_MOST);
    };
    const timer = setTimeout(() => {
      look().then(
        (cards) => {
          if (stop.signal.aborted) return;
          setFound(cards);
          setProblem(null);
        },
        (error: unknown) => {
          if (!stop.signal.aborted) setProblem(sentence(error));
        },
      );
    }, TYPING_PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [words, size, brand, hostHandle, requests]);

  const add = async (card: ListingCard) => {
    setAdding(card.listing_id);
    try {
      await lineup.add(showId, card.listing_id);
    } catch (error) {
      toast(sentence(error), "problem");
      setProblem(sentence(error));
    } finally {
      setAdding(null);
    }
  };

  return (
    <div class="finder">
      <div class="finder__fields">
        <Field label={t("Search all closets")} type="search" placeholder={t("Wool coat, @lena, vintage…")} value={words} onValue={setWords} data-testid="finder-search" />
        <Field label={t("Size")} value={size} onValue={setSize} />
        <Field label={t("Brand")} value={brand} onValue={setBrand} />
      </div>
      {problem && (
        <p role="alert" class="finder__problem">
          {problem}
        </p>
      )}
      <p class="hidden-visually" role="status">
        {found && t("{count, plural, one {# piece found} other {# pieces found}}", { count: found.length })}
      </p>
      {found?.length === 0 && <p class="quiet">{t("Nothing fits. Try fewer words, or another size.")}</p>}
      <ul class="finder__list">
        {found?.map((card) => {
          const inLineup = chosen.has(card.listing_id);
          return (
            <li key={card.listing_id} class="finder__card">
              <span class="finder__photo">{card.photo ? <img src={card.photo} alt="" loading="lazy" /> : "♢"}</span>
              <span class="finder__words">
                <b>{card.title}</b>
                <span>
                  {money(card.price, card.currency)}
                  {card.size && ` · ${card.size}`}
                </span>
                <span class="quiet small"><bdi>@{card.seller.handle}</bdi></span>
              </span>
              <Button
                kind={inLineup ? "quiet" : "plain"}
                data-testid={`add-${card.listing_id}`}
                disabled={inLineup}
                busy={adding === card.listing_id}
                aria-label={t("Add {title}", { title: card.title })}
                onClick={() => void add(card)}
              >
                {inLineup ? t("In lineup") : t("Add")}
              </Button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
