/* make fuzz T=engine SECONDS=60
 *
 * Input: a head of eight bytes that choose sizes, options and scheme, then a script: a byte for
 * what happens and bytes for how. Webhooks are created, changed and deleted, events emitted, both
 * clocks go on and jump, attempts are answered or not, the store is late, fails, loses and damages,
 * the arena moves, events are let go and taken in, the engine dies and begins anew. A model that
 * knows only what the contracts say watches: what is accepted, sent, lent and logged adds up, a
 * request is what its webhook and its event ask for, nothing is done before it is due, and in the
 * end nothing is left.
 */
#include "../tests/schemes.h"
#include "fuzz.h"

enum { HOOKS = 4, SLOTS = 6, EVENTS = 512, RECORDS = 600, LOANS = 64, WANTED = 32, SECRETS = 64 };

typedef struct record {
    char key[WEBHOOK_STORE_KEY_MAX + 1];
    char *bytes;
    size_t len;
} record;

typedef struct loan {
    char *at, *copy;
    size_t len;
} loan;

/* where an event is */
enum { NOT_HELD, OPEN, HELD };

typedef struct event {
    char key[WEBHOOK_EVENT_KEY_MAX + 1], id[WEBHOOK_ID_MAX + 1], *body;
    const char *name;
    size_t len;
    uint64_t ticket;
    uint32_t deliveries;
    unsigned ended; /* bits of the webhooks whose delivery has */
    uint8_t state, crafted;
} event;

typedef struct attempt {
    webhook_attempt a;
    webhook_request given;
    char *head, *body, *url; /* copies of exactly their size */
    size_t head_len, body_len, url_len;
    uint8_t open, fresh; /* fresh: begun in this run */
} attempt;

typedef struct fuzz_world {
    webhook_str in;
    /* what the store and the transport do at present */
    uint8_t put_mode, commit_mode, get_mode, at_once, call_inside;
    webhook_scheme scheme;
    unsigned scheme_kind;
    webhook_store store;
    webhook_registry_desc registry_desc;
    webhook_registry registry;
    webhook_delivery_desc desc;
    webhook_delivery d;
    void *arena, *memory;
    uint64_t tick, next, in_all, logged[5], ticket;
    uint64_t open; /* the last ticket that is, 0: none */
    int64_t unix_ms;
    unsigned callbacks, acts, touched, idle, serial, secrets[HOOKS];
    int8_t inside;
    char secret[HOOKS][SECRETS][9];
    record record[RECORDS];
    size_t records;
    loan loan[LOANS];
    size_t loans;
    char wanted[WANTED][WEBHOOK_STORE_KEY_MAX + 1]; /* keys of gets that are PENDING */
    size_t n_wanted;
    event event[EVENTS];
    size_t events;
    attempt attempt[SLOTS];
    uint32_t generation[SLOTS];
    webhook_result at_once_result;
} fuzz_world;

static const char *const hook_ids[HOOKS] = { "a", "b.2", "c_3", "D-4" };
static const char *const event_names[] = { "users.u1.create", "users.u2", "teams.t.update.name",
                                           "databases.main.tables.orders.rows.r.create", "users" };
static const char *const patterns[] = { "users.*", "users.u1.create,teams.*", "*.*.*,*.*",
                                        "databases.*.tables.*.rows.*" };

static webhook_str text(const char *s) {
    return webhook_str_from_cstr(s);
}

/* An argument of the script: below n */
static unsigned pick(fuzz_world *w, unsigned n) {
    return fuzz_byte(&w->in) % n;
}

static webhook_str take_bytes(fuzz_world *w, size_t n) {
    webhook_str s = webhook_str_from(w->in.ptr, n < w->in.len ? n : w->in.len);
    w->in = webhook_str_from(w->in.ptr + s.len, w->in.len - s.len);
    return s;
}

/* Is it a time that a timestamp can tell: above 0, of 15 digits at most? */
static int clock_set(const fuzz_world *w) {
    return w->unix_ms >= 1000 && w->unix_ms / 1000 <= INT64_C(999999999999999);
}

/* ---- the store ---- */

static record *find(fuzz_world *w, webhook_str key) {
    size_t i;
    for (i = 0; i < w->records; i++)
        if (webhook_str_eq(text(w->record[i].key), key)) return &w->record[i];
    return NULL;
}

static void drop(fuzz_world *w, size_t i) {
    free(w->record[i].bytes);
    w->record[i] = w->record[--w->records];
}

static int begins(const char *s, const char *with) {
    return strncmp(s, with, strlen(with)) == 0;
}

static void store_remove(void *user, webhook_str key) {
    fuzz_world *w = (fuzz_world *)user;
    char begin[WEBHOOK_STORE_KEY_MAX + 2];
    size_t i;
    w->callbacks++;
    require(key.len > 0 && key.len <= WEBHOOK_STORE_KEY_MAX);
    memcpy(begin, key.ptr, key.len);
    begin[key.len] = 0;
    for (i = 0; i < w->records; i++)
        if (strcmp(w->record[i].key, begin) == 0) drop(w, i--);
    if (begin[0] != 'e') return;
    begin[0] = 'd';
    begin[key.len] = '/';
    begin[key.len + 1] = 0;
    for (i = 0; i < w->records; i++)
        if (begins(w->record[i].key, begin)) drop(w, i--);
}

static webhook_status store_put(void *user, webhook_str key, const webhook_str *pieces, size_t n,
                                uint64_t replaces) {
    static const char kinds[] = "wfed";
    fuzz_world *w = (fuzz_world *)user;
    char event_key[WEBHOOK_EVENT_KEY_MAX];
    size_t i, len = 0, at = 0;
    record *r;
    (void)replaces;
    w->callbacks++;
    require(n >= 1 && n <= 4 && key.len > 1 && key.len <= WEBHOOK_STORE_KEY_MAX);
    for (i = 0; i < key.len; i++) require(key.ptr[i] > ' ' && key.ptr[i] < 0x7f);
    for (i = 0; i < 4; i++)
        if (key.ptr[0] == kinds[i] && (w->put_mode >> i & 1) != 0)
            return i == 0 ? WEBHOOK_ERR_BUSY : WEBHOOK_ERR_FULL;
    if (key.ptr[0] == 'd') {
        require(key.len > WEBHOOK_EVENT_KEY_MAX + 1);
        memcpy(event_key, key.ptr, sizeof event_key);
        event_key[0] = 'e';
        if (find(w, webhook_str_from(event_key, sizeof event_key)) == NULL) return WEBHOOK_OK;
    }
    for (i = 0; i < n; i++) len += pieces[i].len;
    r = find(w, key);
    if (r == NULL && w->records == RECORDS) return WEBHOOK_ERR_FULL;
    if (r == NULL)
        r = &w->record[w->records++];
    else
        free(r->bytes);
    memcpy(r->key, key.ptr, key.len);
    r->key[key.len] = 0;
    r->len = len;
    r->bytes = (char *)fuzz_memory(len);
    for (i = 0; i < n; at += pieces[i++].len)
        if (pieces[i].len > 0) memcpy(r->bytes + at, pieces[i].ptr, pieces[i].len);
    return WEBHOOK_OK;
}

