/* test_attacks.c -- attacks that have happened elsewhere, each as a test with the number of its row
 *
 * The rows name published advisories (CVE numbers where there is one). Other suites test the same
 * rules at every border; here each attack stands by itself, as it was made.
 */
#include "engine.h"

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

/* ---- what somebody else may tell a sender: urls, texts, answers ---- */

static world w;

static void sender(const webhook_guard *guard) {
    world_init(&w);
    w.registry_desc.guard = guard;
    world_open(&w);
    world_create(&w, "a", "users.*");
}

/* A url is refused, for a new webhook and for one that is there; nothing is kept of it. */
static void url_is_refused(webhook_str url, webhook_status wanted) {
    webhook_settings s = world_settings("b", "users.*"), u = WEBHOOK_ZERO;
    webhook_change c;
    size_t puts = w.puts;
    s.url = u.url = test_guarded(url);
    CHECK_STATUS(webhook_registry_create(&w.registry, &s, w.unix_ms, &c), wanted);
    CHECK(c.fault == WEBHOOK_SET_URL);
    CHECK_STATUS(webhook_registry_update(&w.registry, WEBHOOK_STR("a"), &u, w.unix_ms, &c), wanted);
    CHECK(c.fault == WEBHOOK_SET_URL);
    CHECK_SIZE(w.puts, puts);
    CHECK_STR(world_info(&w, "a").settings.url, "https://api.example.com/webhooks/appwrite");
}

static void hosts_are_refused(const char *const *hosts, size_t n, webhook_status wanted) {
    char url[100];
    size_t i;
    for (i = 0; i < n; i++) {
        snprintf(url, sizeof url, "%s://%s/hook", i % 2 ? "http" : "https", hosts[i]);
        url_is_refused(world_str(url), wanted);
        snprintf(url, sizeof url, "http://%s:8080", hosts[i]);
        url_is_refused(world_str(url), wanted);
    }
}

#define HOSTS_ARE_REFUSED(hosts, status) \
    hosts_are_refused(hosts, sizeof hosts / sizeof *hosts, status)

/* CVE-2018-8801, CVE-2022-39241, CVE-2026-56227: to the machine itself, its network, the metadata of a cloud. A
 * guard that allows private networks opens these and nothing else. */
static void attack_16_a_webhook_to_the_inside(void) {
    static const char *const private_ones[] = { "127.0.0.1",  "127.255.255.254", "10.0.0.1",
                                                "172.16.0.1", "172.31.255.255",  "192.168.1.1",
                                                "100.64.0.1", "[::1]",           "[fd00::1]" };
    static const char *const never[] = { "169.254.169.254", "0.0.0.0",     "224.0.0.1",
                                         "255.255.255.255", "192.0.2.1",   "198.18.0.1",
                                         "240.0.0.1",       "192.88.99.1", "[::]",
                                         "[fe80::1]",       "[ff02::1]",   "[2001:db8::1]",
                                         "[100::1]" };
    webhook_guard at_home = WEBHOOK_ZERO;
    webhook_settings s;
    webhook_change c;
    char url[100];
    size_t i;
    sender(NULL);
    HOSTS_ARE_REFUSED(private_ones, WEBHOOK_ERR_FORBIDDEN);
    HOSTS_ARE_REFUSED(never, WEBHOOK_ERR_FORBIDDEN);
    world_close(&w);
    at_home.allow_private = 1;
    sender(&at_home);
    HOSTS_ARE_REFUSED(never, WEBHOOK_ERR_FORBIDDEN);
    for (i = 0; i < sizeof private_ones / sizeof *private_ones; i++) {
        char id[2] = "A";
        id[0] = (char)(id[0] + (char)i);
        snprintf(url, sizeof url, "http://%s/hook", private_ones[i]);
        s = world_settings(id, "users.*");
        s.url = world_str(url);
        CHECK_STATUS(webhook_registry_create(&w.registry, &s, w.unix_ms, &c), WEBHOOK_OK);
    }
    world_close(&w);
}

