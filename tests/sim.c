/* sim.c -- the simulated world: see sim.h */
#include "sim.h"
#include <stdarg.h>

/* ---- texts ---- */

static const char *const event_names[] = { "orders.o1.create", "users.u1.create",
                                           "orders.o2.delete" };
static const char *const event_headers[] = {
    "orders.o1.create,orders.*.create,orders.o1,orders.*",
    "users.u1.create,users.*.create,users.u1,users.*",
    "orders.o2.delete,orders.*.delete,orders.o2,orders.*"
};
static const char *const patterns[] = { "orders.*", "*.*.create", "users.*,orders.*.delete",
                                        "users.u1.create" };
static const uint8_t wants[4][3] = { { 1, 0, 1 }, { 1, 1, 0 }, { 0, 1, 1 }, { 0, 1, 0 } };
static const char *const hook_ids[SIM_HOOKS] = { "h0", "h1", "h2", "h3", "h4" };
static const char *const hook_names[] = { "Orders", "B\xc3\xbc"
                                                    "cher, neu" };
static const char *const targets[] = { "/hook", "/", "/a?b=c" };
static const char *const ports[] = { "", ":8080", "" };
static const char own_headers[] = "X-Env: prod\r\nX-Team: blue\r\n";

static void url_of(unsigned hook, unsigned url, char out[64]) {
    snprintf(out, 64, "%s://%s.example.com%s%s", url == 1 ? "http" : "https", hook_ids[hook],
             ports[url], targets[url]);
}

static webhook_str secret_of(unsigned i) {
    static char text[SIM_SECRETS][24];
    if (text[i][0] == 0) snprintf(text[i], sizeof text[i], "secret-number-%02u", i);
    return webhook_str_from_cstr(text[i]);
}

static const webhook_hmac_key *key_of(unsigned i) {
    static webhook_hmac_key keys[SIM_SECRETS];
    static uint8_t made[SIM_SECRETS];
    if (!made[i]) made[i] = webhook_key_init(&keys[i], NULL, secret_of(i)) == WEBHOOK_OK;
    return &keys[i];
}

