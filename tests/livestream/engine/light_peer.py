"""A WebRTC peer without codecs: offers, checks by STUN (aioice's), speaks DTLS and SRTP over a real socket. What it
sends and gets are plain RTP packets. It shares only the DTLS and SRTP layers with the engine, in the opposite role."""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
from collections.abc import Callable

from aioice import stun

from livestream.engine.dtls import DtlsContext, DtlsPeer, DtlsState, Fingerprint

CONTEXT = DtlsContext()  # one certificate for all light peers: making one costs more than the rest of a test

PATIENCE = 30  # seconds: a busy machine, never a judgement of speed

TRANSPORT = """a=ice-ufrag:{ufrag}
a=ice-pwd:{password}
a=fingerprint:{fingerprint}
a=setup:{setup}
a={direction}
a=rtcp-mux
"""
AUDIO = """m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
{transport}a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
"""
VIDEO = """m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103
c=IN IP4 0.0.0.0
a=mid:1
{transport}a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=rtcp-fb:102 nack
a=rtcp-fb:102 nack pli
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
"""


def make_offer(
    direction: str = "sendonly",
    setup: str = "actpass",
    ufrag: str = "peer",
    password: str = "p" * 22,
    fingerprint: Fingerprint | None = None,
    media: str = AUDIO + VIDEO,
) -> str:
    fingerprint = fingerprint or CONTEXT.fingerprint
    transport = TRANSPORT.format(
        ufrag=ufrag,
        password=password,
        fingerprint=f"{fingerprint.algorithm} {fingerprint.value}",
        setup=setup,
        direction=direction,
    )
    head = "v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE 0 1\n"
    return (head + media.format(transport=transport)).replace("\n", "\r\n")


def rtp(payload_type: int, sequence: int, ssrc: int, payload: bytes = b"payload", timestamp: int = 0) -> bytes:
    return struct.pack("!BBHII", 0x80, payload_type, sequence, timestamp, ssrc) + payload


class LightPeer(asyncio.DatagramProtocol):
    """``await open()``, send ``offer`` to the engine, ``await connect(answer)``, ``close()``."""

    def __init__(
        self, direction: str = "sendonly", setup: str = "actpass", fingerprint: Fingerprint | None = None
    ) -> None:
        self.offer = make_offer(direction, setup, fingerprint=fingerprint)
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.stun: list[stun.Message] = []
        self.rejected = 0
        self.dtls = DtlsPeer(CONTEXT, (), client=setup != "passive")
        self.answers_dtls = self.answers_probes = True
        self.probes: list[stun.Message] = []  # the engine's own requests
        self._address = "127.0.0.1"
        self._client = setup != "passive"
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, address: str = "127.0.0.1") -> LightPeer:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(address, 0))
        self._address = address
        return self

    def take(self, answer: str) -> None:
        """Read an answer (or a restart's fragment) without sending anything."""
        self.ufrag = re.findall(r"a=ice-ufrag:(\S+)", answer)[0]
        self.password = re.findall(r"a=ice-pwd:(\S+)", answer)[0]
        self.remote = (self._address, int(re.findall(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+) typ host", answer)[0]))
        fingerprints = [Fingerprint.parse(text) for text in re.findall(r"a=fingerprint:(.*)\r", answer)]
        if fingerprints:
            self.dtls._fingerprints = tuple(one for one in fingerprints if one is not None)

    async def connect(self, answer: str) -> None:
        self.take(answer)
        await self.check()
        if self._client:
            self._send(self.dtls.start())
        for _ in range(PATIENCE):  # as a browser does: what is lost or comes too late is sent again
            with contextlib.suppress(TimeoutError):
                await self.until(lambda: self.dtls.state is DtlsState.CONNECTED, 1)
                return
            self._send(self.dtls.timer())
        raise TimeoutError

    def binding(
        self,
        *,
        use_candidate: bool = True,
        controlled: bool = False,
        password: str | None = None,
        ufrag: str | None = None,
    ) -> stun.Message:
        attributes: dict[str, object] = {"USERNAME": f"{ufrag or self.ufrag}:peer", "PRIORITY": 1}
        attributes["ICE-CONTROLLED" if controlled else "ICE-CONTROLLING"] = 7
        if use_candidate:
            attributes["USE-CANDIDATE"] = None
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes=attributes)
        request.add_message_integrity((password or self.password).encode())
        return request

    async def check(self) -> stun.Message:
        """One binding request and its response."""
        request = self.binding()
        self.send(bytes(request))
        return await self.response(request)

    async def response(self, request: stun.Message) -> stun.Message:
        await self.until(lambda: any(one.transaction_id == request.transaction_id for one in self.stun))
        return next(one for one in self.stun if one.transaction_id == request.transaction_id)

    def answer_probe(self, request: stun.Message, password: str = "p" * 22) -> None:
        """Answer one of the engine's requests, if it is authentic (RFC 8445 section 7.3)."""
        assert request.check_message_integrity(b"p" * 22)
        assert request.attributes["USERNAME"] == f"peer:{self.ufrag}"
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id)
        response.attributes["XOR-MAPPED-ADDRESS"] = ("127.0.0.1", 1)
        response.add_message_integrity(password.encode())
        self.send(bytes(response))

    def send(self, datagram: bytes) -> None:
        self.transport.sendto(datagram, self.remote)

    def send_rtp(self, packet: bytes) -> None:
        assert self.dtls.sender is not None
        protected = self.dtls.sender.rtp(packet)
        assert protected is not None
        self.send(protected)

    def send_rtcp(self, compound: bytes) -> None:
        assert self.dtls.sender is not None
        protected = self.dtls.sender.rtcp(compound)
        assert protected is not None
        self.send(protected)

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if data[0] < 4:
            message = stun.parse_message(data)
            if message.message_class is stun.Class.REQUEST:
                self.probes.append(message)
                if self.answers_probes:
                    self.answer_probe(message)
            else:
                self.stun.append(message)
        elif 20 <= data[0] <= 63:
            if self.answers_dtls:
                self._send(self.dtls.receive(data))
        elif self.dtls.receiver is not None:
            if 192 <= data[1] <= 223:
                self.rtcp.append(self.dtls.receiver.rtcp(data))
            else:
                self.rtp.append(self.dtls.receiver.rtp(data))
        task = asyncio.get_running_loop().create_task(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            self.send(datagram)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        self.transport.close()
