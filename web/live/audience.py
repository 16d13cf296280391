"""Everybody in this process who follows one show: one subscription, one copy of each event, one frame for all.

Events come from the broker into the ``Tail``; a gap is read from the timeline. At most 20 times a second what is new is
packed into one frame and the same bytes are written to every member (another one to moderators when there is something for
them only). A member's ``position`` is the last offset written to it; one that is elsewhere than the others (it has just joined),
or whom something concerns in person, gets a frame of its own. Under load frames come less often, and then with a sample of the
ordinary messages (``pressure.py``, ``lines.py``); so they do for a single member that lags.

Drop policy: a member whose unsent bytes exceed its bound, or whose next event the tail has forgotten, is closed with
"slow reader" and resumes by offset. Room frames (viewers, hearts) are lossy: only the newest numbers are sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

import msgspec

from livestream.broker import Broker, Unsubscribe
from livestream.events import Event, decode_events, events_channel
from livestream.timeline import Timeline
from web.live import frames, lines
from web.live.closing import CloseCode
from web.live.lines import Line
from web.live.pressure import SLOW_BYTES, SLOW_SHARE, Pace, Pressure
from web.live.tail import Tail

logger = logging.getLogger(__name__)

MIN_PAUSE = 0.01  # seconds after a frame however long it took: a huge audience leaves time for everything else
MAX_FRAME = 128 * 1024  # bytes of events in one frame: half of what may wait for a reader; the rest goes with the next
SLICE = 256  # members written to in one go: under 3 ms, then others have their turn
MAX_HEARTS = 1_000  # per room frame, of each kind
MAX_KINDS = 16  # of reactions
READ = 1_000  # events per read when a gap is healed


class Reader(Protocol):
    """A member, as the audience sees it."""

    position: int
    account_id: str | None
    moderates: bool
    backlog: int
    via: str | None

    def unsent(self) -> int: ...

    def write(self, frame: bytes) -> None: ...

    def close(self, code: CloseCode, reason: str) -> None: ...


class RoomNews(msgspec.Struct, array_like=True, frozen=True):
    """What travels between servers beside the timeline and may be lost."""

    hearts: int = 0
    reactions: dict[str, int] = {}
    poll: tuple[str, list[int]] | None = None  # its id, votes by option


def room_channel(show_id: str) -> str:
    return "room:" + show_id


class Audience:
    """``open`` before use; ``close`` ends its task and subscriptions. ``on_event`` sees each event once, in order."""

    def __init__(
        self,
        show_id: str,
        timeline: Timeline,
        broker: Broker,
        on_event: Callable[[Audience, Event], None],
        pace: Pace | None = None,
    ) -> None:
        self.show_id = show_id
        self.epoch = ""
        self.tail = Tail()
        self.members: set[Reader] = set()
        self.viewers = 0  # on all servers, whichever way
        self.last_used = 0.0
        self.closed = False
        self.snapshot: tuple[int, msgspec.Raw] | None = None  # (offset, packed), shared by joins
        self.past: tuple[int, msgspec.Raw] | None = None  # the same, for pages whose picture is behind
        self.snapshot_lock = asyncio.Lock()
        self.deliveries = 0
        self.frames = 0
        self.messages_skipped = 0  # deliveries that were announced as skipped
        self.pressure = Pressure(pace)
        self._timeline = timeline
        self._broker = broker
        self._on_event = on_event
        self._flushed = 0
        self._hearts = 0
        self._reactions: dict[str, int] = {}
        self._poll: tuple[str, list[int]] | None = None
        self._news = False
        self._viewers_told = 0
        self._room = b""  # the room frame that goes with the next flush
        self._wake = asyncio.Event()
        self._healing: asyncio.Task[None] | None = None
        self._flusher: asyncio.Task[None] | None = None
        self._unsubscribes: list[Unsubscribe] = []

    async def open(self) -> None:
        """Subscribe first, then ask where the timeline stands: nothing falls between. Raises: ShowNotFound."""
        try:
            self._unsubscribes.append(await self._broker.subscribe(events_channel(self.show_id), self._arrived))
            self._unsubscribes.append(await self._broker.subscribe(room_channel(self.show_id), self._room_news))
            self.epoch, head = await self._timeline.position(self.show_id)
        except BaseException:
            await self.close()
            raise
        self._flushed = head
        self._took(self.tail.start(head))
        self._flusher = asyncio.create_task(self._flush_forever(), name=f"flush {self.show_id}")

    async def close(self) -> None:
        self.closed = True
        for unsubscribe in self._unsubscribes:
            await unsubscribe()
        self._unsubscribes.clear()
        for task in (self._healing, self._flusher):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    # -- events

    def _arrived(self, payload: bytes) -> None:
        self._took(self.tail.add(decode_events(payload)))
        if self.tail.gap and self._flusher is not None:
            self.heal()

    def _took(self, events: list[Event]) -> None:
        for event in events:
            self._on_event(self, event)
        if events:
            self._wake.set()

    def heal(self) -> None:
        """Read what may be missing from the timeline; one reader at a time."""
        if self._healing is None or self._healing.done():
            self._healing = asyncio.create_task(self._heal(), name=f"heal {self.show_id}")

    async def _heal(self) -> None:
        try:
            await self.catch_up()
        except Exception as error:  # the next event, gap or check tries again
            logger.warning("show %s: missing events could not be read: %s", self.show_id, error)

    async def catch_up(self) -> None:
        """Read from the timeline until nothing is missing. Raises: what the database raises."""
        while True:
            events = await self._timeline.read(self.show_id, self.tail.head, READ)
            self._took(self.tail.add(events))
            if len(events) < READ:
                return

    # -- frames

    async def _flush_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            begin = loop.time()
            try:
                await self.flush()
            except Exception:
                logger.exception("show %s: a frame was not sent", self.show_id)
            # From start to start; writing to a thousand members takes some 20 ms by itself.
            took = loop.time() - begin
            self.pressure.wrote(took, len(self.members))
            await asyncio.sleep(max(MIN_PAUSE, self.pressure.interval - took))

    async def flush(self) -> None:
        """Write one frame of what is new to every member. No member is behind ``_flushed``; some may be ahead of it."""
        start = self._flushed
        shared = self.tail.after(start, MAX_FRAME)
        if shared is None:  # more in one interval than the tail keeps: everybody resumes
            self._flushed = self.tail.head
            for member in tuple(self.members):
                if member.position < self._flushed:
                    member.close(CloseCode.SLOW_READER, "too much happened at once")
            return
        if not shared and not self._room:
            return
        end = self._flushed = start + len(shared)
        self.frames += bool(shared)
        room, self._room = self._room, b""
        batch = _Batch(shared, self.pressure.share, room)
        # Of ten thousand members all but a few get the same bytes; what is looked at for each of them is what a frame costs.
        common, left_out = batch.common()
        concerned = batch.concerned
        present = self.members
        members = tuple(present)
        for index in range(0, len(members), SLICE):
            if index:
                await asyncio.sleep(0)
            for member in members[index : index + SLICE]:
                position = member.position
                if member not in present:
                    continue
                if position >= end:
                    if room:
                        member.write(room)
                    continue
                member.position = end
                if (
                    position == start
                    and not member.moderates
                    and member.backlog <= SLOW_BYTES
                    and member.account_id not in concerned
                ):
                    frame, skipped = common, left_out
                else:
                    frame, skipped = batch.frame(member, end - position)
                self.deliveries += end - position - skipped
                self.messages_skipped += skipped
                member.write(frame)
        if self.tail.head > end:
            self._wake.set()

    # -- room frames

    def _room_news(self, payload: bytes) -> None:
        news = msgspec.msgpack.decode(payload, type=RoomNews)
        self._hearts = min(MAX_HEARTS, self._hearts + max(0, news.hearts))
        for kind, count in news.reactions.items():
            if kind in self._reactions or len(self._reactions) < MAX_KINDS:
                self._reactions[kind] = min(MAX_HEARTS, self._reactions.get(kind, 0) + max(0, count))
        self._poll = news.poll or self._poll
        self._news = True

    def room_frame(self) -> bytes:
        """The numbers as they are now, for somebody who has just joined."""
        return frames.message({"room": {"viewers": self.viewers, "hearts": 0}})

    def here_by_hls(self) -> int:
        """How many of this server's members say that their picture comes by HLS. Of ten thousand it takes half a millisecond."""
        return [member.via for member in self.members].count("hls")

    def tell_room(self) -> None:
        """Send viewers and hearts with the next frame to everybody, if they have changed; called once a second."""
        if not self._news and self.viewers == self._viewers_told:
            return
        self._news, self._viewers_told = False, self.viewers
        room: dict[str, object] = {"viewers": self.viewers, "hearts": self._hearts}
        if self._reactions:
            room["reactions"] = self._reactions
        if self._poll is not None:
            room["poll"] = {"poll_id": self._poll[0], "counts": self._poll[1]}
        self._room = frames.message({"room": room})
        self._hearts, self._reactions, self._poll = 0, {}, None
        self._wake.set()


