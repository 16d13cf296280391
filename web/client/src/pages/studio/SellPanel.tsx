import { useState } from "preact/hooks";

import { sentence } from "../../api";
import { sales } from "../../api/sales";
import { useServerNow } from "../../clock";
import { Button } from "../../components/Button";
import { Field, FormProblem, Select, Switch } from "../../components/Field";
import { t } from "../../i18n";
import type { Giveaway, Selling } from "../../live/selling";
import type { LineupItem } from "../../live/wire";
import { toast } from "../../state/toasts";
import { minutesLeft, money, moneyInput, parseMoney } from "../../words";
import { RULES } from "../show/sales/GiveawayCard";
import "./sell.css";

type Way = "flash" | "auction" | "drop" | "giveaway";

interface Props {
  showId: string;
  lineup: readonly LineupItem[];
  featured: readonly string[];
  selling: Selling;
  hostId: string;
}

/** Start an auction, a flash price, a drop or a giveaway with a piece of the lineup; stop what may be stopped. */
export function SellPanel({ showId, lineup, featured, selling, hostId }: Props) {
  const [way, setWay] = useState<Way>("auction");
  const left = lineup.filter((item) => item.left > 0 && (way !== "giveaway" || item.seller.id === hostId));
  const [chosen, setChosen] = useState<string | null>(null);
  const item = left.find((one) => one.listing_id === chosen) ?? left.find((one) => featured.includes(one.listing_id)) ?? left[0];
  return (
    <section class="sell stack" aria-label={t("Ways to sell")} data-testid="sell-panel">
      <h2>{t("Ways to sell")}</h2>
      <Running showId={showId} selling={selling} lineup={lineup} />
      <Select
        label={t("What to start")}
        value={way}
        data-testid="sell-way"
        onValue={(value) => setWay(value as Way)}
        options={[
          ["auction", t("Auction")],
          ["flash", t("Flash price")],
          ["drop", t("Drop")],
          ["giveaway", t("Giveaway")],
        ]}
      />
      {item === undefined ? (
        <p class="quiet">{way === "giveaway" ? t("Add a piece of your own closet to the lineup first.") : t("Nothing is left to sell in the lineup.")}</p>
      ) : (
        <>
          {way !== "drop" && (
            <Select
              label={t("Which piece")}
              value={item.listing_id}
              data-testid="sell-piece"
              onValue={setChosen}
              options={left.map((one) => [one.listing_id, `${one.title}${one.size ? ` (${one.size})` : ""}`] as const)}
            />
          )}
          {way === "auction" && <AuctionForm key={item.listing_id} showId={showId} item={item} />}
          {way === "flash" && <FlashForm key={item.listing_id} showId={showId} item={item} />}
          {way === "drop" && <DropForm showId={showId} left={left} />}
          {way === "giveaway" && <GiveawayForm showId={showId} item={item} />}
        </>
      )}
    </section>
  );
}

