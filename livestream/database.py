"""What this package asks of a database: two ways in. The web layer implements them once for SQLite and PostgreSQL."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection


class Database(Protocol):
    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection that sees what has been committed; nothing written through it is kept."""

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection inside a writing transaction: committed at the end of the block, rolled back when it raises."""
