/* verify.c -- what a device runs for each delivery; nothing but this path is in the size programs */
#include "small.h"

webhook_status small_verify(const small_delivery *d) {
    webhook_verify_ctx c;
    webhook_hmac_key key;
    webhook_status s = webhook_key_init(&key, NULL, d->secret);
    if (s != WEBHOOK_OK) return s;
    webhook_verify_init(&c);
    webhook_verify_field(&c, d->timestamp_name, d->timestamp);
    webhook_verify_field(&c, d->signature_name, d->signature);
    s = webhook_verify_head(&c, &key, 1, d->now_s);
    if (s != WEBHOOK_MORE) return s;
    webhook_verify_body(&c, webhook_str_from(d->body.ptr, d->cut));
    webhook_verify_body(&c, webhook_str_from(d->body.ptr + d->cut, d->body.len - d->cut));
    return webhook_verify_final(&c);
}
