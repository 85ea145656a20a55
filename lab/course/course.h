#pragma once
/*
 * The model of a course: what tracks/ and exercises/ say, read, checked and linked. Everything of one course lives
 * in its arena and dies with course_free. Nothing here runs Lua, touches Python or writes.
 *
 * Loading has two depths, since listing 1 000 exercises must take milliseconds: course_open reads the tracks and
 * finds the exercise folders; an exercise is parsed when it is asked for.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "course/question.h"
#include "course/services.h"
#include "course/strings.h"
#include "course/tools.h"
#include "course/yaml.h"

enum phase { PHASE_DEVELOP, PHASE_DEPLOY, PHASE_MONITOR, PHASE_IMPROVE };
enum layer { LAYER_MLOPS, LAYER_LLMOPS, LAYER_AGENTICOPS };

enum { PHASE_COUNT = PHASE_IMPROVE + 1, LAYER_COUNT = LAYER_AGENTICOPS + 1, LEVEL_COUNT = 4 };

const char *phase_name(enum phase phase);
const char *layer_name(enum layer layer);
const char *layer_title(enum layer layer); /* "LLMOps" */
const char *level_title(int level);        /* of maturity: "pipeline automation" */

/* A hint: one rung of a ladder. */
struct hint {
    const char *when; /* reason code that selects it, or NULL: always part of the ladder */
    const char *say;
};
struct hints {
    struct hint *items;
    size_t count;
};

struct check {
    const char *id, *title;
    enum check_kind kind;
    struct question question; /* of all kinds but CHECK_LUA */
    int points;
    bool decisive, hidden;
    const char *tool;     /* of the exercise's tools, without which it is blocked; NULL: none of its own */
    bool bonus;           /* without points, and never counted, whatever comes of it */
    struct strings needs; /* ids of checks of the same exercise */
    const char *from;     /* the needed check whose scratch this one continues, or NULL */
    struct hints hints;
    struct yaml_position at; /* of its id in exercise.yaml */
};

/* What a program may reach over the network: others of its box, nothing, or what the machine reaches. */
enum network { NETWORK_LOOPBACK, NETWORK_NONE, NETWORK_OPEN };
const char *network_name(enum network network); /* "loopback", … as exercise.yaml has it */

/* What a run may use; the defaults of the design, or what `box:` says. */
struct box_settings {
    double timeout;               /* seconds a run */
    int64_t memory, disk, output; /* bytes */
    int64_t processes, files;
    enum network network;
};

struct exercise {
    const char *id, *title, *objective;
    const char *scope; /* what stands before the id where several courses are spoken of: "" or "COURSE/" */
    const char *key;   /* scope and id: what progress and workspaces know the exercise by */
    const char *name;  /* what a person types: the id, or COURSE/ID when another course has the same id */
    struct strings aliases;
    struct yaml_position aliases_at;
    int minutes, difficulty, level;
    enum phase phase;
    enum layer layer;
    struct strings skills;
    const char *python;       /* name of an environment, NULL: standard library only */
    struct strings shared;    /* programs of exercises/shared/ that the learner gets in tools/ */
    struct tools tools;       /* programs of the machine */
    struct strings images;    /* of containers, that builds and checks stand on */
    struct strings services;  /* of docker-compose.yml (services.h), that the learner and each attempt get */
    struct strings protected; /* patterns, restored from start/ before checking */
    struct box_settings box;
    struct hints hints;   /* the exercise's own ladder, behind each check's */
    struct check *checks; /* in the author's order */
    size_t check_count;
    int points;            /* sum over checks */
    const char *directory; /* …/exercises/ID */
    const char *file;      /* exercises/ID/exercise.yaml, from the course's folder, as shown in messages */
};

struct module {
    const char *id, *title;
    int level;
    struct strings exercises;
    struct yaml_position at;
};

struct track {
    const char *id, *title;
    struct strings audience;
    int module_min; /* % of the points in every module */
    struct module *modules;
    size_t module_count;
    const char *file; /* tracks/ID.yaml, from the course's folder */
};

#define COURSE_BUILT_IN "lab" /* id of the course that comes with lab */

struct course {
    struct arena arena;
    const char *id;                   /* what course.yaml says, else made of the folder's name */
    const char *title;                /* of course.yaml, or NULL */
    const char *lab;                  /* the version of lab that it needs, as written, or NULL */
    const char *scope;                /* of its exercises, see there */
    const struct strings *shared_ids; /* sorted ids that more than one course has, or NULL; they outlive the course */
    const char *directory;            /* absolute */
    int folder;                       /* the same, opened */
    struct track *tracks;             /* by the mean level of their modules, then by file name */
    size_t track_count;
    struct strings exercise_ids;      /* every folder of exercises/ with an exercise.yaml, sorted */
    struct exercise **loaded;         /* parallel to exercise_ids, NULL until asked for */
    const struct skill_table *skills; /* NULL until course_skills finds it, see course/skills.h */
    const char *found_python;         /* the environment that was found last: most exercises share one */
    struct services *services;        /* NULL until asked for, see services.h */
    bool services_faulty;             /* asked for, and docker-compose.yml has faults */
};

