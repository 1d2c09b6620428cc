/* size_emit.c -- linked, weighed and never run: the emitting path alone; with EMPTY without it */
#include "emit.h"

/* Both programs use them, so that they count in neither; volatile, so that nothing is known of them. */
extern volatile unsigned char small_radio;
extern const webhook_settings *volatile small_settings;
volatile unsigned char small_radio;
const webhook_settings *volatile small_settings;

int radio_dial(const webhook_url *to) {
    small_radio = (unsigned char)to->port;
    return small_radio;
}

webhook_status radio_send(void *user, const void *ptr, size_t len, size_t *n) {
    (void)user, (void)len;
    small_radio = *(const unsigned char *)ptr;
    *n = 1;
    return WEBHOOK_OK;
}

webhook_status radio_recv(void *user, void *ptr, size_t cap, size_t *n) {
    (void)user, (void)cap;
    *(unsigned char *)ptr = small_radio;
    *n = 1;
    return WEBHOOK_OK;
}

void radio_hang_up(void) {
    small_radio = 0;
}

#ifdef EMPTY
int main(void) {
    webhook_url u = WEBHOOK_ZERO;
    unsigned char byte = 0;
    size_t n;
    for (;;) {
        if (!radio_dial(&u) || radio_send(NULL, &byte, 1, &n) != WEBHOOK_OK) return 1;
        if (radio_recv(NULL, &byte, 1, &n) != WEBHOOK_OK || small_settings == NULL) return 1;
        radio_hang_up();
    }
}
#else
static small_emitter device;

int main(void) {
    webhook_emitted out;
    uint64_t tick = 0;
    if (small_start(&device, small_settings, small_radio, small_radio, NULL) != WEBHOOK_OK)
        return 1;
    for (;;) {
        webhook_str text = small_settings->id;
        if (small_emit(&device, text, text, small_radio, small_radio, &out) != WEBHOOK_OK) return 1;
        tick = small_go_on(&device, tick, small_radio);
    }
}
#endif
