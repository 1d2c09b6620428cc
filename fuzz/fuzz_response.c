/* make fuzz T=response SECONDS=60
 *
 * Input: bytes for limits, cuts and how the connection ends, then what a server sends. Any split
 * gives the same tokens. The exchange, as a machine and over callbacks, whatever is sent and
 * received when, says what the tokens say: the first final status, its Retry-After, or the error
 * that came before it.
 */
#include "story.h"

#define HEAD_TEXT "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n"

/* outcome -- of an exchange; status WEBHOOK_WANT_RECV: it wants more than there is */
typedef struct outcome {
    webhook_status status;
    unsigned answer;
    char retry_after[WEBHOOK_RETRY_AFTER_MAX];
    size_t retry_after_len;
} outcome;

static void keep_retry_after(outcome *o, webhook_str value) {
    o->retry_after_len = 0;
    if (value.len > sizeof o->retry_after) return;
    if (value.len > 0) memcpy(o->retry_after, value.ptr, value.len);
    o->retry_after_len = value.len;
}

/* What the tokens say, of the input in one piece; closed: the peer closes behind it */
static outcome expected(webhook_str in, int closed) {
    outcome o = WEBHOOK_ZERO;
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    webhook_http_token t;
    webhook_str rest = in;
    webhook_status s;
    unsigned status = 0, interim = 0;
    uint64_t body = 0;
    d.response = 1;
    d.body_max = UINT64_MAX;
    d.skip_long = 1;
    require(webhook_http_init(&c, &d) == WEBHOOK_OK);
    o.status = closed ? WEBHOOK_OK : WEBHOOK_WANT_RECV;
    while ((s = webhook_http_next(&c, &rest, &t)) == WEBHOOK_OK) {
        if (t.kind == WEBHOOK_HTTP_LINE) status = t.status;
        if (t.kind == WEBHOOK_HTTP_FIELD && status >= 200 &&
            webhook_str_ieq(t.name, WEBHOOK_STR("retry-after")))
            keep_retry_after(&o, t.value);
        if (t.kind == WEBHOOK_HTTP_HEAD && status >= 200) o.answer = status;
        if (t.kind == WEBHOOK_HTTP_HEAD && status < 200 && ++interim > 16) break;
        if (t.kind == WEBHOOK_HTTP_BODY) body += t.value.len;
        if (o.answer != 0 && (t.kind == WEBHOOK_HTTP_END || body > WEBHOOK_ANSWER_MAX)) break;
    }
    if (s == WEBHOOK_OK) o.status = WEBHOOK_OK; /* complete */
    if (s == WEBHOOK_OK && o.answer == 0) o.status = WEBHOOK_ERR_LIMIT;
    if (s < WEBHOOK_OK) o.status = o.answer != 0 ? WEBHOOK_OK : s;
    if (s == WEBHOOK_MORE && o.answer == 0 && closed)
        o.status = in.len > 0 ? WEBHOOK_ERR_TRUNCATED : WEBHOOK_ERR_CLOSED;
    return o;
}

/* peer -- the other end: what it sends, and how little at a time it takes and gives */
typedef struct peer {
    webhook_str in;
    uint32_t seed;
    int closed, busy;
    webhook_str wanted; /* what it must get next */
} peer;

static webhook_status peer_send(void *user, const void *ptr, size_t len, size_t *n) {
    peer *p = (peer *)user;
    require(len > 0);
    if (p->seed > 1 && (p->busy = !p->busy) != 0) return WEBHOOK_WANT_SEND;
    *n = fuzz_piece(&p->seed, len);
    require(*n <= p->wanted.len && memcmp(ptr, p->wanted.ptr, *n) == 0);
    p->wanted = webhook_str_from(p->wanted.ptr + *n, p->wanted.len - *n);
    return WEBHOOK_OK;
}

static webhook_status peer_recv(void *user, void *ptr, size_t cap, size_t *n) {
    peer *p = (peer *)user;
    require(cap > 0);
    if (p->in.len == 0) return p->closed ? WEBHOOK_ERR_CLOSED : WEBHOOK_WANT_RECV;
    *n = fuzz_piece(&p->seed, p->in.len < cap ? p->in.len : cap);
    memcpy(ptr, p->in.ptr, *n);
    p->in = webhook_str_from(p->in.ptr + *n, p->in.len - *n);
    return WEBHOOK_OK;
}

static void check(const webhook_exchange *x, webhook_status s, const outcome *o, int line) {
    webhook_str r = webhook_exchange_retry_after(x);
    webhook_str wanted = webhook_str_from(o->retry_after, o->retry_after_len);
    /* an answer that comes before the request is sent is the end: nothing is sent any more */
    require(s == o->status || (s == WEBHOOK_OK && o->answer != 0 && !x->keep_alive));
    require(x->status == o->answer);
    if (o->answer != 0 && line) require(webhook_str_eq(r, wanted));
    if (o->answer == 0) require(!x->keep_alive);
    if (s == WEBHOOK_OK) require(x->began);
}

