/* The table of commands, and nothing else. */

#include "commands/author.h"
#include "commands/commands.h"
#include "commands/course.h"
#include "commands/services.h"

#include <locale.h>
#include <signal.h>

static const struct command table[] = {
    {"tracks", "", "the tracks, their modules and points", "choose", &tracks_options, 0, 0, cmd_tracks, NULL},
    {"list", "[TRACK]", "the exercises", "choose", &list_options, 0, 1, cmd_list, NULL},
    {"show", "EX", "what an exercise is about, and its checks", "choose", &show_options, 0, 1, cmd_show, NULL},
    {"next", "", "what to do next, and why", "choose", &next_options, 0, 0, cmd_next, NULL},
    {"start", "EX", "make the workspace of an exercise", "work", &start_options, 1, 1, cmd_start, NULL},
    {"check", "[EX]", "run the checks on your work", "work", &check_options, 0, 1, cmd_check, NULL},
    {"answer", "[EX] [CHECK VALUE]", "answer the questions of an exercise", "work", &answer_options, 0, 3, cmd_answer,
     NULL},
    {"hint", "[EX]", "the next hint for the first failing check", "work", &hint_options, 0, 1, cmd_hint, NULL},
    {"shell", "[EX]", "a shell in the exercise's environment", "work", &shell_options, 0, 1, cmd_shell, NULL},
    {"run", "[EX] -- COMMAND…", "one command in the exercise's environment", "work", &run_options, 1, ANY_NUMBER,
     cmd_run, NULL},
    {"services", "[VERB]", "the services that you play with: start, stop, status, logs, env", "work", &no_options, 0, 0,
     NULL, &services_verbs},
    {"history", "[EX]", "your attempts", "look back", &history_options, 0, 1, cmd_history, NULL},
    {"diff", "[N|start|solution]", "what changed since an attempt", "look back", &diff_options, 0, 1, cmd_diff, NULL},
    {"restore", "N [FILE]", "bring back the work of an attempt", "look back", &restore_options, 1, 2, cmd_restore,
     NULL},
    {"reset", "[FILE]", "back to the start; undone by restore", "look back", &reset_options, 0, 1, cmd_reset, NULL},
    {"progress", "[TRACK | export|import|merge|recover [FILE]]", "points by track, module, level, phase and layer",
     "look back", &progress_options, 0, 2, cmd_progress, NULL},
    {"skills", "", "the skills that a role needs, what you earned of them, and what trains the weakest", "look back",
     &skills_options, 0, 0, cmd_skills, NULL},
    {"author", "VERB", "write and prove exercises", "teach", &no_options, 0, 0, NULL, &author_verbs},
    {"course", "VERB", "the courses that you have", "look after", &no_options, 0, 0, NULL, &course_verbs},
    {"fetch", "[TRACK | EX…]", "bring here what exercises need from the network", "look after", &fetch_options, 0, 100,
     cmd_fetch, NULL},
    {"down", "", "end all services of all workspaces", "look after", &down_options, 0, 0, cmd_down, NULL},
    {"doctor", "", "what this machine has, lacks, and how to mend it", "look after", &doctor_options, 0, 0, cmd_doctor,
     NULL},
};

int main(int argc, char **argv) {
    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    return command_main(table, sizeof table / sizeof *table, argc, argv);
}
