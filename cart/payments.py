"""What the shop asks of a payment provider. Called outside any transaction; the ids are ours and make every call repeatable.

A payment is authorised first (money is reserved), then captured (taken) or voided (let go). Authorising ahead of a sale, as a
bid does, is the same call: what is captured later may be less than what was authorised. Two implementations:
``test_provider`` and ``stripe_provider``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from cart.payment_card import PaymentCard

Standing = Literal["unknown", "asking", "authorised", "captured", "voided", "declined"]
EventKind = Literal["authorised", "captured", "declined", "voided", "refunded", "disputed", "dispute_closed", "other"]


@dataclass(frozen=True, slots=True)
class SavedCard:
    """What a provider keeps of a card and what may be shown of it. ``token`` and ``customer`` are the provider's names."""

    customer: str
    token: str
    brand: str  # "visa", "mastercard", ...; "card" when unknown
    last4: str
    month: int
    year: int


Source = PaymentCard | SavedCard  # what pays: a card just typed, or one that the provider keeps


@dataclass(frozen=True, slots=True)
class Setup:
    """A card about to be saved on the provider's own form: the page finishes it with ``client_secret``."""

    setup_id: str
    client_secret: str


class BankAsks(Exception):
    """The buyer's bank wants the buyer to confirm this payment (3-D Secure). ``secret``: what the page needs for that."""

    def __init__(self, secret: str) -> None:
        super().__init__("the bank asks")
        self.secret = secret


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider knows it. ``ours``: it was begun here, as ``refund_id``. ``failed``: no money arrived."""

    reference: str
    amount: int
    ours: bool
    refund_id: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What a provider tells on its own: late, twice or in any order. ``event_id`` is unique per provider."""

    event_id: str
    kind: EventKind
    payment_id: str
    amount: int = 0  # minor units: of a refund or dispute
    reference: str = ""  # the provider's name of the refund or dispute
    detail: str = ""  # a dispute's reason, or how it ended: "won", "lost"
    provider_payment: str = ""  # the provider's own name of the payment, where it did not send ours


Listener = Callable[[ProviderEvent], Awaitable[None]]


class PaymentProvider(Protocol):
    name: str
    publishable_key: str | None  # of the provider's own card form; None: cards are typed on our pages

    def listen(self, listener: Listener) -> None:
        """Who takes the events of a provider that runs in this process; others send them over HTTP (``read_event``)."""

    async def stop(self) -> None:
        """Close what is open."""

    async def authorise(self, payment_id: str, amount: int, currency: str, source: Source) -> None:
        """Reserve ``amount`` minor units; the buyer is there. Repeating an authorised payment changes nothing.

        Raises: BankAsks, after which ``standing`` says how it went on; Declined, also for a payment that was voided before,
        whether or not it had been authorised; InvalidCard for a typed card where only the provider's form takes them.
        """

    async def capture(self, payment_id: str, amount: int | None = None) -> None:
        """Take what was authorised, or ``amount`` of it and let go of the rest. Repeating changes nothing.

        Raises: ValueError when it is not authorised, or for less.
        """

    async def void(self, payment_id: str) -> None:
        """Let go of what was authorised, and close the id: a late ``authorise`` of it is declined. Repeating changes
        nothing. Raises: ValueError when it was captured."""

    async def refund(self, refund_id: str, payment_id: str, amount: int) -> None:
        """Give back ``amount`` of what was captured; ``refund_id`` once. Raises: ValueError when less is left."""

    async def refunds(self, payment_id: str) -> list[ProviderRefund]:
        """What the provider has given back of a payment, is giving, or could not; also what was begun in its own dashboard."""

    async def standing(self, payment_id: str) -> Standing:
        """Where the provider sees this payment: asked after a crash, and whenever an event says that it changed."""

    async def answer(self, payment_id: str, confirmed: bool) -> None:
        """What the buyer answered on our own pages, where the bank is played there. Raises: InvalidCheckout where it is not."""

    async def customer(self, account_id: str) -> str:
        """The provider's name for a person who saves cards; the same on every call."""

    async def save(self, customer: str, card: PaymentCard) -> SavedCard:
        """Keep a typed card. Raises: Declined, InvalidCard where only the provider's form takes cards."""

    async def begin_setup(self, customer: str) -> Setup | None:
        """Begin to save a card on the provider's form; None where cards are typed on our pages."""

    async def finish_setup(self, setup_id: str, customer: str) -> SavedCard:
        """The card that was saved there. Raises: InvalidCard when none was, or by somebody else."""

    async def forget(self, card: SavedCard) -> None:
        """Drop a saved card. One that is gone already is fine."""

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """An event as it came over HTTP. Raises: WebhookRefused when its signature or its age is wrong."""

    async def payment_of(self, provider_payment: str) -> str | None:
        """Our id of what the provider calls ``provider_payment``."""
