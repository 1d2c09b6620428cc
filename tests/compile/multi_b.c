/* multi_b.c -- the header twice and never the implementation, which another file brings; C and C++
 *
 * Prints nothing; the exit status tells whether both files mean the same structs and functions.
 */
#include "../../webhook.h"
#include "../../webhook.h"
#include "multi.h"

/* RFC 4231, section 4.3 (case 2) */
static const unsigned char wanted[32] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e,
                                          0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7,
                                          0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
                                          0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43 };

int main(void) {
    static const size_t sizes[MULTI_SIZES] = MULTI_LIST_SIZES;
    unsigned char here[32], there[32];
    webhook_hmac_key k;
    unsigned i;
    for (i = 0; i < MULTI_SIZES; i++)
        if (multi_size(i) != sizes[i]) return 1;
    if (!multi_mac(there)) return 2;
    if (webhook_hmac_key_init(&k, WEBHOOK_STR("Jefe")) != WEBHOOK_OK) return 3;
    if (webhook_hmac(&k, WEBHOOK_STR("what do ya want for nothing?"), here) != WEBHOOK_OK) return 4;
    if (webhook_equal(here, wanted, 32) != WEBHOOK_OK) return 5;
    if (webhook_equal(there, wanted, 32) != WEBHOOK_OK) return 6;
    return webhook_version() == WEBHOOK_VERSION_HEX ? 0 : 7;
}
