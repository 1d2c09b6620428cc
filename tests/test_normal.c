/* test_normal.c -- normal form against what Node makes of the same texts, and against random documents
 * that are written twice */
#include <time.h>
#include "test.h"

/* ---- what all of them share ---- */

/* Exactly as many words as the text needs, with one behind them that must stay as it is. */
typedef struct lent {
    uint32_t *ptr;
    size_t n;
} lent;

static lent words_make(size_t n) {
    lent w;
    w.n = n;
    w.ptr = (uint32_t *)malloc((n + 1) * sizeof *w.ptr);
    if (w.ptr == NULL) abort();
    memset(w.ptr, 0xa5, (n + 1) * sizeof *w.ptr);
    return w;
}

static webhook_json_scratch words_lend(const lent *w) {
    webhook_json_scratch s;
    s.ptr = w->n == 0 ? NULL : w->ptr;
    s.n = w->n;
    return s;
}

static void words_free(lent *w) {
    CHECK(w->ptr[w->n] == UINT32_C(0xa5a5a5a5));
    free(w->ptr);
}

/* What a text needs; where it is not JSON, what always suffices. */
static size_t need_of(webhook_str text) {
    size_t need = 99, at;
    webhook_status s = webhook_json_scratch_need(text, &need, &at);
    if (s != WEBHOOK_OK) CHECK_SIZE(need, 0);
    if (s != WEBHOOK_OK) return WEBHOOK_JSON_SCRATCH(text.len);
    CHECK(need <= WEBHOOK_JSON_SCRATCH(text.len));
    return need;
}

static webhook_status normal_with(webhook_str text, size_t n, webhook_buf *out, size_t *offset) {
    lent w = words_make(n);
    webhook_json_writer writer;
    webhook_status s, end;
    webhook_json_writer_init(&writer, out);
    s = webhook_json_put_json(&writer, text, words_lend(&w), offset);
    end = webhook_json_writer_end(&writer);
    CHECK_STATUS(end, s == WEBHOOK_CHANGED ? WEBHOOK_OK : s);
    if (s < 0) CHECK(webhook_buf_str(out).ptr == NULL);
    words_free(&w);
    return s;
}

static webhook_status normal(webhook_str text, webhook_buf *out, size_t *offset) {
    return normal_with(text, need_of(text), out, offset);
}

/* One word less than the text needs: told before anything is put. A text that is at fault by itself
 * may be told so instead. */
static void one_word_less(webhook_str text) {
    size_t need = need_of(text), at = 99;
    webhook_buf all = WEBHOOK_ZERO, b = WEBHOOK_ZERO;
    webhook_status fault, s;
    if (need == 0) return;
    fault = normal(text, &all, NULL);
    s = normal_with(text, need - 1, &b, &at);
    if (fault >= 0 || s != fault) {
        CHECK_STATUS(s, WEBHOOK_ERR_SCRATCH);
        CHECK_SIZE(at, 0);
    }
    CHECK(b.total == 0);
}

static void is_normal_form_of(webhook_str wanted, webhook_str text) {
    char *block = (char *)malloc(wanted.len + 1);
    webhook_buf b = webhook_buf_from(block, wanted.len);
    if (block == NULL) abort();
    CHECK_STATUS(normal(text, &b, NULL), WEBHOOK_OK);
    CHECK_SIZE((size_t)b.total, wanted.len);
    if (!CHECK(webhook_str_eq(webhook_buf_str(&b), wanted)))
        printf("  %.*s\n  is %.*s\n  not %.*s\n", (int)text.len, text.ptr, (int)b.len, block,
               (int)wanted.len, wanted.ptr);
    free(block);
}

/* ---- pairs ---- */

