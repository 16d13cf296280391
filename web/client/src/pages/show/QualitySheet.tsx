import { useEffect, useState } from "preact/hooks";

import { Sheet } from "../../components/Sheet";
import type { Layer, Offered } from "../../media/layers";
import type { Picture } from "./useWatching";
import { t } from "../../i18n";
import "./quality.css";

/** The viewer's own choice of quality. The server's choice follows the network and the size of the screen; most people leave it. */
export function QualitySheet({ open, onClose, picture }: { open: boolean; onClose: () => void; picture: Picture }) {
  const [offered, setOffered] = useState<Offered | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!open) return undefined;
    let current = true;
    setFailed(false);
    void picture.offered().then((answer) => {
      if (!current) return;
      setOffered(answer);
      setFailed(answer === null);
    });
    return () => {
      current = false;
    };
  }, [open, picture.offered]);

  const choose = async (rid: string | null) => {
    const taken = await picture.choose(rid);
    if (!taken) return setFailed(true);
    onClose();
  };
  const layers = [...(offered?.layers ?? [])].reverse();
  const current = offered?.layers.find((layer) => layer.rid === offered.current);

  return (
    <Sheet open={open} onClose={onClose} title={t("Picture quality")}>
      {failed ? (
        <p role="alert">{t("The server did not answer. Try again in a moment.")}</p>
      ) : offered === null ? (
        <p class="quiet">{t("Asking the server…")}</p>
      ) : (
        <ul class="quality" role="radiogroup" aria-label={t("Picture quality")}>
          <Choice
            name={t("Automatic")}
            detail={current?.height ? t("Now {height}p, as your connection and screen need it", { height: lines(current) }) : t("As your connection and screen need it")}
            chosen={offered.chosen === null}
            onChoose={() => void choose(null)}
          />
          {layers.length > 1 &&
            layers.map((layer, place) => (
              <Choice
                key={layer.rid}
                name={place === 0 ? t("Sharpest") : place === layers.length - 1 ? t("Saves data") : t("In between")}
                detail={detail(layer)}
                chosen={offered.chosen === layer.rid}
                onChoose={() => void choose(layer.rid)}
              />
            ))}
          {layers.length < 2 && <li class="quiet">{t("The host sends one quality for everybody.")}</li>}
        </ul>
      )}
    </Sheet>
  );
}

function Choice({ name, detail, chosen, onChoose }: { name: string; detail: string; chosen: boolean; onChoose: () => void }) {
  return (
    <li>
      <button type="button" role="radio" aria-checked={chosen} class="quality__choice" onClick={onChoose}>
        <span class="quality__mark" aria-hidden="true">
          {chosen ? "✓" : ""}
        </span>
        <span class="quality__name">{name}</span>
        <span class="quality__detail">{detail}</span>
      </button>
    </li>
  );
}

/** A phone held upright sends 720 by 1280: people call that 720p too. */
function lines(layer: Layer): number {
  return Math.min(layer.width ?? 0, layer.height ?? 0);
}

function detail(layer: Layer): string {
  const megabits = layer.bitrate / 1_000_000;
  if (!layer.height) return "";
  if (layer.bitrate === 0) return t("{height}p", { height: lines(layer) });
  return t("{height}p, {megabits, number, ::.#} Mb/s", { height: lines(layer), megabits: Math.max(0.1, megabits) });
}
