/* test_store.c -- records by a writer of the test's own, damaged in every bit; the memory store
 * against a plain list of records, walked block by block, in memory of every size and address */
#include "test.h"
#include "records.h"

#define S(literal) WEBHOOK_STR(literal)
#define EVENT "e0123456789abcdef0123456789abcdef"
#define PROGRESS "d0123456789abcdef0123456789abcdef"

/* ---- records ---- */

/* A record in a block of exactly its size on the heap; free it. */
static webhook_str record_of(webhook_str key, webhook_str value) {
    unsigned char *p = (unsigned char *)malloc(RECORDS_HEAD + key.len + value.len);
    if (p == NULL) abort();
    return webhook_str_from((const char *)p, records_write(p, key, value, 1));
}

static unsigned char *bytes_of(webhook_str record) {
    unsigned char *p; /* the test's own, lent as const */
    memcpy(&p, &record.ptr, sizeof p);
    return p;
}

static void free_record(webhook_str record) {
    free(bytes_of(record));
}

static int is_zero(const webhook_record *r) {
    return r->key.ptr == NULL && r->key.len == 0 && r->value.ptr == NULL && r->value.len == 0 &&
           r->version == 0 && r->kind == 0;
}

/* Refused with that status, and the answer is zeros. */
static int is_refused(webhook_str record, webhook_status wanted) {
    webhook_record r;
    memset(&r, 0x5a, sizeof r);
    return CHECK_STATUS(webhook_record_read(record, &r), wanted) && CHECK(is_zero(&r));
}

/* The value with the checksum that somebody else has published for it; every other is refused. */
static void has_checksum(const unsigned char *value, size_t len, uint32_t published) {
    webhook_str record = record_of(S("e"), webhook_str_from((const char *)value, len));
    unsigned char *p = bytes_of(record);
    webhook_record r;
    CHECK(records_crc(0, value, len) == published);
    records_number(p + 16, 4, published);
    records_number(p + 20, 4, records_crc(records_crc(0, p, 20), "e", 1));
    CHECK_STATUS(webhook_record_read(record, &r), WEBHOOK_OK);
    records_number(p + 16, 4, published ^ 1);
    records_number(p + 20, 4, records_crc(records_crc(0, p, 20), "e", 1));
    is_refused(record, WEBHOOK_ERR_DAMAGED);
    free_record(record);
}

/* The check value of CRC-32/ISCSI in the catalogue of parametrised CRC algorithms, and the examples
 * of RFC 3720, appendix B.4 (which prints the bytes in the order sent, lowest first). */
static void checksums_as_published(void) {
    static const unsigned char read_10[48] = {
        0x01, 0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02
    };
    unsigned char v[32];
    unsigned i;
    has_checksum((const unsigned char *)"123456789", 9, UINT32_C(0xe3069283));
    memset(v, 0, sizeof v);
    has_checksum(v, sizeof v, UINT32_C(0x8a9136aa));
    memset(v, 0xff, sizeof v);
    has_checksum(v, sizeof v, UINT32_C(0x62a8ab43));
    for (i = 0; i < 32; i++) v[i] = (unsigned char)i;
    has_checksum(v, sizeof v, UINT32_C(0x46dd794e));
    for (i = 0; i < 32; i++) v[i] = (unsigned char)(31 - i);
    has_checksum(v, sizeof v, UINT32_C(0x113fdb5c));
    has_checksum(read_10, sizeof read_10, UINT32_C(0xd9963a56));
}

/* Every length of key and many of value, at the end of a page that may be read. */
static void records_of_all_lengths(void) {
    static const char kinds[] = "wfed";
    char key[WEBHOOK_STORE_KEY_MAX], value[300];
    size_t k, v;
    for (k = 1; k <= sizeof key; k++)
        for (v = 8; v <= sizeof value; v += k % 7 == 0 ? 1 : 41) {
            webhook_str record, guarded;
            webhook_record r;
            memset(key, 'k', sizeof key);
            key[0] = kinds[(k + v) % 4];
            memset(value, (int)(k + v), sizeof value);
            record = record_of(webhook_str_from(key, k), webhook_str_from(value, v));
            guarded = test_guarded(record);
            CHECK_STATUS(webhook_record_read(guarded, &r), WEBHOOK_OK);
            CHECK(r.key.ptr == guarded.ptr + RECORDS_HEAD && r.key.len == k);
            CHECK(r.value.ptr == r.key.ptr + k && r.value.len == v && r.kind == (uint8_t)key[0]);
            CHECK(r.version == (r.kind == 'w' ? (k + v) % 256 * UINT64_C(0x0101010101010101) : 0));
            free_record(record);
        }
}

static void an_empty_value(void) {
    webhook_str record = record_of(S("fa"), S(""));
    webhook_record r;
    CHECK_STATUS(webhook_record_read(record, &r), WEBHOOK_OK);
    CHECK_STR(r.key, "fa");
    CHECK_SIZE(r.value.len, 0);
    free_record(record);
}

