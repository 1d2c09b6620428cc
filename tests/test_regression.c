/* test_regression.c -- what a review of the header found, each case once, so that none of it comes back
 *
 * Four of them are about time: texts and guards that another party chose, on which the work was
 * quadratic. They are so large that quadratic work takes many seconds and linear work hundredths of one.
 */
#include "schemes.h"
#include "test.h"
#include <time.h>

#define S(literal) WEBHOOK_STR(literal)
#define NOW 5000
#define LIMIT_S 2.0

static size_t sized(size_t full) { /* a long stride means a slow machine: valgrind, an emulator */
    return test_stride() > 20 ? full / 16 : full;
}

static double seconds_since(clock_t start) {
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static webhook_hmac_key key_of(const char *secret) {
    webhook_hmac_key k;
    CHECK_STATUS(webhook_hmac_key_init(&k, webhook_str_from_cstr(secret)), WEBHOOK_OK);
    return k;
}

static webhook_str signed_with(const webhook_scheme *s, const webhook_hmac_key *k,
                               const webhook_message *m, char hex[WEBHOOK_SIGNATURE_MAX]) {
    webhook_buf b = webhook_buf_from(hex, WEBHOOK_SIGNATURE_MAX);
    CHECK_STATUS(webhook_sign(s, k, m, &b), WEBHOOK_OK);
    return webhook_buf_str(&b);
}

static webhook_message message_of(webhook_str timestamp, webhook_str body) {
    webhook_message m = WEBHOOK_ZERO;
    m.timestamp = timestamp;
    m.body = body;
    return m;
}

/* A scheme whose signature field is a list, "t=…" or hex MACs with commas between. */
static webhook_status list_read(webhook_str *rest, webhook_signature_item *item) {
    webhook_str one;
    if (webhook_str_cut(rest, ',', &one) != WEBHOOK_OK) return WEBHOOK_END;
    if (one.len > 2 && one.ptr[1] == '=') {
        item->timestamp = webhook_str_from(one.ptr + 2, one.len - 2);
        return WEBHOOK_OK;
    }
    item->has_mac = 1;
    return webhook_hex_read(one, item->mac.byte, sizeof item->mac.byte);
}

static webhook_scheme list_scheme(void) {
    webhook_scheme s = webhook_scheme_default();
    s.read = list_read;
    return s;
}

static void give(webhook_verify_ctx *c, const webhook_scheme *s, webhook_str timestamp,
                 webhook_str signature) {
    webhook_verify_field(c, s->timestamp_field, timestamp);
    webhook_verify_field(c, s->signature_field, signature);
}

/* ---- JSON texts that took quadratic time ---- */

typedef struct growing {
    char *ptr;
    size_t len, cap;
} growing;

static char *add(growing *g, size_t len) {
    if (g->cap - g->len < len) {
        g->cap = (g->cap + len) * 2;
        g->ptr = (char *)realloc(g->ptr, g->cap);
        if (g->ptr == NULL) abort();
    }
    g->len += len;
    return g->ptr + (g->len - len);
}

static void add_text(growing *g, const char *s) {
    size_t len = strlen(s);
    memcpy(add(g, len), s, len);
}

/* One more member of an object: a key of so many letters between head and tail, and a zero. */
static void add_member(growing *g, const char *head, size_t letters, const char *tail) {
    add_text(g, g->len == 0 ? "{\"" : ",\"");
    add_text(g, head);
    if (letters > 0) memset(add(g, letters), 'a', letters);
    add_text(g, tail);
    add_text(g, "\":0");
}

static void is_normalised_quickly(growing *g) {
    webhook_json_scratch scratch;
    webhook_json_writer w;
    webhook_buf out = webhook_buf_from(NULL, 0);
    clock_t start;
    add_text(g, "}");
    scratch.n = WEBHOOK_JSON_SCRATCH(g->len);
    scratch.ptr = (uint32_t *)malloc(scratch.n * sizeof *scratch.ptr);
    if (scratch.ptr == NULL) abort();
    webhook_json_writer_init(&w, &out);
    start = clock();
    CHECK_STATUS(webhook_json_put_json(&w, webhook_str_from(g->ptr, g->len), scratch, NULL),
                 WEBHOOK_OK);
    CHECK(seconds_since(start) < LIMIT_S);
    CHECK_SIZE((size_t)out.total, g->len);
    free(scratch.ptr);
    free(g->ptr);
}

/* A long key that begins with a digit, of which every comparison asked whether it is an index. The order
 * is the one in which a heap keeps it near the top: indexes below it, other keys beside it. */
static void a_long_key_of_digits(void) {
    growing g = WEBHOOK_ZERO;
    size_t i, keys = sized(36000);
    for (i = 0; i < keys; i++) {
        char name[40];
        size_t top = i;
        while (top > 2) top = (top - 1) / 2;
        snprintf(name, sizeof name, "%s%07lu", top == 2 ? "" : "k", 1000000ul + (unsigned long)i);
        add_member(&g, i == 2 ? "1" : name, i == 2 ? keys * 11 : 0, "");
    }
    is_normalised_quickly(&g);
}

/* The ranks of n keys, n a power of 2 less 1, in an order that makes heap sort compare ranks 1 and 2 n/10
 * times: the sort is run backwards from where both are children of one slot, and puts under that slot
 * whatever it can. */
static size_t *order_against_heap_sort(size_t n) {
    size_t *heap = (size_t *)malloc(n * sizeof *heap), half = (n + 1) / 2, len, next = half + 2;
    if (heap == NULL) abort();
    for (len = 0; len < half + 1; len++) heap[len] = half + 1 - len;
    for (; len < n; len++) {
        size_t parent = (len - 1) / 2, low = half / 2 - 1;
        size_t at = heap[parent] >= heap[low] ? low : parent, rank = heap[at];
        for (; at > 0; at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
        heap[0] = next++;
        heap[len] = rank;
    }
    return heap;
}

static void two_long_keys_with_a_common_beginning(void) {
    growing g = WEBHOOK_ZERO;
    size_t i, n = sized(32768) - 1, *rank = order_against_heap_sort(n);
    for (i = 0; i < n; i++) {
        char name[40];
        snprintf(name, sizeof name, "b%07lu", (unsigned long)rank[i]);
        if (rank[i] > 2)
            add_member(&g, name, 0, "");
        else
            add_member(&g, "", n * 120, rank[i] == 1 ? "0" : "1");
    }
    free(rank);
    is_normalised_quickly(&g);
}

/* ---- JSON and bytes ---- */

/* Only a sanitizer sees the fault: an offset of zero was added to NULL. */
static void slices_without_bytes(void) {
    const webhook_str none = webhook_str_from(NULL, 0);
    webhook_json_token t = WEBHOOK_ZERO;
    webhook_json_writer w;
    char block[40];
    webhook_buf out = webhook_buf_from(block, sizeof block);
    webhook_json_writer_init(&w, &out);
    webhook_json_put_object(&w);
    webhook_json_put_key(&w, none);
    webhook_json_put_string(&w, none);
    webhook_json_put_end(&w);
    CHECK_STATUS(webhook_json_writer_end(&w), WEBHOOK_OK);
    t.kind = WEBHOOK_JSON_STRING;
    CHECK_STATUS(webhook_json_string(&t, &out), WEBHOOK_OK);
    CHECK(webhook_json_is(&t, none));
    CHECK_STR(webhook_buf_str(&out), "{\"\":\"\"}");
}

static webhook_json_writer an_envelope(webhook_buf *out) {
    webhook_envelope e = WEBHOOK_ZERO;
    webhook_json_writer w;
    e.id = S("e_1");
    e.event = S("users.u1.create");
    webhook_payload_begin(&w, out, &e);
    webhook_json_put_null(&w);
    return w;
}

static void an_envelope_ends_once_and_as_one(void) {
    char block[200];
    webhook_buf out = webhook_buf_from(block, sizeof block);
    webhook_json_writer w = an_envelope(&out);
    CHECK_STATUS(webhook_json_writer_end(&w), WEBHOOK_ERR_ARGUMENT);
    out = webhook_buf_from(block, sizeof block);
    w = an_envelope(&out);
    CHECK_STATUS(webhook_payload_end(&w), WEBHOOK_OK);
    CHECK_STATUS(webhook_payload_end(&w), WEBHOOK_ERR_ARGUMENT);
    out = webhook_buf_from(block, sizeof block);
    webhook_json_writer_init(&w, &out);
    webhook_json_put_null(&w);
    CHECK_STATUS(webhook_payload_end(&w), WEBHOOK_ERR_ARGUMENT);
}

static void no_block_has_no_capacity(void) {
    static test_sink sink;
    webhook_buf b = webhook_buf_from(NULL, 16);
    memset(&sink, 0, sizeof sink);
    b.flush = test_sink_take;
    b.user = &sink;
    webhook_buf_put(&b, S("hello"));
    CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
    CHECK_STR(webhook_str_from(sink.text, sink.len), "hello");
}

/* ---- signatures ---- */

static void zeros_where_nothing_is_signed(void) {
    static const webhook_mac zeros;
    webhook_hmac_key k = key_of("secret");
    const webhook_hmac_key *keys[1];
    webhook_hmac_ctx c;
    webhook_mac mac;
    webhook_status s;
    keys[0] = &k;
    memset(&mac, 0xaa, sizeof mac);
    s = webhook_sign_many(NULL, keys, 1, NULL, &mac);
    CHECK(s == WEBHOOK_ERR_ARGUMENT && memcmp(&mac, &zeros, sizeof mac) == 0);
    memset(&mac, 0xaa, sizeof mac);
    s = webhook_hmac_final(NULL, mac.byte);
    CHECK(s == WEBHOOK_ERR_ARGUMENT && memcmp(&mac, &zeros, sizeof mac) == 0);
    CHECK_STATUS(webhook_hmac_init(&c, &k), WEBHOOK_OK);
    CHECK_STATUS(webhook_hmac_final(&c, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_hmac_final(&c, mac.byte), WEBHOOK_ERR_KEY); /* it was wiped */
}

/* The scheme has no timestamp: one in the head is not signed and must not count. */
static void an_unsigned_timestamp_is_ignored(void) {
    static const char *const given[] = { "1000", "5000", "9999", "soon", "" };
    webhook_scheme s = scheme_github();
    webhook_message m = message_of(S(""), S("hello"));
    webhook_hmac_key k = key_of("secret");
    char field[WEBHOOK_SIGNATURE_MAX + 7];
    webhook_buf signature = webhook_buf_from(field, sizeof field);
    size_t i;
    s.timestamp_field = S("X-Time");
    CHECK_STATUS(webhook_sign(&s, &k, &m, &signature), WEBHOOK_OK);
    for (i = 0; i < sizeof given / sizeof *given; i++) {
        webhook_verify_ctx c;
        webhook_verify_init_scheme(&c, &s, NULL, 0);
        give(&c, &s, webhook_str_from_cstr(given[i]), webhook_buf_str(&signature));
        CHECK_STATUS(webhook_verify_head(&c, &k, 1, NOW), WEBHOOK_MORE);
        webhook_verify_body(&c, m.body);
        CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_OK);
        CHECK(webhook_verify_replay_key(&c).expires_s == INT64_MAX);
    }
}

/* No timestamp and no function for the content: the body alone is signed, not the timestamp of the struct,
 * which nobody checks, before a dot, which could then be moved. */
static void without_a_timestamp_the_body_alone_is_signed(void) {
    webhook_scheme s = webhook_scheme_default();
    webhook_message m = message_of(S("1"), S("2.x"));
    webhook_hmac_key k = key_of("secret");
    char hex[WEBHOOK_SIGNATURE_MAX];
    webhook_str signature;
    webhook_mac mac, wanted;
    s.no_timestamp = 1;
    signature = signed_with(&s, &k, &m, hex);
    CHECK_STATUS(webhook_hex_read(signature, mac.byte, sizeof mac.byte), WEBHOOK_OK);
    CHECK_STATUS(webhook_hmac(&k, m.body, wanted.byte), WEBHOOK_OK);
    CHECK(memcmp(&mac, &wanted, sizeof mac) == 0);
    CHECK_STATUS(webhook_verify(&s, &k, 1, &m, signature, NOW), WEBHOOK_OK);
    m = message_of(S("1.2"), S("x"));
    CHECK_STATUS(webhook_verify(&s, &k, 1, &m, signature, NOW), WEBHOOK_ERR_SIGNATURE);
}

/* The scratch and the keys are borrowed until final: afterwards they may be anything. */
static void final_gives_back_what_was_borrowed(void) {
    webhook_scheme s = webhook_scheme_default();
    webhook_message m = message_of(S("5000"), S("hello"));
    webhook_hmac_key k[2];
    uint32_t scratch[WEBHOOK_VERIFY_SCRATCH(2, 1, 0)], mark = 0x12345678;
    char hex[WEBHOOK_SIGNATURE_MAX];
    webhook_replay_key key;
    webhook_mac mac;
    webhook_verify_ctx c;
    k[0] = key_of("old");
    k[1] = key_of("new");
    webhook_verify_init_scheme(&c, &s, scratch, sizeof scratch / sizeof *scratch);
    give(&c, &s, m.timestamp, signed_with(&s, k + 1, &m, hex));
    CHECK_STATUS(webhook_verify_head(&c, k, 2, NOW), WEBHOOK_MORE);
    webhook_verify_body(&c, m.body);
    CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_OK);
    CHECK_STATUS(webhook_hmac(k, S("5000.hello"), mac.byte), WEBHOOK_OK);
    memset(k, 0, sizeof k);
    scratch[0] = mark;
    key = webhook_verify_replay_key(&c);
    CHECK(memcmp(key.byte, mac.byte, sizeof key.byte) == 0 && key.expires_s == 5301);
    CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_ERR_ARGUMENT);
    CHECK(scratch[0] == mark);
    CHECK(webhook_verify_replay_key(&c).expires_s == 0);
}

