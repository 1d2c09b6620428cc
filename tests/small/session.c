/* session.c -- the receiving path at a UART, where deliver.c is the world
 *
 * First comes a line "ID SECRET ID SECRET", then connections: each a line with the present in Unix
 * seconds, the bytes of the sender, and SMALL_HANG_UP, which the device says after it. SMALL_OFF
 * instead of a connection: the figures, and the end.
 */
#include "port.h"
#include "print.h"
#include "receive.h"

static small_device device;
static char ids[SMALL_KEYS][40];
static int bad;

/* read_setup -- the line with the secrets; the device's line buffer holds it for so long */
static webhook_status read_setup(void) {
    webhook_str id[SMALL_KEYS], secret[SMALL_KEYS], line, word;
    size_t len = 0, i;
    int c;
    while ((c = port_byte()) != '\n' && c != SMALL_OFF && len < sizeof device.line)
        device.line[len++] = (char)c;
    line = webhook_str_from(device.line, len);
    for (i = 0; i < SMALL_KEYS; i++) {
        if (webhook_str_cut(&line, ' ', &word) != WEBHOOK_OK || word.len > sizeof ids[i] ||
            webhook_str_cut(&line, ' ', &secret[i]) != WEBHOOK_OK)
            return WEBHOOK_ERR_SYNTAX;
        id[i] = webhook_str_from(ids[i], word.len);
        for (len = 0; len < word.len; len++) ids[i][len] = word.ptr[len];
    }
    return small_setup(&device, id, secret);
}

static void session(void) {
    int c, open;
    if (read_setup() != WEBHOOK_OK) bad = 1;
    for (;;) {
        int64_t now_s = 0;
        while ((c = port_byte()) >= '0' && c <= '9') now_s = now_s * 10 + (c - '0');
        if (c != '\n') break;
        open = small_open(&device, now_s) == WEBHOOK_OK;
        while ((c = port_byte()) != SMALL_HANG_UP && c != SMALL_OFF)
            if (open) open = small_byte(&device, (char)c);
        if (open) small_end(&device);
        port_char(SMALL_HANG_UP);
    }
    if (c != SMALL_OFF) bad = 1;
}

static void nothing(void) {
}

int main(void) {
    static const char text_stack[] ROM = "stack %\n", text_left[] ROM = "left %\n";
    static const char text_ctx[] ROM = "context %\n", text_key[] ROM = "key %\n";
    static const char text_device[] ROM = "device %\n", text_bad[] ROM = "bad %\n";
    size_t stack, left;
    port_init();
    stack = port_stack(session);
    left = port_left;
    print(text_stack, (unsigned)(stack - port_stack(nothing)));
    print(text_left, (unsigned)left);
    print(text_ctx, (unsigned)sizeof(webhook_receive_ctx));
    print(text_key, (unsigned)sizeof(webhook_hmac_key));
    print(text_device, (unsigned)sizeof(small_device));
    print(text_bad, (unsigned)bad);
    port_exit(bad);
    return bad;
}
