/* emit.h -- the emitting path on small machines: events kept in memory until a webhook has taken them, one attempt at a
 * time, over a radio that is two byte callbacks
 */
#ifndef EMIT_H
#define EMIT_H
#include "../../webhook.h"

#ifdef __AVR__
enum { SMALL_QUEUE = 2 }; /* events that wait; where it runs there are 8 KiB of RAM */
#else
enum { SMALL_QUEUE = 4 };
#endif
enum {
    SMALL_EVENT = 176,  /* the longest envelope */
    SMALL_WEBHOOK = 96, /* texts of the webhook together */
    SMALL_HEAD = 512,   /* URL and head of a request */
    SMALL_REPLY = 40,   /* a line of the answer; a longer one costs a Retry-After at most */
    SMALL_PIECE = 32,   /* bytes of the answer at a time */
    SMALL_ARENA = 2 * (208 + SMALL_WEBHOOK) /* twice: a change is prepared beside what holds */
};

/* records: of the webhook and its failures, of the events, of how far each has come; beside texts and keys they hold some
 * numbers */
#define SMALL_STORE                                                                  \
    WEBHOOK_MEMORY_STORE_SIZE(2 + 2 * SMALL_QUEUE,                                   \
                              160 + SMALL_WEBHOOK +                                  \
                                  (1 + SMALL_QUEUE) * (64 + WEBHOOK_STORE_KEY_MAX) + \
                                  SMALL_QUEUE * (64 + WEBHOOK_EVENT_KEY_MAX + SMALL_EVENT))
#define SMALL_MEMORY WEBHOOK_DELIVERY_SIZE(SMALL_QUEUE, SMALL_QUEUE, 1, 1, SMALL_HEAD)

typedef struct small_emitter {
    webhook_store store;
    webhook_memory_store records;
    webhook_registry registry;
    webhook_delivery engine;
    webhook_exchange x; /* the one attempt under way */
    webhook_attempt attempt;
    uint8_t busy; /* 1: there is one */
    char reply[SMALL_REPLY], piece[SMALL_PIECE];
    char body[SMALL_EVENT];
    unsigned char block[SMALL_STORE];
    uint64_t arena[(SMALL_ARENA + 7) / 8], memory[(SMALL_MEMORY + 7) / 8];
} small_emitter;

/* ---- what the machine supplies: a radio with one connection at a time, whose callbacks move what they can ---- */

int radio_dial(const webhook_url *to); /* 1: there is a connection */
webhook_status radio_send(void *user, const void *ptr, size_t len, size_t *n);
webhook_status radio_recv(void *user, void *ptr, size_t cap, size_t *n);
void radio_hang_up(void);

/* ---- the path ---- */

/* small_start -- an empty store, and the one webhook, whose texts are borrowed during the call; log may be NULL */
webhook_status small_start(small_emitter *e, const webhook_settings *to, uint64_t seed,
                           int64_t unix_ms,
                           void (*log)(void *user, const webhook_log_entry *entry));

/* small_emit -- a reading, as the payload of an event; out is what came of it */
webhook_status small_emit(small_emitter *e, webhook_str id, webhook_str event, int64_t reading,
                          int64_t unix_ms, webhook_emitted *out);

/* small_go_on -- whatever can be done now; when to be called again, or earlier where the radio can go on */
uint64_t small_go_on(small_emitter *e, uint64_t tick_ms, int64_t unix_ms);
#endif