/* A sender who gives more candidates than fit is a sender who is refused, no fault of the receiver's. */
static void candidates_that_do_not_fit(void) {
    webhook_scheme s = list_scheme();
    webhook_message m = message_of(S("5000"), S("hello"));
    uint32_t scratch[WEBHOOK_VERIFY_SCRATCH(2, 1, 0)];
    webhook_hmac_key k[2];
    char hex[WEBHOOK_SIGNATURE_MAX], field[2 * WEBHOOK_SIGNATURE_MAX + 1];
    webhook_buf b = webhook_buf_from(field, sizeof field);
    webhook_verify_ctx c;
    k[0] = key_of("one");
    k[1] = key_of("two");
    webhook_buf_put(&b, signed_with(&s, k, &m, hex));
    webhook_buf_put(&b, S(","));
    webhook_buf_put(&b, signed_with(&s, k, &m, hex));
    webhook_verify_init_scheme(&c, &s, scratch, sizeof scratch / sizeof *scratch);
    give(&c, &s, m.timestamp, webhook_buf_str(&b));
    CHECK_STATUS(webhook_verify_head(&c, k, 2, NOW), WEBHOOK_ERR_SIGNATURE);
}

/* The same where they come before the field that is kept, and take its place. */
static void candidates_before_a_kept_field(void) {
    static const webhook_part parts[] = { { WEBHOOK_STR_INIT(""), WEBHOOK_PART_ID },
                                          { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY } };
    static const unsigned char mac[WEBHOOK_SHA256_SIZE];
    webhook_str id = S("0123456789012345678901234567890123456789");
    uint32_t scratch[WEBHOOK_VERIFY_SCRATCH(1, 1, 10 + 40 + 4)];
    webhook_scheme s = list_scheme();
    webhook_hmac_key k = key_of("secret");
    char field[2 * WEBHOOK_SIGNATURE_MAX + 1];
    webhook_buf b = webhook_buf_from(field, sizeof field);
    webhook_verify_ctx c;
    s.content = webhook_parts_content;
    s.capture = webhook_parts_capture;
    s.parts = parts;
    s.n_parts = 2;
    s.id_field = S("webhook-id");
    webhook_hex_write(&b, test_bytes_of(mac, sizeof mac));
    webhook_buf_put(&b, S(","));
    webhook_hex_write(&b, test_bytes_of(mac, sizeof mac));
    webhook_verify_init_scheme(&c, &s, scratch, sizeof scratch / sizeof *scratch);
    give(&c, &s, S("5000"), webhook_buf_str(&b));
    webhook_verify_field(&c, s.id_field, id);
    CHECK_STATUS(webhook_verify_head(&c, &k, 1, NOW), WEBHOOK_ERR_SIGNATURE);
}

