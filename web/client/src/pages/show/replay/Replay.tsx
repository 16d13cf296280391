/** A show that is over, as it was: picture, cards, prices, stock and chat, and what is left to be bought. */

import { useEffect, useMemo, useState } from "preact/hooks";

import type { ReplayInfo } from "../../../api/replay";
import { PauseIcon, PlayIcon } from "../../../components/icons";
import { t } from "../../../i18n";
import type { Channel } from "../../../live/channel";
import { cueAt, cues } from "../../../media/web_vtt";
import { showMoment } from "../../../words";
import { CaptionButton, CaptionLine, useRecordedCaptions, useWantsCaptions } from "../Captions";
import { ChatList } from "../ChatList";
import { ShareButton } from "../ShareButton";
import { BagButton, Paying, Refusal, SideList } from "../ShopParts";
import { ShowTop } from "../ShowTop";
import { SoundTool } from "../SoundTool";
import type { Person } from "../../../live/wire";
import { useBuying } from "../useBuying";
import { WIDE, useMedia } from "../useScreen";
import { ClipCutter } from "../clips/ClipCutter";
import { FeatureIndex } from "./FeatureIndex";
import { PastCard } from "./PastCard";
import { Scrubber, type Still } from "./Scrubber";
import { featureAt } from "./log";
import { useReplay } from "./useReplay";
import "./replay.css";

interface Props {
  showId: string;
  title: string;
  host: Person;
  following: boolean;
  channel: Channel;
  info: ReplayInfo;
  startAt: number | null;
  signIn: () => void;
}

export function Replay({ showId, title, host, following, channel, info, startAt, signIn }: Props) {
  const replay = useReplay(showId, channel, info.playlist, startAt ?? info.starts_ms);
  const buying = useBuying(showId, channel);
  const wide = useMedia(WIDE);
  const [indexOpen, setIndexOpen] = useState(false);
  const [readsCaptions, toggleCaptions] = useWantsCaptions();
  const captions = useRecordedCaptions(showId, info.captions, readsCaptions);
  const stills = useStills(info.thumbnails);
  const { room, moment, features, present, seek } = replay;
  const span = replay.span ?? { start: info.starts_ms, end: info.ends_ms };
  const { you } = channel.view;
  const current = featureAt(features, moment);
  const cards = useMemo(() => {
    if (room === null) return [];
    return [...room.featured].reverse().flatMap((id) => room.lineup.find((item) => item.listing_id === id) ?? []);
  }, [room]);
  const jump = (to: number) => {
    seek(to);
    setIndexOpen(false);
  };
  const sellsHere = you.account !== null && features.some((feature) => feature.card.seller.id === you.account?.id);
  const index = <FeatureIndex features={features} current={current} present={present} buying={buying} onSeek={jump} />;

  return (
    <div class="show show--replay" data-state="replay" data-testid="replay" data-moment={Math.round(moment)}>
      <section class="stage" aria-label={t("Video")}>
        <video
          ref={replay.attach}
          class="stage__video"
          data-testid="show-video"
          muted
          playsInline
          poster={info.poster ?? ""}
          onClick={replay.toggle}
        />
        {!replay.playing && (
          <button type="button" class="replay__play" data-testid="replay-play" aria-label={t("Play")} onClick={replay.toggle}>
            <PlayIcon size={36} />
          </button>
        )}
        <div class="stage__tools">
          <SoundTool on={!replay.muted} onToggle={replay.toggleSound} />
          {info.captions.length > 0 && <CaptionButton on={readsCaptions} onToggle={toggleCaptions} />}
        </div>
        {replay.problem && (
          <p class="replay__problem" role="alert">
            {replay.problem}
          </p>
        )}
      </section>

      {readsCaptions && <CaptionLine text={cueAt(captions.cues, moment)} language={captions.language} />}

      <ShowTop
        showId={showId}
        host={host}
        title={title}
        following={following}
        accountId={you.account?.id ?? null}
        role={you.role}
        signIn={signIn}
      >
        <span class="show__viewers">{t("Replay")}</span>
      </ShowTop>

      <section class="show__chat" aria-label={t("Chat")}>
        {room && <ChatList room={room} you={you} outbox={[]} onAct={() => undefined} invitation={t("Nobody has said anything yet.")} />}
        <div class="show__say replay__say">
          <ShareButton class="show__round" title={title} path={`/show/${encodeURIComponent(showId)}?at=${Math.round(moment)}`} />
          {(you.role !== null || sellsHere) && <ClipCutter showId={showId} span={span} moment={moment} feature={current} />}
        </div>
      </section>

      <section class="show__shop" aria-label={t("On screen at this moment")}>
        <Refusal buying={buying} />
        {(wide ? cards : cards.slice(0, 1)).map((item) => (
          <PastCard key={item.listing_id} item={item} present={present.get(item.listing_id) ?? null} buying={buying} />
        ))}
        <div class="replay__controls">
          <button type="button" class="replay__toggle" aria-label={replay.playing ? t("Pause") : t("Play")} onClick={replay.toggle}>
            {replay.playing ? <PauseIcon size={20} /> : <PlayIcon size={20} />}
          </button>
          <Scrubber span={span} moment={moment} features={features} stills={stills} onSeek={seek} />
          <span class="replay__time">
            <bdi data-testid="replay-time">{showMoment(moment)}</bdi> / <bdi>{showMoment(span.end)}</bdi>
          </span>
        </div>
        <div class="show__drawer">
          {!wide && (
            <button type="button" class="show__lineup-button" data-testid="open-index" onClick={() => setIndexOpen(true)}>
              {t("What was shown ({count})", { count: features.length })}
            </button>
          )}
          <BagButton buying={buying} />
        </div>
      </section>

      <SideList wide={wide} title={t("What was shown")} open={indexOpen} onClose={() => setIndexOpen(false)}>
        {index}
      </SideList>

      <Paying buying={buying} onChange={replay.refresh} />
    </div>
  );
}

/** The pictures of the scrubber, as the server lists them. */
function useStills(url: string | null): readonly Still[] {
  const [stills, setStills] = useState<readonly Still[]>([]);
  useEffect(() => {
    if (url === null) return undefined;
    const stop = new AbortController();
    fetch(url, { signal: stop.signal })
      .then((response) => (response.ok ? response.text() : ""))
      .then((text) => setStills(cues(text).map((cue) => ({ at: cue.starts, url: new URL(cue.text.trim(), new URL(url, location.href)).pathname }))))
      .catch(() => undefined);
    return () => stop.abort();
  }, [url]);
  return stills;
}
