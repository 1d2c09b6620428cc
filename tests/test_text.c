/* test_text.c -- hex, base64, decimal, ISO 8601 and HTTP-date against models written here anew */
#include <inttypes.h>
#include "test.h"

/* ---- what all of them share ---- */

typedef void (*write_fn)(webhook_buf *b, const void *what);

/* Once in a heap block of just this size, for sanitizers, and once before bytes that must stay. */
static void bounded(write_fn write, const void *what, webhook_str wanted, size_t cap) {
    char *exact = (char *)malloc(cap == 0 ? 1 : cap), *roomy = (char *)malloc(cap + 8);
    char *block[2];
    size_t i;
    if (exact == NULL || roomy == NULL) abort();
    memset(roomy, 0x5a, cap + 8);
    block[0] = exact;
    block[1] = roomy;
    for (i = 0; i < 2; i++) {
        webhook_buf b = webhook_buf_from(block[i], cap);
        webhook_str got;
        write(&b, what);
        CHECK_STATUS(webhook_buf_end(&b), cap < wanted.len ? WEBHOOK_ERR_SPACE : WEBHOOK_OK);
        CHECK(b.total == wanted.len);
        CHECK(b.len <= cap);
        got = webhook_buf_str(&b);
        CHECK(cap < wanted.len ? got.ptr == NULL && got.len == 0 : webhook_str_eq(got, wanted));
    }
    for (i = cap; i < cap + 8; i++) CHECK(roomy[i] == 0x5a);
    free(exact);
    free(roomy);
}

/* A writer at every capacity: into a block that gets full, one that is flushed, and nothing. */
static void at_every_capacity(write_fn write, const void *what, webhook_str wanted) {
    webhook_buf nothing = WEBHOOK_ZERO;
    size_t cap;
    for (cap = 0; cap <= wanted.len + 1; cap++) {
        char block[256];
        webhook_buf b = webhook_buf_from(cap == 0 ? NULL : block, cap);
        test_sink k = WEBHOOK_ZERO;
        if (!CHECK(cap <= sizeof block)) return;
        bounded(write, what, wanted, cap);
        b.flush = test_sink_take;
        b.user = &k;
        write(&b, what);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
        CHECK(b.total == wanted.len);
        CHECK(webhook_str_eq(webhook_str_from(k.text, k.len), wanted));
    }
    write(&nothing, what);
    CHECK_STATUS(webhook_buf_end(&nothing), WEBHOOK_OK);
    CHECK(nothing.total == wanted.len);
}

static int all_zero(const unsigned char *p, size_t n) {
    size_t i;
    for (i = 0; i < n; i++)
        if (p[i] != 0) return 0;
    return 1;
}

/* The position of c in a table, which may hold any byte but NUL; -1: not in it. */
static int position(const char *table, char c) {
    const char *at = c == 0 ? NULL : strchr(table, c);
    return at == NULL ? -1 : (int)(at - table);
}

static void random_bytes(char *p, size_t n) {
    size_t i;
    for (i = 0; i < n; i++) p[i] = (char)(unsigned char)(test_random() >> 56);
}

/* ---- hex ---- */

/* Reads out of a guarded page into an exact block and compares with a table of the digits. */
static webhook_status hex_read_and_judge(webhook_str text, size_t len) {
    unsigned char *out = (unsigned char *)malloc(len == 0 ? 1 : len);
    webhook_str guarded = test_guarded(text);
    webhook_status status;
    size_t i;
    int good = text.len == 2 * len;
    if (out == NULL) abort();
    memset(out, 0xa5, len == 0 ? 1 : len);
    status = webhook_hex_read(guarded, out, len);
    for (i = 0; i < text.len; i++)
        good = good && position("0123456789abcdefABCDEF", text.ptr[i]) >= 0;
    CHECK_STATUS(status, good ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX);
    for (i = 0; good && i < len; i++) {
        int high = position("0123456789abcdefABCDEF", text.ptr[2 * i]);
        int low = position("0123456789abcdefABCDEF", text.ptr[2 * i + 1]);
        CHECK(out[i] == (high > 15 ? high - 6 : high) * 16 + (low > 15 ? low - 6 : low));
    }
    if (!good) CHECK(all_zero(out, len));
    free(out);
    return status;
}

static void write_hex(webhook_buf *b, const void *what) {
    webhook_hex_write(b, *(const webhook_str *)what);
}

/* RFC 4648 section 10: bytes, base64, base16 */
static const char *const rfc4648[][3] = {
    { "", "", "" },
    { "f", "Zg==", "66" },
    { "fo", "Zm8=", "666F" },
    { "foo", "Zm9v", "666F6F" },
    { "foob", "Zm9vYg==", "666F6F62" },
    { "fooba", "Zm9vYmE=", "666F6F6261" },
    { "foobar", "Zm9vYmFy", "666F6F626172" },
};

static void hex_vectors_of_rfc_4648(void) {
    size_t i;
    for (i = 0; i < sizeof rfc4648 / sizeof *rfc4648; i++) {
        webhook_str bytes = webhook_str_from_cstr(rfc4648[i][0]);
        webhook_str text = webhook_str_from_cstr(rfc4648[i][2]);
        char written[32], read[8];
        webhook_buf b = webhook_buf_from(written, sizeof written);
        CHECK_STATUS(hex_read_and_judge(text, bytes.len), WEBHOOK_OK);
        CHECK_STATUS(webhook_hex_read(text, read, bytes.len), WEBHOOK_OK);
        CHECK(memcmp(read, bytes.ptr, bytes.len) == 0);
        webhook_hex_write(&b, bytes);
        CHECK(webhook_str_ieq(webhook_buf_str(&b), text));
    }
}

static void hex_of_every_length(void) {
    size_t len, i;
    for (len = 0; len <= 66; len++) {
        char bytes[66], text[140], read[66];
        webhook_str s = webhook_str_from(bytes, len);
        random_bytes(bytes, len);
        text[0] = 0;
        for (i = 0; i < len; i++)
            snprintf(text + 2 * i, 3, "%02x", (unsigned)(unsigned char)bytes[i]);
        at_every_capacity(write_hex, &s, webhook_str_from(text, 2 * len));
        CHECK_STATUS(hex_read_and_judge(webhook_str_from(text, 2 * len), len), WEBHOOK_OK);
        CHECK_STATUS(webhook_hex_read(webhook_str_from(text, 2 * len), read, len), WEBHOOK_OK);
        CHECK(memcmp(read, bytes, len) == 0);
        for (i = 0; i <= 2 * len; i++)
            if (i != 2 * len) hex_read_and_judge(webhook_str_from(text, i), len);
        hex_read_and_judge(webhook_str_from(text, 2 * len), len + 1);
        if (len > 0) hex_read_and_judge(webhook_str_from(text, 2 * len), len - 1);
    }
    CHECK_STATUS(webhook_hex_read(webhook_str_from(NULL, 0), NULL, 0), WEBHOOK_OK);
    CHECK_STATUS(webhook_hex_read(WEBHOOK_STR("0"), NULL, 0), WEBHOOK_ERR_SYNTAX);
}

static void hex_with_every_byte_changed(void) {
    size_t len, i;
    unsigned c;
    for (len = 1; len <= 66; len += 1 + test_stride()) {
        char bytes[66], text[132];
        webhook_buf b = webhook_buf_from(text, sizeof text);
        random_bytes(bytes, len);
        webhook_hex_write(&b, webhook_str_from(bytes, len));
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
        for (i = 0; i < 2 * len; i++) {
            char kept = text[i];
            for (c = 0; c < 256; c++) {
                text[i] = (char)(unsigned char)c;
                hex_read_and_judge(webhook_str_from(text, 2 * len), len);
            }
            text[i] = kept;
        }
    }
}

