/* test_hmac.c -- RFC 4231, every split, keys that must be refused, equality and wiping */
#include "test.h"

static void vector_row(char **field, size_t n) {
    webhook_str secret = test_unhex(field[1]), msg = test_unhex(field[2]),
                tag = test_unhex(field[3]);
    webhook_hmac_key k;
    unsigned char mac[32];
    size_t cut;
    CHECK(n >= 4 && tag.len <= 32);
    CHECK_STATUS(webhook_hmac_key_init(&k, secret), WEBHOOK_OK);
    CHECK_STATUS(webhook_hmac(&k, test_guarded(msg), mac), WEBHOOK_OK);
    CHECK(memcmp(mac, tag.ptr, tag.len) == 0);
    for (cut = 0; cut <= msg.len; cut++) {
        webhook_hmac_ctx c;
        CHECK_STATUS(webhook_hmac_init(&c, &k), WEBHOOK_OK);
        webhook_hmac_update(&c, webhook_str_from(msg.ptr, cut));
        webhook_hmac_update(&c, webhook_str_from(msg.ptr + cut, msg.len - cut));
        CHECK_STATUS(webhook_hmac_final(&c, mac), WEBHOOK_OK);
        CHECK(memcmp(mac, tag.ptr, tag.len) == 0);
    }
}

static void rfc_4231_at_every_split(void) {
    CHECK_SIZE(test_rows("hmac_sha256.tsv", '\t', vector_row), 7);
}

static int all_zero(const void *p, size_t n) {
    const unsigned char *b = (const unsigned char *)p;
    while (n > 0 && b[n - 1] == 0) n--;
    return n == 0;
}

/* RFC 2104 by hand over webhook_sha256: no prepared state, so an independent way to the same MAC */
static void by_definition(webhook_str secret, webhook_str msg, unsigned char mac[32]) {
    static unsigned char text[64 + 600];
    unsigned char key[64] = { 0 }, outer[96];
    size_t i;
    if (secret.len > 64)
        webhook_sha256(secret, key);
    else
        memcpy(key, secret.ptr, secret.len);
    for (i = 0; i < 64; i++) text[i] = key[i] ^ 0x36, outer[i] = key[i] ^ 0x5c;
    if (msg.len > 0) memcpy(text + 64, msg.ptr, msg.len);
    webhook_sha256(webhook_str_from((char *)text, 64 + msg.len), outer + 64);
    webhook_sha256(webhook_str_from((char *)outer, 96), mac);
}

static void keys_of_every_length(void) {
    char text[600];
    size_t len, i;
    for (i = 0; i < sizeof text; i++) text[i] = (char)test_random();
    for (len = 1; len <= 200; len++) {
        webhook_str secret = webhook_str_from(text, len),
                    msg = webhook_str_from(text + len, 2 * len);
        unsigned char mac[32], wanted[32];
        webhook_hmac_key k;
        CHECK_STATUS(webhook_hmac_key_init(&k, test_guarded(secret)), WEBHOOK_OK);
        CHECK_STATUS(webhook_hmac(&k, msg, mac), WEBHOOK_OK);
        by_definition(secret, msg, wanted);
        CHECK(memcmp(mac, wanted, 32) == 0);
    }
}

static void an_empty_key_is_refused_everywhere(void) {
    webhook_hmac_key k;
    webhook_hmac_ctx c;
    unsigned char mac[32];
    memset(&k, 1, sizeof k);
    CHECK_STATUS(webhook_hmac_key_init(&k, WEBHOOK_STR("")), WEBHOOK_ERR_KEY);
    CHECK(all_zero(&k, sizeof k));
    memset(mac, 1, sizeof mac);
    CHECK_STATUS(webhook_hmac(&k, WEBHOOK_STR("x"), mac), WEBHOOK_ERR_KEY);
    CHECK(all_zero(mac, sizeof mac));
    CHECK_STATUS(webhook_hmac_init(&c, &k), WEBHOOK_ERR_KEY);
    webhook_hmac_update(&c, WEBHOOK_STR("x"));
    memset(mac, 1, sizeof mac);
    CHECK_STATUS(webhook_hmac_final(&c, mac), WEBHOOK_ERR_KEY);
    CHECK(all_zero(mac, sizeof mac));
}

static void null_is_an_argument_error(void) {
    webhook_hmac_key k;
    webhook_hmac_ctx c;
    unsigned char mac[32];
    CHECK_STATUS(webhook_hmac_key_init(NULL, WEBHOOK_STR("x")), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_hmac_key_init(&k, webhook_str_from(NULL, 3)), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_hmac_init(NULL, &k), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_hmac_init(&c, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_hmac(NULL, WEBHOOK_STR("x"), mac), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_hmac(&k, WEBHOOK_STR("x"), NULL), WEBHOOK_ERR_ARGUMENT);
}

static void equal_looks_at_every_byte(void) {
    unsigned char a[33] = { 0 }, b[33] = { 0 };
    size_t i;
    unsigned bit;
    CHECK_STATUS(webhook_equal(NULL, NULL, 0), WEBHOOK_OK);
    CHECK_STATUS(webhook_equal(a, b, 33), WEBHOOK_OK);
    for (i = 0; i < 33; i++)
        for (bit = 0; bit < 8; bit++) {
            b[i] = (unsigned char)(1u << bit);
            CHECK_STATUS(webhook_equal(a, b, 33), WEBHOOK_NO_MATCH);
            CHECK_STATUS(webhook_equal(a, b, i), WEBHOOK_OK);
            b[i] = 0;
        }
}

static void wipe_and_final_leave_nothing(void) {
    webhook_hmac_key k;
    webhook_hmac_ctx c;
    unsigned char mac[32];
    CHECK_STATUS(webhook_hmac_key_init(&k, WEBHOOK_STR("secret")), WEBHOOK_OK);
    CHECK_STATUS(webhook_hmac_init(&c, &k), WEBHOOK_OK);
    webhook_hmac_update(&c, WEBHOOK_STR("text"));
    CHECK_STATUS(webhook_hmac_final(&c, mac), WEBHOOK_OK);
    CHECK(all_zero(&c, sizeof c));
    webhook_wipe(&k, sizeof k);
    CHECK(all_zero(&k, sizeof k));
}

void suite_hmac(void) {
    RUN(rfc_4231_at_every_split);
    RUN(keys_of_every_length);
    RUN(an_empty_key_is_refused_everywhere);
    RUN(null_is_an_argument_error);
    RUN(equal_looks_at_every_byte);
    RUN(wipe_and_final_leave_nothing);
}