/* Not OK while an earlier ticket is open; one that fails is settled by that. */
static webhook_status store_commit(void *user, uint64_t ticket) {
    fuzz_world *w = (fuzz_world *)user;
    w->callbacks++;
    require(ticket == w->ticket + 1);
    w->ticket = ticket;
    if (w->commit_mode == 2) return WEBHOOK_ERR_IO;
    if (w->commit_mode == 1 || w->open > 0) {
        w->open = ticket;
        return WEBHOOK_PENDING;
    }
    return WEBHOOK_OK;
}

/* ways to answer a get */
enum { GET_OK, GET_LATER, GET_IO, GET_NOT_FOUND, GET_DAMAGED, GET_BAD_BYTES, GET_ANOTHER, GETS };

static webhook_status lend(fuzz_world *w, webhook_str key, unsigned mode, webhook_str *out) {
    record *r = find(w, key);
    loan *l = w->loan;
    size_t i;
    *out = webhook_str_from(NULL, 0);
    if (mode == GET_IO) return WEBHOOK_ERR_IO;
    if (mode == GET_NOT_FOUND || r == NULL) return WEBHOOK_ERR_NOT_FOUND;
    if (mode == GET_DAMAGED) return WEBHOOK_ERR_DAMAGED;
    for (i = 0; mode == GET_ANOTHER && i < w->records; i++)
        if (w->record[i].key[0] == 'e' && &w->record[i] != r) r = &w->record[i];
    while (l < w->loan + LOANS && l->at != NULL) l++;
    require(l < w->loan + LOANS);
    l->len = r->len;
    l->at = fuzz_copy(webhook_str_from(r->bytes, r->len));
    if (mode == GET_BAD_BYTES)
        l->at[(w->serial * 7u + w->callbacks) % r->len] ^= (char)(1u << w->serial % 8);
    *out = webhook_str_from(l->at, l->len);
    l->copy = fuzz_copy(*out);
    w->loans++;
    return WEBHOOK_OK;
}

static webhook_status store_get(void *user, webhook_str key, webhook_str *out) {
    fuzz_world *w = (fuzz_world *)user;
    w->callbacks++;
    require(key.len == WEBHOOK_EVENT_KEY_MAX && key.ptr[0] == 'e');
    if (w->get_mode != GET_LATER) return lend(w, key, w->get_mode, out);
    if (w->n_wanted == WANTED) return WEBHOOK_ERR_IO; /* some that nobody waits for any more */
    memcpy(w->wanted[w->n_wanted], key.ptr, key.len);
    w->wanted[w->n_wanted++][key.len] = 0;
    return WEBHOOK_PENDING;
}

static void end_loan(fuzz_world *w, loan *l) {
    free(l->at);
    free(l->copy);
    memset(l, 0, sizeof *l);
    w->loans--;
}

static void store_release(void *user, webhook_str lent) {
    fuzz_world *w = (fuzz_world *)user;
    loan *l = w->loan;
    w->callbacks++;
    require(lent.ptr != NULL);
    while (l < w->loan + LOANS && l->at != lent.ptr) l++;
    require(l < w->loan + LOANS && l->len == lent.len);
    require(memcmp(l->at, l->copy, l->len) == 0);
    end_loan(w, l);
}

/* ---- the model of events ---- */

static event *event_of(fuzz_world *w, webhook_str key) {
    size_t i;
    for (i = w->events; i > 0; i--)
        if (webhook_str_eq(text(w->event[i - 1].key), key)) return &w->event[i - 1];
    return NULL;
}

static int hook_of(webhook_str id) {
    int i;
    for (i = 0; i < HOOKS; i++)
        if (webhook_str_eq(text(hook_ids[i]), id)) return i;
    return -1;
}

static uint64_t accounted(const fuzz_world *w) {
    return w->d.queued + w->d.delivered + w->d.gave_up + w->d.cancelled;
}

/* What holds after every step */
static void check(const fuzz_world *w) {
    unsigned i, open = 0;
    require(w->in_all == accounted(w));
    require(w->logged[WEBHOOK_DELIVERED] == w->d.delivered);
    require(w->logged[WEBHOOK_GAVE_UP] == w->d.gave_up);
    /* of a queue the entry comes when all of it has gone, what waits for its commit too */
    require(w->logged[WEBHOOK_CANCELLED] <= w->d.cancelled);
    require(w->d.events <= w->d.queued && (w->d.events > 0) == (w->d.queued > 0));
    for (i = 0; i < SLOTS; i++) open += w->attempt[i].open;
    require(w->d.in_flight >= open && w->d.in_flight <= w->d.queued);
    require(w->d.in_flight <= w->desc.max_in_flight);
}

/* ---- requests ---- */

typedef struct parsed {
    webhook_message m;
    webhook_str hook, events, name, signature, authorization, length, host, type, own;
    unsigned signatures, timestamps;
} parsed;

static void parsed_field(parsed *p, const webhook_scheme *s, webhook_str name, webhook_str value) {
    static const char *const known[] = { "User-Agent", NULL };
    if (webhook_str_eq(name, s->webhook_id_field) && name.len > 0)
        p->hook = value;
    else if (webhook_str_eq(name, s->events_field) && name.len > 0)
        p->events = value;
    else if (webhook_str_eq(name, s->name_field) && name.len > 0)
        p->name = value;
    else if (webhook_str_eq(name, s->id_field) && name.len > 0)
        p->m.id = value;
    else if (webhook_str_eq(name, s->timestamp_field) && name.len > 0) {
        p->m.timestamp = value;
        p->timestamps++;
    } else if (webhook_str_eq(name, s->signature_field)) {
        p->signature = value;
        p->signatures++;
    } else if (webhook_str_eq(name, WEBHOOK_STR("Authorization")))
        p->authorization = value;
    else if (webhook_str_eq(name, WEBHOOK_STR("Content-Length")))
        p->length = value;
    else if (webhook_str_eq(name, WEBHOOK_STR("Host")))
        p->host = value;
    else if (webhook_str_eq(name, WEBHOOK_STR("Content-Type")))
        p->type = value;
    else if (webhook_str_eq(name, WEBHOOK_STR("X-Own")))
        p->own = value;
    else
        require(webhook_str_eq(name, text(known[0])));
}

