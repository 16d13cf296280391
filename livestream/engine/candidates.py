"""Which addresses the answers offer to peers: host candidates of the one UDP port (RFC 8445 section 5.1.1, RFC 8839)."""

from __future__ import annotations

import ipaddress
import zlib

from aioice.ice import get_host_addresses

# More addresses than this only slow the peers' checks down; a host with many bridges names its own with --public-ip.
MOST_CANDIDATES = 16


def local_addresses(bind_host: str) -> tuple[str, ...]:
    """The machine's own addresses that the bound socket can be reached at, loopback last (peers check in this order)."""
    bound = ipaddress.ip_address(bind_host)
    if not bound.is_unspecified:
        return (bind_host,)
    addresses = [*get_host_addresses(use_ipv4=True, use_ipv6=False)]
    if bound.version == 6:
        addresses += get_host_addresses(use_ipv4=False, use_ipv6=True)
    usable = [one for one in dict.fromkeys(addresses) if not ipaddress.ip_address(one).is_link_local]
    return (*usable[: MOST_CANDIDATES - 1], "127.0.0.1")


def candidate_lines(addresses: tuple[str, ...], port: int, tcp: tuple[str, ...] = ()) -> tuple[str, ...]:
    """``a=candidate`` lines without the ``a=``, highest priority first (type preference 126, component 1).

    ``tcp``: those that peers can reach by TCP too, as passive TCP candidates (RFC 6544 section 4.5), after all that are UDP.
    """
    lines = []
    for index, address in enumerate(addresses):
        priority = (126 << 24) + ((65535 - index) << 8) + 255
        foundation = zlib.crc32(address.encode())  # same address and type, same foundation
        lines.append(f"candidate:{foundation} 1 udp {priority} {address} {port} typ host")
    for index, address in enumerate(tcp):
        # Type preference 90, below every UDP candidate; direction preference 4 of a passive one (section 4.2).
        priority = (90 << 24) + (((4 << 13) + 8191 - index) << 8) + 255
        foundation = zlib.crc32(f"tcp {address}".encode())
        lines.append(f"candidate:{foundation} 1 tcp {priority} {address} {port} typ host tcptype passive")
    return tuple(lines)
