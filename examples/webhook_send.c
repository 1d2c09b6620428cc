/* webhook_send.c -- the command send of the tool: one delivery, through the engine
 *
 * A registry with one webhook, a store in memory, the engine and the client of the event loop. What
 * is wrong with a setting the registry knows; here it gets the name of its option. The command line
 * is judged before standard input is read, the payload before anything is sent. With HAVE_OPENSSL
 * https is spoken through tls_openssl.c.
 */
#include "webhook_tool.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_OPENSSL
#include "tls_openssl.h"
#endif

#define ARENA_SIZE 32768 /* twice what the largest settings take */
#define LINES_SIZE 16384 /* of all --header together, which is more than the registry takes */

typedef struct delivery {
    const arguments *a;
    webhook_net nets[WORDS_MAX];
    webhook_guard guard;
    webhook_settings settings;
    webhook_url url;
    const char *secret_from; /* where it was found, for messages */
    char *secret;
    char lines[LINES_SIZE];    /* settings.headers */
    size_t line_at[WORDS_MAX]; /* where in them each --header begins */
    uint32_t limit_ms, base_ms, retries;
    webhook_envelope envelope;
    char id[WEBHOOK_ID_MAX];
    char *body;
    size_t body_len;
    webhook_tls tls;
    /* what delivers it */
    webhook_memory_store in_memory;
    webhook_store store;
    void *block; /* of the store */
    size_t block_len;
    webhook_registry registry;
    uint64_t arena[ARENA_SIZE / 8];
    webhook_delivery engine;
    uint64_t memory[WEBHOOK_DELIVERY_SIZE(1, 1, 1, 1, 16384) / 8 + 1];
    /* what became of the last attempt */
    uint16_t status;
    uint32_t response_ms;
    char words[256];
} delivery;

/* ---- TLS, or none ---- */

#ifdef HAVE_OPENSSL
const char *tls_name(void) {
    static char name[64];
    snprintf(name, sizeof name, "OpenSSL %s", tls_openssl_version());
    return name;
}

/* open_tls -- where the URL wants it; trusts --ca-file, else SSL_CERT_FILE, else the system */
static int open_tls(delivery *d) {
    const char *file = d->a->value[OPT_CA_FILE], *where = "--ca-file", *error;
    if (!d->url.https) return DONE;
    if (file == NULL) {
        file = getenv("SSL_CERT_FILE");
        where = "SSL_CERT_FILE";
    }
    if (file != NULL && file[0] == 0) file = NULL;
    error = tls_openssl_open(&d->tls, file);
    return error == NULL ? DONE : fail(d->a, file == NULL ? NULL : where, error);
}

static void close_tls(delivery *d) {
    tls_openssl_close(&d->tls);
}
#else
const char *tls_name(void) {
    return NULL;
}

static int open_tls(delivery *d) {
    if (!d->url.https) return DONE;
    return fail(d->a, "URL", "this build has no TLS: install libssl-dev and build again");
}

static void close_tls(delivery *d) {
    (void)d;
}
#endif

/* ---- the command line: what no registry is told ---- */

static int read_guard(delivery *d) {
    const word_list *l = &d->a->nets;
    for (; d->guard.n_nets < l->n; d->guard.n_nets++)
        if (webhook_net_read(webhook_str_from_cstr(l->word[d->guard.n_nets]),
                             &d->nets[d->guard.n_nets]) != WEBHOOK_OK)
            return fail(d->a, "--allow-net",
                        "wants a block of addresses such as 10.1.0.0/16 or fd00::/8, with no bit "
                        "set behind the prefix");
    d->guard.nets = d->nets;
    d->guard.allow_private = d->a->value[OPT_ALLOW_PRIVATE] != NULL;
    return DONE;
}

