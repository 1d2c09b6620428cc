/* test_delivery.c -- the engine, one behaviour a test: what is sent, when, how often, and what is told of it
 *
 * The world around it is that of engine.h; tests/sim.c plays many orders of events through.
 */
#include "engine.h"

#define EVENT "databases.main.tables.orders.rows.order_456.create"
#define YEAR_MS INT64_C(31536000000)

static world w; /* one after the other */

static void begin(void) {
    world_init(&w);
}

/* One webhook that wants everything about users, called a */
static void begin_with_one(void) {
    begin();
    world_open(&w);
    world_create(&w, "a", "users.*");
}

static void emit(const char *id) {
    CHECK_STATUS(world_emit(&w, id, "users.u1.create"), WEBHOOK_OK);
}

static void emit_many(const char *to, unsigned n) {
    webhook_emitted out;
    char id[20];
    unsigned i;
    for (i = 0; i < n; i++) {
        sprintf(id, "e%u", i);
        CHECK_STATUS(world_emit_to(&w, to, id, "users.u1.create", WEBHOOK_STR("{}"), &out),
                     WEBHOOK_OK);
    }
}

/* ---- the request ---- */

/* The mission's example. The signature is what OpenSSL 3 says:
 *
 *     (printf 1736937000.; cat body) | openssl dgst -sha256 -hmac secret-key-123
 */
#define BODY                                                                                    \
    "{\"$id\":\"event_123\",\"event\":\"" EVENT "\",\"timestamp\":\"2025-01-15T10:30:00.000Z\"" \
    ",\"payload\":{\"$id\":\"order_456\",\"$tableId\":\"orders\",\"$databaseId\":\"main\","     \
    "\"$createdAt\":\"2025-01-15T10:30:00.000Z\",\"$updatedAt\":\"2025-01-15T10:30:00.000Z\","  \
    "\"customer\":\"John Doe\",\"total\":99.99}}"
#define LINE "POST /webhooks/appwrite HTTP/1.1\r\n"
#define HOST "Host: api.example.com\r\n"
#define WHAT \
    "Content-Type: application/json\r\nUser-Agent: webhook.h/" WEBHOOK_VERSION_STRING "\r\n"
#define ROW "rows.order_456"
#define EVENTS                                                                          \
    "databases.main.tables.orders." ROW ".create,"                                      \
    "databases.main.tables.orders.rows.*.create,"                                       \
    "databases.main.tables.*." ROW ".create,databases.main.tables.*.rows.*.create,"     \
    "databases.*.tables.orders." ROW ".create,databases.*.tables.orders.rows.*.create," \
    "databases.*.tables.*." ROW ".create,databases.*.tables.*.rows.*.create,"           \
    "databases.main.tables.orders." ROW ",databases.main.tables.orders.rows.*,"         \
    "databases.main.tables.*." ROW ",databases.main.tables.*.rows.*,"                   \
    "databases.*.tables.orders." ROW ",databases.*.tables.orders.rows.*,"               \
    "databases.*.tables.*." ROW ",databases.*.tables.*.rows.*,"                         \
    "databases.main.tables.orders,databases.main.tables.*,"                             \
    "databases.*.tables.orders,databases.*.tables.*,databases.main,databases.*"
#define FIELDS                                                                             \
    HOST WHAT "X-Appwrite-Webhook-Id: webhook_123\r\nX-Appwrite-Webhook-Events: " EVENTS   \
              "\r\nX-Appwrite-Webhook-Name: Order Notifications\r\n"                       \
              "X-Appwrite-Webhook-Timestamp: 1736937000\r\nX-Appwrite-Webhook-Signature: " \
              "079a8126caea181ceb17c1af3e66b9137f6fb188ff5bc8bccd184749c6e5c33d\r\n"       \
              "Content-Length: 306\r\n"

static void the_example_of_the_mission(void) {
    webhook_emit e = WEBHOOK_ZERO;
    webhook_emitted out;
    begin();
    world_open(&w);
    world_create(&w, "webhook_123", "databases.*.tables.orders.rows.*,users.*.create");
    e.body = WEBHOOK_STR(BODY);
    CHECK_STATUS(webhook_delivery_emit(&w.d, &e, &out), WEBHOOK_OK);
    CHECK(out.deliveries == 1 && out.paused == 0 && out.key[0] == 'e');
    CHECK_SIZE(world_records(&w, "e"), 1);
    CHECK_SIZE(w.n_sent, 0);
    world_run(&w);
    if (!CHECK_SIZE(w.n_sent, 1)) return;
    CHECK_STR(w.sent[0].head, LINE FIELDS "\r\n");
    CHECK_STR(w.sent[0].body, BODY);
    CHECK_STR(w.sent[0].given.fields, FIELDS);
    CHECK_STR(w.sent[0].given.url.text, "https://api.example.com/webhooks/appwrite");
    CHECK_STR(w.sent[0].given.url.host, "api.example.com");
    CHECK_STR(w.sent[0].given.url.target, "/webhooks/appwrite");
    CHECK(w.sent[0].given.url.https == 1 && w.sent[0].given.url.port == 443);
    CHECK(w.sent[0].given.deadline_ms == WORLD_TICK + 30000);
    CHECK(w.next == WORLD_TICK + 30000);
    CHECK(w.d.queued == 1 && w.d.events == 1 && w.d.in_flight == 1);
    world_answer(&w, 0, 200);
    CHECK(w.d.queued == 0 && w.d.events == 0 && w.d.in_flight == 0 && w.d.delivered == 1);
    CHECK_SIZE(world_records(&w, "e"), 0);
    world_close(&w);
}

/* What the engine is given in memory of exactly its size is all that it uses: slices lie in the slot or in the record. */
static void what_is_given_lies_where_it_should(void) {
    const char *memory, *head, *url;
    size_t i, in_a_record = 0;
    begin_with_one();
    emit("e1");
    world_run(&w);
    if (!CHECK_SIZE(w.n_sent, 1)) return;
    memory = (const char *)w.memory;
    head = w.sent[0].given.head.ptr;
    url = w.sent[0].given.url.text.ptr;
    CHECK(head >= memory && head + w.sent[0].head.len <= memory + w.desc.memory_len);
    CHECK(url >= memory && url + w.sent[0].url.len <= memory + w.desc.memory_len);
    CHECK(w.sent[0].given.fields.ptr == head + sizeof LINE - 1);
    for (i = 0; i < WORLD_MANY; i++)
        if (w.loan[i].at != NULL)
            in_a_record +=
                w.sent[0].given.body.ptr >= w.loan[i].at &&
                w.sent[0].given.body.ptr + w.sent[0].body.len <= w.loan[i].at + w.loan[i].len;
    CHECK_SIZE(in_a_record, 1);
    world_answer(&w, 0, 200);
    CHECK(w.gets > 0 && w.gets == w.releases);
    world_close(&w);
}

/* The example of RFC 7617, 2, and lines of the webhook's own */
static void basic_and_own_fields(void) {
    webhook_settings s;
    begin();
    world_open(&w);
    s = world_settings("a", "users.*");
    s.http_user = WEBHOOK_STR("Aladdin");
    s.http_pass = WEBHOOK_STR("open sesame");
    s.headers = WEBHOOK_STR("X-Env: prod\r\nX-Team: blue\r\n");
    world_add(&w, &s);
    emit("e1");
    world_run(&w);
    CHECK_STR(world_sent_field(&w, 0, "Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    CHECK_STR(world_sent_field(&w, 0, "X-Env"), "prod");
    CHECK_STR(world_sent_field(&w, 0, "X-Team"), "blue");
    CHECK(world_signed(&w, 0, WORLD_SECRET));
    world_answer(&w, 0, 200);
    world_close(&w);
}

static int memory_holds(const void *memory, size_t n, webhook_str what) {
    const char *p = (const char *)memory;
    size_t i;
    for (i = 0; i + what.len <= n; i++)
        if (memcmp(p + i, what.ptr, what.len) == 0) return 1;
    return 0;
}

/* Password, signature and body are nowhere in the engine's memory once an attempt is over, however it ended. */
static void nothing_secret_is_left(void) {
    static const unsigned statuses[] = { 200, 500, 0 };
    webhook_settings s;
    size_t i;
    for (i = 0; i < 3; i++) {
        begin();
        world_open(&w);
        s = world_settings("a", "users.*");
        s.http_user = WEBHOOK_STR("Aladdin");
        s.http_pass = WEBHOOK_STR("open sesame");
        world_add(&w, &s);
        emit("e1");
        world_run(&w);
        if (!CHECK_SIZE(w.n_sent, 1)) return;
        CHECK(memory_holds(w.memory, w.desc.memory_len, world_sent_field(&w, 0, "Authorization")));
        if (statuses[i] != 0)
            world_answer(&w, 0, statuses[i]);
        else
            world_wait(&w, 30000);
        CHECK_SIZE(w.d.in_flight, 0);
        CHECK(!memory_holds(w.memory, w.desc.memory_len, WEBHOOK_STR("QWxhZGRpbjpvcGVu")));
        CHECK(!memory_holds(w.memory, w.desc.memory_len,
                            world_sent_field(&w, 0, "X-Appwrite-Webhook-Signature")));
        world_close(&w);
    }
}

static void without_security(void) {
    webhook_settings s, sign = WEBHOOK_ZERO;
    begin();
    world_open(&w);
    s = world_settings("a", "users.*");
    s.security = WEBHOOK_NO;
    world_add(&w, &s);
    emit("e1");
    world_run(&w);
    CHECK(world_sent_field(&w, 0, "X-Appwrite-Webhook-Signature").ptr == NULL);
    CHECK_STR(world_sent_field(&w, 0, "X-Appwrite-Webhook-Timestamp"), "1736937000");
    world_answer(&w, 0, 200);
    sign.security = WEBHOOK_YES;
    world_update(&w, "a", &sign);
    emit("e2");
    world_run(&w);
    CHECK(world_signed(&w, 1, WORLD_SECRET));
    world_answer(&w, 1, 200);
    world_close(&w);
}

/* Every attempt has its own time and signature; id and body stay as they are. */
static void each_attempt_is_signed_anew(void) {
    begin_with_one();
    emit("e1");
    world_run(&w);
    world_answer(&w, 0, 500);
    (void)world_until(&w, 2, 7000);
    CHECK_STR(world_sent_field(&w, 0, "X-Appwrite-Webhook-Timestamp"), "1736937000");
    CHECK(!webhook_str_eq(world_sent_field(&w, 1, "X-Appwrite-Webhook-Timestamp"),
                          WEBHOOK_STR("1736937000")));
    CHECK(world_signed(&w, 0, WORLD_SECRET) && world_signed(&w, 1, WORLD_SECRET));
    CHECK(webhook_str_eq(w.sent[0].body, w.sent[1].body));
    world_answer(&w, 1, 200);
    world_close(&w);
}

/* One event, three webhooks, each with a secret of its own */
static void one_body_under_many_keys(void) {
    static const char *const id[] = { "a", "b", "c" };
    static const char *const secret[] = { "first-secret", "second-secret", "third-secret" };
    size_t i, k;
    begin();
    world_open(&w);
    for (i = 0; i < 3; i++) {
        webhook_settings s = world_settings(id[i], "users.*");
        s.secret = world_str(secret[i]);
        world_add(&w, &s);
    }
    emit("e1");
    world_run(&w);
    CHECK_SIZE(w.n_sent, 3);
    for (i = 0; i < w.n_sent; i++) {
        webhook_str to = world_sent_field(&w, i, "X-Appwrite-Webhook-Id");
        for (k = 0; k < 3; k++)
            CHECK(world_signed(&w, i, secret[k]) == webhook_str_eq(to, world_str(id[k])));
    }
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 3);
    world_close(&w);
}

/* The new secret signs from its time on by the wall clock, the old one before, also where that clock goes back. */
static void the_overlap_of_two_secrets(void) {
    static const struct {
        int64_t at_s; /* since the update */
        int is_new;
    } row[] = { { 0, 0 }, { 3599, 0 }, { 3600, 1 }, { 3601, 1 }, { 3599, 0 }, { 86400, 1 } };
    webhook_settings s = WEBHOOK_ZERO;
    char id[20];
    size_t i;
    begin_with_one();
    s.secret = WEBHOOK_STR("another-secret");
    s.overlap_s = 3600;
    world_update(&w, "a", &s);
    CHECK(world_info(&w, "a").signs_from_ms == WORLD_UNIX_MS + 3600000);
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        w.unix_ms = WORLD_UNIX_MS + row[i].at_s * 1000;
        w.tick += 10;
        sprintf(id, "e%u", (unsigned)i);
        emit(id);
        world_run(&w);
        CHECK_SIZE(w.n_sent, i + 1);
        CHECK(world_signed(&w, i, row[i].is_new ? "another-secret" : WORLD_SECRET));
        CHECK(!world_signed(&w, i, row[i].is_new ? WORLD_SECRET : "another-secret"));
        world_answer(&w, i, 200);
    }
    CHECK(world_info(&w, "a").signs_from_ms == 0);
    world_close(&w);
}

/* ---- other schemes ---- */

/* Standard Webhooks: the message's id is sent, and signed with the rest. */
static void a_scheme_that_signs_the_id(void) {
    webhook_scheme scheme = scheme_standard();
    webhook_settings s;
    webhook_message m = WEBHOOK_ZERO;
    webhook_hmac_key k;
    begin();
    w.registry_desc.scheme = &scheme;
    world_open(&w);
    s = world_settings("a", "users.*");
    s.secret = WEBHOOK_STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    world_add(&w, &s);
    emit("msg_1");
    world_run(&w);
    CHECK_STATUS(webhook_key_init(&k, &scheme, s.secret), WEBHOOK_OK);
    m.id = world_sent_field(&w, 0, "webhook-id");
    m.timestamp = world_sent_field(&w, 0, "webhook-timestamp");
    m.body = w.sent[0].body;
    CHECK_STR(m.id, "msg_1");
    CHECK_STR(m.timestamp, "1736937000");
    CHECK_STATUS(webhook_verify(&scheme, &k, 1, &m, world_sent_field(&w, 0, "webhook-signature"),
                                1736937000),
                 WEBHOOK_OK);
    m.id = WEBHOOK_STR("msg_2");
    CHECK_STATUS(webhook_verify(&scheme, &k, 1, &m, world_sent_field(&w, 0, "webhook-signature"),
                                1736937000),
                 WEBHOOK_ERR_SIGNATURE);
    CHECK(world_sent_field(&w, 0, "X-Appwrite-Webhook-Id").ptr == NULL);
    world_answer(&w, 0, 200);
    world_close(&w);
}

