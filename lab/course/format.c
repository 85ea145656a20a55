#include "course/format.h"

#include "course/course.h"
#include "course/services.h"
#include "course/skills.h"
#include "course/variants.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define COUNT(rows)      (sizeof(rows) / sizeof *(rows))
#define AT(type, member) .offset = offsetof(struct type, member)
#define ENUM(list)       .names = (list), .name_count = COUNT(list)

enum { LINE_MOST = 200, TEXT_MOST = 4000 };

static const char *const phases[] = {"develop", "deploy", "monitor", "improve"};
static const char *const networks[] = {"loopback", "none", "open"};
static const char *const kinds[] = {"lua", "choice", "number", "text"};
static const char *const layers[] = {"mlops", "llmops", "agenticops"};

static const char *const layer_titles[] = {"MLOps", "LLMOps", "AgenticAIOps"};
static const char *const level_titles[] = {"manual", "pipeline automation", "automated CI/CD", "automated retraining"};

const char *network_name(enum network network) { return networks[network]; }
const char *check_kind_name(enum check_kind kind) { return kinds[kind]; }
const char *phase_name(enum phase phase) { return phases[phase]; }
const char *layer_name(enum layer layer) { return layers[layer]; }
const char *layer_title(enum layer layer) { return layer_titles[layer]; }
const char *level_title(int level) { return level_titles[level]; }

/* ---- exercises ---- */

static const struct field hint_fields[] = {
    {"when", FIELD_ID, AT(hint, when), .doc = "the reason code that selects this hint"},
    {"say", FIELD_TEXT, AT(hint, say), .required = true, .most = TEXT_MOST, .doc = "the hint itself"},
};
static const struct fields hint_format = {.what = "a hint",
                                          .items = hint_fields,
                                          .count = COUNT(hint_fields),
                                          .size = sizeof(struct hint),
                                          .bare = &hint_fields[1]};

static const struct field choice_fields[] = {
    {"id", FIELD_ID, AT(choice, id),
     .doc = "what answers.yaml names it by, and its reason code; else a letter, in order"},
    {"text", FIELD_TEXT, AT(choice, text), .required = true, .most = TEXT_MOST, .doc = "the answer, as it is shown"},
    {"right", FIELD_BOOLEAN, AT(choice, right), .doc = "it is right; of several right ones any will do"},
    {"feedback", FIELD_TEXT, AT(choice, feedback), .most = TEXT_MOST, .doc = "what who chose it is told"},
};
static const struct fields choice_format = {
    .what = "an option", .items = choice_fields, .count = COUNT(choice_fields), .size = sizeof(struct choice)};

static const struct field feedback_fields[] = {
    {"near", FIELD_SCALAR, AT(feedback, near), .most = LINE_MOST,
     .doc = "the wrong answer that it is for; none: every one that no other is for"},
    {"say", FIELD_TEXT, AT(feedback, say), .required = true, .most = TEXT_MOST, .doc = "what the learner is told"},
    {"reason", FIELD_ID, AT(feedback, reason), .doc = "the reason code that it gives"},
};
static const struct fields feedback_format = {.what = "a feedback",
                                              .items = feedback_fields,
                                              .count = COUNT(feedback_fields),
                                              .size = sizeof(struct feedback),
                                              .bare = &feedback_fields[1]};

