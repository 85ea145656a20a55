#pragma once
/*
 * A supervisor for tests of the checking engine: forks a worker, answers its requests without running anything, and hands
 * back the outcome. Programs are described by their own arguments:
 *
 *     t:run{"fake", "code=1", "stdout=text", "stderr=text", "signal=SIGSEGV", "limit=wall time", "most=1.5", "unroutable=1", "dropped=10", "dropped_err=10", "write=path:text", "link=path:target"}
 *     t:run{"fake", "stderr={work}/a.py: text"}  a message that begins with the path of the scratch copy
 *     t:service{"fake", "log=text", "dies"}      a service that has written text; with "dies" it ends at once
 *     t:service{…, "--control"}, mcp(t, {"fake", "says=lines"})  a program that talks, and has said these lines
 *     t:run{"missing"}                           no such program
 *     t:run{"fake", "no_folder=src"}             no such folder to run it in
 *     docker.build{target = "fails"}             cannot be built; "base", "late": so does not either, for these reasons; else sha256:12
 *     docker.run{image = …, "fake", …}           as t:run; "missing" cannot be started
 *     docker.service{image = …, "fake", …}       as t:service, without a port
 *     private("gen.py", {…})                     a file that holds the words of its options
 *     private("wrong.py"), private("tool.py")    refused as misuse, as blocked
 */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/clock.h"
#include "base/json.h"
#include "box/loopback.h"
#include "checker/channel.h"
#include "checker/checker.h"

enum { FAKE_SECONDS = 20 }; /* then a worker is killed */

struct fake {
    char directory[64]; /* scratch/, start/ and material/ are below it */
    char scratch_path[96], material_path[96];
    int scratch, start, material;
    int runs;
    json_t *service;        /* argv of the one that was started */
    array(int) inputs;      /* of programs that talk */
    array(char *) requests; /* ops, in order */
};

/* ---- life cycle ---- */

