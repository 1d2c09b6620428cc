/* test_url.c -- URLs, blocks of addresses, and the guard against inside networks */
#if defined(__unix__) || defined(__APPLE__)
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200112L
#endif
#define HAVE_PTON
#include <arpa/inet.h>
#include <sys/socket.h>
#endif
#include "test.h"

/* ---- what all of them share ---- */

static int is_zero(const void *p, size_t n) {
    const unsigned char *b = (const unsigned char *)p;
    while (n > 0 && b[n - 1] == 0) n--;
    return n == 0;
}

/* Reads a copy that ends where memory may not be read; on success every slice must lie in it. */
static webhook_status read_url(webhook_str text, webhook_url *u, size_t *offset) {
    webhook_str s = test_guarded(text);
    webhook_status got;
    memset(u, 0xa5, sizeof *u);
    *offset = 0xa5a5;
    got = webhook_url_read(s, u, offset);
    if (got != WEBHOOK_OK) {
        CHECK(is_zero(u, sizeof *u));
        CHECK(*offset <= text.len);
        return got;
    }
    CHECK(u->text.ptr == s.ptr && u->text.len == s.len);
    CHECK(u->host.len > 0 && u->host.ptr >= s.ptr + 7 &&
          u->host.ptr + u->host.len <= s.ptr + s.len);
    CHECK(u->target.len == 0 || u->target.ptr + u->target.len == s.ptr + s.len);
    CHECK(u->port > 0 && u->https <= 1);
    return got;
}

/* A text put together; lives until the next call but three. */
static webhook_str join(const char *a, const char *b, const char *c) {
    static char room[4][4096];
    static unsigned at;
    char *p = room[at++ % 4];
    int n = snprintf(p, sizeof room[0], "%s%s%s", a, b, c);
    CHECK(n >= 0 && (size_t)n < sizeof room[0]);
    return webhook_str_from(p, (size_t)n);
}

/* ---- URLs that are accepted ---- */

static const struct {
    const char *text, *host, *target;
    uint16_t port;
    uint8_t https, kind;
} good_urls[] = {
    { "http://a", "a", "", 80, 0, WEBHOOK_HOST_NAME },
    { "https://a", "a", "", 443, 1, WEBHOOK_HOST_NAME },
    { "http://a/", "a", "/", 80, 0, WEBHOOK_HOST_NAME },
    { "http://a?x=1", "a", "?x=1", 80, 0, WEBHOOK_HOST_NAME },
    { "http://a?", "a", "?", 80, 0, WEBHOOK_HOST_NAME },
    { "http://a/?", "a", "/?", 80, 0, WEBHOOK_HOST_NAME },
    { "HTTP://A.Example/B", "A.Example", "/B", 80, 0, WEBHOOK_HOST_NAME },
    { "hTTpS://EXAMPLE.com:8443/Path?q=1", "EXAMPLE.com", "/Path?q=1", 8443, 1, WEBHOOK_HOST_NAME },
    { "https://hooks.example.com/in/42?k=v&l=%20", "hooks.example.com", "/in/42?k=v&l=%20", 443, 1,
      WEBHOOK_HOST_NAME },
    { "http://a:1", "a", "", 1, 0, WEBHOOK_HOST_NAME },
    { "http://a:65535/", "a", "/", 65535, 0, WEBHOOK_HOST_NAME },
    { "https://a:80", "a", "", 80, 1, WEBHOOK_HOST_NAME },
    { "http://a:443?x", "a", "?x", 443, 0, WEBHOOK_HOST_NAME },
    { "http://xn--bcher-kva.example/", "xn--bcher-kva.example", "/", 80, 0, WEBHOOK_HOST_NAME },
    { "http://a-b.c_d/", "a-b.c_d", "/", 80, 0, WEBHOOK_HOST_NAME },
    { "http://localhost:3000/hook", "localhost", "/hook", 3000, 0, WEBHOOK_HOST_NAME },
    { "http://1a/", "1a", "/", 80, 0, WEBHOOK_HOST_NAME },
    { "http://1.2.3.4.example/", "1.2.3.4.example", "/", 80, 0, WEBHOOK_HOST_NAME },
    { "http://0xg/", "0xg", "/", 80, 0, WEBHOOK_HOST_NAME },
    { "http://1.2.3.4", "1.2.3.4", "", 80, 0, WEBHOOK_HOST_IPV4 },
    { "http://0.0.0.0/", "0.0.0.0", "/", 80, 0, WEBHOOK_HOST_IPV4 },
    { "https://255.255.255.255:8080/x", "255.255.255.255", "/x", 8080, 1, WEBHOOK_HOST_IPV4 },
    { "http://[::]", "::", "", 80, 0, WEBHOOK_HOST_IPV6 },
    { "http://[::1]:8080/x", "::1", "/x", 8080, 0, WEBHOOK_HOST_IPV6 },
    { "https://[2001:DB8:0:0:1::a]?y", "2001:DB8:0:0:1::a", "?y", 443, 1, WEBHOOK_HOST_IPV6 },
    { "http://[::ffff:1.2.3.4]/", "::ffff:1.2.3.4", "/", 80, 0, WEBHOOK_HOST_IPV6 },
    { "http://a/%2e%2E/%00%fF", "a", "/%2e%2E/%00%fF", 80, 0, WEBHOOK_HOST_NAME },
    { "http://a/@b:80//c?d?e", "a", "/@b:80//c?d?e", 80, 0, WEBHOOK_HOST_NAME },
    { "http://a/http://127.0.0.1/", "a", "/http://127.0.0.1/", 80, 0, WEBHOOK_HOST_NAME },
    { "http://a?u@b:1/", "a", "?u@b:1/", 80, 0, WEBHOOK_HOST_NAME },
};

