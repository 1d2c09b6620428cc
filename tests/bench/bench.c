/* bench.c -- ns per call, the least of several repetitions, peers side by side: bench [-q]
 *
 * -q repeats little: it shows that everything runs, not how fast. Ours and its peers take turns within each
 * repetition, so that a busy machine slows all of them; the ratios are steadier than the times.
 */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../webhook.h"
#ifdef BENCH_OPENSSL
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#endif

static unsigned repetitions = 21;
static double batch_ns = 2e6;

/* What a call under test leaves behind goes here, so that the compiler cannot leave the call out. */
static volatile uint64_t sink;

typedef struct job {
    const char *name;
    void (*call)(const void *what, size_t i); /* the i-th call */
    const void *what;
} job;

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_batch(const job *j, size_t n) {
    double start = now_ns();
    size_t i;
    for (i = 0; i < n; i++) j->call(j->what, i);
    return (now_ns() - start) / (double)n;
}

/* One line for the first job, which is ours, and one for each peer, with how many times as long it takes */
static void measure(const char *title, const job *jobs, size_t n) {
    double best[4] = { 0 };
    size_t count[4], i;
    unsigned r;
    for (i = 0; i < n; i++) {
        for (count[i] = 1; time_batch(&jobs[i], count[i]) * (double)count[i] < batch_ns / 2;)
            count[i] *= 2;
        best[i] = time_batch(&jobs[i], count[i]);
    }
    for (r = 1; r < repetitions; r++)
        for (i = 0; i < n; i++) {
            double t = time_batch(&jobs[i], count[i]);
            if (t < best[i]) best[i] = t;
        }
    printf("%-46s %12.1f\n", title, best[0]);
    for (i = 1; i < n; i++)
        printf("    %-42s %12.1f %8.2f x\n", jobs[i].name, best[i], best[i] / best[0]);
    fflush(stdout);
}

static void alone(const char *title, void (*call)(const void *, size_t), const void *what) {
    job j = { "", NULL, NULL };
    j.call = call;
    j.what = what;
    measure(title, &j, 1);
}

static void check(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "bench: wrong result: %s\n", what);
    exit(1);
}

static void *memory(size_t n) {
    void *p = malloc(n);
    check(p != NULL, "out of memory");
    return p;
}

static uint64_t next_random(void) { /* xorshift64* */
    static uint64_t x = UINT64_C(88172645463325252);
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    return x * UINT64_C(2685821657736338717);
}

static void release(webhook_str s) {
    free((void *)(uintptr_t)s.ptr);
}

/* ---- signatures ---- */

static webhook_hmac_key key;
static const char secret[] = "whsec-0123456789abcdef0123456789abcdef";

static void our_hmac(const void *what, size_t i) {
    unsigned char mac[32];
    (void)i;
    check(webhook_hmac(&key, *(const webhook_str *)what, mac) == WEBHOOK_OK, "hmac");
    sink += mac[0];
}

#ifdef BENCH_OPENSSL
static EVP_MAC_CTX *kept;

static void openssl_hmac(const void *what, size_t i) {
    const webhook_str *s = (const webhook_str *)what;
    unsigned char mac[32];
    (void)i;
    HMAC(EVP_sha256(), secret, (int)(sizeof secret - 1), (const unsigned char *)s->ptr, s->len, mac,
         NULL);
    sink += mac[0];
}

static void openssl_kept(const void *what, size_t i) {
    const webhook_str *s = (const webhook_str *)what;
    unsigned char mac[32];
    size_t n;
    (void)i;
    EVP_MAC_init(kept, NULL, 0, NULL);
    EVP_MAC_update(kept, (const unsigned char *)s->ptr, s->len);
    EVP_MAC_final(kept, mac, &n, sizeof mac);
    sink += mac[0];
}

