#!/bin/sh
# demo.sh -- the life of a webhook on one page: match, build, sign, verify, read back; then the same over real
# connections, send (through the engine) and listen; what is forged is refused, what is repeated is recognised, what
# fails is tried again
#     sh examples/demo.sh PATH-OF-webhook
# Exit status 1 if anything is not as it should be.
# shellcheck disable=SC2016 # "$id" is the name of a field
W=${1:?usage: sh examples/demo.sh PATH-OF-webhook}
case $W in */*) ;; *) W=./$W ;; esac
T=$(mktemp -d) || exit 1
listener=
sender=
trap '[ -z "$listener$sender" ] || kill $listener $sender; rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM
delivered=0
retried=0
refused=0
repeated=0
wrong=0

# The sender and the receiver share a secret. The tool takes it from here; it never prints it.
WEBHOOK_SECRET=secret-key-123
export WEBHOOK_SECRET
SENT=1736937000     # 2025-01-15 10:30:00 UTC. The demo gives the time wherever it matters,
ARRIVED=1736937002  # so that it prints the same until part 7; the tool has a clock as well.
LATER=1736940600

title() { printf '\n%s\n\n' "$*"; }
typed() { printf '   $ %s\n' "$*"; } # a command, as one would type it
shown() { typed "webhook $*"; }
note() { printf '   %s\n' "$*"; }
indent() { sed 's/^/     /'; }
# pretty: one line of JSON, broken after commas
pretty() {
    awk '{
        n = split($0, piece, ",")
        for (i = 1; i <= n; i++) {
            if (i < n) piece[i] = piece[i] ","
            if (length(line piece[i]) > 90) { print "     " line; line = "" }
            line = line piece[i]
        }
        print "     " line
    }'
}

unexpected() {
    wrong=1
    printf '   UNEXPECTED: %s\n' "$*"
}

# match EXPECTED PATTERN EVENT: one line of the table, with the command that answered; EXPECTED is yes or no
match() {
    "$W" match "$2" "$3"
    case $? in
    0) answer=yes ;;
    1) answer=no ;;
    *) answer=error ;;
    esac
    printf "     %-5swebhook match '%s' \$EVENT\n" "$answer" "$2"
    [ "$answer" = "$1" ] || unexpected "this should have been $1"
}

# build ID TIME: the file payload.json becomes the file body
build() {
    shown "payload --event \$EVENT --id $1 --time $2 <payload.json >body"
    "$W" payload --event "$EVENT" --id "$1" --time "$2" <"$T/payload.json" >"$T/body" || unexpected 'not built'
    note 'body, which is one line; broken here to be read:'
    pretty <"$T/body"
}

# show_payload: the command that makes payload.json; there is no quotation mark of the shell in its text
show_payload() { printf "   $ printf '%%s\\\\n' '%s' >payload.json\n" "$(cat "$T/payload.json")" | sed '2,$s/^/     /'; }

# sign: the header lines of the request, and the signature in $signature
sign() {
    shown "sign --timestamp $SENT --headers <body"
    "$W" sign --timestamp $SENT --headers <"$T/body" >"$T/headers" || unexpected 'not signed'
    indent <"$T/headers"
    signature=$(sed -n 's/^X-Appwrite-Webhook-Signature: //p' "$T/headers")
}

# show_verify FILE
show_verify() {
    shown "verify --timestamp $SENT --now $ARRIVED <$1 \\"
    note "      --signature $signature"
}

# verify_and_read ID EVENT: the receiver's side; counts what was built, signed, verified and read back
verify_and_read() {
    show_verify body
    if "$W" verify --timestamp $SENT --signature "$signature" --now $ARRIVED <"$T/body"; then
        note '  authentic, and on time (exit status 0)'
    else
        unexpected 'not authentic'
        return
    fi
    id=$(sed -n 's/^{"$id":"\([^"]*\)",.*/\1/p' "$T/body")
    event=$(sed -n 's/^{"$id":"[^"]*","event":"\([^"]*\)",.*/\1/p' "$T/body")
    shown 'json <body >again && cmp body again'
    if "$W" json <"$T/body" >"$T/again" && cmp -s "$T/body" "$T/again"; then
        note '  the same bytes: a receiver that parses the body and writes it again gets the same signature'
    else
        unexpected 'the body is not its own normal form'
        return
    fi
    note "  \$id   $id"
    note "  event $event"
    if [ "$id" = "$1" ] && [ "$event" = "$2" ]; then
        delivered=$((delivered + 1))
    else
        unexpected 'another event was read than was sent'
    fi
}

