/* test_contracts.c -- every status that a contract lists is driven once, so that no list drifts from its code
 *
 * One function here for each function of the header that returns a status, in the header's order.
 */
#include "test.h"

/* GIVES(status, call) -- reads as the contract does */
#define GIVES(status, call) CHECK_STATUS(call, WEBHOOK_##status)
#define S(literal) WEBHOOK_STR(literal)

#define NOW 1736937000
#define ENVELOPE                                                              \
    "{\"$id\":\"e_1\",\"event\":\"users.u1.create\",\"timestamp\":\"2025-01-" \
    "15T10:30:00.000Z\",\"payload\":"

static const webhook_str nothing = WEBHOOK_STR_INIT("");

/* What one level too many looks like. */
static webhook_str brackets(size_t n) {
    static char text[100];
    memset(text, '[', sizeof text);
    return webhook_str_from(text, n);
}

static webhook_str letters(size_t n) {
    static char text[300];
    memset(text, 'a', sizeof text);
    return webhook_str_from(text, n);
}

static webhook_buf failed_with(webhook_status error) {
    webhook_buf b = WEBHOOK_ZERO;
    webhook_buf_fail(&b, error);
    return b;
}

static webhook_hmac_key a_key(void) {
    webhook_hmac_key k;
    GIVES(OK, webhook_key_init(&k, NULL, S("secret")));
    return k;
}

/* ---- bytes ---- */

static webhook_status refuse(void *user, webhook_str bytes) {
    (void)user, (void)bytes;
    return WEBHOOK_ERR_TRUNCATED;
}

static void buf_end(void) {
    char block[2];
    webhook_buf ok = WEBHOOK_ZERO, small = webhook_buf_from(block, sizeof block), flushed = small,
                failed = failed_with(WEBHOOK_ERR_STALE), put = WEBHOOK_ZERO;
    GIVES(OK, webhook_buf_end(&ok));
    webhook_buf_put(&small, S("abc"));
    GIVES(ERR_SPACE, webhook_buf_end(&small));
    flushed.flush = refuse;
    webhook_buf_put(&flushed, S("ab"));
    GIVES(ERR_TRUNCATED, webhook_buf_end(&flushed));
    GIVES(ERR_STALE, webhook_buf_end(&failed));
    webhook_iso_write(&put, -1);
    GIVES(ERR_RANGE, webhook_buf_end(&put));
}

static void str_cut(void) {
    webhook_str rest = S("a"), head;
    GIVES(OK, webhook_str_cut(&rest, ',', &head));
    GIVES(END, webhook_str_cut(&rest, ',', &head));
}

/* ---- hmac ---- */

static void hmac(void) {
    webhook_hmac_key k, none = WEBHOOK_ZERO;
    webhook_hmac_ctx c;
    unsigned char mac[32];
    GIVES(ERR_ARGUMENT, webhook_hmac_key_init(NULL, S("secret")));
    GIVES(ERR_KEY, webhook_hmac_key_init(&k, nothing));
    GIVES(OK, webhook_hmac_key_init(&k, S("secret")));
    GIVES(ERR_ARGUMENT, webhook_hmac_init(NULL, &k));
    GIVES(ERR_ARGUMENT, webhook_hmac_init(&c, NULL));
    GIVES(ERR_KEY, webhook_hmac_init(&c, &none));
    GIVES(ERR_KEY, webhook_hmac_final(&c, mac));
    GIVES(OK, webhook_hmac_init(&c, &k));
    GIVES(ERR_ARGUMENT, webhook_hmac_final(&c, NULL));
    GIVES(OK, webhook_hmac_init(&c, &k));
    GIVES(OK, webhook_hmac_final(&c, mac));
    GIVES(ERR_ARGUMENT, webhook_hmac(&k, S("text"), NULL));
    GIVES(ERR_ARGUMENT, webhook_hmac(NULL, S("text"), mac));
    GIVES(ERR_KEY, webhook_hmac(&none, S("text"), mac));
    GIVES(OK, webhook_hmac(&k, S("text"), mac));
    GIVES(OK, webhook_equal("ab", "ab", 2));
    GIVES(NO_MATCH, webhook_equal("ab", "ac", 2));
}