/* text -> JSON.stringify(JSON.parse(text)), both sides as Node 20 has them */
static const struct {
    const char *text, *normal;
} pair[] = {
    { "\"\\u0041\\u00e9\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "\"A\xc3\xa9/\\b\\f\\n\\r\\t\\\"\\\\\"" },
    { "\"\\u0000\\u0001\\u001F\\u007f\\u0080\"", "\"\\u0000\\u0001\\u001f\x7f\xc2\x80\"" },
    { "\"\\u0008\\u0009\\u000A\\u000B\\u000c\\u000D\\u0022\\u002f\\u005C\"",
      "\"\\b\\t\\n\\u000b\\f\\r\\\"/\\\\\"" },
    { "\"\\uD83D\\uDE00\"", "\"\xf0\x9f\x98\x80\"" },
    { "\"\\uD83D\"", "\"\\ud83d\"" },
    { "\"\\uDE00\\uD83D\"", "\"\\ude00\\ud83d\"" },
    { "\"\\uD83D\\uD83D\\uDE00\"", "\"\\ud83d\xf0\x9f\x98\x80\"" },
    { "\"\\uD83D\\uDE00\\uDE00\"", "\"\xf0\x9f\x98\x80\\ude00\"" },
    { "\"\\uD800\"", "\"\\ud800\"" },
    { "\"\\uDFFFx\"", "\"\\udfffx\"" },
    { "\"\\ud83d\xf0\x9f\x98\x80\"", "\"\\ud83d\xf0\x9f\x98\x80\"" },
    { "\"\\uDBFF\\uDFFF\\uD800\\uDC00\"", "\"\xf4\x8f\xbf\xbf\xf0\x90\x80\x80\"" },
    { "\"\\ud83d\\n\\ude00\"", "\"\\ud83d\\n\\ude00\"" },
    { "\"\\uD83D\\u0041\"", "\"\\ud83dA\"" },
    { "\"\\ud83d\\bde00\"", "\"\\ud83d\\bde00\"" },
    { "\"\\ud83dxude00\"", "\"\\ud83dxude00\"" },
    { "\"\\ud83d\\\\ude00\"", "\"\\ud83d\\\\ude00\"" },
    { "\"\\ud83d\\/de00\\udc00\"", "\"\\ud83d/de00\\udc00\"" },
    { "\"\\ud83d\\u0000\\ude00\"", "\"\\ud83d\\u0000\\ude00\"" },
    { "\"\\ud83d\\ud83d\\ud83d\\ude00\\ud83d\"", "\"\\ud83d\\ud83d\xf0\x9f\x98\x80\\ud83d\"" },
    { "\"\\u2028\\u2029\\ufeff\\uFFFF\"", "\"\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbf\"" },
    { "\"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
      "\"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
    { "\"\\u20AC\\u00E9\"", "\"\xe2\x82\xac\xc3\xa9\"" },
    { "\"\"", "\"\"" },
    { "\"\\\\u0041\"", "\"\\\\u0041\"" },
    { "\"</script>\\u003c\"", "\"</script><\"" },
    { "\"plain text of some length, as most strings are\"",
      "\"plain text of some length, as most strings are\"" },
    { "\"ends in \\u0061\"", "\"ends in a\"" },
    { "\"\\u0061 begins\"", "\"a begins\"" },
    { "0", "0" },
    { "-0", "0" },
    { "0.0", "0" },
    { "-0.0e5", "0" },
    { "0e999999999999", "0" },
    { "1.0", "1" },
    { "-1.50", "-1.5" },
    { "1E2", "100" },
    { "1e+2", "100" },
    { "10e-1", "1" },
    { "0.1e1", "1" },
    { "1e20", "100000000000000000000" },
    { "1e21", "1e+21" },
    { "100000000000000000000", "100000000000000000000" },
    { "1000000000000000000000", "1e+21" },
    { "1e-6", "0.000001" },
    { "1e-7", "1e-7" },
    { "0.000001", "0.000001" },
    { "0.0000001", "1e-7" },
    { "0.00000123", "0.00000123" },
    { "5e-324", "5e-324" },
    { "4.9e-324", "5e-324" },
    { "1e-400", "0" },
    { "-1e-400", "0" },
    { "1.7976931348623157e308", "1.7976931348623157e+308" },
    { "0.1", "0.1" },
    { "0.10000000000000000555", "0.1" },
    { "99.99", "99.99" },
    { "333333333.33333329", "333333333.3333333" },
    { "9007199254740991", "9007199254740991" },
    { "9007199254740992", "9007199254740992" },
    { "-9007199254740992", "-9007199254740992" },
    { "9007199254740993.0", "9007199254740992" },
    { "1e23", "1e+23" },
    { "100000000000000000000000", "1e+23" },
    { "123456789012345680000", "123456789012345680000" },
    { "1152921504606846976.0", "1152921504606847000" },
    { "1.1529215046068469e18", "1152921504606846800" },
    { "12345678901234567e-1", "1234567890123456.8" },
    { "0.3e1", "3" },
    { "4.35", "4.35" },
    { "2.5e-1", "0.25" },
    { "1000000000000000128.0", "1000000000000000100" },
    { "3.0000000000000000000000000000000000000000000001", "3" },
    { "0.000000000000000000000000000000000000000000000000000000000000001", "1e-63" },
    { "10000000000000000000000000000000000000000000000000000000000000000", "1e+64" },
    { " true ", "true" },
    { "\t\r\n false", "false" },
    { "null\n", "null" },
    { " [ ] ", "[]" },
    { "{ }", "{}" },
    { "[ 1 , 2 ,3 ]", "[1,2,3]" },
    { " { \"a\" : 1 , \"b\" : [ true , null ] } ", "{\"a\":1,\"b\":[true,null]}" },
    { "[[],{},[[]],[{}]]", "[[],{},[[]],[{}]]" },
    { "{\"a\":{},\"b\":[],\"c\":{\"d\":{}}}", "{\"a\":{},\"b\":[],\"c\":{\"d\":{}}}" },
    { "\n[\n  \"a\",\n  \"b\"\n]\n", "[\"a\",\"b\"]" },
    { "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}" },
    { "{\"2\":\"b\",\"1\":\"a\"}", "{\"1\":\"a\",\"2\":\"b\"}" },
    { "{\"b\":0,\"1\":1,\"a\":2,\"0\":3}", "{\"0\":3,\"1\":1,\"b\":0,\"a\":2}" },
    { "{\"4294967294\":1,\"0\":2}", "{\"0\":2,\"4294967294\":1}" },
    { "{\"4294967295\":1,\"0\":2}", "{\"0\":2,\"4294967295\":1}" },
    { "{\"x\":0,\"4294967296\":1,\"4294967295\":2,\"4294967294\":3,\"4294967293\":4}",
      "{\"4294967293\":4,\"4294967294\":3,\"x\":0,\"4294967296\":1,\"4294967295\":2}" },
    { "{\"01\":1,\"1\":2,\"-0\":3,\"0\":4,\"00\":5,\"-1\":6}",
      "{\"0\":4,\"1\":2,\"01\":1,\"-0\":3,\"00\":5,\"-1\":6}" },
    { "{\"1e3\":1,\"1.0\":2,\" 1\":3,\"1\":4,\"+1\":5}",
      "{\"1\":4,\"1e3\":1,\"1.0\":2,\" 1\":3,\"+1\":5}" },
    { "{\"10\":1,\"9\":2,\"100\":3,\"99\":4,\"1000\":5}",
      "{\"9\":2,\"10\":1,\"99\":4,\"100\":3,\"1000\":5}" },
    { "{\"18446744073709551616\":1,\"5\":2,\"4294967297\":3}",
      "{\"5\":2,\"18446744073709551616\":1,\"4294967297\":3}" },
    { "{\"\\u0031\":1,\"a\":2,\"\\u0030\":3}", "{\"0\":3,\"1\":1,\"a\":2}" },
    { "{\"a\":1,\"\\u0032\\u0031\":2,\"3\":4}", "{\"3\":4,\"21\":2,\"a\":1}" },
    { "{\"__proto__\":1,\"a\":2}", "{\"__proto__\":1,\"a\":2}" },
    { "{\"a\":{\"__proto__\":{\"b\":1}}}", "{\"a\":{\"__proto__\":{\"b\":1}}}" },
    { "{\"constructor\":1,\"toString\":2,\"length\":3,\"0\":4}",
      "{\"0\":4,\"constructor\":1,\"toString\":2,\"length\":3}" },
    { "{\"\":1,\"a\":2}", "{\"\":1,\"a\":2}" },
    { "{\"a\\u0000\":1,\"a\":2}", "{\"a\\u0000\":1,\"a\":2}" },
    { "{\"\\u00e9\":1,\"e\":2}", "{\"\xc3\xa9\":1,\"e\":2}" },
    { "{\"\\ud83d\\ude00\":1}", "{\"\xf0\x9f\x98\x80\":1}" },
    { "{\"\\uD800\":1,\"\\uDC00\":2}", "{\"\\ud800\":1,\"\\udc00\":2}" },
    { "{\"\\/\":1,\"a\\/b\":2}", "{\"/\":1,\"a/b\":2}" },
    { "{\"b\":{\"2\":{\"y\":0,\"3\":1,\"1\":2},\"x\":1,\"1\":{\"0\":[]}},\"a\":[{\"1\":1,\"0\":0}],"
      "\"7\":{\"9\":{},\"8\":{\"b\":0,\"6\":1}}}",
      "{\"7\":{\"8\":{\"6\":1,\"b\":0},\"9\":{}},\"b\":{\"1\":{\"0\":[]},\"2\":{\"1\":2,\"3\":1,"
      "\"y\":0},\"x\":1},\"a\":[{\"0\":0,\"1\":1}]}" },
    { "{\"z\":[{\"b\":1,\"0\":[{\"1\":2,\"0\":{\"a\":1,\"5\":2}}]},{\"0\":1}],\"0\":{\"k\":{\"1\":"
      "0,\"0\":1}}}",
      "{\"0\":{\"k\":{\"0\":1,\"1\":0}},\"z\":[{\"0\":[{\"0\":{\"5\":2,\"a\":1},\"1\":2}],\"b\":1},"
      "{\"0\":1}]}" },
    { " { \"10\" : { \"b\" : [ 1.0 , 2e0 ] , \"2\" : \"\\u0041\" } , \"2\" : null , \"a\" : -0 } ",
      "{\"2\":null,\"10\":{\"2\":\"A\",\"b\":[1,2]},\"a\":0}" },
    { "{\"a\":1,\"0\":\"\\ud800\",\"\\u0001\":{\"3\":1e2,\"\\u0032\":0.50}}",
      "{\"0\":\"\\ud800\",\"a\":1,\"\\u0001\":{\"2\":0.5,\"3\":100}}" },
    { "[{\"b\":0,\"1\":1},{\"1\":1,\"b\":0},{\"b\":0}]",
      "[{\"1\":1,\"b\":0},{\"1\":1,\"b\":0},{\"b\":0}]" },
    { "{\"0\":0,\"1\":1,\"2\":2,\"a\":3}", "{\"0\":0,\"1\":1,\"2\":2,\"a\":3}" },
    { "{\"3\":0,\"2\":1,\"1\":2,\"0\":3}", "{\"0\":3,\"1\":2,\"2\":1,\"3\":0}" },
    { "{\"A\":1,\"a\":2,\"\\u0041a\":3}", "{\"A\":1,\"a\":2,\"Aa\":3}" },
    { "{\"a\":[1,[2,{\"1\":1,\"0\":0}]],\"b\":\"x\"}",
      "{\"a\":[1,[2,{\"0\":0,\"1\":1}]],\"b\":\"x\"}" },
    { "{\"1\":{\"1\":{\"1\":{\"b\":1,\"0\":2}}},\"0\":{\"0\":{\"0\":{}}}}",
      "{\"0\":{\"0\":{\"0\":{}}},\"1\":{\"1\":{\"1\":{\"0\":2,\"b\":1}}}}" },
    { "{\"a\":\"last\",\"1\":{\"x\":[1,2,3],\"0\":\"\"}}",
      "{\"1\":{\"0\":\"\",\"x\":[1,2,3]},\"a\":\"last\"}" },
    { "{\"total\":99.990,\"url\":\"https:\\/\\/x.y\\/z\",\"$id\":\"order_456\"}",
      "{\"total\":99.99,\"url\":\"https://x.y/z\",\"$id\":\"order_456\"}" },
    { "{\"0\":{\"1\":[],\"0\":{}},\"1\":[[{\"1\":0,\"0\":1}]],\"b\":{\"1\":{\"a\":0,\"0\":1},\"0\":"
      "0}}",
      "{\"0\":{\"0\":{},\"1\":[]},\"1\":[[{\"0\":1,\"1\":0}]],\"b\":{\"0\":0,\"1\":{\"0\":1,\"a\":"
      "0}}}" }
};
enum { PAIRS = sizeof pair / sizeof *pair };

static void pairs_from_node(void) {
    size_t i;
    for (i = 0; i < PAIRS; i++) {
        webhook_str text = webhook_str_from_cstr(pair[i].text);
        webhook_str wanted = webhook_str_from_cstr(pair[i].normal);
        is_normal_form_of(wanted, test_guarded(text));
        is_normal_form_of(wanted, test_guarded(wanted));
        one_word_less(text);
        one_word_less(wanted);
    }
}

static void at_every_capacity(webhook_str text, webhook_str wanted) {
    size_t cap;
    webhook_buf nothing = WEBHOOK_ZERO;
    CHECK_STATUS(normal(text, &nothing, NULL), WEBHOOK_OK);
    CHECK_SIZE((size_t)nothing.total, wanted.len);
    for (cap = 0; cap <= wanted.len + 1; cap++) {
        char *block = (char *)malloc(cap + 1);
        webhook_buf b = webhook_buf_from(block, cap);
        test_sink k = WEBHOOK_ZERO;
        if (block == NULL) abort();
        block[cap] = 0x5a;
        CHECK_STATUS(normal(text, &b, NULL), cap < wanted.len ? WEBHOOK_ERR_SPACE : WEBHOOK_OK);
        CHECK_SIZE((size_t)b.total, wanted.len);
        CHECK(cap < wanted.len || webhook_str_eq(webhook_buf_str(&b), wanted));
        CHECK(block[cap] == 0x5a);
        b = webhook_buf_from(cap == 0 ? NULL : block, cap);
        b.flush = test_sink_take;
        b.user = &k;
        CHECK_STATUS(normal(text, &b, NULL), WEBHOOK_OK);
        CHECK_SIZE((size_t)b.total, wanted.len);
        CHECK(webhook_str_eq(webhook_str_from(k.text, k.len), wanted));
        CHECK(block[cap] == 0x5a);
        free(block);
    }
}

static void pairs_at_every_capacity(void) {
    size_t i;
    for (i = 0; i < PAIRS; i++)
        at_every_capacity(webhook_str_from_cstr(pair[i].text),
                          webhook_str_from_cstr(pair[i].normal));
}

/* A text in normal form is copied: without a block, all of it is passed on in one piece. */
static void normal_texts_are_copied(void) {
    static const char *const row[] = { "1.5",
                                       "\"a\\n\\u0001\xc3\xa9\"",
                                       "[]",
                                       "[1,2,[true,null],{}]",
                                       "{\"a\":1,\"b\":{\"c\":[],\"d\":\"x\"}}",
                                       "{\"0\":1,\"1\":2,\"10\":3,\"a\":{\"0\":{},\"2\":0}}",
                                       "[{\"x\":\"\\ud800\"},1e+21,-0.5,99.99,false]" };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        webhook_buf b = WEBHOOK_ZERO;
        test_sink k = WEBHOOK_ZERO;
        b.flush = test_sink_take;
        b.user = &k;
        CHECK_STATUS(normal(webhook_str_from_cstr(row[i]), &b, NULL), WEBHOOK_OK);
        CHECK_STR(webhook_str_from(k.text, k.len), row[i]);
        if (!CHECK_SIZE(k.calls, 1)) printf("  %s\n", row[i]);
    }
}

