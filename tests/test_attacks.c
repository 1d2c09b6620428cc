/* test_attacks.c -- attacks that have happened elsewhere, each as a test with the number of its row
 *
 * The rows name published advisories (CVE numbers where there is one). Other suites test the same
 * rules at every border; here each attack stands by itself, as it was made.
 */
#include "schemes.h"
#include "test.h"

#define NOW 1736937000
#define NOW_TEXT "1736937000"

static const char standard_secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static const char standard_mac[] = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

static int all_zero(const void *p, size_t n) {
    const unsigned char *b = (const unsigned char *)p;
    while (n > 0 && b[n - 1] == 0) n--;
    return n == 0;
}

/* The victim: one key, one delivery that it would accept. */
typedef struct victim {
    webhook_hmac_key key;
    webhook_message m;
    char hex[65];
} victim;

static victim victim_of(const char *body) {
    victim v = WEBHOOK_ZERO;
    webhook_buf out = webhook_buf_from(v.hex, 64);
    CHECK_STATUS(webhook_key_init(&v.key, NULL, WEBHOOK_STR("secret-key-123")), WEBHOOK_OK);
    v.m.timestamp = WEBHOOK_STR(NOW_TEXT);
    v.m.body = webhook_str_from_cstr(body);
    CHECK_STATUS(webhook_sign(NULL, &v.key, &v.m, &out), WEBHOOK_OK);
    return v;
}

static webhook_status with_signature(const victim *v, const char *signature) {
    return webhook_verify(NULL, &v->key, 1, &v->m, webhook_str_from_cstr(signature), NOW);
}

/* The published example of Standard Webhooks with another text in its signature field. */
static webhook_status standard_with(webhook_str signature) {
    webhook_scheme s = scheme_standard();
    webhook_message m = WEBHOOK_ZERO;
    webhook_hmac_key k;
    CHECK_STATUS(webhook_key_init(&k, &s, webhook_str_from_cstr(standard_secret)), WEBHOOK_OK);
    m.id = WEBHOOK_STR("msg_p5jXN8AQM9LWM0D4loKWxJek");
    m.timestamp = WEBHOOK_STR("1614265330");
    m.body = WEBHOOK_STR("{\"test\": 2432232314}");
    return webhook_verify(&s, &k, 1, &m, signature, 1614265330);
}

/* CVE-2022-36885, -43411, -43412: wrong in any one byte, of any length, no text: one and the same answer. */
static void attack_01_one_answer_wherever_it_differs(void) {
    victim v = victim_of("body");
    char forged[65];
    size_t i;
    CHECK_STATUS(with_signature(&v, v.hex), WEBHOOK_OK);
    for (i = 0; i < 64; i++) {
        memcpy(forged, v.hex, sizeof forged);
        forged[i] = forged[i] == '0' ? '1' : '0';
        CHECK_STATUS(with_signature(&v, forged), WEBHOOK_ERR_SIGNATURE);
    }
    CHECK_STATUS(with_signature(&v, "0"), WEBHOOK_ERR_SIGNATURE);
    CHECK_STATUS(with_signature(&v, "not hex"), WEBHOOK_ERR_SIGNATURE);
}

/* CVE-2024-21491: every prefix of the right one, as text and as decoded bytes. */
static void attack_02_a_shorter_signature(void) {
    victim v = victim_of("body");
    char text[64];
    unsigned char mac[32];
    size_t len, n;
    for (len = 0; len < 64; len++) {
        webhook_str s = test_guarded(webhook_str_from(v.hex, len));
        CHECK_STATUS(webhook_verify(NULL, &v.key, 1, &v.m, s, NOW), WEBHOOK_ERR_SIGNATURE);
    }
    CHECK_STATUS(webhook_base64_read(webhook_str_from_cstr(standard_mac), mac, sizeof mac, &n),
                 WEBHOOK_OK);
    for (len = 0; len <= 32; len++) {
        webhook_buf b = webhook_buf_from(text, sizeof text);
        webhook_buf_put(&b, WEBHOOK_STR("v1,"));
        webhook_base64_write(&b, test_bytes_of(mac, len));
        CHECK_STATUS(standard_with(webhook_buf_str(&b)),
                     len < 32 ? WEBHOOK_ERR_SIGNATURE : WEBHOOK_OK);
    }
}

