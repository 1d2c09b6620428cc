/* send_device.c -- a device that measures and emits: engine, store in memory, a radio, no malloc
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/send_device.c -o send_device && ./send_device
 *
 * Copy the part about the device: all its memory is static, and it calls no libc. The radio, its
 * clock and the far end are a stand-in for whatever you have: a few bytes at a time go either way,
 * and between them one waits. The far end checks signatures; it is busy at first. The exit status
 * is 0 where all that was measured has arrived.
 */
#include "../webhook.h"

/* ---- what the device has ---- */

static uint32_t clock_ms(void); /* a counter of 32 bits */
static int64_t clock_unix_ms(void);
static void clock_sleep(uint64_t ms);
static void random_bytes(unsigned char *to, size_t n);
static int radio_open(webhook_str host, uint16_t port); /* 1: there is a connection */
static webhook_status radio_send(void *user, const void *ptr, size_t len, size_t *n);
static webhook_status radio_recv(void *user, void *ptr, size_t cap, size_t *n);
static void radio_close(void);

/* ---- the device ---- */

enum { READINGS = 5, EVERY_MS = 2000, QUEUE = 8, HEAD = 512, BODY = 160 };

static struct device {
    webhook_delivery engine;
    webhook_registry registry;
    webhook_store store;
    webhook_memory_store in_memory;
    /* the one attempt under way */
    webhook_exchange x;
    webhook_attempt attempt;
    int busy;
    char line[64], buf[32]; /* of the answer */
} device;

static uint64_t arena[80]; /* of the registry: its one webhook */
static uint64_t memory[WEBHOOK_DELIVERY_SIZE(QUEUE, QUEUE, 1, 1, HEAD) / 8 + 1];
/* of the store: the webhook, and of each event its record and that of how far it has come */
static uint64_t records[WEBHOOK_MEMORY_STORE_SIZE(2 * QUEUE + 2, QUEUE *(BODY + 180) + 400) / 8];

static void fail(webhook_status s) {
    webhook_result r = WEBHOOK_ZERO;
    r.error = webhook_str_from_cstr(webhook_status_str(s));
    r.timed_out = s == WEBHOOK_ERR_TIMEOUT;
    webhook_delivery_complete(&device.engine, device.attempt, &r);
}

static void start(void *transport, webhook_attempt a, const webhook_request *r) {
    (void)transport;
    device.attempt = a;
    device.busy = radio_open(r->url.host, r->url.port);
    if (!device.busy) fail(WEBHOOK_ERR_IO);
    webhook_exchange_init(&device.x, r->head, r->body, r->deadline_ms, device.line,
                          sizeof device.line);
}

static void cancel(void *transport, webhook_attempt a) {
    (void)transport, (void)a;
    device.busy = 0;
    radio_close();
}

/* go_on -- with the attempt, as far as the radio goes without waiting */
static void go_on(uint64_t now) {
    webhook_io io = WEBHOOK_ZERO;
    webhook_result r = WEBHOOK_ZERO;
    webhook_status s;
    io.send = radio_send;
    io.recv = radio_recv;
    s = webhook_exchange_run(&device.x, now, &io, device.buf, sizeof device.buf);
    if (s == WEBHOOK_WANT_SEND || s == WEBHOOK_WANT_RECV) return;
    device.busy = 0;
    radio_close();
    r.status = device.x.status;
    r.retry_after = webhook_exchange_retry_after(&device.x);
    if (s == WEBHOOK_OK)
        webhook_delivery_complete(&device.engine, device.attempt, &r);
    else
        fail(s);
}

static webhook_status emit(int64_t reading) {
    char body[BODY], id[WEBHOOK_ID_MAX];
    unsigned char random[16];
    webhook_buf b = webhook_buf_from(body, sizeof body);
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_json_writer w;
    webhook_emit m = WEBHOOK_ZERO;
    webhook_emitted out;
    webhook_status s;
    random_bytes(random, sizeof random);
    e.id = webhook_id_make(id, random);
    e.event = WEBHOOK_STR("sensors.cellar.wet");
    e.unix_ms = clock_unix_ms();
    webhook_payload_begin(&w, &b, &e);
    webhook_json_put_int(&w, reading);
    s = webhook_payload_end(&w);
    m.body = webhook_buf_str(&b);
    return s == WEBHOOK_OK ? webhook_delivery_emit(&device.engine, &m, &out) : s;
}

static webhook_status set_up(void) {
    webhook_registry_desc r = WEBHOOK_ZERO;
    webhook_delivery_desc d = WEBHOOK_ZERO;
    webhook_settings to = WEBHOOK_ZERO;
    webhook_change change;
    webhook_status s =
        webhook_memory_store_init(&device.in_memory, records, sizeof records, &device.store);
    r.arena = arena;
    r.arena_len = sizeof arena;
    r.store = &device.store;
    d.registry = &device.registry;
    d.memory = memory;
    d.memory_len = sizeof memory;
    d.max_queue = QUEUE;
    d.max_fanout = 1;
    d.max_in_flight = 1;
    d.head_size = HEAD;
    d.start = start;
    d.cancel = cancel;
    to.id = WEBHOOK_STR("cloud");
    to.name = WEBHOOK_STR("the cellar's sensor");
    to.url = WEBHOOK_STR("http://example.com/hook");
    to.events = WEBHOOK_STR("sensors.*");
    to.secret = WEBHOOK_STR("secret-key-123");
    if (s == WEBHOOK_OK) s = webhook_registry_init(&device.registry, &r);
    if (s == WEBHOOK_OK) s = webhook_delivery_init(&device.engine, &d);
    if (s != WEBHOOK_OK) return s;
    return webhook_registry_create(&device.registry, &to, clock_unix_ms(), &change);
}

