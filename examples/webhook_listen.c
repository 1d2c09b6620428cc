/* webhook_listen.c -- the command listen of the tool: a receiver of any number of connections
 *
 * Bytes come from the listener of >>posix and go through one webhook_receive each connection. What
 * is to be answered is noted while a turn of the event loop lasts, and sent at its end: so that all
 * that came in one turn shares one writing of the --state file, and no 200 leaves before what it
 * stands for is on the disk.
 */
#include "webhook_tool.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* events that are remembered; with --state fewer, since all are written each time */
#define GUARD_KEYS 1048576
#define GUARD_KEYS_STATE 131072
#define WINDOW_S (4 * 3600) /* for how long; all retries of a sender come within */
#define MESSAGE_MS 30000    /* from the first byte of a message to its last */
#define CLOSING_MS 2000     /* for the last answers to leave */
#define BODY_MAX UINT64_C(1073741824)
#define BODIES_MAX (256 * 1024 * 1024) /* bytes of all bodies that are arriving */
#define LINE_SIZE 8192                 /* a longer field is none of ours and is skipped */
#define OWED_MAX 16
#define CONNECTIONS_MAX 4096
#define STATE_HEAD 64

typedef struct listener {
    const arguments *a;
    webhook_scheme scheme;
    key_ring ring;
    webhook_posix_loop *loop;
    webhook_posix_listener *socket;
    webhook_posix_watch signals;
    webhook_replay_entry *guard;
    size_t n_guard; /* entries */
    int64_t window_s;
    uint64_t body_max, left; /* left: events to print, UINT64_MAX without --count */
    size_t bodies, bodies_max;
    struct peer *owing;                /* a list of those that answers are owed to */
    size_t finishing;                  /* connections that close when all is sent */
    const char *state;                 /* the file, NULL: none */
    char *state_new;                   /* the one beside it that becomes it */
    enum { CLEAN, NEW, FAILED } dirty; /* what the guard holds is on the disk, or not yet */
    int stopping, code;                /* code: the exit status */
    output out;
} listener;

typedef struct owed {
    uint16_t status;
    uint16_t keep_alive;
} owed;

typedef struct peer {
    listener *l;
    webhook_posix_conn *conn;
    struct peer *next; /* in the list of owing */
    webhook_receive_ctx receive;
    char *body;
    size_t len, cap;
    owed owed[OWED_MAX];
    unsigned n_owed;
    uint8_t listed;
    uint8_t within;   /* a message has begun */
    uint8_t answered; /* and is refused already */
    uint8_t closing;  /* after what is owed */
    uint8_t finished; /* the listener was told so */
    uint32_t scratch[WEBHOOK_VERIFY_SCRATCH(WEBHOOK_KEYS_MAX, 1, 0)];
    char line[LINE_SIZE];
} peer;

/* ---- the guard on the disk ---- */

/* state_head -- what a file of this program on this machine begins with */
static void state_head(char head[STATE_HEAD]) {
    static const uint32_t one = 1;
    char order[2 * sizeof one + 1] = "";
    webhook_buf b = webhook_buf_from(order, sizeof order - 1);
    webhook_hex_write(&b, webhook_str_from((const char *)&one, sizeof one));
    memset(head, 0, STATE_HEAD);
    snprintf(head, STATE_HEAD, "webhook listen state 1: %lu of %lu bytes, %s\n",
             (unsigned long)WEBHOOK_REPLAY_ENTRIES(GUARD_KEYS_STATE),
             (unsigned long)sizeof(webhook_replay_entry), order);
}

static webhook_str guard_bytes(const listener *l) {
    return webhook_str_from((const char *)l->guard, l->n_guard * sizeof *l->guard);
}

/* state_sum -- over head and guard */
static void state_sum(const listener *l, const char *head, unsigned char sum[WEBHOOK_SHA256_SIZE]) {
    webhook_sha256_ctx c;
    webhook_sha256_init(&c);
    webhook_sha256_update(&c, webhook_str_from(head, STATE_HEAD));
    webhook_sha256_update(&c, guard_bytes(l));
    webhook_sha256_final(&c, sum);
}

