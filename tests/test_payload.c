/* test_payload.c -- the envelope: written in each way, read back, and all that can be wrong with it */
#include "test.h"

static const char mission_body[] =
    "{\"$id\":\"event_123\",\"event\":\"databases.main.tables.orders.rows.order_456.create\","
    "\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"payload\":{\"$id\":\"order_456\",\"$tableId\":"
    "\"orders\","
    "\"$databaseId\":\"main\",\"$createdAt\":\"2025-01-15T10:30:00.000Z\","
    "\"$updatedAt\":\"2025-01-15T10:30:00.000Z\",\"customer\":\"John Doe\",\"total\":99.99}}";

/* The payload of the mission's example, as somebody may write it. */
static const char mission_payload[] =
    "{\n  \"$id\": \"order_456\",\n  \"$tableId\": \"orders\",\n  \"$databaseId\": \"main\",\n"
    "  \"$createdAt\": \"2025-01-15T10:30:00.000Z\",\n  \"$updatedAt\": "
    "\"2025-01-15T10:30:00.000Z\",\n"
    "  \"customer\": \"John Doe\",\n  \"total\": 99.990\n}\n";

static webhook_envelope an_envelope(const char *id, const char *event, int64_t unix_ms,
                                    const char *payload) {
    webhook_envelope e;
    memset(&e, 0, sizeof e);
    e.id = webhook_str_from_cstr(id);
    e.event = webhook_str_from_cstr(event);
    e.unix_ms = unix_ms;
    e.payload = webhook_str_from_cstr(payload);
    return e;
}

static webhook_envelope the_mission(void) {
    return an_envelope("event_123", "databases.main.tables.orders.rows.order_456.create",
                       INT64_C(1736937000000), mission_payload);
}

static webhook_status write_with(const webhook_envelope *e, size_t n, webhook_buf *out,
                                 size_t *offset) {
    webhook_json_scratch scratch;
    webhook_status s;
    scratch.ptr = (uint32_t *)malloc((n + 1) * sizeof *scratch.ptr);
    scratch.n = n;
    if (scratch.ptr == NULL) abort();
    s = webhook_payload_write(out, e, scratch, offset);
    free(scratch.ptr);
    return s;
}

static webhook_status write_all(const webhook_envelope *e, webhook_buf *out, size_t *offset) {
    return write_with(e, WEBHOOK_JSON_SCRATCH(e->payload.len), out, offset);
}

/* ---- writing ---- */

static void the_missions_body(void) {
    webhook_envelope e = the_mission();
    char block[600];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    size_t need = 0;
    CHECK_STATUS(write_all(&e, &b, NULL), WEBHOOK_OK);
    CHECK_STR(webhook_buf_str(&b), mission_body);
    b = webhook_buf_from(block, sizeof block);
    CHECK_STATUS(webhook_json_scratch_need(e.payload, &need, NULL), WEBHOOK_OK);
    CHECK_STATUS(write_with(&e, need, &b, NULL), WEBHOOK_OK);
    CHECK_STR(webhook_buf_str(&b), mission_body);
}

/* The same, piece by piece, as a program does that has no text. */
static void put_the_mission(webhook_json_writer *w) {
    static const char *const row[][2] = { { "$id", "order_456" },
                                          { "$tableId", "orders" },
                                          { "$databaseId", "main" },
                                          { "$createdAt", "2025-01-15T10:30:00.000Z" },
                                          { "$updatedAt", "2025-01-15T10:30:00.000Z" },
                                          { "customer", "John Doe" } };
    size_t i;
    webhook_json_put_object(w);
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        webhook_json_put_key(w, webhook_str_from_cstr(row[i][0]));
        webhook_json_put_string(w, webhook_str_from_cstr(row[i][1]));
    }
    webhook_json_put_key(w, WEBHOOK_STR("total"));
    webhook_json_put_bits(w, UINT64_C(0x4058ff5c28f5c28f));
    webhook_json_put_end(w);
}

static webhook_status write_either(int pieces, webhook_buf *out) {
    webhook_envelope e = the_mission();
    webhook_json_writer w;
    if (!pieces) return write_all(&e, out, NULL);
    webhook_payload_begin(&w, out, &e);
    put_the_mission(&w);
    return webhook_payload_end(&w);
}

