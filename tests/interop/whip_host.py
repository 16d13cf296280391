"""A host that publishes by FFmpeg's WHIP muxer inside PyAV: ``python -m tests.interop.whip_host URL FOLDER`` until its input
ends. FOLDER takes a certificate: the one that the muxer makes for itself lies on P-224, which OpenSSL 4 no longer accepts.

It is a process of its own: the muxer talks HTTP and DTLS inside FFmpeg while it holds Python's interpreter lock, so a server
in the same process could never answer it.
"""

from __future__ import annotations

import fractions
import sys
import threading
import time
from pathlib import Path

import av
from aiortc import RTCCertificate
from cryptography.hazmat.primitives import serialization

WIDTH, HEIGHT, RATE = 320, 240, 15


def certificate_options(folder: Path) -> dict[str, str]:
    """A P-256 certificate for the muxer, in files."""
    certificate = RTCCertificate.generateCertificate()
    pem = serialization.Encoding.PEM
    key = certificate._key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "certificate.pem").write_bytes(certificate._cert.public_bytes(pem))
    (folder / "key.pem").write_bytes(key)
    return {"cert_file": str(folder / "certificate.pem"), "key_file": str(folder / "key.pem")}


def publish(url: str, stopped: threading.Event, options: dict[str, str]) -> None:
    with av.open(url, "w", format="whip", options=options) as container:
        video = container.add_stream(
            "libx264",
            rate=RATE,
            options={"tune": "zerolatency", "preset": "ultrafast", "profile": "baseline", "g": "15"},
        )
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("libopus", rate=48000, layout="stereo")
        begun = time.monotonic()
        frames = blocks = 0
        while not stopped.is_set():
            picture = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane, value in zip(picture.planes, (16 + frames * 5 % 200, 90, 160), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            picture.pts, picture.time_base = frames, fractions.Fraction(1, RATE)
            container.mux(video.encode(picture))
            frames += 1
            while blocks * 0.02 < frames / RATE:
                sound = av.AudioFrame(format="s16", layout="stereo", samples=960)
                sound.sample_rate, sound.pts, sound.time_base = 48000, blocks * 960, fractions.Fraction(1, 48000)
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
    av.logging.set_level(av.logging.ERROR)
    publish(sys.argv[1], stopped, certificate_options(Path(sys.argv[2])))


if __name__ == "__main__":
    main()
