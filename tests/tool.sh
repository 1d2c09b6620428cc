#!/bin/sh
# tool.sh -- drives the built tool: every command, every error path, what its help promises.
#     sh tests/tool.sh PATH-OF-webhook PATH-OF-raw
# TOOL_MB=100: the size of the large inputs, 2 unless set; TOOL_SLOW=1: also what takes 30 seconds
# Expected signatures were computed with `openssl dgst -sha256 -hmac` over "timestamp.body", except
# where a comment says otherwise; expected normal forms are what JSON.stringify(JSON.parse(t)) gives.
# shellcheck disable=SC2016,SC2059 # "$id" is meant as it stands; formats are the way to write odd bytes
LC_ALL=C
export LC_ALL
unset WEBHOOK_SECRET WEBHOOK_PASS SSL_CERT_FILE
W=${1:?usage: sh tests/tool.sh PATH-OF-webhook PATH-OF-raw}
R=${2:?usage: sh tests/tool.sh PATH-OF-webhook PATH-OF-raw}
case $W in */*) ;; *) W=./$W ;; esac
case $R in */*) ;; *) R=./$R ;; esac
T=$(mktemp -d) || exit 1
running= # what was started in the background and has not ended
beside=  # the same, of what goes on beside the next tests
trap 'for p in $running $beside; do kill $p 2>/dev/null; done; rm -rf "$T"' EXIT
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
t 0 '?' '' --version
case $out in
"webhook ${version:?}, no TLS in this build$NL") tls= ;;
"webhook $version, TLS by OpenSSL "[0-9]*.*[0-9]"$NL") tls=1 ;;
*) flunk "--version: $out" ;;
esac
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
for c in match expand payload json sign verify send listen; do
    case $overview in *"  $c "*) pass ;; *) flunk "--help does not name $c" ;; esac
done
for c in match expand payload json sign verify send listen; do
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
"$W" listen --help >"$T/want"
run listen help
ok 'listen help' cmp -s "$T/want" "$T/out"
t 2 '' 'listen: too many arguments, see webhook listen --help' listen file
t 2 '' 'send: too many arguments, see webhook send --help' send a b
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
help send URL --event --id --time --webhook-id --name --user --pass --header "'N: V'" --no-signature --time-limit \
    --max-retries --retry-base --allow-private --allow-net --allow-basic-over-http --ca-file --secret --secret-file 'other users' WEBHOOK_PASS
help listen --host --port --count --tolerance --max-body --state --secret --secret-file 'other users' 413 401 503
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

# ---- send: what is wrong before anything is sent ----

# The port 1 of this machine answers nothing: where a test gets as far as the connection, it says so.
U=http://127.0.0.1:1/hook
given '{"a":1}'
# s STATUS STDERR ARGUMENTS...: with all that it cannot do without
s() {
    want=$1 words=$2
    shift 2
    t "$want" '' "$words" send --event a --secret-file "$T/key" "$@"
}
REFUSED='send: could not connect to 127.0.0.1 port 1: Connection refused'
s 1 "$REFUSED" $U --allow-private
t 2 '' 'send: URL: is missing, see webhook send --help' send --event a
t 2 '' 'send: --event: is missing, see webhook send --help' send $U
t 2 '' 'send: --event: offset 0: wants a name' send $U --allow-private --event ''
t 2 '' 'no secret: give --secret-file, --secret or WEBHOOK_SECRET' send $U --allow-private --event a
t 2 '' 'takes one secret alone' send $U --allow-private --event a --secret 1 --secret 2
t 2 '' 'the secret is empty or all blanks' send $U --allow-private --event a --secret ' '
t 2 '' '--secret: the secret has more than 1024 bytes' send $U --allow-private --event a --secret "$(repeat 1025 x)"
for o in x ' x ' "$(printf '\303\274\377')" "$(repeat 1024 x)"; do
    t 1 '' "$REFUSED" send $U --allow-private --event a --secret "$o"
done
t 2 '' '--no-signature: and a secret are given' send $U --allow-private --event a --secret $KEY --no-signature
t 1 '' "$REFUSED" send $U --allow-private --event a --no-signature
WEBHOOK_SECRET=$KEY t 1 '' "$REFUSED" send $U --allow-private --event a
# attacks 17, 21, 22
s 2 'send: URL: offset 0: wants http:// or https://' ftp://127.0.0.1/
s 2 'send: URL: offset 0: ' ''
s 2 'send: URL: offset ' http://
s 2 'send: URL: offset ' http://u:p@127.0.0.1/
s 2 'send: URL: offset 18: ' 'http://127.0.0.1/a#b'
s 2 'send: URL: offset 18: ' 'http://127.0.0.1/a b'
s 2 'send: URL: offset ' 'http://127.0.0.1\@1.1.1.1/'
s 2 'send: URL: offset ' http://2130706433/ --allow-private
s 2 'send: URL: offset ' http://0x7f.1/ --allow-private
s 2 'send: URL: offset ' http://127.1/ --allow-private
s 2 'send: URL: offset ' http://127.0.0.01/ --allow-private
s 2 'a port is 65535 at most' http://127.0.0.1:65536/ --allow-private
s 2 'a URL has 2048 bytes at most' "http://127.0.0.1/$(repeat 2048 x)" --allow-private
# attacks 16, 18: what the guard refuses
for h in 127.0.0.1 10.0.0.1 192.168.1.1 172.16.0.1 100.64.0.1 '[::1]' '[fd00::1]' '[::ffff:127.0.0.1]'; do
    s 2 'URL: not a public address: --allow-private or --allow-net allows it' "http://$h:1/"
