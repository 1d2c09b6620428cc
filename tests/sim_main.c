/* sim_main.c -- the simulation as a program: random scripts, short ones, faults, crowds */
#define _POSIX_C_SOURCE 200809L
#include "sim.h"
#include <time.h>

enum { STEPS = 300 }; /* of one random script */

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int usage(void) {
    printf(
        "usage: sim --seconds S | --steps N [--first SEED]\n"
        "       sim --seed SEED [--shrink] [--trace]\n"
        "       sim --short LENGTH [ALPHABET] | --short-two LENGTH | --faults\n"
        "       sim --script STEPS [--trace]\n"
        "       sim --fair | --scale\n\n"
        "Plays the engine in a world of its own (tests/sim.h). The last line counts; exit status "
        "1:\n"
        "a rule was broken.\n\n"
        "  --seconds S, --steps N\n"
        "      random scripts of 300 steps, until the time is over or so many steps are done; "
        "each\n"
        "      has a seed, from SEED on; those that break a rule are named\n"
        "  --seed SEED\n"
        "      one of them; --shrink leaves out the steps that the broken rule does not need,\n"
        "      --trace says what happens\n"
        "  --short LENGTH, --short-two LENGTH\n"
        "      all scripts of so many letters; of two workers on one store\n"
        "  --faults\n"
        "      scripts in which the k-th call of a callback goes wrong, for every k and each way\n"
        "  --script STEPS\n"
        "      letters, each with a number behind it or none: 'E C O'\n"
        "  --fair, --scale\n"
        "      10,000 webhooks of which some hang; 1,000,000 deliveries queued\n");
    return 2;
}

static int count_line(const sim_count *c) {
    printf("%lu steps, %lu events accepted, %lu lost, %lu broken rules\n", (unsigned long)c->steps,
           (unsigned long)c->accepted, (unsigned long)c->lost, (unsigned long)c->broken);
    return c->broken != 0 || c->lost != 0;
}

static int random_scripts(double seconds, uint64_t steps, uint64_t seed) {
    sim_count c;
    char what[500] = "";
    double end = now_s() + seconds;
    uint64_t told = 0;
    memset(&c, 0, sizeof c);
    while (seconds > 0 ? now_s() < end : c.steps < steps) {
        if (sim_random(seed, STEPS, &c, what, sizeof what) && told++ < 20)
            printf("seed %lu: %s\n", (unsigned long)seed, what);
        seed++;
    }
    return count_line(&c);
}

static void show_config(const sim_config *c) {
    printf("workers %u webhooks %u slots %u, queue %u events %u fan-out %u, retries %u limit %u\n"
           "base %u factor %u cap %u table %u, pause after %u on 410 %u, budget %lu, commit %u\n",
           (unsigned)c->workers, (unsigned)c->hooks, (unsigned)c->slots, (unsigned)c->max_queue,
           (unsigned)c->max_events, (unsigned)c->max_fanout, (unsigned)c->max_retries,
           (unsigned)c->limit_ms, (unsigned)c->base_ms, (unsigned)c->factor_milli,
           (unsigned)c->cap_ms, (unsigned)c->table, (unsigned)c->pause_after, (unsigned)c->gone,
           (unsigned long)c->body_budget, (unsigned)c->commit);
}

static int one_seed(uint64_t seed, int shrink, int trace) {
    static const char letters[] = SIM_LETTERS;
    uint32_t words[STEPS];
    sim_config config = sim_config_of(seed);
    sim_count c;
    char what[500] = "";
    size_t n = STEPS, i;
    memset(&c, 0, sizeof c);
    sim_words(seed, words, n);
    if (shrink) {
        n = sim_shrink(seed, words, n);
        printf("%lu steps are left:", (unsigned long)n);
        for (i = 0; i < n; i++) printf(" %c", letters[(words[i] >> 25) % (sizeof letters - 1)]);
        printf("\n");
    }
    config.trace = (uint8_t)trace;
    if (trace) show_config(&config);
    if (sim_script(&config, words, n, &c, what, sizeof what))
        printf("seed %lu: %s\n", (unsigned long)seed, what);
    return count_line(&c);
}

static int short_scripts(sim_config config, unsigned length, const char *alphabet) {
    sim_count c;
    char what[500] = "";
    memset(&c, 0, sizeof c);
    sim_short(&config, alphabet, length, 1, &c, what, sizeof what);
    if (c.broken > 0) printf("%s\n", what);
    return count_line(&c);
}

