/* One sending socket's batch: datagrams are gathered, then handed to the kernel by sendmmsg; a viewer's equal-sized ones
 * in a row go as one message that the kernel cuts (UDP_SEGMENT, "GSO"), which costs it less than half per datagram.
 */
#ifndef CLOSETCAST_OUTLET_H
#define CLOSETCAST_OUTLET_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "protect.h"

/* 256 KiB stay in the second-level cache between protecting and the kernel's copy. */
#define CC_ARENA (256 * 1024)
#define CC_MESSAGES 256
/* The kernel's own limit was 64 for long (UDP_MAX_SEGMENTS), and one message must stay below 65,507 bytes. */
#define CC_SEGMENTS 64
#define CC_LARGEST_MESSAGE 65000
/* The largest plain packet: as much as the receiving side reads, and what rewriting may add. */
#define CC_LARGEST_PACKET 2304
/* The largest protected one, in words of 32 bits: where alignment matters. */
#define CC_LARGEST_WORDS ((CC_LARGEST_PACKET + CC_TRAILER) / 4)

/* One peer: where it is and its keys. */
typedef struct {
    cc_protection protection;
    struct sockaddr_in6 address; /* or anything smaller: `address_size` says, 0 is nowhere */
    socklen_t address_size;
    uint16_t transport_number;   /* next transport-wide sequence number */
    uint16_t lane;               /* the media thread that serves it */
} cc_peer;

/* What a group's streams of one lane have got since it was last asked. */
typedef struct {
    uint64_t sent, dropped; /* packets */
} cc_count;

/* One stream toward one peer, while it gets every packet as it comes. */
typedef struct {
    cc_peer *peer;
    cc_source *source;
    cc_count *count;        /* its group's, of its lane */
    int64_t offset;         /* outgoing minus incoming extended sequence number */
    int64_t start;          /* incoming number of the binding's first packet */
    uint64_t packets, octets;
    uint32_t ssrc;
    uint32_t override_from, override_to;
    uint32_t dropping_at;   /* RTP timestamp of the frame whose rest is dropped */
    uint32_t since;         /* first packet of the pending batch that is this stream's */
    uint8_t has_override, dropping, video;
} cc_stream;

typedef struct {
    cc_stream *stream;
    uint32_t timestamp;     /* of the last packet in it, as the host sent it */
    uint32_t octets;        /* payload bytes of all packets in it */
    uint32_t offset, size;  /* in the arena */
    uint16_t segment;       /* bytes of each datagram but the last */
    uint16_t count;
    uint8_t closed;         /* the last datagram is shorter: nothing may follow */
} cc_message;

typedef struct {
    uint64_t sent, dropped, failed, refused; /* packets; refused: by the protection */
    uint64_t segmented;                      /* packets that went as part of a longer message */
    uint64_t calls;                          /* of sendmmsg */
    uint64_t gso_refused;                    /* messages that had to be sent piece by piece */
} cc_tally;

typedef union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
} cc_control;

typedef struct {
    int fd;
    uint8_t gso;
    uint32_t used, count;   /* bytes of the arena, messages */
    cc_tally tally;
    uint8_t *arena;
    cc_message messages[CC_MESSAGES];
    struct mmsghdr headers[CC_MESSAGES];
    struct iovec vectors[CC_MESSAGES];
    cc_control controls[CC_MESSAGES];
} cc_outlet;

/* 0 or -1 (no memory). The socket stays the caller's. */
int cc_outlet_open(cc_outlet *outlet, int fd, int gso);
void cc_outlet_close(cc_outlet *outlet);

/* The kernel shall cut the message into datagrams of `segment` bytes; `control` lives as long as `header` is used. */
void cc_segment(struct msghdr *header, cc_control *control, uint16_t segment);

/* Room for one more packet of at most `size` plain bytes at the arena's end; flushes when there is none. */
uint8_t *cc_outlet_room(cc_outlet *outlet, size_t size);
/* The datagram just written at the arena's end belongs to `stream`. */
void cc_outlet_add(cc_outlet *outlet, cc_stream *stream, size_t size, uint32_t timestamp, uint32_t octets);
void cc_outlet_flush(cc_outlet *outlet);

#endif
