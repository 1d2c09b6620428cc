/* test_registry.c -- the registry: every field at its edges, a plain list of webhooks beside it over
 * random scripts, a store that fails, several writers, secrets over time, memory to the byte */
#include "hooks.h"
#include "records.h"
#include "test.h"

#define S(literal) WEBHOOK_STR(literal)
#define NOW INT64_C(1700000000000)
#define HOUR INT64_C(3600000)

/* ---- what all of them share ---- */

/* A registry with a store, and what it last said. */
typedef struct bench {
    hooks_store k;
    webhook_registry r;
    webhook_guard guard;
    webhook_change out;
    uint64_t arena[20000];
} bench;

static bench b; /* large, and of one test at a time */

static void begin_with(size_t arena_len, const webhook_scheme *scheme, int any_secret) {
    webhook_registry_desc d = WEBHOOK_ZERO;
    hooks_store_begin(&b.k);
    memset(&b.guard, 0, sizeof b.guard);
    d.arena = b.arena;
    d.arena_len = arena_len;
    d.store = &b.k.store;
    d.scheme = scheme;
    d.guard = &b.guard;
    d.any_secret = (uint8_t)any_secret;
    d.seed = 12345;
    CHECK_STATUS(webhook_registry_init(&b.r, &d), WEBHOOK_OK);
}

static void begin(void) {
    begin_with(sizeof b.arena, NULL, 0);
}

static void end(void) {
    if (b.k.broken != NULL) test_check(0, "the store", 0, b.k.broken);
    hooks_store_end(&b.k);
}

/* Settings that are right. */
static webhook_settings right(webhook_str id) {
    webhook_settings s = WEBHOOK_ZERO;
    s.id = id;
    s.secret = S("a-secret-of-24-characters");
    s.name = S("Order Notifications");
    s.url = S("https://api.example.com/webhooks/appwrite");
    s.events = S("databases.*.tables.orders.rows.*,users.*.create");
    return s;
}

static webhook_status create(const webhook_settings *s) {
    return webhook_registry_create(&b.r, s, NOW, &b.out);
}

static webhook_status update(webhook_str id, const webhook_settings *s) {
    return webhook_registry_update(&b.r, id, s, NOW, &b.out);
}

static webhook_status delete_it(webhook_str id) {
    return webhook_registry_delete(&b.r, id, NOW, &b.out);
}

static void add(webhook_str id) {
    webhook_settings s = right(id);
    CHECK_STATUS(create(&s), WEBHOOK_OK);
}

static webhook_info get(webhook_str id) {
    webhook_info w;
    CHECK_STATUS(webhook_registry_get(&b.r, id, &w), WEBHOOK_OK);
    return w;
}

static webhook_settings named(const char *name) {
    webhook_settings s = WEBHOOK_ZERO;
    s.name = webhook_str_from_cstr(name);
    return s;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n) {
    const unsigned char *p = (const unsigned char *)bytes;
    for (; n > 0; n--) h = (h ^ *p++) * UINT64_C(1099511628211);
    return h;
}

/* A number for all that can be seen of the registry and its store. */
static uint64_t all_of_it(void) {
    uint64_t h = 1, cursor = 0;
    webhook_info w;
    size_t i;
    unsigned f;
    while (webhook_registry_next(&b.r, &cursor, &w) == WEBHOOK_OK) {
        for (f = WEBHOOK_SET_ID; f <= WEBHOOK_SET_HEADERS; f++) {
            webhook_str *t = hooks_field(&w.settings, f);
            h = mix(mix(h, &t->len, sizeof t->len), t->ptr, t->len);
            memset(t, 0, sizeof *t); /* where it lies is no matter */
        }
        h = mix(mix(h, &w.settings.max_in_flight, 4), &w.settings.rate_milli, 4);
        h = mix(mix(h, &w.settings.security, 1), &w.settings.enabled, 1);
        h = mix(mix(h, &w.settings.ordered, 1), &w.settings.basic_over_http, 1);
        h = mix(mix(mix(h, &w.created_ms, 8), &w.updated_ms, 8), &w.signs_from_ms, 8);
        h = mix(mix(mix(h, &w.failures, 4), &w.paused_for, 1), &w.changing, 1);
    }
    for (i = 0; i < b.k.n; i++) h = mix(h, b.k.record[i].bytes, b.k.record[i].len);
    return mix(h, &b.r.count, sizeof b.r.count);
}

/* A record, and what it is: of nothing where it is not there. */
static webhook_str record_of(const char *key) {
    hooks_record *r = hooks_find(&b.k, webhook_str_from_cstr(key));
    return r == NULL ? webhook_str_from(NULL, 0) : webhook_str_from((const char *)r->bytes, r->len);
}

static webhook_record stored(const char *key) {
    webhook_record none = WEBHOOK_ZERO;
    hooks_record *r = hooks_find(&b.k, webhook_str_from_cstr(key));
    return r == NULL ? none : r->is;
}

/* A webhook as another start would find it in the store. */
static webhook_info another_start(webhook_str id) {
    static uint64_t arena[500];
    webhook_registry_desc d = b.r.desc;
    webhook_registry again;
    webhook_info w;
    char key[40];
    memcpy(key, "w", 1);
    memcpy(key + 1, id.ptr, id.len);
    key[1 + id.len] = 0;
    d.arena = arena;
    d.arena_len = sizeof arena;
    CHECK_STATUS(webhook_registry_init(&again, &d), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_take(&again, record_of(key)), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_get(&again, id, &w), WEBHOOK_OK);
    return w;
}

/* Another registry on the same records, with a store struct of its own. */
static webhook_registry other;
static webhook_store other_store;
static uint64_t other_arena[2000];

static void begin_other(void) {
    webhook_registry_desc d = b.r.desc;
    b.k.shared = 1;
    other_store = b.k.store;
    other_store.tickets = 1000000;
    d.arena = other_arena;
    d.arena_len = sizeof other_arena;
    d.store = &other_store;
    d.seed = 6789;
    CHECK_STATUS(webhook_registry_init(&other, &d), WEBHOOK_OK);
}

/* ---- fields ---- */

static char *filled(size_t n, char with) {
    static char text[30000];
    memset(text, with, sizeof text);
    text[n] = 0;
    return text;
}

/* The settings with one text in this field; of Basic both halves. */
static webhook_settings with_text(webhook_settings s, unsigned field, webhook_str text) {
    *hooks_field(&s, field) = text;
    if (field == WEBHOOK_SET_HTTP_PASS && s.http_user.ptr == NULL) s.http_user = S("user");
    if (field == WEBHOOK_SET_HTTP_USER && s.http_pass.ptr == NULL && text.len > 0)
        s.http_pass = S("pass");
    return s;
}

/* Create and update answer the same, with this fault; after an error nothing has changed. */
static void gives(unsigned field, webhook_str text, webhook_status status, size_t offset) {
    webhook_settings none = WEBHOOK_ZERO, s;
    unsigned fault = status == WEBHOOK_OK ? WEBHOOK_SET_NONE : field;
    uint64_t before;
    text = test_guarded(text); /* not a byte behind it is read */
    begin();
    add(S("one"));
    add(S("two"));
    before = all_of_it();
    s = with_text(right(S("three")), field, text);
    CHECK_STATUS(create(&s), status);
    CHECK(b.out.fault == fault && b.out.ticket == 0);
    CHECK_SIZE(b.out.offset, offset);
    if (status != WEBHOOK_OK) CHECK(all_of_it() == before);
    if (field != WEBHOOK_SET_ID) {
        before = all_of_it();
        s = with_text(none, field, text);
        CHECK_STATUS(update(S("one"), &s), status);
        CHECK(b.out.fault == fault && b.out.ticket == 0);
        CHECK_SIZE(b.out.offset, offset);
        CHECK((all_of_it() == before) == (status != WEBHOOK_OK));
    }
    end();
}

static void refused(unsigned field, const char *text, size_t offset) {
    gives(field, webhook_str_from_cstr(text), WEBHOOK_ERR_SYNTAX, offset);
}

static void taken(unsigned field, const char *text) {
    gives(field, webhook_str_from_cstr(text), WEBHOOK_OK, 0);
}

static void ids(void) {
    const unsigned f = WEBHOOK_SET_ID;
    unsigned c;
    taken(f, "a");
    taken(f, "Z9._-");
    taken(f, filled(36, 'x'));
    gives(f, webhook_str_from_cstr(filled(37, 'x')), WEBHOOK_ERR_LIMIT, 36);
    refused(f, "", 0);
    refused(f, ".a", 0);
    refused(f, "_a", 0);
    refused(f, "-a", 0);
    refused(f, "a/b", 1);
    refused(f, "a\xc3\xa9", 1);
    for (c = 0; c < 256; c += test_stride()) {
        char text[2];
        int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        text[0] = 'a';
        text[1] = (char)c;
        letter |= c == '.' || c == '_' || c == '-';
        gives(f, webhook_str_from(text, 2), letter ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX, !letter);
    }
}

static void secrets(void) {
    const unsigned f = WEBHOOK_SET_SECRET;
    taken(f, "12345678");
    taken(f, "!~!~!~!~");
    taken(f, filled(256, 'x'));
    refused(f, "1234567", 7);
    refused(f, "", 0);
    gives(f, webhook_str_from_cstr(filled(257, 'x')), WEBHOOK_ERR_LIMIT, 256);
    refused(f, "12345678 ", 8);
    refused(f, "\t2345678", 0);
    refused(f, "1234567\x7f", 7);
    refused(f, "123\xc3\xa9", 3);
}

static void names(void) {
    const unsigned f = WEBHOOK_SET_NAME;
    char *text;
    taken(f, "n");
    taken(f, "a b");
    taken(f, "\xc2\xa0 \xe2\x80\xa8 \xf0\x9f\x98\x80");
    taken(f, filled(128, 'x'));
    gives(f, webhook_str_from_cstr(filled(129, 'x')), WEBHOOK_ERR_LIMIT, 128);
    refused(f, "", 0);
    refused(f, " a", 0);
    refused(f, "a ", 1);
    refused(f, "a  ", 2);
    refused(f, " ", 0);
    refused(f, "a\tb", 1);
    refused(f, "a\r\nX-B: c", 1);
    refused(f, "ab\x7f", 2);
    gives(f, webhook_str_from("a\0b", 3), WEBHOOK_ERR_SYNTAX, 1);
    refused(f, "a\xc2\x80", 1);
    refused(f, "a\xc2\x9f", 1);
    refused(f, "a\x80", 1);
    refused(f, "a\xc3", 1);
    refused(f, "ab\xed\xa0\x80", 2);
    refused(f, "ab\xc0\x80", 2);
    text = filled(300, 'x'); /* the length is the last of several faults */
    text[200] = 1;
    refused(f, text, 200);
}

static void urls(void) {
    const unsigned f = WEBHOOK_SET_URL;
    char *longest = filled(2049, 'x');
    memcpy(longest, "https://a/", 10);
    gives(f, webhook_str_from(longest, 2048), WEBHOOK_OK, 0);
    gives(f, webhook_str_from(longest, 2049), WEBHOOK_ERR_LIMIT, 2048);
    taken(f, "HTTP://A.Example:8080?q");
    taken(f, "http://1.1.1.1/");
    taken(f, "http://[2606:4700::1111]/");
    refused(f, "", 0);
    refused(f, "ftp://a", 0);
    refused(f, "https://u@a", 9);
    refused(f, "https://a#f", 9);
    refused(f, "https://2130706433/", 18);
    gives(f, S("https://a:65536"), WEBHOOK_ERR_RANGE, 14);
    gives(f, S("http://127.0.0.1/"), WEBHOOK_ERR_FORBIDDEN, 7);
    gives(f, S("https://169.254.169.254/latest"), WEBHOOK_ERR_FORBIDDEN, 8);
    gives(f, S("https://[::1]:8/"), WEBHOOK_ERR_FORBIDDEN, 9);
    gives(f, S("https://[::ffff:10.0.0.1]/"), WEBHOOK_ERR_FORBIDDEN, 9);
    taken(f, "http://localhost/"); /* a name is judged when it is connected to */
}

/* n patterns "a", joined by commas. */
static webhook_str patterns(size_t n) {
    char *text = filled(2 * n - 1, 'a');
    size_t i;
    for (i = 1; i < 2 * n - 1; i += 2) text[i] = ',';
    return webhook_str_from(text, 2 * n - 1);
}

