from __future__ import annotations

from aioice import stun as independent

from livestream.engine import stun
from livestream.engine.ice import CONSENT_SECONDS, MOST_ADDRESSES, Checked, Credentials, IceAgent

OURS = Credentials("ours", "o" * 24)
FIRST, SECOND = ("192.0.2.1", 1000), ("192.0.2.2", 2000)


def agent() -> IceAgent:
    return IceAgent(OURS, "theirs", "t" * 24)


def binding(
    credentials: Credentials = OURS, *, nominate: bool = False, role: str = "ICE-CONTROLLING"
) -> stun.BindingRequest:
    attributes: dict[str, object] = {"USERNAME": f"{credentials.ufrag}:theirs", "PRIORITY": 1, role: 5}
    if nominate:
        attributes["USE-CANDIDATE"] = None
    message = independent.Message(independent.Method.BINDING, independent.Class.REQUEST, attributes=attributes)
    message.add_message_integrity(credentials.password.encode())
    parsed = stun.parse_request(bytes(message))
    assert parsed is not None
    return parsed


def checked(result: Checked | None) -> Checked:
    assert result is not None
    return result


def test_an_authentic_request_validates_its_address_and_gives_consent() -> None:
    ice = agent()
    assert checked(ice.check(binding(), FIRST, 1.0)).validated
    assert list(ice.addresses) == [FIRST]
    assert ice.last_seen == 1.0
    assert ice.nominated is None


def test_a_request_with_another_password_changes_nothing_and_gets_silence() -> None:
    ice = agent()
    assert ice.check(binding(Credentials("ours", "x" * 24), nominate=True), FIRST, 1.0) is None
    assert (list(ice.addresses), ice.nominated, ice.last_seen) == ([], None, None)


def test_use_candidate_nominates_and_the_last_nomination_counts() -> None:
    ice = agent()
    ice.check(binding(nominate=True), FIRST, 1.0)
    ice.check(binding(), SECOND, 2.0)
    assert ice.nominated == FIRST
    ice.check(binding(nominate=True), SECOND, 3.0)
    assert ice.nominated == SECOND
    assert set(ice.addresses) == {FIRST, SECOND}


def test_a_controlled_peer_is_refused_with_487_and_validates_nothing() -> None:
    ice = agent()
    answer = checked(ice.check(binding(role="ICE-CONTROLLED", nominate=True), FIRST, 1.0))
    assert independent.parse_message(answer.response).error_code == 487
    assert not answer.validated
    assert (list(ice.addresses), ice.nominated) == ([], None)


def test_the_set_of_addresses_is_bounded_and_keeps_the_nominated_one() -> None:
    ice = agent()
    ice.check(binding(nominate=True), FIRST, 0.0)
    evicted = [checked(ice.check(binding(), ("192.0.2.9", port), 1.0)).evicted for port in range(100)]
    assert len(ice.addresses) == MOST_ADDRESSES
    assert FIRST in ice.addresses
    assert [one for one in evicted if one][:2] == [("192.0.2.9", 0), ("192.0.2.9", 1)]


def test_consent_expires_after_thirty_seconds_without_a_request() -> None:
    ice = agent()
    assert not ice.expired(1000.0)  # nobody was there yet: the handshake's limit is what ends this session
    ice.check(binding(), FIRST, 1000.0)
    assert not ice.expired(1000.0 + CONSENT_SECONDS)
    assert ice.expired(1000.0 + CONSENT_SECONDS + 0.001)


def test_credentials_in_use_outlive_restarts_until_the_new_ones_are_used() -> None:
    ice = agent()
    unused, newest = Credentials("next", "n" * 24), Credentials("last", "l" * 24)
    assert ice.restart(unused, "r1", "s" * 24) is None
    assert ice.restart(newest, "r2", "s" * 24) == unused
    assert ice.check(binding(OURS), FIRST, 1.0) is not None
    assert ice.check(binding(unused), FIRST, 1.0) is None
    assert checked(ice.check(binding(newest), SECOND, 2.0)).retired == OURS
    assert ice.check(binding(OURS), FIRST, 3.0) is None
    assert ice.credentials() == (newest,)


def test_an_address_of_somebody_else_is_answered_but_not_validated() -> None:
    ice = agent()
    answer = checked(ice.check(binding(nominate=True), FIRST, 1.0, accept_address=False))
    assert not answer.validated
    assert (list(ice.addresses), ice.nominated) == ([], None)
