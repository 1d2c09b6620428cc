/* events.c -- the emitting path, and at the far end of its radio a peer that refuses, hangs up, says nothing, and takes
 * what is sent in the end; then nothing of it may be left in the store */
#include "emit.h"
#include "port.h"
#include "print.h"

static small_emitter device;
static uint64_t now; /* the tick; the wall clock goes with it */
static const int64_t began_ms = INT64_C(1736937000000);
static webhook_hmac_key key;
static unsigned passed, failed;

static void check(int ok, unsigned line) {
    static const char text[] ROM = "events.c:%: failed\n";
    if (ok) {
        passed++;
        return;
    }
    if (failed++ < 10) print(text, line);
}
#define CHECK(condition) check((condition) ? 1 : 0, __LINE__)

/* load -- a text that lies in ROM, in len bytes of RAM */
static webhook_str load(char *to, const char *rom, size_t len) {
    port_rom(to, rom, len);
    return webhook_str_from(to, len);
}
#define LOAD(to, rom) load(to, rom, sizeof(rom) - 1)

/* ---- the peer ---- */

enum { TAKES, FAILS, IS_BUSY, IS_CHATTY, SAYS_NOTHING, CUTS, BREAKS, IS_AWAY };

static const char answer_200[] ROM = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
static const char answer_500[] ROM = "HTTP/1.1 500 \r\nContent-Length: 4\r\n\r\nsick";
static const char answer_503[] ROM =
    "HTTP/1.1 503 Later\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n";
static const char answer_odd[] ROM = "HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No "
                                     "Content\r\nA-field-that-is-longer-than-"
                                     "the-line-buffer: 0123456789\r\n\r\n";
static const char answer_cut[] ROM = "HTTP/1.1 200 OK\r\nConte";

static struct peer {
    unsigned char plan[8]; /* what it does in each connection, the last for ever */
    unsigned n_plan, at;
    unsigned piece; /* bytes that the radio moves at a time */
    int slow;       /* it wants to be waited for after each */
    int open, moved;
    unsigned taken;   /* requests that it has answered with a 2xx */
    uint64_t dialled; /* when it was called last */
    size_t len, answered;
    char request[640];
} peer;

static unsigned does(void) {
    return peer.plan[peer.at < peer.n_plan ? peer.at : peer.n_plan - 1];
}

int radio_dial(const webhook_url *to) {
    CHECK(!peer.open);
    CHECK(to->host.len == 13 && to->port == 80);
    peer.dialled = now;
    if (does() == IS_AWAY) {
        peer.at++;
        return 0;
    }
    peer.open = 1;
    peer.len = peer.answered = 0;
    return 1;
}

void radio_hang_up(void) {
    CHECK(peer.open);
    peer.open = 0;
    peer.at++;
}

/* find -- where a text of ROM begins in the request; its length where it does not */
static size_t find(const char *rom, size_t len) {
    char text[100];
    size_t i, j;
    CHECK(len <= sizeof text);
    port_rom(text, rom, len);
    for (i = 0; i + len <= peer.len; i++) {
        for (j = 0; j < len && peer.request[i + j] == text[j];) j++;
        if (j == len) return i;
    }
    return peer.len;
}
#define FIND(rom) find(rom, sizeof(rom) - 1)

/* body -- that of the request; empty while it has not come to its end: no brace lies within */
static webhook_str body(void) {
    static const char blank[] ROM = "\r\n\r\n";
    size_t i = FIND(blank) + 4;
    if (i >= peer.len || peer.request[peer.len - 1] != '}') return webhook_str_from(NULL, 0);
    return webhook_str_from(peer.request + i, peer.len - i);
}

webhook_status radio_send(void *user, const void *ptr, size_t len, size_t *n) {
    (void)user;
    if (peer.moved && peer.slow) return WEBHOOK_WANT_SEND;
    for (*n = 0; *n < len && *n < peer.piece; ++*n)
        if (peer.len < sizeof peer.request)
            peer.request[peer.len++] = ((const char *)ptr)[*n];
        else
            CHECK(0);
    peer.moved = 1;
    return WEBHOOK_OK;
}