done
for h in 169.254.169.254 0.0.0.0 224.0.0.1 255.255.255.255 192.0.2.1 '[fe80::1]' '[::]' '[ff02::1]' '[2001:db8::1]'; do
    s 2 'URL: not a public address, and never allowed' "http://$h:1/" --allow-private --allow-net 0.0.0.0/0 --allow-net ::/0
done
s 1 "$REFUSED" $U --allow-net 127.0.0.1
s 1 "$REFUSED" $U --allow-net 10.0.0.0/8 --allow-net=127.0.0.0/8
s 2 'URL: not a public address' $U --allow-net 127.0.0.2/32
s 1 'send: the address 127.0.0.1 is not allowed' http://localhost:1/
for n in '' 127.0.0.1/33 127.0.0.1/8 localhost 1.2.3 '127.0.0.1 ' fd00::1/8; do
    s 2 '--allow-net: wants a block of addresses' $U --allow-net "$n"
done
# shellcheck disable=SC2046 # each is a word
s 2 '--allow-net: is given more than 16 times' $U $(repeat 17 '--allow-net=10.0.0.0/8 ')
for o in '' -1 0 0.0004 86400.001 86401 1. .5 1e3 abc ' 1' 1.5.5 99999999999999999999; do
    s 2 '--time-limit: wants 0.001 to 86400 seconds' $U --allow-private --time-limit "$o"
done
for o in 1 0.5 86400 86400.000 1.0009999999999999999999999; do s 1 "$REFUSED" $U --allow-private --time-limit $o; done
s 2 '--time-limit: is given twice' $U --time-limit 1 --time-limit 1
for o in '' -1 65535 1.5 abc; do s 2 '--max-retries: wants 0 to 65534' $U --allow-private --max-retries "$o"; done
for o in '' -1 0 0.0004 3600.001 1. abc; do s 2 '--retry-base: wants 0.001 to 3600 seconds' $U --allow-private --retry-base "$o"; done
s 1 "$REFUSED" $U --allow-private --max-retries 0 --retry-base 3600
for o in local a A9 a.b_c-d "$(repeat 36 x)"; do s 1 "$REFUSED" $U --allow-private --webhook-id "$o"; done
s 2 '--webhook-id: offset 0: wants 1 to 36' $U --allow-private --webhook-id ''
s 2 '--webhook-id: offset 0: ' $U --allow-private --webhook-id .a
s 2 '--webhook-id: offset 1: ' $U --allow-private --webhook-id "a${NL}b"
s 2 '--webhook-id: offset 36: ' $U --allow-private --webhook-id "$(repeat 37 x)"
s 1 "$REFUSED" $U --allow-private --name "$(printf 'B\303\274ro, Z\303\274rich')"
s 1 "$REFUSED" $U --allow-private --name "$(repeat 128 x)"
# no_name OFFSET NAME
no_name() { s 2 "--name: offset $1: wants 1 to 128 bytes of UTF-8, no control characters, no blanks" $U --allow-private --name "$2"; }
no_name 0 ''
no_name 0 ' a'
no_name 1 'a '
no_name 128 "$(repeat 129 x)"
no_name 1 "$(printf 'a\377')"
no_name 0 "$(printf '\355\240\200')"
no_name 1 "$(printf 'a\r\nX: y')" # attacks 23
no_name 1 "$(printf 'a\177')"
s 2 'send: --id: offset 1: ' $U --allow-private --id a.b
s 2 'send: --time: wants the form' $U --allow-private --time now
given '9007199254740993'
s 2 'send: offset 0: an integer lost digits: send it as a string' $U --allow-private
given '{"a":1,"a":2}'
s 2 'send: offset 7: ' $U --allow-private
given "$(repeat 64 '[')$(repeat 64 ']')"
s 2 'send: offset 63: ' $U --allow-private
given '{"a"'
s 2 'send: offset 4: the JSON ends too early' $U --allow-private
t 2 '' 'json: offset 4: the JSON ends too early' json
given '{"a":1}'
# Basic: attacks 35
s 1 "$REFUSED" $U --allow-private --user u --pass p
s 1 "$REFUSED" $U --allow-private --user u --pass ''
WEBHOOK_PASS=p s 1 "$REFUSED" $U --allow-private --user u
WEBHOOK_PASS=p s 1 "$REFUSED" $U --allow-private
s 2 '--pass: wants --user beside it' $U --allow-private --pass p
s 2 '--user: wants --pass or WEBHOOK_PASS' $U --allow-private --user u
s 2 '--user: offset 1: a colon or a control character' $U --allow-private --user u:v --pass p
s 2 '--user: offset 1: a colon or a control character' $U --allow-private --user "$(printf 'u\rv')" --pass p
s 2 'password: offset 10: has a control character' $U --allow-private --user u --pass "$(printf 'secret-key\n-')"
s 2 '--user: is empty' $U --allow-private --user '' --pass p
s 2 '--user: offset 128: longer' $U --allow-private --user "$(repeat 129 u)" --pass p
s 2 'password: offset 256: is longer than 256 bytes' $U --allow-private --user u --pass "$(repeat 257 p)"
PLAIN='--user: a password over plain http: only with --allow-basic-over-http'
s 2 "$PLAIN" $U --allow-net 127.0.0.1 --user u --pass p
s 1 "$REFUSED" $U --allow-net 127.0.0.1 --user u --pass p --allow-basic-over-http
s 2 "$PLAIN" http://example.com/ --allow-private --user u --pass p
s 2 "$PLAIN" http://localhost:1/ --user u --pass p
s 1 'port 1: Connection refused' http://LocalHost:1/ --allow-private --user u --pass p
# fields of the user's own: attacks 23
# shellcheck disable=SC2046
set -- $(repeat 17 '--header=x:y ')
s 2 '--header: is given more than 16 times' $U --allow-private "$@"
s 2 '--header: offset 3: wants a name, a colon and a value' $U --allow-private --header abc
s 2 '--header: offset 0: has no name' $U --allow-private --header ': a'
s 2 '--header: offset 1: no such byte may stand in a name' $U --allow-private --header 'X Y: a'
s 2 '--header: offset 1: no such byte' $U --allow-private --header "$(printf 'X\r: a')"
s 2 '--header: offset 4: no control character' $U --allow-private --header "$(printf 'X: a\r\nY: secret-key')"
s 2 '--header: offset 0: this field is given twice' $U --allow-private --header 'X: 1' --header 'x: 1'
for n in Host connection Keep-Alive Proxy-Authorization Content-Type content-length Transfer-Encoding TE Trailer \
    Upgrade Expect USER-AGENT X-Appwrite-Webhook-Id x-appwrite-webhook-anything; do
    s 2 '--header: offset 0: this field is not yours to set' $U --allow-private --header "$n: x"
