"""Payout statements: what the books say that somebody is owed, per month and currency, and every line of it as CSV."""

from __future__ import annotations

import csv
import io
import logging
from collections import Counter
from datetime import UTC, datetime

import msgspec

from cart import ledger_store
from cart.errors import InvalidCheckout
from hosts.database import Database
from hosts.database_time import read_now_ms

logger = logging.getLogger(__name__)

ROWS_MOST = 100_000  # of one statement: a seller of a thousand pieces a month for eight years
CHECK_SECONDS = 24 * 3600.0
COLUMNS = ("time_utc", "order", "parcel", "what", "piece", "show", "amount", "currency")
WORDS = {
    "sale": "sale, after fee and credit",
    "credit": "credit for featuring",
    "shipping": "shipping",
    "subsidy": "shipping paid by the shop",
    "refund": "refund",
    "dispute": "dispute",
}


class Statement(msgspec.Struct, frozen=True):
    """One currency of one month: what came in and went out by reason, and what is left. ``month`` like "2026-11"."""

    month: str
    currency: str
    sales: int
    credits: int
    shipping: int
    refunds: int
    total: int


class Books:
    """Looks after the ledger; ``check`` is for a keeper."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.counters: Counter[str] = Counter({"ledger_checks": 0, "ledger_problems_now": 0})

    async def statements(self, account_id: str) -> list[Statement]:
        """The newest month first."""
        async with self._database.reading() as connection:
            now = await read_now_ms(connection)
            rows = await ledger_store.statement(connection, account_id, 0, now + 1, None, ROWS_MOST)
        sums: dict[tuple[str, str], Counter[str]] = {}
        for row in rows:
            month = datetime.fromtimestamp(row.created_at / 1000, UTC).strftime("%Y-%m")
            sums.setdefault((month, row.currency), Counter())[row.reason] += row.amount
        return [
            Statement(
                month=month,
                currency=currency,
                sales=found["sale"],
                credits=found["credit"],
                shipping=found["shipping"],
                refunds=found["refund"] + found["subsidy"] + found["dispute"],
                total=found.total(),
            )
            for (month, currency), found in sorted(sums.items(), reverse=True)
        ]

    async def csv(self, account_id: str, month: str, currency: str) -> str:
        """Every line of one month and currency, oldest first, with a sum at the end (RFC 4180). Raises: InvalidCheckout."""
        start, end = month_bounds(month)
        async with self._database.reading() as connection:
            rows = await ledger_store.statement(connection, account_id, start, end, currency, ROWS_MOST)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow(
                (
                    datetime.fromtimestamp(row.created_at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S"),
                    row.order_id,
                    row.parcel_id or "",
                    WORDS.get(row.reason, row.reason),
                    harmless(row.title or ""),
                    row.show_id or "",
                    decimal(row.amount),
                    row.currency,
                )
            )
        writer.writerow(("", "", "", "total", "", "", decimal(sum(row.amount for row in rows)), currency))
        return text.getvalue()

    async def check(self) -> float:
        """Whether everything adds up; what does not is logged and counted. Returns the seconds until the next check."""
        async with self._database.reading() as connection:
            found = await ledger_store.problems(connection)
        for problem in found:
            logger.error("the books: %s", problem)
        self.counters["ledger_checks"] += 1
        self.counters["ledger_problems_now"] = len(found)
        return CHECK_SECONDS


def month_bounds(month: str) -> tuple[int, int]:
    """(first ms, first ms of the next month) in UTC of "2026-11". Raises: InvalidCheckout."""
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    except ValueError:
        raise InvalidCheckout("Give the month like 2026-11.", code="invalid_month", field="month") from None
    return int(first.timestamp() * 1000), int(following.timestamp() * 1000)


def decimal(minor: int) -> str:
    """Minor units as a plain decimal: all currencies here have two places."""
    sign, whole = "-" if minor < 0 else "", abs(minor)
    return f"{sign}{whole // 100}.{whole % 100:02}"


def harmless(text: str) -> str:
    """A cell that a spreadsheet takes for text even when it begins like a formula (OWASP: CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