/* A check and its question are one map. */
static const struct field check_fields[] = {
    {"id", FIELD_ID, AT(check, id), .required = true, .doc = "names the check, and its function in checker.lua"},
    {"title", FIELD_LINE, AT(check, title), .required = true, .most = LINE_MOST, .doc = "what is promised"},
    {"kind", FIELD_ENUM, AT(check, kind), .otherwise = CHECK_LUA, ENUM(kinds),
     .doc = "a function of checker.lua, or a question that answers.yaml answers"},
    {"points", FIELD_INTEGER, AT(check, points), .required = true, .least = 0, .most = 1000, .doc = "for passing"},
    {"decisive", FIELD_BOOLEAN, AT(check, decisive), .doc = "the untouched start may not pass it"},
    {"hidden", FIELD_BOOLEAN, AT(check, hidden), .doc = "title and verdict are shown, no detail"},
    {"tool", FIELD_TOOL, AT(check, tool),
     .doc = "one of `requires.tools`, or docker, that only the checks which name it need"},
    {"bonus", FIELD_BOOLEAN, AT(check, bonus), .doc = "beyond the exercise: no points, and it never counts"},
    {"needs", FIELD_IDS, AT(check, needs), .most = 100, .doc = "checks that must pass before"},
    {"from", FIELD_ID, AT(check, from), .doc = "the needed check whose scratch this one continues"},
    {"hints", FIELD_LIST, AT(check, hints), .most = 50, .nested = &hint_format, .doc = "the check's own ladder"},
    {"question", FIELD_TEXT, AT(check, question.asks), .most = TEXT_MOST, .doc = "of a question: what is asked"},
    {"options", FIELD_LIST, AT(check, question.choices), .least = 2, .most = 20, .nested = &choice_format,
     .doc = "of a choice: the answers to choose from"},
    {"answer", FIELD_NUMBER, AT(check, question.answer), .doc = "of a number: the right one"},
    {"within", FIELD_NUMBER, AT(check, question.within), .least = 0, .most = 1000000000,
     .doc = "of a number: how far from it is right, too"},
    {"percent", FIELD_NUMBER, AT(check, question.percent), .least = 0, .most = 100,
     .doc = "of a number, instead of `within`: the same, in per cent of it"},
    {"unit", FIELD_LINE, AT(check, question.unit), .most = 40, .doc = "of a number: its unit, for people"},
    {"accept", FIELD_LINES, AT(check, question.accept), .least = 1, .most = 50,
     .doc = "of a text: right answers, in any case and spacing; `*` stands for any text"},
    {"feedback", FIELD_LIST, AT(check, question.feedback), .most = 50, .nested = &feedback_format,
     .doc = "of a number or text: what wrong answers are told, the first that fits"},
};
static const struct fields check_format = {.what = "a check",
                                           .items = check_fields,
                                           .count = COUNT(check_fields),
                                           .size = sizeof(struct check),
                                           .placed = "id",
                                           .place = offsetof(struct check, at)};

static const struct field box_fields[] = {
    {"timeout", FIELD_SECONDS, AT(box_settings, timeout), .least = 1, .most = 3600, .otherwise = 60,
     .doc = "seconds a run may take"},
    {"memory", FIELD_SIZE, AT(box_settings, memory), .least = 16 * MIB, .most = 64 * GIB, .otherwise = GIB,
     .doc = "memory of all processes together"},
    {"processes", FIELD_COUNT, AT(box_settings, processes), .least = 1, .most = 4096, .otherwise = 128,
     .doc = "processes and threads at once"},
    {"disk", FIELD_SIZE, AT(box_settings, disk), .least = MIB, .most = 64 * GIB, .otherwise = 512 * MIB,
     .doc = "bytes written"},
    {"files", FIELD_COUNT, AT(box_settings, files), .least = 1, .most = 1000000, .otherwise = 20000,
     .doc = "files written"},
    {"output", FIELD_SIZE, AT(box_settings, output), .least = KIB, .most = 16 * MIB, .otherwise = MIB,
     .doc = "output kept, of its head and tail"},
    {"network", FIELD_ENUM, AT(box_settings, network), .otherwise = NETWORK_LOOPBACK, ENUM(networks),
     .doc = "what programs may reach"},
};
static const struct fields box_format = {
    .what = "'box'", .items = box_fields, .count = COUNT(box_fields), .size = sizeof(struct box_settings)};

/* The keys of `requires` lie in the exercise itself. */
static const struct field requires_fields[] = {
    {"python", FIELD_ID, AT(exercise, python), .doc = "an environment of exercises/environments/"},
    {"shared", FIELD_NAMES, AT(exercise, shared), .most = 50, .doc = "programs of exercises/shared/, copied to tools/"},
    {"tools", FIELD_TOOLS, AT(exercise, tools), .most = 20,
     .doc = "programs of the machine, as `promtool >= 2.40` or `terraform`: without them checks are blocked"},
    {"images", FIELD_IMAGES, AT(exercise, images), .most = 20,
     .doc = "images of containers that builds stand on, as `python:3.11-slim-bookworm`: `lab fetch` brings them"},
    {"services", FIELD_IDS, AT(exercise, services), .most = ATTEMPT_SERVICES_MOST,
     .doc = "services of docker-compose.yml: the learner has one to play with, each attempt a fresh one"},
};
static const struct fields requires_format = {
    .what = "'requires'", .items = requires_fields, .count = COUNT(requires_fields), .size = sizeof(struct exercise)};

