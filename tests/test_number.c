/* test_number.c -- numbers between text and bits: published rows, libc, exact decimals made here */
#include "test.h"

#define INFINITY_BITS UINT64_C(0x7ff0000000000000)
#define SIGN_BIT UINT64_C(0x8000000000000000)
#define MANTISSA_BITS UINT64_C(0x000fffffffffffff)

/* ---- what all of them share ---- */

static void reads(const char *text, webhook_status status, uint64_t wanted) {
    uint64_t bits = 99;
    webhook_str s = test_guarded(webhook_str_from_cstr(text));
    int ok = CHECK_STATUS(webhook_binary64_read(s, &bits), status) & CHECK(bits == wanted);
    if (!ok) printf("  %.100s: %016llx\n", text, (unsigned long long)bits);
}

static void writes(uint64_t bits, const char *wanted) {
    char block[32];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    webhook_binary64_write(&b, bits);
    if (!CHECK_STR(webhook_buf_str(&b), wanted)) printf("  %016llx\n", (unsigned long long)bits);
}

/* The bits of a double without the functions under test. */
static uint64_t bits_of(double v) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits) {
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* What strtod says is what we must say; where it overflows, we have an error. */
static void reads_as_libc(const char *text) {
    uint64_t bits = bits_of(strtod(text, NULL));
    if ((bits & ~SIGN_BIT) == INFINITY_BITS)
        reads(text, WEBHOOK_ERR_RANGE, 0);
    else
        reads(text, WEBHOOK_OK, bits);
}

/* ---- published rows ---- */

static void es6_row(char **field, size_t n) {
    uint64_t bits;
    if (!CHECK(n == 2)) return;
    bits = (uint64_t)strtoull(field[0], NULL, 16);
    writes(bits, field[1]);
    reads(field[1], WEBHOOK_OK, bits == SIGN_BIT ? 0 : bits);
}

static void ten_thousand_rows(void) {
    CHECK_SIZE(test_rows("es6_numbers.csv", ',', es6_row), 10000);
}

/* RFC 8785 appendix B. */
static void the_samples_of_rfc_8785(void) {
    writes(0, "0");
    writes(SIGN_BIT, "0");
    writes(1, "5e-324");
    writes(SIGN_BIT | 1, "-5e-324");
    writes(UINT64_C(0x7fefffffffffffff), "1.7976931348623157e+308");
    writes(UINT64_C(0xffefffffffffffff), "-1.7976931348623157e+308");
    writes(UINT64_C(0x4340000000000000), "9007199254740992");
    writes(UINT64_C(0xc340000000000000), "-9007199254740992");
    writes(UINT64_C(0x4430000000000000), "295147905179352830000");
    writes(UINT64_C(0x44b52d02c7e14af5), "9.999999999999997e+22");
    writes(UINT64_C(0x44b52d02c7e14af6), "1e+23");
    writes(UINT64_C(0x44b52d02c7e14af7), "1.0000000000000001e+23");
    writes(UINT64_C(0x444b1ae4d6e2ef4e), "999999999999999700000");
    writes(UINT64_C(0x444b1ae4d6e2ef4f), "999999999999999900000");
    writes(UINT64_C(0x444b1ae4d6e2ef50), "1e+21");
    writes(UINT64_C(0x3eb0c6f7a0b5ed8c), "9.999999999999997e-7");
    writes(UINT64_C(0x3eb0c6f7a0b5ed8d), "0.000001");
    writes(UINT64_C(0x41b3de4355555553), "333333333.3333332");
    writes(UINT64_C(0x41b3de4355555554), "333333333.33333325");
    writes(UINT64_C(0x41b3de4355555555), "333333333.3333333");
    writes(UINT64_C(0x41b3de4355555556), "333333333.3333334");
    writes(UINT64_C(0x41b3de4355555557), "333333333.33333343");
    writes(UINT64_C(0xbecbf647612f3696), "-0.0000033333333333333333");
    writes(UINT64_C(0x43143ff3c1cb0959), "1424953923781206.2");
}

/* ---- layout ---- */

static void written_as(double v, const char *wanted) {
    writes(bits_of(v), wanted);
    reads(wanted, WEBHOOK_OK, bits_of(v));
}

static void the_layout_changes_where_ecmascript_says(void) {
    written_as(1e20, "100000000000000000000");
    written_as(123456789012345680000.0, "123456789012345680000");
    written_as(999999999999999900000.0, "999999999999999900000");
    written_as(1e21, "1e+21");
    written_as(1.2e21, "1.2e+21");
    written_as(-1e21, "-1e+21");
    written_as(1e22, "1e+22");
    written_as(1e100, "1e+100");
    written_as(1e-5, "0.00001");
    written_as(1e-6, "0.000001");
    written_as(1.5e-6, "0.0000015");
    written_as(-1.5e-6, "-0.0000015");
    written_as(1e-7, "1e-7");
    written_as(1.5e-7, "1.5e-7");
    written_as(9.99e-7, "9.99e-7");
    written_as(1.25e-300, "1.25e-300");
    written_as(1, "1");
    written_as(10, "10");
    written_as(-100, "-100");
    written_as(0.1, "0.1");
    written_as(0.5, "0.5");
    written_as(99.99, "99.99");
    written_as(1234.5, "1234.5");
    written_as(0.012, "0.012");
    written_as(4503599627370495.5, "4503599627370495.5");
    written_as(9007199254740993.0, "9007199254740992");
    written_as(4294967296.0, "4294967296");
    written_as(1e15, "1000000000000000");
    written_as(123456789012345.0, "123456789012345");
    written_as(0.3, "0.3");
    writes(UINT64_C(0x3fd3333333333334), "0.30000000000000004");
}

/* ECMAScript, Number::toString: the value is 0.digits times 10 to the n. */
static void ecma_layout(int negative, const char *digits, int n, char *out) {
    int k = (int)strlen(digits), e = n - 1;
    const char *sign = negative ? "-" : "";
    if (k <= n && n <= 21)
        sprintf(out, "%s%s%.*s", sign, digits, n - k, "000000000000000000000");
    else if (0 < n && n <= 21)
        sprintf(out, "%s%.*s.%s", sign, n, digits, digits + n);
    else if (-6 < n && n <= 0)
        sprintf(out, "%s0.%.*s%s", sign, -n, "000000", digits);
    else
        sprintf(out, "%s%.1s%s%se%c%d", sign, digits, k > 1 ? "." : "", digits + 1,
                e < 0 ? '-' : '+', e < 0 ? -e : e);
}

/* The nearest decimal of p digits that reads back as v, or 0. Beside a power of two the doubles
 * below are nearer than those above: there the nearest may fail while its neighbour reads back. */
static uint64_t decimal_of(double v, int p, int *exponent) {
    char text[48], again[48];
    uint64_t digits;
    int i;
    static const int step[] = { 0, 1, -1 };
    sprintf(text, "%.*e", p - 1, v);
    if (p > 1) memmove(text + 1, text + 2, strlen(text + 2) + 1);
    *exponent = atoi(strchr(text, 'e') + 1) - (p - 1);
    digits = (uint64_t)strtoull(text, NULL, 10);
    for (i = 0; i < ((bits_of(v) & MANTISSA_BITS) == 0 ? 3 : 1); i++) {
        uint64_t d = digits + (uint64_t)(int64_t)step[i];
        sprintf(again, "%llue%d", (unsigned long long)d, *exponent);
        if (bits_of(strtod(again, NULL)) == bits_of(v)) return d;
    }
    return 0;
}

/* libc finds the fewest digits that read back; they must be ours. 17 always suffice. */
static void writes_the_shortest(uint64_t bits) {
    double v = double_of(bits & ~SIGN_BIT);
    int p, exponent = 0, e;
    uint64_t digits = 0, d;
    char text[32], wanted[64];
    if (v <= 0 || (bits & INFINITY_BITS) == INFINITY_BITS) return;
    for (p = 17; p >= 1; p--) {
        d = decimal_of(v, p, &e);
        if (d == 0) break;
        digits = d;
        exponent = e;
        for (; digits % 10 == 0; digits /= 10) { /* shorter at once: 17 digits of 1 have zeros */
            exponent++;
            if (p > 1) p--;
        }
    }
    sprintf(text, "%llu", (unsigned long long)digits);
    ecma_layout((bits & SIGN_BIT) != 0, text, exponent + (int)strlen(text), wanted);
    writes(bits, wanted);
    reads(wanted, WEBHOOK_OK, bits);
}

static void random_bits(void) {
    size_t i;
    for (i = 0; i < 100000; i += test_stride()) {
        uint64_t bits = test_random();
        char text[40];
        writes_the_shortest(bits);
        if ((bits & INFINITY_BITS) == INFINITY_BITS) continue;
        sprintf(text, "%.17g", double_of(bits));
        if (strchr("0123456789", text[strlen(text) - 1]) != NULL) reads(text, WEBHOOK_OK, bits);
    }
}

/* Every power of two and both its neighbours, all over the range of a double. */
static void powers_of_two(void) {
    uint64_t k;
    for (k = 0; k < 52; k++) {
        writes_the_shortest((UINT64_C(1) << k) - 1);
        writes_the_shortest(UINT64_C(1) << k);
        writes_the_shortest((UINT64_C(1) << k) + 1);
    }
    for (k = 1; k < 2047; k++) {
        writes_the_shortest((k << 52) - 1);
        writes_the_shortest(k << 52);
        writes_the_shortest((k << 52) + 1);
    }
}

static void powers_of_ten(void) {
    int e, d;
    for (e = -330; e <= 310; e++)
        for (d = 1; d <= 99; d += d < 10 ? 1 : 8 + (int)test_stride()) {
            char text[32];
            uint64_t bits;
            sprintf(text, "%de%d", d, e);
            reads_as_libc(text);
            bits = bits_of(strtod(text, NULL));
            writes_the_shortest(bits);
            writes_the_shortest(bits + 1);
        }
}

/* What programs count and charge: integers, and decimals of a few places. */
static void everyday_numbers(void) {
    size_t i;
    for (i = 0; i < 60000; i += test_stride()) {
        uint64_t n = test_random() >> (11 + test_random() % 50);
        char text[48], digits[32];
        int places = (int)(test_random() % 6);
        sprintf(text, "%llu", (unsigned long long)n);
        reads(text, WEBHOOK_OK, bits_of((double)n));
        writes(bits_of((double)n), text);
        sprintf(text, "%llue-%d", (unsigned long long)(n % 1000000000000000), places);
        reads_as_libc(text);
        writes_the_shortest(bits_of(strtod(text, NULL)));
        sprintf(digits, "%llu", (unsigned long long)(n % 100000000));
        sprintf(text, "-%s.%0*d", digits, places + 1, (int)(n % 10));
        reads_as_libc(text);
    }
}

/* ---- reading ---- */

static void random_decimal(char *text, unsigned digits) {
    unsigned point = (unsigned)(test_random() % (digits + 2)), i;
    int exponent = (int)(test_random() % 700) - 370;
    char *at = text;
    if (test_random() % 4 == 0) *at++ = '-';
    if (point == 0) *at++ = '0';
    for (i = 0; i < digits; i++) {
        char d = (char)('0' + test_random() % 10);
        if (i == point) *at++ = '.';
        if (i == 0 && d == '0' && point != 1 && point > 0) d = '7'; /* no leading zero */
        if (test_random() % 16 == 0) d = test_random() % 2 ? '0' : '9';
        if (i == 0 && d == '0') d = '5';
        *at++ = d;
    }
    *at = 0;
    switch (test_random() % 4) {
    case 0: break;
    case 1: sprintf(at, "e%d", exponent); break;
    case 2: sprintf(at, "E%+d", exponent); break;
    default: sprintf(at, "e%+d", exponent / 16);
    }
}

static void random_decimals(void) {
    size_t i;
    for (i = 0; i < 100000; i += test_stride()) {
        char text[80];
        random_decimal(text, 1 + (unsigned)(test_random() % 40));
        reads_as_libc(text);
    }
    for (i = 0; i < 60000; i += test_stride()) { /* around the 19 digits that 64 bits hold */
        char text[80];
        random_decimal(text, 15 + (unsigned)(test_random() % 7));
        reads_as_libc(text);
    }
}

/* Decimals very near to the middle of two doubles; those from 5e-324 on are after Vern Paxson, "A
 * program for testing IEEE decimal-binary conversion" (1991). */
static const char *const hard[] = { "2.2250738585072011e-308",
                                    "2.2250738585072012e-308",
                                    "2.2250738585072014e-308",
                                    "4.9406564584124654e-324",
                                    "2.4703282292062327e-324",
                                    "2.4703282292062328e-324",
                                    "1.7976931348623158e308",
                                    "1.7976931348623159e308",
                                    "1.797693134862315807e+308",
                                    "9007199254740993",
                                    "9007199254740993.0000000000000000000000000000000000000000001",
                                    "9007199254740992.9999999999999999999999999999999999999999999",
                                    "9007199254740995",
                                    "1e23",
                                    "8.5e22",
                                    "6929495644600919.5",
                                    "3.7455744005952583e15",
                                    "7.2057594037927933e16",
                                    "0.500000000000000166533453693773481063544750213623046875",
                                    "1.448997445238699",
                                    "9223372036854775807",
                                    "9223372036854775808",
                                    "18446744073709551615",
                                    "18446744073709551616",
                                    "18014398509481985",
                                    "18014398509481983",
                                    "5e-324",
                                    "85e-037",
                                    "623e100",
                                    "3571e263",
                                    "81661e153",
                                    "920657e-023",
                                    "4603285e-024",
                                    "87575437e-309",
                                    "245540327e122",
                                    "6138508175e120",
                                    "83356057653e193",
                                    "619534293513e124",
                                    "2335141086879e218",
                                    "36167929443327e-159",
                                    "609610927149051e-255",
                                    "3743626360493413e-165",
                                    "94080055902682397e-242",
                                    "899810892172646163e283",
                                    "7120190517612959703e120",
                                    "25188282901709339043e-252",
                                    "308984926168550152811e-052",
                                    "6372891218502368041059e064" };

static void hard_decimals(void) {
    size_t i;
    for (i = 0; i < sizeof hard / sizeof *hard; i++) reads_as_libc(hard[i]);
}

/* ---- the exact middle of two doubles ---- */

enum { LIMBS = 140 };

/* big -- a natural number of up to 1,260 digits, nine to a limb, the lowest first */
typedef struct big {
    uint32_t limb[LIMBS];
    size_t n;
} big;

static void big_times(big *b, uint32_t factor) {
    uint64_t carry = 0;
    size_t i;
    for (i = 0; i < b->n; i++) {
        carry += (uint64_t)b->limb[i] * factor;
        b->limb[i] = (uint32_t)(carry % 1000000000);
        carry /= 1000000000;
    }
    for (; carry > 0 && CHECK(b->n < LIMBS); carry /= 1000000000)
        b->limb[b->n++] = (uint32_t)(carry % 1000000000);
}

/* m * 2^e exactly, as digits * 10^ten. */
static void exact_digits(uint64_t m, int e, char *digits, int *ten) {
    big b;
    size_t i;
    int k;
    memset(&b, 0, sizeof b);
    for (; m > 0; m /= 1000000000) b.limb[b.n++] = (uint32_t)(m % 1000000000);
    for (k = 0; k + 16 <= e; k += 16) big_times(&b, 65536);
    for (; k < e; k++) big_times(&b, 2);
    for (k = 0; k + 8 <= -e; k += 8) big_times(&b, 390625); /* m / 2 = m * 5 / 10 */
    for (; k < -e; k++) big_times(&b, 5);
    *ten = e < 0 ? e : 0;
    digits += sprintf(digits, "%lu", (unsigned long)b.limb[b.n - 1]);
    for (i = b.n - 1; i > 0; i--) digits += sprintf(digits, "%09lu", (unsigned long)b.limb[i - 1]);
}

/* The decimal one above (step 1) or below (-1) in the last digit. */
static void nudge(const char *digits, int step, char *out) {
    size_t i = strlen(digits);
    strcpy(out, digits);
    while (i-- > 0) {
        char edge = step > 0 ? '9' : '0';
        if (out[i] != edge) {
            out[i] = (char)(out[i] + step);
            break;
        }
        out[i] = step > 0 ? '0' : '9';
    }
    if (out[0] == '0' && out[1] != 0) memmove(out, out + 1, strlen(out));
}

/* In three ways: with an exponent, with the point where it belongs, and with 301 digits more. */
static void reads_in_three_ways(const char *digits, int ten, char tail, uint64_t wanted) {
    static char text[4000];
    webhook_status s = wanted == INFINITY_BITS ? WEBHOOK_ERR_RANGE : WEBHOOK_OK;
    size_t n = strlen(digits), more = 300;
    if (s != WEBHOOK_OK) wanted = 0;
    sprintf(text, "%se%d", digits, ten);
    reads(text, s, wanted);
    CHECK(bits_of(strtod(text, NULL)) == (s == WEBHOOK_OK ? wanted : INFINITY_BITS));
    if (ten == 0)
        strcpy(text, digits);
    else if ((size_t)-ten < n)
        sprintf(text, "%.*s.%s", (int)n + ten, digits, digits + (n - (size_t)-ten));
    else {
        strcpy(text, "0.");
        memset(text + 2, '0', (size_t)-ten - n);
        strcpy(text + 2 + ((size_t)-ten - n), digits);
    }
    reads(text, s, wanted);
    memcpy(text, digits, n);
    memset(text + n, tail, more);
    sprintf(text + n + more, "%ce%d", tail == '9' ? '9' : '0', ten - (int)more - 1);
    reads(text, s, wanted);
}

/* Between the double of these bits, positive, and the one above it. */
static void the_middle_above(uint64_t bits) {
    static char digits[1300], text[1300];
    uint64_t m = bits & MANTISSA_BITS, exponent = bits >> 52;
    int e = exponent == 0 ? -1074 : (int)exponent - 1075, ten;
    if (exponent > 0) m |= UINT64_C(1) << 52;
    exact_digits(2 * m + 1, e - 1, digits, &ten);
    reads_in_three_ways(digits, ten, '0', bits + (bits & 1));
    nudge(digits, -1, text);
    reads_in_three_ways(text, ten, '0', bits);
    reads_in_three_ways(text, ten, '9', bits);
    nudge(digits, 1, text);
    reads_in_three_ways(text, ten, '0', bits + 1);
    strcpy(text, digits);
    memset(text + strlen(digits), '0', 40);
    strcpy(text + strlen(digits) + 40, "1");
    reads_in_three_ways(text, ten - 41, '0', bits + 1);
}

static void the_middle_of_two_doubles(void) {
    static const uint64_t row[] = { 0,
                                    1,
                                    2,
                                    3,
                                    MANTISSA_BITS - 1,
                                    MANTISSA_BITS,
                                    MANTISSA_BITS + 1,
                                    UINT64_C(0x0020000000000000),
                                    UINT64_C(0x3fefffffffffffff),
                                    UINT64_C(0x3ff0000000000000),
                                    UINT64_C(0x433fffffffffffff),
                                    UINT64_C(0x4340000000000000),
                                    UINT64_C(0x4340000000000001),
                                    UINT64_C(0x4350000000000000),
                                    UINT64_C(0x44b52d02c7e14af6),
                                    UINT64_C(0x7fdfffffffffffff),
                                    UINT64_C(0x7feffffffffffffe),
                                    UINT64_C(0x7fefffffffffffff) };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) the_middle_above(row[i]);
    for (i = 0; i < 1500; i += test_stride()) the_middle_above(test_random() % INFINITY_BITS);
    for (i = 0; i < 200; i += test_stride()) the_middle_above(test_random() & MANTISSA_BITS);
    for (i = 0; i < 4000; i += test_stride()) { /* of few digits, where programs have theirs */
        uint64_t exponent = 1075 - 60 + test_random() % 130, keep = test_random() % 53;
        uint64_t mantissa = test_random() & MANTISSA_BITS & ~((UINT64_C(1) << keep) - 1);
        the_middle_above(exponent << 52 | mantissa | (test_random() & 1));
        the_middle_above((exponent << 52 | mantissa) - 1);
    }
}

