#!/bin/sh
# small.sh -- the verifying, the receiving and the emitting path on small machines, run and weighed: small.sh
# BUILD-DIRECTORY
#
# On each target the vectors run first; then a session in which deliver.c, here, sends deliveries over the UART and
# judges the answers; then a device emits to a peer in its own program. Two programs are linked for each path that
# differ by it (verify.c, receive.c, emit.c) and all that it needs: flash and static RAM are what the one has more than the other, the helpers are the functions that come neither
# from webhook.h nor from these files. The stack is measured by painting it while the path runs. At last the table of
# README.md is held against what was measured.
set -eu
out=$1
here=tests/small
limit=3000 # bytes of flash on the Cortex-M0 for the verifying path
spare=64   # bytes of RAM that a machine must have left while it receives or emits
flags='-std=c99 -Os -DWEBHOOK_SMALL -DWEBHOOK_NO_STRINGS -ffunction-sections -fdata-sections -Wall -Wextra -Werror'
mkdir -p "$out"
awk -f $here/rows.awk tests/vectors/hmac_sha256.tsv >"$out/rows.h"
${CC:-cc} -std=c99 -O0 -Wall -Wextra -Werror $here/deliver.c -o "$out/deliver"

die() {
    echo "small: $*" >&2
    exit 1
}

# build TARGET COMPILER LINK-FLAGS SYSTEM-FILES PORT-FILES PATH… -- three programs for each path in $out/TARGET: PATH_run,
# which runs; PATH, and empty_PATH, against which that is weighed. The system files are in all of them.
build() {
    t=$1 cc=$2 link=$3 system=$4 port="$5 $here/print.c"
    shift 5
    d=$out/$t
    mkdir -p "$d"
    compile() { # file, name of the object, more flags
        case "$1" in */port_host.c) more=-D_XOPEN_SOURCE=700 ;; *) more=$freestanding ;; esac
        $cc $flags $more ${3-} -I"$out" -c "$1" -o "$d/$2.o" || die "$t: $1"
    }
    compile tests/webhook.c webhook
    objects=
    for f in $system; do compile "$f" "$(basename "$f" .c)"; objects="$objects $d/$(basename "$f" .c).o"; done
    ports=
    for f in $port; do compile "$f" "$(basename "$f" .c)"; ports="$ports $d/$(basename "$f" .c).o"; done
    for path; do
        case $path in verify) size=size run=vectors ;; receive) size=size_receive run=session ;; *) size=size_emit run=events ;; esac
        for f in $path $size $run; do compile "$here/$f.c" "$f"; done
        compile "$here/$size.c" "empty_$path" -DEMPTY
        $cc -Wl,--gc-sections $link "$d/$size.o" "$d/$path.o" "$d/webhook.o" $objects $libs -o "$d/$path.elf"
        $cc -Wl,--gc-sections $link "$d/empty_$path.o" $objects $libs -o "$d/empty_$path.elf"
        $cc -Wl,--gc-sections ${link_run-$link} "$d/$run.o" "$d/$path.o" "$d/webhook.o" ${objects_run-$objects} \
            $ports ${libs_run-$libs} -o "$d/${path}_run.elf"
    done
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

# run TARGET PATH WHAT COMMAND… -- a program that ends by itself
run() {
    t=$1 log=$2.log what=$3
    shift 3
    timeout 120 "$@" >"$out/$t/$log" 2>&1 </dev/null || { cat "$out/$t/$log" >&2; die "$t: status $?"; }
    judge "$t" "$log" "$what"
}

# run_avr TARGET PATH WHAT COMMAND… -- one whose emulator does not
run_avr() {
    t=$1 log=$2.log what=$3
    shift 3
    "$@" >"$out/$t/$log" 2>"$out/$t/err" </dev/null &
    pid=$!
    waited=0
    until grep -q ' failed' "$out/$t/$log" || [ $waited -ge 600 ] || ! kill -0 $pid 2>/dev/null; do
        sleep 0.2
        waited=$((waited + 1))
    done
    kill $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    judge "$t" "$log" "$what"
}

