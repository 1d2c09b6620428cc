## ---- small machines ----

# Needs (Debian): gcc-arm-none-eabi qemu-system-arm gcc-avr avr-libc qemu-system-misc binutils
#   gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user

.PHONY: small
small: ## verify, receive and emit on Cortex-M0, AVR and s390x: run there, flash, RAM and stack weighed and compared with the README
	+@$(MAKE) -s --no-print-directory B=$B/small/tests CC=s390x-linux-gnu-gcc LDFLAGS=-static $B/small/tests/test
	@qemu-s390x $B/small/tests/test -s 200 >$B/small/tests/log || { cat $B/small/tests/log >&2; exit 1; }
	@echo "s390x, the whole test program: $$(tail -n 1 $B/small/tests/log)"
	@tests/small/small.sh $B/small
	@echo "small: under 3,000 bytes of flash on the Cortex-M0"