done
s 1 "$REFUSED" $U --allow-private --header 'Authorization: Bearer x'
s 2 '--header: offset 0: this field is not' $U --allow-private --header 'Authorization: x' --user u --pass p
s 1 "$REFUSED" $U --allow-private --header "X: $(repeat 4095 x)"
s 2 '--header: all of them together have more than 4096 bytes' $U --allow-private --header "X: $(repeat 4096 x)"
s 2 '--header: all of them' $U --allow-private --header "X: $(repeat 2048 x)" --header "Y: $(repeat 2048 x)"
if [ -z "$tls" ]; then s 2 'URL: this build has no TLS' https://example.com/; fi

# ---- send: what is sent, and what the answer means ----

# peer REPLY-FORMAT RAW-OPTIONS...: raw in the background, answering this; its port in $PORT
peer() {
    printf "$1" >"$T/reply"
    shift
    listen_raw "$@" "$T/reply" "$T/request"
}
# listen_raw ARGUMENTS...: the same, of that
listen_raw() {
    : >"$T/port"
    "$R" -l "$@" >"$T/port" 2>"$T/raw.err" &
    peer=$!
    running="$running $peer"
    i=0
    while [ ! -s "$T/port" ] && [ $i -lt 200 ]; do
        sleep 0.01
        i=$((i + 1))
    done
    read -r PORT <"$T/port"
}
# peers NAME REPLY-FORMAT...: answers one connection after the other; keeps the requests in NAME1, NAME2 …
peers() {
    name=$1
    shift
    n=0
    for reply; do
        n=$((n + 1))
        printf "$reply" >"$T/$name-reply$n"
        shift
        set -- "$@" "$T/$name-reply$n" "$T/$name$n"
    done
    listen_raw "$@"
}
# sends STATUS STDOUT-PATTERN STDERR ARGUMENTS...: to that peer
sends() {
    want_status=$1 pattern=$2 words=$3
    shift 3
    run send "http://127.0.0.1:$PORT/hook?x=1" --event a --secret-file "$T/key" --allow-private "$@"
    wait "$peer"
    running=
    why=
    [ "$status" -eq "$want_status" ] || why="status $status, wanted $want_status"
    # shellcheck disable=SC2254 # it is a pattern
    case ${out%"$NL"} in $pattern) ;; *) why="$why; printed $out" ;; esac
    case $err in *"$words"*) ;; *) why="$why; no '$words' on standard error" ;; esac
    if [ -z "$why" ]; then pass; else flunk "send $*: ${why#; } ($err)"; fi
}
OK='HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
MS='[0-9]* ms'

peer "$OK"
printf ' {"total" : 99.990}\n' >"$T/in"
run send "http://127.0.0.1:$PORT/hook?x=1" --event users.u1.create --id e1 --time 2025-01-15T10:30:00Z \
    --webhook-id w.1 --name 'Order notes' --user api_user --pass 'p:w' --header 'X-B:  two words ' --header Z:1 \
    --secret-file "$T/key" --allow-private
