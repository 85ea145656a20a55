#include "box/filter.h"

#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>

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
