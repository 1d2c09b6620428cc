/* test_transport.c -- the client of >>posix as engines use it: connections that are kept, and the
 * transport of an engine, over loopback alone */
#if defined(__unix__) || defined(__APPLE__)
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef WEBHOOK_POSIX
#define WEBHOOK_POSIX
#endif
#endif
#include "test.h"

#ifndef WEBHOOK_POSIX
void suite_transport(void) {
}
#else
#include "loopback.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- a server that keeps its connections ---- */

enum { PEERS = 64 };

/* what it does when a request is whole */
enum act {
    ANSWER,
    HOLD, /* until answer is called */
    CLOSE,
    RESET,
    RESET_EARLY, /* at the first byte already */
    PART,        /* half of a status line */
    CUT,         /* the same, and closes */
    HINT         /* one that is none yet, and closes */
};

static const char created[] = "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello";

typedef struct peer {
    webhook_posix_watch w; /* fd -1: it is over */
    size_t requests, got;  /* got: bytes of the next one */
    int greeted;
    char text[2048]; /* where want is 0, the next one itself */
} peer;

static struct keeper {
    webhook_posix_watch accepting;
    peer peer[PEERS]; /* in the order in which they came */
    uint16_t port;
    size_t accepted, requests, closed; /* closed: by the client */
    size_t last;                       /* which one was answered last */
    size_t want;                       /* bytes of a request, 0 = as it says itself */
    enum act first, again;             /* with the first request of a connection, with others */
    const char *answer;
    int tls;
    webhook_posix_watch later; /* what happens to the first connection, this much after something */
    uint64_t later_ms;         /* was said there or held; 0 = nothing */
} keeper;

static void hang_up(size_t i, int reset) {
    peer *p = &keeper.peer[i];
    struct linger l;
    if (p->w.fd < 0) return;
    webhook_posix_loop_forget(loop, &p->w);
    l.l_onoff = 1;
    l.l_linger = 0;
    if (reset) setsockopt(p->w.fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close(p->w.fd);
    p->w.fd = -1;
}

static void say(size_t i, const char *text, size_t n) {
    char out[512];
    size_t k;
    CHECK(n <= sizeof out && keeper.peer[i].w.fd >= 0);
    for (k = 0; k < n; k++) out[k] = (char)(text[k] ^ (keeper.tls ? TOY_MASK : 0));
    CHECK(send(keeper.peer[i].w.fd, out, n, MSG_NOSIGNAL) == (ssize_t)n);
}

static void answer(size_t i) {
    keeper.last = i;
    say(i, keeper.answer, strlen(keeper.answer));
}

static void act(size_t i, enum act what) {
    if (i == 0 && keeper.later_ms != 0)
        CHECK_STATUS(webhook_posix_loop_watch(loop, &keeper.later, 0,
                                              webhook_posix_tick() + keeper.later_ms),
                     WEBHOOK_OK);
    switch (what) {
    case ANSWER: answer(i); break;
    case HOLD: break;
    case PART:
    case CUT: say(i, "HTTP/1.1 2", 10); break;
    case HINT: say(i, "HTTP/1.1 103 Early Hints\r\n\r\n", 28); break;
    case CLOSE:
    case RESET:
    case RESET_EARLY: break;
    }
    if (what != ANSWER && what != HOLD && what != PART)
        hang_up(i, what == RESET || what == RESET_EARLY);
}

/* length_of -- bytes of the request that a text begins with; SIZE_MAX: it says that later */
static size_t length_of(const char *text) {
    const char *end = strstr(text, "\r\n\r\n"), *field = strstr(text, "\r\nContent-Length: ");
    if (end == NULL || !CHECK(field != NULL && field < end)) return SIZE_MAX;
    return (size_t)(end - text) + 4 + strtoul(field + 18, NULL, 10);
}

static void peer_ready(webhook_posix_watch *w, unsigned events) {
    static char in[65536];
    peer *p = (peer *)w->user;
    size_t i = (size_t)(p - keeper.peer);
    enum act next = p->requests == 0 ? keeper.first : keeper.again;
    size_t want = keeper.want, k;
    ssize_t n = recv(w->fd, in, sizeof in, 0);
    CHECK(events == WEBHOOK_POSIX_READ);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        keeper.closed++;
        hang_up(i, 0);
        return;
    }
    if (keeper.tls && !p->greeted) {
        p->greeted = 1;
        CHECK(in[0] == 'H' && send(w->fd, "S", 1, MSG_NOSIGNAL) == 1);
        n--;
    }
    if (keeper.want == 0 && CHECK(p->got + (size_t)n < sizeof p->text)) {
        for (k = 0; k < (size_t)n; k++)
            p->text[p->got + k] = (char)(in[k] ^ (keeper.tls ? TOY_MASK : 0));
        p->text[p->got + (size_t)n] = 0;
        want = length_of(p->text);
    }
    p->got += (size_t)n;
    if (p->got > 0 && next == RESET_EARLY) act(i, next);
    if (p->got < want || p->w.fd < 0) return;
    CHECK_SIZE(p->got, want);
    p->got = 0;
    p->requests++;
    keeper.requests++;
    act(i, next);
}