/* say -- the next bytes of an answer; after the last the peer hangs up */
static webhook_status say(const char *rom, size_t len, char *to, size_t cap, size_t *n) {
    *n = len - peer.answered;
    if (*n > cap) *n = cap;
    if (*n > peer.piece) *n = peer.piece;
    if (*n == 0) return WEBHOOK_ERR_CLOSED;
    port_rom(to, rom + peer.answered, *n);
    peer.answered += *n;
    peer.moved = 1;
    return WEBHOOK_OK;
}
#define SAY(rom) say(rom, sizeof(rom) - 1, (char *)ptr, cap, n)

webhook_status radio_recv(void *user, void *ptr, size_t cap, size_t *n) {
    (void)user;
    if ((peer.moved && peer.slow) || body().len == 0) return WEBHOOK_WANT_RECV;
    switch (does()) {
    case TAKES: return SAY(answer_200);
    case FAILS: return SAY(answer_500);
    case IS_BUSY: return SAY(answer_503);
    case IS_CHATTY: return SAY(answer_odd);
    case CUTS: return SAY(answer_cut);
    case BREAKS: return WEBHOOK_ERR_IO;
    default: return WEBHOOK_WANT_RECV;
    }
}

/* line -- the value of a field of the request, empty where there is none */
static webhook_str line(const char *rom, size_t len) {
    size_t i = find(rom, len) + len, n = 0;
    if (i > peer.len) return webhook_str_from(NULL, 0);
    while (i + n < peer.len && peer.request[i + n] != '\r') n++;
    return webhook_str_from(peer.request + i, n);
}
#define LINE(rom) line(rom, sizeof(rom) - 1)

/* authentic -- is the last request signed as it must be, at the moment at which it was begun? */
static int authentic(void) {
    static const char timestamp[] ROM = "\r\nX-Appwrite-Webhook-Timestamp: ";
    static const char signature[] ROM = "\r\nX-Appwrite-Webhook-Signature: ";
    webhook_message m = WEBHOOK_ZERO;
    uint64_t at;
    m.timestamp = LINE(timestamp);
    m.body = body();
    return webhook_decimal_read(m.timestamp, &at) == WEBHOOK_OK &&
           at == ((uint64_t)began_ms + peer.dialled) / 1000 &&
           webhook_verify(NULL, &key, 1, &m, LINE(signature), (int64_t)at) == WEBHOOK_OK;
}

/* ---- the device ---- */

static webhook_emitted out;
static unsigned logged[WEBHOOK_CANCELLED + 1], last_status, last_attempt;
static uint32_t empty; /* bytes of the store that the webhook alone takes */

static void log_entry(void *user, const webhook_log_entry *e) {
    (void)user;
    logged[e->outcome]++;
    last_status = e->status;
    last_attempt = e->attempt;
    if (e->status / 100 == 2) peer.taken++;
    if (e->status != 0) CHECK(authentic());
    CHECK(e->payload.len > 0 && e->count == 1);
}

/* set_up -- a device that knows its webhook, and a peer that will do this */
static void set_up(const char *plan, unsigned n) {
    static const char id[] ROM = "station", secret[] ROM = "secret-key-123";
    static const char name[] ROM = "the roof", url[] ROM = "http://hooks.example/in";
    static const char events[] ROM = "rooms.*";
    static char text[sizeof id + sizeof secret + sizeof name + sizeof url + sizeof events];
    webhook_settings to = WEBHOOK_ZERO;
    unsigned i;
    to.id = LOAD(text, id);
    to.secret = LOAD(text + sizeof id, secret);
    to.name = LOAD(text + sizeof id + sizeof secret, name);
    to.url = LOAD(text + sizeof id + sizeof secret + sizeof name, url);
    to.events = LOAD(text + sizeof text - sizeof events, events);
    CHECK(webhook_key_init(&key, NULL, to.secret) == WEBHOOK_OK);
    for (i = 0; i < sizeof peer; i++) ((char *)&peer)[i] = 0;
    for (i = 0; i < n; i++) peer.plan[i] = (unsigned char)plan[i];
    peer.n_plan = n;
    peer.piece = sizeof peer.request;
    for (i = 0; i <= WEBHOOK_CANCELLED; i++) logged[i] = 0;
    now = 0;
    CHECK(small_start(&device, &to, 1, began_ms, log_entry) == WEBHOOK_OK);
    empty = device.records.used;
    CHECK(device.records.records == 1);
}

