#!/bin/sh
# symbols.sh -- what the implementation leaves behind in the names of its user: symbols.sh BUILD-DIRECTORY
#
# Only webhook_* is exported; nothing is writable, and nothing becomes so through relocation; only
# WEBHOOK_* macros remain. CLANG names clang.
set -eu
out=$1
clang=${CLANG:-clang}
mkdir -p "$out"

fail() {
    echo "symbols: $*" >&2
    exit 1
}

# 1. Exported names and writable sections, for each way in which an object can be compiled.
for cc in gcc "$clang"; do
    for flags in '-O0 -fPIC' '-O2 -fPIC' '-Os -fPIE' '-O2 -fPIC -DWEBHOOK_SMALL'; do
        # shellcheck disable=SC2086 # several flags in one word
        $cc -std=c99 $flags -c tests/webhook.c -o "$out/lib.o"
        nm -g --defined-only "$out/lib.o" | awk '{print $3}' >"$out/exported"
        [ -s "$out/exported" ] || fail "$cc $flags exports nothing"
        grep -v '^webhook_' "$out/exported" >"$out/foreign" && fail "$cc $flags exports $(cat "$out/foreign")"
        nm "$out/lib.o" | awk '$2 ~ /^[bBcCdDgGsS]$/ {print $3}' >"$out/writable"
        [ -s "$out/writable" ] && fail "$cc $flags has writable objects: $(cat "$out/writable")"
        objdump -h "$out/lib.o" | awk '$2 ~ /^\.(data|bss|tdata|tbss|init_array|ctors)/ && $3 !~ /^0+$/ {print $2}' \
            >"$out/sections"
        [ -s "$out/sections" ] && fail "$cc $flags has writable sections: $(cat "$out/sections")"
    done
done

# 2. Macros: a file with the header against a file with the system headers that it includes. NAME FLAGS...
macros() {
    name=$1
    what=$2
    shift 2
    includes "$what" >"$out/before.c"
    { [ "$what" = all ] && echo '#define WEBHOOK_IMPLEMENTATION'; echo '#include "webhook.h"'; } >"$out/after.c" || true
    "$@" -I. -dM -E -x c "$out/before.c" | sort >"$out/before"
    "$@" -I. -dM -E -x c "$out/after.c" | sort >"$out/after"
    comm -13 "$out/before" "$out/after" | awk '{print $2}' | grep -v '^WEBHOOK_' >"$out/foreign" &&
        fail "$name leaves macros: $(cat "$out/foreign")"
    grep -q 'WEBHOOK_X[( ]' "$out/after" && fail "$name leaves WEBHOOK_X"
    grep -q 'WEBHOOK_VERSION_HEX' "$out/after" || fail "$name: the header was not read"
}

# The system headers that the interface, or the whole file, names; the intrinsics are for x86 alone.
includes() {
    awk -v what="$1" -v x86="${x86-1}" '
        /end of the interface/ { if (what == "interface") exit; below = 1 }
        /^#include </ && (!below || x86) { print }' webhook.h
}

macros interface interface gcc -std=c99
macros interface interface "$clang" -std=c99
macros implementation all gcc -std=c99
macros implementation all "$clang" -std=c99
macros WEBHOOK_SMALL all gcc -std=c99 -DWEBHOOK_SMALL -DWEBHOOK_NO_STRINGS
x86=
macros WEBHOOK_NO_SIMD all gcc -std=c99 -DWEBHOOK_NO_SIMD
macros WEBHOOK_STATIC all gcc -std=c99 -DWEBHOOK_STATIC -DWEBHOOK_NO_SIMD
macros freestanding all gcc -std=c99 -ffreestanding
for target in avr msp430 armv6m-none-eabi s390x-linux-gnu; do
    macros "$target" all "$clang" "--target=$target" -std=c99 -ffreestanding -Wno-avr-rtlib-linking-quirks
done

# 3. The same header among other people's short macros.
for cc in gcc "$clang"; do
    $cc -std=c99 -O1 -Wall -Wextra -pedantic -Werror -c tests/compile/macro_soup.c -o "$out/soup.o"
    $cc -std=c++11 -O1 -Wall -Wextra -pedantic -Werror -x c++ -c tests/compile/macro_soup.c -o "$out/soup.o"
done
