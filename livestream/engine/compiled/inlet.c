#include "inlet.h"

#include <errno.h>
#include <stddef.h>

int cc_inlet_read(cc_inlet *inlet, int fd)
{
    for (int at = 0; at < CC_BATCH; at++) {
        struct msghdr *header = &inlet->headers[at].msg_hdr;
        inlet->vectors[at].iov_base = inlet->data[at];
        inlet->vectors[at].iov_len = CC_DATAGRAM;
        header->msg_name = &inlet->addresses[at];
        header->msg_namelen = sizeof inlet->addresses[at];
        header->msg_iov = &inlet->vectors[at];
        header->msg_iovlen = 1;
        header->msg_control = NULL;
        header->msg_controllen = 0;
        header->msg_flags = 0;
    }
    /* An ICMP error surfaces once and says nothing new; what waits behind it must still be read. */
    for (int attempt = 0; attempt < 4; attempt++) {
        int count = recvmmsg(fd, inlet->headers, CC_BATCH, MSG_DONTWAIT, NULL);
        if (count >= 0)
            return count;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return 0;
    }
    return 0;
}
