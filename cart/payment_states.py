"""A payment from the moment the buyer pressed Pay. Each step is one conditional UPDATE, so only one worker takes it.

begun -> paid -> captured      the order was written in the transaction that made it paid
      -> voiding -> voided     a hold had ended, or the provider never answered: nothing is charged
      -> declined              the provider said no
"""

from __future__ import annotations

from typing import Literal

State = Literal["begun", "paid", "captured", "voiding", "voided", "declined"]
TRANSITIONS: dict[State, frozenset[State]] = {
    "begun": frozenset({"paid", "voiding", "declined"}),
    "paid": frozenset({"captured"}),
    "voiding": frozenset({"voided"}),
    "captured": frozenset(),
    "voided": frozenset(),
    "declined": frozenset(),
}
UNSETTLED: tuple[State, ...] = tuple(state for state, following in TRANSITIONS.items() if following)
LEASE_MS = 15_000  # longer than PROVIDER_SECONDS and the transactions around it; after that others settle the payment
PROVIDER_SECONDS = 10.0  # a buyer does not wait longer for a bank
