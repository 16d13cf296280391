"""Runs ``making``: one process at a time, a short line in front of it, a time limit on each.

Drop policy: whoever comes when the line is full is refused with RecordingBusy; ``refused`` counts them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from pathlib import Path

import msgspec

from livestream.errors import RecordingBusy
from livestream.recording.making import Made, Refused, Task

logger = logging.getLogger(__name__)

AT_ONCE = 1  # it may take a whole core
WAITING = 20
SECONDS = 600.0  # wall time of one


class MakingFailed(Exception):
    """``message`` is a sentence for the person where the file itself was the reason."""

    def __init__(self, message: str, *, theirs: bool) -> None:
        super().__init__(message)
        self.message = message
        self.theirs = theirs


class Workshop:
    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self._inside = 0
        self.refused = 0
        self.made = 0
        self.failed = 0

    def check_room(self) -> None:
        """Raises: RecordingBusy."""
        if self._inside >= AT_ONCE + WAITING:
            self.refused += 1
            raise RecordingBusy("Many videos are being made right now. Please try again in a moment.")

    async def make(self, task: Task) -> Made:
        """The file is at ``task.output`` as a whole, or not at all. Raises: RecordingBusy, MakingFailed, OSError."""
        self.check_room()
        self._inside += 1
        try:
            async with self._room:
                return await self._run(task)
        finally:
            self._inside -= 1

    async def _run(self, task: Task) -> Made:
        final = Path(task.output)
        draft = final.with_name(final.stem + ".part.mp4")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "livestream.recording.making",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(SECONDS):
                given = msgspec.json.encode(msgspec.structs.replace(task, output=str(draft)))
                out, error = await process.communicate(given)
            if process.returncode == 3:
                raise MakingFailed(msgspec.json.decode(out, type=Refused).message, theirs=True)
            if process.returncode != 0:
                logger.error("making %s failed: %s", final.name, error.decode(errors="replace")[-500:])
                raise MakingFailed("The video could not be made.", theirs=False)
            await asyncio.to_thread(_keep, draft, final)
            self.made += 1
            return msgspec.json.decode(out, type=Made)
        except TimeoutError:
            raise MakingFailed("The video took too long to make.", theirs=False) from None
        except BaseException:
            self.failed += 1
            raise
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            draft.unlink(missing_ok=True)

    def statistics(self) -> dict[str, int]:
        return {
            "videos_made": self.made,
            "videos_failed": self.failed,
            "videos_refused": self.refused,
            "videos_waiting_now": self._inside,
        }


def _keep(draft: Path, final: Path) -> None:
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.rename(final)
