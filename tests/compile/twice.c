/* twice.c -- the implementation asked for twice comes once; takes the place of multi_a.c */
#define WEBHOOK_IMPLEMENTATION
#include "../../webhook.h"
#include "../../webhook.h"
#undef WEBHOOK_IMPLEMENTATION
#define WEBHOOK_IMPLEMENTATION
#include "../../webhook.h"
#include "multi.h"

size_t multi_size(unsigned i) {
    static const size_t sizes[MULTI_SIZES] = MULTI_LIST_SIZES;
    return sizes[i];
}

int multi_mac(unsigned char mac[32]) {
    webhook_hmac_key k;
    return webhook_hmac_key_init(&k, WEBHOOK_STR("Jefe")) == WEBHOOK_OK &&
           webhook_hmac(&k, WEBHOOK_STR("what do ya want for nothing?"), mac) == WEBHOOK_OK;
}
