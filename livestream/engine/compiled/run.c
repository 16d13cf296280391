#include "run.h"

#include <errno.h>
#include <string.h>

#include "fan.h"

static ssize_t hand_over(cc_outlet *outlet, cc_peer *peer, uint8_t *from, size_t size, uint16_t segment)
{
    struct iovec vector = {from, size};
    struct msghdr header = {
        .msg_name = &peer->address, .msg_namelen = peer->address_size, .msg_iov = &vector, .msg_iovlen = 1};
    cc_control control;
    if (segment)
        cc_segment(&header, &control, segment);
    outlet->tally.calls++;
    return sendmsg(outlet->fd, &header, MSG_DONTWAIT);
}

cc_run cc_run_send(cc_outlet *outlet, cc_peer *peer, const uint8_t *const *packets, const uint32_t *sizes, uint32_t count)
{
    cc_run run = {count, 0};
    uint8_t *places[CC_RUN], *end = outlet->arena;
    size_t made[CC_RUN];
    if (peer->address_size == 0)
        return run;
    for (uint32_t at = 0; at < count; at++) {
        made[at] = sizes[at] > CC_LARGEST_PACKET ? 0 : cc_protect_single(peer, packets[at], sizes[at], end);
        places[at] = end;
        end += made[at];
    }
    uint32_t alone = 0; /* up to here one by one: the kernel would not cut these */
    for (uint32_t at = 0, next; at < count; at = next) {
        next = at + 1;
        if (made[at] == 0) {
            outlet->tally.refused++;
            continue;
        }
        size_t size = made[at];
        while (outlet->gso && at >= alone && next < count && made[next] && made[next] <= made[at] &&
               next - at < CC_SEGMENTS && size + made[next] <= CC_LARGEST_MESSAGE) {
            size += made[next++];
            if (made[next - 1] < made[at])
                break; /* only the last may be shorter */
        }
        uint32_t packets_in = next - at;
        if (hand_over(outlet, peer, places[at], size, packets_in > 1 ? (uint16_t)made[at] : 0) >= 0) {
            run.sent += packets_in;
            if (packets_in > 1)
                outlet->tally.segmented += packets_in;
        } else if (errno == EINTR) {
            next = at;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            run.done = at;
            return run;
        } else if (packets_in > 1 && (errno == EIO || errno == EINVAL || errno == EMSGSIZE)) {
            outlet->tally.gso_refused++;
            if (errno == EIO)
                outlet->gso = 0;
            alone = next;
            next = at;
        } else
            outlet->tally.failed += packets_in; /* unreachable or closing: the hub ends such sessions */
    }
    return run;
}