/* ---- base64 ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The canonical decoding by the words of RFC 4648 sections 3.5 and 4; the length, or -1. */
static int base64_model(webhook_str text, unsigned char *out) {
    size_t i, pad = 0;
    int n = 0;
    if (text.len % 4 != 0) return -1;
    if (text.len > 0 && text.ptr[text.len - 1] == '=') pad = text.ptr[text.len - 2] == '=' ? 2 : 1;
    for (i = 0; i < text.len; i += 4) {
        int v[4], k, last = i + 4 == text.len;
        for (k = 0; k < 4; k++) {
            v[k] = position(alphabet, text.ptr[i + (size_t)k]);
            if (last && (size_t)k >= 4 - pad) v[k] = 0; /* padding stands for nothing */
            if (v[k] < 0) return -1;
        }
        if (last && pad == 2 && v[1] % 16 != 0) return -1;
        if (last && pad == 1 && v[2] % 4 != 0) return -1;
        out[n++] = (unsigned char)(v[0] * 4 + v[1] / 16);
        if (!last || pad < 2) out[n++] = (unsigned char)(v[1] % 16 * 16 + v[2] / 4);
        if (!last || pad < 1) out[n++] = (unsigned char)(v[2] % 4 * 64 + v[3]);
    }
    return n;
}

/* Reads out of a guarded page into an exact block of this capacity and compares with the model. */
static webhook_status base64_read_and_judge(webhook_str text, size_t cap) {
    unsigned char model[128], *out = (unsigned char *)malloc(cap == 0 ? 1 : cap);
    webhook_str guarded = test_guarded(text);
    webhook_status status;
    size_t len = 99;
    int n = base64_model(text, model);
    if (out == NULL) abort();
    memset(out, 0xa5, cap == 0 ? 1 : cap);
    status = webhook_base64_read(guarded, out, cap, &len);
    if (n >= 0 && (size_t)n <= cap) {
        CHECK_STATUS(status, WEBHOOK_OK);
        CHECK_SIZE(len, (size_t)n);
        CHECK(memcmp(out, model, (size_t)n) == 0);
    } else {
        if (n >= 0) CHECK_STATUS(status, WEBHOOK_ERR_SPACE);
        /* Where the text is wrong and the room short as well, either may be told. */
        if (n < 0)
            CHECK(status == WEBHOOK_ERR_SYNTAX ||
                  (cap < text.len / 4 * 3 && status == WEBHOOK_ERR_SPACE));
        CHECK_SIZE(len, 0);
        CHECK(all_zero(out, cap));
    }
    free(out);
    return status;
}

static void write_base64(webhook_buf *b, const void *what) {
    webhook_base64_write(b, *(const webhook_str *)what);
}

static void base64_vectors_of_rfc_4648(void) {
    size_t i, len;
    for (i = 0; i < sizeof rfc4648 / sizeof *rfc4648; i++) {
        webhook_str bytes = webhook_str_from_cstr(rfc4648[i][0]);
        webhook_str text = webhook_str_from_cstr(rfc4648[i][1]);
        char read[8];
        at_every_capacity(write_base64, &bytes, text);
        CHECK_STATUS(webhook_base64_read(text, read, sizeof read, &len), WEBHOOK_OK);
        CHECK(webhook_str_eq(webhook_str_from(read, len), bytes));
        CHECK_STATUS(base64_read_and_judge(text, bytes.len), WEBHOOK_OK);
    }
    CHECK_STATUS(webhook_base64_read(webhook_str_from(NULL, 0), NULL, 0, &len), WEBHOOK_OK);
    CHECK_SIZE(len, 0);
    CHECK_STATUS(webhook_base64_read(WEBHOOK_STR(""), NULL, 0, NULL), WEBHOOK_ERR_ARGUMENT);
}

static void base64_of_every_length(void) {
    size_t len, cap, n;
    for (len = 0; len <= 66; len++) {
        char bytes[66], text[88], read[66];
        webhook_buf b = webhook_buf_from(text, sizeof text);
        webhook_str s = webhook_str_from(bytes, len), encoded;
        random_bytes(bytes, len);
        webhook_base64_write(&b, s);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_OK);
        encoded = webhook_buf_str(&b);
        CHECK_SIZE(encoded.len, (len + 2) / 3 * 4);
        at_every_capacity(write_base64, &s, encoded);
        CHECK_STATUS(webhook_base64_read(encoded, read, len, &n), WEBHOOK_OK);
        CHECK(webhook_str_eq(webhook_str_from(read, n), s));
        for (cap = 0; cap <= len + 2; cap++)
            CHECK_STATUS(base64_read_and_judge(encoded, cap),
                         cap < len ? WEBHOOK_ERR_SPACE : WEBHOOK_OK);
        for (n = 0; n < encoded.len; n++)
            base64_read_and_judge(webhook_str_from(text, n), encoded.len / 4 * 3);
    }
}

static void base64_with_every_byte_changed(void) {
    size_t len, i;
    unsigned c;
    for (len = 1; len <= 66; len += test_stride()) {
        char bytes[66], text[88];
        webhook_buf b = webhook_buf_from(text, sizeof text);
        webhook_str encoded;
        random_bytes(bytes, len);
        webhook_base64_write(&b, webhook_str_from(bytes, len));
        encoded = webhook_buf_str(&b);
        for (i = 0; i < encoded.len; i++) {
            char kept = text[i];
            for (c = 0; c < 256; c++) {
                text[i] = (char)(unsigned char)c;
                base64_read_and_judge(encoded, encoded.len / 4 * 3);
            }
            text[i] = kept;
        }
    }
}

/* Each of these decodes in some lenient reader; here any bytes have one spelling alone. */
static void base64_other_spellings_are_refused(void) {
    static const char *const wrong[] = {
        /* padding missing, spare, inside, alone */
        "Zg", "Zg=", "Zg===", "Zg====", "Zm8", "Zm8==", "Zm9v=", "Zm9v==", "Zm9v====", "Zm9vYg",
        "Zm9vYg=", "Zg==Zg==", "Zm8=Zm8=", "Zm8=Zm9v", "Z===", "====", "=",
        "==", "===", "Z=g=", "=Zg=", "=Zm8", "Z", "Zm9vY", "Zm9v=Yg=",
        /* spare bits of the last symbol */
        "Zh==", "Zo==", "Zv==", "Zm9=", "Zm+=", "Zm/=",
        /* the URL alphabet */
        "-w==", "_w==", "__8=", "--8=", "_-_-",
        /* blanks and line ends */
        " Zg==", "Zg== ", "Zg ==", "Zg=\n=", "Zg==\n", "Zg==\r\n", "Zm9v\nYmFy", "Zm9v\r\nYmFy",
        "\tZg==", "Zg= ", "Zm 8", "    ",
        /* others */
        "Zg=.", "Zg!=", "Zm9*", "Zm,8", "\200\201\202\203", "Zm9\303"
    };
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!CHECK(base64_read_and_judge(webhook_str_from_cstr(wrong[i]), 66) ==
                   WEBHOOK_ERR_SYNTAX))
            printf("  spelling %lu\n", (unsigned long)i);
    CHECK_STATUS(base64_read_and_judge(webhook_str_from("Zg==\0", 5), 66), WEBHOOK_ERR_SYNTAX);
    CHECK_STATUS(base64_read_and_judge(webhook_str_from("Zg=\0", 4), 66), WEBHOOK_ERR_SYNTAX);
    CHECK_STATUS(base64_read_and_judge(webhook_str_from("Zg\0\0", 4), 66), WEBHOOK_ERR_SYNTAX);
    CHECK_STATUS(base64_read_and_judge(webhook_str_from("\0\0\0\0", 4), 66), WEBHOOK_ERR_SYNTAX);
    CHECK_STATUS(base64_read_and_judge(webhook_str_from("Z\0g=", 4), 66), WEBHOOK_ERR_SYNTAX);
}

