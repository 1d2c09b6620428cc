/* test_sha256.c -- NIST vectors, every split, every way of hashing the same bytes */
#include "test.h"

static int digest_is(const unsigned char digest[32], webhook_str wanted) {
    return wanted.len == 32 && memcmp(digest, wanted.ptr, 32) == 0;
}

static void vector_row(char **field, size_t n) {
    webhook_str msg = test_unhex(field[1]), wanted = test_unhex(field[2]);
    unsigned char digest[32];
    size_t cut;
    CHECK(n == 3);
    webhook_sha256(test_guarded(msg), digest);
    CHECK(digest_is(digest, wanted));
    for (cut = 0; cut <= msg.len; cut++) {
        webhook_sha256_ctx c;
        webhook_sha256_init(&c);
        webhook_sha256_update(&c, webhook_str_from(msg.ptr, cut));
        webhook_sha256_update(&c, webhook_str_from(NULL, 0));
        webhook_sha256_update(&c, webhook_str_from(msg.ptr + cut, msg.len - cut));
        webhook_sha256_final(&c, digest);
        CHECK(digest_is(digest, wanted));
    }
}

static void nist_vectors_at_every_split(void) {
    CHECK_SIZE(test_rows("sha256.tsv", '\t', vector_row), 65);
}

/* FIPS 180-2 appendix B.3: a million times "a"; long enough for the hardware way, fed in odd pieces */
static void a_million_a(void) {
    static const unsigned char wanted[32] = { 0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92,
                                              0x81, 0xa1, 0xc7, 0xe2, 0x84, 0xd7, 0x3e, 0x67,
                                              0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97, 0x20, 0x0e,
                                              0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11, 0x2c, 0xd0 };
    static const size_t pieces[] = { 1, 63, 64, 65, 1000, 4096, 1000000 };
    static char a[1000000];
    unsigned char digest[32];
    size_t i, at, n;
    memset(a, 'a', sizeof a);
    for (i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        webhook_sha256_ctx c;
        webhook_sha256_init(&c);
        for (at = 0; at < sizeof a; at += n) {
            n = sizeof a - at < pieces[i] ? sizeof a - at : pieces[i];
            webhook_sha256_update(&c, webhook_str_from(a + at, n));
        }
        webhook_sha256_final(&c, digest);
        CHECK(memcmp(digest, wanted, 32) == 0);
    }
}

/* The short way (one block at a time, never the hardware) and the long way agree at every alignment. */
static void pieces_and_whole_agree(void) {
    char text[8 + 2200];
    size_t len, i, shift;
    for (i = 0; i < sizeof text; i++) text[i] = (char)test_random();
    for (len = 0; len < 2200; len += 1 + len / 40)
        for (shift = 0; shift < 8; shift++) {
            unsigned char whole[32], bytes[32];
            webhook_sha256_ctx c;
            webhook_sha256(webhook_str_from(text + shift, len), whole);
            webhook_sha256_init(&c);
            for (i = 0; i < len; i++)
                webhook_sha256_update(&c, webhook_str_from(text + shift + i, 1));
            webhook_sha256_final(&c, bytes);
            CHECK(memcmp(whole, bytes, 32) == 0);
        }
}

static void a_copied_context_goes_on_alone(void) {
    webhook_sha256_ctx a, b;
    unsigned char x[32], y[32], z[32];
    webhook_sha256_init(&a);
    webhook_sha256_update(&a, WEBHOOK_STR("common "));
    b = a;
    webhook_sha256_update(&a, WEBHOOK_STR("prefix"));
    webhook_sha256_update(&b, WEBHOOK_STR("prefix"));
    webhook_sha256_final(&a, x);
    webhook_sha256_final(&b, y);
    webhook_sha256(WEBHOOK_STR("common prefix"), z);
    CHECK(memcmp(x, y, 32) == 0 && memcmp(x, z, 32) == 0);
}

static void final_wipes(void) {
    webhook_sha256_ctx c;
    unsigned char digest[32], any = 0;
    size_t i;
    webhook_sha256_init(&c);
    webhook_sha256_update(&c, WEBHOOK_STR("secret"));
    webhook_sha256_final(&c, digest);
    for (i = 0; i < sizeof c; i++) any = (unsigned char)(any | ((unsigned char *)&c)[i]);
    CHECK(any == 0);
}

void suite_sha256(void) {
    RUN(nist_vectors_at_every_split);
    RUN(a_million_a);
    RUN(pieces_and_whole_agree);
    RUN(a_copied_context_goes_on_alone);
    RUN(final_wipes);
}