/* read_seconds -- with a fraction or without, 0.001 to max_s: 1 and into milliseconds, else 0 */
static int read_seconds(const char *text, uint64_t max_s, uint32_t *ms_out) {
    webhook_str rest = webhook_str_from_cstr(text), whole;
    uint64_t s, ms = 0, unit = 100;
    size_t i;
    if (webhook_str_cut(&rest, '.', &whole) != WEBHOOK_OK ||
        webhook_decimal_read(whole, &s) != WEBHOOK_OK || s > max_s)
        return 0;
    if (strchr(text, '.') != NULL && webhook_decimal_read(rest, &ms) == WEBHOOK_ERR_SYNTAX)
        return 0;
    ms = s * 1000;
    for (i = 0; i < rest.len && unit > 0; i++, unit /= 10)
        ms += (uint64_t)(rest.ptr[i] - '0') * unit;
    *ms_out = (uint32_t)ms;
    return ms > 0 && ms <= max_s * 1000;
}

static int read_times(delivery *d) {
    char *const *value = d->a->value;
    uint64_t retries = 0;
    d->limit_ms = 30000;
    d->base_ms = 5000;
    if (value[OPT_TIME_LIMIT] != NULL && !read_seconds(value[OPT_TIME_LIMIT], 86400, &d->limit_ms))
        return fail(d->a, "--time-limit", "wants 0.001 to 86400 seconds");
    if (value[OPT_RETRY_BASE] != NULL && !read_seconds(value[OPT_RETRY_BASE], 3600, &d->base_ms))
        return fail(d->a, "--retry-base", "wants 0.001 to 3600 seconds");
    if (value[OPT_MAX_RETRIES] != NULL && !whole_number(value[OPT_MAX_RETRIES], 0, 65534, &retries))
        return fail(d->a, "--max-retries", "wants 0 to 65534");
    d->retries = (uint32_t)retries;
    return DONE;
}

/* ---- the command line: settings of the webhook ---- */

static const char fields_too_long[] = "all of them together have more than 4096 bytes";

static webhook_str trim(webhook_str s) {
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = webhook_str_from(s.ptr + 1, s.len - 1);
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) s.len--;
    return s;
}

/* fail_field -- at is a byte of --header i; the words are without its value, which may be a secret
 */
static int fail_field(const delivery *d, size_t i, size_t at) {
    const char *text = d->a->fields.word[i], *colon = strchr(text, ':');
    const char *words = "no control character may stand in a value";
    if (text + at < colon) words = "no such byte may stand in a name";
    if (text == colon) words = "has no name";
    return fail_at(d->a, "--header", at, words);
}

/* read_fields -- what could be taken for more than one line is found here, all else by the registry
 */
static int read_fields(delivery *d) {
    const word_list *l = &d->a->fields;
    webhook_buf b = webhook_buf_from(d->lines, sizeof d->lines);
    size_t i;
    for (i = 0; i < l->n; i++) {
        webhook_str value = webhook_str_from_cstr(l->word[i]), name;
        size_t end = strcspn(l->word[i], "\r\n");
        if (strchr(l->word[i], ':') == NULL)
            return fail_at(d->a, "--header", value.len, "wants a name, a colon and a value");
        if (l->word[i][end] != 0) return fail_field(d, i, end);
        (void)webhook_str_cut(&value, ':', &name);
        d->line_at[i] = b.len;
        webhook_buf_put(&b, name);
        webhook_buf_put(&b, WEBHOOK_STR(": "));
        webhook_buf_put(&b, trim(value));
        webhook_buf_put(&b, WEBHOOK_STR("\r\n"));
    }
    d->settings.headers = webhook_buf_str(&b);
    return webhook_buf_end(&b) == WEBHOOK_OK ? DONE : fail(d->a, "--header", fields_too_long);
}

static int keep_secret(const arguments *a, void *user, const char *where, webhook_str secret) {
    delivery *d = (delivery *)user;
    d->secret = (char *)malloc(secret.len + 1);
    if (d->secret == NULL) return fail(a, NULL, "too little memory");
    if (secret.len > 0) memcpy(d->secret, secret.ptr, secret.len);
    d->secret_from = where;
    d->settings.secret = webhook_str_from(d->secret, secret.len);
    return DONE;
}

static int read_secret(delivery *d) {
    if (d->a->value[OPT_NO_SIGNATURE] == NULL) return each_secret(d->a, 1, keep_secret, d);
    d->settings.security = WEBHOOK_NO;
    d->settings.secret = WEBHOOK_STR("signs nothing"); /* there is one in any case */
    return d->a->n_secrets == 0 ? DONE : fail(d->a, "--no-signature", "and a secret are given");
}

