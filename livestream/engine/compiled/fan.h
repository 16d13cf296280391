/* The pass over the viewers: every pending packet to every stream of its group, rewritten, protected, gathered, sent.
 *
 * A group is the streams that get the same bytes but for the header (one "shape"). Streams are kept by lane: a lane is one
 * media thread with its own socket, and a peer belongs to exactly one, so that no two threads ever touch the same peer.
 */
#ifndef CLOSETCAST_FAN_H
#define CLOSETCAST_FAN_H

#include "outlet.h"

/* Packets that wait for one pass at most; a batch from the socket is not longer than this either. */
#define CC_JOBS 64
#define CC_LANES 64

/* One packet as its group gets it, all but the header's numbers. */
typedef struct {
    int64_t index;          /* extended incoming sequence number */
    uint32_t ticks;         /* RTP timestamp on the show's clock */
    uint32_t timestamp;     /* as the host sent it */
    uint32_t octets;        /* of payload, for the reports */
    uint32_t size;
    uint16_t start;         /* where what is encrypted begins */
    uint8_t second;         /* marker and payload type */
    uint8_t newest;         /* none with a higher number came before */
    uint8_t data[CC_LARGEST_PACKET];
} cc_job;

typedef struct {
    cc_stream **streams;
    uint32_t count, room;
    cc_count sum;
} cc_lane_streams;

typedef struct {
    cc_job *jobs;
    uint32_t pending, room; /* of jobs: in use, allocated */
    int32_t transport_at;   /* where the transport-wide number goes, or -1 */
    uint32_t members;
    cc_lane_streams lanes[CC_LANES];
} cc_group;

/* 0 or -1 (no memory). */
int cc_group_add(cc_group *group, cc_stream *stream);
void cc_group_remove(cc_group *group, cc_stream *stream);
void cc_group_free(cc_group *group);
/* What has been sent and dropped since the last call. */
cc_count cc_group_take_count(cc_group *group);

/* The next job to fill in, counted as pending; NULL when CC_JOBS are (run a pass first) or memory is not to be had. */
cc_job *cc_group_job(cc_group *group);

/* Send what is pending of `groups` to the streams of one lane. Does not clear it: other lanes may be at it. */
void cc_pass(cc_group **groups, uint32_t count, uint16_t lane, cc_outlet *outlet);

/* Protect one complete packet for one peer into `out` (size + CC_TRAILER bytes); 0 where that is refused. */
size_t cc_protect_single(cc_peer *peer, const uint8_t *packet, size_t size, uint8_t *out);

#endif
