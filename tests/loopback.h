/* loopback.h -- what the suites over loopback share; defined in test_posix.c. Whoever includes it has
 * defined WEBHOOK_POSIX and _GNU_SOURCE before. */
#ifndef LOOPBACK_H
#define LOOPBACK_H
#include "test.h"

#define NEVER UINT64_MAX
#ifdef TEST_NO_STRINGS
#define WORDS(of_a_status) ""
#else
#define WORDS(of_a_status) of_a_status
#endif

/* loop -- of the suite that runs; run_for, run_until -- let it, for a while, or until *n has reached
 * want or 5 s are over: 1 where it has */
extern webhook_posix_loop *loop;
void run_for(uint64_t ms);
int run_until(const size_t *n, size_t want);
void sleep_ms(long ms);

/* clock_ahead -- put webhook_posix_tick forward; 0 where that cannot be done here */
int clock_ahead(unsigned seconds);

/* descriptors -- how many are open */
size_t descriptors(void);

/* listen_at -- a socket that listens at an address of loopback; port 0 = any */
int listen_at(const char *text, uint16_t *port, int backlog);

/* toy_tls -- an adaptor that greets with H, wants S back, and masks what follows with TOY_MASK. Of
 * the bytes a 0 says that the peer ends the stream, a 1 is the adaptor's own affair. */
#define TOY_MASK 0x5a
extern struct toys {
    size_t open, started;
    int refuse;
} toys;
webhook_tls toy_tls(void);
#endif