/** Runs one request at a time; its refusal is for the form. */
function useStart(): { busy: boolean; problem: string | null; start: (request: () => Promise<unknown> | string) => Promise<void> } {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const start = async (request: () => Promise<unknown> | string) => {
    if (busy) return;
    const begun = request();
    if (typeof begun === "string") return setProblem(begun);
    setBusy(true);
    setProblem(null);
    try {
      await begun;
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, start };
}

const SECONDS = [15, 30, 60, 120, 300] as const;

function Seconds({ label, value, onValue, zero = false }: { label: string; value: number; onValue: (seconds: number) => void; zero?: boolean }) {
  const choices = zero ? [0, ...SECONDS] : SECONDS;
  return (
    <Select
      label={label}
      value={String(value)}
      onValue={(text) => onValue(Number(text))}
      options={choices.map((seconds) => [String(seconds), t("{count, plural, =0 {at once} one {# second} other {# seconds}}", { count: seconds })] as const)}
    />
  );
}

function AuctionForm({ showId, item }: { showId: string; item: LineupItem }) {
  const [price, setPrice] = useState(moneyInput(item.price, item.currency));
  const [seconds, setSeconds] = useState(60);
  const [sudden, setSudden] = useState(false);
  const { busy, problem, start } = useStart();
  const begin = () => {
    const start_price = parseMoney(price, item.currency);
    if (start_price === null) return t("Type a starting price.");
    return sales.beginAuction(showId, { listing_id: item.listing_id, start_price, seconds, step: 0, sudden_death: sudden });
  };
  return (
    <>
      <Field label={t("Starting price ({currency})", { currency: item.currency })} inputMode="decimal" value={price} data-testid="start-price" onValue={setPrice} />
      <Seconds label={t("Runs for")} value={seconds} onValue={setSeconds} />
      <Switch label={t("Sudden death")} hint={t("The end does not move, and the bids of the last moment stay secret until it.")} checked={sudden} onChange={setSudden} />
      <FormProblem>{problem}</FormProblem>
      <Button kind="strong" wide busy={busy} data-testid="start" onClick={() => void start(begin)}>
        {t("Start the auction")}
      </Button>
      <p class="quiet small">{t("Once somebody has bid it cannot be called off.")}</p>
    </>
  );
}

function FlashForm({ showId, item }: { showId: string; item: LineupItem }) {
  const [percent, setPercent] = useState("20");
  const [seconds, setSeconds] = useState(60);
  const { busy, problem, start } = useStart();
  const off = Number(percent);
  const fine = Number.isInteger(off) && off >= 1 && off <= 95;
  const begin = () =>
    fine
      ? sales.beginFlash(showId, { listing_id: item.listing_id, kind: "percent", off, seconds, per_buyer: 1 })
      : t("Take 1 to 95 percent off.");
  return (
    <>
      <Field
        label={t("Percent off")}
        hint={fine ? t("{price} instead of {was}", { price: money(Math.floor((item.price * (100 - off)) / 100), item.currency), was: money(item.price, item.currency) }) : ""}
        inputMode="numeric"
        value={percent}
        data-testid="percent"
        onValue={setPercent}
      />
      <Seconds label={t("Runs for")} value={seconds} onValue={setSeconds} />
      <FormProblem>{problem}</FormProblem>
      <Button kind="strong" wide busy={busy} data-testid="start" onClick={() => void start(begin)}>
        {t("Start the flash price")}
      </Button>
    </>
  );
}

function DropForm({ showId, left }: { showId: string; left: readonly LineupItem[] }) {
  const [title, setTitle] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [seconds, setSeconds] = useState(30);
  const { busy, problem, start } = useStart();
  const toggle = (id: string) => {
    const others = new Set(chosen);
    if (!others.delete(id)) others.add(id);
    setChosen(others);
  };
  const begin = () => {
    if (title.trim() === "") return t("Give the drop a title.");
    if (chosen.size === 0) return t("Choose at least one piece.");
    return sales.announceDrop(showId, { title, listing_ids: [...chosen], seconds, per_buyer: 1 });
  };
  return (
    <>
      <Field label={t("Title")} value={title} maxLength={80} data-testid="drop-title" onValue={setTitle} />
      <fieldset class="sell__pieces">
        <legend>{t("Pieces, one for each size")}</legend>
        {left.map((item) => (
          <label key={item.listing_id}>
            <input type="checkbox" checked={chosen.has(item.listing_id)} onChange={() => toggle(item.listing_id)} />
            <span dir="auto">
              {item.title}
              {item.size && ` (${item.size})`}
            </span>
          </label>
        ))}
      </fieldset>
      <Seconds label={t("Opens in")} value={seconds} onValue={setSeconds} zero />
      <FormProblem>{problem}</FormProblem>
      <Button kind="strong" wide busy={busy} data-testid="start" onClick={() => void start(begin)}>
        {t("Announce the drop")}
      </Button>
    </>
  );
}

function GiveawayForm({ showId, item }: { showId: string; item: LineupItem }) {
  const [rule, setRule] = useState<Giveaway["rule"]>("everyone");
  const [seconds, setSeconds] = useState(60);
  const { busy, problem, start } = useStart();
  return (
    <>
      <Select
        label={t("Who may enter")}
        value={rule}
        onValue={(value) => setRule(value as Giveaway["rule"])}
        options={[
          ["everyone", t(RULES.everyone)],
          ["followers", t(RULES.followers)],
          ["buyers", t(RULES.buyers)],
        ]}
      />
      <Seconds label={t("Runs for")} value={seconds} onValue={setSeconds} />
      <FormProblem>{problem}</FormProblem>
      <Button kind="strong" wide busy={busy} data-testid="start" onClick={() => void start(() => sales.openGiveaway(showId, { listing_id: item.listing_id, seconds, rule }))}>
        {t("Start the giveaway")}
      </Button>
      <p class="quiet small">{t("The winner is drawn among those who are still there at the end, and pays the shipping.")}</p>
    </>
  );
}

function Running({ showId, selling, lineup }: { showId: string; selling: Selling; lineup: readonly LineupItem[] }) {
  const now = useServerNow(500);
  const title = (id: string) => lineup.find((item) => item.listing_id === id)?.title ?? "";
  const stop = (request: () => Promise<unknown>) => request().catch((error: unknown) => toast(sentence(error), "problem"));
  const auctions = selling.auctions.filter((one) => one.state === "open");
  const flashes = Object.values(selling.flash);
  const giveaways = selling.giveaways.filter((one) => one.state === "open");
  if (auctions.length + flashes.length + giveaways.length + selling.drops.length === 0) return null;
  return (
    <ul class="sell__running" data-testid="running">
      {auctions.map((one) => (
        <li key={one.auction_id}>
          <span dir="auto">
            <b>{t("Auction")}</b> {title(one.listing_id)} · {money(one.price, one.currency)}
            {one.leader && ` · ${one.leader.name}`} · {now < one.ends_at ? minutesLeft(one.ends_at, now) : t("Going…")}
          </span>
          {one.bids === 0 && (
            <Button kind="plain" onClick={() => void stop(() => sales.cancelAuction(showId, one.auction_id))}>
              {t("Call it off")}
            </Button>
          )}
        </li>
      ))}
      {flashes.map((one) => (
        <li key={one.flash_id}>
          <span dir="auto">
            <b>{t("Flash price")}</b> {title(one.listing_id)} · {minutesLeft(one.ends_at, now)}
          </span>
          <Button kind="plain" onClick={() => void stop(() => sales.stopFlash(showId, one.listing_id))}>
            {t("End it")}
          </Button>
        </li>
      ))}
      {selling.drops.map((one) => (
        <li key={one.drop_id}>
          <span dir="auto">
            <b>{t("Drop")}</b> {one.title}
            {now < one.opens_at && ` · ${minutesLeft(one.opens_at, now)}`}
          </span>
          <Button kind="plain" onClick={() => void stop(() => sales.closeDrop(showId, one.drop_id))}>
            {t("End it")}
          </Button>
        </li>
      ))}
      {giveaways.map((one) => (
        <li key={one.giveaway_id}>
          <span dir="auto">
            <b>{t("Giveaway")}</b> {one.title} · {minutesLeft(one.ends_at, now)}
          </span>
        </li>
      ))}
    </ul>
  );
}
