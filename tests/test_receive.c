/* test_receive.c -- reader and verifier as one machine: what comes out, whom it refuses and when,
 * what stays of it */
#include "schemes.h"
#include "test.h"

#define NOW 1736937000
#define NOW_TEXT "1736937000"
#define SECRET "secret-key-123"
#define BODY                                                                                       \
    "{\"$id\":\"e1\",\"event\":\"a.b.c\",\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"payload\":[" \
    "1]}"

static int all_zero(const void *p, size_t n) {
    const unsigned char *b = (const unsigned char *)p;
    while (n > 0 && b[n - 1] == 0) n--;
    return n == 0;
}

static webhook_hmac_key key_of(const webhook_scheme *s, const char *secret) {
    webhook_hmac_key k;
    CHECK_STATUS(webhook_key_init(&k, s, webhook_str_from_cstr(secret)), WEBHOOK_OK);
    return k;
}

/* ---- what is sent ---- */

typedef struct wire {
    char text[16384];
    size_t len;
} wire;

static void put_str(wire *w, webhook_str s) {
    if (!CHECK(s.len <= sizeof w->text - w->len)) return;
    if (s.len > 0) memcpy(w->text + w->len, s.ptr, s.len);
    w->len += s.len;
}

static void put(wire *w, const char *s) {
    put_str(w, webhook_str_from_cstr(s));
}

static void put_field(wire *w, webhook_str name, webhook_str value) {
    if (name.len == 0) return;
    put_str(w, name);
    put(w, ": ");
    put_str(w, value);
    put(w, "\r\n");
}

/* the fields of a mail that can be left out or come twice */
enum { ID = 1, MESSAGE_ID = 2, TIMESTAMP = 4, SIGNATURE = 8, EVENTS = 16, NAME = 32 };

typedef struct mail {
    const webhook_scheme *scheme; /* NULL: the default one */
    const webhook_hmac_key *key;
    const char *line, *webhook_id, *id, *timestamp, *body; /* NULL: what is usual */
    const char *extra;                                     /* further field lines */
    unsigned without, twice;                               /* ID… */
    unsigned chunk;        /* 0: Content-Length, else bytes a chunk */
    const char *signature; /* NULL: the right one */
} mail;

static webhook_str or_else(const char *s, const char *otherwise) {
    return webhook_str_from_cstr(s == NULL ? otherwise : s);
}

static void put_body(wire *w, webhook_str body, unsigned chunk) {
    char text[40];
    if (chunk == 0) {
        snprintf(text, sizeof text, "Content-Length: %lu\r\n\r\n", (unsigned long)body.len);
        put(w, text);
        put_str(w, body);
        return;
    }
    put(w, "Transfer-Encoding: chunked\r\n\r\n");
    while (body.len > 0) {
        size_t n = body.len < chunk ? body.len : chunk;
        snprintf(text, sizeof text, "%lx\r\n", (unsigned long)n);
        put(w, text);
        put_str(w, webhook_str_from(body.ptr, n));
        put(w, "\r\n");
        body = webhook_str_from(body.ptr + n, body.len - n);
    }
    put(w, "0\r\n\r\n");
}

static void put_role(wire *w, const mail *m, unsigned which, webhook_str name, webhook_str value) {
    if ((m->without & which) == 0) put_field(w, name, value);
    if ((m->twice & which) != 0) put_field(w, name, value);
}

static void put_mail(wire *w, const mail *m) {
    webhook_scheme s = m->scheme == NULL ? webhook_scheme_default() : *m->scheme;
    webhook_message v = WEBHOOK_ZERO;
    webhook_str signature = or_else(m->signature, "");
    char text[128];
    webhook_buf out = webhook_buf_from(text, sizeof text);
    v.timestamp = or_else(m->timestamp, NOW_TEXT);
    v.id = or_else(m->id, "msg_1");
    v.body = or_else(m->body, BODY);
    if (m->signature == NULL) {
        CHECK_STATUS(webhook_sign(m->scheme, m->key, &v, &out), WEBHOOK_OK);
        signature = webhook_buf_str(&out);
    }
    put_str(w, or_else(m->line, "POST /hook HTTP/1.1"));
    put(w, "\r\nHost: h\r\n");
    put_role(w, m, ID, s.webhook_id_field, or_else(m->webhook_id, "w1"));
    put_role(w, m, EVENTS, s.events_field, WEBHOOK_STR("a.b.c"));
    put_role(w, m, NAME, s.name_field, WEBHOOK_STR("n"));
    put_role(w, m, MESSAGE_ID, s.id_field, v.id);
    put_role(w, m, TIMESTAMP, s.timestamp_field, v.timestamp);
    put_role(w, m, SIGNATURE, s.signature_field, signature);
    if (m->extra != NULL) put(w, m->extra);
    put_body(w, v.body, m->chunk);
}

static wire wire_of(const mail *m) {
    wire w;
    w.len = 0;
    put_mail(&w, m);
    return w;
}

static webhook_str str_of(const wire *w) {
    return webhook_str_from(w->text, w->len);
}

/* ---- who receives ---- */

/* rig -- a receiver: how it is set up, and what it does at the tokens */
typedef struct rig {
    const webhook_scheme *scheme;
    const webhook_hmac_key *keys;
    size_t n_keys, words;
    int general; /* 1: webhook_receive_init_scheme */
    int64_t now_s;
    webhook_http_desc http;
    int no_keys; /* 1: never hands any over */
    int keys_at; /* the token at which it does, 0: HEAD */
    int (*choose)(
        const webhook_http_token *t); /* the key of a LINE or FIELD, -1: this token says nothing */
    int refuse_at;                    /* the token at which it refuses, 0: at none */
    unsigned refuse_with;
    webhook_str refuse_name; /* the FIELD with that name */
    size_t body_before;      /* so many bytes of body come before it refuses */
} rig;

/* story -- all that came out, as text; the pieces of a body joined */
typedef struct story {
    size_t len;
    webhook_receive_ctx c;
    webhook_status last, finish; /* what next answered at the end */
    size_t left;                 /* bytes that were not taken */
    unsigned verified, refused, status;
    int reason, keep_alive; /* at the last VERIFIED or REFUSED */
    webhook_replay_key replay;
    /* of the present message */
    int kind, chosen;
    unsigned ended;
    size_t body;
    uint32_t *scratch;
    char *line;
    char text[16384];
} story;

static void tell(story *s, webhook_str t) {
    if (!CHECK(t.len < sizeof s->text - s->len)) return;
    if (t.len > 0) memcpy(s->text + s->len, t.ptr, t.len);
    s->len += t.len;
}

static void tells(story *s, const char *t) {
    tell(s, webhook_str_from_cstr(t));
}

static void tell_token(story *s, const webhook_http_token *t) {
    static const char *const roles[] = { "", "w:", "m:", "t:", "s:" };
    char text[40];
    unsigned role = t->role == WEBHOOK_ROLE_WEBHOOK_ID   ? 1
                    : t->role == WEBHOOK_ROLE_MESSAGE_ID ? 2
                    : t->role == WEBHOOK_ROLE_TIMESTAMP  ? 3
                    : t->role == WEBHOOK_ROLE_SIGNATURE  ? 4
                                                         : 0;
    if (t->kind == WEBHOOK_HTTP_LINE || t->kind == WEBHOOK_HTTP_FIELD ||
        t->kind == WEBHOOK_HTTP_SKIPPED) {
        if (t->kind == WEBHOOK_HTTP_SKIPPED) tells(s, "SKIPPED ");
        if (t->kind == WEBHOOK_HTTP_FIELD) tells(s, roles[role]);
        tell(s, t->name);
        tells(s, t->kind == WEBHOOK_HTTP_LINE ? " " : "=");
        tell(s, t->value);
        tells(s, "\n");
    }
    if (t->kind == WEBHOOK_HTTP_HEAD) tells(s, "HEAD\n");
    if (t->kind == WEBHOOK_HTTP_BODY) tell(s, t->value);
    if (t->kind == WEBHOOK_HTTP_VERIFIED) tells(s, "\nVERIFIED\n");
    if (t->kind == WEBHOOK_HTTP_REFUSED) {
        snprintf(text, sizeof text, "\nREFUSED %u %d\n", (unsigned)t->status, (int)t->reason);
        tells(s, text);
    }
}

/* Whatever the message is: one verdict each, behind the right tokens, and nothing secret stays. */
static void check_token(story *s, const rig *r, const webhook_http_token *t) {
    size_t i;
    int verdict = t->kind == WEBHOOK_HTTP_VERIFIED || t->kind == WEBHOOK_HTTP_REFUSED;
    if (t->kind == WEBHOOK_HTTP_LINE) {
        CHECK(s->kind == 0 || s->ended == 1);
        s->ended = 0;
        s->body = 0;
        s->chosen = -1;
    }
    /* a first line that is none is refused without having been told */
    CHECK(t->kind == WEBHOOK_HTTP_LINE || s->ended == 0 ||
          (t->kind == WEBHOOK_HTTP_REFUSED &&
           (t->reason == WEBHOOK_ERR_SYNTAX || t->reason == WEBHOOK_ERR_LIMIT)));
    CHECK(t->kind != WEBHOOK_HTTP_END && t->kind != WEBHOOK_HTTP_NONE);
    if (t->kind == WEBHOOK_HTTP_BODY)
        CHECK(t->value.len > 0 && (s->kind == WEBHOOK_HTTP_HEAD || s->kind == WEBHOOK_HTTP_BODY));
    if (t->kind == WEBHOOK_HTTP_VERIFIED)
        CHECK(s->kind == WEBHOOK_HTTP_HEAD || s->kind == WEBHOOK_HTTP_BODY);
    if (t->kind == WEBHOOK_HTTP_REFUSED)
        CHECK(t->status >= 400 && t->status <= 599 && t->reason < 0);
    if (verdict) {
        s->ended = 1;
        CHECK(all_zero(&s->c.verify.sha, sizeof s->c.verify.sha));
        if (t->kind == WEBHOOK_HTTP_REFUSED) CHECK(all_zero(&s->c.verify.mac, sizeof(webhook_mac)));
        for (i = 0; i < r->words; i++) CHECK(s->scratch[i] == 0);
        s->replay = webhook_verify_replay_key(&s->c.verify);
        s->keep_alive = webhook_http_keep_alive(&s->c.http);
        s->status = t->status;
        s->reason = t->reason;
        if (t->kind == WEBHOOK_HTTP_REFUSED) CHECK(all_zero(&s->replay, sizeof s->replay));
    }
    s->verified += t->kind == WEBHOOK_HTTP_VERIFIED;
    s->refused += t->kind == WEBHOOK_HTTP_REFUSED;
    s->kind = t->kind;
}

