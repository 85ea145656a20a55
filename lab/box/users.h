#pragma once
/*
 * Users for boxes: when lab runs as root, the programs of each box get a uid (and gid) of their own, which nobody else
 * has, so that root is not even mapped in the box, and what one box leaves behind is not another's.
 */

#include <sys/types.h>

#include "base/err.h"

enum { USERS_FIRST = 61000, USERS_COUNT = 184 /* systemd gives out those from 61184 on */ };

/* Takes a uid that no other live box of this machine has. Answers a descriptor that holds it until it is closed, by this
 * process and its forks; -1 with err when /run is not writable, or all are taken. Only root can use one. */
int users_take(uid_t *user, struct err *err);

/* The calling process, which is root and has one thread, becomes this user and group and nothing else. -1 with errno. */
int users_become(uid_t user);
