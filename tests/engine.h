/* engine.h -- a small world around an engine: a store that can be late and fail, a transport that notes what it is given,
 * a log that is kept, both clocks
 *
 * What is given away lies in heap blocks of exactly its size, so that sanitizers see one byte too far, and is compared
 * with a copy when it is given back. The functions are inline so that a file may use some of them and leave others.
 */
#ifndef TEST_ENGINE_H
#define TEST_ENGINE_H
#include "schemes.h"
#include "test.h"

enum { WORLD_SLOTS = 16, WORLD_MANY = 256 };
#define WORLD_TICK 5000000
#define WORLD_UNIX_MS INT64_C(1736937000000) /* 2025-01-15T10:30:00Z */
#define WORLD_SECRET "secret-key-123"

/* a record of the store */
typedef struct world_record {
    char key[WEBHOOK_STORE_KEY_MAX + 1];
    char *bytes;
    size_t len;
} world_record;

/* what is lent, and a copy of it */
typedef struct world_loan {
    char *at, *copy;
    size_t len;
} world_loan;

/* an attempt as start was given it; url, head and body are copies in memory */
typedef struct world_sent {
    webhook_attempt a;
    webhook_request given;
    char *memory[3];
    webhook_str url, head, body;
    uint64_t tick;
    int64_t unix_ms;
    int open; /* neither completed nor cut off */
} world_sent;

/* a log entry; its texts are copies, cut where they are very long */
typedef struct world_entry {
    webhook_log_entry e;
    uint64_t tick;
    int64_t unix_ms;
    char id[40], key[WEBHOOK_EVENT_KEY_MAX + 1], event_id[40], event[260], payload[1000],
        error[200];
} world_entry;

typedef struct world {
    /* what the store answers: WEBHOOK_OK is what it would answer by itself. Puts that fail are those of records whose
     * kind is in put_kinds; damage: what is lent has one bit turned */
    webhook_status put_says, commit_says, get_says;
    const char *put_kinds;
    int damage;
    /* what the transport does: complete inside of start with this, where it is not NULL; inside: called from every
     * callback of the engine */
    const webhook_result *at_once;
    void (*inside)(struct world *w, const char *where);

    webhook_store store;
    webhook_registry registry;
    webhook_registry_desc registry_desc;
    webhook_delivery d;
    webhook_delivery_desc desc;
    void *arena, *memory;
    uint64_t tick, next; /* next: what the last run has answered */
    int64_t unix_ms;

    world_record record[WORLD_MANY];
    size_t records;
    world_loan loan[WORLD_MANY];
    size_t lending, lent_bytes, lent_most;
    char wanted[WEBHOOK_STORE_KEY_MAX + 1]; /* the key of the last get that was PENDING */
    size_t puts, removes, commits, gets, releases;
    uint64_t ticket; /* the last one, and whether it is open */
    int open;

    world_sent sent[WORLD_MANY];
    size_t n_sent, n_cancelled;
    world_entry log[WORLD_MANY];
    size_t n_log;
} world;

/* ---- the store ---- */

static inline webhook_str world_str(const char *s) {
    return webhook_str_from_cstr(s);
}

static inline world_record *world_find(world *w, webhook_str key) {
    size_t i;
    for (i = 0; i < w->records; i++)
        if (webhook_str_eq(world_str(w->record[i].key), key)) return &w->record[i];
    return NULL;
}

/* How many records have keys that begin so */
static inline size_t world_records(const world *w, const char *begin) {
    size_t i, n = 0;
    for (i = 0; i < w->records; i++) n += strncmp(w->record[i].key, begin, strlen(begin)) == 0;
    return n;
}

static inline void world_drop(world *w, size_t i) {
    free(w->record[i].bytes);
    w->record[i] = w->record[--w->records];
}

