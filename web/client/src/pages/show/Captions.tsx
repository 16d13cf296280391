import { useCallback, useEffect, useState } from "preact/hooks";

import { CaptionsIcon, CaptionsOffIcon } from "../../components/icons";
import { t } from "../../i18n";
import { language } from "../../i18n/language";
import type { Channel } from "../../live/channel";
import { type Cue, cueAt, cues } from "../../media/web_vtt";
import type { CaptionTrack } from "../../api/replay";
import { StageTool } from "./StageTool";
import "./captions.css";

const WANTED = "closetcast.captions";
const LOOK_EVERY_MS = 200;
/** Captions that came during the show; older ones have been read. */
const KEPT = 50;

/** Whether this person reads captions: kept for the next show. */
export function useWantsCaptions(): [boolean, () => void] {
  const [wanted, setWanted] = useState(() => localStorage.getItem(WANTED) === "yes");
  const toggle = useCallback(
    () =>
      setWanted((before) => {
        localStorage.setItem(WANTED, before ? "no" : "yes");
        return !before;
      }),
    [],
  );
  return [wanted, toggle];
}

/** The reader's own language where there is a track in it, else the first. */
export function preferred(languages: readonly string[]): string | null {
  const own = language.value.split("-")[0];
  return languages.find((one) => one === language.value) ?? languages.find((one) => one.split("-")[0] === own) ?? languages[0] ?? null;
}

/** Captions of a live show, with the picture they belong to. `moment` is the show time on the screen. */
export function useLiveCaptions(channel: Channel, moment: () => number | null): { has: boolean; text: string | null; language: string } {
  const [tracks, setTracks] = useState<Readonly<Record<string, readonly Cue[]>>>({});
  const [text, setText] = useState<string | null>(null);
  useEffect(
    () =>
      channel.onEvent((event) => {
        if (event.kind !== "captioned") return;
        const data = event.data as { language: string; text: string; starts_ms: number; ends_ms: number };
        const cue = { starts: data.starts_ms, ends: data.ends_ms, text: data.text };
        setTracks((before) => ({ ...before, [data.language]: [...(before[data.language] ?? []), cue].slice(-KEPT) }));
      }),
    [channel],
  );
  const chosen = preferred(Object.keys(tracks));
  const track = chosen === null ? undefined : tracks[chosen];
  useEffect(() => {
    if (track === undefined) return undefined;
    const timer = setInterval(() => setText(cueAt(track, moment() ?? channel.showMs() ?? 0)), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [track, moment, channel]);
  return { has: track !== undefined, text, language: chosen ?? "" };
}

/** Captions of a recorded show. */
export function useRecordedCaptions(showId: string, found: readonly CaptionTrack[], wanted: boolean): { cues: readonly Cue[]; language: string } {
  const [read, setRead] = useState<readonly Cue[]>([]);
  const chosen = preferred(found.map((track) => track.language));
  useEffect(() => {
    if (chosen === null || !wanted) return undefined;
    const stop = new AbortController();
    fetch(`/api/shows/${encodeURIComponent(showId)}/captions/${encodeURIComponent(chosen)}.vtt`, { signal: stop.signal })
      .then((response) => (response.ok ? response.text() : ""))
      .then((text) => setRead(cues(text)))
      .catch(() => undefined);
    return () => stop.abort();
  }, [showId, chosen, wanted]);
  return { cues: read, language: chosen ?? "" };
}

/** The words over the picture. */
export function CaptionLine({ text, language: lang }: { text: string | null; language: string }) {
  if (text === null) return null;
  return (
    <p class="captions" data-testid="captions" lang={lang} dir="auto">
      <span>{text}</span>
    </p>
  );
}

export function CaptionButton({ on, onToggle }: { on: boolean; onToggle: () => void }) {
  return (
    <StageTool
      icon={on ? <CaptionsIcon size={20} /> : <CaptionsOffIcon size={20} />}
      word={on ? t("Captions on") : t("Captions off")}
      hook="captions-toggle"
      pressed={on}
      onClick={onToggle}
    />
  );
}
