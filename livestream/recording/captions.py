"""Captions from outside: who hears the show writes what was said with the show time at which it was said.

Speech is recognised elsewhere; here cues are kept, told to the live channel as ``captioned`` events, and served as WebVTT.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from livestream import show_store
from livestream.database import Database
from livestream.database_time import now_ms
from livestream.errors import InvalidCaption
from livestream.shows import State
from livestream.tables import caption_cues, caption_tracks
from livestream.timeline import Timeline

TEXT = 500  # code points of one cue
LONGEST_MS = 30_000  # a cue stays no longer
TRACKS = 12  # languages of one show
CUES = 20_000  # of one track: five hours, one a second
AT_ONCE = 200  # cues in one request
LATEST_MS = 7 * 24 * 3600 * 1000  # no show is longer
# BCP 47 (RFC 5646) as far as captions need it: language, script, region, variants.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class Cue:
    """``starts_ms`` and ``ends_ms`` on the show clock."""

    starts_ms: int
    ends_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    language: str
    name: str


def check_language(language: str) -> str:
    """As BCP 47 writes it: ``de``, ``pt-BR``, ``zh-Hant``. Raises: InvalidCaption."""
    if len(language) > 35 or _LANGUAGE.fullmatch(language) is None:
        raise InvalidCaption("language: a BCP 47 tag such as en, pt-BR or zh-Hant.")
    first, *rest = language.split("-")
    tidy = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower() for part in rest]
    return "-".join([first.lower(), *tidy])


def check_cue(cue: Cue) -> Cue:
    """Raises: InvalidCaption."""
    text = unicodedata.normalize("NFC", cue.text).replace("\r\n", "\n").strip()
    if not 1 <= len(text) <= TEXT:
        raise InvalidCaption(f"text: 1 to {TEXT} characters.")
    if any(unicodedata.category(one) in ("Cc", "Cs") and one != "\n" for one in text):
        raise InvalidCaption("text: control characters are not accepted, line breaks are.")
    if not 0 <= cue.starts_ms < cue.ends_ms <= LATEST_MS or cue.ends_ms - cue.starts_ms > LONGEST_MS:
        raise InvalidCaption(f"A caption starts before it ends and stays at most {LONGEST_MS // 1000} seconds.")
    # A blank line ends a cue (WebVTT section 6.4).
    return Cue(cue.starts_ms, cue.ends_ms, re.sub(r"\n{2,}", "\n", text))


class CaptionTracks:
    def __init__(self, database: Database, timeline: Timeline) -> None:
        self._database = database
        self._timeline = timeline

    async def add(self, show_id: str, by: str, language: str, cues: list[Cue], name: str | None = None) -> int:
        """Keep these cues, one that starts when another does replaces it; while the show is on air each becomes an event.
        Returns how many. Raises: ShowNotFound, InvalidCaption."""
        language = check_language(language)
        if not 1 <= len(cues) <= AT_ONCE:
            raise InvalidCaption(f"Send 1 to {AT_ONCE} captions at once.")
        checked = {cue.starts_ms: cue for cue in map(check_cue, cues)}
        title = " ".join((name or language).split())[:60]
        if not title.isprintable():
            raise InvalidCaption("name: control characters are not accepted.")
        async with self._timeline.transaction() as transaction:
            connection = transaction.connection
            show = await show_store.get(connection, show_id, lock=True)
            await self._track(show_id, language, title, name is not None, connection)
            kept = await connection.scalar(
                sa.select(sa.func.count()).where(caption_cues.c.show_id == show_id, caption_cues.c.language == language)
            )
            if int(kept or 0) + len(checked) > CUES:
                raise InvalidCaption(f"A caption track has at most {CUES} captions.")
            await connection.execute(
                sa.delete(caption_cues).where(
                    caption_cues.c.show_id == show_id,
                    caption_cues.c.language == language,
                    caption_cues.c.starts_ms.in_(list(checked)),
                )
            )
            await connection.execute(
                sa.insert(caption_cues),
                [
                    {
                        "show_id": show_id,
                        "language": language,
                        "starts_ms": cue.starts_ms,
                        "ends_ms": cue.ends_ms,
                        "text": cue.text,
                    }
                    for cue in checked.values()
                ],
            )
            if show.state is State.LIVE:
                await transaction.append_all(
                    show_id,
                    [
                        (
                            "captioned",
                            by,
                            {
                                "language": language,
                                "text": cue.text,
                                "starts_ms": cue.starts_ms,
                                "ends_ms": cue.ends_ms,
                            },
                        )
                        for cue in checked.values()
                    ],
                )
        return len(checked)

    @staticmethod
    async def _track(show_id: str, language: str, title: str, named: bool, connection: AsyncConnection) -> None:
        where = (caption_tracks.c.show_id == show_id, caption_tracks.c.language == language)
        languages = (
            await connection.scalars(sa.select(caption_tracks.c.language).where(caption_tracks.c.show_id == show_id))
        ).all()
        if language in languages:
            if named:
                await connection.execute(sa.update(caption_tracks).where(*where).values(name=title))
            return
        if len(languages) >= TRACKS:
            raise InvalidCaption(f"A show has captions in at most {TRACKS} languages.")
        await connection.execute(
            sa.insert(caption_tracks).values(show_id=show_id, language=language, name=title, created_at=now_ms())
        )

    async def remove(self, show_id: str, language: str) -> None:
        """A track with all its cues; nothing happens when there is none. Raises: InvalidCaption."""
        language = check_language(language)
        async with self._database.writing() as connection:
            for table in (caption_cues, caption_tracks):
                await connection.execute(
                    sa.delete(table).where(table.c.show_id == show_id, table.c.language == language)
                )

    async def tracks(self, show_id: str) -> list[Track]:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                sa.select(caption_tracks.c.language, caption_tracks.c.name)
                .where(caption_tracks.c.show_id == show_id)
                .order_by(caption_tracks.c.created_at, caption_tracks.c.language)
            )
            return [Track(language, name) for language, name in rows]

    async def cues(self, show_id: str, language: str, start_ms: int = 0, end_ms: int = LATEST_MS) -> list[Cue]:
        """What is to be seen between these moments. Raises: InvalidCaption."""
        language = check_language(language)
        async with self._database.reading() as connection:
            rows = await connection.execute(
                sa.select(caption_cues.c.starts_ms, caption_cues.c.ends_ms, caption_cues.c.text)
                .where(
                    caption_cues.c.show_id == show_id,
                    caption_cues.c.language == language,
                    caption_cues.c.starts_ms < end_ms,
                    caption_cues.c.ends_ms > start_ms,
                )
                .order_by(caption_cues.c.starts_ms)
            )
            return [Cue(*row) for row in rows]
