## ---- the header in every way in which others compile it ----

# Needs beyond gcc, g++ and make (Debian): binutils clang libclang-rt-14-dev valgrind clang-tidy cppcheck
#   m32      gcc-12-multilib libc6-dev-i386 qemu-user (never gcc-multilib: it removes every cross compiler)
#   cross    tcc musl-tools gcc-mingw-w64-x86-64, each looked at only where it is installed
# Every target is silent but for its closing line, and stops at the first fault.

.PHONY: multi static options freestanding symbols m32 cross poll lto asan ubsan msan valgrind optimisations analyze \
        version-check test-all

COMPILE := tests/compile
COMMA := ,
EXAMPLE_C = $(patsubst $B/%,%.c,$(EXAMPLES)) $(TOOL_C)
C_OWN := -std=c99 -O1 -Wall -Wextra -pedantic -Werror
CXX_OWN := -std=c++11 -O1 -Wall -Wextra -pedantic -Werror -x c++
# SUB -- another build of the tests in a directory of its own
SUB = $(MAKE) -s --no-print-directory

multi: ## the header in several files, several times, in every order, C and C++ mixed
	@mkdir -p $B/multi
	@set -e; cd $(COMPILE); o="$(abspath $B)/multi"; \
	for f in multi_a twice multi_b; do \
	    gcc $(C_OWN) -c $$f.c -o $$o/$$f.c.o; g++ $(CXX_OWN) -c $$f.c -o $$o/$$f.cc.o; done; \
	gcc $(C_OWN) -O0 -c include_only.c -o $$o/include_only.c.o; \
	g++ $(CXX_OWN) -O0 -c include_only.c -o $$o/include_only.cc.o; \
	for l in c cc; do symbols=$$(nm $$o/include_only.$$l.o); \
	    if [ -n "$$symbols" ]; then echo "multi: the interface alone defines $$symbols" >&2; exit 1; fi; done; \
	for a in multi_a.c multi_a.cc twice.c twice.cc; do for b in multi_b.c multi_b.cc; do \
	    g++ $$o/$$a.o $$o/include_only.c.o $$o/include_only.cc.o $$o/$$b.o -o $$o/test; \
	    $$o/test || { echo "multi: $$a with $$b: status $$?" >&2; exit 1; }; done; done
	@echo "multi: 8 programs, every mixture of C and C++, agree"

static: ## two files with WEBHOOK_STATIC in one program: no warning, nothing exported
	@mkdir -p $B/static
	@set -e; o=$B/static; for how in "gcc $(C_OWN)" "$(CLANG) $(C_OWN)" "g++ $(CXX_OWN)" "$(CLANG)++ $(CXX_OWN)"; do \
	    for f in static_a static_b; do $$how -c $(COMPILE)/$$f.c -o $$o/$$f.o; done; \
	    if nm -g --defined-only $$o/static_a.o $$o/static_b.o | grep -E ' (webhook|whi)_' >&2; then \
	        echo "static: $$how exports these" >&2; exit 1; fi; \
	    gcc $$o/static_a.o $$o/static_b.o -o $$o/test; \
	    $$o/test || { echo "static: $$how: status $$?" >&2; exit 1; }; done
	@echo "static: gcc, clang, g++, clang++ without warning, nothing exported"

# Options of the implementation alone are linked with the tests as they are: so it also shows that files built with
# different options fit together. The others are seen by the tests too, and so the tests are built again.
OPTIONS_INNER := none WEBHOOK_SMALL WEBHOOK_NO_SIMD WEBHOOK_SMALL,WEBHOOK_NO_SIMD
OPTIONS_WHOLE := no_strings api static all
OPTION_no_strings := -DWEBHOOK_NO_STRINGS -DTEST_NO_STRINGS
OPTION_api := -include $(COMPILE)/api.h -fvisibility=hidden
OPTION_static := -include $(COMPILE)/static_all.h
OPTION_all := $(OPTION_no_strings) $(OPTION_api) -DWEBHOOK_SMALL -DWEBHOOK_NO_SIMD

options: $(TEST_OBJ) ## every option on and off and all together: no warning, and the tests run
	@mkdir -p $B/options
	@set -e; for o in $(OPTIONS_INNER); do d=$$(echo ,$$o | sed 's/,none//; s/,/ -D/g'); \
	    for how in "gcc -std=c99 $(WARN_C)" "$(CLANG) -std=c99 $(WARN_C)" "g++ -std=c++11 $(WARN) -x c++"; do \
	        $$how $$d -O1 -Werror -c tests/webhook.c -o $B/options/lib.o; done; \
	    gcc -std=c99 $$d $(CFLAGS) -c tests/webhook.c -o $B/options/$$o.o; \
	    $(CC) $(CFLAGS) $(TEST_OBJ) $B/options/$$o.o $(LDFLAGS) -o $B/options/$$o; \
	    $B/options/$$o -s 50 >$B/options/$$o.log || { cat $B/options/$$o.log >&2; echo "options: $$o" >&2; exit 1; }; done
	+@set -e; $(foreach o,$(OPTIONS_WHOLE), \
	    for how in "gcc -std=c99 $(WARN_C)" "$(CLANG) -std=c99 $(WARN_C)"; do \
	        $$how $(OPTION_$o) -O1 -Werror -c tests/webhook.c -o $B/options/lib.o; done; \
	    $(SUB) B=$B/options/$o.d CFLAGS="-O0 $(OPTION_$o)" $B/options/$o.d/test; \
	    $B/options/$o.d/test -s 50 >$B/options/$o.log || { cat $B/options/$o.log >&2; echo "options: $o" >&2; exit 1; }; )
	@gcc -std=c99 -O1 $(OPTION_api) -fPIC -shared tests/webhook.c -o $B/options/lib.so
	@nm -D --defined-only $B/options/lib.so | grep -q ' T webhook_verify$$' || \
	    { echo "options: WEBHOOK_API did not make the functions visible" >&2; exit 1; }
	@echo "options: $(words $(OPTIONS_INNER) $(OPTIONS_WHOLE)) sets without warning, the tests pass with each"

