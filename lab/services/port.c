#include "services/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* Binds the port (0: any) as a server that is started anew would; its number, or 0. */
static int try_port(int port) {
    autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((in_port_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int yes = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes)) return 0;
    if (bind(fd, (struct sockaddr *)&address, len) || getsockname(fd, (struct sockaddr *)&address, &len)) return 0;
    return ntohs(address.sin_port);
}

bool port_is_free(int port) { return try_port(port) == port; }

int port_choose(int *port, int remembered, struct err *err) {
    *port = remembered && port_is_free(remembered) ? remembered : try_port(0);
    return *port ? 0 : err_errno(err, ERR_ENVIRONMENT, "no free port on 127.0.0.1");
}
