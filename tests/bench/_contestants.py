"""Who is compared in ``engines``: both engines of ours and Janus, each in a process of its own on one core."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

import aiohttp
from aioice import stun

from livestream.engine.candidates import local_addresses
from livestream.engine.choose import EngineChoice, choose_engine
from livestream.engine.dtls import DtlsState
from livestream.engine.rtcp import KeyframeRequest, parse_compound
from livestream.errors import MediaError
from livestream.media import MediaEngine
from tests.bench._machine import cpu_seconds, memory_bytes, pin
from tests.bench.fanout import SHOW, Deaf
from tests.livestream.engine.light_peer import VIDEO, LightPeer, make_offer, rtp
from tests.livestream.engine.world import vp8_payload
from web.serve import favour_media

MARK = b"NUMBERED"  # before the number of a packet in its payload
PACKETS_PER_FRAME, FRAMES_PER_SECOND, SIZE = 10, 30, 1200


class Source:
    """300 packets of 1,200 B a second in bursts of a frame; remembers when each was sent."""

    def __init__(self) -> None:
        self.sent: dict[int, int] = {}  # number -> ns since 1970
        self._number = 0
        self._frame = 0

    def packets(self, key: bool) -> list[bytes]:
        made = []
        for place in range(PACKETS_PER_FRAME):
            body = MARK + self._number.to_bytes(8, "big")
            payload = vp8_payload(self._frame, self._frame, place == 0, key, body).ljust(SIZE - 12, b"x")
            marker = 0x80 if place == PACKETS_PER_FRAME - 1 else 0
            made.append(
                rtp(96 | marker, self._number & 0xFFFF, 4711, payload, self._frame * 90000 // FRAMES_PER_SECOND)
            )
            self._number += 1
        self._frame += 1
        return made

    def stamp(self, place: int) -> None:
        self.sent[self._number - PACKETS_PER_FRAME + place] = time.time_ns()


class Contestant(Protocol):
    name: str

    async def start(self, core: int | None) -> None: ...

    async def viewer(self) -> LightPeer: ...

    def send_frame(self, source: Source) -> None: ...

    def consent(self, peers: list[LightPeer]) -> None:
        """Say that all are still there; whoever does not for half a minute is ended."""

    def cpu(self) -> float: ...

    def memory(self) -> int: ...

    async def stop(self) -> None: ...


def _engine_process(pipes: list[Connection], kind: EngineChoice, core: int | None) -> None:
    pin(core)
    asyncio.run(_serve(pipes, kind))


async def _serve(pipes: list[Connection], kind: EngineChoice) -> None:
    engine = choose_engine(kind, threads=1)
    await engine.start(Deaf())
    favour_media()  # as the server does
    try:
        await asyncio.wait(
            [asyncio.create_task(_answer(engine, pipe)) for pipe in pipes], return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        await engine.stop()


async def _answer(engine: MediaEngine, pipe: Connection) -> None:
    """Until ``stop`` is asked for or the other side is gone."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    async def answer(number: int, do: str, argument: str) -> None:
        result: object
        try:
            if do == "counters":
                result = (await engine.statistics()).counters
            else:
                join = engine.publish if do == "publish" else engine.watch
                result = (await join(SHOW, argument)).answer
        except MediaError as error:
            result = error
        pipe.send((number, result))

    with contextlib.suppress(EOFError):
        while True:
            number, do, argument = await loop.run_in_executor(None, pipe.recv)
            if do == "stop":
                break
            task = asyncio.create_task(answer(number, do, argument))  # many may ask at once
            tasks.add(task)
            task.add_done_callback(tasks.discard)


