# webhook.h -- `make` builds everything that needs gcc and make alone; `make help` lists the targets.
# CC, CXX and CFLAGS are yours; the project's own flags are added to them. Everything is built in build/.

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2) --output-sync=target
endif
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

CC ?= cc
CXX ?= g++
CLANG ?= clang
# unless CFLAGS says otherwise the implementation is optimised a little and the tests are not: they are compiled sooner
ifeq ($(origin CFLAGS),undefined)
TEST_LEVEL := -O0
endif
CFLAGS ?= -O1 -g
B ?= build
WARN := -Wall -Wextra -pedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-align -Wcast-qual \
        -Wwrite-strings -Wformat=2 -Wdouble-promotion -Wvla -Wswitch-enum -Wnull-dereference
WARN_C := $(WARN) -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
STD := -std=c99
OWN := $(STD) -Wall -Wextra -pedantic
THREADS := -pthread
# TLS= builds the tool without TLS; it is there where pkg-config finds OpenSSL 3
TLS := $(shell command -v pkg-config >/dev/null 2>&1 && pkg-config --exists 'libssl >= 3' 2>/dev/null && echo openssl)
TLS_CFLAGS := $(if $(TLS),-DHAVE_OPENSSL $(shell pkg-config --cflags libssl))
TLS_LIBS := $(if $(TLS),$(shell pkg-config --libs libssl libcrypto))
# CURL= leaves out the example over libcurl; it is there where pkg-config finds it
CURL := $(shell command -v pkg-config >/dev/null 2>&1 && pkg-config --exists libcurl 2>/dev/null && echo libcurl)
CURL_CFLAGS := $(if $(CURL),$(shell pkg-config --cflags libcurl))
CURL_LIBS := $(if $(CURL),$(shell pkg-config --libs libcurl))

