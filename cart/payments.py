"""What the shop asks of a payment provider. Called outside any transaction; ``payment_id`` makes every call repeatable."""

from __future__ import annotations

from typing import Literal, Protocol

from cart.payment_card import PaymentCard

Standing = Literal["unknown", "authorised", "captured", "voided", "declined"]


class PaymentProvider(Protocol):
    async def authorise(self, payment_id: str, amount: int, currency: str, card: PaymentCard) -> None:
        """Reserve ``amount`` minor units on the card. Repeating an authorised payment changes nothing.

        Raises: Declined; also for a payment that was voided before, whether or not it had been authorised.
        """

    async def capture(self, payment_id: str) -> None:
        """Take what was authorised. Repeating changes nothing. Raises: ValueError when it is not authorised."""

    async def void(self, payment_id: str) -> None:
        """Let go of what was authorised, and close the id: a late ``authorise`` of it is declined. Repeating changes
        nothing. Raises: ValueError when it was captured."""

    async def standing(self, payment_id: str) -> Standing:
        """Where the provider sees this payment: asked after a crash."""