static void act(story *s, const rig *r, const webhook_http_token *t) {
    if (r->choose != NULL && (t->kind == WEBHOOK_HTTP_LINE || t->kind == WEBHOOK_HTTP_FIELD) &&
        r->choose(t) >= 0)
        s->chosen = r->choose(t);
    if (t->kind == WEBHOOK_HTTP_BODY) s->body += t->value.len;
    if (t->kind == (r->keys_at == 0 ? (int)WEBHOOK_HTTP_HEAD : r->keys_at) && !r->no_keys) {
        if (r->choose == NULL)
            webhook_receive_keys(&s->c, r->keys, r->n_keys, r->now_s);
        else
            webhook_receive_keys(&s->c, s->chosen < 0 ? NULL : r->keys + s->chosen, s->chosen >= 0,
                                 r->now_s);
    }
    if (r->refuse_at != 0 && t->kind == r->refuse_at && s->body >= r->body_before &&
        (r->refuse_at != WEBHOOK_HTTP_FIELD || webhook_str_eq(t->name, r->refuse_name)))
        webhook_receive_refuse(&s->c, r->refuse_with);
}

static void story_begin(story *s, const rig *r) {
    webhook_http_desc d = r->http;
    memset(s, 0, offsetof(story, text));
    memset(&s->c, 0xa5, sizeof s->c);
    s->chosen = -1;
    s->line = (char *)malloc(d.line_cap + (d.line_cap == 0));
    s->scratch = (uint32_t *)malloc((r->words + (r->words == 0)) * sizeof *s->scratch);
    if (s->line == NULL || s->scratch == NULL) abort();
    d.line = d.line_cap == 0 ? NULL : s->line;
    if (r->general)
        CHECK_STATUS(webhook_receive_init_scheme(&s->c, &d, r->scheme,
                                                 r->words == 0 ? NULL : s->scratch, r->words),
                     WEBHOOK_OK);
    else
        CHECK_STATUS(webhook_receive_init(&s->c, &d), WEBHOOK_OK);
}

/* One piece of the input, in memory that is gone afterwards. */
static void feed(story *s, const rig *r, webhook_str piece) {
    char *copy = test_exact(piece);
    webhook_str in = webhook_str_from(copy, piece.len);
    webhook_http_token t;
    size_t before;
    do {
        before = in.len;
        s->last = webhook_receive_next(&s->c, &in, &t);
        if (!CHECK(in.len <= before && in.ptr == copy + (piece.len - in.len))) break;
        if (s->last != WEBHOOK_OK) break;
        tell_token(s, &t);
        check_token(s, r, &t);
        act(s, r, &t);
    } while (s->len < sizeof s->text / 2);
    CHECK(s->last == WEBHOOK_MORE || s->last == WEBHOOK_ERR_CLOSED);
    if (s->last == WEBHOOK_MORE) CHECK(in.len == 0);
    s->left += in.len;
    free(copy);
}

static void story_end(story *s) {
    s->finish = webhook_receive_finish(&s->c);
    free(s->line);
    free(s->scratch);
}

/* receive -- in one piece, or cut at one or two places; a cut behind the end is none */
static void receive(story *s, const rig *r, webhook_str in, size_t cut, size_t second) {
    story_begin(s, r);
    if (cut > in.len) cut = in.len;
    if (second < cut || second > in.len) second = in.len;
    feed(s, r, webhook_str_from(in.ptr, cut));
    feed(s, r, webhook_str_from(in.ptr + cut, second - cut));
    if (second < in.len) feed(s, r, webhook_str_from(in.ptr + second, in.len - second));
    story_end(s);
}

/* receive_bytes -- in one piece up to from, then byte by byte, from to on in one piece again */
static void receive_bytes(story *s, const rig *r, webhook_str in, size_t from, size_t to) {
    size_t i;
    if (to > in.len) to = in.len;
    story_begin(s, r);
    feed(s, r, webhook_str_from(in.ptr, from));
    for (i = from; i < to; i++) feed(s, r, webhook_str_from(in.ptr + i, 1));
    feed(s, r, webhook_str_from(in.ptr + to, in.len - to));
    story_end(s);
}

static rig rig_of(const webhook_scheme *s, const webhook_hmac_key *k) {
    rig r = WEBHOOK_ZERO;
    r.scheme = s;
    r.general = s != NULL;
    r.keys = k;
    r.n_keys = 1;
    r.now_s = NOW;
    r.http.line_cap = 512;
    if (s != NULL && s->capture != NULL) r.words = WEBHOOK_VERIFY_SCRATCH(1, 1, 10 + 40 + 4);
    return r;
}

static const char *text_of(const story *s) {
    static char text[sizeof s->text + 1];
    memcpy(text, s->text, s->len);
    text[s->len] = 0;
    return text;
}

static void same_story(const story *a, const story *b) {
    CHECK(a->len == b->len && memcmp(a->text, b->text, a->len) == 0);
    CHECK(a->last == b->last && a->finish == b->finish && a->left == b->left);
    CHECK(a->verified == b->verified && a->refused == b->refused);
}

/* the verdict over one mail, whole and byte by byte, and what follows: 1 where another can */
static void verdict_is(const rig *r, const wire *w, unsigned status, int reason, int goes_on) {
    static story s;
    int way;
    for (way = 0; way < 2; way++) {
        if (way == 0) receive(&s, r, str_of(w), w->len, w->len);
        if (way == 1) receive_bytes(&s, r, str_of(w), 0, w->len);
        CHECK_SIZE(s.verified, status == 200);
        CHECK_SIZE(s.refused, status != 200);
        if (status != 200) CHECK_SIZE(s.status, status);
        if (status != 200) CHECK_STATUS((webhook_status)s.reason, (webhook_status)reason);
        CHECK_STATUS(s.last, goes_on ? WEBHOOK_MORE : WEBHOOK_ERR_CLOSED);
        CHECK(s.keep_alive == goes_on);
        CHECK_STATUS(s.finish, WEBHOOK_OK);
    }
}

/* ---- valid deliveries ---- */

#define TOLD_BODY BODY "\nVERIFIED\n"

static void tokens_of_the_default_scheme(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    mail m = WEBHOOK_ZERO;
    static story s;
    wire w;
    m.key = &k;
    m.extra = "Content-Type: application/json\r\nx-empty:\r\n";
    w = wire_of(&m);
    receive(&s, &r, str_of(&w), w.len, w.len);
    /* the signature is what OpenSSL makes of it */
    CHECK(strcmp(text_of(&s),
                 "POST /hook\nHost=h\nw:X-Appwrite-Webhook-Id=w1\n"
                 "X-Appwrite-Webhook-Events=a.b.c\nX-Appwrite-Webhook-Name=n\n"
                 "t:X-Appwrite-Webhook-Timestamp=" NOW_TEXT "\ns:X-Appwrite-Webhook-Signature="
                 "b0bc8495a3f5465225cf66f381f320fcbbe9b0963d1c9ae953e374f30bfc2854\n"
                 "Content-Type=application/json\nx-empty=\nContent-Length=81\nHEAD\n" TOLD_BODY) ==
          0);
    CHECK_STATUS(s.last, WEBHOOK_MORE);
    CHECK_STATUS(s.finish, WEBHOOK_OK);
    CHECK(s.keep_alive == 1 && s.refused == 0 && s.left == 0);
}

