/* webhook_send.c -- the command send of the tool: one delivery, one attempt
 *
 * The command line is judged before standard input is read, the payload before anything is sent.
 * With HAVE_OPENSSL https is spoken through tls_openssl.c.
 */
#include "webhook_tool.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_OPENSSL
#include "tls_openssl.h"
#endif

#define HEAD_SIZE 16384 /* target 2048, events 4096, fields of the user's 4096, and the rest */
#define USER_MAX 128
#define PASS_MAX 256
#define FIELDS_BYTES 4096
#define NAME_MAX_BYTES 128

typedef struct field {
    webhook_str name, value;
} field;

typedef struct delivery {
    const arguments *a;
    webhook_url url;
    webhook_net nets[WORDS_MAX];
    webhook_guard guard;
    webhook_str user, pass;
    field own[WORDS_MAX]; /* of --header */
    webhook_str webhook_id, name;
    uint32_t limit_ms;
    key_ring ring;
    webhook_envelope envelope;
    char id[WEBHOOK_ID_MAX];
    char *body;
    char head[HEAD_SIZE]; /* holds the password */
    webhook_request request;
    webhook_tls tls;
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

/* ---- where to ---- */

static int read_url(delivery *d) {
    size_t offset = 0;
    const char *why = "wants http:// or https:// and a host, of visible ASCII, without user "
                      "information, fragment or odd spelling";
    webhook_status s = webhook_url_read(webhook_str_from_cstr(d->a->operand[0]), &d->url, &offset);
    if (s == WEBHOOK_OK) return DONE;
    if (s == WEBHOOK_ERR_RANGE) why = "a port is 65535 at most";
    if (s == WEBHOOK_ERR_LIMIT) why = "a URL has 2048 bytes at most, a host 253, a label of it 63";
    return fail_at(d->a, "URL", offset, why);
}

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

static size_t address_len(const webhook_url *u) {
    return u->host_kind == WEBHOOK_HOST_IPV4 ? 4 : 16;
}

/* is_private -- is the host a literal address that --allow-private is about? */
static int is_private(const webhook_url *u) {
    webhook_guard nothing = WEBHOOK_ZERO, private_ones = WEBHOOK_ZERO;
    private_ones.allow_private = 1;
    return u->host_kind != WEBHOOK_HOST_NAME &&
           webhook_guard_check(&nothing, u->ip, address_len(u)) != WEBHOOK_OK &&
           webhook_guard_check(&private_ones, u->ip, address_len(u)) == WEBHOOK_OK;
}

/* check_address -- a literal address that the guard refuses is told before anything is read; what a
 * name stands for is judged when it is connected to */
static int check_address(const delivery *d) {
    webhook_net all = WEBHOOK_ZERO; /* of this family */
    webhook_guard open_to = WEBHOOK_ZERO;
    const char *why = "not a public address, and never allowed";
    if (d->url.host_kind == WEBHOOK_HOST_NAME) return DONE;
    all.len = (uint8_t)address_len(&d->url);
    if (webhook_guard_check(&d->guard, d->url.ip, all.len) == WEBHOOK_OK) return DONE;
    open_to.nets = &all;
    open_to.n_nets = 1;
    if (webhook_guard_check(&open_to, d->url.ip, all.len) == WEBHOOK_OK)
        why = "not a public address: --allow-net allows it";
    if (is_private(&d->url)) why = "not a public address: --allow-private or --allow-net allows it";
    return fail(d->a, "URL", why);
}

/* ---- what with ---- */

/* read_limit -- seconds with a fraction or without, into milliseconds */
static int read_limit(delivery *d) {
    static const char wants[] = "wants 0.001 to 86400 seconds";
    const char *text = d->a->value[OPT_TIME_LIMIT];
    webhook_str rest = webhook_str_from_cstr(text), whole, part = WEBHOOK_ZERO;
    uint64_t s, ms = 0, unit = 100;
    size_t i;
    d->limit_ms = 30000;
    if (text == NULL) return DONE;
    if (webhook_str_cut(&rest, '.', &whole) != WEBHOOK_OK ||
        webhook_decimal_read(whole, &s) != WEBHOOK_OK || s > 86400)
        return fail(d->a, "--time-limit", wants);
    if (strchr(text, '.') != NULL) {
        part = rest;
        if (webhook_decimal_read(part, &ms) == WEBHOOK_ERR_SYNTAX)
            return fail(d->a, "--time-limit", wants);
    }
    ms = s * 1000;
    for (i = 0; i < part.len && unit > 0; i++, unit /= 10)
        ms += (uint64_t)(part.ptr[i] - '0') * unit;
    if (ms == 0 || ms > 86400000) return fail(d->a, "--time-limit", wants);
    d->limit_ms = (uint32_t)ms;
    return DONE;
}

static int is_word_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int read_webhook_id(delivery *d) {
    const char *text = d->a->value[OPT_WEBHOOK_ID];
    webhook_str s = webhook_str_from_cstr(text == NULL ? "local" : text);
    size_t i = 0;
    while (i < s.len && i < 36 && (is_word_byte(s.ptr[i]) || (i > 0 && strchr("._-", s.ptr[i]))))
        i++;
    d->webhook_id = s;
    if (s.len > 0 && i == s.len) return DONE;
    return fail_at(d->a, "--webhook-id", i, "wants 1 to 36 of A-Z a-z 0-9 . _ -, no sign first");
}

static int is_control(char c) {
    return ((unsigned char)c < 32) || c == 127;
}

/* find_control -- the first control character of s, s.len without one */
static size_t find_control(webhook_str s) {
    size_t i = 0;
    while (i < s.len && !is_control(s.ptr[i])) i++;
    return i;
}

static int read_name(delivery *d) {
    const char *text = d->a->value[OPT_NAME];
    webhook_str s = webhook_str_from_cstr(text == NULL ? "webhook send" : text);
    webhook_buf count = WEBHOOK_ZERO;
    webhook_json_writer w;
    size_t control = find_control(s);
    d->name = s;
    if (control < s.len) return fail_at(d->a, "--name", control, "a control character");
    webhook_json_writer_init(&w, &count); /* a string of JSON must be UTF-8 */
    webhook_json_put_string(&w, s);
    if (s.len > 0 && s.len <= NAME_MAX_BYTES && s.ptr[0] != ' ' && s.ptr[s.len - 1] != ' ' &&
        webhook_json_writer_end(&w) == WEBHOOK_OK)
        return DONE;
    return fail(d->a, "--name", "wants 1 to 128 bytes of UTF-8 without blanks at the ends");
}

/* basic_may_go -- over https always; else where the host is as private as the user has said, or
 * where it was asked for in so many words */
static int basic_may_go(const delivery *d) {
    const arguments *a = d->a;
    if (d->url.https || a->value[OPT_ALLOW_BASIC] != NULL) return 1;
    return a->value[OPT_ALLOW_PRIVATE] != NULL &&
           (is_private(&d->url) || webhook_str_ieq(d->url.host, WEBHOOK_STR("localhost")));
}

static int read_basic(delivery *d) {
    const arguments *a = d->a;
    char *pass = a->value[OPT_PASS];
    const char *env = getenv("WEBHOOK_PASS"), *user = a->value[OPT_USER];
    size_t i;
    if (user == NULL) return pass == NULL ? DONE : fail(a, "--pass", "wants --user beside it");
    if (pass == NULL && env == NULL) return fail(a, "--user", "wants --pass or WEBHOOK_PASS");
    d->user = webhook_str_from_cstr(user);
    d->pass = webhook_str_from_cstr(pass == NULL ? env : pass);
    for (i = 0; i < d->user.len; i++)
        if (d->user.ptr[i] == ':' || is_control(d->user.ptr[i]))
            return fail_at(a, "--user", i, "a colon or a control character");
    if (d->user.len > USER_MAX) return fail_at(a, "--user", USER_MAX, "longer than 128 bytes");
    if (find_control(d->pass) < d->pass.len) return fail(a, "password", "has a control character");
    if (d->pass.len > PASS_MAX) return fail(a, "password", "is longer than 256 bytes");
    if (basic_may_go(d)) return DONE;
    return fail(a, "--user",
                "a password over plain http: only with --allow-basic-over-http, or with "
                "--allow-private to a private address or localhost");
}

/* ---- fields of the user's own ---- */

static webhook_str trim(webhook_str s) {
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = webhook_str_from(s.ptr + 1, s.len - 1);
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) s.len--;
    return s;
}