/* CVE-2021-29923, CVE-2021-29921, CVE-2023-42282: addresses that one reader takes for names and another for 127.0.0.1 */
static void attack_17_an_address_in_disguise(void) {
    static const char *const hosts[] = {
        "2130706433", "0x7f.1",     "0x7f000001",  "0177.0.0.1",      "127.1",      "127.0.1",
        "0",          "127.0.0.01", "127.0.0.0x1", "425.510.425.510", "7147006462", "256.0.0.1",
        "1.1.1.1.1",  "a.1",        "127.0.0.1.",  "\xef\xbc\x91"
    };
    sender(NULL);
    HOSTS_ARE_REFUSED(hosts, WEBHOOK_ERR_SYNTAX);
    world_close(&w);
}

/* CVE-2024-24790 and others: an address of IPv4 inside of one of IPv6 */
static void attack_18_an_address_wrapped_in_another(void) {
    static const char *const hosts[] = {
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:10.0.0.1]",
        "[::127.0.0.1]",      "[2002:7f00:1::]", "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a00:1]",   "[64:ff9b:1::1]",  "[2001::1]",
        "[fec0::1]",          "[5f00::1]",       "[3fff::1]"
    };
    sender(NULL);
    HOSTS_ARE_REFUSED(hosts, WEBHOOK_ERR_FORBIDDEN);
    world_close(&w);
}

/* CVE-2026-64849: an answer that sends us elsewhere is a failure; the next attempt goes where the webhook says. */
static void attack_20_a_redirect(void) {
    static const unsigned statuses[] = { 300, 301, 302, 303, 304, 305, 307, 308 };
    size_t i;
    for (i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        sender(NULL);
        CHECK_STATUS(world_emit(&w, "e1", "users.u1"), WEBHOOK_OK);
        world_run(&w);
        world_answer(&w, 0, statuses[i]);
        CHECK_SIZE(w.n_sent, 1); /* not followed at once, nor later */
        CHECK(w.log[0].e.outcome == WEBHOOK_RETRYING && w.log[0].e.status == statuses[i]);
        (void)world_until(&w, 2, 7000);
        CHECK(webhook_str_eq(w.sent[0].url, w.sent[1].url));
        CHECK(webhook_str_eq(world_sent_field(&w, 0, "Host"), world_sent_field(&w, 1, "Host")));
        world_answer(&w, 1, 200);
        world_close(&w);
    }
}

/* Orange Tsai, 2017: a url that guard and client read differently is no url; a request is built from the parts that
 * were read. */
static void attack_21_a_url_of_two_meanings(void) {
    static const char *const urls[] = { "http://1.1.1.1 &@2.2.2.2# @3.3.3.3/",
                                        "http://127.1.1.1:80\\@127.2.2.2:80/",
                                        "http://1.1.1.1\t@2.2.2.2/",
                                        "http://example.com%2e@evil.com/",
                                        "http://example%2ecom/",
                                        "http://\xef\xbc\x91.1.1.1/",
                                        "http://[fe80::1%25eth0]/",
                                        "http://a.com:00080/",
                                        "http://user@a.com/",
                                        "http://user:pass@a.com/",
                                        "http://@a.com/",
                                        "http://a.com:/",
                                        "http://a.com:0/",
                                        "http://a.com/#b",
                                        "http:///a.com",
                                        "http:a.com",
                                        "//a.com",
                                        "a.com",
                                        "http://a.com/\xc3\xa9",
                                        "http://a.com/a b",
                                        "http://a.com/%zz",
                                        "http://a..com/",
                                        "" };
    webhook_settings u = WEBHOOK_ZERO;
    size_t i;
    sender(NULL);
    for (i = 0; i < sizeof urls / sizeof *urls - 1; i++)
        url_is_refused(world_str(urls[i]), WEBHOOK_ERR_SYNTAX);
    url_is_refused(WEBHOOK_STR("http://a.com:65536/"), WEBHOOK_ERR_RANGE);
    url_is_refused(WEBHOOK_STR("http://a.com/\0"), WEBHOOK_ERR_SYNTAX);
    u.url = WEBHOOK_STR("HTTP://Example.COM:8080?x=http://127.0.0.1/");
    world_update(&w, "a", &u);
    CHECK_STATUS(world_emit(&w, "e1", "users.u1"), WEBHOOK_OK);
    world_run(&w);
    CHECK_STR(world_sent_field(&w, 0, "Host"), "Example.COM:8080");
    CHECK(strncmp(w.sent[0].head.ptr, "POST /?x=http://127.0.0.1/ HTTP/1.1\r\n", 37) == 0);
    world_answer(&w, 0, 200);
    world_close(&w);
}

