/* test_event.c -- names and patterns: check, match, expand, header, against the rules restated */
#include <time.h>
#include "test.h"

#define MOST_SEGMENTS 16
#define MOST_NAMES 512 /* an event of 16 segments has 510 */

typedef struct names {
    size_t n;
    char text[MOST_NAMES][WEBHOOK_EVENT_MAX + 1];
} names;

/* ---- the rules, once more and in another way ---- */

/* The segments of a text, more than 16 too. */
static size_t split(webhook_str s, webhook_str *segment, size_t most) {
    size_t n = 0, i, from = 0;
    for (i = 0; i <= s.len; i++)
        if (i == s.len || s.ptr[i] == '.') {
            if (n < most) segment[n] = webhook_str_from(s.ptr + from, i - from);
            n++;
            from = i + 1;
        }
    return n;
}

static int may_stand(char c) {
    return (unsigned char)c > 0x20 && (unsigned char)c < 0x7f && strchr(".*,\"\\", c) == NULL;
}

/* The first fault from the left, the length last; of a segment with stars the first star. */
static webhook_status check_model(webhook_str s, int pattern, size_t *offset) {
    size_t at = 0, end, number, i;
    for (number = 1;; number++, at = end + 1) {
        for (end = at; end < s.len && s.ptr[end] != '.'; end++) continue;
        *offset = at;
        if (number > MOST_SEGMENTS) return WEBHOOK_ERR_LIMIT;
        if (end == at) return WEBHOOK_ERR_SYNTAX;
        for (i = at; i < end; i++) {
            *offset = i;
            if (pattern && end - at == 1 && s.ptr[i] == '*') continue;
            if (!may_stand(s.ptr[i])) return WEBHOOK_ERR_SYNTAX;
        }
        if (end == s.len) break;
    }
    *offset = WEBHOOK_EVENT_MAX;
    return s.len > WEBHOOK_EVENT_MAX ? WEBHOOK_ERR_LIMIT : WEBHOOK_OK;
}

/* May a pattern of p segments end in an event of n? */
static int may_end(size_t p, size_t n) {
    return p == n || (p < n && p % 2 == 0) || (n % 2 == 0 && p == n - 1);
}

/* Is segment i, counted from 1, an id of an event of n segments? */
static int is_id(size_t i, size_t n) {
    return i % 2 == 0 && i <= n && !(n % 2 == 0 && i == n);
}

/* The lengths agree, and each segment is the same or a star. */
static int match_model(const webhook_str *p, size_t np, const webhook_str *e, size_t ne) {
    size_t i;
    for (i = 0; i < np && i < ne; i++)
        if (!webhook_str_eq(p[i], WEBHOOK_STR("*")) && !webhook_str_eq(p[i], e[i])) return 0;
    return may_end(np, ne);
}

static int match_model_text(webhook_str pattern, webhook_str event) {
    webhook_str p[20], e[20];
    size_t np = split(pattern, p, 20), ne = split(event, e, 20);
    return match_model(p, np, e, ne);
}

static void model_name(const webhook_str *segment, size_t n, size_t len, size_t stars, size_t ids,
                       char *to) {
    size_t i, used = 0, id = 0;
    for (i = 1; i <= len; i++) {
        webhook_str s = segment[i - 1];
        if (is_id(i, n) && (stars >> (ids - 1 - id++)) & 1) s = WEBHOOK_STR("*");
        if (i > 1) to[used++] = '.';
        memcpy(to + used, s.ptr, s.len);
        used += s.len;
    }
    to[used] = 0;
}

static void expand_model(webhook_str event, names *out) {
    webhook_str segment[MOST_SEGMENTS];
    size_t n = split(event, segment, MOST_SEGMENTS), len, stars, i;
    out->n = 0;
    for (len = n; len > 0; len--) {
        size_t ids = 0;
        if (!may_end(len, n)) continue;
        for (i = 1; i <= len; i++) ids += is_id(i, n) ? 1 : 0;
        for (stars = 0; stars < (size_t)1 << ids; stars++)
            model_name(segment, n, len, stars, ids, out->text[out->n++]);
    }
}

/* What the library makes of it. */
static void expand(webhook_str event, names *out) {
    webhook_expand_ctx c;
    webhook_status status = webhook_expand_init(&c, event);
    CHECK_STATUS(status, WEBHOOK_OK);
    out->n = 0;
    while (status == WEBHOOK_OK) {
        char spare[WEBHOOK_EVENT_MAX + 1];
        char *to = out->n < MOST_NAMES ? out->text[out->n] : spare;
        webhook_buf b = webhook_buf_from(to, WEBHOOK_EVENT_MAX);
        status = webhook_expand_next(&c, &b);
        if (status != WEBHOOK_OK) break;
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
        to[b.len] = 0;
        if (!CHECK(++out->n <= MOST_NAMES)) return;
    }
    CHECK_STATUS(status, WEBHOOK_END);
}

static int holds(const names *list, const char *name) {
    size_t i;
    for (i = 0; i < list->n; i++)
        if (strcmp(list->text[i], name) == 0) return 1;
    return 0;
}