static void events(void) {
    const unsigned f = WEBHOOK_SET_EVENTS;
    char *text;
    size_t i;
    taken(f, "*");
    taken(f, "a.*,b");
    taken(f, filled(255, 'x'));
    gives(f, patterns(100), WEBHOOK_OK, 0);
    gives(f, patterns(101), WEBHOOK_ERR_LIMIT, 200);
    text = filled(25601, 'x');
    for (i = 255; i < 25599; i += 256) text[i] = ',';
    gives(f, webhook_str_from(text, 25599), WEBHOOK_OK, 0);
    gives(f, webhook_str_from(text, 25600), WEBHOOK_ERR_LIMIT, 99 * 256 + 255);
    refused(f, "", 0);
    refused(f, ",a", 0);
    refused(f, "a,", 2);
    refused(f, "a,,b", 2);
    refused(f, "a, b", 2);
    refused(f, "a,b..c", 4);
    refused(f, "a,b.c*d", 5);
    refused(f, "ab,**", 3);
    text = filled(2 + 256, 'x');
    text[1] = ',';
    gives(f, webhook_str_from(text, 258), WEBHOOK_ERR_LIMIT, 2 + 255);
}

static void basic(void) {
    taken(WEBHOOK_SET_HTTP_USER, "u");
    taken(WEBHOOK_SET_HTTP_USER, filled(128, 'u'));
    gives(WEBHOOK_SET_HTTP_USER, webhook_str_from_cstr(filled(129, 'u')), WEBHOOK_ERR_LIMIT, 128);
    refused(WEBHOOK_SET_HTTP_USER, "ab:c", 2);
    refused(WEBHOOK_SET_HTTP_USER, "ab\r", 2);
    refused(WEBHOOK_SET_HTTP_USER, "\x7f", 0);
    taken(WEBHOOK_SET_HTTP_PASS, "a:b \xc3\xa9");
    taken(WEBHOOK_SET_HTTP_PASS, "");
    taken(WEBHOOK_SET_HTTP_PASS, filled(256, 'p'));
    gives(WEBHOOK_SET_HTTP_PASS, webhook_str_from_cstr(filled(257, 'p')), WEBHOOK_ERR_LIMIT, 256);
    refused(WEBHOOK_SET_HTTP_PASS, "a\nb", 1);
    refused(WEBHOOK_SET_HTTP_PASS, "a\x7f", 1);
}

/* n header lines whose names and values have so many bytes together. */
static webhook_str lines(size_t n, size_t bytes) {
    static char text[6000];
    size_t i, at = 0, rest = bytes - 2 * n;
    for (i = 0; i < n; i++) {
        size_t value = i + 1 < n ? 0 : rest;
        text[at++] = 'X';
        text[at++] = (char)('A' + i);
        memcpy(text + at, ": ", 2);
        memset(text + at + 2, 'v', value);
        memcpy(text + at + 2 + value, "\r\n", 2);
        at += 4 + value;
    }
    return webhook_str_from(text, at);
}

static void headers(void) {
    const unsigned f = WEBHOOK_SET_HEADERS;
    webhook_str text;
    taken(f, "X-A: b\r\n");
    taken(f, "X-A: \r\n");
    taken(f, "a: b\tc \xc3\xa9\r\nAuthorization: Bearer x\r\n");
    gives(f, lines(16, 32), WEBHOOK_OK, 0);
    gives(f, lines(17, 34), WEBHOOK_ERR_LIMIT, 16 * 6);
    gives(f, lines(16, 4096), WEBHOOK_OK, 0);
    text = lines(16, 4097);
    gives(f, text, WEBHOOK_ERR_LIMIT, text.len - 3);
    text = lines(1, 5000);
    gives(f, text, WEBHOOK_ERR_LIMIT, 4 + 4094);
    refused(f, "X-A", 3);
    refused(f, ": b\r\n", 0);
    refused(f, "X A: b\r\n", 1);
    refused(f, "X-A : b\r\n", 3);
    refused(f, "X-A:b\r\n", 4);
    refused(f, "X-A:", 4);
    refused(f, "X-A: ", 5);
    refused(f, "X-A:  b\r\n", 5);
    refused(f, "X-A: b \r\n", 6);
    refused(f, "X-A: b  \r\n", 7);
    refused(f, "X-A: b", 6);
    refused(f, "X-A: b\r", 7);
    refused(f, "X-A: b\rc\r\n", 7);
    refused(f, "X-A: b\nX-B: c\r\n", 6);
    refused(f, "X-A: b\r\n\r\n", 8);
    refused(f, "X-A: b\r\n c\r\n", 8);
    refused(f, "X-A: b\x01\r\n", 6);
    gives(f, webhook_str_from("X-A: b\0\r\n", 9), WEBHOOK_ERR_SYNTAX, 6);
    gives(f, S("X-A: b\r\nX-B: c\r\nx-a: d\r\n"), WEBHOOK_ERR_DUPLICATE, 16);
}

static void headers_of_others(void) {
    const char *list = "Host|connection|Keep-Alive|Proxy-Authorization|Proxy-X|Content-Length|"
                       "Content-Type|content-x|Transfer-Encoding|TE|Trailer|Upgrade|Expect|"
                       "User-Agent|X-Appwrite-Webhook-Id|x-appwrite-webhook-anything";
    const char *name;
    char text[100];
    while ((name = test_next(&list)) != NULL) {
        snprintf(text, sizeof text, "X-A: b\r\n%s: c\r\n", name);
        gives(WEBHOOK_SET_HEADERS, webhook_str_from_cstr(text), WEBHOOK_ERR_FORBIDDEN, 8);
    }
    taken(WEBHOOK_SET_HEADERS, "Hosts: a\r\nTEA: b\r\nContent: c\r\nProxy: d\r\nAccept: e\r\n");
}

static webhook_status takes_16_bytes(webhook_hmac_key *k, webhook_str secret) {
    return secret.len == 16 ? webhook_hmac_key_init(k, secret) : WEBHOOK_ERR_KEY;
}

/* What a scheme of the caller's owns, and the form of its secrets. */
static void of_a_scheme(void) {
    webhook_scheme scheme = webhook_scheme_default();
    webhook_settings s;
    scheme.signature_field = S("Webhook-Signature");
    scheme.id_field = S("Webhook-Id");
    scheme.key = takes_16_bytes;
    begin_with(sizeof b.arena, &scheme, 0);
    s = right(S("one"));
    CHECK_STATUS(create(&s), WEBHOOK_ERR_KEY);
    CHECK(b.out.fault == WEBHOOK_SET_SECRET && b.out.offset == 0);
    s.secret = S("0123456789abcdef");
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    s.id = S("two");
    s.headers = S("webhook-signature: a\r\n");
    CHECK_STATUS(create(&s), WEBHOOK_ERR_FORBIDDEN);
    s.headers = S("X: a\r\nwebhook-id: a\r\n");
    CHECK_STATUS(create(&s), WEBHOOK_ERR_FORBIDDEN);
    CHECK(b.out.fault == WEBHOOK_SET_HEADERS && b.out.offset == 6);
    end();
}

static void any_secret(void) {
    webhook_settings s;
    begin_with(sizeof b.arena, NULL, 1);
    s = right(S("a"));
    s.secret = webhook_str_from("\0", 1);
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    s.id = S("b");
    s.secret = webhook_str_from_cstr(filled(1024, '\xff'));
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    s.id = S("c");
    s.secret = webhook_str_from_cstr(filled(1025, 'x'));
    CHECK_STATUS(create(&s), WEBHOOK_ERR_LIMIT);
    CHECK(b.out.fault == WEBHOOK_SET_SECRET && b.out.offset == 1024);
    s.secret = S(" \t\r\n");
    CHECK_STATUS(create(&s), WEBHOOK_ERR_KEY);
    CHECK(b.out.fault == WEBHOOK_SET_SECRET && b.out.offset == 0);
    s.secret = S("");
    CHECK_STATUS(create(&s), WEBHOOK_ERR_SYNTAX);
    end();
}

/* What is missing comes before all else, in the order of the struct. */
static void compulsory(void) {
    webhook_settings s = WEBHOOK_ZERO;
    unsigned i;
    begin();
    s.http_user = S(":");
    for (i = WEBHOOK_SET_ID; i <= WEBHOOK_SET_EVENTS; i++) {
        CHECK_STATUS(create(&s), WEBHOOK_ERR_ARGUMENT);
        CHECK(b.out.fault == i && b.out.offset == 0);
        *hooks_field(&s, i) = S("");
    }
    CHECK_STATUS(create(&s), WEBHOOK_ERR_SYNTAX);
    CHECK(b.out.fault == WEBHOOK_SET_ID);
    add(S("one"));
    memset(&s, 0, sizeof s);
    s.id = S("one");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_ARGUMENT);
    CHECK(b.out.fault == WEBHOOK_SET_ID);
    for (i = WEBHOOK_SET_SECRET; i <= WEBHOOK_SET_HEADERS; i++) {
        memset(&s, 0, sizeof s);
        hooks_field(&s, i)->len = 1; /* of nothing */
        CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_ARGUMENT);
        CHECK(b.out.fault == i);
    }
    end();
}

/* Each number and choice alone, at its edges. */
static void number(unsigned field, size_t at, size_t bytes, uint32_t value, webhook_status status) {
    webhook_settings s = WEBHOOK_ZERO;
    uint8_t one = (uint8_t)value;
    uint64_t before;
    begin();
    add(S("one"));
    before = all_of_it();
    memcpy((char *)&s + at, bytes == 1 ? (void *)&one : (void *)&value, bytes);
    if (field == WEBHOOK_SET_OVERLAP) s.secret = S("another-secret");
    CHECK_STATUS(update(S("one"), &s), status);
    CHECK(b.out.fault == (status == WEBHOOK_OK ? WEBHOOK_SET_NONE : field) && b.out.offset == 0);
    CHECK((all_of_it() == before) == (status != WEBHOOK_OK));
    end();
}

#define NUMBER(field, member, value, status)                        \
    number(WEBHOOK_SET_##field, offsetof(webhook_settings, member), \
           sizeof(((webhook_settings *)NULL)->member), value, WEBHOOK_##status)

static void numbers(void) {
    webhook_settings s;
    NUMBER(MAX_IN_FLIGHT, max_in_flight, 1, OK);
    NUMBER(MAX_IN_FLIGHT, max_in_flight, 1000, OK);
    NUMBER(MAX_IN_FLIGHT, max_in_flight, 1001, ERR_RANGE);
    NUMBER(MAX_IN_FLIGHT, max_in_flight, WEBHOOK_NO_LIMIT - 1, ERR_RANGE);
    NUMBER(MAX_IN_FLIGHT, max_in_flight, WEBHOOK_NO_LIMIT, OK);
    NUMBER(RATE, rate_milli, 1, OK);
    NUMBER(RATE, rate_milli, WEBHOOK_NO_LIMIT - 1, OK);
    NUMBER(RATE, rate_milli, WEBHOOK_NO_LIMIT, OK);
    NUMBER(OVERLAP, overlap_s, 1, OK);
    NUMBER(OVERLAP, overlap_s, 604800, OK);
    NUMBER(OVERLAP, overlap_s, 604801, ERR_RANGE);
    NUMBER(OVERLAP, overlap_s, WEBHOOK_AT_ONCE, OK);
    NUMBER(SECURITY, security, WEBHOOK_NO, OK);
    NUMBER(SECURITY, security, 3, ERR_RANGE);
    NUMBER(ENABLED, enabled, WEBHOOK_NO, OK);
    NUMBER(ENABLED, enabled, 255, ERR_RANGE);
    NUMBER(ORDERED, ordered, WEBHOOK_YES, OK);
    NUMBER(ORDERED, ordered, 3, ERR_RANGE);
    NUMBER(BASIC_OVER_HTTP, basic_over_http, WEBHOOK_YES, OK);
    NUMBER(BASIC_OVER_HTTP, basic_over_http, 3, ERR_RANGE);
    begin();
    s = right(S("one"));
    s.overlap_s = 1; /* there is nothing to overlap with */
    CHECK_STATUS(create(&s), WEBHOOK_ERR_ARGUMENT);
    CHECK(b.out.fault == WEBHOOK_SET_OVERLAP);
    add(S("one"));
    memset(&s, 0, sizeof s);
    s.overlap_s = 1;
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_ARGUMENT);
    CHECK(b.out.fault == WEBHOOK_SET_OVERLAP);
    end();
}

static void words_for_settings(void) {
    const char *list = "|id|secret|name|url|events|http_user|http_pass|headers|max_in_flight|"
                       "rate_milli|overlap_s|security|enabled|ordered|basic_over_http|";
    const char *word;
    unsigned i = 0;
    const int silent = webhook_status_str(WEBHOOK_OK)[0] == 0; /* WEBHOOK_NO_STRINGS */
    while ((word = test_next(&list)) != NULL)
        CHECK(strcmp(webhook_setting_str(i++), silent ? "" : word) == 0);
    CHECK(i == WEBHOOK_SET_BASIC_OVER_HTTP + 2);
}

/* ---- fields together ---- */

/* What create says to these, where 'p' in how allows private addresses, 'o' Basic over http, 'n' a
 * net. */
