/* port_avr.c -- ATmega328P: USART0; there is no status, the last line is the answer */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stdint.h>
#include "port.h"

extern unsigned char _end; /* the linker's name for the end of what is static */
size_t port_left;

void port_init(void) {
    UBRR0 = 8; /* 115200 at 16 MHz */
    UCSR0B = _BV(RXEN0) | _BV(TXEN0);
}

void port_rom(void *to, const void *rom, size_t len) {
    memcpy_P(to, rom, len);
}

int port_byte(void) {
    while ((UCSR0A & _BV(RXC0)) == 0) {
    }
    return UDR0;
}

void port_char(char c) {
    while ((UCSR0A & _BV(UDRE0)) == 0) {
    }
    UDR0 = (uint8_t)c;
}

size_t port_stack(void (*fn)(void)) {
    uintptr_t sp = SP;
    volatile unsigned char *p, *low = &_end;
    for (p = low; (uintptr_t)p < sp; p++) *p = 0xa5;
    fn();
    for (p = low; *p == 0xa5;) p++;
    port_left = (size_t)(p - low);
    return (size_t)(sp - (uintptr_t)p);
}

void port_exit(int status) {
    (void)status;
    cli();
    sleep_enable();
    for (;;) sleep_cpu();
}