_Static_assert(offsetof(struct question, choice_count) == offsetof(struct question, choices) + sizeof(void *) &&
                   offsetof(struct question, feedback_count) == offsetof(struct question, feedback) + sizeof(void *),
               "a list's count stands next to its items");

_Static_assert(offsetof(struct exercise, check_count) == offsetof(struct exercise, checks) + sizeof(void *),
               "a list's count stands next to its items");

static const struct field exercise_fields[] = {
    {"format", FIELD_FORMAT, .required = true, .least = 1, .doc = "the version of this format"},
    {"id", FIELD_ID, AT(exercise, id), .required = true, .doc = "the folder's name; never changes"},
    {"aliases", FIELD_IDS, AT(exercise, aliases), .most = 20, .doc = "former ids"},
    {"title", FIELD_LINE, AT(exercise, title), .required = true, .most = LINE_MOST, .doc = "a short title"},
    {"objective", FIELD_TEXT, AT(exercise, objective), .required = true, .most = TEXT_MOST,
     .doc = "what the learner's work will do"},
    {"minutes", FIELD_INTEGER, AT(exercise, minutes), .required = true, .least = 1, .most = 600, .doc = "to plan for"},
    {"difficulty", FIELD_INTEGER, AT(exercise, difficulty), .required = true, .least = 1, .most = 3, .otherwise = 1,
     .doc = "1 easy, 3 hard"},
    {"level", FIELD_INTEGER, AT(exercise, level), .required = true, .least = 0, .most = 3,
     .doc = "the maturity level that it reaches"},
    {"phase", FIELD_ENUM, AT(exercise, phase), .required = true, ENUM(phases), .doc = "of the lifecycle"},
    {"layer", FIELD_ENUM, AT(exercise, layer), .required = true, ENUM(layers), .doc = "of operations"},
    {"skills", FIELD_IDS, AT(exercise, skills), .most = 50, .doc = "that it trains"},
    {"requires", FIELD_MAP, .nested = &requires_format, .doc = "what the exercise needs"},
    {"protected", FIELD_PATHS, AT(exercise, protected), .most = 200,
     .doc = "patterns of files restored before checking"},
    {"box", FIELD_MAP, AT(exercise, box), .nested = &box_format, .doc = "limits of a run"},
    {"hints", FIELD_LIST, AT(exercise, hints), .most = 50, .nested = &hint_format, .doc = "the exercise's ladder"},
    {"checks", FIELD_LIST, AT(exercise, checks), .required = true, .least = 1, .most = 100, .nested = &check_format,
     .doc = "what is checked"},
};
const struct fields exercise_format = {
    .what = "the exercise", .items = exercise_fields, .count = COUNT(exercise_fields), .size = sizeof(struct exercise)};

/* ---- tracks ---- */

static const struct field module_fields[] = {
    {"id", FIELD_ID, AT(module, id), .required = true, .doc = "names the module within its track"},
    {"title", FIELD_LINE, AT(module, title), .required = true, .most = LINE_MOST, .doc = "a short title"},
    {"level", FIELD_INTEGER, AT(module, level), .required = true, .least = 0, .most = 3,
     .doc = "the maturity level that it reaches"},
    {"exercises", FIELD_IDS, AT(module, exercises), .required = true, .most = 1000,
     .doc = "in the order in which they are done"},
};
static const struct fields module_format = {.what = "a module",
                                            .items = module_fields,
                                            .count = COUNT(module_fields),
                                            .size = sizeof(struct module),
                                            .placed = "id",
                                            .place = offsetof(struct module, at)};

/* The keys of `pass` lie in the track itself. */
static const struct field pass_fields[] = {
    {"module_min", FIELD_INTEGER, AT(track, module_min), .least = 0, .most = 100, .otherwise = 60,
     .doc = "per cent of the points, in every module"},
};
static const struct fields pass_format = {
    .what = "'pass'", .items = pass_fields, .count = COUNT(pass_fields), .size = sizeof(struct track)};

