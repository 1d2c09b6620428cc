/* test_signature.c -- schemes, signing, and verifying in one call and as the bytes arrive */
#include "schemes.h"
#include "test.h"

/* ---- what all of them share ---- */

#define NOW 1736937000
#define NOW_TEXT "1736937000"

static int all_zero(const void *p, size_t n) {
    const unsigned char *b = (const unsigned char *)p;
    while (n > 0 && b[n - 1] == 0) n--;
    return n == 0;
}

static webhook_hmac_key key_of(const webhook_scheme *s, const char *secret) {
    webhook_hmac_key k;
    CHECK_STATUS(webhook_key_init(&k, s, webhook_str_from_cstr(secret)), WEBHOOK_OK);
    return k;
}

/* Eight keys, each of another secret. */
static void keys_of(webhook_hmac_key keys[WEBHOOK_KEYS_MAX]) {
    char secret[] = "secret-0";
    size_t i;
    for (i = 0; i < WEBHOOK_KEYS_MAX; i++) {
        secret[7] = (char)('0' + i);
        keys[i] = key_of(NULL, secret);
    }
}

static webhook_message message_of(const char *timestamp, webhook_str body) {
    webhook_message m = WEBHOOK_ZERO;
    m.timestamp = webhook_str_from_cstr(timestamp);
    m.body = body;
    return m;
}

/* delivery -- what arrives, and how: the way through is chosen by what is not zero */
typedef struct delivery {
    const webhook_scheme *scheme;
    const webhook_hmac_key *keys;
    size_t n_keys;
    webhook_message m;
    webhook_str signature;
    int64_t now_s;
    size_t scratch;  /* words of it */
    size_t cut[2];   /* of the body, from its start; the rest is a third piece */
    unsigned order;  /* rotates the fields */
    int byte_a_time; /* the body in pieces of one byte */
    webhook_status head;
} delivery;

typedef struct head_field {
    webhook_str name, value;
} head_field;

static size_t field_add(head_field *f, size_t n, webhook_str name, webhook_str value) {
    if (name.len == 0 || value.len == 0) return n;
    f[n].name = name;
    f[n].value = value;
    return n + 1;
}

/* A field without a name stands for the request line. */
static size_t fields_of(const delivery *d, head_field f[12]) {
    webhook_scheme mission = webhook_scheme_default();
    const webhook_scheme *s = d->scheme == NULL ? &mission : d->scheme;
    webhook_str rest = d->m.fields, line, name;
    size_t n = 0;
    n = field_add(f, n, s->timestamp_field, d->m.timestamp);
    n = field_add(f, n, s->signature_field, d->signature);
    n = field_add(f, n, s->id_field, d->m.id);
    while (n < 11 && webhook_str_cut(&rest, '\n', &line) == WEBHOOK_OK) {
        if (webhook_str_cut(&line, ':', &name) != WEBHOOK_OK || line.len < 2) continue;
        n = field_add(f, n, name, webhook_str_from(line.ptr + 1, line.len - 2));
    }
    if (d->m.method.len > 0) f[n++].name = webhook_str_from(NULL, 0);
    return n;
}

static void feed_head(webhook_verify_ctx *c, const delivery *d) {
    head_field f[12];
    size_t i, n = fields_of(d, f);
    for (i = 0; i < n; i++) {
        const head_field *one = &f[(i + d->order) % n];
        if (one->name.len == 0)
            webhook_verify_line(c, d->m.method, d->m.target);
        else
            webhook_verify_field(c, one->name, one->value);
    }
}

static void feed_body(webhook_verify_ctx *c, const delivery *d) {
    webhook_str b = d->m.body;
    size_t at = 0, i;
    if (d->byte_a_time)
        for (; at < b.len; at++) webhook_verify_body(c, webhook_str_from(b.ptr + at, 1));
    for (i = 0; i < 2; i++)
        if (d->cut[i] > at && d->cut[i] <= b.len) {
            webhook_verify_body(c, webhook_str_from(b.ptr + at, d->cut[i] - at));
            at = d->cut[i];
        } else
            webhook_verify_body(c, webhook_str_from(NULL, 0));
    if (at < b.len) webhook_verify_body(c, webhook_str_from(b.ptr + at, b.len - at));
}

/* stream_by -- the delivery as its bytes arrive; what must hold for every delivery is checked here */
static webhook_status stream_by(delivery *d, int plain, webhook_replay_key *replay) {
    uint32_t *scratch = (uint32_t *)malloc((d->scratch + (d->scratch == 0)) * sizeof *scratch);
    webhook_verify_ctx c;
    webhook_status status;
    if (scratch == NULL) abort();
    memset(&c, 0xa5, sizeof c);
    if (plain)
        webhook_verify_init(&c);
    else
        webhook_verify_init_scheme(&c, d->scheme, d->scratch == 0 ? NULL : scratch, d->scratch);
    feed_head(&c, d);
    d->head = webhook_verify_head(&c, d->keys, d->n_keys, d->now_s);
    feed_body(&c, d);
    status = webhook_verify_final(&c);
    *replay = webhook_verify_replay_key(&c);
    if (d->head != WEBHOOK_MORE) CHECK_STATUS(status, d->head);
    if (status == WEBHOOK_OK)
        CHECK(all_zero(&c.sha, sizeof c.sha));
    else
        CHECK(all_zero(replay, sizeof *replay) && all_zero(&c, sizeof c));
    free(scratch);
    return status;
}

/* stream -- by the machine for every scheme and, where it can, by the plain one: the same answers */
static webhook_status stream(delivery *d, webhook_replay_key *replay) {
    webhook_replay_key key, plain_key;
    webhook_status status, plain;
    if (d->scheme == NULL && d->n_keys == 1) {
        plain = stream_by(d, 1, &plain_key);
        status = stream_by(d, 0, &key);
        CHECK_STATUS(plain, status);
        CHECK(memcmp(&key, &plain_key, sizeof key) == 0);
    } else {
        status = stream_by(d, 0, &key);
    }
    if (replay != NULL) *replay = key;
    return status;
}

/* both -- the two ways, which must agree */
static webhook_status both(delivery *d) {
    webhook_status one, arriving = stream(d, NULL);
    one = webhook_verify(d->scheme, d->keys, d->n_keys, &d->m, d->signature, d->now_s);
    CHECK_STATUS(arriving, one);
    return one;
}

static webhook_str sign_into(char *text, size_t cap, const webhook_scheme *s,
                             const webhook_hmac_key *k, const webhook_message *m) {
    webhook_buf out = webhook_buf_from(text, cap);
    CHECK_STATUS(webhook_sign(s, k, m, &out), WEBHOOK_OK);
    return webhook_buf_str(&out);
}

/* A signed delivery of the mission's scheme: key, text and message stay the caller's. */
static delivery delivery_of(const webhook_hmac_key *k, char text[64], webhook_str body) {
    delivery d = WEBHOOK_ZERO;
    d.keys = k;
    d.n_keys = 1;
    d.m = message_of(NOW_TEXT, body);
    d.signature = sign_into(text, 64, NULL, k, &d.m);
    d.now_s = NOW;
    return d;
}

/* ---- facts from others ---- */

/* Made with OpenSSL over the raw bytes; a receiver that writes the JSON anew computes another one. */
static void a_known_signature(void) {
    webhook_hmac_key k = key_of(NULL, "secret-key-123");
    char text[64];
    delivery d = delivery_of(
        &k, text,
        WEBHOOK_STR("{\"$id\":\"order_456\",\"total\":99.99,\"url\":\"https:\\/\\/x.y\\/z\"}"));
    CHECK_STR(d.signature, "71b0be02a99b1fd69c88894854761fe6ea24863917ab070b0ffad74d6d067f51");
    CHECK_STATUS(both(&d), WEBHOOK_OK);
}

static void github_row(char **f, size_t n) {
    webhook_scheme s = scheme_github();
    webhook_hmac_key k;
    delivery d = WEBHOOK_ZERO;
    int valid;
    if (!CHECK(n >= 10) || strcmp(f[1], "github") != 0) return;
    CHECK_STATUS(webhook_key_init(&k, &s, test_unhex(f[2])), WEBHOOK_OK);
    d.scheme = &s;
    d.keys = &k;
    d.n_keys = 1;
    d.signature = test_unhex(f[5]);
    d.m.body = test_unhex(f[6]);
    valid = strcmp(f[9], "valid") == 0;
    CHECK_STATUS(both(&d), valid ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE);
    if (valid) {
        char text[71];
        webhook_str made = sign_into(text, sizeof text, &s, &k, &d.m);
        CHECK(webhook_str_eq(made, d.signature));
    }
}

static void githubs_rows(void) {
    CHECK_SIZE(test_rows("signatures.tsv", '\t', github_row), 6);
}

