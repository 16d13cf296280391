import { useRef, useState } from "preact/hooks";
import type { Photo } from "../api/types";
import { BackIcon, ForwardIcon } from "./icons";
import { ListingPhoto } from "./ListingCard";
import { readingKey, rightToLeft, t } from "../i18n";
import "./carousel.css";

/** A listing's photos: swiped on a phone, by buttons, arrow keys and thumbnails elsewhere. */
export function PhotoCarousel({ photos, title }: { photos: readonly Photo[]; title: string }) {
  const strip = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState(0);
  if (photos.length === 0) return <ListingPhoto photo={null} alt={title} />;

  const show = (wanted: number): void => {
    const next = Math.min(photos.length - 1, Math.max(0, wanted));
    const element = strip.current;
    element?.scrollTo({ left: next * element.clientWidth * (rightToLeft.value ? -1 : 1), behavior: "smooth" });
    setIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const key = readingKey(event.key);
    if (key !== "ArrowRight" && key !== "ArrowLeft") return;
    event.preventDefault();
    show(index + (key === "ArrowRight" ? 1 : -1));
  };
  const onScroll = (): void => {
    const element = strip.current;
    if (element && element.clientWidth > 0) setIndex(Math.abs(Math.round(element.scrollLeft / element.clientWidth)));
  };

  return (
    <section class="carousel" aria-roledescription={t("carousel")} aria-label={t("Photos of {title}", { title })}>
      <div class="carousel__stage">
        <div class="carousel__strip" ref={strip} tabIndex={0} onScroll={onScroll} onKeyDown={onKeyDown} role="group" aria-label={t("Photos")}>
          {photos.map((photo, at) => (
            <img
              key={photo.photo_id}
              src={photo.url}
              alt={t("{title}, photo {number} of {count}", { title, number: at + 1, count: photos.length })}
              loading={at === 0 ? "eager" : "lazy"}
              decoding="async"
            />
          ))}
        </div>
        {photos.length > 1 && (
          <>
            <button type="button" class="carousel__turn carousel__turn--back" aria-label={t("Previous photo")} disabled={index === 0} onClick={() => show(index - 1)}>
              <BackIcon />
            </button>
            <button type="button" class="carousel__turn carousel__turn--on" aria-label={t("Next photo")} disabled={index === photos.length - 1} onClick={() => show(index + 1)}>
              <ForwardIcon />
            </button>
            <span class="carousel__count" aria-hidden="true">
              {index + 1} / {photos.length}
            </span>
          </>
        )}
      </div>
      {photos.length > 1 && (
        <ul class="carousel__thumbs">
          {photos.map((photo, at) => (
            <li key={photo.photo_id}>
              <button type="button" aria-label={t("Photo {number}", { number: at + 1 })} aria-current={at === index ? "true" : undefined} onClick={() => show(at)}>
                <img src={photo.thumb} alt="" loading="lazy" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