#define WAY_TO_INFINITY                                                                \
    "17976931348623158079372897140530341507993413271003782693617377898044496829276475" \
    "09466490179775872070963302864166928879109465555478519404026306574886715058206819" \
    "08902000708383676273854845817711531764475730270069855571366959622842914819860834" \
    "936475292719074168444365510704342711559699508093042880177904"

/* The same as literals, for those who do not trust the arithmetic above. */
static void known_middles(void) {
    reads("9007199254740993", WEBHOOK_OK, UINT64_C(0x4340000000000000));
    reads("9007199254740993.0", WEBHOOK_OK, UINT64_C(0x4340000000000000));
    reads("9007199254740993.00000000000000000000000000000000000001", WEBHOOK_OK,
          UINT64_C(0x4340000000000001));
    reads("9007199254740995", WEBHOOK_OK, UINT64_C(0x4340000000000002));
    reads("-9007199254740993", WEBHOOK_OK, UINT64_C(0xc340000000000000));
    /* 2^1024 - 2^970, the smallest that overflows, and one less */
    reads(WAY_TO_INFINITY "174497792", WEBHOOK_ERR_RANGE, 0);
    reads("-" WAY_TO_INFINITY "174497792", WEBHOOK_ERR_RANGE, 0);
    reads(WAY_TO_INFINITY "174497791.999", WEBHOOK_OK, UINT64_C(0x7fefffffffffffff));
    reads("1.7976931348623157e308", WEBHOOK_OK, UINT64_C(0x7fefffffffffffff));
    reads("1.7976931348623158e308", WEBHOOK_OK, UINT64_C(0x7fefffffffffffff));
    reads("1.7976931348623159e308", WEBHOOK_ERR_RANGE, 0);
    reads("-1.7976931348623159e308", WEBHOOK_ERR_RANGE, 0);
    reads("2.4703282292062327e-324", WEBHOOK_OK, 0);
    reads("-2.4703282292062327e-324", WEBHOOK_OK, SIGN_BIT);
    reads("2.4703282292062328e-324", WEBHOOK_OK, 1);
    reads("7.4109846876186981e-324", WEBHOOK_OK, 1);
    reads("7.4109846876186982e-324", WEBHOOK_OK, 2);
}