freestanding: ## no library at all: a program with its own _start signs and verifies; nm -u knows four names
	@mkdir -p $B/freestanding
	@set -e; for cc in gcc $(CLANG); do for level in -O0 -O2 -O3 -Os '-Os -DWEBHOOK_SMALL'; do \
	    $$cc -std=c99 $$level -Wall -Wextra -pedantic -Werror -ffreestanding -nostdlib -static \
	        $(COMPILE)/freestanding.c -o $B/freestanding/test; \
	    $B/freestanding/test || { echo "freestanding: $$cc $$level: status $$?" >&2; exit 1; }; done; done
	@CLANG=$(CLANG) $(COMPILE)/nm_u.sh $B/freestanding
	@echo "freestanding: 10 programs sign, verify and refuse; nothing needed but memcpy memmove memset memcmp"

symbols: ## only webhook_* exported, nothing writable, only WEBHOOK_* macros remain, foreign macros do no harm
	@CLANG=$(CLANG) $(COMPILE)/symbols.sh $B/symbols
	@echo "symbols: only webhook_* and WEBHOOK_*, nothing writable"

m32: ## the tests on 32-bit x86, through qemu-i386
	+@$(SUB) B=$B/m32 CC='gcc -m32 -idirafter /usr/include/$(shell gcc -print-multiarch)' \
	    LDFLAGS='-static -Wl,--no-warnings' $B/m32/test
	@qemu-i386 $B/m32/test -s 50 >$B/m32/log || { cat $B/m32/log >&2; exit 1; }
	@echo "m32: $$(tail -n 1 $B/m32/log)"

# Real 16-bit ints are on msp430 and avr, big-endian bytes on mips, s390x and powerpc.
CROSS := msp430 avr armv6m-none-eabi riscv32 mips-none-elf s390x-linux-gnu powerpc
cross: ## other processors and compilers: no warning
	@set -e; for t in $(CROSS); do for d in '' '-DWEBHOOK_SMALL'; do for e in -std=c99 '-std=c++11 -x c++'; do \
	    case "$$e" in *c++) w="$(WARN)";; *) w="$(WARN_C)";; esac; \
	    $(CLANG) --target=$$t $$e -O1 $$w -Werror -Wno-avr-rtlib-linking-quirks $$d -ffreestanding -nostdlibinc -fsyntax-only \
	        tests/webhook.c || { echo "cross: $$t $$d" >&2; exit 1; }; done; done; done
	@set -e; mkdir -p $B/cross; more=; \
	if command -v tcc >/dev/null; then more="$$more tcc"; tcc -Wall -Werror -c tests/webhook.c -o $B/cross/tcc.o; \
	    tcc $(COMPILE)/multi_b.c $(COMPILE)/multi_a.c -o $B/cross/tcc; $B/cross/tcc; fi; \
	if command -v musl-gcc >/dev/null; then more="$$more musl-gcc"; \
	    musl-gcc -std=c99 $(WARN_C) -Werror -O2 -static $(COMPILE)/multi_b.c $(COMPILE)/multi_a.c -o $B/cross/musl; \
	    $B/cross/musl; fi; \
	if command -v x86_64-w64-mingw32-gcc >/dev/null; then more="$$more mingw"; \
	    x86_64-w64-mingw32-gcc -std=c99 $(WARN_C) -Werror -O2 -c tests/webhook.c -o $B/cross/mingw.o; fi; \
	echo "cross: $(CROSS)$$more: no warning"

poll: ## the tests with poll(2) in place of epoll, as other systems than Linux have it
	+@$(SUB) B=$B/poll CFLAGS='$(CFLAGS) -DWHI_POSIX_POLL' $B/poll/test
	@$B/poll/test -s 50 >$B/poll/log || { cat $B/poll/log >&2; exit 1; }
	@echo "poll: $$(tail -n 1 $B/poll/log)"

