/* test_replay.c -- the replay guard against a naive model, saved and restored, full and damaged */
#include "test.h"

/* ---- what all of them share ---- */

static size_t capacity_of(size_t n) {
    return ((n - 1) * 7 + 7) / 8;
}

/* A block of exactly n entries on the heap, so that a sanitizer sees one entry too far. */
static webhook_replay_entry *guard_of(size_t n) {
    webhook_replay_entry *g = (webhook_replay_entry *)malloc(n * sizeof *g);
    if (g == NULL) abort();
    memset(g, 0xa5, n * sizeof *g);
    CHECK_STATUS(webhook_replay_init(g, n), WEBHOOK_OK);
    return g;
}

/* Keys of the same number are the same; any two others differ in one byte only, which is at the
 * end (way 0) or at the start (way 1), or they are spread (way 2). Number 0 is a key of zeros. */
static webhook_replay_key key_of(unsigned number, unsigned way, int64_t expires_s) {
    webhook_replay_key k;
    memset(&k, 0, sizeof k);
    k.expires_s = expires_s;
    if (way == 0) k.byte[15] = (unsigned char)number;
    if (way == 1) k.byte[0] = (unsigned char)number;
    if (way == 2 && number > 0) {
        unsigned char digest[32];
        char text[1];
        text[0] = (char)number;
        webhook_sha256(webhook_str_from(text, 1), digest);
        memcpy(k.byte, digest, sizeof k.byte);
    }
    return k;
}

static void handle(webhook_replay_entry *g, size_t n, const webhook_replay_key *k, int64_t now_s) {
    CHECK_STATUS(webhook_replay_begin(g, n, k, now_s), WEBHOOK_OK);
    webhook_replay_end(g, n, k, 1);
}

/* ---- one key ---- */

static void begin_and_end_in_every_order(void) {
    enum { n = 8 };
    webhook_replay_entry *g = guard_of(n);
    webhook_replay_key a = key_of(1, 0, 1000), b = key_of(2, 0, 1000);
    CHECK_STATUS(webhook_replay_begin(g, n, &a, 100), WEBHOOK_OK);
    CHECK_STATUS(webhook_replay_begin(g, n, &a, 100), WEBHOOK_PENDING);
    CHECK_STATUS(webhook_replay_begin(g, n, &b, 100), WEBHOOK_OK);
    webhook_replay_end(g, n, &a, 0);
    CHECK_STATUS(webhook_replay_begin(g, n, &a, 101), WEBHOOK_OK);
    CHECK_STATUS(webhook_replay_begin(g, n, &b, 101), WEBHOOK_PENDING);
    webhook_replay_end(g, n, &a, 1);
    CHECK_STATUS(webhook_replay_begin(g, n, &a, 102), WEBHOOK_SEEN);
    webhook_replay_end(g, n, &b, 7);
    CHECK_STATUS(webhook_replay_begin(g, n, &b, 999), WEBHOOK_SEEN);
    free(g);
}

/* Whoever ends twice, or ends what another call was told, must not open the door to a replay. */
static void end_does_nothing_where_nothing_is_reserved(void) {
    enum { n = 4 };
    webhook_replay_entry *g = guard_of(n), saved[n];
    webhook_replay_key a = key_of(1, 0, 1000), b = key_of(2, 0, 1000);
    webhook_replay_end(g, n, &a, 1);
    CHECK_STATUS(webhook_replay_begin(g, n, &a, 1), WEBHOOK_OK);
    webhook_replay_end(g, n, &a, 1);
    memcpy(saved, g, sizeof saved);
    webhook_replay_end(g, n, &a, 0);
    webhook_replay_end(g, n, &a, 1);
    webhook_replay_end(g, n, &b, 0);
    webhook_replay_end(g, n, &b, 1);
    CHECK(memcmp(saved, g, sizeof saved) == 0);
    CHECK_STATUS(webhook_replay_begin(g, n, &a, 2), WEBHOOK_SEEN);
    CHECK_STATUS(webhook_replay_begin(g, n, &b, 2), WEBHOOK_OK);
    free(g);
}

