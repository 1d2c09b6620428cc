/* engine.c -- registry, memory store and engine over the posix loop, for the scripts of tests/interop
 *
 * On standard input commands come, one a line, split at tabs:
 *
 *     set      name=number …     limit, base, factor, cap, retries, slots, pause_after, pause_on_gone, as in the desc
 *     ca       FILE              https trusts these certificates
 *     webhook  setting=text …    id, secret, name, url, events, user, pass, at_once, and header, as often as there are some
 *     emit     $id EVENT PAYLOAD
 *     wait     MS
 *
 * set and ca come before the first webhook. After the last command the engine runs until nothing is queued any more.
 * Standard output has JSON, one object a line: {"emitted":…} for each event, {"log":…} for each entry, at the end
 * {"webhook":…} for each webhook, and last {"end":…}.
 */
#define WEBHOOK_POSIX
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../webhook.h"
#ifdef HAVE_OPENSSL
#include "../../examples/tls_openssl.h"
#endif

enum {
    STORE = 64 << 20,
    ARENA = 1 << 20,
    BODY = 4 << 20,
    QUEUE = 5000,
    LAST_MS = 90000,
    KEYS = 5000
};

static webhook_memory_store records;
static webhook_store store;
static webhook_registry registry;
static webhook_delivery engine;
static webhook_delivery_desc desc;
static webhook_posix_client_desc client_desc;
static webhook_posix_client *client;
static webhook_guard guard;
#ifdef HAVE_OPENSSL
static webhook_tls tls;
#endif
static int running;                            /* the engine has been set up */
static char keys[KEYS][WEBHOOK_EVENT_KEY_MAX]; /* of the events that were accepted */
static size_t n_keys;
static unsigned commands;

static void die(const char *what) {
    fprintf(stderr, "engine: command %u: %s\n", commands, what);
    exit(2);
}

static void need(webhook_status s, const char *what) {
    if (s == WEBHOOK_OK) return;
    fprintf(stderr, "engine: command %u: %s: %s\n", commands, what, webhook_status_str(s));
    exit(2);
}

static void *memory(size_t n) {
    void *p = malloc(n);
    if (p == NULL) die("no memory");
    return p;
}

/* ---- standard output ---- */

static webhook_status flush(void *user, webhook_str bytes) {
    return fwrite(bytes.ptr, 1, bytes.len, (FILE *)user) == bytes.len ? WEBHOOK_OK : WEBHOOK_ERR_IO;
}

static char block[65536];
static webhook_buf out;
static webhook_json_writer line;

static void begin(const char *what) {
    out = webhook_buf_from(block, sizeof block);
    out.flush = flush;
    out.user = stdout;
    webhook_json_writer_init(&line, &out);
    webhook_json_put_object(&line);
    webhook_json_put_key(&line, webhook_str_from_cstr(what));
    webhook_json_put_object(&line);
}

static void text(const char *key, webhook_str s) {
    webhook_json_put_key(&line, webhook_str_from_cstr(key));
    webhook_json_put_string(&line, s);
}

static void number(const char *key, int64_t n) {
    webhook_json_put_key(&line, webhook_str_from_cstr(key));
    webhook_json_put_int(&line, n);
}

static void finish(void) {
    webhook_json_put_end(&line);
    webhook_json_put_end(&line);
    need(webhook_json_writer_end(&line), "output");
    putchar('\n');
    fflush(stdout);
}

/* ---- the engine ---- */

static void log_entry(void *user, const webhook_log_entry *e) {
    static const char *const outcome[] = { "none", "delivered", "retrying", "gave up",
                                           "cancelled" };
    (void)user;
    begin("log");
    text("webhook", e->webhook_id);
    text("key", e->event_key);
    text("id", e->event_id);
    text("event", e->event);
    text("payload", e->payload);
    text("error", e->error);
    text("outcome", webhook_str_from_cstr(outcome[e->outcome]));
    number("attempt", e->attempt);
    number("status", e->status);
    number("requested_ms", e->requested_ms);
    number("next_ms", e->next_ms);
    number("response_ms", e->response_ms);
    number("count", e->count);
    number("now_ms", webhook_posix_unix_ms());
    finish();
}