static const char standard_secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static const char standard_signature[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

/* The example that the libraries of Standard Webhooks carry in their own tests. */
static delivery standard_example(const webhook_scheme *s, const webhook_hmac_key *k) {
    delivery d = WEBHOOK_ZERO;
    d.scheme = s;
    d.keys = k;
    d.n_keys = 1;
    d.m = message_of("1614265330", WEBHOOK_STR("{\"test\": 2432232314}"));
    d.m.id = WEBHOOK_STR("msg_p5jXN8AQM9LWM0D4loKWxJek");
    d.signature = webhook_str_from_cstr(standard_signature);
    d.now_s = 1614265330;
    d.scratch = WEBHOOK_VERIFY_SCRATCH(1, 1, 10 + 28 + 4);
    return d;
}

static void standard_webhooks_example(void) {
    webhook_scheme s = scheme_standard();
    webhook_hmac_key k = key_of(&s, standard_secret), plain = key_of(&s, standard_secret + 6);
    delivery d = standard_example(&s, &k);
    char text[64];
    CHECK_STR(sign_into(text, sizeof text, &s, &k, &d.m), standard_signature);
    CHECK(memcmp(&k, &plain, sizeof k) == 0);
    for (d.order = 0; d.order < 3; d.order++) CHECK_STATUS(both(&d), WEBHOOK_OK);
    d.signature =
        WEBHOOK_STR("v2,AAAA v1a,AAAA v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= junk "
                    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    d.scratch += 8;
    CHECK_STATUS(both(&d), WEBHOOK_OK);
    d.now_s += 301;
    CHECK_STATUS(both(&d), WEBHOOK_ERR_STALE);
}

static void the_missions_fields(void) {
    webhook_scheme s = webhook_scheme_default();
    CHECK_STR(s.webhook_id_field, "X-Appwrite-Webhook-Id");
    CHECK_STR(s.events_field, "X-Appwrite-Webhook-Events");
    CHECK_STR(s.name_field, "X-Appwrite-Webhook-Name");
    CHECK_STR(s.timestamp_field, "X-Appwrite-Webhook-Timestamp");
    CHECK_STR(s.signature_field, "X-Appwrite-Webhook-Signature");
    CHECK(s.id_field.len == 0 && !s.no_timestamp);
}

static void sizes_of_contexts(void) {
    if (sizeof(void *) == 8) CHECK(sizeof(webhook_verify_ctx) <= 208);
    if (sizeof(void *) == 4) CHECK(sizeof(webhook_verify_ctx) <= 176);
    CHECK(WEBHOOK_VERIFY_SCRATCH(1, 1, 0) == 0);
    CHECK(sizeof(webhook_mac) == WEBHOOK_SHA256_SIZE);
}

/* ---- signing ---- */

/* The text that is signed, put together here, under the HMAC that has its own tests. */
static void mac_by_hand(const webhook_hmac_key *k, webhook_str before, webhook_str body,
                        webhook_mac *mac) {
    static char text[2048];
    webhook_buf b = webhook_buf_from(text, sizeof text);
    webhook_buf_put(&b, before);
    webhook_buf_put(&b, body);
    CHECK_STATUS(webhook_hmac(k, webhook_buf_str(&b), mac->byte), WEBHOOK_OK);
}

static void sign_many_is_sign_under_each_key(void) {
    webhook_hmac_key keys[WEBHOOK_KEYS_MAX];
    const webhook_hmac_key *ptr[WEBHOOK_KEYS_MAX];
    webhook_message m = message_of(NOW_TEXT, WEBHOOK_STR("body"));
    size_t n, i;
    keys_of(keys);
    for (i = 0; i < WEBHOOK_KEYS_MAX; i++) ptr[i] = &keys[i];
    CHECK_STATUS(webhook_sign_many(NULL, NULL, 0, &m, NULL), WEBHOOK_OK);
    for (n = 1; n <= WEBHOOK_KEYS_MAX; n++) {
        webhook_mac *macs = (webhook_mac *)malloc(n * sizeof *macs);
        if (macs == NULL) abort();
        CHECK_STATUS(webhook_sign_many(NULL, ptr, n, &m, macs), WEBHOOK_OK);
        for (i = 0; i < n; i++) {
            char text[64], hex[64];
            webhook_buf b = webhook_buf_from(hex, sizeof hex);
            webhook_str one = sign_into(text, sizeof text, NULL, &keys[i], &m);
            webhook_mac wanted;
            webhook_hex_write(&b, test_bytes_of(&macs[i], sizeof macs[i]));
            CHECK(webhook_str_eq(one, webhook_buf_str(&b)));
            mac_by_hand(&keys[i], WEBHOOK_STR(NOW_TEXT "."), m.body, &wanted);
            CHECK(memcmp(&wanted, &macs[i], sizeof wanted) == 0);
        }
        free(macs);
    }
}

/* More keys than one verification takes: a server has one for each webhook. */
static void sign_many_has_no_limit_of_keys(void) {
    enum { many = 100 };
    webhook_hmac_key keys[WEBHOOK_KEYS_MAX];
    const webhook_hmac_key *ptr[many];
    webhook_message m = message_of(NOW_TEXT, WEBHOOK_STR("body"));
    webhook_mac macs[many];
    size_t i;
    keys_of(keys);
    for (i = 0; i < many; i++) ptr[i] = &keys[i % WEBHOOK_KEYS_MAX];
    CHECK_STATUS(webhook_sign_many(NULL, ptr, many, &m, macs), WEBHOOK_OK);
    for (i = WEBHOOK_KEYS_MAX; i < many; i++)
        CHECK(memcmp(&macs[i], &macs[i - WEBHOOK_KEYS_MAX], sizeof *macs) == 0);
}

static void sign_at_every_capacity(void) {
    webhook_hmac_key k = key_of(NULL, "secret");
    webhook_message m = message_of(NOW_TEXT, WEBHOOK_STR("body"));
    size_t cap;
    for (cap = 0; cap <= 65; cap++) {
        char *block = (char *)malloc(cap + 1);
        webhook_buf out = webhook_buf_from(block, cap), count = WEBHOOK_ZERO;
        if (block == NULL) abort();
        memset(block, 0x5a, cap + 1);
        CHECK_STATUS(webhook_sign(NULL, &k, &m, &out), cap < 64 ? WEBHOOK_ERR_SPACE : WEBHOOK_OK);
        CHECK_SIZE((size_t)out.total, 64);
        CHECK_SIZE(webhook_buf_str(&out).len, cap < 64 ? 0 : 64);
        CHECK(block[cap] == 0x5a);
        CHECK_STATUS(webhook_sign(NULL, &k, &m, &count), WEBHOOK_OK);
        CHECK_SIZE((size_t)count.total, 64);
        free(block);
    }
}

static void sign_refuses_and_puts_nothing(void) {
    webhook_hmac_key k = key_of(NULL, "secret"), none = WEBHOOK_ZERO;
    const webhook_hmac_key *two[2];
    webhook_message m = message_of(NOW_TEXT, WEBHOOK_STR("body")), bad = message_of("x", m.body);
    webhook_mac macs[2];
    char text[64];
    webhook_buf out = webhook_buf_from(text, sizeof text);
    CHECK_STATUS(webhook_sign(NULL, NULL, &m, &out), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_sign(NULL, &k, NULL, &out), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_sign(NULL, &k, &m, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_sign(NULL, &k, &bad, &out), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_sign(NULL, &none, &m, &out), WEBHOOK_ERR_KEY);
    CHECK(out.total == 0 && out.len == 0);
    two[0] = &k;
    two[1] = &none;
    memset(macs, 0xa5, sizeof macs);
    CHECK_STATUS(webhook_sign_many(NULL, two, 2, &m, macs), WEBHOOK_ERR_KEY);
    CHECK(all_zero(macs, sizeof macs));
    two[1] = NULL;
    memset(macs, 0xa5, sizeof macs);
    CHECK_STATUS(webhook_sign_many(NULL, two, 2, &m, macs), WEBHOOK_ERR_ARGUMENT);
    CHECK(all_zero(macs, sizeof macs));
    memset(macs, 0xa5, sizeof macs);
    two[1] = &k;
    CHECK_STATUS(webhook_sign_many(NULL, two, 2, &bad, macs), WEBHOOK_ERR_ARGUMENT);
    CHECK(all_zero(macs, sizeof macs));
}

/* ---- secrets ---- */

static void secret_is(const webhook_scheme *s, webhook_str secret, webhook_status wanted) {
    webhook_hmac_key k;
    memset(&k, 0xa5, sizeof k);
    CHECK_STATUS(webhook_key_init(&k, s, test_guarded(secret)), wanted);
    if (wanted == WEBHOOK_OK)
        CHECK(!all_zero(&k, sizeof k));
    else
        CHECK(all_zero(&k, sizeof k));
}

static void secrets_of_the_mission(void) {
    webhook_hmac_key k;
    secret_is(NULL, WEBHOOK_STR(""), WEBHOOK_ERR_KEY);
    secret_is(NULL, WEBHOOK_STR(" "), WEBHOOK_ERR_KEY);
    secret_is(NULL, WEBHOOK_STR(" \t\r\n \n"), WEBHOOK_ERR_KEY);
    secret_is(NULL, WEBHOOK_STR(" x "), WEBHOOK_OK);
    secret_is(NULL, WEBHOOK_STR("\0"), WEBHOOK_OK);
    secret_is(NULL, WEBHOOK_STR("whsec_"), WEBHOOK_OK);
    CHECK_STATUS(webhook_key_init(NULL, NULL, WEBHOOK_STR("x")), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_key_init(&k, NULL, webhook_str_from(NULL, 1)), WEBHOOK_ERR_ARGUMENT);
}

static void a_plain_secret_is_the_key_as_given(void) {
    char text[300];
    size_t len;
    memset(text, 's', sizeof text);
    for (len = 1; len <= sizeof text; len++) {
        webhook_hmac_key a, b;
        webhook_str secret = webhook_str_from(text, len);
        CHECK_STATUS(webhook_key_init(&a, NULL, secret), WEBHOOK_OK);
        CHECK_STATUS(webhook_hmac_key_init(&b, secret), WEBHOOK_OK);
        CHECK(memcmp(&a, &b, sizeof a) == 0);
    }
}

static void secrets_that_a_scheme_decodes(void) {
    webhook_scheme s = scheme_standard();
    unsigned char bytes[193];
    char text[300];
    size_t len;
    secret_is(&s, WEBHOOK_STR(""), WEBHOOK_ERR_KEY);
    secret_is(&s, WEBHOOK_STR("  "), WEBHOOK_ERR_KEY);
    secret_is(&s, WEBHOOK_STR("whsec_"), WEBHOOK_ERR_KEY);
    secret_is(&s, WEBHOOK_STR("whsec_    "), WEBHOOK_ERR_KEY);
    secret_is(&s, WEBHOOK_STR("whsec_!!!!"), WEBHOOK_ERR_KEY);
    secret_is(&s, WEBHOOK_STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"), WEBHOOK_ERR_KEY);
    secret_is(&s, WEBHOOK_STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), WEBHOOK_ERR_KEY);
    memset(bytes, 0x5b, sizeof bytes);
    for (len = 1; len <= sizeof bytes; len++) {
        webhook_buf b = webhook_buf_from(text, sizeof text);
        webhook_hmac_key k, wanted;
        webhook_buf_put(&b, WEBHOOK_STR("whsec_"));
        webhook_base64_write(&b, test_bytes_of(bytes, len));
        secret_is(&s, webhook_buf_str(&b), len <= 192 ? WEBHOOK_OK : WEBHOOK_ERR_KEY);
        if (len > 192) continue;
        CHECK_STATUS(webhook_key_init(&k, &s, webhook_buf_str(&b)), WEBHOOK_OK);
        CHECK_STATUS(webhook_hmac_key_init(&wanted, test_bytes_of(bytes, len)), WEBHOOK_OK);
        CHECK(memcmp(&k, &wanted, sizeof k) == 0);
    }
}

/* A scheme's own function that says OK and prepares nothing must not make a key that anybody has. */
static webhook_status key_of_nothing(webhook_hmac_key *k, webhook_str secret) {
    (void)k, (void)secret;
    return WEBHOOK_OK;
}

static void a_key_function_that_does_nothing(void) {
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k = WEBHOOK_ZERO;
    s.key = key_of_nothing;
    CHECK_STATUS(webhook_key_init(&k, &s, WEBHOOK_STR("something")), WEBHOOK_ERR_KEY);
    CHECK(all_zero(&k, sizeof k));
}

/* ---- keys ---- */

static void each_key_may_have_signed(void) {
    webhook_hmac_key keys[WEBHOOK_KEYS_MAX], other = key_of(NULL, "another");
    size_t n, i;
    keys_of(keys);
    for (n = 1; n <= WEBHOOK_KEYS_MAX; n++) {
        webhook_hmac_key *exact = (webhook_hmac_key *)malloc(n * sizeof *exact);
        char text[64];
        delivery d;
        if (exact == NULL) abort();
        memcpy(exact, keys, n * sizeof *exact);
        for (i = 0; i < WEBHOOK_KEYS_MAX; i++) {
            d = delivery_of(&keys[i], text, WEBHOOK_STR("some body"));
            d.keys = exact;
            d.n_keys = n;
            d.scratch = WEBHOOK_VERIFY_SCRATCH(n, 1, 0);
            CHECK_STATUS(both(&d), i < n ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE);
            d.keys = keys; /* where more follow, they do not count */
            CHECK_STATUS(both(&d), i < n ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE);
            d.keys = exact;
        }
        d.signature = sign_into(text, sizeof text, NULL, &other, &d.m);
        CHECK_STATUS(both(&d), WEBHOOK_ERR_SIGNATURE);
        free(exact);
    }
}

static void keys_that_cannot_be_used(void) {
    webhook_hmac_key keys[WEBHOOK_KEYS_MAX + 1];
    char text[64];
    delivery d;
    size_t n, i;
    keys_of(keys);
    keys[WEBHOOK_KEYS_MAX] = keys[0];
    d = delivery_of(&keys[0], text, WEBHOOK_STR("body"));
    d.keys = keys;
    d.scratch = WEBHOOK_VERIFY_SCRATCH(9, 1, 0);
    d.n_keys = 0;
    CHECK_STATUS(both(&d), WEBHOOK_ERR_KEY);
    d.n_keys = 9;
    CHECK_STATUS(both(&d), WEBHOOK_ERR_ARGUMENT);
    d.n_keys = 1;
    d.keys = NULL;
    CHECK_STATUS(both(&d), WEBHOOK_ERR_ARGUMENT);
    d.keys = keys;
    CHECK_STATUS(webhook_verify(NULL, keys, 1, NULL, d.signature, NOW), WEBHOOK_ERR_ARGUMENT);
    for (n = 1; n <= WEBHOOK_KEYS_MAX; n++)
        for (i = 0; i < n; i++) {
            webhook_hmac_key saved = keys[i];
            memset(&keys[i], 0, sizeof keys[i]);
            d.n_keys = n;
            CHECK_STATUS(both(&d), WEBHOOK_ERR_KEY);
            keys[i] = saved;
        }
}

/* ---- splits and lengths ---- */

static void bodies_of_every_length_at_every_cut(void) {
    webhook_hmac_key keys[WEBHOOK_KEYS_MAX];
    char body[200], text[64];
    size_t len, i;
    keys_of(keys);
    for (i = 0; i < sizeof body; i++) body[i] = (char)test_random();
    for (len = 0; len <= sizeof body; len += test_stride()) {
        webhook_str b = test_guarded(webhook_str_from(body, len));
        delivery d = delivery_of(&keys[len % 3], text, b);
        webhook_mac wanted;
        char hex[64];
        webhook_buf h = webhook_buf_from(hex, sizeof hex);
        mac_by_hand(&keys[len % 3], WEBHOOK_STR(NOW_TEXT "."), b, &wanted);
        webhook_hex_write(&h, test_bytes_of(&wanted, sizeof wanted));
        CHECK(webhook_str_eq(webhook_buf_str(&h), d.signature));
        d.keys = keys;
        d.n_keys = 3;
        d.scratch = WEBHOOK_VERIFY_SCRATCH(3, 1, 0);
        for (d.cut[0] = 0; d.cut[0] <= len; d.cut[0]++) CHECK_STATUS(stream(&d, NULL), WEBHOOK_OK);
        d.cut[0] = 0;
        d.byte_a_time = 1;
        CHECK_STATUS(both(&d), WEBHOOK_OK);
    }
}

static void a_short_body_at_every_pair_of_cuts(void) {
    webhook_scheme s = scheme_standard();
    webhook_hmac_key k = key_of(NULL, "secret"), standard = key_of(&s, standard_secret);
    char text[64];
    delivery one = delivery_of(
        &k, text,
        WEBHOOK_STR("{\"a body\":\"that is longer than the block of SHA-256, and ends soon\"}"));
    delivery two = standard_example(&s, &standard);
    size_t a, b;
    for (a = 0; a <= one.m.body.len; a += test_stride())
        for (b = a; b <= one.m.body.len; b++) {
            one.cut[0] = a;
            one.cut[1] = b;
            CHECK_STATUS(stream(&one, NULL), WEBHOOK_OK);
            if (b > two.m.body.len) continue;
            two.cut[0] = a;
            two.cut[1] = b;
            CHECK_STATUS(stream(&two, NULL), WEBHOOK_OK);
        }
}

static void a_large_body_in_random_pieces(void) {
    static char body[70001];
    webhook_hmac_key keys[WEBHOOK_KEYS_MAX];
    uint32_t scratch[WEBHOOK_VERIFY_SCRATCH(3, 1, 0)];
    char text[64];
    delivery d;
    size_t i, at, take, limit;
    keys_of(keys);
    for (i = 0; i < sizeof body; i++) body[i] = (char)test_random();
    d = delivery_of(&keys[1], text, webhook_str_from(body, sizeof body));
    CHECK_STATUS(webhook_verify(NULL, keys, 3, &d.m, d.signature, NOW), WEBHOOK_OK);
    for (limit = 10; limit <= 100000; limit *= 10) {
        webhook_verify_ctx c;
        webhook_verify_init_scheme(&c, NULL, scratch, sizeof scratch / sizeof *scratch);
        feed_head(&c, &d);
        CHECK_STATUS(webhook_verify_head(&c, keys, 3, NOW), WEBHOOK_MORE);
        for (at = 0; at < sizeof body; at += take) {
            take = (size_t)(test_random() % limit);
            if (take > sizeof body - at) take = sizeof body - at;
            webhook_verify_body(&c, webhook_str_from(body + at, take));
        }
        CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_OK);
    }
}

/* An id of every length moves the body over the border of the first block. */
static void ids_of_every_length(void) {
    webhook_scheme s = scheme_standard();
    webhook_hmac_key k = key_of(&s, standard_secret);
    delivery d = standard_example(&s, &k);
    char id[140], text[64], before[200];
    size_t len;
    memset(id, 'i', sizeof id);
    for (len = 1; len <= sizeof id; len += test_stride()) {
        webhook_mac mac;
        webhook_buf b = webhook_buf_from(before, sizeof before),
                    t = webhook_buf_from(text, sizeof text);
        d.m.id = webhook_str_from(id, len);
        webhook_buf_put(&b, d.m.id);
        webhook_buf_put(&b, WEBHOOK_STR(".1614265330."));
        mac_by_hand(&k, webhook_buf_str(&b), d.m.body, &mac);
        scheme_standard_write(&t, d.m.timestamp, &mac, 1);
        d.signature = webhook_buf_str(&t);
        d.scratch = WEBHOOK_VERIFY_SCRATCH(1, 1, 10 + len + 4);
        CHECK_STATUS(both(&d), WEBHOOK_OK);
    }
}

/* ---- candidates and scratch ---- */

/* n signatures in the form of Standard Webhooks, the good one at place good. */
static webhook_str candidates(char *text, size_t cap, const delivery *d, size_t n, size_t good) {
    webhook_buf b = webhook_buf_from(text, cap);
    webhook_mac macs[12];
    size_t i;
    for (i = 0; i < n; i++) {
        webhook_mac mac = WEBHOOK_ZERO;
        const webhook_hmac_key *k = d->keys;
        if (i == good)
            CHECK_STATUS(webhook_sign_many(d->scheme, &k, 1, &d->m, &mac), WEBHOOK_OK);
        else
            mac.byte[i] = 1;
        macs[i] = mac;
    }
    scheme_standard_write(&b, d->m.timestamp, macs, n);
    return webhook_buf_str(&b);
}

static void eight_candidates_at_the_most(void) {
    webhook_scheme s = scheme_standard();
    webhook_hmac_key k = key_of(&s, standard_secret);
    delivery d = standard_example(&s, &k);
    char text[600];
    size_t n, good;
    for (n = 1; n <= 12; n++)
        for (good = 0; good < n; good++) {
            d.signature = candidates(text, sizeof text, &d, n, good);
            d.scratch = WEBHOOK_VERIFY_SCRATCH(1, n, 10 + 28 + 4);
            CHECK_STATUS(both(&d), n <= 8 ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE);
        }
}

/* Where one thing alone is too large the status is known; where two are, it depends on the order. */
static void scratch_exact_and_one_word_less(void) {
    webhook_scheme s = scheme_standard();
    webhook_hmac_key keys[WEBHOOK_KEYS_MAX];
    char text[600], id[40];
    size_t n, c, len;
    keys_of(keys);
    memset(id, 'i', sizeof id);
    for (len = 1; len <= sizeof id; len += 13)
        for (n = 1; n <= WEBHOOK_KEYS_MAX; n++)
            for (c = 1; c <= WEBHOOK_CANDIDATES_MAX; c++) {
                delivery d = standard_example(&s, keys);
                webhook_status status;
                d.m.id = webhook_str_from(id, len);
                d.n_keys = n;
                d.signature = candidates(text, sizeof text, &d, c, c - 1);
                for (d.order = 0; d.order < 3; d.order++) {
                    d.scratch = WEBHOOK_VERIFY_SCRATCH(n, c, 10 + len + 4);
                    CHECK_STATUS(stream(&d, NULL), WEBHOOK_OK);
                    d.scratch--;
                    status = stream(&d, NULL);
                    if (c == 1)
                        CHECK_STATUS(status, WEBHOOK_ERR_SCRATCH);
                    else
                        CHECK(status == WEBHOOK_ERR_SCRATCH || status == WEBHOOK_ERR_SIGNATURE);
                }
            }
}

/* The mission's scheme keeps nothing of the head, so its scratch is for the states of further keys alone. */
static void scratch_of_the_missions_scheme(void) {
    webhook_hmac_key keys[WEBHOOK_KEYS_MAX];
    char text[64];
    delivery d;
    size_t n;
    keys_of(keys);
    d = delivery_of(&keys[0], text, WEBHOOK_STR("body"));
    for (n = 1; n <= WEBHOOK_KEYS_MAX; n++)
        for (d.scratch = 0; d.scratch <= WEBHOOK_VERIFY_SCRATCH(n, 1, 0); d.scratch++) {
            d.n_keys = n;
            CHECK_STATUS(stream(&d, NULL), d.scratch < WEBHOOK_VERIFY_SCRATCH(n, 1, 0)
                                               ? WEBHOOK_ERR_SCRATCH
                                               : WEBHOOK_OK);
        }
}

/* Signatures that find no room are not authentic, whatever a larger scratch would have said. */
static webhook_status read_by_commas(webhook_str *rest, webhook_signature_item *item) {
    webhook_str one;
    if (webhook_str_cut(rest, ',', &one) != WEBHOOK_OK) return WEBHOOK_END;
    item->has_mac = 1;
    return webhook_hex_read(one, item->mac.byte, sizeof item->mac.byte);
}

static void candidates_that_do_not_fit(void) {
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64], field[9 * 65];
    delivery d;
    size_t c, i;
    s.read = read_by_commas;
    d = delivery_of(&k, text, WEBHOOK_STR("body"));
    d.scheme = &s;
    for (c = 1; c <= WEBHOOK_CANDIDATES_MAX; c++) {
        webhook_buf b = webhook_buf_from(field, sizeof field);
        for (i = 0; i < c; i++) {
            if (i > 0) webhook_buf_put(&b, WEBHOOK_STR(","));
            webhook_buf_put(&b, webhook_str_from(text, 64));
        }
        d.signature = webhook_buf_str(&b);
        for (d.scratch = 0; d.scratch <= WEBHOOK_VERIFY_SCRATCH(1, c, 0); d.scratch++)
            CHECK_STATUS(stream(&d, NULL), d.scratch < WEBHOOK_VERIFY_SCRATCH(1, c, 0)
                                               ? WEBHOOK_ERR_SIGNATURE
                                               : WEBHOOK_OK);
    }
}

static webhook_status read_without_end(webhook_str *rest, webhook_signature_item *item) {
    (void)rest;
    item->has_mac = 1;
    return WEBHOOK_OK;
}

static webhook_status read_without_a_mac(webhook_str *rest, webhook_signature_item *item) {
    (void)rest, (void)item;
    return WEBHOOK_OK;
}

static void a_reader_without_end(void) {
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    delivery d = delivery_of(&k, text, WEBHOOK_STR("body"));
    s.read = read_without_end;
    d.scheme = &s;
    d.scratch = WEBHOOK_VERIFY_SCRATCH(1, 8, 0);
    CHECK_STATUS(both(&d), WEBHOOK_ERR_SIGNATURE);
    s.read = read_without_a_mac;
    CHECK_STATUS(both(&d), WEBHOOK_ERR_SIGNATURE);
}

static webhook_status read_nothing(webhook_str *rest, webhook_signature_item *item) {
    (void)item;
    *rest = webhook_str_from(NULL, 0);
    return WEBHOOK_END;
}

static void a_field_without_a_candidate(void) {
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    delivery d = delivery_of(&k, text, WEBHOOK_STR("body"));
    s.read = read_nothing;
    d.scheme = &s;
    CHECK_STATUS(both(&d), WEBHOOK_ERR_SIGNATURE);
    CHECK_STATUS(d.head, WEBHOOK_ERR_SIGNATURE);
}

/* ---- what is not authentic ---- */

static void signatures_in_every_form(void) {
    static const char *const wrong[] = { " %s",       "%s ",       "sha256= %s", "SHA256=%s",
                                         "sha1=%s",   "sha512=%s", "=%s",        "sha256=sha256=%s",
                                         "%s,%s",     "%s\n",      "0x%s",       "sha256=",
                                         "sha256",    "%.63s",     "%.62s",      "%s00",
                                         "sha256:%s", "v1=%s",     "\"%s\"",     "%.0s",
                                         "sha256%s",  "sha25=%s",  "%s;",        "sha256=%.63s" };
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[65], field[200];
    delivery d = delivery_of(&k, text, WEBHOOK_STR("body"));
    size_t i, upper;
    text[64] = 0;
    for (upper = 0; upper < 2; upper++) {
        for (i = 0; i < 2; i++) {
            snprintf(field, sizeof field, "%s%s", i == 0 ? "" : "sha256=", text);
            d.signature = test_guarded(webhook_str_from_cstr(field));
            CHECK_STATUS(both(&d), WEBHOOK_OK);
        }
        for (i = 0; i < 64; i++)
            if (text[i] >= 'a') text[i] = (char)(text[i] - 32);
    }
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        webhook_buf b = webhook_buf_from(field, sizeof field);
        const char *f = wrong[i];
        for (; *f != 0; f++) {
            size_t len = 64;
            if (*f != '%') {
                webhook_buf_put(&b, webhook_str_from(f, 1));
                continue;
            }
            if (*++f == '.') len = (size_t)strtoul(f + 1, NULL, 10), f += strcspn(f, "s");
            webhook_buf_put(&b, webhook_str_from(text, len));
        }
        d.signature = test_guarded(webhook_buf_str(&b));
        CHECK_STATUS(both(&d), WEBHOOK_ERR_SIGNATURE);
        CHECK_STATUS(d.head, WEBHOOK_ERR_SIGNATURE);
    }
}

