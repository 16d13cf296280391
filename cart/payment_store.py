"""SQL of payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cart.address import Address
from cart.payment_states import CONFIRM_MS, LEASE_MS, RESERVED_MS, TRANSITIONS, UNSETTLED, State
from cart.quotes import ParcelQuote
from cart.tables import payments
from hosts.database_time import now_ms

# What the key of a reservation begins with; the auction's id follows.
BID = "bid-"  # it stands behind a bid
ASKED = "asked-"  # the bank asks, or has been answered, before the bid is made again
LATE = "late-"  # being authorised for a bid that counts already


@dataclass(frozen=True, slots=True)
class Payment:
    payment_id: str
    account_id: str
    key: str
    amount: int
    currency: str
    state: State
    hold_ids: tuple[str, ...]
    address: Address
    provider: str = "test"
    authorised: int | None = None  # what was reserved ahead, of which ``amount`` is taken
    quote: tuple[ParcelQuote, ...] = ()
    confirmation: str | None = None
    lease_until: int = 0

    @property
    def to_capture(self) -> int | None:
        """What to take of a reservation; None: all that was authorised."""
        return None if self.authorised is None else self.amount

    @property
    def reservation(self) -> bool:
        """Authorised ahead of a sale, and not spent yet."""
        return not self.hold_ids


_MOVE = (
    sa.update(payments)
    .where(payments.c.payment_id == sa.bindparam("payment"), payments.c.state == sa.bindparam("before"))
    .values(state=sa.bindparam("after"))
)


async def begin(connection: AsyncConnection, payment: Payment) -> None:
    now = now_ms()
    await connection.execute(
        sa.insert(payments).values(
            payment_id=payment.payment_id,
            account_id=payment.account_id,
            key=payment.key,
            amount=payment.amount,
            currency=payment.currency,
            state=payment.state,
            hold_ids=msgspec.json.encode(payment.hold_ids).decode(),
            address=msgspec.json.encode(payment.address).decode(),
            created_at=now,
            lease_until=now + (RESERVED_MS if payment.state == "reserved" else LEASE_MS),
            provider=payment.provider,
            authorised=payment.authorised,
            quote=_quote(payment),
        )
    )


async def spend(connection: AsyncConnection, payment: Payment) -> bool:
    """Let a reservation pay for holds: it is ``begun`` with what ``payment`` says. False when it is no longer reserved."""
    spent = await connection.execute(
        sa.update(payments)
        .where(payments.c.payment_id == payment.payment_id, payments.c.state == "reserved")
        .values(
            state="begun",
            key=payment.key,
            amount=payment.amount,
            hold_ids=msgspec.json.encode(payment.hold_ids).decode(),
            quote=_quote(payment),
            lease_until=now_ms() + LEASE_MS,
        )
    )
    return spent.rowcount == 1


async def assign(connection: AsyncConnection, payment_id: str, key: str) -> None:
    """Let a reservation stand behind a bid."""
    await connection.execute(
        sa.update(payments)
        .where(payments.c.payment_id == payment_id, payments.c.state == "reserved")
        .values(key=key, lease_until=now_ms() + RESERVED_MS)
    )


async def reserved_by(connection: AsyncConnection, account_id: str, key: str) -> list[Payment]:
    """Reservations of one person under a key: authorised, or with the bank's question open. The largest first."""
    rows = await connection.execute(
        sa.select(payments)
        .where(payments.c.state.in_(("reserved", "asking")), payments.c.account_id == account_id, payments.c.key == key)
        .order_by(payments.c.amount.desc())
    )
    return [_payment(row) for row in rows.mappings()]


async def refused_late(connection: AsyncConnection) -> list[Payment]:
    """What the bank did not authorise for bids that counted already, and what nobody has looked at yet."""
    rows = await connection.execute(
        sa.select(payments).where(
            payments.c.state.in_(("declined", "voided")),
            payments.c.lease_until > now_ms() - LEASE_MS,  # by the index; see ``seen``
            payments.c.key.startswith(LATE, autoescape=True),
        )
    )
    return [_payment(row) for row in rows.mappings()]


async def seen(connection: AsyncConnection, payment_id: str) -> bool:
    """It has been looked at. False when somebody else was faster."""
    done = await connection.execute(
        sa.update(payments)
        .where(payments.c.payment_id == payment_id, payments.c.key.startswith(LATE, autoescape=True))
        .values(key=f"refused-{payment_id}", lease_until=0)
    )
    return done.rowcount == 1


