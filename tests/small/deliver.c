/* deliver.c -- the world around session.c: deliver COMMAND… starts the device, whose UART is the command's standard
 * input and output, sends it deliveries that are built and signed here, and compares what it answers and prints
 *
 * SEED= in the environment repeats a run. The command is ended by its pid where it does not end by itself.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#define WEBHOOK_IMPLEMENTATION
#include "receive.h"

enum { LIMIT_S = 240, HOURS_4 = 4 * 3600 };

static unsigned passed, failed;
static uint64_t seed;

static unsigned any(unsigned below) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

static void any_text(char *to, size_t len) {
    size_t i;
    for (i = 0; i < len; i++) to[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF"[any(42)];
    to[len] = 0;
}

/* ---- the device ---- */

static struct {
    pid_t pid;
    int to, from;
    char out[16384]; /* since the connection began */
    size_t len;
    time_t end;
} device;

static void die(const char *what) {
    fprintf(stderr, "deliver: %s; SEED=%llu; the device's last words: %.*s\n", what,
            (unsigned long long)seed, (int)device.len, device.out);
    if (device.pid > 0) kill(device.pid, SIGKILL);
    exit(2);
}

static void start(char **command) {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) die("no pipe");
    device.pid = fork();
    if (device.pid < 0) die("no process");
    if (device.pid == 0) {
        if (dup2(to[0], 0) < 0 || dup2(from[1], 1) < 0) _exit(127);
        close(to[0]), close(to[1]), close(from[0]), close(from[1]);
        execvp(command[0], command);
        _exit(127);
    }
    close(to[0]), close(from[1]);
    device.to = to[1];
    device.from = from[0];
    device.end = time(NULL) + LIMIT_S;
    fcntl(device.to, F_SETFL, O_NONBLOCK);
}

/* step -- read what there is, or write some of *bytes, or wait for either */
static void step(webhook_str *bytes) {
    struct pollfd p[2];
    ssize_t n;
    p[0].fd = device.from;
    p[0].events = POLLIN;
    p[1].fd = bytes->len > 0 ? device.to : -1;
    p[1].events = POLLOUT;
    if (time(NULL) > device.end) die("took too long");
    if (poll(p, 2, 1000) <= 0) return;
    if (p[0].revents != 0) {
        if (device.len == sizeof device.out) die("says too much");
        n = read(device.from, device.out + device.len, sizeof device.out - device.len);
        if (n <= 0) die("ended");
        device.len += (size_t)n;
    } else if (p[1].revents != 0 && (n = write(device.to, bytes->ptr, bytes->len)) > 0) {
        *bytes = webhook_str_from(bytes->ptr + n, bytes->len - (size_t)n);
    }
}

static void feed(webhook_str bytes) {
    while (bytes.len > 0) step(&bytes);
}

static int said(char c) {
    return memchr(device.out, c, device.len) != NULL;
}

/* ---- what the device says, in short: "+ID EVENT;200;401;400 close;!" ---- */

/* take -- is text the next that was said? */
static int take(webhook_str *s, const char *text) {
    size_t n = strlen(text);
    if (s->len < n || memcmp(s->ptr, text, n) != 0) return 0;
    *s = webhook_str_from(s->ptr + n, s->len - n);
    return 1;
}

/* answer -- one head of an answer without a body, exactly as RFC 9112 has it: 1, else 0 */
static int answer(webhook_str *s, char *to, size_t cap) {
    webhook_str at = *s;
    unsigned status = 0, n, shut;
    if (!take(&at, "HTTP/1.1 ")) return 0;
    for (n = 0; n < 3 && at.len > n && at.ptr[n] >= '0' && at.ptr[n] <= '9'; n++)
        status = status * 10 + (unsigned)(at.ptr[n] - '0');
    if (n != 3) return 0;
    at = webhook_str_from(at.ptr + n, at.len - n);
    if (!take(&at, " \r\n")) return 0; /* no words: WEBHOOK_NO_STRINGS */
    shut = (unsigned)take(&at, "Connection: close\r\n");
    if (status >= 200 && !take(&at, "Content-Length: 0\r\n")) return 0;
    if (!take(&at, "\r\n")) return 0;
    snprintf(to, cap, "%u%s;", status, shut ? " close" : "");
    *s = at;
    return 1;
}