/* CVE-2026-41432: an empty secret never becomes a key, and what it left behind signs nothing. */
static void attack_03_an_empty_or_blank_secret(void) {
    static const char *const secrets[] = { "", " ", "\t", "\r\n", "  \t \r\n " };
    static const char *const decoded[] = { "", "whsec_", " ", "whsec_ ", "whsec_====" };
    webhook_scheme s = scheme_standard();
    victim v = victim_of("body");
    webhook_hmac_key k;
    webhook_buf out = WEBHOOK_ZERO;
    size_t i;
    for (i = 0; i < 5; i++) {
        memset(&k, 0xa5, sizeof k);
        CHECK_STATUS(webhook_key_init(&k, &s, webhook_str_from_cstr(decoded[i])), WEBHOOK_ERR_KEY);
        CHECK(all_zero(&k, sizeof k));
        memset(&k, 0xa5, sizeof k);
        CHECK_STATUS(webhook_key_init(&k, NULL, webhook_str_from_cstr(secrets[i])),
                     WEBHOOK_ERR_KEY);
        CHECK(all_zero(&k, sizeof k));
        CHECK_STATUS(webhook_sign(NULL, &k, &v.m, &out), WEBHOOK_ERR_KEY);
        CHECK_STATUS(webhook_verify(NULL, &k, 1, &v.m, webhook_str_from_cstr(v.hex), NOW),
                     WEBHOOK_ERR_KEY);
    }
    CHECK_STATUS(webhook_key_init(&k, NULL, webhook_str_from(NULL, 0)), WEBHOOK_ERR_KEY);
}

/* CVE-2026-56357: no header is no "unsigned mode", neither with a key nor without one. */
static void attack_04_no_signature_at_all(void) {
    victim v = victim_of("body");
    webhook_hmac_key none = WEBHOOK_ZERO;
    webhook_verify_ctx c;
    CHECK_STATUS(with_signature(&v, ""), WEBHOOK_ERR_SIGNATURE);
    CHECK_STATUS(with_signature(&v, NULL), WEBHOOK_ERR_SIGNATURE);
    CHECK(webhook_verify(NULL, &none, 1, &v.m, webhook_str_from(NULL, 0), NOW) != WEBHOOK_OK);
    CHECK(webhook_verify(NULL, NULL, 0, &v.m, webhook_str_from(NULL, 0), NOW) != WEBHOOK_OK);
    webhook_verify_init(&c);
    webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Timestamp"), v.m.timestamp);
    CHECK_STATUS(webhook_verify_head(&c, &v.key, 1, NOW), WEBHOOK_ERR_SIGNATURE);
    webhook_verify_body(&c, v.m.body);
    CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_ERR_SIGNATURE);
}

/* CVE-2025-53548: whoever forgets to look at one answer meets invalid outputs and the same answer again. */
static void attack_05_an_answer_that_is_ignored(void) {
    victim v = victim_of("body");
    webhook_replay_key replay;
    webhook_verify_ctx c;
    webhook_status ignored;
    webhook_verify_init(&c);
    webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Timestamp"), v.m.timestamp);
    webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Signature"),
                         webhook_str_from_cstr(v.hex));
    ignored = webhook_verify_head(&c, &v.key, 1, NOW + 1000);
    CHECK_STATUS(ignored, WEBHOOK_ERR_STALE);
    webhook_verify_body(&c, v.m.body);
    CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_ERR_STALE);
    replay = webhook_verify_replay_key(&c);
    CHECK(all_zero(&replay, sizeof replay) && all_zero(&c, sizeof c));
    CHECK(WEBHOOK_OK == 0 && WEBHOOK_ERR_SIGNATURE < 0);
}

