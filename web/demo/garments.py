"""Photographs of clothes that nobody had to photograph: a backdrop, a shadow and a cut of cloth with folds."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 900, 1200
Point = tuple[float, float]


def photo(garment: str, colour: str, seed: int) -> bytes:
    """A JPEG of 900 x 1200 pixels; the same for the same arguments. Raises KeyError for an unknown garment."""
    chance = random.Random(seed)
    image = _backdrop(chance)
    mask = Image.new("L", (WIDTH, HEIGHT), 0)
    GARMENTS[garment](ImageDraw.Draw(mask))
    mask = mask.filter(ImageFilter.GaussianBlur(1.2))
    shadow = mask.filter(ImageFilter.GaussianBlur(26)).point(lambda value: int(value * 0.45))
    image.paste((40, 30, 25), (14, 26), shadow)
    image.paste(_cloth(colour, chance), (0, 0), mask)
    inner = ImageChops.subtract(mask, mask.filter(ImageFilter.GaussianBlur(14)))
    image.paste((20, 16, 14), (0, 0), inner.point(lambda value: int(value * 0.55)))
    _details(garment, ImageDraw.Draw(image, "RGBA"))
    data = io.BytesIO()
    image.save(data, "JPEG", quality=86)
    return data.getvalue()


def _backdrop(chance: random.Random) -> Image.Image:
    """A painted wall in warm grey, lighter where the lamp stands."""
    base = chance.choice(((226, 217, 205), (214, 219, 217), (230, 222, 214), (209, 206, 200)))
    image = Image.new("RGB", (WIDTH, HEIGHT), base)
    light = Image.radial_gradient("L").resize((WIDTH * 2, HEIGHT * 2)).crop((300, 200, 300 + WIDTH, 200 + HEIGHT))
    image.paste((150, 142, 132), (0, 0), light.point(lambda value: int(value * 0.5)))
    draw = ImageDraw.Draw(image, "RGBA")
    draw.rectangle((0, 1080, WIDTH, HEIGHT), fill=(120, 98, 80, 70))
    return image


def _cloth(colour: str, chance: random.Random) -> Image.Image:
    """Weave and folds: fine noise and a few soft vertical waves on the colour."""
    cloth = Image.new("RGB", (WIDTH, HEIGHT), colour)
    folds = Image.new("L", (WIDTH, HEIGHT), 128)
    draw = ImageDraw.Draw(folds)
    for _ in range(26):
        x = chance.randint(80, WIDTH - 80)
        bend = chance.randint(-60, 60)
        draw.line((x, 120, x + bend, HEIGHT), fill=chance.choice((70, 95, 165, 190)), width=chance.randint(6, 26))
    folds = folds.filter(ImageFilter.GaussianBlur(18))
    noise = Image.effect_noise((WIDTH, HEIGHT), 26).filter(ImageFilter.GaussianBlur(0.7))
    texture = Image.blend(folds, noise, 0.25)
    return ImageChops.soft_light(cloth, Image.merge("RGB", (texture, texture, texture)))


def _coat(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(330, 190), (570, 190), (660, 260), (690, 1040), (210, 1040), (240, 260)], fill=255)
    draw.polygon([(245, 255), (340, 250), (280, 800), (170, 790)], fill=255)
    draw.polygon([(655, 255), (560, 250), (620, 800), (730, 790)], fill=255)


def _jacket(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(330, 260), (570, 260), (670, 330), (660, 860), (240, 860), (230, 330)], fill=255)
    draw.polygon([(235, 325), (330, 320), (270, 800), (150, 780)], fill=255)
    draw.polygon([(665, 325), (570, 320), (630, 800), (750, 780)], fill=255)


def _sweater(draw: ImageDraw.ImageDraw) -> None:
    _jacket(draw)
    draw.rounded_rectangle((370, 205, 530, 300), 30, fill=255)


def _dress(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(350, 330), (550, 330), (535, 560), (690, 1060), (210, 1060), (365, 560)], fill=255)
    draw.line((375, 340, 400, 180), fill=255, width=12)
    draw.line((525, 340, 500, 180), fill=255, width=12)


def _skirt(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(340, 330), (560, 330), (720, 960), (180, 960)], fill=255)


def _jeans(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(320, 210), (580, 210), (610, 480), (625, 1070), (485, 1070), (450, 540)], fill=255)
    draw.polygon([(320, 210), (580, 210), (450, 540), (415, 1070), (275, 1070), (290, 480)], fill=255)


def _bag(draw: ImageDraw.ImageDraw) -> None:
    draw.rounded_rectangle((220, 520, 680, 940), 46, fill=255)
    draw.arc((300, 260, 600, 780), 180, 360, fill=255, width=26)


def _shoes(draw: ImageDraw.ImageDraw) -> None:
    for top in (420, 700):
        draw.polygon(
            [(200, top), (330, top - 10), (470, top + 90), (690, top + 120), (715, top + 190), (200, top + 190)],
            fill=255,
        )
        draw.rounded_rectangle((190, top + 170, 725, top + 215), 22, fill=255)


def _pin(draw: ImageDraw.ImageDraw) -> None:
    for x, y in ((320, 460), (580, 460), (320, 740), (580, 740)):
        draw.ellipse((x - 105, y - 105, x + 105, y + 105), fill=255)


GARMENTS: dict[str, Callable[[ImageDraw.ImageDraw], None]] = {
    "coat": _coat,
    "jacket": _jacket,
    "sweater": _sweater,
    "dress": _dress,
    "skirt": _skirt,
    "jeans": _jeans,
    "bag": _bag,
    "shoes": _shoes,
    "pin": _pin,
}


def _details(garment: str, draw: ImageDraw.ImageDraw) -> None:
    """Seams and buttons: what makes a silhouette a piece of clothing."""
    seam = (25, 20, 18, 110)
    if garment in ("coat", "jacket"):
        draw.line((450, 300, 450, 1030 if garment == "coat" else 850), fill=seam, width=4)
        draw.polygon([(360, 200 if garment == "coat" else 265), (450, 420), (540, 200 if garment == "coat" else 265)],
                     outline=seam, width=4)  # fmt: skip
        for y in range(470, 820, 110):
            draw.ellipse((464, y, 484, y + 20), fill=(30, 24, 20, 200))
    elif garment == "sweater":
        for y in range(380, 840, 74):
            draw.line((255, y, 645, y), fill=(40, 50, 90, 150), width=20)
    elif garment == "jeans":
        draw.line((450, 250, 450, 520), fill=seam, width=4)
        draw.arc((330, 200, 430, 320), 20, 110, fill=seam, width=4)
        draw.arc((470, 200, 570, 320), 70, 160, fill=seam, width=4)
    elif garment == "skirt":
        for x in range(-4, 5):
            draw.line((450 + x * 22, 340, 450 + x * 56, 955), fill=seam, width=3)
    elif garment == "bag":
        draw.rounded_rectangle((425, 640, 475, 700), 10, fill=(235, 210, 140, 230))
        draw.line((225, 660, 675, 660), fill=seam, width=4)
    elif garment == "shoes":
        for top in (420, 700):
            for step in range(4):
                draw.line(
                    (330 + step * 34, top + 8 + step * 20, 300 + step * 34, top + 60 + step * 18), fill=seam, width=6
                )
    elif garment == "pin":
        for x, y in ((320, 460), (580, 460), (320, 740), (580, 740)):
            draw.ellipse((x - 78, y - 78, x + 78, y + 78), outline=(255, 250, 235, 210), width=12)