static void both_ways_at_every_capacity(void) {
    size_t cap, len = sizeof mission_body - 1;
    int pieces;
    for (cap = 0; cap <= len + 1; cap++)
        for (pieces = 0; pieces < 2; pieces++) {
            char *block = (char *)malloc(cap + 1);
            webhook_buf b = webhook_buf_from(block, cap);
            test_sink k = WEBHOOK_ZERO;
            if (block == NULL) abort();
            block[cap] = 0x5a;
            CHECK_STATUS(write_either(pieces, &b), cap < len ? WEBHOOK_ERR_SPACE : WEBHOOK_OK);
            CHECK_SIZE((size_t)b.total, len);
            CHECK_STR(webhook_buf_str(&b), cap < len ? "" : mission_body);
            b = webhook_buf_from(cap == 0 ? NULL : block, cap);
            b.flush = test_sink_take;
            b.user = &k;
            CHECK_STATUS(write_either(pieces, &b), WEBHOOK_OK);
            CHECK_SIZE((size_t)b.total, len);
            CHECK_STR(webhook_str_from(k.text, k.len), mission_body);
            CHECK(block[cap] == 0x5a);
            free(block);
        }
}

static void a_flush_that_fails(void) {
    size_t cap, fail_at;
    int pieces;
    for (cap = 0; cap < 80; cap += 7)
        for (fail_at = 1; fail_at < 120; fail_at++)
            for (pieces = 0; pieces < 2; pieces++) {
                char block[80];
                webhook_buf b = webhook_buf_from(cap == 0 ? NULL : block, cap);
                test_sink k = WEBHOOK_ZERO;
                k.fail_at = fail_at;
                b.flush = test_sink_take;
                b.user = &k;
                CHECK(write_either(pieces, &b) ==
                      (k.calls >= fail_at ? WEBHOOK_ERR_IO : WEBHOOK_OK));
                CHECK(k.calls <= fail_at && memcmp(k.text, mission_body, k.len) == 0);
            }
}

/* What may stand between begin and end: one letter for each call. */
static void between(const char *calls, webhook_status wanted, const char *payload) {
    char block[300], text[300];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    webhook_envelope e = an_envelope("i", "a.b.create", 0, "");
    webhook_json_writer w;
    const char *c;
    webhook_payload_begin(&w, &b, &e);
    for (c = calls; *c != 0; c++) {
        if (*c == '{') webhook_json_put_object(&w);
        if (*c == '[') webhook_json_put_array(&w);
        if (*c == ']') webhook_json_put_end(&w);
        if (*c == 'k') webhook_json_put_key(&w, WEBHOOK_STR("k"));
        if (*c == 'i') webhook_json_put_int(&w, 1);
        if (*c == 's') webhook_json_put_string(&w, WEBHOOK_STR("x"));
        if (*c == 'b') webhook_json_put_string(&w, WEBHOOK_STR("\xff"));
    }
    if (!CHECK_STATUS(webhook_payload_end(&w), wanted)) printf("  %s\n", calls);
    sprintf(text,
            "{\"$id\":\"i\",\"event\":\"a.b.create\",\"timestamp\":\"1970-01-01T00:00:00.000Z\","
            "\"payload\":%s}",
            payload);
    CHECK_STR(webhook_buf_str(&b), wanted == WEBHOOK_OK ? text : "");
}

static void one_value_between_begin_and_end(void) {
    between("i", WEBHOOK_OK, "1");
    between("s", WEBHOOK_OK, "\"x\"");
    between("[]", WEBHOOK_OK, "[]");
    between("{]", WEBHOOK_OK, "{}");
    between("{k[i]ks]", WEBHOOK_OK, "{\"k\":[1],\"k\":\"x\"}");
    between("", WEBHOOK_ERR_ARGUMENT, "");
    between("ii", WEBHOOK_ERR_ARGUMENT, "");
    between("[", WEBHOOK_ERR_ARGUMENT, "");
    between("{", WEBHOOK_ERR_ARGUMENT, "");
    between("{k", WEBHOOK_ERR_ARGUMENT, "");
    between("[[]", WEBHOOK_ERR_ARGUMENT, "");
    between("k", WEBHOOK_ERR_ARGUMENT, "");
    between("ki", WEBHOOK_ERR_ARGUMENT, "");
    between("]", WEBHOOK_ERR_ARGUMENT, "");
    between("i]", WEBHOOK_ERR_ARGUMENT, "");
    between("i]i", WEBHOOK_ERR_ARGUMENT, "");
    between("i]{", WEBHOOK_ERR_ARGUMENT, "");
    between("i]]", WEBHOOK_ERR_ARGUMENT, "");
    between("ik", WEBHOOK_ERR_ARGUMENT, "");
    between("iki", WEBHOOK_ERR_ARGUMENT, ""); /* a field of the caller's own beside the four */
    between("[]k{]", WEBHOOK_ERR_ARGUMENT, "");
    between("i[]", WEBHOOK_ERR_ARGUMENT, "");
    between("b", WEBHOOK_ERR_SYNTAX, "");
}