static inline void world_remove(void *user, webhook_str key) {
    world *w = (world *)user;
    char progress[WEBHOOK_STORE_KEY_MAX + 2];
    size_t i, n = key.len;
    w->removes++;
    if (!CHECK(key.len > 0 && key.len <= WEBHOOK_STORE_KEY_MAX)) return;
    memcpy(progress, key.ptr, n);
    progress[n] = 0;
    for (i = 0; i < w->records; i++)
        if (strcmp(w->record[i].key, progress) == 0) world_drop(w, i--);
    if (key.ptr[0] != 'e') return;
    progress[0] = 'd';
    progress[n++] = '/';
    for (i = 0; i < w->records; i++)
        if (strncmp(w->record[i].key, progress, n) == 0) world_drop(w, i--);
}

static inline webhook_status world_put(void *user, webhook_str key, const webhook_str *pieces,
                                       size_t n, uint64_t replaces) {
    world *w = (world *)user;
    world_record *r, *e;
    size_t i, at = 0, len = 0;
    char event[WEBHOOK_EVENT_KEY_MAX];
    (void)replaces;
    w->puts++;
    if (!CHECK(n >= 1 && n <= 4 && key.len > 1 && key.len <= WEBHOOK_STORE_KEY_MAX))
        return WEBHOOK_ERR_IO;
    for (i = 0; i < key.len; i++) CHECK(key.ptr[i] > ' ' && key.ptr[i] < 0x7f);
    if (w->put_says != WEBHOOK_OK && strchr(w->put_kinds, key.ptr[0]) != NULL) return w->put_says;
    if (key.ptr[0] == 'd') {
        CHECK(key.len > WEBHOOK_EVENT_KEY_MAX + 1 && key.ptr[WEBHOOK_EVENT_KEY_MAX] == '/');
        memcpy(event, key.ptr, sizeof event);
        event[0] = 'e';
        e = world_find(w, webhook_str_from(event, sizeof event));
        if (e == NULL) return WEBHOOK_OK;
    }
    for (i = 0; i < n; i++) len += pieces[i].len;
    r = world_find(w, key);
    if (r == NULL) {
        if (!CHECK(w->records < WORLD_MANY)) return WEBHOOK_ERR_FULL;
        r = &w->record[w->records++];
        memcpy(r->key, key.ptr, key.len);
        r->key[key.len] = 0;
    } else
        free(r->bytes);
    r->bytes = (char *)malloc(len + 1);
    if (r->bytes == NULL) abort();
    for (i = 0; i < n; at += pieces[i++].len)
        if (pieces[i].len > 0) memcpy(r->bytes + at, pieces[i].ptr, pieces[i].len);
    r->len = len;
    return WEBHOOK_OK;
}

static inline webhook_status world_commit(void *user, uint64_t ticket) {
    world *w = (world *)user;
    w->commits++;
    CHECK(ticket > w->ticket);
    w->ticket = ticket;
    if (w->commit_says == WEBHOOK_OK && w->open) return WEBHOOK_PENDING;
    if (w->commit_says == WEBHOOK_PENDING) w->open = 1;
    return w->commit_says;
}

static inline webhook_status world_lend(world *w, webhook_str key, webhook_str *record) {
    const world_record *r = world_find(w, key);
    world_loan *l = w->loan;
    *record = webhook_str_from(NULL, 0);
    if (r == NULL) return WEBHOOK_ERR_NOT_FOUND;
    while (l < w->loan + WORLD_MANY && l->at != NULL) l++;
    if (!CHECK(l < w->loan + WORLD_MANY)) return WEBHOOK_ERR_IO;
    l->len = r->len;
    l->at = test_exact(webhook_str_from(r->bytes, r->len));
    if (w->damage) l->at[r->len - 1] ^= 1;
    *record = webhook_str_from(l->at, l->len);
    l->copy = test_exact(*record);
    w->lending++;
    w->lent_bytes += r->len;
    if (w->lent_bytes > w->lent_most) w->lent_most = w->lent_bytes;
    return WEBHOOK_OK;
}

static inline webhook_status world_get(void *user, webhook_str key, webhook_str *record) {
    world *w = (world *)user;
    w->gets++;
    if (!CHECK(key.len <= WEBHOOK_STORE_KEY_MAX)) return WEBHOOK_ERR_NOT_FOUND;
    memcpy(w->wanted, key.ptr, key.len);
    w->wanted[key.len] = 0;
    if (w->get_says != WEBHOOK_OK) return w->get_says;
    return world_lend(w, key, record);
}