/* One bit and any two bits of a record, cut off at every place, and one byte too long: damaged,
 * whatever it would then be. */
static void every_damage_is_seen(void) {
    webhook_str record = record_of(S("wa"), S("\0\0\0\0\0\0\1\7"
                                              "abc"));
    webhook_str longer = record_of(S("wa"), S("\0\0\0\0\0\0\1\7"
                                              "abcd"));
    unsigned char *p = bytes_of(record);
    size_t bits = 8 * record.len, a, b;
    webhook_record r;
    CHECK_STATUS(webhook_record_read(record, &r), WEBHOOK_OK);
    CHECK(r.version == 0x107);
    for (a = 0; a < bits; a++) {
        p[a / 8] ^= (unsigned char)(1u << a % 8);
        if (!is_refused(record, WEBHOOK_ERR_DAMAGED)) printf("bit %u\n", (unsigned)a);
        for (b = a + 1; b < bits; b += test_stride()) {
            p[b / 8] ^= (unsigned char)(1u << b % 8);
            if (webhook_record_read(record, &r) != WEBHOOK_ERR_DAMAGED || !is_zero(&r))
                CHECK(0 && "two bits were changed");
            p[b / 8] ^= (unsigned char)(1u << b % 8);
        }
        p[a / 8] ^= (unsigned char)(1u << a % 8);
    }
    for (a = 0; a < record.len; a++)
        is_refused(test_guarded(webhook_str_from(record.ptr, a)), WEBHOOK_ERR_DAMAGED);
    memcpy(bytes_of(longer), record.ptr, record.len);
    is_refused(longer, WEBHOOK_ERR_DAMAGED);
    free_record(record);
    free_record(longer);
}

/* One byte is another, or several, and both checksums are right. */
static void sealed_with(size_t at, unsigned bytes, uint64_t value, webhook_status wanted) {
    webhook_str record = record_of(S("wabc"), S("\0\0\0\0\0\0\0\7"));
    records_number(bytes_of(record) + at, bytes, value);
    records_seal(bytes_of(record), record.len);
    if (!is_refused(record, wanted)) printf("at %u: %lu\n", (unsigned)at, (unsigned long)value);
    free_record(record);
}

static void what_no_writer_writes(void) {
    char key[WEBHOOK_STORE_KEY_MAX + 1];
    webhook_record r;
    webhook_str record;
    size_t i;
    sealed_with(0, 4, UINT32_C(0x57481f9f), WEBHOOK_ERR_DAMAGED);
    sealed_with(0, 4, UINT32_C(0x00481f9e), WEBHOOK_ERR_DAMAGED);
    sealed_with(4, 1, 0, WEBHOOK_ERR_DAMAGED);
    sealed_with(4, 1, 2, WEBHOOK_ERR_RANGE);
    sealed_with(4, 1, 255, WEBHOOK_ERR_RANGE);
    sealed_with(5, 1, 'e', WEBHOOK_ERR_DAMAGED);
    sealed_with(6, 1, 0, WEBHOOK_ERR_DAMAGED);
    sealed_with(6, 1, 3, WEBHOOK_ERR_DAMAGED);
    sealed_with(6, 1, 5, WEBHOOK_ERR_DAMAGED);
    sealed_with(6, 1, 12, WEBHOOK_ERR_DAMAGED);
    sealed_with(6, 1, 13, WEBHOOK_ERR_DAMAGED);
    sealed_with(6, 1, 255, WEBHOOK_ERR_DAMAGED);
    sealed_with(7, 1, 1, WEBHOOK_ERR_DAMAGED);
    sealed_with(8, 8, 7, WEBHOOK_ERR_DAMAGED);
    sealed_with(8, 8, 9, WEBHOOK_ERR_DAMAGED);
    for (i = 4; i < 64; i++) sealed_with(8, 8, 8 + (UINT64_C(1) << i), WEBHOOK_ERR_DAMAGED);
    memset(key, 'e', sizeof key);
    record = record_of(webhook_str_from(key, sizeof key), S(""));
    is_refused(record, WEBHOOK_ERR_DAMAGED);
    free_record(record);
    record = record_of(S("w"), S("1234567"));
    is_refused(record, WEBHOOK_ERR_DAMAGED);
    free_record(record);
    record = record_of(S("wabc"), S("12345678"));
    bytes_of(record)[4] = 2; /* a later version, but its head is damaged */
    is_refused(record, WEBHOOK_ERR_DAMAGED);
    CHECK_STATUS(webhook_record_read(record, NULL), WEBHOOK_ERR_ARGUMENT);
    free_record(record);
    is_refused(webhook_str_from(NULL, 0), WEBHOOK_ERR_DAMAGED);
    for (i = 1; i < 100; i++)
        CHECK_STATUS(webhook_record_read(webhook_str_from(NULL, i), &r), WEBHOOK_ERR_ARGUMENT);
}