static int is_other_case(char a, char b) {
    return (a ^ b) == 32 && ((a >= 'a' && a <= 'f') || (a >= 'A' && a <= 'F'));
}

/* Every byte of timestamp, signature and body by every other: the MAC alone decides, so time does not. */
static void each_byte_replaced(void) {
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k = key_of(NULL, "secret");
    char ts[] = NOW_TEXT, text[64], body[] = "{\"total\":99.99,\"paid\":true}";
    size_t len[3] = { sizeof ts - 1, sizeof text, sizeof body - 1 }, part, at;
    char *bytes[3] = { ts, text, body };
    delivery d = delivery_of(&k, text, webhook_str_from(body, sizeof body - 1));
    unsigned v;
    s.tolerance_past_s = s.tolerance_future_s = WEBHOOK_TOLERANCE_NONE;
    d.scheme = &s;
    d.m.timestamp = webhook_str_from(ts, sizeof ts - 1);
    CHECK_STATUS(both(&d), WEBHOOK_OK);
    for (part = 0; part < 3; part++)
        for (at = 0; at < len[part]; at++) {
            char saved = bytes[part][at];
            for (v = (unsigned)(test_random() % test_stride()); v < 256; v += test_stride()) {
                char c = (char)v;
                if (c == saved) continue;
                bytes[part][at] = c;
                CHECK_STATUS(both(&d), part == 1 && is_other_case(saved, c)
                                           ? WEBHOOK_OK
                                           : WEBHOOK_ERR_SIGNATURE);
            }
            bytes[part][at] = saved;
        }
    CHECK_STATUS(both(&d), WEBHOOK_OK);
}

