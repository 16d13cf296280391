"""From the bytes that somebody sent to the files that are shown: decoded, turned upright, stripped of everything but pixels
and encoded anew. Runs in a thread; no I/O but memory.

What a picture is, its decoder says, not its name or Content-Type. Position, camera and owner in EXIF, and whatever hides
behind the image's end, do not survive the new encoding.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from hosts.errors import InvalidPhoto
from hosts.picture_urls import FORMATS

ACCEPTED = ("JPEG", "PNG", "WEBP")
PIXELS_MOST = 40_000_000  # a phone's largest everyday picture; decoded it takes 160 MB
BYTES_MOST = 12 * 1024 * 1024
WEBP_QUALITY = 80  # of 100: fabric's texture stays, a 1600 px picture takes some 250 KB
JPEG_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Plan:
    """``size`` in pixels: of the longer side, or of both when ``square`` (cut from the middle). Never enlarged."""

    size: int
    square: bool = False


def encode(data: bytes, plans: Sequence[Plan]) -> dict[str, bytes]:
    """Files by name, "1600.webp". Raises: InvalidPhoto."""
    picture = _decode(data, max(plan.size for plan in plans))
    files = {}
    for plan in plans:
        scaled = _scaled(picture, plan)
        for extension in FORMATS:
            files[f"{plan.size}.{extension}"] = _encoded(scaled, extension)
    return files


def _decode(data: bytes, wanted: int) -> Image.Image:
    if len(data) > BYTES_MOST:
        raise InvalidPhoto(f"The picture is larger than {BYTES_MOST // 1024 // 1024} MB. Send a smaller one.")
    try:
        picture = Image.open(io.BytesIO(data), formats=ACCEPTED)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidPhoto(TOO_MANY_PIXELS) from None
    except Exception:  # decoders raise whatever they like on broken bytes
        raise InvalidPhoto("This is not a picture we can read. Send a JPEG, PNG or WebP file.") from None
    with picture:
        if picture.width * picture.height > PIXELS_MOST:
            raise InvalidPhoto(TOO_MANY_PIXELS)
        try:
            # JPEG can be decoded at a half, a quarter or an eighth: a 12-megapixel photo in a fraction of the time.
            picture.draft("RGB", (wanted, wanted))
            picture.load()
            return _plain(ImageOps.exif_transpose(picture))
        except Exception:
            raise InvalidPhoto("The picture is broken or cut off. Try to save and send it again.") from None


TOO_MANY_PIXELS = f"The picture has more than {PIXELS_MOST // 1_000_000} megapixels. Send a smaller one."


def _plain(picture: Image.Image) -> Image.Image:
    """Eight bits of sRGB, transparency over white."""
    if picture.mode.startswith("I"):  # 16-bit grey, which converts to eight bits by clipping
        picture = picture.convert("F").point(lambda value: value / 257).convert("L")
    picture = _srgb(picture)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        picture = Image.new("RGB", over.size, "white")
        picture.paste(over, mask=over)
        return picture
    return picture.convert("RGB")


def _srgb(picture: Image.Image) -> Image.Image:
    """Colours of a wider space (phones: Display P3) moved into sRGB, or they look dull once the profile is gone."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA"):
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken profile is no reason to refuse the picture
    return converted or picture


def _scaled(picture: Image.Image, plan: Plan) -> Image.Image:
    if plan.square:
        side = min(plan.size, *picture.size)
        return ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
    longer = max(picture.size)
    if longer <= plan.size:
        return picture
    width, height = (max(1, round(side * plan.size / longer)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _encoded(picture: Image.Image, extension: str) -> bytes:
    clean = Image.new("RGB", picture.size)  # a new image: nothing of the old one's info can follow
    clean.paste(picture)
    file = io.BytesIO()
    if extension == "webp":
        clean.save(file, "WEBP", quality=WEBP_QUALITY, method=4)
    else:
        clean.save(file, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    return file.getvalue()
