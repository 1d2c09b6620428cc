/* receive_sockets.c -- a receiver on plain blocking sockets, one connection after the other
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/receive_sockets.c -o receive_sockets
 *     ./receive_sockets 8080    # until it is stopped
 *     ./receive_sockets         # sends itself a delivery, a forged one, and the first again
 *
 * Copy struct receiver, handle, verified, take and serve; the secret is the environment's
 * WEBHOOK_SECRET.
 */
#define _POSIX_C_SOURCE 200809L /* NOLINT: the name is POSIX's */
#include <stdio.h>
#include <stdlib.h>
#include "../webhook.h"

#if defined(__unix__) || defined(__APPLE__)
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { GUARD = WEBHOOK_REPLAY_ENTRIES(10000) }; /* events of 4 hours */

struct receiver {
    webhook_hmac_key key;
    webhook_replay_entry guard[GUARD];
    char line[8192], body[65536]; /* of the one connection */
    webhook_buf keep;             /* the body until now, not to be trusted before VERIFIED */
    webhook_receive_ctx r;
    unsigned orders;
};

/* handle -- 1: the event is dealt with; 0: it is not, and the sender tries again */
static int handle(struct receiver *v, const webhook_envelope *e) {
    printf("%.*s: %.*s\n", (int)e->event.len, e->event.ptr, (int)e->payload.len, e->payload.ptr);
    fflush(stdout); /* a file or a pipe would get it much later */
    v->orders++;
    return 1;
}

/* verified -- the status to answer */
static unsigned verified(struct receiver *v) {
    webhook_envelope e;
    webhook_replay_key key;
    webhook_status s;
    int64_t now_s = (int64_t)time(NULL);
    int handled;

    if (webhook_payload_read(webhook_buf_str(&v->keep), &e, NULL) != WEBHOOK_OK) return 400;
    key = webhook_replay_key_from_id(WEBHOOK_STR("shop"), e.id, now_s + 4 * 3600);
    s = webhook_replay_begin(v->guard, GUARD, &key, now_s);
    if (s == WEBHOOK_SEEN) return 200;
    if (s != WEBHOOK_OK) return 503;
    handled = handle(v, &e);
    webhook_replay_end(v->guard, GUARD, &key, handled);
    return handled ? 200 : 500;
}

/* take -- one token; what is to be answered goes to out */
static void take(struct receiver *v, const webhook_http_token *t, webhook_buf *out) {
    unsigned status = t->status;
    switch (t->kind) {
    case WEBHOOK_HTTP_LINE:
        v->keep = webhook_buf_from(v->body, sizeof v->body);
        if (!webhook_str_eq(t->name, WEBHOOK_STR("POST"))) webhook_receive_refuse(&v->r, 405);
        break;
    case WEBHOOK_HTTP_HEAD:
        webhook_receive_keys(&v->r, &v->key, 1, (int64_t)time(NULL));
        if (webhook_http_expects_continue(&v->r.http))
            webhook_buf_put(out, WEBHOOK_STR("HTTP/1.1 100 Continue\r\n\r\n"));
        break;
    case WEBHOOK_HTTP_BODY: webhook_buf_put(&v->keep, t->value); break;
    case WEBHOOK_HTTP_VERIFIED: status = verified(v); /* fall through */
    case WEBHOOK_HTTP_REFUSED:
        webhook_http_put_answer(out, status, webhook_http_keep_alive(&v->r.http));
        break;
    default: break;
    }
}

/* all of it, or 0 */
static int send_all(int fd, webhook_str s) {
    while (s.len > 0) {
        ssize_t n = send(fd, s.ptr, s.len, MSG_NOSIGNAL);
        if (n <= 0) return 0;
        s = webhook_str_from(s.ptr + n, s.len - (size_t)n);
    }
    return 1;
}

/* serve -- one connection, until it is over */
static void serve(struct receiver *v, int fd) {
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_token t;
    webhook_status s = WEBHOOK_MORE;
    char piece[4096], text[256];
    ssize_t n;

    d.line = v->line;
    d.line_cap = sizeof v->line;
    d.body_max = sizeof v->body;
    if (webhook_receive_init(&v->r, &d) != WEBHOOK_OK) return;
    while (s == WEBHOOK_MORE && (n = recv(fd, piece, sizeof piece, 0)) > 0) {
        webhook_str in = webhook_str_from(piece, (size_t)n);
        while ((s = webhook_receive_next(&v->r, &in, &t)) == WEBHOOK_OK) {
            webhook_buf out = webhook_buf_from(text, sizeof text);
            take(v, &t, &out);
            if (!send_all(fd, webhook_buf_str(&out))) return;
        }
    }
    /* a close with bytes unread would tear down what was answered: read on for a while */
    shutdown(fd, SHUT_WR);
    for (n = 64; n > 0 && recv(fd, piece, sizeof piece, 0) > 0; n--) {
    }
}