# ---- Cortex-M0: nothing but these files and libgcc
m0='qemu-system-arm -M microbit -nographic -monitor none -serial stdio -semihosting-config enable=on,target=native'
freestanding=-ffreestanding libs=-lgcc
build cortex-m0 'arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb' "-nostdlib -T $here/m0.ld" \
    "$here/m0_start.c $here/port_mem.c" "$here/port_m0.c" verify receive emit
run cortex-m0 verify vectors $m0 -kernel "$out/cortex-m0/verify_run.elf"
receive cortex-m0 $m0 -kernel "$out/cortex-m0/receive_run.elf"
run cortex-m0 emit events $m0 -kernel "$out/cortex-m0/emit_run.elf"

# ---- ATmega328P: avr-libc brings the start and the mem functions
avr='qemu-system-avr -nographic -monitor none -serial stdio'
freestanding='' libs=''
build atmega328p 'avr-gcc -mmcu=atmega328p' '' '' "$here/port_avr.c" verify receive
run_avr atmega328p verify vectors $avr -M uno -bios "$out/atmega328p/verify_run.elf"
receive atmega328p -n $avr -M uno -bios "$out/atmega328p/receive_run.elf"

# ---- ATmega2560, the one that has room to emit: port_mega.c says why the emulator loads what is static
build atmega2560 'avr-gcc -mmcu=atmega2560' '' '' "$here/port_mega.c" emit
avr-objcopy -O binary -j .data "$out/atmega2560/emit_run.elf" "$out/atmega2560/data"
run_avr atmega2560 emit events $avr -M mega2560 -bios "$out/atmega2560/emit_run.elf" \
    -device loader,file="$out/atmega2560/data",addr=0x800200,force-raw=on

# ---- s390x, big-endian: weighed without a library, what runs has one
freestanding=-ffreestanding libs=-lgcc
link_run=-static objects_run='' libs_run=''
build s390x s390x-linux-gnu-gcc '-nostdlib -static -e main' "$here/port_mem.c" "$here/port_host.c" verify receive emit
run s390x verify vectors qemu-s390x "$out/s390x/verify_run.elf"
receive s390x qemu-s390x "$out/s390x/receive_run.elf"
run s390x emit events qemu-s390x "$out/s390x/emit_run.elf"

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
printf '\n%s\n' "$head"
weigh cortex-m0 arm-none-eabi- emit
m0_used=$((ram + stack))
compare Cortex-M0 arm-none-eabi-gcc emit >>"$notes"
weigh atmega2560 avr- emit
mega_used=$((ram + stack))
compare ATmega2560 avr-gcc emit >>"$notes"
weigh s390x s390x-linux-gnu- emit
compare s390x s390x-linux-gnu-gcc emit >>"$notes"
echo '(bytes; registry with one webhook, engine with one slot and 4 events, 2 on the ATmega, their store, the transport; RAM'
echo 'is what is static, with all of that)'
# roomy TARGET PATH USED OF -- is this all that its RAM must hold?
roomy() {
    left=$(told "$1" "$2" left)
    echo "$1: $3 of $4 bytes of RAM, stack included; the whole program that ran left $left untouched"
    [ "$3" -le "$4" ] && [ "$left" -ge $spare ] || die "the $1 must have $spare bytes of RAM left"
}
roomy atmega328p receive $avr_used 2048
roomy atmega2560 emit $mega_used 8192
roomy cortex-m0 emit $m0_used 16384

if [ "$m0" -ge $limit ]; then
    arm-none-eabi-nm -S --size-sort --radix=d "$out/cortex-m0/verify.elf" | tail -n 20 >&2
    die "key preparation and verify take $m0 bytes on the Cortex-M0, the limit is under $limit"
fi
cat "$notes"
[ $stale -eq 0 ] || die 'correct the table of README.md: its figures may be 2 % off, no more'
echo "README.md: $compared of its 9 rows compared, all of them right"
