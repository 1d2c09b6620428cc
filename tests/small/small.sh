#!/bin/sh
# small.sh -- the verifying path on small machines, run and weighed: small.sh BUILD-DIRECTORY
#
# On each target the vectors run first. Then two programs are linked that differ by small_verify (verify.c) and all
# that it needs: flash and static RAM are what the one has more than the other, the helpers are the functions that
# come neither from webhook.h nor from these files. The stack is measured by painting it while a delivery is verified.
# At last the table of README.md is held against what was measured.
set -eu
out=$1
here=tests/small
limit=3000 # bytes of flash on the Cortex-M0
flags='-std=c99 -Os -DWEBHOOK_SMALL -DWEBHOOK_NO_STRINGS -ffunction-sections -fdata-sections -Wall -Wextra -Werror'
mkdir -p "$out"
awk -f $here/rows.awk tests/vectors/hmac_sha256.tsv >"$out/rows.h"

die() {
    echo "small: $*" >&2
    exit 1
}

# build TARGET COMPILER LINK-FLAGS SYSTEM-FILES PORT-FILES -- vectors, size and empty in $out/TARGET; the system files
# are in all three
build() {
    t=$1 cc=$2 link=$3 system=$4 port=$5
    d=$out/$t
    mkdir -p "$d"
    objects=
    for f in tests/webhook.c $here/verify.c $here/vectors.c $here/size.c $system $port; do
        o=$d/$(basename "$f" .c).o
        case "$f" in */port_host.c) more=-D_XOPEN_SOURCE=700 ;; *) more=$freestanding ;; esac
        $cc $flags $more -I"$out" -c "$f" -o "$o" || die "$t: $f"
    done
    $cc $flags $freestanding -DEMPTY -c $here/size.c -o "$d/empty.o"
    for f in $system; do objects="$objects $d/$(basename "$f" .c).o"; done
    ports=
    for f in $port; do ports="$ports $d/$(basename "$f" .c).o"; done
    $cc -Wl,--gc-sections $link "$d/size.o" "$d/verify.o" "$d/webhook.o" $objects $libs -o "$d/size.elf"
    $cc -Wl,--gc-sections $link "$d/empty.o" $objects $libs -o "$d/empty.elf"
    $cc -Wl,--gc-sections ${link_vectors-$link} "$d/vectors.o" "$d/verify.o" "$d/webhook.o" ${objects_vectors-$objects} \
        $ports ${libs_vectors-$libs} -o "$d/vectors.elf"
}

# judge TARGET -- did the vectors say that all is well?
judge() {
    line=$(tr -d '\r' <"$out/$1/log" | tail -n 1)
    case "$line" in
    'small: '[1-9]*' passed, 0 failed') echo "$1: ${line#small: }" ;;
    *) cat "$out/$1/log" >&2; die "$1: the vectors did not end well" ;;
    esac
}

# told TARGET WORD -- a figure that the vectors printed
told() {
    tr -d '\r' <"$out/$1/log" | awk -v w="$2" '$1 == w { print $2 }'
}

