#include "fan.h"

#include <stdlib.h>
#include <string.h>

int cc_group_add(cc_group *group, cc_stream *stream)
{
    cc_lane_streams *lane = &group->lanes[stream->peer->lane];
    if (lane->count == lane->room) {
        uint32_t room = lane->room ? lane->room * 2 : 4;
        cc_stream **streams = realloc(lane->streams, room * sizeof *streams);
        if (streams == NULL)
            return -1;
        lane->streams = streams;
        lane->room = room;
    }
    stream->count = &lane->sum;
    stream->since = group->pending; /* what waits already is not this stream's */
    lane->streams[lane->count++] = stream;
    group->members++;
    return 0;
}

void cc_group_remove(cc_group *group, cc_stream *stream)
{
    cc_lane_streams *lane = &group->lanes[stream->peer->lane];
    for (uint32_t at = 0; at < lane->count; at++)
        if (lane->streams[at] == stream) {
            lane->streams[at] = lane->streams[--lane->count];
            group->members--;
            return;
        }
}

cc_job *cc_group_job(cc_group *group)
{
    if (group->pending == CC_JOBS)
        return NULL;
    if (group->pending == group->room) {
        uint32_t room = group->room ? group->room * 2 : 4; /* most shapes never see a long batch */
        cc_job *jobs = realloc(group->jobs, room * sizeof *jobs);
        if (jobs == NULL)
            return NULL;
        group->jobs = jobs;
        group->room = room;
    }
    return &group->jobs[group->pending++];
}

cc_count cc_group_take_count(cc_group *group)
{
    cc_count total = {0, 0};
    for (int lane = 0; lane < CC_LANES; lane++) {
        cc_count *sum = &group->lanes[lane].sum;
        total.sent += sum->sent;
        total.dropped += sum->dropped;
        sum->sent = sum->dropped = 0;
    }
    return total;
}

void cc_group_free(cc_group *group)
{
    for (int lane = 0; lane < CC_LANES; lane++)
        free(group->lanes[lane].streams);
    free(group->jobs);
    free(group);
}

static inline void put16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static inline void put32(uint8_t *to, uint32_t value)
{
    put16(to, value >> 16);
    put16(to + 2, value);
}

static void one(cc_group *group, cc_stream *stream, const cc_job *job, cc_outlet *outlet)
{
    cc_peer *peer = stream->peer;
    uint32_t stamp = job->ticks;
    if (!job->newest) {
        if (job->index < stream->start)
            return; /* from before the switch: nobody waits for it */
        if (stream->has_override && stream->override_from == job->timestamp)
            stamp = stream->override_to; /* a straggler of the first frame, stamped like the rest of it */
    }
    if (stream->dropping) {
        if (stream->dropping_at == job->timestamp) {
            stream->count->dropped++;
            outlet->tally.dropped++;
            return;
        }
        stream->dropping = 0;
    }
    uint32_t number = 0;
    if (group->transport_at >= 0)
        number = peer->transport_number++;
    if (peer->address_size == 0)
        return;
    uint8_t *out = cc_outlet_room(outlet, job->size);
    int64_t index = job->index + stream->offset;
    memcpy(out, job->data, job->start);
    out[1] = job->second;
    put16(out + 2, (uint32_t)index);
    put32(out + 4, stamp);
    put32(out + 8, stream->ssrc);
    if (group->transport_at >= 0)
        put16(out + group->transport_at, number);
    cc_source *source = stream->source;
    if (!source->known || index > source->highest) {
        source->highest = index;
        source->known = 1;
    }
    size_t size = cc_protect(&peer->protection, out, job->start, job->data + job->start, job->size - job->start,
                             stream->ssrc, index);
    if (size == 0) {
        outlet->tally.refused++;
        return;
    }
    cc_outlet_add(outlet, stream, size, job->timestamp, job->octets);
}

void cc_pass(cc_group **groups, uint32_t count, uint16_t lane, cc_outlet *outlet)
{
    for (uint32_t at = 0; at < count; at++) {
        cc_group *group = groups[at];
        cc_lane_streams *members = &group->lanes[lane];
        for (uint32_t each = 0; each < members->count; each++) {
            cc_stream *stream = members->streams[each];
            for (uint32_t job = stream->since; job < group->pending; job++)
                one(group, stream, &group->jobs[job], outlet);
            stream->since = 0;
        }
    }
    cc_outlet_flush(outlet);
}

size_t cc_protect_single(cc_peer *peer, const uint8_t *packet, size_t size, uint8_t *out)
{
    size_t start = cc_payload_start(packet, size);
    if (start == 0)
        return 0;
    uint32_t ssrc = (uint32_t)packet[8] << 24 | (uint32_t)packet[9] << 16 | (uint32_t)packet[10] << 8 | packet[11];
    cc_source *source = cc_source_of(&peer->protection, ssrc);
    if (source == NULL)
        return 0;
    int64_t index = cc_source_extend(source, (uint16_t)(packet[2] << 8 | packet[3]));
    if (!source->known || index > source->highest) {
        source->highest = index;
        source->known = 1;
    }
    memcpy(out, packet, start);
    return cc_protect(&peer->protection, out, start, packet + start, size - start, ssrc, index);
}