/* in_short -- all that was said in this connection; 0 where it ends within something */
static int in_short(char *to, size_t cap) {
    webhook_str s = webhook_str_from(device.out, device.len);
    size_t n = 0;
    to[0] = 0;
    while (s.len > 0 && s.ptr[0] != SMALL_HANG_UP && n + 100 < cap) {
        const char *end = memchr(s.ptr, '\n', s.len);
        if (take(&s, "!")) {
            snprintf(to + n, cap - n, "!;");
        } else if (s.ptr[0] == '+' && end != NULL) {
            snprintf(to + n, cap - n, "%.*s;", (int)(end - s.ptr), s.ptr);
            s = webhook_str_from(end + 1, s.len - (size_t)(end + 1 - s.ptr));
        } else if (!answer(&s, to + n, cap - n)) {
            return 0;
        }
        n += strlen(to + n);
    }
    return 1;
}

static void compare(const char *what, const char *expected) {
    char got[4096];
    int whole = in_short(got, sizeof got);
    if (whole && strcmp(got, expected) == 0) {
        passed++;
        return;
    }
    failed++;
    fprintf(stderr, "deliver: %s: %s expected, got %s%s\n", what, expected, got, whole ? "" : "…");
    if (!whole) fprintf(stderr, "it said: %.*s\n", (int)device.len, device.out);
}

/* ---- deliveries ---- */

typedef struct delivery {
    unsigned key;          /* whose id and secret: 0 or 1 */
    const char *id, *name; /* of the event */
    int64_t at;            /* Unix seconds of the attempt */
    size_t events_len;     /* of the events field; 0: the name alone */
    size_t body_len;       /* 0: as it comes */
    unsigned how;
} delivery;

/* how */
enum {
    CHUNKED = 1,
    FORGED_BODY = 2,
    FORGED_MAC = 4,
    NO_SIGNATURE = 8,
    TWO_SIGNATURES = 16,
    ID_OF_OTHER = 32,
    ID_UNKNOWN = 64,
    EXPECTS = 128,
    GET = 256,
    NO_ENVELOPE = 512,
    LONG_SIGNATURE = 1024
};

typedef struct message {
    char head[9000], body[2000];
    webhook_buf h, b;
} message;

static char webhook_id[SMALL_KEYS][21], secret[SMALL_KEYS][33];
static int64_t now_s;

/* body_of -- the envelope, its payload as long as the body is to be */
static void body_of(const delivery *d, char *to, size_t cap, size_t *len) {
    char payload[1200] = "\"";
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_buf b;
    uint32_t words[64];
    webhook_json_scratch scratch = { words, 64 };
    size_t pad = 20, tries;
    for (tries = 0; tries < 2; tries++) {
        memset(payload + 1, 'p', pad);
        memcpy(payload + 1 + pad, "\"", 2);
        e.id = webhook_str_from_cstr(d->id);
        e.event = webhook_str_from_cstr(d->name);
        e.unix_ms = (d->at - 3) * 1000;
        e.payload = webhook_str_from_cstr(payload);
        b = webhook_buf_from(to, cap);
        if (webhook_payload_write(&b, &e, scratch, NULL) != WEBHOOK_OK) die("no payload");
        if (d->body_len == 0) break;
        pad += d->body_len - b.len;
    }
    if ((d->how & NO_ENVELOPE) != 0) b.len -= 1;
    *len = b.len;
}

static void sign(const delivery *d, const char *body, size_t body_len, webhook_str timestamp,
                 char mac[65]) {
    webhook_hmac_key key;
    webhook_message m = WEBHOOK_ZERO;
    webhook_buf b = webhook_buf_from(mac, 64);
    m.timestamp = timestamp;
    m.body = webhook_str_from(body, body_len);
    if (webhook_key_init(&key, NULL, webhook_str_from_cstr(secret[d->key])) != WEBHOOK_OK ||
        webhook_sign(NULL, &key, &m, &b) != WEBHOOK_OK)
        die("no signature");
    if ((d->how & FORGED_MAC) != 0) mac[any(64)] ^= 1;
    mac[64] = 0;
}