static int same_names(const names *a, const names *b) {
    size_t i;
    for (i = 0; i < a->n && i < b->n; i++)
        if (strcmp(a->text[i], b->text[i]) != 0) return 0;
    return a->n == b->n;
}

/* ---- check ---- */

static void fault(webhook_str s, int pattern, webhook_status wanted, size_t at) {
    size_t offset = 12345;
    webhook_str guarded = test_guarded(s);
    webhook_status status =
        pattern ? webhook_pattern_check(guarded, &offset) : webhook_event_check(guarded, &offset);
    if (!CHECK(status == wanted) || (wanted != WEBHOOK_OK && !CHECK(offset == at)))
        printf("  %s \"%.*s\": %d at %lu, wanted %d at %lu\n", pattern ? "pattern" : "event",
               (int)s.len, s.ptr == NULL ? "" : s.ptr, (int)status, (unsigned long)offset,
               (int)wanted, (unsigned long)at);
    CHECK_STATUS(pattern ? webhook_pattern_check(guarded, NULL)
                         : webhook_event_check(guarded, NULL),
                 wanted);
}

static void fault_as_the_model(webhook_str s) {
    int pattern;
    for (pattern = 0; pattern < 2; pattern++) {
        size_t at = 0;
        webhook_status wanted = check_model(s, pattern, &at);
        fault(s, pattern, wanted, at);
    }
}

static void faults_have_an_offset(void) {
    static const struct {
        const char *text;
        int pattern; /* the offset where it is wrong as a pattern and as an event; -1: it is one */
        int event;
    } rows[] = {
        { "a.b*c", 3, 3 },   { "a.**", 2, 2 },       { "a.", 2, 2 },        { "", 0, 0 },
        { ".", 0, 0 },       { ".a", 0, 0 },         { "a..b", 2, 2 },      { "a.b..", 4, 4 },
        { "a.b.c.", 6, 6 },  { "a.*b", 2, 2 },       { "a.b*", 3, 3 },      { "a.*.*", -1, 2 },
        { "*", -1, 0 },      { "**", 0, 0 },         { "***", 0, 0 },       { "*a", 0, 0 },
        { "*.", 2, 0 },      { "*..a", 2, 0 },       { "*.*.*", -1, 0 },    { "a,b", 1, 1 },
        { "a b", 1, 1 },     { "a\"b", 1, 1 },       { "a\\b", 1, 1 },      { "a\tb", 1, 1 },
        { "a.b\n", 3, 3 },   { "\303\244.b", 0, 0 }, { "a.b\177", 3, 3 },   { "a.b*,", 3, 3 },
        { "a.,b*", 2, 2 },   { "a..b*", 2, 2 },      { "a.**..,", 2, 2 },   { "*.a", -1, 0 },
        { "users", -1, -1 }, { "a.b", -1, -1 },      { "!#$%&'()", -1, -1 }
    };
    size_t i;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        webhook_str s = webhook_str_from_cstr(rows[i].text);
        fault(s, 1, rows[i].pattern < 0 ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX, (size_t)rows[i].pattern);
        fault(s, 0, rows[i].event < 0 ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX, (size_t)rows[i].event);
        fault_as_the_model(s);
    }
    fault(webhook_str_from(NULL, 0), 0, WEBHOOK_ERR_SYNTAX, 0);
    fault(webhook_str_from(NULL, 0), 1, WEBHOOK_ERR_SYNTAX, 0);
    fault(webhook_str_from("a\0b", 3), 0, WEBHOOK_ERR_SYNTAX, 1);
    fault(webhook_str_from("a.b\0", 4), 1, WEBHOOK_ERR_SYNTAX, 3);
}