/* ---- what the library puts ---- */

typedef struct spy {
    webhook_store store;
    unsigned char record[4096];
    size_t len, puts, removes, commits;
    char key[WEBHOOK_STORE_KEY_MAX];
    webhook_status put, commit; /* what it answers */
} spy;

static webhook_status spy_put(void *user, webhook_str key, const webhook_str *pieces, size_t n,
                              uint64_t replaces) {
    spy *k = (spy *)user;
    size_t i;
    CHECK(n >= 1 && n <= 4 && key.len > 0 && key.len <= sizeof k->key && replaces == 0);
    k->puts++;
    k->len = 0;
    for (i = 0; i < n && CHECK(pieces[i].len <= sizeof k->record - k->len); i++) {
        if (pieces[i].len > 0) memcpy(k->record + k->len, pieces[i].ptr, pieces[i].len);
        k->len += pieces[i].len;
    }
    memcpy(k->key, key.ptr, key.len);
    return k->put;
}

static void spy_remove(void *user, webhook_str key) {
    (void)key;
    ((spy *)user)->removes++;
}

static webhook_status spy_commit(void *user, uint64_t ticket) {
    spy *k = (spy *)user;
    CHECK(ticket == ++k->commits && k->store.tickets == ticket && k->store.dirty == 0);
    return k->commit;
}

/* A webhook is created; what the store is then given is what our own writer makes of its parts. The
 * store is "dirty" from a put or a remove until a commit that does not fail. */
static void records_of_the_library(void) {
    static uint64_t arena[512];
    static const webhook_status answers[4] = { WEBHOOK_OK, WEBHOOK_PENDING, WEBHOOK_ERR_IO,
                                               WEBHOOK_ERR_FULL };
    size_t i;
    for (i = 0; i < 4; i++) {
        webhook_registry_desc d = WEBHOOK_ZERO;
        webhook_settings f = WEBHOOK_ZERO;
        webhook_registry reg;
        webhook_change change;
        webhook_record r;
        unsigned char again[4096];
        spy k;
        memset(&k, 0, sizeof k);
        k.store.user = &k;
        k.store.put = spy_put;
        k.store.remove = spy_remove;
        k.store.commit = spy_commit;
        k.put = i == 3 ? answers[i] : WEBHOOK_OK;
        k.commit = answers[i];
        d.arena = arena;
        d.arena_len = sizeof arena;
        d.store = &k.store;
        CHECK_STATUS(webhook_registry_init(&reg, &d), WEBHOOK_OK);
        f.id = S("cloud");
        f.secret = S("secret-key-123");
        f.name = S("cloud");
        f.url = S("https://example.com/hook");
        f.events = S("sensors.*");
        CHECK_STATUS(webhook_registry_create(&reg, &f, 1736937000000, &change), answers[i]);
        CHECK(k.puts == 1 && k.commits == (i < 3) && memcmp(k.key, "wcloud", 6) == 0);
        CHECK(k.store.dirty == (i == 2));
        CHECK_STATUS(webhook_record_read(webhook_str_from((const char *)k.record, k.len), &r),
                     WEBHOOK_OK);
        CHECK_STR(r.key, "wcloud");
        CHECK(r.kind == 'w' && r.version > 0);
        CHECK_SIZE(records_write(again, r.key, r.value, 1), k.len);
        CHECK(memcmp(again, k.record, k.len) == 0);
    }
}

/* ---- the memory store, call by call ---- */

static unsigned char memory[1024];
static webhook_memory_store m;
static webhook_store store;

static void empty_store(size_t len) {
    memset(memory, 0xa5, sizeof memory);
    CHECK_STATUS(webhook_memory_store_init(&m, memory, len, &store), WEBHOOK_OK);
}

/* A put of a record with a value of len bytes c, a webhook's with a version in front. */
static webhook_status put(const char *key, char c, size_t len, uint64_t replaces,
                          uint64_t version) {
    unsigned char bytes[1500];
    char value[1400];
    webhook_str record;
    memset(value, c, sizeof value);
    if (key[0] == 'w') records_number((unsigned char *)value, 8, version);
    record = webhook_str_from((const char *)bytes, records_write(bytes, webhook_str_from_cstr(key),
                                                                 webhook_str_from(value, len), 1));
    return store.put(store.user, webhook_str_from_cstr(key), &record, 1, replaces);
}

static void take_out(const char *key) {
    store.remove(store.user, webhook_str_from_cstr(key));
}

static webhook_str lent(const char *key) {
    webhook_str record = webhook_str_from("x", 1);
    CHECK_STATUS(store.get(store.user, webhook_str_from_cstr(key), &record), WEBHOOK_OK);
    return record;
}