/* Who wants to hear of every fault of a course's files, one by one and however many, with their places; the texts last
 * until `hear` returns. Of what has a fault nothing is read into the model. */
struct course_listener {
    void (*hear)(void *context, const char *file, struct yaml_position at, const char *message);
    void *context;
};

/* Finds the course's folder: `given` (--course), else LAB_COURSE, else the nearest folder at or above the current
 * one that has tracks/ and exercises/, else the installed copy. The path is allocated in *directory. */
int course_find(char **directory, const char *given, struct err *err);

/* As course_find, but never the installed copy, for who writes into a course: NULL in *directory when there is no
 * other. */
int course_find_own(char **directory, const char *given, struct err *err);

/* Reads course.yaml, the tracks and the list of exercises. The scope is that of the id in course.yaml; "" when there is none,
 * or the id is COURSE_BUILT_IN. ERR_COURSE also when the course needs a newer lab. */
int course_open(struct course **course, const char *directory, struct err *err);

/* As course_open; faults of tracks are for the listener, and a track that has some is left out. */
int course_open_heard(struct course **course, const char *directory, const struct course_listener *listener,
                      struct err *err);

/* Names the course, which sets its id and scope. To be called before an exercise is asked for. */
void course_name(struct course *course, const char *name);

/* An id out of any text: lower-case letters and digits, all else made single dashes; "course" when nothing is left. Caller
 * frees. */
char *course_id_of(const char *text);
void course_free(struct course *course);
void course_release(struct course **course); /* cleanup: `__attribute__((cleanup(course_release)))` */

/* The exercise with this id or alias, parsed and checked on first use. ERR_USAGE with the nearest id when there is
 * none; ERR_COURSE with up to 20 located errors when its file is invalid. NULL on error. */
const struct exercise *course_exercise(struct course *course, const char *id, struct err *err);

/* Loads and cross-checks everything (tracks, exercises, aliases, unknown and duplicate ids): up to 20 errors. */
int course_validate(struct course *course, struct err *err);

/* exercise_ids.items[index], parsed and checked on first use; NULL when it has faults, which the listener hears. */
const struct exercise *course_exercise_heard(struct course *course, size_t index,
                                             const struct course_listener *listener);

/* Aliases that several of the exercises loaded so far have. */
void course_aliases_heard(const struct course *course, const struct course_listener *listener);

bool course_has(const struct course *course, const char *id); /* an exercise of this id, aliases apart */

const struct track *course_track(const struct course *course, const char *id, struct err *err);

const struct check *exercise_check(const struct exercise *exercise, const char *id); /* NULL when there is none */
size_t exercise_check_index(const struct exercise *exercise, const struct check *check);
bool exercise_asks(const struct exercise *exercise); /* some check is a question */
/* True when this check cannot run without the tool: it names it, or no check does. Questions need none. */
bool check_needs_tool(const struct check *check, const struct tool_need *tool);
bool exercise_runs_lua(const struct exercise *exercise); /* some check has a function in checker.lua */

/* Every check that counts is among those selected, which are parallel to the exercise's. */
bool exercise_covers(const struct exercise *exercise, const bool *selected);

/* Writes "file:line:col: message", the source line and a caret to err (ERR_COURSE), for a fault in exercise.yaml that
 * is found later than parsing, such as a check without a function. */
int course_error_at(const struct exercise *exercise, struct yaml_position at, struct err *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The ladder for a check that failed with a reason (may be NULL): first the check's hints for that reason, then its
 * general ones, then the exercise's. At most `most` are written; returns how many there are. */
size_t exercise_ladder(const struct exercise *exercise, const struct check *check, const char *reason,
                       const struct hint **ladder, size_t most);

/* Every file that a workspace starts with: start/, which an exercise of questions alone may lack, then tools/NAME for each
 * shared program, then the lesson as README.md and the questions as answers.yaml (unless start/ has them). `path` is
 * relative to the workspace. */
struct start_file {
    const char *path;
    const char *source; /* the file that it is a copy of, or NULL: `text` is what it holds */
    const char *text;
    bool executable, is_protected;
};
struct start_files {
    struct start_file *items;
    size_t count;
};
int exercise_start_files(struct start_files *files, const struct course *course, const struct exercise *exercise,
                         struct arena *arena, struct err *err);

/* Appends what the file holds, at most `most` bytes. */
int start_file_read(struct str *text, const struct start_file *file, size_t most, struct err *err);

/* The SHA-256 of what decides about the exercise's verdicts: its checks as exercise.yaml has them (ids, points, needs, from,
 * questions), checker.lua and private/. ERR_COURSE when one of them cannot be read. */
int exercise_fingerprint(const struct exercise *exercise, char hex[HASH_HEX_SIZE], struct err *err);

/* True when path is restored from the start before checking: it matches `protected`, or is a shared program's copy. */
bool exercise_protects(const struct exercise *exercise, const char *path);
