/* HTTP of the checkers, against a server in a child: requests, answers, streams, load, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>

#include "base/clock.h"
#include "checker/curl.h"
#include "tests/unit/http_server.h"
#include "tests/unit/lua_state.h"

extern const struct library library_http, library_json;

static struct http_server server;

static int open_state(void **state) {
    lua_State *L = state_new();
    state_open_library(L, &library_json);
    state_open_library(L, &library_http);
    state_load_prelude(L, "70_http.lua");
    lua_pushinteger(L, server.port);
    lua_setglobal(L, "port");
    state_run(L, "function get(path, more)\n"
                 "  local options = {port = port, path = path}\n"
                 "  for key, value in pairs(more or {}) do options[key] = value end\n"
                 "  return http.request(options)\n"
                 "end\n"
                 "function fails(part, ...)\n"
                 "  local answer, message = get(...)\n"
                 "  same(answer, nil)\n"
                 "  if not message:find(part, 1, true) then error(message, 2) end\n"
                 "end\n");
    *state = L;
    return 0;
}

static int start_server(void **state) {
    (void)state;
    server_start(&server);
    return 0;
}

static int stop_server(void **state) {
    (void)state;
    server_stop(&server);
    return 0;
}

static void test_request(void **state) {
    state_run(*state, "local r = assert(get('/json'))\n"
                      "same(r.status, 200)\n"
                      "same(r.headers['x-one'], 'a, b')\n"
                      "same(r:header('X-One'), 'a, b')\n"
                      "same(r:json().a[2], 2.5)\n"
                      "same(r.url, 'http://127.0.0.1:' .. port .. '/json')\n"
                      "same(r.chunks, nil)\n"
                      "same(r.tls, nil)\n"
                      "assert(r.seconds > 0 and r.seconds < 10)\n"
                      "same(get('/status/503').status, 503)\n"
                      "same(assert(http.request{url = 'http://localhost:' .. port .. '/status/201'}).status, 201)\n"
                      "raises('failure: GET http://127.0.0.1:', function() get('/x'):json() end)\n");
}

static void test_what_is_sent(void **state) {
    state_run(*state, "local function sent(...) return assert(get(...)).body end\n"
                      "local text = sent('/x?a=1', {headers = {['X-Test'] = 5, ['x-empty'] = ''}})\n"
                      "assert(text:find('^GET /x%?a=1 HTTP/1.1\\r\\n'), text)\n"
                      "assert(text:find('X-Test: 5\\r\\n', 1, true), text)\n"
                      "assert(text:find('x-empty:\\r\\n', 1, true), text)\n"
                      "text = sent('/x', {json = {a = json.list{}}})\n"
                      "assert(text:find('^POST ') and text:find('\\r\\n\\r\\n{\"a\":%[%]}$'), text)\n"
                      "assert(text:find('Content-Type: application/json\\r\\n', 1, true), text)\n"
                      "assert(not text:find('Expect'), text)\n"
                      "text = sent('/x', {method = 'PUT', body = 'a\\nb', headers = {['content-type'] = 'x/y'}})\n"
                      "assert(text:find('^PUT ') and text:find('\\r\\n\\r\\na\\nb$'), text)\n"
                      "assert(text:find('content-type: x/y\\r\\n', 1, true), text)\n"
                      "assert(not text:find('form', 1, true), text)\n"
                      "text = sent('/x', {method = 'POST'})\n"
                      "assert(text:find('Content-Length: 0\\r\\n', 1, true), text)\n"
                      "text = sent('/x', {method = 'DELETE'})\n"
                      "assert(text:find('^DELETE '), text)\n"
                      "same(assert(get('/x', {method = 'HEAD'})).body, '')\n"
                      "assert(#sent('/x', {body = ('x'):rep(3000000)}) > 3000000)\n");
}

static void test_redirects(void **state) {
    state_run(*state, "same(get('/to?/json').status, 302)\n"
                      "local r = assert(get('/to?/json', {follow = true}))\n"
                      "same(r.status, 200)\n"
                      "same(r.headers.location, nil)\n"
                      "assert(r.url:find('/json$'))\n"
                      "fails('redirects', '/loop', {follow = true})\n"
                      "fails('192.0.2.1 is not on this machine', '/to?http://192.0.2.1/', {follow = true})\n"
                      "fails('Protocol', '/to?file:///etc/passwd', {follow = true})\n");
}

static void test_loopback_only(void **state) {
    state_run(
        *state,
        "for _, host in ipairs{'192.0.2.1', '169.254.169.254', '0.0.0.0', '[::]', '[::ffff:127.0.0.1]', '10.0.0.1'} do\n"
        "  local r, message = http.request{url = 'http://' .. host .. ':' .. port .. '/', timeout = 5}\n"
        "  same(r, nil)\n"
        "  assert(message:find(\"is not on this machine's loopback\", 1, true), host .. ' ' .. message)\n"
        "end\n"
        "assert(http.request{url = 'http://127.9.9.9:1/'} == nil)\n");
}

static void test_no_proxy(void **state) {
    setenv("http_proxy", "http://192.0.2.1:3128", 1);
    state_run(*state, "assert(get('/json'))\n");
    unsetenv("http_proxy");
}

static void test_no_answer(void **state) {
    state_run(*state, "fails('no complete answer within 0.2 s (0 bytes came)', '/hang', {timeout = 0.2})\n"
                      "fails('Empty reply', '/close')\n"
                      "fails('HTTP/0.9', '/nonsense')\n"
                      "fails('a body of more than 16 MiB', '/big')\n"
                      "fails('headers of more than 64 KiB', '/headers')\n"
                      "local r, message = http.request{port = 1, path = '/'}\n"
                      "same(r, nil)\n"
                      "assert(message:find('^GET http://127.0.0.1:1/: '), message)\n");
}

static void test_stream(void **state) {
    state_run(*state, "local r = assert(get('/stream', {stream = true}))\n"
                      "same(r.timed_out, false)\n"
                      "local parts, last = {}, 0\n"
                      "for i, chunk in ipairs(r.chunks) do\n"
                      "  parts[i] = chunk.data\n"
                      "  assert(chunk.at >= last and chunk.at <= r.seconds)\n"
                      "  last = chunk.at\n"
                      "end\n"
                      "same(table.concat(parts), r.body)\n"
                      "local events = r:events()\n"
                      "same(#events, 3)\n"
                      "same(events[1].event, 'message')\n"
                      "same(events[1].data, 'one')\n"
                      "same(events[2].event, 'tick')\n"
                      "same(events[2].data, 'two\\nlines')\n"
                      "same(events[3].id, '7')\n"
                      "same(events[3].data, 'three')\n"
                      "assert(events[1].at <= events[3].at)\n"
                      "same(#get('/stream'):events(), 3)\n"
                      "r = assert(get('/endless', {stream = true, timeout = 0.3}))\n"
                      "same(r.timed_out, true)\n"
                      "same(#r:events(), 3)\n"
                      "same(r.cut_off, false)\n"
                      "r = assert(get('/cut', {stream = true}))\n"
                      "same(r.cut_off, true)\n"
                      "same(r:events()[1].data, 'one')\n"
                      "fails('closed', '/cut', {})\n"
                      "fails('no complete answer', '/endless', {timeout = 0.2})\n");
}

/* As many events as chunks: when each came is found without a look at all of them again. */
static void test_many_events(void **state) {
    state_run(*state,
              "local chunks, count = {}, 40000\n"
              "for i = 1, count do chunks[i] = {at = i, data = i % 2 == 1 and 'data: x\\n' or '\\ndata: y\\n\\n'} end\n"
              "local body = ('data: x\\n\\ndata: y\\n\\n'):rep(count // 2)\n"
              "local begin = os.clock()\n"
              "local events = lab.http_response({body = body, chunks = chunks}, 'GET /'):events()\n"
              "assert(os.clock() - begin < 2)\n"
              "same(#events, count)\n"
              "for i, event in ipairs(events) do\n"
              "  same(event.data, i % 2 == 1 and 'x' or 'y')\n"
              "  same(event.at, (i + 1) // 2 * 2)\n"
              "end\n");
}