/* The head as another reader sees it: one whole request with this body, and nothing behind it */
static parsed parse(const fuzz_world *w, const attempt *t) {
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    webhook_http_token token = WEBHOOK_ZERO;
    parsed p = WEBHOOK_ZERO;
    webhook_str in = webhook_str_from(t->head, t->head_len);
    size_t body = 0;
    int in_body = 0;
    require(webhook_http_init(&c, &d) == WEBHOOK_OK);
    while (token.kind != WEBHOOK_HTTP_END) {
        webhook_status s = webhook_http_next(&c, &in, &token);
        if (s == WEBHOOK_MORE && !in_body++)
            in = webhook_str_from(t->body, t->body_len);
        else
            require(s == WEBHOOK_OK);
        if (token.kind == WEBHOOK_HTTP_LINE) {
            require(webhook_str_eq(token.name, WEBHOOK_STR("POST")));
            p.m.target = token.value;
        }
        if (token.kind == WEBHOOK_HTTP_FIELD) parsed_field(&p, &w->scheme, token.name, token.value);
        if (token.kind == WEBHOOK_HTTP_BODY) body += token.value.len;
    }
    require(in.len == 0 && body == t->body_len && (in_body == 1 || t->body_len == 0));
    return p;
}

/* Signed with a secret that this webhook has been given since it was made, for this very time */
static void check_signature(const fuzz_world *w, const attempt *t, const parsed *p, int hook,
                            int security) {
    webhook_message m = p->m;
    unsigned i, good = 0;
    uint64_t stamp;
    require(p->signatures == (security ? 1u : 0u));
    if (w->scheme_kind != 1) {
        require(p->timestamps == 1);
        require(webhook_decimal_read(p->m.timestamp, &stamp) == WEBHOOK_OK);
        require(stamp == (uint64_t)w->unix_ms / 1000);
    }
    m.body = webhook_str_from(t->body, t->body_len);
    for (i = 0; security && i < w->secrets[hook]; i++) {
        webhook_hmac_key k;
        require(webhook_key_init(&k, &w->scheme, text(w->secret[hook][i])) == WEBHOOK_OK);
        good +=
            webhook_verify(&w->scheme, &k, 1, &m, p->signature, w->unix_ms / 1000) == WEBHOOK_OK;
    }
    require(!security || good == 1);
}

/* The event whose body this is; every body of an event that was emitted is another */
static event *event_of_body(fuzz_world *w, webhook_str body) {
    size_t i;
    for (i = w->events; i > 0; i--) {
        event *e = &w->event[i - 1];
        if (e->body != NULL && webhook_str_eq(webhook_str_from(e->body, e->len), body)) return e;
    }
    return NULL;
}

static void check_event(fuzz_world *w, const attempt *t, const parsed *p, int hook) {
    event *e = event_of_body(w, webhook_str_from(t->body, t->body_len));
    webhook_str names = p->events, first;
    size_t i, crafted = 0;
    for (i = 0; i < w->events; i++) crafted += w->event[i].crafted;
    if (crafted > 0 && (e == NULL || e->crafted)) return;
    require(e != NULL && e->state == HELD);
    require((e->ended >> hook & 1) == 0);
    if (w->scheme.events_field.len > 0) {
        require(webhook_str_cut(&names, ',', &first) == WEBHOOK_OK);
        require(webhook_str_eq(first, text(e->name)));
    }
    if (w->scheme.id_field.len > 0) require(webhook_str_eq(p->m.id, text(e->id)));
}

/* An attempt that has begun in the run that is over: is it what webhook and event ask for? */
static void check_attempt(fuzz_world *w, const attempt *t) {
    webhook_str url = webhook_str_from(t->url, t->url_len);
    parsed p = parse(w, t);
    webhook_info info;
    int hook = hook_of(p.hook);
    uint64_t length;
    require(hook >= 0);
    require(webhook_registry_get(&w->registry, text(hook_ids[hook]), &info) == WEBHOOK_OK);
    require(info.settings.enabled == WEBHOOK_YES);
    require(webhook_str_eq(info.settings.url, url));
    if (w->scheme.name_field.len > 0) require(webhook_str_eq(info.settings.name, p.name));
    require((info.settings.http_user.len > 0) == (p.authorization.len > 0));
    require((info.settings.headers.len > 0) == (p.own.len > 0));
    require(webhook_decimal_read(p.length, &length) == WEBHOOK_OK && length == t->body_len);
    require(webhook_str_eq(p.type, WEBHOOK_STR("application/json")));
    check_signature(w, t, &p, hook, info.settings.security == WEBHOOK_YES);
    check_event(w, t, &p, hook);
}

/* ---- the transport and the log ---- */

static int lies_in(webhook_str s, const void *memory, size_t n) {
    const char *p = (const char *)memory;
    return s.ptr >= p && s.ptr + s.len <= p + n;
}

/* Only complete may be called from inside: all else says so or does nothing. */
static void call_inside(fuzz_world *w) {
    webhook_emit m = WEBHOOK_ZERO;
    webhook_emitted out;
    webhook_change change;
    webhook_settings s = WEBHOOK_ZERO;
    uint64_t before = accounted(w);
    if (!w->call_inside) return;
    m.id = WEBHOOK_STR("x");
    m.event = WEBHOOK_STR("users");
    s.enabled = WEBHOOK_NO;
    require(webhook_delivery_emit(&w->d, &m, &out) == WEBHOOK_ERR_BUSY);
    require(webhook_registry_update(&w->registry, text(hook_ids[0]), &s, 0, &change) ==
            WEBHOOK_ERR_BUSY);
    require(webhook_registry_delete(&w->registry, text(hook_ids[1]), 0, &change) ==
            WEBHOOK_ERR_BUSY);
    (void)webhook_delivery_run(&w->d, w->tick + 1, w->unix_ms);
    webhook_delivery_committed(&w->d, w->ticket, WEBHOOK_OK);
    require(accounted(w) == before);
}

static void start(void *user, webhook_attempt a, const webhook_request *r) {
    fuzz_world *w = (fuzz_world *)user;
    attempt *t = &w->attempt[a.slot];
    size_t i, in_loan = 0;
    w->callbacks++;
    w->acts++;
    require(a.slot < w->desc.max_in_flight && !t->open);
    require(a.generation != w->generation[a.slot]);
    require(clock_set(w));
    w->generation[a.slot] = a.generation;
    require(lies_in(r->head, w->memory, w->desc.memory_len));
    require(lies_in(r->url.text, w->memory, w->desc.memory_len));
    require(r->fields.ptr > r->head.ptr && lies_in(r->fields, r->head.ptr, r->head.len - 2));
    require(r->fields.ptr + r->fields.len == r->head.ptr + r->head.len - 2);
    require(r->head.len + r->url.text.len <= w->desc.head_size);
    require(r->deadline_ms == w->tick + w->desc.time_limit_ms);
    for (i = 0; i < LOANS; i++)
        in_loan += w->loan[i].at != NULL && lies_in(r->body, w->loan[i].at, w->loan[i].len);
    require(in_loan == 1);
    memset(t, 0, sizeof *t);
    t->a = a;
    t->given = *r;
    t->head = fuzz_copy(r->head);
    t->body = fuzz_copy(r->body);
    t->url = fuzz_copy(r->url.text);
    t->head_len = r->head.len;
    t->body_len = r->body.len;
    t->url_len = r->url.text.len;
    t->open = t->fresh = 1;
    call_inside(w);
    if (!w->at_once) return;
    require(webhook_delivery_complete(&w->d, a, &w->at_once_result) == WEBHOOK_OK);
    t->open = 0;
}

