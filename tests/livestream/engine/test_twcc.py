"""Transport-wide feedback: what is recorded is what a sender reads."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine.twcc import FeedbackRecorder, parse_feedback


def read(packets: list[bytes]) -> list[tuple[int, float | None]]:
    found = []
    for packet in packets:
        assert len(packet) % 4 == 0
        assert len(packet) == 4 * (1 + int.from_bytes(packet[2:4], "big"))
        assert len(packet) < 1250
        parsed = parse_feedback(packet[12:])
        assert parsed is not None
        found += parsed
    return found


def test_arrivals_and_gaps_across_the_wrap() -> None:
    recorder = FeedbackRecorder()
    times = {}
    for offset in range(199):
        if offset % 7 != 3:
            sequence = (65450 + offset) & 0xFFFF
            times[sequence] = 50.0 + offset * 0.003
            recorder.record(sequence, times[sequence])
    found = dict(read(recorder.feedback(1, 2)))
    assert len(found) == 199
    for sequence, arrival in found.items():
        if sequence in times:
            assert arrival is not None
            assert arrival == pytest.approx(times[sequence], abs=0.00026)
        else:
            assert arrival is None
    assert recorder.feedback(1, 2) == []


def test_a_loss_at_the_seam_is_reported() -> None:
    recorder = FeedbackRecorder()
    recorder.record(10, 1.0)
    recorder.feedback(1, 2)
    recorder.record(12, 1.1)
    assert [number for number, arrival in read(recorder.feedback(1, 2)) if arrival is None] == [11]


def test_an_overtaken_packet_is_reported_later() -> None:
    recorder = FeedbackRecorder()
    for sequence in (1, 2, 4):
        recorder.record(sequence, 1.0 + sequence / 100)
    recorder.feedback(1, 2)
    recorder.record(3, 1.2)
    recorder.record(5, 1.21)
    found = dict(read(recorder.feedback(1, 2)))
    assert found[3] == pytest.approx(1.2, abs=0.001)
    assert found[5] == pytest.approx(1.21, abs=0.001)


def test_long_pauses_start_a_new_packet() -> None:
    recorder = FeedbackRecorder()
    recorder.record(1, 1.0)
    recorder.record(2, 20.0)
    packets = recorder.feedback(1, 2)
    assert len(packets) == 2
    assert [arrival for _, arrival in read(packets)] == [pytest.approx(1.0), pytest.approx(20.0)]
    assert [packet[19] for packet in packets] == [0, 1]  # the count of feedback packets


def test_many_arrivals_fit_datagrams() -> None:
    recorder = FeedbackRecorder()
    for sequence in range(1700):
        recorder.record(sequence, 1.0 + sequence * 0.07)  # every delta is a large one
    found = read(recorder.feedback(1, 2))
    assert [number for number, _ in found] == list(range(1700))


def test_another_numbering_starts_over() -> None:
    recorder = FeedbackRecorder()
    recorder.record(1, 1.0)
    recorder.record(30000, 1.1)
    assert [number for number, _ in read(recorder.feedback(1, 2))] == [30000]


def test_random_traffic_stays_bounded() -> None:
    rng = random.Random(4)
    recorder = FeedbackRecorder()
    for step in range(20_000):
        recorder.record(rng.randrange(65536) if rng.random() < 0.3 else step & 0xFFFF, step * 0.001)
        if step % 50 == 0:
            read(recorder.feedback(1, 2))
    assert len(recorder._arrivals) <= 2200


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3000)), max_size=60))
def test_any_arrivals_are_read_back(arrivals: list[tuple[int, int]]) -> None:
    recorder = FeedbackRecorder()
    expected: dict[int, float] = {}
    for sequence, milliseconds in arrivals:
        recorder.record(1000 + sequence, 5 + milliseconds / 1000)
        if arrivals and 1000 + sequence >= 1000 + arrivals[0][0] - 100:
            expected.setdefault(1000 + sequence, 5 + milliseconds / 1000)
    found = {number: arrival for number, arrival in read(recorder.feedback(1, 2)) if arrival is not None}
    assert found.keys() == expected.keys()
    assert all(found[number] == pytest.approx(expected[number], abs=0.0003) for number in found)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120))
def test_any_feedback_is_read_or_refused(body: bytes) -> None:
    parsed = parse_feedback(body)
    assert parsed is None or len(parsed) <= 65535


def test_a_short_report_about_a_multitude_is_refused() -> None:
    """Thirty bytes may claim 65,535 statuses; unfolding dozens of those out of one datagram would stop the media for a while."""
    body = struct.pack("!HH", 0, 65535) + bytes(4) + struct.pack("!H", 0x1FFF) * 8
    assert parse_feedback(body) is None
    body = struct.pack("!HH", 0, 4096) + bytes(4) + struct.pack("!H", 4096)
    assert len(parse_feedback(body) or ()) == 4096
