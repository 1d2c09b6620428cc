/* port_host.c -- a program under Linux, here of another processor: a painted stack of its own for port_stack */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include "port.h"
#include "receive.h"

size_t port_left;
static ucontext_t back, there;

void port_init(void) {
}

void port_rom(void *to, const void *rom, size_t len) {
    memcpy(to, rom, len);
}

int port_byte(void) {
    int c;
    fflush(stdout);
    c = getchar();
    return c == EOF ? SMALL_OFF : c;
}

void port_char(char c) {
    putchar(c);
}

size_t port_stack(void (*fn)(void)) {
    static unsigned char stack[65536];
    unsigned char *top;
    size_t i = 0;
    memset(stack, 0xa5, sizeof stack);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof stack;
    there.uc_link = &back;
    makecontext(&there, fn, 0);
    swapcontext(&back, &there);
    while (i < sizeof stack && stack[i] == 0xa5) i++;
    top = stack + sizeof stack;
    return (size_t)(top - (stack + i));
}

void port_exit(int status) {
    exit(status);
}