/* A byte more or less, and bytes that move between timestamp and body. */
static void each_byte_left_out_or_doubled(void) {
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64], body[] = "1.2.3 body", other[12];
    delivery d = delivery_of(&k, text, webhook_str_from(body, sizeof body - 1)), e = d;
    size_t at, len = sizeof body - 1;
    for (at = 0; at < len; at++) {
        memcpy(other, body, at);
        memcpy(other + at, body + at + 1, len - at - 1);
        e.m.body = webhook_str_from(other, len - 1);
        CHECK_STATUS(both(&e), WEBHOOK_ERR_SIGNATURE);
        memcpy(other, body, at + 1);
        memcpy(other + at + 1, body + at, len - at);
        e.m.body = webhook_str_from(other, len + 1);
        CHECK_STATUS(both(&e), WEBHOOK_ERR_SIGNATURE);
    }
    e = d;
    e.m.timestamp = WEBHOOK_STR(NOW_TEXT ".1");
    e.m.body = webhook_str_from(body + 2, len - 2);
    CHECK_STATUS(both(&e), WEBHOOK_ERR_SIGNATURE);
}

/* ---- fields ---- */

typedef struct head {
    webhook_verify_ctx c;
    const webhook_hmac_key *k;
    delivery d;
} head;

static head head_of(const webhook_hmac_key *k, char text[64]) {
    head h;
    h.k = k;
    h.d = delivery_of(k, text, WEBHOOK_STR("body"));
    webhook_verify_init(&h.c);
    return h;
}

