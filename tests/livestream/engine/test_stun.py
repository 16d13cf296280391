from __future__ import annotations

from aioice import stun as independent
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine import stun

PASSWORD = "p" * 24


def request(**attributes: object) -> independent.Message:
    message = independent.Message(
        independent.Method.BINDING,
        independent.Class.REQUEST,
        attributes={"USERNAME": "ours:theirs", "PRIORITY": 1, "ICE-CONTROLLING": 5, **attributes},
    )
    message.add_message_integrity(PASSWORD.encode())
    return message


def test_a_request_names_our_ufrag_and_its_nomination() -> None:
    plain = stun.parse_request(bytes(request()))
    nominating = stun.parse_request(bytes(request(**{"USE-CANDIDATE": None})))
    assert plain is not None
    assert nominating is not None
    assert (plain.local_ufrag, plain.use_candidate, nominating.use_candidate) == ("ours", False, True)
    assert stun.is_authentic(plain, PASSWORD)
    assert not stun.is_authentic(plain, "q" * 24)


def test_without_message_integrity_there_is_no_request() -> None:
    message = independent.Message(independent.Method.BINDING, independent.Class.REQUEST, attributes={"USERNAME": "a:b"})
    assert stun.parse_request(bytes(message)) is None


def test_responses_and_indications_are_not_requests() -> None:
    for kind in (independent.Class.RESPONSE, independent.Class.INDICATION, independent.Class.ERROR):
        message = independent.Message(independent.Method.BINDING, kind, attributes={"USERNAME": "ours:theirs"})
        message.add_message_integrity(PASSWORD.encode())
        assert stun.parse_request(bytes(message)) is None


def test_a_wrong_fingerprint_or_changed_byte_is_refused() -> None:
    data = bytearray(bytes(request()))
    data[30] ^= 1
    parsed = stun.parse_request(bytes(data))
    assert parsed is None or not stun.is_authentic(parsed, PASSWORD)


def test_what_follows_message_integrity_is_not_believed() -> None:
    message = request()
    message.attributes.pop("FINGERPRINT")
    message.attributes["USE-CANDIDATE"] = None  # appended by somebody on the way
    parsed = stun.parse_request(bytes(message))
    assert parsed is not None
    assert not parsed.use_candidate


def test_the_response_carries_the_mapped_address_and_is_authentic() -> None:
    message = request()
    parsed = stun.parse_request(bytes(message))
    assert parsed is not None
    mapped = independent.parse_message(stun.success(parsed, ("::ffff:192.0.2.7", 4567), PASSWORD))
    assert mapped.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.7", 4567)
    for address in (("192.0.2.7", 4567), ("2001:db8::7", 4567)):
        response = independent.parse_message(stun.success(parsed, address, PASSWORD))
        assert response.message_class == independent.Class.RESPONSE
        assert response.transaction_id == message.transaction_id
        assert response.attributes["XOR-MAPPED-ADDRESS"] == address
        assert response.check_message_integrity(PASSWORD.encode())
        assert "FINGERPRINT" in response.attributes


def test_a_controlled_peer_is_told_of_the_role_conflict() -> None:
    message = request(**{"ICE-CONTROLLED": 5})
    parsed = stun.parse_request(bytes(message))
    assert parsed is not None
    assert parsed.conflict is stun.Conflict.BOTH_CONTROLLED
    response = independent.parse_message(stun.role_conflict(parsed, PASSWORD))
    assert response.error_code == 487
    assert response.check_message_integrity(PASSWORD.encode())


def test_credentials_are_long_and_never_the_same() -> None:
    made = {stun.new_credentials() for _ in range(100)}
    assert len(made) == 100
    assert all(len(ufrag) >= 4 and len(password) >= 22 for ufrag, password in made)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=700))
def test_any_bytes_are_taken_without_an_exception(data: bytes) -> None:
    stun.parse_request(data)
    stun.parse_answer(data)
    stun.parse_answer(b"\x01\x01" + len(data).to_bytes(2, "big") + stun.MAGIC_COOKIE + bytes(12) + data)
    stun.parse_request(b"\x00\x01" + len(data).to_bytes(2, "big") + stun.MAGIC_COOKIE + bytes(12) + data)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 200), st.integers(0, 255))
def test_any_changed_byte_is_taken_without_an_exception(at: int, value: int) -> None:
    data = bytearray(bytes(request()))
    data[at % len(data)] = value
    stun.parse_request(bytes(data))
