/* tls_openssl.h -- the TLS adaptor over OpenSSL 3: fills a webhook_tls (see >>http of webhook.h) */
#ifndef TLS_OPENSSL_H
#define TLS_OPENSSL_H
#include "../webhook.h"

/* tls_openssl_open -- one serves all connections, which check certificate and host name by
 * themselves
 *
 *   t         not NULL; borrowed by whatever it is given to, until tls_openssl_close
 *   ca_file   the certificates to trust, PEM; NULL = the system's store
 * Returns  NULL: done | words for what is wrong, static; nothing to close then
 */
const char *tls_openssl_open(webhook_tls *t, const char *ca_file);

/* tls_openssl_close -- when no connection is left; what was never opened, zeros, is left alone */
void tls_openssl_close(webhook_tls *t);

/* tls_openssl_version -- of the library that is running, "3.0.2" for instance */
const char *tls_openssl_version(void);
#endif