static webhook_status basic_gives(const char *url, const char *user, const char *pass,
                                  const char *how, unsigned fault) {
    webhook_settings s;
    webhook_status status;
    webhook_net net;
    begin();
    CHECK_STATUS(webhook_net_read(S("10.0.0.0/8"), &net), WEBHOOK_OK);
    b.guard.allow_private = strchr(how, 'p') != NULL;
    b.guard.nets = &net;
    b.guard.n_nets = strchr(how, 'n') != NULL;
    s = right(S("one"));
    s.url = webhook_str_from_cstr(url);
    s.http_user = webhook_str_from_cstr(user);
    s.http_pass = webhook_str_from_cstr(pass);
    if (strchr(how, 'o') != NULL) s.basic_over_http = WEBHOOK_YES;
    status = create(&s);
    CHECK(b.out.fault == fault && b.out.offset == 0);
    CHECK(b.r.count == (status == WEBHOOK_OK));
    end();
    return status;
}

static void basic_over_http(void) {
    const unsigned user = WEBHOOK_SET_HTTP_USER, pass = WEBHOOK_SET_HTTP_PASS;
    CHECK_STATUS(basic_gives("https://a", "u", "p", "", 0), WEBHOOK_OK);
    CHECK_STATUS(basic_gives("https://a", "u", "", "", 0), WEBHOOK_OK);
    CHECK_STATUS(basic_gives("https://a", "", "", "", 0), WEBHOOK_OK);
    CHECK_STATUS(basic_gives("https://a", "u", NULL, "", pass), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(basic_gives("https://a", NULL, "p", "", user), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(basic_gives("https://a", "", "p", "", user), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(basic_gives("http://a", "u", NULL, "", pass), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(basic_gives("http://a", "u", "p", "", user), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(basic_gives("http://a", "u", "p", "p", user), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(basic_gives("http://a", "u", "p", "o", 0), WEBHOOK_OK);
    CHECK_STATUS(basic_gives("http://localhost", "u", "p", "", user), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(basic_gives("http://LocalHost:8", "u", "p", "p", 0), WEBHOOK_OK);
    CHECK_STATUS(basic_gives("http://localhost.a", "u", "p", "p", user), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(basic_gives("http://10.1.2.3", "u", "p", "p", 0), WEBHOOK_OK);
    CHECK_STATUS(basic_gives("http://10.1.2.3", "u", "p", "n", user), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(basic_gives("http://[::1]", "u", "p", "p", 0), WEBHOOK_OK);
    CHECK_STATUS(basic_gives("http://[::ffff:127.0.0.1]", "u", "p", "p", 0), WEBHOOK_OK);
    CHECK_STATUS(basic_gives("http://[fd00::1]", "u", "p", "p", 0), WEBHOOK_OK);
    CHECK_STATUS(basic_gives("http://1.1.1.1", "u", "p", "p", user), WEBHOOK_ERR_FORBIDDEN);
}

static webhook_status all_but_1(const webhook_guard *g, const unsigned char *ip, size_t len) {
    (void)g;
    return ip[len - 1] == 1 ? WEBHOOK_ERR_FORBIDDEN : WEBHOOK_OK;
}

/* A guard of the caller's is asked for addresses; public ones stay public. */
static void basic_and_a_guard_of_ones_own(void) {
    webhook_settings s;
    begin();
    b.guard.check = all_but_1;
    s = right(S("one"));
    s.http_user = S("u");
    s.http_pass = S("p");
    s.url = S("http://10.0.0.2");
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    s.id = S("two");
    s.url = S("http://10.0.0.1");
    CHECK_STATUS(create(&s), WEBHOOK_ERR_FORBIDDEN);
    CHECK(b.out.fault == WEBHOOK_SET_URL && b.out.offset == 7);
    s.url = S("http://8.8.8.8");
    CHECK_STATUS(create(&s), WEBHOOK_ERR_FORBIDDEN);
    CHECK(b.out.fault == WEBHOOK_SET_HTTP_USER);
    s.url = S("http://localhost");
    CHECK_STATUS(create(&s), WEBHOOK_ERR_FORBIDDEN); /* 127.0.0.1 ends in 1 */
    end();
}

/* Halves that meet at an update; what was allowed once does not stand in the way of other things. */
static void together_at_update(void) {
    webhook_settings s = WEBHOOK_ZERO;
    begin();
    add(S("one"));
    s.http_pass = S("p");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_ARGUMENT);
    CHECK(b.out.fault == WEBHOOK_SET_HTTP_USER);
    s.http_user = S("u");
    s.headers = S("X-A: b\r\nAUTHORIZATION: c\r\n");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_FORBIDDEN);
    CHECK(b.out.fault == WEBHOOK_SET_HEADERS && b.out.offset == 8);
    s.headers = S("X-A: b\r\n");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
    memset(&s, 0, sizeof s);
    s.headers = S("Authorization: c\r\n");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_FORBIDDEN);
    s.http_user = S("");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
    memset(&s, 0, sizeof s);
    s.http_user = S("u2");
    s.headers = S("");
    CHECK_STATUS(update(S("one"), &s),
                 WEBHOOK_ERR_ARGUMENT); /* the old password went with the user */
    CHECK(b.out.fault == WEBHOOK_SET_HTTP_PASS);
    s.http_pass = S("");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
    memset(&s, 0, sizeof s);
    s.url = S("http://b.example");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_FORBIDDEN);
    CHECK(b.out.fault == WEBHOOK_SET_HTTP_USER);
    b.guard.allow_private = 1;
    s.url = S("http://10.0.0.1");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
    b.guard.allow_private = 0;
    memset(&s, 0, sizeof s);
    s.enabled = WEBHOOK_NO;
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
    s.basic_over_http = WEBHOOK_NO;
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_FORBIDDEN);
    end();
}

/* ---- create, get, update, delete ---- */

static void every_setting(webhook_settings *s) {
    *s = right(S("all"));
    s->http_user = S("user");
    s->http_pass = S("pass");
    s->headers = S("X-Env: prod\r\nX-Team: blue\r\n");
    s->max_in_flight = 7;
    s->rate_milli = 500;
    s->security = WEBHOOK_NO;
    s->enabled = WEBHOOK_NO;
    s->ordered = WEBHOOK_YES;
    s->basic_over_http = WEBHOOK_YES;
}

/* What get shows makes the same webhook, also straight out of the arena. */
static void the_same_in_as_out(void) {
    webhook_settings s;
    webhook_info w, v;
    begin();
    every_setting(&s);
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    w = get(S("all"));
    CHECK(w.settings.secret.ptr == NULL && w.settings.http_pass.ptr == NULL);
    w.settings.secret = s.secret;
    w.settings.http_pass = s.http_pass;
    w.settings.id = S("other");
    CHECK_STATUS(create(&w.settings), WEBHOOK_OK);
    v = get(S("other"));
    CHECK_STR(v.settings.name, "Order Notifications");
    CHECK(webhook_str_eq(v.settings.url, s.url) && webhook_str_eq(v.settings.events, s.events));
    CHECK(webhook_str_eq(v.settings.http_user, s.http_user));
    CHECK(webhook_str_eq(v.settings.headers, s.headers));
    CHECK(v.settings.max_in_flight == 7 && v.settings.rate_milli == 500);
    CHECK(v.settings.security == WEBHOOK_NO && v.settings.enabled == WEBHOOK_NO);
    CHECK(v.settings.ordered == WEBHOOK_YES && v.settings.basic_over_http == WEBHOOK_YES);
    CHECK(v.created_ms == NOW && v.updated_ms == NOW && v.signs_from_ms == 0);
    CHECK(v.paused_for == WEBHOOK_PAUSED_USER && v.failures == 0 && v.changing == 0);
    end();
}

static void defaults(void) {
    webhook_info w;
    begin();
    add(S("one"));
    w = get(S("one"));
    CHECK(w.settings.security == WEBHOOK_YES && w.settings.enabled == WEBHOOK_YES);
    CHECK(w.settings.ordered == WEBHOOK_NO && w.settings.basic_over_http == WEBHOOK_NO);
    CHECK(w.settings.max_in_flight == WEBHOOK_NO_LIMIT);
    CHECK(w.settings.rate_milli == WEBHOOK_NO_LIMIT);
    CHECK(w.settings.http_user.ptr == NULL && w.settings.headers.ptr == NULL);
    CHECK(w.paused_for == WEBHOOK_PAUSED_NOT);
    end();
}

static void an_update_of_nothing(void) {
    webhook_settings s = WEBHOOK_ZERO;
    uint64_t before;
    begin();
    add(S("one"));
    before = all_of_it();
    b.k.commit_answer = WEBHOOK_ERR_IO;
    b.k.fail_put = 1;
    CHECK_STATUS(webhook_registry_update(&b.r, S("one"), &s, NOW + 5, &b.out), WEBHOOK_OK);
    CHECK(all_of_it() == before && b.k.fail_put == 1);
    end();
}

static void taken_comes_last(void) {
    webhook_settings s;
    begin();
    add(S("one"));
    s = right(S("one"));
    CHECK_STATUS(create(&s), WEBHOOK_ERR_TAKEN);
    CHECK(b.out.fault == WEBHOOK_SET_ID);
    s.http_user = S("u");
    CHECK_STATUS(create(&s), WEBHOOK_ERR_ARGUMENT);
    CHECK(b.out.fault == WEBHOOK_SET_HTTP_PASS);
    CHECK_STATUS(update(S("nobody"), &s), WEBHOOK_ERR_NOT_FOUND);
    CHECK_STATUS(delete_it(S("nobody")), WEBHOOK_ERR_NOT_FOUND);
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("nobody"), NOW, &b.out),
                 WEBHOOK_ERR_NOT_FOUND);
    CHECK_STATUS(delete_it(S("one")), WEBHOOK_OK);
    CHECK(b.k.n == 0 && b.r.count == 0);
    s.http_user = S("");
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    end();
}

static void arguments(void) {
    webhook_settings s = right(S("one"));
    webhook_registry_desc d;
    webhook_registry r;
    begin();
    d = b.r.desc;
    CHECK_STATUS(webhook_registry_create(NULL, &s, NOW, &b.out), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_create(&b.r, NULL, NOW, &b.out), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_create(&b.r, &s, NOW, NULL), WEBHOOK_ERR_ARGUMENT);
    add(S("one"));
    CHECK_STATUS(webhook_registry_update(&b.r, S("one"), NULL, NOW, &b.out), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_delete(&b.r, S("one"), NOW, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_take(NULL, S("")), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("")), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("eone")), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("w")), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("w/")), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_absent(NULL, S("wone")), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_move(NULL, other_arena, 1000), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_move(&b.r, b.arena, 1000), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_move(&b.r, NULL, 1000), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_move(&b.r, (char *)b.arena + 1, 1000), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_init(NULL, &d), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_registry_init(&r, NULL), WEBHOOK_ERR_ARGUMENT);
    d.arena_len = 127;
    CHECK_STATUS(webhook_registry_init(&r, &d), WEBHOOK_ERR_ARGUMENT);
    d.arena_len = 128;
    CHECK_STATUS(webhook_registry_init(&r, &d), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_create(&r, &s, NOW, &b.out), WEBHOOK_ERR_FULL);
    d.arena = (char *)b.arena + 1;
    CHECK_STATUS(webhook_registry_init(&r, &d), WEBHOOK_ERR_ARGUMENT);
    d = b.r.desc;
    d.store = NULL;
    CHECK_STATUS(webhook_registry_init(&r, &d), WEBHOOK_ERR_ARGUMENT);
#if SIZE_MAX > 0xffffffff
    d = b.r.desc;
    d.arena_len = ((size_t)1 << 32) + 1;
    CHECK_STATUS(webhook_registry_init(&r, &d), WEBHOOK_ERR_ARGUMENT);
    CHECK_SIZE(webhook_registry_need((size_t)1 << 32, 0), 0);
    CHECK_SIZE(webhook_registry_need(1, ((size_t)1 << 32) - 1000), 0);
#endif
    end();
}

/* Each of a set is created, deleted in another order, created anew: ids are found all the time. */
static void many_ids(void) {
    enum { n = 200 };
    static webhook_memory_store m;
    static unsigned char memory[400000];
    webhook_registry_desc d;
    webhook_store store;
    unsigned i, round;
    char id[16];
    begin();
    d = b.r.desc;
    CHECK_STATUS(webhook_memory_store_init(&m, memory, sizeof memory, &store), WEBHOOK_OK);
    d.store = &store;
    CHECK_STATUS(webhook_registry_init(&b.r, &d), WEBHOOK_OK);
    for (round = 0; round < 3; round++) {
        for (i = 0; i < n; i++) {
            snprintf(id, sizeof id, "id-%u", i * 37 % n);
            add(webhook_str_from_cstr(id));
        }
        for (i = 0; i < n; i++) {
            snprintf(id, sizeof id, "id-%u", i * 73 % n);
            CHECK_STR(get(webhook_str_from_cstr(id)).settings.id, id);
            CHECK_STATUS(delete_it(webhook_str_from_cstr(id)), WEBHOOK_OK);
            CHECK_STATUS(delete_it(webhook_str_from_cstr(id)), WEBHOOK_ERR_NOT_FOUND);
        }
        CHECK(b.r.count == 0 && m.records == 0);
    }
    end();
}

