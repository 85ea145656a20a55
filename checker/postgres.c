#include "checker/postgres.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum { PORT_USUAL = 5432, MESSAGE_MOST = 1500 };

/* ---- faults ---- */

static int fail(struct postgres *p, enum postgres_blame blame, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The text becomes one line. */
static int fail(struct postgres *p, enum postgres_blame blame, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(p->fault.text, sizeof p->fault.text, format, args);
    va_end(args);
    p->fault.blame = blame;
    size_t len = strlen(p->fault.text);
    while (len && (unsigned char)p->fault.text[len - 1] <= ' ') p->fault.text[--len] = '\0';
    string_make_line(p->fault.text, len);
    return -1;
}

/* By SQLSTATE, the longest beginning first; what stands in no row is the work's. Source: PostgreSQL, Appendix A. */
static const struct {
    const char *state;
    enum postgres_blame blame;
} blames[] = {
    {"08", POSTGRES_AWAY},     {"53300", POSTGRES_AWAY},  {"57P0", POSTGRES_AWAY},   {"0A", POSTGRES_QUERY},
    {"25006", POSTGRES_QUERY}, {"42601", POSTGRES_QUERY}, {"42702", POSTGRES_QUERY}, {"42712", POSTGRES_QUERY},
    {"42725", POSTGRES_QUERY}, {"42803", POSTGRES_QUERY}, {"42P02", POSTGRES_QUERY}, {"42P18", POSTGRES_QUERY},
    {"42P19", POSTGRES_QUERY}, {"42P20", POSTGRES_QUERY}, {"54001", POSTGRES_QUERY}, {"54011", POSTGRES_QUERY},
};

static enum postgres_blame blame_of(const char *state) {
    for (size_t i = 0; i < LENGTH(blames); i++)
        if (string_starts_with(state, blames[i].state)) return blames[i].blame;
    return POSTGRES_WORK;
}

static const char *field(const PGresult *result, int code) {
    const char *text = result ? pq.resultErrorField(result, code) : NULL;
    return text ? text : "";
}

/* A value that the server cannot read as the type that it needs is the checker's; what goes wrong within a function of
 * the database is not the query's. */
static enum postgres_blame blame_by(const PGresult *result, const char *state) {
    const char *context = field(result, PG_DIAG_CONTEXT);
    if (string_starts_with(context, "unnamed portal parameter")) return POSTGRES_QUERY;
    enum postgres_blame blame = blame_of(state);
    return *context && blame == POSTGRES_QUERY ? POSTGRES_WORK : blame;
}

static int fail_by(struct postgres *p, const PGresult *result) {
    const char *state = field(result, PG_DIAG_SQLSTATE), *text = field(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = field(result, PG_DIAG_MESSAGE_HINT);
    if (!strcmp(state, "57014")) return fail(p, POSTGRES_WORK, "takes longer than %d s to query", POSTGRES_SECONDS);
    if (!*state) return fail(p, POSTGRES_AWAY, "%s", pq.errorMessage(p->connection));
    p->fault.position = atoi(field(result, PG_DIAG_STATEMENT_POSITION));
    return fail(p, blame_by(result, state), "%.*s%s%.*s", MESSAGE_MOST, text, *hint ? "; " : "", MESSAGE_MOST / 4,
                hint);
}

/* ---- waiting ---- */

/* What poll says of the connection, 0 when time is over. */
static short wait_for(const struct postgres *p, short events) {
    struct pollfd file = {pq.socket(p->connection), events, 0};
    for (;;) {
        double left = p->end - clock_monotonic();
        if (left <= 0) return 0;
        int count = poll(&file, 1, (int)(left * 1000) + 1);
        if (count > 0) return file.revents;
        if (count < 0 && errno != EINTR) return 0;
    }
}

/* The kernel counts what has come, whatever libpq makes of it. */
static bool is_flooded(const struct postgres *p) {
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    if (getsockopt(pq.socket(p->connection), IPPROTO_TCP, TCP_INFO, &info, &size)) return true;
    return info.tcpi_bytes_received > POSTGRES_RECEIVED_MOST;
}

static int fail_late(struct postgres *p) {
    return fail(p, POSTGRES_WORK, "takes longer than %d s to query", POSTGRES_SECONDS);
}

/* The next result of what was sent; *result is NULL behind the last. */
static int await(struct postgres *p, PGresult **result) {
    for (;;) {
        int unsent = pq.flush(p->connection);
        if (unsent < 0) return fail(p, POSTGRES_AWAY, "%s", pq.errorMessage(p->connection));
        if (!unsent && !pq.isBusy(p->connection)) break;
        short events = wait_for(p, (short)(POLLIN | (unsent ? POLLOUT : 0)));
        if (!events) return fail_late(p);
        if (events & ~POLLOUT && !pq.consumeInput(p->connection))
            return fail(p, POSTGRES_AWAY, "%s", pq.errorMessage(p->connection));
        if (is_flooded(p)) return fail(p, POSTGRES_WORK, "answers with more than %d MiB", POSTGRES_RECEIVED_MOST >> 20);
    }
    *result = pq.getResult(p->connection);
    return 0;
}

/* Takes the results of something that has no rows; the last one stays in `result`. `sent` is what libpq says of sending
 * it. */
static int finish(struct postgres *p, int sent) {
    PGresult *next;
    if (!sent) return fail(p, POSTGRES_AWAY, "%s", pq.errorMessage(p->connection));
    for (;;) {
        if (await(p, &next)) return -1;
        if (!next) return 0;
        pq.clear(p->result);
        p->result = next;
        if (pq.resultStatus(next) != PGRES_COMMAND_OK) return fail_by(p, next);
    }
}

/* ---- connecting ---- */

static void ignore_notice(void *context, const PGresult *result) { (void)context, (void)result; }

/*
 * libpq makes its own socket, and the way to the server may be one that only the box can make. So libpq is led to a
 * socket of this process, which it is connected to at once and has sent nothing to, and then the server's takes its
 * place. On a local socket libpq asks for neither TLS nor Kerberos.
 */
struct lobby {
    int listener;
    char host[64]; /* of an abstract socket, as libpq writes one */
};

static int lobby_open(struct lobby *lobby) {
    static unsigned serial;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(lobby->host, sizeof lobby->host, "@lab-sql-%d-%u", (int)getpid(), ++serial);
    int len =
        snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s/.s.PGSQL.%d", lobby->host + 1, PORT_USUAL);
    lobby->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
    return lobby->listener < 0 || bind(lobby->listener, (const struct sockaddr *)&address, size) ||
                   listen(lobby->listener, 1)
               ? -1
               : 0;
}

static PGconn *begin(const struct postgres_address *address, const char *host) {
    static const char settings[] = "-c default_transaction_read_only=on -c statement_timeout=3000 -c jit=off "
                                   "-c DateStyle=ISO -c IntervalStyle=iso_8601 -c TimeZone=UTC -c bytea_output=hex";
    const char *const names[] = {
        "host",    "port",       "user",     "password",         "dbname", "options", "client_encoding",
        "sslmode", "gssencmode", "passfile", "application_name", NULL};
    const char *const values[] = {host,
                                  "5432",
                                  address->user ? address->user : "lab",
                                  address->password,
                                  address->database,
                                  settings,
                                  "UTF8",
                                  "disable",
                                  "disable",
                                  "/nonexistent",
                                  "lab",
                                  NULL};
    _Static_assert(POSTGRES_SECONDS == 3, "the server is told the same");
    return pq.connectStartParams(names, values, 0);
}

/* Puts the server's socket where libpq's own is. */
static int swap_socket(struct postgres *p, const struct postgres_address *address) {
    int place = pq.socket(p->connection);
    autoclose int server = address->connect(address->context, address->port);
    if (server < 0) return fail(p, POSTGRES_AWAY, "nobody listens on port %u", address->port);
    int flags = fcntl(server, F_GETFL);
    if (place < 0 || flags < 0 || fcntl(server, F_SETFL, flags | O_NONBLOCK) || dup3(server, place, O_CLOEXEC) < 0)
        return fail(p, POSTGRES_AWAY, "the connection cannot be handed to libpq");
    return 0;
}

/* libpq's words begin with the place of our own socket. When the server has said what it refuses, it is there. */
static int fail_connecting(struct postgres *p) {
    static const char *const busy[] = {"starting up", "shutting down", "recovery mode", "too many", "remaining"};
    const char *text = pq.errorMessage(p->connection), *said = strstr(text, "FATAL:  ");
    const char *behind = strstr(text, "failed: ");
    if (!said) return fail(p, POSTGRES_AWAY, "%s", behind ? behind + strlen("failed: ") : text);
    said += strlen("FATAL:  ");
    for (size_t i = 0; i < LENGTH(busy); i++)
        if (strstr(said, busy[i])) return fail(p, POSTGRES_AWAY, "%s", said);
    return fail(p, POSTGRES_WORK, "%s", said);
}

static int follow(struct postgres *p) {
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK) {
        if (status == PGRES_POLLING_FAILED) return fail_connecting(p);
        if (!wait_for(p, status == PGRES_POLLING_READING ? POLLIN : POLLOUT))
            return fail(p, POSTGRES_AWAY, "no answer within %d s", POSTGRES_CONNECT_SECONDS);
        if (is_flooded(p)) return fail(p, POSTGRES_AWAY, "what answers is no PostgreSQL");
        status = pq.connectPoll(p->connection);
    }
    return 0;
}

int postgres_open(struct postgres *p, const struct postgres_address *address) {
    struct err err = ERR_INIT;
    struct lobby lobby = {.listener = -1};
    p->end = clock_monotonic() + POSTGRES_CONNECT_SECONDS;
    if (pq_load(&err)) return err_join(&err), fail(p, POSTGRES_AWAY, "%s", err.message);
    int status = lobby_open(&lobby) ? fail(p, POSTGRES_AWAY, "no socket can be made: %s", strerror(errno)) : 0;
    if (!status) p->connection = begin(address, lobby.host);
    if (!status && (!p->connection || pq.status(p->connection) == CONNECTION_BAD))
        status = fail(p, POSTGRES_AWAY, "%s", p->connection ? pq.errorMessage(p->connection) : "memory is out");
    if (!status) pq.setNoticeReceiver(p->connection, ignore_notice, NULL);
    if (!status) status = swap_socket(p, address);
    if (lobby.listener >= 0) close(lobby.listener);
    return status || follow(p) || pq.setnonblocking(p->connection, 1) ? -1 : 0;
}

void postgres_close(struct postgres *p) {
    if (p->result) pq.clear(p->result);
    if (p->connection) pq.finish(p->connection);
    p->result = NULL;
    p->connection = NULL;
}

/* ---- asking ---- */

/* What is wrong with a statement that the server has taken, by its description. */
static int judge(struct postgres *p, size_t given) {
    int columns = pq.nfields(p->result), wanted = pq.nparams(p->result);
    if (!columns) return fail(p, POSTGRES_QUERY, "only SELECT is allowed");
    for (int i = 0; i < columns; i++)
        for (int j = 0; j < i; j++)
            if (!strcmp(pq.fname(p->result, i), pq.fname(p->result, j)))
                return fail(p, POSTGRES_QUERY, "two columns are called '%s'; name one with AS", pq.fname(p->result, i));
    if (wanted != (int)given)
        return fail(p, POSTGRES_QUERY, "it has %d parameters, and %zu values were given", wanted, given);
    return 0;
}

int postgres_ask(struct postgres *p, const char *text, const char *const *values, size_t count) {
    PGconn *connection = p->connection;
    p->end = clock_monotonic() + POSTGRES_SECONDS + 1; /* the server is first to give up */
    if (finish(p, pq.sendQuery(connection, "BEGIN READ ONLY")) ||
        finish(p, pq.sendPrepare(connection, "", text, 0, NULL)) ||
        finish(p, pq.sendDescribePrepared(connection, "")) || judge(p, count))
        return -1;
    if (!pq.sendQueryPrepared(connection, "", (int)count, values, NULL, NULL, 0) || !pq.setSingleRowMode(connection))
        return fail(p, POSTGRES_AWAY, "%s", pq.errorMessage(connection));
    return 0;
}

int postgres_next(struct postgres *p) {
    PGresult *next;
    if (await(p, &next)) return -1;
    pq.clear(p->result);
    p->result = next;
    ExecStatusType status = next ? pq.resultStatus(next) : PGRES_TUPLES_OK;
    if (status == PGRES_SINGLE_TUPLE) return 1;
    return status == PGRES_TUPLES_OK ? 0 : fail_by(p, next);
}

/* ---- URLs ---- */

void postgres_url_release(struct postgres_url *url) {
    free(url->user);
    free(url->password);
    free(url->database);
    *url = (struct postgres_url){0};
}

static bool is_loopback(const char *host) {
    struct in_addr v4;
    return !strcmp(host, "localhost") || !strcmp(host, "::1") ||
           (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

static int take_port(struct postgres_url *url, const char *text, struct err *err) {
    char *end;
    long port = strtol(text, &end, 10);
    if (*end || port < 1 || port > 65535) return err_set(err, ERR_USAGE, "'%.40s' is no port", text);
    url->port = (unsigned short)port;
    return 0;
}

/* One of the things that the URL says. */
static int take_option(struct postgres_url *url, const PQconninfoOption *option, bool *hosted, struct err *err) {
    if (!strcmp(option->keyword, "host")) {
        *hosted = true;
        return is_loopback(option->val)
                   ? 0
                   : err_set(err, ERR_USAGE, "%.100s is not on this machine's loopback", option->val);
    }
    if (!strcmp(option->keyword, "port")) return take_port(url, option->val, err);
    char **place = !strcmp(option->keyword, "user")       ? &url->user
                   : !strcmp(option->keyword, "password") ? &url->password
                   : !strcmp(option->keyword, "dbname")   ? &url->database
                                                          : NULL;
    if (!place)
        return err_set(err, ERR_USAGE, "'%s' cannot be set: the checks' own settings are used", option->keyword);
    *place = mem_copy_string(option->val);
    return 0;
}

int postgres_read_url(struct postgres_url *url, const char *text, struct err *err) {
    char *message = NULL;
    bool hosted = false;
    *url = (struct postgres_url){.port = PORT_USUAL};
    if (pq_load(err)) return -1;
    PQconninfoOption *options = pq.conninfoParse(text, &message);
    int status = options ? 0 : err_set(err, ERR_USAGE, "%s", message ? message : "memory is out");
    for (PQconninfoOption *option = options; !status && option && option->keyword; option++)
        if (option->val && *option->val) status = take_option(url, option, &hosted, err);
    if (!status && !hosted) status = err_set(err, ERR_USAGE, "it names no host; 127.0.0.1 is this machine's loopback");
    if (options) pq.conninfoFree(options);
    if (message) pq.freemem(message);
    if (status) postgres_url_release(url);
    return status;
}