static void test_load(void **state) {
    state_run(*state, "local f = assert(http.load{port = port, path = '/json', requests = 50, concurrency = 8})\n"
                      "same(f.requests, 50)\n"
                      "same(f.errors, 0)\n"
                      "same(f.statuses[200], 50)\n"
                      "same(f.first_error, nil)\n"
                      "assert(0 < f.p50 and f.p50 <= f.p95 and f.p95 <= f.p99 and f.p99 <= f.max)\n"
                      "assert(f.mean <= f.max and f.max <= f.seconds)\n"
                      "assert(math.abs(f.requests_per_second - 50 / f.seconds) < 1e-6)\n"
                      "f = assert(http.load{port = port, path = '/status/500', requests = 3, json = {a = 1}})\n"
                      "same(f.statuses[500], 3)\n"
                      "local none, message = http.load{port = port, path = '/close', requests = 3}\n"
                      "same(none, nil)\n"
                      "assert(message:find('Empty reply', 1, true), message)\n");
}

static void test_load_has_an_end(void **state) {
    double began = clock_monotonic();
    state_run(*state, "local none, message = http.load{port = port, path = '/hang', requests = 90, within = 0.1}\n"
                      "same(none, nil)\n"
                      "assert(message:find('90 of 90 requests without an answer after 0.1 s', 1, true), message)\n"
                      "local f = http.load{port = port, path = '/json', requests = 100000, within = 0.2}\n"
                      "same(f.requests, 100000)\n"
                      "assert(f.statuses[200] + f.errors == 100000 and f.errors > 0)\n"
                      "assert(f.first_error:find('requests without an answer after 0.2 s', 1, true), f.first_error)\n");
    assert_true(clock_monotonic() - began < 8);
}