static inline void world_end_loan(world_loan *l) {
    free(l->at);
    free(l->copy);
    memset(l, 0, sizeof *l);
}

/* Exactly what was lent, as it was, once */
static inline void world_release(void *user, webhook_str record) {
    world *w = (world *)user;
    world_loan *l = w->loan;
    w->releases++;
    while (l < w->loan + WORLD_MANY && (l->at == NULL || l->at != record.ptr)) l++;
    if (!CHECK(l < w->loan + WORLD_MANY) || !CHECK_SIZE(record.len, l->len)) return;
    CHECK(memcmp(l->copy, record.ptr, record.len) == 0);
    w->lending--;
    w->lent_bytes -= record.len;
    world_end_loan(l);
}

/* The store answers the last get that was PENDING */
static inline void world_got(world *w, webhook_status result) {
    webhook_str record = webhook_str_from(NULL, 0);
    char key[sizeof w->wanted];
    memcpy(key, w->wanted, sizeof key);
    if (result == WEBHOOK_OK) result = world_lend(w, world_str(key), &record);
    webhook_delivery_got(&w->d, world_str(key), result, record);
}

/* All open tickets are settled */
static inline void world_committed(world *w, webhook_status result) {
    w->open = 0;
    webhook_delivery_committed(&w->d, w->ticket, result);
}

