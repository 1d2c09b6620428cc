/* build_payload.c -- an envelope around a payload that is written piece by piece
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/build_payload.c -o build_payload && ./build_payload
 */
#include <stdio.h>
#include "../webhook.h"

static webhook_status to_stdout(void *user, webhook_str bytes) {
    (void)user;
    return fwrite(bytes.ptr, 1, bytes.len, stdout) == bytes.len ? WEBHOOK_OK : WEBHOOK_ERR_IO;
}

int main(void) {
    static const char *const items[] = { "keyboard", "caf\xc3\xa9", "line\nbreak" };
    char block[64]; /* the body may be longer: it is passed on whenever the block is full */
    webhook_buf out = webhook_buf_from(block, sizeof block);
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_json_writer w;
    size_t i;

    out.flush = to_stdout;
    e.id = WEBHOOK_STR("event_123");
    e.event = WEBHOOK_STR("databases.main.tables.orders.rows.order_456.create");
    e.unix_ms = 1736937000000;

    webhook_payload_begin(&w, &out, &e);
    webhook_json_put_object(&w);
    webhook_json_put_key(&w, WEBHOOK_STR("customer"));
    webhook_json_put_string(&w, WEBHOOK_STR("John Doe"));
    webhook_json_put_key(&w, WEBHOOK_STR("total"));
    webhook_json_put_double(&w, 99.99);
    webhook_json_put_key(&w, WEBHOOK_STR("items"));
    webhook_json_put_array(&w);
    for (i = 0; i < sizeof items / sizeof *items; i++)
        webhook_json_put_string(&w, webhook_str_from_cstr(items[i]));
    webhook_json_put_end(&w);
    webhook_json_put_end(&w);
    return webhook_payload_end(&w) != WEBHOOK_OK; /* every error of the way is told here, once */
}
