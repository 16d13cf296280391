"""Starting and stopping the server as a whole."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from web.serve import CannotStart, running
from web.settings import Settings


@pytest.fixture
def few_files() -> Iterator[int]:
    """A process that may open fewer files than it could."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard // 2, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"database_url": "mysql://a/b"}, "mysql database is not supported"),
        ({"database_url": "nonsense"}, "cannot be read"),
        ({"redis_url": "http://a"}, "redis://"),
        ({"public_ips": ("nonsense",)}, "not an IP address"),
    ],
)
async def test_a_wrong_setting_is_a_sentence(tmp_path: Path, wrong: dict[str, Any], sentence: str) -> None:
    values = {"host": "127.0.0.1", "port": 0, "udp_port": 0, "data": tmp_path, **wrong}
    with pytest.raises(CannotStart, match=sentence):
        async with running(Settings(**values)):
            pass


async def test_a_database_that_is_not_there(tmp_path: Path, postgresql_template: str) -> None:
    url = postgresql_template.rsplit("/", 1)[0] + "/nowhere"
    settings = Settings(host="127.0.0.1", port=0, udp_port=0, data=tmp_path, database_url=url)
    with pytest.raises(CannotStart, match=r"the database cannot be used: .*nowhere"):
        async with running(settings):
            pass


async def test_what_is_in_the_way_is_named(tmp_path: Path) -> None:
    given = Settings(host="127.0.0.1", port=0, udp_port=0, data=tmp_path / "data")
    (tmp_path / "file").write_text("no folder")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        for changes, sentence in (
            ({"data": tmp_path / "file"}, r"the data folder .*file cannot be written \(.*--data"),
            ({"rtmp_port": number}, rf"TCP port {number} cannot be opened \(.*--rtmp-port"),
            (
                {"database_url": "postgresql://a:secret@127.0.0.1:1/x"},
                r"the database postgresql.*@127.0.0.1:1/x does not answer",
            ),
        ):
            with pytest.raises(OSError, match=sentence) as raised:
                async with running(replace(given, **changes)):
                    pass
            assert "secret" not in str(raised.value)
            assert "Errno" not in str(raised.value)


async def test_every_file_that_the_system_allows(tmp_path: Path, few_files: int) -> None:
    async with running(Settings(host="127.0.0.1", port=0, udp_port=0, data=tmp_path)):
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == few_files


async def test_the_broker_to_other_servers_is_in_the_metrics(tmp_path: Path, redis_url: str) -> None:
    settings = Settings(host="127.0.0.1", port=0, udp_port=0, data=tmp_path, redis_url=redis_url)
    async with (
        running(settings) as (_, port),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
        http.get("/metrics") as reply,
    ):
        metrics = await reply.text()
    assert "closetcast_broker_dropped_total 0.0" in metrics
    assert "closetcast_broker_queued 0.0" in metrics


async def test_a_data_folder_belongs_to_one_server(tmp_path: Path) -> None:
    """A second one would take the first one's shows for its own and interrupt them."""
    settings = Settings(host="127.0.0.1", port=0, udp_port=0, data=tmp_path)
    for _ in range(2):
        async with running(settings):
            with pytest.raises(OSError, match="another Closetcast is running"):
                async with running(settings):
                    pass


def test_the_interpreter_favours_media() -> None:
    """In a process of its own, since it is the interpreter's setting."""
    code = "import gc, sys; from web.serve import favour_media; favour_media(); "
    code += "print(gc.get_freeze_count(), sys.getswitchinterval())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    frozen, interval = said.split()
    assert int(frozen) > 50_000
    assert float(interval) < 0.001