/* The writer of the payload has 63 levels. */
static void the_envelope_is_a_level(void) {
    size_t levels;
    for (levels = 62; levels <= 65; levels++) {
        char calls[132], text[132];
        webhook_envelope e;
        webhook_buf b = WEBHOOK_ZERO;
        size_t at = 99;
        webhook_status wanted = levels > 63 ? WEBHOOK_ERR_LIMIT : WEBHOOK_OK;
        memset(calls, '[', levels);
        memset(calls + levels, ']', levels);
        calls[2 * levels] = 0;
        strcpy(text, calls);
        between(calls, wanted, text);
        e = an_envelope("i", "a.b.create", 0, text);
        CHECK_STATUS(write_all(&e, &b, &at), wanted);
        if (wanted != WEBHOOK_OK) CHECK_SIZE(at, 63);
    }
}

static void neither_way_writes(webhook_envelope e) {
    char block[600];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    webhook_json_writer w;
    webhook_payload_begin(&w, &b, &e);
    webhook_json_put_null(&w);
    CHECK_STATUS(webhook_payload_end(&w), WEBHOOK_ERR_ARGUMENT);
    CHECK(webhook_buf_str(&b).ptr == NULL);
    b = webhook_buf_from(block, sizeof block);
    CHECK_STATUS(write_all(&e, &b, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK(webhook_buf_str(&b).ptr == NULL);
    CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_ARGUMENT);
}

static void fields_that_are_wrong(void) {
    static const char *const id[] = {
        "", "a b", "a.b", "\xc3\xa9", "a/b", "a\"", "\n", "1234567890123456789012345678901234567"
    };
    static const char *const event[] = { "",        "users..create",
                                         "users.*", ".",
                                         "a,b",     "a b",
                                         "a\"b",    "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17" };
    static const int64_t time[] = { -1, INT64_C(253402300800000), INT64_MIN, INT64_MAX };
    size_t i;
    for (i = 0; i < sizeof id / sizeof *id; i++)
        neither_way_writes(an_envelope(id[i], "users.u1.create", 0, "1"));
    for (i = 0; i < sizeof event / sizeof *event; i++)
        neither_way_writes(an_envelope("i", event[i], 0, "1"));
    for (i = 0; i < sizeof time / sizeof *time; i++)
        neither_way_writes(an_envelope("i", "users.u1.create", time[i], "1"));
}

/* The offset counts in the payload, not in the body. */
static void payloads_that_are_wrong(void) {
    static const struct {
        const char *payload;
        webhook_status status;
        size_t at;
    } row[] = { { "", WEBHOOK_ERR_TRUNCATED, 0 },
                { "[1,x]", WEBHOOK_ERR_SYNTAX, 3 },
                { "{\"a\":1,\"a\":2}", WEBHOOK_ERR_DUPLICATE, 7 },
                { "[0,1e999]", WEBHOOK_ERR_RANGE, 3 },
                { "\"\xff\"", WEBHOOK_ERR_SYNTAX, 1 },
                { "1 2", WEBHOOK_ERR_SYNTAX, 2 },
                { "{\"a\":", WEBHOOK_ERR_TRUNCATED, 5 } };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        char block[300];
        webhook_buf b = webhook_buf_from(block, sizeof block);
        webhook_envelope e = an_envelope("i", "users.u1.create", 0, row[i].payload);
        size_t at = 99;
        if (!CHECK_STATUS(write_all(&e, &b, &at), row[i].status) || !CHECK_SIZE(at, row[i].at))
            printf("  %s\n", row[i].payload);
        CHECK(webhook_buf_str(&b).ptr == NULL);
        CHECK_STATUS(webhook_buf_end(&b), row[i].status);
    }
}

static void a_payload_that_changes(void) {
    char block[300];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    webhook_envelope e =
        an_envelope("i", "a.b.create", INT64_C(253402300799999), " [1, 9007199254740993]");
    size_t at = 99;
    CHECK_STATUS(write_all(&e, &b, &at), WEBHOOK_CHANGED);
    CHECK_SIZE(at, 5);
    CHECK_STR(webhook_buf_str(&b),
              "{\"$id\":\"i\",\"event\":\"a.b.create\",\"timestamp\":\"9999-12-31T23:59:59.999Z\","
              "\"payload\":[1,9007199254740992]}");
}

