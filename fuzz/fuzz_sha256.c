/* make fuzz T=sha256 SECONDS=60
 *
 * Cutting the input anywhere gives the same digest. A long input in one piece goes the hardware's way where there is
 * one, small pieces go the portable way, so the two are compared as well. HMAC equals its definition over SHA-256.
 */
#include "fuzz.h"

static void hash_in_pieces(webhook_str s, size_t piece, unsigned char digest[32]) {
    webhook_sha256_ctx c;
    webhook_sha256_init(&c);
    while (s.len > 0) {
        size_t n = s.len < piece ? s.len : piece;
        webhook_sha256_update(&c, webhook_str_from(s.ptr, n));
        s.ptr += n;
        s.len -= n;
    }
    webhook_sha256_final(&c, digest);
}

/* RFC 2104, word for word */
static void hmac_as_defined(webhook_str secret, webhook_str s, unsigned char mac[32]) {
    unsigned char key[64] = { 0 };
    char *inner = (char *)fuzz_memory(64 + s.len), outer[64 + 32];
    size_t i;
    if (secret.len > 64)
        webhook_sha256(secret, key);
    else
        memcpy(key, secret.ptr, secret.len);
    for (i = 0; i < 64; i++) inner[i] = (char)(key[i] ^ 0x36);
    for (i = 0; i < 64; i++) outer[i] = (char)(key[i] ^ 0x5c);
    if (s.len > 0) memcpy(inner + 64, s.ptr, s.len);
    webhook_sha256(webhook_str_from(inner, 64 + s.len), mac);
    memcpy(outer + 64, mac, 32);
    webhook_sha256(webhook_str_from(outer, sizeof outer), mac);
    free(inner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size), secret;
    size_t piece = fuzz_byte(&in) + 1, split = fuzz_byte(&in);
    unsigned char whole[32], cut[32];
    webhook_hmac_key key;
    webhook_hmac_ctx c;
    char *text = fuzz_copy(in);
    webhook_str s = webhook_str_from(text, in.len);

    webhook_sha256(s, whole);
    hash_in_pieces(s, piece, cut);
    require(memcmp(whole, cut, 32) == 0);

    secret = webhook_str_from(text, split < s.len ? split : s.len);
    if (webhook_hmac_key_init(&key, secret) == WEBHOOK_OK) {
        s = webhook_str_from(text + secret.len, s.len - secret.len);
        require(webhook_hmac(&key, s, whole) == WEBHOOK_OK);
        hmac_as_defined(secret, s, cut);
        require(memcmp(whole, cut, 32) == 0);
        require(webhook_hmac_init(&c, &key) == WEBHOOK_OK);
        for (; s.len > 0; s.ptr++, s.len--) webhook_hmac_update(&c, webhook_str_from(s.ptr, 1));
        require(webhook_hmac_final(&c, cut) == WEBHOOK_OK && memcmp(whole, cut, 32) == 0);
    } else {
        require(secret.len == 0 && webhook_hmac(&key, s, whole) == WEBHOOK_ERR_KEY);
    }
    free(text);
    return 0;
}
