#include "workspace/ignore_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"

enum { RULES_BYTES_MOST = 1024 * 1024 };

/* FNV-1a, 64 bits: it has to notice a change, not to withstand an attack. */
static uint64_t mix(uint64_t digest, const void *data, size_t len) {
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++) digest = (digest ^ bytes[i]) * 0x100000001b3;
    return (digest ^ 0xff) * 0x100000001b3;
}

static uint64_t mix_file(uint64_t digest, const char *path) {
    scoped(str) content = STR_INIT;
    if (fs_exists(path)) (void)fs_read(&content, path, RULES_BYTES_MOST, NULL);
    return mix(mix(digest, path, strlen(path)), content.data, content.len);
}

static uint64_t mix_configured(uint64_t digest, git_repository *repository) {
    scoped_git(config) *config = NULL;
    git_buf path = {0};
    if (git2.repository_config_snapshot(&config, repository)) return digest;
    if (!git2.config_get_path(&path, config, "core.excludesfile")) digest = mix_file(digest, path.ptr);
    git2.buf_dispose(&path);
    int caseless = 0;
    (void)git2.config_get_bool(&caseless, config, "core.ignorecase");
    return mix(digest, &caseless, sizeof caseless);
}

uint64_t ignore_rules_global(struct workspace *workspace) {
    autofree char *exclude = path_join(git2.repository_commondir(workspace->repository), "info/exclude");
    uint64_t digest = mix_configured(mix_file(0xcbf29ce484222325, exclude), workspace->repository);
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (!home) home = "";
    autofree char *fallback = xdg && *xdg ? path_join(xdg, "git/ignore") : path_join(home, ".config/git/ignore");
    return mix_file(digest, fallback);
}

static int refuse_rules(const char *path, const char *why, struct err *err) {
    autofree char *shown = path_shown(path);
    err_set(err, ERR_USAGE, "%s%s.gitignore %s", shown, *shown ? "/" : "", why);
    return err_help(err, "mend or remove that file, then run the command again");
}

int ignore_rules_of(uint64_t above, int directory, const char *path, uint64_t *rules, struct err *err) {
    *rules = above;
    struct stat info;
    if (fstatat(directory, ".gitignore", &info, 0) || S_ISDIR(info.st_mode)) return 0;
    /* libgit2 would wait for a writer to a FIFO. */
    if (!S_ISREG(info.st_mode)) return refuse_rules(path, "is not a regular file", err);
    if (info.st_size > RULES_BYTES_MOST) return refuse_rules(path, "is larger than 1 MiB", err);
    scoped(str) content = STR_INIT;
    autoclose int fd = openat(directory, ".gitignore", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fs_read_all(fd, &content, RULES_BYTES_MOST)) return refuse_rules(path, "cannot be read", err);
    *rules = mix(mix(above, path, strlen(path)), content.data, content.len);
    return 0;
}

int ignore_rules_ask(struct workspace *workspace, const char *path, bool is_directory, bool *ignored, struct err *err) {
    autofree char *with_slash = is_directory ? str_format("%s/", path) : NULL;
    int answer = 0;
    if (git2.ignore_path_is_ignored(&answer, workspace->repository, with_slash ? with_slash : path)) {
        autofree char *shown = path_shown(path);
        return git2_error(err, ERR_ENVIRONMENT, "cannot tell whether git ignores %s", shown);
    }
    *ignored = answer;
    return 0;
}
