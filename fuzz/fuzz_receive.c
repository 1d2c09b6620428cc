/* make fuzz T=receive SECONDS=60
 *
 * Input: bytes that choose scheme, tolerance, keys, framing, cuts, line buffer, refusals and
 * damage; then lines for timestamp, id, signature and a further field, and the body. Any split
 * tells the same story, with one verdict for each message. VERIFIED stands only where comparing
 * texts and times by hand finds what was told authentic and fresh; where nothing was done to the
 * message, the verdict is that of verifying in one call.
 */
#include "delivery.h"
#include "story.h"

/* what was told of the message at hand */
typedef struct told {
    char timestamp[64], signature[1024], id[1024], nonce[1024], *body;
    size_t timestamp_len, signature_len, id_len, nonce_len, body_len;
    unsigned timestamps, signatures, ids, nonces;
    int right_line;
} told;

typedef struct receiver {
    webhook_receive_ctx c;
    const fuzz_delivery *d;
    size_t words;
    uint32_t *scratch;
    char *line;
    unsigned refuse_at, verified, refused, open; /* open: 1 within a message without a verdict */
    unsigned status;
    int reason;
    told t;
} receiver;

static void keep(char *to, size_t cap, size_t *len, unsigned *n, webhook_str value) {
    ++*n;
    *len = value.len < cap ? value.len : cap;
    if (*len > 0) memcpy(to, value.ptr, *len);
}

static void take(receiver *r, const webhook_http_token *t) {
    told *m = &r->t;
    if (t->kind == WEBHOOK_HTTP_LINE) {
        char *body = m->body;
        memset(m, 0, sizeof *m);
        m->body = body;
        m->right_line = webhook_str_eq(t->name, WEBHOOK_STR("POST")) &&
                        webhook_str_eq(t->value, WEBHOOK_STR("/hook"));
    }
    if (t->kind == WEBHOOK_HTTP_FIELD) {
        if (t->role == WEBHOOK_ROLE_TIMESTAMP)
            keep(m->timestamp, sizeof m->timestamp, &m->timestamp_len, &m->timestamps, t->value);
        if (t->role == WEBHOOK_ROLE_SIGNATURE)
            keep(m->signature, sizeof m->signature, &m->signature_len, &m->signatures, t->value);
        if (t->role == WEBHOOK_ROLE_MESSAGE_ID)
            keep(m->id, sizeof m->id, &m->id_len, &m->ids, t->value);
        if (webhook_str_ieq(t->name, WEBHOOK_STR("Nonce")))
            keep(m->nonce, sizeof m->nonce, &m->nonce_len, &m->nonces, t->value);
    }
    if (t->kind == WEBHOOK_HTTP_BODY) {
        memcpy(m->body + m->body_len, t->value.ptr, t->value.len);
        m->body_len += t->value.len;
    }
}

/* Is what was told authentic and fresh, by another way? */
static void judge(const receiver *r) {
    const told *m = &r->t;
    fuzz_delivery d = *r->d;
    d.m.timestamp = webhook_str_from(m->timestamp, m->timestamp_len);
    d.m.id = webhook_str_from(m->id, m->id_len);
    d.m.body = webhook_str_from(m->body, m->body_len);
    d.signature = webhook_str_from(m->signature, m->signature_len);
    require(m->signatures == 1 && m->timestamps == (d.kind != 1));
    require(m->ids == (d.kind == 2));
    if (d.kind == 3) {
        require(m->right_line && m->nonces == 1);
        d.m.id = webhook_str_from(m->nonce, m->nonce_len);
    }
    require(fuzz_authentic(&d) && fuzz_fresh(&d));
}

static void check_wiped(const receiver *r) {
    const unsigned char *sha = (const unsigned char *)&r->c.verify.sha;
    size_t i;
    for (i = 0; i < sizeof r->c.verify.sha; i++) require(sha[i] == 0);
    for (i = 0; i < r->words; i++) require(r->scratch[i] == 0);
}

static webhook_status receive_next(void *reader, webhook_str *in, webhook_http_token *t) {
    receiver *r = (receiver *)reader;
    webhook_status s = webhook_receive_next(&r->c, in, t);
    require(s == WEBHOOK_OK || s == WEBHOOK_MORE || s == WEBHOOK_ERR_CLOSED);
    if (s != WEBHOOK_OK) return s;
    if (t->kind == WEBHOOK_HTTP_LINE) r->open = 1;
    /* a line that is none is refused without having been told */
    require(r->open || (t->kind == WEBHOOK_HTTP_REFUSED && t->reason != WEBHOOK_ERR_FORBIDDEN));
    take(r, t);
    if (t->kind == WEBHOOK_HTTP_HEAD)
        webhook_receive_keys(&r->c, r->d->keys, r->d->n_keys, r->d->now);
    if (r->refuse_at != 0 && t->kind == r->refuse_at) webhook_receive_refuse(&r->c, 418);
    if (t->kind == WEBHOOK_HTTP_VERIFIED) judge(r);
    if (t->kind == WEBHOOK_HTTP_VERIFIED || t->kind == WEBHOOK_HTTP_REFUSED) {
        r->open = 0;
        r->status = t->status;
        r->reason = t->reason;
        check_wiped(r);
    }
    r->verified += t->kind == WEBHOOK_HTTP_VERIFIED;
    r->refused += t->kind == WEBHOOK_HTTP_REFUSED;
    return s;
}

