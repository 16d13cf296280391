import { useState } from "preact/hooks";
import { selling } from "../../api";
import { ButtonLink } from "../../components/Button";
import { EmptyState, Problem } from "../../components/EmptyState";
import { useMore } from "../../components/More";
import { OfferList } from "../../components/offers/OfferList";
import { Skeleton } from "../../components/Skeleton";
import { Tabs } from "../../components/Tabs";
import { place, rewrite, signInLink } from "../../navigation";
import { useLoad } from "../../state/load";
import { me } from "../../state/session";
import { useTitle } from "../../title";
import { Bought } from "./Bought";
import { Featured } from "./Featured";
import "./orders.css";
import { ToShip } from "./ToShip";
import { t } from "../../i18n";

type TabKey = "bought" | "ship" | "featured" | "offers";
const TABS: readonly TabKey[] = ["bought", "ship", "featured", "offers"];

export default function Orders() {
  useTitle(t("Orders"));
  const account = me.value;
  const wanted = place.value.query.get("tab");
  const tab = TABS.find((key) => key === wanted) ?? "bought";
  if (account === undefined) return null;
  if (account === null) {
    return (
      <div class="page page--narrow">
        <h1>{t("Orders")}</h1>
        <EmptyState title={t("Sign in to see your orders")} action={<ButtonLink href={signInLink()}>{t("Sign in")}</ButtonLink>}>
          {t("What you bought, what you have to ship and what your shows sold for others.")}
        </EmptyState>
      </div>
    );
  }
  return (
    <div class="page page--narrow stack">
      <h1>{t("Orders")}</h1>
      <Tabs
        label={t("Orders")}
        selected={tab}
        onSelect={(key) => rewrite(key === "bought" ? "/orders" : `/orders?tab=${key}`)}
        tabs={[
          { key: "bought", label: t("Bought"), content: <BoughtList /> },
          { key: "ship", label: t("To ship"), content: <ShipList /> },
          { key: "featured", label: t("Featured"), content: <FeaturedList /> },
          { key: "offers", label: t("Offers"), content: <OfferList /> },
        ]}
      />
    </div>
  );
}

function Waiting() {
  return (
    <div class="stack" role="group" aria-busy="true" aria-label={t("Loading")}>
      <Skeleton height="140px" />
      <Skeleton height="140px" />
    </div>
  );
}

function BoughtList() {
  const first = useLoad("bought", () => selling.orders());
  const { items, button } = useMore(first.value, (after) => selling.orders(after));
  if (!first.value) return first.problem ? <Problem text={first.problem} onRetry={first.reload} /> : <Waiting />;
  if (items.length === 0) {
    return (
      <EmptyState title={t("Nothing bought yet")} action={<ButtonLink href="/">{t("See who is live")}</ButtonLink>}>
        {t("What you pay for shows up here, with its way to you.")}
      </EmptyState>
    );
  }
  return (
    <div class="stack">
      {items.map((order) => (
        <Bought key={order.order_id} order={order} onChange={first.reload} />
      ))}
      {button}
    </div>
  );
}

function ShipList() {
  const first = useLoad("ship", () => selling.parcels());
  const { items, button } = useMore(first.value, (after) => selling.parcels(after));
  const [changed, setChanged] = useState<Record<string, (typeof items)[number]>>({});
  if (!first.value) return first.problem ? <Problem text={first.problem} onRetry={first.reload} /> : <Waiting />;
  if (items.length === 0) {
    return (
      <EmptyState title={t("Nothing to ship")} action={<ButtonLink href={`/closet/${me.value?.handle ?? ""}`}>{t("Go to my closet")}</ButtonLink>}>
        {t("When one of your pieces is sold, its parcel waits here with the address.")}
      </EmptyState>
    );
  }
  return (
    <div class="stack">
      {items.map((parcel) => (
        <ToShip
          key={parcel.parcel_id}
          parcel={changed[parcel.parcel_id] ?? parcel}
          onChange={(next) => setChanged((old) => ({ ...old, [next.parcel_id]: next }))}
        />
      ))}
      {button}
    </div>
  );
}

function FeaturedList() {
  const first = useLoad("featured", () => selling.curation());
  const { items, button } = useMore(first.value, (after) => selling.curation(after));
  if (!first.value) return first.problem ? <Problem text={first.problem} onRetry={first.reload} /> : <Waiting />;
  if (items.length === 0) {
    return (
      <EmptyState title={t("No thanks yet")} action={<ButtonLink href="/studio">{t("Plan a show")}</ButtonLink>}>
        {t("When a piece from somebody else’s closet sells in your show, you get a share. It is listed here.")}
      </EmptyState>
    );
  }
  return (
    <div class="stack">
      <Featured sales={items} />
      {button}
    </div>
  );
}
