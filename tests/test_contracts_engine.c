/* test_contracts_engine.c -- every status that the contracts of store, registry and engine list is driven once
 *
 * One function here for each function of the header that returns a status, in the header's order.
 */
#include "engine.h"

/* GIVES(status, call) -- reads as the contract does */
#define GIVES(status, call) CHECK_STATUS(call, WEBHOOK_##status)
#define S(literal) WEBHOOK_STR(literal)

static world w;
static uint64_t block[20000];

/* One webhook that wants all about users, called a */
static void begin(void) {
    world_init(&w);
    world_open(&w);
    world_create(&w, "a", "users.*");
}

static webhook_str record_of(const char *key) {
    const world_record *r = world_find(&w, world_str(key));
    if (!CHECK(r != NULL)) return webhook_str_from(NULL, 0);
    return webhook_str_from(r->bytes, r->len);
}

/* ---- store ---- */

/* A copy of a record with one byte changed; sealed: with good checksums all the same. Free it. */
static char *changed(webhook_str record, size_t at, int by, int sealed) {
    char *p = test_exact(record);
    p[at] = (char)(p[at] + by);
    if (sealed) world_seal(p, record.len);
    return p;
}

static webhook_status read_changed(webhook_str record, size_t at, int sealed) {
    char *p = changed(record, at, 1, sealed);
    webhook_record r;
    webhook_status s = webhook_record_read(webhook_str_from(p, record.len), &r);
    free(p);
    return s;
}

static void record_read(void) {
    webhook_record r;
    webhook_str record;
    begin();
    record = record_of("wa");
    GIVES(OK, webhook_record_read(record, &r));
    CHECK_STR(r.key, "wa");
    CHECK(r.kind == 'w' && r.version > 0);
    GIVES(ERR_DAMAGED, webhook_record_read(webhook_str_from(record.ptr, record.len - 1), &r));
    CHECK(r.key.ptr == NULL && r.value.ptr == NULL && r.version == 0 && r.kind == 0);
    GIVES(ERR_DAMAGED, read_changed(record, 0, 1));
    GIVES(ERR_DAMAGED, read_changed(record, 4, 0));
    GIVES(ERR_DAMAGED, read_changed(record, record.len - 1, 0));
    GIVES(ERR_RANGE, read_changed(record, 4, 1));
    GIVES(ERR_ARGUMENT, webhook_record_read(record, NULL));
    world_close(&w);
}

static void memory_store_init(void) {
    webhook_memory_store m;
    webhook_store s;
    GIVES(OK, webhook_memory_store_init(&m, block, 256, &s));
    GIVES(ERR_ARGUMENT, webhook_memory_store_init(&m, block, 255, &s));
    GIVES(ERR_ARGUMENT, webhook_memory_store_init(NULL, block, 256, &s));
    GIVES(ERR_ARGUMENT, webhook_memory_store_init(&m, NULL, 256, &s));
    GIVES(ERR_ARGUMENT, webhook_memory_store_init(&m, block, 256, NULL));
}

/* The callbacks of the store in memory: what its contract and theirs list */
static void memory_store(void) {
    webhook_memory_store m;
    webhook_store s;
    webhook_str record, whole, other;
    webhook_record r;
    begin();
    world_create(&w, "b", "users.*");
    whole = record_of("wa");
    other = record_of("wb");
    GIVES(OK, webhook_record_read(whole, &r));
    GIVES(OK, webhook_memory_store_init(&m, block, 600, &s));
    GIVES(ERR_NOT_FOUND, s.get(s.user, S("wa"), &record));
    GIVES(OK, s.put(s.user, S("wa"), &whole, 1, 0));
    GIVES(ERR_BUSY, s.put(s.user, S("wa"), &whole, 1, r.version + 1));
    GIVES(OK, s.put(s.user, S("wa"), &whole, 1, r.version));
    GIVES(OK, s.commit(s.user, 1));
    GIVES(OK, s.get(s.user, S("wa"), &record));
    CHECK(webhook_str_eq(record, whole));
    s.release(s.user, record);
    s.remove(s.user, S("wa"));
    GIVES(ERR_NOT_FOUND, s.get(s.user, S("wa"), &record));
    GIVES(OK, webhook_memory_store_init(&m, block, 256, &s));
    GIVES(OK, s.put(s.user, S("wa"), &whole, 1, 0));
    GIVES(ERR_FULL, s.put(s.user, S("wb"), &other, 1, 0));
    world_close(&w);
}

