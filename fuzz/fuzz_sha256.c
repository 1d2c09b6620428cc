/* fuzz_sha256.c -- cutting the input anywhere gives the same digest: make fuzz T=sha256 SECONDS=60 */
#include <stdlib.h>
#include <string.h>
#include "../webhook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    unsigned char whole[32], cut[32];
    webhook_sha256_ctx c;
    size_t at = size == 0 ? 0 : data[0] % (size + 1);
    webhook_sha256(webhook_str_from(text, size), whole);
    webhook_sha256_init(&c);
    webhook_sha256_update(&c, webhook_str_from(text, at));
    webhook_sha256_update(&c, webhook_str_from(text + at, size - at));
    webhook_sha256_final(&c, cut);
    if (memcmp(whole, cut, 32) != 0) abort();
    return 0;
}
