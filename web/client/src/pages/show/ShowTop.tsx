import type { ComponentChildren } from "preact";

import { CloseIcon } from "../../components/icons";
import { t } from "../../i18n";
import type { Person } from "../../live/wire";
import { HostChip } from "./HostChip";

interface Props {
  showId: string;
  /** null while it is being read. */
  host: Person | null;
  title: string | undefined;
  /** undefined while it is not known. */
  following: boolean | undefined;
  accountId: string | null;
  role: "host" | "moderator" | null;
  signIn: () => void;
  /** What the show is doing now. */
  children: ComponentChildren;
}

/** Over the picture of a show, live or not: whose it is, what it does, ways to the desk and out. */
export function ShowTop({ showId, host, title, following, accountId, role, signIn, children }: Props) {
  return (
    <header class="show__top">
      {host && (
        <HostChip
          key={following === undefined ? host.id : `${host.id}-loaded`}
          host={host}
          following={following ?? false}
          followable={accountId !== host.id && following !== undefined}
          signedIn={accountId !== null}
          signIn={signIn}
        />
      )}
      <span class="show__status">
        {children}
        {role === "moderator" && (
          <a class="show__studio" data-testid="to-moderate" href={`/moderate/${encodeURIComponent(showId)}`}>
            {t("Moderate")}
          </a>
        )}
        {role === "host" && (
          <a class="show__studio" href={`/studio/${encodeURIComponent(showId)}`}>
            {t("Studio")}
          </a>
        )}
        <a class="show__close" href="/" aria-label={t("Leave the show")}>
          <CloseIcon size={22} />
        </a>
      </span>
      <h1 class="show__title" dir="auto">{title ?? " "}</h1>
    </header>
  );
}