lto: ## link-time optimisation sees no two meanings of one name; the tests run
	+@$(SUB) B=$B/lto CC=gcc CFLAGS='-O2 -flto=2 -Werror=lto-type-mismatch -Werror=odr' $B/lto/test
	@$B/lto/test -s 50 >$B/lto/log || { cat $B/lto/log >&2; exit 1; }
	@set -e; cd $(COMPILE); o="$(abspath $B)/lto"; f='-O2 -flto=2 -Werror=lto-type-mismatch -Werror=odr'; \
	gcc -std=c99 $$f -c multi_b.c -o $$o/b.o; g++ -std=c++11 $$f -x c++ -c multi_a.c -o $$o/a.o; \
	g++ $$f $$o/a.o $$o/b.o -o $$o/mixed; $$o/mixed
	@echo "lto: C alone and C with C++: $$(tail -n 1 $B/lto/log)"

# sanitized -- the tests and the fuzz seeds under a sanitizer of clang: name, flags
define sanitized
	+@$(SUB) B=$B/$1 CC=$(CLANG) CFLAGS='-O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all $2' $B/$1/test fuzz-replay
	@$B/$1/test -s 20 >$B/$1/log 2>&1 || { cat $B/$1/log >&2; exit 1; }
	@echo "$1: $$(tail -n 1 $B/$1/log), fuzz seeds replayed"
endef

asan: ## the tests and the fuzz seeds under AddressSanitizer
	$(call sanitized,asan,-fsanitize=address -fsanitize-address-use-after-scope)

ubsan: ## the tests and the fuzz seeds under UndefinedBehaviorSanitizer
	$(call sanitized,ubsan,-fsanitize=undefined$(COMMA)bounds$(COMMA)float-divide-by-zero$(COMMA)nullability)

msan: ## the tests and the fuzz seeds under MemorySanitizer
	$(call sanitized,msan,-fsanitize=memory -fsanitize-memory-track-origins)

valgrind: $B/test ## the tests under memcheck
	@mkdir -p $B/valgrind
	@valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite $B/test -s 200 >$B/valgrind/log 2>&1 || \
	    { cat $B/valgrind/log >&2; exit 1; }
	@echo "valgrind: $$(tail -n 1 $B/valgrind/log)"

# The implementation at each level, linked with the tests as they are: what is tested is the header.
optimisations: $(TEST_OBJ) ## the implementation by gcc and clang at -O0 -O2 -O3 -Os, under the tests
	@mkdir -p $B/optimisations
	@set -e; for cc in gcc $(CLANG); do for level in -O0 -O2 -O3 -Os; do t=$B/optimisations/$$cc$$level; \
	    $$cc -std=c99 $$level -c tests/webhook.c -o $$t.o; $(CC) $(CFLAGS) $(TEST_OBJ) $$t.o $(LDFLAGS) -o $$t; \
	    $$t -s 50 >$$t.log || { cat $$t.log >&2; echo "optimisations: $$cc $$level" >&2; exit 1; }; done; done
	@echo "optimisations: gcc and clang at -O0 -O2 -O3 -Os: $$(tail -n 1 $B/optimisations/gcc-O2.log)"

# Findings that are false stand with their reason here, in .clang-tidy or in cppcheck.xml, never in the header.
#  use-of-uninitialized-value: gcc 12 does not see that a loop has filled an array which is then read at i & 15;
#    make msan and make valgrind look for the same fault as it happens
# --force: cppcheck goes through every mixture of the header's options and compilers, not through twelve of them
#  malloc-leak: nor that what realloc gave is stored in the structure of the caller; make asan and make valgrind
#    look for leaks
ANALYZER := -fanalyzer -Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-malloc-leak
.PHONY: analyze-gcc analyze-tidy analyze-cppcheck
analyze: analyze-gcc analyze-tidy analyze-cppcheck ## gcc -fanalyzer, clang-tidy and cppcheck over the header and the examples
	@echo "analyze: gcc, clang-tidy and cppcheck find nothing"

analyze-gcc:
	@set -e; for f in tests/webhook.c $(EXAMPLE_C); do gcc -std=c99 -O1 $(ANALYZER) -Werror -c $$f -o /dev/null; done

analyze-tidy:
	@mkdir -p $B/analyze
	@$(CLANG)-tidy --quiet tests/webhook.c $(EXAMPLE_C) -- -std=c99 >$B/analyze/tidy 2>&1 || \
	    { cat $B/analyze/tidy >&2; exit 1; }

analyze-cppcheck:
	@cppcheck --quiet --error-exitcode=1 --force --std=c99 --enable=warning,performance,portability --inline-suppr \
	    --suppress-xml=$(COMPILE)/cppcheck.xml tests/webhook.c $(EXAMPLE_C)

version-check: $B/webhook ## the title line, the macros, the README and the tool name one version
	@version=$$($(COMPILE)/version.sh $B/webhook) && echo "version-check: $$version everywhere"

WHOLE := test $B/test multi static options freestanding symbols m32 cross lto asan ubsan msan valgrind optimisations \
         version-check
test-all: $(WHOLE) ## the whole: every case of every test, and every way to compile; analyze and small are apart
	@$B/test -s 1 >$B/test-all.log || { cat $B/test-all.log >&2; exit 1; }
	@echo "test-all: $$(tail -n 1 $B/test-all.log)"
