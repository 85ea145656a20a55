#pragma once
/* What single fields of docker-compose.yml cannot say. Inside course/ only. */

#include "course/course.h"
#include "course/problems.h"

/* Two services on one port, cycles, placeholders that nothing fills in, readiness that can never be seen. Faults are noted. */
void services_check(const struct course *course, const struct yaml_node *root, struct problems *problems);