/* A timestamp that stands in the signature field and is signed behind the body; its zeros count. */
static void a_timestamp_behind_the_body(void) {
    static const webhook_part parts[] = { { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY },
                                          { WEBHOOK_STR_INIT("."), WEBHOOK_PART_LITERAL },
                                          { WEBHOOK_STR_INIT(""), WEBHOOK_PART_TIMESTAMP } };
    webhook_scheme s = list_scheme();
    webhook_message m = message_of(S("0005000"), S("hello"));
    webhook_hmac_key k = key_of("secret");
    char field[100], hex[WEBHOOK_SIGNATURE_MAX];
    webhook_buf b = webhook_buf_from(field, sizeof field);
    webhook_verify_ctx c;
    s.content = webhook_parts_content;
    s.capture = webhook_parts_capture;
    s.parts = parts;
    s.n_parts = 3;
    webhook_buf_put(&b, S("t=0005000,"));
    webhook_buf_put(&b, signed_with(&s, &k, &m, hex));
    m.timestamp = S("");
    CHECK_STATUS(webhook_verify(&s, &k, 1, &m, webhook_buf_str(&b), NOW), WEBHOOK_OK);
    webhook_verify_init_scheme(&c, &s, NULL, 0);
    webhook_verify_field(&c, s.signature_field, webhook_buf_str(&b));
    CHECK_STATUS(webhook_verify_head(&c, &k, 1, NOW), WEBHOOK_MORE);
    webhook_verify_body(&c, m.body);
    CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_OK);
}

