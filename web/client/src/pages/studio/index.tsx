/** The studio: where a host prepares a show, goes on air and sells, with both hands full of clothes. */

import { useEffect, useState } from "preact/hooks";

import { ApiError, sentence, shows } from "../../api";
import { useServerNow } from "../../clock";
import { Button, ButtonLink } from "../../components/Button";
import { EmptyState } from "../../components/EmptyState";
import { PageSkeleton } from "../../components/Skeleton";
import { Tabs } from "../../components/Tabs";
import { BackIcon, EyeIcon } from "../../components/icons";
import type { StudioShow } from "../../api/types";
import { NOTHING } from "../../live/selling";
import { health } from "../../media/health";
import { go, signInLink } from "../../navigation";
import type { PageProps } from "../../router";
import { me } from "../../state/session";
import { toast } from "../../state/toasts";
import { useTitle } from "../../title";
import { count, dayAndTime, showMoment } from "../../words";
import { ChatList } from "../show/ChatList";
import { ChatTop } from "../show/ChatTop";
import { Questions } from "./Questions";
import { Composer } from "../show/Composer";
import { ConnectionBanner } from "../show/ConnectionBanner";
import { ShareButton } from "../show/ShareButton";
import { banner } from "../show/banner";
import { OthersReactions } from "../show/reactions/OthersReactions";
import { useChannel } from "../show/useChannel";
import { useModeration } from "../show/useModeration";
import { WIDE, useMedia } from "../show/useScreen";
import { AudiencePanel } from "./AudiencePanel";
import { Celebration } from "./Celebration";
import { Checks } from "./Checks";
import { HoldToEnd } from "./HoldToEnd";
import { LineupEditor } from "./LineupEditor";
import { MediaSwitches } from "./MediaSwitches";
import { Moderators } from "./Moderators";
import { DevicePickers, LevelMeter, Preview } from "./Picture";
import { SellPanel } from "./SellPanel";
import { ClipTools } from "./ClipTools";
import { TrailerPicker } from "./TrailerPicker";
import { openBeside } from "./beside";
import { checklist } from "./checklist";
import { useCaptured } from "./useCaptured";
import { useDevices } from "./useDevices";
import { useAnswerTime, useLevel, useLight, useUpload } from "./useMeasured";
import { useOutgoing } from "./useOutgoing";
import { usePublishing } from "./usePublishing";
import { useShowMedia } from "./useShowMedia";
import { inARow, locale, t } from "../../i18n";
import "../show/chat.css";
import "../show/connection.css";
import "./studio.css";

export default function StudioPage({ params }: PageProps) {
  const showId = params["id"] ?? "";
  const [show, setShow] = useState<StudioShow | null>(null);
  const [error, setError] = useState<unknown>(null);
  const account = me.value;

  useEffect(() => {
    if (!account) return;
    let current = true;
    setError(null);
    shows.studio(showId).then(
      (answer) => current && setShow(answer),
      (problem: unknown) => current && setError(problem),
    );
    return () => {
      current = false;
    };
  }, [showId, account?.id]);

  useEffect(() => {
    // Once open it stays: a host on air is not thrown off because a session ended. The banner offers to sign in again.
    if (account === null && show === null) go(signInLink(), { replace: true });
  }, [account, show === null]);

  if (error) {
    const notMine = error instanceof ApiError && (error.status === 403 || error.status === 404);
    return (
      <EmptyState
        title={notMine ? t("This studio is not yours") : t("The studio did not open")}
        action={notMine ? <ButtonLink href="/studio">{t("Your shows")}</ButtonLink> : <Button onClick={() => location.reload()}>{t("Try again")}</Button>}
      >
        {notMine ? t("Only the host of a show can open its studio.") : sentence(error)}
      </EmptyState>
    );
  }
  return show ? <Studio show={show} /> : <PageSkeleton />;
}

type Panel = "picture" | "lineup" | "chat";

