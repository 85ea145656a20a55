#pragma once
/* The parts of Lua that checkers do not have, and what they use instead. */

struct absent {
    const char *name;    /* "os.time", or "os" for the rest of it */
    const char *instead; /* words behind a colon */
};

const struct absent *absent_find(const char *name); /* NULL: not one of them */