static int same(const char *copy, webhook_str s) {
    return s.len == 0 || memcmp(copy, s.ptr, s.len) == 0;
}

/* What was given is as it was until the attempt is over. */
static void end_attempt(attempt *t) {
    if (t->open)
        require(same(t->head, t->given.head) && same(t->body, t->given.body) &&
                same(t->url, t->given.url.text));
    free(t->head);
    free(t->body);
    free(t->url);
    memset(t, 0, sizeof *t);
}

static void cancel(void *user, webhook_attempt a) {
    fuzz_world *w = (fuzz_world *)user;
    attempt *t = &w->attempt[a.slot];
    w->callbacks++;
    w->acts++;
    require(a.slot < w->desc.max_in_flight && t->open && t->a.generation == a.generation);
    end_attempt(t);
    call_inside(w);
}

static void log_entry(void *user, const webhook_log_entry *e) {
    fuzz_world *w = (fuzz_world *)user;
    event *v = e->event_key.len > 0 ? event_of(w, e->event_key) : NULL;
    int hook = hook_of(e->webhook_id);
    w->callbacks++;
    w->acts++;
    require(e->outcome >= WEBHOOK_DELIVERED && e->outcome <= WEBHOOK_CANCELLED);
    require(e->count >= 1 && (e->count == 1 || e->outcome == WEBHOOK_CANCELLED));
    require((e->outcome == WEBHOOK_DELIVERED) == (e->status / 100 == 2));
    require((e->outcome == WEBHOOK_DELIVERED) == (e->error.len == 0));
    require(e->outcome == WEBHOOK_RETRYING ? e->next_ms >= w->unix_ms : e->next_ms == 0);
    require(e->outcome == WEBHOOK_CANCELLED || e->event_key.len == WEBHOOK_EVENT_KEY_MAX);
    w->logged[e->outcome] += e->count;
    if (v != NULL && !v->crafted) {
        require(hook >= 0 && (v->ended >> hook & 1) == 0);
        require(e->event_id.len == 0 || webhook_str_eq(e->event_id, text(v->id)));
        require(e->attempt <= w->d.desc.max_retries + 1);
        if (e->outcome != WEBHOOK_RETRYING) v->ended |= 1u << hook;
    }
    call_inside(w);
}

/* ---- steps ---- */

static void run(fuzz_world *w) {
    unsigned i, before = w->callbacks, acts = w->acts;
    int quiet = !w->touched && w->tick < w->next;
    w->next = webhook_delivery_run(&w->d, w->tick, w->unix_ms);
    require(w->next >= w->tick);
    /* nothing before it is due; but a store that has refused something is asked now and then */
    if (quiet) require(w->callbacks == before || (w->acts == acts && w->put_mode != 0));
    for (i = 0; i < SLOTS; i++) {
        attempt *t = &w->attempt[i];
        if (!t->fresh) continue;
        check_attempt(w, t);
        t->fresh = 0;
        if (!t->open) end_attempt(t);
    }
    w->idle = w->next == w->tick && w->callbacks == before ? w->idle + 1 : 0;
    require(w->idle < 4);
    w->touched = 0;
    check(w);
}

/* Both clocks go on, by little or much, or the wall clock jumps. */
static void pass_time(fuzz_world *w) {
    static const uint64_t steps[] = { 0, 1, 10, 100, 1000, 5000, 30000, 3600000 };
    unsigned how = pick(w, 16);
    uint64_t by = how < 8 ? steps[how] : 0;
    int set = clock_set(w);
    if (how == 8 && w->next != UINT64_MAX && w->next > w->tick) by = w->next - w->tick;
    if (how == 9 && w->next != UINT64_MAX && w->next > w->tick) by = w->next - w->tick - 1;
    if (how == 10) by = fuzz_byte(&w->in) * UINT64_C(77);
    w->tick += by;
    if (how == 11) w->unix_ms = fuzz_i64(&w->in);
    if (how == 11) w->unix_ms >>= pick(w, 16);
    if (how == 12) w->unix_ms -= 86400000;
    if (how == 13) w->unix_ms += 86400000;
    if (how == 14) w->unix_ms = (int64_t)pick(w, 4) * 500;
    if (how == 15) w->unix_ms = INT64_C(1736937000000);
    if (how < 11) w->unix_ms += (int64_t)by;
    if (clock_set(w) != set) w->touched = 1;
}

/* The words and numbers of a result; the texts are freed when it has been copied */
static void complete(fuzz_world *w) {
    static const uint16_t statuses[] = { 200, 204, 500, 503, 410, 404, 429, 301, 0, 100 };
    webhook_result r = WEBHOOK_ZERO;
    webhook_attempt a;
    unsigned slot = pick(w, SLOTS + 1), status = pick(w, 12), how = pick(w, 16);
    char *error, *retry;
    attempt *t = slot < SLOTS ? &w->attempt[slot] : NULL;
    webhook_str s;
    a.slot = slot < SLOTS ? slot : UINT32_MAX;
    a.generation = t != NULL && t->open ? t->a.generation : w->generation[0];
    if ((how & 8) != 0) a.generation -= 1; /* one that is over, or never was */
    r.status = status < 10 ? statuses[status] : (uint16_t)fuzz_u64(&w->in);
    r.timed_out = how & 1;
    r.response_ms = how * UINT32_C(300000000);
    s = take_bytes(w, (how & 2) != 0 ? pick(w, 50) : 0);
    retry = fuzz_copy(s);
    r.retry_after = webhook_str_from(retry, s.len);
    s = take_bytes(w, (how & 4) != 0 ? pick(w, 200) : 0);
    error = fuzz_copy(s.len > 0 ? s : WEBHOOK_STR("x"));
    r.error = webhook_str_from(error, s.len > 0 ? s.len : 1);
    if (t != NULL && t->open && t->a.generation == a.generation) {
        end_attempt(t);
        require(webhook_delivery_complete(&w->d, a, &r) == WEBHOOK_OK);
        w->touched = 1;
    } else {
        require(webhook_delivery_complete(&w->d, a, &r) == WEBHOOK_NO_MATCH);
    }
    free(retry);
    free(error);
}

/* ---- steps: webhooks ---- */

static const char *new_secret(fuzz_world *w, unsigned hook) {
    char *s = w->secret[hook][w->secrets[hook]++];
    sprintf(s, "AAAA%04u", w->serial++ % 10000);
    return s;
}

