"""One RTMP encoder's picture and sound into the show by WHIP: ``python -m livestream.rtmp.worker PORT``, a process of its own.

FFmpeg (inside PyAV) listens on loopback for the one connection that the server relays. H264 goes through untouched, AAC
becomes Opus. A process, because FFmpeg's WHIP muxer holds the interpreter's lock while it waits for an answer of the server.

Standard input brings one JSON line once the server has admitted the encoder, ``{"url", "key"}``; nothing is published before.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.resampler import AudioResampler

from livestream.rtmp.certificate import write_certificate

OPEN_SECONDS, SILENCE_SECONDS = 20.0, 15.0  # for the encoder's first media; without any packet afterwards
OPUS_RATE = 48_000  # Hz, RFC 7587


class CannotPublish(Exception):
    """What the encoder sends cannot be shown; the message says what to change there."""


def relay(port: int) -> None:
    """Until the encoder leaves. Raises: CannotPublish, av.FFmpegError when the server refuses."""
    with av.open(
        f"rtmp://127.0.0.1:{port}/live/in",
        options={"listen": "1", "fflags": "nobuffer", "analyzeduration": "2000000"},
        timeout=(OPEN_SECONDS, SILENCE_SECONDS),
    ) as incoming:
        admitted = json.loads(sys.stdin.readline() or "null")
        if admitted is None:
            return
        _check(incoming)
        with tempfile.TemporaryDirectory() as folder:
            options = {"authorization": admitted["key"], **write_certificate(Path(folder))}
            with av.open(admitted["url"], "w", format="whip", options=options) as outgoing:
                _forward(incoming, outgoing)


def _check(incoming: Any) -> None:
    if not incoming.streams.video:
        raise CannotPublish("The encoder sends no picture.")
    video = incoming.streams.video[0].codec_context
    if video.name != "h264":
        raise CannotPublish(f"The encoder sends {video.name}: choose H264.")
    if video.has_b_frames:
        raise CannotPublish(
            "The encoder uses B-frames, which browsers do not take live: set them to 0 (tune zerolatency)."
        )


def _packets(incoming: Any) -> Iterator[Any]:
    """Every packet; the connection's end is the end."""
    try:
        yield from incoming.demux(*incoming.streams.video[:1], *incoming.streams.audio[:1])
    except (av.error.OSError, av.error.EOFError):
        return


def _forward(incoming: Any, outgoing: Any) -> None:
    video = outgoing.add_stream_from_template(incoming.streams.video[0])
    sound, resampler = None, None
    if incoming.streams.audio:
        sound = outgoing.add_stream("libopus", rate=OPUS_RATE, layout="stereo")
        sound.bit_rate = 96_000
        resampler = AudioResampler(format="s16", layout="stereo", rate=OPUS_RATE, frame_size=960)
    for packet in _packets(incoming):
        if packet.stream.type == "video":
            if packet.dts is not None:
                packet.stream = video
                outgoing.mux(packet)
        elif sound is not None and resampler is not None:
            for frame in packet.decode():
                for block in resampler.resample(frame):
                    block.time_base = Fraction(1, OPUS_RATE)
                    outgoing.mux(sound.encode(block))
    if sound is not None:
        outgoing.mux(sound.encode(None))


def main() -> int:
    av.logging.set_level(av.logging.ERROR)
    try:
        relay(int(sys.argv[1]))
    except CannotPublish as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (av.error.FFmpegError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