static void too_little_scratch(void) {
    webhook_envelope e = an_envelope("i", "a.b.create", 0, "{\"b\":0,\"1\":1}");
    webhook_buf b = WEBHOOK_ZERO;
    size_t at = 99;
    CHECK_STATUS(write_with(&e, 0, &b, &at), WEBHOOK_ERR_SCRATCH);
    CHECK_SIZE(at, 0);
    CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_SCRATCH);
}

/* ---- ids ---- */

static void ids(void) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    unsigned byte;
    size_t len, at;
    char id[41];
    for (byte = 0; byte < 256; byte++)
        for (at = 0; at < 36; at++) {
            int good = byte != 0 && strchr(letters, (int)byte) != NULL;
            size_t offset = 99;
            memset(id, 'x', sizeof id);
            id[at] = (char)byte;
            CHECK_STATUS(
                webhook_id_check(webhook_str_from(id, at + 1 + at % 2 * (35 - at)), &offset),
                good ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX);
            if (!good) CHECK_SIZE(offset, at);
        }
    memset(id, 'x', sizeof id);
    for (len = 0; len <= sizeof id; len++) {
        size_t offset = 99;
        CHECK_STATUS(webhook_id_check(webhook_str_from(id, len), &offset),
                     len == 0   ? WEBHOOK_ERR_SYNTAX
                     : len > 36 ? WEBHOOK_ERR_LIMIT
                                : WEBHOOK_OK);
        if (len == 0 || len > 36) CHECK_SIZE(offset, len == 0 ? 0 : 36);
    }
    CHECK_STATUS(webhook_id_check(webhook_str_from(id, 0), NULL), WEBHOOK_ERR_SYNTAX);
}

static void an_id_is_made(void) {
    static const unsigned char bytes[16] = { 0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, 0x10, 0xa5,
                                             0x5a, 0xc3, 0x3c, 0x99, 0x66, 0xde, 0xad, 0x0b };
    char *out = (char *)malloc(WEBHOOK_ID_MAX);
    webhook_str id;
    if (out == NULL) abort();
    id = webhook_id_make(out, bytes);
    CHECK(id.ptr == out);
    CHECK_STR(id, "00017f80fffe10a55ac33c9966dead0b");
    CHECK_STATUS(webhook_id_check(id, NULL), WEBHOOK_OK);
    free(out);
}

/* ---- reading ---- */

static void reads_as(webhook_str body, const webhook_envelope *wanted) {
    webhook_envelope e;
    webhook_str text = test_guarded(body);
    size_t at = 99;
    int ok;
    memset(&e, 0x5a, sizeof e);
    ok = CHECK_STATUS(webhook_payload_read(text, &e, &at), WEBHOOK_OK);
    ok &= CHECK(webhook_str_eq(e.id, wanted->id) && webhook_str_eq(e.event, wanted->event));
    ok &= CHECK(e.unix_ms == wanted->unix_ms && webhook_str_eq(e.payload, wanted->payload));
    ok &= CHECK(e.id.ptr > text.ptr && e.id.ptr < text.ptr + text.len);
    ok &= CHECK(e.event.ptr > text.ptr && e.event.ptr < text.ptr + text.len);
    ok &= CHECK(e.payload.ptr > text.ptr && e.payload.ptr + e.payload.len < text.ptr + text.len);
    if (!ok) printf("  %.*s\n", (int)body.len, body.ptr);
}

static int is_zero(const webhook_envelope *e) {
    return e->id.ptr == NULL && e->id.len == 0 && e->event.ptr == NULL && e->event.len == 0 &&
           e->unix_ms == 0 && e->payload.ptr == NULL && e->payload.len == 0;
}

static void reads_not(webhook_str body, webhook_status wanted, size_t wanted_at) {
    webhook_envelope e;
    size_t at = 99;
    int ok;
    memset(&e, 0x5a, sizeof e);
    ok = CHECK_STATUS(webhook_payload_read(test_guarded(body), &e, &at), wanted);
    ok &= CHECK_SIZE(at, wanted_at) & CHECK(is_zero(&e));
    if (!ok) printf("  %.*s\n", (int)body.len, body.ptr);
    CHECK_STATUS(webhook_payload_read(body, &e, NULL), wanted);
}

static void the_missions_body_is_read(void) {
    webhook_envelope e = the_mission();
    const char *payload = strstr(mission_body, "\"payload\":") + 10;
    e.payload = webhook_str_from(payload, strlen(payload) - 1);
    reads_as(webhook_str_from_cstr(mission_body), &e);
}

