# lab: build, test, install. `make start` is for newcomers, `make test` proves that it works.
#
#   MODE=release (default) | debug | asan | fuzz    what to build, under build/$(MODE)/
#   WERROR=1                                 warnings are errors (lint and CI)
#   V=1                                      show the commands

MODE    ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
B       := build/$(MODE)
Q       := $(if $(V),,@)
VERSION := 0.1.0

# ---- what it is made of ----

ROOMS     := base term course box docker workspace services attempt progress library report author commands
TOOLS     := lab/box/filter_tool.c lab/author/template_tool.c checker/tools/embed.c checker/tools/types.c
INIT      := $(wildcard lab/box/init/*.c)
SOURCES   := $(filter-out $(TOOLS),$(foreach room,$(ROOMS),$(wildcard lab/$(room)/*.c))) $(wildcard checker/*.c)
PRELUDE   := $(sort $(wildcard checker/prelude/*.lua))
TEMPLATE  := $(sort $(shell find lab/author/template -type f -not -path '*/__pycache__/*'))
TYPES     := $(sort $(wildcard checker/types/*.lua))
MADE      := checker/prelude checker/api_embedded lab/box/filter_codes lab/author/template
OBJECTS   := $(SOURCES:%.c=$(B)/obj/%.o) $(MADE:%=$(B)/obj/%.o)
UNITS     := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
ATTACK    := $(B)/attack/exercises/shared/attack
HOSTILE   := $(wildcard tests/hostile/*.c)
BENCHES   := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/bench_*.c))
HEADERS   := $(wildcard lab/*/*.h checker/*.h tests/unit/*.h tests/hostile/*.h)
C_FILES   := $(SOURCES) $(TOOLS) $(INIT) lab/main.c $(wildcard tests/unit/*.c tests/bench/*.c tests/fuzz/*.c) $(HOSTILE)
SCRIPTS   := $(wildcard .ci/* tests/*.sh tests/*/*.sh)

# ---- libraries: linked, and loaded on first use (see lab/base/dynamic.h) ----

PACKAGES  := sqlite3 lua5.4 yaml-0.1 jansson libutf8proc libmd expat libpcre2-8 md4c
LAZY      := libgit2 libcurl libarchive libpq
APT       := gcc make pkg-config python3 python3-venv git ca-certificates \
             libsqlite3-dev liblua5.4-dev libyaml-dev libjansson-dev libutf8proc-dev libmd-dev libexpat1-dev \
             libpcre2-dev libmd4c-dev libgit2-dev libcurl4-openssl-dev libarchive-dev libpq-dev libseccomp-dev bubblewrap musl-tools
APT_TEST  := libcmocka-dev jq libxml2-utils python3-jsonschema python3-yaml
APT_LINT  := clang-format clang-tidy shellcheck lua-check