typedef struct setting {
    size_t line_cap, words;
    unsigned refuse_at;
    int plain, skip_long;
} setting;

/* The receiver is left in *r, for what it counted. */
static fuzz_story receive(const fuzz_delivery *d, const setting *how, webhook_str in, uint32_t seed,
                          receiver *r) {
    fuzz_story s = WEBHOOK_ZERO;
    webhook_http_desc desc = WEBHOOK_ZERO;
    memset(r, 0, sizeof *r);
    r->d = d;
    r->words = how->words;
    r->scratch = (uint32_t *)fuzz_memory(how->words * sizeof *r->scratch);
    r->t.body = (char *)fuzz_memory(in.len);
    r->refuse_at = how->refuse_at;
    r->line = (char *)fuzz_memory(how->line_cap);
    desc.line = how->line_cap == 0 ? NULL : r->line;
    desc.line_cap = how->line_cap;
    desc.skip_long = how->skip_long != 0;
    if (how->plain)
        require(webhook_receive_init(&r->c, &desc) == WEBHOOK_OK);
    else
        require(webhook_receive_init_scheme(&r->c, &desc, fuzz_scheme(d),
                                            how->words == 0 ? NULL : r->scratch,
                                            how->words) == WEBHOOK_OK);
    fuzz_read(&s, receive_next, r, in, seed);
    s.finish = webhook_receive_finish(&r->c);
    require(s.finish == WEBHOOK_OK || s.finish == WEBHOOK_ERR_TRUNCATED);
    free(r->scratch);
    free(r->t.body);
    free(r->line);
    return s;
}

/* ---- the message ---- */

static void put_framed(webhook_buf *b, webhook_str body, unsigned chunk) {
    char text[40];
    if (chunk == 0) {
        webhook_http_put_length(b, body.len);
        webhook_buf_put(b, body);
        return;
    }
    webhook_buf_put(b, WEBHOOK_STR("Transfer-Encoding: chunked\r\n\r\n"));
    while (body.len > 0) {
        size_t n = body.len < chunk ? body.len : chunk;
        snprintf(text, sizeof text, "%lx\r\n", (unsigned long)n);
        webhook_buf_put(b, webhook_str_from_cstr(text));
        webhook_buf_put(b, webhook_str_from(body.ptr, n));
        webhook_buf_put(b, WEBHOOK_STR("\r\n"));
        body = webhook_str_from(body.ptr + n, body.len - n);
    }
    webhook_buf_put(b, WEBHOOK_STR("0\r\n\r\n"));
}

static void put_message(webhook_buf *b, const fuzz_delivery *d, webhook_str further,
                        unsigned chunk) {
    unsigned i;
    webhook_buf_put(b, WEBHOOK_STR("POST /hook HTTP/1.1\r\nHost: h\r\n"));
    for (i = 0; i < 4; i++) {
        unsigned which = (i + d->order) % 4;
        if (which == 0 && d->kind != 1)
            webhook_http_put_field(b, d->scheme.timestamp_field, d->m.timestamp);
        if (which == 1) webhook_http_put_field(b, d->scheme.signature_field, d->signature);
        if (which == 2 && d->kind == 2)
            webhook_http_put_field(b, WEBHOOK_STR("WEBHOOK-id"), d->m.id);
        if (which == 2 && d->kind == 3) webhook_http_put_field(b, WEBHOOK_STR("nonce"), d->m.id);
        if (which == 3 && further.len > 0) { /* as it is */
            webhook_buf_put(b, further);
            webhook_buf_put(b, WEBHOOK_STR("\r\n"));
        }
    }
    put_framed(b, d->m.body, chunk);
}

static void compare(const fuzz_delivery *d, webhook_str in, const setting *how, uint32_t seed,
                    int intact, unsigned messages) {
    receiver a, b;
    setting other_way = *how;
    fuzz_story whole = receive(d, how, in, 0, &a), other = receive(d, how, in, 1, &b);
    fuzz_same(&whole, &other);
    free(other.text);
    other = receive(d, how, in, seed, &b);
    fuzz_same(&whole, &other);
    free(other.text);
    require(a.verified == b.verified && a.refused == b.refused);
    if (fuzz_scheme(d) == NULL && d->n_keys == 1) {
        other_way.plain = 1;
        other_way.words = 0;
        other = receive(d, &other_way, in, seed, &b);
        fuzz_same(&whole, &other);
        free(other.text);
    }
    if (intact) {
        webhook_status one =
            webhook_verify(fuzz_scheme(d), d->keys, d->n_keys, &d->m, d->signature, d->now);
        require(a.verified == (one == WEBHOOK_OK ? messages : 0));
        require(a.refused == (one == WEBHOOK_OK ? 0 : messages));
        require(whole.last == WEBHOOK_MORE && whole.finish == WEBHOOK_OK);
        if (one != WEBHOOK_OK) require(a.status == 401 && a.reason == (int)one);
    }
    free(whole.text);
    /* less room: no more is verified, and what is was judged as well */
    other_way = *how;
    other_way.line_cap = seed % 160;
    other_way.skip_long = (int)(seed >> 8 & 1);
    other_way.words = how->words < seed % 64 ? how->words : seed % 64;
    other = receive(d, &other_way, in, seed, &b);
    require(b.verified <= a.verified); /* a field passed over is never one that would refuse */
    free(other.text);
}

