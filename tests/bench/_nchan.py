"""The peer of the chat's benchmark: nchan (Debian's nginx module), one worker, and publishers who do not wait for their answers.

nchan carries bytes and no more: nothing is written down, nobody is judged, one frame goes out per message. It publishes by
HTTP POST over kept connections; one nginx worker is one core.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests.bench._machine import pin

PUBLISHERS = 8  # kept connections that post in turn
CONFIG = """
daemon off;
worker_processes 1;
user root;
pid {folder}/pid;
error_log {folder}/error.log crit;
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  nchan_shared_memory_size 256M;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 10000000;
  server {{
    listen 127.0.0.1:{port} backlog=8192;
    location = /sub {{ nchan_subscriber websocket; nchan_channel_id room; nchan_message_buffer_length 0; }}
    location = /pub {{ nchan_publisher http; nchan_channel_id room; nchan_message_buffer_length 0; }}
  }}
}}
"""


class Publishers:
    """Posts without waiting for what was posted before (pipelined), as people talk who do not know of each other."""

    def __init__(self, streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> None:
        self._writers = [writer for _, writer in streams]
        self._drains = [asyncio.create_task(self._drain(reader)) for reader, _ in streams]

    @staticmethod
    async def _drain(reader: asyncio.StreamReader) -> None:
        while await reader.read(65536):
            pass

    def post(self, number: int, body: bytes) -> None:
        head = f"POST /pub HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self._writers[number % len(self._writers)].write(head + body)

    async def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._drains, return_exceptions=True)


@contextlib.asynccontextmanager
async def server(core: int | None) -> AsyncIterator[tuple[int, int, Publishers]]:
    """(pid of the worker, port, publishers)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nginx.conf"
        path.write_text(CONFIG.format(folder=folder, port=port))
        process = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", folder, "-c", str(path)], stderr=subprocess.DEVNULL, preexec_fn=lambda: pin(core)
        )
        try:
            async with asyncio.timeout(10):
                while True:
                    with contextlib.suppress(OSError):
                        streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(PUBLISHERS)]
                        break
                    await asyncio.sleep(0.05)
            publishers = Publishers(streams)
            worker = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
            yield worker, port, publishers
            await publishers.close()
        finally:
            process.terminate()
            process.wait(10)