static int write_all(int fd, const void *ptr, size_t len) {
    const char *p = (const char *)ptr;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno != EINTR) return 0;
        if (n > 0) p += n, len -= (size_t)n;
    }
    return 1;
}

/* joined -- the first len bytes of a and all of b; NULL: no memory */
static char *joined(const char *a, size_t len, const char *b) {
    size_t more = strlen(b) + 1;
    char *both = (char *)malloc(len + more);
    if (both == NULL) return NULL;
    memcpy(both, a, len);
    memcpy(both + len, b, more);
    return both;
}

/* sync_directory -- a new name is durable when its directory is; where a directory cannot be
 * opened or synced, nothing better can be done */
static void sync_directory(const char *path) {
    const char *slash = strrchr(path, '/');
    char *name = joined(path, slash == NULL ? 0 : (size_t)(slash - path) + 1, ".");
    int fd = name == NULL ? -1 : open(name, O_RDONLY);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(name);
}

/* state_save -- whole, into a file beside it that then takes its name; 1, or 0 with words */
static int state_save(listener *l) {
    char head[STATE_HEAD];
    unsigned char sum[WEBHOOK_SHA256_SIZE];
    webhook_str guard = guard_bytes(l);
    int fd, good, error;
    l->dirty = FAILED; /* until it is done */
    (void)unlink(
        l->state_new); /* of a run that was killed; O_EXCL follows no link of a stranger's */
    fd = open(l->state_new, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        fail(l->a, l->state_new, strerror(errno));
        return 0;
    }
    state_head(head);
    state_sum(l, head, sum);
    good = write_all(fd, head, sizeof head) && write_all(fd, guard.ptr, guard.len) &&
           write_all(fd, sum, sizeof sum) && fsync(fd) == 0;
    error = errno;
    if (close(fd) != 0 && good) good = 0, error = errno;
    if (good && rename(l->state_new, l->state) != 0) good = 0, error = errno;
    if (good) {
        sync_directory(l->state);
        l->dirty = CLEAN;
        return 1;
    }
    (void)unlink(l->state_new);
    fail(l->a, l->state, strerror(error));
    return 0;
}

/* state_read -- the guard out of an open file */
static int state_read(listener *l, int fd) {
    char head[STATE_HEAD], wanted[STATE_HEAD], more;
    unsigned char sum[WEBHOOK_SHA256_SIZE], good_sum[WEBHOOK_SHA256_SIZE];
    size_t size = l->n_guard * sizeof *l->guard, n = 0, n_guard = 0, n_sum = 0, n_more = 0;
    int error = read_up_to(fd, head, sizeof head, &n);
    if (error == 0) error = read_up_to(fd, l->guard, size, &n_guard);
    if (error == 0) error = read_up_to(fd, sum, sizeof sum, &n_sum);
    if (error == 0) error = read_up_to(fd, &more, 1, &n_more);
    if (error != 0) return failed(l->a, l->state, strerror(error));
    state_head(wanted);
    if (n < sizeof head || memcmp(head, wanted, sizeof head) != 0)
        return failed(l->a, l->state, "not a state file of this program and machine");
    if (n_guard == size && n_sum == sizeof sum && n_more == 0) {
        state_sum(l, head, good_sum);
        if (memcmp(sum, good_sum, sizeof sum) == 0 &&
            webhook_replay_restore(l->guard, l->n_guard) == WEBHOOK_OK)
            return DONE;
    }
    return failed(l->a, l->state, "the state file is damaged: move it away to begin anew");
}

/* state_load -- what the guard held before a restart; a first file shows at start whether one can
 * be written */
static int state_load(listener *l) {
    int fd, code;
    if (webhook_replay_init(l->guard, l->n_guard) != WEBHOOK_OK) return NO;
    l->state = l->a->value[OPT_STATE];
    if (l->state == NULL) return DONE;
    l->state_new = joined(l->state, strlen(l->state), ".new");
    if (l->state_new == NULL) return failed(l->a, NULL, "too little memory");
    fd = open(l->state, O_RDONLY);
    if (fd < 0 && errno != ENOENT) return failed(l->a, l->state, strerror(errno));
    if (fd < 0) return state_save(l) ? DONE : NO;
    code = state_read(l, fd);
    close(fd);
    return code;
}

