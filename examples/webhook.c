/* webhook.c -- the tool of webhook.h: match, build, sign, verify, send and receive from a shell
 *
 *     cc examples/webhook*.c tests/webhook.c -DWEBHOOK_POSIX -pthread -o webhook
 *     ./webhook --help
 *
 * That has no TLS; make builds it in where OpenSSL is. A command is a struct: its operands, its
 * options, its help, its function; send and listen have files of their own. Everything is checked,
 * or complete in memory, before the first byte is printed, so nothing follows from bad input but a
 * message and the exit status 2.
 */
#include "webhook_tool.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECRET_FILE_MAX 65536

/* ---- messages: what and where, never a secret ---- */

static void say_begin(const arguments *a, const char *where) {
    fputs("webhook: ", stderr);
    if (a->command != NULL) fprintf(stderr, "%s: ", a->command->name);
    if (where != NULL) fprintf(stderr, "%s: ", where);
}

int fail(const arguments *a, const char *where, const char *what) {
    say_begin(a, where);
    fprintf(stderr, "%s\n", what);
    return BAD;
}

/* fail_usage -- the same for a command line that is wrong: it names the help that tells how */
static int fail_usage(const arguments *a, const char *where, const char *what) {
    const command *c = a->command;
    say_begin(a, where);
    fprintf(stderr, "%s, see webhook %s%s--help\n", what, c == NULL ? "" : c->name,
            c == NULL ? "" : " ");
    return BAD;
}

int failed(const arguments *a, const char *where, const char *what) {
    fail(a, where, what);
    return NO;
}

int fail_at(const arguments *a, const char *where, size_t offset, const char *what) {
    say_begin(a, where);
    fprintf(stderr, "offset %zu: %s\n", offset, what);
    return BAD;
}

int fail_json(const arguments *a, size_t offset, webhook_status s) {
    const char *words = webhook_status_str(s);
    if (s == WEBHOOK_ERR_TRUNCATED) words = "the JSON ends too early";
    return fail_at(a, NULL, offset, words);
}

/* ---- options ---- */

static int add_secret(arguments *a, const option *o, char *text) {
    if (a->n_secrets == WEBHOOK_KEYS_MAX) return fail(a, o->name, "more than 8 secrets");
    a->secret[a->n_secrets].text = text;
    a->secret[a->n_secrets++].is_file = o->id == OPT_SECRET_FILE;
    return DONE;
}

/* add_word -- one more of an option that may be given several times */
static int add_word(const arguments *a, const option *o, word_list *l, char *text) {
    if (l->n == WORDS_MAX) return fail(a, o->name, "is given more than 16 times");
    l->word[l->n++] = text;
    return DONE;
}

static const option *find_option(const command *c, const char *name) {
    const option *o = c->options;
    if (strcmp(name, "-h") == 0) name = "--help";
    while (o->name != NULL && strcmp(o->name, name) != 0) o++;
    return o->name == NULL ? NULL : o;
}

/* take_option -- read the option at **at, with its value; *at is left on its last word */
static int take_option(arguments *a, char ***at) {
    char *name = **at, *value = strchr(name, '=');
    const option *o;
    if (value != NULL) *value++ = 0; /* the value must not show in a message: it may be a secret */
    o = find_option(a->command, name);
    if (o == NULL) return fail_usage(a, name, "there is no such option");
    if (o->value == NULL && value != NULL) return fail(a, name, "takes no value");
    if (o->value != NULL && value == NULL) {
        value = (*at)[1];
        if (value == NULL) return fail(a, name, "wants a value");
        ++*at;
    }
    if (o->id == OPT_SECRET || o->id == OPT_SECRET_FILE) return add_secret(a, o, value);
    if (o->id == OPT_FIELD) return add_word(a, o, &a->fields, value);
    if (o->id == OPT_ALLOW_NET) return add_word(a, o, &a->nets, value);
    if (a->value[o->id] != NULL) return fail(a, name, "is given twice");
    a->value[o->id] = value == NULL ? name : value;
    return DONE;
}

