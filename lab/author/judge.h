#pragma once
/* What a proof demands, as functions of results alone: each adds a fault for what does not hold. Inside author/ only. */

#include "author/proof.h"

void judge_case(const struct proof *proof, struct proof_case *one);

void judge_coverage(struct proof *proof); /* every check is failed by some wrong variant */
void judge_hints(struct proof *proof);    /* every rung can be shown as it is */
void judge_time(struct proof *proof); /* the trials together take no more processor time than the exercise's minutes */

/* The ids of checks that did not pass in the result, as "a, b", for messages. */
void judge_name_failed(struct str *out, const json_t *result);
