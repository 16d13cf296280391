import { ShareIcon } from "../../components/icons";
import { toast } from "../../state/toasts";
import { t } from "../../i18n";

interface Props {
  title: string;
  /** Path of the page to share, on this site. */
  path: string;
  class: string;
  /** Beside the icon; without it the icon stands alone. */
  children?: string;
}

/** The phone's own share sheet where there is one, else the link is copied. */
export function ShareButton({ title, path, class: look, children }: Props) {
  const share = async () => {
    const url = new URL(path, location.origin).href;
    try {
      if (navigator.share) await navigator.share({ title, url });
      else {
        await navigator.clipboard.writeText(url);
        toast(t("The link is copied."), "good");
      }
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) toast(t("The link of this show: {url}", { url }));
    }
  };
  return (
    <button type="button" class={look} aria-label={children ? undefined : t("Share this show")} onClick={() => void share()}>
      <ShareIcon size={20} />
      {children}
    </button>
  );
}
