/* vectors.c -- the verifying path against published vectors, in 2 KiB of RAM: HMAC of RFC 4231, one
 * delivery in every cut, and the forged and stale ones that must be refused */
#include "port.h"
#include "print.h"
#include "small.h"

typedef struct small_row {
    unsigned char key_len, message_len, tag_len;
    unsigned char key[131], message[152], tag[32];
} small_row;

#include "rows.h" /* made by rows.awk: rows, ROWS */

static unsigned passed, failed;

static void check(int ok, unsigned line) {
    static const char text[] ROM = "vectors.c:%: failed\n";
    if (ok) {
        passed++;
        return;
    }
    if (failed++ < 10) print(text, line);
}
#define CHECK(condition) check((condition) ? 1 : 0, __LINE__)

static webhook_str slice(const unsigned char *p, size_t len) {
    return webhook_str_from((const char *)p, len);
}

static void rfc_4231(void) {
    small_row r;
    unsigned i;
    for (i = 0; i < ROWS; i++) {
        unsigned char mac[WEBHOOK_SHA256_SIZE];
        webhook_hmac_key key;
        webhook_hmac_ctx c;
        size_t cut;
        port_rom(&r, rows + i, sizeof r);
        CHECK(webhook_hmac_key_init(&key, slice(r.key, r.key_len)) == WEBHOOK_OK);
        CHECK(webhook_hmac(&key, slice(r.message, r.message_len), mac) == WEBHOOK_OK);
        CHECK(webhook_equal(mac, r.tag, r.tag_len) == WEBHOOK_OK);
        for (cut = 0; cut <= r.message_len; cut += 7) {
            CHECK(webhook_hmac_init(&c, &key) == WEBHOOK_OK);
            webhook_hmac_update(&c, slice(r.message, cut));
            webhook_hmac_update(&c, slice(r.message + cut, r.message_len - cut));
            CHECK(webhook_hmac_final(&c, mac) == WEBHOOK_OK);
            CHECK(webhook_equal(mac, r.tag, r.tag_len) == WEBHOOK_OK);
        }
    }
    CHECK(ROWS == 7);
}

/* The delivery, in RAM so that it can be changed; its signature can be made again with
 * printf '1736937000.%s' "$body" | openssl dgst -sha256 -hmac secret-key-123 */
static const char rom_body[] ROM =
    "{\"$id\":\"order_456\",\"total\":99.99,\"url\":\"https:\\/\\/x.y\\/z\"}";
static const char rom_signature[] ROM =
    "sha256=71b0be02a99b1fd69c88894854761fe6ea24863917ab070b0ffad74d6d067f51";
static const char rom_secret[] ROM = "secret-key-123";
static const char rom_timestamp[] ROM = "1736937000";
static const char rom_timestamp_name[] ROM = "X-Appwrite-Webhook-Timestamp";
static const char rom_signature_name[] ROM = "x-appwrite-webhook-signature";
static const int64_t timestamp_s = 1736937000;
static struct {
    char body[sizeof rom_body], signature[sizeof rom_signature], secret[sizeof rom_secret];
    char timestamp[sizeof rom_timestamp], timestamp_name[sizeof rom_timestamp_name];
    char signature_name[sizeof rom_signature_name];
} wire;
static small_delivery delivery;

