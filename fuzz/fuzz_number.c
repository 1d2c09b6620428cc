/* make fuzz T=number SECONDS=60
 *
 * Input: eight bytes of a bit pattern, a text. What is written for the pattern has the digits that the C library's
 * printf and strtod find to be the shortest, laid out as ECMAScript says, and reads back as the same bits. The text
 * is read as strtod reads it, exactly if it is a JSON number; whole ones also as integers.
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

/* The exact integer that a number token stands for: 1, or 0 where it is none or outside int64_t */
static int exact_integer(const char *p, int64_t *v) {
    const char *e = strpbrk(p, "eE"), *dot = strchr(p, '.');
    size_t len = e == NULL ? strlen(p) : (size_t)(e - p), i;
    long power = e == NULL
                     ? 0
                     : strtol(e + 1, NULL, 10); /* LONG_MAX and LONG_MIN stand for what is beyond */
    uint64_t sum = 0, max = (uint64_t)INT64_MAX + (*p == '-');
    power = power > 100000 ? 100000 : power < -100000 ? -100000 : power;
    if (dot != NULL) power -= (long)(len - (size_t)(dot - p) - 1);
    while (len > 0 && (p[len - 1] == '0' || p[len - 1] == '.'))
        power += p[--len] == '0' && (dot == NULL || p + len != dot);
    for (i = 0; i < len; i++) {
        if (p[i] == '-' || p[i] == '.') continue;
        if (sum > max / 10 || (unsigned)(p[i] - '0') > max - sum * 10) return 0;
        sum = sum * 10 + (unsigned)(p[i] - '0');
    }
    for (; sum > 0 && power > 0; power--) {
        if (sum > max / 10) return 0;
        sum *= 10;
    }
    if (sum > 0 && power < 0) return 0;
    *v = *p == '-' ? (int64_t)(0 - sum) : (int64_t)sum;
    return 1;
}

static void check_read(webhook_str s) {
    char *text = (char *)fuzz_memory(s.len + 1), *end;
    uint64_t bits = 1, wanted;
    int64_t got = 1, exact = 0;
    webhook_status status = webhook_binary64_read(s, &bits);
    webhook_json_token t = WEBHOOK_ZERO;
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
        t.kind = WEBHOOK_JSON_NUMBER;
        t.text = s;
        status = webhook_json_int(&t, &got);
        require(status == (exact_integer(text, &exact) ? WEBHOOK_OK : WEBHOOK_ERR_RANGE));
        require(got == (status == WEBHOOK_OK ? exact : 0));
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size);
    char *text;
    check_written(fuzz_u64(&in));
    text = fuzz_copy(in);
    check_read(webhook_str_from(text, in.len));
    free(text);
    return 0;
}
