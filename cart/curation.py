"""Curation: a host features other people's pieces. Who asks whom, what it brought, and thanks that everybody can read."""

from __future__ import annotations

import secrets
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from cart import curation_store, lineup_store, listing_store, parcel_states, quote_store, show_store
from cart.curation_store import RequestRow
from cart.curation_views import (
    Brought,
    CurationRequest,
    FeaturedPiece,
    FeaturingShow,
    Review,
    Standing,
    Thanks,
)
from cart.errors import (
    CurationRefused,
    LineupRefused,
    ListingUnknown,
    ParcelStateError,
    RequestNotFound,
    ShowOver,
    ShowUnknown,
)
from cart.lineups import Lineups
from cart.paging import Page, cursor, page, position
from cart.views import CuratedShow
from hosts import card_store, notices
from hosts.database import Database
from hosts.fields import is_id
from hosts.notices import Kind
from hosts.people import people_by_id
from livestream.timeline import Timeline, Transaction

MAX_NOTE = 500
REQUESTS = 100
SHOWN = 10
Answer = Literal["accepted", "declined", "withdrawn"]


class Curation:
    def __init__(self, timeline: Timeline, database: Database, lineups: Lineups, subsidy: int = 0) -> None:
        self._timeline = timeline
        self._database = database
        self._lineups = lineups
        self._subsidy = subsidy

    async def share(self, listing_id: str, host_id: str, show_id: str | None, note: str) -> CurationRequest:
        """The seller offers a listing to a host. Raises: ListingUnknown, ShowUnknown, CurationRefused."""
        return await self._ask(listing_id, host_id, show_id, note, "seller")

    async def request(self, listing_id: str, host_id: str, show_id: str | None, note: str) -> CurationRequest:
        """A host asks the seller for a listing. Raises: ListingUnknown, ShowUnknown, CurationRefused."""
        return await self._ask(listing_id, host_id, show_id, note, "host")

    async def _ask(
        self, listing_id: str, host_id: str, show_id: str | None, note: str, by: Literal["seller", "host"]
    ) -> CurationRequest:
        text = _note(note)
        async with self._database.writing() as connection:
            facts = await listing_store.listing(connection, listing_id)
            if facts.withdrawn:
                raise ListingUnknown("There is no such listing.")
            if facts.seller_id == host_id:
                raise CurationRefused("Your own pieces need nobody's leave.", code="own_piece")
            if show_id is not None:
                show = await show_store.show(connection, show_id)
                if show.host_id != host_id or show.over:
                    raise CurationRefused("This show is over, or somebody else's.", code="not_your_show")
            await listing_store.lock_listings(connection, [listing_id])
            if await curation_store.open_between(connection, listing_id, host_id):
                raise CurationRefused("This has been asked and waits for an answer.", code="asked_already")
            row = RequestRow(
                secrets.token_urlsafe(12), listing_id, facts.seller_id, host_id, by, show_id, text, "open", 0, None
            )
            await curation_store.ask(connection, row)
            asker, asked = (facts.seller_id, host_id) if by == "seller" else (host_id, facts.seller_id)
            await _tell(connection, Kind.FEATURE_ASKED, row, asked, asker, facts.title)
            found = await curation_store.one(connection, row.request_id)
            assert found is not None
            return (await _views(connection, [found], asker))[0]

    async def requests(self, account_id: str) -> list[CurationRequest]:
        """What somebody asked and was asked, what is open first."""
        async with self._database.reading() as connection:
            return await _views(connection, await curation_store.of(connection, account_id, REQUESTS), account_id)

    async def answer(self, request_id: str, account_id: str, state: Answer, show_id: str | None) -> CurationRequest:
        """The one who was asked accepts or declines; the one who asked withdraws.

        What is accepted with a show is lined up there. A show that was named with the question may be over or full by now: the
        answer stands all the same; one that is named with the answer refuses it.

        The same answer again is fine and changes nothing.

        Raises: RequestNotFound, CurationRefused, and what lining up raises.
        """
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            row = await curation_store.one(connection, request_id) if is_id(request_id) else None
            if row is None or account_id not in (row.seller_id, row.host_id):
                raise RequestNotFound("There is no such request.")
            asker = row.seller_id if row.by == "seller" else row.host_id
            if (account_id == asker) != (state == "withdrawn"):
                raise CurationRefused("The other one has to answer this.", code="not_yours_to_answer")
            wanted = (show_id or row.show_id) if state == "accepted" else row.show_id
            first = await curation_store.answer(connection, request_id, state, wanted)
            found = await curation_store.one(connection, request_id)
            assert found is not None
            if not first and found.state != state:
                raise CurationRefused("This has been answered already.", code="answered")
            if first and state == "accepted":
                await self._accepted(transaction, found, asker, account_id, named=show_id is not None)
            return (await _views(connection, [found], account_id))[0]

    async def _accepted(
        self, transaction: Transaction, row: RequestRow, asker: str, account_id: str, *, named: bool
    ) -> None:
        """``named``: the show came with the answer."""
        connection = transaction.connection
        if row.show_id is not None:
            if (await show_store.show(connection, row.show_id)).host_id != row.host_id:
                raise ShowUnknown("There is no such show.")
            try:
                await self._lineups.add_within(transaction, row.show_id, row.listing_id, row.host_id)
            except (ShowOver, LineupRefused):
                if named:
                    raise
        title = (await listing_store.listing(connection, row.listing_id)).title
        await _tell(connection, Kind.FEATURE_GRANTED, row, asker, account_id, title)

    async def features(self, seller_id: str, after: str | None = None, limit: int = SHOWN) -> Page[FeaturingShow]:
        """Which shows of others had this seller's pieces, and what that brought. Raises: BadCursor."""
        async with self._database.reading() as connection:
            rows = await curation_store.featuring_shows(connection, seller_id, position(after), limit + 1)
            ids = [row["show_id"] for row in rows]
            persons = await people_by_id(connection, {row["host_id"] for row in rows})
            claims = await curation_store.claims(connection, seller_id, ids)
            money = await curation_store.brought(connection, seller_id, ids)
            pieces = await curation_store.pieces_in(connection, seller_id, ids)
            thanked = await curation_store.thanked_shows(connection, seller_id, ids)
        views = [
            FeaturingShow(
                show_id=row["show_id"],
                title=row["title"],
                state=row["state"],
                starts_at=row["starts_at"],
                host=persons[row["host_id"]],
                pieces=[
                    FeaturedPiece(piece["listing_id"], piece["title"], piece["shown_at"], piece["sold_at"])
                    for piece in pieces
                    if piece["show_id"] == row["show_id"]
                ],
                claims=claims.get(row["show_id"], 0),
                brought=[
                    Brought(part["currency"], int(part["sold"]), int(part["revenue"]), int(part["credit"]))
                    for part in money
                    if part["show_id"] == row["show_id"]
                ],
                thanks=thanked.get(row["show_id"]),
            )
            for row in rows
        ]
        return page(views, [cursor(row["starts_at"], row["show_id"]) for row in rows], limit)

    async def thank(self, seller_id: str, show_id: str, text: str) -> None:
        """Thank a host in public; again replaces the words. Raises: ShowUnknown, CurationRefused."""
        words = _note(text)
        async with self._database.writing() as connection:
            show = await show_store.show(connection, show_id)
            mine = await curation_store.pieces_in(connection, seller_id, [show_id])
            if not mine or show.host_id == seller_id:
                raise CurationRefused("None of your pieces was in this show.", code="nothing_to_thank_for")
            if await curation_store.thank(connection, seller_id, show_id, show.host_id, words):
                person = (await people_by_id(connection, [seller_id]))[seller_id]
                await notices.add(
                    connection,
                    Kind.THANKED,
                    [show.host_id],
                    about=f"{seller_id}:{show_id}",
                    path=f"/closet/{person.handle}",
                    title=show.title,
                    name=person.name,
                )

    async def standing(self, account_id: str) -> Standing:
        """What everybody may know of somebody: ratings as a seller, thanks and counts as a curator."""
        async with self._database.reading() as connection:
            rated = await curation_store.ratings(connection, account_id)
            counted = await curation_store.counts(connection, account_id)
            thanks = await curation_store.thanks_to(connection, account_id, SHOWN)
            reviews = await curation_store.reviews(connection, account_id, SHOWN)
            persons = await people_by_id(connection, {row["seller_id"] for row in thanks})
            fresh = await quote_store.without_a_sale(connection, [account_id])
        return Standing(
            ratings=rated.count,
            stars=rated.stars * 100 // rated.count if rated.count else None,
            sold=rated.sold,
            first_sale_shipping=self._subsidy if self._subsidy and account_id in fresh else None,
            curated_pieces=counted.pieces,
            curated_closets=counted.closets,
            curated_shows=counted.shows,
            thanked=counted.thanks,
            thanks=[
                Thanks(
                    persons[row["seller_id"]], CuratedShow(row["show_id"], row["title"]), row["text"], row["created_at"]
                )
                for row in thanks
            ],
            reviews=[Review(row["rating"], row["review"], row["received_at"]) for row in reviews],
        )


