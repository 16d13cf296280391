/* Reading: many datagrams per call (recvmmsg), each with where it came from. */
#ifndef CLOSETCAST_INLET_H
#define CLOSETCAST_INLET_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#define CC_BATCH 64
#define CC_DATAGRAM 2048 /* larger ones are cut by the kernel and fail authentication */

typedef struct {
    struct mmsghdr headers[CC_BATCH];
    struct iovec vectors[CC_BATCH];
    struct sockaddr_in6 addresses[CC_BATCH];
    uint8_t data[CC_BATCH][CC_DATAGRAM];
} cc_inlet;

/* How many datagrams were read without waiting; 0: none are there. An error of an earlier send counts as none. */
int cc_inlet_read(cc_inlet *inlet, int fd);

/* One of those that were read. */
static inline const uint8_t *cc_inlet_data(const cc_inlet *inlet, int at) { return inlet->data[at]; }
static inline size_t cc_inlet_size(const cc_inlet *inlet, int at) { return inlet->headers[at].msg_len; }
static inline const struct sockaddr_in6 *cc_inlet_address(const cc_inlet *inlet, int at, size_t *size)
{
    *size = inlet->headers[at].msg_hdr.msg_namelen;
    return &inlet->addresses[at];
}

#endif