static void tokens_of_other_schemes(void) {
    webhook_scheme standard = scheme_standard(), github = scheme_github();
    webhook_hmac_key ks = key_of(&standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    webhook_hmac_key kg = key_of(&github, SECRET);
    rig r = rig_of(&standard, &ks);
    mail m = WEBHOOK_ZERO;
    static story s;
    wire w;
    m.scheme = &standard;
    m.key = &ks;
    w = wire_of(&m);
    receive(&s, &r, str_of(&w), w.len, w.len);
    CHECK(strcmp(text_of(&s),
                 "POST /hook\nHost=h\nm:webhook-id=msg_1\nt:webhook-timestamp=" NOW_TEXT
                 "\ns:webhook-signature=v1,pJMs4QUHHSpqo267oOo+Xlq0csIKdW2GMgqqnG60rD4=\n"
                 "Content-Length=81\nHEAD\n" TOLD_BODY) == 0);
    r = rig_of(&github, &kg);
    m.scheme = &github;
    m.key = &kg;
    w = wire_of(&m);
    receive(&s, &r, str_of(&w), w.len, w.len);
    CHECK(strcmp(text_of(&s), "POST /hook\nHost=h\nw:X-GitHub-Hook-ID=w1\nX-GitHub-Event=a.b.c\n"
                              "s:X-Hub-Signature-256=sha256="
                              "e36fd60bd6f03569ad4eb4fdb229504c94d647e6c50c8010bba2ff0341c2e5a2\n"
                              "Content-Length=81\nHEAD\n" TOLD_BODY) == 0);
    CHECK(s.replay.expires_s == INT64_MAX);
}

/* Whole, byte by byte, cut at every index, and (short) at every pair of them: one story. */
static void any_split(const rig *r, const wire *w, int pairs) {
    static story whole, other;
    size_t i, j, stride = test_stride();
    receive(&whole, r, str_of(w), w->len, w->len);
    CHECK(whole.verified == 1 && whole.refused == 0 && whole.last == WEBHOOK_MORE);
    receive_bytes(&other, r, str_of(w), 0, w->len);
    same_story(&whole, &other);
    for (i = 0; i <= w->len; i++) {
        receive(&other, r, str_of(w), i, w->len);
        same_story(&whole, &other);
        for (j = i + 1 + i % stride; pairs && j < w->len; j += stride) {
            receive(&other, r, str_of(w), i, j);
            same_story(&whole, &other);
        }
    }
}

static void splits_of_valid_deliveries(void) {
    static const char *const bodies[] = { BODY, "", "{}" };
    webhook_scheme schemes[3];
    size_t which, b;
    schemes[0] = webhook_scheme_default();
    schemes[1] = scheme_standard();
    schemes[2] = scheme_github();
    for (which = 0; which < 4; which++) {
        const webhook_scheme *s = which == 3 ? NULL : &schemes[which];
        webhook_hmac_key k =
            key_of(s, which == 1 ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" : SECRET);
        rig r = rig_of(s, &k);
        mail m = WEBHOOK_ZERO;
        m.scheme = s;
        m.key = &k;
        for (b = 0; b < 3; b++)
            for (m.chunk = 0; m.chunk < 60; m.chunk = m.chunk == 0 ? 1 : m.chunk * 7) {
                wire w;
                m.body = bodies[b];
                m.without = b == 2 ? EVENTS | NAME : 0;
                w = wire_of(&m);
                any_split(&r, &w, b == 2 && m.chunk < 7);
            }
    }
}

/* A delivery that was signed elsewhere: the example that the libraries of Standard Webhooks carry
 * in their tests. */
static void the_example_of_standard_webhooks(void) {
    webhook_scheme s = scheme_standard();
    webhook_hmac_key k = key_of(&s, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    rig r = rig_of(&s, &k);
    mail m = WEBHOOK_ZERO;
    wire w;
    m.scheme = &s;
    m.id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    m.timestamp = "1614265330";
    m.body = "{\"test\": 2432232314}";
    m.signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    r.now_s = 1614265330;
    w = wire_of(&m);
    verdict_is(&r, &w, 200, 0, 1);
    m.body = "{\"test\": 2432232315}";
    w = wire_of(&m);
    verdict_is(&r, &w, 401, WEBHOOK_ERR_SIGNATURE, 1);
}

static void github_row(char **f, size_t n) {
    webhook_scheme s = scheme_github();
    webhook_hmac_key k;
    rig r;
    wire w;
    int valid;
    webhook_str signature, body;
    if (!CHECK(n >= 10) || strcmp(f[1], "github") != 0) return;
    CHECK_STATUS(webhook_key_init(&k, &s, test_unhex(f[2])), WEBHOOK_OK);
    r = rig_of(&s, &k);
    signature = test_unhex(f[5]);
    body = test_unhex(f[6]);
    valid = strcmp(f[9], "valid") == 0;
    r.http.line_cap = 1024;
    w.len = 0;
    put(&w, "POST / HTTP/1.1\r\nHost: h\r\n");
    if (signature.len > 0) put_field(&w, s.signature_field, signature);
    put_body(&w, body, 0);
    verdict_is(&r, &w, valid ? 200 : 401, valid ? 0 : WEBHOOK_ERR_SIGNATURE, 1);
}

static void githubs_rows(void) {
    CHECK_SIZE(test_rows("signatures.tsv", '\t', github_row), 6);
}

/* ---- keys ---- */

static int by_path(const webhook_http_token *t) {
    if (t->kind != WEBHOOK_HTTP_LINE) return -1;
    return webhook_str_eq(t->value, WEBHOOK_STR("/a"))   ? 0
           : webhook_str_eq(t->value, WEBHOOK_STR("/b")) ? 1
                                                         : -1;
}

static int by_webhook_id(const webhook_http_token *t) {
    if (t->role != WEBHOOK_ROLE_WEBHOOK_ID) return -1;
    return webhook_str_eq(t->value, WEBHOOK_STR("wa"))   ? 0
           : webhook_str_eq(t->value, WEBHOOK_STR("wb")) ? 1
                                                         : -1;
}

static void keys_by_path_and_by_webhook_id(void) {
    static const char *const lines[3] = { "POST /a HTTP/1.1", "POST /b HTTP/1.1",
                                          "POST /c HTTP/1.1" };
    static const char *const ids[3] = { "wa", "wb", "wc" };
    webhook_hmac_key k[2];
    unsigned where, signer, way;
    k[0] = key_of(NULL, "secret-a");
    k[1] = key_of(NULL, "secret-b");
    for (way = 0; way < 2; way++)
        for (where = 0; where < 3; where++)
            for (signer = 0; signer < 2; signer++) {
                rig r = rig_of(NULL, k);
                mail m = WEBHOOK_ZERO;
                wire w;
                r.choose = way ? by_webhook_id : by_path;
                m.key = &k[signer];
                m.line = lines[way ? 2 : where];
                m.webhook_id = ids[way ? where : 2];
                w = wire_of(&m);
                if (where == signer) verdict_is(&r, &w, 200, 0, 1);
                if (where == 2) verdict_is(&r, &w, 401, WEBHOOK_ERR_KEY, 1);
                if (where < 2 && where != signer) verdict_is(&r, &w, 401, WEBHOOK_ERR_SIGNATURE, 1);
            }
}

/* Refused with the head: no byte of the body is told. */
static void refused_with_the_head(const rig *r, const wire *w, unsigned status, int reason) {
    static story s;
    verdict_is(r, w, status, reason, 1);
    receive(&s, r, str_of(w), w->len, w->len);
    CHECK(strstr(text_of(&s), "payload") == NULL);
}

static void no_usable_keys(void) {
    webhook_hmac_key k[9], none = WEBHOOK_ZERO;
    rig r, one;
    mail m = WEBHOOK_ZERO;
    wire w;
    size_t i;
    for (i = 0; i < 9; i++) k[i] = key_of(NULL, SECRET);
    r = rig_of(NULL, k);
    m.key = k;
    w = wire_of(&m);
    one = r;
    one.no_keys = 1;
    refused_with_the_head(&one, &w, 401, WEBHOOK_ERR_KEY);
    one = r;
    one.n_keys = 0;
    refused_with_the_head(&one, &w, 401, WEBHOOK_ERR_KEY);
    one.keys = NULL;
    refused_with_the_head(&one, &w, 401, WEBHOOK_ERR_KEY);
    one.n_keys = 1;
    refused_with_the_head(&one, &w, 500, WEBHOOK_ERR_ARGUMENT);
    one = r;
    one.keys = &none;
    refused_with_the_head(&one, &w, 401, WEBHOOK_ERR_KEY);
    one = r;
    one.n_keys = 2;
    refused_with_the_head(&one, &w, 500, WEBHOOK_ERR_SCRATCH);
    one.n_keys = 9;
    refused_with_the_head(&one, &w, 500, WEBHOOK_ERR_ARGUMENT);
    one = r;
    one.keys_at = WEBHOOK_HTTP_LINE; /* too early: they count at HEAD alone */
    refused_with_the_head(&one, &w, 401, WEBHOOK_ERR_KEY);
    one.keys_at = WEBHOOK_HTTP_BODY;
    refused_with_the_head(&one, &w, 401, WEBHOOK_ERR_KEY);
    verdict_is(&r, &w, 200, 0, 1);
}

static void several_keys(void) {
    char secret[] = "secret-0";
    webhook_hmac_key k[WEBHOOK_KEYS_MAX];
    size_t n, i, words;
    for (i = 0; i < WEBHOOK_KEYS_MAX; i++) {
        secret[7] = (char)('0' + i);
        k[i] = key_of(NULL, secret);
    }
    for (n = 1; n <= WEBHOOK_KEYS_MAX; n++)
        for (i = 0; i < WEBHOOK_KEYS_MAX; i++)
            for (words = 0; words <= WEBHOOK_VERIFY_SCRATCH(n, 1, 0); words += 8) {
                rig r = rig_of(NULL, k);
                mail m = WEBHOOK_ZERO;
                wire w;
                r.general = 1;
                r.n_keys = n;
                r.words = words;
                m.key = &k[i];
                w = wire_of(&m);
                if (words < WEBHOOK_VERIFY_SCRATCH(n, 1, 0))
                    refused_with_the_head(&r, &w, 500, WEBHOOK_ERR_SCRATCH);
                else if (i < n)
                    verdict_is(&r, &w, 200, 0, 1);
                else
                    verdict_is(&r, &w, 401, WEBHOOK_ERR_SIGNATURE, 1);
            }
}

/* Two signatures and two keys: the good one last, the key that made it last. */
static void several_signatures(void) {
    webhook_scheme s = scheme_standard();
    webhook_hmac_key k[2];
    rig r = rig_of(&s, k);
    mail m = WEBHOOK_ZERO;
    wire w;
    k[0] = key_of(&s, "whsec_c2VjcmV0LW9mLWFub3RoZXI=");
    k[1] = key_of(&s, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    m.scheme = &s;
    m.signature = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= "
                  "v1,pJMs4QUHHSpqo267oOo+Xlq0csIKdW2GMgqqnG60rD4=";
    r.n_keys = 2;
    r.words = WEBHOOK_VERIFY_SCRATCH(2, 2, 10 + 5 + 4);
    w = wire_of(&m);
    verdict_is(&r, &w, 200, 0, 1);
    r.words -= 8; /* the keys fit, the second signature does not beside them: not authentic */
    refused_with_the_head(&r, &w, 401, WEBHOOK_ERR_SIGNATURE);
    m.signature = "v1,pJMs4QUHHSpqo267oOo+Xlq0csIKdW2GMgqqnG60rD4=";
    w = wire_of(&m);
    verdict_is(&r, &w, 200, 0, 1);
    r.words--; /* the keys do not fit: our own mistake */
    refused_with_the_head(&r, &w, 500, WEBHOOK_ERR_SCRATCH);
}

/* A scheme that signs the request line and a field as well; both are the receiver's to hand on. */
static void a_scheme_that_signs_the_line(void) {
    static const webhook_part parts[] = {
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_METHOD },
        { WEBHOOK_STR_INIT(" "), WEBHOOK_PART_LITERAL },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_TARGET },
        { WEBHOOK_STR_INIT("Nonce"), WEBHOOK_PART_HEADER },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_TIMESTAMP },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY },
    };
    static const char *const lines[] = { "POST /hook HTTP/1.1", "PUT /hook HTTP/1.1",
                                         "POST /Hook HTTP/1.1" };
    webhook_hmac_key k = key_of(NULL, SECRET);
    webhook_scheme s = webhook_scheme_default();
    unsigned char mac[WEBHOOK_SHA256_SIZE];
    char hex[65];
    webhook_buf text = webhook_buf_from(hex, 64);
    rig r;
    size_t i;
    s.content = webhook_parts_content;
    s.capture = webhook_parts_capture;
    s.parts = parts;
    s.n_parts = sizeof parts / sizeof *parts;
    CHECK_STATUS(webhook_hmac(&k, WEBHOOK_STR("POST /hookn1" NOW_TEXT BODY), mac), WEBHOOK_OK);
    webhook_hex_write(&text, test_bytes_of(mac, sizeof mac));
    hex[64] = 0;
    r = rig_of(&s, &k);
    r.words = WEBHOOK_VERIFY_SCRATCH(1, 1, 7 + 4 + 4 + 7 + 5 + 4 + 5 + 2 + 4);
    for (i = 0; i < 4; i++) {
        mail m = WEBHOOK_ZERO;
        wire w;
        m.scheme = &s;
        m.signature = hex;
        m.line = lines[i % 3];
        m.extra = i == 3 ? "nonce: n2\r\n" : "nonce: n1\r\n";
        w = wire_of(&m);
        verdict_is(&r, &w, i == 0 ? 200 : 401, i == 0 ? 0 : WEBHOOK_ERR_SIGNATURE, 1);
    }
}