function Studio({ show }: { show: StudioShow }) {
  const showId = show.show_id;
  const channel = useChannel(showId);
  const { view } = channel;
  const state = view.room?.show.state ?? show.state;
  const title = view.room?.show.title ?? show.title;
  const closed = state === "ended" || state === "cancelled";
  const camera = useDevices(!closed);
  const outgoing = useOutgoing(camera.stream);
  const onAir = usePublishing(channel, show, state, outgoing.stream);
  const sending = onAir.state !== "off";
  const { media, own } = useShowMedia(showId, sending, onAir.publishing);
  const { level, loudest } = useLevel(camera.stream);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  useCaptured(showId, channel, video, sending);
  const light = useLight(video, !sending);
  const answer = useAnswerTime(!sending);
  const upload = useUpload(!sending && answer !== null);
  const act = useModeration(channel);
  const wide = useMedia(WIDE);
  const [panel, setPanel] = useState<Panel>("picture");
  const [ending, setEnding] = useState(false);
  const [went, setWent] = useState(false);
  useTitle(t("Studio: {title}", { title }));
  useServerNow(sending ? 1_000 : null);

  // The end comes from the server also when somebody else, or time, ended the show.
  useEffect(() => {
    if (closed) onAir.leave();
  }, [closed]);
  useEffect(() => {
    if (state === "live") setWent(true);
  }, [state]);

  const lineup = view.room?.lineup ?? [];
  const viewers = view.viewers ?? media?.viewers ?? show.viewers;
  const status = health(onAir.state, media, own, onAir.since === null ? 0 : Date.now() - onAir.since);
  const measured = {
    camera: (camera.stream?.getVideoTracks().length ?? 0) > 0,
    trouble: camera.trouble,
    microphone: (camera.stream?.getAudioTracks().length ?? 0) > 0,
    loudest,
    light: camera.stream ? light : null,
    answer,
    upload,
    ready: lineup.filter((item) => item.state !== "sold").length,
  };
  const bits = media?.publication ? media.publication.video_bitrate + media.publication.audio_bitrate : 0;

  // Beside a show on air, as all links: leaving this page would interrupt it. Without an opener the new tab does not inherit
  // that this one is sending, and it does not come back to this studio: two tabs would take the show from each other.
  const signIn = () => (sending ? void window.open(signInLink("/studio"), "_blank", "noopener") : go(signInLink()));

  const end = async () => {
    setEnding(true);
    try {
      await shows.end(showId);
      onAir.leave();
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setEnding(false);
    }
  };

  const picture = (
    <section class="studio__picture" aria-label={t("Your picture")}>
      {closed ? (
        <div class="studio__over">
          <h2>{state === "ended" ? t("That was your show") : t("This show was cancelled")}</h2>
          <p>
            {t("{sold} of {count, plural, one {# piece} other {# pieces}} sold. What is left can still be bought on the show’s page.", {
              sold: lineup.filter((item) => item.state === "sold").length,
              count: lineup.length,
            })}
          </p>
          <p class="row">
            <ButtonLink href="/orders">{t("Parcels to ship")}</ButtonLink>
            <ButtonLink kind="plain" href="/studio">
              {t("Plan the next one")}
            </ButtonLink>
          </p>
        </div>
      ) : (
        <>
          <div class={`studio__frame${state === "live" && sending ? " studio__frame--live" : ""}`}>
            <Preview camera={outgoing.sharing ? { ...camera, stream: outgoing.stream } : camera} onVideo={setVideo} mirrored={!outgoing.sharing} />
            <OthersReactions channel={channel} />
            <Celebration channel={channel} hostId={show.host.id} />
            {onAir.state === "lost" || onAir.state === "repairing" ? (
              <p class="studio__lost" role="alert">
                {status.sentence}
              </p>
            ) : camera.stream && camera.trouble ? (
              <p class="studio__lost" role="alert">
                {camera.trouble}
              </p>
            ) : null}
          </div>
          <LevelMeter level={level} />
          {camera.stream && <MediaSwitches outgoing={outgoing} />}
          <div class="studio__go">
            {sending ? (
              <>
                {/* Above what changes its length: a button must not slip away under a thumb. */}
                <HoldToEnd busy={ending} onEnd={() => void end()} />
                <p class={`studio__health studio__health--${status.level}`} role="status" data-testid="health">
                  {onAir.reason ?? status.sentence}
                </p>
                {onAir.state === "refused" && (
                  <Button kind="plain" wide onClick={onAir.leave}>
                    {t("Start over")}
                  </Button>
                )}
                {bits > 0 && <p class="quiet small studio__bits">{technically(bits, own?.height, media?.publication?.frames_per_second)}</p>}
              </>
            ) : (
              <>
                <Button kind="buy" size="l" wide data-testid="go-live" disabled={!camera.stream} onClick={onAir.goLive}>
                  {state === "interrupted" || (state === "live" && went) ? t("Continue the show") : t("Go live")}
                </Button>
                {(state === "live" || state === "interrupted") && <HoldToEnd busy={ending} onEnd={() => void end()} />}
              </>
            )}
          </div>
          {sending && <AudiencePanel media={media} />}
          {!sending && <Checks checks={checklist(measured)} />}
          <details class="studio__setup">
            <summary>{t("Camera and microphone")}</summary>
            <DevicePickers camera={camera} />
          </details>
        </>
      )}
      {state === "scheduled" && <TrailerPicker showId={showId} host={show.host.handle} has={show.trailer} />}
      {state !== "scheduled" && state !== "cancelled" && (
        <ClipTools showId={showId} live={sending && state === "live"} listingId={view.room?.featured[view.room.featured.length - 1] ?? null} />
      )}
      {!closed && <Moderators showId={showId} first={show} />}
    </section>
  );

  const editor = (
    <>
      <LineupEditor showId={showId} lineup={lineup} featured={view.room?.featured ?? []} hostHandle={show.host.handle} closed={closed} />
      {(state === "live" || state === "interrupted") && (
        <SellPanel
          showId={showId}
          lineup={lineup}
          featured={view.room?.featured ?? []}
          selling={view.room?.selling ?? NOTHING}
          hostId={show.host.id}
        />
      )}
    </>
  );

  const chat = (
    <section class="studio__chat" aria-label={t("Chat")}>
      <h2>{t("Chat")}</h2>
      {view.room && <Questions showId={showId} channel={channel} questions={view.room.questions} />}
      {view.room && <ChatTop channel={channel} room={view.room} you={view.you} />}
      {view.room && (
        <ChatList
          room={view.room}
          you={view.you}
          outbox={view.outbox}
          onAct={act}
          invitation={closed ? t("Nobody said anything.") : t("Viewers’ messages appear here. Share the link to bring them in.")}
        />
      )}
      <Composer channel={channel} you={view.you} show={state} signIn={signIn} />
    </section>
  );

  const showMs = channel.showMs();
  return (
    <div
      class={`studio studio--${state}`}
      data-state={state}
      data-publishing={onAir.state}
      onClickCapture={(event) => openBeside(event, sending)}
    >
      <header class="studio__top">
        <a class="studio__back" href="/studio" aria-label={t("Back to your shows")}>
          <BackIcon />
        </a>
        <h1 class="studio__title" dir="auto">{title}</h1>
        <span class="studio__status">
          {sending && state === "live" ? <span class="studio__live">{t("On air")}</span> : <span class="studio__off">{standing(state, show.starts_at)}</span>}
          {sending && <span class="studio__timer" role="timer">{showMoment(showMs ?? media?.show_ms ?? 0)}</span>}
          {state !== "scheduled" && !closed && (
            <span class="studio__viewers">
              <EyeIcon size={20} />
              <span data-testid="viewer-count" data-viewers={viewers} aria-hidden="true">
                {count(viewers)}
              </span>
              <span class="hidden-visually">{t("{count, plural, one {# person is watching} other {# people are watching}}", { count: viewers })}</span>
            </span>
          )}
          <ShareButton class="button button--plain" title={title} path={`/show/${encodeURIComponent(showId)}`}>
            {t("Share")}
          </ShareButton>
          <a class="button button--quiet studio__see" href={`/show/${encodeURIComponent(showId)}`}>
            {t("See as viewer")}
          </a>
        </span>
      </header>
      <ConnectionBanner banner={banner(view, null, state)} onRejoin={() => channel.rejoin()} onSignIn={signIn} />
      {wide ? (
        <div class="studio__columns">
          <div class="studio__column">{editor}</div>
          <div class="studio__column">{picture}</div>
          <div class="studio__column studio__column--chat">{chat}</div>
        </div>
      ) : (
        <div class="studio__narrow">
          <Tabs
            label={t("Studio")}
            selected={panel}
            onSelect={setPanel}
            tabs={[
              { key: "picture", label: t("Picture"), content: picture },
              { key: "lineup", label: t("Lineup ({count})", { count: lineup.length }), content: editor },
              { key: "chat", label: t("Chat"), content: chat },
            ]}
          />
        </div>
      )}
    </div>
  );
}

function standing(state: StudioShow["state"], startsAt: number): string {
  switch (state) {
    case "scheduled":
      return t("Planned for {when}", { when: dayAndTime(startsAt) });
    case "live":
      return t("On air from another place");
    case "interrupted":
      return t("Paused");
    case "ended":
      return t("Over");
    case "cancelled":
      return t("Cancelled");
  }
}

/** What arrives, for those who want figures. */
function technically(bits: number, lines: number | null | undefined, rate: number | undefined): string {
  const megabits = new Intl.NumberFormat(locale.value, { maximumFractionDigits: 1 }).format(bits / 1_000_000);
  return inARow(
    t("{megabits} Mb/s reach the server", { megabits }),
    lines ? t("{count, plural, one {# line} other {# lines}}", { count: lines }) : null,
    rate !== undefined && t("{count, plural, one {# picture a second} other {# pictures a second}}", { count: Math.round(rate) }),
  );
}