SUITES := $(sort $(wildcard tests/test_*.c))
TEST_OBJ := $(patsubst %.c,$B/%.o,$(SUITES) tests/main.c)
LIB := $B/tests/webhook.o
# the tool is one program in several files, the TLS adaptor is a part of it; every other example is one file
TOOL_C := examples/webhook.c examples/webhook_send.c examples/webhook_listen.c $(if $(TLS),examples/tls_openssl.c)
TOOL := $(patsubst %.c,$B/%.o,$(TOOL_C))
EXAMPLES := $(patsubst examples/%.c,$B/examples/%,$(filter-out examples/webhook.c examples/webhook_%.c examples/tls_%.c \
    $(if $(CURL),,examples/curl_%.c),$(wildcard examples/*.c)))
HARNESSES := $(sort $(patsubst fuzz/%.c,%,$(filter-out fuzz/fuzz_main.c,$(wildcard fuzz/fuzz_*.c))))
REPLAYS := $(addprefix $B/fuzz/,$(HARNESSES))

all: $B/test $B/webhook $(EXAMPLES) $(REPLAYS) ## build the tests, the tool, the examples and the replay of the fuzz seeds
	@echo "$B/webhook: $(if $(TLS),$$($B/webhook --version),no TLS in this build; for https install libssl-dev and pkg-config)"

$B/%.o: %.c webhook.h examples/schemes.h $(wildcard tests/*.h fuzz/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(OWN) -c $< -o $@

$(TEST_OBJ): OWN += $(TEST_LEVEL)
$B/test: $(TEST_OBJ) $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) $(THREADS) -o $@

# $B/tls changes when TLS does, and the tool is then built anew
$(TOOL): OWN += $(TLS_CFLAGS)
$(TOOL): examples/webhook_tool.h examples/tls_openssl.h $B/tls
$B/webhook: $(TOOL) $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) $(TLS_LIBS) $(THREADS) -o $@

.PHONY: FORCE
$B/tls: FORCE
	@mkdir -p $(@D)
	@[ "$$(cat $@ 2>/dev/null)" = 'TLS $(TLS)' ] || echo 'TLS $(TLS)' >$@

$B/examples/curl_multi.o: OWN += $(CURL_CFLAGS)
$B/examples/curl_multi: LIBS := $(CURL_LIBS)
$B/examples/%: $B/examples/%.o $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) $(LIBS) $(THREADS) -o $@

$B/fuzz/%: $B/fuzz/%.o $B/fuzz/fuzz_main.o $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) $(THREADS) -o $@

# raw -- one end of a connection, byte for byte, for tests from a shell
$B/raw: $B/tests/raw.o
	$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

## ---- tests ----

.PHONY: test test-suites examples fuzz-replay
# The tool's tests wait now and then, so they begin first and the rest is built and run beside them.
test: test-tool test-suites fuzz-replay ## the quick part: the tool, the suites, the fuzz seeds
	@tail -n 1 $B/test.log

test-suites: $B/test ## the suites, every seventh case of the exhaustive ones
	@$B/test -s 7 >$B/test.log 2>&1 || { cat $B/test.log; exit 1; }

fuzz-replay: $(REPLAYS) ## run every fuzz harness over its seeds, without libFuzzer
	@for h in $(HARNESSES); do $B/fuzz/$$h fuzz/corpus/$${h#fuzz_} || exit 1; done

examples: $(EXAMPLES) ## build the examples

include $(sort $(wildcard tests/*.mk tests/*/*.mk fuzz/*.mk))

## ---- the header as others compile it ----

.PHONY: strict cxx format format-check clean help
CLANG_ALL := -Weverything -Wno-padded -Wno-declaration-after-statement -Wno-disabled-macro-expansion \
             -Wno-covered-switch-default -Wno-switch-default -Wno-c++98-compat -Wno-c++98-compat-pedantic \
             -Wno-old-style-cast -Wno-zero-as-null-pointer-constant -Wno-unknown-warning-option -Wno-unsafe-buffer-usage
OWN_C := $(filter-out $(if $(TLS),,examples/tls_%.c) $(if $(CURL),,examples/curl_%.c), \
    $(wildcard tests/*.c examples/*.c fuzz/*.c))

# tests/webhook.c has the section >>posix but where it is -ffreestanding. What is found by optimising does not depend on
# the edition of the language, so one of them is optimised.
strict: ## no warning under the strict set: gcc and clang, C99 to C2x, every C file; clang -Weverything for the header
	@for std in c99:-O2 c11:-O0 c17:-O0 c2x:-O0; do for hosted in '' -ffreestanding; do \
	    gcc -std=$${std%:*} $${std#*:} $(WARN_C) $$hosted -Werror -c tests/webhook.c -o /dev/null || exit 1; \
	    $(CLANG) -std=$${std%:*} $${std#*:} $(WARN_C) $$hosted -Werror -c tests/webhook.c -o /dev/null || exit 1; done; done
	@for f in $(OWN_C); do \
	    gcc -std=c99 -O1 $(WARN_C) $(TLS_CFLAGS) $(CURL_CFLAGS) -Werror -c $$f -o /dev/null || exit 1; \
	    $(CLANG) -std=c99 $(WARN_C) $(TLS_CFLAGS) $(CURL_CFLAGS) -Werror -fsyntax-only $$f || exit 1; done
	@for hosted in '' -ffreestanding; do \
	    $(CLANG) -std=c99 $(CLANG_ALL) $$hosted -Werror -fsyntax-only tests/webhook.c || exit 1; done
	@echo "strict: no warning"

cxx: ## the same as C++11 and C++20, g++ and clang++
	@for std in c++11:-O2 c++20:-O0; do for hosted in '' -ffreestanding; do \
	    g++ -std=$${std%:*} $${std#*:} $(WARN) $$hosted -Werror -x c++ -c tests/webhook.c -o /dev/null || exit 1; \
	    $(CLANG)++ -std=$${std%:*} $${std#*:} $(WARN) $$hosted -Werror -x c++ -c tests/webhook.c -o /dev/null || exit 1; \
	    $(CLANG)++ -std=$${std%:*} $(CLANG_ALL) $$hosted -Werror -x c++ -fsyntax-only tests/webhook.c || exit 1; done; done
	@echo "cxx: no warning"

format: ## format every C file
	clang-format -i webhook.h $(wildcard tests/*.[ch] tests/*/*.[ch] examples/*.[ch] fuzz/*.[ch])

format-check: ## is every C file formatted?
	clang-format --dry-run -Werror webhook.h $(wildcard tests/*.[ch] tests/*/*.[ch] examples/*.[ch] fuzz/*.[ch])

clean: ## remove build/
	rm -rf $B

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile $(wildcard tests/*/*.mk fuzz/*.mk tests/*.mk) | sed -E 's/:.*## /|/' | \
	    while IFS='|' read -r t d; do printf '%-14s %s\n' "$$t" "$$d"; done