static void attack_22_other_schemes(void) {
    static const char *const urls[] = { "gopher://a.com/_x",
                                        "file:///etc/passwd",
                                        "ftp://a.com/",
                                        "jar:http://a.com!/",
                                        "dict://a.com:11211/stat",
                                        "ldap://a.com/",
                                        "javascript:alert(1)",
                                        "httpss://a.com/",
                                        "http+unix://a/",
                                        "data:,x",
                                        "ws://a.com/",
                                        " https://a.com" };
    size_t i;
    sender(NULL);
    for (i = 0; i < sizeof urls / sizeof *urls; i++)
        url_is_refused(world_str(urls[i]), WEBHOOK_ERR_SYNTAX);
    world_close(&w);
}

static unsigned create_refuses(const webhook_settings *s) {
    webhook_change c;
    if (webhook_registry_create(&w.registry, s, 0, &c) < 0) return 1;
    CHECK_STATUS(webhook_registry_delete(&w.registry, s->id, 0, &c), WEBHOOK_OK);
    world_run(&w);
    return 0;
}

/* A text in each field of a webhook and of an event in turn: how many of the ten refuse it */
static unsigned injected(webhook_str bad) {
    webhook_settings s = world_settings("b", "users.*");
    webhook_emitted out;
    char header[100];
    unsigned refused = 0;
    webhook_str *field[6];
    size_t i;
    field[0] = &s.id;
    field[1] = &s.secret;
    field[2] = &s.name;
    field[3] = &s.events;
    field[4] = &s.http_user;
    field[5] = &s.http_pass;
    for (i = 0; i < 6; i++) {
        s = world_settings("b", "users.*");
        s.http_user = s.http_pass = WEBHOOK_STR("user");
        *field[i] = bad;
        refused += create_refuses(&s);
    }
    for (i = 0; i < 2; i++) { /* in the name of a field of its own, and in its value */
        webhook_buf b = webhook_buf_from(header, sizeof header);
        webhook_buf_put(&b, i == 0 ? bad : WEBHOOK_STR("X-Own"));
        webhook_buf_put(&b, WEBHOOK_STR(": "));
        webhook_buf_put(&b, i == 0 ? WEBHOOK_STR("value") : bad);
        webhook_buf_put(&b, WEBHOOK_STR("\r\n"));
        s = world_settings("b", "users.*");
        s.headers = webhook_buf_str(&b);
        refused += create_refuses(&s);
    }
    for (i = 0; i < 2; i++) {
        webhook_emit e = WEBHOOK_ZERO;
        e.id = i == 0 ? bad : WEBHOOK_STR("e1");
        e.event = i == 0 ? WEBHOOK_STR("users.u1") : bad;
        refused += webhook_delivery_emit(&w.d, &e, &out) < 0;
    }
    return refused;
}

/* CVE-2020-26137, CVE-2022-35948: a line end, or a NUL, in any text that goes into a head; the texts from outside
 * are refused, not mended. */
static void attack_23_a_line_end_in_a_text(void) {
    static const char where[] = "\r\n\0";
    char text[] = "abcdefgh-x-ijklmnop";
    size_t i, at;
    sender(NULL);
    for (i = 0; i < 3; i++)
        for (at = 0; at < 3; at++) {
            size_t place = at == 0 ? 0 : at == 1 ? 9 : sizeof text - 2;
            char kept = text[place];
            size_t puts = w.puts;
            text[place] = where[i];
            CHECK(injected(test_guarded(webhook_str_from(text, sizeof text - 1))) == 10);
            CHECK_SIZE(w.puts, puts);
            text[place] = kept;
        }
    CHECK(w.d.queued == 0);
    CHECK(injected(webhook_str_from(text, sizeof text - 1)) == 0); /* without it all are good */
    world_run(&w);
    world_answer_all(&w, 200);
    world_close(&w);
}