static inline int fake_folder(struct fake *fake, const char *name) {
    char path[96];
    snprintf(path, sizeof path, "%s/%s", fake->directory, name);
    if (mkdir(path, 0755)) abort();
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static inline void fake_open(struct fake *fake) {
    *fake = (struct fake){.directory = "/tmp/lab-test-XXXXXX"};
    if (!mkdtemp(fake->directory)) abort();
    fake->scratch = fake_folder(fake, "scratch");
    fake->start = fake_folder(fake, "start");
    fake->material = fake_folder(fake, "material");
    snprintf(fake->scratch_path, sizeof fake->scratch_path, "%s/scratch", fake->directory);
    snprintf(fake->material_path, sizeof fake->material_path, "%s/material", fake->directory);
}

static inline void fake_close(struct fake *fake) {
    autoclose int parent = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    beneath_remove(parent, fake->directory + strlen("/tmp/"));
    close(fake->scratch);
    close(fake->start);
    close(fake->material);
    json_decref(fake->service);
    for (size_t i = 0; i < fake->requests.count; i++) free(fake->requests.items[i]);
    array_free(&fake->requests);
    for (size_t i = 0; i < fake->inputs.count; i++) close(fake->inputs.items[i]);
    array_free(&fake->inputs);
}

static inline void fake_file(int folder, const char *path, const char *text) {
    if (beneath_write(folder, path, text, strlen(text), 0644)) abort();
}

/* ---- answers ---- */

/* The text behind "key=" among the words, or NULL. */
static inline const char *fake_word(const json_t *argv, const char *key) {
    size_t index, len = strlen(key);
    json_t *word;
    json_array_foreach(argv, index, word) {
        const char *text = json_string_value(word);
        if (!strncmp(text, key, len) && text[len] == '=') return text + len + 1;
    }
    return NULL;
}

static inline bool fake_has(const json_t *argv, const char *wanted) {
    size_t index;
    json_t *word;
    json_array_foreach(argv, index, word) if (!strcmp(json_string_value(word), wanted)) return true;
    return false;
}

static inline json_t *fake_command(const json_t *argv) {
    scoped(str) text = STR_INIT;
    size_t index;
    json_t *word;
    json_array_foreach(argv, index, word) {
        if (index) str_append_char(&text, ' ');
        str_append_shell_word(&text, json_string_value(word));
    }
    return json_string(text.data);
}

static inline void fake_write(struct fake *fake, const char *what) {
    const char *colon = what ? strchr(what, ':') : NULL;
    if (!colon) return;
    autofree char *path = mem_copy(what, (size_t)(colon - what));
    fake_file(fake->scratch, path, colon + 1);
}

/* In place of a link that is there already. */
static inline void fake_link(struct fake *fake, const char *what) {
    const char *colon = what ? strchr(what, ':') : NULL;
    if (!colon) return;
    autofree char *path = mem_copy(what, (size_t)(colon - what));
    if (beneath_remove(fake->scratch, path) || symlinkat(colon + 1, fake->scratch, path)) abort();
}

static inline void fake_result(struct fake *fake, int fd, const json_t *argv) {
    const char *code = fake_word(argv, "code"), *signal = fake_word(argv, "signal"),
               *out = fake_word(argv, fake->service ? "log" : "stdout"), *error = fake_word(argv, "stderr"),
               *dropped = fake_word(argv, "dropped"), *dropped_err = fake_word(argv, "dropped_err");
    bool missing = !strcmp(json_string_value(json_array_get(argv, 0)), "missing") ||
                   !strcmp(json_string_value(json_array_get(argv, 0)), "./missing");
    scoped(str) folder = STR_INIT;
    if (fake_word(argv, "no_folder"))
        str_printf(&folder, "there is no folder %s/%s", fake->scratch_path, fake_word(argv, "no_folder"));
    fake_write(fake, fake_word(argv, "write"));
    fake_link(fake, fake_word(argv, "link"));
    scoped(str) said = STR_INIT;
    if (error && string_starts_with(error, "{work}")) {
        str_append(&said, fake->scratch_path);
        error += strlen("{work}");
    }
    if (error) str_append(&said, error);
    autojson json_t *answer = json_object();
    json_put(answer, "ok", json_true());
    json_put(answer, "code", signal ? json_null() : json_integer(code ? atoi(code) : 0));
    json_put(answer, "signal", json_text_or_null(signal));
    json_put(answer, "limit", json_text_or_null(fake_word(argv, "limit")));
    const char *most = fake_word(argv, "most");
    json_put(answer, "limit_value", json_real(most ? strtod(most, NULL) : 1.5));
    json_put(answer, "unroutable", json_boolean(fake_word(argv, "unroutable") != NULL));
    json_put(answer, "not_found", json_text_or_null(folder.len ? folder.data : missing ? "no such program" : NULL));
    json_put(answer, "no_folder", json_boolean(folder.len > 0));
    json_put(answer, "seconds", json_real(1.5));
    json_put(answer, "cpu", json_real(0.5));
    json_put(answer, "max_rss", json_integer(1 << 20));
    json_put(answer, "left_behind", json_integer(0));
    json_put(answer, "dropped_out", json_integer(dropped ? atoi(dropped) : 0));
    json_put(answer, "dropped_err", json_integer(dropped_err ? atoi(dropped_err) : 0));
    json_put(answer, "command", fake_command(argv));
    json_put(answer, "run", json_integer(++fake->runs));
    struct sv blobs[] = {sv_of(out ? out : ""), SV(""), sv_str(&said), SV("")};
    channel_send(fd, answer, blobs, LENGTH(blobs), NULL);
}

static inline void fake_refuse(int fd, const char *kind, const char *message) {
    autojson json_t *answer = json_pack("{s:b, s:s, s:s}", "ok", 0, "kind", kind, "error", message);
    channel_send(fd, answer, NULL, 0, NULL);
}

static inline void fake_answer(int fd, json_t *answer) {
    json_put(answer, "ok", json_true());
    channel_send(fd, answer, NULL, 0, NULL);
    json_decref(answer);
}

static inline void fake_material(struct fake *fake, int fd, const json_t *request) {
    const char *name = json_get_string(request, "name", "");
    if (!strcmp(name, "wrong.py")) {
        fake_refuse(fd, "misuse", "wrong.py exited with 1");
        return;
    }
    if (!strcmp(name, "tool.py")) {
        fake_refuse(fd, "blocked", "docker is not running");
        return;
    }
    const char *output = json_get_string(request, "output", name);
    const json_t *arguments = json_object_get(request, "arguments");
    scoped(str) path = STR_INIT;
    str_printf(&path, "%s/%s", fake->material_path, output);
    bool versions = !strcmp(name, "versions.yaml");
    autojson json_t *text = json_array_size(arguments) ? fake_command(arguments)
                            : versions ? json_string("mcp: {stateless: [new], handshake: [old, older]}\n")
                                       : json_string("{\"hidden\": true}");
    fake_file(fake->material, output, json_string_value(text));
    fake_answer(fd, json_pack("{s:s}", "path", path.data));
}

/* As the box does it: begun, so that libcurl ends it. */
static inline void fake_connect(int fd, const json_t *request) {
    autoclose int socket_fd = loopback_connect((uint16_t)json_get_integer(request, "port", 0));
    autojson json_t *answer = json_pack("{s:b}", "ok", 1);
    struct pollfd wait = {.fd = socket_fd, .events = POLLOUT};
    if (socket_fd < 0 || poll(&wait, 1, 5000) != 1 || wait.revents & POLLERR)
        fake_refuse(fd, "world", "connection refused");
    else
        channel_send_descriptor(fd, answer, socket_fd, NULL);
}

static inline void fake_logs(struct fake *fake, int fd) {
    const char *log = fake_word(fake->service, "log");
    autojson json_t *answer = json_pack("{s:b, s:i, s:i}", "ok", 1, "dropped_out", 0, "dropped_err", 0);
    struct sv blobs[] = {sv_of(log ? log : ""), SV(""), SV(""), SV("")};
    channel_send(fd, answer, blobs, LENGTH(blobs), NULL);
}

/* The end of a pipe in which all that the program will ever say lies already, or into which nobody looks. */
static inline void fake_end(struct fake *fake, int fd, bool output) {
    const char *says = fake_has(fake->service, "--control")
                           ? "{\"port\": 1}\n{\"status\": 200, \"body\": {\"calls\": []}}\n"
                           : fake_word(fake->service, "says");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) abort();
    if (output && says && write(ends[1], says, strlen(says)) != (ssize_t)strlen(says)) abort();
    autojson json_t *answer = json_pack("{s:b}", "ok", 1);
    channel_send_descriptor(fd, answer, ends[!output], NULL);
    close(ends[1]);
    if (output)
        close(ends[0]);
    else
        *array_push(&fake->inputs) = ends[0]; /* else the program would have closed its input */
}

