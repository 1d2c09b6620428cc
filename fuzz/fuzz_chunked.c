/* make fuzz T=chunked SECONDS=60
 *
 * Input: bytes for limit and cuts, then a chunked body. Any split gives the same bytes and the
 * same verdict, at the same byte, as a decoder written out by hand that has all of the text.
 * Whatever the input is, it is also written as a body in chunks of many sizes, and read back.
 */
#include "story.h"

#define HEAD_TEXT "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

/* ---- a decoder that has all of the text ---- */

enum { COMPLETE, INCOMPLETE, MALFORMED, TOO_LARGE };

typedef struct decoder {
    webhook_str in;
    size_t at; /* the byte at fault, or the first behind the body */
    char *body;
    size_t len;
    uint64_t body_max;
} decoder;

/* the next byte, -1 behind the last */
static int peek(const decoder *d) {
    return d->at < d->in.len ? (unsigned char)d->in.ptr[d->at] : -1;
}

static int expect(decoder *d, const char *wanted) {
    for (; *wanted != 0; wanted++, d->at++)
        if (peek(d) != *wanted) return peek(d) < 0 ? INCOMPLETE : MALFORMED;
    return COMPLETE;
}

static int is_text(int c) {
    return c == '\t' || (c >= ' ' && c != 0x7f);
}

