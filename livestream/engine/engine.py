"""``PythonEngine``: the media engine on a thread and event loop of its own, so that chat and checkout never wait for video.

Every coroutine of ``MediaEngine`` parses on the caller's loop and hops to the engine's for the rest; what happens inside
goes back through a ``Relay``.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Literal, TypeVar

from livestream.engine.candidates import local_addresses
from livestream.engine.forwarding import ShowForwarding
from livestream.engine.hub import Hub
from livestream.engine.ports import Forwarding, ForwardingEvents
from livestream.engine.relay import Notice, Relay
from livestream.engine.sdp_offer import parse_offer
from livestream.engine.session import Session
from livestream.engine.slow_lane import SlowLane
from livestream.engine.tcp import TcpPort
from livestream.engine.udp import UdpPort, any_host
from livestream.errors import MediaError
from livestream.media import (
    EndReason,
    EngineStatistics,
    FragmentAnswer,
    MediaListener,
    PacketReader,
    SessionDescription,
    ShowMedia,
    ViewerLayers,
)

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.01
# How long ``stop`` waits for a listener that is still busy with the last notices.
LISTENER_SECONDS = 5.0
THREAD_NAME = "closetcast-media"

# Joins that the engine's thread is asked for at the same time. Its loop runs all that waits before it reads its socket again:
# three hundred at once would be a third of a second without a packet for everybody who watches.
JOINING_AT_ONCE = 2

Result = TypeVar("Result")


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it is installed (it reads a socket with half the overhead), else asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class PythonEngine:
    """Implements ``livestream.media.MediaEngine``. ``public_ips`` replace the machine's own addresses in the answers;
    ``host`` is the one address to bind, None: all, of both families where the system has them. ``tcp``: peers may come by
    TCP to the same port number too, where it is free; ``tcp_doors``: addresses on which the caller itself listens on that
    number, and hands the peers among those who come to ``take_connection``."""

    name = "python"

    def __init__(
        self,
        host: str | None = None,
        port: int = 0,
        public_ips: tuple[str, ...] = (),
        max_sessions: int = 2000,
        *,
        forwarding: Callable[[ForwardingEvents], Forwarding] = ShowForwarding,
        tcp: bool = False,
        tcp_doors: tuple[str, ...] = (),
    ) -> None:
        self.port = port  # the bound one after ``start``
        self._host = host if host is not None else any_host()
        self._public_ips = public_ips
        self._max_sessions = max_sessions
        self._new_forwarding = forwarding
        self._wants_tcp = tcp
        self._tcp_doors = tcp_doors
        self._tcp: TcpPort | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hub: Hub | None = None
        self._relay: Relay | None = None
        self._slow_lane: SlowLane | None = None
        self._joining = asyncio.Semaphore(JOINING_AT_ONCE)
        self._listener: MediaListener | None = None
        self._started: set[str] = set()  # host sessions whose start was reported and whose stop was not
        self._outstanding: set[concurrent.futures.Future[None]] = set()

    # Life -------------------------------------------------------------------------------------------------------------

    async def start(self, listener: MediaListener) -> None:
        """Raises: MediaError when it runs already, an address is none, or the UDP port cannot be bound."""
        if self._thread is not None:
            raise MediaError("The media engine is running already.")
        for address in (self._host, *self._public_ips):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                raise MediaError(
                    f"{address!r} is not an IP address: media needs numbers, names are not looked up."
                ) from None
        self._listener = listener
        self._relay = Relay(asyncio.get_running_loop())
        ready: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name=THREAD_NAME, daemon=True)
        self._thread.start()
        try:
            await asyncio.wrap_future(ready)
        except OSError as error:
            await self._join_thread()
            raise MediaError(
                f"UDP port {self.port} on {self._host} cannot be opened ({error.strerror}): choose another one with --udp-port."
            ) from error
        except BaseException:
            await self._join_thread()
            raise

    async def stop(self) -> None:
        """End every session, the thread and the socket. Stopping twice is fine, also at the same time."""
        loop, hub = self._loop, self._hub
        if self._thread is None or loop is None or hub is None:
            return
        try:
            with contextlib.suppress(MediaError):  # another stop has been faster
                await self._hop(lambda: hub.end_all(EndReason.ENGINE_STOPPED))
        finally:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(loop.stop)
            await self._join_thread()
            assert self._relay is not None
            await self._relay.close(LISTENER_SECONDS)

    async def _join_thread(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(None, thread.join)
        self._loop = self._hub = None

    def _run(self, ready: concurrent.futures.Future[None]) -> None:
        loop = new_event_loop()
        try:
            try:
                udp = self._open_port(self._host, self.port)
            except BaseException as error:
                ready.set_exception(error)
                return
            try:
                self._tcp = self._open_tcp(udp)
                self._serve(loop, udp, ready)
            finally:
                if self._tcp is not None:
                    self._tcp.close()
                udp.close()
        finally:
            loop.close()
            # Whoever hopped in after the end is told so instead of waiting for ever; from now on ``_hop`` finds the loop closed.
            for future in list(self._outstanding):
                _settle(future, MediaError("The media engine has stopped."))

    def _open_tcp(self, udp: UdpPort) -> TcpPort | None:
        if not self._wants_tcp:
            return None
        try:
            return TcpPort(self._host, udp, self._tcp_doors)
        except OSError as error:
            logger.warning("no media by TCP: port %d cannot be opened (%s)", udp.port, error.strerror)
            return None

    # What the compiled engine has in its own way.

    def _open_port(self, host: str, port: int) -> UdpPort:
        return UdpPort(host, port)

    def _new_hub(self, udp: UdpPort, forwarding: Forwarding, addresses: tuple[str, ...], tcp: tuple[str, ...]) -> Hub:
        return Hub(
            udp, forwarding, addresses, self._max_sessions, time.monotonic, self._session_ended, tcp_addresses=tcp
        )

    def _forward(self, udp: UdpPort, events: ForwardingEvents) -> Forwarding:
        return self._new_forwarding(events)

    def _port_counters(self, udp: UdpPort) -> dict[str, int]:
        return {"datagrams_in": udp.datagrams_in, "send_dropped": udp.send_dropped}

    def _serve(self, loop: asyncio.AbstractEventLoop, udp: UdpPort, ready: concurrent.futures.Future[None]) -> None:
        try:
            events = ForwardingEvents(self._publication_started, self._publication_stalled, self._viewers_changed)
            addresses = self._public_ips or local_addresses(self._host)
            tcp = tuple(one for one in addresses if self._tcp is not None and self._tcp.reaches(one))
            hub = self._new_hub(udp, self._forward(udp, events), addresses, tcp)
        except BaseException as error:
            ready.set_exception(error)
            return

        def tick(due: float) -> None:
            hub.tick()
            due = max(due + TICK_SECONDS, loop.time())  # ticks that came too late are not made up for
            loop.call_at(due, tick, due)

        def begin() -> None:
            self._slow_lane = SlowLane(loop, hub.receive, poll=lambda: udp.poll())
            udp.open(self._slow_lane.receive)
            if self._tcp is not None:
                self._tcp.open(loop)
            tick(loop.time())
            self.port, self._loop, self._hub = udp.port, loop, hub
            ready.set_result(None)

        loop.call_soon(begin)
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            asyncio.set_event_loop(None)

    # MediaEngine ------------------------------------------------------------------------------------------------------

    async def publish(self, show_id: str, offer: str) -> SessionDescription:
        parsed = parse_offer(offer)
        async with self._joining:
            return await self._on_hub(lambda hub: hub.join(show_id, "publish", parsed))

    async def watch(self, show_id: str, offer: str) -> SessionDescription:
        parsed = parse_offer(offer)
        async with self._joining:
            return await self._on_hub(lambda hub: hub.join(show_id, "watch", parsed))

    async def patch(self, session_id: str, etag: str | None, sdpfrag: str) -> FragmentAnswer:
        return await self._on_hub(lambda hub: hub.patch(session_id, etag, sdpfrag))

    async def close(self, session_id: str, reason: EndReason = EndReason.DELETED) -> None:
        await self._on_hub(lambda hub: hub.end(hub.find(session_id), reason))

    async def end_show(self, show_id: str) -> None:
        await self._on_hub(lambda hub: hub.end_show(show_id))

    async def resume_clock(self, show_id: str, show_ms: int) -> None:
        await self._on_hub(lambda hub: hub.forwarding.resume_clock(show_id, show_ms, time.monotonic()))

    async def select_layer(self, session_id: str, rid: str | None) -> None:
        await self._on_hub(lambda hub: hub.select_layer(session_id, rid))

    async def attach_reader(self, show_id: str, reader: PacketReader | None) -> None:
        await self._on_hub(lambda hub: hub.forwarding.attach_reader(show_id, reader))

    async def want_keyframe(self, show_id: str) -> None:
        await self._on_hub(lambda hub: hub.forwarding.want_keyframe(show_id))

    async def shown(self, session_id: str, size: tuple[int, int] | None) -> None:
        await self._on_hub(lambda hub: hub.viewing(session_id).shown(session_id, size))

    async def viewer_layers(self, session_id: str) -> ViewerLayers:
        return await self._on_hub(lambda hub: hub.viewing(session_id).viewer_layers(session_id))

    def show_ms(self, show_id: str) -> int | None:
        hub = self._hub
        return None if hub is None else hub.forwarding.show_ms(show_id, time.monotonic())

    def moment_of(self, show_id: str, captured_ms: float) -> float | None:
        hub = self._hub
        return None if hub is None else hub.forwarding.moment_of(show_id, captured_ms)

    async def show_media(self, show_id: str) -> ShowMedia:
        return await self._on_hub(lambda hub: hub.forwarding.show_media(show_id, time.monotonic()))

    def owner(self, session_id: str) -> tuple[str, Literal["publish", "watch"]] | None:
        hub = self._hub
        return None if hub is None else hub.owner(session_id)

    def take_connection(self, sock: socket.socket) -> None:
        """A TCP connection, accepted elsewhere and unread, of a peer who speaks RFC 4571. Thread-safe, never raises; the
        socket is the engine's from now on."""
        loop, tcp = self._loop, self._tcp
        try:
            address = sock.getpeername()
            if loop is None or tcp is None:
                raise OSError("no media by TCP")
            loop.call_soon_threadsafe(tcp.take, sock, address)
        except (OSError, RuntimeError):  # gone already; or the engine is
            sock.close()

    async def statistics(self) -> EngineStatistics:
        def gather(hub: Hub) -> EngineStatistics:
            counters = {**hub.counters, **hub.forwarding.counters()}
            tcp = self._tcp.figures() if self._tcp is not None else {}
            for counter, value in {**self._port_counters(hub.udp), **tcp}.items():
                counters[counter] = counters.get(counter, 0) + value
            counters["control_dropped"] = self._slow_lane.dropped if self._slow_lane is not None else 0
            counters["notices_dropped"] = self._relay.dropped if self._relay is not None else 0
            return EngineStatistics(len(hub.sessions), counters, hub.forwarding.figures())

        return await self._on_hub(gather)

    # Between the threads ----------------------------------------------------------------------------------------------

    async def _on_hub(self, act: Callable[[Hub], Result]) -> Result:
        hub = self._hub
        if hub is None:
            raise MediaError("The media engine is not running.")

        def run() -> Result:
            hub.udp.poll()  # media goes first
            return act(hub)

        return await self._hop(run)

    async def _hop(self, act: Callable[[], Result]) -> Result:
        """Run ``act`` on the engine's thread and hand back its result or error."""
        loop = self._loop
        if loop is None:
            raise MediaError("The media engine is not running.")
        outcome: list[Result] = []
        done: concurrent.futures.Future[None] = concurrent.futures.Future()

        def run() -> None:
            if done.done():  # the caller has been cancelled before its turn
                return
            try:
                outcome.append(act())
            except BaseException as error:
                _settle(done, error)
            else:
                _settle(done, None)

        self._outstanding.add(done)
        try:
            try:
                loop.call_soon_threadsafe(run)
            except RuntimeError:
                raise MediaError("The media engine has stopped.") from None
            await asyncio.wrap_future(done)
        finally:
            self._outstanding.discard(done)
        return outcome[0]

    def _publication_started(self, show_id: str, session_id: str, show_ms: int) -> None:
        self._started.add(session_id)
        self._notify(show_id, "publication_started", lambda to: to.publication_started(show_id, session_id, show_ms))

    def _publication_stalled(self, show_id: str, session_id: str) -> None:
        self._notify(show_id, "publication_stalled", lambda to: to.publication_stalled(show_id, session_id))

    def _viewers_changed(self, show_id: str, viewers: int) -> None:
        self._notify(show_id, "viewers_changed", lambda to: to.viewers_changed(show_id, viewers))

    def _session_ended(self, session: Session, reason: EndReason) -> None:
        show_id, session_id = session.show_id, session.session_id
        # A host who never got as far as sending has not stopped anything: another publication may be on air.
        if session_id in self._started:
            self._started.discard(session_id)
            if reason is not EndReason.REPLACED:
                self._notify(
                    show_id, "publication_stopped", lambda to: to.publication_stopped(show_id, session_id, reason)
                )
        self._notify(show_id, "session_ended", lambda to: to.session_ended(show_id, session_id, reason))

    def _notify(self, show_id: str, name: str, call: Callable[[MediaListener], object]) -> None:
        listener, relay = self._listener, self._relay
        assert listener is not None
        assert relay is not None
        relay.put(show_id, Notice(name, lambda: call(listener)))  # type: ignore[arg-type, return-value]


def _settle(done: concurrent.futures.Future[None], error: BaseException | None) -> None:
    """The caller may have been cancelled, or told of the end, in this very moment: then nobody waits for the result."""
    try:
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
    except concurrent.futures.InvalidStateError:
        logger.debug("Nobody waits for a result of the media engine any more")
