/* make fuzz T=find SECONDS=60
 *
 * Input: two bytes that choose a token each, a path, a line end, a text. The look-up of the three paths finds what
 * walking through the reader's tokens with a list of all paths finds, and tells a key that comes twice on one of them.
 */
#include "places.h"

static size_t count(const fuzz_walk *w, webhook_str path, size_t *which) {
    size_t i, n = 0;
    for (i = 0; i < w->n; i++)
        if (webhook_str_eq(webhook_str_from(w->at[i].path, w->at[i].len), path) && n++ == 0)
            *which = i;
    return n;
}

/* RFC 6901: empty, or begins with a slash; ~ only before 0 and 1 */
static int path_ok(webhook_str s) {
    size_t i;
    for (i = 0; i < s.len; i++)
        if (s.ptr[i] == '~' && (i + 1 == s.len || (s.ptr[i + 1] != '0' && s.ptr[i + 1] != '1')))
            return 0;
    return s.len == 0 || s.ptr[0] == '/';
}

static int doubled(const fuzz_walk *w, webhook_str path) {
    size_t i, which;
    for (i = 1; i <= path.len; i++)
        if ((i == path.len || path.ptr[i] == '/') &&
            count(w, webhook_str_from(path.ptr, i), &which) > 1)
            return 1;
    return 0;
}

static void check_value(const fuzz_walk *w, const webhook_json_path *p) {
    size_t which = 0;
    const webhook_json_token *t, *v = &p->value;
    if (count(w, p->path, &which) == 0) {
        require(v->kind == WEBHOOK_JSON_NONE);
        return;
    }
    t = &w->at[which].token;
    require(v->kind == t->kind && v->offset == t->offset && v->text.ptr == t->text.ptr);
    if (t->kind == WEBHOOK_JSON_OBJECT || t->kind == WEBHOOK_JSON_ARRAY)
        require(webhook_json_find(v->text, NULL, 0, NULL) == WEBHOOK_OK && v->text.len > 1);
    else
        require(v->text.len == t->text.len && v->escaped == t->escaped);
}

static void check_find(const fuzz_walk *w, webhook_str text, webhook_json_path paths[3],
                       webhook_status end, size_t end_at) {
    size_t i, at = 0;
    int ok = path_ok(paths[0].path) && path_ok(paths[1].path) && path_ok(paths[2].path);
    int twice = doubled(w, paths[0].path) || doubled(w, paths[1].path) || doubled(w, paths[2].path);
    webhook_status status = webhook_json_find(text, paths, 3, &at);
    if (!ok) require(status == WEBHOOK_ERR_ARGUMENT);
    if (ok && end == WEBHOOK_END) require(status == (twice ? WEBHOOK_ERR_DUPLICATE : WEBHOOK_OK));
    if (ok && end != WEBHOOK_END)
        require((status == end && at == end_at) || status == WEBHOOK_ERR_DUPLICATE);
    if (status == WEBHOOK_ERR_DUPLICATE)
        require(at < text.len && text.ptr[at] == '"' && at < end_at);
    for (i = 0; i < 3; i++) {
        if (status == WEBHOOK_OK) check_value(w, &paths[i]);
        if (status != WEBHOOK_OK) require(paths[i].value.kind == WEBHOOK_JSON_NONE);
    }
    require(webhook_json_find(text, NULL, 0, &at) == (end == WEBHOOK_END ? WEBHOOK_OK : end));
    if (end != WEBHOOK_END) require(at == end_at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size), text;
    unsigned a = fuzz_byte(&in), b = fuzz_byte(&in);
    webhook_json_path paths[3] = WEBHOOK_ZERO;
    fuzz_walk w = { NULL, 0 };
    size_t at, i;
    char *line, *exact;
    webhook_status end;
    paths[2].path = fuzz_line(&in, &line);
    exact = fuzz_copy(in);
    text = webhook_str_from(exact, in.len);
    w.at = (fuzz_place *)fuzz_memory((text.len + 1) * sizeof *w.at);
    end = fuzz_list(text, &w, &at);
    if (w.n > 0) {
        paths[0].path = webhook_str_from(w.at[a % w.n].path, w.at[a % w.n].len);
        paths[1].path = webhook_str_from(w.at[b % w.n].path, w.at[b % w.n].len);
    }
    check_find(&w, text, paths, end, at);
    for (i = 0; i < w.n; i++) free(w.at[i].path);
    free(w.at);
    free(line);
    free(exact);
    return 0;
}
