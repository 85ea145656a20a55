#pragma once
/* libarchive, loaded on first use (see base/dynamic.h): functions are called as tar.read_next_header(…). Reading and
 * writing tar only. The only place that includes archive.h. */

#include <archive.h>
#include <archive_entry.h>

#include "base/err.h"

#define TAR_FUNCTIONS(X) \
    X(entry_filetype) \
    X(entry_free) \
    X(entry_hardlink) \
    X(entry_new) \
    X(entry_pathname) \
    X(entry_perm) \
    X(entry_set_filetype) \
    X(entry_set_mtime) \
    X(entry_set_pathname) \
    X(entry_set_perm) \
    X(entry_set_size) \
    X(entry_set_symlink) \
    X(entry_size) \
    X(error_string) \
    X(read_data) \
    X(read_free) \
    X(read_new) \
    X(read_next_header) \
    X(read_open_fd) \
    X(read_support_format_tar) \
    X(write_close) \
    X(write_data) \
    X(write_free) \
    X(write_header) \
    X(write_new) \
    X(write_open) \
    X(write_open_fd) \
    X(write_set_format_pax_restricted)

struct tar {
#define X(name) __typeof__(archive_##name) *name;
    TAR_FUNCTIONS(X)
#undef X
};
extern struct tar tar;

int tar_load(struct err *err);

/* Sets err to the text and what libarchive says of the archive; returns -1. */
int tar_error(struct archive *archive, enum err_code code, const char *what, struct err *err);
