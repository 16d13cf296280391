/* A room's ears: reads many WebSockets, finds the borders of frames, and keeps for each frame when the last listener had it.
 * All listeners get the same frames in the same order, so the n-th frame of one is the n-th of everybody. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MARK 32     /* bytes of a payload that are looked at; a ping has fewer */
#define ROUND 512   /* sockets per look at what is ready */
#define CHUNK 65536 /* bytes per read */

typedef struct {
    int64_t last; /* ns, CLOCK_MONOTONIC: when the last listener so far had it whole */
    int64_t readers;
} frame;

typedef struct {
    const uint8_t *mark; /* how the payload of a frame begins that counts; of no length: every frame with data counts */
    int64_t mark_size;
    frame *frames;
    int64_t room;         /* frames */
    uint8_t *said;        /* payloads of frames that count as the first listener has them, each after its size (8 bytes) */
    int64_t said_room;
    volatile int64_t heard; /* frames that the first listener has had and that are in `said` */
    volatile int64_t lost;  /* sockets that the server closed */
    volatile int64_t cpu;   /* ns of this thread so far */
    volatile int stop;
} room;

typedef struct {
    uint64_t left;     /* bytes of the payload still to come */
    uint64_t taken;    /* of them that were looked at, at most MARK */
    int64_t frames;    /* that counted */
    uint8_t head[10];
    uint8_t head_size; /* bytes of the header so far */
    uint8_t start[MARK];
} listener;

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int head_wanted(const listener *one)
{
    int length = one->head_size < 2 ? 0 : one->head[1] & 0x7F;
    return length == 126 ? 4 : length == 127 ? 10 : 2;
}

static uint64_t payload_size(const uint8_t *head)
{
    int length = head[1] & 0x7F, bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
    uint64_t size = bytes ? 0 : (uint64_t)length;
    for (int at = 0; at < bytes; at++)
        size = size << 8 | head[2 + at];
    return size;
}

static void pong(int fd, const listener *one, uint64_t size)
{
    uint8_t answer[6 + MARK] = {0x8A, (uint8_t)(0x80 | size)}; /* a mask of zeros */
    memcpy(answer + 6, one->start, size);
    (void)!send(fd, answer, 6 + size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The frame of `one` is whole. */
static int counts(const room *all, const listener *one)
{
    if ((one->head[0] & 0x0F) > 2)
        return 0;
    return one->taken >= (uint64_t)all->mark_size && memcmp(one->start, all->mark, (size_t)all->mark_size) == 0;
}

static void note(room *all, listener *one, int64_t now)
{
    if (one->frames < all->room) {
        frame *this = &all->frames[one->frames];
        this->last = now;
        this->readers++;
    }
    one->frames++;
}

/* Until stop. `fds` do not block and their handshakes are done; `listeners` are zeros. Returns bytes written to `said`. */
int64_t ears_run(room *all, const int *fds, int count, listener *listeners)
{
    static __thread uint8_t data[CHUNK];
    struct epoll_event events[ROUND];
    int64_t said = 0;
    int poll = epoll_create1(0), full = 0;
    for (int at = 0; at < count; at++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)at};
        epoll_ctl(poll, EPOLL_CTL_ADD, fds[at], &event);
    }
    while (!all->stop) {
        int ready = epoll_wait(poll, events, ROUND, 20);
        for (int each = 0; each < ready; each++) {
            uint32_t at = events[each].data.u32;
            listener *one = &listeners[at];
            ssize_t got = recv(fds[at], data, CHUNK, MSG_DONTWAIT);
            int64_t now = nanoseconds(CLOCK_MONOTONIC);
            if (got <= 0) {
                if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
                    epoll_ctl(poll, EPOLL_CTL_DEL, fds[at], NULL);
                    all->lost++;
                }
                continue;
            }
            const uint8_t *byte = data, *end = data + got;
            while (byte < end) {
                if (one->head_size < head_wanted(one)) {
                    one->head[one->head_size++] = *byte++;
                    if (one->head_size < 2 || one->head_size < head_wanted(one))
                        continue;
                    one->left = payload_size(one->head);
                    one->taken = 0;
                }
                uint64_t piece = (uint64_t)(end - byte) < one->left ? (uint64_t)(end - byte) : one->left;
                if (one->taken < MARK) {
                    uint64_t some = piece < MARK - one->taken ? piece : MARK - one->taken;
                    memcpy(one->start + one->taken, byte, some);
                    one->taken += some;
                }
                if (at == 0 && !full) { /* kept whole for now; taken back if it does not count */
                    if (said + 8 + (int64_t)piece > all->said_room)
                        full = 1;
                    else {
                        memcpy(all->said + said + 8, byte, piece);
                        said += (int64_t)piece;
                    }
                }
                byte += piece;
                one->left -= piece;
                if (one->left)
                    continue;
                uint64_t size = payload_size(one->head);
                int new = counts(all, one);
                if (one->head[0] == 0x89 && size <= MARK)
                    pong(fds[at], one, size);
                if (new)
                    note(all, one, now);
                if (at == 0 && !full) {
                    said -= (int64_t)size;
                    if (new) {
                        memcpy(all->said + said, &size, 8);
                        said += 8 + (int64_t)size;
                        all->heard++;
                    }
                }
                one->head_size = 0;
            }
        }
        all->cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    }
    close(poll);
    return said;
}