static inline void fake_service(struct fake *fake, int fd, const char *verb, const json_t *request) {
    if (!strcmp(verb, "start")) {
        json_decref(fake->service);
        fake->service = json_incref(json_object_get(request, "argv"));
        fake_answer(fd, json_pack("{s:i, s:o}", "service", 0, "command", fake_command(fake->service)));
    } else if (!strcmp(verb, "end")) {
        fake_end(fake, fd, !strcmp(json_get_string(request, "end", ""), "output"));
    } else if (!strcmp(verb, "alive")) {
        fake_answer(fd, json_pack("{s:b}", "alive", !fake_has(fake->service, "dies")));
    } else if (!strcmp(verb, "logs")) {
        fake_logs(fake, fd);
    } else if (!strcmp(verb, "stop")) {
        fake_result(fake, fd, fake->service);
    } else {
        fake_answer(fd, json_object());
    }
}

static inline void fake_build(int fd, const json_t *request) {
    const char *target = json_get_string(request, "target", "");
    bool built = !target[0];
    autojson json_t *answer = json_pack("{s:b, s:f, s:b, s:b}", "ok", 1, "seconds", 1.5, "unavailable",
                                        !strcmp(target, "base"), "late", !strcmp(target, "late"));
    json_put(answer, "image", built ? json_string("sha256:12") : json_null());
    json_put(answer, "error", built ? json_null() : json_string("exit code: 1"));
    struct sv log = SV("[1/2] FROM base\n[2/2] RUN false\nno\n");
    channel_send(fd, answer, &log, 1, NULL);
}