static void urls_taken_apart(void) {
    size_t i, offset;
    webhook_url u;
    for (i = 0; i < sizeof good_urls / sizeof good_urls[0]; i++) {
        CHECK_STATUS(read_url(webhook_str_from_cstr(good_urls[i].text), &u, &offset), WEBHOOK_OK);
        CHECK_STR(u.text, good_urls[i].text);
        CHECK_STR(u.host, good_urls[i].host);
        CHECK_STR(u.target, good_urls[i].target);
        CHECK_SIZE(u.port, good_urls[i].port);
        CHECK(u.https == good_urls[i].https);
        CHECK(u.host_kind == good_urls[i].kind);
        if (u.host_kind == WEBHOOK_HOST_NAME) CHECK(is_zero(u.ip, sizeof u.ip));
        if (u.host_kind == WEBHOOK_HOST_IPV4) CHECK(is_zero(u.ip + 4, 12));
        CHECK_STATUS(webhook_url_read(u.text, &u, NULL), WEBHOOK_OK);
    }
    CHECK_STATUS(read_url(WEBHOOK_STR("http://1.20.255.4"), &u, &offset), WEBHOOK_OK);
    CHECK(memcmp(u.ip, "\x01\x14\xff\x04", 4) == 0);
    CHECK_STATUS(read_url(WEBHOOK_STR("http://[2001:db8::1:a]"), &u, &offset), WEBHOOK_OK);
    CHECK(memcmp(u.ip, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\x01\0\x0a", 16) == 0);
}

/* ---- URLs that are refused ---- */

/* The fault stands where the second part begins. */
typedef struct bad_url {
    const char *before, *from;
} bad_url;

static void refuse_each(const bad_url *row, size_t rows) {
    size_t i, offset;
    webhook_url u;
    for (i = 0; i < rows; i++) {
        webhook_str text = join(row[i].before, row[i].from, "");
        int ok = CHECK_STATUS(read_url(text, &u, &offset), WEBHOOK_ERR_SYNTAX);
        ok &= CHECK_SIZE(offset, strlen(row[i].before));
        if (!ok) printf("  the URL is \"%.*s\"\n", (int)text.len, text.ptr);
        CHECK_STATUS(webhook_url_read(text, &u, NULL), WEBHOOK_ERR_SYNTAX);
    }
}
#define REFUSE_EACH(rows) refuse_each(rows, sizeof rows / sizeof rows[0])

static void urls_refused(void) {
    static const bad_url rows[] = {
        { "", "" },
        { "http:", "" },
        { "http:/", "" },
        { "http:/", "a" },
        { "http:", "a" },
        { "http://", "" },
        { "http://", "/x" },
        { "http://", "?x" },
        { "http://", ":80" },
        { "http://", ".a" },
        { "http://a.", ".b" },
        { "http://a", "#f" },
        { "http://a/", "#f" },
        { "http://a/x?y", "#" },
        { "http://a", "\\b" },
        { "http://a/", "\\b" },
        { "http://a", " " },
        { "http://a/", " " },
        { "http://a/x", "\t" },
        { "http://a/x", "\r\nHost: b" },
        { "http://a/x", "\x7f" },
        { "http://a/", "\xc3\xbc" },
        { "http://a/%", "" },
        { "http://a/%2", "" },
        { "http://a/%", "g0" },
        { "http://a?%2", "/" },
        { "http://a/%", "%41" },
        { "http://", "-a/" },
        { "http://a-", "/" },
        { "http://a-", ".b/" },
        { "http://a.", "-b/" },
        { "http://a.", "" },
        { "http://a.", "/" },
        { "http://a.", ":80/" },
        { "http://a?", "\x80" },
        { "http://a", "%20b/" },
        { "http://a", "!b/" },
        { "http://a", "[::1]/" },
        { "http://a:", "" },
        { "http://a:", "/" },
        { "http://a:", "0" },
        { "http://a:", "0/" },
        { "http://a:", "080/" },
        { "http://a:", "-1" },
        { "http://a:", "+80" },
        { "http://a:80", "x" },
        { "http://a:80", ":80" },
        { "http://a:80", " " },
        { "http://a:80", "." },
        { "http://[::1", "" },
        { "http://[::1]", "x" },
        { "http://[::1]", ".a/" },
        { "http://[::1]", "[" },
        { "http://[::1]", "]" },
    };
    REFUSE_EACH(rows);
}

/* Row 22: other schemes, and what looks like http at a glance. */
static void attack_22_other_schemes(void) {
    static const bad_url rows[] = {
        { "", "gopher://127.0.0.1:6379/_x" },
        { "", "file:///etc/passwd" },
        { "", "jar:http://a!/b" },
        { "", "dict://a:11211/stat" },
        { "", "ftp://a/" },
        { "", "ws://a/" },
        { "", "javascript:alert(1)" },
        { "", "data:text/plain,x" },
        { "http", "x://a/" },
        { "https", "s://a/" },
        { "htt", "://a/" },
        { "http", "" },
        { "https", "" },
        { "http", "//a" },
        { "", "://a" },
        { "", "//a" },
        { "", "/a" },
        { "", "a" },
        { "", " http://a" },
        { "", "\thttp://a" },
        { "", "view-source:http://a" },
        { "", "url:http://a" },
    };
    REFUSE_EACH(rows);
}

/* Row 17: addresses of IPv4 in disguise, CVE-2021-29923, CVE-2021-29921, CVE-2023-42282. */
static void attack_17_ipv4_in_disguise(void) {
    static const char hosts[] =
        "2130706433|017700000001|0x7f000001|0x7f.1|0177.0.0.1|127.1|127.0.1|0|00|0x0|0x|"
        "0X7F.0.0.1|127.0.0.01|127.0.0.1.|127.0.0.0x1|1.2.3.256|256.1.1.1|425.510.425.510|"
        "7147006462|1.2.3|1.2.3.4.5|1.2.3.|1.2.3.00|1.2.3.08|01.2.3.4|1.2.03.4|4294967296|"
        "0x100000000|1.2.3.1000|1.2.3.4294967297|a.1|a.b.127|a.0x1|foo.0x|"
        "1.2.3.99999999999999999999";
    const char *list, *one;
    size_t offset;
    webhook_url u;
    for (list = hosts; (one = test_next(&list)) != NULL;) {
        webhook_str text = join("http://", one, "/");
        if (!CHECK_STATUS(read_url(text, &u, &offset), WEBHOOK_ERR_SYNTAX))
            printf("  the host is \"%s\"\n", one);
        CHECK_SIZE(offset, 7 + strlen(one));
        CHECK_STATUS(read_url(join("https://", one, ":443"), &u, &offset), WEBHOOK_ERR_SYNTAX);
        CHECK_STATUS(read_url(join("http://", one, ""), &u, &offset), WEBHOOK_ERR_SYNTAX);
    }
}

/* Row 21: what a check and a client read differently (Orange Tsai, 2017, and others). */
static void attack_21_read_differently(void) {
    static const bad_url rows[] = {
        { "http://1.1.1.1", " &@2.2.2.2# @3.3.3.3/" },
        { "http://127.1.1.1:80", "\\@127.2.2.2:80/" },
        { "http://127.1.1.1", "\\@127.2.2.2/" },
        { "http://127.0.0.1", "\t.example/" },
        { "http://127.0.0.1", "%2e/" },
        { "http://127", "%2e0.0.1/" },
        { "http://", "%31%32%37.0.0.1/" },
        { "http://", "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/" },
        { "http://127", "\xe3\x80\x82"
                        "0.0.1/" },
        { "http://", "\xe2\x91\xa0.\xe2\x91\xa0.\xe2\x91\xa0.\xe2\x91\xa0/" },
        { "http://[fe80::1%25eth0", "]/" },
        { "http://[fe80::1%eth0", "]/" },
        { "http://a:", "00080/" },
        { "http://a", "#@b/" },
        { "http://a", ";b/" },
        { "http://a", ",b/" },
        { "http://a", "&b/" },
        { "http://a", "\r\n/" },
        { "http://a", "\x01"
                      "b/" },
    };
    static const char users[] =
        "http://user@a/|http://user:pass@a/|http://:@a/|http://@a/|http://a:80@b/|"
        "http://127.0.0.1:80@example.com/|http://example.com@127.0.0.1/|http://a@b@c/|"
        "http://[::1]@a/|http://1.2.3.4@a/|http://a:b@[::1]/";
    const char *list, *one;
    size_t offset;
    webhook_url u;
    REFUSE_EACH(rows);
    for (list = users; (one = test_next(&list)) != NULL;) {
        webhook_str text = webhook_str_from_cstr(one);
        CHECK_STATUS(read_url(text, &u, &offset), WEBHOOK_ERR_SYNTAX);
        CHECK(offset >= 7 && offset < text.len);
    }
}

/* A NUL ends a C string and not a URL. */
static void a_nul_is_refused_everywhere(void) {
    static const char url[] = "https://host.example:8443/path?query";
    char text[sizeof url];
    size_t i, offset;
    webhook_url u;
    for (i = 0; i < sizeof url; i++) {
        memcpy(text, url, sizeof url);
        text[i] = 0;
        CHECK_STATUS(read_url(webhook_str_from(text, sizeof url), &u, &offset), WEBHOOK_ERR_SYNTAX);
        CHECK_SIZE(offset, i);
    }
}

static int is_letter_or_digit(unsigned c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Path and query of RFC 3986, and the brackets that clients send as they are. */
static int is_target_char(unsigned c) {
    return is_letter_or_digit(c) || (c != 0 && c < 128 && strchr("-._~!$&'()*+,;=:@/?[]", (int)c));
}

/* Each byte value once in a host, a port, a path and a query. */
static void every_byte_in_every_part(void) {
    char host[] = "http://ab?cd/", port[] = "http://a:1?1", path[] = "http://a/x?y",
         query[] = "http://a?x?y";
    unsigned c;
    size_t offset;
    webhook_url u;
    for (c = 0; c < 256; c++) {
        int in_host = is_letter_or_digit(c) || (c != 0 && c < 128 && strchr("-_./?", (int)c));
        int in_port = (c >= '0' && c <= '9') || c == '/' || c == '?';
        host[9] = port[10] = path[10] = query[10] = (char)c;
        CHECK((read_url(webhook_str_from(host, 13), &u, &offset) == WEBHOOK_OK) == in_host);
        CHECK((read_url(webhook_str_from(port, 12), &u, &offset) == WEBHOOK_OK) == in_port);
        if (c == '%') continue;
        CHECK((read_url(webhook_str_from(path, 12), &u, &offset) == WEBHOOK_OK) ==
              is_target_char(c));
        if (!is_target_char(c)) CHECK_SIZE(offset, 10);
        CHECK((read_url(webhook_str_from(query, 12), &u, &offset) == WEBHOOK_OK) ==
              is_target_char(c));
        if (!is_target_char(c)) CHECK_SIZE(offset, 10);
    }
}

/* ---- ports and limits ---- */

static void every_port(void) {
    unsigned port, step = test_stride();
    char text[40];
    size_t offset;
    webhook_url u;
    for (port = 0; port <= 70000; port += port > 65400 && port < 65700 ? 1 : step) {
        webhook_status s;
        snprintf(text, sizeof text, "https://[::1]:%u/", port);
        s = read_url(webhook_str_from_cstr(text), &u, &offset);
        if (port == 0)
            CHECK_STATUS(s, WEBHOOK_ERR_SYNTAX);
        else
            CHECK_STATUS(s, port <= 65535 ? WEBHOOK_OK : WEBHOOK_ERR_RANGE);
        CHECK_SIZE(u.port, s == WEBHOOK_OK ? port : 0);
        if (s == WEBHOOK_ERR_RANGE) CHECK(offset >= 14 && offset < 19);
    }
    CHECK_STATUS(read_url(WEBHOOK_STR("http://a:4294967376/"), &u, &offset), WEBHOOK_ERR_RANGE);
    CHECK_STATUS(read_url(WEBHOOK_STR("http://a:18446744073709551696"), &u, &offset),
                 WEBHOOK_ERR_RANGE);
    CHECK_STATUS(read_url(WEBHOOK_STR("http://a:99999x"), &u, &offset), WEBHOOK_ERR_RANGE);
}

/* "http://" and labels of 63 bytes with dots between them, host_len bytes together. */
static webhook_str url_of_host(char *room, size_t host_len) {
    size_t i;
    memcpy(room, "http://", 7);
    for (i = 0; i < host_len; i++) room[7 + i] = i % 64 == 63 ? '.' : 'a';
    return webhook_str_from(room, 7 + host_len);
}

static void as_long_as_it_may_be(void) {
    char text[2100];
    size_t offset;
    webhook_url u;
    memset(text, 'a', sizeof text);
    memcpy(text, "http://a/", 9);
    CHECK_STATUS(read_url(webhook_str_from(text, WEBHOOK_URL_MAX), &u, &offset), WEBHOOK_OK);
    CHECK_STATUS(read_url(webhook_str_from(text, WEBHOOK_URL_MAX + 1), &u, &offset),
                 WEBHOOK_ERR_LIMIT);
    CHECK_SIZE(offset, WEBHOOK_URL_MAX);
    CHECK_STATUS(read_url(url_of_host(text, 63), &u, &offset), WEBHOOK_OK);
    text[7 + 63] = 'a';
    CHECK_STATUS(read_url(webhook_str_from(text, 7 + 64), &u, &offset), WEBHOOK_ERR_LIMIT);
    CHECK(offset >= 7 && offset <= 7 + 63);
    memcpy(text + 7 + 64, ".b/x", 4);
    CHECK_STATUS(read_url(webhook_str_from(text, 7 + 68), &u, &offset), WEBHOOK_ERR_LIMIT);
    CHECK_STATUS(read_url(url_of_host(text, 253), &u, &offset), WEBHOOK_OK);
    CHECK_SIZE(u.host.len, 253);
    CHECK_STATUS(read_url(url_of_host(text, 254), &u, &offset), WEBHOOK_ERR_LIMIT);
    CHECK(offset >= 7 && offset <= 7 + 253);
    url_of_host(text, 260);
    text[7 + 253] = '.'; /* the one too many is a dot */
    text[7 + 255] = 'a';
    CHECK_STATUS(read_url(webhook_str_from(text, 7 + 260), &u, &offset), WEBHOOK_ERR_LIMIT);
}

/* A cut URL is judged like any other: what is cut off is not looked at. */
static void every_truncation(void) {
    static const char url[] = "https://sub.ex-ample.org:8443/path/to?x=1&y=%20";
    static const char names[] = "https://[2001:db8::ffff:1.2.3.4]:65535/p";
    size_t n, offset;
    webhook_url u;
    for (n = 0; n < sizeof url; n++) {
        webhook_status s = read_url(webhook_str_from(url, n), &u, &offset);
        int refused = n <= 8 || strchr(":.-%", url[n - 1]) != NULL || url[n - 2] == '%';
        CHECK_STATUS(s, refused ? WEBHOOK_ERR_SYNTAX : WEBHOOK_OK);
        CHECK_SIZE(refused ? offset : u.text.len, n);
    }
    for (n = 0; n < sizeof names; n++) {
        webhook_status s = read_url(webhook_str_from(names, n), &u, &offset);
        CHECK_STATUS(s, n < 32 || names[n - 1] == ':' ? WEBHOOK_ERR_SYNTAX : WEBHOOK_OK);
    }
}

/* Nothing gets lost between the parts: put together again they are the text. */
static void the_parts_are_the_text(void) {
    static const char alphabet[] = "aZ0.-_:/?#@[]%\\ 1x\x7f";
    size_t i, rounds = 200000 / test_stride(), accepted = 0;
    for (i = 0; i < rounds; i++) {
        char text[64], again[80];
        size_t k, offset, base = (size_t)(test_random() % (sizeof good_urls / sizeof good_urls[0]));
        webhook_url u, v;
        int n = snprintf(text, sizeof text, "%s", good_urls[base].text);
        webhook_str s = webhook_str_from(text, (size_t)n);
        for (k = (size_t)(test_random() % 3) + 1; k > 0; k--)
            text[(size_t)(test_random() % (unsigned)n)] =
                alphabet[(size_t)(test_random() % (sizeof alphabet - 1))];
        if (read_url(s, &u, &offset) != WEBHOOK_OK) continue;
        accepted++;
        snprintf(again, sizeof again, "%s://%s%.*s%s:%u%.*s", u.https ? "https" : "http",
                 u.host_kind == WEBHOOK_HOST_IPV6 ? "[" : "", (int)u.host.len, u.host.ptr,
                 u.host_kind == WEBHOOK_HOST_IPV6 ? "]" : "", u.port, (int)u.target.len,
                 u.target.ptr == NULL ? "" : u.target.ptr);
        CHECK_STATUS(webhook_url_read(webhook_str_from_cstr(again), &v, &offset), WEBHOOK_OK);
        CHECK(webhook_str_eq(u.host, v.host) && webhook_str_eq(u.target, v.target));
        CHECK(u.port == v.port && u.https == v.https && u.host_kind == v.host_kind);
        CHECK(memcmp(u.ip, v.ip, sizeof u.ip) == 0);
        k = u.host.len + u.target.len + (u.https ? 8 : 7) +
            (u.host_kind == WEBHOOK_HOST_IPV6 ? 2 : 0);
        CHECK(s.len == k || (s.len > k && s.len <= k + 6 && strchr(text + 7, ':') != NULL));
    }
    CHECK(accepted > rounds / 50);
}

static void url_arguments(void) {
    webhook_url u;
    size_t offset;
    CHECK_STATUS(webhook_url_read(WEBHOOK_STR("http://a"), NULL, &offset), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_url_read(WEBHOOK_STR("http://a"), NULL, NULL), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_url_read(webhook_str_from(NULL, 0), &u, &offset), WEBHOOK_ERR_SYNTAX);
    CHECK_SIZE(offset, 0);
    CHECK(is_zero(&u, sizeof u));
}

/* ---- addresses, against inet_pton ---- */

#ifdef HAVE_PTON

/* Both readers of addresses, as a host and as a block, must say what inet_pton says. */
static void agrees_on_ipv6(const char *address) {
    unsigned char want[16];
    int good = strlen(address) < 60 && inet_pton(AF_INET6, address, want) == 1;
    size_t offset;
    webhook_url u;
    webhook_net net;
    webhook_status s = read_url(join("http://[", address, "]/"), &u, &offset);
    int ok = CHECK_STATUS(s, good ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX);
    if (ok && good) {
        ok &= CHECK(memcmp(u.ip, want, 16) == 0 && u.host_kind == WEBHOOK_HOST_IPV6);
        ok &= CHECK_STR(u.host, address);
    }
    if (ok && strchr(address, ':') != NULL) {
        s = webhook_net_read(test_guarded(webhook_str_from_cstr(address)), &net);
        ok &= CHECK_STATUS(s, good ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX);
        if (ok && good)
            ok &= CHECK(net.len == 16 && net.bits == 128 && memcmp(net.ip, want, 16) == 0);
    }
    if (!ok) printf("  the address is \"%s\"\n", address);
}

static void agrees_on_ipv4(const char *address) {
    unsigned char want[4];
    int good = inet_pton(AF_INET, address, want) == 1;
    size_t offset;
    webhook_url u;
    webhook_net net;
    webhook_status s = read_url(join("http://", address, "/"), &u, &offset);
    int ok = 1;
    if (good) ok &= CHECK_STATUS(s, WEBHOOK_OK);
    if (s == WEBHOOK_OK) {
        ok &= CHECK((u.host_kind == WEBHOOK_HOST_IPV4) == good);
        ok &= CHECK(!good || memcmp(u.ip, want, 4) == 0);
    }
    s = webhook_net_read(test_guarded(webhook_str_from_cstr(address)), &net);
    if (strchr(address, ':') == NULL) ok &= CHECK_STATUS(s, good ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX);
    if (good) ok &= CHECK(net.len == 4 && net.bits == 32 && memcmp(net.ip, want, 4) == 0);
    if (!ok) printf("  the address is \"%s\"\n", address);
}

static void odd_ipv6_spellings_against_inet_pton(void) {
    static const char rows[] =
        "|:|::|:::|::::|1|1::|::1|::1::|1::2::3|1:2:3:4:5:6:7:8|1:2:3:4:5:6:7|"
        "1:2:3:4:5:6:7:8:9|1:2:3:4:5:6:7::|1:2:3:4:5:6:7:8::|1:2:3:4:5:6:7::8|1:2:3:4:5:6:1.2.3.4::"
        "|::1:2:3:4:5:6:7:8|::2:3:4:5:6:7:8|1:2:3:4::5:6:7:8|1:2:3::5:6:7:8|"
        "1:2:3:4:5:6:7:|:1:2:3:4:5:6:7:8|:1|1:|1:::2|00001::|0001::|g::|FFFF::ffff|::1.2.3.4|"
        "::1.2.3|::1.2.3.4.5|::1.2.3.256|::1.2.3.04|::01.2.3.4|1.2.3.4::|1.2.3.4|::1.2.3.4:5|"
        "1:2:3:4:5:6:1.2.3.4|1:2:3:4:5:6:7:1.2.3.4|1:2:3:4:5:1.2.3.4|1:2:3:4:5::1.2.3.4|"
        "1:2:3:4:5:6::1.2.3.4|::ffff:127.0.0.1|::ffff:7f00:1|0:0:0:0:0:ffff:127.1|::0x7f|"
        "::-1|::+1| ::1|::1 |fe80::1%1|fe80::1%25eth0|::1/64|[::1]|0:0:0:0:0:0:0:0|"
        "::ffff:0x7f.0.0.1|::1.2.3.4.|::.1.2.3|::1..2.3|v1.a|::fffff|1:2:3:4:5:6:7:1.2";
    const char *list, *one;
    for (list = rows; (one = test_next(&list)) != NULL;) agrees_on_ipv6(one);
}

static void random_addresses_against_inet_pton(void) {
    static const char *const seeds[] = { "2001:db8:85a3:0:0:8a2e:370:7334",
                                         "::ffff:192.0.2.128",
                                         "1:2:3:4:5:6:7:8",
                                         "fe80::1:2",
                                         "1:2:3:4:5:6:1.2.3.4",
                                         "::",
                                         "64:ff9b::10.20.30.40",
                                         "abcd::" };
    static const char six[] = "0123fF:::..1", four[] = "0012559..x";
    size_t i, k, rounds = 200000 / test_stride();
    char text[64];
    for (i = 0; i < rounds; i++) {
        size_t n = (size_t)(test_random() % 24);
        for (k = 0; k < n; k++) text[k] = six[(size_t)(test_random() % (sizeof six - 1))];
        text[n] = 0;
        agrees_on_ipv6(text);
        snprintf(text, sizeof text, "%s", seeds[(size_t)(test_random() % 8)]);
        for (k = (size_t)(test_random() % 3) + 1; k > 0; k--) {
            n = strlen(text);
            if (n > 0 && test_random() % 3 == 0) {
                size_t at = (size_t)(test_random() % n);
                memmove(text + at, text + at + 1, n - at);
            } else if (n > 0)
                text[(size_t)(test_random() % n)] = six[(size_t)(test_random() % (sizeof six - 1))];
        }
        agrees_on_ipv6(text);
        n = (size_t)(test_random() % 16) + 1;
        for (k = 0; k < n; k++) text[k] = four[(size_t)(test_random() % (sizeof four - 1))];
        text[n] = 0;
        agrees_on_ipv4(text);
        snprintf(text, sizeof text, "%u.%u.%u.%u", (unsigned)(test_random() % 300),
                 (unsigned)(test_random() % 300), (unsigned)(test_random() % 260),
                 (unsigned)(test_random() % 260));
        agrees_on_ipv4(text);
    }
}
#endif

/* ---- blocks ---- */

static void nets_that_are_read(void) {
    static const struct {
        const char *text;
        uint8_t len, bits;
        const char *ip;
    } rows[] = {
        { "10.1.0.0/16", 4, 16, "\x0a\x01\0\0" },
        { "10.1.2.3", 4, 32, "\x0a\x01\x02\x03" },
        { "10.1.2.3/32", 4, 32, "\x0a\x01\x02\x03" },
        { "0.0.0.0/0", 4, 0, "\0\0\0\0" },
        { "128.0.0.0/1", 4, 1, "\x80\0\0\0" },
        { "192.168.1.128/25", 4, 25, "\xc0\xa8\x01\x80" },
        { "fd00::/8", 16, 8, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
        { "::/0", 16, 0, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
        { "::1", 16, 128, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01" },
        { "::1/128", 16, 128, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01" },
        { "::2/127", 16, 127, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02" },
        { "::ffff:10.0.0.0/104", 16, 104, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\0" },
    };
    size_t i;
    webhook_net net;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(&net, 0xa5, sizeof net);
        CHECK_STATUS(webhook_net_read(test_guarded(webhook_str_from_cstr(rows[i].text)), &net),
                     WEBHOOK_OK);
        CHECK(net.len == rows[i].len && net.bits == rows[i].bits);
        CHECK(memcmp(net.ip, rows[i].ip, net.len) == 0);
        CHECK(is_zero(net.ip + net.len, sizeof net.ip - net.len));
    }
}

static void nets_that_are_refused(void) {
    static const char rows[] =
        "|/|/8|10.0.0.0/|10.0.0.0/33|10.0.0.0/08|10.0.0.0/00|10.0.0.0/-1|10.0.0.0/+8|"
        "10.0.0.0/8 | 10.0.0.0/8|10.0.0.0 /8|10.0.0.0/ 8|10.0.0.0/8/8|10.0.0.0/8x|"
        "10.0.0.0/256|10.0.0.0/264|10.0.0.0/4294967304|10.0.0.0/255.0.0.0|10/8|10.0.0/24|"
        "10.0.0.1/8|10.1.0.0/15|192.168.1.129/25|0.0.0.1/0|128.0.0.0/0|010.0.0.0/8|"
        "256.0.0.0/8|0x0a.0.0.0/8|fd00::/129|fd00::/|fd00::1/8|fd00:/8|[fd00::]/8|[::1]|"
        "::1/0|::1/127|::2/126|fe80::1%eth0|fe80::%1/10|localhost|a/8|10.0.0.0,10.0.0.1|"
        "10.0.0.0/8\n|::/0\t|\xef\xbc\x91.0.0.0";
    const char *list, *one;
    webhook_net net;
    for (list = rows; (one = test_next(&list)) != NULL;) {
        memset(&net, 0xa5, sizeof net);
        if (!CHECK_STATUS(webhook_net_read(test_guarded(webhook_str_from_cstr(one)), &net),
                          WEBHOOK_ERR_SYNTAX))
            printf("  the block is \"%s\"\n", one);
        CHECK(is_zero(&net, sizeof net));
    }
    memset(&net, 0xa5, sizeof net);
    CHECK_STATUS(webhook_net_read(webhook_str_from("10.0.0.0\0/8", 11), &net), WEBHOOK_ERR_SYNTAX);
    CHECK_STATUS(webhook_net_read(webhook_str_from(NULL, 0), &net), WEBHOOK_ERR_SYNTAX);
    CHECK_STATUS(webhook_net_read(WEBHOOK_STR("::/0"), NULL), WEBHOOK_ERR_ARGUMENT);
}

/* Each prefix of every length of an address of ones: the bits behind it must be zeros. */
static void every_prefix_length(void) {
    unsigned bits, last;
    for (bits = 0; bits <= 32; bits++)
        for (last = 0; last <= 32; last++) {
            uint32_t ip = last == 0 ? 0 : UINT32_C(0xffffffff) << (32 - last);
            char text[40];
            webhook_net net;
            snprintf(text, sizeof text, "%u.%u.%u.%u/%u", (unsigned)(ip >> 24),
                     (unsigned)(ip >> 16 & 255), (unsigned)(ip >> 8 & 255), (unsigned)(ip & 255),
                     bits);
            CHECK_STATUS(webhook_net_read(webhook_str_from_cstr(text), &net),
                         last <= bits ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX);
        }
}

/* ---- the guard ---- */

/* What may open a block: nothing ever, nets, or allow_private as well. */
enum { NEVER, BY_NET, PRIVATE, PUBLIC };

/* IANA's registries of special-purpose addresses as of 2025, row by row, blocks inside a larger one
 * too; and multicast, which they leave to others. What lies outside 2000::/3 is reserved. */
static const struct special {
    const char *block, *what;
    int opens;
} specials[] = {
    { "0.0.0.0/8", "this network, RFC 791", NEVER },
    { "0.0.0.0/32", "this host on this network, RFC 1122", NEVER },
    { "10.0.0.0/8", "private use, RFC 1918", PRIVATE },
    { "100.64.0.0/10", "shared address space, RFC 6598", PRIVATE },
    { "127.0.0.0/8", "loopback, RFC 1122", PRIVATE },
    { "169.254.0.0/16", "link local, RFC 3927", NEVER },
    { "172.16.0.0/12", "private use, RFC 1918", PRIVATE },
    { "192.0.0.0/24", "IETF protocol assignments, RFC 6890", BY_NET },
    { "192.0.0.0/29", "IPv4 service continuity prefix, RFC 7335", BY_NET },
    { "192.0.0.8/32", "IPv4 dummy address, RFC 7600", BY_NET },
    { "192.0.0.9/32", "port control protocol anycast, RFC 7723", BY_NET },
    { "192.0.0.10/32", "TURN anycast, RFC 8155", BY_NET },
    { "192.0.0.170/32", "NAT64 and DNS64 discovery, RFC 8880", BY_NET },
    { "192.0.0.171/32", "NAT64 and DNS64 discovery, RFC 8880", BY_NET },
    { "192.0.2.0/24", "documentation, RFC 5737", NEVER },
    { "192.31.196.0/24", "AS112-v4, RFC 7535", BY_NET },
    { "192.52.193.0/24", "AMT, RFC 7450", BY_NET },
    { "192.88.99.0/24", "deprecated 6to4 relay anycast, RFC 7526", BY_NET },
    { "192.88.99.2/32", "6a44 relay anycast, RFC 6751", BY_NET },
    { "192.168.0.0/16", "private use, RFC 1918", PRIVATE },
    { "192.175.48.0/24", "direct delegation AS112 service, RFC 7534", BY_NET },
    { "198.18.0.0/15", "benchmarking, RFC 2544", BY_NET },
    { "198.51.100.0/24", "documentation, RFC 5737", NEVER },
    { "203.0.113.0/24", "documentation, RFC 5737", NEVER },
    { "224.0.0.0/4", "multicast, RFC 5771", NEVER },
    { "240.0.0.0/4", "reserved, RFC 1112", NEVER },
    { "255.255.255.255/32", "limited broadcast, RFC 8190", NEVER },
    { "::1/128", "loopback, RFC 4291", PRIVATE },
    { "::/128", "unspecified, RFC 4291", NEVER },
    { "64:ff9b:1::/48", "IPv4-IPv6 translation, RFC 8215", BY_NET },
    { "100::/64", "discard-only, RFC 6666", NEVER },
    { "100:0:0:1::/64", "dummy prefix, RFC 9780", NEVER },
    { "2001::/23", "IETF protocol assignments, RFC 2928", BY_NET },
    { "2001::/32", "Teredo, RFC 4380", BY_NET },
    { "2001:1::1/128", "port control protocol anycast, RFC 7723", BY_NET },
    { "2001:1::2/128", "TURN anycast, RFC 8155", BY_NET },
    { "2001:1::3/128", "DNS-SD service registration anycast, RFC 9665", BY_NET },
    { "2001:2::/48", "benchmarking, RFC 5180", BY_NET },
    { "2001:3::/32", "AMT, RFC 7450", BY_NET },
    { "2001:4:112::/48", "AS112-v6, RFC 7535", BY_NET },
    { "2001:10::/28", "deprecated ORCHID, RFC 4843", BY_NET },
    { "2001:20::/28", "ORCHIDv2, RFC 7343", BY_NET },
    { "2001:30::/28", "drone remote identification, RFC 9374", BY_NET },
    { "2001:db8::/32", "documentation, RFC 3849", NEVER },
    { "2002::/16", "6to4, RFC 3056", BY_NET },
    { "2620:4f:8000::/48", "direct delegation AS112 service, RFC 7534", BY_NET },
    { "3fff::/20", "documentation, RFC 9637", NEVER },
    { "5f00::/16", "segment routing, RFC 9602", NEVER },
    { "fc00::/7", "unique local, RFC 4193", PRIVATE },
    { "fe80::/10", "link-local unicast, RFC 4291", NEVER },
    { "fec0::/10", "formerly site-local, RFC 3879", BY_NET },
    { "ff00::/8", "multicast, RFC 4291", NEVER },
};
#define N_SPECIALS (sizeof specials / sizeof specials[0])

static webhook_net nets[N_SPECIALS];

/* Around it: IPv4-compatible, NAT64's neighbours, site-local, and all that nobody has. */
static webhook_net global_unicast;

static webhook_net all_nets[2];

static void read_specials(void) {
    size_t i;
    for (i = 0; i < N_SPECIALS; i++)
        CHECK_STATUS(webhook_net_read(webhook_str_from_cstr(specials[i].block), &nets[i]),
                     WEBHOOK_OK);
    CHECK_STATUS(webhook_net_read(WEBHOOK_STR("2000::/3"), &global_unicast), WEBHOOK_OK);
    CHECK_STATUS(webhook_net_read(WEBHOOK_STR("0.0.0.0/0"), &all_nets[0]), WEBHOOK_OK);
    CHECK_STATUS(webhook_net_read(WEBHOOK_STR("::/0"), &all_nets[1]), WEBHOOK_OK);
}

static unsigned bit_of(const unsigned char *ip, unsigned i) {
    return (unsigned)ip[i / 8] >> (7 - i % 8) & 1u;
}

static int within(const webhook_net *net, const unsigned char *ip, size_t len) {
    unsigned i;
    for (i = 0; i < net->bits; i++)
        if (net->len != len || bit_of(net->ip, i) != bit_of(ip, i)) return 0;
    return net->len == len;
}

/* The same judgement, bit by bit and row by row: the strictest row counts. */
static int model_of(const unsigned char *ip, size_t len) {
    static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    static const unsigned char nat64[12] = { 0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0 };
    size_t i;
    int is = len == 4 || within(&global_unicast, ip, len) ? PUBLIC : NEVER;
    if (len == 16 && (memcmp(ip, mapped, 12) == 0 || memcmp(ip, nat64, 12) == 0))
        return model_of(ip + 12, 4);
    for (i = 0; i < N_SPECIALS; i++)
        if (within(&nets[i], ip, len)) {
            if (specials[i].opens == NEVER) return NEVER;
            is = specials[i].opens;
        }
    return is;
}

static webhook_status guard_says(const webhook_guard *g, const unsigned char *ip, size_t len) {
    webhook_str copy = test_guarded(webhook_str_from((const char *)ip, len));
    return webhook_guard_check(g, (const unsigned char *)copy.ptr, len);
}

static void print_ip(const unsigned char *ip, size_t len) {
    size_t i;
    printf("  the address is");
    for (i = 0; i < len; i++) printf(" %02x", ip[i]);
    printf("\n");
}

/* By a guard that is closed, one that allows private addresses, and one that allows all blocks. */
static void judged_as_by_the_model(const unsigned char *ip, size_t len) {
    webhook_guard guard[3];
    size_t i;
    int is = model_of(ip, len);
    memset(guard, 0, sizeof guard);
    guard[1].allow_private = 1;
    guard[2].nets = all_nets;
    guard[2].n_nets = 2;
    for (i = 0; i < 3; i++) {
        static const int least[3] = { PUBLIC, PRIVATE, BY_NET };
        webhook_status want = is >= least[i] ? WEBHOOK_OK : WEBHOOK_ERR_FORBIDDEN;
        if (!CHECK_STATUS(guard_says(&guard[i], ip, len), want)) print_ip(ip, len);
    }
    CHECK_STATUS(guard_says(NULL, ip, len), is == PUBLIC ? WEBHOOK_OK : WEBHOOK_ERR_FORBIDDEN);
}

static void judged_in_every_wrapping(const unsigned char *ip, size_t len) {
    unsigned char wrapped[16];
    judged_as_by_the_model(ip, len);
    if (len != 4) return;
    memset(wrapped, 0, sizeof wrapped);
    memcpy(wrapped + 12, ip, 4);
    judged_as_by_the_model(wrapped,
                           16); /* compatible: refused, but for ::1, which is its own row */
    wrapped[10] = wrapped[11] = 0xff;
    judged_as_by_the_model(wrapped, 16); /* mapped */
    memset(wrapped, 0, 12);
    wrapped[1] = 0x64, wrapped[2] = 0xff, wrapped[3] = 0x9b;
    judged_as_by_the_model(wrapped, 16); /* NAT64 */
    wrapped[11] = 1;
    judged_as_by_the_model(wrapped, 16); /* beside it */
}

static void step(unsigned char *ip, size_t len, int up) {
    size_t i = len;
    while (i-- > 0) {
        ip[i] = (unsigned char)(up ? ip[i] + 1 : ip[i] - 1);
        if (ip[i] != (up ? 0 : 255)) return;
    }
}

static void last_of(const webhook_net *net, unsigned char *ip) {
    unsigned i;
    memcpy(ip, net->ip, sizeof net->ip);
    for (i = net->bits; i < net->len * 8u; i++) ip[i / 8] |= (unsigned char)(0x80u >> i % 8);
}

/* First and last address of each block, the neighbours on both sides, and some within. */
static void attack_16_every_special_block(void) {
    size_t i, k, j;
    read_specials();
    for (i = 0; i < N_SPECIALS; i++) {
        const webhook_net *net = &nets[i];
        unsigned char ip[16];
        memcpy(ip, net->ip, sizeof ip);
        if (!CHECK_STATUS(guard_says(NULL, ip, net->len), WEBHOOK_ERR_FORBIDDEN))
            printf("  the block is %s, %s\n", specials[i].block, specials[i].what);
        judged_in_every_wrapping(ip, net->len);
        step(ip, net->len, 0);
        judged_in_every_wrapping(ip, net->len);
        last_of(net, ip);
        CHECK_STATUS(guard_says(NULL, ip, net->len), WEBHOOK_ERR_FORBIDDEN);
        judged_in_every_wrapping(ip, net->len);
        step(ip, net->len, 1);
        judged_in_every_wrapping(ip, net->len);
        for (k = 0; k < 20; k++) {
            last_of(net, ip);
            for (j = 0; j < net->len; j++)
                if (ip[j] != net->ip[j])
                    ip[j] = (unsigned char)(net->ip[j] |
                                            (test_random() & (unsigned)(ip[j] ^ net->ip[j])));
            judged_in_every_wrapping(ip, net->len);
        }
    }
}

static void random_addresses_against_the_model(void) {
    size_t i, k, rounds = 100000 / test_stride();
    read_specials();
    for (i = 0; i < rounds; i++) {
        unsigned char ip[16];
        for (k = 0; k < sizeof ip; k++) ip[k] = (unsigned char)(test_random() >> 32);
        judged_in_every_wrapping(ip, 4);
        if (i % 2 == 0) ip[0] = (unsigned char)(0x20 | (ip[0] & 0x1f));
        judged_as_by_the_model(ip, 16);
    }
}

/* The guard's answer for an address as text. */
static webhook_status says(const webhook_guard *g, const char *address) {
    webhook_net net;
    CHECK_STATUS(webhook_net_read(webhook_str_from_cstr(address), &net), WEBHOOK_OK);
    return guard_says(g, net.ip, net.len);
}

/* Addresses of the public internet, so that a guard that refuses all would be seen. */
static void public_addresses_pass(void) {
    static const char rows[] =
        "1.1.1.1|8.8.8.8|9.255.255.255|11.0.0.0|100.63.255.255|100.128.0.0|126.255.255.255|"
        "128.0.0.0|169.253.255.255|169.255.0.0|172.15.255.255|172.32.0.0|191.255.255.255|"
        "192.0.1.0|192.0.3.0|192.167.255.255|192.169.0.0|198.17.255.255|198.20.0.0|"
        "223.255.255.255|1.0.0.0|2000::|2001:200::|2001:db7:ffff:ffff:ffff:ffff:ffff:ffff|"
        "2001:db9::|2003::|2606:4700:4700::1111|3fff:1000::|3ffe:ffff::|"
        "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|::ffff:8.8.8.8|64:ff9b::8.8.8.8";
    const char *list, *one;
    for (list = rows; (one = test_next(&list)) != NULL;) {
        if (!CHECK_STATUS(says(NULL, one), WEBHOOK_OK)) printf("  %s\n", one);
    }
}

/* Row 18: IPv6 around an address of IPv4, CVE-2024-24790, and prefixes that lists forget. */
static void attack_18_wrapped_addresses(void) {
    static const char rows[] =
        "::ffff:127.0.0.1|::ffff:10.0.0.1|::ffff:169.254.169.254|::ffff:0.0.0.0|"
        "64:ff9b::127.0.0.1|64:ff9b::192.168.0.1|64:ff9b:1::8.8.8.8|::8.8.8.8|::127.0.0.1|"
        "::2|2002:808:808::1|2002:7f00:1::|2001:0:4136:e378:8000:63bf:3fff:fdd2|fec0::1|"
        "5f00::1|3fff::1|4000::1|1fff::1|100::1|::ffff:0:8.8.8.8|::fffe:8.8.8.8|"
        "64:ff9c::8.8.8.8|200::1|::1:0:0|64:ff9b::1:808:808|e000::1|fe00::1";
    const char *list, *one;
    for (list = rows; (one = test_next(&list)) != NULL;) {
        if (!CHECK_STATUS(says(NULL, one), WEBHOOK_ERR_FORBIDDEN)) printf("  %s\n", one);
    }
}

static void allow_private_opens_four_kinds(void) {
    static const char open[] =
        "10.0.0.0|10.255.255.255|172.16.0.0|172.31.255.255|192.168.0.0|192.168.255.255|"
        "127.0.0.1|127.255.255.255|100.64.0.0|100.127.255.255|::1|fc00::|"
        "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|::ffff:127.0.0.1|64:ff9b::10.0.0.1";
    static const char closed[] =
        "169.254.169.254|fe80::1|0.0.0.0|::|224.0.0.1|255.255.255.255|192.0.2.1|198.18.0.1|"
        "192.0.0.1|192.88.99.1|2001:db8::1|2002:7f00:1::1|fec0::1|ff02::1|64:ff9b:1::1|"
        "5f00::1|::127.0.0.1|::ffff:169.254.169.254|::2|2001::1";
    webhook_guard g = WEBHOOK_ZERO;
    const char *list, *one;
    for (list = open; (one = test_next(&list)) != NULL;)
        CHECK_STATUS(says(&g, one), WEBHOOK_ERR_FORBIDDEN);
    g.allow_private = 1;
    for (list = open; (one = test_next(&list)) != NULL;) CHECK_STATUS(says(&g, one), WEBHOOK_OK);
    for (list = closed; (one = test_next(&list)) != NULL;)
        if (!CHECK_STATUS(says(&g, one), WEBHOOK_ERR_FORBIDDEN)) printf("  %s\n", one);
    CHECK_STATUS(says(&g, "8.8.8.8"), WEBHOOK_OK);
}

/* Everything is allowed by two blocks; what must never be reached is refused all the same. */
static void nets_open_what_may_be_opened(void) {
    webhook_guard g = WEBHOOK_ZERO;
    size_t i;
    read_specials();
    g.nets = all_nets;
    g.n_nets = 2;
    for (i = 0; i < N_SPECIALS; i++)
        if (!CHECK_STATUS(guard_says(&g, nets[i].ip, nets[i].len),
                          specials[i].opens == NEVER ? WEBHOOK_ERR_FORBIDDEN : WEBHOOK_OK))
            printf("  %s\n", specials[i].block);
    CHECK_STATUS(says(&g, "::ffff:169.254.169.254"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "64:ff9b::224.0.0.1"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "::ffff:0.0.0.0"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "::8.8.8.8"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "4000::1"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "::ffff:192.168.0.1"), WEBHOOK_OK);
    CHECK_STATUS(says(&g, "64:ff9b::198.18.0.1"), WEBHOOK_OK);
}

static void nets_open_nothing_else(void) {
    webhook_net two[2];
    webhook_guard g = WEBHOOK_ZERO;
    CHECK_STATUS(webhook_net_read(WEBHOOK_STR("10.1.128.0/17"), &two[0]), WEBHOOK_OK);
    CHECK_STATUS(webhook_net_read(WEBHOOK_STR("fd12:3456::/32"), &two[1]), WEBHOOK_OK);
    g.nets = two;
    g.n_nets = 2;
    CHECK_STATUS(says(&g, "10.1.127.255"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "10.1.128.0"), WEBHOOK_OK);
    CHECK_STATUS(says(&g, "10.1.255.255"), WEBHOOK_OK);
    CHECK_STATUS(says(&g, "10.2.0.0"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "::ffff:10.1.200.1"), WEBHOOK_OK);
    CHECK_STATUS(says(&g, "64:ff9b::10.1.200.1"), WEBHOOK_OK);
    CHECK_STATUS(says(&g, "::ffff:10.2.0.1"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "::10.1.200.1"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "fd12:3455:ffff::"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "fd12:3456::"), WEBHOOK_OK);
    CHECK_STATUS(says(&g, "fd12:3457::"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "127.0.0.1"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "8.8.8.8"), WEBHOOK_OK);
    g.n_nets = 0;
    CHECK_STATUS(says(&g, "10.1.128.0"), WEBHOOK_ERR_FORBIDDEN);
}

static size_t asked, asked_len;

static webhook_status only_seven(const webhook_guard *g, const unsigned char *ip, size_t len) {
    asked++;
    asked_len = len;
    CHECK(g->user == &asked && g->allow_private == 1);
    return ip[len - 1] == 7 ? WEBHOOK_OK : WEBHOOK_ERR_FORBIDDEN;
}

static void a_check_of_the_callers_own(void) {
    webhook_guard g = WEBHOOK_ZERO;
    g.check = only_seven;
    g.user = &asked;
    g.allow_private = 1;
    asked = 0;
    CHECK_STATUS(says(&g, "169.254.0.7"), WEBHOOK_OK);
    CHECK_STATUS(says(&g, "8.8.8.8"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_STATUS(says(&g, "fe80::7"), WEBHOOK_OK);
    CHECK_STATUS(says(&g, "2000::8"), WEBHOOK_ERR_FORBIDDEN);
    CHECK_SIZE(asked, 4);
    CHECK(asked_len == 16);
    CHECK_STATUS(says(&g, "::ffff:127.0.0.7"), WEBHOOK_OK); /* no disguise reaches it */
    CHECK(asked == 5 && asked_len == 4);
    CHECK_STATUS(says(&g, "64:ff9b::10.0.0.8"), WEBHOOK_ERR_FORBIDDEN);
    CHECK(asked == 6 && asked_len == 4);
}

static void guard_arguments(void) {
    static const unsigned char ip[17] = { 8, 8, 8, 8 };
    webhook_guard g = WEBHOOK_ZERO;
    size_t len;
    for (len = 0; len <= 17; len++)
        if (len != 4 && len != 16) {
            CHECK_STATUS(webhook_guard_check(NULL, ip, len), WEBHOOK_ERR_ARGUMENT);
            CHECK_STATUS(webhook_guard_check(&g, ip, len), WEBHOOK_ERR_ARGUMENT);
        }
    CHECK_STATUS(webhook_guard_check(NULL, NULL, 4), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_guard_check(&g, NULL, 16), WEBHOOK_ERR_ARGUMENT);
    CHECK_STATUS(webhook_guard_check(&g, ip, 4), WEBHOOK_OK);
    g.check = only_seven;
    CHECK_STATUS(webhook_guard_check(&g, ip, 5), WEBHOOK_ERR_ARGUMENT);
}

void suite_url(void) {
    RUN(urls_taken_apart);
    RUN(urls_refused);
    RUN(attack_22_other_schemes);
    RUN(attack_17_ipv4_in_disguise);
    RUN(attack_21_read_differently);
    RUN(a_nul_is_refused_everywhere);
    RUN(every_byte_in_every_part);
    RUN(every_port);
    RUN(as_long_as_it_may_be);
    RUN(every_truncation);
    RUN(the_parts_are_the_text);
    RUN(url_arguments);
#ifdef HAVE_PTON
    RUN(odd_ipv6_spellings_against_inet_pton);
    RUN(random_addresses_against_inet_pton);
#endif
    RUN(nets_that_are_read);
    RUN(nets_that_are_refused);
    RUN(every_prefix_length);
    RUN(attack_16_every_special_block);
    RUN(random_addresses_against_the_model);
    RUN(public_addresses_pass);
    RUN(attack_18_wrapped_addresses);
    RUN(allow_private_opens_four_kinds);
    RUN(nets_open_what_may_be_opened);
    RUN(nets_open_nothing_else);
    RUN(a_check_of_the_callers_own);
    RUN(guard_arguments);
}
