"""A show as runs of parts: a new run, with an init segment of its own, wherever a player must start its decoders anew.

A run ends when the host comes back as another source, when the picture's parameters change (size, codec), when media was away
for longer than a player may wait, and when sound joins a silent picture. Pure but for the muxer that it is given nothing of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from livestream.recording.cutting import AWAY, RATE, Cut, Cutter, sound_ticks
from livestream.recording.depayload import Picture
from livestream.recording.sound import Sound

_UNDECIDED = RATE * 8 // 10  # pictures that wait for the first sound of a run
_PICTURELESS = RATE * 3  # sound that waits for a first picture
_MOST_WAITING = 400  # sounds or pictures before a run: eight seconds of sound


@dataclass(frozen=True, slots=True)
class RunStart:
    """What a run is made of. ``first``: its first picture, None without any."""

    first: Picture | None
    sound: bool


Output = RunStart | Cut


class Program:
    """Takes pictures and sounds in the order of their time, each kind for itself. ``wants_keyframe`` asks for one."""

    def __init__(self, finish_sound: Callable[[int], list[Sound]] = lambda _: []) -> None:
        """``finish_sound``: gives the sounds that are missing up to this sample, when a run ends."""
        self.wants_keyframe = False
        self._finish_sound = finish_sound
        self._cutter: Cutter | None = None
        self._start: RunStart | None = None
        self._newest = 0
        self._pictures: list[Picture] = []
        self._sounds: list[Sound] = []
        self._renew = False

    def picture(self, picture: Picture) -> list[Output]:
        made: list[Output] = []
        if self._cutter is not None and self._ends_run(picture):
            made += self.flush(picture.ticks)
        if self._cutter is not None:
            self._newest = max(self._newest, picture.ticks)
            return [*made, *self._cutter.picture(picture)]
        if not self._pictures and not picture.keyframe:
            self.wants_keyframe = True
            return made
        if self._pictures and (picture.source, picture.config) != (self._pictures[0].source, self._pictures[0].config):
            self._pictures.clear()
            if not picture.keyframe:
                self.wants_keyframe = True
                return made
        self._pictures.append(picture)
        return made + self._begin()

    def _ends_run(self, picture: Picture) -> bool:
        assert self._start is not None
        first = self._start.first
        if first is None:
            return picture.keyframe
        return (
            picture.source != first.source
            or picture.config != first.config
            or picture.ticks - self._newest > AWAY
            or (self._renew and picture.keyframe)
        )

    def sound(self, sound: Sound) -> list[Output]:
        if self._cutter is None:
            self._sounds.append(sound)
            del self._sounds[:-_MOST_WAITING]
            return self._begin()
        assert self._start is not None
        if not self._start.sound:
            self._renew = self.wants_keyframe = True
            self._sounds.append(sound)
            del self._sounds[:-_MOST_WAITING]
            return []
        made: list[Output] = []
        if self._start.first is None:
            if sound_ticks(sound) - self._newest > AWAY:
                made += self.flush()
                self._sounds.append(sound)
                return made
            self._newest = sound_ticks(sound)
        return [*made, *self._cutter.sound(sound)]

    def flush(self, limit: int | None = None) -> list[Output]:
        """End the run, at ``limit`` at the latest; pictures that were not enough to begin one are forgotten."""
        made: list[Output] = []
        if self._cutter is not None:
            assert self._start is not None
            if self._start.first is not None and self._start.sound:
                for sound in self._finish_sound(self._cutter.end(limit) * 8 // 15):
                    made += self._cutter.sound(sound)
            made += self._cutter.flush(limit)
            self._sounds = self._cutter.left + self._sounds
        self._cutter = self._start = None
        self._pictures.clear()
        self._renew = False
        return made

    def _begin(self) -> list[Output]:
        if self._pictures:
            start = self._pictures[0].ticks
            self._sounds = [one for one in self._sounds if sound_ticks(one) >= start]
            if not self._sounds and self._pictures[-1].ticks - start < _UNDECIDED:
                return []
            if len(self._pictures) > _MOST_WAITING:
                self._pictures.clear()
                return []
        elif not self._sounds or sound_ticks(self._sounds[-1]) - sound_ticks(self._sounds[0]) < _PICTURELESS:
            return []
        else:
            start = sound_ticks(self._sounds[0])
        pictures, sounds = self._pictures, self._sounds
        self._pictures, self._sounds = [], []
        self._start = RunStart(pictures[0] if pictures else None, bool(sounds))
        self._cutter = Cutter(start, picture=bool(pictures), sound=bool(sounds))
        self._newest = start
        made: list[Output] = [self._start]
        # In the order of time, or the cutter would take one kind for missing.
        queue: list[tuple[int, int, Picture | Sound]] = [(one.ticks, 0, one) for one in pictures]
        queue += [(sound_ticks(one), 1, one) for one in sounds]
        queue.sort(key=lambda item: item[:2])
        for _, _, one in queue:
            made += self.picture(one) if isinstance(one, Picture) else self.sound(one)
        return made
