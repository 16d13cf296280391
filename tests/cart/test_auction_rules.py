"""The rules of auctions alone: who leads, when a bid was made, what is refused, when it ends."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cart.auctions import log, rules
from cart.auctions.rules import (
    EXTEND_MS,
    GRACE_MS,
    TRANSITIONS,
    Bid,
    Refusal,
    Standing,
    Terms,
    ends_after,
    in_time,
    is_over,
    is_sealed,
    judge,
    made_at,
    standing,
)
from cart.auctions.steps import step_above

TERMS = Terms(start_price=1_000, step=100)
END = 100_000


def bid(number: int, who: str, amount: int, maximum: int | None = None, made: int | None = None) -> Bid:
    return Bid(number, who, amount, amount if maximum is None else maximum, number if made is None else made)


def test_an_auction_is_over_once_and_only_an_unpaid_win_changes_it() -> None:
    assert {state for state, after in TRANSITIONS.items() if after} == {"open", "sold"}
    assert TRANSITIONS["sold"] == {"unpaid"}
    assert "open" not in set().union(*TRANSITIONS.values())


@pytest.mark.parametrize(
    ("bids", "price", "leader"),
    [
        ([], 1_000, None),
        ([bid(1, "a", 1_000)], 1_000, "a"),
        ([bid(1, "a", 1_000), bid(2, "b", 1_100)], 1_100, "b"),
        ([bid(1, "a", 1_000), bid(2, "b", 1_050)], 1_000, "a"),  # below the step
        ([bid(1, "a", 1_000, 5_000), bid(2, "b", 1_100)], 1_200, "a"),  # the maximum answers
        ([bid(1, "a", 1_000, 1_150), bid(2, "b", 1_100)], 1_150, "a"),  # as far as it goes
        ([bid(1, "a", 1_000, 5_000), bid(2, "b", 1_100, 5_000)], 5_000, "a"),  # the earlier of two equal ones
        ([bid(1, "a", 1_000, 5_000), bid(2, "b", 1_100, 6_000)], 5_100, "b"),
        ([bid(1, "a", 1_000, 5_000), bid(2, "b", 1_100, 5_050)], 5_050, "b"),
        ([bid(1, "a", 1_000, 2_000), bid(2, "b", 3_000)], 3_000, "b"),  # a jump is taken at its word
        ([bid(1, "a", 1_000), bid(2, "a", 1_500, 3_000), bid(3, "b", 1_600)], 1_700, "a"),  # raising costs nothing
        ([bid(1, "a", 1_000), bid(2, "b", 1_000, 4_000)], 1_100, "b"),  # a maximum takes the next step by itself
        ([bid(1, "a", 1_100, made=20), bid(2, "b", 1_100, made=10)], 1_100, "b"),  # made first, arrived second
    ],
)
def test_who_leads(bids: list[Bid], price: int, leader: str | None) -> None:
    found = standing(TERMS, bids)
    assert (found.price, found.leader_id) == (price, leader)


some_bids = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(900, 3_000), st.integers(0, 2_000), st.integers(0, 50)), max_size=8
).map(lambda rows: [bid(n, who, amount, amount + more, made) for n, (who, amount, more, made) in enumerate(rows, 1)])


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(some_bids)
def test_a_standing_is_fair(bids: list[Bid]) -> None:
    found = standing(TERMS, bids)
    assert standing(TERMS, list(reversed(bids))) == found  # only when bids were made counts
    if found.leader_id is None:
        assert all(one.maximum < TERMS.start_price for one in bids)
        return
    own = max(one.maximum for one in bids if one.bidder_id == found.leader_id)
    assert TERMS.start_price <= found.price <= own  # never above what its leader allowed
    others = [one.maximum for one in bids if one.bidder_id != found.leader_id]
    # Nobody who would have paid a whole step more is left behind.
    assert all(other < found.price + step_above(found.price, TERMS.step) or other <= own for other in others)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(some_bids)
def test_prices_only_rise_with_each_bid(bids: list[Bid]) -> None:
    ordered = sorted(bids, key=lambda one: (one.made_at, one.number))
    prices = [standing(TERMS, ordered[:count]).price for count in range(len(ordered) + 1)]
    assert prices == sorted(prices)


def test_steps_never_fall_and_a_fixed_step_is_kept() -> None:
    steps = [step_above(price, 0) for price in range(0, 1_000_000, 250)]
    assert steps == sorted(steps)
    assert {step_above(price, 700) for price in (1, 10_000, 10_000_000)} == {700}


@pytest.mark.parametrize(
    ("received", "lag", "seen", "expected"),
    [
        (10_000, None, 0, 10_000),  # not measured: no grace
        (10_000, 300, 0, 9_700),
        (10_000, 60_000, 0, 10_000 - GRACE_MS),  # the cap
        (10_000, -5, 0, 10_000),
        (10_000, 800, 9_500, 9_500),  # it answers a bid of 9,500
        (10_000, 800, 99_999, 10_000),
    ],
)
def test_when_a_bid_was_made(received: int, lag: int | None, seen: int, expected: int) -> None:
    assert made_at(received, lag, seen) == expected


@pytest.mark.parametrize(
    ("made", "received", "counts"),
    [
        (END - 1, END - 1, True),
        (END - 1, END + GRACE_MS - 1, True),
        (END - 1, END + GRACE_MS, False),
        (END, END, False),
        (END, END + 10, False),
    ],
)
def test_the_hammer(made: int, received: int, counts: bool) -> None:
    assert in_time(END, made, received) is counts
    assert not (counts and is_over(END, received))


def test_no_bid_counts_once_the_hammer_may_fall() -> None:
    for lag, received in itertools.product((None, 0, 500, 5_000), range(END - 2_000, END + 4_000, 250)):
        if is_over(END, received):
            assert not in_time(END, made_at(received, lag), received)


def test_sudden_death_is_sealed_at_the_end_and_never_extended() -> None:
    sudden = Terms(1_000, 100, sudden_death=True)
    assert [is_sealed(sudden, END, END - GRACE_MS - 1), is_sealed(sudden, END, END - GRACE_MS)] == [False, True]
    assert not is_sealed(TERMS, END, END)
    # Whoever is granted the whole grace arrives last with what was public before anybody's last moment.
    assert is_sealed(sudden, END, END + GRACE_MS - 1)
    assert ends_after(sudden, END, bid(1, "a", 1_000, made=END - 1), rules.opening(sudden)) == END


@pytest.mark.parametrize(
    ("made", "leader", "expected"),
    [
        (END - EXTEND_MS - 1, "b", END),
        (END - EXTEND_MS + 1, "b", END + 1),
        (END - 1, "b", END - 1 + EXTEND_MS),
        (END - 1, "a", END),  # one's own maximum
        (END - 1, None, END - 1 + EXTEND_MS),
    ],
)
def test_a_late_counter_bid_moves_the_end(made: int, leader: str | None, expected: int) -> None:
    assert ends_after(TERMS, END, bid(1, "a", 1_200, made=made), Standing(1_000, leader, 1_000)) == expected


LEADS = [bid(1, "a", 1_000, 2_000, made=10)]


@pytest.mark.parametrize(
    ("one", "received", "expected"),
    [
        (bid(2, "b", 1_100, made=20), 20, None),
        (bid(2, "b", 1_099, made=20), 20, Refusal("too_low", 1_100)),
        (bid(2, "b", 900, 1_100, made=20), 20, None),
        (bid(2, "a", 1_500, 2_000, made=20), 20, Refusal("not_higher", 2_000)),
        (bid(2, "a", 1_100, 2_001, made=20), 20, None),
        (bid(2, "seller", 5_000, made=20), 20, Refusal("own")),
        (bid(2, "b", 5_000, made=END), END, Refusal("over")),
        (bid(2, "b", rules.HIGHEST + 1, made=20), 20, Refusal("too_high")),
        (bid(2, "b", 1_000, made=5), 20, None),  # made before the other one: the starting price was enough then
    ],
)
def test_what_is_refused(one: Bid, received: int, expected: Refusal | None) -> None:
    assert judge(TERMS, LEADS, END, one, received, ("seller", "host")) == expected


def test_an_auction_takes_a_bounded_number_of_bids() -> None:
    many = [bid(n, "a" if n % 2 else "b", 1_000 + 100 * n) for n in range(1, rules.MOST_BIDS + 1)]
    assert judge(TERMS, many, END, bid(9_999, "c", 10**7), 9_999, ()) == Refusal("too_many")


# -- the log

LOG_TERMS = log.LogTerms("x", "l", "s", "USD", 1_000, 100, False, 1, END)


def chain(count: int) -> tuple[list[log.Entry], list[str], list[log.Opened]]:
    entries, hashes, previous = [], [], log.digest(LOG_TERMS)
    opened = [log.Opened(number, 1_000 * number, f"salt{number}") for number in range(1, count + 1)]
    for one in opened:
        secret = log.commitment(one.maximum, one.salt)
        entry = log.Entry(one.number, "ana", 1_000, secret, 10, 0, 10, previous)
        previous = log.digest(entry)
        entries.append(entry)
        hashes.append(previous)
    return entries, hashes, opened


def test_a_whole_log_and_every_forgery() -> None:
    entries, hashes, opened = chain(4)
    assert log.broken_at(LOG_TERMS, entries, hashes, opened) is None
    import msgspec

    for place, field in itertools.product(range(4), ("bidder_id", "amount", "received_at", "made_at", "commitment")):
        value = "x" if field in ("bidder_id", "commitment") else 7
        forged = [*entries]
        forged[place] = msgspec.structs.replace(entries[place], **{field: value})
        assert log.broken_at(LOG_TERMS, forged, hashes, []) == place + 1
        rehashed = [*hashes]
        rehashed[place] = log.digest(forged[place])
        assert log.broken_at(LOG_TERMS, forged, rehashed, []) == (place + 2 if place < 3 else None)
    assert log.broken_at(LOG_TERMS, entries[1:], hashes[1:], []) == 1
    assert log.broken_at(msgspec.structs.replace(LOG_TERMS, start_price=1), entries, hashes, []) == 1
    assert log.broken_at(LOG_TERMS, entries, hashes, [log.Opened(2, 9_999, "salt2")]) == 0


def test_the_canonical_form_is_what_the_documents_say() -> None:
    import hashlib

    text = (
        '{"auction_id":"x","created_at":1,"currency":"USD","ends_at":100000,"listing_id":"l","show_id":"s",'
        '"start_price":1000,"step":100,"sudden_death":false}'
    )
    assert log.digest(LOG_TERMS) == hashlib.sha256(text.encode()).hexdigest()