/* ---- listing ---- */

/* Webhooks are deleted when some have been listed, and one comes; then those that are left follow. */
static void a_cursor_stands(unsigned shown, unsigned deleted) {
    enum { n = 7 };
    const char *names = "abcdefg";
    uint64_t cursor = 0;
    webhook_info w;
    unsigned i;
    begin();
    for (i = 0; i < n; i++) add(webhook_str_from(names + i, 1));
    for (i = 0; i < shown; i++) CHECK_STATUS(webhook_registry_next(&b.r, &cursor, &w), WEBHOOK_OK);
    for (i = 0; i < n; i++)
        if ((deleted >> i & 1) != 0)
            CHECK_STATUS(delete_it(webhook_str_from(names + i, 1)), WEBHOOK_OK);
    add(S("new"));
    for (i = shown; i < n; i++) {
        if ((deleted >> i & 1) != 0) continue;
        CHECK_STATUS(webhook_registry_next(&b.r, &cursor, &w), WEBHOOK_OK);
        CHECK(webhook_str_eq(w.settings.id, webhook_str_from(names + i, 1)));
    }
    CHECK_STATUS(webhook_registry_next(&b.r, &cursor, &w), WEBHOOK_OK);
    CHECK_STR(w.settings.id, "new");
    CHECK_STATUS(webhook_registry_next(&b.r, &cursor, &w), WEBHOOK_END);
    CHECK(w.settings.id.ptr == NULL);
    add(S("newer")); /* the end is a good place to go on from, too */
    CHECK_STATUS(webhook_registry_next(&b.r, &cursor, &w), WEBHOOK_OK);
    CHECK_STR(w.settings.id, "newer");
    end();
}

static void cursors(void) {
    unsigned shown, deleted;
    for (shown = 0; shown <= 7; shown++)
        for (deleted = 0; deleted < 128; deleted += test_stride()) a_cursor_stands(shown, deleted);
}

/* A webhook keeps its place when it changes, and when its queue is dropped. */
static void changes_and_the_list(void) {
    webhook_settings s = named("x");
    uint64_t cursor = 0;
    webhook_info w;
    begin();
    add(S("a"));
    add(S("b"));
    add(S("c"));
    CHECK_STATUS(webhook_registry_next(&b.r, &cursor, &w), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_next(&b.r, &cursor, &w), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("b"), NOW + 1, &b.out), WEBHOOK_OK);
    CHECK(get(S("b")).updated_ms == NOW);
    CHECK_STATUS(webhook_registry_update(&b.r, S("a"), &s, NOW + 1, &b.out), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_update(&b.r, S("b"), &s, NOW + 1, &b.out), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_update(&b.r, S("c"), &s, NOW + 1, &b.out), WEBHOOK_OK);
    CHECK(get(S("b")).updated_ms == NOW + 1 && get(S("b")).created_ms == NOW);
    CHECK_STATUS(webhook_registry_next(&b.r, &cursor, &w), WEBHOOK_OK);
    CHECK_STR(w.settings.id, "c");
    CHECK_STATUS(delete_it(S("c")), WEBHOOK_OK);
    add(S("d"));
    CHECK_STATUS(webhook_registry_next(&b.r, &cursor, &w), WEBHOOK_OK);
    CHECK_STR(w.settings.id, "d");
    end();
}

/* ---- commits ---- */

/* While a change waits, all see what was, and it stands in the way of others. */
static void a_change_that_waits(void) {
    webhook_settings s = named("new name"), t = right(S("late"));
    uint64_t ticket, last;
    webhook_info w;
    begin();
    add(S("one"));
    b.k.commit_answer = WEBHOOK_PENDING;
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_PENDING);
    ticket = b.out.ticket;
    CHECK_STR(get(S("one")).settings.name, "Order Notifications");
    CHECK(get(S("one")).changing == 1);
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(delete_it(S("one")), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("wone")), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(create(&t), WEBHOOK_PENDING);
    last = b.out.ticket;
    CHECK_STATUS(create(&t), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(update(S("late"), &s), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(webhook_registry_get(&b.r, S("late"), &w), WEBHOOK_ERR_NOT_FOUND);
    CHECK(w.settings.id.ptr == NULL && b.r.count == 1);
    webhook_registry_committed(&b.r, ticket - 1, WEBHOOK_OK);
    CHECK(get(S("one")).changing == 1);
    webhook_registry_committed(&b.r, ticket, WEBHOOK_OK);
    CHECK_STR(get(S("one")).settings.name, "new name");
    CHECK(get(S("one")).changing == 0 && b.r.count == 1);
    webhook_registry_committed(&b.r, ticket, WEBHOOK_ERR_IO); /* settled before: left alone */
    CHECK_STR(get(S("one")).settings.name, "new name");
    webhook_registry_committed(&b.r, last + 100, WEBHOOK_OK);
    CHECK(get(S("late")).changing == 0 && b.r.count == 2);
    end();
}

/* One call settles all up to its ticket, good or bad. */
static void several_at_once(webhook_status result) {
    webhook_settings s = named("new name"), t = right(S("late"));
    webhook_info w;
    int good = result == WEBHOOK_OK;
    begin();
    add(S("one"));
    add(S("two"));
    add(S("three"));
    b.k.commit_answer = WEBHOOK_PENDING;
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_PENDING);
    CHECK_STATUS(delete_it(S("two")), WEBHOOK_PENDING);
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("three"), NOW, &b.out), WEBHOOK_PENDING);
    CHECK_STATUS(create(&t), WEBHOOK_PENDING);
    webhook_registry_committed(&b.r, b.out.ticket, result);
    CHECK_STR(get(S("one")).settings.name, good ? "new name" : "Order Notifications");
    CHECK((webhook_registry_get(&b.r, S("two"), &w) == WEBHOOK_OK) == !good);
    CHECK((webhook_registry_get(&b.r, S("late"), &w) == WEBHOOK_OK) == good);
    CHECK(b.r.count == 3 && b.k.n == 3 && get(S("three")).changing == 0);
    CHECK((hooks_find(&b.k, S("wtwo")) == NULL) == good);
    CHECK((hooks_find(&b.k, S("wlate")) == NULL) == !good);
    end();
}

static void commits_at_once(void) {
    several_at_once(WEBHOOK_OK);
    several_at_once(WEBHOOK_ERR_IO);
    several_at_once(WEBHOOK_PENDING); /* no result: it has not held */
}

/* A commit that fails: the store has the record again as it was, under a version of its own. */
static void a_commit_that_fails(void) {
    webhook_settings s = named("new name");
    webhook_record before, after;
    unsigned i;
    for (i = 0; i < 3; i++) {
        unsigned char *kept;
        begin();
        add(S("one"));
        before = stored("wone");
        kept = (unsigned char *)test_exact(before.value);
        b.k.commit_answer = WEBHOOK_ERR_IO;
        if (i == 0) CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_IO);
        if (i == 1) CHECK_STATUS(delete_it(S("one")), WEBHOOK_ERR_IO);
        if (i == 2)
            CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), WEBHOOK_ERR_IO);
        CHECK_STR(get(S("one")).settings.name, "Order Notifications");
        CHECK(b.k.store.dirty == 1 && b.out.ticket == 0 && b.out.fault == 0);
        after = stored("wone");
        CHECK(after.version > before.version);
        if (CHECK(after.value.len == before.value.len))
            CHECK(memcmp(after.value.ptr + 8, kept + 8, before.value.len - 8) == 0);
        free(kept);
        end();
    }
}

static int holds(webhook_str bytes, const char *text) {
    size_t i, n = strlen(text);
    for (i = 0; i + n <= bytes.len; i++)
        if (memcmp(bytes.ptr + i, text, n) == 0) return 1;
    return 0;
}

/* The store refuses even that: the next change of anything tries again. */
static void what_cannot_be_put_again(void) {
    webhook_settings s = named("new name");
    begin();
    add(S("one"));
    b.k.commit_answer = WEBHOOK_ERR_IO;
    b.k.fail_put = 2;
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_IO);
    CHECK(holds(stored("wone").value, "new name"));
    CHECK_STR(get(S("one")).settings.name, "Order Notifications");
    CHECK_STATUS(delete_it(S("nobody")), WEBHOOK_ERR_NOT_FOUND);
    CHECK(holds(stored("wone").value, "Order Notifications"));
    b.k.fail_put = 1;
    CHECK_STATUS(delete_it(S("one")), WEBHOOK_ERR_IO);
    CHECK(hooks_find(&b.k, S("wone")) == NULL && b.r.count == 1);
    b.k.fail_put = 1;
    CHECK_STATUS(delete_it(S("nobody")), WEBHOOK_ERR_NOT_FOUND);
    CHECK(hooks_find(&b.k, S("wone")) == NULL && b.k.fail_put == 0);
    b.k.commit_answer = WEBHOOK_OK;
    b.k.fail_put = 1; /* once more, but the put of the change itself is taken */
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
    CHECK(holds(stored("wone").value, "new name") && b.k.fail_put == 0);
    s.name = S("newer name");
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
    CHECK(holds(stored("wone").value, "newer name"));
    end();
}

/* A put that is refused has changed nothing, and its status is passed on. */
static void a_put_that_fails(void) {
    static const webhook_status errors[] = { WEBHOOK_ERR_IO, WEBHOOK_ERR_BUSY, WEBHOOK_ERR_FULL };
    webhook_settings s = named("new name"), t = right(S("two"));
    uint64_t before;
    unsigned i;
    begin();
    add(S("one"));
    before = all_of_it();
    for (i = 0; i < 3; i++) {
        b.k.put_error = errors[i];
        b.k.fail_put = 1;
        CHECK_STATUS(update(S("one"), &s), errors[i]);
        b.k.fail_put = 1;
        CHECK_STATUS(create(&t), errors[i]);
        b.k.fail_put = 1;
        CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), errors[i]);
        CHECK(all_of_it() == before);
    }
    end();
}

/* ---- random scripts ---- */

static size_t random_bytes(char *bytes, size_t n) {
    size_t i;
    for (i = 0; i < n; i++) bytes[i] = (char)(test_random() >> 40);
    return n;
}

static void random_scripts(void) {
    static hooks_model m;
    static char bytes[900];
    unsigned long accepted = 0, full = 0, restarts = 0;
    unsigned script, scripts = 1000 / test_stride();
    for (script = 0; script < scripts; script++) {
        size_t len = script % 2 == 0 ? 40000 : 128 + (size_t)(test_random() % 12000);
        const char *broken = hooks_begin(&m, len, script % 4 < 2);
        webhook_str in = webhook_str_from(bytes, random_bytes(bytes, 900));
        while (in.len > 0 && broken == NULL) broken = hooks_step(&m, &in);
        if (broken != NULL) test_check(0, "script", (int)script, broken);
        accepted += m.accepted;
        full += m.full;
        restarts += m.restarts;
        hooks_end(&m);
    }
    CHECK(accepted > 2 * scripts && full > scripts / 20 && restarts > scripts / 4);
}

/* The k-th put fails, or the k-th commit, for each k of one script, in each way that it can. */
static void every_call_fails_once(void) {
    static hooks_model m;
    static char bytes[700];
    unsigned k, what, calls = 1;
    const size_t n = sizeof bytes;
    uint32_t x = 2026; /* a series of its own: how much the script calls depends on it */
    size_t i;
    for (i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        bytes[i] = (char)(x >> 25);
    }
    for (k = 0; k <= calls; k++)
        for (what = 0; what < 3; what++) {
            const char *broken = hooks_begin(&m, 40000, 1);
            webhook_str in = webhook_str_from(bytes, n);
            if (what < 2) m.k.fail_put = k;
            if (what == 2) m.k.fail_commit = k;
            m.k.put_error = what == 0 ? WEBHOOK_ERR_IO : WEBHOOK_ERR_BUSY;
            while (in.len > 60 && broken == NULL) {
                if (in.ptr[0] % 16 == 13) { /* it is set here alone when the store fails */
                    in = webhook_str_from(in.ptr + 1, in.len - 1);
                    continue;
                }
                broken = hooks_step(&m, &in);
            }
            if (k == 0) calls = m.k.puts;
            if (broken != NULL) test_check(0, "failing call", (int)k, broken);
            hooks_end(&m);
        }
    CHECK(calls > 5);
}

/* ---- secrets ---- */

static int64_t signs_from(void) {
    return get(S("one")).signs_from_ms;
}

static webhook_status renew(const char *secret, uint32_t overlap_s, int64_t now) {
    webhook_settings s = WEBHOOK_ZERO;
    s.secret = webhook_str_from_cstr(secret);
    s.overlap_s = overlap_s;
    return webhook_registry_update(&b.r, S("one"), &s, now, &b.out);
}

/* Which secrets the record has, as far as they are asked for here. */
static int keeps(const char *secret) {
    return holds(stored("wone").value, secret);
}