/* Every group of four over the edges of the alphabet and its neighbours, alone and before more. */
static void base64_every_group(void) {
    static const char edge[] = "ABPQZaghwz0189+/=-_ @[`{.:";
    size_t n = sizeof edge, i, total = n * n * n * n; /* its NUL is one of the symbols */
    for (i = test_random() % test_stride(); i < total; i += test_stride()) {
        char text[8] = { 0, 0, 0, 0, 'Z', 'm', '8', '=' };
        unsigned char model[6], out[6];
        size_t front, len, rest = i, k;
        for (k = 0; k < 4; k++, rest /= n) text[k] = edge[rest % n];
        for (front = 0; front < 2; front++) {
            webhook_str s = webhook_str_from(text, front ? 8 : 4);
            int want = base64_model(s, model);
            webhook_status status = webhook_base64_read(s, out, sizeof out, &len);
            CHECK_STATUS(status, want < 0 ? WEBHOOK_ERR_SYNTAX : WEBHOOK_OK);
            CHECK_SIZE(len, want < 0 ? 0 : (size_t)want);
            if (want >= 0) CHECK(memcmp(out, model, (size_t)want) == 0);
        }
    }
}

/* ---- decimal ---- */

static void write_decimal(webhook_buf *b, const void *what) {
    webhook_decimal_write(b, *(const uint64_t *)what);
}

/* printf is the judge of what is written. */
static void decimal_round_trip(uint64_t v) {
    char text[32], got[32];
    webhook_buf b = webhook_buf_from(got, sizeof got);
    uint64_t back = 1;
    snprintf(text, sizeof text, "%" PRIu64, v);
    webhook_decimal_write(&b, v);
    CHECK_STR(webhook_buf_str(&b), text);
    CHECK_STATUS(webhook_decimal_read(test_guarded(webhook_str_from_cstr(text)), &back),
                 WEBHOOK_OK);
    CHECK(back == v);
}

static void decimal_refused(webhook_str text, webhook_status wanted) {
    uint64_t v = 99;
    CHECK_STATUS(webhook_decimal_read(test_guarded(text), &v), wanted);
    CHECK(v == 0);
}

static void decimal_round_trips(void) {
    static const uint64_t swept[] = { 0, 9, 10, 65535, UINT64_C(4294967296), UINT64_MAX };
    uint64_t ten = 1;
    unsigned i, k;
    for (i = 0; i < 64; i++)
        for (k = 0; k < 5; k++) decimal_round_trip((UINT64_C(1) << i) + k - 2);
    for (i = 0; i < 20; i++, ten *= 10)
        for (k = 0; k < 5; k++) decimal_round_trip(ten + k - 2);
    for (i = 0; i < 20000; i += test_stride()) decimal_round_trip(i);
    for (i = 0; i < 20000; i += test_stride())
        decimal_round_trip(test_random() >> (test_random() % 64));
    for (i = 0; i < sizeof swept / sizeof *swept; i++) {
        char text[32];
        snprintf(text, sizeof text, "%" PRIu64, swept[i]);
        at_every_capacity(write_decimal, &swept[i], webhook_str_from_cstr(text));
    }
    CHECK_STATUS(webhook_decimal_read(WEBHOOK_STR("1"), NULL), WEBHOOK_ERR_ARGUMENT);
}

/* Texts of equal length compare as numbers do, so strcmp says where 2^64 begins. */
static void decimal_around_two_to_the_64(void) {
    char text[80];
    unsigned i, zeros;
    uint64_t v;
    for (i = 0; i < 10000; i++) {
        snprintf(text, sizeof text, "1844674407370955%04u", i);
        if (strcmp(text, "18446744073709551616") >= 0) {
            decimal_refused(webhook_str_from_cstr(text), WEBHOOK_ERR_RANGE);
        } else {
            CHECK_STATUS(webhook_decimal_read(webhook_str_from_cstr(text), &v), WEBHOOK_OK);
            CHECK(v == UINT64_C(18446744073709550000) + i);
        }
    }
    for (i = 2; i <= 99; i++) { /* these wrap to something small in 64 bits */
        snprintf(text, sizeof text, "%u8446744073709551616", i);
        decimal_refused(webhook_str_from_cstr(text), WEBHOOK_ERR_RANGE);
    }
    decimal_refused(WEBHOOK_STR("36893488147419103232"), WEBHOOK_ERR_RANGE); /* 2^65 */
    decimal_refused(WEBHOOK_STR("184467440737095516160"), WEBHOOK_ERR_RANGE);
    decimal_refused(WEBHOOK_STR("340282366920938463463374607431768211456"), WEBHOOK_ERR_RANGE);
    for (zeros = 0; zeros <= 40; zeros++) {
        memset(text, '0', zeros);
        strcpy(text + zeros, "18446744073709551615");
        CHECK_STATUS(webhook_decimal_read(webhook_str_from_cstr(text), &v), WEBHOOK_OK);
        CHECK(v == UINT64_MAX);
        text[zeros + 19]++;
        decimal_refused(webhook_str_from_cstr(text), WEBHOOK_ERR_RANGE);
        CHECK_STATUS(webhook_decimal_read(webhook_str_from(text, zeros + 1), &v), WEBHOOK_OK);
        CHECK(v == 1);
    }
}

/* Every number of 20 to 60 digits that does not begin with 0 or 1 is too large. */
static void decimal_of_many_digits(void) {
    char text[1000];
    size_t len, i, round;
    uint64_t v;
    for (len = 20; len <= 60; len++)
        for (round = 0; round < 20; round++) {
            for (i = 0; i < len; i++) text[i] = (char)('0' + (int)(test_random() % 10));
            text[0] = (char)('2' + (int)(test_random() % 8));
            decimal_refused(webhook_str_from(text, len), WEBHOOK_ERR_RANGE);
        }
    memset(text, '9', sizeof text);
    decimal_refused(webhook_str_from(text, sizeof text), WEBHOOK_ERR_RANGE);
    memset(text, '0', sizeof text);
    CHECK_STATUS(webhook_decimal_read(webhook_str_from(text, sizeof text), &v), WEBHOOK_OK);
    CHECK(v == 0);
    text[sizeof text - 1] = '7';
    CHECK_STATUS(webhook_decimal_read(webhook_str_from(text, sizeof text), &v), WEBHOOK_OK);
    CHECK(v == 7);
}

