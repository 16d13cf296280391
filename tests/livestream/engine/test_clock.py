"""The show's clock: continuous, monotonic, and not for a peer to move."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine.clock import ShowClock, StreamClock, ntp_seconds, ntp_timestamp

RATE = 90000


def started(now: float = 100.0) -> ShowClock:
    show = ShowClock()
    show.start(0.0, now, 1_700_000_000.0)
    return show


def test_it_runs_from_the_first_packet() -> None:
    show = ShowClock()
    assert show.show_ms(5.0) is None
    show.start(0.0, 5.0, 0.0)
    assert show.show_ms(5.0) == 0
    assert show.show_ms(6.5) == pytest.approx(1500)
    show.start(100.0, 6.5, 0.0)  # runs already, and further
    assert show.show_ms(6.5) == pytest.approx(1500)


def test_ntp_is_linear_in_show_time() -> None:
    assert ntp_seconds(ntp_timestamp(1_700_000_000.25)) == pytest.approx(1_700_000_000.25)
    show = started()
    assert ntp_seconds(show.ntp(107.0)) - ntp_seconds(show.ntp(100.0)) == pytest.approx(7.0, abs=1e-5)


def test_it_follows_a_source_whose_clock_runs_fast() -> None:
    show = started()
    for step in range(5000):  # 100 s; the source gains 1 ms per second
        now = 100.0 + step * 0.02
        show.observe((now - 100.0) * 1001 - (step % 5) * 3, now)  # and is delayed by up to 12 ms
    assert show.show_ms(200.0) == pytest.approx(100_100, abs=5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(-1e7, 1e7)), max_size=50))
def test_nothing_turns_it_back(samples: list[tuple[float, float]]) -> None:
    show = started()
    now, before = 100.0, 0.0
    for wait, media in samples:
        now += wait
        show.observe(media, now)
        current = show.show_ms(now)
        assert current is not None
        assert current >= before - 1e-6
        before = current
    assert before <= (now - 100.0) * 1000 * 1.06 + 1


def test_timestamps_map_continuously_across_their_wrap() -> None:
    show, clock = started(), StreamClock(RATE)
    first = 0xFFFFFFFF - 4000
    mapped = [clock.map((first + step * 3000) & 0xFFFFFFFF, 100 + step / 30, show) for step in range(10)]
    assert mapped == [mapped[0] + step * 3000 for step in range(10)]
    assert clock.map(first, 100.4, show) == mapped[0]  # a late packet of the first frame


def test_a_stream_starts_after_its_predecessor() -> None:
    show = started()
    clock = StreamClock(RATE, floor=500_000)
    assert clock.map(7, 100.1, show) == 500_000


def test_a_leap_of_the_source_is_not_a_leap_of_the_show() -> None:
    show, clock = started(), StreamClock(RATE)
    clock.map(1000, 100.0, show)
    before = clock.map(4000, 100.033, show)
    after = clock.map(4000 + RATE * 3600, 100.066, show)
    assert 0 < after - before < RATE
    assert clock.jumps == 1
    assert clock.map(4000, 100.07, show, in_order=False) == before  # packets from before the leap stay where they were


def test_a_source_whose_timestamps_begin_anew_goes_on() -> None:
    """Same source, same numbering, timestamps from zero again: without a jump the picture stood still for hours."""
    show, clock = started(), StreamClock(RATE)
    first = 1_000_000_000
    mapped = [clock.map(first + step * 3000, 100 + step / 30, show) for step in range(30)]
    again = [clock.map(step * 3000, 101 + step / 30, show) for step in range(30)]
    assert again[0] > mapped[-1]
    assert again == [again[0] + step * 3000 for step in range(30)]
    assert again[-1] / RATE == pytest.approx((show.show_ms(101 + 29 / 30) or 0) / 1000, abs=0.05)
    straggler = clock.map(first + 28 * 3000, 102.0, show, in_order=False)
    assert straggler <= again[-1]
    assert clock.map(90_000, 102.0, show) == again[-1] + 3000  # and the straggler moved nothing
    assert clock.jumps == 1


def test_pictures_that_refer_to_later_ones_are_no_reset() -> None:
    show, clock = started(), StreamClock(RATE)
    order = [0, 9000, 3000, 6000, 18000, 12000, 15000]
    assert [clock.map(stamp, 100 + step / 30, show) for step, stamp in enumerate(order)] == order
    assert clock.jumps == 0


def test_a_source_that_paused_without_counting_catches_up() -> None:
    show, clock = started(), StreamClock(RATE)
    for step in range(30):
        clock.map(step * 3000, 100 + step / 30, show)
    mapped = 0
    for step in range(30, 130):  # ten seconds of silence, then it goes on where it had been
        mapped = clock.map(step * 3000, 110 + step / 30, show)
    assert mapped / RATE == pytest.approx((show.show_ms(110 + 129 / 30) or 0) / 1000, abs=0.05)
    assert clock.jumps == 1


def test_alignment_is_gradual_monotonic_and_bounded() -> None:
    show = started()
    audio, video = StreamClock(48000), StreamClock(RATE)
    audio.map(0, 100.0, show)
    video.map(0, 100.0, show)
    assert audio.reported(500.0, 0)
    assert video.reported(500.2, 0)  # its first frame was captured 200 ms later than the first sound
    origin = audio.sender_origin()
    assert origin is not None
    assert video.align(origin)
    mapped = [video.map(step * 3000, 100 + step / 30, show) for step in range(1, 80)]
    steps = [after - before for before, after in itertools.pairwise(mapped)]
    assert min(steps) > 0
    assert max(steps) <= 3000 + 450
    assert mapped[-1] == 79 * 3000 + int(0.2 * RATE)


def test_a_report_before_the_first_packet_counts_from_the_first_packet_on() -> None:
    show = started()
    video = StreamClock(RATE)
    assert video.reported(1_000.0, 90_000)
    assert video.moment_of(1_000.0) is None
    first = video.map(90_000 + 9_000, 100.5, show)
    assert video.moment_of(1_000.1) == first / 90
    assert video.moment_of(1_000.0) == first / 90 - 100


def test_unbelievable_reports_are_refused() -> None:
    show = started()
    video = StreamClock(RATE)
    assert video.reported(1.0, RATE * 60)  # kept: there is nothing to tie it to yet
    video.map(0, 100.0, show)
    assert video.sender_origin() is None  # the stream begins a minute away from it
    assert not video.reported(1.0, RATE * 60)  # a minute away from what it sends
    assert not video.align(0.0)
    assert video.reported(1.0, 0)
    assert not video.align(50.0)  # sound and picture are not 49 s apart
    assert video.map(3000, 100.03, show) == 3000


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 0xFFFFFFFF)), min_size=1, max_size=60))
def test_hostile_timestamps_stay_near_the_show(packets: list[tuple[float, int]]) -> None:
    show, clock = started(), StreamClock(RATE)
    now = 100.0
    for wait, timestamp in packets:
        now += wait
        clock.map(timestamp, now, show)
        assert clock.newest_ticks <= show.ticks(now, RATE) + 1.1 * RATE
