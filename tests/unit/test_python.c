/* Python environments: found, built by uv (a stand-in) and by pip (from a wheel made here), interrupted, damaged. */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/path.h"
#include "workspace/python.h"

/* ---- a world of its own ---- */

static char root[] = "/tmp/lab-python-XXXXXX";
static char *environments, *wheels, *fifo;

static void write_file(const char *path, const char *text, mode_t mode) {
    struct err err = ERR_INIT;
    autofree char *folder = path_parent(path);
    assert_int_equal(fs_make_directories(folder, &err), 0);
    assert_int_equal(fs_write(path, text, strlen(text), &err), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static char *in_root(const char *name) { return path_join(root, name); }

static void write_in_root(const char *name, const char *text, mode_t mode) {
    autofree char *path = in_root(name);
    write_file(path, text, mode);
}

static char *read_in_root(const char *name) {
    scoped(str) text = STR_INIT;
    autofree char *path = in_root(name);
    struct err err = ERR_INIT;
    return fs_read(&text, path, 1 << 20, &err) ? NULL : str_steal(&text);
}

static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *format, ...) {
    scoped(str) command = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&command, format, args);
    va_end(args);
    return system(command.data);
}

/* Makes a wheel with a module and a program, and prints the line that locks it. */
static const char make_wheel[] =
    "import base64, hashlib, sys, zipfile\n"
    "name = sys.argv[1] + '/tiny-1.0-py3-none-any.whl'\n"
    "files = {'tiny/__init__.py': 'def main(): print(\"tiny works\")\\n',\n"
    "         'tiny-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n',\n"
    "         'tiny-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',\n"
    "         'tiny-1.0.dist-info/entry_points.txt': '[console_scripts]\\ntiny = tiny:main\\n'}\n"
    "record = ''.join('%s,sha256=%s,%d\\n' % (n, base64.urlsafe_b64encode(hashlib.sha256(t.encode()).digest())"
    ".rstrip(b'=').decode(), len(t)) for n, t in files.items())\n"
    "files['tiny-1.0.dist-info/RECORD'] = record + 'tiny-1.0.dist-info/RECORD,,\\n'\n"
    "with zipfile.ZipFile(name, 'w') as z:\n"
    "    for n, t in files.items(): z.writestr(n, t)\n"
    "print('# the lock')\n"
    "print('tiny==1.0 \\\\\\n    --hash=sha256:' + hashlib.sha256(open(name, 'rb').read()).hexdigest())\n";

/* Stands for uv: notes what it is asked, then does what FAKE says. */
static const char fake_uv[] =
    "#!/bin/sh\n"
    "[ \"$1$FAKE\" = --versionprobe ] && { echo started >\"$FIFO\"; exec sleep 600; }\n"
    "[ \"$1\" = --version ] && { echo 'uv 0.13.9 (stand-in)'; exit; }\n"
    "echo \"$@\" >>\"$ROOT/asked\"\n"
    "env | sort >\"$ROOT/env\"\n"
    "place=${4%/bin/python}\n"
    "packages=$(echo \"$place\"/lib/python3*/site-packages)\n"
    "case \"$FAKE\" in\n"
    "hang) echo half >\"$place/half\"; echo started >\"$FIFO\"; exec sleep 600 ;;\n"
    "stubborn) trap '' TERM INT; echo half >\"$place/half\"; echo started >\"$FIFO\"; sleep 600; sleep 600 ;;\n"
    "offline) for i in 1 2 3 4 5 6 7; do echo \"line $i\"; done; printf 'dns error\\033[1m\\n' >&2; exit 2 ;;\n"
    "full) echo 'No space left on device (os error 28)'; exit 2 ;;\n"
    "*)  echo 'Resolved 2 packages in 1ms'\n"
    "    echo 'Downloading big (1.5MiB)'; echo ' Downloaded big'\n"
    "    echo 'Prepared 2 packages in 1ms'\n"
    "    mkdir -p \"$packages/one\" \"$packages/one-1.dist-info\" \"$packages/two-1.dist-info\"\n"
    "    echo >\"$packages/one/__init__.py\"\n"
    "    echo 'Installed 2 packages in 1ms' ;;\n"
    "esac\n";

