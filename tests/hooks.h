/* hooks.h -- a store that fails when it is told to and watches the registry's manners, and a plain
 * list of webhooks that says what the registry should answer and show, driven by bytes */
#ifndef TESTS_HOOKS_H
#define TESTS_HOOKS_H
#include <stdlib.h>
#include <string.h>
#include "../webhook.h"

/* ---- the store ---- */

enum { HOOKS_RECORDS = 40, HOOKS_VERSIONS = 512 };

typedef struct hooks_record {
    unsigned char *bytes;
    size_t len;
    webhook_record is; /* slices of bytes */
} hooks_record;

typedef struct hooks_store {
    webhook_store store;
    hooks_record record[HOOKS_RECORDS];
    size_t n;
    uint64_t ticket, open;            /* the last one; the last that is open */
    uint64_t version[HOOKS_VERSIONS]; /* what was put last, as many as there is room for */
    unsigned n_versions;
    unsigned changes, puts; /* puts and removals that changed something; puts */
    /* 1: the next one fails, 2: the one after it …, 0: none */
    unsigned fail_put, fail_commit;
    webhook_status put_error, commit_answer;
    int shared;         /* other registries put as well */
    const char *broken; /* the first rule that was not kept */
} hooks_store;

static inline const char *hooks_break(hooks_store *k, const char *rule) {
    if (k->broken == NULL) k->broken = rule;
    return rule;
}

static inline hooks_record *hooks_find(hooks_store *k, webhook_str key) {
    size_t i;
    for (i = 0; i < k->n; i++)
        if (webhook_str_eq(k->record[i].is.key, key)) return &k->record[i];
    return NULL;
}

static inline void hooks_remove(void *user, webhook_str key) {
    hooks_store *k = (hooks_store *)user;
    hooks_record *r = hooks_find(k, key);
    if (r == NULL) return;
    free(r->bytes);
    *r = k->record[--k->n];
    k->changes++;
}

static inline hooks_record hooks_join(const webhook_str *pieces, size_t n) {
    hooks_record r = WEBHOOK_ZERO;
    size_t i, at = 0;
    for (i = 0; i < n; i++) r.len += pieces[i].len;
    r.bytes = (unsigned char *)malloc(r.len + 1);
    if (r.bytes == NULL) abort();
    for (i = 0; i < n; at += pieces[i++].len)
        if (pieces[i].len > 0) memcpy(r.bytes + at, pieces[i].ptr, pieces[i].len);
    return r;
}

static inline void hooks_version(hooks_store *k, uint64_t version, uint64_t replaces) {
    unsigned i;
    if (version <= replaces) hooks_break(k, "a version is above the one that it replaces");
    for (i = 0; i < HOOKS_VERSIONS; i++)
        if (k->version[i] == version) hooks_break(k, "no version comes twice");
    k->version[k->n_versions++ % HOOKS_VERSIONS] = version;
}

static inline webhook_status hooks_put(void *user, webhook_str key, const webhook_str *pieces,
                                       size_t n, uint64_t replaces) {
    hooks_store *k = (hooks_store *)user;
    hooks_record r, *old = hooks_find(k, key);
    k->puts++;
    if (k->fail_put > 0 && --k->fail_put == 0) return k->put_error;
    if (key.ptr[0] == 'w' && replaces != (old == NULL ? 0 : old->is.version)) {
        if (!k->shared) hooks_break(k, "what is replaced is what is there");
        return WEBHOOK_ERR_BUSY;
    }
    r = hooks_join(pieces, n);
    if (n == 0 || n > 4 ||
        webhook_record_read(webhook_str_from((const char *)r.bytes, r.len), &r.is) != WEBHOOK_OK ||
        !webhook_str_eq(r.is.key, key) || k->n == HOOKS_RECORDS) {
        hooks_break(k, "a record in up to 4 pieces, of this key");
        free(r.bytes);
        return WEBHOOK_ERR_FULL;
    }
    if (r.is.kind == 'w') hooks_version(k, r.is.version, replaces);
    if (old != NULL) hooks_remove(k, key);
    k->record[k->n++] = r;
    k->changes++;
    return WEBHOOK_OK;
}

static inline webhook_status hooks_commit(void *user, uint64_t ticket) {
    hooks_store *k = (hooks_store *)user;
    if (ticket <= k->ticket) hooks_break(k, "tickets rise");
    k->ticket = ticket;
    if (k->fail_commit > 0 && --k->fail_commit == 0) return WEBHOOK_ERR_IO;
    if (k->commit_answer < WEBHOOK_OK) return k->commit_answer;
    if (k->commit_answer == WEBHOOK_OK && k->open == 0) return WEBHOOK_OK;
    k->open = ticket;
    return WEBHOOK_PENDING;
}

static inline webhook_status hooks_get(void *user, webhook_str key, webhook_str *record) {
    hooks_record *r = hooks_find((hooks_store *)user, key);
    if (r == NULL) return WEBHOOK_ERR_NOT_FOUND;
    *record = webhook_str_from((const char *)r->bytes, r->len);
    return WEBHOOK_OK;
}

