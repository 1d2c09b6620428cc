## ---- fuzzing with libFuzzer (clang) ----

T ?= json
SECONDS ?= 60
.PHONY: fuzz
fuzz: ## fuzz one harness: make fuzz T=json SECONDS=60
	@mkdir -p $B/fuzzing $B/corpus/$T
	$(CLANG) -std=c99 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    fuzz/fuzz_$T.c tests/webhook.c -o $B/fuzzing/$T
	$B/fuzzing/$T -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=$B/fuzzing/ $(if $(wildcard fuzz/dict/$T.dict),-dict=fuzz/dict/$T.dict) \
	    $B/corpus/$T fuzz/corpus/$T
