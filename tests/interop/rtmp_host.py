"""An encoder that speaks RTMP, by FFmpeg inside PyAV: ``python -m tests.interop.rtmp_host URL`` until its input ends."""

from __future__ import annotations

import fractions
import sys
import threading
import time

import av

WIDTH, HEIGHT, RATE, SOUND_RATE = (
    320,
    240,
    15,
    44_100,
)  # 44.1 kHz: what many encoders send, so that it is really resampled


def publish(url: str, stopped: threading.Event, b_frames: bool) -> None:
    with av.open(url, "w", format="flv") as container:
        options = {"preset": "ultrafast", "profile": "main", "g": "15"}
        video = container.add_stream(
            "libx264", rate=RATE, options=options | ({} if b_frames else {"tune": "zerolatency"})
        )
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.max_b_frames = 2 if b_frames else 0
        audio = container.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        begun = time.monotonic()
        frames = blocks = 0
        while not stopped.is_set():
            picture = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane, value in zip(picture.planes, (60 + frames * 5 % 150, 90, 160), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            picture.pts, picture.time_base = frames, fractions.Fraction(1, RATE)
            container.mux(video.encode(picture))
            frames += 1
            while blocks * 1024 / SOUND_RATE < frames / RATE:
                sound = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
                sound.sample_rate, sound.pts = SOUND_RATE, blocks * 1024
                sound.time_base = fractions.Fraction(1, SOUND_RATE)
                for silence in sound.planes:
                    silence.update(bytes(silence.buffer_size))
                container.mux(audio.encode(sound))
                blocks += 1
            stopped.wait(max(0.0, begun + frames / RATE - time.monotonic()))


def main() -> None:
    stopped = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    av.logging.set_level(av.logging.PANIC)
    try:
        publish(sys.argv[1], stopped, b_frames="b-frames" in sys.argv)
    except (OSError, av.error.FFmpegError):
        sys.exit(3)  # the server hung up


if __name__ == "__main__":
    main()
