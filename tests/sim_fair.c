/* sim_fair.c -- many webhooks in simulated time: whether slow ones hold up the others, and how
 * large all of it is. The store is the one in memory; the transport answers after so many ms, or
 * never. */
#define _POSIX_C_SOURCE 200809L
#include "sim.h"
#include <time.h>

typedef struct flight {
    webhook_attempt a;
    uint64_t at; /* when it answers */
} flight;

typedef struct crowd {
    sim_crowd *c;
    webhook_memory_store memory;
    webhook_store store;
    webhook_registry registry;
    webhook_delivery engine;
    flight *flight; /* a ring: all take the same time */
    size_t first, n, cap;
    uint64_t tick, quiet_until; /* nobody answers before that */
    uint32_t *emitted_at;       /* of each event, in ms */
    uint32_t *histogram;        /* of ms late */
    uint8_t *served;            /* a bit for each webhook */
    int64_t unix_ms;
    uint32_t n_events, begin; /* of what is measured */
    uint8_t begun;
    void *arena, *block, *work;
} crowd;

enum { LATEST = 200000, EVENTS = 3000000 };

static void *block_of(size_t n) {
    void *p = malloc(n == 0 ? 1 : n);
    if (p == NULL) abort();
    return p;
}

static double clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others use the machine too */
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint32_t digits(const char *p, size_t n) {
    uint32_t v = 0;
    for (; n > 0; n--) v = v * 10 + (uint32_t)(*p++ - '0');
    return v;
}

/* ---- the transport ---- */

static int hangs(const crowd *w, uint32_t hook) {
    const sim_crowd *c = w->c;
    if (w->tick < w->quiet_until) return 1;
    if (hook < c->hang) return 1;
    return hook < c->hang + c->hang_more && w->tick >= (uint64_t)w->begin + c->more_ms;
}

/* Is it one whose lateness counts? Not the ones that hang, nor what falls due within one time limit
 * of the moment at which they begin to: nothing tells them before. */
static int counts(const crowd *w, uint32_t hook, uint32_t due) {
    const sim_crowd *c = w->c;
    if (!w->begun || hook < c->hang + c->hang_more || due < w->begin) return 0;
    if (c->hang > 0 && due < w->begin + c->limit_ms) return 0;
    return c->hang_more == 0 || due < w->begin + c->more_ms ||
           due >= w->begin + c->more_ms + c->limit_ms;
}

static void on_start(void *user, webhook_attempt a, const webhook_request *r) {
    crowd *w = (crowd *)user;
    uint32_t hook = digits(r->url.host.ptr + 1, 6), event = digits(r->body.ptr + 9, 8);
    uint32_t due = w->emitted_at[event], late;
    if (w->engine.in_flight > w->c->most_at_once) w->c->most_at_once = w->engine.in_flight;
    if (counts(w, hook, due)) {
        late = (uint32_t)(w->tick - due);
        w->histogram[late < LATEST ? late : LATEST - 1]++;
        w->c->measured++;
    }
    if (hangs(w, hook)) return;
    w->flight[(w->first + w->n) % w->cap].a = a;
    w->flight[(w->first + w->n++) % w->cap].at = w->tick + w->c->answer_ms;
}

static void on_cancel(void *user, webhook_attempt a) {
    (void)user;
    (void)a; /* only those that hang are cut off, and these are not in the ring */
}

static void on_log(void *user, const webhook_log_entry *e) {
    crowd *w = (crowd *)user;
    uint32_t hook = digits(e->webhook_id.ptr + 1, 6);
    if (e->outcome != WEBHOOK_DELIVERED) return;
    w->c->delivered++;
    if (w->served[hook]) return;
    w->served[hook] = 1;
    if (hook < w->c->slow) w->c->recovered_ms = (uint32_t)(w->tick - w->begin);
}

static void answer_due(crowd *w) {
    webhook_result r = WEBHOOK_ZERO;
    r.status = 200;
    r.response_ms = w->c->answer_ms;
    while (w->n > 0 && w->flight[w->first].at <= w->tick) {
        (void)webhook_delivery_complete(&w->engine, w->flight[w->first].a, &r);
        w->first = (w->first + 1) % w->cap;
        w->n--;
    }
}

