#pragma once
/* Functions whose misuse the compiler cannot see. Included by base/mem.h, hence everywhere. */

#include <stdio.h>
#include <string.h>

#pragma GCC poison strcpy strcat strtok sprintf vsprintf gets
