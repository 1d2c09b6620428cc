## ---- the engine in a simulated world ----

.PHONY: engine-sim engine-fair engine-all
SECONDS ?= 60
STEPS ?= 1000000
SIM_OBJ := $(addprefix $B/tests/,sim.o sim_fair.o)
TEST_OBJ += $(SIM_OBJ)
$B/test options optimisations: $(SIM_OBJ)

# without processor-specific instructions: where CPUID is trapped, most of the time would go there
$B/tests/webhook_plain.o: tests/webhook.c webhook.h
	@mkdir -p $(@D)
	$(CC) $(OWN) $(CFLAGS) -DWEBHOOK_NO_SIMD -c $< -o $@

$B/sim: $B/tests/sim_main.o $(SIM_OBJ) $B/tests/webhook_plain.o
	$(CC) $(CFLAGS) $^ $(LDFLAGS) $(THREADS) -o $@

engine-sim: $B/sim ## random scripts of the engine in a simulated world: SECONDS=60
	@$B/sim --seconds $(SECONDS)

engine-fair: $B/sim ## 10,000 webhooks of which some hang: how late the others are
	@$B/sim --fair

engine-all: $B/sim ## 10^6 random steps, all short scripts, faults, crowds, 10^6 deliveries queued
	@$B/sim --steps $(STEPS)
	@$B/sim --short 7
	@$B/sim --short-two 5
	@$B/sim --faults
	@$B/sim --fair
	@$B/sim --scale

test-all: engine-all
