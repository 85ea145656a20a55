#include "author/results.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"

enum { RESULT_MOST = 64 << 20, KEPT_SECONDS = 60 * 24 * 3600 };

static char *place_of(const char *cache, const char *key) { return str_format("%s/proofs/%s.json", cache, key); }

json_t *results_find(const char *cache, const char *key) {
    autofree char *path = place_of(cache, key);
    scoped(str) text = STR_INIT;
    if (fs_read(&text, path, RESULT_MOST, NULL)) return NULL;
    (void)utimensat(AT_FDCWD, path, NULL, 0); /* it is of use */
    return json_loadb(text.data, text.len, 0, NULL);
}

void results_keep(const char *cache, const char *key, const json_t *result) {
    autofree char *folder = path_join(cache, "proofs");
    autofree char *path = place_of(cache, key);
    autofree char *text = json_dumps(result, JSON_COMPACT);
    if (text && !fs_make_directories(folder, NULL)) (void)fs_write(path, text, strlen(text), NULL);
}

void results_tidy(const char *cache) {
    autofree char *path = path_join(cache, "proofs");
    autoclose int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scoped(names) names = {0};
    if (folder < 0 || beneath_names(folder, &names)) return;
    for (size_t i = 0; i < names.count; i++) {
        struct stat info;
        if (!fstatat(folder, names.items[i], &info, AT_SYMLINK_NOFOLLOW) && info.st_mtime < time(NULL) - KEPT_SECONDS)
            unlinkat(folder, names.items[i], 0);
    }
}
