# cython: language_level=3, boundscheck=False, wraparound=False
"""The compiled hot path: what Python sees of the C files beside this one (``fan.h`` says how they work).

Everything here runs on the engine's thread. ``Pipeline.flush`` gives the interpreter lock away while packets are built,
protected and sent; nothing of the engine's state changes meanwhile, since its thread is the one that waits.

Each ``.pxi`` is a part of this module, in which the parts call each other without the interpreter.
"""

import socket

from livestream.engine.rtp import Packet

include "c_files.pxi"

SOURCES = CLOSETCAST_SOURCES.decode()


def load(path: str) -> bool:
    """Find OpenSSL and libsrtp in the shared object at ``path``; False: it does not export them."""
    return cc_protect_load(path.encode()) == 0


def parse(bytes data):
    """``rtp.parse``."""
    cdef cc_packet packet
    cdef uint32_t at
    cdef const char *raw = PyBytes_AS_STRING(data)
    if not cc_parse(<const uint8_t *>raw, PyBytes_GET_SIZE(data), &packet):
        return None
    extensions = {}
    for place in range(packet.count):
        at = cc_extension_at(&packet, packet.identifiers[place])
        extensions[packet.identifiers[place]] = PyBytes_FromStringAndSize(
            raw + at, cc_extension_size(&packet, packet.identifiers[place])
        )
    return Packet(
        data,
        packet.marker != 0,
        packet.payload_type,
        packet.sequence,
        packet.timestamp,
        packet.ssrc,
        packet.payload_start,
        packet.payload_end,
        extensions,
    )


def steer_to_first(fd: int) -> bool:
    """Of sockets on one port: let the first bound one get everything that arrives."""
    return cc_steer_to_first(fd) == 0


include "peer.pxi"
include "passes.pxi"
include "inlet.pxi"
