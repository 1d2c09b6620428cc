/* grammar.h -- a second reader of JSON, as plain as the grammar of RFC 8259: says only whether a text is valid */
#ifndef FUZZ_GRAMMAR_H
#define FUZZ_GRAMMAR_H
#include "fuzz.h"

/* Each function returns where its piece ends, NULL where it is none; a NUL ends the text. */
static inline const char *fuzz_value(const char *p, unsigned depth);

static inline const char *fuzz_blanks(const char *p) {
    return p == NULL ? NULL : p + strspn(p, " \t\r\n");
}

static inline const char *fuzz_digits(const char *p) {
    size_t n = strspn(p, "0123456789");
    return n == 0 ? NULL : p + n;
}

static inline const char *fuzz_number(const char *p) {
    if (*p == '-') p++;
    p = *p == '0' ? p + 1 : fuzz_digits(p);
    if (p != NULL && *p == '.') p = fuzz_digits(p + 1);
    if (p != NULL && (*p == 'e' || *p == 'E'))
        p = fuzz_digits(p + 1 + (p[1] == '+' || p[1] == '-'));
    return p;
}

static inline const char *fuzz_character(const char *p) {
    const unsigned char *u = (const unsigned char *)p;
    size_t i, n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
    char again[4];
    unsigned long c = n == 1 ? u[0] : u[0] & (0x7fu >> n);
    if (u[0] < 0x20 || (u[0] >= 0x80 && u[0] < 0xc0)) return NULL;
    if (u[0] == '\\' && u[1] == 'u')
        return strspn(p + 2, "0123456789abcdefABCDEF") >= 4 ? p + 6 : NULL;
    if (u[0] == '\\') return u[1] != 0 && strchr("\"\\/bfnrt", u[1]) != NULL ? p + 2 : NULL;
    for (i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80) return NULL;
        c = c << 6 | (u[i] & 0x3f);
    }
    if (c > 0x10ffff || c >> 11 == 0x1b || fuzz_utf8(again, c) != n || memcmp(again, p, n) != 0)
        return NULL;
    return p + n;
}

static inline const char *fuzz_string(const char *p) {
    if (*p++ != '"') return NULL;
    while (p != NULL && *p != '"') p = fuzz_character(p);
    return p == NULL ? NULL : p + 1;
}

static inline const char *fuzz_items(const char *p, char end, unsigned depth) {
    p = fuzz_blanks(p + 1);
    if (*p == end) return p + 1;
    for (;;) {
        if (end == '}' && ((p = fuzz_blanks(fuzz_string(p))) == NULL || *p++ != ':')) return NULL;
        p = fuzz_blanks(fuzz_value(p, depth));
        if (p == NULL || (*p != ',' && *p != end)) return NULL;
        if (*p == end) return p + 1;
        p = fuzz_blanks(p + 1);
    }
}

static inline const char *fuzz_value(const char *p, unsigned depth) {
    if ((p = fuzz_blanks(p)) == NULL) return NULL;
    if (*p == '{' || *p == '[')
        return depth == 64 ? NULL : fuzz_items(p, *p == '{' ? '}' : ']', depth + 1);
    if (*p == '"') return fuzz_string(p);
    if (strncmp(p, "true", 4) == 0 || strncmp(p, "null", 4) == 0) return p + 4;
    return strncmp(p, "false", 5) == 0 ? p + 5 : fuzz_number(p);
}

/* fuzz_valid -- 1 for a JSON text of at most 64 levels */
static inline int fuzz_valid(webhook_str s) {
    char *text = (char *)fuzz_memory(s.len + 1);
    const char *end;
    int yes;
    if (s.len > 0) memcpy(text, s.ptr, s.len);
    text[s.len] = 0;
    end = fuzz_blanks(fuzz_value(text, 0));
    yes = end == text + s.len;
    free(text);
    return yes;
}

/* fuzz_valid_number -- 1 for a JSON number, nothing around it */
static inline int fuzz_valid_number(webhook_str s) {
    return s.len > 0 && fuzz_valid(s) && strchr("-0123456789", s.ptr[0]) != NULL &&
           strchr("0123456789", s.ptr[s.len - 1]) != NULL;
}

/* fuzz_end -- how far the reader follows a text: the status that ends it, and where */
static inline webhook_status fuzz_end(webhook_str text, size_t *offset) {
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_status status;
    webhook_json_init(&c, text);
    while ((status = webhook_json_next(&c, &t)) == WEBHOOK_OK) {
    }
    *offset = c.offset;
    require(t.kind == WEBHOOK_JSON_NONE && c.offset <= text.len);
    require(webhook_json_next(&c, &t) == status && c.offset == *offset);
    return status;
}
#endif
