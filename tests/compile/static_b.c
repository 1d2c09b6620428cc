/* static_b.c -- the second private copy: the same answers, at other addresses */
#define WEBHOOK_STATIC
#define WEBHOOK_IMPLEMENTATION
#include "../../webhook.h"
#include "static.h"

int main(void) {
    unsigned char here[32], there[32];
    webhook_hmac_key k;
    if (static_a_version() == webhook_version) return 1;
    if (static_a_version()() != webhook_version()) return 2;
    if (!static_a_mac(there)) return 3;
    if (webhook_hmac_key_init(&k, WEBHOOK_STR("Jefe")) != WEBHOOK_OK) return 4;
    if (webhook_hmac(&k, WEBHOOK_STR("what do ya want for nothing?"), here) != WEBHOOK_OK) return 5;
    return webhook_equal(here, there, 32) == WEBHOOK_OK ? 0 : 6;
}
