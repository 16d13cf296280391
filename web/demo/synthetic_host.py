"""A host made of code, in a process of its own: publishes picture and sound by WHIP through PyAV's muxer.

``python -m web.demo.synthetic_host URL [BEGAN]`` with the stream key in ``CLOSETCAST_STREAM_KEY`` (a command line is for
everybody to read). Each line on standard input is the path of a photo to hold up, or empty for none; the process ends when
standard input is closed. On standard output come JSON lines: ``Began`` once, and ``Held`` for each line that was read.

The clock in the picture counts from ``BEGAN`` (Unix ms): a process that is started again goes on with the show's clock, as the
server does. By default it begins with the first frame.
"""

from __future__ import annotations

import io
import os
import select
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import msgspec
from av.audio.frame import AudioFrame

from livestream.rtmp.certificate import write_certificate
from web.demo.picture import FRAMES_PER_SECOND, HEIGHT, SAMPLE_RATE, SAMPLES, WIDTH, Picture, tone

BITRATE = 1_200_000  # bit/s
TIME_BASE = Fraction(1, 90_000)  # RTP's clock, so that no rounding is left for the muxer


class Began(msgspec.Struct, frozen=True, tag="began", tag_field="is"):
    """``began``: Unix ms at which the clock in the picture is 0."""

    began: float


class Held(msgspec.Struct, frozen=True, tag="held", tag_field="is"):
    """The first frame with what a line asked for: the clock (ms) that is burnt into it, and when it was taken (Unix ms, by
    the clock of the muxer's sender reports)."""

    clock: int
    captured: float


Line = Began | Held


def publish(url: str, stream_key: str, began: float | None = None) -> None:
    """Publish in real time until standard input closes. Raises av.FFmpegError when refused."""
    picture = Picture()
    with tempfile.TemporaryDirectory() as folder:
        options = {"authorization": stream_key, **write_certificate(Path(folder))}
        with av.open(url, "w", format="whip", options=options) as output:
            video = output.add_stream("libx264", rate=FRAMES_PER_SECOND)
            video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            video.bit_rate = BITRATE
            video.codec_context.time_base = TIME_BASE
            # The muxer never hears a viewer's request for a keyframe, so there is one each second.
            video.codec_context.gop_size = FRAMES_PER_SECOND
            video.codec_context.max_b_frames = 0
            video.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "sc_threshold": "0"}
            audio = output.add_stream("libopus", rate=SAMPLE_RATE, layout="stereo")
            audio.bit_rate = 64_000
            output.start_encoding()
            # The last thing that the muxer does here is to note the time from which its sender reports count.
            _perform(output, video, audio, picture, began)


def _perform(output, video, audio, picture: Picture, began: float | None) -> None:  # type: ignore[no-untyped-def]
    opened, started = time.time() * 1000, time.monotonic()
    if began is None:
        began = opened
    _say(Began(began))
    commands = io.FileIO(0, closefd=False)
    frames = sounds = 0
    while True:
        now = time.monotonic() - started
        if now >= frames / FRAMES_PER_SECOND:
            asked = _commands(commands, picture)
            if asked is None:
                break
            # After a pause of the machine the picture goes on at the time it is, instead of hurrying after it. The first
            # frame has the time 0 at any rate: that is where the show clock begins.
            frames = max(frames, int(now * FRAMES_PER_SECOND)) if frames else 0
            captured = opened + frames * 1000 / FRAMES_PER_SECOND
            drawn = picture.draw((captured - began) / 1000)
            for _ in range(asked):
                _say(Held(round(captured - began), captured))
            frame = av.VideoFrame.from_image(drawn)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = frames * 90_000 // FRAMES_PER_SECOND, TIME_BASE
            frames += 1
            output.mux(video.encode(frame))
        while now >= sounds * SAMPLES / SAMPLE_RATE:
            sound = AudioFrame(format="s16", layout="stereo", samples=SAMPLES)
            sound.sample_rate = SAMPLE_RATE
            sound.planes[0].update(tone(sounds * SAMPLES))
            sound.pts, sound.time_base = sounds * SAMPLES, Fraction(1, SAMPLE_RATE)
            sounds += 1
            output.mux(audio.encode(sound))
        due = min(frames / FRAMES_PER_SECOND, sounds * SAMPLES / SAMPLE_RATE)
        time.sleep(max(0.0, min(0.02, due - (time.monotonic() - started))))


def _say(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def _commands(source: io.FileIO, picture: Picture) -> int | None:
    """Take what standard input has; how many lines that were. None when it is closed."""
    lines = 0
    while select.select([source], [], [], 0)[0]:
        line = source.readline()
        if not line:
            return None
        path = line.decode().strip()
        picture.show_photo(Path(path) if path else None)
        lines += 1
    return lines


def main() -> int:
    began = float(sys.argv[2]) if len(sys.argv) > 2 else None
    try:
        publish(sys.argv[1], os.environ["CLOSETCAST_STREAM_KEY"], began)
    except (av.error.FFmpegError, OSError) as error:
        print(f"synthetic host: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
