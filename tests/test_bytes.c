/* test_bytes.c -- slices, status texts, and the writer in each of its four ways at every capacity */
#include "test.h"

/* Compiled without its texts the header has a value for each status, and no words. */
#ifdef TEST_NO_STRINGS
#define WORDS_OF(text) ""
#else
#define WORDS_OF(text) text
#endif

static void every_status_has_words(void) {
#define WORDS(name, value, text)                                                \
    CHECK_STR(webhook_str_from_cstr(webhook_status_str(name)), WORDS_OF(text)); \
    CHECK((int)name == value);
    WEBHOOK_STATUS_LIST(WORDS)
#undef WORDS
    CHECK_STR(webhook_str_from_cstr(webhook_status_str(WEBHOOK_STATUS_INT_)), "");
    CHECK(webhook_version() == WEBHOOK_VERSION_HEX);
}

static void slices_compare(void) {
    CHECK(webhook_str_eq(WEBHOOK_STR("abc"), WEBHOOK_STR("abc")));
    CHECK(!webhook_str_eq(WEBHOOK_STR("abc"), WEBHOOK_STR("abC")));
    CHECK(!webhook_str_eq(WEBHOOK_STR("abc"), WEBHOOK_STR("ab")));
    CHECK(webhook_str_eq(webhook_str_from(NULL, 0), WEBHOOK_STR("")));
    CHECK(webhook_str_eq(webhook_str_from_cstr(NULL), WEBHOOK_STR("")));
    CHECK(webhook_str_eq(webhook_str_from("a\0b", 3), WEBHOOK_STR("a\0b")));
    CHECK(webhook_str_ieq(WEBHOOK_STR("X-aZ@[`{"), WEBHOOK_STR("x-Az@[`{")));
    CHECK(!webhook_str_ieq(WEBHOOK_STR("@"), WEBHOOK_STR("`")));
    CHECK(!webhook_str_ieq(WEBHOOK_STR("["), WEBHOOK_STR("{")));
    CHECK(!webhook_str_ieq(WEBHOOK_STR("a"), WEBHOOK_STR("ab")));
}

static void cut_takes_one_at_a_time(void) {
    webhook_str rest = WEBHOOK_STR("a,,bc,"), head;
    CHECK_STATUS(webhook_str_cut(&rest, ',', &head), WEBHOOK_OK);
    CHECK_STR(head, "a");
    CHECK_STATUS(webhook_str_cut(&rest, ',', &head), WEBHOOK_OK);
    CHECK_STR(head, "");
    CHECK_STATUS(webhook_str_cut(&rest, ',', &head), WEBHOOK_OK);
    CHECK_STR(head, "bc");
    CHECK_STATUS(webhook_str_cut(&rest, ',', &head), WEBHOOK_END);
    rest = WEBHOOK_STR("whole");
    CHECK_STATUS(webhook_str_cut(&rest, ',', &head), WEBHOOK_OK);
    CHECK_STR(head, "whole");
    CHECK(rest.len == 0);
}

static const char *const pieces[] = { "one", "", "three", "a longer piece", "x" };
static const char whole[] = "onethreea longer piecex";

static void put_pieces(webhook_buf *b) {
    size_t i;
    for (i = 0; i < sizeof pieces / sizeof *pieces; i++)
        webhook_buf_put(b, webhook_str_from_cstr(pieces[i]));
}

static void a_block_at_every_capacity(void) {
    size_t cap, len = strlen(whole);
    for (cap = 0; cap <= len + 1; cap++) {
        char *block = test_exact(webhook_str_from(whole, cap > len ? len : cap));
        webhook_buf b = webhook_buf_from(block, cap > len ? len : cap);
        put_pieces(&b);
        CHECK_STATUS(webhook_buf_end(&b), cap < len ? WEBHOOK_ERR_SPACE : WEBHOOK_OK);
        CHECK(b.total == len);
        CHECK_STR(webhook_buf_str(&b), cap < len ? "" : whole);
        CHECK(b.len <= b.cap);
        free(block);
    }
}

static void nothing_counts(void) {
    webhook_buf b = WEBHOOK_ZERO, null = webhook_buf_from(NULL, 10);
    put_pieces(&b);
    put_pieces(&null);
    CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
    CHECK(b.total == strlen(whole) && null.total == b.total && b.len == 0);
    CHECK(webhook_buf_str(&b).len == 0);
}

static void a_flushed_block_at_every_capacity(void) {
    size_t cap;
    for (cap = 0; cap <= strlen(whole) + 1; cap++) {
        char *block = (char *)malloc(cap + 1);
        webhook_buf b = webhook_buf_from(cap == 0 ? NULL : block, cap);
        test_sink k = WEBHOOK_ZERO;
        b.flush = test_sink_take;
        b.user = &k;
        put_pieces(&b);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
        CHECK_STR(webhook_str_from(k.text, k.len), whole);
        CHECK(b.total == strlen(whole));
        free(block);
    }
}

/* The k-th flush fails, for every k: the error stays, nothing more is passed on, the need is still counted. */
static void a_flush_that_fails(void) {
    size_t cap, fail_at;
    for (cap = 0; cap < 8; cap++)
        for (fail_at = 1; fail_at <= 6; fail_at++) {
            char block[8];
            webhook_buf b = webhook_buf_from(cap == 0 ? NULL : block, cap);
            test_sink k = WEBHOOK_ZERO;
            webhook_status status;
            k.fail_at = fail_at;
            b.flush = test_sink_take;
            b.user = &k;
            put_pieces(&b);
            status = webhook_buf_end(&b);
            CHECK_STATUS(status, k.calls >= fail_at ? WEBHOOK_ERR_IO : WEBHOOK_OK);
            CHECK(k.calls <= fail_at);
            CHECK(b.total == strlen(whole));
            CHECK(memcmp(k.text, whole, k.len) == 0);
        }
}

static void the_first_error_stays(void) {
    char block[4];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    webhook_buf_put(&b, WEBHOOK_STR("ab"));
    webhook_buf_fail(&b, WEBHOOK_OK);
    CHECK_STR(webhook_buf_str(&b), "ab");
    webhook_buf_fail(&b, WEBHOOK_ERR_RANGE);
    webhook_buf_fail(&b, WEBHOOK_ERR_SYNTAX);
    webhook_buf_put(&b, WEBHOOK_STR("cdefg"));
    CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_RANGE);
    CHECK(webhook_buf_str(&b).ptr == NULL && b.total == 7);
}

void suite_bytes(void) {
    RUN(every_status_has_words);
    RUN(slices_compare);
    RUN(cut_takes_one_at_a_time);
    RUN(a_block_at_every_capacity);
    RUN(nothing_counts);
    RUN(a_flushed_block_at_every_capacity);
    RUN(a_flush_that_fails);
    RUN(the_first_error_stays);
}