/* ---- the ends of the range, and what is no number ---- */

static void underflow_and_overflow(void) {
    reads("0", WEBHOOK_OK, 0);
    reads("-0", WEBHOOK_OK, SIGN_BIT);
    reads("0.000", WEBHOOK_OK, 0);
    reads("-0.0e-5", WEBHOOK_OK, SIGN_BIT);
    reads("0e999", WEBHOOK_OK, 0);
    reads("-0e99999999999999999999", WEBHOOK_OK, SIGN_BIT);
    reads("0.0e-99999999999999999999", WEBHOOK_OK, 0);
    reads("1e-324", WEBHOOK_OK, 0);
    reads("-1e-324", WEBHOOK_OK, SIGN_BIT);
    reads("5e-324", WEBHOOK_OK, 1);
    reads("1e-400", WEBHOOK_OK, 0);
    reads("123456789012345678901234567890e-400", WEBHOOK_OK, 0);
    reads("1e308", WEBHOOK_OK, bits_of(1e308));
    reads("1e309", WEBHOOK_ERR_RANGE, 0);
    reads("-1e309", WEBHOOK_ERR_RANGE, 0);
    reads("2e308", WEBHOOK_ERR_RANGE, 0);
    reads("0.1e310", WEBHOOK_ERR_RANGE, 0);
    reads("0.1e309", WEBHOOK_OK, bits_of(1e308));
    reads("10000000000e299", WEBHOOK_ERR_RANGE, 0);
}