# weigh TARGET PREFIX -- one row of the table; leaves its figures in $flash, $ram and $stack
weigh() {
    d=$out/$1
    set -- "$1" "$2" $("$2size" "$d/size.elf" | tail -n 1) $("$2size" "$d/empty.elf" | tail -n 1)
    # the columns of size: text data bss dec hex file
    flash=$(($3 + $4 - $9 - ${10}))
    ram=$(($4 + $5 - ${10} - ${11}))
    # What remains when the names of our own objects and of the empty program are taken away is the compiler's.
    { "$2nm" --defined-only "$d"/*.o; "$2nm" --defined-only "$d/empty.elf"; } | awk 'NF == 3 { print $3 }' | sort -u >"$d/known"
    helpers=$("$2nm" -S --defined-only "$d/size.elf" | awk '$(NF - 1) ~ /^[tTwW]$/ { print $NF }' | sort -u |
        comm -23 - "$d/known" | grep -E '^(__|mem|str|abort)' | paste -sd' ' || true)
    stack=$(told "$1" stack)
    printf '%-12s %6d %6d %6d %8d %5d  %s\n' "$1" "$flash" "$ram" "$stack" "$(told "$1" context)" \
        "$(told "$1" key)" "${helpers:-none}"
}

# same ROW FIGURE SAID MEASURED -- within 2 %?
same() {
    if ! echo "$3 $4" | awk '{ off = $1 > $2 ? $1 - $2 : $2 - $1; exit $1 !~ /^[0-9]+$/ || off * 50 > $1 }'; then
        echo "small: README.md, row $1: $2 is ${3:-missing}, measured $4" >&2
        stale=1
    fi
}

# compare ROW COMPILER -- what weigh has left with the row of README.md that begins with this word. Its columns: the
# target, the compiler and its version, flash, static RAM, stack. Another version makes other code: that is only told.
compare() {
    version=$("$2" --version | sed -n '1s/([^)]*)//g; 1s/^[^ ]* *\([0-9.]*\).*/\1/p')
    columns=$(awk -F' *[|] *' -v row="$1" '$2 == row || index($2, row " ") == 1 || index($2, row ",") == 1 {
        gsub(",", "", $4); gsub(",", "", $5); gsub(",", "", $6); print $3 "|" $4 "|" $5 "|" $6 }' README.md)
    IFS='|' read -r said_compiler said_flash said_ram said_stack <<END
$columns
END
    case "$said_compiler" in
    "$2 $version")
        compared=$((compared + 1))
        same "$1" flash "$said_flash" "$flash"
        same "$1" 'static RAM' "$said_ram" "$ram"
        same "$1" stack "$said_stack" "$stack"
        ;;
    "$2 "*) echo "$1: README.md was measured with $said_compiler, this is $version: not compared" ;;
    *)
        echo "small: README.md has no row for $1 and $2" >&2
        stale=1
        ;;
    esac
}

# ---- Cortex-M0: nothing but these files and libgcc
freestanding=-ffreestanding libs=-lgcc
build cortex-m0 'arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb' "-nostdlib -T $here/m0.ld" \
    "$here/m0_start.c $here/port_mem.c" "$here/port_m0.c"
timeout 120 qemu-system-arm -M microbit -nographic -monitor none -serial none \
    -semihosting-config enable=on,target=native -kernel "$out/cortex-m0/vectors.elf" >"$out/cortex-m0/log" 2>&1 </dev/null ||
    { cat "$out/cortex-m0/log" >&2; die "cortex-m0: status $?"; }
judge cortex-m0

# ---- ATmega328P: avr-libc brings the start and the mem functions; the emulator never ends by itself
freestanding='' libs=''
build atmega328p 'avr-gcc -mmcu=atmega328p' '' '' "$here/port_avr.c"
qemu-system-avr -M uno -bios "$out/atmega328p/vectors.elf" -nographic -monitor none -serial stdio \
    >"$out/atmega328p/log" 2>"$out/atmega328p/err" </dev/null &
pid=$!
waited=0
until grep -q ' failed' "$out/atmega328p/log" || [ $waited -ge 600 ] || ! kill -0 $pid 2>/dev/null; do
    sleep 0.2
    waited=$((waited + 1))
done
kill $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
judge atmega328p

# ---- s390x, big-endian: weighed without a library, the vectors run with one
freestanding=-ffreestanding libs=-lgcc
link_vectors=-static objects_vectors='' libs_vectors=''
build s390x s390x-linux-gnu-gcc '-nostdlib -static -e main' "$here/port_mem.c" "$here/port_host.c"
timeout 120 qemu-s390x "$out/s390x/vectors.elf" >"$out/s390x/log" 2>&1 || { cat "$out/s390x/log" >&2; die "s390x: status $?"; }
judge s390x

printf '\n%-12s %6s %6s %6s %8s %5s  %s\n' target flash RAM stack context key 'helpers of the compiler'
stale=0 compared=0
notes=$out/notes
weigh cortex-m0 arm-none-eabi-
m0=$flash
compare Cortex-M0 arm-none-eabi-gcc >"$notes"
weigh atmega328p avr-
compare ATmega328P avr-gcc >>"$notes"
weigh s390x s390x-linux-gnu-
compare s390x s390x-linux-gnu-gcc >>"$notes"
echo '(bytes; key preparation and streaming verify of one delivery; the stack holds context and key; RAM is what is static)'
if [ "$m0" -ge $limit ]; then
    arm-none-eabi-nm -S --size-sort --radix=d "$out/cortex-m0/size.elf" | tail -n 20 >&2
    die "key preparation and verify take $m0 bytes on the Cortex-M0, the limit is under $limit"
fi
cat "$notes"
[ $stale -eq 0 ] || die 'correct the table of README.md: its figures may be 2 % off, no more'
echo "README.md: $compared of its 3 rows compared, all of them right"