/* An old request sent once more: within the tolerance the guard knows it, beyond it the time is over. */
static void attack_06_an_old_request_again(void) {
    victim v = victim_of("body");
    webhook_replay_entry guard[8];
    int64_t now_s;
    CHECK_STATUS(webhook_replay_init(guard, 8), WEBHOOK_OK);
    for (now_s = NOW; now_s <= NOW + 301; now_s++) {
        webhook_replay_key replay;
        webhook_verify_ctx c;
        webhook_status status;
        webhook_verify_init(&c);
        webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Timestamp"), v.m.timestamp);
        webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Signature"),
                             webhook_str_from_cstr(v.hex));
        status = webhook_verify_head(&c, &v.key, 1, now_s);
        CHECK_STATUS(status, now_s <= NOW + 300 ? WEBHOOK_MORE : WEBHOOK_ERR_STALE);
        webhook_verify_body(&c, v.m.body);
        status = webhook_verify_final(&c);
        replay = webhook_verify_replay_key(&c);
        CHECK_STATUS(status, now_s <= NOW + 300 ? WEBHOOK_OK : WEBHOOK_ERR_STALE);
        if (status != WEBHOOK_OK) break;
        CHECK_STATUS(webhook_replay_begin(guard, 8, &replay, now_s),
                     now_s == NOW ? WEBHOOK_OK : WEBHOOK_SEEN);
        webhook_replay_end(guard, 8, &replay, 1);
    }
    CHECK(now_s == NOW + 301);
}

/* Texts that loose parsers take for a time, and a difference that overflows. */
static void attack_07_a_timestamp_that_is_none(void) {
    static const char *const texts[] = { "hello", "161426533.0",          "Infinity", "-1234",
                                         "",      "12345678901234567890", "NaN",      "1e9",
                                         "0" };
    webhook_scheme s = webhook_scheme_default();
    victim v = victim_of("body");
    webhook_buf out = WEBHOOK_ZERO;
    size_t i;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        v.m.timestamp = webhook_str_from_cstr(texts[i]);
        CHECK_STATUS(with_signature(&v, v.hex), WEBHOOK_ERR_SIGNATURE);
        CHECK_STATUS(webhook_sign(NULL, &v.key, &v.m, &out), WEBHOOK_ERR_ARGUMENT);
    }
    v = victim_of("body");
    s.tolerance_past_s = s.tolerance_future_s = 0xfffffffeu;
    CHECK_STATUS(webhook_verify(&s, &v.key, 1, &v.m, webhook_str_from_cstr(v.hex), INT64_MIN),
                 WEBHOOK_ERR_STALE);
    CHECK_STATUS(webhook_verify(&s, &v.key, 1, &v.m, webhook_str_from_cstr(v.hex), INT64_MAX),
                 WEBHOOK_ERR_STALE);
}

/* The right MAC under a label of another version, or of SHA-1, is no candidate. */
static void attack_08_another_label(void) {
    static const char *const labels[] = {
        "v0=",  "v1=",     "v2,", "sha1=",          "sha512=",  "SHA256=",
        "md5=", "sha256:", "=",   "sha256=sha256=", "sha-256=", "sha256 ="
    };
    static const char *const standard[] = { "v0,", "v2,", "v1a,", "V1,", "v1=", "v1", ",", "" };
    webhook_scheme s = scheme_github();
    victim v = victim_of("body");
    char field[100];
    size_t i;
    for (i = 0; i < sizeof labels / sizeof *labels; i++) {
        snprintf(field, sizeof field, "%s%s", labels[i], v.hex);
        CHECK_STATUS(with_signature(&v, field), WEBHOOK_ERR_SIGNATURE);
    }
    for (i = 0; i < sizeof standard / sizeof *standard; i++) {
        snprintf(field, sizeof field, "%s%s", standard[i], standard_mac);
        CHECK_STATUS(standard_with(webhook_str_from_cstr(field)), WEBHOOK_ERR_SIGNATURE);
    }
    for (i = 0; i < sizeof labels / sizeof *labels + 1; i++) {
        webhook_buf out = webhook_buf_from(field, sizeof field);
        if (i > 0) webhook_buf_put(&out, webhook_str_from_cstr(labels[i - 1]));
        CHECK_STATUS(webhook_sign(&s, &v.key, &v.m, &out), WEBHOOK_OK);
        CHECK_STATUS(webhook_verify(&s, &v.key, 1, &v.m, webhook_buf_str(&out), 0),
                     i == 0 ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE);
    }
}

