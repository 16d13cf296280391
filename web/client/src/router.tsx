/** Loads and draws the page of the current place; each page is a file of its own, fetched when first visited. */

import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "./components/Button";
import { EmptyState } from "./components/EmptyState";
import { PageSkeleton } from "./components/Skeleton";
import { place } from "./navigation";
import { match, type PageName } from "./routes";
import { t } from "./i18n";

export interface PageProps {
  params: Record<string, string>;
  query: URLSearchParams;
}

interface PageModule {
  default: ComponentType<PageProps>;
}

const FILES = import.meta.glob<PageModule>("./pages/*/index.tsx");
const loaded = new Map<PageName, ComponentType<PageProps>>();

async function load(page: PageName): Promise<ComponentType<PageProps>> {
  const file = FILES[`./pages/${page}/index.tsx`];
  if (!file) throw new Error(`no page ${page}`);
  const component = (await file()).default;
  loaded.set(page, component);
  return component;
}

/** Fetch a page's file before it is needed. */
export function preload(page: PageName): void {
  if (!loaded.has(page)) void load(page).catch(() => {});
}

export function Router() {
  const { path, query, visit } = place.value;
  const { page, params } = match(path);
  const [, draw] = useState(0);
  const [failed, setFailed] = useState<PageName | null>(null);
  const previous = useRef(visit);
  const component = loaded.get(page);

  useEffect(() => {
    if (loaded.has(page)) return;
    let current = true;
    load(page).then(
      () => current && draw((n) => n + 1),
      () => current && setFailed(page),
    );
    return () => {
      current = false;
    };
  }, [page]);

  // After a navigation the reading place of a keyboard or screen reader is the top of the new page.
  useEffect(() => {
    if (!component || previous.current === visit) return;
    previous.current = visit;
    if (!document.querySelector("dialog[open]")) document.getElementById("main")?.focus({ preventScroll: true });
  }, [component, visit]);

  if (failed === page) {
    return (
      <EmptyState title={t("This page did not load")} action={<Button onClick={() => window.location.reload()}>{t("Reload")}</Button>}>
        {t("The connection was lost, or the shop has just been updated. Reloading fetches the page again.")}
      </EmptyState>
    );
  }
  if (!component) return <PageSkeleton />;
  const Page = component;
  return <Page key={path} params={params} query={query} />;
}
