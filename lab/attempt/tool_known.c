#include "attempt/tool_known.h"

#include <string.h>

#include "base/mem.h"

static const struct tool_known rows[] = {
    {"ansible", "ansible", "https://docs.ansible.com", {NULL}},
    {"cosign", NULL, "https://docs.sigstore.dev", {"version"}},
    {"curl", "curl", "https://curl.se", {NULL}},
    {"docker", "docker.io", "https://docs.docker.com/engine/install", {NULL}},
    {"dot", "graphviz", "https://graphviz.org/download", {"-V"}},
    {"gcc", "gcc", "https://gcc.gnu.org", {NULL}},
    {"git", "git", "https://git-scm.com", {NULL}},
    {"git-lfs", "git-lfs", "https://git-lfs.com", {NULL}},
    {"go", "golang-go", "https://go.dev/dl", {"version"}},
    {"hadolint", NULL, "https://github.com/hadolint/hadolint", {NULL}},
    {"helm", NULL, "https://helm.sh/docs/intro/install", {"version"}},
    {"java", "default-jre-headless", "https://adoptium.net", {NULL}},
    {"jq", "jq", "https://jqlang.org/download", {NULL}},
    {"kubectl", "kubernetes-client", "https://kubernetes.io/docs/tasks/tools", {"version", "--client"}},
    {"kustomize", NULL, "https://kubectl.docs.kubernetes.io/installation/kustomize", {"version"}},
    {"make", "make", "https://www.gnu.org/software/make", {NULL}},
    {"node", "nodejs", "https://nodejs.org", {NULL}},
    {"npm", "npm", "https://nodejs.org", {NULL}},
    {"openssl", "openssl", "https://openssl.org", {"version"}},
    {"podman", "podman", "https://podman.io/docs/installation", {NULL}},
    {"promtool", "prometheus", "https://prometheus.io/download", {NULL}},
    {"psql", "postgresql-client", "https://www.postgresql.org/download", {NULL}},
    {"redis-cli", "redis-tools", "https://redis.io/downloads", {NULL}},
    {"shellcheck", "shellcheck", "https://www.shellcheck.net", {NULL}},
    {"skopeo", "skopeo", "https://github.com/containers/skopeo", {NULL}},
    {"sqlite3", "sqlite3", "https://sqlite.org/download.html", {NULL}},
    {"terraform", NULL, "https://developer.hashicorp.com/terraform/install", {NULL}},
    {"tofu", NULL, "https://opentofu.org/docs/intro/install", {NULL}},
    {"trivy", NULL, "https://trivy.dev", {NULL}},
    {"yamllint", "yamllint", "https://yamllint.readthedocs.io", {NULL}},
};

const struct tool_known *tool_known_at(size_t index) { return index < LENGTH(rows) ? &rows[index] : NULL; }

const struct tool_known *tool_known(const char *name) {
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (!strcmp(rows[i].name, name)) return &rows[i];
    return NULL;
}

void tool_advise(const struct tool_known *known, bool debian, struct err *err) {
    if (!known) return;
    if (!debian)
        err_help(err, "see %s", known->page);
    else if (known->package)
        err_help(err, "sudo apt install %s", known->package);
    else
        err_help(err, "no package of Debian has it: see %s", known->page);
}
