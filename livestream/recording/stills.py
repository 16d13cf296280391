"""Small pictures of a show: thumbnails for seeking, a poster. One keyframe in ten seconds is decoded for them (5 to 15 ms)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av

from livestream.recording.depayload import Picture
from livestream.recording.journal import Thumbnail
from livestream.recording.shelf import write_whole

EVERY_TICKS = 10 * 90_000
WIDTH = 240  # pixels; twice what a seek bar shows
POSTER_WIDTH = 1280
POSTER = "poster.jpg"
_POSTER_TICKS = 8 * 90_000  # a show's first seconds are seldom its best picture


class Stills:
    def __init__(self, folder: Path, last: Thumbnail | None, began: int | None) -> None:
        """``last``: the newest thumbnail of before; ``began``: ticks at which the recording began, if it goes on."""
        self._folder = folder
        self._last = last.at * 90 if last is not None else None
        self._began = began
        self._settled = last is not None and (folder / POSTER).is_file()

    def offer(self, picture: Picture) -> Thumbnail | None:
        """A keyframe; a thumbnail when it is time for one. Raises: OSError."""
        if self._began is None:
            self._began = picture.ticks
        if self._last is not None and picture.ticks - self._last < EVERY_TICKS:
            return None
        image = decode(picture)
        if image is None:
            return None
        if not self._settled:
            write_whole(self._folder / POSTER, jpeg(image, POSTER_WIDTH)[0])
            self._settled = picture.ticks - self._began >= _POSTER_TICKS
        self._last = picture.ticks
        data, width, height = jpeg(image, WIDTH)
        at = picture.ticks // 90
        write_whole(self._folder / f"thumb-{at}.jpg", data)
        return Thumbnail(at, width, height)


def decode(picture: Picture) -> Any:
    """The picture as PyAV's frame, or None."""
    decoder: Any = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    try:
        frames = decoder.decode(av.Packet(picture.config + picture.data)) + decoder.decode(None)
    except av.FFmpegError:
        return None
    return frames[0] if frames else None


def jpeg(frame: Any, width: int) -> tuple[bytes, int, int]:
    """(bytes, width, height), at most ``width`` pixels wide."""
    width = min(width, frame.width)
    height = max(2, round(frame.height * width / frame.width))
    image = frame.to_image(width=width, height=height)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=78)
    return buffer.getvalue(), width, height
