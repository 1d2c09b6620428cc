/* sim.h -- the engine in a world of the test's own: a store, a transport, two clocks, crashes, and
 * a model that knows the rules and watches every call
 *
 * A script is a series of steps; each is a letter and a number that chooses among what the letter
 * can do. Whatever the world decides by itself within a step (which call fails, what survives a
 * crash) follows from that number alone, so a script can be cut short, or steps be left out of it,
 * and the others mean the same.
 *
 *     E emit                      O, F answer an attempt: good, bad; L too late
 *     T to the next tick that run has asked for; t some ms later; J the wall clock jumps
 *     C, X commits that wait succeed, fail; R what was settled is told again
 *     G a get that waits is answered; W gets wait, or do so no more
 *     K crash and a new start     M how often which callback fails
 *     D delete, or create again; P pause, or enable; Q drop the queue; U update; A move the arena
 *     Y let an event go; Z take it in again; S take it from the other worker; N its news
 */
#ifndef SIM_H
#define SIM_H
#include "test.h"

enum {
    SIM_HOOKS = 5,
    SIM_WORKERS = 2,
    SIM_SLOTS = 64,
    SIM_EVENTS = 1500, /* emitted in one script */
    SIM_OPEN = 200,    /* tickets, or gets, that wait */
    SIM_LENT = 200,
    SIM_SECRETS = 16,
    SIM_RING = 32,
    SIM_AGAIN_MS = 1000 /* after which a get that failed is tried again */
};

typedef struct sim_config {
    uint32_t workers, hooks, slots, max_queue, max_events, max_fanout, max_retries;
    uint32_t limit_ms, base_ms, factor_milli, cap_ms, pause_after;
    uint64_t body_budget;
    uint64_t tick_ms;  /* at the start */
    int64_t unix_ms;   /* at the start */
    uint8_t table;     /* 1: waits from a table */
    uint8_t gone;      /* 1: 410 pauses */
    uint8_t commit;    /* what commit answers: 0 OK, 1 PENDING, 2 now this, now that */
    uint8_t narrow;    /* 1: a webhook begins with an arena that others do not fit in */
    uint8_t tick32;    /* 1: the tick is counted in 32 bits and extended */
    uint8_t trace;     /* 1: says what happens */
    uint8_t no_create; /* 1: the script creates the webhooks by itself */
} sim_config;

/* A webhook as a record of the store has it. */
typedef struct sim_state {
    int64_t signs_from_ms;
    uint32_t cap, rate, queue; /* queue: the model's own number, new when the queue begins anew */
    uint16_t secrets;          /* bits: one of these is the secret that signs */
    uint8_t coming;            /* 1 + the secret to come, 0: none */
    uint8_t coming_seen;       /* it was time for it once, whatever the wall clock says now */
    uint8_t exists, enabled, paused_for, ordered, security, name, url, events, headers, basic;
} sim_state;

/* How far one delivery has come; what a record of kind 'd' can know of it. */
typedef struct sim_to {
    uint64_t due_lo, due_hi; /* the tick at which it is due, between these */
    int64_t next_ms;
    uint32_t queue, slot;
    uint16_t attempts; /* that have begun */
    uint8_t slack;     /* 1: or one fewer */
    uint8_t hook, state;
    uint8_t due_open; /* 1: next_ms is to be made a tick at the next run, 2: nothing is known */
} sim_to;

enum { SIM_QUEUED, SIM_IN_FLIGHT, SIM_DELIVERED, SIM_GAVE_UP, SIM_CANCELLED };

/* What an engine holds of an event. */
typedef struct sim_held {
    uint64_t ticket;
    uint64_t get_failed; /* tick + 1 of a get that failed */
    sim_to to[SIM_HOOKS];
    uint8_t status;  /* SIM_NOT_HELD … */
    uint8_t broken;  /* a get said that it is not there, or damaged */
    uint8_t unsaved; /* the store did not take how far it has come */
    uint8_t waited;  /* a get was not answered with the record at once */
} sim_held;

enum { SIM_NOT_HELD, SIM_PENDING, SIM_ACCEPTED, SIM_FAILED, SIM_UNTAKEN };

typedef struct sim_event {
    char *body;
    size_t len;
    char key[WEBHOOK_EVENT_KEY_MAX];
    uint32_t n, queue[SIM_HOOKS];
    uint8_t hook[SIM_HOOKS];
    uint8_t name, worker;
    uint8_t committed;        /* accepted once */
    uint8_t shared;           /* a lease ran out: two may have sent it */
    uint8_t ended[SIM_HOOKS]; /* by whom: bits 0 and 1 delivered, 2 and 3 otherwise */
    uint8_t late;             /* taken in after others had been emitted */
    uint8_t crashed;          /* since it was accepted there was a crash */
    uint8_t unsaved; /* the store has refused progress of it, so an attempt may be made again */
    sim_held held[SIM_WORKERS];
} sim_event;

