/* verify_stream.c -- verify a delivery as its bytes arrive: no malloc, all state on the stack
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/verify_stream.c -o verify_stream
 *     ./verify_stream SECRET TIMESTAMP SIGNATURE NOW < body && echo authentic
 */
#include <stdio.h>
#include <stdlib.h>
#include "../webhook.h"

int main(int argc, char **argv) {
    webhook_verify_ctx v;
    webhook_hmac_key key;
    webhook_status status;
    char piece[64]; /* as little at a time as the line brings */
    size_t n;

    if (argc != 5) return 2;
    if (webhook_key_init(&key, NULL, webhook_str_from_cstr(argv[1])) != WEBHOOK_OK) return 2;

    webhook_verify_init(&v);
    /* hand over every field of the head: one of the scheme's own that comes twice is refused */
    webhook_verify_field(&v, WEBHOOK_STR("X-Appwrite-Webhook-Timestamp"),
                         webhook_str_from_cstr(argv[2]));
    webhook_verify_field(&v, WEBHOOK_STR("X-Appwrite-Webhook-Signature"),
                         webhook_str_from_cstr(argv[3]));
    if (webhook_verify_head(&v, &key, 1, strtoll(argv[4], NULL, 10)) != WEBHOOK_MORE)
        return 1; /* stale or malformed: refused before a byte of the body is read */
    while ((n = fread(piece, 1, sizeof piece, stdin)) > 0)
        webhook_verify_body(&v, webhook_str_from(piece, n));
    status = webhook_verify_final(&v); /* until here not a byte of the body is to be trusted */
    webhook_wipe(&key, sizeof key);
    return status != WEBHOOK_OK;
}