/* CRC-32C bit by bit (RFC 3720, B.4), of s behind what has the checksum c */
static inline uint32_t world_crc(uint32_t c, webhook_str s) {
    size_t i, k;
    c = ~c;
    for (i = 0; i < s.len; i++) {
        c ^= (unsigned char)s.ptr[i];
        for (k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ UINT32_C(0x82f63b78) : c >> 1;
    }
    return ~c;
}

/* world_seal -- give a record that was changed the checksums that it then has: of its value at 16, of its first 20
 * bytes and its key, which begins at 24 and whose length is at 6, at 20 */
static inline void world_seal(char *p, size_t len) {
    size_t key = (unsigned char)p[6], i;
    uint32_t crc = world_crc(0, webhook_str_from(p + 24 + key, len - 24 - key));
    for (i = 0; i < 4; i++) p[16 + i] = (char)(unsigned char)(crc >> (24 - 8 * i));
    crc = world_crc(world_crc(0, webhook_str_from(p, 20)), webhook_str_from(p + 24, key));
    for (i = 0; i < 4; i++) p[20 + i] = (char)(unsigned char)(crc >> (24 - 8 * i));
}

/* ---- the transport and the log ---- */

static inline world_sent *world_attempt(world *w, webhook_attempt a) {
    size_t i;
    for (i = w->n_sent; i > 0; i--)
        if (w->sent[i - 1].a.slot == a.slot && w->sent[i - 1].a.generation == a.generation)
            return &w->sent[i - 1];
    return NULL;
}

static inline webhook_str world_copy(char **memory, webhook_str s) {
    *memory = test_exact(s);
    return webhook_str_from(*memory, s.len);
}

static inline void world_start(void *user, webhook_attempt a, const webhook_request *r) {
    world *w = (world *)user;
    world_sent *s;
    size_t i;
    CHECK(a.slot < w->desc.max_in_flight);
    CHECK(world_attempt(w, a) == NULL);
    for (i = 0; i < w->n_sent; i++) CHECK(!w->sent[i].open || w->sent[i].a.slot != a.slot);
    if (!CHECK(w->n_sent < WORLD_MANY)) return;
    s = &w->sent[w->n_sent++];
    s->a = a;
    s->given = *r;
    s->url = world_copy(&s->memory[0], r->url.text);
    s->head = world_copy(&s->memory[1], r->head);
    s->body = world_copy(&s->memory[2], r->body);
    s->tick = w->tick;
    s->unix_ms = w->unix_ms;
    s->open = 1;
    if (w->inside != NULL) w->inside(w, "start");
    if (w->at_once == NULL) return;
    s->open = 0;
    CHECK_STATUS(webhook_delivery_complete(&w->d, a, w->at_once), WEBHOOK_OK);
}

/* What was given must be as it was for as long as the attempt is open. */
static inline void world_unchanged(const world_sent *s) {
    CHECK(webhook_str_eq(s->given.url.text, s->url));
    CHECK(webhook_str_eq(s->given.head, s->head));
    CHECK(webhook_str_eq(s->given.body, s->body));
}

static inline void world_cancel(void *user, webhook_attempt a) {
    world *w = (world *)user;
    world_sent *s = world_attempt(w, a);
    w->n_cancelled++;
    if (!CHECK(s != NULL && s->open)) return;
    world_unchanged(s);
    s->open = 0;
    if (w->inside != NULL) w->inside(w, "cancel");
}

static inline webhook_str world_text(char *to, size_t cap, webhook_str s) {
    size_t n = s.len < cap - 1 ? s.len : cap - 1;
    if (n > 0) memcpy(to, s.ptr, n);
    to[n] = 0;
    return webhook_str_from(to, n);
}

static inline void world_log(void *user, const webhook_log_entry *e) {
    world *w = (world *)user;
    world_entry *l;
    if (!CHECK(w->n_log < WORLD_MANY)) return;
    l = &w->log[w->n_log++];
    l->e = *e;
    l->tick = w->tick;
    l->unix_ms = w->unix_ms;
    l->e.webhook_id = world_text(l->id, sizeof l->id, e->webhook_id);
    l->e.event_key = world_text(l->key, sizeof l->key, e->event_key);
    l->e.event_id = world_text(l->event_id, sizeof l->event_id, e->event_id);
    l->e.event = world_text(l->event, sizeof l->event, e->event);
    l->e.payload = world_text(l->payload, sizeof l->payload, e->payload);
    l->e.error = world_text(l->error, sizeof l->error, e->error);
    if (w->inside != NULL) w->inside(w, "log");
}

/* ---- the world ---- */

static inline void *world_memory(size_t n) {
    void *p = malloc(n);
    if (p == NULL) abort();
    memset(p, 0xa5, n);
    return p;
}

/* world_init -- the defaults; what a test wants otherwise it sets before world_open */
static inline void world_init(world *w) {
    memset(w, 0, sizeof *w);
    w->tick = WORLD_TICK;
    w->unix_ms = WORLD_UNIX_MS;
    w->put_kinds = "wfed";
    w->store.user = w;
    w->store.put = world_put;
    w->store.remove = world_remove;
    w->store.commit = world_commit;
    w->store.get = world_get;
    w->store.release = world_release;
    w->registry_desc.arena_len = webhook_registry_need(32, 40000);
    w->registry_desc.store = &w->store;
    w->registry_desc.seed = 1;
    w->desc.registry = &w->registry;
    w->desc.max_queue = 64;
    w->desc.max_in_flight = WORLD_SLOTS;
    w->desc.head_size = 4096;
    w->desc.transport = w->desc.log_user = w;
    w->desc.start = world_start;
    w->desc.cancel = world_cancel;
    w->desc.log = world_log;
}

static inline void world_open(world *w) {
    w->arena = world_memory(w->registry_desc.arena_len);
    w->registry_desc.arena = w->arena;
    CHECK_STATUS(webhook_registry_init(&w->registry, &w->registry_desc), WEBHOOK_OK);
    if (w->desc.memory_len == 0) w->desc.memory_len = webhook_delivery_need(&w->desc);
    w->memory = world_memory(w->desc.memory_len);
    w->desc.memory = w->memory;
    CHECK_STATUS(webhook_delivery_init(&w->d, &w->desc), WEBHOOK_OK);
}

static inline void world_forget(world *w) {
    size_t i;
    for (i = 0; i < WORLD_MANY; i++) world_end_loan(&w->loan[i]);
    for (i = 0; i < w->n_sent; i++) {
        w->sent[i].open = 0;
        w->sent[i].a.slot = UINT32_MAX; /* another engine numbers anew */
    }
    w->lending = w->lent_bytes = 0;
    free(w->arena);
    free(w->memory);
}

/* world_crash -- all that was in memory is lost, and a new engine begins with what the store holds */
static inline void world_crash(world *w) {
    world_forget(w);
    w->registry_desc.seed++;
    w->store.tickets = 0;
    w->store.dirty = 0;
    w->ticket = 0;
    w->open = 0;
    world_open(w);
}

static inline webhook_status world_take(world *w, const world_record *event) {
    webhook_str progress[WORLD_MANY], missing;
    char begin[WEBHOOK_EVENT_KEY_MAX + 2];
    size_t i, n = 0;
    sprintf(begin, "d%s/", event->key + 1);
    for (i = 0; i < w->records; i++)
        if (strncmp(w->record[i].key, begin, strlen(begin)) == 0)
            progress[n++] = webhook_str_from(w->record[i].bytes, w->record[i].len);
    return webhook_delivery_take(&w->d, webhook_str_from(event->bytes, event->len), progress, n,
                                 &missing);
}

/* Records whose keys begin so are taken in, kind by kind. */
static inline void world_take_all_of(world *w, const char *kinds) {
    size_t i;
    for (; *kinds != 0; kinds++)
        for (i = 0; i < w->records; i++) {
            const world_record *r = &w->record[i];
            webhook_str bytes = webhook_str_from(r->bytes, r->len);
            if (r->key[0] == *kinds)
                CHECK_STATUS(*kinds == 'e' ? world_take(w, r)
                                           : webhook_registry_take(&w->registry, bytes),
                             WEBHOOK_OK);
        }
}

/* What the store holds is taken in, webhooks first. */
static inline void world_take_all(world *w) {
    world_take_all_of(w, "wfe");
}

/* world_close -- what was lent is back but for the attempts under way, and nothing is left of what has ended */
static inline void world_close(world *w) {
    size_t i, j;
    if (w->d.in_flight == 0) CHECK_SIZE(w->lending, 0);
    if (w->d.events == 0) CHECK_SIZE(world_records(w, "e") + world_records(w, "d"), 0);
    CHECK_SIZE(w->d.queued == 0, w->d.events == 0);
    world_forget(w);
    for (i = 0; i < w->records; i++) free(w->record[i].bytes);
    for (i = 0; i < w->n_sent; i++)
        for (j = 0; j < 3; j++) free(w->sent[i].memory[j]);
}

/* world_run -- run until it does not want to be called again at once */
static inline void world_run(world *w) {
    unsigned n = 0;
    do w->next = webhook_delivery_run(&w->d, w->tick, w->unix_ms);
    while (w->next <= w->tick && ++n < 20);
    CHECK(w->next > w->tick);
}

/* world_wait -- both clocks go on, without a run before the end of that time */
static inline void world_wait(world *w, uint64_t ms) {
    w->tick += ms;
    w->unix_ms += (int64_t)ms;
    world_run(w);
}

/* world_pass -- so much time passes, with a run whenever the engine wants one */
static inline void world_pass(world *w, uint64_t ms) {
    uint64_t end = w->tick + ms;
    unsigned n = 0;
    world_run(w);
    while (w->next <= end && CHECK(++n < 100000)) world_wait(w, w->next - w->tick);
    if (w->tick < end) world_wait(w, end - w->tick);
}

/* world_until -- run whenever the engine wants it, until n attempts have begun, but no longer than limit ms; returns
 * how long it took */
static inline uint64_t world_until(world *w, size_t n, uint64_t limit) {
    uint64_t begin = w->tick;
    world_run(w);
    while (w->n_sent < n && w->next - begin <= limit) world_wait(w, w->next - w->tick);
    CHECK_SIZE(w->n_sent, n);
    return w->tick - begin;
}

/* The n-th attempt is answered, and the engine acts on it. */
static inline void world_complete(world *w, size_t n, const webhook_result *r) {
    world_sent *s = &w->sent[n];
    if (!CHECK(n < w->n_sent) || !CHECK(s->open)) return;
    world_unchanged(s);
    s->open = 0;
    CHECK_STATUS(webhook_delivery_complete(&w->d, s->a, r), WEBHOOK_OK);
    /* the transport is done with it: nothing may point there any more */
    memset(&s->given, 0, sizeof s->given);
    world_run(w);
}

static inline void world_answer(world *w, size_t n, unsigned status) {
    webhook_result r = WEBHOOK_ZERO;
    r.status = (uint16_t)status;
    r.response_ms = 12;
    world_complete(w, n, &r);
}

/* All open attempts are answered so, those that begin meanwhile too. */
static inline void world_answer_all(world *w, unsigned status) {
    size_t i;
    for (i = 0; i < w->n_sent; i++)
        if (w->sent[i].open) world_answer(w, i, status);
}

static inline webhook_settings world_settings(const char *id, const char *events) {
    webhook_settings s = WEBHOOK_ZERO;
    s.id = world_str(id);
    s.secret = WEBHOOK_STR(WORLD_SECRET);
    s.name = WEBHOOK_STR("Order Notifications");
    s.url = WEBHOOK_STR("https://api.example.com/webhooks/appwrite");
    s.events = world_str(events);
    return s;
}

static inline void world_add(world *w, const webhook_settings *s) {
    webhook_change change;
    CHECK_STATUS(webhook_registry_create(&w->registry, s, w->unix_ms, &change), WEBHOOK_OK);
}

static inline void world_create(world *w, const char *id, const char *events) {
    webhook_settings s = world_settings(id, events);
    world_add(w, &s);
}

static inline void world_update(world *w, const char *id, const webhook_settings *s) {
    webhook_change change;
    CHECK_STATUS(webhook_registry_update(&w->registry, world_str(id), s, w->unix_ms, &change),
                 WEBHOOK_OK);
}

static inline void world_enable(world *w, const char *id, uint8_t choice) {
    webhook_settings s = WEBHOOK_ZERO;
    s.enabled = choice;
    world_update(w, id, &s);
}

static inline webhook_info world_info(const world *w, const char *id) {
    webhook_info i;
    CHECK_STATUS(webhook_registry_get(&w->registry, world_str(id), &i), WEBHOOK_OK);
    return i;
}

/* An event with any body, to all that want it, or to one webhook */
static inline webhook_status world_emit_to(world *w, const char *to, const char *id,
                                           const char *event, webhook_str body,
                                           webhook_emitted *out) {
    webhook_emit e = WEBHOOK_ZERO;
    e.to = world_str(to);
    e.id = world_str(id);
    e.event = world_str(event);
    e.body = body;
    return webhook_delivery_emit(&w->d, &e, out);
}

static inline webhook_status world_emit(world *w, const char *id, const char *event) {
    webhook_emitted out;
    char body[300];
    sprintf(body, "{\"$id\":\"%s\"}", id);
    return world_emit_to(w, "", id, event, world_str(body), &out);
}

/* The value of a field of a head; empty where it is not there */
static inline webhook_str world_field(webhook_str head, const char *name) {
    webhook_str line, field;
    while (webhook_str_cut(&head, '\n', &line) == WEBHOOK_OK)
        if (webhook_str_cut(&line, ':', &field) == WEBHOOK_OK && line.len > 1 &&
            webhook_str_ieq(field, world_str(name)))
            return webhook_str_from(line.ptr + 1, line.len - 2);
    return webhook_str_from(NULL, 0);
}

static inline webhook_str world_sent_field(const world *w, size_t n, const char *name) {
    return world_field(n < w->n_sent ? w->sent[n].head : webhook_str_from(NULL, 0), name);
}

/* Is the n-th attempt signed with this secret, for its own time? */
static inline int world_signed(const world *w, size_t n, const char *secret) {
    webhook_message m = WEBHOOK_ZERO;
    webhook_hmac_key k;
    if (n >= w->n_sent || webhook_key_init(&k, NULL, world_str(secret)) != WEBHOOK_OK) return 0;
    m.timestamp = world_sent_field(w, n, "X-Appwrite-Webhook-Timestamp");
    m.body = w->sent[n].body;
    return webhook_verify(NULL, &k, 1, &m, world_sent_field(w, n, "X-Appwrite-Webhook-Signature"),
                          w->sent[n].unix_ms / 1000) == WEBHOOK_OK;
}
#endif