/* One version of a record; after the first one in a row those that no commit has made durable. */
typedef struct sim_version {
    struct sim_version *next;
    uint64_t seq, version, version_of; /* the last one with the webhook in it */
    sim_state hook;                    /* of 'w' */
    sim_to to;                         /* of 'd' */
    uint32_t value;                    /* of 'f' the failures, of 'e' and 'd' the event */
    size_t len;
    uint8_t worker, present, durable, lost,
        open; /* open: the model tells it at the end of the call */
    char *bytes;
} sim_version;

typedef struct sim_record {
    char key[WEBHOOK_STORE_KEY_MAX];
    size_t len;
    uint32_t hash;
    sim_version *first, *last;
} sim_record;

typedef struct sim_lent {
    char *ptr;
    size_t len, body;
    uint32_t event;
    uint8_t worker;
} sim_lent;

typedef struct sim_slot {
    webhook_attempt a;
    webhook_request r;
    uint64_t tick, deadline;
    int64_t unix_ms, retry_at_ms; /* of a Retry-After that is a date */
    uint32_t event, retry_ms, response_ms, print;
    char error[160];
    size_t error_len;
    uint16_t status;
    uint8_t used, hook, done, cut, logged, lying, timed_out, slow; /* lying: done before this run */
    uint8_t retry_kind;                                            /* 0 none, 1 seconds, 2 date */
} sim_slot;

typedef struct sim_hook {
    sim_state now, next;
    uint64_t ticket, version;
    uint64_t last_start, rate_debt;
    uint64_t starts[SIM_RING]; /* ticks of the last ones since the rate was set */
    uint32_t n_starts, in_flight, failures, bulk, owed;
    uint32_t waits_since; /* the run after which it waited for its first slot, 0: it does not */
    uint8_t waits, passed, passed_by, changing, says_enabled,
        paused_since;                    /* paused by the engine while a change waits */
    uint8_t slow;                        /* 0, 1, 2: not known */
    uint8_t failures_open, enabled_open; /* the registry is asked at the end of the call */
} sim_hook;

struct sim;
typedef struct sim_worker {
    struct sim *s;
    webhook_store store;
    webhook_registry registry;
    webhook_delivery engine;
    void *arena, *memory;
    size_t arena_len, memory_len;
    uint64_t open[SIM_OPEN], open_seq[SIM_OPEN], last_ticket, dirty_at, next, get_trouble;
    uint64_t delivered, gave_up, cancelled;
    size_t n_open;
    uint32_t get[SIM_OPEN]; /* events */
    size_t n_get;
    uint32_t active[SIM_EVENTS];
    size_t n_active;
    sim_slot slot[SIM_SLOTS];
    sim_hook hook[SIM_HOOKS];
    webhook_attempt late[8];
    uint32_t n_late, in_flight, happened, idle, boots, runs;
    uint8_t index, up, dirty, running;
} sim_worker;

typedef struct sim {
    sim_config c;
    sim_worker worker[SIM_WORKERS];
    sim_event *event;
    uint32_t n_events, emitting, accepted, lost;
    sim_record *record;
    size_t n_records, cap_records;
    sim_lent lent[SIM_LENT];
    size_t n_lent;
    uint64_t tick, extended, seq, rng, steps, used_versions[400];
    uint32_t n_versions, queues, secrets, crashes, lates;
    int64_t unix_ms, latest_ms; /* the latest that it has ever been at a put */
    const sim_state *intended;
    sim_version *fresh[200];
    size_t n_fresh;
    /* how the world behaves: of 256 calls so many do it */
    uint16_t put_fails, commit_fails, commit_waits, get_fails, get_waits, at_once, inside;
    uint8_t settle_bad, got_how; /* what the next answer to a commit or get is to be */
    uint32_t removed[64];        /* events whose record was removed in this call */
    size_t n_removed;
    /* one call, counted from 1, goes wrong */
    uint32_t fail_at, calls;
    uint8_t fail_what, fail_how, failed;
    uint32_t broken;
    char what[400];
} sim;

/* what fail_what means */
enum { SIM_NONE, SIM_PUT, SIM_COMMIT, SIM_GET, SIM_START };