/* A good signature behind seven others is found; behind a thousand it is refused before any hashing. */
static void attack_09_thousands_of_signatures(void) {
    static char field[1001 * 48];
    size_t junk, i;
    for (junk = 0; junk <= 1000; junk = junk < 10 ? junk + 1 : junk * 10) {
        webhook_buf b = webhook_buf_from(field, sizeof field);
        for (i = 0; i < junk; i++)
            webhook_buf_put(&b, WEBHOOK_STR("v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= "));
        webhook_buf_put(&b, WEBHOOK_STR("v1,"));
        webhook_buf_put(&b, webhook_str_from_cstr(standard_mac));
        CHECK_STATUS(standard_with(webhook_buf_str(&b)),
                     junk < 8 ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE);
    }
}

/* Two fields where one reader takes the first and another the last: refused, even when they are equal. */
static void attack_10_a_doubled_field(void) {
    victim v = victim_of("body");
    char joined[200];
    int which;
    for (which = 0; which < 2; which++) {
        webhook_str name = which == 0 ? WEBHOOK_STR("x-appwrite-webhook-signature")
                                      : WEBHOOK_STR("x-appwrite-webhook-timestamp");
        webhook_verify_ctx c;
        webhook_verify_init(&c);
        webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Timestamp"), v.m.timestamp);
        webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Signature"),
                             webhook_str_from_cstr(v.hex));
        webhook_verify_field(&c, name, which == 0 ? webhook_str_from_cstr(v.hex) : v.m.timestamp);
        CHECK_STATUS(webhook_verify_head(&c, &v.key, 1, NOW), WEBHOOK_ERR_SIGNATURE);
        webhook_verify_body(&c, v.m.body);
        CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_ERR_SIGNATURE);
    }
    snprintf(joined, sizeof joined, "%s, %s", v.hex, v.hex);
    CHECK_STATUS(with_signature(&v, joined), WEBHOOK_ERR_SIGNATURE);
}

/* The same JSON in other bytes is another message: nothing is parsed before the bytes are authentic. */
static void attack_11_json_that_was_written_again(void) {
    victim v = victim_of("{\"a\":1.0,\"b\":\"\\u0041\"}");
    static const char *const same[] = { "{\"a\":1,\"b\":\"A\"}", "{\"a\":1.0, \"b\":\"\\u0041\"}",
                                        "{\"a\":1.0,\"b\":\"A\"}", "{\"b\":\"\\u0041\",\"a\":1.0}",
                                        "{\"a\":1.0,\"b\":\"\\u0041\"}\n" };
    size_t i;
    CHECK_STATUS(with_signature(&v, v.hex), WEBHOOK_OK);
    for (i = 0; i < sizeof same / sizeof *same; i++) {
        v.m.body = webhook_str_from_cstr(same[i]);
        CHECK_STATUS(with_signature(&v, v.hex), WEBHOOK_ERR_SIGNATURE);
    }
}

/* One MAC has one spelling in base64 (RFC 4648, 3.5), so a guard by text cannot be passed with another. */
static void attack_12_base64_in_other_spellings(void) {
    static const char *const wrong[] = { "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
                                         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE==",
                                         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=",
                                         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OG=",
                                         "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                         "v1,\tg0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n",
                                         "v1,g0hM9SsE+OTPJTGt/tmIKt\r\nSyZlE3uFJELVlNIOLJ1OE=",
                                         "v1, g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" };
    size_t i;
    CHECK_STATUS(standard_with(WEBHOOK_STR("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")),
                 WEBHOOK_OK);
    CHECK_STATUS(standard_with(WEBHOOK_STR("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\0")),
                 WEBHOOK_ERR_SIGNATURE);
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_STATUS(standard_with(webhook_str_from_cstr(wrong[i])), WEBHOOK_ERR_SIGNATURE);
}

