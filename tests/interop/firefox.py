"""Stock Firefox, driven over WebDriver BiDi by a small Node program beside this file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.programs import until_input_ends

DRIVER = Path(__file__).with_name("firefox.mjs")
CLIENT = Path(__file__).parents[2] / "web" / "client"
START_SECONDS, CALL_SECONDS = 40.0, 30.0


class FirefoxPage:
    def __init__(self, firefox: Firefox, number: int) -> None:
        self._firefox, self._number = firefox, number

    async def evaluate(self, code: str) -> Any:
        """The value of an expression; a promise is waited for. Raises: AssertionError with what the page threw."""
        return (await self._firefox.call(do="run", page=self._number, code=code))["value"]

    async def until(self, condition: str, seconds: float = 20) -> None:
        """Wait until the expression is true."""
        async with asyncio.timeout(seconds):
            while not await self.evaluate(condition):  # noqa: ASYNC110  # a page has no event of ours to wait for
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        await self._firefox.call(do="close", page=self._number)


class Firefox:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._one = asyncio.Lock()  # one command at a time: answers carry no number

    async def call(self, **command: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        async with self._one:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            answer = await asyncio.wait_for(self.read(), CALL_SECONDS)
        assert "error" not in answer, answer["error"]
        return answer

    async def read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "Firefox's driver has ended"
        return dict(json.loads(line))

    async def open(self, url: str, script: str) -> FirefoxPage:
        return FirefoxPage(self, (await self.call(do="open", url=url, script=script))["page"])


@contextlib.asynccontextmanager
async def firefox() -> AsyncIterator[Firefox]:
    """A browser of its own, ended in bounded time."""
    node, binary = shutil.which("node"), shutil.which("firefox-esr") or shutil.which("firefox")
    assert node is not None
    assert binary is not None
    async with until_input_ends(node, str(DRIVER), str(CLIENT), binary) as process:
        browser = Firefox(process)
        await asyncio.wait_for(browser.read(), START_SECONDS)
        yield browser