/* ---- text ---- */

static void text_readers(void) {
    unsigned char out[4];
    uint64_t v;
    size_t len;
    GIVES(OK, webhook_hex_read(S("00ff"), out, 2));
    GIVES(ERR_SYNTAX, webhook_hex_read(S("00f"), out, 2));
    GIVES(ERR_SYNTAX, webhook_hex_read(S("00fg"), out, 2));
    GIVES(OK, webhook_base64_read(S("AAAA"), out, sizeof out, &len));
    GIVES(ERR_SYNTAX, webhook_base64_read(S("AAA"), out, sizeof out, &len));
    GIVES(ERR_SPACE, webhook_base64_read(S("AAAAAAAA"), out, sizeof out, &len));
    GIVES(OK, webhook_decimal_read(S("18446744073709551615"), &v));
    GIVES(ERR_SYNTAX, webhook_decimal_read(nothing, &v));
    GIVES(ERR_RANGE, webhook_decimal_read(S("18446744073709551616"), &v));
}

static void time_readers(void) {
    int64_t t;
    GIVES(OK, webhook_iso_read(S("2025-01-15T10:30:00Z"), &t));
    GIVES(ERR_SYNTAX, webhook_iso_read(S("2025-01-15 10:30:00Z"), &t));
    GIVES(ERR_RANGE, webhook_iso_read(S("2025-02-29T10:30:00Z"), &t));
    GIVES(ERR_RANGE, webhook_iso_read(S("1969-12-31T23:59:59Z"), &t));
    GIVES(OK, webhook_http_date_read(S("Wed, 15 Jan 2025 10:30:00 GMT"), NOW, &t));
    GIVES(ERR_SYNTAX, webhook_http_date_read(S("Wed, 15 Jan 2025 10:30:00 UTC"), NOW, &t));
    GIVES(ERR_RANGE, webhook_http_date_read(S("Sat, 29 Feb 2025 10:30:00 GMT"), NOW, &t));
}

/* ---- event ---- */

static void event_checks(void) {
    GIVES(OK, webhook_event_check(S("users.u1.create"), NULL));
    GIVES(ERR_SYNTAX, webhook_event_check(S("users.*.create"), NULL));
    GIVES(ERR_LIMIT, webhook_event_check(S("1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17"), NULL));
    GIVES(ERR_LIMIT, webhook_event_check(letters(256), NULL));
    GIVES(OK, webhook_pattern_check(S("users.*.create"), NULL));
    GIVES(ERR_SYNTAX, webhook_pattern_check(S("users.**"), NULL));
    GIVES(ERR_LIMIT, webhook_pattern_check(S("*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*"), NULL));
    GIVES(ERR_LIMIT, webhook_pattern_check(letters(256), NULL));
    GIVES(OK, webhook_event_match(S("users.*"), S("users.u1.create")));
    GIVES(NO_MATCH, webhook_event_match(S("teams.*"), S("users.u1.create")));
    GIVES(NO_MATCH, webhook_event_match(S("users.**"), S("users.u1.create")));
}

static void expand(void) {
    webhook_expand_ctx c;
    webhook_buf out = WEBHOOK_ZERO;
    GIVES(ERR_SYNTAX, webhook_expand_init(&c, S("a..b")));
    GIVES(END, webhook_expand_next(&c, &out));
    GIVES(ERR_LIMIT, webhook_expand_init(&c, letters(256)));
    GIVES(END, webhook_expand_next(&c, &out));
    GIVES(OK, webhook_expand_init(&c, S("users")));
    GIVES(OK, webhook_expand_next(&c, &out));
    GIVES(END, webhook_expand_next(&c, &out));
}

/* ---- json ---- */

/* The last status of a text that is read to its end, and again, since errors are sticky. */
static webhook_status read_all(webhook_str text) {
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_status s;
    webhook_json_init(&c, text);
    do s = webhook_json_next(&c, &t);
    while (s == WEBHOOK_OK);
    CHECK(t.kind == WEBHOOK_JSON_NONE);
    CHECK_STATUS(webhook_json_next(&c, &t), s);
    return s;
}

