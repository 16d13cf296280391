"""An encoder that speaks RTMP, by FFmpeg inside PyAV: ``python -m tests.interop.rtmp_host URL`` until its input ends."""

from __future__ import annotations

import sys
import threading

import av

from tests.interop.made_up import RATE, send, stopped_with_input

SOUND_RATE = 44_100  # what many encoders send, so that it is really resampled


def publish(url: str, stopped: threading.Event, b_frames: bool) -> None:
    with av.open(url, "w", format="flv") as container:
        options = {"preset": "ultrafast", "profile": "main", "g": "15"}
        video = container.add_stream(
            "libx264", rate=RATE, options=options | ({} if b_frames else {"tune": "zerolatency"})
        )
        video.codec_context.max_b_frames = 2 if b_frames else 0
        audio = container.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        send(container, video, audio, stopped, block=1024, sample_format="fltp", lightest=60)


def main() -> None:
    stopped = stopped_with_input()
    av.logging.set_level(av.logging.PANIC)
    try:
        publish(sys.argv[1], stopped, b_frames="b-frames" in sys.argv)
    except (OSError, av.error.FFmpegError):
        sys.exit(3)  # the server hung up


if __name__ == "__main__":
    main()
