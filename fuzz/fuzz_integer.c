/* make fuzz T=integer SECONDS=60
 *
 * Input: eight bytes of an integer, a text. A number token is read as the integer that plain arithmetic on its digits
 * gives, or refused where that is not whole or too large. What is written for the integer reads back as the same.
 */
#include "grammar.h"

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
    char *text = (char *)fuzz_memory(s.len + 1);
    int64_t got = 1, exact = 0;
    webhook_json_token t = WEBHOOK_ZERO;
    webhook_status status;
    if (s.len > 0) memcpy(text, s.ptr, s.len);
    text[s.len] = 0;
    t.kind = WEBHOOK_JSON_NUMBER;
    t.text = s;
    if (fuzz_valid_number(s)) {
        status = webhook_json_int(&t, &got);
        require(status == (exact_integer(text, &exact) ? WEBHOOK_OK : WEBHOOK_ERR_RANGE));
        require(got == (status == WEBHOOK_OK ? exact : 0));
    }
    t.kind = WEBHOOK_JSON_STRING;
    require(webhook_json_int(&t, &got) == WEBHOOK_ERR_ARGUMENT && got == 0);
    free(text);
}

static void check_written(int64_t v) {
    const int64_t limit = INT64_C(1) << 53;
    char text[32], wanted[32];
    webhook_buf b = webhook_buf_from(text, sizeof text);
    webhook_json_writer w;
    webhook_json_writer_init(&w, &b);
    webhook_json_put_int(&w, v);
    sprintf(wanted, "%lld", (long long)v);
    if (v > limit || v < -limit) {
        require(webhook_json_writer_end(&w) == WEBHOOK_ERR_RANGE);
    } else {
        require(webhook_json_writer_end(&w) == WEBHOOK_OK);
        require(webhook_str_eq(webhook_buf_str(&b), webhook_str_from_cstr(wanted)));
    }
    check_read(webhook_str_from_cstr(wanted));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size);
    int64_t v = fuzz_i64(&in);
    char *text = fuzz_copy(in);
    check_read(webhook_str_from(text, in.len));
    check_written(v);
    check_written(v % (INT64_C(1) << 54));
    free(text);
    return 0;
}
