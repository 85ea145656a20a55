/* The filter as a file: apart from the rest, which the box's init has too. */

#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "box/filter.h"

int filter_descriptor(enum box_network network, struct err *err) {
    const struct filter_code *code = &filter_codes[network];
    autoclose int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0 || fs_write_all(fd, code->items, code->count * sizeof *code->items) || lseek(fd, 0, SEEK_SET))
        return err_errno(err, ERR_ENVIRONMENT, "cannot hold the filter of system calls in memory");
    return steal_fd(&fd);
}
