#include "box/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/mem.h"

static struct sockaddr_in address_of(uint16_t port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int open_socket(void) { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

/* A socket that has the port. */
static int bind_port(uint16_t port) {
    struct sockaddr_in address = address_of(port);
    autoclose int fd = open_socket();
    if (fd < 0) return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    return bind(fd, (const struct sockaddr *)&address, sizeof address) ? -1 : steal_fd(&fd);
}

int loopback_listen(uint16_t port) {
    autoclose int fd = bind_port(port);
    return fd < 0 || listen(fd, SOMAXCONN) ? -1 : steal_fd(&fd);
}

uint16_t loopback_free_port(uint16_t port) {
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    autoclose int fd = bind_port(port);
    return fd < 0 || getsockname(fd, (struct sockaddr *)&address, &size) ? 0 : ntohs(address.sin_port);
}

int loopback_connect(uint16_t port) {
    struct sockaddr_in address = address_of(port);
    autoclose int fd = open_socket();
    if (fd < 0) return -1;
    return connect(fd, (const struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS ? -1 : steal_fd(&fd);
}