async def _tell(connection: AsyncConnection, kind: Kind, row: RequestRow, to: str, by: str, title: str) -> None:
    person = (await people_by_id(connection, [by]))[by]
    await notices.add(
        connection, kind, [to], about=row.request_id, path="/selling?tab=features", title=title, name=person.name
    )


async def _views(connection: AsyncConnection, rows: list[RequestRow], viewer_id: str) -> list[CurationRequest]:
    cards = await card_store.cards(connection, [row.listing_id for row in rows], viewer_id)
    persons = await people_by_id(connection, {one for row in rows for one in (row.seller_id, row.host_id)})
    titles = await show_store.titles(connection, {row.show_id for row in rows if row.show_id})
    lined_up = {
        (place.show_id, place.listing_id)
        for place in await lineup_store.places(connection, [row.listing_id for row in rows])
    }
    return [
        CurationRequest(
            request_id=row.request_id,
            listing=cards[row.listing_id],
            seller=persons[row.seller_id],
            host=persons[row.host_id],
            by="seller" if row.by == "seller" else "host",
            mine=viewer_id == (row.seller_id if row.by == "seller" else row.host_id),
            show=CuratedShow(row.show_id, titles.get(row.show_id, "")) if row.show_id else None,
            note=row.note,
            state=row.state,
            lined_up=any(listing == row.listing_id and show == row.show_id for show, listing in lined_up),
            created_at=row.created_at,
        )
        for row in rows
        if row.listing_id in cards
    ]


def _note(raw: str) -> str:
    try:
        return parcel_states.note(raw, MAX_NOTE)
    except ParcelStateError as error:
        raise CurationRefused(error.message, code="invalid_note") from None
