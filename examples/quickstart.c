/* cc -DWEBHOOK_IMPLEMENTATION -I. examples/quickstart.c -o quickstart && ./quickstart */
#include <stdio.h>
#include "../webhook.h"
int main(void) {
    char body[512], text[80];
    webhook_buf out = webhook_buf_from(body, sizeof body);
    webhook_buf hex = webhook_buf_from(text, sizeof text);
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_message m = WEBHOOK_ZERO;
    webhook_json_writer w;
    webhook_hmac_key key;
    if (webhook_key_init(&key, NULL, WEBHOOK_STR("secret-key-123"))) return 1;
    e.id = WEBHOOK_STR("event_123");
    e.event = WEBHOOK_STR("users.u1.create");
    e.unix_ms = 1736937000000;
    webhook_payload_begin(&w, &out, &e);
    webhook_json_put_string(&w, WEBHOOK_STR("hello"));
    if (webhook_payload_end(&w)) return 1;
    m.timestamp = WEBHOOK_STR("1736937000");
    m.body = webhook_buf_str(&out);
    if (webhook_sign(NULL, &key, &m, &hex)) return 1;
    printf("%.*s\n%.*s\n", (int)out.len, body, (int)hex.len, text);
    return webhook_verify(NULL, &key, 1, &m, webhook_buf_str(&hex), 1736937010) != WEBHOOK_OK;
}
