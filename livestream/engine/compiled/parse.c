#include "parse.h"

#include <string.h>

static void found(cc_packet *packet, uint8_t identifier, size_t at, size_t size)
{
    if (packet->extensions[identifier].at == 0)
        packet->identifiers[packet->count++] = identifier;
    packet->extensions[identifier].at = (uint32_t)at;
    packet->extensions[identifier].size = (uint32_t)size;
}

static int one_byte(const uint8_t *data, size_t at, size_t end, cc_packet *packet)
{
    while (at < end) {
        uint8_t head = data[at];
        if (head == 0) { /* padding */
            at++;
            continue;
        }
        if (head >> 4 == 15) /* stop here, ignore the rest */
            return 1;
        size_t size = (head & 0x0Fu) + 1;
        if (at + 1 + size > end)
            return 0;
        found(packet, head >> 4, at + 1, size);
        at += 1 + size;
    }
    return 1;
}

static int two_byte(const uint8_t *data, size_t at, size_t end, cc_packet *packet)
{
    while (at < end) {
        uint8_t identifier = data[at];
        if (identifier == 0) {
            at++;
            continue;
        }
        if (at + 2 > end)
            return 0;
        size_t size = data[at + 1];
        if (at + 2 + size > end)
            return 0;
        found(packet, identifier, at + 2, size);
        at += 2 + size;
    }
    return 1;
}

int cc_parse(const uint8_t *data, size_t size, cc_packet *packet)
{
    if (size < 12 || (data[0] & 0xC0) != 0x80)
        return 0;
    memset(packet, 0, sizeof *packet);
    packet->marker = data[1] >> 7;
    packet->payload_type = data[1] & 0x7F;
    packet->sequence = (uint16_t)(data[2] << 8 | data[3]);
    packet->timestamp = (uint32_t)data[4] << 24 | (uint32_t)data[5] << 16 | (uint32_t)data[6] << 8 | data[7];
    packet->ssrc = (uint32_t)data[8] << 24 | (uint32_t)data[9] << 16 | (uint32_t)data[10] << 8 | data[11];
    size_t start = 12 + 4 * (size_t)(data[0] & 0x0F);
    if (data[0] & 0x10) {
        if (size < start + 4)
            return 0;
        unsigned profile = (unsigned)(data[start] << 8 | data[start + 1]);
        size_t end = start + 4 + 4 * (size_t)(data[start + 2] << 8 | data[start + 3]);
        if (size < end)
            return 0;
        if (profile == 0xBEDE) {
            if (!one_byte(data, start + 4, end, packet))
                return 0;
        } else if ((profile & 0xFFF0) == 0x1000) {
            if (!two_byte(data, start + 4, end, packet))
                return 0;
        }
        start = end;
    }
    size_t end = size;
    if (data[0] & 0x20) {
        uint8_t padding = data[size - 1];
        if (padding == 0 || padding > end)
            return 0;
        end -= padding;
    }
    if (start > end)
        return 0;
    packet->payload_start = (uint32_t)start;
    packet->payload_end = (uint32_t)end;
    return 1;
}
