/* places.h -- all values of a JSON text with their paths, by walking through the reader's tokens */
#ifndef FUZZ_PLACES_H
#define FUZZ_PLACES_H
#include "fuzz.h"

typedef struct fuzz_place { /* a value of the text: its token and its path */
    webhook_json_token token;
    char *path;
    size_t len;
} fuzz_place;

typedef struct fuzz_walk {
    fuzz_place *at;
    size_t n;
} fuzz_walk;

/* Appends the step from a container to its member: the decoded key escaped; for half a pair ~~, which no path has */
static inline size_t fuzz_step_key(char *to, const webhook_json_token *key) {
    char *text = (char *)fuzz_memory(key->text.len);
    size_t halves, i, n = 0, len = fuzz_decode(key, text, &halves);
    to[n++] = '/';
    if (halves > 0) to[n++] = '~';
    if (halves > 0) to[n++] = '~';
    for (i = 0; i < len; i++) {
        int special = text[i] == '~' || text[i] == '/';
        to[n++] = special ? '~' : text[i];
        if (special) to[n++] = text[i] == '~' ? '0' : '1';
    }
    free(text);
    return n;
}

/* Reads the text to its end and lists its values; what ends it is the answer. */
static inline webhook_status fuzz_list(webhook_str text, fuzz_walk *w, size_t *offset) {
    size_t start[66] = { 0 }, index[66] = { 0 }, depth = 0, room = text.len * 2 + 66 * 14, len = 0;
    int array[66] = { 0 };
    char *path = (char *)fuzz_memory(room);
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_status status;
    webhook_json_init(&c, text);
    while ((status = webhook_json_next(&c, &t)) == WEBHOOK_OK) {
        fuzz_place *p = &w->at[w->n];
        if (t.kind == WEBHOOK_JSON_OBJECT_END || t.kind == WEBHOOK_JSON_ARRAY_END) {
            depth--;
            continue;
        }
        if (t.kind == WEBHOOK_JSON_KEY) {
            len = start[depth] + fuzz_step_key(path + start[depth], &t);
            continue;
        }
        if (array[depth] && depth > 0)
            len = start[depth] +
                  (size_t)sprintf(path + start[depth], "/%lu", (unsigned long)index[depth]++);
        p->token = t;
        p->path = fuzz_copy(webhook_str_from(path, len));
        p->len = len;
        w->n++;
        if (t.kind == WEBHOOK_JSON_OBJECT || t.kind == WEBHOOK_JSON_ARRAY) {
            start[++depth] = len;
            index[depth] = 0;
            array[depth] = t.kind == WEBHOOK_JSON_ARRAY;
        }
    }
    *offset = c.offset;
    free(path);
    return status;
}
#endif