/* fields -- those of the mission, in any order */
static void fields(const delivery *d, webhook_buf *h, webhook_str timestamp, const char *mac) {
    static const char more[] = ",doors.d1.*.open,doors.*.open,doors.d1,doors.*,*.d1";
    const webhook_scheme names = webhook_scheme_default();
    char events[8000], text[300], unknown[21];
    unsigned i, turn = any(5);
    size_t n;
    snprintf(events, sizeof events, "%s", d->name);
    for (n = strlen(events); n < d->events_len; n++) events[n] = more[n % (sizeof more - 1)];
    snprintf(text, sizeof text, "%s", mac);
    if ((d->how & LONG_SIGNATURE) != 0) memset(text + 64, '0', 200);
    any_text(unknown, 20);
    for (i = 0; i < 5; i++) {
        const char *id = (d->how & ID_UNKNOWN) != 0
                             ? unknown
                             : webhook_id[d->key ^ ((d->how & ID_OF_OTHER) != 0)];
        switch ((i + turn) % 5) {
        case 0: webhook_http_put_field(h, names.webhook_id_field, webhook_str_from_cstr(id)); break;
        case 1: webhook_http_put_field(h, names.events_field, webhook_str_from(events, n)); break;
        case 2:
            webhook_http_put_field(h, names.name_field, WEBHOOK_STR("the doors of the house"));
            break;
        case 3: webhook_http_put_field(h, names.timestamp_field, timestamp); break;
        default:
            if ((d->how & NO_SIGNATURE) != 0) break;
            if ((d->how & TWO_SIGNATURES) != 0)
                webhook_http_put_field(h, names.signature_field, webhook_str_from_cstr(text));
            webhook_http_put_field(
                h, names.signature_field,
                webhook_str_from(text, (d->how & LONG_SIGNATURE) != 0 ? 264 : 64));
        }
    }
}

/* chunked -- the body in chunks of any size, an extension and a trailer among them */
static void chunked(webhook_buf *b, const char *body, size_t len) {
    char line[40];
    size_t n, done;
    for (done = 0; done < len; done += n) {
        n = 1 + any(60);
        if (n > len - done) n = len - done;
        snprintf(line, sizeof line, any(2) ? "%zx\r\n" : "0%zX;a=\"b\"\r\n", n);
        webhook_buf_put(b, webhook_str_from_cstr(line));
        webhook_buf_put(b, webhook_str_from(body + done, n));
        webhook_buf_put(b, WEBHOOK_STR("\r\n"));
    }
    webhook_buf_put(b, WEBHOOK_STR("0\r\nX-Checksum: none\r\n\r\n"));
}

/* make -- head and body as they go over the wire */
static void make(message *m, const delivery *d) {
    char body[1500], timestamp[24], mac[65];
    size_t len;
    webhook_url u;
    m->h = webhook_buf_from(m->head, sizeof m->head);
    m->b = webhook_buf_from(m->body, sizeof m->body);
    body_of(d, body, sizeof body, &len);
    snprintf(timestamp, sizeof timestamp, "%lld", (long long)d->at);
    sign(d, body, len, webhook_str_from_cstr(timestamp), mac);
    if ((d->how & FORGED_BODY) != 0) body[len / 2 + any((unsigned)len / 2)] ^= 1;
    if (webhook_url_read(WEBHOOK_STR("http://device.local/hooks?door=1"), &u, NULL) != WEBHOOK_OK)
        die("no URL");
    webhook_http_put_request(&m->h, (d->how & GET) != 0 ? WEBHOOK_STR("GET") : WEBHOOK_STR("POST"),
                             &u);
    webhook_http_put_field(&m->h, WEBHOOK_STR("User-Agent"), WEBHOOK_STR("webhook.h/small"));
    webhook_http_put_field(&m->h, WEBHOOK_STR("Content-Type"), WEBHOOK_STR("application/json"));
    fields(d, &m->h, webhook_str_from_cstr(timestamp), mac);
    if ((d->how & EXPECTS) != 0)
        webhook_http_put_field(&m->h, WEBHOOK_STR("Expect"), WEBHOOK_STR("100-continue"));
    if ((d->how & CHUNKED) != 0) {
        webhook_buf_put(&m->h, WEBHOOK_STR("Transfer-Encoding: chunked\r\n\r\n"));
        chunked(&m->b, body, len);
    } else {
        webhook_http_put_length(&m->h, len);
        webhook_buf_put(&m->b, webhook_str_from(body, len));
    }
    if (webhook_buf_end(&m->h) != WEBHOOK_OK || webhook_buf_end(&m->b) != WEBHOOK_OK)
        die("no message");
}

/* ---- connections ---- */

