/* RTP headers (RFC 3550 section 5.1) and header extensions (RFC 8285), as ``rtp.parse`` reads them. */
#ifndef CLOSETCAST_PARSE_H
#define CLOSETCAST_PARSE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t timestamp, ssrc;
    uint32_t payload_start, payload_end; /* offsets; padding lies outside */
    uint16_t sequence;
    uint8_t payload_type, marker;
    uint16_t count;                      /* of `identifiers` */
    uint8_t identifiers[256];            /* of the extensions that are there, each once */
    struct {
        uint32_t at;                     /* of the value, in the packet; 0: not there */
        uint32_t size;
    } extensions[256];                   /* by identifier; the last of several counts */
} cc_packet;

/* 1, or 0 when the packet is malformed. Reads nothing outside of the `size` bytes. */
int cc_parse(const uint8_t *data, size_t size, cc_packet *packet);

/* By function, so that the layout stays C's matter. */
static inline uint32_t cc_extension_at(const cc_packet *packet, uint8_t identifier) { return packet->extensions[identifier].at; }
static inline uint32_t cc_extension_size(const cc_packet *packet, uint8_t identifier)
{
    return packet->extensions[identifier].size;
}

#endif
