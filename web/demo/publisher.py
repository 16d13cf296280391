"""The synthetic host's process as those see it who start it: started again when it ends, told what to hold up."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import sys
from collections import deque
from pathlib import Path

import msgspec

from web.demo.synthetic_host import Began, Held, Line

logger = logging.getLogger(__name__)

RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0)  # before the synthetic host is started again; the last one repeats
END_SECONDS = 3.0
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class SyntheticHost:
    """One publishing process at a time; its clock goes on where it was when it is started again."""

    def __init__(self, url: str, stream_key: str) -> None:
        """``url``: of the WHIP endpoint."""
        self._url = url
        self._environment = {**os.environ, "CLOSETCAST_STREAM_KEY": stream_key}
        self._process: asyncio.subprocess.Process | None = None
        self._photo = ""
        self._asked: deque[asyncio.Future[Held | None]] = deque()
        self.began: float | None = None
        """Unix ms at which the burnt-in clock was 0; None before the first frame."""

    async def run(self) -> None:
        """Until cancelled."""
        pauses = itertools.chain(RETRY_SECONDS, itertools.repeat(RETRY_SECONDS[-1]))
        while True:
            status = await self.once()
            pause = next(pauses)
            logger.warning("the synthetic host ended with status %d and starts again in %.0f s", status, pause)
            await asyncio.sleep(pause)

    async def once(self) -> int:
        """Publish until the process ends; its status. Cancelled: it is ended."""
        since = [] if self.began is None else [str(self.began)]
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "web.demo.synthetic_host", self._url, *since,
            env=self._environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the demo, which then closes this process' standard input
        )  # fmt: skip
        try:
            self._say(self._photo)
            assert process.stdout is not None
            async for line in process.stdout:
                self._heard(_decoder.decode(line))
            return await process.wait()
        finally:
            await _end(process)
            while self._asked:
                self._answer(None)

    async def hold_up(self, photo: Path | str) -> Held | None:
        """Hold this up from the next frame on; which frame that was. None: there is no process now."""
        self._photo = str(photo)
        if self._process is None or self._process.returncode is not None:
            return None
        return await self._say(self._photo)

    async def restart(self) -> None:
        """End the process; ``run`` starts another one."""
        if self._process is not None:
            await _end(self._process)

    def _say(self, photo: str) -> asyncio.Future[Held | None]:
        asked: asyncio.Future[Held | None] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{photo}\n".encode())
        return asked

    def _heard(self, line: Line) -> None:
        if isinstance(line, Began):
            self.began = line.began
        else:
            self._answer(line)

    def _answer(self, held: Held | None) -> None:
        asked = self._asked.popleft()
        if not asked.done():
            asked.set_result(held)


def shown_in(show_id: str, held: Held | None) -> dict[str, str]:
    """The header by which an act belongs to the frame ``held``."""
    if held is None:
        return {}
    return {"Show-Moment": f"{show_id}; captured={held.captured:.1f}; seen={held.clock}"}


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