/* ---- fields of the scheme ---- */

/* Row 4 and row 10: without a signature nothing is accepted, nor with two. */
static void fields_missing_or_twice(void) {
    webhook_scheme schemes[3];
    size_t which;
    unsigned field;
    schemes[0] = webhook_scheme_default();
    schemes[1] = scheme_standard();
    schemes[2] = scheme_github();
    for (which = 0; which < 4; which++) {
        const webhook_scheme *s = which == 3 ? NULL : &schemes[which];
        webhook_hmac_key k =
            key_of(s, which == 1 ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" : SECRET);
        rig r = rig_of(s, &k);
        r.words += r.words > 0 ? 16 : 0;
        for (field = ID; field <= NAME; field *= 2) {
            mail m = WEBHOOK_ZERO;
            wire w;
            int timed = which != 2, has_id = which == 1;
            int wanted = field == SIGNATURE || (field == TIMESTAMP && timed) ||
                         (field == MESSAGE_ID && has_id);
            int single = wanted || (field == ID && which != 1);
            m.scheme = s;
            m.key = &k;
            m.without = field;
            w = wire_of(&m);
            if (wanted)
                refused_with_the_head(&r, &w, 401, WEBHOOK_ERR_SIGNATURE);
            else
                verdict_is(&r, &w, 200, 0, 1);
            m.without = 0;
            m.twice = field;
            w = wire_of(&m);
            if (single)
                refused_with_the_head(&r, &w, 401, WEBHOOK_ERR_SIGNATURE);
            else
                verdict_is(&r, &w, 200, 0, 1);
        }
    }
}

static void fields_twice_in_other_letters(void) {
    static const char *const again[] = {
        "x-appwrite-webhook-signature: "
        "b0bc8495a3f5465225cf66f381f320fcbbe9b0963d1c9ae953e374f30bfc2854\r\n",
        "X-APPWRITE-WEBHOOK-TIMESTAMP: " NOW_TEXT "\r\n",
        "x-Appwrite-Webhook-ID: w1\r\n",
        "x-appwrite-webhook-signature:\r\n",
        "x-appwrite-webhook-timestamp:\r\n",
    };
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    size_t i;
    for (i = 0; i < sizeof again / sizeof *again; i++) {
        mail m = WEBHOOK_ZERO;
        wire w;
        m.key = &k;
        m.extra = again[i];
        w = wire_of(&m);
        refused_with_the_head(&r, &w, 401, WEBHOOK_ERR_SIGNATURE);
    }
}

/* Row 4 again: whatever stands in the place of a signature. */
static void no_signature_at_all(void) {
    static const char *const texts[] = {
        "",
        "sha256=",
        "none",
        "b0bc8495a3f5465225cf66f381f320fcbbe9b0963d1c9ae953e374f30bfc285",
        "b0bc8495a3f5465225cf66f381f320fcbbe9b0963d1c9ae953e374f30bfc28540",
        "sha1=b0bc8495a3f5465225cf66f381f320fcbbe9b0963d1c9ae953e374f30bfc2854",
        "0000000000000000000000000000000000000000000000000000000000000000",
    };
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    size_t i;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        mail m = WEBHOOK_ZERO;
        wire w;
        m.key = &k;
        m.signature = texts[i];
        w = wire_of(&m);
        verdict_is(&r, &w, 401, WEBHOOK_ERR_SIGNATURE, 1);
    }
}

/* A signature behind a chunked body comes too late. */
static void a_signature_in_the_trailer(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    mail m = WEBHOOK_ZERO;
    wire w;
    m.key = &k;
    m.chunk = 10;
    m.without = SIGNATURE;
    w = wire_of(&m);
    w.len -= 2;
    put(&w, "X-Appwrite-Webhook-Signature: "
            "b0bc8495a3f5465225cf66f381f320fcbbe9b0963d1c9ae953e374f30bfc2854\r\n\r\n");
    refused_with_the_head(&r, &w, 401, WEBHOOK_ERR_SIGNATURE);
    m.without = 0;
    w = wire_of(&m);
    w.len -= 2;
    put(&w, "X-Appwrite-Webhook-Signature: ignored\r\n\r\n");
    verdict_is(&r, &w, 200, 0, 1);
}

/* ---- lines longer than the line buffer ---- */

/* Is the name, of which so much fitted, one that the default scheme wants once, or the beginning
 * of one? */
static int begins_ours(webhook_str name, size_t fitted) {
    static const char *const ours[] = { "X-Appwrite-Webhook-Id", "X-Appwrite-Webhook-Timestamp",
                                        "X-Appwrite-Webhook-Signature" };
    size_t i;
    for (i = 0; i < 3; i++) {
        webhook_str one = webhook_str_from_cstr(ours[i]);
        if (fitted >= name.len && webhook_str_ieq(one, name)) return 1;
        if (fitted < name.len && fitted <= one.len &&
            webhook_str_ieq(webhook_str_from(one.ptr, fitted), webhook_str_from(name.ptr, fitted)))
            return 1;
    }
    return 0;
}

/* Each line of the head comes byte by byte, all else in one piece, into line buffers of every
 * size. */
static void a_line_too_long(const wire *w, const webhook_hmac_key *k, size_t from, size_t to) {
    static story s;
    webhook_str line = webhook_str_from(w->text + from, to - from - 2), rest = line, name;
    size_t cap, step = test_stride();
    rig r = rig_of(NULL, k);
    CHECK_STATUS(webhook_str_cut(&rest, ':', &name), WEBHOOK_OK);
    for (cap = 1; cap < line.len + 4; cap += cap < name.len + 3 || cap + 4 > line.len ? 1 : step) {
        int fits = cap >= line.len + 2, short_of = cap < line.len - 1;
        r.http.line_cap = cap;
        r.http.skip_long = 1;
        receive_bytes(&s, &r, str_of(w), from, to);
        if (fits) CHECK(s.verified == 1 && strstr(text_of(&s), "SKIPPED") == NULL);
        if (short_of && cap != name.len) {
            int refuse = begins_ours(name, cap);
            CHECK(strstr(text_of(&s), "SKIPPED") != NULL || s.refused == 1);
            CHECK(s.verified == !refuse && s.refused == (unsigned)refuse && s.keep_alive == 1);
            if (refuse) CHECK(s.status == 401 && s.reason == WEBHOOK_ERR_SIGNATURE);
        }
        r.http.skip_long = 0;
        receive_bytes(&s, &r, str_of(w), from, to);
        if (fits) CHECK(s.verified == 1);
        if (short_of)
            CHECK(s.refused == 1 && s.status == 431 && s.reason == WEBHOOK_ERR_LIMIT &&
                  s.last == WEBHOOK_ERR_CLOSED && s.keep_alive == 0);
    }
}