/* ---- the world ---- */

static void hook_text(char *out, size_t cap, const char *format, uint32_t hook) {
    snprintf(out, cap, "h%06u%s", (unsigned)hook, format);
}

static void create_hook(crowd *w, uint32_t hook) {
    webhook_settings s = WEBHOOK_ZERO;
    webhook_change change;
    char id[16], url[64], secret[40];
    hook_text(id, sizeof id, "", hook);
    snprintf(url, sizeof url, "https://h%06u.example.com/hook", (unsigned)hook);
    snprintf(secret, sizeof secret, "secret-of-%06u", (unsigned)hook);
    s.id = webhook_str_from_cstr(id);
    s.secret = webhook_str_from_cstr(secret);
    s.name = WEBHOOK_STR("Orders");
    s.url = webhook_str_from_cstr(url);
    s.events = hook < 100 ? WEBHOOK_STR("orders.*,users.*") : WEBHOOK_STR("orders.*");
    CHECK_STATUS(webhook_registry_create(&w->registry, &s, w->unix_ms, &change), WEBHOOK_OK);
}

/* Bytes of the texts of one webhook, as create_hook has them. */
enum { TEXTS = 7 + 16 + 6 + 32 + 16 };
#define NAME_ORDERS "orders.o1.create" /* that all want */
#define NAME_USERS "users.u1.create"   /* that a hundred want */

static void make_registry(crowd *w, uint32_t hooks, size_t store_bytes) {
    webhook_registry_desc r = WEBHOOK_ZERO;
    uint32_t i;
    r.arena_len = webhook_registry_need(hooks, (size_t)hooks * TEXTS);
    r.arena = w->arena = block_of(r.arena_len);
    r.store = &w->store;
    w->block = block_of(store_bytes);
    CHECK_STATUS(webhook_memory_store_init(&w->memory, w->block, store_bytes, &w->store),
                 WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_init(&w->registry, &r), WEBHOOK_OK);
    for (i = 0; i < hooks; i++) create_hook(w, i);
}

static void make_engine(crowd *w, webhook_delivery_desc *d) {
    d->registry = &w->registry;
    d->transport = d->log_user = w;
    d->memory_len = webhook_delivery_need(d);
    d->memory = w->work = block_of(d->memory_len);
    CHECK_STATUS(webhook_delivery_init(&w->engine, d), WEBHOOK_OK);
}

static size_t body_for(const crowd *w, const char *name, char body[160]) {
    int n = snprintf(body, 160,
                     "{\"$id\":\"e%08u\",\"event\":\"%s\","
                     "\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"payload\":{\"total\":99.99}}",
                     (unsigned)w->n_events, name);
    return (size_t)n;
}

static webhook_status emit_to(crowd *w, uint32_t hook, const char *name) {
    webhook_emit m = WEBHOOK_ZERO;
    webhook_emitted out;
    char body[160], id[16], event_id[16];
    webhook_status s;
    hook_text(id, sizeof id, "", hook);
    snprintf(event_id, sizeof event_id, "e%08u", (unsigned)w->n_events);
    m.body = webhook_str_from(body, body_for(w, name, body));
    m.id = webhook_str_from_cstr(event_id);
    m.event = webhook_str_from_cstr(name);
    if (hook != UINT32_MAX) m.to = webhook_str_from_cstr(id);
    if (w->n_events >= EVENTS) return WEBHOOK_ERR_FULL;
    w->emitted_at[w->n_events] = (uint32_t)w->tick;
    s = webhook_delivery_emit(&w->engine, &m, &out);
    if (s == WEBHOOK_OK) w->n_events++;
    return s;
}

static void emit_counted(crowd *w, uint32_t hook) {
    if (emit_to(w, hook, NAME_ORDERS) == WEBHOOK_OK)
        w->c->emitted++;
    else
        w->c->refused++;
}