static void accept_one(webhook_posix_watch *w, unsigned events) {
    int on = 1, fd = accept(w->fd, NULL, NULL);
    peer *p = &keeper.peer[keeper.accepted];
    (void)events;
    if (!CHECK(fd >= 0 && keeper.accepted < PEERS)) return;
    keeper.accepted++;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* what it says is there at once */
    p->w.fd = fd;
    p->w.ready = peer_ready;
    p->w.user = p;
    CHECK_STATUS(webhook_posix_loop_watch(loop, &p->w, WEBHOOK_POSIX_READ, NEVER), WEBHOOK_OK);
}

static void keeper_open(int tls) {
    size_t i;
    memset(&keeper, 0, sizeof keeper);
    for (i = 0; i < PEERS; i++) keeper.peer[i].w.fd = -1;
    keeper.answer = created;
    keeper.tls = tls;
    keeper.later.fd = -1;
    keeper.accepting.ready = accept_one;
    keeper.accepting.fd = listen_at("127.0.0.1", &keeper.port, 64);
    CHECK_STATUS(webhook_posix_loop_watch(loop, &keeper.accepting, WEBHOOK_POSIX_READ, NEVER),
                 WEBHOOK_OK);
}

static void keeper_close(void) {
    size_t i;
    for (i = 0; i < PEERS; i++) hang_up(i, 0);
    webhook_posix_loop_forget(loop, &keeper.later);
    webhook_posix_loop_forget(loop, &keeper.accepting);
    close(keeper.accepting.fd);
}

/* ---- the client ---- */

enum { CALLS = 16 };

static webhook_posix_client *client;
static webhook_posix_client_desc desc;
static webhook_guard guard;
static webhook_tls tls;
static webhook_result result;
static char *body;
enum { BODY = 2000000 };

/* both_open -- a server, and a client with the limits that desc has meanwhile */
static void both_open(int https) {
    keeper_open(https);
    tls = toy_tls();
    desc.loop = loop;
    desc.guard = &guard;
    desc.tls = &tls;
    CHECK_STATUS(webhook_posix_client_open(&client, &desc), WEBHOOK_OK);
}

/* both_close -- the client has closed all that it had */
static void both_close(size_t before) {
    size_t i, open = 0;
    webhook_posix_client_close(client);
    for (i = 0; i < PEERS; i++) open += keeper.peer[i].w.fd >= 0;
    CHECK(run_until(&keeper.closed, keeper.closed + open));
    CHECK(toys.open == 0);
    keeper_close();
    CHECK_SIZE(descriptors(), before);
    memset(&desc, 0, sizeof desc);
}

/* Requests of one test, with their texts. */
static struct texts { char url[64], head[200]; } texts[CALLS];

static webhook_request a_request(size_t i, const char *host, size_t n) {
    webhook_request r = WEBHOOK_ZERO;
    webhook_buf b = webhook_buf_from(texts[i].head, sizeof texts[i].head);
    snprintf(texts[i].url, sizeof texts[i].url, "%s://%s:%u/", keeper.tls ? "https" : "http", host,
             (unsigned)keeper.port);
    CHECK_STATUS(webhook_url_read(webhook_str_from_cstr(texts[i].url), &r.url, NULL), WEBHOOK_OK);
    webhook_http_put_request(&b, WEBHOOK_STR("POST"), &r.url);
    webhook_http_put_length(&b, n);
    r.head = webhook_buf_str(&b);
    r.body = webhook_str_from(body, n);
    keeper.want = r.head.len + n;
    return r;
}

static webhook_status send_within(const char *host, size_t n, uint32_t limit_ms) {
    webhook_request r = a_request(0, host, n);
    r.deadline_ms = webhook_posix_tick() + limit_ms;
    return webhook_posix_client_send(client, &r, &result);
}

/* sends -- one request to there, which gets the answer 201 */
static int sends(const char *host) {
    return CHECK_STATUS(send_within(host, 10, 5000), WEBHOOK_OK) && CHECK(result.status == 201);
}

static struct outcome {
    size_t done;
    uint16_t status[CALLS];
    webhook_posix_call *call[CALLS];
} outcome;
static size_t id[CALLS];

static void noted(void *user, const webhook_result *r) {
    size_t i = *(const size_t *)user;
    outcome.call[i] = NULL;
    outcome.status[i] = r->status;
    outcome.done++;
}

/* start -- one that does not wait; its request is there when this returns */
static void start(size_t i, const char *host, void (*done)(void *, const webhook_result *)) {
    webhook_request r = a_request(i, host, 10);
    size_t before = keeper.requests;
    id[i] = i;
    r.deadline_ms = webhook_posix_tick() + 5000;
    outcome.call[i] = webhook_posix_client_start(client, &r, done, &id[i]);
    CHECK(outcome.call[i] != NULL);
    CHECK(run_until(&keeper.requests, before + 1));
}

/* answer_in_turn -- n calls that are held, the first connection first */
static void answer_in_turn(size_t n) {
    size_t i;
    for (i = 0; i < n; i++) {
        answer(i);
        CHECK(run_until(&outcome.done, i + 1));
        CHECK(outcome.done == i + 1);
    }
}

