#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "box/init.h"

enum { DESCRIPTORS_MOST = 4 };

typedef __typeof__(((struct cmsghdr){0}).cmsg_len) length; /* size_t in glibc, socklen_t in musl and POSIX */

union control {
    char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MOST)];
    struct cmsghdr aligned;
};

ssize_t init_send(int socket, const void *data, size_t size, const int *descriptors, unsigned count) {
    union control control;
    struct iovec part = {(void *)(uintptr_t)data, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = (length)CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = &control.aligned;
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = (length)CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

static void take_descriptors(const struct cmsghdr *header, int *descriptors, unsigned count) {
    size_t came = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < came; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
        if (i < count)
            descriptors[i] = fd;
        else
            close(fd);
    }
}

ssize_t init_receive(int socket, void *data, size_t size, int *descriptors, unsigned count) {
    union control control;
    struct iovec part = {data, size};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    for (unsigned i = 0; i < count; i++) descriptors[i] = -1;
    ssize_t len;
    do len = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (len < 0 && errno == EINTR);
    const struct cmsghdr *header = len < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        take_descriptors(header, descriptors, count);
    return len;
}
