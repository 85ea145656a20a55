# lab: build, test, install. `make start` is for newcomers, `make test` proves that it works.
#
#   MODE=release (default) | debug | asan    what to build, under build/$(MODE)/
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

ROOMS     := base term course box workspace attempt progress report commands
SOURCES   := $(foreach room,$(ROOMS),$(wildcard lab/$(room)/*.c)) $(wildcard checker/*.c)
PRELUDE   := $(sort $(wildcard checker/prelude/*.lua))
OBJECTS   := $(SOURCES:%.c=$(B)/%.o) $(if $(PRELUDE),$(B)/checker/prelude.o)
UNITS     := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
HEADERS   := $(wildcard lab/*/*.h checker/*.h tests/unit/*.h)
C_FILES   := $(SOURCES) lab/main.c $(wildcard tests/unit/*.c tests/bench/*.c tests/hostile/*.c)
SCRIPTS   := $(wildcard .ci/* tests/*.sh tests/*/*.sh)

# ---- libraries: linked, and loaded on first use (see lab/base/dynamic.h) ----

PACKAGES  := sqlite3 lua5.4 yaml-0.1 jansson libutf8proc libmd expat libpcre2-8
LAZY      := libgit2 libcurl
APT       := gcc make pkg-config python3 python3-venv git ca-certificates \
             libsqlite3-dev liblua5.4-dev libyaml-dev libjansson-dev libutf8proc-dev libmd-dev libexpat1-dev \
             libpcre2-dev libgit2-dev libcurl4-openssl-dev
APT_TEST  := libcmocka-dev jq
APT_LINT  := clang-format clang-tidy shellcheck lua-check

pkg        = $(shell pkg-config $(1) 2>/dev/null)
soname     = $(shell readelf -d "$$(pkg-config --variable=libdir $(1) 2>/dev/null)/$(2).so" 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')

WARNINGS  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
             -Wformat=2 -Wvla -Wcast-qual -Wswitch-enum -Wnull-dereference $(if $(WERROR),-Werror)
DEFINES    = -D_GNU_SOURCE -DLAB_VERSION='"$(VERSION)"' -DLAB_INSTALLED_COURSE='"$(PREFIX)/share/lab"' \
             -DLIBGIT2_SONAME='"$(call soname,libgit2,libgit2)"' -DLIBCURL_SONAME='"$(call soname,libcurl,libcurl)"'
FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
FLAGS_debug   := -O0 -g -fPIE
FLAGS_asan    := -O1 -g -fPIE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LINK_release  := -pie -Wl,-z,relro,-z,now
LINK_debug    := -pie
LINK_asan     := -pie -fsanitize=address,undefined
CFLAGS_ALL     = -std=c17 -Ilab -I. $(WARNINGS) $(FLAGS_$(MODE)) $(DEFINES) $(call pkg,--cflags $(PACKAGES) $(LAZY)) $(CFLAGS)
LIBS           = $(call pkg,--libs $(PACKAGES)) -lm -ldl

.PHONY: all deps deps-test deps-lint start test test-unit test-cli test-asan lint format bench install uninstall clean

all: $(B)/lab

# ---- building ----

ifneq ($(filter-out deps deps-test deps-lint clean uninstall format start test lint test-asan,$(or $(MAKECMDGOALS),all)),)
CFLAGS_ALL := $(CFLAGS_ALL)
LIBS       := $(LIBS)
endif

$(B)/lab: $(B)/lab/main.o $(B)/liblab.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(LINK_$(MODE)) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/liblab.a: $(OBJECTS)
	@echo "  AR    $@"
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/%.o: %.c Makefile
	@echo "  CC    $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The prelude's Lua files, as one table of names and texts.
$(B)/checker/prelude.c: $(PRELUDE) checker/embed.sh
	@echo "  EMBED $@"
	$(Q)mkdir -p $(@D)
	$(Q)sh checker/embed.sh $(PRELUDE) >$@.tmp && mv $@.tmp $@

$(B)/checker/prelude.o: $(B)/checker/prelude.c
	$(Q)$(CC) $(CFLAGS_ALL) -c -o $@ $<

$(B)/tests/%: tests/unit/%.c $(B)/liblab.a
	@echo "  TEST  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -MF $@.d $(LINK_$(MODE)) -o $@ $< $(B)/liblab.a $(LIBS) -lcmocka

# The programs that the box's tests run: plain C in every mode, since sanitizers do not live with memory limits.
$(B)/tests/hostile: tests/hostile/hostile.c
	@echo "  TEST  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(WARNINGS) -O1 -g -D_GNU_SOURCE -o $@ $<

$(filter $(B)/tests/test_box%,$(UNITS)): $(B)/tests/hostile

$(B)/bench/%: tests/bench/%.c $(B)/liblab.a
	@echo "  BENCH $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -MF $@.d $(LINK_$(MODE)) -o $@ $< $(B)/liblab.a $(LIBS)

-include $(OBJECTS:.o=.d) $(B)/lab/main.d $(UNITS:=.d)

# ---- the rest ----

test-unit: $(UNITS)
	$(Q)sh tests/run-units.sh $(UNITS)

test-cli: $(B)/lab
	$(Q)python3 tests/run-cli.py $(B)/lab $(TESTS)

lint:
	$(Q)sh tests/lint.sh

format:
	$(Q)clang-format -i $(C_FILES) $(HEADERS)

clean:
	$(Q)rm -rf build