static void put_field(head *h, const char *name, webhook_str value) {
    webhook_verify_field(&h->c, webhook_str_from_cstr(name), value);
}

static void put_both_fields(head *h) {
    put_field(h, "X-Appwrite-Webhook-Timestamp", h->d.m.timestamp);
    put_field(h, "X-Appwrite-Webhook-Signature", h->d.signature);
}

static void head_is(head *h, webhook_status wanted) {
    webhook_status final;
    CHECK_STATUS(webhook_verify_head(&h->c, h->k, 1, NOW),
                 wanted == WEBHOOK_OK ? WEBHOOK_MORE : wanted);
    webhook_verify_body(&h->c, h->d.m.body);
    final = webhook_verify_final(&h->c);
    CHECK_STATUS(final, wanted);
}

static void a_field_twice(void) {
    static const char *const own[] = { "X-Appwrite-Webhook-Timestamp",
                                       "X-Appwrite-Webhook-Signature", "X-Appwrite-Webhook-Id" };
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    size_t i, first;
    for (i = 0; i < sizeof own / sizeof *own; i++)
        for (first = 0; first < 4; first++) {
            head h = head_of(&k, text);
            if (first > 1) webhook_verify_init_scheme(&h.c, NULL, NULL, 0);
            webhook_str value = i == 0   ? h.d.m.timestamp
                                : i == 1 ? h.d.signature
                                         : WEBHOOK_STR("x");
            if (first % 2) put_both_fields(&h);
            put_field(&h, own[i], value);
            if (i > 1) put_field(&h, own[i], value);
            if (first % 2 == 0) put_both_fields(&h);
            head_is(&h, WEBHOOK_ERR_SIGNATURE);
        }
}

/* Two fields of which one is empty or wrong are two as well. */
static void a_field_twice_with_other_values(void) {
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    size_t i;
    for (i = 0; i < 8; i++) {
        head h = head_of(&k, text);
        if (i > 3) webhook_verify_init_scheme(&h.c, NULL, NULL, 0);
        if (i % 4 == 0) put_field(&h, "X-Appwrite-Webhook-Signature", WEBHOOK_STR(""));
        if (i % 4 == 1) put_field(&h, "x-appwrite-webhook-timestamp", WEBHOOK_STR("1"));
        put_both_fields(&h);
        if (i % 4 == 2) put_field(&h, "X-APPWRITE-WEBHOOK-SIGNATURE", WEBHOOK_STR("junk"));
        if (i % 4 == 3) put_field(&h, "X-Appwrite-Webhook-Timestamp", WEBHOOK_STR(""));
        head_is(&h, WEBHOOK_ERR_SIGNATURE);
    }
}

static void names_in_any_case_and_unknown_fields(void) {
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    head h = head_of(&k, text);
    put_field(&h, "Host", WEBHOOK_STR("example.com"));
    put_field(&h, "Host", WEBHOOK_STR("example.com"));
    put_field(&h, "", WEBHOOK_STR("junk"));
    put_field(&h, "", WEBHOOK_STR("junk"));
    put_field(&h, "X-Appwrite-Webhook-Signatur", WEBHOOK_STR("junk"));
    webhook_verify_field(
        &h.c, WEBHOOK_STR("X-Appwrite-Webhook-Id\0\0\0\0\0\0\0\0"),
        WEBHOOK_STR("a name with a NUL goes on behind the one that it is compared with"));
    put_field(&h, "X-Appwrite-Webhook-Signature2", WEBHOOK_STR("junk"));
    put_field(&h, "x-aPPWRITE-webhook-SIGNATURE", h.d.signature);
    put_field(&h, "X_Appwrite_Webhook_Timestamp", WEBHOOK_STR("1"));
    put_field(&h, "x-appwrite-webhook-timestamp", h.d.m.timestamp);
    put_field(&h, "X-Appwrite-Webhook-Id", WEBHOOK_STR("hook"));
    put_field(&h, "X-Appwrite-Webhook-Events", WEBHOOK_STR("users.u1.create"));
    put_field(&h, "X-Appwrite-Webhook-Name", WEBHOOK_STR("My hook"));
    webhook_verify_line(&h.c, WEBHOOK_STR("POST"), WEBHOOK_STR("/"));
    head_is(&h, WEBHOOK_OK);
}

/* Fields are not kept: a reader that reuses its line for the next one must not change the answer. */
static void fields_in_one_reused_line(void) {
    webhook_scheme s = scheme_standard();
    webhook_hmac_key k = key_of(&s, standard_secret);
    delivery d = standard_example(&s, &k);
    uint32_t scratch[WEBHOOK_VERIFY_SCRATCH(1, 1, 42)];
    char line[100];
    head_field f[12];
    webhook_verify_ctx c;
    size_t i, n = fields_of(&d, f);
    webhook_verify_init_scheme(&c, &s, scratch, sizeof scratch / sizeof *scratch);
    for (i = 0; i < n; i++) {
        memset(line, 0x5a, sizeof line);
        memcpy(line, f[i].name.ptr, f[i].name.len);
        memcpy(line + f[i].name.len, f[i].value.ptr, f[i].value.len);
        webhook_verify_field(&c, webhook_str_from(line, f[i].name.len),
                             webhook_str_from(line + f[i].name.len, f[i].value.len));
    }
    memset(line, 0x5a, sizeof line);
    CHECK_STATUS(webhook_verify_head(&c, &k, 1, d.now_s), WEBHOOK_MORE);
    webhook_verify_body(&c, d.m.body);
    CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_OK);
}

static void missing_fields(void) {
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    head h = head_of(&k, text);
    head_is(&h, WEBHOOK_ERR_SIGNATURE);
    h = head_of(&k, text);
    put_field(&h, "X-Appwrite-Webhook-Timestamp", h.d.m.timestamp);
    head_is(&h, WEBHOOK_ERR_SIGNATURE);
    h = head_of(&k, text);
    put_field(&h, "X-Appwrite-Webhook-Signature", h.d.signature);
    head_is(&h, WEBHOOK_ERR_SIGNATURE);
    h.d.m.timestamp = webhook_str_from(NULL, 0);
    CHECK_STATUS(webhook_verify(NULL, &k, 1, &h.d.m, h.d.signature, NOW), WEBHOOK_ERR_SIGNATURE);
    h.d.m.timestamp = WEBHOOK_STR(NOW_TEXT);
    CHECK_STATUS(webhook_verify(NULL, &k, 1, &h.d.m, webhook_str_from(NULL, 0), NOW),
                 WEBHOOK_ERR_SIGNATURE);
}

/* Calls in a wrong order never end in OK, and leave nothing behind. */
static void final_without_head(void) {
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    webhook_replay_key replay;
    head h = head_of(&k, text);
    put_both_fields(&h);
    webhook_verify_body(&h.c, h.d.m.body);
    CHECK_STATUS(webhook_verify_final(&h.c), WEBHOOK_ERR_ARGUMENT);
    replay = webhook_verify_replay_key(&h.c);
    CHECK(all_zero(&replay, sizeof replay) && all_zero(&h.c, sizeof h.c));
    CHECK(webhook_verify_final(&h.c) != WEBHOOK_OK);
}

/* An error of the head stays, also when the head is asked again with what would be right. */
static void head_is_sticky(void) {
    webhook_hmac_key k = key_of(NULL, "secret"), none = WEBHOOK_ZERO;
    char text[64];
    head h = head_of(&k, text);
    put_both_fields(&h);
    CHECK_STATUS(webhook_verify_head(&h.c, &none, 1, NOW), WEBHOOK_ERR_KEY);
    CHECK_STATUS(webhook_verify_head(&h.c, &k, 1, NOW), WEBHOOK_ERR_KEY);
    webhook_verify_body(&h.c, h.d.m.body);
    CHECK_STATUS(webhook_verify_final(&h.c), WEBHOOK_ERR_KEY);
}

/* A context has no pointers into itself: a copy goes on where the original stood. */
static void a_copy_of_the_context_goes_on(void) {
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    head h = head_of(&k, text);
    webhook_verify_ctx copy;
    put_both_fields(&h);
    CHECK_STATUS(webhook_verify_head(&h.c, &k, 1, NOW), WEBHOOK_MORE);
    webhook_verify_body(&h.c, WEBHOOK_STR("bo"));
    copy = h.c;
    memset(&h.c, 0xa5, sizeof h.c);
    webhook_verify_body(&copy, WEBHOOK_STR("dy"));
    CHECK_STATUS(webhook_verify_final(&copy), WEBHOOK_OK);
}

/* ---- time ---- */

static void delivery_at(delivery *d, char text[64], const char *timestamp) {
    d->m.timestamp = webhook_str_from_cstr(timestamp);
    d->signature = sign_into(text, 64, d->scheme, d->keys, &d->m);
}

static void borders(delivery *d, int64_t ts, uint32_t past, uint32_t future) {
    d->now_s = ts + (int64_t)past;
    CHECK_STATUS(both(d), WEBHOOK_OK);
    d->now_s = ts + (int64_t)past + 1;
    CHECK_STATUS(both(d), WEBHOOK_ERR_STALE);
    CHECK_STATUS(d->head, WEBHOOK_ERR_STALE);
    d->now_s = ts - (int64_t)future;
    CHECK_STATUS(both(d), WEBHOOK_OK);
    d->now_s = ts - (int64_t)future - 1;
    CHECK_STATUS(both(d), WEBHOOK_ERR_STALE);
    d->now_s = INT64_MIN;
    CHECK_STATUS(both(d), WEBHOOK_ERR_STALE);
    d->now_s = INT64_MAX;
    CHECK_STATUS(both(d), WEBHOOK_ERR_STALE);
}

