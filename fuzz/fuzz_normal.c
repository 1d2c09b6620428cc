/* make fuzz T=normal SECONDS=60
 *
 * Input: two bytes for the capacity, a text. The normal form has the same tree as the text (as a second decoder of
 * strings and strtod of the C library see it), is its own normal form, and its keys stand as ECMAScript orders them.
 * What is refused or changed is what should be; the scratch that is asked for suffices; counting and writing agree.
 */
#include "tree.h"

/* Does an integer, whose nearest double is v, lose digits in its shortest form? The C library finds that form. */
static int loses_digits(webhook_str s, double v) {
    char printed[40], digits[40];
    size_t n;
    if (s.len > 0 && s.ptr[0] == '-') s = webhook_str_from(s.ptr + 1, s.len - 1);
    while (s.len > 0 && s.ptr[s.len - 1] == '0') s.len--;
    if (s.len < 16) return 0;
    n = fuzz_shortest(fabs(v), printed, digits);
    return !webhook_str_eq(s, webhook_str_from(digits, n));
}

/* The first integer that loses digits, s.len where there is none */
static size_t first_changed(webhook_str s) {
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_json_init(&c, s);
    while (webhook_json_next(&c, &t) == WEBHOOK_OK) {
        size_t i = 0;
        if (t.kind != WEBHOOK_JSON_NUMBER) continue;
        while (i < t.text.len && t.text.ptr[i] != '.' && (t.text.ptr[i] | 32) != 'e') i++;
        if (i == t.text.len && loses_digits(t.text, fuzz_number(&t))) return t.offset;
    }
    return s.len;
}

/* The normal form of s into cap bytes at out (NULL: counted only), with as many words of scratch */
static webhook_status normal(webhook_str s, char *out, size_t cap, size_t words, size_t *offset,
                             webhook_buf *b) {
    webhook_json_writer w;
    webhook_json_scratch scratch;
    webhook_status status, end;
    scratch.ptr = (uint32_t *)fuzz_memory(words * sizeof *scratch.ptr);
    scratch.n = words;
    *b = webhook_buf_from(out, cap);
    webhook_json_writer_init(&w, b);
    status = webhook_json_put_json(&w, s, scratch, offset);
    end = webhook_json_writer_end(&w);
    free(scratch.ptr);
    require(b->len <= cap);
    require(end == (status == WEBHOOK_CHANGED ? WEBHOOK_OK : status));
    return status;
}

/* What a text without a normal form is refused for, and where */
static void check_refusal(webhook_str s, webhook_status got, size_t at, webhook_status read,
                          size_t read_at, const fuzz_tree *t) {
    if (got == WEBHOOK_ERR_RANGE) {
        require(at < s.len && t->overflow && strchr("-0123456789", s.ptr[at]) != NULL);
    } else if (got == WEBHOOK_ERR_DUPLICATE) {
        require(at < s.len && s.ptr[at] == '"' && t->sum == 0);
    } else {
        require(got == read && at == read_at);
        return;
    }
    require(read == WEBHOOK_END || at < read_at);
}

/* s has the normal form that the buf counted: write it, at full capacity and at less, and look at it. */
static void check_form(webhook_str s, const fuzz_tree *before, webhook_status status, size_t need,
                       size_t words, size_t less) {
    char *form = (char *)fuzz_memory(need), *small, *again;
    fuzz_tree after;
    size_t at = 0, changed = first_changed(s), less_cap = less % need;
    webhook_buf b;
    require(normal(s, form, need, words, &at, &b) == status && b.total == need && b.len == need);
    require(status == (changed < s.len ? WEBHOOK_CHANGED : WEBHOOK_OK) &&
            (changed == s.len || at == changed));
    require(fuzz_read_tree(webhook_buf_str(&b), &after, &at) == WEBHOOK_END);
    require(before->sum != 0 && after.sum == before->sum && after.keys == before->keys);
    require(!before->overflow && !after.index_late);
    s = webhook_str_from(form, need);
    again = (char *)fuzz_memory(need);
    require(webhook_json_scratch_need(s, &words, NULL) == WEBHOOK_OK);
    require(normal(s, again, need, words, &at, &b) == WEBHOOK_OK && memcmp(form, again, need) == 0);
    free(again);
    small = (char *)fuzz_memory(less_cap);
    require(normal(s, small, less_cap, words, &at, &b) == WEBHOOK_ERR_SPACE && b.total == need);
    free(small);
    free(form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size), s;
    size_t less = fuzz_byte(&in), at = 0, read_at = 0, need_at = 0, words = 0;
    webhook_status status, read, need;
    fuzz_tree tree;
    char *text;
    webhook_buf b;
    less = less << 8 | fuzz_byte(&in);
    text = fuzz_copy(in);
    s = webhook_str_from(text, in.len);
    read = fuzz_read_tree(s, &tree, &read_at);
    need = webhook_json_scratch_need(s, &words, &need_at);
    require(need == (read == WEBHOOK_END ? WEBHOOK_OK : read));
    require(need == WEBHOOK_OK ? words <= WEBHOOK_JSON_SCRATCH(s.len)
                               : words == 0 && need_at == read_at);
    if (need != WEBHOOK_OK) words = WEBHOOK_JSON_SCRATCH(s.len);
    status = normal(s, NULL, 0, words, &at, &b);
    if (status != WEBHOOK_OK && status != WEBHOOK_CHANGED)
        check_refusal(s, status, at, read, read_at, &tree);
    else
        check_form(s, &tree, status, (size_t)b.total, words, less);
    status = normal(s, NULL, 0, less % (words + 1), &at, &b);
    require(status != WEBHOOK_ERR_SPACE && (status != WEBHOOK_ERR_SCRATCH || at == 0));
    if (status < WEBHOOK_OK) require(b.total == 0);
    free(text);
    return 0;
}
