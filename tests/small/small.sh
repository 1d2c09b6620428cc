#!/bin/sh
# small.sh -- the verifying and the receiving path on small machines, run and weighed: small.sh BUILD-DIRECTORY
#
# On each target the vectors run first; then a session in which deliver.c, here, sends deliveries over the UART and
# judges the answers. Two programs are linked for each path that differ by it (verify.c, receive.c) and all that it
# needs: flash and static RAM are what the one has more than the other, the helpers are the functions that come neither
# from webhook.h nor from these files. The stack is measured by painting it while the path runs. At last the table of
# README.md is held against what was measured.
set -eu
out=$1
here=tests/small
limit=3000 # bytes of flash on the Cortex-M0 for the verifying path
spare=64   # bytes of RAM that the ATmega328P must have left while it receives
flags='-std=c99 -Os -DWEBHOOK_SMALL -DWEBHOOK_NO_STRINGS -ffunction-sections -fdata-sections -Wall -Wextra -Werror'
mkdir -p "$out"
awk -f $here/rows.awk tests/vectors/hmac_sha256.tsv >"$out/rows.h"
${CC:-cc} -std=c99 -O0 -Wall -Wextra -Werror $here/deliver.c -o "$out/deliver"

die() {
    echo "small: $*" >&2
    exit 1
}

# build TARGET COMPILER LINK-FLAGS SYSTEM-FILES PORT-FILES -- five programs in $out/TARGET: vectors and session, which
# run; size, size_receive, and what these are weighed against. The system files are in all of them.
build() {
    t=$1 cc=$2 link=$3 system=$4 port="$5 $here/print.c"
    d=$out/$t
    mkdir -p "$d"
    objects=
    for f in tests/webhook.c $here/verify.c $here/receive.c $here/vectors.c $here/session.c $here/size.c \
        $here/size_receive.c $system $port; do
        o=$d/$(basename "$f" .c).o
        case "$f" in */port_host.c) more=-D_XOPEN_SOURCE=700 ;; *) more=$freestanding ;; esac
        $cc $flags $more -I"$out" -c "$f" -o "$o" || die "$t: $f"
    done
    for f in $system; do objects="$objects $d/$(basename "$f" .c).o"; done
    ports=
    for f in $port; do ports="$ports $d/$(basename "$f" .c).o"; done
    for path in verify receive; do
        size=size
        [ $path = verify ] || size=size_$path
        $cc $flags $freestanding -DEMPTY -c $here/$size.c -o "$d/empty_$path.o"
        $cc -Wl,--gc-sections $link "$d/$size.o" "$d/$path.o" "$d/webhook.o" $objects $libs -o "$d/$path.elf"
        $cc -Wl,--gc-sections $link "$d/empty_$path.o" $objects $libs -o "$d/empty_$path.elf"
    done
    $cc -Wl,--gc-sections ${link_run-$link} "$d/vectors.o" "$d/verify.o" "$d/webhook.o" ${objects_run-$objects} \
        $ports ${libs_run-$libs} -o "$d/vectors.elf"
    $cc -Wl,--gc-sections ${link_run-$link} "$d/session.o" "$d/receive.o" "$d/webhook.o" ${objects_run-$objects} \
        $ports ${libs_run-$libs} -o "$d/session.elf"
}

# judge TARGET LOG WHAT -- does its last line say that all is well?
judge() {
    line=$(tr -d '\r' <"$out/$1/$2" | tail -n 1)
    case "$line" in
    'small: '[1-9]*' passed, 0 failed') echo "$1, $3: ${line#small: }" ;;
    *) cat "$out/$1/$2" >&2; die "$1: the $3 did not end well" ;;
    esac
}

# receive TARGET [-n] COMMAND… -- the session, over the command's standard input and output
receive() {
    t=$1
    shift
    timeout 300 "$out/deliver" "$@" >"$out/$t/receive.log" || die "$t: $(head -n 1 "$out/$t/receive.log")"
    judge "$t" receive.log deliveries
    [ "$(told "$t" receive bad)" = 0 ] || die "$t: the session's device was not set up"
}