static void tolerance_is_exact_both_ways(void) {
    static const uint32_t seconds[] = { 0, 1, 59, 300, 301, 86400, 0x80000000u, 0xfffffffeu };
    static const char *const times[] = { "1", "300", NOW_TEXT, "4294967296", "999999999999999" };
    enum { n = sizeof seconds / sizeof *seconds, n_times = sizeof times / sizeof *times };
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    delivery d = delivery_of(&k, text, WEBHOOK_STR("body"));
    size_t past, future, t;
    d.scheme = &s;
    for (t = 0; t < n_times; t++) {
        uint64_t ts = strtoull(times[t], NULL, 10);
        delivery_at(&d, text, times[t]);
        for (past = 0; past < n; past++)
            for (future = 0; future < n; future++) {
                s.tolerance_past_s = seconds[past];
                s.tolerance_future_s = seconds[future];
                borders(&d, (int64_t)ts, past == 0 ? 300 : seconds[past],
                        future == 0 ? 300 : seconds[future]);
            }
    }
    CHECK(webhook_scheme_default().tolerance_past_s == 0 ||
          webhook_scheme_default().tolerance_past_s == WEBHOOK_TOLERANCE_DEFAULT_S);
}

static void no_tolerance_either_way(void) {
    static const int64_t nows[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, NOW, INT64_MAX };
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    delivery d = delivery_of(&k, text, WEBHOOK_STR("body"));
    size_t i, way;
    d.scheme = &s;
    for (way = 0; way < 3; way++)
        for (i = 0; i < sizeof nows / sizeof *nows; i++) {
            int old = nows[i] > NOW, young = nows[i] < NOW;
            s.tolerance_past_s = way == 1 ? 0 : WEBHOOK_TOLERANCE_NONE;
            s.tolerance_future_s = way == 2 ? 0 : WEBHOOK_TOLERANCE_NONE;
            d.now_s = nows[i];
            CHECK_STATUS(both(&d),
                         (way == 1 && old) || (way == 2 && young) ? WEBHOOK_ERR_STALE : WEBHOOK_OK);
        }
}

/* Each text is signed as it stands, so that nothing but its form can be the reason to refuse it. */
static void timestamp_is(webhook_str ts, int good) {
    webhook_scheme s = webhook_scheme_default();
    webhook_hmac_key k = key_of(NULL, "secret");
    char before[80], text[64];
    webhook_buf b = webhook_buf_from(before, sizeof before), t = webhook_buf_from(text, 64), count;
    delivery d = WEBHOOK_ZERO;
    webhook_mac mac;
    memset(&count, 0, sizeof count);
    s.tolerance_past_s = s.tolerance_future_s = WEBHOOK_TOLERANCE_NONE;
    d.scheme = &s;
    d.keys = &k;
    d.n_keys = 1;
    d.m.timestamp = test_guarded(ts);
    d.m.body = WEBHOOK_STR("body");
    webhook_buf_put(&b, ts);
    webhook_buf_put(&b, WEBHOOK_STR("."));
    mac_by_hand(&k, webhook_buf_str(&b), d.m.body, &mac);
    webhook_hex_write(&t, test_bytes_of(&mac, sizeof mac));
    d.signature = webhook_buf_str(&t);
    CHECK_STATUS(both(&d), good ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE);
    CHECK_STATUS(d.head, good ? WEBHOOK_MORE : WEBHOOK_ERR_SIGNATURE);
    CHECK_STATUS(webhook_sign(NULL, &k, &d.m, &count), good ? WEBHOOK_OK : WEBHOOK_ERR_ARGUMENT);
    s.tolerance_past_s = 0;
    d.now_s = INT64_MAX;
    CHECK_STATUS(both(&d), good ? WEBHOOK_ERR_STALE : WEBHOOK_ERR_SIGNATURE);
}

static void timestamps_good_and_bad(void) {
    static const char *const good[] = { "1",
                                        "9",
                                        "10",
                                        "01",
                                        "0001736937000",
                                        "000000000000001",
                                        "100000000000000",
                                        "999999999999999" };
    static const char *const bad[] = { "",
                                       "0",
                                       "00",
                                       "000000000000000",
                                       "hello",
                                       "161426533.0",
                                       "Infinity",
                                       "-1234",
                                       "+1234",
                                       " 1234",
                                       "1234 ",
                                       "1234\n",
                                       "12 34",
                                       "0x1234",
                                       "1e9",
                                       "1736937000000000",
                                       "0000000000000001",
                                       "18446744073709551616",
                                       "99999999999999999999",
                                       "12/4",
                                       "12:4",
                                       "1,2",
                                       "1.",
                                       "\xd9\xa1" };
    size_t i;
    for (i = 0; i < sizeof good / sizeof *good; i++)
        timestamp_is(webhook_str_from_cstr(good[i]), 1);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) timestamp_is(webhook_str_from_cstr(bad[i]), 0);
    timestamp_is(WEBHOOK_STR("12\0"), 0);
    timestamp_is(WEBHOOK_STR("\0"), 0);
}

/* The body lies where memory may not be read: whoever hashes it does not come back. */
static void stale_hashes_nothing(void) {
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[64];
    delivery d = delivery_of(&k, text, WEBHOOK_STR("body"));
    webhook_str page = test_guarded(WEBHOOK_STR("x"));
    d.m.body = webhook_str_from(page.ptr + 1, 4096);
    d.now_s = NOW + 301;
    CHECK_STATUS(both(&d), WEBHOOK_ERR_STALE);
    d.now_s = NOW - 301;
    CHECK_STATUS(both(&d), WEBHOOK_ERR_STALE);
    d.now_s = NOW;
    d.signature = WEBHOOK_STR("junk");
    CHECK_STATUS(stream(&d, NULL), WEBHOOK_ERR_SIGNATURE);
}

/* ---- schemes with parts ---- */

static const char made_up_fields[] = "X-Nonce: n1\r\nOther: no\r\nDate: today\r\n";

static webhook_scheme made_up(void) {
    static const webhook_part parts[] = {
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_METHOD },
        { WEBHOOK_STR_INIT(" "), WEBHOOK_PART_LITERAL },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_TARGET },
        { WEBHOOK_STR_INIT("\n"), WEBHOOK_PART_LITERAL },
        { WEBHOOK_STR_INIT("x-nonce"), WEBHOOK_PART_HEADER },
        { WEBHOOK_STR_INIT("{"), WEBHOOK_PART_LITERAL },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY },
        { WEBHOOK_STR_INIT("}"), WEBHOOK_PART_LITERAL },
        { WEBHOOK_STR_INIT("Date"), WEBHOOK_PART_HEADER },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_ID },
        { WEBHOOK_STR_INIT("/"), WEBHOOK_PART_LITERAL },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_TIMESTAMP },
    };
    webhook_scheme s = WEBHOOK_ZERO;
    s.id_field = WEBHOOK_STR("X-Id");
    s.timestamp_field = WEBHOOK_STR("X-Time");
    s.signature_field = WEBHOOK_STR("X-Sign");
    s.content = webhook_parts_content;
    s.capture = webhook_parts_capture;
    s.parts = parts;
    s.n_parts = sizeof parts / sizeof *parts;
    return s;
}

static delivery made_up_delivery(const webhook_scheme *s, const webhook_hmac_key *k,
                                 char text[64]) {
    static const char wanted[] = "POST /hook?a=1\nn1{body}todayid7/" NOW_TEXT;
    /* x-nonce, date, x-id, :method, :target, and x-time, which is signed behind the body */
    const size_t kept = (7 + 2) + (4 + 5) + (4 + 3) + (7 + 4) + (7 + 9) + (6 + 10) + 6 * 4;
    webhook_buf b = webhook_buf_from(text, 64);
    delivery d = WEBHOOK_ZERO;
    webhook_mac mac;
    d.scheme = s;
    d.keys = k;
    d.n_keys = 1;
    d.m = message_of(NOW_TEXT, WEBHOOK_STR("body"));
    d.m.id = WEBHOOK_STR("id7");
    d.m.method = WEBHOOK_STR("POST");
    d.m.target = WEBHOOK_STR("/hook?a=1");
    d.m.fields = webhook_str_from_cstr(made_up_fields);
    d.now_s = NOW;
    d.scratch = WEBHOOK_VERIFY_SCRATCH(1, 1, kept);
    mac_by_hand(k, webhook_str_from_cstr(wanted), webhook_str_from(NULL, 0), &mac);
    webhook_hex_write(&b, test_bytes_of(&mac, sizeof mac));
    d.signature = webhook_buf_str(&b);
    return d;
}

static void a_scheme_with_every_part(void) {
    webhook_scheme s = made_up();
    webhook_hmac_key k = key_of(&s, "secret");
    char text[64], again[64];
    delivery d = made_up_delivery(&s, &k, text);
    size_t full = d.scratch, least;
    CHECK(webhook_str_eq(sign_into(again, 64, &s, &k, &d.m), d.signature));
    for (d.order = 0; d.order < 7; d.order++) {
        for (d.cut[0] = 0; d.cut[0] <= 4; d.cut[0]++) CHECK_STATUS(both(&d), WEBHOOK_OK);
        for (least = 0; least < full; least++) {
            d.scratch = least;
            if (stream(&d, NULL) == WEBHOOK_OK) break;
            CHECK_STATUS(d.head, WEBHOOK_ERR_SCRATCH);
        }
        CHECK(least > 0);
        d.scratch = full;
    }
}

