/* make fuzz T=url SECONDS=60
 *
 * Input: a URL. What is accepted is looked at by hand: its bytes, its parts and the ends of these;
 * no host that inet_aton takes for an address is taken for a name. Written again from its parts it
 * reads the same, and so does the request line with its Host field. The guard says of the
 * literal's text what it says of its bytes.
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* inet_aton */
#include "fuzz.h"

#if defined(__unix__) || defined(__APPLE__)
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#define HAVE_INET
#endif

static int is_in(char c, const char *set) {
    return c != 0 && strchr(set, c) != NULL;
}

/* The labels of a name, with what RFC 1034 and RFC 1123 allow, and the underscore that is met */
static void look_at_name(webhook_str host) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t i, label = 0;
    require(host.len > 0 && host.len <= 253);
    for (i = 0; i < host.len; i++) {
        label = host.ptr[i] == '.' ? 0 : label + 1;
        require(label <= 63 && (host.ptr[i] == '.' || is_in(host.ptr[i], letters)));
        if (i > 0) require(host.ptr[i] != '.' || host.ptr[i - 1] != '.');
    }
    require(host.ptr[0] != '.');
}

static void look_at_literal(const webhook_url *u) {
    char host[256];
    memcpy(host, u->host.ptr, u->host.len);
    host[u->host.len] = 0;
#ifdef HAVE_INET
    {
        unsigned char ip[16];
        struct in_addr odd;
        if (u->host_kind == WEBHOOK_HOST_NAME) require(inet_aton(host, &odd) == 0);
        if (u->host_kind == WEBHOOK_HOST_IPV4)
            require(inet_pton(AF_INET, host, ip) == 1 && memcmp(ip, u->ip, 4) == 0);
        if (u->host_kind == WEBHOOK_HOST_IPV6)
            require(inet_pton(AF_INET6, host, ip) == 1 && memcmp(ip, u->ip, 16) == 0);
    }
#endif
}

/* The text is its parts, one behind the other, and what must stand between them. */
static void look(const webhook_url *u) {
    const char *p = u->text.ptr, *end = p + u->text.len;
    char port[16];
    size_t i, n = u->https ? 8 : 7;
    require(u->text.len <= WEBHOOK_URL_MAX && u->text.len > n);
    for (i = 0; i < u->text.len; i++) require(p[i] > ' ' && p[i] < 0x7f && !is_in(p[i], "#\\"));
    require(webhook_str_ieq(webhook_str_from(p, n),
                            u->https ? WEBHOOK_STR("https://") : WEBHOOK_STR("http://")));
    p += n;
    if (u->host_kind == WEBHOOK_HOST_IPV6) require(*p++ == '[');
    require(u->host.ptr == p);
    p += u->host.len;
    if (u->host_kind == WEBHOOK_HOST_IPV6) require(*p++ == ']');
    if (p < end && *p == ':') {
        n = (size_t)snprintf(port, sizeof port, ":%u", (unsigned)u->port);
        require((size_t)(end - p) >= n && memcmp(p, port, n) == 0);
        p += n;
    } else {
        require(u->port == (u->https ? 443 : 80));
    }
    require(u->port > 0 && u->target.len == (size_t)(end - p));
    if (u->target.len > 0) require(u->target.ptr == p && is_in(*p, "/?"));
    if (u->host_kind == WEBHOOK_HOST_NAME) look_at_name(u->host);
    look_at_literal(u);
}

static void same(const webhook_url *a, const webhook_url *b) {
    require(a->https == b->https && a->port == b->port && a->host_kind == b->host_kind);
    require(webhook_str_eq(a->host, b->host) && webhook_str_eq(a->target, b->target));
    require(memcmp(a->ip, b->ip, sizeof a->ip) == 0);
}

/* the host as it stands in a URL, and in a Host field */
static void put_host(webhook_buf *b, const webhook_url *u) {
    int six = u->host_kind == WEBHOOK_HOST_IPV6;
    webhook_buf_put(b, six ? WEBHOOK_STR("[") : WEBHOOK_STR(""));
    webhook_buf_put(b, u->host);
    webhook_buf_put(b, six ? WEBHOOK_STR("]") : WEBHOOK_STR(""));
}

