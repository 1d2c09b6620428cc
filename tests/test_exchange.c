/* test_exchange.c -- one request and its answer against a scripted peer, with every fault at every
 * place
 */
#include "test.h"

#define HEAD "POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
#define BODY "0123456789"
#define ANSWER                                                                              \
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\nRetry-After: 120\r\nServer: " \
    "x\r\n\r\nsorry"

/* ---- what all of them share ---- */

#define NEVER UINT64_MAX

static webhook_exchange begun(uint64_t deadline_ms, char *line, size_t cap) {
    webhook_exchange x;
    memset(&x, 0xa5, sizeof x);
    webhook_exchange_init(&x, WEBHOOK_STR(HEAD), WEBHOOK_STR(BODY), deadline_ms, line, cap);
    CHECK(x.status == 0 && x.began == 0 && webhook_exchange_retry_after(&x).len == 0);
    return x;
}

/* One call of next at tick 0 with a piece that ends where memory may not be read. */
static webhook_status give(webhook_exchange *x, webhook_str piece, webhook_str *out) {
    webhook_str all = test_guarded(piece), in = all;
    webhook_status s = webhook_exchange_next(x, 0, &in, out);
    CHECK(in.len <= all.len && (in.len == 0 || in.ptr + in.len == all.ptr + all.len));
    if (s == WEBHOOK_WANT_SEND || s == WEBHOOK_WANT_RECV) CHECK_SIZE(in.len, 0);
    CHECK((s == WEBHOOK_WANT_SEND) == (out->len > 0));
    if (s != WEBHOOK_OK) CHECK(x->keep_alive == 0);
    return s;
}

/* Sends n bytes of the request, step at a time at most, and checks that they are the next. */
static void send_bytes(webhook_exchange *x, size_t *sent, size_t n, size_t step) {
    static const char request[] = HEAD BODY;
    while (n > 0) {
        webhook_str out;
        size_t part = n < step ? n : step;
        CHECK_STATUS(give(x, webhook_str_from(NULL, 0), &out), WEBHOOK_WANT_SEND);
        if (!CHECK(out.len > 0)) return;
        if (part > out.len) part = out.len;
        CHECK(memcmp(out.ptr, request + *sent, out.len) == 0);
        webhook_exchange_sent(x, part);
        *sent += part;
        n -= part;
    }
}

static const size_t request_len = sizeof HEAD BODY - 1;

/* An exchange whose request is sent. */
static webhook_exchange asked(uint64_t deadline_ms, char *line, size_t cap) {
    webhook_exchange x = begun(deadline_ms, line, cap);
    webhook_str out;
    size_t sent = 0;
    send_bytes(&x, &sent, request_len, 1000);
    CHECK_STATUS(give(&x, webhook_str_from(NULL, 0), &out), WEBHOOK_WANT_RECV);
    return x;
}

/* It is over with this status, now and ever after. */
static int over(webhook_exchange *x, webhook_status s, unsigned status, int keep_alive) {
    webhook_str in = WEBHOOK_STR("HTTP/1.1 200 OK\r\n\r\n"), out;
    int ok = CHECK_SIZE(x->status, status) & CHECK_SIZE(x->keep_alive, (size_t)keep_alive);
    ok &= CHECK_STATUS(webhook_exchange_next(x, NEVER, &in, &out), s) & CHECK_SIZE(out.len, 0);
    ok &= CHECK_STATUS(webhook_exchange_finish(x, WEBHOOK_ERR_IO), s);
    ok &= CHECK_STATUS(webhook_exchange_finish(x, WEBHOOK_ERR_CLOSED), s);
    return ok & CHECK_SIZE(x->status, status) & CHECK_SIZE(x->keep_alive, (size_t)keep_alive);
}

/* ---- step by step ---- */

static void the_request_is_sent_in_any_steps(void) {
    size_t step;
    for (step = 1; step <= request_len; step++) {
        webhook_exchange x = begun(NEVER, NULL, 0);
        webhook_str out;
        size_t sent = 0;
        send_bytes(&x, &sent, request_len, step);
        CHECK_STATUS(give(&x, webhook_str_from(NULL, 0), &out), WEBHOOK_WANT_RECV);
        CHECK_STATUS(give(&x, WEBHOOK_STR(ANSWER), &out), WEBHOOK_OK);
        over(&x, WEBHOOK_OK, 503, 1);
    }
}

