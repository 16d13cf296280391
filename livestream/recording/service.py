"""Recordings as everybody else sees them: begun when a show goes on air, or when somebody asks for HLS; kept, found, deleted.

One worker process per show that is on air here. A worker that dies is started again and goes on where its journal ends; a
server that dies leaves workers that see their socket end, write their last part and go.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

import sqlalchemy.exc

from livestream import show_store
from livestream.broker import Broker, Unsubscribe
from livestream.database import Database
from livestream.database_time import read_now_ms
from livestream.errors import (
    LivestreamError,
    MediaError,
    RecordingGone,
    RecordingNotFound,
    ShowStateError,
)
from livestream.media import MediaEngine
from livestream.publications import CHANGED_CHANNEL, Publications
from livestream.recording import journal, store
from livestream.recording.files import RecordingFiles
from livestream.recording.journal import Contents
from livestream.recording.live import WINDOW, LiveRecording
from livestream.recording.process import WorkerProcess
from livestream.recording.shelf import read_entries
from livestream.recording.stills import POSTER
from livestream.recording.store import RecordingRow
from livestream.recording.worker import Counts, Failed, Line, Need, Ready
from livestream.shows import ON_AIR, OVER, State

logger = logging.getLogger(__name__)

UNAVAILABLE = (sqlalchemy.exc.SQLAlchemyError, OSError)
KEEPER_SECONDS = 2.0
RETENTION_SECONDS = 3600.0
IDLE_SECONDS = 60.0  # an unrecorded show that nobody watches by HLS for so long needs no worker
_AGAIN = (1.0, 5.0, 30.0)  # s before a worker that died is started again; the last one repeats
_KEPT = 64  # journals of finished recordings in memory, some 200 KB per hour of show
DAY_MS = 24 * 3600 * 1000


@dataclass(slots=True)
class _Active:
    """A show whose packets are being read here."""

    live: LiveRecording
    worker: WorkerProcess
    recorded: bool
    encodes: bool  # one of the encoders that may run at once is its own
    asked: float  # monotonic time of the last HLS request
    watching: asyncio.Task[None] | None = None
    failures: int = 0
    refused_encoder: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class Recordings:
    """``start`` after the shows, ``stop`` before the engine."""

    def __init__(
        self,
        database: Database,
        engine: MediaEngine,
        publications: Publications,
        broker: Broker,
        files: RecordingFiles,
        *,
        server_id: str = "single",
        record: bool = True,
        retention_days: int = 0,
        encoders: int = 1,
    ) -> None:
        """``retention_days`` 0: for good. ``encoders``: shows whose picture may be encoded again at once."""
        self._database = database
        self._engine = engine
        self._publications = publications
        self._broker = broker
        self.files = files
        self._server_id = server_id
        self._record = record
        self._retention_ms = retention_days * DAY_MS
        self._encoders = encoders
        self._active: dict[str, _Active] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._finished: OrderedDict[str, Contents] = OrderedDict()
        self._counters: Counter[str] = Counter()
        self._keeper: asyncio.Task[None] | None = None
        self._unsubscribe: Unsubscribe | None = None
        self._look = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._retention_at = 0.0

    async def start(self) -> None:
        """What a killed server left is put in order: shows that are over become replays, others go on when their host returns."""
        self._unsubscribe = await self._broker.subscribe(CHANGED_CHANNEL, lambda _: self._look.set())
        async with self._database.reading() as connection:
            left = await store.unfinished(connection, self._server_id)
        for show_id, over in left:
            if over:
                await self._ready(show_id)
        self._keeper = asyncio.create_task(self._keep(), name="recordings keeper")

    async def stop(self) -> None:
        """Every worker writes its last part. The recordings go on when the server and the hosts come back."""
        if self._unsubscribe is not None:
            await self._unsubscribe()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await asyncio.gather(*(self._stop_worker(show_id) for show_id in list(self._active)))

    def statistics(self) -> dict[str, int]:
        active = self._active.values()
        return {
            **{name: self._counters[name] for name in _COUNTERS},
            "packets_dropped": self._counters["packets_dropped"] + sum(one.worker.dropped for one in active),
            "workers_now": len(self._active),
            "encoders_now": sum(one.encodes for one in active),
        }

    # -- on air

    async def on_air(self, show_id: str) -> None:
        """A host's media arrives here. Never raises: a show goes on without its recording."""
        try:
            if show_id in self._active or self._record:
                await self._begin(show_id, recorded=self._record)
        except (LivestreamError, *UNAVAILABLE) as error:
            self._counters["begin_failed"] += 1
            logger.error("show %s is not recorded: %s", show_id, error)

    async def _begin(self, show_id: str, *, recorded: bool) -> _Active:
        """Raises: ShowNotFound, MediaError, OSError, what the database raises."""
        async with self._lock(show_id):
            active = self._active.get(show_id)
            if active is not None:
                await self._engine.attach_reader(show_id, active.worker)
                return active
            async with self._database.writing() as connection:
                show = await show_store.get(connection, show_id)
                recorded = recorded and await store.begin(connection, show_id, self._server_id)
                now = await read_now_ms(connection)
            folder = self.files.folder(show_id, recorded=recorded)
            contents = Contents((await asyncio.to_thread(read_entries, folder))[0])
            contents.close()
            live = LiveRecording(show_id, folder, show.started_at or now, contents)
            active = await self._start_worker(show_id, live, recorded)
            self._active[show_id] = active
            self._finished.pop(show_id, None)
            # Before it is ready: what comes meanwhile waits for it, or a show's first second would be lost.
            await self._engine.attach_reader(show_id, active.worker)
            return active

    async def _start_worker(self, show_id: str, live: LiveRecording, recorded: bool) -> _Active:
        encodes = sum(one.encodes for one in self._active.values()) < self._encoders

        def heard(line: Line) -> None:
            self._heard(active, line)

        worker = WorkerProcess(live.folder, keep=None if recorded else WINDOW + 3, may_encode=encodes, heard=heard)
        active = _Active(live, worker, recorded, encodes, time.monotonic())
        await worker.start()
        self._counters["workers_started"] += 1
        active.watching = asyncio.create_task(self._watch(show_id, active), name=f"recording of {show_id}")
        return active

    def _heard(self, active: _Active, line: Line) -> None:
        show_id = active.live.show_id
        match line:
            case Ready():
                active.worker.open()
                active.ready.set()
            case Need(what="keyframe"):
                task = asyncio.create_task(self._want_keyframe(show_id), name=f"keyframe of {show_id}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case Need():
                active.refused_encoder = True
            case Failed():
                logger.error("recording of show %s: %s", show_id, line.message)
            case Counts():
                for name in ("dropped", "lost", "late", "skipped", "undecodable"):
                    self._counters[f"packets_{name}"] += getattr(line, name)
            case _:
                if isinstance(line, journal.Part):
                    self._counters["parts"] += 1
                if isinstance(line, journal.Run) and line.copied:
                    active.encodes = False  # the room is somebody else's
                active.live.apply(line)

    async def _want_keyframe(self, show_id: str) -> None:
        with contextlib.suppress(MediaError):  # an engine that has stopped
            await self._engine.want_keyframe(show_id)

    async def _watch(self, show_id: str, active: _Active) -> None:
        """Attach the worker once it is ready; start it again when it dies."""
        failures = 0
        while True:
            ready = asyncio.create_task(active.ready.wait())
            ended = asyncio.create_task(active.worker.ended())
            try:
                await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
                began = time.monotonic()
                if not ended.done():
                    with contextlib.suppress(MediaError):
                        await self._engine.attach_reader(show_id, active.worker)
                    await asyncio.wait((ended,))
            finally:
                ready.cancel()
                if not ended.done():
                    ended.cancel()
            self._counters["packets_dropped"] += active.worker.dropped
            with contextlib.suppress(MediaError):
                await self._engine.attach_reader(show_id, None)
            await active.worker.stop()
            active.live.contents.close()
            if active.refused_encoder:
                self._counters["encoder_refused"] += 1
                logger.warning("show %s: all encoders are busy, it has no HLS and no recording now", show_id)
            failures = 0 if time.monotonic() - began > 60 else failures + 1
            self._counters["workers_died"] += 1
            await asyncio.sleep(_AGAIN[min(failures, len(_AGAIN)) - 1 if failures else 0])
            active.encodes = False
            active.encodes = sum(one.encodes for one in self._active.values()) < self._encoders
            active.refused_encoder = False
            active.ready.clear()
            try:
                entries, _ = await asyncio.to_thread(read_entries, active.live.folder)
                active.live.contents = Contents(entries)
                active.live.contents.close()
                active.worker = WorkerProcess(
                    active.live.folder,
                    keep=None if active.recorded else WINDOW + 3,
                    may_encode=active.encodes,
                    heard=lambda line: self._heard(active, line),
                )
                await active.worker.start()
                self._counters["workers_started"] += 1
            except OSError as error:
                logger.error("show %s: no worker can be started: %s", show_id, error)
                return

    async def _stop_worker(self, show_id: str) -> _Active | None:
        async with self._lock(show_id):
            active = self._active.pop(show_id, None)
            if active is None:
                return None
            watching = active.watching
            if watching is not None:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            with contextlib.suppress(MediaError):
                await self._engine.attach_reader(show_id, None)
            await active.worker.stop()
            self._counters["packets_dropped"] += active.worker.dropped
            active.live.end()
            return active

    def _lock(self, show_id: str) -> asyncio.Lock:
        lock = self._locks.get(show_id)
        if lock is None:
            if len(self._locks) > 1000:
                self._locks = {known: one for known, one in self._locks.items() if one.locked()}
            lock = self._locks[show_id] = asyncio.Lock()
        return lock

    # -- the end of a show, of the wish to watch it, of the time it is kept

    async def _keep(self) -> None:
        while True:
            try:
                await self.look()
            except (LivestreamError, *UNAVAILABLE) as error:
                logger.warning("recordings cannot be looked after now, trying again: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KEEPER_SECONDS):
                    await self._look.wait()
            self._look.clear()

    async def look(self) -> None:
        """One round. Raises: what the database or the disk raises."""
        if self._active:
            async with self._database.reading() as connection:
                states = await store.states(connection, list(self._active))
            for show_id, active in list(self._active.items()):
                over, server_id = states.get(show_id, (True, None))
                elsewhere = server_id is not None and server_id != self._server_id
                idle = not active.recorded and time.monotonic() - active.asked > IDLE_SECONDS
                if over:
                    await self._finish(show_id)
                elif elsewhere or idle:
                    await self._stop_worker(show_id)
        if time.monotonic() >= self._retention_at:
            self._retention_at = time.monotonic() + RETENTION_SECONDS
            await self.expire()

    async def _finish(self, show_id: str) -> None:
        active = await self._stop_worker(show_id)
        if active is not None and active.recorded:
            await self._ready(show_id)
        elif active is not None:
            await asyncio.to_thread(self.files.remove_window, show_id)

    async def _ready(self, show_id: str) -> None:
        contents = await self._read(show_id)
        async with self._database.writing() as connection:
            if contents.segments:
                await store.ready(connection, show_id, contents.bytes, contents.media_ms)
            else:  # nothing was ever written: there is no replay
                await store.delete(connection, show_id)
        self._counters["recordings_finished"] += 1

    async def expire(self) -> list[str]:
        """Delete what is older than it may be; finish deletions that were cut short. Raises: what database and disk raise."""
        async with self._database.reading() as connection:
            gone = await store.deleted(connection, self._server_id)
            now = await read_now_ms(connection)
            old = (
                await store.expired(connection, self._server_id, now - self._retention_ms) if self._retention_ms else []
            )
        for show_id in old:
            logger.info("recording of show %s: its time is over, deleted", show_id)
            await self.delete(show_id)
            self._counters["recordings_expired"] += 1
        for show_id in gone:
            if self.files.folder(show_id).exists():
                await asyncio.to_thread(self.files.remove, show_id)
        return old

    async def delete(self, show_id: str) -> None:
        """The row first: what nobody may see is found no more even when the files go only later.

        Raises: ShowStateError while the show is on air, RecordingNotFound, OSError.
        """
        async with self._database.writing() as connection:
            show = await show_store.get(connection, show_id, lock=True)
            if show.state in ON_AIR or show_id in self._active:
                raise ShowStateError("The show is on air: end it first, then delete its recording.")
            if not await store.delete(connection, show_id):
                raise RecordingNotFound("There is no recording of this show.")
        self._finished.pop(show_id, None)
        await asyncio.to_thread(self.files.remove, show_id)
        self._counters["recordings_deleted"] += 1

    # -- finding

    async def row(self, show_id: str) -> RecordingRow | None:
        async with self._database.reading() as connection:
            return await store.get(connection, show_id)

    async def pictured(self, show_ids: list[str]) -> set[str]:
        """Those of these shows whose replay has a still of its first seconds (``poster.jpg``)."""
        async with self._database.reading() as connection:
            rows = await store.of_shows(connection, show_ids)
        kept = [show_id for show_id, row in rows.items() if row.state == "ready"]
        return await asyncio.to_thread(
            lambda: {show_id for show_id in kept if (self.files.folder(show_id) / POSTER).is_file()}
        )

    async def origin(self, show_id: str) -> int:
        """Unix milliseconds of show time 0. Raises: ShowNotFound, RecordingNotFound before the show."""
        async with self._database.reading() as connection:
            show = await show_store.get(connection, show_id)
        if show.started_at is None:
            raise RecordingNotFound("The show has not begun.")
        return show.started_at

    def live_now(self, show_id: str) -> LiveRecording | None:
        """What is being written here, without asking for it."""
        active = self._active.get(show_id)
        return None if active is None else active.live

    async def live(self, show_id: str) -> LiveRecording:
        """What is being written of a show on air; for an unrecorded one a worker is started. Raises: ShowNotFound,
        RecordingNotFound when the show is not on air here, and what starting a worker raises."""
        active = self._active.get(show_id)
        if active is None:
            async with self._database.reading() as connection:
                show = await show_store.get(connection, show_id)
            if show.state is not State.LIVE or not self._publications.sending(show_id):
                raise RecordingNotFound("Nothing of this show can be watched this way right now.")
            active = await self._begin(show_id, recorded=self._record)
        active.asked = time.monotonic()
        return active.live

    async def contents(self, show_id: str) -> Contents:
        """All that has been recorded so far. Raises: ShowNotFound, RecordingNotFound, RecordingGone."""
        live = self.live_now(show_id)
        if live is not None:
            return live.contents
        if show_id in self._finished:
            self._finished.move_to_end(show_id)
            return self._finished[show_id]
        async with self._database.reading() as connection:
            show = await show_store.get(connection, show_id)
            row = await store.get(connection, show_id)
        if row is not None and row.state == "deleted":
            raise RecordingGone("The recording of this show has been deleted.")
        if row is None:
            raise RecordingNotFound("There is no recording of this show.")
        contents = await self._read(show_id)
        if not contents.segments:
            raise RecordingNotFound("There is no recording of this show.")
        if show.state in OVER and row.state == "ready":
            self._finished[show_id] = contents
            while len(self._finished) > _KEPT:
                self._finished.popitem(last=False)
        return contents

    async def _read(self, show_id: str) -> Contents:
        entries, _ = await asyncio.to_thread(read_entries, self.files.folder(show_id))
        contents = Contents(entries)
        contents.close()
        return contents


_COUNTERS = (
    "workers_started",
    "workers_died",
    "begin_failed",
    "encoder_refused",
    "parts",
    "packets_lost",
    "packets_late",
    "packets_skipped",
    "packets_undecodable",
    "recordings_finished",
    "recordings_deleted",
    "recordings_expired",
)
