#!/bin/sh
# tool.sh -- drives the built tool: every command, every error path, what its help promises.
#     sh tests/tool.sh PATH-OF-webhook          TOOL_MB=100: the size of the large inputs, 2 unless set
# Expected signatures were computed with `openssl dgst -sha256 -hmac` over "timestamp.body", except
# where a comment says otherwise; expected normal forms are what JSON.stringify(JSON.parse(t)) gives.
# shellcheck disable=SC2016,SC2059 # "$id" is meant as it stands; formats are the way to write odd bytes
LC_ALL=C
export LC_ALL
unset WEBHOOK_SECRET
W=${1:?usage: sh tests/tool.sh PATH-OF-webhook}
case $W in */*) ;; *) W=./$W ;; esac
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM
NL='
'
KEY=secret-key-123
passed=0
failed=0

pass() { passed=$((passed + 1)); }
flunk() {
    failed=$((failed + 1))
    printf 'FAILED %s\n' "$*"
}

# ok NAME COMMAND...: the command must succeed
ok() {
    name=$1
    shift
    if "$@"; then pass; else flunk "$name: $*"; fi
}

# given TEXT, given_f FORMAT: the standard input of the next runs
given() { printf '%s' "$1" >"$T/in"; }
given_f() {
    printf "$1" >"$T/in"
}

# slurp FILE: its text, line ends kept, in $text; without a process, which would take most of the time here
slurp() {
    text=
    while IFS= read -r line; do text=$text$line$NL; done <"$1"
    text=$text$line
}

# run ARGUMENTS...: leaves $status, $out, and $err without its last line end
run() {
    "$W" "$@" <"$T/in" >"$T/out" 2>"$T/err"
    status=$?
    slurp "$T/out" && out=$text
    slurp "$T/err" && err=${text%"$NL"}
}

# t STATUS STDOUT STDERR ARGUMENTS...: STDOUT is all of it ("?" is anything), STDERR a part of it ("" is
# that it is empty). Whatever it is about: status 2 prints nothing but one message, and no
# message holds a secret.
t() {
    want_status=$1 want_out=$2 want_err=$3
    shift 3
    run "$@"
    why=
    [ "$status" -eq "$want_status" ] || why="status $status, wanted $want_status"
    [ "$want_out" = '?' ] || [ "$out" = "$want_out" ] || why="$why; printed '$out', wanted '$want_out'"
    if [ -z "$want_err" ]; then
        [ -z "$err" ] || why="$why; complained"
    else
        case $err in *"$want_err"*) ;; *) why="$why; no '$want_err' on standard error" ;; esac
    fi
    if [ "$status" -eq 2 ]; then
        [ -z "$out" ] || why="$why; printed something all the same"
        case $err in
        *"$NL"*) why="$why; more than one message" ;;
        "webhook: "*) ;;
        *) why="$why; does not say who complains" ;;
        esac
    fi
    case $err in *secret-key*) why="$why; the secret is in the message" ;; esac
    if [ -z "$why" ]; then pass; else flunk "webhook $*: ${why#; } ($err)"; fi
}

# repeat N TEXT: the text N times
repeat() {
    n=$1 piece=$2 all=
    while [ "$n" -gt 0 ]; do
        [ $((n % 2)) -eq 0 ] || all=$all$piece
        piece=$piece$piece
        n=$((n / 2))
    done
    printf '%s' "$all"
}

# ---- the command line ----

given ''
t 2 '' 'webhook: no command given, see webhook --help'
t 2 '' "there is no command 'frobnicate', see webhook --help" frobnicate
t 2 '' "there is no command '', see webhook --help" ''
t 2 '' 'webhook: --: there is no such option before a command, see webhook --help' -- sign
t 2 '' 'webhook: --secret: there is no such option before a command, see webhook --help' --secret=$KEY sign
t 2 '' 'webhook: --secret: there is no such option before a command, see' --secret $KEY sign
version=$(sed -n 's/^#define WEBHOOK_VERSION_STRING "\(.*\)"/\1/p' "$(dirname "$0")/../webhook.h")
t 0 "webhook ${version:?}$NL" '' --version
t 2 '' '--version: takes no arguments, see webhook --help' --version extra
t 2 '' '--version: takes no arguments, see webhook --help' --version --version
t 0 '?' '' --help
overview=$out
t 0 "$overview" '' -h
t 0 "$overview" '' help
for h in --help -h help; do
    t 2 '' "there is no command 'extra', see webhook --help" $h extra
    t 2 '' 'webhook: too many arguments, see webhook --help' $h sign extra
done
for c in match expand payload json sign verify; do
    case $overview in *"  $c "*) pass ;; *) flunk "--help does not name $c" ;; esac
done
for c in match expand payload json sign verify; do
    t 0 '?' '' "$c" --help
    case $out in "usage: webhook $c "*) pass ;; *) flunk "$c --help: $out" ;; esac
    usage=$out
    t 0 "$usage" '' "$c" -h
    t 0 "$usage" '' help "$c"
    t 0 "$usage" '' --help "$c"
    t 0 "$usage" '' -h "$c"
    t 2 '' "$c: --no-such: there is no such option, see webhook $c --help" "$c" --no-such
    t 2 '' "$c: -x: there is no such option, see webhook $c --help" "$c" -x
    t 2 '' '-h: takes no value' "$c" -h=yes
    t 2 '' '--help: takes no value' "$c" --help=yes
done
for c in payload json sign verify; do
    "$W" $c --help >"$T/want"
    run $c help
    ok "$c help" cmp -s "$T/want" "$T/out"
    t 2 '' "$c: too many arguments: this command reads standard input, see webhook $c --help" $c file
    t 2 '' "$c: too many arguments: this command reads standard input, see webhook $c --help" $c help me
    t 2 '' "$c: too many arguments: this command reads standard input, see webhook $c --help" $c -- help
done
t 0 "help$NL" '' expand help # where a command has operands, help is one
t 2 '' 'match: EVENT: is missing, see webhook match --help' match help
t 2 '' 'match: too many arguments, see webhook match --help' match a b c
t 2 '' 'expand: too many arguments, see webhook expand --help' expand a b
# help COMMAND WORDS...: its help has each of them
help() {
    run "$1" --help
    for o in "$@"; do
        case $out in *"$o"*) pass ;; *) flunk "$1 --help: no $o" ;; esac
    done
}
help match PATTERN EVENT --help
help expand EVENT --header --help
help payload --event --id --time --help
help json --help
help sign --timestamp --headers --secret --secret-file 'other users of this machine can see it' --help
help verify --timestamp --signature --now --tolerance --secret --secret-file 'other users' '1 to 4294967294 seconds' --help
t 2 '' '--timestamp: wants a value' sign --timestamp
t 2 '' '--headers: takes no value' sign --headers=1
t 2 '' '--headers: is given twice' sign --headers --headers
t 2 '' '--secrets: there is no such option' sign --secrets=$KEY # attacks 14: its value is not echoed
t 2 '' 'too many arguments' sign $KEY
t 2 '' 'too many arguments' json -- --help
t 2 '' 'too many arguments' json -

# ---- match: attacks 34, decision by segments ----

EVENT=databases.main.tables.orders.rows.order_456.create
for p in 'databases.*' 'databases.main' 'databases.*.tables.*' 'databases.*.tables.orders.rows.*' \
    'databases.main.tables.orders.rows.*.create' "$EVENT" '*.*.*.*.*.*.*'; do
    t 0 '' '' match "$p" $EVENT
done
for p in 'users.*' 'users.*.create' 'storage.*.files.*.create' 'functions.*.executions.*' databases \
    'databases.*.create' 'databases.*.tables.*.rows' 'databases.*.tables.orders.rows.*.delete' \
    "$EVENT.x" "$EVENT.x.y" 'Databases.*'; do
    t 1 '' '' match "$p" $EVENT
done
t 0 '' '' match 'users.*' users.u1.create
t 0 '' '' match 'users.*.create' users.u1.create
t 0 '' '' match 'users.*.update' users.u1.update.email
t 0 '' '' match 'order.*' order.created
t 0 '' '' match order order.created
t 1 '' '' match users users.u1.create
t 0 '' '' match -- -a -a
t 2 '' '-a: ' match -a -a
t 2 '' 'match: PATTERN: is missing, see webhook match --help' match
t 2 '' 'match: EVENT: is missing, see webhook match --help' match 'users.*'

seventeen=$(repeat 16 a.)a
sixteen=$(repeat 15 a.)a
long255=$(repeat 255 x)
t 0 '' '' match "$sixteen" "$sixteen"
t 0 '' '' match "$long255" "$long255"
NAME='1 to 16 segments joined by dots, 255 bytes at most, '
BYTES='of visible ASCII but , " \ *'
STAR='(a * is for patterns: match PATTERN EVENT)'
t 2 '' "pattern: offset 3: wants a pattern: ${NAME}each a * alone or $BYTES" match 'a.b*c' a
t 2 '' 'pattern: offset 2: ' match 'a.**' a
t 2 '' 'pattern: offset 0: ' match '**' a
t 2 '' 'pattern: offset 2: ' match 'a.' a
t 2 '' 'pattern: offset 0: ' match '' a
t 2 '' 'pattern: offset 0: ' match '.a' a
t 2 '' 'pattern: offset 2: ' match 'a..b' a
t 2 '' 'pattern: offset 1: ' match 'a,b' a
t 2 '' 'pattern: offset 1: ' match 'a b' a
t 2 '' 'pattern: offset 32: ' match "$seventeen" a
t 2 '' 'pattern: offset 255: ' match "${long255}x" a
t 2 '' 'pattern: offset 1: ' match "a\"${long255}" a
t 2 '' "event: offset 6: wants a name: $NAME$BYTES $STAR" match 'users.*' 'users.*'
t 2 '' "event: offset 2: wants a name: $NAME$BYTES" match a 'a.'
case $err in *"$STAR"*) flunk "a star is named where there is none: $err" ;; *) pass ;; esac
t 2 '' 'event: offset 0: ' match a ''
t 2 '' 'event: offset 1: ' match a 'a\b'
t 2 '' 'event: offset 1: ' match a "a${NL}b"
t 2 '' 'event: offset 0: ' match a "$(printf '\303\251')"
t 2 '' 'event: offset 32: ' match a "$seventeen"
t 2 '' 'event: offset 255: ' match a "${long255}x"

# ---- expand: decision 2 ----

t 0 "users.u1.create${NL}users.*.create${NL}users.u1${NL}users.*$NL" '' expand users.u1.create
t 0 "users.u1.create,users.*.create,users.u1,users.*$NL" '' expand users.u1.create --header
t 0 "order.created${NL}order$NL" '' expand order.created
t 0 "a$NL" '' expand a
t 0 '?' '' expand $EVENT
ok 'the row event has 22 names' [ "$(wc -l <"$T/out")" -eq 22 ]
ok 'its last name' [ "$(tail -n 1 "$T/out")" = 'databases.*' ]
ok 'its first name' [ "$(sed -n 1p "$T/out")" = $EVENT ]
ok 'no name twice' [ "$(sort -u "$T/out" | wc -l)" -eq 22 ]
while read -r p; do t 0 '' '' match "$p" $EVENT; done <<END
${out%"$NL"}
END
joined=$("$W" expand $EVENT | tr '\n' ,)
t 0 "${joined%,}$NL" '' expand --header $EVENT
t 0 "a.1.b.2.c.3.d.4.e.5.f$NL" '' expand --header a.1.b.2.c.3.d.4.e.5.f # 94 names
wide=$(repeat 100 x).1.b.2.c.3.d.4.e                                   # 46 names, above 4,096 bytes
t 0 "$wide$NL" '' expand --header "$wide"
run expand "$wide"
ok 'expand prints the names that the header leaves out' [ "$(wc -l <"$T/out")" -eq 46 ]
t 2 '' "expand: event: offset 6: wants a name: $NAME$BYTES $STAR" expand 'users.*'
t 2 '' 'event: offset 0: ' expand ''
t 2 '' 'expand: EVENT: is missing, see webhook expand --help' expand --header

# ---- json ----

# j TEXT NORMAL-FORM; bad OFFSET TEXT, for json and for payload
j() {
    given "$1"
    t 0 "$2" '' json
}
bad() {
    given "$2"
    t 2 '' "json: offset $1: " json
    t 2 '' "payload: offset $1: " payload --event a
}
j ' { "b" : 1.50 , "a" : [ true , null ] } ' '{"b":1.5,"a":[true,null]}'
j '{"b":1,"10":2,"9":3,"01":4}' '{"9":3,"10":2,"b":1,"01":4}'
j '"\uD800"' '"\ud800"'
j '"\uD83D\uDE00\/\u0041\u000A\u001F\u007f"' "$(printf '"\360\237\230\200/A\\n\\u001f\177"')"
j '[1.0,-0,1e21,1e-7,123456789012345678e-3,1e-400,5e-324,0.1]' \
    '[1,0,1e+21,1e-7,123456789012345.67,0,5e-324,0.1]'
j 9007199254740992 9007199254740992
j 100000000000000000000000 1e+23
j '{}' '{}'
j "$(repeat 64 '[')$(repeat 64 ']')" "$(repeat 64 '[')$(repeat 64 ']')"
given '[0,1152921504606846976,9007199254740993]'
t 0 '[0,1152921504606847000,9007199254740992]' 'warning: offset 3: ' json
case $err in *'send it as a string'*) pass ;; *) flunk "the remedy is missing: $err" ;; esac
t 2 '' 'payload: offset 3: an integer lost digits: send it as a string' payload --event a
bad 1 01
bad 2 1.x
bad 3 trux
bad 0 ''
bad 2 '  '
bad 3 '[1,'
bad 5 '{"a":'
bad 2 '"a'
bad 2 '1 2'
bad 1 '"\q"'
bad 1 "\"$(printf '\377')\""
bad 0 "$(printf '\357\273\277')1"
bad 0 1e999
bad 4 '[ 1,1e999]'
bad 7 '{"a":1,"a":2}'
bad 7 '{"a":1,"\u0061":2}'
bad 11 '{"a":1,"a":x'
bad 17 '{"a":1,"a":2,"b":1e999}'
bad 7 '{"a":1,"a":2} '
given_f '"a\000b"'
t 2 '' 'json: offset 2: ' json
given "$(repeat 65 '[')$(repeat 65 ']')"
t 2 '' 'json: offset 64: ' json
t 2 '' 'payload: offset 63: ' payload --event a
given "$(repeat 64 '[')$(repeat 64 ']')"
t 2 '' 'payload: offset 63: ' payload --event a
given '{"a":1,   "b":2,"a":3}'
t 2 '' 'offset 16: a key or field is given twice' payload --event a

# ---- payload: the mission's example ----

given '{ "$id": "order_456", "$tableId": "orders", "$databaseId": "main",
  "$createdAt": "2025-01-15T10:30:00.000Z", "$updatedAt": "2025-01-15T10:30:00.000Z",
  "customer": "John Doe", "total": 99.990 }'
BODY='{"$id":"event_123","event":"'$EVENT'","timestamp":"2025-01-15T10:30:00.000Z","payload":{'
BODY=$BODY'"$id":"order_456","$tableId":"orders","$databaseId":"main",'
BODY=$BODY'"$createdAt":"2025-01-15T10:30:00.000Z","$updatedAt":"2025-01-15T10:30:00.000Z",'
BODY=$BODY'"customer":"John Doe","total":99.99}}'
t 0 "$BODY" '' payload --event $EVENT --id event_123 --time 2025-01-15T10:30:00Z
t 0 "$BODY" '' payload --event=$EVENT --id=event_123 --time=2025-01-15T10:30:00.0009Z
given "$BODY"
t 0 "$BODY" '' json
given "$(repeat 63 '[')$(repeat 63 ']')"
t 0 '?' '' payload --event a
given null
t 0 '{"$id":"i","event":"a","timestamp":"1970-01-01T00:00:00.123Z","payload":null}' '' \
    payload --event a --id i --time 1970-01-01T00:00:00.123999999Z
t 0 '{"$id":"i","event":"a","timestamp":"9999-12-31T23:59:59.999Z","payload":null}' '' \
    payload --event a --id i --time 9999-12-31T23:59:59.999Z
before=$(date -u +%Y-%m-%dT%H:%M)
t 0 '?' '' payload --event a
after=$(date -u +%Y-%m-%dT%H:%M)
made=$(expr "x$out" : 'x{"$id":"\([0-9a-f]*\)",')
time=$(expr "x$out" : '.*"timestamp":"\([^"]*\)"')
ok 'a made $id has 32 digits' [ ${#made} -eq 32 ]
case $time in
"$before":??.???Z | "$after":??.???Z) pass ;;
*) flunk "the time is not the present: $time" ;;
esac
run payload --event a
case $out in *"$made"*) flunk 'the same $id was made twice' ;; *) pass ;; esac
t 2 '' 'payload: --event: is missing, see webhook payload --help' payload
t 2 '' '--event: is given twice' payload --event a --event a
t 2 '' "--event: offset 2: wants a name: $NAME$BYTES" payload --event a..b
t 2 '' "--event: offset 2: wants a name: $NAME$BYTES $STAR" payload --event 'a.*'
t 2 '' "--event: offset 0: wants a name: $NAME$BYTES" payload --event=
t 2 '' '--id: offset 1: wants 1 to 36 of A-Z a-z 0-9 _ -' payload --event a --id a.b
t 2 '' '--id: offset 0: wants 1 to 36 of A-Z a-z 0-9 _ -' payload --event a --id ''
t 2 '' '--id: offset 36: wants 1 to 36 of A-Z a-z 0-9 _ -' payload --event a --id "$(repeat 37 x)"
t 0 '?' '' payload --event a --id -h # it is the value here
t 0 '?' '' payload --event a --id "$(repeat 36 x)"
for v in '' now 2025-01-15 '2025-01-15 10:30:00Z' 2025-01-15T10:30:00 2025-01-15T10:30:00.Z \
    2025-01-15T10:30:00+01:00 2025-01-15T10:30:00z 2025-01-15T10:30:00.1234567890Z; do
    t 2 '' '--time: wants the form' payload --event a --time "$v"
done
for v in 2025-02-29T00:00:00Z 2025-01-15T24:00:00Z 2016-12-31T23:59:60Z 1969-12-31T23:59:59Z; do
    t 2 '' '--time: no such time' payload --event a --time "$v"
done

# ---- sign ----

HEX=71b0be02a99b1fd69c88894854761fe6ea24863917ab070b0ffad74d6d067f51 # raw bytes, the escapes kept
AT=1736937000
RAW='{"$id":"order_456","total":99.99,"url":"https:\/\/x.y\/z"}'
given "$RAW"
t 0 "$HEX$NL" '' sign --secret $KEY --timestamp $AT
t 0 "$HEX$NL" '' sign --secret=$KEY --timestamp=$AT --
HEADERS="X-Appwrite-Webhook-Timestamp: $AT${NL}X-Appwrite-Webhook-Signature: $HEX$NL"
t 0 "$HEADERS" '' sign --secret $KEY --timestamp $AT --headers
before=$(date +%s)
t 0 '?' 'timestamp ' sign --secret $KEY
after=$(date +%s)
told=${err##* }
ok 'sign tells the present' [ "$told" -ge "$before" ]
ok 'sign tells the present' [ "$told" -le "$after" ]
signed=${out%"$NL"}
t 0 '' '' verify --secret $KEY --timestamp "$told" --signature "$signed"
for v in '' abc 0 000 -1 +1 ' 1' 1.5 1e9 0x10 1234567890123456; do
    t 2 '' '--timestamp: wants 1 to 15 digits' sign --secret $KEY --timestamp "$v"
done
t 0 '?' '' sign --secret $KEY --timestamp 123456789012345
t 2 '' '--timestamp: is given twice' sign --secret $KEY --timestamp $AT --timestamp $AT
t 0 "a1f2530debb66b3034d2eaa3b6e7466ddb87a1afb0db46bb56fe5d7e7b095fb3$NL" '' sign --secret $KEY --timestamp 01736937000
given ''
t 0 "c8e17a4559b424e60bcd17a2749cda79269237fd60dedf9147d7eb34c6636bc8$NL" '' sign --secret $KEY --timestamp $AT
given_f '\000\377\n\000'
t 0 "36cc75c0d3f6c217d65b1345fc60bcc7d198c3d754f67952f07540f51f1ba08e$NL" '' sign --secret $KEY --timestamp $AT

# ---- secrets: attacks 3 ----

given "$RAW"
S="--timestamp $AT"
# shellcheck disable=SC2086 # $S is two words
{
    for v in '' ' ' '	' "$NL" " 	$NL"; do
        t 2 '' '--secret: the secret is empty or all blanks' sign $S --secret "$v"
        t 2 '' '--secret: the secret is empty or all blanks' verify $S --signature $HEX --secret "$v"
    done
    t 2 '' 'no secret' sign $S
    t 2 '' 'no secret' verify $S --signature $HEX
    t 2 '' 'takes one secret alone' sign $S --secret $KEY --secret $KEY
    WEBHOOK_SECRET=$KEY
    export WEBHOOK_SECRET
    t 0 "$HEX$NL" '' sign $S
    t 0 '' '' verify $S --signature $HEX --now $AT
    t 1 '' 'not authentic' verify $S --signature $HEX --now $AT --secret other # the option wins
    WEBHOOK_SECRET=other
    t 0 "$HEX$NL" '' sign $S --secret $KEY
    t 1 '' 'not authentic' verify $S --signature $HEX --now $AT
    t 0 '' '' verify $S --signature $HEX --now $AT --secret $KEY
    for WEBHOOK_SECRET in '' '  '; do
        t 2 '' 'WEBHOOK_SECRET: the secret is empty or all blanks' sign $S
        t 2 '' 'WEBHOOK_SECRET: the secret is empty or all blanks' verify $S --signature $HEX
    done
    unset WEBHOOK_SECRET

    for end in '' '\n' '\r\n'; do
        printf "$KEY$end" >"$T/key"
        t 0 "$HEX$NL" '' sign $S --secret-file "$T/key"
    done
    for end in '\n\n' '\r' ' ' '\r\r\n'; do
        printf "$KEY$end" >"$T/key"
        t 1 '' 'not authentic' verify $S --signature $HEX --now $AT --secret-file "$T/key"
    done
    for v in '' '\n' '\r\n' ' \t\n\n'; do
        printf "$v" >"$T/key"
        t 2 '' 'the secret is empty or all blanks' sign $S --secret-file "$T/key"
    done
    printf 'a\000b\n' >"$T/key"
    t 0 "e92f4502c77adf743dbf515837fb7ddd0ad6ff6f4aedb306780dbd0deb475f67$NL" '' sign $S --secret-file "$T/key"
    repeat 65536 k >"$T/key"
    t 0 "765ecc403504f6c113c54f5107df3ad2fa601e9785471b17f5abdbd8f50049fc$NL" '' sign $S --secret-file "$T/key"
    printf k >>"$T/key"
    t 2 '' 'at most 65536 bytes' sign $S --secret-file "$T/key"
    t 2 '' "$T/none: " sign $S --secret-file "$T/none"
    t 2 '' "$T: " sign $S --secret-file "$T"
    t 2 '' 'sign: : ' sign $S --secret-file ''
}

# ---- verify: attacks 1, 2, 4, 7, 8, 12 ----

printf '%s\n' $KEY >"$T/key"
# v STATUS STDERR ARGUMENTS...: with the right secret
v() {
    want=$1 words=$2
    shift 2
    t "$want" '' "$words" verify --secret-file "$T/key" "$@"
}
NO='not authentic'
OLD='timestamp too old or too new'
v 0 '' --timestamp $AT --signature $HEX --now $AT
v 0 '' --timestamp $AT --signature "sha256=$HEX" --now $AT
v 0 '' --timestamp $AT --signature "$(echo $HEX | tr a-f A-F)" --now $AT
v 0 '' --timestamp=$AT --signature=$HEX --now=$AT --tolerance=1
for s in '' "${HEX%?}" "${HEX%??}" "${HEX}0" "${HEX}00" "${HEX%?}0" "0${HEX#?}" "v1=$HEX" "v0=$HEX" "sha1=$HEX" \
    "sha256=" "sha256=sha256=$HEX" "SHA256=$HEX" " $HEX" "$HEX " "$HEX$NL" "$HEX,$HEX" "${HEX%?}g" 0 --; do
    v 1 "$NO" --timestamp $AT --signature "$s" --now $AT
done
for s in '' hello 161426533.0 Infinity -1234 0 12345678901234567890 99999999999999999999999 "$AT " " $AT" "+$AT" \
    "0$AT" "$AT.0" 1736937001 1736936999; do
    v 1 "$NO" --timestamp "$s" --signature $HEX --now $AT
    v 1 "$NO" --timestamp "$s" --signature $HEX --now $AT --tolerance none
done
v 0 '' --timestamp $AT --signature $HEX --now $((AT + 300))
v 0 '' --timestamp $AT --signature $HEX --now $((AT - 300))
v 1 "$OLD" --timestamp $AT --signature $HEX --now $((AT + 301))
v 1 "$OLD" --timestamp $AT --signature $HEX --now $((AT - 301))
v 0 '' --timestamp $AT --signature $HEX --now $((AT + 10)) --tolerance 10
v 1 "$OLD" --timestamp $AT --signature $HEX --now $((AT + 11)) --tolerance 10
v 1 "$OLD" --timestamp $AT --signature $HEX --now 0
v 1 "$OLD" --timestamp $AT --signature $HEX --now 999999999999999
v 1 "$OLD" --timestamp $AT --signature $HEX # by the clock: it was in January 2025
v 0 '' --timestamp $AT --signature $HEX --now 0 --tolerance none
v 0 '' --timestamp $AT --signature $HEX --now 0 --tolerance 4294967294
v 2 'verify: --signature: is missing, see webhook verify --help' --timestamp $AT
v 2 'verify: --timestamp: is missing, see webhook verify --help' --signature $HEX
v 2 '--signature: is given twice' --timestamp $AT --signature $HEX --signature $HEX
v 2 '--timestamp: is given twice' --timestamp $AT --signature $HEX --timestamp=$AT
v 2 '--now: is given twice' --timestamp $AT --signature $HEX --now 1 --now 1
for s in '' abc -1 +1 1.5 ' 1' 1234567890123456; do
    v 2 '--now: wants Unix seconds' --timestamp $AT --signature $HEX --now "$s"
done
for s in '' abc 0 -1 +1 1.5 None 4294967295 18446744073709551616; do
    v 2 '--tolerance: wants 1 to 4294967294 seconds, or none' --timestamp $AT --signature $HEX --tolerance "$s"
done
given "$RAW$NL"
v 1 "$NO" --timestamp $AT --signature $HEX --now $AT
given "${RAW%?}]"
v 1 "$NO" --timestamp $AT --signature $HEX --now $AT
given '{"$id":"order_456","total":99.99,"url":"https://x.y/z"}' # attacks 11: written again, it is another text
v 1 "$NO" --timestamp $AT --signature $HEX --now $AT
given ".$RAW" # attacks 13: the dot does not move
v 1 "$NO" --timestamp $AT --signature $HEX --now $AT
given "$RAW"
V="--timestamp $AT --signature $HEX --now $AT"
# shellcheck disable=SC2086 # $V is several words
{
    t 0 '' '' verify $V --secret old --secret $KEY
    t 0 '' '' verify $V --secret $KEY --secret old
    t 0 '' '' verify $V --secret-file "$T/key" --secret old
    t 0 '' '' verify $V --secret 1 --secret 2 --secret 3 --secret 4 --secret 5 --secret 6 --secret 7 \
        --secret-file "$T/key"
    t 1 '' "$NO" verify $V --secret 1 --secret 2 --secret 3
    t 2 '' 'more than 8 secrets' verify $V --secret 1 --secret 2 --secret 3 --secret 4 --secret 5 --secret 6 \
        --secret 7 --secret 8 --secret-file "$T/key"
    t 2 '' 'empty or all blanks' verify $V --secret $KEY --secret ''
    t 2 '' 'empty or all blanks' verify $V --secret '' --secret $KEY
    t 2 '' "$T/none: " verify $V --secret-file "$T/none" --secret $KEY
    t 2 '' "$T/none: " verify $V --secret $KEY --secret-file "$T/none"
}

# A secret of the command line is gone from the list of processes once the tool has taken it.
if [ -r /proc/self/cmdline ] && mkfifo "$T/pipe"; then
    "$W" sign --secret $KEY --timestamp $AT <"$T/pipe" >"$T/out" &
    exec 3>"$T/pipe"
    i=0
    while [ $i -lt 200 ]; do # first it is still the shell, then the tool before it has read its options
        i=$((i + 1))
        case $(tr '\0' ' ' <"/proc/$!/cmdline") in
        *' sign '*$KEY*) ;;
        *' sign '*) break ;;
        esac
    done
    ok 'the secret is wiped from the command line' [ $i -lt 200 ]
    printf '%s' "$RAW" >&3
    exec 3>&-
    wait $!
    ok 'it signs all the same' [ "$(cat "$T/out")" = $HEX ]
fi

# A second opinion, where there is one.
if command -v openssl >/dev/null; then
    for n in 1 55 56 64 119 1000 70000; do
        dd if=/dev/urandom of="$T/in" bs="$n" count=1 2>/dev/null
        { printf '%s.' $AT && cat "$T/in"; } >"$T/text"
        hex=$(openssl dgst -sha256 -hmac $KEY <"$T/text")
        t 0 "${hex##* }$NL" '' sign --secret $KEY --timestamp $AT
    done
fi

# ---- what goes wrong outside ----

given '{"a":[1,2,3]}'
if [ -c /dev/full ]; then
    # full ARGUMENTS...: a full disk is told
    full() {
        "$W" "$@" <"$T/in" >/dev/full 2>"$T/err"
        status=$?
        ok "$1 on a full disk" [ $status -eq 2 ]
        slurp "$T/err"
        case $text in "webhook: "*"standard output: "*) pass ;; *) flunk "$*: $text" ;; esac
    }
    full --help
    full --version
    full sign --help
    full json
    full expand a
    full expand a --header
    full payload --event a
    full sign --secret $KEY --timestamp $AT
    { printf '[0' && repeat 40000 ,1.0 && printf ']'; } >"$T/in"
    full json
    full payload --event a
fi
given '{}'
for c in json 'payload --event a' "sign --secret $KEY --timestamp $AT"; do
    # shellcheck disable=SC2086 # $c is several words
    {
        "$W" $c <"$T/in" >&- 2>"$T/err"
        status=$?
        ok "$c without a standard output" [ $status -eq 2 ]
        "$W" $c <&- >"$T/out" 2>"$T/err"
        status=$?
        ok "$c without a standard input" [ $status -eq 2 ]
        ok "$c prints nothing then" [ ! -s "$T/out" ]
        "$W" $c <"$T" >"$T/out" 2>"$T/err"
        status=$?
        ok "$c reads no directory" [ $status -eq 2 ]
    }
done

# ---- large input ----

MB=${TOOL_MB:-2}
# large TEXT: the text, of about 16 bytes, so often that it makes about $MB MiB
large() {
    repeat 4096 "$1" >"$T/64k"
    i=0
    while [ $i -lt $((MB * 16)) ]; do
        cat "$T/64k"
        i=$((i + 1))
    done
}
{ printf '["' && large 'sixteen bytes --' && printf '"]'; } >"$T/in"
run_large() {
    "$W" "$@" <"$T/in" >"$T/out" 2>"$T/err"
    ok "$1 of $MB MiB" [ $? -eq 0 ]
}
run_large json
ok 'a long string comes out as it is' cmp -s "$T/in" "$T/out"
{ printf '[ 0' && large ', 1.5e2, "\u0041"' && printf ' ] '; } >"$T/in"
{ printf '[0' && large ',150,"A"         ' | tr -d ' ' && printf ']'; } >"$T/want"
run_large json
ok 'many small values come out in normal form' cmp -s "$T/want" "$T/out"
run_large payload --event a --id i --time 2025-01-15T10:30:00Z
head='{"$id":"i","event":"a","timestamp":"2025-01-15T10:30:00.000Z","payload":'
{ printf '%s' "$head" && cat "$T/want" && printf '}'; } >"$T/body"
ok 'the same in an envelope' cmp -s "$T/body" "$T/out"
cp "$T/out" "$T/in"
run sign --secret $KEY --timestamp $AT
signed=${out%"$NL"}
v 0 '' --timestamp $AT --signature "$signed" --now $AT
printf ' ' >>"$T/in"
v 1 "$NO" --timestamp $AT --signature "$signed" --now $AT

printf 'tool: %d passed, %d failed\n' $passed $failed
[ $failed -eq 0 ]