_Static_assert(offsetof(struct track, module_count) == offsetof(struct track, modules) + sizeof(void *),
               "a list's count stands next to its items");

static const struct field track_fields[] = {
    {"format", FIELD_FORMAT, .required = true, .least = 1, .doc = "the version of this format"},
    {"id", FIELD_ID, AT(track, id), .required = true, .doc = "the file's name"},
    {"title", FIELD_LINE, AT(track, title), .required = true, .most = LINE_MOST, .doc = "a short title"},
    {"audience", FIELD_LINES, AT(track, audience), .most = 20, .doc = "roles that it is made for"},
    {"pass", FIELD_MAP, .nested = &pass_format, .doc = "what a certificate takes"},
    {"modules", FIELD_LIST, AT(track, modules), .required = true, .least = 1, .most = 100, .nested = &module_format,
     .doc = "in the order in which they are done"},
};
const struct fields track_format = {
    .what = "the track", .items = track_fields, .count = COUNT(track_fields), .size = sizeof(struct track)};

/* ---- courses ---- */

static const struct field course_fields[] = {
    {"format", FIELD_FORMAT, .required = true, .least = 1, .doc = "the version of this format"},
    {"id", FIELD_ID, AT(course, id), .required = true, .doc = "names the course beside others; never changes"},
    {"title", FIELD_LINE, AT(course, title), .required = true, .most = LINE_MOST, .doc = "a short title"},
    {"lab", FIELD_LINE, AT(course, lab), .most = LINE_MOST, .doc = "the version of lab that it needs, as \">= 0.1\""},
};
const struct fields course_format = {
    .what = "the course", .items = course_fields, .count = COUNT(course_fields), .size = sizeof(struct course)};

/* ---- wrong variants ---- */

static const struct field wrong_fields[] = {
    {"why", FIELD_TEXT, AT(wrong, why), .required = true, .most = TEXT_MOST, .doc = "what is wrong with this work"},
    {"fails", FIELD_IDS, AT(wrong, fails), .required = true, .least = 1, .most = 100,
     .doc = "the checks that must fail"},
    {"reason", FIELD_ID, AT(wrong, reason), .doc = "the reason code that one of them gives"},
    {"message", FIELD_LINE, AT(wrong, message), .most = LINE_MOST, .doc = "text that the failure of one of them holds"},
};
const struct fields wrong_format = {.what = "the wrong variant",
                                    .items = wrong_fields,
                                    .count = COUNT(wrong_fields),
                                    .size = sizeof(struct wrong),
                                    .placed = "fails",
                                    .place = offsetof(struct wrong, fails_at)};

/* ---- skills ---- */

static const struct field target_fields[] = {
    {"practitioner", FIELD_INTEGER, AT(skill, targets[ROLE_PRACTITIONER]), .required = true, .most = SKILL_LEVEL_MOST,
     .doc = "the level that an MLOps Practitioner needs"},
    {"mlops-engineer", FIELD_INTEGER, AT(skill, targets[ROLE_MLOPS_ENGINEER]), .required = true,
     .most = SKILL_LEVEL_MOST, .doc = "the level that an MLOps Engineer needs"},
    {"ai-platform-engineer", FIELD_INTEGER, AT(skill, targets[ROLE_AI_PLATFORM_ENGINEER]), .required = true,
     .most = SKILL_LEVEL_MOST, .doc = "the level that an AI Platform Engineer needs"},
};
static const struct fields target_format = {
    .what = "'targets'", .items = target_fields, .count = COUNT(target_fields), .size = sizeof(struct skill)};

/* The keys of `targets` lie in the skill itself. */
static const struct field skill_fields[] = {
    {"id", FIELD_ID, AT(skill, id), .required = true, .doc = "what `skills` of exercises names it by"},
    {"what", FIELD_LINE, AT(skill, what), .required = true, .most = LINE_MOST, .doc = "what it takes"},
    {"targets", FIELD_MAP, .required = true, .nested = &target_format, .doc = "the level that each role needs"},
};
static const struct fields skill_format = {.what = "a skill",
                                           .items = skill_fields,
                                           .count = COUNT(skill_fields),
                                           .size = sizeof(struct skill),
                                           .placed = "id",
                                           .place = offsetof(struct skill, at)};