static void requests_without_a_body(void) {
    webhook_exchange x;
    webhook_str out;
    webhook_exchange_init(&x, WEBHOOK_STR("GET / HTTP/1.1\r\n\r\n"), webhook_str_from(NULL, 0),
                          NEVER, NULL, 0);
    CHECK_STATUS(give(&x, webhook_str_from(NULL, 0), &out), WEBHOOK_WANT_SEND);
    CHECK_STR(out, "GET / HTTP/1.1\r\n\r\n");
    webhook_exchange_sent(&x, out.len + 1000); /* more than there was is all */
    CHECK_STATUS(give(&x, webhook_str_from(NULL, 0), &out), WEBHOOK_WANT_RECV);
    CHECK_STATUS(give(&x, WEBHOOK_STR("HTTP/1.1 204 x\r\n\r\n"), &out), WEBHOOK_OK);
    over(&x, WEBHOOK_OK, 204, 1);
}

/* The answer whole, byte by byte, cut at each index and pair of them. */
static void an_answer_at_every_cut(void) {
    webhook_str answer = WEBHOOK_STR(ANSWER);
    size_t a, b;
    for (a = 0; a <= answer.len; a++)
        for (b = a; b <= answer.len; b += 1 + (size_t)(test_random() % test_stride())) {
            char line[64];
            webhook_exchange x = asked(NEVER, line, sizeof line);
            webhook_str out;
            webhook_status s = WEBHOOK_WANT_RECV;
            if (a > 0) s = give(&x, webhook_str_from(answer.ptr, a), &out);
            if (b > a && s != WEBHOOK_OK)
                s = give(&x, webhook_str_from(answer.ptr + a, b - a), &out);
            CHECK_STATUS(s, b == answer.len ? WEBHOOK_OK : WEBHOOK_WANT_RECV);
            CHECK(x.began == (b > 0) && x.status == (b + 5 >= answer.len ? 503 : 0));
            if (b < answer.len)
                s = give(&x, webhook_str_from(answer.ptr + b, answer.len - b), &out);
            CHECK_STATUS(s, WEBHOOK_OK);
            CHECK_STR(webhook_exchange_retry_after(&x), "120");
            if (!over(&x, WEBHOOK_OK, 503, 1)) return;
        }
}

static void an_answer_byte_by_byte(void) {
    webhook_str answer = WEBHOOK_STR(ANSWER), out;
    size_t i;
    char *line = (char *)malloc(34);
    webhook_exchange x;
    if (line == NULL) abort();
    x = asked(NEVER, line, 34); /* as long as its longest line */
    for (i = 0; i < answer.len; i++)
        CHECK_STATUS(give(&x, webhook_str_from(answer.ptr + i, 1), &out),
                     i + 1 == answer.len ? WEBHOOK_OK : WEBHOOK_WANT_RECV);
    CHECK_STR(webhook_exchange_retry_after(&x), "120");
    over(&x, WEBHOOK_OK, 503, 1);
    free(line);
}

/* A peer that answers early takes no more: the answer counts, the connection is of no use. */
static void an_answer_before_the_request_is_sent(void) {
    size_t n;
    for (n = 0; n < request_len; n++) {
        webhook_exchange x = begun(NEVER, NULL, 0);
        webhook_str out;
        size_t sent = 0;
        send_bytes(&x, &sent, n, 1000);
        CHECK_STATUS(give(&x, WEBHOOK_STR("HTTP/1.1 413 x\r\nContent-Length: 0\r\n"), &out),
                     WEBHOOK_WANT_SEND);
        CHECK(x.began == 1 && x.status == 0);
        CHECK_STATUS(give(&x, WEBHOOK_STR("\r\n"), &out), WEBHOOK_OK);
        over(&x, WEBHOOK_OK, 413, 0);
    }
}