static webhook_str option_or(const arguments *a, int id, const char *otherwise) {
    const char *text = a->value[id];
    return webhook_str_from_cstr(text == NULL ? otherwise : text);
}

static int read_settings(delivery *d) {
    const arguments *a = d->a;
    webhook_settings *s = &d->settings;
    s->id = option_or(a, OPT_WEBHOOK_ID, "local");
    s->name = option_or(a, OPT_NAME, "webhook send");
    s->url = webhook_str_from_cstr(a->operand[0]);
    s->events = d->envelope.event; /* a name is a pattern, of this event alone */
    s->http_user = option_or(a, OPT_USER, NULL);
    s->http_pass =
        option_or(a, OPT_PASS, a->value[OPT_USER] == NULL ? NULL : getenv("WEBHOOK_PASS"));
    if (a->value[OPT_USER] != NULL && s->http_user.len == 0)
        return fail(a, "--user", "is empty"); /* to the registry it is none */
    if (a->value[OPT_ALLOW_BASIC] != NULL) s->basic_over_http = WEBHOOK_YES;
    return read_fields(d) == DONE ? read_secret(d) : BAD;
}

/* ---- what the registry refuses, in the words of the command line ---- */

/* is_open -- would the guard let a connection to this literal address, were it as lax as that? */
static int is_open(const webhook_url *u, int allow_private, int allow_all) {
    webhook_net all = WEBHOOK_ZERO; /* of this family */
    webhook_guard g = WEBHOOK_ZERO;
    all.len = u->host_kind == WEBHOOK_HOST_IPV4 ? 4 : 16;
    g.allow_private = (uint8_t)allow_private;
    g.nets = &all;
    g.n_nets = (size_t)allow_all;
    return webhook_guard_check(&g, u->ip, all.len) == WEBHOOK_OK;
}

static int fail_url(const delivery *d, webhook_status s, size_t offset) {
    const char *words = "not a public address, and never allowed";
    webhook_url u;
    if (s == WEBHOOK_ERR_FORBIDDEN && webhook_url_read(d->settings.url, &u, NULL) == WEBHOOK_OK) {
        if (is_open(&u, 0, 1)) words = "not a public address: --allow-net allows it";
        if (is_open(&u, 1, 0))
            words = "not a public address: --allow-private or --allow-net allows it";
        return fail(d->a, "URL", words);
    }
    words = "wants http:// or https:// and a host, of visible ASCII, without user information, "
            "fragment or odd spelling";
    if (s == WEBHOOK_ERR_RANGE) words = "a port is 65535 at most";
    if (s == WEBHOOK_ERR_LIMIT)
        words = "a URL has 2048 bytes at most, a host 253, a label of it 63";
    return fail_at(d->a, "URL", offset, words);
}

static int fail_basic(const delivery *d, webhook_status s, const webhook_change *c) {
    const arguments *a = d->a;
    if (s == WEBHOOK_ERR_FORBIDDEN)
        return fail(a, "--user",
                    "a password over plain http: only with --allow-basic-over-http, or with "
                    "--allow-private to a private address or localhost");
    if (s == WEBHOOK_ERR_ARGUMENT && d->settings.http_user.len == 0)
        return fail(a, "--pass", "wants --user beside it");
    if (s == WEBHOOK_ERR_ARGUMENT) return fail(a, "--user", "wants --pass or WEBHOOK_PASS");
    if (c->fault == WEBHOOK_SET_HTTP_PASS)
        return fail_at(a, "password", c->offset,
                       s == WEBHOOK_ERR_LIMIT ? "is longer than 256 bytes"
                                              : "has a control character");
    return fail_at(a, "--user", c->offset,
                   s == WEBHOOK_ERR_LIMIT ? "longer than 128 bytes"
                                          : "a colon or a control character");
}