static void dial(void) {
    char line[24];
    device.len = 0;
    snprintf(line, sizeof line, "%lld\n", (long long)now_s);
    feed(webhook_str_from_cstr(line));
}

static void give(webhook_str bytes) {
    if (memchr(bytes.ptr, SMALL_HANG_UP, bytes.len) != NULL) die("a mark in what is sent");
    feed(bytes);
}

static void deliver(const delivery *d) {
    message m;
    make(&m, d);
    give(webhook_buf_str(&m.h));
    give(webhook_buf_str(&m.b));
}

/* heard -- wait until the device has said as much as is expected (or anything else), and compare */
__attribute__((format(printf, 2, 3))) static void heard(const char *what, const char *format, ...) {
    char expected[1000], got[4096];
    webhook_str nothing = webhook_str_from("", 0);
    time_t end = time(NULL) + 30;
    va_list list;
    va_start(list, format);
    vsnprintf(expected, sizeof expected, format, list);
    va_end(list);
    while ((!in_short(got, sizeof got) || strlen(got) < strlen(expected)) && time(NULL) <= end)
        step(&nothing);
    compare(what, expected);
}

/* hang_up -- end the connection and compare all that was said in it */
__attribute__((format(printf, 2, 3))) static void hang_up(const char *what, const char *format,
                                                          ...) {
    static const char mark = SMALL_HANG_UP;
    char expected[1000];
    webhook_str nothing = webhook_str_from("", 0);
    va_list list;
    va_start(list, format);
    vsnprintf(expected, sizeof expected, format, list);
    va_end(list);
    feed(webhook_str_from(&mark, 1));
    while (!said(SMALL_HANG_UP)) step(&nothing);
    compare(what, expected);
}

/* fresh -- a delivery of an event of its own, at the present moment */
static delivery fresh(void) {
    static char id[16][21], name[16][40];
    static unsigned next;
    delivery d;
    char place[9];
    memset(&d, 0, sizeof d);
    next = (next + 1) % 16;
    any_text(id[next], 1 + any(20));
    any_text(place, 8);
    snprintf(name[next], sizeof name[next], "doors.%s.open", place);
    d.key = any(2);
    d.id = id[next];
    d.name = name[next];
    d.at = now_s;
    return d;
}

/* later -- the guard has forgotten what it knew: it is smaller than the number of events here */
static void later(void) {
    now_s += HOURS_4 + 300;
}

/* ---- what happens ---- */

static void authentic(void) {
    delivery d, e;
    unsigned key;
    for (key = 0; key < SMALL_KEYS; key++) {
        later();
        d = fresh();
        d.key = key;
        dial();
        deliver(&d);
        hang_up("a good one", "+%s %s;200;", d.id, d.name);
    }
    later();
    d = fresh(), e = fresh();
    d.at -= 300, e.at += 300;
    d.events_len = 7 * 1024;
    dial();
    deliver(&d);
    deliver(&e);
    hang_up("7 KB of events, as old as may be", "+%s %s;200;+%s %s;200;", d.id, d.name, e.id,
            e.name);
    later();
    d = fresh(), e = fresh();
    d.how = e.how = CHUNKED;
    d.body_len = SMALL_BODY;
    dial();
    deliver(&d);
    deliver(&e);
    hang_up("chunked", "+%s %s;200;+%s %s;200;", d.id, d.name, e.id, e.name);
}

/* pipelined -- several in one stream of bytes, for both keys, a refused one among them */
static void pipelined(void) {
    static char all[40000];
    webhook_buf b = webhook_buf_from(all, sizeof all);
    delivery d[4];
    unsigned i;
    later();
    for (i = 0; i < 4; i++) {
        message m;
        d[i] = fresh();
        d[i].key = i % 2;
        if (i == 2) d[i].how = FORGED_BODY;
        if (i == 3) d[i].how = CHUNKED;
        make(&m, d + i);
        webhook_buf_put(&b, webhook_buf_str(&m.h));
        webhook_buf_put(&b, webhook_buf_str(&m.b));
    }
    dial();
    give(webhook_buf_str(&b));
    hang_up("pipelined", "+%s %s;200;+%s %s;200;401;+%s %s;200;", d[0].id, d[0].name, d[1].id,
            d[1].name, d[3].id, d[3].name);
}

