"""A payment from the moment the buyer pressed Pay. Each step is one conditional UPDATE, so only one worker takes it.

reserved -> begun              what a bid had authorised ahead now pays for holds
         -> voiding            the bid did not win
begun -> paid -> captured      the order was written in the transaction that made it paid
      -> voiding -> voided     a hold had ended, or the provider never answered: nothing is charged
      -> declined              the provider said no
begun, reserved -> asking      the buyer's bank wants the buyer to confirm the payment
asking -> begun, reserved      confirmed: it goes on where it was
       -> declined, voiding    the bank said no; not confirmed in time, or paid another way
voided, declined -> voiding    the provider says later that it has the money after all: it goes back
"""

from __future__ import annotations

from typing import Literal

State = Literal["reserved", "begun", "asking", "paid", "captured", "voiding", "voided", "declined"]
TRANSITIONS: dict[State, frozenset[State]] = {
    "reserved": frozenset({"begun", "asking", "voiding", "declined"}),
    "begun": frozenset({"paid", "asking", "voiding", "declined"}),
    "asking": frozenset({"begun", "reserved", "voiding", "declined"}),
    "paid": frozenset({"captured"}),
    "voiding": frozenset({"voided"}),
    "captured": frozenset(),
    "voided": frozenset({"voiding"}),
    "declined": frozenset({"voiding"}),
}
UNSETTLED: tuple[State, ...] = ("begun", "paid", "voiding")  # what the sweep brings to an end once its lease is over
LEASE_MS = 15_000  # longer than PROVIDER_SECONDS and the transactions around it; after that others settle the payment
CONFIRM_MS = 300_000  # to find the bank's app, sign in there and confirm; banks' own pages time out about then
RESERVED_MS = 24 * 3600 * 1000  # a show is over by then: a reservation that nobody settled or released is let go
PROVIDER_SECONDS = 10.0  # a buyer does not wait longer for a bank


def late_refund(payment_id: str) -> str:
    """The name of the refund of a whole payment that was taken after it had been given up."""
    return f"late-{payment_id}"