/* GitHub: no timestamp anywhere, the body alone is signed. */
static void a_scheme_without_a_timestamp(void) {
    webhook_scheme scheme = scheme_github();
    webhook_message m = WEBHOOK_ZERO;
    webhook_hmac_key k;
    begin();
    w.registry_desc.scheme = &scheme;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    world_run(&w);
    CHECK_STATUS(webhook_key_init(&k, &scheme, WEBHOOK_STR(WORLD_SECRET)), WEBHOOK_OK);
    m.body = w.sent[0].body;
    CHECK_STATUS(
        webhook_verify(&scheme, &k, 1, &m, world_sent_field(&w, 0, "X-Hub-Signature-256"), 0),
        WEBHOOK_OK);
    CHECK_STR(world_sent_field(&w, 0, "X-GitHub-Hook-ID"), "a");
    CHECK_STR(world_sent_field(&w, 0, "X-GitHub-Event"),
              "users.u1.create,users.*.create,users.u1,users.*");
    CHECK(world_sent_field(&w, 0, "X-Appwrite-Webhook-Timestamp").ptr == NULL);
    world_answer(&w, 0, 200);
    world_close(&w);
}

/* Method, target and fields are signed: content finds them in the request that is sent, also where that holds the
 * event's own name alone because all names do not fit. */
static void a_scheme_that_signs_the_head(void) {
    static const webhook_part parts[] = { { WEBHOOK_STR_INIT(""), WEBHOOK_PART_METHOD },
                                          { WEBHOOK_STR_INIT(" "), WEBHOOK_PART_LITERAL },
                                          { WEBHOOK_STR_INIT(""), WEBHOOK_PART_TARGET },
                                          { WEBHOOK_STR_INIT("X-Env"), WEBHOOK_PART_HEADER },
                                          { WEBHOOK_STR_INIT("X-Appwrite-Webhook-Events"),
                                            WEBHOOK_PART_HEADER },
                                          { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY } };
    static const char *const content[] = {
        "POST "
        "/webhooks/appwriteprodusers.u1.create,users.*.create,users.u1,users.*{\"$id\":\"e1\"}",
        "POST /webhooks/appwriteprodusers.u1.create{\"$id\":\"e1\"}"
    };
    webhook_scheme scheme = webhook_scheme_default();
    size_t i, just = 0;
    scheme.content = webhook_parts_content;
    scheme.capture = webhook_parts_capture;
    scheme.parts = parts;
    scheme.n_parts = sizeof parts / sizeof *parts;
    for (i = 0; i < 2; i++) {
        char hex[65];
        webhook_buf out = webhook_buf_from(hex, sizeof hex);
        webhook_settings s;
        webhook_hmac_key k;
        webhook_mac mac;
        begin();
        w.registry_desc.scheme = &scheme;
        if (i == 1) w.desc.head_size = just - 1;
        world_open(&w);
        s = world_settings("a", "users.*");
        s.headers = WEBHOOK_STR("X-Env: prod\r\n");
        world_add(&w, &s);
        emit("e1");
        world_run(&w);
        CHECK_STATUS(webhook_hmac_key_init(&k, WEBHOOK_STR(WORLD_SECRET)), WEBHOOK_OK);
        CHECK_STATUS(webhook_hmac(&k, world_str(content[i]), mac.byte), WEBHOOK_OK);
        webhook_hex_write(&out, test_bytes_of(mac.byte, sizeof mac.byte));
        CHECK(webhook_str_eq(world_sent_field(&w, 0, "X-Appwrite-Webhook-Signature"),
                             webhook_buf_str(&out)));
        CHECK_SIZE(world_sent_field(&w, 0, "X-Appwrite-Webhook-Events").len, i == 0 ? 47 : 15);
        just = w.sent[0].url.len + w.sent[0].head.len;
        world_answer(&w, 0, 200);
        world_close(&w);
    }
}

/* The names of the event do not fit even without a signature: signed is the head that does. */
static void a_scheme_that_signs_a_head_cut_short(void) {
    static const webhook_part parts[] = { { WEBHOOK_STR_INIT("X-Appwrite-Webhook-Events"),
                                            WEBHOOK_PART_HEADER },
                                          { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY } };
    webhook_scheme scheme = webhook_scheme_default();
    webhook_emitted out;
    size_t i, size = 0;
    scheme.content = webhook_parts_content;
    scheme.capture = webhook_parts_capture;
    scheme.parts = parts;
    scheme.n_parts = 2;
    for (i = 0; i < 2; i++) {
        webhook_hmac_key k;
        webhook_mac mac;
        char hex[65];
        webhook_buf text = webhook_buf_from(hex, sizeof hex);
        begin();
        w.registry_desc.scheme = &scheme;
        if (i == 1) w.desc.head_size = size;
        world_open(&w);
        world_create(&w, "a", "databases.*");
        CHECK_STATUS(world_emit_to(&w, "", "e1", EVENT, WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
        world_run(&w);
        CHECK_STATUS(webhook_hmac_key_init(&k, WEBHOOK_STR(WORLD_SECRET)), WEBHOOK_OK);
        CHECK_STATUS(
            webhook_hmac(&k, i == 0 ? WEBHOOK_STR(EVENTS "{}") : WEBHOOK_STR(EVENT "{}"), mac.byte),
            WEBHOOK_OK);
        webhook_hex_write(&text, test_bytes_of(mac.byte, sizeof mac.byte));
        CHECK(webhook_str_eq(world_sent_field(&w, 0, "X-Appwrite-Webhook-Signature"),
                             webhook_buf_str(&text)));
        size = w.sent[0].url.len + w.sent[0].head.len - (sizeof EVENTS - sizeof EVENT);
        world_answer(&w, 0, 200);
        world_close(&w);
    }
}

/* A scheme that signs what this webhook does not have: the delivery fails in words, and is not tried again. */
static void a_scheme_that_cannot_sign(void) {
    static const webhook_part parts[] = { { WEBHOOK_STR_INIT("X-Env"), WEBHOOK_PART_HEADER },
                                          { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY } };
    webhook_scheme scheme = webhook_scheme_default();
    scheme.content = webhook_parts_content;
    scheme.capture = webhook_parts_capture;
    scheme.parts = parts;
    scheme.n_parts = 2;
    begin();
    w.registry_desc.scheme = &scheme;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    world_pass(&w, 10000000);
    CHECK_SIZE(w.n_sent, 0);
    CHECK_SIZE(w.n_log, 1);
    CHECK(w.log[0].e.outcome == WEBHOOK_GAVE_UP && w.log[0].e.error.len > 0);
    CHECK(w.d.gave_up == 1 && w.d.queued == 0 && w.d.in_flight == 0);
    world_close(&w);
}

/* ---- answers ---- */

static void which_answers_are_failures(void) {
    static const unsigned statuses[] = { 100, 101, 199, 200, 201, 202, 204, 226, 299, 300, 301,
                                         302, 304, 307, 308, 399, 400, 401, 404, 408, 410, 429,
                                         499, 500, 502, 503, 504, 599, 600, 999, 0 };
    char id[20];
    size_t i;
    begin();
    w.desc.max_retries = WEBHOOK_RETRIES_NONE;
    world_open(&w);
    world_create(&w, "a", "users.*");
    for (i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        const webhook_log_entry *e = &w.log[i].e;
        int good = statuses[i] / 100 == 2;
        sprintf(id, "e%u", (unsigned)i);
        emit(id);
        world_run(&w);
        world_answer(&w, i, statuses[i]);
        if (!CHECK_SIZE(w.n_log, i + 1)) return;
        CHECK(e->status == statuses[i]);
        CHECK(e->outcome == (good ? WEBHOOK_DELIVERED : WEBHOOK_GAVE_UP));
        CHECK(good == (e->error.len == 0));
    }
    CHECK(w.d.delivered == 6 && w.d.gave_up == i - 6);
    CHECK(world_info(&w, "a").settings.enabled == WEBHOOK_YES);
    world_close(&w);
}

static void an_entry_of_the_log_field_by_field(void) {
    webhook_emitted out;
    webhook_result r = WEBHOOK_ZERO;
    const webhook_log_entry *e = &w.log[0].e;
    begin_with_one();
    CHECK_STATUS(
        world_emit_to(&w, "", "event_1", "users.u1.create", WEBHOOK_STR("{\"a\":1}"), &out),
        WEBHOOK_OK);
    world_run(&w);
    w.tick += 250;
    w.unix_ms += 260; /* the clocks need not agree */
    r.status = 503;
    r.response_ms = 249;
    world_complete(&w, 0, &r);
    CHECK_SIZE(w.n_log, 1);
    CHECK_STR(e->webhook_id, "a");
    CHECK(webhook_str_eq(e->event_key, webhook_str_from(out.key, sizeof out.key)));
    CHECK_STR(e->event_id, "event_1");
    CHECK_STR(e->event, "users.u1.create");
    CHECK_STR(e->payload, "{\"a\":1}");
    CHECK_STR(e->error, "HTTP status 503");
    CHECK(e->requested_ms == WORLD_UNIX_MS);
    CHECK(e->response_ms == 249 && e->attempt == 1 && e->count == 1 && e->status == 503);
    CHECK(e->outcome == WEBHOOK_RETRYING);
    CHECK(e->next_ms >= w.unix_ms + 4000 && e->next_ms <= w.unix_ms + 6000);
    CHECK(world_until(&w, 2, 7000) == (uint64_t)(e->next_ms - w.log[0].unix_ms));
    r.status = 0;
    r.response_ms = 0;
    r.error = WEBHOOK_STR("connection refused");
    world_complete(&w, 1, &r);
    e = &w.log[1].e;
    CHECK_SIZE(w.n_log, 2);
    CHECK_STR(e->error, "connection refused");
    CHECK(e->attempt == 2 && e->status == 0 && e->outcome == WEBHOOK_RETRYING);
    CHECK(e->requested_ms == w.sent[1].unix_ms);
    (void)world_until(&w, 3, 31000);
    world_answer(&w, 2, 204);
    e = &w.log[2].e;
    CHECK_SIZE(w.n_log, 3);
    CHECK(e->error.len == 0 && e->attempt == 3 && e->outcome == WEBHOOK_DELIVERED);
    CHECK(e->status == 204 && e->next_ms == 0 && e->response_ms == 12);
    world_close(&w);
}

/* Of an error the first 120 bytes are kept, copied when complete is called. */
static void a_long_error(void) {
    char error[200];
    webhook_result r = WEBHOOK_ZERO;
    begin_with_one();
    emit("e1");
    world_run(&w);
    memset(error, 'x', sizeof error);
    r.error = webhook_str_from(error, sizeof error);
    CHECK_STATUS(webhook_delivery_complete(&w.d, w.sent[0].a, &r), WEBHOOK_OK);
    w.sent[0].open = 0;
    memset(error, 'y', sizeof error);
    world_run(&w);
    CHECK_SIZE(w.n_log, 1);
    CHECK_SIZE(w.log[0].e.error.len, 120);
    CHECK(w.log[0].error[0] == 'x' && w.log[0].error[119] == 'x');
    world_close(&w);
}

/* 30 s for all of an attempt; what answers in time, even in the last millisecond, is good. */
static void the_time_limit(void) {
    webhook_result late = WEBHOOK_ZERO;
    begin_with_one();
    emit("e1");
    world_run(&w);
    world_wait(&w, 29999);
    CHECK_SIZE(w.n_cancelled, 0);
    world_answer(&w, 0, 200);
    CHECK(w.d.delivered == 1);
    emit("e2");
    world_run(&w);
    CHECK(w.next == w.tick + 30000);
    world_wait(&w, 30000);
    CHECK_SIZE(w.n_cancelled, 1);
    CHECK_SIZE(w.n_log, 2);
    CHECK(w.log[1].e.status == 0 && w.log[1].e.outcome == WEBHOOK_RETRYING);
    CHECK(w.log[1].e.error.len > 0);
    CHECK_STATUS(webhook_delivery_complete(&w.d, w.sent[1].a, &late), WEBHOOK_NO_MATCH);
    (void)world_until(&w, 3, 7000);
    world_answer(&w, 2, 200);
    world_close(&w);
}

/* A limit of the caller's own, and a run that comes late: what is over is over, whatever the clock on the wall says */
static void a_shorter_time_limit(void) {
    begin();
    w.desc.time_limit_ms = 100;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    world_run(&w);
    CHECK(w.sent[0].given.deadline_ms == WORLD_TICK + 100);
    w.unix_ms += YEAR_MS;
    world_run(&w);
    CHECK_SIZE(w.n_cancelled, 0);
    w.tick += 5000;
    w.unix_ms -= 2 * YEAR_MS;
    world_run(&w);
    CHECK_SIZE(w.n_cancelled, 1);
    CHECK_SIZE(w.n_log, 1);
    world_close(&w);
}

/* ---- retries ---- */

/* Fails whatever begins, until nothing is queued or n attempts have begun. */
static void fail_all(size_t n) {
    size_t i = 0;
    world_run(&w);
    while (w.d.queued > 0 && i < n && w.next != UINT64_MAX) {
        for (; i < w.n_sent && i < n; i++)
            if (w.sent[i].open) world_answer(&w, i, 500);
        if (w.d.queued > 0 && i < n) world_wait(&w, w.next - w.tick);
    }
}

static uint64_t waited(size_t entry) {
    return (uint64_t)(w.log[entry].e.next_ms - w.log[entry].unix_ms);
}

/* 5 s, 25 s, 125 s, each 20 % more or less; then it is given up. Over many it is both more and less. */
static void three_retries_with_growing_waits(void) {
    static const uint64_t base[] = { 5000, 25000, 125000 };
    uint64_t least[3] = { UINT64_MAX, UINT64_MAX, UINT64_MAX }, most[3] = { 0, 0, 0 };
    unsigned retries = 0, k;
    size_t i;
    begin();
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit_many("", 40);
    fail_all(WORLD_MANY);
    CHECK_SIZE(w.n_sent, 160);
    CHECK_SIZE(w.n_log, 160);
    for (i = 0; i < w.n_log; i++) {
        const webhook_log_entry *e = &w.log[i].e;
        CHECK(e->outcome == (e->attempt == 4 ? WEBHOOK_GAVE_UP : WEBHOOK_RETRYING));
        if (!CHECK(e->attempt >= 1 && e->attempt <= 4) || e->attempt == 4) continue;
        retries++;
        k = e->attempt - 1;
        if (waited(i) < least[k]) least[k] = waited(i);
        if (waited(i) > most[k]) most[k] = waited(i);
    }
    CHECK(retries == 120 && w.d.gave_up == 40);
    for (k = 0; k < 3; k++) {
        CHECK(least[k] >= base[k] * 8 / 10 && least[k] < base[k] * 9 / 10);
        CHECK(most[k] <= base[k] * 12 / 10 && most[k] > base[k] * 11 / 10);
    }
    world_close(&w);
}

/* Nothing begins early, and nothing late where a run comes when it was asked for. */
static void a_retry_begins_when_it_is_due(void) {
    uint64_t due;
    begin_with_one();
    emit("e1");
    world_run(&w);
    world_answer(&w, 0, 500);
    due = waited(0);
    while (w.next < WORLD_TICK + due) world_wait(&w, w.next - w.tick);
    CHECK(w.next == WORLD_TICK + due);
    world_wait(&w, WORLD_TICK + due - 1 - w.tick);
    CHECK_SIZE(w.n_sent, 1);
    world_wait(&w, 1);
    CHECK_SIZE(w.n_sent, 2);
    world_answer(&w, 1, 200);
    world_close(&w);
}

/* The wall clock decides nothing of that: a year forth and back, nothing is early and nothing is late. */
static void the_wall_clock_jumps(void) {
    uint64_t due;
    int way;
    for (way = -1; way <= 1; way += 2) {
        begin_with_one();
        emit("e1");
        world_run(&w);
        world_answer(&w, 0, 500);
        due = waited(0);
        w.unix_ms += way * YEAR_MS;
        world_pass(&w, due - 1);
        CHECK_SIZE(w.n_sent, 1);
        world_pass(&w, 1);
        CHECK_SIZE(w.n_sent, 2);
        CHECK(world_signed(&w, 1, WORLD_SECRET));
        world_answer(&w, 1, 200);
        world_close(&w);
    }
}

/* However large base, factor and number are: never over the cap, and no overflow */
static void the_cap_of_a_wait(void) {
    size_t i;
    begin();
    w.desc.retry_base_ms = 1000;
    w.desc.retry_factor_milli = UINT32_MAX;
    w.desc.max_retries = 65534;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    fail_all(100);
    CHECK(w.n_log >= 100 && waited(0) >= 800 && waited(0) <= 1200);
    for (i = 1; i < w.n_log; i++) CHECK(waited(i) == 3600000);
    world_close(&w);
    begin();
    w.desc.retry_base_ms = UINT32_MAX;
    w.desc.retry_cap_ms = 7;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    fail_all(100);
    CHECK_SIZE(w.n_log, 4);
    for (i = 0; i < 3; i++) CHECK(waited(i) == 7);
    world_close(&w);
}

/* A table in place of base and factor: as many retries as it has, or its last wait again and again */
static void a_table_of_waits(void) {
    static const uint32_t table[] = { 1000, 20000, 3000 };
    static const uint32_t long_table[] = { UINT32_MAX };
    size_t i, k;
    for (k = 0; k < 2; k++) {
        begin();
        w.desc.retry_table_ms = table;
        w.desc.n_retry_table = 3;
        w.desc.max_retries = k == 0 ? 0 : 6;
        world_open(&w);
        world_create(&w, "a", "users.*");
        emit("e1");
        fail_all(100);
        CHECK_SIZE(w.n_log, k == 0 ? 4 : 7);
        for (i = 0; i + 1 < w.n_log; i++) {
            uint32_t wait = table[i < 3 ? i : 2];
            CHECK(waited(i) >= wait * 8 / 10 && waited(i) <= wait * 12 / 10);
        }
        CHECK(w.log[w.n_log - 1].e.outcome == WEBHOOK_GAVE_UP);
        world_close(&w);
    }
    begin();
    w.desc.retry_table_ms = long_table;
    w.desc.n_retry_table = 1;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    fail_all(100);
    CHECK_SIZE(w.n_log, 2);
    CHECK(waited(0) == 3600000);
    world_close(&w);
}

static void no_retry(void) {
    begin();
    w.desc.max_retries = WEBHOOK_RETRIES_NONE;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    fail_all(100);
    CHECK_SIZE(w.n_sent, 1);
    CHECK(w.log[0].e.outcome == WEBHOOK_GAVE_UP && w.d.gave_up == 1);
    world_close(&w);
}

/* Retry-After in its forms (RFC 9110, 10.2.3): never less than the own wait, never more than the cap; what is none
 * is as if it were not there. The own wait is 800 to 1200 ms here; 0: that. */
static void retry_after(void) {
    static const struct {
        const char *value;
        uint64_t wait;
    } row[] = { { "", 0 },
                { "0", 0 },
                { "2", 2000 },
                { "0002", 2000 },
                { "120", 120000 },
                { "3599", 3599000 },
                { "3600", 3600000 },
                { "3601", 3600000 },
                { "4294967", 3600000 },
                { "4294968", 3600000 },
                { "99999999999", 3600000 },
                { "18446744073709551", 3600000 },
                { "18446744073709551615", 3600000 },
                { "99999999999999999999999", 3600000 },
                { "-5", 0 },
                { "+5", 0 },
                { "5.5", 0 },
                { "5s", 0 },
                { "0x10", 0 },
                { "soon", 0 },
                { "Wed, 15 Jan 2025 10:31:00 GMT", 60000 },
                { "Wednesday, 15-Jan-25 10:31:00 GMT", 60000 },
                { "Wed Jan 15 10:31:00 2025", 60000 },
                { "Wed, 15 Jan 2025 10:30:00 GMT", 0 },
                { "Wed, 15 Jan 2025 10:29:59 GMT", 0 },
                { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
                { "Fri, 31 Dec 9999 23:59:59 GMT", 3600000 },
                { "Wed, 15 Jan 2025 10:31:00 CET", 0 } };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        webhook_result r = WEBHOOK_ZERO;
        char value[64];
        begin();
        w.desc.retry_base_ms = 1000;
        world_open(&w);
        world_create(&w, "a", "users.*");
        emit("e1");
        world_run(&w);
        r.status = 503;
        strcpy(value, row[i].value);
        r.retry_after = world_str(value);
        CHECK_STATUS(webhook_delivery_complete(&w.d, w.sent[0].a, &r), WEBHOOK_OK);
        memset(value, '9', sizeof value); /* it was copied */
        w.sent[0].open = 0;
        world_run(&w);
        CHECK_SIZE(w.n_log, 1);
        if (row[i].wait > 0)
            test_check(waited(0) == row[i].wait, __FILE__, __LINE__, row[i].value);
        else
            test_check(waited(0) >= 800 && waited(0) <= 1200, __FILE__, __LINE__, row[i].value);
        world_close(&w);
    }
}

/* Heeded in any answer that is not 2xx, and nowhere else: it holds nothing else up. */
static void retry_after_in_other_answers(void) {
    static const uint16_t statuses[] = { 200, 301, 429, 500, 503 };
    size_t i;
    for (i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        webhook_result r = WEBHOOK_ZERO;
        begin_with_one();
        emit("e1");
        world_run(&w);
        r.status = statuses[i];
        r.retry_after = WEBHOOK_STR("100");
        world_complete(&w, 0, &r);
        CHECK(statuses[i] == 200 ? w.d.delivered == 1 : waited(0) == 100000);
        emit("e2");
        world_run(&w);
        CHECK_SIZE(w.n_sent, 2);
        world_answer(&w, 1, 200);
        world_close(&w);
    }
}

/* ---- pauses ---- */

/* 410 Gone pauses at once where it is asked for: this delivery ends, the others wait until it is enabled again. */
static void gone(void) {
    begin();
    w.desc.pause_on_gone = 1;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    world_run(&w);
    emit("e2"); /* queued, and in flight at the next run */
    world_answer(&w, 0, 410);
    CHECK(w.log[0].e.outcome == WEBHOOK_GAVE_UP && w.log[0].e.status == 410 && w.d.gave_up == 1);
    CHECK(world_info(&w, "a").paused_for == WEBHOOK_PAUSED_GONE);
    CHECK(world_info(&w, "a").settings.enabled == WEBHOOK_NO);
    CHECK_STATUS(world_emit(&w, "e3", "users.u1.create"), WEBHOOK_OK); /* not for it */
    world_pass(&w, 10000000);
    world_answer_all(&w, 200); /* e2, where it began before the pause */
    CHECK(w.d.delivered + w.d.queued == 1);
    world_enable(&w, "a", WEBHOOK_YES);
    world_run(&w);
    world_answer_all(&w, 200);
    CHECK(world_info(&w, "a").paused_for == WEBHOOK_PAUSED_NOT);
    CHECK(w.d.delivered == 1 && w.d.queued == 0);
    world_close(&w);
    begin_with_one(); /* not asked for: a failure like any other */
    emit("e1");
    fail_all(1);
    (void)world_until(&w, 2, 7000);
    world_answer(&w, 1, 410);
    CHECK(w.log[1].e.outcome == WEBHOOK_RETRYING);
    CHECK(world_info(&w, "a").settings.enabled == WEBHOOK_YES);
    world_close(&w);
}

/* A pause of the engine's own holds at once, and is put when the store takes it. */
static void a_pause_that_cannot_be_put(void) {
    begin();
    w.desc.pause_on_gone = 1;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    world_run(&w);
    w.put_says = WEBHOOK_ERR_FULL;
    w.put_kinds = "w";
    world_answer(&w, 0, 410);
    CHECK(world_info(&w, "a").paused_for == WEBHOOK_PAUSED_GONE);
    CHECK(w.next <= w.tick + 60000); /* it is tried again */
    emit("e2");
    world_pass(&w, 10000);
    CHECK_SIZE(w.n_sent, 1);
    w.put_says = WEBHOOK_OK;
    world_pass(&w, 10000);
    CHECK(w.next == UINT64_MAX);
    world_crash(&w);
    world_take_all(&w);
    CHECK(world_info(&w, "a").paused_for == WEBHOOK_PAUSED_GONE);
    CHECK(world_info(&w, "a").settings.enabled == WEBHOOK_NO);
    world_close(&w);
}

/* Deliveries given up in a row count; one that succeeds, and enabling, set the count to 0. */
static void paused_after_failures(void) {
    size_t i;
    char id[20];
    begin();
    w.desc.pause_after = 3;
    w.desc.max_retries = 1;
    world_open(&w);
    world_create(&w, "a", "users.*");
    for (i = 0; i < 6; i++) {
        sprintf(id, "e%u", (unsigned)i);
        emit(id);
        if (i == 2) { /* the third succeeds, with its retry */
            fail_all(w.n_sent + 1);
            (void)world_until(&w, w.n_sent + 1, 7000);
            world_answer(&w, w.n_sent - 1, 200);
            CHECK(world_info(&w, "a").failures == 0);
            continue;
        }
        CHECK(world_info(&w, "a").settings.enabled == WEBHOOK_YES);
        fail_all(WORLD_MANY);
        CHECK(world_info(&w, "a").failures == (i < 2 ? i + 1 : i - 2));
    }
    CHECK(world_info(&w, "a").paused_for == WEBHOOK_PAUSED_FAILURES);
    CHECK(world_info(&w, "a").settings.enabled == WEBHOOK_NO);
    world_enable(&w, "a", WEBHOOK_YES);
    CHECK(world_info(&w, "a").failures == 0);
    CHECK(w.d.gave_up == 5 && w.d.delivered == 1);
    world_close(&w);
}

/* What was queued before a pause waits, what happens during it is not queued, what is in flight ends and its retry
 * waits. */
static void paused_by_the_user(void) {
    webhook_emitted out;
    begin_with_one();
    emit("e1");
    world_run(&w);
    emit("e2");
    world_enable(&w, "a", WEBHOOK_NO);
    CHECK_STATUS(world_emit_to(&w, "", "e3", "users.u1.create", WEBHOOK_STR("{}"), &out),
                 WEBHOOK_OK);
    CHECK(out.deliveries == 0 && out.paused == 1 && out.key[0] == 0);
    world_answer(&w, 0, 500);
    CHECK(w.log[0].e.outcome == WEBHOOK_RETRYING);
    world_pass(&w, 100000);
    CHECK_SIZE(w.n_sent, 1);
    CHECK(w.d.queued == 2);
    CHECK(w.next == UINT64_MAX);
    world_enable(&w, "a", WEBHOOK_YES);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 3);
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 2 && w.d.queued == 0);
    world_close(&w);
}

