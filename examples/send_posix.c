/* send_posix.c -- one signed delivery over a socket, without registry, queue and retries
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/send_posix.c -pthread -o send_posix
 *     WEBHOOK_SECRET=secret-key-123 ./send_posix http://localhost:8080/
 *
 * The whole request is here: head, signature, body. What one wants kept and tried again goes
 * through the engine, which writes the same: service.c. The exit status is 0 where the answer is a
 * 2xx; a receiver that takes it is receive_sockets.c.
 */
#define _POSIX_C_SOURCE 200809L /* NOLINT: the name is POSIX's */
#define WEBHOOK_POSIX
#include <stdio.h>
#include <stdlib.h>
#include "../webhook.h"

static webhook_status write_body(webhook_buf *body) {
    unsigned char random[16];
    char id[WEBHOOK_ID_MAX];
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_json_writer w;
    if (webhook_posix_random(random, sizeof random) != WEBHOOK_OK) return WEBHOOK_ERR_IO;
    e.id = webhook_id_make(id, random);
    e.event = WEBHOOK_STR("users.u1.create");
    e.unix_ms = webhook_posix_unix_ms();
    webhook_payload_begin(&w, body, &e);
    webhook_json_put_string(&w, WEBHOOK_STR("hello"));
    return webhook_payload_end(&w);
}

static webhook_status write_head(webhook_buf *head, const webhook_url *u, webhook_str body,
                                 webhook_str secret) {
    webhook_scheme names = webhook_scheme_default();
    char digits[WEBHOOK_TIMESTAMP_MAX], hex[WEBHOOK_SIGNATURE_MAX];
    char list[WEBHOOK_EVENT_HEADER_MAX];
    webhook_buf timestamp = webhook_buf_from(digits, sizeof digits);
    webhook_buf signature = webhook_buf_from(hex, sizeof hex);
    webhook_buf events = webhook_buf_from(list, sizeof list);
    webhook_message m = WEBHOOK_ZERO;
    webhook_hmac_key key;
    webhook_status s = webhook_key_init(&key, NULL, secret);

    webhook_decimal_write(&timestamp, (uint64_t)webhook_posix_unix_ms() / 1000);
    m.timestamp = webhook_buf_str(&timestamp);
    m.body = body;
    if (s == WEBHOOK_OK) s = webhook_sign(NULL, &key, &m, &signature);
    webhook_wipe(&key, sizeof key);
    if (s != WEBHOOK_OK) return s;
    webhook_event_header_write(&events, WEBHOOK_STR("users.u1.create"), 0);

    webhook_http_put_request(head, WEBHOOK_STR("POST"), u);
    webhook_http_put_field(head, WEBHOOK_STR("Content-Type"), WEBHOOK_STR("application/json"));
    webhook_http_put_field(head, names.webhook_id_field, WEBHOOK_STR("my-first"));
    webhook_http_put_field(head, names.events_field, webhook_buf_str(&events));
    webhook_http_put_field(head, names.timestamp_field, m.timestamp);
    webhook_http_put_field(head, names.signature_field, webhook_buf_str(&signature));
    webhook_http_put_length(head, body.len);
    return webhook_buf_end(head); /* whatever could not be put is told here, once */
}

int main(int argc, char **argv) {
    char body_text[256], head_text[4096 + WEBHOOK_EVENT_HEADER_MAX];
    webhook_buf body = webhook_buf_from(body_text, sizeof body_text);
    webhook_buf head = webhook_buf_from(head_text, sizeof head_text);
    webhook_str secret = webhook_str_from_cstr(getenv("WEBHOOK_SECRET"));
    webhook_posix_client_desc d = WEBHOOK_ZERO;
    webhook_posix_client *client = NULL;
    webhook_guard inside = WEBHOOK_ZERO;
    webhook_request r = WEBHOOK_ZERO;
    webhook_result result = WEBHOOK_ZERO;
    webhook_status s =
        webhook_url_read(webhook_str_from_cstr(argc > 1 ? argv[1] : NULL), &r.url, NULL);

    if (argc != 2) return fputs("usage: WEBHOOK_SECRET=... send_posix URL\n", stderr), 2;
    if (s == WEBHOOK_OK) s = write_body(&body);
    if (s == WEBHOOK_OK) s = write_head(&head, &r.url, webhook_buf_str(&body), secret);
    r.head = webhook_buf_str(&head);
    r.body = webhook_buf_str(&body);
    inside.allow_private = 1; /* to try it at home; without it to public addresses alone */
    d.guard = &inside;
    if (s == WEBHOOK_OK) s = webhook_posix_loop_open(&d.loop);
    if (s == WEBHOOK_OK) s = webhook_posix_client_open(&client, &d);
    if (s == WEBHOOK_OK) s = webhook_posix_client_send(client, &r, &result);
    if (s == WEBHOOK_OK)
        printf("%u in %lu ms\n", result.status, (unsigned long)result.response_ms);
    else
        fprintf(stderr, "send_posix: %s: %.*s\n", webhook_status_str(s), (int)result.error.len,
                result.error.ptr);
    webhook_posix_client_close(client);
    webhook_posix_loop_close(d.loop);
    return result.status / 100 != 2;
}
