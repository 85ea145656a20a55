#pragma once
/* Which workspaces have services: services.json beside the progress database, so that all can be ended from anywhere. Inside services/
 * only. */

#include "base/beneath.h"
#include "base/err.h"

int registry_add(const char *workspace, struct err *err);

/* All of them, in order. A registry that cannot be read counts as empty: processes and containers are found without it. */
int registry_read(struct names *workspaces, struct err *err);

/* Forgets those that have no folder of services any more. */
int registry_tidy(struct err *err);