static webhook_status emit(char number) {
    static const char event[] ROM = "rooms.roof.wet";
    char name[sizeof event], id[7] = "event_";
    id[6] = number;
    return small_emit(&device, webhook_str_from(id, 7), LOAD(name, event), -25, began_ms, &out);
}

/* until -- let time go by as the device wants it, up to this tick; what its radio moves takes 5 ms */
static void until(uint64_t tick) {
    unsigned calls = 0;
    for (;;) {
        uint64_t next = small_go_on(&device, now, began_ms + (int64_t)now);
        CHECK(next >= now);
        peer.moved = 0;
        if (device.busy && next > now + 5) next = now + 5;
        if (next > tick || ++calls == 20000) break;
        now = next;
    }
    CHECK(calls < 20000);
    now = tick;
}

/* is_empty -- has everything ended, and is nothing left of it but the webhook (and its failures)? */
static int is_empty(unsigned records) {
    webhook_str record, k = webhook_str_from(out.key, sizeof out.key);
    return device.engine.queued == 0 && device.engine.events == 0 && device.engine.in_flight == 0 &&
           !peer.open && device.records.records == records &&
           device.store.get(device.store.user, k, &record) == WEBHOOK_ERR_NOT_FOUND;
}

/* ---- what happens ---- */

/* The request, to the letter, but for the version in User-Agent. The signatures can be made again with
 * printf '1736937000.%s' "$body" | openssl dgst -sha256 -hmac secret-key-123 */
static const char said_post[] ROM = "POST /in HTTP/1.1\r\n";
static const char said_host[] ROM = "\r\nHost: hooks.example\r\n";
static const char said_type[] ROM = "\r\nContent-Type: application/json\r\n";
static const char said_agent[] ROM = "\r\nUser-Agent: webhook.h/";
static const char said_id[] ROM = "\r\nX-Appwrite-Webhook-Id: station\r\n";
static const char said_name[] ROM = "\r\nX-Appwrite-Webhook-Name: the roof\r\n";
static const char said_events[] ROM =
    "\r\nX-Appwrite-Webhook-Events: rooms.roof.wet,rooms.*.wet,rooms.roof,rooms.*\r\n";
static const char said_length[] ROM = "\r\nContent-Length: 95\r\n";
static const char said_first[] ROM = "\r\nX-Appwrite-Webhook-Timestamp: 1736937000\r\n";
static const char said_again[] ROM = "\r\nX-Appwrite-Webhook-Timestamp: 1736937001\r\n";
static const char mac_first[] ROM =
    "\r\nX-Appwrite-Webhook-Signature: "
    "77ddb581f9ee6ec02924180ab78ff87b31e75a7947c375f4e9b96410233ddb75\r\n";
static const char mac_again[] ROM =
    "\r\nX-Appwrite-Webhook-Signature: "
    "ba6aca915a9602012d932a4a7047fa161db341043d3dfced027477d15fc0e067\r\n";
static const char said_body[] ROM = "\r\n\r\n{\"$id\":\"event_1\",\"event\":\"rooms.roof.wet\","
                                    "\"timestamp\":\"2025-01-15T10:30:00.000Z\","
                                    "\"payload\":-25}";