static void keys_differ_in_any_byte(void) {
    enum { n = 200 };
    webhook_replay_entry *g = guard_of(n);
    webhook_replay_key zero = key_of(0, 0, 1000);
    size_t i, bit;
    handle(g, n, &zero, 1);
    for (i = 0; i < 16; i++)
        for (bit = 0; bit < 8; bit++) {
            webhook_replay_key k = zero;
            k.byte[i] = (unsigned char)(1u << bit);
            handle(g, n, &k, 1);
            CHECK_STATUS(webhook_replay_begin(g, n, &k, 1), WEBHOOK_SEEN);
        }
    CHECK_STATUS(webhook_replay_begin(g, n, &zero, 1), WEBHOOK_SEEN);
    free(g);
}

static webhook_replay_key key_from(const char *scope, const char *id, int64_t expires_s) {
    return webhook_replay_key_from_id(webhook_str_from_cstr(scope), webhook_str_from_cstr(id),
                                      expires_s);
}

/* Scope and id are told apart where they meet, and another scope's id is another message. */
static void a_key_from_an_id(void) {
    webhook_replay_key a = key_from("", "event_1", 500), b = key_from("", "event_1", 900);
    CHECK(a.expires_s == 500 && b.expires_s == 900);
    CHECK(memcmp(a.byte, b.byte, sizeof a.byte) == 0);
    b = key_from("", "event_2", 500);
    CHECK(memcmp(a.byte, b.byte, sizeof a.byte) != 0);
    b = key_from(NULL, NULL, INT64_MIN);
    CHECK(memcmp(a.byte, b.byte, sizeof a.byte) != 0 && b.expires_s == INT64_MIN);
    a = key_from("hook", "event_1", 500);
    b = key_from("hooke", "vent_1", 500);
    CHECK(memcmp(a.byte, b.byte, sizeof a.byte) != 0);
    b = key_from("hook2", "event_1", 500);
    CHECK(memcmp(a.byte, b.byte, sizeof a.byte) != 0);
}

/* ---- arguments ---- */

static void what_is_no_guard(void) {
    webhook_replay_entry g[4];
    webhook_replay_key k = key_of(1, 0, 10);
    memset(g, 0xa5, sizeof g);
    CHECK_STATUS(webhook_replay_init(NULL, 4), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_init(g, 0), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_init(g, 1), WEBHOOK_ERR_ARGUMENT);
#if SIZE_MAX > 0x80000000u
    CHECK_STATUS(webhook_replay_init(g, (size_t)0x80000001u), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_init(g, SIZE_MAX), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_restore(g, (size_t)0x80000001u), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_restore(g, SIZE_MAX), WEBHOOK_ERR_ARGUMENT);
#endif
    CHECK_STATUS(webhook_replay_restore(NULL, 4), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_restore(g, 0), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_restore(g, 1), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_init(g, 4), WEBHOOK_OK);
    CHECK_STATUS(webhook_replay_begin(NULL, 4, &k, 1), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_begin(g, 4, NULL, 1), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_begin(g, 0, &k, 1), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_begin(g, 1, &k, 1), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_replay_begin(g, 4, &k, 1), WEBHOOK_OK);
}

/* ---- full, and room again ---- */

static void it_holds_what_is_promised(void) {
    size_t n;
    for (n = 1; n <= 1000; n++) CHECK(capacity_of(WEBHOOK_REPLAY_ENTRIES(n)) >= n);
    for (n = 2; n <= 40; n++) {
        size_t way, cap = capacity_of(n), i;
        for (way = 0; way < 3; way++) {
            webhook_replay_entry *g = guard_of(n);
            webhook_replay_key k, more = key_of(200, (unsigned)way, 5000);
            for (i = 0; i < cap; i++) {
                k = key_of((unsigned)i, (unsigned)way, 1000 + (int64_t)i);
                CHECK_STATUS(webhook_replay_begin(g, n, &k, 10), WEBHOOK_OK);
                if (i % 2) webhook_replay_end(g, n, &k, 1);
            }
            CHECK_STATUS(webhook_replay_begin(g, n, &more, 10), WEBHOOK_ERR_FULL);
            CHECK_STATUS(webhook_replay_begin(g, n, &more, 999), WEBHOOK_ERR_FULL);
            for (i = 0; i < cap; i++) {
                k = key_of((unsigned)i, (unsigned)way, 1000 + (int64_t)i);
                CHECK_STATUS(webhook_replay_begin(g, n, &k, 999),
                             i % 2 ? WEBHOOK_SEEN : WEBHOOK_PENDING);
            }
            k = key_of(0, (unsigned)way, 1000);
            webhook_replay_end(g, n, &k, 0);
            CHECK_STATUS(webhook_replay_begin(g, n, &more, 999), WEBHOOK_OK);
            CHECK_STATUS(webhook_replay_begin(g, n, &k, 999), WEBHOOK_ERR_FULL);
            free(g);
        }
    }
}

