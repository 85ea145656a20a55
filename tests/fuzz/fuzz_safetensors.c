/* The reader of safetensors files, on anything. */
#include <stdint.h>

#include "checker/modelfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct err err = ERR_INIT;
    json_t *value = safetensors_read((struct sv){(const char *)data, size}, &err);
    if (!value && !err.code) __builtin_trap(); /* refused without a reason */
    json_decref(value);
    return 0;
}
