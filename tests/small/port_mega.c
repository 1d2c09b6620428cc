/* port_mega.c -- ATmega2560: all that port_avr.c has, and no copying of initial values from flash to RAM at the start
 *
 * They lie above 64 KiB, from where QEMU 7 reads zeros (its elpm loses RAMPZ): small.sh has the emulator put them into
 * RAM. It would do the same harm to tables that lie there; the linker keeps those of the header below.
 */
__asm__(".global __do_copy_data\n__do_copy_data = 0\n");
#include "port_avr.c"
