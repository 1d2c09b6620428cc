/* size.c -- linked, weighed and never run: key preparation and verify alone; with EMPTY without them */
#include "small.h"

/* Both programs read it, so that it counts in neither; volatile, so that nothing is known of it. */
extern const small_delivery *volatile small_wire;
const small_delivery *volatile small_wire;

int main(void) {
    const small_delivery *d = small_wire;
#ifdef EMPTY
    return d != NULL;
#else
    return small_verify(d) != WEBHOOK_OK;
#endif
}
