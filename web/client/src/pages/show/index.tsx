/** The show page: what a viewer sees before, during and after a show. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { shows } from "../../api";
import { serverNow } from "../../clock";
import { ButtonLink } from "../../components/Button";
import { EmptyState } from "../../components/EmptyState";
import { EyeIcon } from "../../components/icons";
import { NOTHING } from "../../live/selling";
import { go, signInLink } from "../../navigation";
import type { PageProps } from "../../router";
import { useLoad } from "../../state/load";
import { toast } from "../../state/toasts";
import { useTitle } from "../../title";
import { count } from "../../words";
import { Appeal } from "./Appeal";
import { RemindButton, TrailerVideo } from "./Before";
import { CaptionButton, CaptionLine, useLiveCaptions, useWantsCaptions } from "./Captions";
import { ChatList } from "./ChatList";
import { ChatTop } from "./ChatTop";
import { Composer } from "./Composer";
import { ConnectionBanner } from "./ConnectionBanner";
import { FeaturedCard } from "./FeaturedCard";
import { LineupList } from "./LineupList";
import { LineupStrip } from "./LineupStrip";
import { ShareButton } from "./ShareButton";
import { BagButton, Paying, Refusal, SideList } from "./ShopParts";
import { ShowTop } from "./ShowTop";
import { Stage } from "./Stage";
import { StageNote } from "./StageNote";
import { banner } from "./banner";
import { ReactionButton } from "./reactions/ReactionButton";
import { useReactions } from "./reactions/useReactions";
import { Replay } from "./replay/Replay";
import { sanctionSentence } from "./sanction";
import { SalesNow } from "./sales/SalesNow";
import { SalesContext } from "./sales/context";
import { useBankQuestions } from "./sales/useBankQuestions";
import { useSalesNews } from "./sales/useSalesNews";
import { useBuying } from "./useBuying";
import { useChannel } from "./useChannel";
import { useModeration } from "./useModeration";
import { WIDE, useKeyboard, useMedia } from "./useScreen";
import { useReplayInfo } from "./useReplayInfo";
import { useSeen } from "./useSeen";
import { useWatching } from "./useWatching";
import { t } from "../../i18n";
import "./chat.css";
import "./connection.css";
import "./show.css";

/** As far as the server keeps a show's past for a page whose picture is behind. */
const FURTHEST_BEHIND_MS = 20_000;