static void lines_too_long(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    mail m = WEBHOOK_ZERO;
    size_t from, to;
    wire w;
    m.key = &k;
    m.extra = "X-Appwrite-Webhooks: 1\r\nX-Appwrite: 2\r\nX-App-of-another-kind: 3\r\nZ: 4\r\n"
              "X-Appwrite-Webhook-Signature-Of-Nobody: 5\r\n";
    w = wire_of(&m);
    for (from = 0; memcmp(w.text + from, "\r\n", 2) != 0; from = to) {
        for (to = from + 2; memcmp(w.text + to - 2, "\r\n", 2) != 0;) to++;
        if (from == 0 || memcmp(w.text + from, "Host", 4) == 0 ||
            memcmp(w.text + from, "Content-Length", 14) == 0)
            continue;
        a_line_too_long(&w, &k, from, to);
    }
}

/* Fields of the framing need no buffer; without one every other line must lie in one piece. */
static void no_line_buffer(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    size_t i, start;
    mail m = WEBHOOK_ZERO;
    wire w;
    m.key = &k;
    for (m.chunk = 0; m.chunk < 80; m.chunk += 40) {
        w = wire_of(&m);
        r.http.line_cap = 0;
        start = (size_t)(strstr(w.text, m.chunk ? "Transfer-Enc" : "Content-Len") - w.text);
        for (i = start; i < w.len; i++) {
            receive(&s, &r, str_of(&w), i, w.len);
            CHECK(s.verified == 1 && s.refused == 0);
        }
        receive_bytes(&s, &r, str_of(&w), start, w.len);
        CHECK(s.verified == 1 && s.refused == 0);
        receive(&s, &r, str_of(&w), 40, w.len); /* in the webhook's id */
        CHECK(s.refused == 1 && s.status == 431 && s.last == WEBHOOK_ERR_CLOSED);
    }
}

/* 256 bytes of line buffer and an events field of 7 KB, byte by byte. */
static void a_device(void) {
    static char events[7000];
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    mail m = WEBHOOK_ZERO;
    wire w, half;
    size_t i;
    for (i = 0; i < sizeof events; i++) events[i] = "databases.main.tables.*,"[i % 24];
    m.key = &k;
    m.without = EVENTS;
    w = wire_of(&m);
    for (i = 19; w.text[i] != 'X'; i++) {
    } /* behind Host */
    half.len = 0;
    put_str(&half, webhook_str_from(w.text, i));
    put_field(&half, WEBHOOK_STR("X-Appwrite-Webhook-Events"),
              webhook_str_from(events, sizeof events));
    put_str(&half, webhook_str_from(w.text + i, w.len - i));
    r.http.line_cap = 256;
    r.http.skip_long = 1;
    r.choose = by_webhook_id;
    receive_bytes(&s, &r, str_of(&half), 0, half.len);
    CHECK(s.refused == 1 && s.reason == WEBHOOK_ERR_KEY); /* w1 is none of its ids */
    r.choose = NULL;
    receive_bytes(&s, &r, str_of(&half), 0, half.len);
    CHECK(s.verified == 1 && s.refused == 0);
    CHECK(strncmp(text_of(&s), "POST /hook\nHost=h\nSKIPPED X-Appwrite-Webhook-Events", 51) == 0);
    CHECK(strstr(text_of(&s), "HEAD\n" TOLD_BODY) != NULL);
    r.http.skip_long = 0;
    receive_bytes(&s, &r, str_of(&half), 0, half.len);
    CHECK(s.refused == 1 && s.status == 431 && s.last == WEBHOOK_ERR_CLOSED);
    receive(&s, &r, str_of(&half), half.len, half.len); /* whole it needs no buffer */
    CHECK(s.verified == 1 && strstr(text_of(&s), "SKIPPED") == NULL);
}

/* ---- refused, and then the next ---- */

/* A scheme like the default one that counts how often hashing begins and ends. */
static unsigned hashing[2];

static void counted_content(const webhook_scheme *s, const webhook_message *m, int after,
                            webhook_buf *b) {
    (void)s;
    hashing[after != 0]++;
    if (after) return;
    webhook_buf_put(b, m->timestamp);
    webhook_buf_put(b, WEBHOOK_STR("."));
}

static webhook_scheme counting_scheme(void) {
    webhook_scheme s = webhook_scheme_default();
    s.content = counted_content;
    hashing[0] = hashing[1] = 0;
    return s;
}

/* Three in one connection: good, the one at hand, good. Each is told of once, the body of a refused
 * one only as far as it was told before; nothing of it is hashed where the head shows it. */
static void between_good_ones(const rig *of, const mail *m, unsigned status, int reason,
                              unsigned hashed) {
    static story s, other;
    webhook_scheme scheme = counting_scheme();
    mail good = WEBHOOK_ZERO;
    rig r = *of;
    char wanted[40];
    size_t i;
    wire w;
    r.scheme = &scheme;
    r.general = 1;
    good.key = m->key;
    good.body = "good";
    w = wire_of(&good);
    put_mail(&w, m);
    put_mail(&w, &good);
    receive(&s, &r, str_of(&w), w.len, w.len);
    CHECK(s.verified == 2 && s.refused == 1 && s.left == 0 && s.last == WEBHOOK_MORE);
    CHECK_SIZE(hashing[0], 2 + hashed);
    CHECK_SIZE(hashing[1], 2);
    snprintf(wanted, sizeof wanted, "\nREFUSED %u %d\nPOST /hook\n", status, reason);
    CHECK(strstr(text_of(&s), wanted) != NULL);
    receive_bytes(&other, &r, str_of(&w), 0, w.len);
    if (of->refuse_at != WEBHOOK_HTTP_BODY) same_story(&s, &other);
    CHECK(other.verified == 2 && other.refused == 1 && strstr(text_of(&other), wanted) != NULL);
    for (i = 0; i <= w.len; i += test_stride()) {
        receive(&other, &r, str_of(&w), i, w.len);
        if (of->refuse_at != WEBHOOK_HTTP_BODY) same_story(&s, &other);
        CHECK(other.verified == 2 && other.refused == 1 && other.last == WEBHOOK_MORE);
    }
}

/* Row 6: stale is told when the head ends. */
static void stale_from_the_head_alone(void) {
    static const char *const times[] = { "1736936699", "1736937301", "1", "999999999999999" };
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    size_t i;
    for (i = 0; i < 4; i++) {
        mail m = WEBHOOK_ZERO;
        wire w;
        m.key = &k;
        m.timestamp = times[i];
        for (m.chunk = 0; m.chunk < 20; m.chunk += 10) {
            between_good_ones(&r, &m, 401, WEBHOOK_ERR_STALE, 0);
            w = wire_of(&m);
            refused_with_the_head(&r, &w, 401, WEBHOOK_ERR_STALE);
            /* with the last byte of the head, not one later */
            receive(&s, &r,
                    webhook_str_from(w.text, (size_t)(strstr(w.text, "\r\n\r\n") + 4 - w.text)),
                    w.len, w.len);
            CHECK(s.refused == 1 && s.finish == WEBHOOK_ERR_TRUNCATED);
            CHECK(strstr(text_of(&s), "HEAD\n\nREFUSED") != NULL);
        }
    }
    for (i = 0; i < 2; i++) { /* the last moment that is fresh */
        mail m = WEBHOOK_ZERO;
        wire w;
        m.key = &k;
        m.timestamp = i ? "1736936700" : "1736937300";
        w = wire_of(&m);
        verdict_is(&r, &w, 200, 0, 1);
    }
}

static void refused_by_the_caller(void) {
    static const int at[] = { WEBHOOK_HTTP_LINE, WEBHOOK_HTTP_FIELD, WEBHOOK_HTTP_HEAD,
                              WEBHOOK_HTTP_BODY };
    static const unsigned with[] = { 400, 404, 503, 599 };
    webhook_hmac_key k = key_of(NULL, SECRET);
    size_t i;
    for (i = 0; i < 4; i++) {
        rig r = rig_of(NULL, &k);
        mail m = WEBHOOK_ZERO;
        m.key = &k;
        r.refuse_at = at[i];
        r.refuse_with = with[i];
        r.refuse_name = WEBHOOK_STR("X-Refuse");
        for (m.chunk = 0; m.chunk < 60; m.chunk += 15) {
            wire w;
            if (at[i] == WEBHOOK_HTTP_FIELD) m.extra = "X-Refuse: 1\r\n";
            w = wire_of(&m);
            verdict_is(&r, &w, with[i], WEBHOOK_ERR_FORBIDDEN, 1);
            if (at[i] == WEBHOOK_HTTP_LINE) continue; /* that would be the others as well */
            r.body_before = at[i] == WEBHOOK_HTTP_BODY ? 10 : 0;
            if (at[i] == WEBHOOK_HTTP_HEAD) continue;
            between_good_ones(&r, &m, with[i], WEBHOOK_ERR_FORBIDDEN, at[i] == WEBHOOK_HTTP_BODY);
        }
    }
}

static void statuses_that_refuse_nothing(void) {
    static const unsigned with[] = { 0, 100, 200, 399, 600, 65536 + 404 };
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    mail m = WEBHOOK_ZERO;
    wire w;
    size_t i;
    m.key = &k;
    w = wire_of(&m);
    r.refuse_at = WEBHOOK_HTTP_FIELD;
    r.refuse_name = WEBHOOK_STR("Host");
    for (i = 0; i < sizeof with / sizeof *with; i++) {
        r.refuse_with = with[i];
        verdict_is(&r, &w, 500, WEBHOOK_ERR_FORBIDDEN, 1);
    }
}

