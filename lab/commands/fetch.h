#pragma once
/* The part of lab fetch that brings images of services. Inside commands/ only. */

#include "commands/command.h"
#include "course/services.h"

/* Brings the images of these services, each once, as containers of them need: shows which there are, then fetches or
 * builds those that are not here. One that cannot be had is told on a line of its own, and the others go on; -1 then
 * says how many. */
int fetch_images(const struct context *context, const struct course *course, const struct service *const *services,
                 size_t count, struct err *err);