/* The keys of `stated` lie in the table itself. */
static const struct field stated_fields[] = {
    {"exercise", FIELD_ID, AT(skill_table, stated.exercise), .required = true,
     .doc = "the exercise in which learners state their levels"},
    {"file", FIELD_LINE, AT(skill_table, stated.file), .required = true, .most = LINE_MOST,
     .doc = "the file of its workspace that holds them"},
};
static const struct fields stated_format = {.what = "'stated'",
                                            .items = stated_fields,
                                            .count = COUNT(stated_fields),
                                            .size = sizeof(struct skill_table),
                                            .placed = "exercise",
                                            .place = offsetof(struct skill_table, stated.at)};

_Static_assert(offsetof(struct skill_table, count) == offsetof(struct skill_table, items) + sizeof(void *),
               "a list's count stands next to its items");

static const struct field skills_fields[] = {
    {"format", FIELD_FORMAT, .required = true, .least = 1, .doc = "the version of this format"},
    {"stated", FIELD_MAP, .nested = &stated_format, .doc = "where learners state their levels"},
    {"skills", FIELD_LIST, AT(skill_table, items), .required = true, .least = 1, .most = 200, .nested = &skill_format,
     .doc = "in the order in which they are shown"},
};
const struct fields skills_format = {.what = "the skills table",
                                     .items = skills_fields,
                                     .count = COUNT(skills_fields),
                                     .size = sizeof(struct skill_table)};

/* ---- services: x-lab of docker-compose.yml ---- */

static const struct field ready_fields[] = {
    {"http", FIELD_LINE, AT(readiness, http), .most = LINE_MOST,
     .doc = "a path that is answered with a status from 200 to 399"},
    {"tcp", FIELD_BOOLEAN, AT(readiness, tcp), .doc = "its port takes a connection"},
    {"exec", FIELD_LINES, AT(readiness, exec), .least = 1, .most = 50, .doc = "a program that exits with 0"},
    {"within", FIELD_SECONDS, AT(readiness, within), .least = 1, .most = 600, .otherwise = 60,
     .doc = "seconds from its start"},
};
static const struct fields ready_format = {
    .what = "'ready'", .items = ready_fields, .count = COUNT(ready_fields), .size = sizeof(struct readiness)};

static const struct field service_fields[] = {
    {"title", FIELD_LINE, AT(service, title), .required = true, .most = LINE_MOST, .doc = "what it is, in a few words"},
    {"native", FIELD_LINES, AT(service, native), .least = 1, .most = 100,
     .doc = "the program and its arguments, run without a container; `{port}`, `{data}` and `{shared}` are filled in"},
    {"prepare", FIELD_LINES, AT(service, prepare), .least = 1, .most = 100,
     .doc = "a program that fills an empty data folder before the first start"},
    {"seed", FIELD_LINES, AT(service, seed), .least = 1, .most = 100,
     .doc = "a program that fills a new instance once it is ready; it sees what `gives` says"},
    {"python", FIELD_ID, AT(service, python), .doc = "an environment of exercises/environments/, for these programs"},
    {"program", FIELD_LINE, AT(service, program), .most = LINE_MOST, .doc = "a program that the machine must have"},
    {"package", FIELD_LINE, AT(service, package), .most = LINE_MOST, .doc = "the package of Debian that brings it"},
    {"port", FIELD_INTEGER, AT(service, port), .required = true, .least = 1024, .most = 65535,
     .doc = "where it listens within a container, and within a check's box"},
    {"ready", FIELD_MAP, AT(service, ready), .required = true, .nested = &ready_format, .doc = "when it can be used"},
    {"env", FIELD_LINES, AT(service, env), .most = 50, .doc = "its own variables, as NAME=value"},
    {"gives", FIELD_LINES, AT(service, gives), .most = 50,
     .doc = "variables that its users see, as NAME=value with `{port}`"},
    {"memory", FIELD_SIZE, AT(service, memory), .least = 16 * MIB, .most = 64 * GIB, .otherwise = GIB,
     .doc = "memory that the instance of an attempt may use"},
    {"play_only", FIELD_BOOLEAN, AT(service, play_only), .doc = "for the learner alone; no exercise may require it"},
};
const struct fields service_format = {
    .what = "x-lab", .items = service_fields, .count = COUNT(service_fields), .size = sizeof(struct service)};