/* run -- what main of the device does for ever; here until all has arrived */
static webhook_status run(void) {
    uint64_t now = 0, next, measure_ms = 0;
    int64_t n = 0;
    webhook_status s = set_up();
    while (s == WEBHOOK_OK) {
        now = webhook_tick_extend(now, clock_ms());
        if (n < READINGS && measure_ms <= now) {
            s = emit(n++);
            if (s == WEBHOOK_ERR_FULL) s = WEBHOOK_OK; /* this reading is lost */
            measure_ms = now + EVERY_MS;
        }
        next = webhook_delivery_run(&device.engine, now, clock_unix_ms());
        if (n == READINGS && device.engine.queued == 0) break;
        if (n < READINGS && measure_ms < next) next = measure_ms;
        if (device.busy) {
            go_on(now);
            next =
                device.busy ? now + 5 : now; /* the radio has gone on; the engine is to be told */
        }
        if (next > now) clock_sleep(next - now);
    }
    return s;
}

/* ---- the stand-in: clocks, and a radio with a receiver at its far end ---- */

#include <stdio.h>

enum { PIECE = 20 }; /* bytes on the air at a time */

static struct air {
    uint32_t tick;
    int moved; /* something did, nothing can until the clock goes on */
    unsigned requests, accepted;
    webhook_hmac_key key;
    webhook_receive_ctx far;
    char line[512], text[128];
    webhook_buf answer;
    size_t answered;
} air;

static uint32_t clock_ms(void) {
    return UINT32_MAX - 5000 + air.tick; /* it overflows under way */
}

static int64_t clock_unix_ms(void) {
    return INT64_C(1736937000000) + air.tick;
}

static void clock_sleep(uint64_t ms) {
    air.tick += (uint32_t)ms;
    air.moved = 0;
}

static void random_bytes(unsigned char *to, size_t n) {
    static unsigned char next; /* a device takes noise */
    while (n-- > 0) *to++ = next++;
}

static int radio_open(webhook_str host, uint16_t port) {
    webhook_http_desc d = WEBHOOK_ZERO;
    d.line = air.line;
    d.line_cap = sizeof air.line;
    air.answer = webhook_buf_from(air.text, sizeof air.text);
    air.answered = 0;
    printf("%6lu ms: call %.*s:%u\n", (unsigned long)air.tick, (int)host.len, host.ptr, port);
    return webhook_receive_init(&air.far, &d) == WEBHOOK_OK;
}

static void radio_close(void) {
    webhook_wipe(&air.far, sizeof air.far);
}

/* far_end -- takes a token; is busy for the first two requests */
static void far_end(const webhook_http_token *t) {
    unsigned status = t->kind == WEBHOOK_HTTP_VERIFIED ? 200 : t->status;
    if (t->kind == WEBHOOK_HTTP_HEAD)
        webhook_receive_keys(&air.far, &air.key, 1, clock_unix_ms() / 1000);
    if (t->kind != WEBHOOK_HTTP_VERIFIED && t->kind != WEBHOOK_HTTP_REFUSED) return;
    if (++air.requests <= 2) status = 503;
    if (status == 200) air.accepted++;
    webhook_http_put_response(&air.answer, status);
    if (status == 503)
        webhook_http_put_field(&air.answer, WEBHOOK_STR("Retry-After"), WEBHOOK_STR("6"));
    webhook_http_put_length(&air.answer, 0);
    printf("%6lu ms: answered %u\n", (unsigned long)air.tick, status);
}

static webhook_status radio_send(void *user, const void *ptr, size_t len, size_t *n) {
    webhook_str in = webhook_str_from((const char *)ptr, len < PIECE ? len : PIECE);
    webhook_http_token t;
    (void)user;
    if (air.moved) return WEBHOOK_WANT_SEND;
    *n = in.len;
    air.moved = 1;
    while (webhook_receive_next(&air.far, &in, &t) == WEBHOOK_OK) far_end(&t);
    return WEBHOOK_OK;
}

static webhook_status radio_recv(void *user, void *ptr, size_t cap, size_t *n) {
    (void)user;
    if (air.moved || air.answered == air.answer.len) return WEBHOOK_WANT_RECV;
    for (*n = 0; *n < cap && *n < PIECE && air.answered < air.answer.len; ++*n)
        ((char *)ptr)[*n] = air.text[air.answered++];
    air.moved = 1;
    return WEBHOOK_OK;
}

int main(void) {
    webhook_status s = webhook_key_init(&air.key, NULL, WEBHOOK_STR("secret-key-123"));
    if (s == WEBHOOK_OK) s = run();
    if (s != WEBHOOK_OK) printf("send_device: %s\n", webhook_status_str(s));
    printf("%u requests, %u of %u readings arrived\n", air.requests, air.accepted,
           (unsigned)READINGS);
    return s != WEBHOOK_OK || air.accepted != READINGS;
}
