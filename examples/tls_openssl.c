/* tls_openssl.c -- the TLS adaptor over OpenSSL 3, to copy: a webhook_tls over two byte callbacks
 *
 *     cc -c examples/tls_openssl.c $(pkg-config --cflags libssl)    # link with -lssl -lcrypto
 *
 * OpenSSL reads and writes through a BIO of our own, which hands every call on to the callbacks of
 * the transport: there is no descriptor here, no thread, and nothing waits. The certificate must
 * lead to a trusted one and stand for the host of the URL; TLS 1.2 is the least; the peer cannot
 * renegotiate.
 */
#include <stdlib.h>
#include <string.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include "tls_openssl.h"

typedef struct library { /* user of the webhook_tls */
    SSL_CTX *ctx;
    BIO_METHOD *method;
} library;

typedef struct connection {
    SSL *ssl;
    webhook_io below;
    int ended;         /* the transport has said that the peer sends no more */
    int failed, ready; /* after a failure, and before the handshake is over, nothing may be said */
    const char *words;
} connection;

/* ---- the transport as OpenSSL sees it ---- */

/* waiting -- tell OpenSSL what the callback below waits for; -1, as a BIO answers then */
static int waiting(BIO *b, webhook_status s) {
    if (s == WEBHOOK_WANT_SEND) BIO_set_retry_write(b);
    if (s == WEBHOOK_WANT_RECV) BIO_set_retry_read(b);
    return -1;
}

static int bio_write(BIO *b, const char *ptr, int len) {
    connection *c = (connection *)BIO_get_data(b);
    size_t n = 0;
    webhook_status s;
    BIO_clear_retry_flags(b);
    if (len <= 0) return 0;
    s = c->below.send(c->below.user, ptr, (size_t)len, &n);
    return s == WEBHOOK_OK ? (int)n : waiting(b, s);
}

static int bio_read(BIO *b, char *ptr, int cap) {
    connection *c = (connection *)BIO_get_data(b);
    size_t n = 0;
    webhook_status s;
    BIO_clear_retry_flags(b);
    if (cap <= 0) return 0;
    s = c->below.recv(c->below.user, ptr, (size_t)cap, &n);
    if (s == WEBHOOK_OK) return (int)n;
    if (s != WEBHOOK_ERR_CLOSED) return waiting(b, s);
    c->ended = 1;
    return 0;
}

static long bio_ctrl(BIO *b, int what, long number, void *ptr) {
    const connection *c = (const connection *)BIO_get_data(b);
    (void)number, (void)ptr;
    if (what == BIO_CTRL_EOF) return c->ended;
    return what == BIO_CTRL_FLUSH; /* nothing is held back here; all else is not offered */
}

/* ---- a connection ---- */

/* told -- what a call of OpenSSL has answered, as a status, with the words for a failure */
static webhook_status told(connection *c, int answer) {
    long verdict = SSL_get_verify_result(c->ssl);
    unsigned long error;
    switch (SSL_get_error(c->ssl, answer)) {
    case SSL_ERROR_NONE: return WEBHOOK_OK;
    case SSL_ERROR_WANT_READ: return WEBHOOK_WANT_RECV;
    case SSL_ERROR_WANT_WRITE: return WEBHOOK_WANT_SEND;
    case SSL_ERROR_ZERO_RETURN: return WEBHOOK_ERR_CLOSED;
    default: break;
    }
    c->failed = 1;
    error = ERR_peek_last_error();
    if (verdict != X509_V_OK)
        c->words = X509_verify_cert_error_string(verdict);
    else if (error != 0)
        c->words = ERR_reason_error_string(error);
    ERR_clear_error(); /* the queue belongs to the thread: nothing of ours may stay in it */
    return WEBHOOK_ERR_IO;
}

/* expect_host -- the certificate must stand for this host, and the server is told which one is
 * wanted; it is not told an address, for which RFC 6066 has no form. Answers 1, or 0. */
