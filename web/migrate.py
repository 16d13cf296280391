"""Bring the database's schema up to date, at each start of the server.

``python -m web.migrate "what changes"`` writes the next revision from the difference between the tables and a database
that has all revisions so far; read it before it is committed.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from web.database import SqlDatabase, sqlite_url

logger = logging.getLogger(__name__)

LOCK = 7_203_118  # any number: servers that start at once on one PostgreSQL take turns


class SchemaTooNew(ValueError):
    """The database was made by a newer version of this program."""


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: sa.Connection) -> None:
    """All revisions that are missing, in the caller's transaction. Raises: SchemaTooNew."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
    config = _config(connection)
    script = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNew(
            "This data was written by a newer Closetcast: start that version, or restore an older backup."
        )
    if current != script.get_current_head():
        logger.info("updating the database's schema")
        command.upgrade(config, "head")


async def migrate(database: SqlDatabase) -> None:
    """Raises: SchemaTooNew, SQLAlchemy's errors when the database does not answer."""
    async with database.writing() as connection:
        await connection.run_sync(upgrade)


async def _new_revision(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = SqlDatabase(sqlite_url(Path(folder) / "empty.sqlite"))
        try:
            await migrate(database)
            number = len(list(ScriptDirectory.from_config(_config()).walk_revisions())) + 1
            async with database.writing() as connection:
                await connection.run_sync(
                    lambda plain: command.revision(_config(plain), message, autogenerate=True, rev_id=f"{number:04d}")
                )
        finally:
            await database.stop()


if __name__ == "__main__":
    asyncio.run(_new_revision(" ".join(sys.argv[1:]) or "changes"))
