/* curl_multi.c -- the engine over libcurl: its multi interface is the transport
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/curl_multi.c -pthread -lcurl -o curl_multi
 *     WEBHOOK_SECRET=secret-key-123 ./curl_multi http://localhost:8080/
 *
 * Copy struct job and all down to turn. Left to itself libcurl uses proxies, may follow redirects,
 * speaks many protocols, and connects to wherever a name leads: a sender of webhooks wants none of
 * this, so all of it is switched off, and the guard is asked about each address before there is a
 * socket to it. The clocks and the random bytes are those of WEBHOOK_POSIX; it does no more here.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* NOLINT: the name is POSIX's */
#endif
#define WEBHOOK_POSIX
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "../webhook.h"

enum { SLOTS = 16, FIELD_MAX = 16384 };

struct job {
    CURL *easy;
    struct curl_slist *fields;
    const webhook_guard *guard;
    webhook_attempt attempt;
    uint64_t begun_ms;
    uint32_t head_ms;             /* how long the head of the answer took */
    size_t body_left, retry_len;  /* of the answer: bytes that are still taken; of Retry-After */
    uint8_t has_head, is_refused; /* the final head is there; an address was not allowed */
    char retry_after[WEBHOOK_RETRY_AFTER_MAX];
    char words[CURL_ERROR_SIZE];
};

struct transport {
    CURLM *multi;
    webhook_delivery *engine;
    struct job job[SLOTS];
};

/* ---- what libcurl calls ---- */

/* open_socket -- to an address that the guard allows; what a name stands for is known only here */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *to) {
    struct job *j = (struct job *)user;
    const void *address = &to->addr;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    webhook_status s = WEBHOOK_ERR_FORBIDDEN;
    if (purpose == CURLSOCKTYPE_IPCXN && to->family == AF_INET && to->addrlen >= sizeof four) {
        memcpy(&four, address, sizeof four);
        s = webhook_guard_check(j->guard, (const unsigned char *)&four.sin_addr, 4);
    }
    if (purpose == CURLSOCKTYPE_IPCXN && to->family == AF_INET6 && to->addrlen >= sizeof six) {
        memcpy(&six, address, sizeof six);
        s = webhook_guard_check(j->guard, six.sin6_addr.s6_addr, 16);
    }
    j->is_refused = s != WEBHOOK_OK;
    return s != WEBHOOK_OK ? CURL_SOCKET_BAD : socket(to->family, to->socktype, to->protocol);
}

/* take_line -- a line of a head, which may be one of several: of 100 Continue, for instance */
static size_t take_line(char *ptr, size_t size, size_t n, void *user) {
    struct job *j = (struct job *)user;
    webhook_str value = webhook_str_from(ptr, size * n), name;
    long status = 0;
    if (j->has_head) return size * n; /* a field behind a chunked body */
    (void)webhook_str_cut(&value, ':', &name);
    while (value.len > 0 && (value.ptr[0] == ' ' || value.ptr[0] == '\t'))
        value = webhook_str_from(value.ptr + 1, value.len - 1);
    while (value.len > 0 && (unsigned char)value.ptr[value.len - 1] <= ' ') value.len--;
    if (webhook_str_ieq(name, WEBHOOK_STR("Retry-After")) && value.len <= sizeof j->retry_after) {
        memcpy(j->retry_after, value.ptr, value.len);
        j->retry_len = value.len;
    }
    curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
    if (size * n == 2) { /* the blank line */
        j->head_ms = (uint32_t)(webhook_posix_tick() - j->begun_ms);
        j->has_head = status >= 200;
        if (!j->has_head) j->retry_len = 0;
    }
    return size * n;
}

/* take_body -- read on to keep the connection, but not for ever: the status is known already */
static size_t take_body(char *ptr, size_t size, size_t n, void *user) {
    struct job *j = (struct job *)user;
    (void)ptr;
    if (size * n > j->body_left) return 0;
    j->body_left -= size * n;
    return size * n;
}

/* ---- what the engine calls ---- */

/* set_fields -- libcurl writes Host and Content-Length; what else it would write is suppressed by
 * an empty one. Of a field without a value it wants a semicolon. */