wait "$peer"
case $status:$out in "0:200 in "[0-9]*" ms$NL") pass ;; *) flunk "send: $status $out $err" ;; esac
body='{"$id":"e1","event":"users.u1.create","timestamp":"2025-01-15T10:30:00.000Z","payload":{"total":99.99}}'
now=$(sed -n 's/^X-Appwrite-Webhook-Timestamp: \([0-9]*\)\r$/\1/p' "$T/request")
signature=$(printf '%s' "$body" | "$W" sign --secret $KEY --timestamp "${now:-1}")
# YXBpX3VzZXI6cDp3 is printf api_user:p:w | base64
printf '%s\r\n' 'POST /hook?x=1 HTTP/1.1' "Host: 127.0.0.1:$PORT" 'Content-Type: application/json' \
    "User-Agent: webhook.h/$version" 'X-Appwrite-Webhook-Id: w.1' \
    'X-Appwrite-Webhook-Events: users.u1.create,users.*.create,users.u1,users.*' \
    'X-Appwrite-Webhook-Name: Order notes' "X-Appwrite-Webhook-Timestamp: $now" \
    'Authorization: Basic YXBpX3VzZXI6cDp3' 'X-B: two words' 'Z: 1' "X-Appwrite-Webhook-Signature: $signature" \
    "Content-Length: ${#body}" '' >"$T/want"
printf '%s' "$body" >>"$T/want"
ok 'the request is the expected one, byte for byte' cmp "$T/want" "$T/request"
ok 'its timestamp is now' [ $(($(date +%s) - now)) -le 2 ]

given 'null'
peer "$OK"
run send "http://127.0.0.1:$PORT/" --event a --allow-private --no-signature
wait "$peer"
ok 'without a signature' [ $status -eq 0 ]
grep -q 'X-Appwrite-Webhook-Timestamp' "$T/request"
ok 'a timestamp without a signature' [ $? -eq 0 ]
ok 'no signature' [ "$(grep -ci 'signature' "$T/request")" -eq 0 ]
ok 'the defaults' [ "$(grep -cE '^X-Appwrite-Webhook-(Id: local|Name: webhook send|Events: a).$' "$T/request")" -eq 3 ]
peer 'HTTP/1.1 204 No Content\r\n\r\n'
sends 0 "204 in $MS" ''
peer 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'
sends 0 "201 in $MS" ''
peer 'HTTP/1.0 200 OK\r\n\r\nuntil the end'
sends 0 "200 in $MS" ''
peer 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n' # attacks 20
sends 1 "302 in $MS" ''
peer 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n'
sends 1 "500 in $MS" ''
peer "$OK" -c 1 -d 2
sends 0 "200 in $MS" ''
peer 'HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n' -e
sends 1 "413 in $MS" ''
peer 'SSH-2.0-x\r\n'
sends 1 '' 'webhook: send: '
peer ''
sends 1 '' 'webhook: send: '
peer 'HTTP/1.1 2' -r
sends 1 '' 'webhook: send: '
peer 'HTTP/1.1 100 Continue\r\n\r\n'
sends 1 '' 'webhook: send: '
peer "$OK" -c 1 -d 100
sends 1 '' 'webhook: send: ' --time-limit 0.2
case $err in *time*) pass ;; *) flunk "a time limit that is over says so: $err" ;; esac

# ---- send: it is tried again ----

FAIL='HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'
NEXT="the next in [0-9]* ms"
# tried NAME PATTERN: standard error of the last run is this
tried() {
    # shellcheck disable=SC2254 # it is a pattern
    case $err in $2) pass ;; *) flunk "$1: $err" ;; esac
}
# What asks for patience is waited for beside all that follows.
given '{"patient":true}'
peers slow 'HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n' "$OK"
beside=$peer
running=
"$W" send "http://127.0.0.1:$PORT/" --event a --secret-file "$T/key" --allow-private --max-retries 1 \
    --retry-base 0.001 <"$T/in" >"$T/slow-out" 2>"$T/slow-err" &
patient=$!
beside="$beside $patient"

given '{"n":[1,2,3]}'
peers try "$FAIL" '' "$OK"
sends 0 "200 in $MS" '' --max-retries 3 --retry-base 0.01
tried 'failing twice' "webhook: send: attempt 1: HTTP status 500; $NEXT${NL}webhook: send: attempt 2: ?*; $NEXT"
for i in 1 2 3; do
    sed '1,/^.$/d' "$T/try$i" >"$T/body$i"
    at=$(sed -n 's/^X-Appwrite-Webhook-Timestamp: \([0-9]*\).$/\1/p' "$T/try$i")
    signature=$(sed -n 's/^X-Appwrite-Webhook-Signature: \([0-9a-f]*\).$/\1/p' "$T/try$i")
    "$W" verify --secret $KEY --timestamp "${at:-0}" --signature "$signature" --now "$(date +%s)" <"$T/body$i"
    ok "attempt $i is signed" [ $? -eq 0 ]
    ok "attempt $i has the same body" cmp "$T/body1" "$T/body$i"
done
ok 'with what was given' grep -q '"payload":{"n":\[1,2,3\]}}' "$T/body1"
peers try "$FAIL" "$FAIL" "$FAIL"
sends 1 "500 in $MS" '' --max-retries 2 --retry-base 0.001
tried 'retries used up' "webhook: send: attempt 1: *${NL}webhook: send: attempt 2: *"
case $err in *"attempt 3"*) flunk "retries used up: $err" ;; *) pass ;; esac
peers try "$FAIL" ''
sends 1 '' 'webhook: send: attempt 1: HTTP status 500' --max-retries 1 --retry-base 0.001
tried 'the last one counts' "webhook: send: attempt 1: *${NL}webhook: send: ?*"
peers try 'HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n' "$OK"
sends 0 "200 in $MS" 'attempt 1: HTTP status 410' --max-retries 1 --retry-base 0.001
given 1
run send $U --event a --secret-file "$T/key" --allow-private --max-retries 2 --retry-base 0.001
ok 'nobody there: status' [ $status -eq 1 ]
tried 'nobody there' "webhook: send: attempt 1: ?*; $NEXT${NL}webhook: send: attempt 2: ?*; $NEXT${NL}webhook: $REFUSED"

