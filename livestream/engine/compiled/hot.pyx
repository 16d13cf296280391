# cython: language_level=3, boundscheck=False, wraparound=False
"""The compiled hot path: what Python sees of the C files beside this one (``fan.h`` says how they work).

Everything here runs on the engine's thread. ``Pipeline.flush`` gives the interpreter lock away while packets are built,
protected and sent; nothing of the engine's state changes meanwhile, since its thread is the one that waits.
"""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.errno cimport EAGAIN, errno
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

import socket

from livestream.engine.rtp import Packet

cdef extern from "<sys/socket.h>" nogil:
    ctypedef unsigned int socklen_t
    cdef struct sockaddr:
        pass
    ssize_t sendto(int, const void *, size_t, int, const sockaddr *, socklen_t)
    int MSG_DONTWAIT
    int AF_INET
    int AF_INET6

cdef extern from "<netinet/in.h>" nogil:
    cdef struct in_addr:
        uint32_t s_addr
    cdef struct sockaddr_in:
        unsigned short sin_family
        uint16_t sin_port
        in_addr sin_addr
    cdef struct in6_addr:
        pass
    cdef struct sockaddr_in6:
        unsigned short sin6_family
        uint16_t sin6_port
        uint32_t sin6_flowinfo
        in6_addr sin6_addr
        uint32_t sin6_scope_id
    uint16_t htons(uint16_t)
    uint32_t htonl(uint32_t)

cdef extern from "lanes.h" nogil:
    enum: CC_TRAILER
    enum: CC_LARGEST_PACKET
    enum: CC_LARGEST_WORDS
    enum: CC_GCM
    enum: CC_LIBSRTP
    enum: CC_PLAIN
    enum: CC_LANES
    ctypedef struct cc_protection:
        void *srtp
        uint8_t keys
    ctypedef struct cc_source:
        pass
    int cc_protect_load(const char *)
    int cc_protection_gcm(cc_protection *, const uint8_t *, const uint8_t *)
    void cc_protection_free(cc_protection *)
    cc_source *cc_source_of(cc_protection *, uint32_t)
    size_t cc_payload_start(const uint8_t *, size_t)
    size_t cc_unprotect(void *, uint8_t *, size_t)
    ctypedef struct cc_peer:
        cc_protection protection
        sockaddr_in6 address
        socklen_t address_size
        uint16_t transport_number
        uint16_t lane
    ctypedef struct cc_stream:
        cc_peer *peer
        cc_source *source
        int64_t offset
        int64_t start
        uint64_t packets
        uint64_t octets
        uint32_t ssrc
        uint32_t override_from
        uint32_t override_to
        uint8_t has_override
        uint8_t dropping
        uint8_t video
    ctypedef struct cc_tally:
        uint64_t sent
        uint64_t dropped
        uint64_t failed
        uint64_t refused
        uint64_t segmented
        uint64_t calls
        uint64_t gso_refused
    ctypedef struct cc_count:
        uint64_t sent
        uint64_t dropped
    ctypedef struct cc_job:
        int64_t index
        uint32_t ticks
        uint32_t timestamp
        uint32_t octets
        uint32_t size
        uint16_t start
        uint8_t second
        uint8_t newest
        uint8_t *data
    ctypedef struct cc_group:
        uint32_t pending
        int transport_at
        uint32_t members
    int cc_group_add(cc_group *, cc_stream *)
    void cc_group_remove(cc_group *, cc_stream *)
    void cc_group_free(cc_group *)
    cc_job *cc_group_job(cc_group *)
    cc_count cc_group_take_count(cc_group *)
    size_t cc_protect_single(cc_peer *, const uint8_t *, size_t, uint8_t *)
    ctypedef struct cc_lanes:
        pass
    cc_lanes *cc_lanes_start(const int *, uint16_t, int)
    void cc_lanes_stop(cc_lanes *)
    void cc_lanes_run(cc_lanes *, cc_group **, uint32_t)
    int cc_steer_to_first(int)
    cc_tally cc_lanes_tally(const cc_lanes *)
    ctypedef struct cc_outlet:
        pass
    cc_outlet *cc_lanes_own(cc_lanes *)

