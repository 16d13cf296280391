from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine.dtls import MTU, DtlsContext, DtlsPeer, DtlsState, Fingerprint, split_records
from livestream.engine.srtp import PROFILES

OURS, THEIRS = DtlsContext(), DtlsContext()


def pair() -> tuple[DtlsPeer, DtlsPeer]:
    return DtlsPeer(OURS, (THEIRS.fingerprint,), client=False), DtlsPeer(THEIRS, (OURS.fingerprint,), client=True)


def exchange(server: DtlsPeer, client: DtlsPeer, flight: list[bytes]) -> None:
    """Carry flights to and fro until nobody has anything to say."""
    for _ in range(20):
        if not flight:
            return
        answer = [out for datagram in flight for out in server.receive(datagram)]
        flight = [out for datagram in answer for out in client.receive(datagram)]
    raise AssertionError("the handshake does not end")


def test_both_sides_connect_and_their_keys_fit() -> None:
    server, client = pair()
    exchange(server, client, client.start())
    assert (server.state, client.state) == (DtlsState.CONNECTED, DtlsState.CONNECTED)
    assert server.profile is PROFILES[0]  # AES-128-GCM first
    assert server.sender is not None
    assert server.receiver is not None
    assert client.sender is not None
    assert client.receiver is not None
    packet = bytes([0x80, 96, 0, 1]) + bytes(8) + b"media"
    protected = server.sender.rtp(packet)
    assert protected is not None
    assert client.receiver.rtp(protected) == packet
    back = client.sender.rtp(packet)
    assert back is not None
    assert server.receiver.rtp(back) == packet


def test_an_old_peer_gets_sha1() -> None:
    old = DtlsContext()
    old.ssl.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80")
    server = DtlsPeer(OURS, (old.fingerprint,), client=False)
    client = DtlsPeer(old, (OURS.fingerprint,), client=True)
    exchange(server, client, client.start())
    assert server.profile is PROFILES[1]


def test_another_certificate_than_announced_gives_no_keys() -> None:
    stranger = DtlsContext()
    server = DtlsPeer(OURS, (THEIRS.fingerprint,), client=False)
    client = DtlsPeer(stranger, (OURS.fingerprint,), client=True)
    exchange(server, client, client.start())
    assert server.state is DtlsState.CLOSED
    assert "certificate" in server.reason
    assert server.sender is None
    assert server.receiver is None


def test_the_client_role_checks_the_fingerprint_too() -> None:
    server = DtlsPeer(OURS, (THEIRS.fingerprint,), client=False)
    client = DtlsPeer(THEIRS, (THEIRS.fingerprint,), client=True)  # expects its own certificate, gets another
    exchange(server, client, client.start())
    assert client.state is DtlsState.CLOSED
    assert client.sender is None


@pytest.mark.parametrize(("algorithm", "digest"), [("sha-256", "sha256"), ("sha-384", "sha384"), ("sha-512", "sha512")])
def test_fingerprints_of_every_sha2_are_compared(algorithm: str, digest: str) -> None:
    server, client = pair()
    exchange(server, client, client.start())
    certificate = server._connection.get_peer_certificate()
    assert certificate is not None
    fingerprint = Fingerprint.parse(f"{algorithm.upper()} {certificate.digest(digest).decode().lower()}")
    assert fingerprint is not None
    again, client = DtlsPeer(OURS, (fingerprint,), client=False), DtlsPeer(THEIRS, (OURS.fingerprint,), client=True)
    exchange(again, client, client.start())
    assert again.state is DtlsState.CONNECTED


@pytest.mark.parametrize(
    "text", ["sha-1 " + ":".join(["AB"] * 20), "sha-256 AB:CD", "sha-256", "", "sha-256 " + "ZZ:" * 31 + "ZZ"]
)
def test_other_fingerprints_are_not_known(text: str) -> None:
    assert Fingerprint.parse(text) is None