static void make_world(void) {
    assert_non_null(mkdtemp(root));
    environments = in_root("course/environments");
    wheels = in_root("wheels");
    fifo = in_root("fifo");
    assert_int_equal(mkdir(wheels, 0755), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    write_in_root("wheel.py", make_wheel, 0644);
    write_in_root("fake/uv", fake_uv, 0755);
    write_in_root("course/environments/two/requirements.lock", "one==1 \\\n    --hash=sha256:00\ntwo==1\n", 0644);
    write_in_root("course/environments/tiny/requirements.lock", "", 0644);
    assert_int_equal(run("/usr/bin/python3 %s/wheel.py %s >%s/tiny/requirements.lock", root, wheels, environments), 0);
}

static int setup_all(void **state) {
    (void)state;
    make_world();
    autofree char *home = in_root("lab");
    setenv("LAB_HOME", home, 1); /* read once a process */
    return 0;
}

static int teardown_all(void **state) {
    (void)state;
    free(environments);
    free(wheels);
    free(fifo);
    return run("rm -rf %s", root);
}

static int setup(void **state) {
    (void)state;
    static const char *const unset[] = {"LAB_PYTHON", "LAB_NO_UV",  "PIP_INDEX_URL", "PIP_CERT",
                                        "PIP_TARGET", "PYTHONPATH", "PYTHONHOME",    "UV_DEFAULT_INDEX"};
    for (size_t i = 0; i < LENGTH(unset); i++) unsetenv(unset[i]);
    autofree char *path = str_format("%s/fake:/usr/local/bin:/usr/bin:/bin", root);
    setenv("PATH", path, 1);
    setenv("ROOT", root, 1);
    setenv("FIFO", fifo, 1);
    setenv("FAKE", "good", 1);
    setenv("PIP_NO_INDEX", "1", 1);
    setenv("PIP_FIND_LINKS", wheels, 1);
    return run("cd %s && rm -rf asked env lab/cache/python lab/cache/uv; test -d lab || rm -rf lab", root);
}

static void ensure(struct python *python, const char *name) {
    struct err err = ERR_INIT;
    if (python_ensure(python, environments, name, NULL, &err)) fail_msg("%s (%s)", err.message, err.help);
}

static void ensure_fails(const char *name, struct err *err) {
    struct python python;
    *err = (struct err)ERR_INIT;
    assert_int_equal(python_ensure(&python, environments, name, NULL, err), -1);
    assert_null(python.directory);
}

/* Nothing is left of environments of this name but their lock files. */
static void assert_no_place(const char *name) {
    assert_int_not_equal(run("ls -d %s/lab/cache/python/%s-* 2>/dev/null | grep -v 'lock$' >&2", root, name), 0);
}

/* ---- the interpreter ---- */

static void test_interpreter(void **state) {
    (void)state;
    autofree char *path = NULL;
    autofree char *version = NULL;
    autofree char *again = NULL;
    autofree char *version_again = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(python_interpreter(&path, &version, &err), 0);
    assert_true(string_starts_with(version, "3."));
    assert_int_equal(run("ls %s/lab/cache/python/interpreters | grep -q '^................$'", root), 0);
    assert_int_equal(python_interpreter(&again, &version_again, &err), 0);
    assert_string_equal(path, again);
    assert_string_equal(version, version_again);
}

static void assert_python_refused(const char *program, const char *why) {
    autofree char *path = in_root(program);
    setenv("LAB_PYTHON", path, 1);
    struct err err;
    ensure_fails(NULL, &err);
    assert_int_equal(err.code, ERR_ENVIRONMENT);
    assert_non_null(strstr(err.message, why));
    assert_non_null(strstr(err.help, "LAB_PYTHON"));
}

static void test_interpreter_named_by_user(void **state) {
    (void)state;
    write_in_root("old", "#!/bin/sh\necho lab-answer; echo $0; echo 3.9.2\n", 0755);
    write_in_root("silent", "#!/bin/sh\nexit 0\n", 0755);
    assert_python_refused("old", "is 3.9.2");
    assert_python_refused("silent", "does not run");
    assert_python_refused("absent", "no such program");
}

/* A script answers anew each time (shims do), and a program in a virtual environment stands for the one behind it. */
static void test_interpreter_behind_shims(void **state) {
    (void)state;
    write_in_root("shim", "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n", 0755);
    autofree char *shim = in_root("shim");
    setenv("LAB_PYTHON", shim, 1);
    autofree char *path = NULL;
    autofree char *version = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(python_interpreter(&path, &version, &err), 0);
    assert_string_equal(path, "/usr/bin/python3");
    assert_int_not_equal(run("ls %s/lab/cache/python/interpreters 2>/dev/null | grep -q .", root), 0);
}

/* ---- finding and building ---- */

static void test_plain(void **state) {
    (void)state;
    struct python python, found;
    assert_false(python_find(&found, environments, NULL));
    ensure(&python, NULL);
    assert_true(python.built);
    assert_int_equal(
        run("%s/bin/python -c 'import sys; sys.exit(sys.prefix != \"%s\")'", python.directory, python.directory), 0);
    assert_int_equal(run("test -e %s/bin/pip", python.directory), 256);
    assert_true(python_find(&found, environments, NULL));
    assert_string_equal(found.directory, python.directory);
    assert_string_equal(found.version, python.version);
    python_release(&found);
    python_release(&python);
    ensure(&python, NULL);
    assert_false(python.built);
    python_release(&python);
}

static size_t count_leftovers(const char *of) {
    scoped(names) folders = {0};
    python_leftovers(&folders, of);
    return folders.count;
}

static void test_key_follows_the_lock(void **state) {
    (void)state;
    struct python before, after, found;
    ensure(&before, "two");
    write_in_root("course/environments/two/requirements.lock", "one==1 \\\n    --hash=sha256:01\ntwo==1\n", 0644);
    assert_false(python_find(&found, environments, "two"));
    assert_int_equal(count_leftovers(environments), 1);
    assert_int_equal(count_leftovers(NULL), 0);
    ensure(&after, "two");
    assert_string_not_equal(before.directory, after.directory);
    python_release(&before);
    python_release(&after);
}

static void test_unknown_name(void **state) {
    (void)state;
    struct err err;
    ensure_fails("absent", &err);
    assert_int_equal(err.code, ERR_COURSE);
    assert_non_null(strstr(err.message, "absent/requirements.lock"));
    ensure_fails("../two", &err);
    assert_int_equal(err.code, ERR_COURSE);
}

static void test_damaged_is_built_again(void **state) {
    (void)state;
    struct python python;
    ensure(&python, "two");
    assert_int_equal(run("rm %s/bin/python", python.directory), 0);
    python_release(&python);
    ensure(&python, "two");
    assert_true(python.built);
    python_release(&python);
}

static void test_cache_in_the_way(void **state) {
    (void)state;
    write_in_root("lab/cache/python", "a file", 0644);
    struct err err;
    ensure_fails("two", &err);
    assert_int_equal(err.code, ERR_ENVIRONMENT);
    assert_non_null(strstr(err.message, "cannot create the folder"));
    assert_non_null(strstr(err.help, "XDG_CACHE_HOME"));
}

/* ---- uv ---- */

static void test_uv_is_asked_rightly(void **state) {
    (void)state;
    setenv("PYTHONHOME", "/nowhere", 1);
    setenv("PIP_TARGET", "/nowhere", 1);
    setenv("PIP_INDEX_URL", "https://index.example/simple", 1);
    setenv("PIP_CERT", "/etc/own.pem", 1);
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    struct python python;
    ensure(&python, "two");
    autofree char *asked = read_in_root("asked");
    autofree char *environment = read_in_root("env");
    autofree char *wanted =
        str_format("pip sync --python %s/bin/python --require-hashes --only-binary :all: --compile-bytecode "
                   "%s/two/requirements.lock\n",
                   python.directory, environments);
    assert_string_equal(asked, wanted);
    static const char *const there[] = {"\nUV_LINK_MODE=copy\n", "\nUV_PYTHON_DOWNLOADS=never\n",
                                        "\nUV_SYSTEM_CERTS=1\n", "\nSSL_CERT_FILE=/etc/own.pem\n",
                                        "\nUV_DEFAULT_INDEX=https://index.example/simple\n"};
    for (size_t i = 0; i < LENGTH(there); i++) assert_non_null(strstr(environment, there[i]));
    assert_null(strstr(environment, "/nowhere"));
    python_release(&python);
}

struct seen {
    struct str labels;
    size_t total;
    double bytes;
};

static void see(void *context, const char *label, size_t done, size_t total, double bytes) {
    struct seen *seen = context;
    assert_true(done <= total || !total);
    if (!strstr(seen->labels.data, label)) str_printf(&seen->labels, "%s,", label);
    if (!strcmp(label, "installing")) seen->total = total;
    if (bytes > seen->bytes) seen->bytes = bytes;
}

static void test_progress(void **state) {
    (void)state;
    struct seen seen = {.labels = STR_INIT};
    struct python python;
    struct err err = ERR_INIT;
    assert_int_equal(python_ensure(&python, environments, "two", &(struct python_watcher){see, &seen}, &err), 0);
    assert_non_null(strstr(seen.labels.data, "installing,compiling,"));
    assert_int_equal(seen.total, 2);
    assert_true(seen.bytes > 1.4e6 && seen.bytes < 1.6e6);
    str_release(&seen.labels);
    python_release(&python);
}

static void test_failures_say_what_to_do(void **state) {
    (void)state;
    struct err err;
    setenv("FAKE", "offline", 1);
    ensure_fails("two", &err);
    assert_int_equal(err.code, ERR_ENVIRONMENT);
    assert_string_equal(err.message, "installing the Python environment two: cannot reach the package index\n"
                                     "    line 4\n    line 5\n    line 6\n    line 7\n    dns error [1m");
    assert_non_null(strstr(err.help, "connect to the network"));
    assert_no_place("two");
    setenv("FAKE", "full", 1);
    ensure_fails("two", &err);
    assert_non_null(strstr(err.message, "the disk is full"));
    assert_no_place("two");
}

/* ---- interruptions ---- */

/* Builds in a process of its own, whose exit status is the error's code (0: built, 1: was there). */
static pid_t build_apart(const char *name) {
    pid_t pid = fork();
    if (pid) return pid;
    struct python python;
    struct err err = ERR_INIT;
    int result = python_ensure(&python, environments, name, NULL, &err);
    _exit(result ? (int)err.code : python.built ? 0 : 1);
}

static int status_of(pid_t pid) {
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Begins a build that hangs in the tool, and returns when it is there. */
static pid_t begin_hanging(const char *how) {
    setenv("FAKE", how, 1);
    pid_t pid = build_apart("two");
    autoclose int fd = open(fifo, O_RDONLY | O_CLOEXEC); /* waits for the writer */
    scoped(str) said = STR_INIT;
    assert_int_equal(fs_read_all(fd, &said, 8), 0);
    assert_string_equal(said.data, "started\n");
    setenv("FAKE", "good", 1);
    return pid;
}

static void assert_builds_afresh(void) {
    struct python python;
    ensure(&python, "two");
    assert_true(python.built);
    assert_int_equal(run("test -e %s/half", python.directory), 256);
    assert_int_equal(count_leftovers(environments), 0);
    python_release(&python);
}

static void test_killed_lab_leaves_nothing_that_counts(void **state) {
    (void)state;
    pid_t pid = begin_hanging("hang");
    struct python python;
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(status_of(pid), -SIGKILL);
    assert_false(python_find(&python, environments, "two"));
    /* The tool dies with lab, and is no leftover as long as it holds the lock. */
    assert_int_equal(run("for lock in $LAB_HOME/cache/python/two-*.lock; do flock -w 60 $lock true || exit 1; done"),
                     0);
    assert_int_equal(count_leftovers(NULL), 1);
    assert_builds_afresh();
}

static void test_interrupt_clears_away(void **state) {
    (void)state;
    static const struct {
        int signal;
        const char *how;
    } rows[] = {{SIGINT, "hang"}, {SIGTERM, "hang"}, {SIGHUP, "hang"}, {SIGINT, "stubborn"}, {SIGINT, "probe"}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        pid_t pid = begin_hanging(rows[i].how);
        assert_int_equal(kill(pid, rows[i].signal), 0);
        assert_int_equal(status_of(pid), ERR_INTERRUPTED);
        assert_no_place("two");
    }
    assert_builds_afresh();
}

static void test_two_at_once_build_one(void **state) {
    (void)state;
    pid_t pids[4];
    int built = 0;
    for (size_t i = 0; i < LENGTH(pids); i++) pids[i] = build_apart("two");
    for (size_t i = 0; i < LENGTH(pids); i++) {
        int status = status_of(pids[i]);
        assert_in_range(status, 0, 1);
        built += !status;
    }
    assert_int_equal(built, 1);
    assert_int_equal(run("test $(wc -l <%s/asked) = 1", root), 0);
}

/* ---- venv and pip ---- */

static int setup_pip(void **state) {
    if (setup(state)) return -1;
    setenv("LAB_NO_UV", "1", 1);
    return 0;
}

/* Skips where Debian's python3-venv is missing. */
static void need_pip(void) {
    if (!python_has_pip()) skip();
}

static void test_pip(void **state) {
    (void)state;
    need_pip();
    struct python python;
    ensure(&python, "tiny");
    assert_int_equal(run("test \"$(%s/bin/tiny)\" = 'tiny works'", python.directory), 0);
    assert_int_equal(run("ls %s/lib/python3*/site-packages/tiny/__pycache__/*.pyc >/dev/null", python.directory), 0);
    autofree char *unwanted = str_format("cd %s && ls -d bin/pip* lib/python3*/site-packages/pip* "
                                         "lib/python3*/site-packages/setuptools* 2>/dev/null | grep -q .",
                                         python.directory);
    assert_int_equal(run("%s", unwanted), 256);
    python_release(&python);
}

static void test_pip_checks_hashes(void **state) {
    (void)state;
    need_pip();
    write_in_root("course/environments/forged/requirements.lock",
                  "tiny==1.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n", 0644);
    struct err err;
    ensure_fails("forged", &err);
    assert_non_null(strstr(err.message, "a package is not the one that was locked"));
    assert_no_place("forged");
}

static void test_pip_without_network(void **state) {
    (void)state;
    need_pip();
    unsetenv("PIP_NO_INDEX");
    unsetenv("PIP_FIND_LINKS");
    setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple", 1);
    struct err err;
    ensure_fails("tiny", &err);
    assert_non_null(strstr(err.message, "cannot reach the package index"));
    assert_no_place("tiny");
}

/* Neither uv on PATH nor in the index: pip does it, and what was begun for uv is gone. */
static void test_pip_when_uv_cannot_be_had(void **state) {
    (void)state;
    need_pip();
    unsetenv("LAB_NO_UV");
    setenv("PATH", "/usr/bin:/bin", 1);
    struct seen seen = {.labels = STR_INIT};
    struct python python;
    struct err err = ERR_INIT;
    assert_int_equal(python_ensure(&python, environments, "tiny", &(struct python_watcher){see, &seen}, &err), 0);
    assert_non_null(strstr(seen.labels.data, "fetching uv,"));
    assert_non_null(strstr(seen.labels.data, "going on with pip,"));
    assert_int_equal(run("test -e %s/lab/cache/uv", root), 256);
    str_release(&seen.labels);
    python_release(&python);
}

static void test_builder(void **state) {
    (void)state;
    autofree char *without = python_builder();
    unsetenv("LAB_NO_UV");
    autofree char *with = python_builder();
    autofree char *wanted = str_format("uv 0.13.9 (%s/fake/uv)", root);
    assert_string_equal(without, "venv and pip (LAB_NO_UV is set)");
    assert_string_equal(with, wanted);
}

/* ---- running in it ---- */

static void test_run_environment(void **state) {
    (void)state;
    struct arena arena = ARENA_INIT;
    const char **list = python_run_environment(&arena, "/env", "/home", "/tmp/x");
    static const char *const wanted[] = {
        "HOME=/home",       "TMPDIR=/tmp/x",    "PATH=/env/bin:/usr/local/bin:/usr/bin:/bin",
        "VIRTUAL_ENV=/env", "LANG=C.UTF-8",     "LC_ALL=C.UTF-8",
        "TZ=UTC",           "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1",
        "OMP_NUM_THREADS=2"};
    for (size_t i = 0; i < LENGTH(wanted); i++) assert_string_equal(list[i], wanted[i]);
    assert_null(list[LENGTH(wanted)]);
    arena_release(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_interpreter, setup),
        cmocka_unit_test_setup(test_interpreter_named_by_user, setup),
        cmocka_unit_test_setup(test_interpreter_behind_shims, setup),
        cmocka_unit_test_setup(test_plain, setup),
        cmocka_unit_test_setup(test_key_follows_the_lock, setup),
        cmocka_unit_test_setup(test_unknown_name, setup),
        cmocka_unit_test_setup(test_damaged_is_built_again, setup),
        cmocka_unit_test_setup(test_cache_in_the_way, setup),
        cmocka_unit_test_setup(test_uv_is_asked_rightly, setup),
        cmocka_unit_test_setup(test_progress, setup),
        cmocka_unit_test_setup(test_failures_say_what_to_do, setup),
        cmocka_unit_test_setup(test_killed_lab_leaves_nothing_that_counts, setup),
        cmocka_unit_test_setup(test_interrupt_clears_away, setup),
        cmocka_unit_test_setup(test_two_at_once_build_one, setup),
        cmocka_unit_test_setup(test_pip, setup_pip),
        cmocka_unit_test_setup(test_pip_checks_hashes, setup_pip),
        cmocka_unit_test_setup(test_pip_without_network, setup_pip),
        cmocka_unit_test_setup(test_pip_when_uv_cannot_be_had, setup_pip),
        cmocka_unit_test_setup(test_builder, setup_pip),
        cmocka_unit_test_setup(test_run_environment, setup),
    };
    return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
