#pragma once
/* `lab progress` without a verb: how far the learner is. Inside commands/ only. */

#include "commands/command.h"
#include "progress/track.h"

void progress_table_print(const struct track_standing *standing, const struct context *context);
void progress_table_print_json(const struct track_standing *standing, const struct course *course);
