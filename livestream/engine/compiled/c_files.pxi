"""The C files beside this one, as Cython is told of them. Included by ``hot.pyx``."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.errno cimport EAGAIN, errno
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

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

cdef extern from *:
    """
    #define SIZE_OF_GROUP sizeof(cc_group)
    #define SIZE_OF_INLET sizeof(cc_inlet)
    """
    size_t SIZE_OF_GROUP
    size_t SIZE_OF_INLET

cdef extern from *:
    const char *CLOSETCAST_SOURCES  # by setup.py
