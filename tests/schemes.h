/* schemes.h -- two schemes of other senders as data: GitHub's and that of Standard Webhooks
 *
 * The functions are inline so that a file may use one of them and leave the other.
 */
#ifndef TEST_SCHEMES_H
#define TEST_SCHEMES_H
#include "../webhook.h"

static inline webhook_str test_bytes_of(const void *p, size_t len) {
    return webhook_str_from((const char *)p, len);
}

/* ---- GitHub: the body alone, "sha256=" and hex, no timestamp ---- */

/* GitHub sends one signature; any label but this one, sha1= above all, is no candidate. */
static inline webhook_status test_github_read(webhook_str *rest, webhook_signature_item *item) {
    const webhook_str label = WEBHOOK_STR("sha256=");
    webhook_str one = *rest;
    *rest = webhook_str_from(NULL, 0);
    if (one.len < label.len || !webhook_str_eq(webhook_str_from(one.ptr, label.len), label))
        return WEBHOOK_END;
    item->has_mac = 1;
    return webhook_hex_read(webhook_str_from(one.ptr + label.len, one.len - label.len),
                            item->mac.byte, sizeof item->mac.byte);
}

static inline void test_github_write(webhook_buf *b, webhook_str timestamp, const webhook_mac *macs,
                                     size_t n) {
    (void)timestamp;
    if (n == 0) return;
    webhook_buf_put(b, WEBHOOK_STR("sha256="));
    webhook_hex_write(b, test_bytes_of(macs[0].byte, sizeof macs[0].byte));
}

static inline void test_github_content(const webhook_scheme *s, const webhook_message *m, int after,
                                       webhook_buf *b) {
    (void)s, (void)m, (void)after, (void)b;
}

static inline webhook_scheme test_scheme_github(void) {
    webhook_scheme s = WEBHOOK_ZERO;
    s.webhook_id_field = WEBHOOK_STR("X-GitHub-Hook-ID");
    s.events_field = WEBHOOK_STR("X-GitHub-Event");
    s.signature_field = WEBHOOK_STR("X-Hub-Signature-256");
    s.no_timestamp = 1;
    s.read = test_github_read;
    s.write = test_github_write;
    s.content = test_github_content;
    return s;
}

/* ---- Standard Webhooks: id.timestamp.body, base64, several signatures, whsec_ secrets ---- */

static inline webhook_status test_standard_read(webhook_str *rest, webhook_signature_item *item) {
    webhook_str one, label;
    size_t n;
    while (webhook_str_cut(rest, ' ', &one) == WEBHOOK_OK) {
        if (webhook_str_cut(&one, ',', &label) != WEBHOOK_OK) continue;
        if (!webhook_str_eq(label, WEBHOOK_STR("v1"))) continue;
        if (webhook_base64_read(one, item->mac.byte, sizeof item->mac.byte, &n) != WEBHOOK_OK ||
            n != sizeof item->mac.byte)
            return WEBHOOK_ERR_SIGNATURE;
        item->has_mac = 1;
        return WEBHOOK_OK;
    }
    return WEBHOOK_END;
}

static inline void test_standard_write(webhook_buf *b, webhook_str timestamp,
                                       const webhook_mac *macs, size_t n) {
    size_t i;
    (void)timestamp;
    for (i = 0; i < n; i++) {
        webhook_buf_put(b, i == 0 ? WEBHOOK_STR("v1,") : WEBHOOK_STR(" v1,"));
        webhook_base64_write(b, test_bytes_of(macs[i].byte, sizeof macs[i].byte));
    }
}

/* The label is part of how secrets are shown, not of the key; the reference libraries take a
 * secret without it as well. */
static inline webhook_status test_standard_key(webhook_hmac_key *k, webhook_str text) {
    const webhook_str label = WEBHOOK_STR("whsec_");
    if (text.len >= label.len && webhook_str_eq(webhook_str_from(text.ptr, label.len), label))
        text = webhook_str_from(text.ptr + label.len, text.len - label.len);
    return webhook_key_init_base64(k, text);
}

static inline webhook_scheme test_scheme_standard(void) {
    static const webhook_part parts[] = {
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_ID },
        { WEBHOOK_STR_INIT("."), WEBHOOK_PART_LITERAL },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_TIMESTAMP },
        { WEBHOOK_STR_INIT("."), WEBHOOK_PART_LITERAL },
        { WEBHOOK_STR_INIT(""), WEBHOOK_PART_BODY },
    };
    webhook_scheme s = WEBHOOK_ZERO;
    s.id_field = WEBHOOK_STR("webhook-id");
    s.timestamp_field = WEBHOOK_STR("webhook-timestamp");
    s.signature_field = WEBHOOK_STR("webhook-signature");
    s.read = test_standard_read;
    s.write = test_standard_write;
    s.content = webhook_parts_content;
    s.capture = webhook_parts_capture;
    s.key = test_standard_key;
    s.parts = parts;
    s.n_parts = sizeof parts / sizeof *parts;
    return s;
}
#endif
