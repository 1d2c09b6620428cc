/* make fuzz T=address SECONDS=60
 *
 * Input: a byte for the guard, then lines: two blocks that it allows, and an address or block. The
 * text is taken where inet_pton takes it, and means the same bytes; what they print as is read
 * back. The guard says of an IPv4 address in its IPv6 forms what it says of itself, allows no more
 * than it was told to, and never what no one may.
 */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"

#if defined(__unix__) || defined(__APPLE__)
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* blocks as a reader of RFC 6890 and IANA's registries writes them down */
static const char *const never[] = { "0.0.0.0/8",       "169.254.0.0/16", "192.0.2.0/24",
                                     "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
                                     "240.0.0.0/4",     "fe80::/10",      "ff00::/8",
                                     "::/128",          "2001:db8::/32",  "3fff::/20" };
static const char *const private_ones[] = { "10.0.0.0/8",  "172.16.0.0/12", "192.168.0.0/16",
                                            "127.0.0.0/8", "100.64.0.0/10", "::1/128",
                                            "fc00::/7" };
static const char *const others[] = { "192.0.0.0/24",   "198.18.0.0/15", "192.88.99.0/24",
                                      "2002::/16",      "2001::/32",     "100::/64",
                                      "64:ff9b:1::/48", "fec0::/10",     "5f00::/16" };

typedef struct address {
    unsigned char ip[16];
    size_t len;
} address;

/* by inet_pton */
static int address_of(const char *text, address *a) {
    memset(a, 0, sizeof *a);
    a->len = strchr(text, ':') == NULL ? 4 : 16;
    return inet_pton(a->len == 4 ? AF_INET : AF_INET6, text, a->ip) == 1;
}

static int bit_of(const unsigned char *ip, unsigned i) {
    return ip[i / 8] >> (7 - i % 8) & 1;
}

static int within(const address *a, const unsigned char *ip, size_t len, unsigned bits) {
    unsigned i;
    if (a->len != len) return 0;
    for (i = 0; i < bits; i++)
        if (bit_of(a->ip, i) != bit_of(ip, i)) return 0;
    return 1;
}

static int within_text(const address *a, const char *block) {
    char text[64];
    address net;
    const char *slash = strchr(block, '/');
    memcpy(text, block, (size_t)(slash - block));
    text[slash - block] = 0;
    require(address_of(text, &net));
    return within(a, net.ip, net.len, (unsigned)atoi(slash + 1));
}

static int within_any(const address *a, const char *const *blocks, size_t n) {
    size_t i;
    for (i = 0; i < n; i++)
        if (within_text(a, blocks[i])) return 1;
    return 0;
}

#define IN(a, blocks) within_any(a, blocks, sizeof(blocks) / sizeof *(blocks))