def test_a_client_hello_in_two_datagrams_is_put_together() -> None:
    """Browsers' hello outgrows a datagram: here the one record becomes two handshake fragments (RFC 6347 section 4.2.3)."""
    server, client = pair()
    (hello,) = client.start()
    header, message = hello[:13], hello[25:]
    kind, length, sequence = hello[13:14], hello[14:17], hello[17:19]
    halves = []
    for number, (begin, end) in enumerate([(0, 60), (60, len(message))]):
        body = (
            kind + length + sequence + begin.to_bytes(3, "big") + (end - begin).to_bytes(3, "big") + message[begin:end]
        )
        halves.append(header[:5] + number.to_bytes(6, "big") + len(body).to_bytes(2, "big") + body)
    assert server.receive(halves[0]) == []
    answer = server.receive(halves[1])
    assert answer, "both halves make a hello that is answered"


def test_a_lost_first_flight_is_sent_again() -> None:
    import time

    server, client = pair()
    client.start()
    limit = time.monotonic() + 30  # OpenSSL's first timer is one second
    again: list[bytes] = []
    while not again and time.monotonic() < limit:
        again = client.timer()
        time.sleep(0.01)
    exchange(server, client, again)
    assert server.state is DtlsState.CONNECTED


def test_goodbye_is_understood_and_final() -> None:
    server, client = pair()
    exchange(server, client, client.start())
    (goodbye,) = client.close()
    server.receive(goodbye)
    assert (server.state, client.state) == (DtlsState.CLOSED, DtlsState.CLOSED)
    assert client.close() == []
    assert server.receive(goodbye) == []


def test_closing_before_the_handshake_is_fine() -> None:
    server, client = pair()
    client.start()
    server.close()
    client.close()
    assert client.state is DtlsState.CLOSED


def test_datagrams_after_the_handshake_do_not_pile_up() -> None:
    """Application data and replayed records are drained: OpenSSL's input buffer is empty after each datagram."""
    server, client = pair()
    exchange(server, client, client.start())
    for _ in range(200):
        client._connection.send(b"x" * 1000)
        for datagram in client._outgoing():
            server.receive(datagram + datagram)  # two records in one datagram, the second a replay
    assert server.state is DtlsState.CONNECTED
    assert server._connection.pending() == 0


def test_a_forged_record_does_not_end_a_connected_session() -> None:
    server, client = pair()
    exchange(server, client, client.start())
    client._connection.send(b"x" * 100)
    (record,) = client._outgoing()
    server.receive(record[:-1] + bytes([record[-1] ^ 1]))
    plain_alert = b"\x15\xfe\xfd\x00\x00" + bytes(6) + b"\x00\x02\x02\x28"
    server.receive(plain_alert)
    assert server.state is DtlsState.CONNECTED


def test_flights_are_cut_at_record_borders() -> None:
    record = b"\x16\xfe\xfd" + bytes(8) + (487).to_bytes(2, "big") + bytes(487)
    assert [len(one) for one in split_records(record * 5)] == [1000, 1000, 500]
    assert all(len(one) <= MTU for one in split_records(record * 9))
    assert split_records(b"") == []
    assert split_records(b"\x16") == [b"\x16"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=4))
def test_any_bytes_are_taken_without_an_exception(datagrams: list[bytes]) -> None:
    server, _ = pair()
    for datagram in datagrams:
        server.receive(b"\x16\xfe\xfd" + datagram)
        server.receive(datagram)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_in_the_handshake_harms_nobody(at: int, value: int) -> None:
    server, client = pair()
    flight = client.start()
    for _ in range(6):
        changed = [bytes([*one[: at % len(one)], value, *one[at % len(one) + 1 :]]) for one in flight]
        flight = [out for datagram in changed for out in server.receive(datagram)]
        flight = [out for datagram in flight for out in client.receive(datagram)]
    assert server.state in DtlsState
