## ---- speed ----

.PHONY: bench bench-short
$B/bench: tests/bench/bench.c tests/webhook.c webhook.h
	@mkdir -p $(@D)
	@if pkg-config --exists libcrypto 2>/dev/null; then ssl="-DBENCH_OPENSSL $$(pkg-config --cflags --libs libcrypto)"; fi; \
	    set -x; $(CC) $(OWN) $(CFLAGS) -O3 tests/bench/bench.c tests/webhook.c $(LDFLAGS) -o $@ $$ssl

bench: $B/bench ## ns per call, beside the C library, and OpenSSL where pkg-config finds it
	@$B/bench

bench-short: $B/bench ## the same with few repetitions
	@$B/bench -q
