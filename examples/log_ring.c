/* log_ring.c -- the last entries of the engine's log, in one fixed block
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/log_ring.c -o log_ring && ./log_ring
 *
 * Copy struct entry, struct ring, ring_log and ring_print; ring_log is the log of the engine's
 * desc. What drives it here is a toy: a transport that fails now and then, and a clock that is
 * turned on to the next thing that is due.
 */
#include <stdio.h>
#include <string.h>
#include "../webhook.h"

/* ---- the ring ---- */

enum { ENTRIES = 8, TEXT = 160 }; /* bytes for all the texts of an entry; what is longer is cut */

struct entry {
    int64_t requested_ms;
    uint32_t response_ms, attempt, count;
    uint16_t status;
    uint8_t outcome, len[4]; /* of webhook id, $id, event, error, one behind the other in text */
    char text[TEXT];
};

struct ring {
    struct entry entry[ENTRIES];
    unsigned long n; /* ever logged: the next goes to entry n % ENTRIES */
};

static void ring_log(void *user, const webhook_log_entry *e) {
    struct ring *r = (struct ring *)user;
    struct entry *to = &r->entry[r->n++ % ENTRIES];
    const webhook_str texts[4] = { e->webhook_id, e->event_id, e->event, e->error };
    size_t i, used = 0;
    to->requested_ms = e->requested_ms;
    to->response_ms = e->response_ms;
    to->attempt = e->attempt;
    to->count = e->count;
    to->status = e->status;
    to->outcome = e->outcome;
    for (i = 0; i < 4; i++) {
        size_t len = texts[i].len <= TEXT - used ? texts[i].len : TEXT - used;
        if (len > 0) memcpy(to->text + used, texts[i].ptr, len);
        to->len[i] = (uint8_t)len;
        used += len;
    }
}

/* ring_print -- the oldest first */
static void ring_print(const struct ring *r) {
    static const char *const outcome[] = { "", "delivered", "retrying", "gave up", "cancelled" };
    unsigned long i, j;
    for (i = r->n < ENTRIES ? 0 : r->n - ENTRIES; i < r->n; i++) {
        const struct entry *e = &r->entry[i % ENTRIES];
        const char *text = e->text;
        char time[24];
        webhook_buf b = webhook_buf_from(time, sizeof time);
        webhook_iso_write(&b, e->requested_ms);
        printf("%.*s  %-9s  %3u  %4lu ms  attempt %lu", (int)b.len, time, outcome[e->outcome],
               e->status, (unsigned long)e->response_ms, (unsigned long)e->attempt);
        for (j = 0; j < 4; text += e->len[j++]) printf("  %.*s", e->len[j], text);
        putchar('\n');
    }
}

/* ---- to have something to log ---- */

static webhook_delivery engine;
static uint64_t now_ms; /* a tick; the wall clock is beside it */

static int64_t unix_ms(void) {
    return INT64_C(1736937000000) + (int64_t)now_ms;
}

/* Every third attempt fails, and every seventh gets no answer. */
static void start(void *transport, webhook_attempt a, const webhook_request *r) {
    unsigned *n = (unsigned *)transport;
    webhook_result result = WEBHOOK_ZERO;
    (void)r;
    result.status = ++*n % 3 == 0 ? 503 : 200;
    if (*n % 7 == 0) result.status = 0;
    if (result.status == 0) result.error = WEBHOOK_STR("connection refused");
    result.response_ms = 20 + *n;
    webhook_delivery_complete(&engine, a, &result);
}

static void cancel(void *transport, webhook_attempt a) {
    (void)transport, (void)a; /* nothing is ever under way */
}

static int emit_some(void) {
    webhook_emit m = WEBHOOK_ZERO;
    webhook_emitted out;
    char id[] = "event_1";
    for (; id[6] <= '6'; id[6]++) {
        m.body = WEBHOOK_STR("{}"); /* a real one is what webhook_payload_write makes */
        m.id = webhook_str_from_cstr(id);
        m.event = WEBHOOK_STR("orders.o1.create");
        if (webhook_delivery_emit(&engine, &m, &out) != WEBHOOK_OK) return 0;
    }
    return 1;
}

int main(void) {
    static uint64_t records[1024], arena[256], memory[16384];
    static struct ring ring;
    unsigned attempts = 0;
    webhook_memory_store in_memory;
    webhook_store store;
    webhook_registry registry;
    webhook_registry_desc r = WEBHOOK_ZERO;
    webhook_delivery_desc d = WEBHOOK_ZERO;
    webhook_settings s = WEBHOOK_ZERO;
    webhook_change change;

    r.arena = arena;
    r.arena_len = sizeof arena;
    r.store = &store;
    d.registry = &registry;
    d.memory = memory;
    d.memory_len = sizeof memory;
    d.max_queue = 6;
    d.max_in_flight = 1;
    d.transport = &attempts;
    d.start = start;
    d.cancel = cancel;
    d.log_user = &ring;
    d.log = ring_log;
    s.id = s.name = WEBHOOK_STR("shop");
    s.url = WEBHOOK_STR("https://example.com/hook");
    s.events = WEBHOOK_STR("orders.*");
    s.secret = WEBHOOK_STR("secret-key-123");
    if (webhook_memory_store_init(&in_memory, records, sizeof records, &store) != WEBHOOK_OK ||
        webhook_registry_init(&registry, &r) != WEBHOOK_OK ||
        webhook_delivery_init(&engine, &d) != WEBHOOK_OK ||
        webhook_registry_create(&registry, &s, unix_ms(), &change) != WEBHOOK_OK || !emit_some())
        return 1;
    while (engine.queued > 0) now_ms = webhook_delivery_run(&engine, now_ms, unix_ms());
    ring_print(&ring);
    return engine.delivered != 6;
}
