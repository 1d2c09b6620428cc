/* peer.c -- answers questions about the header, so that a script in another language can judge it
 *
 * A question on standard input: a letter, the number of fields in one byte, then each field as its
 * length in 4 bytes, low byte first, and its bytes. The answer on standard output: status, offset
 * and length in 4 bytes each, low byte first, and that many bytes. Integers in fields and answers
 * have 8 bytes, low byte first. Every field lies in a heap block of exactly its size, so that a
 * build with sanitizers sees a read past its end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../webhook.h"
#include "../schemes.h"

#define FIELDS_MAX 7

typedef struct question {
    webhook_str field[FIELDS_MAX];
    webhook_buf *out;
    webhook_status status;
    size_t offset;
} question;

static void die(const char *why) {
    fprintf(stderr, "peer: %s\n", why);
    exit(2);
}

static void *take(size_t size) {
    void *p = malloc(size == 0 ? 1 : size);
    if (p == NULL) die("out of memory");
    return p;
}

/* ---- integers ---- */

static uint64_t load(webhook_str s) {
    uint64_t v = 0;
    size_t i;
    if (s.len != 8) die("an integer has 8 bytes");
    for (i = 8; i-- > 0;) v = v << 8 | (unsigned char)s.ptr[i];
    return v;
}

static int64_t load_signed(webhook_str s) {
    uint64_t v = load(s);
    return v > INT64_MAX ? -(int64_t)(UINT64_MAX - v) - 1 : (int64_t)v;
}

static void store(char *to, uint64_t v, size_t bytes) {
    size_t i;
    for (i = 0; i < bytes; i++) to[i] = (char)(unsigned char)(v >> 8 * i & 255);
}

static void put_integer(question *q, uint64_t v) {
    char bytes[8];
    store(bytes, v, sizeof bytes);
    webhook_buf_put(q->out, webhook_str_from(bytes, sizeof bytes));
}

/* a list within an answer: each member has its length in 8 bytes before it */
static void put_member(question *q, webhook_str s) {
    put_integer(q, s.len);
    webhook_buf_put(q->out, s);
}

/* ---- text forms: the bytes, or the text ---- */

static void hex_write(question *q) {
    webhook_hex_write(q->out, q->field[0]);
}

static void hex_read(question *q) {
    size_t len = q->field[0].len / 2;
    char *bytes = (char *)take(len);
    q->status = webhook_hex_read(q->field[0], bytes, len);
    if (q->status == WEBHOOK_OK) webhook_buf_put(q->out, webhook_str_from(bytes, len));
    free(bytes);
}

static void base64_write(question *q) {
    webhook_base64_write(q->out, q->field[0]);
}

static void base64_read(question *q) {
    size_t len, cap = q->field[0].len / 4 * 3;
    char *bytes = (char *)take(cap);
    q->status = webhook_base64_read(q->field[0], bytes, cap, &len);
    if (q->status == WEBHOOK_OK) webhook_buf_put(q->out, webhook_str_from(bytes, len));
    free(bytes);
}

static void decimal_write(question *q) {
    webhook_decimal_write(q->out, load(q->field[0]));
}

static void decimal_read(question *q) {
    uint64_t v;
    q->status = webhook_decimal_read(q->field[0], &v);
    if (q->status == WEBHOOK_OK) put_integer(q, v);
}

static void iso_write(question *q) {
    webhook_iso_write(q->out, load_signed(q->field[0]));
}

static void iso_read(question *q) {
    int64_t ms;
    q->status = webhook_iso_read(q->field[0], &ms);
    if (q->status == WEBHOOK_OK) put_integer(q, (uint64_t)ms);
}

static void date_write(question *q) {
    webhook_http_date_write(q->out, load_signed(q->field[0]));
}

static void date_read(question *q) { /* text, now */
    int64_t s;
    q->status = webhook_http_date_read(q->field[0], load_signed(q->field[1]), &s);
    if (q->status == WEBHOOK_OK) put_integer(q, (uint64_t)s);
}

/* ---- json ---- */

static void number_write(question *q) {
    webhook_binary64_write(q->out, load(q->field[0]));
}