static void a_new_secret_waits(void) {
    begin();
    add(S("one"));
    CHECK(signs_from() == 0);
    CHECK_STATUS(renew("secret-number-1", 0, NOW), WEBHOOK_OK);
    CHECK(signs_from() == NOW + 24 * HOUR);
    CHECK(keeps("a-secret-of-24") && keeps("secret-number-1"));
    CHECK_STATUS(renew("secret-number-2", 3600, NOW + HOUR), WEBHOOK_OK);
    CHECK(signs_from() == NOW + 2 * HOUR); /* in place of one that has not begun */
    CHECK(keeps("a-secret-of-24") && !keeps("secret-number-1") && keeps("secret-number-2"));
    CHECK_STATUS(renew("secret-number-3", 3600, NOW + 2 * HOUR), WEBHOOK_OK);
    CHECK(signs_from() == NOW + 3 * HOUR); /* that one had begun, so it signs until then */
    CHECK(!keeps("a-secret-of-24") && keeps("secret-number-2") && keeps("secret-number-3"));
    CHECK_STATUS(renew("secret-number-4", 1, NOW - 9 * HOUR), WEBHOOK_OK);
    CHECK(signs_from() == NOW - 9 * HOUR + 1000); /* the clock went back */
    CHECK(keeps("secret-number-2") && !keeps("secret-number-3"));
    CHECK_STATUS(renew("secret-number-5", WEBHOOK_AT_ONCE, NOW), WEBHOOK_OK);
    CHECK(signs_from() == 0);
    CHECK(!keeps("secret-number-2") && !keeps("secret-number-4") && keeps("secret-number-5"));
    end();
}

static void odd_clocks(void) {
    webhook_settings s = right(S("old"));
    begin();
    CHECK_STATUS(webhook_registry_create(&b.r, &s, -5, &b.out), WEBHOOK_OK);
    CHECK(get(S("old")).created_ms == 0);
    s.id = S("one");
    CHECK_STATUS(webhook_registry_create(&b.r, &s, INT64_MAX, &b.out), WEBHOOK_OK);
    CHECK(get(S("one")).created_ms == (INT64_C(1) << 47) - 1);
    CHECK_STATUS(renew("secret-number-1", 604800, INT64_MIN), WEBHOOK_OK);
    CHECK(signs_from() == INT64_C(604800000));
    CHECK_STATUS(renew("secret-number-2", 604800, INT64_MAX), WEBHOOK_OK);
    CHECK(signs_from() == (INT64_C(1) << 47) - 1 + INT64_C(604800000));
    end();
}

static void made_secrets(void) {
    unsigned char random[32];
    char out[64];
    size_t i;
    for (i = 0; i < 32; i++) random[i] = (unsigned char)(i * 8 + 7);
    CHECK_STR(webhook_secret_make(out, random),
              "070f171f272f373f474f575f676f777f878f979fa7afb7bfc7cfd7dfe7eff7ff");
}

/* ---- through the engine ---- */

typedef struct sender {
    webhook_delivery d;
    uint64_t memory[40000];
    webhook_attempt attempt;
    char head[4096], body[512];
    size_t head_len, body_len;
    unsigned started, cancelled;
    uint64_t tick;
} sender;

static sender send;

static void keep_attempt(void *user, webhook_attempt a, const webhook_request *r) {
    (void)user;
    send.attempt = a;
    send.started++;
    send.head_len = r->head.len < sizeof send.head ? r->head.len : sizeof send.head;
    send.body_len = r->body.len < sizeof send.body ? r->body.len : sizeof send.body;
    memcpy(send.head, r->head.ptr, send.head_len);
    memcpy(send.body, r->body.ptr, send.body_len);
}

static void count_cancel(void *user, webhook_attempt a) {
    (void)user;
    (void)a;
    send.cancelled++;
}

static void begin_engine(uint32_t pause_after) {
    webhook_delivery_desc d = WEBHOOK_ZERO;
    d.registry = &b.r;
    d.memory = send.memory;
    d.memory_len = sizeof send.memory;
    d.max_queue = 20;
    d.max_in_flight = 2;
    d.max_retries = WEBHOOK_RETRIES_NONE;
    d.pause_after = pause_after;
    d.pause_on_gone = 1;
    d.start = keep_attempt;
    d.cancel = count_cancel;
    send.started = send.cancelled = 0;
    send.tick = 1;
    CHECK_STATUS(webhook_delivery_init(&send.d, &d), WEBHOOK_OK);
}

static void emit_to_one(int64_t now) {
    webhook_emit e = WEBHOOK_ZERO;
    webhook_emitted out;
    e.body = S("{\"$id\":\"e1\",\"event\":\"a.b\",\"timestamp\":\"2023-11-14T22:13:20.000Z\","
               "\"payload\":1}");
    e.to = S("one");
    CHECK_STATUS(webhook_delivery_emit(&send.d, &e, &out), WEBHOOK_OK);
    webhook_delivery_run(&send.d, ++send.tick, now);
}

static void answer(unsigned status, int64_t now) {
    webhook_result r = WEBHOOK_ZERO;
    r.status = (uint16_t)status;
    CHECK_STATUS(webhook_delivery_complete(&send.d, send.attempt, &r), WEBHOOK_OK);
    webhook_delivery_run(&send.d, ++send.tick, now);
}

static webhook_str sent_field(const char *name) {
    webhook_str head = webhook_str_from(send.head, send.head_len), line;
    size_t n = strlen(name);
    while (webhook_str_cut(&head, '\n', &line) == WEBHOOK_OK)
        if (line.len > n + 3 && memcmp(line.ptr, name, n) == 0)
            return webhook_str_from(line.ptr + n + 2, line.len - n - 3);
    return webhook_str_from(NULL, 0);
}

/* Is what is sent at this time signed with this secret? */
static int signed_with(const char *secret, int64_t now) {
    webhook_hmac_key k;
    webhook_message m = WEBHOOK_ZERO;
    unsigned started = send.started;
    webhook_status status;
    emit_to_one(now);
    CHECK(send.started == started + 1);
    answer(200, now);
    CHECK_STATUS(webhook_key_init(&k, NULL, webhook_str_from_cstr(secret)), WEBHOOK_OK);
    m.timestamp = sent_field("X-Appwrite-Webhook-Timestamp");
    m.body = webhook_str_from(send.body, send.body_len);
    status =
        webhook_verify(NULL, &k, 1, &m, sent_field("X-Appwrite-Webhook-Signature"), now / 1000);
    return status == WEBHOOK_OK;
}

/* The wall clock alone decides which secret signs, wherever it goes. */
static void which_secret_signs(void) {
    const char *old = "a-secret-of-24-characters";
    begin();
    add(S("one"));
    begin_engine(0);
    CHECK(signed_with(old, NOW));
    CHECK_STATUS(renew("secret-number-1", 0, NOW), WEBHOOK_OK);
    CHECK(signed_with(old, NOW));
    CHECK(signed_with(old, NOW + 24 * HOUR - 1));
    CHECK(signs_from() == NOW + 24 * HOUR);
    CHECK(signed_with("secret-number-1", NOW + 24 * HOUR));
    CHECK(signs_from() == 0);
    CHECK(signed_with(old, NOW + 24 * HOUR - 1)); /* back */
    CHECK(signs_from() == NOW + 24 * HOUR);
    CHECK(signed_with("secret-number-1", NOW + 9000 * HOUR));
    CHECK_STATUS(renew("secret-number-2", 3600, NOW + 30 * HOUR), WEBHOOK_OK);
    CHECK(signs_from() == NOW + 31 * HOUR);
    CHECK(signed_with("secret-number-1", NOW + 30 * HOUR));
    CHECK(signed_with("secret-number-2", NOW + 31 * HOUR));
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW + 31 * HOUR, &b.out), WEBHOOK_OK);
    CHECK(signed_with("secret-number-2", NOW + 32 * HOUR));
    b.k.commit_answer = WEBHOOK_ERR_IO;
    CHECK_STATUS(renew("secret-number-3", WEBHOOK_AT_ONCE, NOW + 33 * HOUR), WEBHOOK_ERR_IO);
    b.k.commit_answer = WEBHOOK_OK;
    CHECK(signed_with("secret-number-2", NOW + 33 * HOUR));
    CHECK_STATUS(renew("secret-number-3", WEBHOOK_AT_ONCE, NOW + 33 * HOUR), WEBHOOK_OK);
    CHECK(signed_with("secret-number-3", NOW));
    end();
}

/* The record of the count, read by hand: 0 where there is none. */
static unsigned stored_failures(void) {
    webhook_str value = stored("fone").value;
    return value.len < 4 ? 0 : (unsigned)records_read_number((const unsigned char *)value.ptr, 4);
}

static void failures_in_a_row(void) {
    webhook_settings s = WEBHOOK_ZERO;
    unsigned i;
    begin();
    add(S("one"));
    begin_engine(3);
    for (i = 1; i <= 2; i++) {
        emit_to_one(NOW);
        answer(500, NOW);
        CHECK(get(S("one")).failures == i && stored_failures() == i);
    }
    emit_to_one(NOW);
    answer(204, NOW);
    CHECK(get(S("one")).failures == 0 && hooks_find(&b.k, S("fone")) == NULL);
    for (i = 1; i <= 3; i++) {
        CHECK(get(S("one")).paused_for == WEBHOOK_PAUSED_NOT);
        emit_to_one(NOW);
        answer(500, NOW);
    }
    CHECK(get(S("one")).paused_for == WEBHOOK_PAUSED_FAILURES && stored_failures() == 3);
    CHECK(get(S("one")).settings.enabled == WEBHOOK_NO && get(S("one")).updated_ms == NOW);
    CHECK_STATUS(webhook_registry_take(&b.r, record_of("fone")), WEBHOOK_OK);
    b.k.commit_answer = WEBHOOK_ERR_IO;
    s.enabled = WEBHOOK_YES;
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_IO);
    CHECK(get(S("one")).failures == 3 && stored_failures() == 3);
    CHECK(get(S("one")).paused_for == WEBHOOK_PAUSED_FAILURES);
    b.k.commit_answer = WEBHOOK_PENDING;
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_PENDING);
    CHECK(get(S("one")).failures == 3 && stored_failures() == 0); /* one commit for both */
    webhook_delivery_committed(&send.d, b.out.ticket, WEBHOOK_OK);
    CHECK(get(S("one")).failures == 0 && stored_failures() == 0);
    CHECK(get(S("one")).paused_for == WEBHOOK_PAUSED_NOT);
    end();
}

/* The engine pauses a webhook while a change of it waits: the pause holds at once, outlives the
 * change, and is in the store in the end; where the change enables the webhook it wins. */
static void paused_meanwhile(int with_enabled, webhook_status result, int put_fails, int drop) {
    webhook_settings s = named("new name");
    unsigned why;
    begin();
    add(S("one"));
    begin_engine(0);
    emit_to_one(NOW);
    b.k.commit_answer = WEBHOOK_PENDING;
    if (with_enabled) s.enabled = WEBHOOK_YES;
    if (drop)
        CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), WEBHOOK_PENDING);
    else
        CHECK_STATUS(update(S("one"), &s), WEBHOOK_PENDING);
    b.k.fail_put = put_fails ? 1 : 0;
    answer(410, NOW);
    CHECK(get(S("one")).paused_for == WEBHOOK_PAUSED_GONE && get(S("one")).changing == 1);
    webhook_delivery_committed(&send.d, b.k.ticket, result);
    why = with_enabled && result == WEBHOOK_OK ? WEBHOOK_PAUSED_NOT : WEBHOOK_PAUSED_GONE;
    CHECK(get(S("one")).paused_for == why);
    b.k.open = 0;
    b.k.commit_answer = WEBHOOK_OK;
    webhook_delivery_run(&send.d, send.tick += 5000, NOW);
    webhook_delivery_run(&send.d, send.tick += 5000, NOW);
    CHECK(get(S("one")).paused_for == why && b.k.store.dirty == 0);
    CHECK_STR(get(S("one")).settings.name,
              result == WEBHOOK_OK && !drop ? "new name" : "Order Notifications");
    CHECK(another_start(S("one")).paused_for == why);
    CHECK(webhook_str_eq(another_start(S("one")).settings.name, get(S("one")).settings.name));
    end();
}

static void paused_while_a_change_waits(void) {
    unsigned i;
    for (i = 0; i < 12; i++)
        paused_meanwhile(i < 8 && (i & 1) != 0, i & 2 ? WEBHOOK_ERR_IO : WEBHOOK_OK, (i & 4) != 0,
                         i >= 8);
}

/* A pause whose put the store refuses holds all the same, and is put a second later. */
static void a_pause_that_is_not_put(void) {
    begin();
    add(S("one"));
    begin_engine(0);
    emit_to_one(NOW);
    b.k.fail_put = 1; /* of the record; what is put of the delivery comes later */
    b.k.put_error = WEBHOOK_ERR_FULL;
    answer(410, NOW);
    CHECK(get(S("one")).paused_for == WEBHOOK_PAUSED_GONE);
    webhook_delivery_run(&send.d, send.tick += 5000, NOW);
    CHECK(another_start(S("one")).paused_for == WEBHOOK_PAUSED_GONE);
    end();
}

