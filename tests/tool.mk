## ---- the tool ----

.PHONY: test-tool demo
test-tool: $B/webhook $B/raw ## every command, option and error path of the tool
	@sh tests/tool.sh $B/webhook $B/raw

demo: $B/webhook ## events matched, built, signed, verified; then delivered over sockets; forged ones refused, one retried
	@sh examples/demo.sh $B/webhook