#define ID "\"$id\":\"event_1\""
#define EVENT "\"event\":\"users.u1.create\""
#define TIME "\"timestamp\":\"2025-01-15T10:30:00.000Z\""
#define PAYLOAD "\"payload\":{\"a\":[1,{}]}"

static webhook_envelope the_small_one(void) {
    return an_envelope("event_1", "users.u1.create", INT64_C(1736937000000), "{\"a\":[1,{}]}");
}

static void fields_in_any_order(void) {
    static const char *const field[] = { ID, EVENT, TIME, PAYLOAD };
    static const char *const other[] = { "", "\"x\":1,", "\"x\":{\"$id\":[\"event\"]},\"x\":null,",
                                         "\"payload2\":\"\\ud800\",\"\":[[[]]],\"$ID\":1," };
    webhook_envelope e = the_small_one();
    size_t order;
    for (order = 0; order < 256; order++) {
        size_t one = order & 3, two = order >> 2 & 3, three = order >> 4 & 3, four = order >> 6;
        char body[400];
        if ((1u << one | 1u << two | 1u << three | 1u << four) != 15) continue;
        sprintf(body, "{%s%s,%s%s,%s,%s%s}", other[one], field[one], other[order % 3], field[two],
                field[three], other[two], field[four]);
        reads_as(webhook_str_from_cstr(body), &e);
        sprintf(body, " {\t%s \n, %s,\r%s , %s , \"y\" : [ 1 ] } ", field[one], field[two],
                field[three], field[four]);
        reads_as(webhook_str_from_cstr(body), &e);
    }
}

static void payloads_as_they_stand(void) {
    static const char *const row[] = { "1",
                                       "-1.50e+3",
                                       "\"x\"",
                                       "\"\"",
                                       "\"a\\\"b\\u0041\"",
                                       "null",
                                       "true",
                                       "false",
                                       "[]",
                                       "{}",
                                       "[ 1 , 2 ]",
                                       "{ \"a\" : 1 }",
                                       "{\"a\":1,\"a\":2}",
                                       "1e999",
                                       "{\"payload\":{\"$id\":1}}",
                                       "[[[[[[[[]]]]]]]]",
                                       "\"\\ud800\"",
                                       "9007199254740993" };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        webhook_envelope e = the_small_one();
        char body[300];
        e.payload = webhook_str_from_cstr(row[i]);
        sprintf(body, "{" ID "," EVENT "," TIME ",\"payload\":%s}", row[i]);
        reads_as(webhook_str_from_cstr(body), &e);
        sprintf(body, "{\"payload\" : %s , " ID "," EVENT "," TIME "}", row[i]);
        reads_as(webhook_str_from_cstr(body), &e);
    }
}

static void keys_with_escapes(void) {
    webhook_envelope e = the_small_one();
    reads_as(WEBHOOK_STR("{\"\\u0024id\":\"event_1\",\"\\u0065vent\":\"users.u1.create\","
                         "\"timest\\u0061mp\":\"2025-01-15T10:30:00.000Z\","
                         "\"payloa\\u0064\":{\"a\":[1,{}]}}"),
             &e);
}

static void times_of_other_precision(void) {
    static const struct {
        const char *text;
        int64_t unix_ms;
    } row[] = { { "2025-01-15T10:30:00Z", INT64_C(1736937000000) },
                { "2025-01-15T10:30:00.5Z", INT64_C(1736937000500) },
                { "2025-01-15T10:30:00.123456789Z", INT64_C(1736937000123) },
                { "1970-01-01T00:00:00.000Z", 0 },
                { "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) } };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        webhook_envelope e = the_small_one();
        char body[300];
        e.unix_ms = row[i].unix_ms;
        sprintf(body, "{" ID "," EVENT ",\"timestamp\":\"%s\"," PAYLOAD "}", row[i].text);
        reads_as(webhook_str_from_cstr(body), &e);
    }
}

static void a_field_is_missing(void) {
    static const char *const row[] = { "{" EVENT "," TIME "," PAYLOAD "}",
                                       "{" ID "," TIME "," PAYLOAD "}",
                                       "{" ID "," EVENT "," PAYLOAD "}",
                                       "{" ID "," EVENT "," TIME "}",
                                       "{" ID "," EVENT "," TIME ",\"Payload\":1}",
                                       "{" ID "," EVENT "," TIME ",\"payload\\u0000\":1}",
                                       "{" ID "," EVENT "," TIME ",\"x\":{" PAYLOAD "}}",
                                       "{\"id\":\"event_1\"," EVENT "," TIME "," PAYLOAD "}",
                                       "{}",
                                       "{ }",
                                       "{\"payload\":{" ID "," EVENT "," TIME "}}" };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        char body[300];
        reads_not(webhook_str_from_cstr(row[i]), WEBHOOK_ERR_SYNTAX, strlen(row[i]) - 1);
        sprintf(body, "%s x", row[i]); /* the brace comes before what follows it */
        reads_not(webhook_str_from_cstr(body), WEBHOOK_ERR_SYNTAX, strlen(row[i]) - 1);
    }
}