static void openssl_begin(void) {
    char name[] = "SHA256";
    unsigned char ours[32], theirs[32];
    size_t n;
    OSSL_PARAM p[2];
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    p[0] = OSSL_PARAM_construct_utf8_string("digest", name, 0);
    p[1] = OSSL_PARAM_construct_end();
    kept = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    check(kept != NULL && EVP_MAC_init(kept, (const unsigned char *)secret, sizeof secret - 1, p),
          "OpenSSL");
    check(EVP_MAC_init(kept, NULL, 0, NULL) &&
              EVP_MAC_update(kept, (const unsigned char *)"abc", 3),
          "OpenSSL");
    check(EVP_MAC_final(kept, theirs, &n, sizeof theirs) && n == 32, "OpenSSL");
    check(webhook_hmac(&key, WEBHOOK_STR("abc"), ours) == WEBHOOK_OK, "hmac");
    check(memcmp(ours, theirs, 32) == 0, "hmac beside OpenSSL's");
}
#endif

static void bench_hmac(void) {
    static const size_t size[] = { 32, 256, 1024, 4096, 65536 };
    char *text = (char *)memory(65536), title[64];
    size_t i, n = 1;
    for (i = 0; i < 65536; i++) text[i] = (char)next_random();
    for (i = 0; i < sizeof size / sizeof *size; i++) {
        webhook_str s = webhook_str_from(text, size[i]);
        job jobs[3] = { { "", our_hmac, NULL }, { "", NULL, NULL }, { "", NULL, NULL } };
        jobs[0].what = &s;
#ifdef BENCH_OPENSSL
        jobs[1].name = "OpenSSL HMAC()";
        jobs[1].call = openssl_hmac;
        jobs[2].name = "OpenSSL, context kept";
        jobs[2].call = openssl_kept;
        jobs[1].what = jobs[2].what = &s;
        n = 3;
#endif
        snprintf(title, sizeof title, "HMAC-SHA-256, prepared key, %lu B", (unsigned long)size[i]);
        measure(title, jobs, n);
    }
    free(text);
}

typedef struct delivery {
    webhook_message m;
    webhook_str signature;
} delivery;

static void our_verify(const void *what, size_t i) {
    const delivery *d = (const delivery *)what;
    (void)i;
    check(webhook_verify(NULL, &key, 1, &d->m, d->signature, 1736937010) == WEBHOOK_OK, "verify");
}

static void bench_verify(webhook_str body) {
    char hex[64], title[64];
    webhook_buf out = webhook_buf_from(hex, sizeof hex);
    delivery d = WEBHOOK_ZERO;
    d.m.timestamp = WEBHOOK_STR("1736937000");
    d.m.body = body;
    check(webhook_sign(NULL, &key, &d.m, &out) == WEBHOOK_OK, "sign");
    d.signature = webhook_buf_str(&out);
    snprintf(title, sizeof title, "verify, body of %lu B", (unsigned long)body.len);
    alone(title, our_verify, &d);
}

/* ---- JSON ---- */

#define HEAD                                                                                   \
    "{\"$id\":\"event_123\",\"event\":\"databases.main.tables.orders.rows.order_456.create\"," \
    "\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"payload\":{\"$id\":\"order_456\","           \
    "\"$tableId\":\"orders\",\"$databaseId\":\"main\","                                        \
    "\"$createdAt\":\"2025-01-15T10:30:00.000Z\",\"$updatedAt\":\"2025-01-15T10:30:00.000Z\"," \
    "\"customer\":\"John Doe\","
#define TAIL "\"total\":99.99}}"

/* The example of the documentation, with items in the payload up to about size bytes */
static webhook_str document(size_t size) {
    size_t room = size + sizeof HEAD + sizeof TAIL + 200, n = sizeof HEAD - 1, items = 0;
    char *text = (char *)memory(room);
    memcpy(text, HEAD, n);
    for (; n + sizeof TAIL + 100 < size; items++) {
        unsigned i = (unsigned)(items % 9000);
        n += (size_t)sprintf(
            text + n,
            "%s{\"sku\":\"A-%u\",\"name\":\"Coffee, ground\",\"count\":%u,\"price\":%u.%u%u}",
            items == 0 ? "\"items\":[" : ",", i, i % 7 + 1, i % 90, i % 10, i % 9 + 1);
    }
    if (items > 0) n += (size_t)sprintf(text + n, "],");
    memcpy(text + n, TAIL, sizeof TAIL - 1);
    return webhook_str_from(text, n + sizeof TAIL - 1);
}