static int set_fields(struct job *j, webhook_str fields) {
    static const char *const none[] = { "Accept:", "Expect:" };
    char text[FIELD_MAX];
    webhook_str line, value, name;
    size_t i;
    while (webhook_str_cut(&fields, '\n', &line) == WEBHOOK_OK) {
        webhook_buf b = webhook_buf_from(text, sizeof text);
        struct curl_slist *longer;
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
        value = line;
        (void)webhook_str_cut(&value, ':', &name);
        if (webhook_str_ieq(name, WEBHOOK_STR("Host")) ||
            webhook_str_ieq(name, WEBHOOK_STR("Content-Length")))
            continue;
        webhook_buf_put(&b, value.len > 1 ? line : name);
        webhook_buf_put(&b, value.len > 1 ? WEBHOOK_STR("\0") : WEBHOOK_STR(";\0"));
        if (webhook_buf_end(&b) != WEBHOOK_OK) return 0;
        longer = curl_slist_append(j->fields, text);
        if (longer == NULL) return 0;
        j->fields = longer;
    }
    for (i = 0; i < sizeof none / sizeof *none; i++) {
        struct curl_slist *longer = curl_slist_append(j->fields, none[i]);
        if (longer == NULL) return 0;
        j->fields = longer;
    }
    return curl_easy_setopt(j->easy, CURLOPT_HTTPHEADER, j->fields) == CURLE_OK;
}

static int restrict_to_http(CURL *e) {
#if LIBCURL_VERSION_NUM >= 0x075500
    if (curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK) return 0;
#else
    if (curl_easy_setopt(e, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS) != CURLE_OK)
        return 0;
#endif
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    return curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK; /* not even the environment's */
}

