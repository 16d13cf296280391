"""The process that records one show: ``python -m livestream.recording.worker``, started by ``process.py``.

Packets come as messages of a socket (``wire.py``); what has become of them goes out as JSON lines on standard output, each after
its bytes are in their file. The end of the socket is the end of the show, or of the server: either way the last part is
written and the process ends. A thread of its own empties the socket, so that an encoder's pause costs no packets.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
import threading
import time
from collections import deque
from pathlib import Path

import av
import msgspec

from livestream.media import MediaPacket
from livestream.recording import wire
from livestream.recording.cutting import Cut
from livestream.recording.depayload import Assembler, Picture
from livestream.recording.journal import Entry, Run
from livestream.recording.muxing import RunMuxer
from livestream.recording.ordering import Ordering
from livestream.recording.picture import Transcoder
from livestream.recording.program import Output, Program, RunStart
from livestream.recording.shelf import Shelf
from livestream.recording.sound import SoundTrack
from livestream.recording.stills import Stills

logger = logging.getLogger(__name__)

# Packets read and not processed yet: eight seconds of a good picture. Beyond it the newest is dropped and counted.
MOST_WAITING = 3_000
# An encoder that is this many packets behind leaves out every second picture.
BEHIND = 600
# Media that may pass before a missing packet is given up: two repeats over 150 ms lines.
PATIENCE_VIDEO = 90_000 * 4 // 10
_PATIENCE_AUDIO = 48_000 * 2 // 10
_IDLE = 1.5  # s without packets after which what there is becomes a part
# A segment wants a keyframe after three seconds; asking takes a round trip and a frame or two.
_KEYFRAME_TICKS = 90_000 * 26 // 10
_ASK_EVERY = 1.0  # s


class Need(msgspec.Struct, frozen=True, tag="need", tag_field="is"):
    """To the server: the host should send a keyframe, or this worker lacks something for good."""

    what: str  # "keyframe" | "encoder"


class Ready(msgspec.Struct, frozen=True, tag="ready", tag_field="is"):
    """The folder is ours; packets are welcome."""


class Failed(msgspec.Struct, frozen=True, tag="failed", tag_field="is"):
    """The last line of a worker that gives up."""

    message: str


class Counts(msgspec.Struct, frozen=True, tag="counts", tag_field="is"):
    """The last line: what was dropped where since the start."""

    dropped: int  # packets that did not fit the queue
    lost: int  # packets that never came
    late: int
    skipped: int  # pictures left out by an encoder that was behind
    undecodable: int


Line = Entry | Need | Ready | Failed | Counts


class NoEncoder(Exception):
    """The host sends what must be encoded again, and the server has no room for another encoder."""


class Recorder:
    """Packets in, files and lines out."""

    def __init__(self, shelf: Shelf, *, may_encode: bool) -> None:
        self._shelf = shelf
        self._may_encode = may_encode
        self._orders: dict[tuple[str, int], Ordering] = {}
        self._assembler: Assembler | None = None
        self._transcoder: Transcoder | None = None
        self._sound = SoundTrack()
        self._program = Program(self._sound.finish)
        self._muxer: RunMuxer | None = None
        self._fragment = 0
        contents = shelf.contents
        self._stills = Stills(
            shelf.folder,
            contents.thumbnails[-1] if contents.thumbnails else None,
            contents.segments[0].start if contents.segments else None,
        )
        self._last_key: int | None = None
        self._asked = float("-inf")
        self.behind = False
        self.lost = self.late = self.skipped = self.undecodable = 0

    def packet(self, packet: MediaPacket) -> None:
        """Raises: NoEncoder, OSError."""
        key = (packet.kind, packet.source)
        order = self._orders.get(key)
        if order is None:
            for known in [known for known in self._orders if known[0] == packet.kind]:
                self._forget(known)
            order = self._orders[key] = Ordering(PATIENCE_VIDEO if packet.kind == "video" else _PATIENCE_AUDIO)
        for one, hole in order.push(packet):
            if one.kind == "video":
                self._video(one, hole)
            else:
                for sound in self._sound.push(one.source, one.ticks, one.payload):
                    self._put(self._program.sound(sound))

    def _forget(self, key: tuple[str, int]) -> None:
        order = self._orders.pop(key)
        self.lost += order.lost
        self.late += order.late

    def _video(self, packet: MediaPacket, hole: bool) -> None:
        assembler = self._assembler
        if assembler is None or (assembler.source, assembler.codec) != (packet.source, packet.codec):
            assembler = self._assembler = Assembler(packet.source, packet.codec)
            self._drop_transcoder()
            if packet.codec != "H264":
                if not self._may_encode:
                    raise NoEncoder
                self._transcoder = Transcoder(packet.codec)
        for picture in assembler.push(packet, hole):
            if picture.keyframe:
                self._last_key = picture.ticks
            if self._transcoder is None:
                self._show(picture)
            else:
                for encoded in self._transcoder.push(picture, skip=self.behind):
                    self._show(encoded)
        due = (
            self._transcoder is None and self._last_key is not None and packet.ticks - self._last_key > _KEYFRAME_TICKS
        )
        if due or assembler.waits or self._program.wants_keyframe:
            self._ask()

    def _ask(self) -> None:
        self._program.wants_keyframe = False
        now = time.monotonic()
        if now - self._asked >= _ASK_EVERY:
            self._asked = now
            say(Need("keyframe"))

    def _show(self, picture: Picture) -> None:
        self._put(self._program.picture(picture))
        if picture.keyframe:
            thumbnail = self._stills.offer(picture)
            if thumbnail is not None:
                self._shelf.note(thumbnail)
                say(thumbnail)

    def _put(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, RunStart):
                self._begin_run(output)
            else:
                self._add(output)

    def _begin_run(self, start: RunStart) -> None:
        ended = self._shelf.end_segment()
        if ended is not None:
            say(ended)
        self._muxer = RunMuxer(start.first, self._sound.template if start.sound else None)
        self._run: Run | None = Run(
            self._shelf.contents.next_run,
            self._muxer.codecs,
            self._muxer.width,
            self._muxer.height,
            self._transcoder is None,
        )

    def _add(self, cut: Cut) -> None:
        muxer = self._muxer
        if muxer is None or not (cut.pictures or cut.sounds):
            return
        self._fragment += 1
        data = muxer.part(cut, self._fragment)
        if self._run is not None:
            self._shelf.begin_run(self._run, muxer.init)
            say(self._run)
            self._run = None
        say(self._shelf.add_part(data, cut.start, cut.end, independent=cut.independent, last=cut.ends_segment))
        if cut.ends_segment:
            self._shelf.end_segment()

    def flush(self) -> None:
        """What there is becomes a part; media that comes later begins a new run."""
        self._put(self._program.flush())

    def _drop_transcoder(self) -> None:
        if self._transcoder is not None:
            self.skipped += self._transcoder.skipped
            self.undecodable += self._transcoder.undecodable
            self._transcoder = None

    def counts(self, dropped: int) -> Counts:
        for key in list(self._orders):
            self._forget(key)
        self._drop_transcoder()
        return Counts(dropped, self.lost, self.late, self.skipped, self.undecodable + self._sound.undecodable)


class Inbox:
    """Empties the socket into a bounded queue, on a thread of its own."""

    def __init__(self, source: socket.socket) -> None:
        self._socket = source
        self._queue: deque[bytes] = deque()
        self._filled = threading.Event()
        self.ended = False
        self.dropped = 0
        self._thread = threading.Thread(target=self._read, name="inbox", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._queue)

    def _read(self) -> None:
        while True:
            try:
                message = self._socket.recv(wire.LARGEST)
            except OSError:
                message = b""
            if not message:
                self.ended = True
                self._filled.set()
                return
            if len(self._queue) >= MOST_WAITING:
                self.dropped += 1
                continue
            self._queue.append(message)
            self._filled.set()

    def next(self, seconds: float) -> bytes | None:
        """The oldest message; None when none came in time, or none will."""
        try:
            return self._queue.popleft()
        except IndexError:
            self._filled.clear()
        if not self._queue and not self.ended:
            self._filled.wait(seconds)
        try:
            return self._queue.popleft()
        except IndexError:
            return None


def say(line: Line) -> None:
    try:
        sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stdout.buffer.flush()
    except (BrokenPipeError, ValueError):
        logger.debug("The server is gone; what is left is written all the same")


def record(source: socket.socket, folder: Path, *, keep: int | None, may_encode: bool) -> int:
    """Until the socket ends. The status of the process."""
    try:
        shelf = Shelf(folder, keep)
    except OSError as error:
        say(Failed(str(error)))
        return 1
    inbox = Inbox(source)
    recorder = Recorder(shelf, may_encode=may_encode)
    say(Ready())
    idle = False
    status = 0
    try:
        try:
            while True:
                message = inbox.next(_IDLE)
                if message is None:
                    if inbox.ended:
                        break
                    if not idle:
                        recorder.flush()
                    idle = True
                    continue
                idle = False
                recorder.behind = len(inbox) > BEHIND
                recorder.packet(wire.decode(message))
        finally:
            recorder.flush()
    except NoEncoder:
        say(Need("encoder"))
        status = 2
    except (OSError, av.FFmpegError) as error:
        say(Failed(f"{type(error).__name__}: {error}"))
        status = 1
    finally:
        try:
            shelf.close()
        except OSError as error:
            say(Failed(str(error)))
            status = 1
    say(recorder.counts(inbox.dropped))
    return status


def main() -> int:
    parser = argparse.ArgumentParser(description="Record one show; started by the server.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--keep", type=int, default=None)
    parser.add_argument("--may-encode", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="recording: %(message)s")
    av.logging.set_level(av.logging.ERROR)
    os.nice(5)  # chat, checkout and forwarding come first
    with socket.socket(fileno=options.socket) as source:
        return record(source, options.folder, keep=options.keep, may_encode=options.may_encode)


if __name__ == "__main__":
    raise SystemExit(main())