static void json_next(void) {
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_json_init(&c, S("1"));
    GIVES(OK, webhook_json_next(&c, &t));
    GIVES(END, read_all(S(" 1 ")));
    GIVES(ERR_SYNTAX, read_all(S("01")));
    GIVES(ERR_TRUNCATED, read_all(S("[1")));
    GIVES(ERR_LIMIT, read_all(brackets(65)));
    GIVES(ERR_TRUNCATED, read_all(brackets(64)));
}

static webhook_status find(webhook_str text, webhook_str where) {
    webhook_json_path path = WEBHOOK_ZERO;
    webhook_status s;
    path.path = where;
    s = webhook_json_find(text, &path, 1, NULL);
    if (s != WEBHOOK_OK) CHECK(path.value.kind == WEBHOOK_JSON_NONE);
    return s;
}

static void json_find(void) {
    GIVES(OK, find(S("{\"a\":1}"), S("/a")));
    GIVES(OK, find(S("{\"a\":1}"), S("/b")));
    GIVES(ERR_SYNTAX, find(S("{\"a\":1]"), S("/a")));
    GIVES(ERR_TRUNCATED, find(S("{\"a\":1"), S("/a")));
    GIVES(ERR_LIMIT, find(brackets(65), S("/a")));
    GIVES(ERR_DUPLICATE, find(S("{\"a\":1,\"a\":1}"), S("/a")));
    GIVES(ERR_ARGUMENT, find(S("{\"a\":1}"), S("a")));
    GIVES(ERR_ARGUMENT, find(S("{\"a\":1}"), S("/~2")));
}

static webhook_json_token token(webhook_str text) {
    webhook_json_path path = WEBHOOK_ZERO;
    GIVES(OK, webhook_json_find(text, &path, 1, NULL));
    return path.value;
}

static void json_values(void) {
    webhook_json_token t = token(S("\"a\\n\""));
    webhook_buf ok = WEBHOOK_ZERO, lone = ok, kind = ok, failed = failed_with(WEBHOOK_ERR_STALE);
    int64_t v;
    uint64_t bits;
    GIVES(OK, webhook_json_string(&t, &ok));
    GIVES(ERR_STALE, webhook_json_string(&t, &failed));
    GIVES(ERR_ARGUMENT, webhook_json_int(&t, &v));
    t = token(S("\"\\ud800\""));
    GIVES(ERR_SYNTAX, webhook_json_string(&t, &lone));
    GIVES(ERR_SYNTAX, webhook_buf_end(&lone));
    t = token(S("20e-1"));
    GIVES(ERR_ARGUMENT, webhook_json_string(&t, &kind));
    GIVES(ERR_ARGUMENT, webhook_buf_end(&kind));
    GIVES(OK, webhook_json_int(&t, &v));
    t = token(S("9223372036854775808"));
    GIVES(ERR_RANGE, webhook_json_int(&t, &v));
    GIVES(OK, webhook_binary64_read(S("1e308"), &bits));
    GIVES(ERR_SYNTAX, webhook_binary64_read(S("01"), &bits));
    GIVES(ERR_RANGE, webhook_binary64_read(S("1e309"), &bits));
}

static void json_scratch_need(void) {
    size_t words;
    GIVES(OK, webhook_json_scratch_need(S("{\"a\":1}"), &words, NULL));
    GIVES(ERR_SYNTAX, webhook_json_scratch_need(S("{a"), &words, NULL));
    GIVES(ERR_TRUNCATED, webhook_json_scratch_need(S("{\"a\""), &words, NULL));
    GIVES(ERR_LIMIT, webhook_json_scratch_need(brackets(65), &words, NULL));
}

static webhook_json_scratch scratch_of(size_t n) {
    static uint32_t words[300];
    webhook_json_scratch s;
    s.ptr = n == 0 ? NULL : words;
    s.n = n;
    return s;
}

