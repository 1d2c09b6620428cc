/* make fuzz T=signature SECONDS=60
 *
 * Input: bytes that choose scheme, tolerance, keys, cuts, scratch and what is done to a genuine signature; then lines
 * for timestamp, id and signature, and the body. Verifying in one call and as the bytes arrive agree, whatever the
 * cuts, the order of the fields and the room; the answer is what comparing texts and times by hand says.
 */
#include "delivery.h"

/* As the bytes arrive, with as many words of scratch, perhaps with one field (1 signature, 2 timestamp, 3 id)
 * twice, or with one (4) that is named as part of the request line is */
static webhook_status stream(const fuzz_delivery *d, unsigned twice, int plain, size_t words) {
    webhook_verify_ctx c;
    webhook_replay_key replay;
    uint32_t *scratch = words == 0 ? NULL : (uint32_t *)fuzz_memory(words * sizeof *scratch);
    webhook_str rest = d->m.body;
    webhook_status head, status;
    unsigned i;
    if (plain)
        webhook_verify_init(&c);
    else
        webhook_verify_init_scheme(&c, fuzz_scheme(d), scratch, words);
    if (twice == 4) webhook_verify_field(&c, WEBHOOK_STR(":target"), d->m.id);
    for (i = 0; i < 5; i++) {
        unsigned which = (i + d->order) % 5;
        if (which == 0 && d->kind != 1)
            webhook_verify_field(&c, d->scheme.timestamp_field, d->m.timestamp);
        if (which == 1) webhook_verify_field(&c, d->scheme.signature_field, d->signature);
        if (which == 2 && d->kind == 2)
            webhook_verify_field(&c, WEBHOOK_STR("WEBHOOK-id"), d->m.id);
        if (which == 3) webhook_verify_line(&c, d->m.method, d->m.target);
        if (which == 4) webhook_verify_field(&c, WEBHOOK_STR("nonce"), d->m.id);
    }
    if (twice == 1) webhook_verify_field(&c, d->scheme.signature_field, d->signature);
    if (twice == 2 && d->kind != 1)
        webhook_verify_field(&c, d->scheme.timestamp_field, d->m.timestamp);
    if (twice == 3 && d->kind == 2) webhook_verify_field(&c, d->scheme.id_field, d->m.id);
    head = webhook_verify_head(&c, d->keys, d->n_keys, d->now);
    while (rest.len > 0) {
        size_t n = d->piece % 64 + 1 < rest.len ? d->piece % 64 + 1 : rest.len;
        webhook_verify_body(&c, webhook_str_from(rest.ptr, n));
        rest = webhook_str_from(rest.ptr + n, rest.len - n);
    }
    status = webhook_verify_final(&c);
    replay = webhook_verify_replay_key(&c);
    require(head == WEBHOOK_MORE || head == status);
    if (head == WEBHOOK_MORE) require(status == WEBHOOK_OK || status == WEBHOOK_ERR_SIGNATURE);
    if (status == WEBHOOK_OK) require(replay.expires_s > d->now || d->kind == 1);
    if (status != WEBHOOK_OK) require(replay.expires_s == 0 && replay.byte[0] == 0);
    for (i = 0; i < words; i++) require(scratch[i] == 0); /* wiped */
    free(scratch);
    return status;
}