/* Row 27: a 1xx is no answer, and more than a few of them are none either. */
static void interim_answers_are_passed_over(void) {
    static const char early[] = "HTTP/1.1 100 Continue\r\nRetry-After: 5\r\n\r\n";
    size_t n, i;
    for (n = 0; n <= 20; n++) {
        webhook_exchange x = begun(NEVER, NULL, 0);
        webhook_str out;
        webhook_status s = WEBHOOK_OK;
        size_t sent = 0;
        for (i = 0; i < n; i++) {
            s = give(&x, webhook_str_from_cstr(early), &out);
            if (s != WEBHOOK_WANT_SEND) break;
            send_bytes(&x, &sent, 1, 1);
        }
        if (i < n) {
            CHECK(i == 16);
            CHECK_STATUS(s, WEBHOOK_ERR_LIMIT);
            over(&x, WEBHOOK_ERR_LIMIT, 0, 0);
            continue;
        }
        send_bytes(&x, &sent, request_len - sent, 1000);
        CHECK(x.status == 0 && webhook_exchange_retry_after(&x).len == 0);
        CHECK_STATUS(give(&x, WEBHOOK_STR("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), &out),
                     WEBHOOK_OK);
        CHECK(webhook_exchange_retry_after(&x).len == 0);
        over(&x, WEBHOOK_OK, 200, 1);
    }
}

/* Row 20: a redirect is an answer like any other; nothing here goes anywhere. */
static void attack_20_redirects_are_answers(void) {
    unsigned status;
    for (status = 200; status <= 599; status++) {
        char text[200];
        webhook_exchange x = asked(NEVER, NULL, 0);
        webhook_str out;
        int n = snprintf(
            text, sizeof text,
            "HTTP/1.1 %u x\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", status);
        CHECK_STATUS(give(&x, webhook_str_from(text, (size_t)n), &out), WEBHOOK_OK);
        over(&x, WEBHOOK_OK, status, 1);
    }
}

static void who_serves_another_request(void) {
    static const struct {
        const char *answer;
        int keep_alive;
    } rows[] = {
        { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1 },
        { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1 },
        { "HTTP/1.1 204 No\r\n\r\n", 1 },
        { "HTTP/1.1 304 No\r\nContent-Length: 7\r\n\r\n", 1 },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 1 },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n", 1 },
        { "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 0 },
        { "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 0 },
        { "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 0 },
        { "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 1 },
        { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!", 0 }, /* more than the answer */
        { "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\n", 0 },
        { "HTTP/1.1 100 x\r\nConnection: close\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 1 },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx",
          0 }, /* damaged behind its head */
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy", 0 },
    };
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        webhook_exchange x = asked(NEVER, NULL, 0);
        webhook_str out;
        CHECK_STATUS(give(&x, webhook_str_from_cstr(rows[i].answer), &out), WEBHOOK_OK);
        if (!over(&x, WEBHOOK_OK, x.status, rows[i].keep_alive)) printf("  %s\n", rows[i].answer);
        CHECK(x.status >= 200);
    }
}

static void what_is_no_answer(void) {
    static const char *const rows[] = {
        "\r\n",
        "HTTP/2 200 OK\r\n",
        "220 smtp\r\n",
        "HTTP/1.1 2000\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nx",
    };
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        webhook_exchange x = asked(NEVER, NULL, 0);
        webhook_str out;
        CHECK_STATUS(give(&x, webhook_str_from_cstr(rows[i]), &out), WEBHOOK_ERR_SYNTAX);
        CHECK(x.began == 1);
        over(&x, WEBHOOK_ERR_SYNTAX, 0, 0);
    }
}

/* Row 27: a head without end, and one field without end, whatever of it fits. */
static void attack_27_endless_heads(void) {
    static char junk[4096];
    size_t i, k;
    for (k = 0; k < 2; k++) {
        webhook_exchange x = asked(NEVER, NULL, 0);
        webhook_str out;
        webhook_status s = give(&x, WEBHOOK_STR("HTTP/1.1 200 OK\r\nX: "), &out);
        memset(junk, 'x', sizeof junk);
        for (i = 0; k == 0 && i + 8 <= sizeof junk; i += 8) memcpy(junk + i, "\r\nA: bcd", 8);
        for (i = 0; i < 1000 && s == WEBHOOK_WANT_RECV; i++)
            s = give(&x, webhook_str_from(junk, sizeof junk), &out);
        CHECK(i <= 17);
        CHECK_STATUS(s, WEBHOOK_ERR_LIMIT);
        over(&x, WEBHOOK_ERR_LIMIT, 0, 0);
    }
}

/* ---- the body of an answer ---- */

/* A body of n bytes in pieces of 1,000: over with the connection kept, or cut off. */
static void a_body_of(const char *head, size_t n, const char *behind, int keep_alive) {
    static char piece[1000];
    webhook_exchange x = asked(NEVER, NULL, 0);
    webhook_str out;
    webhook_status s = give(&x, webhook_str_from_cstr(head), &out);
    memset(piece, 'x', sizeof piece);
    CHECK(x.status == 200);
    while (n > 0 && s == WEBHOOK_WANT_RECV) {
        size_t part = n < sizeof piece ? n : sizeof piece;
        s = give(&x, webhook_str_from(piece, part), &out);
        n -= part;
    }
    if (s == WEBHOOK_WANT_RECV && *behind != 0) s = give(&x, webhook_str_from_cstr(behind), &out);
    if (s == WEBHOOK_WANT_RECV) s = webhook_exchange_finish(&x, WEBHOOK_ERR_CLOSED);
    CHECK_STATUS(s, WEBHOOK_OK);
    over(&x, WEBHOOK_OK, 200, keep_alive);
}

static void as_much_of_a_body_as_is_read(void) {
    a_body_of("HTTP/1.1 200 OK\r\nContent-Length: 65535\r\n\r\n", 65535, "", 1);
    a_body_of("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n", 65536, "", 1);
    a_body_of("HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n", 65537, "", 0);
    a_body_of("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", 200000, "", 0);
    a_body_of("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551614\r\n\r\n", 200000, "", 0);
    a_body_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n", 65536,
              "\r\n0\r\n\r\n", 1);
    a_body_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n", 65537,
              "\r\n0\r\n\r\n", 0);
    a_body_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 200000,
              "", 0);
    a_body_of("HTTP/1.1 200 OK\r\n\r\n", 10, "", 0);
    a_body_of("HTTP/1.1 200 OK\r\n\r\n", 0, "", 0);
    a_body_of("HTTP/1.1 200 OK\r\n\r\n", 200000, "", 0);
    a_body_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", 9, "", 0);
}

/* ---- time and ends ---- */

static void the_deadline_at_each_stage(void) {
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    webhook_str answer = WEBHOOK_STR(ANSWER), none = WEBHOOK_STR(""), in, out;
    size_t n, sent;
    for (n = 0; n < request_len; n++) {
        webhook_exchange x = begun(1000, NULL, 0);
        sent = 0;
        send_bytes(&x, &sent, n, 1000);
        CHECK_STATUS(webhook_exchange_next(&x, 999, &none, &out), WEBHOOK_WANT_SEND);
        CHECK_STATUS(webhook_exchange_next(&x, 1000, &none, &out), WEBHOOK_ERR_TIMEOUT);
        over(&x, WEBHOOK_ERR_TIMEOUT, 0, 0);
    }
    for (n = 0; n <= answer.len; n++) {
        webhook_exchange x = asked(1000, NULL, 0);
        webhook_status want = n + 5 >= answer.len ? WEBHOOK_OK : WEBHOOK_ERR_TIMEOUT;
        in = test_guarded(webhook_str_from(answer.ptr, n));
        CHECK_STATUS(webhook_exchange_next(&x, 999, &in, &out),
                     n == answer.len ? WEBHOOK_OK : WEBHOOK_WANT_RECV);
        CHECK_STATUS(webhook_exchange_next(&x, NEVER, &none, &out), want);
        over(&x, want, want == WEBHOOK_OK ? 503 : 0, n == answer.len);
        x = asked(1000, NULL, 0);
        in = webhook_str_from_cstr(interim);
        CHECK_STATUS(webhook_exchange_next(&x, 999, &in, &out), WEBHOOK_WANT_RECV);
        in = test_guarded(webhook_str_from(answer.ptr, n)); /* what comes just now still counts */
        CHECK_STATUS(webhook_exchange_next(&x, 1000, &in, &out), want);
        over(&x, want, want == WEBHOOK_OK ? 503 : 0, n == answer.len);
    }
    {
        webhook_exchange x = begun(0, NULL, 0);
        CHECK_STATUS(webhook_exchange_next(&x, 0, &none, &out), WEBHOOK_ERR_TIMEOUT);
        x = begun(NEVER, NULL, 0);
        CHECK_STATUS(webhook_exchange_next(&x, NEVER - 1, &none, &out), WEBHOOK_WANT_SEND);
    }
}

/* The connection ends behind each byte of an answer, in good order or not. */
static void closed_at_each_stage(void) {
    webhook_str answer = WEBHOOK_STR(ANSWER), out;
    size_t n, k, sent;
    for (k = 0; k < 2; k++) {
        webhook_status how = k == 0 ? WEBHOOK_ERR_CLOSED : WEBHOOK_ERR_IO;
        for (n = 0; n < request_len; n++) { /* while the request is sent */
            webhook_exchange x = begun(NEVER, NULL, 0);
            sent = 0;
            send_bytes(&x, &sent, n, 1000);
            CHECK_STATUS(webhook_exchange_finish(&x, how), how);
            CHECK(x.began == 0);
            over(&x, how, 0, 0);
        }
        for (n = 0; n <= answer.len; n++) {
            webhook_exchange x = asked(NEVER, NULL, 0);
            webhook_status want = n + 5 >= answer.len ? WEBHOOK_OK
                                  : n > 0 && k == 0   ? WEBHOOK_ERR_TRUNCATED
                                                      : how;
            give(&x, webhook_str_from(answer.ptr, n), &out);
            CHECK_STATUS(webhook_exchange_finish(&x, how), want);
            CHECK(x.began == (n > 0));
            over(&x, want, want == WEBHOOK_OK ? 503 : 0, n == answer.len);
        }
    }
}

/* A 1xx and then the end: a byte had come, so the connection was no stale one. */
static void closed_behind_an_interim_answer(void) {
    webhook_exchange x = asked(NEVER, NULL, 0);
    webhook_str out;
    CHECK_STATUS(give(&x, WEBHOOK_STR("HTTP/1.1 100 Continue\r\n\r\n"), &out), WEBHOOK_WANT_RECV);
    CHECK_STATUS(webhook_exchange_finish(&x, WEBHOOK_ERR_CLOSED), WEBHOOK_ERR_TRUNCATED);
    CHECK(x.began == 1);
    over(&x, WEBHOOK_ERR_TRUNCATED, 0, 0);
}

/* ---- Retry-After ---- */

static void retry_after_is(const char *fields, char *line, size_t cap, size_t cut,
                           const char *wanted) {
    char text[400];
    webhook_exchange x = asked(NEVER, line, cap);
    webhook_str out;
    size_t n = (size_t)snprintf(text, sizeof text, "HTTP/1.1 429 x\r\n%sContent-Length: 0\r\n\r\n",
                                fields);
    if (cut > 0 && cut < n) {
        CHECK_STATUS(give(&x, webhook_str_from(text, cut), &out), WEBHOOK_WANT_RECV);
        memmove(text, text + cut, n - cut);
        n -= cut;
    }
    CHECK_STATUS(give(&x, webhook_str_from(text, n), &out), WEBHOOK_OK);
    if (!CHECK_STR(webhook_exchange_retry_after(&x), wanted)) printf("  %s\n", fields);
    if (*wanted != 0) {
        const char *at = webhook_exchange_retry_after(&x).ptr;
        CHECK(at >= (const char *)&x && at < (const char *)(&x + 1));
    }
    over(&x, WEBHOOK_OK, 429, 1);
}

#define FORTY "0123456789012345678901234567890123456789"

static void retry_after(void) {
    char line[80];
    size_t cut;
    webhook_exchange x = asked(NEVER, NULL, 0);
    webhook_str out;
    CHECK_STATUS(give(&x, WEBHOOK_STR("HTTP/1.1 200 x\r\nRetry-After: 7\r\n\r\n"), &out),
                 WEBHOOK_WANT_RECV);
    CHECK_STR(webhook_exchange_retry_after(&x), "7"); /* whatever the status */
    retry_after_is("", NULL, 0, 0, "");
    retry_after_is("Retry-After: 5\r\n", NULL, 0, 0, "5");
    retry_after_is("retry-AFTER:\t Fri, 31 Dec 1999 23:59:59 GMT \r\n", NULL, 0, 0,
                   "Fri, 31 Dec 1999 23:59:59 GMT");
    retry_after_is("Retry-After: " FORTY "\r\n", NULL, 0, 0, FORTY);
    retry_after_is("Retry-After: " FORTY "1\r\n", NULL, 0, 0, "");
    retry_after_is("Retry-After:\r\n", NULL, 0, 0, "");
    retry_after_is("X-Retry-After: 5\r\nRetry-Afte: 6\r\nRetry-Afters: 7\r\n", NULL, 0, 0, "");
    for (cut = 1; cut < 60; cut++) {
        retry_after_is("A: b\r\nRetry-After: " FORTY "\r\n", line, sizeof line, cut, FORTY);
        retry_after_is("A: b\r\nRetry-After: 5\r\n", NULL, 0, cut,
                       cut <= 22 || cut >= 38 ? "5" : ""); /* it lies in two inputs */
    }
}

/* ---- over callbacks ---- */

/* what the k-th call of a callback does instead of its work */
enum { FAULT_NONE, FAULT_SHORT, FAULT_WANT_SEND, FAULT_WANT_RECV, FAULT_CLOSED, FAULT_IO };

/* The other end: it takes the request, some bytes a call, and gives its answer from a point of it
 * on, some bytes a call. */
typedef struct peer {
    webhook_str answer;
    size_t takes, gives; /* bytes a call */
    size_t after;        /* bytes of the request that come before the answer */
    size_t given, taken; /* bytes so far */
    size_t calls, fault_at;
    int fault;
    size_t sends_after_failure;
    int send_failed, recv_failed;
    webhook_status end; /* behind the answer: WEBHOOK_WANT_RECV, WEBHOOK_ERR_CLOSED or _IO */
} peer;

/* Is this call the one? Then what it answers, else WEBHOOK_MORE. */
static webhook_status fault_of(peer *p) {
    if (++p->calls != p->fault_at) return WEBHOOK_MORE;
    if (p->fault == FAULT_WANT_SEND) return WEBHOOK_WANT_SEND;
    if (p->fault == FAULT_WANT_RECV) return WEBHOOK_WANT_RECV;
    if (p->fault == FAULT_CLOSED) return WEBHOOK_ERR_CLOSED;
    return p->fault == FAULT_IO ? WEBHOOK_ERR_IO : WEBHOOK_MORE;
}

static webhook_status peer_send(void *user, const void *ptr, size_t len, size_t *n) {
    static const char request[] = HEAD BODY;
    peer *p = (peer *)user;
    webhook_status s = fault_of(p);
    CHECK(len > 0 && len <= request_len - p->taken);
    CHECK(memcmp(ptr, request + p->taken, len) == 0); /* nothing twice, nothing lost */
    CHECK(!p->send_failed && !p->recv_failed);
    if (s < 0) p->send_failed = 1;
    if (s != WEBHOOK_MORE) return s;
    *n = len < p->takes ? len : p->takes;
    if (p->calls == p->fault_at) *n = 1; /* FAULT_SHORT */
    p->taken += *n;
    return WEBHOOK_OK;
}

static webhook_status peer_recv(void *user, void *ptr, size_t cap, size_t *n) {
    peer *p = (peer *)user;
    webhook_status s = fault_of(p);
    size_t left = p->answer.len - p->given;
    CHECK(cap > 0 && !p->recv_failed);
    if (s == WEBHOOK_MORE && p->taken < p->after && !p->send_failed) s = WEBHOOK_WANT_RECV;
    if (s == WEBHOOK_MORE && left == 0) s = p->end;
    if (s < 0) p->recv_failed = 1;
    if (s != WEBHOOK_MORE) return s;
    *n = left < cap ? left : cap;
    if (*n > p->gives) *n = p->gives;
    if (p->calls == p->fault_at) *n = 1;
    memcpy(ptr, p->answer.ptr + p->given, *n);
    p->given += *n;
    return WEBHOOK_OK;
}

static peer peer_of(const char *answer, size_t takes, size_t gives, size_t after) {
    peer p;
    memset(&p, 0, sizeof p);
    p.answer = webhook_str_from_cstr(answer);
    p.takes = takes;
    p.gives = gives;
    p.after = after;
    p.end = WEBHOOK_WANT_RECV;
    return p;
}

/* Runs until it is over; whoever wants to wait is called again, some times at most. */
static webhook_status run(webhook_exchange *x, peer *p, size_t cap, size_t *waits) {
    webhook_io io;
    char *buf = (char *)malloc(cap);
    webhook_status s;
    if (buf == NULL) abort();
    memset(buf, 0x5a, cap);
    io.user = p;
    io.send = peer_send;
    io.recv = peer_recv;
    *waits = 0;
    do s = webhook_exchange_run(x, 0, &io, buf, cap);
    while ((s == WEBHOOK_WANT_SEND || s == WEBHOOK_WANT_RECV) && ++*waits < 3);
    free(buf);
    return s;
}

static void over_callbacks_in_any_steps(void) {
    size_t takes, gives, cap, waits;
    for (takes = 1; takes < 80; takes += takes < 4 ? 1 : 25)
        for (gives = 1; gives < 120; gives += gives < 4 ? 1 : 23)
            for (cap = 1; cap < 160; cap += cap < 4 ? 1 : 31) {
                char line[64];
                peer p = peer_of(ANSWER, takes, gives, request_len);
                webhook_exchange x = begun(NEVER, line, sizeof line);
                CHECK_STATUS(run(&x, &p, cap, &waits), WEBHOOK_OK);
                CHECK_SIZE(waits, 0);
                CHECK(p.taken == request_len && p.given == p.answer.len);
                CHECK_STR(webhook_exchange_retry_after(&x), "120");
                over(&x, WEBHOOK_OK, 503, 1);
            }
}

/* What must come of a fault, by what had happened when it came. */
static void judge_fault(webhook_exchange *x, const peer *p, webhook_status s, size_t waits) {
    size_t head = strlen(ANSWER) - 5;
    switch (p->fault) {
    case FAULT_SHORT:
    case FAULT_WANT_SEND:
    case FAULT_WANT_RECV:
        CHECK(waits <= 1);
        CHECK_STATUS(s, WEBHOOK_OK);
        CHECK(p->taken == request_len && p->given == p->answer.len);
        over(x, WEBHOOK_OK, 503, 1);
        break;
    default:
        if (p->send_failed || p->given >= head) { /* the answer came all the same */
            CHECK_STATUS(s, WEBHOOK_OK);
            CHECK(!p->send_failed || p->given == p->answer.len);
            over(x, WEBHOOK_OK, 503, 0);
        } else {
            webhook_status want = p->fault == FAULT_IO ? WEBHOOK_ERR_IO
                                  : p->given > 0       ? WEBHOOK_ERR_TRUNCATED
                                                       : WEBHOOK_ERR_CLOSED;
            CHECK_STATUS(s, want);
            CHECK(x->began == (p->given > 0));
            over(x, want, 0, 0);
        }
    }
}

/* The k-th call is short, wants to wait, or fails, for every k and each kind. */
static void every_fault_at_every_call(void) {
    static const size_t steps[][3] = { { 7, 11, 40 }, { 1000, 1000, 1000 }, { 1, 1, 1 } };
    size_t i, k, waits;
    int fault;
    for (i = 0; i < 3; i++) {
        char line[64];
        peer clean = peer_of(ANSWER, steps[i][0], steps[i][1], request_len);
        webhook_exchange x = begun(NEVER, line, sizeof line);
        CHECK_STATUS(run(&x, &clean, steps[i][2], &waits), WEBHOOK_OK);
        CHECK(clean.calls >= 3);
        for (fault = FAULT_SHORT; fault <= FAULT_IO; fault++)
            for (k = 1; k <= clean.calls; k++) {
                peer p = peer_of(ANSWER, steps[i][0], steps[i][1], request_len);
                webhook_status s;
                p.fault = fault;
                p.fault_at = k;
                x = begun(NEVER, line, sizeof line);
                s = run(&x, &p, steps[i][2], &waits);
                judge_fault(&x, &p, s, waits);
            }
    }
}

/* The connection breaks while the request is sent, and no answer comes. */
static void a_peer_that_takes_no_more(void) {
    size_t k, waits, i;
    for (i = 0; i < 2; i++)
        for (k = 1; k <= 6; k++) {
            peer p = peer_of("", 10, 10, request_len);
            webhook_exchange x = begun(NEVER, NULL, 0);
            p.fault = FAULT_IO;
            p.fault_at = k;
            p.end = i == 0 ? WEBHOOK_ERR_CLOSED : WEBHOOK_ERR_IO;
            CHECK_STATUS(run(&x, &p, 100, &waits), p.end);
            CHECK(x.began == 0);
            over(&x, p.end, 0, 0);
        }
}

/* A peer that answers when it has seen n bytes, and then takes no more. */
static void an_early_answer_over_callbacks(void) {
    size_t n, waits;
    for (n = 0; n < request_len; n++) {
        peer p = peer_of(ANSWER, 1, 1000, n);
        webhook_exchange x = begun(NEVER, NULL, 0);
        p.fault = FAULT_WANT_SEND;
        p.fault_at = n + 1;
        CHECK_STATUS(run(&x, &p, 200, &waits), WEBHOOK_OK);
        CHECK(waits == 0 && p.taken == n);
        over(&x, WEBHOOK_OK, 503, 0);
    }
}

/* Nobody is ready: what is waited for is said, nothing else is done; then the time is over. */
static void waiting_over_callbacks(void) {
    peer p = peer_of("", 0, 0, request_len);
    webhook_exchange x = begun(50, NULL, 0);
    webhook_io io;
    char buf[16];
    io.user = &p;
    io.send = peer_send;
    io.recv = peer_recv;
    p.fault = FAULT_WANT_SEND;
    p.fault_at = 1;
    CHECK_STATUS(webhook_exchange_run(&x, 0, &io, buf, sizeof buf), WEBHOOK_WANT_SEND);
    CHECK(p.taken == 0);
    p.takes = 1000;
    CHECK_STATUS(webhook_exchange_run(&x, 49, &io, buf, sizeof buf), WEBHOOK_WANT_RECV);
    CHECK(p.taken == request_len);
    CHECK_STATUS(webhook_exchange_run(&x, 50, &io, buf, sizeof buf), WEBHOOK_ERR_TIMEOUT);
    over(&x, WEBHOOK_ERR_TIMEOUT, 0, 0);
}

/* A flood: nothing but 1xx, a body without end. It ends by itself. */
static void floods_over_callbacks(void) {
    static char flood[200000];
    size_t n, waits;
    webhook_exchange x = begun(NEVER, NULL, 0);
    peer p;
    for (n = 0; n + 25 < sizeof flood; n += 25)
        memcpy(flood + n, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    p = peer_of(flood, 1000, 1000, request_len);
    CHECK_STATUS(run(&x, &p, 1000, &waits), WEBHOOK_ERR_LIMIT);
    over(&x, WEBHOOK_ERR_LIMIT, 0, 0);
    memset(flood, 'x', sizeof flood - 1);
    memcpy(flood, "HTTP/1.1 500 x\r\nA: ", 19);
    memcpy(flood + 100, "\r\n\r\n", 4);
    x = begun(NEVER, NULL, 0);
    p = peer_of(flood, 1000, 1000, request_len);
    CHECK_STATUS(run(&x, &p, 1000, &waits), WEBHOOK_OK);
    CHECK(p.given >= WEBHOOK_ANSWER_MAX && p.given <= WEBHOOK_ANSWER_MAX + 2000);
    over(&x, WEBHOOK_OK, 500, 0);
}

void suite_exchange(void) {
    RUN(the_request_is_sent_in_any_steps);
    RUN(requests_without_a_body);
    RUN(an_answer_at_every_cut);
    RUN(an_answer_byte_by_byte);
    RUN(an_answer_before_the_request_is_sent);
    RUN(interim_answers_are_passed_over);
    RUN(attack_20_redirects_are_answers);
    RUN(who_serves_another_request);
    RUN(what_is_no_answer);
    RUN(attack_27_endless_heads);
    RUN(as_much_of_a_body_as_is_read);
    RUN(the_deadline_at_each_stage);
    RUN(closed_at_each_stage);
    RUN(closed_behind_an_interim_answer);
    RUN(retry_after);
    RUN(over_callbacks_in_any_steps);
    RUN(every_fault_at_every_call);
    RUN(a_peer_that_takes_no_more);
    RUN(an_early_answer_over_callbacks);
    RUN(waiting_over_callbacks);
    RUN(floods_over_callbacks);
}