/* Exponents that do not fit 16, 31, 32, 63, 64 bits must not come round to small ones. */
static void exponents_beyond_any_integer(void) {
    static const char *const row[] = { "32768",
                                       "65536",
                                       "65537",
                                       "2147483647",
                                       "2147483648",
                                       "4294967295",
                                       "4294967296",
                                       "4294967297",
                                       "9223372036854775807",
                                       "9223372036854775808",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "18446744073709551617",
                                       "340282366920938463463374607431768211456",
                                       "99999999999999999999999999999999999999999999" };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        char text[80];
        sprintf(text, "1e%s", row[i]);
        reads(text, WEBHOOK_ERR_RANGE, 0);
        sprintf(text, "-0.001E+%s", row[i]);
        reads(text, WEBHOOK_ERR_RANGE, 0);
        sprintf(text, "1e-%s", row[i]);
        reads(text, WEBHOOK_OK, 0);
        sprintf(text, "-1234.5e-%s", row[i]);
        reads(text, WEBHOOK_OK, SIGN_BIT);
        sprintf(text, "0e%s", row[i]);
        reads(text, WEBHOOK_OK, 0);
    }
}

static void zeros_without_end(void) {
    static char text[100200];
    size_t n = 100000;
    memset(text, '0', n + 2);
    text[1] = '.';
    strcpy(text + n + 2, "1e100000"); /* 10^-100001 * 10^100000 */
    reads(text, WEBHOOK_OK, bits_of(0.1));
    strcpy(text + n + 2, "1e100001");
    reads(text, WEBHOOK_OK, bits_of(1));
    strcpy(text + n + 2, "17976931348623159e100309");
    reads(text, WEBHOOK_ERR_RANGE, 0);
    strcpy(text + n + 2, "1");
    reads(text, WEBHOOK_OK, 0);
    strcpy(text + n + 2, "0e100400");
    reads(text, WEBHOOK_OK, 0);
    memset(text, '0', n + 2);
    text[0] = '7';
    strcpy(text + n, "e-100000");
    reads(text, WEBHOOK_OK, bits_of(0.7));
    strcpy(text + n, "");
    reads(text, WEBHOOK_ERR_RANGE, 0);
    strcpy(text + n, "e-200000");
    reads(text, WEBHOOK_OK, 0);
    memset(text, '3', n);
    text[1] = '.';
    strcpy(text + n, "e1");
    reads(text, WEBHOOK_OK, bits_of(strtod("33.333333333333333333", NULL)));
}

