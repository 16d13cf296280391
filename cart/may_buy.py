"""Whether somebody may buy in a show: the layer above knows of bans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

MayBuy = Callable[[AsyncConnection, str, str], Awaitable[bool]]  # connection, show id, account id