static void a_field_comes_twice(void) {
    static const char *const second[] = { ID,
                                          EVENT,
                                          TIME,
                                          PAYLOAD,
                                          "\"\\u0024id\":\"event_1\"",
                                          "\"ev\\u0065nt\":\"users.u1.create\"",
                                          "\"\\u0074imestamp\":0",
                                          "\"payloa\\u0064\":null",
                                          "\"$id\":7",
                                          "\"event\":\"\"" };
    size_t i;
    char body[400];
    for (i = 0; i < sizeof second / sizeof *second; i++) {
        const char *all = "{" ID "," EVENT "," TIME "," PAYLOAD ",";
        sprintf(body, "%s%s}", all, second[i]);
        reads_not(webhook_str_from_cstr(body), WEBHOOK_ERR_DUPLICATE, strlen(all));
        sprintf(body, "%s\"x\":1, %s,\"y\":2}", all, second[i]);
        reads_not(webhook_str_from_cstr(body), WEBHOOK_ERR_DUPLICATE, strlen(all) + 7);
    }
    reads_not(WEBHOOK_STR("{\"\\u0024id\":\"event_1\"," ID "," EVENT "," TIME "," PAYLOAD "}"),
              WEBHOOK_ERR_DUPLICATE, 22);
}

/* One of the four has another value: the fault stands where the value begins. */
static void a_bad_value(const char *key, const char *value) {
    static const char *const name[] = { "$id", "event", "timestamp" };
    static const char *const field[] = { ID, EVENT, TIME };
    char body[900];
    size_t i, at = 0;
    strcpy(body, "{" PAYLOAD);
    for (i = 0; i < 3; i++) {
        size_t n = strlen(body);
        if (strcmp(key, name[i]) != 0)
            sprintf(body + n, ",%s", field[i]);
        else {
            at = n + strlen(key) + 5;
            sprintf(body + n, ",\"%s\": %s ", key, value);
        }
    }
    strcat(body, "}");
    reads_not(webhook_str_from_cstr(body), WEBHOOK_ERR_SYNTAX, at);
}

static void values_that_are_wrong(void) {
    static const char *const name[] = { "$id", "event", "timestamp" };
    static const char *const any[] = { "1",  "null", "true",          "[]",
                                       "{}", "\"\"", "[\"event_1\"]", "{\"$id\":\"a\"}" };
    static const char *const id[] = { "\"event\\u005f1\"",
                                      "\"a b\"",
                                      "\"a.b\"",
                                      "\"\xc3\xa9\"",
                                      "\"1234567890123456789012345678901234567\"",
                                      "\"a\\/\"" };
    static const char *const event[] = { "\"users\\u002eu1\"",
                                         "\"users.*\"",
                                         "\"a..b\"",
                                         "\".\"",
                                         "\"a,b\"",
                                         "\"1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17\"" };
    static const char *const time[] = { "\"2025-01-15\"",
                                        "\"2025-01-15T10:30:00\"",
                                        "\"2025-02-30T00:00:00Z\"",
                                        "\"2025-01-15T10:30:00+00:00\"",
                                        "\"2025-01-15T24:00:00Z\"",
                                        "\"2025-01-15T10:30:60Z\"",
                                        "\"1969-12-31T23:59:59Z\"",
                                        "\"2025-01-15T10:30:00.Z\"",
                                        "\" 2025-01-15T10:30:00Z\"",
                                        "\"1736937000\"" };
    size_t i, k;
    for (i = 0; i < 3; i++)
        for (k = 0; k < sizeof any / sizeof *any; k++) a_bad_value(name[i], any[k]);
    for (i = 0; i < sizeof id / sizeof *id; i++) a_bad_value("$id", id[i]);
    for (i = 0; i < sizeof event / sizeof *event; i++) a_bad_value("event", event[i]);
    for (i = 0; i < sizeof time / sizeof *time; i++) a_bad_value("timestamp", time[i]);
    {
        char long_event[300] = "\"";
        memset(long_event + 1, 'e', 256);
        strcpy(long_event + 257, "\"");
        a_bad_value("event", long_event);
    }
}

