/* make fuzz T=request SECONDS=60
 *
 * Input: bytes for limits, line buffer and cuts, then what a client sends. Any split gives the
 * same tokens, the same error at the same byte. A head that is accepted is looked at by hand:
 * exact line ends, no control characters, one Host, one framing; it is written again from its
 * tokens and reads the same.
 */
#include "story.h"

static int is_token(webhook_str s) {
    static const char others[] = "!#$%&'*+-.^_`|~";
    size_t i;
    for (i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c != 0 && strchr(others, c) != NULL)))
            return 0;
    }
    return s.len > 0;
}

static int all_digits(webhook_str s) {
    size_t i;
    for (i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return 0;
    return s.len > 0;
}

static webhook_str cut_line(webhook_str *rest) {
    webhook_str line = *rest;
    size_t i;
    for (i = 0; i + 1 < rest->len && memcmp(rest->ptr + i, "\r\n", 2) != 0;) i++;
    require(i + 1 < rest->len);
    line.len = i;
    *rest = webhook_str_from(rest->ptr + i + 2, rest->len - i - 2);
    for (i = 0; i < line.len; i++)
        require(((unsigned char)line.ptr[i] >= ' ' && line.ptr[i] != 0x7f) || line.ptr[i] == '\t');
    return line;
}

static webhook_str trimmed(webhook_str s) {
    while (s.len > 0 && (*s.ptr == ' ' || *s.ptr == '\t'))
        s = webhook_str_from(s.ptr + 1, s.len - 1);
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) s.len--;
    return s;
}

/* what a head says, taken apart without the library's reader */
typedef struct head {
    int minor, chunked, has_length, hosts;
    uint64_t length;
} head;

static head look(webhook_str text) {
    head h = WEBHOOK_ZERO;
    webhook_str line, name, value;
    size_t spaces = 0, i;
    while ((line = cut_line(&text)).len == 0) {
    } /* blank lines before a request are passed over */
    for (i = 0; i < line.len; i++) spaces += line.ptr[i] == ' ';
    require(spaces == 2 && line.len >= 12);
    require(memcmp(line.ptr + line.len - 9, " HTTP/1.", 8) == 0);
    h.minor = line.ptr[line.len - 1] - '0';
    require(h.minor >= 0 && h.minor <= 9); /* above 1 is as 1 */
    while ((line = cut_line(&text)).len > 0) {
        const char *colon = (const char *)memchr(line.ptr, ':', line.len);
        require(colon != NULL);
        name = webhook_str_from(line.ptr, (size_t)(colon - line.ptr));
        value = trimmed(webhook_str_from(colon + 1, line.len - name.len - 1));
        require(is_token(name));
        h.hosts += webhook_str_ieq(name, WEBHOOK_STR("Host"));
        if (webhook_str_ieq(name, WEBHOOK_STR("Content-Length"))) {
            require(!h.has_length && all_digits(value));
            h.has_length = 1;
            h.length = strtoull(value.ptr, NULL, 10); /* a CR follows */
        }
        if (webhook_str_ieq(name, WEBHOOK_STR("Transfer-Encoding"))) {
            require(!h.chunked && webhook_str_ieq(value, WEBHOOK_STR("chunked")));
            h.chunked = 1;
        }
    }
    require(text.len == 0);
    require(h.minor == 0 ? h.hosts <= 1 : h.hosts == 1);
    require(!(h.chunked && (h.has_length || h.minor == 0)));
    return h;
}

/* The whole input in one piece: each accepted head is looked at, each message written once more. */
typedef struct walk {
    head h;
    uint64_t body;
    webhook_buf again;
    size_t start;
} walk;

static void put_chunk(webhook_buf *b, webhook_str bytes) {
    char text[32];
    snprintf(text, sizeof text, "%lx\r\n", (unsigned long)bytes.len);
    webhook_buf_put(b, webhook_str_from_cstr(text));
    webhook_buf_put(b, bytes);
    webhook_buf_put(b, WEBHOOK_STR("\r\n"));
}

