/* print.c -- one line on the port's UART */
#include "print.h"
#include "port.h"

void print(const char *rom, unsigned number) {
    char c, digits[10];
    unsigned n = 0;
    for (port_rom(&c, rom, 1); c != 0; port_rom(&c, ++rom, 1)) {
        if (c != '%') {
            port_char(c);
            continue;
        }
        do digits[n++] = (char)('0' + number % 10);
        while ((number /= 10) > 0);
        while (n > 0) port_char(digits[--n]);
    }
}