/* The same as an editor shows it: a blank behind colons, every comma at the end of its line */
static webhook_str spaced(webhook_str s) {
    char *text = (char *)memory(s.len * 4);
    size_t i, n = 0;
    int quoted = 0;
    for (i = 0; i < s.len; i++) {
        text[n++] = s.ptr[i];
        if (s.ptr[i] == '"') quoted = !quoted;
        if (!quoted && s.ptr[i] == ':') text[n++] = ' ';
        if (!quoted && s.ptr[i] == ',') n += (size_t)sprintf(text + n, "\n  ");
    }
    return webhook_str_from(text, n);
}

static void our_find(const void *what, size_t i) {
    webhook_json_path p[3] = WEBHOOK_ZERO;
    (void)i;
    p[0].path = WEBHOOK_STR("/$id");
    p[1].path = WEBHOOK_STR("/event");
    p[2].path = WEBHOOK_STR("/payload/total");
    check(webhook_json_find(*(const webhook_str *)what, p, 3, NULL) == WEBHOOK_OK, "find");
    check(p[2].value.kind == WEBHOOK_JSON_NUMBER, "find");
    sink += p[2].value.offset;
}

static char *room; /* for what is written */
static size_t room_size;
static webhook_json_scratch scratch;

static webhook_str normal(webhook_str s) {
    webhook_json_writer w;
    webhook_buf b = webhook_buf_from(room, room_size);
    webhook_json_writer_init(&w, &b);
    check(webhook_json_put_json(&w, s, scratch, NULL) == WEBHOOK_OK, "normal form");
    check(webhook_json_writer_end(&w) == WEBHOOK_OK, "normal form");
    return webhook_buf_str(&b);
}

static void our_normal(const void *what, size_t i) {
    (void)i;
    sink += normal(*(const webhook_str *)what).len;
}

static void bench_json(const char *size, webhook_str s) {
    webhook_str blanks = spaced(s);
    char title[64];
    check(webhook_str_eq(normal(s), s) && webhook_str_eq(normal(blanks), s), "normal form");
    snprintf(title, sizeof title, "JSON, check and 3 look-ups, %s", size);
    alone(title, our_find, &s);
    snprintf(title, sizeof title, "normal form, of itself, %s", size);
    alone(title, our_normal, &s);
    snprintf(title, sizeof title, "normal form, of a text with blanks, %s", size);
    alone(title, our_normal, &blanks);
    release(blanks);
}

/* ---- numbers ---- */

#define NUMBERS 1024

typedef struct numbers {
    double v[NUMBERS];
    char text[NUMBERS][32]; /* NUL-terminated, as strtod wants it */
    size_t len[NUMBERS];
} numbers;

static void our_write(const void *what, size_t i) {
    char text[32];
    webhook_buf b = webhook_buf_from(text, sizeof text);
    webhook_binary64_write(&b, webhook_double_bits(((const numbers *)what)->v[i % NUMBERS]));
    sink += b.len;
}

static void libc_write(const void *what, size_t i) {
    char text[32];
    sink += (uint64_t)snprintf(text, sizeof text, "%.17g", ((const numbers *)what)->v[i % NUMBERS]);
}

static void our_read(const void *what, size_t i) {
    const numbers *x = (const numbers *)what;
    uint64_t bits;
    check(webhook_binary64_read(webhook_str_from(x->text[i % NUMBERS], x->len[i % NUMBERS]),
                                &bits) == WEBHOOK_OK,
          "number");
    sink += bits;
}