static void over_callbacks(webhook_str in, uint32_t seed, int closed, const outcome *o,
                           size_t line_cap, size_t cap) {
    char *line = line_cap == 0 ? NULL : (char *)fuzz_memory(line_cap),
         *buf = (char *)fuzz_memory(cap);
    char sent[] = HEAD_TEXT "{}";
    peer p = WEBHOOK_ZERO;
    webhook_io io = WEBHOOK_ZERO;
    webhook_exchange x;
    webhook_status s;
    size_t calls = 0;
    p.in = in;
    p.seed = seed;
    p.closed = closed;
    p.wanted = webhook_str_from_cstr(sent);
    io.user = &p;
    io.send = peer_send;
    io.recv = peer_recv;
    webhook_exchange_init(&x, webhook_str_from(sent, sizeof HEAD_TEXT - 1),
                          webhook_str_from(sent + sizeof HEAD_TEXT - 1, 2), 100, line, line_cap);
    do {
        s = webhook_exchange_run(&x, 99, &io, buf, cap);
        require(++calls < 1000);
    } while (s == WEBHOOK_WANT_SEND);
    check(&x, s, o, line_cap > 0);
    if (s == WEBHOOK_WANT_RECV) {
        require(p.in.len == 0 && p.wanted.len == 0);
        s = webhook_exchange_run(&x, 100, &io, buf, cap);
        require(s == (o->answer != 0 ? WEBHOOK_OK : WEBHOOK_ERR_TIMEOUT));
    }
    require(webhook_exchange_run(&x, 99, &io, buf, cap) == s); /* sticky */
    free(line);
    free(buf);
}

/* The machine itself: the request leaves a few bytes at a time, between two pieces of the
 * answer. */
static void by_hand(webhook_str in, uint32_t seed, int closed, const outcome *o) {
    char *line = (char *)fuzz_memory(in.len + 1);
    webhook_str out, none = webhook_str_from(NULL, 0);
    webhook_exchange x;
    webhook_status s;
    webhook_exchange_init(&x, WEBHOOK_STR(HEAD_TEXT), WEBHOOK_STR("{}"), 100, line, in.len + 1);
    for (;;) {
        size_t n = fuzz_piece(&seed, in.len);
        char *memory = fuzz_copy(webhook_str_from(in.ptr, n));
        webhook_str piece = n == 0 ? none : webhook_str_from(memory, n);
        s = webhook_exchange_next(&x, 0, &piece, &out);
        require((out.len > 0) == (s == WEBHOOK_WANT_SEND));
        free(memory);
        if (s == WEBHOOK_WANT_SEND) webhook_exchange_sent(&x, fuzz_piece(&seed, out.len));
        if (s != WEBHOOK_WANT_SEND && s != WEBHOOK_WANT_RECV) break;
        require(piece.len == 0);
        in = webhook_str_from(in.ptr + n, in.len - n);
        if (in.len == 0 && s == WEBHOOK_WANT_RECV) break;
    }
    if (s == WEBHOOK_WANT_RECV && closed) s = webhook_exchange_finish(&x, WEBHOOK_ERR_CLOSED);
    check(&x, s, o, 1);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size);
    webhook_http_desc d = WEBHOOK_ZERO;
    unsigned how = fuzz_byte(&in), cap = fuzz_byte(&in) % 64 + 1;
    uint32_t seed = fuzz_byte(&in) * 256u + fuzz_byte(&in) + 2;
    fuzz_story whole, other;
    char *memory;
    outcome o;
    d.response = 1;
    d.no_body = how & 1;
    if (how & 2) d.body_max = how >> 4;
    if (how & 4) d.head_max = 20 + (how >> 3);
    memory = fuzz_copy(in);
    in.ptr = memory;
    d.line_cap = in.len + 1;
    whole = fuzz_http(&d, in, 0);
    other = fuzz_http(&d, in, 1);
    fuzz_same(&whole, &other);
    free(other.text);
    other = fuzz_http(&d, in, seed);
    fuzz_same(&whole, &other);
    free(other.text);
    free(whole.text);
    o = expected(in, how >> 3 & 1);
    over_callbacks(in, how & 16 ? 0 : seed, how >> 3 & 1, &o, in.len + 1, cap);
    over_callbacks(in, seed, how >> 3 & 1, &o, 0, cap);
    by_hand(in, seed, how >> 3 & 1, &o);
    free(memory);
    return 0;
}
