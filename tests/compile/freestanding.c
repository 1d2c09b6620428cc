/* freestanding.c -- a program without any library: signs, verifies and refuses, then leaves with its status
 *
 * Its own _start, its own four mem functions and one raw system call: x86-64 Linux. Status 0 is good,
 * any other number says which step was wrong.
 */
#define WEBHOOK_IMPLEMENTATION
#include "../../webhook.h"

#include "../small/port_mem.c" /* its four mem functions */

int run(void);

/* verify -- as the bytes arrive, cut after the at-th byte of the body */
static webhook_status verify(const webhook_hmac_key *key, const webhook_message *m,
                             webhook_str signature, size_t at, int64_t now_s) {
    webhook_verify_ctx c;
    webhook_status s;
    webhook_verify_init(&c);
    webhook_verify_field(&c, WEBHOOK_STR("x-appwrite-webhook-timestamp"), m->timestamp);
    webhook_verify_field(&c, WEBHOOK_STR("X-Appwrite-Webhook-Signature"), signature);
    s = webhook_verify_head(&c, key, 1, now_s);
    if (s != WEBHOOK_MORE) return s;
    webhook_verify_body(&c, webhook_str_from(m->body.ptr, at));
    webhook_verify_body(&c, webhook_str_from(m->body.ptr + at, m->body.len - at));
    return webhook_verify_final(&c);
}

int run(void) {
    char text[64],
        body[] = "{\"$id\":\"order_456\",\"total\":99.99,\"url\":\"https:\\/\\/x.y\\/z\"}";
    webhook_buf hex = webhook_buf_from(text, sizeof text);
    webhook_message m = WEBHOOK_ZERO;
    webhook_hmac_key key;
    size_t at;
    if (webhook_key_init(&key, NULL, WEBHOOK_STR("secret-key-123")) != WEBHOOK_OK) return 1;
    m.timestamp = WEBHOOK_STR("1736937000");
    m.body = webhook_str_from(body, sizeof body - 1);
    if (webhook_sign(NULL, &key, &m, &hex) != WEBHOOK_OK) return 2;
    /* The same as `printf '1736937000.%s' "$body" | openssl dgst -sha256 -hmac secret-key-123`. */
    if (!webhook_str_eq(
            webhook_buf_str(&hex),
            WEBHOOK_STR("71b0be02a99b1fd69c88894854761fe6ea24863917ab070b0ffad74d6d067f51")))
        return 3;
    for (at = 0; at <= m.body.len; at++)
        if (verify(&key, &m, webhook_buf_str(&hex), at, 1736937300) != WEBHOOK_OK) return 4;
    if (verify(&key, &m, webhook_buf_str(&hex), 0, 1736937301) != WEBHOOK_ERR_STALE) return 5;
    body[3]++;
    if (verify(&key, &m, webhook_buf_str(&hex), 0, 1736937000) != WEBHOOK_ERR_SIGNATURE) return 6;
    return 0;
}

/* The kernel starts here with an aligned stack and no return address; 60 is exit. */
__asm__(".globl _start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    and $-16, %rsp\n"
        "    call run\n"
        "    mov %eax, %edi\n"
        "    mov $60, %eax\n"
        "    syscall\n"
        "    hlt\n");
