/* make fuzz T=registry SECONDS=60
 *
 * Input: a byte for the kind. 0: a script of changes, settled, refused and failing, which a plain list of webhooks
 * follows (tests/hooks.h): what is refused changes nothing, what is given is shown, a new start finds the same. 1: a
 * field and its text: taken exactly where a second opinion takes it. 2: the value of a record, sealed: refused, or a
 * webhook that can be shown, changed and found again.
 */
#include "fuzz.h"
#include "../tests/hooks.h"
#include "../tests/records.h"

#define NOW INT64_C(1700000000000)

static void script(webhook_str in) {
    static hooks_model m;
    unsigned how = fuzz_byte(&in);
    const char *broken = hooks_begin(&m, how % 2 ? 40000 : 128 + how * 50, how / 2 % 2);
    unsigned steps = 0;
    while (in.len > 0 && broken == NULL && steps++ < 100) broken = hooks_step(&m, &in);
    if (broken != NULL) fprintf(stderr, "%s\n", broken);
    require(broken == NULL);
    hooks_end(&m);
}

/* ---- second opinions ---- */

static int controls(webhook_str s) {
    size_t i;
    for (i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 32 || s.ptr[i] == 127) return 1;
    return 0;
}

static int good_id(webhook_str s) {
    static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t i;
    for (i = 0; i < s.len; i++)
        if (s.ptr[i] == 0 || strchr(set, s.ptr[i]) == NULL) return 0;
    return s.len > 0 && s.len <= 36 && strchr("._-", s.ptr[0]) == NULL;
}

static int good_secret(webhook_str s) {
    size_t i;
    for (i = 0; i < s.len; i++)
        if (s.ptr[i] <= 32 || s.ptr[i] > 126) return 0;
    return s.len >= 8 && s.len <= 256;
}

