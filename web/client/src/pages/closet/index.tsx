import { useState } from "preact/hooks";
import { closets, shows, type Closet } from "../../api";
import { replays } from "../../api/replay";
import { useServerNow } from "../../clock";
import { Avatar } from "../../components/Avatar";
import { Button, ButtonLink } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { FollowButton } from "../../components/FollowButton";
import { PlusIcon } from "../../components/icons";
import { ListingEditor } from "../../components/ListingEditor";
import { ListingGrid } from "../../components/ListingCard";
import { LiveDot } from "../../components/LiveDot";
import { useMore } from "../../components/More";
import { ShowCard } from "../../components/ShowCard";
import { CardsSkeleton, PageSkeleton } from "../../components/Skeleton";
import { go } from "../../navigation";
import type { PageProps } from "../../router";
import { useLoad } from "../../state/load";
import { me } from "../../state/session";
import { toast } from "../../state/toasts";
import { useTitle } from "../../title";
import { count } from "../../words";
import { ProfileEditor } from "./ProfileEditor";
import { t } from "../../i18n";
import { SeenLink } from "./SeenLink";
import { StandingPart } from "./StandingPart";
import "./closet.css";

export default function ClosetPage({ params }: PageProps) {
  const handle = params["handle"] ?? "";
  const account = me.value;
  // Asked again when somebody signs in or out: "following" is theirs.
  const closet = useLoad(`${handle} ${account?.id ?? ""}`, () => closets.get(handle));
  const pieces_ = useLoad(handle, () => closets.listings(handle));
  const shown = useLoad(handle, () => replays.closetAppearances(handle));
  const next = useLoad(handle, () => shows.list({ state: "upcoming", host: handle }));
  const { items, button } = useMore(pieces_.value, (after) => closets.listings(handle, after));
  const [editing, setEditing] = useState<"profile" | "listing" | null>(null);
  const now = useServerNow(60_000);
  useTitle(closet.value?.person.name);

  if (closet.missing) {
    return (
      <div class="page">
        <EmptyState title={t("There is no closet with this name")} action={<ButtonLink href="/">{t("Look around")}</ButtonLink>}>
          {t("Its owner may have changed it.")}
        </EmptyState>
      </div>
    );
  }
  if (!closet.value) {
    return closet.problem ? (
      <div class="page">
        <Problem text={closet.problem} onRetry={closet.reload} />
      </div>
    ) : (
      <PageSkeleton />
    );
  }
  const { person } = closet.value;
  const mine = account?.id === person.id;
  const upcoming = next.value?.items ?? [];
  return (
    <div class="page stack stack--wide">
      <Head
        closet={closet.value}
        mine={mine}
        onFollow={(answer) => closet.set((old) => (old ? { ...old, ...answer } : old) as Closet)}
        onEdit={() => setEditing("profile")}
        onAdd={() => setEditing("listing")}
      />

      <StandingPart handle={person.handle} name={person.name} mine={mine} />

      {upcoming.length > 0 && (
        <section class="stack" aria-labelledby="next-shows">
          <h2 id="next-shows">{t("Next shows")}</h2>
          <ul class="strip-shows closet__shows">
            {upcoming.map((show) => (
              <li key={show.show_id}>
                <ShowCard show={show} now={now} />
              </li>
            ))}
          </ul>
        </section>
      )}

      <section class="stack" aria-label={t("Listings")}>
        {pieces_.value === undefined && pieces_.loading && <CardsSkeleton />}
        {pieces_.value === undefined && pieces_.problem && <Problem text={pieces_.problem} onRetry={pieces_.reload} />}
        {pieces_.value && items.length === 0 && (
          <EmptyState
            title={mine ? t("Your closet is empty") : t("Nothing here yet")}
            action={mine ? <Button onClick={() => setEditing("listing")}>{t("Add your first piece")}</Button> : undefined}
          >
            {mine ? t("A few photos, a price and a size are all it takes.") : t("Follow {name} to see what comes.", { name: person.name })}
          </EmptyState>
        )}
        {items.length > 0 && <ListingGrid cards={items} seller={false} label={t("Pieces of {name}", { name: person.name })} below={(card) => <SeenLink seen={shown.value?.items[card.listing_id]} />} />}
        {button}
      </section>

      <ListingEditor
        open={editing === "listing"}
        onClose={() => {
          setEditing(null);
          pieces_.reload();
        }}
        onSaved={(listing) => {
          setEditing(null);
          pieces_.reload();
          closet.reload();
          toast(t("{title} is in your closet.", { title: listing.title }), "good", {
            label: t("See it"),
            run: () => go(`/listing/${encodeURIComponent(listing.listing_id)}`),
          });
        }}
      />
      {editing === "profile" && account && (
        <ProfileEditor
          account={account}
          onClose={() => {
            setEditing(null);
            closet.reload();
          }}
          onSaved={(saved) => {
            setEditing(null);
            if (saved.handle === handle) closet.reload();
            else go(`/closet/${encodeURIComponent(saved.handle)}`, { replace: true });
            toast(t("Saved."), "good");
          }}
        />
      )}
    </div>
  );
}

function Head({
  closet,
  mine,
  onFollow,
  onEdit,
  onAdd,
}: {
  closet: Closet;
  mine: boolean;
  onFollow: (answer: { following: boolean; followers: number }) => void;
  onEdit: () => void;
  onAdd: () => void;
}) {
  const { person, live_show } = closet;
  return (
    <header class="closet">
      <Avatar person={person} size={88} live={live_show !== null} />
      <div class="closet__words">
        <h1 dir="auto">{person.name}</h1>
        <p class="quiet">
          <bdi>@{person.handle}</bdi> · {t("{count, plural, one {# piece} other {# pieces}}", { count: closet.listings })} ·{" "}
          {t("{count, plural, one {{short} follower} other {{short} followers}}", { count: closet.followers, short: count(closet.followers) })}
        </p>
        {closet.bio && <p class="closet__bio" dir="auto">{closet.bio}</p>}
      </div>
      <div class="row closet__acts">
        {live_show !== null && (
          <ButtonLink kind="buy" href={`/show/${encodeURIComponent(live_show)}`}>
            <LiveDot text={t("Live")} /> {t("Watch")}
          </ButtonLink>
        )}
        {mine ? (
          <>
            <Button onClick={onAdd}>
              <PlusIcon size={20} /> {t("Add a listing")}
            </Button>
            <Button kind="plain" onClick={onEdit}>
              {t("Edit profile")}
            </Button>
            <ButtonLink kind="plain" href="/selling">
              {t("Selling")}
            </ButtonLink>
          </>
        ) : (
          <FollowButton handle={person.handle} name={person.name} following={closet.following} onChange={onFollow} />
        )}
      </div>
    </header>
  );
}
