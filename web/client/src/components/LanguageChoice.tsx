import { useState } from "preact/hooks";
import { language, t } from "../i18n";
import { choose, LANGUAGES, type Language } from "../i18n/language";
import { toast } from "../state/toasts";
import { CheckIcon, GlobeIcon } from "./icons";
import { Sheet } from "./Sheet";
import "./language.css";

/** Every language by its own name; one tap changes the pages at once and for the next visit. */
export function LanguageChoice({ onChosen }: { onChosen?: () => void }) {
  const [coming, setComing] = useState<Language | null>(null);
  const take = async (tag: Language): Promise<void> => {
    setComing(tag);
    try {
      await choose(tag);
      onChosen?.();
    } catch {
      toast(t("The language could not be fetched. Check your connection and try again."), "problem");
    } finally {
      setComing(null);
    }
  };
  return (
    <ul class="languages" aria-label={t("Language")}>
      {LANGUAGES.map(([tag, name]) => {
        const current = language.value === tag;
        return (
          <li key={tag}>
            <button
              type="button"
              class="languages__one"
              lang={tag}
              aria-pressed={current}
              aria-busy={coming === tag}
              data-testid={`language-${tag}`}
              onClick={() => void take(tag)}
            >
              <bdi>{name}</bdi>
              {current && <CheckIcon size={20} />}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** The globe of the header. Its name says "language" also to those who cannot read the present one. */
export function LanguageButton() {
  const [open, setOpen] = useState(false);
  // not translated: the English word
  const english = "Language";
  const named = language.value === "en" ? t("Language") : `${t("Language")}, ${english}`;
  return (
    <>
      <button
        type="button"
        class="header__icon"
        data-testid="language"
        aria-haspopup="dialog"
        aria-label={named}
        onClick={() => setOpen(true)}
      >
        <GlobeIcon />
      </button>
      <Sheet open={open} onClose={() => setOpen(false)} title={t("Language")}>
        <LanguageChoice onChosen={() => setOpen(false)} />
        <p class="languages__more">
          <a href="/settings" onClick={() => setOpen(false)}>
            {t("All settings")}
          </a>
        </p>
      </Sheet>
    </>
  );
}