/* What refused a message first is told, and behind the verdict nothing is left to refuse. */
static void the_first_refusal_stands(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    mail m = WEBHOOK_ZERO;
    wire w;
    m.key = &k;
    r.refuse_with = 503;
    for (m.chunk = 0; m.chunk < 60; m.chunk += 30) {
        m.twice = 0;
        w = wire_of(&m);
        put_mail(&w, &m);
        r.refuse_at = WEBHOOK_HTTP_VERIFIED;
        receive(&s, &r, str_of(&w), w.len, w.len);
        CHECK(s.verified == 2 && s.refused == 0 && s.last == WEBHOOK_MORE);
        m.twice = SIGNATURE;
        w = wire_of(&m);
        put_mail(&w, &m);
        r.refuse_at = WEBHOOK_HTTP_REFUSED;
        receive(&s, &r, str_of(&w), w.len, w.len);
        CHECK(s.verified == 0 && s.refused == 2 && s.status == 401 && s.last == WEBHOOK_MORE);
        r.refuse_at = WEBHOOK_HTTP_HEAD; /* after the keys */
        receive(&s, &r, str_of(&w), w.len, w.len);
        CHECK(s.refused == 2 && s.status == 401 && s.reason == WEBHOOK_ERR_SIGNATURE);
    }
}

/* At the last piece of the body it is not too late; what was right with the message does not count
 * any more. */
static void refused_at_the_last_piece(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    mail m = WEBHOOK_ZERO;
    m.key = &k;
    r.refuse_at = WEBHOOK_HTTP_BODY;
    r.refuse_with = 422;
    r.body_before = sizeof BODY - 1;
    for (m.chunk = 0; m.chunk < 100; m.chunk += 27) {
        wire w = wire_of(&m);
        verdict_is(&r, &w, 422, WEBHOOK_ERR_FORBIDDEN, 1);
        between_good_ones(&r, &m, 422, WEBHOOK_ERR_FORBIDDEN, 1);
    }
}

/* Refusing at the line spares the look-up of keys, but the head is still read to its end. */
static void methods_and_paths_refused_at_the_line(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    mail m = WEBHOOK_ZERO;
    wire w;
    m.key = &k;
    m.line = "GET / HTTP/1.1";
    r.refuse_at = WEBHOOK_HTTP_LINE;
    r.refuse_with = 405;
    w = wire_of(&m);
    put_mail(&w, &m);
    m.chunk = 7;
    put_mail(&w, &m);
    receive(&s, &r, str_of(&w), w.len, w.len);
    CHECK(s.refused == 3 && s.verified == 0 && s.last == WEBHOOK_MORE && s.left == 0);
    receive_bytes(&s, &r, str_of(&w), 0, w.len);
    CHECK(s.refused == 3 && s.verified == 0 && s.last == WEBHOOK_MORE);
    CHECK(strstr(text_of(&s), "payload") == NULL && s.keep_alive == 1);
}

static void forged_between_good_ones(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    mail m = WEBHOOK_ZERO;
    m.key = &k;
    m.twice = SIGNATURE;
    between_good_ones(&r, &m, 401, WEBHOOK_ERR_SIGNATURE, 0);
    m.twice = TIMESTAMP;
    between_good_ones(&r, &m, 401, WEBHOOK_ERR_SIGNATURE, 0);
    m.twice = 0;
    m.without = SIGNATURE;
    between_good_ones(&r, &m, 401, WEBHOOK_ERR_SIGNATURE, 0);
    m.without = TIMESTAMP;
    between_good_ones(&r, &m, 401, WEBHOOK_ERR_SIGNATURE, 0);
}

/* Each message of a connection begins anew: what the one before had of keys, fields and scratch is
 * gone. */
static void nothing_is_left_over_for_the_next(void) {
    webhook_scheme standard = scheme_standard();
    webhook_hmac_key k[2];
    rig r = rig_of(&standard, k);
    static story s;
    mail m = WEBHOOK_ZERO;
    wire w;
    int i;
    k[0] = key_of(&standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    k[1] = key_of(&standard, "whsec_c2VjcmV0LW9mLWFub3RoZXI=");
    r.n_keys = 2;
    r.words += 8;
    m.scheme = &standard;
    w.len = 0;
    for (i = 0; i < 8; i++) {
        m.key = &k[i % 2];
        m.id = i % 3 == 0 ? "msg_of_a_longer_name" : "m";
        m.without = i == 3 ? SIGNATURE : i == 5 ? MESSAGE_ID : 0;
        put_mail(&w, &m);
    }
    receive(&s, &r, str_of(&w), w.len, w.len);
    CHECK(s.verified == 6 && s.refused == 2 && s.last == WEBHOOK_MORE);
    receive_bytes(&s, &r, str_of(&w), 0, w.len);
    CHECK(s.verified == 6 && s.refused == 2 && s.last == WEBHOOK_MORE);
}

/* ---- where the end of the message cannot be known ---- */

/* REFUSED with that status, once, and then nothing but ERR_CLOSED; cut wherever one likes */
static void ends_the_connection(const rig *r, const wire *w, unsigned status, int reason) {
    static story s;
    size_t i;
    for (i = 0; i <= w->len + 1; i++) {
        if (i <= w->len)
            receive(&s, r, str_of(w), i, w->len);
        else
            receive_bytes(&s, r, str_of(w), 0, w->len);
        CHECK(s.refused == 1 && s.verified == 0 && s.keep_alive == 0);
        CHECK_SIZE(s.status, status);
        CHECK_STATUS((webhook_status)s.reason, (webhook_status)reason);
        CHECK_STATUS(s.last, WEBHOOK_ERR_CLOSED);
    }
}

#define HEAD_1 "POST / HTTP/1.1\r\nHost: h\r\n"

static void framing_errors_in_the_head(void) {
    static const char *const heads[] = {
        "POST / HTTP/1.1\n",
        "POST / HTTP/1.1\r\nHost : h\r\n\r\n",
        "POST / HTTP/1.1\r\n\r\n",
        "POST  / HTTP/1.1\r\n",
        HEAD_1 "Host: h\r\n\r\n",
        HEAD_1 "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
        HEAD_1 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        HEAD_1 "Content-Length: +5\r\n\r\n",
        HEAD_1 "Content-Length: 0x10\r\n\r\n",
        HEAD_1 "Content-Length: 5 6\r\n\r\n",
        HEAD_1 "Content-Length:\r\n\r\n",
        HEAD_1 "Content-Length: 99999999999999999999\r\n\r\n",
        HEAD_1 "Transfer-Encoding: ,chunked\r\n\r\n",
        HEAD_1 "Transfer-Encoding: xchunked\r\n\r\n",
        HEAD_1 "Transfer-Encoding: chunked, chunked\r\n\r\n",
        HEAD_1 "Transfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        HEAD_1 "X: a\rb\r\n\r\n",
        HEAD_1 "X: a\r\n b\r\n\r\n",
        HEAD_1 " X: a\r\n\r\n",
        HEAD_1 "X\r\n\r\n",
        "\x16\x03\x01\x02",
    };
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    size_t i;
    for (i = 0; i < sizeof heads / sizeof *heads; i++) {
        wire w;
        w.len = 0;
        put(&w, heads[i]);
        put(&w, "POST / HTTP/1.1\r\n"); /* what would be a message of its own */
        receive(&s, &r, str_of(&w), w.len, w.len);
        if (!CHECK(s.status == 400 || (s.status == 413 && i == 11))) printf("%s\n", heads[i]);
        ends_the_connection(&r, &w, s.status, s.reason);
    }
}

static void framing_errors_in_the_body(void) {
    static const char *const bodies[] = {
        "0_2\r\nab\r\n0\r\n\r\n",
        "-0x0\r\n\r\n",
        "1Z\r\na\r\n0\r\n\r\n",
        "2\nab\r\n0\r\n\r\n",
        "2\r\nab\rX0\r\n\r\n",
        "2\r\nabc\r\n0\r\n\r\n",
        "2\r\nab\n0\r\n\r\n",
        "10000000000000000\r\n",
        "\r\n",
        "2\r\nab\r\n0\r\nbad trailer\r\n\r\n",
        "2\r\nab\r\n0\r\n X: 1\r\n\r\n",
        "2 \rab\r\n0\r\n\r\n",
    };
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k), careful = r;
    size_t i;
    careful.refuse_at = WEBHOOK_HTTP_HEAD;
    careful.refuse_with = 404;
    for (i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        static story s;
        mail m = WEBHOOK_ZERO;
        wire w;
        m.key = &k;
        m.body = "ab";
        m.chunk = 9;
        w = wire_of(&m);
        w.len -= strlen("2\r\nab\r\n0\r\n\r\n");
        put(&w, bodies[i]);
        put(&w, "POST / HTTP/1.1\r\n");
        receive(&s, &r, str_of(&w), w.len, w.len);
        if (!CHECK(s.status == 400 || (s.status == 413 && i == 7))) printf("%s\n", bodies[i]);
        ends_the_connection(&r, &w, s.status, s.reason);
        /* in a message that was refused already: told once all the same, but the connection is
         * over */
        receive_bytes(&s, &careful, str_of(&w), 0, w.len);
        CHECK(s.refused == 1 && s.status == 404 && s.last == WEBHOOK_ERR_CLOSED);
    }
}

/* Refused at the line, and the head goes wrong behind that: told once, as the caller said. */
static void refused_at_the_line_and_malformed(void) {
    static const char *const heads[] = { HEAD_1 "X\r\n\r\n", HEAD_1 "Host: h\r\n\r\n",
                                         HEAD_1 "Content-Length: -1\r\n\r\n",
                                         HEAD_1 "Content-Length: 99999999\r\n\r\n" };
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    size_t i;
    r.refuse_at = WEBHOOK_HTTP_LINE;
    r.refuse_with = 404;
    for (i = 0; i < 4; i++) {
        wire w;
        w.len = 0;
        put(&w, heads[i]);
        ends_the_connection(&r, &w, 404, WEBHOOK_ERR_FORBIDDEN);
    }
}