/* ---- webhook ---- */

static void registry_init(void) {
    webhook_registry r;
    webhook_registry_desc d = WEBHOOK_ZERO;
    world_init(&w);
    d.arena = block;
    d.arena_len = sizeof block;
    d.store = &w.store;
    GIVES(OK, webhook_registry_init(&r, &d));
    GIVES(ERR_ARGUMENT, webhook_registry_init(NULL, &d));
    GIVES(ERR_ARGUMENT, webhook_registry_init(&r, NULL));
    d.arena_len = 1;
    GIVES(ERR_ARGUMENT, webhook_registry_init(&r, &d));
    d.arena_len = sizeof block - 8;
    d.arena = (char *)block + 1;
    GIVES(ERR_ARGUMENT, webhook_registry_init(&r, &d));
    d.arena = block;
    d.store = NULL;
    GIVES(ERR_ARGUMENT, webhook_registry_init(&r, &d));
    d.store = &w.store;
    d.arena = NULL;
    GIVES(ERR_ARGUMENT, webhook_registry_init(&r, &d));
}

/* Calls from inside of callbacks: each is refused */
static webhook_status inside[8];

static void ask_inside(world *x, const char *where) {
    webhook_settings s = world_settings("z", "users.*"), u = WEBHOOK_ZERO;
    webhook_change c;
    webhook_str missing, wa = record_of("wa");
    u.name = S("another");
    (void)where;
    inside[0] = webhook_registry_move(&x->registry, block, sizeof block);
    inside[1] = webhook_registry_create(&x->registry, &s, 0, &c);
    inside[2] = webhook_registry_update(&x->registry, S("a"), &u, 0, &c);
    inside[3] = webhook_registry_take(&x->registry, wa);
    inside[4] = webhook_registry_absent(&x->registry, S("wz"));
    inside[5] = world_emit(x, "e1", "users.u1");
    inside[6] = webhook_delivery_take(&x->d, wa, NULL, 0, &missing);
    inside[7] = webhook_delivery_let_go(&x->d, S("e"));
}

static void busy_inside_of_callbacks(void) {
    size_t i;
    begin();
    GIVES(OK, world_emit(&w, "e1", "users.u1"));
    w.inside = ask_inside;
    world_run(&w);
    w.inside = NULL;
    for (i = 0; i < 8; i++) GIVES(ERR_BUSY, inside[i]);
    world_answer_all(&w, 200);
    world_close(&w);
}

static void registry_move(void) {
    void *arena;
    begin();
    GIVES(ERR_ARGUMENT, webhook_registry_move(&w.registry, NULL, 10000));
    GIVES(ERR_ARGUMENT, webhook_registry_move(NULL, block, sizeof block));
    GIVES(ERR_ARGUMENT, webhook_registry_move(&w.registry, (char *)block + 1, 10000));
    GIVES(ERR_FULL, webhook_registry_move(&w.registry, block, 200));
    arena = world_memory(10000);
    GIVES(OK, webhook_registry_move(&w.registry, arena, 10000));
    free(w.arena);
    w.arena = arena;
    CHECK_STR(world_info(&w, "a").settings.name, "Order Notifications");
    world_close(&w);
}

enum { CREATE, UPDATE };

/* Status, field and offset of a change that is refused, and nothing has changed */
static void refuses(int what, webhook_status status, const webhook_settings *s, unsigned fault,
                    size_t offset) {
    webhook_change c;
    size_t puts = w.puts;
    CHECK_STATUS(what == CREATE ? webhook_registry_create(&w.registry, s, 0, &c)
                                : webhook_registry_update(&w.registry, S("a"), s, 0, &c),
                 status);
    CHECK(c.fault == fault);
    CHECK_SIZE(c.offset, offset);
    CHECK_SIZE(w.puts, puts);
}