# forged WHAT REASON TIMESTAMP SIGNATURE NOW: the file forged must be refused, and for this reason
forged() {
    "$W" verify --timestamp "$3" --signature "$4" --now "$5" <"$T/forged" 2>"$T/reason"
    status=$?
    reason=$(sed 's/^webhook: verify: //' "$T/reason")
    printf '     %-44s %s\n' "$1" "exit status $status, $reason"
    case $status:$reason in
    "1:$2"*) refused=$((refused + 1)) ;;
    *) unexpected "this should have been refused: $2" ;;
    esac
}

# await FILE: until something stands in it, 5 s at most
await() {
    i=0
    while [ ! -s "$1" ] && [ $i -lt 250 ]; do
        sleep 0.02
        i=$((i + 1))
    done
}

# start PORT: webhook listen in the background; it says where on standard error
start() {
    typed "webhook listen --port $1 >>events 2>ready &"
    : >"$T/ready"
    timeout 60 "$W" listen --port "$1" >>"$T/events" 2>"$T/ready" &
    listener=$!
    await "$T/ready"
}

# send STATUS PRINTED EVENT ID SECRET: one delivery; STATUS is what it must be answered, PRINTED how many events the
# receiver has printed then
send() {
    with=
    [ "$5" = "$WEBHOOK_SECRET" ] || with="WEBHOOK_SECRET=$5 "
    typed "${with}webhook send \$URL --allow-private --event $3 --id $4 <payload.json"
    WEBHOOK_SECRET=$5 "$W" send "$URL" --allow-private --event "$3" --id "$4" <"$T/payload.json" >"$T/answer" 2>&1
    indent <"$T/answer"
    read -r answer <"$T/answer"
    if [ "${answer%% in *}" != "$1" ] || [ "$(wc -l <"$T/events")" -ne "$2" ]; then
        unexpected "this should have been answered $1, and $2 printed"
        return 1
    fi
}

# stop: the receiver ends in good order
stop() {
    typed 'kill $!'
    kill "$listener"
    wait "$listener" || unexpected 'the receiver did not end in good order'
    listener=
}

