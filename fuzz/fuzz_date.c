/* make fuzz T=date SECONDS=60
 *
 * Input: eight bytes of a time, a text. What is written for the time is what the C library's gmtime and strftime
 * write; it reads back as the same. A text that is read as a date is written as the same date.
 */
#include <time.h>
#include "fuzz.h"

#define END_S INT64_C(253402300800) /* the year 10000 */
#define YEAR_S INT64_C(31622400)    /* a leap year */

enum { ISO, FIXDATE, RFC850, ASCTIME, ASCTIME_ZERO, FORMS };

/* The date as the C library writes it, without the weekday unless it is wanted; returns its length. */
static size_t by_libc(char out[64], int form, int weekday, int64_t unix_s) {
    time_t t = (time_t)unix_s;
    struct tm *tm = gmtime(&t);
    size_t n = 0, skip;
    require(tm != NULL);
    if (form == ISO) return strftime(out, 64, "%Y-%m-%dT%H:%M:%S.", tm);
    if (form == FIXDATE) n = strftime(out, 64, "%a, %d %b %Y %H:%M:%S GMT", tm);
    if (form == RFC850) { /* gcc warns of %y: the century goes by hand */
        n = strftime(out, 64, "%A, %d-%b-%Y %H:%M:%S GMT", tm) - 2;
        memmove(out + n - 15, out + n - 13, 16);
    }
    if (form == ASCTIME_ZERO)
        n = strftime(out, 64, "%a %b %d %H:%M:%S %Y", tm); /* RFC 9110 allows it */
    if (form == ASCTIME) n = strftime(out, 64, "%a %b %e %H:%M:%S %Y", tm);
    skip = weekday ? 0 : strcspn(out, " ") + 1;
    memmove(out, out + skip, n + 1 - skip);
    return n - skip;
}

static void check_written(int64_t ms) {
    char text[64], wanted[64];
    webhook_buf b = webhook_buf_from(text, sizeof text);
    int64_t s = ms / 1000, back;
    int form;
    webhook_iso_write(&b, ms);
    if (ms < 0 || ms >= END_S * 1000) {
        require(webhook_buf_end(&b) == WEBHOOK_ERR_RANGE && b.len == 0);
    } else {
        size_t n = by_libc(wanted, ISO, 1, s);
        sprintf(wanted + n, "%03dZ", (int)(ms % 1000));
        require(webhook_str_eq(webhook_buf_str(&b), webhook_str_from_cstr(wanted)));
        require(webhook_iso_read(webhook_buf_str(&b), &back) == WEBHOOK_OK && back == ms);
    }
    b = webhook_buf_from(text, sizeof text);
    webhook_http_date_write(&b, s);
    if (s < 0 || s >= END_S) {
        require(webhook_buf_end(&b) == WEBHOOK_ERR_RANGE && b.len == 0);
        return;
    }
    by_libc(wanted, FIXDATE, 1, s);
    require(webhook_str_eq(webhook_buf_str(&b), webhook_str_from_cstr(wanted)));
    for (form = FIXDATE; form < FORMS; form++) {
        by_libc(wanted, form, 1, s);
        require(webhook_http_date_read(webhook_str_from_cstr(wanted), s, &back) == WEBHOOK_OK &&
                back == s);
    }
}

static int refused(webhook_status status, int64_t v) {
    if (status == WEBHOOK_OK) return 0;
    require((status == WEBHOOK_ERR_SYNTAX || status == WEBHOOK_ERR_RANGE) && v == 0);
    return 1;
}

/* The text up to its seconds is the date written again; behind them come up to nine digits, of which three count. */
static void check_iso(webhook_str s) {
    char text[64];
    int64_t ms = 1;
    webhook_buf b = webhook_buf_from(text, sizeof text);
    webhook_status status = webhook_iso_read(s, &ms);
    size_t i;
    if (refused(status, ms)) return;
    webhook_iso_write(&b, ms);
    require(b.len == 24 && s.len >= 20 && s.len <= 30 && s.len != 21 &&
            memcmp(text, s.ptr, 19) == 0);
    require(s.ptr[s.len - 1] == 'Z' && (s.len == 20 || s.ptr[19] == '.'));
    for (i = 20; i + 1 < s.len; i++) require(s.ptr[i] >= '0' && s.ptr[i] <= '9');
    for (i = 20; i < 23; i++) require(text[i] == (i + 1 < s.len ? s.ptr[i] : '0'));
}

/* One of the three forms gives the text again, but for the weekday and second 60. */
static void check_http_date(webhook_str s, int64_t now) {
    char wanted[64];
    int64_t at = 1;
    webhook_status status = webhook_http_date_read(s, now, &at);
    webhook_str rest = s, day, same;
    size_t i, n, hits = 0;
    if (refused(status, at)) return;
    require(at >= 0 && at < END_S && webhook_str_cut(&rest, ' ', &day) == WEBHOOK_OK);
    for (i = 0; i < 8; i++) { /* as it is, and as the second before with 60 in place of 59 */
        int form = FIXDATE + (int)(i % 4), late = i >= 4;
        char *seconds;
        n = by_libc(wanted, form, 0, at - late);
        seconds = wanted + n - (form >= ASCTIME ? 7 : 6);
        if (late && memcmp(seconds, "59", 2) != 0) continue;
        if (late) memcpy(seconds, "60", 2);
        same = webhook_str_from(wanted, n);
        if (!webhook_str_eq(same, rest)) continue;
        hits++;
        if (form == RFC850 && now >= 0 && now < END_S)
            require(at <= now + 51 * YEAR_S && at > now - 51 * YEAR_S);
    }
    require(hits > 0 && day.len >= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size), s;
    int64_t t = fuzz_i64(&in);
    char *text = fuzz_copy(in);
    s = webhook_str_from(text, in.len);
    check_written(t % (END_S * 1000 + 1000000));
    check_iso(s);
    check_http_date(s, t);
    check_http_date(s, t % END_S);
    free(text);
    return 0;
}