/* "a.1" + "2" and "a" + "1.2" are the same signed text: the dot in the id is what both sides refuse. */
static void attack_13_a_dot_that_moves_the_border(void) {
    webhook_scheme s = scheme_standard();
    webhook_hmac_key k;
    webhook_message m = WEBHOOK_ZERO;
    char text[64];
    webhook_buf out = webhook_buf_from(text, sizeof text), none = WEBHOOK_ZERO;
    s.tolerance_past_s = s.tolerance_future_s = WEBHOOK_TOLERANCE_NONE;
    CHECK_STATUS(webhook_key_init(&k, &s, webhook_str_from_cstr(standard_secret)), WEBHOOK_OK);
    m.id = WEBHOOK_STR("msg");
    m.timestamp = WEBHOOK_STR("1614265330");
    m.body = WEBHOOK_STR("1614265331.body");
    CHECK_STATUS(webhook_sign(&s, &k, &m, &out), WEBHOOK_OK);
    CHECK_STATUS(webhook_verify(&s, &k, 1, &m, webhook_buf_str(&out), NOW), WEBHOOK_OK);
    m.id = WEBHOOK_STR("msg.1614265330");
    m.timestamp = WEBHOOK_STR("1614265331");
    m.body = WEBHOOK_STR("body");
    CHECK_STATUS(webhook_verify(&s, &k, 1, &m, webhook_buf_str(&out), NOW), WEBHOOK_ERR_SIGNATURE);
    CHECK_STATUS(webhook_sign(&s, &k, &m, &none), WEBHOOK_ERR_ARGUMENT);
}

static int holds(const void *memory, size_t n, const void *what, size_t len) {
    const unsigned char *p = (const unsigned char *)memory;
    size_t i;
    for (i = 0; i + len <= n; i++)
        if (memcmp(p + i, what, len) == 0) return 1;
    return 0;
}

/* The MAC that would have been right is nowhere to be found after a refusal, in no word and in no memory. */
static void attack_14_the_expected_mac_is_told(void) {
    victim v = victim_of("body");
    const webhook_hmac_key *k = &v.key;
    webhook_hmac_key keys[2];
    uint32_t scratch[WEBHOOK_VERIFY_SCRATCH(2, 1, 0)];
    char forged[65];
    webhook_mac right;
    webhook_verify_ctx c;
    CHECK_STATUS(webhook_sign_many(NULL, &k, 1, &v.m, &right), WEBHOOK_OK);
    CHECK_STATUS(webhook_key_init(&keys[0], NULL, WEBHOOK_STR("another")), WEBHOOK_OK);
    keys[1] = v.key;
    memset(forged, '0', 64);
    webhook_verify_init_scheme(&c, NULL, scratch, WEBHOOK_VERIFY_SCRATCH(2, 1, 0));
    webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Timestamp"), v.m.timestamp);
    webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Signature"),
                         webhook_str_from(forged, 64));
    CHECK_STATUS(webhook_verify_head(&c, keys, 2, NOW), WEBHOOK_MORE);
    webhook_verify_body(&c, v.m.body);
    CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_ERR_SIGNATURE);
    CHECK(all_zero(&c, sizeof c));
    CHECK(!holds(scratch, sizeof scratch, right.byte, sizeof right.byte));
    /* the words for a status are fixed: nothing of the message can be in them */
    CHECK(webhook_status_str(WEBHOOK_ERR_SIGNATURE) == webhook_status_str(WEBHOOK_ERR_SIGNATURE));
    CHECK(webhook_str_from_cstr(webhook_status_str(WEBHOOK_ERR_SIGNATURE)).len < 32);
}

/* ---- JSON and patterns ---- */

static webhook_status normal_form(webhook_str text, char *out, size_t cap, size_t *offset) {
    static uint32_t words[WEBHOOK_JSON_SCRATCH(4096)];
    webhook_json_scratch scratch;
    webhook_json_writer w;
    webhook_buf b = webhook_buf_from(out, cap);
    webhook_status s, end;
    scratch.ptr = words;
    scratch.n = sizeof words / sizeof *words;
    webhook_json_writer_init(&w, &b);
    s = webhook_json_put_json(&w, text, scratch, offset);
    end = webhook_json_writer_end(&w);
    if (cap > 0 && b.len < cap) out[b.len] = 0;
    CHECK(s < 0 ? end < 0 : end == WEBHOOK_OK);
    return s;
}