/* ---- answers ---- */

/* put_owed -- one answer; a 405 says what would do */
static void put_owed(webhook_buf *b, unsigned status, int keep_alive) {
    if (status == 100)
        webhook_buf_put(b, WEBHOOK_STR("HTTP/1.1 100 Continue\r\n\r\n"));
    else if (status != 405)
        webhook_http_put_answer(b, status, keep_alive);
    else {
        webhook_http_put_response(b, status);
        webhook_http_put_field(b, WEBHOOK_STR("Allow"), WEBHOOK_STR("POST"));
        if (!keep_alive) webhook_http_put_field(b, WEBHOOK_STR("Connection"), WEBHOOK_STR("close"));
        webhook_http_put_length(b, 0);
    }
}

/* send_owed -- saved = 0: what was taken in is not on the disk, and the sender is to try again */
static void send_owed(peer *p, int saved) {
    char text[OWED_MAX * 256];
    webhook_buf b = webhook_buf_from(text, sizeof text);
    unsigned i;
    for (i = 0; i < p->n_owed; i++) {
        unsigned status = p->owed[i].status == 200 && !saved ? 503 : p->owed[i].status;
        int last = p->closing && i + 1 == p->n_owed;
        put_owed(&b, status, p->owed[i].keep_alive && !last);
    }
    p->n_owed = 0;
    webhook_posix_conn_send(p->conn, webhook_buf_str(&b));
    if (!p->closing || p->finished) return;
    p->finished = 1;
    p->l->finishing++;
    webhook_posix_conn_finish(p->conn);
}

/* settle -- the end of a turn: save what was taken in, then send what is owed */
static void settle(listener *l) {
    int due = l->state != NULL && (l->dirty == NEW || (l->dirty == FAILED && l->owing != NULL));
    int saved = !due || state_save(l);
    while (l->owing != NULL) {
        peer *p = l->owing;
        l->owing = p->next;
        p->listed = 0;
        send_owed(p, saved);
    }
}

/* owe -- note an answer, to be sent when the turn ends */
static void owe(peer *p, unsigned status, int keep_alive) {
    listener *l = p->l;
    if (p->n_owed == OWED_MAX) settle(l);
    p->owed[p->n_owed].status = (uint16_t)status;
    p->owed[p->n_owed++].keep_alive = (uint16_t)keep_alive;
    if (!p->listed) {
        p->listed = 1;
        p->next = l->owing;
        l->owing = p;
    }
}

/* close_after -- nothing more is read from it */
static void close_after(peer *p) {
    p->closing = 1;
    if (!p->listed) send_owed(p, 1); /* nothing is owed: at once */
}

/* ---- bodies ---- */

static void drop_body(peer *p) {
    free(p->body);
    p->l->bodies -= p->cap;
    p->body = NULL;
    p->len = p->cap = 0;
}

/* keep_body -- one more piece, the reader has seen to it that all are body_max at most. Answers 1,
 * or 0 where all bodies together are too much. */
static int keep_body(peer *p, webhook_str piece) {
    listener *l = p->l;
    size_t cap = p->cap == 0 ? 1024 : p->cap;
    char *grown;
    if (piece.len == 0) return 1;
    if (piece.len > p->cap - p->len) {
        while (cap - p->len < piece.len && cap <= BODY_MAX) cap *= 2;
        if (cap > l->body_max) cap = (size_t)l->body_max;
        if (cap < p->cap || cap - p->len < piece.len) return 0;
        if (cap - p->cap > l->bodies_max - l->bodies) return 0;
        grown = (char *)realloc(p->body, cap);
        if (grown == NULL) return 0;
        l->bodies += cap - p->cap;
        p->body = grown;
        p->cap = cap;
    }
    memcpy(p->body + p->len, piece.ptr, piece.len);
    p->len += piece.len;
    return 1;
}