class _Batch:
    """What is new, as frames: built when the first member needs one, and shared by all who need the same."""

    def __init__(self, new: list[Line], share: float, room: bytes) -> None:
        self._new = new
        self._room = room  # goes with every frame of events: one write for both
        self._share = share
        self._concerned = {by: lines.in_person(new, by) for by in {share, min(share, SLOW_SHARE)}}
        self.concerned = self._concerned[share]
        self._shared: dict[tuple[bool, float, int], tuple[bytes, int]] = {}
        self._alike = not any(line.only is not None or line.full is not line.public for line in new)

    def common(self) -> tuple[bytes, int]:
        """The frame of a viewer who has all before it, keeps up and is not concerned; and how many messages it leaves out."""
        return self._alike_for(False, self._share, len(self._new))

    def frame(self, member: Reader, rest: int) -> tuple[bytes, int]:
        """The frame with the last ``rest`` events for this member, and how many messages were left out of it."""
        moderates = member.moderates
        slow = not moderates and member.backlog > SLOW_BYTES and member.unsent() > SLOW_BYTES
        share = 1.0 if moderates else min(self._share, SLOW_SHARE) if slow else self._share
        if not moderates and member.account_id in self._concerned.get(share, ()):
            some = self._new[-rest:]
            own = lines.packed(some, member.account_id, moderates=False, share=share)
            return frames.events(own) + self._room, lines.left_out(some, share)
        return self._alike_for(moderates and not self._alike, share, rest)

    def _alike_for(self, moderates: bool, share: float, rest: int) -> tuple[bytes, int]:
        """Shared by all who stand at the same offset: a storm of joins makes a few frames, not one for each."""
        variant = (moderates, share, rest)
        found = self._shared.get(variant)
        if found is None:
            some = self._new[-rest:]
            frame = frames.events(lines.packed(some, None, moderates=moderates, share=share)) + self._room
            found = self._shared[variant] = (frame, 0 if moderates else lines.left_out(some, share))
        return found