static void number_read(question *q) {
    uint64_t bits;
    q->status = webhook_binary64_read(q->field[0], &bits);
    if (q->status == WEBHOOK_OK) put_integer(q, bits);
}

/* Scratch is as much as the header asks for and not a word more; asking for more than the macro
 * promises is a fault that shows as WEBHOOK_ERR_SPACE. A text that is at fault gets what the macro
 * promises, because the function that is asked must find the fault by itself. */
static int take_scratch(question *q, webhook_str text, webhook_json_scratch *scratch) {
    size_t words, most = WEBHOOK_JSON_SCRATCH(text.len);
    if (webhook_json_scratch_need(text, &words, NULL) != WEBHOOK_OK) words = most;
    if (words > most) {
        q->status = WEBHOOK_ERR_SPACE;
        return 0;
    }
    scratch->n = words;
    scratch->ptr = (uint32_t *)take(words * sizeof(uint32_t));
    return 1;
}

static void normal_form(question *q) {
    webhook_json_writer w;
    webhook_json_scratch scratch;
    webhook_status end;
    if (!take_scratch(q, q->field[0], &scratch)) return;
    webhook_json_writer_init(&w, q->out);
    q->status = webhook_json_put_json(&w, q->field[0], scratch, &q->offset);
    end = webhook_json_writer_end(&w);
    if ((int)q->status >= 0 && end != WEBHOOK_OK) q->status = end;
    free(scratch.ptr);
}

/* the one token of a text that is nothing else */
static int only_token(question *q, webhook_json_token *t) {
    webhook_json_ctx c;
    webhook_json_token none;
    webhook_json_init(&c, q->field[0]);
    q->status = webhook_json_next(&c, t);
    if (q->status == WEBHOOK_OK) {
        q->status = webhook_json_next(&c, &none);
        if (q->status == WEBHOOK_END) q->status = WEBHOOK_OK;
    }
    q->offset = c.offset;
    return q->status == WEBHOOK_OK;
}

static void string_write(question *q) {
    webhook_json_writer w;
    webhook_json_writer_init(&w, q->out);
    webhook_json_put_string(&w, q->field[0]);
    q->status = webhook_json_writer_end(&w);
}

static void integer_write(question *q) {
    webhook_json_writer w;
    webhook_json_writer_init(&w, q->out);
    webhook_json_put_int(&w, load_signed(q->field[0]));
    q->status = webhook_json_writer_end(&w);
}

static void string_decode(question *q) {
    webhook_json_token t;
    if (only_token(q, &t)) q->status = webhook_json_string(&t, q->out);
}

static void integer_read(question *q) {
    webhook_json_token t;
    int64_t v;
    if (!only_token(q, &t)) return;
    q->status = webhook_json_int(&t, &v);
    if (q->status == WEBHOOK_OK) put_integer(q, (uint64_t)v);
}

static void find(question *q) { /* text, path: the value as JSON text */
    webhook_json_path p = WEBHOOK_ZERO;
    p.path = q->field[1];
    q->status = webhook_json_find(q->field[0], &p, 1, &q->offset);
    if (q->status != WEBHOOK_OK) return;
    if (p.value.kind == WEBHOOK_JSON_NONE) q->status = WEBHOOK_NO_MATCH;
    if (p.value.kind == WEBHOOK_JSON_STRING) webhook_buf_put(q->out, WEBHOOK_STR("\""));
    webhook_buf_put(q->out, p.value.text);
    if (p.value.kind == WEBHOOK_JSON_STRING) webhook_buf_put(q->out, WEBHOOK_STR("\""));
}

/* ---- hmac and signatures ---- */

static void hmac(question *q) { /* key, message */
    webhook_hmac_key key;
    unsigned char mac[WEBHOOK_SHA256_SIZE];
    q->status = webhook_hmac_key_init(&key, q->field[0]);
    if (q->status == WEBHOOK_OK) q->status = webhook_hmac(&key, q->field[1], mac);
    if (q->status == WEBHOOK_OK)
        webhook_buf_put(q->out, webhook_str_from((const char *)mac, sizeof mac));
}

