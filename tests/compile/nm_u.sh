#!/bin/sh
# nm_u.sh -- the implementation, without WEBHOOK_POSIX, needs nothing but memcpy, memmove, memset and memcmp: nm_u.sh BUILD-DIRECTORY
#
# Helpers of the compiler are allowed where the processor has no such instruction: division and
# multiplication of 64 bits on 32-bit x86, and there the name that position-independent code needs.
set -eu
out=$1
clang=${CLANG:-clang}
mkdir -p "$out"

# check ALLOWED COMMAND... -- compile the implementation and look at what is undefined in it
check() {
    allowed=$1
    shift
    "$@" -std=c99 -DWEBHOOK_IMPLEMENTATION -x c -c webhook.h -o "$out/lib.o"
    nm -u "$out/lib.o" | awk '{print $2}' | grep -vxE "$allowed" >"$out/foreign" || return 0
    echo "freestanding: $* needs $(paste -sd' ' "$out/foreign")" >&2
    exit 1
}

mem='memcpy|memmove|memset|memcmp'
for cc in gcc "$clang"; do
    for level in -O0 -O2 -O3 -Os; do
        check "$mem" "$cc" "$level" -ffreestanding
    done
    check "$mem" "$cc" -Os -ffreestanding -DWEBHOOK_SMALL
    # Programs for small machines are often compiled as hosted ones.
    check "$mem" "$cc" -O2
    check "$mem" "$cc" -Os
    check "$mem|__u?(div|mod|divmod)di[34]|__muldi3" "$cc" -Os -m32 -fno-pic -ffreestanding
done
