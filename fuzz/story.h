/* story.h -- all that comes out of a reader of HTTP, as one text, so that two ways of feeding it
 * can be compared */
#ifndef FUZZ_STORY_H
#define FUZZ_STORY_H
#include "fuzz.h"

typedef struct fuzz_story {
    char *text; /* tokens: kind, name, value, their lengths; the pieces of a body joined */
    size_t len, cap, taken; /* taken: bytes of the input */
    unsigned kind, refusal;
    webhook_status last, finish; /* what next answered at the end, and finish after it */
} fuzz_story;

static inline void fuzz_tell(fuzz_story *s, const void *bytes, size_t n) {
    if (n > s->cap - s->len) {
        s->cap = 2 * (s->len + n) + 256;
        s->text = (char *)realloc(s->text, s->cap);
        if (s->text == NULL) abort();
    }
    if (n > 0) memcpy(s->text + s->len, bytes, n);
    s->len += n;
}

static inline void fuzz_tell_str(fuzz_story *s, webhook_str t) {
    uint32_t n = (uint32_t)t.len;
    fuzz_tell(s, &n, sizeof n);
    fuzz_tell(s, t.ptr, t.len);
}

static inline void fuzz_tell_token(fuzz_story *s, const webhook_http_token *t) {
    unsigned char head[4];
    head[0] = t->kind;
    head[1] = (unsigned char)(t->role | (unsigned char)t->reason); /* either */
    head[2] = (unsigned char)t->status;
    head[3] = (unsigned char)(t->status >> 8);
    if (t->kind == WEBHOOK_HTTP_BODY) {
        require(t->value.len > 0);
        if (s->kind != WEBHOOK_HTTP_BODY) fuzz_tell(s, head, sizeof head);
        fuzz_tell(s, t->value.ptr, t->value.len);
    } else {
        fuzz_tell(s, head, sizeof head);
        fuzz_tell_str(s, t->name);
        fuzz_tell_str(s, t->value);
    }
    s->kind = t->kind;
}

/* fuzz_piece -- how long the next piece is: seed 0 all, 1 one byte, else a series of its own */
static inline size_t fuzz_piece(uint32_t *seed, size_t left) {
    size_t n;
    if (*seed == 0 || left <= 1) return left;
    if (*seed == 1) return 1;
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    n = *seed >> 8 & 3 ? *seed % 8 + 1 : *seed % 200 + 1;
    return n < left ? n : left;
}

/* fuzz_next_fn -- a reader: webhook_http_next, or one that wraps it */
typedef webhook_status (*fuzz_next_fn)(void *reader, webhook_str *in, webhook_http_token *t);

/* fuzz_read -- feeds in by pieces that are gone afterwards, until all is taken or next does not
 * want more */
static inline void fuzz_read(fuzz_story *s, fuzz_next_fn next, void *reader, webhook_str in,
                             uint32_t seed) {
    webhook_http_token t;
    char *one = (char *)fuzz_memory(1); /* of pieces of one byte, of which there are many */
    s->last = WEBHOOK_MORE;
    while (in.len > 0 && s->last == WEBHOOK_MORE) {
        size_t n = fuzz_piece(&seed, in.len);
        char *memory = n == 1 ? one : fuzz_copy(webhook_str_from(in.ptr, n));
        webhook_str piece = webhook_str_from(memory, n);
        *one = *in.ptr;
        while ((s->last = next(reader, &piece, &t)) == WEBHOOK_OK) {
            require(piece.len <= n && piece.ptr == memory + (n - piece.len));
            fuzz_tell_token(s, &t);
        }
        require(s->last != WEBHOOK_MORE || piece.len == 0);
        s->taken += n - piece.len;
        in = webhook_str_from(in.ptr + n, in.len - n);
        if (memory != one) free(memory);
    }
    free(one);
}

static inline void fuzz_same(const fuzz_story *a, const fuzz_story *b) {
    require(a->last == b->last && a->finish == b->finish && a->refusal == b->refusal);
    require(a->taken == b->taken);
    require(a->len == b->len && (a->len == 0 || memcmp(a->text, b->text, a->len) == 0));
}

/* ---- webhook_http_next ---- */

typedef struct fuzz_reader {
    webhook_http_ctx c;
    webhook_http_desc d;
    char *line;
} fuzz_reader;

/* What HEAD says of the message goes into the story, behind the token */
static inline webhook_status fuzz_http_next(void *reader, webhook_str *in, webhook_http_token *t) {
    fuzz_reader *r = (fuzz_reader *)reader;
    webhook_status s = webhook_http_next(&r->c, in, t);
    if (s == WEBHOOK_OK && t->kind == WEBHOOK_HTTP_HEAD)
        t->status =
            (uint16_t)(webhook_http_keep_alive(&r->c) + 2 * webhook_http_expects_continue(&r->c));
    return s;
}

static inline fuzz_story fuzz_http(const webhook_http_desc *d, webhook_str in, uint32_t seed) {
    fuzz_story s = WEBHOOK_ZERO;
    fuzz_reader r = WEBHOOK_ZERO;
    r.d = *d;
    r.d.line = r.line = d->line_cap == 0 ? NULL : (char *)fuzz_memory(d->line_cap);
    require(webhook_http_init(&r.c, &r.d) == WEBHOOK_OK);
    fuzz_read(&s, fuzz_http_next, &r, in, seed);
    s.refusal = webhook_http_refusal(&r.c);
    s.finish = webhook_http_finish(&r.c);
    if (s.last < WEBHOOK_OK && s.last != WEBHOOK_ERR_CLOSED) {
        webhook_http_token t;
        webhook_str more = WEBHOOK_STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        require(webhook_http_next(&r.c, &more, &t) == s.last && more.len == 27); /* sticky */
        require(s.last == WEBHOOK_ERR_SYNTAX || s.last == WEBHOOK_ERR_LIMIT);
        require(s.refusal == 400 || s.refusal == 413 || s.refusal == 431);
    }
    free(r.line);
    return s;
}
#endif