static void step(walk *w, const webhook_http_token *t, webhook_str in, size_t at) {
    if (t->kind == WEBHOOK_HTTP_LINE) {
        w->body = 0;
        require(is_token(t->name) && t->value.len > 0);
        webhook_buf_put(&w->again, t->name);
        webhook_buf_put(&w->again, WEBHOOK_STR(" "));
        webhook_buf_put(&w->again, t->value);
        webhook_buf_put(&w->again,
                        webhook_str_from(in.ptr + at - 11, 11)); /* HTTP/1.x and the line end */
    }
    if (t->kind == WEBHOOK_HTTP_FIELD) webhook_http_put_field(&w->again, t->name, t->value);
    if (t->kind == WEBHOOK_HTTP_HEAD) {
        w->h = look(webhook_str_from(in.ptr + w->start, at - w->start));
        webhook_buf_put(&w->again, WEBHOOK_STR("\r\n"));
    }
    if (t->kind == WEBHOOK_HTTP_BODY) {
        if (w->h.chunked)
            put_chunk(&w->again, t->value);
        else
            webhook_buf_put(&w->again, t->value);
        w->body += t->value.len;
        require(w->h.chunked || w->body <= w->h.length);
    }
    if (t->kind == WEBHOOK_HTTP_END) {
        if (w->h.chunked) webhook_buf_put(&w->again, WEBHOOK_STR("0\r\n\r\n"));
        if (!w->h.chunked) require(w->body == w->h.length);
        w->start = at;
    }
}

static void walk_through(const webhook_http_desc *d, webhook_str in, fuzz_story *first) {
    walk w = WEBHOOK_ZERO;
    webhook_http_ctx c;
    webhook_http_token t;
    webhook_str rest = in, written;
    webhook_http_desc wide = *d, none = *d;
    size_t cap = 4 * in.len + 64; /* a chunk of a byte grows to six */
    char *block = (char *)fuzz_memory(2 * cap);
    fuzz_story second;
    w.again = webhook_buf_from(block, 2 * cap);
    none.line_cap = 0; /* it lies in one piece */
    require(webhook_http_init(&c, &none) == WEBHOOK_OK);
    while (webhook_http_next(&c, &rest, &t) == WEBHOOK_OK) step(&w, &t, in, in.len - rest.len);
    written = webhook_buf_str(&w.again);
    require(webhook_buf_end(&w.again) == WEBHOOK_OK);
    wide.head_max = UINT32_MAX; /* blanks may have been added */
    second = fuzz_http(&wide, written, 0);
    /* the same tokens; where the first ended in an error or within a message, it may be less far */
    require(second.last == WEBHOOK_MORE || second.last == first->last);
    if (first->last == WEBHOOK_MORE && first->finish == WEBHOOK_OK)
        require(second.len == first->len &&
                (first->len == 0 || memcmp(second.text, first->text, first->len) == 0));
    free(second.text);
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size);
    webhook_http_desc d = WEBHOOK_ZERO, narrow;
    unsigned limits = fuzz_byte(&in);
    fuzz_story whole, other;
    uint32_t seed;
    char *memory;
    narrow = d;
    narrow.line_cap = fuzz_byte(&in) % 48;
    narrow.skip_long = limits & 1;
    seed = fuzz_byte(&in) * 256u + fuzz_byte(&in);
    if (limits & 2) d.body_max = limits >> 4;
    if (limits & 4) d.head_max = 20 + (limits >> 3);
    if (limits & 8) d.fields_max = (uint16_t)((limits >> 4) + 1);
    d.skip_long = narrow.skip_long;
    memory = fuzz_copy(in);
    in.ptr = memory;
    d.line_cap = in.len + 1;
    whole = fuzz_http(&d, in, 0);
    other = fuzz_http(&d, in, 1);
    fuzz_same(&whole, &other);
    free(other.text);
    other = fuzz_http(&d, in, seed + 2);
    fuzz_same(&whole, &other);
    free(other.text);
    walk_through(&d, in, &whole);
    /* a short line buffer: less may come out, but no error of another kind */
    other = fuzz_http(&narrow, in, seed);
    require(narrow.skip_long == 0 || other.last != WEBHOOK_ERR_SYNTAX ||
            whole.last != WEBHOOK_MORE || (limits & 14) != 0);
    free(other.text);
    free(whole.text);
    free(memory);
    return 0;
}
