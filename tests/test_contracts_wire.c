/* test_contracts_wire.c -- test_contracts.c for what travels: URLs, HTTP, exchange, guard, receive
 *
 * Every status that a contract lists is driven once, in the header's order.
 */
#include "test.h"

/* GIVES(status, call) -- reads as the contract does */
#define GIVES(status, call) CHECK_STATUS(call, WEBHOOK_##status)
#define S(literal) WEBHOOK_STR(literal)

#define NOW 1736937000

static webhook_str letters(size_t n) {
    static char text[2100];
    memset(text, 'a', sizeof text);
    memcpy(text, "http://a/", 9);
    return webhook_str_from(text, n);
}

/* ---- URL ---- */

static void url_read(void) {
    webhook_url u;
    GIVES(OK, webhook_url_read(S("https://a"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("ftp://a"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://u@a"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://a#f"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://%61"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://a+b"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://127.1"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://[fe80::1%251]"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://a:"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://a:080"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://a/ b"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://a\\b"), &u, NULL));
    GIVES(ERR_SYNTAX, webhook_url_read(S("http://a/\x7f"), &u, NULL));
    GIVES(ERR_RANGE, webhook_url_read(S("http://a:65536"), &u, NULL));
    GIVES(OK, webhook_url_read(letters(WEBHOOK_URL_MAX), &u, NULL));
    GIVES(ERR_LIMIT, webhook_url_read(letters(WEBHOOK_URL_MAX + 1), &u, NULL));
    GIVES(ERR_LIMIT, webhook_url_read(S("http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                        "aaaaaaaaaaaaaa"),
                                      &u, NULL));
    GIVES(ERR_ARGUMENT, webhook_url_read(S("http://a"), NULL, NULL));
}

/* ---- writer ---- */

enum { PUT_REQUEST, PUT_RESPONSE, PUT_FIELD, PUT_LENGTH, PUT_BASIC, PUT_ANSWER };

/* What the buf says when one of them has put this text, or this number. */
static webhook_status put(int what, webhook_str text, unsigned number) {
    webhook_buf b = WEBHOOK_ZERO;
    webhook_url u;
    GIVES(OK, webhook_url_read(S("http://a"), &u, NULL));
    if (what == PUT_REQUEST) webhook_http_put_request(&b, text, &u);
    if (what == PUT_RESPONSE) webhook_http_put_response(&b, number);
    if (what == PUT_FIELD) webhook_http_put_field(&b, S("Name"), text);
    if (what == PUT_LENGTH) webhook_http_put_length(&b, number);
    if (what == PUT_BASIC) webhook_http_put_basic(&b, text, S("pass"));
    if (what == PUT_ANSWER) webhook_http_put_answer(&b, number, 1);
    return webhook_buf_end(&b);
}

static void http_puts(void) {
    webhook_buf no_url[2];
    webhook_url zeros = WEBHOOK_ZERO;
    memset(no_url, 0, sizeof no_url);
    GIVES(OK, put(PUT_REQUEST, S("GET"), 0));
    GIVES(ERR_ARGUMENT, put(PUT_REQUEST, S("GET /"), 0));
    webhook_http_put_request(&no_url[0], S("GET"), NULL);
    GIVES(ERR_ARGUMENT, webhook_buf_end(&no_url[0]));
    webhook_http_put_request(&no_url[1], S("GET"), &zeros);
    GIVES(ERR_ARGUMENT, webhook_buf_end(&no_url[1]));
    GIVES(OK, put(PUT_RESPONSE, S(""), 100));
    GIVES(OK, put(PUT_RESPONSE, S(""), 599));
    GIVES(ERR_ARGUMENT, put(PUT_RESPONSE, S(""), 99));
    GIVES(ERR_ARGUMENT, put(PUT_RESPONSE, S(""), 600));
    GIVES(OK, put(PUT_FIELD, S("a \xff"), 0));
    GIVES(ERR_ARGUMENT, put(PUT_FIELD, S("a\r\nb"), 0));
    GIVES(ERR_ARGUMENT, put(PUT_FIELD, S(" a"), 0));
    GIVES(OK, put(PUT_LENGTH, S(""), 1));
    GIVES(OK, put(PUT_BASIC, S("user"), 0));
    GIVES(ERR_ARGUMENT, put(PUT_BASIC, S("us:er"), 0));
    GIVES(ERR_ARGUMENT, put(PUT_BASIC, S("us\ner"), 0));
    GIVES(OK, put(PUT_ANSWER, S(""), 204));
    GIVES(ERR_ARGUMENT, put(PUT_ANSWER, S(""), 1000));
}

/* ---- reader ---- */

/* The last status of a reader whose input is this text, asked twice since it stays. */
static webhook_status read_all(webhook_http_ctx *c, webhook_str in) {
    webhook_http_token t;
    webhook_status s;
    do s = webhook_http_next(c, &in, &t);
    while (s == WEBHOOK_OK);
    CHECK(t.kind == WEBHOOK_HTTP_NONE);
    CHECK_STATUS(webhook_http_next(c, &in, &t), s);
    return s;
}

static webhook_http_ctx reader(void) {
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    d.body_max = 10;
    d.head_max = 100;
    GIVES(OK, webhook_http_init(&c, &d));
    return c;
}

static void http_next(void) {
    webhook_http_ctx c = reader();
    webhook_http_token t;
    webhook_str in = S("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    GIVES(OK, webhook_http_next(&c, &in, &t));
    GIVES(MORE, read_all(&c, in));
    CHECK(webhook_http_keep_alive(&c) == 1 && webhook_http_refusal(&c) == 0);
    GIVES(ERR_SYNTAX, read_all(&c, S("GET\n")));
    CHECK(webhook_http_keep_alive(&c) == 0 && webhook_http_refusal(&c) == 400);
    c = reader();
    GIVES(ERR_LIMIT, read_all(&c, S("POST / HTTP/1.0\r\nContent-Length: 11\r\n\r\n")));
    CHECK(webhook_http_refusal(&c) == 413);
    c = reader();
    GIVES(MORE, read_all(&c, S("GET / HTTP/1.0\r\n")));
    GIVES(ERR_LIMIT, read_all(&c, letters(100)));
    CHECK(webhook_http_refusal(&c) == 431);
    c = reader();
    GIVES(ERR_CLOSED, read_all(&c, S("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n")));
    CHECK(webhook_http_keep_alive(&c) == 0 && webhook_http_refusal(&c) == 0);
    c = reader();
    GIVES(MORE, read_all(&c, S("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-"
                               "Length: 1\r\n\r\n")));
    CHECK(webhook_http_expects_continue(&c) == 1);
}

static void http_init(void) {
    webhook_http_ctx c;
    webhook_http_desc d = WEBHOOK_ZERO;
    GIVES(OK, webhook_http_init(&c, &d));
    GIVES(ERR_ARGUMENT, webhook_http_init(NULL, &d));
    GIVES(ERR_ARGUMENT, webhook_http_init(&c, NULL));
    d.line_cap = 1;
    GIVES(ERR_ARGUMENT, webhook_http_init(&c, &d));
}

static void http_finish(void) {
    webhook_http_ctx c = reader();
    webhook_http_desc d = WEBHOOK_ZERO;
    GIVES(OK, webhook_http_finish(&c));
    read_all(&c, S("GET / HTTP/1.1\r\n"));
    GIVES(ERR_TRUNCATED, webhook_http_finish(&c));
    read_all(&c, S("\r\n"));
    GIVES(ERR_SYNTAX, webhook_http_finish(&c));
    d.response = 1;
    d.body_max = 1;
    GIVES(OK, webhook_http_init(&c, &d));
    read_all(&c, S("HTTP/1.1 200 OK\r\n\r\nx"));
    GIVES(OK, webhook_http_finish(&c));
    GIVES(OK, webhook_http_init(&c, &d));
    read_all(&c, S("HTTP/1.1 200 OK\r\n\r\nxy"));
    GIVES(ERR_LIMIT, webhook_http_finish(&c));
}

/* ---- exchange ---- */

static webhook_exchange asking(void) {
    webhook_exchange x;
    webhook_exchange_init(&x, S("GET / HTTP/1.1\r\n\r\n"), S(""), 1000, NULL, 0);
    return x;
}

static webhook_exchange asked(void) {
    webhook_exchange x = asking();
    webhook_exchange_sent(&x, 100);
    return x;
}

static webhook_status next(webhook_exchange x, uint64_t tick_ms, webhook_str in) {
    webhook_str out;
    return webhook_exchange_next(&x, tick_ms, &in, &out);
}

static void exchange_next(void) {
    static char long_field[70000];
    GIVES(OK, next(asked(), 0, S("HTTP/1.1 204 x\r\n\r\n")));
    GIVES(WANT_SEND, next(asking(), 0, S("")));
    GIVES(WANT_RECV, next(asked(), 0, S("")));
    GIVES(ERR_TIMEOUT, next(asked(), 1000, S("")));
    GIVES(ERR_SYNTAX, next(asked(), 0, S("HTTP/2")));
    memset(long_field, 'x', sizeof long_field);
    memcpy(long_field, "HTTP/1.1 200 x\r\nA:", 18);
    GIVES(ERR_LIMIT, next(asked(), 0, webhook_str_from(long_field, sizeof long_field)));
}

static void exchange_finish(void) {
    webhook_exchange x = asked();
    webhook_str in = S("HTTP/1.1 200 x\r\n"), out;
    GIVES(ERR_CLOSED, webhook_exchange_finish(&x, WEBHOOK_ERR_CLOSED));
    x = asked();
    GIVES(ERR_IO, webhook_exchange_finish(&x, WEBHOOK_ERR_IO));
    GIVES(ERR_IO, webhook_exchange_finish(&x, WEBHOOK_ERR_CLOSED));
    x = asked();
    GIVES(WANT_RECV, webhook_exchange_next(&x, 0, &in, &out));
    GIVES(ERR_TRUNCATED, webhook_exchange_finish(&x, WEBHOOK_ERR_CLOSED));
    x = asked();
    in = S("HTTP/1.1 200 x\r\n\r\n");
    GIVES(WANT_RECV, webhook_exchange_next(&x, 0, &in, &out));
    GIVES(OK, webhook_exchange_finish(&x, WEBHOOK_ERR_CLOSED));
}

/* What the peer of exchange_run does: each call answers the next status of a list. */
typedef struct script {
    const webhook_status *send, *recv;
    const char *answer;
} script;

static webhook_status script_send(void *user, const void *ptr, size_t len, size_t *n) {
    script *p = (script *)user;
    CHECK(ptr != NULL);
    *n = len;
    return *p->send++;
}

static webhook_status script_recv(void *user, void *ptr, size_t cap, size_t *n) {
    script *p = (script *)user;
    if (*p->recv == WEBHOOK_OK) {
        *n = strlen(p->answer);
        CHECK(*n > 0 && *n <= cap);
        memcpy(ptr, p->answer, *n);
    }
    return *p->recv++;
}

static webhook_status run(uint64_t tick_ms, const char *answer, webhook_status send,
                          webhook_status recv, webhook_status then) {
    webhook_status sends[4], recvs[4];
    webhook_exchange x = asking();
    script p;
    webhook_io io;
    char buf[100];
    sends[0] = send;
    sends[1] = sends[2] = sends[3] = WEBHOOK_WANT_SEND;
    recvs[0] = recv;
    recvs[1] = recvs[2] = recvs[3] = then;
    p.send = sends;
    p.recv = recvs;
    p.answer = answer;
    io.user = &p;
    io.send = script_send;
    io.recv = script_recv;
    return webhook_exchange_run(&x, tick_ms, &io, buf, sizeof buf);
}

static void exchange_run(void) {
    const webhook_status ok = WEBHOOK_OK, wait = WEBHOOK_WANT_RECV, closed = WEBHOOK_ERR_CLOSED;
    GIVES(OK, run(0, "HTTP/1.1 204 x\r\n\r\n", ok, ok, wait));
    GIVES(WANT_SEND, run(0, "", WEBHOOK_WANT_SEND, wait, wait));
    GIVES(WANT_RECV, run(0, "", ok, wait, wait));
    GIVES(ERR_TIMEOUT, run(1000, "", ok, wait, wait));
    GIVES(ERR_SYNTAX, run(0, "HTTP/2", ok, ok, wait));
    GIVES(ERR_CLOSED, run(0, "", ok, closed, closed));
    GIVES(ERR_IO, run(0, "", ok, WEBHOOK_ERR_IO, WEBHOOK_ERR_IO));
    GIVES(ERR_TRUNCATED, run(0, "HTTP/1.1 200", ok, ok, closed));
}

/* ---- guard ---- */

static void net_read(void) {
    webhook_net net;
    GIVES(OK, webhook_net_read(S("10.0.0.0/8"), &net));
    GIVES(ERR_SYNTAX, webhook_net_read(S("10.0.0.0/33"), &net));
    GIVES(ERR_SYNTAX, webhook_net_read(S("10.0.0.1/8"), &net));
    GIVES(ERR_ARGUMENT, webhook_net_read(S("10.0.0.0/8"), NULL));
}

static void guard_check(void) {
    static const unsigned char inside[4] = { 10, 0, 0, 1 }, outside[4] = { 8, 8, 8, 8 };
    webhook_guard g = WEBHOOK_ZERO;
    GIVES(OK, webhook_guard_check(NULL, outside, 4));
    GIVES(ERR_FORBIDDEN, webhook_guard_check(NULL, inside, 4));
    GIVES(ERR_FORBIDDEN, webhook_guard_check(&g, inside, 4));
    GIVES(ERR_ARGUMENT, webhook_guard_check(&g, NULL, 4));
    GIVES(ERR_ARGUMENT, webhook_guard_check(&g, inside, 3));
}

/* ---- receive ---- */

static webhook_http_desc desc(void) {
    webhook_http_desc d = WEBHOOK_ZERO;
    d.body_max = 10;
    d.head_max = 300;
    return d;
}

static void receive_init(void) {
    webhook_receive_ctx c;
    webhook_http_desc d = desc();
    GIVES(OK, webhook_receive_init(&c, &d));
    GIVES(OK, webhook_receive_init_scheme(&c, &d, NULL, NULL, 0));
    GIVES(ERR_ARGUMENT, webhook_receive_init(NULL, &d));
    GIVES(ERR_ARGUMENT, webhook_receive_init(&c, NULL));
    d.response = 1;
    GIVES(ERR_ARGUMENT, webhook_receive_init(&c, &d));
    GIVES(ERR_ARGUMENT, webhook_receive_init_scheme(&c, &d, NULL, NULL, 0));
    d = desc();
    d.line_cap = 1;
    GIVES(ERR_ARGUMENT, webhook_receive_init(&c, &d));
}

static webhook_hmac_key a_key(void) {
    webhook_hmac_key k;
    GIVES(OK, webhook_key_init(&k, NULL, S("secret")));
    return k;
}

/* A delivery of "body" signed at NOW, with these fields in front. */
static webhook_str delivery(const char *fields) {
    static char text[600];
    char hex[65];
    webhook_buf b = webhook_buf_from(hex, 64);
    webhook_message m = WEBHOOK_ZERO;
    webhook_hmac_key k = a_key();
    m.timestamp = S("1736937000");
    m.body = S("body");
    GIVES(OK, webhook_sign(NULL, &k, &m, &b));
    hex[64] = 0;
    snprintf(text, sizeof text,
             "POST / HTTP/1.1\r\nHost: a\r\n%sContent-Length: 4\r\nX-Appwrite-Webhook-Timestamp: "
             "1736937000\r\nX-Appwrite-Webhook-Signature: %s\r\n\r\nbody",
             fields, hex);
    return webhook_str_from_cstr(text);
}

/* What comes of a request with n keys: reason and status in one number, 0 = VERIFIED. */
#define REFUSED(status, reason) ((status)*100 - (int)WEBHOOK_##reason)
static int outcome(webhook_str in, const webhook_hmac_key *keys, size_t n, int64_t now_s,
                   unsigned refuse) {
    webhook_receive_ctx c;
    webhook_http_desc d = desc();
    webhook_http_token t;
    webhook_status s;
    int told = 0, said = -1;
    GIVES(OK, webhook_receive_init(&c, &d));
    while ((s = webhook_receive_next(&c, &in, &t)) == WEBHOOK_OK) {
        if (t.kind == WEBHOOK_HTTP_LINE && refuse > 0) webhook_receive_refuse(&c, refuse);
        if (t.kind == WEBHOOK_HTTP_HEAD && refuse == 0) webhook_receive_keys(&c, keys, n, now_s);
        if (t.kind == WEBHOOK_HTTP_VERIFIED) told++, said = 0;
        if (t.kind == WEBHOOK_HTTP_REFUSED) told++, said = t.status * 100 - t.reason;
    }
    CHECK(told == 1 && (s == WEBHOOK_MORE || s == WEBHOOK_ERR_CLOSED));
    return said;
}

static void receive_next(void) {
    webhook_hmac_key k[2], none = WEBHOOK_ZERO;
    webhook_str in = S("GET /\n"), good;
    k[0] = k[1] = a_key();
    good = delivery("");
    CHECK(outcome(good, k, 1, NOW, 0) == 0);
    CHECK(outcome(in, k, 1, NOW, 0) == REFUSED(400, ERR_SYNTAX));
    in = S("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
    CHECK(outcome(in, k, 1, NOW, 0) == REFUSED(413, ERR_LIMIT));
    CHECK(outcome(letters(2000), k, 1, NOW, 0) == REFUSED(400, ERR_SYNTAX));
    CHECK(outcome(good, k, 1, NOW + 301, 0) == REFUSED(401, ERR_STALE));
    CHECK(outcome(good, &none, 1, NOW, 0) == REFUSED(401, ERR_KEY));
    CHECK(outcome(good, NULL, 0, NOW, 0) == REFUSED(401, ERR_KEY));
    CHECK(outcome(good, k, 2, NOW, 0) == REFUSED(500, ERR_SCRATCH));
    CHECK(outcome(good, NULL, 1, NOW, 0) == REFUSED(500, ERR_ARGUMENT));
    CHECK(outcome(good, k, 1, NOW, 405) == REFUSED(405, ERR_FORBIDDEN));
    CHECK(outcome(good, k, 1, NOW, 200) == REFUSED(500, ERR_FORBIDDEN));
    in = S("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    CHECK(outcome(in, k, 1, NOW, 0) == REFUSED(401, ERR_SIGNATURE));
    in =
        delivery("X-Padding: 0123456789012345678901234567890123456789012345678901234567890123456789"
                 "012345678901234567890123456789012345678901234567890123456789\r\n");
    CHECK(outcome(in, k, 1, NOW, 0) == REFUSED(431, ERR_LIMIT));
}

static void receive_finish(void) {
    webhook_receive_ctx c;
    webhook_http_desc d = desc();
    webhook_http_token t;
    webhook_str in = S("POST / HTTP/1.1\r\n");
    GIVES(OK, webhook_receive_init(&c, &d));
    GIVES(OK, webhook_receive_next(&c, &in, &t));
    GIVES(MORE, webhook_receive_next(&c, &in, &t));
    GIVES(ERR_TRUNCATED, webhook_receive_finish(&c));
    GIVES(OK, webhook_receive_init(&c, &d));
    GIVES(OK, webhook_receive_finish(&c));
    in = S("GET / HTTP/1.0\r\n\r\n");
    while (webhook_receive_next(&c, &in, &t) == WEBHOOK_OK) continue;
    GIVES(ERR_CLOSED, webhook_receive_next(&c, &in, &t));
}

void suite_contracts_wire(void) {
    RUN(url_read);
    RUN(http_puts);
    RUN(http_init);
    RUN(http_next);
    RUN(http_finish);
    RUN(exchange_next);
    RUN(exchange_finish);
    RUN(exchange_run);
    RUN(net_read);
    RUN(guard_check);
    RUN(receive_init);
    RUN(receive_next);
    RUN(receive_finish);
}
