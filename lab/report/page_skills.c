/* The matrix of the page: skills by roles, what is earned and what is asked for. */

#include "report/page_inside.h"

/* Three dots: earned, asked for and not earned, neither. */
static void append_dots(struct str *out, int earned, int target, const char *label) {
    html_add(out, "<span class=\"dots\" role=\"img\" aria-label=\"%s\">", label);
    for (int i = 1; i <= SKILL_LEVEL_MOST; i++)
        html_add(out, "<i class=\"%s\"></i>", i <= earned ? "on" : i <= target ? "open" : "off");
    str_append(out, "</span>");
}

static void append_role_cell(struct str *out, const struct page *page, const struct skill_standing *standing,
                             enum role role) {
    int target = standing->skill->targets[role], earned = standing->level < target ? standing->level : target;
    char label[48];
    if (target)
        snprintf(label, sizeof label, "%d of the %d levels asked for", earned, target);
    else
        snprintf(label, sizeof label, "not asked for");
    html_add(out, "<td class=\"role%s\">", page->has_role && page->role == role ? " mine" : "");
    append_dots(out, earned, target, label);
    str_append(out, "</td>");
}

static void append_points_cell(struct str *out, const struct skill_standing *standing) {
    if (standing->count)
        html_add(out, "<td class=\"number\">%d/%d</td>", standing->tally.points, standing->tally.possible);
    else
        str_append(out, "<td class=\"number faint\">no exercise yet</td>");
}

static void append_stated_cell(struct str *out, const struct stated *stated, const char *skill) {
    int level = stated_level(stated, skill);
    if (level == STATED_NONE)
        str_append(out, "<td class=\"number faint\">\u2013</td>");
    else
        html_add(out, "<td class=\"number\">%d</td>", level);
}

static void append_skill(struct str *out, const struct page *page, const struct page_course *one,
                         const struct skill_standing *standing) {
    char label[32];
    snprintf(label, sizeof label, "level %d of %d", standing->level, SKILL_LEVEL_MOST);
    html_add(out, "<tr><th scope=\"row\">%s<small>%s</small></th>", standing->skill->id, standing->skill->what);
    append_points_cell(out, standing);
    str_append(out, "<td>");
    append_dots(out, standing->level, standing->level, label);
    str_append(out, "</td>");
    if (one->stated->root) append_stated_cell(out, one->stated, standing->skill->id);
    for (size_t i = 0; i < ROLE_COUNT; i++) append_role_cell(out, page, standing, (enum role)i);
    str_append(out, "</tr>\n");
}

static void append_heads(struct str *out, const struct page *page, const struct page_course *one) {
    str_append(
        out,
        "<thead><tr><th scope=\"col\">Skill</th><th scope=\"col\" class=\"number\">Points</th><th scope=\"col\">Level</th>");
    if (one->stated->root) str_append(out, "<th scope=\"col\" class=\"number\">Stated</th>");
    for (size_t i = 0; i < ROLE_COUNT; i++)
        html_add(out, "<th scope=\"col\" class=\"role%s\">%s</th>",
                 page->has_role && page->role == (enum role)i ? " mine" : "", role_title((enum role)i));
    str_append(out, "</tr></thead>\n");
}

/* How many of the skills that a role asks for are at their level. */
static void append_met(struct str *out, const struct survey *survey, enum role role) {
    int asked, met = survey_met(survey, role, &asked);
    html_add(out, "<li>%s: <b>%d</b> of %d skills at the level asked for</li>\n", role_title(role), met, asked);
}

void page_skills(struct str *out, const struct page *page, const struct page_course *one) {
    const struct survey *survey = one->survey;
    if (!survey->skill_count) return;
    str_append(out, "<section>\n<h2>Skills</h2>\n<ul class=\"roles\">\n");
    for (size_t i = 0; i < ROLE_COUNT; i++) append_met(out, survey, (enum role)i);
    str_append(
        out,
        "</ul>\n<div class=\"wide\"><table class=\"matrix\">\n<caption>Earned by exercises, and what each role asks "
        "for <span class=\"key\"><i class=\"on\"></i> earned <i class=\"open\"></i> asked for, not earned "
        "yet</span>");
    if (one->stated->root) str_append(out, " <span class=\"key\">Stated: the learner\u2019s own word.</span>");
    str_append(out, "</caption>\n");
    append_heads(out, page, one);
    str_append(out, "<tbody>\n");
    for (size_t i = 0; i < survey->skill_count; i++) append_skill(out, page, one, &survey->skills[i]);
    str_append(out, "</tbody>\n</table></div>\n</section>\n");
}