static int set_request(struct job *j, const webhook_request *r) {
    char url[WEBHOOK_URL_MAX + 1];
    memcpy(url, r->url.text.ptr, r->url.text.len);
    url[r->url.text.len] = 0;
    curl_easy_setopt(j->easy, CURLOPT_PRIVATE, j);
    curl_easy_setopt(j->easy, CURLOPT_ERRORBUFFER, j->words);
    curl_easy_setopt(j->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(j->easy, CURLOPT_OPENSOCKETDATA, j);
    curl_easy_setopt(j->easy, CURLOPT_HEADERFUNCTION, take_line);
    curl_easy_setopt(j->easy, CURLOPT_HEADERDATA, j);
    curl_easy_setopt(j->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(j->easy, CURLOPT_WRITEDATA, j);
    curl_easy_setopt(j->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(j->easy, CURLOPT_POSTFIELDS, r->body.len > 0 ? r->body.ptr : "");
    curl_easy_setopt(j->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
    curl_easy_setopt(j->easy, CURLOPT_TIMEOUT_MS, (long)(r->deadline_ms - j->begun_ms));
    return curl_easy_setopt(j->easy, CURLOPT_URL, url) == CURLE_OK && set_fields(j, r->fields);
}

static void clean(struct transport *t, struct job *j) {
    if (j->easy != NULL) curl_multi_remove_handle(t->multi, j->easy);
    curl_easy_cleanup(j->easy); /* its connection stays with the multi handle */
    curl_slist_free_all(j->fields);
    j->easy = NULL;
    j->fields = NULL;
}

static void start(void *transport, webhook_attempt a, const webhook_request *r) {
    struct transport *t = (struct transport *)transport;
    struct job *j = &t->job[a.slot];
    webhook_result failed = WEBHOOK_ZERO;
    j->attempt = a;
    j->begun_ms = webhook_posix_tick();
    j->body_left = WEBHOOK_ANSWER_MAX;
    j->retry_len = 0;
    j->has_head = j->is_refused = 0;
    j->words[0] = 0;
    j->easy = curl_easy_init();
    if (j->easy != NULL && restrict_to_http(j->easy) && set_request(j, r) &&
        curl_multi_add_handle(t->multi, j->easy) == CURLM_OK)
        return;
    clean(t, j);
    failed.error = WEBHOOK_STR("libcurl does not take the request");
    webhook_delivery_complete(t->engine, a, &failed);
}

static void cancel(void *transport, webhook_attempt a) {
    struct transport *t = (struct transport *)transport;
    clean(t, &t->job[a.slot]);
}

/* ---- the loop ---- */

static void ended(struct transport *t, struct job *j, CURLcode code) {
    webhook_result r = WEBHOOK_ZERO;
    long status = 0;
    curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
    if (j->has_head) { /* whatever happened to the body */
        r.status = (uint16_t)status;
        r.response_ms = j->head_ms;
        r.retry_after = webhook_str_from(j->retry_after, j->retry_len);
    } else {
        r.timed_out = code == CURLE_OPERATION_TIMEDOUT;
        r.error = webhook_str_from_cstr(j->words[0] != 0 ? j->words : curl_easy_strerror(code));
        if (j->is_refused) r.error = WEBHOOK_STR("the address is not allowed");
    }
    webhook_delivery_complete(t->engine, j->attempt, &r);
    clean(t, j);
}

/* turn -- wait until something has come or is due, and deal with it */
static void turn(struct transport *t) {
    uint64_t now = webhook_posix_tick();
    uint64_t next = webhook_delivery_run(t->engine, now, webhook_posix_unix_ms());
    uint64_t wait = next <= now ? 0 : next - now > 60000 ? 60000 : next - now;
    CURLMsg *m;
    int n;
    if (t->engine->queued == 0) return; /* this program has nothing else to do */
    curl_multi_poll(t->multi, NULL, 0, (int)wait, NULL);
    curl_multi_perform(t->multi, &n);
    while ((m = curl_multi_info_read(t->multi, &n)) != NULL) {
        struct job *j = NULL;
        if (m->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &j);
        ended(t, j, m->data.result);
    }
}

/* ---- one event to one webhook ---- */

static void log_attempt(void *user, const webhook_log_entry *e) {
    (void)user;
    fprintf(stderr, "attempt %lu: status %u in %lu ms%s%.*s\n", (unsigned long)e->attempt,
            e->status, (unsigned long)e->response_ms, e->error.len > 0 ? ", " : "",
            (int)e->error.len, e->error.ptr);
}

static webhook_status emit(webhook_delivery *engine) {
    char body[256], id[WEBHOOK_ID_MAX];
    unsigned char random[16];
    webhook_buf b = webhook_buf_from(body, sizeof body);
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_json_writer w;
    webhook_emit m = WEBHOOK_ZERO;
    webhook_emitted out;
    webhook_status s = webhook_posix_random(random, sizeof random);
    if (s != WEBHOOK_OK) return s;
    e.id = webhook_id_make(id, random);
    e.event = WEBHOOK_STR("orders.o1.create");
    e.unix_ms = webhook_posix_unix_ms();
    webhook_payload_begin(&w, &b, &e);
    webhook_json_put_string(&w, WEBHOOK_STR("over libcurl"));
    s = webhook_payload_end(&w);
    m.body = webhook_buf_str(&b);
    return s == WEBHOOK_OK ? webhook_delivery_emit(engine, &m, &out) : s;
}

static webhook_status set_up(struct transport *t, webhook_registry *registry,
                             const webhook_guard *guard, const char *url) {
    static uint64_t arena[1024], records[2048], memory[1 << 16];
    static webhook_memory_store in_memory;
    static webhook_store store;
    webhook_registry_desc r = WEBHOOK_ZERO;
    webhook_delivery_desc d = WEBHOOK_ZERO;
    webhook_settings settings = WEBHOOK_ZERO;
    webhook_change change;
    webhook_status s = webhook_memory_store_init(&in_memory, records, sizeof records, &store);
    size_t i;
    for (i = 0; i < SLOTS; i++) t->job[i].guard = guard;
    r.arena = arena;
    r.arena_len = sizeof arena;
    r.store = &store;
    r.guard = guard;
    d.registry = registry;
    d.memory = memory;
    d.memory_len = sizeof memory;
    d.max_in_flight = SLOTS;
    d.transport = t;
    d.start = start;
    d.cancel = cancel;
    d.log = log_attempt;
    settings.id = settings.name = WEBHOOK_STR("curl");
    settings.url = webhook_str_from_cstr(url);
    settings.events = WEBHOOK_STR("orders.*");
    settings.secret = webhook_str_from_cstr(getenv("WEBHOOK_SECRET"));
    if (s == WEBHOOK_OK) s = webhook_registry_init(registry, &r);
    if (s == WEBHOOK_OK) s = webhook_delivery_init(t->engine, &d);
    if (s != WEBHOOK_OK) return s;
    s = webhook_registry_create(registry, &settings, webhook_posix_unix_ms(), &change);
    if (s != WEBHOOK_OK) fprintf(stderr, "curl_multi: %s: ", webhook_setting_str(change.fault));
    return s;
}

int main(int argc, char **argv) {
    static struct transport t;
    static webhook_delivery engine;
    static webhook_registry registry;
    webhook_guard guard = WEBHOOK_ZERO;
    webhook_status s;
    guard.allow_private = 1; /* to try it at home; without it to public addresses alone */
    if (argc != 2) return fputs("usage: WEBHOOK_SECRET=... curl_multi URL\n", stderr), 2;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return 1;
    t.multi = curl_multi_init();
    t.engine = &engine;
    s = t.multi == NULL ? WEBHOOK_ERR_IO : set_up(&t, &registry, &guard, argv[1]);
    if (s == WEBHOOK_OK) s = emit(&engine);
    while (s == WEBHOOK_OK && engine.queued > 0) turn(&t);
    curl_multi_cleanup(t.multi);
    curl_global_cleanup();
    if (s != WEBHOOK_OK) fprintf(stderr, "%s\n", webhook_status_str(s));
    return s != WEBHOOK_OK || engine.delivered != 1;
}
