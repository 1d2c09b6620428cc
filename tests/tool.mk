## ---- the tool ----

.PHONY: test-tool demo
test-tool: $B/webhook $B/raw ## every command, option and error path of the tool
	@sh tests/tool.sh $B/webhook $B/raw

demo: $B/webhook ## events matched, built, signed, verified; then delivered over sockets; what is forged is refused
	@sh examples/demo.sh $B/webhook