/* the scheme that a question names: "" is the mission's */
static const webhook_scheme *scheme_named(webhook_str name, webhook_scheme *s) {
    if (name.len == 0) return NULL;
    if (webhook_str_eq(name, WEBHOOK_STR("github")))
        *s = scheme_github();
    else if (webhook_str_eq(name, WEBHOOK_STR("standard")))
        *s = scheme_standard();
    else
        die("no such scheme");
    return s;
}

static webhook_message message_of(const question *q) {
    webhook_message m = WEBHOOK_ZERO;
    m.timestamp = q->field[2];
    m.id = q->field[3];
    m.body = q->field[4];
    return m;
}

static void sign(question *q) { /* scheme, secret, timestamp, id, body */
    webhook_scheme room;
    const webhook_scheme *s = scheme_named(q->field[0], &room);
    webhook_message m = message_of(q);
    webhook_hmac_key key;
    q->status = webhook_key_init(&key, s, q->field[1]);
    if (q->status == WEBHOOK_OK) q->status = webhook_sign(s, &key, &m, q->out);
}

static void feed_field(webhook_verify_ctx *c, webhook_str name, webhook_str value) {
    if (name.len > 0 && value.len > 0) webhook_verify_field(c, name, value);
}

/* the same message as it would arrive: its fields, then the body in pieces of 0 to 12 bytes */
static webhook_status arrive(webhook_verify_ctx *c, const webhook_scheme *s,
                             const webhook_hmac_key *key, const webhook_message *m,
                             webhook_str signature, int64_t now_s) {
    webhook_scheme fields = s == NULL ? webhook_scheme_default() : *s;
    size_t at = 0, n;
    feed_field(c, fields.signature_field, signature);
    feed_field(c, fields.timestamp_field, m->timestamp);
    feed_field(c, fields.id_field, m->id);
    if (webhook_verify_head(c, key, 1, now_s) == WEBHOOK_MORE) {
        for (; at < m->body.len; at += n) {
            n = at % 13;
            if (n == 0) webhook_verify_body(c, webhook_str_from(NULL, 0));
            if (n == 0) n = 1;
            if (n > m->body.len - at) n = m->body.len - at;
            webhook_verify_body(c, webhook_str_from(m->body.ptr + at, n));
        }
    }
    return webhook_verify_final(c);
}

/* The one call and the bytes as they arrive must agree, in both ways to begin; where they do not,
 * the answer is a status that none of them has. */
static void verify(question *q) { /* scheme, secret, timestamp, id, body, signature, now */
    uint32_t scratch[WEBHOOK_VERIFY_SCRATCH(1, WEBHOOK_CANDIDATES_MAX, 512)];
    webhook_scheme room;
    const webhook_scheme *s = scheme_named(q->field[0], &room);
    webhook_message m = message_of(q);
    webhook_hmac_key key;
    webhook_verify_ctx c;
    int64_t now_s = load_signed(q->field[6]);
    int agreed;
    q->status = webhook_key_init(&key, s, q->field[1]);
    if (q->status != WEBHOOK_OK) return;
    q->status = webhook_verify(s, &key, 1, &m, q->field[5], now_s);
    webhook_verify_init_scheme(&c, s, scratch, sizeof scratch / sizeof *scratch);
    agreed = arrive(&c, s, &key, &m, q->field[5], now_s) == q->status;
    if (s == NULL) {
        webhook_verify_init(&c);
        agreed &= arrive(&c, s, &key, &m, q->field[5], now_s) == q->status;
    }
    if (!agreed) q->status = WEBHOOK_ERR_DAMAGED;
}

/* ---- the envelope ---- */

static void envelope_write(question *q) { /* id, event, milliseconds, payload */
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_json_scratch scratch;
    if (!take_scratch(q, q->field[3], &scratch)) return;
    e.id = q->field[0];
    e.event = q->field[1];
    e.unix_ms = load_signed(q->field[2]);
    e.payload = q->field[3];
    q->status = webhook_payload_write(q->out, &e, scratch, &q->offset);
    free(scratch.ptr);
}

