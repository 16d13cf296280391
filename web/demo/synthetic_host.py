"""A host made of code, in a process of its own: publishes picture and sound by WHIP through PyAV's muxer.

``python -m web.demo.synthetic_host URL`` with the stream key in ``CLOSETCAST_STREAM_KEY`` (a command line is for
everybody to read). Each line on standard input is the path of a photo to hold up, or empty for none; the process ends when
standard input is closed.
"""

from __future__ import annotations

import os
import select
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame

from livestream.rtmp.certificate import write_certificate
from web.demo.picture import FRAMES_PER_SECOND, HEIGHT, SAMPLE_RATE, SAMPLES, WIDTH, Picture, tone

BITRATE = 1_200_000  # bit/s
TIME_BASE = Fraction(1, 90_000)  # RTP's clock, so that no rounding is left for the muxer


def publish(url: str, stream_key: str, seconds: float = float("inf")) -> None:
    """Publish in real time until standard input closes or ``seconds`` are over. Raises av.FFmpegError when refused."""
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
            _perform(output, video, audio, seconds)


def _perform(output, video, audio, seconds: float) -> None:  # type: ignore[no-untyped-def]
    picture = Picture()
    started = time.monotonic()
    frames = sounds = 0
    while (now := time.monotonic() - started) < seconds:
        if not _commands(picture):
            break
        if now >= frames / FRAMES_PER_SECOND:
            # After a pause of the machine the picture goes on at the time it is, instead of hurrying after it. The first
            # frame has the time 0 at any rate: that is where the show clock begins.
            frames = max(frames, int(now * FRAMES_PER_SECOND)) if frames else 0
            drawn = picture.draw(frames / FRAMES_PER_SECOND)
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


def _commands(picture: Picture) -> bool:
    """Take what standard input has; False when it is closed."""
    while select.select([sys.stdin], [], [], 0)[0]:
        line = sys.stdin.readline()
        if not line:
            return False
        path = line.strip()
        picture.show_photo(Path(path) if path else None)
    return True


def main() -> int:
    try:
        publish(sys.argv[1], os.environ["CLOSETCAST_STREAM_KEY"])
    except (av.error.FFmpegError, OSError) as error:
        print(f"synthetic host: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