static int begins(webhook_str s, webhook_str with) {
    return s.len >= with.len && webhook_str_ieq(webhook_str_from(s.ptr, with.len), with);
}

/* is_owned -- does HTTP framing, the scheme, Basic or this tool write this field? */
static int is_owned(const delivery *d, webhook_str name) {
    static const char *const whole[] = {
        "Host",    "Connection", "Keep-Alive", "Transfer-Encoding", "TE",
        "Trailer", "Upgrade",    "Expect",     "User-Agent"
    };
    static const char *const start[] = { "Proxy-", "Content-", "X-Appwrite-Webhook-" };
    size_t i;
    for (i = 0; i < sizeof whole / sizeof *whole; i++)
        if (webhook_str_ieq(name, webhook_str_from_cstr(whole[i]))) return 1;
    for (i = 0; i < sizeof start / sizeof *start; i++)
        if (begins(name, webhook_str_from_cstr(start[i]))) return 1;
    return d->a->value[OPT_USER] != NULL && webhook_str_ieq(name, WEBHOOK_STR("Authorization"));
}

/* can_be_written -- as the header judges it */
static int can_be_written(webhook_str name, webhook_str value) {
    webhook_buf count = WEBHOOK_ZERO;
    webhook_http_put_field(&count, name, value);
    return webhook_buf_end(&count) == WEBHOOK_OK;
}