static int is_token(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c > 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* size, extension, line end */
static int decode_size(decoder *d, uint64_t *size) {
    size_t digits = 0;
    *size = 0;
    for (;; d->at++, digits++) {
        int c = peek(d);
        const char *digit =
            c <= 0 ? NULL : strchr("0123456789abcdef", c >= 'A' && c <= 'F' ? c + 32 : c);
        if (digit == NULL) break;
        if (digits == 16) return MALFORMED;
        *size = *size << 4 | (uint64_t)(strlen("0123456789abcdef") - strlen(digit));
    }
    if (peek(d) < 0) return INCOMPLETE;
    if (digits == 0) return MALFORMED;
    if (peek(d) == ';')
        while (is_text(peek(d))) d->at++;
    return expect(d, "\r\n");
}

static int decode_trailer(decoder *d) {
    while (peek(d) != '\r') {
        size_t start = d->at;
        while (is_token(peek(d))) d->at++;
        if (peek(d) < 0) return INCOMPLETE;
        if (peek(d) != ':' || d->at == start) return MALFORMED;
        d->at++;
        while (is_text(peek(d))) d->at++;
        if (expect(d, "\r\n") != COMPLETE) return peek(d) < 0 ? INCOMPLETE : MALFORMED;
    }
    return expect(d, "\r\n");
}

static int decode(decoder *d) {
    uint64_t size, total = 0;
    for (;;) {
        int verdict = decode_size(d, &size);
        if (verdict != COMPLETE) return verdict;
        if (size == 0) return decode_trailer(d);
        if (size > d->body_max - total) return TOO_LARGE;
        total += size;
        for (; size > 0; size--, d->at++) {
            if (peek(d) < 0) return INCOMPLETE;
            d->body[d->len++] = (char)peek(d);
        }
        verdict = expect(d, "\r\n");
        if (verdict != COMPLETE) return verdict;
    }
}

/* ---- the library ---- */

static webhook_http_desc limits(uint64_t body_max, size_t line_cap) {
    webhook_http_desc d = WEBHOOK_ZERO;
    d.body_max = body_max;
    d.head_max = UINT32_MAX; /* there is another harness for limits */
    d.fields_max = UINT16_MAX;
    d.line_cap = line_cap;
    return d;
}

/* The story of one message with that body, made from what the decoder says. */
static size_t head_len(const fuzz_story *s) {
    webhook_http_desc d = limits(0, 0);
    fuzz_story head = fuzz_http(&d, WEBHOOK_STR(HEAD_TEXT), 0);
    size_t n = head.len;
    require(s->len >= n && memcmp(s->text, head.text, n) == 0);
    free(head.text);
    return n;
}

static void compare(const fuzz_story *s, const decoder *d, int verdict) {
    size_t at = head_len(s), behind = at + (d->len > 0 ? 4 : 0) + d->len;
    require(s->len >= behind);
    if (d->len > 0) {
        require(s->text[at] == WEBHOOK_HTTP_BODY);
        require(memcmp(s->text + at + 4, d->body, d->len) == 0);
    }
    if (verdict == COMPLETE) {
        require(s->len > behind && s->text[behind] == WEBHOOK_HTTP_END);
        return; /* what follows is no affair of this harness */
    }
    require(s->len == behind);
    if (verdict == INCOMPLETE)
        require(s->last == WEBHOOK_MORE && s->finish == WEBHOOK_ERR_TRUNCATED);
    if (verdict == MALFORMED) require(s->last == WEBHOOK_ERR_SYNTAX && s->refusal == 400);
    if (verdict == TOO_LARGE) require(s->last == WEBHOOK_ERR_LIMIT && s->refusal == 413);
    if (verdict == MALFORMED) require(s->taken == sizeof HEAD_TEXT - 1 + d->at);
}

/* ---- written and read back ---- */

static void write_chunks(webhook_buf *b, webhook_str body, uint32_t seed) {
    char text[40];
    while (body.len > 0) {
        size_t n = fuzz_piece(&seed, body.len);
        snprintf(text, sizeof text, seed & 1 ? "%lx%s\r\n" : "%04lX%s\r\n", (unsigned long)n,
                 seed & 2 ? ";a=\"b\"" : "");
        webhook_buf_put(b, webhook_str_from_cstr(text));
        webhook_buf_put(b, webhook_str_from(body.ptr, n));
        webhook_buf_put(b, WEBHOOK_STR("\r\n"));
        body = webhook_str_from(body.ptr + n, body.len - n);
    }
    webhook_buf_put(b, seed & 4 ? WEBHOOK_STR("0\r\nX: y\r\n\r\n") : WEBHOOK_STR("0\r\n\r\n"));
}

static void read_back(webhook_str body, uint32_t seed) {
    size_t cap = 32 * body.len + 128;
    char *block = (char *)fuzz_memory(cap);
    webhook_buf b = webhook_buf_from(block, cap);
    webhook_http_desc d = limits(body.len + (body.len == 0), 64);
    fuzz_story s;
    size_t at;
    webhook_buf_put(&b, WEBHOOK_STR(HEAD_TEXT));
    write_chunks(&b, body, seed);
    require(webhook_buf_end(&b) == WEBHOOK_OK);
    s = fuzz_http(&d, webhook_buf_str(&b), seed);
    require(s.last == WEBHOOK_MORE && s.finish == WEBHOOK_OK);
    at = head_len(&s);
    if (body.len > 0) require(memcmp(s.text + at + 4, body.ptr, body.len) == 0);
    at += body.len > 0 ? 4 + body.len : 0;
    require(s.text[at] == WEBHOOK_HTTP_END);
    free(s.text);
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size);
    webhook_http_desc desc;
    decoder d = WEBHOOK_ZERO;
    fuzz_story whole, other;
    unsigned limit = fuzz_byte(&in);
    uint32_t seed = fuzz_byte(&in) * 256u + fuzz_byte(&in) + 2;
    char *text;
    int verdict;
    d.in = in;
    d.body = (char *)fuzz_memory(in.len);
    d.body_max = limit == 0 ? UINT64_C(16) << 20 : limit == 1 ? UINT64_MAX : limit;
    verdict = decode(&d);
    text = (char *)fuzz_memory(sizeof HEAD_TEXT - 1 + in.len);
    memcpy(text, HEAD_TEXT, sizeof HEAD_TEXT - 1);
    if (in.len > 0) memcpy(text + sizeof HEAD_TEXT - 1, in.ptr, in.len);
    desc = limits(limit == 0 ? 0 : d.body_max, in.len + 64);
    whole = fuzz_http(&desc, webhook_str_from(text, sizeof HEAD_TEXT - 1 + in.len), 0);
    compare(&whole, &d, verdict);
    other = fuzz_http(&desc, webhook_str_from(text, sizeof HEAD_TEXT - 1 + in.len), 1);
    fuzz_same(&whole, &other);
    free(other.text);
    other = fuzz_http(&desc, webhook_str_from(text, sizeof HEAD_TEXT - 1 + in.len), seed);
    fuzz_same(&whole, &other);
    free(other.text);
    read_back(in, seed);
    free(whole.text);
    free(text);
    free(d.body);
    return 0;
}