pkg        = $(shell pkg-config $(1) 2>/dev/null)
soname     = $(shell readelf -d "$$(pkg-config --variable=libdir $(1) 2>/dev/null)/$(2).so" 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')

WARNINGS  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
             -Wformat=2 -Wvla -Wcast-qual -Wswitch-enum -Wnull-dereference $(if $(WERROR),-Werror)
DEFINES    = -D_GNU_SOURCE -DLAB_VERSION='"$(VERSION)"' -DLAB_INSTALLED_COURSE='"$(PREFIX)/share/lab"' \
             -DLIBGIT2_SONAME='"$(call soname,libgit2,libgit2)"' -DLIBCURL_SONAME='"$(call soname,libcurl,libcurl)"' \
             -DLIBARCHIVE_SONAME='"$(call soname,libarchive,libarchive)"' -DLIBPQ_SONAME='"$(call soname,libpq,libpq)"'
FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
FLAGS_debug   := -O0 -g -fPIE
FLAGS_asan    := -O1 -g -fPIE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_fuzz    := -O1 -g -fPIE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LINK_fuzz     := -pie -fsanitize=address,undefined
LINK_release  := -pie -Wl,-z,relro,-z,now
LINK_debug    := -pie
LINK_asan     := -pie -fsanitize=address,undefined
CFLAGS_ALL     = -std=c17 -Ilab -I. $(WARNINGS) $(FLAGS_$(MODE)) $(DEFINES) $(call pkg,--cflags $(PACKAGES) $(LAZY)) $(CFLAGS)
LIBS           = $(call pkg,--libs $(PACKAGES)) -lm -ldl -Wl,--export-dynamic-symbol=mbedtls_x509_crt_parse_file

FUZZERS   := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 30
FUZZ_CC   ?= $(lastword $(sort $(wildcard /usr/bin/clang /usr/bin/clang-[0-9]*)))

.PHONY: all deps deps-test deps-lint start test test-unit test-cli test-python test-proofs prove walk test-asan lint tidy format schema kustomize bench fuzz fuzz-run \
        install uninstall clean

all: $(B)/lab $(ATTACK)

# ---- building ----

ifneq ($(filter-out deps deps-test deps-lint clean uninstall format start test lint test-asan,$(or $(MAKECMDGOALS),all)),)
CFLAGS_ALL := $(CFLAGS_ALL)
LIBS       := $(LIBS)
endif

$(B)/lab: $(B)/obj/lab/main.o $(B)/liblab.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(LINK_$(MODE)) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/liblab.a: $(OBJECTS)
	@echo "  AR    $@"
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/obj/%.o: %.c Makefile
	@echo "  CC    $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Programs that make sources; plain C in every mode, they end with the build.
$(B)/tools/embed $(B)/tools/types: $(B)/tools/%: checker/tools/%.c Makefile
	@echo "  TOOL  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(WARNINGS) -O1 -D_GNU_SOURCE $(call pkg,--cflags lua5.4) -o $@ $< $(call pkg,--libs lua5.4)

$(B)/tools/filter: lab/box/filter_tool.c Makefile
	@echo "  TOOL  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(WARNINGS) -O1 -D_GNU_SOURCE $(call pkg,--cflags libseccomp) -o $@ $< $(call pkg,--libs libseccomp)

$(B)/tools/template: lab/author/template_tool.c Makefile
	@echo "  TOOL  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(WARNINGS) -O1 -o $@ $<

# The prelude's Lua files, as one table of names and byte code.
$(B)/obj/checker/prelude.c: $(B)/tools/embed $(PRELUDE)
	@echo "  EMBED $@"
	$(Q)mkdir -p $(@D)
	$(Q)$^ >$@.tmp && mv $@.tmp $@

# The editor's types, as one file: of each part but the first, a blank stands for the line that says what kind of file it is.
$(B)/lab.d.lua: $(TYPES)
	@echo "  TYPES $@"
	$(Q)mkdir -p $(@D)
	$(Q)awk 'FNR > 1 || NR == 1 { print; next } { print "" }' $^ >$@.tmp && mv $@.tmp $@

# The same, which lab knows its own API by.
$(B)/obj/checker/api_embedded.c: $(B)/tools/types $(B)/lab.d.lua
	@echo "  EMBED $@"
	$(Q)mkdir -p $(@D)
	$(Q)$^ >$@.tmp && mv $@.tmp $@

# The filters of system calls.
$(B)/obj/lab/box/filter_codes.c: $(B)/tools/filter
	@echo "  EMBED $@"
	$(Q)mkdir -p $(@D)
	$(Q)$^ >$@.tmp && mv $@.tmp $@

# The template of lab author new, and the editor's types.
$(B)/obj/lab/author/template.c: $(B)/tools/template $(TEMPLATE) $(B)/lab.d.lua
	@echo "  EMBED $@"
	$(Q)mkdir -p $(@D)
	$(Q)$< $(foreach file,$(TEMPLATE),$(file) $(file:lab/author/template/%=%)) $(B)/lab.d.lua .lab/lua/lab.d.lua >$@.tmp && mv $@.tmp $@

$(MADE:%=$(B)/obj/%.o): %.o: %.c
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The box's init: a small static program, plain C in every mode, that lab carries inside itself. With musl, where it is
# there, it is a tenth as large, and starts without asking the processor for its features.
INIT_CC    := $(if $(shell command -v musl-gcc),musl-gcc -idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -print-multiarch),$(CC))
INIT_PARTS := lab/box/init_message.c lab/box/exec.c lab/box/explain.c lab/box/filter.c lab/box/landlock.c lab/box/loopback.c lab/base/mem.c lab/base/err.c

