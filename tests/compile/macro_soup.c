/* macro_soup.c -- the header among the short macros of other people's headers; C and C++
 *
 * The names are those of windows.h, X11, Arduino, termios, complex.h and curses.h that take words
 * which a header might use for a parameter or a field. System headers come first, since what they
 * say is not ours to test.
 */
#include <float.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define small char
#define near
#define far
#define huge
#define interface struct
#define ERROR 0
#define NO_ERROR 0
#define IN
#define OUT
#define OPTIONAL
#define DELETE 0x00010000L
#define STRICT 1
#define TRUE 1
#define FALSE 0
#define BOOL int
#define VOID void
#define CHAR char
#define CONST const
#define Status int
#define Bool int
#define None 0L
#define Success 0
#define major(x) (x)
#define minor(x) (x)
#define unix 1
#define linux 1
#define I 1
#define B0 0
#define B1 1
#define F(x) (x)
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) (x)
#define bit(b) (1UL << (b))
#define lowByte(w) ((w)&0xff)
#define highByte(w) ((w) >> 8)
#define byte(n) (n)
#define word(n) (n)
#define CLAMP(x) (x)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define ROUND(x) (x)
#define ROR(x, n) (x)
#define LOAD(p) (p)
#define STATIC_ASSERT(x) x
#define ARRAY_SIZE(a) 0
#define DEBUG 1
#define EMPTY
#define erase() 0
#define move(a, b) 0
#define clear() 0
#define refresh() 0

#define WEBHOOK_IMPLEMENTATION
#include "../../webhook.h"
