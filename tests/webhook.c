/* webhook.c -- the implementation, compiled once and linked by everything; with its section >>posix
 * wherever it is compiled for a POSIX system */
#if defined(__STDC_HOSTED__) && __STDC_HOSTED__ && (defined(__unix__) || defined(__APPLE__))
#if !defined(__cplusplus) && !defined(_POSIX_C_SOURCE) /* C++ compilers set more than that */
#define _POSIX_C_SOURCE 200809L                        /* NOLINT: the name is POSIX's */
#endif
#ifndef WEBHOOK_POSIX
#define WEBHOOK_POSIX
#endif
#endif
#define WEBHOOK_IMPLEMENTATION
#include "../webhook.h"