/* CVE-2017-12635: two roles, one of them written with an escape; in normal form and in the envelope. */
static void attack_28_a_key_twice(void) {
    static const char event[] = "{\"$id\":\"e\",\"event\":\"users.u1\",\"timestamp\":"
                                "\"2025-01-15T10:30:00.000Z\",\"event\":\"a.b\",\"payload\":1}";
    char out[100];
    size_t offset = 99;
    webhook_json_path path = WEBHOOK_ZERO;
    webhook_envelope e;
    CHECK_STATUS(normal_form(WEBHOOK_STR("{\"roles\":[],\"\\u0072oles\":[\"_admin\"]}"), out,
                             sizeof out, &offset),
                 WEBHOOK_ERR_DUPLICATE);
    CHECK_SIZE(offset, 12);
    path.path = WEBHOOK_STR("/a");
    CHECK_STATUS(webhook_json_find(WEBHOOK_STR("{\"a\":1,\"\\u0061\":2}"), &path, 1, &offset),
                 WEBHOOK_ERR_DUPLICATE);
    CHECK_SIZE(offset, 7);
    CHECK(path.value.kind == WEBHOOK_JSON_NONE);
    CHECK_STATUS(webhook_payload_read(webhook_str_from_cstr(event), &e, &offset),
                 WEBHOOK_ERR_DUPLICATE);
    CHECK(all_zero(&e, sizeof e));
}

/* A hundred thousand brackets: an error at the 65th, and no deeper stack for it. */
static void attack_29_brackets_without_end(void) {
    enum { deep = 100000 };
    char *text = (char *)malloc(deep), out[8];
    size_t offset = 0, i;
    if (text == NULL) abort();
    for (i = 0; i < 3; i++) {
        memset(text, i == 1 ? '{' : '[', deep);
        if (i == 2) memset(text, ' ', 10);
        CHECK_STATUS(webhook_json_find(webhook_str_from(text, deep), NULL, 0, &offset),
                     i == 1 ? WEBHOOK_ERR_SYNTAX : WEBHOOK_ERR_LIMIT);
        CHECK_SIZE(offset, i == 0 ? 64 : i == 1 ? 1 : 74);
    }
    memset(text, '[', deep);
    CHECK_STATUS(normal_form(webhook_str_from(text, deep), out, sizeof out, &offset),
                 WEBHOOK_ERR_LIMIT);
    CHECK_SIZE(offset, 64);
    free(text);
}

static void json_is(webhook_str text, webhook_status wanted, size_t at) {
    size_t offset = 999;
    webhook_status got = webhook_json_find(test_guarded(text), NULL, 0, &offset);
    if (CHECK_STATUS(got, wanted) && wanted != WEBHOOK_OK) CHECK_SIZE(offset, at);
}

/* Half a surrogate pair as an escape is legal text and stays; bytes that are no UTF-8 never pass. */
static void attack_30_text_that_is_no_text(void) {
    char out[32], decoded[32];
    webhook_buf b = webhook_buf_from(decoded, sizeof decoded);
    webhook_json_path path = WEBHOOK_ZERO;
    json_is(WEBHOOK_STR("\"\xc0\xaf\""), WEBHOOK_ERR_SYNTAX, 1);
    json_is(WEBHOOK_STR("\"a\xe0\x80\xaf\""), WEBHOOK_ERR_SYNTAX, 2);
    json_is(WEBHOOK_STR("\"\xed\xa0\x80\""), WEBHOOK_ERR_SYNTAX, 1);
    json_is(WEBHOOK_STR("\"\xf4\x90\x80\x80\""), WEBHOOK_ERR_SYNTAX, 1);
    json_is(WEBHOOK_STR("\"\xff\""), WEBHOOK_ERR_SYNTAX, 1);
    json_is(WEBHOOK_STR("\xef\xbb\xbf{}"), WEBHOOK_ERR_SYNTAX, 0);
    json_is(WEBHOOK_STR("[\0]"), WEBHOOK_ERR_SYNTAX, 1);
    json_is(WEBHOOK_STR("\"\0\""), WEBHOOK_ERR_SYNTAX, 1);
    json_is(WEBHOOK_STR("{\"\\u0000a\":1,\"\\u0000\":2}"), WEBHOOK_OK, 0);
    CHECK_STATUS(normal_form(WEBHOOK_STR("\"\\uD800\""), out, sizeof out, NULL), WEBHOOK_OK);
    CHECK_STR(webhook_str_from_cstr(out), "\"\\ud800\"");
    path.path = WEBHOOK_STR("/0");
    CHECK_STATUS(webhook_json_find(WEBHOOK_STR("[\"\\uD800\"]"), &path, 1, NULL), WEBHOOK_OK);
    CHECK_STATUS(webhook_json_string(&path.value, &b), WEBHOOK_ERR_SYNTAX);
    CHECK(webhook_buf_str(&b).len == 0);
}

