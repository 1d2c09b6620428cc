/* test_posix.c -- the section >>posix: loop, resolver, client and listener, over loopback alone */
#if defined(__unix__) || defined(__APPLE__)
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#ifndef WEBHOOK_POSIX
#define WEBHOOK_POSIX
#endif
#endif
#include "test.h"

#ifndef WEBHOOK_POSIX
void suite_posix(void) {
}
#else
#include "loopback.h"
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

webhook_posix_loop *loop;

/* webhook_posix_tick asks this one, which can be put forward. */
#ifdef __linux__
static volatile time_t ahead_s;

int clock_gettime(clockid_t which, struct timespec *t) {
    memset(t, 0, sizeof *t);
    if (syscall(SYS_clock_gettime, which, t) != 0) return -1;
    if (which == CLOCK_MONOTONIC) t->tv_sec += ahead_s;
    return 0;
}

int clock_ahead(unsigned seconds) {
    ahead_s += (time_t)seconds;
    return 1;
}
#else
int clock_ahead(unsigned seconds) {
    (void)seconds;
    return 0;
}
#endif

size_t descriptors(void) {
    static struct pollfd all[1024];
    struct rlimit most;
    size_t n = 0, i, asked = 1024;
    getrlimit(RLIMIT_NOFILE, &most);
    if (most.rlim_cur < asked) asked = (size_t)most.rlim_cur; /* poll takes no more */
    for (i = 0; i < asked; i++) all[i].fd = (int)i;
    CHECK(poll(all, (nfds_t)asked, 0) >= 0);
    for (i = 0; i < asked; i++) n += (all[i].revents & POLLNVAL) == 0;
    return n;
}

void sleep_ms(long ms) {
    struct timespec t;
    t.tv_sec = ms / 1000;
    t.tv_nsec = ms % 1000 * 1000000;
    nanosleep(&t, NULL);
}

void run_for(uint64_t ms) {
    uint64_t end = webhook_posix_tick() + ms;
    do webhook_posix_loop_wait(loop, end);
    while (webhook_posix_tick() < end);
}

int run_until(const size_t *n, size_t want) {
    uint64_t end = webhook_posix_tick() + 5000;
    while (*n < want && webhook_posix_tick() < end) webhook_posix_loop_wait(loop, end);
    return *n >= want;
}

/* ---- clock and randomness ---- */

static void clocks(void) {
    uint64_t a = webhook_posix_tick(), b;
    int64_t wall = webhook_posix_unix_ms();
    sleep_ms(20);
    b = webhook_posix_tick();
    CHECK(b >= a + 20 && b < a + 5000);
    CHECK(wall / 1000 >= (int64_t)time(NULL) - 2 && wall / 1000 <= (int64_t)time(NULL));
}

static void randomness(void) {
    static unsigned char a[100000], b[100000];
    size_t i, ones = 0;
    CHECK_STATUS(webhook_posix_random(a, sizeof a), WEBHOOK_OK);
    CHECK_STATUS(webhook_posix_random(b, sizeof b), WEBHOOK_OK);
    CHECK(memcmp(a, b, sizeof a) != 0);
    for (i = 0; i < sizeof a * 8; i++) ones += a[i / 8] >> i % 8 & 1u;
    CHECK(ones > sizeof a * 8 / 2 - 4500 && ones < sizeof a * 8 / 2 + 4500); /* 10 sigma */
    for (i = 0; i < 256; i++) CHECK(memchr(a, (int)i, sizeof a) != NULL);
    b[0] = 7;
    CHECK_STATUS(webhook_posix_random(b, 0), WEBHOOK_OK);
    CHECK(b[0] == 7);
}

/* ---- loop ---- */

/* A watch that counts, and does one thing when it is called. */
typedef struct counter {
    webhook_posix_watch w;
    size_t calls;
    unsigned events;
    void (*act)(struct counter *c);
    struct counter *other;
} counter;

static uint64_t last_fired;

static void counted(webhook_posix_watch *w, unsigned events) {
    counter *c = (counter *)w->user;
    c->calls++;
    c->events |= events;
    if (c->act != NULL) c->act(c);
}

static counter a_counter(int fd, void (*act)(counter *c)) {
    counter c;
    memset(&c, 0, sizeof c);
    c.w.fd = fd;
    c.w.ready = counted;
    c.act = act;
    return c;
}

static void watch(counter *c, unsigned events, uint64_t deadline) {
    c->w.user = c;
    CHECK_STATUS(webhook_posix_loop_watch(loop, &c->w, events, deadline), WEBHOOK_OK);
}

static void note_order(webhook_posix_watch *w, unsigned events) {
    uint64_t due = *(const uint64_t *)w->user;
    CHECK(events == WEBHOOK_POSIX_TIME && due >= last_fired && w->deadline_ms == NEVER);
    last_fired = due;
}

/* Deadlines long over are called in their order, after any insertions, changes and removals. */
static void timers_in_order(void) {
    static webhook_posix_watch w[500];
    static uint64_t due[500];
    size_t round, i;
    for (round = 0; round < 20; round++) {
        memset(w, 0, sizeof w);
        for (i = 0; i < 500; i++) {
            w[i].fd = -1;
            w[i].ready = note_order;
            w[i].user = &due[i];
        }
        for (i = 0; i < 2000; i++) {
            size_t k = test_random() % 500;
            due[k] = test_random() % 8 == 0 ? NEVER : 1 + test_random() % 1000;
            if (test_random() % 4 == 0)
                webhook_posix_loop_forget(loop, &w[k]);
            else
                CHECK_STATUS(webhook_posix_loop_watch(loop, &w[k], 0, due[k]), WEBHOOK_OK);
        }
        last_fired = 0;
        webhook_posix_loop_wait(loop, 0);
        for (i = 0; i < 500; i++) {
            CHECK(w[i].deadline_ms == NEVER || w[i].place == 0);
            webhook_posix_loop_forget(loop, &w[i]);
            webhook_posix_loop_forget(loop, &w[i]); /* once more does nothing */
        }
    }
}

static void again_at_once(counter *c) {
    if (c->calls < 1000) watch(c, 0, 0);
}

static void timers_wait(void) {
    counter c = a_counter(-1, NULL), busy = a_counter(-1, again_at_once);
    uint64_t begun = webhook_posix_tick();
    watch(&c, 0, begun + 30);
    webhook_posix_loop_wait(loop, 0);
    CHECK(c.calls == 0 || webhook_posix_tick() >= begun + 30); /* on a busy machine */
    webhook_posix_loop_wait(loop, begun + 10);
    CHECK(webhook_posix_tick() >= begun + 10);
    CHECK(c.calls == 0 || webhook_posix_tick() >= begun + 30);
    CHECK(run_until(&c.calls, 1));
    CHECK(webhook_posix_tick() >= begun + 30 && c.events == WEBHOOK_POSIX_TIME);
    run_for(5);
    CHECK(c.calls == 1);
    watch(&busy, 0, 0); /* one that is due always does not keep wait from returning */
    webhook_posix_loop_wait(loop, 0);
    CHECK(busy.calls < 1000);
    CHECK(run_until(&busy.calls, 1000));
    webhook_posix_loop_forget(loop, &c.w);
    webhook_posix_loop_forget(loop, &busy.w);
}

static void pipes(int fd[2][2]) {
    CHECK(pipe(fd[0]) == 0 && pipe(fd[1]) == 0);
    CHECK(write(fd[0][1], "x", 1) == 1 && write(fd[1][1], "x", 1) == 1);
}

static void close_pipes(int fd[2][2]) {
    close(fd[0][0]);
    close(fd[0][1]);
    close(fd[1][0]);
    close(fd[1][1]);
}

static void events_of_a_pipe(void) {
    int fd[2][2];
    counter in, out;
    pipes(fd);
    in = a_counter(fd[0][0], NULL);
    out = a_counter(fd[1][1], NULL);
    watch(&in, WEBHOOK_POSIX_READ, NEVER);
    watch(&out, WEBHOOK_POSIX_WRITE, NEVER);
    webhook_posix_loop_wait(loop, NEVER);
    CHECK(in.events == WEBHOOK_POSIX_READ && out.events == WEBHOOK_POSIX_WRITE);
    watch(&in, 0, NEVER); /* ready, but not waited for */
    watch(&out, 0, NEVER);
    in.calls = out.calls = 0;
    run_for(5);
    CHECK(in.calls == 0 && out.calls == 0);
    close(fd[0][1]); /* a hang-up is not told to whom waits for nothing, and ... */
    run_for(5);
    CHECK(in.calls == 0);
    in.events = 0;
    watch(&in, WEBHOOK_POSIX_READ, NEVER); /* ... is to whom waits */
    CHECK(run_until(&in.calls, 1));
    CHECK(in.events == WEBHOOK_POSIX_READ);
    webhook_posix_loop_forget(loop, &in.w);
    webhook_posix_loop_forget(loop, &out.w);
    fd[0][1] = dup(0);
    close_pipes(fd);
    out = a_counter(-1, NULL);
    CHECK_STATUS(webhook_posix_loop_watch(loop, &out.w, WEBHOOK_POSIX_READ, NEVER), WEBHOOK_ERR_IO);
    CHECK(out.w.place == 0);
    in = a_counter(fd[0][0], NULL); /* closed: epoll refuses, poll says so */
    in.w.user = &in;
    if (webhook_posix_loop_watch(loop, &in.w, WEBHOOK_POSIX_READ, NEVER) == WEBHOOK_OK) {
        CHECK(run_until(&in.calls, 1));
        webhook_posix_loop_forget(loop, &in.w);
    }
    CHECK(in.w.place == 0);
}

static counter *survivor;

static void free_the_other(counter *c) {
    survivor = c;
    webhook_posix_loop_forget(loop, &c->other->w);
    free(c->other);
    webhook_posix_loop_forget(loop, &c->w);
}

/* Two are ready in the same round, and whichever is called first frees the other. */
static void forget_inside_a_callback(void) {
    counter *c[2];
    int fd[2][2], i, timed;
    for (timed = 0; timed < 2; timed++) {
        pipes(fd);
        for (i = 0; i < 2; i++) {
            c[i] = (counter *)malloc(sizeof **c);
            if (c[i] == NULL) abort();
            *c[i] = a_counter(timed ? -1 : fd[i][0], free_the_other);
        }
        c[0]->other = c[1];
        c[1]->other = c[0];
        for (i = 0; i < 2; i++) watch(c[i], timed ? 0 : WEBHOOK_POSIX_READ, timed ? 1 : NEVER);
        survivor = NULL;
        webhook_posix_loop_wait(loop, 0);
        CHECK(survivor != NULL && survivor->calls == 1);
        free(survivor);
        close_pipes(fd);
    }
}

static void forget_itself(counter *c) {
    webhook_posix_loop_forget(loop, &c->w);
}

static void wait_again(counter *c) {
    if (c->calls == 1) webhook_posix_loop_wait(loop, 0);
}

static void callbacks_that_wait(void) {
    int fd[2][2];
    counter a, b;
    pipes(fd);
    a = a_counter(fd[0][0], wait_again);
    b = a_counter(fd[1][0], forget_itself);
    watch(&a, WEBHOOK_POSIX_READ, NEVER);
    watch(&b, WEBHOOK_POSIX_READ, NEVER);
    webhook_posix_loop_wait(loop, 0);
    CHECK(a.calls >= 2 && b.calls == 1); /* forgotten in the inner round, or before it */
    webhook_posix_loop_forget(loop, &a.w);
    close_pipes(fd);
}

/* Many ready at once: each is called, none is left out for long. */
static void many_ready(void) {
    enum { N = 150 };
    static counter c[N];
    int fd[2][2];
    size_t i;
    pipes(fd);
    for (i = 0; i < N; i++) {
        c[i] = a_counter(dup(fd[0][0]), NULL);
        watch(&c[i], WEBHOOK_POSIX_READ, NEVER);
    }
    for (i = 0; i < 20; i++) webhook_posix_loop_wait(loop, 0);
    for (i = 0; i < N; i++) {
        CHECK(c[i].calls >= 3);
        webhook_posix_loop_forget(loop, &c[i].w);
        close(c[i].w.fd);
    }
    close_pipes(fd);
}

