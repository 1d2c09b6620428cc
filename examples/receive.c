/* receive.c -- the receiving side: authentic? fresh? new? Then the handler, then the HTTP status
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/receive.c -o receive && ./receive
 *
 * Copy receive, handle and struct receiver. main hands them nine deliveries and prints the status
 * answered to each, below what the handler read where it came to that. The exit status is 0 where
 * every answer, and the number of orders taken, is the expected one.
 */
#include <stdio.h>
#include "../webhook.h"

enum { GUARD = 64 }; /* entries: 8/7 of the events that come in 4 hours, and 2 */

struct receiver {
    webhook_hmac_key keys[2]; /* a secret and the one that it replaces, prepared once */
    webhook_replay_entry guard[GUARD];
    int orders, disk_full; /* the handler's own */
};

/* handle -- 1: the event is dealt with; 0: nothing of it is, and it comes again */
static int handle(struct receiver *r, const webhook_envelope *e) {
    char name[32];
    webhook_buf customer = webhook_buf_from(name, sizeof name);
    webhook_json_path want[2] = WEBHOOK_ZERO;
    int64_t items;

    want[0].path = WEBHOOK_STR("/customer/name");
    want[1].path = WEBHOOK_STR("/items");
    if (webhook_json_find(e->payload, want, 2, NULL) != WEBHOOK_OK) return 0;
    /* a value that is not there, or of another kind, is an error of these two */
    if (webhook_json_string(&want[0].value, &customer) != WEBHOOK_OK) return 0;
    if (webhook_json_int(&want[1].value, &items) != WEBHOOK_OK) return 0;
    if (r->disk_full) return 0;
    printf("    %lld items for %.*s\n", (long long)items, (int)customer.len, name);
    r->orders++;
    return 1;
}

/* receive -- the status to answer; body is the raw bytes, and a header field that came twice is to
 * be refused before (webhook_verify_field does that by itself) */
static int receive(struct receiver *r, webhook_str timestamp, webhook_str signature,
                   webhook_str body, int64_t now_s) {
    webhook_message m = WEBHOOK_ZERO;
    webhook_envelope e;
    webhook_replay_key key;
    webhook_status status;
    int handled;

    m.timestamp = timestamp;
    m.body = body;
    if (webhook_verify(NULL, r->keys, 2, &m, signature, now_s) != WEBHOOK_OK) return 401;
    if (webhook_payload_read(body, &e, NULL) != WEBHOOK_OK) return 400;
    /* the scope is a name of our own: the webhook's id in the head is not signed */
    key = webhook_replay_key_from_id(WEBHOOK_STR("shop"), e.id, now_s + 4 * 3600);
    status = webhook_replay_begin(r->guard, GUARD, &key, now_s);
    if (status == WEBHOOK_SEEN) return 200; /* told as handled, or the sender goes on trying */
    if (status != WEBHOOK_OK) return 503;   /* being handled, or the guard is full: try later */
    handled = handle(r, &e);
    /* kept where it was handled, else forgotten, so that the retry gets through */
    webhook_replay_end(r->guard, GUARD, &key, handled);
    return handled ? 200 : 500;
}

/* ---- what a sender does, to have something to receive ---- */

struct delivery {
    const char *what, *secret, *id; /* no id: a body that is no envelope */
    int age_s, disk_full;
    int status, orders; /* expected: the answer, and the orders taken until then */
};

static webhook_status write_body(webhook_buf *out, const char *id) {
    uint32_t words[WEBHOOK_JSON_SCRATCH(64)]; /* for a payload of up to 64 bytes */
    webhook_json_scratch scratch = { words, sizeof words / sizeof *words };
    webhook_envelope e = WEBHOOK_ZERO;
    e.id = webhook_str_from_cstr(id);
    e.event = WEBHOOK_STR("orders.o1.create");
    e.unix_ms = 1736937000000;
    e.payload = WEBHOOK_STR("{\"customer\":{\"name\":\"Ann \\\"Nan\\\" Lee\"},\"items\":3}");
    return webhook_payload_write(out, &e, scratch, NULL);
}

/* deliver -- build, sign, hand over; 1 where all came out as expected */
static int deliver(struct receiver *r, const struct delivery *d, int64_t now_s) {
    char text[256], hex[80], digits[20];
    webhook_buf body = webhook_buf_from(text, sizeof text);
    webhook_buf signature = webhook_buf_from(hex, sizeof hex);
    webhook_buf timestamp = webhook_buf_from(digits, sizeof digits);
    webhook_message m = WEBHOOK_ZERO;
    webhook_hmac_key key;
    int status;

    if (webhook_key_init(&key, NULL, webhook_str_from_cstr(d->secret)) != WEBHOOK_OK) return 0;
    if (d->id != NULL && write_body(&body, d->id) != WEBHOOK_OK) return 0;
    webhook_decimal_write(&timestamp, (uint64_t)(now_s - d->age_s));
    m.timestamp = webhook_buf_str(&timestamp);
    m.body = d->id == NULL ? WEBHOOK_STR("{}") : webhook_buf_str(&body);
    if (webhook_sign(NULL, &key, &m, &signature) != WEBHOOK_OK) return 0;
    r->disk_full = d->disk_full;
    status = receive(r, m.timestamp, webhook_buf_str(&signature), m.body, now_s);
    printf("%d %s\n", status, d->what);
    return status == d->status && r->orders == d->orders;
}

int main(void) {
    static const struct delivery deliveries[] = {
        { "new", "new-secret", "event_1", 0, 0, 200, 1 },
        { "the same request again", "new-secret", "event_1", 60, 0, 200, 1 },
        { "the same event, signed anew", "new-secret", "event_1", 0, 0, 200, 1 },
        { "signed with the old secret", "old-secret", "event_2", 0, 0, 200, 2 },
        { "forged", "a-guess", "event_3", 0, 0, 401, 2 },
        { "stale", "new-secret", "event_3", 301, 0, 401, 2 },
        { "authentic, but no envelope", "new-secret", NULL, 0, 0, 400, 2 },
        { "the handler fails", "new-secret", "event_3", 0, 1, 500, 2 },
        { "the retry after that", "new-secret", "event_3", 0, 0, 200, 3 },
    };
    struct receiver r = WEBHOOK_ZERO;
    int64_t now_s = 1736937000;
    size_t i;
    int good = 1;

    if (webhook_key_init(&r.keys[0], NULL, WEBHOOK_STR("new-secret")) ||
        webhook_key_init(&r.keys[1], NULL, WEBHOOK_STR("old-secret")) ||
        webhook_replay_init(r.guard, GUARD))
        return 1;
    for (i = 0; i < sizeof deliveries / sizeof *deliveries; i++, now_s += 60)
        if (!deliver(&r, &deliveries[i], now_s)) good = 0;
    webhook_wipe(r.keys, sizeof r.keys);
    return !good;
}
