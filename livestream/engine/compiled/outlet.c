#include "outlet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

int cc_outlet_open(cc_outlet *outlet, int fd, int gso)
{
    memset(outlet, 0, sizeof *outlet);
    outlet->fd = fd;
    outlet->gso = gso != 0;
    outlet->arena = malloc(CC_ARENA);
    return outlet->arena == NULL ? -1 : 0;
}

void cc_outlet_close(cc_outlet *outlet)
{
    free(outlet->arena);
    outlet->arena = NULL;
}

uint8_t *cc_outlet_room(cc_outlet *outlet, size_t size)
{
    if (outlet->used + size + CC_TRAILER > CC_ARENA || outlet->count == CC_MESSAGES)
        cc_outlet_flush(outlet);
    return outlet->arena + outlet->used;
}

void cc_outlet_add(cc_outlet *outlet, cc_stream *stream, size_t size, uint32_t timestamp, uint32_t octets)
{
    if (outlet->gso && outlet->count) {
        cc_message *last = &outlet->messages[outlet->count - 1];
        if (last->stream == stream && !last->closed && size <= last->segment && last->count < CC_SEGMENTS &&
            last->size + size <= CC_LARGEST_MESSAGE) {
            last->size += (uint32_t)size;
            last->octets += octets;
            last->timestamp = timestamp;
            last->count++;
            last->closed = size < last->segment;
            outlet->used += (uint32_t)size;
            return;
        }
    }
    cc_message *message = &outlet->messages[outlet->count++];
    message->stream = stream;
    message->timestamp = timestamp;
    message->octets = octets;
    message->offset = outlet->used;
    message->size = (uint32_t)size;
    message->segment = (uint16_t)size;
    message->count = 1;
    message->closed = 0;
    outlet->used += (uint32_t)size;
}

void cc_segment(struct msghdr *header, cc_control *control, uint16_t segment)
{
    header->msg_control = control->bytes;
    header->msg_controllen = sizeof control->bytes;
    struct cmsghdr *first = CMSG_FIRSTHDR(header);
    first->cmsg_level = SOL_UDP;
    first->cmsg_type = UDP_SEGMENT;
    first->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    memcpy(CMSG_DATA(first), &segment, sizeof(uint16_t));
}

static void prepare(cc_outlet *outlet, uint32_t at)
{
    cc_message *message = &outlet->messages[at];
    struct msghdr *header = &outlet->headers[at].msg_hdr;
    cc_peer *peer = message->stream->peer;
    outlet->vectors[at].iov_base = outlet->arena + message->offset;
    outlet->vectors[at].iov_len = message->size;
    header->msg_name = &peer->address;
    header->msg_namelen = peer->address_size;
    header->msg_iov = &outlet->vectors[at];
    header->msg_iovlen = 1;
    header->msg_control = NULL;
    header->msg_controllen = 0;
    header->msg_flags = 0;
    if (message->count > 1)
        cc_segment(header, &outlet->controls[at], message->segment);
}

static void taken(cc_outlet *outlet, const cc_message *message)
{
    message->stream->packets += message->count;
    message->stream->octets += message->octets;
    message->stream->count->sent += message->count;
    outlet->tally.sent += message->count;
    if (message->count > 1)
        outlet->tally.segmented += message->count;
}

static void congested(cc_outlet *outlet, const cc_message *message, unsigned packets)
{
    cc_stream *stream = message->stream;
    stream->count->dropped += packets;
    outlet->tally.dropped += packets;
    if (stream->video) { /* the rest of this frame is of no use to a decoder */
        stream->dropping = 1;
        stream->dropping_at = message->timestamp;
    }
}

/* A message that the kernel would not cut (no checksum offload, a path with a small MTU): datagram by datagram. */
static void piecewise(cc_outlet *outlet, cc_message *message)
{
    const cc_peer *peer = message->stream->peer;
    const uint8_t *from = outlet->arena + message->offset;
    uint32_t left = message->size;
    unsigned sent = 0, count = message->count;
    for (unsigned at = 0; at < count; at++) {
        size_t size = left < message->segment ? left : message->segment;
        if (sendto(outlet->fd, from, size, MSG_DONTWAIT, (const struct sockaddr *)&peer->address, peer->address_size) >= 0)
            sent++;
        else if (errno == EAGAIN) {
            congested(outlet, message, count - at);
            break;
        } else
            outlet->tally.failed++;
        from += size;
        left -= (uint32_t)size;
    }
    message->stream->packets += sent;
    message->stream->octets += (uint64_t)message->octets * sent / count;
    message->stream->count->sent += sent;
    outlet->tally.sent += sent;
}

void cc_outlet_flush(cc_outlet *outlet)
{
    uint32_t at = 0;
    for (uint32_t each = 0; each < outlet->count; each++)
        prepare(outlet, each);
    while (at < outlet->count) {
        cc_message *message = &outlet->messages[at];
        outlet->tally.calls++;
        int took = sendmmsg(outlet->fd, outlet->headers + at, outlet->count - at, MSG_DONTWAIT);
        if (took > 0) {
            for (int each = 0; each < took; each++)
                taken(outlet, message + each);
            at += (uint32_t)took;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            congested(outlet, message, message->count);
        else if (message->count > 1 && (errno == EIO || errno == EINVAL || errno == EMSGSIZE)) {
            outlet->tally.gso_refused++;
            if (errno == EIO) /* this socket's device cannot: do not ask again */
                outlet->gso = 0;
            piecewise(outlet, message);
        } else
            outlet->tally.failed += message->count; /* unreachable or closing: the hub ends such sessions */
        at++;
    }
    outlet->count = 0;
    outlet->used = 0;
}
