"""The parts without I/O: money, ledger, cards, addresses, states, keys."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart import errors, hold_rules, idempotency, money, parcel_states, payment_states
from cart.address import Address, clean
from cart.payment_card import PaymentCard, luhn, payment_card

NOW = 1_790_000_000_000  # 2026-09-21
PRICES = st.integers(1, 10_000_000)


@given(PRICES, st.integers(0, 5_000))
def test_a_price_is_split_without_rest(price: int, curator: int) -> None:
    parts = money.split(price, curator)
    assert parts.seller + parts.platform + parts.curator == price
    assert min(parts.seller, parts.platform, parts.curator) >= 0
    assert (parts.curator == 0) or curator
    assert parts.platform == money.split(price, 0).platform  # the curator's share is the seller's to give


@pytest.mark.parametrize("number", ["4242424242424242", "4000000000000002", "378282246310005", "6011111111111117"])
def test_known_numbers_pass_luhn(number: str) -> None:
    assert luhn(number)


@given(st.text("0123456789", min_size=11, max_size=18), st.integers(0, 17), st.integers(1, 9))
def test_luhn_sees_every_single_wrong_digit(digits: str, place: int, step: int) -> None:
    whole = next(digits + last for last in "0123456789" if luhn(digits + last))
    place %= len(whole)
    wrong = whole[:place] + str((int(whole[place]) + step) % 10) + whole[place + 1 :]
    assert not luhn(wrong)


def test_a_card_as_people_type_it() -> None:
    card = payment_card(" 4242-4242 4242 4242 ", " 09 / 26", "123", NOW)
    assert card == PaymentCard("4242424242424242", 9, 2026, "123")
    assert card.hint == "4242 09/2026"
    assert "42424242" not in repr(card)


@pytest.mark.parametrize(
    ("number", "expiry", "cvc", "field"),
    [
        ("4242424242424241", "12/30", "123", "card_number"),
        ("4242", "12/30", "123", "card_number"),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "12/30", "123", "card_number"),
        ("4" * 1000, "12/30", "123", "card_number"),
        ("4242424242424242", "13/30", "123", "expiry"),
        ("4242424242424242", "2030-12", "123", "expiry"),
        ("4242424242424242", "08/26", "123", "expiry"),
        ("4242424242424242", "12/30", "12", "cvc"),
        ("4242424242424242", "12/30", "12a", "cvc"),
    ],
)
def test_a_card_that_cannot_be(number: str, expiry: str, cvc: str, field: str) -> None:
    with pytest.raises(errors.InvalidCard) as error:
        payment_card(number, expiry, cvc, NOW)
    assert error.value.details == {"field": field}


def test_an_address_is_cleaned() -> None:
    raw = Address(" Ana ", " 1 Street ", " Lisbon ", " pt ", line2=" ", postcode=" 1100 ")
    assert clean(raw) == Address("Ana", "1 Street", "Lisbon", "PT", postcode="1100")


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("line1", ""), ("city", "x" * 81), ("postcode", "1\n2"), ("country", "XX"), ("country", "")],
)
def test_an_address_that_cannot_be(field: str, value: str) -> None:
    good = Address("Ana", "1 Street", "Lisbon", "PT")
    with pytest.raises(errors.InvalidCheckout) as error:
        clean(msgspec.structs.replace(good, **{field: value}))
    assert error.value.details == {"field": field}


@pytest.mark.parametrize("table", [hold_rules.TRANSITIONS, payment_states.TRANSITIONS, parcel_states.TRANSITIONS])
def test_tables_are_closed_and_end(table: dict[str, frozenset[str]]) -> None:
    assert {after for following in table.values() for after in following} <= set(table)
    assert any(not following for following in table.values())


@pytest.mark.parametrize("before", parcel_states.TRANSITIONS)
@pytest.mark.parametrize("after", parcel_states.TRANSITIONS)
def test_parcels_follow_their_table(before: parcel_states.State, after: parcel_states.State) -> None:
    if after in parcel_states.TRANSITIONS[before]:
        parcel_states.check(before, after)
    else:
        with pytest.raises(errors.ParcelStateError):
            parcel_states.check(before, after)


def test_a_hold_ends_exactly_at_its_end() -> None:
    assert hold_rules.is_live("active", 1_000, 999)
    assert not hold_rules.is_live("active", 1_000, 1_000)
    assert not hold_rules.is_live("sold", 1_000, 0)


def test_a_checkout_extends_once_and_never_shortens() -> None:
    assert hold_rules.extended_until(1_000, False, 500) == 500 + hold_rules.CHECKOUT_MS
    assert hold_rules.extended_until(1_000, True, 500) == 1_000
    assert hold_rules.extended_until(900_000, False, 500) == 900_000


def test_keys_stand_for_one_request() -> None:
    one = idempotency.fingerprint("hold", "listing", None)
    assert one == idempotency.fingerprint("hold", "listing", None)
    assert one != idempotency.fingerprint("hold", "listing", "show")
    assert one != idempotency.fingerprint("checkout", "listing", None)
    assert idempotency.replay(one, idempotency.answered({"a": 1}), one) == b'{"a":1}'
    with pytest.raises(errors.IdempotencyMismatch):
        idempotency.replay(one, None, "other")
    with pytest.raises(errors.InProgress):
        idempotency.replay(one, None, one)
    remembered = idempotency.refused(errors.HoldGone("Gone.", hold_ids=["a"]))
    with pytest.raises(errors.HoldGone) as gone:
        idempotency.replay(one, remembered, one)
    assert (gone.value.message, gone.value.code, gone.value.details) == ("Gone.", "hold_gone", {"hold_ids": ["a"]})


def test_every_remembered_refusal_can_be_given_again() -> None:
    for kind in idempotency.REMEMBERED:
        with pytest.raises(kind):
            idempotency.replay("x", idempotency.refused(kind("No.")), "x")
