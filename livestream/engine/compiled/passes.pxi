"""The pass over the viewers: streams, what waits for them, and the lanes that send it. Included by ``hot.pyx``."""

# Groups with something pending at the same time; with more (hundreds of shows in one batch) a pass comes early.
cdef enum: MOST_PENDING = 256


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
