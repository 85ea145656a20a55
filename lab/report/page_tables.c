/* The plain tables of the page: modules of the tracks, points by level, phase and layer, what was passed. */

#include <stdlib.h>

#include "report/page_inside.h"

/* ---- tracks ---- */

static void append_module(struct str *out, const struct module_standing *module, int mark) {
    if (!module->count) return;
    html_add(out, "<tr><th scope=\"row\">%s</th>", module->module->title);
    page_bar(out, module->percent, mark);
    html_add(out, "<td class=\"number\">%d/%d</td>", module->points, module->possible);
    if (module->passed)
        str_append(out, "<td class=\"good\">reached</td></tr>\n");
    else
        html_add(out, "<td>%d point%s to %d %%</td></tr>\n", module->missing, module->missing == 1 ? "" : "s", mark);
}

static void append_unjudged(struct str *out, const struct exercise_standing *one) {
    for (size_t i = 0; i < one->unjudged_count; i++)
        html_add(out, "<li>%s, \u201c%s\u201d: needs %s</li>\n", one->exercise->title, one->unjudged[i].check->title,
                 one->unjudged[i].needs ? one->unjudged[i].needs : "what that machine lacked");
}

static size_t count_unjudged(const struct track_standing *track) {
    size_t count = 0;
    for (size_t i = 0; i < track->track->module_count; i++)
        for (size_t k = 0; k < track->modules[i].count; k++) count += track->modules[i].exercises[k].unjudged_count;
    return count;
}

static void append_all_unjudged(struct str *out, const struct track_standing *track) {
    if (!count_unjudged(track)) return;
    str_append(out, "<p class=\"note\">Not judged on this machine:</p>\n<ul class=\"note\">\n");
    for (size_t i = 0; i < track->track->module_count; i++)
        for (size_t k = 0; k < track->modules[i].count; k++) append_unjudged(out, &track->modules[i].exercises[k]);
    str_append(out, "</ul>\n");
}

static void append_track(struct str *out, const struct track_standing *track) {
    int without = (int)(track->track->module_count - track->judged), reached = 0;
    for (size_t i = 0; i < track->track->module_count; i++) reached += track->modules[i].passed;
    html_add(out, "<article>\n<h3>%s <span class=\"badge%s\">%s</span></h3>\n", track->track->title,
             track->passed ? " good" : "", track->passed ? "completed" : "not yet");
    html_add(out, "<p>%d of %d modules at %d %% or more", reached, (int)track->judged, track->track->module_min);
    if (without) html_add(out, "; %d without exercises yet", without);
    str_append(
        out,
        ".</p>\n<div class=\"wide\"><table>\n<thead class=\"hidden\"><tr><th scope=\"col\">Module</th>"
        "<th scope=\"col\">Share</th><th scope=\"col\">Points</th><th scope=\"col\">State</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < track->track->module_count; i++)
        append_module(out, &track->modules[i], track->track->module_min);
    str_append(out, "</tbody>\n</table></div>\n");
    append_all_unjudged(out, track);
    str_append(out, "</article>\n");
}

void page_tracks(struct str *out, const struct survey *survey) {
    bool any = false;
    for (size_t i = 0; i < survey->track_count; i++) any |= survey->tracks[i].started;
    str_append(out, "<section>\n<h2>Tracks</h2>\n");
    for (size_t i = 0; i < survey->track_count; i++)
        if (survey->tracks[i].judged && (survey->tracks[i].started || !any)) append_track(out, &survey->tracks[i]);
    str_append(out, "</section>\n");
}

/* ---- levels, phases, layers ---- */

static void append_tally(struct str *out, const char *name, const struct tally *tally) {
    if (!tally->exercises) return;
    html_add(out, "<tr><th scope=\"row\">%s</th>", name);
    page_bar(out, percent_of(tally->points, tally->possible), 0);
    html_add(out, "<td class=\"number\">%d/%d</td></tr>\n", tally->passed, tally->exercises);
}

static void begin_tallies(struct str *out, const char *title) {
    html_add(out,
             "<table>\n<caption>%s</caption>\n<thead class=\"hidden\"><tr><th scope=\"col\">%s</th>"
             "<th scope=\"col\">Share of the points</th><th scope=\"col\">Passed</th></tr></thead>\n<tbody>\n",
             title, title);
}

static void end_tallies(struct str *out) { str_append(out, "</tbody>\n</table>\n"); }

static void append_levels(struct str *out, const struct survey *survey) {
    begin_tallies(out, "Maturity level");
    for (int i = 0; i < LEVEL_COUNT; i++) {
        autofree char *name = str_format("%d %s", i, level_title(i));
        append_tally(out, name, &survey->levels[i]);
    }
    end_tallies(out);
}

void page_tallies(struct str *out, const struct survey *survey) {
    str_append(out, "<section>\n<h2>Where the points lie</h2>\n<div class=\"beside\">\n");
    append_levels(out, survey);
    begin_tallies(out, "Phase of the life cycle");
    for (size_t i = 0; i < PHASE_COUNT; i++) append_tally(out, phase_name((enum phase)i), &survey->phases[i]);
    end_tallies(out);
    begin_tallies(out, "Layer");
    for (size_t i = 0; i < LAYER_COUNT; i++) append_tally(out, layer_title((enum layer)i), &survey->layers[i]);
    end_tallies(out);
    str_append(out, "</div>\n<p class=\"note\">" SURVEY_SCALE "</p>\n</section>\n");
}

/* ---- what was passed ---- */

static int by_time(const void *a, const void *b) {
    const struct exercise_standing *const *left = a, *const *right = b;
    int64_t x = (*left)->standing.passed_time, y = (*right)->standing.passed_time;
    return x != y ? (x < y ? -1 : 1) : strcmp((*left)->exercise->id, (*right)->exercise->id);
}

static void append_passed(struct str *out, const struct exercise_standing *one) {
    const struct exercise *exercise = one->exercise;
    char date[PAGE_DATE_SIZE];
    page_date(date, one->standing.passed_time);
    html_add(
        out,
        "<tr><td class=\"date\"><time datetime=\"%s\">%s</time></td><th scope=\"row\">%s<small>%s</small></th><td>",
        date, date, exercise->title, exercise->objective);
    for (size_t i = 0; i < exercise->skills.count; i++) html_add(out, "%s%s", i ? ", " : "", exercise->skills.items[i]);
    html_add(out, "</td><td class=\"number\">%d/%d</td></tr>\n", one->standing.best, one->standing.possible);
}

void page_exercises(struct str *out, const struct survey *survey) {
    str_append(out, "<section>\n<h2>Passed exercises</h2>\n");
    autofree const struct exercise_standing **passed = mem_alloc((survey->count + 1) * sizeof *passed);
    size_t count = 0;
    for (size_t i = 0; i < survey->count; i++)
        if (survey->exercises[i]->standing.passed) passed[count++] = survey->exercises[i];
    if (count) {
        qsort(passed, count, sizeof *passed, by_time);
        str_append(
            out, "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Date</th><th scope=\"col\">Exercise</th>"
                 "<th scope=\"col\">Skills</th><th scope=\"col\" class=\"number\">Points</th></tr></thead>\n<tbody>\n");
        for (size_t i = 0; i < count; i++) append_passed(out, passed[i]);
        str_append(out, "</tbody>\n</table></div>\n");
    } else {
        str_append(out, "<p>None yet.</p>\n");
    }
    str_append(out, "</section>\n");
}
