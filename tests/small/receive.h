/* receive.h -- the receiving path on small machines: HTTP deliveries byte by byte from a UART
 *
 * What it writes to the UART: the answers, and before the one to an event that is new the line
 * "+ID EVENT"; "!" where the peer leaves in the middle of a message.
 */
#ifndef RECEIVE_H
#define RECEIVE_H
#include "../../webhook.h"

enum {
    SMALL_LINE = 256, /* bytes of line buffer */
    SMALL_BODY = 192, /* the longest body */
    SMALL_KEYS = 2,
    SMALL_GUARD = WEBHOOK_REPLAY_ENTRIES(3)
};

/* Marks on the line, in place of the wires by which a modem tells these things: none of them can
 * stand in a head or in JSON. */
enum { SMALL_HANG_UP = 4, SMALL_OFF = 5 };

typedef struct small_device {
    webhook_receive_ctx r;
    webhook_hmac_key keys[SMALL_KEYS];
    webhook_str ids[SMALL_KEYS]; /* of the webhooks; borrowed */
    webhook_replay_entry guard[SMALL_GUARD];
    webhook_buf body;
    int64_t now_s;
    uint8_t key; /* of this message; SMALL_KEYS = none */
    char line[SMALL_LINE], block[SMALL_BODY];
} small_device;

/* small_setup -- prepare the keys; ids are borrowed, secrets are not needed any more */
webhook_status small_setup(small_device *d, const webhook_str *ids, const webhook_str *secrets);

/* small_open -- a connection begins */
webhook_status small_open(small_device *d, int64_t now_s);

/* small_byte -- the next byte: 1, or 0 where the connection must be closed */
int small_byte(small_device *d, char byte);

/* small_end -- the peer has hung up */
void small_end(small_device *d);
#endif
