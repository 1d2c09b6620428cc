/* emit.c -- what a device runs that emits events; nothing but this path is in the size programs */
#include "emit.h"

static void start(void *transport, webhook_attempt a, const webhook_request *r) {
    small_emitter *e = (small_emitter *)transport;
    webhook_result none = WEBHOOK_ZERO;
    e->attempt = a;
    e->busy = radio_dial(&r->url) != 0;
    if (e->busy)
        webhook_exchange_init(&e->x, r->head, r->body, r->deadline_ms, e->reply, sizeof e->reply);
    else
        webhook_delivery_complete(&e->engine, a, &none);
}

static void cancel(void *transport, webhook_attempt a) {
    small_emitter *e = (small_emitter *)transport;
    (void)a;
    e->busy = 0;
    radio_hang_up();
}

/* over -- the attempt is; its status is 0 where there was no answer */
static void over(small_emitter *e, webhook_status s) {
    webhook_result r = WEBHOOK_ZERO;
    if (s == WEBHOOK_OK) r.status = e->x.status;
    r.retry_after = webhook_exchange_retry_after(&e->x);
    r.timed_out = s == WEBHOOK_ERR_TIMEOUT;
    e->busy = 0;
    radio_hang_up();
    webhook_delivery_complete(&e->engine, e->attempt, &r);
}

webhook_status small_start(small_emitter *e, const webhook_settings *to, uint64_t seed,
                           int64_t unix_ms,
                           void (*log)(void *user, const webhook_log_entry *entry)) {
    webhook_registry_desc r = WEBHOOK_ZERO;
    webhook_delivery_desc d = WEBHOOK_ZERO;
    webhook_change change;
    webhook_status s = webhook_memory_store_init(&e->records, e->block, sizeof e->block, &e->store);
    e->busy = 0;
    r.store = &e->store;
    r.arena = e->arena;
    r.arena_len = sizeof e->arena;
    r.seed = seed;
    d.registry = &e->registry;
    d.memory = e->memory;
    d.memory_len = sizeof e->memory;
    d.max_queue = SMALL_QUEUE;
    d.max_fanout = 1;
    d.max_in_flight = 1;
    d.head_size = SMALL_HEAD;
    d.retry_base_ms = 1250;
    d.transport = e;
    d.start = start;
    d.cancel = cancel;
    d.log = log;
    if (s == WEBHOOK_OK) s = webhook_registry_init(&e->registry, &r);
    if (s == WEBHOOK_OK) s = webhook_delivery_init(&e->engine, &d);
    return s == WEBHOOK_OK ? webhook_registry_create(&e->registry, to, unix_ms, &change) : s;
}

webhook_status small_emit(small_emitter *e, webhook_str id, webhook_str event, int64_t reading,
                          int64_t unix_ms, webhook_emitted *out) {
    webhook_buf b = webhook_buf_from(e->body, sizeof e->body);
    webhook_envelope envelope = WEBHOOK_ZERO;
    webhook_emit m = WEBHOOK_ZERO;
    webhook_json_writer w;
    webhook_status s;
    envelope.id = id;
    envelope.event = event;
    envelope.unix_ms = unix_ms;
    webhook_payload_begin(&w, &b, &envelope);
    webhook_json_put_int(&w, reading);
    s = webhook_payload_end(&w);
    m.body = webhook_buf_str(&b);
    m.id = id; /* given, so that the envelope is not read again */
    m.event = event;
    return s == WEBHOOK_OK ? webhook_delivery_emit(&e->engine, &m, out) : s;
}

uint64_t small_go_on(small_emitter *e, uint64_t tick_ms, int64_t unix_ms) {
    webhook_io io = WEBHOOK_ZERO;
    io.send = radio_send;
    io.recv = radio_recv;
    for (;;) {
        uint64_t next = webhook_delivery_run(&e->engine, tick_ms, unix_ms);
        webhook_status s;
        if (!e->busy) return next;
        s = webhook_exchange_run(&e->x, tick_ms, &io, e->piece, sizeof e->piece);
        if (s == WEBHOOK_WANT_SEND || s == WEBHOOK_WANT_RECV) return next;
        over(e, s);
    }
}
