/* Findings as SARIF 2.1.0 (OASIS standard, 27 March 2020), which forges and editors read. */

#include <stdlib.h>

#include "author/lint.h"
#include "base/json.h"
#include "base/str.h"

static const char schema[] =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

static const char *const levels[] = {
    [SEVERITY_ERROR] = "error", [SEVERITY_WARNING] = "warning", [SEVERITY_NOTE] = "note"};

/* {"text": text} */
static json_t *message(const char *text) {
    json_t *object = json_object();
    json_put(object, "text", json_text(text, strlen(text)));
    return object;
}

static json_t *rules(void) {
    size_t count;
    const struct finding_code *codes = finding_codes(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *rule = json_object();
        json_put(rule, "id", json_string(codes[i].code));
        json_put(rule, "name", json_string(codes[i].name));
        json_put(rule, "shortDescription", message(codes[i].about));
        json_put(rule, "help", message(codes[i].help));
        json_array_append_new(list, rule);
    }
    return list;
}

/* A relative reference (RFC 3986): all but the unreserved characters and the slash by their bytes. */
static json_t *uri(const char *file) {
    scoped(str) out = STR_INIT;
    for (const char *at = file; *at; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
                     strchr("-._~/", *at);
        if (plain)
            str_append_char(&out, *at);
        else
            str_printf(&out, "%%%02X", (unsigned)(unsigned char)*at);
    }
    return json_string(out.data);
}

static json_t *location(const struct finding *finding) {
    json_t *location = json_object(), *physical = json_object(), *artifact = json_object();
    json_put(location, "physicalLocation", physical);
    json_put(physical, "artifactLocation", artifact);
    json_put(artifact, "uri", uri(finding->file));
    if (!finding->at.line) return location;
    json_t *region = json_object();
    json_put(region, "startLine", json_integer(finding->at.line));
    if (finding->at.column) json_put(region, "startColumn", json_integer(finding->at.column));
    json_put(physical, "region", region);
    return location;
}

static json_t *result(const struct finding *finding) {
    size_t count;
    json_t *object = json_object(), *locations = json_array();
    json_put(object, "ruleId", json_string(finding->code->code));
    json_put(object, "ruleIndex", json_integer(finding->code - finding_codes(&count)));
    json_put(object, "level", json_string(levels[finding_severity(finding)]));
    json_put(object, "message", message(finding->message));
    json_array_append_new(locations, location(finding));
    json_put(object, "locations", locations);
    return object;
}

static json_t *run(const struct findings *findings) {
    json_t *run = json_object(), *tool = json_object(), *driver = json_object(), *results = json_array();
    json_put(driver, "name", json_string("lab author lint"));
    json_put(driver, "version", json_string(LAB_VERSION));
    json_put(driver, "rules", rules());
    json_put(tool, "driver", driver);
    for (size_t i = 0; i < findings->list.count; i++) json_array_append_new(results, result(&findings->list.items[i]));
    json_put(run, "tool", tool);
    json_put(run, "columnKind", json_string("unicodeCodePoints"));
    json_put(run, "results", results);
    return run;
}

char *lint_sarif(const struct findings *findings) {
    autojson json_t *log = json_object();
    json_t *runs = json_array();
    json_put(log, "$schema", json_string(schema));
    json_put(log, "version", json_string("2.1.0"));
    json_put(log, "runs", runs);
    json_array_append_new(runs, run(findings));
    return json_dumps(log, JSON_INDENT(2));
}