/* Is that record there, with a value of len bytes, the last of them c? (len 0: it is not.) */
static int there(const char *key, char c, size_t len) {
    webhook_str record;
    webhook_record r;
    webhook_status s = store.get(store.user, webhook_str_from_cstr(key), &record);
    int ok;
    if (len == 0) return s == WEBHOOK_ERR_NOT_FOUND && record.ptr == NULL && record.len == 0;
    if (s != WEBHOOK_OK) return 0;
    ok = webhook_record_read(record, &r) == WEBHOOK_OK && r.value.len == len &&
         r.value.ptr[len - 1] == c && webhook_str_eq(r.key, webhook_str_from_cstr(key));
    store.release(store.user, record);
    return ok;
}

static int sound(void) {
    const char *broken = records_walk(&m);
    if (broken != NULL) printf("%s\n", broken);
    return broken == NULL;
}

static void what_is_no_store(void) {
    CHECK_STATUS(webhook_memory_store_init(NULL, memory, 512, &store), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_memory_store_init(&m, NULL, 512, &store), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_memory_store_init(&m, memory, 512, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_memory_store_init(&m, memory, 0, &store), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_memory_store_init(&m, memory, 255, &store), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_memory_store_init(&m, memory, 256, &store), WEBHOOK_OK);
    CHECK(store.put != NULL && store.remove != NULL && store.commit != NULL && store.get != NULL &&
          store.release != NULL && store.tickets == 0 && store.dirty == 0);
#if SIZE_MAX > 0xffffffff
    CHECK_STATUS(webhook_memory_store_init(&m, memory, ((size_t)1 << 31) + 1, &store),
                 WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_memory_store_init(&m, memory, ((size_t)1 << 32) + 512, &store),
                 WEBHOOK_ERR_ARGUMENT);
#endif
}

/* Pieces that are no record under that key would be found by nobody, or read too far. */
static void what_is_no_record(void) {
    unsigned char bytes[200];
    char long_key[80];
    size_t len = records_write(bytes, S("eabc"), S("value"), 1), i;
    webhook_str pieces[4];
    uint32_t used;
    empty_store(512);
    used = m.used;
    memset(long_key, 'e', sizeof long_key);
    pieces[0] = webhook_str_from((const char *)bytes, len);
    CHECK_STATUS(store.put(store.user, S(""), pieces, 1, 0), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(store.put(store.user, S("eabd"), pieces, 1, 0), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(store.put(store.user, S("eab"), pieces, 1, 0), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(store.put(store.user, S("eabcv"), pieces, 1, 0), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(store.put(store.user, S("eabc"), pieces, 0, 0), WEBHOOK_ERR_ARGUMENT);
    for (i = 0; i < len; i++) {
        pieces[0].len = i;
        CHECK_STATUS(store.put(store.user, S("eabc"), pieces, 1, 0), WEBHOOK_ERR_ARGUMENT);
    }
    pieces[0].len = len + 1;
    CHECK_STATUS(store.put(store.user, S("eabc"), pieces, 1, 0), WEBHOOK_ERR_ARGUMENT);
    pieces[0].len = records_write(bytes, webhook_str_from(long_key, 71), S(""), 1);
    CHECK_STATUS(store.put(store.user, webhook_str_from(long_key, 71), pieces, 1, 0),
                 WEBHOOK_ERR_ARGUMENT);
    pieces[0].len = records_write(bytes, webhook_str_from(long_key, 70), S(""), 1);
    CHECK_STATUS(store.put(store.user, webhook_str_from(long_key, 70), pieces, 1, 0), WEBHOOK_OK);
    store.remove(store.user, webhook_str_from(long_key, 70));
    CHECK_STATUS(put("w1", 'a', 7, 0, 1), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(put("w1", 'a', 8, 0, 1), WEBHOOK_OK);
    take_out("w1");
    CHECK(m.used == used && m.records == 0 && sound());
}

static void put_get_remove(void) {
    empty_store(512);
    CHECK(there("w1", 0, 0));
    take_out("w1");
    take_out("");
    CHECK_STATUS(put("w1", 'a', 20, 0, 5), WEBHOOK_OK);
    CHECK_STATUS(put("f1", 'b', 1, 77, 0), WEBHOOK_OK); /* its `replaces` says nothing */
    CHECK(there("w1", 'a', 20) && there("f1", 'b', 1) && m.records == 2 && sound());
    CHECK_STATUS(put("f1", 'c', 30, 0, 0), WEBHOOK_OK);
    CHECK(there("f1", 'c', 30) && m.records == 2 && sound());
    take_out("w1");
    CHECK(there("w1", 0, 0) && there("f1", 'c', 30) && m.records == 1 && sound());
    CHECK_STATUS(store.commit(store.user, 1), WEBHOOK_OK);
    CHECK(there("", 0, 0) && there("f", 0, 0) && there("f11", 0, 0));
}

/* A record in one to four pieces, cut at every two places; empty ones among them, NULL too. */
static void pieces_of_a_record(void) {
    unsigned char bytes[120];
    size_t len = records_write(bytes, S("eabc"), S("a value of some length"), 1), a, b;
    const char *p = (const char *)bytes;
    for (a = 0; a <= len; a++)
        for (b = a; b <= len; b++) {
            webhook_str pieces[4], got;
            empty_store(256);
            pieces[0] = webhook_str_from(a == 0 ? NULL : p, a);
            pieces[1] = webhook_str_from(a == b ? NULL : p + a, b - a);
            pieces[2] = webhook_str_from(NULL, 0);
            pieces[3] = webhook_str_from(p + b, len - b);
            CHECK_STATUS(store.put(store.user, S("eabc"), pieces, 4, 0), WEBHOOK_OK);
            got = lent("eabc");
            CHECK(got.len == len && memcmp(got.ptr, bytes, len) == 0);
            store.release(store.user, got);
        }
}

static void versions_of_webhooks(void) {
    empty_store(512);
    CHECK_STATUS(put("w1", 'a', 20, 1, 5), WEBHOOK_ERR_BUSY); /* there is none */
    CHECK(there("w1", 0, 0));
    CHECK_STATUS(put("w1", 'a', 20, 0, UINT64_C(0x8000000000000005)), WEBHOOK_OK);
    CHECK_STATUS(put("w1", 'b', 20, 0, 6), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(put("w1", 'b', 20, 5, 6), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(put("w1", 'b', 20, UINT64_C(0x8000000000000004), 6), WEBHOOK_ERR_BUSY);
    CHECK(there("w1", 'a', 20));
    CHECK_STATUS(put("w1", 'b', 9, UINT64_C(0x8000000000000005), 6), WEBHOOK_OK);
    CHECK_STATUS(put("w2", 'c', 8, 6, 7), WEBHOOK_ERR_BUSY); /* a webhook of its own */
    CHECK(there("w1", 'b', 9) && there("w2", 0, 0) && sound());
    take_out("w1");
    CHECK_STATUS(put("w1", 'd', 9, 6, 7), WEBHOOK_ERR_BUSY);
    CHECK_STATUS(put("w1", 'd', 9, 0, 7), WEBHOOK_OK);
}

/* Progress lives and dies with its event. */
static void progress_of_events(void) {
    uint32_t used;
    empty_store(1024);
    used = m.used;
    CHECK_STATUS(put(PROGRESS "/a", 'a', 10, 0, 0), WEBHOOK_OK);
    CHECK_STATUS(put("d", 'a', 10, 0, 0), WEBHOOK_OK);
    CHECK_STATUS(put("d0123456789abcdef0123456789abcde", 'a', 10, 0, 0), WEBHOOK_OK);
    CHECK_STATUS(put(PROGRESS "/a", 'a', 1300, 0, 0), WEBHOOK_OK); /* nor does it have to fit */
    CHECK(m.used == used && m.records == 0 && there(PROGRESS "/a", 0, 0));
    CHECK_STATUS(put(EVENT, 'e', 40, 0, 0), WEBHOOK_OK);
    CHECK_STATUS(put("e0123456789abcdef0123456789abcde0", 'f', 40, 0, 0), WEBHOOK_OK);
    CHECK_STATUS(put(PROGRESS "/a", 'a', 10, 0, 0), WEBHOOK_OK);
    CHECK_STATUS(put(PROGRESS "/b", 'b', 10, 0, 0), WEBHOOK_OK);
    CHECK_STATUS(put(PROGRESS "/c", 'c', 10, 0, 0), WEBHOOK_OK);
    CHECK_STATUS(put(PROGRESS "/a", 'd', 30, 0, 0), WEBHOOK_OK); /* moves, in its list too */
    CHECK_STATUS(put("d0123456789abcdef0123456789abcde0/a", 'g', 10, 0, 0), WEBHOOK_OK);
    CHECK_STATUS(put("d0123456789abcdef0123456789abcde1/a", 'g', 10, 0, 0), WEBHOOK_OK);
    CHECK(m.records == 6 && there(PROGRESS "/a", 'd', 30) && there(PROGRESS "/b", 'b', 10));
    take_out(PROGRESS "/b");
    CHECK(m.records == 5 && there(PROGRESS "/b", 0, 0) && there(PROGRESS "/c", 'c', 10) && sound());
    CHECK_STATUS(put(EVENT, 'x', 90, 0, 0), WEBHOOK_OK); /* another body, the same progress */
    CHECK(m.records == 5 && there(PROGRESS "/a", 'd', 30) && there(PROGRESS "/c", 'c', 10));
    take_out(EVENT);
    CHECK(there(EVENT, 0, 0) && there(PROGRESS "/a", 0, 0) && there(PROGRESS "/c", 0, 0));
    CHECK(m.records == 2 && there("d0123456789abcdef0123456789abcde0/a", 'g', 10) && sound());
    CHECK_STATUS(put(EVENT, 'y', 90, 0, 0), WEBHOOK_OK); /* what it had does not come back */
    CHECK(there(PROGRESS "/a", 0, 0) && m.records == 3);
}

/* What is lent stays where and as it is until the last release, whatever is put or removed. */
static void lent_records(void) {
    webhook_str a, b, c, d;
    uint32_t empty, used;
    empty_store(1024);
    empty = m.used;
    CHECK_STATUS(put(EVENT, 'a', 50, 0, 0), WEBHOOK_OK);
    used = m.used;
    a = lent(EVENT);
    b = lent(EVENT);
    CHECK(a.ptr == b.ptr && a.len == b.len);
    CHECK_STATUS(put(EVENT, 'b', 50, 0, 0), WEBHOOK_OK);
    CHECK(there(EVENT, 'b', 50) && m.used == 2 * used - empty && m.records == 1 && sound());
    c = lent(EVENT);
    CHECK(c.ptr != a.ptr && a.ptr[a.len - 1] == 'a' && c.ptr[c.len - 1] == 'b');
    CHECK_STATUS(put(PROGRESS "/a", 'p', 5, 0, 0), WEBHOOK_OK);
    d = lent(PROGRESS "/a");
    take_out(EVENT);
    CHECK(there(EVENT, 0, 0) && there(PROGRESS "/a", 0, 0) && m.records == 0 && sound());
    CHECK_STATUS(put(EVENT, 'c', 60, 0, 0), WEBHOOK_OK);
    CHECK(there(PROGRESS "/a", 0, 0) && m.records == 1);
    store.release(store.user, a);
    CHECK(b.ptr[b.len - 1] == 'a' && c.ptr[c.len - 1] == 'b' && d.ptr[d.len - 1] == 'p' && sound());
    store.release(store.user, c);
    store.release(store.user, b);
    store.release(store.user, d);
    CHECK(m.used == used + 12 && there(EVENT, 'c', 60) && sound());
    take_out(EVENT);
    CHECK(m.used == empty && sound());
}

static void full_changes_nothing(void) {
    unsigned char before[sizeof memory];
    webhook_str record;
    empty_store(512);
    CHECK_STATUS(put("w1", 'a', 1000, 0, 1), WEBHOOK_ERR_FULL);
    CHECK_STATUS(put("w1", 'a', 200, 0, 1), WEBHOOK_OK);
    CHECK_STATUS(put("f1", 'b', 100, 0, 0), WEBHOOK_OK);
    memcpy(before, memory, sizeof memory);
    CHECK_STATUS(put("w1", 'c', 300, 1, 2), WEBHOOK_ERR_FULL);
    CHECK_STATUS(put("w2", 'c', 100, 0, 2), WEBHOOK_ERR_FULL);
    CHECK_STATUS(put("w1", 'c', 300, 9, 2), WEBHOOK_ERR_BUSY); /* nobody's change is told sooner */
    CHECK(memcmp(before, memory, sizeof memory) == 0 && sound());
    CHECK_STATUS(put("w1", 'c', 200, 1, 2), WEBHOOK_OK); /* where it is */
    CHECK_STATUS(put("w1", 'd', 190, 2, 3), WEBHOOK_OK);
    CHECK_STATUS(put("w1", 'e', 200, 3, 4), WEBHOOK_OK);
    record = lent("w1");
    memcpy(before, memory, sizeof memory);
    CHECK_STATUS(put("w1", 'f', 200, 4, 5), WEBHOOK_ERR_FULL); /* not beside it */
    CHECK(memcmp(before, memory, sizeof memory) == 0);
    CHECK(record.ptr[record.len - 1] == 'e');
    store.release(store.user, record);
    CHECK_STATUS(put("w1", 'f', 200, 4, 5), WEBHOOK_OK);
    take_out("f1");
    CHECK_STATUS(put("w1", 'g', 340, 5, 6), WEBHOOK_OK); /* over the gap behind it */
    CHECK(there("w1", 'g', 340) && sound());
    CHECK_STATUS(put("w1", 'h', 100, 6, 7), WEBHOOK_OK);
    CHECK_STATUS(put("f1", 'i', 100, 0, 0), WEBHOOK_OK);
    take_out("w1");
    CHECK_STATUS(put("f1", 'j', 350, 0, 0), WEBHOOK_OK); /* over the gap in front of it */
    CHECK(there("f1", 'j', 350) && m.records == 1 && sound());
    CHECK_STATUS(put("f1", 'j', 1300, 0, 0), WEBHOOK_ERR_FULL);
}

/* Lengths that no 32-bit number holds: nothing of such a record is copied. */
static void larger_than_any_store(void) {
#if SIZE_MAX > 0xffffffff
    unsigned char bytes[RECORDS_HEAD + WEBHOOK_STORE_KEY_MAX] = { 0 };
    unsigned bit;
    webhook_str pieces[2];
    empty_store(1024);
    for (bit = 30; bit < 63; bit++) {
        pieces[0] =
            webhook_str_from((const char *)bytes, records_write(bytes, S("f1"), S("12"), 0));
        pieces[1] = webhook_str_from((const char *)bytes, (size_t)1 << bit);
        records_number(bytes + 8, 8, 2 + (UINT64_C(1) << bit));
        CHECK_STATUS(store.put(store.user, S("f1"), pieces, 2, 0), WEBHOOK_ERR_FULL);
    }
    CHECK(there("f1", 0, 0) && m.records == 0 && sound());
#endif
}

/* ---- the memory store, of every size ---- */

/* Records of the smallest kind until it is full; as many as there is room for, byte by byte. */
static size_t fill(webhook_memory_store *into, webhook_store *s, size_t extra) {
    unsigned char bytes[RECORDS_HEAD + 20];
    char key[2] = "a";
    webhook_str record;
    size_t n;
    for (n = 0; n < 90; n++) {
        key[0] = (char)('\x21' + n); /* no kind that is treated otherwise */
        if (strchr("dew", key[0]) != NULL) continue;
        record = webhook_str_from(
            (const char *)bytes, records_write(bytes, webhook_str_from(key, 1),
                                               webhook_str_from("12345678901234567890", extra), 0));
        if (s->put(s->user, webhook_str_from(key, 1), &record, 1, 0) != WEBHOOK_OK) break;
    }
    CHECK(records_walk(into) == NULL);
    return into->records;
}

/* Memory that begins at any address and has any size, to the byte; what does not go in at first
 * does not go in later. */
static void stores_of_all_sizes(void) {
    size_t len, off, extra, n;
    for (len = 256; len < 700; len += test_stride())
        for (off = 0; off < 8; off++) {
            unsigned char *p = (unsigned char *)malloc(off + len);
            webhook_memory_store s;
            webhook_store calls;
            uint32_t used, block;
            char key[2] = "a";
            if (p == NULL) abort();
            CHECK_STATUS(webhook_memory_store_init(&s, p + off, len, &calls), WEBHOOK_OK);
            CHECK(records_walk(&s) == NULL && s.size == len / 4 * 4);
            used = s.used;
            for (extra = 0; extra < 20; extra += 3) {
                block = (uint32_t)(RECORDS_BLOCK + RECORDS_HEAD + 1 + extra + 3) / 4 * 4;
                n = fill(&s, &calls, extra);
                CHECK_SIZE(n, (s.size - used) / block);
                for (key[0] = '\x21'; n > 0; key[0]++) {
                    if (strchr("dew", key[0]) != NULL) continue;
                    calls.remove(calls.user, webhook_str_from(key, 1));
                    n--;
                }
                CHECK(s.used == used && s.records == 0 && records_walk(&s) == NULL);
            }
            free(p);
        }
}

/* The macro keeps its word: n records of any sizes that sum up to so many bytes go in. */
static void the_size_macro(void) {
    size_t n, round;
    CHECK_SIZE(WEBHOOK_MEMORY_STORE_SIZE(0, 0), 256);
    for (n = 1; n < 600; n += n / 5 + test_stride())
        for (round = 0; round < 4; round++) {
            size_t most = round == 0   ? 0
                          : round == 1 ? 3
                          : round == 2 ? 150
                                       : 9000,
                   i, sum = 0, len;
            uint64_t x = test_random() | 1;
            webhook_memory_store s;
            webhook_store calls;
            unsigned char *p, *bytes = (unsigned char *)malloc(9100);
            char value[9000] = { 0 }, key[16];
            for (i = 0; i < n; i++) /* keys of 8 bytes */
                sum += 8 + (size_t)((x * (i + 1) >> 20) % (most + 1));
            len = WEBHOOK_MEMORY_STORE_SIZE(n, sum);
            p = (unsigned char *)malloc(len);
            if (p == NULL || bytes == NULL) abort();
            CHECK_STATUS(webhook_memory_store_init(&s, p, len, &calls), WEBHOOK_OK);
            for (i = 0; i < n; i++) {
                webhook_str record, k = webhook_str_from(key, 8);
                snprintf(key, sizeof key, "f%07u", (unsigned)i);
                record.ptr = (const char *)bytes;
                record.len = records_write(
                    bytes, k, webhook_str_from(value, (size_t)((x * (i + 1) >> 20) % (most + 1))),
                    0);
                CHECK_STATUS(calls.put(calls.user, k, &record, 1, 0), WEBHOOK_OK);
            }
            CHECK(s.records == n && records_walk(&s) == NULL);
            free(p);
            free(bytes);
        }
}

/* ---- the memory store against a plain list ---- */

static const char *step(records_model *w, unsigned bias, size_t largest) {
    uint64_t x = test_random();
    unsigned what = (unsigned)(x >> 8) % 16, key = (unsigned)(x >> 16) % RECORDS_KEYS;
    if (what < 6 + bias / 2)
        return records_put(w, key, (size_t)(x >> 24) % largest, 1 + (size_t)(x >> 60) % 4,
                           (x >> 50) % 8 == 0);
    if (what < 12 + bias / 3) return records_get(w, key);
    if (what < 15) return records_release(w, (size_t)(x >> 24));
    records_remove(w, (x >> 40) % 3 != 0 ? 20 + key / 2 : key);
    return NULL;
}

/* Long scripts in stores from the smallest on: mostly full, and much of it lent. */
static void random_scripts(void) {
    static const size_t least[3] = { 256, 700, 4000 }, largest[3] = { 60, 300, 1500 };
    unsigned run, runs = 120 / (test_stride() > 4 ? 4 : test_stride());
    for (run = 0; run < runs; run++) {
        size_t len = least[run % 3] + (size_t)test_random() % (4 * least[run % 3]), i;
        unsigned char *block = (unsigned char *)malloc(len);
        records_model w;
        const char *broken = NULL;
        if (block == NULL) abort();
        CHECK_STATUS(records_begin(&w, block, len), WEBHOOK_OK);
        for (i = 0; i < 2000 && broken == NULL; i++) {
            broken = step(&w, run % 8, largest[run % 3]);
            if (broken == NULL && i % 32 == 0) broken = records_check(&w);
        }
        if (broken == NULL) broken = records_end(&w);
        if (!CHECK(broken == NULL)) printf("run %u, step %u: %s\n", run, (unsigned)i, broken);
        free(block);
    }
}

/* ---- the memory store, large ---- */

static webhook_str numbered(char *text, char kind, unsigned event, unsigned n) {
    int len = kind == 'e' ? snprintf(text, 71, "e%016x%016x", 77u, event)
                          : snprintf(text, 71, "d%016x%016x/hook_%u", 77u, event, n);
    return webhook_str_from(text, (size_t)len);
}

/* Many events of which each has progress at many webhooks: each is found, each goes with its own. */
static void many_records(void) {
    enum { events = 60, webhooks = 40 };
    size_t len = WEBHOOK_MEMORY_STORE_SIZE(events * (1 + webhooks), events * (1 + webhooks) * 70);
    unsigned char *block = (unsigned char *)malloc(len), bytes[200];
    webhook_memory_store s;
    webhook_store calls;
    uint32_t used;
    unsigned e, w;
    char key[71];
    webhook_str record, k;
    if (block == NULL) abort();
    CHECK_STATUS(webhook_memory_store_init(&s, block, len, &calls), WEBHOOK_OK);
    used = s.used;
    for (w = 0; w <= webhooks; w++)
        for (e = 0; e < events; e++) {
            k = numbered(key, w == 0 ? 'e' : 'd', e, w);
            record = webhook_str_from((const char *)bytes,
                                      records_write(bytes, k, webhook_str_from(key, w % 8), 0));
            CHECK_STATUS(calls.put(calls.user, k, &record, 1, 0), WEBHOOK_OK);
        }
    CHECK(s.records == events * (1 + webhooks) && records_walk(&s) == NULL);
    for (e = 0; e < events; e++) {
        unsigned one = (e * 37 + 11) % events;
        for (w = 0; w <= webhooks; w++) {
            k = numbered(key, w == 0 ? 'e' : 'd', one, w);
            CHECK_STATUS(calls.get(calls.user, k, &record), WEBHOOK_OK);
            CHECK(webhook_str_eq(webhook_str_from(record.ptr + RECORDS_HEAD, k.len), k));
            calls.release(calls.user, record);
        }
        calls.remove(calls.user, numbered(key, 'e', one, 0));
        CHECK(s.records == (events - 1 - e) * (1 + webhooks));
        for (w = 0; w <= webhooks; w++)
            CHECK_STATUS(calls.get(calls.user, numbered(key, w == 0 ? 'e' : 'd', one, w), &record),
                         WEBHOOK_ERR_NOT_FOUND);
    }
    CHECK(s.used == used && records_walk(&s) == NULL);
    free(block);
}

void suite_store(void) {
    RUN(checksums_as_published);
    RUN(records_of_all_lengths);
    RUN(an_empty_value);
    RUN(every_damage_is_seen);
    RUN(what_no_writer_writes);
    RUN(records_of_the_library);
    RUN(what_is_no_store);
    RUN(what_is_no_record);
    RUN(put_get_remove);
    RUN(pieces_of_a_record);
    RUN(versions_of_webhooks);
    RUN(progress_of_events);
    RUN(lent_records);
    RUN(full_changes_nothing);
    RUN(larger_than_any_store);
    RUN(stores_of_all_sizes);
    RUN(the_size_macro);
    RUN(random_scripts);
    RUN(many_records);
}
