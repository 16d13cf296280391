"""Our own questions to a peer's addresses: whether somebody there hears us, and how long the way there and back is.

An authentic request proves who sent it and not where from: a viewer may forge its source address, nominate it, and have a show
sent to somebody who never asked. So a viewer's media goes only to an address that is proven: it has answered a STUN request of
ours, whose transaction number only those know who receive there (every ICE agent answers checks, RFC 8445 section 7.3, also those
of a lite agent, which need not send any). A question is no longer than the request that it follows, and there is at most one per
request, so it amplifies nothing. Pure: bytes and time come in, bytes go out.
"""

from __future__ import annotations

from collections import OrderedDict

from livestream.engine import stun
from livestream.engine.udp import Address

# Answers come within a round trip; whatever has been pushed out by so many later questions is not coming any more.
MOST_PENDING = 16
# A host's round trip is measured about as often as its browser checks (every 2.5 s).
INTERVAL_SECONDS = 2.0


class Probes:
    """One session's questions. ``proven``: the addresses that somebody listens at, a subset of the validated ones."""

    def __init__(self) -> None:
        self.proven: set[Address] = set()
        self.round_trip: float | None = None  # seconds, smoothed
        self._pending: OrderedDict[bytes, tuple[Address, float, str]] = OrderedDict()
        self._asked_at = 0.0

    def ask(
        self, address: Address, now: float, local_ufrag: str, remote: tuple[str, str], *, measure: bool
    ) -> bytes | None:
        """A question for an address that is not proven yet, or, to ``measure``, for any now and then; None: nothing to ask."""
        if address in self.proven and not (measure and now - self._asked_at >= INTERVAL_SECONDS):
            return None
        self._asked_at = now
        ufrag, password = remote
        transaction, request = stun.request(f"{ufrag}:{local_ufrag}", password)
        self._pending[transaction] = (address, now, password)
        if len(self._pending) > MOST_PENDING:
            self._pending.popitem(last=False)
        return request

    def answered(self, data: bytes, address: Address, now: float) -> bool:
        """Whether this is the authentic answer to a question that was sent to this address; then the address is proven."""
        answer = stun.parse_answer(data)
        asked = self._pending.get(answer.transaction_id) if answer is not None else None
        if answer is None or asked is None or asked[0] != address:
            return False
        if not answer.check_message_integrity(asked[2].encode("ascii")):
            return False
        del self._pending[answer.transaction_id]
        self.proven.add(address)
        sample = max(0.0, now - asked[1])
        known = self.round_trip
        self.round_trip = sample if known is None else known + (sample - known) / 4
        return True

    def forget(self, address: Address) -> None:
        """The address is no longer one of the session's."""
        self.proven.discard(address)