# told TARGET PATH WORD -- a figure that the vectors or the session printed
told() {
    tr -d '\r' <"$out/$1/$2.log" | awk -v w="$3" '$1 == w { print $2 }'
}

# weigh TARGET PREFIX PATH -- one row of the table; leaves its figures in $flash, $ram, $stack and $context
weigh() {
    d=$out/$1
    set -- "$1" "$2" "$3" $("$2size" "$d/$3.elf" | tail -n 1) $("$2size" "$d/empty_$3.elf" | tail -n 1)
    # the columns of size: text data bss dec hex file
    flash=$(($4 + $5 - ${10} - ${11}))
    ram=$(($5 + $6 - ${11} - ${12}))
    # What remains when the names of our own objects and of the empty program are taken away is the compiler's.
    { "$2nm" --defined-only "$d"/*.o; "$2nm" --defined-only "$d/empty_$3.elf"; } | awk 'NF == 3 { print $3 }' | sort -u >"$d/known"
    helpers=$("$2nm" -S --defined-only "$d/$3.elf" | awk '$(NF - 1) ~ /^[tTwW]$/ { print $NF }' | sort -u |
        comm -23 - "$d/known" | grep -E '^(__|mem|str|abort)' | paste -sd' ' || true)
    stack=$(told "$1" "$3" stack) context=$(told "$1" "$3" context)
    printf '%-10s %-7s %6d %6d %6d %8d %5d  %s\n' "$1" "$3" "$flash" "$ram" "$stack" "$context" \
        "$(told "$1" "$3" key)" "${helpers:-none}"
}

# same ROW FIGURE SAID MEASURED -- within 2 %?
same() {
    if ! echo "$3 $4" | awk '{ off = $1 > $2 ? $1 - $2 : $2 - $1; exit $1 !~ /^[0-9]+$/ || off * 50 > $1 }'; then
        echo "small: README.md, row $1: $2 is ${3:-missing}, measured $4" >&2
        stale=1
    fi
}

# compare ROW COMPILER PATH -- what weigh has left with the row of README.md that begins with this word. Its columns:
# the target, the compiler and its version, the path, flash, static RAM, stack, context. Another version makes other
# code: that is only told.
compare() {
    version=$("$2" --version | sed -n '1s/([^)]*)//g; 1s/^[^ ]* *\([0-9.]*\).*/\1/p')
    columns=$(awk -F' *[|] *' -v row="$1" -v path="$3" '
        ($2 == row || index($2, row " ") == 1 || index($2, row ",") == 1) && $4 == path {
        gsub(",", ""); print $3 "|" $5 "|" $6 "|" $7 "|" $8 }' README.md)
    IFS='|' read -r said_compiler said_flash said_ram said_stack said_context <<END
$columns
END
    case "$said_compiler" in
    "$2 $version")
        compared=$((compared + 1))
        same "$1, $3" flash "$said_flash" "$flash"
        same "$1, $3" 'static RAM' "$said_ram" "$ram"
        same "$1, $3" stack "$said_stack" "$stack"
        same "$1, $3" context "$said_context" "$context"
        ;;
    "$2 "*) echo "$1: README.md was measured with $said_compiler, this is $version: not compared" ;;
    *)
        echo "small: README.md has no row for $1, $2 and $3" >&2
        stale=1
        ;;
    esac
}

# ---- Cortex-M0: nothing but these files and libgcc
m0='qemu-system-arm -M microbit -nographic -monitor none -serial stdio -semihosting-config enable=on,target=native'
freestanding=-ffreestanding libs=-lgcc
build cortex-m0 'arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb' "-nostdlib -T $here/m0.ld" \
    "$here/m0_start.c $here/port_mem.c" "$here/port_m0.c"
