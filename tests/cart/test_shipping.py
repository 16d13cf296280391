"""Shipping by weight, parcels that are still open, bundles, first sales, and books that balance whatever is given back. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart import errors, ledger, money
from cart.quotes import OpenParcel, ParcelQuote, Piece, quote
from cart.seller_terms import SellerTerms, clean_terms
from cart.shipping import FLAT, Rate, clean_rates, parcel_price

TABLE = (Rate(500, 400), Rate(1_000, 520), Rate(5_000, 900))
GRAMS = st.integers(1, 20_000)


@pytest.mark.parametrize(
    ("grams", "price"), [(0, 0), (1, 400), (500, 400), (501, 520), (5_000, 900), (5_400, 1_300), (12_000, 2_700)]
)
def test_a_parcel_costs_by_its_weight(grams: int, price: int) -> None:
    assert parcel_price(TABLE, grams) == price


def test_without_a_table_every_parcel_costs_the_same() -> None:
    assert {parcel_price((), grams) for grams in (1, 400, 30_000)} == {FLAT}


@pytest.mark.parametrize(
    "rows",
    [
        [Rate(0, 100)],
        [Rate(30_001, 100)],
        [Rate(500, -1)],
        [Rate(500, 100), Rate(500, 200)],
        [Rate(500, 300), Rate(1_000, 200)],
        [Rate(each, each) for each in range(1, 14)],
    ],
)
def test_tables_that_make_no_sense(rows: list[Rate]) -> None:
    with pytest.raises(errors.InvalidTerms):
        clean_rates({"USD": rows})


def test_a_table_is_kept_in_order_and_an_empty_one_is_none() -> None:
    assert clean_rates({"USD": list(reversed(TABLE)), "EUR": []}) == {"USD": TABLE}
    with pytest.raises(errors.InvalidTerms):
        clean_rates({"XYZ": list(TABLE)})
    for terms in (
        SellerTerms(curator=5_001),
        SellerTerms(bundle_pieces=1, bundle=10),
        SellerTerms(bundle_pieces=2, bundle=-1),
    ):
        with pytest.raises(errors.InvalidTerms):
            clean_terms(terms)
    assert clean_terms(SellerTerms(bundle_pieces=3)) == SellerTerms()


def piece(name: str, seller: str = "lena", price: int = 1_000, weight: int = 400, currency: str = "USD") -> Piece:
    return Piece(name, seller, price, currency, weight)


WEIGHED = SellerTerms(rates={"USD": TABLE})


def parcel(pieces: list[Piece], terms: SellerTerms = WEIGHED, there: OpenParcel | None = None) -> ParcelQuote:
    open_parcels = {("lena", "USD"): there} if there is not None else {}
    (found,) = quote(pieces, {"lena": terms}, open_parcels, (), 0)
    return found


def test_one_more_piece_costs_what_the_heavier_parcel_costs_more() -> None:
    alone, both = parcel([piece("a")]), parcel([piece("a"), piece("b")])
    assert (alone.shipping, both.shipping) == (400, 520)
    later = parcel([piece("b")], there=OpenParcel("first", 400, 1, alone.shipping))
    assert (later.shipping, later.joins) == (120, "first")
    # What was paid in full before a table was made cheaper is not paid back by the next piece.
    assert parcel([piece("b")], there=OpenParcel("first", 400, 1, 2_000)).shipping == 0


@given(st.lists(GRAMS, min_size=1, max_size=6))
def test_bought_one_by_one_or_together_the_shipping_is_the_same(weights: list[int]) -> None:
    pieces = [piece(str(number), weight=weight) for number, weight in enumerate(weights)]
    paid, weight = 0, 0
    for number, one in enumerate(pieces):
        there = OpenParcel("first", weight, number, paid) if number else None
        paid += parcel([one], there=there).shipping
        weight += one.weight
    assert paid == parcel(pieces).shipping == parcel_price(TABLE, sum(weights))


def test_a_bundle_counts_what_is_on_its_way_to_be_packed() -> None:
    terms = SellerTerms(bundle_pieces=3, bundle=1_000)
    assert parcel([piece("a"), piece("b")], terms).discount == 0
    three = parcel([piece("a"), piece("b"), piece("c", price=999)], terms)
    assert [each.discount for each in three.pieces] == [100, 100, 99]
    assert three.total == 2_999 - 299 + FLAT
    third = parcel([piece("c")], terms, OpenParcel("first", 800, 2, FLAT))
    assert (third.discount, third.shipping) == (100, 0)


def test_currencies_and_sellers_are_apart_and_a_first_sale_is_paid_once() -> None:
    pieces = [piece("a"), piece("b", currency="EUR"), piece("c", "omar"), piece("d")]
    found = quote(pieces, {}, {}, {"lena"}, 300)
    assert [(each.seller_id, each.currency, len(each.pieces)) for each in found] == [
        ("lena", "USD", 2),
        ("lena", "EUR", 1),
        ("omar", "USD", 1),
    ]
    assert [each.subsidy for each in found] == [300, 0, 0]
    assert found[0].buyer_shipping == FLAT - 300
    sums = money.totals([each for each in found if each.currency == "USD"])
    assert (sums.subtotal, sums.discount, sums.shipping, sums.total) == (
        3_000,
        0,
        2 * FLAT - 300,
        3_000 + 2 * FLAT - 300,
    )
    assert money.totals([]).total == 0


SALE = st.builds(
    lambda net, curated, share: ledger.Sale("listing", net, "host" if curated else None, share, "show", 5),
    st.integers(0, 100_000),
    st.booleans(),
    st.integers(0, 5_000),
)
PARCEL = st.builds(
    lambda sales, shipping, part, seller: ledger.ParcelSale(
        f"p-{seller}", seller, tuple(sales), shipping, shipping * part // 100
    ),
    st.lists(SALE, min_size=1, max_size=4),
    st.integers(0, 3_000),
    st.integers(0, 100),
    st.sampled_from(["lena", "omar"]),
)


@given(
    st.lists(PARCEL, min_size=1, max_size=2, unique_by=lambda each: each.seller_id),
    st.lists(st.integers(0, 100), max_size=4),
)
def test_every_order_balances_and_gives_back_exactly_what_it_took(
    parcels: list[ledger.ParcelSale], steps: list[int]
) -> None:
    entries = ledger.postings("ana", parcels)
    assert sum(entry.amount for entry in entries) == 0
    paid = -sum(entry.amount for entry in entries if entry.party == "buyer")
    assert paid == sum(sum(sale.net for sale in each.sales) + each.shipping - each.subsidy for each in parcels)
    everything = list(entries)
    for each in parcels:
        sold = [entry for entry in entries if entry.parcel_id == each.parcel_id]
        goods, given = sum(sale.net for sale in each.sales), 0
        if not any(entry.party == "seller" for entry in sold):
            continue  # nothing was paid for: there is nothing to give back
        for share in [*sorted(steps), 100]:
            after = goods * share // 100
            back = ledger.refund_postings(
                "ana",
                sold,
                (given, after),
                each.shipping - each.subsidy if share == 100 and after >= given and given != after else 0,
                subsidy_back=each.subsidy if share == 100 and given != after else 0,
            )
            assert sum(entry.amount for entry in back) == 0
            everything += back
            given = after
    assert sum(entry.amount for entry in everything) == 0
    if all(sum(sale.net for sale in each.sales) > 0 for each in parcels):
        books: dict[tuple[str, str | None], int] = {}
        for entry in everything:
            books[entry.party, entry.account_id] = books.get((entry.party, entry.account_id), 0) + entry.amount
        if not steps or max(steps) < 100:
            assert {key: amount for key, amount in books.items() if amount and key[0] in ("platform", "curator")} == {}


def test_more_than_was_paid_never_goes_back() -> None:
    entries = ledger.postings(
        "ana", [ledger.ParcelSale("p", "lena", (ledger.Sale("l", 100, None, 0, None, None),), 0, 0)]
    )
    for goods in ((0, 101), (60, 50), (-1, 5)):
        with pytest.raises(ValueError, match="more would be refunded"):
            ledger.refund_postings("ana", entries, goods, 0)