static int fail_header(const delivery *d, webhook_status s, size_t offset) {
    const word_list *l = &d->a->fields;
    webhook_str value, name;
    size_t i = l->n - 1, at;
    if (s == WEBHOOK_ERR_LIMIT) return fail(d->a, "--header", fields_too_long);
    while (i > 0 && d->line_at[i] > offset) i--;
    at = offset - d->line_at[i];
    value = webhook_str_from_cstr(l->word[i]);
    (void)webhook_str_cut(&value, ':', &name);
    if (at > name.len + 1) at += (size_t)(trim(value).ptr - l->word[i]) - name.len - 2;
    if (s == WEBHOOK_ERR_FORBIDDEN)
        return fail_at(d->a, "--header", at, "this field is not yours to set");
    if (s == WEBHOOK_ERR_DUPLICATE)
        return fail_at(d->a, "--header", at, "this field is given twice");
    return fail_field(d, i, at);
}

static int refused(const delivery *d, webhook_status s, const webhook_change *c) {
    const arguments *a = d->a;
    switch (c->fault) {
    case WEBHOOK_SET_URL: return fail_url(d, s, c->offset);
    case WEBHOOK_SET_ID:
        return fail_at(a, "--webhook-id", c->offset,
                       "wants 1 to 36 of A-Z a-z 0-9 . _ -, no sign first");
    case WEBHOOK_SET_NAME:
        return fail_at(
            a, "--name", c->offset,
            "wants 1 to 128 bytes of UTF-8, no control characters, no blanks at the ends");
    case WEBHOOK_SET_SECRET:
        return fail(a, d->secret_from,
                    s == WEBHOOK_ERR_LIMIT ? "the secret has more than 1024 bytes"
                                           : "the secret is empty or all blanks");
    case WEBHOOK_SET_HTTP_USER:
    case WEBHOOK_SET_HTTP_PASS: return fail_basic(d, s, c);
    case WEBHOOK_SET_HEADERS: return fail_header(d, s, c->offset);
    default: return fail(a, webhook_setting_str(c->fault), webhook_status_str(s));
    }
}

/* drop -- a block of bytes that holds secrets */
static void drop(void *ptr, size_t len) {
    if (ptr != NULL) webhook_wipe(ptr, len);
    free(ptr);
}

/* create -- the registry and its webhook, over a store with room for a body of so many bytes
 *
 * A store in memory does not grow: so this is done once to judge the settings, and again when the
 * body is known.
 */
static int create(delivery *d, size_t body_len) {
    webhook_registry_desc r = WEBHOOK_ZERO;
    webhook_change change = WEBHOOK_ZERO;
    webhook_status s;
    drop(d->block, d->block_len);
    d->block_len = WEBHOOK_MEMORY_STORE_SIZE(8, ARENA_SIZE + body_len);
    d->block = body_len < SIZE_MAX / 2 ? malloc(d->block_len) : NULL;
    if (d->block == NULL) return fail(d->a, NULL, "too little memory");
    s = webhook_memory_store_init(&d->in_memory, d->block, d->block_len, &d->store);
    r.arena = d->arena;
    r.arena_len = sizeof d->arena;
    r.store = &d->store;
    r.guard = &d->guard;
    r.any_secret = 1;
    if (s == WEBHOOK_OK) s = webhook_registry_init(&d->registry, &r);
    if (s != WEBHOOK_OK) return fail(d->a, NULL, "too large a payload");
    s = webhook_registry_create(&d->registry, &d->settings, webhook_posix_unix_ms(), &change);
    return s == WEBHOOK_OK ? DONE : refused(d, s, &change);
}

static int read_all(delivery *d) {
    int code = read_envelope(d->a, d->id, &d->envelope);
    if (code == DONE) code = read_guard(d);
    if (code == DONE) code = read_times(d);
    if (code == DONE) code = read_settings(d);
    if (code == DONE) code = create(d, 0);
    if (code == DONE && webhook_url_read(d->settings.url, &d->url, NULL) == WEBHOOK_OK)
        code = open_tls(d);
    return code;
}

/* ---- the delivery ---- */

