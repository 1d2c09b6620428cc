# interop.mk -- a second opinion on the header and the tool from programs that others wrote; all
# else is in run.sh. Debian: nodejs npm python3 python3-flask openssl curl nginx-light iproute2
# util-linux, and libssl-dev for https; without iproute2 and util-linux, or where unshare is not
# permitted, the checks of the resolver are left out, and say so.

$B/interop_peer: $B/tests/interop/peer.o $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

# the engine over the posix loop, with TLS where the tool has it
$B/tests/interop/engine.o: OWN += $(TLS_CFLAGS)
$B/tests/interop/engine.o: examples/tls_openssl.h $B/tls
$B/interop_engine: $B/tests/interop/engine.o $(LIB) $(if $(TLS),$B/examples/tls_openssl.o)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) $(TLS_LIBS) $(THREADS) -o $@

.PHONY: interop
interop: $B/interop_peer $B/webhook $B/interop_engine ## Express, Flask, Node, Python, curl, nginx, OpenSSL as second opinions
	@sh tests/interop/run.sh $B/interop_peer $B/webhook $B/interop_engine