static void a_flush_that_fails(void) {
    static const char text[] =
        " {\"b\":[1.0,\"\\u0041\"],\"1\":{\"y\":null,\"0\":true},\"a\":\"x\\/y\"} ";
    static const char wanted[] = "{\"1\":{\"0\":true,\"y\":null},\"b\":[1,\"A\"],\"a\":\"x/y\"}";
    size_t cap, fail_at;
    for (cap = 0; cap < 30; cap++)
        for (fail_at = 1; fail_at < 40; fail_at++) {
            char block[30];
            webhook_buf b = webhook_buf_from(cap == 0 ? NULL : block, cap);
            test_sink k = WEBHOOK_ZERO;
            lent w = words_make(need_of(webhook_str_from_cstr(text)));
            webhook_json_writer writer;
            webhook_status s, end;
            k.fail_at = fail_at;
            b.flush = test_sink_take;
            b.user = &k;
            webhook_json_writer_init(&writer, &b);
            s = webhook_json_put_json(&writer, webhook_str_from_cstr(text), words_lend(&w), NULL);
            CHECK(s == WEBHOOK_OK || (s == WEBHOOK_ERR_IO && k.calls == fail_at));
            end = webhook_json_writer_end(&writer);
            words_free(&w);
            CHECK_STATUS(end, k.calls >= fail_at ? WEBHOOK_ERR_IO : WEBHOOK_OK);
            CHECK(k.calls <= fail_at);
            CHECK_SIZE((size_t)b.total, sizeof wanted - 1);
            CHECK(memcmp(k.text, wanted, k.len) == 0);
        }
}

/* ---- faults ---- */

typedef struct fault {
    const char *text;
    webhook_status status;
    size_t at;
} fault;

/* The fault in a text by itself, and as an element of an array that has been begun: nothing of it is
 * put. */
static void is_faulty(webhook_str text, webhook_status wanted, size_t where) {
    char block[40];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    webhook_json_writer w;
    lent scratch;
    size_t at = 99;
    test_sink k = WEBHOOK_ZERO;
    int ok = CHECK_STATUS(normal(test_guarded(text), &b, &at), wanted);
    ok &= CHECK_SIZE(at, where) & CHECK(b.total == 0);
    if (!ok) printf("  %.*s\n", (int)text.len, text.ptr);
    b = webhook_buf_from(NULL, 0);
    b.flush = test_sink_take;
    b.user = &k;
    scratch = words_make(need_of(text));
    webhook_json_writer_init(&w, &b);
    webhook_json_put_array(&w);
    CHECK_STATUS(webhook_json_put_json(&w, text, words_lend(&scratch), NULL), wanted);
    CHECK(b.total == 1 && k.len == 1);
    CHECK_STATUS(webhook_buf_end(&b), wanted);
    webhook_json_put_end(&w);
    CHECK_STATUS(webhook_json_writer_end(&w), wanted);
    CHECK(k.len == 1);
    words_free(&scratch);
}

static void are_faulty(const fault *f, size_t n) {
    size_t i;
    for (i = 0; i < n; i++) is_faulty(webhook_str_from_cstr(f[i].text), f[i].status, f[i].at);
}

