/* make fuzz T=envelope SECONDS=60
 *
 * Input: a body. It is an envelope exactly if looking up the four fields finds good ones; what is read lies inside the
 * body; written again and read again it is the same, and writing that again gives the same bytes.
 */
#include "fuzz.h"

static int inside(webhook_str part, webhook_str whole) {
    return part.ptr >= whole.ptr && part.len <= whole.len &&
           (size_t)(part.ptr - whole.ptr) <= whole.len - part.len;
}

static int id_ok(webhook_str id) {
    size_t i;
    for (i = 0; i < id.len; i++)
        if (id.ptr[i] == 0 ||
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", id.ptr[i]) ==
                NULL)
            return 0;
    return id.len >= 1 && id.len <= 36;
}

static int good(const webhook_json_path *p, const webhook_envelope *e) {
    int64_t ms;
    char time[64];
    webhook_buf b = webhook_buf_from(time, sizeof time);
    if (p[0].value.kind != WEBHOOK_JSON_STRING || p[1].value.kind != WEBHOOK_JSON_STRING) return 0;
    if (p[2].value.kind != WEBHOOK_JSON_STRING || p[3].value.kind == WEBHOOK_JSON_NONE) return 0;
    if (p[0].value.escaped || p[1].value.escaped) return 0;
    if (!id_ok(p[0].value.text) || webhook_event_check(p[1].value.text, NULL)) return 0;
    if (webhook_json_string(&p[2].value, &b) || webhook_iso_read(webhook_buf_str(&b), &ms))
        return 0;
    if (e->id.ptr != NULL)
        require(e->unix_ms == ms &&
                e->payload.ptr == p[3].value.text.ptr - fuzz_quoted(&p[3].value));
    return 1;
}

/* Reading and looking up agree. */
static webhook_status check_read(webhook_str body, webhook_envelope *e) {
    static const char *const name[4] = { "/$id", "/event", "/timestamp", "/payload" };
    webhook_json_path p[4] = WEBHOOK_ZERO;
    size_t at = 0, find_at = 0, i;
    webhook_status status, find;
    for (i = 0; i < 4; i++) p[i].path = webhook_str_from_cstr(name[i]);
    memset(e, 0xff, sizeof *e);
    status = webhook_payload_read(body, e, &at);
    find = webhook_json_find(body, p, 4, &find_at);
    require(at <= body.len);
    if (status != WEBHOOK_OK)
        require(e->id.ptr == NULL && e->event.len == 0 && e->unix_ms == 0 &&
                e->payload.ptr == NULL);
    require((status == WEBHOOK_OK) == (find == WEBHOOK_OK && good(p, e)));
    if (status == WEBHOOK_ERR_DUPLICATE) require(body.ptr[at] == '"');
    if (status == WEBHOOK_OK) {
        require(webhook_str_eq(e->id, p[0].value.text) &&
                webhook_str_eq(e->event, p[1].value.text));
        require(inside(e->id, body) && inside(e->event, body) && inside(e->payload, body));
        require(webhook_json_find(e->payload, NULL, 0, NULL) == WEBHOOK_OK);
    } else if (status != WEBHOOK_ERR_SYNTAX && status != WEBHOOK_ERR_DUPLICATE) {
        require(status == find && at == find_at);
    }
    return status;
}

/* The body of an envelope, to be freed; NULL where its payload has no normal form */
static char *write_body(const webhook_envelope *e, size_t *len) {
    webhook_buf b = WEBHOOK_ZERO;
    webhook_json_scratch scratch;
    webhook_status status;
    char *body;
    size_t at;
    scratch.n = WEBHOOK_JSON_SCRATCH(e->payload.len);
    scratch.ptr = (uint32_t *)fuzz_memory(scratch.n * sizeof *scratch.ptr);
    status = webhook_payload_write(&b, e, scratch, &at);
    *len = (size_t)b.total;
    body = (char *)fuzz_memory(*len);
    if (status >= WEBHOOK_OK) {
        b = webhook_buf_from(body, *len);
        require(webhook_payload_write(&b, e, scratch, &at) == status);
        require(b.len == *len && b.status == WEBHOOK_OK);
        require(status == WEBHOOK_OK || (status == WEBHOOK_CHANGED && at < e->payload.len));
        b = webhook_buf_from(body, *len - 1);
        require(webhook_payload_write(&b, e, scratch, &at) == WEBHOOK_ERR_SPACE && b.total == *len);
        b = webhook_buf_from(body, *len);
        require(webhook_payload_write(&b, e, scratch, &at) == status);
    } else {
        require(status == WEBHOOK_ERR_DUPLICATE || status == WEBHOOK_ERR_RANGE);
        require(at < e->payload.len);
        free(body);
        body = NULL;
    }
    free(scratch.ptr);
    return body;
}

static void check_written(const webhook_envelope *e) {
    webhook_envelope back;
    char *first, *second;
    size_t n, again;
    first = write_body(e, &n);
    if (first == NULL) return;
    require(check_read(webhook_str_from(first, n), &back) == WEBHOOK_OK);
    require(webhook_str_eq(e->id, back.id) && webhook_str_eq(e->event, back.event) &&
            e->unix_ms == back.unix_ms);
    second = write_body(&back, &again);
    require(second != NULL && again == n && memcmp(first, second, n) == 0);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *body = fuzz_copy(webhook_str_from((const char *)data, size));
    webhook_envelope e;
    if (check_read(webhook_str_from(body, size), &e) == WEBHOOK_OK) check_written(&e);
    free(body);
    return 0;
}
