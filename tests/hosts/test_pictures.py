"""Photos: only pictures come in, only pixels stay, and no file is left behind."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from hosts.errors import Busy, InvalidPhoto, PhotoNotFound, PhotosFull
from hosts.picture_codec import Plan, encode
from hosts.picture_files import PhotoFolder
from hosts.pictures import Pictures
from tests.hosts.conftest import Town, picture


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_accepted_kinds_become_webp_and_jpeg_of_both_sizes(kind: str) -> None:
    files = encode(picture(kind, (2000, 1000)), (Plan(1600), Plan(640)))
    sizes = {name: (opened(data).format, opened(data).size) for name, data in files.items()}
    assert sizes == {
        "1600.webp": ("WEBP", (1600, 800)),
        "1600.jpg": ("JPEG", (1600, 800)),
        "640.webp": ("WEBP", (640, 320)),
        "640.jpg": ("JPEG", (640, 320)),
    }


def test_small_pictures_are_not_enlarged_and_faces_are_square() -> None:
    assert opened(encode(picture(size=(40, 30)), (Plan(1600),))["1600.webp"]).size == (40, 30)
    assert opened(encode(picture(size=(900, 700)), (Plan(320, square=True),))["320.webp"]).size == (320, 320)
    assert opened(encode(picture(size=(1, 9000)), (Plan(640),))["640.jpg"]).size == (1, 640)


def test_orientation_is_applied_and_exif_is_gone() -> None:
    image = Image.new("RGB", (40, 20), "red")
    image.paste("blue", (0, 0, 20, 20))  # left half; turned by a quarter clockwise it is the upper half
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Ana"
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif, quality=95, comment=b"Ana's comment")
    assert b"Camera of Ana" in file.getvalue()
    for data in encode(file.getvalue(), (Plan(640),)).values():
        upright = opened(data)
        assert upright.size == (20, 40)
        top, bottom = upright.convert("RGB").getpixel((10, 5)), upright.convert("RGB").getpixel((10, 35))
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        assert top[2] > 200 > 60 > top[0]
        assert bottom[0] > 200 > 60 > bottom[2]
        assert not upright.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile"} & upright.info.keys()
        assert b"Ana" not in data


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("LA", (0, 0), (255, 255, 255)),
        ("L", (128,), (128, 128, 128)),
        ("I;16", (32896,), (128, 128, 128)),
        ("P", (0,), None),
        ("1", (1,), (255, 255, 255)),
    ],
)
def test_every_mode_becomes_plain_colour(
    mode: str, colour: tuple[int, ...], expected: tuple[int, int, int] | None
) -> None:
    value = colour if len(colour) > 1 else colour[0]
    file = io.BytesIO()
    Image.new(mode, (32, 32), value).save(file, "PNG")
    pixel = opened(encode(file.getvalue(), (Plan(640),))["640.webp"]).convert("RGB").getpixel((16, 16))
    assert isinstance(pixel, tuple)
    if expected is not None:
        assert all(abs(got - wanted) <= 3 for got, wanted in zip(pixel, expected, strict=True)), pixel


def test_colour_profiles_are_applied_and_broken_ones_ignored() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"broken"):
        file = io.BytesIO()
        Image.new("RGB", (32, 32), (200, 40, 40)).save(file, "PNG", icc_profile=profile)
        pixel = opened(encode(file.getvalue(), (Plan(640),))["640.webp"]).convert("RGB").getpixel((16, 16))
        assert isinstance(pixel, tuple)
        assert abs(pixel[0] - 200) < 8


def _png_of(width: int, height: int) -> bytes:
    """A PNG that only claims to be this large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8000, 5001), (12_000, 12_000), (60_000, 60_000)])
