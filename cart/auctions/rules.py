"""An auction: what a bid must be, who leads, when it ends. Pure; times are Unix milliseconds by the database.

open -> sold       somebody had bid when it closed
     -> unsold     nobody had
     -> cancelled  by the host, while nobody has bid
sold -> unpaid     neither the winner nor who came next has paid

**When a bid was made.** A bid counts at ``made_at``: when it reached the server less the bidder's lag, which only the server
measures and of which at most ``GRACE_MS`` counts. Bids stand in the order in which they were made, not in which they arrived;
so an auction stays open for ``GRACE_MS`` after its end for bids that were made before it.

**Nothing to be won by seeming slow.** In the last ``GRACE_MS`` before the end of a sudden-death auction bids are sealed until it
closes: whoever can arrive late has seen no more than those who could not. Otherwise every counter-bid in the last
``EXTEND_MS`` moves the end, and there is time to answer it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cart.auctions.steps import step_above

State = Literal["open", "sold", "unsold", "cancelled", "unpaid"]
TRANSITIONS: dict[State, frozenset[State]] = {
    "open": frozenset({"sold", "unsold", "cancelled"}),
    "sold": frozenset({"unpaid"}),
    "unsold": frozenset(),
    "cancelled": frozenset(),
    "unpaid": frozenset(),
}

GRACE_MS = 1_500  # half the round trip of all but a few hundredths of mobile connections; nobody waits noticeably for the hammer
EXTEND_MS = 10_000  # long enough to read the price, decide and tap
SHORTEST_MS, LONGEST_MS = 10_000, 3_600_000
MOST_BIDS = 2_000  # of one auction: the order of bids is worked out anew with each
HIGHEST = 100_000_000  # minor units, as for a listing's price


@dataclass(frozen=True, slots=True)
class Terms:
    """``step`` in minor units, 0: by the table. ``sudden_death``: the end never moves."""

    start_price: int
    step: int = 0
    sudden_death: bool = False


@dataclass(frozen=True, slots=True)
class Bid:
    """``amount``: the price its maker asks to pay now; ``maximum``: how far the server goes on for them, secret until the end.
    Where others have gone past ``amount`` meanwhile, the server takes the next step for whoever has the maximum for it."""

    number: int
    bidder_id: str
    amount: int
    maximum: int
    made_at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """``maximum`` is the leader's."""

    price: int
    leader_id: str | None = None
    maximum: int = 0

    def next_amount(self, terms: Terms) -> int:
        """The least that a new bid must be."""
        return self.price if self.leader_id is None else self.price + step_above(self.price, terms.step)


def opening(terms: Terms) -> Standing:
    return Standing(terms.start_price)


def topped(terms: Terms, before: Standing, bid: Bid) -> Standing:
    """After one more bid. One that is too low by now changes nothing; of two equal maxima the earlier leads."""
    if bid.bidder_id == before.leader_id:
        return replace(before, maximum=max(before.maximum, bid.maximum))
    least = before.next_amount(terms)
    if bid.maximum < least:
        return before
    amount = max(bid.amount, least)
    if before.leader_id is None:
        return Standing(amount, bid.bidder_id, bid.maximum)
    if bid.maximum > before.maximum:
        past = before.maximum + step_above(before.maximum, terms.step)
        return Standing(max(amount, min(bid.maximum, past)), bid.bidder_id, bid.maximum)
    # The leader's maximum answers, as far as it goes.
    answer = bid.maximum + step_above(bid.maximum, terms.step) if bid.maximum < before.maximum else bid.maximum
    return replace(before, price=max(before.price, min(before.maximum, answer)))


def standing(terms: Terms, bids: Iterable[Bid], out: Collection[str] = ()) -> Standing:
    """Who leads at which price once all these bids have been made: in the order in which they were made, without those of the
    bidders ``out``."""
    found = opening(terms)
    for bid in sorted(bids, key=lambda one: (one.made_at, one.number)):
        if bid.bidder_id not in out:
            found = topped(terms, found, bid)
    return found


def made_at(received_at: int, lag_ms: int | None, seen_at: int = 0) -> int:
    """When a bid counts as made. ``lag_ms``: from the bidder's tap to the server, as the server measured it; None: unknown.
    ``seen_at``: when the newest bid that the bidder says to have seen was received: nobody answers a bid before it was made."""
    return max(received_at - min(max(lag_ms or 0, 0), GRACE_MS), min(seen_at, received_at))


def in_time(ends_at: int, made: int, received_at: int) -> bool:
    """Whether a bid came before the hammer: made before the end, and received while the auction waited for such bids."""
    return made < ends_at and received_at < ends_at + GRACE_MS


def is_sealed(terms: Terms, ends_at: int, received_at: int) -> bool:
    return terms.sudden_death and received_at >= ends_at - GRACE_MS


def ends_after(terms: Terms, ends_at: int, bid: Bid, before: Standing) -> int:
    """The end after a bid that came in time: a counter-bid shortly before it moves it; raising one's own maximum does not."""
    if terms.sudden_death or bid.bidder_id == before.leader_id:
        return ends_at
    return max(ends_at, bid.made_at + EXTEND_MS)


def is_over(ends_at: int, now: int) -> bool:
    """Whether the hammer has fallen: every bid that could still count has arrived."""
    return now >= ends_at + GRACE_MS


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a bid is not taken. ``code``: over, too_low, too_high, own, not_higher, too_many."""

    code: str
    least: int | None = None


def judge(
    terms: Terms,
    bids: Sequence[Bid],
    ends_at: int,
    bid: Bid,
    received_at: int,
    seller_ids: Iterable[str],
) -> Refusal | None:
    """Whether a bid may enter the log; judged where it stands among ``bids`` by the time it was made. Give no sealed bids of
    others: a refusal would tell of them."""
    if bid.bidder_id in seller_ids:
        return Refusal("own")
    if not in_time(ends_at, bid.made_at, received_at):
        return Refusal("over")
    if len(bids) >= MOST_BIDS:
        return Refusal("too_many")
    earlier = [one for one in bids if (one.made_at, one.number) < (bid.made_at, bid.number)]
    before = standing(terms, earlier)
    least = before.next_amount(terms)
    if bid.maximum > HIGHEST:
        return Refusal("too_high")
    if bid.bidder_id == before.leader_id:
        return None if bid.maximum > before.maximum else Refusal("not_higher", before.maximum)
    return None if bid.maximum >= least else Refusal("too_low", least)
