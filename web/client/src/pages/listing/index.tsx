import { useState } from "preact/hooks";
import { listings, sentence, type Listing } from "../../api";
import { PersonLink } from "../../components/Avatar";
import { Button, ButtonLink } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { HeartIcon, ShareIcon } from "../../components/icons";
import { stateWord } from "../../components/ListingCard";
import { ListingEditor } from "../../components/ListingEditor";
import { PhotoCarousel } from "../../components/PhotoCarousel";
import { Sheet } from "../../components/Sheet";
import { PageSkeleton } from "../../components/Skeleton";
import { go } from "../../navigation";
import type { PageProps } from "../../router";
import { useLoad } from "../../state/load";
import { me, requireSignIn } from "../../state/session";
import { ShippingNote } from "../../components/ShippingNote";
import { CurationBox } from "./CurationBox";
import { toast } from "../../state/toasts";
import { useTitle } from "../../title";
import { CATEGORIES, CONDITIONS, count, money } from "../../words";
import { BuyBox } from "./BuyBox";
import { TermsForm } from "./TermsForm";
import { t } from "../../i18n";
import { SeenIn } from "./SeenIn";
import "./listing.css";

export default function ListingPage({ params }: PageProps) {
  const id = params["id"] ?? "";
  // Asked again when somebody signs in or out: "liked" and "mine" are theirs.
  const loaded = useLoad(`${id} ${me.value?.id ?? ""}`, () => listings.get(id));
  const listing = loaded.value;
  useTitle(listing?.title);

  if (loaded.missing) {
    return (
      <div class="page">
        <EmptyState title={t("This piece is gone")} action={<ButtonLink href="/search">{t("Find something like it")}</ButtonLink>}>
          {t("It may have been taken down by its seller.")}
        </EmptyState>
      </div>
    );
  }
  if (!listing) {
    return loaded.problem ? (
      <div class="page">
        <Problem text={loaded.problem} onRetry={loaded.reload} />
      </div>
    ) : (
      <PageSkeleton />
    );
  }
  return <Shown listing={listing} reload={loaded.reload} set={loaded.set} />;
}

function Shown({ listing, reload, set }: { listing: Listing; reload: () => void; set: (listing: Listing) => void }) {
  const category = CATEGORIES.find(([key]) => key === listing.category)?.[1] ?? listing.category;
  const word = stateWord(listing);
  const facts: [string, string][] = [
    [t("Size"), listing.size],
    [t("Brand"), listing.brand],
    [t("Condition"), t(CONDITIONS[listing.condition] ?? listing.condition)],
    [t("Category"), t(category)],
  ];
  return (
    <div class="page listing">
      <div class="listing__photos">
        <PhotoCarousel photos={listing.photos} title={listing.title} />
      </div>
      <div class="listing__words stack">
        <div class="stack stack--tight">
          <h1 dir="auto">{listing.title}</h1>
          <p class="listing__price">
            {money(listing.price, listing.currency)}
            {word && <span class="listing__state">{word}</span>}
          </p>
          {listing.quantity === 1 && listing.state === "available" && <p class="quiet">{t("One of a kind")}</p>}
        </div>
        {!listing.mine && <ShippingNote listingId={listing.listing_id} available={listing.state === "available" && !listing.withdrawn} />}
        <BuyBox listing={listing} onChanged={reload} />
        <CurationBox listing={listing} />
        <div class="row">
          <Like listing={listing} set={set} />
          <Share title={listing.title} />
        </div>
        {listing.mine && <Own listing={listing} set={set} />}
        {listing.mine && !listing.withdrawn && <TermsForm listing={listing} />}
        <PersonLink person={listing.seller} size={48} />
        <SeenIn listingId={listing.listing_id} />
        <dl class="listing__facts">
          {facts
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
        </dl>
        {listing.story && (
          <section aria-label={t("Its story")}>
            <p class="listing__story" dir="auto">{listing.story}</p>
          </section>
        )}
      </div>
    </div>
  );
}

function Like({ listing, set }: { listing: Listing; set: (listing: Listing) => void }) {
  const [busy, setBusy] = useState(false);
  const like = async (): Promise<void> => {
    if (!requireSignIn()) return;
    setBusy(true);
    try {
      set({ ...listing, ...(await listings.like(listing.listing_id, !listing.liked)) });
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button kind="plain" aria-pressed={listing.liked} onClick={() => !busy && void like()}>
      <HeartIcon size={20} filled={listing.liked} />
      <span aria-hidden="true">{count(listing.likes)}</span>
      <span class="hidden-visually">{t("Like, {count, plural, one {# like} other {# likes}} so far", { count: listing.likes })}</span>
    </Button>
  );
}

function Share({ title }: { title: string }) {
  const share = async (): Promise<void> => {
    const url = window.location.href;
    try {
      if ("share" in navigator) await navigator.share({ title, url });
      else throw new TypeError("no share sheet here");
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      try {
        await navigator.clipboard.writeText(url);
        toast(t("The link is copied."), "good");
      } catch {
        toast(t("Copy this link: {url}", { url }));
      }
    }
  };
  return (
    <Button kind="plain" onClick={() => void share()}>
      <ShareIcon size={20} /> {t("Share")}
    </Button>
  );
}

/** What only the seller sees. */
function Own({ listing, set }: { listing: Listing; set: (listing: Listing) => void }) {
  const [open, setOpen] = useState<"edit" | "withdraw" | null>(null);
  const [busy, setBusy] = useState(false);
  const withdraw = async (): Promise<void> => {
    setBusy(true);
    try {
      await listings.withdraw(listing.listing_id);
      toast(t("{title} is no longer in your closet.", { title: listing.title }));
      go(`/closet/${encodeURIComponent(listing.seller.handle)}`, { replace: true });
    } catch (error) {
      toast(sentence(error), "problem");
      setBusy(false);
      setOpen(null);
    }
  };
  return (
    <div class="panel stack stack--tight">
      <p>
        <strong>{t("This piece is yours.")}</strong> {listing.featuring_allowed ? t("Other hosts may feature it.") : t("Only you can feature it.")}
      </p>
      {listing.withdrawn ? (
        <p class="quiet">{t("You have taken it down.")}</p>
      ) : (
        <div class="row">
          <Button onClick={() => setOpen("edit")}>{t("Edit")}</Button>
          <Button kind="danger" onClick={() => setOpen("withdraw")}>
            {t("Take it down")}
          </Button>
        </div>
      )}
      <ListingEditor
        open={open === "edit"}
        listing={listing}
        onClose={() => setOpen(null)}
        onSaved={(saved) => {
          setOpen(null);
          set(saved);
          toast(t("Saved."), "good");
        }}
      />
      <Sheet open={open === "withdraw"} onClose={() => setOpen(null)} title={t("Take it down?")}>
        <div class="stack">
          <p>{t("{title} will leave your closet and every lineup. What was sold stays sold.", { title: listing.title })}</p>
          <div class="row">
            <Button kind="danger" busy={busy} onClick={() => void withdraw()}>
              {t("Take it down")}
            </Button>
            <Button kind="plain" onClick={() => setOpen(null)}>
              {t("Keep it")}
            </Button>
          </div>
        </div>
      </Sheet>
    </div>
  );
}