static uint64_t run_now(crowd *w) {
    uint64_t next;
    answer_due(w);
    do next = webhook_delivery_run(&w->engine, w->tick, w->unix_ms + (int64_t)w->tick);
    while (next <= w->tick);
    if (w->n > 0 && w->flight[w->first].at < next) next = w->flight[w->first].at;
    return next;
}

/* Each of these webhooks has one attempt that times out. */
static void make_slow(crowd *w, uint32_t hooks, uint32_t limit_ms) {
    uint32_t i;
    uint64_t gave_up = w->engine.gave_up;
    w->quiet_until = UINT64_MAX;
    for (i = 0; i < hooks; i++) CHECK_STATUS(emit_to(w, i, NAME_ORDERS), WEBHOOK_OK);
    while (w->engine.gave_up < gave_up + hooks) {
        uint64_t next = run_now(w);
        if (!CHECK(next != UINT64_MAX && next < w->tick + limit_ms + 1)) return;
        w->tick = next;
    }
    w->quiet_until = 0;
}

static void crowd_end(crowd *w) {
    free(w->arena);
    free(w->block);
    free(w->work);
    free(w->flight);
    free(w->emitted_at);
    free(w->histogram);
    free(w->served);
}

static void crowd_begin(crowd *w, sim_crowd *c) {
    webhook_delivery_desc d = WEBHOOK_ZERO;
    memset(w, 0, sizeof *w);
    w->c = c;
    w->unix_ms = INT64_C(1767225600000);
    w->cap = c->slots;
    w->flight = (flight *)block_of(w->cap * sizeof *w->flight);
    w->emitted_at = (uint32_t *)block_of(EVENTS * sizeof *w->emitted_at);
    w->histogram = (uint32_t *)calloc(LATEST, sizeof *w->histogram);
    w->served = (uint8_t *)calloc(c->hooks, 1);
    if (w->histogram == NULL || w->served == NULL) abort();
    make_registry(w, c->hooks, (size_t)c->hooks * 1000 + (size_t)c->queue * 600 + 100000);
    d.max_queue = d.max_events = c->queue;
    d.max_fanout = 1;
    d.max_in_flight = c->slots;
    d.head_size = 1024;
    d.time_limit_ms = c->limit_ms;
    d.max_retries = c->slow > 0 ? WEBHOOK_RETRIES_NONE : 0;
    d.start = on_start;
    d.cancel = on_cancel;
    d.log = on_log;
    make_engine(w, &d);
}

/* Which webhook the next event is for: each as often as the others, in no order. */
static uint32_t next_hook(const crowd *w, uint64_t i) {
    const sim_crowd *c = w->c;
    if (c->one) return c->hooks - 1;
    if (c->apart) return c->slow + (uint32_t)(i * 7919 % (c->hooks - c->slow));
    return (uint32_t)(i * 7919 % c->hooks);
}

static void tell_lateness(crowd *w) {
    uint64_t seen = 0;
    uint32_t i, late = 0;
    for (i = 0; i < LATEST; i++) {
        if (w->histogram[i] == 0) continue;
        late = i;
        if (seen * 100 < w->c->measured * 99) w->c->p99_ms = i;
        seen += w->histogram[i];
    }
    w->c->worst_ms = late;
    for (i = 0; i < w->c->slow; i++) w->c->unserved += w->served[i] == 0;
}

static int is_fair(const sim_crowd *c) {
    return CHECK(c->refused == 0) & CHECK(c->unserved == 0) & CHECK(c->measured > 0) &
           CHECK(c->p99_most == 0 || c->p99_ms <= c->p99_most) &
           CHECK(c->delivered >= c->delivered_least) &
           CHECK(c->recovered_most == 0 || c->recovered_ms <= c->recovered_most) &
           CHECK(c->most_at_once >= c->at_once_least) &
           CHECK(c->at_once_most == 0 || c->most_at_once <= c->at_once_most);
}

