/* test.h -- the harness: named tests that count, checks that say where they failed, exact-size memory */
#ifndef TEST_H
#define TEST_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../webhook.h"

/* RUN(fn) -- one test: passes unless a check in it fails */
#define RUN(fn) test_run(#fn, fn)
void test_run(const char *name, void (*fn)(void));

/* CHECK(condition), CHECK_STATUS(got, wanted), CHECK_STR(got slice, "wanted") -- go on after a failure */
#define CHECK(condition) test_check((condition) != 0, __FILE__, __LINE__, #condition)
#define CHECK_STATUS(got, wanted) test_check_status(got, wanted, __FILE__, __LINE__, #got)
#define CHECK_STR(got, wanted) test_check_str(got, wanted, __FILE__, __LINE__, #got)
#define CHECK_SIZE(got, wanted) test_check_size(got, wanted, __FILE__, __LINE__, #got)
int test_check(int ok, const char *file, int line, const char *what);
int test_check_status(webhook_status got, webhook_status wanted, const char *file, int line,
                      const char *what);
int test_check_str(webhook_str got, const char *wanted, const char *file, int line,
                   const char *what);
int test_check_size(size_t got, size_t wanted, const char *file, int line, const char *what);

/* test_stride -- the exhaustive tests look at every stride-th case: 1, more in a short run (the -s option) */
unsigned test_stride(void);

/* test_exact -- a copy of s in a heap block of exactly its size (sanitizers see one byte too far); free it */
char *test_exact(webhook_str s);

/* test_guarded -- a copy of s that ends where memory may not be read; valid until the next call */
webhook_str test_guarded(webhook_str s);

/* test_sink -- takes what a webhook_buf passes on; its fail_at-th call, counted from 1, fails with
 * WEBHOOK_ERR_IO (0: none does) */
typedef struct test_sink {
    char text[4096];
    size_t len, calls, fail_at;
} test_sink;
webhook_status test_sink_take(void *user, webhook_str s);

/* test_random -- the next of a fixed series of pseudo-random numbers */
uint64_t test_random(void);

/* test_rows -- calls row for each line of a table in tests/vectors; fields are split at sep; returns the rows */
typedef void (*test_row_fn)(char **field, size_t n);
size_t test_rows(const char *file, char sep, test_row_fn row);

/* test_next -- the next of a list of texts between bars, NULL when there is none; until the next call */
const char *test_next(const char **list);

/* test_unhex -- decodes a column of hex in place ("-" is empty) */
webhook_str test_unhex(char *field);

/* the suites, one for each section; tests/main.c calls them */
void suite_bytes(void);
void suite_sha256(void);
void suite_hmac(void);
void suite_text(void);
void suite_event(void);
void suite_signature(void);
void suite_replay(void);
void suite_json(void);
void suite_number(void);
void suite_normal(void);
void suite_payload(void);
void suite_receive(void);
void suite_store(void);
void suite_registry(void);
void suite_delivery(void);
void suite_engine(void);
void suite_contracts_engine(void);
void suite_posix(void);
void suite_transport(void);
void suite_url(void);
void suite_http(void);
void suite_exchange(void);
void suite_contracts_wire(void);
void suite_regression(void);
void suite_attacks(void);
void suite_contracts(void);
#endif
