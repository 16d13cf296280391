/* Several complete packets to one peer at once: a replay for somebody who joins. The packets lie next to each other and go to the
 * kernel as few messages, like those of a pass (``outlet.h``), but a full socket ends the run: the caller goes on from there later.
 */
#ifndef CLOSETCAST_RUN_H
#define CLOSETCAST_RUN_H

#include "outlet.h"

#define CC_RUN 64 /* packets at once; so many of the largest fit into the arena */

typedef struct {
    uint32_t done; /* packets that need no further attempt: sent, refused by the protection, or to nowhere */
    uint32_t sent;
} cc_run;

/* `count`: at most CC_RUN. `outlet`: the caller's own, empty. */
cc_run cc_run_send(cc_outlet *outlet, cc_peer *peer, const uint8_t *const *packets, const uint32_t *sizes, uint32_t count);

#endif
