#include "base/machine.h"

#include <unistd.h>

unsigned machine_cores(unsigned most) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : (unsigned long)cores > most ? most : (unsigned)cores;
}