enum { POSTERS = 4, POSTS = 2000 };
static size_t posted, posted_by[POSTERS];
static int post_order;

static void take_post(void *user) {
    size_t *n = (size_t *)user;
    ++*n;
    posted++;
}

static void *poster(void *user) {
    int i;
    for (i = 0; i < POSTS; i++)
        if (webhook_posix_loop_post(loop, take_post, user) != WEBHOOK_OK) abort();
    return NULL;
}

static int numbers[200];

static void in_order(void *user) {
    CHECK(user == &numbers[post_order]);
    post_order++;
}

static void post_more(void *user) {
    posted++;
    if (posted < 500) CHECK_STATUS(webhook_posix_loop_post(loop, post_more, user), WEBHOOK_OK);
}

static void posts(void) {
    pthread_t thread[POSTERS];
    size_t i;
    struct pollfd p;
    posted = 0;
    memset(posted_by, 0, sizeof posted_by);
    for (i = 0; i < POSTERS; i++) pthread_create(&thread[i], NULL, poster, &posted_by[i]);
    CHECK(run_until(&posted, POSTERS * POSTS));
    for (i = 0; i < POSTERS; i++) {
        pthread_join(thread[i], NULL);
        CHECK_SIZE(posted_by[i], POSTS);
    }
    posted = 0;
    p.fd = webhook_posix_loop_fd(loop);
    p.events = POLLIN;
    p.revents = 0;
    CHECK(p.fd < 0 || poll(&p, 1, 0) == 0);
    CHECK_STATUS(webhook_posix_loop_post(loop, post_more, NULL), WEBHOOK_OK);
    CHECK(p.fd < 0 || poll(&p, 1, 0) == 1);
    webhook_posix_loop_wait(loop, 0);
    CHECK(posted < 500); /* a post that posts does not keep wait from returning */
    CHECK(run_until(&posted, 500));
    post_order = 0;
    for (i = 0; i < 200; i++)
        CHECK_STATUS(webhook_posix_loop_post(loop, in_order, &numbers[i]), WEBHOOK_OK);
    for (i = 0; i < 10; i++) webhook_posix_loop_wait(loop, 0);
    CHECK(post_order == 200);
}

static void loop_contract(void) {
    webhook_posix_loop *l;
    size_t before = descriptors(), called = 0;
    struct rlimit old, low;
    int first_free;
    CHECK_STATUS(webhook_posix_loop_open(NULL), WEBHOOK_ERR_ARGUMENT);
    webhook_posix_loop_close(NULL);
    CHECK_STATUS(webhook_posix_loop_open(&l), WEBHOOK_OK);
    CHECK_STATUS(webhook_posix_loop_post(l, take_post, &called), WEBHOOK_OK);
    webhook_posix_loop_close(l);
    CHECK(called == 1); /* what is posted is called, at the latest when it closes */
    first_free = dup(0);
    close(first_free);
    getrlimit(RLIMIT_NOFILE, &old);
    for (low = old, low.rlim_cur = (rlim_t)first_free; low.rlim_cur < (rlim_t)first_free + 2;
         low.rlim_cur++) { /* it takes two at least */
        setrlimit(RLIMIT_NOFILE, &low);
        CHECK_STATUS(webhook_posix_loop_open(&l), WEBHOOK_ERR_IO);
        CHECK(l == NULL);
    }
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK_SIZE(descriptors(), before);
}

/* ---- names ---- */

/* The resolver calls getaddrinfo, and this one is it: names that end in .test are ours, all else
 * goes to the real one. */

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define NO_REAL_RESOLVER /* it is not instrumented */
#endif
#endif

static struct names {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int shut;                       /* names that begin with "slow" wait */
    int bad;                        /* there is none */
    size_t calls, now, most, ended; /* look-ups: begun, under way, at most at a time, done */
} names = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0, 0, 0, 0 };

static char ours[] = "ours"; /* the mark of our addrinfo */

static void add_address(struct addrinfo **list, const char *text) {
    struct addrinfo *a = (struct addrinfo *)calloc(1, sizeof *a);
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    if (a == NULL) abort();
    memset(&in, 0, sizeof in);
    memset(&in6, 0, sizeof in6);
    a->ai_family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;
    a->ai_socktype = SOCK_STREAM;
    a->ai_addrlen = a->ai_family == AF_INET ? sizeof in : sizeof in6;
    a->ai_addr = (struct sockaddr *)calloc(1, a->ai_addrlen);
    if (a->ai_addr == NULL) abort();
    in.sin_family = AF_INET;
    in6.sin6_family = AF_INET6;
    if (a->ai_family == AF_INET) {
        inet_pton(AF_INET, text, &in.sin_addr);
        memcpy(a->ai_addr, &in, sizeof in);
    } else {
        inet_pton(AF_INET6, text, &in6.sin6_addr);
        memcpy(a->ai_addr, &in6, sizeof in6);
    }
    a->ai_canonname = ours;
    a->ai_next = *list;
    *list = a;
}

/* our_names -- the addresses of a name, last one first */
static const char *our_names[][4] = {
    { "one.test", "127.0.0.1", NULL, NULL },
    { "slow.test", "127.0.0.1", NULL, NULL },
    { "two.test", "127.0.0.1", "127.0.0.2", NULL },
    { "inside.test", "10.1.2.3", "192.168.0.9", "169.254.169.254" },
    { "mixed.test", "127.0.0.1", "10.1.2.3", NULL },
    { "six.test", "::1", NULL, NULL },
};

static void our_free(struct addrinfo **list) {
    while (*list != NULL) {
        struct addrinfo *next = (*list)->ai_next;
        free((*list)->ai_addr);
        free(*list);
        *list = next;
    }
}

static int our_answer(const char *node, struct addrinfo **res) {
    size_t i, k, n = strlen(node);
    int error = EAI_NONAME;
    pthread_mutex_lock(&names.lock);
    names.calls++;
    if (++names.now > names.most) names.most = names.now;
    pthread_cond_broadcast(&names.changed);
    while (names.shut && strncmp(node, "slow", 4) == 0)
        pthread_cond_wait(&names.changed, &names.lock);
    *res = NULL;
    for (i = 0; i < sizeof our_names / sizeof *our_names; i++)
        for (k = 1; k < 4 && strcmp(our_names[i][0], node) == 0 && our_names[i][k]; k++)
            add_address(res, our_names[i][k]);
    if (n > 8 && strcmp(node + n - 8, "any.test") == 0) add_address(res, "127.0.0.1");
    if (*res != NULL && names.bad) our_free(res);
    if (*res != NULL) error = 0;
    if (strcmp(node, "again.test") == 0) error = EAI_AGAIN;
    if (strcmp(node, "system.test") == 0) error = EAI_SYSTEM;
    names.now--;
    names.ended++;
    pthread_cond_broadcast(&names.changed);
    pthread_mutex_unlock(&names.lock);
    errno = EPERM;
    return error;
}

static int by_hand(const char *node, const char *service, struct addrinfo **res) {
    struct in_addr four;
    struct in6_addr six;
    struct sockaddr_in in;
    *res = NULL;
    if (strcmp(node, "localhost") == 0) node = "127.0.0.1";
    if (inet_pton(AF_INET, node, &four) != 1 && inet_pton(AF_INET6, node, &six) != 1)
        return EAI_NONAME;
    add_address(res, node);
    memcpy(&in, (*res)->ai_addr, sizeof in);
    in.sin_port = htons((uint16_t)(service == NULL ? 0 : strtoul(service, NULL, 10)));
    memcpy((*res)->ai_addr, &in, sizeof in);
    return 0;
}

typedef int (*getaddrinfo_fn)(const char *, const char *, const struct addrinfo *,
                              struct addrinfo **);
typedef void (*freeaddrinfo_fn)(struct addrinfo *);

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **res) {
    getaddrinfo_fn real = NULL;
    size_t n = strlen(node);
#ifndef NO_REAL_RESOLVER
    void *found = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&real, &found, sizeof real);
#endif
    if (n > 5 && strcmp(node + n - 5, ".test") == 0) return our_answer(node, res);
    return real == NULL ? by_hand(node, service, res) : real(node, service, hints, res);
}

void freeaddrinfo(struct addrinfo *res) {
    if (res != NULL && res->ai_canonname == ours) {
        our_free(&res);
#ifndef NO_REAL_RESOLVER
    } else {
        void *found = dlsym(RTLD_NEXT, "freeaddrinfo");
        freeaddrinfo_fn real = NULL;
        memcpy(&real, &found, sizeof real);
        if (real != NULL) real(res);
#endif
    }
}

static void names_shut(int shut) {
    pthread_mutex_lock(&names.lock);
    names.shut = shut;
    if (shut) names.calls = names.most = names.ended = 0;
    pthread_cond_broadcast(&names.changed);
    pthread_mutex_unlock(&names.lock);
}

/* names_begun -- wait until that many look-ups are under way, 2 s at most; 1 where they are */
static int names_begun(size_t n) {
    struct timespec until;
    int begun, late = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    pthread_mutex_lock(&names.lock);
    while (names.now != n && late == 0)
        late = pthread_cond_timedwait(&names.changed, &names.lock, &until);
    begun = names.now == n;
    pthread_mutex_unlock(&names.lock);
    return begun;
}

static size_t names_called(void) {
    size_t n;
    pthread_mutex_lock(&names.lock);
    n = names.calls;
    pthread_mutex_unlock(&names.lock);
    return n;
}

/* ---- a server that misbehaves ---- */

enum behaviour {
    ANSWERS,        /* when the whole request is there, and closes */
    BYTE_BY_BYTE,   /* the same, a byte at a time */
    EARLY,          /* answers at the first byte, reads no more, closes */
    EARLY_AND_STAY, /* the same, and reads no more, without closing */
    RESETS_AT_ONCE,
    RESETS,      /* when the request is there */
    CLOSES,      /* the same, in good order */
    CUTS_HEAD,   /* sends half a head and closes */
    CUTS_BODY,   /* a head and half a body */
    FLOODS,      /* a head and a body without end */
    FLOODS_HEAD, /* fields without end */
    FLOODS_1XX,
    TRICKLES,      /* a head, and then a byte of body now and then */
    TRICKLES_HEAD, /* a byte of head now and then */
    SILENT,        /* reads all, says nothing */
    DEAF,          /* accepts, reads nothing */
    SPEAKS_SSH
};

static const char answer_text[] = "HTTP/1.1 201 Created\r\nRetry-After: 17\r\nConnection: close\r\n"
                                  "Content-Length: 5\r\n\r\nhello";

/* A server for one connection at a time, on the loop of the test. */
static struct server {
    webhook_posix_watch accepting, peer;
    enum behaviour behaviour;
    uint16_t port;
    const char *text; /* still to be said */
    size_t left, got, want, served;
    unsigned char mask; /* of the toy TLS */
    int hello;          /* toy TLS: what to answer the greeting with, 0 = none expected */
    int notify;         /* toy TLS: says that it closes */
} server;

