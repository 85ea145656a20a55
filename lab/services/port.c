#include "services/port.h"

#include "box/loopback.h"

bool port_is_free(int port) { return loopback_free_port((uint16_t)port) == port; }

int port_choose(int *port, int remembered, struct err *err) {
    *port = remembered && port_is_free(remembered) ? remembered : loopback_free_port(0);
    return *port ? 0 : err_errno(err, ERR_ENVIRONMENT, "no free port on 127.0.0.1");
}
