/* records.h -- the store by a second hand: a record written bit by bit, the memory store walked from
 * block to block, and a plain list of records that says what it should hold */
#ifndef TESTS_RECORDS_H
#define TESTS_RECORDS_H
#include <stdlib.h>
#include <string.h>
#include "../webhook.h"

/* ---- a record ---- */

#define RECORDS_HEAD 24

static inline void records_number(unsigned char *p, unsigned bytes, uint64_t v) {
    for (; bytes > 0; bytes--, v >>= 8) p[bytes - 1] = (unsigned char)v;
}

static inline uint64_t records_read_number(const unsigned char *p, unsigned bytes) {
    uint64_t v = 0;
    for (; bytes > 0; bytes--) v = v << 8 | *p++;
    return v;
}

/* records_crc -- CRC-32C, one bit after the other; crc: of what came before, 0 at first */
static inline uint32_t records_crc(uint32_t crc, const void *bytes, size_t n) {
    const unsigned char *p = (const unsigned char *)bytes;
    unsigned bit;
    for (crc = ~crc; n > 0; n--) {
        crc ^= *p++;
        for (bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0);
    }
    return ~crc;
}

/* records_seal -- both checksums of a record, as its lengths stand */
static inline void records_seal(unsigned char *record, size_t len) {
    size_t key = record[6] < len - RECORDS_HEAD ? record[6] : len - RECORDS_HEAD;
    uint32_t crc = records_crc(0, record + RECORDS_HEAD + key, len - RECORDS_HEAD - key);
    records_number(record + 16, 4, crc);
    records_number(record + 20, 4, records_crc(records_crc(0, record, 20), record + 24, key));
}

/* records_write -- a record in out, which has room for 24 bytes and both; sealed: with checksums
 *
 * Returns  its length
 */
static inline size_t records_write(unsigned char *out, webhook_str key, webhook_str value,
                                   int sealed) {
    size_t len = RECORDS_HEAD + key.len + value.len;
    memset(out, 0, RECORDS_HEAD);
    records_number(out, 4, UINT32_C(0x57481f9e));
    out[4] = 1;
    out[5] = key.len > 0 ? (unsigned char)key.ptr[0] : 0;
    out[6] = (unsigned char)key.len;
    records_number(out + 8, 8, value.len);
    if (key.len > 0) memcpy(out + RECORDS_HEAD, key.ptr, key.len);
    if (value.len > 0) memcpy(out + RECORDS_HEAD + key.len, value.ptr, value.len);
    if (sealed) records_seal(out, len);
    return len;
}

/* ---- the memory store, walked ---- */

#define RECORDS_BLOCK 20 /* bytes of a block before its record */

static inline uint32_t records_word(const webhook_memory_store *m, uint32_t at) {
    return (uint32_t)records_read_number(m->ptr + at, 4);
}

/* records_has_way -- does the way by the bits of a size lead from the root to a gap of that size? */
static inline int records_has_way(const webhook_memory_store *m, uint32_t size) {
    uint32_t at = records_word(m, 0), bit = UINT32_C(1) << 31;
    while (bit > m->size) bit >>= 1;
    for (; at != 0 && records_word(m, at) != size; bit >>= 1) {
        if (bit == 0) return 0;
        at = records_word(m, at + ((size & bit) != 0 ? 20 : 16));
    }
    return at != 0;
}

/* records_walk -- every block and gap, one behind the other: sizes and flags agree, what is used and
 * kept is what the store says, no two gaps touch, each gap that could hold a record can be found
 *
 * Returns  NULL, or what does not hold
 */
static inline const char *records_walk(const webhook_memory_store *m) {
    uint32_t at = 4 + 4 * m->buckets, used = at + 4, records = 0, behind = 0;
    while (at < m->size - 4) {
        uint32_t head = records_word(m, at), size = head & ~UINT32_C(3);
        if (size < 8 || size > m->size - 4 - at) return "a size is wrong";
        if (((head & 2) != 0) != (behind != 0)) return "the flag for a gap in front is wrong";
        if ((head & 1) != 0) {
            if (records_word(m, at + 16) >> 31 == 0) records++;
            used += size;
            behind = 0;
        } else {
            if (records_word(m, at + size - 4) != size) return "a gap has two sizes";
            if (behind != 0) return "two gaps touch";
            if (size >= 48 && !records_has_way(m, size)) return "a gap cannot be found";
            behind = size;
        }
        at += size;
    }
    if (at != m->size - 4) return "the last size is wrong";
    if (records_word(m, at) != (behind != 0 ? 3u : 1u)) return "the last word is wrong";
    if (used != m->used) return "it uses another number of bytes";
    return records == m->records ? NULL : "it holds another number of records";
}

/* records_gap -- the smallest gap of at least that size, 0 where there is none; count: may be NULL,
 * how many of just that size there are */