/* An empty name is no field, not the line that begins with a colon. */
static void a_field_without_a_name(void) {
    static const webhook_part parts[] = { { WEBHOOK_STR_INIT(""), WEBHOOK_PART_ID },
                                          { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY } };
    webhook_scheme s = webhook_scheme_default();
    webhook_message m = message_of(S("5000"), S("hello"));
    webhook_hmac_key k = key_of("secret");
    webhook_buf b = WEBHOOK_ZERO;
    s.content = webhook_parts_content;
    s.parts = parts;
    s.n_parts = 2;
    m.fields = S(":method: POST\r\n");
    CHECK_STATUS(webhook_sign(&s, &k, &m, &b), WEBHOOK_ERR_ARGUMENT);
}

static void keep_after_the_head_does_nothing(void) {
    webhook_scheme s = webhook_scheme_default();
    webhook_message m = message_of(S("5000"), S("hello"));
    webhook_hmac_key k[2];
    uint32_t scratch[64];
    char hex[WEBHOOK_SIGNATURE_MAX];
    webhook_verify_ctx c;
    k[0] = key_of("one");
    k[1] = key_of("two");
    webhook_verify_init_scheme(&c, &s, scratch, sizeof scratch / sizeof *scratch);
    give(&c, &s, m.timestamp, signed_with(&s, k + 1, &m, hex));
    CHECK_STATUS(webhook_verify_head(&c, k, 2, NOW), WEBHOOK_MORE);
    webhook_verify_keep(&c, S("a"), S("b"));
    webhook_verify_body(&c, m.body);
    CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_OK);
}