static void server_hang_up(int reset) {
    struct linger l;
    if (server.peer.fd < 0) return;
    webhook_posix_loop_forget(loop, &server.peer);
    l.l_onoff = 1;
    l.l_linger = 0;
    if (reset) setsockopt(server.peer.fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close(server.peer.fd);
    server.peer.fd = -1;
}

/* server_say -- n bytes, masked; 0 where the peer takes no more */
static int server_say(const char *text, size_t n) {
    char out[4096];
    size_t i;
    if (n > sizeof out) n = sizeof out;
    for (i = 0; i < n; i++) out[i] = (char)((unsigned char)text[i] ^ server.mask);
    return send(server.peer.fd, out, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void server_text(const char *text, size_t n) {
    server.text = text;
    server.left = n;
}

/* server_begin -- the request is there, or as much of it as it wants */
static void server_begin(void) {
    server.served++;
    server_text(answer_text, sizeof answer_text - 1);
    switch (server.behaviour) {
    case RESETS_AT_ONCE:
    case RESETS: server_hang_up(1); break;
    case CLOSES: server_hang_up(0); break;
    case CUTS_HEAD: server.left = 40; break;
    case CUTS_BODY: server.left -= 2; break;
    case SPEAKS_SSH: server_text("SSH-2.0-OpenSSH_9.2\r\n", 21); break;
    case FLOODS_HEAD:
    case TRICKLES_HEAD: server_text("HTTP/1.1 200 OK\r\nA: ", 20); break;
    case FLOODS:
    case TRICKLES: server_text("HTTP/1.1 200 OK\r\n\r\n", 19); break;
    case FLOODS_1XX: server.left = 0; break;
    case SILENT: server.left = 0; return;
    case ANSWERS:
    case BYTE_BY_BYTE:
    case EARLY:
    case EARLY_AND_STAY:
    case DEAF: break;
    }
    if (server.peer.fd >= 0)
        CHECK_STATUS(webhook_posix_loop_watch(loop, &server.peer, WEBHOOK_POSIX_WRITE, NEVER),
                     WEBHOOK_OK);
}

/* server_goes_on -- after its text */
static void server_goes_on(void) {
    static const char field[] = "Field: 12345678901234567890\r\n";
    unsigned events = WEBHOOK_POSIX_WRITE;
    uint64_t later = NEVER;
    switch (server.behaviour) {
    case FLOODS:
    case FLOODS_HEAD: server_text(field, sizeof field - 1); break;
    case FLOODS_1XX: server_text("HTTP/1.1 103 Early Hints\r\n\r\n", 28); break;
    case TRICKLES:
    case TRICKLES_HEAD:
        server_text("x", 1);
        later = webhook_posix_tick() + 5;
        events = 0;
        break;
    case EARLY_AND_STAY: events = 0; break;
    case ANSWERS:
    case BYTE_BY_BYTE:
    case EARLY:
    case RESETS_AT_ONCE:
    case RESETS:
    case CLOSES:
    case CUTS_HEAD:
    case CUTS_BODY:
    case SILENT:
    case DEAF:
    case SPEAKS_SSH:
        if (server.notify) server_say("", 1);
        server_hang_up(0);
        return;
    }
    CHECK_STATUS(webhook_posix_loop_watch(loop, &server.peer, events, later), WEBHOOK_OK);
}

static void server_write(void) {
    size_t n = server.behaviour == BYTE_BY_BYTE && server.left > 0 ? 1 : server.left;
    if (n > 0 && !server_say(server.text, n)) {
        server_hang_up(0);
        return;
    }
    server.text += n;
    server.left -= n;
    if (server.left == 0)
        server_goes_on();
    else
        CHECK_STATUS(webhook_posix_loop_watch(loop, &server.peer, WEBHOOK_POSIX_WRITE, NEVER),
                     WEBHOOK_OK);
}

static void server_ready(webhook_posix_watch *w, unsigned events) {
    static char in[65536];
    ssize_t n;
    if (events != WEBHOOK_POSIX_READ) {
        server_write();
        return;
    }
    n = recv(w->fd, in, sizeof in, 0);
    if (n <= 0 && errno == EAGAIN && n < 0) return;
    if (n <= 0) {
        server_hang_up(0);
        return;
    }
    if (server.hello != 0) {
        char c = (char)server.hello;
        CHECK(in[0] == 'H' && send(w->fd, &c, 1, MSG_NOSIGNAL) == 1);
        server.hello = 0;
        n--;
    }
    server.got += (size_t)n;
    if (server.got >= server.want) server_begin();
}

static void server_accept(webhook_posix_watch *w, unsigned events) {
    int fd = accept(w->fd, NULL, NULL);
    (void)events;
    CHECK(fd >= 0);
    server_hang_up(0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    server.peer.fd = fd;
    server.got = 0;
    if (server.behaviour == RESETS_AT_ONCE)
        server_begin();
    else if (server.behaviour != DEAF)
        CHECK_STATUS(webhook_posix_loop_watch(loop, &server.peer, WEBHOOK_POSIX_READ, NEVER),
                     WEBHOOK_OK);
}

int listen_at(const char *text, uint16_t *port, int backlog) {
    struct sockaddr_in in;
    struct sockaddr_storage any;
    socklen_t len = sizeof any;
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    memset(&in, 0, sizeof in);
    memset(&any, 0, sizeof any);
    in.sin_family = AF_INET;
    in.sin_port = htons(*port);
    inet_pton(AF_INET, text, &in.sin_addr);
    memcpy(&any, &in, sizeof in);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    CHECK(bind(fd, (struct sockaddr *)&any, sizeof in) == 0 && listen(fd, backlog) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&any, &len) == 0);
    memcpy(&in, &any, sizeof in);
    *port = ntohs(in.sin_port);
    return fd;
}

static void server_open(void) {
    memset(&server, 0, sizeof server);
    server.peer.fd = -1;
    server.peer.ready = server_ready;
    server.accepting.ready = server_accept;
    server.accepting.fd = listen_at("127.0.0.1", &server.port, 16);
    CHECK_STATUS(webhook_posix_loop_watch(loop, &server.accepting, WEBHOOK_POSIX_READ, NEVER),
                 WEBHOOK_OK);
}

static void server_close(void) {
    server_hang_up(0);
    webhook_posix_loop_forget(loop, &server.accepting);
    close(server.accepting.fd);
}

/* ---- client ---- */

static webhook_posix_client *client;
static webhook_guard private_guard;
static char url_text[300], head_text[400], *big_body;
enum { BIG = 8000000 };

static void client_open(const webhook_guard *g, const webhook_tls *tls, unsigned max_lookups) {
    webhook_posix_client_desc d = WEBHOOK_ZERO;
    d.loop = loop;
    d.guard = g;
    d.tls = tls;
    d.max_lookups = max_lookups;
    CHECK_STATUS(webhook_posix_client_open(&client, &d), WEBHOOK_OK);
}

/* a_request -- POST to host and port with a body of n bytes */
static webhook_request a_request(const char *scheme, const char *host, uint16_t port, size_t n) {
    webhook_request r = WEBHOOK_ZERO;
    webhook_buf b = webhook_buf_from(head_text, sizeof head_text);
    snprintf(url_text, sizeof url_text, "%s://%s:%u/path", scheme, host, (unsigned)port);
    CHECK_STATUS(webhook_url_read(webhook_str_from_cstr(url_text), &r.url, NULL), WEBHOOK_OK);
    webhook_http_put_request(&b, WEBHOOK_STR("POST"), &r.url);
    webhook_http_put_length(&b, n);
    r.head = webhook_buf_str(&b);
    r.body = webhook_str_from(big_body, n);
    server.want = r.head.len + n;
    return r;
}

/* send_to -- the blocking call; the words are kept in url_text's neighbour until the next */
static webhook_result result;
static webhook_status send_within(webhook_request *r, uint32_t limit_ms, webhook_result *out) {
    r->deadline_ms = limit_ms == 0 ? 0 : webhook_posix_tick() + limit_ms;
    return webhook_posix_client_send(client, r, out);
}

static webhook_status send_to(const char *host, size_t n, uint32_t limit_ms) {
    webhook_request r = a_request("http", host, server.port, n);
    return send_within(&r, limit_ms, &result);
}

typedef struct served {
    enum behaviour behaviour;
    size_t body;
    uint32_t limit_ms;
    webhook_status status;
    uint16_t http;
    const char *error;
} served;

static const served services[] = {
    { ANSWERS, 0, 0, WEBHOOK_OK, 201, "" },
    { ANSWERS, 10, 0, WEBHOOK_OK, 201, "" },
    { ANSWERS, BIG, 0, WEBHOOK_OK, 201, "" },
    { BYTE_BY_BYTE, 10, 0, WEBHOOK_OK, 201, "" },
    { EARLY, BIG, 0, WEBHOOK_OK, 201, "" },
    { EARLY_AND_STAY, BIG, 0, WEBHOOK_OK, 201, "" },
    { RESETS_AT_ONCE, 10, 0, WEBHOOK_ERR_IO, 0, NULL },
    { RESETS, 10, 0, WEBHOOK_ERR_IO, 0, "the connection failed: Connection reset by peer" },
    { CLOSES, 10, 0, WEBHOOK_ERR_IO, 0, "the connection was closed before an answer" },
    { CUTS_HEAD, 10, 0, WEBHOOK_ERR_IO, 0, "the connection was closed before an answer" },
    { CUTS_BODY, 10, 0, WEBHOOK_OK, 201, "" },
    { FLOODS, 10, 0, WEBHOOK_OK, 200, "" },
    { FLOODS_HEAD, 10, 0, WEBHOOK_ERR_IO, 0, "no HTTP answer: " WORDS("over a fixed limit") },
    { FLOODS_1XX, 10, 0, WEBHOOK_ERR_IO, 0, "no HTTP answer: " WORDS("over a fixed limit") },
    { TRICKLES, 10, 60, WEBHOOK_OK, 200, "" },
    { TRICKLES_HEAD, 10, 60, WEBHOOK_ERR_TIMEOUT, 0, "time limit: waiting for the answer" },
    { SILENT, 10, 60, WEBHOOK_ERR_TIMEOUT, 0, "time limit: waiting for the answer" },
    { DEAF, BIG, 60, WEBHOOK_ERR_TIMEOUT, 0, "time limit: sending" },
    { SPEAKS_SSH, 10, 0, WEBHOOK_ERR_IO, 0, "no HTTP answer: " WORDS("malformed") },
};

static void servers_of_all_kinds(void) {
    size_t i, before;
    uint64_t begun;
    server_open();
    client_open(&private_guard, NULL, 0);
    before = descriptors();
    for (i = 0; i < sizeof services / sizeof *services; i++) {
        const served *v = &services[i];
        webhook_request r = a_request("http", "127.0.0.1", server.port, v->body);
        server.behaviour = v->behaviour;
        if (v->behaviour == EARLY || v->behaviour == EARLY_AND_STAY) server.want = 1;
        begun = webhook_posix_tick();
        CHECK_STATUS(send_within(&r, v->limit_ms, &result), v->status);
        begun = webhook_posix_tick() - begun;
        if (!CHECK(result.status == v->http)) printf("  row %u: %u\n", (unsigned)i, result.status);
        if (v->error != NULL && !CHECK_STR(result.error, v->error))
            printf("  row %u: %u %.*s\n", (unsigned)i, result.status, (int)result.error.len,
                   result.error.ptr);
        if (v->error == NULL) CHECK(result.error.len > 0); /* depends on who is faster */
        CHECK_STR(result.retry_after, v->http == 201 ? "17" : "");
        CHECK(begun < 2000 && result.response_ms <= begun + 1);
        if (v->limit_ms > 0) CHECK(begun >= v->limit_ms);
        CHECK(result.timed_out == (v->limit_ms > 0));
        if (v->behaviour == TRICKLES) CHECK(result.response_ms < v->limit_ms); /* of the head */
        server_hang_up(0);
        CHECK_SIZE(descriptors(), before);
    }
    webhook_posix_client_close(client);
    server_close();
}

static void addresses_that_refuse(void) {
    char wanted[100];
    uint16_t open_port;
    server_open();
    open_port = server.port;
    client_open(NULL, NULL, 0); /* public addresses alone */
    CHECK_STATUS(send_to("127.0.0.1", 0, 0), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STR(result.error, "the address 127.0.0.1 is not allowed");
    CHECK_STATUS(send_to("[::1]", 0, 0), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STR(result.error, "the address ::1 is not allowed");
    CHECK_STATUS(send_to("[::ffff:127.0.0.1]", 0, 0), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(send_to("localhost", 0, 0), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(send_to("inside.test", 0, 0), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STR(result.error, "the address 10.1.2.3 is not allowed");
    webhook_posix_client_close(client);
    client_open(&private_guard, NULL, 0);
    CHECK_STATUS(send_to("localhost", 0, 0), WEBHOOK_OK); /* ::1 first, perhaps */
    CHECK_STATUS(send_to("two.test", 0, 0), WEBHOOK_OK); /* 127.0.0.2 refuses, 127.0.0.1 does not */
    CHECK_STATUS(send_to("[::ffff:127.0.0.1]", 0, 0), WEBHOOK_OK);
    server_close();
    server.port = open_port;
    snprintf(wanted, sizeof wanted, "could not connect to 127.0.0.1 port %u: Connection refused",
             (unsigned)open_port);
    CHECK_STATUS(send_to("two.test", 0, 0), WEBHOOK_ERR_IO);
    CHECK_STR(result.error, wanted);
    CHECK_STATUS(send_to("127.0.0.1", 0, 0), WEBHOOK_ERR_IO);
    CHECK_STR(result.error, wanted);
    webhook_posix_client_close(client);
}

/* A guard that lets the first look at an address pass, and not the second: what a name was when it
 * was looked up says nothing about what is connected to. */
static size_t looks, looks_allowed;
static webhook_status look_twice(const webhook_guard *g, const unsigned char *ip, size_t len) {
    CHECK(g->user == &looks && len == 4 && ip[0] == 127);
    return looks++ < looks_allowed ? WEBHOOK_OK : WEBHOOK_ERR_FORBIDDEN;
}

static void the_address_connected_to(void) {
    webhook_guard g = WEBHOOK_ZERO;
    webhook_net net;
    g.check = look_twice;
    g.user = &looks;
    server_open();
    client_open(&g, NULL, 0);
    looks = 0;
    looks_allowed = 1;
    CHECK_STATUS(send_to("one.test", 10, 0), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STR(result.error, "the address 127.0.0.1 is not allowed");
    run_for(5);
    CHECK(looks == 2 && server.got == 0 && server.served == 0);
    looks = 0;
    looks_allowed = 2;
    CHECK_STATUS(send_to("one.test", 10, 0), WEBHOOK_OK);
    CHECK(looks == 2 && server.served == 1);
    webhook_posix_client_close(client);
    CHECK_STATUS(webhook_net_read(WEBHOOK_STR("127.0.0.1"), &net), WEBHOOK_OK);
    memset(&g, 0, sizeof g);
    g.nets = &net;
    g.n_nets = 1;
    client_open(&g, NULL, 0);
    CHECK_STATUS(send_to("mixed.test", 10, 0), WEBHOOK_OK); /* the second of two */
    webhook_posix_client_close(client);
    server_close();
}

/* full_backlog -- an address at which a connect hangs; fills it */
static int full_backlog(const char *text, uint16_t port, int *fill) {
    int fd = listen_at(text, &port, 0), i;
    struct sockaddr_storage to;
    socklen_t len = sizeof to;
    CHECK(getsockname(fd, (struct sockaddr *)&to, &len) == 0);
    for (i = 0; i < 4; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM, 0);
        fcntl(fill[i], F_SETFL, O_NONBLOCK);
        (void)connect(fill[i], (struct sockaddr *)&to, len);
    }
    sleep_ms(5);
    return fd;
}

static void connects_that_hang(void) {
#ifdef __linux__
    int fill[4], fd, i;
    uint64_t begun;
    server_open();
    fd = full_backlog("127.0.0.2", server.port, fill);
    client_open(&private_guard, NULL, 0);
    begun = webhook_posix_tick();
    CHECK_STATUS(send_to("127.0.0.2", 0, 60), WEBHOOK_ERR_TIMEOUT);
    CHECK_STR(result.error, "time limit: connecting");
    begun = webhook_posix_tick() - begun;
    CHECK(begun >= 60 && begun < 500);
    begun = webhook_posix_tick();
    CHECK_STATUS(send_to("two.test", 0, 200), WEBHOOK_OK); /* half of the time is the second's */
    begun = webhook_posix_tick() - begun;
    CHECK(begun >= 100 && begun < 200);
    webhook_posix_client_close(client);
    for (i = 0; i < 4; i++) close(fill[i]);
    close(fd);
    server_close();
#endif
}

/* ---- calls that do not wait ---- */

enum { CALLS = 40 };

/* What has come of the calls of a test. */
static struct outcome {
    size_t done, status[CALLS];
    char error[CALLS][128];
    webhook_posix_call *call[CALLS];
} outcome;
static const size_t id[CALLS] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                  14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
                                  28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39 };
static const void *inside_start;

static void note(const void *user, const webhook_result *r) {
    size_t i = *(const size_t *)user;
    CHECK(inside_start != user && outcome.call[i] != NULL);
    CHECK(r->status == 0 ? r->error.len > 0 : r->error.len == 0);
    outcome.call[i] = NULL;
    outcome.status[i] = r->status;
    snprintf(outcome.error[i], sizeof outcome.error[i], "%.*s", (int)r->error.len, r->error.ptr);
    outcome.done++;
}

static void noted(void *user, const webhook_result *r) {
    note(user, r);
}

static void start_with(size_t i, const webhook_request *r, uint64_t limit_ms,
                       void (*done)(void *user, const webhook_result *r)) {
    webhook_request limited = *r;
    void *user;
    const size_t *from = &id[i];
    memcpy(&user, &from, sizeof user);
    inside_start = user;
    limited.deadline_ms = limit_ms == NEVER ? NEVER : webhook_posix_tick() + limit_ms;
    outcome.call[i] = webhook_posix_client_start(client, &limited, done, user);
    inside_start = NULL;
    CHECK(outcome.call[i] != NULL);
}

static void start(size_t i, const char *host, uint64_t limit_ms) {
    webhook_request r = a_request("http", host, server.port, 0);
    start_with(i, &r, limit_ms, noted);
}

/* For each of these the text must outlive start, so they go to one server and one path. */
static char kept_url[CALLS][sizeof url_text];
static void start_name(size_t i, const char *host, uint64_t limit_ms) {
    webhook_request r = a_request("http", host, server.port, 0);
    snprintf(kept_url[i], sizeof kept_url[i], "%s", url_text);
    CHECK_STATUS(webhook_url_read(webhook_str_from_cstr(kept_url[i]), &r.url, NULL), WEBHOOK_OK);
    start_with(i, &r, limit_ms, noted);
}

static void reset_outcome(void) {
    memset(&outcome, 0, sizeof outcome);
}

static webhook_result inner;
static uint16_t deaf_port;

static void send_from_a_timer(webhook_posix_watch *w, unsigned events) {
    webhook_request r = a_request("http", "127.0.0.1", deaf_port, 0);
    (void)w;
    (void)events;
    CHECK_STATUS(send_within(&r, 120, &inner), WEBHOOK_ERR_TIMEOUT);
    CHECK_STR(inner.error, "time limit: waiting for the answer");
}

/* scribble -- use the stack again, so that nothing of a function that has returned is left there */
static void scribble(void) {
    volatile unsigned char stack[8192];
    size_t i;
    for (i = 0; i < sizeof stack; i++) stack[i] = 0x5a;
}

/* The inner one begins while the outer one waits, and ends after it: each has its own words. */
static void sends_inside_of_sends(void) {
    webhook_posix_watch w;
    int deaf = listen_at("127.0.0.1", &deaf_port, 4);
    memset(&w, 0, sizeof w);
    w.fd = -1;
    w.ready = send_from_a_timer;
    memset(&inner, 0, sizeof inner);
    client_open(&private_guard, NULL, 0);
    names_shut(1);
    server.port = 9;
    CHECK_STATUS(webhook_posix_loop_watch(loop, &w, 0, webhook_posix_tick() + 10), WEBHOOK_OK);
    CHECK_STATUS(send_to("slow0.any.test", 0, 60), WEBHOOK_ERR_TIMEOUT);
    scribble();
    CHECK_STR(result.error, "time limit: still looking up");
    CHECK(inner.status == 0 && inner.error.len > 0);
    names_shut(0);
    webhook_posix_loop_forget(loop, &w);
    webhook_posix_client_close(client);
    close(deaf);
}

static void start_answers_later(void) {
    webhook_request r;
    reset_outcome();
    server.port = 9;
    client_open(NULL, NULL, 0);
    start(0, "127.0.0.1", 1000);
    r = a_request("https", "127.0.0.1", 443, 0);
    start_with(1, &r, NEVER, noted);
    start(2, "127.0.0.1", 0);
    CHECK(outcome.done == 0);
    CHECK(run_until(&outcome.done, 3));
    CHECK(strcmp(outcome.error[0], "the address 127.0.0.1 is not allowed") == 0);
    CHECK(strcmp(outcome.error[1], "no TLS in this build") == 0);
    CHECK(strcmp(outcome.error[2], "time limit: still looking up") == 0);
    webhook_posix_client_close(client);
}

static void names_that_are_not(void) {
    reset_outcome();
    client_open(&private_guard, NULL, 0);
    server.port = 9;
    CHECK_STATUS(send_to("missing.test", 0, 0), WEBHOOK_ERR_IO);
    CHECK_STR(result.error, "could not look up missing.test: no such host");
    CHECK_STATUS(send_to("again.test", 0, 0), WEBHOOK_ERR_IO);
    CHECK(memcmp(result.error.ptr, "could not look up again.test: ", 30) == 0);
    CHECK_STATUS(send_to("system.test", 0, 0), WEBHOOK_ERR_IO);
    CHECK_STR(result.error, "could not look up system.test: Operation not permitted");
    webhook_posix_client_close(client);
}

static void names_are_looked_up_once(void) {
    size_t i;
    reset_outcome();
    server_open();
    client_open(&private_guard, NULL, 0);
    names_shut(1);
    for (i = 0; i < 8; i++) start(i, "slow.test", 5000);
    for (i = 0; i < 4; i++) webhook_posix_loop_wait(loop, 0);
    CHECK(names_begun(1));
    webhook_posix_client_cancel(client, outcome.call[3]);
    webhook_posix_client_cancel(client, outcome.call[0]);
    webhook_posix_client_cancel(client, outcome.call[7]);
    names_shut(0);
    CHECK(run_until(&outcome.done, 5));
    for (i = 1; i < 7; i++) /* the server serves one at a time */
        CHECK(i == 3 || outcome.status[i] == 201 || outcome.error[i][0] != 0);
    CHECK_SIZE(names_called(), 1);
    CHECK_STATUS(send_to("slow.test", 0, 0), WEBHOOK_OK);
    CHECK_SIZE(names_called(), 1); /* kept */
    CHECK_STATUS(send_to("missing.test", 0, 0), WEBHOOK_ERR_IO);
    CHECK_STATUS(send_to("missing.test", 0, 0), WEBHOOK_ERR_IO);
    CHECK_SIZE(names_called(), 3); /* a failure is not */
    CHECK_STATUS(send_to("127.0.0.1", 0, 0), WEBHOOK_OK);
    CHECK_SIZE(names_called(), 3);
    webhook_posix_client_close(client);
    server_close();
}

/* The look-up outlives the call that wanted it, and its answer is used. */
static void calls_that_give_up(void) {
    reset_outcome();
    server_open();
    client_open(&private_guard, NULL, 1);
    names_shut(1);
    start(0, "slow.test", 30);
    CHECK(run_until(&outcome.done, 1));
    CHECK(strcmp(outcome.error[0], "time limit: still looking up") == 0);
    start(1, "slow.test", 30);
    start(2, "slow.test", 5000);
    webhook_posix_loop_wait(loop, 0);
    webhook_posix_client_cancel(client, outcome.call[2]);
    CHECK(run_until(&outcome.done, 2));
    start_name(3, "one.test", 30); /* queued behind it */
    CHECK(run_until(&outcome.done, 3));
    CHECK(strcmp(outcome.error[3], "time limit: still looking up") == 0);
    names_shut(0);
    CHECK_STATUS(send_to("slow.test", 0, 0), WEBHOOK_OK);
    CHECK_SIZE(names_called(), 1);
    CHECK_STATUS(send_to("one.test", 0, 0), WEBHOOK_OK);
    CHECK_SIZE(names_called(), 2); /* nobody waited for it any more */
    webhook_posix_client_close(client);
    server_close();
}

static void many_names(size_t first, size_t n, const char *prefix) {
    char host[32];
    size_t i;
    for (i = first; i < first + n; i++) {
        snprintf(host, sizeof host, "%s%u.any.test", prefix, (unsigned)i);
        start_name(i, host, 5000);
    }
    for (i = 0; i < 4; i++) webhook_posix_loop_wait(loop, 0);
}

static void threads_are_bounded(void) {
    reset_outcome();
    server.port = 9; /* nothing listens there */
    client_open(&private_guard, NULL, 3);
    names_shut(1);
    many_names(0, 10, "slow"); /* never seen before: three quarters, rounded down */
    CHECK(names_begun(2));
    run_for(10);
    CHECK_SIZE(names_called(), 2);
    names_shut(0);
    CHECK(run_until(&outcome.done, 10));
    CHECK_SIZE(names_called(), 10);
    CHECK(names.most == 2);
    webhook_posix_client_close(client);
}

/* What is known of names, and how many of 1 to 9 threads they get: half of them where the last
 * look-up failed, three quarters together with new ones, all where it was good. */
static void names_by_what_is_known(unsigned max) {
    static const char *const prefix[] = { "slow-bad", "slow-new", "slow-good" };
    unsigned half = max / 2, most = max * 3 / 4;
    if (max == 1) half = most = 1;
    if (max == 2 || max == 3) half = 1;
    reset_outcome();
    server.port = 9;
    client_open(&private_guard, NULL, max);
    names.bad = 1;
    many_names(0, 9, prefix[0]);
    CHECK(run_until(&outcome.done, 9));
    names.bad = 0;
    many_names(9, 9, prefix[2]);
    CHECK(run_until(&outcome.done, 18));
    clock_ahead(61); /* the answers are no longer good */
    reset_outcome();
    names_shut(1);
    many_names(0, 9, prefix[0]);
    CHECK(names_begun(half));
    many_names(20, 9, prefix[1]);
    CHECK(names_begun(most));
    many_names(9, 9, prefix[2]);
    CHECK(names_begun(max));
    run_for(2);
    CHECK_SIZE(names_called(), max);
    names_shut(0);
    CHECK(run_until(&outcome.done, 27));
    CHECK_SIZE(names.most, max);
    webhook_posix_client_close(client);
}

static void names_that_are_known_do_not_wait(void) {
    unsigned max;
    if (clock_ahead(0))
        for (max = 1; max <= 9; max += test_stride() == 1 ? 1 : 4) names_by_what_is_known(max);
}

/* Names whose last look-up failed hold half of the threads at most, so another one has its turn. */
static void slow_names_leave_room(void) {
    size_t i;
    char host[32];
    reset_outcome();
    server_open();
    client_open(&private_guard, NULL, 4);
    for (i = 0; i < 8; i++) {
        snprintf(host, sizeof host, "slow-missing%u.test", (unsigned)i);
        start_name(i, host, 5000);
    }
    CHECK(run_until(&outcome.done, 8));
    names_shut(1);
    for (i = 8; i < 16; i++) {
        snprintf(host, sizeof host, "slow-missing%u.test", (unsigned)i - 8);
        start_name(i, host, 5000);
    }
    for (i = 0; i < 4; i++) webhook_posix_loop_wait(loop, 0);
    CHECK(names_begun(2));
    CHECK_STATUS(send_to("one.test", 0, 1000), WEBHOOK_OK);
    CHECK_SIZE(names_called(), 3);
    names_shut(0);
    CHECK(run_until(&outcome.done, 16));
    CHECK(strcmp(outcome.error[15], "could not look up slow-missing7.test: no such host") == 0);
    webhook_posix_client_close(client);
    server_close();
}

static void look_up(unsigned number) {
    char host[32];
    reset_outcome();
    snprintf(host, sizeof host, "n%u.any.test", number);
    start_name(0, host, 1000);
    CHECK(run_until(&outcome.done, 1));
}

/* Of names that nobody waits for, a bucket of the table keeps the 17 that were wanted last; of those
 * that failed as many, which do not drive out the others. */
static void names_are_forgotten(void) {
    unsigned found[60], number, i, n = 0;
    char host[32];
    client_open(&private_guard, NULL, 2);
    server.port = 9;
    for (number = 0; n < 60; number++) { /* names of one bucket: FNV-1a, 256 buckets */
        uint32_t hash = 2166136261u;
        snprintf(host, sizeof host, "n%u.any.test", number);
        for (i = 0; host[i] != 0; i++) hash = (hash ^ (unsigned char)host[i]) * 16777619u;
        if (hash % 256 == 7) found[n++] = number;
    }
    names_shut(1);
    names_shut(0);
    for (i = 0; i < 20; i++) look_up(found[i]);
    CHECK_SIZE(names_called(), 20);
    look_up(found[19]);
    look_up(found[4]);
    CHECK_SIZE(names_called(), 20);
    look_up(found[0]);
    CHECK_SIZE(names_called(), 21);
    for (i = 20; i < 32; i++) look_up(found[i]);
    look_up(found[19]); /* wanted 15 names ago */
    look_up(found[4]);
    CHECK_SIZE(names_called(), 33);
    look_up(found[5]);
    CHECK_SIZE(names_called(), 34);
    names.bad = 1;
    for (i = 32; i < 60; i++) look_up(found[i]);
    names.bad = 0;
    CHECK_SIZE(names_called(), 62);
    look_up(found[19]);
    look_up(found[4]);
    CHECK_SIZE(names_called(), 62);
    webhook_posix_client_close(client);
}

static size_t ended_before;
static int names_all_ended(size_t n) {
    size_t i, ended = 0;
    for (i = 0; i < 500 && ended < n; i++) {
        pthread_mutex_lock(&names.lock);
        ended = names.ended - ended_before;
        pthread_mutex_unlock(&names.lock);
        if (ended < n) sleep_ms(2);
    }
    sleep_ms(10); /* the threads have a few instructions left */
    return ended == n;
}

/* A client closes while its threads are at work, queued names and calls included; then the loop
 * closes too, before or after the threads have ended. Sanitizers and valgrind look on. */
static void close_under_way(void) {
    webhook_posix_loop *outer = loop;
    int how;
    for (how = 0; how < 3; how++) {
        reset_outcome();
        CHECK_STATUS(webhook_posix_loop_open(&loop), WEBHOOK_OK);
        server.port = 9;
        client_open(&private_guard, NULL, 4);
        names_shut(1);
        ended_before = names.ended;
        many_names(0, 6, "slow");
        CHECK(names_begun(3));
        if (how == 1) names_shut(0);
        if (how == 1) CHECK(names_all_ended(3)); /* posted, not yet taken */
        webhook_posix_client_close(client);
        if (how == 2) { /* the loop goes on */
            names_shut(0);
            ended_before = 0;
            CHECK(names_all_ended(3));
            webhook_posix_loop_wait(loop, 0);
        }
        webhook_posix_loop_close(loop);
        if (how == 0) {
            names_shut(0);
            ended_before = 0;
            CHECK(names_all_ended(3));
        }
        CHECK(outcome.done == 0);
    }
    loop = outer;
}

/* ---- calls that end each other ---- */

static void done_cancels_all(void *user, const webhook_result *r) {
    size_t i;
    note(user, r);
    for (i = 0; i < CALLS; i++) {
        if (outcome.call[i] != NULL) webhook_posix_client_cancel(client, outcome.call[i]);
        outcome.call[i] = NULL;
    }
}

static void done_closes(void *user, const webhook_result *r) {
    note(user, r);
    webhook_posix_client_close(client);
    client = NULL;
}

static size_t rounds;
static void done_starts(void *user, const webhook_result *r) {
    webhook_request next;
    note(user, r);
    if (++rounds < 5) {
        next = a_request("http", "one.test", server.port, 0);
        start_with(*(size_t *)user, &next, 5000, done_starts);
    }
}

static void calls_end_each_other(void) {
    webhook_request r;
    size_t i, before = descriptors();
    void (*done[2])(void *, const webhook_result *);
    done[0] = done_cancels_all;
    done[1] = done_closes;
    server_open();
    for (i = 0; i < 2; i++) {
        size_t k;
        reset_outcome();
        client_open(&private_guard, NULL, 0);
        r = a_request("http", "one.test", server.port, 0);
        for (k = 0; k < 20; k++) start_with(k, &r, 5000, done[i]);
        CHECK(run_until(&outcome.done, 1));
        run_for(10);
        CHECK(outcome.done == 1);
        if (client != NULL) webhook_posix_client_close(client);
    }
    reset_outcome();
    rounds = 0;
    client_open(&private_guard, NULL, 0);
    r = a_request("http", "one.test", server.port, 0);
    start_with(0, &r, 5000, done_starts);
    CHECK(run_until(&outcome.done, 5));
    CHECK(outcome.status[0] == 201 && server.served >= 5);
    webhook_posix_client_close(client);
    server_close();
    CHECK_SIZE(descriptors(), before);
}

/* Cancelled, or its client closed, after k rounds of the loop, for every k until it is over. */
static void cancel_at_every_step(void) {
    size_t k, over = 0, before;
    unsigned how;
    server_open();
    server.behaviour = BYTE_BY_BYTE;
    before = descriptors();
    for (how = 0; how < 2; how++) {
        for (k = 0; k < 400; k++) {
            size_t i;
            webhook_request r = a_request("http", how ? "127.0.0.1" : "one.test", server.port, 3);
            reset_outcome();
            client_open(&private_guard, NULL, 0);
            start_with(0, &r, 5000, noted);
            for (i = 0; i < k && outcome.done == 0; i++)
                webhook_posix_loop_wait(loop, webhook_posix_tick() + 1);
            over = outcome.done;
            if (over == 0 && k % 2 == 0) webhook_posix_client_cancel(client, outcome.call[0]);
            webhook_posix_client_close(client);
            server_hang_up(0);
            if (over > 0) break;
        }
        CHECK(over == 1 && k > 50 && outcome.status[0] == 201);
        run_for(2);
        server_hang_up(0);
        CHECK_SIZE(descriptors(), before);
    }
    server_close();
}

static void client_contract(void) {
    webhook_posix_client_desc d = WEBHOOK_ZERO;
    CHECK_STATUS(webhook_posix_client_open(NULL, &d), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_posix_client_open(&client, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_posix_client_open(&client, &d), WEBHOOK_ERR_ARGUMENT);
    CHECK(client == NULL);
    webhook_posix_client_close(NULL);
}

/* A request from inside a callback of the same loop. */
static size_t nested;
static void send_inside(counter *c) {
    (void)c;
    CHECK_STATUS(send_to("one.test", 10, 0), WEBHOOK_OK);
    nested++;
}

static void sends_inside_callbacks(void) {
    counter c = a_counter(-1, send_inside);
    server_open();
    client_open(&private_guard, NULL, 0);
    nested = 0;
    watch(&c, 0, 0);
    CHECK(run_until(&nested, 1));
    webhook_posix_loop_forget(loop, &c.w);
    webhook_posix_client_close(client);
    server_close();
}

static void no_descriptor_left(void) {
    struct rlimit old, low;
    char wanted[100];
    server_open();
    client_open(&private_guard, NULL, 0);
    getrlimit(RLIMIT_NOFILE, &old);
    low = old;
    low.rlim_cur = (rlim_t)server.accepting.fd + 1;
    setrlimit(RLIMIT_NOFILE, &low);
    CHECK_STATUS(send_to("127.0.0.1", 0, 0), WEBHOOK_ERR_IO);
    setrlimit(RLIMIT_NOFILE, &old);
    snprintf(wanted, sizeof wanted, "could not connect to 127.0.0.1 port %u: %s",
             (unsigned)server.port, strerror(EMFILE));
    CHECK_STR(result.error, wanted);
    webhook_posix_client_close(client);
    server_close();
}

/* ---- TLS: the adaptor of loopback.h ---- */

typedef struct toy {
    webhook_io below;
    unsigned char in[8192];
    size_t at, n, told;
    int greeted;
    const char *error;
} toy;

struct toys toys;

static webhook_status toy_start(void *user, void **conn, const webhook_io *below,
                                const webhook_url *url) {
    toy *t;
    CHECK(user == &toys && url->https == 1 && url->host.len > 0);
    if (toys.refuse) return WEBHOOK_ERR_IO;
    t = (toy *)calloc(1, sizeof *t);
    if (t == NULL) abort();
    t->below = *below;
    toys.open++;
    toys.started++;
    *conn = t;
    return WEBHOOK_OK;
}

static webhook_status toy_failed(toy *t, webhook_status s, const char *words) {
    if (s == WEBHOOK_ERR_CLOSED) t->error = words;
    return s < 0 ? WEBHOOK_ERR_IO : s;
}

static webhook_status toy_handshake(void *conn) {
    toy *t = (toy *)conn;
    size_t n;
    webhook_status s = WEBHOOK_OK;
    char answer;
    if (!t->greeted) s = t->below.send(t->below.user, "H", 1, &n);
    if (s != WEBHOOK_OK) return toy_failed(t, s, "");
    t->greeted = 1;
    s = t->below.recv(t->below.user, &answer, 1, &n);
    if (s != WEBHOOK_OK) return toy_failed(t, s, "the peer has closed within the handshake");
    if (answer == 'S') return WEBHOOK_OK;
    t->error = "the certificate is a bad one";
    return WEBHOOK_ERR_IO;
}

/* Takes all that there is off the socket and gives it out by sevens. */
static webhook_status toy_read(void *conn, void *ptr, size_t cap, size_t *n) {
    toy *t = (toy *)conn;
    size_t i, took = 0;
    webhook_status s = WEBHOOK_OK;
    if (t->at == t->n) {
        t->at = t->n = 0;
        while (s == WEBHOOK_OK && t->n < sizeof t->in) {
            s = t->below.recv(t->below.user, t->in + t->n, sizeof t->in - t->n, &took);
            if (s == WEBHOOK_OK) t->n += took;
        }
    }
    if (t->at == t->n) return toy_failed(t, s, "the end came without a notice");
    for (i = 0; i < 7 && i < cap && t->at < t->n; i++) {
        unsigned char c = t->in[t->at] ^ TOY_MASK;
        if (c <= 1 && i > 0) break; /* first what came before it */
        t->at++;
        if (c == 0) return WEBHOOK_ERR_CLOSED;
        if (c == 1) return toy_read(conn, ptr, cap, n);
        ((unsigned char *)ptr)[i] = c;
    }
    *n = i;
    return WEBHOOK_OK;
}

static webhook_status toy_write(void *conn, const void *ptr, size_t len, size_t *n) {
    toy *t = (toy *)conn;
    unsigned char out[1000];
    size_t i;
    webhook_status s;
    if (len > sizeof out) len = sizeof out;
    for (i = 0; i < len; i++) out[i] = ((const unsigned char *)ptr)[i] ^ TOY_MASK;
    s = t->below.send(t->below.user, out, len, n);
    if (s < 0) t->error = "the peer takes no more";
    return s;
}

static void toy_close(void *conn) {
    free(conn);
    toys.open--;
}

static const char *toy_error(void *conn) {
    return ((toy *)conn)->error;
}

webhook_tls toy_tls(void) {
    webhook_tls t = WEBHOOK_ZERO;
    t.user = &toys;
    t.start = toy_start;
    t.handshake = toy_handshake;
    t.read = toy_read;
    t.write = toy_write;
    t.close = toy_close;
    t.error = toy_error;
    memset(&toys, 0, sizeof toys);
    return t;
}

typedef struct secured {
    enum behaviour behaviour;
    int hello, notify;
    size_t body;
    uint32_t limit_ms;
    uint16_t http;
    const char *error;
} secured;

static const secured secured_services[] = {
    { ANSWERS, 'S', 1, 10, 0, 201, "" },
    { ANSWERS, 'S', 0, 1000000, 0, 201, "" },
    { BYTE_BY_BYTE, 'S', 1, 10, 0, 201, "" },
    { FLOODS, 'S', 1, 10, 0, 200, "" },
    { CUTS_BODY, 'S', 0, 10, 0, 201, "" },
    { CUTS_HEAD, 'S', 0, 10, 0, 0, "TLS: the end came without a notice" },
    { CUTS_HEAD, 'S', 1, 10, 0, 0, "the connection was closed before an answer" },
    { SPEAKS_SSH, 'S', 1, 10, 0, 0, "no HTTP answer: " WORDS("malformed") },
    { ANSWERS, 'X', 1, 10, 0, 0, "TLS: the certificate is a bad one" },
    { CLOSES, 0, 0, 0, 0, 0, "TLS: the peer has closed within the handshake" },
    { RESETS, 0, 0, 0, 0, 0, "TLS: Connection reset by peer" },
    { SILENT, 0, 0, 10, 40, 0, "time limit: TLS handshake" },
    { SILENT, 'S', 0, 10, 40, 0, "time limit: waiting for the answer" },
    { TRICKLES, 'S', 0, 10, 40, 200, "" },
};

static void tls(void) {
    webhook_tls adaptor = toy_tls();
    size_t i, before;
    webhook_request r;
    server_open();
    client_open(&private_guard, &adaptor, 0);
    before = descriptors();
    for (i = 0; i < sizeof secured_services / sizeof *secured_services; i++) {
        const secured *v = &secured_services[i];
        r = a_request("https", "one.test", server.port, v->body);
        if (v->behaviour == CLOSES || v->behaviour == RESETS) server.want = 1;
        server.behaviour = v->behaviour;
        server.hello = v->hello;
        server.notify = v->notify;
        server.mask = TOY_MASK;
        if (send_within(&r, v->limit_ms, &result) == WEBHOOK_OK) CHECK(v->http != 0);
        if (!CHECK(result.status == v->http) || !CHECK_STR(result.error, v->error))
            printf("  row %u: %u %.*s\n", (unsigned)i, result.status, (int)result.error.len,
                   result.error.ptr);
        CHECK(toys.open == 0 && toys.started == i + 1);
        server_hang_up(0);
        CHECK_SIZE(descriptors(), before);
    }
    toys.refuse = 1;
    CHECK_STATUS(send_within(&r, 0, &result), WEBHOOK_ERR_IO);
    CHECK_STR(result.error, "TLS: " WORDS("input or output failed"));
    webhook_posix_client_close(client);
    server_close();
}

/* ---- listener ---- */

/* What the callbacks have seen, and what they are to do. */
static struct seen {
    webhook_posix_listener *l;
    uint16_t port;
    size_t opened, input, ended, expired, closed, how[3], bytes, most_open;
    webhook_posix_conn *last;
    void (*on_end)(webhook_posix_conn *conn); /* NULL: finish */
    void (*on_open)(webhook_posix_conn *conn);
    void (*on_input)(webhook_posix_conn *conn, webhook_str bytes);
    void (*on_expired)(webhook_posix_conn *conn);
    void (*on_closed)(webhook_posix_conn *conn);
} seen;

static void on_open(void *user, webhook_posix_conn *conn) {
    CHECK(user == &seen && webhook_posix_conn_user(conn) == NULL);
    seen.opened++;
    if (seen.opened - seen.closed > seen.most_open) seen.most_open = seen.opened - seen.closed;
    seen.last = conn;
    webhook_posix_conn_set_user(conn, &seen);
    if (seen.on_open != NULL) seen.on_open(conn);
}

static void on_input(void *user, webhook_posix_conn *conn, webhook_str bytes) {
    CHECK(user == &seen && webhook_posix_conn_user(conn) == &seen);
    if (bytes.len == 0) {
        seen.ended++;
        if (seen.on_end != NULL)
            seen.on_end(conn);
        else
            webhook_posix_conn_finish(conn);
        return;
    }
    seen.input++;
    seen.bytes += bytes.len;
    if (seen.on_input != NULL) seen.on_input(conn, bytes);
}

static void on_expired(void *user, webhook_posix_conn *conn) {
    CHECK(user == &seen && webhook_posix_conn_user(conn) == &seen);
    seen.expired++;
    if (seen.on_expired != NULL) seen.on_expired(conn);
}

static void on_closed(void *user, webhook_posix_conn *conn, webhook_status how) {
    CHECK(user == &seen && webhook_posix_conn_user(conn) == &seen);
    seen.closed++;
    seen.how[how == WEBHOOK_OK ? 0 : how == WEBHOOK_ERR_CLOSED ? 1 : 2]++;
    CHECK(how == WEBHOOK_OK || how == WEBHOOK_ERR_CLOSED || how == WEBHOOK_ERR_IO);
    webhook_posix_conn_send(conn, WEBHOOK_STR("too late")); /* all of these do nothing now */
    webhook_posix_conn_finish(conn);
    webhook_posix_conn_deadline(conn, 0);
    if (seen.on_closed != NULL) seen.on_closed(conn);
}

static webhook_posix_listener_desc a_listener(void) {
    webhook_posix_listener_desc d = WEBHOOK_ZERO;
    d.loop = loop;
    d.user = &seen;
    d.opened = on_open;
    d.input = on_input;
    d.expired = on_expired;
    d.closed = on_closed;
    return d;
}

static void listener_open(unsigned max_connections) {
    webhook_posix_listener_desc d = a_listener();
    d.max_connections = max_connections;
    memset(&seen, 0, sizeof seen);
    CHECK_STATUS(webhook_posix_listener_open(&seen.l, &d, NULL), WEBHOOK_OK);
    seen.port = webhook_posix_listener_port(seen.l);
}

static void listener_close(void) {
    webhook_posix_listener_close(seen.l);
    CHECK_SIZE(seen.closed, seen.opened);
}

/* peer -- a plain client of the listener: connects, or sends, or reads what has come */
static int peer(void) {
    struct sockaddr_in in;
    struct sockaddr_storage to;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    memset(&in, 0, sizeof in);
    memset(&to, 0, sizeof to);
    in.sin_family = AF_INET;
    in.sin_port = htons(seen.port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memcpy(&to, &in, sizeof in);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof in) == 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void peer_send(int fd, const char *text) {
    CHECK(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

/* peer_read -- until n bytes or the end, 3 s at most; how many, and in *ended 1 at the end, 2 reset */
static size_t peer_read(int fd, char *to, size_t n, int *ended) {
    uint64_t until = webhook_posix_tick() + 3000;
    size_t got = 0;
    *ended = 0;
    while (got < n && *ended == 0 && webhook_posix_tick() < until) {
        ssize_t r = recv(fd, to + got, n - got, 0);
        if (r > 0) got += (size_t)r;
        if (r == 0) *ended = 1;
        if (r < 0 && errno == ECONNRESET) *ended = 2;
        webhook_posix_loop_wait(loop, r > 0 ? 0 : webhook_posix_tick() + 1);
    }
    return got;
}

static void echo(webhook_posix_conn *conn, webhook_str bytes) {
    webhook_posix_conn_send(conn, bytes);
}

static void echo_and_finish(webhook_posix_conn *conn, webhook_str bytes) {
    webhook_posix_conn_send(conn, bytes);
    webhook_posix_conn_finish(conn);
    webhook_posix_conn_finish(conn);
    webhook_posix_conn_send(conn, WEBHOOK_STR("nobody sees this"));
}

static void listener_contract(void) {
    webhook_posix_listener_desc d = a_listener();
    const char *error = NULL;
    size_t before = descriptors();
    unsigned missing;
    webhook_posix_listener *other;
    webhook_posix_listener_close(NULL);
    CHECK_STATUS(webhook_posix_listener_open(NULL, &d, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_posix_listener_open(&seen.l, NULL, &error), WEBHOOK_ERR_ARGUMENT);
    CHECK(error != NULL && strcmp(error, webhook_status_str(WEBHOOK_ERR_ARGUMENT)) == 0);
    for (missing = 0; missing < 5; missing++) {
        d = a_listener();
        if (missing == 0) d.opened = NULL;
        if (missing == 1) d.input = NULL;
        if (missing == 2) d.expired = NULL;
        if (missing == 3) d.closed = NULL;
        if (missing == 4) d.loop = NULL;
        CHECK_STATUS(webhook_posix_listener_open(&seen.l, &d, &error), WEBHOOK_ERR_ARGUMENT);
        CHECK(seen.l == NULL);
    }
    listener_open(0);
    d = a_listener();
    d.port = seen.port;
    CHECK_STATUS(webhook_posix_listener_open(&other, &d, &error), WEBHOOK_ERR_IO);
    CHECK(other == NULL && strcmp(error, strerror(EADDRINUSE)) == 0);
    d.host = WEBHOOK_STR("missing.test");
    CHECK_STATUS(webhook_posix_listener_open(&other, &d, &error), WEBHOOK_ERR_IO);
    CHECK(strcmp(error, gai_strerror(EAI_NONAME)) == 0);
    d.host = WEBHOOK_STR("198.41.0.4"); /* not of this machine */
    CHECK_STATUS(webhook_posix_listener_open(&other, &d, &error), WEBHOOK_ERR_IO);
    CHECK(strcmp(error, strerror(EADDRNOTAVAIL)) == 0);
    d.host = WEBHOOK_STR("localhost");
    d.port = 0;
    CHECK_STATUS(webhook_posix_listener_open(&other, &d, &error), WEBHOOK_OK);
    CHECK(webhook_posix_listener_port(other) != 0 && error[0] == 0);
    webhook_posix_listener_close(other);
    d.host = WEBHOOK_STR("::1");
    if (webhook_posix_listener_open(&other, &d, &error) == WEBHOOK_OK) { /* IPv6 is there */
        CHECK(webhook_posix_listener_port(other) != 0);
        webhook_posix_listener_close(other);
    }
    listener_close();
    CHECK_SIZE(descriptors(), before);
}

static void echoes(void) {
    char back[64];
    int fd, ended;
    listener_open(0);
    seen.on_input = echo;
    fd = peer();
    peer_send(fd, "one");
    CHECK(peer_read(fd, back, 3, &ended) == 3 && memcmp(back, "one", 3) == 0);
    peer_send(fd, "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    CHECK(peer_read(fd, back, 36, &ended) == 36 && ended == 0);
    shutdown(fd, SHUT_WR);
    CHECK(run_until(&seen.closed, 1));
    CHECK(seen.how[1] == 1);
    CHECK(peer_read(fd, back, 1, &ended) == 0 && ended == 1);
    close(fd);
    seen.on_input = echo_and_finish;
    fd = peer();
    peer_send(fd, "two");
    CHECK(peer_read(fd, back, 64, &ended) == 3 && ended == 1 && memcmp(back, "two", 3) == 0);
    CHECK(seen.closed == 1); /* lingers */
    close(fd);
    CHECK(run_until(&seen.closed, 2));
    CHECK(seen.how[0] == 1);
    listener_close();
}

static void many_clients(void) {
    enum { N = 64 };
    int fd[N], ended;
    size_t i, before = descriptors();
    char text[16], back[16];
    listener_open(0);
    seen.on_input = echo;
    for (i = 0; i < N; i++) fd[i] = peer();
    CHECK(run_until(&seen.opened, N));
    for (i = 0; i < N; i++) {
        snprintf(text, sizeof text, "client %02u", (unsigned)i);
        peer_send(fd[i], text);
    }
    for (i = 0; i < N; i++) {
        snprintf(text, sizeof text, "client %02u", (unsigned)i);
        CHECK(peer_read(fd[i], back, 9, &ended) == 9 && memcmp(text, back, 9) == 0);
    }
    for (i = 0; i < N; i++) { /* they vanish, each in one of three ways */
        struct linger hard;
        hard.l_onoff = 1;
        hard.l_linger = 0;
        if (i % 3 == 0) setsockopt(fd[i], SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        if (i % 3 == 1) peer_send(fd[i], "x"); /* its echo finds nobody */
        close(fd[i]);
    }
    CHECK(run_until(&seen.closed, N));
    CHECK(seen.how[0] == 0 && seen.how[2] >= N / 3);
    listener_close();
    CHECK_SIZE(descriptors(), before);
}

static void send_much_and_finish(webhook_posix_conn *conn, webhook_str bytes) {
    (void)bytes;
    webhook_posix_conn_send(conn, webhook_str_from(big_body, BIG));
    webhook_posix_conn_finish(conn);
}

/* All that was unsent when it was finished arrives, and then the end. */
static void finish_with_much_unsent(void) {
    static char back[BIG + 1];
    int fd, ended;
    listener_open(0);
    seen.on_input = send_much_and_finish;
    fd = peer();
    peer_send(fd, "?");
    CHECK(peer_read(fd, back, BIG + 1, &ended) == BIG && ended == 1);
    CHECK(memcmp(back, big_body, BIG) == 0);
    close(fd);
    CHECK(run_until(&seen.closed, 1));
    CHECK(seen.how[0] == 1);
    fd = peer(); /* one that goes away in the middle */
    peer_send(fd, "?");
    CHECK(peer_read(fd, back, 1000, &ended) == 1000);
    close(fd);
    CHECK(run_until(&seen.closed, 2));
    CHECK(seen.how[2] == 1);
    fd = peer(); /* one that says at once that it sends no more, and reads all the same */
    peer_send(fd, "?");
    shutdown(fd, SHUT_WR);
    CHECK(peer_read(fd, back, BIG + 1, &ended) == BIG && ended == 1);
    close(fd);
    CHECK(run_until(&seen.closed, 3));
    listener_close();
}

static void send_much(webhook_posix_conn *conn, webhook_str bytes) {
    (void)bytes;
    if (seen.input == 1) webhook_posix_conn_send(conn, webhook_str_from(big_body, BIG));
    webhook_posix_conn_send(conn, WEBHOOK_STR("tail"));
}

/* A half-closed peer gets what waits, too. */
static void half_closed(void) {
    static char back[BIG + 8];
    int fd, ended;
    listener_open(0);
    seen.on_input = send_much;
    fd = peer();
    peer_send(fd, "?");
    CHECK(run_until(&seen.input, 1));
    shutdown(fd, SHUT_WR);
    CHECK(peer_read(fd, back, sizeof back, &ended) == BIG + 4 && ended == 1);
    CHECK(memcmp(back, big_body, BIG) == 0 && memcmp(back + BIG, "tail", 4) == 0);
    CHECK(run_until(&seen.closed, 1));
    CHECK(seen.how[1] == 1);
    close(fd);
    listener_close();
}

static void set_deadline(webhook_posix_conn *conn) {
    webhook_posix_conn_deadline(conn, webhook_posix_tick() + 20);
}

static void say_408(webhook_posix_conn *conn) {
    webhook_posix_conn_send(conn, WEBHOOK_STR("408"));
    webhook_posix_conn_finish(conn);
    webhook_posix_conn_deadline(conn, 0);
}

static void later(webhook_posix_conn *conn) {
    (void)conn;
}

static int peer_that_ends(const char *text) {
    size_t ended = seen.ended, opened = seen.opened;
    int fd = peer();
    if (text[0] != 0) peer_send(fd, text);
    shutdown(fd, SHUT_WR);
    CHECK(run_until(&seen.opened, opened + 1));
    CHECK(run_until(&seen.ended, ended + 1));
    return fd;
}

/* A peer that has said all it wanted to is told so once, and its connection stays for the answer. */
static void answers_after_the_end(void) {
    enum { MUCH = BIG / 4 };
    static char back[MUCH + 1];
    int fd, ended;
    uint64_t begun;
    size_t turns = 0;
    listener_open(0);
    seen.on_end = later;
    fd = peer_that_ends("?");
    begun = webhook_posix_tick();
    for (; webhook_posix_tick() < begun + 10; turns++) webhook_posix_loop_wait(loop, begun + 10);
    CHECK(seen.closed == 0 && seen.ended == 1 && seen.input == 1 && turns < 10);
    webhook_posix_conn_send(seen.last, webhook_str_from(big_body, MUCH));
    CHECK(peer_read(fd, back, MUCH, &ended) == MUCH && ended == 0);
    webhook_posix_conn_send(seen.last, WEBHOOK_STR("."));
    webhook_posix_conn_finish(seen.last);
    webhook_posix_conn_finish(seen.last);
    CHECK(seen.closed == 0); /* from the loop alone */
    CHECK(peer_read(fd, back + MUCH, 2, &ended) == 1 && ended == 1);
    CHECK(seen.closed == 1 && seen.how[1] == 1 && seen.ended == 1);
    CHECK(memcmp(back, big_body, MUCH) == 0 && back[MUCH] == '.');
    close(fd);
    fd = peer_that_ends(""); /* one that has said nothing gets nothing */
    webhook_posix_conn_finish(seen.last);
    CHECK(seen.closed == 1);
    webhook_posix_loop_wait(loop, 0);
    CHECK(seen.closed == 2 && seen.how[1] == 2);
    close(fd);
    fd = peer_that_ends("?"); /* one that waits for no answer */
    webhook_posix_conn_send(seen.last, webhook_str_from(big_body, BIG));
    webhook_posix_conn_finish(seen.last);
    close(fd);
    CHECK(run_until(&seen.closed, 3));
    CHECK(seen.how[2] == 1);
    seen.on_open = set_deadline; /* a caller who forgets it has the deadline */
    seen.on_expired = say_408;
    fd = peer_that_ends("?");
    CHECK(peer_read(fd, back, 8, &ended) == 3 && ended == 1 && memcmp(back, "408", 3) == 0);
    CHECK(seen.closed == 4 && seen.how[1] == 3 && seen.expired == 1);
    close(fd);
    seen.on_open = NULL;
    fd = peer_that_ends("?"); /* or the end of the listener */
    listener_close();
    CHECK(seen.how[2] == 2);
    close(fd);
}

static void back_pressure(void) {
    static char back[BIG + 4];
    int fd, ended;
    listener_open(0);
    seen.on_input = send_much;
    fd = peer();
    peer_send(fd, "?");
    CHECK(run_until(&seen.input, 1));
    peer_send(fd, "more");
    run_for(20);
    CHECK(seen.input == 1 && seen.bytes == 1); /* while so much waits, nothing is read */
    CHECK(peer_read(fd, back, sizeof back, &ended) == sizeof back);
    CHECK(run_until(&seen.input, 2));
    CHECK(seen.bytes == 5);
    CHECK(memcmp(back + BIG, "tail", 4) == 0);
    CHECK(peer_read(fd, back, 4, &ended) == 4 && memcmp(back, "tail", 4) == 0);
    close(fd);
    CHECK(run_until(&seen.closed, 1));
    listener_close();
}

enum { PIECES = 20000 };

static void small_sends(webhook_posix_conn *conn, webhook_str bytes) {
    size_t i;
    (void)bytes;
    for (i = 0; i < PIECES; i++)
        webhook_posix_conn_send(conn, webhook_str_from(big_body + i * 5, 1 + i % 5));
    webhook_posix_conn_finish(conn);
}

/* Many small pieces, most of them kept, arrive whole and in order. */
static void pieces(void) {
    static char back[PIECES * 5];
    size_t i, at = 0;
    int fd, ended, right = 1;
    listener_open(0);
    seen.on_input = small_sends;
    fd = peer();
    peer_send(fd, "?");
    CHECK_SIZE(peer_read(fd, back, sizeof back, &ended), PIECES * 3);
    for (i = 0; i < PIECES; at += 1 + i % 5, i++)
        right = right && memcmp(back + at, big_body + i * 5, 1 + i % 5) == 0;
    CHECK(right && ended == 1);
    close(fd);
    CHECK(run_until(&seen.closed, 1));
    listener_close();
}

/* What waits to be sent grows and shrinks by turns, and stays in order. */
static void more_while_it_drains(void) {
    enum { CHUNK = 20000, CHUNKS = 400 };
    static char back[BIG + CHUNK * CHUNKS];
    size_t at = 0, i;
    int fd, ended;
    listener_open(0);
    fd = peer();
    CHECK(run_until(&seen.opened, 1));
    webhook_posix_conn_send(seen.last, webhook_str_from(big_body, BIG));
    for (i = 0; i < CHUNKS; i++) {
        webhook_posix_conn_send(seen.last, webhook_str_from(big_body + i, CHUNK));
        at += peer_read(fd, back + at, CHUNK + i * 10, &ended);
    }
    webhook_posix_conn_finish(seen.last);
    CHECK_SIZE(at + peer_read(fd, back + at, sizeof back - at, &ended), sizeof back);
    CHECK(memcmp(back, big_body, BIG) == 0);
    for (i = 0; i < CHUNKS; i++) CHECK(memcmp(back + BIG + i * CHUNK, big_body + i, CHUNK) == 0);
    close(fd);
    CHECK(run_until(&seen.closed, 1));
    listener_close();
}

static void refuse_and_finish(webhook_posix_conn *conn, webhook_str bytes) {
    (void)bytes;
    webhook_posix_conn_send(conn, WEBHOOK_STR("413"));
    webhook_posix_conn_finish(conn);
}

/* peer_push -- send until total bytes are gone, or the other side says no; how many */
static size_t peer_push(int fd, size_t total) {
    uint64_t until = webhook_posix_tick() + 3000;
    size_t sent = 0;
    while (sent < total && webhook_posix_tick() < until) {
        ssize_t r = send(fd, big_body, total - sent < 50000 ? total - sent : 50000, MSG_NOSIGNAL);
        if (r > 0) sent += (size_t)r;
        if (r < 0 && errno != EAGAIN) break;
        webhook_posix_loop_wait(loop, 0);
    }
    return sent;
}

/* An answer gets through to a peer that is still sending, however much. */
static void lingers(void) {
    char back[8];
    int fd, ended;
    size_t before = descriptors();
    listener_open(0);
    seen.on_input = refuse_and_finish;
    fd = peer();
    CHECK_SIZE(peer_push(fd, BIG), BIG);
    CHECK(peer_read(fd, back, 8, &ended) == 3 && ended == 1);
    CHECK(memcmp(back, "413", 3) == 0 && seen.input == 1);
    close(fd);
    CHECK(run_until(&seen.closed, 1));
    CHECK(seen.how[0] == 1);
    if (test_stride() == 1) { /* one that neither sends nor ends is waited for 2 s */
        uint64_t begun = webhook_posix_tick();
        fd = peer();
        peer_send(fd, "?");
        CHECK(run_until(&seen.closed, 2));
        begun = webhook_posix_tick() - begun;
        CHECK(begun >= 1990 && begun < 3000 && seen.how[0] == 2);
        close(fd);
    }
    listener_close();
    CHECK_SIZE(descriptors(), before);
}

static void expires(void) {
    char back[8];
    int fd, ended;
    uint64_t begun = webhook_posix_tick();
    listener_open(0);
    seen.on_open = set_deadline;
    seen.on_expired = say_408;
    fd = peer();
    CHECK(run_until(&seen.expired, 1));
    CHECK(webhook_posix_tick() >= begun + 20);
    CHECK(peer_read(fd, back, 8, &ended) == 3 && ended == 1);
    close(fd);
    CHECK(run_until(&seen.closed, 1));
    CHECK(seen.how[0] == 1 && seen.expired == 1);
    seen.on_expired = NULL;
    fd = peer();
    CHECK(run_until(&seen.expired, 2));
    run_for(30);
    CHECK(seen.expired == 2 && seen.closed == 1); /* once, and the connection is as it was */
    webhook_posix_conn_deadline(seen.last, webhook_posix_tick() + 10);
    webhook_posix_conn_deadline(seen.last, NEVER);
    run_for(20);
    CHECK(seen.expired == 2);
    close(fd);
    CHECK(run_until(&seen.closed, 2));
    listener_close();
}

static void too_many(void) {
    int fd[4], i;
    uint64_t begun;
    size_t turns = 0;
    listener_open(2);
    for (i = 0; i < 4; i++) fd[i] = peer();
    CHECK(run_until(&seen.opened, 2));
    begun = webhook_posix_tick();
    for (; webhook_posix_tick() < begun + 50; turns++) webhook_posix_loop_wait(loop, begun + 50);
    CHECK(seen.opened == 2 && turns < 20); /* it waits, without spinning */
    close(fd[0]);
    CHECK(run_until(&seen.opened, 3));
    begun = webhook_posix_tick(); /* a new pause has begun, and ends with the next close */
    close(fd[1]);
    CHECK(run_until(&seen.opened, 4));
    CHECK(webhook_posix_tick() - begun < 60);
    CHECK(seen.most_open == 2);
    close(fd[2]);
    close(fd[3]);
    CHECK(run_until(&seen.closed, 4));
    listener_close();
}

static void no_descriptor_to_accept(void) {
    struct rlimit old, low;
    int fd[2];
    uint64_t begun;
    size_t turns = 0;
    listener_open(0);
    fd[0] = peer();
    getrlimit(RLIMIT_NOFILE, &old);
    low = old;
    low.rlim_cur = 3;
    setrlimit(RLIMIT_NOFILE, &low);
    begun = webhook_posix_tick();
    for (; webhook_posix_tick() < begun + 50; turns++) webhook_posix_loop_wait(loop, begun + 50);
    CHECK(seen.opened == 0 && turns < 20);
    setrlimit(RLIMIT_NOFILE, &old);
    fd[1] = peer(); /* valgrind drops the first one, and it alone */
    CHECK(run_until(&seen.opened, 1));
    CHECK(webhook_posix_tick() - begun < 1000);
    close(fd[0]);
    close(fd[1]);
    CHECK(run_until(&seen.closed, seen.opened));
    listener_close();
}

static void close_all(webhook_posix_conn *conn) {
    (void)conn;
    webhook_posix_listener_close(seen.l);
}

static void close_all_at_input(webhook_posix_conn *conn, webhook_str bytes) {
    webhook_posix_conn_send(conn, bytes);
    webhook_posix_listener_close(seen.l);
    webhook_posix_conn_send(conn, bytes);
    webhook_posix_conn_finish(conn);
}

/* The listener is closed inside each of its callbacks, with other connections open. */
static void close_inside(void) {
    int fd[3], how, i;
    size_t before = descriptors();
    for (how = 0; how < 4; how++) {
        listener_open(0);
        for (i = 0; i < 3; i++) fd[i] = peer();
        if (how > 0) CHECK(run_until(&seen.opened, 3));
        if (how == 0) seen.on_open = close_all;
        if (how == 1) seen.on_input = close_all_at_input;
        if (how == 2) seen.on_expired = close_all;
        if (how == 3) seen.on_closed = close_all;
        if (how == 1) peer_send(fd[1], "x");
        if (how == 2) webhook_posix_conn_deadline(seen.last, 0);
        if (how == 3) close(fd[0]);
        CHECK(run_until(&seen.closed, 1));
        CHECK_SIZE(seen.closed, seen.opened);
        CHECK(how == 0 ? seen.opened == 1 : seen.opened == 3);
        for (i = how == 3; i < 3; i++) close(fd[i]);
        CHECK_SIZE(descriptors(), before);
    }
}

static void finish_at_once(webhook_posix_conn *conn) {
    webhook_posix_conn_send(conn, WEBHOOK_STR("hello"));
    webhook_posix_conn_send(conn, webhook_str_from(NULL, 0));
    webhook_posix_conn_finish(conn);
}

/* The client and the listener on one loop, from the outside: not inside any callback. */
static void from_the_outside(void) {
    char back[16];
    int fd, ended;
    listener_open(0);
    seen.on_open = finish_at_once;
    fd = peer();
    CHECK(peer_read(fd, back, 16, &ended) == 5 && ended == 1);
    close(fd);
    CHECK(run_until(&seen.closed, 1));
    seen.on_open = NULL;
    fd = peer();
    CHECK(run_until(&seen.opened, 2));
    webhook_posix_conn_send(seen.last, WEBHOOK_STR("later"));
    webhook_posix_conn_finish(seen.last);
    CHECK(peer_read(fd, back, 16, &ended) == 5 && ended == 1);
    close(fd);
    CHECK(run_until(&seen.closed, 2));
    fd = peer(); /* what cannot be sent any more ends it, from the loop */
    CHECK(run_until(&seen.opened, 3));
    {
        struct linger hard;
        hard.l_onoff = 1;
        hard.l_linger = 0;
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    close(fd);
    webhook_posix_conn_send(seen.last, WEBHOOK_STR("x"));
    webhook_posix_conn_send(seen.last, WEBHOOK_STR("x"));
    CHECK(seen.closed == 2);
    CHECK(run_until(&seen.closed, 3));
    CHECK(seen.how[2] == 1);
    listener_close();
}

/* No descriptor waits, or is inherited by a program that another part of this one starts. */
static void descriptors_are_not_inherited(void) {
    char was[1024];
    webhook_posix_loop *second;
    struct stat what;
    int fd, n = 0;
    for (fd = 0; fd < 1024; fd++) was[fd] = fcntl(fd, F_GETFD) != -1;
    CHECK_STATUS(webhook_posix_loop_open(&second), WEBHOOK_OK);
    reset_outcome();
    listener_open(0);
    client_open(&private_guard, NULL, 0);
    server.port = seen.port;
    start(0, "127.0.0.1", 5000);
    CHECK(run_until(&seen.input, 1));
    for (fd = 0; fd < 1024; fd++) {
        if (was[fd] || fcntl(fd, F_GETFD) == -1) continue;
        n++;
        CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && fstat(fd, &what) == 0);
        if (S_ISSOCK(what.st_mode) || S_ISFIFO(what.st_mode))
            CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    }
    CHECK(n == 5 + (webhook_posix_loop_fd(second) >= 0));
    webhook_posix_client_close(client);
    listener_close();
    webhook_posix_loop_close(second);
}

/* ---- all of it ---- */

static void run_all(void) {
    RUN(timers_in_order);
    RUN(timers_wait);
    RUN(events_of_a_pipe);
    RUN(forget_inside_a_callback);
    RUN(callbacks_that_wait);
    RUN(many_ready);
    RUN(posts);
    RUN(loop_contract);
    RUN(client_contract);
    RUN(servers_of_all_kinds);
    RUN(addresses_that_refuse);
    RUN(the_address_connected_to);
    RUN(connects_that_hang);
    RUN(sends_inside_of_sends);
    RUN(start_answers_later);
    RUN(names_that_are_not);
    RUN(names_are_looked_up_once);
    RUN(calls_that_give_up);
    RUN(threads_are_bounded);
    RUN(slow_names_leave_room);
    RUN(names_that_are_known_do_not_wait);
    RUN(names_are_forgotten);
    RUN(close_under_way);
    RUN(calls_end_each_other);
    RUN(cancel_at_every_step);
    RUN(sends_inside_callbacks);
    RUN(no_descriptor_left);
    RUN(tls);
    RUN(listener_contract);
    RUN(echoes);
    RUN(many_clients);
    RUN(finish_with_much_unsent);
    RUN(half_closed);
    RUN(answers_after_the_end);
    RUN(back_pressure);
    RUN(pieces);
    RUN(more_while_it_drains);
    RUN(lingers);
    RUN(expires);
    RUN(too_many);
    RUN(no_descriptor_to_accept);
    RUN(close_inside);
    RUN(from_the_outside);
    RUN(descriptors_are_not_inherited);
}

static size_t descriptors_before;
static void all_descriptors_closed(void) {
    CHECK_SIZE(descriptors(), descriptors_before);
}

void suite_posix(void) {
    size_t i;
    descriptors_before = descriptors();
    RUN(clocks);
    RUN(randomness);
    private_guard.allow_private = 1;
    big_body = (char *)malloc(BIG);
    if (big_body == NULL || webhook_posix_loop_open(&loop) != WEBHOOK_OK) abort();
    for (i = 0; i < BIG; i++) big_body[i] = (char)('a' + test_random() % 26);
    run_all();
    webhook_posix_loop_close(loop);
    RUN(all_descriptors_closed);
    free(big_body);
}
#endif
