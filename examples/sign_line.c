/* sign_line.c -- HMAC-SHA-256 of the line "1736937000.hello", as a webhook's signature is made
 *
 *     cc -DWEBHOOK_IMPLEMENTATION -I. examples/sign_line.c -o sign_line && ./sign_line SECRET
 */
#include <stdio.h>
#include "../webhook.h"

int main(int argc, char **argv) {
    unsigned char mac[WEBHOOK_SHA256_SIZE];
    char text[2 * WEBHOOK_SHA256_SIZE];
    webhook_buf hex = webhook_buf_from(text, sizeof text);
    webhook_hmac_key key;
    if (argc != 2) return 2;
    if (webhook_hmac_key_init(&key, webhook_str_from_cstr(argv[1])) != WEBHOOK_OK) return 2;
    if (webhook_hmac(&key, WEBHOOK_STR("1736937000.hello"), mac) != WEBHOOK_OK) return 1;
    webhook_hex_write(&hex, webhook_str_from((const char *)mac, sizeof mac));
    printf("%.*s\n", (int)hex.len, text);
    return webhook_buf_end(&hex) != WEBHOOK_OK;
}