static int expect_host(SSL *ssl, const webhook_url *url) {
    char name[256];
    size_t len = url->host.len;
    if (url->host_kind != WEBHOOK_HOST_NAME)
        return X509_VERIFY_PARAM_set1_ip(SSL_get0_param(ssl), url->ip,
                                         url->host_kind == WEBHOOK_HOST_IPV4 ? 4 : 16);
    if (len > 0 && url->host.ptr[len - 1] == '.') len--; /* certificates have no such dot */
    if (len == 0 || len >= sizeof name) return 0;        /* without a name nothing is checked */
    memcpy(name, url->host.ptr, len);
    name[len] = 0;
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static webhook_status tls_start(void *user, void **conn, const webhook_io *below,
                                const webhook_url *url) {
    const library *l = (const library *)user;
    connection *c = (connection *)calloc(1, sizeof *c);
    BIO *b = BIO_new(l->method);
    if (c != NULL) c->ssl = SSL_new(l->ctx);
    if (c == NULL || b == NULL || c->ssl == NULL || !expect_host(c->ssl, url)) {
        BIO_free(b);
        if (c != NULL) SSL_free(c->ssl);
        free(c);
        ERR_clear_error();
        return WEBHOOK_ERR_IO;
    }
    c->below = *below;
    BIO_set_data(b, c);
    BIO_set_init(b, 1);
    SSL_set_bio(c->ssl, b, b);
    *conn = c;
    return WEBHOOK_OK;
}

static webhook_status tls_handshake(void *conn) {
    connection *c = (connection *)conn;
    webhook_status s;
    ERR_clear_error();
    s = told(c, SSL_connect(c->ssl));
    if (s == WEBHOOK_ERR_CLOSED) s = WEBHOOK_ERR_IO; /* a goodbye before anything was agreed on */
    if (s == WEBHOOK_OK) c->ready = 1;
    return s;
}

static webhook_status tls_read(void *conn, void *ptr, size_t cap, size_t *n) {
    connection *c = (connection *)conn;
    ERR_clear_error();
    return told(c, SSL_read_ex(c->ssl, ptr, cap, n));
}

static webhook_status tls_write(void *conn, const void *ptr, size_t len, size_t *n) {
    connection *c = (connection *)conn;
    ERR_clear_error();
    return told(c, SSL_write_ex(c->ssl, ptr, len, n));
}

static void tls_close(void *conn) {
    connection *c = (connection *)conn;
    if (c->ready && !c->failed) (void)SSL_shutdown(c->ssl); /* says goodbye, waits for none */
    SSL_free(c->ssl);
    free(c);
    ERR_clear_error();
}

static const char *tls_error(void *conn) {
    return ((const connection *)conn)->words;
}

/* ---- the library ---- */

static const char *set_up(library *l, const char *ca_file) {
    SSL_CTX *ctx = l->ctx = SSL_CTX_new(TLS_client_method());
    l->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "webhook");
    if (ctx == NULL || l->method == NULL || !BIO_meth_set_write(l->method, bio_write) ||
        !BIO_meth_set_read(l->method, bio_read) || !BIO_meth_set_ctrl(l->method, bio_ctrl) ||
        !SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION))
        return "OpenSSL cannot be set up";
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    /* the bytes of a write that had to wait may lie elsewhere when they are offered again */
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (ca_file == NULL)
        return SSL_CTX_set_default_verify_paths(ctx) ? NULL : "the system's store cannot be read";
    return SSL_CTX_load_verify_file(ctx, ca_file) ? NULL : "no certificates can be read from it";
}

const char *tls_openssl_open(webhook_tls *t, const char *ca_file) {
    library *l = (library *)calloc(1, sizeof *l);
    const char *error = l == NULL ? "too little memory" : set_up(l, ca_file);
    memset(t, 0, sizeof *t);
    t->user = l;
    t->start = tls_start;
    t->handshake = tls_handshake;
    t->read = tls_read;
    t->write = tls_write;
    t->close = tls_close;
    t->error = tls_error;
    if (error != NULL) tls_openssl_close(t);
    ERR_clear_error();
    return error;
}

void tls_openssl_close(webhook_tls *t) {
    library *l = (library *)t->user;
    if (l != NULL) {
        SSL_CTX_free(l->ctx);
        BIO_meth_free(l->method);
    }
    free(l);
    memset(t, 0, sizeof *t);
}

const char *tls_openssl_version(void) {
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