/* common -- is the request all that is the same each time, and one timestamp, one signature? */
static void common(void) {
    static const char ends[] ROM = "\r\n";
    unsigned lines = 0;
    size_t i;
    char two[2];
    CHECK(FIND(said_post) == 0);
    CHECK(FIND(said_host) < peer.len);
    CHECK(FIND(said_type) < peer.len);
    CHECK(FIND(said_agent) < peer.len);
    CHECK(FIND(said_id) < peer.len);
    CHECK(FIND(said_name) < peer.len);
    CHECK(FIND(said_events) < peer.len);
    CHECK(FIND(said_length) < peer.len);
    CHECK(find(said_body, sizeof said_body - 1) + sizeof said_body - 1 == peer.len);
    port_rom(two, ends, 2);
    for (i = 0; i + 1 < peer.len; i++)
        if (peer.request[i] == two[0] && peer.request[i + 1] == two[1]) lines++;
    CHECK(lines == 11);
}

static void retried(void) {
    static const char plan[] = { FAILS, TAKES };
    set_up(plan, sizeof plan);
    CHECK(emit('1') == WEBHOOK_OK && out.deliveries == 1);
    CHECK(device.records.records == 2);
    until(0);
    common();
    CHECK(FIND(said_first) < peer.len);
    CHECK(FIND(mac_first) < peer.len);
    CHECK(logged[WEBHOOK_RETRYING] == 1 && last_status == 500 && last_attempt == 1);
    CHECK(device.records.records == 3); /* how far it has come */
    until(999);                         /* 1,250 ms, 20 % less or more */
    CHECK(peer.at == 1 && device.engine.queued == 1);
    until(1500);
    CHECK(peer.at == 2 && peer.dialled >= 1000);
    common();
    CHECK(FIND(said_again) < peer.len);
    CHECK(FIND(mac_again) < peer.len);
    CHECK(logged[WEBHOOK_DELIVERED] == 1 && last_status == 200 && last_attempt == 2);
    CHECK(device.engine.delivered == 1 && is_empty(1) && device.records.used == empty);
    until(100000);
    CHECK(peer.at == 2);
}

/* full -- what does not fit is refused, what fits is sent one by one, and then there is room again */
static void full(void) {
    static const char plan[] = { TAKES };
    char round, i;
    set_up(plan, sizeof plan);
    peer.piece = 20;
    peer.slow = 1;
    for (round = 0; round < 3; round++) {
        for (i = 0; i < SMALL_QUEUE; i++) CHECK(emit((char)('1' + i)) == WEBHOOK_OK);
        CHECK(emit('5') == WEBHOOK_ERR_FULL);
        CHECK(device.engine.queued == SMALL_QUEUE && device.records.records == 1 + SMALL_QUEUE);
        until(now + 20000);
        CHECK(peer.taken == (unsigned)(round + 1) * SMALL_QUEUE);
        CHECK(is_empty(1) && device.records.used == empty);
    }
}

/* timed_out -- the one slot is free again after the time limit, and others come before the retry */
static void timed_out(void) {
    static const char plan[] = { SAYS_NOTHING, TAKES, TAKES };
    static const char second[] ROM = "\"$id\":\"event_2\"";
    set_up(plan, sizeof plan);
    CHECK(emit('1') == WEBHOOK_OK);
    until(10);
    CHECK(emit('2') == WEBHOOK_OK);
    until(29999);
    CHECK(peer.at == 0 && peer.open);
    until(30100);
    CHECK(peer.at == 2 && peer.dialled == 30000);
    CHECK(FIND(second) < peer.len);
    CHECK(logged[WEBHOOK_RETRYING] == 1 && logged[WEBHOOK_DELIVERED] == 1);
    until(31500);
    CHECK(peer.at == 3 && peer.dialled >= 31000);
    CHECK(device.engine.delivered == 2 && is_empty(1));
}

/* given_up -- after three retries; a Retry-After that is longer than the own wait is kept */
static void given_up(void) {
    static const char plan[] = { FAILS, IS_BUSY, FAILS, IS_BUSY, IS_CHATTY };
    uint64_t second;
    set_up(plan, sizeof plan);
    CHECK(emit('1') == WEBHOOK_OK);
    until(1500);
    CHECK(peer.at == 2 && last_status == 503);
    second = peer.dialled;
    until(second + 8999);
    CHECK(peer.at == 2);
    until(second + 9000);
    CHECK(peer.at == 3);
    until(second + 9000 + 24999);
    CHECK(peer.at == 3);
    until(second + 9000 + 37500);
    CHECK(peer.at == 4 && last_attempt == 4);
    CHECK(logged[WEBHOOK_RETRYING] == 3 && logged[WEBHOOK_GAVE_UP] == 1);
    CHECK(device.engine.gave_up == 1 && is_empty(2));
    CHECK(emit('2') == WEBHOOK_OK);
    until(now + 100);
    CHECK(device.engine.delivered == 1 && last_status == 204);
}