/* Each of the two is told of: what went before a malformed message does not hide it. */
static void refused_and_then_malformed(void) {
    static const char *const behind[] = { "\x16\x03", "GET / HTTP/1.1\n", HEAD_1 "X\r\n\r\n",
                                          HEAD_1 "Content-Length: +1\r\n\r\n" };
    static const char forged[] = "b0bc8495a3f5465225cf66f381f320fc"
                                 "00000000000000000000000000000000";
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    size_t i, j;
    for (i = 0; i < 4; i++) {
        mail m = WEBHOOK_ZERO;
        m.key = &k;
        for (m.chunk = 0; m.chunk < 60; m.chunk += 30)
            for (j = 0; j < 3; j++) { /* good, refused with its head, refused at its end */
                const size_t refused = j > 0 ? 2 : 1;
                wire w;
                m.twice = j == 1 ? SIGNATURE : 0;
                m.signature = j < 2 ? NULL : forged;
                w = wire_of(&m);
                put(&w, behind[i]);
                receive(&s, &r, str_of(&w), w.len, w.len);
                CHECK(s.verified == !j && s.refused == refused && s.status == 400);
                CHECK(s.keep_alive == 0 && s.last == WEBHOOK_ERR_CLOSED);
                receive_bytes(&s, &r, str_of(&w), 0, w.len);
                CHECK(s.verified == !j && s.refused == refused && s.status == 400);
                CHECK(s.keep_alive == 0 && s.last == WEBHOOK_ERR_CLOSED);
            }
    }
}

/* Row 15: a body over the limit is refused by what its head says, or when the first byte too many
 * is announced. */
static void bodies_over_the_limit(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    mail m = WEBHOOK_ZERO;
    m.key = &k;
    for (m.chunk = 0; m.chunk < 100; m.chunk += 9) {
        wire w = wire_of(&m), more;
        r.http.body_max = sizeof BODY - 1;
        verdict_is(&r, &w, 200, 0, 1);
        r.http.body_max--;
        ends_the_connection(&r, &w, 413, WEBHOOK_ERR_LIMIT);
        receive(&s, &r, str_of(&w), w.len, w.len);
        if (m.chunk == 0) CHECK(strstr(text_of(&s), "payload") == NULL);
        r.http.body_max = 10;
        receive_bytes(&s, &r, str_of(&w), 0, w.len);
        CHECK(s.refused == 1 && s.body <= 10 && s.last == WEBHOOK_ERR_CLOSED);
        more.len = 0;
        put(&more, HEAD_1 "Content-Length: 18446744073709551615\r\n\r\n");
        ends_the_connection(&r, &more, 413, WEBHOOK_ERR_LIMIT);
        r.http.body_max = 0; /* 16 MiB */
        more.len = 0;
        put(&more, HEAD_1 "Content-Length: 16777217\r\n\r\n");
        ends_the_connection(&r, &more, 413, WEBHOOK_ERR_LIMIT);
    }
}

static void heads_over_the_limit(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    mail m = WEBHOOK_ZERO;
    wire w;
    m.key = &k;
    w = wire_of(&m);
    r.http.fields_max = 7; /* as many as there are */
    r.http.head_max = (uint32_t)(strstr(w.text, "\r\n\r\n") + 4 - w.text);
    verdict_is(&r, &w, 200, 0, 1);
    r.http.fields_max--;
    ends_the_connection(&r, &w, 431, WEBHOOK_ERR_LIMIT);
    r.http.fields_max = 0;
    r.http.head_max -= 5;
    ends_the_connection(&r, &w, 431, WEBHOOK_ERR_LIMIT);
}

/* ---- 100-continue ---- */

/* Feeds the head alone and says whether the flag is up then; where the message is refused, the
 * connection is over at once, whether the body comes or not. */
static int asked(const rig *r, const wire *w, story *s) {
    size_t head = (size_t)(strstr(w->text, "\r\n\r\n") + 4 - w->text);
    int flag;
    story_begin(s, r);
    feed(s, r, webhook_str_from(w->text, head));
    flag = webhook_http_expects_continue(&s->c.http);
    CHECK_STATUS(s->last, s->refused ? WEBHOOK_ERR_CLOSED : WEBHOOK_MORE);
    CHECK(flag == 0 || s->refused == 0);
    feed(s, r, webhook_str_from(w->text + head, w->len - head));
    CHECK_SIZE(s->left, s->last == WEBHOOK_ERR_CLOSED ? w->len - head : 0);
    CHECK(!webhook_http_expects_continue(&s->c.http));
    story_end(s);
    return flag;
}

static void expecting_continue(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k), none = r, busy = r, late = r;
    static story s;
    mail m = WEBHOOK_ZERO;
    wire w;
    none.n_keys = 0;
    busy.refuse_at = WEBHOOK_HTTP_HEAD;
    busy.refuse_with = 503;
    late.refuse_at = WEBHOOK_HTTP_BODY;
    late.refuse_with = 503;
    m.key = &k;
    for (m.chunk = 0; m.chunk < 60; m.chunk += 30) {
        m.extra = NULL;
        w = wire_of(&m);
        CHECK(!asked(&r, &w, &s));
        m.extra = "Expect: 100-continue\r\n";
        w = wire_of(&m);
        CHECK(asked(&r, &w, &s));
        CHECK(s.verified == 1 && s.keep_alive == 1 && s.last == WEBHOOK_MORE);
        any_split(&r, &w, 0);
        CHECK(!asked(&none, &w, &s) && s.refused == 1 && s.last == WEBHOOK_ERR_CLOSED);
        CHECK(!asked(&busy, &w, &s) && s.refused == 1 && s.status == 503);
        CHECK(s.last == WEBHOOK_ERR_CLOSED && s.keep_alive == 0);
        ends_the_connection(&none, &w, 401, WEBHOOK_ERR_KEY);
        ends_the_connection(&busy, &w, 503, WEBHOOK_ERR_FORBIDDEN);
        CHECK(asked(&late, &w, &s) && s.refused == 1 && s.last == WEBHOOK_MORE &&
              s.keep_alive == 1);
        m.timestamp = "1";
        w = wire_of(&m);
        ends_the_connection(&r, &w, 401, WEBHOOK_ERR_STALE);
        m.timestamp = NULL;
        m.signature = "";
        w = wire_of(&m);
        ends_the_connection(&r, &w, 401, WEBHOOK_ERR_SIGNATURE);
        m.signature = NULL;
    }
}

/* ---- keep-alive ---- */

/* The verdict, and then the connection is over: what follows is not touched. */
static void the_last_of_its_connection(const rig *r, const wire *w, unsigned status) {
    static story s;
    wire more = *w;
    put(&more, "POST / HTTP/1.1\r\n");
    receive(&s, r, str_of(&more), more.len, more.len);
    CHECK(s.verified == (status == 200) && s.refused == (status != 200) && s.keep_alive == 0);
    CHECK_STATUS(s.last, WEBHOOK_ERR_CLOSED);
    CHECK_SIZE(s.left, 17);
    receive_bytes(&s, r, str_of(w), 0, w->len);
    CHECK(s.verified == (status == 200) && s.refused == (status != 200) && s.keep_alive == 0);
    CHECK_STATUS(s.last, WEBHOOK_ERR_CLOSED); /* also where no byte is offered */
    CHECK_STATUS(s.finish, WEBHOOK_OK);
}

static void the_sender_ends_the_connection(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k), none = r;
    unsigned i;
    none.n_keys = 0;
    for (i = 0; i < 5; i++) {
        mail m = WEBHOOK_ZERO;
        wire w;
        m.key = &k;
        m.line = i == 0 ? "POST /hook HTTP/1.0" : NULL;
        m.extra = i == 0 ? NULL : i % 2 ? "Connection: close\r\n" : "Connection: X , Close\r\n";
        m.chunk = i < 3 ? 0 : 20;
        w = wire_of(&m);
        the_last_of_its_connection(&r, &w, 200);
        the_last_of_its_connection(&none, &w, 401);
    }
}

/* ---- nothing is to be trusted before the end ---- */

static void at_every_truncation(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k), none = r;
    static story s;
    mail m = WEBHOOK_ZERO;
    size_t i;
    none.no_keys = 1;
    m.key = &k;
    for (m.chunk = 0; m.chunk < 60; m.chunk += 30) {
        wire w = wire_of(&m);
        for (i = 0; i < w.len; i++) {
            receive(&s, &r, webhook_str_from(w.text, i), i, i);
            CHECK(s.verified == 0 && s.refused == 0 && s.last == WEBHOOK_MORE);
            CHECK_STATUS(s.finish, i == 0 ? WEBHOOK_OK : WEBHOOK_ERR_TRUNCATED);
            receive(&s, &none, webhook_str_from(w.text, i), i, i);
            CHECK(s.verified == 0 && s.refused <= 1);
            CHECK_STATUS(s.finish, i == 0 ? WEBHOOK_OK : WEBHOOK_ERR_TRUNCATED);
        }
        receive(&s, &r, str_of(&w), w.len, w.len);
        CHECK_STATUS(s.finish, WEBHOOK_OK);
    }
}

/* Is it the same delivery all the same? So it is where the byte belongs to no value that counts. */
static void one_byte_replaced(const rig *r, const wire *w, size_t at, char by, const story *good) {
    static story s;
    static const char *const mine[] = { "t:X-Appwrite-Webhook-Timestamp=" NOW_TEXT "\n",
                                        "\n" BODY "\nVERIFIED\n" };
    wire other = *w;
    const char *text;
    other.text[at] = by;
    receive(&s, r, str_of(&other), other.len, other.len);
    text = text_of(&s);
    CHECK(s.verified + s.refused <= 2 && s.verified <= 1);
    if (s.verified == 0) return;
    CHECK(strstr(text, mine[1]) != NULL);
    CHECK(strstr(text, NOW_TEXT) != NULL);
    CHECK(memcmp(&s.replay, &good->replay, sizeof s.replay) == 0);
}