static inline void hooks_release(void *user, webhook_str record) {
    (void)user;
    (void)record;
}

static inline void hooks_store_begin(hooks_store *k) {
    memset(k, 0, sizeof *k);
    k->store.user = k;
    k->store.put = hooks_put;
    k->store.remove = hooks_remove;
    k->store.commit = hooks_commit;
    k->store.get = hooks_get;
    k->store.release = hooks_release;
    k->put_error = WEBHOOK_ERR_IO;
}

static inline void hooks_store_end(hooks_store *k) {
    while (k->n > 0) hooks_remove(k, k->record[0].is.key);
}

/* ---- texts to choose from, right and wrong ---- */

/* hooks_text -- a text, and what is wrong with it, and where */
typedef struct hooks_text {
    const char *ptr;
    size_t len, at;
    webhook_status status;
} hooks_text;

enum { HOOKS_IDS = 6, HOOKS_NONE = 99 };
#define HOOKS_OK(text) \
    { text, sizeof(text) - 1, 0, WEBHOOK_OK }
#define HOOKS_BAD(text, at, error) \
    { text, sizeof(text) - 1, at, WEBHOOK_ERR_##error }
#define HOOKS_PICK(rows, k) (rows)[(k) % (sizeof(rows) / sizeof *(rows))]

static char hooks_url[2100], hooks_letters[300], hooks_list[300];

static inline void hooks_texts_begin(void) {
    size_t i;
    memset(hooks_url, 'a', sizeof hooks_url);
    memcpy(hooks_url, "https://a.example/", 18);
    memset(hooks_letters, 's', sizeof hooks_letters);
    for (i = 0; i < sizeof hooks_list; i++) hooks_list[i] = i % 2 == 0 ? 'a' : ',';
}

static inline hooks_text hooks_pick_id(unsigned k) {
    static const hooks_text ids[] = {
        HOOKS_OK("a"),       HOOKS_OK("hook.1"), HOOKS_OK("hook.2"),
        HOOKS_OK("B-2_x.y"), HOOKS_OK("z"),      HOOKS_OK("0123456789abcdef0123456789abcdef6789")
    };
    return HOOKS_PICK(ids, k);
}

/* hooks_pick -- the k-th text for a field; most are right */
static inline hooks_text hooks_pick(unsigned field, unsigned k) {
    static const hooks_text secrets[] = { HOOKS_OK("secret01"),
                                          { hooks_letters, 256, 0, WEBHOOK_OK },
                                          HOOKS_OK("0123456789abcdef0123456789abcdef"),
                                          HOOKS_OK("another-secret~!"),
                                          HOOKS_BAD("with blank", 4, SYNTAX),
                                          { hooks_letters, 257, 256, WEBHOOK_ERR_LIMIT } };
    static const hooks_text names[] = { HOOKS_OK("n"),
                                        HOOKS_OK("gr\xc3\xbc\xc3\x9f e"),
                                        HOOKS_OK("two words"),
                                        { hooks_letters, 128, 0, WEBHOOK_OK },
                                        HOOKS_BAD(" a", 0, SYNTAX),
                                        HOOKS_BAD("a\xc2\x85", 1, SYNTAX) };
    static const hooks_text urls[] = { HOOKS_OK("https://a.example/x?y"),
                                       HOOKS_OK("http://b.example"),
                                       HOOKS_OK("http://10.0.0.1/"), /* where the guard allows it */
                                       HOOKS_OK("http://localhost:8080/p"),
                                       { hooks_url, 2048, 0, WEBHOOK_OK },
                                       HOOKS_BAD("https://u@a.example", 9, SYNTAX) };
    static const hooks_text events[] = { HOOKS_OK("*"),
                                         HOOKS_OK("users.*.create"),
                                         HOOKS_OK("a.b,c.d.e,*.f"),
                                         { hooks_list, 199, 0, WEBHOOK_OK },
                                         HOOKS_BAD("a,b.,c", 4, SYNTAX),
                                         { hooks_list, 201, 200, WEBHOOK_ERR_LIMIT } };
    static const hooks_text users[] = { HOOKS_OK("u"), HOOKS_OK(""), HOOKS_OK("who is it"),
                                        HOOKS_BAD("a:b", 1, SYNTAX) };
    static const hooks_text passes[] = { HOOKS_OK("p"),
                                         HOOKS_OK(""),
                                         { hooks_letters, 256, 0, WEBHOOK_OK },
                                         HOOKS_BAD("x\x7f", 1, SYNTAX) };
    static const hooks_text headers[] = { HOOKS_OK("X-A: b\r\n"),
                                          HOOKS_OK(""),
                                          HOOKS_OK("X-A: \r\nX-B: c d\r\n"),
                                          HOOKS_OK("X-A: b\r\nauthorization: c\r\n"),
                                          HOOKS_BAD("X-A: b\r\nHost: c\r\n", 8, FORBIDDEN),
                                          HOOKS_BAD("X-A: b\r\nx-a: c\r\n", 8, DUPLICATE),
                                          HOOKS_BAD("X-A:b\r\n", 4, SYNTAX) };
    switch (field) {
    case WEBHOOK_SET_ID: return hooks_pick_id(k);
    case WEBHOOK_SET_SECRET: return HOOKS_PICK(secrets, k);
    case WEBHOOK_SET_NAME: return HOOKS_PICK(names, k);
    case WEBHOOK_SET_URL: return HOOKS_PICK(urls, k);
    case WEBHOOK_SET_EVENTS: return HOOKS_PICK(events, k);
    case WEBHOOK_SET_HTTP_USER: return HOOKS_PICK(users, k);
    case WEBHOOK_SET_HTTP_PASS: return HOOKS_PICK(passes, k);
    default: return HOOKS_PICK(headers, k);
    }
}

/* ---- the list ---- */

enum { HOOKS_TEXTS = WEBHOOK_SET_HEADERS + 1 };

/* hooks_one -- a webhook as it should be */
typedef struct hooks_one {
    webhook_str text[HOOKS_TEXTS], next; /* by WEBHOOK_SET_…; ptr NULL: none */
    uint32_t cap, rate;
    uint8_t security, paused, ordered, basic;
    int64_t created, updated, signs_from;
} hooks_one;

typedef struct hooks_hook {
    hooks_one now, will;
    int there;   /* it is shown */
    char change; /* c, u, d, q: to be created, updated, deleted, its queue dropped */
    uint64_t ticket;
} hooks_hook;

typedef struct hooks_model {
    hooks_store k;
    webhook_registry r;
    webhook_guard guard;
    void *arena;
    hooks_hook hook[HOOKS_IDS];
    unsigned order[HOOKS_IDS], n; /* as they are listed */
    int64_t now, latest;
    uint64_t seed;
    unsigned accepted, refused, full, restarts; /* what has come up */
} hooks_model;

/* hooks_given -- settings, where each text comes from, and the fault that is expected of them */
typedef struct hooks_given {
    webhook_settings s;
    hooks_text text[HOOKS_TEXTS]; /* ptr NULL: not given */
    webhook_status status;
    unsigned fault;
    size_t offset;
} hooks_given;

static inline webhook_str *hooks_field(webhook_settings *s, unsigned field) {
    switch (field) {
    case WEBHOOK_SET_ID: return &s->id;
    case WEBHOOK_SET_SECRET: return &s->secret;
    case WEBHOOK_SET_NAME: return &s->name;
    case WEBHOOK_SET_URL: return &s->url;
    case WEBHOOK_SET_EVENTS: return &s->events;
    case WEBHOOK_SET_HTTP_USER: return &s->http_user;
    case WEBHOOK_SET_HTTP_PASS: return &s->http_pass;
    default: return &s->headers;
    }
}

static inline unsigned hooks_byte(webhook_str *in) {
    if (in->len == 0) return 0;
    in->len--;
    return (unsigned char)*in->ptr++;
}

static inline hooks_given hooks_give(webhook_str *in, int update) {
    static const uint32_t caps[] = { 0, 0, 1, 1000, WEBHOOK_NO_LIMIT, 0, 0, 1001 };
    static const uint32_t rates[] = { 0, 0, 500, WEBHOOK_NO_LIMIT };
    static const uint32_t overlaps[] = { 0, 0, 1, 604800, WEBHOOK_AT_ONCE, 0, 0, 604801 };
    hooks_given g = WEBHOOK_ZERO;
    unsigned i, b, bits;
    for (i = WEBHOOK_SET_SECRET; i <= WEBHOOK_SET_HEADERS; i++) {
        b = hooks_byte(in);
        if (update || i > WEBHOOK_SET_EVENTS ? b % 4 != 0 : b % 32 == 31) continue;
        g.text[i] = hooks_pick(i, b / 4);
        if (g.text[i].status != WEBHOOK_OK && b < 240) g.text[i] = hooks_pick(i, 0);
        *hooks_field(&g.s, i) = webhook_str_from(g.text[i].ptr, g.text[i].len);
    }
    b = hooks_byte(in);
    bits = hooks_byte(in);
    if (b % 4 == 0) g.s.max_in_flight = HOOKS_PICK(caps, b / 4);
    if (b % 4 == 1) g.s.rate_milli = HOOKS_PICK(rates, b / 4);
    if (b % 4 == 2 && update) g.s.overlap_s = HOOKS_PICK(overlaps, b / 4);
    g.s.security = (uint8_t)(bits % 4);
    g.s.enabled = (uint8_t)(bits / 4 % 4);
    g.s.ordered = (uint8_t)(bits / 16 % 4 % 3);
    g.s.basic_over_http = (uint8_t)(bits / 64);
    if (bits / 64 == 3) g.s.basic_over_http = 0;
    if (b / 4 % 4 != 0) { /* wrong ones are rarer than that */
        if (g.s.security == 3) g.s.security = 0;
        if (g.s.enabled == 3) g.s.enabled = 0;
    }
    return g;
}

static inline int hooks_begins(webhook_str s, const char *with) {
    size_t n = strlen(with);
    return s.len >= n && memcmp(s.ptr, with, n) == 0;
}

static inline int hooks_fault(hooks_given *g, webhook_status status, unsigned field, size_t at) {
    g->status = status;
    g->fault = field;
    g->offset = at;
    return 1;
}

/* hooks_single -- is a field wrong by itself? Then *g says how. */
static inline int hooks_single(const hooks_model *m, hooks_given *g, int update) {
    const webhook_settings *s = &g->s;
    unsigned i;
    for (i = WEBHOOK_SET_SECRET; i <= WEBHOOK_SET_EVENTS && !update; i++)
        if (g->text[i].ptr == NULL) return hooks_fault(g, WEBHOOK_ERR_ARGUMENT, i, 0);
    for (i = WEBHOOK_SET_SECRET; i <= WEBHOOK_SET_HEADERS; i++) {
        hooks_text t = g->text[i];
        if (t.ptr == NULL) continue;
        if (t.status != WEBHOOK_OK) return hooks_fault(g, t.status, i, t.at);
        if (i == WEBHOOK_SET_URL && hooks_begins(s->url, "http://10.") && !m->guard.allow_private)
            return hooks_fault(g, WEBHOOK_ERR_FORBIDDEN, i, 7);
    }
    if (s->max_in_flight == 1001) return hooks_fault(g, WEBHOOK_ERR_RANGE, 9, 0);
    if (s->overlap_s != 0 && g->text[WEBHOOK_SET_SECRET].ptr == NULL)
        return hooks_fault(g, WEBHOOK_ERR_ARGUMENT, WEBHOOK_SET_OVERLAP, 0);
    if (s->overlap_s == 604801) return hooks_fault(g, WEBHOOK_ERR_RANGE, WEBHOOK_SET_OVERLAP, 0);
    if (s->security == 3) return hooks_fault(g, WEBHOOK_ERR_RANGE, WEBHOOK_SET_SECURITY, 0);
    if (s->enabled == 3) return hooks_fault(g, WEBHOOK_ERR_RANGE, WEBHOOK_SET_ENABLED, 0);
    return 0;
}

/* hooks_several -- are fields wrong together, as they would be in h? */
static inline int hooks_several(const hooks_model *m, hooks_given *g, const hooks_one *h) {
    const webhook_str *t = h->text;
    int user = t[WEBHOOK_SET_HTTP_USER].len > 0, home;
    home = m->guard.allow_private && (hooks_begins(t[WEBHOOK_SET_URL], "http://10.") ||
                                      hooks_begins(t[WEBHOOK_SET_URL], "http://localhost"));
    if (!user && t[WEBHOOK_SET_HTTP_PASS].len > 0)
        return hooks_fault(g, WEBHOOK_ERR_ARGUMENT, WEBHOOK_SET_HTTP_USER, 0);
    if (user && t[WEBHOOK_SET_HTTP_PASS].ptr == NULL)
        return hooks_fault(g, WEBHOOK_ERR_ARGUMENT, WEBHOOK_SET_HTTP_PASS, 0);
    if (!user) return 0;
    if ((g->s.url.ptr != NULL || g->s.http_user.ptr != NULL || g->s.basic_over_http != 0) &&
        hooks_begins(t[WEBHOOK_SET_URL], "http://") && !home && h->basic != WEBHOOK_YES)
        return hooks_fault(g, WEBHOOK_ERR_FORBIDDEN, WEBHOOK_SET_HTTP_USER, 0);
    if ((g->s.headers.ptr != NULL || g->s.http_user.ptr != NULL) && t[WEBHOOK_SET_HEADERS].len > 20)
        return hooks_fault(g, WEBHOOK_ERR_FORBIDDEN, WEBHOOK_SET_HEADERS, 8);
    return 0;
}

static inline void hooks_choose(uint8_t *now, uint8_t given) {
    if (given != WEBHOOK_UNSET) *now = given;
}

/* hooks_apply -- what is given, on top of what is there */
static inline void hooks_apply(hooks_one *h, const webhook_settings *s, int64_t now) {
    webhook_settings given = *s;
    unsigned i;
    if (s->secret.ptr != NULL) {
        int64_t overlap = s->overlap_s == 0 ? 86400 : s->overlap_s;
        int once = h->text[WEBHOOK_SET_SECRET].ptr == NULL || s->overlap_s == WEBHOOK_AT_ONCE;
        if (once || (h->next.ptr != NULL && now >= h->signs_from))
            h->text[WEBHOOK_SET_SECRET] = once ? s->secret : h->next;
        h->next = once ? webhook_str_from(NULL, 0) : s->secret;
        h->signs_from = once ? 0 : now + overlap * 1000;
    }
    if (h->text[WEBHOOK_SET_HTTP_USER].len == 0 ||
        (s->http_user.ptr != NULL && s->http_user.len == 0))
        h->text[WEBHOOK_SET_HTTP_PASS] = webhook_str_from(NULL, 0);
    for (i = WEBHOOK_SET_NAME; i <= WEBHOOK_SET_HEADERS; i++)
        if (hooks_field(&given, i)->ptr != NULL) h->text[i] = *hooks_field(&given, i);
    if (s->max_in_flight != 0) h->cap = s->max_in_flight;
    if (s->rate_milli != 0) h->rate = s->rate_milli;
    hooks_choose(&h->security, s->security);
    hooks_choose(&h->ordered, s->ordered);
    hooks_choose(&h->basic, s->basic_over_http);
    if (s->enabled == WEBHOOK_YES) h->paused = WEBHOOK_PAUSED_NOT;
    if (s->enabled == WEBHOOK_NO) h->paused = WEBHOOK_PAUSED_USER;
    h->updated = now;
}

static inline size_t hooks_bytes(const hooks_one *h) {
    size_t n = h->next.len;
    unsigned i;
    for (i = WEBHOOK_SET_ID; i < HOOKS_TEXTS; i++) n += h->text[i].len;
    return n;
}

/* hooks_used -- what the arena holds: 64 bytes and the texts for each, 82 and the texts for each
 * change, and at most 128 for each entry that there ever was at a time */
static inline size_t hooks_used(const hooks_model *m) {
    size_t used = (2 * HOOKS_IDS + 1) * 128;
    unsigned i;
    for (i = 0; i < HOOKS_IDS; i++) {
        const hooks_hook *h = &m->hook[i];
        if (h->there) used += 64 + hooks_bytes(&h->now);
        if (h->change == 'd') used += 82;
        if (h->change != 0 && h->change != 'd') used += 82 + hooks_bytes(&h->will);
    }
    return used;
}

/* ---- what the registry shows ---- */

static inline int hooks_same_text(webhook_str shown, webhook_str is) {
    return webhook_str_eq(shown, is) && (is.len > 0 || shown.ptr == NULL);
}

/* hooks_show -- is this the webhook? order: as the registry's own changes came, or any */
static inline const char *hooks_show(const webhook_info *w, const hooks_hook *h) {
    const hooks_one *is = &h->now;
    const webhook_settings *s = &w->settings;
    if (!hooks_same_text(s->id, is->text[WEBHOOK_SET_ID]) ||
        !hooks_same_text(s->name, is->text[WEBHOOK_SET_NAME]) ||
        !hooks_same_text(s->url, is->text[WEBHOOK_SET_URL]) ||
        !hooks_same_text(s->events, is->text[WEBHOOK_SET_EVENTS]) ||
        !hooks_same_text(s->http_user, is->text[WEBHOOK_SET_HTTP_USER]) ||
        !hooks_same_text(s->headers, is->text[WEBHOOK_SET_HEADERS]))
        return "a text is another one";
    if (s->secret.ptr != NULL || s->http_pass.ptr != NULL || s->overlap_s != 0)
        return "a secret is shown";
    if (s->max_in_flight != is->cap || s->rate_milli != is->rate || s->security != is->security ||
        s->ordered != is->ordered || s->basic_over_http != is->basic)
        return "a number or choice is another one";
    if (s->enabled != (is->paused == 0 ? WEBHOOK_YES : WEBHOOK_NO) || w->paused_for != is->paused)
        return "it is paused or not";
    if (w->created_ms != is->created || w->updated_ms != is->updated ||
        w->signs_from_ms != is->signs_from)
        return "a time is another one";
    if (w->failures != 0) return "there are failures";
    return w->changing == (h->change != 0) ? NULL : "a change waits or not";
}

/* hooks_check -- all that the registry shows is as in the list */
static inline const char *hooks_check(hooks_model *m) {
    uint64_t cursor = 0;
    webhook_info w;
    unsigned i;
    const char *broken;
    if (m->k.broken != NULL) return m->k.broken;
    if (m->r.count != m->n) return "the count is another one";
    for (i = 0; i < m->n; i++) {
        if (webhook_registry_next(&m->r, &cursor, &w) != WEBHOOK_OK) return "the list is short";
        broken = hooks_show(&w, &m->hook[m->order[i]]);
        if (broken != NULL) return broken;
    }
    if (webhook_registry_next(&m->r, &cursor, &w) != WEBHOOK_END) return "the list is long";
    for (i = 0; i < HOOKS_IDS; i++) {
        hooks_text id = hooks_pick_id(i);
        webhook_status status = webhook_registry_get(&m->r, webhook_str_from(id.ptr, id.len), &w);
        if ((status == WEBHOOK_OK) != m->hook[i].there) return "it is there or not";
        broken = status == WEBHOOK_OK ? hooks_show(&w, &m->hook[i]) : NULL;
        if (broken != NULL) return broken;
        if (status != WEBHOOK_OK && status != WEBHOOK_ERR_NOT_FOUND) return "get fails otherwise";
    }
    return NULL;
}

/* ---- steps ---- */

static inline void hooks_unlist(hooks_model *m, unsigned i) {
    unsigned at = 0;
    while (m->order[at] != i) at++;
    for (m->n--; at < m->n; at++) m->order[at] = m->order[at + 1];
}

/* hooks_settle -- a change holds, or it does not */
static inline void hooks_settle(hooks_model *m, unsigned i, int good) {
    hooks_hook *h = &m->hook[i];
    if (good && h->change == 'c') {
        m->order[m->n++] = i;
        h->there = 1;
    }
    if (good && h->change == 'd') {
        hooks_unlist(m, i);
        h->there = 0;
    }
    if (good && h->change != 'd') h->now = h->will;
    h->change = 0;
}

/* hooks_calm -- the registry puts what it could not put before; nobody has this id */
static inline void hooks_calm(hooks_model *m) {
    webhook_change out;
    unsigned i;
    for (i = 0; i < 2; i++)
        if (webhook_registry_delete(&m->r, WEBHOOK_STR("nobody"), m->now, &out) !=
            WEBHOOK_ERR_NOT_FOUND)
            hooks_break(&m->k, "there is nobody");
}

/* hooks_answer -- what the registry has answered to a change of webhook i, which would become
 * what `will` has
 *
 *   g       what is expected of it
 *   before  the store, as it was
 *   need    bytes of the arena that the change takes
 */
static inline const char *hooks_answer(hooks_model *m, unsigned i, char change, hooks_given *g,
                                       const hooks_store *before, webhook_status got,
                                       const webhook_change *out) {
    hooks_hook *h = &m->hook[i];
    size_t need = change == 'd' ? 82 : 82 + hooks_bytes(&h->will);
    int put_failed = before->fail_put > 0 && m->k.fail_put == 0;
    int commit_failed =
        (before->fail_commit > 0 && m->k.fail_commit == 0) || before->commit_answer < WEBHOOK_OK;
    if (out->fault != g->fault || out->offset != g->offset) return "another fault or offset";
    if ((out->ticket != 0) != (got == WEBHOOK_PENDING)) return "a ticket, or none";
    if (g->status != WEBHOOK_OK || change == 0) {
        m->refused++;
        if (got != g->status) return "another status than expected";
        return m->k.changes == before->changes ? NULL : "what is refused changes the store";
    }
    if (got == WEBHOOK_ERR_FULL) {
        m->full++;
        if (m->k.changes != before->changes) return "what does not fit changes the store";
        return hooks_used(m) + need <= m->r.desc.arena_len ? "there was room" : NULL;
    }
    if (put_failed && got == m->k.put_error)
        return m->k.changes == before->changes ? NULL : "a put that failed changes the store";
    if (commit_failed) return got == WEBHOOK_ERR_IO ? NULL : "its commit has failed";
    if (got != WEBHOOK_OK && got != WEBHOOK_PENDING) return "another status";
    m->accepted++;
    h->change = change;
    h->ticket = out->ticket;
    if (got == WEBHOOK_OK) hooks_settle(m, i, 1);
    return NULL;
}

/* hooks_copy -- the settings as the registry itself shows those of webhook i, texts in its arena,
 * and as the list has them */
static inline void hooks_copy(hooks_model *m, unsigned i, hooks_given *g, webhook_settings *list) {
    webhook_info w;
    unsigned f;
    if (!m->hook[i].there ||
        webhook_registry_get(&m->r, m->hook[i].now.text[WEBHOOK_SET_ID], &w) != WEBHOOK_OK)
        return;
    w.settings.secret = g->s.secret;
    g->s = *list = w.settings;
    for (f = WEBHOOK_SET_NAME; f <= WEBHOOK_SET_HEADERS; f++) {
        webhook_str s = *hooks_field(&g->s, f);
        g->text[f].ptr = s.ptr;
        g->text[f].status = WEBHOOK_OK;
        if (s.ptr != NULL) *hooks_field(list, f) = m->hook[i].now.text[f];
    }
}

static inline const char *hooks_create(hooks_model *m, unsigned i, webhook_str *in) {
    hooks_given g = hooks_give(in, 0);
    webhook_settings list = g.s;
    hooks_hook *h = &m->hook[i];
    hooks_one will = WEBHOOK_ZERO;
    hooks_text id = hooks_pick_id(i);
    hooks_store before;
    webhook_change out;
    unsigned from = hooks_byte(in);
    if (from % 4 == 0) hooks_copy(m, from / 4 % HOOKS_IDS, &g, &list);
    g.s.id = list.id = will.text[WEBHOOK_SET_ID] = webhook_str_from(id.ptr, id.len);
    will.cap = will.rate = WEBHOOK_NO_LIMIT;
    will.security = WEBHOOK_YES;
    will.ordered = will.basic = WEBHOOK_NO;
    if (!hooks_single(m, &g, 0)) {
        hooks_apply(&will, &list, m->now);
        will.created = m->now;
        if (!hooks_several(m, &g, &will)) {
            if (h->change == 'c' || h->change == 'd')
                hooks_fault(&g, WEBHOOK_ERR_BUSY, WEBHOOK_SET_NONE, 0);
            else if (h->there)
                hooks_fault(&g, WEBHOOK_ERR_TAKEN, WEBHOOK_SET_ID, 0);
            else
                h->will = will;
        }
    }
    before = m->k;
    return hooks_answer(m, i, 'c', &g, &before, webhook_registry_create(&m->r, &g.s, m->now, &out),
                        &out);
}

static inline int hooks_nothing(const hooks_given *g) {
    unsigned i, any = 0;
    for (i = WEBHOOK_SET_SECRET; i <= WEBHOOK_SET_HEADERS; i++) any |= g->text[i].ptr != NULL;
    return !any && g->s.max_in_flight == 0 && g->s.rate_milli == 0 && g->s.overlap_s == 0 &&
           g->s.security == 0 && g->s.enabled == 0 && g->s.ordered == 0 &&
           g->s.basic_over_http == 0;
}

/* hooks_may -- would any change of webhook i be refused? */
static inline int hooks_may(const hooks_model *m, unsigned i, hooks_given *g) {
    if (m->hook[i].change != 0) return !hooks_fault(g, WEBHOOK_ERR_BUSY, WEBHOOK_SET_NONE, 0);
    if (!m->hook[i].there) return !hooks_fault(g, WEBHOOK_ERR_NOT_FOUND, WEBHOOK_SET_NONE, 0);
    return 1;
}

static inline const char *hooks_update(hooks_model *m, unsigned i, webhook_str *in) {
    hooks_given g = hooks_give(in, 1);
    webhook_settings list = g.s;
    hooks_hook *h = &m->hook[i];
    hooks_one will = h->now;
    hooks_text id = hooks_pick_id(i);
    hooks_store before;
    webhook_change out;
    unsigned from = hooks_byte(in);
    char change = 'u';
    if (from % 8 == 0) hooks_copy(m, from / 8 % HOOKS_IDS, &g, &list);
    g.s.id = list.id = webhook_str_from(NULL, 0);
    if (hooks_may(m, i, &g)) {
        if (hooks_nothing(&g)) {
            change = 0;
        } else if (!hooks_single(m, &g, 1)) {
            hooks_apply(&will, &list, m->now);
            if (!hooks_several(m, &g, &will)) h->will = will;
        }
    }
    before = m->k;
    return hooks_answer(
        m, i, change, &g, &before,
        webhook_registry_update(&m->r, webhook_str_from(id.ptr, id.len), &g.s, m->now, &out), &out);
}

static inline const char *hooks_end_of(hooks_model *m, unsigned i, char change) {
    hooks_given g = WEBHOOK_ZERO;
    hooks_text id = hooks_pick_id(i);
    webhook_str name = webhook_str_from(id.ptr, id.len);
    hooks_store before = m->k;
    webhook_change out;
    if (hooks_may(m, i, &g)) m->hook[i].will = m->hook[i].now;
    if (change == 'd')
        return hooks_answer(m, i, 'd', &g, &before,
                            webhook_registry_delete(&m->r, name, m->now, &out), &out);
    return hooks_answer(m, i, 'q', &g, &before,
                        webhook_registry_drop_queue(&m->r, name, m->now, &out), &out);
}

/* hooks_committed -- the store settles all tickets up to one */
static inline void hooks_committed(hooks_model *m, uint64_t ticket, webhook_status result) {
    unsigned i, first;
    webhook_registry_committed(&m->r, ticket, result);
    if (m->k.open <= ticket) m->k.open = 0;
    for (;;) {
        first = HOOKS_IDS;
        for (i = 0; i < HOOKS_IDS; i++)
            if (m->hook[i].change != 0 && m->hook[i].ticket <= ticket &&
                (first == HOOKS_IDS || m->hook[i].ticket < m->hook[first].ticket))
                first = i;
        if (first == HOOKS_IDS) return;
        hooks_settle(m, first, result == WEBHOOK_OK);
    }
}

static inline void hooks_mode(hooks_model *m, unsigned b) {
    static const webhook_status answers[] = { WEBHOOK_OK,      WEBHOOK_PENDING, WEBHOOK_OK,
                                              WEBHOOK_PENDING, WEBHOOK_OK,      WEBHOOK_PENDING,
                                              WEBHOOK_PENDING, WEBHOOK_ERR_IO };
    m->k.commit_answer = answers[b % 8];
    m->k.fail_put = b / 8 % 4;
    m->k.put_error = b / 32 % 2 ? WEBHOOK_ERR_BUSY : WEBHOOK_ERR_TIMEOUT;
}

static inline const char *hooks_move(hooks_model *m, size_t len) {
    void *arena = malloc(len);
    webhook_status status;
    if (arena == NULL) abort();
    status = webhook_registry_move(&m->r, arena, len);
    if (status == WEBHOOK_OK) {
        free(m->arena);
        m->arena = arena;
        return NULL;
    }
    free(arena);
    if (status != WEBHOOK_ERR_FULL) return "move answers another status";
    return hooks_used(m) <= len ? "it would have fitted" : NULL;
}

static inline const char *hooks_start(hooks_model *m, size_t len) {
    webhook_registry_desc d = WEBHOOK_ZERO;
    m->arena = malloc(len);
    if (m->arena == NULL) abort();
    memset(m->arena, 0xa5, len);
    d.arena = m->arena;
    d.arena_len = len;
    d.store = &m->k.store;
    d.guard = &m->guard;
    d.seed = ++m->seed;
    return webhook_registry_init(&m->r, &d) == WEBHOOK_OK ? NULL : "init fails";
}

/* hooks_restart -- nothing is left but the store: what was put holds, whatever came of its commit */
static inline const char *hooks_restart(hooks_model *m) {
    const char *broken;
    unsigned i;
    size_t k;
    m->k.fail_put = 0;
    hooks_calm(m);
    m->now = ++m->latest; /* a clock that goes back over a start is more than versions can bear */
    for (i = 0; i < HOOKS_IDS; i++)
        if (m->hook[i].change != 0) hooks_settle(m, i, 1);
    free(m->arena);
    broken = hooks_start(m, 40000);
    if (broken != NULL) return broken;
    m->k.open = 0;
    m->n = 0;
    m->restarts++;
    for (k = 0; k < m->k.n; k++) {
        webhook_str record =
            webhook_str_from((const char *)m->k.record[k].bytes, m->k.record[k].len);
        if (webhook_registry_take(&m->r, record) != WEBHOOK_OK) return "a record is not taken";
        if (webhook_registry_take(&m->r, record) != WEBHOOK_NO_MATCH) return "it is taken twice";
        for (i = 0; i < HOOKS_IDS; i++)
            if (webhook_str_eq(
                    webhook_str_from(m->k.record[k].is.key.ptr + 1, m->k.record[k].is.key.len - 1),
                    m->hook[i].now.text[WEBHOOK_SET_ID]))
                m->order[m->n++] = i;
    }
    return NULL;
}

/* hooks_absent -- one that nobody has created, or one of the list that is not there: it stays so */
static inline const char *hooks_absent(hooks_model *m, unsigned b) {
    static const char *const gone[] = { "wgone-1", "wgone-2", "wgone-3", "wgone-4", "wgone-5" };
    hooks_text id = hooks_pick_id(b);
    const hooks_hook *h = &m->hook[b % HOOKS_IDS];
    webhook_status status, busy = h->change != 0 ? WEBHOOK_ERR_BUSY : WEBHOOK_OK;
    unsigned changes = m->k.changes;
    char key[40];
    key[0] = 'w';
    memcpy(key + 1, id.ptr, id.len);
    if (b / 8 % 2 == 0) {
        status = webhook_registry_absent(&m->r, webhook_str_from_cstr(HOOKS_PICK(gone, b / 16)));
        return status != WEBHOOK_OK && status != WEBHOOK_ERR_FULL ? "absent fails otherwise" : NULL;
    }
    if (h->there && h->change == 0) return NULL;
    status = webhook_registry_absent(&m->r, webhook_str_from(key, 1 + id.len));
    if (m->k.changes != changes) return "absent changes the store";
    return status == busy || status == WEBHOOK_ERR_FULL ? NULL : "absent answers another status";
}

/* hooks_step -- the next one, from some bytes; NULL, or what does not hold */
static inline const char *hooks_step(hooks_model *m, webhook_str *in) {
    unsigned op = hooks_byte(in), i = hooks_byte(in), b;
    const char *broken = NULL;
    hooks_calm(m);
    if (op % 16 < 4) broken = hooks_create(m, i % HOOKS_IDS, in);
    if (op % 16 >= 4 && op % 16 < 9) broken = hooks_update(m, i % HOOKS_IDS, in);
    if (op % 16 == 9) broken = hooks_end_of(m, i % HOOKS_IDS, 'd');
    if (op % 16 == 10) broken = hooks_end_of(m, i % HOOKS_IDS, 'q');
    if (op % 16 == 11 || op % 16 == 12)
        hooks_committed(m, i % 2 == 0 ? m->k.open : m->hook[i / 2 % HOOKS_IDS].ticket,
                        i % 3 == 0 ? WEBHOOK_ERR_IO : WEBHOOK_OK);
    if (op % 16 == 13) hooks_mode(m, i);
    if (op % 16 == 14 && op / 16 % 2 == 1) broken = hooks_absent(m, i);
    if (op % 16 == 14 && op / 16 % 2 == 0) {
        b = hooks_byte(in);
        m->now += (int64_t)(b % 16 == 0 ? 86400000 : b * 1000) * (i % 8 == 0 ? -1 : 1);
        if (m->now > m->latest) m->latest = m->now;
    }
    if (op % 16 == 15 && op / 16 % 4 != 0) broken = hooks_move(m, 128 + i % 128 * 100u);
    if (op % 16 == 15 && op / 16 % 4 == 0) broken = hooks_restart(m);
    return broken != NULL ? broken : hooks_check(m);
}

static inline const char *hooks_begin(hooks_model *m, size_t len, int allow_private) {
    memset(m, 0, sizeof *m);
    hooks_texts_begin();
    hooks_store_begin(&m->k);
    m->guard.allow_private = (uint8_t)allow_private;
    m->now = m->latest = INT64_C(1700000000000);
    return hooks_start(m, len);
}

static inline void hooks_end(hooks_model *m) {
    free(m->arena);
    hooks_store_end(&m->k);
}
#endif
