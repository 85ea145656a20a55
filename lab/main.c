/* The table of commands, and nothing else. */

#include "commands/commands.h"

#include <locale.h>
#include <signal.h>

static const struct command table[] = {
    {"tracks", "", "the tracks, their modules and points", "choose", &tracks_options, 0, 0, cmd_tracks},
    {"list", "[TRACK]", "the exercises", "choose", &list_options, 0, 1, cmd_list},
    {"show", "EX", "what an exercise is about, and its checks", "choose", &show_options, 0, 1, cmd_show},
    {"next", "", "what to do next, and why", "choose", &next_options, 0, 0, cmd_next},
    {"start", "EX", "make the workspace of an exercise", "work", &start_options, 1, 1, cmd_start},
    {"check", "[EX]", "run the checks on your work", "work", &check_options, 0, 1, cmd_check},
    {"hint", "[EX]", "the next hint for the first failing check", "work", &hint_options, 0, 1, cmd_hint},
    {"shell", "[EX]", "a shell in the exercise's environment", "work", &shell_options, 0, 1, cmd_shell},
    {"run", "[EX] -- COMMAND…", "one command in the exercise's environment", "work", &run_options, 1, ANY_NUMBER,
     cmd_run},
    {"history", "[EX]", "your attempts", "look back", &history_options, 0, 1, cmd_history},
    {"diff", "[N|start|solution]", "what changed since an attempt", "look back", &diff_options, 0, 1, cmd_diff},
    {"restore", "N [FILE]", "bring back the work of an attempt", "look back", &restore_options, 1, 2, cmd_restore},
    {"reset", "[FILE]", "back to the start; undone by restore", "look back", &reset_options, 0, 1, cmd_reset},
    {"progress", "[export|import|merge|recover] [FILE]", "points by track and module", "look back", &progress_options,
     0, 2, cmd_progress},
    {"course", "add|list|update|remove [PATH|URL|NAME]", "the courses that you have", "look after", &course_options, 1,
     2, cmd_course},
    {"doctor", "", "what this machine has, lacks, and how to mend it", "look after", &doctor_options, 0, 0, cmd_doctor},
};

int main(int argc, char **argv) {
    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    return command_main(table, sizeof table / sizeof *table, argc, argv);
}