/* ---- one message ---- */

/* print -- the line of an event; answers 1, or 0 where standard output fails: then this ends */
static int print(listener *l, const peer *p, const webhook_envelope *e) {
    webhook_buf *b = &l->out.buf;
    char *payload = p->body + (e->payload.ptr - p->body);
    size_t i;
    /* Between its values JSON may have line ends, which would make several lines of one. */
    for (i = 0; i < e->payload.len; i++)
        if (payload[i] == '\n' || payload[i] == '\r') payload[i] = ' ';
    output_put(&l->out, "{\"id\":\"");
    webhook_buf_put(b, e->id);
    output_put(&l->out, "\",\"event\":\"");
    webhook_buf_put(b, e->event);
    output_put(&l->out, "\",\"timestamp\":\"");
    webhook_iso_write(b, e->unix_ms);
    output_put(&l->out, "\",\"payload\":");
    webhook_buf_put(b, e->payload);
    output_put(&l->out, "}\n");
    if (webhook_buf_end(b) == WEBHOOK_OK) return 1;
    l->stopping = 1;
    l->code = fail(l->a, "standard output", strerror(l->out.error));
    return 0;
}

/* handle -- the message is authentic: new, or seen before? The status to answer. */
static unsigned handle(peer *p) {
    listener *l = p->l;
    int64_t now_s = webhook_posix_unix_ms() / 1000;
    webhook_replay_key key;
    webhook_envelope e;
    webhook_status s;
    int printed;
    if (webhook_payload_read(webhook_str_from(p->body, p->len), &e, NULL) != WEBHOOK_OK) return 400;
    key = webhook_replay_key_from_id(WEBHOOK_STR(""), e.id, now_s + l->window_s);
    s = webhook_replay_begin(l->guard, l->n_guard, &key, now_s);
    if (s == WEBHOOK_SEEN) return 200;
    if (s != WEBHOOK_OK) return 503; /* the guard is full, or the clock was ahead */
    printed = print(l, p, &e);
    webhook_replay_end(l->guard, l->n_guard, &key, printed);
    if (!printed) return 503;
    l->dirty = NEW;
    if (l->left != UINT64_MAX && --l->left == 0) l->stopping = 1;
    return 200;
}

/* at_head -- the keys, and the word that a careful sender waits for before it sends the body */
static void at_head(peer *p) {
    listener *l = p->l;
    webhook_receive_keys(&p->receive, l->ring.key, l->ring.n, webhook_posix_unix_ms() / 1000);
    if (webhook_http_expects_continue(&p->receive.http)) owe(p, 100, 1);
}

/* answer -- the message has its status. Answers 1 where another may follow on this connection. */
static int answer(peer *p, unsigned status) {
    int keep_alive = webhook_http_keep_alive(&p->receive.http) && !p->l->stopping;
    drop_body(p);
    owe(p, status, keep_alive);
    return keep_alive;
}

/* begin -- the first byte of a message has come, and its time runs */
static void begin(peer *p) {
    p->within = 1;
    p->answered = 0;
    webhook_posix_conn_deadline(p->conn, webhook_posix_tick() + MESSAGE_MS);
}

/* one -- what a token calls for. Answers 1: go on, 0: nothing follows on this connection. */
static int one(peer *p, const webhook_http_token *t, webhook_str rest) {
    switch (t->kind) {
    case WEBHOOK_HTTP_LINE:
        if (p->answered) begin(p); /* the one before is over, which was refused within */
        if (!webhook_str_eq(t->name, WEBHOOK_STR("POST"))) webhook_receive_refuse(&p->receive, 405);
        return 1;
    case WEBHOOK_HTTP_HEAD: at_head(p); return 1;
    case WEBHOOK_HTTP_BODY:
        if (!keep_body(p, t->value)) webhook_receive_refuse(&p->receive, 503);
        return 1;
    case WEBHOOK_HTTP_VERIFIED:
        if (!answer(p, handle(p))) return 0;
        p->within = 0;
        if (rest.len > 0) begin(p);
        return 1;
    case WEBHOOK_HTTP_REFUSED: p->answered = 1; return answer(p, t->status);
    default: return 1;
    }
}

