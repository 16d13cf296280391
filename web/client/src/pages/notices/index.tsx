/** What one was told: the newest first, each leading to its page. Looking at it is reading it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { sentence } from "../../api";
import { notices, type Notice } from "../../api/notices";
import { ButtonLink } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { PageSkeleton } from "../../components/Skeleton";
import { t } from "../../i18n";
import { signInLink } from "../../navigation";
import type { PageProps } from "../../router";
import { newest, unread } from "../../state/bell";
import { me } from "../../state/session";
import { useTitle } from "../../title";
import { dayAndTime } from "../../words";
import { noticeSentence } from "./sentences";
import "./notices.css";

export default function NoticesPage(_: PageProps) {
  useTitle(t("Notices"));
  const [items, setItems] = useState<Notice[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const account = me.value;
  const top = newest.value;
  /** What was new when this page was opened stays marked while it is looked at. */
  const fresh = useRef(new Set<number>());

  const read = async (before: number | null): Promise<void> => {
    try {
      const page = await notices.page(before);
      for (const each of page.items) if (!each.read) fresh.current.add(each.number);
      setItems((known) => (before === null ? page.items : [...(known ?? []), ...page.items]));
      setNext(page.next);
      setProblem(null);
      const first = page.items[0];
      if (before === null && first && page.unread > 0) unread.value = (await notices.read(first.number)).unread;
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  useEffect(() => {
    if (account) void read(null);
  }, [account?.id, top]);

  return (
    <div class="page stack">
      <header class="row row--apart">
        <h1>{t("Notices")}</h1>
        {account && (
          <ButtonLink kind="plain" href="/settings">
            {t("Settings")}
          </ButtonLink>
        )}
      </header>
      {account === null && (
        <EmptyState title={t("Sign in to see your notices")} action={<ButtonLink href={signInLink()}>{t("Sign in")}</ButtonLink>} />
      )}
      {problem && <Problem text={problem} onRetry={() => void read(null)} />}
      {account && items === null && !problem && <PageSkeleton />}
      {items?.length === 0 && (
        <EmptyState title={t("Nothing new")} action={<ButtonLink href="/search">{t("Look around")}</ButtonLink>}>
          {t("Like a piece and hear when it gets cheaper. Follow people and hear when they go live.")}
        </EmptyState>
      )}
      {items && items.length > 0 && (
        <ul class="notices" aria-label={t("Notices")}>
          {items.map((notice) => (
            <li key={notice.number}>
              <a class={`notice${fresh.current.has(notice.number) ? " notice--new" : ""}`} href={notice.path}>
                <span class="notice__words">
                  {fresh.current.has(notice.number) && <span class="notice__new">{t("New")}</span>} {noticeSentence(notice)}
                </span>
                <time class="small quiet" dateTime={new Date(notice.created_at).toISOString()}>
                  {dayAndTime(notice.created_at)}
                </time>
              </a>
            </li>
          ))}
        </ul>
      )}
      {next !== null && (
        <button type="button" class="button button--plain" onClick={() => void read(next)}>
          {t("Show more")}
        </button>
      )}
    </div>
  );
}
