/* port_m0.c -- Cortex-M0 in an emulator: prints through semihosting */
#include <stdint.h>
#include "port.h"

extern uint32_t m0_bss_end[];

void port_init(void) {
}

void port_rom(void *to, const void *rom, size_t len) {
    unsigned char *t = (unsigned char *)to;
    const unsigned char *f = (const unsigned char *)rom;
    while (len-- > 0) *t++ = *f++;
}

/* Semihosting call 3 prints the character that r1 points to. */
void port_char(char c) {
    register uint32_t r0 __asm__("r0") = 3;
    register const char *r1 __asm__("r1") = &c;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

size_t port_stack(void (*fn)(void)) {
    uintptr_t sp;
    volatile unsigned char *p, *low = (volatile unsigned char *)m0_bss_end;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    for (p = low; (uintptr_t)p < sp; p++) *p = 0xa5;
    fn();
    for (p = low; *p == 0xa5;) p++;
    return (size_t)(sp - (uintptr_t)p);
}

void port_exit(int status) { /* main returns it, and m0_start.c hands it on */
    (void)status;
}
