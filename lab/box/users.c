#include "box/users.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* One byte of the file a uid: a lock on it is the uid's owner, and goes with its holder whatever happens (fcntl(2), open
 * file description locks). */
static const char REGISTER[] = "/run/lab-box-users";

int users_take(uid_t *user, struct err *err) {
    autoclose int fd = open(REGISTER, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat info;
    if (fd < 0 || fstat(fd, &info)) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", REGISTER);
    if (info.st_uid != geteuid() || info.st_mode & 077)
        return err_set(err, ERR_ENVIRONMENT, "%s belongs to someone else", REGISTER);
    for (int i = 0; i < USERS_COUNT; i++) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = i, .l_len = 1};
        if (fcntl(fd, F_OFD_SETLK, &lock)) continue;
        *user = (uid_t)(USERS_FIRST + i);
        return steal_fd(&fd);
    }
    return err_set(err, ERR_ENVIRONMENT, "%d boxes run already; no uid is left for another", USERS_COUNT);
}

int users_become(uid_t user) {
    return setgroups(0, NULL) || setresgid(user, user, user) || setresuid(user, user, user) ? -1 : 0;
}
