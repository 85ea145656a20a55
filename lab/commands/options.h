#pragma once
/* Parsing a command line by tables of options. Inside commands/ only: commands see the values. */

#include "commands/command.h"

/* One table and the struct that its values go to. */
struct option_set {
    const struct option *items;
    size_t count;
    void *values;
};

/* A command line on the way through its tables. Words that are no options are moved to the front of argv. */
struct option_line {
    const struct option_set *sets; /* searched in this order */
    size_t set_count;
    int argc;
    char **argv;
    bool first_word_ends; /* stop at the first word, which stays unread at `next` */
    int next;             /* first argument not yet read */
    int words;            /* how many words stand at the front of argv */
    int before_dashes;    /* how many of them stood before "--" */
};

/* Reads `--name value`, `--name=value`, `-n value`, `-nvalue` and bundled flags; behind `--` everything is a word.
 * ERR_USAGE names the option, and the nearest one when it is unknown. */
int options_parse(struct option_line *line, struct err *err);
