"""Where parts and segments of one run end. Pure: coded pictures and sounds in, cuts out; all times in ticks of 90 kHz.

A part ends at the first picture that makes it long enough, so its declared duration is exact. Every part is between 85 % and
100 % of ``PART_TARGET`` (draft-pantos-hls-rfc8216bis section 4.4.4.9), but the last one of a segment may be shorter. Frame
rates of 10, 12, 15, 20, 24, 25, 30, 50 and 60 hit a picture in that range; where none comes in time the part ends between two.
Then the last picture of it lasts beyond its end, up to the next one: a player drops all pictures up to a keyframe when one comes
later than two durations after the one before (Media Source Extensions, "coded frame processing").
A segment begins with a keyframe; only when none has come for four seconds does one begin without.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from livestream.recording.depayload import Picture
from livestream.recording.sound import SAMPLES, Sound

RATE = 90_000
PART_TARGET = 30_000  # a third of a second
_PART_LEAST = 25_560  # 85.2 %: 0.284 s
_PART_MIDDLE = 27_000
SEGMENT_LEAST = 2 * RATE
SEGMENT_MOST = 4 * RATE
# How much longer picture goes on before a part is cut without the sound that is missing in it, and the reverse.
_PATIENCE = RATE * 3 // 10
_STALLED = RATE * 6 // 10
AWAY = RATE * 3 // 2  # media may be away for so long within one run
# Before a pause whose end is not known the picture lasts so long: the next one of this run is within two such durations.
_HELD = AWAY // 2


def sound_ticks(sound: Sound) -> int:
    return sound.samples * 15 // 8


_SOUND = SAMPLES * 15 // 8


@dataclass(frozen=True, slots=True)
class Cut:
    """One part: what is in it, and whether the next one begins a new segment."""

    start: int
    end: int
    # With their durations: the last one's goes beyond the end where the next one comes late.
    pictures: tuple[tuple[Picture, int], ...]
    sounds: tuple[Sound, ...]
    ends_segment: bool

    @property
    def independent(self) -> bool:
        return not self.pictures or self.pictures[0][0].keyframe


class Cutter:
    def __init__(self, start: int, *, picture: bool, sound: bool) -> None:
        self._has_picture = picture
        self._has_sound = sound
        self._part = start  # where the part that is cut next begins
        self._segment = start  # where the segment of the newest boundary begins
        self._bounds: deque[list[int]] = deque()  # [tick, ends the segment], not cut yet
        self._pictures: deque[Picture] = deque()
        self._sounds: deque[Sound] = deque()
        self._shown = start  # newest picture
        self._heard = start  # end of the newest sound
        self._usual = 3_000  # ticks from picture to picture

    def picture(self, picture: Picture) -> list[Cut]:
        ticks = max(picture.ticks, self._shown)
        if ticks > self._shown:
            self._usual = min(ticks - self._shown, PART_TARGET)
        self._advance(ticks, picture.keyframe)
        self._shown = ticks
        self._pictures.append(picture)
        return self._ready()

    def sound(self, sound: Sound) -> list[Cut]:
        self._sounds.append(sound)
        at = sound_ticks(sound)
        self._heard = max(self._heard, at + _SOUND)
        if not self._has_picture:
            self._advance(at, True)
        elif self._heard - self._shown > _STALLED:
            self._fill(self._heard - _STALLED)
        return self._ready()

    def end(self, limit: int | None = None) -> int:
        """Where the last part would end if this were the end, by the picture where there is one."""
        end = self._shown + self._usual if self._has_picture else self._heard
        if self._has_sound and self._heard - end > PART_TARGET:
            end = self._heard  # the picture had stopped before
        return end if limit is None else min(end, limit)

    def flush(self, limit: int | None = None) -> list[Cut]:
        """Everything that is left; the segment ends, at ``limit`` at the latest. ``left`` gives the sounds behind that."""
        cuts = []
        while self._bounds:
            cuts.append(self._cut(over=True))
        end = self.end(limit)
        self._bounds.append([max(end, self._part + 1), 1])
        if self._pictures or self._sounds:
            cuts.append(self._cut(over=True))
        if cuts and not cuts[-1].ends_segment:
            cuts[-1] = replace(cuts[-1], ends_segment=True)
        return [cut for cut in cuts if cut.pictures or cut.sounds]

    @property
    def left(self) -> list[Sound]:
        return list(self._sounds)

    @property
    def _newest(self) -> int:
        return self._bounds[-1][0] if self._bounds else self._part

    def _fill(self, until: int) -> None:
        """Boundaries between two pictures that are far apart."""
        while until - self._newest > PART_TARGET:
            self._bound(self._newest + _PART_MIDDLE, False)

    def _advance(self, ticks: int, keyframe: bool) -> None:
        self._fill(ticks)
        span = ticks - self._newest
        if keyframe and ticks - self._segment >= SEGMENT_LEAST:
            if span == 0 and self._bounds:
                self._bounds[-1][1] = 1
                self._segment = ticks
            elif span > 0:
                self._bound(ticks, True)
        elif span >= _PART_LEAST:
            self._bound(ticks, False)

    def _bound(self, ticks: int, keyframe: bool) -> None:
        ends = keyframe or ticks - self._segment >= SEGMENT_MOST
        if ends:
            self._segment = ticks
        self._bounds.append([ticks, int(ends)])

    def _ready(self) -> list[Cut]:
        cuts = []
        while self._bounds:
            bound = self._bounds[0][0]
            missing = self._has_sound and self._heard < bound
            if missing and self._shown - bound < _PATIENCE:
                break
            cuts.append(self._cut())
        return cuts

    def _cut(self, over: bool = False) -> Cut:
        """``over``: the run ends, no picture comes after those that are here."""
        end, ends_segment = self._bounds.popleft()
        pictures: list[Picture] = []
        while self._pictures and self._pictures[0].ticks < end:
            pictures.append(self._pictures.popleft())
        following = self._pictures[0].ticks if self._pictures else end if over else self._shown + _HELD
        ends = [one.ticks for one in pictures[1:]] + [max(end, following)]
        timed = tuple((one, max(1, stop - one.ticks)) for one, stop in zip(pictures, ends, strict=False))
        sounds: list[Sound] = []
        while self._sounds and sound_ticks(self._sounds[0]) < end:
            sounds.append(self._sounds.popleft())
        cut = Cut(self._part, end, timed, tuple(sounds), bool(ends_segment))
        self._part = end
        return cut
