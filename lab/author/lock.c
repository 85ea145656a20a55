#include "author/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>

#include "base/beneath.h"
#include "base/path.h"

enum { LOCK_MOST = 1 << 20 };

static const char file[] = "tests/proved.lock";

static void entry_release(struct lock_entry *entry) {
    free(entry->exercise);
    free(entry->fingerprint);
    free(entry->date);
}

void lock_release(struct lock *lock) {
    for (size_t i = 0; i < lock->list.count; i++) entry_release(&lock->list.items[i]);
    array_free(&lock->list);
}

/* ---- reading ---- */

static bool parse_line(const char *line, struct lock_entry *entry) {
    char id[65], fingerprint[HASH_HEX_SIZE], date[11];
    double seconds;
    int end = 0;
    if (sscanf(line, "%64s %64[0-9a-f] %10[0-9-] %lf s%n", id, fingerprint, date, &seconds, &end) != 4 || line[end])
        return false;
    if (!path_is_id(id) || strlen(fingerprint) != HASH_HEX_SIZE - 1 || !(seconds >= 0)) return false;
    *entry = (struct lock_entry){mem_copy_string(id), mem_copy_string(fingerprint), mem_copy_string(date), seconds};
    return true;
}

int lock_read(struct lock *lock, const struct course *course, struct err *err) {
    scoped(str) text = STR_INIT;
    if (beneath_read(course->folder, file, &text, LOCK_MOST))
        return errno == ENOENT ? 0 : err_errno(err, ERR_COURSE, "cannot read %s", file);
    struct sv rest = sv_str(&text), line;
    for (int number = 1; sv_next_line(&rest, &line); number++) {
        autofree char *copy = mem_copy(line.data, line.len);
        struct lock_entry entry;
        if (!*copy || *copy == '#') continue;
        if (!parse_line(copy, &entry)) {
            err_set(err, ERR_COURSE, "%s:%d:1: not 'EXERCISE FINGERPRINT DATE SECONDS s'", file, number);
            return err_help(err, "lab author test --all --update-lock writes it anew");
        }
        *array_push(&lock->list) = entry;
    }
    return 0;
}

const struct lock_entry *lock_find(const struct lock *lock, const char *exercise) {
    for (size_t i = 0; i < lock->list.count; i++)
        if (!strcmp(lock->list.items[i].exercise, exercise)) return &lock->list.items[i];
    return NULL;
}

/* ---- writing ---- */

static void put(struct lock *lock, const struct proof *proof) {
    struct lock_entry *entry = NULL;
    char date[11];
    time_t now = time(NULL);
    strftime(date, sizeof date, "%F", gmtime(&now));
    for (size_t i = 0; i < lock->list.count && !entry; i++)
        if (!strcmp(lock->list.items[i].exercise, proof->exercise->id)) entry = &lock->list.items[i];
    if (entry)
        entry_release(entry);
    else
        entry = array_push(&lock->list);
    *entry = (struct lock_entry){mem_copy_string(proof->exercise->id), mem_copy_string(proof->fingerprint),
                                 mem_copy_string(date), proof_processor(proof)};
}

static int write_file(const struct lock *lock, const struct course *course, struct err *err) {
    scoped(str) text = STR_INIT;
    str_append(
        &text,
        "# Exercises that are proved: the fingerprint of all that the proof depends on, when, and how long it took.\n"
        "# Written by `lab author test --update-lock`.\n");
    for (size_t i = 0; i < course->exercise_ids.count; i++) {
        const struct lock_entry *entry = lock_find(lock, course->exercise_ids.items[i]);
        if (entry)
            str_printf(&text, "%s %s %s %.0f s\n", entry->exercise, entry->fingerprint, entry->date, entry->seconds);
    }
    if (beneath_write(course->folder, file, text.data, text.len, 0644))
        return err_errno(err, ERR_ENVIRONMENT, "cannot write %s", file);
    return 0;
}

int lock_update(const struct course *course, const struct proof *proofs, size_t count, struct err *err) {
    scoped(lock) lock = {0};
    if (beneath_make_directories(course->folder, "tests"))
        return err_errno(err, ERR_ENVIRONMENT, "cannot create tests/");
    autoclose int folder = beneath_open(course->folder, "tests", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (folder < 0 || flock(folder, LOCK_EX)) return err_errno(err, ERR_ENVIRONMENT, "cannot lock tests/");
    if (lock_read(&lock, course, err)) return -1;
    for (size_t i = 0; i < count; i++)
        if (proof_holds(&proofs[i])) put(&lock, &proofs[i]);
    return write_file(&lock, course, err);
}

/* ---- whose turn it is ---- */

void lock_sample(const struct lock *lock, const struct course *course, const bool *fresh, double seconds, long day,
                 bool *chosen) {
    size_t count = course->exercise_ids.count, taken = 0;
    for (size_t i = 0; i < count; i++) {
        size_t index = (i + (size_t)day) % count;
        if (!fresh[index]) continue;
        const struct lock_entry *entry = lock_find(lock, course->exercise_ids.items[index]);
        if (taken && entry->seconds > seconds) return;
        chosen[index] = true;
        seconds -= entry->seconds;
        taken++;
    }
}
