/* port.h -- what the programs need of a machine: constants in flash, a UART, its stack */
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

/* port_byte, port_char -- the next byte that comes in, waiting for it (SMALL_OFF, see receive.h,
 * where none can come any more); one that goes out */
int port_byte(void);
void port_char(char c);

/* port_stack -- the bytes of stack that fn and all that it calls have touched; port_left: the bytes
 * of RAM between that and what is static, 0 where the machine has plenty */
size_t port_stack(void (*fn)(void));
extern size_t port_left;

/* port_exit -- the end, 0 where all is well; a machine without a status says so by its last line */
void port_exit(int status);
#endif