cdef extern from "run.h" nogil:
    enum: CC_RUN
    ctypedef struct cc_run:
        uint32_t done
        uint32_t sent
    cc_run cc_run_send(cc_outlet *, cc_peer *, const uint8_t **, const uint32_t *, uint32_t)

cdef extern from "inlet.h" nogil:
    enum: CC_BATCH
    ctypedef struct cc_inlet:
        pass
    int cc_inlet_read(cc_inlet *, int)
    # By number, so that the layout of the kernel's structures stays C's matter.
    const uint8_t *cc_inlet_data(const cc_inlet *, int)
    size_t cc_inlet_size(const cc_inlet *, int)
    const sockaddr_in6 *cc_inlet_address(const cc_inlet *, int, size_t *)

cdef extern from "parse.h" nogil:
    ctypedef struct cc_packet:
        uint32_t timestamp
        uint32_t ssrc
        uint32_t payload_start
        uint32_t payload_end
        uint16_t sequence
        uint8_t payload_type
        uint8_t marker
        uint16_t count
        uint8_t *identifiers
    int cc_parse(const uint8_t *, size_t, cc_packet *)
    uint32_t cc_extension_at(const cc_packet *, uint8_t)
    uint32_t cc_extension_size(const cc_packet *, uint8_t)

# Groups with something pending at the same time; with more (hundreds of shows in one batch) a pass comes early.
cdef enum: MOST_PENDING = 256
# Addresses whose readable form is remembered; strangers may send from as many as they like.
cdef enum: MOST_ADDRESSES = 16384
# Datagrams of one wake-up: then timers and others get their turn.
cdef enum: BATCHES_PER_WAKEUP = 4


cdef extern from *:
    const char *CLOSETCAST_SOURCES  # by setup.py

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