static void settings_from(fuzz_world *w, webhook_settings *s) {
    static const char *const urls[] = { "https://example.com/hook", "http://10.0.0.1:8080?q=1",
                                        "https://a.example", "https://[2606:4700::1111]/x/y/z" };
    unsigned what = fuzz_byte(&w->in), how = fuzz_byte(&w->in);
    if ((what & 1) != 0) s->url = text(urls[how % 4]);
    if ((what & 2) != 0) s->events = text(patterns[how / 4 % 4]);
    if ((what & 4) != 0) s->ordered = (uint8_t)(how % 3);
    if ((what & 8) != 0) s->security = (uint8_t)(how % 3);
    if ((what & 16) != 0) s->max_in_flight = how % 3 == 0 ? WEBHOOK_NO_LIMIT : how % 3;
    if ((what & 32) != 0) s->rate_milli = how % 4 == 0 ? WEBHOOK_NO_LIMIT : how * 997;
    if ((what & 64) != 0) {
        s->http_user = how % 2 ? WEBHOOK_STR("user") : WEBHOOK_STR("");
        s->http_pass = WEBHOOK_STR("pass");
        s->basic_over_http = WEBHOOK_YES;
    }
    if ((what & 128) != 0)
        s->headers = how % 2 ? WEBHOOK_STR("X-Own: a value\r\n") : WEBHOOK_STR("");
}

/* What create, update, delete and drop_queue may say; anything else is no answer */
static void check_change(fuzz_world *w, webhook_status s, const webhook_change *c) {
    require(s == WEBHOOK_OK || s == WEBHOOK_PENDING || (s < 0 && s != WEBHOOK_ERR_DAMAGED));
    if (s == WEBHOOK_PENDING) require(c->ticket == w->open);
    w->touched = 1;
}

static void create(fuzz_world *w) {
    webhook_settings s = WEBHOOK_ZERO;
    webhook_change c;
    webhook_info info;
    unsigned hook = pick(w, HOOKS), before = w->secrets[hook];
    webhook_status status, had;
    if (before == SECRETS) return;
    s.name = WEBHOOK_STR("A name");
    s.url = WEBHOOK_STR("https://example.com/hook");
    s.events = text(patterns[0]);
    settings_from(w, &s);
    s.id = text(hook_ids[hook]);
    s.secret = text(new_secret(w, hook));
    had = webhook_registry_get(&w->registry, s.id, &info);
    status = webhook_registry_create(&w->registry, &s, w->unix_ms, &c);
    check_change(w, status, &c);
    require(had != WEBHOOK_OK || status < 0);
}

static void update(fuzz_world *w) {
    webhook_settings s = WEBHOOK_ZERO;
    webhook_change c;
    unsigned hook = pick(w, HOOKS), how = pick(w, 16);
    settings_from(w, &s);
    if ((how & 1) != 0 && w->secrets[hook] < SECRETS) {
        s.secret = text(new_secret(w, hook));
        s.overlap_s = (how & 2) != 0 ? WEBHOOK_AT_ONCE : 1 + how;
    }
    if ((how & 4) != 0) s.enabled = (how & 8) != 0 ? WEBHOOK_YES : WEBHOOK_NO;
    check_change(w, webhook_registry_update(&w->registry, text(hook_ids[hook]), &s, w->unix_ms, &c),
                 &c);
}

static void delete_or_drop(fuzz_world *w, int whole) {
    webhook_change c;
    webhook_str id = text(hook_ids[pick(w, HOOKS)]);
    check_change(w,
                 whole ? webhook_registry_delete(&w->registry, id, w->unix_ms, &c)
                       : webhook_registry_drop_queue(&w->registry, id, w->unix_ms, &c),
                 &c);
}

static void absent(fuzz_world *w) {
    char key[40];
    webhook_status s;
    sprintf(key, "w%s", hook_ids[pick(w, HOOKS)]);
    s = webhook_registry_absent(&w->registry, text(key));
    require(s == WEBHOOK_OK || s == WEBHOOK_ERR_FULL || s == WEBHOOK_ERR_BUSY);
    w->touched = 1;
}

/* Into another arena; nobody may use the old one after that. */
static void move(fuzz_world *w) {
    size_t len = 200 + 40 * (size_t)fuzz_byte(&w->in);
    void *arena = fuzz_memory(len);
    webhook_status s = webhook_registry_move(&w->registry, arena, len);
    require(s == WEBHOOK_OK || s == WEBHOOK_ERR_FULL || s == WEBHOOK_ERR_ARGUMENT);
    if (s != WEBHOOK_OK) {
        free(arena);
        return;
    }
    memset(w->arena, 0xdd, w->registry_desc.arena_len);
    free(w->arena);
    w->arena = arena;
    w->registry_desc.arena_len = len;
}

/* ---- steps: events ---- */

static void accept(fuzz_world *w, event *e, const webhook_emitted *out, webhook_status s) {
    memcpy(e->key, out->key, sizeof out->key);
    e->deliveries = out->deliveries;
    e->state = s == WEBHOOK_PENDING ? OPEN : HELD;
    e->ticket = out->ticket;
    require(event_of(w, text(e->key)) == NULL);
    require(find(w, text(e->key)) != NULL);
    require(s == WEBHOOK_OK || (out->ticket == w->open && out->ticket != 0));
    w->in_all += out->deliveries;
    w->events++;
}

/* An envelope with up to 300 bytes of payload, one byte of it changed perhaps */
static void write_body(fuzz_world *w, event *e, unsigned how) {
    char filler[301];
    size_t n = how % 16 * 20;
    memset(filler, 'x', n);
    filler[n] = 0;
    e->body = (char *)fuzz_memory(200 + n);
    e->len = (size_t)sprintf(e->body,
                             "{\"$id\":\"%s\",\"event\":\"%s\",\"timestamp\":"
                             "\"2025-01-15T10:30:00.000Z\",\"payload\":\"%s\"}",
                             e->id, e->name, filler);
    if ((how & 16) != 0) e->body[pick(w, 250) % e->len] ^= 4;
}

static void emit(fuzz_world *w) {
    webhook_emit m = WEBHOOK_ZERO;
    webhook_emitted out;
    webhook_status s;
    unsigned how = fuzz_byte(&w->in);
    char *body;
    event *e = &w->event[w->events];
    if (w->events == EVENTS) return;
    memset(e, 0, sizeof *e);
    e->name = event_names[pick(w, 5)];
    sprintf(e->id, "e%u", w->serial++);
    write_body(w, e, how);
    body = fuzz_copy(webhook_str_from(e->body, e->len));
    m.body = webhook_str_from(body, e->len);
    if ((how & 32) != 0) m.id = text(e->id);
    if ((how & 32) != 0) m.event = text(e->name);
    if ((how & 64) != 0) m.to = text(pick(w, 5) == 4 ? "nobody" : hook_ids[how / 16 % HOOKS]);
    s = webhook_delivery_emit(&w->d, &m, &out);
    free(body);
    w->touched = 1;
    require(s == WEBHOOK_OK || s == WEBHOOK_PENDING || s < 0);
    require(out.deliveries <= w->d.desc.max_fanout);
    require((out.key[0] != 0) == (out.deliveries > 0));
    require(out.deliveries == 0 || s >= 0);
    require(out.deliveries > 0 || s != WEBHOOK_PENDING);
    if ((how & 48) == 16) e->crafted = 1; /* id and name may have been changed */
    if (out.deliveries > 0)
        accept(w, e, &out, s);
    else
        free(e->body);
}

