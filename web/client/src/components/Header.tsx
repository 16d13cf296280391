import { useState } from "preact/hooks";
import { go, place, signInLink } from "../navigation";
import { bagCount } from "../state/bag";
import { me } from "../state/session";
import { pieces } from "../words";
import { Avatar } from "./Avatar";
import { BagIcon, BoxIcon, CameraIcon, HangerIcon, HomeIcon, PersonIcon, SearchIcon } from "./icons";
import "./header.css";

/** The bag with how many pieces wait in it. */
export function BagLink({ class: extra = "header__icon" }: { class?: string }) {
  const held = bagCount.value;
  return (
    <a class={extra} href="/cart" aria-label={held ? `Bag, ${pieces(held, "piece", "pieces")} on hold` : "Bag, empty"}>
      <BagIcon />
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
        aria-label="Search all closets"
        placeholder="Search all closets"
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
          <a class="header__brand" href="/" aria-label="Closetcast, discover">
            <HangerIcon size={26} />
            <span>Closetcast</span>
          </a>
          <SearchBox />
          <nav class="header__nav" aria-label="Main">
            <a href="/studio" aria-current={current("/studio")}>
              My shows
            </a>
            <a href="/orders" aria-current={current("/orders")}>
              Orders
            </a>
          </nav>
          <BagLink />
          {account ? (
            <a class="header__me" href={closet} aria-label={`Your closet, ${account.name}`} aria-current={current(closet)}>
              <Avatar person={account} size={36} />
            </a>
          ) : (
            account === null && (
              <a class="button button--strong header__signin" href={signInLink()}>
                Sign in
              </a>
            )
          )}
        </div>
      </header>
      <nav class="bottom-bar" aria-label="Main">
        <a href="/" aria-current={current("/")}>
          <HomeIcon />
          Discover
        </a>
        <a href="/search" aria-current={current("/search")}>
          <SearchIcon />
          Search
        </a>
        <a href="/studio" aria-current={current("/studio")}>
          <CameraIcon />
          My shows
        </a>
        <a href="/orders" aria-current={current("/orders")}>
          <BoxIcon />
          Orders
        </a>
        <a href={closet} aria-current={current(closet)}>
          {account ? <HangerIcon /> : <PersonIcon />}
          {account ? "Closet" : "Sign in"}
        </a>
      </nav>
    </>
  );
}