cdef class Peer:
    """Where one peer is, and its keys. ``next``: its next transport-wide sequence number (``outgoing.TransportNumbers``)."""

    cdef cc_peer peer
    cdef void *incoming
    cdef object keeper
    cdef object receiving
    cdef object pipeline

    def __cinit__(self, Pipeline pipeline):
        memset(&self.peer, 0, sizeof(cc_peer))
        self.pipeline = pipeline
        self.peer.lane = pipeline.take_lane()

    def __dealloc__(self):
        cc_protection_free(&self.peer.protection)
        if self.pipeline is not None:
            (<Pipeline>self.pipeline).lane_loads[self.peer.lane] -= 1

    @property
    def lane(self):
        return self.peer.lane

    @property
    def next(self):
        return self.peer.transport_number

    @next.setter
    def next(self, number):
        self.peer.transport_number = <uint16_t>number

    def set_address(self, address):
        """(host, port) or (host, port, flow, scope) of a UDP peer; None: nowhere."""
        cdef sockaddr_in *four
        memset(&self.peer.address, 0, sizeof(sockaddr_in6))
        self.peer.address_size = 0
        if address is None:
            return
        if len(address) == 2:
            four = <sockaddr_in *>&self.peer.address
            packed = socket.inet_pton(socket.AF_INET, address[0])
            four.sin_family = AF_INET
            four.sin_port = htons(address[1])
            memcpy(&four.sin_addr, PyBytes_AS_STRING(packed), 4)
            self.peer.address_size = sizeof(sockaddr_in)
        else:
            packed = socket.inet_pton(socket.AF_INET6, address[0])
            self.peer.address.sin6_family = AF_INET6
            self.peer.address.sin6_port = htons(address[1])
            self.peer.address.sin6_flowinfo = htonl(address[2])
            memcpy(&self.peer.address.sin6_addr, PyBytes_AS_STRING(packed), 16)
            self.peer.address.sin6_scope_id = address[3]
            self.peer.address_size = sizeof(sockaddr_in6)

    def set_raw_address(self, bytes address):
        """A socket address as the kernel knows it, at most 28 bytes (tests: a socket of another family)."""
        if len(address) > <int>sizeof(sockaddr_in6):
            raise ValueError("The address is too long.")
        memcpy(&self.peer.address, PyBytes_AS_STRING(address), len(address))
        self.peer.address_size = len(address)

    def key_gcm(self, bytes master):
        """AES-128-GCM with 16 bytes of master key and 12 of salt; False: OpenSSL refuses."""
        if len(master) != 28:
            raise ValueError("A master key of 16 bytes with a salt of 12.")
        cdef const uint8_t *key = <const uint8_t *>PyBytes_AS_STRING(master)
        return cc_protection_gcm(&self.peer.protection, key, key + 16) == 0

    def key_libsrtp(self, handle, keeper):
        """``handle``: libsrtp's ``srtp_t`` as a number; ``keeper`` owns it and is kept alive."""
        self.peer.protection.srtp = <void *><uintptr_t>handle
        self.peer.protection.keys = CC_LIBSRTP
        self.keeper = keeper

    def key_plain(self):
        """No protection: tests look at what would be protected."""
        self.peer.protection.keys = CC_PLAIN

    def receive_libsrtp(self, handle, keeper):
        """Incoming packets are libsrtp's matter: see ``key_libsrtp``."""
        self.incoming = <void *><uintptr_t>handle
        self.receiving = keeper

    def forget_keys(self):
        cc_protection_free(&self.peer.protection)
        self.incoming = NULL
        self.keeper = self.receiving = None

    def unprotect(self, bytes packet):
        """The plain packet of an authentic one. Raises: ValueError. Unlike a call through cffi this one never lets go of the
        interpreter lock, which would have to be waited for again, packet by packet."""
        cdef uint32_t room[CC_LARGEST_WORDS]
        cdef size_t size = PyBytes_GET_SIZE(packet)
        if self.incoming == NULL or size > sizeof(room):
            raise ValueError("No keys, or too long.")
        memcpy(room, PyBytes_AS_STRING(packet), size)
        size = cc_unprotect(self.incoming, <uint8_t *>room, size)
        if size == 0:
            raise ValueError("Not authentic, or not new.")
        return PyBytes_FromStringAndSize(<char *>room, size)

    def protect(self, packet):
        """The protected packet, or None where that is refused."""
        cdef uint8_t out[CC_LARGEST_PACKET + CC_TRAILER]
        cdef bytes plain = packet if type(packet) is bytes else bytes(packet)
        if PyBytes_GET_SIZE(plain) > CC_LARGEST_PACKET:
            return None
        cdef size_t size = cc_protect_single(
            &self.peer, <const uint8_t *>PyBytes_AS_STRING(plain), PyBytes_GET_SIZE(plain), out
        )
        return PyBytes_FromStringAndSize(<char *>out, size) if size else None

    def send(self, fd, bytearray packet):
        """Protect and send one packet: 1 sent, 0 the socket is full, -1 refused or nowhere to send to."""
        cdef uint8_t out[CC_LARGEST_PACKET + CC_TRAILER]
        if self.peer.address_size == 0 or PyByteArray_GET_SIZE(packet) > CC_LARGEST_PACKET:
            return -1
        cdef size_t size = cc_protect_single(
            &self.peer, <const uint8_t *>PyByteArray_AS_STRING(packet), PyByteArray_GET_SIZE(packet), out
        )
        if size == 0:
            return -1
        if sendto(fd, out, size, MSG_DONTWAIT, <const sockaddr *>&self.peer.address, self.peer.address_size) >= 0:
            (<Pipeline>self.pipeline).singles += 1
            return 1
        return 0 if errno == EAGAIN else -1


    def send_run(self, list packets):
        """Protect and send some complete packets (``bytearray``, at most 64): how many are done with; the socket is full when
        that is fewer."""
        cdef const uint8_t *data[CC_RUN]
        cdef uint32_t sizes[CC_RUN]
        cdef uint32_t count = 0
        cdef cc_run run
        cdef Pipeline pipeline = self.pipeline
        if len(packets) > CC_RUN or pipeline.lanes == NULL:
            raise ValueError("Too many packets at once, or closed.")
        for packet in packets:
            data[count] = <const uint8_t *>PyByteArray_AS_STRING(packet)
            sizes[count] = <uint32_t>PyByteArray_GET_SIZE(packet)
            count += 1
        run = cc_run_send(cc_lanes_own(pipeline.lanes), &self.peer, data, sizes, count)
        pipeline.singles += run.sent
        return run.done