/* ---- the head ---- */

/* Sweeps the size of the slots: all names, then the concrete one alone, then failure in words that is not tried again */
static void a_head_that_does_not_fit(void) {
    const size_t url = sizeof "https://api.example.com/webhooks/appwrite" - 1;
    size_t size, full = 0, concrete = 0, fails = 0, all_names, one_name;
    begin();
    world_open(&w);
    world_create(&w, "a", "databases.*");
    CHECK_STATUS(world_emit(&w, "e1", "databases.d.tables.t.update"), WEBHOOK_OK);
    world_run(&w);
    CHECK_STR(world_sent_field(&w, 0, "X-Appwrite-Webhook-Events"),
              "databases.d.tables.t.update,databases.d.tables.*.update,databases.*.tables.t.update,"
              "databases.*.tables.*.update,databases.d.tables.t,databases.d.tables.*,"
              "databases.*.tables.t,databases.*.tables.*,databases.d,databases.*");
    all_names = w.sent[0].head.len;
    one_name = all_names - world_sent_field(&w, 0, "X-Appwrite-Webhook-Events").len + 27;
    world_answer(&w, 0, 200);
    world_close(&w);
    for (size = url + all_names + 4; size > url + one_name - 4; size--) {
        begin();
        w.desc.head_size = size;
        world_open(&w);
        world_create(&w, "a", "databases.*");
        CHECK_STATUS(world_emit(&w, "e1", "databases.d.tables.t.update"), WEBHOOK_OK);
        world_run(&w);
        if (w.n_sent == 0) {
            fails++;
            CHECK_SIZE(w.n_log, 1);
            CHECK(w.log[0].e.outcome == WEBHOOK_GAVE_UP && w.log[0].e.error.len > 0);
            CHECK(w.log[0].e.status == 0 && w.d.gave_up == 1 && w.d.queued == 0);
            CHECK(w.next == UINT64_MAX || w.d.in_flight == 0);
        } else {
            int all = w.sent[0].head.len == all_names;
            CHECK(all || w.sent[0].head.len == one_name);
            CHECK_SIZE(fails, 0);
            full += all != 0;
            concrete += all == 0;
            CHECK(world_signed(&w, 0, WORLD_SECRET));
            if (!all)
                CHECK_STR(world_sent_field(&w, 0, "X-Appwrite-Webhook-Events"),
                          "databases.d.tables.t.update");
            CHECK(all == 0 || concrete == 0);
            world_answer(&w, 0, 200);
        }
        world_close(&w);
    }
    CHECK_SIZE(full, 5); /* what just fits is sent */
    CHECK_SIZE(concrete, all_names - one_name);
    CHECK_SIZE(fails, 3);
}

/* Every field as large as it may be: a slot of the default size suffices. */
static void the_largest_head(void) {
    static char url[WEBHOOK_URL_MAX + 1], name[WEBHOOK_NAME_MAX + 1], headers[6000], event[256],
        user[WEBHOOK_HTTP_USER_MAX + 1], pass[WEBHOOK_HTTP_PASS_MAX + 1];
    webhook_settings s;
    size_t i, n = 0;
    strcpy(url, "https://example.com/");
    memset(url + 20, 'u', WEBHOOK_URL_MAX - 20);
    memset(name, 'n', WEBHOOK_NAME_MAX);
    memset(user, 'u', WEBHOOK_HTTP_USER_MAX);
    memset(pass, 'p', WEBHOOK_HTTP_PASS_MAX);
    for (i = 0; i < WEBHOOK_HEADERS_MAX; i++) { /* 16 times 256 bytes of names and values */
        n += (size_t)sprintf(headers + n, "X-%02u: ", (unsigned)i);
        memset(headers + n, 'v', 252);
        n += 252;
        n += (size_t)sprintf(headers + n, "\r\n");
    }
    for (i = 0; i < 12; i++)
        sprintf(event + strlen(event), "%s%020u", i == 0 ? "" : ".", (unsigned)i);
    begin();
    w.desc.head_size = 0;
    w.desc.max_in_flight = 1;
    world_open(&w);
    s = world_settings("an-id-of-as-many-bytes-as-there-may-", event);
    s.url = world_str(url);
    s.name = world_str(name);
    s.headers = world_str(headers);
    s.http_user = world_str(user);
    s.http_pass = world_str(pass);
    world_add(&w, &s);
    CHECK_STATUS(world_emit(&w, "an-event-id-of-as-many-bytes-as-may-", event), WEBHOOK_OK);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 1);
    CHECK(world_signed(&w, 0, WORLD_SECRET));
    CHECK(world_sent_field(&w, 0, "X-15").len == 252);
    CHECK(world_sent_field(&w, 0, "Authorization").len == 6 + (128 + 1 + 256 + 2) / 3 * 4);
    world_answer_all(&w, 200);
    world_close(&w);
}

