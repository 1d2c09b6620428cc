/* receive_uart.c -- a device's byte stream: 256 bytes of line buffer, no malloc, no clock
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/receive_uart.c -o receive_uart
 *     ./receive_uart            # three connections of its own; exit status 0: as expected
 *     ./receive_uart - < file   # one, from a file
 *
 * Copy struct device, verified, answer and receive. The keys are found by the webhook's id.
 * Without a clock, the largest timestamp that was verified stands for the present: what is over
 * 300 s older, or was taken before, is not taken again, not even after a restart where newest_s
 * and the guard are kept over it.
 */
#include <stdio.h>
#include "../webhook.h"

/* ---- the board ---- */

static webhook_hmac_key door_key;
static unsigned opened; /* doors */
static const char *uart_text;

/* EOF where the connection ends: the modem says so, or the line has been quiet for long */
static int uart_byte(void) {
    if (uart_text == NULL) return getchar();
    return *uart_text == 0 ? EOF : (unsigned char)*uart_text++;
}

static void uart_write(webhook_str s) {
    fwrite(s.ptr, 1, s.len, stdout);
}

static const webhook_hmac_key *key_of(webhook_str webhook_id) {
    return webhook_str_eq(webhook_id, WEBHOOK_STR("door")) ? &door_key : NULL;
}

/* ---- the receiver ---- */

enum { GUARD = WEBHOOK_REPLAY_ENTRIES(16) };

struct device {
    webhook_scheme scheme;
    webhook_receive_ctx r;
    const webhook_hmac_key *key;
    webhook_buf body;
    uint64_t sent_s, newest_s;
    webhook_replay_entry guard[GUARD];
    char line[256], block[256];
};

/* verified -- the status to answer */
static unsigned verified(struct device *d) {
    webhook_replay_key key = webhook_verify_replay_key(&d->r.verify);
    webhook_envelope e;
    webhook_status s;

    if (d->sent_s > d->newest_s) d->newest_s = d->sent_s;
    if (webhook_payload_read(webhook_buf_str(&d->body), &e, NULL) != WEBHOOK_OK) return 400;
    s = webhook_replay_begin(d->guard, GUARD, &key, (int64_t)d->newest_s);
    if (s == WEBHOOK_SEEN) return 200;
    if (s != WEBHOOK_OK) return 503;
    if (webhook_event_match(WEBHOOK_STR("doors.*.open"), e.event) == WEBHOOK_OK) opened++;
    webhook_replay_end(d->guard, GUARD, &key, 1);
    return 200;
}

static void answer(struct device *d, unsigned status) {
    char text[128];
    webhook_buf out = webhook_buf_from(text, sizeof text);
    webhook_http_put_answer(&out, status, webhook_http_keep_alive(&d->r.http));
    uart_write(webhook_buf_str(&out));
}

static void take(struct device *d, const webhook_http_token *t) {
    switch (t->kind) {
    case WEBHOOK_HTTP_LINE:
        d->key = NULL;
        d->body = webhook_buf_from(d->block, sizeof d->block);
        break;
    case WEBHOOK_HTTP_FIELD:
        if (t->role == WEBHOOK_ROLE_WEBHOOK_ID) d->key = key_of(t->value);
        if (t->role == WEBHOOK_ROLE_TIMESTAMP && webhook_decimal_read(t->value, &d->sent_s))
            d->sent_s = 0; /* no number: refused at the end of the head */
        break;
    case WEBHOOK_HTTP_HEAD:
        webhook_receive_keys(&d->r, d->key, d->key != NULL, (int64_t)d->newest_s);
        break;
    case WEBHOOK_HTTP_BODY: webhook_buf_put(&d->body, t->value); break;
    case WEBHOOK_HTTP_VERIFIED: answer(d, verified(d)); break;
    case WEBHOOK_HTTP_REFUSED: answer(d, t->status); break;
    default: break;
    }
}

/* receive -- one connection */
static void receive(struct device *d) {
    webhook_http_desc desc = WEBHOOK_ZERO;
    webhook_http_token t;
    webhook_str in;
    webhook_status s;
    char byte;
    int c;

    desc.line = d->line;
    desc.line_cap = sizeof d->line;
    desc.skip_long = 1; /* an events field of 7 KB goes by */
    desc.body_max = sizeof d->block;
    if (webhook_receive_init_scheme(&d->r, &desc, &d->scheme, NULL, 0) != WEBHOOK_OK) return;
    while ((c = uart_byte()) != EOF) {
        byte = (char)c;
        in = webhook_str_from(&byte, 1);
        while ((s = webhook_receive_next(&d->r, &in, &t)) == WEBHOOK_OK) take(d, &t);
        if (s != WEBHOOK_MORE) return; /* to be closed; what still comes is for nobody */
    }
}

/* ---- to have something to receive ---- */

/* signed with secret-key-123; the events field does not fit the line buffer */
#define NAMES "doors.d1.open,doors.*.open,doors.d1,doors.*,"
#define DELIVERY(id, n, time, mac)                                                     \
    "POST / HTTP/1.1\r\nHost: device\r\nX-Appwrite-Webhook-Id: " id                    \
    "\r\nX-Appwrite-Webhook-Events: " NAMES NAMES NAMES NAMES NAMES NAMES              \
    "\r\nX-Appwrite-Webhook-Timestamp: " time "\r\nX-Appwrite-Webhook-Signature: " mac \
    "\r\nContent-Length: 95\r\n\r\n{\"$id\":\"event_" n "\",\"event\":\"doors.d" n     \
    ".open\",\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"payload\":null}"
#define MAC_1 "647ad757d68cd8dc09e41e16cf128bee557cd02ca9ff3b8894dbcf936cf510ea"
#define MAC_2 "a2c3a2cfa0f2113d0bf3e8318308c33e1c7b24d6af03aaaf80a994503374ca01"
#define FIRST DELIVERY("door", "1", "1736937000", MAC_1)
#define SECOND DELIVERY("door", "2", "1736937060", MAC_2)

int main(int argc, char **argv) {
    static const char *const connections[] = {
        FIRST SECOND FIRST, /* the last one is a replay: answered 200, opens nothing */
        DELIVERY("door", "3", "1736937060", MAC_2) /* forged */
        DELIVERY("gate", "2", "1736937060", MAC_2) /* no key */
        SECOND,                                    /* a replay */
        "POST / HTTP/1.1\r\nHost: device\r\nContent-Length: 1000000\r\n\r\n",
    };
    static struct device d; /* all the memory there is */
    size_t i;

    (void)argv;
    d.scheme = webhook_scheme_default();
    d.scheme.tolerance_future_s = WEBHOOK_TOLERANCE_NONE;
    if (webhook_replay_init(d.guard, GUARD) != WEBHOOK_OK) return 2;
    if (webhook_key_init(&door_key, NULL, WEBHOOK_STR("secret-key-123")) != WEBHOOK_OK) return 2;
    if (argc > 1) {
        receive(&d);
        return opened == 0;
    }
    for (i = 0; i < sizeof connections / sizeof *connections; i++) {
        uart_text = connections[i];
        receive(&d);
    }
    printf("%u doors opened\n", opened);
    return opened != 2;
}
