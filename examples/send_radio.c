/* send_radio.c -- a delivery over a transport of your own: two callbacks, no socket, no malloc
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/send_radio.c -o send_radio && ./send_radio
 *
 * Copy write_head and deliver. The radio stands for whatever you have: it takes a few bytes at a
 * time, wants to be waited for between them, and the far end answers when it has all. The exit
 * status is 0 where the delivery is accepted.
 */
#include <stdio.h>
#include "../webhook.h"

/* ---- the radio ---- */

struct radio {
    uint64_t tick_ms;
    size_t expected, sent, answered; /* bytes */
    int busy;
};

static webhook_status radio_send(void *user, const void *ptr, size_t len, size_t *n) {
    struct radio *r = (struct radio *)user;
    if (r->busy) return WEBHOOK_WANT_SEND;
    *n = len < 20 ? len : 20;
    fwrite(ptr, 1, *n, stdout); /* on the air */
    r->sent += *n;
    r->busy = 1;
    return WEBHOOK_OK;
}

static webhook_status radio_recv(void *user, void *ptr, size_t cap, size_t *n) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct radio *r = (struct radio *)user;
    if (r->busy || r->sent < r->expected) return WEBHOOK_WANT_RECV;
    if (r->answered == sizeof answer - 1) return WEBHOOK_ERR_CLOSED;
    for (*n = 0; *n < cap && *n < 20 && r->answered < sizeof answer - 1; ++*n)
        ((char *)ptr)[*n] = answer[r->answered++];
    r->busy = 1;
    return WEBHOOK_OK;
}

/* until the radio can go on, or until_ms; a program with more to do returns to its own loop */
static void radio_wait(struct radio *r, uint64_t until_ms) {
    r->tick_ms = r->tick_ms + 5 < until_ms ? r->tick_ms + 5 : until_ms;
    r->busy = 0;
}

/* ---- the delivery ---- */

static webhook_status write_head(webhook_buf *head, const webhook_url *u,
                                 const webhook_hmac_key *key, webhook_str event, webhook_str body,
                                 int64_t now_s) {
    webhook_scheme names = webhook_scheme_default();
    char digits[20], hex[64], list[512];
    webhook_buf timestamp = webhook_buf_from(digits, sizeof digits);
    webhook_buf signature = webhook_buf_from(hex, sizeof hex);
    webhook_buf events = webhook_buf_from(list, sizeof list);
    webhook_message m = WEBHOOK_ZERO;
    webhook_status status;

    webhook_decimal_write(&timestamp, (uint64_t)now_s);
    m.timestamp = webhook_buf_str(&timestamp);
    m.body = body;
    status = webhook_sign(NULL, key, &m, &signature);
    webhook_event_header_write(&events, event, 0);
    if (status == WEBHOOK_OK) status = webhook_buf_end(&events);
    if (status != WEBHOOK_OK) return status;

    webhook_http_put_request(head, WEBHOOK_STR("POST"), u);
    webhook_http_put_field(head, WEBHOOK_STR("Content-Type"), WEBHOOK_STR("application/json"));
    webhook_http_put_field(head, names.webhook_id_field, WEBHOOK_STR("sensor-7"));
    webhook_http_put_field(head, names.name_field, WEBHOOK_STR("the cellar's sensor"));
    webhook_http_put_field(head, names.events_field, webhook_buf_str(&events));
    webhook_http_put_field(head, names.timestamp_field, m.timestamp);
    webhook_http_put_field(head, names.signature_field, webhook_buf_str(&signature));
    webhook_http_put_length(head, body.len);
    return webhook_buf_end(head); /* whatever could not be put is told here, once */
}

/* deliver -- the status that was answered, 0 where none was */
static unsigned deliver(struct radio *r, webhook_str head, webhook_str body) {
    char line[64], buf[32];
    webhook_exchange x;
    webhook_io io = WEBHOOK_ZERO;
    webhook_status s;

    io.user = r;
    io.send = radio_send;
    io.recv = radio_recv;
    webhook_exchange_init(&x, head, body, r->tick_ms + 30000, line, sizeof line);
    for (;;) {
        s = webhook_exchange_run(&x, r->tick_ms, &io, buf, sizeof buf);
        if (s != WEBHOOK_WANT_SEND && s != WEBHOOK_WANT_RECV) break;
        radio_wait(r, x.deadline_ms);
    }
    if (s != WEBHOOK_OK) fprintf(stderr, "no answer: %s\n", webhook_status_str(s));
    return s == WEBHOOK_OK ? x.status : 0;
}

int main(void) {
    const webhook_str body =
        WEBHOOK_STR("{\"$id\":\"event_123\",\"event\":\"sensors.s7.wet\","
                    "\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"payload\":{\"cm\":4}}");
    char block[1024];
    webhook_buf head = webhook_buf_from(block, sizeof block);
    struct radio r = WEBHOOK_ZERO;
    webhook_hmac_key key;
    webhook_url u;
    unsigned status;

    if (webhook_key_init(&key, NULL, WEBHOOK_STR("secret-key-123")) != WEBHOOK_OK) return 2;
    if (webhook_url_read(WEBHOOK_STR("http://example.com/hook"), &u, NULL) != WEBHOOK_OK) return 2;
    if (write_head(&head, &u, &key, WEBHOOK_STR("sensors.s7.wet"), body, 1736937000)) return 2;
    r.expected = head.len + body.len;
    status = deliver(&r, webhook_buf_str(&head), body);
    printf("\n%u in %lu ms\n", status, (unsigned long)r.tick_ms);
    webhook_wipe(&key, sizeof key);
    return status / 100 != 2; /* all but 2xx is a failure, redirects too */
}