static void duplicate_keys(void) {
    static const fault row[] = {
        { "{\"a\":1,\"a\":2}", WEBHOOK_ERR_DUPLICATE, 7 },
        { " {\"a\" : 1 , \"a\" : 2 } ", WEBHOOK_ERR_DUPLICATE, 12 },
        { "{\"a\":1,\"\\u0061\":2}", WEBHOOK_ERR_DUPLICATE, 7 },
        { "{\"\\u0061\":1,\"a\":2}", WEBHOOK_ERR_DUPLICATE, 12 },
        { "{\"\\/\":1,\"/\":2}", WEBHOOK_ERR_DUPLICATE, 8 },
        { "{\"\\uD83D\\uDE00\":1,\"\xf0\x9f\x98\x80\":2}", WEBHOOK_ERR_DUPLICATE, 18 },
        { "{\"\\uD800\":1,\"\\ud800\":2}", WEBHOOK_ERR_DUPLICATE, 12 },
        { "{\"\":1,\"\":2}", WEBHOOK_ERR_DUPLICATE, 6 },
        { "{\"1\":1,\"\\u0031\":2}", WEBHOOK_ERR_DUPLICATE, 7 },
        { "{\"1\":1,\"a\":3,\"0\":0,\"1\":2}", WEBHOOK_ERR_DUPLICATE, 19 },
        { "{\"\\n\":1,\"\\u000a\":2}", WEBHOOK_ERR_DUPLICATE, 8 },
        { "{\"a\":1,\"b\":2,\"c\":3,\"b\":4}", WEBHOOK_ERR_DUPLICATE, 19 },
        { "[0,{\"x\":{\"a\":1,\"a\":2}}]", WEBHOOK_ERR_DUPLICATE, 15 },
        { "{\"__proto__\":1,\"__proto__\":2}", WEBHOOK_ERR_DUPLICATE, 15 }
    };
    are_faulty(row, sizeof row / sizeof *row);
    is_normal_form_of(WEBHOOK_STR("{\"a\":{\"a\":1},\"b\":{\"a\":1},\"A\":2}"),
                      WEBHOOK_STR("{\"a\":{\"a\":1},\"b\":{\"a\":1},\"A\":2}"));
    is_normal_form_of(WEBHOOK_STR("{\"1\":0,\"01\":0,\"1.0\":0,\" 1\":0,\"\\u0000\":0,\"\":0}"),
                      WEBHOOK_STR("{\"01\":0,\"1.0\":0,\" 1\":0,\"1\":0,\"\\u0000\":0,\"\":0}"));
}

static void overflows(void) {
    static const fault row[] = { { "1e999", WEBHOOK_ERR_RANGE, 0 },
                                 { " -1e999 ", WEBHOOK_ERR_RANGE, 1 },
                                 { "[1,2e308]", WEBHOOK_ERR_RANGE, 3 },
                                 { "{\"a\":[0, 1e309 ]}", WEBHOOK_ERR_RANGE, 9 },
                                 { "1.7976931348623159e308", WEBHOOK_ERR_RANGE, 0 } };
    static char long_one[311];
    are_faulty(row, sizeof row / sizeof *row);
    memset(long_one, '0', 310);
    long_one[0] = '1'; /* an integer of 310 digits: it overflows, and is not just changed */
    is_faulty(webhook_str_from(long_one, 310), WEBHOOK_ERR_RANGE, 0);
}

/* The first from the left wins; a duplicate counts when its object ends. */
static void several_faults(void) {
    static const fault row[] = {
        { "{\"a\":1e999,\"a\":1}", WEBHOOK_ERR_RANGE, 5 },
        { "{\"a\":1,\"a\":1e999}", WEBHOOK_ERR_RANGE, 11 },
        { "{\"a\":1,\"a\":1,\"b\":1e999}", WEBHOOK_ERR_RANGE, 17 },
        { "[{\"a\":1,\"a\":2},1e999]", WEBHOOK_ERR_DUPLICATE, 8 },
        { "[1e999,{\"a\":1,\"a\":2}]", WEBHOOK_ERR_RANGE, 1 },
        { "[1e999,2e999]", WEBHOOK_ERR_RANGE, 1 },
        { "{\"b\":1,\"a\":1,\"a\":2,\"b\":3}", WEBHOOK_ERR_DUPLICATE, 13 },
        { "{\"a\":1,\"b\":1,\"b\":2,\"a\":3}", WEBHOOK_ERR_DUPLICATE, 13 },
        { "{\"a\":1,\"a\":2,\"a\":3}", WEBHOOK_ERR_DUPLICATE, 7 },
        { "{\"b\":1,\"1\":1,\"1\":2,\"b\":3}", WEBHOOK_ERR_DUPLICATE, 13 },
        { "{\"1\":1,\"b\":1,\"b\":2,\"1\":3}", WEBHOOK_ERR_DUPLICATE, 13 },
        { "{\"a\":1,\"a\":{\"b\":1,\"b\":2}}", WEBHOOK_ERR_DUPLICATE, 18 },
        { "{\"a\":{\"b\":1,\"b\":2},\"a\":1}", WEBHOOK_ERR_DUPLICATE, 12 },
        { "[{\"a\":1,\"a\":1},{\"b\":1,\"b\":1}]", WEBHOOK_ERR_DUPLICATE, 8 },
        { "[{\"a\":1,\"a\":1},x]", WEBHOOK_ERR_DUPLICATE, 8 },
        { "{\"a\":1,\"a\":1}x", WEBHOOK_ERR_DUPLICATE, 7 },
        { "{\"a\":1,\"a\":1", WEBHOOK_ERR_TRUNCATED, 12 },
        { "{\"a\":1,\"a\":1,x}", WEBHOOK_ERR_SYNTAX, 13 },
        { "{\"a\":1,\"a\":1]", WEBHOOK_ERR_SYNTAX, 12 },
        { "{\"a\":1,\"a\":\"\xff\"}", WEBHOOK_ERR_SYNTAX, 12 },
        { "[{\"a\":1,\"a\":1}", WEBHOOK_ERR_DUPLICATE, 8 },
        { "[1e999,", WEBHOOK_ERR_RANGE, 1 },
        { "[1e999x", WEBHOOK_ERR_RANGE, 1 },
        { "[x,1e999]", WEBHOOK_ERR_SYNTAX, 1 },
        { "[9007199254740993,1e999]", WEBHOOK_ERR_RANGE, 18 },
        { "[9007199254740993,x]", WEBHOOK_ERR_SYNTAX, 18 },
        { "{\"a\":9007199254740993,\"a\":1}", WEBHOOK_ERR_DUPLICATE, 22 }
    };
    are_faulty(row, sizeof row / sizeof *row);
}

static void what_the_reader_refuses(void) {
    static const fault row[] = { { "", WEBHOOK_ERR_TRUNCATED, 0 },
                                 { "  ", WEBHOOK_ERR_TRUNCATED, 2 },
                                 { "01", WEBHOOK_ERR_SYNTAX, 1 },
                                 { "1.x", WEBHOOK_ERR_SYNTAX, 2 },
                                 { "trux", WEBHOOK_ERR_SYNTAX, 3 },
                                 { "1.", WEBHOOK_ERR_TRUNCATED, 2 },
                                 { "\"a\\x\"", WEBHOOK_ERR_SYNTAX, 2 },
                                 { "\"\\u12", WEBHOOK_ERR_TRUNCATED, 5 },
                                 { "\"a\xe2\x82\"", WEBHOOK_ERR_SYNTAX, 2 },
                                 { "\"a\tb\"", WEBHOOK_ERR_SYNTAX, 2 },
                                 { "\xef\xbb\xbf[]", WEBHOOK_ERR_SYNTAX, 0 },
                                 { "[1,]", WEBHOOK_ERR_SYNTAX, 3 },
                                 { "{\"a\":1,}", WEBHOOK_ERR_SYNTAX, 7 },
                                 { "{\"1\":1,\"0\":2,", WEBHOOK_ERR_TRUNCATED, 13 },
                                 { "[] []", WEBHOOK_ERR_SYNTAX, 3 } };
    size_t i, words, at;
    are_faulty(row, sizeof row / sizeof *row);
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        words = at = 99;
        CHECK_STATUS(webhook_json_scratch_need(webhook_str_from_cstr(row[i].text), &words, &at),
                     row[i].status);
        CHECK(words == 0 && at == row[i].at);
    }
}

static void an_endless_text(void) {
#if SIZE_MAX > UINT32_MAX
    /* Its length alone refuses it: the one byte that there is would be another fault. */
    static const char one[1] = { 'x' };
    webhook_str text = webhook_str_from(one, (size_t)UINT32_MAX + 1);
    webhook_buf b = WEBHOOK_ZERO;
    size_t words = 99;
    CHECK_STATUS(webhook_json_scratch_need(text, &words, NULL), WEBHOOK_ERR_LIMIT);
    CHECK_SIZE(words, 0);
    CHECK_STATUS(normal_with(text, 1000, &b, NULL), WEBHOOK_ERR_LIMIT);
#endif
}