/* ---- connections ---- */

static void on_opened(void *user, webhook_posix_conn *conn) {
    webhook_http_desc d = WEBHOOK_ZERO;
    listener *l = (listener *)user;
    peer *p = (peer *)malloc(sizeof *p);
    if (p == NULL) {
        webhook_posix_conn_finish(conn);
        return;
    }
    memset(p, 0, offsetof(peer, scratch));
    p->l = l;
    p->conn = conn;
    webhook_posix_conn_set_user(conn, p);
    webhook_posix_conn_deadline(conn, webhook_posix_tick() + MESSAGE_MS);
    d.line = p->line;
    d.line_cap = sizeof p->line;
    d.skip_long = 1;
    d.body_max = l->body_max;
    if (webhook_receive_init_scheme(&p->receive, &d, &l->scheme, p->scratch,
                                    sizeof p->scratch / sizeof *p->scratch) != WEBHOOK_OK)
        close_after(p);
}

static void on_input(void *user, webhook_posix_conn *conn, webhook_str in) {
    peer *p = (peer *)webhook_posix_conn_user(conn);
    webhook_http_token t;
    webhook_status s = WEBHOOK_OK;
    (void)user;
    if (p == NULL || p->closing || p->l->stopping) return;
    if (in.len == 0) { /* it sends no more, and has what is owed to it before this ends */
        close_after(p);
        if (p->l->state == NULL) settle(p->l);
        return;
    }
    if (!p->within) begin(p);
    while (s == WEBHOOK_OK) {
        s = webhook_receive_next(&p->receive, &in, &t);
        if (s == WEBHOOK_OK && !one(p, &t, in)) s = WEBHOOK_ERR_CLOSED;
    }
    if (s != WEBHOOK_MORE)
        close_after(p);
    else if (!p->within) /* what follows may take its time to begin, but not for ever */
        webhook_posix_conn_deadline(conn, webhook_posix_tick() + MESSAGE_MS);
    if (p->l->state == NULL) settle(p->l);
}

/* on_expired -- a message that takes too long is told so; a connection that is idle just ends */
static void on_expired(void *user, webhook_posix_conn *conn) {
    peer *p = (peer *)webhook_posix_conn_user(conn);
    (void)user;
    if (p == NULL) return;
    if (p->within && !p->answered) owe(p, 408, 0);
    close_after(p);
    settle(p->l);
}

static void on_closed(void *user, webhook_posix_conn *conn, webhook_status how) {
    peer *p = (peer *)webhook_posix_conn_user(conn), **at;
    (void)user;
    (void)how;
    if (p == NULL) return;
    for (at = &p->l->owing; p->listed && *at != NULL; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            break;
        }
    if (p->finished) p->l->finishing--;
    drop_body(p);
    webhook_wipe(&p->receive, sizeof p->receive);
    webhook_wipe(p->scratch, sizeof p->scratch);
    free(p);
}

/* ---- start and end ---- */

static int signal_pipe[2] = { -1, -1 };

static void on_signal(int number) {
    int error = errno;
    char c = (char)number;
    ssize_t n = write(signal_pipe[1], &c, 1); /* the loop wakes up: a pipe takes one byte */
    (void)n;
    errno = error;
}

static void on_signal_read(webhook_posix_watch *w, unsigned events) {
    listener *l = (listener *)w->user;
    (void)events;
    webhook_posix_loop_forget(l->loop, w);
    l->stopping = 1;
}

/* watch_signals -- SIGINT and SIGTERM end it in good order, within CLOSING_MS, also where they come
 * twice as from timeout(1); a closed pipe at standard output is an error of the write */
