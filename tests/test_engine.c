/* test_engine.c -- the engine in the simulated world (sim.h): scripts, faults, clocks, crowds */
#include "sim.h"

static char what[500];

static void kept(const sim_count *c) {
    if (c->broken > 0) printf("%s\n", what);
    CHECK(c->broken == 0 && c->lost == 0);
    what[0] = 0;
}

/* One script by hand; letters: do_store, do_event and so on in sim.c. */
static void play(const sim_config *c, const char *script) {
    sim_count count;
    memset(&count, 0, sizeof count);
    if (sim_text(c, script, &count, what, sizeof what)) printf("%s: ", script);
    kept(&count);
}

/* ---- all the rules at once ---- */

static void random_scripts(void) {
    sim_count c;
    uint64_t seed, steps = 30000 / test_stride();
    memset(&c, 0, sizeof c);
    for (seed = 1; c.steps < steps; seed++)
        if (sim_random(seed, 300, &c, what, sizeof what)) printf("seed %lu: ", (unsigned long)seed);
    kept(&c);
    CHECK(c.accepted > steps / 50);
}

static void all_short_scripts(void) {
    sim_config one = sim_plain(), two = sim_plain_two();
    unsigned stride = test_stride() > 1 ? 3 * test_stride() : 1;
    sim_count c;
    memset(&c, 0, sizeof c);
    sim_short(&one, SIM_SHORT, 4, stride, &c, what, sizeof what);
    kept(&c);
    memset(&c, 0, sizeof c);
    sim_short(&two, SIM_SHORT_TWO, 3, stride, &c, what, sizeof what);
    kept(&c);
}

static void calls_that_go_wrong(void) {
    sim_count c;
    memset(&c, 0, sizeof c);
    sim_faults(test_stride(), &c, what, sizeof what);
    kept(&c);
}

/* ---- clocks ---- */

/* A year forward and back, before, between and after attempts, and over a new start. */
static void the_wall_clock_jumps(void) {
    sim_config c = sim_plain();
    c.max_retries = 3;
    play(&c, "E C F J0 T F T F J1 T O");
    play(&c, "E E E C J1 F F T T F F T T O O");
    play(&c, "E C F J0 K1 T F J1 K1 T F K1 J1 T O");
    play(&c, "U48 C E C O U65328 C J0 E C J1 J1 E C O O O");
    c.unix_ms = 0; /* not set: nothing is begun until it is */
    play(&c, "E C T O");
    play(&c, "E C t J0 T O E C F T O");
}

static void a_tick_of_32_bits_wraps(void) {
    sim_config c = sim_plain();
    uint64_t t = 0;
    uint32_t i;
    c.tick32 = 1;
    c.tick_ms = UINT64_C(0xfffffff6);
    c.max_retries = 3;
    play(&c, "E C F T F T F T O E C T T T T");
    play(&c, "E C t32 T F T K1 T F T O");
    for (i = 0; i < 10; i++) {
        uint64_t next = webhook_tick_extend(t, i * UINT32_C(0x7fffffff));
        CHECK(next == i * UINT64_C(0x7fffffff) && next >= t);
        CHECK(webhook_tick_extend(next, (uint32_t)next) == next);
        t = next;
    }
}

/* ---- what the simulation has found before ---- */

static void what_has_ended_is_not_cancelled_again(void) {
    sim_config c = sim_plain();
    c.hooks = 2;
    play(&c, "E18 C D0 C K1");
    play(&c, "E18 C O0 D1 C K1");
}

static void a_pause_while_the_body_is_fetched(void) {
    sim_config c = sim_plain();
    play(&c, "W E C P C G");
    c.hooks = 2;
    c.slots = 1;
    play(&c, "W E18 C P1 C G");
}

static void a_fetch_that_nobody_waits_for(void) {
    sim_config c = sim_plain();
    c.body_budget = 200;
    play(&c, "W E C Q C W E C");
    play(&c, "W E C Q C G W E C");
    play(&c, "W E C Y C G W E C Z");
}

static void the_cap_of_the_wait_is_no_base(void) {
    sim_config c = sim_plain();
    c.max_retries = 4;
    c.base_ms = 1000;
    c.factor_milli = 4900;
    c.cap_ms = 4889;
    play(&c, "E E E E E C F F T F T F T F T F T F T F T F T F T F T F T F T F");
    c.factor_milli = 1100;
    c.cap_ms = 1080;
    play(&c, "E E E E E C F F T F T F T F T F T F T F T F T F T F T F T F T F");
}

static void two_absent_webhooks_in_a_small_arena(void) {
    sim_config c = sim_plain();
    c.hooks = 5;
    play(&c, "E18 C Y D0 C D1 C D2 C D3 C A32 Z");
}

static void turns(void) {
    sim_config c = sim_plain();
    c.slots = 1;
    c.hooks = 2;
    play(&c, "E18 C E18 C T T T T O");
    c.hooks = 4;
    c.max_retries = 3;
    play(&c, "E18 C E18 C E18 C E18 C T T T T T T T T T O O O");
}

/* ---- many ---- */

static void slow_ones_do_not_hold_up_the_others(void) {
    sim_crowd c;
    unsigned i;
    for (i = 0; sim_crowd_of(i, 1, &c); i++) /* the large ones: make engine-fair */
        if (!sim_fair(&c))
            printf("%s: %lu delivered, late p99 %u ms, most %u ms, all served after %u ms\n",
                   c.name, (unsigned long)c.delivered, (unsigned)c.p99_ms, (unsigned)c.worst_ms,
                   (unsigned)c.recovered_ms);
}

static void many_deliveries_are_queued(void) {
    sim_size z;
    memset(&z, 0, sizeof z);
    z.hooks = 300;
    z.single = 1000;
    z.some = 5;
    z.broad = test_stride() > 1 ? 4 : 100;
    (void)sim_scale(&z);
}

void suite_engine(void) {
    RUN(random_scripts);
    RUN(all_short_scripts);
    RUN(calls_that_go_wrong);
    RUN(the_wall_clock_jumps);
    RUN(a_tick_of_32_bits_wraps);
    RUN(what_has_ended_is_not_cancelled_again);
    RUN(a_pause_while_the_body_is_fetched);
    RUN(a_fetch_that_nobody_waits_for);
    RUN(the_cap_of_the_wait_is_no_base);
    RUN(two_absent_webhooks_in_a_small_arena);
    RUN(turns);
    RUN(slow_ones_do_not_hold_up_the_others);
    RUN(many_deliveries_are_queued);
}