def test_too_many_pixels_are_refused_before_they_are_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidPhoto, match="40 megapixels"):
        encode(_png_of(*size), (Plan(640),))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
        picture("JPEG", (400, 300))[:-200],
        _png_of(100, 100),
        b"\xff\xd8\xff\xe0" + bytes(100),
    ],
    ids=["empty", "text", "svg", "gif", "bmp", "tiff", "cut off", "short png", "jpeg head"],
)
def test_everything_else_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidPhoto):
        encode(data, (Plan(640),))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(InvalidPhoto, match="12 MB"):
        encode(picture() + bytes(12 * 1024 * 1024), (Plan(640),))


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    edits=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.integers(0, 4000),
)
def test_broken_bytes_are_refused_or_become_a_clean_picture(kind: str, edits: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(picture(kind, (64, 48)))
    for place, value in edits:
        data[place % len(data)] = value
    try:
        files = encode(bytes(data[: len(data) - cut % 64]), (Plan(320),))
    except InvalidPhoto:
        return
    assert opened(files["320.webp"]).format == "WEBP"


async def test_a_listing_s_photos_in_their_order(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"))
    photos = [await town.hosts.listings.add_photo(hung.listing_id, picture()) for _ in range(3)]
    seen = await town.hosts.listings.view(hung.listing_id, None)
    assert seen.photos == photos
    assert seen.photo == photos[0].thumb
    assert photos[0].url == f"/photos/{photos[0].photo_id}/1600.webp"
    await town.hosts.listings.remove_photo(hung.listing_id, photos[0].photo_id)
    assert (await town.hosts.listings.view(hung.listing_id, None)).photo == photos[1].thumb
    assert len(town.files()) == 2 * 4
    with pytest.raises(PhotoNotFound):
        await town.hosts.listings.remove_photo(hung.listing_id, photos[0].photo_id)
    with pytest.raises(PhotoNotFound):
        town.hosts.pictures.path(photos[0].photo_id, "640.webp")
    assert town.hosts.pictures.path(photos[1].photo_id, "640.jpg").is_file()


async def test_nobody_removes_a_photo_through_another_listing(town: Town) -> None:
    lena = await town.person("Lena")
    hung, other = await town.hang(lena), await town.hang(await town.person("Mallory"))
    photo = await town.hosts.listings.add_photo(hung.listing_id, picture())
    with pytest.raises(PhotoNotFound):
        await town.hosts.listings.remove_photo(other.listing_id, photo.photo_id)
    assert (await town.hosts.listings.view(hung.listing_id, None)).photos == [photo]


async def test_eight_photos_at_most_however_many_come_at_once(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"))
    for _ in range(6):
        await town.hosts.listings.add_photo(hung.listing_id, picture())
    results = await asyncio.gather(
        *(town.hosts.listings.add_photo(hung.listing_id, picture()) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(result, PhotosFull) for result in results) == 3
    assert len((await town.hosts.listings.view(hung.listing_id, None)).photos) == 8
    assert len(town.files()) == 8 * 4  # those that came too late left nothing


async def test_refused_pictures_leave_nothing(town: Town) -> None:
    hung = await town.hang(await town.person("Lena"))
    with pytest.raises(InvalidPhoto):
        await town.hosts.listings.add_photo(hung.listing_id, b"no picture")

    async def refuse(connection: object, listing_id: str) -> None:
        raise RuntimeError("no")

    town.hosts.card_changed_in.append(refuse)
    with pytest.raises(RuntimeError):
        await town.hosts.listings.add_photo(hung.listing_id, picture())
    assert town.files() == []
    assert (await town.hosts.listings.view(hung.listing_id, None)).photos == []


async def test_a_full_line_refuses_and_recovers(tmp_path: Path) -> None:
    pictures = Pictures(PhotoFolder(tmp_path))

    async def add() -> str:
        async with pictures.adding_photo(picture()) as picture_id:
            return picture_id

    results = await asyncio.gather(*(add() for _ in range(40)), return_exceptions=True)
    refused = sum(isinstance(result, Busy) for result in results)
    assert refused == pictures.pool.refused == 40 - 16
    assert sum(isinstance(result, str) for result in results) == 16
    assert await add()
    await pictures.stop()
    await pictures.stop()


async def test_a_request_that_goes_away_leaves_nothing(tmp_path: Path) -> None:
    pictures = Pictures(PhotoFolder(tmp_path))
    started = asyncio.Event()

    async def add() -> None:
        started.set()
        async with pictures.adding_photo(picture(size=(1500, 1500))):
            await asyncio.Event().wait()

    task = asyncio.create_task(add())
    await started.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await pictures.stop()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("picture_id", "name"),
    [
        ("../../etc", "passwd"),
        ("0" * 24, "../640.webp"),
        ("0" * 24, "640.png"),
        ("0" * 23 + "G", "640.webp"),
        ("0" * 24, "640.webp"),
        ("", ""),
        ("\0" * 24, "640.webp"),
    ],
)
def test_only_pictures_can_be_read(tmp_path: Path, picture_id: str, name: str) -> None:
    (tmp_path / "640.webp").write_bytes(b"secret")
    assert PhotoFolder(tmp_path / "photos").path(picture_id, name) is None


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    folder = PhotoFolder(tmp_path)
    with pytest.raises(FileNotFoundError):
        folder.write("0" * 24, {"640.webp": b"fine", "no/such/folder.webp": b""})
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert folder.path("0" * 24, "640.webp") is None
    folder.write("0" * 24, {"640.webp": b"fine"})
    assert folder.path("0" * 24, "640.webp") is not None
