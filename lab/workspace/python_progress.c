/* How far a build is: the phase and the bytes from what uv and pip say, the packages from what appears on disk. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/path.h"
#include "workspace/python_build.h"
#include "workspace/python_place.h"

static const char *const labels[] = {
    [PHASE_RESOLVING] = "finding packages",
    [PHASE_DOWNLOADING] = "downloading",
    [PHASE_INSTALLING] = "installing",
    [PHASE_COMPILING] = "compiling",
};

/* Lines that begin a phase. */
static const struct {
    const char *begin;
    enum build_phase phase;
} phases[] = {
    {"Resolved ", PHASE_DOWNLOADING},
    {"Prepared ", PHASE_INSTALLING},
    {"Installed ", PHASE_COMPILING},
    {"Collecting ", PHASE_DOWNLOADING},
    {"Installing collected packages", PHASE_INSTALLING},
};

/* ---- counting on disk ---- */

static size_t count_entries(const char *directory, const char *suffix) {
    DIR *stream = directory ? opendir(directory) : NULL;
    size_t count = 0;
    struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        count += entry->d_name[0] != '.' && string_ends_with(entry->d_name, suffix);
    if (stream) closedir(stream);
    return count;
}

/* Of the folders that hold Python code, how many have compiled code beside it. */
static size_t count_compiled(const char *site_packages, size_t *total) {
    DIR *stream = opendir(site_packages);
    size_t done = 0;
    struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        autofree char *source = str_format("%s/%s/__init__.py", site_packages, entry->d_name);
        autofree char *compiled = str_format("%s/%s/__pycache__", site_packages, entry->d_name);
        if (!fs_exists(source)) continue;
        ++*total;
        done += fs_exists(compiled);
    }
    if (stream) closedir(stream);
    return done;
}

static size_t beyond(size_t now, size_t before) { return now > before ? now - before : 0; }

/* ---- lines ---- */

/* "16.1MiB", "134 kB" as bytes; 0 for anything else. */
static double parse_size(const char *text) {
    static const struct {
        const char *unit;
        double bytes;
    } units[] = {{"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}};
    char *end;
    double amount = strtod(text, &end);
    while (*end == ' ') end++;
    for (size_t i = 0; i < LENGTH(units); i++)
        if (amount > 0 && string_starts_with(end, units[i].unit)) return amount * units[i].bytes;
    return 0;
}

static void begin_download(struct build_progress *progress, const char *name, size_t len, double bytes) {
    for (size_t i = 0; i < SIZES_MOST; i++) {
        if (progress->pending[i].bytes > 0) continue;
        progress->pending[i].bytes = bytes;
        snprintf(progress->pending[i].name, sizeof progress->pending[i].name, "%.*s", (int)len, name);
        return;
    }
}

/* The download of this name is done; NULL: all that were begun. */
static void end_download(struct build_progress *progress, const char *name) {
    for (size_t i = 0; i < SIZES_MOST; i++) {
        if (name && strcmp(progress->pending[i].name, name) != 0) continue;
        progress->bytes += progress->pending[i].bytes;
        progress->pending[i].bytes = 0;
        progress->pending[i].name[0] = '\0';
    }
}

/* uv: "Downloading numpy (16.1MiB)", later " Downloaded numpy". pip: "Collecting numpy==2.4.6", then "  Downloading
 * numpy-….whl (16.9 MB)", and with the next line it has it. */
static void note_download(struct build_progress *progress, const char *line) {
    static const char begun[] = "Downloading ", ended[] = "Downloaded ";
    if (string_starts_with(line, ended)) {
        end_download(progress, line + sizeof ended - 1);
    } else if (string_starts_with(line, begun)) {
        const char *name = line + sizeof begun - 1, *size = strrchr(name, '(');
        if (size) begin_download(progress, name, strcspn(name, " "), parse_size(size + 1));
    } else if (string_starts_with(line, "Collecting ")) {
        progress->collected++;
        end_download(progress, NULL);
    }
}

void build_progress_line(void *context, const char *line) {
    struct build_progress *progress = context;
    while (*line == ' ') line++;
    note_download(progress, line);
    for (size_t i = 0; i < LENGTH(phases); i++) {
        if (!string_starts_with(line, phases[i].begin) || phases[i].phase <= progress->phase) continue;
        progress->phase = phases[i].phase;
        if (progress->phase > PHASE_DOWNLOADING) end_download(progress, NULL);
        build_progress_tick(progress);
    }
}

/* ---- showing ---- */

void build_progress_init(struct build_progress *progress, const struct build *build) {
    autofree char *uv_cache = tool_uv_cache();
    *progress = (struct build_progress){.watcher = build->watcher, .total = build->packages};
    progress->site_packages = str_format("%s/lib/python%.*s/site-packages", build->directory,
                                         build_minor_length(build->version), build->version);
    progress->archives = uv_cache ? path_join(uv_cache, "archive-v0") : NULL;
    progress->archives_before = count_entries(progress->archives, "");
    progress->installed_before = count_entries(progress->site_packages, ".dist-info");
}

void build_progress_release(struct build_progress *progress) {
    free(progress->site_packages);
    free(progress->archives);
}

void build_progress_tick(void *context) {
    struct build_progress *progress = context;
    if (!progress->watcher) return;
    size_t installed = beyond(count_entries(progress->site_packages, ".dist-info"), progress->installed_before);
    if (installed && progress->phase < PHASE_INSTALLING) progress->phase = PHASE_INSTALLING;
    size_t done = 0, total = progress->total;
    if (progress->phase == PHASE_DOWNLOADING) {
        done = progress->collected ? progress->collected - 1
                                   : beyond(count_entries(progress->archives, ""), progress->archives_before);
    } else if (progress->phase == PHASE_INSTALLING) {
        done = installed;
    } else if (progress->phase == PHASE_COMPILING) {
        done = count_compiled(progress->site_packages, (total = 0, &total));
    }
    watcher_show(progress->watcher, labels[progress->phase], done < total ? done : total, total, progress->bytes);
}
