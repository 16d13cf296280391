"""Where parts and segments end: rules of rfc8216bis that a playlist must be able to promise."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.recording.cutting import AWAY, PART_TARGET, RATE, SEGMENT_MOST, Cut, Cutter
from livestream.recording.depayload import Picture
from livestream.recording.program import Output, Program, RunStart
from livestream.recording.sound import SAMPLES, Sound


def run(fps: float, seconds: float, every: float, start: int = 0, *, sound: bool = True) -> list[Cut]:
    """All parts of a steady stream with a keyframe each ``every`` seconds."""
    cutter = Cutter(start, picture=True, sound=sound)
    cuts: list[Cut] = []
    step = RATE / fps
    heard = start * 8 // 15
    last_key = float("-inf")
    for number in range(int(seconds * fps)):
        ticks = start + round(number * step)
        key = ticks - last_key >= every * RATE
        last_key = ticks if key else last_key
        while sound and heard * 15 // 8 < ticks:
            cuts += cutter.sound(Sound(heard, b"s"))
            heard += SAMPLES
        cuts += cutter.picture(Picture(1, "H264", ticks, b"p", key, b"c"))
    return cuts + cutter.flush()


@given(st.sampled_from([10, 12, 15, 20, 24, 25, 29.97, 30, 50, 60]), st.floats(1, 9), st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_parts_keep_their_promises(fps: float, every: float, start: int) -> None:
    cuts = run(fps, 20, every, start)
    assert cuts[0].start == start
    assert all(one.end == two.start for one, two in itertools.pairwise(cuts))
    for cut in cuts:
        assert cut.end - cut.start <= PART_TARGET + 1
        if not cut.ends_segment:
            assert cut.end - cut.start >= 0.85 * PART_TARGET
        assert sum(duration for _, duration in cut.pictures) == cut.end - cut.pictures[0][0].ticks
    segment = start
    for before, cut in itertools.pairwise(cuts):
        if before.ends_segment:
            assert before.end - segment <= SEGMENT_MOST + PART_TARGET
            segment = cut.start
            if every <= 3.5:
                assert cut.independent
    assert len(cuts[-1].pictures)
    assert cuts[-1].ends_segment


def test_no_picture_and_no_sound_is_lost_or_told_twice() -> None:
    cuts = run(30, 15, 2.5)
    pictures = [picture.ticks for cut in cuts for picture, _ in cut.pictures]
    assert pictures == [number * 3_000 for number in range(15 * 30)]
    sounds = [sound.samples for cut in cuts for sound in cut.sounds]
    assert sounds == sorted(set(sounds))
    assert sounds[0] == 0
    assert sounds[-1] // SAMPLES == len(sounds) - 1


def browsers_drop(cuts: list[Cut]) -> int:
    """How many pictures a browser's player leaves out (Media Source Extensions section 3.5.8 step 6, coded frame
    processing): from one that comes more than two durations after the one before, up to a keyframe."""
    dropped = 0
    last: tuple[int, int] | None = None  # ticks, duration
    waits = True
    for picture, duration in (shown for cut in cuts for shown in cut.pictures):
        if last is not None and not 0 <= picture.ticks - last[0] <= 2 * last[1]:
            waits = True
        waits = waits and not picture.keyframe
        dropped += waits
        last = None if waits else (picture.ticks, duration)
    return dropped


@given(st.lists(st.integers(1_000, AWAY), min_size=2, max_size=80), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_player_drops_no_picture_of_a_camera_that_is_out_of_step(steps: list[int], sound: bool) -> None:
    cutter = Cutter(0, picture=True, sound=sound)
    cuts: list[Cut] = []
    ticks = [0, *itertools.accumulate(steps)]
    heard = 0
    for place, at in enumerate(ticks):
        while sound and heard * 15 // 8 < at:
            cuts += cutter.sound(Sound(heard, b"s"))
            heard += SAMPLES
        cuts += cutter.picture(Picture(1, "H264", at, b"p", place == 0, b"c"))
    cuts += cutter.flush()
    assert [picture.ticks for cut in cuts for picture, _ in cut.pictures] == ticks
    assert browsers_drop(cuts) == 0


def test_sound_that_stops_holds_up_nothing() -> None:
    cutter = Cutter(0, picture=True, sound=True)
    cuts = []
    for number in range(90):
        cuts += cutter.picture(Picture(1, "H264", number * 3_000, b"p", number == 0, b"c"))
    assert cuts
    assert cuts[-1].end >= 90 * 3_000 - RATE


def test_a_picture_that_stops_lets_the_sound_go_on() -> None:
    cutter = Cutter(0, picture=True, sound=True)
    cuts = cutter.picture(Picture(1, "H264", 0, b"p", True, b"c"))
    for number in range(200):
        cuts += cutter.sound(Sound(number * SAMPLES, b"s"))
    assert cuts[-1].end > 3 * RATE
    assert all(cut.end - cut.start <= PART_TARGET for cut in cuts)


def starts(made: list[Output]) -> list[RunStart]:
    return [one for one in made if isinstance(one, RunStart)]


def feed(
    program: Program, source: int, first_ms: int, ms: int, *, config: bytes = b"c", sound: bool = True
) -> list[Output]:
    made: list[Output] = []
    for at in range(first_ms, first_ms + ms, 40):
        made += program.picture(Picture(source, "H264", at * 90, b"p", at == first_ms, config))
        if sound:
            for half in (at, at + 20):
                made += program.sound(Sound(half * 48, b"s"))
    return made


def test_a_new_run_for_another_source_another_size_and_after_a_pause() -> None:
    program = Program()
    made = feed(program, 1, 1_000, 4_000)
    made += feed(program, 1, 5_000, 2_000, config=b"larger")
    made += feed(program, 2, 12_000, 2_000, config=b"larger")
    made += feed(program, 2, 20_000, 2_000, config=b"larger")
    made += program.flush()
    found = starts(made)
    assert [start.first.ticks // 90 for start in found if start.first] == [1_000, 5_000, 12_000, 20_000]
    assert all(start.sound for start in found)
    cuts = [one for one in made if isinstance(one, Cut)]
    assert all(one.end <= two.start for one, two in itertools.pairwise(cuts)), "show time never goes back"


def test_sound_that_joins_a_silent_picture_begins_a_run_at_the_next_keyframe() -> None:
    program = Program()
    made = feed(program, 1, 0, 3_000, sound=False)
    assert [start.sound for start in starts(made)] == [False]
    for at in range(3_000, 4_000, 20):
        made += program.sound(Sound(at * 48, b"s"))
    assert program.wants_keyframe
    made += feed(program, 1, 4_000, 2_000)
    assert [start.sound for start in starts(made)] == [False, True]


def test_sound_alone_is_a_run_too() -> None:
    program = Program()
    made: list[Output] = []
    for number in range(500):
        made += program.sound(Sound(number * SAMPLES, b"s"))
    made += program.flush()
    assert [start.first for start in starts(made)] == [None]
    cuts = [one for one in made if isinstance(one, Cut)]
    assert sum(len(cut.sounds) for cut in cuts) == 500
    assert sum(cut.ends_segment for cut in cuts) >= 3
