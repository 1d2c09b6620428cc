/* receive.c -- what a device runs that receives deliveries; nothing but this path is in the size programs */
#include "receive.h"
#include "port.h"

webhook_status small_setup(small_device *d, const webhook_str *ids, const webhook_str *secrets) {
    webhook_status s = webhook_replay_init(d->guard, SMALL_GUARD);
    unsigned i;
    for (i = 0; i < SMALL_KEYS && s == WEBHOOK_OK; i++) {
        d->ids[i] = ids[i];
        s = webhook_key_init(d->keys + i, NULL, secrets[i]);
    }
    return s;
}

webhook_status small_open(small_device *d, int64_t now_s) {
    webhook_http_desc desc = WEBHOOK_ZERO;
    desc.line = d->line;
    desc.line_cap = sizeof d->line;
    desc.skip_long = 1; /* an events field of 7 KB goes by */
    desc.body_max = SMALL_BODY;
    d->now_s = now_s;
    return webhook_receive_init(&d->r, &desc);
}

static void put(webhook_str s) {
    size_t i;
    for (i = 0; i < s.len; i++) port_char(s.ptr[i]);
}

static webhook_status flush(void *user, webhook_str bytes) {
    (void)user;
    put(bytes);
    return WEBHOOK_OK;
}

static void answer(const small_device *d, unsigned status) {
    webhook_buf out = WEBHOOK_ZERO; /* no block: each piece goes straight to the UART */
    out.flush = flush;
    webhook_http_put_answer(&out, status, webhook_http_keep_alive(&d->r.http));
}

/* verified -- authentic: the status to answer; an event that is new is printed. Four hours are
 * longer than any sender retries; the id that chose the key keeps the two senders' events apart. */
static unsigned verified(small_device *d) {
    webhook_envelope e;
    webhook_replay_key key;
    webhook_status s;
    if (webhook_payload_read(webhook_buf_str(&d->body), &e, NULL) != WEBHOOK_OK) return 400;
    key = webhook_replay_key_from_id(d->ids[d->key], e.id, d->now_s + 4 * INT32_C(3600));
    s = webhook_replay_begin(d->guard, SMALL_GUARD, &key, d->now_s);
    if (s == WEBHOOK_SEEN) return 200;
    if (s != WEBHOOK_OK) return 503;
    port_char('+');
    put(e.id);
    port_char(' ');
    put(e.event);
    port_char('\n');
    webhook_replay_end(d->guard, SMALL_GUARD, &key, 1);
    return 200;
}

static void find_key(small_device *d, webhook_str id) {
    for (d->key = 0; d->key < SMALL_KEYS && !webhook_str_eq(d->ids[d->key], id);) d->key++;
}

static void take(small_device *d, const webhook_http_token *t) {
    switch (t->kind) {
    case WEBHOOK_HTTP_LINE:
        d->key = SMALL_KEYS;
        d->body = webhook_buf_from(d->block, sizeof d->block);
        if (!webhook_str_eq(t->name, WEBHOOK_STR("POST"))) webhook_receive_refuse(&d->r, 405);
        break;
    case WEBHOOK_HTTP_FIELD:
        if (t->role == WEBHOOK_ROLE_WEBHOOK_ID) find_key(d, t->value);
        break;
    case WEBHOOK_HTTP_HEAD:
        if (d->key < SMALL_KEYS) webhook_receive_keys(&d->r, d->keys + d->key, 1, d->now_s);
        if (webhook_http_expects_continue(&d->r.http)) answer(d, 100);
        break;
    case WEBHOOK_HTTP_BODY: webhook_buf_put(&d->body, t->value); break;
    case WEBHOOK_HTTP_VERIFIED: answer(d, verified(d)); break;
    case WEBHOOK_HTTP_REFUSED: answer(d, t->status); break;
    default: break;
    }
}

int small_byte(small_device *d, char byte) {
    webhook_http_token t;
    webhook_str in = webhook_str_from(&byte, 1);
    webhook_status s;
    while ((s = webhook_receive_next(&d->r, &in, &t)) == WEBHOOK_OK) take(d, &t);
    return s == WEBHOOK_MORE;
}

void small_end(small_device *d) {
    if (webhook_receive_finish(&d->r) != WEBHOOK_OK) port_char('!');
}
