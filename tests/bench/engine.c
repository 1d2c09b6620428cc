/* engine.c -- what the engine costs: bytes for a webhook, a delivery and an event, ns to accept an
 * event for 1, 100 and 10,000 webhooks, and to deliver when a million wait
 *
 * The store is the one in memory, the transport answers 200 at once: what is left is the library.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* NOLINT: the name is POSIX's */
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../webhook.h"

#define WEBHOOKS 10000u
#define TEXT 64 /* bytes of the texts of one webhook here, at most */
#define SLOTS 1024u

static webhook_memory_store memory_store;
static webhook_store store;
static webhook_registry registry;
static webhook_delivery engine;
static webhook_attempt begun[SLOTS];
static unsigned n_begun;
static uint64_t tick = 1000;
static const int64_t epoch_ms = 1736937000000;

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void check(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "bench: %s failed\n", what);
    exit(1);
}

static void *memory(size_t n) {
    void *p = malloc(n);
    check(p != NULL, "memory");
    return p;
}

static void start(void *transport, webhook_attempt a, const webhook_request *r) {
    (void)transport;
    (void)r;
    begun[n_begun++] = a;
}

static void cancel(void *transport, webhook_attempt a) {
    (void)transport;
    (void)a;
}

static void answer(void) {
    webhook_result r = WEBHOOK_ZERO;
    r.status = 200;
    while (n_begun > 0) (void)webhook_delivery_complete(&engine, begun[--n_begun], &r);
}

/* open_all -- 10,000 webhooks: each has events of its own, every hundredth those of hundreds, all
 * the same one */
static void open_all(size_t store_size, uint32_t max_queue) {
    webhook_registry_desc rd = WEBHOOK_ZERO;
    webhook_delivery_desc d = WEBHOOK_ZERO;
    size_t text = 0;
    unsigned i;
    check(webhook_memory_store_init(&memory_store, memory(store_size), store_size, &store) ==
              WEBHOOK_OK,
          "store");
    rd.arena_len = webhook_registry_need(WEBHOOKS, WEBHOOKS * TEXT * 2);
    rd.arena = memory(rd.arena_len);
    rd.store = &store;
    rd.seed = 42;
    check(webhook_registry_init(&registry, &rd) == WEBHOOK_OK, "registry");
    for (i = 0; i < WEBHOOKS; i++) {
        webhook_settings s = WEBHOOK_ZERO;
        webhook_change change;
        char id[16], events[64];
        snprintf(id, sizeof id, "w%u", i);
        snprintf(events, sizeof events, "orders.o%u,%sall.of.them", i,
                 i % 100 == 0 ? "hundreds.*," : "");
        s.id = webhook_str_from_cstr(id);
        s.name = WEBHOOK_STR("bench");
        s.secret = WEBHOOK_STR("whsec-0123456789abcdef");
        s.url = WEBHOOK_STR("https://api.example.com/webhooks");
        s.events = webhook_str_from_cstr(events);
        text += s.id.len + s.name.len + s.secret.len + s.url.len + s.events.len;
        check(webhook_registry_create(&registry, &s, epoch_ms, &change) == WEBHOOK_OK, "webhook");
    }
    printf("webhook: %.1f bytes beside its texts\n",
           (double)(registry.entries * 128.0 + registry.low - (double)text) / WEBHOOKS);
    d.registry = &registry;
    d.start = start;
    d.cancel = cancel;
    d.max_queue = max_queue;
    d.max_fanout = WEBHOOKS;
    d.max_in_flight = SLOTS;
    d.memory_len = webhook_delivery_need(&d);
    d.memory = memory(d.memory_len);
    check(webhook_delivery_init(&engine, &d) == WEBHOOK_OK, "engine");
}

/* sizes -- from how the need grows */
static void sizes(void) {
    webhook_delivery_desc d = WEBHOOK_ZERO, more;
    d.max_queue = 1u << 20;
    d.max_events = 1u << 20;
    d.max_fanout = 1;
    more = d;
    more.max_queue *= 2;
    printf("delivery: %.1f bytes\n",
           (double)(webhook_delivery_need(&more) - webhook_delivery_need(&d)) / (1u << 20));
    more = d;
    more.max_events *= 2;
    printf("event: %.1f bytes\n",
           (double)(webhook_delivery_need(&more) - webhook_delivery_need(&d)) / (1u << 20));
}

static void emit(const char *title, const char *event, unsigned times, unsigned wanted) {
    char body[600];
    webhook_emit e = WEBHOOK_ZERO;
    webhook_emitted out;
    double began;
    unsigned i;
    int n = snprintf(body, sizeof body,
                     "{\"$id\":\"e1\",\"event\":\"%s\",\"timestamp\":\"2025-01-15T10:30:00.000Z\","
                     "\"payload\":\"%0300d\"}",
                     event, 1);
    e.body = webhook_str_from(body, (size_t)n);
    began = now_ns();
    for (i = 0; i < times; i++)
        check(webhook_delivery_emit(&engine, &e, &out) == WEBHOOK_OK && out.deliveries == wanted,
              "emit");
    printf("%-44s %12.0f\n", title, (now_ns() - began) / times);
}

/* deliver -- until nothing waits */
static void deliver(const char *title) {
    uint32_t all = engine.queued;
    double began = now_ns();
    while (engine.queued > 0) {
        (void)webhook_delivery_run(&engine, tick, epoch_ms + (int64_t)tick);
        answer();
        tick++;
    }
    printf("%-44s %12.0f\n", title, (now_ns() - began) / all);
}

int main(int argc, char **argv) {
    int quick = argc > 1 && strcmp(argv[1], "-q") == 0;
    unsigned events = quick ? 50000 : 1000000;
    sizes();
    open_all((size_t)events * 1024 + ((size_t)64 << 20), events);
    printf("%-44s %12s\n", "", "ns");
    emit("emit that nobody wants, 10,000 webhooks", "nobody.n.wants", quick ? 100 : 1000, 0);
    emit("emit to 1 of 10,000", "orders.o5000", quick ? 100 : 1000, 1);
    emit("emit to 100 of 10,000", "hundreds.h1.come", quick ? 10 : 100, 100);
    emit("emit to 10,000", "all.of.them", 1, WEBHOOKS);
    deliver("run, a delivery of these");
    {
        char title[64];
        webhook_emit e = WEBHOOK_ZERO;
        webhook_emitted out;
        double began = now_ns();
        unsigned i;
        e.body = WEBHOOK_STR("{\"$id\":\"e1\",\"event\":\"orders.o1\",\"timestamp\":"
                             "\"2025-01-15T10:30:00.000Z\",\"payload\":\"one of very many\"}");
        for (i = 0; i < events; i++) {
            char to[16];
            snprintf(to, sizeof to, "w%u", i % WEBHOOKS);
            e.to = webhook_str_from_cstr(to);
            check(webhook_delivery_emit(&engine, &e, &out) == WEBHOOK_OK, "emit to one");
        }
        printf("%-44s %12.0f\n", "emit to one that is named", (now_ns() - began) / events);
        snprintf(title, sizeof title, "run, a delivery with %u queued", engine.queued);
        deliver(title);
    }
    check(memory_store.records == WEBHOOKS, "the store was to be empty of events");
    return 0;
}