/* ---- integers that lose digits ---- */

static void changes(const char *text, size_t at, const char *wanted) {
    char block[400];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    size_t offset = 99;
    int ok = CHECK_STATUS(normal(webhook_str_from_cstr(text), &b, &offset), WEBHOOK_CHANGED);
    ok &= CHECK_SIZE(offset, at) & CHECK_STR(webhook_buf_str(&b), wanted);
    if (!ok) printf("  %s\n", text);
}

static void changed_integers(void) {
    changes("9007199254740993", 0, "9007199254740992");
    changes("-9007199254740993", 0, "-9007199254740992");
    changes("9007199254740995", 0, "9007199254740996");
    changes("1152921504606846976", 0, "1152921504606847000"); /* 2^60 */
    changes("-1152921504606846976", 0, "-1152921504606847000");
    changes("9223372036854775807", 0, "9223372036854776000");
    changes("18446744073709551616", 0, "18446744073709552000");
    changes("1234567890123456789", 0, "1234567890123456800");
    changes("123456789012345678901", 0, "123456789012345680000");
    changes("295147905179352825856", 0, "295147905179352830000");
    changes("1000000000000000000001", 0, "1e+21");
    changes("99999999999999991611392", 0, "1e+23");
    changes("[1,9007199254740993,9007199254740995]", 3, "[1,9007199254740992,9007199254740996]");
    changes(" {\"b\":1152921504606846976,\"1\":9007199254740993} ", 6,
            "{\"1\":9007199254740992,\"b\":1152921504606847000}");
    changes("{\"b\":1,\"1\":[9007199254740993],\"0\":9007199254740993}", 12,
            "{\"0\":9007199254740992,\"1\":[9007199254740992],\"b\":1}");
    changes("[100000000000000000000000,1e23,0.1,{\"a\":18014398509481985}]", 40,
            "[1e+23,1e+23,0.1,{\"a\":18014398509481984}]");
}

static void integers_that_keep_their_value(void) {
    static const char *const row[][2] = { { "9007199254740992", "9007199254740992" },
                                          { "9007199254740994", "9007199254740994" },
                                          { "-9007199254740992", "-9007199254740992" },
                                          { "1152921504606847000", "1152921504606847000" },
                                          { "1152921504606846976.0",
                                            "1152921504606847000" }, /* a fraction: no integer */
                                          { "1152921504606846976e0", "1152921504606847000" },
                                          { "100000000000000000000000", "1e+23" },
                                          { "-100000000000000000000000", "-1e+23" },
                                          { "9223372036854776000", "9223372036854776000" },
                                          { "18446744073709552000", "18446744073709552000" },
                                          { "123456789012345680000", "123456789012345680000" },
                                          { "1000000000000000000000", "1e+21" },
                                          { "1.00000000000000000001", "1" },
                                          { "0.1000000000000000055511151231257827", "0.1" },
                                          { "-0", "0" } };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++)
        is_normal_form_of(webhook_str_from_cstr(row[i][1]), webhook_str_from_cstr(row[i][0]));
}

/* "1.5e+21" as the digits of the integer that it is */
static void expand(webhook_str number, char *out) {
    size_t i, after = 0;
    int point = 0, exponent = 0;
    for (i = 0; i < number.len && number.ptr[i] != 'e'; i++) {
        if (number.ptr[i] != '.') *out++ = number.ptr[i];
        after += (size_t)point;
        point |= number.ptr[i] == '.';
    }
    for (i += 2; i < number.len; i++) exponent = 10 * exponent + (number.ptr[i] - '0');
    for (; (size_t)exponent > after; exponent--) *out++ = '0';
    *out = 0;
}

/* Integers of 15 to 60 digits, half of them with zeros behind: changed where the digits differ. */
static void random_integers(void) {
    size_t i, changed = 0, n = 40000 / test_stride();
    for (i = 0; i < n; i++) {
        char text[80], block[80], digits[400];
        webhook_buf b = webhook_buf_from(block, sizeof block);
        size_t len = 15 + test_random() % 45, zeros = test_random() % (len + len), k, at = 99;
        webhook_status s;
        for (k = 0; k < len; k++)
            text[k] = k >= 1 && k + zeros >= len ? '0' : (char)('0' + test_random() % 10);
        if (text[0] == '0') text[0] = '1';
        text[len] = 0;
        s = normal(webhook_str_from_cstr(text), &b, &at);
        expand(webhook_buf_str(&b), digits);
        if (!CHECK_STATUS(s, strcmp(text, digits) == 0 ? WEBHOOK_OK : WEBHOOK_CHANGED))
            printf("  %s %s\n", text, digits);
        if (s == WEBHOOK_CHANGED) changed++;
        if (s == WEBHOOK_CHANGED) CHECK_SIZE(at, 0);
    }
    CHECK(changed > n / 10 && changed < n - n / 10);
}

/* ---- random documents: trees, written in normal form by the test itself and otherwise ---- */

/* A leaf or key in normal form, as Node writes it, and other spellings of the same. */
typedef struct spelling {
    const char *normal, *other[3];
    uint32_t index; /* of a key: its place among the array-index keys, 0 = none */
} spelling;

static const spelling leaves[] = {
    { "0", { "-0", "0.0", "0e5" }, 0 },
    { "1", { "1.0", "10e-1", "0.1E1" }, 0 },
    { "-250", { "-2.5e2", "-250.00", "-25e+1" }, 0 },
    { "99.99", { "9999e-2", "99.990", "0.9999E2" }, 0 },
    { "1e+21", { "1e21", "1000000000000000000000", "10.0e20" }, 0 },
    { "1.5e-7", { "0.00000015", "15e-8", "1.50E-007" }, 0 },
    { "0.1", { "1e-1", "0.10000000000000000555", "0.1000" }, 0 },
    { "9007199254740992",
      { "9007199254740993.0", "9007199254740992.5", "9.007199254740992e15" },
      0 },
    { "true", { "true", "true", "true" }, 0 },
    { "false", { "false", "false", "false" }, 0 },
    { "null", { "null", "null", "null" }, 0 },
    { "\"\"", { "\"\"", "\"\"", "\"\"" }, 0 },
    { "\"A\"", { "\"\\u0041\"", "\"A\"", "\"\\u0041\"" }, 0 },
    { "\"/\\\\\\\"\"", { "\"\\/\\\\\\\"\"", "\"\\u002f\\u005C\\u0022\"", "\"/\\u005c\\\"\"" }, 0 },
    { "\"\\n\\u0001\x7f\"",
      { "\"\\u000a\\u0001\\u007f\"", "\"\\n\\u0001\\u007F\"", "\"\\u000A\\u0001\x7f\"" },
      0 },
    { "\"\xc3\xa9\xf0\x9f\x98\x80\"",
      { "\"\\u00E9\\uD83D\\uDE00\"", "\"\xc3\xa9\\ud83d\\ude00\"", "\"\\u00e9\xf0\x9f\x98\x80\"" },
      0 },
    { "\"\\ud800x\\udc00\"",
      { "\"\\uD800x\\uDC00\"", "\"\\uD800\\u0078\\udC00\"", "\"\\ud800x\\uDc00\"" },
      0 },
    { "\"a longer one with ,:{}[] in it\"",
      { "\"a longer one with \\u002c:{}[] in it\"",
        "\"a longer one with ,:{}\\u005b\\u005D in it\"",
        "\"a longer one with ,:{}[] in i\\u0074\"" },
      0 }
};

