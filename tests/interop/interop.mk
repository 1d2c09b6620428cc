# interop.mk -- a second opinion on the header from languages that others wrote; everything else is in run.sh

$B/interop_peer: $B/tests/interop/peer.o $(LIB)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@

.PHONY: interop
interop: $B/interop_peer $B/webhook ## Node, Python and OpenSSL as second opinions
	@sh tests/interop/run.sh $B/interop_peer $B/webhook
