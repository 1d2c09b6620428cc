/* schemes.h -- how other senders sign, as data: Standard Webhooks, Stripe, GitHub, Slack
 *
 *     webhook_scheme s = scheme_github();
 *     … webhook_key_init(&key, &s, secret), webhook_receive_init_scheme(&c, &d, &s, scratch, n) …
 *
 * Copy what you need; the senders' own documents are named with each. A scheme that signs more than
 * the body and a timestamp (here Standard Webhooks, with its id) wants scratch when it is verified
 * as the bytes arrive: WEBHOOK_VERIFY_SCRATCH. The functions are inline so that a file may use one
 * of them and leave the others.
 */
#ifndef SCHEMES_H
#define SCHEMES_H
#include "../webhook.h"

static inline webhook_str scheme_mac(const webhook_mac *mac) {
    return webhook_str_from((const char *)mac->byte, sizeof mac->byte);
}

/* scheme_label -- take the label off the front of *s: 1, or 0 where it is not there */
static inline int scheme_label(webhook_str *s, webhook_str label) {
    if (s->len < label.len || !webhook_str_eq(webhook_str_from(s->ptr, label.len), label)) return 0;
    *s = webhook_str_from(s->ptr + label.len, s->len - label.len);
    return 1;
}

/* scheme_labelled_hex -- a field that is one MAC in hex behind a label; any other is no candidate
 */
static inline webhook_status scheme_labelled_hex(webhook_str *rest, webhook_signature_item *item,
                                                 webhook_str label) {
    webhook_str one = *rest;
    *rest = webhook_str_from(NULL, 0);
    if (!scheme_label(&one, label)) return WEBHOOK_END;
    item->has_mac = 1;
    return webhook_hex_read(one, item->mac.byte, sizeof item->mac.byte);
}

/* ---- Standard Webhooks: id.timestamp.body, base64, several signatures, whsec_ secrets ----
 * github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md */

static inline webhook_status scheme_standard_read(webhook_str *rest, webhook_signature_item *item) {
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

static inline void scheme_standard_write(webhook_buf *b, webhook_str timestamp,
                                         const webhook_mac *macs, size_t n) {
    size_t i;
    (void)timestamp;
    for (i = 0; i < n; i++) {
        webhook_buf_put(b, i == 0 ? WEBHOOK_STR("v1,") : WEBHOOK_STR(" v1,"));
        webhook_base64_write(b, scheme_mac(&macs[i]));
    }
}

/* The label is part of how secrets are shown, not of the key; the reference libraries take a
 * secret without it as well. */
static inline webhook_status scheme_standard_key(webhook_hmac_key *k, webhook_str text) {
    (void)scheme_label(&text, WEBHOOK_STR("whsec_"));
    return webhook_key_init_base64(k, text);
}

static inline webhook_scheme scheme_standard(void) {
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
    s.read = scheme_standard_read;
    s.write = scheme_standard_write;
    s.content = webhook_parts_content;
    s.capture = webhook_parts_capture;
    s.key = scheme_standard_key;
    s.parts = parts;
    s.n_parts = sizeof parts / sizeof *parts;
    return s;
}

/* ---- Stripe: timestamp.body, both the timestamp and the hex in one field, several signatures ----
 * docs.stripe.com/webhooks, "Verify webhook signatures manually" */

static inline webhook_status scheme_stripe_read(webhook_str *rest, webhook_signature_item *item) {
    webhook_str one, label;
    while (webhook_str_cut(rest, ',', &one) == WEBHOOK_OK) {
        if (webhook_str_cut(&one, '=', &label) != WEBHOOK_OK) continue;
        if (webhook_str_eq(label, WEBHOOK_STR("t"))) {
            item->timestamp = one;
            return one.len > 0 ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE;
        }
        if (!webhook_str_eq(label, WEBHOOK_STR("v1"))) continue;
        item->has_mac = 1;
        return webhook_hex_read(one, item->mac.byte, sizeof item->mac.byte);
    }
    return WEBHOOK_END;
}

static inline void scheme_stripe_write(webhook_buf *b, webhook_str timestamp,
                                       const webhook_mac *macs, size_t n) {
    size_t i;
    webhook_buf_put(b, WEBHOOK_STR("t="));
    webhook_buf_put(b, timestamp);
    for (i = 0; i < n; i++) {
        webhook_buf_put(b, WEBHOOK_STR(",v1="));
        webhook_hex_write(b, scheme_mac(&macs[i]));
    }
}

static inline webhook_scheme scheme_stripe(void) {
    webhook_scheme s = WEBHOOK_ZERO;
    s.signature_field = WEBHOOK_STR("Stripe-Signature");
    s.read = scheme_stripe_read;
    s.write = scheme_stripe_write;
    return s;
}

/* ---- GitHub: the body alone, "sha256=" and hex, no timestamp ----
 * docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */

/* GitHub sends one signature; any label but this one, sha1= above all, is no candidate. */
static inline webhook_status scheme_github_read(webhook_str *rest, webhook_signature_item *item) {
    return scheme_labelled_hex(rest, item, WEBHOOK_STR("sha256="));
}

static inline void scheme_github_write(webhook_buf *b, webhook_str timestamp,
                                       const webhook_mac *macs, size_t n) {
    (void)timestamp;
    if (n == 0) return;
    webhook_buf_put(b, WEBHOOK_STR("sha256="));
    webhook_hex_write(b, scheme_mac(&macs[0]));
}

static inline void scheme_github_content(const webhook_scheme *s, const webhook_message *m,
                                         int after, webhook_buf *b) {
    (void)s, (void)m, (void)after, (void)b;
}

static inline webhook_scheme scheme_github(void) {
    webhook_scheme s = WEBHOOK_ZERO;
    s.webhook_id_field = WEBHOOK_STR("X-GitHub-Hook-ID");
    s.events_field = WEBHOOK_STR("X-GitHub-Event");
    s.signature_field = WEBHOOK_STR("X-Hub-Signature-256");
    s.no_timestamp = 1;
    s.read = scheme_github_read;
    s.write = scheme_github_write;
    s.content = scheme_github_content;
    return s;
}

/* ---- Slack: v0:timestamp:body, "v0=" and hex ----
 * docs.slack.dev/authentication/verifying-requests-from-slack */

static inline webhook_status scheme_slack_read(webhook_str *rest, webhook_signature_item *item) {
    return scheme_labelled_hex(rest, item, WEBHOOK_STR("v0="));
}

static inline void scheme_slack_write(webhook_buf *b, webhook_str timestamp,
                                      const webhook_mac *macs, size_t n) {
    (void)timestamp;
    if (n == 0) return;
    webhook_buf_put(b, WEBHOOK_STR("v0="));
    webhook_hex_write(b, scheme_mac(&macs[0]));
}

static inline void scheme_slack_content(const webhook_scheme *s, const webhook_message *m,
                                        int after, webhook_buf *b) {
    (void)s;
    if (after) return;
    webhook_buf_put(b, WEBHOOK_STR("v0:"));
    webhook_buf_put(b, m->timestamp);
    webhook_buf_put(b, WEBHOOK_STR(":"));
}

static inline webhook_scheme scheme_slack(void) {
    webhook_scheme s = WEBHOOK_ZERO;
    s.timestamp_field = WEBHOOK_STR("X-Slack-Request-Timestamp");
    s.signature_field = WEBHOOK_STR("X-Slack-Signature");
    s.read = scheme_slack_read;
    s.write = scheme_slack_write;
    s.content = scheme_slack_content;
    return s;
}
#endif
