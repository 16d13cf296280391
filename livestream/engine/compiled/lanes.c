#include "lanes.h"

#include <linux/filter.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void *work(void *argument)
{
    cc_lane *lane = argument;
    cc_lanes *lanes = lane->lanes;
    uint64_t seen = 0;
    pthread_mutex_lock(&lanes->mutex);
    for (;;) {
        while (lanes->pass == seen && !lanes->stop)
            pthread_cond_wait(&lanes->begin, &lanes->mutex);
        if (lanes->stop)
            break;
        seen = lanes->pass;
        pthread_mutex_unlock(&lanes->mutex);
        cc_pass(lanes->groups, lanes->group_count, lane->number, &lane->outlet);
        pthread_mutex_lock(&lanes->mutex);
        if (--lanes->busy == 0)
            pthread_cond_signal(&lanes->done);
    }
    pthread_mutex_unlock(&lanes->mutex);
    return NULL;
}

cc_lanes *cc_lanes_start(const int *fds, uint16_t count, int gso)
{
    if (count < 1 || count > CC_LANES)
        return NULL;
    cc_lanes *lanes = calloc(1, sizeof *lanes);
    if (lanes == NULL)
        return NULL;
    pthread_mutex_init(&lanes->mutex, NULL);
    pthread_cond_init(&lanes->begin, NULL);
    pthread_cond_init(&lanes->done, NULL);
    for (uint16_t at = 0; at < count; at++) {
        lanes->lane[at].lanes = lanes;
        lanes->lane[at].number = at;
        if (cc_outlet_open(&lanes->lane[at].outlet, fds[at], gso)) {
            cc_lanes_stop(lanes);
            return NULL;
        }
        lanes->count++;
    }
    /* Signals are for Python's main thread: these threads leave them all alone. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (uint16_t at = 1; at < count; at++) {
        if (pthread_create(&lanes->lane[at].thread, NULL, work, &lanes->lane[at]))
            break;
        pthread_setname_np(lanes->lane[at].thread, "closetcast-lane");
        lanes->running++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (lanes->running != count - 1) {
        cc_lanes_stop(lanes);
        return NULL;
    }
    return lanes;
}

void cc_lanes_stop(cc_lanes *lanes)
{
    pthread_mutex_lock(&lanes->mutex);
    lanes->stop = 1;
    pthread_cond_broadcast(&lanes->begin);
    pthread_mutex_unlock(&lanes->mutex);
    for (uint16_t at = 1; at <= lanes->running; at++)
        pthread_join(lanes->lane[at].thread, NULL);
    for (uint16_t at = 0; at < CC_LANES; at++)
        cc_outlet_close(&lanes->lane[at].outlet);
    pthread_cond_destroy(&lanes->begin);
    pthread_cond_destroy(&lanes->done);
    pthread_mutex_destroy(&lanes->mutex);
    free(lanes);
}

void cc_lanes_run(cc_lanes *lanes, cc_group **groups, uint32_t count)
{
    uint64_t packets = 0;
    for (uint32_t at = 0; at < count; at++)
        packets += (uint64_t)groups[at]->members * groups[at]->pending;
    if (lanes->count > 1 && packets >= CC_WORTH_SHARING) {
        pthread_mutex_lock(&lanes->mutex);
        lanes->groups = groups;
        lanes->group_count = count;
        lanes->busy = lanes->running;
        lanes->pass++;
        pthread_cond_broadcast(&lanes->begin);
        pthread_mutex_unlock(&lanes->mutex);
        cc_pass(groups, count, 0, &lanes->lane[0].outlet);
        pthread_mutex_lock(&lanes->mutex);
        while (lanes->busy)
            pthread_cond_wait(&lanes->done, &lanes->mutex);
        pthread_mutex_unlock(&lanes->mutex);
    } else {
        for (uint16_t at = 0; at < lanes->count; at++)
            cc_pass(groups, count, at, &lanes->lane[at].outlet);
    }
    for (uint32_t at = 0; at < count; at++)
        groups[at]->pending = 0;
}

int cc_steer_to_first(int fd)
{
    struct sock_filter code[] = {{BPF_RET | BPF_K, 0, 0, 0}}; /* "socket number 0", whatever the packet */
    struct sock_fprog program = {1, code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

cc_tally cc_lanes_tally(const cc_lanes *lanes)
{
    cc_tally total = {0};
    for (uint16_t at = 0; at < lanes->count; at++) {
        const cc_tally *tally = &lanes->lane[at].outlet.tally;
        total.sent += tally->sent;
        total.dropped += tally->dropped;
        total.failed += tally->failed;
        total.refused += tally->refused;
        total.segmented += tally->segmented;
        total.calls += tally->calls;
        total.gso_refused += tally->gso_refused;
    }
    return total;
}
