#pragma once
/* The supervisor's loop: starts runners as the schedule allows, and turns what they report into events. */

#include "attempt/keeper.h"
#include "attempt/load.h"

/* `loader`: of load_begin; it has ended afterwards. `keeper`: checks begin when its services are ready, and are blocked without them. `begin`: when the attempt began, by clock_monotonic. -1 when the checker cannot be loaded (ERR_COURSE). */
int supervise(struct attempt *attempt, struct runner *loader, struct keeper *keeper, struct sink *const *sinks,
              size_t sink_count, double begin, struct attempt_summary *summary, struct err *err);
