"""The migrations make exactly the tables that the stores use, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from web.database import SqlDatabase
from web.migrate import SchemaTooNew, migrate
from web.schema import all_metadata


def differences(connection: sa.Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "target_metadata": list(all_metadata())}
    )
    found: list[Any] = compare_metadata(context, list(all_metadata()))  # type: ignore[arg-type]
    return found


async def test_migrations_and_tables_agree(empty_database: SqlDatabase) -> None:
    await migrate(empty_database)
    async with empty_database.writing() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_second_start_changes_nothing(empty_database: SqlDatabase) -> None:
    await migrate(empty_database)
    await migrate(empty_database)
    async with empty_database.reading() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM alembic_version")) == 1


async def test_data_of_a_newer_version_is_refused_and_left_alone(empty_database: SqlDatabase) -> None:
    await migrate(empty_database)
    async with empty_database.writing() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="newer Closetcast"):
        await migrate(empty_database)