/* read_field -- one --header; what is wrong is told without the value, which may be a secret */
static int read_field(const delivery *d, const char *text, field *f) {
    webhook_str all = webhook_str_from_cstr(text), rest = all;
    char probe[3] = "x?";
    size_t i;
    if (memchr(text, ':', all.len) == NULL || webhook_str_cut(&rest, ':', &f->name) != WEBHOOK_OK)
        return fail_at(d->a, "--header", all.len, "wants a name, a colon and a value");
    f->value = trim(rest);
    if (f->name.len == 0) return fail_at(d->a, "--header", 0, "has no name");
    for (i = 0; i < f->name.len; i++)
        if (!can_be_written(webhook_str_from(f->name.ptr + i, 1), WEBHOOK_STR("")))
            return fail_at(d->a, "--header", i, "no such byte may stand in a name");
    for (i = 0; i < f->value.len; i++) {
        probe[1] = f->value.ptr[i]; /* between two letters: blanks are good within */
        probe[2] = 'x';
        if (!can_be_written(WEBHOOK_STR("x"), webhook_str_from(probe, 3)))
            return fail_at(d->a, "--header", (size_t)(f->value.ptr - text) + i,
                           "no control character may stand in a value");
    }
    if (!can_be_written(f->name, f->value)) return fail(d->a, "--header", "cannot be sent");
    return is_owned(d, f->name) ? fail_at(d->a, "--header", 0, "this field is not yours to set")
                                : DONE;
}

static int read_fields(delivery *d) {
    const word_list *l = &d->a->fields;
    size_t i, j, bytes = 0;
    for (i = 0; i < l->n; i++) {
        if (read_field(d, l->word[i], &d->own[i]) != DONE) return BAD;
        for (j = 0; j < i; j++)
            if (webhook_str_ieq(d->own[i].name, d->own[j].name))
                return fail_at(d->a, "--header", 0, "this field is given twice");
        bytes += d->own[i].name.len + d->own[i].value.len;
        if (bytes > FIELDS_BYTES)
            return fail(d->a, "--header", "all of them together have more than 4096 bytes");
    }
    return DONE;
}

static int read_secret(delivery *d) {
    if (d->a->value[OPT_NO_SIGNATURE] == NULL) return read_keys(d->a, 1, &d->ring);
    return d->a->n_secrets == 0 ? DONE : fail(d->a, "--no-signature", "and a secret are given");
}

static int read_all(delivery *d) {
    int code = read_url(d);
    if (code == DONE) code = open_tls(d);
    if (code == DONE) code = read_guard(d);
    if (code == DONE) code = check_address(d);
    if (code == DONE) code = read_envelope(d->a, d->id, &d->envelope);
    if (code == DONE) code = read_webhook_id(d);
    if (code == DONE) code = read_name(d);
    if (code == DONE) code = read_limit(d);
    if (code == DONE) code = read_basic(d);
    if (code == DONE) code = read_fields(d);
    return code == DONE ? read_secret(d) : code;
}

/* ---- the request ---- */

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
        return fail_at(d->a, NULL, offset, webhook_status_str(b.status));
    d->request.body = webhook_buf_str(&b);
    return DONE;
}

/* put_signature -- the time of this attempt, and the signature over it and the body */
static int put_signature(delivery *d, webhook_buf *b) {
    webhook_scheme scheme = webhook_scheme_default();
    webhook_message m = WEBHOOK_ZERO;
    char digits[WEBHOOK_TIMESTAMP_MAX], hex[WEBHOOK_SIGNATURE_MAX];
    webhook_buf timestamp = webhook_buf_from(digits, sizeof digits);
    webhook_buf signature = webhook_buf_from(hex, sizeof hex);
    int64_t now_ms = webhook_posix_unix_ms();
    webhook_status s;
    if (now_ms < 1000) return fail(d->a, NULL, "the clock is not set");
    webhook_decimal_write(&timestamp, (uint64_t)(now_ms / 1000));
    m.timestamp = webhook_buf_str(&timestamp);
    m.body = d->request.body;
    webhook_http_put_field(b, scheme.timestamp_field, m.timestamp);
    if (d->ring.n == 0) return DONE;
    s = webhook_sign(&scheme, &d->ring.key[0], &m, &signature);
    if (s != WEBHOOK_OK) return fail(d->a, NULL, webhook_status_str(s));
    webhook_http_put_field(b, scheme.signature_field, webhook_buf_str(&signature));
    return DONE;
}