static void set_up(void) {
    webhook_registry_desc r = WEBHOOK_ZERO;
    if (running) return;
    running = 1;
    need(webhook_memory_store_init(&records, memory(STORE), STORE, &store), "store");
    guard.allow_private = 1;
    r.store = &store;
    r.arena = memory(ARENA);
    r.arena_len = ARENA;
    r.guard = &guard;
    need(webhook_posix_random(&r.seed, sizeof r.seed), "random");
    need(webhook_registry_init(&registry, &r), "registry");
    client_desc.guard = &guard;
    need(webhook_posix_loop_open(&client_desc.loop), "loop");
    need(webhook_posix_client_open(&client, &client_desc), "client");
    desc.registry = &registry;
    desc.max_queue = QUEUE;
    desc.log = log_entry;
    need(webhook_posix_client_transport(client, &engine, &desc), "transport");
    desc.memory_len = webhook_delivery_need(&desc);
    if (desc.memory_len == 0) die("a bad desc");
    desc.memory = memory(desc.memory_len);
    need(webhook_delivery_init(&engine, &desc), "engine");
}

static uint64_t run(void) {
    return webhook_delivery_run(&engine, webhook_posix_tick(), webhook_posix_unix_ms());
}

/* idle -- until something happens, next, or end at the latest */
static void idle(uint64_t next, uint64_t end) {
    webhook_posix_loop_wait(client_desc.loop, next < end ? next : end);
}

/* ---- commands ---- */

/* word -- the next of a command, "name=value" apart; 0 where none is left */
static int word(webhook_str *rest, webhook_str *name, webhook_str *value) {
    if (webhook_str_cut(rest, '\t', value) != WEBHOOK_OK) return 0;
    (void)webhook_str_cut(value, '=', name);
    return 1;
}

static uint32_t count(webhook_str s) {
    uint64_t n;
    if (webhook_decimal_read(s, &n) != WEBHOOK_OK || n > UINT32_MAX) die("no number");
    return (uint32_t)n;
}

static int is(webhook_str s, const char *name) {
    return webhook_str_eq(s, webhook_str_from_cstr(name));
}

static void set(webhook_str rest) {
    static const struct {
        const char *name;
        uint32_t *to;
    } row[] = { { "limit", &desc.time_limit_ms },       { "base", &desc.retry_base_ms },
                { "factor", &desc.retry_factor_milli }, { "cap", &desc.retry_cap_ms },
                { "retries", &desc.max_retries },       { "slots", &desc.max_in_flight },
                { "pause_after", &desc.pause_after } };
    webhook_str name, value;
    size_t i;
    if (running) die("set comes first");
    while (word(&rest, &name, &value)) {
        for (i = 0; i < sizeof row / sizeof *row && !is(name, row[i].name);) i++;
        if (i < sizeof row / sizeof *row)
            *row[i].to = count(value);
        else if (is(name, "pause_on_gone"))
            desc.pause_on_gone = (uint8_t)count(value);
        else
            die("set: no such name");
    }
}

static void ca(webhook_str file) {
#ifdef HAVE_OPENSSL
    char path[4096];
    const char *error;
    snprintf(path, sizeof path, "%.*s", (int)file.len, file.ptr);
    error = tls_openssl_open(&tls, path);
    if (error != NULL) die(error);
    client_desc.tls = &tls;
#else
    (void)file;
    die("this build has no TLS");
#endif
}

static void create(webhook_str rest) {
    webhook_settings s = WEBHOOK_ZERO;
    const struct {
        const char *name;
        webhook_str *to;
    } row[] = { { "id", &s.id },         { "secret", &s.secret }, { "name", &s.name },
                { "url", &s.url },       { "events", &s.events }, { "user", &s.http_user },
                { "pass", &s.http_pass } };
    char lines[4096];
    webhook_buf headers = webhook_buf_from(lines, sizeof lines);
    webhook_change change;
    webhook_str name, value;
    size_t i;
    set_up();
    while (word(&rest, &name, &value)) {
        for (i = 0; i < sizeof row / sizeof *row && !is(name, row[i].name);) i++;
        if (i < sizeof row / sizeof *row) {
            *row[i].to = value;
        } else if (is(name, "header")) {
            webhook_buf_put(&headers, value);
            webhook_buf_put(&headers, WEBHOOK_STR("\r\n"));
        } else if (is(name, "at_once")) {
            s.max_in_flight = count(value);
        } else {
            die("webhook: no such setting");
        }
    }
    s.headers = webhook_buf_str(&headers);
    if (webhook_registry_create(&registry, &s, webhook_posix_unix_ms(), &change) != WEBHOOK_OK)
        die(webhook_setting_str(change.fault));
}