static void again(const webhook_url *u) {
    char text[WEBHOOK_URL_MAX + 8];
    webhook_buf b = webhook_buf_from(text, sizeof text);
    webhook_url v;
    webhook_status s;
    webhook_buf_put(&b, u->https ? WEBHOOK_STR("https://") : WEBHOOK_STR("http://"));
    put_host(&b, u);
    webhook_buf_put(&b, WEBHOOK_STR(":"));
    webhook_decimal_write(&b, u->port);
    webhook_buf_put(&b, u->target);
    require(webhook_buf_end(&b) == WEBHOOK_OK);
    s = webhook_url_read(webhook_buf_str(&b), &v, NULL);
    require(s == WEBHOOK_OK || (s == WEBHOOK_ERR_LIMIT && b.len > WEBHOOK_URL_MAX));
    if (s == WEBHOOK_OK) same(u, &v);
}

static void request_of(const webhook_url *u) {
    char text[WEBHOOK_URL_MAX + 512], host[320];
    webhook_buf b = webhook_buf_from(text, sizeof text), h = webhook_buf_from(host, sizeof host);
    webhook_http_desc d = WEBHOOK_ZERO;
    webhook_http_ctx c;
    webhook_http_token t;
    webhook_str in, target = u->target;
    put_host(&h, u);
    if (u->port != (u->https ? 443 : 80)) {
        webhook_buf_put(&h, WEBHOOK_STR(":"));
        webhook_decimal_write(&h, u->port);
    }
    webhook_http_put_request(&b, WEBHOOK_STR("POST"), u);
    webhook_http_put_length(&b, 0);
    require(webhook_buf_end(&b) == WEBHOOK_OK);
    require(webhook_http_init(&c, &d) == WEBHOOK_OK);
    in = webhook_buf_str(&b);
    require(webhook_http_next(&c, &in, &t) == WEBHOOK_OK && t.kind == WEBHOOK_HTTP_LINE);
    require(webhook_str_eq(t.name, WEBHOOK_STR("POST")));
    if (target.len == 0 || *target.ptr == '?') { /* the path that is not there is the root */
        require(t.value.len > 0 && *t.value.ptr == '/');
        t.value = webhook_str_from(t.value.ptr + 1, t.value.len - 1);
    }
    require(webhook_str_eq(t.value, target));
    require(webhook_http_next(&c, &in, &t) == WEBHOOK_OK && t.kind == WEBHOOK_HTTP_FIELD);
    require(webhook_str_eq(t.name, WEBHOOK_STR("Host")));
    require(webhook_str_eq(t.value, webhook_buf_str(&h)));
    while (webhook_http_next(&c, &in, &t) == WEBHOOK_OK) {
    }
    require(in.len == 0 && webhook_http_finish(&c) == WEBHOOK_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str text = webhook_str_from((const char *)data, size);
    webhook_url u, none = WEBHOOK_ZERO;
    webhook_net net;
    webhook_status s;
    size_t offset = (size_t)-1;
    char *memory = fuzz_copy(text);
    text.ptr = memory;
    memset(&u, 0xa5, sizeof u);
    s = webhook_url_read(text, &u, &offset);
    if (s == WEBHOOK_OK) {
        require(webhook_str_eq(u.text, text));
        look(&u);
        again(&u);
        request_of(&u);
        if (u.host_kind != WEBHOOK_HOST_NAME) {
            require(webhook_net_read(u.host, &net) == WEBHOOK_OK);
            require(net.len == (u.host_kind == WEBHOOK_HOST_IPV4 ? 4 : 16));
            require(memcmp(net.ip, u.ip, net.len) == 0);
            require(webhook_guard_check(NULL, net.ip, net.len) ==
                    webhook_guard_check(NULL, u.ip, net.len));
        } else {
            require(webhook_net_read(u.host, &net) != WEBHOOK_OK);
        }
    } else {
        require(s == WEBHOOK_ERR_SYNTAX || s == WEBHOOK_ERR_RANGE || s == WEBHOOK_ERR_LIMIT);
        require(offset <= text.len && memcmp(&u.text, &none.text, sizeof u.text) == 0);
        require(u.host.len == 0 && u.target.len == 0 && u.port == 0 && u.https == 0);
    }
    free(memory);
    return 0;
}