/* ---- what is kept ---- */

static void connections_are_kept(void) {
    int https, i;
    size_t before = descriptors();
    for (https = 0; https < 2; https++) {
        both_open(https);
        for (i = 0; i < 20; i++) sends("one.test");
        CHECK_SIZE(keeper.accepted, 1);
        CHECK_SIZE(keeper.requests, 20);
        CHECK(toys.started == (https ? 1u : 0u));
        both_close(before);
    }
}

typedef struct answered {
    uint16_t status;
    int kept;
    const char *text;
} answered;

static const answered answers[] = {
    { 200, 1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
    { 204, 1, "HTTP/1.1 204 No Content\r\n\r\n" },
    { 202, 1, "HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" },
    { 500, 1, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n" },
    { 200, 1, "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
    { 200, 0, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" },
    { 200, 0, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n" },
    { 200, 0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 No\r\n\r\n" },
    { 200, 0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\r\n" },
    /* the head ends where the adaptor's seventh byte does, so that nobody has seen more of it */
    { 200, 0, "HTTP/1.1 200 Indeed\r\nContent-Length: 0\r\n\r\n..." },
};

/* An answer says whether another request may follow; what stands behind it is nobody's answer. */
static void answers_that_end_it(void) {
    size_t i, before = descriptors();
    int https;
    CHECK((strlen(answers[sizeof answers / sizeof *answers - 1].text) - 3) % 7 == 0);
    for (https = 0; https < 2; https++) {
        for (i = 0; i < sizeof answers / sizeof *answers; i++) {
            both_open(https);
            keeper.answer = answers[i].text;
            CHECK_STATUS(send_within("127.0.0.1", 10, 5000), WEBHOOK_OK);
            CHECK(result.status == answers[i].status);
            CHECK_STATUS(send_within("127.0.0.1", 10, 5000), WEBHOOK_OK);
            CHECK(result.status == answers[i].status);
            if (!CHECK(keeper.accepted == (answers[i].kept ? 1u : 2u)))
                printf("  answer %u\n", (unsigned)i);
            both_close(before);
        }
    }
}

/* Of several the one that was used last serves, so that the others can end. */
static void last_used_first(void) {
    static const size_t order[3] = { 2, 0, 1 };
    size_t i, before = descriptors();
    both_open(0);
    keeper.first = keeper.again = HOLD;
    memset(&outcome, 0, sizeof outcome);
    for (i = 0; i < 3; i++) start(i, "127.0.0.1", noted);
    for (i = 0; i < 3; i++) {
        answer(order[i]);
        CHECK(run_until(&outcome.done, i + 1));
    }
    keeper.again = ANSWER;
    for (i = 0; i < 3; i++) {
        CHECK(sends("127.0.0.1") && keeper.last == 1);
    }
    keeper.again = HOLD;
    for (i = 0; i < 3; i++) start(i, "127.0.0.1", noted); /* 1, then 0, then 2 */
    CHECK(keeper.accepted == 3 && outcome.done == 3);
    for (i = 0; i < 3; i++) {
        answer(order[i]);
        CHECK(run_until(&outcome.done, i + 4));
        CHECK(outcome.call[order[i] == 2 ? 2 : 1 - order[i]] == NULL);
    }
    keeper.again = ANSWER;
    CHECK(sends("127.0.0.1") && keeper.last == 1 && keeper.accepted == 3);
    both_close(before);
}

/* another_port -- a socket that listens at one that differs by a multiple of 256 */
static int another_port(uint16_t *port) {
    struct sockaddr_in in;
    struct sockaddr_storage any;
    int fd = socket(AF_INET, SOCK_STREAM, 0), bound = -1, k;
    memset(&in, 0, sizeof in);
    memset(&any, 0, sizeof any);
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (k = 0; k < 200 && bound != 0; k++) {
        *port = (uint16_t)(*port > 65535 - 256 ? *port - 40960 : *port + 256);
        in.sin_port = htons(*port);
        memcpy(&any, &in, sizeof in);
        bound = bind(fd, (struct sockaddr *)&any, sizeof in);
    }
    CHECK(bound == 0 && listen(fd, 4) == 0);
    return fd;
}

/* Host, port and scheme: one that differs in any of them is another one. */
static void keys(void) {
    static const char *const host[] = { "a.any.test", "b.any.test", "127.0.0.1", "one.test" };
    size_t i, round, before = descriptors();
    int other;
    uint16_t port;
    both_open(0);
    for (round = 0; round < 3; round++)
        for (i = 0; i < 4; i++) CHECK(sends(host[i]) && keeper.last == i);
    CHECK_SIZE(keeper.accepted, 4);
    keeper.tls = 1;
    CHECK(sends("one.test") && keeper.last == 4);
    keeper.tls = 0;
    CHECK(sends("one.test") && keeper.last == 3);
    keeper.tls = 1;
    CHECK(sends("one.test") && keeper.last == 4);
    CHECK_SIZE(keeper.accepted, 5);
    keeper.tls = 0;
    port = keeper.port;
    other = another_port(&keeper.port); /* accepts nobody */
    CHECK_STATUS(send_within("one.test", 10, 20), WEBHOOK_ERR_TIMEOUT);
    CHECK_SIZE(keeper.requests, 15);
    keeper.port = port;
    close(other);
    both_close(before);
}

/* ---- how many, and how long ---- */

static size_t still_open(void) {
    size_t i, n = 0;
    for (i = 0; i < PEERS; i++) n |= keeper.peer[i].w.fd >= 0 ? (size_t)1 << i : 0;
    return n;
}

static void limits(void) {
    size_t i, before = descriptors();
    desc.max_idle_per_host = 2;
    both_open(0);
    keeper.first = HOLD;
    memset(&outcome, 0, sizeof outcome);
    for (i = 0; i < 5; i++) start(i, i == 0 ? "one.test" : "127.0.0.1", noted);
    answer_in_turn(5);
    CHECK(run_until(&keeper.closed, 2));
    CHECK_SIZE(still_open(), 0x19); /* 1 and 2 made room, 0 is another host's */
    both_close(before);

    desc.max_idle = 3;
    both_open(0);
    keeper.first = HOLD;
    memset(&outcome, 0, sizeof outcome);
    for (i = 0; i < 5; i++) start(i, i % 2 == 0 ? "one.test" : "127.0.0.1", noted);
    answer_in_turn(5);
    CHECK(run_until(&keeper.closed, 2));
    CHECK_SIZE(still_open(), 0x1c); /* the oldest of all */
    CHECK(sends("127.0.0.1") && keeper.last == 3);
    CHECK(sends("one.test") && keeper.last == 4); /* now 2 is the oldest one */
    keeper.first = ANSWER;
    CHECK(sends("a.any.test"));
    CHECK(run_until(&keeper.closed, 3));
    CHECK_SIZE(still_open(), 0x38);
    both_close(before);

    desc.max_idle = 1;
    both_open(0);
    for (i = 0; i < 3; i++) sends(i == 1 ? "one.test" : "127.0.0.1");
    CHECK_SIZE(keeper.accepted, 3);
    both_close(before);
}

static void idle_and_life(void) {
    size_t k, before = descriptors(), open;
    desc.idle_ms = 20;
    both_open(0);
    open = descriptors();
    sends("127.0.0.1");
    CHECK_SIZE(descriptors(), open + 2);
    CHECK(run_until(&keeper.closed, 1));
    CHECK_SIZE(descriptors(), open);
    both_close(before);

    desc.life_ms = 10;
    both_open(0);
    for (k = 0; keeper.accepted < 2 && k < 5000; k++) sends("127.0.0.1");
    CHECK(k > 1 && keeper.accepted == 2 && k < 5000);
    both_close(before);
}

/* The times that hold when none are given. */
static void idle_and_life_by_default(void) {
    size_t i, before = descriptors();
    if (!clock_ahead(0)) return;
    both_open(0);
    sends("127.0.0.1");
    clock_ahead(29);
    CHECK(sends("127.0.0.1") && keeper.accepted == 1);
    clock_ahead(29); /* of the last use */
    webhook_posix_loop_wait(loop, 0);
    CHECK(sends("127.0.0.1") && keeper.accepted == 1);
    clock_ahead(31); /* over, but the loop has had no time to say so */
    CHECK(sends("127.0.0.1") && keeper.accepted == 2 && keeper.last == 1);
    clock_ahead(31);
    CHECK(run_until(&keeper.closed, 2));
    sends("127.0.0.1");
    for (i = 1; i < 12; i++) {
        clock_ahead(25);
        CHECK(sends("127.0.0.1") && keeper.accepted == 3);
    }
    clock_ahead(25); /* 300 s */
    CHECK(sends("127.0.0.1") && keeper.accepted == 4);
    both_close(before);
}

/* ---- connections that end while they are idle ---- */

enum ending { FIN, RST, JUNK, AN_ANSWER, NOTICE, ENDINGS };

static void end_idle(size_t i, enum ending how) {
    if (how == FIN || how == RST) hang_up(i, how == RST);
    if (how == JUNK) say(i, "x", 1);
    if (how == AN_ANSWER) say(i, "HTTP/1.1 500 Not yours\r\nContent-Length: 0\r\n\r\n", 45);
    if (how == NOTICE) say(i, "", 1);
}

static void idle_ones_that_end(void) {
    int how, https, noticed;
    size_t before = descriptors(), open;
    for (https = 0; https < 2; https++) {
        for (noticed = 0; noticed < 2; noticed++) {
            for (how = 0; how < ENDINGS; how++) {
                both_open(https);
                open = descriptors();
                sends("127.0.0.1");
                end_idle(0, (enum ending)how);
                if (noticed && how < JUNK) { /* by the loop, before the next request */
                    webhook_posix_loop_wait(loop, webhook_posix_tick() + 1000);
                    CHECK_SIZE(descriptors(), open);
                }
                if (noticed && how >= JUNK) CHECK(run_until(&keeper.closed, 1));
                CHECK(!noticed || toys.open == 0);
                CHECK(sends("127.0.0.1") && keeper.accepted == 2 && keeper.requests == 2);
                both_close(before);
            }
        }
    }
}

/* What TLS says for itself between two requests does not end a connection. */
static void tickets(void) {
    size_t before = descriptors();
    both_open(1);
    sends("127.0.0.1");
    say(0, "\1", 1);
    run_for(3);
    CHECK(sends("127.0.0.1") && keeper.accepted == 1);
    say(0, "\1\1", 2); /* the loop does not see these */
    CHECK(sends("127.0.0.1") && keeper.accepted == 1);
    both_close(before);
}

/* The request meets a connection that ends: once more, over a fresh one, whatever is idle. */
static void once_more(void) {
    static const enum act how[] = { CLOSE, RESET, RESET_EARLY };
    size_t i, before = descriptors();
    int https;
    for (https = 0; https < 2; https++) {
        for (i = 0; i < 3; i++) {
            both_open(https);
            keeper.again = how[i];
            sends("one.test");
            CHECK(sends("one.test") && keeper.accepted == 2 && keeper.last == 1);
            CHECK_SIZE(keeper.requests, how[i] == RESET_EARLY ? 2 : 3);
            keeper.first = how[i]; /* and no more than once */
            CHECK_STATUS(send_within("one.test", 10, 5000), WEBHOOK_ERR_IO);
            CHECK(keeper.accepted == 3 && result.status == 0 && result.error.len > 0);
            CHECK(result.timed_out == 0);
            both_close(before);
        }
    }
    both_open(0);
    keeper.first = HOLD;
    memset(&outcome, 0, sizeof outcome);
    for (i = 0; i < 2; i++) start(i, "127.0.0.1", noted);
    answer_in_turn(2);
    keeper.first = ANSWER;
    keeper.again = CLOSE;
    CHECK(sends("127.0.0.1") && keeper.accepted == 3 && keeper.last == 2);
    CHECK(keeper.peer[1].w.fd < 0 && keeper.peer[0].requests == 1);
    both_close(before);
}

static void once_more_with_much(void) {
    size_t before = descriptors();
    both_open(0);
    keeper.again = RESET_EARLY;
    CHECK_STATUS(send_within("127.0.0.1", BODY, 5000), WEBHOOK_OK);
    CHECK_STATUS(send_within("127.0.0.1", BODY, 5000), WEBHOOK_OK);
    CHECK(result.status == 201 && keeper.accepted == 2 && keeper.requests == 2);
    both_close(before);
}

static void reset_first(webhook_posix_watch *w, unsigned events) {
    (void)w;
    (void)events;
    hang_up(0, 1);
}

static void hang_up_first(webhook_posix_watch *w, unsigned events) {
    (void)w;
    (void)events;
    hang_up(0, 0);
}

/* Where a byte of an answer has come the request may have been acted on: not again. */
static void not_once_more(void) {
    size_t before = descriptors();
    both_open(0);
    sends("127.0.0.1");
    keeper.again = PART;
    keeper.later.ready = reset_first;
    keeper.later_ms = 3;
    CHECK_STATUS(send_within("127.0.0.1", 10, 5000), WEBHOOK_ERR_IO);
    CHECK_STR(result.error, "the connection failed: Connection reset by peer");
    CHECK(keeper.accepted == 1 && keeper.requests == 2);
    keeper.again = CUT;
    sends("127.0.0.1");
    CHECK_STATUS(send_within("127.0.0.1", 10, 5000), WEBHOOK_ERR_IO);
    CHECK_STR(result.error, "the connection was closed before an answer");
    CHECK(keeper.accepted == 2 && keeper.requests == 4);
    keeper.again = HINT;
    sends("127.0.0.1");
    CHECK_STATUS(send_within("127.0.0.1", 10, 5000), WEBHOOK_ERR_IO);
    CHECK(keeper.accepted == 3 && keeper.requests == 6);
    keeper.first = CLOSE; /* nor where it was a fresh one from the beginning */
    CHECK_STATUS(send_within("127.0.0.1", 10, 5000), WEBHOOK_ERR_IO);
    CHECK(keeper.accepted == 4 && keeper.requests == 7);
    both_close(before);
}

/* One deadline is for both. */
static void once_more_in_time(void) {
    size_t before = descriptors();
    uint64_t begun;
    both_open(0);
    sends("127.0.0.1");
    keeper.first = keeper.again = HOLD;
    keeper.later.ready = hang_up_first;
    keeper.later_ms = 10;
    begun = webhook_posix_tick();
    CHECK_STATUS(send_within("127.0.0.1", 10, 50), WEBHOOK_ERR_TIMEOUT);
    CHECK_STR(result.error, "time limit: waiting for the answer");
    CHECK(result.timed_out == 1 && keeper.accepted == 2 && keeper.requests == 3);
    CHECK(webhook_posix_tick() - begun >= 50 && webhook_posix_tick() - begun < 500);
    CHECK(result.response_ms >= 50 && result.response_ms < 500);
    both_close(before);
}

/* The guard is asked again; the address is the one that the connection leads to. */
static size_t looks, looks_allowed;
static webhook_status look(const webhook_guard *g, const unsigned char *ip, size_t len) {
    CHECK(g->user == &looks && len == 4 && ip[0] == 127 && ip[3] == 1);
    return looks++ < looks_allowed ? WEBHOOK_OK : WEBHOOK_ERR_FORBIDDEN;
}

static void guard_at_reuse(void) {
    size_t before = descriptors();
    webhook_guard strict = WEBHOOK_ZERO, usual = guard;
    strict.check = look;
    strict.user = &looks;
    looks = 0;
    looks_allowed = 3;
    both_open(0);
    guard = strict;
    sends("one.test");
    CHECK(looks == 2);
    sends("one.test");
    CHECK(looks == 3);
    CHECK_STATUS(send_within("one.test", 10, 5000), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STR(result.error, "the address 127.0.0.1 is not allowed");
    CHECK(looks == 5 && keeper.requests == 2);
    CHECK(run_until(&keeper.closed, 1));
    guard = usual;
    both_close(before);
}

/* ---- calls that end in other ways ---- */

static void cancel_a_reused_one(void) {
    size_t k, i, before = descriptors();
    unsigned how;
    webhook_request r;
    for (how = 0; how < 3; how++) {
        both_open(how == 2);
        for (k = 0; k < 30; k++) {
            sends("127.0.0.1");
            memset(&outcome, 0, sizeof outcome);
            r = a_request(1, "127.0.0.1", 10);
            id[1] = 1;
            outcome.call[1] = webhook_posix_client_start(client, &r, noted, &id[1]);
            for (i = 0; i < k && outcome.done == 0; i++) webhook_posix_loop_wait(loop, 0);
            if (outcome.done > 0 || how == 1) break;
            webhook_posix_client_cancel(client, outcome.call[1]);
        }
        CHECK(how == 1 || (k >= 2 && k < 30 && keeper.accepted == k));
        both_close(before); /* cuts off what is under way, too */
    }
}

static void start_next(void *user, const webhook_result *r) {
    noted(user, r);
    if (outcome.done < 5) {
        size_t i = *(const size_t *)user;
        webhook_request next = a_request(i, "127.0.0.1", 10);
        outcome.call[i] = webhook_posix_client_start(client, &next, start_next, user);
    }
}

static void close_client(void *user, const webhook_result *r) {
    noted(user, r);
    webhook_posix_client_close(client);
    client = NULL;
}

/* A call that done starts has the connection of the one before; done may close the client. */
static void from_inside_done(void) {
    size_t before = descriptors();
    both_open(0);
    memset(&outcome, 0, sizeof outcome);
    start(0, "127.0.0.1", start_next);
    CHECK(run_until(&outcome.done, 5));
    CHECK(keeper.accepted == 1 && outcome.status[0] == 201);
    start(0, "127.0.0.1", close_client);
    CHECK(run_until(&outcome.done, 6));
    both_close(before);
}

static void say_body(webhook_posix_watch *w, unsigned events) {
    (void)w;
    (void)events;
    say(0, "hello", 5);
}

/* response_ms is that of the head, whenever the body comes, or does not. */
static void response_time(void) {
    static char head[sizeof created];
    size_t before = descriptors();
    uint64_t begun;
    memcpy(head, created, sizeof created - 6); /* without the body */
    both_open(0);
    keeper.answer = head;
    keeper.later.ready = say_body;
    keeper.later_ms = 35;
    begun = webhook_posix_tick();
    sends("127.0.0.1");
    CHECK(webhook_posix_tick() - begun >= 35 && result.response_ms < 35 && result.timed_out == 0);
    keeper.later_ms = 0;
    CHECK_STATUS(send_within("127.0.0.1", 10, 35), WEBHOOK_OK);
    CHECK(result.status == 201 && result.timed_out == 1 && result.response_ms < 35);
    CHECK(keeper.accepted == 1);
    keeper.answer = created;
    CHECK(sends("127.0.0.1") && keeper.accepted == 2);
    both_close(before);
}

/* ---- an engine's transport ---- */

static struct sender {
    webhook_memory_store memory;
    webhook_store store;
    webhook_registry registry;
    webhook_registry_desc registry_desc;
    webhook_delivery engine;
    webhook_delivery_desc desc;
    uint64_t arena[1024], records[8192], work[65536];
    unsigned events;
    size_t logged; /* entries; what the last one said */
    unsigned status, outcome, attempt, response_ms;
    char error[160];
    void (*start)(void *transport, webhook_attempt a, const webhook_request *r);
    uint32_t generation[2]; /* of what was started last in a slot */
} sender;

static void note_start(void *transport, webhook_attempt a, const webhook_request *r) {
    if (a.slot < 2) sender.generation[a.slot] = a.generation;
    sender.start(transport, a, r);
}

static void log_it(void *user, const webhook_log_entry *e) {
    CHECK(user == &sender);
    sender.logged++;
    sender.status = e->status;
    sender.outcome = e->outcome;
    sender.attempt = e->attempt;
    sender.response_ms = e->response_ms;
    snprintf(sender.error, sizeof sender.error, "%.*s", (int)e->error.len, e->error.ptr);
}

/* engine_open -- an engine that has this client as its transport, and one webhook; a retry comes
 * 1 ms later */
static void engine_open(unsigned slots, unsigned told_later, uint32_t limit_ms) {
    webhook_settings w = WEBHOOK_ZERO;
    webhook_change change;
    char url[64];
    memset(&sender, 0, sizeof sender);
    CHECK_STATUS(webhook_memory_store_init(&sender.memory, sender.records, sizeof sender.records,
                                           &sender.store),
                 WEBHOOK_OK);
    sender.registry_desc.arena = sender.arena;
    sender.registry_desc.arena_len = sizeof sender.arena;
    sender.registry_desc.store = &sender.store;
    sender.registry_desc.guard = &guard;
    CHECK_STATUS(webhook_registry_init(&sender.registry, &sender.registry_desc), WEBHOOK_OK);
    sender.desc.registry = &sender.registry;
    sender.desc.memory = sender.work;
    sender.desc.memory_len = sizeof sender.work;
    sender.desc.max_queue = 50;
    sender.desc.max_in_flight = slots;
    sender.desc.head_size = 2048;
    sender.desc.time_limit_ms = limit_ms;
    sender.desc.retry_base_ms = 1;
    sender.desc.log = log_it;
    sender.desc.log_user = &sender;
    CHECK_STATUS(webhook_posix_client_transport(client, &sender.engine, &sender.desc), WEBHOOK_OK);
    sender.start = sender.desc.start;
    sender.desc.start = note_start;
    if (told_later != 0) sender.desc.max_in_flight = told_later;
    CHECK_STATUS(webhook_delivery_init(&sender.engine, &sender.desc), WEBHOOK_OK);
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/", keeper.tls ? "https" : "http",
             (unsigned)keeper.port);
    w.id = w.name = WEBHOOK_STR("w");
    w.url = webhook_str_from_cstr(url);
    w.events = WEBHOOK_STR("users.*");
    w.secret = WEBHOOK_STR("secret-key-123");
    CHECK_STATUS(webhook_registry_create(&sender.registry, &w, webhook_posix_unix_ms(), &change),
                 WEBHOOK_OK);
}

static void emit(void) {
    webhook_emit e = WEBHOOK_ZERO;
    webhook_emitted out;
    char name[16];
    snprintf(name, sizeof name, "e%u", sender.events++);
    e.id = webhook_str_from_cstr(name);
    e.event = WEBHOOK_STR("users.u1.create");
    e.body = WEBHOOK_STR("{}");
    CHECK_STATUS(webhook_delivery_emit(&sender.engine, &e, &out), WEBHOOK_OK);
    CHECK(out.deliveries == 1);
}

/* engine_run -- the service of the contract, until *n has reached want or 5 s are over */
static int engine_run(const size_t *n, size_t want) {
    uint64_t end = webhook_posix_tick() + 5000, next;
    while (*n < want && webhook_posix_tick() < end) {
        next = webhook_delivery_run(&sender.engine, webhook_posix_tick(), webhook_posix_unix_ms());
        if (*n < want) webhook_posix_loop_wait(loop, next < end ? next : end);
    }
    return *n >= want;
}

static void transport_contract(void) {
    size_t before = descriptors();
    webhook_delivery_desc d = WEBHOOK_ZERO;
    both_open(0);
    CHECK_STATUS(webhook_posix_client_transport(NULL, &sender.engine, &d), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_posix_client_transport(client, NULL, &d), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_posix_client_transport(client, &sender.engine, NULL),
                 WEBHOOK_ERR_ARGUMENT);
    CHECK(d.start == NULL && d.cancel == NULL && d.transport == NULL);
    CHECK_STATUS(webhook_posix_client_transport(client, &sender.engine, &d), WEBHOOK_OK);
    CHECK(d.start != NULL && d.cancel != NULL && d.transport != NULL && d.max_in_flight == 0);
    CHECK_STATUS(webhook_posix_client_transport(client, &sender.engine, &d), WEBHOOK_ERR_ARGUMENT);
    both_close(before);
}

/* cancel_strangers -- attempts that are over, or never were */
static void cancel_strangers(uint32_t slot, uint32_t except) {
    webhook_attempt a;
    a.slot = slot;
    for (a.generation = 0; a.generation < 100; a.generation++)
        if (a.generation != except) sender.desc.cancel(sender.desc.transport, a);
}

static void engine_delivers(void) {
    size_t i, before = descriptors();
    int https;
    for (https = 0; https < 2; https++) {
        both_open(https);
        engine_open(0, 0, 0);
        for (i = 0; i < 10; i++) {
            emit();
            CHECK(engine_run(&sender.logged, i + 1));
            CHECK(sender.status == 201 && sender.outcome == WEBHOOK_DELIVERED);
            CHECK(sender.error[0] == 0 && sender.attempt == 1 && sender.response_ms < 2000);
        }
        CHECK(keeper.accepted == 1 && keeper.requests == 10 && sender.engine.queued == 0);
        cancel_strangers(0, 100);
        both_close(before);
    }
}

/* An attempt each that is refused by the server, cut off, and good. */
static void engine_retries(void) {
    size_t before = descriptors();
    both_open(0);
    engine_open(0, 0, 0);
    keeper.answer = "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n";
    emit();
    CHECK(engine_run(&sender.logged, 1));
    CHECK(sender.status == 503 && sender.outcome == WEBHOOK_RETRYING);
    keeper.again = CUT;
    CHECK(engine_run(&sender.logged, 2));
    CHECK(sender.status == 0 && sender.outcome == WEBHOOK_RETRYING && keeper.accepted == 1);
    CHECK(strcmp(sender.error, "the connection was closed before an answer") == 0);
    keeper.answer = created;
    CHECK(engine_run(&sender.logged, 3));
    CHECK(sender.status == 201 && sender.outcome == WEBHOOK_DELIVERED && sender.attempt == 3);
    both_close(before);
}

static void engine_times_out(void) {
    size_t before = descriptors();
    uint64_t begun = webhook_posix_tick();
    both_open(0);
    engine_open(1, 0, 25);
    keeper.first = HOLD;
    emit();
    CHECK(engine_run(&sender.logged, 1));
    CHECK(webhook_posix_tick() - begun >= 25 && webhook_posix_tick() - begun < 1000);
    CHECK(sender.status == 0 && sender.outcome == WEBHOOK_RETRYING && keeper.requests == 1);
    CHECK(memcmp(sender.error, "time limit", 10) == 0);
    keeper.first = ANSWER;
    CHECK(engine_run(&sender.logged, 2)); /* its slot is free again */
    CHECK(sender.outcome == WEBHOOK_DELIVERED && keeper.accepted == 2);
    both_close(before);
}

/* Deleted while it is in flight: cut off, and the slot is free. */
static void engine_cancels(void) {
    size_t before = descriptors();
    webhook_change change;
    both_open(0);
    engine_open(2, 0, 0);
    keeper.first = HOLD;
    emit();
    emit();
    CHECK(engine_run(&keeper.requests, 2));
    CHECK(sender.engine.in_flight == 2 && keeper.closed == 0);
    CHECK_STATUS(webhook_registry_delete(&sender.registry, WEBHOOK_STR("w"),
                                         webhook_posix_unix_ms(), &change),
                 WEBHOOK_OK);
    CHECK(engine_run(&keeper.closed, 2));
    CHECK(sender.outcome == WEBHOOK_CANCELLED && sender.engine.in_flight == 0);
    CHECK(sender.engine.queued == 0);
    both_close(before);
}

static void engine_slots(void) {
    size_t i, before = descriptors();
    both_open(0);
    engine_open(2, 0, 0);
    keeper.first = HOLD;
    for (i = 0; i < 6; i++) emit();
    CHECK(engine_run(&keeper.requests, 2));
    run_for(2);
    CHECK(keeper.accepted == 2 && sender.engine.in_flight == 2 && sender.logged == 0);
    for (i = 0; i < 2; i++) cancel_strangers((uint32_t)i, sender.generation[i]);
    cancel_strangers(2, 100);
    answer(1);
    CHECK(engine_run(&sender.logged, 1));
    CHECK(engine_run(&keeper.requests, 3)); /* over the connection that is free */
    answer(0);
    CHECK(engine_run(&sender.logged, 6));
    CHECK(keeper.accepted == 2 && sender.engine.delivered == 6);
    both_close(before);
}

/* A slot that the client was not told of is refused in words; a client may close before its engine
 * has ended. */
static void engine_misused(void) {
    size_t before = descriptors();
    both_open(0);
    engine_open(1, 2, 0);
    keeper.first = HOLD;
    emit();
    emit();
    CHECK(engine_run(&sender.logged, 1));
    CHECK(sender.status == 0 && strcmp(sender.error, "max_in_flight has changed") == 0);
    CHECK(engine_run(&keeper.requests, 1));
    both_close(before);
}

/* ---- all of it ---- */

static void run_all(void) {
    RUN(connections_are_kept);
    RUN(answers_that_end_it);
    RUN(last_used_first);
    RUN(keys);
    RUN(limits);
    RUN(idle_and_life);
    RUN(idle_and_life_by_default);
    RUN(idle_ones_that_end);
    RUN(tickets);
    RUN(once_more);
    RUN(once_more_with_much);
    RUN(not_once_more);
    RUN(once_more_in_time);
    RUN(guard_at_reuse);
    RUN(cancel_a_reused_one);
    RUN(from_inside_done);
    RUN(response_time);
    RUN(transport_contract);
    RUN(engine_delivers);
    RUN(engine_retries);
    RUN(engine_times_out);
    RUN(engine_cancels);
    RUN(engine_slots);
    RUN(engine_misused);
}

static size_t descriptors_before;
static void all_descriptors_closed(void) {
    CHECK_SIZE(descriptors(), descriptors_before);
}

void suite_transport(void) {
    descriptors_before = descriptors();
    guard.allow_private = 1;
    body = (char *)malloc(BODY);
    if (body == NULL || webhook_posix_loop_open(&loop) != WEBHOOK_OK) abort();
    memset(body, 'b', BODY);
    run_all();
    webhook_posix_loop_close(loop);
    RUN(all_descriptors_closed);
    free(body);
}
#endif
