/* port_mem.c -- the four functions that a bare-metal program supplies (see PORTING in webhook.h) */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* volatile: otherwise the compiler sees what these loops do and calls the function itself. */
void *memcpy(void *to, const void *from, size_t n) {
    volatile unsigned char *t = (volatile unsigned char *)to;
    const unsigned char *f = (const unsigned char *)from;
    size_t i;
    for (i = 0; i < n; i++) t[i] = f[i];
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    volatile unsigned char *t = (volatile unsigned char *)to;
    const unsigned char *f = (const unsigned char *)from;
    if ((uintptr_t)to <= (uintptr_t)from) return memcpy(to, from, n);
    for (; n > 0; n--) t[n - 1] = f[n - 1];
    return to;
}

void *memset(void *to, int c, size_t n) {
    volatile unsigned char *t = (volatile unsigned char *)to;
    size_t i;
    for (i = 0; i < n; i++) t[i] = (unsigned char)c;
    return to;
}

int memcmp(const void *a, const void *b, size_t n) {
    const volatile unsigned char *x = (const volatile unsigned char *)a;
    const volatile unsigned char *y = (const volatile unsigned char *)b;
    size_t i;
    for (i = 0; i < n; i++) {
        unsigned char left = x[i], right = y[i];
        if (left != right) return left < right ? -1 : 1;
    }
    return 0;
}