static const spelling keys[] = {
    { "\"0\"", { "\"\\u0030\"", "\"0\"", "\"\\u0030\"" }, 1 },
    { "\"1\"", { "\"\\u0031\"", "\"1\"", "\"1\"" }, 2 },
    { "\"2\"", { "\"2\"", "\"2\"", "\"\\u0032\"" }, 3 },
    { "\"10\"", { "\"1\\u0030\"", "\"\\u00310\"", "\"10\"" }, 4 },
    { "\"19\"", { "\"19\"", "\"\\u0031\\u0039\"", "\"19\"" }, 5 },
    { "\"100\"", { "\"10\\u0030\"", "\"100\"", "\"100\"" }, 6 },
    { "\"3999999999\"", { "\"3999999999\"", "\"399999999\\u0039\"", "\"\\u0033999999999\"" }, 7 },
    { "\"4294967294\"", { "\"4294967294\"", "\"429496729\\u0034\"", "\"\\u0034294967294\"" }, 8 },
    { "\"4294967295\"", { "\"4294967295\"", "\"429496729\\u0035\"", "\"\\u0034294967295\"" }, 0 },
    { "\"42949672940\"", { "\"42949672940\"", "\"4294967294\\u0030\"", "\"42949672940\"" }, 0 },
    { "\"01\"", { "\"0\\u0031\"", "\"\\u00301\"", "\"01\"" }, 0 },
    { "\"-1\"", { "\"\\u002d1\"", "\"-\\u0031\"", "\"-1\"" }, 0 },
    { "\"1.0\"", { "\"1\\u002e0\"", "\"1.0\"", "\"1.\\u0030\"" }, 0 },
    { "\"\"", { "\"\"", "\"\"", "\"\"" }, 0 },
    { "\"a\"", { "\"\\u0061\"", "\"a\"", "\"\\u0061\"" }, 0 },
    { "\"ab\"", { "\"\\u0061b\"", "\"a\\u0062\"", "\"\\u0061\\u0062\"" }, 0 },
    { "\"a\\u0000\"", { "\"\\u0061\\u0000\"", "\"a\\u0000\"", "\"a\\u0000\"" }, 0 },
    { "\"/\"", { "\"\\/\"", "\"\\u002F\"", "\"\\u002f\"" }, 0 },
    { "\"\xc3\xa9\"", { "\"\\u00e9\"", "\"\\u00E9\"", "\"\xc3\xa9\"" }, 0 },
    { "\"\xf0\x9f\x98\x80\"",
      { "\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\"", "\"\xf0\x9f\x98\x80\"" },
      0 },
    { "\"\xef\xbf\xbd\"", { "\"\\ufffd\"", "\"\\uFFFD\"", "\"\xef\xbf\xbd\"" }, 0 },
    { "\"\\ud83d\"", { "\"\\uD83D\"", "\"\\ud83D\"", "\"\\uD83d\"" }, 0 },
    { "\"\\ude00\"", { "\"\\uDE00\"", "\"\\uDe00\"", "\"\\udE00\"" }, 0 },
    { "\"__proto__\"", { "\"__pr\\u006fto__\"", "\"\\u005f_proto__\"", "\"__proto__\"" }, 0 }
};
enum { LEAVES = sizeof leaves / sizeof *leaves, KEYS = sizeof keys / sizeof *keys, NODES = 160 };

typedef struct node {
    const spelling *key, *leaf; /* leaf NULL: a container */
    int object;
    size_t child, next; /* the first inside, the next beside; 0 = none */
} node;

static node tree[NODES];
static size_t nodes;

static size_t plant(unsigned depth, const spelling *key) {
    size_t at = nodes++, last = 0, n = test_random() % 6, i;
    size_t first = test_random() % KEYS,
           step = 1 + 2 * (test_random() % 4); /* no factor of 24 but 3 */
    node *t = &tree[at];
    memset(t, 0, sizeof *t);
    t->key = key;
    if (step == 3) step = 11;
    if (depth == 0 || test_random() % 4 == 0 || nodes + 8 > NODES) {
        t->leaf = &leaves[test_random() % LEAVES];
        return at;
    }
    t->object = test_random() % 3 > 0;
    for (i = 0; i < n && nodes + 8 <= NODES; i++) {
        size_t one = plant(depth - 1, t->object ? &keys[(first + i * step) % KEYS] : NULL);
        if (last == 0)
            t->child = one;
        else
            tree[last].next = one;
        last = one;
    }
    return at;
}

typedef struct growing {
    char text[16000];
    size_t len;
} growing;

static void grow(growing *g, const char *s) {
    size_t n = strlen(s);
    if (!CHECK(n <= sizeof g->text - g->len)) return;
    memcpy(g->text + g->len, s, n);
    g->len += n;
}

static webhook_str grown(const growing *g) {
    return webhook_str_from(g->text, g->len);
}

/* The member that comes next in normal form: the index keys by size, then the others as they stand. */
static size_t next_normal(const node *t, size_t before, uint32_t *index) {
    size_t i, best = 0;
    if (!t->object) return before == 0 ? t->child : tree[before].next;
    if (before == 0) *index = 0;
    if (*index != UINT32_MAX) {
        for (i = t->child; i != 0; i = tree[i].next)
            if (tree[i].key->index > *index &&
                (best == 0 || tree[i].key->index < tree[best].key->index))
                best = i;
        *index = best == 0 ? UINT32_MAX : tree[best].key->index;
        if (best != 0) return best;
        before = 0;
    }
    i = before == 0 ? t->child : tree[before].next;
    while (i != 0 && tree[i].key->index != 0) i = tree[i].next;
    return i;
}

static void write_normal(growing *g, size_t at) {
    const node *t = &tree[at];
    uint32_t index = 0;
    size_t i, first = 1;
    if (t->leaf != NULL) {
        grow(g, t->leaf->normal);
        return;
    }
    grow(g, t->object ? "{" : "[");
    for (i = next_normal(t, 0, &index); i != 0; i = next_normal(t, i, &index)) {
        if (!first) grow(g, ",");
        first = 0;
        if (t->object) grow(g, tree[i].key->normal);
        if (t->object) grow(g, ":");
        write_normal(g, i);
    }
    grow(g, t->object ? "}" : "]");
}

/* What a text is given besides: a key that comes twice, a number that overflows. */
typedef struct damage {
    size_t twice, huge;            /* the object and the leaf, as nodes; NODES = none */
    size_t second, ends, overflow; /* where the second key, its object's brace, the number stand */
} damage;

static const damage no_damage = { NODES, NODES, SIZE_MAX, SIZE_MAX, SIZE_MAX };

static void grow_blanks(growing *g) {
    static const char *const blanks[] = { "", "", "", "", " ", "\n", "\t \r\n", "  " };
    grow(g, blanks[test_random() % 8]);
}

static void grow_spelling(growing *g, const spelling *s) {
    size_t which = test_random() % 4;
    grow(g, which == 3 ? s->normal : s->other[which]);
}

static void write_otherwise(growing *g, size_t at, damage *d) {
    const node *t = &tree[at];
    size_t i;
    grow_blanks(g);
    if (t->leaf != NULL) {
        if (at == d->huge) d->overflow = g->len;
        if (at == d->huge)
            grow(g, "-1e999");
        else
            grow_spelling(g, t->leaf);
        grow_blanks(g);
        return;
    }
    grow(g, t->object ? "{" : "[");
    grow_blanks(g);
    for (i = t->child; i != 0; i = tree[i].next) {
        if (i != t->child) grow(g, ",");
        if (t->object) grow_blanks(g);
        if (t->object) grow_spelling(g, tree[i].key);
        if (t->object) grow_blanks(g);
        if (t->object) grow(g, ":");
        write_otherwise(g, i, d);
    }
    if (at == d->twice) {
        grow(g, ",");
        grow_blanks(g);
        d->second = g->len;
        grow_spelling(g, tree[t->child].key);
        grow(g, ":0");
        d->ends = g->len;
    }
    grow(g, t->object ? "}" : "]");
    grow_blanks(g);
}

static void a_random_document(void) {
    static growing wanted, text;
    damage none = no_damage;
    webhook_str guarded;
    nodes = wanted.len = text.len = 0;
    plant(5, NULL);
    write_normal(&wanted, 0);
    write_otherwise(&text, 0, &none);
    guarded = test_guarded(grown(&text));
    is_normal_form_of(grown(&wanted), guarded);
    one_word_less(guarded);
    is_normal_form_of(grown(&wanted), test_guarded(grown(&wanted)));
}

