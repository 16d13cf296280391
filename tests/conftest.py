"""Fixtures that every folder uses: databases with an empty schema, and Redis."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.servers import RedisServer, postgresql_server
from web.database import SqlDatabase, sqlite_url
from web.schema import create_all


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and no row; tests copy it."""
    path = tmp_path_factory.mktemp("template") / "closetcast.sqlite"
    asyncio.run(_create(sqlite_url(path)))
    return path


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """URL of the administrator's database on a private server whose database ``template`` holds the empty schema."""
    with postgresql_server() as url:
        asyncio.run(_administer(url, "CREATE DATABASE template"))
        asyncio.run(_create(url.rsplit("/", 1)[0] + "/template"))
        yield url


async def _create(url: str) -> None:
    database = SqlDatabase(url)
    try:
        async with database.writing() as connection:
            await connection.run_sync(create_all)
    finally:
        await database.stop()


async def _administer(url: str, command: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(command)
    finally:
        await connection.close()


@pytest.fixture
def sqlite_path(sqlite_template: Path, tmp_path: Path) -> Path:
    """A database file of its own with the empty schema."""
    path = tmp_path / "closetcast.sqlite"
    shutil.copy(sqlite_template, path)
    return path


@pytest.fixture
def postgresql_url(postgresql_template: str) -> Iterator[str]:
    """A database of its own with the empty schema, dropped afterwards."""
    name = "test_" + secrets.token_hex(6)
    asyncio.run(_administer(postgresql_template, f"CREATE DATABASE {name} TEMPLATE template"))
    yield postgresql_template.rsplit("/", 1)[0] + "/" + name
    asyncio.run(_administer(postgresql_template, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return sqlite_url(request.getfixturevalue("sqlite_path"))
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
async def database(any_database_url: str) -> AsyncIterator[SqlDatabase]:
    """Both databases, one after the other: what the stores' tests run on."""
    database = SqlDatabase(any_database_url)
    yield database
    await database.stop()


@pytest.fixture
async def sqlite_database(sqlite_path: Path) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(sqlite_url(sqlite_path))
    yield database
    await database.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.sqlite")
        return
    server = str(request.getfixturevalue("postgresql_template"))
    name = "empty_" + secrets.token_hex(6)
    asyncio.run(_administer(server, f"CREATE DATABASE {name}"))
    yield server.rsplit("/", 1)[0] + "/" + name
    asyncio.run(_administer(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def empty_database(empty_database_url: str) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(empty_database_url)
    yield database
    await database.stop()


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def redis_url(shared_redis: RedisServer) -> str:
    return shared_redis.url