cdef class Record:
    """One stream toward one peer, as the pass knows it: some 100 bytes, for as long as the stream lives."""

    cdef cc_stream stream
    cdef Peer peer

    def __cinit__(self, Peer peer, ssrc, bint video):
        memset(&self.stream, 0, sizeof(cc_stream))
        self.peer = peer
        self.stream.peer = &peer.peer
        self.stream.ssrc = ssrc
        self.stream.video = video
        self.stream.source = cc_source_of(&peer.peer.protection, ssrc)
        if self.stream.source == NULL:
            raise ValueError("A peer gets no more streams than this.")

    @property
    def packets(self):
        return self.stream.packets

    @property
    def octets(self):
        return self.stream.octets


cdef class Batch:
    """The streams of one shape, and the packets that wait for the next pass over them (at most 64)."""

    cdef cc_group *group
    cdef Pipeline pipeline
    cdef object counters

    def __cinit__(self, Pipeline pipeline, transport_at):
        self.group = <cc_group *>calloc(1, SIZE_OF_GROUP)
        if self.group == NULL:
            raise MemoryError
        self.group.transport_at = -1 if transport_at is None else transport_at
        self.pipeline = pipeline

    def __dealloc__(self):
        if self.group != NULL:
            cc_group_free(self.group)

    @property
    def members(self):
        return self.group.members

    def add(self, Record record, offset, start, override):
        """From the next packet on. ``override``: (source timestamp, ticks) or None."""
        cdef cc_stream *stream = &record.stream
        stream.offset = offset
        stream.start = start
        stream.has_override = override is not None
        if override is not None:
            stream.override_from = <uint32_t>override[0]
            stream.override_to = <uint32_t>(override[1] & 0xFFFFFFFF)
        stream.dropping = 0
        if cc_group_add(self.group, stream):
            raise MemoryError

    def remove(self, Record record):
        """What was forwarded before goes out first."""
        if self.group.pending:
            self.pipeline.flush()
        cc_group_remove(self.group, &record.stream)

    def put(self, bytearray packet, index, ticks, timestamp, octets, second, bint newest, counters):
        """One packet to everybody: now, or with the rest of the batch. ``packet``: complete but for bytes 1 to 11."""
        cdef Py_ssize_t size = PyByteArray_GET_SIZE(packet)
        cdef const uint8_t *data = <const uint8_t *>PyByteArray_AS_STRING(packet)
        cdef size_t start = cc_payload_start(data, size)
        cdef cc_job *job
        if start == 0 or size > CC_LARGEST_PACKET:
            self.pipeline.oversized += 1
            return
        job = cc_group_job(self.group)
        if job == NULL:
            self.pipeline.flush()
            job = cc_group_job(self.group)
            if job == NULL:
                raise MemoryError
        job.index = index
        job.ticks = <uint32_t>ticks
        job.timestamp = <uint32_t>timestamp
        job.octets = <uint32_t>octets
        job.size = <uint32_t>size
        job.start = <uint16_t>start
        job.second = <uint8_t>second
        job.newest = newest
        memcpy(job.data, data, size)
        self.counters = counters
        if self.group.pending == 1:
            self.pipeline.enlist(self)
        if not self.pipeline.deferring:
            self.pipeline.flush()


