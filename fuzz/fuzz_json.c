/* make fuzz T=json SECONDS=60
 *
 * The reader accepts what a plain second reader accepts; its tokens leave nothing out; a prefix of a valid text is too
 * short; what stands before a fault could still become valid, with the byte at fault it cannot; decoding, comparing
 * and writing strings agree.
 */
#include "grammar.h"

#define BLANKS " \t\r\n"

/* What a string without half pairs is written as reads as the same string. */
static void check_written(webhook_json_token t, webhook_str decoded) {
    char *text = (char *)fuzz_memory(decoded.len * 6 + 2), *again;
    webhook_buf b = webhook_buf_from(text, decoded.len * 6 + 2);
    webhook_json_writer w;
    size_t n;
    webhook_json_writer_init(&w, &b);
    webhook_json_put_string(&w, decoded);
    require(webhook_json_writer_end(&w) == WEBHOOK_OK &&
            fuzz_end(webhook_buf_str(&b), &n) == WEBHOOK_END);
    t.text = webhook_str_from(text + 1, b.len - 2);
    again = (char *)fuzz_memory(t.text.len);
    require(webhook_str_eq(webhook_str_from(again, fuzz_decode(&t, again, &n)), decoded) && n == 0);
    free(again);
    free(text);
}

static void check_string(const webhook_json_token *t) {
    char *text = (char *)fuzz_memory(t->text.len), *exact;
    size_t halves, n = fuzz_decode(t, text, &halves);
    webhook_str decoded = webhook_str_from(text, n);
    webhook_status wanted = halves > 0 ? WEBHOOK_ERR_SYNTAX : WEBHOOK_OK;
    webhook_buf b = WEBHOOK_ZERO;
    require(t->escaped == (t->text.len > 0 && memchr(t->text.ptr, '\\', t->text.len) != NULL));
    require(webhook_json_string(t, &b) == wanted && b.status == wanted);
    require(webhook_json_is(t, decoded) == (halves == 0));
    exact = (char *)fuzz_memory(n);
    b = webhook_buf_from(exact, n);
    require(webhook_json_string(t, &b) == wanted);
    if (halves == 0) {
        require(webhook_str_eq(webhook_buf_str(&b), decoded));
        check_written(*t, decoded);
    }
    if (halves == 0 && n > 0) {
        b = webhook_buf_from(exact, n - 1);
        require(webhook_json_string(t, &b) == WEBHOOK_ERR_SPACE && b.status == WEBHOOK_ERR_SPACE &&
                b.total == n);
        require(!webhook_json_is(t, webhook_str_from(text, n - 1)));
        text[n - 1] ^= 1;
        require(!webhook_json_is(t, decoded));
    }
    free(exact);
    free(text);
}

/* Between the tokens stand blanks, commas and colons alone; brackets balance. */
static void check_tokens(webhook_str text) {
    webhook_json_ctx c;
    webhook_json_token t;
    size_t at = 0;
    int depth = 0;
    webhook_json_init(&c, text);
    while (webhook_json_next(&c, &t) == WEBHOOK_OK) {
        size_t quote = fuzz_quoted(&t);
        require(t.offset >= at && t.offset < text.len && t.text.ptr == text.ptr + t.offset + quote);
        for (; at < t.offset; at++) require(memchr(BLANKS ",:", text.ptr[at], 6) != NULL);
        at += t.text.len + 2 * quote;
        require(at > t.offset && at <= text.len);
        if (t.kind == WEBHOOK_JSON_OBJECT || t.kind == WEBHOOK_JSON_ARRAY) depth++;
        if (t.kind == WEBHOOK_JSON_OBJECT_END || t.kind == WEBHOOK_JSON_ARRAY_END) depth--;
        if (quote) check_string(&t);
        require(depth >= 0 && depth <= 64);
    }
}

/* A prefix ends too early, but for blanks at the end and a number that may be shorter. */
static void check_prefixes(webhook_str text) {
    size_t n, offset, first = strspn(text.ptr, BLANKS), last = text.len, step = text.len / 512 + 1;
    int is_number;
    while (memchr(BLANKS, text.ptr[last - 1], 4) != NULL) last--;
    is_number = fuzz_valid_number(webhook_str_from(text.ptr + first, last - first));
    for (n = 0; n < last; n += step) {
        char *cut = fuzz_copy(webhook_str_from(text.ptr, n));
        webhook_status status = fuzz_end(webhook_str_from(cut, n), &offset);
        require(status == WEBHOOK_ERR_TRUNCATED ? offset == n : status == WEBHOOK_END && is_number);
        free(cut);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str text = webhook_str_from((const char *)data, size);
    char *exact = fuzz_copy(text);
    size_t offset, sooner;
    webhook_status status;
    text.ptr = exact;
    status = fuzz_end(text, &offset);
    require((status == WEBHOOK_END) == fuzz_valid(text));
    check_tokens(text);
    if (status == WEBHOOK_END) check_prefixes(text);
    if (status != WEBHOOK_END) {
        require(status == WEBHOOK_ERR_TRUNCATED ? offset == size : offset < size);
        if (offset < size && data[offset] != '\\' &&
            data[offset] < 0x80) { /* these are known later */
            text.len = offset + 1;
            require(fuzz_end(text, &sooner) == status && sooner == offset);
        }
        text.len = offset;
        status = fuzz_end(text, &sooner);
        require(status == WEBHOOK_END || (status == WEBHOOK_ERR_TRUNCATED && sooner == offset));
    }
    free(exact);
    return 0;
}