static void decimal_every_byte_that_is_no_digit(void) {
    static const char *const wrong[] = { "",    "-1",  "+1",  " 1",       "1 ",  "1.0", "1e3",
                                         "0x1", "1_0", "1,0", "Infinity", "NaN", "1\n", "-0" };
    size_t i;
    unsigned c;
    for (i = 0; i < 5; i++)
        for (c = 0; c < 256; c++) {
            char text[5] = { '1', '2', '3', '4', '5' };
            uint64_t v;
            text[i] = (char)(unsigned char)c;
            if (c >= '0' && c <= '9')
                CHECK_STATUS(webhook_decimal_read(webhook_str_from(text, 5), &v), WEBHOOK_OK);
            else
                decimal_refused(webhook_str_from(text, 5), WEBHOOK_ERR_SYNTAX);
        }
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        decimal_refused(webhook_str_from_cstr(wrong[i]), WEBHOOK_ERR_SYNTAX);
    decimal_refused(webhook_str_from(NULL, 0), WEBHOOK_ERR_SYNTAX);
}

/* ---- a calendar that counts day by day ---- */

#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z, as date(1) has it */

typedef struct date {
    int year, month, day, weekday; /* month and day from 1; weekday 0 is Sunday */
    int32_t number;                /* of days since 1970-01-01 */
} date;

static const date first_day = { 1970, 1, 1, 4, 0 }; /* a Thursday */

static int days_in(int year, int month) {
    static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

static void next_day(date *d) {
    d->number++;
    d->weekday = (d->weekday + 1) % 7;
    if (++d->day <= days_in(d->year, d->month)) return;
    d->day = 1;
    if (++d->month <= 12) return;
    d->month = 1;
    d->year++;
}

/* The number of the first day of a year up to 10000, from one walk over all days. */
static int32_t year_start(int year) {
    static int32_t start[10000 - 1970 + 1];
    date d = first_day;
    for (; start[10000 - 1970] == 0; next_day(&d))
        if (d.month == 1 && d.day == 1) start[d.year - 1970] = d.number;
    return start[year - 1970];
}

static date day_of(int32_t number) {
    date d = first_day;
    d.year += number / 366;
    while (d.year < 9999 && year_start(d.year + 1) <= number) d.year++;
    d.number = year_start(d.year);
    d.weekday = (4 + d.number) % 7;
    while (d.number < number) next_day(&d);
    return d;
}

/* 1, and when it is in seconds, if there is such a day and time in the years from 1970 to 9999. */
static int when(int year, int month, int day, int hour, int minute, int second, int64_t *unix_s) {
    int32_t days;
    int m;
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1) return 0;
    if (day > days_in(year, month) || hour > 23 || minute > 59 || second > 59) return 0;
    days = year_start(year) + day - 1;
    for (m = 1; m < month; m++) days += days_in(year, m);
    *unix_s = (int64_t)days * 86400 + hour * 3600 + minute * 60 + second;
    return 1;
}

/* A strided walk over days that does not keep to one day of the week when the stride is 7. */
static int day_is_chosen(const date *d) {
    return (unsigned)(d->number + d->year) % test_stride() == 0 || d->number == 0 ||
           (d->year == 9999 && d->month == 12 && d->day == 31);
}

static char *put_digits(char *p, int v, int n) {
    int i;
    for (i = n - 1; i >= 0; i--, v /= 10) p[i] = (char)('0' + v % 10);
    return p + n;
}

static char *put_text(char *p, const char *s, size_t n) {
    memcpy(p, s, n);
    return p + n;
}

static char *put_clock(char *p, int second_of_day) {
    p = put_digits(p, second_of_day / 3600, 2);
    *p++ = ':';
    p = put_digits(p, second_of_day / 60 % 60, 2);
    *p++ = ':';
    return put_digits(p, second_of_day % 60, 2);
}

static void the_calendar_of_the_tests(void) {
    int64_t s = 0;
    date d = day_of(2932896), walked = first_day;
    CHECK(d.year == 9999 && d.month == 12 && d.day == 31 && d.weekday == 5);
    while (walked.number < d.number) next_day(&walked);
    CHECK(walked.year == 9999 && walked.month == 12 && walked.day == 31 && walked.weekday == 5);
    CHECK(when(9999, 12, 31, 23, 59, 59, &s) && s == LAST_SECOND);
    CHECK(when(2001, 9, 9, 1, 46, 40, &s) && s == 1000000000);
    CHECK(when(2038, 1, 19, 3, 14, 8, &s) && s == INT64_C(2147483648));
    CHECK(when(1994, 11, 6, 8, 49, 37, &s) && s == 784111777);
}

/* ---- ISO 8601 ---- */

static void iso_text(char out[24], const date *d, int second_of_day, int ms) {
    char *p = put_digits(out, d->year, 4);
    *p++ = '-';
    p = put_digits(p, d->month, 2);
    *p++ = '-';
    p = put_digits(p, d->day, 2);
    *p++ = 'T';
    p = put_clock(p, second_of_day);
    *p++ = '.';
    p = put_digits(p, ms, 3);
    *p = 'Z';
}

static void write_iso(webhook_buf *b, const void *what) {
    webhook_iso_write(b, *(const int64_t *)what);
}

static void iso_refused(webhook_str text, webhook_status wanted) {
    int64_t ms = 99;
    if (!CHECK(webhook_iso_read(test_guarded(text), &ms) == wanted))
        printf("  wanted %s of \"%.*s\"\n", webhook_status_str(wanted), (int)text.len, text.ptr);
    CHECK(ms == 0);
}

static void iso_is(const char *text, int64_t wanted) {
    int64_t ms = 99;
    CHECK_STATUS(webhook_iso_read(test_guarded(webhook_str_from_cstr(text)), &ms), WEBHOOK_OK);
    if (!CHECK(ms == wanted)) printf("  %s\n", text);
}

static void iso_known_times(void) {
    int64_t ms = INT64_C(1736937000000);
    at_every_capacity(write_iso, &ms, WEBHOOK_STR("2025-01-15T10:30:00.000Z"));
    ms = 0;
    at_every_capacity(write_iso, &ms, WEBHOOK_STR("1970-01-01T00:00:00.000Z"));
    ms = LAST_SECOND * 1000 + 999;
    at_every_capacity(write_iso, &ms, WEBHOOK_STR("9999-12-31T23:59:59.999Z"));
    iso_is("2001-09-09T01:46:40Z", INT64_C(1000000000000));
    iso_is("2009-02-13T23:31:30.5Z", INT64_C(1234567890500));
    CHECK_STATUS(webhook_iso_read(WEBHOOK_STR("2001-09-09T01:46:40Z"), NULL), WEBHOOK_ERR_ARGUMENT);
}

static void iso_every_day_both_ways(void) {
    date d = first_day;
    for (; d.year <= 9999; next_day(&d)) {
        char wanted[24], got[24];
        webhook_buf b = webhook_buf_from(got, sizeof got);
        int second = (int)((int64_t)d.number * 7919 % 86400), milli = d.number % 1000;
        int64_t ms = ((int64_t)d.number * 86400 + second) * 1000 + milli, back = -1;
        if (!day_is_chosen(&d)) continue;
        iso_text(wanted, &d, second, milli);
        webhook_iso_write(&b, ms);
        CHECK(b.status == WEBHOOK_OK && b.len == 24 && memcmp(got, wanted, 24) == 0);
        CHECK_STATUS(webhook_iso_read(webhook_str_from(wanted, 24), &back), WEBHOOK_OK);
        CHECK(back == ms);
    }
    CHECK(d.number == 2932897);
}