/* webhook_net_read against inet_pton and strtoul; 1 where it is a block */
static int read_net(webhook_str text, webhook_net *net) {
    webhook_status s;
    char copy[64], *slash;
    address a;
    unsigned bits, i;
    int good;
    memset(net, 0xa5, sizeof *net);
    s = webhook_net_read(text, net);
    require(s == WEBHOOK_OK || s == WEBHOOK_ERR_SYNTAX);
    if (s != WEBHOOK_OK) require(net->len == 0 && net->bits == 0 && net->ip[0] == 0);
    if (text.len >= sizeof copy || memchr(text.ptr, 0, text.len) != NULL) {
        require(s != WEBHOOK_OK);
        return 0;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    slash = strchr(copy, '/');
    if (slash != NULL) *slash++ = 0;
    good = address_of(copy, &a);
    bits = (unsigned)a.len * 8;
    if (slash != NULL) { /* one to three digits, no zero in front */
        size_t digits = strspn(slash, "0123456789");
        good &= digits > 0 && digits <= 3 && slash[digits] == 0 && (*slash != '0' || digits == 1);
        if (good) good &= (unsigned)atoi(slash) <= bits;
        if (good) bits = (unsigned)atoi(slash);
    }
    for (i = bits; good && i < a.len * 8; i++) good &= !bit_of(a.ip, i);
    require((s == WEBHOOK_OK) == good);
    if (!good) return 0;
    require(net->len == a.len && net->bits == bits && memcmp(net->ip, a.ip, a.len) == 0);
    return 1;
}

/* What it prints as, by inet_ntop, is the same address, also as the host of a URL. */
static void print_and_read(const address *a) {
    char text[64], url[96];
    webhook_net net;
    webhook_url u;
    require(inet_ntop(a->len == 4 ? AF_INET : AF_INET6, a->ip, text, sizeof text) != NULL);
    require(webhook_net_read(webhook_str_from_cstr(text), &net) == WEBHOOK_OK);
    require(net.len == a->len && net.bits == a->len * 8 && memcmp(net.ip, a->ip, a->len) == 0);
    snprintf(url, sizeof url, a->len == 4 ? "http://%s/" : "http://[%s]/", text);
    require(webhook_url_read(webhook_str_from_cstr(url), &u, NULL) == WEBHOOK_OK);
    require(u.host_kind == (a->len == 4 ? WEBHOOK_HOST_IPV4 : WEBHOOK_HOST_IPV6));
    require(memcmp(u.ip, a->ip, a->len) == 0);
}

static webhook_status guard_says(const webhook_guard *g, const address *a) {
    char *copy = fuzz_copy(webhook_str_from((const char *)a->ip, a->len));
    webhook_status s = webhook_guard_check(g, (const unsigned char *)copy, a->len);
    require(s == WEBHOOK_OK || s == WEBHOOK_ERR_FORBIDDEN);
    free(copy);
    return s;
}

/* ::ffff:a.b.c.d and 64:ff9b::a.b.c.d */
static void in_disguise(const webhook_guard *g, const address *a) {
    address six = WEBHOOK_ZERO;
    six.len = 16;
    memcpy(six.ip + 12, a->ip, 4);
    six.ip[10] = six.ip[11] = 0xff;
    require(guard_says(g, &six) == guard_says(g, a));
    six.ip[10] = six.ip[11] = 0;
    require(guard_says(NULL, &six) == WEBHOOK_ERR_FORBIDDEN); /* IPv4-compatible */
    six.ip[1] = 0x64;
    six.ip[2] = 0xff;
    six.ip[3] = 0x9b;
    require(guard_says(g, &six) == guard_says(g, a));
}

static void guard(const webhook_guard *g, const address *a) {
    webhook_guard none = WEBHOOK_ZERO, private_too = WEBHOOK_ZERO;
    webhook_status plain = guard_says(NULL, a), s = guard_says(g, a);
    int wrapped =
        a->len == 16 && (within_text(a, "::ffff:0:0/96") || within_text(a, "64:ff9b::/96"));
    int allowed = 0;
    size_t i;
    private_too.allow_private = 1;
    require(guard_says(&none, a) == plain);
    if (a->len == 4) in_disguise(g, a);
    if (wrapped) return; /* judged as the one inside, which was the case above */
    for (i = 0; i < g->n_nets; i++)
        allowed |= within(a, g->nets[i].ip, g->nets[i].len, g->nets[i].bits);
    if (IN(a, never)) require(s == WEBHOOK_ERR_FORBIDDEN && plain == WEBHOOK_ERR_FORBIDDEN);
    if (IN(a, private_ones)) {
        require(plain == WEBHOOK_ERR_FORBIDDEN && guard_says(&private_too, a) == WEBHOOK_OK);
        require(s == (g->allow_private || allowed ? WEBHOOK_OK : WEBHOOK_ERR_FORBIDDEN));
    } else {
        require(guard_says(&private_too, a) == plain);
    }
    if (IN(a, others)) require(plain == WEBHOOK_ERR_FORBIDDEN);
    if (a->len == 16 && !within_text(a, "2000::/3")) require(plain == WEBHOOK_ERR_FORBIDDEN);
    if (plain == WEBHOOK_OK) require(s == WEBHOOK_OK);
    if (plain != WEBHOOK_OK && !g->allow_private && !allowed) require(s != WEBHOOK_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    webhook_str in = webhook_str_from((const char *)data, size), text;
    webhook_guard g = WEBHOOK_ZERO;
    webhook_net nets[2], net;
    address a = WEBHOOK_ZERO;
    unsigned how = fuzz_byte(&in), i;
    char *memory;
    size_t n = 0;
    for (i = 0; i < 2; i++) {
        text = fuzz_line(&in, &memory);
        n += (size_t)read_net(text, &nets[n]);
        free(memory);
    }
    g.allow_private = how & 1;
    g.nets = nets;
    g.n_nets = n;
    memory = fuzz_copy(in);
    if (read_net(webhook_str_from(memory, in.len), &net)) {
        memcpy(a.ip, net.ip, net.len);
        a.len = net.len;
        print_and_read(&a);
        guard(&g, &a);
    }
    free(memory);
    a.len = how & 2 ? 16 : 4; /* and the bytes as they are */
    memset(a.ip, 0, sizeof a.ip);
    if (in.len > 0) memcpy(a.ip, in.ptr, in.len < a.len ? in.len : a.len);
    print_and_read(&a);
    guard(&g, &a);
    return 0;
}
#else
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { /* no inet_pton to compare with */
    (void)data, (void)size;
    return 0;
}
#endif
