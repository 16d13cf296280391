"""Where pictures are found by browsers, and in which sizes they are kept."""

from __future__ import annotations

LARGE = 1600  # pixels of the longer side: fills a laptop's window, and a phone's at three device pixels each
THUMB = 640  # two columns on a phone at three device pixels each
AVATAR = 320  # square; shown at 96 CSS pixels at most
FORMATS = ("webp", "jpg")  # JPEG for link previews and mail programs, many of which know no WebP


def picture_url(picture_id: str, size: int, extension: str = "webp") -> str:
    return f"/photos/{picture_id}/{size}.{extension}"


def avatar_url(picture_id: str | None) -> str | None:
    return None if picture_id is None else picture_url(picture_id, AVATAR)


def thumb_url(picture_id: str | None) -> str | None:
    return None if picture_id is None else picture_url(picture_id, THUMB)