# ---- send over TLS: whose certificate is taken ----

if [ -n "$tls" ] && command -v openssl >/dev/null && mkfifo "$T/answer"; then
    (
        cd "$T" || exit
        EC='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        # shellcheck disable=SC2086 # $EC is several words
        {
            openssl req -x509 $EC -keyout ca.key -out ca.pem -days 2 -subj '/CN=Test CA'
            openssl req $EC -keyout tls.key -out tls.csr -subj '/CN=localhost'
        }
        # certificate FILE DAYS NAMES
        certificate() {
            printf 'subjectAltName=%s\n' "$3" >ext
            openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days "$2" -extfile ext -out "$1"
        }
        certificate good.pem 2 DNS:localhost,IP:127.0.0.1
        certificate other.pem 2 DNS:example.com,IP:127.0.0.2
        certificate old.pem -1 DNS:localhost,IP:127.0.0.1
    ) >"$T/openssl" 2>&1
    # tls CERTIFICATE HOST STATUS STDERR ARGUMENTS...: a server with this certificate, asked under this name
    tls() {
        certificate=$1 host=$2 want=$3 words=$4
        shift 4
        : >"$T/openssl"
        timeout 20 openssl s_server -accept 0 -naccept 1 -key "$T/tls.key" -cert "$T/$certificate" \
            -cert_chain "$T/ca.pem" "${version_of_tls--no_ticket}" <"$T/answer" >"$T/openssl" 2>&1 &
        server=$!
        running=$server
        exec 3>"$T/answer"
        printf "$OK" >&3
        i=0 PORT=
        while [ -z "$PORT" ] && [ $i -lt 200 ]; do
            sleep 0.01
            i=$((i + 1))
            while read -r line; do
                case $line in ACCEPT*) PORT=${line##*:} ;; esac
            done <"$T/openssl"
        done
        run send "https://$host:$PORT/" --event a --secret $KEY --allow-private "$@"
        exec 3>&-
        { kill $server && wait $server; } 2>/dev/null
        running=
        case $status:$out:$err in
        "$want::webhook: send: $words"* | "$want:200 in "*":$words") pass ;;
        *) flunk "TLS, $certificate as $host $*: $status $out $err" ;;
        esac
    }
    tls good.pem localhost 0 '' --ca-file "$T/ca.pem"
    tls good.pem 127.0.0.1 0 '' --ca-file "$T/ca.pem"
    SSL_CERT_FILE=$T/ca.pem
    export SSL_CERT_FILE
    tls good.pem localhost 0 ''
    unset SSL_CERT_FILE
    tls good.pem localhost 1 'TLS: self-signed certificate in certificate chain'
    tls other.pem localhost 1 'TLS: hostname mismatch' --ca-file "$T/ca.pem"
    tls other.pem 127.0.0.1 1 'TLS: IP address mismatch' --ca-file "$T/ca.pem"
    tls old.pem localhost 1 'TLS: certificate has expired' --ca-file "$T/ca.pem"
    version_of_tls=-tls1_1
    tls good.pem localhost 1 'TLS: ' --ca-file "$T/ca.pem"
    s 2 '--ca-file: no certificates can be read from it' https://127.0.0.1:1/ --allow-private --ca-file "$T/tls.key"
    s 2 '--ca-file: no certificates can be read from it' https://127.0.0.1:1/ --allow-private --ca-file "$T/none"
    SSL_CERT_FILE=$T/none s 2 'SSL_CERT_FILE: no certificates can be read from it' https://127.0.0.1:1/ --allow-private
fi

wait $patient
ok 'what asked for patience: status' [ $? -eq 0 ]
beside=
slurp "$T/slow-out"
case $text in "200 in "[0-9]*" ms$NL") pass ;; *) flunk "what asked for patience: $text" ;; esac
slurp "$T/slow-err"
case $text in
"webhook: send: attempt 1: HTTP status 503; the next in "[89][0-9][0-9]" ms$NL" | *" in 1000 ms$NL") pass ;;
*) flunk "what asked for patience: $text" ;;
esac
early=$(sed -n 's/^X-Appwrite-Webhook-Timestamp: \([0-9]*\).$/\1/p' "$T/slow1")
late=$(sed -n 's/^X-Appwrite-Webhook-Timestamp: \([0-9]*\).$/\1/p' "$T/slow2")
ok 'Retry-After was heeded' [ $((${late:-0} - ${early:-0})) -ge 1 ]

# ---- listen ----