static webhook_status int_of(const char *text, int64_t *v) {
    webhook_json_path path = WEBHOOK_ZERO;
    CHECK_STATUS(webhook_json_find(webhook_str_from_cstr(text), &path, 1, NULL), WEBHOOK_OK);
    return webhook_json_int(&path.value, v);
}

/* An amount is never rounded in silence: it is exact, or it is an error or a warning. */
static void attack_31_numbers_that_change(void) {
    char out[64];
    size_t offset;
    int64_t v;
    webhook_buf b = WEBHOOK_ZERO;
    CHECK_STATUS(int_of("9007199254740993", &v), WEBHOOK_OK);
    CHECK(v == INT64_C(9007199254740993));
    CHECK_STATUS(int_of("1.0", &v), WEBHOOK_OK);
    CHECK(v == 1);
    CHECK_STATUS(int_of("0.1", &v), WEBHOOK_ERR_RANGE);
    CHECK_STATUS(int_of("1e999", &v), WEBHOOK_ERR_RANGE);
    CHECK(v == 0);
    CHECK_STATUS(normal_form(WEBHOOK_STR("[-0,1.0,9007199254740993]"), out, sizeof out, &offset),
                 WEBHOOK_CHANGED);
    CHECK_STR(webhook_str_from_cstr(out), "[0,1,9007199254740992]");
    CHECK_SIZE(offset, 8);
    CHECK_STATUS(normal_form(WEBHOOK_STR("[1e999]"), out, sizeof out, &offset), WEBHOOK_ERR_RANGE);
    CHECK_SIZE(offset, 1);
    webhook_binary64_write(&b, UINT64_C(0x7ff8000000000000));
    CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_RANGE);
}

/* No pattern costs more than one walk along the event, and what could stand for several segments is refused. */
static void attack_34_patterns_that_explode(void) {
    static const char *const wrong[] = { "a.**", "**", "a..b", ".a", "a.", "", "a.*b", "a.b*.c" };
    static const size_t at[] = { 2, 0, 2, 0, 2, 0, 2, 3 };
    char stars[31], event[31];
    size_t i, offset;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        webhook_str p = test_guarded(webhook_str_from_cstr(wrong[i]));
        CHECK_STATUS(webhook_pattern_check(p, &offset), WEBHOOK_ERR_SYNTAX);
        CHECK_SIZE(offset, at[i]);
        CHECK_STATUS(webhook_event_match(p, WEBHOOK_STR("a.b")), WEBHOOK_NO_MATCH);
    }
    for (i = 0; i < 31; i++) {
        stars[i] = i % 2 ? '.' : '*';
        event[i] = i % 2 ? '.' : 'a';
    }
    CHECK_STATUS(webhook_pattern_check(webhook_str_from(stars, 31), NULL), WEBHOOK_OK);
    CHECK_STATUS(webhook_event_match(webhook_str_from(stars, 31), webhook_str_from(event, 31)),
                 WEBHOOK_OK);
    stars[30] = 'b';
    CHECK_STATUS(webhook_event_match(webhook_str_from(stars, 31), webhook_str_from(event, 31)),
                 WEBHOOK_NO_MATCH);
}

void suite_attacks(void) {
    RUN(attack_01_one_answer_wherever_it_differs);
    RUN(attack_02_a_shorter_signature);
    RUN(attack_03_an_empty_or_blank_secret);
    RUN(attack_04_no_signature_at_all);
    RUN(attack_05_an_answer_that_is_ignored);
    RUN(attack_06_an_old_request_again);
    RUN(attack_07_a_timestamp_that_is_none);
    RUN(attack_08_another_label);
    RUN(attack_09_thousands_of_signatures);
    RUN(attack_10_a_doubled_field);
    RUN(attack_11_json_that_was_written_again);
    RUN(attack_12_base64_in_other_spellings);
    RUN(attack_13_a_dot_that_moves_the_border);
    RUN(attack_14_the_expected_mac_is_told);
    RUN(attack_28_a_key_twice);
    RUN(attack_29_brackets_without_end);
    RUN(attack_30_text_that_is_no_text);
    RUN(attack_31_numbers_that_change);
    RUN(attack_34_patterns_that_explode);
}
