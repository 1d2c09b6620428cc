/* service.c -- events from standard input go to two webhooks; exit status 1: not all have arrived
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/service.c -pthread -o service
 *     echo 'orders.o1.create {"n":3}' | WEBHOOK_SECRET=secret-key-123 ./service URL URL
 */
#define WEBHOOK_POSIX
#include <stdio.h>
#include <stdlib.h>
#include "../webhook.h"

static uint64_t arena[1024], records[1 << 20], memory[1 << 16]; /* registry, store, engine */
static webhook_memory_store in_memory;
static webhook_store store;
static webhook_registry registry;
static webhook_delivery engine;
static int more = 1, lost; /* lines are to come; events that were not accepted */

static void log_attempt(void *user, const webhook_log_entry *e) {
    fprintf((FILE *)user, "%.*s: %.*s: attempt %lu: status %u %.*s\n", (int)e->webhook_id.len,
            e->webhook_id.ptr, (int)e->event.len, e->event.ptr, (unsigned long)e->attempt,
            e->status, (int)e->error.len, e->error.ptr);
}

static void emit_line(webhook_posix_watch *w, unsigned events) {
    static uint32_t words[WEBHOOK_JSON_SCRATCH(4096)];
    static char line[4096], body[8192], id[WEBHOOK_ID_MAX];
    unsigned char random[16];
    webhook_buf b = webhook_buf_from(body, sizeof body);
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_emit what = WEBHOOK_ZERO;
    webhook_emitted out;
    webhook_status s;
    (void)w, (void)events;
    if (!(more = fgets(line, sizeof line, stdin) != NULL)) return;
    if (!webhook_posix_random(random, sizeof random)) e.id = webhook_id_make(id, random);
    e.unix_ms = webhook_posix_unix_ms();
    e.payload = webhook_str_from_cstr(line);
    (void)webhook_str_cut(&e.payload, ' ', &e.event);
    s = webhook_payload_write(&b, &e, (webhook_json_scratch){ words, sizeof words / 4 }, NULL);
    what.body = webhook_buf_str(&b);
    if (s == WEBHOOK_OK) s = webhook_delivery_emit(&engine, &what, &out);
    if (s != WEBHOOK_OK) lost += fprintf(stderr, "%s: %s", webhook_status_str(s), line) > 0;
}

int main(int argc, char **argv) {
    webhook_guard guard = WEBHOOK_ZERO;
    webhook_registry_desc r = WEBHOOK_ZERO;
    webhook_delivery_desc d = WEBHOOK_ZERO;
    webhook_posix_client_desc c = WEBHOOK_ZERO;
    webhook_posix_client *client;
    webhook_posix_watch in = WEBHOOK_ZERO; /* of descriptor 0 */
    uint64_t next;
    r.arena = arena, r.arena_len = sizeof arena, r.store = &store, d.registry = &registry;
    d.memory = memory, d.memory_len = sizeof memory, d.log = log_attempt, d.log_user = stderr;
    r.guard = c.guard = &guard, guard.allow_private = 1; /* else to public addresses alone */
    if (webhook_memory_store_init(&in_memory, records, sizeof records, &store) ||
        webhook_registry_init(&registry, &r) || webhook_posix_loop_open(&c.loop) ||
        webhook_posix_client_open(&client, &c) ||
        webhook_posix_client_transport(client, &engine, &d) || webhook_delivery_init(&engine, &d))
        return 1;
    for (int i = 1; i <= 2; i++) {
        webhook_settings s = WEBHOOK_ZERO;
        webhook_change out;
        s.id = s.name = i == 1 ? WEBHOOK_STR("first") : WEBHOOK_STR("second");
        s.events = i == 1 ? WEBHOOK_STR("orders.*") : WEBHOOK_STR("orders.*,users.*");
        s.url = webhook_str_from_cstr(i < argc ? argv[i] : NULL);
        s.secret = webhook_str_from_cstr(getenv("WEBHOOK_SECRET"));
        if (webhook_registry_create(&registry, &s, webhook_posix_unix_ms(), &out))
            return fprintf(stderr, "webhook %d: bad %s\n", i, webhook_setting_str(out.fault)), 1;
    }
    setvbuf(stdin, NULL, _IONBF, 0); /* so that the loop sees all that waits */
    for (in.ready = emit_line; more || engine.queued > 0;) {
        unsigned want = more && engine.queued < 900 ? WEBHOOK_POSIX_READ : 0;
        int file = webhook_posix_loop_watch(c.loop, &in, want, UINT64_MAX) && want; /* no pipe */
        if (file) emit_line(&in, want);
        next = webhook_delivery_run(&engine, webhook_posix_tick(), webhook_posix_unix_ms());
        if (more || engine.queued > 0) webhook_posix_loop_wait(c.loop, file ? 0 : next);
    }
    return lost > 0 || engine.gave_up > 0;
}