class Line:
    """One end of a pipe to an engine's process: many may ask at once. ``close`` leaves the pipe open."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self._sending = ThreadPoolExecutor(1)
        self._asked: list[asyncio.Future[object]] = []

    async def ask(self, do: str, argument: str = "") -> object:
        loop = asyncio.get_running_loop()
        if not self._asked:
            loop.add_reader(self.pipe.fileno(), self._answered)
        number = len(self._asked)
        self._asked.append(loop.create_future())
        # In a thread: both sides may have more to say than the pipe holds.
        await loop.run_in_executor(self._sending, self.pipe.send, (number, do, argument))
        return await self._asked[number]

    def _answered(self) -> None:
        while self.pipe.poll():
            number, answer = self.pipe.recv()
            if self._asked[number].done():
                continue
            if isinstance(answer, Exception):
                self._asked[number].set_exception(answer)
            else:
                self._asked[number].set_result(answer)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.pipe.fileno())
        self._sending.shutdown()


class Ours:
    """``other_line``: a second pipe to the engine, for a process that joins on its own."""

    def __init__(self, kind: EngineChoice) -> None:
        self.name: str = kind
        self._kind = kind
        self._context = multiprocessing.get_context("spawn")
        pipe, first = self._context.Pipe()
        self.other_line, second = self._context.Pipe()
        self._ends = [first, second]
        self._line = Line(pipe)

    async def start(self, core: int | None) -> None:
        self._process = self._context.Process(
            target=_engine_process, args=(self._ends, self._kind, core), name="engine", daemon=True
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self._host = await LightPeer("sendonly").open()
        await self._host.connect(str(await self._ask("publish", self._host.offer)))

    async def _ask(self, do: str, argument: str = "") -> object:
        return await self._line.ask(do, argument)

    async def viewer(self) -> LightPeer:
        peer = await LightPeer("recvonly").open()
        await peer.connect(str(await self._ask("watch", peer.offer)))
        return peer

    def consent(self, peers: list[LightPeer]) -> None:
        for peer in (self._host, *peers):
            peer.send(bytes(peer.binding()))

    async def counters(self) -> dict[str, int]:
        answer = await self._ask("counters")
        assert isinstance(answer, dict)
        return answer

    def send_frame(self, source: Source) -> None:
        asked = any(
            isinstance(message, KeyframeRequest)
            for compound in self._host.rtcp
            for message in parse_compound(compound)[0]
        )
        self._host.rtcp.clear()
        for place, packet in enumerate(source.packets(asked or not source.sent)):
            source.stamp(place)
            self._host.send_rtp(packet)

    def cpu(self) -> float:
        return cpu_seconds(self.pid)

    def memory(self) -> int:
        return memory_bytes(self.pid)

    async def stop(self) -> None:
        self._host.close()
        for pipe in (self.other_line, self._line.pipe):
            pipe.send((0, "stop", ""))
        self._line.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


class JanusViewer(LightPeer):
    """Answers an offer: Janus checks, we reply; we are DTLS client."""

    def answer_probe(self, request: stun.Message, password: str = "p" * 22) -> None:
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id)
        response.attributes["XOR-MAPPED-ADDRESS"] = self.remote
        response.add_message_integrity(password.encode())
        self.send(bytes(response))

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        self.remote = (str(addr[0]), addr[1])
        super().datagram_received(data, addr)


class Janus:
    """Debian's package with its streaming plugin: one mountpoint, fed with plain RTP."""

    name = "janus"

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="closetcast-janus-"))
        self._address = next(one for one in local_addresses("0.0.0.0") if not one.startswith("127.") and "." in one)

    @staticmethod
    def installed() -> bool:
        return shutil.which("janus") is not None

    async def start(self, core: int | None) -> None:
        with socket.socket() as http, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media:
            http.bind(("127.0.0.1", 0))
            media.bind(("127.0.0.1", 0))
            self._http, self._port = http.getsockname()[1], media.getsockname()[1]
        self._write_configuration()
        self._log = (self._folder / "log").open("wb")
        self._process = subprocess.Popen(
            ["janus", "-F", str(self._folder), "-o"], stdout=self._log, stderr=subprocess.STDOUT
        )
        self.pid = self._process.pid
        if core is not None:
            os.sched_setaffinity(self.pid, {core})
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._session = aiohttp.ClientSession(base_url=f"http://127.0.0.1:{self._http}")
        async with asyncio.timeout(10):
            while True:
                try:
                    created = await self._post("/janus", {"janus": "create"})
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        self._base = f"/janus/{created['data']['id']}"
        # Threads that Janus had started before it was pinned inherit nothing: pin them all.
        if core is not None:
            for thread in Path(f"/proc/{self.pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {core})

    def _write_configuration(self) -> None:
        (self._folder / "janus.jcfg").write_text(
            f"""general: {{ configs_folder = "{self._folder}"
 plugins_folder = "/usr/lib/x86_64-linux-gnu/janus/plugins"
 transports_folder = "/usr/lib/x86_64-linux-gnu/janus/transports"
 events_folder = "/nowhere" loggers_folder = "/nowhere" debug_level = 2 }}
nat: {{ ice_enforce_list = "{self._address}" }}
plugins: {{ disable = "{",".join(self._others("plugins", "streaming"))}" }}
transports: {{ disable = "{",".join(self._others("transports", "http"))}" }}
"""
        )
        (self._folder / "janus.transport.http.jcfg").write_text(
            f'general: {{ json = "compact" base_path = "/janus" http = true port = {self._http} ip = "127.0.0.1" }}\n'
        )
        (self._folder / "janus.plugin.streaming.jcfg").write_text(
            f'bench: {{ type = "rtp" id = 1 media = ( {{ type = "video" mid = "v" label = "v" '
            f'port = {self._port} pt = 96 codec = "vp8" }} ) }}\n'
        )

    @staticmethod
    def _others(kind: str, but: str) -> list[str]:
        folder = Path("/usr/lib/x86_64-linux-gnu/janus") / kind
        return [one.name for one in folder.glob("*.so") if but not in one.name]

    async def _post(self, path: str, body: dict[str, object]) -> dict[str, dict[str, object]]:
        body["transaction"] = secrets.token_hex(6)
        async with self._session.post(path, json=body) as response:
            answer: dict[str, dict[str, object]] = await response.json(content_type=None)
            return answer

    async def _event(self) -> dict[str, dict[str, object]]:
        """The next event with a session description or a state of ours."""
        async with asyncio.timeout(15):
            while True:
                async with self._session.get(self._base, params={"maxev": "1"}) as response:
                    event: dict[str, dict[str, object]] = await response.json(content_type=None)
                if "jsep" in event:
                    return event

    async def viewer(self) -> LightPeer:
        attached = await self._post(self._base, {"janus": "attach", "plugin": "janus.plugin.streaming"})
        handle = f"{self._base}/{attached['data']['id']}"
        await self._post(handle, {"janus": "message", "body": {"request": "watch", "id": 1}})
        event = await self._event()
        offer = str(event["jsep"]["sdp"])
        peer = JanusViewer("recvonly", setup="active")
        await peer.open(self._address)
        peer.take(offer.replace(" udp ", " udp "))
        port = peer.transport.get_extra_info("sockname")[1]
        mid = re.findall(r"a=mid:(\S+)", offer)[0]
        media = VIDEO.replace("a=mid:1", f"a=mid:{mid}").replace("a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n", "")
        media = media.replace(" 96 97 102 103", " 96").split("a=rtpmap:97")[0]
        answer = make_offer("recvonly", "active", media=media).replace("BUNDLE 0 1", f"BUNDLE {mid}")
        answer = answer.replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n", 1)
        answer += f"a=candidate:1 1 udp 2130706431 {self._address} {port} typ host\r\na=end-of-candidates\r\n"
        await self._post(
            handle,
            {"janus": "message", "body": {"request": "start"}, "jsep": {"type": "answer", "sdp": answer}},
        )
        await peer.until(lambda: bool(peer.probes))
        peer._send(peer.dtls.start())
        # Janus is deaf to DTLS until its own checks are over: the first flight may be lost.
        for _ in range(50):
            with contextlib.suppress(TimeoutError):
                await peer.until(lambda: peer.dtls.state is DtlsState.CONNECTED, 0.2)
                return peer
            peer._send(peer.dtls.timer())
        raise TimeoutError("Janus does not finish the handshake")

    def consent(self, peers: list[LightPeer]) -> None:
        pass  # Debian's Janus does not ask for it

    def send_frame(self, source: Source) -> None:
        for place, packet in enumerate(source.packets(True)):
            source.stamp(place)
            self._socket.sendto(packet, ("127.0.0.1", self._port))

    def cpu(self) -> float:
        return cpu_seconds(self.pid)

    def memory(self) -> int:
        return memory_bytes(self.pid)

    async def stop(self) -> None:
        await self._session.close()
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder)