/* All open tickets up to one of them are settled. */
static void settle(fuzz_world *w, uint64_t ticket, webhook_status s) {
    uint64_t before = w->d.queued, failed = 0;
    size_t i;
    for (i = 0; i < w->events; i++) {
        event *e = &w->event[i];
        if (e->state != OPEN || e->ticket > ticket) continue;
        e->state = s == WEBHOOK_OK ? HELD : NOT_HELD;
        if (s != WEBHOOK_OK) failed += e->deliveries;
    }
    if (ticket >= w->open) w->open = 0;
    webhook_delivery_committed(&w->d, ticket, s);
    require(before - w->d.queued == failed);
    for (i = 0; i < w->events; i++)
        if (w->event[i].ticket > 0 && w->event[i].ticket <= ticket && s != WEBHOOK_OK &&
            w->event[i].state == NOT_HELD && w->event[i].deliveries > 0) {
            if (!w->event[i].crafted) require(find(w, text(w->event[i].key)) == NULL);
            w->event[i].deliveries = 0;
        }
    w->in_all -= failed;
    w->touched = 1;
}

static void commit_answers(fuzz_world *w) {
    unsigned how = pick(w, 8);
    uint64_t ticket = w->open;
    if (how >= 4 && ticket > 0) ticket -= how - 4 < ticket ? how - 4 : 0;
    settle(w, how == 3 ? 0 : ticket, how % 2 ? WEBHOOK_OK : WEBHOOK_ERR_IO);
}

/* A get that was PENDING is answered, or one that nobody waits for. */
static void got(fuzz_world *w, size_t i, unsigned mode) {
    char key[WEBHOOK_STORE_KEY_MAX + 1];
    webhook_str lent = webhook_str_from(NULL, 0);
    webhook_status s;
    if (i < w->n_wanted) {
        memcpy(key, w->wanted[i], sizeof key);
        memcpy(w->wanted[i], w->wanted[--w->n_wanted], sizeof key);
    } else {
        if (w->records == 0) return;
        memcpy(key, w->record[i % w->records].key, sizeof key);
    }
    s = lend(w, text(key), mode == GET_LATER ? GET_OK : mode, &lent);
    webhook_delivery_got(&w->d, text(key), s, lent);
    w->touched = 1;
}

static void got_answers(fuzz_world *w) {
    unsigned i = pick(w, SLOTS + 2);
    got(w, i, pick(w, GETS));
}

/* ---- steps: taking in and letting go ---- */

/* The record of an event with its progress; everything that is taken in adds to the accounts. */
static webhook_status take_in(fuzz_world *w, webhook_str bytes, const webhook_str *progress,
                              size_t n, webhook_str *missing) {
    uint64_t before = accounted(w);
    char *copy = fuzz_copy(bytes);
    webhook_str exact = webhook_str_from(copy, bytes.len);
    webhook_status s = webhook_delivery_take(&w->d, exact, progress, n, missing);
    if (s != WEBHOOK_OK) require(accounted(w) == before);
    require((s == WEBHOOK_ERR_NOT_FOUND) == (missing->len > 0));
    if (missing->len > 0) { /* a slice of the record: the same of what outlives the copy */
        require(lies_in(*missing, exact.ptr, exact.len));
        missing->ptr = bytes.ptr + (missing->ptr - exact.ptr);
    }
    w->in_all += accounted(w) - before;
    w->touched = 1;
    free(copy);
    return s;
}

static void take_record(fuzz_world *w, const record *r) {
    webhook_str progress[RECORDS], missing;
    char begin[WEBHOOK_EVENT_KEY_MAX + 2];
    event *e = event_of(w, text(r->key));
    uint64_t before = accounted(w), queued = w->d.queued;
    webhook_status s;
    size_t i, n = 0;
    require(e != NULL);
    sprintf(begin, "d%.32s/", r->key + 1);
    for (i = 0; i < w->records; i++)
        if (begins(w->record[i].key, begin))
            progress[n++] = webhook_str_from(w->record[i].bytes, w->record[i].len);
    if (e->state == NOT_HELD) e->ended = 0; /* what was not put in time is done again */
    s = take_in(w, webhook_str_from(r->bytes, r->len), progress, n, &missing);
    if (e->state != NOT_HELD) {
        require(s == WEBHOOK_OK && accounted(w) == before && w->d.queued == queued);
        return;
    }
    if (!e->crafted)
        require(s == WEBHOOK_OK || s == WEBHOOK_ERR_NOT_FOUND || s == WEBHOOK_ERR_FULL);
    if (s == WEBHOOK_OK) e->state = HELD;
}

static record *event_record(fuzz_world *w) {
    size_t i, from = w->records == 0 ? 0 : fuzz_byte(&w->in) % w->records;
    for (i = 0; i < w->records; i++) {
        record *r = &w->record[(from + i) % w->records];
        if (r->key[0] == 'e') return r;
    }
    return NULL;
}

static void take_real(fuzz_world *w) {
    const record *r = event_record(w);
    if (r != NULL) take_record(w, r);
}

/* A record and progress that never were records, or are of other things */
static void take_arbitrary(fuzz_world *w) {
    webhook_str progress[2], missing, bytes;
    unsigned how = pick(w, 4);
    size_t i = w->records == 0 ? 0 : fuzz_byte(&w->in) % w->records;
    webhook_status s;
    progress[0] = take_bytes(w, 40);
    progress[1] = how < 2 || w->records == 0
                      ? take_bytes(w, 3)
                      : webhook_str_from(w->record[i].bytes, w->record[i].len);
    bytes = (how & 1) != 0 && w->records > 0 && w->record[i].key[0] != 'e'
                ? webhook_str_from(w->record[i].bytes, w->record[i].len)
                : take_bytes(w, 100);
    s = take_in(w, bytes, progress, 2, &missing);
    require(s == WEBHOOK_ERR_DAMAGED || s == WEBHOOK_ERR_ARGUMENT || s == WEBHOOK_ERR_RANGE);
}