/* A name of 1 to 6 segments of two letters, which often agree; stars: a pattern. */
static size_t random_name(char *out, int stars) {
    uint64_t r = test_random() >> 8;
    size_t n = 0, segments = 1 + r % 6, i, k;
    for (i = 0; i < segments; i++) {
        r = test_random() >> 8;
        if (i > 0) out[n++] = '.';
        if (stars && r % 3 == 0) {
            out[n++] = '*';
            continue;
        }
        for (k = 0; k < 1 + r / 3 % 2 * (r / 8 % 9); k++) out[n++] = "ab"[r >> (12 + k) & 1];
    }
    return n;
}

/* Whom an event goes to is what webhook_event_match says of each pattern. Paused webhooks are counted
 * and get nothing, so that nothing has to be sent. */
static void whom_an_event_goes_to(void) {
    enum { hooks = 12 };
    static char list[hooks][300];
    webhook_emit e = WEBHOOK_ZERO;
    webhook_emitted out;
    unsigned i, k, round, hits = 0;
    char event[100];
    for (round = 0; round < 20; round++) {
        begin();
        begin_engine(0);
        for (i = 0; i < hooks; i++) {
            char id[4];
            size_t n = random_name(list[i], 1), patterns_n = 1 + (size_t)(test_random() % 4);
            webhook_settings s = right(S(""));
            for (k = 1; k < patterns_n; k++) {
                list[i][n++] = ',';
                n += random_name(list[i] + n, 1);
            }
            list[i][n] = 0;
            snprintf(id, sizeof id, "%u", i);
            s.id = webhook_str_from_cstr(id);
            s.events = webhook_str_from(list[i], n);
            s.enabled = WEBHOOK_NO;
            CHECK_STATUS(create(&s), WEBHOOK_OK);
        }
        e.id = S("e1");
        e.body = S("{}");
        for (k = 0; k < 100; k++) {
            unsigned wanted = 0;
            e.event = webhook_str_from(event, random_name(event, 0));
            for (i = 0; i < hooks; i++) {
                webhook_str rest = webhook_str_from_cstr(list[i]), pattern;
                int is = 0;
                while (webhook_str_cut(&rest, ',', &pattern) == WEBHOOK_OK)
                    is |= webhook_event_match(pattern, e.event) == WEBHOOK_OK;
                wanted += is != 0;
            }
            CHECK_STATUS(webhook_delivery_emit(&send.d, &e, &out), WEBHOOK_OK);
            CHECK(out.paused == wanted && out.deliveries == 0);
            hits += wanted;
        }
        end();
    }
    CHECK(hits > 1000 && hits < 20 * 100 * hooks / 2);
}

/* What becomes of what is in flight: a record of the same queue leaves it alone, one of another queue
 * cuts it off, as dropping the queue and deleting the webhook do. */
static void what_ends_attempts(void) {
    webhook_settings s = named("by the other");
    webhook_change out;
    unsigned i;
    for (i = 0; i < 5; i++) {
        begin();
        add(S("one"));
        begin_engine(0);
        begin_other();
        CHECK_STATUS(webhook_registry_take(&other, record_of("wone")), WEBHOOK_OK);
        emit_to_one(NOW);
        b.k.ticket = 0;
        if (i == 0)
            CHECK_STATUS(webhook_registry_update(&other, S("one"), &s, NOW, &out), WEBHOOK_OK);
        if (i == 1)
            CHECK_STATUS(webhook_registry_drop_queue(&other, S("one"), NOW, &out), WEBHOOK_OK);
        if (i < 2) CHECK_STATUS(webhook_registry_take(&b.r, record_of("wone")), WEBHOOK_OK);
        if (i == 2)
            CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), WEBHOOK_OK);
        if (i == 3) CHECK_STATUS(delete_it(S("one")), WEBHOOK_OK);
        if (i == 4) CHECK_STATUS(webhook_registry_absent(&b.r, S("wone")), WEBHOOK_OK);
        b.k.ticket = 0;
        webhook_delivery_run(&send.d, ++send.tick, NOW);
        CHECK(send.cancelled == (i == 0 ? 0u : 1u) && send.d.cancelled == send.cancelled);
        if (i == 0) answer(200, NOW);
        CHECK(send.d.queued == 0 && send.d.delivered == (i == 0));
        CHECK(b.r.count == (i < 3 ? 1u : 0u));
        end();
    }
}

static void refuse_inside(void *user, webhook_attempt a, const webhook_request *r) {
    webhook_settings s = right(S("two"));
    keep_attempt(user, a, r);
    CHECK_STATUS(create(&s), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(delete_it(S("one")), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(webhook_registry_take(&b.r, S("x")), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("wx")), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(webhook_registry_move(&b.r, send.memory, sizeof send.memory), WEBHOOK_ERR_BUSY);
    webhook_registry_committed(&b.r, UINT64_MAX, WEBHOOK_OK);
}

static void inside_of_a_callback(void) {
    uint64_t before;
    begin();
    add(S("one"));
    begin_engine(0);
    before = all_of_it();
    send.d.desc.start = refuse_inside;
    emit_to_one(NOW);
    CHECK(send.started == 1);
    answer(200, NOW);
    CHECK(all_of_it() == before);
    end();
}

/* ---- records taken in ---- */

/* Where things are in the value of a record of kind 'w'. */
enum { VERSION = 0, LENGTHS = 8, CAP = 22, SIGNS = 40, QUEUE = 46, FLAGS = 54, TEXTS = 55 };

/* The record of a webhook with everything, to be changed at will: its bytes, and its value in it. */
typedef struct parts {
    unsigned char bytes[2000];
    size_t len;
} parts;

static unsigned char *value_of(parts *p) {
    return p->bytes + 24 + 4; /* behind the head and the key wone */
}

static parts a_record(void) {
    parts p;
    webhook_settings s;
    webhook_str record;
    begin();
    every_setting(&s);
    s.id = S("one");
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    CHECK_STATUS(renew("secret-number-1", 0, NOW), WEBHOOK_OK);
    record = record_of("wone");
    CHECK(record.len < sizeof p.bytes);
    memcpy(p.bytes, record.ptr, record.len);
    p.len = record.len;
    end();
    begin();
    return p;
}

static webhook_status take(parts *p, int sealed) {
    if (sealed) records_seal(p->bytes, p->len);
    return webhook_registry_take(&b.r, webhook_str_from((const char *)p->bytes, p->len));
}

static void a_record_comes_back(void) {
    parts p = a_record();
    webhook_info w;
    CHECK_STATUS(take(&p, 0), WEBHOOK_OK);
    CHECK_STATUS(take(&p, 0), WEBHOOK_NO_MATCH);
    w = get(S("one"));
    CHECK_STR(w.settings.headers, "X-Env: prod\r\nX-Team: blue\r\n");
    CHECK_STR(w.settings.http_user, "user");
    CHECK(w.settings.max_in_flight == 7 && w.settings.rate_milli == 500);
    CHECK(w.settings.ordered == WEBHOOK_YES && w.settings.security == WEBHOOK_NO);
    CHECK(w.signs_from_ms == NOW + 24 * HOUR && w.created_ms == NOW);
    CHECK(w.paused_for == WEBHOOK_PAUSED_USER && b.r.count == 1);
    end();
}

/* Every bit matters, and every length. */
static void damaged_records(void) {
    parts p = a_record(), q;
    webhook_status status;
    size_t i;
    for (i = 0; i < p.len * 8; i += test_stride()) {
        p.bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        status = take(&p, 0);
        CHECK(status == WEBHOOK_ERR_DAMAGED || (i / 8 == 4 && status == WEBHOOK_ERR_RANGE));
        p.bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    for (i = 0; i < p.len; i++) {
        q = p;
        q.len = i;
        CHECK_STATUS(take(&q, 0), WEBHOOK_ERR_DAMAGED);
    }
    CHECK(b.r.count == 0);
    end();
}

/* Sealed, but of fields that create would refuse: who can write to the store cannot break more. */
static void wrong_fields(void) {
    parts p = a_record(), q;
    size_t i;
    unsigned v;
    for (i = 0; i < 14; i++) /* no length fits but the one that is there */
        for (v = 1; v < 256; v += test_stride()) {
            q = p;
            value_of(&q)[LENGTHS + i] = (unsigned char)(value_of(&q)[LENGTHS + i] ^ v);
            CHECK_STATUS(take(&q, 1), WEBHOOK_ERR_DAMAGED);
        }
    i = TEXTS + strlen("a-secret-of-24-characters") + strlen("secret-number-1");
    for (; value_of(&p) + i < p.bytes + p.len; i++) { /* no control character in any other text */
        q = p;
        value_of(&q)[i] = 1;
        CHECK_STATUS(take(&q, 1), WEBHOOK_ERR_DAMAGED);
    }
    q = p;
    q.bytes[24 + 1] = '-'; /* in the key */
    CHECK_STATUS(take(&q, 1), WEBHOOK_ERR_DAMAGED);
    q = p;
    value_of(&q)[FLAGS] = 0x80;
    CHECK_STATUS(take(&q, 1), WEBHOOK_ERR_DAMAGED);
    value_of(&q)[FLAGS] = 2;
    CHECK_STATUS(take(&q, 1), WEBHOOK_ERR_DAMAGED);
    q = p;
    value_of(&q)[CAP] = 0x7f;
    CHECK_STATUS(take(&q, 1), WEBHOOK_ERR_DAMAGED);
    q = p;
    memset(value_of(&q) + VERSION, 0, 8);
    CHECK_STATUS(take(&q, 1), WEBHOOK_ERR_DAMAGED);
    value_of(&q)[VERSION] = 0x80;
    CHECK_STATUS(take(&q, 1), WEBHOOK_ERR_DAMAGED);
    CHECK(b.r.count == 0);
    CHECK_STATUS(take(&p, 1), WEBHOOK_OK);
    end();
}

/* A record without one of its texts, which begin in this order, with the place and the size of their
 * lengths. */
static void a_text_less(unsigned which, int never_signs, webhook_status wanted) {
    static const unsigned char place[] = { 18, 16, 20, 14, 21, 12, 10, 8 };
    parts p = a_record();
    unsigned char *v = value_of(&p), *text = v + TEXTS, *last = p.bytes + p.len;
    size_t len = 0, i;
    for (i = 0; i <= which; i++) {
        size_t bytes = place[i] == 20 || place[i] == 21 ? 1 : 2;
        text += len;
        len = (size_t)records_read_number(v + place[i], (unsigned)bytes);
        if (i == which) memset(v + place[i], 0, bytes);
    }
    memmove(text, text + len, (size_t)(last - text) - len);
    p.len -= len;
    records_number(p.bytes + 8, 8, p.len - 24 - 4);
    if (never_signs) memset(v + SIGNS, 0, 6);
    CHECK(len > 0);
    CHECK_STATUS(take(&p, 1), wanted);
    CHECK(b.r.count == (wanted == WEBHOOK_OK));
    end();
}

static void missing_texts(void) {
    enum { SECRET, NEXT, NAME, URL, USER, PASS, HEADERS, EVENTS };
    a_text_less(SECRET, 0, WEBHOOK_ERR_DAMAGED);
    a_text_less(NEXT, 0, WEBHOOK_ERR_DAMAGED); /* something signs from then on */
    a_text_less(NEXT, 1, WEBHOOK_OK);
    a_text_less(NAME, 0, WEBHOOK_ERR_DAMAGED);
    a_text_less(URL, 0, WEBHOOK_ERR_DAMAGED);
    a_text_less(USER, 0, WEBHOOK_ERR_DAMAGED);
    a_text_less(PASS, 0, WEBHOOK_OK);
    a_text_less(HEADERS, 0, WEBHOOK_OK);
    a_text_less(EVENTS, 0, WEBHOOK_ERR_DAMAGED);
}

static void other_records(void) {
    static const char *const keys[] = { "e0123456789abcdef0123456789abcdef", "x", "w-", "w" };
    unsigned char record[200];
    size_t i, len;
    begin();
    add(S("one"));
    for (i = 0; i < 4; i++) {
        webhook_status wanted = i < 2 ? WEBHOOK_ERR_ARGUMENT : WEBHOOK_ERR_DAMAGED;
        len = records_write(record, webhook_str_from_cstr(keys[i]), S("value of a record"), 1);
        CHECK_STATUS(webhook_registry_take(&b.r, webhook_str_from((char *)record, len)), wanted);
    }
    len = records_write(record, S("fone"), webhook_str_from("\0\1\0\1", 4), 1);
    CHECK_STATUS(webhook_registry_take(&b.r, webhook_str_from((char *)record, len)), WEBHOOK_OK);
    CHECK(get(S("one")).failures == 65535); /* more are not counted */
    len = records_write(record, S("fone"), S("\0\0\0"), 1);
    CHECK_STATUS(webhook_registry_take(&b.r, webhook_str_from((char *)record, len)),
                 WEBHOOK_ERR_DAMAGED);
    len = records_write(record, S("ftwo"), webhook_str_from("\0\0\0\1", 4), 1);
    CHECK_STATUS(webhook_registry_take(&b.r, webhook_str_from((char *)record, len)),
                 WEBHOOK_NO_MATCH);
    end();
}

/* Older, the same, newer; by one each. */
static void versions(void) {
    webhook_settings s = named("x");
    parts p = a_record(), q = p;
    webhook_str piece;
    uint64_t v = records_read_number(value_of(&p), 8);
    CHECK_STATUS(take(&p, 0), WEBHOOK_OK);
    value_of(&q)[FLAGS] ^= 1; /* security */
    records_number(value_of(&q), 8, v - 1);
    CHECK_STATUS(take(&q, 1), WEBHOOK_NO_MATCH);
    records_number(value_of(&q), 8, v);
    CHECK_STATUS(take(&q, 1), WEBHOOK_NO_MATCH);
    CHECK(get(S("one")).settings.security == WEBHOOK_NO);
    records_number(value_of(&q), 8, v + 1);
    CHECK_STATUS(take(&q, 1), WEBHOOK_OK);
    CHECK(get(S("one")).settings.security == WEBHOOK_YES);
    value_of(&q)[QUEUE] ^= 1;                                 /* another queue */
    records_number(value_of(&q), 8, v + (UINT64_C(1) << 61)); /* somebody's clock is wrong */
    CHECK_STATUS(take(&q, 1), WEBHOOK_OK);
    CHECK(b.r.count == 1);
    piece = webhook_str_from((const char *)q.bytes, q.len);
    CHECK_STATUS(hooks_put(&b.k, S("wone"), &piece, 1, 0), WEBHOOK_OK);
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK); /* what is put here is newer even than that */
    CHECK(stored("wone").version > v + (UINT64_C(1) << 61));
    end();
}

static uint64_t queue_of(const char *key) {
    webhook_str value = stored(key).value;
    if (!CHECK(value.len >= TEXTS)) return 0;
    return records_read_number((const unsigned char *)value.ptr + QUEUE, 8);
}

/* A queue number is another at each creation and when the queue is dropped, and at no other time. */
static void queue_numbers(void) {
    webhook_settings s = named("x");
    uint64_t first, second;
    begin();
    add(S("one"));
    add(S("two"));
    first = queue_of("wone");
    CHECK(first != 0 && first != queue_of("wtwo"));
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
    CHECK(queue_of("wone") == first);
    b.k.commit_answer = WEBHOOK_ERR_IO;
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), WEBHOOK_ERR_IO);
    CHECK(queue_of("wone") == first);
    b.k.commit_answer = WEBHOOK_OK;
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), WEBHOOK_OK);
    second = queue_of("wone");
    CHECK(second != first && second != queue_of("wtwo"));
    CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
    CHECK(queue_of("wone") == second);
    begin_other();
    CHECK_STATUS(webhook_registry_take(&other, record_of("wone")), WEBHOOK_OK);
    b.k.ticket = 0;
    CHECK_STATUS(webhook_registry_update(&other, S("one"), &s, NOW, &b.out), WEBHOOK_OK);
    CHECK(queue_of("wone") == second);
    CHECK_STATUS(webhook_registry_take(&b.r, record_of("wone")), WEBHOOK_OK);
    b.k.ticket = 0;
    CHECK_STATUS(delete_it(S("one")), WEBHOOK_OK);
    add(S("one"));
    CHECK(queue_of("wone") != first && queue_of("wone") != second);
    end();
}