$(B)/obj/lab/box/init/init: $(INIT) $(INIT_PARTS) $(B)/obj/lab/box/filter_codes.c $(wildcard lab/box/*.h lab/base/*.h) Makefile
	@echo "  INIT  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(INIT_CC) -std=c17 -Ilab $(WARNINGS) -Os -D_GNU_SOURCE -static -s -o $@ $(INIT) $(INIT_PARTS) $(B)/obj/lab/box/filter_codes.c

$(B)/obj/lab/author/mutate_program.o: lab/author/mutate.py
$(B)/obj/lab/report/page_style.o: lab/report/page.css
$(B)/obj/lab/author/recorder.o: lab/author/record_draft.lua lab/author/record.lua
$(B)/obj/lab/box/init_image.o: $(B)/obj/lab/box/init/init
$(B)/obj/lab/box/init_image.o: CFLAGS_ALL += -DINIT_IMAGE='"$(B)/obj/lab/box/init/init"'

$(B)/tests/%: tests/unit/%.c $(B)/liblab.a
	@echo "  TEST  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -MF $@.d $(LINK_$(MODE)) -o $@ $< $(B)/liblab.a $(LIBS) -lcmocka

$(B)/bench/%: tests/bench/%.c $(B)/liblab.a
	@echo "  BENCH $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK_$(MODE)) -o $@ $< $(B)/liblab.a $(LIBS)

# The programs that the box's tests run: plain C in every mode, since sanitizers do not live with memory limits. Static, since
# a box need not hold the libraries of whoever attacks it.
$(B)/tests/hostile: $(HOSTILE) $(wildcard tests/hostile/*.h)
	@echo "  TEST  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(WARNINGS) -O1 -g -static -D_GNU_SOURCE -o $@ $(HOSTILE)

# The suite of lab doctor --attack: its course, and the same programs.
$(ATTACK): $(B)/tests/hostile $(shell find tests/hostile/course -type f -not -path '*/__pycache__/*')
	@echo "  SUITE $(B)/attack"
	$(Q)rm -rf $(B)/attack && mkdir -p $(B)/attack
	$(Q)tar -c --exclude=__pycache__ -C tests/hostile/course . | tar -x -C $(B)/attack --no-same-owner
	$(Q)strip -o $@ $<

$(filter $(B)/tests/test_box%,$(UNITS)): $(B)/tests/hostile

-include $(OBJECTS:.o=.d) $(B)/obj/lab/main.d $(UNITS:=.d)

# ---- for people ----

start: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)sh lab/start.sh $(abspath $(B))/lab

deps:
	$(Q)sh .ci/deps $(APT)

deps-test: deps
	$(Q)sh .ci/deps $(APT_TEST)
	$(Q)python3 tests/fixtures/wheels.py

deps-lint: deps-test
	$(Q)sh .ci/deps $(APT_LINT)

# ---- proofs ----

test: deps-test
	$(Q)$(MAKE) --no-print-directory -k test-unit test-cli test-python test-proofs

test-asan: deps-test
	$(Q)$(MAKE) --no-print-directory -k MODE=asan test-unit test-cli

test-unit: $(UNITS) $(B)/lab
	$(Q)sh tests/run-units.sh $(UNITS)

test-cli: $(B)/lab
	$(Q)python3 tests/run-cli.py $(B)/lab $(TESTS)

test-python: $(B)/lab $(ATTACK)
	$(Q)python3 tests/run-python.py $(B)/lab

# Those exercises whose proof is not recorded, and others in turn, five minutes of processor time a day; or EXERCISES.
test-proofs: $(B)/lab
	$(Q)python3 tests/run-proofs.py $(B)/lab $(or $(EXERCISES),--changed --sample 300)

# All of them, and records what is proved.
prove: deps-test
	$(Q)$(MAKE) --no-print-directory all
	$(Q)python3 tests/run-proofs.py $(B)/lab --all --update-lock

# As learners do, with the network cut: everything is fetched, then each exercise started, checked, solved and checked.
walk: $(B)/lab
	$(Q)python3 tests/walk.py $(B)/lab $(or $(EXERCISES),practitioner platform-engineer)

lint: deps-lint
	$(Q)$(MAKE) --no-print-directory MODE=debug WERROR=1 all
	$(Q)sh tests/lint.sh

# Finders of bugs that take minutes: all files, or FILES.
tidy: deps-lint
	$(Q)tests/tidy.sh $(or $(FILES),$(SOURCES) $(TOOLS) $(INIT))

format:
	$(Q)clang-format -i $(C_FILES) $(HEADERS)

# Readers of hostile files, fed with what clang's fuzzer makes up: FUZZ_SECONDS each. What it finds new stays in build/fuzz/corpus/.
fuzz:
	$(Q)$(MAKE) --no-print-directory MODE=fuzz CC=$(FUZZ_CC) fuzz-run

fuzz-run: $(FUZZERS:%=$(B)/%)
	$(Q)for name in $(FUZZERS); do mkdir -p $(B)/corpus/$$name && echo "  FUZZ  $$name" && \
	  $(B)/$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=0 -verbosity=0 \
	    -artifact_prefix=$(B)/$$name- $(B)/corpus/$$name tests/fuzz/$$name || exit 1; done

$(B)/fuzz_%: tests/fuzz/fuzz_%.c $(B)/liblab.a
	@echo "  FUZZ  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK_$(MODE)) -fsanitize=fuzzer -o $@ $< $(B)/liblab.a $(LIBS)

# Brings docs/schema/ and the tables of docs/format.md up to date with the formats.
schema: $(B)/lab
	$(Q)$(B)/lab author schema --out docs/schema --quiet
	$(Q)python3 tests/format-page.py $(B)/lab

# What `kubectl kustomize` prints of tests/behaviour/kustomize/, which the tests compare with.
kustomize:
	$(Q)cd tests/behaviour && python3 test_kustomize.py store

bench: $(B)/lab $(BENCHES)
	$(Q)python3 tests/bench/run.py $(B)

# ---- installing ----

SHARE := $(DESTDIR)$(PREFIX)/share/lab

install: $(B)/lab $(B)/lab.d.lua $(ATTACK)
	$(Q)install -Dm755 $(B)/lab $(DESTDIR)$(PREFIX)/bin/lab
	$(Q)rm -rf $(SHARE) && mkdir -p $(SHARE)
	$(Q)tar -c --exclude=__pycache__ course.yaml docker-compose.yml tracks exercises docs | tar -x -C $(SHARE) --no-same-owner
	$(Q)install -Dm644 $(B)/lab.d.lua $(SHARE)/checker/lab.d.lua
	$(Q)tar -c -C $(B) attack | tar -x -C $(SHARE) --no-same-owner

uninstall:
	$(Q)rm -rf $(SHARE) $(DESTDIR)$(PREFIX)/bin/lab

clean:
	$(Q)rm -rf build