/* The status of put_json on b; end tells of the same failure. */
static webhook_status put_json(webhook_buf b, webhook_str text, size_t words) {
    webhook_json_writer w;
    webhook_status s;
    webhook_json_writer_init(&w, &b);
    s = webhook_json_put_json(&w, text, scratch_of(words), NULL);
    if (s < 0)
        CHECK_STATUS(webhook_json_writer_end(&w), s);
    else
        GIVES(OK, webhook_json_writer_end(&w));
    return s;
}

static void json_put_json(void) {
    webhook_buf b = WEBHOOK_ZERO, out = WEBHOOK_ZERO;
    webhook_json_writer w;
    char block[2];
    GIVES(OK, put_json(b, S("{\"a\":1}"), 300));
    GIVES(CHANGED, put_json(b, S("9007199254740993"), 300));
    GIVES(ERR_SYNTAX, put_json(b, S("[1,]"), 300));
    GIVES(ERR_TRUNCATED, put_json(b, S("[1,"), 300));
    GIVES(ERR_LIMIT, put_json(b, brackets(65), 300));
    GIVES(ERR_DUPLICATE, put_json(b, S("{\"a\":1,\"a\":2}"), 300));
    GIVES(ERR_RANGE, put_json(b, S("1e999"), 300));
    GIVES(ERR_SCRATCH, put_json(b, S("{\"1\":1,\"0\":2}"), 0));
    GIVES(ERR_SPACE, put_json(webhook_buf_from(block, 2), S("[1]"), 300));
    GIVES(ERR_STALE, put_json(failed_with(WEBHOOK_ERR_STALE), S("[1]"), 300));
    webhook_json_writer_init(&w, &out);
    webhook_json_put_object(&w);
    GIVES(ERR_ARGUMENT, webhook_json_put_json(&w, S("1"), scratch_of(300), NULL));
}

static void json_writer_end(void) {
    webhook_buf ok = WEBHOOK_ZERO, open = ok, empty = ok, twice = ok,
                failed = failed_with(WEBHOOK_ERR_STALE);
    webhook_json_writer w;
    webhook_json_writer_init(&w, &ok);
    webhook_json_put_null(&w);
    GIVES(OK, webhook_json_writer_end(&w));
    webhook_json_writer_init(&w, &open);
    webhook_json_put_array(&w);
    GIVES(ERR_ARGUMENT, webhook_json_writer_end(&w));
    webhook_json_writer_init(&w, &empty);
    GIVES(ERR_ARGUMENT, webhook_json_writer_end(&w));
    webhook_json_writer_init(&w, &failed);
    webhook_json_put_null(&w);
    GIVES(ERR_STALE, webhook_json_writer_end(&w));
    webhook_json_writer_init(&w, &twice);
    webhook_json_put_int(&w, (INT64_C(1) << 53) + 1);
    GIVES(ERR_RANGE, webhook_json_writer_end(&w));
}

/* ---- signature ---- */

static webhook_status no_key(webhook_hmac_key *k, webhook_str secret) {
    (void)k, (void)secret;
    return WEBHOOK_ERR_SYNTAX;
}

static void key_init(void) {
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k;
    GIVES(OK, webhook_key_init(&k, &s, S("secret")));
    GIVES(ERR_KEY, webhook_key_init(&k, &s, nothing));
    GIVES(ERR_KEY, webhook_key_init(&k, &s, S(" \t")));
    s.key = no_key;
    GIVES(ERR_KEY, webhook_key_init(&k, &s, S("secret")));
    GIVES(ERR_ARGUMENT, webhook_key_init(NULL, &s, S("secret")));
}