/* build_body -- the envelope around standard input */
static int build_body(delivery *d, input *in) {
    webhook_buf b;
    uint64_t len;
    size_t offset;
    int code = input_read_json(d->a, in);
    d->envelope.payload = in->text;
    if (code == DONE) code = measure_payload(d->a, in, &d->envelope, &len);
    if (code != DONE) return code;
    if (len <= SIZE_MAX) d->body = (char *)malloc((size_t)len);
    if (d->body == NULL) return fail(d->a, NULL, "too little memory");
    b = webhook_buf_from(d->body, (size_t)len);
    if (webhook_payload_write(&b, &d->envelope, in->scratch, &offset) != WEBHOOK_OK)
        return fail_json(d->a, offset, b.status);
    d->body_len = (size_t)len;
    return DONE;
}

/* log_attempt -- a retry is told, the last one kept */
static void log_attempt(void *user, const webhook_log_entry *e) {
    delivery *d = (delivery *)user;
    webhook_buf b = webhook_buf_from(d->words, sizeof d->words - 1);
    int64_t wait_ms = e->next_ms - webhook_posix_unix_ms();
    webhook_buf_put(&b, e->error);
    d->words[b.len] = 0;
    d->status = e->status;
    d->response_ms = e->response_ms;
    if (e->outcome != WEBHOOK_RETRYING) return;
    fprintf(stderr, "webhook: send: attempt %lu: %s; the next in %ld ms\n",
            (unsigned long)e->attempt, d->words, wait_ms < 0 ? 0L : (long)wait_ms);
}

static int report(const delivery *d) {
    output out;
    int code;
    if (d->status == 0) return failed(d->a, NULL, d->words);
    output_open(&out);
    webhook_decimal_write(&out.buf, d->status);
    output_put(&out, " in ");
    webhook_decimal_write(&out.buf, d->response_ms);
    output_put(&out, " ms\n");
    code = output_end(d->a, &out);
    return code != DONE ? code : d->engine.delivered == 1 ? DONE : NO;
}

static webhook_status emit(delivery *d) {
    webhook_emit what = WEBHOOK_ZERO;
    webhook_emitted out;
    webhook_status s;
    what.body = webhook_str_from(d->body, d->body_len);
    what.id = d->envelope.id;
    what.event = d->envelope.event;
    s = webhook_delivery_emit(&d->engine, &what, &out);
    free(d->body); /* the store has it */
    d->body = NULL;
    return s;
}

/* deliver_over -- start the engine over this client, and wait until the delivery has ended */
static int deliver_over(delivery *d, webhook_posix_client *client, webhook_posix_loop *loop) {
    webhook_delivery_desc desc = WEBHOOK_ZERO;
    webhook_status s;
    desc.registry = &d->registry;
    desc.memory = d->memory;
    desc.memory_len = sizeof d->memory;
    desc.max_queue = desc.max_events = desc.max_fanout = desc.max_in_flight = 1;
    desc.time_limit_ms = d->limit_ms;
    desc.retry_base_ms = d->base_ms;
    desc.max_retries = d->retries == 0 ? WEBHOOK_RETRIES_NONE : d->retries;
    desc.log_user = d;
    desc.log = log_attempt;
    s = webhook_posix_client_transport(client, &d->engine, &desc);
    if (s == WEBHOOK_OK) s = webhook_delivery_init(&d->engine, &desc);
    if (s == WEBHOOK_OK) s = emit(d);
    if (s != WEBHOOK_OK) return failed(d->a, NULL, webhook_status_str(s));
    for (;;) {
        uint64_t next =
            webhook_delivery_run(&d->engine, webhook_posix_tick(), webhook_posix_unix_ms());
        if (d->engine.queued == 0) break;
        webhook_posix_loop_wait(loop, next);
    }
    return report(d);
}

static int deliver(delivery *d) {
    webhook_posix_client_desc desc = WEBHOOK_ZERO;
    webhook_posix_client *client = NULL;
    int code;
    /* the engine would wait until it is */
    if (webhook_posix_unix_ms() < 1000) return fail(d->a, NULL, "the clock is not set");
    if (webhook_posix_loop_open(&desc.loop) != WEBHOOK_OK)
        return failed(d->a, NULL, "no event loop: too few descriptors or too little memory");
    desc.guard = &d->guard;
    desc.tls = d->url.https ? &d->tls : NULL;
    if (webhook_posix_client_open(&client, &desc) == WEBHOOK_OK)
        code = deliver_over(d, client, desc.loop);
    else
        code = failed(d->a, NULL, "too little memory");
    webhook_posix_client_close(client);
    webhook_posix_loop_close(desc.loop);
    return code;
}

