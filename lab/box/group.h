#pragma once
#include <stdbool.h>
struct group_facts {
    int kind;
};
static inline bool group_probe(struct group_facts *facts) {
    facts->kind = 0;
    return false;
}