static void test_misuse(void **state) {
    state_run(
        *state,
        "raises('url, or port and path, is missing', http.request, {})\n"
        "raises('give either url, or port and path', http.request, {url = 'http://x/', port = 1})\n"
        "raises('url must begin with http:// or https://', http.request, {url = 'file:///etc/passwd'})\n"
        "raises(\"path must begin with '/'\", http.request, {port = 1, path = 'x'})\n"
        "raises(\"path must begin with '/'\", http.request, {port = 1, path = '/a b'})\n"
        "raises('port must be 1 to 65535', http.request, {port = 70000})\n"
        "raises(\"unknown option 'methd'\", http.request, {port = 1, methd = 'GET'})\n"
        "raises('method must be in capital letters', http.request, {port = 1, method = 'get'})\n"
        "raises(\"'a b' is no name of a header\", http.request, {port = 1, headers = {['a b'] = 1}})\n"
        "raises(\"the header 'a' must be text on one line\", http.request, {port = 1, headers = {a = 'x\\r\\ny'}})\n"
        "raises('give either body or json', http.request, {port = 1, body = 'x', json = {}})\n"
        "raises('json: json has no form for a function', http.request, {port = 1, json = print})\n"
        "raises('timeout must be above 0', http.request, {port = 1, timeout = 0})\n"
        "raises('requests must be 1 to 100000', http.load, {port = 1, requests = 0})\n"
        "raises('concurrency must be 1 to 256', http.load, {port = 1, concurrency = 1000})\n"
        "raises('within must be above 0 and at most 600 seconds', http.load, {port = 1, within = 0})\n"
        "raises(\"unknown option 'stream'\", http.load, {port = 1, stream = true})\n");
}

/* ---- sockets from elsewhere ---- */

struct detour {
    unsigned short asked, port;
};