/* One key expires each second: each makes room for one, at its second and not before. */
static void room_again_from(size_t n, int64_t start_s) {
    webhook_replay_entry *g = guard_of(n);
    size_t cap = capacity_of(n), i;
    webhook_replay_key k;
    for (i = 0; i < cap; i++) {
        k = key_of((unsigned)i, 0, start_s + (int64_t)i);
        handle(g, n, &k, start_s - 1);
    }
    for (i = 0; i < 2 * cap; i++) {
        int64_t now_s = start_s + (int64_t)i;
        k = key_of((unsigned)(i + cap), 0, now_s + (int64_t)cap);
        CHECK_STATUS(webhook_replay_begin(g, n, &k, now_s - 1), WEBHOOK_ERR_FULL);
        handle(g, n, &k, now_s);
        CHECK_STATUS(webhook_replay_begin(g, n, &k, now_s), WEBHOOK_SEEN);
    }
    free(g);
}

static void room_again_after_expiry(void) {
    static const int64_t starts[] = { 1,
                                      1000,
                                      INT64_C(0x7ffffff0),
                                      INT64_C(0xfffffff0),
                                      INT64_C(0x100000000),
                                      INT64_C(0x123456789abc) };
    size_t n, i;
    for (n = 2; n <= 40; n++)
        for (i = 0; i < sizeof starts / sizeof *starts; i++) room_again_from(n, starts[i]);
}

/* All keys have expired when the present was told once; told a past one, it must still know that. */
static void time_never_goes_back(void) {
    enum { n = 9 };
    webhook_replay_entry *g = guard_of(n);
    webhook_replay_key k;
    unsigned i;
    for (i = 0; i < capacity_of(n); i++) {
        k = key_of(i, 0, 1000);
        handle(g, n, &k, 10);
    }
    CHECK_STATUS(webhook_replay_begin(g, n, &k, 2000), WEBHOOK_ERR_STALE);
    CHECK_STATUS(webhook_replay_begin(g, n, &k, 10), WEBHOOK_ERR_STALE);
    for (i = 0; i < capacity_of(n); i++) {
        k = key_of(50 + i, 0, 5000);
        handle(g, n, &k, i % 2 ? -1 : 10);
    }
    CHECK_STATUS(webhook_replay_begin(g, n, &k, INT64_MIN), WEBHOOK_SEEN);
    free(g);
}

static void extreme_times(void) {
    enum { n = 3 };
    webhook_replay_entry *g = guard_of(n);
    webhook_replay_key ever = key_of(1, 0, INT64_MAX), old = key_of(2, 0, INT64_MIN),
                       soon = key_of(3, 0, 10);
    CHECK_STATUS(webhook_replay_begin(g, n, &old, -5), WEBHOOK_ERR_STALE);
    CHECK_STATUS(webhook_replay_begin(g, n, &old, INT64_MIN), WEBHOOK_ERR_STALE);
    handle(g, n, &soon, -5);
    CHECK_STATUS(webhook_replay_begin(g, n, &soon, -1), WEBHOOK_SEEN);
    CHECK_STATUS(webhook_replay_begin(g, n, &soon, 9), WEBHOOK_SEEN);
    handle(g, n, &ever, INT64_MIN);
    CHECK_STATUS(webhook_replay_begin(g, n, &ever, INT64_MAX - 1), WEBHOOK_SEEN);
    old.byte[0] = 8;
    old.expires_s = 0;
    CHECK_STATUS(webhook_replay_begin(g, n, &old, 20), WEBHOOK_ERR_STALE);
    old.expires_s = 20;
    CHECK_STATUS(webhook_replay_begin(g, n, &old, 20), WEBHOOK_ERR_STALE);
    CHECK_STATUS(webhook_replay_restore(g, n), WEBHOOK_OK);
    CHECK_STATUS(webhook_replay_begin(g, n, &ever, 20), WEBHOOK_SEEN);
    old.byte[0] = 9;
    old.expires_s = INT64_MAX;
    CHECK_STATUS(webhook_replay_begin(g, n, &old, INT64_MAX - 1), WEBHOOK_OK);
    CHECK_STATUS(webhook_replay_begin(g, n, &ever, 0), WEBHOOK_SEEN);
    free(g);
}

