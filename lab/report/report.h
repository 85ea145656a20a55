#pragma once
/* Sinks of the event stream. */

#include "attempt/event.h"
#include "progress/progress.h"
#include "term/term.h"

/* Results for a person, as checks become final, in the author's order. */
struct report_terminal;
struct report_terminal *report_terminal_new(FILE *stream, struct term term, bool verbose, bool quiet);
struct sink *report_terminal_sink(struct report_terminal *report);
void report_terminal_free(struct report_terminal *report);

/* One JSON object a line on standard output. */
struct sink *report_json_sink(void);
json_t *report_json_event(const struct event *event); /* such an object; the caller's */

/* Stores the attempt in the progress database: begun with the first event, finished with the last. Its errors are kept for
 * report_progress_error, since a result must still be shown when it cannot be stored. */
struct report_progress;
struct report_progress *report_progress_new(struct progress *progress, const char *course);
struct sink *report_progress_sink(struct report_progress *report);
const struct err *report_progress_error(const struct report_progress *report); /* NULL when all went well */
void report_progress_free(struct report_progress *report);
