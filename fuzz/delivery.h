/* delivery.h -- a signed message in one of four schemes, and what comparing texts and times by hand says of it */
#ifndef FUZZ_DELIVERY_H
#define FUZZ_DELIVERY_H
#include "../tests/schemes.h"
#include "fuzz.h"

typedef struct fuzz_delivery {
    webhook_scheme scheme;
    unsigned
        kind; /* 0 the default one, 1 GitHub's, 2 Standard Webhooks', 3 head values in parts on both sides */
    webhook_hmac_key keys[3];
    size_t n_keys;
    webhook_message m;
    webhook_str signature;
    int64_t now;
    unsigned order, piece;
} fuzz_delivery;

static inline webhook_scheme fuzz_scheme_of(unsigned kind) {
    static const webhook_part fuzz_parts[] = {
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_METHOD },
        { WEBHOOK_STR_INIT("\n"), WEBHOOK_PART_LITERAL },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY },
        { WEBHOOK_STR_INIT("Nonce"), WEBHOOK_PART_HEADER },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_TIMESTAMP },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_TARGET },
    };
    webhook_scheme s = webhook_scheme_default();
    if (kind == 1) s = scheme_github();
    if (kind == 2) s = scheme_standard();
    if (kind != 3) return s;
    s.content = webhook_parts_content;
    s.capture = webhook_parts_capture;
    s.parts = fuzz_parts;
    s.n_parts = sizeof fuzz_parts / sizeof *fuzz_parts;
    return s;
}

/* NULL stands for the default scheme as it is. */
static inline const webhook_scheme *fuzz_scheme(const fuzz_delivery *d) {
    return d->kind == 0 && d->scheme.tolerance_past_s == 0 ? NULL : &d->scheme;
}

/* Is there the text of a MAC in the field, made over the content as this scheme joins it? */
static inline int fuzz_authentic(const fuzz_delivery *d) {
    char *content = (char *)fuzz_memory(d->m.timestamp.len + d->m.id.len + d->m.body.len + 16),
         text[96];
    webhook_buf b = webhook_buf_from(content, (size_t)-1), t;
    webhook_mac mac;
    size_t i, j;
    int yes = 0;
    if (d->kind == 2) webhook_buf_put(&b, d->m.id);
    if (d->kind == 2) webhook_buf_put(&b, WEBHOOK_STR("."));
    if (d->kind % 2 == 0) webhook_buf_put(&b, d->m.timestamp);
    if (d->kind % 2 == 0) webhook_buf_put(&b, WEBHOOK_STR("."));
    if (d->kind == 3) webhook_buf_put(&b, WEBHOOK_STR("POST\n"));
    webhook_buf_put(&b, d->m.body);
    if (d->kind == 3) {
        webhook_buf_put(&b, d->m.id);
        webhook_buf_put(&b, d->m.timestamp);
        webhook_buf_put(&b, WEBHOOK_STR("/hook"));
    }
    for (i = 0; i < d->n_keys; i++) {
        require(webhook_hmac(&d->keys[i], webhook_buf_str(&b), mac.byte) == WEBHOOK_OK);
        t = webhook_buf_from(text, sizeof text);
        if (d->kind == 2) webhook_base64_write(&t, test_bytes_of(mac.byte, 32));
        if (d->kind != 2) webhook_hex_write(&t, test_bytes_of(mac.byte, 32));
        for (j = 0; j + t.len <= d->signature.len; j++) {
            webhook_str part = webhook_str_from(d->signature.ptr + j, t.len);
            yes |= d->kind == 2 ? webhook_str_eq(part, webhook_buf_str(&t))
                                : webhook_str_ieq(part, webhook_buf_str(&t));
        }
    }
    free(content);
    return yes;
}

static inline int fuzz_fresh(const fuzz_delivery *d) {
    uint64_t ts = 0;
    uint32_t limit = d->scheme.tolerance_past_s == 0 ? 300 : d->scheme.tolerance_past_s;
    if (d->kind == 1) return 1;
    if (d->m.timestamp.len > 15 || webhook_decimal_read(d->m.timestamp, &ts) != WEBHOOK_OK ||
        ts == 0)
        return 0;
    return limit == WEBHOOK_TOLERANCE_NONE ||
           ((int64_t)ts - d->now <= (int64_t)limit && d->now - (int64_t)ts <= (int64_t)limit);
}

/* A field as whoever reads the head gives it: no blanks around it */
static inline webhook_str fuzz_trimmed(webhook_str s) {
    while (s.len > 0 && memchr(" \t\r", s.ptr[0], 3) != NULL)
        s = webhook_str_from(s.ptr + 1, s.len - 1);
    while (s.len > 0 && memchr(" \t\r", s.ptr[s.len - 1], 3) != NULL) s.len--;
    return s;
}

/* A genuine signature into text, among others where the scheme has several, and then perhaps one bit is turned. */
static inline int fuzz_sign(fuzz_delivery *d, char *text, size_t cap, unsigned key,
                            unsigned damage) {
    webhook_buf b = webhook_buf_from(text, cap);
    webhook_status status;
    if (d->kind == 2) webhook_buf_put(&b, WEBHOOK_STR("v2,x v1a,y "));
    status = webhook_sign(&d->scheme, &d->keys[key % d->n_keys], &d->m, &b);
    if (status != WEBHOOK_OK) return 0;
    if (damage >= 0x80) text[(damage & 0x7f) % b.len] ^= (char)(1 << (damage & 3));
    d->signature = webhook_buf_str(&b);
    return damage < 0x80;
}
#endif
