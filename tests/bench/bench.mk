## ---- speed ----

.PHONY: bench bench-short
$B/bench: tests/bench/bench.c tests/webhook.c webhook.h
	@mkdir -p $(@D)
	@if pkg-config --exists libcrypto 2>/dev/null; then ssl="-DBENCH_OPENSSL $$(pkg-config --cflags --libs libcrypto)"; fi; \
	    set -x; $(CC) $(OWN) $(CFLAGS) -O3 tests/bench/bench.c tests/webhook.c $(LDFLAGS) -o $@ $$ssl

$B/bench_engine: tests/bench/engine.c tests/webhook.c webhook.h
	@mkdir -p $(@D)
	$(CC) $(OWN) $(CFLAGS) -O3 tests/bench/engine.c tests/webhook.c $(LDFLAGS) $(THREADS) -o $@

bench: $B/bench $B/bench_engine ## ns per call, beside the C library, and OpenSSL where pkg-config finds it
	@$B/bench
	@$B/bench_engine

bench-short: $B/bench $B/bench_engine ## the same with few repetitions
	@$B/bench -q
	@$B/bench_engine -q