static int listen_on(uint16_t port, struct sockaddr_in *at) {
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    memset(at, 0, sizeof *at);
    at->sin_family = AF_INET;
    at->sin_port = htons(port);
    at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)at, sizeof *at) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)at, &len) != 0) {
        perror("receive_sockets");
        exit(1);
    }
    return fd;
}

/* A sender that falls silent for 30 s is given up. One that is merely slow holds up all others:
 * receive_poll.c serves many at a time. */
static void accept_one(struct receiver *v, int listener) {
    struct timeval limit = { 30, 0 };
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) return;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    serve(v, fd);
    webhook_wipe(&v->r, sizeof v->r); /* where it ended in the middle of a message */
    close(fd);
}

/* ---- to have something to receive ---- */

static void put_delivery(webhook_buf *out, const webhook_hmac_key *key, int forged) {
    const webhook_str body =
        WEBHOOK_STR("{\"$id\":\"event_1\",\"event\":\"orders.o1.create\","
                    "\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"payload\":{\"n\":3}}");
    char digits[20], hex[64];
    webhook_buf timestamp = webhook_buf_from(digits, sizeof digits);
    webhook_buf signature = webhook_buf_from(hex, sizeof hex);
    webhook_message m = WEBHOOK_ZERO;
    webhook_url u;

    webhook_decimal_write(&timestamp, (uint64_t)time(NULL));
    m.timestamp = webhook_buf_str(&timestamp);
    m.body = body;
    webhook_buf_fail(out, webhook_sign(NULL, key, &m, &signature));
    webhook_buf_fail(out, webhook_url_read(WEBHOOK_STR("http://localhost/"), &u, NULL));
    webhook_http_put_request(out, WEBHOOK_STR("POST"), &u);
    webhook_http_put_field(out, WEBHOOK_STR("X-Appwrite-Webhook-Timestamp"), m.timestamp);
    webhook_http_put_field(out, WEBHOOK_STR("X-Appwrite-Webhook-Signature"),
                           webhook_buf_str(&signature));
    webhook_http_put_length(out, m.body.len);
    webhook_buf_put(out, forged ? webhook_str_from(body.ptr, body.len - 3) : body);
    if (forged) webhook_buf_put(out, WEBHOOK_STR("9}}"));
}

/* 1 where one order was taken and the answers were 200, 401, 200 */
static int demonstrate(struct receiver *v, int listener, const struct sockaddr_in *at) {
    char text[2048], line[128];
    webhook_buf out = webhook_buf_from(text, sizeof text);
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx answers;
    webhook_http_token t;
    webhook_str in;
    unsigned status[3] = { 0 }, n = 0;
    ssize_t got;
    int fd = socket(AF_INET, SOCK_STREAM, 0), forged;

    for (forged = 0; forged < 3; forged++) put_delivery(&out, &v->key, forged == 1);
    if (connect(fd, (const struct sockaddr *)at, sizeof *at) != 0) return 0;
    if (webhook_buf_end(&out) != WEBHOOK_OK || !send_all(fd, webhook_buf_str(&out))) return 0;
    shutdown(fd, SHUT_WR);
    accept_one(v, listener);
    d.response = 1;
    d.line = line;
    d.line_cap = sizeof line;
    if (webhook_http_init(&answers, &d) != WEBHOOK_OK) return 0;
    while ((got = recv(fd, text, sizeof text, 0)) > 0)
        for (in = webhook_str_from(text, (size_t)got);
             webhook_http_next(&answers, &in, &t) == WEBHOOK_OK;)
            if (t.kind == WEBHOOK_HTTP_LINE && n < 3) status[n++] = t.status;
    close(fd);
    printf("answered %u %u %u\n", status[0], status[1], status[2]);
    return v->orders == 1 && status[0] == 200 && status[1] == 401 && status[2] == 200;
}

int main(int argc, char **argv) {
    static struct receiver v;
    const char *secret = argc > 1 ? getenv("WEBHOOK_SECRET") : "secret-key-123";
    struct sockaddr_in at;
    int listener;

    if (webhook_key_init(&v.key, NULL, webhook_str_from_cstr(secret)) != WEBHOOK_OK ||
        webhook_replay_init(v.guard, GUARD) != WEBHOOK_OK) {
        fprintf(stderr, "receive_sockets: WEBHOOK_SECRET is not set\n");
        return 2;
    }
    listener = listen_on(argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0, &at);
    fprintf(stderr, "listening: http://127.0.0.1:%u/\n", (unsigned)ntohs(at.sin_port));
    if (argc > 1)
        for (;;) accept_one(&v, listener);
    return !demonstrate(&v, listener, &at);
}
#else
int main(void) {
    puts("receive_sockets: needs POSIX sockets");
    return 0;
}
#endif
