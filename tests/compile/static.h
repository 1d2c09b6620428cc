/* static.h -- what static_a.c tells static_b.c */
#ifndef STATIC_H
#define STATIC_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
typedef uint32_t (*static_version_fn)(void);
static_version_fn static_a_version(void); /* the address of its own webhook_version */
int static_a_mac(unsigned char mac[32]);
#ifdef __cplusplus
}
#endif
#endif
