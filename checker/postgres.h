#pragma once
/*
 * One query to a PostgreSQL server on the loopback that the program under test sees, by libpq. It only reads: the
 * session and its transaction are read-only, the text is one statement that answers with rows, and the server is told
 * to give it up after POSTGRES_SECONDS. Whatever answers there may be a learner's: time and bytes are bounded on this
 * side, too. It knows no Lua.
 */

#include <stdbool.h>

#include "base/str.h"
#include "checker/libpq.h"

enum {
    POSTGRES_SECONDS = 3,         /* of a query */
    POSTGRES_CONNECT_SECONDS = 5, /* until the server is ready for one */
    POSTGRES_VALUES_MOST = 1000,
    POSTGRES_RECEIVED_MOST = 32 << 20, /* bytes from the server, of one connection */
};

/* Who is to blame when there is no answer. */
enum postgres_blame {
    POSTGRES_AWAY,  /* nobody answers, or the server has no place for us */
    POSTGRES_WORK,  /* what the database holds, or lacks */
    POSTGRES_QUERY, /* the query itself */
};
struct postgres_fault {
    enum postgres_blame blame;
    char text[2048]; /* one line */
    int position;    /* in the query: its character, from 1; 0: not known */
};

struct postgres_address {
    const char *user, *password, *database; /* NULL: libpq's default, which is no name of the machine's user */
    unsigned short port;
    /* Answers a connected socket to a port of the loopback, or -1. */
    int (*connect)(void *context, unsigned short port);
    void *context;
};

struct postgres {
    PGconn *connection;
    PGresult *result; /* with one row, after postgres_next has answered 1 */
    double end;       /* the clock when time is over */
    struct postgres_fault fault;
};

/* Each answers 0, or -1 with the fault. */
int postgres_open(struct postgres *postgres, const struct postgres_address *address);
int postgres_ask(struct postgres *postgres, const char *text, const char *const *values, size_t count);

/* 1: the next row is in `result`; 0: there is none; -1 with the fault. */
int postgres_next(struct postgres *postgres);
void postgres_close(struct postgres *postgres); /* of one that is zeroed, too */

/* What a postgresql:// URL says; texts are the caller's, to be released. -1 with ERR_USAGE when it is none, leads off
 * the loopback or asks for more than this file does; ERR_ENVIRONMENT when libpq is not here. */
struct postgres_url {
    char *user, *password, *database;
    unsigned short port;
};
int postgres_read_url(struct postgres_url *url, const char *text, struct err *err);
void postgres_url_release(struct postgres_url *url);