/* At the end of time every key has expired: none is taken, and none that was is told as seen. */
static void the_end_of_time(void) {
    enum { n = 9 };
    webhook_replay_entry *g = guard_of(n);
    webhook_replay_key k = key_of(1, 0, INT64_MAX);
    handle(g, n, &k, INT64_MAX - 1);
    CHECK_STATUS(webhook_replay_begin(g, n, &k, INT64_MAX - 1), WEBHOOK_SEEN);
    CHECK_STATUS(webhook_replay_begin(g, n, &k, INT64_MAX), WEBHOOK_ERR_STALE);
    CHECK_STATUS(webhook_replay_restore(g, n), WEBHOOK_OK);
    free(g);
}

/* ---- the model: a list, where nothing is clever ---- */

enum { NOT_THERE, RESERVED, KEPT };

typedef struct model {
    int state[64];
    int64_t expires_s[64]; /* from then on it may be forgotten */
    int64_t now_s;
    size_t cap;
} model;

/* Keys that count, and those that the guard may have forgotten but need not. */
static void model_count(const model *m, size_t *live, size_t *stuck) {
    size_t i;
    *live = *stuck = 0;
    for (i = 0; i < 64; i++) {
        if (m->state[i] != NOT_THERE && m->expires_s[i] > m->now_s) ++*live;
        if (m->state[i] == RESERVED && m->expires_s[i] <= m->now_s) ++*stuck;
    }
}

/* What begin may answer is told by the model; where it leaves a choice the model follows. */
static void model_begin(model *m, unsigned number, int64_t expires_s, int64_t now_s,
                        webhook_status got) {
    int state = m->state[number], present, forgotten;
    size_t live, stuck;
    if (now_s > m->now_s) m->now_s = now_s;
    forgotten = m->expires_s[number] <= m->now_s;
    present = state == KEPT ? got == WEBHOOK_SEEN : got == WEBHOOK_PENDING;
    if (state != NOT_THERE && !forgotten) {
        CHECK_STATUS(got, state == KEPT ? WEBHOOK_SEEN : WEBHOOK_PENDING);
        return;
    }
    if (state != NOT_THERE && present) return;
    m->state[number] = NOT_THERE;
    if (expires_s <= m->now_s) {
        CHECK_STATUS(got, WEBHOOK_ERR_STALE);
        return;
    }
    model_count(m, &live, &stuck);
    if (live >= m->cap) {
        CHECK_STATUS(got, WEBHOOK_ERR_FULL);
        m->state[number] = state;
        return;
    }
    if (got == WEBHOOK_ERR_FULL && live + stuck >= m->cap) {
        m->state[number] = state;
        return;
    }
    CHECK_STATUS(got, WEBHOOK_OK);
    m->state[number] = RESERVED;
    m->expires_s[number] = expires_s;
}

static void model_end(model *m, unsigned number, int keep) {
    if (m->state[number] == RESERVED) m->state[number] = keep ? KEPT : NOT_THERE;
}