/* ---- the store ---- */

/* Nothing is sent before its commit; one answer settles all open tickets up to it. */
static void nothing_is_sent_before_its_commit(void) {
    webhook_emitted out[3];
    char id[3];
    size_t i;
    begin_with_one();
    w.commit_says = WEBHOOK_PENDING;
    for (i = 0; i < 3; i++) {
        sprintf(id, "e%u", (unsigned)i);
        CHECK_STATUS(world_emit_to(&w, "", id, "users.u1", WEBHOOK_STR("{}"), &out[i]),
                     WEBHOOK_PENDING);
        CHECK(out[i].ticket == w.ticket && out[i].deliveries == 1);
        CHECK(i == 0 || out[i].ticket > out[i - 1].ticket);
    }
    world_pass(&w, 100000);
    CHECK_SIZE(w.n_sent, 0);
    CHECK(w.d.queued == 3 && w.d.events == 3);
    webhook_delivery_committed(&w.d, out[1].ticket, WEBHOOK_OK);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 2);
    webhook_delivery_committed(&w.d, out[1].ticket,
                               WEBHOOK_ERR_IO); /* settled before: left alone */
    world_run(&w);
    CHECK(w.d.queued == 3);
    world_committed(&w, WEBHOOK_ERR_IO);
    world_run(&w);
    CHECK(w.d.queued == 2);
    CHECK_SIZE(world_records(&w, "e"), 2);
    world_answer_all(&w, 200);
    world_pass(&w, 100000);
    CHECK_SIZE(w.n_sent, 2);
    CHECK(w.d.delivered == 2 && w.d.queued == 0);
    world_close(&w);
}

/* A commit that fails at once: the event is not accepted, and its record is taken back. */
static void a_commit_that_fails(void) {
    webhook_emitted out;
    begin_with_one();
    w.commit_says = WEBHOOK_ERR_IO;
    CHECK_STATUS(world_emit_to(&w, "", "e1", "users.u1", WEBHOOK_STR("{}"), &out), WEBHOOK_ERR_IO);
    CHECK(out.deliveries == 0 && out.key[0] == 0);
    CHECK(w.d.queued == 0 && w.d.events == 0);
    CHECK_SIZE(world_records(&w, "e"), 0);
    world_pass(&w, 10000);
    CHECK_SIZE(w.n_sent, 0);
    w.commit_says = WEBHOOK_OK;
    emit("e1");
    world_run(&w);
    CHECK_SIZE(w.n_sent, 1);
    world_answer(&w, 0, 200);
    world_close(&w);
}

/* What was put or removed without a commit of its own is committed a second later. */
static void loose_ends_are_committed(void) {
    size_t before;
    begin_with_one();
    emit("e1");
    world_run(&w);
    before = w.commits;
    world_answer(&w, 0, 500); /* progress is put */
    CHECK_SIZE(w.commits, before);
    CHECK(w.next <= w.tick + 1000);
    world_pass(&w, 1000);
    CHECK_SIZE(w.commits, before + 1);
    world_pass(&w, 1000);
    CHECK_SIZE(w.commits, before + 1);
    (void)world_until(&w, 2, 7000);
    before = w.commits;
    world_answer(&w, 1, 200); /* the event is removed */
    world_pass(&w, 1000);
    CHECK_SIZE(w.commits, before + 1);
    CHECK(w.next == UINT64_MAX);
    /* where that fails, at once or later, it is asked for again, but not before a second is over */
    emit("e2");
    world_run(&w);
    world_answer(&w, 2, 200);
    w.commit_says = WEBHOOK_PENDING;
    world_pass(&w, 1000);
    CHECK(w.open);
    before = w.commits;
    w.commit_says = WEBHOOK_OK;
    world_committed(&w, WEBHOOK_ERR_IO);
    world_pass(&w, 2000);
    CHECK_SIZE(w.commits, before + 1);
    CHECK(w.next == UINT64_MAX);
    emit("e3");
    w.commit_says = WEBHOOK_ERR_IO;
    world_run(&w);
    world_answer(&w, 3, 200);
    before = w.commits;
    world_pass(&w, 10000);
    CHECK(w.commits > before && w.commits <= before + 10);
    w.commit_says = WEBHOOK_OK;
    world_pass(&w, 1000);
    before = w.commits;
    world_pass(&w, 10000);
    CHECK_SIZE(w.commits, before);
    CHECK(w.next == UINT64_MAX);
    world_close(&w);
}

/* A store that refuses progress: an attempt may be repeated after a crash, but nothing else is lost. */
static void progress_that_cannot_be_put(void) {
    begin_with_one();
    w.put_says = WEBHOOK_ERR_FULL;
    w.put_kinds = "d";
    emit("e1");
    fail_all(WORLD_MANY);
    CHECK_SIZE(w.n_sent, 4);
    CHECK(w.d.gave_up == 1);
    CHECK_SIZE(world_records(&w, "e"), 0);
    world_close(&w);
}

/* A get that is answered later: the slot is taken, but the attempt and its time limit begin with the answer. */
static void a_record_that_comes_later(void) {
    begin_with_one();
    emit("e1");
    w.get_says = WEBHOOK_PENDING;
    world_run(&w);
    CHECK(w.n_sent == 0 && w.gets == 1 && w.d.in_flight == 1);
    world_pass(&w, 100000);
    CHECK(w.n_sent == 0 && w.gets == 1 && w.n_log == 0);
    world_got(&w, WEBHOOK_OK);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 1);
    CHECK(w.sent[0].given.deadline_ms == WORLD_TICK + 130000);
    CHECK_STR(world_sent_field(&w, 0, "X-Appwrite-Webhook-Timestamp"), "1736937100");
    world_got(&w, WEBHOOK_OK); /* nobody waits for that one: it is given back at once */
    CHECK_SIZE(w.lending, 1);
    world_answer(&w, 0, 200);
    CHECK(w.log[0].e.requested_ms == WORLD_UNIX_MS + 100000 && w.log[0].e.attempt == 1);
    CHECK_SIZE(w.releases, 2);
    world_close(&w);
}

/* An error of get is no attempt, and asked again later; at once and where it comes late. The webhook's rate, one in
 * 100 s, does not count it. */
static void a_record_that_cannot_be_had_now(void) {
    webhook_settings s;
    int late;
    for (late = 0; late < 2; late++) {
        begin();
        world_open(&w);
        s = world_settings("a", "users.*");
        s.rate_milli = 10;
        world_add(&w, &s);
        emit("e1");
        w.get_says = late ? WEBHOOK_PENDING : WEBHOOK_ERR_IO;
        world_run(&w);
        if (late) world_got(&w, WEBHOOK_ERR_IO);
        world_run(&w);
        CHECK(w.n_sent == 0 && w.n_log == 0 && w.d.in_flight == 0 && w.d.queued == 1);
        CHECK(w.next > w.tick && w.next <= w.tick + 60000);
        w.get_says = WEBHOOK_OK;
        (void)world_until(&w, 1, 60000);
        world_answer(&w, 0, 200);
        CHECK(w.log[0].e.attempt == 1 && w.d.delivered == 1);
        world_close(&w);
    }
}

/* A record that is gone or damaged ends the delivery with an entry in the log. */
static void a_record_that_is_lost(void) {
    static const webhook_status says[] = { WEBHOOK_ERR_NOT_FOUND, WEBHOOK_ERR_DAMAGED, WEBHOOK_OK };
    int late;
    size_t i;
    for (i = 0; i < 3; i++)
        for (late = 0; late < 2; late++) {
            const webhook_log_entry *e = &w.log[0].e;
            begin();
            w.desc.pause_after = 1;
            world_open(&w);
            world_create(&w, "a", "users.*");
            emit("e1");
            w.damage = says[i] == WEBHOOK_OK; /* lent, but not what was put */
            w.get_says = late ? WEBHOOK_PENDING : says[i];
            world_run(&w);
            if (late) world_got(&w, says[i]);
            world_run(&w);
            CHECK(w.n_sent == 0 && w.d.queued == 0 && w.d.in_flight == 0 && w.d.gave_up == 1);
            CHECK_SIZE(w.n_log, 1);
            CHECK(e->outcome == WEBHOOK_GAVE_UP && e->status == 0 && e->error.len > 0);
            CHECK(e->event_id.len == 0 && e->event.len == 0 && e->payload.len == 0);
            CHECK_STR(e->webhook_id, "a");
            CHECK(e->event_key.len == WEBHOOK_EVENT_KEY_MAX);
            CHECK(world_info(&w, "a").failures == 0); /* it was never asked */
            CHECK(world_info(&w, "a").paused_for == WEBHOOK_PAUSED_NOT);
            CHECK_SIZE(w.lending, 0);
            world_pass(&w, 10000);
            CHECK_SIZE(world_records(&w, "e"), 0);
            world_close(&w);
        }
}

/* Bodies that are lent have a budget, and one more: 2500 bytes hold three records of a little over 1000. */
static void the_budget_of_bodies(void) {
    char body[1001], id[3];
    webhook_emitted out;
    size_t i;
    memset(body, ' ', 1000);
    body[0] = '1';
    body[1000] = 0;
    begin();
    w.desc.body_budget = 2500;
    world_open(&w);
    world_create(&w, "a", "users.*");
    world_create(&w, "b", "users.*");
    for (i = 0; i < 8; i++) {
        sprintf(id, "e%u", (unsigned)i);
        CHECK_STATUS(world_emit_to(&w, "a", id, "users.u1", world_str(body), &out), WEBHOOK_OK);
    }
    world_run(&w);
    CHECK_SIZE(w.n_sent, 3);
    for (i = 0; w.d.queued > 0 && CHECK(i < w.n_sent); i++) world_answer(&w, i, 200);
    CHECK(w.lent_most <= 2500 + 1200);
    CHECK(w.d.delivered == 8);
    world_close(&w);
    /* one that is larger than the budget is sent by itself, and to several webhooks at a time */
    begin();
    w.desc.body_budget = 1;
    world_open(&w);
    world_create(&w, "a", "users.*");
    world_create(&w, "b", "users.*");
    for (i = 0; i < 2; i++) {
        sprintf(id, "e%u", (unsigned)i);
        CHECK_STATUS(world_emit_to(&w, "", id, "users.u1", world_str(body), &out), WEBHOOK_OK);
    }
    world_run(&w);
    CHECK(w.n_sent == 2 && w.lending == 1);
    for (i = 0; w.d.queued > 0 && CHECK(i < w.n_sent); i++) world_answer(&w, i, 200);
    CHECK(w.d.delivered == 4);
    world_close(&w);
}

/* The budget to the byte: where what is lent is just as much, nothing more is. */
static void a_budget_that_is_used_up(void) {
    size_t len, more;
    for (more = 0; more < 2; more++) {
        begin_with_one();
        emit("e1");
        world_run(&w);
        len = w.lent_bytes;
        world_answer(&w, 0, 200);
        world_close(&w);
        begin();
        w.desc.body_budget = len + more;
        world_open(&w);
        world_create(&w, "a", "users.*");
        emit("e1");
        emit("e2");
        world_run(&w);
        CHECK_SIZE(w.n_sent, 1 + more);
        world_answer(&w, 0, 200);
        CHECK_SIZE(w.n_sent, 2);
        world_answer(&w, 1, 200);
        world_close(&w);
    }
}