/* ---- several writers ---- */

/* Who has not seen the newest is refused, for that webhook alone, and goes on once it has. */
static void two_writers(void) {
    webhook_settings s = named("by the other"), t = named("by this one");
    webhook_change out;
    uint64_t before;
    begin();
    add(S("one"));
    add(S("two"));
    begin_other();
    CHECK_STATUS(webhook_registry_take(&other, record_of("wone")), WEBHOOK_OK);
    b.k.ticket = 0;
    CHECK_STATUS(webhook_registry_update(&other, S("one"), &s, NOW, &out), WEBHOOK_OK);
    before = all_of_it();
    CHECK_STATUS(update(S("one"), &t), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), WEBHOOK_ERR_BUSY);
    CHECK(all_of_it() == before);
    b.k.ticket = 0;
    CHECK_STATUS(update(S("two"), &t), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_take(&b.r, record_of("wone")), WEBHOOK_OK);
    CHECK_STR(get(S("one")).settings.name, "by the other");
    CHECK_STATUS(update(S("one"), &t), WEBHOOK_OK);
    CHECK_STR(get(S("one")).settings.name, "by this one");
    end();
}

/* A newer record comes while a change of this one waits, before and behind others: whatever becomes
 * of the commit, it stands. */
static void a_newer_one_meanwhile(unsigned change, webhook_status result) {
    webhook_settings s = named("by the other"), t = named("by this one"), c = right(S("one"));
    webhook_change out;
    begin();
    add(S("first"));
    add(S("before"));
    add(S("behind"));
    if (change != 3) add(S("one"));
    b.k.commit_answer = WEBHOOK_PENDING;
    CHECK_STATUS(update(S("first"), &t), WEBHOOK_PENDING);
    CHECK_STATUS(update(S("before"), &t), WEBHOOK_PENDING);
    if (change == 0) CHECK_STATUS(update(S("one"), &t), WEBHOOK_PENDING);
    if (change == 1) CHECK_STATUS(delete_it(S("one")), WEBHOOK_PENDING);
    if (change == 2)
        CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("one"), NOW, &b.out), WEBHOOK_PENDING);
    if (change == 3) CHECK_STATUS(create(&c), WEBHOOK_PENDING);
    CHECK_STATUS(update(S("behind"), &t), WEBHOOK_PENDING);
    begin_other();
    b.k.ticket = 0;
    if (change == 1)
        CHECK_STATUS(webhook_registry_create(&other, &c, NOW + 1, &out), WEBHOOK_PENDING);
    else
        CHECK_STATUS(webhook_registry_take(&other, record_of("wone")), WEBHOOK_OK);
    webhook_registry_committed(&other, UINT64_MAX, WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_update(&other, S("one"), &s, NOW + 2, &out), WEBHOOK_PENDING);
    CHECK_STATUS(webhook_registry_take(&b.r, record_of("wone")), WEBHOOK_OK);
    CHECK_STR(get(S("one")).settings.name, "by the other");
    webhook_registry_committed(&b.r, UINT64_MAX, result);
    CHECK_STR(get(S("one")).settings.name, "by the other");
    CHECK(get(S("one")).changing == 0 && b.r.count == 4 && b.k.n == 4);
    CHECK(get(S("first")).changing == 0 && get(S("before")).changing == 0 &&
          get(S("behind")).changing == 0);
    CHECK_STR(get(S("behind")).settings.name,
              result == WEBHOOK_OK ? "by this one" : "Order Notifications");
    b.k.ticket = 0;
    CHECK_STATUS(update(S("one"), &t), WEBHOOK_PENDING);
    end();
}

/* A pause of this engine's that is not in the store yet outlives a newer record, and is put on top of
 * it; one that is there ends when another writer enables the webhook. */
static void a_pause_and_another_writer(void) {
    webhook_settings s = named("by the other");
    webhook_change out;
    unsigned i;
    begin();
    add(S("one"));
    begin_engine(1);
    begin_other();
    CHECK_STATUS(webhook_registry_take(&other, record_of("wone")), WEBHOOK_OK);
    emit_to_one(NOW);
    b.k.ticket = 0;
    CHECK_STATUS(webhook_registry_update(&other, S("one"), &s, NOW, &out), WEBHOOK_OK);
    b.k.ticket = 0;
    answer(500, NOW); /* the store refuses the pause: another writer was first */
    CHECK(get(S("one")).paused_for == WEBHOOK_PAUSED_FAILURES && get(S("one")).failures == 1);
    CHECK_STATUS(webhook_registry_take(&b.r, record_of("wone")), WEBHOOK_OK);
    CHECK(get(S("one")).paused_for == WEBHOOK_PAUSED_FAILURES);
    CHECK_STR(get(S("one")).settings.name, "by the other");
    webhook_delivery_run(&send.d, send.tick += 5000, NOW);
    CHECK(another_start(S("one")).paused_for == WEBHOOK_PAUSED_FAILURES);
    CHECK_STR(another_start(S("one")).settings.name, "by the other");
    for (i = 0; i < 2; i++) { /* first it is taken as it is, then enabled */
        CHECK_STATUS(webhook_registry_take(&other, record_of("wone")), WEBHOOK_OK);
        s.enabled = i == 0 ? WEBHOOK_UNSET : WEBHOOK_YES;
        b.k.ticket = 0;
        CHECK_STATUS(webhook_registry_update(&other, S("one"), &s, NOW, &out), WEBHOOK_OK);
        CHECK_STATUS(webhook_registry_take(&b.r, record_of("wone")), WEBHOOK_OK);
        CHECK(get(S("one")).paused_for == (i == 0 ? WEBHOOK_PAUSED_FAILURES : WEBHOOK_PAUSED_NOT));
        CHECK(get(S("one")).failures == (i == 0 ? 1u : 0u));
        if (i == 0) { /* so that the other one has something newer to take */
            b.k.ticket = 0;
            s.enabled = WEBHOOK_UNSET;
            CHECK_STATUS(update(S("one"), &s), WEBHOOK_OK);
        }
    }
    end();
}

static void newer_ones_meanwhile(void) {
    unsigned change;
    for (change = 0; change < 4; change++) {
        a_newer_one_meanwhile(change, WEBHOOK_OK);
        a_newer_one_meanwhile(change, WEBHOOK_ERR_IO);
    }
}

static void absent_ones(void) {
    parts p = a_record();
    webhook_info w;
    CHECK_STATUS(webhook_registry_absent(&b.r, S("wone")), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("wone")), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_get(&b.r, S("one"), &w), WEBHOOK_ERR_NOT_FOUND);
    CHECK_STATUS(delete_it(S("one")), WEBHOOK_ERR_NOT_FOUND);
    CHECK(b.r.count == 0);
    CHECK_STATUS(take(&p, 0), WEBHOOK_OK);
    CHECK(b.r.count == 1);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("wone")), WEBHOOK_OK); /* it was there */
    CHECK(b.r.count == 0);
    add(S("one"));
    CHECK(b.r.count == 1);
    end();
}

/* What is absent gives its room to what is there, and is not known afterwards; one does not give it
 * to another. */
static void absent_ones_in_a_full_arena(void) {
    webhook_settings s = right(S("x"));
    size_t text = 1 + s.secret.len + s.name.len + s.url.len + s.events.len;
    unsigned i, n, round;
    char key[8];
    begin_with(webhook_registry_need(2, 2 * text), NULL, 0);
    for (round = 0; round < 6; round++) {
        for (n = 0; n < 100; n++) {
            snprintf(key, sizeof key, "w%u", n * 7);
            if (webhook_registry_absent(&b.r, webhook_str_from_cstr(key)) != WEBHOOK_OK) break;
            CHECK_STATUS(webhook_registry_absent(&b.r, webhook_str_from_cstr(key)), WEBHOOK_OK);
        }
        CHECK(n > (round == 0 ? 3u : 0u) && n < 12);
        CHECK_STATUS(webhook_registry_absent(&b.r, S("wmore")), WEBHOOK_ERR_FULL);
        for (i = 0; i < n; i++) {
            snprintf(key, sizeof key, "w%u", i * 7);
            CHECK_STATUS(webhook_registry_absent(&b.r, webhook_str_from_cstr(key)), WEBHOOK_OK);
        }
        s.id = webhook_str_from(&"xyxyxy"[round], 1);
        if (round >= 2) CHECK_STATUS(delete_it(s.id), WEBHOOK_OK);
        CHECK_STATUS(create(&s), WEBHOOK_OK);
        CHECK_STATUS(webhook_registry_drop_queue(&b.r, s.id, NOW, &b.out), WEBHOOK_OK);
        CHECK(b.r.count == (round == 0 ? 1u : 2u));
        for (i = 0; i < n; i++) {
            webhook_info w;
            snprintf(key, sizeof key, "w%u", i * 7);
            CHECK_STATUS(webhook_registry_get(&b.r, webhook_str_from_cstr(key + 1), &w),
                         WEBHOOK_ERR_NOT_FOUND);
        }
        CHECK(webhook_str_eq(get(s.id).settings.id, s.id));
    }
    end();
}

/* ---- memory ---- */

static webhook_status put_nowhere(void *user, webhook_str key, const webhook_str *pieces, size_t n,
                                  uint64_t replaces) {
    (void)user;
    (void)key;
    (void)pieces;
    (void)n;
    (void)replaces;
    return WEBHOOK_OK;
}