/* The same in a record that somebody has written into the store, with checksums that hold and without: it is no
 * record, or what it asks for is never sent. */
static void attack_23_a_line_end_in_a_record(void) {
    webhook_str body = WEBHOOK_STR("{\"$id\":\"e1\"}");
    webhook_emitted out;
    world_record *r;
    char *at, *end;
    int sealed;
    for (sealed = 0; sealed < 2; sealed++) {
        sender(NULL);
        CHECK_STATUS(world_emit_to(&w, "", "e1-x-", "users.u1-x-", body, &out), WEBHOOK_OK);
        r = world_find(&w, webhook_str_from(out.key, sizeof out.key));
        if (!CHECK(r != NULL)) return;
        end = r->bytes + r->len;
        for (at = r->bytes; at + 3 < end; at++)
            if (memcmp(at, "-x-", 3) == 0) memcpy(at, "\r\nX", 3);
        if (sealed) world_seal(r->bytes, r->len);
        world_pass(&w, 10000000);
        CHECK_SIZE(w.n_sent, 0);
        CHECK(w.d.gave_up == 1 && w.n_log == 1);
        CHECK((w.log[0].e.event.len > 0) == sealed);
        world_close(&w);
    }
}

/* 429 again and again with a Retry-After of any kind: at least the own wait, at most the cap; each attempt has its own
 * time and signature and the one id, so that the receiver can tell it from a replay and from another event. */
static void attack_33_retry_after_without_end(void) {
    static const char *const values[] = { "99999999999",
                                          "-1",
                                          "Thu, 01 Jan 1970 00:00:00 GMT",
                                          "Fri, 31 Dec 9999 23:59:59 GMT",
                                          "18446744073709551616",
                                          "0",
                                          "4294967296",
                                          "1e9",
                                          "" };
    size_t i, k;
    for (i = 0; i < sizeof values / sizeof *values; i++) {
        uint64_t least[3] = { 4000, 20000, 100000 };
        sender(NULL);
        CHECK_STATUS(world_emit(&w, "e1", "users.u1"), WEBHOOK_OK);
        world_run(&w);
        for (k = 0; k < 4 && CHECK_SIZE(w.n_sent, k + 1); k++) {
            webhook_result r = WEBHOOK_ZERO;
            r.status = 429;
            r.retry_after = world_str(values[i]);
            CHECK(world_signed(&w, k, WORLD_SECRET));
            CHECK(k == 0 ||
                  !webhook_str_eq(world_sent_field(&w, k, "X-Appwrite-Webhook-Timestamp"),
                                  world_sent_field(&w, k - 1, "X-Appwrite-Webhook-Timestamp")));
            CHECK(webhook_str_eq(w.sent[k].body, w.sent[0].body));
            world_complete(&w, k, &r);
            if (k == 3) break;
            CHECK(w.log[k].e.next_ms - w.unix_ms >= (int64_t)least[k]);
            CHECK(w.log[k].e.next_ms - w.unix_ms <= 3600000);
            (void)world_until(&w, k + 2, 3600000);
        }
        CHECK(w.d.gave_up == 1 && w.d.queued == 0);
        world_close(&w);
    }
}

/* A colon in the user makes another password of it (RFC 7617, 2); over plain http anybody reads along. Nor is a
 * password or a secret in any word that is told. */
