/* main.c -- runs all suites: main [-s STRIDE] [-v VECTORS-DIRECTORY]; the last line counts */
#if defined(__unix__) || defined(__APPLE__)
#define _DEFAULT_SOURCE
#define HAVE_MMAP
#include <sys/mman.h>
#include <unistd.h>
#endif
#include "test.h"

static unsigned stride = 1, passed, failed, faults;
static const char *vectors = "tests/vectors";

void test_run(const char *name, void (*fn)(void)) {
    faults = 0;
    fn();
    if (faults > 0) printf("FAILED %s: %u checks\n", name, faults);
    if (faults > 0)
        failed++;
    else
        passed++;
}

int test_check(int ok, const char *file, int line, const char *what) {
    if (!ok && faults++ < 10) printf("%s:%d: %s\n", file, line, what);
    return ok;
}

int test_check_status(webhook_status got, webhook_status wanted, const char *file, int line,
                      const char *what) {
    if (got == wanted) return 1;
    if (faults++ < 10)
        printf("%s:%d: %s is %d (%s), wanted %d (%s)\n", file, line, what, (int)got,
               webhook_status_str(got), (int)wanted, webhook_status_str(wanted));
    return 0;
}

int test_check_str(webhook_str got, const char *wanted, const char *file, int line,
                   const char *what) {
    if (webhook_str_eq(got, webhook_str_from_cstr(wanted))) return 1;
    if (faults++ < 10)
        printf("%s:%d: %s is \"%.*s\", wanted \"%s\"\n", file, line, what, (int)got.len,
               got.ptr == NULL ? "" : got.ptr, wanted);
    return 0;
}

int test_check_size(size_t got, size_t wanted, const char *file, int line, const char *what) {
    if (got == wanted) return 1;
    if (faults++ < 10)
        printf("%s:%d: %s is %lu, wanted %lu\n", file, line, what, (unsigned long)got,
               (unsigned long)wanted);
    return 0;
}

unsigned test_stride(void) {
    return stride;
}

char *test_exact(webhook_str s) {
    char *p = (char *)malloc(s.len == 0 ? 1 : s.len);
    if (p == NULL) abort();
    if (s.len > 0) memcpy(p, s.ptr, s.len);
    return p;
}

webhook_str test_guarded(webhook_str s) {
#ifdef HAVE_MMAP
    static char *pages;
    static size_t size;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), want = (s.len / page + 1) * page;
    char *at;
    if (want > size) {
        if (pages != NULL) munmap(pages, size + page);
        size = want;
        pages = (char *)mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                             -1, 0);
        if (pages == (char *)MAP_FAILED || mprotect(pages + size, page, PROT_NONE) != 0) abort();
    }
    at = pages + size - s.len;
    if (s.len > 0) memcpy(at, s.ptr, s.len);
    return webhook_str_from(at, s.len);
#else
    static char *last;
    free(last);
    last = test_exact(s);
    return webhook_str_from(last, s.len);
#endif
}

webhook_status test_sink_take(void *user, webhook_str s) {
    test_sink *k = (test_sink *)user;
    if (++k->calls == k->fail_at) return WEBHOOK_ERR_IO;
    if (!CHECK(s.len > 0 && s.len <= sizeof k->text - k->len)) return WEBHOOK_ERR_SPACE;
    memcpy(k->text + k->len, s.ptr, s.len);
    k->len += s.len;
    return WEBHOOK_OK;
}

uint64_t test_random(void) { /* xorshift64* */
    static uint64_t x = UINT64_C(88172645463325252);
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    return x * UINT64_C(2685821657736338717);
}

size_t test_rows(const char *file, char sep, test_row_fn row) {
    static char line[600000];
    char path[512], *field[16];
    size_t rows = 0, n;
    FILE *f;
    snprintf(path, sizeof path, "%s/%s", vectors, file);
    f = fopen(path, "r");
    if (f == NULL) {
        test_check(0, path, 0, "cannot be opened");
        return 0;
    }
    while (fgets(line, (int)sizeof line, f) != NULL) {
        char *p = line;
        line[strcspn(line, "\r\n")] = 0;
        if (line[0] == '#' || line[0] == 0) continue;
        for (n = 0; n < 16 && p != NULL; n++) {
            field[n] = p;
            p = strchr(p, sep);
            if (p != NULL) *p++ = 0;
        }
        row(field, n);
        rows++;
    }
    fclose(f);
    return rows;
}

const char *test_next(const char **list) {
    static char text[100];
    size_t n;
    if (*list == NULL) return NULL;
    n = strcspn(*list, "|");
    CHECK(n < sizeof text);
    memcpy(text, *list, n);
    text[n] = 0;
    *list = (*list)[n] == 0 ? NULL : *list + n + 1;
    return text;
}

webhook_str test_unhex(char *field) {
    size_t i, n = strlen(field) / 2;
    if (strcmp(field, "-") == 0) return webhook_str_from(field, 0);
    for (i = 0; i < n; i++) {
        char digits[3];
        digits[0] = field[2 * i];
        digits[1] = field[2 * i + 1];
        digits[2] = 0;
        field[i] = (char)strtoul(digits, NULL, 16);
    }
    return webhook_str_from(field, n);
}

static int usage(const char *program) {
    printf(
        "usage: %s [-s STRIDE] [-v VECTORS-DIRECTORY]\n\n"
        "Runs all suites from the root of the project. The last line counts; exit status 1: some\n"
        "test failed.\n\n"
        "  -s STRIDE\n"
        "      of the exhaustive sweeps one case in STRIDE alone; 1, which is all, unless given\n"
        "  -v VECTORS-DIRECTORY\n"
        "      where the published vectors are; tests/vectors unless given\n",
        program);
    return 0;
}

int main(int argc, char **argv) {
    int i;
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return usage(argv[0]);
    for (i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-s") == 0) stride = (unsigned)strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "-v") == 0) vectors = argv[i + 1];
    }
    if (stride == 0) stride = 1;
    suite_bytes();
    suite_sha256();
    suite_hmac();
    suite_text();
    suite_event();
    suite_json();
    suite_number();
    suite_normal();
    suite_signature();
    suite_replay();
    suite_payload();
    suite_url();
    suite_http();
    suite_exchange();
    suite_receive();
    suite_store();
    suite_registry();
    suite_delivery();
    suite_engine();
    suite_posix();
    suite_transport();
    suite_attacks();
    suite_contracts();
    suite_regression();
    suite_contracts_wire();
    suite_contracts_engine();
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