static inline uint32_t records_gap(const webhook_memory_store *m, uint32_t need, uint32_t *count) {
    uint32_t at = 4 + 4 * m->buckets, size, best = 0, n = 0;
    for (; at < m->size - 4; at += size) {
        uint32_t head = records_word(m, at);
        size = head & ~UINT32_C(3);
        if ((head & 1) != 0 || size < need) continue;
        if (size == need) n++;
        if (best == 0 || size < best) best = size;
    }
    if (count != NULL) *count = n;
    return best;
}

/* records_around -- bytes of the block of a record and of the gaps beside it */
static inline uint32_t records_around(const webhook_memory_store *m, const char *record) {
    uint32_t at = (uint32_t)((const unsigned char *)record - m->ptr) - RECORDS_BLOCK;
    uint32_t head = records_word(m, at), size = head & ~UINT32_C(3);
    uint32_t next = records_word(m, at + size);
    if ((next & 1) == 0) size += next;
    return (head & 2) != 0 ? size + records_word(m, at - 4) : size;
}

/* ---- a plain list of what it should hold ---- */

enum { RECORDS_KEYS = 40, RECORDS_LENT = 48, RECORDS_EVENTS = 4 };

typedef struct records_copy {
    unsigned char *bytes; /* NULL: not there */
    size_t len;
} records_copy;

typedef struct records_model {
    webhook_memory_store m;
    webhook_store store;
    uint32_t used; /* by the empty store */
    uint64_t version[RECORDS_KEYS], versions;
    records_copy is[RECORDS_KEYS];
    struct {
        webhook_str record;
        records_copy copy;
        unsigned key;
    } lent[RECORDS_LENT];
    size_t n_lent;
} records_model;

/* records_key -- key 0 to 3 of events, 4 to 19 of progress of these, the others of webhooks and of
 * their failures; text: 71 bytes */
static inline webhook_str records_key(unsigned i, char *text) {
    static const char digits[] = "0123456789abcdef0123456789abcdef", id[] = "the-id-of-a-webhook";
    size_t n = 1;
    text[0] = i < RECORDS_EVENTS ? 'e' : i < 20 ? 'd' : i < 30 ? 'w' : 'f';
    if (i < 20) {
        memcpy(text + 1, digits, 32);
        text[32] = (char)('0' + i % RECORDS_EVENTS);
        n = 33;
        if (i >= RECORDS_EVENTS) text[n++] = '/';
    }
    if (i >= RECORDS_EVENTS) {
        memcpy(text + n, id, i % 8 + 1);
        n += i % 8 + 1;
        text[n++] = (char)('0' + i / 10);
        text[n++] = (char)('0' + i % 10);
    }
    return webhook_str_from(text, n);
}

static inline records_copy records_copy_of(const void *bytes, size_t len) {
    records_copy c;
    c.bytes = (unsigned char *)malloc(len);
    if (c.bytes == NULL) abort();
    memcpy(c.bytes, bytes, len);
    c.len = len;
    return c;
}

static inline int records_same(records_copy c, webhook_str record) {
    return c.len == record.len && memcmp(c.bytes, record.ptr, c.len) == 0;
}

static inline void records_forget(records_model *w, unsigned i) {
    free(w->is[i].bytes);
    w->is[i].bytes = NULL;
    w->version[i] = 0;
}

/* records_new -- a record of key i whose value has len bytes, or 8 where it must */
static inline records_copy records_new(records_model *w, unsigned i, size_t len, uint64_t version) {
    static unsigned char bytes[70000], value[69000];
    char text[71];
    webhook_str key = records_key(i, text);
    if (key.ptr[0] == 'w' && len < 8) len = 8;
    if (len > sizeof value) len = sizeof value;
    memset(value, (int)(w->versions & 0xff), len);
    if (key.ptr[0] == 'w') records_number(value, 8, version);
    return records_copy_of(
        bytes, records_write(bytes, key, webhook_str_from((const char *)value, len), 0));
}

/* records_place -- where the record of key i lies and no lent one does, else NULL */
static inline const char *records_place(records_model *w, unsigned i) {
    char text[71];
    webhook_str record;
    size_t k;
    if (w->store.get(w->store.user, records_key(i, text), &record) != WEBHOOK_OK) return NULL;
    w->store.release(w->store.user, record);
    for (k = 0; k < w->n_lent; k++)
        if (w->lent[k].record.ptr == record.ptr) return NULL;
    return record.ptr;
}

/* records_wanted -- what a put of so many bytes should answer; best: the gap that it goes into, 0
 * where it takes the place of another record */
static inline webhook_status records_wanted(records_model *w, unsigned i, uint32_t need, int wrong,
                                            uint32_t *best) {
    const char *old = records_place(w, i);
    char text[71];
    records_key(i, text);
    *best = 0;
    if (text[0] == 'd' && w->is[i % RECORDS_EVENTS].bytes == NULL) return WEBHOOK_OK;
    if (text[0] == 'w' && wrong) return WEBHOOK_ERR_BUSY;
    if (old != NULL && records_around(&w->m, old) >= need) return WEBHOOK_OK;
    *best = records_gap(&w->m, need, NULL);
    return *best != 0 ? WEBHOOK_OK : WEBHOOK_ERR_FULL;
}

