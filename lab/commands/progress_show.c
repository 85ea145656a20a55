#include "commands/progress_show.h"

#include "commands/listing.h"
#include "commands/progress_page.h"
#include "commands/progress_survey.h"
#include "commands/progress_table.h"

static int show_course(const struct context *context, struct progress *progress, struct course *course,
                       const struct track *only, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    struct survey survey;
    struct chosen_role role;
    if (survey_course(&survey, progress, course, only, &arena, err) || learner_role(&role, progress, err)) return -1;
    for (size_t i = 0; i < survey.track_count; i++) {
        if (context->json) {
            progress_table_print_json(&survey.tracks[i], course);
        } else {
            if (i) putchar('\n');
            progress_table_print(&survey.tracks[i], context);
        }
    }
    if (context->json) {
        progress_survey_print_json(&survey, course, only);
        if (survey.skill_count) advice_print_json(&survey, &role, course);
    } else {
        progress_survey_print(&survey, context);
        progress_skills_print(&survey, &role, context);
    }
    return 0;
}

static int show_courses(const struct context *context, struct progress *progress, const struct library *library,
                        struct err *err) {
    bool several = library_opened(library) > 1;
    size_t shown = 0;
    for (size_t i = 0; i < library->count; i++) {
        const struct shelved *shelved = &library->items[i];
        struct err fault = ERR_INIT;
        if (!shelved->course) continue;
        if (several) listing_course(context, shelved->course, shown++);
        if (!show_course(context, progress, shelved->course, NULL, &fault)) continue;
        if (several) err_wrap(&fault, "the course %s", shelved->course->id);
        if (command_leave_out(context, shelved, &fault, err)) return -1;
    }
    return 0;
}

int progress_show(const struct context *context, const struct progress_request *request, struct err *err) {
    __attribute__((cleanup(progress_close_pointer))) struct progress *progress = NULL;
    scoped(library) library = {0};
    struct course *course = NULL;
    if (command_library(context, &library, err)) return -1;
    const struct track *only = request->track ? library_track(&library, request->track, &course, err) : NULL;
    if ((request->track && !only) || progress_open_usual(&progress, err)) return -1;
    if (request->html) return progress_page(context, request, progress, &library, course, only, err);
    return only ? show_course(context, progress, course, only, err) : show_courses(context, progress, &library, err);
}