t 2 '' 'listen: no secret: give --secret-file, --secret or WEBHOOK_SECRET' listen
t 2 '' 'empty or all blanks' listen --secret ''
for o in '' -1 65536 abc 1.5; do t 2 '' '--port: wants 0 to 65535' listen --secret $KEY --port "$o"; done
for o in '' 0 -1 abc 1.5; do t 2 '' '--count: wants a whole number above 0' listen --secret $KEY --count "$o"; done
for o in '' 0 -1 abc 1073741825; do t 2 '' '--max-body: wants 1 to 1073741824' listen --secret $KEY --max-body "$o"; done
for o in '' 0 -1 abc 4294967295; do t 2 '' '--tolerance: wants 1 to 4294967294' listen --secret $KEY --tolerance "$o"; done
t 2 '' '--host: wants an address or a name' listen --secret $KEY --host ''
t 1 '' 'webhook: listen: 203.0.113.1:8080: ' listen --secret $KEY --host 203.0.113.1
t 1 '' "webhook: listen: $T/none/state" listen --secret $KEY --port 0 --state "$T/none/state"
t 1 '' "webhook: listen: $T: " listen --secret $KEY --port 0 --state "$T"
# started PID: a listener: waits until it says where it listens; leaves $listener, $ready and $PORT
started() {
    listener=$1
    running=$listener
    i=0
    while [ ! -s "$T/ready" ] && [ $i -lt 500 ]; do
        sleep 0.01
        i=$((i + 1))
    done
    read -r ready <"$T/ready"
    PORT=${ready##*:}
}

# listens ARGUMENTS...: in the background; what it prints in the file events, its port in $PORT
listens() {
    : >"$T/ready"
    now=$(date +%s)
    # shellcheck disable=SC2086 # nothing or two words
    WEBHOOK_SECRET=${secret-$KEY} ${bound-timeout "${TOOL_SLOW:+2}60"} "$W" listen --port 0 "$@" >"$T/events" 2>"$T/ready" &
    started $!
}
# ended NAME STATUS: it has, or does soon, with this
ended() {
    wait "$listener"
    status=$?
    running=
    ok "$1: status $status" [ $status -eq "$2" ]
}
# stop NAME SIGNAL
stop() {
    kill -"$2" "$listener"
    ended "$1" 0
    ok "$1: no complaint" [ "$(wc -l <"$T/ready")" -eq 1 ]
}
# request BODY [FIELDS-FORMAT]: appends one to the file in, signed with $signer at $at where these are set
request() {
    at=${at:-$now}
    signature=$(printf '%s' "$1" | "$W" sign --secret "${signer:-$KEY}" --timestamp "$at")
    {
        printf "POST /any/path HTTP/1.1\r\nHost: x\r\nX-Appwrite-Webhook-Timestamp: $at\r\n"
        printf "X-Appwrite-Webhook-Signature: $signature\r\nContent-Length: ${#1}\r\n${2-}\r\n"
        printf '%s' "$1"
    } >>"$T/in"
    at='' signer=''
}
# envelope ID [PAYLOAD]
envelope() { printf '{"$id":"%s","event":"a.b","timestamp":"2025-01-15T10:30:00Z","payload":%s}' "$1" "${2-1}"; }
# raw STATUSES OPTIONS...: what the file in is answered with, on a connection (or several) of its own
raw() {
    want=$1
    shift
    "$R" "$@" "$PORT" "$T/in" >"$T/out" 2>"$T/err"
    got=
    while IFS= read -r line; do
        case $line in "HTTP/1.1 "[0-9]*)
            line=${line#* }
            got="$got${line%% *} "
            ;;
        esac
    done <"$T/out"
    if [ "${got% }" = "$want" ]; then pass; else flunk "${label-}: answered $got, wanted $want: $(cat "$T/err")"; fi
    : >"$T/in"
}
# printed NAME LINE...: these, and no others, since the last time
printed() {
    name=$1
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" >>"$T/seen"
    if cmp -s "$T/seen" "$T/events"; then pass; else
        flunk "$name: printed $(tail -n 3 "$T/events")"
        cp "$T/events" "$T/seen"
    fi
}
line() { printf '{"id":"%s","event":"a.b","timestamp":"2025-01-15T10:30:00.000Z","payload":%s}' "$1" "${2-1}"; }
CLOSE='Connection: close\r\n'

listens --max-body 1000
: >"$T/seen"
case $ready in "webhook: listening on 127.0.0.1:"[0-9]*) pass ;; *) flunk "ready: $ready" ;; esac
t 1 '' "webhook: listen: 127.0.0.1:$PORT: Address already in use" listen --secret $KEY --port "$PORT"
: >"$T/in"
label='a new event'
request "$(envelope n1 ' { "b" : 1.50,"x":[1e2, "\u0041"] } ')" "$CLOSE"
cp "$T/in" "$T/again"
raw 200
printed 'the sender'"'"'s bytes' "$(line n1 '{ "b" : 1.50,"x":[1e2, "\u0041"] }')"
ok 'Connection: close is answered' grep -q '^Connection: close' "$T/out"
label='the same request again'
cp "$T/again" "$T/in"
raw 200
label='the same event, signed anew'
at=$((now - 2))
request "$(envelope n1)" "$CLOSE"
raw 200
printed 'what was seen'
label='line ends between values'
request "$(envelope n2 "[1,$NL$(printf '\r')2]")" "$CLOSE"
raw 200
printed 'one line' "$(line n2 '[1,  2]')"
label='forged'
request "$(envelope f1)" "$CLOSE"
sed 's/"payload":1/"payload":2/' "$T/in" >"$T/forged" && mv "$T/forged" "$T/in"
raw 401
signer=another
request "$(envelope f1)" "$CLOSE"
label='signed with another secret'
raw 401
label='stale'
at=$((now - 302))
request "$(envelope f1)" "$CLOSE"
raw 401
label='from the head alone'
printf 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n' >"$T/in"
raw 401 -s
label='the timestamp twice'
request "$(envelope f1)" "X-Appwrite-Webhook-Timestamp: $now\r\n$CLOSE"
raw 401
label='authentic, but no envelope'
request '{"$id":"n3"}' "$CLOSE"
raw 400
for m in GET HEAD PUT DELETE OPTIONS get post PRI; do
    label=$m
    printf "$m / HTTP/1.1\r\nHost: x\r\n$CLOSE\r\n" >"$T/in"
    raw 405
    ok "$m: Allow" grep -q '^Allow: POST' "$T/out"