async def ask(connection: AsyncConnection, payment: Payment, secret: str, until: int) -> bool:
    """The bank's question is open until then. False when somebody else has taken the payment further."""
    asked = await connection.execute(
        sa.update(payments)
        .where(payments.c.payment_id == payment.payment_id, payments.c.state == payment.state)
        .values(state="asking", confirmation=secret, lease_until=until)
    )
    return asked.rowcount == 1


async def confirmed(connection: AsyncConnection, payment: Payment) -> bool:
    """The bank's question was answered with yes: the payment goes on. False when somebody else was faster."""
    reservation = payment.reservation
    key = payment.key
    if key.startswith(LATE):
        key = BID + key.removeprefix(LATE)
    lease = RESERVED_MS if key.startswith(BID) else CONFIRM_MS if reservation else LEASE_MS
    moved = await connection.execute(
        sa.update(payments)
        .where(payments.c.payment_id == payment.payment_id, payments.c.state == "asking")
        .values(state="reserved" if reservation else "begun", key=key, lease_until=now_ms() + lease)
    )
    return moved.rowcount == 1


async def asking(connection: AsyncConnection, account_id: str, key: str | None = None) -> list[Payment]:
    """Payments of one person whose bank's question is open, newest first; ``key``: of this checkout."""
    query = sa.select(payments).where(payments.c.state == "asking", payments.c.lease_until > now_ms())
    query = query.where(payments.c.account_id == account_id).order_by(payments.c.created_at.desc())
    if key is not None:
        query = query.where(payments.c.key == key)
    return [_payment(row) for row in (await connection.execute(query)).mappings()]


async def assigned(connection: AsyncConnection, key: str | None = None) -> list[Payment]:
    """Reservations that stand behind bids: all, or of one auction."""
    known = payments.c.key.startswith(BID, autoescape=True) if key is None else payments.c.key == key
    rows = await connection.execute(sa.select(payments).where(payments.c.state == "reserved", known))
    return [_payment(row) for row in rows.mappings()]


async def payment(connection: AsyncConnection, payment_id: str) -> Payment:
    """Raises: LookupError."""
    row = (await connection.execute(sa.select(payments).where(payments.c.payment_id == payment_id))).mappings().first()
    if row is None:
        raise LookupError(f"there is no payment {payment_id}")
    return _payment(row)


async def overdue(connection: AsyncConnection, limit: int = 100) -> list[Payment]:
    """Unsettled payments that no request works on any more, oldest first."""
    rows = await connection.execute(
        sa.select(payments)
        .where(payments.c.state.in_((*UNSETTLED, "asking", "reserved")), payments.c.lease_until <= now_ms())
        .order_by(payments.c.created_at)
        .limit(limit)
    )
    return [_payment(row) for row in rows.mappings()]


async def end_lease(connection: AsyncConnection, payment_id: str) -> None:
    """Whoever sweeps may settle it now."""
    await connection.execute(
        sa.update(payments)
        .where(payments.c.payment_id == payment_id, payments.c.state.in_(UNSETTLED))
        .values(lease_until=0)
    )


async def end_leases(connection: AsyncConnection) -> None:
    await connection.execute(sa.update(payments).where(payments.c.state.in_(UNSETTLED)).values(lease_until=0))


async def move(connection: AsyncConnection, payment_id: str, before: State, after: State) -> bool:
    """Take a payment one step; False when somebody else was faster."""
    if after not in TRANSITIONS[before]:
        raise ValueError(f"a payment does not go from {before} to {after}")
    moved = await connection.execute(_MOVE, {"payment": payment_id, "before": before, "after": after})
    return moved.rowcount == 1


def _payment(row: sa.RowMapping) -> Payment:
    return Payment(
        payment_id=row["payment_id"],
        account_id=row["account_id"],
        key=row["key"],
        amount=row["amount"],
        currency=row["currency"],
        state=cast(State, row["state"]),
        hold_ids=msgspec.json.decode(row["hold_ids"], type=tuple[str, ...]),
        address=msgspec.json.decode(row["address"], type=Address),
        provider=row["provider"],
        authorised=row["authorised"],
        quote=() if row["quote"] is None else msgspec.json.decode(row["quote"], type=tuple[ParcelQuote, ...]),
        confirmation=row["confirmation"],
        lease_until=row["lease_until"],
    )


def _quote(payment: Payment) -> str | None:
    return msgspec.json.encode(payment.quote).decode() if payment.quote else None