#define REFUSES(status, assignment, fault, offset)                          \
    do {                                                                    \
        s = world_settings("b", "users.*");                                 \
        s.assignment;                                                       \
        refuses(CREATE, WEBHOOK_##status, &s, WEBHOOK_SET_##fault, offset); \
        memset(&s, 0, sizeof s);                                            \
        s.assignment;                                                       \
        refuses(UPDATE, WEBHOOK_##status, &s, WEBHOOK_SET_##fault, offset); \
    } while (0)

static void registry_settings(void) {
    static char letters[300];
    webhook_settings s;
    memset(letters, 'x', sizeof letters);
    begin();
    REFUSES(ERR_SYNTAX, name = S("a\nb"), NAME, 1);
    REFUSES(ERR_SYNTAX, events = S("users.*,a..b"), EVENTS, 10);
    REFUSES(ERR_SYNTAX, url = S("https://a b"), URL, 9);
    REFUSES(ERR_LIMIT, name = webhook_str_from(letters, 129), NAME, 128);
    REFUSES(ERR_RANGE, url = S("https://a:65536"), URL, 14);
    REFUSES(ERR_RANGE, max_in_flight = 1001, MAX_IN_FLIGHT, 0);
    REFUSES(ERR_DUPLICATE, headers = S("A: b\r\nA: c\r\n"), HEADERS, 6);
    REFUSES(ERR_FORBIDDEN, headers = S("Host: b\r\n"), HEADERS, 0);
    REFUSES(ERR_FORBIDDEN, url = S("http://127.0.0.1/"), URL, 7);
    s = world_settings("b", "users.*");
    memset(&s.url, 0, sizeof s.url);
    refuses(CREATE, WEBHOOK_ERR_ARGUMENT, &s, WEBHOOK_SET_URL, 0);
    memset(&s, 0, sizeof s);
    s.id = S("b");
    refuses(UPDATE, WEBHOOK_ERR_ARGUMENT, &s, WEBHOOK_SET_ID, 0);
    world_close(&w);
}

static webhook_status no_key(webhook_hmac_key *k, webhook_str secret) {
    (void)k, (void)secret;
    return WEBHOOK_ERR_SYNTAX;
}

static void registry_changes(void) {
    webhook_settings b = world_settings("b", "users.*"), u = WEBHOOK_ZERO;
    webhook_scheme scheme = webhook_scheme_default();
    webhook_change c;
    begin();
    u.name = S("another");
    GIVES(OK, webhook_registry_create(&w.registry, &b, 0, &c));
    GIVES(ERR_TAKEN, webhook_registry_create(&w.registry, &b, 0, &c));
    GIVES(ERR_NOT_FOUND, webhook_registry_update(&w.registry, S("c"), &u, 0, &c));
    GIVES(ERR_NOT_FOUND, webhook_registry_delete(&w.registry, S("c"), 0, &c));
    GIVES(ERR_NOT_FOUND, webhook_registry_drop_queue(&w.registry, S("c"), 0, &c));
    GIVES(OK, webhook_registry_update(&w.registry, S("b"), &u, 0, &c));
    GIVES(OK, webhook_registry_drop_queue(&w.registry, S("b"), 0, &c));
    w.put_says = WEBHOOK_ERR_BUSY; /* another writer was first */
    GIVES(ERR_BUSY, webhook_registry_update(&w.registry, S("b"), &u, 0, &c));
    w.put_says = WEBHOOK_ERR_IO; /* an error of the store */
    GIVES(ERR_IO, webhook_registry_update(&w.registry, S("b"), &u, 0, &c));
    w.put_says = WEBHOOK_OK;
    w.commit_says = WEBHOOK_PENDING;
    GIVES(PENDING, webhook_registry_drop_queue(&w.registry, S("b"), 0, &c));
    CHECK(c.ticket == w.ticket);
    GIVES(ERR_BUSY, webhook_registry_update(&w.registry, S("b"), &u, 0, &c));
    GIVES(ERR_BUSY, webhook_registry_delete(&w.registry, S("b"), 0, &c));
    world_committed(&w, WEBHOOK_OK);
    w.commit_says = WEBHOOK_OK;
    GIVES(OK, webhook_registry_delete(&w.registry, S("b"), 0, &c));
    world_run(&w);
    GIVES(ERR_NOT_FOUND, webhook_registry_delete(&w.registry, S("b"), 0, &c));
    world_close(&w);
    scheme.key = no_key;
    world_init(&w);
    w.registry_desc.scheme = &scheme;
    w.registry_desc.arena_len = webhook_registry_need(1, 100);
    world_open(&w);
    GIVES(ERR_KEY, webhook_registry_create(&w.registry, &b, 0, &c));
    CHECK(c.fault == WEBHOOK_SET_SECRET);
    world_close(&w);
}

static void registry_full(void) {
    webhook_settings s;
    webhook_change c;
    char id[3];
    unsigned i;
    webhook_status st = WEBHOOK_OK;
    world_init(&w);
    w.registry_desc.arena_len = webhook_registry_need(1, 100);
    world_open(&w);
    for (i = 0; i < 50 && st == WEBHOOK_OK; i++) {
        sprintf(id, "%02u", i);
        s = world_settings(id, "users.*");
        st = webhook_registry_create(&w.registry, &s, 0, &c);
    }
    CHECK_STATUS(st, WEBHOOK_ERR_FULL);
    CHECK(w.registry.count == i - 1 && i > 1);
    world_close(&w);
}

static void registry_reads(void) {
    webhook_info info;
    uint64_t cursor = 0;
    begin();
    GIVES(OK, webhook_registry_get(&w.registry, S("a"), &info));
    CHECK_STR(info.settings.id, "a");
    GIVES(ERR_NOT_FOUND, webhook_registry_get(&w.registry, S("b"), &info));
    CHECK(info.settings.id.ptr == NULL && info.created_ms == 0);
    GIVES(OK, webhook_registry_next(&w.registry, &cursor, &info));
    GIVES(END, webhook_registry_next(&w.registry, &cursor, &info));
    world_close(&w);
}

/* The record of another registry's webhook, to take in */
static void registry_take(void) {
    webhook_settings u = WEBHOOK_ZERO;
    webhook_str older, newer, failures;
    char *p, *damaged;
    begin();
    older = record_of("wa");
    p = test_exact(older);
    older.ptr = p;
    u.name = S("another");
    world_update(&w, "a", &u);
    newer = record_of("wa");
    GIVES(NO_MATCH, webhook_registry_take(&w.registry, older));
    GIVES(NO_MATCH, webhook_registry_take(&w.registry, newer));
    damaged = changed(newer, newer.len - 1, 1, 0);
    GIVES(ERR_DAMAGED, webhook_registry_take(&w.registry, webhook_str_from(damaged, newer.len)));
    free(damaged);
    damaged = changed(newer, 4, 1, 1);
    GIVES(ERR_RANGE, webhook_registry_take(&w.registry, webhook_str_from(damaged, newer.len)));
    free(damaged);
    GIVES(OK, world_emit(&w, "e1", "users.u1"));
    GIVES(ERR_ARGUMENT,
          webhook_registry_take(&w.registry, webhook_str_from(w.record[1].bytes, w.record[1].len)));
    world_run(&w);
    world_answer(&w, 0, 400); /* a failure that counts comes with the last attempt */
    while (w.d.queued > 0) {
        world_wait(&w, w.next - w.tick);
        world_answer_all(&w, 400);
    }
    failures = record_of("fa");
    world_crash(&w);
    GIVES(NO_MATCH, webhook_registry_take(&w.registry, failures));
    GIVES(OK, webhook_registry_take(&w.registry, older));
    GIVES(OK, webhook_registry_take(&w.registry, record_of("wa")));
    GIVES(OK, webhook_registry_take(&w.registry, record_of("fa")));
    CHECK_STR(world_info(&w, "a").settings.name, "another");
    CHECK(world_info(&w, "a").failures == 1);
    world_close(&w);
    free(p);
}

static void registry_take_full(void) {
    webhook_str record;
    char *p;
    begin();
    record = record_of("wa");
    p = test_exact(record);
    world_close(&w);
    world_init(&w);
    w.registry_desc.arena_len = 200;
    world_open(&w);
    GIVES(ERR_FULL, webhook_registry_take(&w.registry, webhook_str_from(p, record.len)));
    GIVES(ERR_FULL, webhook_registry_absent(&w.registry, S("wa")));
    world_close(&w);
    free(p);
}

static void registry_absent(void) {
    webhook_change c;
    begin();
    GIVES(OK, webhook_registry_absent(&w.registry, S("wb")));
    GIVES(ERR_ARGUMENT, webhook_registry_absent(&w.registry, S("fb")));
    GIVES(ERR_ARGUMENT, webhook_registry_absent(&w.registry, S("w")));
    GIVES(ERR_ARGUMENT, webhook_registry_absent(&w.registry, S("w-b")));
    w.commit_says = WEBHOOK_PENDING;
    GIVES(PENDING, webhook_registry_drop_queue(&w.registry, S("a"), 0, &c));
    GIVES(ERR_BUSY, webhook_registry_absent(&w.registry, S("wa")));
    world_committed(&w, WEBHOOK_OK);
    GIVES(OK, webhook_registry_absent(&w.registry, S("wa")));
    GIVES(ERR_NOT_FOUND, webhook_registry_drop_queue(&w.registry, S("a"), 0, &c));
    world_close(&w);
}

/* ---- delivery ---- */

static void delivery_init(void) {
    webhook_delivery d;
    webhook_delivery_desc desc;
    size_t need;
    begin();
    GIVES(ERR_ARGUMENT, webhook_delivery_init(&d, &w.desc)); /* the registry has an engine */
    w.registry.engine = NULL;
    desc = w.desc;
    need = webhook_delivery_need(&desc);
    GIVES(ERR_ARGUMENT, webhook_delivery_init(NULL, &desc));
    GIVES(ERR_ARGUMENT, webhook_delivery_init(&d, NULL));
    desc.start = NULL;
    GIVES(ERR_ARGUMENT, webhook_delivery_init(&d, &desc));
    desc = w.desc;
    desc.cancel = NULL;
    GIVES(ERR_ARGUMENT, webhook_delivery_init(&d, &desc));
    desc = w.desc;
    desc.registry = NULL;
    GIVES(ERR_ARGUMENT, webhook_delivery_init(&d, &desc));
    desc = w.desc;
    desc.memory_len = need - 1;
    GIVES(ERR_ARGUMENT, webhook_delivery_init(&d, &desc));
    desc.memory_len = need;
    desc.memory = (char *)w.memory + 1;
    GIVES(ERR_ARGUMENT, webhook_delivery_init(&d, &desc));
    desc.memory = NULL;
    GIVES(ERR_ARGUMENT, webhook_delivery_init(&d, &desc));
    desc = w.desc;
    desc.max_retries = 65535;
    CHECK_SIZE(webhook_delivery_need(&desc), 0);
    GIVES(ERR_ARGUMENT, webhook_delivery_init(&d, &desc));
    desc.max_retries = 65534;
    CHECK(webhook_delivery_need(&desc) > 0);
    desc.retry_factor_milli = 999;
    CHECK_SIZE(webhook_delivery_need(&desc), 0);
    desc.retry_factor_milli = 1000;
    desc.n_retry_table = 1;
    CHECK_SIZE(webhook_delivery_need(&desc), 0);
    CHECK_SIZE(webhook_delivery_need(NULL), 0);
    desc = w.desc;
    desc.log = NULL;
    GIVES(OK, webhook_delivery_init(&d, &desc));
    world_close(&w);
}

static webhook_status emit_body(const char *body) {
    webhook_emit e = WEBHOOK_ZERO;
    webhook_emitted out;
    webhook_status s;
    e.body = world_str(body);
    s = webhook_delivery_emit(&w.d, &e, &out);
    if (s < 0) CHECK(out.deliveries == 0 && out.ticket == 0 && out.key[0] == 0);
    return s;
}

#define ENVELOPE                                                            \
    "{\"$id\":\"e1\",\"event\":\"users.u1\",\"timestamp\":\"2025-01-15T10:" \
    "30:00.000Z\",\"payload\":"

static void delivery_emit(void) {
    webhook_emit e = WEBHOOK_ZERO;
    webhook_emitted out;
    static char deep[200] = ENVELOPE;
    memset(deep + strlen(deep), '[', 70);
    begin();
    GIVES(OK, emit_body(ENVELOPE "1}"));
    GIVES(ERR_SYNTAX, emit_body(ENVELOPE "}"));
    GIVES(ERR_SYNTAX, emit_body("{}"));
    GIVES(ERR_TRUNCATED, emit_body(ENVELOPE "1"));
    GIVES(ERR_LIMIT, emit_body(deep));
    GIVES(ERR_DUPLICATE, emit_body(ENVELOPE "1,\"event\":\"users.u2\"}"));
    GIVES(ERR_SYNTAX, world_emit(&w, "e 1", "users.u1"));
    GIVES(ERR_SYNTAX, world_emit(&w, "e1", "users..u1"));
    GIVES(ERR_SYNTAX, world_emit(&w, "e1", "users.*"));
    GIVES(ERR_LIMIT, world_emit(&w, "e1-that-is-of-more-than-36-bytes-----", "users.u1"));
    GIVES(ERR_LIMIT, world_emit(&w, "e1", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17"));
    GIVES(ERR_ARGUMENT, world_emit(&w, "e1", ""));
    GIVES(ERR_ARGUMENT, world_emit(&w, "", "users.u1"));
    GIVES(ERR_ARGUMENT, webhook_delivery_emit(&w.d, &e, NULL));
    GIVES(ERR_ARGUMENT, webhook_delivery_emit(&w.d, NULL, &out));
    GIVES(ERR_ARGUMENT, webhook_delivery_emit(NULL, &e, &out));
    GIVES(ERR_NOT_FOUND, world_emit_to(&w, "b", "e1", "users.u1", S("1"), &out));
    w.put_says = WEBHOOK_ERR_FULL;
    GIVES(ERR_FULL, world_emit(&w, "e2", "users.u1"));
    w.put_says = WEBHOOK_ERR_IO;
    GIVES(ERR_IO, world_emit(&w, "e2", "users.u1"));
    w.put_says = WEBHOOK_OK;
    w.commit_says = WEBHOOK_ERR_IO;
    GIVES(ERR_IO, world_emit(&w, "e2", "users.u1"));
    w.commit_says = WEBHOOK_PENDING;
    GIVES(PENDING, world_emit(&w, "e2", "users.u1"));
    world_committed(&w, WEBHOOK_OK);
    w.commit_says = WEBHOOK_OK;
    world_run(&w);
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 2);
    world_close(&w);
}

static void delivery_emit_full(void) {
    size_t i;
    for (i = 0; i < 3; i++) {
        world_init(&w);
        if (i == 0) w.desc.max_queue = 1;
        if (i == 1) w.desc.max_events = 1;
        if (i == 2) w.desc.max_fanout = 1;
        world_open(&w);
        world_create(&w, "a", "users.*");
        if (i == 2) world_create(&w, "b", "users.*");
        if (i < 2) GIVES(OK, world_emit(&w, "e1", "users.u1"));
        GIVES(ERR_FULL, world_emit(&w, "e2", "users.u1"));
        GIVES(OK, world_emit(&w, "e2", "teams.t1")); /* which nobody wants */
        world_run(&w);
        world_answer_all(&w, 200);
        world_close(&w);
    }
}

static void delivery_complete(void) {
    webhook_result r = WEBHOOK_ZERO;
    webhook_attempt a;
    begin();
    GIVES(OK, world_emit(&w, "e1", "users.u1"));
    world_run(&w);
    a = w.sent[0].a;
    r.status = 200;
    w.sent[0].open = 0;
    GIVES(OK, webhook_delivery_complete(&w.d, a, &r));
    GIVES(NO_MATCH, webhook_delivery_complete(&w.d, a, &r));
    world_run(&w);
    GIVES(NO_MATCH, webhook_delivery_complete(&w.d, a, &r));
    a.slot = UINT32_MAX;
    GIVES(NO_MATCH, webhook_delivery_complete(&w.d, a, &r));
    world_close(&w);
}

static webhook_status take(webhook_str record) {
    webhook_str missing;
    uint64_t queued = w.d.queued;
    webhook_status s = webhook_delivery_take(&w.d, record, NULL, 0, &missing);
    if (s != WEBHOOK_OK) CHECK(w.d.queued == queued);
    CHECK((s == WEBHOOK_ERR_NOT_FOUND) == (missing.len > 0));
    return s;
}

static void delivery_take(void) {
    webhook_emitted out;
    webhook_str record, missing;
    char *p, *wa, key[WEBHOOK_EVENT_KEY_MAX + 1];
    size_t wa_len;
    begin();
    GIVES(OK, world_emit_to(&w, "", "e1", "users.u1", S("1"), &out));
    world_text(key, sizeof key, webhook_str_from(out.key, sizeof out.key));
    record = record_of(key);
    GIVES(OK, take(record)); /* held already */
    CHECK(w.d.queued == 1);
    GIVES(ERR_ARGUMENT, take(record_of("wa")));
    GIVES(ERR_ARGUMENT, webhook_delivery_take(&w.d, record, NULL, 0, NULL));
    GIVES(ERR_ARGUMENT, webhook_delivery_take(&w.d, record, NULL, 1, &missing));
    GIVES(ERR_DAMAGED, take(webhook_str_from(record.ptr, record.len - 1)));
    p = changed(record, 4, 1, 1);
    GIVES(ERR_RANGE, take(webhook_str_from(p, record.len)));
    free(p);
    wa_len = record_of("wa").len;
    wa = test_exact(record_of("wa"));
    world_crash(&w);
    record = record_of(key);
    GIVES(ERR_NOT_FOUND, take(record));
    GIVES(OK, webhook_registry_take(&w.registry, webhook_str_from(wa, wa_len)));
    GIVES(OK, take(record));
    CHECK(w.d.queued == 1);
    world_run(&w);
    world_answer(&w, 0, 200);
    free(wa);
    world_close(&w);
}

/* A record whose checksums hold and whose value is none: cut before its body, or with a list of what is no webhook.
 * A body may be of any length. */
static void delivery_take_damaged(void) {
    webhook_emitted out;
    webhook_str record, key, to = S("wa");
    size_t len, at, body = 3;
    char *p;
    begin();
    GIVES(OK, world_emit_to(&w, "", "e1", "users.u1", S("123"), &out));
    key = webhook_str_from(out.key, sizeof out.key);
    record = record_of(w.record[1].key);
    p = test_exact(record);
    GIVES(OK, webhook_delivery_let_go(&w.d, key));
    for (len = 24 + key.len; len <= record.len; len++) {
        char *cut = test_exact(webhook_str_from(p, len));
        size_t n = len - 24 - key.len;
        cut[14] = (char)(unsigned char)(n >> 8);
        cut[15] = (char)(unsigned char)n;
        world_seal(cut, len);
        CHECK_STATUS(take(webhook_str_from(cut, len)),
                     len < record.len - body ? WEBHOOK_ERR_DAMAGED : WEBHOOK_OK);
        (void)webhook_delivery_let_go(&w.d, key);
        free(cut);
    }
    for (at = record.len - body - to.len; memcmp(p + at, to.ptr, to.len) != 0; at--) {
    }
    p[at] = 'x';
    world_seal(p, record.len);
    GIVES(ERR_DAMAGED, take(webhook_str_from(p, record.len)));
    p[at] = 'w';
    p[at + 1] = '-';
    world_seal(p, record.len);
    GIVES(ERR_DAMAGED, take(webhook_str_from(p, record.len)));
    p[at + 1] = 'b';
    world_seal(p, record.len);
    GIVES(ERR_NOT_FOUND, take(webhook_str_from(p, record.len)));
    CHECK(w.d.queued == 0 && w.d.events == 0);
    free(p);
    world_remove(&w, key);
    world_close(&w);
}

/* max_events and the memory are limits, max_queue by itself is none. */
static void delivery_take_full(void) {
    size_t i, n = 0, need;
    webhook_status s;
    begin();
    for (i = 0; i < 8; i++) GIVES(OK, world_emit(&w, "e1", "users.u1"));
    w.desc.max_queue = w.desc.max_events = 2;
    w.desc.memory_len = 0;
    world_crash(&w);
    GIVES(OK, webhook_registry_take(&w.registry, record_of("wa")));
    for (i = 0; i < w.records; i++) {
        if (w.record[i].key[0] != 'e') continue;
        s = world_take(&w, &w.record[i]);
        CHECK_STATUS(s, n < 2 ? WEBHOOK_OK : WEBHOOK_ERR_FULL);
        n += s == WEBHOOK_OK;
    }
    CHECK(n == 2 && w.d.queued == 2);
    need = webhook_delivery_need(&w.desc);
    w.desc.memory_len = need + 8 * 256;
    world_crash(&w);
    GIVES(OK, webhook_registry_take(&w.registry, record_of("wa")));
    for (i = 0; i < w.records; i++)
        if (w.record[i].key[0] == 'e') GIVES(OK, world_take(&w, &w.record[i]));
    CHECK(w.d.queued == 8);
    GIVES(ERR_FULL, world_emit(&w, "e2", "users.u1")); /* here it is */
    world_run(&w);
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 8);
    world_close(&w);
}

static void delivery_let_go(void) {
    webhook_emitted out;
    webhook_str key;
    begin();
    w.commit_says = WEBHOOK_PENDING;
    GIVES(PENDING, world_emit_to(&w, "", "e1", "users.u1", S("1"), &out));
    key = webhook_str_from(out.key, sizeof out.key);
    GIVES(ERR_BUSY, webhook_delivery_let_go(&w.d, key)); /* its commit is open */
    world_committed(&w, WEBHOOK_OK);
    out.key[0] = 'd';
    GIVES(NO_MATCH, webhook_delivery_let_go(&w.d, key));
    out.key[0] = 'e';
    key.len--;
    GIVES(NO_MATCH, webhook_delivery_let_go(&w.d, key));
    key.len++;
    GIVES(OK, webhook_delivery_let_go(&w.d, key));
    GIVES(NO_MATCH, webhook_delivery_let_go(&w.d, key));
    GIVES(NO_MATCH, webhook_delivery_let_go(&w.d, S("no key at all")));
    CHECK(w.d.queued == 0 && world_records(&w, "e") == 1);
    world_remove(&w, key);
    world_close(&w);
}

void suite_contracts_engine(void) {
    RUN(record_read);
    RUN(memory_store_init);
    RUN(memory_store);
    RUN(registry_init);
    RUN(busy_inside_of_callbacks);
    RUN(registry_move);
    RUN(registry_settings);
    RUN(registry_changes);
    RUN(registry_full);
    RUN(registry_reads);
    RUN(registry_take);
    RUN(registry_take_full);
    RUN(registry_absent);
    RUN(delivery_init);
    RUN(delivery_emit);
    RUN(delivery_emit_full);
    RUN(delivery_complete);
    RUN(delivery_take);
    RUN(delivery_take_damaged);
    RUN(delivery_take_full);
    RUN(delivery_let_go);
}