static int faults(void) {
    sim_count c;
    char what[500] = "";
    memset(&c, 0, sizeof c);
    sim_faults(1, &c, what, sizeof what);
    if (c.broken > 0) printf("%s\n", what);
    return count_line(&c);
}

static int by_hand(const char *script, int trace) {
    sim_config config = sim_plain();
    sim_count c;
    char what[500] = "";
    memset(&c, 0, sizeof c);
    config.trace = (uint8_t)trace;
    if (sim_text(&config, script, &c, what, sizeof what)) printf("%s\n", what);
    return count_line(&c);
}

static int crowds(void) {
    sim_crowd c;
    unsigned i;
    int bad = 0;
    for (i = 0; sim_crowd_of(i, 0, &c); i++) {
        bad |= !sim_fair(&c);
        printf("%s: %u webhooks, %u slots: %lu delivered, %lu measured, late p99 %u ms, at most "
               "%u ms; %u at once; all served after %u ms\n",
               c.name, (unsigned)c.hooks, (unsigned)c.slots, (unsigned long)c.delivered,
               (unsigned long)c.measured, (unsigned)c.p99_ms, (unsigned)c.worst_ms,
               (unsigned)c.most_at_once, (unsigned)c.recovered_ms);
    }
    printf("%s\n", bad ? "slow ones hold up the others" : "fair");
    return bad;
}

static int scale(void) {
    sim_size z;
    int good;
    memset(&z, 0, sizeof z);
    z.hooks = 10000;
    z.single = 90000;
    z.some = 100;
    z.broad = 90;
    good = sim_scale(&z);
    printf("%u webhooks, %lu deliveries queued: %u bytes a delivery, %u an event, %u a webhook "
           "beside its texts; emit to 1, 100, all: %.0f, %.0f, %.0f ns; run with all queued %.0f "
           "ns; all delivered in %.1f s\n",
           (unsigned)z.hooks, (unsigned long)z.queued, (unsigned)z.per_delivery,
           (unsigned)z.per_event, (unsigned)z.per_webhook, z.emit_ns[0], z.emit_ns[1], z.emit_ns[2],
           z.run_ns, z.all_s);
    return !good;
}

static const char *value_of(int argc, char **argv, const char *option) {
    int i;
    for (i = 1; i < argc; i++)
        if (strcmp(argv[i], option) == 0) return i + 1 < argc ? argv[i + 1] : "";
    return NULL;
}

static uint64_t number_of(const char *text, uint64_t other) {
    return text == NULL || *text == 0 ? other : strtoull(text, NULL, 10);
}

int main(int argc, char **argv) {
    int trace = value_of(argc, argv, "--trace") != NULL;
    uint64_t first = number_of(value_of(argc, argv, "--first"), 1);
    const char *v;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if ((v = value_of(argc, argv, "--seed")) != NULL)
        return one_seed(number_of(v, 1), value_of(argc, argv, "--shrink") != NULL, trace);
    if ((v = value_of(argc, argv, "--script")) != NULL) return by_hand(v, trace);
    if ((v = value_of(argc, argv, "--short")) != NULL)
        return short_scripts(sim_plain(), (unsigned)number_of(v, 6),
                             argc > 3 ? argv[3] : SIM_SHORT);
    if ((v = value_of(argc, argv, "--short-two")) != NULL)
        return short_scripts(sim_plain_two(), (unsigned)number_of(v, 5), SIM_SHORT_TWO);
    if (value_of(argc, argv, "--faults") != NULL) return faults();
    if (value_of(argc, argv, "--fair") != NULL) return crowds();
    if (value_of(argc, argv, "--scale") != NULL) return scale();
    if ((v = value_of(argc, argv, "--seconds")) != NULL)
        return random_scripts((double)number_of(v, 60), 0, first);
    if ((v = value_of(argc, argv, "--steps")) != NULL)
        return random_scripts(0, number_of(v, 1000000), first);
    return usage();
}

int test_check(int ok, const char *file, int line, const char *what) {
    if (!ok) printf("%s:%d: %s\n", file, line, what);
    return ok;
}

int test_check_status(webhook_status got, webhook_status wanted, const char *file, int line,
                      const char *what) {
    if (got != wanted)
        printf("%s:%d: %s is %d, wanted %d\n", file, line, what, (int)got, (int)wanted);
    return got == wanted;
}