static void iso_every_second_and_millisecond(void) {
    date d = day_of(20103); /* 2025-01-15 */
    int i;
    for (i = 0; i < 86400 + 1000; i++) {
        char wanted[24], got[24];
        webhook_buf b = webhook_buf_from(got, sizeof got);
        int second = i < 86400 ? i : 86399, milli = i < 86400 ? i % 1000 : i - 86400;
        int64_t ms = INT64_C(20103) * 86400000 + second * INT64_C(1000) + milli, back = -1;
        if ((unsigned)i % test_stride() != 0) continue;
        iso_text(wanted, &d, second, milli);
        webhook_iso_write(&b, ms);
        CHECK(b.len == 24 && memcmp(got, wanted, 24) == 0);
        CHECK_STATUS(webhook_iso_read(webhook_str_from(wanted, 24), &back), WEBHOOK_OK);
        CHECK(back == ms);
    }
}

/* The shape is right in all of these, so the answer is yes or out of range. */
static void iso_judge(int year, int month, int day, int hour, int minute, int second) {
    char text[40];
    int64_t s = 0, ms = 99;
    webhook_status status;
    int good = when(year, month, day, hour, minute, second, &s);
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, hour, minute,
             second);
    status = webhook_iso_read(webhook_str_from_cstr(text), &ms);
    if (!CHECK(status == (good ? WEBHOOK_OK : WEBHOOK_ERR_RANGE)) ||
        !CHECK(ms == (good ? s * 1000 : 0)))
        printf("  %s: %s\n", text, webhook_status_str(status));
}

static void iso_every_field_out_of_range(void) {
    static const int years[] = { 0, 1969, 1970, 2000, 2023, 2024, 2100, 9999 };
    size_t y;
    int i, k;
    for (i = 0; i <= 9999; i++) iso_judge(i, 2, 29, 0, 0, 0);
    for (i = 0; i <= 9999; i += 1 + (int)test_stride()) iso_judge(i, 12, 31, 23, 59, 59);
    for (y = 0; y < sizeof years / sizeof *years; y++)
        for (i = 0; i < 100; i++)
            for (k = 0; k < 100; k++)
                if (test_stride() == 1 || i < 15) iso_judge(years[y], i, k, 12, 0, 0);
    for (i = 0; i < 100; i++) {
        iso_judge(2025, 6, 30, i, 0, 0);
        iso_judge(2025, 6, 30, 0, i, 0);
        iso_judge(2025, 6, 30, 23, 59, i); /* no leap seconds: 60 is out of range */
        iso_judge(2025, 6, 30, i, i, i);
    }
}

static void iso_fractions(void) {
    char text[64];
    int n, dot;
    for (n = 0; n <= 20; n++)
        for (dot = 0; dot < 2; dot++) {
            static const int cut[] = { 0, 900, 980, 987 };
            int len = 0;
            if (n > 0 && dot == 0) continue;
            len = snprintf(text, sizeof text, "2025-01-15T10:30:00%s%.*sZ", dot ? "." : "", n,
                           "98765432109876543210");
            if (!CHECK(len > 0)) return;
            if ((dot && n == 0) || n > 9)
                iso_refused(webhook_str_from_cstr(text), WEBHOOK_ERR_SYNTAX);
            else
                iso_is(text, INT64_C(1736937000000) + cut[n < 3 ? n : 3]);
        }
    iso_is("2025-01-15T10:30:00.9999Z", INT64_C(1736937000999)); /* cut, not rounded */
    iso_is("2025-01-15T10:30:00.0009Z", INT64_C(1736937000000));
    iso_is("2025-01-15T10:30:00.000999999Z", INT64_C(1736937000000));
    iso_is("2025-01-15T10:30:00.05Z", INT64_C(1736937000050));
    iso_is("9999-12-31T23:59:59.999999999Z", LAST_SECOND * 1000 + 999);
}

static void iso_other_spellings_are_refused(void) {
    static const char *const wrong[] = {
        "",
        "2025-01-15",
        "2025-01-15T10:30Z",
        "2025-01-15T10:30:00",
        "2025-01-15T10:30:00.000",
        "2025-01-15t10:30:00Z",
        "2025-01-15T10:30:00z",
        "2025-01-15 10:30:00Z",
        "2025-01-15T10:30:00+00:00",
        "2025-01-15T10:30:00.000+00:00",
        "2025-01-15T10:30:00,000Z",
        "20250115T103000Z",
        "2025-1-15T10:30:00Z",
        "25-01-15T10:30:00Z",
        "12025-01-15T10:30:00Z",
        "+002025-01-15T10:30:00.000Z",
        "-2025-01-15T10:30:00Z",
        "2025-W03-3T10:30:00Z",
        "2025-01-15T10:30:00 Z",
        " 2025-01-15T10:30:00Z",
        "2025-01-15T10:30:00Z ",
        "2025-01-15T10:30:00Z\n",
        "2025-01-15T10:30:00.Z",
        "2025-01-15T10:30:00.1.2Z",
        "2025-01-15T10:30:00..1Z",
        "2025-01-15T10:30:00.-1Z",
        "2025-01-15T+1:30:00Z",
        "2025-01-15T 1:30:00Z",
        "2025-01-15T10:30:0 Z",
        "2025/01/15T10:30:00Z",
        "ZZZZ-ZZ-ZZTZZ:ZZ:ZZZ",
    };
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        iso_refused(webhook_str_from_cstr(wrong[i]), WEBHOOK_ERR_SYNTAX);
    iso_refused(webhook_str_from("2025-01-15T10:30:00Z\0", 21), WEBHOOK_ERR_SYNTAX);
    iso_refused(webhook_str_from(NULL, 0), WEBHOOK_ERR_SYNTAX);
}

static const char *const iso_good[] = { "2025-01-15T10:30:00.000Z", "1970-01-01T00:00:00.000Z",
                                        "9999-12-31T23:59:59.999Z", "2024-02-29T19:05:06.789Z" };

static void iso_truncated_and_prolonged(void) {
    static const char *const more[] = { "2025-01-15T10:30:00Z", "2025-01-15T10:30:00.123456789Z" };
    size_t i, n;
    unsigned c;
    for (i = 0; i < 6; i++) {
        const char *good = i < 4 ? iso_good[i] : more[i - 4];
        char text[64];
        for (n = 0; n < strlen(good); n++)
            iso_refused(webhook_str_from(good, n), WEBHOOK_ERR_SYNTAX);
        for (n = 1; n < strlen(good); n++)
            iso_refused(webhook_str_from(good + n, strlen(good) - n), WEBHOOK_ERR_SYNTAX);
        for (c = 0; c < 256; c++) {
            strcpy(text + 1, good);
            text[0] = text[1 + strlen(good)] = (char)(unsigned char)c;
            iso_refused(webhook_str_from(text, strlen(good) + 1), WEBHOOK_ERR_SYNTAX);
            iso_refused(webhook_str_from(text + 1, strlen(good) + 1), WEBHOOK_ERR_SYNTAX);
        }
    }
}

/* What is still taken with one byte changed must be what the writer makes of the time read. */
static void iso_with_every_byte_changed(void) {
    size_t i, n;
    unsigned c;
    for (i = 0; i < 4; i++)
        for (n = 0; n < 24; n++)
            for (c = 0; c < 256; c++) {
                char text[24], back[24];
                webhook_buf b = webhook_buf_from(back, sizeof back);
                int64_t ms = 99;
                webhook_status status;
                memcpy(text, iso_good[i], 24);
                text[n] = (char)(unsigned char)c;
                status = webhook_iso_read(test_guarded(webhook_str_from(text, 24)), &ms);
                if (status == WEBHOOK_OK) {
                    webhook_iso_write(&b, ms);
                    CHECK(b.status == WEBHOOK_OK && b.len == 24 && memcmp(back, text, 24) == 0);
                } else {
                    int digit = c >= '0' && c <= '9' && position("-T:.Z", iso_good[i][n]) < 0;
                    CHECK_STATUS(status, digit ? WEBHOOK_ERR_RANGE : WEBHOOK_ERR_SYNTAX);
                    CHECK(ms == 0);
                }
            }
}

