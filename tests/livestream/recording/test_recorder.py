"""From packets to a folder that plays: parts, journal, crash at any byte, discontinuities, transcoding."""

from __future__ import annotations

import io
import itertools
import json
import random
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import m3u8
import pytest
from aiortc.codecs.vpx import Vp8Encoder

from livestream.hls import playlist
from livestream.media import MediaPacket
from livestream.recording import worker
from livestream.recording.journal import JOURNAL, Contents, Part
from livestream.recording.making import ClipTask, clip
from livestream.recording.shelf import Shelf, read_entries
from livestream.recording.worker import NoEncoder, Recorder
from tests.livestream.recording.samples import packets


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    lines: list[Any] = []
    monkeypatch.setattr(worker, "say", lines.append)
    return lines


def record(folder: Path, given: list[MediaPacket], *, may_encode: bool = False) -> Contents:
    shelf = Shelf(folder)
    try:
        recorder = Recorder(shelf, may_encode=may_encode)
        for packet in given:
            recorder.packet(packet)
        recorder.flush()
    finally:
        shelf.close()
    return contents(folder)


def contents(folder: Path) -> Contents:
    return Contents(read_entries(folder)[0])


def opened(source: Any) -> Any:
    return av.open(source, format="mp4")


def frames(folder: Path, found: Contents) -> dict[int, list[int]]:
    """Every picture of every run, decoded: times in milliseconds. Raises what FFmpeg does not like."""
    shown: dict[int, list[int]] = {}
    for run, segments in itertools.groupby(found.segments, key=lambda one: one.run):
        data = (folder / f"init-{run}.mp4").read_bytes()
        data += b"".join((folder / f"{one.number}.m4s").read_bytes() for one in segments)
        with opened(io.BytesIO(data)) as container:
            shown[run] = [int(frame.pts * frame.time_base * 1000) for frame in container.decode(video=0)]
    return shown


