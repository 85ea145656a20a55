#include "base/machine.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"

enum { RELEASE_MOST = 16 << 10 };

unsigned machine_cores(unsigned most) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : (unsigned long)cores > most ? most : (unsigned)cores;
}

/* Whether the value, a word or several in quotes or not, has the word. */
static bool has_word(struct sv value, const char *word) {
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= value.len; i++) {
        bool begins = !i || char_is_one_of(value.data[i - 1], " \"'");
        bool ends = i + len == value.len || char_is_one_of(value.data[i + len], " \"'");
        if (begins && ends && !memcmp(value.data + i, word, len)) return true;
    }
    return false;
}

bool machine_release_is_debian(const char *release) {
    static const char *const keys[] = {"ID=", "ID_LIKE="};
    struct sv rest = sv_of(release), line;
    while (sv_next_line(&rest, &line))
        for (size_t i = 0; i < LENGTH(keys); i++) {
            size_t len = strlen(keys[i]);
            if (line.len < len || memcmp(line.data, keys[i], len) != 0) continue;
            if (has_word((struct sv){line.data + len, line.len - len}, "debian")) return true;
        }
    return false;
}

bool machine_is_debian(void) {
    scoped(str) release = STR_INIT;
    return !fs_read(&release, "/etc/os-release", RELEASE_MOST, NULL) && machine_release_is_debian(release.data);
}
