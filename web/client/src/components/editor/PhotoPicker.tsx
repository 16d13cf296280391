import { useRef, useState } from "preact/hooks";
import { PHOTO_TYPES } from "../../api/upload";
import { CloseIcon, PlusIcon } from "../icons";
import { addFiles, forget, PHOTOS_MOST, type Picture } from "./photos";
import { t } from "../../i18n";
import "./picker.css";

/** Choose photos with previews; also by dropping them here. The first one is what people see in lists. */
export function PhotoPicker({
  pictures,
  onChange,
  onRemove,
  disabled,
}: {
  pictures: readonly Picture[];
  onChange: (pictures: Picture[]) => void;
  onRemove: (picture: Picture) => void;
  disabled: boolean;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [problems, setProblems] = useState<string[]>([]);
  const add = (files: FileList | null | undefined): void => {
    if (!files || disabled) return;
    const added = addFiles(pictures, [...files]);
    setProblems(added.problems);
    onChange(added.pictures);
  };
  return (
    <fieldset
      class="picker"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        add(event.dataTransfer?.files);
      }}
    >
      <legend class="picker__legend">
        {t("Photos")} <span class="quiet">{t("up to {count}; the first is the cover", { count: PHOTOS_MOST })}</span>
      </legend>
      <ul class="picker__list">
        {pictures.map((picture, at) => (
          <li key={picture.id} class={`picker__item${picture.problem ? " picker__item--problem" : ""}`}>
            <img src={picture.preview} alt={t("Photo {number}", { number: at + 1 })} />
            {picture.share !== null && (
              <progress class="picker__progress" max={1} value={picture.share} aria-label={t("Sending photo {number}", { number: at + 1 })} />
            )}
            <button
              type="button"
              class="picker__remove"
              aria-label={t("Remove photo {number}", { number: at + 1 })}
              disabled={disabled}
              onClick={() => {
                forget(picture);
                onRemove(picture);
                input.current?.focus();
              }}
            >
              <CloseIcon size={18} />
            </button>
          </li>
        ))}
        {pictures.length < PHOTOS_MOST && (
          <li>
            <label class="picker__add">
              <PlusIcon />
              <span>{t("Add photos")}</span>
              <input
                ref={input}
                type="file"
                accept={PHOTO_TYPES.join(",")}
                multiple
                disabled={disabled}
                onChange={(event) => {
                  add(event.currentTarget.files);
                  event.currentTarget.value = "";
                }}
              />
            </label>
          </li>
        )}
      </ul>
      <div role="alert" class="picker__problems">
        {problems.map((problem) => (
          <p key={problem}>{problem}</p>
        ))}
        {pictures.map((picture, at) => picture.problem && <p key={picture.id}>{t("Photo {number}: {problem}", { number: at + 1, problem: picture.problem })}</p>)}
      </div>
    </fieldset>
  );
}