static void times_that_cannot_be_written(void) {
    static const int64_t seconds[] = { -1, INT64_MIN, INT64_MAX, LAST_SECOND + 1,
                                       LAST_SECOND * 1000 };
    static const int64_t millis[] = { -1, -1000, INT64_MIN, INT64_MAX, (LAST_SECOND + 1) * 1000 };
    size_t i;
    for (i = 0; i < 5; i++) {
        char block[64];
        webhook_buf b = webhook_buf_from(block, sizeof block), none = WEBHOOK_ZERO;
        webhook_iso_write(&b, millis[i]);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_RANGE);
        CHECK(webhook_buf_str(&b).ptr == NULL && b.len == 0);
        webhook_iso_write(&none, millis[i]);
        CHECK_STATUS(webhook_buf_end(&none), WEBHOOK_ERR_RANGE);
        b = webhook_buf_from(block, sizeof block);
        webhook_http_date_write(&b, seconds[i]);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_RANGE);
        CHECK(webhook_buf_str(&b).ptr == NULL && b.len == 0);
        b = webhook_buf_from(block, 3); /* the first error stays, whichever it is */
        webhook_buf_put(&b, WEBHOOK_STR("four"));
        webhook_http_date_write(&b, seconds[i]);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_SPACE);
    }
}

/* ---- HTTP-date ---- */