/* A part asks for its own name and for no other, before the body and behind it. */
static void capture_keeps_what_is_signed(void) {
    static const char *const names[] = { "",        "",          "x-ID",   ":method",
                                         ":target", "X-NONCE",   "X-Time", "X-Sign",
                                         "method",  "X-Nonce: ", "X-Nonc", "x-time" };
    enum { n = sizeof names / sizeof *names };
    webhook_scheme s = made_up();
    webhook_verify_ctx c;
    uint32_t scratch[100];
    size_t kind, behind, i;
    s.n_parts = 2;
    for (kind = WEBHOOK_PART_TIMESTAMP; kind <= WEBHOOK_PART_LITERAL; kind++)
        for (behind = 0; behind < 2; behind++) {
            webhook_part parts[2];
            parts[behind].kind = (uint8_t)kind;
            parts[behind].text = WEBHOOK_STR("X-Nonce");
            parts[1 - behind].kind = WEBHOOK_PART_BODY;
            parts[1 - behind].text = WEBHOOK_STR("X-Nonce");
            s.parts = parts;
            for (i = 0; i < n; i++) {
                int wanted = i == kind && kind != WEBHOOK_PART_LITERAL;
                if (kind == WEBHOOK_PART_TIMESTAMP) wanted = 0;
                webhook_verify_init_scheme(&c, &s, scratch, 100);
                webhook_parts_capture(&c, webhook_str_from_cstr(names[i]), WEBHOOK_STR("v"));
                CHECK((c.kept > 0) == wanted);
            }
        }
}

static void made_up_without(const webhook_scheme *s, const webhook_hmac_key *k, delivery *d) {
    char text[64];
    webhook_buf out = webhook_buf_from(text, sizeof text);
    d->scratch += 25;
    for (d->order = 0; d->order < 7; d->order++) CHECK_STATUS(both(d), WEBHOOK_ERR_SIGNATURE);
    CHECK_STATUS(webhook_sign(s, k, &d->m, &out), WEBHOOK_ERR_ARGUMENT);
    CHECK(webhook_buf_str(&out).len == 0);
}

static void parts_that_are_missing(void) {
    static const char *const fields[] = { "",
                                          "X-Nonce: n1\r\n",
                                          "Date: today\r\n",
                                          "X-Nonc: n1\r\nDate: today\r\n",
                                          "X-Nonce2: n1\r\nDate: today\r\n",
                                          "X-Nonce: n1\r\nX-Nonce: n1\r\nDate: today\r\n",
                                          "X-Nonce: n1\r\nDate: today\r\ndATE: today\r\n",
                                          "X-Nonce: n1\r\nDate: today\r\nx-nonce: n2\r\n" };
    webhook_scheme s = made_up();
    webhook_hmac_key k = key_of(&s, "secret");
    char text[64];
    delivery d = made_up_delivery(&s, &k, text), e;
    size_t i;
    for (i = 0; i < sizeof fields / sizeof *fields; i++) {
        e = d;
        e.m.fields = test_guarded(webhook_str_from_cstr(fields[i]));
        made_up_without(&s, &k, &e);
    }
    for (i = 0; i < 4; i++) {
        webhook_str *gone;
        e = d;
        gone = i == 0 ? &e.m.method : i == 1 ? &e.m.target : i == 2 ? &e.m.id : &e.m.timestamp;
        *gone = webhook_str_from(NULL, 0);
        made_up_without(&s, &k, &e);
    }
}

/* The message was signed for another line or time than the one that came; a second line, or a field
 * of the name that the first is kept under, must not make up for it. */
static void the_request_line_twice(void) {
    webhook_scheme s = made_up();
    webhook_hmac_key k = key_of(&s, "secret");
    char text[64];
    uint32_t scratch[100];
    delivery d = made_up_delivery(&s, &k, text), forged;
    size_t which, last;
    for (which = 0; which < 8; which++) {
        webhook_verify_ctx c;
        last = which % 2;
        forged = d;
        if (which / 2 < 2) forged.m.target = WEBHOOK_STR("/other");
        if (which / 2 == 2) forged.m.method = WEBHOOK_STR("GET");
        if (which / 2 == 3) forged.m.timestamp = WEBHOOK_STR("1736937001");
        webhook_verify_init_scheme(&c, &s, scratch, sizeof scratch / sizeof *scratch);
        if (last) feed_head(&c, &forged);
        if (which / 2 == 0) webhook_verify_line(&c, d.m.method, d.m.target);
        if (which / 2 == 1) webhook_verify_field(&c, WEBHOOK_STR(":target"), d.m.target);
        if (which / 2 == 2) webhook_verify_field(&c, WEBHOOK_STR(":method"), d.m.method);
        if (which / 2 == 3) webhook_verify_field(&c, WEBHOOK_STR(":timestamp"), d.m.timestamp);
        if (!last) feed_head(&c, &forged);
        if (webhook_verify_head(&c, &k, 1, NOW) == WEBHOOK_MORE) webhook_verify_body(&c, d.m.body);
        CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_ERR_SIGNATURE);
    }
}

/* A field inside the value of another is no field, wherever a reader may have let it through. */
static void a_value_with_a_line_end(void) {
    static const char *const values[] = { "n1\r\nDate: today", "n1\nDate: today", "n1\r\n",
                                          "n1\n" };
    webhook_scheme s = made_up();
    webhook_hmac_key k = key_of(&s, "secret");
    char text[64];
    uint32_t scratch[100];
    delivery d = made_up_delivery(&s, &k, text);
    size_t i;
    for (i = 0; i < sizeof values / sizeof *values; i++) {
        webhook_verify_ctx c;
        d.m.fields = i < 2 ? webhook_str_from(NULL, 0) : WEBHOOK_STR("Date: today\r\n");
        webhook_verify_init_scheme(&c, &s, scratch, sizeof scratch / sizeof *scratch);
        feed_head(&c, &d);
        webhook_verify_field(&c, WEBHOOK_STR("X-Nonce"), webhook_str_from_cstr(values[i]));
        if (webhook_verify_head(&c, &k, 1, NOW) == WEBHOOK_MORE) webhook_verify_body(&c, d.m.body);
        CHECK_STATUS(webhook_verify_final(&c), WEBHOOK_ERR_SIGNATURE);
    }
}

static void head_text_that_ends_early(void) {
    webhook_scheme s = made_up();
    webhook_hmac_key k = key_of(&s, "secret");
    char text[64];
    delivery d = made_up_delivery(&s, &k, text);
    size_t len, full = d.m.fields.len;
    for (len = 0; len + 2 < full; len++) {
        d.m.fields = test_guarded(webhook_str_from(made_up_fields, len));
        CHECK_STATUS(webhook_verify(&s, &k, 1, &d.m, d.signature, NOW), WEBHOOK_ERR_SIGNATURE);
    }
}

/* Parts in a random order against the text put together by hand; the two ways agree at random cuts. */
static void random_parts(void) {
    static const char *const values[] = { "", NOW_TEXT, "id7", "POST", "/hook?a=1", "n1" };
    webhook_scheme s = made_up();
    webhook_hmac_key k = key_of(&s, "secret");
    unsigned long round, rounds = 3000 / test_stride();
    for (round = 0; round < rounds; round++) {
        webhook_part parts[8];
        char all[256], text[64], wanted[64], body[90];
        webhook_buf b = webhook_buf_from(all, sizeof all), h = webhook_buf_from(wanted, 64);
        delivery d = made_up_delivery(&s, &k, text);
        size_t i, n = 1 + (size_t)(test_random() % 8), at = (size_t)(test_random() % n);
        webhook_mac mac;
        memset(body, 'b', sizeof body);
        d.m.body = webhook_str_from(body, (size_t)(test_random() % sizeof body));
        for (i = 0; i < n; i++) {
            parts[i].kind = i == at ? (uint8_t)WEBHOOK_PART_BODY
                                    : (uint8_t)(1 + test_random() % WEBHOOK_PART_LITERAL);
            parts[i].text = parts[i].kind == WEBHOOK_PART_HEADER ? WEBHOOK_STR("X-NONCE")
                                                                 : WEBHOOK_STR("literal");
            webhook_buf_put(&b, i == at ? d.m.body
                                : parts[i].kind == WEBHOOK_PART_LITERAL
                                    ? parts[i].text
                                    : webhook_str_from_cstr(values[parts[i].kind]));
        }
        s.parts = parts;
        s.n_parts = n;
        mac_by_hand(&k, webhook_buf_str(&b), webhook_str_from(NULL, 0), &mac);
        webhook_hex_write(&h, test_bytes_of(&mac, sizeof mac));
        d.signature = webhook_buf_str(&h);
        CHECK(webhook_str_eq(sign_into(text, 64, &s, &k, &d.m), d.signature));
        d.order = (unsigned)(test_random() % 7);
        d.cut[0] = (size_t)(test_random() % (d.m.body.len + 1));
        CHECK_STATUS(both(&d), WEBHOOK_OK);
    }
}

static void an_id_with_a_dot(void) {
    static const char *const ids[] = { ".", "a.", ".a", "a.b", "msg_1.1614265330" };
    webhook_scheme s = scheme_standard();
    webhook_hmac_key k = key_of(&s, standard_secret);
    delivery d = standard_example(&s, &k);
    char before[64], text[64];
    size_t i;
    d.scratch += 25;
    for (i = 0; i < sizeof ids / sizeof *ids; i++) {
        webhook_buf b = webhook_buf_from(before, sizeof before), t = webhook_buf_from(text, 64),
                    out = WEBHOOK_ZERO;
        webhook_mac mac;
        d.m.id = webhook_str_from_cstr(ids[i]);
        webhook_buf_put(&b, d.m.id);
        webhook_buf_put(&b, WEBHOOK_STR(".1614265330."));
        mac_by_hand(&k, webhook_buf_str(&b), d.m.body, &mac);
        scheme_standard_write(&t, d.m.timestamp, &mac, 1);
        d.signature = webhook_buf_str(&t);
        CHECK_STATUS(both(&d), WEBHOOK_ERR_SIGNATURE);
        CHECK_STATUS(webhook_sign(&s, &k, &d.m, &out), WEBHOOK_ERR_ARGUMENT);
    }
}

/* ---- a timestamp within the signature field ---- */

