/* schemes.h -- the schemes that the examples have ready-made, and bytes as a slice */
#ifndef TEST_SCHEMES_H
#define TEST_SCHEMES_H
#include "../examples/schemes.h"

static inline webhook_str test_bytes_of(const void *p, size_t len) {
    return webhook_str_from((const char *)p, len);
}
#endif