/* check_complete -- is all there that the command cannot do without? */
static int check_complete(const arguments *a) {
    const command *c = a->command;
    const option *o;
    if (a->n_operands < OPERANDS_MAX && c->operands[a->n_operands] != NULL)
        return fail_usage(a, c->operands[a->n_operands], "is missing");
    for (o = c->options; o->name != NULL; o++)
        if (o->required && a->value[o->id] == NULL) return fail_usage(a, o->name, "is missing");
    return DONE;
}

/* too_many -- a word that no operand is left for; most often it was meant as input */
static int too_many(const arguments *a) {
    const command *c = a->command;
    return fail_usage(a, NULL,
                      c != NULL && c->reads_input && c->operands[0] == NULL
                          ? "too many arguments: this command reads standard input"
                          : "too many arguments");
}

/* parse -- read the words of the command line; stops at --help */
static int parse(arguments *a, char **at) {
    int options = 1, code;
    for (; *at != NULL; at++) {
        if (options && strcmp(*at, "--") == 0)
            options = 0;
        else if (options && (*at)[0] == '-' && (*at)[1] != 0) {
            code = take_option(a, &at);
            if (code != DONE || a->value[OPT_HELP] != NULL) return code;
        } else if (a->n_operands == OPERANDS_MAX || a->command->operands[a->n_operands] == NULL)
            return too_many(a);
        else
            a->operand[a->n_operands++] = *at;
    }
    return check_complete(a);
}

int whole_number(const char *text, uint64_t min, uint64_t max, uint64_t *v) {
    webhook_str s = webhook_str_from_cstr(text);
    return s.len <= WEBHOOK_TIMESTAMP_MAX && webhook_decimal_read(s, v) == WEBHOOK_OK &&
           *v >= min && *v <= max;
}

/* ---- input and output ---- */