int sim_crowd_of(unsigned i, int small, sim_crowd *c) {
    uint32_t by = small ? 40 : 1; /* so much smaller */
    memset(c, 0, sizeof *c);
    c->slots = small ? 16 : 256;
    c->answer_ms = 10;
    c->limit_ms = small ? 3000 : 30000;
    c->queue = 300000 / by;
    c->hooks = 10000 / by;
    if (small && i > 0) i++; /* without the second one */
    switch (i) {
    case 0:
        c->name = "hanging ones";
        c->per_s = 3000 / by;
        c->seconds = small ? 15 : 150;
        c->hang = 100 / by;
        c->hang_more = 200 / by;
        c->more_ms = small ? 6000 : 60000;
        c->p99_most = 100;
        return 1;
    case 1:
        c->name = "all recover";
        c->slow = c->hooks;
        c->limit_ms = 5000;
        c->per_s = c->slots * 80; /* of 100 answers a second and slot four fifths */
        c->seconds = 60;
        c->recovered_most = 60000;
        return 1;
    case 2:
        c->name = "all recover beside others";
        c->slow = c->hooks;
        c->hooks += 2000 / by;
        c->apart = 1;
        c->limit_ms = 5000;
        c->per_s = c->slots * 80;
        c->seconds = small ? 4 : 60;
        c->recovered_most = small ? 4000 : 60000;
        return 1;
    case 3:
        c->name = "one is busy";
        c->hooks = 10;
        c->one = 1;
        c->per_s = 5000 / by;
        c->seconds = 5;
        c->at_once_least = c->at_once_most = c->slots / 2 + 1;
        return 1;
    case 4:
        c->name = "one slot";
        c->hooks = 2;
        c->slots = c->hang = 1;
        c->limit_ms = 5000;
        c->per_s = 1; /* half of it each: more than the one that hangs can be given */
        c->seconds = 120;
        c->queue = 1000;
        c->delivered_least = 20;
        return 1;
    default: return 0;
    }
}

int sim_fair(sim_crowd *c) {
    crowd w;
    uint64_t sent = 0, end, next;
    uint32_t i;
    crowd_begin(&w, c);
    if (c->slow > 0) make_slow(&w, c->slow, c->limit_ms);
    memset(w.served, 0, c->hooks);
    c->most_at_once = 0;
    w.begin = (uint32_t)w.tick;
    w.begun = 1;
    c->delivered = 0;
    for (i = 0; i < c->slow; i++) emit_counted(&w, i);
    if (c->one)
        for (i = 0; i < c->per_s; i++) emit_counted(&w, next_hook(&w, 0));
    end = w.tick + (uint64_t)c->seconds * 1000;
    while (w.tick < end) {
        uint64_t due = c->one ? 0 : (w.tick - w.begin) * c->per_s / 1000 + 1;
        for (; sent < due; sent++) emit_counted(&w, next_hook(&w, sent));
        next = run_now(&w);
        if (!c->one) { /* when the next event happens */
            uint64_t then = w.begin + (sent * 1000 + c->per_s - 1) / c->per_s;
            next = then < next ? then : next;
        }
        w.tick = next > w.tick ? next : w.tick + 1;
    }
    tell_lateness(&w);
    crowd_end(&w);
    return is_fair(c);
}

/* ---- how large it is ---- */

typedef struct scale {
    crowd w;
    sim_size *z;
    uint8_t *sent; /* a bit for each webhook of each event */
} scale;

static void on_start_scale(void *user, webhook_attempt a, const webhook_request *r) {
    scale *k = (scale *)user;
    uint32_t hook = digits(r->url.host.ptr + 1, 6), event = digits(r->body.ptr + 9, 8);
    size_t bit = (size_t)event * k->z->hooks + hook;
    webhook_result ok = WEBHOOK_ZERO;
    k->z->twice += k->sent[bit / 8] >> bit % 8 & 1;
    k->sent[bit / 8] = (uint8_t)(k->sent[bit / 8] | 1u << bit % 8);
    k->z->delivered++;
    ok.status = 200;
    (void)webhook_delivery_complete(&k->w.engine, a, &ok);
}