/* forged -- refused, with the connection kept; each is followed by a good one */
static void forged(void) {
    static const unsigned how[] = { FORGED_BODY,  FORGED_BODY | CHUNKED, FORGED_MAC,
                                    NO_SIGNATURE, TWO_SIGNATURES,        ID_OF_OTHER,
                                    ID_UNKNOWN,   LONG_SIGNATURE };
    delivery d, good;
    unsigned i;
    later();
    dial();
    for (i = 0; i < sizeof how / sizeof *how; i++) {
        d = fresh();
        d.how = how[i];
        deliver(&d);
    }
    d = good = fresh();
    d.how = FORGED_BODY; /* that event is new all the same */
    deliver(&d);
    deliver(&good);
    hang_up("forged", "401;401;401;401;401;401;401;401;401;+%s %s;200;", good.id, good.name);
}

/* from_the_head -- refused before the body has come, which is then swallowed */
static void from_the_head(const char *what, unsigned how, int64_t off_s, unsigned status) {
    delivery d, good;
    message m;
    later();
    d = fresh(), good = fresh();
    d.how = how;
    d.at += off_s;
    make(&m, &d);
    dial();
    give(webhook_buf_str(&m.h));
    heard(what, "%u;", status);
    give(webhook_buf_str(&m.b));
    deliver(&good);
    hang_up(what, "%u;+%s %s;200;", status, good.id, good.name);
}

static void early(void) {
    from_the_head("stale", 0, -301, 401);
    from_the_head("from the future", 0, 301, 401);
    from_the_head("no signature", NO_SIGNATURE, 0, 401);
    from_the_head("no key", ID_UNKNOWN, 0, 401);
    from_the_head("another method", GET, 0, 405);
}

/* malformed -- 400, and nothing of what follows is heard; the next connection is a new one */
static void malformed(void) {
    static const char *const text[] = {
        "POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 1x\r\n",
        "POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\nHost: d\nContent-Length: 2\n\n{}",
        "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "POST / HTTP/1.1\r\nHost : d\r\nContent-Length: 2\r\n\r\n{}",
        "POST / HTTP/1.1\r\nHost: d\r\n X: folded\r\nContent-Length: 2\r\n\r\n{}",
        "POST / HTTP/1.1\r\nHost: d\r\nX: \x7f\r\n\r\n",
        "POST  / HTTP/1.1\r\nHost: d\r\n\r\n",
        "POST / HTTP/2.0\r\nHost: d\r\n\r\n",
    };
    delivery d, bad;
    message m;
    unsigned i;
    for (i = 0; i < sizeof text / sizeof *text; i++) {
        dial();
        give(webhook_str_from_cstr(text[i]));
        give(WEBHOOK_STR("GET / HTTP/1.1\r\nHost: d\r\n\r\n"));
        hang_up(text[i], "400 close;");
    }
    later();
    bad = d = fresh();
    bad.how = NO_ENVELOPE;
    dial();
    deliver(&bad);
    deliver(&d);
    hang_up("authentic, but no envelope", "400;+%s %s;200;", d.id, d.name);
    later();
    d = fresh();
    d.how = CHUNKED;
    make(&m, &d);
    m.body[m.b.len - 25] ^= 2; /* the line end of the last chunk */
    dial();
    give(webhook_buf_str(&m.h));
    give(webhook_buf_str(&m.b));
    hang_up("a chunk's line end is wrong", "400 close;");
}

static void too_large(void) {
    char target[400];
    delivery d, good;
    message m;
    later();
    d = fresh(), good = fresh();
    d.body_len = SMALL_BODY + 1, good.body_len = SMALL_BODY;
    dial();
    deliver(&good);
    make(&m, &d);
    give(webhook_buf_str(&m.h));
    heard("a byte too much", "+%s %s;200;413 close;", good.id, good.name);
    give(webhook_buf_str(&m.b));
    deliver(&good);
    hang_up("a byte too much", "+%s %s;200;413 close;", good.id, good.name);
    d = fresh();
    d.body_len = SMALL_BODY + 1;
    d.how = CHUNKED;
    dial();
    deliver(&d);
    hang_up("chunks, a byte too much", "413 close;");
    snprintf(target, sizeof target, "POST /%0*d HTTP/1.1\r\nHost: d\r\n", SMALL_LINE, 0);
    dial();
    give(webhook_str_from_cstr(target));
    deliver(&d);
    hang_up("a first line longer than the buffer", "431 close;");
}