static void damage(char *text, size_t len, unsigned how, size_t at) {
    static const char by[] = { '\r', '\n', 0, ' ', ':', ',', '0', '\t' };
    if (how == 0 || len == 0) return;
    text[at % len] = how < 0x80 ? (char)(text[at % len] ^ (1 << how % 8)) : by[how % sizeof by];
}

/* The delivery is set up: written, damaged, received. */
static void deliver(const fuzz_delivery *d, webhook_str further, unsigned how, unsigned harm,
                    size_t at, uint32_t seed) {
    static const unsigned refuse_at[8] = {
        0, 0, 0, 0, 0, WEBHOOK_HTTP_LINE, WEBHOOK_HTTP_FIELD, WEBHOOK_HTTP_HEAD
    };
    size_t cap = 2 * (7 * d->m.body.len + d->signature.len + d->m.id.len + d->m.timestamp.len +
                      further.len + 512);
    char *text = (char *)fuzz_memory(cap);
    webhook_buf b = webhook_buf_from(text, cap);
    unsigned messages = how >> 7, i, chunk = how >> 3 & 15;
    setting s = WEBHOOK_ZERO;
    s.line_cap = cap;
    s.words = WEBHOOK_VERIFY_SCRATCH(3, 8, 0) + cap / 4;
    s.refuse_at = refuse_at[how & 7];
    for (i = 0; i <= messages; i++) put_message(&b, d, further, chunk);
    if (webhook_buf_end(&b) == WEBHOOK_OK) {
        damage(text, b.len, harm, at);
        compare(d, webhook_str_from(text, b.len), &s, seed + 2,
                harm == 0 && further.len == 0 && s.refuse_at == 0, messages + 1);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char secrets[] = "key-1key-2key-3";
    static const uint32_t tolerance[4] = { 0, 1, 1000, WEBHOOK_TOLERANCE_NONE };
    webhook_str in = webhook_str_from((const char *)data, size), further;
    unsigned how, framing, key, harm, i;
    uint32_t seed;
    size_t at;
    fuzz_delivery d = WEBHOOK_ZERO;
    char *memory[6], text[160];
    webhook_buf fields;
    d.kind = fuzz_byte(&in) % 4;
    d.scheme = fuzz_scheme_of(d.kind);
    how = fuzz_byte(&in);
    d.scheme.tolerance_past_s = d.scheme.tolerance_future_s = tolerance[how % 4];
    d.n_keys = how / 4 % 3 + 1;
    key = d.order = fuzz_byte(&in);
    framing = fuzz_byte(&in);
    harm = fuzz_byte(&in);
    at = fuzz_byte(&in) * 256u + fuzz_byte(&in);
    seed = fuzz_byte(&in) * 256u + fuzz_byte(&in);
    d.now = 1736937000 + (int64_t)fuzz_byte(&in) * 4 - 512;
    for (i = 0; i < d.n_keys; i++)
        require(webhook_hmac_key_init(&d.keys[i], webhook_str_from(&secrets[5 * i], 5)) ==
                WEBHOOK_OK);
    d.m.method = WEBHOOK_STR("POST");
    d.m.target = WEBHOOK_STR("/hook");
    d.m.timestamp = fuzz_trimmed(fuzz_line(&in, &memory[0]));
    d.m.id = fuzz_trimmed(fuzz_line(&in, &memory[1]));
    d.signature = fuzz_trimmed(fuzz_line(&in, &memory[2]));
    further = fuzz_line(&in, &memory[3]);
    d.m.body = webhook_str_from(memory[4] = fuzz_copy(in), in.len);
    memory[5] = (char *)fuzz_memory(d.m.id.len + 9);
    fields = webhook_buf_from(memory[5], d.m.id.len + 9);
    webhook_buf_put(&fields, WEBHOOK_STR("NONCE: "));
    webhook_buf_put(&fields, d.m.id);
    webhook_buf_put(&fields, WEBHOOK_STR("\r\n"));
    if (d.kind == 3) d.m.fields = webhook_buf_str(&fields);
    if (how & 0x40) (void)fuzz_sign(&d, text, sizeof text, key, 0);
    deliver(&d, further, framing, harm, at, seed);
    for (i = 0; i < 6; i++) free(memory[i]);
    return 0;
}