static void sign(void) {
    webhook_hmac_key k = a_key(), none = WEBHOOK_ZERO;
    const webhook_hmac_key *keys[2];
    webhook_message m = WEBHOOK_ZERO, zero = WEBHOOK_ZERO;
    webhook_buf out = WEBHOOK_ZERO, failed = failed_with(WEBHOOK_ERR_STALE);
    webhook_mac macs[2];
    char block[10];
    webhook_buf small = webhook_buf_from(block, sizeof block);
    m.timestamp = S("1736937000");
    keys[0] = &k;
    keys[1] = &none;
    GIVES(OK, webhook_sign(NULL, &k, &m, &out));
    GIVES(ERR_ARGUMENT, webhook_sign(NULL, &k, &zero, &out));
    GIVES(ERR_KEY, webhook_sign(NULL, &none, &m, &out));
    GIVES(ERR_SPACE, webhook_sign(NULL, &k, &m, &small));
    GIVES(ERR_STALE, webhook_sign(NULL, &k, &m, &failed));
    GIVES(OK, webhook_sign_many(NULL, keys, 1, &m, macs));
    GIVES(ERR_ARGUMENT, webhook_sign_many(NULL, keys, 1, &zero, macs));
    GIVES(ERR_KEY, webhook_sign_many(NULL, keys, 2, &m, macs));
}

/* The mission's delivery to head, with what the case wants changed. */
static webhook_status head(webhook_verify_ctx *c, const webhook_hmac_key *k, size_t n,
                           webhook_str signature, int64_t now_s) {
    webhook_verify_init(c);
    webhook_verify_field(c, S("X-Appwrite-Webhook-Timestamp"), S("1736937000"));
    webhook_verify_field(c, S("X-Appwrite-Webhook-Signature"), signature);
    return webhook_verify_head(c, k, n, now_s);
}

static void verify(void) {
    webhook_hmac_key k[9], none = WEBHOOK_ZERO;
    webhook_message m = WEBHOOK_ZERO;
    webhook_str sig = webhook_str_from(letters(64).ptr, 64);
    char text[64];
    webhook_buf out = webhook_buf_from(text, sizeof text);
    webhook_verify_ctx c;
    size_t i;
    for (i = 0; i < 9; i++) k[i] = a_key();
    m.timestamp = S("1736937000");
    GIVES(OK, webhook_sign(NULL, k, &m, &out));
    GIVES(OK, webhook_verify(NULL, k, 1, &m, webhook_buf_str(&out), NOW));
    GIVES(ERR_SIGNATURE, webhook_verify(NULL, k, 1, &m, sig, NOW));
    GIVES(ERR_STALE, webhook_verify(NULL, k, 1, &m, webhook_buf_str(&out), NOW + 301));
    GIVES(ERR_KEY, webhook_verify(NULL, &none, 1, &m, webhook_buf_str(&out), NOW));
    GIVES(ERR_KEY, webhook_verify(NULL, k, 0, &m, webhook_buf_str(&out), NOW));
    GIVES(ERR_ARGUMENT, webhook_verify(NULL, k, 9, &m, webhook_buf_str(&out), NOW));
    GIVES(ERR_ARGUMENT, webhook_verify(NULL, NULL, 1, &m, webhook_buf_str(&out), NOW));
    GIVES(ERR_ARGUMENT, webhook_verify(NULL, k, 1, NULL, webhook_buf_str(&out), NOW));
    GIVES(MORE, head(&c, k, 1, webhook_buf_str(&out), NOW));
    GIVES(OK, webhook_verify_final(&c));
    GIVES(MORE, head(&c, k, 1, sig, NOW));
    GIVES(ERR_SIGNATURE, webhook_verify_final(&c));
    GIVES(ERR_SIGNATURE, head(&c, k, 1, S("junk"), NOW));
    GIVES(ERR_SIGNATURE, webhook_verify_final(&c));
    GIVES(ERR_STALE, head(&c, k, 1, webhook_buf_str(&out), NOW - 301));
    GIVES(ERR_STALE, webhook_verify_final(&c));
    GIVES(ERR_KEY, head(&c, &none, 1, webhook_buf_str(&out), NOW));
    GIVES(ERR_KEY, head(&c, k, 0, webhook_buf_str(&out), NOW));
    GIVES(ERR_ARGUMENT, head(&c, k, 9, webhook_buf_str(&out), NOW));
    GIVES(ERR_ARGUMENT, head(&c, NULL, 1, webhook_buf_str(&out), NOW));
    GIVES(ERR_SCRATCH, head(&c, k, 2, webhook_buf_str(&out), NOW));
    GIVES(ERR_SCRATCH, webhook_verify_final(&c));
    webhook_verify_init(&c);
    GIVES(ERR_ARGUMENT, webhook_verify_final(&c));
}