static void what_is_no_envelope(void) {
    static const char *const row[] = { "[]", "\"x\"", "null", "1", "true", "[" ID "]" };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        char body[60];
        reads_not(webhook_str_from_cstr(row[i]), WEBHOOK_ERR_SYNTAX, 0);
        sprintf(body, "  %s ", row[i]);
        reads_not(webhook_str_from_cstr(body), WEBHOOK_ERR_SYNTAX, 2);
    }
    reads_not(WEBHOOK_STR(""), WEBHOOK_ERR_TRUNCATED, 0);
    reads_not(webhook_str_from(NULL, 0), WEBHOOK_ERR_TRUNCATED, 0);
    reads_not(WEBHOOK_STR(" \n"), WEBHOOK_ERR_TRUNCATED, 2);
    reads_not(WEBHOOK_STR("\xef\xbb\xbf{}"), WEBHOOK_ERR_SYNTAX, 0);
    reads_not(WEBHOOK_STR("{x}"), WEBHOOK_ERR_SYNTAX, 1);
    reads_not(WEBHOOK_STR("{" ID ",}"), WEBHOOK_ERR_SYNTAX, 17);
    reads_not(WEBHOOK_STR("{" ID " " EVENT "}"), WEBHOOK_ERR_SYNTAX, 17);
    reads_not(WEBHOOK_STR("{\"$id\":\"a\",\"payload\":[1,x]}"), WEBHOOK_ERR_SYNTAX, 24);
    reads_not(WEBHOOK_STR("{\"$id\":\"a\",\"other\":\"\xff\"}"), WEBHOOK_ERR_SYNTAX, 20);
    reads_not(WEBHOOK_STR("{\"$id\":\"a b\",\"other\":\"\xff\"}"), WEBHOOK_ERR_SYNTAX, 7);
    reads_not(WEBHOOK_STR("{" ID "," EVENT "," TIME "," PAYLOAD "} {}"), WEBHOOK_ERR_SYNTAX,
              sizeof("{" ID "," EVENT "," TIME "," PAYLOAD "} {}") - 3);
    reads_not(WEBHOOK_STR("{" ID "," EVENT "," TIME "," PAYLOAD "}\0"), WEBHOOK_ERR_SYNTAX,
              sizeof("{" ID "," EVENT "," TIME "," PAYLOAD "}") - 1);
    CHECK_STATUS(webhook_payload_read(WEBHOOK_STR("{}"), NULL, NULL), WEBHOOK_ERR_ARGUMENT);
}

/* Levels of the payload, or of a field that nobody knows: 63 inside the envelope. */
static void a_level_too_many(void) {
    size_t levels, known;
    for (levels = 62; levels <= 65; levels++)
        for (known = 0; known < 2; known++) {
            webhook_envelope e = the_small_one();
            char deep[140], body[600];
            size_t at;
            memset(deep, '[', levels);
            memset(deep + levels, ']', levels);
            deep[2 * levels] = 0;
            if (known) e.payload = webhook_str_from_cstr(deep);
            sprintf(body, "{" ID "," EVENT "," TIME ",%s%s}",
                    known ? "\"payload\":" : PAYLOAD ",\"x\":", deep);
            at = (size_t)(strstr(body, deep) - body) + 63;
            if (levels <= 63)
                reads_as(webhook_str_from_cstr(body), &e);
            else
                reads_not(webhook_str_from_cstr(body), WEBHOOK_ERR_LIMIT, at);
        }
}

static const char rich[] =
    " {" ID ",\"x\\n\": [1.5e3,\"\xc3\xa9\\ud83d\"], " EVENT "," TIME
    ",\"y\":{},\"payload\":{\"a\":[true,null,-0.1],\"b\":\"\\u0041\xf0\x9f\x98\x80\"}}\n";

static void every_truncation(void) {
    size_t len;
    for (len = 0; len + 1 < sizeof mission_body; len++)
        reads_not(webhook_str_from(mission_body, len), WEBHOOK_ERR_TRUNCATED, len);
    for (len = 0; len + 2 < sizeof rich; len++)
        reads_not(webhook_str_from(rich, len), WEBHOOK_ERR_TRUNCATED, len);
}

/* Whatever the bytes are: what is read is as the contract says, and as a look-up by path finds it. */
static size_t still_read;

