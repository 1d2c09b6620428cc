/* make fuzz T=number SECONDS=60
 *
 * Input: eight bytes of a bit pattern, a text. What is written for the pattern has the digits that the C library's
 * printf and strtod find to be the shortest, laid out as ECMAScript says, and reads back as the same bits. The text
 * is read as strtod reads it, exactly if it is a JSON number, and so is the point halfway to the next number.
 */
#include <float.h>
#include <math.h>
#include "grammar.h"

/* Number::toString of ECMAScript, step by step, for k digits and the point behind n of them */
static size_t lay_out(char *out, const char *digits, int k, int n) {
    if (k <= n && n <= 21)
        return (size_t)sprintf(out, "%.*s%.*s", k, digits, n - k, "00000000000000000000");
    if (0 < n && n <= 21) return (size_t)sprintf(out, "%.*s.%.*s", n, digits, k - n, digits + n);
    if (-6 < n && n <= 0) return (size_t)sprintf(out, "0.%.*s%.*s", -n, "00000", k, digits);
    if (k == 1) return (size_t)sprintf(out, "%ce%+d", digits[0], n - 1);
    return (size_t)sprintf(out, "%c.%.*se%+d", digits[0], k - 1, digits + 1, n - 1);
}

static void check_written(uint64_t bits) {
    char digits[40], printed[40], wanted[64], text[64];
    double v = webhook_double_from_bits(bits);
    size_t k, sign = v < 0, len;
    int n;
    uint64_t back;
    webhook_buf b = webhook_buf_from(text, sizeof text - 1);
    webhook_binary64_write(&b, bits);
    require(memcmp(&v, &bits, sizeof v) == 0 && webhook_double_bits(v) == bits);
    if (isnan(v) || isinf(v)) {
        require(webhook_buf_end(&b) == WEBHOOK_ERR_RANGE);
        return;
    }
    require(webhook_buf_end(&b) == WEBHOOK_OK);
    require(webhook_binary64_read(webhook_buf_str(&b), &back) == WEBHOOK_OK);
    require(back == (v == 0 ? 0 : bits));
    text[b.len] = 0;
    if (v == 0) require(strcmp(text, "0") == 0);
    if (v == 0) return;
    wanted[0] = '-';
    k = fuzz_shortest(fabs(v), printed, digits);
    n = atoi(strchr(printed, 'e') + 1) + 1;
    len = sign + lay_out(wanted + sign, digits, (int)k, n);
    /* At a power of two the gap below is half as wide: a shorter decimal above may do, which printf does not try. */
    if (bits << 12 == 0)
        require(b.len <= len && strtod(text, NULL) == v);
    else
        require(webhook_str_eq(webhook_buf_str(&b), webhook_str_from(wanted, len)));
}

static void check_read(webhook_str s) {
    char *text = (char *)fuzz_memory(s.len + 1), *end;
    uint64_t bits = 1, wanted;
    webhook_status status = webhook_binary64_read(s, &bits);
    double v;
    if (s.len > 0) memcpy(text, s.ptr, s.len);
    text[s.len] = 0;
    if (!fuzz_valid_number(s)) {
        require(status == WEBHOOK_ERR_SYNTAX && bits == 0);
    } else {
        v = strtod(text, &end);
        memcpy(&wanted, &v, sizeof wanted);
        require(*end == 0);
        require(status == (isinf(v) ? WEBHOOK_ERR_RANGE : WEBHOOK_OK));
        require(bits == (isinf(v) ? 0 : wanted));
    }
    free(text);
}

/* The point between v and the next double in all its digits, and a little less and more: where rounding is hardest.
 * (Where long double has no more bits than double it is one of the two, and nothing is lost but the point.) */
static void check_midpoint(uint64_t bits) {
    static char text[1200];
    long double v = (long double)webhook_double_from_bits(bits & (UINT64_MAX >> 1));
    long double next = (long double)webhook_double_from_bits((bits & (UINT64_MAX >> 1)) + 1);
    char *end, last;
    if (!(v < next && next <= (long double)DBL_MAX)) return; /* the last ones, and NaN */
    snprintf(text, sizeof text - 8, "%.*Le", 780, v + (next - v) / 2);
    end = strchr(text, 'e');
    last = end[-1];
    check_read(webhook_str_from(text, strlen(text)));
    end[-1] = '1'; /* digits behind the last one that is not 0 */
    check_read(webhook_str_from(text, strlen(text)));
    end[-1] = last;
    while (end[-1] == '0') end--;
    if (end[-1] == '.') return;
    end[-1]--; /* a little less, and the zeros behind it stay */
    check_read(webhook_str_from(text, strlen(text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size);
    char *text;
    uint64_t bits = fuzz_u64(&in);
    check_written(bits);
    if (in.len == 0) check_midpoint(bits); /* slow: not with every input */
    text = fuzz_copy(in);
    check_read(webhook_str_from(text, in.len));
    free(text);
    return 0;
}
