"""One session's side of ICE-lite (RFC 8445 section 2.5): it answers checks and remembers where they came from.

An address is validated by an authenticated request from it. Browsers check from several addresses before they nominate one,
and Safari goes on using several, so a session keeps a small set. Consent (RFC 7675) is the age of the last authentic request.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from livestream.engine import stun
from livestream.engine.udp import Address

# Host, reflexive and relayed addresses of Wi-Fi and mobile network, both families, fit; the oldest gives way to a ninth.
MOST_ADDRESSES = 8
# RFC 7675 section 5.1: 30 seconds without a valid request or response revoke consent.
CONSENT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Credentials:
    ufrag: str
    password: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What an authentic request led to."""

    response: bytes
    validated: bool  # the address may be used from now on
    evicted: Address | None = None  # the address that gave way
    retired: Credentials | None = None  # credentials before a restart, no longer valid


class IceAgent:
    """Credentials, validated addresses and consent of one session."""

    def __init__(self, credentials: Credentials, remote_ufrag: str, remote_password: str) -> None:
        self.current = credentials  # in use by the peer
        self.restarted: Credentials | None = None  # given out by a restart, not used yet
        self.remote = self.remote_in_use = (remote_ufrag, remote_password)  # the newest; those that go with ``current``
        self.addresses: OrderedDict[Address, float] = OrderedDict()  # validated: time of the last authentic request
        self.nominated: Address | None = None
        self.last_seen: float | None = None

    def credentials(self) -> tuple[Credentials, ...]:
        """All that are valid now."""
        return (self.current,) if self.restarted is None else (self.current, self.restarted)

    def restart(self, credentials: Credentials, remote_ufrag: str, remote_password: str) -> Credentials | None:
        """Give out new credentials; those in use stay valid until the new ones have been used (RFC 8445 section 9).

        A second restart before that replaces the unused ones, which are returned.
        """
        unused, self.restarted = self.restarted, credentials
        self.remote = (remote_ufrag, remote_password)
        return unused

    def check(
        self,
        request: stun.BindingRequest,
        address: Address,
        now: float,
        accept_address: bool = True,
        reflexive: Address | None = None,
    ) -> Checked | None:
        """Answer a binding request; None when it is not authentic: nothing has changed and nothing is said.

        ``accept_address`` False: the address belongs to another living session; answered without being validated.
        ``reflexive``: where the peer is seen, if that is another address (TCP).
        """
        credentials = next((one for one in self.credentials() if one.ufrag == request.local_ufrag), None)
        if credentials is None or not stun.is_authentic(request, credentials.password):
            return None
        self.last_seen = now
        if request.conflict is stun.Conflict.BOTH_CONTROLLED:
            return Checked(stun.role_conflict(request, credentials.password), validated=False)
        response = stun.success(request, (reflexive or address)[:2], credentials.password)
        if not accept_address:
            return Checked(response, validated=False)
        retired: Credentials | None = None
        if credentials is self.restarted:
            retired, self.current, self.restarted = self.current, credentials, None
            self.remote_in_use = self.remote
        self.addresses[address] = now
        self.addresses.move_to_end(address)
        if request.use_candidate:
            self.nominated = address
        evicted: Address | None = None
        if len(self.addresses) > MOST_ADDRESSES:
            evicted = next(one for one in self.addresses if one != self.nominated)
            del self.addresses[evicted]
        return Checked(response, validated=True, evicted=evicted, retired=retired)

    def expired(self, now: float) -> bool:
        """Whether the peer's consent has run out; a peer that never had any is judged by the handshake's time limit."""
        return self.last_seen is not None and now - self.last_seen > CONSENT_SECONDS