static void holds_together(webhook_str body) {
    static const char *const name[] = { "/$id", "/event", "/timestamp", "/payload" };
    webhook_str text = test_guarded(body);
    webhook_json_path p[4];
    webhook_envelope e;
    size_t at = 0, find_at = 0, i;
    webhook_status s, found;
    memset(p, 0, sizeof p);
    for (i = 0; i < 4; i++) p[i].path = webhook_str_from_cstr(name[i]);
    found = webhook_json_find(text, p, 4, &find_at);
    s = webhook_payload_read(text, &e, &at);
    if (s != WEBHOOK_OK) {
        CHECK(is_zero(&e) && s < 0);
        CHECK(found == WEBHOOK_OK ? s == WEBHOOK_ERR_SYNTAX && at < text.len : at <= find_at);
        return;
    }
    still_read++;
    CHECK_STATUS(found, WEBHOOK_OK);
    CHECK(webhook_str_eq(e.id, p[0].value.text) && webhook_str_eq(e.event, p[1].value.text));
    CHECK_STATUS(webhook_id_check(e.id, NULL), WEBHOOK_OK);
    CHECK_STATUS(webhook_event_check(e.event, NULL), WEBHOOK_OK);
    CHECK(e.unix_ms >= 0 && e.payload.ptr == text.ptr + p[3].value.offset);
    CHECK_STATUS(webhook_json_find(e.payload, NULL, 0, NULL), WEBHOOK_OK);
}

static void every_mutation(void) {
    size_t i, n = sizeof rich - 1;
    unsigned byte;
    char body[sizeof rich + 1];
    still_read = 0;
    for (i = 0; i < n; i++) {
        memcpy(body, rich, n);
        for (byte = (unsigned)i % test_stride(); byte < 256; byte += test_stride()) {
            body[i] = (char)byte;
            holds_together(webhook_str_from(body, n));
        }
        memcpy(body, rich, i);
        memcpy(body + i, rich + i + 1, n - i - 1);
        holds_together(webhook_str_from(body, n - 1));
        memcpy(body + i + 1, rich + i, n - i);
        holds_together(webhook_str_from(body, n + 1));
    }
    CHECK(still_read > n / test_stride());
}

/* ---- there and back ---- */

static void random_name(char *out, size_t max, const char *letters) {
    size_t n = 1 + test_random() % max, i;
    for (i = 0; i < n; i++) out[i] = letters[test_random() % strlen(letters)];
    out[n] = 0;
}

static void there_and_back(void) {
    static const char *const payload[] = { "null",
                                           "1",
                                           "\"x\"",
                                           "[]",
                                           "{\"1\":[],\"a\":{\"b\":1.5}}",
                                           "[\"\\ud800\",\"\xc3\xa9\\n\"]",
                                           "{\"$id\":{\"event\":0}}" };
    size_t i;
    for (i = 0; i < 20000; i += test_stride()) {
        char id[40], event[260], block[800];
        webhook_buf b = webhook_buf_from(block, sizeof block);
        webhook_envelope e;
        int64_t ms = (int64_t)(test_random() % UINT64_C(253402300800000));
        size_t n;
        random_name(id, 36, "abcXYZ019_-");
        random_name(event, 15, "abc$:/@~-_19");
        for (n = test_random() % 15; n > 0; n--) {
            strcat(event, ".");
            random_name(event + strlen(event), 15, "abc$:/@~-_19<>&'");
        }
        e = an_envelope(id, event, ms, payload[test_random() % 7]);
        if (!CHECK_STATUS(write_all(&e, &b, NULL), WEBHOOK_OK)) return;
        reads_as(webhook_buf_str(&b), &e);
    }
}

void suite_payload(void) {
    RUN(the_missions_body);
    RUN(both_ways_at_every_capacity);
    RUN(a_flush_that_fails);
    RUN(one_value_between_begin_and_end);
    RUN(the_envelope_is_a_level);
    RUN(fields_that_are_wrong);
    RUN(payloads_that_are_wrong);
    RUN(a_payload_that_changes);
    RUN(too_little_scratch);
    RUN(ids);
    RUN(an_id_is_made);
    RUN(the_missions_body_is_read);
    RUN(fields_in_any_order);
    RUN(payloads_as_they_stand);
    RUN(keys_with_escapes);
    RUN(times_of_other_precision);
    RUN(a_field_is_missing);
    RUN(a_field_comes_twice);
    RUN(values_that_are_wrong);
    RUN(what_is_no_envelope);
    RUN(a_level_too_many);
    RUN(every_truncation);
    RUN(every_mutation);
    RUN(there_and_back);
}
