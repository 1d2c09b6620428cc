/* m0_start.c -- the first instructions of a Cortex-M0: vectors, RAM, main, then the end of the run */
#include <stdint.h>

extern uint32_t m0_data[], m0_data_end[], m0_data_rom[], m0_bss[], m0_bss_end[], m0_stack_top[];
int main(void);
void m0_reset(void);
void m0_fault(void);

/* The stack, the reset handler, NMI and hard fault: more never happens here. */
__attribute__((section(".vectors"), used)) static const void *const vectors[4] = {
    m0_stack_top, (const void *)m0_reset, (const void *)m0_fault, (const void *)m0_fault
};

/* Semihosting call 0x20 ends the emulator with a status. */
static void leave(uint32_t status) {
    uint32_t block[2];
    register uint32_t r0 __asm__("r0") = 0x20;
    register uint32_t *r1 __asm__("r1") = block;
    block[0] = 0x20026;
    block[1] = status;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    for (;;) {
    }
}

void m0_reset(void) {
    volatile uint32_t *to;
    const uint32_t *from = m0_data_rom;
    for (to = m0_data; to < m0_data_end; to++) *to = *from++;
    for (to = m0_bss; to < m0_bss_end; to++) *to = 0;
    leave((uint32_t)main());
}

void m0_fault(void) {
    leave(99);
}