static void measure(sim_size *z, webhook_delivery_desc d) {
    size_t all = webhook_delivery_need(&d);
    d.max_queue += 1000;
    z->per_delivery = (uint32_t)((webhook_delivery_need(&d) - all + 999) / 1000);
    d.max_queue -= 1000;
    d.max_events += 1000;
    z->per_event = (uint32_t)((webhook_delivery_need(&d) - all + 999) / 1000);
    /* beyond what a single change takes */
    z->per_webhook = (uint32_t)((webhook_registry_need(11000, 11000 * (size_t)TEXTS) -
                                 webhook_registry_need(10000, 10000 * (size_t)TEXTS)) /
                                    1000 -
                                TEXTS);
}

static double per(double ns, uint32_t n) {
    return n > 0 ? ns / n : 0;
}

static void scale_emit(scale *k) {
    sim_size *z = k->z;
    uint32_t i;
    double at = clock_ns();
    for (i = 0; i < z->single; i++)
        CHECK_STATUS(emit_to(&k->w, i * 7919 % z->hooks, NAME_ORDERS), WEBHOOK_OK);
    z->emit_ns[0] = per(clock_ns() - at, z->single);
    at = clock_ns();
    for (i = 0; i < z->some; i++) CHECK_STATUS(emit_to(&k->w, UINT32_MAX, NAME_USERS), WEBHOOK_OK);
    z->emit_ns[1] = per(clock_ns() - at, z->some);
    at = clock_ns();
    for (i = 0; i < z->broad; i++)
        CHECK_STATUS(emit_to(&k->w, UINT32_MAX, NAME_ORDERS), WEBHOOK_OK);
    z->emit_ns[2] = per(clock_ns() - at, z->broad);
}

/* A run with all of it queued in which nothing may begin, since the wall clock is not set. */
static double run_idle(crowd *w) {
    double start = clock_ns();
    unsigned i;
    for (i = 0; i < 1000; i++) (void)webhook_delivery_run(&w->engine, w->tick, 0);
    return (clock_ns() - start) / 1000;
}

static void scale_begin(scale *k, sim_size *z, sim_crowd *none) {
    webhook_delivery_desc d = WEBHOOK_ZERO;
    size_t each = (size_t)z->single + z->some + z->broad;
    size_t items = (size_t)z->broad * z->hooks + (size_t)z->some * 100;
    memset(k, 0, sizeof *k);
    memset(none, 0, sizeof *none);
    k->z = z;
    k->w.c = none;
    k->w.unix_ms = INT64_C(1767225600000);
    z->queued = z->single + items;
    k->sent = (uint8_t *)calloc(each * z->hooks / 8 + 1, 1);
    k->w.emitted_at = (uint32_t *)block_of(EVENTS * sizeof *k->w.emitted_at);
    if (k->sent == NULL) abort();
    make_registry(&k->w, z->hooks, (size_t)z->hooks * 1200 + each * 500 + items * 24 + 1000000);
    d.max_queue = (uint32_t)z->queued;
    d.max_events = (uint32_t)each;
    d.max_fanout = z->hooks;
    d.max_in_flight = 256;
    d.head_size = 1024;
    d.start = on_start_scale;
    d.cancel = on_cancel;
    measure(z, d);
    make_engine(&k->w, &d);
    k->w.engine.desc.transport = k;
}

int sim_scale(sim_size *z) {
    scale k;
    sim_crowd none;
    double start;
    int good;
    scale_begin(&k, z, &none);
    scale_emit(&k);
    good = CHECK(k.w.engine.queued == z->queued);
    z->run_ns = run_idle(&k.w);
    z->store_bytes = k.w.memory.used;
    start = clock_ns();
    while (webhook_delivery_run(&k.w.engine, k.w.tick, k.w.unix_ms) <= k.w.tick) {
    }
    z->all_s = (clock_ns() - start) / 1e9;
    good &= CHECK(k.w.engine.queued == 0 && k.w.engine.events == 0) &
            CHECK(k.w.engine.delivered == z->queued && z->delivered == z->queued) &
            CHECK(z->twice == 0) & CHECK(k.w.memory.records == z->hooks) &
            CHECK(z->per_delivery <= 64 && z->per_event <= 96) & CHECK(z->per_webhook <= 192);
    crowd_end(&k.w);
    free(k.sent);
    return good;
}