static int watch_signals(listener *l) {
    struct sigaction act;
    memset(&act, 0, sizeof act);
    sigemptyset(&act.sa_mask);
    act.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &act, NULL);
    if (pipe(signal_pipe) != 0) return failed(l->a, NULL, strerror(errno));
    l->signals.fd = signal_pipe[0];
    l->signals.ready = on_signal_read;
    l->signals.user = l;
    if (webhook_posix_loop_watch(l->loop, &l->signals, WEBHOOK_POSIX_READ, UINT64_MAX) !=
        WEBHOOK_OK)
        return failed(l->a, NULL, "no event loop");
    act.sa_handler = on_signal;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    return DONE;
}

/* allow_connections -- as many descriptors as there may be connections, where the system lets us */
static void allow_connections(void) {
    struct rlimit r;
    rlim_t wanted = CONNECTIONS_MAX + 64;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= wanted) return;
    r.rlim_cur = r.rlim_max < wanted ? r.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &r);
}

static int read_options(listener *l, webhook_posix_listener_desc *d) {
    const arguments *a = l->a;
    const char *host = a->value[OPT_HOST];
    uint64_t port = 8080, past, future;
    l->scheme = webhook_scheme_default();
    if (read_keys(a, WEBHOOK_KEYS_MAX, &l->ring) != DONE) return BAD;
    if (read_tolerance(a, &l->scheme) != DONE) return BAD;
    past = l->scheme.tolerance_past_s;
    future = l->scheme.tolerance_future_s;
    l->window_s = WINDOW_S; /* and never shorter than the same request is fresh */
    if (past != WEBHOOK_TOLERANCE_NONE && past + future > WINDOW_S)
        l->window_s = (int64_t)(past + future);
    d->host = webhook_str_from_cstr(host == NULL ? "127.0.0.1" : host);
    if (d->host.len > 1 && d->host.ptr[0] == '[' && d->host.ptr[d->host.len - 1] == ']')
        d->host = webhook_str_from(d->host.ptr + 1, d->host.len - 2);
    if (d->host.len == 0) return fail(a, "--host", "wants an address or a name of this machine");
    if (a->value[OPT_PORT] != NULL && !whole_number(a->value[OPT_PORT], 0, 65535, &port))
        return fail(a, "--port", "wants 0 to 65535, 0 is any that is free");
    d->port = (uint16_t)port;
    l->left = UINT64_MAX;
    if (a->value[OPT_COUNT_OF_EVENTS] != NULL &&
        !whole_number(a->value[OPT_COUNT_OF_EVENTS], 1, UINT64_MAX, &l->left))
        return fail(a, "--count", "wants a whole number above 0");
    l->body_max = 16 * 1024 * 1024;
    if (a->value[OPT_MAX_BODY] != NULL &&
        !whole_number(a->value[OPT_MAX_BODY], 1, BODY_MAX, &l->body_max))
        return fail(a, "--max-body", "wants 1 to 1073741824 bytes");
    l->bodies_max = l->body_max > BODIES_MAX ? (size_t)l->body_max : BODIES_MAX;
    return DONE;
}

/* put_host -- as it stands in a URL */
static void put_host(webhook_buf *b, webhook_str host) {
    int is_ipv6 = memchr(host.ptr, ':', host.len) != NULL;
    webhook_buf_put(b, is_ipv6 ? WEBHOOK_STR("[") : WEBHOOK_STR(""));
    webhook_buf_put(b, host);
    webhook_buf_put(b, is_ipv6 ? WEBHOOK_STR("]:") : WEBHOOK_STR(":"));
}

/* open_listener -- and say where it is */
static int open_listener(listener *l, webhook_posix_listener_desc *d) {
    const char *error = NULL;
    char text[300];
    webhook_buf where = webhook_buf_from(text, sizeof text - 1);
    webhook_status s;
    d->loop = l->loop;
    d->max_connections = CONNECTIONS_MAX;
    d->user = l;
    d->opened = on_opened;
    d->input = on_input;
    d->expired = on_expired;
    d->closed = on_closed;
    s = webhook_posix_listener_open(&l->socket, d, &error);
    put_host(&where, d->host);
    webhook_decimal_write(&where,
                          s == WEBHOOK_OK ? webhook_posix_listener_port(l->socket) : d->port);
    text[where.len] = 0;
    if (s != WEBHOOK_OK) return failed(l->a, text, error == NULL ? "cannot listen there" : error);
    fprintf(stderr, "webhook: listening on %s\n", text);
    return DONE;
}