export default function ShowPage({ params, query }: PageProps) {
  const showId = params["id"] ?? "";
  const loaded = useLoad(showId, () => shows.get(showId));
  const unread = useRef(false);
  unread.current = loaded.problem !== null;
  const channel = useChannel(showId, FURTHEST_BEHIND_MS);
  const { view } = channel;
  // The picture follows what is so now; everything else what the picture shows.
  const present = view.room?.show.state ?? loaded.value?.state ?? "scheduled";
  const near = useCallback(() => channel.showMs(), [channel]);
  const picture = useWatching(showId, present === "live" || present === "interrupted", present === "live", near);
  const { room, moment } = useSeen(showId, channel, picture, present === "live");
  const state = room?.show.state ?? present;
  const onAir = state === "live";
  const onScreen = room?.featured ?? [];
  const over = state === "ended" || state === "cancelled";
  const replay = useReplayInfo(showId, present === "ended");
  const [readsCaptions, toggleCaptions] = useWantsCaptions();
  const captions = useLiveCaptions(channel, moment);
  const { floats, send: react } = useReactions(channel);
  const buying = useBuying(showId, channel);
  const [bidding, setBidding] = useState<string | null>(null);
  const bank = useBankQuestions(channel.view.you.account?.id ?? null);
  useSalesNews(channel, buying.pay, bank.askBank);
  const act = useModeration(channel);
  const wide = useMedia(WIDE);
  const [lineupOpen, setLineupOpen] = useState(false);
  const [replaying, setReplaying] = useState(false);
  const watched = useRef(false);
  if (present === "live") watched.current = true;
  useKeyboard();
  const title = room?.show.title ?? loaded.value?.title;
  useTitle(title);

  useEffect(() => channel.onJoined(picture.verify), [channel, picture.verify]);

  // A moment of a show on air can be opened once there is a recording.
  const early = present === "live" && momentAsked(query) !== null;
  useEffect(() => {
    if (early) toast(t("This show is still on: that moment can be watched when it is over."));
  }, [early]);

  // What could not be read while the server was away is read now that it answers.
  useEffect(() => channel.onJoined(() => unread.current && loaded.reload()), [channel, loaded.reload]);

  if (loaded.missing || view.closing?.code === 4404) {
    return (
      <EmptyState title={t("There is no such show")} action={<ButtonLink href="/">{t("See what is on")}</ButtonLink>}>
        {t("The link may be old, or a letter got lost on the way.")}
      </EmptyState>
    );
  }

  const signIn = () => go(signInLink());
  const show = room?.show ?? (loaded.value && { ...loaded.value });
  const you = view.you;
  const lineup = room?.lineup ?? [];
  const featured = [...onScreen].reverse().flatMap((id) => lineup.find((item) => item.listing_id === id) ?? []);
  const banned = view.closing?.code === 4403;
  const viewers = view.viewers ?? loaded.value?.viewers ?? 0;
  // Whoever was there when it ended sees first that it is over; who comes later, or asks for it, the replay.
  if (replay !== null && over && show && (replaying || !watched.current)) {
    return (
      <Replay
        showId={showId}
        title={show.title}
        host={show.host}
        following={loaded.value?.following ?? false}
        channel={channel}
        info={replay}
        startAt={momentAsked(query)}
        signIn={signIn}
      />
    );
  }
  const emptyLineup = over ? t("Nothing was listed in this show.") : t("The host has not listed anything yet.");
  const list = <LineupList lineup={lineup} onScreen={onAir ? onScreen : []} buying={buying} empty={emptyLineup} />;

  const running = room?.selling ?? NOTHING;
  return (
    <SalesContext.Provider value={{ showId, selling: running, channel, openBids: setBidding, askBank: bank.askBank }}>
    <div class={`show show--${state}`} data-state={state}>
      <Stage
        picture={picture}
        floats={floats}
        onHeart={() => !banned && react("heart")}
        dimmed={state === "interrupted" || over}
        onAir={onAir}
        poster={loaded.value?.poster ?? null}
        tools={captions.has && <CaptionButton on={readsCaptions} onToggle={toggleCaptions} />}
      >
        {state === "scheduled" && loaded.value?.trailer && <TrailerVideo showId={showId} />}
        {show && (
          <StageNote show={{ ...loaded.value, ...show }} picture={picture} connected={view.link === "open"}>
            {state === "scheduled" && <RemindButton showId={showId} signedIn={you.account !== null} signIn={signIn} />}
            {over && replay !== null && (
              <button type="button" class="remind__button" data-testid="watch-replay" onClick={() => setReplaying(true)}>
                {t("Watch the replay")}
              </button>
            )}
          </StageNote>
        )}
      </Stage>
      {onAir && readsCaptions && <CaptionLine text={captions.text} language={captions.language} />}

      <ShowTop
        showId={showId}
        host={show?.host ?? null}
        title={title}
        following={loaded.value?.following}
        accountId={you.account?.id ?? null}
        role={you.role}
        signIn={signIn}
      >
        {(onAir || state === "interrupted") && (
          <span class={`show__viewers${onAir ? " show__viewers--live" : ""}`}>
            {onAir && t("Live")}
            <EyeIcon size={16} />
            <span data-testid="viewer-count" data-viewers={viewers} aria-hidden="true">
              {count(viewers)}
            </span>
            <span class="hidden-visually">{t("{count, plural, one {# person is watching} other {# people are watching}}", { count: viewers })}</span>
          </span>
        )}
      </ShowTop>

      <ConnectionBanner
        banner={banner(view, onAir ? picture.state : null, state)}
        onRejoin={() => channel.rejoin()}
        onSignIn={signIn}
      />

      <section class="show__chat" aria-label={t("Chat")}>
        {over && !wide && <div class="show__left-over">{list}</div>}
        {room && !banned && !(over && !wide) && <ChatTop channel={channel} room={room} you={you} />}
        {room && !banned && !(over && !wide) && (
          <ChatList
            room={room}
            you={you}
            outbox={view.outbox}
            onAct={act}
            invitation={over ? t("Nobody said anything.") : t("Say hello: the host reads along.")}
          />
        )}
        {banned && you.sanction && (
          <p class="composer__note" role="status">
            {sanctionSentence(you.sanction, serverNow())}
          </p>
        )}
        {banned && <Appeal showId={showId} />}
        <div class="show__say">
          {!banned && <Composer channel={channel} you={you} show={state} signIn={signIn} />}
          {onAir && !banned && <ReactionButton onSend={react} />}
          <ShareButton class="show__round" title={title ?? t("A show")} path={`/show/${encodeURIComponent(showId)}`} />
        </div>
      </section>

      <section class="show__shop" aria-label={t("On screen now")}>
        <Refusal buying={buying} />
        {!banned && <SalesNow lineup={lineup} buying={buying} bidding={bidding} onCloseBids={() => setBidding(null)} />}
        {show &&
          !over &&
          (wide ? featured : featured.slice(0, 1)).map((item) => (
            <FeaturedCard key={item.listing_id} item={item} host={show.host} buying={buying} />
          ))}
        {state === "scheduled" && !wide && featured.length === 0 && <LineupStrip lineup={lineup} onOpen={() => setLineupOpen(true)} />}
        <div class="show__drawer">
          {!wide && !over && (
            <button type="button" class="show__lineup-button" data-testid="open-lineup" onClick={() => setLineupOpen(true)}>
              {lineup.length === 0 ? t("Lineup") : t("{count, plural, one {The one piece} other {All # pieces}}", { count: lineup.length })}
              {featured.length > 1 && ` · ${t("{count, plural, one {# on screen} other {# on screen}}", { count: featured.length })}`}
            </button>
          )}
          <BagButton buying={buying} />
        </div>
      </section>

      <SideList wide={wide} title={t("Lineup")} open={lineupOpen} onClose={() => setLineupOpen(false)}>
        {list}
      </SideList>

      {bank.sheet}
      <Paying buying={buying} />
    </div>
    </SalesContext.Provider>
  );
}

/** The moment that a link asks for: `?at=` in ms of the show clock. */
function momentAsked(query: URLSearchParams): number | null {
  const at = query.get("at");
  return at !== null && /^\d{1,12}$/.test(at) ? Number(at) : null;
}