/* CRC-32C bit by bit (RFC 3720, B.4), to make records whose checksums hold whatever is in them */
static uint32_t crc(uint32_t c, const char *p, size_t n) {
    size_t i, k;
    c = ~c;
    for (i = 0; i < n; i++) {
        c ^= (unsigned char)p[i];
        for (k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ UINT32_C(0x82f63b78) : c >> 1;
    }
    return ~c;
}

static void put_u32(char *p, uint32_t v) {
    int i;
    for (i = 0; i < 4; i++) p[i] = (char)(unsigned char)(v >> (24 - 8 * i));
}

static void seal(char *p, size_t len) {
    size_t key = (unsigned char)p[6];
    if (len < 24 + key) return;
    put_u32(p + 12, (uint32_t)(len - 24 - key));
    put_u32(p + 16, crc(0, p + 24 + key, len - 24 - key));
    put_u32(p + 20, crc(crc(0, p, 20), p + 24, key));
}

/* Somebody writes into the store what no engine would: an event, or progress, with changed bytes
 * and good checksums. Nothing may break; what it means is not asked. */
static void craft(fuzz_world *w) {
    record *r;
    event *e;
    size_t i = 0;
    unsigned what = pick(w, 4), edits = pick(w, 4) + 1;
    if (what == 0) { /* progress */
        while (i < w->records && w->record[i].key[0] != 'd') i++;
        if (i == w->records) return;
        r = &w->record[i];
        e = NULL;
        for (i = 0; i < w->events; i++)
            if (strncmp(w->event[i].key + 1, r->key + 1, 32) == 0) e = &w->event[i];
    } else {
        r = event_record(w);
        e = r == NULL ? NULL : event_of(w, text(r->key));
    }
    if (r == NULL || e == NULL || e->state != NOT_HELD) return;
    e->crafted = 1;
    while (edits-- > 0) {
        size_t value = 24 + (unsigned char)r->bytes[6], at = fuzz_byte(&w->in);
        if (r->len > value) r->bytes[value + at % (r->len - value)] = (char)fuzz_byte(&w->in);
    }
    if (what == 3) r->len -= pick(w, 64) % (r->len - 24 - (unsigned char)r->bytes[6] + 1);
    seal(r->bytes, r->len);
}

static void let_go(fuzz_world *w) {
    uint64_t before = w->d.queued, entries = w->logged[WEBHOOK_CANCELLED];
    event *e = w->events == 0 ? NULL : &w->event[fuzz_byte(&w->in) % w->events];
    webhook_status s;
    if (e == NULL || pick(w, 8) == 0) {
        webhook_str key = take_bytes(w, 33);
        for (e = w->event; e < w->event + w->events; e++)
            if (webhook_str_ieq(text(e->key), key)) return;
        require(webhook_delivery_let_go(&w->d, key) == WEBHOOK_NO_MATCH);
        return;
    }
    s = webhook_delivery_let_go(&w->d, text(e->key));
    require(s == WEBHOOK_OK || s == WEBHOOK_NO_MATCH || s == WEBHOOK_ERR_BUSY);
    require(s == WEBHOOK_OK || w->d.queued == before);
    require((s == WEBHOOK_ERR_BUSY) == (e->state == OPEN)); /* its commit is under way */
    require(w->logged[WEBHOOK_CANCELLED] == entries);
    if (e->state == NOT_HELD) require(s == WEBHOOK_NO_MATCH);
    if (s == WEBHOOK_OK && find(w, text(e->key)) == NULL) require(0); /* the store keeps it */
    if (s == WEBHOOK_OK) e->state = NOT_HELD;
    if (s == WEBHOOK_OK) e->ticket = 0;
    w->in_all -= before - w->d.queued;
    w->touched = 1;
}

/* ---- a life of an engine ---- */

static void open_world(fuzz_world *w) {
    w->arena = fuzz_memory(w->registry_desc.arena_len);
    memset(w->arena, 0xa5, w->registry_desc.arena_len);
    w->registry_desc.arena = w->arena;
    w->registry_desc.seed++;
    w->memory = fuzz_memory(w->desc.memory_len);
    memset(w->memory, 0x5a, w->desc.memory_len);
    w->desc.memory = w->memory;
    w->store.tickets = w->ticket = w->open = 0;
    w->store.dirty = 0;
    require(webhook_registry_init(&w->registry, &w->registry_desc) == WEBHOOK_OK);
    require(webhook_delivery_init(&w->d, &w->desc) == WEBHOOK_OK);
    memset(w->logged, 0, sizeof w->logged);
    memset(w->generation, 0, sizeof w->generation);
    w->in_all = 0;
    w->next = 0;
    w->touched = 1;
}

/* All that is in memory is lost. */
static void die(fuzz_world *w) {
    size_t i;
    for (i = 0; i < SLOTS; i++) {
        w->attempt[i].open = 0;
        end_attempt(&w->attempt[i]);
    }
    for (i = 0; i < LOANS; i++)
        if (w->loan[i].at != NULL) end_loan(w, &w->loan[i]);
    for (i = 0; i < w->events; i++) {
        w->event[i].state = NOT_HELD;
        w->event[i].ticket = 0;
    }
    w->n_wanted = 0;
    free(w->arena);
    free(w->memory);
}

static void restart(fuzz_world *w) {
    static const char kinds[] = "wfe";
    size_t k, i, records;
    die(w);
    if (pick(w, 2)) w->tick = 0;
    open_world(w);
    for (k = 0; k < 3; k++)
        for (i = 0; i < w->records; i++) {
            const record *r = &w->record[i];
            webhook_status s;
            if (r->key[0] != kinds[k]) continue;
            records = w->records;
            if (r->key[0] == 'e') {
                take_record(w, r);
                if (w->records < records) i = (size_t)-1; /* one had ended: the rest has moved */
                continue;
            }
            s = webhook_registry_take(&w->registry, webhook_str_from(r->bytes, r->len));
            require(s == WEBHOOK_OK || s == WEBHOOK_NO_MATCH || s == WEBHOOK_ERR_FULL);
        }
}

static void begin(fuzz_world *w) {
    static const size_t heads[] = { 200, 330, 450, 700, 1500, 0 };
    static const uint64_t budgets[] = { 1, 300, 1000, 0 };
    static const uint32_t table[] = { 1, 70000, 300 };
    unsigned b = fuzz_byte(&w->in);
    w->tick = fuzz_byte(&w->in);
    w->unix_ms = INT64_C(1736937000000);
    w->scheme_kind = b % 3;
    w->scheme = webhook_scheme_default();
    if (w->scheme_kind == 1) w->scheme = scheme_github();
    if (w->scheme_kind == 2) w->scheme = scheme_standard();
    w->scheme.webhook_id_field = WEBHOOK_STR("X-Hook"); /* by which the model knows it */
    w->store.user = w;
    w->store.put = store_put;
    w->store.remove = store_remove;
    w->store.commit = store_commit;
    w->store.get = store_get;
    w->store.release = store_release;
    w->registry_desc.arena_len = webhook_registry_need(HOOKS, 1200);
    w->registry_desc.store = &w->store;
    w->registry_desc.scheme = &w->scheme;
    w->registry_desc.seed = b;
    w->desc.registry = &w->registry;
    w->desc.max_in_flight = pick(w, SLOTS) + 1;
    b = fuzz_byte(&w->in);
    w->desc.max_queue = b % 16 + 1;
    w->desc.max_events = b / 16 % 4 * 4;
    w->desc.max_fanout = b / 64;
    b = fuzz_byte(&w->in);
    w->desc.head_size = heads[b % 6];
    w->desc.body_budget = budgets[b / 8 % 4];
    w->desc.pause_on_gone = b / 32 % 2;
    w->desc.pause_after = b / 64 % 4;
    b = fuzz_byte(&w->in);
    w->desc.max_retries = b % 4 == 3 ? WEBHOOK_RETRIES_NONE : b % 4;
    if (b / 4 % 2) w->desc.retry_table_ms = table;
    if (b / 4 % 2) w->desc.n_retry_table = 3;
    w->desc.retry_base_ms = b / 8 % 4 * 1000;
    w->desc.retry_factor_milli = b / 32 % 2 ? UINT32_MAX : 0;
    w->desc.retry_cap_ms = b / 64 % 2 ? 0 : 20000;
    w->desc.transport = w->desc.log_user = w;
    w->desc.start = start;
    w->desc.cancel = cancel;
    w->desc.log = log_entry;
    w->desc.memory_len = webhook_delivery_need(&w->desc) + (size_t)fuzz_byte(&w->in) * 8;
    w->desc.time_limit_ms = 30000;
    if (w->desc.head_size == 0) w->desc.head_size = 16384; /* the default, for the check of sizes */
    open_world(w);
}

static void set_modes(fuzz_world *w) {
    static const uint16_t statuses[] = { 200, 500, 0, 410 };
    unsigned what = pick(w, 5), how = fuzz_byte(&w->in);
    if (what == 0) w->put_mode = (uint8_t)(how & 15);
    if (what == 1) w->commit_mode = (uint8_t)(how % 3);
    if (what == 2) w->get_mode = (uint8_t)(how % GETS);
    if (what == 3) w->at_once = how & 1;
    if (what == 3) w->at_once_result.status = statuses[how / 2 % 4];
    if (what == 3) w->at_once_result.error = WEBHOOK_STR("not now");
    if (what == 4) w->call_inside = how & 1;
    w->touched = 1;
}

static void step(fuzz_world *w) {
    unsigned what = pick(w, 32);
    if (what < 8)
        run(w);
    else if (what < 12)
        pass_time(w);
    else if (what < 16)
        emit(w);
    else if (what < 20)
        complete(w);
    else if (what < 22)
        set_modes(w);
    else if (what == 22)
        create(w);
    else if (what == 23)
        update(w);
    else if (what == 24)
        delete_or_drop(w, pick(w, 2) != 0);
    else if (what == 25)
        commit_answers(w);
    else if (what == 26)
        got_answers(w);
    else if (what == 27)
        let_go(w);
    else if (what == 28)
        take_real(w);
    else if (what == 29)
        take_arbitrary(w);
    else if (what == 30)
        move(w);
    else if (pick(w, 4) == 0)
        restart(w);
    else if (pick(w, 2) == 0)
        absent(w);
    else
        craft(w);
    check(w);
}

/* ---- the end ---- */

/* From now on the store and the endpoints are well. */
static void recover(fuzz_world *w) {
    void *arena = fuzz_memory(60000);
    w->put_mode = w->commit_mode = w->get_mode = w->at_once = 0;
    if (w->unix_ms < 1000 || w->unix_ms > INT64_C(4000000000000)) w->unix_ms = 2000;
    require(webhook_registry_move(&w->registry, arena, 60000) == WEBHOOK_OK);
    free(w->arena);
    w->arena = arena;
    w->registry_desc.arena_len = 60000;
    settle(w, w->open, WEBHOOK_OK);
    while (w->n_wanted > 0) got(w, 0, GET_OK);
    run(w);
}

static void answer_all(fuzz_world *w) {
    webhook_result r = WEBHOOK_ZERO;
    unsigned i;
    r.status = 200;
    for (i = 0; i < SLOTS; i++) {
        webhook_attempt a = w->attempt[i].a;
        if (!w->attempt[i].open) continue;
        end_attempt(&w->attempt[i]);
        require(webhook_delivery_complete(&w->d, a, &r) == WEBHOOK_OK);
        w->touched = 1;
    }
}

static void change_all(fuzz_world *w, int delete_them) {
    webhook_settings s = WEBHOOK_ZERO;
    webhook_change c;
    webhook_status got;
    unsigned i, tries;
    s.enabled = WEBHOOK_YES;
    for (i = 0; i < HOOKS; i++) {
        webhook_str id = text(hook_ids[i]);
        for (tries = 0; tries < 8; tries++) {
            got = delete_them ? webhook_registry_delete(&w->registry, id, w->unix_ms, &c)
                              : webhook_registry_update(&w->registry, id, &s, w->unix_ms, &c);
            w->touched = 1;
            if (got != WEBHOOK_ERR_BUSY) break;
            w->tick += 1000; /* something that failed is put again first */
            run(w);
        }
        require(got == WEBHOOK_OK || got == WEBHOOK_ERR_NOT_FOUND);
    }
}

/* Is one of them paused, perhaps since a moment? */
static int paused(const fuzz_world *w) {
    webhook_info info;
    unsigned i, n = 0;
    for (i = 0; i < HOOKS; i++)
        n += webhook_registry_get(&w->registry, text(hook_ids[i]), &info) == WEBHOOK_OK &&
             info.settings.enabled == WEBHOOK_NO;
    return n > 0;
}

/* Everything is delivered, with as many calls as the engine asks for. */
static void drain(fuzz_world *w) {
    unsigned n = 0;
    while (w->d.queued > 0) {
        if (paused(w)) change_all(w, 0);
        answer_all(w);
        if (!w->touched) {
            require(w->next != UINT64_MAX); /* else nobody would ever call it again */
            w->unix_ms += (int64_t)(w->next - w->tick);
            w->tick = w->next;
        }
        run(w);
        require(++n < 2000);
    }
}

static void finish(fuzz_world *w) {
    size_t i;
    unsigned n = 0;
    recover(w);
    if (w->serial % 4 != 0) drain(w);
    change_all(w, 1);
    do run(w);
    while (w->d.queued > 0 && ++n < 100);
    run(w);
    require(w->d.queued == 0 && w->d.events == 0 && w->d.in_flight == 0 && w->loans == 0);
    for (i = 0; i < w->records; i++) {
        const record *r = &w->record[i];
        const event *e = r->key[0] == 'e' ? event_of(w, text(r->key)) : NULL;
        if (r->key[0] == 'e') require(e != NULL && e->state == NOT_HELD);
    }
    require(w->logged[WEBHOOK_CANCELLED] == w->d.cancelled);
    die(w);
    for (i = 0; i < w->records; i++) free(w->record[i].bytes);
    for (i = 0; i < w->events; i++) free(w->event[i].body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static fuzz_world w;
    unsigned steps = 0;
    memset(&w, 0, sizeof w);
    w.in = webhook_str_from((const char *)data, size);
    begin(&w);
    while (w.in.len > 0 && ++steps < 1000) step(&w);
    finish(&w);
    return 0;
}
