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

int loopback_listen(uint16_t port) {
    struct sockaddr_in address = address_of(port);
    autoclose int fd = open_socket();
    if (fd < 0) return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) || listen(fd, SOMAXCONN)) return -1;
    return steal_fd(&fd);
}

int loopback_connect(uint16_t port) {
    struct sockaddr_in address = address_of(port);
    autoclose int fd = open_socket();
    if (fd < 0) return -1;
    return connect(fd, (const struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS ? -1 : steal_fd(&fd);
}