#define LOAD(name)                                      \
    (port_rom(wire.name, rom_##name, sizeof wire.name), \
     webhook_str_from(wire.name, sizeof wire.name - 1))

/* load -- the delivery as it was sent */
static small_delivery *load(void) {
    small_delivery *d = &delivery;
    d->secret = LOAD(secret);
    d->timestamp_name = LOAD(timestamp_name);
    d->timestamp = LOAD(timestamp);
    d->signature_name = LOAD(signature_name);
    d->signature = LOAD(signature);
    d->body = LOAD(body);
    d->cut = 0;
    d->now_s = timestamp_s;
    return d;
}

static void authentic(void) {
    small_delivery *d = load();
    size_t i;
    for (d->cut = 0; d->cut <= d->body.len; d->cut++) CHECK(small_verify(d) == WEBHOOK_OK);
    load()->now_s = timestamp_s + 300;
    CHECK(small_verify(d) == WEBHOOK_OK);
    d->now_s = timestamp_s - 300;
    CHECK(small_verify(d) == WEBHOOK_OK);
    d->signature = webhook_str_from(wire.signature + 7, 64); /* without "sha256=" */
    CHECK(small_verify(d) == WEBHOOK_OK);
    for (i = 7; i < sizeof wire.signature - 1; i++)
        if (wire.signature[i] >= 'a') wire.signature[i] = (char)(wire.signature[i] - 32);
    CHECK(small_verify(d) == WEBHOOK_OK);
}

static void forged(void) {
    small_delivery *d = load();
    size_t i;
    for (i = 0; i < d->body.len; i++) {
        wire.body[i] ^= 1;
        CHECK(small_verify(d) == WEBHOOK_ERR_SIGNATURE);
        wire.body[i] ^= 1;
    }
    for (i = 7; i < d->signature.len; i++) { /* another digit, or none */
        wire.signature[i] ^= 1;
        CHECK(small_verify(d) == WEBHOOK_ERR_SIGNATURE);
        wire.signature[i] ^= 1;
    }
    for (d->signature.len = 0; d->signature.len < 7 + 64; d->signature.len++)
        CHECK(small_verify(d) == WEBHOOK_ERR_SIGNATURE); /* prefixes of the right one */
    load()->body.len--;
    CHECK(small_verify(d) == WEBHOOK_ERR_SIGNATURE);
    load();
    wire.timestamp[9] = '1';
    CHECK(small_verify(d) == WEBHOOK_ERR_SIGNATURE);
    wire.timestamp[9] = 'x';
    CHECK(small_verify(d) == WEBHOOK_ERR_SIGNATURE);
    load();
    wire.secret[13] = '4';
    CHECK(small_verify(d) == WEBHOOK_ERR_SIGNATURE);
    load()->signature_name = d->timestamp_name; /* the timestamp twice, and no signature */
    CHECK(small_verify(d) == WEBHOOK_ERR_SIGNATURE);
    load()->timestamp_name.len--;
    CHECK(small_verify(d) == WEBHOOK_ERR_SIGNATURE);
}

static void stale_or_without_key(void) {
    small_delivery *d = load();
    webhook_hmac_key key;
    size_t i;
    d->now_s = timestamp_s + 301;
    CHECK(small_verify(d) == WEBHOOK_ERR_STALE);
    d->now_s = timestamp_s - 301;
    CHECK(small_verify(d) == WEBHOOK_ERR_STALE);
    d->now_s = INT64_MIN;
    CHECK(small_verify(d) == WEBHOOK_ERR_STALE);
    load()->secret.len = 0;
    CHECK(small_verify(d) == WEBHOOK_ERR_KEY);
    load();
    for (i = 0; i < d->secret.len; i++) wire.secret[i] = ' ';
    CHECK(small_verify(d) == WEBHOOK_ERR_KEY);
    CHECK(webhook_key_init(&key, NULL, d->secret) == WEBHOOK_ERR_KEY);
    for (i = 0; i < 8; i++) CHECK(key.inner[i] == 0 && key.outer[i] == 0);
}

static void sizes(void) {
    size_t wide = sizeof(void *) > 4 ? 208 : 176;
    CHECK(sizeof(webhook_verify_ctx) <= wide);
    CHECK(WEBHOOK_VERIFY_SCRATCH(1, 1, 0) == 0);
    CHECK(webhook_version() == WEBHOOK_VERSION_HEX);
}

static void one_delivery(void) {
    CHECK(small_verify(&delivery) == WEBHOOK_OK);
}

static void nothing(void) {
}

int main(void) {
    static const char text_stack[] ROM = "stack %\n", text_ctx[] ROM = "context %\n";
    static const char text_key[] ROM = "key %\n", text_passed[] ROM = "small: % passed, ";
    static const char text_failed[] ROM = "% failed\n";
    port_init();
    load();
    print(text_stack, (unsigned)(port_stack(one_delivery) - port_stack(nothing)));
    print(text_ctx, (unsigned)sizeof(webhook_verify_ctx));
    print(text_key, (unsigned)sizeof(webhook_hmac_key));
    rfc_4231();
    authentic();
    forged();
    stale_or_without_key();
    sizes();
    print(text_passed, passed);
    print(text_failed, failed);
    port_exit(failed != 0);
    return failed != 0;
}
