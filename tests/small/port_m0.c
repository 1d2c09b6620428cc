/* port_m0.c -- the UART of an nRF51822, without interrupts */
#include <stdint.h>
#include "port.h"

extern uint32_t m0_bss_end[];
size_t port_left;

/* a register of the UART, by the offset in the nRF51 Series Reference Manual */
static volatile uint32_t *reg(unsigned offset) {
    return (volatile uint32_t *)(uintptr_t)(UINT32_C(0x40002000) + offset);
}
enum {
    STARTRX = 0x000,
    STARTTX = 0x008,
    RXDRDY = 0x108,
    TXDRDY = 0x11c,
    ENABLE = 0x500,
    RXD = 0x518,
    TXD = 0x51c
};

void port_init(void) {
    *reg(ENABLE) = 4;
    *reg(STARTRX) = 1;
    *reg(STARTTX) = 1;
}

void port_rom(void *to, const void *rom, size_t len) {
    unsigned char *t = (unsigned char *)to;
    const unsigned char *f = (const unsigned char *)rom;
    while (len-- > 0) *t++ = *f++;
}

int port_byte(void) {
    while (*reg(RXDRDY) == 0) {
    }
    *reg(RXDRDY) = 0;
    return (int)(*reg(RXD) & 0xff);
}

void port_char(char c) {
    *reg(TXDRDY) = 0;
    *reg(TXD) = (unsigned char)c;
    while (*reg(TXDRDY) == 0) {
    }
}

size_t port_stack(void (*fn)(void)) {
    uintptr_t sp;
    volatile unsigned char *p, *low = (volatile unsigned char *)m0_bss_end;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    for (p = low; (uintptr_t)p < sp; p++) *p = 0xa5;
    fn();
    for (p = low; *p == 0xa5;) p++;
    port_left = (size_t)(p - low);
    return (size_t)(sp - (uintptr_t)p);
}

void port_exit(int status) { /* main returns it, and m0_start.c hands it on */
    (void)status;
}