/* Paused while its record was on the way: nothing is sent, and what that held is free for others. */
static void a_pause_while_the_record_is_fetched(void) {
    webhook_emitted out;
    begin();
    w.desc.max_in_flight = 1;
    world_open(&w);
    world_create(&w, "a", "users.*");
    world_create(&w, "b", "users.*");
    CHECK_STATUS(world_emit_to(&w, "a", "e1", "users.u1", WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
    CHECK_STATUS(world_emit_to(&w, "b", "e2", "users.u1", WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
    w.get_says = WEBHOOK_PENDING;
    world_run(&w);
    world_enable(&w, "a", WEBHOOK_NO);
    w.get_says = WEBHOOK_OK;
    world_got(&w, WEBHOOK_OK);
    (void)world_until(&w, 1, 10000);
    CHECK_STR(world_sent_field(&w, 0, "X-Appwrite-Webhook-Id"), "b");
    world_answer(&w, 0, 200);
    CHECK(w.d.queued == 1 && w.d.in_flight == 0);
    world_enable(&w, "a", WEBHOOK_YES);
    (void)world_until(&w, 2, 10000);
    world_answer(&w, 1, 200);
    CHECK(w.log[1].e.attempt == 1);
    world_close(&w);
}

/* ---- complete ---- */

static void attempts_that_are_over(void) {
    webhook_result ok = WEBHOOK_ZERO, failed = WEBHOOK_ZERO;
    webhook_attempt a, other;
    ok.status = 200;
    failed.status = 500;
    begin_with_one();
    emit("e1");
    world_run(&w);
    other = a = w.sent[0].a;
    other.generation++;
    CHECK_STATUS(webhook_delivery_complete(&w.d, other, &ok), WEBHOOK_NO_MATCH);
    other = a;
    other.slot = w.desc.max_in_flight;
    CHECK_STATUS(webhook_delivery_complete(&w.d, other, &ok), WEBHOOK_NO_MATCH);
    other.slot = UINT32_MAX;
    CHECK_STATUS(webhook_delivery_complete(&w.d, other, &ok), WEBHOOK_NO_MATCH);
    other.slot = a.slot == 0 ? 1 : 0; /* one that nobody holds */
    CHECK_STATUS(webhook_delivery_complete(&w.d, other, &ok), WEBHOOK_NO_MATCH);
    w.sent[0].open = 0;
    CHECK_STATUS(webhook_delivery_complete(&w.d, a, &failed), WEBHOOK_OK);
    CHECK_STATUS(webhook_delivery_complete(&w.d, a, &ok), WEBHOOK_NO_MATCH); /* twice */
    CHECK(w.d.queued == 1 && w.d.in_flight == 1); /* the next run acts on it */
    CHECK(webhook_delivery_run(&w.d, w.tick, w.unix_ms) > w.tick);
    CHECK(w.log[0].e.status == 500 && w.log[0].e.outcome == WEBHOOK_RETRYING);
    CHECK_STATUS(webhook_delivery_complete(&w.d, a, &ok), WEBHOOK_NO_MATCH);
    (void)world_until(&w, 2, 7000);
    CHECK(w.sent[1].a.slot == a.slot); /* the same slot, another attempt */
    CHECK_STATUS(webhook_delivery_complete(&w.d, a, &ok), WEBHOOK_NO_MATCH);
    world_run(&w);
    CHECK(w.d.in_flight == 1 && w.n_log == 1);
    world_answer(&w, 1, 200);
    CHECK_STATUS(webhook_delivery_complete(&w.d, w.sent[1].a, &ok), WEBHOOK_NO_MATCH);
    world_close(&w);
}

/* What cannot be started is told from inside of start. */
static void complete_inside_of_start(void) {
    webhook_result r = WEBHOOK_ZERO;
    r.error = WEBHOOK_STR("no connection is free");
    begin_with_one();
    emit("e1");
    w.at_once = &r;
    CHECK(webhook_delivery_run(&w.d, w.tick, w.unix_ms) == w.tick); /* a result waits */
    world_run(&w);
    CHECK_SIZE(w.n_log, 1);
    CHECK_STR(w.log[0].e.error, "no connection is free");
    CHECK(w.log[0].e.outcome == WEBHOOK_RETRYING);
    r.status = 200;
    (void)world_until(&w, 2, 7000);
    world_run(&w);
    CHECK(w.d.delivered == 1 && w.d.in_flight == 0);
    world_close(&w);
}

/* From inside of a callback nothing else may be called: it says so, and nothing has changed. */
static unsigned refused, callbacks;
static uint64_t other_arena[20000];

static void call_everything(world *x, const char *where) {
    webhook_settings s = world_settings("b", "users.*"), u = WEBHOOK_ZERO;
    webhook_change change;
    webhook_str missing;
    char key[WEBHOOK_EVENT_KEY_MAX];
    uint64_t queued = x->d.queued;
    size_t sent = x->n_sent, entries = x->n_log, puts = x->puts;
    void (*inside)(world *, const char *) = x->inside;
    CHECK(where != NULL && x->records > 0);
    memset(key, '0', sizeof key);
    key[0] = 'e';
    x->inside = NULL;
    callbacks++;
    u.name = WEBHOOK_STR("another");
    refused += world_emit(x, "e9", "users.u1") == WEBHOOK_ERR_BUSY;
    refused += webhook_delivery_take(&x->d, webhook_str_from(x->record[0].bytes, x->record[0].len),
                                     NULL, 0, &missing) == WEBHOOK_ERR_BUSY;
    refused +=
        webhook_delivery_let_go(&x->d, webhook_str_from(key, sizeof key)) == WEBHOOK_ERR_BUSY;
    refused += webhook_registry_create(&x->registry, &s, 0, &change) == WEBHOOK_ERR_BUSY;
    refused +=
        webhook_registry_update(&x->registry, WEBHOOK_STR("a"), &u, 0, &change) == WEBHOOK_ERR_BUSY;
    refused +=
        webhook_registry_delete(&x->registry, WEBHOOK_STR("a"), 0, &change) == WEBHOOK_ERR_BUSY;
    refused +=
        webhook_registry_drop_queue(&x->registry, WEBHOOK_STR("a"), 0, &change) == WEBHOOK_ERR_BUSY;
    refused += webhook_registry_take(&x->registry,
                                     webhook_str_from(x->record[0].bytes, x->record[0].len)) ==
               WEBHOOK_ERR_BUSY;
    refused += webhook_registry_absent(&x->registry, WEBHOOK_STR("wb")) == WEBHOOK_ERR_BUSY;
    refused +=
        webhook_registry_move(&x->registry, other_arena, sizeof other_arena) == WEBHOOK_ERR_BUSY;
    (void)webhook_delivery_run(&x->d, x->tick + 100000, x->unix_ms);
    webhook_delivery_committed(&x->d, UINT64_MAX, WEBHOOK_ERR_IO);
    webhook_delivery_got(&x->d, webhook_str_from(key, sizeof key), WEBHOOK_ERR_IO,
                         webhook_str_from(NULL, 0));
    CHECK(x->d.queued == queued && x->n_sent == sent && x->n_log == entries && x->puts == puts);
    x->inside = inside;
}

static void calls_from_inside(void) {
    webhook_emitted out = WEBHOOK_ZERO;
    webhook_str key = webhook_str_from(out.key, sizeof out.key);
    refused = callbacks = 0;
    begin_with_one();
    w.inside = call_everything;
    emit("e1");
    world_run(&w);            /* start */
    world_answer(&w, 0, 500); /* log */
    (void)world_until(&w, 2, 7000);
    world_wait(&w, 30000); /* cancel, log */
    CHECK_SIZE(callbacks, 5);
    CHECK_STATUS(world_emit_to(&w, "", "e2", "users.u1", WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
    world_run(&w);
    CHECK_STATUS(webhook_delivery_let_go(&w.d, key), WEBHOOK_OK); /* cancel */
    CHECK_SIZE(callbacks, 7);
    CHECK_SIZE(refused, 10 * callbacks);
    w.inside = NULL;
    (void)world_until(&w, 4, 31000);
    world_answer(&w, 3, 200);
    CHECK(w.d.delivered == 1);
    CHECK_STATUS(world_emit(&w, "e3", "users.u1"), WEBHOOK_OK); /* outside it goes on */
    world_run(&w);
    world_answer(&w, 4, 200);
    world_remove(&w, key);
    world_close(&w);
}

/* ---- emit ---- */

/* What does not fit is an error, and changes nothing. */
static void limits_of_emit(void) {
    webhook_emitted out;
    size_t puts, i;
    static const uint32_t limit[][3] = { { 4, 0, 0 }, { 64, 2, 0 }, { 64, 0, 1 } };
    for (i = 0; i < 3; i++) { /* max_queue, max_events, max_fanout */
        begin();
        w.desc.max_queue = limit[i][0];
        w.desc.max_events = limit[i][1];
        w.desc.max_fanout = limit[i][2];
        w.desc.memory_len = webhook_delivery_need(&w.desc) + 10000; /* for take alone */
        world_open(&w);
        world_create(&w, "a", "users.*");
        world_create(&w, "b", "users.u1");
        if (i < 2) {
            CHECK_STATUS(world_emit(&w, "e1", "users.u1"), WEBHOOK_OK);
            CHECK_STATUS(world_emit(&w, "e2", i == 0 ? "users.u2" : "users.u1"), WEBHOOK_OK);
        }
        puts = w.puts;
        CHECK_STATUS(world_emit_to(&w, "", "e3", "users.u1", WEBHOOK_STR("{}"), &out),
                     WEBHOOK_ERR_FULL);
        CHECK(out.deliveries == 0 && out.key[0] == 0 && w.puts == puts);
        CHECK(w.d.queued == (i == 0 ? 3u : i == 1 ? 4u : 0u));
        CHECK(w.d.events == (i == 2 ? 0u : 2u));
        if (i != 1) /* what fits is still taken */
            CHECK_STATUS(world_emit(&w, "e4", "users.u2"), WEBHOOK_OK);
        world_run(&w);
        world_answer_all(&w, 200);
        CHECK(w.d.queued == 0 && w.d.delivered == (i == 2 ? 1u : 4u));
        CHECK_STATUS(world_emit(&w, "e5", i == 2 ? "users.u2" : "users.u1"), WEBHOOK_OK);
        world_run(&w);
        world_answer_all(&w, 200);
        world_close(&w);
    }
}

static void a_store_that_is_full(void) {
    static const webhook_status says[] = { WEBHOOK_ERR_FULL, WEBHOOK_ERR_IO };
    webhook_emitted out;
    size_t i;
    for (i = 0; i < 2; i++) {
        begin_with_one();
        w.put_says = says[i];
        CHECK_STATUS(world_emit_to(&w, "", "e1", "users.u1", WEBHOOK_STR("{}"), &out), says[i]);
        CHECK(out.deliveries == 0 && out.key[0] == 0 && w.d.queued == 0 && w.d.events == 0);
        world_pass(&w, 10000);
        CHECK_SIZE(w.n_sent, 0);
        w.put_says = WEBHOOK_OK;
        emit("e1");
        world_run(&w);
        world_answer(&w, 0, 200);
        world_close(&w);
    }
}

/* Nobody wants it: accepted, and nothing is kept. */
static void nobody_wants_it(void) {
    webhook_emitted out;
    begin_with_one();
    CHECK_STATUS(world_emit_to(&w, "", "e1", "teams.t1", WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
    CHECK(out.deliveries == 0 && out.paused == 0 && out.key[0] == 0);
    CHECK_SIZE(world_records(&w, "e"), 0);
    CHECK(w.d.events == 0);
    world_close(&w);
}

/* To one webhook, whatever its patterns are: a test event, a redelivery */
static void to_one_webhook(void) {
    webhook_emitted out;
    begin_with_one();
    world_create(&w, "b", "users.*");
    CHECK_STATUS(world_emit_to(&w, "b", "e1", "webhooks.test", WEBHOOK_STR("{}"), &out),
                 WEBHOOK_OK);
    CHECK(out.deliveries == 1 && out.paused == 0);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 1);
    CHECK_STR(world_sent_field(&w, 0, "X-Appwrite-Webhook-Id"), "b");
    world_answer(&w, 0, 200);
    world_enable(&w, "b", WEBHOOK_NO);
    CHECK_STATUS(world_emit_to(&w, "b", "e2", "users.u1", WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
    CHECK(out.deliveries == 0 && out.paused == 1 && out.key[0] == 0);
    CHECK_STATUS(world_emit_to(&w, "c", "e3", "users.u1", WEBHOOK_STR("{}"), &out),
                 WEBHOOK_ERR_NOT_FOUND);
    CHECK(w.d.queued == 0);
    world_close(&w);
}

static void to_those_that_want_it(void) {
    webhook_emitted out;
    begin();
    world_open(&w);
    world_create(&w, "a", "users.*");
    world_create(&w, "b", "teams.*,users.*.create");
    world_create(&w, "c", "teams.*");
    world_create(&w, "d", "users.u1");
    world_enable(&w, "d", WEBHOOK_NO);
    world_enable(&w, "c", WEBHOOK_NO);
    CHECK_STATUS(world_emit_to(&w, "", "e1", "users.u1.create", WEBHOOK_STR("{}"), &out),
                 WEBHOOK_OK);
    CHECK(out.deliveries == 2 && out.paused == 1);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 2);
    CHECK(!webhook_str_eq(world_sent_field(&w, 0, "X-Appwrite-Webhook-Id"),
                          world_sent_field(&w, 1, "X-Appwrite-Webhook-Id")));
    world_answer_all(&w, 200);
    world_close(&w);
}

/* With id and event given any bytes are a body, none too. */
static void an_empty_body(void) {
    webhook_emitted out;
    begin_with_one();
    CHECK_STATUS(world_emit_to(&w, "", "e1", "users.u1", webhook_str_from(NULL, 0), &out),
                 WEBHOOK_OK);
    world_run(&w);
    CHECK_STR(world_sent_field(&w, 0, "Content-Length"), "0");
    CHECK(world_signed(&w, 0, WORLD_SECRET));
    world_answer(&w, 0, 200);
    CHECK(w.log[0].e.payload.len == 0 && w.d.delivered == 1);
    world_close(&w);
}

/* What emit was given is not needed any more when it returns. */
static void emit_borrows_nothing(void) {
    char *body = test_exact(WEBHOOK_STR("{\"$id\":\"e1\"}")), *id = test_exact(WEBHOOK_STR("e1")),
         *event = test_exact(WEBHOOK_STR("users.u1"));
    webhook_emit e = WEBHOOK_ZERO;
    webhook_emitted out;
    begin_with_one();
    e.body = webhook_str_from(body, 12);
    e.id = webhook_str_from(id, 2);
    e.event = webhook_str_from(event, 8);
    CHECK_STATUS(webhook_delivery_emit(&w.d, &e, &out), WEBHOOK_OK);
    free(body);
    free(id);
    free(event);
    world_run(&w);
    CHECK_STR(w.sent[0].body, "{\"$id\":\"e1\"}");
    CHECK_STR(world_sent_field(&w, 0, "X-Appwrite-Webhook-Events"), "users.u1,users");
    world_answer(&w, 0, 200);
    CHECK_STR(w.log[0].e.event_id, "e1");
    world_close(&w);
}

/* ---- what is cancelled ---- */

static void cancelled(const char *what) {
    webhook_change change;
    webhook_str id = WEBHOOK_STR("a");
    size_t i, of_attempts = 0;
    unsigned counted = 0;
    begin_with_one();
    world_create(&w, "b", "users.*");
    w.desc.max_in_flight = WORLD_SLOTS;
    emit_many("a", 4);
    world_run(&w);
    world_answer(&w, 0, 500); /* waits for a retry */
    world_answer(&w, 1, 200);
    emit_many("a", 20); /* more than may begin at once */
    world_run(&w);
    CHECK(w.d.in_flight > 0 && w.d.queued > w.d.in_flight);
    CHECK(w.d.queued == 23);
    w.n_log = 0;
    if (strcmp(what, "delete") == 0)
        CHECK_STATUS(webhook_registry_delete(&w.registry, id, w.unix_ms, &change), WEBHOOK_OK);
    else
        CHECK_STATUS(webhook_registry_drop_queue(&w.registry, id, w.unix_ms, &change), WEBHOOK_OK);
    i = w.d.in_flight;
    world_run(&w);
    CHECK_SIZE(w.n_cancelled, i);
    CHECK(w.d.queued == 0 && w.d.in_flight == 0 && w.d.cancelled == 23 && w.d.delivered == 1);
    for (i = 0; i < w.n_log; i++) {
        const webhook_log_entry *e = &w.log[i].e;
        CHECK(e->outcome == WEBHOOK_CANCELLED && e->status == 0 && e->error.len > 0);
        CHECK_STR(e->webhook_id, "a");
        if (e->payload.len > 0) {
            of_attempts++;
            CHECK(e->attempt == 1 && e->count == 1 && e->event_id.len > 0);
        } else
            CHECK(e->attempt == 0 && e->event_key.len == 0 && e->requested_ms == w.unix_ms);
        counted += e->count;
    }
    CHECK(counted == 23 && of_attempts == w.n_cancelled && w.n_log == of_attempts + 1);
    for (i = 0; i < w.n_sent; i++) CHECK(!w.sent[i].open);
    world_pass(&w, 10000000);
    CHECK_SIZE(world_records(&w, "e"), 0);
    i = w.n_sent;
    emit("e1"); /* to b, and to a where it still is */
    world_run(&w);
    CHECK_SIZE(w.n_sent - i, strcmp(what, "delete") == 0 ? 1 : 2);
    world_answer_all(&w, 200);
    world_close(&w);
}

static void a_webhook_is_deleted(void) {
    cancelled("delete");
}

static void a_queue_is_dropped(void) {
    cancelled("drop");
}

/* A new webhook of an old id gets nothing old: not what was queued, nor what waits for its commit. */
static void a_new_webhook_of_an_old_id(void) {
    webhook_change change;
    begin_with_one();
    emit("e1");
    CHECK_STATUS(webhook_registry_delete(&w.registry, WEBHOOK_STR("a"), w.unix_ms, &change),
                 WEBHOOK_OK);
    world_create(&w, "a", "users.*");
    world_run(&w);
    CHECK_SIZE(w.n_sent, 0);
    CHECK(w.d.cancelled == 1);
    w.commit_says = WEBHOOK_PENDING;
    CHECK_STATUS(world_emit(&w, "e2", "users.u1"), WEBHOOK_PENDING);
    CHECK_STATUS(webhook_registry_delete(&w.registry, WEBHOOK_STR("a"), w.unix_ms, &change),
                 WEBHOOK_PENDING);
    world_committed(&w, WEBHOOK_OK);
    w.commit_says = WEBHOOK_OK;
    world_create(&w, "a", "users.*");
    world_run(&w);
    CHECK_SIZE(w.n_sent, 0);
    CHECK(w.d.cancelled == 2 && w.d.queued == 0);
    emit("e3");
    world_run(&w);
    CHECK_SIZE(w.n_sent, 1);
    world_answer(&w, 0, 200);
    world_close(&w);
}

/* Results that wait for the run in which the webhook goes: what arrived has arrived, the rest is cancelled. */
static void results_that_come_with_a_delete(void) {
    webhook_change change;
    webhook_result r = WEBHOOK_ZERO;
    size_t i;
    begin_with_one();
    emit("e1");
    emit("e2");
    world_run(&w);
    CHECK_SIZE(w.n_sent, 2);
    for (i = 0; i < w.n_sent; i++) {
        r.status = i == 0 ? 200 : 500;
        w.sent[i].open = 0;
        CHECK_STATUS(webhook_delivery_complete(&w.d, w.sent[i].a, &r), WEBHOOK_OK);
    }
    CHECK_STATUS(webhook_registry_delete(&w.registry, WEBHOOK_STR("a"), w.unix_ms, &change),
                 WEBHOOK_OK);
    world_run(&w);
    CHECK(w.n_log == 2 && w.n_cancelled == 0);
    CHECK(w.log[0].e.outcome == WEBHOOK_DELIVERED && w.log[1].e.outcome == WEBHOOK_CANCELLED);
    CHECK(w.d.delivered == 1 && w.d.cancelled == 1 && w.d.queued == 0);
    world_close(&w);
}

/* Deleted while the record is on the way: that was no attempt yet, and the record is given back when it comes. */
static void a_delete_while_the_record_is_fetched(void) {
    webhook_change change;
    begin_with_one();
    emit("e1");
    w.get_says = WEBHOOK_PENDING;
    world_run(&w);
    CHECK_STATUS(webhook_registry_delete(&w.registry, WEBHOOK_STR("a"), w.unix_ms, &change),
                 WEBHOOK_OK);
    world_run(&w);
    CHECK(w.d.cancelled == 1 && w.d.in_flight == 0 && w.n_cancelled == 0);
    CHECK_SIZE(w.n_log, 1);
    CHECK(w.log[0].e.count == 1 && w.log[0].e.attempt == 0);
    webhook_delivery_got(&w.d, world_str(w.wanted), WEBHOOK_ERR_NOT_FOUND,
                         webhook_str_from(NULL, 0));
    world_run(&w);
    CHECK(w.n_sent == 0 && w.lending == 0);
    world_close(&w);
}

/* Deleted while an event to them waits for its own commit: cancelled if that is good, else it never was. */
static void a_delete_before_an_event_is_committed(void) {
    webhook_change change;
    int good;
    for (good = 0; good < 2; good++) {
        begin_with_one();
        world_create(&w, "b", "users.*");
        w.commit_says = WEBHOOK_PENDING;
        CHECK_STATUS(webhook_registry_delete(&w.registry, WEBHOOK_STR("a"), w.unix_ms, &change),
                     WEBHOOK_PENDING);
        CHECK_STATUS(webhook_registry_delete(&w.registry, WEBHOOK_STR("b"), w.unix_ms, &change),
                     WEBHOOK_PENDING);
        CHECK_STATUS(world_emit(&w, "e1", "users.u1"), WEBHOOK_PENDING);
        webhook_delivery_committed(&w.d, change.ticket, WEBHOOK_OK);
        world_run(&w);
        CHECK(w.n_sent == 0 && w.d.queued == 2 && w.d.cancelled == 0 && w.n_log == 0);
        world_committed(&w, good ? WEBHOOK_OK : WEBHOOK_ERR_IO);
        world_run(&w);
        CHECK(w.d.queued == 0 && w.d.cancelled == (good ? 2u : 0u));
        CHECK_SIZE(w.n_log, good ? 2 : 0);
        CHECK_SIZE(world_records(&w, "e"), 0);
        world_close(&w);
    }
}

/* A long queue is cancelled in several runs, each of which asks for the next at once; one entry says how many. */
static void a_long_queue_is_dropped(void) {
    enum { many = 5000, room = WEBHOOK_MEMORY_STORE_SIZE(many + 10, many * 160) };
    webhook_memory_store memory;
    webhook_change change;
    void *block = world_memory(room);
    unsigned runs = 0;
    begin();
    CHECK_STATUS(webhook_memory_store_init(&memory, block, room, &w.store), WEBHOOK_OK);
    w.desc.max_queue = many;
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit_many("", many);
    CHECK(w.d.queued == many && memory.records == many + 1);
    CHECK_STATUS(webhook_registry_drop_queue(&w.registry, WEBHOOK_STR("a"), w.unix_ms, &change),
                 WEBHOOK_OK);
    do w.next = webhook_delivery_run(&w.d, w.tick, w.unix_ms);
    while (++runs < 100 && w.next == w.tick);
    CHECK(w.d.queued == 0 && w.d.cancelled == many && memory.records == 1);
    CHECK(runs > 1 && runs < 10);
    CHECK(w.n_log == 1 && w.log[0].e.count == many && w.n_sent == 0);
    world_close(&w);
    free(block);
}

/* A delete whose commit fails deletes nothing; until then reads and attempts see the webhook as it was. */
static void a_delete_that_is_not_committed(void) {
    webhook_change change;
    begin_with_one();
    w.commit_says = WEBHOOK_PENDING;
    CHECK_STATUS(webhook_registry_delete(&w.registry, WEBHOOK_STR("a"), w.unix_ms, &change),
                 WEBHOOK_PENDING);
    w.commit_says = WEBHOOK_OK;
    w.open = 0;
    CHECK(world_info(&w, "a").changing == 1);
    world_committed(&w, WEBHOOK_ERR_IO);
    world_run(&w);
    CHECK(world_info(&w, "a").changing == 0);
    emit("e1");
    world_pass(&w, 2000);
    CHECK_SIZE(w.n_sent, 1);
    world_answer(&w, 0, 200);
    CHECK(w.d.delivered == 1 && w.d.cancelled == 0);
    world_close(&w);
}

/* An attempt uses the fields as they are when it starts. */
static void a_change_between_attempts(void) {
    webhook_settings s = WEBHOOK_ZERO;
    begin_with_one();
    emit("e1");
    world_run(&w);
    s.url = WEBHOOK_STR("http://example.com:8080?q");
    s.name = WEBHOOK_STR("Another name");
    world_update(&w, "a", &s);
    CHECK_STR(w.sent[0].given.url.text, "https://api.example.com/webhooks/appwrite"); /* its own */
    world_answer(&w, 0, 500);
    (void)world_until(&w, 2, 7000);
    CHECK_STR(w.sent[1].url, "http://example.com:8080?q");
    CHECK(w.sent[1].given.url.https == 0 && w.sent[1].given.url.port == 8080);
    CHECK(strncmp(w.sent[1].head.ptr, "POST /?q HTTP/1.1\r\nHost: example.com:8080\r\n", 43) == 0);
    CHECK_STR(world_sent_field(&w, 1, "X-Appwrite-Webhook-Name"), "Another name");
    world_answer(&w, 1, 200);
    world_close(&w);
}

/* The arena may be moved at any time: what the transport holds is not in it. */
static void the_arena_is_moved(void) {
    void *arena;
    size_t len;
    begin_with_one();
    emit("e1");
    emit("e2");
    world_run(&w);
    world_answer(&w, 0, 500);
    len = 2 * w.registry_desc.arena_len;
    arena = world_memory(len);
    CHECK_STATUS(webhook_registry_move(&w.registry, arena, len), WEBHOOK_OK);
    memset(w.arena, 0xdd, w.registry_desc.arena_len);
    free(w.arena);
    w.arena = arena;
    w.registry_desc.arena_len = len;
    world_answer(&w, 1, 200);
    (void)world_until(&w, 3, 7000);
    CHECK(world_signed(&w, 2, WORLD_SECRET));
    world_answer(&w, 2, 200);
    CHECK(w.d.delivered == 2);
    world_close(&w);
}

/* ---- order, cap, rate, turns ---- */

/* Which events the attempts from the n-th on were, by the digit of their id "eN", in the order in which they began */
static const char *order_of(size_t n) {
    static char text[WORLD_MANY + 1];
    size_t i;
    for (i = 0; n + i < w.n_sent; i++) text[i] = w.sent[n + i].body.ptr[9];
    text[i] = 0;
    return text;
}

/* One at a time, as emitted; the next waits until this one is delivered or given up. */
static void an_ordered_webhook(void) {
    webhook_settings s;
    begin();
    world_open(&w);
    s = world_settings("a", "users.*");
    s.ordered = WEBHOOK_YES;
    world_add(&w, &s);
    emit("e0");
    emit("e1");
    emit("e2");
    world_run(&w);
    CHECK_STR(world_str(order_of(0)), "0");
    world_answer(&w, 0, 500);
    world_pass(&w, 3900);
    CHECK_STR(world_str(order_of(0)), "0");
    (void)world_until(&w, 2, 3000);
    world_answer(&w, 1, 200);
    CHECK_STR(world_str(order_of(0)), "001");
    fail_all(6); /* e1 is given up after four attempts, of which one has begun */
    CHECK_STR(world_str(order_of(0)), "0011112");
    world_answer(&w, 6, 200);
    CHECK(w.d.delivered == 2 && w.d.gave_up == 1);
    world_close(&w);
}

/* Order may be asked for while something is queued: from then on it holds. */
static void order_comes_and_goes(void) {
    webhook_settings s = WEBHOOK_ZERO;
    begin_with_one();
    emit("e0");
    world_run(&w);
    world_answer(&w, 0, 500); /* due after e1 and e2 */
    s.ordered = WEBHOOK_YES;
    world_update(&w, "a", &s);
    emit("e1");
    emit("e2");
    world_run(&w);
    CHECK_STR(world_str(order_of(0)), "0"); /* the first is not over */
    (void)world_until(&w, 2, 7000);
    CHECK_STR(world_str(order_of(0)), "00");
    s.ordered = WEBHOOK_NO;
    world_update(&w, "a", &s);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 4);
    world_answer_all(&w, 200);
    world_close(&w);
}

static void a_cap_on_attempts(void) {
    webhook_settings s, none = WEBHOOK_ZERO;
    size_t i;
    begin();
    world_open(&w);
    s = world_settings("a", "users.*");
    s.max_in_flight = 2;
    world_add(&w, &s);
    for (i = 0; i < 6; i++) emit("e1");
    world_run(&w);
    CHECK(w.n_sent == 2 && w.d.in_flight == 2);
    world_answer(&w, 0, 200);
    CHECK(w.n_sent == 3 && w.d.in_flight == 2);
    none.max_in_flight = WEBHOOK_NO_LIMIT;
    world_update(&w, "a", &none);
    world_run(&w);
    CHECK(w.n_sent == 6 && w.d.in_flight == 5);
    world_answer_all(&w, 200);
    world_close(&w);
}

/* Never more than that many in any one second: one in two seconds, three in one */
static void a_rate(void) {
    static const uint32_t rate[] = { 500, 3000, 2500 };
    size_t k, i, j;
    for (k = 0; k < 3; k++) {
        webhook_settings s;
        uint64_t ends;
        begin();
        world_open(&w);
        s = world_settings("a", "users.*");
        s.rate_milli = rate[k];
        world_add(&w, &s);
        for (i = 0; i < 20; i++) emit("e1");
        world_run(&w);
        while (w.d.queued > 0 && CHECK(w.next != UINT64_MAX)) {
            world_answer_all(&w, 200);
            if (w.d.queued > 0) world_wait(&w, w.next - w.tick);
        }
        CHECK_SIZE(w.n_sent, 20);
        for (i = 0; i < w.n_sent; i++) {
            for (j = i; j < w.n_sent && w.sent[j].tick < w.sent[i].tick + 1000; j++) {
            }
            CHECK(j - i <= (rate[k] + 999) / 1000);
        }
        ends =
            w.sent[19].tick - w.sent[0].tick; /* as fast as it may be, but for whole milliseconds */
        CHECK(ends >= 19 * UINT64_C(1000000) / rate[k]);
        CHECK(ends <= 19 * UINT64_C(1000000) / rate[k] + 19);
        world_close(&w);
    }
}

/* Five in a millisecond: as many are sent at one tick, however often run must be called for that. */
static void a_high_rate(void) {
    webhook_settings s;
    size_t i;
    begin();
    w.desc.max_in_flight = 64;
    world_open(&w);
    s = world_settings("a", "users.*");
    s.rate_milli = 5000000;
    world_add(&w, &s);
    for (i = 0; i < 12; i++) emit("e1");
    world_run(&w);
    CHECK_SIZE(w.n_sent, 5);
    CHECK(w.next == w.tick + 1);
    world_wait(&w, 1);
    CHECK_SIZE(w.n_sent, 10);
    world_answer_all(&w, 200);
    world_wait(&w, 1);
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 12);
    world_close(&w);
}

/* Two attempts wait for their records when their webhook gets a rate: it holds for them as well. */
static void a_rate_meanwhile(void) {
    webhook_settings s = WEBHOOK_ZERO;
    char first[WEBHOOK_STORE_KEY_MAX + 1];
    begin_with_one();
    emit("e1");
    w.get_says = WEBHOOK_PENDING;
    world_run(&w);
    strcpy(first, w.wanted);
    emit("e2");
    world_run(&w);
    CHECK(w.d.in_flight == 2 && strcmp(first, w.wanted) != 0);
    s.rate_milli = 100;
    world_update(&w, "a", &s);
    world_got(&w, WEBHOOK_OK);
    strcpy(w.wanted, first);
    world_got(&w, WEBHOOK_OK);
    w.get_says = WEBHOOK_OK;
    world_run(&w);
    CHECK(w.n_sent == 1 && w.d.in_flight == 1 && w.d.queued == 2);
    CHECK(world_until(&w, 2, 20000) == 10000);
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 2);
    world_close(&w);
}

/* Retries count for the rate, too. */
static void a_rate_counts_retries(void) {
    webhook_settings s;
    size_t i;
    begin();
    w.desc.retry_base_ms = 10;
    w.desc.retry_factor_milli = 1000;
    world_open(&w);
    s = world_settings("a", "users.*");
    s.rate_milli = 1000;
    world_add(&w, &s);
    emit("e1");
    fail_all(WORLD_MANY);
    CHECK_SIZE(w.n_sent, 4);
    for (i = 1; i < w.n_sent; i++) CHECK(w.sent[i].tick == w.sent[i - 1].tick + 1000);
    world_close(&w);
}

/* 16 slots: one webhook has up to 8 while a quarter is free, more while half is; every other one always may have one. */
static void a_busy_webhook_leaves_room(void) {
    static const size_t gets[] = { 9, 4, 1, 1, 1, 0 };
    char id[2] = "a";
    size_t i, before;
    begin();
    w.desc.max_queue = 200;
    world_open(&w);
    for (i = 0; i < 6; i++, id[0]++) {
        world_create(&w, id, "users.*");
        emit_many(id, 20);
        before = w.n_sent;
        world_run(&w);
        CHECK_SIZE(w.n_sent - before, gets[i]);
    }
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 120);
    world_close(&w);
}

/* Those with something due take turns. */
static void webhooks_take_turns(void) {
    char to[5];
    size_t i;
    begin();
    w.desc.max_in_flight = 4;
    world_open(&w);
    world_create(&w, "a", "users.*");
    world_create(&w, "b", "users.*");
    emit_many("a", 20);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 4); /* four of four: all were idle, so a quarter was free */
    emit_many("b", 20);
    for (i = 0; i < 20; i++) world_answer(&w, i, 200);
    for (i = 4; i < 20; i++) { /* b holds nothing first, then in turn */
        size_t of_b = 0, k;
        for (k = i; k < i + 4; k++) {
            world_text(to, sizeof to, world_sent_field(&w, k, "X-Appwrite-Webhook-Id"));
            of_b += to[0] == 'b';
        }
        CHECK(of_b >= 1 && of_b <= 3);
    }
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 40);
    world_close(&w);
}

/* One attempt that comes to its time limit, told by the transport or by the engine itself */
static void time_out(const char *id, int told) {
    webhook_emitted out;
    webhook_result r = WEBHOOK_ZERO;
    size_t n = w.n_sent;
    CHECK_STATUS(world_emit_to(&w, id, "e1", "users.u1", WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
    world_run(&w);
    CHECK_SIZE(w.n_sent, n + 1);
    r.timed_out = 1;
    if (told)
        world_complete(&w, n, &r);
    else
        world_wait(&w, 30000);
    CHECK(!w.sent[n].open);
}

/* One that timed out last time gets one attempt at once, and only while half of all slots are free or no other such
 * one holds any. */
static void slow_webhooks_hold_up_nobody(void) {
    size_t n;
    begin();
    w.desc.retry_base_ms = 600000;
    w.desc.max_queue = 200;
    world_open(&w);
    world_create(&w, "a", "users.*");
    world_create(&w, "b", "users.*");
    world_create(&w, "c", "users.*");
    time_out("a", 0);
    time_out("b", 0);
    n = w.n_sent;
    emit_many("a", 10);
    emit_many("b", 10);
    world_run(&w);
    CHECK_SIZE(w.n_sent, n + 2); /* each one */
    emit_many("c", 30);
    world_run(&w);
    CHECK_SIZE(w.n_sent, n + 10); /* c: up to 8, no more since less than half is free */
    world_answer(&w, n, 200);     /* slow no longer: as many as leave a quarter free before */
    CHECK_SIZE(w.n_sent, n + 14);
    world_answer_all(&w, 200);
    CHECK(w.d.queued == 2); /* the two that wait for their retries */
    while (w.d.queued > 0 && CHECK(w.next != UINT64_MAX)) {
        world_wait(&w, w.next - w.tick);
        world_answer_all(&w, 200);
    }
    CHECK(w.d.delivered == 52);
    world_close(&w);
}

/* Half is free, and both slow ones get one; or less, and of two slow ones it is one at a time. */
static void slow_webhooks_when_it_is_busy(void) {
    size_t n, i, busy;
    for (busy = 7; busy <= 8; busy++) {
        begin();
        w.desc.retry_base_ms = 600000;
        w.desc.max_queue = 200;
        world_open(&w);
        world_create(&w, "a", "users.*");
        world_create(&w, "b", "users.*");
        world_create(&w, "c", "users.*");
        time_out("a", 0);
        time_out("b", 1);
        n = w.n_sent;
        emit_many("c", (unsigned)busy);
        world_run(&w);
        CHECK_SIZE(w.n_sent, n + busy);
        emit_many("a", 5);
        emit_many("b", 5);
        world_run(&w);
        CHECK_SIZE(w.n_sent, n + busy + (busy == 7 ? 2 : 1));
        for (i = n; i < n + busy; i++) world_answer(&w, i, 200);
        CHECK_SIZE(w.n_sent, n + busy + 2); /* now each has one */
        world_answer_all(&w, 200);
        CHECK(w.d.queued == 2);
        world_close(&w);
    }
}

/* A device with one slot goes on after a time-out, with that webhook and with others. */
static void one_slot(void) {
    begin();
    w.desc.max_in_flight = 1;
    world_open(&w);
    world_create(&w, "a", "users.*");
    world_create(&w, "b", "users.*");
    time_out("a", 0);
    emit_many("b", 1);
    emit_many("a", 1);
    world_run(&w);
    CHECK(w.d.in_flight == 1);
    world_answer(&w, 1, 200);
    CHECK(w.d.in_flight == 1);
    world_answer(&w, 2, 200);
    (void)world_until(&w, 4, 7000);
    world_answer(&w, 3, 200);
    CHECK(w.d.delivered == 3 && w.d.queued == 0);
    world_close(&w);
}

/* ---- restarts ---- */

/* Where a delivery had come to lasts over a restart: the number of attempts, and when the next is due, which is
 * within 0 and the cap whatever the clock says. */
static void progress_over_a_restart(void) {
    static const int64_t jump[] = { 0, YEAR_MS, -YEAR_MS };
    size_t i;
    for (i = 0; i < 3; i++) {
        uint64_t due;
        begin_with_one();
        emit("e1");
        world_run(&w);
        world_answer(&w, 0, 500);
        due = waited(0);
        world_wait(&w, 1500);
        w.tick = 77; /* another machine's */
        w.unix_ms += jump[i];
        world_crash(&w);
        world_take_all(&w);
        CHECK(w.d.queued == 1 && w.d.events == 1);
        if (i == 0) CHECK(world_until(&w, 2, 7000) == due - 1500);
        if (i == 1) CHECK(world_until(&w, 2, 7000) == 0);
        if (i == 2) CHECK(world_until(&w, 2, 4000000) == 3600000);
        world_answer(&w, 1, 500);
        CHECK(w.log[1].e.attempt == 2 && w.log[1].e.outcome == WEBHOOK_RETRYING);
        CHECK(waited(1) >= 20000 && waited(1) <= 30000);
        (void)world_until(&w, 3, 30000);
        world_answer(&w, 2, 200);
        CHECK_STR(w.log[2].e.event_id, "e1");
        world_close(&w);
    }
}

/* What was under way is done again, what was delivered is not; failures in a row are still known. */
static void a_crash_between_deliveries(void) {
    char first[2];
    begin();
    w.desc.max_retries = WEBHOOK_RETRIES_NONE;
    world_open(&w);
    world_create(&w, "a", "users.*");
    world_create(&w, "b", "users.*");
    emit("e0");
    world_run(&w);
    CHECK_SIZE(w.n_sent, 2);
    world_text(first, sizeof first, world_sent_field(&w, 0, "X-Appwrite-Webhook-Id"));
    world_answer(&w, 0, 500);
    CHECK(world_info(&w, first).failures == 1);
    world_crash(&w);
    world_take_all(&w);
    CHECK(w.d.queued == 1);
    CHECK(world_info(&w, first).failures == 1);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 3);
    CHECK(webhook_str_eq(world_sent_field(&w, 1, "X-Appwrite-Webhook-Id"),
                         world_sent_field(&w, 2, "X-Appwrite-Webhook-Id")));
    CHECK(webhook_str_eq(w.sent[1].body, w.sent[2].body));
    world_answer(&w, 2, 200);
    CHECK(w.log[1].e.attempt == 1 && w.d.delivered == 1);
    world_close(&w);
}

/* Progress comes in any order, and some of it may be of another event, damaged or lost. */
static void progress_in_any_order(void) {
    unsigned way;
    for (way = 0; way < 8; way++) {
        webhook_str progress[8], missing;
        const world_record *event = NULL;
        size_t i, n = 0;
        char id[2] = "a", other[8] = "garbage";
        begin();
        world_open(&w);
        for (i = 0; i < 4; i++, id[0]++) world_create(&w, id, "users.*");
        emit("e1");
        world_run(&w);
        for (i = 0; i < 4; i++) world_answer(&w, i, 500);
        world_crash(&w);
        world_take_all_of(&w, "wf");
        progress[n++] = webhook_str_from(other, sizeof other);
        for (i = 0; i < w.records; i++) {
            const world_record *r = &w.record[way % 2 ? i : w.records - 1 - i];
            if (r->key[0] == 'e') event = r;
            if (r->key[0] == 'w') progress[0] = webhook_str_from(r->bytes, r->len);
            if (r->key[0] == 'd' && n < 8) progress[n++] = webhook_str_from(r->bytes, r->len);
        }
        CHECK(n == 5 && event != NULL);
        if (event == NULL) return;
        progress[5] = progress[1 + way / 2];
        progress[1 + way / 2] = progress[4];
        progress[4] = progress[5];
        n -= way % 2; /* one is lost: that delivery begins anew */
        CHECK_STATUS(webhook_delivery_take(&w.d, webhook_str_from(event->bytes, event->len),
                                           progress, n, &missing),
                     WEBHOOK_OK);
        world_run(&w);
        CHECK_SIZE(w.n_sent, 4 + way % 2);
        world_answer_all(&w, 200);
        while (w.d.queued > 0 && w.next != UINT64_MAX) {
            world_wait(&w, w.next - w.tick);
            world_answer_all(&w, 200);
        }
        CHECK(w.d.delivered == 4);
        for (i = 4; i < w.n_log; i++) CHECK(w.log[i].e.attempt == (way % 2 && i == 4 ? 1u : 2u));
        world_close(&w);
    }
}

/* Order holds over a restart: by when events were emitted, not by how they are taken in; what is new comes behind. */
static void order_over_a_restart(void) {
    static const size_t swap[][2] = { { 1, 3 }, { 1, 2 }, { 2, 3 } };
    webhook_settings s;
    world_record r;
    size_t i;
    for (i = 0; i < 3; i++) {
        begin();
        world_open(&w);
        s = world_settings("a", "users.*");
        s.ordered = WEBHOOK_YES;
        world_add(&w, &s);
        emit("e0");
        emit("e1");
        emit("e2");
        world_crash(&w);
        r = w.record[swap[i][0]]; /* the store lists them in another order */
        w.record[swap[i][0]] = w.record[swap[i][1]];
        w.record[swap[i][1]] = r;
        world_take_all(&w);
        emit("e3");
        world_run(&w);
        world_answer_all(&w, 200);
        CHECK_STR(world_str(order_of(0)), "0123");
        world_close(&w);
    }
}

/* Deleted before the restart, or its queue dropped: what was queued is cancelled, each with an entry. */
static void what_is_taken_in_for_nobody(void) {
    webhook_change change;
    webhook_emitted out;
    world_record events[2];
    webhook_str missing;
    size_t i, n = 0;
    begin_with_one();
    world_create(&w, "b", "users.*");
    CHECK_STATUS(world_emit_to(&w, "a", "e1", "users.u1", WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
    CHECK_STATUS(world_emit_to(&w, "b", "e2", "users.u1", WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
    for (i = 0; i < w.records; i++)
        if (w.record[i].key[0] == 'e' &&
            CHECK(n < 2)) { /* kept by a store that is a little behind */
            events[n] = w.record[i];
            events[n].bytes = test_exact(webhook_str_from(w.record[i].bytes, w.record[i].len));
            n++;
        }
    CHECK_STATUS(webhook_registry_delete(&w.registry, WEBHOOK_STR("a"), w.unix_ms, &change),
                 WEBHOOK_OK);
    CHECK_STATUS(webhook_registry_drop_queue(&w.registry, WEBHOOK_STR("b"), w.unix_ms, &change),
                 WEBHOOK_OK);
    world_crash(&w);
    for (i = 0; i < w.records; i++) {
        if (w.record[i].key[0] == 'w')
            CHECK_STATUS(webhook_registry_take(
                             &w.registry, webhook_str_from(w.record[i].bytes, w.record[i].len)),
                         WEBHOOK_OK);
    }
    w.n_log = 0;
    for (i = 0; i < n; i++) {
        webhook_status st = world_take(&w, &events[i]);
        if (st == WEBHOOK_ERR_NOT_FOUND) { /* no tombstone is left: then it is told */
            CHECK_STATUS(webhook_delivery_take(&w.d,
                                               webhook_str_from(events[i].bytes, events[i].len),
                                               NULL, 0, &missing),
                         WEBHOOK_ERR_NOT_FOUND);
            CHECK_STR(missing, "wa");
            CHECK(missing.ptr > events[i].bytes && missing.ptr < events[i].bytes + events[i].len);
            CHECK_STATUS(webhook_registry_absent(&w.registry, missing), WEBHOOK_OK);
            st = world_take(&w, &events[i]);
        }
        CHECK_STATUS(st, WEBHOOK_OK);
    }
    world_run(&w);
    CHECK(w.n_sent == 0 && w.d.queued == 0 && w.d.cancelled == 2);
    CHECK_SIZE(w.n_log, 2);
    for (i = 0; i < w.n_log; i++)
        CHECK(w.log[i].e.outcome == WEBHOOK_CANCELLED && w.log[i].e.count == 1);
    CHECK_SIZE(world_records(&w, "e"), 0);
    for (i = 0; i < n; i++) free(events[i].bytes);
    world_close(&w);
}

/* What was delivered before its webhook was deleted is not cancelled when the rest of the event is taken in. */
static void what_has_ended_is_not_taken_in(void) {
    webhook_change change;
    char first[2];
    begin_with_one();
    world_create(&w, "b", "users.*");
    emit("e1");
    world_run(&w);
    world_text(first, sizeof first, world_sent_field(&w, 0, "X-Appwrite-Webhook-Id"));
    world_answer(&w, 0, 200);
    CHECK_STATUS(webhook_registry_delete(&w.registry, world_str(first), w.unix_ms, &change),
                 WEBHOOK_OK);
    world_crash(&w);
    w.n_log = 0;
    world_take_all_of(&w, "wf");
    CHECK_STATUS(webhook_registry_absent(&w.registry,
                                         first[0] == 'a' ? WEBHOOK_STR("wa") : WEBHOOK_STR("wb")),
                 WEBHOOK_OK);
    world_take_all_of(&w, "e");
    CHECK(w.n_log == 0 && w.d.cancelled == 0 && w.d.queued == 1);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 3);
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 1 && w.d.events == 0);
    world_close(&w);
}

/* Somebody else has the event now: it leaves memory without a word, and the store keeps it. */
static void an_event_is_let_go(void) {
    webhook_emitted out;
    webhook_str key;
    begin_with_one();
    world_create(&w, "b", "users.*");
    CHECK_STATUS(world_emit_to(&w, "", "e1", "users.u1", WEBHOOK_STR("{}"), &out), WEBHOOK_OK);
    key = webhook_str_from(out.key, sizeof out.key);
    world_run(&w);
    world_answer(&w, 0, 500);
    CHECK_SIZE(w.n_log, 1);
    CHECK_STATUS(webhook_delivery_let_go(&w.d, key), WEBHOOK_OK);
    CHECK_SIZE(w.n_cancelled, 1);
    CHECK(w.n_log == 1 && w.d.queued == 0 && w.d.events == 0 && w.d.in_flight == 0);
    CHECK(w.d.delivered + w.d.gave_up + w.d.cancelled == 0);
    CHECK(w.lending == 0 && world_records(&w, "e") == 1 && world_records(&w, "d") == 1);
    CHECK_STATUS(webhook_delivery_let_go(&w.d, key), WEBHOOK_NO_MATCH);
    world_pass(&w, 100000);
    CHECK_SIZE(w.n_sent, 2);
    CHECK_STATUS(world_take(&w, world_find(&w, key)), WEBHOOK_OK); /* and has it back */
    CHECK_STATUS(world_take(&w, world_find(&w, key)), WEBHOOK_OK); /* held already */
    CHECK(w.d.queued == 2 && w.d.events == 1);
    CHECK_STATUS(webhook_delivery_let_go(&w.d, key), WEBHOOK_OK); /* at once */
    CHECK(w.d.queued == 0 && w.d.events == 0);
    CHECK_STATUS(world_take(&w, world_find(&w, key)), WEBHOOK_OK);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 4);
    world_answer_all(&w, 200);
    CHECK(w.d.delivered == 2);
    world_close(&w);
}

/* Of several that were taken in, one is let go before the next run. */
static void one_of_several_is_let_go(void) {
    char key[WEBHOOK_EVENT_KEY_MAX + 1];
    size_t i, k;
    for (k = 0; k < 3; k++) {
        begin_with_one();
        emit("e0");
        emit("e1");
        emit("e2");
        world_crash(&w);
        world_take_all(&w);
        for (i = 0; i < w.records; i++)
            if (w.record[i].key[0] == 'e' && (size_t)(w.record[i].key[32] - '1') == k)
                memcpy(key, w.record[i].key, sizeof key);
        CHECK_STATUS(webhook_delivery_let_go(&w.d, world_str(key)), WEBHOOK_OK);
        CHECK(w.d.queued == 2 && w.d.events == 2);
        world_run(&w);
        CHECK_SIZE(w.n_sent, 2);
        for (i = 0; i < w.n_sent; i++) CHECK(order_of(i)[0] != (char)('0' + (char)k));
        world_answer_all(&w, 200);
        CHECK(w.d.delivered == 2 && world_records(&w, "e") == 1);
        world_remove(&w, world_str(key));
        world_close(&w);
    }
}

/* ---- clocks and memory ---- */

/* A timestamp that no receiver would take is never sent: nothing begins until the clock is set. */
static void the_clock_is_not_set(void) {
    static const int64_t unset[] = { 0, 999, -1, INT64_MIN };
    size_t i;
    for (i = 0; i < 4; i++) {
        begin_with_one();
        emit("e1");
        w.unix_ms = unset[i];
        w.next = webhook_delivery_run(&w.d, w.tick, w.unix_ms);
        CHECK(w.n_sent == 0 && w.next > w.tick);
        w.tick += 1000;
        w.next = webhook_delivery_run(&w.d, w.tick, w.unix_ms);
        CHECK(w.n_sent == 0 && w.next > w.tick);
        w.unix_ms = 1000;
        world_run(&w);
        CHECK_SIZE(w.n_sent, 1);
        CHECK_STR(world_sent_field(&w, 0, "X-Appwrite-Webhook-Timestamp"), "1");
        world_answer(&w, 0, 200);
        emit("e2"); /* also where the record was on the way when the clock was lost */
        w.get_says = WEBHOOK_PENDING;
        world_run(&w);
        w.unix_ms = unset[i];
        world_got(&w, WEBHOOK_OK);
        w.next = webhook_delivery_run(&w.d, w.tick, w.unix_ms);
        CHECK(w.n_sent == 1 && w.next > w.tick);
        w.get_says = WEBHOOK_OK;
        w.unix_ms = WORLD_UNIX_MS;
        (void)world_until(&w, 2, 10000);
        world_answer(&w, 1, 200);
        world_close(&w);
    }
}

/* With nothing to do it need not be called again; with an attempt under way at its deadline. */
static void when_it_wants_to_be_called(void) {
    begin_with_one();
    world_run(&w);
    CHECK(w.next == UINT64_MAX);
    emit("e1");
    world_run(&w);
    CHECK(w.next == WORLD_TICK + 30000);
    w.tick += 10000;
    emit("e2");
    world_run(&w);
    CHECK(w.next == WORLD_TICK + 30000);
    world_answer(&w, 0, 200);
    world_pass(&w, 1000); /* the removal is committed */
    CHECK(w.next == WORLD_TICK + 40000);
    world_answer(&w, 1, 200);
    world_pass(&w, 1000);
    CHECK(w.next == UINT64_MAX);
    world_close(&w);
}

/* Need is what init wants, neither more nor less, and the macro suffices where it is known when compiling. */
static void memory_of_an_engine(void) {
    static const uint32_t sizes[][4] = { { 1, 1, 1, 1 },    { 8, 8, 8, 1 },    { 3, 2, 1, 5 },
                                         { 100, 7, 50, 3 }, { 1000, 1, 1, 2 }, { 1, 1000, 1000, 1 },
                                         { 33, 32, 31, 16 } };
    static const size_t heads[] = { 1, 512, 4097 };
    size_t i, k, need;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (k = 0; k < 3; k++) {
            webhook_delivery_desc desc;
            char *memory;
            begin();
            world_open(&w); /* for its registry; another engine takes it over */
            w.registry.engine = NULL;
            desc = w.desc;
            desc.max_queue = sizes[i][0];
            desc.max_events = sizes[i][1];
            desc.max_fanout = sizes[i][2];
            desc.max_in_flight = sizes[i][3];
            desc.head_size = heads[k];
            need = webhook_delivery_need(&desc);
            CHECK(need > 0 && need <= WEBHOOK_DELIVERY_SIZE(sizes[i][0], sizes[i][1], sizes[i][2],
                                                            sizes[i][3], heads[k]));
            memory = (char *)world_memory(need + 8);
            desc.memory = memory;
            desc.memory_len = need - 1;
            CHECK_STATUS(webhook_delivery_init(&w.d, &desc), WEBHOOK_ERR_ARGUMENT);
            desc.memory = memory + 1;
            desc.memory_len = need;
            CHECK_STATUS(webhook_delivery_init(&w.d, &desc), WEBHOOK_ERR_ARGUMENT);
            desc.memory = memory;
            CHECK_STATUS(webhook_delivery_init(&w.d, &desc), WEBHOOK_OK);
            free(memory);
            world_forget(&w);
        }
}

/* What is left out is as the contract has it. */
static void defaults_of_an_engine(void) {
    webhook_delivery_desc none = WEBHOOK_ZERO, all = none;
    all.max_queue = all.max_events = all.max_fanout = 1000;
    all.max_in_flight = 16;
    all.head_size = 16384;
    CHECK_SIZE(webhook_delivery_need(&none), webhook_delivery_need(&all));
    none.max_queue = all.max_queue = all.max_events = all.max_fanout = 500;
    CHECK_SIZE(webhook_delivery_need(&none), webhook_delivery_need(&all));
    none.max_queue = all.max_queue = all.max_events = 3000;
    all.max_fanout = 1000;
    CHECK_SIZE(webhook_delivery_need(&none), webhook_delivery_need(&all));
}

/* Figures that are promised: 64 bytes for a delivery, 96 for its event */
static void bytes_for_a_delivery(void) {
    webhook_delivery_desc desc = WEBHOOK_ZERO;
    size_t one, more;
    desc.max_queue = desc.max_events = desc.max_fanout = 1024;
    one = webhook_delivery_need(&desc);
    desc.max_queue = 2048;
    more = webhook_delivery_need(&desc);
    CHECK(more - one <= 1024 * 64);
    desc.max_events = 2048;
    CHECK(webhook_delivery_need(&desc) - more <= 1024 * 96);
}

/* A full engine of the least memory does its work: every limit is reached, and nothing is written beside it. */
static void an_engine_that_is_full(void) {
    char id[2] = "a";
    unsigned round;
    size_t i;
    begin();
    w.desc.max_queue = 12;
    w.desc.max_events = 4;
    w.desc.max_fanout = 3;
    w.desc.max_in_flight = 16;
    world_open(&w);
    for (i = 0; i < 3; i++, id[0]++) world_create(&w, id, "users.*");
    for (round = 0; round < 4; round++) {
        for (i = 0; i < 4; i++) emit("e1");
        CHECK_STATUS(world_emit(&w, "e1", "users.u1"), WEBHOOK_ERR_FULL);
        CHECK(w.d.queued == 12 && w.d.events == 4);
        world_run(&w);
        world_answer_all(&w, 200);
        CHECK(w.d.queued == 0 && w.d.events == 0 && w.d.delivered == 12 * (round + 1));
    }
    world_close(&w);
}

static void a_tick_of_32_bits(void) {
    static const struct {
        uint64_t last;
        uint32_t now;
        uint64_t is;
    } row[] = { { 0, 0, 0 },
                { 0, 1, 1 },
                { 0, UINT32_MAX, UINT32_MAX },
                { UINT32_MAX - 9, UINT32_MAX, UINT32_MAX },
                { UINT32_MAX - 9, 0, UINT64_C(0x100000000) },
                { UINT32_MAX, UINT32_MAX, UINT32_MAX },
                { UINT32_MAX, 0, UINT64_C(0x100000000) },
                { UINT32_MAX, 0x7ffffffe, UINT64_C(0x17ffffffe) },
                { UINT32_MAX, 0x7fffffff, UINT64_C(0x17fffffff) },
                { UINT64_C(0x100000005), 5, UINT64_C(0x100000005) },
                { UINT64_C(0x100000005), 0x80000005, UINT64_C(0x180000005) },
                { UINT64_C(0x1ffffffff), 0, UINT64_C(0x200000000) },
                { UINT64_C(0xabcdef00ffffffff), 0, UINT64_C(0xabcdef0100000000) } };
    uint64_t t = 0;
    uint32_t low = 0;
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++)
        CHECK(webhook_tick_extend(row[i].last, row[i].now) == row[i].is);
    for (i = 0; i < 100; i++) {
        low += UINT32_C(0x70000001);
        t = webhook_tick_extend(t, low);
        CHECK(t == (i + 1) * UINT64_C(0x70000001));
    }
}

/* An engine whose tick wraps in the middle of everything */
static void the_tick_wraps(void) {
    uint32_t low = UINT32_MAX - 9;
    uint64_t due;
    begin();
    w.tick = webhook_tick_extend(0, low);
    world_open(&w);
    world_create(&w, "a", "users.*");
    emit("e1");
    world_run(&w);
    world_answer(&w, 0, 500);
    due = waited(0);
    low += (uint32_t)(due - 1);
    w.tick = webhook_tick_extend(w.tick, low);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 1);
    w.tick = webhook_tick_extend(w.tick, low + 1);
    world_run(&w);
    CHECK_SIZE(w.n_sent, 2);
    CHECK(w.sent[1].given.deadline_ms == w.tick + 30000);
    world_answer(&w, 1, 200);
    world_close(&w);
}

void suite_delivery(void) {
    RUN(the_example_of_the_mission);
    RUN(what_is_given_lies_where_it_should);
    RUN(basic_and_own_fields);
    RUN(nothing_secret_is_left);
    RUN(without_security);
    RUN(each_attempt_is_signed_anew);
    RUN(one_body_under_many_keys);
    RUN(the_overlap_of_two_secrets);
    RUN(a_scheme_that_signs_the_id);
    RUN(a_scheme_without_a_timestamp);
    RUN(a_scheme_that_signs_the_head);
    RUN(a_scheme_that_signs_a_head_cut_short);
    RUN(a_scheme_that_cannot_sign);
    RUN(which_answers_are_failures);
    RUN(an_entry_of_the_log_field_by_field);
    RUN(a_long_error);
    RUN(the_time_limit);
    RUN(a_shorter_time_limit);
    RUN(three_retries_with_growing_waits);
    RUN(a_retry_begins_when_it_is_due);
    RUN(the_wall_clock_jumps);
    RUN(the_cap_of_a_wait);
    RUN(a_table_of_waits);
    RUN(no_retry);
    RUN(retry_after);
    RUN(retry_after_in_other_answers);
    RUN(gone);
    RUN(a_pause_that_cannot_be_put);
    RUN(paused_after_failures);
    RUN(paused_by_the_user);
    RUN(a_head_that_does_not_fit);
    RUN(the_largest_head);
    RUN(nothing_is_sent_before_its_commit);
    RUN(a_commit_that_fails);
    RUN(loose_ends_are_committed);
    RUN(progress_that_cannot_be_put);
    RUN(a_record_that_comes_later);
    RUN(a_record_that_cannot_be_had_now);
    RUN(a_record_that_is_lost);
    RUN(the_budget_of_bodies);
    RUN(a_budget_that_is_used_up);
    RUN(a_pause_while_the_record_is_fetched);
    RUN(attempts_that_are_over);
    RUN(complete_inside_of_start);
    RUN(calls_from_inside);
    RUN(limits_of_emit);
    RUN(a_store_that_is_full);
    RUN(nobody_wants_it);
    RUN(to_one_webhook);
    RUN(to_those_that_want_it);
    RUN(an_empty_body);
    RUN(emit_borrows_nothing);
    RUN(a_webhook_is_deleted);
    RUN(a_queue_is_dropped);
    RUN(a_new_webhook_of_an_old_id);
    RUN(results_that_come_with_a_delete);
    RUN(a_delete_while_the_record_is_fetched);
    RUN(a_delete_before_an_event_is_committed);
    RUN(a_long_queue_is_dropped);
    RUN(a_delete_that_is_not_committed);
    RUN(a_change_between_attempts);
    RUN(the_arena_is_moved);
    RUN(an_ordered_webhook);
    RUN(order_comes_and_goes);
    RUN(a_cap_on_attempts);
    RUN(a_rate);
    RUN(a_high_rate);
    RUN(a_rate_meanwhile);
    RUN(a_rate_counts_retries);
    RUN(a_busy_webhook_leaves_room);
    RUN(webhooks_take_turns);
    RUN(slow_webhooks_hold_up_nobody);
    RUN(slow_webhooks_when_it_is_busy);
    RUN(one_slot);
    RUN(progress_over_a_restart);
    RUN(a_crash_between_deliveries);
    RUN(progress_in_any_order);
    RUN(order_over_a_restart);
    RUN(what_is_taken_in_for_nobody);
    RUN(what_has_ended_is_not_taken_in);
    RUN(an_event_is_let_go);
    RUN(one_of_several_is_let_go);
    RUN(the_clock_is_not_set);
    RUN(when_it_wants_to_be_called);
    RUN(memory_of_an_engine);
    RUN(defaults_of_an_engine);
    RUN(bytes_for_a_delivery);
    RUN(an_engine_that_is_full);
    RUN(a_tick_of_32_bits);
    RUN(the_tick_wraps);
}