cdef class Pipeline:
    """The lanes and what is pending. ``deferring``: packets wait for ``flush`` (a batch is being read)."""

    cdef cc_lanes *lanes
    cdef public bint deferring
    cdef public uint64_t oversized
    cdef public uint64_t passes
    cdef public uint64_t singles
    cdef list pending
    cdef uint16_t count
    cdef uint32_t lane_loads[CC_LANES]

    def __cinit__(self, fds, bint gso=True):
        """``fds``: a sending socket per media thread, the engine's own first; they stay the caller's."""
        cdef int numbers[CC_LANES]
        if not 1 <= len(fds) <= CC_LANES:
            raise ValueError("Between 1 and 64 media threads.")
        for at, fd in enumerate(fds):
            numbers[at] = fd
        self.pending = []
        self.count = len(fds)
        memset(self.lane_loads, 0, sizeof(self.lane_loads))
        self.lanes = cc_lanes_start(numbers, self.count, gso)
        if self.lanes == NULL:
            raise MemoryError

    def __dealloc__(self):
        if self.lanes != NULL:
            cc_lanes_stop(self.lanes)

    cdef uint16_t take_lane(self):
        """For a new peer: the lane with the fewest."""
        cdef uint16_t best = 0
        for at in range(1, self.count):
            if self.lane_loads[at] < self.lane_loads[best]:
                best = at
        self.lane_loads[best] += 1
        return best

    cdef void enlist(self, Batch batch):
        if len(self.pending) == MOST_PENDING:
            self.flush()
        self.pending.append(batch)

    cpdef flush(self):
        """Everything pending to everybody."""
        cdef cc_group *groups[MOST_PENDING]
        cdef uint32_t count = 0
        cdef cc_count sums
        cdef Batch batch
        if not self.pending or self.lanes == NULL:
            return
        pending, self.pending = self.pending, []
        for batch in pending:
            groups[count] = batch.group
            count += 1
        with nogil:
            cc_lanes_run(self.lanes, groups, count)
        self.passes += 1
        for batch in pending:
            sums = cc_group_take_count(batch.group)
            batch.counters["packets_out"] += sums.sent
            if sums.dropped:
                batch.counters["packets_dropped_congested"] += sums.dropped

    def close(self):
        """End the threads; what is pending is forgotten."""
        self.pending = []
        if self.lanes != NULL:
            lanes, self.lanes = <uintptr_t>self.lanes, NULL
            cc_lanes_stop(<cc_lanes *><uintptr_t>lanes)

    def tally(self):
        """Packets and calls since the start, all lanes together."""
        if self.lanes == NULL:
            return {}
        cdef cc_tally tally = cc_lanes_tally(self.lanes)
        return {
            "passes": self.passes,
            "packets_passed": tally.sent,
            "packets_single": self.singles,
            "send_calls": tally.calls,
            "packets_segmented": tally.segmented,
            "segmentation_refused": tally.gso_refused,
            "send_failed": tally.failed,
            "srtp_protect_failed": tally.refused,
            "packets_oversized": self.oversized,
        }


cdef class Inlet:
    """Reads datagrams in batches and hands each on with its address in Python's form."""

    cdef cc_inlet *inlet
    cdef dict known
    cdef public uint64_t datagrams

    def __cinit__(self):
        self.inlet = <cc_inlet *>calloc(1, SIZE_OF_INLET)
        if self.inlet == NULL:
            raise MemoryError
        self.known = {}

    def __dealloc__(self):
        free(self.inlet)

    def read(self, fd, Pipeline pipeline, receive):
        """All that is there, at most 256; ``receive(data, address)`` must not raise."""
        cdef int count, at, each
        cdef size_t size = 0
        cdef const sockaddr_in6 *raw
        for each in range(BATCHES_PER_WAKEUP):
            count = cc_inlet_read(self.inlet, fd)
            if count == 0:
                return
            self.datagrams += count
            pipeline.deferring = True
            try:
                for at in range(count):
                    raw = cc_inlet_address(self.inlet, at, &size)
                    key = PyBytes_FromStringAndSize(<const char *>raw, size)
                    address = self.known.get(key)
                    if address is None:
                        address = self._readable(key)
                        if address is None:
                            continue
                    data = PyBytes_FromStringAndSize(
                        <const char *>cc_inlet_data(self.inlet, at), cc_inlet_size(self.inlet, at)
                    )
                    receive(data, address)
            finally:
                pipeline.deferring = False
                pipeline.flush()
            if count < CC_BATCH:
                return

    def _readable(self, bytes key):
        family = int.from_bytes(key[:2], "little") if len(key) >= 16 else -1
        if family == AF_INET:
            address = (socket.inet_ntop(socket.AF_INET, key[4:8]), int.from_bytes(key[2:4], "big"))
        elif family == AF_INET6 and len(key) == sizeof(sockaddr_in6):
            address = (
                socket.inet_ntop(socket.AF_INET6, key[8:24]),
                int.from_bytes(key[2:4], "big"),
                int.from_bytes(key[4:8], "big"),
                int.from_bytes(key[24:28], "little"),
            )
        else:
            return None
        if len(self.known) >= MOST_ADDRESSES:
            self.known.clear()
        self.known[key] = address
        return address


cdef extern from *:
    """
    #define SIZE_OF_GROUP sizeof(cc_group)
    #define SIZE_OF_INLET sizeof(cc_inlet)
    """
    size_t SIZE_OF_GROUP
    size_t SIZE_OF_INLET