/* records_put -- a put in n pieces, with what should come of it; wrong: replaces another version */
static inline const char *records_put(records_model *w, unsigned i, size_t len, size_t n,
                                      int wrong) {
    uint64_t version = ++w->versions;
    records_copy c = records_new(w, i, len, version);
    char text[71];
    webhook_str key = records_key(i, text), pieces[4];
    webhook_status status, wanted;
    size_t k, at = 0, take;
    uint32_t best, before, after, need = ((uint32_t)c.len + RECORDS_BLOCK + 3) & ~UINT32_C(3);
    int is_new = w->is[i].bytes == NULL;
    for (k = 0; k < n; k++, at += take) {
        take = k + 1 == n ? c.len - at : (c.len - at) * k / n;
        pieces[k] = webhook_str_from((const char *)c.bytes + at, take);
    }
    wanted = records_wanted(w, i, need, wrong, &best);
    records_gap(&w->m, best, &before);
    status = w->store.put(w->store.user, key, pieces, n, w->version[i] + (wrong ? 1 : 0));
    records_gap(&w->m, best, &after);
    if (status != wanted) return "put answers another status";
    if (best != 0 && is_new && after + 1 != before) return "it was not put into the smallest gap";
    if (status != WEBHOOK_OK || (text[0] == 'd' && w->is[i % RECORDS_EVENTS].bytes == NULL)) {
        free(c.bytes);
        return NULL;
    }
    records_forget(w, i);
    w->is[i] = c;
    if (text[0] == 'w') w->version[i] = version;
    return NULL;
}

static inline void records_remove(records_model *w, unsigned i) {
    char text[71];
    unsigned k;
    w->store.remove(w->store.user, records_key(i, text));
    records_forget(w, i);
    for (k = RECORDS_EVENTS; text[0] == 'e' && k < 20; k++)
        if (k % RECORDS_EVENTS == i) records_forget(w, k);
}

/* records_get -- lends key i, and keeps a copy of what was lent; given back at once where as many
 * are lent as the model can hold */
static inline const char *records_get(records_model *w, unsigned i) {
    char text[71];
    webhook_str record;
    webhook_status status = w->store.get(w->store.user, records_key(i, text), &record);
    if (w->is[i].bytes == NULL) return status == WEBHOOK_ERR_NOT_FOUND ? NULL : "get finds a ghost";
    if (status != WEBHOOK_OK || !records_same(w->is[i], record)) return "get gives something else";
    if (w->n_lent == RECORDS_LENT) {
        w->store.release(w->store.user, record);
        return NULL;
    }
    w->lent[w->n_lent].record = record;
    w->lent[w->n_lent].copy = records_copy_of(record.ptr, record.len);
    w->lent[w->n_lent++].key = i;
    return NULL;
}

static inline const char *records_release(records_model *w, size_t k) {
    const char *broken = NULL;
    if (w->n_lent == 0) return NULL;
    k %= w->n_lent;
    if (!records_same(w->lent[k].copy, w->lent[k].record)) broken = "what was lent has changed";
    w->store.release(w->store.user, w->lent[k].record);
    free(w->lent[k].copy.bytes);
    w->lent[k] = w->lent[--w->n_lent];
    return broken;
}

/* records_check -- the whole of it: every key gives what it should, what is lent is as it was */
static inline const char *records_check(records_model *w) {
    uint32_t count = 0;
    size_t k;
    unsigned i;
    for (k = 0; k < w->n_lent; k++)
        if (!records_same(w->lent[k].copy, w->lent[k].record)) return "what is lent has changed";
    for (i = 0; i < RECORDS_KEYS; i++) {
        char text[71];
        webhook_str record, key = records_key(i, text);
        webhook_status status = w->store.get(w->store.user, key, &record);
        if ((status == WEBHOOK_OK) != (w->is[i].bytes != NULL)) return "another record is there";
        if (status != WEBHOOK_OK) continue;
        count++;
        if (!records_same(w->is[i], record)) return "a record has changed";
        w->store.release(w->store.user, record);
    }
    if (count != w->m.records) return "it counts another number of records";
    return records_walk(&w->m);
}

/* records_begin, _end -- an empty store in len bytes of memory; all is given back and removed, and
 * then it is as at the beginning
 */
static inline webhook_status records_begin(records_model *w, void *memory, size_t len) {
    webhook_status status;
    memset(w, 0, sizeof *w);
    status = webhook_memory_store_init(&w->m, memory, len, &w->store);
    w->used = w->m.used;
    return status;
}

static inline const char *records_end(records_model *w) {
    const char *broken = records_check(w);
    unsigned i;
    while (w->n_lent > 0) {
        const char *now = records_release(w, 0);
        if (broken == NULL) broken = now;
    }
    for (i = 0; i < RECORDS_KEYS; i++) records_remove(w, RECORDS_KEYS - 1 - i);
    if (broken == NULL) broken = records_walk(&w->m);
    if (broken == NULL && (w->m.used != w->used || w->m.records != 0))
        broken = "something is left at the end";
    return broken;
}
#endif
