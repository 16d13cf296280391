"""Bodies of requests, read under a bound in bytes and in seconds: whoever sends a byte now and then holds nothing for long."""

from __future__ import annotations

import asyncio

from aiohttp import web

from web.errors import WebError


async def read_body(request: web.Request, largest: int, seconds: float, too_large: WebError) -> bytes:
    """The whole body, at most ``largest`` bytes.

    Raises: ``too_large``, WebError 408 after ``seconds``, 400 when the connection ends before.
    """
    if (request.content_length or 0) > largest:
        raise too_large
    data = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                data += chunk
                if len(data) > largest:
                    raise too_large
    except TimeoutError:
        raise WebError("The body took too long to arrive.", code="too_slow", status=408) from None
    except ConnectionError:  # nobody reads the answer, but nothing went wrong here either
        raise WebError("The connection ended before the body had arrived.", code="cut_off") from None
    return bytes(data)
