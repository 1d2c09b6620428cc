/* small.h -- the verifying path on small machines: one delivery as it comes over the wire */
#ifndef SMALL_H
#define SMALL_H
#include "../../webhook.h"

typedef struct small_delivery {
    webhook_str secret;
    webhook_str timestamp_name, timestamp, signature_name, signature;
    webhook_str body;
    size_t cut; /* the body comes in two pieces, the first of so many bytes */
    int64_t now_s;
} small_delivery;

/* small_verify -- prepare the key, then verify as the bytes arrive; all state on the stack */
webhook_status small_verify(const small_delivery *d);
#endif