static void remove_nowhere(void *user, webhook_str key) {
    (void)user;
    (void)key;
}

static webhook_status commit_nowhere(void *user, uint64_t ticket) {
    (void)user;
    (void)ticket;
    return WEBHOOK_OK;
}

/* 10,000 webhooks take their texts and 192 bytes each, and not one fits that should not. */
static void ten_thousand(void) {
    enum { n = 10000 };
    webhook_store store = WEBHOOK_ZERO;
    webhook_registry_desc d = WEBHOOK_ZERO;
    webhook_registry r;
    webhook_settings s = right(S(""));
    webhook_change out;
    webhook_info w;
    uint64_t cursor = 0;
    size_t text = 0, i, len;
    char id[16];
    void *arena;
    for (i = 0; i < n; i++)
        text += (size_t)snprintf(id, sizeof id, "hook-%u", (unsigned)i) + s.name.len + s.url.len +
                s.events.len + s.secret.len;
    len = n * 192 + text;
    CHECK(len < webhook_registry_need(n, text) && webhook_registry_need(n, text) < len + 40000);
    arena = malloc(len + 18); /* of one change that waits for its commit */
    if (arena == NULL) abort();
    store.put = put_nowhere;
    store.remove = remove_nowhere;
    store.commit = commit_nowhere;
    d.arena = arena;
    d.arena_len = len + 18;
    d.store = &store;
    d.seed = 1;
    CHECK_STATUS(webhook_registry_init(&r, &d), WEBHOOK_OK);
    for (i = 0; i < n; i++) {
        s.id = webhook_str_from(id, (size_t)snprintf(id, sizeof id, "hook-%u", (unsigned)i));
        if (webhook_registry_create(&r, &s, NOW, &out) != WEBHOOK_OK) break;
    }
    CHECK_SIZE(i, n);
    s.id = S("one-more");
    CHECK_STATUS(webhook_registry_create(&r, &s, NOW, &out), WEBHOOK_ERR_FULL);
    CHECK_STATUS(webhook_registry_update(&r, S("hook-77"), &s, NOW, &out), WEBHOOK_ERR_ARGUMENT);
    for (i = 0; i < n; i += 10) {
        s.id = webhook_str_from(id, (size_t)snprintf(id, sizeof id, "hook-%u", (unsigned)i));
        CHECK_STATUS(webhook_registry_get(&r, s.id, &w), WEBHOOK_OK);
    }
    for (i = 0; webhook_registry_next(&r, &cursor, &w) == WEBHOOK_OK; i++)
        text -= w.settings.id.len;
    CHECK_SIZE(i, n);
    CHECK_SIZE(text, n * (s.name.len + s.url.len + s.events.len + s.secret.len));
    free(arena);
}

/* webhook_registry_need is enough for any change of any of them, and one byte less is not. */
static void need_at_its_edge(size_t less) {
    webhook_settings s;
    size_t text, need;
    webhook_status status;
    begin();
    every_setting(&s);
    text = s.id.len + s.secret.len + s.name.len + s.url.len + s.events.len + s.http_user.len +
           s.http_pass.len + s.headers.len;
    need = webhook_registry_need(1, text);
    end();
    begin_with(need - less, NULL, 0);
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    status = webhook_registry_drop_queue(&b.r, s.id, NOW, &b.out); /* the one that takes most */
    CHECK_STATUS(status, less == 0 ? WEBHOOK_OK : WEBHOOK_ERR_FULL);
    CHECK(b.r.count == 1);
    end();
}

/* Absent ones come first and are forgotten: the two webhooks fit all the same. */
static void need_beside_absent_ones(void) {
    webhook_settings s = right(S("x"));
    size_t text = 1 + s.secret.len + s.name.len + s.url.len + s.events.len;
    begin_with(webhook_registry_need(2, 2 * text), NULL, 0);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("w1")), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("w2")), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("w3")), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_absent(&b.r, S("w4")), WEBHOOK_OK);
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    s.id = S("y");
    CHECK_STATUS(create(&s), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("x"), NOW, &b.out), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("y"), NOW, &b.out), WEBHOOK_OK);
    end();
}

/* What many webhooks took is given back when they are gone, entries included. */
static void need_after_many(void) {
    webhook_settings s = right(S("a")), u = WEBHOOK_ZERO;
    size_t text = 1 + s.secret.len + s.name.len + s.url.len + s.events.len;
    unsigned n;
    char id[2] = "a";
    begin_with(webhook_registry_need(1, text + 2000), NULL, 0);
    for (n = 0; n < 26; n++) {
        id[0] = (char)('a' + n);
        s.id = webhook_str_from(id, 1);
        if (create(&s) != WEBHOOK_OK) break;
    }
    CHECK(n > 8 && n < 20 && b.out.fault == WEBHOOK_SET_NONE);
    while (n-- > 1) {
        id[0] = (char)('a' + n);
        CHECK_STATUS(delete_it(webhook_str_from(id, 1)), WEBHOOK_OK);
    }
    u.headers = lines(1, 2000 - 4);
    CHECK_STATUS(update(S("a"), &u), WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("a"), NOW, &b.out), WEBHOOK_OK);
    CHECK(get(S("a")).settings.headers.len == 2000);
    end();
}

static void needs(void) {
    webhook_settings s;
    size_t text = 0, i;
    unsigned round;
    char id[4];
    /* of the texts of one change as many as a webhook can have: id, two secrets, name, URL, user,
     * password, headers, events */
    size_t most = 36 + 2 * 1024 + 128 + 2048 + 128 + 256 + 4096 + 16 * 4 + 100 * 256 - 1;
    CHECK_SIZE(webhook_registry_need(0, 0), 128 + 64 + 18);
    CHECK_SIZE(webhook_registry_need(3, 20), 4 * 192 + 20 + 20 + 18);
    CHECK_SIZE(webhook_registry_need(1, 100000), 2 * 192 + 100000 + most + 18);
    need_at_its_edge(0);
    need_at_its_edge(1);
    need_beside_absent_ones();
    need_after_many();
    for (i = 0; i < 20; i++) {
        s = right(S("xx"));
        text += 2 + s.secret.len + s.name.len + s.url.len + s.events.len;
    }
    begin_with(webhook_registry_need(20, text), NULL, 0);
    for (round = 0; round < 60; round++) {
        snprintf(id, sizeof id, "%02u", round % 20);
        if (round < 20) add(webhook_str_from_cstr(id));
        CHECK_STATUS(webhook_registry_drop_queue(&b.r, webhook_str_from_cstr(id), NOW, &b.out),
                     WEBHOOK_OK);
        s = right(S(""));
        memset(&s.id, 0, sizeof s.id);
        s.overlap_s = WEBHOOK_AT_ONCE;
        CHECK_STATUS(update(webhook_str_from_cstr(id), &s), WEBHOOK_OK);
        if (round >= 40) CHECK_STATUS(delete_it(webhook_str_from_cstr(id)), WEBHOOK_OK);
    }
    CHECK(b.r.count == 0);
    end();
}

/* What a change needs beside its fields is given back when it holds: three fit, one after the other. */
static void changes_leave_no_room_behind(void) {
    webhook_settings s = right(S("a"));
    size_t text = 1 + s.secret.len + s.name.len + s.url.len + s.events.len;
    begin_with(3 * (192 + text) + 18, NULL, 0);
    b.k.commit_answer = WEBHOOK_PENDING;
    CHECK_STATUS(create(&s), WEBHOOK_PENDING);
    s.id = S("b");
    CHECK_STATUS(create(&s), WEBHOOK_PENDING);
    webhook_registry_committed(&b.r, b.out.ticket, WEBHOOK_OK);
    s.id = S("c");
    CHECK_STATUS(create(&s), WEBHOOK_PENDING);
    webhook_registry_committed(&b.r, b.out.ticket, WEBHOOK_OK);
    CHECK(b.r.count == 3);
    end();
}

static int arena_holds(const char *text) {
    return holds(webhook_str_from((const char *)b.arena, b.r.desc.arena_len), text);
}

/* A secret that is no longer kept is nowhere in the arena, nor in one that is left. */
static void secrets_are_wiped(void) {
    static uint64_t next[4000];
    memset(b.arena, 0, sizeof b.arena);
    begin();
    add(S("one"));
    CHECK(arena_holds("a-secret-of-24"));
    CHECK_STATUS(renew("secret-number-1", WEBHOOK_AT_ONCE, NOW), WEBHOOK_OK);
    CHECK(!arena_holds("a-secret-of-24") && arena_holds("secret-number-1"));
    b.k.commit_answer = WEBHOOK_ERR_IO;
    CHECK_STATUS(renew("secret-number-2", WEBHOOK_AT_ONCE, NOW), WEBHOOK_ERR_IO);
    CHECK(!arena_holds("secret-number-2"));
    b.k.commit_answer = WEBHOOK_OK;
    add(S("two"));
    CHECK_STATUS(webhook_registry_move(&b.r, next, sizeof next), WEBHOOK_OK);
    CHECK(!holds(webhook_str_from((const char *)b.arena, sizeof b.arena), "secret"));
    CHECK(holds(webhook_str_from((const char *)next, sizeof next), "secret-number-1"));
    CHECK_STATUS(webhook_registry_move(&b.r, b.arena, 900), WEBHOOK_OK);
    CHECK_STATUS(delete_it(S("one")), WEBHOOK_OK);
    CHECK(!arena_holds("secret-number-1") && arena_holds("a-secret-of-24"));
    CHECK_STATUS(delete_it(S("two")), WEBHOOK_OK);
    CHECK(!arena_holds("secret"));
    end();
}

/* Into any size: it fits or nothing has changed, changes that wait included. */
static void moves(void) {
    static uint64_t next[1000];
    webhook_settings s = named("new name"), t = right(S("three"));
    size_t len, fitted = 0;
    for (len = 128; len < 2400; len += test_stride()) {
        webhook_status status;
        uint64_t before;
        begin();
        add(S("one"));
        add(S("two"));
        b.k.commit_answer = WEBHOOK_PENDING;
        CHECK_STATUS(update(S("one"), &s), WEBHOOK_PENDING);
        CHECK_STATUS(webhook_registry_drop_queue(&b.r, S("two"), NOW, &b.out), WEBHOOK_PENDING);
        CHECK_STATUS(create(&t), WEBHOOK_PENDING);
        before = all_of_it();
        status = webhook_registry_move(&b.r, next, len);
        CHECK(status == WEBHOOK_OK || status == WEBHOOK_ERR_FULL);
        CHECK((status == WEBHOOK_OK) == (b.r.desc.arena == next));
        if (status == WEBHOOK_OK && fitted == 0) fitted = len;
        CHECK((status == WEBHOOK_OK) == (fitted > 0)); /* from some length on */
        CHECK(all_of_it() == before);
        webhook_registry_committed(&b.r, UINT64_MAX, WEBHOOK_OK);
        CHECK_STR(get(S("one")).settings.name, "new name");
        CHECK(b.r.count == 3);
        end();
    }
    CHECK(fitted > 1500 && fitted < 2300);
}

/* ---- all ---- */

void suite_registry(void) {
    RUN(ids);
    RUN(secrets);
    RUN(names);
    RUN(urls);
    RUN(events);
    RUN(basic);
    RUN(headers);
    RUN(headers_of_others);
    RUN(of_a_scheme);
    RUN(any_secret);
    RUN(compulsory);
    RUN(numbers);
    RUN(words_for_settings);
    RUN(basic_over_http);
    RUN(basic_and_a_guard_of_ones_own);
    RUN(together_at_update);
    RUN(the_same_in_as_out);
    RUN(defaults);
    RUN(an_update_of_nothing);
    RUN(taken_comes_last);
    RUN(arguments);
    RUN(many_ids);
    RUN(cursors);
    RUN(changes_and_the_list);
    RUN(a_change_that_waits);
    RUN(commits_at_once);
    RUN(a_commit_that_fails);
    RUN(what_cannot_be_put_again);
    RUN(a_put_that_fails);
    RUN(random_scripts);
    RUN(every_call_fails_once);
    RUN(a_new_secret_waits);
    RUN(odd_clocks);
    RUN(made_secrets);
    RUN(which_secret_signs);
    RUN(failures_in_a_row);
    RUN(paused_while_a_change_waits);
    RUN(a_pause_that_is_not_put);
    RUN(what_ends_attempts);
    RUN(whom_an_event_goes_to);
    RUN(inside_of_a_callback);
    RUN(a_record_comes_back);
    RUN(damaged_records);
    RUN(wrong_fields);
    RUN(missing_texts);
    RUN(other_records);
    RUN(versions);
    RUN(queue_numbers);
    RUN(two_writers);
    RUN(newer_ones_meanwhile);
    RUN(a_pause_and_another_writer);
    RUN(absent_ones);
    RUN(absent_ones_in_a_full_arena);
    RUN(ten_thousand);
    RUN(needs);
    RUN(changes_leave_no_room_behind);
    RUN(secrets_are_wiped);
    RUN(moves);
}
