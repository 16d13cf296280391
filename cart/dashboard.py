"""The seller's dashboard: today, the last weeks, show by show, and the moments that sold most. Read anew at every look, so it
is live during a show."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from cart import dashboard_store
from hosts.database import Database
from hosts.database_time import read_now_ms
from hosts.people import Person, people_by_id

DAYS = 28
DAY_MS = 86_400_000
SHOWS = 12
MOMENTS = 5


class Takings(msgspec.Struct, frozen=True):
    """Pieces sold in one currency and what their buyers paid for them, without shipping."""

    currency: str
    sold: int
    revenue: int


class Today(msgspec.Struct, frozen=True):
    """``claims``: pieces put on hold; ``to_ship``: parcels that wait, of today or not."""

    takings: list[Takings]
    buyers: int
    claims: int
    to_ship: int


class Day(msgspec.Struct, frozen=True):
    """``day``: its beginning, Unix ms."""

    day: int
    takings: list[Takings]


class ShowFigures(msgspec.Struct, frozen=True):
    """A show of one's own (all that it sold), or of somebody else with one's pieces (those). ``conversion``: sold pieces per
    claim, in hundredths; null without a claim."""

    show_id: str
    title: str
    host: Person
    state: str
    starts_at: int
    pieces: int
    claims: int
    sold: int
    conversion: int | None
    takings: list[Takings]


class Moment(msgspec.Struct, frozen=True):
    """Half a minute of a show: ``at`` its show clock in ms, ``title`` of one piece that was sold in it."""

    show_id: str
    show: str
    at: int
    title: str
    sold: int
    revenue: int
    currency: str


class Dashboard(msgspec.Struct, frozen=True):
    now: int
    today: Today
    days: list[Day]
    shows: list[ShowFigures]
    moments: list[Moment]


class Dashboards:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def view(self, seller_id: str, offset_minutes: int) -> Dashboard:
        """``offset_minutes``: of the seller's clock east of UTC, for where a day begins."""
        shift = offset_minutes * 60_000
        async with self._database.reading() as connection:
            now = await read_now_ms(connection)
            today = (now + shift) // DAY_MS
            start = today * DAY_MS - shift
            by_day: dict[int, list[Takings]] = {}
            for row in await dashboard_store.sales_by_day(connection, seller_id, start - (DAYS - 1) * DAY_MS, shift):
                by_day.setdefault(int(row["day"]), []).append(_takings(row))
            figures = Today(
                takings=by_day.get(today, []),
                buyers=await dashboard_store.buyers_since(connection, seller_id, start),
                claims=await dashboard_store.claims_since(connection, seller_id, start),
                to_ship=await dashboard_store.waiting(connection, seller_id),
            )
            shows = await dashboard_store.shows_of(connection, seller_id, SHOWS)
            ids = [row["show_id"] for row in shows]
            persons = await people_by_id(connection, {row["host_id"] for row in shows})
            pieces = await dashboard_store.show_pieces(connection, seller_id, ids)
            claims = await dashboard_store.show_claims(connection, seller_id, ids)
            sales: dict[str, list[Takings]] = {}
            for row in await dashboard_store.show_sales(connection, seller_id, ids):
                sales.setdefault(row["show_id"], []).append(_takings(row))
            best = await dashboard_store.moments(connection, seller_id, ids, MOMENTS)
        titles = {row["show_id"]: row["title"] for row in shows}
        return Dashboard(
            now=now,
            today=figures,
            days=[Day(day * DAY_MS - shift, by_day.get(day, [])) for day in range(today - DAYS + 1, today + 1)],
            shows=[
                ShowFigures(
                    row["show_id"],
                    row["title"],
                    persons[row["host_id"]],
                    row["state"],
                    row["starts_at"],
                    pieces.get(row["show_id"], 0),
                    claims.get(row["show_id"], 0),
                    sold,
                    sold * 100 // claims[row["show_id"]] if claims.get(row["show_id"]) else None,
                    sales.get(row["show_id"], []),
                )
                for row in shows
                for sold in [sum(part.sold for part in sales.get(row["show_id"], []))]
            ],
            moments=[
                Moment(
                    row["show_id"],
                    titles[row["show_id"]],
                    int(row["at"]),
                    row["title"],
                    int(row["sold"]),
                    int(row["revenue"]),
                    row["currency"],
                )
                for row in best
            ],
        )


def _takings(row: sa.RowMapping) -> Takings:

    return Takings(row["currency"], int(row["sold"]), int(row["revenue"]))