/* The bytes are copied to another place and taken over there, as after a restart. */
static webhook_replay_entry *restarted(webhook_replay_entry *g, size_t n, model *m) {
    webhook_replay_entry *moved = (webhook_replay_entry *)malloc(n * sizeof *g);
    size_t i;
    if (moved == NULL) abort();
    memcpy(moved, g, n * sizeof *g);
    free(g);
    CHECK_STATUS(webhook_replay_restore(moved, n), WEBHOOK_OK);
    for (i = 0; i < 64; i++)
        if (m->state[i] == RESERVED) m->state[i] = NOT_THERE;
    return moved;
}

static void random_script(size_t n, unsigned way, unsigned long steps) {
    webhook_replay_entry *g = guard_of(n);
    model m = { { 0 }, { 0 }, 0, 0 };
    unsigned numbers = (unsigned)(n + n / 2 + 2);
    unsigned long step;
    int64_t now_s = 1;
    m.cap = capacity_of(n);
    for (step = 0; step < steps; step++) {
        uint64_t r = test_random();
        unsigned number = (unsigned)(r % numbers), what = (unsigned)(r >> 32) % 64;
        if (what < 8) now_s += (int64_t)(r >> 40) % 4;
        if (what < 40) {
            int64_t expires_s = now_s + (int64_t)(r >> 48) % (int64_t)(4 * n) - 1,
                    seen_s = what < 4 ? now_s - (int64_t)((r >> 44) % 100) : now_s;
            webhook_replay_key k = key_of(number, way, expires_s);
            model_begin(&m, number, expires_s, seen_s, webhook_replay_begin(g, n, &k, seen_s));
        } else if (what < 63) {
            webhook_replay_key k = key_of(number, way, m.expires_s[number]);
            webhook_replay_end(g, n, &k, what > 44);
            model_end(&m, number, what > 44);
        } else if (r >> 60 == 0)
            g = restarted(g, n, &m);
    }
    free(g);
}

static void random_scripts_against_the_model(void) {
    unsigned long steps = 2000000 / test_stride() / (39 * 3);
    size_t n;
    unsigned way;
    for (n = 2; n <= 40; n++)
        for (way = 0; way < 3; way++) random_script(n, way, steps + 200);
}

/* Every script of six calls on two keys in the smallest guards. */
static void every_short_script(void) {
    unsigned long script, all = 8ul * 8 * 8 * 8 * 8 * 8;
    for (script = (unsigned long)(test_random() % test_stride()); script < all;
         script += test_stride()) {
        size_t n = 2 + script % 2;
        webhook_replay_entry *g = guard_of(n);
        model m = { { 0 }, { 0 }, 0, 0 };
        unsigned long rest = script;
        int64_t now_s;
        m.cap = capacity_of(n);
        for (now_s = 1; now_s <= 6; now_s++, rest /= 8) {
            unsigned number = (unsigned)(rest & 1), what = (unsigned)(rest >> 1) & 3;
            int64_t expires_s = what == 0 ? now_s + 2 : 100;
            webhook_replay_key k = key_of(number, 0, expires_s);
            if (what < 2)
                model_begin(&m, number, expires_s, now_s, webhook_replay_begin(g, n, &k, now_s));
            else {
                webhook_replay_end(g, n, &k, what == 3);
                model_end(&m, number, what == 3);
            }
        }
        free(g);
    }
}

/* ---- saved and restored ---- */

static void restore_keeps_what_was_handled(void) {
    size_t n, i;
    for (n = 2; n <= 40; n++) {
        webhook_replay_entry *g = guard_of(n), *moved;
        size_t cap = capacity_of(n);
        model m = { { 0 }, { 0 }, 0, 0 };
        webhook_replay_key k;
        for (i = 0; i < cap; i++) {
            k = key_of((unsigned)i, 1, 1000);
            CHECK_STATUS(webhook_replay_begin(g, n, &k, 500), WEBHOOK_OK);
            if (i % 3) webhook_replay_end(g, n, &k, 1);
        }
        moved = restarted(g, n, &m);
        for (i = 0; i < cap; i++) {
            k = key_of((unsigned)i, 1, 1000);
            if (i % 3) CHECK_STATUS(webhook_replay_begin(moved, n, &k, 1), WEBHOOK_SEEN);
        }
        for (i = 0; i < cap; i += 3) {
            k = key_of((unsigned)i, 1, 1000);
            CHECK_STATUS(webhook_replay_begin(moved, n, &k, 1), WEBHOOK_OK);
        }
        k = key_of(200, 1, 1000);
        CHECK_STATUS(webhook_replay_begin(moved, n, &k, 1), WEBHOOK_ERR_FULL);
        free(moved);
    }
}

