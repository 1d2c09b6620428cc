/* test_http.c -- the reader of HTTP at every cut of its input, what it must refuse; the writer
 *
 * Texts here may hold one ` : it is taken out, and the byte behind it is the one at fault.
 */
#include "test.h"

/* ---- what all of them share ---- */

/* What came out of a reader: one line a token, the pieces of a body joined, and how it ended. */
typedef struct trace {
    char text[12000];        /* len bytes and a NUL */
    size_t len, fed, offset; /* offset: of the fault in all that was fed */
    uint64_t body;           /* bytes */
    webhook_status status, finish;
    unsigned refusal;
    int in_body;
} trace;

static void add(trace *t, const char *s, size_t n) {
    if (!CHECK(n < sizeof t->text - t->len)) return;
    memcpy(t->text + t->len, s, n);
    t->len += n;
    t->text[t->len] = 0;
}

static void add_str(trace *t, webhook_str s) {
    if (s.len > 0) add(t, s.ptr, s.len);
}

static void add_cstr(trace *t, const char *s) {
    add(t, s, strlen(s));
}

static int within(webhook_str s, const char *block, size_t size) {
    return s.len == 0 || (block != NULL && s.ptr >= block && s.ptr + s.len <= block + size);
}

static void add_line(trace *t, const webhook_http_ctx *c, const webhook_http_token *k) {
    char digits[20];
    if (c->desc.response) {
        CHECK(k->status >= 100 && k->status <= 999 && k->name.len == 0);
        snprintf(digits, sizeof digits, "%u", k->status);
        add_cstr(t, digits);
    } else {
        CHECK(k->status == 0 && k->name.len > 0 && k->value.len > 0);
        add_str(t, k->name);
    }
    add_cstr(t, " ");
    add_str(t, k->value);
}

static void add_token(trace *t, const webhook_http_ctx *c, const webhook_http_token *k) {
    static const char letters[] = "?LFSHBE??";
    if (t->in_body && k->kind != WEBHOOK_HTTP_BODY) add_cstr(t, "\n");
    if (!CHECK(k->kind > WEBHOOK_HTTP_NONE && k->kind <= WEBHOOK_HTTP_END)) return;
    if (!t->in_body || k->kind != WEBHOOK_HTTP_BODY) {
        add(t, &letters[k->kind], 1);
        if (k->kind != WEBHOOK_HTTP_HEAD && k->kind != WEBHOOK_HTTP_END) add_cstr(t, " ");
    }
    t->in_body = k->kind == WEBHOOK_HTTP_BODY;
    if (k->kind == WEBHOOK_HTTP_LINE) add_line(t, c, k);
    if (k->kind == WEBHOOK_HTTP_FIELD || k->kind == WEBHOOK_HTTP_SKIPPED) add_str(t, k->name);
    if (k->kind == WEBHOOK_HTTP_FIELD) add_cstr(t, "=");
    CHECK(k->cut <= (k->kind == WEBHOOK_HTTP_SKIPPED));
    if (k->cut) add_cstr(t, "*");
    if (k->kind == WEBHOOK_HTTP_FIELD || t->in_body) add_str(t, k->value);
    if (t->in_body) CHECK(k->value.len > 0);
    if (t->in_body) t->body += k->value.len;
    if (k->kind == WEBHOOK_HTTP_HEAD) {
        if (webhook_http_keep_alive(c)) add_cstr(t, " keep");
        if (webhook_http_expects_continue(c)) add_cstr(t, " expects");
    } else
        CHECK(!t->in_body || !webhook_http_expects_continue(c));
    if (!t->in_body) add_cstr(t, "\n");
}

/* One piece of input, at the end of a page behind which nothing may be read; 1 = more can come. */
static int feed(trace *t, webhook_http_ctx *c, webhook_str piece) {
    webhook_str all = test_guarded(piece), in = all;
    webhook_http_token k;
    for (;;) {
        webhook_str before = in;
        memset(&k, 0xa5, sizeof k);
        t->status = webhook_http_next(c, &in, &k);
        CHECK(in.len <= before.len && (in.len == 0 || in.ptr + in.len == all.ptr + all.len));
        if (t->status != WEBHOOK_OK) break;
        CHECK(within(k.name, all.ptr, all.len) || within(k.name, c->desc.line, c->desc.line_cap));
        CHECK(within(k.value, all.ptr, all.len) || within(k.value, c->desc.line, c->desc.line_cap));
        add_token(t, c, &k);
    }
    CHECK(k.kind == WEBHOOK_HTTP_NONE);
    t->offset = t->fed + (all.len - in.len);
    t->fed += all.len;
    if (t->status == WEBHOOK_MORE) return CHECK_SIZE(in.len, 0);
    return 0;
}

/* The last words of a reader: errors stay, and finish says the same. */
static void close_trace(trace *t, webhook_http_ctx *c) {
    webhook_str in = WEBHOOK_STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), before = in;
    webhook_http_token k;
    t->refusal = webhook_http_refusal(c);
    if (t->in_body) add_cstr(t, "\n");
    if (t->status != WEBHOOK_MORE) {
        CHECK_STATUS(webhook_http_next(c, &in, &k), t->status);
        CHECK(in.ptr == before.ptr && in.len == before.len && k.kind == WEBHOOK_HTTP_NONE);
        CHECK(webhook_http_refusal(c) == t->refusal);
    }
    CHECK((t->refusal != 0) == (t->status < 0 && t->status != WEBHOOK_ERR_CLOSED));
    t->finish = webhook_http_finish(c);
    if (t->refusal != 0) CHECK_STATUS(t->finish, t->status);
}

/* text cut at a and at b, or at each byte where b is 0; cap bytes of line in their own block */
static trace *trace_of(webhook_str text, size_t a, size_t b, const webhook_http_desc *d,
                       size_t cap) {
    static trace t[2];
    static unsigned which;
    trace *now = &t[which++ % 2];
    webhook_http_desc desc = *d;
    webhook_http_ctx c;
    char *line = (char *)malloc(cap == 0 ? 1 : cap);
    size_t at, next;
    if (line == NULL) abort();
    desc.line = cap == 0 ? NULL : line;
    desc.line_cap = cap;
    now->len = now->fed = now->offset = 0;
    now->body = 0;
    now->in_body = 0;
    now->text[0] = 0;
    CHECK_STATUS(webhook_http_init(&c, &desc), WEBHOOK_OK);
    for (at = 0;; at = next) {
        next = b == 0 ? at + 1 : at < a ? a : at < b ? b : text.len;
        if (next > text.len) next = text.len;
        if (!feed(now, &c, webhook_str_from(text.ptr + at, next - at)) || next == text.len) break;
    }
    close_trace(now, &c);
    free(line);
    return now;
}

/* How long the longest line is, with its end: what a line buffer must hold. */
static size_t longest_line(webhook_str text) {
    size_t i, from = 0, longest = 0;
    for (i = 0; i < text.len; i++) {
        if (i + 1 - from > longest) longest = i + 1 - from;
        if (text.ptr[i] == '\n') from = i + 1;
    }
    return longest;
}

static int print_text(webhook_str text, size_t a, size_t b) {
    size_t i;
    printf("  cut at %lu and %lu: ", (unsigned long)a, (unsigned long)b);
    for (i = 0; i < text.len && i < 400; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= ' ' && c < 127)
            putchar(c);
        else
            printf("\\x%02x", c);
    }
    putchar('\n');
    return 0;
}

static int same_trace(const trace *x, const trace *y) {
    return CHECK_STATUS(x->status, y->status) & CHECK_STATUS(x->finish, y->finish) &
           CHECK_SIZE(x->offset, y->offset) & CHECK_SIZE(x->refusal, y->refusal) &
           CHECK(x->len == y->len && memcmp(x->text, y->text, x->len) == 0);
}

/* The text is read whole, byte by byte, and cut at every index and pair of them: it must come to
 * the same. Answers what came out of the whole. */
static const trace *everywhere(webhook_str text, const webhook_http_desc *d) {
    static trace whole;
    size_t a, b, cap = longest_line(text), step = test_stride();
    whole = *trace_of(text, text.len, text.len, d, cap);
    if (!same_trace(trace_of(text, 0, 0, d, cap), &whole)) {
        print_text(text, 0, 0);
        return &whole;
    }
    for (a = 1; a<text.len; a += text.len> 2000 ? step : 1)
        if (!same_trace(trace_of(text, a, text.len, d, cap), &whole)) {
            print_text(text, a, text.len);
            return &whole;
        }
    if (text.len > 120) return &whole;
    for (a = 1; a < text.len; a++)
        for (b = a + 1 + (size_t)(test_random() % step); b < text.len; b += step)
            if (!same_trace(trace_of(text, a, b, d, cap), &whole)) {
                print_text(text, a, b);
                return &whole;
            }
    return &whole;
}

/* The text without its mark; *at is where that stood, SIZE_MAX where there is none. */
static webhook_str unmark(webhook_str marked, size_t *at) {
    static char text[9000];
    size_t i, n = 0;
    *at = SIZE_MAX;
    CHECK(marked.len <= sizeof text);
    for (i = 0; i < marked.len; i++)
        if (marked.ptr[i] == '`')
            *at = n;
        else
            text[n++] = marked.ptr[i];
    return webhook_str_from(text, n);
}

#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

static const webhook_http_desc requests = WEBHOOK_ZERO;

static webhook_http_desc responses(void) {
    webhook_http_desc d = WEBHOOK_ZERO;
    d.response = 1;
    return d;
}

/* Behind the end of a message that ends the connection nothing is read, not even nothing. */
static webhook_status when_all_is_taken(const trace *t) {
    const char *head = t->text, *next;
    while ((next = strstr(head, "\nH")) != NULL) head = next + 1;
    if (t->len < 3 || strcmp(t->text + t->len - 3, "\nE\n") != 0) return WEBHOOK_MORE;
    return strncmp(head, "H keep", 6) == 0 ? WEBHOOK_MORE : WEBHOOK_ERR_CLOSED;
}

/* All of the text is taken, and this comes out. */
static void reads_as_str(webhook_str text, const webhook_http_desc *d, const char *wanted,
                         webhook_status finish) {
    const trace *t = everywhere(text, d);
    int ok = CHECK_STATUS(t->status, when_all_is_taken(t)) & CHECK_STATUS(t->finish, finish);
    ok &= CHECK_SIZE(t->offset, text.len);
    ok &= CHECK_STR(webhook_str_from(t->text, t->len), wanted);
    if (!ok) print_text(text, text.len, text.len);
}

static void reads_as(const char *text, const char *wanted) {
    reads_as_str(webhook_str_from_cstr(text), &requests, wanted, WEBHOOK_OK);
}