static void random_documents(void) {
    size_t i;
    for (i = 0; i < 10000; i += test_stride()) a_random_document();
}

static size_t duplicates_seen, overflows_seen;

static void a_damaged_document(void) {
    static growing text;
    damage d = no_damage;
    size_t at = 99, tries;
    webhook_buf b = WEBHOOK_ZERO;
    webhook_status s;
    nodes = text.len = 0;
    plant(5, NULL);
    for (tries = 0; tries < 20 && d.twice == NODES && d.huge == NODES; tries++) {
        size_t one = test_random() % nodes, other = test_random() % nodes;
        if (tree[one].leaf == NULL && tree[one].object && tree[one].child != 0) d.twice = one;
        if (tree[other].leaf != NULL) d.huge = other;
    }
    write_otherwise(&text, 0, &d);
    s = normal(test_guarded(grown(&text)), &b, &at);
    if (d.overflow < d.ends) {
        overflows_seen++;
        CHECK_STATUS(s, WEBHOOK_ERR_RANGE);
        CHECK_SIZE(at, d.overflow);
    } else if (d.ends < SIZE_MAX) {
        duplicates_seen++;
        CHECK_STATUS(s, WEBHOOK_ERR_DUPLICATE);
        CHECK_SIZE(at, d.second);
    }
    if (s < 0) CHECK(b.total == 0);
}

static void damaged_documents(void) {
    size_t i, n = 20000 / test_stride();
    duplicates_seen = overflows_seen = 0;
    for (i = 0; i < n; i++) a_damaged_document();
    CHECK(n < 1000 || (duplicates_seen > n / 10 && overflows_seen > n / 10));
}

/* Any bytes: what the reader refuses is refused no later, and what is written is a fixed point. */
static void a_mutated_document(void) {
    static growing text;
    static char block[32000], again[32000];
    damage none = no_damage;
    webhook_buf b = webhook_buf_from(block, sizeof block),
                c = webhook_buf_from(again, sizeof again);
    webhook_json_path unused;
    webhook_status s, reader;
    webhook_str guarded;
    size_t at = 0, reader_at = 0, i;
    nodes = text.len = 0;
    plant(4, NULL);
    write_otherwise(&text, 0, &none);
    for (i = 0; i < 1 + test_random() % 3; i++) {
        size_t from = test_random() % text.len, to = test_random() % text.len;
        text.text[to] = test_random() % 4 == 0 ? (char)test_random() : text.text[from];
    }
    guarded = test_guarded(grown(&text));
    memset(&unused, 0, sizeof unused);
    reader = webhook_json_find(guarded, &unused, 1, &reader_at);
    s = normal(guarded, &b, &at);
    if (reader != WEBHOOK_OK)
        CHECK(s < 0 && (at < reader_at || (at == reader_at && s == reader)));
    else
        CHECK(s >= 0 || s == WEBHOOK_ERR_DUPLICATE || s == WEBHOOK_ERR_RANGE);
    if (s < 0) return;
    CHECK_STATUS(normal(webhook_buf_str(&b), &c, NULL), WEBHOOK_OK);
    CHECK(webhook_str_eq(webhook_buf_str(&b), webhook_buf_str(&c)));
}

static void mutated_documents(void) {
    size_t i;
    for (i = 0; i < 20000; i += test_stride()) a_mutated_document();
}

/* ---- scratch ---- */

/* n times piece, then end; the worst that a text of its length can want */
static void needs_no_more_than_the_macro(const char *begin, const char *piece, size_t n,
                                         const char *end) {
    static growing g;
    size_t i, need = 0, at = 0;
    webhook_status s;
    webhook_buf b = WEBHOOK_ZERO;
    g.len = 0;
    grow(&g, begin);
    for (i = 0; i < n; i++) grow(&g, piece);
    grow(&g, end);
    CHECK_STATUS(webhook_json_scratch_need(grown(&g), &need, &at), WEBHOOK_OK);
    if (!CHECK(need <= WEBHOOK_JSON_SCRATCH(g.len)))
        printf("  %lu > %lu of %.30s\n", (unsigned long)need,
               (unsigned long)WEBHOOK_JSON_SCRATCH(g.len), g.text);
    s = normal(grown(&g), &b, &at);
    CHECK(s == WEBHOOK_OK || s == WEBHOOK_ERR_DUPLICATE);
    one_word_less(grown(&g));
}

/* levels of {"": around the members, and their ends */
static void nested_members(size_t levels, const char *member, size_t n) {
    char begin[64 * 4 + 8], end[66];
    size_t i;
    for (i = 0; i < levels; i++) memcpy(begin + 4 * i, "{\"\":", 4);
    strcpy(begin + 4 * levels, "{\"\":0");
    memset(end, '}', levels + 1);
    end[levels + 1] = 0;
    needs_no_more_than_the_macro(begin, member, n, end);
}

static void adversarial_texts(void) {
    size_t n;
    for (n = 399 % test_stride(); n < 400; n += test_stride()) {
        needs_no_more_than_the_macro("{\"\":0", ",\"\":0", n, "}");
        needs_no_more_than_the_macro("{\"a\":0", ",\"\":0", n, "}");
        needs_no_more_than_the_macro("{\"1\":0", ",\"0\":0", n, "}");
        needs_no_more_than_the_macro("[{}", ",{}", n, "]");
        needs_no_more_than_the_macro("[{\"\":0}", ",{\"\":0}", n, "]");
        needs_no_more_than_the_macro("{\"\":[[[0]]]", ",\"\":[]", n, "}");
    }
    for (n = 63 % test_stride(); n < 64; n += test_stride()) {
        nested_members(n, "", 0);
        nested_members(n, ",\"\":0", 1);
        nested_members(n, ",\"\":0", 1000);
        nested_members(n, ",\"0\":0", 1000);
    }
}

/* Every object on the way down has many members before the one that holds the next. */
static void wide_and_deep(void) {
    static growing g;
    size_t members, levels, i, k, need = 0;
    for (members = 30 % test_stride(); members <= 30; members += test_stride())
        for (levels = 1; levels <= 64; levels += 7) {
            g.len = 0;
            for (i = 0; i < levels; i++) {
                grow(&g, "{");
                for (k = 0; k < members; k++) grow(&g, "\"\":0,");
                grow(&g, i + 1 < levels ? "\"\":" : "\"\":0");
            }
            for (i = 0; i < levels; i++) grow(&g, "}");
            CHECK_STATUS(webhook_json_scratch_need(grown(&g), &need, NULL), WEBHOOK_OK);
            CHECK(need <= WEBHOOK_JSON_SCRATCH(g.len));
            one_word_less(grown(&g));
        }
}

/* ---- where a text may stand ---- */

static webhook_status put(webhook_json_writer *w, const char *text, size_t *offset) {
    lent scratch = words_make(need_of(webhook_str_from_cstr(text)));
    webhook_status s =
        webhook_json_put_json(w, webhook_str_from_cstr(text), words_lend(&scratch), offset);
    words_free(&scratch);
    return s;
}

static void a_text_is_a_value(void) {
    char block[200];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    webhook_json_writer w;
    webhook_json_writer_init(&w, &b);
    webhook_json_put_object(&w);
    webhook_json_put_key(&w, WEBHOOK_STR("a"));
    CHECK_STATUS(put(&w, " {\"x\":1.0, \"0\":2} ", NULL), WEBHOOK_OK);
    webhook_json_put_key(&w, WEBHOOK_STR("b"));
    webhook_json_put_array(&w);
    CHECK_STATUS(put(&w, "1e2", NULL), WEBHOOK_OK);
    CHECK_STATUS(put(&w, "[ ]", NULL), WEBHOOK_OK);
    webhook_json_put_null(&w);
    CHECK_STATUS(put(&w, "\"\\u0041\"", NULL), WEBHOOK_OK);
    CHECK_STATUS(put(&w, "[1152921504606846976]", NULL), WEBHOOK_CHANGED);
    webhook_json_put_end(&w);
    webhook_json_put_end(&w);
    CHECK_STATUS(webhook_json_writer_end(&w), WEBHOOK_OK);
    CHECK_STR(webhook_buf_str(&b), "{\"a\":{\"0\":2,\"x\":1},\"b\":[100,[],null,\"A\","
                                   "[1152921504606847000]]}");
}

