#pragma once
/* libpq, loaded on first use (see base/dynamic.h): functions are called as pq.exec(…). The only place that includes its
 * header. */

#include <libpq-fe.h>

#include "base/err.h"

#define PQ_FUNCTIONS(X) \
    X(clear) \
    X(connectPoll) \
    X(connectStartParams) \
    X(conninfoFree) \
    X(conninfoParse) \
    X(consumeInput) \
    X(errorMessage) \
    X(finish) \
    X(flush) \
    X(fname) \
    X(freemem) \
    X(ftype) \
    X(getResult) \
    X(getisnull) \
    X(getlength) \
    X(getvalue) \
    X(isBusy) \
    X(nfields) \
    X(nparams) \
    X(resultErrorField) \
    X(resultStatus) \
    X(sendDescribePrepared) \
    X(sendPrepare) \
    X(sendQuery) \
    X(sendQueryPrepared) \
    X(setNoticeReceiver) \
    X(setSingleRowMode) \
    X(setnonblocking) \
    X(socket) \
    X(status)

struct pq {
#define X(name) __typeof__(PQ##name) *name;
    PQ_FUNCTIONS(X)
#undef X
};
extern struct pq pq;

/* Loads it, once a process, and takes the settings of whoever runs lab (PGOPTIONS, a Kerberos ticket …) out of the
 * environment. */
int pq_load(struct err *err);
