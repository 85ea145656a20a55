#include "term/screen.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/fs.h"

#define ENTER "\033[?1049h\033[?25l\033[?7l" /* alternate screen, no cursor, no wrapping: xterm's private modes */
#define LEAVE "\033[0m\033[?7h\033[?25h\033[?1049l"

/* What the terminal was like, for the handler of crashes too. */
static struct termios before;
static volatile sig_atomic_t taken;

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static void give_back(void) {
    if (!taken) return;
    taken = 0;
    (void)!write(STDOUT_FILENO, LEAVE, sizeof LEAVE - 1);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

/* Runs once: SA_RESETHAND has put the default action back, so raising the signal again ends the process by it. */
static void on_crash(int signal) {
    give_back();
    raise(signal);
}

static void take_over(void) {
    struct termios raw = before;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST;
    taken = 1;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    fs_write_all(STDOUT_FILENO, ENTER, sizeof ENTER - 1);
}

static void handle_crashes(void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
    for (size_t i = 0; i < LENGTH(crashes); i++) sigaction(crashes[i], &action, NULL);
}

static int watch_size(struct screen *screen) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, NULL);
    screen->resized = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return screen->resized < 0 ? -1 : 0;
}

int screen_open(struct screen *screen, struct err *err) {
    *screen = (struct screen){.resized = -1};
    if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before))
        return err_set(err, ERR_ENVIRONMENT, "this needs a terminal to show on and keys to be typed on");
    if (watch_size(screen)) return err_errno(err, ERR_INTERNAL, "cannot watch the terminal's size");
    handle_crashes(on_crash);
    take_over();
    screen_measure(screen);
    return 0;
}

void screen_close(struct screen *screen) {
    if (!taken) return;
    give_back();
    handle_crashes(SIG_DFL);
    mem_close_descriptor(&screen->resized);
    screen->resized = -1;
}

void screen_forget(void) {
    taken = 0;
    handle_crashes(SIG_DFL);
}

void screen_measure(struct screen *screen) {
    struct signalfd_siginfo info;
    struct winsize size = {0};
    while (read(screen->resized, &info, sizeof info) > 0) {}
    bool known = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col && size.ws_row;
    screen->columns = known ? size.ws_col : 80;
    screen->rows = known ? size.ws_row : 24;
}

void screen_suspend(struct screen *screen) {
    give_back();
    kill(getpid(), SIGSTOP);
    take_over();
    screen_measure(screen);
}

/* ---- keys ---- */

/* A key of several bytes at the start of what was typed: how many, 0 when more must come. */
static size_t sequence(const char *typed, size_t count, int *key) {
    static const struct {
        const char *bytes;
        int key;
    } keys[] = {{"\033[A", KEY_UP},       {"\033OA", KEY_UP},         {"\033[B", KEY_DOWN}, {"\033OB", KEY_DOWN},
                {"\033[5~", KEY_PAGE_UP}, {"\033[6~", KEY_PAGE_DOWN}, {"\033[H", KEY_HOME}, {"\033[1~", KEY_HOME},
                {"\033OH", KEY_HOME},     {"\033[F", KEY_END},        {"\033[4~", KEY_END}, {"\033OF", KEY_END}};
    bool may_grow = false;
    for (size_t i = 0; i < LENGTH(keys); i++) {
        size_t len = strlen(keys[i].bytes);
        if (count >= len && !memcmp(typed, keys[i].bytes, len)) {
            *key = keys[i].key;
            return len;
        }
        may_grow |= count < len && !memcmp(typed, keys[i].bytes, count);
    }
    *key = KEY_NONE;
    if (may_grow) return 0;
    size_t len = 1; /* another key: its whole sequence is nothing */
    if (count > 1 && typed[1] == '[')
        for (len = 2; len < count && !(typed[len] >= 0x40 && typed[len] <= 0x7e);) len++;
    return len < count ? len + 1 : count;
}

static int cut_key(struct screen *screen) {
    int key = (unsigned char)screen->typed[0];
    size_t len = screen->typed_count ? 1 : 0;
    if (len && key == '\033') len = sequence(screen->typed, screen->typed_count, &key);
    if (!len) return KEY_NONE;
    screen->typed_count -= len;
    memmove(screen->typed, screen->typed + len, screen->typed_count);
    return key;
}

int screen_key(struct screen *screen, bool readable) {
    if (readable && screen->typed_count < sizeof screen->typed) {
        ssize_t got =
            read(STDIN_FILENO, screen->typed + screen->typed_count, sizeof screen->typed - screen->typed_count);
        if (!got || (got < 0 && errno != EINTR && errno != EAGAIN)) return KEY_CLOSED;
        if (got > 0) screen->typed_count += (size_t)got;
    }
    size_t left = screen->typed_count;
    int key = cut_key(screen);
    while (key == KEY_NONE && screen->typed_count && screen->typed_count < left) {
        left = screen->typed_count;
        key = cut_key(screen);
    }
    return key;
}

/* ---- the picture ---- */

void screen_draw(const struct screen *screen, struct sv lines) {
    scoped(str) picture = STR_INIT;
    struct sv line = {"", 0};
    for (int row = 1; row <= screen->rows; row++) {
        str_printf(&picture, "\033[%d;1H", row);
        if (sv_next_line(&lines, &line)) str_append_bytes(&picture, line.data, line.len);
        str_append(&picture, "\033[0m\033[K");
    }
    fs_write_all(STDOUT_FILENO, picture.data, picture.len);
}
