#include "attempt/errand.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/path.h"

int errand_open(struct errand *errand, const char *cache, uint64_t bytes, const char *shown, struct err *err) {
    scoped(fs_umask) usual = fs_usual_umask();
    if (scratch_open(&errand->scratch, cache, bytes, err)) return -1;
    const char *const folders[] = {errand->scratch.directory, shown, NULL};
    autofree char *remembered = path_join(cache, "walls");
    walls_probe(&errand->walls, folders, remembered);
    return walls_user(&errand->walls, &errand->user, &errand->lock, err);
}

void errand_release(struct errand *errand) {
    walls_release(&errand->walls);
    mem_close_descriptor(&errand->lock);
    scratch_release(&errand->scratch);
}