static void length_and_segments_end_at_their_limits(void) {
    char text[600];
    size_t len;
    int pattern;
    for (pattern = 0; pattern < 2; pattern++) {
        memset(text, 'x', sizeof text);
        fault(webhook_str_from(text, 254), pattern, WEBHOOK_OK, 0);
        fault(webhook_str_from(text, 255), pattern, WEBHOOK_OK, 0);
        for (len = 256; len <= 600; len++)
            fault(webhook_str_from(text, len), pattern, WEBHOOK_ERR_LIMIT, 255);
        text[300] = ' '; /* the length comes last */
        fault(webhook_str_from(text, 400), pattern, WEBHOOK_ERR_SYNTAX, 300);
        text[10] = '*';
        fault(webhook_str_from(text, 400), pattern, WEBHOOK_ERR_SYNTAX, 10);
        memcpy(text, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.pqr.stuvwxyz", 42);
        fault(webhook_str_from(text, 31), pattern, WEBHOOK_OK, 0);
        fault(webhook_str_from(text, 33), pattern, WEBHOOK_OK, 0);
        fault(webhook_str_from(text, 34), pattern, WEBHOOK_ERR_LIMIT, 34); /* or empty: see below */
        fault(webhook_str_from(text, 35), pattern, WEBHOOK_ERR_LIMIT, 34);
        fault(webhook_str_from(text, 42), pattern, WEBHOOK_ERR_LIMIT, 34);
        text[28] = ',';
        fault(webhook_str_from(text, 42), pattern, WEBHOOK_ERR_SYNTAX, 28);
        memset(text, 'x', sizeof text);
        for (len = 1; len < 32; len += 2) text[len] = '.';
        fault(webhook_str_from(text, 255), pattern, WEBHOOK_ERR_LIMIT, 32);
        fault(webhook_str_from(text, 300), pattern, WEBHOOK_ERR_LIMIT, 32);
        text[31] = 'x';
        fault(webhook_str_from(text, 255), pattern, WEBHOOK_OK, 0);
        fault(webhook_str_from(text, 256), pattern, WEBHOOK_ERR_LIMIT, 255);
        text[280] = '.'; /* its 17th segment begins behind the 255th byte */
        fault(webhook_str_from(text, 300), pattern, WEBHOOK_ERR_LIMIT, 281);
    }
}

static void every_byte_in_a_name(void) {
    unsigned c;
    for (c = 0; c < 256; c++) {
        char text[5] = { 'a', 'b', 'c', '.', 'd' };
        int good = c >= 0x21 && c <= 0x7e && c != '*' && c != ',' && c != '"' && c != '\\';
        text[1] = (char)(unsigned char)c;
        fault(webhook_str_from(text, 5), 0, good ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX, 1);
        fault(webhook_str_from(text, 5), 1, good ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX, 1);
        good = good && c != '.';
        fault(webhook_str_from(text + 1, 1), 0, good ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX, 0);
        fault(webhook_str_from(text + 1, 1), 1, good || c == '*' ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX,
              0);
    }
}

/* Every text of up to 8 bytes of a name, a dot, a star and a byte that may not stand. */
static void every_short_text_as_the_model_says(void) {
    static const char bytes[4] = { 'a', '.', '*', ',' };
    char text[8];
    size_t len, i, k, total;
    for (len = 0, total = 1; len <= 8; len++, total *= 4)
        for (i = test_random() % test_stride(); i < total; i += len < 5 ? 1 : test_stride()) {
            size_t rest = i;
            for (k = 0; k < len; k++, rest /= 4) text[k] = bytes[rest % 4];
            fault_as_the_model(webhook_str_from(text, len));
        }
}

/* A text of this many bytes in which everything happens, rarely. */
static webhook_str random_text(char *text, size_t len) {
    size_t i;
    for (i = 0; i < len; i++) {
        uint64_t r = test_random() >> 40;
        text[i] = r % 16 == 0 ? '.' : (char)('a' + (int)(r / 16 % 26));
        if (r / 1024 % 200 == 0) text[i] = '*';
        if (r / 1024 % 300 == 1) text[i] = (char)(unsigned char)(r >> 8);
    }
    return webhook_str_from(text, len);
}

static void random_texts_as_the_model_says(void) {
    char text[320];
    unsigned round;
    for (round = 0; round < 20000; round += test_stride())
        fault_as_the_model(random_text(text, (size_t)(test_random() % sizeof text)));
}

/* ---- match and expand ---- */

static int matches(const char *pattern, const char *event) {
    webhook_status status =
        webhook_event_match(webhook_str_from_cstr(pattern), webhook_str_from_cstr(event));
    CHECK(status == WEBHOOK_OK || status == WEBHOOK_NO_MATCH);
    return status == WEBHOOK_OK;
}

static const char row_event[] = "databases.main.tables.orders.rows.order_456.create";

static void patterns_of_the_documentation(void) {
    static const char *const yes[][2] = {
        { "users.*", "users.u1.create" },
        { "users.*", "users.u1" },
        { "users.*", "users.u1.update.email" },
        { "users.*", "users.u1.sessions.s1.create" },
        { "users.*.create", "users.u1.create" },
        { "users.*.update", "users.u1.update" },
        { "users.*.update", "users.u1.update.email" },
        { "users.*.update.email", "users.u1.update.email" },
        { "users.u1.update.email", "users.u1.update.email" },
        { "databases.*", row_event },
        { "databases.main.tables.orders.rows.*.create", row_event },
        { "databases.*.tables.orders.rows.*", row_event },
        { "databases.*.tables.*.rows.*", row_event },
        { "databases.*.tables.*", row_event },
        { "storage.*.files.*.create", "storage.b1.files.f1.create" },
        { "functions.*.executions.*", "functions.f1.executions.e1.create" },
        { "functions.*.executions.*", "functions.f1.executions.e1.update" },
        { "order.*", "order.created" },
        { "order", "order.created" },
        { "*", "order.created" },
        { "*.created", "order.created" },
        { "order.created", "order.created" },
    };
    static const char *const no[][2] = {
        { "users.*", "users" },
        { "users.*", "teams.u1.create" },
        { "users.*.create", "users.u1.update" },
        { "users.*.create", "users.u1" },
        { "users.*.create", "users.u1.sessions.s1.create" },
        { "users.*.update", "users.u1.update.email.verified" },
        { "users.*.update.email", "users.u1.update" },
        { "users.*.update.email", "users.u1.update.name" },
        { "databases.*.create", row_event },
        { "databases.*.tables.*.rows", row_event },
        { "databases", row_event },
        { "databases.main.tables.orders.rows.*.create",
          "databases.main.tables.users.rows.r1.create" },
        { "databases.main.tables.orders.rows.*.create",
          "databases.main.tables.orders.rows.r1.update" },
        { "storage.*.files.*.create", "storage.b1.files.f1.delete" },
        { "functions.*.executions.*", "functions.f1.deployments.d1.create" },
        { "functions.*.executions.*", "functions.f1.create" },
        { "user.*", "users.u1.create" },
        { "users.*", "user.u1.create" },
        { "users.u", "users.u1" },
        { "users.u1.createx", "users.u1.create" },
        { "Users.*", "users.u1.create" },
        { "order", "order.created.x" },
    };
    size_t i;
    for (i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!CHECK(matches(yes[i][0], yes[i][1]))) printf("  %s %s\n", yes[i][0], yes[i][1]);
    for (i = 0; i < sizeof no / sizeof *no; i++)
        if (!CHECK(!matches(no[i][0], no[i][1]))) printf("  %s %s\n", no[i][0], no[i][1]);
}

static void expands_to(const char *event, const char *joined) {
    static names list;
    char text[2048];
    size_t i, used = 0;
    expand(webhook_str_from_cstr(event), &list);
    for (i = 0; i < list.n && used + 300 < sizeof text; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? "," : "", list.text[i]);
    CHECK_STR(webhook_str_from(text, used), joined);
    CHECK(i == list.n);
}

/* The order is written out here; the last of the 22 names is databases.* */
static const char row_names[] = "databases.main.tables.orders.rows.order_456.create,"
                                "databases.main.tables.orders.rows.*.create,"
                                "databases.main.tables.*.rows.order_456.create,"
                                "databases.main.tables.*.rows.*.create,"
                                "databases.*.tables.orders.rows.order_456.create,"
                                "databases.*.tables.orders.rows.*.create,"
                                "databases.*.tables.*.rows.order_456.create,"
                                "databases.*.tables.*.rows.*.create,"
                                "databases.main.tables.orders.rows.order_456,"
                                "databases.main.tables.orders.rows.*,"
                                "databases.main.tables.*.rows.order_456,"
                                "databases.main.tables.*.rows.*,"
                                "databases.*.tables.orders.rows.order_456,"
                                "databases.*.tables.orders.rows.*,"
                                "databases.*.tables.*.rows.order_456,"
                                "databases.*.tables.*.rows.*,"
                                "databases.main.tables.orders,"
                                "databases.main.tables.*,"
                                "databases.*.tables.orders,"
                                "databases.*.tables.*,"
                                "databases.main,"
                                "databases.*";

static void names_in_their_order(void) {
    static names list;
    expand(WEBHOOK_STR("databases.main.tables.orders.rows.order_456.create"), &list);
    CHECK_SIZE(list.n, 22);
    CHECK_STR(webhook_str_from_cstr(list.text[21]), "databases.*");
    expands_to(row_event, row_names);
    expands_to("users.u1.create", "users.u1.create,users.*.create,users.u1,users.*");
    expands_to("users.u1.update.email", "users.u1.update.email,users.*.update.email,"
                                        "users.u1.update,users.*.update,users.u1,users.*");
    expands_to("order.created", "order.created,order");
    expands_to("order", "order");
    expands_to("a.b.c.d.e.f", "a.b.c.d.e.f,a.b.c.*.e.f,a.*.c.d.e.f,a.*.c.*.e.f,"
                              "a.b.c.d.e,a.b.c.*.e,a.*.c.d.e,a.*.c.*.e,"
                              "a.b.c.d,a.b.c.*,a.*.c.d,a.*.c.*,a.b,a.*");
}

/* An event of n segments, each of its own length, the longest names that there can be. */
static webhook_str long_event(char *text, size_t n) {
    size_t i, used = 0;
    for (i = 0; i < n; i++) {
        size_t len = 1 + (i * 7 + n) % 14;
        if (i > 0) text[used++] = '.';
        memset(text + used, 'a' + (int)i, len);
        used += len;
    }
    return webhook_str_from(text, used);
}

static void expansion_of_every_length(void) {
    static names list, model;
    static const size_t counts[] = {
        1, 2, 4, 6, 10, 14, 22, 30, 46, 62, 94, 126, 190, 254, 382, 510
    };
    char text[300];
    size_t n, i;
    for (n = 1; n <= MOST_SEGMENTS; n++) {
        webhook_str event = long_event(text, n);
        CHECK_STATUS(webhook_event_check(event, NULL), WEBHOOK_OK);
        expand(event, &list);
        expand_model(event, &model);
        CHECK_SIZE(list.n, counts[n - 1]);
        CHECK(same_names(&list, &model));
        for (i = 0; i < list.n; i++) {
            webhook_str name = webhook_str_from_cstr(list.text[i]);
            CHECK_STATUS(webhook_pattern_check(name, NULL), WEBHOOK_OK);
            CHECK_STATUS(webhook_event_match(name, event), WEBHOOK_OK);
        }
    }
}

static void no_names_of_no_event(void) {
    static const char *const wrong[] = { "", "a.", "a..b", "a.*", "*", "a,b", ".", "a.b.c d" };
    char text[300];
    size_t i;
    memset(text, 'x', sizeof text);
    for (i = 0; i < sizeof wrong / sizeof *wrong + 2; i++) {
        webhook_expand_ctx c;
        webhook_buf b = WEBHOOK_ZERO, header = WEBHOOK_ZERO, alone = WEBHOOK_ZERO;
        webhook_status wanted = i < 8 ? WEBHOOK_ERR_SYNTAX : WEBHOOK_ERR_LIMIT;
        webhook_str event = i < 8    ? webhook_str_from_cstr(wrong[i])
                            : i == 8 ? webhook_str_from(text, 256)
                                     : WEBHOOK_STR("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q");
        memset(&c, 0x5a, sizeof c);
        CHECK_STATUS(webhook_expand_init(&c, event), wanted);
        CHECK_STATUS(webhook_expand_next(&c, &b), WEBHOOK_END);
        CHECK_STATUS(webhook_expand_next(&c, &b), WEBHOOK_END);
        CHECK(b.total == 0 && b.status == WEBHOOK_OK);
        webhook_event_header_write(&header, event, 0);
        CHECK_STATUS(webhook_buf_end(&header), wanted);
        webhook_event_header_write(&alone, event, 1);
        CHECK_STATUS(webhook_buf_end(&alone), wanted);
    }
}

/* The text of a number: its digits name the segments, which are one byte each. */
static size_t numbered(char *text, size_t segments, size_t number, const char *letters,
                       size_t base) {
    size_t i;
    for (i = 0; i < segments; i++, number /= base) {
        text[2 * i] = letters[number % base];
        text[2 * i + 1] = '.';
    }
    text[2 * segments - 1] = 0;
    return 2 * segments - 1;
}

static size_t power(size_t base, size_t n) {
    return n == 0 ? 1 : base * power(base, n - 1);
}

/* The rules on texts whose segments are one byte each, in four lines. */
static int covers(const char *p, size_t np, const char *e, size_t ne) {
    size_t i, same = 0;
    for (i = 0; i < np && i < ne; i++) same += p[2 * i] == '*' || p[2 * i] == e[2 * i];
    return (np == ne || (np < ne && np % 2 == 0) || (np == ne - 1 && ne % 2 == 0)) && same == np;
}

static int stars_stand_at_ids(const char *p, size_t np, size_t ne) {
    size_t i;
    for (i = 1; i <= np; i++)
        if (p[2 * i - 2] == '*' && !is_id(i, ne)) return 0;
    return 1;
}

static void every_pattern_against(const char *e, size_t ne, const names *list) {
    size_t np, i, wrong = 0;
    for (np = 1; np <= 7; np++)
        for (i = 0; i < power(3, np); i++) {
            char p[16];
            size_t len = numbered(p, np, i, "ab*", 3);
            int got = webhook_event_match(webhook_str_from(p, len),
                                          webhook_str_from(e, 2 * ne - 1)) == WEBHOOK_OK;
            int in = stars_stand_at_ids(p, np, ne) ? holds(list, p) : got;
            if (got == covers(p, np, e, ne) && got == in) continue;
            if (wrong++ == 0) printf("  %s against %s: %d\n", p, e, got);
        }
    CHECK_SIZE(wrong, 0);
}

/* A pattern whose stars stand at ids of an event matches if and only if it is one of its names. */
static void match_and_expand_agree(void) {
    static names list, model;
    size_t ne, i, seen = 0;
    for (ne = 1; ne <= 6; ne++)
        for (i = 0; i < power(2, ne); i++) {
            char e[16];
            size_t len = numbered(e, ne, i, "ab", 2);
            if (seen++ % test_stride() != 0) continue;
            expand(webhook_str_from(e, len), &list);
            expand_model(webhook_str_from(e, len), &model);
            CHECK(same_names(&list, &model));
            every_pattern_against(e, ne, &list);
        }
    CHECK_SIZE(seen, 126);
}

/* Segments that begin alike find a comparison that stops early or goes on too long. */
static size_t random_name(char *text, size_t segments, int stars) {
    static const char *const word[] = { "a", "ab", "abc", "b", "*" };
    size_t i, used = 0;
    for (i = 0; i < segments; i++) {
        const char *w = word[(test_random() >> 33) % (stars ? 5 : 4)];
        if (i > 0) text[used++] = '.';
        memcpy(text + used, w, strlen(w));
        used += strlen(w);
    }
    return used;
}

static void segments_that_begin_alike(void) {
    unsigned round, hits = 0;
    for (round = 0; round < 300000; round += test_stride()) {
        char e[80], p[80], *exact;
        size_t ne = 1 + (size_t)(test_random() >> 33) % 5,
               np = 1 + (size_t)(test_random() >> 33) % 5;
        webhook_str event = webhook_str_from(e, random_name(e, ne, 0));
        webhook_str pattern = webhook_str_from(p, random_name(p, np, 1));
        int wanted = match_model_text(pattern, event);
        exact = test_exact(pattern);
        CHECK_STATUS(webhook_event_match(webhook_str_from(exact, pattern.len), test_guarded(event)),
                     wanted ? WEBHOOK_OK : WEBHOOK_NO_MATCH);
        CHECK_STATUS(webhook_event_match(test_guarded(pattern), event),
                     wanted ? WEBHOOK_OK : WEBHOOK_NO_MATCH);
        free(exact);
        hits += wanted ? 1 : 0;
    }
    CHECK(hits > 1000 / test_stride());
}

/* Patterns that the check refuses, against events that they would cover if read loosely. */
static void a_refused_pattern_matches_nothing(void) {
    static const char bytes[5] = { 'a', '.', '*', ',', ' ' };
    static const char *const events[] = { "a",         "a.a",     "aa",      "aa.a",  "a.aa",
                                          "a.a.a",     "a.a.a.a", "aaa",     "aaaa",  "a.aaa",
                                          "a.a.a.a.a", "a.aa.a",  "aa.aa.a", "aaaaa", "aa.aa" };
    size_t len, i, k, total, refused = 0;
    for (len = 0, total = 1; len <= 6; len++, total *= 5)
        for (i = test_random() % test_stride(); i < total; i += len < 4 ? 1 : test_stride()) {
            char text[6];
            size_t rest = i;
            webhook_str pattern = webhook_str_from(text, len);
            for (k = 0; k < len; k++, rest /= 5) text[k] = bytes[rest % 5];
            if (webhook_pattern_check(pattern, NULL) == WEBHOOK_OK) continue;
            refused++;
            for (k = 0; k < sizeof events / sizeof *events; k++)
                CHECK_STATUS(webhook_event_match(pattern, webhook_str_from_cstr(events[k])),
                             WEBHOOK_NO_MATCH);
        }
    CHECK(refused > 1000 / test_stride());
}

/* Cut anywhere, so that it may end with a dot, in front of bytes that must not be read. */
static void a_pattern_cut_short(void) {
    static const char *const events[] = { row_event, "users.u1.update.email", "order.created" };
    size_t i, len;
    for (i = 0; i < sizeof events / sizeof *events; i++)
        for (len = 0; len <= strlen(events[i]); len++) {
            webhook_str event = webhook_str_from_cstr(events[i]);
            webhook_str cut = webhook_str_from(event.ptr, len);
            int wanted = len > 0 && cut.ptr[len - 1] != '.' && match_model_text(cut, event);
            CHECK_STATUS(webhook_event_match(test_guarded(cut), event),
                         wanted ? WEBHOOK_OK : WEBHOOK_NO_MATCH);
            /* The other way round it may be no event, which must be safe and no more. */
            CHECK(webhook_event_match(event, test_guarded(cut)) >= WEBHOOK_OK);
        }
}

/* The event itself with one byte put in or changed, wherever that makes no pattern. */
static void a_damaged_pattern_matches_nothing(void) {
    static const char *const events[] = { row_event, "users.u1.update.email", "order.created",
                                          "a" };
    unsigned c;
    size_t i, at;
    for (i = 0; i < sizeof events / sizeof *events; i++)
        for (at = 0; at <= strlen(events[i]); at++)
            for (c = 0; c < 256; c++) {
                webhook_str event = webhook_str_from_cstr(events[i]);
                webhook_str changed, longer;
                char text[80], more[80];
                memcpy(text, event.ptr, event.len);
                text[at] = (char)(unsigned char)c;
                changed = webhook_str_from(text, at == event.len ? at + 1 : event.len);
                memcpy(more, event.ptr, at);
                more[at] = (char)(unsigned char)c;
                memcpy(more + at + 1, event.ptr + at, event.len - at);
                longer = webhook_str_from(more, event.len + 1);
                if (webhook_pattern_check(changed, NULL) != WEBHOOK_OK)
                    CHECK_STATUS(webhook_event_match(changed, event), WEBHOOK_NO_MATCH);
                else
                    CHECK_STATUS(webhook_event_match(changed, event),
                                 match_model_text(changed, event) ? WEBHOOK_OK : WEBHOOK_NO_MATCH);
                if (webhook_pattern_check(longer, NULL) != WEBHOOK_OK)
                    CHECK_STATUS(webhook_event_match(longer, event), WEBHOOK_NO_MATCH);
            }
}

/* Neither text need be one: the answer then means nothing, but no byte outside may be read. */
static void any_two_texts_are_safe(void) {
    unsigned round;
    for (round = 0; round < 50000; round += test_stride()) {
        char p[320], e[320], *exact;
        webhook_str pattern = random_text(p, (size_t)(test_random() % 300));
        webhook_str event = random_text(e, (size_t)(test_random() % 300));
        webhook_status status;
        if (round % 4 == 0) event = webhook_str_from(p, pattern.len - pattern.len / 3);
        exact = test_exact(pattern);
        status = webhook_event_match(webhook_str_from(exact, pattern.len), test_guarded(event));
        CHECK(status == WEBHOOK_OK || status == WEBHOOK_NO_MATCH);
        if (webhook_pattern_check(pattern, NULL) != WEBHOOK_OK &&
            webhook_event_check(event, NULL) == WEBHOOK_OK)
            CHECK_STATUS(status, WEBHOOK_NO_MATCH);
        free(exact);
    }
    CHECK_STATUS(webhook_event_match(webhook_str_from(NULL, 0), WEBHOOK_STR("a")),
                 WEBHOOK_NO_MATCH);
    CHECK_STATUS(webhook_event_match(webhook_str_from(NULL, 0), webhook_str_from(NULL, 0)),
                 WEBHOOK_NO_MATCH);
}

/* ---- the row of the list of attacks: patterns that make a matcher run for ever ---- */

static void attack_stars_against_long_events(void) {
    static const char *const refused[] = { "a.**", "**", "*.**", "**.a", "*.*.**", "a..b", "a.b.",
                                           "a.",   ".a", "*.",   "*.*.", ".*",     "*..*" };
    const size_t big = (size_t)1 << 20;
    char stars[40], event[256], *huge = (char *)malloc(big);
    size_t i, n, offset;
    clock_t begin;
    if (huge == NULL) abort();
    for (i = 0; i < sizeof refused / sizeof *refused; i++) {
        CHECK_STATUS(webhook_pattern_check(webhook_str_from_cstr(refused[i]), &offset),
                     WEBHOOK_ERR_SYNTAX);
        CHECK(!matches(refused[i], "a.b") && !matches(refused[i], "a.b.c"));
    }
    for (i = 0; i < sizeof event; i++) event[i] = i % 17 == 16 && i < 250 ? '.' : 'a';
    for (i = 0; i < big; i++) huge[i] = i % 2 == 0 ? '*' : '.';
    memcpy(stars, huge, 31);
    for (n = 1; n <= 16; n++) { /* the event has 15 segments */
        webhook_str e = webhook_str_from(event, 255), p = webhook_str_from(stars, 2 * n - 1);
        CHECK_STATUS(webhook_event_match(p, e),
                     match_model_text(p, e) ? WEBHOOK_OK : WEBHOOK_NO_MATCH);
        stars[2 * n - 2] = 'z'; /* all stars but the last, which decides */
        CHECK_STATUS(webhook_event_match(p, e), WEBHOOK_NO_MATCH);
        stars[2 * n - 2] = '*';
    }
    CHECK_STATUS(webhook_pattern_check(webhook_str_from(huge, big), &offset), WEBHOOK_ERR_LIMIT);
    CHECK_SIZE(offset, 32);
    /* Read whole, the long ones would take 20,000 times 2 MiB, which is many seconds. */
    begin = clock();
    for (i = 0; i < 20000; i += test_stride()) {
        CHECK_STATUS(webhook_event_match(webhook_str_from(huge, big), webhook_str_from(event, 255)),
                     WEBHOOK_NO_MATCH);
        if (webhook_event_match(webhook_str_from(stars, 31), webhook_str_from(huge, big)) ==
            WEBHOOK_ERR_ARGUMENT)
            break; /* its answer means nothing */
    }
    CHECK((double)(clock() - begin) / CLOCKS_PER_SEC < 2.0);
    free(huge);
}

/* ---- the header ---- */

static void write_header(webhook_buf *b, const void *what) {
    webhook_event_header_write(b, *(const webhook_str *)what, 0);
}

static void write_names(webhook_buf *b, const void *what) {
    webhook_expand_ctx c;
    CHECK_STATUS(webhook_expand_init(&c, *(const webhook_str *)what), WEBHOOK_OK);
    while (webhook_expand_next(&c, b) == WEBHOOK_OK) webhook_buf_put(b, WEBHOOK_STR(","));
}

static void at_capacity(void (*write)(webhook_buf *, const void *), webhook_str event,
                        webhook_str wanted, size_t cap) {
    char *exact = (char *)malloc(cap == 0 ? 1 : cap), *roomy = (char *)malloc(cap + 8);
    webhook_buf b = webhook_buf_from(exact, cap), r;
    test_sink k = WEBHOOK_ZERO;
    size_t i;
    if (exact == NULL || roomy == NULL) abort();
    write(&b, &event);
    CHECK_STATUS(webhook_buf_end(&b), cap < wanted.len ? WEBHOOK_ERR_SPACE : WEBHOOK_OK);
    CHECK(b.total == wanted.len && b.len <= cap);
    CHECK(webhook_str_eq(webhook_buf_str(&b), cap < wanted.len ? WEBHOOK_STR("") : wanted));
    memset(roomy, 0x5a, cap + 8);
    r = webhook_buf_from(roomy, cap);
    write(&r, &event);
    CHECK(r.status == b.status && r.total == wanted.len);
    for (i = cap; i < cap + 8; i++) CHECK(roomy[i] == 0x5a);
    r = webhook_buf_from(cap == 0 ? NULL : roomy, cap);
    r.flush = test_sink_take;
    r.user = &k;
    write(&r, &event);
    CHECK_STATUS(webhook_buf_end(&r), WEBHOOK_OK);
    CHECK(r.total == wanted.len && webhook_str_eq(webhook_str_from(k.text, k.len), wanted));
    free(exact);
    free(roomy);
}

static void header_at_every_capacity(void) {
    webhook_str row = webhook_str_from_cstr(row_event), all = webhook_str_from_cstr(row_names);
    webhook_str users = WEBHOOK_STR("users.u1.create");
    webhook_str four = WEBHOOK_STR("users.u1.create,users.*.create,users.u1,users.*,");
    webhook_buf none = WEBHOOK_ZERO;
    size_t cap;
    for (cap = 0; cap <= all.len + 1;
         cap += 1 + (cap > 60 && cap + 60 < all.len ? test_stride() - 1 : 0))
        at_capacity(write_header, row, all, cap);
    for (cap = 0; cap <= four.len + 1; cap++) {
        at_capacity(write_header, users, webhook_str_from(four.ptr, four.len - 1), cap);
        at_capacity(write_names, users, four, cap);
    }
    write_header(&none, &row);
    CHECK_STATUS(webhook_buf_end(&none), WEBHOOK_OK);
    CHECK(none.total == all.len);
}

/* What the header should be, joined from the model; the limits are those of the documentation. */
static void header_is(webhook_str event, size_t names_wanted, size_t bytes_wanted, int joined) {
    static names list;
    static char text[MOST_NAMES * 256], got[MOST_NAMES * 256];
    size_t i, used = 0;
    webhook_buf b = webhook_buf_from(got, sizeof got), c = webhook_buf_from(text, sizeof text);
    expand_model(event, &list);
    CHECK_SIZE(list.n, names_wanted);
    for (i = 0; i < list.n; i++) {
        if (i > 0) text[used++] = ',';
        memcpy(text + used, list.text[i], strlen(list.text[i]));
        used += strlen(list.text[i]);
    }
    if (bytes_wanted > 0) CHECK_SIZE(used, bytes_wanted);
    webhook_event_header_write(&b, event, 0);
    CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
    CHECK(webhook_str_eq(webhook_buf_str(&b), joined ? webhook_str_from(text, used) : event));
    webhook_event_header_write(&c, event, 1);
    CHECK_STATUS(webhook_buf_end(&c), WEBHOOK_OK);
    CHECK(webhook_str_eq(webhook_buf_str(&c), event));
}

/* 10 segments have 62 names and 11 have 94: no event has 63 to 65. */
static void header_of_at_most_64_names(void) {
    header_is(WEBHOOK_STR("a"), 1, 1, 1);
    header_is(WEBHOOK_STR("order.created"), 2, 19, 1);
    header_is(WEBHOOK_STR("a.b.c.d.e.f.g.h.i"), 46, 0, 1);
    header_is(WEBHOOK_STR("a.b.c.d.e.f.g.h.i.j"), 62, 0, 1);
    header_is(WEBHOOK_STR("a.b.c.d.e.f.g.h.i.j.k"), 94, 0, 0);
    header_is(WEBHOOK_STR("a.b.c.d.e.f.g.h.i.j.k.l"), 126, 0, 0);
    header_is(WEBHOOK_STR("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p"), 510, 0, 0);
}

/* The header's length for an event of 7 segments, three of which have these lengths, the rest 1:
 * of its 22 names all have the first segment, half the second as it is, and 8 the last. */
static size_t header_length(size_t first, size_t second, size_t last) {
    size_t ones = 8 * 13 + 8 * 11 + 4 * 7 + 2 * 3 + 21; /* all of length 1, and the commas */
    return ones + 22 * (first - 1) + 11 * (second - 1) + 8 * (last - 1);
}

static void header_of_at_most_4096_bytes(void) {
    size_t wanted, first, second, last, found;
    for (wanted = 4080; wanted <= 4112; wanted++) {
        found = 0;
        for (first = 1; first <= 200 && found == 0; first++)
            for (second = 1; second <= 20 && found == 0; second++)
                for (last = 1; last <= 20 && found == 0; last++) {
                    char text[255];
                    size_t used = first;
                    if (header_length(first, second, last) != wanted) continue;
                    if (first + second + last + 4 + 6 > sizeof text) continue;
                    memset(text, 'f', first);
                    text[used++] = '.';
                    memset(text + used, 's', second);
                    used += second;
                    memcpy(text + used, ".t.u.v.w.", 9);
                    used += 9;
                    memset(text + used, 'l', last);
                    header_is(webhook_str_from(text, used + last), 22, wanted, wanted <= 4096);
                    found = 1;
                }
        CHECK(found == 1);
    }
}

void suite_event(void) {
    RUN(faults_have_an_offset);
    RUN(length_and_segments_end_at_their_limits);
    RUN(every_byte_in_a_name);
    RUN(every_short_text_as_the_model_says);
    RUN(random_texts_as_the_model_says);
    RUN(patterns_of_the_documentation);
    RUN(names_in_their_order);
    RUN(expansion_of_every_length);
    RUN(no_names_of_no_event);
    RUN(match_and_expand_agree);
    RUN(segments_that_begin_alike);
    RUN(a_refused_pattern_matches_nothing);
    RUN(a_pattern_cut_short);
    RUN(a_damaged_pattern_matches_nothing);
    RUN(any_two_texts_are_safe);
    RUN(attack_stars_against_long_events);
    RUN(header_at_every_capacity);
    RUN(header_of_at_most_64_names);
    RUN(header_of_at_most_4096_bytes);
}
