/* The page as a whole: head, summary, courses, how it is counted. */

#include "report/page.h"

#include <string.h>

#include "base/clock.h"
#include "report/page_inside.h"

void page_date(char date[PAGE_DATE_SIZE], int64_t time) {
    char text[CLOCK_TEXT_SIZE];
    clock_format(time, text);
    snprintf(date, PAGE_DATE_SIZE, "%.10s", text);
}

void page_bar(struct str *out, int percent, int mark) {
    html_add(out, "<td class=\"bar\"><span style=\"--part: %d%%; --goal: %d%%\"></span></td>", percent, mark);
}

/* ---- head ---- */

static void append_style(struct str *out) {
    str_append(out, "<style>\n");
    str_append_bytes(out, page_style, (size_t)(page_style_end - page_style));
    str_append(out, "</style>\n");
}

static void append_head(struct str *out, const struct page *page) {
    str_append(
        out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
             "<meta name=\"generator\" content=\"lab " LAB_VERSION "\">\n");
    if (page->name)
        html_add(out, "<title>%s: progress in MLOps</title>\n", page->name);
    else
        str_append(out, "<title>Progress in MLOps</title>\n");
    append_style(out);
    str_append(out, "</head>\n<body>\n<main>\n");
}

/* ---- summary ---- */

static void append_figure(struct str *out, const char *value, const char *of, const char *label) {
    html_add(out, "<div><dt>%s</dt><dd><b>%s</b> %s</dd></div>\n", label, value, of);
}

static int certificates_of(const struct survey *survey, int *possible) {
    int reached = 0;
    for (size_t i = 0; i < survey->track_count; i++) {
        reached += survey->tracks[i].passed;
        *possible += survey->tracks[i].judged > 0;
    }
    return reached;
}

static double hours_of(const struct survey *survey) {
    double minutes = 0;
    for (size_t i = 0; i < survey->count; i++) minutes += survey->exercises[i]->standing.minutes;
    return minutes / 60;
}

static void append_figures(struct str *out, const struct page *page) {
    struct tally whole = {0};
    int certificates = 0, possible = 0;
    double hours = 0;
    for (size_t i = 0; i < page->count; i++) {
        const struct survey *survey = page->courses[i].survey;
        whole.passed += survey->whole.passed, whole.exercises += survey->whole.exercises;
        whole.points += survey->whole.points, whole.possible += survey->whole.possible;
        certificates += certificates_of(survey, &possible);
        hours += hours_of(survey);
    }
    char value[32], of[32];
    str_append(out, "<dl class=\"figures\">\n");
    snprintf(value, sizeof value, "%d", whole.passed);
    snprintf(of, sizeof of, "of %d", whole.exercises);
    append_figure(out, value, of, "exercises passed");
    snprintf(value, sizeof value, "%d", whole.points);
    snprintf(of, sizeof of, "of %d", whole.possible);
    append_figure(out, value, of, "points");
    snprintf(value, sizeof value, "%d", certificates);
    snprintf(of, sizeof of, "of %d", possible);
    append_figure(out, value, of, "tracks completed");
    snprintf(value, sizeof value, "%.1f", hours);
    append_figure(out, value, "h", "worked");
    str_append(out, "</dl>\n");
}

static const char *title_of(const struct course *course) { return course->title ? course->title : course->id; }

static void append_summary(struct str *out, const struct page *page) {
    char date[PAGE_DATE_SIZE];
    page_date(date, page->time);
    str_append(out, "<header>\n");
    if (page->name)
        html_add(out, "<p class=\"kicker\">Progress in MLOps</p>\n<h1>%s</h1>\n", page->name);
    else
        str_append(out, "<h1>Progress in MLOps</h1>\n");
    str_append(out, "<p class=\"lead\">");
    if (page->has_role) html_add(out, "%s \u00b7 ", role_title(page->role));
    if (page->count == 1) html_add(out, "%s \u00b7 ", title_of(page->courses[0].course));
    html_add(out, "<time datetime=\"%s\">%s</time></p>\n", date, date);
    append_figures(out, page);
    str_append(out, "</header>\n");
}

/* ---- courses ---- */

static void append_course(struct str *out, const struct page *page, const struct page_course *one) {
    if (page->count > 1) html_add(out, "<h2 class=\"course\">%s</h2>\n", title_of(one->course));
    page_tracks(out, one->survey);
    page_skills(out, page, one);
    page_tallies(out, one->survey);
    page_exercises(out, one->survey);
}

static void append_foot(struct str *out) {
    html_add(
        out,
        "<footer>\n<h2>How this is counted</h2>\n"
        "<p>Each exercise is checked by programs that run the work on data it has not seen. Its best attempt counts, less what "
        "hints cost. A track is completed on its weakest module: every module has to reach its mark. A skill is at "
        "level 1 from %d %%, at 2 from %d %% and at 3 from %d %% of the points of the exercises that train it, with at least %d of them passed.</p>\n"
        "<p>Written by lab " LAB_VERSION
        " from the record of attempts on the learner\u2019s own machine; nobody has signed it.</p>\n"
        "</footer>\n",
        SURVEY_LEVEL_1, SURVEY_LEVEL_2, SURVEY_LEVEL_3, SURVEY_PASSED_3);
}

void page_append(struct str *out, const struct page *page) {
    append_head(out, page);
    append_summary(out, page);
    for (size_t i = 0; i < page->count; i++) append_course(out, page, &page->courses[i]);
    append_foot(out);
    str_append(out, "</main>\n</body>\n</html>\n");
}