/* sha256:12 has a health check, sha256:34 has none. */
static inline void fake_inspect(int fd, const json_t *request) {
    const char *image = json_get_string(request, "image", "");
    json_t *value = json_null();
    if (!strcmp(image, "sha256:12"))
        value = json_pack("{s:{s:{s:[s, s, s]}}}", "Config", "Healthcheck", "Test", "CMD", "fake", "log=well");
    if (!strcmp(image, "sha256:34")) value = json_pack("{s:{}}", "Config");
    fake_answer(fd, json_pack("{s:o}", "value", value));
}

static inline bool fake_docker(struct fake *fake, int fd, const char *op, const json_t *request) {
    if (!strcmp(op, "docker_build"))
        fake_build(fd, request);
    else if (!strcmp(op, "docker_inspect"))
        fake_inspect(fd, request);
    else if (!strcmp(op, "docker_history"))
        fake_answer(fd, json_pack("{s:[{s:s}]}", "value", "CreatedBy", "RUN true"));
    else if (!strcmp(op, "docker_run") || !strcmp(op, "container_exec"))
        fake_result(fake, fd, json_object_get(request, "argv"));
    else if (!strcmp(op, "container_start")) {
        json_decref(fake->service);
        fake->service = json_incref(json_object_get(request, "argv"));
        fake_answer(fd, json_pack("{s:i, s:i, s:n}", "service", 0, "port", 0, "not_found"));
    } else if (!strncmp(op, "container_", 10))
        fake_service(fake, fd, op + strlen("container_"), request);
    else
        return false;
    return true;
}

static inline void fake_serve(struct fake *fake, int fd, const json_t *request) {
    const char *op = json_get_string(request, "op", "");
    *array_push(&fake->requests) = mem_copy_string(op);
    if (!strcmp(op, "run"))
        fake_result(fake, fd, json_object_get(request, "argv"));
    else if (!strncmp(op, "service_", 8))
        fake_service(fake, fd, op + strlen("service_"), request);
    else if (fake_docker(fake, fd, op, request))
        return;
    else if (!strcmp(op, "material"))
        fake_material(fake, fd, request);
    else if (!strcmp(op, "connect"))
        fake_connect(fd, request);
    else if (!strcmp(op, "git"))
        fake_answer(fd, json_pack("{s:{s:O, s:O}}", "value", "what", json_object_get(request, "what"), "arguments",
                                  json_object_get(request, "arguments")));
    else
        fake_answer(fd, json_object());
}

/* ---- running ---- */

/* Runs a checker's text in a forked worker; the outcome, a new reference, or NULL when the worker died without one. */
static inline json_t *fake_work(struct fake *fake, struct checker *checker, struct checker_task task) {
    int ends[2], status;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) abort();
    pid_t worker = fork();
    if (worker == 0) {
        close(ends[0]);
        task.channel = ends[1];
        task.scratch = fake->scratch;
        task.start = fake->start;
        task.material = open(fake->material_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        task.scratch_path = fake->scratch_path;
        task.material_path = fake->material_path;
        _exit(checker_work(checker, &task, NULL) ? 1 : 0);
    }
    close(ends[1]);
    json_t *outcome = NULL;
    double deadline = clock_monotonic() + FAKE_SECONDS;
    while (!outcome) {
        struct frame frame;
        bool gone = channel_receive_until(ends[0], deadline, &frame, NULL) != 0;
        if (!gone && !strcmp(json_get_string(frame.json, "op", ""), "outcome"))
            outcome = json_incref(frame.json);
        else if (!gone)
            fake_serve(fake, ends[0], frame.json);
        frame_release(&frame);
        if (gone) break;
    }
    close(ends[0]);
    if (!outcome) kill(worker, SIGKILL);
    waitpid(worker, &status, 0);
    return outcome;
}
