import { useState } from "preact/hooks";
import { go, place, signInLink } from "../navigation";
import { bagCount } from "../state/bag";
import { me } from "../state/session";
import { Avatar } from "./Avatar";
import { Bell } from "./Bell";
import { LanguageButton } from "./LanguageChoice";
import { BagIcon, BoxIcon, CameraIcon, HangerIcon, HomeIcon, PersonIcon, SearchIcon } from "./icons";
import { t } from "../i18n";
import "./header.css";

/** The bag with how many pieces wait in it. */
export function BagLink({ class: extra = "header__icon" }: { class?: string }) {
  const held = bagCount.value;
  return (
    <a class={extra} href="/cart">
      <BagIcon />
      <span class="hidden-visually">
        {held ? t("Bag, {count, plural, one {# piece} other {# pieces}} on hold", { count: held }) : t("Bag, empty")}
      </span>
      {held > 0 && (
        <span class="header__count" aria-hidden="true">
          {held}
        </span>
      )}
    </a>
  );
}

function SearchBox() {
  const here = place.value;
  const asked = here.path === "/search" ? (here.query.get("q") ?? "") : "";
  const [text, setText] = useState<string | null>(null);
  return (
    <form
      class="header__search"
      role="search"
      action="/search"
      onSubmit={(event) => {
        event.preventDefault();
        const q = (text ?? asked).trim();
        setText(null);
        go(q ? `/search?${new URLSearchParams({ q })}` : "/search");
      }}
    >
      <SearchIcon size={20} />
      <input
        type="search"
        name="q"
        aria-label={t("Search all closets")}
        placeholder={t("Search all closets")}
        value={text ?? asked}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}

/** Brand, search, bag and self; on a phone the main ways are in a bar at the thumb. */
export function Header() {
  const account = me.value;
  const path = place.value.path;
  const closet = account ? `/closet/${encodeURIComponent(account.handle)}` : signInLink();
  const current = (to: string): "page" | undefined => (path === to ? "page" : undefined);
  return (
    <>
      <header class="header">
        <div class="header__in">
          <a class="header__brand" href="/" aria-label={t("Closetcast, discover")}>
            <HangerIcon size={26} />
            <span class="header__name">Closetcast</span>
          </a>
          <SearchBox />
          <nav class="header__nav" aria-label={t("Main")}>
            <a href="/studio" aria-current={current("/studio")}>
              {t("My shows")}
            </a>
            <a href="/orders" aria-current={current("/orders")}>
              {t("Orders")}
            </a>
            {account && (
              <a class="header__wide" href="/selling" aria-current={current("/selling")}>
                {t("Selling")}
              </a>
            )}
          </nav>
          <LanguageButton />
          {account && <Bell current={current("/notices")} />}
          <BagLink />
          {account ? (
            <a class="header__me" href={closet} aria-current={current(closet)}>
              <Avatar person={account} size={36} />
              <span class="hidden-visually">{t("Your closet, {name}", { name: account.name })}</span>
            </a>
          ) : (
            account === null && (
              <a class="button button--strong header__signin" href={signInLink()}>
                {t("Sign in")}
              </a>
            )
          )}
        </div>
      </header>
      <nav class="bottom-bar" aria-label={t("Main")}>
        <a href="/" aria-current={current("/")}>
          <HomeIcon />
          {t("Discover")}
        </a>
        <a href="/search" aria-current={current("/search")}>
          <SearchIcon />
          {t("Search")}
        </a>
        <a href="/studio" aria-current={current("/studio")}>
          <CameraIcon />
          {t("My shows")}
        </a>
        <a href="/orders" aria-current={current("/orders")}>
          <BoxIcon />
          {t("Orders")}
        </a>
        <a href={closet} aria-current={current(closet)}>
          {account ? <HangerIcon /> : <PersonIcon />}
          {account ? t("Closet") : t("Sign in")}
        </a>
      </nav>
    </>
  );
}