/* The reader of JSON strings knows valid UTF-8; it is asked about one without quotes and backslashes. */
static int good_name(webhook_str s) {
    char text[140];
    webhook_json_ctx c;
    webhook_json_token t;
    size_t i;
    if (s.len == 0 || s.len > 128 || controls(s) || s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ')
        return 0;
    text[0] = '"';
    for (i = 0; i < s.len; i++) {
        text[i + 1] = s.ptr[i] == '"' || s.ptr[i] == '\\' ? 'x' : s.ptr[i];
        if ((unsigned char)s.ptr[i] == 0xc2 && i + 1 < s.len && (unsigned char)s.ptr[i + 1] < 0xa0)
            return 0;
    }
    text[s.len + 1] = '"';
    webhook_json_init(&c, webhook_str_from(text, s.len + 2));
    return webhook_json_next(&c, &t) == WEBHOOK_OK && webhook_json_next(&c, &t) == WEBHOOK_END;
}

static int good_url(webhook_str s) {
    webhook_url u;
    if (webhook_url_read(s, &u, NULL) != WEBHOOK_OK) return 0;
    return u.host_kind == WEBHOOK_HOST_NAME ||
           webhook_guard_check(NULL, u.ip, u.host_kind == WEBHOOK_HOST_IPV4 ? 4 : 16) == WEBHOOK_OK;
}

static int good_events(webhook_str s) {
    size_t i, start = 0, n = 0;
    for (i = 0; i <= s.len; i++) {
        if (i < s.len && s.ptr[i] != ',') continue;
        if (webhook_pattern_check(webhook_str_from(s.ptr + start, i - start), NULL) != WEBHOOK_OK)
            return 0;
        start = i + 1;
        n++;
    }
    return n <= 100;
}

static int good_user(webhook_str s) {
    return s.len <= 128 && !controls(s) && memchr(s.ptr, ':', s.len) == NULL;
}

/* A field by itself: the writer takes it, and nobody else owns it. */
static int good_field(webhook_str name, webhook_str value) {
    static const char *const owned[] = {
        "host",    "connection", "keep-alive", "transfer-encoding", "te",
        "trailer", "upgrade",    "expect",     "user-agent"
    };
    static const char *const begins[] = { "proxy-", "content-", "x-appwrite-webhook-" };
    webhook_buf count = WEBHOOK_ZERO;
    size_t i;
    webhook_http_put_field(&count, name, value);
    if (webhook_buf_end(&count) != WEBHOOK_OK) return 0;
    for (i = 0; i < sizeof owned / sizeof *owned; i++)
        if (webhook_str_ieq(name, webhook_str_from_cstr(owned[i]))) return 0;
    for (i = 0; i < sizeof begins / sizeof *begins; i++) {
        webhook_str with = webhook_str_from_cstr(begins[i]);
        if (name.len >= with.len && webhook_str_ieq(webhook_str_from(name.ptr, with.len), with))
            return 0;
    }
    return 1;
}

/* Line by line: what the writer would write is what stands there. */
static int good_headers(webhook_str s) {
    webhook_str names[16];
    size_t n = 0, bytes = 0, i;
    while (s.len > 0) {
        const char *end = (const char *)memchr(s.ptr, '\n', s.len), *colon;
        webhook_str line, value;
        if (end == NULL || end == s.ptr || end[-1] != '\r' || n == 16) return 0;
        line = webhook_str_from(s.ptr, (size_t)(end - s.ptr) - 1);
        colon = (const char *)memchr(line.ptr, ':', line.len);
        if (colon == NULL || colon + 1 >= line.ptr + line.len || colon[1] != ' ') return 0;
        names[n] = webhook_str_from(line.ptr, (size_t)(colon - line.ptr));
        value = webhook_str_from(colon + 2, line.len - names[n].len - 2);
        if (!good_field(names[n], value)) return 0;
        for (i = 0; i < n; i++)
            if (webhook_str_ieq(names[i], names[n])) return 0;
        bytes += names[n++].len + value.len;
        s = webhook_str_from(end + 1, s.len - line.len - 2);
    }
    return bytes <= 4096;
}

static int good(unsigned field, webhook_str s) {
    switch (field) {
    case WEBHOOK_SET_ID: return good_id(s);
    case WEBHOOK_SET_SECRET: return good_secret(s);
    case WEBHOOK_SET_NAME: return good_name(s);
    case WEBHOOK_SET_URL: return good_url(s);
    case WEBHOOK_SET_EVENTS: return good_events(s);
    case WEBHOOK_SET_HTTP_USER: return good_user(s);
    case WEBHOOK_SET_HTTP_PASS: return s.len <= 256 && !controls(s);
    default: return good_headers(s);
    }
}

/* ---- one field, one record ---- */

static webhook_settings right(void) {
    webhook_settings s = WEBHOOK_ZERO;
    s.id = WEBHOOK_STR("one");
    s.secret = WEBHOOK_STR("a-secret");
    s.name = WEBHOOK_STR("n");
    s.url = WEBHOOK_STR("https://a");
    s.events = WEBHOOK_STR("*");
    s.http_user = WEBHOOK_STR("u");
    s.http_pass = WEBHOOK_STR("p");
    s.basic_over_http = WEBHOOK_YES;
    return s;
}

static webhook_status start(webhook_registry *r, void *arena, size_t len, hooks_store *k) {
    webhook_registry_desc d = WEBHOOK_ZERO;
    d.arena = arena;
    d.arena_len = len;
    d.store = &k->store;
    d.seed = 5;
    return webhook_registry_init(r, &d);
}

static void one_field(webhook_str in) {
    unsigned field = 1 + fuzz_byte(&in) % WEBHOOK_SET_HEADERS;
    char *memory = fuzz_copy(in);
    webhook_str text = webhook_str_from(memory, in.len);
    size_t len = webhook_registry_need(1, in.len + 100);
    void *arena = fuzz_memory(len);
    webhook_settings s = right();
    webhook_registry r;
    hooks_store k;
    webhook_change out;
    webhook_info w;
    webhook_status status;
    hooks_store_begin(&k);
    require(start(&r, arena, len, &k) == WEBHOOK_OK);
    *hooks_field(&s, field) = text;
    if (field == WEBHOOK_SET_HTTP_USER && text.len == 0) s.http_pass = text;
    status = webhook_registry_create(&r, &s, NOW, &out);
    if (status != WEBHOOK_OK && out.fault == WEBHOOK_SET_HEADERS && field == out.fault &&
        status == WEBHOOK_ERR_FORBIDDEN) /* beside Basic; it is free without */
        s.http_user = s.http_pass = webhook_str_from(NULL, 0),
        status = webhook_registry_create(&r, &s, NOW, &out);
    require((status == WEBHOOK_OK) == good(field, text));
    if (status == WEBHOOK_OK) {
        require(webhook_registry_get(&r, s.id, &w) == WEBHOOK_OK && out.fault == 0);
        if (field != WEBHOOK_SET_SECRET && field != WEBHOOK_SET_HTTP_PASS)
            require(webhook_str_eq(*hooks_field(&w.settings, field), text));
    } else {
        require(out.fault == field && out.offset <= text.len && r.count == 0 && k.n == 0);
    }
    require(k.broken == NULL);
    hooks_store_end(&k);
    free(arena);
    free(memory);
}

static void one_record(webhook_str in) {
    unsigned char *record = (unsigned char *)fuzz_memory(24 + 4 + in.len);
    size_t n = records_write(record, WEBHOOK_STR("wone"), in, 1), len = 128 * 3 + 4 * in.len + 400;
    void *arena = fuzz_memory(len), *again = fuzz_memory(len);
    webhook_str key = WEBHOOK_STR("wone"), piece = webhook_str_from((const char *)record, n);
    webhook_settings s = WEBHOOK_ZERO;
    webhook_registry r, q;
    hooks_store k;
    webhook_change out;
    webhook_info w, v;
    hooks_store_begin(&k);
    require(start(&r, arena, len, &k) == WEBHOOK_OK && start(&q, again, len, &k) == WEBHOOK_OK);
    if (webhook_registry_take(&r, piece) == WEBHOOK_OK) {
        require(hooks_put(&k, key, &piece, 1, 0) == WEBHOOK_OK);
        require(webhook_registry_get(&r, WEBHOOK_STR("one"), &w) == WEBHOOK_OK);
        require(good_name(w.settings.name) && good_events(w.settings.events));
        require(!controls(w.settings.url) && good_user(w.settings.http_user));
        s.ordered = WEBHOOK_YES;
        require(webhook_registry_update(&r, WEBHOOK_STR("one"), &s, NOW, &out) == WEBHOOK_OK);
        require(webhook_registry_take(&q, webhook_str_from((const char *)k.record[0].bytes,
                                                           k.record[0].len)) == WEBHOOK_OK);
        require(webhook_registry_get(&r, WEBHOOK_STR("one"), &w) == WEBHOOK_OK);
        require(webhook_registry_get(&q, WEBHOOK_STR("one"), &v) == WEBHOOK_OK);
        require(webhook_str_eq(w.settings.name, v.settings.name) &&
                webhook_str_eq(w.settings.headers, v.settings.headers) &&
                webhook_str_eq(w.settings.events, v.settings.events) &&
                w.signs_from_ms == v.signs_from_ms && w.paused_for == v.paused_for);
    }
    require(k.broken == NULL);
    hooks_store_end(&k);
    free(record);
    free(arena);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size);
    unsigned kind = fuzz_byte(&in) % 3;
    if (kind == 0) script(in);
    if (kind == 1) one_field(in);
    if (kind == 2) one_record(in);
    return 0;
}