static int run_send(const arguments *a) {
    static delivery d; /* starts as zeros */
    char *pass = a->value[OPT_PASS];
    input in = WEBHOOK_ZERO;
    int code;
    d.a = a;
    code = read_all(&d);
    if (code == DONE) code = build_body(&d, &in);
    input_free(&in);
    if (code == DONE) code = create(&d, d.body_len);
    if (pass != NULL) webhook_wipe(pass, strlen(pass));
    if (code == DONE) code = deliver(&d);
    close_tls(&d);
    drop(d.block, d.block_len);
    drop(d.secret, d.settings.secret.len);
    free(d.body);
    webhook_wipe(&d, sizeof d);
    return code;
}

/* ---- its help ---- */

static const option send_options[] = {
    { OPT_EVENT, 1, "--event", "E",
      "the name of the event, 1 to 16 segments joined by dots; required" },
    { OPT_ID, 0, "--id", "ID", "its $id: 1 to 36 of A-Z a-z 0-9 _ -; made at random unless given" },
    { OPT_TIME, 0, "--time", "ISO",
      "when it happened, as 2025-01-15T10:30:00.000Z; without it now" },
    { OPT_WEBHOOK_ID, 0, "--webhook-id", "ID",
      "of the header X-Appwrite-Webhook-Id: 1 to 36 of A-Z a-z 0-9 . _ -; local unless given" },
    { OPT_NAME, 0, "--name", "N",
      "of the header X-Appwrite-Webhook-Name; webhook send unless given" },
    { OPT_USER, 0, "--user", "U", "Basic authorization: the user; with --pass or WEBHOOK_PASS" },
    { OPT_PASS, 0, "--pass", "P",
      "the password; as with --secret, others can see it: better use WEBHOOK_PASS" },
    { OPT_ALLOW_BASIC, 0, "--allow-basic-over-http", NULL,
      "send the password without TLS; to private addresses --allow-private does" },
    { OPT_FIELD, 0, "--header", "'N: V'",
      "one more header field; up to 16 times, 4096 bytes in all" },
    { OPT_TIME_LIMIT, 0, "--time-limit", "S",
      "seconds for an attempt, looking up and connecting too; 30 unless given, 0.5 is half a one" },
    { OPT_MAX_RETRIES, 0, "--max-retries", "N",
      "how often it is tried again where an attempt fails; 0 unless given" },
    { OPT_RETRY_BASE, 0, "--retry-base", "S",
      "seconds before the first retry, five times as many before each further one, or what a "
      "Retry-After\n      asks for; an hour at most; 5 unless given" },
    { OPT_ALLOW_PRIVATE, 0, "--allow-private", NULL,
      "also to private, loopback, shared and unique local addresses; else to public ones alone" },
    { OPT_ALLOW_NET, 0, "--allow-net", "CIDR",
      "also to this block, 10.1.0.0/16 for instance; up to 16 times" },
    { OPT_CA_FILE, 0, "--ca-file", "F",
      "the certificates to trust for https, PEM, instead of SSL_CERT_FILE or the system's" },
    { OPT_NO_SIGNATURE, 0, "--no-signature", NULL, "without one: no secret is needed" },
    SECRET_OPTION(""),
    SECRET_FILE_OPTION,
    HELP_OPTION,
    END_OF_OPTIONS
};

const command send_command = {
    "send",
    { "URL", NULL },
    1,
    "deliver JSON from standard input to a URL",
    "Reads the payload, any JSON, from standard input, wraps it as payload does, signs it, sends "
    "it,\n"
    "and prints the status of the answer and the time it took. Where it is to be tried again, "
    "standard\n"
    "error tells each failed attempt, and the last one counts. Exit status 0: the status is 2xx; "
    "1: it\n"
    "is another, or there was no answer, and standard error says why.\n"
    "    echo '{\"total\":99.99}' | webhook send https://example.com/hook --event orders.o1.create "
    "\\\n"
    "        --secret-file secret\n",
    send_options,
    run_send
};