static void attack_35_a_password(void) {
    webhook_settings s;
    webhook_change c;
    size_t i, k;
    sender(NULL);
    for (i = 0; i < 5; i++) {
        static const unsigned fault[] = { WEBHOOK_SET_HTTP_USER, WEBHOOK_SET_HTTP_USER,
                                          WEBHOOK_SET_HTTP_PASS, WEBHOOK_SET_HTTP_USER,
                                          WEBHOOK_SET_HTTP_PASS };
        s = world_settings("b", "users.*");
        s.http_user = i == 0   ? WEBHOOK_STR("us:er")
                      : i == 1 ? WEBHOOK_STR("us\ner")
                               : WEBHOOK_STR("user");
        s.http_pass = i == 2 ? WEBHOOK_STR("open\rsesame") : WEBHOOK_STR("open sesame");
        if (i == 3) s.url = WEBHOOK_STR("http://api.example.com/");
        if (i == 4) s.http_pass = webhook_str_from(NULL, 0);
        CHECK(webhook_registry_create(&w.registry, &s, 0, &c) < 0);
        CHECK(c.fault == fault[i]);
    }
    s = world_settings("b", "users.*");
    s.http_user = WEBHOOK_STR("user");
    s.http_pass = WEBHOOK_STR("open:sesame"); /* here it means nothing */
    world_add(&w, &s);
    CHECK(world_info(&w, "b").settings.http_pass.ptr == NULL);
    CHECK(world_info(&w, "b").settings.secret.ptr == NULL);
    CHECK_STATUS(world_emit(&w, "e1", "users.u1"), WEBHOOK_OK);
    world_run(&w);
    for (i = 0; i < 100 && w.d.queued > 0; i++) {
        world_answer_all(&w, i % 2 ? 500 : 401);
        if (w.d.queued > 0) world_wait(&w, w.next - w.tick);
    }
    CHECK_SIZE(w.n_log, 8);
    for (i = 0; i < w.n_log; i++) {
        const webhook_log_entry *e = &w.log[i].e;
        const webhook_str *texts[4];
        texts[0] = &e->error;
        texts[1] = &e->payload;
        texts[2] = &e->event_id;
        texts[3] = &e->webhook_id;
        for (k = 0; k < 4; k++)
            CHECK(!holds(texts[k]->ptr, texts[k]->len, "sesame", 6) &&
                  !holds(texts[k]->ptr, texts[k]->len, WORLD_SECRET, sizeof WORLD_SECRET - 1));
    }
    world_close(&w);
}

/* No webhook without a secret that is one, whatever its security says: stripe-java #2286 and the like, for senders */
static void attack_03_a_webhook_without_a_secret(void) {
    static const char *const secrets[] = { "",
                                           " ",
                                           "        ",
                                           "\t\t\t\t\t\t\t\t",
                                           "short",
                                           "with a blank in it",
                                           "caf\xc3\xa9-caf\xc3\xa9" };
    webhook_change c;
    size_t i;
    sender(NULL);
    for (i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        webhook_settings s = world_settings("b", "users.*"), u = WEBHOOK_ZERO;
        s.secret = u.secret = world_str(secrets[i]);
        s.security = i % 2 ? WEBHOOK_NO : WEBHOOK_YES;
        CHECK(webhook_registry_create(&w.registry, &s, 0, &c) < 0);
        CHECK(c.fault == WEBHOOK_SET_SECRET);
        if (i > 0) CHECK(webhook_registry_update(&w.registry, WEBHOOK_STR("a"), &u, 0, &c) < 0);
        if (i > 0) CHECK(c.fault == WEBHOOK_SET_SECRET);
    }
    CHECK_STATUS(world_emit(&w, "e1", "users.u1"), WEBHOOK_OK);
    world_run(&w);
    CHECK(world_signed(&w, 0, WORLD_SECRET));
    world_answer(&w, 0, 200);
    world_close(&w);
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
    RUN(attack_03_a_webhook_without_a_secret);
    RUN(attack_16_a_webhook_to_the_inside);
    RUN(attack_17_an_address_in_disguise);
    RUN(attack_18_an_address_wrapped_in_another);
    RUN(attack_20_a_redirect);
    RUN(attack_21_a_url_of_two_meanings);
    RUN(attack_22_other_schemes);
    RUN(attack_23_a_line_end_in_a_text);
    RUN(attack_23_a_line_end_in_a_record);
    RUN(attack_33_retry_after_without_end);
    RUN(attack_35_a_password);
}