static void answer_reads_as(const char *text, const char *wanted) {
    webhook_http_desc d = responses();
    reads_as_str(webhook_str_from_cstr(text), &d, wanted, WEBHOOK_OK);
}

/* Refused at the mark, with this HTTP status. */
static const trace *refused_str(webhook_str marked, const webhook_http_desc *d, unsigned refusal) {
    size_t at;
    webhook_str text = unmark(marked, &at);
    const trace *t = everywhere(text, d);
    int ok = CHECK_STATUS(t->status, refusal == 400 ? WEBHOOK_ERR_SYNTAX : WEBHOOK_ERR_LIMIT);
    ok &= CHECK_SIZE(t->refusal, refusal);
    if (at != SIZE_MAX) ok &= CHECK_SIZE(t->offset, at);
    if (!ok) print_text(text, text.len, text.len);
    return t;
}

/* Refused within the head: nobody has been told that it is complete. */
static void refused(const char *marked) {
    const trace *t = refused_str(webhook_str_from_cstr(marked), &requests, 400);
    CHECK(t->body == 0 && strstr(t->text, "\nH") == NULL);
}

static void answer_refused(const char *marked) {
    webhook_http_desc d = responses();
    const trace *t = refused_str(webhook_str_from_cstr(marked), &d, 400);
    CHECK(t->body == 0);
}

/* Refused within the body. */
static void body_refused(const char *body) {
    char text[600];
    webhook_http_desc d = responses();
    int n = snprintf(text, sizeof text,
                     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%s", body);
    refused_str(webhook_str_from(text, (size_t)n), &requests, 400);
    n = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s",
                 body);
    refused_str(webhook_str_from(text, (size_t)n), &d, 400);
}

static void body_reads_as(const char *body, const char *wanted) {
    char text[600], all[600];
    snprintf(text, sizeof text,
             "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%s", body);
    snprintf(all, sizeof all, "L POST /\nF Host=a\nF Transfer-Encoding=chunked\nH keep\n%s",
             wanted);
    reads_as(text, all);
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s", body);
    snprintf(all, sizeof all, "L 200 OK\nF Transfer-Encoding=chunked\nH keep\n%s", wanted);
    answer_reads_as(text, all);
}

static int is_token_char(unsigned c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && c < 128 && strchr("!#$%&'*+-.^_`|~", (int)c) != NULL);
}

/* ---- the published rows ---- */

/* Where we answer otherwise than picohttpparser, on purpose. */
static const struct stricter {
    const char *id, *answer, *reason;
} stricter[] = {
    { "pico/test_request#5", "reject", "a folded line" },
    { "pico/test_request#30", "reject", "a target that is not ASCII" },
    { "pico/test_request#34", "reject", "several blanks between the words of the first line" },
    { "pico/test_response#38", "reject", "a folded line" },
    { "pico/test_response#50", "reject", "a bare LF" },
    { "pico/test_response#63", "reject", "several blanks between the words of the first line" },
    { "pico/chunked_failure#2", "reject", "a size that no limit lets pass" },
    { "pico/chunked#11", "incomplete", "the blank line behind the last chunk is part of it" },
    { "pico/chunked#12", "incomplete", "the same" },
    { "pico/chunked#13", "incomplete", "the same" },
    { "pico/chunked#14", "reject", "a blank within the line of a chunk's size" },
    { "pico/chunked#15", "incomplete", "the blank line" },
    { "pico/chunked#21", "reject", "a bare LF" },
    { "pico/chunked#22", "reject", "a bare LF" },
};
#define N_STRICTER (sizeof stricter / sizeof stricter[0])

static size_t stricter_used;

/* "id words" is that id; rows of one table are told apart by the number. */
static int is_row(const char *id, const char *wanted) {
    size_t n = strlen(wanted);
    return strncmp(id, wanted, n) == 0 && (id[n] == ' ' || id[n] == 0);
}

static const char *our_answer(const char *id, const char *theirs) {
    size_t i;
    for (i = 0; i < N_STRICTER; i++)
        if (is_row(id, stricter[i].id)) {
            stricter_used++;
            if (!CHECK(strcmp(stricter[i].answer, theirs) != 0)) printf("  %s\n", id);
            return stricter[i].answer;
        }
    return theirs;
}

/* accept: the head (of a body: the end) has come; incomplete: more is wanted; reject: an error */
static void judge(const char *id, const char *theirs, const char *done, webhook_str text,
                  const webhook_http_desc *d, webhook_str decoded) {
    const trace *t = everywhere(text, d);
    const char *ours = our_answer(id, theirs);
    int has_done = t->len >= strlen(done) && strstr(t->text, done) != NULL, ok = 1;
    char last[120];
    if (strcmp(ours, "reject") == 0)
        ok = CHECK(t->status == WEBHOOK_ERR_SYNTAX || t->status == WEBHOOK_ERR_LIMIT) &
             CHECK(t->refusal != 0);
    else
        ok = CHECK_STATUS(t->status, when_all_is_taken(t)) &
             CHECK(has_done == (strcmp(ours, "accept") == 0));
    if (strcmp(ours, "incomplete") == 0) ok &= CHECK_STATUS(t->finish, WEBHOOK_ERR_TRUNCATED);
    if (decoded.len > 0 && strcmp(ours, "reject") != 0) {
        snprintf(last, sizeof last, "B %.*s\n", (int)decoded.len, decoded.ptr);
        ok &= CHECK(strstr(t->text, last) != NULL);
    }
    if (!ok) printf("  %s: %s\n", id, ours);
}

static void one_row(char **field, size_t n) {
    static char text[3000];
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_str input, decoded = WEBHOOK_STR("");
    const char *id = field[0], *kind = field[1], *before = "", *done = "\nH";
    char *hex = n > 4 ? strstr(field[4], "decoded=") : NULL;
    if (!CHECK(n >= 4)) return;
    if (hex != NULL) {
        hex += strlen("decoded=");
        hex[strcspn(hex, " ")] = 0;
        decoded = test_unhex(hex);
    }
    input = test_unhex(field[2]);
    d.body_max = UINT64_MAX;
    d.response = strcmp(kind, "response") == 0;
    if (strcmp(kind, "headers") == 0) before = "GET / HTTP/1.1\r\n";
    if (strcmp(kind, "chunked-body") == 0) {
        before = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        done = "\nE";
    }
    n = strlen(before);
    if (!CHECK(n + input.len < sizeof text)) return;
    memcpy(text, before, n);
    memcpy(text + n, input.ptr, input.len);
    judge(id, field[3], done, webhook_str_from(text, n + input.len), &d, decoded);
}

static void published_rows(void) {
    stricter_used = 0;
    CHECK_SIZE(test_rows("http.tsv", '\t', one_row), 89);
    CHECK_SIZE(stricter_used, N_STRICTER);
}

/* ---- messages that are accepted ---- */

