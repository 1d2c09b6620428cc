/* static_a.c -- a private copy of the library; static_b.c has another one in the same program */
#define WEBHOOK_STATIC
#define WEBHOOK_IMPLEMENTATION
#include "../../webhook.h"
#include "static.h"

static_version_fn static_a_version(void) {
    return webhook_version;
}

int static_a_mac(unsigned char mac[32]) {
    webhook_hmac_key k;
    return webhook_hmac_key_init(&k, WEBHOOK_STR("Jefe")) == WEBHOOK_OK &&
           webhook_hmac(&k, WEBHOOK_STR("what do ya want for nothing?"), mac) == WEBHOOK_OK;
}