static void repeated(void) {
    delivery d, again, other;
    later();
    d = fresh();
    again = other = d;
    again.at -= 7; /* another attempt, with a signature of its own */
    other.key ^= 1;
    dial();
    deliver(&d);
    deliver(&d);
    deliver(&again);
    deliver(&other);
    hang_up("repeated", "+%s %s;200;200;200;+%s %s;200;", d.id, d.name, d.id, d.name);
    dial();
    deliver(&d);
    hang_up("repeated in another connection", "200;");
}

/* full -- what the guard cannot remember is not taken, until the oldest are forgotten */
static void full(void) {
    const unsigned holds = ((SMALL_GUARD - 1) * 7 + 7) / 8;
    char expected[1000];
    size_t n = 0;
    unsigned i;
    delivery d;
    later();
    dial();
    for (i = 0; i < holds; i++) {
        d = fresh();
        deliver(&d);
        n += (size_t)snprintf(expected + n, sizeof expected - n, "+%s %s;200;", d.id, d.name);
    }
    d = fresh();
    deliver(&d);
    hang_up("the guard is full", "%s503;", expected);
    later();
    d.at = now_s;
    dial();
    deliver(&d);
    hang_up("the guard has forgotten", "+%s %s;200;", d.id, d.name);
}

static void others(void) {
    delivery d;
    message m;
    unsigned cut;
    later();
    d = fresh();
    d.how = EXPECTS;
    make(&m, &d);
    dial();
    give(webhook_buf_str(&m.h));
    heard("100-continue", "100;");
    give(webhook_buf_str(&m.b));
    hang_up("100-continue", "100;+%s %s;200;", d.id, d.name);
    d = fresh();
    d.how = EXPECTS | NO_SIGNATURE;
    make(&m, &d);
    dial();
    give(webhook_buf_str(&m.h));
    heard("100-continue refused", "401 close;");
    hang_up("100-continue refused", "401 close;");
    for (cut = 0; cut < 4; cut++) {
        d = fresh();
        make(&m, &d);
        dial();
        give(webhook_str_from(m.head, cut < 2 ? 1 + any((unsigned)m.h.len - 1) : m.h.len));
        if (cut >= 2) give(webhook_str_from(m.body, any((unsigned)m.b.len)));
        hang_up("left in the middle", "!;");
    }
    dial();
    hang_up("nothing", "%s", "");
}

static void set_up(void) {
    char line[200];
    any_text(webhook_id[0], 20);
    any_text(webhook_id[1], 20);
    any_text(secret[0], 32);
    any_text(secret[1], 32);
    snprintf(line, sizeof line, "%s %s %s %s\n", webhook_id[0], secret[0], webhook_id[1],
             secret[1]);
    feed(webhook_str_from_cstr(line));
}

/* finish -- the device's figures, and its end; one that has none (an AVR) is ended here */
static int finish(int has_end) {
    static const char mark = SMALL_OFF;
    webhook_str nothing = webhook_str_from("", 0);
    int status = 0, i;
    device.len = 0;
    feed(webhook_str_from(&mark, 1));
    while (device.len < 8 || memchr(device.out, 'b', device.len) == NULL ||
           device.out[device.len - 1] != '\n')
        step(&nothing);
    printf("%.*s", (int)device.len, device.out);
    for (i = 0; has_end && i < 100; i++) {
        if (waitpid(device.pid, &status, WNOHANG) == device.pid) {
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                die("ended with another status than 0");
            return 0;
        }
        poll(NULL, 0, 50);
    }
    kill(device.pid, SIGKILL);
    waitpid(device.pid, &status, 0);
    device.pid = 0;
    return has_end;
}

int main(int argc, char **argv) {
    int has_end = argc > 1 && strcmp(argv[1], "-n") != 0;
    const char *given = getenv("SEED");
    if (argc < 2 + !has_end) return 2;
    signal(SIGPIPE, SIG_IGN);
    seed = (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();
    if (given != NULL) seed = strtoull(given, NULL, 10);
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    now_s = (int64_t)time(NULL);
    start(argv + 1 + !has_end);
    set_up();
    authentic();
    pipelined();
    forged();
    early();
    malformed();
    too_large();
    repeated();
    full();
    others();
    if (finish(has_end)) die("did not end");
    printf("small: %u passed, %u failed\n", passed, failed);
    return failed != 0;
}