static void plain_requests(void) {
    reads_as("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "L GET /\nF Host=a\nH keep\nE\n");
    reads_as("GET / HTTP/1.0\r\n\r\n", "L GET /\nH\nE\n");
    reads_as("POST /in?x=%20&y HTTP/1.1\r\nHost:a:80\r\nContent-Length: 5\r\n\r\nhello",
             "L POST /in?x=%20&y\nF Host=a:80\nF Content-Length=5\nH keep\nB hello\nE\n");
    reads_as("POST / HTTP/1.1\r\nhost: a\r\ncontent-LENGTH:\t 0 \t\r\n\r\n",
             "L POST /\nF host=a\nF content-LENGTH=0\nH keep\nE\n");
    reads_as("M-X!~ /* HTTP/1.1\r\nHost: [::1]:8080\r\nA:\r\nB: \t \r\nC: x \t y\r\n\r\n",
             "L M-X!~ /*\nF Host=[::1]:8080\nF A=\nF B=\nF C=x \t y\nH keep\nE\n");
    reads_as("GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xbc\xff\x80\r\n!#$%&'*+-.^_|~: :;,=\r\n\r\n",
             "L GET /\nF Host=a\nF X=\xc3\xbc\xff\x80\nF !#$%&'*+-.^_|~=:;,=\nH keep\nE\n");
    reads_as("GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
             "L GET http://a/b\nF Host=a\nH keep\nE\n");
    reads_as("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "L OPTIONS *\nF Host=a\nH keep\nE\n");
}

static void chunked_bodies(void) {
    body_reads_as("0\r\n\r\n", "E\n");
    body_reads_as("5\r\nhello\r\n0\r\n\r\n", "B hello\nE\n");
    body_reads_as("5\r\nhello\r\n1\r\n \r\n00005\r\nworld\r\n000\r\n\r\n", "B hello world\nE\n");
    body_reads_as("a\r\n0123456789\r\nB\r\n01234567890\r\n0\r\n\r\n",
                  "B 012345678901234567890\nE\n");
    body_reads_as("2\r\n\r\n\r\n0\r\n\r\n", "B \r\n\nE\n");
    body_reads_as("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "B hello\nE\n");
    body_reads_as("5;a=b\r\nhello\r\n0;c=\"d\"\r\n\r\n", "B hello\nE\n");
    body_reads_as("5\r\nhello\r\n0\r\nA: b\r\nC:\td\r\n\r\n", "B hello\nE\n");
    reads_as(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tCHUNKED \t\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "L POST /\nF Host=a\nF Transfer-Encoding=CHUNKED\nH keep\nB x\nE\n");
}

static void plain_responses(void) {
    answer_reads_as("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                    "L 200 OK\nF Content-Length=2\nH keep\nB ok\nE\n");
    answer_reads_as("HTTP/1.1 404 Not Found at all\r\nContent-Length: 0\r\n\r\n",
                    "L 404 Not Found at all\nF Content-Length=0\nH keep\nE\n");
    answer_reads_as("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
                    "L 200 \nF Content-Length=0\nH keep\nE\n");
    answer_reads_as("HTTP/1.1 200 \xc3\xbc\tx\r\nContent-Length: 0\r\n\r\n",
                    "L 200 \xc3\xbc\tx\nF Content-Length=0\nH keep\nE\n");
    answer_reads_as("HTTP/1.1 599 x\r\nContent-Length: 1\r\n\r\nyHTTP/1.0 200 OK\r\n\r\nrest",
                    "L 599 x\nF Content-Length=1\nH keep\nB y\nE\nL 200 OK\nH\nB rest\n");
}

/* Several messages in one input, of each kind of body. */
static void messages_follow_each_other(void) {
    reads_as("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n",
             "L GET /1\nF Host=a\nH keep\nE\nL GET /2\nF Host=b\nH keep\nE\n");
    reads_as("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nGETGET /2 HTTP/1.1\r\nHost: "
             "b\r\n\r\n",
             "L POST /1\nF Host=a\nF Content-Length=3\nH keep\nB GET\nE\nL GET /2\nF Host=b\nH "
             "keep\nE\n");
    reads_as("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n0\r\nT: "
             "u\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 1\r\nHost: b\r\n\r\nx",
             "L POST /1\nF Host=a\nF Transfer-Encoding=chunked\nH keep\nB GET\nE\nL POST /2\nF "
             "Content-Length=1\nF Host=b\nH keep\nB x\nE\n");
}

/* RFC 9112 2.2: one empty line before a request is let pass. */
static void one_blank_line_before_a_request(void) {
    reads_as("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "L GET /\nF Host=a\nH keep\nE\n");
    reads_as("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\nGET / HTTP/1.1\r\nHost: "
             "a\r\n\r\n",
             "L POST /\nF Host=a\nF Content-Length=1\nH keep\nB x\nE\nL GET /\nF Host=a\nH "
             "keep\nE\n");
    refused("`\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("\r`GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("\r\n`\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    refused("` GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    answer_refused("`\r\nHTTP/1.1 200 OK\r\n\r\n");
}

/* ---- row 24: which body, whose host ---- */

static void attack_24_length_and_coding(void) {
    refused(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding: chunked\r\nA: b\r\ncontent-length: x\r\n\r\n0\r\n\r\n");
    refused("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: "
            "keep-alive\r\n\r\n0\r\n\r\n");
    answer_refused("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
    answer_refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n");
    answer_refused("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

/* Each value in a request and in an answer. */
static void refused_in_both(const char *field, const char *values) {
    const char *list, *one;
    char text[300];
    for (list = values; (one = test_next(&list)) != NULL;) {
        snprintf(text, sizeof text, POST "%s: %s\r\n\r\n0\r\n\r\n", field, one);
        refused(text);
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s: %s\r\n\r\n0\r\n\r\n", field, one);
        answer_refused(text);
    }
}

static void attack_24_lengths(void) {
    static const char malformed[] =
        "+5|-5|-0|0x5|0x10|5 6|5\t6|5,5|5, 5|5;|5.0|5e0|1_0|| |x|5x|x5|,5|5,|\"5\"|0b1|"
        "\xd9\xa5|\xc2\xb2|1,234|5\x80|18446744073709551616x|99999999999999999999999 9";
    static const char large[] =
        "18446744073709551615|18446744073709551616|18446744073709551621|36893488147419103237|"
        "99999999999999999999999999|100000000000000000000000000000000000000000000000000000005";
    const char *list, *one;
    char text[300];
    refused(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello");
    refused(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
    refused(POST "Content-Length: 0\r\nA: b\r\ncontent-length: 0\r\n\r\n");
    answer_refused("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok");
    refused_in_both("Content-Length", malformed);
    for (list = large; (one = test_next(&list)) != NULL;) {
        webhook_http_desc d = WEBHOOK_ZERO;
        d.body_max = UINT64_MAX;
        snprintf(text, sizeof text, POST "Content-Length: %s\r\n\r\nhello", one);
        CHECK(refused_str(webhook_str_from_cstr(text), &d, 413)->body == 0);
    }
    reads_as(POST "Content-Length: 000000000000000000000000000000000005\r\n\r\nhello",
             "L POST /\nF Host=a\nF Content-Length=000000000000000000000000000000000005\nH keep\nB "
             "hello\nE\n");
}

static void attack_24_codings(void) {
    refused_in_both(
        "Transfer-Encoding",
        ",chunked|xchunked|chunkedx|chunked, chunked|chunked,chunked|gzip, chunked|gzip|"
        "chunked, gzip|identity|identity, chunked|| |chunked,|, chunked|chunked;q=1|"
        "chunked ;|chunked; x=y|\"chunked\"|'chunked'|chun ked|chunked chunked|chunke|"
        "chunked\xc2\xa0|\302\240chunked|\xc4\xb1hunked|trailers|0|chunked\tx");
    refused(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding: chunked\r\nA: b\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding: \r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding` : chunked\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding`\t: chunked\r\n\r\n0\r\n\r\n");
    refused(POST "` Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused(POST "`\tTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding: chunked`\x0b\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding: `\x0c"
                 "chunked\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding: `\nchunked\r\n\r\n0\r\n\r\n");
    refused(POST "Transfer-Encoding:`\r\n chunked\r\n\r\n0\r\n\r\n");
    refused(POST "`: chunked\r\n\r\n0\r\n\r\n");
    /* other names are other fields */
    reads_as(POST "Transfer_Encoding: chunked\r\nXTransfer-Encoding: x\r\nTransfer-Encodin: "
                  "y\r\nContent-Lengths: z\r\nContent-Lengt: 9\r\n\r\n",
             "L POST /\nF Host=a\nF Transfer_Encoding=chunked\nF XTransfer-Encoding=x\nF "
             "Transfer-Encodin=y\nF Content-Lengths=z\nF Content-Lengt=9\nH keep\nE\n");
}

static void attack_24_hosts(void) {
    static const char bad[] =
        "a b|a/b|a@b|u@a|a, a|a\\b|a?b|a#b|http://a|a:b|a:80:80|a:+80|a:-1|a:8 0|:80|[::1|::1]|"
        "[::1]x|[]|[]:x|a\tb|a\"|<a>|a\xc3\xbc|a:80/|[::1 ]|a[b]|[v1.x]|[::1%25eth0]|[::g]||\t ";
    static const char good[] =
        "a|A.b-c_d.example|a:80|a:8080|1.2.3.4:80|[::1]|[2001:DB8::1]:443|xn--bcher-kva.example|"
        "localhost|a:65535|10.0.0.1|a:|[::ffff:1.2.3.4]|a!$&'()*+,;=~b";
    const char *list, *one;
    char text[200], wanted[200];
    refused("GET / HTTP/1.1\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHosts: a\r\nXHost: a\r\nHos: a\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nhOST: c\r\n\r\n");
    refused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n");
    refused("GET / HTTP/1.0\r\nHost: a b\r\n\r\n");
    refused("GET http://a/ HTTP/1.1\r\n\r\n");
    for (list = bad; (one = test_next(&list)) != NULL;) {
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", one);
        refused(text);
    }
    for (list = good; (one = test_next(&list)) != NULL;) {
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost:\t%s \r\n\r\n", one);
        snprintf(wanted, sizeof wanted, "L GET /\nF Host=%s\nH keep\nE\n", one);
        reads_as(text, wanted);
    }
    answer_reads_as("HTTP/1.1 204 x\r\nHost: a b\r\nHost:\r\nExpect: x\r\n\r\n",
                    "L 204 x\nF Host=a b\nF Host=\nF Expect=x\nH keep\nE\n");
}

/* A name that differs in one letter from one that frames is any other field. */
static void names_that_are_nearly_others(void) {
    static const char names[] = "Content-Length|Transfer-Encoding|Connection|Expect|Host";
    const char *list, *one;
    for (list = names; (one = test_next(&list)) != NULL;) {
        size_t i;
        for (i = 0; i <= strlen(one); i++) {
            char name[30], text[200], wanted[200];
            snprintf(name, sizeof name, "%s", one);
            name[i] = 'q';
            name[i == strlen(one) ? i + 1 : strlen(one)] = 0;
            snprintf(text, sizeof text, POST "%s: close, 100-continue\r\n\r\n", name);
            snprintf(wanted, sizeof wanted,
                     "L POST /\nF Host=a\nF %s=close, 100-continue\nH keep\nE\n", name);
            reads_as(text, wanted);
        }
    }
}

/* ---- row 25: chunks ---- */

static void attack_25_chunk_sizes(void) {
    body_refused("0`_2e\r\n");
    body_refused("`-0x0\r\n\r\n");
    body_refused("`-1\r\nx\r\n");
    body_refused("1`Z\r\nx\r\n");
    body_refused("`+1\r\nx\r\n");
    body_refused("0`x1\r\nx\r\n");
    body_refused("`\r\nx\r\n");
    body_refused("` 1\r\nx\r\n");
    body_refused("`\t1\r\nx\r\n");
    body_refused("`;a=b\r\nx\r\n");
    body_refused("`g\r\n");
    body_refused("`\x80\r\n");
    body_refused("1`.0\r\n");
    body_refused("1`,1\r\n");
    body_refused("1`\nx\r\n0\r\n\r\n");
    body_refused("1\r`Xx\r\n");
    body_refused("1\r`\r\nx\r\n");
    body_refused("`\n1\r\nx\r\n");
    body_refused("0000000000000000`0\r\n\r\n");
    body_refused("0000000000000000`1\r\nx\r\n0\r\n\r\n");
    body_refused("1` 1\r\nx\r\n");
    body_refused("1;a`\nb\r\nx\r\n0\r\n\r\n");
    body_refused("1;a\r`Xb\r\nx\r\n0\r\n\r\n");
    body_refused("1;a`\x01\r\nx\r\n0\r\n\r\n");
    body_refused("1;a`\x7f\r\nx\r\n0\r\n\r\n");
}

static void attack_25_chunk_ends(void) {
    body_refused("1\r\nx`1\r\ny\r\n0\r\n\r\n");
    body_refused("1\r\nx`\n0\r\n\r\n");
    body_refused("1\r\nx\r`X0\r\n\r\n");
    body_refused("1\r\nx\r`\r\n0\r\n\r\n");
    body_refused("1\r\nx`yz\r\n0\r\n\r\n");
    body_refused("0\r\n`\n");
    body_refused("0`\n\r\n");
    body_refused("0\r`\r\n");
    body_refused("0\r\n\r`X");
    body_refused("0\r\n0`\r\n\r\n");
}

/* Trailers are checked like fields, and nothing that they say counts. */
static void attack_25_trailers(void) {
    body_refused("0\r\nA`\r\n\r\n");
    body_refused("0\r\n`: b\r\n\r\n");
    body_refused("0\r\nA` : b\r\n\r\n");
    body_refused("0\r\n` A: b\r\n\r\n");
    body_refused("0\r\nA: b\r\n` c\r\n\r\n");
    body_refused("0\r\nA: `\x01\r\n\r\n");
    body_refused("0\r\nA: b`\n\r\n");
    body_refused("0\r\nA: b\r`X\r\n");
    body_refused("0\r\nA`\x80: b\r\n\r\n");
    body_refused("0\r\nA: b`\x7f\r\n\r\n");
    body_refused("0\r\nA: b\r\n`\n");
}

static void a_million_chunks_of_one_byte(void) {
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    trace t;
    size_t i;
    char some[6 * 64];
    memset(&t, 0, sizeof t);
    CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_OK);
    for (i = 0; i < 64; i++) memcpy(some + 6 * i, "1\r\nx\r\n", 6);
    feed(&t, &c, WEBHOOK_STR(POST "Transfer-Encoding: chunked\r\n\r\n"));
    for (i = 0; i < 1000000 / 64; i++) {
        t.len = 0;
        if (!feed(&t, &c, webhook_str_from(some, sizeof some))) break;
    }
    CHECK_STATUS(t.status, WEBHOOK_ERR_LIMIT);
    CHECK(t.body > 1000 && t.body < 200000);
    CHECK(webhook_http_refusal(&c) == 413 || webhook_http_refusal(&c) == 400);
    CHECK(webhook_http_keep_alive(&c) == 0);
}

/* Honest senders of chunks are not taken for attackers: 1 MiB in pieces of 512 bytes. */
static void many_chunks_of_some_size(void) {
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    trace t;
    size_t i;
    char chunk[5 + 512 + 2];
    memset(&t, 0, sizeof t);
    memset(chunk, 'x', sizeof chunk);
    memcpy(chunk, "200\r\n", 5);
    memcpy(chunk + 5 + 512, "\r\n", 2);
    CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_OK);
    feed(&t, &c, WEBHOOK_STR(POST "Transfer-Encoding: chunked\r\n\r\n"));
    for (i = 0; i < 2048; i++) {
        t.len = 0;
        if (!feed(&t, &c, webhook_str_from(chunk, sizeof chunk))) break;
    }
    t.len = 0;
    feed(&t, &c, WEBHOOK_STR("0\r\n\r\n"));
    CHECK_STATUS(t.status, WEBHOOK_MORE);
    CHECK(t.body == 1048576 && t.len == 3 && t.text[1] == 'E');
}

/* ---- row 26: lines ---- */

static void attack_26_lines(void) {
    refused("GET / HTTP/1.1`\nHost: a\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a`\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\n`\n");
    refused("GET / HTTP/1.1\r\nHost: a\r`\r\n\r\n");
    refused("GET / HTTP/1.1\r`Host: a\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r`b\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\n\r`x");
    refused("GET / HTTP/1.1\r\nHost: a\r\n` b\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\n`\tb\r\n\r\n");
    refused("GET / HTTP/1.1\r\n` Host: a\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost` : a\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nX`\t: a\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nX`\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\n`:x\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nX: b`\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nX: b\r`c\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\nX`(y): b\r\n\r\n");
    refused("GET / HTTP/1.1\r\nHost: a\r\n`\"X\": b\r\n\r\n");
    answer_refused("HTTP/1.1 200 OK`\nContent-Length: 0\r\n\r\n");
    answer_refused("HTTP/1.1 200 OK\r\nA: b`\n\r\n");
    answer_refused("HTTP/1.1 200 OK\r\nA: b\r\n` c\r\n\r\n");
    answer_refused("HTTP/1.1 200 OK\r\nA` : b\r\n\r\n");
    answer_refused("HTTP/1.1 200 OK\r\n` A: b\r\n\r\n");
}

static void first_lines_that_are_refused(void) {
    static const char rows[] =
        "GET|GET /|GET / |GET  / HTTP/1.1|GET /  HTTP/1.1|GET / HTTP/1.1 | GET / HTTP/1.1|"
        "GET\t/ HTTP/1.1|GET /\tHTTP/1.1|GET  HTTP/1.1|GET / HTTP|GET / HTTP/|GET / HTTP/1|"
        "GET / HTTP/1.|GET / HTTP/1.11|GET / HTTP/01.1|GET / HTTP/2.0|GET / HTTP/0.9|GET / HTTP/2|"
        "GET / http/1.1|GET / Http/1.1|GET / HTTP/1,1|GET / HTTP 1.1|GET / HTTP/1.x|"
        "GET / HTTP/-1.1|GET / HTTPS/1.1|GET / XHTTP/1.1|GET / HTTP/1.1 x|GET / x HTTP/1.1|"
        "GET /\xc3\xbc HTTP/1.1|G\xc3\x89T / HTTP/1.1|G(T / HTTP/1.1|GET:/ HTTP/1.1|/ HTTP/1.1|"
        "GET HTTP/1.1 /|HTTP/1.1 200 OK|PRI * HTTP/2.0|GET / HTTP/1.1x|\x16\x03\x01\x02\x01\x01";
    static const char answers[] =
        "HTTP/1.1|HTTP/1.1 |HTTP/1.1 20|HTTP/1.1 2000|HTTP/1.1 1000 x|HTTP/1.1 099 x|"
        "HTTP/1.1 000 x|HTTP/1.1 20 OK|HTTP/1.1 2x0 OK|HTTP/1.1 -20 OK|HTTP/1.1 +20 OK|"
        "HTTP/1.1  200 OK|HTTP/1.1\t200 OK|HTTP/1.1 200\tOK|HTTP/1.1200 OK|HTTP/1.1 200OK|"
        "HTTP/2 200|HTTP/2.0 200 OK|HTTP/0.9 200 OK|http/1.1 200 OK| HTTP/1.1 200 OK|ICY 200 OK|"
        "HTTP/1.11 200 OK|HTTP/1 200 OK|GET / HTTP/1.1|HTTP/1.1 200 O\x01K|HTTP/1.1 200 O\x7fK|"
        "HTTPS/1.1 200 OK|220 smtp ESMTP|SSH-2.0-x|HTTP/1.1 101 Switching Protocols";
    const char *list, *one;
    char text[200];
    for (list = rows; (one = test_next(&list)) != NULL;) {
        snprintf(text, sizeof text, "%s\r\nHost: a\r\n\r\n", one);
        refused(text);
    }
    for (list = answers; (one = test_next(&list)) != NULL;) {
        snprintf(text, sizeof text, "%s\r\nContent-Length: 0\r\n\r\n", one);
        answer_refused(text);
    }
    reads_as("GET /\"#<>\\^{|}~ HTTP/1.9\r\nHost: a\r\n\r\n",
             "L GET /\"#<>\\^{|}~\nF Host=a\nH keep\nE\n");
    answer_reads_as("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
                    "L 200 \nF Content-Length=0\nH keep\nE\n");
    answer_reads_as("HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n",
                    "L 999 x\nF Content-Length=0\nH keep\nE\n");
}

/* Every byte value at one place of a message: what fits there, and the fault is at that place. */
static void one_byte_at(const char *before, unsigned c, const char *behind, int response,
                        int fits) {
    char text[200];
    webhook_http_desc d = WEBHOOK_ZERO;
    size_t n = strlen(before);
    const trace *t;
    memcpy(text, before, n);
    text[n] = (char)c;
    memcpy(text + n + 1, behind, strlen(behind));
    d.response = (uint8_t)response;
    t = everywhere(webhook_str_from(text, n + 1 + strlen(behind)), &d);
    CHECK_STATUS(t->status, fits ? when_all_is_taken(t) : WEBHOOK_ERR_SYNTAX);
    if (!fits && !CHECK_SIZE(t->offset, n)) print_text(webhook_str_from(text, n + 1), c, 0);
}

static void every_byte_in_every_place(void) {
    unsigned c, first = (unsigned)(test_random() % test_stride());
    for (c = first; c < 256; c += test_stride()) {
        int in_value = c == '\t' || (c >= ' ' && c != 127);
        if (c != ' ') one_byte_at("GE", c, "T / HTTP/1.1\r\nHost: a\r\n\r\n", 0, is_token_char(c));
        if (c != ' ')
            one_byte_at("GET /", c, "b HTTP/1.1\r\nHost: a\r\n\r\n", 0, c > ' ' && c < 127);
        if (c != ':')
            one_byte_at("GET / HTTP/1.1\r\nHost: a\r\nX", c, "Y: z\r\n\r\n", 0, is_token_char(c));
        if (c != '\r')
            one_byte_at("GET / HTTP/1.1\r\nHost: a\r\nX: y", c, "z\r\n\r\n", 0, in_value);
        if (c != '\r') one_byte_at("HTTP/1.1 204 N", c, "o\r\n\r\n", 1, in_value);
        if (c != '\r') one_byte_at("HTTP/1.1 204 No\r\nA: ", c, "o\r\n\r\n", 1, in_value);
        one_byte_at("GET / HTTP/1.1\r\nHost: a\r", c, "\r\n", 0, c == '\n');
        one_byte_at("HTTP/1.1 204 No\r\n\r", c, "", 1, c == '\n');
        one_byte_at("HTTP/1.", c, " 204 No\r\n\r\n", 1, c >= '0' && c <= '9');
    }
}

/* ---- row 27: answers ---- */

static void attack_27_interim_answers(void) {
    answer_reads_as("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
                    "L 100 Continue\nH keep\nE\nL 200 OK\nF Content-Length=1\nH keep\nB x\nE\n");
    answer_reads_as("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 204 "
                    "\r\n\r\n",
                    "L 103 Early\nF Link=x\nH keep\nE\nL 102 \nH keep\nE\nL 204 \nH keep\nE\n");
}

static void attack_27_answers_without_a_body(void) {
    webhook_http_desc d = responses();
    answer_reads_as("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/1.1 304 Not "
                    "Modified\r\nContent-Length: 7\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
                    "L 204 No Content\nF Content-Length=5\nH keep\nE\nL 304 Not Modified\nF "
                    "Content-Length=7\nH keep\nE\nL 204 x\nH keep\nE\n");
    d.no_body = 1;
    reads_as_str(WEBHOOK_STR("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), &d,
                 "L 200 OK\nF Content-Length=99999999999\nH keep\nE\n", WEBHOOK_OK);
    reads_as_str(WEBHOOK_STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), &d,
                 "L 200 OK\nF Transfer-Encoding=chunked\nH keep\nE\n", WEBHOOK_OK);
    reads_as_str(WEBHOOK_STR("HTTP/1.1 200 OK\r\n\r\n"), &d, "L 200 OK\nH keep\nE\n", WEBHOOK_OK);
}

static void attack_27_body_until_close(void) {
    webhook_http_desc d = responses();
    answer_reads_as("HTTP/1.1 200 OK\r\n\r\nall of it", "L 200 OK\nH\nB all of it\n");
    answer_reads_as("HTTP/1.1 200 OK\r\n\r\n", "L 200 OK\nH\n");
    answer_reads_as("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nx",
                    "L 200 OK\nF Connection=keep-alive\nH\nB x\n");
    d.body_max = 4;
    reads_as_str(WEBHOOK_STR("HTTP/1.1 200 OK\r\n\r\n1234"), &d, "L 200 OK\nH\nB 1234\n",
                 WEBHOOK_OK);
    refused_str(WEBHOOK_STR("HTTP/1.1 200 OK\r\n\r\n1234`5"), &d, 413);
    reads_as_str(WEBHOOK_STR("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n12"), &d,
                 "L 200 OK\nF Content-Length=3\nH keep\nB 12\n", WEBHOOK_ERR_TRUNCATED);
}

/* Row 32: what is encoded stays as it is. */
static void attack_32_encoded_bodies_are_opaque(void) {
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n"
        "\x1f\x8b\x08\0\0\0\0\0\0\x03\r\n";
    static const char wanted[] =
        "L 200 OK\nF Content-Encoding=gzip\nF Content-Length=12\nH keep\nB "
        "\x1f\x8b\x08\0\0\0\0\0\0\x03\r\n\nE\n";
    webhook_http_desc d = responses();
    const trace *t = everywhere(webhook_str_from(answer, sizeof answer - 1), &d);
    CHECK(t->len == sizeof wanted - 1 && memcmp(t->text, wanted, t->len) == 0);
}

/* ---- limits ---- */

static webhook_str filled(char *room, const char *before, size_t n, const char *behind) {
    size_t b = strlen(before);
    memcpy(room, before, b);
    memset(room + b, 'x', n);
    memcpy(room + b + n, behind, strlen(behind));
    return webhook_str_from(room, b + n + strlen(behind));
}

static void as_long_as_a_head_may_be(void) {
    static char room[70000];
    webhook_http_desc d = WEBHOOK_ZERO;
    const trace *t;
    size_t n;
    d.head_max = 200;
    for (n = 130; n < 220; n++) {
        webhook_str s = filled(room, "GET / HTTP/1.1\r\nHost: a\r\nX: ", n, "\r\n\r\n");
        t = everywhere(s, &d);
        CHECK_STATUS(t->status, s.len <= 200 ? WEBHOOK_MORE : WEBHOOK_ERR_LIMIT);
        CHECK_SIZE(t->refusal, s.len <= 200 ? 0 : 431);
        if (t->refusal != 0) CHECK_SIZE(t->offset, 200);
    }
    d.head_max = 0;
    n = 65536 - strlen("GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n");
    t = trace_of(filled(room, "GET / HTTP/1.1\r\nHost: a\r\nX: ", n, "\r\n\r\n"), 30000, 60000, &d,
                 0);
    CHECK_STATUS(t->status, WEBHOOK_ERR_LIMIT);
    d.skip_long = 1;
    t = trace_of(filled(room, "GET / HTTP/1.1\r\nHost: a\r\nX: ", n, "\r\n\r\n"), 30000, 60000, &d,
                 0);
    CHECK_STATUS(t->status, WEBHOOK_MORE);
    CHECK_STR(webhook_str_from(t->text, t->len), "L GET /\nF Host=a\nS *\nH keep\nE\n");
    t = trace_of(filled(room, "GET / HTTP/1.1\r\nHost: a\r\nX: ", n + 1, "\r\n\r\n"), 30000, 60000,
                 &d, 0);
    CHECK_STATUS(t->status, WEBHOOK_ERR_LIMIT);
    CHECK_SIZE(t->refusal, 431);
}

static void as_many_fields_as_there_may_be(void) {
    static char room[4000];
    size_t i, n;
    webhook_http_desc d = WEBHOOK_ZERO;
    for (n = 98; n <= 102; n++) {
        size_t len = (size_t)sprintf(room, "GET / HTTP/1.1\r\nHost: a\r\n");
        for (i = 1; i < n; i++) len += (size_t)sprintf(room + len, "X%u: y\r\n", (unsigned)i);
        len += (size_t)sprintf(room + len, "\r\n");
        if (n <= 100)
            CHECK_STATUS(everywhere(webhook_str_from(room, len), &d)->status, WEBHOOK_MORE);
        else
            refused_str(webhook_str_from(room, len), &d, 431);
    }
    d.fields_max = 2;
    reads_as_str(WEBHOOK_STR("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n"), &d,
                 "L GET /\nF Host=a\nF B=c\nH keep\nE\n", WEBHOOK_OK);
    refused_str(WEBHOOK_STR("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\nD: e\r\n\r\n"), &d, 431);
}

/* Where no limit is set below them, those of the counters hold. */
static void the_largest_limits(void) {
    static char room[270000];
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    webhook_http_token t;
    webhook_status s;
    size_t i, n;
    d.head_max = UINT32_MAX;
    d.fields_max = UINT16_MAX;
    for (n = UINT16_MAX; n <= (size_t)UINT16_MAX + 2; n++) {
        webhook_str in = filled(room, "", n, " / HTTP/1.0\r\n");
        CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_OK);
        s = webhook_http_next(&c, &in, &t);
        CHECK_STATUS(s, n == UINT16_MAX ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX);
        if (s == WEBHOOK_OK) CHECK(t.name.len == n && t.value.len == 1);
        if (s != WEBHOOK_OK) CHECK(in.ptr == room + UINT16_MAX);
        in = filled(room, "GET / HTTP/1.0\r\n", n, ":y\r\n");
        CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_OK);
        CHECK_STATUS(webhook_http_next(&c, &in, &t), WEBHOOK_OK);
        s = webhook_http_next(&c, &in, &t);
        CHECK_STATUS(s, n == UINT16_MAX ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX);
        if (s == WEBHOOK_OK) CHECK(t.name.len == n && t.value.len == 1);
        if (s != WEBHOOK_OK) CHECK(in.ptr == room + 16 + UINT16_MAX);
    }
    for (n = UINT16_MAX; n <= (size_t)UINT16_MAX + 1; n++) {
        webhook_str in = filled(room, "GET / HTTP/1.0\r\n", 4 * n, "\r\n");
        for (i = 0; i < n; i++) memcpy(room + 16 + 4 * i, "A:\r\n", 4);
        CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_OK);
        for (i = 0; (s = webhook_http_next(&c, &in, &t)) == WEBHOOK_OK; i++) continue;
        CHECK_STATUS(s, n == UINT16_MAX ? WEBHOOK_ERR_CLOSED : WEBHOOK_ERR_LIMIT);
        CHECK_SIZE(i, n == UINT16_MAX ? n + 3 : n);
    }
}

/* The fault of a line that is too long is the first byte that does not fit. */
static void where_a_line_is_too_long(void) {
    webhook_str text = WEBHOOK_STR("GET / HTTP/1.0\r\nX: 0123456789\r\n\r\n");
    size_t a, cap;
    for (a = 17; a < text.len - 3; a++)
        for (cap = 0; cap < 15; cap++) {
            const trace *t = trace_of(text, a, text.len, &requests, cap);
            CHECK_STATUS(t->status, WEBHOOK_ERR_LIMIT);
            CHECK_SIZE(t->offset, 16 + cap);
        }
    CHECK_STATUS(trace_of(text, 20, text.len, &requests, 15)->status, WEBHOOK_ERR_CLOSED);
}

/* Trailers cost what fields cost. */
static void as_much_trailer_as_there_may_be(void) {
    static char room[1000];
    webhook_http_desc d = WEBHOOK_ZERO;
    d.head_max = 100;
    CHECK_STATUS(
        everywhere(WEBHOOK_STR(POST "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n"), &d)
            ->status,
        WEBHOOK_MORE);
    refused_str(filled(room, POST "Transfer-Encoding: chunked\r\n\r\n0\r\nA: ", 200, "\r\n\r\n"),
                &d, 431);
}

static void as_large_as_a_body_may_be(void) {
    webhook_http_desc d = WEBHOOK_ZERO;
    const trace *t;
    d.body_max = 5;
    reads_as_str(WEBHOOK_STR(POST "Content-Length: 5\r\n\r\nhello"), &d,
                 "L POST /\nF Host=a\nF Content-Length=5\nH keep\nB hello\nE\n", WEBHOOK_OK);
    t = refused_str(WEBHOOK_STR(POST "Content-Length: 6\r\n\r\nhello!"), &d, 413);
    CHECK(t->body == 0);
    t = refused_str(WEBHOOK_STR(POST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n"),
                    &d, 413);
    CHECK(t->body <= 5);
    t = refused_str(WEBHOOK_STR(POST "Transfer-Encoding: chunked\r\n\r\n6\r\nhello!\r\n"), &d, 413);
    CHECK(t->body <= 5);
    reads_as_str(
        WEBHOOK_STR(POST "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), &d,
        "L POST /\nF Host=a\nF Transfer-Encoding=chunked\nH keep\nB hello\nE\n", WEBHOOK_OK);
    d.body_max = 0;
    reads_as_str(WEBHOOK_STR(POST "Content-Length: 16777216\r\n\r\n"), &d,
                 "L POST /\nF Host=a\nF Content-Length=16777216\nH keep\n", WEBHOOK_ERR_TRUNCATED);
    refused_str(WEBHOOK_STR(POST "Content-Length: 16777217\r\n\r\n"), &d, 413);
    refused_str(WEBHOOK_STR(POST "Transfer-Encoding: chunked\r\n\r\n1000001\r\n"), &d, 413);
    d.body_max = UINT64_MAX;
    reads_as_str(WEBHOOK_STR(POST "Content-Length: 18446744073709551614\r\n\r\nx"), &d,
                 "L POST /\nF Host=a\nF Content-Length=18446744073709551614\nH keep\nB x\n",
                 WEBHOOK_ERR_TRUNCATED);
    reads_as_str(WEBHOOK_STR(POST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx"), &d,
                 "L POST /\nF Host=a\nF Transfer-Encoding=chunked\nH keep\nB x\n",
                 WEBHOOK_ERR_TRUNCATED);
}

/* ---- the connection ---- */

static void who_may_go_on(void) {
    static const struct {
        const char *version, *fields;
        int keep;
    } rows[] = {
        { "1.1", "", 1 },
        { "1.0", "", 0 },
        { "1.1", "Connection: close\r\n", 0 },
        { "1.1", "connection: CLOSE\r\n", 0 },
        { "1.1", "Connection: keep-alive\r\n", 1 },
        { "1.0", "Connection: keep-alive\r\n", 1 },
        { "1.0", "Connection: Keep-Alive\r\n", 1 },
        { "1.0", "Connection: close\r\n", 0 },
        { "1.1", "Connection: close, keep-alive\r\n", 0 },
        { "1.1", "Connection: keep-alive, close\r\n", 0 },
        { "1.0", "Connection: keep-alive, close\r\n", 0 },
        { "1.1", "Connection: upgrade,close\r\n", 0 },
        { "1.1", "Connection: close,upgrade\r\n", 0 },
        { "1.1", "Connection: ,\t ,close ,\r\n", 0 },
        { "1.1", "Connection: a , b,  close\r\n", 0 },
        { "1.0", "Connection: a , keep-alive,b\r\n", 1 },
        { "1.1", "Connection: closed\r\n", 1 },
        { "1.1", "Connection: xclose\r\n", 1 },
        { "1.1", "Connection: clos\r\n", 1 },
        { "1.1", "Connection: clo se\r\n", 1 },
        { "1.1", "Connection: close-x, not-close\r\n", 1 },
        { "1.0", "Connection: keep-alives\r\n", 0 },
        { "1.0", "Connection: keep-aliv\r\n", 0 },
        { "1.1", "Connection: a chunked, a close, 100-continue\r\n", 1 },
        { "1.0", "Connection: chunked\r\nExpect: close, keep-alive\r\n", 0 },
        { "1.1", "Expect: close, chunked\r\n", 1 },
        { "1.1", "Connection:\r\n", 1 },
        { "1.1", "Connection: a\r\nConnection: close\r\n", 0 },
        { "1.1", "Connection: close\r\nConnection: a\r\n", 0 },
        { "1.0", "Connection: keep-alive\r\nConnection: close\r\n", 0 },
        { "1.0", "Connection: close\r\nConnection: keep-alive\r\n", 0 },
        { "1.1", "Keep-Alive: timeout=5\r\nProxy-Connection: close\r\n", 1 },
        { "1.0", "Proxy-Connection: keep-alive\r\n", 0 },
    };
    size_t i;
    char text[300];
    webhook_http_desc d = WEBHOOK_ZERO;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const trace *t;
        int n = snprintf(text, sizeof text, "GET / HTTP/%s\r\nHost: a\r\n%s\r\n", rows[i].version,
                         rows[i].fields);
        for (d.response = 0; d.response < 2; d.response++) {
            t = everywhere(webhook_str_from(text, (size_t)n), &d);
            if (!CHECK((strstr(t->text, "\nH keep\n") != NULL) == rows[i].keep) ||
                !CHECK(strstr(t->text, "\nE\n") != NULL))
                printf("  %s\n", text);
            n = snprintf(text, sizeof text, "HTTP/%s 200 OK\r\nContent-Length: 0\r\n%s\r\n",
                         rows[i].version, rows[i].fields);
        }
    }
}

/* What follows a message that ends the connection is nobody's. */
static void nothing_follows_a_close(void) {
    static const char *const heads[] = {
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        POST "Connection: close\r\nContent-Length: 2\r\n\r\nhi",
        POST "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    };
    size_t i;
    for (i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char text[300];
        int n = snprintf(text, sizeof text, "%sGET /2 HTTP/1.1\r\nHost: b\r\n\r\n", heads[i]);
        const trace *t = everywhere(webhook_str_from(text, (size_t)n), &requests);
        CHECK_STATUS(t->status, WEBHOOK_ERR_CLOSED);
        CHECK_SIZE(t->offset, strlen(heads[i]));
        CHECK_SIZE(t->refusal, 0);
        CHECK(t->len > 3 && memcmp(t->text + t->len - 3, "\nE\n", 3) == 0);
        CHECK(strstr(t->text, "/2") == NULL);
    }
}

static void who_waits_for_100_continue(void) {
    static const struct {
        const char *version, *fields;
        int expects;
    } rows[] = {
        { "1.1", "Content-Length: 1\r\nExpect: 100-continue\r\n", 1 },
        { "1.1", "Expect: 100-Continue\r\nContent-Length: 1\r\n", 1 },
        { "1.1", "expect:100-CONTINUE \r\nTransfer-Encoding: chunked\r\n", 1 },
        { "1.1", "Content-Length: 1\r\n", 0 },
        { "1.0", "Content-Length: 1\r\nExpect: 100-continue\r\n", 0 },
        { "1.1", "Content-Length: 0\r\nExpect: 100-continue\r\n", 0 },
        { "1.1", "Expect: 100-continue\r\n", 0 },
        { "1.1", "Content-Length: 1\r\nExpect: 100-continued\r\n", 0 },
        { "1.1", "Content-Length: 1\r\nExpect: 100-continu\r\n", 0 },
        { "1.1", "Content-Length: 1\r\nExpect: 200-ok\r\n", 0 },
        { "1.1", "Content-Length: 1\r\nExpect:\r\n", 0 },
        { "1.1", "Content-Length: 1\r\nExpects: 100-continue\r\n", 0 },
    };
    size_t i;
    char text[300];
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const trace *t;
        int n = snprintf(text, sizeof text, "POST / HTTP/%s\r\nHost: a\r\n%s\r\n", rows[i].version,
                         rows[i].fields);
        t = everywhere(webhook_str_from(text, (size_t)n), &requests);
        if (!CHECK((strstr(t->text, " expects\n") != NULL) == rows[i].expects))
            printf("  %s\n", text);
        CHECK(strstr(t->text, "\nH") != NULL);
    }
}

/* The sender waits no longer when a byte of the body is there. */
static void the_wait_for_100_continue_ends(void) {
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    trace t;
    memset(&t, 0, sizeof t);
    CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_OK);
    CHECK(webhook_http_expects_continue(&c) == 0);
    feed(&t, &c, WEBHOOK_STR(POST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    CHECK(webhook_http_expects_continue(&c) == 1);
    feed(&t, &c, WEBHOOK_STR("x"));
    CHECK(webhook_http_expects_continue(&c) == 0);
    feed(&t, &c, WEBHOOK_STR("y"));
    feed(&t, &c, WEBHOOK_STR(POST "Content-Length: 2\r\n\r\n"));
    CHECK(webhook_http_expects_continue(&c) == 0 && webhook_http_keep_alive(&c) == 1);
}

/* ---- truncation ---- */

/* Every beginning of a message wants more, and finish says whether it may end there. */
static void every_truncation(void) {
    static const struct {
        const char *text;
        uint8_t response;
    } rows[] = {
        { "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0 },
        { POST "Content-Length: 3\r\n\r\nabc", 0 },
        { POST "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: u\r\n\r\n", 0 },
        { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 1 },
        { "HTTP/1.1 204 No\r\n\r\n", 1 },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n", 1 },
    };
    size_t i, n;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = strlen(rows[i].text);
        webhook_http_desc d = WEBHOOK_ZERO;
        d.response = rows[i].response;
        for (n = 0; n <= len; n++) {
            char *text = test_exact(webhook_str_from(rows[i].text, n));
            const trace *t = everywhere(webhook_str_from(text, n), &d);
            CHECK_STATUS(t->status, WEBHOOK_MORE);
            if (!CHECK_STATUS(t->finish, n == 0 || n == len ? WEBHOOK_OK : WEBHOOK_ERR_TRUNCATED))
                print_text(webhook_str_from(text, n), n, n);
            free(text);
        }
    }
}

/* ---- the line buffer ---- */

static const char long_fields[] =
    "POST /path HTTP/1.1\r\nHost: example.com:8080\r\nX-Short: y\r\nA-Name-That-Is-Rather-Long-"
    "Indeed: v\r\nX: a value that is much longer than most others are\r\nContent-Length: "
    "0000000003\r\nExpect: 100-continue\r\nConnection: close, and, many, more, words, "
    "here\r\n\r\nabc";

/* What comes of a trace where at most cap bytes of a line are kept, its end too, and the lines from
 * the n-th to the one before the m-th, counted from 0, lie in several inputs. */
static void with_line_buffer(trace *out, const trace *full, size_t cap, size_t n, size_t m) {
    const char *f;
    size_t at;
    out->len = 0;
    for (f = full->text, at = 0; *f != 0; f += strcspn(f, "\n") + 1, at++) {
        size_t len = strcspn(f, "\n"), name = strcspn(f, "=") - 2;
        if (*f != 'F' || at < n || at >= m || len + 1 <= cap) { /* "F a=b" was "a: b" and CR LF */
            add(out, f, len + 1);
        } else if (f[2] == 'A' || f[2] == 'X') {
            add_cstr(out, "S ");
            add(out, f + 2, name < cap ? name : cap);
            add_cstr(out, name > cap ? "*\n" : "\n");
        } /* else it frames the message: understood, and not yielded */
    }
}

/* Byte by byte with every size of line buffer: with skip_long each field comes whole or skipped;
 * without, it is an error until all fit. */
static void every_size_of_line_buffer(void) {
    webhook_str text = webhook_str_from(long_fields, sizeof long_fields - 1);
    size_t first_line = strlen("POST /path HTTP/1.1\r\n"), longest = longest_line(text), cap;
    webhook_http_desc skip = WEBHOOK_ZERO;
    static trace full, want;
    full = *trace_of(text, text.len, text.len, &requests, 0);
    skip.skip_long = 1;
    CHECK_STATUS(full.status, WEBHOOK_ERR_CLOSED);
    for (cap = 0; cap <= longest + 1; cap++) {
        const trace *t = trace_of(text, 0, 0, &skip, cap);
        CHECK_STATUS(t->status, cap < first_line ? WEBHOOK_ERR_LIMIT : full.status);
        CHECK_SIZE(t->refusal, cap < first_line ? 431 : 0);
        with_line_buffer(&want, &full, cap, 0, SIZE_MAX);
        if (cap >= first_line) CHECK_STR(webhook_str_from(t->text, t->len), want.text);
        t = trace_of(text, first_line, first_line + 1, &skip, cap);
        CHECK_STATUS(t->status, full.status);
        with_line_buffer(&want, &full, cap, 1, 2);
        CHECK_STR(webhook_str_from(t->text, t->len), want.text);
        t = trace_of(text, 0, 0, &requests, cap);
        CHECK_STATUS(t->status, cap >= longest ? full.status : WEBHOOK_ERR_LIMIT);
        CHECK_SIZE(t->refusal, cap >= longest ? 0 : 431);
        if (cap >= longest) CHECK(same_trace(t, &full));
    }
}

/* Feeds text byte by byte behind a first piece, with no line buffer. */
static const trace *without_a_buffer(const char *first, const char *bytes, int response) {
    static trace t;
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    memset(&t, 0, sizeof t);
    d.response = (uint8_t)response;
    CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_OK);
    if (*first == 0 || feed(&t, &c, webhook_str_from_cstr(first)))
        while (*bytes != 0 && feed(&t, &c, webhook_str_from(bytes, 1))) bytes++;
    close_trace(&t, &c);
    return &t;
}

/* What frames a message needs no line buffer, however it comes, and is as strict as ever. */
static void framing_needs_no_line_buffer(void) {
    static const char *const line = "POST / HTTP/1.1\r\n";
    const trace *t = without_a_buffer(line, "Host: a\r\nContent-Length: 3\r\n\r\nabc", 0);
    CHECK_STATUS(t->status, WEBHOOK_MORE);
    CHECK(strstr(t->text, "\nH keep\nB abc\nE\n") != NULL);
    t = without_a_buffer(
        line, "Host: [::1]:80\r\nTransfer-Encoding:  chunked \r\n\r\n3\r\nabc\r\n0\r\n\r\n", 0);
    CHECK(strstr(t->text, "\nH keep\nB abc\nE\n") != NULL);
    t = without_a_buffer(line, "Host: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", 0);
    CHECK(strstr(t->text, "\nH keep expects\n") != NULL);
    t = without_a_buffer(line, "Host: a\r\nConnection: x,\tclose\r\n\r\n", 0);
    CHECK(strstr(t->text, "\nH\n") != NULL);
    t = without_a_buffer(line, "Host: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 0);
    CHECK_STATUS(t->status, WEBHOOK_ERR_SYNTAX);
    t = without_a_buffer(line, "Host: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 0);
    CHECK_STATUS(t->status, WEBHOOK_ERR_SYNTAX);
    t = without_a_buffer(line, "Host: a b\r\n\r\n", 0);
    CHECK_STATUS(t->status, WEBHOOK_ERR_SYNTAX);
    t = without_a_buffer(line, "Host: a\r\nX: y\r\n\r\n", 0);
    CHECK_STATUS(t->status, WEBHOOK_ERR_LIMIT);
    CHECK_SIZE(t->refusal, 431);
    t = without_a_buffer("", "POST / HTTP/1.1\r\n", 0);
    CHECK_STATUS(t->status, WEBHOOK_ERR_LIMIT);
    CHECK_SIZE(t->refusal, 431);
    t = without_a_buffer("", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 1);
    CHECK_STATUS(t->status, WEBHOOK_MORE);
    CHECK(strstr(t->text, "L 200 \n") == t->text && strstr(t->text, "H keep\nB abc\nE\n") != NULL);
    t = without_a_buffer("",
                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: "
                         "close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                         1);
    CHECK(strstr(t->text, "\nH\nB abc\nE\n") != NULL);
}

/* ---- mutations ---- */

/* However a message is damaged: the same comes out at each cut, or the same fault. */
static void damaged_messages_at_every_cut(void) {
    static const char *const rows[] = {
        POST "Content-Length: 3\r\nX: y\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        POST "Transfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n1\r\nc\r\n0\r\nT: u\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive, x\r\nExpect: 100-continue\r\n\r\nGET",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nT: u\r\n\r\n",
    };
    static const char alphabet[] = "\r\n :,\tx01a\x80;\0";
    size_t i, k, rounds = 6000 / test_stride();
    for (i = 0; i < rounds; i++) {
        webhook_http_desc d = WEBHOOK_ZERO;
        char text[200];
        size_t row = (size_t)(test_random() % 5), n = strlen(rows[row]), a, cap;
        trace whole;
        memcpy(text, rows[row], n);
        for (k = (size_t)(test_random() % 3) + 1; k > 0; k--) {
            size_t at = (size_t)(test_random() % n);
            text[at] = alphabet[(size_t)(test_random() % (sizeof alphabet - 1))];
            if (test_random() % 3 == 0) memmove(text + at, text + at + 1, --n - at);
        }
        d.response = row > 2;
        d.body_max = 20;
        cap = longest_line(webhook_str_from(text, n));
        whole = *trace_of(webhook_str_from(text, n), n, n, &d, cap);
        for (a = 0; a < n; a++)
            if (!same_trace(trace_of(webhook_str_from(text, n), a, a == 0 ? 0 : n, &d, cap),
                            &whole)) {
                print_text(webhook_str_from(text, n), a, n);
                return;
            }
    }
}

static void reader_arguments(void) {
    webhook_http_ctx c;
    webhook_http_desc d = WEBHOOK_ZERO;
    char line[4];
    CHECK_STATUS(webhook_http_init(NULL, &d), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_http_init(&c, NULL), WEBHOOK_ERR_ARGUMENT);
    d.line_cap = 4;
    CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_ERR_ARGUMENT);
    d.line = line;
    CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_OK);
    d.line_cap = 0;
    CHECK_STATUS(webhook_http_init(&c, &d), WEBHOOK_OK);
    CHECK(webhook_http_refusal(&c) == 0 && webhook_http_expects_continue(&c) == 0);
    CHECK_STATUS(webhook_http_finish(&c), WEBHOOK_OK);
}

/* ---- writer ---- */

static webhook_url url_of(const char *text) {
    webhook_url u;
    CHECK_STATUS(webhook_url_read(webhook_str_from_cstr(text), &u, NULL), WEBHOOK_OK);
    return u;
}

static void request_lines(void) {
    static const char *const rows[][2] = {
        { "http://a", "GET / HTTP/1.1\r\nHost: a\r\n" },
        { "http://a/b?c", "GET /b?c HTTP/1.1\r\nHost: a\r\n" },
        { "http://a?c", "GET /?c HTTP/1.1\r\nHost: a\r\n" },
        { "http://a:80/", "GET / HTTP/1.1\r\nHost: a\r\n" },
        { "https://a:443/", "GET / HTTP/1.1\r\nHost: a\r\n" },
        { "https://a:80/", "GET / HTTP/1.1\r\nHost: a:80\r\n" },
        { "http://a:443/", "GET / HTTP/1.1\r\nHost: a:443\r\n" },
        { "http://A.b:8080", "GET / HTTP/1.1\r\nHost: A.b:8080\r\n" },
        { "http://[::1]/", "GET / HTTP/1.1\r\nHost: [::1]\r\n" },
        { "https://[2001:db8::1]:8443/x", "GET /x HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n" },
        { "http://1.2.3.4:1/", "GET / HTTP/1.1\r\nHost: 1.2.3.4:1\r\n" },
    };
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[200];
        webhook_buf b = webhook_buf_from(text, sizeof text);
        webhook_url u = url_of(rows[i][0]);
        webhook_http_put_request(&b, WEBHOOK_STR("GET"), &u);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
        CHECK_STR(webhook_buf_str(&b), rows[i][1]);
    }
}

/* A whole request and a whole answer, for the sweeps. */
static void put_everything(webhook_buf *b) {
    webhook_url u = url_of("https://[2001:db8::1]:8443/in?x=1");
    webhook_http_put_request(b, WEBHOOK_STR("POST"), &u);
    webhook_http_put_field(b, WEBHOOK_STR("X-Name"), WEBHOOK_STR("a \t b"));
    webhook_http_put_field(b, WEBHOOK_STR("X-Empty"), WEBHOOK_STR(""));
    webhook_http_put_basic(b, WEBHOOK_STR("user"), WEBHOOK_STR("pass:word"));
    webhook_http_put_length(b, UINT64_MAX);
    webhook_http_put_response(b, 100);
    webhook_http_put_answer(b, 431, 0);
}

#ifdef TEST_NO_STRINGS
#define WORDS(text) ""
#else
#define WORDS(text) text
#endif

#define EVERYTHING                                                                           \
    "POST /in?x=1 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nX-Name: a \t b\r\nX-Empty: "       \
    "\r\nAuthorization: Basic dXNlcjpwYXNzOndvcmQ=\r\nContent-Length: "                      \
    "18446744073709551615\r\n\r\nHTTP/1.1 100 " WORDS("Continue") "\r\nHTTP/1.1 431 " WORDS( \
        "Request Header Fields Too Large") "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

static void every_capacity(void) {
    size_t cap, need = strlen(EVERYTHING);
    webhook_buf counts = WEBHOOK_ZERO;
    put_everything(&counts);
    CHECK(counts.total == need && webhook_buf_end(&counts) == WEBHOOK_OK);
    for (cap = 0; cap <= need + 1; cap++) {
        char *block = (char *)malloc(cap == 0 ? 1 : cap);
        webhook_buf b;
        if (block == NULL) abort();
        b = webhook_buf_from(block, cap);
        put_everything(&b);
        CHECK(b.total == need);
        CHECK_STATUS(webhook_buf_end(&b), cap < need ? WEBHOOK_ERR_SPACE : WEBHOOK_OK);
        if (cap >= need) CHECK_STR(webhook_buf_str(&b), EVERYTHING);
        free(block);
    }
}

static void every_flush(void) {
    size_t cap, fail_at, need = strlen(EVERYTHING);
    for (cap = 0; cap <= need; cap += cap < 70 ? 1 : 50) {
        size_t calls = 0;
        for (fail_at = 0; fail_at <= calls; fail_at++) {
            static test_sink sink;
            char block[400];
            webhook_buf b = webhook_buf_from(cap == 0 ? NULL : block, cap);
            memset(&sink, 0, sizeof sink);
            sink.fail_at = fail_at;
            b.flush = test_sink_take;
            b.user = &sink;
            put_everything(&b);
            CHECK(b.total == need);
            CHECK_STATUS(webhook_buf_end(&b), fail_at == 0 ? WEBHOOK_OK : WEBHOOK_ERR_IO);
            if (fail_at == 0) CHECK_STR(webhook_str_from(sink.text, sink.len), EVERYTHING);
            if (fail_at == 0) calls = sink.calls;
            CHECK(memcmp(sink.text, EVERYTHING, sink.len) == 0);
        }
    }
}

/* What a put with one argument of three bytes leaves. */
enum { IN_METHOD, IN_NAME, IN_VALUE, IN_USER, IN_PASS };
static webhook_status put_text(int where, webhook_str s) {
    char room[400];
    webhook_buf b = webhook_buf_from(room, sizeof room);
    webhook_url u = url_of("http://a");
    webhook_str ok = WEBHOOK_STR("ok");
    webhook_status got;
    s = test_guarded(s);
    if (where == IN_METHOD) webhook_http_put_request(&b, s, &u);
    if (where == IN_NAME) webhook_http_put_field(&b, s, ok);
    if (where == IN_VALUE) webhook_http_put_field(&b, ok, s);
    if (where == IN_USER) webhook_http_put_basic(&b, s, ok);
    if (where == IN_PASS) webhook_http_put_basic(&b, ok, s);
    got = webhook_buf_end(&b);
    if (got != WEBHOOK_OK) CHECK(b.len == 0 && webhook_buf_str(&b).ptr == NULL);
    if (got == WEBHOOK_OK) CHECK(b.len > s.len && memcmp(room + b.len - 2, "\r\n", 2) == 0);
    return got;
}

static void written_or_not(int where, webhook_str s, int fits) {
    if (!CHECK_STATUS(put_text(where, s), fits ? WEBHOOK_OK : WEBHOOK_ERR_ARGUMENT))
        print_text(s, (size_t)where, 0);
}

/* Row 23: what would end a line or begin another is refused, never stripped. */
static void attack_23_every_byte_that_is_written(void) {
    unsigned c, at;
    written_or_not(IN_METHOD, WEBHOOK_STR(""), 0);
    written_or_not(IN_NAME, WEBHOOK_STR(""), 0);
    written_or_not(IN_VALUE, WEBHOOK_STR(""), 1);
    written_or_not(IN_USER, WEBHOOK_STR(""), 1);
    written_or_not(IN_PASS, WEBHOOK_STR(""), 1);
    written_or_not(IN_VALUE, WEBHOOK_STR("a\r\nInjected: b"), 0);
    written_or_not(IN_VALUE, WEBHOOK_STR("a\r\n folded"), 0);
    written_or_not(IN_NAME, WEBHOOK_STR("A: b\r\nC"), 0);
    written_or_not(IN_METHOD, WEBHOOK_STR("GET / HTTP/1.1\r\nA: b\r\n\r\nGET"), 0);
    written_or_not(IN_USER, WEBHOOK_STR("a\r\nB: c"), 0);
    for (c = 0; c < 256; c++) {
        char s[3];
        int visible = c >= ' ' && c != 127;
        for (at = 0; at < 3; at++) {
            webhook_str text = webhook_str_from(s, 3);
            memset(s, 'a', sizeof s);
            s[at] = (char)c;
            written_or_not(IN_METHOD, text, is_token_char(c));
            written_or_not(IN_NAME, text, is_token_char(c));
            written_or_not(IN_VALUE, text, at == 1 ? visible || c == '\t' : visible && c != ' ');
            written_or_not(IN_USER, text, visible && c != ':');
            written_or_not(IN_PASS, text, visible);
        }
    }
}

static const char *put_basic(webhook_str user, webhook_str pass) {
    static char text[300];
    webhook_buf b = webhook_buf_from(text, sizeof text - 1);
    webhook_http_put_basic(&b, user, pass);
    CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
    text[b.len] = 0;
    return text;
}

/* Both examples of RFC 7617, and all lengths against base64 of the whole. */
static void attack_35_basic(void) {
    static const char letters[] = "abcdefgh";
    size_t u, p;
    CHECK(strcmp(put_basic(WEBHOOK_STR("Aladdin"), WEBHOOK_STR("open sesame")),
                 "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") == 0);
    CHECK(strcmp(put_basic(WEBHOOK_STR("test"), WEBHOOK_STR("123\xc2\xa3")),
                 "Authorization: Basic dGVzdDoxMjPCow==\r\n") == 0);
    for (u = 0; u <= 8; u++)
        for (p = 0; p <= 8; p++) {
            char both[20], wanted[100];
            webhook_buf b = webhook_buf_from(wanted, sizeof wanted - 1);
            int n = snprintf(both, sizeof both, "%.*s:%.*s", (int)u, letters, (int)p, letters);
            webhook_buf_put(&b, WEBHOOK_STR("Authorization: Basic "));
            webhook_base64_write(&b, webhook_str_from(both, (size_t)n));
            webhook_buf_put(&b, WEBHOOK_STR("\r\n"));
            wanted[b.len] = 0;
            CHECK(strcmp(put_basic(webhook_str_from(letters, u), webhook_str_from(letters, p)),
                         wanted) == 0);
        }
}

/* Every answer is read by the reader as what it was meant to be. */
static void answers_are_read_back(void) {
    unsigned status;
    int keep;
    webhook_http_desc d = responses();
    for (status = 100; status <= 599; status++)
        for (keep = 0; keep <= 1; keep++) {
            char text[200], line[20];
            webhook_buf b = webhook_buf_from(text, sizeof text);
            const trace *t;
            webhook_http_put_answer(&b, status, keep);
            CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
            if (status == 101) continue; /* nothing here switches protocols */
            t = trace_of(webhook_buf_str(&b), b.len, b.len, &d, 0);
            CHECK_STATUS(t->status, keep || status < 200 ? WEBHOOK_MORE : WEBHOOK_ERR_CLOSED);
            CHECK_SIZE(t->offset, b.len);
            snprintf(line, sizeof line, "L %u ", status);
            CHECK(strncmp(t->text, line, strlen(line)) == 0);
            CHECK((strstr(t->text, "\nH keep\nE\n") != NULL) == (keep || status < 200));
            CHECK(strstr(t->text, "\nE\n") != NULL && t->body == 0);
            CHECK((strstr(t->text, "F Connection=close\n") != NULL) == !keep);
            /* RFC 9110 8.6 forbids it in these */
            CHECK((strstr(t->text, "F Content-Length=0\n") != NULL) ==
                  (status >= 200 && status != 204));
        }
}

/* Words as RFC 9110 and RFC 6585 have them; any other status goes without. */
static void answers_in_words(void) {
    static const char words[] = WORDS(
        "100 Continue|200 OK|201 Created|202 Accepted|204 No Content|400 Bad Request|"
        "401 Unauthorized|403 Forbidden|404 Not Found|405 Method Not Allowed|"
        "408 Request Timeout|409 Conflict|410 Gone|413 Content Too Large|"
        "415 Unsupported Media Type|422 Unprocessable Content|429 Too Many Requests|"
        "431 Request Header Fields Too Large|500 Internal Server Error|503 Service Unavailable");
    const char *list, *one;
    unsigned status;
    for (status = 100; status <= 599; status++) {
        char text[100], wanted[100];
        webhook_buf b = webhook_buf_from(text, sizeof text);
        snprintf(wanted, sizeof wanted, "HTTP/1.1 %u \r\n", status);
        for (list = words; (one = test_next(&list)) != NULL;)
            if (strtoul(one, NULL, 10) == status)
                snprintf(wanted, sizeof wanted, "HTTP/1.1 %s\r\n", one);
        webhook_http_put_response(&b, status);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
        CHECK_STR(webhook_buf_str(&b), wanted);
    }
}

static void statuses_that_are_none(void) {
    static const unsigned rows[] = { 0, 1, 99, 600, 999, 1000, 65536 + 200, UINT_MAX };
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[100];
        webhook_buf b = webhook_buf_from(text, sizeof text);
        webhook_http_put_response(&b, rows[i]);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_ARGUMENT);
        b = webhook_buf_from(text, sizeof text);
        webhook_http_put_answer(&b, rows[i], 1);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_ARGUMENT);
    }
}

/* n random bytes of a kind: 0 token characters, 1 those of a value without a blank */
static webhook_str random_text(char *room, size_t n, int kind) {
    size_t i;
    for (i = 0; i < n;) {
        unsigned c = (unsigned)(test_random() >> 40) & 255u;
        if (kind == 0 ? is_token_char(c) : c > ' ' && c != 127) room[i++] = (char)c;
    }
    return webhook_str_from(room, n);
}

/* What was written is what is read, whatever it is. */
static void random_heads_are_read_back(void) {
    size_t i, k, rounds = 3000 / test_stride();
    static trace wanted;
    for (i = 0; i < rounds; i++) {
        char text[3000], room[200];
        webhook_buf b = webhook_buf_from(text, sizeof text);
        webhook_url u = url_of(i % 2 == 0 ? "http://h/t" : "http://[::1]:8080?q");
        webhook_str s = random_text(room, (size_t)(test_random() % 8) + 1, 0);
        const trace *t;
        wanted.len = 0;
        webhook_http_put_request(&b, s, &u);
        add_cstr(&wanted, "L ");
        add_str(&wanted, s);
        add_cstr(&wanted, i % 2 == 0 ? " /t\nF Host=h\n" : " /?q\nF Host=[::1]:8080\n");
        for (k = (size_t)(test_random() % 5); k > 0; k--) {
            webhook_str name, value;
            room[0] = 'X'; /* no name that frames a message begins so */
            name = random_text(room + 1, (size_t)(test_random() % 20), 0);
            name = webhook_str_from(room, name.len + 1);
            value = random_text(room + 50, (size_t)(test_random() % 60), 1);
            if (value.len > 4) room[51 + test_random() % (value.len - 2)] = k % 2 ? ' ' : '\t';
            webhook_http_put_field(&b, name, value);
            add_cstr(&wanted, "F ");
            add_str(&wanted, name);
            add_cstr(&wanted, "=");
            add_str(&wanted, value);
            add_cstr(&wanted, "\n");
        }
        webhook_http_put_length(&b, 1);
        webhook_buf_put(&b, WEBHOOK_STR("x"));
        add_cstr(&wanted, "F Content-Length=1\nH keep\nB x\nE\n");
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
        t = trace_of(webhook_buf_str(&b), i % 3 == 0 ? 0 : 1, i % 3 == 0 ? 0 : b.len / 2, &requests,
                     300);
        CHECK_STATUS(t->status, WEBHOOK_MORE);
        CHECK(t->len == wanted.len && memcmp(t->text, wanted.text, t->len) == 0);
    }
}

void suite_http(void) {
    RUN(published_rows);
    RUN(plain_requests);
    RUN(chunked_bodies);
    RUN(plain_responses);
    RUN(messages_follow_each_other);
    RUN(one_blank_line_before_a_request);
    RUN(attack_24_length_and_coding);
    RUN(attack_24_lengths);
    RUN(attack_24_codings);
    RUN(attack_24_hosts);
    RUN(names_that_are_nearly_others);
    RUN(attack_25_chunk_sizes);
    RUN(attack_25_chunk_ends);
    RUN(attack_25_trailers);
    RUN(a_million_chunks_of_one_byte);
    RUN(many_chunks_of_some_size);
    RUN(attack_26_lines);
    RUN(first_lines_that_are_refused);
    RUN(every_byte_in_every_place);
    RUN(attack_27_interim_answers);
    RUN(attack_27_answers_without_a_body);
    RUN(attack_27_body_until_close);
    RUN(attack_32_encoded_bodies_are_opaque);
    RUN(as_long_as_a_head_may_be);
    RUN(as_many_fields_as_there_may_be);
    RUN(the_largest_limits);
    RUN(where_a_line_is_too_long);
    RUN(as_much_trailer_as_there_may_be);
    RUN(as_large_as_a_body_may_be);
    RUN(who_may_go_on);
    RUN(nothing_follows_a_close);
    RUN(who_waits_for_100_continue);
    RUN(the_wait_for_100_continue_ends);
    RUN(every_truncation);
    RUN(every_size_of_line_buffer);
    RUN(framing_needs_no_line_buffer);
    RUN(damaged_messages_at_every_cut);
    RUN(reader_arguments);
    RUN(request_lines);
    RUN(every_capacity);
    RUN(every_flush);
    RUN(attack_23_every_byte_that_is_written);
    RUN(attack_35_basic);
    RUN(answers_are_read_back);
    RUN(answers_in_words);
    RUN(statuses_that_are_none);
    RUN(random_heads_are_read_back);
}