/* What does not fit the number of entries, or was never a guard, is refused. */
static void damaged_blocks(void) {
    enum { most = 41 };
    webhook_replay_entry *g = guard_of(most), copy[most];
    size_t n, other;
    for (n = 2; n <= 40; n++) {
        webhook_replay_key k = key_of(1, 2, 1000);
        CHECK_STATUS(webhook_replay_init(g, n), WEBHOOK_OK);
        handle(g, n, &k, 10);
        for (other = 2; other <= most; other++) {
            memset(copy, 0, sizeof copy);
            memcpy(copy, g, n * sizeof *g);
            CHECK_STATUS(webhook_replay_restore(copy, other),
                         other == n ? WEBHOOK_OK : WEBHOOK_ERR_DAMAGED);
        }
        memset(copy, 0, sizeof copy);
        CHECK_STATUS(webhook_replay_restore(copy, n), WEBHOOK_ERR_DAMAGED);
        memset(copy, 0xff, sizeof copy);
        CHECK_STATUS(webhook_replay_restore(copy, n), WEBHOOK_ERR_DAMAGED);
        memcpy(copy, g, sizeof copy);
        memset(copy, 0, sizeof *copy);
        CHECK_STATUS(webhook_replay_restore(copy, n), WEBHOOK_ERR_DAMAGED);
    }
    for (n = 0; n < 2000; n++) {
        unsigned char *bytes = (unsigned char *)copy;
        for (other = 0; other < sizeof copy; other++) bytes[other] = (unsigned char)test_random();
        CHECK_STATUS(webhook_replay_restore(copy, 2 + n % 39), WEBHOOK_ERR_DAMAGED);
    }
    free(g);
}

/* Entries may be damaged where the head is not: the guard need not notice, but it must come back. */
static void a_damaged_bit_does_no_harm(void) {
    size_t n, bit, i;
    for (n = 2; n <= 10; n++) {
        webhook_replay_entry *g = guard_of(n), *copy = guard_of(n);
        webhook_replay_key k;
        for (i = 0; i < capacity_of(n); i++) {
            k = key_of((unsigned)i, 0, 1000);
            handle(g, n, &k, 10);
        }
        for (bit = 0; bit < n * sizeof *g * 8; bit++) {
            webhook_status s;
            memcpy(copy, g, n * sizeof *g);
            ((unsigned char *)copy)[bit / 8] ^= (unsigned char)(1u << bit % 8);
            s = webhook_replay_restore(copy, n);
            if (!CHECK(s == WEBHOOK_OK || s == WEBHOOK_ERR_DAMAGED) || s != WEBHOOK_OK) continue;
            for (i = 0; i < 2 * n; i++) {
                k = key_of((unsigned)i, 0, 2000);
                s = webhook_replay_begin(copy, n, &k, i < n ? 20 : 1500);
                CHECK(s == WEBHOOK_OK || s == WEBHOOK_SEEN || s == WEBHOOK_ERR_FULL ||
                      s == WEBHOOK_PENDING || s == WEBHOOK_ERR_STALE);
                webhook_replay_end(copy, n, &k, i % 2 > 0);
            }
        }
        free(g);
        free(copy);
    }
}

void suite_replay(void) {
    RUN(begin_and_end_in_every_order);
    RUN(end_does_nothing_where_nothing_is_reserved);
    RUN(keys_differ_in_any_byte);
    RUN(a_key_from_an_id);
    RUN(what_is_no_guard);
    RUN(it_holds_what_is_promised);
    RUN(room_again_after_expiry);
    RUN(time_never_goes_back);
    RUN(extreme_times);
    RUN(the_end_of_time);
    RUN(random_scripts_against_the_model);
    RUN(every_short_script);
    RUN(restore_keeps_what_was_handled);
    RUN(damaged_blocks);
    RUN(a_damaged_bit_does_no_harm);
}
