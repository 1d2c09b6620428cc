/* tree.h -- a JSON text as a tree in a few numbers: equal for equal trees, whatever the order of array-index keys */
#ifndef FUZZ_TREE_H
#define FUZZ_TREE_H
#include <math.h>
#include "fuzz.h"

typedef struct fuzz_tree {
    uint64_t sum;  /* over the values, of path, kind, value and place among the keys of an object */
    uint64_t *key; /* of each key, its path */
    size_t keys;
    int overflow, index_late; /* a number is infinite; an array-index key out of its place */
} fuzz_tree;

typedef struct fuzz_level {
    uint64_t path,
        rank;   /* of the container; members before, in an object those that are no array index */
    long index; /* the last array-index key, -1 before any */
    int array;
} fuzz_level;

static inline double fuzz_number(const webhook_json_token *t) {
    char *text = (char *)fuzz_memory(t->text.len + 1);
    double v;
    memcpy(text, t->text.ptr, t->text.len);
    text[t->text.len] = 0;
    v = strtod(text, NULL);
    free(text);
    return v == 0 ? 0 : v;
}

/* The value of an array-index key, -1 for any other */
static inline long fuzz_array_index(const char *text, size_t n) {
    size_t i;
    long v = 0;
    if (n == 0 || n > 10 || (n > 1 && text[0] == '0')) return -1;
    for (i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        v = v * 10 + (text[i] - '0');
    }
    return v > 4294967294 ? -1 : v;
}

static inline uint64_t fuzz_hash_of(const webhook_json_token *t, uint64_t path, fuzz_tree *out,
                                    fuzz_level *in) {
    char *text = (char *)fuzz_memory(t->text.len);
    uint64_t h = fuzz_hash(path, &t->kind, 1);
    size_t halves, n;
    double v;
    if (t->kind == WEBHOOK_JSON_NUMBER) {
        v = fuzz_number(t);
        out->overflow |= isinf(v) != 0;
        h = fuzz_hash(h, &v, sizeof v);
    } else if (fuzz_quoted(t)) {
        n = fuzz_decode(t, text, &halves);
        h = fuzz_hash(h, text, n);
        if (t->kind == WEBHOOK_JSON_KEY) {
            long index = fuzz_array_index(text, n);
            out->key[out->keys++] = h;
            if (index >= 0) out->index_late |= in->rank > 0 || index <= in->index;
            in->index = index >= 0 ? index : in->index;
            if (index < 0) out->sum += fuzz_hash(h, &in->rank, sizeof in->rank);
            in->rank += index < 0;
        }
    }
    free(text);
    return h;
}

static inline int fuzz_by_value(const void *a, const void *b) {
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

/* Reads a whole text; where the tree has the same key twice in one object, sum is 0. */
static inline webhook_status fuzz_read_tree(webhook_str text, fuzz_tree *out, size_t *offset) {
    fuzz_level in[66] = { { 0, 0, -1, 1 } }, *l = in;
    uint64_t h = 0;
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_status status;
    size_t i;
    memset(out, 0, sizeof *out);
    out->key = (uint64_t *)fuzz_memory((text.len + 1) * sizeof *out->key);
    webhook_json_init(&c, text);
    while ((status = webhook_json_next(&c, &t)) == WEBHOOK_OK) {
        if (t.kind == WEBHOOK_JSON_OBJECT_END || t.kind == WEBHOOK_JSON_ARRAY_END) {
            l--;
            continue;
        }
        if (l->array) h = fuzz_hash(l->path, &l->rank, sizeof l->rank);
        if (l->array) l->rank++;
        h = fuzz_hash_of(&t, t.kind == WEBHOOK_JSON_KEY ? l->path : h, out, l);
        out->sum += h;
        if (t.kind != WEBHOOK_JSON_OBJECT && t.kind != WEBHOOK_JSON_ARRAY) continue;
        l++;
        l->path = h;
        l->rank = 0;
        l->index = -1;
        l->array = t.kind == WEBHOOK_JSON_ARRAY;
    }
    *offset = c.offset;
    qsort(out->key, out->keys, sizeof *out->key, fuzz_by_value);
    for (i = 1; i < out->keys; i++)
        if (out->key[i] == out->key[i - 1]) out->sum = 0;
    free(out->key);
    return status;
}
#endif
