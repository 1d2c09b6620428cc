## ---- the tool ----

.PHONY: test-tool demo
test-tool: $B/webhook ## every command, option and error path of the tool
	@sh tests/tool.sh $B/webhook

demo: $B/webhook ## an event matched, its payload built, signed, verified; forged ones refused
	@sh examples/demo.sh $B/webhook