static void replay(void) {
    webhook_replay_entry g[2];
    webhook_replay_key a = webhook_replay_key_from_id(nothing, S("a"), NOW + 10),
                       b = webhook_replay_key_from_id(nothing, S("b"), NOW + 10);
    memset(g, 0, sizeof g);
    GIVES(ERR_DAMAGED, webhook_replay_restore(g, 2));
    GIVES(ERR_ARGUMENT, webhook_replay_restore(NULL, 2));
    GIVES(ERR_ARGUMENT, webhook_replay_init(g, 1));
    GIVES(OK, webhook_replay_init(g, 2));
    GIVES(OK, webhook_replay_restore(g, 2));
    GIVES(OK, webhook_replay_begin(g, 2, &a, NOW));
    GIVES(PENDING, webhook_replay_begin(g, 2, &a, NOW));
    GIVES(ERR_FULL, webhook_replay_begin(g, 2, &b, NOW));
    webhook_replay_end(g, 2, &a, 1);
    GIVES(SEEN, webhook_replay_begin(g, 2, &a, NOW));
    GIVES(ERR_STALE, webhook_replay_begin(g, 2, &b, NOW + 10));
    GIVES(ERR_ARGUMENT, webhook_replay_begin(g, 2, NULL, NOW));
    GIVES(ERR_ARGUMENT, webhook_replay_begin(NULL, 2, &a, NOW));
}

/* ---- payload ---- */

static void id_check(void) {
    GIVES(OK, webhook_id_check(S("event_1-Z"), NULL));
    GIVES(OK, webhook_id_check(letters(36), NULL));
    GIVES(ERR_SYNTAX, webhook_id_check(nothing, NULL));
    GIVES(ERR_SYNTAX, webhook_id_check(S("event.1"), NULL));
    GIVES(ERR_LIMIT, webhook_id_check(letters(37), NULL));
}

static webhook_envelope envelope(webhook_str id, webhook_str event, int64_t unix_ms,
                                 webhook_str payload) {
    webhook_envelope e;
    e.id = id;
    e.event = event;
    e.unix_ms = unix_ms;
    e.payload = payload;
    return e;
}

static webhook_status around(webhook_buf b, webhook_envelope e, unsigned values) {
    webhook_json_writer w;
    webhook_payload_begin(&w, &b, &e);
    for (; values > 0; values--) webhook_json_put_null(&w);
    return webhook_payload_end(&w);
}

static void payload_end(void) {
    webhook_buf b = WEBHOOK_ZERO;
    GIVES(OK, around(b, envelope(S("e"), S("a.b"), 1, nothing), 1));
    GIVES(ERR_ARGUMENT, around(b, envelope(nothing, S("a.b"), 1, nothing), 1));
    GIVES(ERR_ARGUMENT, around(b, envelope(S("e"), S("a.*"), 1, nothing), 1));
    GIVES(ERR_ARGUMENT, around(b, envelope(S("e"), S("a.b"), -1, nothing), 1));
    GIVES(ERR_ARGUMENT, around(b, envelope(S("e"), S("a.b"), 1, nothing), 0));
    GIVES(ERR_ARGUMENT, around(b, envelope(S("e"), S("a.b"), 1, nothing), 2));
    GIVES(ERR_STALE,
          around(failed_with(WEBHOOK_ERR_STALE), envelope(S("e"), S("a.b"), 1, nothing), 1));
}

static webhook_status payload_of(webhook_buf b, webhook_str id, webhook_str payload, size_t words) {
    webhook_envelope e = envelope(id, S("a.b"), 1, payload);
    return webhook_payload_write(&b, &e, scratch_of(words), NULL);
}