static int connect_elsewhere(void *context, unsigned short port) {
    struct detour *detour = context;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(detour->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    detour->asked = port;
    if (!detour->port) return -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    connect(fd, (struct sockaddr *)&address, sizeof address);
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    poll(&wait, 1, 5000);
    return fd;
}

static int remove_hooks(void **state) {
    http_set_hooks((struct http_hooks){NULL, NULL});
    return state_close(state);
}

static void test_hook(void **state) {
    struct detour detour = {0, server.port};
    http_set_hooks((struct http_hooks){connect_elsewhere, &detour});
    state_run(*state, "same(assert(http.request{port = 4321, path = '/json'}).status, 200)\n");
    assert_int_equal(detour.asked, 4321);
    state_run(*state, "same(http.load{port = 4321, path = '/json', requests = 5}.statuses[200], 5)\n"
                      "same((http.request{url = 'http://192.0.2.1/'}), nil)\n");
    assert_int_equal(detour.asked, 4321);
    detour.port = 0;
    state_run(*state, "local r, message = http.request{port = 4321, path = '/json'}\n"
                      "same(r, nil)\n"
                      "assert(message:find('4321', 1, true), message)\n");
}

/* ---- TLS ---- */

struct tls_server {
    char directory[32];
    pid_t pid;
    int port;
};

static void run_openssl(char *const arguments[], int out) {
    dup2(out, STDOUT_FILENO);
    dup2(open("/dev/null", O_RDWR), STDIN_FILENO);
    dup2(STDIN_FILENO, STDERR_FILENO);
    execvp("openssl", arguments);
    _exit(127);
}

/* A key and a certificate for localhost, of today to tomorrow. Returns whether there is an openssl to make them. */
static bool make_certificate(void) {
    static char *const arguments[] = {
        "openssl", "req",     "-x509", "-newkey",         "rsa:2048", "-nodes",
        "-days",   "1",       "-subj", "/CN=localhost",   "-addext",  "subjectAltName=DNS:localhost",
        "-keyout", "key.pem", "-out",  "certificate.pem", NULL};
    int status;
    pid_t pid = fork();
    if (!pid) run_openssl(arguments, STDERR_FILENO);
    waitpid(pid, &status, 0);
    return status == 0;
}

/* Starts `openssl s_server` on a port that it chooses and names. */
static void start_tls(struct tls_server *tls) {
    static char *const arguments[] = {"openssl", "s_server", "-accept", "127.0.0.1:0",     "-www",
                                      "-key",    "key.pem",  "-cert",   "certificate.pem", NULL};
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    tls->pid = fork();
    if (!tls->pid) run_openssl(arguments, pipes[1]);
    close(pipes[1]);
    FILE *words = fdopen(pipes[0], "r");
    char line[256];
    while (!tls->port && fgets(line, sizeof line, words)) sscanf(line, "ACCEPT 127.0.0.1:%d", &tls->port);
    fclose(words);
}

static int open_tls(void **state) {
    static struct tls_server tls;
    open_state(state);
    tls = (struct tls_server){.directory = "/tmp/lab-test-XXXXXX"};
    assert_non_null(mkdtemp(tls.directory));
    assert_int_equal(chdir(tls.directory), 0);
    struct str text = STR_INIT;
    if (make_certificate()) {
        start_tls(&tls);
        assert_int_equal(fs_read(&text, "certificate.pem", 65536, NULL), 0);
    }
    lua_pushinteger(*state, tls.port);
    lua_setglobal(*state, "port");
    lua_pushlstring(*state, text.data, text.len);
    lua_setglobal(*state, "authority");
    lua_pushlightuserdata(*state, &tls);
    lua_setfield(*state, LUA_REGISTRYINDEX, "tls");
    str_release(&text);
    return 0;
}

static int close_tls(void **state) {
    lua_getfield(*state, LUA_REGISTRYINDEX, "tls");
    const struct tls_server *tls = lua_touserdata(*state, -1);
    if (tls->pid) {
        kill(tls->pid, SIGKILL);
        waitpid(tls->pid, NULL, 0);
    }
    unlink("key.pem");
    unlink("certificate.pem");
    assert_int_equal(chdir("/"), 0);
    rmdir(tls->directory);
    return state_close(state);
}

static void test_tls(void **state) {
    lua_getglobal(*state, "port");
    if (!lua_tointeger(*state, -1)) skip(); /* no openssl here */
    state_run(*state, "local url = 'https://localhost:' .. port .. '/'\n"
                      "local r, message = http.request{url = url}\n"
                      "same(r, nil)\n"
                      "assert(message:find('certificate', 1, true), message)\n"
                      "r = assert(http.request{url = url, verify = false})\n"
                      "same(r.status, 200)\n"
                      "assert(r.tls.version:find('^TLSv1%.[23]$'), r.tls.version)\n"
                      "assert(r.tls.cipher:find('AES') or r.tls.cipher:find('CHACHA'), r.tls.cipher)\n"
                      "assert(r.tls.subject:find('CN ?= ?localhost'), r.tls.subject)\n"
                      "assert(r.tls.issuer and r.tls.not_before, r.tls.not_before)\n"
                      "assert(r.tls.not_after:find('20%d%d GMT$'), r.tls.not_after)\n"
                      "r = assert(http.request{url = url, ca = authority})\n"
                      "same(r.status, 200)\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_state, state_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_request),
        TEST(test_what_is_sent),
        TEST(test_redirects),
        TEST(test_loopback_only),
        TEST(test_no_proxy),
        TEST(test_no_answer),
        TEST(test_stream),
        TEST(test_many_events),
        TEST(test_load),
        TEST(test_load_has_an_end),
        TEST(test_misuse),
        cmocka_unit_test_setup_teardown(test_hook, open_state, remove_hooks),
        cmocka_unit_test_setup_teardown(test_tls, open_tls, close_tls),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