def test_every_picture_is_there_at_its_show_time(tmp_path: Path) -> None:
    found = record(tmp_path, packets(8, at_ms=5_000))
    assert frames(tmp_path, found) == {0: [5_000 + number * 100 // 3 for number in range(240)]}
    assert found.segments[0].start == 5_000 * 90
    assert found.runs[0].codecs.startswith("avc1.42")
    assert found.runs[0].codecs.endswith(",mp4a.40.2")
    assert (found.runs[0].width, found.runs[0].height, found.runs[0].copied) == (192, 128, True)
    assert [thumbnail.at for thumbnail in found.thumbnails] == [5_000]
    assert (tmp_path / "poster.jpg").stat().st_size > 200
    part = found.segments[1].parts[0]
    with (tmp_path / "1.m4s").open("rb") as file:
        moof = file.read(part.size)
    assert moof[4:8] == b"moof"
    assert moof.index(b"mdat") > 8


def test_picture_and_sound_stay_together(tmp_path: Path) -> None:
    found = record(tmp_path, packets(6, at_ms=777))
    data = (tmp_path / "init-0.mp4").read_bytes()
    data += b"".join((tmp_path / f"{one.number}.m4s").read_bytes() for one in found.segments)
    with opened(io.BytesIO(data)) as container:
        sounds = [packet.pts for packet in container.demux(audio=0) if packet.pts is not None]
    assert sounds[0] == 777 * 48
    assert {two - one for one, two in itertools.pairwise(sounds)} == {1024}


def test_lost_sound_becomes_silence(tmp_path: Path) -> None:
    sent = packets(5)
    gap = [one for one in sent if one.kind == "video" or not 1_000 * 48 + 80_000 < one.ticks < 1_000 * 48 + 110_000]
    found = record(tmp_path, gap)
    data = (tmp_path / "init-0.mp4").read_bytes()
    data += b"".join((tmp_path / f"{one.number}.m4s").read_bytes() for one in found.segments)
    with opened(io.BytesIO(data)) as container:
        sounds = [packet.pts for packet in container.demux(audio=0) if packet.pts is not None]
    assert {two - one for one, two in itertools.pairwise(sounds)} == {1024}


def test_a_host_who_comes_back_larger_begins_a_new_run(tmp_path: Path) -> None:
    again = packets(5, at_ms=20_000, source=7, width=256)
    found = record(tmp_path, packets(5) + again)
    assert sorted(found.runs) == [0, 1]
    assert (found.runs[1].width, found.runs[0].width) == (256, 192)
    shown = frames(tmp_path, found)
    assert shown[0][0] == 1_000
    assert shown[1][0] == 20_000
    assert len(shown[0]) == len(shown[1]) == 150
    text = playlist.recorded(found.segments, found.runs, 1_700_000_000_000)
    parsed = m3u8.loads(text)
    jumps = [segment for segment in parsed.segments if segment.discontinuity]
    assert len(jumps) == 1
    assert jumps[0].init_section.uri == "init-1.mp4"
    assert jumps[0].program_date_time.timestamp() == 1_700_000_020.0


def test_killed_at_any_byte_all_whole_parts_play_and_the_recording_goes_on(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    record(whole, packets(8))
    journal = (whole / JOURNAL).read_bytes()
    chance = random.Random(11)
    for number in range(12):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        # A kill leaves a journal of any length, and media of at least what the journal speaks of, and something more.
        cut = chance.randrange(len(journal))
        (folder / JOURNAL).write_bytes(journal[:cut])
        lines = [json.loads(line) for line in journal[:cut].split(b"\n")[:-1]]
        kept = [line for line in lines if line["is"] == "part"]
        sizes = {line["segment"]: line["offset"] + line["size"] for line in kept}
        newest = max(sizes, default=-1)
        for file in folder.glob("*.m4s"):
            if int(file.stem) == newest:
                file.write_bytes(file.read_bytes()[: sizes[newest] + chance.randrange(3_000)])
            elif int(file.stem) > newest + 1:
                file.unlink()
        before = contents(folder)
        assert [part for segment in before.segments for part in segment.parts] == [
            Part(**{name: value for name, value in line.items() if name != "is"}) for line in kept
        ]
        after = record(folder, packets(4, at_ms=30_000, source=9, first=9_000))
        assert [one.number for one in after.segments] == list(range(len(after.segments)))
        shown = frames(folder, after)
        assert max(shown) == after.next_run - 1
        assert shown[max(shown)] == [30_000 + one * 100 // 3 for one in range(120)]
        assert sum(map(len, shown.values())) > 119


def test_a_power_cut_that_took_bytes_takes_their_lines_too(tmp_path: Path) -> None:
    found = record(tmp_path, packets(6))
    last = tmp_path / f"{found.segments[-1].number}.m4s"
    last.write_bytes(last.read_bytes()[: found.segments[-1].parts[0].size + 10])
    assert len(contents(tmp_path).segments[-1].parts) == 1


def test_only_one_process_writes_a_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livestream.recording.shelf._LOCK_SECONDS", 0.0)
    shelf = Shelf(tmp_path)
    with pytest.raises(OSError, match="another process"):
        Shelf(tmp_path)
    shelf.close()
    Shelf(tmp_path).close()


def test_a_window_keeps_its_newest_segments(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, keep=2)
    recorder = Recorder(shelf, may_encode=False)
    for packet in packets(14):
        recorder.packet(packet)
    recorder.flush()
    shelf.close()
    assert len(list(tmp_path.glob("*.m4s"))) == 2
    again = Shelf(tmp_path, keep=2)
    assert again.contents.next_segment >= 5
    again.close()


def vp8(seconds: int) -> list[MediaPacket]:
    encoder, made, index = Vp8Encoder(), [], 50
    for number in range(seconds * 30):
        frame = av.VideoFrame(192, 128, "yuv420p")
        for plane, value in zip(frame.planes, (30 + number, 90, 160), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = number * 3_000, Fraction(1, 90_000)
        pieces, _ = encoder.encode(frame, number == 0)
        for place, payload in enumerate(pieces):
            last = place == len(pieces) - 1
            made.append(MediaPacket(3, "video", "VP8", index, 90_000 + number * 3_000, last, payload))
            index += 1
    return made


def test_vp8_is_encoded_once_where_there_is_room_for_it(tmp_path: Path) -> None:
    sent = vp8(3) + [packet for packet in packets(3) if packet.kind == "audio"]
    sent.sort(key=lambda one: one.ticks / (90 if one.kind == "video" else 48))
    with pytest.raises(NoEncoder):
        record(tmp_path / "no", sent)
    found = record(tmp_path / "yes", sent, may_encode=True)
    assert found.runs[0].copied is False
    shown = frames(tmp_path / "yes", found)[0]
    assert shown == [1_000 + number * 100 // 3 for number in range(90)]


def played(path: Path) -> tuple[list[int], int]:
    """Times (ms) of the pictures that a player shows, and of the first sound."""
    with opened(str(path)) as container:
        pictures = [int(frame.pts * frame.time_base * 1000) for frame in container.decode(video=0)]
    with opened(str(path)) as container:
        sounds = [frame.pts for frame in container.decode(audio=0)]
    return pictures, int(sounds[0] / 48)


def test_a_clip_begins_and_ends_where_it_was_cut_and_is_copied(tmp_path: Path) -> None:
    record(tmp_path, packets(10))
    output = tmp_path / "clip.mp4"
    made = clip(ClipTask(str(tmp_path), 4_200, 7_200, str(output)))
    assert made.copied
    assert made.seconds == 3.0
    pictures, sound = played(output)
    assert len(pictures) in (90, 91), "the keyframe before the cut is there, but not shown"
    assert pictures[0] <= 34
    assert 2_930 <= pictures[-1] <= 3_000
    assert 0 <= sound < 30


def test_a_clip_over_two_sizes_is_one_picture_size(tmp_path: Path) -> None:
    record(tmp_path, packets(5) + packets(5, at_ms=8_000, source=7, width=256))
    output = tmp_path / "clip.mp4"
    made = clip(ClipTask(str(tmp_path), 4_000, 10_000, str(output)))
    assert not made.copied
    assert (made.width, made.height) == (256, 128)
    pictures, _ = played(output)
    assert len(pictures) == pytest.approx(2 * 30 + 2 * 30, abs=2)
    assert max(two - one for one, two in itertools.pairwise(pictures)) < 100, "the pause is left out"


def test_the_journal_is_small(tmp_path: Path) -> None:
    found = record(tmp_path, packets(8))
    parts = sum(len(segment.parts) for segment in found.segments)
    assert (tmp_path / JOURNAL).stat().st_size < parts * 180 + 400