static void an_error_of_the_head_is_sticky(void) {
    webhook_message m = message_of(S("5000"), S("hello"));
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k[2];
    char hex[WEBHOOK_SIGNATURE_MAX];
    webhook_verify_ctx c;
    k[0] = key_of("one");
    k[1] = key_of("two");
    webhook_verify_init_scheme(&c, &s, NULL, 0);
    give(&c, &s, m.timestamp, signed_with(&s, k, &m, hex));
    CHECK_STATUS(webhook_verify_head(&c, k, 2, NOW), WEBHOOK_ERR_SCRATCH);
    CHECK_STATUS(webhook_verify_head(&c, k, 2, NOW), WEBHOOK_ERR_SCRATCH);
    CHECK_STATUS(webhook_verify_head(&c, k, 1, NOW), WEBHOOK_ERR_SCRATCH);
    CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_ERR_SCRATCH);
}

/* ---- the replay guard ---- */

/* A guard as full as it may be, of keys whose search begins at one slot; the count in its head is
 * big-endian. */
static webhook_replay_entry *one_run_of(size_t n, uint64_t expires_s) {
    webhook_replay_entry *g = (webhook_replay_entry *)malloc(n * sizeof *g);
    size_t i, j, count = n - 1 - (n - 1) / 8;
    if (g == NULL) abort();
    CHECK_STATUS(webhook_replay_init(g, n), WEBHOOK_OK);
    for (i = 1; i <= count; i++) {
        g[i].expires_s = expires_s;
        for (j = 0; j < 4; j++) g[i].key[12 + j] = (unsigned char)(i >> (24 - 8 * j));
    }
    for (j = 0; j < 4; j++) g[0].key[4 + j] = (unsigned char)(count >> (24 - 8 * j));
    return g;
}

