"""What selling refuses. ``code`` is stable; the message is a sentence for the person; ``details`` is plain data for the page."""

from __future__ import annotations

from typing import Any


class CartError(Exception):
    """Base of this package's errors. Keyword arguments that are not None become ``details``."""

    code = "cart"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.details = {name: value for name, value in details.items() if value is not None} or None


class ListingUnknown(CartError):
    code = "listing_not_found"


class ShowUnknown(CartError):
    code = "show_not_found"


class ShowOver(CartError):
    """The show has ended or was cancelled: its lineup stays as it was."""

    code = "show_over"


class NotInLineup(CartError):
    code = "not_in_lineup"


class LineupRefused(CartError):
    """Codes ``lineup_full``, ``lineup_mismatch``, ``features_full``, ``featuring_not_allowed``, ``sold``, ``withdrawn``,
    ``in_auction``."""

    code = "lineup"


class HoldRefused(CartError):
    """Codes ``held_by_other``, ``held_by_you``, ``reserved`` (for an auction or a giveaway), ``sold``, ``withdrawn``,
    ``own_listing``, ``holds_limit``, ``per_buyer``, ``flash_limit``, ``drop_limit``, ``not_open``, ``price_changed``.

    ``details``: ``until`` (Unix ms) where somebody holds it, ``hold_id`` where it is the buyer's own, ``opens_at``, ``price``.
    """

    code = "held_by_other"


class BuyerBanned(CartError):
    code = "banned"


class HoldNotFound(CartError):
    code = "hold_not_found"


class HoldGone(CartError):
    """A hold ended before it was paid. ``details``: ``hold_ids``, those that are gone."""

    code = "hold_gone"


class TooCrowded(CartError):
    """More people want the same listing than may wait for it. Nothing was claimed."""

    code = "crowded"
    retry_after = 1


class IdempotencyMismatch(CartError):
    """The key was used before, for something else."""

    code = "idempotency_mismatch"


class InProgress(CartError):
    """The same request is being worked on: ask again in ``retry_after`` seconds with the same key."""

    code = "in_progress"
    retry_after = 1


class InvalidCheckout(CartError):
    """A field of a checkout or an address was refused; the message names it and says what is accepted."""

    code = "invalid_checkout"


class InvalidCard(CartError):
    code = "invalid_card"


class Declined(CartError):
    """The payment provider said no; nothing was charged."""

    code = "declined"


class ConfirmationNeeded(CartError):
    """The buyer's bank wants the buyer to confirm first; nothing is charged yet, and the hold is kept until ``until``.

    ``details``: ``payment_id``, ``secret`` (for the provider's own script), ``amount``, ``currency``, ``until`` (Unix ms).
    """

    code = "confirmation_needed"


class PaymentUnknown(CartError):
    code = "payment_not_found"


class PaymentUnavailable(CartError):
    """The payment provider does not answer; nothing was charged."""

    code = "payment_unavailable"
    retry_after = 5


class PaymentMethodNotFound(CartError):
    code = "payment_method_not_found"


class PaymentMethodsFull(CartError):
    code = "payment_methods_full"


class CurationRefused(CartError):
    """Codes ``asked_already``, ``own_piece``, ``not_your_show``, ``answered``, ``nothing_to_thank_for``, ``invalid_note``."""

    code = "curation"


class RequestNotFound(CartError):
    code = "request_not_found"


class InvalidTerms(CartError):
    """A field of a seller's terms was refused; the message says what is accepted."""

    code = "invalid_terms"


class RefundRefused(CartError):
    """Codes ``refund_too_much``, ``shipped``, ``cancelled``, ``disputed``."""

    code = "refund"


class WebhookRefused(CartError):
    """An event that claims to come from the payment provider does not, or is too old."""

    code = "webhook_refused"


class OrderNotFound(CartError):
    code = "order_not_found"


class ParcelNotFound(CartError):
    code = "parcel_not_found"


class ParcelStateError(CartError):
    """A parcel cannot go from its state to the one asked for."""

    code = "parcel_state"


class SaleRefused(CartError):
    """A flash price, auction, drop or giveaway cannot begin or be stopped like this; the message says why.

    Codes ``not_live``, ``floor``, ``not_discountable``, ``not_lower``, ``running``, ``nothing_left``, ``has_bids``, ``over``.
    """

    code = "sale"


class InvalidSale(CartError):
    """A field of a way to sell was refused; the message names it and says what is accepted."""

    code = "invalid_sale"


class SaleUnknown(CartError):
    code = "sale_not_found"


class BidRefused(CartError):
    """Codes ``over``, ``too_low``, ``too_high``, ``not_higher``, ``own``, ``too_many``. ``details``: ``least``, the least that
    would do now."""

    code = "bid"


class OfferRefused(CartError):
    """Codes ``not_your_turn``, ``over``, ``amount``, ``closed``, ``own``, ``open_already``, ``nothing_left``."""

    code = "offer"


class OfferNotFound(CartError):
    code = "offer_not_found"


class GiveawayRefused(CartError):
    """Codes ``over``, ``not_eligible``, ``own``."""

    code = "giveaway"


class WaitRefused(CartError):
    """Codes ``available``, ``sold``, ``own_listing``, ``held_by_you``, ``withdrawn``, ``waits_full``."""

    code = "waitlist"


class BadCursor(CartError):
    """A list was asked to go on after a place that does not exist."""

    code = "bad_cursor"
