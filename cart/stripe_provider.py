"""Payments by Stripe: PaymentIntents with manual capture, cards saved by SetupIntents on Stripe's own form.

An intent is created first and confirmed in a second request. The first is harmless and, by its idempotency key, always
gives the same intent: so whoever has to let go of a payment whose answer was lost can find it, without searching an index
that lags behind. No card number reaches this server.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import stripe

from cart import stripe_store
from cart.errors import Declined, InvalidCard, InvalidCheckout, WebhookRefused
from cart.payment_card import PaymentCard
from cart.payments import (
    BankAsks,
    EventKind,
    Listener,
    ProviderEvent,
    ProviderRefund,
    SavedCard,
    Setup,
    Source,
    Standing,
)
from hosts.database import Database

logger = logging.getLogger(__name__)
TOLERANCE = 300  # seconds: how old an event's signature may be
SECONDS = 8.0  # for one request; less than what a checkout waits for its two
RETRIES = 1  # after a connection that broke, with the same idempotency key

STANDING: dict[str, Standing] = {
    "requires_action": "asking",
    "requires_capture": "authorised",
    "succeeded": "captured",
    "canceled": "voided",
}
EVENTS: dict[str, EventKind] = {
    "payment_intent.amount_capturable_updated": "authorised",
    "payment_intent.succeeded": "captured",
    "payment_intent.payment_failed": "declined",
    "payment_intent.canceled": "voided",
    "refund.created": "refunded",
    "refund.updated": "refunded",
    "refund.failed": "refunded",
    "charge.refunded": "refunded",
    "charge.dispute.created": "disputed",
    "charge.dispute.closed": "dispute_closed",
}
# What the buyer is told, by Stripe's decline codes; the sentence always says what to do next.
DECLINES = {
    "insufficient_funds": (
        "not_enough_money",
        "The bank says that there is not enough money on this card. Nothing was charged; please try another card. "
        "Your piece stays held meanwhile.",
    ),
    "expired_card": ("expired_card", "This card has expired. Nothing was charged; please use another card."),
    "authentication_required": (
        "authentication_needed",
        "Your bank did not accept this card without a confirmation. Nothing was charged; please pay with another "
        "card, or save this one again. Your piece stays held meanwhile.",
    ),
}
DECLINED = "The bank declined this card. Nothing was charged; please try another card. Your piece stays held meanwhile."


class StripeProvider:
    """Implements ``PaymentProvider``. ``api`` is another address than Stripe's in tests."""

    name = "stripe"

    def __init__(
        self, database: Database, secret_key: str, webhook_secret: str, publishable_key: str, *, api: str | None = None
    ) -> None:
        self._database = database
        self._webhook_secret = webhook_secret
        self.publishable_key: str | None = publishable_key
        self._http = stripe.AIOHTTPClient(timeout=SECONDS)
        self._client = stripe.StripeClient(
            secret_key,
            http_client=self._http,
            max_network_retries=RETRIES,
            base_addresses={"api": api} if api is not None else {},
        )

    def listen(self, listener: Listener) -> None:
        """Stripe sends its events over HTTP (``read_event``)."""

    async def stop(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def authorise(self, payment_id: str, amount: int, currency: str, source: Source) -> None:
        if isinstance(source, PaymentCard):
            raise InvalidCard("Cards are typed on the payment provider's form here.")
        async with self._database.writing() as connection:
            await stripe_store.begin(connection, payment_id, amount, currency, source.customer, closed=False)
        intent_id = await self._intent(payment_id)
        if intent_id is None:
            raise Declined("This payment was cancelled before the bank answered. Nothing was charged.")
        there = await self._client.v1.payment_intents.retrieve_async(intent_id)
        if there.status == "requires_action":
            raise BankAsks(there.client_secret or "")
        if STANDING.get(there.status) in ("authorised", "captured"):
            return
        try:
            confirmed = await self._client.v1.payment_intents.confirm_async(
                intent_id,
                # The buyer is there: a bank that asks gets its answer from Stripe's script on the page.
                {"payment_method": source.token, "use_stripe_sdk": True},
                {"idempotency_key": f"confirm-{payment_id}"},
            )
        except stripe.CardError as error:
            raise _declined(error) from error
        except stripe.InvalidRequestError as error:
            if await self._status(intent_id) == "canceled":
                raise Declined("This payment was cancelled before the bank answered. Nothing was charged.") from error
            raise
        if confirmed.status == "requires_action":
            raise BankAsks(confirmed.client_secret or "")
        if confirmed.status != "requires_capture":
            code, sentence = DECLINES["authentication_required"]
            raise Declined(sentence, code=code)

    async def capture(self, payment_id: str, amount: int | None = None) -> None:
        intent_id = await self._intent(payment_id)
        if intent_id is None:
            raise ValueError("a payment that was voided cannot be captured")
        params: Any = {} if amount is None else {"amount_to_capture": amount}
        try:
            await self._client.v1.payment_intents.capture_async(
                intent_id, params, {"idempotency_key": f"capture-{payment_id}"}
            )
        except stripe.InvalidRequestError as error:
            status = await self._status(intent_id)
            if status != "succeeded":
                raise ValueError(f"a payment that is {status} cannot be captured") from error

    async def void(self, payment_id: str) -> None:
        async with self._database.writing() as connection:
            await stripe_store.begin(connection, payment_id, 0, "", "", closed=True)
            known = await stripe_store.intent(connection, payment_id)
            await stripe_store.close(connection, payment_id)
        if known is None or known.amount == 0:
            return  # Stripe has never heard of it, and never will: it is closed here
        intent_id = known.intent_id or await self._create(known)
        try:
            await self._client.v1.payment_intents.cancel_async(
                intent_id, {}, {"idempotency_key": f"cancel-{payment_id}"}
            )
        except stripe.InvalidRequestError as error:
            status = await self._status(intent_id)
            if status != "canceled":
                raise ValueError(f"a payment that is {status} cannot be voided") from error

    async def refund(self, refund_id: str, payment_id: str, amount: int) -> None:
        async with self._database.reading() as connection:
            known = await stripe_store.intent(connection, payment_id)
        if known is None or known.intent_id is None:
            raise ValueError("a payment that was not captured cannot be refunded")
        params: Any = {
            "payment_intent": known.intent_id,
            "amount": amount,
            "metadata": {"refund_id": refund_id, "payment_id": payment_id},
        }
        try:
            await self._client.v1.refunds.create_async(params, {"idempotency_key": f"refund-{refund_id}"})
        except stripe.InvalidRequestError as error:
            raise ValueError(f"Stripe does not refund this: {error.user_message}") from error

    async def refunds(self, payment_id: str) -> list[ProviderRefund]:
        async with self._database.reading() as connection:
            known = await stripe_store.intent(connection, payment_id)
        if known is None or known.intent_id is None:
            return []
        params: Any = {"payment_intent": known.intent_id, "limit": 100}
        found = await self._client.v1.refunds.list_async(params)
        return [
            ProviderRefund(each.id, each.amount, bool(ours), ours or "", each.status in ("failed", "canceled"))
            for each in found.data
            for ours in (getattr(each.metadata, "refund_id", None),)
        ]

    async def standing(self, payment_id: str) -> Standing:
        async with self._database.reading() as connection:
            known = await stripe_store.intent(connection, payment_id)
        if known is None:
            return "unknown"
        if known.intent_id is None:
            return "voided" if known.closed and known.amount == 0 else "unknown"
        intent = await self._client.v1.payment_intents.retrieve_async(known.intent_id)
        if intent.status == "requires_payment_method" and intent.last_payment_error is not None:
            return "declined"
        return STANDING.get(intent.status, "unknown")

    async def answer(self, payment_id: str, confirmed: bool) -> None:
        raise InvalidCheckout("Your bank asks on its own page here.", code="no_answer_here")

    # -- saved cards

    async def customer(self, account_id: str) -> str:
        async with self._database.reading() as connection:
            known = await stripe_store.customer(connection, account_id)
        if known is not None:
            return known
        made = await self._client.v1.customers.create_async(
            {"metadata": {"account_id": account_id}}, {"idempotency_key": f"customer-{account_id}"}
        )
        async with self._database.writing() as connection:
            await stripe_store.keep_customer(connection, account_id, made.id)
            return await stripe_store.customer(connection, account_id) or made.id

    async def save(self, customer: str, card: PaymentCard) -> SavedCard:
        raise InvalidCard("Cards are typed on the payment provider's form here.")

    async def begin_setup(self, customer: str) -> Setup | None:
        params: Any = {"customer": customer, "usage": "off_session", "payment_method_types": ["card"]}
        made = await self._client.v1.setup_intents.create_async(params)
        return Setup(made.id, made.client_secret or "")

    async def finish_setup(self, setup_id: str, customer: str) -> SavedCard:
        if not setup_id.startswith("seti_"):
            raise InvalidCard("This card was not saved. Please type it again.")
        try:
            setup = await self._client.v1.setup_intents.retrieve_async(setup_id, {"expand": ["payment_method"]})
        except stripe.InvalidRequestError as error:
            raise InvalidCard("This card was not saved. Please type it again.") from error
        method = setup.payment_method
        if setup.status != "succeeded" or setup.customer != customer or not isinstance(method, stripe.PaymentMethod):
            raise InvalidCard("This card was not saved. Please type it again.")
        card = method.card
        if card is None:
            raise InvalidCard("Only cards can be saved.")
        return SavedCard(customer, method.id, card.brand, card.last4, card.exp_month, card.exp_year)

    async def forget(self, card: SavedCard) -> None:
        try:
            await self._client.v1.payment_methods.detach_async(card.token)
        except stripe.InvalidRequestError:
            logger.info("a saved card was gone already")

    # -- events

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), headers.get("Stripe-Signature", ""), self._webhook_secret, TOLERANCE
            )
            event = json.loads(body)
            kind, thing = EVENTS.get(event["type"], "other"), event["data"]["object"]
            found = ProviderEvent(
                event_id=str(event["id"])[:128],
                kind=kind,
                payment_id=str((thing.get("metadata") or {}).get("payment_id", ""))[:32],
                amount=int(thing.get("amount") or 0),
                reference=str(thing.get("id", ""))[:128],
                detail=str(thing.get("reason" if kind == "disputed" else "status") or "")[:64],
                provider_payment=str(thing.get("payment_intent") or "")[:64],
            )
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise WebhookRefused("This event is not signed by the payment provider, or it is too old.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WebhookRefused("This event cannot be read.") from error
        return found

    async def payment_of(self, provider_payment: str) -> str | None:
        async with self._database.reading() as connection:
            return await stripe_store.payment_of(connection, provider_payment)

    # -- intents

    async def _intent(self, payment_id: str) -> str | None:
        """The payment's intent, made now if need be; None when it is closed."""
        async with self._database.reading() as connection:
            known = await stripe_store.intent(connection, payment_id)
        if known is None or known.closed:
            return None
        return known.intent_id or await self._create(known)

    async def _create(self, known: stripe_store.Intent) -> str:
        params: Any = {
            "amount": known.amount,
            "currency": known.currency.lower(),
            "customer": known.customer,
            "capture_method": "manual",
            "payment_method_types": ["card"],
            "metadata": {"payment_id": known.payment_id},
        }
        made = await self._client.v1.payment_intents.create_async(
            params, {"idempotency_key": f"create-{known.payment_id}"}
        )
        async with self._database.writing() as connection:
            await stripe_store.name(connection, known.payment_id, made.id)
        return made.id

    async def _status(self, intent_id: str) -> str:
        return (await self._client.v1.payment_intents.retrieve_async(intent_id)).status


def _declined(error: stripe.CardError) -> Declined:
    code = getattr(error.error, "decline_code", None) or error.code or ""
    found = DECLINES.get(code) or DECLINES.get(error.code or "")
    if found is None:
        return Declined(DECLINED)
    return Declined(found[1], code=found[0])
