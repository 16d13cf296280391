"""The synthetic host's picture and sound: a wardrobe, the featured piece in moving hands, a large clock, the show clock
for machines along the lower edge, a beep each second."""

from __future__ import annotations

import array
import math
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 540, 960  # portrait, as a phone films; both divisible by four for the encoder
FRAMES_PER_SECOND = 24
SAMPLE_RATE = 48_000  # Hz, Opus' own
SAMPLES = 960  # per audio frame: 20 ms
BEEP_SECONDS = 0.06
BEEP_HZ = 880
CLOCK_BITS = 24  # of milliseconds: 4 h 39 min until it begins again
CLOCK_HEIGHT = 16  # pixels along the lower edge: a macroblock, so that compression keeps the cells apart


class Picture:
    """Draws frame by frame; ``show_photo`` changes what the host holds."""

    def __init__(self) -> None:
        self._background = _wardrobe()
        self._photo: Image.Image | None = None
        self._clock_font = ImageFont.load_default(62)

    def show_photo(self, path: Path | None) -> None:
        """Hold up the photo of this file; an unreadable one is as none."""
        self._photo = None
        if path is None:
            return
        try:
            with Image.open(path) as image:
                self._photo = _framed(image.convert("RGB"))
        except OSError:
            return

    def draw(self, seconds: float) -> Image.Image:
        """The frame at ``seconds`` since the first one."""
        image = self._background.copy()
        sway = math.sin(seconds * 1.1)
        if self._photo is not None:
            x = (WIDTH - self._photo.width) // 2 + int(sway * 34)
            y = 222 + int(math.sin(seconds * 1.7) * 16)
            image.paste(self._photo, (x, y), self._photo)
        draw = ImageDraw.Draw(image)
        dot = 10 + int(3 * math.sin(seconds * math.tau))
        draw.ellipse((42 - dot, 152 - dot, 42 + dot, 152 + dot), fill=(233, 78, 60))
        now = time.time()
        text = time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now * 10) % 10}"
        draw.rounded_rectangle((66, 112, 474, 192), 20, fill=(24, 20, 19))
        draw.text((WIDTH / 2, 152), text, font=self._clock_font, fill=(255, 250, 242), anchor="mm")
        _burn_clock(draw, seconds)
        return image


def _burn_clock(draw: ImageDraw.ImageDraw, seconds: float) -> None:
    """The show clock for machines: a row of cells along the lower edge, the lowest bit left, white is one."""
    milliseconds = round(seconds * 1000)
    for bit in range(CLOCK_BITS):
        left, right = bit * WIDTH // CLOCK_BITS, (bit + 1) * WIDTH // CLOCK_BITS
        fill = (255, 255, 255) if milliseconds >> bit & 1 else (0, 0, 0)
        draw.rectangle((left, HEIGHT - CLOCK_HEIGHT, right - 1, HEIGHT - 1), fill=fill)


def read_clock(image: Image.Image) -> int:
    """The milliseconds since the host's first frame that this frame shows, modulo 2**24; scaled frames can be read too."""
    grey = image.convert("L")
    y = round((HEIGHT - CLOCK_HEIGHT / 2) * grey.height / HEIGHT)
    found = 0
    for bit in range(CLOCK_BITS):
        light = grey.getpixel((int((bit + 0.5) * grey.width / CLOCK_BITS), y))
        assert isinstance(light, int)  # one channel
        found |= (light > 127) << bit
    return found


def _wardrobe() -> Image.Image:
    """A rail of clothes out of focus."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (228, 217, 203))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 210, WIDTH, 218), fill=(110, 92, 76))
    colours = (
        (176, 138, 98),
        (92, 110, 86),
        (62, 78, 122),
        (198, 172, 148),
        (140, 68, 84),
        (84, 104, 130),
        (206, 120, 62),
    )
    for number, left in enumerate(range(-20, WIDTH, 82)):
        colour = colours[number % len(colours)]
        draw.polygon(
            [(left + 20, 226), (left + 62, 226), (left + 92, 660 + number % 3 * 40), (left - 8, 640)], fill=colour
        )
    draw.rectangle((0, 800, WIDTH, HEIGHT), fill=(150, 122, 98))
    return image.filter(ImageFilter.GaussianBlur(9))


def _framed(photo: Image.Image) -> Image.Image:
    """The photo with rounded corners, as a card to hold up."""
    photo.thumbnail((330, 440))
    mask = Image.new("L", photo.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, photo.width - 1, photo.height - 1), 22, fill=255)
    photo.putalpha(mask)
    return photo


def tone(first_sample: int) -> bytes:
    """20 ms of stereo s16 sound, interleaved: a beep at each full second of the stream, else silence."""
    samples = array.array("h", bytes(SAMPLES * 4))
    beep = int(SAMPLE_RATE * BEEP_SECONDS)
    for index in range(SAMPLES):
        position = (first_sample + index) % SAMPLE_RATE
        if position < beep:
            fade = min(1.0, position / 480, (beep - position) / 480)  # 10 ms: no click
            value = int(5000 * fade * math.sin(math.tau * BEEP_HZ * position / SAMPLE_RATE))
            samples[2 * index] = samples[2 * index + 1] = value
    return samples.tobytes()