static void libc_read(const void *what, size_t i) {
    sink += webhook_double_bits(strtod(((const numbers *)what)->text[i % NUMBERS], NULL));
}

static void bench_numbers(int prices) {
    numbers *x = (numbers *)memory(sizeof *x);
    job write[2] = { { "", our_write, NULL }, { "snprintf(\"%.17g\")", libc_write, NULL } };
    job read[2] = { { "", our_read, NULL }, { "strtod", libc_read, NULL } };
    size_t i;
    write[0].what = write[1].what = read[0].what = read[1].what = x;
    for (i = 0; i < NUMBERS; i++) {
        webhook_buf b = webhook_buf_from(x->text[i], sizeof x->text[i] - 1);
        do
            x->v[i] = prices ? (double)(next_random() % 1000000) / 100
                             : webhook_double_from_bits(next_random());
        while (!isfinite(x->v[i]));
        webhook_binary64_write(&b, webhook_double_bits(x->v[i]));
        x->len[i] = b.len;
        x->text[i][b.len] = 0;
        check(strtod(x->text[i], NULL) == x->v[i], "number");
    }
    measure(prices ? "shortest text of a price" : "shortest text of random bits", write, 2);
    measure(prices ? "price from text" : "number from the text of random bits", read, 2);
    free(x);
}

/* ---- events and envelopes ---- */

static void our_match(const void *what, size_t i) {
    (void)i;
    check(webhook_event_match(WEBHOOK_STR("databases.*.tables.orders.rows.*"),
                              *(const webhook_str *)what) == WEBHOOK_OK,
          "match");
}

static void our_payload_read(const void *what, size_t i) {
    webhook_envelope e;
    (void)i;
    check(webhook_payload_read(*(const webhook_str *)what, &e, NULL) == WEBHOOK_OK, "envelope");
    sink += e.payload.len;
}

static void our_payload_write(const void *what, size_t i) {
    webhook_buf b = webhook_buf_from(room, room_size);
    (void)i;
    check(webhook_payload_write(&b, (const webhook_envelope *)what, scratch, NULL) == WEBHOOK_OK,
          "envelope");
    sink += b.len;
}

/* ---- HTTP ---- */

/* A browser's request: 13 fields, none of them ours */
static const char browser[] =
    "GET /catalogue/coffee/ethiopia-yirgacheffe-washed?sort=price&page=2 HTTP/1.1\r\n"
    "Host: www.roastery.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
    "Accept-Language: de,en-GB;q=0.7,en;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Referer: https://www.roastery.example.com/catalogue\r\n"
    "DNT: 1\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=b3c1f0; seen=1; theme=dark\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Priority: u=0, i\r\n"
    "\r\n";

static void our_request(const void *what, size_t i) {
    webhook_str in = *(const webhook_str *)what;
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    webhook_http_token t;
    (void)i;
    check(webhook_http_init(&c, &d) == WEBHOOK_OK, "request");
    while (webhook_http_next(&c, &in, &t) == WEBHOOK_OK) sink += t.value.len;
    check(in.len == 0 && c.fields == 13, "request");
}

/* A delivery from its first byte to the fields of its envelope */
static void our_receive(const void *what, size_t i) {
    webhook_str in = *(const webhook_str *)what, body = WEBHOOK_STR("");
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_receive_ctx c;
    webhook_http_token t;
    webhook_envelope e;
    unsigned verified = 0;
    (void)i;
    check(webhook_receive_init(&c, &d) == WEBHOOK_OK, "delivery");
    while (webhook_receive_next(&c, &in, &t) == WEBHOOK_OK) {
        if (t.kind == WEBHOOK_HTTP_HEAD) webhook_receive_keys(&c, &key, 1, 1736937010);
        if (t.kind == WEBHOOK_HTTP_BODY) body = t.value;
        if (t.kind == WEBHOOK_HTTP_VERIFIED) verified++;
    }
    check(verified == 1 && webhook_payload_read(body, &e, NULL) == WEBHOOK_OK, "delivery");
    sink += e.payload.len;
}

