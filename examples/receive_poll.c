/* receive_poll.c -- a receiver inside somebody else's poll loop; a queue takes what is verified
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/receive_poll.c -o receive_poll
 *     ./receive_poll 8080    # until it is stopped
 *     ./receive_poll         # sends itself some deliveries over a few connections
 *
 * It serves POST to the path /hook and answers 404 to any other.
 *
 * Copy struct conn, struct receiver and what works on them; the loop in main is the one that you
 * have. The answer 200 is given as soon as the event is in the queue: from then on it is ours, and
 * the sender need not wait for the worker. The secret is the environment's WEBHOOK_SECRET.
 */
#define _POSIX_C_SOURCE 200809L /* NOLINT: the name is POSIX's */
#include <stdio.h>
#include <stdlib.h>
#include "../webhook.h"

#if defined(__unix__) || defined(__APPLE__)
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNS = 64, QUEUE = 16, BODY = 16384, GUARD = WEBHOOK_REPLAY_ENTRIES(10000) };

struct event {
    size_t len;
    char body[BODY];
};

struct receiver {
    webhook_hmac_key key;
    webhook_replay_entry guard[GUARD];
    struct event queue[QUEUE]; /* a ring */
    unsigned first, n, handled;
};

struct conn {
    int fd; /* -1: free */
    short events;
    int64_t deadline_s;
    webhook_receive_ctx r;
    char line[8192], body[BODY], piece[4096], text[256];
    webhook_buf keep, out; /* the body until now; what is to be sent */
    webhook_str in;        /* of piece, what is not taken yet */
    size_t sent;
};

static int64_t now_s(void) {
    return (int64_t)time(NULL);
}

/* ---- the receiver ---- */

/* verified -- into the queue; the status to answer */
static unsigned verified(struct receiver *v, webhook_str body) {
    struct event *slot = &v->queue[(v->first + v->n) % QUEUE];
    webhook_envelope e;
    webhook_replay_key key;
    webhook_status s;

    if (webhook_payload_read(body, &e, NULL) != WEBHOOK_OK) return 400;
    key = webhook_replay_key_from_id(WEBHOOK_STR("shop"), e.id, now_s() + 4 * 3600);
    s = webhook_replay_begin(v->guard, GUARD, &key, now_s());
    if (s == WEBHOOK_SEEN) return 200;
    if (s != WEBHOOK_OK) return 503;
    if (v->n < QUEUE) {
        memcpy(slot->body, body.ptr, body.len);
        slot->len = body.len;
    }
    webhook_replay_end(v->guard, GUARD, &key, v->n < QUEUE);
    if (v->n == QUEUE) return 503; /* the sender tries again later */
    v->n++;
    return 200;
}

static void take(struct receiver *v, struct conn *c, const webhook_http_token *t) {
    unsigned status = t->status;
    switch (t->kind) {
    case WEBHOOK_HTTP_LINE: /* keys by path: here there is one */
        c->keep = webhook_buf_from(c->body, sizeof c->body);
        if (!webhook_str_eq(t->value, WEBHOOK_STR("/hook")))
            webhook_receive_refuse(&c->r, 404);
        else if (!webhook_str_eq(t->name, WEBHOOK_STR("POST")))
            webhook_receive_refuse(&c->r, 405);
        break;
    case WEBHOOK_HTTP_HEAD:
        webhook_receive_keys(&c->r, &v->key, 1, now_s());
        if (webhook_http_expects_continue(&c->r.http))
            webhook_buf_put(&c->out, WEBHOOK_STR("HTTP/1.1 100 Continue\r\n\r\n"));
        break;
    case WEBHOOK_HTTP_BODY: webhook_buf_put(&c->keep, t->value); break;
    case WEBHOOK_HTTP_VERIFIED: status = verified(v, webhook_buf_str(&c->keep)); /* fall through */
    case WEBHOOK_HTTP_REFUSED:
        webhook_http_put_answer(&c->out, status, webhook_http_keep_alive(&c->r.http));
        break;
    default: break;
    }
}

static void conn_close(struct conn *c) {
    close(c->fd);
    c->fd = -1;
    webhook_wipe(&c->r, sizeof c->r); /* where it ended in the middle of a message */
}

static void conn_open(struct conn *c, int fd) {
    webhook_http_desc d = WEBHOOK_ZERO;
    memset(c, 0, sizeof *c);
    c->fd = fd;
    c->events = POLLIN;
    c->deadline_s = now_s() + 30;
    d.line = c->line;
    d.line_cap = sizeof c->line;
    d.body_max = BODY;
    if (webhook_receive_init(&c->r, &d) != WEBHOOK_OK) conn_close(c);
}