static void compare(const fuzz_delivery *d, int genuine, unsigned scratch) {
    webhook_status some,
        one = webhook_verify(fuzz_scheme(d), d->keys, d->n_keys, &d->m, d->signature, d->now);
    size_t kept = d->kind == 2 ? 10 + d->m.id.len + 4 : 0;
    if (d->kind ==
        3) /* the request line, the nonce, and the timestamp, as it is signed behind the body */
        kept = 7 + 4 + 4 + 7 + 5 + 4 + 5 + d->m.id.len + 4 + d->scheme.timestamp_field.len +
               d->m.timestamp.len + 4;
    require(one == WEBHOOK_OK || one == WEBHOOK_ERR_SIGNATURE || one == WEBHOOK_ERR_STALE);
    if (one == WEBHOOK_OK) require(fuzz_authentic(d) && fuzz_fresh(d));
    if (one == WEBHOOK_ERR_STALE) require(!fuzz_fresh(d));
    if (genuine) require(one == (fuzz_fresh(d) ? WEBHOOK_OK : WEBHOOK_ERR_STALE));
    require(stream(d, 0, 0, WEBHOOK_VERIFY_SCRATCH(d->n_keys, 8, kept)) == one);
    if (d->kind < 2) require(stream(d, 0, 0, WEBHOOK_VERIFY_SCRATCH(d->n_keys, 1, 0)) == one);
    if (fuzz_scheme(d) == NULL && d->n_keys == 1) require(stream(d, 0, 1, 0) == one);
    if (d->order >= 0x80) { /* one of the fields comes twice, with the same value */
        unsigned twice = d->kind == 1 ? 1 : d->kind == 2 ? d->order % 3 + 1 : d->order % 2 + 1;
        require(stream(d, twice, 0, 4096) == WEBHOOK_ERR_SIGNATURE);
        if (fuzz_scheme(d) == NULL) require(stream(d, twice, 1, 0) != WEBHOOK_OK);
    }
    some = stream(d, 4, 0, 4096);
    require(some == one || some == WEBHOOK_ERR_SIGNATURE);
    some = stream(d, 0, 0, scratch);
    require(some == one || some == WEBHOOK_ERR_SCRATCH || some == WEBHOOK_ERR_SIGNATURE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char secrets[] = "key-1key-2key-3";
    static const uint32_t tolerance[4] = { 0, 1, 1000, WEBHOOK_TOLERANCE_NONE };
    webhook_str in = webhook_str_from((const char *)data, size);
    unsigned scratch, how, damage, i;
    fuzz_delivery d = WEBHOOK_ZERO;
    char *memory[5], text[160];
    webhook_buf fields;
    d.kind = fuzz_byte(&in) % 4;
    d.scheme = fuzz_scheme_of(d.kind);
    how = fuzz_byte(&in);
    d.scheme.tolerance_past_s = d.scheme.tolerance_future_s = tolerance[how % 4];
    d.n_keys = how / 4 % 3 + 1;
    d.order = fuzz_byte(&in);
    d.piece = fuzz_byte(&in);
    scratch = fuzz_byte(&in);
    damage = fuzz_byte(&in);
    d.now = 1736937000 + (int64_t)fuzz_byte(&in) * 4 - 512;
    for (i = 0; i < d.n_keys; i++)
        require(webhook_hmac_key_init(&d.keys[i], webhook_str_from(&secrets[5 * i], 5)) ==
                WEBHOOK_OK);
    d.m.method = WEBHOOK_STR("POST");
    d.m.target = WEBHOOK_STR("/hook");
    d.m.timestamp = fuzz_trimmed(fuzz_line(&in, &memory[0]));
    d.m.id = fuzz_trimmed(fuzz_line(&in, &memory[1]));
    d.signature = fuzz_trimmed(fuzz_line(&in, &memory[2]));
    d.m.body = webhook_str_from(memory[3] = fuzz_copy(in), in.len);
    fields = webhook_buf_from(memory[4] = (char *)fuzz_memory(d.m.id.len + 9), d.m.id.len + 9);
    webhook_buf_put(&fields, WEBHOOK_STR("NONCE: "));
    webhook_buf_put(&fields, d.m.id);
    webhook_buf_put(&fields, WEBHOOK_STR("\r\n"));
    if (d.kind == 3) d.m.fields = webhook_buf_str(&fields);
    compare(&d, how & 0x40 ? fuzz_sign(&d, text, sizeof text, d.order, damage) : 0, scratch);
    for (i = 0; i < 5; i++) free(memory[i]);
    return 0;
}