timeout 120 $m0 -kernel "$out/cortex-m0/vectors.elf" >"$out/cortex-m0/verify.log" 2>&1 </dev/null ||
    { cat "$out/cortex-m0/verify.log" >&2; die "cortex-m0: status $?"; }
judge cortex-m0 verify.log vectors
receive cortex-m0 $m0 -kernel "$out/cortex-m0/session.elf"

# ---- ATmega328P: avr-libc brings the start and the mem functions; the emulator never ends by itself
avr='qemu-system-avr -M uno -nographic -monitor none -serial stdio'
freestanding='' libs=''
build atmega328p 'avr-gcc -mmcu=atmega328p' '' '' "$here/port_avr.c"
$avr -bios "$out/atmega328p/vectors.elf" >"$out/atmega328p/verify.log" 2>"$out/atmega328p/err" </dev/null &
pid=$!
waited=0
until grep -q ' failed' "$out/atmega328p/verify.log" || [ $waited -ge 600 ] || ! kill -0 $pid 2>/dev/null; do
    sleep 0.2
    waited=$((waited + 1))
done
kill $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
judge atmega328p verify.log vectors
receive atmega328p -n $avr -bios "$out/atmega328p/session.elf"

# ---- s390x, big-endian: weighed without a library, what runs has one
freestanding=-ffreestanding libs=-lgcc
link_run=-static objects_run='' libs_run=''
build s390x s390x-linux-gnu-gcc '-nostdlib -static -e main' "$here/port_mem.c" "$here/port_host.c"
timeout 120 qemu-s390x "$out/s390x/vectors.elf" >"$out/s390x/verify.log" 2>&1 </dev/null ||
    { cat "$out/s390x/verify.log" >&2; die "s390x: status $?"; }
judge s390x verify.log vectors
receive s390x qemu-s390x "$out/s390x/session.elf"

stale=0 compared=0
notes=$out/notes
: >"$notes"
head='target     path     flash    RAM  stack  context   key  helpers of the compiler'
printf '\n%s\n' "$head"
weigh cortex-m0 arm-none-eabi- verify
m0=$flash
compare Cortex-M0 arm-none-eabi-gcc verify >>"$notes"
weigh atmega328p avr- verify
compare ATmega328P avr-gcc verify >>"$notes"
weigh s390x s390x-linux-gnu- verify
compare s390x s390x-linux-gnu-gcc verify >>"$notes"
echo '(bytes; key preparation and streaming verify of one delivery; the stack holds context and key; RAM is what is static)'
printf '\n%s\n' "$head"
weigh cortex-m0 arm-none-eabi- receive
compare Cortex-M0 arm-none-eabi-gcc receive >>"$notes"
weigh atmega328p avr- receive
avr_used=$((ram + stack))
compare ATmega328P avr-gcc receive >>"$notes"
weigh s390x s390x-linux-gnu- receive
compare s390x s390x-linux-gnu-gcc receive >>"$notes"
echo '(bytes; HTTP from a UART, two keys, replay guard, envelope, answers; RAM is what is static, with context, keys,'
echo 'buffers and guard)'
left=$(told atmega328p receive left)
echo "atmega328p: $avr_used of 2048 bytes of RAM, stack included; the whole program that ran left $left untouched"

[ $avr_used -le 2048 ] && [ "$left" -ge $spare ] || die "the ATmega328P must have $spare bytes of RAM left"
if [ "$m0" -ge $limit ]; then
    arm-none-eabi-nm -S --size-sort --radix=d "$out/cortex-m0/verify.elf" | tail -n 20 >&2
    die "key preparation and verify take $m0 bytes on the Cortex-M0, the limit is under $limit"
fi
cat "$notes"
[ $stale -eq 0 ] || die 'correct the table of README.md: its figures may be 2 % off, no more'
echo "README.md: $compared of its 6 rows compared, all of them right"
