#include "box/filter.h"

#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fs.h"
#include "box/child.h"

IN_CHILD struct sock_fprog filter_program(enum box_network network) {
    const struct filter_code *code = &filter_codes[network];
    /* the kernel only reads, though its type does not say so */
    return (struct sock_fprog){(unsigned short)code->count, (struct sock_filter *)(uintptr_t)code->items};
}

IN_CHILD int filter_enter(enum box_network network) {
    struct sock_fprog program = filter_program(network);
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

int filter_descriptor(enum box_network network, struct err *err) {
    const struct filter_code *code = &filter_codes[network];
    autoclose int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0 || fs_write_all(fd, code->items, code->count * sizeof *code->items) || lseek(fd, 0, SEEK_SET))
        return err_errno(err, ERR_ENVIRONMENT, "cannot hold the filter of system calls in memory");
    return steal_fd(&fd);
}