/* disturbed -- nobody there, an answer that is cut off, a broken connection; byte by byte */
static void disturbed(void) {
    static const char plan[] = { IS_AWAY, CUTS, BREAKS, TAKES };
    static const unsigned pieces[] = { 1, 7, sizeof peer.request };
    unsigned i;
    for (i = 0; i < 3; i++) {
        set_up(plan, sizeof plan);
        peer.piece = pieces[i];
        peer.slow = i != 2;
        CHECK(emit('1') == WEBHOOK_OK);
        until(120000);
        CHECK(peer.at == 4 && last_attempt == 4 && last_status == 200);
        CHECK(logged[WEBHOOK_RETRYING] == 3 && logged[WEBHOOK_DELIVERED] == 1);
        common();
        CHECK(is_empty(1) && device.records.used == empty);
    }
}

/* for_long -- events of many lengths come and go; all that was taken has an end, and the store none of it */
static void for_long(void) {
    static const char plan[] = { TAKES };
    static const char text[] ROM = "rooms.in-the-cellar-under-the-stairs-0123456789";
    char name[sizeof text - 1];
    webhook_str event = LOAD(name, text);
    uint32_t any = 7;
    unsigned n;
    set_up(plan, sizeof plan);
    for (n = 0; n < 300; n++) {
        uint32_t before = device.engine.queued;
        webhook_status s;
        any = any * UINT32_C(1664525) + UINT32_C(1013904223);
        peer.plan[0] = (unsigned char)((any >> 28) > IS_AWAY ? TAKES : any >> 28);
        if (peer.plan[0] == SAYS_NOTHING) peer.plan[0] = FAILS;
        s = small_emit(&device, webhook_str_from(name + 10, 1 + (any >> 8) % 30),
                       webhook_str_from(name, 7 + (any >> 16) % (event.len - 6)), (int64_t)any,
                       began_ms, &out);
        CHECK(s == (before == SMALL_QUEUE ? WEBHOOK_ERR_FULL : WEBHOOK_OK));
        until(now + (any >> 12) % 8192);
    }
    peer.plan[0] = TAKES;
    until(now + 3600000);
    CHECK(device.engine.delivered == peer.taken &&
          device.engine.gave_up == logged[WEBHOOK_GAVE_UP]);
    CHECK(is_empty(device.records.records) && device.records.records <= 2);
}

static void one_event(void) {
    static const char plan[] = { FAILS, TAKES };
    set_up(plan, sizeof plan);
    CHECK(emit('1') == WEBHOOK_OK);
    until(1500);
    CHECK(device.engine.delivered == 1);
}

static void nothing(void) {
}

int main(void) {
    static const char text_stack[] ROM = "stack %\n", text_left[] ROM = "left %\n";
    static const char text_ctx[] ROM = "context %\n", text_key[] ROM = "key %\n";
    static const char text_passed[] ROM = "small: % passed, ", text_failed[] ROM = "% failed\n";
    size_t stack, left;
    port_init();
    stack = port_stack(one_event);
    left = port_left;
    print(text_stack, (unsigned)(stack - port_stack(nothing)));
    print(text_left, (unsigned)left);
    print(text_ctx, (unsigned)(sizeof device.store + sizeof device.records +
                               sizeof device.registry + sizeof device.engine + sizeof device.x));
    print(text_key, (unsigned)sizeof(webhook_hmac_key));
    retried();
    full();
    timed_out();
    given_up();
    disturbed();
    for_long();
    print(text_passed, passed);
    print(text_failed, failed);
    port_exit(failed != 0);
    return failed != 0;
}