title 'To repeat what follows, change to an empty directory and begin with these two:'
typed "PATH=$(cd "${W%/*}" && pwd):\$PATH"
typed "export WEBHOOK_SECRET=$WEBHOOK_SECRET"

title '1. Something happens: a row is created. Which patterns does the event fall under?'
EVENT=databases.main.tables.orders.rows.order_456.create
typed "EVENT=$EVENT"
match yes 'databases.main.tables.orders.rows.*.create' $EVENT
match yes 'databases.*.tables.orders.rows.*' $EVENT
match yes 'databases.*' $EVENT
match no 'databases.*.create' $EVENT
match no 'users.*.create' $EVENT
match no 'storage.*.files.*.create' $EVENT
printf '\n'
note 'A * is exactly one segment. A pattern may end early after an id, so databases.* has all below.'

title '2. The sender wraps the row in an envelope, in the one form that every receiver can check.'
cat >"$T/payload.json" <<'END'
{ "$id": "order_456", "$tableId": "orders", "$databaseId": "main",
  "$createdAt": "2025-01-15T10:30:00.000Z", "$updatedAt": "2025-01-15T10:30:00.000Z",
  "customer": "John Doe", "total": 99.990 }
END
show_payload
build event_123 2025-01-15T10:30:00Z

title '3. It signs the body, and sends two headers with it.'
sign

title '4. The receiver checks the signature over the bytes that arrived, then reads them.'
verify_and_read event_123 $EVENT
typed 'cp body order'
cp "$T/body" "$T/order"
order_signature=$signature

title '5. Another event, the same way: a user changes the address that mail goes to.'
EVENT=users.user_789.update.email
typed "EVENT=$EVENT"
match yes 'users.*' $EVENT
match yes 'users.*.update' $EVENT
match no 'users.*.create' $EVENT
printf '%s\n' '{ "name": "Ren\u00e9e", "email": "renee@example.com", "logins": 1.2e1 }' >"$T/payload.json"
show_payload
build event_124 2025-01-15T10:30:00Z
sign
verify_and_read event_124 $EVENT

title '6. Forged deliveries of the order are refused.'
typed "sed 's/99\.99/0.99/' order >forged"
signature=$order_signature
show_verify forged
sed 's/99\.99/0.99/' "$T/order" >"$T/forged"
forged 'the total was changed' 'not authentic' $SENT "$order_signature" $ARRIVED
cp "$T/order" "$T/forged"
forged 'the timestamp was changed' 'not authentic' $ARRIVED "$order_signature" $ARRIVED
guessed=$(WEBHOOK_SECRET=secret-key-124 "$W" sign --timestamp $SENT <"$T/order")
forged 'signed with another secret' 'not authentic' $SENT "$guessed" $ARRIVED
forged 'the first half of the right signature' 'not authentic' $SENT "$(printf %.32s "$order_signature")" $ARRIVED
forged 'no signature at all' 'not authentic' $SENT '' $ARRIVED
forged 'the real one, sent again an hour later' 'timestamp too old' $SENT "$order_signature" $LATER

title '7. Now over real connections. A receiver listens; every event that is authentic and new it prints.'
start 0
typed 'cat ready'
indent <"$T/ready"
typed "PORT=\$(sed 's/.*://' ready); URL=http://localhost:\$PORT/orders"
PORT=$(sed 's/.*://' "$T/ready")
URL=http://localhost:$PORT/orders
send 200 1 orders.o1.create event_125 "$WEBHOOK_SECRET" && delivered=$((delivered + 1))
send 200 2 users.user_789.update.email event_126 "$WEBHOOK_SECRET" && delivered=$((delivered + 1))
note 'Forged: signed with another secret.'
send 401 2 orders.o2.create event_127 secret-key-124 && refused=$((refused + 1))
note 'Repeated, as a sender does that has missed the answer: signed anew, the event is the same.'
send 200 2 orders.o1.create event_125 "$WEBHOOK_SECRET" && repeated=$((repeated + 1))
typed 'cat events'
indent <"$T/events"
stop

title '8. The receiver is away for a moment. The engine waits, and tries again.'
ID=event_128
typed "webhook send \$URL --allow-private --event orders.o3.create --id $ID --max-retries 3 --retry-base 0.3 \\"
note '      <payload.json >answer 2>attempts &'
"$W" send "$URL" --allow-private --event orders.o3.create --id $ID --max-retries 3 --retry-base 0.3 \
    <"$T/payload.json" >"$T/answer" 2>"$T/attempts" &
sender=$!
await "$T/attempts"
start "$PORT"
typed 'sleep 1; cat attempts answer'
wait "$sender"
status=$?
sender=
cat "$T/attempts" "$T/answer" | indent
if [ $status -eq 0 ] && grep -q "^{\"id\":\"$ID\"" "$T/events" && grep -q 'attempt 1: .*; the next in ' "$T/attempts"; then
    delivered=$((delivered + 1))
    retried=$((retried + 1))
else
    unexpected 'this should have been tried again, and delivered'
fi
typed 'tail -n 1 events'
tail -n 1 "$T/events" | indent
stop

[ $delivered -eq 5 ] && [ $retried -eq 1 ] && [ $refused -eq 7 ] && [ $repeated -eq 1 ] || wrong=1
printf '\ndemo: %d delivered, %d retried, %d forged refused, %d repeated recognised\n' \
    $delivered $retried $refused $repeated
exit $wrong