static void what_is_no_json_number(void) {
    static const char *const row[] = { "",      "-",    "+1",    "01",       "00",        "-01",
                                       "1.",    ".5",   "-.5",   "1e",       "1e+",       "1e-",
                                       "e5",    "1.e5", "1.5.5", "1e5.5",    "1e5e5",     "--1",
                                       "1-",    "0x10", "NaN",   "Infinity", "-Infinity", "inf",
                                       " 1",    "1 ",   "1\n",   "1,",       "1_0",       "1f",
                                       "0.",    "-0.",  "0e",    "\xd9\xa1", "1.5e 5",    "true",
                                       "\"1\"", "[1]" };
    size_t i;
    uint64_t bits = 99;
    for (i = 0; i < sizeof row / sizeof *row; i++) reads(row[i], WEBHOOK_ERR_SYNTAX, 0);
    CHECK_STATUS(webhook_binary64_read(WEBHOOK_STR("1\0"), &bits), WEBHOOK_ERR_SYNTAX);
    CHECK(bits == 0);
    CHECK_STATUS(webhook_binary64_read(webhook_str_from(NULL, 0), &bits), WEBHOOK_ERR_SYNTAX);
    CHECK_STATUS(webhook_binary64_read(WEBHOOK_STR("1"), NULL), WEBHOOK_ERR_ARGUMENT);
    /* a slice ends where it says, whatever stands behind it */
    CHECK_STATUS(webhook_binary64_read(webhook_str_from("1234", 2), &bits), WEBHOOK_OK);
    CHECK(bits == bits_of(12));
    CHECK_STATUS(webhook_binary64_read(webhook_str_from("1e5", 2), &bits), WEBHOOK_ERR_SYNTAX);
}