static void bench_http(webhook_str body) {
    webhook_str request = webhook_str_from(browser, sizeof browser - 1);
    char text[2048], title[64];
    webhook_buf b = webhook_buf_from(text, sizeof text);
    webhook_scheme s = webhook_scheme_default();
    webhook_message m = WEBHOOK_ZERO;
    webhook_url u;
    char hex[WEBHOOK_SIGNATURE_MAX];
    webhook_buf signature = webhook_buf_from(hex, sizeof hex);
    m.timestamp = WEBHOOK_STR("1736937000");
    m.body = body;
    check(webhook_sign(NULL, &key, &m, &signature) == WEBHOOK_OK, "sign");
    check(webhook_url_read(WEBHOOK_STR("http://127.0.0.1:8080/hook"), &u, NULL) == WEBHOOK_OK,
          "URL");
    webhook_http_put_request(&b, WEBHOOK_STR("POST"), &u);
    webhook_http_put_field(&b, WEBHOOK_STR("Content-Type"), WEBHOOK_STR("application/json"));
    webhook_http_put_field(&b, WEBHOOK_STR("User-Agent"),
                           WEBHOOK_STR("webhook.h/" WEBHOOK_VERSION_STRING));
    webhook_http_put_field(&b, s.webhook_id_field, WEBHOOK_STR("orders"));
    webhook_http_put_field(&b, s.events_field,
                           WEBHOOK_STR("databases.main.tables.orders.rows.order_456.create"));
    webhook_http_put_field(&b, s.name_field, WEBHOOK_STR("Orders"));
    webhook_http_put_field(&b, s.timestamp_field, m.timestamp);
    webhook_http_put_field(&b, s.signature_field, webhook_buf_str(&signature));
    webhook_http_put_length(&b, body.len);
    webhook_buf_put(&b, body);
    check(webhook_buf_end(&b) == WEBHOOK_OK, "delivery");
    snprintf(title, sizeof title, "HTTP request, 13 fields, %lu B", (unsigned long)request.len);
    alone(title, our_request, &request);
    request = webhook_buf_str(&b);
    snprintf(title, sizeof title, "receive: read, verify, unpack, %lu B",
             (unsigned long)request.len);
    alone(title, our_receive, &request);
}

int main(int argc, char **argv) {
    webhook_str small = document(0), middle = document(10000), large = document(1000000);
    webhook_str event = WEBHOOK_STR("databases.main.tables.orders.rows.order_456.create");
    webhook_envelope e;
    if (argc > 1 && strcmp(argv[1], "-q") == 0) {
        repetitions = 3;
        batch_ns = 2e5;
    }
    room_size = large.len + 1024;
    room = (char *)memory(room_size);
    scratch.n = WEBHOOK_JSON_SCRATCH(large.len * 4);
    scratch.ptr = (uint32_t *)memory(scratch.n * sizeof *scratch.ptr);
    check(webhook_hmac_key_init(&key, webhook_str_from(secret, sizeof secret - 1)) == WEBHOOK_OK,
          "key");
    printf("%-46s %12s %8s\n", "", "ns per call", "ratio");
#ifdef BENCH_OPENSSL
    openssl_begin();
#endif
    bench_hmac();
    bench_verify(small);
    bench_json("the example", small);
    bench_json("10 KB", middle);
    bench_json("1 MB", large);
    bench_numbers(0);
    bench_numbers(1);
    alone("event match", our_match, &event);
    alone("envelope, read", our_payload_read, &small);
    check(webhook_payload_read(small, &e, NULL) == WEBHOOK_OK, "envelope");
    alone("envelope, write", our_payload_write, &e);
    bench_http(small);
    release(small);
    release(middle);
    release(large);
    free(room);
    free(scratch.ptr);
#ifdef BENCH_OPENSSL
    EVP_MAC_CTX_free(kept);
#endif
    return 0;
}
