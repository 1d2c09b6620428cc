/* make fuzz T=base64 SECONDS=60
 *
 * Input: any bytes. Read as base64, hex and decimal: what is accepted is written as the same text, what is refused
 * leaves zeros. Written as base64 and hex they are what plain bit arithmetic writes, and read back as the same.
 */
#include <errno.h>
#include <inttypes.h>
#include "fuzz.h"

static int all_zero(const char *p, size_t n) {
    while (n > 0 && p[n - 1] == 0) n--;
    return n == 0;
}

static void check_text(webhook_str s) {
    size_t cap = s.len / 4 * 3, len = 99, got;
    char *out = (char *)fuzz_memory(cap), *exact, *again = (char *)fuzz_memory(s.len);
    webhook_status status = webhook_base64_read(s, out, cap, &len);
    webhook_buf b = webhook_buf_from(again, s.len);
    if (status == WEBHOOK_OK) {
        webhook_base64_write(&b, webhook_str_from(out, len));
        require(webhook_buf_end(&b) == WEBHOOK_OK && webhook_str_eq(webhook_buf_str(&b), s));
        exact = (char *)fuzz_memory(len);
        require(webhook_base64_read(s, exact, len, &got) == WEBHOOK_OK && got == len);
        require(memcmp(exact, out, len) == 0);
        if (len > 0)
            require(webhook_base64_read(s, exact, len - 1, &got) == WEBHOOK_ERR_SPACE && got == 0);
        if (len > 0) require(all_zero(exact, len - 1));
        free(exact);
    } else {
        require(status == WEBHOOK_ERR_SYNTAX && len == 0 && all_zero(out, cap));
    }
    free(out);
    out = (char *)fuzz_memory(s.len / 2);
    status = webhook_hex_read(s, out, s.len / 2);
    b = webhook_buf_from(again, s.len);
    webhook_hex_write(&b, webhook_str_from(out, s.len / 2));
    if (status == WEBHOOK_OK) require(webhook_str_ieq(webhook_buf_str(&b), s));
    if (status != WEBHOOK_OK) require(status == WEBHOOK_ERR_SYNTAX && all_zero(out, s.len / 2));
    free(out);
    free(again);
}

static void check_decimal(webhook_str s) {
    char *text = (char *)fuzz_memory(s.len + 1), digits[24], again[24];
    webhook_buf b = webhook_buf_from(again, sizeof again);
    uint64_t v = 1, wanted;
    webhook_status status = webhook_decimal_read(s, &v);
    if (s.len > 0) memcpy(text, s.ptr, s.len);
    text[s.len] = 0;
    if (s.len == 0 || strspn(text, "0123456789") != s.len) {
        require(status == WEBHOOK_ERR_SYNTAX && v == 0);
    } else {
        errno = 0;
        wanted = strtoull(text, NULL, 10);
        require(status == (errno == ERANGE ? WEBHOOK_ERR_RANGE : WEBHOOK_OK) &&
                v == (errno == ERANGE ? 0 : wanted));
        webhook_decimal_write(&b, v);
        sprintf(digits, "%" PRIu64, v);
        require(webhook_str_eq(webhook_buf_str(&b), webhook_str_from_cstr(digits)));
    }
    free(text);
}

/* width bits a symbol, as a string of bits is cut; padded to a multiple of pad symbols */
static size_t symbols(char *out, webhook_str s, unsigned width, size_t pad) {
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0, bit, i;
    for (bit = 0; bit < s.len * 8; bit += width) {
        unsigned v = 0;
        for (i = bit; i < bit + width; i++)
            v = v << 1 |
                (i < s.len * 8 ? (unsigned)(unsigned char)s.ptr[i / 8] >> (7 - i % 8) & 1 : 0);
        out[n++] = width == 6 ? base64[v] : "0123456789abcdef"[v];
    }
    while (n % pad != 0) out[n++] = '=';
    return n;
}

static void check_bytes(webhook_str s) {
    size_t room = s.len * 2 + 4, n, len;
    char *wanted = (char *)fuzz_memory(room), *got = (char *)fuzz_memory(room),
         *back = (char *)fuzz_memory(s.len);
    webhook_buf b = webhook_buf_from(got, room);
    n = symbols(wanted, s, 6, 4);
    webhook_base64_write(&b, s);
    require(webhook_str_eq(webhook_buf_str(&b), webhook_str_from(wanted, n)));
    require(webhook_base64_read(webhook_buf_str(&b), back, s.len, &len) == WEBHOOK_OK &&
            len == s.len);
    if (s.len > 0) require(memcmp(back, s.ptr, s.len) == 0);
    b = webhook_buf_from(got, room);
    n = symbols(wanted, s, 4, 1);
    webhook_hex_write(&b, s);
    require(webhook_str_eq(webhook_buf_str(&b), webhook_str_from(wanted, n)));
    require(webhook_hex_read(webhook_buf_str(&b), back, s.len) == WEBHOOK_OK);
    if (s.len > 0) require(memcmp(back, s.ptr, s.len) == 0);
    if (s.len > 0)
        require(webhook_hex_read(webhook_buf_str(&b), back, s.len - 1) == WEBHOOK_ERR_SYNTAX);
    free(wanted);
    free(got);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *exact = fuzz_copy(webhook_str_from((const char *)data, size));
    webhook_str s = webhook_str_from(exact, size);
    check_text(s);
    check_decimal(s);
    check_bytes(s);
    free(exact);
    return 0;
}
