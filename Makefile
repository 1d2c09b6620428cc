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
CFLAGS ?= -O1 -g
B ?= build
WARN := -Wall -Wextra -pedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-align -Wcast-qual \
        -Wwrite-strings -Wformat=2 -Wdouble-promotion -Wvla -Wswitch-enum -Wnull-dereference
WARN_C := $(WARN) -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
STD := -std=c99
OWN := $(STD) -Wall -Wextra -pedantic

SUITES := $(sort $(wildcard tests/test_*.c))
TEST_OBJ := $(patsubst %.c,$B/%.o,$(SUITES) tests/main.c)
LIB := $B/tests/webhook.o
EXAMPLES := $(patsubst examples/%.c,$B/examples/%,$(filter-out examples/webhook.c,$(wildcard examples/*.c)))
HARNESSES := $(sort $(patsubst fuzz/%.c,%,$(filter-out fuzz/fuzz_main.c,$(wildcard fuzz/fuzz_*.c))))
REPLAYS := $(addprefix $B/fuzz/,$(HARNESSES))

all: $B/test $B/webhook $(EXAMPLES) $(REPLAYS) ## build the tests, the tool, the examples and the replay of the fuzz seeds

$B/%.o: %.c webhook.h $(wildcard tests/*.h fuzz/*.h)
	@mkdir -p $(@D)
	$(CC) $(OWN) $(CFLAGS) -c $< -o $@

$B/test: $(TEST_OBJ) $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

$B/webhook: $B/examples/webhook.o $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

$B/examples/%: $B/examples/%.o $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

$B/fuzz/%: $B/fuzz/%.o $B/fuzz/fuzz_main.o $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

## ---- tests ----

.PHONY: test examples fuzz-replay
test: $B/test fuzz-replay test-tool ## the quick part: suites, the tool, the fuzz seeds
	@$B/test -s 7

fuzz-replay: $(REPLAYS) ## run every fuzz harness over its seeds, without libFuzzer
	@for h in $(HARNESSES); do $B/fuzz/$$h fuzz/corpus/$${h#fuzz_} || exit 1; done

examples: $(EXAMPLES) ## build the examples

include $(sort $(wildcard tests/*.mk tests/*/*.mk fuzz/*.mk))

## ---- the header as others compile it ----

.PHONY: strict cxx format format-check clean help
CLANG_ALL := -Weverything -Wno-padded -Wno-declaration-after-statement -Wno-disabled-macro-expansion \
             -Wno-covered-switch-default -Wno-switch-default -Wno-c++98-compat -Wno-c++98-compat-pedantic \
             -Wno-old-style-cast -Wno-zero-as-null-pointer-constant -Wno-unknown-warning-option -Wno-unsafe-buffer-usage
OWN_C := $(wildcard tests/*.c examples/*.c fuzz/*.c)

strict: ## no warning under the strict set: gcc and clang, C99 to C2x, every C file; clang -Weverything for the header
	@for std in c99 c11 c17 c2x; do \
	    gcc -std=$$std -O2 $(WARN_C) -Werror -c tests/webhook.c -o /dev/null || exit 1; \
	    $(CLANG) -std=$$std -O2 $(WARN_C) -Werror -c tests/webhook.c -o /dev/null || exit 1; done
	@for f in $(OWN_C); do \
	    gcc -std=c99 -O1 $(WARN_C) -Werror -c $$f -o /dev/null || exit 1; \
	    $(CLANG) -std=c99 $(WARN_C) -Werror -fsyntax-only $$f || exit 1; done
	@$(CLANG) -std=c99 $(CLANG_ALL) -Werror -fsyntax-only tests/webhook.c
	@echo "strict: no warning"

cxx: ## the same as C++11 and C++20, g++ and clang++
	@for std in c++11 c++20; do \
	    g++ -std=$$std -O2 $(WARN) -Werror -x c++ -c tests/webhook.c -o /dev/null || exit 1; \
	    $(CLANG)++ -std=$$std -O2 $(WARN) -Werror -x c++ -c tests/webhook.c -o /dev/null || exit 1; \
	    $(CLANG)++ -std=$$std $(CLANG_ALL) -Werror -x c++ -fsyntax-only tests/webhook.c || exit 1; done
	@echo "cxx: no warning"

format: ## format every C file
	clang-format -i webhook.h $(wildcard tests/*.[ch] tests/*/*.[ch] examples/*.c fuzz/*.[ch])

format-check: ## is every C file formatted?
	clang-format --dry-run -Werror webhook.h $(wildcard tests/*.[ch] tests/*/*.[ch] examples/*.c fuzz/*.[ch])

clean: ## remove build/
	rm -rf $B

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile $(wildcard tests/*/*.mk fuzz/*.mk tests/*.mk) | sed -E 's/:.*## /|/' | \
	    while IFS='|' read -r t d; do printf '%-14s %s\n' "$$t" "$$d"; done