done
label='attacks 24, 26'
for f in 'Transfer-Encoding: chunked\r\n' 'Content-Length: 1\r\n' 'Content-Length: +1\r\n' 'X : y\r\n' ' folded\r\n' 'Bare: x\n' \
    'Host: y\r\n' 'Transfer-Encoding: xchunked\r\n'; do
    request "$(envelope f1)" "$f"
    raw 400 -s
done
label='no HTTP at all'
given_f '\026\003\001\002\000\001\000\001\374\003\003'
raw 400 -s
label='too large a body'
request "$(envelope f1 "\"$(repeat 1000 x)\"")" "$CLOSE"
raw 413
label='as large as it may be'
request "$(envelope n4 "\"$(repeat 926 x)\"")" "$CLOSE"
ok '1000 bytes' grep -q '^Content-Length: 1000' "$T/in"
raw 200
printed '1000 bytes' "$(line n4 "\"$(repeat 926 x)\"")"
label='too large a head'
request "$(envelope f1)" "X-Long: $(repeat 66000 x)\r\n$CLOSE"
raw 431
label='a long field that is none of ours'
request "$(envelope n5)" "Cookie: $(repeat 20000 x)\r\n$CLOSE"
raw 200
printed 'a long field' "$(line n5)"
label='the sender waits for 100 Continue'
request "$(envelope n6)" "Expect: 100-continue\r\n$CLOSE"
raw '100 200'
printed 'after 100' "$(line n6)"
signer=another
request "$(envelope f1)" 'Expect: 100-continue\r\nX-Appwrite-Webhook-Timestamp: 1\r\n'
label='refused before the body is sent'
raw 401 -s
label='pipelining'
request "$(envelope n7)"
request "$(envelope n7)"
request '{}'
signer=another
request "$(envelope f1)"
request "$(envelope n8)"
printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' >>"$T/in"
request "$(envelope n9)" "$CLOSE"
cp "$T/in" "$T/seven"
raw '200 200 400 401 200 405 200'
printed pipelined "$(line n7)" "$(line n8)" "$(line n9)"
label='byte by byte'
cp "$T/seven" "$T/in"
raw '200 200 400 401 200 405 200' -c 1
label='HTTP/1.0, which closes'
request "$(envelope n10)"
sed '1s|HTTP/1.1|HTTP/1.0|' "$T/in" >"$T/old" && mv "$T/old" "$T/in"
raw 200
printed 'HTTP/1.0' "$(line n10)"
label='chunked'
printf '%s' "$(envelope n11)" >"$T/body"
{
    printf "POST / HTTP/1.1\r\nHost: x\r\nX-Appwrite-Webhook-Timestamp: $now\r\n"
    printf "X-Appwrite-Webhook-Signature: $("$W" sign --secret $KEY --timestamp "$now" <"$T/body")\r\n"
    printf "Transfer-Encoding: chunked\r\n$CLOSE\r\n"
    printf '%x\r\n' "$(wc -c <"$T/body")"
    cat "$T/body"
    printf '\r\n0\r\n\r\n'
} >"$T/in"
raw 200
printed chunked "$(line n11)"
label='the peer ends its side and waits'
request "$(envelope n12)"
raw 200 -s
printed 'half closed' "$(line n12)"
label='ends too early'
request "$(envelope f1)"
dd if="$T/in" of="$T/part" bs=1 count=$(($(wc -c <"$T/in") - 1)) 2>/dev/null && mv "$T/part" "$T/in"
raw '' -s
printed 'half a message'
label='many connections at once'
request "$(envelope n13)" "$CLOSE"
raw "$(repeat 199 '200 ')200" -n 200 -c 50 -d 5
printed 'one of many' "$(line n13)"
# Slow ones hold nobody up: 100 that take 10 seconds for the head, and deliveries in between.
request "$(envelope f1)"
cp "$T/in" "$T/slow"
"$R" -n 100 -c 1 -d 40 "$PORT" "$T/slow" >/dev/null 2>&1 &
slow=$!
running="$listener $slow"
label='beside slow ones'
given 1
i=0
while [ $i -lt 5 ]; do
    i=$((i + 1))
    run send "http://127.0.0.1:$PORT/" --event a.b --id "s$i" --time 2025-01-15T10:30:00Z --secret $KEY --allow-private
    case $out in "200 in "[0-9]" ms$NL" | "200 in "[0-9][0-9]" ms$NL") pass ;; *) flunk "$label: $out $err" ;; esac
done
{ kill $slow && wait $slow; } 2>/dev/null
printed 'beside slow ones' "$(line s1)" "$(line s2)" "$(line s3)" "$(line s4)" "$(line s5)"
if [ -n "${TOOL_SLOW-}" ]; then
    label='slower than 30 s'
    cp "$T/slow" "$T/in"
    raw 408 -c 1 -d 1000 -t 40000
    label='30 s for all of a message'
    cp "$T/slow" "$T/in"
    raw 408 -c 1 -d 300 -t 40000
    label='nothing for 30 s'
    : >"$T/in"
    raw '' -t 40000
    label='nothing after a message'
    request "$(envelope n13)"
    raw 200 -t 40000