static void is_restored_quickly(uint64_t expires_s, webhook_status first_key) {
    size_t n = sized(80000);
    webhook_replay_entry *g = one_run_of(n, expires_s);
    webhook_replay_key k = WEBHOOK_ZERO;
    clock_t start = clock();
    CHECK_STATUS(webhook_replay_restore(g, n), WEBHOOK_OK);
    CHECK(seconds_since(start) < LIMIT_S);
    k.byte[15] = 1;
    k.expires_s = 1000;
    CHECK_STATUS(webhook_replay_begin(g, n, &k, 10), first_key);
    free(g);
}

static void a_saved_guard_of_one_run(void) {
    is_restored_quickly(1000, WEBHOOK_SEEN);
}

static void a_saved_guard_of_one_run_that_was_being_handled(void) {
    is_restored_quickly(1000 | UINT64_C(1) << 63, WEBHOOK_OK);
}

static void an_expired_key_is_refused(void) {
    static const int64_t expired[] = { INT64_MIN, -1, 0, 1, 99, 100 };
    webhook_replay_entry g[4];
    webhook_replay_key k = WEBHOOK_ZERO;
    size_t i;
    CHECK_STATUS(webhook_replay_init(g, 4), WEBHOOK_OK);
    for (i = 0; i < sizeof expired / sizeof *expired; i++) {
        k.expires_s = expired[i];
        CHECK_STATUS(webhook_replay_begin(g, 4, &k, 100), WEBHOOK_ERR_STALE);
    }
    k.expires_s = 101;
    CHECK_STATUS(webhook_replay_begin(g, 4, &k, 100), WEBHOOK_OK);
    k.expires_s = 99; /* what the guard remembers counts, not when this one expires */
    CHECK_STATUS(webhook_replay_begin(g, 4, &k, 100), WEBHOOK_PENDING);
    webhook_replay_end(g, 4, &k, 1);
    CHECK_STATUS(webhook_replay_begin(g, 4, &k, 100), WEBHOOK_SEEN);
}

void suite_regression(void) {
    RUN(a_long_key_of_digits);
    RUN(two_long_keys_with_a_common_beginning);
    RUN(slices_without_bytes);
    RUN(an_envelope_ends_once_and_as_one);
    RUN(no_block_has_no_capacity);
    RUN(zeros_where_nothing_is_signed);
    RUN(an_unsigned_timestamp_is_ignored);
    RUN(without_a_timestamp_the_body_alone_is_signed);
    RUN(final_gives_back_what_was_borrowed);
    RUN(candidates_that_do_not_fit);
    RUN(candidates_before_a_kept_field);
    RUN(a_timestamp_behind_the_body);
    RUN(a_field_without_a_name);
    RUN(keep_after_the_head_does_nothing);
    RUN(an_error_of_the_head_is_sticky);
    RUN(a_saved_guard_of_one_run);
    RUN(a_saved_guard_of_one_run_that_was_being_handled);
    RUN(an_expired_key_is_refused);
}
