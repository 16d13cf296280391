"""Merging, capping, staleness and words of notices: pure."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hosts.notices.endpoints import is_allowed, is_key
from hosts.notices.kinds import MINUTE, RULES, Kind
from hosts.notices.money import money
from hosts.notices.rules import CAPS, HOUR, Channel, Choice, Message, Sent, Waiting, plan
from hosts.notices.words import LANGUAGES, MAIL, TEXTS, mail_text, said

NOW = 1_800_000_000_000
PUSH, EMAIL = Channel.PUSH, Channel.EMAIL


def waiting(
    number: int, kind: Kind = Kind.PRICE_DROP, about: str | None = None, age: int = 0, ends: int | None = None
) -> Waiting:
    about = about if about is not None else f"listing{number}:4800"
    return Waiting(number, kind, about, f"/listing/{number}", f"Coat {number}", "Lena", 4800, "USD", ends, NOW - age)


def test_price_drops_that_wait_together_become_one_message() -> None:
    planned = plan([waiting(n) for n in range(1, 16)], {}, [PUSH], [], NOW)
    (message,) = planned.messages
    assert (message.count, message.notice.number, message.tag) == (15, 15, "price_drop")
    assert said(message, "en").title == "15 pieces you like are cheaper now"


def test_of_bids_on_one_piece_only_the_newest_is_told() -> None:
    bids = [waiting(n, Kind.OUTBID, f"auction:{n}") for n in (1, 2, 3)]
    other = waiting(4, Kind.OUTBID, "another:1")
    planned = plan([*bids, other], {}, [PUSH], [], NOW)
    assert [(m.notice.number, m.count, m.tag) for m in planned.messages] == [
        (3, 1, "outbid:auction"),
        (4, 1, "outbid:another"),
    ]


def test_ordinary_messages_are_capped_and_wait_for_the_hour_to_pass() -> None:
    most, window = CAPS[PUSH, False]
    history = [Sent(PUSH, False, NOW - n * MINUTE) for n in range(1, most + 1)]
    planned = plan([waiting(1), waiting(2)], {}, [PUSH], history, NOW)
    free = NOW - most * MINUTE + window
    assert planned.messages == ()
    assert planned.later == {1: free, 2: free}
    assert plan([waiting(1)], {}, [PUSH], history, free).messages != ()


def test_urgent_ones_do_not_wait_for_ordinary_ones() -> None:
    history = [Sent(PUSH, False, NOW - 1)] * 50
    assert len(plan([waiting(1, Kind.WON, "auction")], {}, [PUSH], history, NOW).messages) == 1


def test_what_is_over_is_not_told_any_more() -> None:
    gone = [waiting(1, Kind.HOLD_ENDING, "hold", ends=NOW), waiting(2, Kind.SHOW_STARTED, "show", age=31 * MINUTE)]
    planned = plan(gone, {}, [PUSH, EMAIL], [], NOW)
    assert (planned.messages, dict(planned.later)) == ((), {})


def test_a_choice_counts_for_its_kind_and_channel() -> None:
    choices = {"price_drop": Choice(push=False, email=True)}
    planned = plan([waiting(1), waiting(2, Kind.SHOW_STARTED, "show")], choices, [PUSH, EMAIL], [], NOW)
    assert {(m.channel, m.notice.kind) for m in planned.messages} == {
        (EMAIL, Kind.PRICE_DROP),
        (PUSH, Kind.SHOW_STARTED),
    }


@given(
    st.lists(st.sampled_from(list(Kind)), max_size=40),
    st.lists(st.tuples(st.sampled_from(list(Channel)), st.booleans(), st.integers(1, 2 * HOUR)), max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_no_cap_is_ever_passed_and_nothing_is_lost(kinds: list[Kind], past: list[tuple[Channel, bool, int]]) -> None:
    notices = [waiting(n, kind, f"thing{n}:1") for n, kind in enumerate(kinds, 1)]
    history = [Sent(channel, urgent, NOW - age) for channel, urgent, age in past]
    planned = plan(notices, {}, [PUSH], history, NOW)
    for (channel, urgent), (most, window) in CAPS.items():
        before = sum(s.channel is channel and s.urgent == urgent and s.sent_at > NOW - window for s in history)
        now = sum(m.channel is channel and m.urgent == urgent for m in planned.messages)
        assert now == 0 or before + now <= most
    told = sum(message.count for message in planned.messages)
    assert told + len(planned.later) == len(notices)
    assert all(at > NOW for at in planned.later.values())


def test_every_language_says_every_kind() -> None:
    assert set(TEXTS) == set(MAIL) == set(LANGUAGES)
    for language in LANGUAGES:
        assert set(TEXTS[language]) == set(Kind)
        for kind in Kind:
            english, text = TEXTS["en"][kind], TEXTS[language][kind]
            for field in ("title", "body", "many"):
                assert _names(getattr(text, field)) == _names(getattr(english, field)), (language, kind, field)
            assert bool(text.many) is not RULES[kind].urgent


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        (4800, "USD", "en", "$48"),
        (4850, "USD", "en", "$48.50"),
        (123456, "EUR", "de", "1.234,56\u00a0€"),
        (123456, "EUR", "fr", "1\u202f234,56\u00a0€"),
        (48000, "KRW", "ko", "₩48,000"),
        (5, "USD", "en", "$0.05"),
    ],
)
def test_money(amount: int, currency: str, language: str, text: str) -> None:
    assert money(amount, currency, language) == text


def test_what_people_typed_stays_what_it_is() -> None:
    nasty = Waiting(1, Kind.SOLD, "x", "/orders", "{price} {0.__class__}", "n", 100, "USD", None, NOW)
    assert "{0.__class__}" in said(Message(PUSH, nasty, 1), "en").title


def test_a_mail_leads_to_the_thing_and_to_the_settings() -> None:
    subject, text = mail_text(Message(EMAIL, waiting(7), 1), "de", "https://shop.example.org")
    assert subject == "Coat 7 kostet jetzt 48\u00a0$"
    assert "https://shop.example.org/listing/7" in text
    assert "https://shop.example.org/settings" in text


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://wns2-par02p.notify.windows.com/w/?token=x",
        "https://web.push.apple.com/QGx",
    ],
)
def test_endpoints_of_browsers_are_taken(endpoint: str) -> None:
    assert is_allowed(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://evil.example#@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@169.254.169.254/latest",
        "https://user:pass@fcm.googleapis.com/x",
        "https://evil.example\\@fcm.googleapis.com/x",
        "https://notify.windows.com.evil.example/",
        "https://evilnotify.windows.com.example/",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/" + "x" * 2000,
        "https://ｆcm.googleapis.com/x",
        "https://fcm.googleapis.com:notaport/",
        "",
    ],
)
def test_other_endpoints_are_refused(endpoint: str) -> None:
    assert not is_allowed(endpoint)


def test_further_services_are_whole_origins() -> None:
    extra = ("https://push.example.org",)
    assert is_allowed("https://push.example.org/a", extra)
    assert not is_allowed("https://push.example.org.evil.example/a", extra)
    assert not is_allowed("http://push.example.org/a", extra)
    assert not is_allowed("https://push.example.org:1/a", extra)


def test_keys_have_their_sizes() -> None:
    assert is_key("A" * 87, 65)
    assert is_key("A" * 22, 16)
    assert not is_key("A" * 10, 16)
    assert not is_key("!", 16)