int read_up_to(int fd, void *ptr, size_t cap, size_t *len) {
    ssize_t n;
    *len = 0;
    while (*len < cap) {
        n = read(fd, (char *)ptr + *len, cap - *len);
        if (n == 0) break;
        if (n > 0)
            *len += (size_t)n;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

/* read_file -- the first cap bytes of a file. Answers 0 or an errno. */
static int read_file(const char *path, void *ptr, size_t cap, size_t *len) {
    int error, fd = open(path, O_RDONLY);
    *len = 0;
    if (fd < 0) return errno;
    error = read_up_to(fd, ptr, cap, len);
    close(fd);
    return error;
}

void input_free(input *in) {
    free(in->block);
    free(in->scratch.ptr);
}

/* input_read -- all of standard input into a block that grows; input_free in any case */
static int input_read(const arguments *a, input *in) {
    size_t cap = BLOCK_SIZE, len = 0, n;
    for (;;) {
        char *grown = (char *)realloc(in->block, cap);
        int error;
        if (grown == NULL) return fail(a, "standard input", "too large for the memory there is");
        in->block = grown;
        error = read_up_to(STDIN_FILENO, grown + len, cap - len, &n);
        if (error != 0) return fail(a, "standard input", strerror(error));
        len += n;
        if (len < cap) break;
        if (cap > SIZE_MAX / 2) return fail(a, "standard input", "too large");
        cap *= 2;
    }
    in->text = webhook_str_from(in->block, len);
    return DONE;
}

int input_read_json(const arguments *a, input *in) {
    size_t words;
    int code = input_read(a, in);
    if (code != DONE) return code;
    /* A text with a fault gets what suffices for any: the first fault is told by who writes it. */
    if (webhook_json_scratch_need(in->text, &words, NULL) != WEBHOOK_OK)
        words = WEBHOOK_JSON_SCRATCH(in->text.len);
    if (words < SIZE_MAX / sizeof(uint32_t))
        in->scratch.ptr = (uint32_t *)malloc((words + 1) * sizeof(uint32_t));
    if (in->scratch.ptr == NULL) return fail(a, NULL, "too little memory");
    in->scratch.n = words;
    return DONE;
}

static webhook_status output_flush(void *user, webhook_str bytes) {
    output *o = (output *)user;
    while (bytes.len > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes.ptr, bytes.len);
        if (n >= 0)
            bytes = webhook_str_from(bytes.ptr + n, bytes.len - (size_t)n);
        else if (errno != EINTR) {
            o->error = errno;
            return WEBHOOK_ERR_FULL;
        }
    }
    return WEBHOOK_OK;
}

void output_open(output *o) {
    o->error = 0;
    o->buf = webhook_buf_from(o->block, sizeof o->block);
    o->buf.flush = output_flush;
    o->buf.user = o;
}

void output_put(output *o, const char *text) {
    webhook_buf_put(&o->buf, webhook_str_from_cstr(text));
}

int output_end(const arguments *a, output *o) {
    webhook_status s = webhook_buf_end(&o->buf);
    /* some systems tell a full disk only when the file is closed */
    if (s == WEBHOOK_OK && close(STDOUT_FILENO) != 0) o->error = errno;
    if (o->error != 0) return fail(a, "standard output", strerror(o->error));
    return s == WEBHOOK_OK ? DONE : fail(a, NULL, webhook_status_str(s));
}

/* ---- secrets and time ---- */

/* without_line_end -- an editor puts one at the end of a file, and it is no part of the secret */
static webhook_str without_line_end(webhook_str s) {
    if (s.len > 0 && s.ptr[s.len - 1] == '\n') {
        s.len--;
        if (s.len > 0 && s.ptr[s.len - 1] == '\r') s.len--;
    }
    return s;
}

typedef int (*take_fn)(const arguments *a, void *user, const char *where, webhook_str secret);

static int take_file(const arguments *a, const char *path, take_fn take, void *user) {
    static char text[SECRET_FILE_MAX + 1]; /* one place to wipe: a block that grows leaves copies */
    size_t len;
    int code, error = read_file(path, text, sizeof text, &len);
    if (error != 0)
        code = fail(a, path, strerror(error));
    else if (len > SECRET_FILE_MAX)
        code = fail(a, path, "a secret file has at most 65536 bytes");
    else
        code = take(a, user, path, without_line_end(webhook_str_from(text, len)));
    webhook_wipe(text, sizeof text);
    return code;
}

int each_secret(const arguments *a, size_t max, take_fn take, void *user) {
    const char *env = getenv("WEBHOOK_SECRET");
    int code = DONE;
    size_t i;
    if (a->n_secrets > max) return fail(a, NULL, "takes one secret alone");
    if (a->n_secrets == 0 && env == NULL)
        return fail(a, NULL, "no secret: give --secret-file, --secret or WEBHOOK_SECRET");
    if (a->n_secrets == 0) return take(a, user, "WEBHOOK_SECRET", webhook_str_from_cstr(env));
    for (i = 0; i < a->n_secrets; i++) {
        char *text = a->secret[i].text;
        if (a->secret[i].is_file) {
            if (code == DONE) code = take_file(a, text, take, user);
        } else {
            if (code == DONE) code = take(a, user, "--secret", webhook_str_from_cstr(text));
            webhook_wipe(text, strlen(text));
        }
    }
    return code;
}

static int add_key(const arguments *a, void *user, const char *where, webhook_str secret) {
    key_ring *ring = (key_ring *)user;
    if (webhook_key_init(&ring->key[ring->n], NULL, secret) != WEBHOOK_OK)
        return fail(a, where, "the secret is empty or all blanks");
    ring->n++;
    return DONE;
}

int read_keys(const arguments *a, size_t max, key_ring *ring) {
    return each_secret(a, max, add_key, ring);
}

static int64_t now_ms(void) {
    struct timespec t;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0) return -1; /* no time that anything accepts */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- sign ---- */

/* signing_time -- --timestamp as it was given, else the present, which the receiver must be told:
 * it goes to standard error */
static int signing_time(const arguments *a, char digits[WEBHOOK_TIMESTAMP_MAX + 1],
                        webhook_str *timestamp) {
    const char *given = a->value[OPT_TIMESTAMP];
    webhook_buf b = webhook_buf_from(digits, WEBHOOK_TIMESTAMP_MAX);
    int64_t now = now_ms();
    uint64_t v;
    if (given != NULL) {
        *timestamp = webhook_str_from_cstr(given);
        if (whole_number(given, 1, UINT64_MAX, &v)) return DONE;
        return fail(a, "--timestamp", "wants 1 to 15 digits, above 0");
    }
    if (now < 1000) return fail(a, NULL, "the clock is not set: give --timestamp");
    webhook_decimal_write(&b, (uint64_t)(now / 1000));
    *timestamp = webhook_buf_str(&b);
    say_begin(a, NULL);
    fprintf(stderr, "timestamp %.*s\n", (int)timestamp->len, timestamp->ptr);
    return DONE;
}

static int write_signature(const arguments *a, const webhook_hmac_key *key,
                           const webhook_message *m) {
    webhook_scheme scheme = webhook_scheme_default();
    webhook_status s;
    output out;
    output_open(&out);
    if (a->value[OPT_HEADERS] != NULL) {
        webhook_buf_put(&out.buf, scheme.timestamp_field);
        output_put(&out, ": ");
        webhook_buf_put(&out.buf, m->timestamp);
        output_put(&out, "\n");
        webhook_buf_put(&out.buf, scheme.signature_field);
        output_put(&out, ": ");
    }
    s = webhook_sign(&scheme, key, m, &out.buf);
    if (s != WEBHOOK_OK) return fail(a, NULL, webhook_status_str(s));
    output_put(&out, "\n");
    return output_end(a, &out);
}

static int run_sign(const arguments *a) {
    webhook_message m = WEBHOOK_ZERO;
    char digits[WEBHOOK_TIMESTAMP_MAX + 1];
    input in = WEBHOOK_ZERO;
    key_ring ring = WEBHOOK_ZERO;
    int code = read_keys(a, 1, &ring);
    if (code == DONE) code = signing_time(a, digits, &m.timestamp);
    if (code == DONE) code = input_read(a, &in);
    m.body = in.text;
    if (code == DONE) code = write_signature(a, &ring.key[0], &m);
    webhook_wipe(&ring, sizeof ring);
    input_free(&in);
    return code;
}

/* ---- verify ---- */

int read_tolerance(const arguments *a, webhook_scheme *scheme) {
    const char *text = a->value[OPT_TOLERANCE];
    uint64_t v = WEBHOOK_TOLERANCE_NONE; /* UINT32_MAX, which is no number of seconds here */
    if (text == NULL) return DONE;
    if (strcmp(text, "none") != 0 && !whole_number(text, 1, WEBHOOK_TOLERANCE_NONE - 1, &v))
        return fail(a, "--tolerance", "wants 1 to 4294967294 seconds, or none");
    scheme->tolerance_past_s = scheme->tolerance_future_s = (uint32_t)v;
    return DONE;
}

static int read_now(const arguments *a, int64_t *now_s) {
    uint64_t v;
    *now_s = now_ms() / 1000;
    if (a->value[OPT_NOW] == NULL) return DONE;
    if (!whole_number(a->value[OPT_NOW], 0, INT64_MAX, &v))
        return fail(a, "--now", "wants Unix seconds in 1 to 15 digits");
    *now_s = (int64_t)v;
    return DONE;
}

static int run_verify(const arguments *a) {
    webhook_scheme scheme = webhook_scheme_default();
    webhook_message m = WEBHOOK_ZERO;
    input in = WEBHOOK_ZERO;
    key_ring ring = WEBHOOK_ZERO;
    webhook_status s = WEBHOOK_ERR_ARGUMENT;
    int64_t now_s = 0;
    int code = read_keys(a, WEBHOOK_KEYS_MAX, &ring);
    if (code == DONE) code = read_tolerance(a, &scheme);
    if (code == DONE) code = read_now(a, &now_s);
    if (code == DONE) code = input_read(a, &in);
    if (code == DONE) {
        m.timestamp = webhook_str_from_cstr(a->value[OPT_TIMESTAMP]);
        m.body = in.text;
        s = webhook_verify(&scheme, ring.key, ring.n, &m,
                           webhook_str_from_cstr(a->value[OPT_SIGNATURE]), now_s);
        if (s != WEBHOOK_OK) code = fail(a, NULL, webhook_status_str(s));
        if (s == WEBHOOK_ERR_SIGNATURE || s == WEBHOOK_ERR_STALE) code = NO;
    }
    webhook_wipe(&ring, sizeof ring);
    input_free(&in);
    return code;
}

/* ---- match, expand ---- */

#define NAME_SIZE "1 to 16 segments joined by dots, 255 bytes at most, "
#define NAME_BYTES "of visible ASCII but , \" \\ *"

/* check_event -- complain about a text that is no event name */
static int check_event(const arguments *a, const char *where, webhook_str event) {
    size_t offset;
    if (webhook_event_check(event, &offset) == WEBHOOK_OK) return DONE;
    return fail_at(a, where, offset,
                   offset < event.len && event.ptr[offset] == '*'
                       ? "wants a name: " NAME_SIZE NAME_BYTES
                         " (a * is for patterns: match PATTERN EVENT)"
                       : "wants a name: " NAME_SIZE NAME_BYTES);
}

static int check_pattern(const arguments *a, webhook_str pattern) {
    size_t offset;
    if (webhook_pattern_check(pattern, &offset) == WEBHOOK_OK) return DONE;
    return fail_at(a, "pattern", offset,
                   "wants a pattern: " NAME_SIZE "each a * alone or " NAME_BYTES);
}

static int run_match(const arguments *a) {
    webhook_str pattern = webhook_str_from_cstr(a->operand[0]);
    webhook_str event = webhook_str_from_cstr(a->operand[1]);
    if (check_pattern(a, pattern) != DONE) return BAD;
    if (check_event(a, "event", event) != DONE) return BAD;
    return webhook_event_match(pattern, event) == WEBHOOK_OK ? DONE : NO;
}

static int run_expand(const arguments *a) {
    webhook_str event = webhook_str_from_cstr(a->operand[0]);
    webhook_expand_ctx names;
    output out;
    if (check_event(a, "event", event) != DONE) return BAD;
    output_open(&out);
    if (a->value[OPT_HEADER] != NULL) {
        webhook_event_header_write(&out.buf, event, 0);
        output_put(&out, "\n");
    } else if (webhook_expand_init(&names, event) == WEBHOOK_OK) {
        while (webhook_expand_next(&names, &out.buf) == WEBHOOK_OK) output_put(&out, "\n");
    }
    return output_end(a, &out);
}

/* ---- payload, json ---- */

/* new_id -- an $id from the system's randomness */
static int new_id(const arguments *a, char id[WEBHOOK_ID_MAX], webhook_str *made) {
    static const char source[] = "/dev/urandom";
    unsigned char random[16];
    size_t len;
    int error = read_file(source, random, sizeof random, &len);
    if (error != 0) return fail(a, source, strerror(error));
    if (len < sizeof random) return fail(a, source, "ends too early: give --id");
    *made = webhook_id_make(id, random);
    return DONE;
}

int read_envelope(const arguments *a, char id[WEBHOOK_ID_MAX], webhook_envelope *e) {
    const char *given = a->value[OPT_ID], *time_text = a->value[OPT_TIME];
    size_t offset;
    webhook_status s;
    e->event = webhook_str_from_cstr(a->value[OPT_EVENT]);
    if (check_event(a, "--event", e->event) != DONE) return BAD;
    e->unix_ms = now_ms();
    if (time_text != NULL) {
        s = webhook_iso_read(webhook_str_from_cstr(time_text), &e->unix_ms);
        if (s == WEBHOOK_ERR_RANGE) return fail(a, "--time", "no such time, or before 1970");
        if (s != WEBHOOK_OK) return fail(a, "--time", "wants the form 2025-01-15T10:30:00.000Z");
    } else if (e->unix_ms < 0)
        return fail(a, NULL, "the clock is not set: give --time");
    if (given == NULL) return new_id(a, id, &e->id);
    e->id = webhook_str_from_cstr(given);
    if (webhook_id_check(e->id, &offset) == WEBHOOK_OK) return DONE;
    return fail_at(a, "--id", offset, "wants 1 to 36 of A-Z a-z 0-9 _ -");
}

int measure_payload(const arguments *a, const input *in, const webhook_envelope *e, uint64_t *len) {
    webhook_buf count = WEBHOOK_ZERO;
    size_t offset = 0;
    webhook_status s = webhook_payload_write(&count, e, in->scratch, &offset);
    *len = count.total;
    return s == WEBHOOK_OK ? DONE : fail_json(a, offset, s);
}

/* write_payload -- once for the verdict, which needs all of the text, and once for the output */
static int write_payload(const arguments *a, const input *in, const webhook_envelope *e) {
    uint64_t len;
    size_t offset = 0;
    webhook_status s;
    output out;
    if (measure_payload(a, in, e, &len) != DONE) return BAD;
    output_open(&out);
    s = webhook_payload_write(&out.buf, e, in->scratch, &offset);
    if (s != WEBHOOK_OK && out.error == 0) return fail_json(a, offset, s);
    return output_end(a, &out);
}

static int run_payload(const arguments *a) {
    webhook_envelope e = WEBHOOK_ZERO;
    input in = WEBHOOK_ZERO;
    char id[WEBHOOK_ID_MAX];
    int code = read_envelope(a, id, &e);
    if (code == DONE) code = input_read_json(a, &in);
    e.payload = in.text;
    if (code == DONE) code = write_payload(a, &in, &e);
    input_free(&in);
    return code;
}

/* write_json -- in one pass: a text with a fault puts nothing */
static int write_json(const arguments *a, const input *in) {
    webhook_json_writer w;
    size_t offset = 0;
    webhook_status s;
    output out;
    int code;
    output_open(&out);
    webhook_json_writer_init(&w, &out.buf);
    s = webhook_json_put_json(&w, in->text, in->scratch, &offset);
    if (s < WEBHOOK_OK && out.error == 0) return fail_json(a, offset, s);
    code = output_end(a, &out);
    if (code == DONE && s == WEBHOOK_CHANGED) fail_at(a, "warning", offset, webhook_status_str(s));
    return code;
}

static int run_json(const arguments *a) {
    input in = WEBHOOK_ZERO;
    int code = input_read_json(a, &in);
    if (code == DONE) code = write_json(a, &in);
    input_free(&in);
    return code;
}

/* ---- the table of commands ---- */

static const option sign_options[] = {
    { OPT_TIMESTAMP, 0, "--timestamp", "T",
      "Unix seconds of this attempt, 1 to 15 digits; without it now, told on standard error" },
    { OPT_HEADERS, 0, "--headers", NULL, "print the two header lines of a request" },
    SECRET_OPTION(""),
    SECRET_FILE_OPTION,
    HELP_OPTION,
    END_OF_OPTIONS
};

static const option verify_options[] = {
    { OPT_TIMESTAMP, 1, "--timestamp", "T", "the value of X-Appwrite-Webhook-Timestamp; required" },
    { OPT_SIGNATURE, 1, "--signature", "S", "the value of X-Appwrite-Webhook-Signature; required" },
    { OPT_NOW, 0, "--now", "N", "Unix seconds to judge the timestamp by, instead of the clock" },
    TOLERANCE_OPTION,
    SECRET_OPTION(SEVERAL_SECRETS),
    SECRET_FILE_OPTION,
    HELP_OPTION,
    END_OF_OPTIONS
};

static const option match_options[] = { HELP_OPTION, END_OF_OPTIONS };

static const option expand_options[] = {
    { OPT_HEADER, 0, "--header", NULL,
      "print the value of X-Appwrite-Webhook-Events: the names joined by commas, or the event\n"
      "      alone where they are more than 64 or 4096 bytes" },
    HELP_OPTION,
    END_OF_OPTIONS
};

static const option payload_options[] = {
    { OPT_EVENT, 1, "--event", "E",
      "the name of the event, 1 to 16 segments joined by dots; required" },
    { OPT_ID, 0, "--id", "ID", "its $id: 1 to 36 of A-Z a-z 0-9 _ -; made at random unless given" },
    { OPT_TIME, 0, "--time", "ISO",
      "when it happened, as 2025-01-15T10:30:00.000Z; without it now" },
    HELP_OPTION,
    END_OF_OPTIONS
};

static const option json_options[] = { HELP_OPTION, END_OF_OPTIONS };

static const command match_command = {
    "match",
    { "PATTERN", "EVENT" },
    0,
    "does an event fall under a pattern?",
    "Exit status 0: the event falls under the pattern; 1: it does not; 2: one of them is no\n"
    "name. A * stands for exactly one segment, and a pattern may end early at an id:\n"
    "    webhook match 'users.*' users.u1.create && echo yes\n",
    match_options,
    run_match
};

static const command expand_command = {
    "expand",
    { "EVENT", NULL },
    0,
    "all names that an event has, longest first",
    "Prints every name under which the event can be asked for, one a line:\n"
    "    webhook expand users.u1.create\n",
    expand_options,
    run_expand
};

static const command payload_command = {
    "payload",
    { NULL, NULL },
    1,
    "wrap JSON from standard input in the envelope of an event",
    "Reads the payload, any JSON, from standard input and prints the body to send, in normal\n"
    "form and without a line end. A whole number that would lose digits is refused.\n"
    "    echo '{\"name\":\"Ada\"}' | webhook payload --event users.u1.create >body\n",
    payload_options,
    run_payload
};

static const command json_command = {
    "json",
    { NULL, NULL },
    1,
    "normal form of any JSON from standard input",
    "Reads JSON from standard input and prints what JSON.stringify(JSON.parse(text)) gives,\n"
    "without a line end. Warns where a whole number loses digits.\n"
    "    echo '{ \"b\": 1.50 }' | webhook json\n",
    json_options,
    run_json
};

static const command sign_command = {
    "sign",
    { NULL, NULL },
    1,
    "sign a body from standard input",
    "Reads the raw body from standard input and prints its signature, HMAC-SHA-256 over\n"
    "TIMESTAMP.BODY, in hex.\n"
    "    webhook sign --secret-file secret --headers <body\n",
    sign_options,
    run_sign
};

static const command verify_command = {
    "verify",
    { NULL, NULL },
    1,
    "is a body from standard input authentic and fresh?",
    "Reads the raw body, byte for byte as it arrived, from standard input. Exit status 0: it\n"
    "is authentic; 1: it is not, and standard error says why.\n"
    "    webhook verify --secret-file secret --timestamp 1736937000 --signature 71b0be02… "
    "<body\n",
    verify_options,
    run_verify
};

static const command *const commands[] = { &match_command, &expand_command, &payload_command,
                                           &json_command,  &sign_command,   &verify_command,
                                           &send_command,  &listen_command, NULL };

/* ---- help, main ---- */

static int print_overview(const arguments *a) {
    output out;
    size_t i, pad;
    output_open(&out);
    output_put(&out, "webhook " WEBHOOK_VERSION_STRING
                     " -- match, build, sign, verify, send and receive webhooks\n\n"
                     "usage: webhook COMMAND [OPTION]...\n"
                     "       webhook COMMAND --help, webhook help COMMAND\n"
                     "       webhook --help | --version\n\n");
    for (i = 0; commands[i] != NULL; i++) {
        output_put(&out, "  ");
        output_put(&out, commands[i]->name);
        for (pad = strlen(commands[i]->name); pad < 10; pad++) output_put(&out, " ");
        output_put(&out, commands[i]->summary);
        output_put(&out, "\n");
    }
    output_put(
        &out,
        "\nOptions are written --name value or --name=value; -- ends them.\n"
        "Commands that sign or verify take the secret from --secret-file or --secret,"
        " else from\nthe environment variable WEBHOOK_SECRET.\n"
        "Exit status: 0 done or yes, 1 no or not delivered, 2 bad usage, bad input or a failed "
        "write:\nstandard error says what is wrong and where, and bad input prints nothing "
        "else.\n");
    return output_end(a, &out);
}

static int print_help(const arguments *a) {
    const command *c = a->command;
    const option *o;
    output out;
    size_t i;
    output_open(&out);
    output_put(&out, "usage: webhook ");
    output_put(&out, c->name);
    for (i = 0; i < OPERANDS_MAX && c->operands[i] != NULL; i++) {
        output_put(&out, " ");
        output_put(&out, c->operands[i]);
    }
    output_put(&out, " [OPTION]...\n\n");
    output_put(&out, c->about);
    output_put(&out, "\n");
    for (o = c->options; o->name != NULL; o++) {
        output_put(&out, "  ");
        output_put(&out, o->name);
        output_put(&out, o->value == NULL ? "" : " ");
        output_put(&out, o->value == NULL ? "" : o->value);
        output_put(&out, "\n      ");
        output_put(&out, o->help);
        output_put(&out, "\n");
    }
    return output_end(a, &out);
}

static int print_version(const arguments *a) {
    output out;
    output_open(&out);
    output_put(&out, "webhook " WEBHOOK_VERSION_STRING ", ");
    output_put(&out, tls_name() == NULL ? "no TLS in this build" : "TLS by ");
    output_put(&out, tls_name() == NULL ? "" : tls_name());
    output_put(&out, "\n");
    return output_end(a, &out);
}

static const command *find_command(const char *name) {
    size_t i;
    for (i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}

static int is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/* choose_command -- by its name; the word may be an option that was put before the command, and
 * then its value must not show */
static int choose_command(arguments *a, char *word) {
    a->command = find_command(word);
    if (a->command != NULL) return DONE;
    if (word[0] == '-') {
        word[strcspn(word, "=")] = 0;
        return fail_usage(a, word, "there is no such option before a command");
    }
    say_begin(a, NULL);
    fprintf(stderr, "there is no command '%s', see webhook --help\n", word);
    return BAD;
}

/* run_help -- the words behind help: none or one command */
static int run_help(arguments *a, char **at) {
    if (at[0] == NULL) return print_overview(a);
    if (at[1] != NULL) return too_many(a);
    return choose_command(a, at[0]) == DONE ? print_help(a) : BAD;
}

int main(int argc, char **argv) {
    arguments a = WEBHOOK_ZERO;
    int code;
    if (argc < 2) return fail_usage(&a, NULL, "no command given");
    if (is_help(argv[1])) return run_help(&a, argv + 2);
    if (strcmp(argv[1], "--version") == 0)
        return argc == 2 ? print_version(&a) : fail_usage(&a, "--version", "takes no arguments");
    if (choose_command(&a, argv[1]) != DONE) return BAD;
    /* Where there are operands, help may be one: expand help asks for the names of that event. */
    if (argc == 3 && a.command->operands[0] == NULL && is_help(argv[2])) return print_help(&a);
    code = parse(&a, argv + 2);
    if (code != DONE) return code;
    return a.value[OPT_HELP] != NULL ? print_help(&a) : a.command->run(&a);
}