/* body_of -- the envelope, which is written into a block that lives until the next one */
static webhook_str body_of(const webhook_envelope *e) {
    static char *body;
    static uint32_t *words;
    static size_t n_words;
    webhook_json_scratch scratch;
    webhook_buf b;
    size_t want, offset;
    if (body == NULL) body = (char *)memory(BODY);
    b = webhook_buf_from(body, BODY);
    need(webhook_json_scratch_need(e->payload, &want, &offset), "payload");
    if (want > n_words) {
        free(words);
        n_words = want;
        words = (uint32_t *)memory(n_words * sizeof *words);
    }
    scratch.ptr = words;
    scratch.n = n_words;
    need(webhook_payload_write(&b, e, scratch, &offset), "payload");
    return webhook_buf_str(&b);
}

static void emit(webhook_str rest) {
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_emit m = WEBHOOK_ZERO;
    webhook_emitted emitted;
    set_up();
    if (webhook_str_cut(&rest, '\t', &e.id) != WEBHOOK_OK ||
        webhook_str_cut(&rest, '\t', &e.event) != WEBHOOK_OK)
        die("emit: no id or no event");
    e.payload = rest;
    e.unix_ms = webhook_posix_unix_ms();
    m.body = body_of(&e);
    need(webhook_delivery_emit(&engine, &m, &emitted), "emit");
    if (n_keys == KEYS) die("too many events");
    if (emitted.key[0] != 0) memcpy(keys[n_keys++], emitted.key, sizeof emitted.key);
    begin("emitted");
    text("id", e.id);
    number("deliveries", emitted.deliveries);
    number("paused", emitted.paused);
    finish();
    idle(run(), 0);
}

static void wait_ms(webhook_str ms) {
    uint64_t end = webhook_posix_tick() + count(ms);
    set_up();
    while (webhook_posix_tick() < end) idle(run(), end);
}

static void command(webhook_str rest) {
    static const struct {
        const char *name;
        void (*fn)(webhook_str rest);
    } row[] = {
        { "set", set }, { "ca", ca }, { "webhook", create }, { "emit", emit }, { "wait", wait_ms }
    };
    webhook_str what;
    size_t i;
    commands++;
    if (webhook_str_cut(&rest, '\t', &what) != WEBHOOK_OK) return;
    for (i = 0; i < sizeof row / sizeof *row && !is(what, row[i].name);) i++;
    if (i == sizeof row / sizeof *row) die("no such command");
    row[i].fn(rest);
}

/* ---- the end ---- */

/* left -- events whose records are still in the store */
static int64_t left(void) {
    webhook_str record;
    size_t i;
    int64_t n = 0;
    for (i = 0; i < n_keys; i++) {
        webhook_str key = webhook_str_from(keys[i], sizeof keys[i]);
        if (store.get(store.user, key, &record) == WEBHOOK_ERR_NOT_FOUND) continue;
        store.release(store.user, record);
        n++;
    }
    return n;
}

static void report(void) {
    uint64_t cursor = 0;
    webhook_info info;
    while (webhook_registry_next(&registry, &cursor, &info) == WEBHOOK_OK) {
        begin("webhook");
        text("id", info.settings.id);
        number("failures", info.failures);
        number("paused_for", info.paused_for);
        finish();
    }
    begin("end");
    number("delivered", (int64_t)engine.delivered);
    number("gave_up", (int64_t)engine.gave_up);
    number("cancelled", (int64_t)engine.cancelled);
    number("queued", engine.queued);
    number("events", engine.events);
    number("in_flight", engine.in_flight);
    number("left", left());
    number("records", records.records);
    finish();
}

/* read_all -- standard input to its end */
static webhook_str read_all(void) {
    size_t cap = 1 << 20, len = 0, n;
    char *all = (char *)memory(cap);
    while ((n = fread(all + len, 1, cap - len, stdin)) > 0) {
        len += n;
        if (len < cap) continue;
        all = (char *)realloc(all, cap *= 2);
        if (all == NULL) die("no memory");
    }
    return webhook_str_from(all, len);
}

int main(void) {
    webhook_str all = read_all(), lines = all, next;
    uint64_t end, next_ms;
    while (webhook_str_cut(&lines, '\n', &next) == WEBHOOK_OK) command(next);
    set_up();
    end = webhook_posix_tick() + LAST_MS;
    while (next_ms = run(), engine.queued > 0 && webhook_posix_tick() < end) idle(next_ms, end);
    report();
    webhook_posix_client_close(client);
    webhook_posix_loop_close(client_desc.loop);
#ifdef HAVE_OPENSSL
    tls_openssl_close(&tls);
#endif
    free((void *)(uintptr_t)all.ptr);
    return engine.queued > 0;
}
