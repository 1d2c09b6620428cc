/* raw.c -- one end of a TCP connection over loopback, byte for byte, for tests from a shell
 *
 *     raw [OPTION]... PORT FILE           connects, sends the file, prints what comes back until the peer closes
 *     raw -l [OPTION]... FILE REQUEST...  prints a port, takes one connection there, keeps its request, answers the file;
 *                                         with more such pairs one after the other, each closed before the next
 *
 *     -c N  bytes at a time, all at once unless given      -d MS  pause after each piece
 *     -n N  so many connections at once                    -s     end the sending side after the file
 *     -e    (with -l) answer before the request is read    -r     (with -l) reset the connection instead of closing it
 *     -t MS  time limit for all of it, 10000 unless given: exit status 3
 */
#define _POSIX_C_SOURCE 200809L /* NOLINT: the name is POSIX's */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1000

typedef struct bytes {
    char *ptr;
    size_t len;
} bytes;

typedef struct end {
    int fd; /* -1: over */
    size_t sent;
    long long next_ms; /* when the next piece goes */
    bytes got;
} end;

static struct {
    int listens, half, early, reset;
    long piece, pause_ms, connections, limit_ms;
} options = { 0, 0, 0, 0, 0, 0, 1, 10000 };
static long long began_ms;

static void die(const char *what) {
    fprintf(stderr, "raw: %s: %s\n", what, strerror(errno));
    exit(2);
}

static long long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int left_ms(void) {
    long long left = began_ms + options.limit_ms - now_ms();
    if (left > 0) return (int)left;
    fputs("raw: the time limit is over\n", stderr);
    exit(3);
}

static void append(bytes *b, const char *ptr, size_t len) {
    b->ptr = (char *)realloc(b->ptr, b->len + len + 1);
    if (b->ptr == NULL) die("memory");
    memcpy(b->ptr + b->len, ptr, len);
    b->len += len;
    b->ptr[b->len] = 0;
}

static bytes read_file(const char *path) {
    char block[4096];
    bytes b = { NULL, 0 };
    ssize_t n;
    int fd = open(path, O_RDONLY);
    if (fd < 0) die(path);
    append(&b, "", 0);
    while ((n = read(fd, block, sizeof block)) > 0) append(&b, block, (size_t)n);
    if (n < 0) die(path);
    close(fd);
    return b;
}

/* receive -- once; 0: the peer has ended, or the connection has failed */
static int receive(end *e) {
    char block[65536];
    ssize_t n = recv(e->fd, block, sizeof block, 0);
    if (n <= 0) return 0;
    append(&e->got, block, (size_t)n);
    return 1;
}