static void a_field_that_carries_the_timestamp(void) {
    static const struct {
        const char *form; /* % stands for the hex */
        webhook_status wanted;
    } rows[] = {
        { "t=" NOW_TEXT ",v1=%", WEBHOOK_OK },
        { "v1=%,t=" NOW_TEXT, WEBHOOK_OK },
        { "t=" NOW_TEXT ",v0=junk,v1=%,x", WEBHOOK_OK },
        { "v1=%", WEBHOOK_ERR_SIGNATURE },
        { "t=,v1=%", WEBHOOK_ERR_SIGNATURE },
        { "t=" NOW_TEXT, WEBHOOK_ERR_SIGNATURE },
        { "t=" NOW_TEXT ",v0=%", WEBHOOK_ERR_SIGNATURE },
        { "t=" NOW_TEXT ",v1=%,v1=0", WEBHOOK_ERR_SIGNATURE },
        { "t=" NOW_TEXT ",t=" NOW_TEXT ",v1=%", WEBHOOK_ERR_SIGNATURE },
        { "t=" NOW_TEXT ",v1=%,t=1", WEBHOOK_ERR_SIGNATURE },
        { "t=1,t=1,v1=%", WEBHOOK_ERR_SIGNATURE },
        { "t=1736937001,v1=%", WEBHOOK_ERR_SIGNATURE },
        { "t=01736937000,v1=%", WEBHOOK_ERR_SIGNATURE },
        { "t=1736937000x,v1=%", WEBHOOK_ERR_SIGNATURE },
        { "t=1736936699,v1=%", WEBHOOK_ERR_STALE },
        { "t=1736937301,v1=%", WEBHOOK_ERR_STALE },
    };
    webhook_scheme s = scheme_stripe();
    webhook_hmac_key k = key_of(&s, "whsec_test");
    char hex[64], text[240];
    delivery d = delivery_of(&k, hex, WEBHOOK_STR("body"));
    size_t i;
    d.scheme = &s;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *p = rows[i].form, *percent = strchr(p, '%');
        webhook_buf b = webhook_buf_from(text, sizeof text);
        webhook_str made;
        if (percent != NULL) {
            webhook_buf_put(&b, webhook_str_from(p, (size_t)(percent - p)));
            webhook_buf_put(&b, webhook_str_from(hex, 64));
            p = percent + 1;
        }
        webhook_buf_put(&b, webhook_str_from_cstr(p));
        d.signature = webhook_buf_str(&b);
        d.m.timestamp = webhook_str_from(NULL, 0);
        CHECK_STATUS(both(&d), rows[i].wanted);
        if (i > 0) continue;
        d.m.timestamp = WEBHOOK_STR(NOW_TEXT);
        made = sign_into(text + 120, 120, &s, &k, &d.m);
        CHECK(webhook_str_eq(made, d.signature));
    }
}

/* The example of Slack's documentation, "Verifying requests from Slack". */
static void slacks_example(void) {
    static const char wanted[] =
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    static const char *const others[] = { "", "v0=", "v0", "v1=", "sha256=" };
    webhook_scheme s = scheme_slack();
    webhook_hmac_key k = key_of(&s, "8f742231b10e8888abcd99yyyzzz85a5");
    char text[72];
    delivery d = WEBHOOK_ZERO;
    size_t i;
    d.scheme = &s;
    d.keys = &k;
    d.n_keys = 1;
    d.m = message_of(
        "1531420618",
        WEBHOOK_STR("token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
                    "&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA"
                    "&user_name=roadrunner&command=%2Fwebhook-collect&text="
                    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J"
                    "%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
                    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"));
    d.now_s = 1531420618;
    CHECK_STR(sign_into(text, sizeof text, &s, &k, &d.m), wanted);
    d.signature = webhook_str_from_cstr(wanted);
    CHECK_STATUS(both(&d), WEBHOOK_OK);
    for (i = 0; i < sizeof others / sizeof *others; i++) { /* another label, or no hex */
        snprintf(text, sizeof text, "%s%s", others[i], i == 1 ? "" : wanted + 3);
        d.signature = webhook_str_from_cstr(text);
        CHECK_STATUS(both(&d), WEBHOOK_ERR_SIGNATURE);
    }
    d.signature = webhook_str_from_cstr(wanted);
    d.now_s += 301;
    CHECK_STATUS(both(&d), WEBHOOK_ERR_STALE);
}

/* ---- the replay key ---- */

static webhook_replay_key replay_key_of(delivery *d) {
    webhook_replay_key r;
    CHECK_STATUS(stream(d, &r), WEBHOOK_OK);
    return r;
}

/* How the signature is spelt, who of several signed and how the body was cut must not make it another. */
static void the_replay_key_is_of_the_message(void) {
    webhook_hmac_key keys[WEBHOOK_KEYS_MAX];
    char text[65], field[72];
    webhook_replay_key first, other;
    delivery d;
    size_t i;
    keys_of(keys);
    d = delivery_of(&keys[0], text, WEBHOOK_STR("body"));
    text[64] = 0;
    first = replay_key_of(&d);
    CHECK(!all_zero(first.byte, sizeof first.byte));
    snprintf(field, sizeof field, "sha256=%s", text);
    for (i = 7; i < 71; i++)
        if (field[i] >= 'a') field[i] = (char)(field[i] - 32);
    d.signature = webhook_str_from(field, 71);
    d.byte_a_time = 1;
    other = replay_key_of(&d);
    CHECK(memcmp(&first, &other, sizeof first) == 0);
    d.n_keys = 8;
    d.scratch = WEBHOOK_VERIFY_SCRATCH(8, 1, 0);
    for (i = 0; i < 8; i++) {
        d.signature = sign_into(text, 64, NULL, &keys[i], &d.m);
        d.keys = keys;
        other = replay_key_of(&d);
        CHECK(memcmp(&first, &other, sizeof first) == 0);
    }
    d.m.body = WEBHOOK_STR("bodz");
    d.signature = sign_into(text, 64, NULL, &keys[0], &d.m);
    other = replay_key_of(&d);
    CHECK(memcmp(first.byte, other.byte, sizeof first.byte) != 0);
    CHECK(first.expires_s == other.expires_s);
}

/* The guard may forget a message when verify would call it stale, and not a second earlier. */
static void the_replay_key_expires_with_the_tolerance(void) {
    static const uint32_t seconds[] = { 0, 1, 300, 86400, 0xfffffffeu };
    static const char *const times[] = { "1", NOW_TEXT, "999999999999999" };
    webhook_scheme s = webhook_scheme_default(), github = scheme_github();
    webhook_hmac_key k = key_of(NULL, "secret");
    char text[71];
    delivery d = delivery_of(&k, text, WEBHOOK_STR("body"));
    webhook_replay_key r;
    size_t i, t;
    d.scheme = &s;
    for (t = 0; t < 3; t++)
        for (i = 0; i < sizeof seconds / sizeof *seconds; i++) {
            s.tolerance_past_s = seconds[i];
            delivery_at(&d, text, times[t]);
            d.now_s = (int64_t)strtoull(times[t], NULL, 10);
            r = replay_key_of(&d);
            d.now_s = r.expires_s;
            CHECK_STATUS(both(&d), WEBHOOK_ERR_STALE);
            d.now_s = r.expires_s - 1;
            CHECK_STATUS(both(&d), WEBHOOK_OK);
        }
    s.tolerance_past_s = WEBHOOK_TOLERANCE_NONE;
    r = replay_key_of(&d);
    CHECK(r.expires_s == INT64_MAX);
    d.scheme = &github;
    d.signature = sign_into(text, sizeof text, &github, &k, &d.m);
    r = replay_key_of(&d);
    CHECK(r.expires_s == INT64_MAX);
}

static void suite_signature_arriving(void) {
    RUN(bodies_of_every_length_at_every_cut);
    RUN(a_short_body_at_every_pair_of_cuts);
    RUN(a_large_body_in_random_pieces);
    RUN(ids_of_every_length);
    RUN(eight_candidates_at_the_most);
    RUN(scratch_exact_and_one_word_less);
    RUN(scratch_of_the_missions_scheme);
    RUN(candidates_that_do_not_fit);
    RUN(a_reader_without_end);
    RUN(a_field_without_a_candidate);
    RUN(signatures_in_every_form);
    RUN(each_byte_replaced);
    RUN(each_byte_left_out_or_doubled);
    RUN(a_field_twice);
    RUN(a_field_twice_with_other_values);
    RUN(names_in_any_case_and_unknown_fields);
    RUN(fields_in_one_reused_line);
    RUN(missing_fields);
    RUN(final_without_head);
    RUN(head_is_sticky);
    RUN(a_copy_of_the_context_goes_on);
}

void suite_signature(void) {
    RUN(a_known_signature);
    RUN(githubs_rows);
    RUN(standard_webhooks_example);
    RUN(the_missions_fields);
    RUN(sizes_of_contexts);
    RUN(sign_many_is_sign_under_each_key);
    RUN(sign_many_has_no_limit_of_keys);
    RUN(sign_at_every_capacity);
    RUN(sign_refuses_and_puts_nothing);
    RUN(secrets_of_the_mission);
    RUN(a_plain_secret_is_the_key_as_given);
    RUN(secrets_that_a_scheme_decodes);
    RUN(a_key_function_that_does_nothing);
    RUN(each_key_may_have_signed);
    RUN(keys_that_cannot_be_used);
    suite_signature_arriving();
    RUN(tolerance_is_exact_both_ways);
    RUN(no_tolerance_either_way);
    RUN(timestamps_good_and_bad);
    RUN(stale_hashes_nothing);
    RUN(a_scheme_with_every_part);
    RUN(capture_keeps_what_is_signed);
    RUN(parts_that_are_missing);
    RUN(the_request_line_twice);
    RUN(a_value_with_a_line_end);
    RUN(head_text_that_ends_early);
    RUN(random_parts);
    RUN(an_id_with_a_dot);
    RUN(a_field_that_carries_the_timestamp);
    RUN(slacks_example);
    RUN(the_replay_key_is_of_the_message);
    RUN(the_replay_key_expires_with_the_tolerance);
}
