/* make fuzz T=record SECONDS=60
 *
 * Input: a byte that says how; then either a record, which is read as it is and once more with its
 * checksums put right, and what is accepted is written again to the same bytes; or a script of calls
 * to a memory store, three bytes each, whose answers a plain list of records knows.
 */
#include "fuzz.h"
#include "../tests/records.h"

/* What is accepted is what our own writer makes of its parts; what is not leaves zeros. */
static void read_one(webhook_str record) {
    webhook_record r;
    webhook_status status;
    unsigned char *again;
    memset(&r, 0x5a, sizeof r);
    status = webhook_record_read(record, &r);
    require(status == WEBHOOK_OK || status == WEBHOOK_ERR_DAMAGED || status == WEBHOOK_ERR_RANGE);
    if (status != WEBHOOK_OK) {
        require(r.key.ptr == NULL && r.key.len == 0 && r.value.ptr == NULL && r.value.len == 0 &&
                r.version == 0 && r.kind == 0);
        return;
    }
    require(r.key.len > 0 && r.key.len <= WEBHOOK_STORE_KEY_MAX);
    require(r.kind == (uint8_t)r.key.ptr[0]);
    if (r.kind == 'w')
        require(r.version == records_read_number((const unsigned char *)r.value.ptr, 8));
    else
        require(r.version == 0);
    again = (unsigned char *)fuzz_memory(record.len);
    require(records_write(again, r.key, r.value, 1) == record.len);
    require(memcmp(again, record.ptr, record.len) == 0);
    free(again);
}

/* One bit of a record that is good: then it is not. */
static void damage(char *record, size_t len, size_t bit) {
    webhook_record r;
    if (webhook_record_read(webhook_str_from(record, len), &r) != WEBHOOK_OK) return;
    bit %= 8 * len;
    record[bit / 8] = (char)(unsigned char)((unsigned char)record[bit / 8] ^ 1u << bit % 8);
    require(webhook_record_read(webhook_str_from(record, len), &r) == WEBHOOK_ERR_DAMAGED);
}

static void read_records(webhook_str in, unsigned how) {
    char *record = fuzz_copy(in);
    read_one(webhook_str_from(record, in.len));
    if (in.len >= RECORDS_HEAD) {
        unsigned char *p = (unsigned char *)record;
        if (how & 2) records_number(p, 4, UINT32_C(0x57481f9e));
        if (how & 4 && in.len - RECORDS_HEAD >= p[6])
            records_number(p + 8, 8, in.len - RECORDS_HEAD - p[6]);
        records_seal(p, in.len);
        read_one(webhook_str_from(record, in.len));
        damage(record, in.len, (size_t)how * 31 + in.len * 7);
    }
    free(record);
}

/* holds -- a step of the model found nothing wrong */
static void holds(const char *broken) {
    if (broken != NULL) fuzz_broken(__FILE__, __LINE__, broken);
}

static void run_script(webhook_str in) {
    size_t len = 256 + (size_t)fuzz_byte(&in) * 17, off = fuzz_byte(&in) % 8, steps;
    char *memory = (char *)fuzz_memory(len + off);
    records_model w;
    require(records_begin(&w, memory + off, len) == WEBHOOK_OK);
    for (steps = 0; in.len > 0 && steps < 2000; steps++) {
        unsigned what = fuzz_byte(&in), key = fuzz_byte(&in) % RECORDS_KEYS, size = fuzz_byte(&in);
        switch (what % 8) {
        case 0:
        case 1:
        case 2:
            holds(records_put(&w, key, size * (what & 0x80 ? 9u : 1u), 1 + (what >> 4) % 4,
                              what % 8 == 2 && (what & 8)));
            break;
        case 3:
        case 4: holds(records_get(&w, key)); break;
        case 5: holds(records_release(&w, size)); break;
        case 6: records_remove(&w, key); break;
        default: holds(records_check(&w)); break;
        }
    }
    holds(records_end(&w));
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size);
    unsigned how = fuzz_byte(&in);
    if (how & 1)
        run_script(in);
    else
        read_records(in, how);
    return 0;
}