static void payload_write(void) {
    webhook_buf b = WEBHOOK_ZERO;
    char block[20];
    GIVES(OK, payload_of(b, S("e"), S("{\"a\":1}"), 300));
    GIVES(CHANGED, payload_of(b, S("e"), S("9007199254740993"), 300));
    GIVES(ERR_SYNTAX, payload_of(b, S("e"), S("[1,]"), 300));
    GIVES(ERR_TRUNCATED, payload_of(b, S("e"), nothing, 300));
    GIVES(ERR_LIMIT, payload_of(b, S("e"), brackets(64), 300));
    GIVES(ERR_DUPLICATE, payload_of(b, S("e"), S("{\"a\":1,\"a\":2}"), 300));
    GIVES(ERR_RANGE, payload_of(b, S("e"), S("1e999"), 300));
    GIVES(ERR_SCRATCH, payload_of(b, S("e"), S("{\"1\":1,\"0\":2}"), 0));
    GIVES(ERR_SPACE, payload_of(webhook_buf_from(block, sizeof block), S("e"), S("1"), 300));
    GIVES(ERR_STALE, payload_of(failed_with(WEBHOOK_ERR_STALE), S("e"), S("1"), 300));
    GIVES(ERR_ARGUMENT, payload_of(b, S("no id"), S("1"), 300));
}

static webhook_status payload_of_body(webhook_str body) {
    webhook_envelope e;
    webhook_status s = webhook_payload_read(body, &e, NULL);
    if (s != WEBHOOK_OK) CHECK(e.id.len == 0 && e.event.len == 0 && e.payload.len == 0);
    return s;
}

static void payload_read(void) {
    char deep[300];
    webhook_buf b = webhook_buf_from(deep, sizeof deep);
    GIVES(OK, payload_of_body(S(ENVELOPE "1}")));
    GIVES(ERR_SYNTAX, payload_of_body(S(ENVELOPE "01}")));
    GIVES(ERR_SYNTAX, payload_of_body(S("{}")));
    GIVES(ERR_SYNTAX, payload_of_body(S("[]")));
    GIVES(ERR_TRUNCATED, payload_of_body(S(ENVELOPE "1")));
    GIVES(ERR_DUPLICATE, payload_of_body(S(ENVELOPE "1,\"payload\":1}")));
    webhook_buf_put(&b, S(ENVELOPE));
    webhook_buf_put(&b, brackets(64));
    GIVES(ERR_LIMIT, payload_of_body(webhook_buf_str(&b)));
}

/* ---- all of them ---- */

/* The manual promises it for whatever a contract calls "not NULL". */
static void null_where_the_contract_says_not_null(void) {
    unsigned char out[4];
    webhook_json_ctx c;
    webhook_json_token t = token(S("1"));
    webhook_json_init(&c, S("1"));
    GIVES(ERR_ARGUMENT, webhook_base64_read(S("AAAA"), out, sizeof out, NULL));
    GIVES(ERR_ARGUMENT, webhook_decimal_read(S("1"), NULL));
    GIVES(ERR_ARGUMENT, webhook_iso_read(S("2025-01-15T10:30:00Z"), NULL));
    GIVES(ERR_ARGUMENT, webhook_http_date_read(S("Wed, 15 Jan 2025 10:30:00 GMT"), NOW, NULL));
    GIVES(ERR_ARGUMENT, webhook_json_next(&c, NULL));
    GIVES(ERR_ARGUMENT, webhook_json_int(&t, NULL));
    GIVES(ERR_ARGUMENT, webhook_binary64_read(S("1"), NULL));
    GIVES(ERR_ARGUMENT, webhook_json_scratch_need(S("1"), NULL, NULL));
    GIVES(ERR_ARGUMENT, webhook_payload_read(S(ENVELOPE "1}"), NULL, NULL));
}

void suite_contracts(void) {
    RUN(buf_end);
    RUN(str_cut);
    RUN(hmac);
    RUN(text_readers);
    RUN(time_readers);
    RUN(event_checks);
    RUN(expand);
    RUN(json_next);
    RUN(json_find);
    RUN(json_values);
    RUN(json_scratch_need);
    RUN(json_put_json);
    RUN(json_writer_end);
    RUN(key_init);
    RUN(sign);
    RUN(verify);
    RUN(replay);
    RUN(id_check);
    RUN(payload_end);
    RUN(payload_write);
    RUN(payload_read);
    RUN(null_where_the_contract_says_not_null);
}