static void each_byte_replaced(void) {
    static const char by[] = { 0, '\t', '\n', '\r', ' ', ',', ':', ';', '0', '9', 'a', 'F', 0x7f };
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story good, s;
    mail m = WEBHOOK_ZERO;
    size_t i, j, step = test_stride();
    m.key = &k;
    for (m.chunk = 0; m.chunk < 60; m.chunk += 30) {
        wire w = wire_of(&m), other;
        const char *signature = strstr(w.text, "b0bc8495"), *body = strstr(w.text, "\r\n\r\n") + 4;
        const char *timestamp = strstr(w.text, NOW_TEXT);
        receive(&good, &r, str_of(&w), w.len, w.len);
        CHECK(good.verified == 1);
        for (i = 0; i < w.len; i++) {
            for (j = i % step; j < sizeof by; j += step)
                if (by[j] != w.text[i]) one_byte_replaced(&r, &w, i, by[j], &good);
            for (j = 0; j < 8; j++)
                one_byte_replaced(&r, &w, i, (char)((unsigned char)w.text[i] ^ 1u << j), &good);
        }
        for (i = 0; i < w.len;
             i++) { /* in what is signed no bit may differ, nor in a digit of the MAC */
            const char *p = w.text + i;
            if (!(p >= signature && p < signature + 64) &&
                !(p >= timestamp && p < timestamp + 10) && !(p >= body && m.chunk == 0))
                continue;
            other = w;
            other.text[i] = (char)(other.text[i] ^ 1);
            receive(&s, &r, str_of(&other), other.len, other.len);
            CHECK(s.verified == 0 && s.refused == 1 && s.status == 401);
        }
    }
}

/* Capital letters of a MAC are the same MAC; those of field names are the same fields. */
static void letters_that_do_not_matter(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    mail m = WEBHOOK_ZERO;
    wire w;
    size_t i;
    m.key = &k;
    w = wire_of(&m);
    for (i = 20; memcmp(w.text + i, "\r\n\r\n", 4) != 0; i++)
        if (w.text[i] >= 'a' && w.text[i] <= 'z') w.text[i] = (char)(w.text[i] - 32);
    verdict_is(&r, &w, 200, 0, 1);
}

/* Row 23: a line end or NUL that somebody brought into a value does not make a field of its own. */
static void control_characters_in_the_head(void) {
    static const char *const with[] = { "\r", "\n", "\r\n", "\r\n ", "\n\n" };
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    mail m = WEBHOOK_ZERO;
    wire w;
    size_t i, j, end;
    m.key = &k;
    w = wire_of(&m);
    end = (size_t)(strstr(w.text, "\r\n\r\n") - w.text);
    for (i = 1; i < end; i++)
        for (j = 0; j < 6; j++) {
            wire other;
            if (memchr("\r\n", w.text[i], 2) != NULL || memchr("\r\n", w.text[i - 1], 2) != NULL)
                continue;
            other.len = 0;
            put_str(&other, webhook_str_from(w.text, i));
            if (j == 5)
                put_str(&other, webhook_str_from("\0", 1));
            else
                put(&other, with[j]);
            put_str(&other, webhook_str_from(w.text + i, w.len - i));
            receive(&s, &r, str_of(&other), other.len, other.len);
            CHECK(s.verified == 0 || j == 2);
            if (s.verified == 0 && s.refused == 1) CHECK(s.status < 500);
        }
}

/* ---- what the caller asks of its parts ---- */

static void replay_keys(void) {
    webhook_hmac_key k[2];
    webhook_replay_entry guard[WEBHOOK_REPLAY_ENTRIES(8)];
    webhook_scheme s = webhook_scheme_default();
    unsigned char mac[2][WEBHOOK_SHA256_SIZE];
    size_t i, n = sizeof guard / sizeof *guard;
    static story t;
    k[0] = key_of(NULL, "first");
    k[1] = key_of(NULL, SECRET);
    CHECK_STATUS(webhook_replay_init(guard, n), WEBHOOK_OK);
    for (i = 0; i < 2; i++)
        CHECK_STATUS(webhook_hmac(&k[i], WEBHOOK_STR(NOW_TEXT "." BODY), mac[i]), WEBHOOK_OK);
    for (i = 0; i < 2; i++) {
        rig r = rig_of(&s, k);
        mail m = WEBHOOK_ZERO;
        wire w;
        r.n_keys = 2;
        r.words = WEBHOOK_VERIFY_SCRATCH(2, 1, 0);
        s.tolerance_past_s = 1000;
        m.key = &k[i];
        w = wire_of(&m);
        receive(&t, &r, str_of(&w), w.len, w.len);
        CHECK(t.verified == 1 && memcmp(t.replay.byte, mac[0], 16) == 0); /* the first key's */
        CHECK(t.replay.expires_s == NOW + 1001);
        /* Row 6: the second is a replay of the first, though it came under another key */
        CHECK_STATUS(webhook_replay_begin(guard, n, &t.replay, NOW),
                     i == 0 ? WEBHOOK_OK : WEBHOOK_SEEN);
        webhook_replay_end(guard, n, &t.replay, 1);
        r = rig_of(NULL, &k[i]);
        receive(&t, &r, str_of(&w), w.len, w.len);
        CHECK(t.verified == 1 && memcmp(t.replay.byte, mac[i], 16) == 0);
        CHECK(t.replay.expires_s == NOW + 301);
    }
}

static void sizes_and_arguments(void) {
    webhook_receive_ctx c;
    webhook_http_desc d = WEBHOOK_ZERO, bad = WEBHOOK_ZERO;
    webhook_http_token t;
    webhook_str in = WEBHOOK_STR("");
    uint32_t scratch[8];
    int i;
    if (sizeof(void *) == 8) CHECK(sizeof c <= 320);
    if (sizeof(void *) == 4) CHECK(sizeof c <= 272);
    bad.line_cap = 10;
    CHECK_STATUS(webhook_receive_init(NULL, &d), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_receive_init(&c, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_receive_init(&c, &bad), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_receive_init_scheme(NULL, &d, NULL, scratch, 8), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_receive_init_scheme(&c, NULL, NULL, scratch, 8), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_receive_init_scheme(&c, &bad, NULL, scratch, 8), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_receive_init(&c, &d), WEBHOOK_OK);
    for (i = 0; i < 3; i++) CHECK_STATUS(webhook_receive_next(&c, &in, &t), WEBHOOK_MORE);
    CHECK_STATUS(webhook_receive_finish(&c), WEBHOOK_OK);
}

/* After ERR_CLOSED only init helps, and it does. */
static void a_context_is_used_again(void) {
    webhook_hmac_key k = key_of(NULL, SECRET);
    rig r = rig_of(NULL, &k);
    static story s;
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_token t;
    webhook_str in;
    char line[128];
    mail m = WEBHOOK_ZERO;
    wire w;
    int i;
    m.key = &k;
    w = wire_of(&m);
    story_begin(&s, &r);
    feed(&s, &r, WEBHOOK_STR("GET / HTTP/9.9\r\n\r\n"));
    for (i = 0; i < 3; i++) {
        in = str_of(&w);
        CHECK_STATUS(webhook_receive_next(&s.c, &in, &t), WEBHOOK_ERR_CLOSED);
        CHECK_SIZE(in.len, w.len);
    }
    d.line = line;
    d.line_cap = sizeof line;
    CHECK_STATUS(webhook_receive_init(&s.c, &d), WEBHOOK_OK);
    feed(&s, &r, str_of(&w));
    CHECK(s.verified == 1 && s.last == WEBHOOK_MORE);
    story_end(&s);
}

void suite_receive(void) {
    RUN(tokens_of_the_default_scheme);
    RUN(tokens_of_other_schemes);
    RUN(splits_of_valid_deliveries);
    RUN(the_example_of_standard_webhooks);
    RUN(githubs_rows);
    RUN(keys_by_path_and_by_webhook_id);
    RUN(no_usable_keys);
    RUN(several_keys);
    RUN(several_signatures);
    RUN(a_scheme_that_signs_the_line);
    RUN(fields_missing_or_twice);
    RUN(fields_twice_in_other_letters);
    RUN(no_signature_at_all);
    RUN(a_signature_in_the_trailer);
    RUN(lines_too_long);
    RUN(no_line_buffer);
    RUN(a_device);
    RUN(stale_from_the_head_alone);
    RUN(refused_by_the_caller);
    RUN(statuses_that_refuse_nothing);
    RUN(the_first_refusal_stands);
    RUN(refused_at_the_last_piece);
    RUN(methods_and_paths_refused_at_the_line);
    RUN(forged_between_good_ones);
    RUN(nothing_is_left_over_for_the_next);
    RUN(framing_errors_in_the_head);
    RUN(framing_errors_in_the_body);
    RUN(refused_at_the_line_and_malformed);
    RUN(refused_and_then_malformed);
    RUN(bodies_over_the_limit);
    RUN(heads_over_the_limit);
    RUN(expecting_continue);
    RUN(the_sender_ends_the_connection);
    RUN(at_every_truncation);
    RUN(each_byte_replaced);
    RUN(letters_that_do_not_matter);
    RUN(control_characters_in_the_head);
    RUN(replay_keys);
    RUN(sizes_and_arguments);
    RUN(a_context_is_used_again);
}
