#include "protect.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* EVP_CIPHER_CTX_ctrl command; part of OpenSSL's ABI since 1.0.1. */
#define GET_TAG 0x10

static struct {
    void *(*cipher_ctx_new)(void);
    void (*cipher_ctx_free)(void *);
    const void *(*aes_128_gcm)(void);
    const void *(*aes_128_ecb)(void);
    int (*encrypt_init)(void *, const void *, void *, const uint8_t *, const uint8_t *);
    int (*encrypt_update)(void *, uint8_t *, int *, const uint8_t *, int);
    int (*encrypt_final)(void *, uint8_t *, int *);
    int (*ctrl)(void *, int, int, void *);
    int (*srtp_protect)(void *, void *, int *);
    int (*srtp_unprotect)(void *, void *, int *);
} lib;

int cc_protect_load(const char *path)
{
    void *object = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    if (object == NULL)
        return -1;
    /* The object stays open: Python has loaded it too, and its code must outlive every session. */
#define FIND(field, name) \
    if ((*(void **)&lib.field = dlsym(object, name)) == NULL) \
        return -1
    FIND(cipher_ctx_new, "EVP_CIPHER_CTX_new");
    FIND(cipher_ctx_free, "EVP_CIPHER_CTX_free");
    FIND(aes_128_gcm, "EVP_aes_128_gcm");
    FIND(aes_128_ecb, "EVP_aes_128_ecb");
    FIND(encrypt_init, "EVP_EncryptInit_ex");
    FIND(encrypt_update, "EVP_EncryptUpdate");
    FIND(encrypt_final, "EVP_EncryptFinal_ex");
    FIND(ctrl, "EVP_CIPHER_CTX_ctrl");
    FIND(srtp_protect, "srtp_protect");
    FIND(srtp_unprotect, "srtp_unprotect");
#undef FIND
    return 0;
}

/* AES-CM as pseudo-random function: `size` (at most 16) bytes for `label`. */
static int derive(const uint8_t *master_key, const uint8_t *master_salt, uint8_t label, uint8_t *out, size_t size)
{
    uint8_t block[16] = {0}, stream[32];
    int written = 0, done = 0;
    memcpy(block, master_salt, 12); /* 96 bits of salt, then 16 zero bits, then the counter */
    block[7] ^= label;
    void *cipher = lib.cipher_ctx_new();
    if (cipher == NULL)
        return -1;
    if (lib.encrypt_init(cipher, lib.aes_128_ecb(), NULL, master_key, NULL) == 1 &&
        lib.encrypt_update(cipher, stream, &written, block, 16) == 1 && written == 16) {
        memcpy(out, stream, size);
        done = 1;
    }
    lib.cipher_ctx_free(cipher);
    return done ? 0 : -1;
}

int cc_protection_gcm(cc_protection *protection, const uint8_t *master_key, const uint8_t *master_salt)
{
    uint8_t key[16];
    if (derive(master_key, master_salt, 0x00, key, 16) || derive(master_key, master_salt, 0x02, protection->salt, 12))
        return -1;
    if (protection->cipher == NULL)
        protection->cipher = lib.cipher_ctx_new();
    if (protection->cipher == NULL)
        return -1;
    if (lib.encrypt_init(protection->cipher, lib.aes_128_gcm(), NULL, key, protection->salt) != 1)
        return -1;
    protection->keys = CC_GCM;
    return 0;
}

void cc_protection_free(cc_protection *protection)
{
    if (protection->cipher != NULL)
        lib.cipher_ctx_free(protection->cipher);
    protection->cipher = NULL;
    protection->srtp = NULL;
    protection->keys = CC_NO_KEYS;
}

cc_source *cc_source_of(cc_protection *protection, uint32_t ssrc)
{
    for (unsigned at = 0; at < protection->used; at++)
        if (protection->sources[at].ssrc == ssrc)
            return &protection->sources[at];
    if (protection->used == CC_SOURCES)
        return NULL;
    cc_source *source = &protection->sources[protection->used++];
    source->ssrc = ssrc;
    source->known = 0;
    source->highest = 0;
    return source;
}

int64_t cc_source_extend(const cc_source *source, uint16_t sequence)
{
    if (!source->known)
        return sequence;
    int64_t index = (source->highest & ~(int64_t)0xFFFF) | sequence;
    if (index > source->highest + 0x8000 && index >= 0x10000)
        index -= 0x10000;
    else if (index + 0x8000 < source->highest)
        index += 0x10000;
    return index;
}

size_t cc_payload_start(const uint8_t *packet, size_t size)
{
    if (size < 12 || (packet[0] & 0xC0) != 0x80)
        return 0;
    size_t start = 12 + 4 * (size_t)(packet[0] & 0x0F);
    if (packet[0] & 0x10) {
        if (size < start + 4)
            return 0;
        start += 4 + 4 * (size_t)(packet[start + 2] << 8 | packet[start + 3]);
    }
    return start <= size ? start : 0;
}

static size_t gcm(cc_protection *protection, uint8_t *out, size_t start, const uint8_t *payload, size_t payload_size,
                  uint32_t ssrc, int64_t index)
{
    /* RFC 7714 section 8.1: 00 00 | SSRC | rollover counter | sequence number, combined with the salt. */
    uint64_t number = (uint64_t)index & 0xFFFFFFFFFFFFu;
    uint8_t nonce[12] = {0, 0, (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc,
                         (uint8_t)(number >> 40), (uint8_t)(number >> 32), (uint8_t)(number >> 24),
                         (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    int written = 0;
    for (int at = 0; at < 12; at++)
        nonce[at] ^= protection->salt[at];
    void *cipher = protection->cipher;
    if (lib.encrypt_init(cipher, NULL, NULL, NULL, nonce) != 1)
        return 0;
    if (lib.encrypt_update(cipher, NULL, &written, out, (int)start) != 1)
        return 0;
    uint8_t *end = out + start;
    if (payload_size) {
        if (lib.encrypt_update(cipher, end, &written, payload, (int)payload_size) != 1)
            return 0;
        end += payload_size;
    }
    if (lib.encrypt_final(cipher, end, &written) != 1 || lib.ctrl(cipher, GET_TAG, CC_TAG, end) != 1)
        return 0;
    return start + payload_size + CC_TAG;
}

size_t cc_protect(cc_protection *protection, uint8_t *out, size_t start, const uint8_t *payload, size_t payload_size,
                  uint32_t ssrc, int64_t index)
{
    int size = (int)(start + payload_size);
    switch (protection->keys) {
    case CC_GCM:
        return gcm(protection, out, start, payload, payload_size, ssrc, index);
    case CC_LIBSRTP:
        memmove(out + start, payload, payload_size);
        return lib.srtp_protect(protection->srtp, out, &size) == 0 ? (size_t)size : 0;
    case CC_PLAIN:
        memmove(out + start, payload, payload_size);
        return (size_t)size;
    default:
        return 0;
    }
}

size_t cc_unprotect(void *srtp, uint8_t *packet, size_t size)
{
    int length = (int)size;
    return lib.srtp_unprotect(srtp, packet, &length) == 0 && length > 0 ? (size_t)length : 0;
}
