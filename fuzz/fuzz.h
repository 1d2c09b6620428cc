/* fuzz.h -- what the harnesses share: a check that aborts, memory of exact size, a second opinion on JSON strings */
#ifndef FUZZ_H
#define FUZZ_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../webhook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* require -- says what does not hold, and aborts: a finding for libFuzzer, a failure of the replay */
#define require(condition)                                             \
    do {                                                               \
        if (!(condition)) fuzz_broken(__FILE__, __LINE__, #condition); \
    } while (0)

static inline void fuzz_broken(const char *file, int line, const char *what) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* fuzz_memory, fuzz_copy -- n bytes, a copy of s, in a heap block of exactly that size; free it */
static inline void *fuzz_memory(size_t n) {
    void *p = malloc(n == 0 ? 1 : n);
    if (p == NULL) abort();
    return p;
}

static inline char *fuzz_copy(webhook_str s) {
    char *p = (char *)fuzz_memory(s.len);
    if (s.len > 0) memcpy(p, s.ptr, s.len);
    return p;
}

/* fuzz_byte -- takes the first byte of the input, 0 where there is none */
static inline unsigned fuzz_byte(webhook_str *in) {
    unsigned c;
    if (in->len == 0) return 0;
    c = (unsigned char)*in->ptr++;
    in->len--;
    return c;
}

/* fuzz_u64 -- the first eight bytes, most significant first; fewer where the input ends */
static inline uint64_t fuzz_u64(webhook_str *in) {
    uint64_t v = 0;
    size_t i;
    for (i = 0; i < 8 && in->len > 0; i++) v = v << 8 | fuzz_byte(in);
    return v;
}

/* fuzz_i64 -- the same as a sign and a magnitude */
static inline int64_t fuzz_i64(webhook_str *in) {
    uint64_t v = fuzz_u64(in);
    return v >> 63 != 0 ? -(int64_t)(v & INT64_MAX) : (int64_t)v;
}

/* fuzz_line -- takes the first line of the input as an exact copy; free its memory */
static inline webhook_str fuzz_line(webhook_str *in, char **memory) {
    webhook_str line = webhook_str_from(NULL, 0);
    if (webhook_str_cut(in, '\n', &line) != WEBHOOK_OK) line.len = 0;
    *memory = fuzz_copy(line);
    return webhook_str_from(*memory, line.len);
}

/* fuzz_hash -- of bytes, and of what came before them (FNV-1a, then mixed) */
static inline uint64_t fuzz_hash(uint64_t before, const void *bytes, size_t n) {
    const unsigned char *p = (const unsigned char *)bytes;
    uint64_t h = before ^ UINT64_C(14695981039346656037);
    size_t i;
    for (i = 0; i < n; i++) h = (h ^ p[i]) * UINT64_C(1099511628211);
    h ^= h >> 29;
    h *= UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ h >> 32;
}

static inline unsigned long fuzz_hex4(const char *p) {
    char digits[5];
    memcpy(digits, p, 4);
    digits[4] = 0;
    return strtoul(digits, NULL, 16);
}

static inline size_t fuzz_utf8(char *out, unsigned long c) {
    static const unsigned long lead[4] = { 0, 0xc0, 0xe0, 0xf0 };
    size_t i, more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    out[0] = (char)(unsigned char)(lead[more] | c >> 6 * more);
    for (i = 1; i <= more; i++) out[i] = (char)(unsigned char)(0x80 | (c >> 6 * (more - i) & 0x3f));
    return more + 1;
}

/* fuzz_decode -- a string or key decoded into out (t->text.len bytes suffice), half a surrogate pair as three bytes
 *
 *   halves   how many of these there are
 * Returns  the bytes written
 */
static inline size_t fuzz_decode(const webhook_json_token *t, char *out, size_t *halves) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *p = t->text.ptr, *end = p + t->text.len;
    size_t n = 0;
    *halves = 0;
    while (p < end) {
        unsigned long c;
        const char *simple;
        if (*p != '\\') {
            out[n++] = *p++;
            continue;
        }
        if (p[1] != 'u') {
            simple = strchr(from, p[1]);
            out[n++] = simple == NULL ? p[1] : to[simple - from];
            p += 2;
            continue;
        }
        c = fuzz_hex4(p + 2);
        p += 6;
        if (c >> 10 == 0x36 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
            fuzz_hex4(p + 2) >> 10 == 0x37) {
            c = 0x10000 + ((c & 0x3ff) << 10) + (fuzz_hex4(p + 2) & 0x3ff);
            p += 6;
        }
        if (c >> 11 == 0x1b) ++*halves;
        n += fuzz_utf8(out + n, c);
    }
    return n;
}

/* fuzz_shortest -- the digits of the shortest decimal that the C library reads as v > 0, the nearest of these
 *
 *   printed  40 bytes: as %e prints it
 *   digits   40 bytes: without point, exponent and zeros at the end; returns how many
 */
static inline size_t fuzz_shortest(double v, char *printed, char *digits) {
    int precision;
    size_t n = 0;
    for (precision = 0; precision < 17; precision++) {
        snprintf(printed, 40, "%.*e", precision, v);
        if (strtod(printed, NULL) == v) break;
    }
    for (; *printed != 'e'; printed++)
        if (*printed != '.') digits[n++] = *printed;
    while (n > 1 && digits[n - 1] == '0') n--;
    return n;
}

/* fuzz_quoted -- 1 for a string or key, whose text leaves out the quotes */
static inline size_t fuzz_quoted(const webhook_json_token *t) {
    return t->kind == WEBHOOK_JSON_STRING || t->kind == WEBHOOK_JSON_KEY;
}
#endif
