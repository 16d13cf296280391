import { useEffect } from "preact/hooks";

/** Name the page for the tab and for those who listen. */
export function useTitle(title: string | null | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Closetcast` : "Closetcast";
  }, [title]);
}