static const char *const weekdays[7] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                         "Thursday", "Friday", "Saturday" };
static const char *const months[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* The forms of RFC 9110 section 5.6.7: 0 = IMF-fixdate, 1 = RFC 850, 2 = asctime. */
static size_t http_text(char out[48], int form, const date *d, int second_of_day) {
    const char *weekday = weekdays[d->weekday], *month = months[d->month - 1];
    char *p = put_text(out, weekday, form == 1 ? strlen(weekday) : 3);
    if (form == 2) {
        *p++ = ' ';
        p = put_text(p, month, 3);
        *p++ = ' ';
        p = put_digits(p, d->day, 2);
        if (d->day < 10) p[-2] = ' ';
        *p++ = ' ';
        p = put_clock(p, second_of_day);
        *p++ = ' ';
        return (size_t)(put_digits(p, d->year, 4) - out);
    }
    p = put_text(p, ", ", 2);
    p = put_digits(p, d->day, 2);
    *p++ = form == 1 ? '-' : ' ';
    p = put_text(p, month, 3);
    *p++ = form == 1 ? '-' : ' ';
    p = form == 1 ? put_digits(p, d->year % 100, 2) : put_digits(p, d->year, 4);
    *p++ = ' ';
    p = put_clock(p, second_of_day);
    return (size_t)(put_text(p, " GMT", 4) - out);
}

static void write_http_date(webhook_buf *b, const void *what) {
    webhook_http_date_write(b, *(const int64_t *)what);
}

static void http_is(const char *text, int64_t now, int64_t wanted) {
    int64_t s = 99;
    CHECK_STATUS(webhook_http_date_read(test_guarded(webhook_str_from_cstr(text)), now, &s),
                 WEBHOOK_OK);
    if (!CHECK(s == wanted)) printf("  %s\n", text);
}

static void http_refused(webhook_str text, int64_t now, webhook_status wanted) {
    int64_t s = 99;
    if (!CHECK(webhook_http_date_read(test_guarded(text), now, &s) == wanted))
        printf("  wanted %s of \"%.*s\"\n", webhook_status_str(wanted), (int)text.len, text.ptr);
    CHECK(s == 0);
}

static void http_the_three_forms_of_rfc_9110(void) {
    int64_t s = 784111777; /* the example of RFC 9110 */
    at_every_capacity(write_http_date, &s, WEBHOOK_STR("Sun, 06 Nov 1994 08:49:37 GMT"));
    http_is("Sun, 06 Nov 1994 08:49:37 GMT", 1736937000, s);
    http_is("Sunday, 06-Nov-94 08:49:37 GMT", 1736937000, s);
    http_is("Sun Nov  6 08:49:37 1994", 1736937000, s);
    http_is("Sun Nov 06 08:49:37 1994", 1736937000, s); /* the grammar has 2DIGIT here as well */
    s = 1736937000;
    at_every_capacity(write_http_date, &s, WEBHOOK_STR("Wed, 15 Jan 2025 10:30:00 GMT"));
    s = 0;
    at_every_capacity(write_http_date, &s, WEBHOOK_STR("Thu, 01 Jan 1970 00:00:00 GMT"));
    s = LAST_SECOND;
    at_every_capacity(write_http_date, &s, WEBHOOK_STR("Fri, 31 Dec 9999 23:59:59 GMT"));
    CHECK_STATUS(webhook_http_date_read(WEBHOOK_STR("Sun Nov  6 08:49:37 1994"), 0, NULL),
                 WEBHOOK_ERR_ARGUMENT);
}

static void http_every_day_both_ways(void) {
    date d = first_day;
    int form;
    for (; d.year <= 9999; next_day(&d)) {
        char text[48], got[29];
        webhook_buf b = webhook_buf_from(got, sizeof got);
        int second = (int)((int64_t)d.number * 7907 % 86400);
        int64_t s = (int64_t)d.number * 86400 + second, back = -1;
        if (!day_is_chosen(&d)) continue;
        webhook_http_date_write(&b, s);
        for (form = 0; form < 3; form++) {
            size_t len = http_text(text, form, &d, second);
            if (form == 0)
                CHECK(b.status == WEBHOOK_OK && b.len == len && memcmp(got, text, len) == 0);
            CHECK_STATUS(webhook_http_date_read(webhook_str_from(text, len), s, &back), WEBHOOK_OK);
            CHECK(back == s);
        }
    }
}

/* The latest year that ends in these two digits and is at most 50 years ahead, to the second. */
static int year_of_two_digits(int digits, int month, int day, int second_of_day, int64_t now) {
    date n = day_of((int32_t)(now / 86400));
    int64_t here = (month * 32 + day) * INT64_C(86400) + second_of_day;
    int64_t there = (n.month * 32 + n.day) * INT64_C(86400) + now % 86400;
    int year = n.year + 50;
    if (here > there) year--;
    while (year % 100 != digits) year--;
    return year;
}

static void http_judge_two_digits(int digits, int month, int day, int second, int64_t now) {
    date d = first_day;
    char text[48];
    size_t len;
    int64_t s = 99, wanted = 0;
    webhook_status status;
    int year = year_of_two_digits(digits, month, day, second, now);
    int good = when(year, month, day, second / 3600, second / 60 % 60, second % 60, &wanted);
    d.year = digits;
    d.month = month;
    d.day = day;
    len = http_text(text, 1, &d, second);
    status = webhook_http_date_read(webhook_str_from(text, len), now, &s);
    if (!CHECK(status == (good ? WEBHOOK_OK : WEBHOOK_ERR_RANGE)) ||
        !CHECK(s == (good ? wanted : 0)))
        printf("  %.*s at %" PRId64 ": %s, the year is %d\n", (int)len, text, now,
               webhook_status_str(status), year);
}

static void http_years_of_two_digits(void) {
    static const int64_t nows[] = {
        0,                        /* 1970-01-01 */
        784111777,                /* 1994-11-06 08:49:37 */
        INT64_C(915148799),       /* the last second of 1998 */
        INT64_C(946684799),       /* the last second of 1999 */
        INT64_C(946684800),       /* the first of 2000 */
        INT64_C(951868770),       /* 2000-02-29 23:59:30 */
        INT64_C(978307200),       /* the first of 2001 */
        INT64_C(1736937000),      /* 2025-01-15 10:30:00 */
        INT64_C(2524607999),      /* the last second of 2049 */
        INT64_C(2524608000),      /* the first of 2050 */
        INT64_C(2556143999),      /* the last of 2050 */
        INT64_C(4102444799),      /* the last second of 2099 */
        INT64_C(4102444800),      /* the first of 2100 */
        LAST_SECOND - 1576800000, /* near the end, where the years ahead do not exist */
        LAST_SECOND,
    };
    size_t i;
    int digits, k;
    for (i = 0; i < sizeof nows / sizeof *nows; i++) {
        date n = day_of((int32_t)(nows[i] / 86400));
        int second = (int)(nows[i] % 86400);
        for (digits = 0; digits < 100; digits++) {
            for (k = -1; k <= 1; k++) /* a second before, exactly, a second after: within the day */
                if (second + k >= 0 && second + k < 86400)
                    http_judge_two_digits(digits, n.month, n.day, second + k, nows[i]);
            http_judge_two_digits(digits, 1, 1, 0, nows[i]);
            http_judge_two_digits(digits, 12, 31, 86399, nows[i]);
            http_judge_two_digits(digits, n.month, 1, 0, nows[i]);
            http_judge_two_digits(digits, n.month, 28, 86399, nows[i]);
        }
    }
    /* the same without the model: exactly 50 years ahead, and one second more */
    http_is("Wednesday, 15-Jan-75 10:30:00 GMT", 1736937000, INT64_C(3314773800));
    http_is("Wednesday, 15-Jan-75 10:30:01 GMT", 1736937000, INT64_C(159013801));
}

/* The present may be anything: a clock that was never set must not be undefined behaviour. */
static void http_at_an_impossible_present(void) {
    static const int64_t nows[] = {
        INT64_MIN, INT64_MIN + 1,   -1, -86401, -INT64_C(62135596800), LAST_SECOND + 1,
        INT64_MAX, INT64_MAX - 100,
    };
    size_t i;
    int digits;
    for (i = 0; i < sizeof nows / sizeof *nows; i++)
        for (digits = 0; digits < 100; digits++) {
            char text[48];
            int64_t s = 99;
            snprintf(text, sizeof text, "Sunday, 06-Nov-%02d 08:49:37 GMT", digits);
            if (webhook_http_date_read(webhook_str_from_cstr(text), nows[i], &s) == WEBHOOK_OK)
                CHECK(s >= 0 && s <= LAST_SECOND && s % 86400 == 31777);
            else
                CHECK(s == 0);
            http_is("Sun, 06 Nov 1994 08:49:37 GMT", nows[i], 784111777);
        }
}

static void http_leap_seconds(void) {
    http_is("Sat, 31 Dec 2016 23:59:60 GMT", 0, INT64_C(1483228800));
    http_is("Saturday, 31-Dec-16 23:59:60 GMT", 1736937000, INT64_C(1483228800));
    http_is("Sat Dec 31 23:59:60 2016", 0, INT64_C(1483228800));
    http_is("Wed, 15 Jan 2025 10:30:60 GMT", 0, INT64_C(1736937060));
    http_is("Thu, 31 Dec 9998 23:59:60 GMT", 0, LAST_SECOND + 1 - 31536000);
    http_refused(WEBHOOK_STR("Fri, 31 Dec 9999 23:59:60 GMT"), 0, WEBHOOK_ERR_RANGE);
    http_refused(WEBHOOK_STR("Sat, 31 Dec 2016 23:59:61 GMT"), 0, WEBHOOK_ERR_RANGE);
    http_refused(WEBHOOK_STR("Sat, 31 Dec 2016 23:60:60 GMT"), 0, WEBHOOK_ERR_RANGE);
    http_refused(WEBHOOK_STR("Sat, 31 Dec 2016 24:59:60 GMT"), 0, WEBHOOK_ERR_RANGE);
}

/* One second outside the years, a text of the middle of a year is judged as one second inside. */
static void http_a_second_before_and_after_all_years(void) {
    int digits;
    for (digits = 0; digits < 100; digits++) {
        char text[48];
        int64_t in = 0, out = 1;
        webhook_status status;
        snprintf(text, sizeof text, "Sunday, 06-Nov-%02d 08:49:37 GMT", digits);
        status = webhook_http_date_read(webhook_str_from_cstr(text), 0, &in);
        CHECK_STATUS(status, digits >= 70 || digits < 20 ? WEBHOOK_OK : WEBHOOK_ERR_RANGE);
        CHECK_STATUS(webhook_http_date_read(webhook_str_from_cstr(text), -1, &out), status);
        CHECK(in == out);
        status = webhook_http_date_read(webhook_str_from_cstr(text), LAST_SECOND, &in);
        CHECK_STATUS(status, digits >= 50 ? WEBHOOK_OK : WEBHOOK_ERR_RANGE);
        CHECK_STATUS(webhook_http_date_read(webhook_str_from_cstr(text), LAST_SECOND + 1, &out),
                     status);
        CHECK(in == out);
    }
}

/* All of a right shape: yes or out of range, in the two forms that have a year of four digits. */
static void http_judge(int year, int month, int day, int hour, int minute, int second) {
    char text[2][48];
    int64_t wanted = 0, s;
    int form, good = when(year, month, day, hour, minute, second, &wanted);
    snprintf(text[0], sizeof text[0], "Mon, %02d %s %04d %02d:%02d:%02d GMT", day,
             months[month - 1], year, hour, minute, second);
    snprintf(text[1], sizeof text[1], "Mon %s %2d %02d:%02d:%02d %04d", months[month - 1], day,
             hour, minute, second, year);
    for (form = 0; form < 2; form++) {
        webhook_status status =
            webhook_http_date_read(webhook_str_from_cstr(text[form]), 1736937000, &s);
        if (!CHECK(status == (good ? WEBHOOK_OK : WEBHOOK_ERR_RANGE)) ||
            !CHECK(s == (good ? wanted : 0)))
            printf("  %s: %s\n", text[form], webhook_status_str(status));
    }
}

static void http_every_field_out_of_range(void) {
    static const int years[] = { 0, 1969, 1970, 2000, 2023, 2024, 2100, 9999 };
    size_t y;
    int i, month;
    for (i = 0; i <= 9999; i += (int)test_stride()) http_judge(i, 2, 29, 0, 0, 0);
    for (y = 0; y < sizeof years / sizeof *years; y++)
        for (month = 1; month <= 12; month++)
            for (i = 0; i < 100; i++) http_judge(years[y], month, i, 12, 0, 0);
    for (i = 0; i < 100; i++) {
        http_judge(2025, 6, 30, i, 0, 0);
        http_judge(2025, 6, 30, 0, i, 0);
        if (i != 60) http_judge(2025, 6, 30, 23, 59, i);
    }
}

static void http_any_weekday_that_is_one(void) {
    size_t i;
    char text[64];
    for (i = 0; i < 7; i++) {
        snprintf(text, sizeof text, "%.3s, 06 Nov 1994 08:49:37 GMT", weekdays[i]);
        http_is(text, 0, 784111777);
        snprintf(text, sizeof text, "%s, 06-Nov-94 08:49:37 GMT", weekdays[i]);
        http_is(text, 784111777, 784111777);
        snprintf(text, sizeof text, "%.3s Nov  6 08:49:37 1994", weekdays[i]);
        http_is(text, 0, 784111777);
    }
}

static void http_other_spellings_are_refused(void) {
    static const char *const wrong[] = {
        "Sun 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sunday Nov  6 08:49:37 1994",
        "Sun, Nov  6 08:49:37 1994",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 94",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov  6 08:49:37 GMT 1994",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "SUN, 06 NOV 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37.0 GMT",
        "Sun, 06 November 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994  08:49:37 GMT",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Okt 1994 08:49:37 GMT",
        "Sundae, 06-Nov-94 08:49:37 GMT",
        "Sunday 06-Nov-94 08:49:37 GMT",
        ", 06 Nov 1994 08:49:37 GMT",
        ", 06-Nov-94 08:49:37 GMT",
        " Nov  6 08:49:37 1994",
        "Sun, 06  1994 08:49:37 GMT",
        "Sunday, 06--94 08:49:37 GMT",
        "Sun   6 08:49:37 1994",
        "784111777",
        "",
    };
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        http_refused(webhook_str_from_cstr(wrong[i]), 1736937000, WEBHOOK_ERR_SYNTAX);
    http_refused(webhook_str_from(NULL, 0), 0, WEBHOOK_ERR_SYNTAX);
}

/* Does this text spell this time in this form, whatever weekday it names? 60 is 59 + 1. */
static int http_spells(webhook_str text, int form, int64_t unix_s) {
    char copy[64], wanted[48], *name_end;
    date d;
    size_t i, len, name = 0;
    if (text.len >= sizeof copy) return 0;
    memset(copy, 0, sizeof copy);
    memcpy(copy, text.ptr, text.len);
    for (i = 0; i < 7 && name == 0; i++) {
        size_t n = form == 1 ? strlen(weekdays[i]) : 3;
        if (strncmp(copy, weekdays[i], n) == 0 && position(form == 2 ? " " : ",", copy[n]) == 0)
            name = n;
    }
    if (name == 0) return 0;
    name_end = strstr(copy, form == 2 ? ":60 " : ":60 GMT");
    if (name_end != NULL) {
        memcpy(name_end, ":59", 3);
        unix_s--;
    }
    d = day_of((int32_t)(unix_s / 86400));
    len = http_text(wanted, form, &d, (int)(unix_s % 86400));
    i = form == 1 ? strlen(weekdays[d.weekday]) : 3;
    if (form == 2 && copy[8] == '0') copy[8] = ' ';
    return text.len - name == len - i && memcmp(copy + name, wanted + i, len - i) == 0;
}

static void http_taken_or_refused(webhook_str text, int64_t now) {
    int64_t s = 99;
    webhook_status status = webhook_http_date_read(test_guarded(text), now, &s);
    if (status == WEBHOOK_OK) {
        CHECK(s >= 0 && s <= LAST_SECOND);
        if (!CHECK(http_spells(text, 0, s) || http_spells(text, 1, s) || http_spells(text, 2, s)))
            printf("  %.*s is %" PRId64 "\n", (int)text.len, text.ptr, s);
    } else {
        CHECK(status == WEBHOOK_ERR_SYNTAX || status == WEBHOOK_ERR_RANGE);
        CHECK(s == 0);
    }
}

static void http_truncated_prolonged_and_changed(void) {
    static const int64_t times[] = { 784111777, INT64_C(951868770), 0, LAST_SECOND - 9,
                                     INT64_C(1736937000) };
    size_t i, n, len;
    unsigned c;
    int form;
    for (i = 0; i < sizeof times / sizeof *times; i++)
        for (form = 0; form < 3; form++) {
            date d = day_of((int32_t)(times[i] / 86400));
            char text[64], *good = text + 1;
            len = http_text(good, form, &d, (int)(times[i] % 86400));
            for (n = 0; n < len; n++) {
                char kept = good[n];
                http_refused(webhook_str_from(good, n), times[i], WEBHOOK_ERR_SYNTAX);
                for (c = 0; c < 256; c++) {
                    good[n] = (char)(unsigned char)c;
                    http_taken_or_refused(webhook_str_from(good, len), times[i]);
                }
                good[n] = kept;
            }
            for (c = 0; c < 256; c++) {
                text[0] = good[len] = (char)(unsigned char)c;
                http_refused(webhook_str_from(text, len + 1), times[i], WEBHOOK_ERR_SYNTAX);
                http_refused(webhook_str_from(good, len + 1), times[i], WEBHOOK_ERR_SYNTAX);
            }
        }
}

/* Several changes at once: bytes of dates over dates, so that much of the shape survives. */
static void http_shuffled(void) {
    static const char bits[] = "SunMonTueWedThuFriSatday, -:0123456789JanFebMarNovDec GMT";
    unsigned round, k;
    for (round = 0; round < 60000; round += test_stride()) {
        char text[48];
        int64_t s = (int64_t)(test_random() % (uint64_t)(LAST_SECOND + 1));
        date d = day_of((int32_t)(s / 86400));
        size_t len = http_text(text, (int)(round % 3), &d, (int)(s % 86400));
        for (k = 0; k < 1 + round % 4; k++)
            text[test_random() % len] = bits[test_random() % (sizeof bits - 1)];
        http_taken_or_refused(webhook_str_from(text, len), 1736937000);
    }
}

static void suite_hex_and_base64(void) {
    RUN(hex_vectors_of_rfc_4648);
    RUN(hex_of_every_length);
    RUN(hex_with_every_byte_changed);
    RUN(base64_vectors_of_rfc_4648);
    RUN(base64_of_every_length);
    RUN(base64_with_every_byte_changed);
    RUN(base64_other_spellings_are_refused);
    RUN(base64_every_group);
}

void suite_text(void) {
    suite_hex_and_base64();
    RUN(decimal_round_trips);
    RUN(decimal_around_two_to_the_64);
    RUN(decimal_of_many_digits);
    RUN(decimal_every_byte_that_is_no_digit);
    RUN(the_calendar_of_the_tests);
    RUN(iso_known_times);
    RUN(iso_every_day_both_ways);
    RUN(iso_every_second_and_millisecond);
    RUN(iso_every_field_out_of_range);
    RUN(iso_fractions);
    RUN(iso_other_spellings_are_refused);
    RUN(iso_truncated_and_prolonged);
    RUN(iso_with_every_byte_changed);
    RUN(times_that_cannot_be_written);
    RUN(http_the_three_forms_of_rfc_9110);
    RUN(http_every_day_both_ways);
    RUN(http_years_of_two_digits);
    RUN(http_at_an_impossible_present);
    RUN(http_a_second_before_and_after_all_years);
    RUN(http_leap_seconds);
    RUN(http_every_field_out_of_range);
    RUN(http_any_weekday_that_is_one);
    RUN(http_other_spellings_are_refused);
    RUN(http_truncated_prolonged_and_changed);
    RUN(http_shuffled);
}
