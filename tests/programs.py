"""Programs beside a test that run until their input ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

END_SECONDS = 15.0  # for a browser to close its profile


@contextlib.asynccontextmanager
async def until_input_ends(program: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Its input and output are pipes; it is killed when it does not end by itself."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(program, *arguments, stdin=pipe, stdout=pipe)
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
