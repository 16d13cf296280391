import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { QualityIcon, WholeIcon } from "../../components/icons";
import { DelayedNote } from "./DelayedNote";
import { QualitySheet } from "./QualitySheet";
import { SoundTool } from "./SoundTool";
import { StageTool } from "./StageTool";
import { Floating } from "./reactions/Floating";
import type { Float } from "./reactions/useReactions";
import { useLongPress } from "./useLongPress";
import type { Picture } from "./useWatching";
import { t } from "../../i18n";

interface Props {
  picture: Picture;
  floats: readonly Float[];
  onHeart: () => void;
  /** Dims and blurs the picture that stayed: the show is paused or over. */
  dimmed: boolean;
  /** Whether sound is a question now. */
  onAir: boolean;
  poster: string | null;
  /** More switches, beside those of the picture itself. */
  tools?: ComponentChildren;
  children: ComponentChildren;
}

/** Two taps closer together than this are a heart. */
const DOUBLE_TAP_MS = 280;

/** The picture. A tap switches the sound, two taps are a heart; both also have buttons. */
export function Stage({ picture, floats, onHeart, dimmed, onAir, poster, tools, children }: Props) {
  const tap = useRef<ReturnType<typeof setTimeout> | null>(null);
  const [whole, setWhole] = useState(false);
  const [landscape, setLandscape] = useState(false);
  useEffect(() => () => clearTimeout(tap.current ?? undefined), []);

  const [choosing, setChoosing] = useState(false);
  const press = useLongPress(() => setChoosing(true));

  const tapped = () => {
    if (press.held()) return;
    if (tap.current !== null) {
      clearTimeout(tap.current);
      tap.current = null;
      return onHeart();
    }
    tap.current = setTimeout(() => {
      tap.current = null;
      picture.toggleSound();
    }, DOUBLE_TAP_MS);
  };

  return (
    <section class={`stage${dimmed ? " stage--dimmed" : ""}${whole ? " stage--whole" : ""}`} aria-label={t("Video")}>
      {poster && !picture.shown && <img class="stage__poster" src={poster} alt="" />}
      <video
        ref={picture.attach}
        class="stage__video"
        data-testid="show-video"
        autoplay
        muted
        playsInline
        onClick={onAir ? tapped : undefined}
        {...(onAir ? press.handlers : {})}
        onResize={(event) => setLandscape(event.currentTarget.videoWidth > event.currentTarget.videoHeight)}
      />
      <Floating floats={floats} />
      {children}
      {onAir && picture.shown && (
        <div class="stage__tools">
          {picture.delayed !== null && <DelayedNote why={picture.delayed} onCatchUp={picture.catchUp} />}
          {picture.soundBlocked ? (
            <button type="button" class="stage__sound" data-testid="sound" onClick={picture.toggleSound}>
              {t("Tap for sound")}
            </button>
          ) : (
            <SoundTool on={picture.sound} onToggle={picture.toggleSound} />
          )}
          {landscape && (
            <StageTool
              class="stage__fit"
              icon={<WholeIcon size={20} />}
              word={whole ? t("Fill the screen") : t("Whole picture")}
              onClick={() => setWhole(!whole)}
            />
          )}
          {tools}
          <StageTool icon={<QualityIcon size={20} />} word={t("Quality")} hook="quality" opens onClick={() => setChoosing(true)} />
        </div>
      )}
      {onAir && picture.soundOnly && (
        <p class="stage__hint" role="status" data-testid="sound-only">
          {t("Your connection carries only the sound now. The picture comes back by itself.")}
        </p>
      )}
      <QualitySheet open={choosing} onClose={() => setChoosing(false)} picture={picture} />
    </section>
  );
}
