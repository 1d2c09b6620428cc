## ---- fuzzing with libFuzzer (clang) ----

T ?= json
SECONDS ?= 60
DICT = $(wildcard fuzz/dict/$(if $(filter find normal envelope,$T),json,$(T:integer=number)).dict)
SUBJECTS := $(patsubst fuzz_%,%,$(HARNESSES))
.PHONY: fuzz fuzz-all fuzz-short
FUZZED := $(CLANG) -std=c99 -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
$B/fuzzing/webhook.o: tests/webhook.c webhook.h
	@mkdir -p $(@D)
	$(FUZZED) -c $< -o $@

fuzz: $B/fuzzing/webhook.o ## fuzz one harness: make fuzz T=json SECONDS=60
	@$(if $(and $(filter 1,$(words $T)),$(filter $(SUBJECTS),$T)),:,echo 'fuzz: T is one of $(SUBJECTS), not "$T"' >&2; exit 1)
	@mkdir -p $B/corpus/$T
	$(FUZZED) -fsanitize=fuzzer fuzz/fuzz_$T.c $< -o $B/fuzzing/$T
	$B/fuzzing/$T -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=$B/fuzzing/$T- $(addprefix -dict=,$(DICT)) $B/corpus/$T fuzz/corpus/$T

fuzz-all: ## fuzz every harness, one after the other: make fuzz-all SECONDS=60
	@mkdir -p $B
	@for h in $(HARNESSES); do \
	    $(MAKE) -s fuzz T=$${h#fuzz_} SECONDS=$(SECONDS) >$B/fuzzing.log 2>&1 || { tail -40 $B/fuzzing.log; exit 1; }; \
	    sed -n "s/^stat::number_of_executed_units: */$$h: no finding, inputs tried: /p" $B/fuzzing.log; done

fuzz-short: ## the same for 3 s each
	@$(MAKE) -s fuzz-all SECONDS=3
