/* port.h -- what the vectors need of a machine: constants in flash, a line to print on, its stack */
#ifndef PORT_H
#define PORT_H
#include <stddef.h>

/* ROM -- a constant that must not take RAM; read through port_rom alone */
#ifdef __AVR__
#include <avr/pgmspace.h>
#define ROM PROGMEM
#else
#define ROM
#endif

void port_init(void);
void port_rom(void *to, const void *rom, size_t len);
void port_char(char c);

/* port_stack -- the bytes of stack that fn and all that it calls have touched */
size_t port_stack(void (*fn)(void));

/* port_exit -- the end, 0 where all is well; a machine without a status says so by its last line */
void port_exit(int status);
#endif