/* ---- writing ---- */

static void no_number_is_written_for_nan(void) {
    static const uint64_t row[] = { INFINITY_BITS,
                                    INFINITY_BITS | SIGN_BIT,
                                    INFINITY_BITS + 1,
                                    UINT64_C(0x7ff8000000000000),
                                    UINT64_C(0xfff8000000000000),
                                    UINT64_C(0x7fffffffffffffff),
                                    UINT64_C(0xffffffffffffffff) };
    size_t i;
    for (i = 0; i < sizeof row / sizeof *row; i++) {
        char block[32];
        webhook_buf b = webhook_buf_from(block, sizeof block);
        webhook_binary64_write(&b, row[i]);
        CHECK_STATUS(webhook_buf_end(&b), WEBHOOK_ERR_RANGE);
        CHECK(webhook_buf_str(&b).ptr == NULL && b.len == 0);
    }
}

static void numbers_at_every_capacity(void) {
    static const char *const row[] = { "0",
                                       "-1",
                                       "0.1",
                                       "-0.000001234",
                                       "5e-324",
                                       "-1.7976931348623157e+308",
                                       "100000000000000000000",
                                       "1e+21" };
    size_t i, cap;
    for (i = 0; i < sizeof row / sizeof *row; i++)
        for (cap = 0; cap <= strlen(row[i]) + 1; cap++) {
            size_t len = strlen(row[i]);
            char block[40];
            webhook_buf b = webhook_buf_from(block, cap);
            memset(block, 0x5a, sizeof block);
            webhook_binary64_write(&b, bits_of(strtod(row[i], NULL)));
            CHECK_STATUS(webhook_buf_end(&b), cap < len ? WEBHOOK_ERR_SPACE : WEBHOOK_OK);
            CHECK_SIZE((size_t)b.total, len);
            CHECK_STR(webhook_buf_str(&b), cap < len ? "" : row[i]);
            CHECK(block[cap] == 0x5a);
        }
}

