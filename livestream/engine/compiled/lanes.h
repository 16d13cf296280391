/* Media threads: a pass over the viewers done by several at once. The caller is the first lane; the others sleep until there
 * is a pass and are waited for, so that outside of a pass nobody but the caller touches anything, and nothing needs a lock.
 */
#ifndef CLOSETCAST_LANES_H
#define CLOSETCAST_LANES_H

#include <pthread.h>

#include "fan.h"

/* A pass of fewer packets than this is over before another core has woken up (about 50 us). */
#define CC_WORTH_SHARING 48

typedef struct cc_lanes cc_lanes;

typedef struct {
    cc_lanes *lanes;
    pthread_t thread;
    uint16_t number;
    cc_outlet outlet;
} cc_lane;

struct cc_lanes {
    uint16_t count;
    uint16_t running;       /* threads started besides the caller */
    pthread_mutex_t mutex;
    pthread_cond_t begin, done;
    uint64_t pass;          /* number of the present pass */
    uint16_t busy;
    uint8_t stop;
    cc_group **groups;
    uint32_t group_count;
    cc_lane lane[CC_LANES];
};

/* `fds`: one socket per lane, the caller's first. NULL when memory or a thread is not to be had. */
cc_lanes *cc_lanes_start(const int *fds, uint16_t count, int gso);
void cc_lanes_stop(cc_lanes *lanes);
/* Everything pending of `groups` to everybody; afterwards nothing is pending. */
void cc_lanes_run(cc_lanes *lanes, cc_group **groups, uint32_t count);
/* Sockets that share a port (SO_REUSEPORT): whatever arrives goes to the one that was bound first. 0 or -1. */
int cc_steer_to_first(int fd);
cc_tally cc_lanes_tally(const cc_lanes *lanes);
/* The caller's own outlet, empty outside of a pass. */
static inline cc_outlet *cc_lanes_own(cc_lanes *lanes) { return &lanes->lane[0].outlet; }

#endif