static void envelope_read(question *q) { /* body: the list of id, event, milliseconds, payload */
    webhook_envelope e;
    char ms[8];
    q->status = webhook_payload_read(q->field[0], &e, &q->offset);
    if (q->status != WEBHOOK_OK) return;
    store(ms, (uint64_t)e.unix_ms, sizeof ms);
    put_member(q, e.id);
    put_member(q, e.event);
    put_member(q, webhook_str_from(ms, sizeof ms));
    put_member(q, e.payload);
}

/* ---- question and answer ---- */

static const struct {
    void (*answer)(question *q);
    char letter;
    unsigned char fields;
} kinds[] = {
    { hex_write, 'X', 1 },      { hex_read, 'x', 1 },      { base64_write, 'B', 1 },
    { base64_read, 'b', 1 },    { decimal_write, 'U', 1 }, { decimal_read, 'u', 1 },
    { iso_write, 'I', 1 },      { iso_read, 'i', 1 },      { date_write, 'D', 1 },
    { date_read, 'd', 2 },      { number_write, 'N', 1 },  { number_read, 'n', 1 },
    { normal_form, 'J', 1 },    { string_decode, 's', 1 }, { integer_read, 'z', 1 },
    { find, 'f', 2 },           { string_write, 'q', 1 },  { integer_write, 'Z', 1 },
    { hmac, 'H', 2 },           { sign, 'S', 5 },          { verify, 'V', 7 },
    { envelope_write, 'E', 4 }, { envelope_read, 'e', 1 },
};

typedef struct answer_text {
    char *ptr;
    size_t cap, len;
} answer_text;

static webhook_status collect(void *user, webhook_str s) {
    answer_text *a = (answer_text *)user;
    if (s.len > a->cap - a->len) {
        char *larger = (char *)realloc(a->ptr, a->len + s.len + a->cap);
        if (larger == NULL) die("out of memory");
        a->ptr = larger;
        a->cap += a->len + s.len;
    }
    memcpy(a->ptr + a->len, s.ptr, s.len);
    a->len += s.len;
    return WEBHOOK_OK;
}

static void need(void *to, size_t n) {
    if (n > 0 && fread(to, 1, n, stdin) != n) die("a question ends early");
}

static size_t read_fields(question *q, char **block_of) {
    unsigned char size[4];
    size_t i, n = (size_t)getchar();
    if (n > FIELDS_MAX) die("too many fields");
    for (i = 0; i < n; i++) {
        size_t len;
        need(size, sizeof size);
        len = size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;
        block_of[i] = (char *)take(len);
        need(block_of[i], len);
        q->field[i] = webhook_str_from(block_of[i], len);
    }
    return n;
}

static void ask(int letter, size_t fields, question *q) {
    size_t i;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].letter != letter) continue;
        if (kinds[i].fields != fields) die("a wrong number of fields");
        kinds[i].answer(q);
        return;
    }
    die("no such question");
}

static void answer(int letter, answer_text *text) {
    question q = WEBHOOK_ZERO;
    char head[12], block[256], *block_of[FIELDS_MAX];
    webhook_buf out = webhook_buf_from(block, sizeof block);
    webhook_status end;
    size_t i, fields = read_fields(&q, block_of);
    text->len = 0;
    out.flush = collect;
    out.user = text;
    q.out = &out;
    ask(letter, fields, &q);
    end = webhook_buf_end(&out);
    if ((int)q.status >= 0 && end != WEBHOOK_OK) q.status = end;
    if ((int)q.status < 0) text->len = 0;
    store(head, (uint64_t)(int64_t)q.status, 4);
    store(head + 4, q.offset, 4);
    store(head + 8, text->len, 4);
    fwrite(head, 1, sizeof head, stdout);
    if (text->len > 0) fwrite(text->ptr, 1, text->len, stdout);
    for (i = 0; i < fields; i++) free(block_of[i]);
}

int main(void) {
    answer_text text = WEBHOOK_ZERO;
    int letter;
    while ((letter = getchar()) != EOF) answer(letter, &text);
    free(text.ptr);
    if (fflush(stdout) != 0 || ferror(stdout)) die("cannot write");
    return 0;
}