static int would_wait(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* conn_send -- what waits to be sent: 1 all of it is, 0 later, -1 the connection is broken */
static int conn_send(struct conn *c) {
    while (c->sent < c->out.len) {
        ssize_t n = send(c->fd, c->text + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
        if (n < 0) return would_wait() ? 0 : -1;
        c->sent += (size_t)n;
    }
    c->out = webhook_buf_from(c->text, sizeof c->text);
    c->sent = 0;
    return 1;
}

/* conn_ready -- what the loop calls: goes on only when the last answer is sent, so that one is all
 * that ever waits, and receives once, so that everybody gets a turn */
static void conn_ready(struct receiver *v, struct conn *c) {
    int sent, received = 0;
    webhook_http_token t;
    webhook_status s;
    ssize_t n;

    while ((sent = conn_send(c)) > 0) {
        s = webhook_receive_next(&c->r, &c->in, &t);
        if (s == WEBHOOK_OK) {
            if (t.kind == WEBHOOK_HTTP_LINE) c->deadline_s = now_s() + 30;
            take(v, c, &t);
            continue;
        }
        /* A close with bytes unread would tear down what was answered: say that nothing follows,
         * and read on until the sender closes or its time is over. */
        if (s == WEBHOOK_ERR_CLOSED) shutdown(c->fd, SHUT_WR);
        if (received++) break;
        n = recv(c->fd, c->piece, sizeof c->piece, 0);
        if (n < 0 && would_wait()) break;
        if (n <= 0) sent = -1;
        if (n <= 0) break;
        c->in = webhook_str_from(c->piece, (size_t)n);
    }
    c->events = sent > 0 ? POLLIN : POLLOUT;
    if (sent < 0) conn_close(c);
}

/* work -- takes one event from the queue; its body was verified, so it can be read */
static void work(struct receiver *v) {
    const struct event *first = &v->queue[v->first];
    webhook_envelope e;
    if (v->n == 0) return;
    if (webhook_payload_read(webhook_str_from(first->body, first->len), &e, NULL) == WEBHOOK_OK)
        printf("%.*s %.*s\n", (int)e.id.len, e.id.ptr, (int)e.event.len, e.event.ptr);
    fflush(stdout);
    v->first = (v->first + 1) % QUEUE;
    v->n--;
    v->handled++;
}

/* ---- somebody else's loop ---- */

static struct receiver receiver;
static struct conn conns[CONNS];
static int listener;

static void take_in(void) {
    int fd = accept(listener, NULL, NULL), i;
    if (fd < 0) return;
    for (i = 0; i < CONNS && conns[i].fd >= 0; i++) {
    }
    if (i == CONNS || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        close(fd);
    else
        conn_open(&conns[i], fd);
}

static void turn(int wait_ms) {
    struct pollfd fds[CONNS + 1];
    int i;
    fds[CONNS].fd = listener;
    fds[CONNS].events = POLLIN;
    for (i = 0; i < CONNS; i++) {
        fds[i].fd = conns[i].fd; /* poll passes over what is below 0 */
        fds[i].events = conns[i].events;
    }
    if (poll(fds, CONNS + 1, receiver.n > 0 ? 0 : wait_ms) < 0) return;
    for (i = 0; i < CONNS; i++) {
        if (conns[i].fd < 0) continue;
        if (fds[i].revents != 0) conn_ready(&receiver, &conns[i]);
        if (conns[i].fd >= 0 && conns[i].deadline_s <= now_s()) conn_close(&conns[i]);
    }
    if (fds[CONNS].revents != 0) take_in();
    work(&receiver);
}

static void listen_on(uint16_t port, struct sockaddr_in *at) {
    socklen_t len = sizeof *at;
    int on = 1;
    memset(at, 0, sizeof *at);
    at->sin_family = AF_INET;
    at->sin_port = htons(port);
    at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listener < 0 || bind(listener, (struct sockaddr *)at, sizeof *at) != 0 ||
        listen(listener, 64) != 0 || fcntl(listener, F_SETFL, O_NONBLOCK) != 0 ||
        getsockname(listener, (struct sockaddr *)at, &len) != 0) {
        perror("receive_poll");
        exit(1);
    }
}

/* ---- to have something to receive ---- */

static void put_delivery(webhook_buf *out, const webhook_hmac_key *key, unsigned event) {
    char text[256], digits[20], hex[64], id[] = "event_0";
    webhook_buf body = webhook_buf_from(text, sizeof text);
    webhook_buf timestamp = webhook_buf_from(digits, sizeof digits);
    webhook_buf signature = webhook_buf_from(hex, sizeof hex);
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_message m = WEBHOOK_ZERO;
    webhook_json_writer w;
    webhook_url u;

    id[6] = (char)('0' + event);
    e.id = webhook_str_from_cstr(id);
    e.event = WEBHOOK_STR("orders.o1.create");
    e.unix_ms = now_s() * 1000;
    webhook_payload_begin(&w, &body, &e);
    webhook_json_put_null(&w);
    webhook_buf_fail(out, webhook_payload_end(&w));
    webhook_decimal_write(&timestamp, (uint64_t)now_s());
    m.timestamp = webhook_buf_str(&timestamp);
    m.body = webhook_buf_str(&body);
    webhook_buf_fail(out, webhook_sign(NULL, key, &m, &signature));
    webhook_buf_fail(out, webhook_url_read(WEBHOOK_STR("http://localhost/hook"), &u, NULL));
    webhook_http_put_request(out, WEBHOOK_STR("POST"), &u);
    webhook_http_put_field(out, WEBHOOK_STR("X-Appwrite-Webhook-Timestamp"), m.timestamp);
    webhook_http_put_field(out, WEBHOOK_STR("X-Appwrite-Webhook-Signature"),
                           webhook_buf_str(&signature));
    webhook_http_put_length(out, m.body.len);
    webhook_buf_put(out, m.body);
}

/* Five connections at once, each sends its delivery in two halves: three events, the first of them
 * again, and one under a wrong key. 1 where the answers were 200 four times and 401. */
static int demonstrate(const struct sockaddr_in *at) {
    enum { CLIENTS = 5 };
    webhook_hmac_key wrong;
    char text[CLIENTS][1024], got[12];
    webhook_buf out[CLIENTS];
    int fd[CLIENTS], i, good = 1;

    if (webhook_key_init(&wrong, NULL, WEBHOOK_STR("a-guess")) != WEBHOOK_OK) return 0;
    for (i = 0; i < CLIENTS; i++) {
        out[i] = webhook_buf_from(text[i], sizeof text[i]);
        put_delivery(&out[i], i == 4 ? &wrong : &receiver.key, (unsigned)i % 3);
        fd[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (webhook_buf_end(&out[i]) != WEBHOOK_OK ||
            connect(fd[i], (const struct sockaddr *)at, sizeof *at) != 0 ||
            send(fd[i], text[i], out[i].len / 2, MSG_NOSIGNAL) < 0)
            return 0;
        turn(0);
    }
    for (i = 0; i < CLIENTS; i++) {
        size_t half = out[i].len / 2;
        if (send(fd[i], text[i] + half, out[i].len - half, MSG_NOSIGNAL) < 0) return 0;
    }
    for (i = 0; i < 50; i++) turn(10);
    for (i = 0; i < CLIENTS; i++) {
        ssize_t n = recv(fd[i], got, sizeof got, MSG_DONTWAIT);
        good &= n == 12 && memcmp(got, i == 4 ? "HTTP/1.1 401" : "HTTP/1.1 200", 12) == 0;
        close(fd[i]);
    }
    return good && receiver.handled == 3;
}

int main(int argc, char **argv) {
    const char *secret = argc > 1 ? getenv("WEBHOOK_SECRET") : "secret-key-123";
    struct sockaddr_in at;
    int i;

    if (webhook_key_init(&receiver.key, NULL, webhook_str_from_cstr(secret)) != WEBHOOK_OK ||
        webhook_replay_init(receiver.guard, GUARD) != WEBHOOK_OK) {
        fprintf(stderr, "receive_poll: WEBHOOK_SECRET is not set\n");
        return 2;
    }
    for (i = 0; i < CONNS; i++) conns[i].fd = -1;
    listen_on(argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0, &at);
    fprintf(stderr, "listening: http://127.0.0.1:%u/hook\n", (unsigned)ntohs(at.sin_port));
    if (argc > 1)
        for (;;) turn(1000);
    return !demonstrate(&at);
}
#else
int main(void) {
    puts("receive_poll: needs POSIX sockets");
    return 0;
}
#endif
