/* make fuzz T=pattern SECONDS=60
 *
 * Input: a pattern, a line end, an event. The checks agree with a plain restatement of the rules, match with another,
 * and a pattern whose * stand at ids of the event matches exactly if expand yields it.
 */
#include "fuzz.h"

typedef struct segments {
    webhook_str at[16];
    size_t n;
} segments;

/* Splits s into segments: 0 where it is no name (stars = 0) or no pattern (1) */
static int split(webhook_str s, int stars, segments *out) {
    size_t i, start = 0;
    out->n = 0;
    if (s.len < 1 || s.len > 255) return 0;
    for (i = 0; i <= s.len; i++) {
        if (i < s.len && s.ptr[i] != '.') {
            if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || strchr(",\"\\", s.ptr[i]) != NULL) return 0;
            continue;
        }
        if (i == start || out->n == 16) return 0;
        if (memchr(s.ptr + start, '*', i - start) != NULL && (!stars || i - start != 1)) return 0;
        out->at[out->n++] = webhook_str_from(s.ptr + start, i - start);
        start = i + 1;
    }
    return 1;
}

/* The verdict is the restatement's; before the place of a fault stands what could still become a name. */
static int check(webhook_str s, int stars, segments *out) {
    webhook_status (*fn)(webhook_str, size_t *) =
        stars ? webhook_pattern_check : webhook_event_check;
    size_t at = 0, early;
    webhook_status status = fn(s, &at);
    require((status == WEBHOOK_OK) == split(s, stars, out));
    if (status == WEBHOOK_OK) return 1;
    require(status == WEBHOOK_ERR_SYNTAX || status == WEBHOOK_ERR_LIMIT);
    require(at <= s.len);
    s.len = at > 0 && s.ptr[at - 1] == '.' ? at - 1 : at;
    require(s.len == 0 || fn(s, &early) == WEBHOOK_OK || (s.len > 255 && early == 255));
    return 0;
}

static int is_star(webhook_str s) {
    return s.len == 1 && s.ptr[0] == '*';
}

/* It agrees from the start, and ends where a name can end. */
static int should_match(const segments *p, const segments *e) {
    size_t i;
    if (p->n != e->n && !(p->n < e->n && p->n % 2 == 0) && !(e->n % 2 == 0 && p->n == e->n - 1))
        return 0;
    for (i = 0; i < p->n; i++)
        if (!is_star(p->at[i]) && !webhook_str_eq(p->at[i], e->at[i])) return 0;
    return 1;
}

static int stars_at_ids(const segments *p, const segments *e) {
    size_t i;
    for (i = 0; i < p->n; i++)
        if (is_star(p->at[i]) && (i % 2 == 0 || i + 1 >= e->n)) return 0;
    return 1;
}

/* How often expand yields pattern; the header is the same names joined, or the event's name alone. */
static size_t times_in_expand(webhook_str pattern, webhook_str event) {
    static char list[512 * 256], header[WEBHOOK_EVENT_HEADER_MAX];
    webhook_buf names = webhook_buf_from(list, sizeof list),
                head = webhook_buf_from(header, sizeof header);
    webhook_expand_ctx c;
    size_t times = 0, n = 0;
    require(webhook_expand_init(&c, event) == WEBHOOK_OK);
    for (;;) {
        size_t before = names.len;
        webhook_str name;
        if (n > 0) webhook_buf_put(&names, WEBHOOK_STR(","));
        if (webhook_expand_next(&c, &names) != WEBHOOK_OK) break;
        before += n > 0;
        name = webhook_str_from(list + before, names.len - before);
        require(webhook_pattern_check(name, NULL) == WEBHOOK_OK);
        require(webhook_event_match(name, event) == WEBHOOK_OK);
        if (n == 0) require(webhook_str_eq(name, event));
        times += webhook_str_eq(name, pattern) ? 1 : 0;
        n++;
    }
    names.len--; /* the comma before the name that did not come */
    require(names.status == WEBHOOK_OK);
    webhook_event_header_write(&head, event, 0);
    require(webhook_str_eq(webhook_buf_str(&head),
                           n <= 64 && names.len <= 4096 ? webhook_buf_str(&names) : event));
    return times;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size), pattern, event;
    char *first, *second = NULL;
    segments p, e;
    int ok_pattern, ok_event;

    pattern = fuzz_line(&in, &first);
    second = fuzz_copy(in);
    event = webhook_str_from(second, in.len);
    ok_pattern = check(pattern, 1, &p);
    ok_event = check(event, 0, &e);
    if (!ok_pattern && ok_event) require(webhook_event_match(pattern, event) == WEBHOOK_NO_MATCH);
    if (ok_pattern && ok_event) {
        int match = webhook_event_match(pattern, event) == WEBHOOK_OK;
        size_t times = times_in_expand(pattern, event);
        require(match == should_match(&p, &e));
        require(times == (size_t)(match && stars_at_ids(&p, &e)));
    } else if (webhook_event_match(pattern, event) !=
               WEBHOOK_OK) { /* no event: its answer means nothing */
        require(webhook_event_match(pattern, event) == WEBHOOK_NO_MATCH);
    }
    free(first);
    free(second);
    return 0;
}
