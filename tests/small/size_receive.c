/* size_receive.c -- linked, weighed and never run: the receiving path alone; with EMPTY without it */
#include "port.h"
#include "receive.h"

/* Both programs use it, so that it counts in neither; volatile, so that nothing is known of it. */
extern volatile unsigned char small_uart;
volatile unsigned char small_uart;

int port_byte(void) {
    return small_uart;
}

void port_char(char c) {
    small_uart = (unsigned char)c;
}

#ifdef EMPTY
int main(void) {
    for (;;) port_char((char)port_byte());
}
#else
static small_device device;
static webhook_str ids[SMALL_KEYS], secrets[SMALL_KEYS];

int main(void) {
    int c;
    if (small_setup(&device, ids, secrets) != WEBHOOK_OK) return 1;
    if (small_open(&device, small_uart) != WEBHOOK_OK) return 1;
    while ((c = port_byte()) != SMALL_HANG_UP)
        if (!small_byte(&device, (char)c)) return 1;
    small_end(&device);
    return 0;
}
#endif
