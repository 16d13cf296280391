"""Reading. Included by ``hot.pyx``."""

# Addresses whose readable form is remembered; strangers may send from as many as they like.
cdef enum: MOST_ADDRESSES = 16384
# Datagrams of one wake-up: then timers and others get their turn.
cdef enum: BATCHES_PER_WAKEUP = 4


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
