"""The demo's host burns the show clock into its picture: what it is by the frame, and what is left of it after the encoder."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest
from PIL import Image

from web.demo.picture import CLOCK_BITS, FRAMES_PER_SECOND, HEIGHT, WIDTH, Picture, read_clock
from web.demo.synthetic_host import BITRATE, TIME_BASE


@pytest.mark.parametrize("milliseconds", [0, 1, 42, 1_000, 65_536, 0x55_5555, 0xAA_AAAA, (1 << CLOCK_BITS) - 1])
def test_the_clock_is_read_from_the_frame(milliseconds: int) -> None:
    assert read_clock(Picture().draw(milliseconds / 1000)) == milliseconds


def test_the_clock_begins_again_after_its_bits() -> None:
    assert read_clock(Picture().draw(((1 << CLOCK_BITS) + 7) / 1000)) == 7


def test_the_clock_outlives_the_encoder_and_a_smaller_picture() -> None:
    picture = Picture()
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.bit_rate = TIME_BASE, BITRATE
    encoder.framerate = Fraction(FRAMES_PER_SECOND)  # else the bit rate is shared among 90,000 frames a second
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "sc_threshold": "0"}
    packets = []
    drawn = range(0, 36 * 90_000 // FRAMES_PER_SECOND, 90_000 // FRAMES_PER_SECOND)
    for pts in drawn:
        frame = av.VideoFrame.from_image(picture.draw(3_600 + pts / 90_000))  # type: ignore[no-untyped-call]
        frame.pts, frame.time_base = pts, TIME_BASE
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create("h264", "r")
    shown = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    assert len(shown) == len(drawn)
    for frame, pts in zip(shown, drawn, strict=True):
        image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
        expected = 3_600_000 + round(pts / 90)
        assert read_clock(image) == expected
        assert read_clock(image.resize((WIDTH // 2, HEIGHT // 2))) == expected
