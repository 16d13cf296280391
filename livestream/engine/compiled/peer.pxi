"""One peer: its address, its keys, and what goes to it alone. Included by ``hot.pyx``."""


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
