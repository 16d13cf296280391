"""What everything that takes money works with: the checkout and the reservations are tills."""

from __future__ import annotations

from cart.payment_methods import Methods
from cart.payments import PaymentProvider
from cart.settlement import Settlement
from hosts.database import Database
from livestream.timeline import Timeline


class Till:
    """``subsidy``: what the platform pays at most of a seller's first parcel, in minor units."""

    def __init__(
        self,
        timeline: Timeline,
        database: Database,
        provider: PaymentProvider,
        settlement: Settlement,
        methods: Methods,
        subsidy: int = 0,
    ) -> None:
        self._timeline = timeline
        self._database = database
        self._provider = provider
        self._settlement = settlement
        self._methods = methods
        self._subsidy = subsidy
