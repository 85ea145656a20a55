/* What stands in for namespaces where there are none: Landlock, which each program enters. */

#include <stdlib.h>

#include "box/internal.h"
#include "box/landlock.h"

/* Besides /proc and the devices that landlock.c allows: what programs look for on a machine. What is there and may not be read
 * is worse for them than what is not there, so that of /etc everything is listed that all users read as a matter of course. */
static const char *const system_paths[] = {
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/alternatives",
    "/etc/bash.bashrc",
    "/etc/ca-certificates",
    "/etc/debian_version",
    "/etc/fonts",
    "/etc/gai.conf",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/inputrc",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/magic",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/profile",
    "/etc/protocols",
    "/etc/python3",
    "/etc/python3.11",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/timezone",
};

int fences_open(struct box *box, struct err *err) {
    const struct walls *walls = box->config.walls;
    if (!walls || walls->namespaces || !walls->landlock) return 0;
    array(const char *) readable = {0}, writable = {0};
    for (size_t i = 0; i < LENGTH(system_paths); i++) *array_push(&readable) = system_paths[i];
    const struct box_folder *folder = box->config.folders;
    for (; folder && folder->path; folder++) {
        if (folder->use == BOX_READ)
            *array_push(&readable) = folder->path;
        else
            *array_push(&writable) = folder->path;
    }
    *array_push(&readable) = NULL;
    *array_push(&writable) = NULL;
    box->landlock = landlock_open(readable.items, writable.items, box->config.network, err);
    array_free(&readable);
    array_free(&writable);
    return box->landlock < 0 ? -1 : 0;
}