#if DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024
static void doubles_are_their_bits(void) {
    size_t i;
    CHECK(webhook_double_bits(1.0) == UINT64_C(0x3ff0000000000000));
    CHECK(webhook_double_bits(-2.5) == UINT64_C(0xc004000000000000));
    CHECK(webhook_double_bits(0.0) == 0 && webhook_double_bits(-0.0) == SIGN_BIT);
    CHECK(webhook_double_bits(DBL_MAX) == UINT64_C(0x7fefffffffffffff));
    CHECK(webhook_double_from_bits(1) > 0 && webhook_double_from_bits(1) < DBL_MIN);
    CHECK(webhook_double_from_bits(UINT64_C(0x4058c00000000000)) == 99.0);
    for (i = 0; i < 20000; i += test_stride()) {
        uint64_t bits = test_random();
        if ((bits & INFINITY_BITS) == INFINITY_BITS) continue; /* the x87 changes some NaN */
        CHECK(webhook_double_bits(double_of(bits)) == bits);
        CHECK(bits_of(webhook_double_from_bits(bits)) == bits);
    }
}

static void a_double_is_put(double v, webhook_status wanted, const char *text) {
    char block[40];
    webhook_buf b = webhook_buf_from(block, sizeof block);
    webhook_json_writer w;
    webhook_json_writer_init(&w, &b);
    webhook_json_put_array(&w);
    webhook_json_put_double(&w, v);
    webhook_json_put_end(&w);
    CHECK_STATUS(webhook_json_writer_end(&w), wanted);
    CHECK_STR(webhook_buf_str(&b), text);
}

