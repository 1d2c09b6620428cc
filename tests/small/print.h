/* print.h -- one line on the port's UART */
#ifndef PRINT_H
#define PRINT_H

/* print -- a text in ROM, with number where it has a % */
void print(const char *rom, unsigned number);
#endif