static int open_all(listener *l, webhook_posix_listener_desc *d) {
    l->n_guard = l->a->value[OPT_STATE] == NULL ? WEBHOOK_REPLAY_ENTRIES(GUARD_KEYS)
                                                : WEBHOOK_REPLAY_ENTRIES(GUARD_KEYS_STATE);
    l->guard = (webhook_replay_entry *)malloc(l->n_guard * sizeof *l->guard);
    if (l->guard == NULL) return failed(l->a, NULL, "too little memory");
    if (state_load(l) != DONE) return NO;
    allow_connections();
    if (webhook_posix_loop_open(&l->loop) != WEBHOOK_OK)
        return failed(l->a, NULL, "no event loop: too few descriptors or too little memory");
    return watch_signals(l) == DONE ? open_listener(l, d) : NO;
}

/* serve -- until it is told to stop, then until the last answers are sent */
static int serve(listener *l) {
    uint64_t until;
    peer *p;
    int code;
    output_open(&l->out);
    while (!l->stopping) {
        webhook_posix_loop_wait(l->loop, UINT64_MAX);
        for (p = l->owing; p != NULL && l->stopping; p = p->next) p->closing = 1;
        settle(l);
    }
    until = webhook_posix_tick() + CLOSING_MS;
    while (l->finishing > 0 && webhook_posix_tick() < until)
        webhook_posix_loop_wait(l->loop, until);
    code = l->code;
    return code != DONE ? code : output_end(l->a, &l->out);
}

static int run_listen(const arguments *a) {
    static listener l; /* starts as zeros */
    webhook_posix_listener_desc d = WEBHOOK_ZERO;
    int code;
    l.a = a;
    code = read_options(&l, &d);
    if (code == DONE) code = open_all(&l, &d);
    if (code == DONE) code = serve(&l);
    webhook_posix_listener_close(l.socket);
    webhook_posix_loop_close(l.loop);
    webhook_wipe(&l.ring, sizeof l.ring);
    free(l.guard);
    free(l.state_new);
    return code;
}

/* ---- its help ---- */

static const option listen_options[] = {
    { OPT_HOST, 0, "--host", "H", "an address or a name of this machine; 127.0.0.1 unless given" },
    { OPT_PORT, 0, "--port", "P", "8080 unless given; 0 takes a free one" },
    { OPT_COUNT_OF_EVENTS, 0, "--count", "N", "end after N printed events" },
    { OPT_MAX_BODY, 0, "--max-body", "N",
      "bytes that a body may have, 16777216 unless given; a longer one is answered 413" },
    { OPT_STATE, 0, "--state", "F",
      "a file that remembers the events seen over a restart; made where it is not there" },
    TOLERANCE_OPTION,
    SECRET_OPTION(SEVERAL_SECRETS),
    SECRET_FILE_OPTION,
    HELP_OPTION,
    END_OF_OPTIONS
};

const command listen_command = {
    "listen",
    { NULL, NULL },
    0,
    "receive deliveries and print those that are authentic and new",
    "Answers POST on any path. Prints each event that is authentic and new as one line of JSON:\n"
    "{\"id\",\"event\",\"timestamp\",\"payload\"}, the payload as it came (a line end between its "
    "values\n"
    "becomes a blank), and answers 200. An event seen before, by its $id within 4 hours, is "
    "answered\n"
    "200 and not printed; it remembers 1048576, or 131072 with --state, and answers 503 to more.\n"
    "What is not authentic is answered 401. Says on standard error where it listens, and ends "
    "with\n"
    "SIGINT or SIGTERM.\n"
    "    webhook listen --port 8080 --secret-file secret\n",
    listen_options,
    run_listen
};