static void doubles_are_put(void) {
    a_double_is_put(1.5, WEBHOOK_OK, "[1.5]");
    a_double_is_put(-0.0, WEBHOOK_OK, "[0]");
    a_double_is_put(double_of(UINT64_C(0x4058ff5c28f5c28f)), WEBHOOK_OK, "[99.99]");
    a_double_is_put(DBL_MAX, WEBHOOK_OK, "[1.7976931348623157e+308]");
    a_double_is_put(double_of(INFINITY_BITS), WEBHOOK_ERR_RANGE, "");
    a_double_is_put(double_of(INFINITY_BITS | 1), WEBHOOK_ERR_RANGE, "");
}
#endif

void suite_number(void) {
    RUN(ten_thousand_rows);
    RUN(the_samples_of_rfc_8785);
    RUN(the_layout_changes_where_ecmascript_says);
    RUN(random_bits);
    RUN(powers_of_two);
    RUN(powers_of_ten);
    RUN(everyday_numbers);
    RUN(random_decimals);
    RUN(hard_decimals);
    RUN(the_middle_of_two_doubles);
    RUN(known_middles);
    RUN(underflow_and_overflow);
    RUN(exponents_beyond_any_integer);
    RUN(zeros_without_end);
    RUN(what_is_no_json_number);
    RUN(no_number_is_written_for_nan);
    RUN(numbers_at_every_capacity);
#if DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024
    RUN(doubles_are_their_bits);
    RUN(doubles_are_put);
#endif
}
