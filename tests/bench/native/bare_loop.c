/* What the machine can do: nothing but protecting and sending. One burst of packets per frame to every viewer, AES-128-GCM by
 * EVP, a viewer's burst as one message that the kernel cuts (UDP_SEGMENT), many messages per sendmmsg. No reading, no state.
 * Independent of the engine's own C on purpose. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SOL_UDP_ 17
#define UDP_SEGMENT_ 103
#define VIEWERS_PER_CALL 16

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* `ports`: viewers on 127.0.0.1; `burst` packets of `size` bytes (plain) `rate` times a second for `length` seconds, or as fast as
 * it goes for rate 0. Writes CPU seconds to *cpu, returns packets sent, -1 without OpenSSL. */
int64_t bare_loop(const char *library, const uint16_t *ports, int viewers, int burst, int size, double rate, double length,
                  double *cpu)
{
    void *object = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    if (object == NULL)
        return -1;
    void *(*ctx_new)(void) = dlsym(object, "EVP_CIPHER_CTX_new");
    void (*ctx_free)(void *) = dlsym(object, "EVP_CIPHER_CTX_free");
    const void *(*gcm)(void) = dlsym(object, "EVP_aes_128_gcm");
    int (*init)(void *, const void *, void *, const uint8_t *, const uint8_t *) = dlsym(object, "EVP_EncryptInit_ex");
    int (*update)(void *, uint8_t *, int *, const uint8_t *, int) = dlsym(object, "EVP_EncryptUpdate");
    int (*final)(void *, uint8_t *, int *) = dlsym(object, "EVP_EncryptFinal_ex");
    int (*ctrl)(void *, int, int, void *) = dlsym(object, "EVP_CIPHER_CTX_ctrl");
    if (!ctx_new || !ctx_free || !gcm || !init || !update || !final || !ctrl)
        return -1;
    int fd = socket(AF_INET, SOCK_DGRAM, 0), buffer = 4 << 20, segment = size + 16;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    uint8_t *payload = calloc(1, (size_t)size), key[16] = {1};
    uint8_t *arena = malloc((size_t)VIEWERS_PER_CALL * burst * segment);
    void **contexts = malloc(sizeof *contexts * (size_t)viewers);
    struct sockaddr_in *addresses = calloc((size_t)viewers, sizeof *addresses);
    struct mmsghdr headers[VIEWERS_PER_CALL];
    struct iovec vectors[VIEWERS_PER_CALL];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2)];
    } controls[VIEWERS_PER_CALL];
    for (int at = 0; at < viewers; at++) {
        key[1] = (uint8_t)at;
        key[2] = (uint8_t)(at >> 8);
        contexts[at] = ctx_new();
        uint8_t nonce[12] = {0};
        init(contexts[at], gcm(), NULL, key, nonce);
        addresses[at].sin_family = AF_INET;
        addresses[at].sin_port = htons(ports[at]);
        addresses[at].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    int64_t sent = 0;
    double begun = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_THREAD_CPUTIME_ID);
    for (int64_t frame = 0; seconds(CLOCK_MONOTONIC) - begun < length; frame++) {
        for (int from = 0; from < viewers; from += VIEWERS_PER_CALL) {
            int count = viewers - from < VIEWERS_PER_CALL ? viewers - from : VIEWERS_PER_CALL;
            uint8_t *out = arena;
            for (int each = 0; each < count; each++) {
                void *context = contexts[from + each];
                uint8_t *start = out;
                for (int packet = 0; packet < burst; packet++) {
                    uint32_t number = (uint32_t)(frame * burst + packet);
                    uint8_t header[12] = {0x80, 96, (uint8_t)(number >> 8), (uint8_t)number, (uint8_t)(frame >> 24),
                                          (uint8_t)(frame >> 16), (uint8_t)(frame >> 8), (uint8_t)frame, 0, 0, 0, 7};
                    uint8_t nonce[12] = {0, 0, 0, 0, 0, 7, (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                                         (uint8_t)number, 0, 0};
                    int written;
                    memcpy(out, header, 12);
                    init(context, NULL, NULL, NULL, nonce);
                    update(context, NULL, &written, out, 12);
                    update(context, out + 12, &written, payload + 12, size - 12);
                    final(context, out + size, &written);
                    ctrl(context, 0x10, 16, out + size);
                    out += segment;
                }
                vectors[each] = (struct iovec){start, (size_t)(out - start)};
                headers[each].msg_hdr = (struct msghdr){
                    .msg_name = &addresses[from + each], .msg_namelen = sizeof addresses[0], .msg_iov = &vectors[each],
                    .msg_iovlen = 1, .msg_control = controls[each].bytes, .msg_controllen = sizeof controls[each].bytes};
                struct cmsghdr *control = CMSG_FIRSTHDR(&headers[each].msg_hdr);
                uint16_t value = (uint16_t)segment;
                control->cmsg_level = SOL_UDP_;
                control->cmsg_type = UDP_SEGMENT_;
                control->cmsg_len = CMSG_LEN(2);
                memcpy(CMSG_DATA(control), &value, 2);
            }
            int took = sendmmsg(fd, headers, (unsigned)count, 0);
            if (took > 0)
                sent += (int64_t)took * burst;
        }
        if (rate > 0) {
            double wait = begun + (double)(frame + 1) / rate - seconds(CLOCK_MONOTONIC);
            if (wait > 0) {
                struct timespec pause = {(time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9)};
                nanosleep(&pause, NULL);
            }
        }
    }
    *cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - used;
    for (int at = 0; at < viewers; at++)
        ctx_free(contexts[at]);
    free(contexts);
    free(addresses);
    free(arena);
    free(payload);
    return sent;
}
