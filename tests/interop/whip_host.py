"""A host that publishes by FFmpeg's WHIP muxer inside PyAV: ``python -m tests.interop.whip_host URL FOLDER`` until its input
ends. FOLDER takes a certificate: the one that the muxer makes for itself lies on P-224, which OpenSSL 4 no longer accepts.

It is a process of its own: the muxer talks HTTP and DTLS inside FFmpeg while it holds Python's interpreter lock, so a server
in the same process could never answer it.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import av
from aiortc import RTCCertificate
from cryptography.hazmat.primitives import serialization

from tests.interop.made_up import RATE, send, stopped_with_input


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
        audio = container.add_stream("libopus", rate=48000, layout="stereo")
        send(container, video, audio, stopped, block=960, sample_format="s16", lightest=16)


def main() -> None:
    stopped = stopped_with_input()
    av.logging.set_level(av.logging.ERROR)
    publish(sys.argv[1], stopped, certificate_options(Path(sys.argv[2])))


if __name__ == "__main__":
    main()
