/* regex: one match by PCRE2, with limits on time and depth, for the prelude (JSON Schema's `pattern`). */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "checker/guard.h"
#include "checker/library.h"

enum { MATCH_STEPS = 1000000, MATCH_DEPTH = 10000, PATTERN_MOST = 8192 };

struct matcher {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static void release_matcher(void *memory) {
    struct matcher *m = memory;
    pcre2_code_free(m->code);
    pcre2_match_data_free(m->data);
    pcre2_match_context_free(m->context);
}

static int compile(struct matcher *m, const char *pattern, size_t len, char message[256]) {
    int code;
    PCRE2_SIZE offset;
    m->code = pcre2_compile((PCRE2_SPTR)pattern, len, PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C, &code,
                            &offset, NULL);
    if (m->code) return 0;
    PCRE2_UCHAR text[200] = "";
    pcre2_get_error_message(code, text, sizeof text);
    snprintf(message, 256, "%.200s at character %zu", (const char *)text, (size_t)offset + 1);
    return -1;
}

static int match_limited(struct matcher *m, const char *text, size_t len) {
    m->data = pcre2_match_data_create(1, NULL);
    m->context = pcre2_match_context_create(NULL);
    if (!m->data || !m->context) return PCRE2_ERROR_NOMEMORY;
    pcre2_set_match_limit(m->context, MATCH_STEPS);
    pcre2_set_depth_limit(m->context, MATCH_DEPTH);
    return pcre2_match(m->code, (PCRE2_SPTR)text, len, 0, 0, m->data, m->context);
}

/* regex.match(text, pattern): whether the pattern is found anywhere in text. nil and a message for a pattern that is
 * none, or a match that needs too many steps. Text that is not UTF-8 matches nothing. */
static int match(lua_State *L) {
    size_t text_len, pattern_len;
    const char *text = luaL_checklstring(L, 1, &text_len), *pattern = luaL_checklstring(L, 2, &pattern_len);
    if (pattern_len > PATTERN_MOST) return luaL_argerror(L, 2, "a pattern of more than 8192 bytes");
    char message[256] = "the match needs too many steps";
    struct matcher *m = guard_new(L, sizeof *m, release_matcher);
    int guard = lua_gettop(L), result = PCRE2_ERROR_MATCHLIMIT;
    if (!compile(m, pattern, pattern_len, message)) result = match_limited(m, text, text_len);
    guard_release(L, guard);
    int utf8_error = result <= PCRE2_ERROR_UTF8_ERR1 && result >= PCRE2_ERROR_UTF8_ERR21;
    if (result >= 0 || result == PCRE2_ERROR_NOMATCH || utf8_error) {
        lua_pushboolean(L, result >= 0);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, message);
    return 2;
}

static const luaL_Reg functions[] = {{"match", match}, {NULL, NULL}};

const struct library library_regex = {"regex", functions, 0, NULL};
