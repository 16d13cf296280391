/* SRTP protection of outgoing packets (RFC 3711, RFC 7714) with the OpenSSL that is built into pylibsrtp.
 *
 * AES-128-GCM is done here, straight on EVP: per packet a nonce, the additional data, the payload and a tag. Every other
 * profile goes through libsrtp. Both come out of one shared object by name, so that building needs no header of either.
 */
#ifndef CLOSETCAST_PROTECT_H
#define CLOSETCAST_PROTECT_H

#include <stddef.h>
#include <stdint.h>

#define CC_TAG 16             /* bytes that AES-128-GCM appends */
#define CC_TRAILER 144        /* what libsrtp may append at most (SRTP_MAX_TRAILER_LEN) */
#define CC_SOURCES 8          /* sound, picture, their repeats, and room for as many again */

enum cc_keys { CC_NO_KEYS = 0, CC_GCM = 1, CC_LIBSRTP = 2, CC_PLAIN = 3 /* tests: what goes in comes out */ };

/* The highest extended sequence number sent of one SSRC: its upper bits are SRTP's rollover counter. */
typedef struct {
    int64_t highest;
    uint32_t ssrc;
    uint8_t known;
} cc_source;

typedef struct {
    void *cipher;               /* EVP_CIPHER_CTX with the session key */
    void *srtp;                 /* srtp_t, borrowed: whoever set it keeps it alive */
    uint8_t salt[12];
    uint8_t keys;               /* enum cc_keys */
    uint8_t used;               /* of sources */
    cc_source sources[CC_SOURCES];
} cc_protection;

/* Find the functions in the shared object at `path`. 0, or -1 when one is missing (older pylibsrtp). */
int cc_protect_load(const char *path);

/* Derive the session key and salt (RFC 3711 section 4.3, RFC 7714 section 11) from 16 bytes of master key and 12 of salt. 0 or -1. */
int cc_protection_gcm(cc_protection *protection, const uint8_t *master_key, const uint8_t *master_salt);
void cc_protection_free(cc_protection *protection);

/* The entry of an SSRC, made on first use; NULL when the table is full. */
cc_source *cc_source_of(cc_protection *protection, uint32_t ssrc);
/* The extended number that a 16-bit one stands for: the nearest to the highest sent (RFC 3711 section 3.3.1). */
int64_t cc_source_extend(const cc_source *source, uint16_t sequence);

/* Where the payload of a complete RTP packet begins; 0 when it is malformed. */
size_t cc_payload_start(const uint8_t *packet, size_t size);

/* Protect a packet whose header (`start` bytes) is complete at `out` and whose payload is `payload`; `out` has room for all
 * and CC_TRAILER. `index` is the extended sequence number. Returns the protected size, 0 where that is refused. */
size_t cc_protect(cc_protection *protection, uint8_t *out, size_t start, const uint8_t *payload, size_t payload_size,
                  uint32_t ssrc, int64_t index);

/* Verify and decrypt in place by libsrtp's session `srtp`, which also knows what has come before; `packet` is aligned to 4 bytes.
 * Returns the plain size, 0 where the packet is not authentic or not new. */
size_t cc_unprotect(void *srtp, uint8_t *packet, size_t size);

#endif