/* send_piece -- the next piece, or as much of it as goes; 0: the connection has failed */
static int send_piece(end *e, const bytes *all) {
    size_t len = all->len - e->sent;
    ssize_t n;
    if (options.piece > 0 && len > (size_t)options.piece) len = (size_t)options.piece;
    n = send(e->fd, all->ptr + e->sent, len, 0);
    if (n < 0) return 0;
    e->sent += (size_t)n;
    e->next_ms = now_ms() + options.pause_ms;
    if (e->sent == all->len && options.half) shutdown(e->fd, SHUT_WR);
    return 1;
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in a;
    memset(&a, 0, sizeof a);
    a.sin_family = AF_INET;
    a.sin_port = htons((uint16_t)port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

/* step -- wait for one of the connections, do what it is ready for; the number of those still open */
static long step(end *ends, const bytes *all) {
    static struct pollfd p[CONNECTIONS_MAX];
    long i, open_ones = 0;
    int wait = left_ms();
    for (i = 0; i < options.connections; i++) {
        end *e = &ends[i];
        long long pause = e->next_ms - now_ms();
        p[i].fd = e->fd;
        p[i].events = POLLIN;
        p[i].revents = 0;
        if (e->fd < 0 || e->sent == all->len) continue;
        if (pause <= 0) p[i].events = POLLIN | POLLOUT;
        if (pause > 0 && pause < wait) wait = (int)pause;
    }
    if (poll(p, (nfds_t)options.connections, wait) < 0 && errno != EINTR) die("poll");
    for (i = 0; i < options.connections; i++) {
        end *e = &ends[i];
        if (e->fd < 0) continue;
        if (((p[i].revents & ~POLLOUT) != 0 && !receive(e)) ||
            ((p[i].revents & POLLOUT) != 0 && !send_piece(e, all))) {
            close(e->fd);
            e->fd = -1;
        } else
            open_ones++;
    }
    return open_ones;
}

static int run_connect(int port, const bytes *all) {
    static end ends[CONNECTIONS_MAX];
    struct sockaddr_in a = loopback(port);
    long i;
    for (i = 0; i < options.connections; i++) {
        ends[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        if (ends[i].fd < 0 || connect(ends[i].fd, (struct sockaddr *)&a, sizeof a) != 0)
            die("connect");
        if (fcntl(ends[i].fd, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
    }
    while (step(ends, all) > 0) left_ms();
    for (i = 0; i < options.connections; i++) {
        if (ends[i].got.len > 0) fwrite(ends[i].got.ptr, 1, ends[i].got.len, stdout);
        free(ends[i].got.ptr);
    }
    return 0;
}

/* is_whole -- head, and the body that Content-Length promises */
static int is_whole(const bytes *b) {
    const char *body = b->ptr == NULL ? NULL : strstr(b->ptr, "\r\n\r\n");
    const char *length = b->ptr == NULL ? NULL : strstr(b->ptr, "Content-Length: ");
    if (body == NULL) return 0;
    return length == NULL || b->len - (size_t)(body + 4 - b->ptr) >= strtoul(length + 16, NULL, 10);
}

static void answer(end *e, const bytes *all) {
    struct timespec pause;
    pause.tv_sec = options.pause_ms / 1000;
    pause.tv_nsec = options.pause_ms % 1000 * 1000000;
    while (e->sent < all->len && send_piece(e, all)) {
        if (options.pause_ms > 0) nanosleep(&pause, NULL);
        left_ms();
    }
}

static int open_listener(void) {
    struct sockaddr_in a = loopback(0);
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        die("listen");
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    return fd;
}

static void serve_one(int listener, const bytes *all, const char *request) {
    struct linger at_once = { 1, 0 };
    struct pollfd p;
    end e = { -1, 0, 0, { NULL, 0 } };
    FILE *f;
    p.fd = listener;
    p.events = POLLIN;
    if (poll(&p, 1, left_ms()) != 1) left_ms();
    e.fd = accept(listener, NULL, NULL);
    if (e.fd < 0) die("accept");
    if (options.early) answer(&e, all);
    p.fd = e.fd;
    while (!is_whole(&e.got) && poll(&p, 1, left_ms()) == 1 && receive(&e)) {
    }
    if (!options.early) answer(&e, all);
    f = fopen(request, "wb");
    if (f == NULL || (e.got.len > 0 && fwrite(e.got.ptr, 1, e.got.len, f) != e.got.len) ||
        fclose(f) != 0)
        die(request);
    if (options.reset) setsockopt(e.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(e.fd);
    free(e.got.ptr);
}

int main(int argc, char **argv) {
    bytes all;
    int o, code = 0, fd;
    while ((o = getopt(argc, argv, "lesrc:d:n:t:")) != -1) {
        long v = optarg == NULL ? 0 : strtol(optarg, NULL, 10);
        if (o == 'l')
            options.listens = 1;
        else if (o == 'e')
            options.early = 1;
        else if (o == 's')
            options.half = 1;
        else if (o == 'r')
            options.reset = 1;
        else if (o == 'c')
            options.piece = v;
        else if (o == 'd')
            options.pause_ms = v;
        else if (o == 'n' && v >= 1 && v <= CONNECTIONS_MAX)
            options.connections = v;
        else if (o == 't')
            options.limit_ms = v;
        else
            return 2;
    }
    if (argc - optind < 2 || (argc - optind) % 2 != 0) return 2;
    if (!options.listens && argc - optind != 2) return 2;
    signal(SIGPIPE, SIG_IGN);
    began_ms = now_ms();
    fd = options.listens ? open_listener() : -1;
    for (; optind < argc; optind += 2) {
        all = read_file(argv[optind + (options.listens ? 0 : 1)]);
        if (options.listens)
            serve_one(fd, &all, argv[optind + 1]);
        else
            code = run_connect(atoi(argv[optind]), &all);
        free(all.ptr);
    }
    return code;
}