uint64_t sim_mix(uint64_t x) { /* splitmix64 */
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint32_t draw(sim *s) {
    s->rng = sim_mix(s->rng);
    return (uint32_t)(s->rng >> 32);
}

static int chance(sim *s, unsigned of_256) {
    return of_256 != 0 && draw(s) % 256 < of_256;
}

void sim_broken(sim *s, const char *format, ...) {
    va_list args;
    char text[300];
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (s->c.trace) printf("    BROKEN %s\n", text);
    if (s->broken++ == 0)
        snprintf(s->what, sizeof s->what, "step %lu: %s", (unsigned long)s->steps, text);
}

static void must(sim *s, int ok, const char *what) {
    if (!ok) sim_broken(s, "%s", what);
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
say(const sim *s, const char *format, ...) {
    va_list args;
    if (!s->c.trace) return;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

static void *memory_of(size_t n) {
    void *p = malloc(n == 0 ? 1 : n);
    if (p == NULL) abort();
    return p;
}

/* A copy in a heap block of exactly its size. */
static char *copy_of(webhook_str s) {
    char *p = (char *)memory_of(s.len);
    if (s.len > 0) memcpy(p, s.ptr, s.len);
    return p;
}

/* ---- the store: records with all their versions since the last one that is durable ---- */

static uint32_t hash_of(webhook_str key) {
    uint32_t h = 2166136261u;
    size_t i;
    for (i = 0; i < key.len; i++) h = (h ^ (unsigned char)key.ptr[i]) * 16777619u;
    return h;
}

static sim_record *find(sim *s, webhook_str key) {
    uint32_t h = hash_of(key);
    size_t i;
    for (i = 0; i < s->n_records; i++)
        if (s->record[i].hash == h && s->record[i].len == key.len &&
            memcmp(s->record[i].key, key.ptr, key.len) == 0)
            return &s->record[i];
    return NULL;
}

static webhook_str key_str(const sim_record *r) {
    return webhook_str_from(r->key, r->len);
}

/* What get shows: the last version, NULL where there is none. */
static sim_version *visible(sim *s, webhook_str key) {
    sim_record *r = find(s, key);
    return r == NULL || r->last == NULL || !r->last->present ? NULL : r->last;
}

static void drop_version(sim *s, sim_version *v) {
    size_t i;
    uint32_t k;
    for (k = 0; k < s->n_versions && v->version != 0 && v->lost; k++)
        if (s->used_versions[k] == v->version_of) s->used_versions[k] = 0;
    for (i = 0; i < s->n_fresh; i++)
        if (s->fresh[i] == v) s->fresh[i] = s->fresh[--s->n_fresh];
    free(v->bytes);
    free(v);
}

static void drop_record(sim *s, sim_record *r) {
    while (r->first != NULL) {
        sim_version *v = r->first;
        r->first = v->next;
        drop_version(s, v);
    }
    *r = s->record[--s->n_records];
}

static sim_version *add_version(sim_worker *w, webhook_str key) {
    sim *s = w->s;
    sim_record *r = find(s, key);
    sim_version *v = (sim_version *)memory_of(sizeof *v);
    memset(v, 0, sizeof *v);
    if (r == NULL) {
        if (s->n_records == s->cap_records) {
            s->cap_records = s->cap_records == 0 ? 64 : s->cap_records * 2;
            s->record = (sim_record *)realloc(s->record, s->cap_records * sizeof *s->record);
            if (s->record == NULL) abort();
        }
        r = &s->record[s->n_records++];
        memset(r, 0, sizeof *r);
        memcpy(r->key, key.ptr, key.len);
        r->len = key.len;
        r->hash = hash_of(key);
    }
    v->seq = ++s->seq;
    v->worker = w->index;
    v->open = 1;
    if (s->n_fresh == sizeof s->fresh / sizeof s->fresh[0])
        sim_broken(s, "over 200 records are written in one call");
    else
        s->fresh[s->n_fresh++] = v;
    if (r->last == NULL)
        r->first = v;
    else
        r->last->next = v;
    r->last = v;
    w->dirty = 1;
    return v;
}

/* Drop the versions in front of v, which is durable now, and the record where nothing is left. */
static void settle_record(sim *s, sim_record *r, sim_version *v) {
    while (r->first != v) {
        sim_version *old = r->first;
        r->first = old->next;
        drop_version(s, old);
    }
    v->durable = 1;
    if (v->next == NULL && !v->present) {
        drop_version(s, v);
        *r = s->record[--s->n_records];
    }
}

static void make_durable(sim_worker *w, uint64_t seq) {
    sim *s = w->s;
    size_t i = s->n_records;
    while (i-- > 0) {
        sim_version *v, *last = NULL;
        for (v = s->record[i].first; v != NULL; v = v->next)
            if (v->worker == w->index && v->seq <= seq) last = v;
        if (last != NULL) settle_record(s, &s->record[i], last);
    }
}

static int hook_of(webhook_str id) {
    return id.len == 2 && id.ptr[0] == 'h' && id.ptr[1] >= '0' && id.ptr[1] < '0' + SIM_HOOKS
               ? id.ptr[1] - '0'
               : -1;
}

static webhook_str rest_of(webhook_str s, size_t n) {
    return webhook_str_from(s.ptr + n, s.len - n);
}

static int event_by_key(const sim *s, webhook_str key) {
    uint32_t i = s->n_events;
    while (i-- > 0)
        if (key.len == WEBHOOK_EVENT_KEY_MAX && memcmp(s->event[i].key, key.ptr, key.len) == 0)
            return (int)i;
    return -1;
}

static const char *status_name(webhook_status s) {
    return s == WEBHOOK_OK ? "OK" : webhook_status_str(s);
}

static int goes_wrong(sim *s, unsigned what) {
    if (s->fail_what != what || ++s->calls != s->fail_at) return 0;
    s->failed = 1;
    return 1;
}

/* A version number is never used twice, whatever becomes of the record. */
static void check_version(sim_worker *w, webhook_str key, uint64_t version, const sim_version *old,
                          uint64_t replaces) {
    sim *s = w->s;
    uint64_t of = (uint64_t)key.ptr[2] << 56;
    uint32_t i;
    if (s->unix_ms > s->latest_ms) s->latest_ms = s->unix_ms;
    for (i = 0; i < s->n_versions && s->unix_ms == s->latest_ms; i++)
        must(s, s->used_versions[i] != (version ^ of), "a version of a webhook was put before");
    if (s->n_versions < sizeof s->used_versions / sizeof s->used_versions[0])
        s->used_versions[s->n_versions++] = version ^ of;
    if (old == NULL) return;
    must(s, version > old->version, "a version of a webhook that is not newer");
    if (s->c.workers == 1) must(s, replaces == old->version, "put replaces another version");
}

static webhook_status put_fault(sim_worker *w) {
    static const webhook_status ways[] = { WEBHOOK_ERR_IO, WEBHOOK_ERR_FULL, WEBHOOK_ERR_BUSY };
    sim *s = w->s;
    if (goes_wrong(s, SIM_PUT)) return ways[s->fail_how % 3];
    return chance(s, s->put_fails) ? ways[draw(s) % 3] : WEBHOOK_OK;
}

static void note_put(sim_worker *w, webhook_str key, sim_version *v, const webhook_record *r) {
    sim *s = w->s;
    if (key.ptr[0] == 'w') {
        int h = hook_of(rest_of(key, 1));
        v->version = r->version;
        v->version_of = r->version ^ (uint64_t)key.ptr[2] << 56;
        if (h >= 0) w->hook[h].version = r->version;
        if (s->intended != NULL) {
            v->hook = *s->intended;
            v->open = 0;
            s->intended = NULL;
        }
    }
    if (key.ptr[0] == 'e') {
        must(s, s->emitting < s->n_events, "an event is put outside of emit");
        must(s, event_by_key(s, key) < 0, "an event's key was used before");
        if (s->emitting < s->n_events) memcpy(s->event[s->emitting].key, key.ptr, key.len);
        v->value = s->emitting;
        v->open = 0;
    }
}

/* Is the event of this 'd' there? */
static int has_event(sim *s, webhook_str key) {
    char e[WEBHOOK_EVENT_KEY_MAX];
    if (key.len < WEBHOOK_EVENT_KEY_MAX + 2) return 0;
    memcpy(e, key.ptr, sizeof e);
    e[0] = 'e';
    return visible(s, webhook_str_from(e, sizeof e)) != NULL;
}

static int key_is_right(webhook_str key) {
    static const char hex[] = "0123456789abcdef";
    size_t i;
    if (key.len < 2 || key.len > WEBHOOK_STORE_KEY_MAX) return 0;
    if (key.ptr[0] == 'w' || key.ptr[0] == 'f') return hook_of(rest_of(key, 1)) >= 0;
    for (i = 1; i < WEBHOOK_EVENT_KEY_MAX; i++)
        if (i >= key.len || key.ptr[i] == 0 || strchr(hex, key.ptr[i]) == NULL) return 0;
    if (key.ptr[0] == 'e') return key.len == WEBHOOK_EVENT_KEY_MAX;
    return key.ptr[0] == 'd' && key.len > i && key.ptr[i] == '/' &&
           hook_of(rest_of(key, i + 1)) >= 0;
}

/* Progress that was not taken is dropped; the store need not have it. */
static void note_put_failed(sim_worker *w, webhook_str key) {
    char e[WEBHOOK_EVENT_KEY_MAX];
    int event;
    if (key.ptr[0] != 'd') return;
    memcpy(e, key.ptr, sizeof e);
    e[0] = 'e';
    event = event_by_key(w->s, webhook_str_from(e, sizeof e));
    if (event >= 0) w->s->event[event].held[w->index].unsaved = w->s->event[event].unsaved = 1;
}

static char *joined(const webhook_str *pieces, size_t n, size_t *len) {
    char *bytes;
    size_t i, at = 0;
    for (i = 0, *len = 0; i < n; i++) *len += pieces[i].len;
    bytes = (char *)memory_of(*len);
    for (i = 0; i < n; at += pieces[i++].len)
        if (pieces[i].len > 0) memcpy(bytes + at, pieces[i].ptr, pieces[i].len);
    return bytes;
}

static webhook_status on_put(void *user, webhook_str key, const webhook_str *pieces, size_t n,
                             uint64_t replaces) {
    sim_worker *w = (sim_worker *)user;
    sim *s = w->s;
    webhook_status fault = put_fault(w);
    webhook_record r;
    sim_version *old = visible(s, key), *v;
    size_t len;
    char *bytes;
    w->happened++;
    say(s, "    put %.*s%s%s\n", (int)key.len, key.ptr, fault == WEBHOOK_OK ? "" : " -> ",
        fault == WEBHOOK_OK ? "" : status_name(fault));
    must(s, n <= 4, "put with more than 4 pieces");
    if (!key_is_right(key)) {
        sim_broken(s, "a key that is none: %.*s", (int)key.len, key.ptr);
        return WEBHOOK_ERR_IO;
    }
    if (fault != WEBHOOK_OK) {
        note_put_failed(w, key);
        return fault;
    }
    if (key.ptr[0] == 'w' && s->c.workers > 1 && (old == NULL ? 0 : old->version) != replaces)
        return WEBHOOK_ERR_BUSY;
    if (key.ptr[0] == 'd' && !has_event(s, key)) return WEBHOOK_OK;
    bytes = joined(pieces, n, &len);
    if (webhook_record_read(webhook_str_from(bytes, len), &r) != WEBHOOK_OK) {
        sim_broken(s, "a record that cannot be read: %.*s", (int)key.len, key.ptr);
        free(bytes);
        return WEBHOOK_ERR_IO;
    }
    must(s, webhook_str_eq(r.key, key) && r.kind == (unsigned char)key.ptr[0],
         "another key in the record");
    if (key.ptr[0] == 'w') check_version(w, key, r.version, old, replaces);
    v = add_version(w, key);
    v->present = 1;
    v->bytes = bytes;
    v->len = len;
    note_put(w, key, v, &r);
    return WEBHOOK_OK;
}

static void remove_one(sim_worker *w, webhook_str key) {
    if (visible(w->s, key) != NULL) add_version(w, key)->open = 0;
}

static void on_remove(void *user, webhook_str key) {
    sim_worker *w = (sim_worker *)user;
    sim *s = w->s;
    size_t i, n = s->n_records;
    char prefix[WEBHOOK_EVENT_KEY_MAX];
    int e;
    w->happened++;
    say(s, "    remove %.*s\n", (int)key.len, key.ptr);
    if (!key_is_right(key)) {
        sim_broken(s, "a key that is none: %.*s", (int)key.len, key.ptr);
        return;
    }
    remove_one(w, key);
    if (key.ptr[0] != 'e') return;
    e = event_by_key(s, key);
    if (e >= 0 && s->n_removed < sizeof s->removed / sizeof s->removed[0])
        s->removed[s->n_removed++] = (uint32_t)e;
    memcpy(prefix, key.ptr, sizeof prefix);
    prefix[0] = 'd';
    for (i = 0; i < n; i++)
        if (s->record[i].len > sizeof prefix &&
            memcmp(s->record[i].key, prefix, sizeof prefix) == 0) {
            char name[WEBHOOK_STORE_KEY_MAX]; /* the array may move */
            size_t len = s->record[i].len;
            memcpy(name, s->record[i].key, len);
            remove_one(w, webhook_str_from(name, len));
        }
}

static webhook_status on_commit(void *user, uint64_t ticket) {
    sim_worker *w = (sim_worker *)user;
    sim *s = w->s;
    int wait = s->c.commit == 1 || (s->c.commit == 2 && chance(s, s->commit_waits)), fail;
    fail = chance(s, s->commit_fails);
    w->happened++;
    must(s, ticket > w->last_ticket, "a ticket that does not rise");
    w->last_ticket = ticket;
    if (goes_wrong(s, SIM_COMMIT)) {
        fail = s->fail_how % 3 == 0;
        wait = 1;
        s->settle_bad = s->fail_how % 3 == 1;
    }
    if (w->n_open > 0) wait = 1;
    say(s, "    commit %lu -> %s\n", (unsigned long)ticket, fail ? "fails" : wait ? "waits" : "OK");
    if (fail) {
        w->dirty = 1;
        w->dirty_at = UINT64_MAX;
        return WEBHOOK_ERR_IO;
    }
    w->dirty = 0;
    w->dirty_at = UINT64_MAX;
    if (!wait || w->n_open == SIM_OPEN) {
        make_durable(w, s->seq);
        return WEBHOOK_OK;
    }
    w->open[w->n_open] = ticket;
    w->open_seq[w->n_open++] = s->seq;
    return WEBHOOK_PENDING;
}

/* Bodies are lent within the budget, and one more. */
static void check_budget(sim_worker *w) {
    sim *s = w->s;
    uint64_t lent = 0, most = 0;
    size_t i;
    for (i = 0; i < s->n_lent; i++) {
        if (s->lent[i].worker != w->index) continue;
        lent += s->lent[i].body;
        if (s->lent[i].body > most) most = s->lent[i].body;
    }
    must(s, lent - most <= w->engine.desc.body_budget, "more is lent than the budget and one body");
}

/* A record in a heap block of its own, so that whoever reads it after its release is found out. */
static webhook_str lend(sim_worker *w, uint32_t event) {
    sim *s = w->s;
    sim_version *v = visible(s, webhook_str_from(s->event[event].key, WEBHOOK_EVENT_KEY_MAX));
    sim_lent *l = &s->lent[s->n_lent];
    if (s->n_lent == SIM_LENT) {
        sim_broken(s, "200 records are lent");
        return webhook_str_from(NULL, 0);
    }
    l->ptr = copy_of(webhook_str_from(v->bytes, v->len));
    l->len = v->len;
    l->body = s->event[event].len;
    l->event = event;
    l->worker = w->index;
    s->n_lent++;
    return webhook_str_from(l->ptr, l->len);
}

static void get_failed(sim_worker *w, uint32_t event, webhook_status why) {
    sim_held *held = &w->s->event[event].held[w->index];
    if (why == WEBHOOK_ERR_NOT_FOUND || why == WEBHOOK_ERR_DAMAGED)
        held->broken = 1;
    else
        held->get_failed = w->s->tick + 1;
}

static webhook_status get_now(sim_worker *w, unsigned how) {
    static const webhook_status ways[] = { WEBHOOK_ERR_IO,      WEBHOOK_PENDING,
                                           WEBHOOK_PENDING,     WEBHOOK_ERR_NOT_FOUND,
                                           WEBHOOK_ERR_DAMAGED, WEBHOOK_PENDING };
    static const uint8_t later[] = { 0, 1, 2, 0, 0, 3 };
    w->s->got_how = later[how % 6];
    return ways[how % 6];
}

static webhook_status on_get(void *user, webhook_str key, webhook_str *record) {
    sim_worker *w = (sim_worker *)user;
    sim *s = w->s;
    webhook_status status = WEBHOOK_OK;
    int e = event_by_key(s, key);
    uint32_t t;
    w->happened++;
    if (e < 0 || key.ptr[0] != 'e') {
        sim_broken(s, "get of %.*s", (int)key.len, key.ptr);
        return WEBHOOK_ERR_NOT_FOUND;
    }
    must(s, s->event[e].held[w->index].status == SIM_ACCEPTED, "get for an event that is not held");
    if (goes_wrong(s, SIM_GET))
        status = get_now(w, s->fail_how);
    else if (chance(s, s->get_waits) && w->n_get < SIM_OPEN)
        status = WEBHOOK_PENDING;
    else if (chance(s, s->get_fails))
        status = draw(s) % 8 == 0 ? WEBHOOK_ERR_DAMAGED : WEBHOOK_ERR_IO;
    else if (visible(s, key) == NULL)
        status = WEBHOOK_ERR_NOT_FOUND;
    say(s, "    get event %d -> %s\n", e, status_name(status));
    if (status == WEBHOOK_OK) {
        *record = lend(w, (uint32_t)e);
        check_budget(w);
        return WEBHOOK_OK;
    }
    *record = webhook_str_from(NULL, 0);
    s->event[e].held[w->index].waited = 1;
    w->get_trouble = s->tick;
    for (t = 0; t < s->event[e].n; t++) w->hook[s->event[e].hook[t]].waits_since = 0;
    if (status == WEBHOOK_PENDING)
        w->get[w->n_get++] = (uint32_t)e;
    else
        get_failed(w, (uint32_t)e, status);
    return status;
}

static void on_release(void *user, webhook_str record) {
    sim_worker *w = (sim_worker *)user;
    sim *s = w->s;
    size_t i;
    for (i = 0; i < s->n_lent; i++) {
        sim_lent *l = &s->lent[i];
        if (l->ptr != record.ptr || l->len != record.len || l->worker != w->index) continue;
        say(s, "    release event %u\n", (unsigned)l->event);
        memset(l->ptr, 0xdd, l->len);
        free(l->ptr);
        *l = s->lent[--s->n_lent];
        return;
    }
    sim_broken(s, "release of what was not lent");
}

/* ---- the model: what may start, and what must ---- */

/* Does the webhook exist, with the queue that this delivery belongs to? */
static int stale(const sim_worker *w, const sim_to *to) {
    const sim_state *now = &w->hook[to->hook].now;
    return !now->exists || now->queue != to->queue;
}

static int ended(const sim_to *to) {
    return to->state >= SIM_DELIVERED;
}

/* How many slots are held by webhooks that timed out: at least those that were given to one, at
 * most all that such a one has. */
static uint32_t held_by_slow(const sim_worker *w, int at_most) {
    uint32_t i, held = 0;
    for (i = 0; i < w->s->c.slots; i++)
        if (w->slot[i].used && !w->slot[i].logged)
            held += at_most ? w->hook[w->slot[i].hook].slow != 0 : w->slot[i].slow;
    return held;
}

/* Of the slots `taken` are; may this webhook have another? The rule of fairness, word by word. */
static int fair(const sim_worker *w, unsigned hook, uint32_t taken, unsigned slow, uint32_t held) {
    uint32_t all = w->s->c.slots, left = all - taken, c = w->hook[hook].in_flight;
    if (!slow) return c == 0 || (c < 8 && 4 * left >= all) || 2 * left >= all;
    return c == 0 && (2 * left >= all || held < (all / 64 == 0 ? 1 : all / 64));
}

static uint64_t rate_window(uint32_t rate) {
    return rate >= 1000 ? 1000 : (1000000 + (uint64_t)rate - 1) / rate;
}

static void check_rate(sim_worker *w, unsigned hook) {
    sim_hook *k = &w->hook[hook];
    uint64_t window, most, t = w->s->tick;
    uint32_t i, n = 0;
    k->starts[k->n_starts++ % SIM_RING] = t;
    k->last_start = t;
    if (k->now.rate == WEBHOOK_NO_LIMIT) return;
    window = rate_window(k->now.rate);
    most = k->now.rate < 1000 ? 1 : (k->now.rate + 999) / 1000;
    for (i = 1; i <= k->n_starts && i <= SIM_RING; i++) {
        uint64_t ago = t - k->starts[(k->n_starts - i) % SIM_RING];
        if (ago < window) n++;
        if ((uint64_t)(i - 1) > ago * k->now.rate / 1000000 + most)
            sim_broken(w->s, "more attempts than the rate allows in %lu ms", (unsigned long)ago);
    }
    if (n > most) sim_broken(w->s, "%u attempts in one window of the rate", (unsigned)n);
}

/* The oldest delivery of a webhook that has not ended; NULL: none. In the order of one emitter. */
static sim_to *oldest(sim_worker *w, unsigned hook, unsigned worker, uint32_t *event) {
    sim *s = w->s;
    sim_to *found = NULL;
    size_t i;
    uint32_t t;
    for (i = 0; i < w->n_active; i++) {
        sim_event *e = &s->event[w->active[i]];
        sim_held *held = &e->held[w->index];
        if (held->status != SIM_ACCEPTED || e->worker != worker || e->late) continue;
        for (t = 0; t < e->n; t++) {
            sim_to *to = &held->to[t];
            if (to->hook != hook || ended(to) || stale(w, to)) continue;
            if (found == NULL || w->active[i] < *event) {
                found = to;
                *event = w->active[i];
            }
        }
    }
    return found;
}

static sim_to *to_of(sim_worker *w, uint32_t event, unsigned hook) {
    sim_event *e = &w->s->event[event];
    uint32_t t;
    for (t = 0; t < e->n; t++)
        if (e->held[w->index].to[t].hook == hook) return &e->held[w->index].to[t];
    return NULL;
}

/* ---- the transport ---- */

typedef struct head_line {
    webhook_str name, value;
} head_line;

static size_t head_lines(sim *s, webhook_str head, webhook_str *first, head_line *line,
                         size_t cap) {
    size_t n = 0;
    first->len = 0;
    while (head.len > 0) {
        const char *end = (const char *)memchr(head.ptr, '\r', head.len), *colon;
        size_t len = end == NULL ? 0 : (size_t)(end - head.ptr);
        if (end == NULL || len + 2 > head.len || end[1] != '\n') break;
        if (first->len == 0) {
            *first = webhook_str_from(head.ptr, len);
        } else if (len == 0) {
            must(s, head.len == 2, "something follows the head");
            return n;
        } else {
            colon = (const char *)memchr(head.ptr, ':', len);
            if (colon == NULL || n == cap || colon + 2 > end) break;
            line[n].name = webhook_str_from(head.ptr, (size_t)(colon - head.ptr));
            line[n].value = webhook_str_from(colon + 2, (size_t)(end - colon - 2));
            n++;
        }
        head = rest_of(head, len + 2);
    }
    sim_broken(s, "the head is none");
    return n;
}

/* The field must be there once with this value; NULL: not at all. */
static void check_field(sim *s, const head_line *line, size_t n, const char *name,
                        const char *value) {
    size_t i, found = 0;
    for (i = 0; i < n; i++)
        if (webhook_str_ieq(line[i].name, webhook_str_from_cstr(name))) {
            found++;
            if (value != NULL && !webhook_str_eq(line[i].value, webhook_str_from_cstr(value)))
                sim_broken(s, "%s: %.*s, wanted %s", name, (int)line[i].value.len,
                           line[i].value.ptr, value);
        }
    if (found != (value != NULL)) sim_broken(s, "%s is there %u times", name, (unsigned)found);
}

/* The signature is right for one of the secrets that may sign at this time. */
static void check_signature(sim_worker *w, unsigned hook, const head_line *line, size_t n,
                            webhook_str timestamp, webhook_str body) {
    sim *s = w->s;
    const sim_state *now = &w->hook[hook].now;
    unsigned i, may = now->secrets;
    webhook_message m = WEBHOOK_ZERO;
    if (now->coming && s->unix_ms >= now->signs_from_ms) may = 1u << (now->coming - 1);
    if (now->coming && now->coming_seen) may |= 1u << (now->coming - 1);
    m.timestamp = timestamp;
    m.body = body;
    for (i = 0; i < SIM_SECRETS; i++) {
        char hex[WEBHOOK_SIGNATURE_MAX + 1];
        webhook_buf b = webhook_buf_from(hex, sizeof hex - 1);
        if ((may >> i & 1) == 0) continue;
        if (webhook_sign(NULL, key_of(i), &m, &b) != WEBHOOK_OK) sim_broken(s, "sign fails");
        hex[b.len] = 0;
        if ((may & (may - 1)) == 0)
            check_field(s, line, n, "X-Appwrite-Webhook-Signature", hex);
        else { /* any of them */
            size_t k;
            for (k = 0; k < n; k++)
                if (webhook_str_eq(line[k].value, webhook_buf_str(&b)) &&
                    webhook_str_ieq(line[k].name, WEBHOOK_STR("X-Appwrite-Webhook-Signature")))
                    return;
        }
    }
    if ((may & (may - 1)) != 0) sim_broken(s, "signed with none of the secrets");
}

static void check_request(sim_worker *w, unsigned hook, const sim_event *e,
                          const webhook_request *r) {
    sim *s = w->s;
    const sim_state *now = &w->hook[hook].now;
    head_line line[40];
    webhook_str first;
    char text[200], seconds[24];
    size_t n;
    url_of(hook, now->url, text);
    if (!webhook_str_eq(r->url.text, webhook_str_from_cstr(text)))
        sim_broken(s, "sent to %.*s, not %s", (int)r->url.text.len, r->url.text.ptr, text);
    snprintf(text, sizeof text, "POST %s HTTP/1.1", targets[now->url]);
    n = head_lines(s, r->head, &first, line, sizeof line / sizeof line[0]);
    must(s, webhook_str_eq(first, webhook_str_from_cstr(text)), "another request line");
    must(s, r->fields.ptr == r->head.ptr + first.len + 2, "the fields begin elsewhere");
    must(s, r->fields.len + first.len + 4 == r->head.len, "the fields end elsewhere");
    snprintf(text, sizeof text, "%s.example.com%s", hook_ids[hook], ports[now->url]);
    check_field(s, line, n, "Host", text);
    check_field(s, line, n, "Content-Type", "application/json");
    snprintf(text, sizeof text, "%lu", (unsigned long)r->body.len);
    check_field(s, line, n, "Content-Length", text);
    check_field(s, line, n, "X-Appwrite-Webhook-Id", hook_ids[hook]);
    check_field(s, line, n, "X-Appwrite-Webhook-Events", event_headers[e->name]);
    check_field(s, line, n, "X-Appwrite-Webhook-Name", hook_names[now->name]);
    snprintf(seconds, sizeof seconds, "%lld", (long long)(s->unix_ms / 1000));
    check_field(s, line, n, "X-Appwrite-Webhook-Timestamp", seconds);
    check_field(s, line, n, "Authorization", now->basic ? "Basic YXBpOnA6dw==" : NULL);
    check_field(s, line, n, "X-Env", now->headers ? "prod" : NULL);
    check_field(s, line, n, "X-Team", now->headers ? "blue" : NULL);
    if (now->security)
        check_signature(w, hook, line, n, webhook_str_from_cstr(seconds), r->body);
    else
        check_field(s, line, n, "X-Appwrite-Webhook-Signature", NULL);
}

static uint32_t print_of(const webhook_request *r) {
    return hash_of(r->head) ^ hash_of(r->body) * 3 ^ hash_of(r->url.text) * 5 ^
           hash_of(r->url.host) * 7 ^ hash_of(r->url.target) * 11;
}

static void note_turn(sim_worker *w, unsigned hook);

/* May this delivery start now? */
static void check_start(sim_worker *w, uint32_t event, sim_to *to) {
    sim *s = w->s;
    sim_hook *k = &w->hook[to->hook];
    uint32_t first = 0;
    if (s->event[event].held[w->index].status != SIM_ACCEPTED)
        sim_broken(s, "event %u is sent before its commit", (unsigned)event);
    if (to->state != SIM_QUEUED) sim_broken(s, "event %u is sent again", (unsigned)event);
    must(s, !stale(w, to), "sent to a webhook that was deleted, or whose queue was dropped");
    must(s, k->now.enabled, "sent to a webhook that is paused");
    must(s, s->unix_ms >= 1000, "sent, and the clock is not set");
    if (s->tick < to->due_lo)
        sim_broken(s, "event %u is sent %lu ms too early", (unsigned)event,
                   (unsigned long)(to->due_lo - s->tick));
    check_rate(w, to->hook);
    if (s->event[event].held[w->index].waited) return; /* its slot was given to it before */
    must(s, k->now.cap == WEBHOOK_NO_LIMIT || k->in_flight < k->now.cap,
         "more attempts at once than the webhook allows");
    if (k->now.ordered) {
        must(s, k->in_flight == 0, "two at once to an ordered webhook");
        must(s, s->event[event].late || oldest(w, to->hook, s->event[event].worker, &first) == to,
             "an ordered webhook gets a later event first");
    }
    note_turn(w, to->hook);
    must(s, fair(w, to->hook, w->in_flight, k->slow == 1, held_by_slow(w, 0)) || k->slow == 2,
         "a slot that the others should have");
}

static void answer(sim_worker *w, sim_slot *slot, uint32_t number);
static void try_inside(sim_worker *w);

static int event_in(webhook_str body) {
    static const char before[] = "{\"$id\":\"e";
    size_t i, at = sizeof before - 1;
    int n = 0;
    if (body.len < at + 8 || memcmp(body.ptr, before, at) != 0) return -1;
    for (i = 0; i < 8; i++) n = n * 10 + (body.ptr[at + i] - '0');
    return n;
}

static void on_start(void *user, webhook_attempt a, const webhook_request *r) {
    sim_worker *w = (sim_worker *)user;
    sim *s = w->s;
    sim_slot *slot = &w->slot[a.slot < SIM_SLOTS ? a.slot : 0];
    int event = event_in(r->body), hook = -1;
    webhook_str host = r->url.host;
    sim_to *to;
    w->happened++;
    if (host.len > 2) hook = hook_of(webhook_str_from(host.ptr, 2));
    say(s, "    start slot %u.%u event %d webhook %d\n", (unsigned)a.slot, (unsigned)a.generation,
        event, hook);
    must(s, w->running == 1, "start outside of run");
    must(s, a.slot < s->c.slots && !slot->used, "start in a slot that is taken, or is none");
    must(s, slot->a.generation != a.generation || slot->r.body.ptr == NULL,
         "a generation that comes again");
    if (hook < 0 || event < 0 || (uint32_t)event >= s->n_events) {
        sim_broken(s, "a request to nobody or of no event");
        return;
    }
    must(s, webhook_str_eq(r->body, webhook_str_from(s->event[event].body, s->event[event].len)),
         "another body than was emitted");
    must(s, r->deadline_ms == s->tick + s->c.limit_ms, "another time limit");
    check_request(w, (unsigned)hook, &s->event[event], r);
    to = to_of(w, (uint32_t)event, (unsigned)hook);
    if (to == NULL) {
        sim_broken(s, "event %d is sent to a webhook that did not want it", event);
        return;
    }
    check_start(w, (uint32_t)event, to);
    memset(slot, 0, sizeof *slot);
    slot->a = a;
    slot->r = *r;
    slot->print = print_of(r);
    slot->tick = s->tick;
    slot->unix_ms = s->unix_ms;
    slot->deadline = r->deadline_ms;
    slot->event = (uint32_t)event;
    slot->hook = (uint8_t)hook;
    slot->slow = w->hook[hook].slow == 1;
    slot->used = 1;
    to->state = SIM_IN_FLIGHT;
    to->slot = a.slot;
    to->attempts++;
    w->in_flight++;
    w->hook[hook].in_flight++;
    if (goes_wrong(s, SIM_START))
        answer(w, slot, s->fail_how);
    else if (chance(s, s->at_once))
        answer(w, slot, draw(s));
    try_inside(w);
}

static void retire(sim_worker *w, sim_slot *slot) {
    if (!slot->logged || (!slot->done && !slot->cut)) return;
    slot->used = 0;
    w->late[w->n_late++ % 8] = slot->a;
}

static void on_cancel(void *user, webhook_attempt a) {
    sim_worker *w = (sim_worker *)user;
    sim *s = w->s;
    sim_slot *slot = &w->slot[a.slot < SIM_SLOTS ? a.slot : 0];
    w->happened++;
    say(s, "    cancel slot %u.%u\n", (unsigned)a.slot, (unsigned)a.generation);
    if (!slot->used || slot->a.slot != a.slot || slot->a.generation != a.generation) {
        sim_broken(s, "cancel of no attempt");
        return;
    }
    must(s, !slot->done, "cancel of an attempt that is complete");
    must(s, !slot->cut, "cancel twice");
    must(s, slot->print == print_of(&slot->r), "the request has changed before cancel");
    slot->cut = 1;
    retire(w, slot);
    try_inside(w);
}

/* ---- what answers can be ---- */

typedef struct sim_answer {
    uint16_t status;
    uint8_t retry, timed_out; /* retry: 1 seconds, 2 a date, 3 no value of Retry-After */
    uint32_t retry_s;
    const char *error;
} sim_answer;

static const sim_answer answers[] = {
    { 200, 0, 0, 0, "" },
    { 500, 0, 0, 0, "" },
    { 204, 0, 0, 0, "" },
    { 0, 0, 0, 0, "connection refused" },
    { 429, 1, 0, 7, "" },
    { 0, 0, 1, 0, "the time limit is over" },
    { 410, 0, 0, 0, "" },
    { 301, 0, 0, 0, "" },
    { 503, 2, 0, 20, "" },
    { 299, 0, 0, 0, "" },
    { 503, 3, 0, 0, "" },
    { 429, 1, 0, 4000000000u, "" },
    { 503, 2, 0, 10000000, "" },
    { 0, 0, 0, 0,
      "words that are longer than the hundred and twenty bytes that "
      "an engine keeps of them, as a careful reader can count by hand" }
};
enum { N_ANSWERS = sizeof answers / sizeof answers[0] };

static void answer(sim_worker *w, sim_slot *slot, uint32_t number) {
    sim *s = w->s;
    const sim_answer *k = &answers[number % N_ANSWERS];
    webhook_result r = WEBHOOK_ZERO;
    char retry[40], error[200];
    webhook_buf b = webhook_buf_from(retry, sizeof retry);
    webhook_status status;
    slot->retry_kind = k->retry == 3 ? 0 : k->retry;
    slot->retry_ms = k->retry_s > 4000000 ? UINT32_MAX : k->retry_s * 1000;
    slot->retry_at_ms = (s->unix_ms / 1000 + k->retry_s) * 1000;
    if (k->retry == 1) webhook_decimal_write(&b, k->retry_s);
    if (k->retry == 2) webhook_http_date_write(&b, slot->retry_at_ms / 1000);
    if (k->retry == 3) webhook_buf_put(&b, WEBHOOK_STR("-3, soon"));
    snprintf(error, sizeof error, "%s", k->error);
    r.retry_after = webhook_buf_str(&b);
    r.error = webhook_str_from_cstr(error);
    r.status = k->status;
    r.timed_out = k->timed_out;
    r.response_ms = number % 1000;
    must(s, slot->print == print_of(&slot->r), "the request has changed before complete");
    slot->done = 1;
    slot->status = k->status;
    slot->timed_out = k->timed_out;
    slot->response_ms = r.response_ms;
    slot->error_len = r.error.len > 120 ? 120 : r.error.len;
    memcpy(slot->error, error, slot->error_len);
    say(s, "    complete slot %u with %u\n", (unsigned)slot->a.slot, (unsigned)k->status);
    status = webhook_delivery_complete(&w->engine, slot->a, &r);
    must(s, status == WEBHOOK_OK, "complete is refused");
    memset(error, 'x', sizeof error); /* all of it is copied */
    memset(retry, 'x', sizeof retry);
}

/* ---- the log ---- */

/* After a failed attempt: is the wait within the rule? */
static void check_wait(sim_worker *w, const sim_slot *slot, const sim_to *to, int64_t wait) {
    static const uint32_t table[] = { 100, 3000, 700 };
    const sim_config *c = &w->s->c;
    uint64_t base, lo, hi, retry = 0, k = (uint64_t)to->attempts - 1;
    if (c->table) {
        base = table[k > 2 ? 2 : k];
    } else {
        for (base = c->base_ms; k > 0 && base < c->cap_ms * UINT64_C(1000); k--)
            base = base * c->factor_milli / 1000;
    }
    lo = base * 4 / 5;
    hi = (base * 6 + 4) / 5;
    lo = lo < c->cap_ms ? lo : c->cap_ms;
    hi = hi < c->cap_ms ? hi : c->cap_ms;
    if (slot->done && slot->retry_kind == 1) retry = slot->retry_ms;
    if (slot->done && slot->retry_kind == 2 && slot->retry_at_ms > w->s->unix_ms)
        retry = (uint64_t)(slot->retry_at_ms - w->s->unix_ms);
    retry = retry < c->cap_ms ? retry : c->cap_ms;
    lo = lo > retry ? lo : retry;
    if (slot->retry_kind == 2 && retry > 0 && retry < c->cap_ms) retry += 999; /* whole seconds */
    hi = hi > retry ? hi : retry;
    if (wait < (int64_t)lo - 1 || wait > (int64_t)hi + 1)
        sim_broken(w->s, "retry %u waits %ld ms, not %lu to %lu", (unsigned)to->attempts,
                   (long)wait, (unsigned long)lo, (unsigned long)hi);
}

static void note_end(sim_worker *w, uint32_t event, const sim_to *to, unsigned outcome) {
    sim_event *e = &w->s->event[event];
    uint32_t t;
    for (t = 0; t < e->n; t++) {
        unsigned bit = w->index + (outcome == SIM_DELIVERED ? 0u : 2u);
        if (e->hook[t] != to->hook) continue;
        e->ended[t] = (uint8_t)(e->ended[t] | 1u << bit);
        if ((e->ended[t] & 3) == 3 && !e->shared && !e->crashed && !e->unsaved)
            sim_broken(w->s, "event %u is delivered by both", (unsigned)event);
    }
}

/* What an ended attempt means for its webhook. */
static void note_hook(sim_worker *w, const sim_slot *slot, const sim_to *to) {
    sim_hook *k = &w->hook[to->hook];
    const sim_config *c = &w->s->c;
    int timed = slot->done ? slot->timed_out : 1;
    if (stale(w, to)) { /* whatever it does to a new one of this id, it is asked */
        k->failures_open = 1;
        k->slow = 2;
        return;
    }
    k->slow = (uint8_t)timed;
    if (to->state == SIM_DELIVERED) k->failures = 0;
    if (to->state == SIM_GAVE_UP) k->failures++;
    if (!k->now.enabled) return;
    if (c->gone && slot->done && slot->status == 410)
        k->now.paused_for = WEBHOOK_PAUSED_GONE;
    else if (c->pause_after > 0 && to->state == SIM_GAVE_UP && k->failures >= c->pause_after)
        k->now.paused_for = WEBHOOK_PAUSED_FAILURES;
    else
        return;
    k->now.enabled = 0;
    k->paused_since = k->changing;
}

static void log_attempt(sim_worker *w, const webhook_log_entry *e, uint32_t event, sim_to *to) {
    sim *s = w->s;
    sim_slot *slot = &w->slot[to->slot];
    int good = slot->done && slot->status >= 200 && slot->status < 300, more;
    must(s, slot->used && !slot->logged, "an entry for an attempt that has one");
    must(s, slot->done || s->tick >= slot->deadline, "an attempt has ended by itself");
    must(s, e->requested_ms == slot->unix_ms, "an entry with another time");
    must(s, e->status == slot->status, "an entry with another status");
    must(s, !slot->done || e->response_ms == slot->response_ms, "another response time");
    must(s, e->attempt == to->attempts || (to->slack && e->attempt + 1 == to->attempts),
         "an entry with another number of attempts");
    must(s, (e->error.len == 0) == good, "words for the error, or none");
    must(s,
         slot->error_len == 0 ||
             webhook_str_eq(e->error, webhook_str_from(slot->error, slot->error_len)),
         "other words for the error");
    to->attempts = (uint16_t)e->attempt;
    to->slack = 0;
    more = to->attempts <= s->c.max_retries && !(s->c.gone && slot->status == 410);
    if (e->outcome != (good ? WEBHOOK_DELIVERED : more ? WEBHOOK_RETRYING : WEBHOOK_GAVE_UP))
        sim_broken(s, "attempt %u with status %u: outcome %u", (unsigned)to->attempts,
                   (unsigned)slot->status, (unsigned)e->outcome);
    to->state = good ? SIM_DELIVERED : more ? SIM_QUEUED : SIM_GAVE_UP;
    if (to->state == SIM_QUEUED) {
        check_wait(w, slot, to, e->next_ms - s->unix_ms);
        to->next_ms = e->next_ms;
        to->due_lo = to->due_hi = s->tick + (uint64_t)(e->next_ms - s->unix_ms);
    }
    w->delivered += to->state == SIM_DELIVERED;
    w->gave_up += to->state == SIM_GAVE_UP;
    if (ended(to)) note_end(w, event, to, to->state);
    note_hook(w, slot, to);
}

static void log_cancelled(sim_worker *w, const webhook_log_entry *e, uint32_t event, sim_to *to) {
    sim *s = w->s;
    must(s, stale(w, to), "cancelled, and its webhook is there");
    must(s, e->attempt == to->attempts || (to->slack && e->attempt + 1 == to->attempts),
         "a cancelled one with another number of attempts");
    to->state = SIM_CANCELLED;
    w->cancelled++;
    note_end(w, event, to, SIM_CANCELLED);
}

static void log_texts(sim_worker *w, const webhook_log_entry *e, const sim_event *v,
                      int must_have) {
    char id[12];
    snprintf(id, sizeof id, "e%08u", (unsigned)(v - w->s->event));
    if (e->event_id.len == 0 && !must_have) return;
    must(w->s, webhook_str_eq(e->event_id, webhook_str_from_cstr(id)), "another event in the log");
    must(w->s, webhook_str_eq(e->event, webhook_str_from_cstr(event_names[v->name])),
         "another event's name in the log");
    must(w->s, webhook_str_eq(e->payload, webhook_str_from(v->body, v->len)), "another payload");
}

static void on_log(void *user, const webhook_log_entry *e) {
    sim_worker *w = (sim_worker *)user;
    sim *s = w->s;
    int hook = hook_of(e->webhook_id), event = event_by_key(s, e->event_key), flying;
    sim_to *to;
    w->happened++;
    say(s,
        "    log webhook %d event %d outcome %u attempt %u status %u count %u wait %ld \"%.*s\"\n",
        hook, event, (unsigned)e->outcome, (unsigned)e->attempt, (unsigned)e->status,
        (unsigned)e->count, e->outcome == WEBHOOK_RETRYING ? (long)(e->next_ms - s->unix_ms) : 0L,
        (int)e->error.len, e->error.ptr == NULL ? "" : e->error.ptr);
    if (hook < 0 || e->count == 0 || (e->count > 1 && e->event_key.len > 0)) {
        sim_broken(s, "a log entry about nothing");
        return;
    }
    if (e->event_key.len == 0) {
        must(s, e->outcome == WEBHOOK_CANCELLED, "several in one entry");
        w->hook[hook].bulk += e->count;
        return;
    }
    to = event < 0 ? NULL : to_of(w, (uint32_t)event, (unsigned)hook);
    if (to == NULL || ended(to) || s->event[event].held[w->index].status != SIM_ACCEPTED) {
        sim_broken(s, "an entry for a delivery that is not under way");
        return;
    }
    flying = to->state == SIM_IN_FLIGHT;
    log_texts(w, e, &s->event[event], flying);
    if (e->outcome == WEBHOOK_CANCELLED) {
        log_cancelled(w, e, (uint32_t)event, to);
    } else if (flying) {
        log_attempt(w, e, (uint32_t)event, to);
    } else {
        must(s, s->event[event].held[w->index].broken && e->outcome == WEBHOOK_GAVE_UP,
             "an entry without an attempt");
        to->state = SIM_GAVE_UP;
        w->gave_up++;
        w->hook[hook].failures_open = w->hook[hook].enabled_open = 1;
        note_end(w, (uint32_t)event, to, SIM_GAVE_UP);
    }
    if (flying) {
        sim_slot *slot = &w->slot[to->slot];
        slot->logged = 1;
        w->in_flight--;
        w->hook[hook].in_flight--;
        retire(w, slot);
    }
    try_inside(w);
}

/* ---- after each call of the engine ---- */

static void tell_version(sim_worker *w, sim_record *r, sim_version *v) {
    webhook_str key = key_str(r);
    char e[WEBHOOK_EVENT_KEY_MAX];
    int event, hook;
    v->open = 0;
    if (r->key[0] == 'w') {
        hook = hook_of(rest_of(key, 1));
        v->hook = w->hook[hook].now;
    }
    if (r->key[0] == 'f') v->value = w->hook[hook_of(rest_of(key, 1))].failures;
    if (r->key[0] != 'd') return;
    memcpy(e, r->key, sizeof e);
    e[0] = 'e';
    event = event_by_key(w->s, webhook_str_from(e, sizeof e));
    hook = hook_of(rest_of(key, WEBHOOK_EVENT_KEY_MAX + 1));
    if (event >= 0) {
        const sim_to *to = to_of(w, (uint32_t)event, (unsigned)hook);
        v->value = (uint32_t)event;
        if (to != NULL) v->to = *to;
        must(w->s, to != NULL, "progress of a delivery that there is not");
    }
}

/* What was put in this call is what the model holds now. */
static void tell_fresh(sim_worker *w) {
    sim *s = w->s;
    size_t i;
    while (s->n_fresh > 0) {
        sim_version *v = s->fresh[s->n_fresh - 1], *k;
        sim_record *r = NULL;
        if (v->open)
            for (i = 0; i < s->n_records && r == NULL; i++)
                for (k = s->record[i].first; k != NULL; k = k->next)
                    if (k == v) r = &s->record[i];
        if (r != NULL) tell_version(w, r, v);
        s->n_fresh--;
    }
    s->intended = NULL;
}

static void check_info(sim_worker *w, unsigned hook) {
    sim *s = w->s;
    sim_hook *k = &w->hook[hook];
    const sim_state *now = &k->now;
    webhook_info i;
    char url[64];
    webhook_status status =
        webhook_registry_get(&w->registry, webhook_str_from_cstr(hook_ids[hook]), &i);
    if ((status == WEBHOOK_OK) != now->exists) {
        sim_broken(s, "webhook %u: %s", hook, now->exists ? "is gone" : "is there");
        return;
    }
    if (!now->exists) return;
    url_of(hook, now->url, url);
    must(s, i.settings.enabled == (now->enabled ? WEBHOOK_YES : WEBHOOK_NO), "info: enabled");
    must(s, i.paused_for == now->paused_for, "info: paused for");
    must(s, i.failures == k->failures, "info: failures");
    must(s, i.changing == k->changing, "info: changing");
    must(s, i.settings.max_in_flight == now->cap, "info: cap");
    must(s, i.settings.rate_milli == now->rate, "info: rate");
    must(s, i.settings.ordered == (now->ordered ? WEBHOOK_YES : WEBHOOK_NO), "info: ordered");
    must(s, i.settings.security == (now->security ? WEBHOOK_YES : WEBHOOK_NO), "info: security");
    must(s, webhook_str_eq(i.settings.url, webhook_str_from_cstr(url)), "info: url");
    must(s, webhook_str_eq(i.settings.name, webhook_str_from_cstr(hook_names[now->name])),
         "info: name");
    must(s, webhook_str_eq(i.settings.events, webhook_str_from_cstr(patterns[now->events])),
         "info: events");
    must(s,
         webhook_str_eq(i.settings.headers, webhook_str_from_cstr(now->headers ? own_headers : "")),
         "info: headers");
    must(s, webhook_str_eq(i.settings.http_user, webhook_str_from_cstr(now->basic ? "api" : "")),
         "info: user");
    must(s, i.settings.secret.len == 0 && i.settings.http_pass.len == 0, "info: a secret");
}

/* An event whose deliveries have all ended is no longer held; one whose record went has ended. */
static void drop_ended(sim_worker *w) {
    sim *s = w->s;
    size_t i, n = 0;
    uint32_t t;
    for (i = 0; i < w->n_active; i++) {
        sim_event *e = &s->event[w->active[i]];
        sim_held *held = &e->held[w->index];
        unsigned left = held->status == SIM_PENDING;
        for (t = 0; t < e->n; t++) left += !ended(&held->to[t]);
        if (left > 0) {
            w->active[n++] = w->active[i];
            continue;
        }
        held->status = SIM_NOT_HELD;
        must(s, visible(s, webhook_str_from(e->key, sizeof e->key)) == NULL,
             "an event has ended, and its record is there");
    }
    w->n_active = n;
    for (i = 0; i < s->n_removed; i++)
        must(s, s->event[s->removed[i]].held[w->index].status != SIM_ACCEPTED,
             "the record of an event went before it has ended");
    s->n_removed = 0;
}

/* Is its record lent, or asked for? */
static int body_is_near(const sim_worker *w, uint32_t event) {
    size_t i;
    for (i = 0; i < w->n_get; i++)
        if (w->get[i] == event) return 1;
    for (i = 0; i < w->s->n_lent; i++)
        if (w->s->lent[i].event == event && w->s->lent[i].worker == w->index) return 1;
    return 0;
}

static void check_counts(sim_worker *w) {
    sim *s = w->s;
    uint32_t queued = 0, may = w->in_flight, t, h, flying = w->engine.in_flight;
    size_t i, lent = 0;
    for (i = 0; i < w->n_active; i++) {
        sim_event *e = &s->event[w->active[i]];
        int body = body_is_near(w, w->active[i]);
        for (t = 0; t < e->n; t++) {
            const sim_to *to = &e->held[w->index].to[t];
            queued += !ended(to);
            may += (body || e->held[w->index].broken) && to->state == SIM_QUEUED; /* or a slot */
        }
    }
    for (i = 0; i < s->n_lent; i++) lent += s->lent[i].worker == w->index;
    if (w->engine.queued != queued)
        sim_broken(s, "%u deliveries are queued, the engine says %u", (unsigned)queued,
                   (unsigned)w->engine.queued);
    must(s, w->engine.events == w->n_active, "the number of events");
    must(s, w->engine.delivered == w->delivered, "the number of delivered");
    must(s, w->engine.gave_up == w->gave_up, "the number of given up");
    must(s, w->engine.cancelled == w->cancelled, "the number of cancelled");
    must(s, flying >= w->in_flight && flying <= may, "the number of slots");
    must(s, lent <= flying, "more records are lent than there are attempts");
    check_budget(w);
    for (h = 0, t = 0; h < s->c.hooks; h++) {
        check_info(w, h);
        t += w->hook[h].now.exists;
    }
    must(s, w->registry.count == t, "the number of webhooks");
}

/* What the model cannot know, the registry is asked. */
static void ask_registry(sim_worker *w) {
    uint32_t h;
    webhook_info i;
    for (h = 0; h < w->s->c.hooks; h++) {
        sim_hook *k = &w->hook[h];
        if (!k->failures_open && !k->enabled_open) continue;
        if (webhook_registry_get(&w->registry, webhook_str_from_cstr(hook_ids[h]), &i) ==
            WEBHOOK_OK) {
            if (k->failures_open) k->failures = i.failures;
            if (k->enabled_open) {
                k->now.enabled = i.settings.enabled == WEBHOOK_YES;
                k->now.paused_for = i.paused_for;
            }
        }
        k->failures_open = k->enabled_open = 0;
    }
}

static void after_call(sim_worker *w) {
    ask_registry(w);
    tell_fresh(w);
    drop_ended(w);
    check_counts(w);
    tell_fresh(w);
}

/* Cancelled together: as many as the entry said, which may come later where an event of that queue
 * still waits for its commit. */
static void check_bulk(sim_worker *w) {
    sim *s = w->s;
    uint32_t h, t;
    uint8_t waits[SIM_HOOKS] = { 0 };
    size_t i;
    for (i = 0; i < w->n_active; i++) {
        sim_held *held = &s->event[w->active[i]].held[w->index];
        for (t = 0; t < s->event[w->active[i]].n; t++) {
            sim_to *to = &held->to[t];
            if (held->status != SIM_ACCEPTED) waits[to->hook] = 1;
            if (held->status != SIM_ACCEPTED || ended(to) || !stale(w, to)) continue;
            must(s, to->state != SIM_IN_FLIGHT, "an attempt to a deleted webhook goes on");
            w->hook[to->hook].owed++;
            w->cancelled++;
            to->state = SIM_CANCELLED;
            note_end(w, w->active[i], to, SIM_CANCELLED);
        }
    }
    for (h = 0; h < SIM_HOOKS; h++) {
        sim_hook *k = &w->hook[h];
        if (k->bulk > k->owed || (k->bulk < k->owed && !waits[h]))
            sim_broken(s, "webhook %u: %u cancelled together, not %u", (unsigned)h,
                       (unsigned)k->bulk, (unsigned)k->owed);
        k->owed -= k->bulk;
        k->bulk = 0;
    }
}

/* How far the deliveries have come is in the store, unless it did not take it. */
static void check_progress(sim_worker *w) {
    sim *s = w->s;
    size_t i;
    uint32_t t;
    for (i = 0; i < w->n_active; i++) {
        sim_event *e = &s->event[w->active[i]];
        sim_held *held = &e->held[w->index];
        if (held->status != SIM_ACCEPTED || held->unsaved || e->shared) continue;
        if (s->c.workers > 1 && e->crashed) continue; /* the other one may have lost it */
        for (t = 0; t < e->n; t++) {
            char key[WEBHOOK_STORE_KEY_MAX + 1];
            const sim_to *to = &held->to[t];
            const sim_version *v;
            int n;
            /* what was cancelled is so again, whatever is known of it */
            if (to->state == SIM_IN_FLIGHT || to->state == SIM_CANCELLED ||
                (!ended(to) && to->attempts == 0))
                continue;
            n = snprintf(key, sizeof key, "d%.32s/%s", e->key + 1, hook_ids[e->hook[t]]);
            v = visible(s, webhook_str_from(key, (size_t)n));
            if (v == NULL || v->to.state != to->state || v->to.attempts != to->attempts)
                sim_broken(s, "the store does not know how far event %u has come",
                           (unsigned)w->active[i]);
        }
    }
}

static void check_slots(sim_worker *w) {
    uint32_t i;
    for (i = 0; i < w->s->c.slots; i++) {
        sim_slot *slot = &w->slot[i];
        if (!slot->used) continue;
        must(w->s, !slot->lying, "a result is left lying");
        must(w->s, !slot->cut && !slot->logged, "an attempt was cut off or logged, not both");
        must(w->s, slot->done || slot->deadline > w->s->tick, "an attempt over its time limit");
        if (slot->done)
            must(w->s, w->next <= w->s->tick, "a result waits, and run does not ask to be called");
        else
            must(w->s, w->next <= slot->deadline, "run wants to be called after a time limit");
    }
}

/* When the rate allows an attempt in any case. What has no body yet may have paid for it, and what
 * was paid under another rate is not given back. */
static uint64_t rate_is_free(const sim_worker *w, const sim_hook *k) {
    uint64_t free_at = k->last_start + rate_window(k->now.rate);
    if (w->get_trouble + rate_window(k->now.rate) > free_at)
        free_at = w->get_trouble + rate_window(k->now.rate);
    return free_at > k->rate_debt ? free_at : k->rate_debt;
}

/* Has the delivery a reason of its own not to start, whatever there is room for? If so, `by` is
 * when run must be called for it. */
static int has_reason(sim_worker *w, uint32_t event, const sim_to *to, uint64_t *by) {
    sim *s = w->s;
    const sim_hook *k = &w->hook[to->hook];
    const sim_held *held = &s->event[event].held[w->index];
    uint32_t first = 0;
    size_t i, lent = 0;
    *by = UINT64_MAX;
    if (s->unix_ms < 1000) {
        *by = s->tick + 1000;
        return 1;
    }
    for (i = 0; i < s->n_lent; i++)
        if (s->lent[i].worker == w->index) lent += s->lent[i].len;
    for (i = 0; i < w->n_get; i++) lent += s->event[w->get[i]].len;
    if (k->now.cap != WEBHOOK_NO_LIMIT && k->in_flight >= k->now.cap) return 1;
    if (k->now.ordered && (k->in_flight > 0 || s->lates > 0 || s->c.workers > 1 ||
                           oldest(w, to->hook, s->event[event].worker, &first) != to))
        return 1;
    if (held->broken) return 1;
    if (w->engine.in_flight > w->in_flight) return 1; /* whose slot that is, is not known */
    if (lent + s->event[event].len + 200 > w->engine.desc.body_budget && lent > 0) return 1;
    if (k->now.rate != WEBHOOK_NO_LIMIT && rate_is_free(w, k) > s->tick) {
        *by = rate_is_free(w, k);
        return 1;
    }
    if (held->get_failed && s->tick < held->get_failed + SIM_AGAIN_MS) {
        *by = held->get_failed + SIM_AGAIN_MS;
        return 1;
    }
    return 0;
}

static void check_delivery(sim_worker *w, uint32_t event, const sim_to *to) {
    sim *s = w->s;
    sim_hook *k = &w->hook[to->hook];
    uint64_t by;
    int reason = has_reason(w, event, to, &by);
    int room = w->engine.in_flight < s->c.slots &&
               fair(w, to->hook, w->engine.in_flight, k->slow, held_by_slow(w, 1));
    if (reason && room && w->next > by && to->due_hi <= by)
        sim_broken(s, "run wants to be called %lu ms too late", (unsigned long)(w->next - by));
    if (reason) return;
    if (!room) {
        if (to->due_hi <= s->tick && k->in_flight == 0 && k->slow == 0) k->waits = 1;
        return;
    }
    if (to->due_hi <= s->tick)
        sim_broken(s, "event %u to webhook %u is due and has not started", (unsigned)event,
                   (unsigned)to->hook);
    else if (w->next > to->due_hi)
        sim_broken(s, "event %u to webhook %u is due before run wants to be called",
                   (unsigned)event, (unsigned)to->hook);
}

static void check_due(sim_worker *w) {
    sim *s = w->s;
    size_t i;
    uint32_t t, h;
    for (h = 0; h < SIM_HOOKS; h++) w->hook[h].waits = 0;
    for (i = 0; i < w->n_active; i++) {
        sim_held *held = &s->event[w->active[i]].held[w->index];
        if (held->status != SIM_ACCEPTED) continue;
        for (t = 0; t < s->event[w->active[i]].n; t++) {
            sim_to *to = &held->to[t];
            if (to->state == SIM_QUEUED && w->hook[to->hook].now.enabled)
                check_delivery(w, w->active[i], to);
        }
    }
    for (h = 0; h < SIM_HOOKS; h++) {
        sim_hook *k = &w->hook[h];
        if (k->waits && k->waits_since != 0 && k->passed)
            sim_broken(s, "webhook %u waits, and another one gets two turns", (unsigned)h);
        if (!k->waits || k->waits_since == 0) k->passed = k->passed_by = 0;
        k->waits_since = k->waits ? w->runs : 0;
    }
}

/* Webhooks with something due take turns: none gets two slots while another one that did not time
 * out waits for its first, and goes on waiting. */
static void note_turn(sim_worker *w, unsigned hook) {
    uint32_t h;
    for (h = 0; h < SIM_HOOKS; h++) {
        sim_hook *other = &w->hook[h];
        if (h == hook || other->waits_since == 0) continue;
        if ((other->passed_by >> hook & 1) != 0) other->passed = 1;
        other->passed_by = (uint8_t)(other->passed_by | 1u << hook);
    }
    w->hook[hook].waits_since = 0;
}

/* What was put or removed is committed a second later at the latest. */
static void check_dirty(sim_worker *w) {
    sim *s = w->s;
    if (!w->dirty) w->dirty_at = UINT64_MAX;
    if (!w->dirty) return;
    if (w->dirty_at == UINT64_MAX) w->dirty_at = s->tick;
    must(s, s->tick < w->dirty_at + 1000, "a second has gone by without a commit");
    must(s, w->next <= w->dirty_at + 1000, "run wants to be called later than the commit is due");
}

/* Due times that were read back become ticks with the first run. */
static void open_due(sim_worker *w) {
    sim *s = w->s;
    size_t i;
    uint32_t t;
    for (i = 0; i < w->n_active; i++)
        for (t = 0; t < s->event[w->active[i]].n; t++) {
            sim_to *to = &s->event[w->active[i]].held[w->index].to[t];
            int64_t wait = to->next_ms - s->unix_ms;
            if (!to->due_open) continue;
            wait = wait < 0 ? 0 : wait > (int64_t)s->c.cap_ms ? (int64_t)s->c.cap_ms : wait;
            to->due_lo = to->due_hi = s->tick + (uint64_t)wait;
            if (to->due_open == 2) {
                to->due_lo = s->tick;
                to->due_hi = s->tick + s->c.cap_ms;
            }
            to->due_open = 0;
        }
}

static void see_secrets(sim_worker *w) {
    uint32_t h;
    for (h = 0; h < SIM_HOOKS; h++)
        if (w->hook[h].now.coming && w->s->unix_ms >= w->hook[h].now.signs_from_ms)
            w->hook[h].now.coming_seen = 1;
}

static uint64_t engine_tick(sim_worker *w, uint64_t tick) {
    if (!w->s->c.tick32) return tick;
    return w->s->extended = webhook_tick_extend(w->s->extended, (uint32_t)tick);
}

static void run(sim_worker *w) {
    sim *s = w->s;
    unsigned runs = 0, idle = 0;
    uint32_t i;
    int at_its_time = w->next == s->tick;
    if (!w->up) return;
    see_secrets(w);
    open_due(w);
    do {
        uint64_t tick = engine_tick(w, s->tick);
        must(s, tick == s->tick, "the tick is not extended rightly");
        for (i = 0; i < s->c.slots; i++) w->slot[i].lying = w->slot[i].used && w->slot[i].done;
        w->happened = 0;
        w->runs++;
        if (w->n_get > 0) w->get_trouble = s->tick;
        w->running = 1;
        w->next = webhook_delivery_run(&w->engine, tick, s->unix_ms);
        w->running = 0;
        say(s, "    run -> %ld\n",
            w->next == UINT64_MAX ? -1L : (long)(int64_t)(w->next - s->tick));
        check_bulk(w);
        after_call(w);
        check_slots(w);
        check_progress(w);
        check_due(w);
        check_dirty(w);
        if (w->happened == 0) idle++;
        if (idle > 3 && w->next <= s->tick) sim_broken(s, "run wants to be called for nothing");
        if (++runs > 2000) sim_broken(s, "run wants to be called for ever");
    } while (w->next <= s->tick && s->broken == 0);
    w->idle = at_its_time && idle == runs ? w->idle + 1 : 0;
    if (w->idle > 3) sim_broken(s, "run wants to be called again and again, for nothing");
}

/* ---- calls from inside of callbacks are refused ---- */

static void try_inside(sim_worker *w) {
    sim *s = w->s;
    webhook_emit e = WEBHOOK_ZERO;
    webhook_emitted out;
    webhook_settings set = WEBHOOK_ZERO;
    webhook_change change;
    webhook_str missing, id = WEBHOOK_STR("h0");
    static uint64_t elsewhere[1000];
    if (!chance(s, s->inside)) return;
    set.enabled = WEBHOOK_NO;
    e.id = WEBHOOK_STR("inside");
    e.event = WEBHOOK_STR("orders.o1.create");
    switch (draw(s) % 10) {
    case 0:
        must(s, webhook_delivery_emit(&w->engine, &e, &out) == WEBHOOK_ERR_BUSY, "emit inside");
        break;
    case 1:
        must(s,
             webhook_delivery_let_go(&w->engine,
                                     webhook_str_from(s->event[0].key, WEBHOOK_EVENT_KEY_MAX)) ==
                 WEBHOOK_ERR_BUSY,
             "let_go inside");
        break;
    case 2:
        must(s, webhook_registry_update(&w->registry, id, &set, 1, &change) == WEBHOOK_ERR_BUSY,
             "update inside");
        break;
    case 3:
        must(s, webhook_registry_delete(&w->registry, id, 1, &change) == WEBHOOK_ERR_BUSY,
             "delete inside");
        break;
    case 4:
        must(s, webhook_registry_drop_queue(&w->registry, id, 1, &change) == WEBHOOK_ERR_BUSY,
             "drop_queue inside");
        break;
    case 5:
        must(s, webhook_registry_absent(&w->registry, WEBHOOK_STR("wh0")) == WEBHOOK_ERR_BUSY,
             "absent inside");
        break;
    case 6:
        must(s,
             webhook_registry_move(&w->registry, elsewhere, sizeof elsewhere) == WEBHOOK_ERR_BUSY,
             "move inside");
        break;
    case 7: (void)webhook_delivery_run(&w->engine, s->tick, s->unix_ms); break;
    case 8: webhook_delivery_committed(&w->engine, w->last_ticket, WEBHOOK_OK); break;
    default:
        must(s,
             webhook_delivery_take(&w->engine, missing = WEBHOOK_STR("x"), NULL, 0, &missing) ==
                 WEBHOOK_ERR_BUSY,
             "take inside");
    }
}

/* ---- changes of the registry ---- */

static void set_defaults(sim_state *st, uint32_t hook, uint32_t number) {
    memset(st, 0, sizeof *st);
    st->exists = st->enabled = st->security = 1;
    st->cap = st->rate = WEBHOOK_NO_LIMIT;
    st->events = (uint8_t)(hook % 4);
    st->url = (uint8_t)(number % 3);
    st->ordered = hook == 3;
    if (hook == 4) st->cap = 2;
}

/* What waits for this webhook is lost, whatever comes under its id. */
static void doom(sim_worker *w, unsigned hook, uint32_t queue) {
    size_t i;
    uint32_t t;
    for (i = 0; i < w->n_active; i++)
        for (t = 0; t < w->s->event[w->active[i]].n; t++) {
            sim_to *to = &w->s->event[w->active[i]].held[w->index].to[t];
            if (to->hook == hook && to->queue == queue) to->queue = UINT32_MAX;
        }
}

static void holds(sim_worker *w, unsigned hook) {
    sim_hook *k = &w->hook[hook];
    sim_state was = k->now;
    k->now = k->next;
    if (was.exists && (!k->now.exists || k->now.queue != was.queue)) doom(w, hook, was.queue);
    k->changing = 0;
    if (was.exists && k->now.exists) {
        if (k->paused_since && !k->says_enabled) {
            k->now.enabled = 0;
            k->now.paused_for = was.paused_for;
        }
        if (k->paused_since && k->says_enabled) k->enabled_open = 1;
        k->now.coming_seen = was.coming == k->now.coming && was.coming_seen;
        if (was.queue != k->now.queue) k->slow = 2;
    } else {
        k->slow = 0;
        k->n_starts = 0;
        k->waits_since = 0;
        k->failures = 0;
    }
    if (was.rate != k->now.rate) {
        k->n_starts = 0;
        if (was.exists && was.rate != WEBHOOK_NO_LIMIT)
            k->rate_debt = (k->last_start > w->get_trouble ? k->last_start : w->get_trouble) +
                           rate_window(was.rate);
    }
    if (k->says_enabled == 1) k->failures = 0;
    if (k->paused_since) k->failures_open = 1;
}

/* What a change has answered: OK holds now, PENDING later, else nothing has changed. */
static void changed(sim_worker *w, unsigned hook, webhook_status status,
                    const webhook_change *change) {
    sim *s = w->s;
    sim_hook *k = &w->hook[hook];
    say(s, "  -> %s\n", status_name(status));
    if (k->changing || (status == WEBHOOK_PENDING && w->n_open == 0))
        must(s, status < 0, "a change while another one waits");
    if (status == WEBHOOK_PENDING) {
        k->changing = 1;
        k->paused_since = 0;
        k->ticket = change->ticket;
        must(s, change->ticket == w->last_ticket, "another ticket");
    }
    if (status == WEBHOOK_OK) {
        k->paused_since = 0;
        holds(w, hook);
    }
    if (status == WEBHOOK_ERR_SYNTAX || status == WEBHOOK_ERR_LIMIT ||
        status == WEBHOOK_ERR_RANGE || status == WEBHOOK_ERR_ARGUMENT ||
        status == WEBHOOK_ERR_FORBIDDEN || status == WEBHOOK_ERR_KEY ||
        status == WEBHOOK_ERR_DUPLICATE)
        sim_broken(s, "a good change is refused: %s, field %u", status_name(status),
                   (unsigned)change->fault);
    after_call(w);
}

static unsigned new_secret(sim *s) {
    return s->secrets++ % SIM_SECRETS;
}

static void create(sim_worker *w, unsigned hook, uint32_t number) {
    sim *s = w->s;
    sim_hook *k = &w->hook[hook];
    webhook_settings set = WEBHOOK_ZERO;
    webhook_change change;
    webhook_status status;
    sim_state n;
    char url[64];
    unsigned secret = new_secret(s);
    set_defaults(&n, hook, number);
    n.secrets = (uint16_t)(1u << secret);
    n.queue = ++s->queues;
    url_of(hook, n.url, url);
    set.id = webhook_str_from_cstr(hook_ids[hook]);
    set.secret = secret_of(secret);
    set.name = webhook_str_from_cstr(hook_names[0]);
    set.url = webhook_str_from_cstr(url);
    set.events = webhook_str_from_cstr(patterns[n.events]);
    set.ordered = n.ordered ? WEBHOOK_YES : WEBHOOK_UNSET;
    set.max_in_flight = n.cap == WEBHOOK_NO_LIMIT ? 0 : n.cap;
    set.basic_over_http = WEBHOOK_YES;
    say(s, "  create webhook %u\n", hook);
    s->intended = &n;
    status = webhook_registry_create(&w->registry, &set, s->unix_ms, &change);
    if (!k->changing) {
        k->next = n;
        k->says_enabled = 0;
        must(s, !k->now.exists || status == WEBHOOK_ERR_TAKEN, "two webhooks of one id");
    }
    changed(w, hook, status, &change);
}

static void drop_or_delete(sim_worker *w, unsigned hook, int drop) {
    sim *s = w->s;
    sim_hook *k = &w->hook[hook];
    sim_state n = k->now;
    webhook_change change;
    webhook_status status;
    webhook_str id = webhook_str_from_cstr(hook_ids[hook]);
    say(s, "  %s webhook %u\n", drop ? "drop the queue of" : "delete", hook);
    if (drop)
        n.queue = ++s->queues;
    else
        memset(&n, 0, sizeof n);
    s->intended = drop ? &n : NULL; /* a record that is put at a deletion is the old one again */
    status = drop ? webhook_registry_drop_queue(&w->registry, id, s->unix_ms, &change)
                  : webhook_registry_delete(&w->registry, id, s->unix_ms, &change);
    if (!k->changing) {
        k->next = n;
        k->says_enabled = 0;
        if (!k->now.exists) must(s, status == WEBHOOK_ERR_NOT_FOUND, "a change of no webhook");
    }
    changed(w, hook, status, &change);
}

static void update_secret(sim_worker *w, sim_state *n, webhook_settings *set, uint32_t number) {
    static const uint32_t overlaps[] = { WEBHOOK_AT_ONCE, 0, 5, 60 };
    sim *s = w->s;
    unsigned secret = new_secret(s);
    uint32_t overlap = overlaps[number % 4];
    set->secret = secret_of(secret);
    set->overlap_s = overlap;
    if (n->coming) {
        if (s->unix_ms >= n->signs_from_ms) n->secrets = 0;
        if (s->unix_ms >= n->signs_from_ms || n->coming_seen)
            n->secrets = (uint16_t)(n->secrets | 1u << (n->coming - 1));
    }
    n->coming = (uint8_t)(secret + 1);
    n->coming_seen = 0;
    n->signs_from_ms =
        s->unix_ms + (int64_t)(overlap == 0 ? WEBHOOK_OVERLAP_DEFAULT_S : overlap) * 1000;
    if (overlap == WEBHOOK_AT_ONCE) {
        n->secrets = (uint16_t)(1u << secret);
        n->coming = 0;
    }
}

static void update_field(sim_worker *w, unsigned hook, sim_state *n, webhook_settings *set,
                         uint32_t number, char url[64]) {
    static const uint32_t rates[] = { 500, 1000, 2500, 5000, WEBHOOK_NO_LIMIT };
    uint32_t v = number >> 8;
    switch (number % 11) {
    case 0:
        n->ordered = !n->ordered;
        set->ordered = n->ordered ? WEBHOOK_YES : WEBHOOK_NO;
        break;
    case 1: set->max_in_flight = n->cap = v % 3 == 0 ? WEBHOOK_NO_LIMIT : v % 3; break;
    case 2:
        set->rate_milli = n->rate = rates[v % 5];
        say(w->s, "  rate %u\n", (unsigned)n->rate);
        break;
    case 3:
        n->name = (uint8_t)(v % 2);
        set->name = webhook_str_from_cstr(hook_names[n->name]);
        break;
    case 4:
        n->url = (uint8_t)(v % 3);
        url_of(hook, n->url, url);
        set->url = webhook_str_from_cstr(url);
        break;
    case 5:
        n->events = (uint8_t)(v % 4);
        set->events = webhook_str_from_cstr(patterns[n->events]);
        break;
    case 6: update_secret(w, n, set, v); break;
    case 7:
        n->security = !n->security;
        set->security = n->security ? WEBHOOK_YES : WEBHOOK_NO;
        break;
    case 8:
        n->headers = !n->headers;
        set->headers = webhook_str_from_cstr(n->headers ? own_headers : "");
        break;
    case 9:
        n->basic = !n->basic;
        set->http_user = webhook_str_from_cstr(n->basic ? "api" : "");
        set->http_pass = webhook_str_from_cstr(n->basic ? "p:w" : "");
        break;
    default: break; /* nothing changes */
    }
}

/* number of UINT32_MAX: pause or enable, else one of the fields */
static void update(sim_worker *w, unsigned hook, uint32_t number) {
    sim *s = w->s;
    sim_hook *k = &w->hook[hook];
    sim_state n = k->now;
    webhook_settings set = WEBHOOK_ZERO;
    webhook_change change;
    webhook_status status;
    char url[64];
    int says = 0;
    if (number == UINT32_MAX) {
        n.enabled = !n.enabled;
        n.paused_for = n.enabled ? WEBHOOK_PAUSED_NOT : WEBHOOK_PAUSED_USER;
        set.enabled = n.enabled ? WEBHOOK_YES : WEBHOOK_NO;
        says = n.enabled ? 1 : 2;
    } else {
        update_field(w, hook, &n, &set, number, url);
    }
    say(s, "  update webhook %u: %s\n", hook, says == 1 ? "enable" : says == 2 ? "pause" : "");
    s->intended = &n;
    status = webhook_registry_update(&w->registry, webhook_str_from_cstr(hook_ids[hook]), &set,
                                     s->unix_ms, &change);
    if (!k->changing) {
        k->next = n;
        k->says_enabled = (uint8_t)says;
        if (!k->now.exists) must(s, status == WEBHOOK_ERR_NOT_FOUND, "a change of no webhook");
    }
    changed(w, hook, status, &change);
}

/* ---- emit ---- */

static char *body_of(uint32_t number, unsigned name, size_t extra, size_t *len) {
    char *body = (char *)memory_of(160 + extra);
    int n =
        snprintf(body, 160,
                 "{\"$id\":\"e%08u\",\"event\":\"%s\",\"timestamp\":\"2025-01-15T10:30:00.000Z\","
                 "\"payload\":\"",
                 (unsigned)number, event_names[name]);
    memset(body + n, 'a' + (int)(number % 26), extra);
    memcpy(body + n + extra, "\"}", 2);
    *len = (size_t)n + extra + 2;
    return body;
}

static void accept_event(sim_worker *w, uint32_t event) {
    sim *s = w->s;
    sim_event *e = &s->event[event];
    sim_version *v = visible(s, webhook_str_from(e->key, sizeof e->key));
    uint32_t t;
    must(s, v != NULL && v->durable, "accepted, and its record is not durable");
    e->held[w->index].status = SIM_ACCEPTED;
    e->committed = 1;
    s->accepted++;
    for (t = 0; t < e->n; t++) {
        e->held[w->index].to[t].due_lo = 0;
        e->held[w->index].to[t].due_hi = s->tick;
    }
}

static void refuse_event(sim_worker *w, uint32_t event) {
    sim *s = w->s;
    sim_event *e = &s->event[event];
    e->held[w->index].status = SIM_FAILED;
    if (e->key[0] != 0)
        must(s, visible(s, webhook_str_from(e->key, sizeof e->key)) == NULL,
             "a refused event's record is there");
}

/* Whom it goes to. */
static uint32_t choose(const sim_worker *w, sim_event *e, int to, uint32_t *paused) {
    uint32_t h, n = 0;
    *paused = 0;
    for (h = 0; h < w->s->c.hooks; h++) {
        const sim_state *now = &w->hook[h].now;
        sim_to *k = &e->held[w->index].to[n];
        if (!now->exists || (to >= 0 ? (unsigned)to != h : !wants[now->events][e->name])) continue;
        if (!now->enabled) {
            ++*paused;
            continue;
        }
        memset(k, 0, sizeof *k);
        k->hook = e->hook[n] = (uint8_t)h;
        k->queue = e->queue[n] = now->queue;
        n++;
    }
    return n;
}

static void emitted(sim_worker *w, uint32_t event, webhook_status status,
                    const webhook_emitted *out, uint32_t paused, int to) {
    sim *s = w->s;
    sim_event *e = &s->event[event];
    sim_held *held = &e->held[w->index];
    const sim_config *c = &s->c;
    uint32_t n = e->n, queued = w->engine.queued;
    int full = n > c->max_fanout || (n > 0 && w->n_active + 1 > c->max_events);
    if (status >= 0 && queued >= n) queued -= n;
    full |= queued + n > c->max_queue;
    if (n == 0 && w->n_active == c->max_events && status == WEBHOOK_ERR_FULL) return;
    if (to >= 0 && !w->hook[to].now.exists) {
        must(s, status == WEBHOOK_ERR_NOT_FOUND, "an event to no webhook");
    } else if (full) {
        must(s, status == WEBHOOK_ERR_FULL, "more is accepted than there is room for");
    } else if (n == 0) {
        must(s, status == WEBHOOK_OK && e->key[0] == 0 && out->key[0] == 0, "nobody wants it");
    } else if (status < 0) {
        must(s, s->put_fails || s->commit_fails || s->failed, "an event is refused");
    }
    if (status >= 0) {
        must(s, out->deliveries == n && out->paused == paused, "the number of deliveries");
        must(s, n == 0 || memcmp(out->key, e->key, sizeof e->key) == 0, "another key");
    }
    if (n == 0) return;
    if (status < 0) {
        refuse_event(w, event);
        return;
    }
    w->active[w->n_active++] = event;
    held->status = SIM_PENDING;
    if (status == WEBHOOK_OK) accept_event(w, event);
    if (status == WEBHOOK_PENDING) {
        held->ticket = out->ticket;
        must(s, out->ticket == w->last_ticket && w->n_open > 0, "another ticket");
    }
}

static int emit(sim_worker *w, uint32_t number) {
    sim *s = w->s;
    uint32_t event = s->n_events, paused;
    sim_event *e;
    webhook_emit m = WEBHOOK_ZERO;
    webhook_emitted out;
    webhook_status status;
    char *body, id[12];
    int to = number >> 4 & 3 ? -1 : (int)((number >> 6) % s->c.hooks);
    if (event == SIM_EVENTS) return 0;
    e = &s->event[s->n_events++];
    memset(e, 0, sizeof *e);
    e->name = (uint8_t)(number % 3);
    e->worker = w->index;
    e->body = body_of(event, e->name, number >> 12 & 15 ? number >> 16 & 31 : number >> 16 & 2047,
                      &e->len);
    e->n = choose(w, e, to, &paused);
    snprintf(id, sizeof id, "e%08u", (unsigned)event);
    body = copy_of(webhook_str_from(e->body, e->len));
    m.body = webhook_str_from(body, e->len);
    if ((number >> 10 & 1) != 0) {
        m.id = webhook_str_from_cstr(id);
        m.event = webhook_str_from_cstr(event_names[e->name]);
    }
    if (to >= 0) m.to = webhook_str_from_cstr(hook_ids[to]);
    say(s, "  emit event %u to %u webhooks\n", (unsigned)event, (unsigned)e->n);
    s->emitting = event;
    status = webhook_delivery_emit(&w->engine, &m, &out);
    s->emitting = UINT32_MAX;
    say(s, "  -> %s\n", status_name(status));
    memset(body, 0xdd, e->len); /* nothing of it is borrowed any more */
    free(body);
    emitted(w, event, status, &out, paused, to);
    after_call(w);
    return 1;
}

/* ---- commits and gets that are answered later ---- */

static void settle(sim_worker *w, size_t n, webhook_status result) {
    sim *s = w->s;
    uint64_t ticket = w->open[n - 1], seq = w->open_seq[n - 1];
    size_t i, k = 0;
    uint32_t h;
    say(s, "  committed %lu %s\n", (unsigned long)ticket, status_name(result));
    if (result == WEBHOOK_OK) make_durable(w, seq);
    if (result != WEBHOOK_OK) w->dirty = 1;
    for (i = n; i < w->n_open; i++, k++) {
        w->open[k] = w->open[i];
        w->open_seq[k] = w->open_seq[i];
    }
    w->n_open = k;
    for (h = 0; h < SIM_HOOKS; h++)
        if (w->hook[h].changing && w->hook[h].ticket <= ticket) {
            w->hook[h].changing = 0;
            if (result == WEBHOOK_OK) holds(w, h);
        }
    for (i = 0; i < w->n_active; i++) {
        sim_held *held = &s->event[w->active[i]].held[w->index];
        if (held->status != SIM_PENDING || held->ticket > ticket) continue;
        if (result == WEBHOOK_OK)
            accept_event(w, w->active[i]);
        else
            held->status = SIM_FAILED;
    }
    webhook_delivery_committed(&w->engine, ticket, result);
    for (i = k = 0; i < w->n_active; i++) {
        uint32_t event = w->active[i];
        if (s->event[event].held[w->index].status == SIM_FAILED)
            refuse_event(w, event);
        else
            w->active[k++] = event;
    }
    w->n_active = k;
    after_call(w);
}

static void got(sim_worker *w, size_t which, unsigned how) {
    static const webhook_status errors[] = { WEBHOOK_OK, WEBHOOK_OK, WEBHOOK_ERR_IO,
                                             WEBHOOK_ERR_NOT_FOUND, WEBHOOK_ERR_DAMAGED };
    sim *s = w->s;
    uint32_t event = w->get[which];
    webhook_str key = webhook_str_from(s->event[event].key, WEBHOOK_EVENT_KEY_MAX);
    webhook_status status = errors[how];
    webhook_str record = WEBHOOK_STR_INIT("");
    w->get[which] = w->get[--w->n_get];
    if (status == WEBHOOK_OK && visible(s, key) == NULL) status = WEBHOOK_ERR_NOT_FOUND;
    say(s, "  got event %u %s\n", (unsigned)event, status_name(status));
    if (status == WEBHOOK_OK)
        record = lend(w, event);
    else
        get_failed(w, event, status);
    webhook_delivery_got(&w->engine, key, status, record);
    after_call(w);
}

/* ---- taking in, letting go, crashes ---- */

static int is_active(const sim_worker *w, uint32_t event) {
    size_t i;
    for (i = 0; i < w->n_active; i++)
        if (w->active[i] == event) return 1;
    return 0;
}

/* The model's side of take: what the records say. */
static void held_from_store(sim_worker *w, uint32_t event) {
    sim *s = w->s;
    sim_event *e = &s->event[event];
    sim_held *held = &e->held[w->index];
    uint32_t t;
    memset(held, 0, sizeof *held);
    held->status = SIM_ACCEPTED;
    for (t = 0; t < e->n; t++) {
        char key[WEBHOOK_STORE_KEY_MAX + 1];
        sim_to *to = &held->to[t];
        sim_version *v;
        int n = snprintf(key, sizeof key, "d%.32s/%s", e->key + 1, hook_ids[e->hook[t]]);
        v = visible(s, webhook_str_from(key, (size_t)n));
        if (v != NULL) *to = v->to;
        to->hook = e->hook[t];
        to->queue = e->queue[t];
        to->due_open = to->attempts > 0;
        if (to->state == SIM_IN_FLIGHT) {
            to->state = SIM_QUEUED;
            to->slack = 1;
            to->due_open = 2;
        }
        to->due_lo = 0;
        to->due_hi = s->tick;
    }
    if (!is_active(w, event)) w->active[w->n_active++] = event;
}

/* The progress of an event, and, since that is to be passed over, some of another one, and damaged. */
static size_t progress_of(sim *s, const sim_event *e, webhook_str out[SIM_HOOKS + 2]) {
    size_t i, n = 0, others = 0, from = draw(s) % (s->n_records + 1);
    for (i = 0; i < s->n_records; i++) {
        sim_record *r = &s->record[(from + i) % s->n_records];
        int own = memcmp(r->key + 1, e->key + 1, sizeof e->key - 1) == 0;
        if (r->key[0] != 'd' || !r->last->present || (!own && others == 2)) continue;
        out[n].ptr = copy_of(webhook_str_from(r->last->bytes, r->last->len));
        out[n].len = r->last->len;
        if (!own && others++ == 1) out[n].len--;
        if (own) say(s, "    with %.*s\n", (int)r->len, r->key);
        n++;
    }
    return n;
}

static webhook_status take_records(sim_worker *w, uint32_t event, webhook_str *missing,
                                   char **kept) {
    sim *s = w->s;
    sim_event *e = &s->event[event];
    sim_version *v = visible(s, webhook_str_from(e->key, sizeof e->key));
    webhook_str progress[SIM_HOOKS + 2];
    webhook_status status;
    size_t n = progress_of(s, e, progress);
    *kept = copy_of(webhook_str_from(v->bytes, v->len));
    status =
        webhook_delivery_take(&w->engine, webhook_str_from(*kept, v->len), progress, n, missing);
    while (n > 0) free((void *)(size_t)progress[--n].ptr);
    return status;
}

static void news_of(sim_worker *w, unsigned hook, int asked);
static webhook_status move_to(sim_worker *w, size_t len);
static size_t arena_need(const sim *s);

static void take_event(sim_worker *w, uint32_t event) {
    sim *s = w->s;
    sim_event *e = &s->event[event];
    sim_held before = e->held[w->index];
    webhook_str missing;
    webhook_status status;
    char *kept;
    unsigned tries = 0;
    int was = is_active(w, event) && before.status == SIM_ACCEPTED;
    if (visible(s, webhook_str_from(e->key, sizeof e->key)) == NULL) return; /* ended by another */
    if (was) {                                                               /* changes nothing */
        status = take_records(w, event, &missing, &kept);
        free(kept);
        must(s, status == WEBHOOK_OK, "taking what is held");
        after_call(w);
        return;
    }
    held_from_store(w, event);
    do {
        status = take_records(w, event, &missing, &kept);
        say(s, "  take event %u -> %s\n", (unsigned)event, status_name(status));
        if (status == WEBHOOK_ERR_NOT_FOUND) {
            int hook = missing.len == 3 ? hook_of(rest_of(missing, 1)) : -1;
            if (hook < 0 || missing.ptr[0] != 'w') {
                sim_broken(s, "take names no webhook");
                hook = 0;
            }
            must(s, missing.ptr == NULL || (missing.ptr >= kept),
                 "missing is no slice of the record");
            must(s, !w->hook[hook].now.exists, "take misses a webhook that is there");
            if (tries == SIM_HOOKS)
                (void)move_to(w, arena_need(s)); /* no room to remember them all */
            news_of(w, (unsigned)hook, 1);
        }
        free(kept);
    } while (status == WEBHOOK_ERR_NOT_FOUND && ++tries <= 3 * SIM_HOOKS && s->broken == 0);
    if (status != WEBHOOK_OK) {
        w->n_active--;
        e->held[w->index].status = SIM_UNTAKEN;
        e->late = 1; /* others come before it that were emitted later */
        s->lates++;
        must(s, status == WEBHOOK_ERR_FULL, "take fails");
        must(s, w->engine.events >= s->c.max_events || w->engine.queued + e->n > s->c.max_queue,
             "take says full");
    }
    after_call(w);
}

/* What the store has of a webhook that somebody else may have changed. */
static void news_of(sim_worker *w, unsigned hook, int asked) {
    sim *s = w->s;
    sim_hook *k = &w->hook[hook];
    char key[3];
    sim_version *v;
    char *kept;
    webhook_status status;
    key[0] = 'w';
    memcpy(key + 1, hook_ids[hook], 2);
    v = visible(s, webhook_str_from(key, 3));
    if (k->changing) return;
    if (v == NULL) {
        if (!asked && !k->now.exists) return;
        say(s, "  absent %.3s\n", key);
        status = webhook_registry_absent(&w->registry, webhook_str_from(key, 3));
        if (status == WEBHOOK_ERR_FULL) {
            (void)move_to(w, arena_need(s));
            status = webhook_registry_absent(&w->registry, webhook_str_from(key, 3));
        }
        must(s, status == WEBHOOK_OK, "absent is refused");
        if (k->now.exists) doom(w, hook, k->now.queue);
        memset(&k->now, 0, sizeof k->now);
        return;
    }
    kept = copy_of(webhook_str_from(v->bytes, v->len));
    status = webhook_registry_take(&w->registry, webhook_str_from(kept, v->len));
    if (status == WEBHOOK_ERR_FULL && move_to(w, arena_need(s)) == WEBHOOK_OK)
        status = webhook_registry_take(&w->registry, webhook_str_from(kept, v->len));
    free(kept);
    say(s, "  take webhook %u -> %s\n", hook, status_name(status));
    if (status == WEBHOOK_ERR_FULL) return;
    if (k->now.exists)
        must(s, status == (v->version > k->version ? WEBHOOK_OK : WEBHOOK_NO_MATCH),
             "take of a webhook");
    if (status != WEBHOOK_OK) return;
    if (k->now.rate != v->hook.rate) k->n_starts = 0;
    k->failures_open = 1;
    if (k->now.paused_for > WEBHOOK_PAUSED_USER) k->enabled_open = 1; /* by this engine, unsaved */
    if (k->now.exists && (!v->hook.exists || k->now.queue != v->hook.queue))
        doom(w, hook, k->now.queue);
    k->now = v->hook;
    k->version = v->version;
}

static void let_go(sim_worker *w, uint32_t event) {
    sim *s = w->s;
    sim_event *e = &s->event[event];
    sim_held *held = &e->held[w->index];
    webhook_status status;
    uint32_t t;
    size_t i, n = 0;
    int had = held->status == SIM_ACCEPTED && is_active(w, event);
    say(s, "  let go event %u\n", (unsigned)event);
    w->running = 2;
    status = webhook_delivery_let_go(&w->engine, webhook_str_from(e->key, sizeof e->key));
    w->running = 0;
    must(s,
         status == (had                                                  ? WEBHOOK_OK
                    : held->status == SIM_PENDING && is_active(w, event) ? WEBHOOK_ERR_BUSY
                                                                         : WEBHOOK_NO_MATCH),
         "let_go answers something else");
    for (t = 0; t < e->n; t++) {
        sim_to *to = &held->to[t];
        sim_slot *slot = &w->slot[to->slot];
        if (!had || to->state != SIM_IN_FLIGHT) continue;
        must(s, slot->used && (slot->cut || slot->done), "let_go does not cut off");
        slot->logged = 1;
        retire(w, slot);
        w->in_flight--;
        w->hook[to->hook].in_flight--;
    }
    held->status = had ? SIM_UNTAKEN : held->status;
    for (i = 0; i < w->n_active; i++)
        if (w->active[i] != event || !had) w->active[n++] = w->active[i];
    w->n_active = n;
    after_call(w);
}

/* Any subset of what no commit has made durable survives, in the order of each key. how: 0 none of
 * it, 1 all of it, else it depends. */
static void lose(sim *s, const sim_worker *w, uint32_t how) {
    size_t i = s->n_records;
    while (i-- > 0) {
        sim_record *r = &s->record[i];
        sim_version *v, *keep = NULL;
        uint32_t n = 0, left;
        for (v = r->first; v != NULL; v = v->next) n += !v->durable;
        if (n == 0 || r->last->worker != w->index) continue;
        left = how == 0 ? 0 : how == 1 ? n : draw(s) % (n + 1);
        if (s->c.workers > 1 && r->key[0] == 'w') left = n; /* others may have seen it */
        for (v = r->first; v != NULL && (v->durable || left > 0); v = v->next) {
            left -= !v->durable;
            keep = v;
        }
        if (keep == NULL) { /* it never was there */
            for (v = r->first; v != NULL; v = v->next) v->lost = 1;
            drop_record(s, r);
            continue;
        }
        while (keep->next != NULL) {
            v = keep->next;
            keep->next = v->next;
            v->lost = 1;
            drop_version(s, v);
        }
        r->last = keep;
        settle_record(s, r, keep);
    }
    for (i = s->n_records; i-- > 0;) /* progress without its event */
        if (s->record[i].key[0] == 'd' && !has_event(s, key_str(&s->record[i])))
            drop_record(s, &s->record[i]);
}

static void boot(sim_worker *w);
static void advance(sim *s, uint64_t ms);

static void crash(sim_worker *w, uint32_t how) {
    sim *s = w->s;
    size_t i;
    uint32_t e;
    say(s, "  crash\n");
    advance(s, 1);
    s->crashes++;
    for (i = s->n_lent; i-- > 0;)
        if (s->lent[i].worker == w->index) {
            free(s->lent[i].ptr);
            s->lent[i] = s->lent[--s->n_lent];
        }
    memset(w->memory, 0xa5, w->memory_len);
    memset(w->arena, 0xa5, w->arena_len);
    for (e = 0; e < s->n_events; e++) {
        s->event[e].held[w->index].status = SIM_NOT_HELD;
        s->event[e].crashed = 1;
    }
    w->n_open = w->n_get = w->n_active = 0;
    w->up = 0;
    lose(s, w, how);
    boot(w);
}

static void boot_webhooks(sim_worker *w, char kind) {
    sim *s = w->s;
    size_t i;
    for (i = 0; i < s->n_records; i++) {
        sim_record *r = &s->record[i];
        sim_version *v = r->last;
        sim_hook *k;
        webhook_status status;
        char *kept;
        if (r->key[0] != kind || !v->present) continue;
        k = &w->hook[hook_of(rest_of(key_str(r), 1))];
        kept = copy_of(webhook_str_from(v->bytes, v->len));
        status = webhook_registry_take(&w->registry, webhook_str_from(kept, v->len));
        if (status == WEBHOOK_ERR_FULL && move_to(w, arena_need(s)) == WEBHOOK_OK)
            status = webhook_registry_take(&w->registry, webhook_str_from(kept, v->len));
        free(kept);
        say(s, "  take %.*s -> %s\n", (int)r->len, r->key, status_name(status));
        if (kind == 'f') {
            must(s, status == WEBHOOK_OK || status == WEBHOOK_NO_MATCH, "take of 'f'");
            k->failures_open = 1;
            continue;
        }
        must(s, status == WEBHOOK_OK, "take of a webhook");
        k->now = v->hook;
        k->version = v->version;
        k->failures_open = 1;
        /* which of two secrets signs after a start is the wall clock's to say */
    }
}

static size_t arena_need(const sim *s) {
    return webhook_registry_need(s->c.hooks, (size_t)s->c.hooks * 500 + 800);
}

/* A registry and an engine without anything. */
static void start_up(sim_worker *w) {
    sim *s = w->s;
    static const uint32_t table[] = { 100, 3000, 700 };
    webhook_registry_desc r = WEBHOOK_ZERO;
    webhook_delivery_desc d = WEBHOOK_ZERO;
    memset(&w->store, 0, sizeof w->store);
    w->store.user = w;
    w->store.put = on_put;
    w->store.remove = on_remove;
    w->store.commit = on_commit;
    w->store.get = on_get;
    w->store.release = on_release;
    r.arena = w->arena;
    r.arena_len = w->arena_len;
    r.store = &w->store;
    r.seed = sim_mix((uint64_t)w->boots * 2 + w->index + 77);
    d.registry = &w->registry;
    d.memory_len = 0;
    d.max_queue = s->c.max_queue;
    d.max_events = s->c.max_events;
    d.max_fanout = s->c.max_fanout;
    d.max_in_flight = s->c.slots;
    d.head_size = 1024;
    d.body_budget = s->c.body_budget;
    d.time_limit_ms = s->c.limit_ms;
    d.retry_base_ms = s->c.base_ms;
    d.retry_factor_milli = s->c.factor_milli;
    d.retry_cap_ms = s->c.cap_ms;
    d.max_retries = s->c.max_retries == 0 ? WEBHOOK_RETRIES_NONE : s->c.max_retries;
    d.retry_table_ms = s->c.table ? table : NULL;
    d.n_retry_table = s->c.table ? 3 : 0;
    d.pause_after = s->c.pause_after;
    d.pause_on_gone = s->c.gone;
    d.transport = d.log_user = w;
    d.start = on_start;
    d.cancel = on_cancel;
    d.log = on_log;
    if (w->memory == NULL) {
        w->memory_len = webhook_delivery_need(&d);
        w->memory = memory_of(w->memory_len);
        memset(w->memory, 0xa5, w->memory_len);
    }
    d.memory = w->memory;
    d.memory_len = w->memory_len;
    must(s, webhook_registry_init(&w->registry, &r) == WEBHOOK_OK, "registry_init");
    must(s, webhook_delivery_init(&w->engine, &d) == WEBHOOK_OK, "delivery_init");
    memset(w->slot, 0, sizeof w->slot);
    memset(w->hook, 0, sizeof w->hook);
    w->delivered = w->gave_up = w->cancelled = 0;
    w->in_flight = w->n_late = 0;
    w->get_trouble = 0;
    w->last_ticket = 0;
    w->dirty = 0;
    w->dirty_at = w->next = UINT64_MAX;
    w->boots++;
    w->up = 1;
}

static void boot(sim_worker *w) {
    sim *s = w->s;
    uint32_t e;
    start_up(w);
    boot_webhooks(w, 'w');
    boot_webhooks(w, 'f');
    for (e = 0; e < s->n_events; e++) {
        sim_event *v = &s->event[e];
        unsigned other = v->held[!w->index].status, t, left = 0;
        if (s->c.workers > 1 && (other == SIM_ACCEPTED || other == SIM_PENDING)) continue;
        if (visible(s, webhook_str_from(v->key, sizeof v->key)) != NULL) {
            take_event(w, e);
            continue;
        }
        for (t = 0; t < v->n; t++) left += v->ended[t] == 0;
        if (!v->committed || left == 0) continue;
        s->lost++;
        v->committed = 0;
        sim_broken(s, "event %u is lost", (unsigned)e);
    }
}

static void retake(sim_worker *w, uint32_t most) {
    sim *s = w->s;
    uint32_t e;
    for (e = 0; e < s->n_events && most > 0; e++) {
        if (s->event[e].held[w->index].status != SIM_UNTAKEN) continue;
        if (s->c.workers > 1 && s->event[e].held[!w->index].status == SIM_ACCEPTED) continue;
        if (s->event[e].held[!w->index].status == SIM_PENDING) continue;
        if (visible(s, webhook_str_from(s->event[e].key, WEBHOOK_EVENT_KEY_MAX)) == NULL) {
            s->event[e].held[w->index].status = SIM_NOT_HELD;
            continue;
        }
        take_event(w, e);
        most--;
    }
}

/* ---- the world ---- */

static sim_event *spare_events; /* of the last world, for the next */

sim *sim_new(const sim_config *c) {
    sim *s = (sim *)memory_of(sizeof *s);
    uint32_t i, h;
    memset(s, 0, offsetof(sim, worker));
    memset(s->worker, 0, sizeof s->worker);
    s->c = *c;
    s->event = spare_events;
    if (s->event == NULL) s->event = (sim_event *)memory_of(SIM_EVENTS * sizeof *s->event);
    spare_events = NULL;
    s->n_events = s->accepted = s->lost = 0;
    s->emitting = UINT32_MAX;
    s->record = NULL;
    s->n_records = s->cap_records = s->n_lent = s->n_fresh = s->n_removed = 0;
    s->tick = c->tick_ms;
    s->unix_ms = c->unix_ms;
    s->seq = s->steps = 0;
    s->rng = 1;
    s->n_versions = s->queues = s->secrets = s->crashes = s->lates = 0;
    s->extended = 0;
    s->latest_ms = INT64_MIN;
    s->intended = NULL;
    s->put_fails = s->commit_fails = s->commit_waits = s->get_fails = s->get_waits = 0;
    s->at_once = s->inside = s->settle_bad = s->got_how = 0;
    s->fail_at = s->calls = 0;
    s->fail_what = s->fail_how = s->failed = 0;
    s->broken = 0;
    s->what[0] = 0;
    for (i = 0; i < c->workers; i++) {
        sim_worker *w = &s->worker[i];
        w->s = s;
        w->index = (uint8_t)i;
        w->arena_len = c->narrow ? webhook_registry_need(1, 300) : arena_need(s);
        w->arena = memory_of(w->arena_len);
        memset(w->arena, 0xa5, w->arena_len);
        start_up(w);
    }
    s->c.commit = 0;
    for (h = 0; h < c->hooks && !c->no_create; h++) {
        create(&s->worker[0], h, h);
        for (i = 1; i < c->workers; i++) news_of(&s->worker[i], h, 0);
    }
    s->c.commit = c->commit;
    for (i = 0; i < c->workers; i++) run(&s->worker[i]);
    return s;
}

void sim_free(sim *s) {
    uint32_t i;
    for (i = 0; i < s->c.workers; i++) {
        free(s->worker[i].arena);
        free(s->worker[i].memory);
    }
    while (s->n_lent > 0) free(s->lent[--s->n_lent].ptr);
    while (s->n_records > 0) drop_record(s, &s->record[s->n_records - 1]);
    for (i = 0; i < s->n_events; i++) free(s->event[i].body);
    if (spare_events != NULL) free(spare_events);
    spare_events = s->event;
    free(s->record);
    free(s);
}

static sim_slot *some_slot(sim_worker *w, uint32_t number) {
    uint32_t i, n = 0;
    for (i = 0; i < w->s->c.slots; i++) n += w->slot[i].used && !w->slot[i].done;
    if (n == 0) return NULL;
    n = number % n;
    for (i = 0;; i++)
        if (w->slot[i].used && !w->slot[i].done && n-- == 0) return &w->slot[i];
}

static void advance(sim *s, uint64_t ms) {
    s->tick += ms;
    s->unix_ms += (int64_t)ms;
    say(s, "  %lu ms later\n", (unsigned long)ms);
}

/* To the next tick at which somebody wants to be called. */
static int to_next(sim *s) {
    uint64_t next = UINT64_MAX;
    uint32_t i;
    for (i = 0; i < s->c.workers; i++)
        if (s->worker[i].next < next) next = s->worker[i].next;
    if (next == UINT64_MAX) return 0;
    advance(s, next > s->tick ? next - s->tick : 0);
    return 1;
}

static int late(sim_worker *w, uint32_t number) {
    sim *s = w->s;
    webhook_attempt a;
    webhook_result r = WEBHOOK_ZERO;
    if (w->n_late == 0) return 0;
    a = w->late[number % (w->n_late < 8 ? w->n_late : 8)];
    if (number >> 8 & 1) a.generation += number >> 9; /* or one that never was */
    if (number >> 28 == 0) a.slot = number;
    if (a.slot < SIM_SLOTS && w->slot[a.slot].used && w->slot[a.slot].a.generation == a.generation)
        return 0;
    r.status = 200;
    must(s, webhook_delivery_complete(&w->engine, a, &r) == WEBHOOK_NO_MATCH,
         "complete of an attempt that was over");
    after_call(w);
    return 1;
}

static webhook_status move_to(sim_worker *w, size_t len) {
    void *to = memory_of(len);
    webhook_status status;
    memset(to, 0xa5, len);
    status = webhook_registry_move(&w->registry, to, len);
    say(w->s, "  move to %lu bytes -> %s\n", (unsigned long)len, status_name(status));
    if (status == WEBHOOK_OK) {
        memset(w->arena, 0xdd, w->arena_len);
        free(w->arena);
        w->arena = to;
        w->arena_len = len;
    } else {
        free(to);
    }
    return status;
}

static void move_arena(sim_worker *w, uint32_t number) {
    sim *s = w->s;
    int small = number % 4 == 0;
    webhook_status status =
        move_to(w, small ? webhook_registry_need(1, 300) : arena_need(s) + number % 1000 * 8);
    must(s, status == WEBHOOK_OK || (small && status == WEBHOOK_ERR_FULL),
         "the registry does not move");
    after_call(w);
}

static void change_mode(sim *s, uint32_t number) {
    static const uint8_t much[] = { 0, 0, 30, 128 };
    s->put_fails = much[number & 3] / 2;
    s->commit_fails = much[number >> 2 & 3] / 2;
    s->commit_waits = number >> 4 & 1 ? 128 : 0;
    s->get_fails = much[number >> 5 & 3] / 2;
    s->get_waits = much[number >> 7 & 3];
    s->at_once = much[number >> 9 & 3];
    s->inside = number >> 11 & 1 ? 60 : 0;
}

static void jump_wall(sim *s, uint32_t number) {
    static const int64_t by[] = {
        INT64_C(31557600000), -INT64_C(31557600000), 5000, -5000, 3600000, -86400000
    };
    s->unix_ms += by[number % 6];
    if (s->unix_ms < 0) s->unix_ms = 0;
    say(s, "  wall clock %ld ms\n", (long)by[number % 6]);
}

/* Somebody else's lease of it ran out: this one has it now, that one is told later or at once. */
static int steal(sim *s, sim_worker *w, uint32_t number) {
    sim_worker *from = &s->worker[!w->index];
    uint32_t event;
    if (s->c.workers < 2 || from->n_active == 0) return 0;
    event = from->active[number % from->n_active];
    if (s->event[event].held[from->index].status != SIM_ACCEPTED) return 0;
    if (s->event[event].held[w->index].status == SIM_ACCEPTED) return 0;
    if (number >> 8 & 1)
        let_go(from, event);
    else
        s->event[event].shared = 1;
    take_event(w, event);
    return 1;
}

static int everybody_elses_news(sim_worker *w) {
    uint32_t h;
    if (w->s->c.workers < 2) return 0;
    for (h = 0; h < w->s->c.hooks; h++) news_of(w, h, 0);
    after_call(w);
    return 1;
}

static int do_store(sim *s, sim_worker *w, char letter, uint32_t number) {
    webhook_status bad = number >> 10 & 1 ? WEBHOOK_ERR_IO : WEBHOOK_ERR_FULL;
    if (letter == 'C' || letter == 'X') {
        if (w->n_open == 0) return 0;
        if (letter == 'C' && !s->settle_bad) bad = WEBHOOK_OK;
        s->settle_bad = 0;
        settle(w, number & 1 ? number / 2 % w->n_open + 1 : w->n_open, bad);
        return 1;
    }
    if (letter == 'G') {
        unsigned how = number >> 8 & 7 ? 1 : number >> 11 & 3;
        if (w->n_get == 0) return 0;
        if (s->got_how) how = s->got_how;
        s->got_how = 0;
        got(w, number % w->n_get, how);
        return 1;
    }
    /* R: what was settled is told again */
    if (w->last_ticket == 0 || w->n_open > 0) return 0;
    webhook_delivery_committed(&w->engine, w->last_ticket - number % 3 % w->last_ticket, bad);
    after_call(w);
    return 1;
}

static int do_answer(sim *s, sim_worker *w, char letter, uint32_t number) {
    sim_slot *slot = some_slot(w, number);
    (void)s;
    if (slot == NULL) return 0;
    answer(w, slot, letter == 'O' ? number / 64 % 8 ? 0u : 2u : number < 64 ? 1u : number / 64);
    return 1;
}

static int do_event(sim *s, sim_worker *w, char letter, uint32_t number) {
    uint32_t i;
    switch (letter) {
    case 'E': return emit(w, number);
    case 'Y':
        if (s->n_events == 0 || s->event[number % s->n_events].key[0] == 0) return 0;
        i = number >> 16 & 1 && w->n_active > 0 ? w->active[number % w->n_active]
                                                : number % s->n_events;
        let_go(w, i);
        return 1;
    case 'Z':
        if (number & 1 && w->n_active > 0 &&
            s->event[w->active[number / 2 % w->n_active]].held[w->index].status == SIM_ACCEPTED)
            take_event(w, w->active[number / 2 % w->n_active]);
        else
            retake(w, 3);
        return 1;
    default: return steal(s, w, number); /* S */
    }
}

static int do_hook(sim *s, sim_worker *w, char letter, uint32_t number) {
    unsigned hook = number % s->c.hooks;
    switch (letter) {
    case 'D':
        if (w->hook[hook].now.exists)
            drop_or_delete(w, hook, 0);
        else
            create(w, hook, number / 8);
        return 1;
    case 'Q': drop_or_delete(w, hook, 1); return 1;
    case 'P': update(w, hook, UINT32_MAX); return 1;
    case 'U': update(w, hook, number / 8 % 65536); return 1;
    case 'A': move_arena(w, number / 8); return 1;
    default: return everybody_elses_news(w); /* N */
    }
}

static int do_time(sim *s, sim_worker *w, char letter, uint32_t number) {
    switch (letter) {
    case 'T':
        if (!to_next(s)) return 0;
        if (number >> 4 & 1) advance(s, number >> 8 & 1023);
        return 1;
    case 't': advance(s, number >> 4 & 7 ? number >> 8 & 127 : number >> 8 & 65535); return 1;
    case 'W': s->get_waits = s->get_waits == 256 ? 0 : 256; return 1;
    case 'J':
        if (s->c.workers > 1) return 0; /* clocks of two writers agree */
        jump_wall(s, number);
        return 1;
    case 'M': change_mode(s, number); return 1;
    case 'K': crash(w, number % 4); return 1;
    case 'L': return late(w, number);
    default: return 0;
    }
}

int sim_do(sim *s, char letter, uint32_t number) {
    sim_worker *w = &s->worker[(number >> 24) % s->c.workers];
    int did;
    uint32_t i;
    s->steps++;
    if (s->c.workers > 1) advance(s, 1); /* two writers do not put in the same millisecond */
    s->rng = sim_mix(number) ^ (unsigned char)letter;
    say(s, "%lu: %c %lu%s\n", (unsigned long)s->steps, letter, (unsigned long)number,
        s->c.workers > 1 ? w->index ? " (worker 1)" : " (worker 0)" : "");
    if (strchr("CXGR", letter) != NULL)
        did = do_store(s, w, letter, number);
    else if (strchr("OF", letter) != NULL)
        did = do_answer(s, w, letter, number);
    else if (strchr("EYZS", letter) != NULL)
        did = do_event(s, w, letter, number);
    else if (strchr("DQPUAN", letter) != NULL)
        did = do_hook(s, w, letter, number);
    else
        did = do_time(s, w, letter, number);
    for (i = 0; i < s->c.workers && did; i++) run(&s->worker[i]);
    return did;
}

/* ---- the end ---- */

static void finish_round(sim *s, sim_worker *w) {
    sim_slot *slot;
    uint32_t h;
    while (w->n_open > 0 && s->broken == 0) settle(w, w->n_open, WEBHOOK_OK);
    run(w);
    while (w->n_get > 0 && s->broken == 0) got(w, 0, 1);
    run(w);
    while ((slot = some_slot(w, 0)) != NULL) answer(w, slot, 0);
    run(w);
    for (h = 0; h < s->c.hooks && s->c.workers > 1; h++) news_of(w, h, 0);
    for (h = 0; h < s->c.hooks; h++)
        if (w->hook[h].now.exists && !w->hook[h].now.enabled && !w->hook[h].changing)
            update(w, h, UINT32_MAX);
    run(w);
    retake(w, 1000);
    run(w);
}

static uint32_t left_in(const sim *s) {
    uint32_t i, e, n = 0;
    for (i = 0; i < s->c.workers; i++) {
        const sim_worker *w = &s->worker[i];
        n += (uint32_t)(w->n_active + w->n_open + w->n_get) + w->in_flight;
        for (e = 0; e < s->n_events; e++) n += s->event[e].held[i].status == SIM_UNTAKEN;
    }
    return n;
}

static void check_left(sim *s, int webhooks) {
    size_t i;
    for (i = 0; i < s->n_records; i++) {
        const sim_record *r = &s->record[i];
        if (r->first != r->last || !r->last->durable)
            sim_broken(s, "%.*s is not durable at the end", (int)r->len, r->key);
        if (r->key[0] == 'f' && s->crashes > 0)
            continue; /* its webhook's end survived, its own did not */
        if (!webhooks || r->key[0] == 'e' || r->key[0] == 'd')
            sim_broken(s, "%.*s is left at the end", (int)r->len, r->key);
        else if (r->key[0] == 'w') {
            const sim_hook *k = &s->worker[0].hook[hook_of(rest_of(key_str(r), 1))];
            const sim_state *a = &r->last->hook, *b = &k->now;
            if (s->c.workers > 1 && k->version != r->last->version) continue;
            if (a->queue != b->queue || a->enabled != b->enabled || a->cap != b->cap ||
                a->rate != b->rate || a->url != b->url || a->exists != b->exists)
                sim_broken(s, "%.*s is not what the registry holds", (int)r->len, r->key);
        }
    }
}

static void rest(sim *s) {
    uint32_t i, n;
    for (n = 0; n < 3; n++) {
        advance(s, 1000);
        for (i = 0; i < s->c.workers; i++) {
            run(&s->worker[i]);
            while (s->worker[i].n_open > 0 && s->broken == 0)
                settle(&s->worker[i], s->worker[i].n_open, WEBHOOK_OK);
            run(&s->worker[i]);
        }
    }
}

static void delete_all(sim *s) {
    sim_worker *w = &s->worker[0];
    uint32_t h;
    for (h = 0; h < s->c.hooks; h++)
        if (w->hook[h].now.exists) drop_or_delete(w, h, 0);
    run(w);
    while (w->n_open > 0 && s->broken == 0) settle(w, w->n_open, WEBHOOK_OK);
    for (h = 0; h < s->c.hooks; h++) must(s, !w->hook[h].now.exists, "a webhook stays");
    run(w);
}

void sim_finish(sim *s) {
    uint32_t i, e, t, rounds = 0;
    say(s, "the end\n");
    change_mode(s, 0);
    if (s->unix_ms < 1000)
        s->unix_ms = INT64_C(1767225600000); /* somebody sets the clock at last */
    s->fail_what = SIM_NONE;
    s->settle_bad = s->got_how = 0;
    for (i = 0; i < s->c.workers; i++) move_arena(&s->worker[i], 1);
    do {
        for (i = 0; i < s->c.workers && s->broken == 0; i++) finish_round(s, &s->worker[i]);
        if (left_in(s) > 0 && !to_next(s)) advance(s, 1000);
    } while (left_in(s) > 0 && s->broken == 0 && ++rounds < 3000);
    if (left_in(s) > 0 && s->broken == 0) sim_broken(s, "it does not come to an end");
    if (s->broken == 0) rest(s);
    if (s->broken == 0) check_left(s, 1);
    for (e = 0; e < s->n_events && s->broken == 0; e++)
        for (t = 0; t < s->event[e].n; t++)
            if (s->event[e].committed && s->event[e].ended[t] == 0) {
                s->lost++;
                sim_broken(s, "event %u never came to an end", (unsigned)e);
            }
    must(s, s->n_lent == 0 || s->broken > 0, "a record was not released");
    if (s->broken > 0) return;
    delete_all(s);
    if (s->broken == 0) rest(s);
    if (s->c.workers == 1 && s->broken == 0) check_left(s, 0);
}

/* ---- scripts from numbers ---- */

static uint32_t of(uint64_t *seed, uint32_t n) {
    *seed = sim_mix(*seed);
    return (uint32_t)(*seed >> 33) % n;
}

sim_config sim_config_of(uint64_t seed) {
    static const uint32_t slots[] = { 1, 2, 4, 5, 9, 16, 64 };
    static const uint64_t budgets[] = { 200, 1000, 100000, 100000 };
    sim_config c;
    memset(&c, 0, sizeof c);
    c.workers = 1 + (of(&seed, 6) == 0);
    c.hooks = 1 + of(&seed, SIM_HOOKS);
    c.slots = slots[of(&seed, 7)];
    c.max_queue = 1 + of(&seed, of(&seed, 2) ? 100 : 8);
    c.max_events = of(&seed, 3) ? c.max_queue : 1 + of(&seed, c.max_queue);
    c.max_fanout = of(&seed, 3) ? c.max_queue : 1 + of(&seed, SIM_HOOKS);
    c.max_retries = of(&seed, 5);
    c.limit_ms = 1000 + of(&seed, 3) * 15000;
    c.base_ms = 20 + of(&seed, 6000);
    c.factor_milli = 1000 + of(&seed, 5000);
    c.cap_ms = of(&seed, 3) ? 3600000 : c.base_ms + of(&seed, 20000);
    c.table = of(&seed, 5) == 0;
    c.pause_after = of(&seed, 3) ? 0 : 1 + of(&seed, 3);
    c.gone = (uint8_t)of(&seed, 2);
    c.body_budget = budgets[of(&seed, 4)];
    c.tick32 = of(&seed, 4) == 0;
    c.tick_ms = c.tick32 ? UINT64_C(0xfffffff6) : of(&seed, 2) * UINT64_C(123456789012);
    c.unix_ms = of(&seed, 16) ? INT64_C(1767225600123) + of(&seed, 1000) : of(&seed, 2000);
    c.commit = (uint8_t)of(&seed, 3);
    c.narrow = of(&seed, 8) == 0;
    if (c.table && c.max_retries == 0) c.max_retries = 1;
    return c;
}

int sim_script(const sim_config *c, const uint32_t *words, size_t n, sim_count *count, char *what,
               size_t cap) {
    static const char letters[] = SIM_LETTERS;
    sim *s = sim_new(c);
    size_t i;
    int bad;
    for (i = 0; i < n && s->broken == 0; i++)
        (void)sim_do(s, letters[(words[i] >> 25) % (sizeof letters - 1)],
                     (uint32_t)sim_mix(words[i]));
    if (s->broken == 0) sim_finish(s);
    bad = s->broken > 0;
    count->steps += s->steps;
    count->accepted += s->accepted;
    count->lost += s->lost;
    count->broken += bad ? 1u : 0u;
    if (bad && what != NULL) snprintf(what, cap, "%s", s->what);
    sim_free(s);
    return bad;
}

void sim_words(uint64_t seed, uint32_t *words, size_t n) {
    size_t i;
    for (i = 0; i < n; i++) words[i] = (uint32_t)(sim_mix(seed * 1000003 + i) >> 32);
}

enum { SIM_LONGEST = 2000 };

int sim_random(uint64_t seed, size_t n, sim_count *count, char *what, size_t cap) {
    uint32_t words[SIM_LONGEST];
    sim_config c = sim_config_of(seed);
    if (n > SIM_LONGEST) n = SIM_LONGEST;
    sim_words(seed, words, n);
    return sim_script(&c, words, n, count, what, cap);
}

size_t sim_shrink(uint64_t seed, uint32_t *words, size_t n) {
    sim_config c = sim_config_of(seed);
    size_t piece = n / 2, at, i;
    uint32_t tried[SIM_LONGEST];
    sim_count count;
    memset(&count, 0, sizeof count);
    while (piece > 0) {
        int less = 0;
        for (at = 0; at + piece <= n;) {
            for (i = 0; i < at; i++) tried[i] = words[i];
            for (i = at + piece; i < n; i++) tried[i - piece] = words[i];
            if (sim_script(&c, tried, n - piece, &count, NULL, 0)) {
                n -= piece;
                memcpy(words, tried, n * sizeof *words);
                less = 1;
            } else {
                at += piece;
            }
        }
        if (!less || piece > n) piece /= 2;
    }
    return n;
}

/* ---- scripts from letters ---- */

sim_config sim_plain(void) {
    sim_config c;
    memset(&c, 0, sizeof c);
    c.workers = c.hooks = 1;
    c.slots = 2;
    c.max_queue = c.max_events = 20;
    c.max_fanout = 5;
    c.max_retries = 1;
    c.limit_ms = 30000;
    c.base_ms = 5000;
    c.factor_milli = 5000;
    c.cap_ms = 3600000;
    c.body_budget = 100000;
    c.tick_ms = 1000;
    c.unix_ms = INT64_C(1767225600000);
    c.commit = 1;
    return c;
}

sim_config sim_plain_two(void) {
    sim_config c = sim_plain();
    c.workers = 2;
    c.commit = 0;
    return c;
}

static const char *one_letter(sim *s, const char *script, int *did) {
    char letter = *script++;
    uint32_t number = 0;
    if (letter == ' ') return script;
    while (*script >= '0' && *script <= '9') number = number * 10 + (uint32_t)(*script++ - '0');
    *did = sim_do(s, letter, number);
    return script;
}

int sim_text(const sim_config *c, const char *script, sim_count *count, char *what, size_t cap) {
    sim *s = sim_new(c);
    int bad, did;
    while (*script != 0 && s->broken == 0) script = one_letter(s, script, &did);
    if (s->broken == 0) sim_finish(s);
    bad = s->broken > 0;
    count->steps += s->steps;
    count->accepted += s->accepted;
    count->lost += s->lost;
    count->broken += bad ? 1u : 0u;
    if (bad && what != NULL && what[0] == 0) snprintf(what, cap, "%s", s->what);
    sim_free(s);
    return bad;
}

/* The next script in the order of a number, `at` being the place that goes up; 0: no more. */
static int next_script(char *script, const char *alphabet, unsigned at, unsigned length) {
    unsigned i;
    for (i = at + 1; i < length; i++) script[i] = alphabet[0];
    for (;;) {
        const char *p = strchr(alphabet, script[at]);
        script[at] = p[1];
        if (p[1] != 0) return 1;
        script[at] = alphabet[0];
        if (at-- == 0) return 0;
    }
}

/* K and k are two crashes: nothing of what was not durable survives, or all of it does. Where there
 * are two workers, small letters are the second one's steps. Returns where a step did nothing, so
 * that all scripts that begin so are others; length where all did. */
static unsigned try_script(const sim_config *c, const char *script, unsigned length,
                           sim_count *count, char *what, size_t cap) {
    sim *s = sim_new(c);
    unsigned i;
    for (i = 0; i < length && s->broken == 0; i++) {
        int small = script[i] >= 'a';
        char letter = (char)(small ? script[i] - 'a' + 'A' : script[i]);
        if (!sim_do(s, letter, !small ? 0 : c->workers > 1 ? 1u << 24 : 1)) break;
    }
    if (s->broken == 0 && i == length) sim_finish(s);
    count->steps += s->steps;
    count->accepted += s->accepted;
    count->lost += s->lost;
    if (s->broken > 0) {
        if (count->broken++ == 0 && what != NULL) snprintf(what, cap, "%s: %s", script, s->what);
        i = length;
    }
    sim_free(s);
    return i;
}

void sim_short(const sim_config *c, const char *alphabet, unsigned length, unsigned stride,
               sim_count *count, char *what, size_t cap) {
    char script[16] = "";
    unsigned i, at;
    uint64_t n = 0;
    for (i = 0; i < length; i++) script[i] = alphabet[0];
    do {
        if (n++ % stride != 0) {
            at = length - 1;
            continue;
        }
        at = try_script(c, script, length, count, what, cap);
        if (at >= length) at = length - 1;
    } while (next_script(script, alphabet, at, length));
}

/* The script once more, with one fault; 0 where there was no such call any more. */
static int one_fault(const sim_config *c, const char *script, unsigned kind, unsigned how,
                     unsigned k, sim_count *count, char *what, size_t cap) {
    sim *s = sim_new(c);
    const char *p = script;
    int failed, did;
    s->fail_what = (uint8_t)kind;
    s->fail_how = (uint8_t)how;
    s->fail_at = k;
    while (*p != 0 && s->broken == 0) p = one_letter(s, p, &did);
    failed = s->failed;
    if (s->broken == 0) sim_finish(s);
    count->steps += s->steps;
    count->accepted += s->accepted;
    count->lost += s->lost;
    if (s->broken > 0 && count->broken++ == 0)
        snprintf(what, cap, "%s, call %u of kind %u goes wrong in way %u: %s", script, k, kind, how,
                 s->what);
    sim_free(s);
    return failed;
}

void sim_faults(unsigned stride, sim_count *count, char *what, size_t cap) {
    static const char *const scripts[] = {
        "E18 C G O C G O C E18 C G F C F C T C G O C O C T", /* delivered, and after a retry */
        "E18 C D0 C G E18 C D0 C G E18 C D0 C G O C O C",    /* deleted, and there again */
        "E18 C F C Q0 C P1 C G E18 C Q1 C P1 C G O C O C T C G O", /* dropped, paused, enabled */
        "U0 C U49 C U48 C E18 C G U24 C U32 C U65 C U72 C E19 C G O C O C", /* every field */
        "E18 C K1 G O C K1 G E18 C G F C K0 G T C G O C K1 G O C",          /* starts anew */
        "E18 C G T C G T C G T C G E18 C G T C G T C P0 C P1 C G", /* time-outs, then a pause */
        "E18 E18 E18 E18 C G O C G O C G F C D0 C G F C Q1 C G A4 A1 Y1 C Z0 C G O C O C" /* more */
    };
    static const uint8_t ways[] = { 0, 3, 3, 6, N_ANSWERS };
    sim_config c = sim_plain();
    size_t i;
    unsigned kind, how, k, n = 0;
    c.hooks = 2;
    c.commit = 0;
    c.pause_after = 2;
    for (i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        for (kind = SIM_PUT; kind <= SIM_START; kind++)
            for (how = 0; how < ways[kind]; how++) {
                if (n++ % stride != 0) continue;
                for (k = 1; one_fault(&c, scripts[i], kind, how, k, count, what, cap);) k++;
            }
}
