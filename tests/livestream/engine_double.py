"""An engine without media: it admits everybody and does what a test says."""

from __future__ import annotations

from typing import Literal

from livestream.errors import NothingLive, SessionNotFound
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


class EngineDouble:
    """Implements ``MediaEngine``; a test moves ``clocks`` and looks at ``sessions``, ``ended`` and ``resumed``."""

    name = "double"

    def __init__(self) -> None:
        self.listener: MediaListener | None = None
        self.sessions: dict[str, tuple[str, Literal["publish", "watch"]]] = {}
        self.clocks: dict[str, int] = {}
        self.resumed: dict[str, int] = {}
        self.readers: dict[str, PacketReader] = {}
        self.keyframes_wanted: list[str] = []
        self.ended: list[str] = []
        self.closed: list[str] = []
        self.origin: float | None = None  # Unix ms at show time 0, by the host's sender reports
        self._count = 0

    async def start(self, listener: MediaListener) -> None:
        self.listener = listener

    async def stop(self) -> None:
        self.sessions.clear()

    async def publish(self, show_id: str, offer: str) -> SessionDescription:
        return self._admit(show_id, "publish")

    async def watch(self, show_id: str, offer: str) -> SessionDescription:
        if (show_id, "publish") not in self.sessions.values():
            raise NothingLive("Nobody is live in this show right now.")
        return self._admit(show_id, "watch")

    def _admit(self, show_id: str, role: Literal["publish", "watch"]) -> SessionDescription:
        self._count += 1
        session_id = f"session-{self._count}"
        self.sessions[session_id] = (show_id, role)
        return SessionDescription(session_id, "v=0\r\n", f'"{self._count}"')

    async def patch(self, session_id: str, etag: str | None, sdpfrag: str) -> FragmentAnswer:
        raise NotImplementedError

    async def close(self, session_id: str, reason: EndReason = EndReason.DELETED) -> None:
        if session_id not in self.sessions:
            raise SessionNotFound("This media session does not exist or has ended.")
        del self.sessions[session_id]
        self.closed.append(session_id)

    async def end_show(self, show_id: str) -> None:
        self.ended.append(show_id)
        self.sessions = {key: value for key, value in self.sessions.items() if value[0] != show_id}
        self.clocks.pop(show_id, None)

    async def resume_clock(self, show_id: str, show_ms: int) -> None:
        self.resumed[show_id] = show_ms
        self.clocks[show_id] = show_ms

    async def select_layer(self, session_id: str, rid: str | None) -> None:
        raise NotImplementedError

    async def attach_reader(self, show_id: str, reader: PacketReader | None) -> None:
        if reader is None:
            self.readers.pop(show_id, None)
        else:
            self.readers[show_id] = reader

    async def want_keyframe(self, show_id: str) -> None:
        self.keyframes_wanted.append(show_id)

    async def shown(self, session_id: str, size: tuple[int, int] | None) -> None:
        raise NotImplementedError

    async def viewer_layers(self, session_id: str) -> ViewerLayers:
        raise NotImplementedError

    def show_ms(self, show_id: str) -> int | None:
        return self.clocks.get(show_id)

    def moment_of(self, show_id: str, captured_ms: float) -> float | None:
        """Here the host's clock is the show clock plus the double's ``origin``."""
        return None if self.origin is None else captured_ms - self.origin

    async def show_media(self, show_id: str) -> ShowMedia:
        return ShowMedia(False, 0, self.show_ms(show_id))

    def owner(self, session_id: str) -> tuple[str, Literal["publish", "watch"]] | None:
        return self.sessions.get(session_id)

    async def statistics(self) -> EngineStatistics:
        return EngineStatistics(len(self.sessions))