static int build_head(delivery *d) {
    webhook_scheme scheme = webhook_scheme_default();
    webhook_buf b = webhook_buf_from(d->head, sizeof d->head);
    webhook_buf events = WEBHOOK_ZERO;
    char names[WEBHOOK_EVENT_HEADER_MAX];
    webhook_str line;
    size_t i;
    webhook_http_put_request(&b, WEBHOOK_STR("POST"), &d->url);
    webhook_http_put_field(&b, WEBHOOK_STR("Content-Type"), WEBHOOK_STR("application/json"));
    webhook_http_put_field(&b, WEBHOOK_STR("User-Agent"),
                           WEBHOOK_STR("webhook.h/" WEBHOOK_VERSION_STRING));
    events = webhook_buf_from(names, sizeof names);
    webhook_event_header_write(&events, d->envelope.event, 0);
    webhook_http_put_field(&b, scheme.webhook_id_field, d->webhook_id);
    webhook_http_put_field(&b, scheme.events_field, webhook_buf_str(&events));
    webhook_http_put_field(&b, scheme.name_field, d->name);
    if (put_signature(d, &b) != DONE) return BAD;
    if (d->a->value[OPT_USER] != NULL) webhook_http_put_basic(&b, d->user, d->pass);
    for (i = 0; i < d->a->fields.n; i++)
        webhook_http_put_field(&b, d->own[i].name, d->own[i].value);
    webhook_http_put_length(&b, d->request.body.len);
    webhook_buf_fail(&b, webhook_buf_end(&events));
    if (webhook_buf_end(&b) != WEBHOOK_OK) return fail(d->a, NULL, webhook_status_str(b.status));
    d->request.url = d->url;
    d->request.head = d->request.fields = webhook_buf_str(&b);
    (void)webhook_str_cut(&d->request.fields, '\n', &line);
    d->request.fields.len -= 2; /* the blank line */
    return DONE;
}

/* ---- the attempt ---- */

static int report(const delivery *d, const webhook_result *r) {
    webhook_str ms = WEBHOOK_STR(" ms\n");
    output out;
    int code;
    output_open(&out);
    webhook_decimal_write(&out.buf, r->status);
    output_put(&out, " in ");
    webhook_decimal_write(&out.buf, r->response_ms);
    webhook_buf_put(&out.buf, ms);
    code = output_end(d->a, &out);
    return code != DONE ? code : r->status / 100 == 2 ? DONE : NO;
}

static int attempt(delivery *d, webhook_posix_client *client) {
    webhook_result r = WEBHOOK_ZERO;
    webhook_status s;
    char words[256];
    webhook_buf b = webhook_buf_from(words, sizeof words);
    d->request.deadline_ms = webhook_posix_tick() + d->limit_ms;
    s = webhook_posix_client_send(client, &d->request, &r);
    if (s == WEBHOOK_OK) return report(d, &r);
    webhook_buf_put(&b, r.error);
    webhook_buf_put(&b, WEBHOOK_STR("\0"));
    return failed(d->a, NULL,
                  r.error.len > 0 && b.status == WEBHOOK_OK ? words : webhook_status_str(s));
}

static int deliver(delivery *d) {
    webhook_posix_client_desc desc = WEBHOOK_ZERO;
    webhook_posix_client *client = NULL;
    int code;
    if (webhook_posix_loop_open(&desc.loop) != WEBHOOK_OK)
        return failed(d->a, NULL, "no event loop: too few descriptors or too little memory");
    desc.guard = &d->guard;
    desc.tls = d->url.https ? &d->tls : NULL;
    if (webhook_posix_client_open(&client, &desc) == WEBHOOK_OK)
        code = attempt(d, client);
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
    if (code == DONE) code = build_head(&d);
    if (pass != NULL) webhook_wipe(pass, strlen(pass));
    webhook_wipe(&d.ring, sizeof d.ring);
    if (code == DONE) code = deliver(&d);
    webhook_wipe(d.head, sizeof d.head);
    close_tls(&d);
    free(d.body);
    input_free(&in);
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
      "seconds for all of it, looking up and connecting too; 30 unless given, 0.5 is half a one" },
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
    "deliver JSON from standard input to a URL, once",
    "Reads the payload, any JSON, from standard input, wraps it as payload does, signs it, sends "
    "it\n"
    "once, and prints the status of the answer and the time it took. Exit status 0: the status is\n"
    "2xx; 1: it is another, or there was no answer, and standard error says why.\n"
    "    echo '{\"total\":99.99}' | webhook send https://example.com/hook --event orders.o1.create "
    "\\\n"
    "        --secret-file secret\n",
    send_options,
    run_send
};
