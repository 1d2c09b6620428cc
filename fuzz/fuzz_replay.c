/* make fuzz T=replay SECONDS=60
 *
 * Input: a byte for the size of the guard, then a script of calls, three bytes each. A plain list of keys says what
 * each call should answer; a key that has expired may be told or forgotten. The guard is saved and loaded on the way;
 * a damaged one is refused or works on without harm.
 */
#include "fuzz.h"

#define KEYS 64

typedef struct model {
    int64_t expires[KEYS], now; /* of the keys; the time that the guard knows */
    char state[KEYS];           /* ' ' not there, 'p' being handled, 'k' kept */
    size_t holds;
} model;

/* The keys share few homes at the end of the table, so that their chains are long, cross each other and go round. */
static webhook_replay_key key_of(unsigned i, size_t n, int64_t expires) {
    webhook_replay_key key = WEBHOOK_ZERO;
    size_t home = 8 * (n - 1) - 1 - i % 8;
    key.byte[2] = (unsigned char)(home >> 8);
    key.byte[3] = (unsigned char)home;
    key.byte[15] = (unsigned char)i;
    key.expires_s = expires;
    return key;
}

static size_t held(const model *m, int expired_too) {
    size_t i, n = 0;
    for (i = 0; i < KEYS; i++) n += m->state[i] != ' ' && (expired_too || m->expires[i] > m->now);
    return n;
}

static void begin(model *m, webhook_replay_entry *g, size_t n, unsigned i, int64_t expires,
                  int64_t now) {
    webhook_replay_key key = key_of(i, n, expires);
    webhook_status got = webhook_replay_begin(g, n, &key, now);
    int there, expired;
    if (now > m->now) m->now = now;
    there = m->state[i] != ' ';
    expired = there && m->expires[i] <= m->now;
    if (there && !expired) {
        require(got == (m->state[i] == 'p' ? WEBHOOK_PENDING : WEBHOOK_SEEN));
        return;
    }
    if (expires <= m->now) {
        require(got == WEBHOOK_ERR_STALE);
        m->state[i] = ' ';
        return;
    }
    if (got == WEBHOOK_ERR_FULL) require(held(m, 1) >= m->holds);
    if (!expired && held(m, 0) >= m->holds) require(got == WEBHOOK_ERR_FULL);
    if (held(m, 0) < m->holds) require(got == WEBHOOK_OK);
    if (got == WEBHOOK_OK) {
        m->state[i] = 'p';
        m->expires[i] = expires;
    } else {
        require(got == WEBHOOK_ERR_FULL);
    }
}

static void end(model *m, webhook_replay_entry *g, size_t n, unsigned i, int keep) {
    webhook_replay_key key = key_of(i, n, 0);
    webhook_replay_end(g, n, &key, keep);
    if (m->state[i] == 'p') m->state[i] = keep ? 'k' : ' ';
}

/* Save and load: what was being handled is forgotten, all else is as it was. */
static webhook_replay_entry *reload(model *m, webhook_replay_entry *g, size_t n) {
    webhook_replay_entry *again = (webhook_replay_entry *)fuzz_memory(n * sizeof *g);
    size_t i;
    memcpy(again, g, n * sizeof *g);
    free(g);
    require(webhook_replay_restore(again, n) == WEBHOOK_OK);
    for (i = 0; i < KEYS; i++)
        if (m->state[i] == 'p') m->state[i] = ' ';
    return again;
}

/* One bit of a copy is changed: refused, or a guard that answers something. */
static void damage(const webhook_replay_entry *g, size_t n, size_t where, unsigned bit) {
    webhook_replay_entry *copy = (webhook_replay_entry *)fuzz_memory(n * sizeof *g);
    webhook_replay_key key = key_of((unsigned)where % KEYS, n, 1000);
    unsigned char *bytes;
    webhook_status status;
    memcpy(copy, g, n * sizeof *g);
    bytes = (unsigned char *)copy;
    bytes[where % (n * sizeof *g)] ^= (unsigned char)(1u << bit);
    status = webhook_replay_restore(copy, n);
    require(status == WEBHOOK_OK || status == WEBHOOK_ERR_DAMAGED);
    if (status == WEBHOOK_OK) {
        status = webhook_replay_begin(copy, n, &key, 5);
        require(status == WEBHOOK_OK || status == WEBHOOK_PENDING || status == WEBHOOK_SEEN ||
                status == WEBHOOK_ERR_FULL || status == WEBHOOK_ERR_STALE);
        webhook_replay_end(copy, n, &key, 1);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size);
    size_t n = fuzz_byte(&in) % 62 + 2;
    webhook_replay_entry *g = (webhook_replay_entry *)fuzz_memory(n * sizeof *g);
    model m = WEBHOOK_ZERO;
    memset(m.state, ' ', sizeof m.state);
    m.holds = ((n - 1) * 7 + 7) / 8; /* 7/8 of n - 1, rounded up */
    require(webhook_replay_init(g, n) == WEBHOOK_OK);
    while (in.len > 0) {
        unsigned what = fuzz_byte(&in), i = fuzz_byte(&in) % KEYS, time = fuzz_byte(&in);
        int64_t now = what & 0x20 ? (int64_t)time : m.now;
        if (what % 8 < 4) begin(&m, g, n, i, now + (int64_t)(what % 4) * 20 - 5, now);
        if (what % 8 == 4 || what % 8 == 5) end(&m, g, n, i, what % 2);
        if (what % 8 == 6) g = reload(&m, g, n);
        if (what % 8 == 7) damage(g, n, i * 256 + time, what >> 3 & 7);
    }
    free(g);
    return 0;
}