static void where_no_value_can_stand(void) {
    int i;
    for (i = 0; i < 4; i++) {
        char block[40];
        webhook_buf b = webhook_buf_from(block, sizeof block);
        webhook_json_writer w;
        uint64_t before;
        webhook_json_writer_init(&w, &b);
        if (i == 0) webhook_json_put_object(&w);
        if (i == 1) webhook_json_put_null(&w);
        if (i == 2) CHECK_STATUS(put(&w, "{}", NULL), WEBHOOK_OK);
        if (i == 3) webhook_json_put_array(&w);
        if (i == 3) webhook_json_put_string(&w, WEBHOOK_STR("\xff"));
        before = b.total;
        CHECK_STATUS(put(&w, "{}", NULL), i == 3 ? WEBHOOK_ERR_SYNTAX : WEBHOOK_ERR_ARGUMENT);
        CHECK(i == 3 || b.total == before);
        CHECK_STATUS(webhook_json_writer_end(&w),
                     i == 3 ? WEBHOOK_ERR_SYNTAX : WEBHOOK_ERR_ARGUMENT);
    }
}

/* As many levels of the writer's as of the text's, and what they may be together. */
static void levels_add_up(void) {
    size_t outer, inner;
    for (outer = 0; outer <= 64; outer++)
        for (inner = 62 - (outer < 62 ? outer : 62); inner + outer <= 67; inner++) {
            char text[140], block[140], wanted[140];
            webhook_buf b = webhook_buf_from(block, sizeof block);
            webhook_json_writer w;
            size_t i, at = 99;
            webhook_status expect = outer + inner > 64 ? WEBHOOK_ERR_LIMIT : WEBHOOK_OK;
            memset(text, '[', inner + 1);
            memset(text + inner, ']', inner + 1);
            if (inner == 0) text[0] = '0';
            text[inner == 0 ? 1 : 2 * inner] = 0;
            webhook_json_writer_init(&w, &b);
            for (i = 0; i < outer; i++) webhook_json_put_array(&w);
            CHECK_STATUS(put(&w, text, &at), expect);
            if (expect != WEBHOOK_OK) CHECK_SIZE(at, 64 - outer);
            for (i = 0; i < outer; i++) webhook_json_put_end(&w);
            CHECK_STATUS(webhook_json_writer_end(&w), expect);
            if (expect != WEBHOOK_OK) continue;
            memset(wanted, '[', outer);
            memset(wanted + outer + strlen(text), ']', outer);
            memcpy(wanted + outer, text, strlen(text));
            CHECK(webhook_str_eq(webhook_buf_str(&b),
                                 webhook_str_from(wanted, 2 * outer + strlen(text))));
        }
}

static void no_scratch_at_all(void) {
    char block[40];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    size_t at = 99;
    if (need_of(WEBHOOK_STR("[0]")) == 0)
        CHECK_STATUS(normal_with(WEBHOOK_STR("[0]"), 0, &b, NULL), WEBHOOK_OK);
    b = webhook_buf_from(block, sizeof block);
    CHECK_STATUS(normal_with(WEBHOOK_STR("{\"b\":1,\"0\":2}"), 0, &b, &at), WEBHOOK_ERR_SCRATCH);
    CHECK_SIZE(at, 0);
    CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_SCRATCH);
}

/* ---- large ones ---- */

/* A quadratic case would take a minute. What takes 0.3 s by itself may take more in an emulator. */
static int in_time(clock_t start) {
    return (double)(clock() - start) / CLOCKS_PER_SEC < (test_stride() == 1 ? 2.0 : 5.0);
}

typedef void (*member_fn)(char *key, size_t i, size_t n);

static void descending(char *key, size_t i, size_t n) {
    sprintf(key, "%lu", (unsigned long)(n - 1 - i));
}

static void ascending(char *key, size_t i, size_t n) {
    (void)n;
    sprintf(key, "%lu", (unsigned long)i);
}

static void shuffled(char *key, size_t i, size_t n) {
    sprintf(key, "%lu", (unsigned long)(i * 7919 % n));
}

static void one_prefix(char *key, size_t i, size_t n) {
    (void)n;
    sprintf(key, "a prefix that all keys share, as long as a name can well be: %06lu",
            (unsigned long)i);
}

static void escaped_prefix(char *key, size_t i, size_t n) {
    (void)n;
    sprintf(key, "\\u0061\\u0061\\u0061\\u0061\\u0061\\u0061\\u0061%06lu",
            (unsigned long)(i * 7919 % 99991));
}

static void falling(char *key, size_t i, size_t n) {
    sprintf(key, "k%06lu", (unsigned long)(n - i));
}

static void a_large_object(member_fn member, size_t n, const char *first, webhook_status wanted) {
    size_t cap = n * 100 + 2, len = 0, i;
    char *text = (char *)malloc(cap), *out = (char *)malloc(cap);
    webhook_buf b = webhook_buf_from(out, cap);
    clock_t start;
    if (text == NULL || out == NULL) abort();
    for (i = 0; i < n; i++) {
        text[len++] = i == 0 ? '{' : ',';
        text[len++] = '"';
        member(text + len, i, n);
        len += strlen(text + len);
        memcpy(text + len, "\":0", 3);
        len += 3;
    }
    text[len++] = '}';
    start = clock();
    CHECK_STATUS(normal(webhook_str_from(text, len), &b, NULL), wanted);
    if (!CHECK(in_time(start))) printf("  %lu keys, the first %s\n", (unsigned long)n, first);
    if (wanted == WEBHOOK_OK) {
        CHECK(b.len > strlen(first) && memcmp(out, first, strlen(first)) == 0);
        len = b.len;
        memcpy(text, out, len);
        b = webhook_buf_from(out, cap);
        CHECK_STATUS(normal(webhook_str_from(text, len), &b, NULL), WEBHOOK_OK);
        CHECK(webhook_str_eq(webhook_buf_str(&b), webhook_str_from(text, len)));
    }
    free(text);
    free(out);
}

static void twice_at_the_end(char *key, size_t i, size_t n) {
    falling(key, i + 1 == n ? 0 : i, n);
}

static void large_objects(void) {
    size_t n = 100000 / test_stride();
    a_large_object(descending, n, "{\"0\":0,\"1\":0,\"2\":0,", WEBHOOK_OK);
    a_large_object(ascending, n, "{\"0\":0,\"1\":0,\"2\":0,", WEBHOOK_OK);
    a_large_object(shuffled, n, "{\"0\":0,\"1\":0,\"2\":0,", WEBHOOK_OK);
    a_large_object(one_prefix, n, "{\"a prefix that", WEBHOOK_OK);
    a_large_object(escaped_prefix, n / 4, "{\"aaaaaaa000000\":0,", WEBHOOK_OK);
    a_large_object(falling, n, "{\"k", WEBHOOK_OK);
    a_large_object(twice_at_the_end, n, "", WEBHOOK_ERR_DUPLICATE);
}

void suite_normal(void) {
    RUN(pairs_from_node);
    RUN(pairs_at_every_capacity);
    RUN(normal_texts_are_copied);
    RUN(a_flush_that_fails);
    RUN(duplicate_keys);
    RUN(overflows);
    RUN(several_faults);
    RUN(what_the_reader_refuses);
    RUN(an_endless_text);
    RUN(changed_integers);
    RUN(integers_that_keep_their_value);
    RUN(random_integers);
    RUN(random_documents);
    RUN(damaged_documents);
    RUN(mutated_documents);
    RUN(adversarial_texts);
    RUN(wide_and_deep);
    RUN(a_text_is_a_value);
    RUN(where_no_value_can_stand);
    RUN(levels_add_up);
    RUN(no_scratch_at_all);
    RUN(large_objects);
}
