/* Light viewers' ears: reads many sockets, counts RTP, keeps each packet's sequence number and the kernel's arrival time. */
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
#define DATAGRAM 2048

typedef struct {
    int64_t arrived; /* ns since 1970, by the kernel */
    uint16_t viewer, sequence;
} record;

typedef struct {
    uint64_t packets, octets;
    uint32_t first_size;
    uint8_t first[DATAGRAM]; /* the first packet, protected: whoever has the keys learns the numbering from it */
} viewer;

/* Until *stop; RTP with a payload type of `audio` is counted only. Returns how many records were written (at most `room`). */
int64_t sink_run(const int *fds, int count, volatile int *stop, record *records, int64_t room, viewer *viewers, int audio)
{
    static __thread uint8_t data[BATCH][DATAGRAM], control[BATCH][128];
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct epoll_event events[256];
    int64_t used = 0;
    int poll = epoll_create1(0);
    for (int at = 0; at < count; at++) {
        int on = 1;
        setsockopt(fds[at], SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)at};
        epoll_ctl(poll, EPOLL_CTL_ADD, fds[at], &event);
    }
    while (!*stop) {
        int ready = epoll_wait(poll, events, 256, 20);
        for (int each = 0; each < ready; each++) {
            int at = (int)events[each].data.u32;
            for (int slot = 0; slot < BATCH; slot++) {
                vectors[slot] = (struct iovec){data[slot], DATAGRAM};
                headers[slot].msg_hdr = (struct msghdr){.msg_iov = &vectors[slot], .msg_iovlen = 1,
                                                        .msg_control = control[slot], .msg_controllen = sizeof control[slot]};
            }
            int got = recvmmsg(fds[at], headers, BATCH, MSG_DONTWAIT, NULL);
            for (int slot = 0; slot < got; slot++) {
                const uint8_t *packet = data[slot];
                uint32_t size = headers[slot].msg_len;
                if (size < 12 || packet[0] < 128 || packet[0] > 191 || (packet[1] >= 192 && packet[1] <= 223))
                    continue;
                viewer *one = &viewers[at];
                one->packets++;
                one->octets += size;
                if ((packet[1] & 0x7F) == audio)
                    continue;
                if (one->first_size == 0) {
                    memcpy(one->first, packet, size);
                    one->first_size = size;
                }
                if (used == room)
                    continue;
                for (struct cmsghdr *part = CMSG_FIRSTHDR(&headers[slot].msg_hdr); part != NULL;
                     part = CMSG_NXTHDR(&headers[slot].msg_hdr, part))
                    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
                        struct timespec when;
                        memcpy(&when, CMSG_DATA(part), sizeof when);
                        records[used++] = (record){when.tv_sec * 1000000000LL + when.tv_nsec, (uint16_t)at,
                                                   (uint16_t)(packet[2] << 8 | packet[3])};
                    }
            }
        }
    }
    close(poll);
    return used;
}