fi
stop SIGINT INT
printed 'nothing at its end'

: >"$T/seen"
listens --count 2 --host localhost
case $ready in "webhook: listening on localhost:"[0-9]*) pass ;; *) flunk "ready: $ready" ;; esac
label='--count'
: >"$T/in"
request "$(envelope c1)"
request "$(envelope c1)"
request "$(envelope c2)"
request "$(envelope c3)"
raw '200 200 200'
ended 'after 2 printed lines' 0
printed '2 lines' "$(line c1)" "$(line c2)"
listens
stop SIGTERM TERM

: >"$T/seen"
listens --tolerance none --secret old --secret $KEY
label='a tolerance of none'
at=1
request "$(envelope t1)" "$CLOSE"
raw 200
label='the first of two secrets'
signer=old
request "$(envelope t2)" "$CLOSE"
raw 200
label='the environment is none of them'
stop 'two secrets' TERM
printed 'two secrets' "$(line t1)" "$(line t2)"
secret=other listens --secret-file "$T/key" --tolerance 10
: >"$T/seen"
label='a file beats the environment'
request "$(envelope t3)" "$CLOSE"
raw 200
signer=other
request "$(envelope t4)" "$CLOSE"
raw 401
label='a tolerance of 10 s'
at=$((now - 12))
request "$(envelope t4)" "$CLOSE"
raw 401
printed 'with a file' "$(line t3)"
stop 'with a file' TERM
if "$W" listen --host ::1 --port 0 --count 1 </dev/null >/dev/null 2>"$T/err" --secret $KEY & then
    listener=$!
    running=$listener
    i=0
    while [ ! -s "$T/err" ] && [ $i -lt 200 ]; do
        sleep 0.01
        i=$((i + 1))
    done
    read -r ready <"$T/err"
    case $ready in
    "webhook: listening on [::1]:"[0-9]*)
        given 1
        run send "http://[::1]:${ready##*:}/" --event a --secret $KEY --allow-private
        case $status:$out in "0:200 in "*) pass ;; *) flunk "over IPv6: $out $err" ;; esac
        ended 'IPv6' 0
        ;;
    *)
        wait $listener # no IPv6 here
        ok 'no IPv6' [ $? -eq 1 ]
        ;;
    esac
    running=
fi

# --state: over a restart, and what is not a state file
state=$T/state
bound= # the process itself is killed, not one that waits for it
listens --state "$state"
unset bound
: >"$T/seen"
label=--state
: >"$T/in"
request "$(envelope k1)" "$CLOSE"
cp "$T/in" "$T/again"
raw 200
cp "$state" "$T/state1" # what was answered 200 is on the disk: nothing more is waited for
kill -KILL "$listener"
wait "$listener" 2>/dev/null
running=
listens --state "$state"
: >"$T/seen"
cp "$T/again" "$T/in"
raw 200
printed 'known after a restart'
request "$(envelope k2)"
request "$(envelope k3)" "$CLOSE"
raw '200 200'
printed 'new after a restart' "$(line k2)" "$(line k3)"
stop 'with a state' TERM
ok 'nothing is left beside it' [ "$(find "$T" -name 'state.*' | wc -l)" -eq 0 ]
# Where the disk fails the sender is to try again, and what it then sends is known but not on the disk before.
mkdir "$T/dir"
listens --state "$T/dir/state"
: >"$T/seen"
rm -r "$T/dir"
label='the state cannot be written'
request "$(envelope k4)" "$CLOSE"
raw 503
request "$(envelope k4)" "$CLOSE"
raw 503
mkdir "$T/dir"
request "$(envelope k4)" "$CLOSE"
raw 200
printed 'a disk that failed' "$(line k4)"
ok 'each failure is told' [ "$(grep -c "^webhook: listen: $T/dir/state.new: " "$T/ready")" -eq 2 ]
kill "$listener"
ended 'a disk that failed' 0
# damaged WHAT: the file state must be refused, and left alone
damaged() {
    cp "$state" "$T/before"
    t 1 '' "webhook: listen: $state: " listen --secret $KEY --port 0 --state "$state"
    if cmp -s "$state" "$T/before"; then pass; else flunk "$1: it was overwritten"; fi
}
size=$(wc -c <"$state")
printf x | dd of="$state" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
damaged 'a byte changed'
dd if="$T/state1" of="$state" bs=$((size - 1)) count=1 2>/dev/null
damaged 'a byte short'
{ cat "$T/state1" && printf x; } >"$state"
damaged 'a byte long'
: >"$state"
damaged 'empty'
printf 'my notes' >"$state"
damaged 'somebody else'"'"'s'
rm "$state"

# Where standard output fails the sender is to try again.
if [ -c /dev/full ]; then
    rm -f "$T/ready"
    WEBHOOK_SECRET=$KEY timeout 60 "$W" listen --port 0 >/dev/full 2>"$T/ready" &
    started $!
    label='a full disk'
    request "$(envelope d1)"
    raw 503
    ended 'a full disk' 2
    ok 'it says so' grep -q 'webhook: listen: standard output: ' "$T/ready"
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