/* sim_new, sim_free -- a world after its webhooks have been created */
sim *sim_new(const sim_config *c);
void sim_free(sim *s);

/* sim_do -- one step; 0: there was nothing to do it with */
int sim_do(sim *s, char letter, uint32_t number);

/* sim_finish -- everything works and is answered 200 until nothing is left; then what must be true
 * at the end */
void sim_finish(sim *s);

/* sim_broken -- a rule is broken: keeps the first one in words */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void
sim_broken(sim *s, const char *format, ...);

/* sim_config_of, sim_step_of -- the world and the steps that belong to a seed */
sim_config sim_config_of(uint64_t seed);
uint64_t sim_mix(uint64_t x);
#define SIM_LETTERS "EEEEEEEEEEOOOOOOOFFFFFFTTTTTTTTttttCCCCXXKDDQQPPUUUUGGGGMMALYZJRiNS"

/* sim_script -- steps from words, then the end; 1 where a rule was broken: what says which */
typedef struct sim_count {
    uint64_t steps, accepted, lost, broken;
} sim_count;
int sim_script(const sim_config *c, const uint32_t *words, size_t n, sim_count *count, char *what,
               size_t cap);

/* sim_random -- the script of a seed, n steps; sim_words -- its words; sim_shrink -- leave out of n
 * words those that a broken rule does not need, return how many are left */
int sim_random(uint64_t seed, size_t n, sim_count *count, char *what, size_t cap);
size_t sim_shrink(uint64_t seed, uint32_t *words, size_t n);
void sim_words(uint64_t seed, uint32_t *words, size_t n);

/* sim_short -- all scripts of so many letters of an alphabet, or every stride-th */
#define SIM_SHORT "EOFTCXKkDQP" /* K: a crash that only what is durable survives, k: all does */
#define SIM_SHORT_TWO "EeOoTSsYyZKDdNn" /* of two workers */
sim_config sim_plain(void);             /* one webhook, two slots, commits that wait */
sim_config sim_plain_two(void);         /* two workers, commits at once */
void sim_short(const sim_config *c, const char *alphabet, unsigned length, unsigned stride,
               sim_count *count, char *what, size_t cap);

/* sim_text -- one script of letters, each with a number behind it or none, which is 0 */
int sim_text(const sim_config *c, const char *script, sim_count *count, char *what, size_t cap);

/* sim_faults -- a number of scripts that call everything, again and again, in each of which one
 * call of a callback goes wrong: the k-th, for every k, in every way (every stride-th of these) */
void sim_faults(unsigned stride, sim_count *count, char *what, size_t cap);

/* sim_fair -- many webhooks in simulated time, on the store in memory */
typedef struct sim_crowd {
    const char *name;
    uint32_t hooks, slots, answer_ms, limit_ms;
    uint32_t per_s;           /* events in a second, spread over all webhooks */
    uint32_t seconds;         /* that events go on */
    uint32_t hang, hang_more; /* so many hang from the start, so many more after more_ms */
    uint32_t more_ms;
    uint32_t slow;  /* the first so many time out once before it begins, and answer again then */
    uint32_t queue; /* deliveries that there is room for */
    uint8_t apart;  /* 1: the events are for the others; each slow one has one event */
    uint8_t one;    /* 1: all events are for one webhook, at once */
    /* what is promised; 0: nothing */
    uint32_t p99_most, recovered_most, at_once_least, at_once_most, delivered_least;
    /* what came of it */
    uint64_t measured, delivered, emitted, refused;
    uint32_t p99_ms, worst_ms; /* how late attempts began at webhooks that do not hang */
    uint32_t most_at_once;     /* in flight */
    uint32_t recovered_ms;     /* when the last slow one had been served, from the beginning */
    uint32_t unserved;
} sim_crowd;
int sim_fair(sim_crowd *c); /* 1: as it should be */

/* sim_crowd_of -- the worlds that are tried, i = 0 and on; small: for a quick test. 0: no more */
int sim_crowd_of(unsigned i, int small, sim_crowd *c);

/* sim_scale -- so many webhooks and deliveries, all queued before the first is sent */
typedef struct sim_size {
    uint32_t hooks, single, some, broad; /* events for one webhook, for 100, for all of them */
    uint64_t queued, delivered, twice, store_bytes;
    uint32_t per_delivery, per_event, per_webhook; /* bytes; of a webhook beside its texts */
    double emit_ns[3], run_ns, all_s; /* to 1, 100, all; a run with all queued; all delivered */
} sim_size;
int sim_scale(sim_size *z); /* 1: as it should be */
#endif
