/* libFuzzer: any bytes as an RTP packet, through the parser and through everything that reads a complete packet. The copy has
 * exactly the size that is told, so that AddressSanitizer sees a single byte too many. */
#include <stdlib.h>
#include <string.h>

#include "fan.h"
#include "parse.h"

#define REQUIRE(condition) \
    if (!(condition)) \
    abort()

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > CC_LARGEST_PACKET)
        return 0;
    uint8_t *copy = malloc(size ? size : 1);
    uint8_t *out = malloc(size + CC_TRAILER);
    if (size)
        memcpy(copy, data, size);
    cc_packet packet;
    size_t start = cc_payload_start(copy, size);
    if (cc_parse(copy, size, &packet)) {
        REQUIRE(packet.payload_start >= 12 && packet.payload_start <= packet.payload_end && packet.payload_end <= size);
        REQUIRE(start == packet.payload_start);
        for (unsigned at = 0; at < packet.count; at++) {
            uint8_t identifier = packet.identifiers[at];
            size_t from = cc_extension_at(&packet, identifier), length = cc_extension_size(&packet, identifier);
            REQUIRE(from >= 16 && from + length <= packet.payload_start);
            volatile uint8_t sum = 0;
            for (size_t each = 0; each < length; each++)
                sum = (uint8_t)(sum + copy[from + each]);
        }
    }
    cc_peer peer;
    memset(&peer, 0, sizeof peer);
    peer.protection.keys = CC_PLAIN;
    size_t protected = cc_protect_single(&peer, copy, size, out);
    REQUIRE(protected == (start ? size : 0));
    REQUIRE(protected == 0 || memcmp(out, copy, size) == 0);
    free(out);
    free(copy);
    return 0;
}
