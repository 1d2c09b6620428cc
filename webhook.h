/* webhook.h -- 0.1.0 -- webhooks in one file: match, build, sign; verify and unpack what arrives
 *
 * Do this in *one* C or C++ file, and include the header without the macro everywhere else:
 *
 *     #define WEBHOOK_IMPLEMENTATION
 *     #include "webhook.h"
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEBHOOK_H
#define WEBHOOK_H
/*
 * CONTENTS      (search for a tag: once here, once in the interface, once in the implementation)
 *
 *     >>bytes       slices, status codes, the writer that all output goes through
 *     >>sha256      SHA-256
 *     >>hmac        HMAC-SHA-256 with prepared keys, constant-time equality, wiping
 *     >>text        hex, base64, decimal, ISO 8601, HTTP-date
 *     >>event       event names, patterns, matching, expansion
 *     >>json        pull reader, look-up by path, writer, normal form, exact numbers
 *     >>signature   schemes, sign, verify in one call or as the bytes arrive, replay guard
 *     >>payload     the envelope {"$id","event","timestamp","payload"}
 *     >>http        URLs, messages read and written, one request and its answer, address guard
 *     >>receive     request reader and verifier as one machine: your bytes in, events out
 *     >>store       the records that are kept for you, five callbacks, a store in memory
 *     >>webhook     the registry: create, get, list, update, delete
 *     >>delivery    the engine: emit, queues, attempts, retries, log entries
 *     >>posix       only with WEBHOOK_POSIX: clock, event loop, client, transport, listener
 *
 * QUICK START                                                         (examples/quickstart.c)
 *
 *     char body[512], text[80];
 *     webhook_buf out = webhook_buf_from(body, sizeof body);
 *     webhook_buf hex = webhook_buf_from(text, sizeof text);
 *     webhook_envelope e = WEBHOOK_ZERO;
 *     webhook_message m = WEBHOOK_ZERO;
 *     webhook_json_writer w;
 *     webhook_hmac_key key;
 *
 *     if (webhook_key_init(&key, NULL, WEBHOOK_STR("secret-key-123"))) return 1; // once a secret
 *     e.id = WEBHOOK_STR("event_123");
 *     e.event = WEBHOOK_STR("users.u1.create");
 *     e.unix_ms = 1736937000000;
 *     webhook_payload_begin(&w, &out, &e);
 *     webhook_json_put_string(&w, WEBHOOK_STR("hello")); // the payload, any JSON
 *     if (webhook_payload_end(&w)) return 1;
 *     m.timestamp = WEBHOOK_STR("1736937000");
 *     m.body = webhook_buf_str(&out);
 *     if (webhook_sign(NULL, &key, &m, &hex)) return 1; // for X-Appwrite-Webhook-Signature
 *
 *     // the receiver: raw body, two header values, the present time
 *     if (webhook_verify(NULL, &key, 1, &m, webhook_buf_str(&hex), 1736937010)) return 1;
 *     if (webhook_payload_read(m.body, &e, NULL)) return 1; // e.event, e.payload
 *
 * OPTIONS
 *
 *     macro                    scope            effect
 *     WEBHOOK_IMPLEMENTATION   one file         emits the code
 *     WEBHOOK_STATIC           every file that  all functions are static: each file has its own
 *                              defines it       copy
 *     WEBHOOK_API              global           put before every function (visibility, dllexport)
 *     WEBHOOK_NO_STRINGS       implementation   webhook_status_str answers ""
 *     WEBHOOK_SMALL            implementation   loops instead of unrolled code: less flash, slower
 *     WEBHOOK_NO_SIMD          implementation   no processor-specific instructions
 *     WEBHOOK_POSIX            every file that  the section >>posix, which calls libc and POSIX
 *                              uses it
 *
 *     No option changes a struct or what a function means, so files built with different options
 *     link together.
 *
 * MEMORY AND OWNERSHIP
 *
 *     Nothing is allocated. A webhook_str points into somebody's bytes; whoever made it keeps them
 *     alive. What a function returns or writes into a struct points into the bytes that it was
 *     given, never into its context, unless its contract says otherwise. Contexts are plain structs
 *     without pointers into themselves: copy them (but two copies share a scratch or line buffer
 *     that they were given), put them on the stack, forget them. Do not rely
 *     on their fields where no comment documents them. No slice ends in a NUL: print one by
 *     printf("%.*s", (int)s.len, s.ptr).
 *
 * THREADS AND REENTRANCY
 *
 *     No globals, no locks. Functions that take a const object may use the same one at the same
 *     time (a prepared key serves any number of threads). Everything else on one object is the
 *     caller's to serialise. An engine with its registry and store is one object: more cores are
 *     more engines, with the webhooks shared out among them. It calls back from inside of its own
 *     functions alone, and may not be called from there but for webhook_delivery_complete.
 *
 * INPUT AND OUTPUT
 *
 *     The library does no I/O. Output goes to a webhook_buf: a bounded block, a block that is
 *     flushed through your callback, or nothing at all (it then counts). What reads from a
 *     connection is a machine that is given bytes and says what it wants next; where bytes are
 *     moved, it is through webhook_send_fn and webhook_recv_fn, which never wait. Only >>posix does
 *     it all by itself.
 *
 * ERRORS
 *
 *     webhook_status: 0 is done and yes, above 0 no error but not that (not yet, no match, seen,
 *     end), below 0 an error; compare with WEBHOOK_OK. Functions that return int answer 1 for yes.
 *     Writers and streaming parsers keep their first error; you ask once, at the end. Where a text
 *     is at fault, the offset counts bytes from 0. NULL where a contract says "not NULL" is
 *     WEBHOOK_ERR_ARGUMENT from the functions that list it; the others want a valid object.
 *
 * LIMITS
 *
 *     event names and patterns   255 bytes, 16 segments
 *     JSON                       64 levels; normal form takes texts below 4 GiB
 *     signature                  8 keys, 8 candidates, 15 timestamp digits, 64 KiB of kept fields
 *     $id                        36 bytes
 *     URL                        2,048 bytes, a host of 253
 *     HTTP head                  64 KiB and 100 fields, body 16 MiB, unless told otherwise
 *     webhook                    id 36 bytes, name 128, 100 patterns, 16 headers of 4,096 bytes,
 *                                secret 8 to 256; an arena has at most 4 GiB
 *     engine                     what its desc says: deliveries, events, slots, memory in all
 *
 * SECURITY MODEL
 *
 *     Trusted: the caller, its secrets, its clock. Not trusted: every byte that is parsed, every
 *     header, every body, until verify has said WEBHOOK_OK. Secrets are never branched on nor used
 *     as an index, but for whether they are blank when a key is made, and are wiped where they were
 *     copied. Verification works on raw bytes alone and never succeeds without a comparison; all
 *     causes of failure look the same. HTTP that two readers could understand in two ways is
 *     refused. A request goes to an inside network only where the guard has been told so. Secrets
 *     and passwords of webhooks lie in the arena and in the store as they are: both are to be kept
 *     as safe as these; what the engine no longer needs of them is wiped. Not
 *     promised: resistance to power analysis, to faults, or to whoever can read the process's
 *     memory.
 *
 * PORTING
 *
 *     C99 or C++11, 8-bit bytes, two's complement, int of 16 bits or more, either byte order. No
 *     libc: compilers may turn copy loops into memcpy, memmove, memset or memcmp, so a bare-metal
 *     program supplies these four. The wrappers with `double` exist only where it is IEEE-754
 *     binary64; the functions on bit patterns beside them exist everywhere. On AVR the large tables
 *     stay in flash; string literals take RAM there, so define WEBHOOK_NO_STRINGS. >>posix wants
 *     POSIX.1-2008 with threads; it uses epoll on Linux.
 */

#include <float.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#ifndef WEBHOOK_API
#ifdef WEBHOOK_STATIC
#if defined(__GNUC__)
#define WEBHOOK_API __attribute__((unused)) static
#else
#define WEBHOOK_API static
#endif
#else
#define WEBHOOK_API extern
#endif
#endif

#if defined(__GNUC__)
#define WEBHOOK_NODISCARD __attribute__((warn_unused_result))
#else
#define WEBHOOK_NODISCARD
#endif

/* WEBHOOK_ZERO -- initialises any struct of this header to its defaults:  webhook_message m =
 * WEBHOOK_ZERO;
 */
#ifdef __cplusplus
#define WEBHOOK_ZERO \
    {}
extern "C" {
#else
#define WEBHOOK_ZERO \
    { 0 }
#endif

#define WEBHOOK_VERSION_MAJOR 0
#define WEBHOOK_VERSION_MINOR 1
#define WEBHOOK_VERSION_PATCH 0
#define WEBHOOK_VERSION_STRING "0.1.0"
#define WEBHOOK_VERSION_HEX 0x000100

/* webhook_version -- WEBHOOK_VERSION_HEX of the implementation that was linked: 0xMMmmpp */
WEBHOOK_API uint32_t webhook_version(void);

/* ==== >>bytes ==== */

/* webhook_str -- bytes that somebody else owns: any value, NUL too; ptr may be NULL where len is
 * 0
 */
typedef struct webhook_str {
    const char *ptr;
    size_t len;
} webhook_str;

/* WEBHOOK_STR("literal") is an expression, WEBHOOK_STR_INIT("literal") initialises a static; for
 * literals alone.
 */
#define WEBHOOK_STR(literal) webhook_str_from("" literal, sizeof(literal) - 1)
#define WEBHOOK_STR_INIT(literal) \
    { "" literal, sizeof(literal) - 1 }

/* Every status: name, value, words. 0 = done and yes, above 0 = no error but not that, below 0 =
 * an error.
 */
#define WEBHOOK_STATUS_LIST(X)                                                                 \
    X(WEBHOOK_OK, 0, "done")                                                                   \
    X(WEBHOOK_MORE, 1, "not yet: more is to come")                                             \
    X(WEBHOOK_PENDING, 2, "not finished yet")                                                  \
    X(WEBHOOK_NO_MATCH, 3, "no")                                                               \
    X(WEBHOOK_SEEN, 4, "seen before")                                                          \
    X(WEBHOOK_END, 5, "nothing follows")                                                       \
    X(WEBHOOK_CHANGED, 6, "an integer lost digits: send it as a string")                       \
    X(WEBHOOK_WANT_SEND, 7, "call again when it can be written to")                            \
    X(WEBHOOK_WANT_RECV, 8, "call again when it can be read from")                             \
    X(WEBHOOK_ERR_ARGUMENT, -1, "bad argument: see the contract of the function")              \
    X(WEBHOOK_ERR_SPACE, -2, "too little space: give a larger buffer")                         \
    X(WEBHOOK_ERR_SYNTAX, -3, "malformed")                                                     \
    X(WEBHOOK_ERR_LIMIT, -4, "over a fixed limit")                                             \
    X(WEBHOOK_ERR_DUPLICATE, -5, "a key or field is given twice")                              \
    X(WEBHOOK_ERR_RANGE, -6, "number or time out of range")                                    \
    X(WEBHOOK_ERR_TRUNCATED, -7, "ends too early")                                             \
    X(WEBHOOK_ERR_SIGNATURE, -8, "not authentic")                                              \
    X(WEBHOOK_ERR_STALE, -9, "timestamp too old or too new: check the clock or the tolerance") \
    X(WEBHOOK_ERR_KEY, -10, "no usable secret or key")                                         \
    X(WEBHOOK_ERR_FORBIDDEN, -11, "not allowed")                                               \
    X(WEBHOOK_ERR_NOT_FOUND, -12, "not there")                                                 \
    X(WEBHOOK_ERR_TAKEN, -13, "the id is in use")                                              \
    X(WEBHOOK_ERR_BUSY, -14, "busy: try again when what is under way has ended")               \
    X(WEBHOOK_ERR_FULL, -15, "full: give more room, or wait until some is free")               \
    X(WEBHOOK_ERR_CLOSED, -16, "the connection is closed")                                     \
    X(WEBHOOK_ERR_IO, -17, "input or output failed")                                           \
    X(WEBHOOK_ERR_TIMEOUT, -18, "the time limit is over")                                      \
    X(WEBHOOK_ERR_DAMAGED, -19, "not what was saved")                                          \
    X(WEBHOOK_ERR_SCRATCH, -20, "too little scratch: its macro or function says how much")

typedef enum webhook_status {
#define WEBHOOK_X(name, value, text) name = (value),
    WEBHOOK_STATUS_LIST(WEBHOOK_X)
#undef WEBHOOK_X
        WEBHOOK_STATUS_INT_ =
            INT_MAX /* never returned: keeps the type as wide as int under -fshort-enums */
} webhook_status;

/* webhook_status_str -- words for a status, static; "" for a value that is none, and under
 * WEBHOOK_NO_STRINGS
 */
WEBHOOK_API const char *webhook_status_str(webhook_status s);

/* webhook_str_from, webhook_str_from_cstr -- a slice of len bytes; of a string up to its NUL
 * (NULL gives the empty one)
 */
WEBHOOK_API webhook_str webhook_str_from(const char *ptr, size_t len);
WEBHOOK_API webhook_str webhook_str_from_cstr(const char *s);

/* webhook_str_eq, webhook_str_ieq -- 1 where the bytes are equal (ieq: but for the case of ASCII
 * letters), else 0
 *
 * Time     depends on the contents: not for secrets, see webhook_equal
 */
WEBHOOK_API int webhook_str_eq(webhook_str a, webhook_str b);
WEBHOOK_API int webhook_str_ieq(webhook_str a, webhook_str b);

/* webhook_str_cut -- take what stands before the next sep off *rest, and the sep with it
 *
 *   rest     not NULL; shrinks; without a sep all of it is taken
 *   head     not NULL; points into the bytes of *rest; may be empty ("a,,b" gives "a", "", "b")
 * Returns  WEBHOOK_OK | WEBHOOK_END when *rest is empty ("a," gives "a" and then ends)
 */
WEBHOOK_API webhook_status webhook_str_cut(webhook_str *rest, char sep, webhook_str *head);

/* webhook_flush_fn -- takes bytes that a webhook_buf passes on: all of them, or it fails (it never
 * would-block)
 *
 * Returns  WEBHOOK_OK | anything else (WEBHOOK_ERR_IO, for instance), which then stays in the buf
 * Called   from any put and from webhook_buf_end; bytes are borrowed until it returns; must not
 *          touch the buf
 */
typedef webhook_status (*webhook_flush_fn)(void *user, webhook_str bytes);

/* webhook_buf -- the writer: everything that this library puts out goes through one
 *
 * Four ways: a block that can be full (from), a block that is flushed when full (set flush and user
 * after from), no block and a flush (each put is passed on at once), nothing at all (WEBHOOK_ZERO:
 * counts). Puts return nothing; the first error stays in status, nothing is stored after it, and
 * total goes on counting, so that after WEBHOOK_ERR_SPACE total is the capacity that would have
 * sufficed. A put that does not fit is not stored in part.
 */
typedef struct webhook_buf {
    char *ptr;              /* cap bytes; NULL: see above */
    size_t cap, len;        /* len = bytes now in ptr */
    uint64_t total;         /* bytes ever put, errors or not */
    webhook_flush_fn flush; /* NULL: none */
    void *user;             /* first argument of flush */
    webhook_status status;  /* the first error, WEBHOOK_OK until then */
} webhook_buf;

/* webhook_buf_from -- a writer into cap bytes at ptr, borrowed for as long as it is written to;
 * NULL only counts
 */
WEBHOOK_API webhook_buf webhook_buf_from(void *ptr, size_t cap);

/* webhook_buf_put -- append bytes, which may be empty and must not lie in the buf's own block */
WEBHOOK_API void webhook_buf_put(webhook_buf *b, webhook_str s);

/* webhook_buf_fail -- record an error, for callbacks that write; the first one stays, WEBHOOK_OK
 * does nothing
 */
WEBHOOK_API void webhook_buf_fail(webhook_buf *b, webhook_status error);

/* webhook_buf_end -- pass on what is left, if there is a flush, and say how it went
 *
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SPACE | what flush or webhook_buf_fail or a put of another
 *          section left
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_buf_end(webhook_buf *b);

/* webhook_buf_str -- what lies in the block now; {NULL, 0} after an error, so that half a text is
 * never used. An empty slice is a valid body, so ask webhook_buf_end (or the writer's end) first.
 */
WEBHOOK_API webhook_str webhook_buf_str(const webhook_buf *b);

/* ==== >>sha256 ==== */

/* SHA-256, FIPS 180-4. Contexts may be copied, so a common prefix is hashed once. x86 processors
 * with the SHA extensions are found at run time and used, unless WEBHOOK_NO_SIMD. */

#define WEBHOOK_SHA256_SIZE 32

#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
#define WEBHOOK_SHA256_HOW \
    1 /* this target has a hardware way: contexts and keys remember which one to take */
#else
#define WEBHOOK_SHA256_HOW 0
#endif

typedef struct webhook_sha256_ctx {
    uint32_t state[8];
    unsigned char block[64];
    uint64_t count;
#if WEBHOOK_SHA256_HOW
    uintptr_t how;
#endif
} webhook_sha256_ctx;

/* webhook_sha256_init, _update, _final -- hash what comes in pieces of any length
 *
 *   s        may be empty; only read
 *   digest   not NULL
 * Memory   final wipes the context; it must be initialised before it is used again
 * Time     depends on the lengths only
 */
WEBHOOK_API void webhook_sha256_init(webhook_sha256_ctx *c);
WEBHOOK_API void webhook_sha256_update(webhook_sha256_ctx *c, webhook_str s);
WEBHOOK_API void webhook_sha256_final(webhook_sha256_ctx *c,
                                      unsigned char digest[WEBHOOK_SHA256_SIZE]);

/* webhook_sha256 -- the same in one call */
WEBHOOK_API void webhook_sha256(webhook_str s, unsigned char digest[WEBHOOK_SHA256_SIZE]);

/* ==== >>hmac ==== */

/* HMAC-SHA-256, RFC 2104 and FIPS 198-1. A key is prepared once; each message then costs two
 * blocks less.
 */

/* webhook_hmac_key -- a prepared key: as secret as the secret; wipe it with webhook_wipe when
 * done
 */
typedef struct webhook_hmac_key {
    uint32_t inner[8], outer[8];
#if WEBHOOK_SHA256_HOW
    uintptr_t how;
#endif
} webhook_hmac_key;

/* webhook_hmac_key_init -- prepare a key from a secret of any length but 0
 *
 *   k        not NULL; on error it is zeros, and every function refuses it
 *   secret   only read, not kept
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_KEY (empty) | WEBHOOK_ERR_ARGUMENT
 * Time     depends on secret.len only
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_hmac_key_init(webhook_hmac_key *k,
                                                                   webhook_str secret);

typedef struct webhook_hmac_ctx {
    webhook_sha256_ctx sha;
    const webhook_hmac_key *key;
} webhook_hmac_ctx;

/* webhook_hmac_init, _update, _final -- authenticate what comes in pieces of any length
 *
 *   k        borrowed until final; not changed, so many contexts and threads may share it
 *   mac      not NULL; zeros unless WEBHOOK_OK
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_KEY (never prepared, or preparing it failed) |
 *          WEBHOOK_ERR_ARGUMENT
 * Memory   final wipes the context; after an init that failed, update does nothing and final fails
 *          as well
 * Time     depends on the lengths only
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_hmac_init(webhook_hmac_ctx *c,
                                                               const webhook_hmac_key *k);
WEBHOOK_API void webhook_hmac_update(webhook_hmac_ctx *c, webhook_str s);
WEBHOOK_NODISCARD WEBHOOK_API webhook_status
webhook_hmac_final(webhook_hmac_ctx *c, unsigned char mac[WEBHOOK_SHA256_SIZE]);

/* webhook_hmac -- the same in one call */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_hmac(const webhook_hmac_key *k,
                                                          webhook_str msg,
                                                          unsigned char mac[WEBHOOK_SHA256_SIZE]);

/* webhook_equal -- are two secrets of the same length equal?
 *
 *   a, b     len bytes each; NULL is allowed where len is 0
 * Returns  WEBHOOK_OK | WEBHOOK_NO_MATCH
 * Time     depends on len only
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_equal(const void *a, const void *b,
                                                           size_t len);

/* webhook_wipe -- overwrite with zeros in a way that the compiler may not leave out */
WEBHOOK_API void webhook_wipe(void *ptr, size_t len);

/* ==== >>text ==== */

/* Writers append to a webhook_buf. Readers take the whole text: nothing before it, nothing after
 * it, no blanks.
 */

/* webhook_hex_write -- two lowercase digits a byte */
WEBHOOK_API void webhook_hex_write(webhook_buf *b, webhook_str bytes);

/* webhook_hex_read -- exactly 2 * len hex digits, of either case
 *
 *   out      len bytes, not NULL unless len is 0; zeros on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX (another length, or no digit) | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_hex_read(webhook_str text, void *out,
                                                              size_t len);

/* webhook_base64_write -- RFC 4648 section 4: the standard alphabet, with padding */
WEBHOOK_API void webhook_base64_write(webhook_buf *b, webhook_str bytes);

/* webhook_base64_read -- the one canonical spelling of RFC 4648 section 4
 *
 *   out      cap bytes, not NULL unless cap is 0; text.len / 4 * 3 always suffice; zeros on error
 *   len      not NULL; bytes decoded; 0 on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX (padding missing or spare, spare bits set, another
 *          alphabet, any blank) | WEBHOOK_ERR_SPACE | WEBHOOK_ERR_ARGUMENT
 * Time     depends on text.len only, but for the answer: it may hold a secret
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_base64_read(webhook_str text, void *out,
                                                                 size_t cap, size_t *len);

/* webhook_decimal_write -- as few digits as it takes, "0" for 0 */
WEBHOOK_API void webhook_decimal_write(webhook_buf *b, uint64_t v);

/* webhook_decimal_read -- one digit or more, leading zeros allowed
 *
 *   v        not NULL; 0 on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX (empty, or no digit) | WEBHOOK_ERR_RANGE (2^64 and
 *          above) | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_decimal_read(webhook_str text, uint64_t *v);

/* Times are UTC in the proleptic Gregorian calendar, from 1970-01-01 to 9999-12-31, without leap
 * seconds.
 */

/* webhook_iso_write -- ISO 8601 in 24 bytes: 2025-01-15T10:30:00.000Z
 *
 *   unix_ms  milliseconds since 1970; outside the years above the buf fails with WEBHOOK_ERR_RANGE
 */
WEBHOOK_API void webhook_iso_write(webhook_buf *b, int64_t unix_ms);

/* webhook_iso_read -- YYYY-MM-DDThh:mm:ss, then nothing or a dot and 1 to 9 digits (cut to
 * milliseconds), then Z
 *
 *   unix_ms  not NULL; 0 on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX | WEBHOOK_ERR_RANGE (no such day or time, or before
 *          1970) | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_iso_read(webhook_str text, int64_t *unix_ms);

/* webhook_http_date_write -- IMF-fixdate of RFC 9110 section 5.6.7 in 29 bytes: Wed, 15 Jan 2025
 * 10:30:00 GMT
 *
 *   unix_s   seconds since 1970; outside the years above the buf fails with WEBHOOK_ERR_RANGE
 */
WEBHOOK_API void webhook_http_date_write(webhook_buf *b, int64_t unix_s);

/* webhook_http_date_read -- any of the three forms that RFC 9110 section 5.6.7 wants to be read
 *
 *   now_s    the present, in seconds: a year of two digits (RFC 850) is the latest one that is at
 *            most 50 years ahead; a present outside the years above counts as the nearest in them
 *   unix_s   not NULL; 0 on error; second 60 counts as the next second
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX | WEBHOOK_ERR_RANGE (no such day or time, or out of the
 *          years above) | WEBHOOK_ERR_ARGUMENT
 * The name of the weekday must be one; that it is the right one is not checked.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_http_date_read(webhook_str text, int64_t now_s,
                                                                    int64_t *unix_s);

/* ==== >>event ==== */

/* Names and patterns have 1 to 255 bytes in 1 to 16 segments, joined by dots; a segment is visible
 * ASCII other than . * , " \ and not empty. In a pattern a whole segment may be * instead, which
 * stands for exactly one segment. Names alternate resource and id, with an action last:
 * databases.main.tables.orders.rows.order_456.create. The ids are the even segments counted from 1,
 * but for the last of a name with an even number of them, which is an attribute.
 *
 * A pattern agrees with the start of the event segment by segment, and must end where a name can
 * end: with the event, or earlier at an even segment (users.* has all events of all users), or
 * before an attribute (users.*.update has users.u1.update.email). */

#define WEBHOOK_EVENT_MAX 255 /* bytes of a name or pattern */

/* webhook_event_check, webhook_pattern_check -- is it a name; is it a pattern?
 *
 *   offset   may be NULL; on error where it is wrong: the first fault from the left, the length
 *            last
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX | WEBHOOK_ERR_LIMIT (a 17th segment, a 256th byte)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_event_check(webhook_str event, size_t *offset);
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_pattern_check(webhook_str pattern,
                                                                   size_t *offset);

/* webhook_event_match -- does the event fall under the pattern?
 *
 *   pattern  one that webhook_pattern_check refuses matches no event
 *   event    has passed webhook_event_check; another text is safe, but its answer means nothing
 * Returns  WEBHOOK_OK | WEBHOOK_NO_MATCH
 * Time     linear in both, without going back
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_event_match(webhook_str pattern,
                                                                 webhook_str event);

/* webhook_expand -- all names that an event has: ids replaced by * in every combination, then the
 * same for the shorter ends, longest first; within one length as a binary number counts, last id
 * the lowest bit, 1 = * */
typedef struct webhook_expand_ctx {
    webhook_str event;
    uint16_t stars;           /* of the next name: bit 0 = the last id */
    uint8_t segments, prefix; /* of the event; of the next name, 0 = no more */
} webhook_expand_ctx;

/* webhook_expand_init -- begin; the event is borrowed until the last name
 *
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX | WEBHOOK_ERR_LIMIT as webhook_event_check, and then
 *          there are no names
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_expand_init(webhook_expand_ctx *c,
                                                                 webhook_str event);

/* webhook_expand_next -- append the next name to out, and nothing else: separators are the caller's
 *
 * Returns  WEBHOOK_OK, also where out has failed | WEBHOOK_END
 */
WEBHOOK_API webhook_status webhook_expand_next(webhook_expand_ctx *c, webhook_buf *out);

#define WEBHOOK_EVENT_HEADER_NAMES \
    64 /* above either of these the header carries the event's own name alone */
#define WEBHOOK_EVENT_HEADER_MAX 4096 /* bytes */

/* webhook_event_header_write -- the value of the events header: all names joined by commas, or the
 * event's name alone
 *
 *   concrete_only   not 0: the event's name alone in any case
 * The buf fails as webhook_event_check says where event is no name.
 */
WEBHOOK_API void webhook_event_header_write(webhook_buf *b, webhook_str event, int concrete_only);

/* ==== >>json ==== */

/* RFC 8259, strictly: UTF-8 checked, no BOM, at most 64 levels. An escape that makes half a
 * surrogate pair is legal text and kept as it is; only decoding that one string fails. */

#define WEBHOOK_JSON_DEPTH 64

/* kinds of token */
enum {
    WEBHOOK_JSON_NONE,
    WEBHOOK_JSON_NULL,
    WEBHOOK_JSON_FALSE,
    WEBHOOK_JSON_TRUE,
    WEBHOOK_JSON_NUMBER,
    WEBHOOK_JSON_STRING,
    WEBHOOK_JSON_KEY,
    WEBHOOK_JSON_OBJECT,
    WEBHOOK_JSON_OBJECT_END,
    WEBHOOK_JSON_ARRAY,
    WEBHOOK_JSON_ARRAY_END
};

typedef struct webhook_json_token {
    webhook_str text; /* its bytes; of a string or key those between the quotes, escapes kept */
    size_t offset;    /* of its first byte (the opening quote) in the whole text */
    uint8_t kind;     /* WEBHOOK_JSON_… */
    uint8_t escaped;  /* 1 where text holds a backslash; without one text is the string itself */
} webhook_json_token;

typedef struct webhook_json_ctx {
    webhook_str text;
    size_t offset; /* of the next byte; after an error of the fault */
    uint64_t stack;
    uint8_t depth, depth_max, state;
    int8_t status;
} webhook_json_ctx;

/* webhook_json_init -- begin to read a text, borrowed for as long as its tokens are used */
WEBHOOK_API void webhook_json_init(webhook_json_ctx *c, webhook_str text);

/* webhook_json_next -- the next token
 *
 *   t        not NULL; kind WEBHOOK_JSON_NONE unless WEBHOOK_OK
 * Returns  WEBHOOK_OK | WEBHOOK_END after the one value and the blanks behind it
 *          | WEBHOOK_ERR_SYNTAX | WEBHOOK_ERR_TRUNCATED | WEBHOOK_ERR_LIMIT (a 65th level), sticky
 *          | WEBHOOK_ERR_ARGUMENT
 * c->offset is then where the fault is: a bad escape at its backslash, bad UTF-8 at the first byte
 * of the sequence, a level too many at its bracket, a text that ends early at its length, all else
 * at the first byte that no valid text could have there.
 */
WEBHOOK_API webhook_status webhook_json_next(webhook_json_ctx *c, webhook_json_token *t);

/* webhook_json_path -- one look-up: set path, webhook_json_find sets the rest */
typedef struct webhook_json_path {
    webhook_str path; /* RFC 6901: "/items/0" from the top of the text that find is given, "" is
                         all of it; borrowed during find */
    webhook_json_token value; /* kind WEBHOOK_JSON_NONE: not there; of an object or array text is
                                 all of it; webhook_json_string, webhook_json_int decode it */
    size_t at;                /* the rest is find's own */
    uint32_t index;
    uint8_t level, deepest;
} webhook_json_path;

/* webhook_json_find -- check the whole text and answer n paths in the same pass
 *
 *   paths    n of them, their path set; all else in them is set here; values point into text
 *   n        may be 0: then the text is only checked
 *   offset   may be NULL; on error as webhook_json_next says, or the second opening quote of a key
 * Returns  WEBHOOK_OK, found or not | WEBHOOK_ERR_SYNTAX | WEBHOOK_ERR_TRUNCATED
 *          | WEBHOOK_ERR_LIMIT | WEBHOOK_ERR_DUPLICATE (a key on one of the paths stands twice in
 *          its object; told when it is read) | WEBHOOK_ERR_ARGUMENT (NULL, or a path that RFC 6901
 *          does not allow; the offset is 0). On error all values are WEBHOOK_JSON_NONE.
 * Time     linear in the text, for a given n
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_json_find(webhook_str text,
                                                               webhook_json_path *paths, size_t n,
                                                               size_t *offset);

/* webhook_json_string -- append a string or key, decoded to UTF-8
 *
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX (half a surrogate pair: it has no UTF-8) |
 *          WEBHOOK_ERR_ARGUMENT (another kind)
 *          | the error of out; out has failed in each of these cases
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_json_string(const webhook_json_token *t,
                                                                 webhook_buf *out);

/* webhook_json_is -- 1 where t is a string or key that decodes to s, else 0 */
WEBHOOK_API int webhook_json_is(const webhook_json_token *t, webhook_str s);

/* webhook_json_int -- the exact value of a number token, however it is written (2, 2.0, 20e-1)
 *
 *   v        not NULL; 0 on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_RANGE (not whole, or outside int64_t) | WEBHOOK_ERR_ARGUMENT
 *          (no number)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_json_int(const webhook_json_token *t,
                                                              int64_t *v);

/* Numbers go between text and the bit pattern of an IEEE-754 binary64 in a uint64_t, in integer
 * arithmetic alone.
 */

/* webhook_binary64_read -- the nearest double, ties to even; underflow gives (-)0
 *
 *   text     a JSON number
 *   bits     not NULL; 0 on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX (no JSON number) | WEBHOOK_ERR_RANGE (overflow)
 *          | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_binary64_read(webhook_str text,
                                                                   uint64_t *bits);

/* webhook_binary64_write -- as ECMAScript's Number::toString: the shortest that reads back the
 * same, -0 as 0
 *
 * The buf fails with WEBHOOK_ERR_RANGE for NaN and the infinities.
 */
WEBHOOK_API void webhook_binary64_write(webhook_buf *b, uint64_t bits);

/* The writer: what it writes is a fixed point of JSON.stringify(JSON.parse(text)), as the receivers
 * that hash a re-serialised body need it: no blanks, shortest escapes, numbers as ECMAScript prints
 * them. Array-index keys ("0" to "4294967294"), which ECMAScript would move to the front, are
 * refused; that no key comes twice is the caller's promise. Errors, also of the order of calls,
 * make the buf fail and are told at the end. */
typedef struct webhook_json_writer {
    webhook_buf *out;
    uint64_t stack;
    uint8_t depth, around, state; /* around: levels of an envelope */
} webhook_json_writer;

/* webhook_json_writer_init -- begin one value on out, which is borrowed until
 * webhook_json_writer_end
 */
WEBHOOK_API void webhook_json_writer_init(webhook_json_writer *w, webhook_buf *out);

/* webhook_json_put_… -- one value, key or bracket
 *
 *   key, s   UTF-8, else the buf fails with WEBHOOK_ERR_SYNTAX
 *   v        ±2^53 at most (what a double holds exactly), else WEBHOOK_ERR_RANGE
 *   bits     no NaN and no infinity, else WEBHOOK_ERR_RANGE
 * The buf fails with WEBHOOK_ERR_ARGUMENT where this cannot stand here (a value without a key in an
 * object, a second value at the top, an end without a beginning, an array-index key), with
 * WEBHOOK_ERR_LIMIT for a 65th level.
 */
WEBHOOK_API void webhook_json_put_object(webhook_json_writer *w);
WEBHOOK_API void webhook_json_put_array(webhook_json_writer *w);
WEBHOOK_API void webhook_json_put_end(
    webhook_json_writer *w); /* of the innermost object or array */
WEBHOOK_API void webhook_json_put_key(webhook_json_writer *w, webhook_str key);
WEBHOOK_API void webhook_json_put_string(webhook_json_writer *w, webhook_str s);
WEBHOOK_API void webhook_json_put_int(webhook_json_writer *w, int64_t v);
WEBHOOK_API void webhook_json_put_bits(webhook_json_writer *w, uint64_t bits);
WEBHOOK_API void webhook_json_put_bool(webhook_json_writer *w, int v);
WEBHOOK_API void webhook_json_put_null(webhook_json_writer *w);

#if DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024
/* webhook_json_put_double, webhook_double_bits, webhook_double_from_bits -- where a double is a
 * binary64 */
WEBHOOK_API void webhook_json_put_double(webhook_json_writer *w, double v);
WEBHOOK_API uint64_t webhook_double_bits(double v);
WEBHOOK_API double webhook_double_from_bits(uint64_t bits);
#endif

/* webhook_json_scratch -- working memory for normal form: n words at ptr, borrowed during the
 * call, contents undefined
 */
typedef struct webhook_json_scratch {
    uint32_t *ptr;
    size_t n;
} webhook_json_scratch;

#define WEBHOOK_JSON_SCRATCH(len) \
    ((len) / 10 * 3 + 260) /* words that suffice for any text of len bytes */

/* webhook_json_scratch_need -- words that suffice for this text; one pass over it
 *
 *   words    not NULL; 0 on error
 *   offset   may be NULL; on error where
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX | WEBHOOK_ERR_TRUNCATED | WEBHOOK_ERR_LIMIT as
 *          webhook_json_next, WEBHOOK_ERR_LIMIT also for 4 GiB | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_json_scratch_need(webhook_str text,
                                                                       size_t *words,
                                                                       size_t *offset);

/* webhook_json_put_json -- any JSON text as the next value, in normal form: what
 * JSON.stringify(JSON.parse(text)) gives
 *
 *   text     only read; its levels and the writer's together are at most 64
 *   offset   may be NULL; where it is wrong, or the first integer that lost digits
 * Returns  WEBHOOK_OK | WEBHOOK_CHANGED (written, but an integer beyond what a double holds lost
 *          digits)
 *          | WEBHOOK_ERR_SYNTAX | WEBHOOK_ERR_TRUNCATED | WEBHOOK_ERR_LIMIT as webhook_json_next,
 *          and for 4 GiB
 *          | WEBHOOK_ERR_DUPLICATE (at the second opening quote) | WEBHOOK_ERR_RANGE (a number that
 *          overflows a double)
 *          | WEBHOOK_ERR_SCRATCH (too little of it: offset is 0) | WEBHOOK_ERR_ARGUMENT (no value
 *          can stand here)
 *          | the error of the buf. On error nothing of the text has been put, and the buf has
 *          failed.
 * Time     n log n for n bytes, times the depth where array-index keys must move; a text in normal
 *          form is one pass
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_json_put_json(webhook_json_writer *w,
                                                                   webhook_str text,
                                                                   webhook_json_scratch scratch,
                                                                   size_t *offset);

/* webhook_json_writer_end -- is the value whole? Flushes the buf.
 *
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT (something is still open, an envelope too, or nothing
 *          was put) | the error of the buf
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_json_writer_end(webhook_json_writer *w);

/* ==== >>signature ==== */

#define WEBHOOK_KEYS_MAX 8       /* keys of one verification */
#define WEBHOOK_CANDIDATES_MAX 8 /* signatures in one header field */
#define WEBHOOK_TIMESTAMP_MAX 15 /* digits */
#define WEBHOOK_SIGNATURE_MAX 64 /* bytes of a signature field of the default scheme */

/* what a field of a head is to a scheme */
enum {
    WEBHOOK_ROLE_NONE,
    WEBHOOK_ROLE_WEBHOOK_ID,
    WEBHOOK_ROLE_MESSAGE_ID,
    WEBHOOK_ROLE_TIMESTAMP,
    WEBHOOK_ROLE_SIGNATURE
};

#define WEBHOOK_TOLERANCE_DEFAULT_S 300
#define WEBHOOK_TOLERANCE_NONE UINT32_MAX

typedef struct webhook_mac {
    unsigned char byte[WEBHOOK_SHA256_SIZE];
} webhook_mac;

/* webhook_message -- what is signed; all borrowed during the call
 *
 * The default scheme wants timestamp and body, the others are for schemes that sign them.
 */
typedef struct webhook_message {
    webhook_str timestamp; /* Unix seconds as the header has them: 1 to 15 digits, above 0; a
                              sender makes it with webhook_decimal_write */
    webhook_str body;      /* the raw bytes, never text that was parsed and written again */
    webhook_str id;        /* of the message; a webhook_parts_… scheme also finds it in fields */
    webhook_str method, target;
    webhook_str fields; /* "Name: value\r\n" lines */
} webhook_message;

/* webhook_signature_item -- what one step through a signature field found: either, both, nothing */
typedef struct webhook_signature_item {
    webhook_str timestamp; /* not empty: the field carries the timestamp */
    webhook_mac mac;       /* valid where has_mac is 1 */
    uint8_t has_mac;
} webhook_signature_item;

/* kinds of webhook_part */
enum {
    WEBHOOK_PART_BODY, /* exactly once */
    WEBHOOK_PART_TIMESTAMP,
    WEBHOOK_PART_ID, /* no dot in it, not empty */
    WEBHOOK_PART_METHOD,
    WEBHOOK_PART_TARGET,
    WEBHOOK_PART_HEADER, /* text = the field's name; exactly one such field */
    WEBHOOK_PART_LITERAL /* text = the bytes */
};

typedef struct webhook_part {
    webhook_str text;
    uint8_t kind; /* WEBHOOK_PART_… */
} webhook_part;

struct webhook_verify_ctx;

/* webhook_scheme -- how one sender signs, as data. A NULL scheme is the default one (Appwrite's),
 * and a NULL function in a scheme does what the default one does.
 *
 * Copy webhook_scheme_default() and change it, or fill one of your own; it is only read, and
 * borrowed for as long as a context uses it. An empty field name: there is no such field.
 */
typedef struct webhook_scheme {
    /* told beside the signature, not signed */
    webhook_str webhook_id_field, events_field, name_field;
    webhook_str id_field, timestamp_field, signature_field;
    /* 0 = 300, WEBHOOK_TOLERANCE_NONE = not checked */
    uint32_t tolerance_past_s, tolerance_future_s;
    uint8_t no_timestamp; /* 1: the scheme has none, and now_s is ignored */

    /* read -- the next item of a signature field off *rest; skips labels that it does not know.
     * *item comes zeroed. NULL: one hex MAC, "sha256=" before it or not.
     * Returns  WEBHOOK_OK (at least a byte was taken) | WEBHOOK_END | any error = not authentic */
    webhook_status (*read)(webhook_str *rest, webhook_signature_item *item);
    /* write -- the value of the signature field for n MACs; called by webhook_signature_write.
     * NULL: one MAC in lowercase hex. */
    void (*write)(webhook_buf *b, webhook_str timestamp, const webhook_mac *macs, size_t n);
    /* content -- what is signed before (after = 0) and behind (1) the body, put into b; not
     * m->body, which is empty when bytes arrive one by one. Fails b where something is missing:
     * then sign returns WEBHOOK_ERR_ARGUMENT, verify WEBHOOK_ERR_SIGNATURE. As bytes arrive, of m
     * timestamp and fields alone are set. NULL: the timestamp and "." before it, nothing with
     * no_timestamp. */
    void (*content)(const struct webhook_scheme *s, const webhook_message *m, int after,
                    webhook_buf *b);
    /* capture -- called for every field of a head that arrives, and with the names ":method" and
     * ":target" for the request line: calls webhook_verify_keep for what content will look for in
     * m->fields. NULL: nothing is kept. */
    void (*capture)(struct webhook_verify_ctx *c, webhook_str name, webhook_str value);
    /* key -- prepare a key from the scheme's form of a secret; a blank one is refused in any case.
     * NULL: webhook_hmac_key_init, the bytes as given.
     * Returns  WEBHOOK_OK | any error = WEBHOOK_ERR_KEY */
    webhook_status (*key)(webhook_hmac_key *k, webhook_str secret);

    const webhook_part *parts; /* read by webhook_parts_content and webhook_parts_capture alone */
    size_t n_parts;
} webhook_scheme;

/* webhook_scheme_default -- Appwrite's scheme: X-Appwrite-Webhook-{Id, Events, Name, Timestamp,
 * Signature}, the hex of HMAC-SHA-256 over "timestamp.body", 300 s; all functions NULL
 */
WEBHOOK_API webhook_scheme webhook_scheme_default(void);

/* webhook_parts_content, webhook_parts_capture -- for a scheme that lists what it signs in parts
 *
 * Of what arrives these keep the fields of ID and HEADER parts, and the request line for METHOD and
 * TARGET.
 */
WEBHOOK_API void webhook_parts_content(const webhook_scheme *s, const webhook_message *m, int after,
                                       webhook_buf *b);
WEBHOOK_API void webhook_parts_capture(struct webhook_verify_ctx *c, webhook_str name,
                                       webhook_str value);

/* webhook_key_init -- prepare a key from a secret as this scheme writes it
 *
 *   k        not NULL; zeros on error
 *   s        NULL = the default scheme
 *   secret   only read, not kept; every byte counts, a line end of its file too
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_KEY (empty, all blanks, or not of the scheme's form)
 *          | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_key_init(webhook_hmac_key *k,
                                                              const webhook_scheme *s,
                                                              webhook_str secret);

/* webhook_key_init_base64 -- the same from base64, for the key function of a scheme
 *
 *   text     canonical base64 of 1 to 192 bytes
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_KEY | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_key_init_base64(webhook_hmac_key *k,
                                                                     webhook_str text);

/* webhook_sign -- the value of the signature field, appended to out
 *
 *   s        NULL = the default scheme
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT (bad timestamp, or a part that the scheme signs is
 *          missing) | WEBHOOK_ERR_KEY (never prepared) | the error of out
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_sign(const webhook_scheme *s,
                                                          const webhook_hmac_key *k,
                                                          const webhook_message *m,
                                                          webhook_buf *out);

/* webhook_sign_many -- the MACs of one message under n keys
 *
 *   keys     n pointers; n may be 0
 *   macs     n of them; zeros on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT | WEBHOOK_ERR_KEY as webhook_sign
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_sign_many(const webhook_scheme *s,
                                                               const webhook_hmac_key *const *keys,
                                                               size_t n, const webhook_message *m,
                                                               webhook_mac *macs);

/* webhook_signature_write -- the value of the signature field from its MACs
 *
 *   macs     n of them: several in a scheme whose field holds several (a secret that is replaced);
 *            where it holds one, another n makes the buf fail with WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_API void webhook_signature_write(const webhook_scheme *s, webhook_buf *b,
                                         webhook_str timestamp, const webhook_mac *macs, size_t n);

/* webhook_verify -- is the message authentic and fresh?
 *
 *   s          NULL = the default scheme
 *   keys       1 to 8 keys, all of them prepared; any may have signed
 *   m          what arrived; where the signature field carries the timestamp, that one counts
 *   signature  the value of the signature field; empty where there was none
 *   now_s      the present in Unix seconds
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SIGNATURE (missing, malformed or wrong: never told apart)
 *          | WEBHOOK_ERR_STALE (the timestamp is further away than the tolerance, before or after;
 *          nothing was hashed) | WEBHOOK_ERR_KEY (no key, or one was never prepared)
 *          | WEBHOOK_ERR_ARGUMENT (NULL, more than 8 keys)
 * Time     does not depend on keys, nor on which of them or of the signatures matched
 * That a header field came once only is the caller's to see to; webhook_verify_field does it by
 * itself. Against replays ask the guard below, with webhook_replay_key_from_id.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_verify(const webhook_scheme *s,
                                                            const webhook_hmac_key *keys, size_t n,
                                                            const webhook_message *m,
                                                            webhook_str signature, int64_t now_s);

/* webhook_verify_ctx -- the same as the bytes arrive: init, (line), field…, head, body…, final
 *
 * Calls out of order do nothing, and final answers WEBHOOK_ERR_ARGUMENT. A context that is given up
 * before final holds a hash state of the key: webhook_wipe it.
 */
typedef struct webhook_verify_ctx {
    uint8_t n_keys, n_macs, phase, seen, digits;
    int8_t status;
    uint16_t kept;
    int64_t timestamp_s;
    webhook_status (*general)(struct webhook_verify_ctx *c, unsigned what, const webhook_str *a,
                              const webhook_str *b);
    const webhook_scheme *scheme;
    const webhook_hmac_key *keys;
    uint32_t *scratch;
    size_t scratch_len;
    webhook_mac mac;
    webhook_sha256_ctx sha;
} webhook_verify_ctx;

/* webhook_verify_init -- begin a message of the default scheme, for one key and one signature
 *
 * Several keys want webhook_verify_init_scheme; head answers WEBHOOK_ERR_SCRATCH to them here.
 */
WEBHOOK_API void webhook_verify_init(webhook_verify_ctx *c);

/* WEBHOOK_VERIFY_SCRATCH -- words of scratch for so many keys, candidates and bytes of kept fields
 *
 * head_bytes: for each field that the scheme keeps, its name, its value and 4 bytes; a webhook-id
 * of 40 bytes takes 10 + 40 + 4. For one key and one candidate where nothing is kept it is 0. */
#define WEBHOOK_VERIFY_SCRATCH(keys, candidates, head_bytes) \
    (((keys) + (candidates)) * 8 - 16 + ((head_bytes) + 3) / 4)

/* webhook_verify_init_scheme -- begin a message of any scheme, for several keys and signatures
 *
 *   s        NULL = the default scheme; borrowed until final, or webhook_verify_replay_key after it
 *   scratch  words, borrowed until final; NULL where there are 0
 * A program that calls webhook_verify_init alone does not link what this one needs.
 */
WEBHOOK_API void webhook_verify_init_scheme(webhook_verify_ctx *c, const webhook_scheme *s,
                                            uint32_t *scratch, size_t words);

/* webhook_verify_line, webhook_verify_field -- the request line, and every field of the head in any
 * order; borrowed during the call, copied to the scratch where the scheme keeps them
 *
 * Other fields are ignored. The webhook's id, the message's id, the timestamp or the signature
 * given twice makes the message not authentic, even where both are equal.
 */
WEBHOOK_API void webhook_verify_line(webhook_verify_ctx *c, webhook_str method, webhook_str target);
WEBHOOK_API void webhook_verify_field(webhook_verify_ctx *c, webhook_str name, webhook_str value);

/* webhook_verify_keep -- for capture: remember a field as a "Name: value\r\n" line for content
 *
 * Makes the message not authentic where there is a line end in it; too little scratch is told by
 * webhook_verify_head. Does nothing once the head is complete.
 */
WEBHOOK_API void webhook_verify_keep(webhook_verify_ctx *c, webhook_str name, webhook_str value);

/* webhook_verify_head -- the head is complete: refuse what can be refused before the body
 *
 *   keys     n of them, borrowed until final
 * Returns  WEBHOOK_MORE: nothing is proven yet, go on with the body | the errors of webhook_verify
 *          | WEBHOOK_ERR_SCRATCH (too little for what the scheme keeps or for n keys; candidates
 *          that do not fit are WEBHOOK_ERR_SIGNATURE). Errors are sticky.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_verify_head(webhook_verify_ctx *c,
                                                                 const webhook_hmac_key *keys,
                                                                 size_t n, int64_t now_s);

/* webhook_verify_body -- the next piece of the body, of any length; after an error it does nothing
 */
WEBHOOK_API void webhook_verify_body(webhook_verify_ctx *c, webhook_str piece);

/* webhook_verify_final -- the body is complete: is the message authentic?
 *
 * Returns  WEBHOOK_OK | what head returned | WEBHOOK_ERR_SIGNATURE | WEBHOOK_ERR_ARGUMENT (head was
 *          never called, or final already)
 * Memory   wipes the hash state and the scratch, on error all of the context; init it before the
 *          next message
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_verify_final(webhook_verify_ctx *c);

/* webhook_replay_key -- what the replay guard tells one message from another by */
typedef struct webhook_replay_key {
    unsigned char byte[16];
    int64_t expires_s; /* Unix seconds: from then on it may be forgotten */
} webhook_replay_key;

/* webhook_verify_replay_key -- of the message that webhook_verify_final has said WEBHOOK_OK about;
 * zeros for any other
 *
 * Made from the MAC under the first key, whichever matched: keep that key first while old messages
 * are fresh, and append new ones. It expires when the timestamp leaves its tolerance, at INT64_MAX
 * where nothing bounds it: set expires_s yourself then.
 */
WEBHOOK_API webhook_replay_key webhook_verify_replay_key(const webhook_verify_ctx *c);

/* The replay guard: an array of entries, the first of which is its head. One block without
 * pointers: save and load it as bytes on the same machine. Ask it only about messages that are
 * authentic. begin reserves a key, end keeps it when the message was handled, or forgets it so that
 * the sender's next try gets through; one that is never ended stays reserved until it expires. Time
 * never goes back in it. A device without a clock passes the largest timestamp that it has
 * verified.
 */
typedef struct webhook_replay_entry {
    unsigned char key[16];
    uint64_t expires_s;
} webhook_replay_entry;

/* WEBHOOK_REPLAY_ENTRIES -- entries that hold so many keys */
#define WEBHOOK_REPLAY_ENTRIES(keys) ((keys) + (keys) / 7 + 2)

/* webhook_replay_init -- n entries, 2 to 2^31; the guard holds 7/8 of n - 1 keys, rounded up
 *
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_replay_init(webhook_replay_entry *guard,
                                                                 size_t n);

/* webhook_replay_restore -- take over a guard that was saved; keys that were being handled then are
 * forgotten
 *
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_DAMAGED (not a guard of n entries: init it anew)
 *          | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_replay_restore(webhook_replay_entry *guard,
                                                                    size_t n);

/* webhook_replay_key_from_id -- the key of a message that has an id (the envelope's $id): stops the
 * sender's retries too
 *
 *   scope       whose ids these are: one event that goes to two webhooks has one $id. Take what
 *               chose the key, never a header field by itself: the webhook's id is not signed.
 *               Empty where there is one sender only.
 *   expires_s   a moment, not a duration: now_s + the time over which a sender retries;
 *               now_s + 4 * 3600 covers every default
 */
WEBHOOK_API webhook_replay_key webhook_replay_key_from_id(webhook_str scope, webhook_str id,
                                                          int64_t expires_s);

/* webhook_replay_begin -- is the message new? Reserves its key where it is.
 *
 *   guard    n entries, initialised
 *   now_s    Unix seconds
 * Returns  WEBHOOK_OK new: handle it, then call end | WEBHOOK_SEEN: answer 200 | WEBHOOK_PENDING it
 *          is being handled: answer 503 | WEBHOOK_ERR_FULL: answer 503 | WEBHOOK_ERR_STALE (the key
 *          has expired, or a clock ran ahead, so that it could not be remembered: answer 503)
 *          | WEBHOOK_ERR_ARGUMENT (NULL, or not a guard of n entries)
 * Time     O(1) on average; a full guard is swept once whenever a key in it can have expired, which
 *          takes n^2 steps where all its keys were made to collide
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_replay_begin(webhook_replay_entry *guard,
                                                                  size_t n,
                                                                  const webhook_replay_key *key,
                                                                  int64_t now_s);

/* webhook_replay_end -- the message was handled (not 0: its key is kept) or not (it is forgotten);
 * does nothing where the key is not reserved
 */
WEBHOOK_API void webhook_replay_end(webhook_replay_entry *guard, size_t n,
                                    const webhook_replay_key *key, int handled);

/* ==== >>payload ==== */

#define WEBHOOK_ID_MAX 36 /* bytes of an $id: 1 to 36 of A-Z a-z 0-9 _ - */

/* webhook_envelope -- {"$id":…,"event":…,"timestamp":…,"payload":…} */
typedef struct webhook_envelope {
    webhook_str id; /* stays the same over all retries: receivers tell duplicates by it */
    webhook_str event;
    int64_t unix_ms;     /* when it happened, milliseconds since 1970 */
    webhook_str payload; /* any JSON text */
} webhook_envelope;

/* webhook_id_check -- is it an $id?
 *
 *   offset   may be NULL; on error the first fault from the left
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX (empty, or another byte) | WEBHOOK_ERR_LIMIT (a 37th)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_id_check(webhook_str id, size_t *offset);

/* webhook_id_make -- an $id of 32 hex digits in out, from 16 random bytes of the caller's;
 * returns the slice of out
 */
WEBHOOK_API webhook_str webhook_id_make(char out[WEBHOOK_ID_MAX], const unsigned char random[16]);

/* webhook_payload_begin, webhook_payload_end -- an envelope around one value that the caller puts
 * in between
 *
 *   w        not NULL, need not be initialised; between the two the caller puts one value on it
 *   e        id, event and unix_ms; its payload is not looked at; only read, not kept
 * Returns  (end) WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT (bad id, event or time, which webhook_id_check
 *          and webhook_event_check tell apart, or not exactly one whole value between)
 *          | the error of the buf. Flushes the buf.
 */
WEBHOOK_API void webhook_payload_begin(webhook_json_writer *w, webhook_buf *out,
                                       const webhook_envelope *e);
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_payload_end(webhook_json_writer *w);

/* webhook_payload_write -- the same around e->payload, which is brought into normal form on the way
 *
 *   scratch  as webhook_json_put_json wants it for e->payload
 *   offset   may be NULL; on error, or WEBHOOK_CHANGED, where in e->payload
 * Returns  as webhook_json_put_json; WEBHOOK_ERR_ARGUMENT also for a bad id, event or time. Flushes
 *          the buf.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_payload_write(webhook_buf *out,
                                                                   const webhook_envelope *e,
                                                                   webhook_json_scratch scratch,
                                                                   size_t *offset);

/* webhook_payload_read -- take an envelope apart; needs no memory
 *
 *   body     borrowed for as long as *e is used
 *   e        not NULL; slices of body, payload as it stands there; zeros on error
 *   offset   may be NULL; on error where
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX | WEBHOOK_ERR_TRUNCATED | WEBHOOK_ERR_LIMIT as
 *          webhook_json_next, WEBHOOK_ERR_SYNTAX also for what is no envelope: another kind of
 *          value, an escape in $id, event or timestamp, a bad id, event or time (at that value), a
 *          field missing (at the last brace) | WEBHOOK_ERR_DUPLICATE one of the four fields twice
 *          (at the second, when it is read) | WEBHOOK_ERR_ARGUMENT
 * Other fields are ignored.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_payload_read(webhook_str body,
                                                                  webhook_envelope *e,
                                                                  size_t *offset);

/* ==== >>http ==== */

/* HTTP/1.1 and 1.0 as RFC 9110 and 9112 have it, without leniency: whatever two readers could
 * understand in two ways is refused. */

/* ---- >>http: URLs ---- */

#define WEBHOOK_URL_MAX 2048 /* bytes */

/* kinds of host */
enum {
    WEBHOOK_HOST_NAME,
    WEBHOOK_HOST_IPV4, /* 4 bytes of ip */
    WEBHOOK_HOST_IPV6  /* 16 */
};

/* webhook_url -- an http or https URL taken apart; slices of its text */
typedef struct webhook_url {
    webhook_str text;
    webhook_str host;     /* as written; an IPv6 address without its brackets */
    webhook_str target;   /* path and query as written: empty, or a query alone, where no path is */
    uint16_t port;        /* 80 or 443 where the text has none */
    uint8_t https;        /* 1 or 0 */
    uint8_t host_kind;    /* WEBHOOK_HOST_… */
    unsigned char ip[16]; /* of a literal address */
} webhook_url;

/* webhook_url_read -- check a URL and take it apart (RFC 3986; what clients read differently is
 * refused)
 *
 *   text     borrowed for as long as *u is used
 *   u        not NULL; zeros on error
 *   offset   may be NULL; on error where it is wrong
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX: another scheme than http and https, user information, a
 *          fragment; a host with labels not of letters, digits, _ and inner -, or whose last label
 *          is a number and which is not four decimal numbers without leading zeros (told behind
 *          it), a bad address in brackets (told at the closing one), a zone; an empty port or one
 *          with a leading zero; in the target anything but RFC 3986 and [ ], a percent sign without
 *          two hex digits | WEBHOOK_ERR_RANGE (a port above 65535)
 *          | WEBHOOK_ERR_LIMIT (over 2,048 bytes, a host over 253, a label over 63)
 *          | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_url_read(webhook_str text, webhook_url *u,
                                                              size_t *offset);

/* ---- >>http: writing ---- */

/* webhook_http_put_request, _response, _field, _length -- a head, line by line: the first line,
 * the fields, and at last Content-Length with the blank line
 *
 *   method   a token of RFC 9110
 *   u        what webhook_url_read has filled; gives the target and the Host field, which comes
 *            with the line
 *   status   100 to 599
 *   name     a token; value: visible ASCII, bytes above 127, and blanks within
 * The buf fails with WEBHOOK_ERR_ARGUMENT for anything else: nothing is folded or stripped.
 */
WEBHOOK_API void webhook_http_put_request(webhook_buf *b, webhook_str method, const webhook_url *u);
WEBHOOK_API void webhook_http_put_response(webhook_buf *b, unsigned status);
WEBHOOK_API void webhook_http_put_field(webhook_buf *b, webhook_str name, webhook_str value);
WEBHOOK_API void webhook_http_put_length(webhook_buf *b, uint64_t body_len);

/* webhook_http_put_basic -- the field Authorization: Basic … (RFC 7617)
 *
 * The buf fails with WEBHOOK_ERR_ARGUMENT where user holds a colon, or either a control character.
 */
WEBHOOK_API void webhook_http_put_basic(webhook_buf *b, webhook_str user, webhook_str pass);

/* webhook_http_put_answer -- a whole response without a body; says Connection: close unless
 * keep_alive. Status 100 makes the answer to Expect: 100-continue.
 */
WEBHOOK_API void webhook_http_put_answer(webhook_buf *b, unsigned status, int keep_alive);

/* ---- >>http: reading ---- */

/* kinds of token */
enum {
    WEBHOOK_HTTP_NONE,
    WEBHOOK_HTTP_LINE,     /* request: name = method, value = target; response: status, value = the
                             reason, empty where the line buffer was too short for it */
    WEBHOOK_HTTP_FIELD,    /* name, value without the blanks around it; role (webhook_receive) */
    WEBHOOK_HTTP_SKIPPED,  /* a field longer than the line buffer: name as much as fitted */
    WEBHOOK_HTTP_HEAD,     /* the head is complete */
    WEBHOOK_HTTP_BODY,     /* value = the next piece of the body, without chunk framing */
    WEBHOOK_HTTP_END,      /* the message is complete */
    WEBHOOK_HTTP_VERIFIED, /* webhook_receive alone, in place of END: the message is authentic */
    WEBHOOK_HTTP_REFUSED   /* webhook_receive alone: answer with status; reason says why */
};

typedef struct webhook_http_token {
    webhook_str name, value;
    uint16_t status;
    uint8_t kind;  /* WEBHOOK_HTTP_… */
    uint8_t role;  /* WEBHOOK_ROLE_…, of a FIELD */
    uint8_t cut;   /* of SKIPPED: 1 where the name goes on */
    int8_t reason; /* of REFUSED: a webhook_status */
} webhook_http_token;

typedef struct webhook_http_desc {
    char *line;          /* for lines that lie in two inputs, with their line end; borrowed until
                            the reader's end */
    size_t line_cap;     /* 0: none, every line must lie in one input. The fields that say where a
                            message ends need no room: where there is none they are not yielded. */
    uint64_t body_max;   /* bytes, 0 = 16 MiB, UINT64_MAX = no limit */
    uint32_t head_max;   /* bytes of first line and fields, 0 = 64 KiB */
    uint16_t fields_max; /* 0 = 100 */
    uint8_t response;    /* 1: reads responses, else requests */
    uint8_t no_body;     /* responses: 1 where the request was HEAD */
    uint8_t skip_long;   /* 1: a field that does not fit line is SKIPPED, else WEBHOOK_ERR_LIMIT */
} webhook_http_desc;

typedef struct webhook_http_ctx {
    webhook_http_desc desc;
    uint64_t left, body;
    size_t kept;
    uint32_t head;
    uint16_t fields, name_len, status, refusal, flags;
    uint8_t state, minor, which, word, word_at, value_at;
    int8_t error;
} webhook_http_ctx;

/* webhook_http_init -- begin with the first message of a connection
 *
 *   d        copied; its line is borrowed
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT (NULL, or a size without a line)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_http_init(webhook_http_ctx *c,
                                                               const webhook_http_desc *d);

/* webhook_http_next -- the next token
 *
 *   in       not NULL; shrinks by what was taken; after an error it begins at the byte at fault, or
 *            behind the line or head that is at fault as a whole. Call again with what is left:
 *            one input may hold several messages.
 *   t        not NULL; its slices live until the next call, in the input or in the line buffer
 * Returns  WEBHOOK_OK | WEBHOOK_MORE (all of the input is taken) | WEBHOOK_ERR_SYNTAX
 *          | WEBHOOK_ERR_LIMIT, sticky | WEBHOOK_ERR_CLOSED (the connection ends with the message
 *          that has ended; nothing was taken)
 * Messages follow each other: LINE, FIELD or SKIPPED…, HEAD, BODY…, END. A response with status
 * 1xx has no body, and the final one follows as a message of its own. Fields behind a chunked body
 * are checked and left out.
 * Time     linear in the input
 */
WEBHOOK_API webhook_status webhook_http_next(webhook_http_ctx *c, webhook_str *in,
                                             webhook_http_token *t);

/* webhook_http_finish -- the peer has closed
 *
 * Returns  WEBHOOK_OK between messages, and in the body of a response that the close ends
 *          | WEBHOOK_ERR_TRUNCATED | the error that next has answered
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_http_finish(webhook_http_ctx *c);

/* webhook_http_keep_alive -- from HEAD on: 1 where another message may follow this one, else 0 */
WEBHOOK_API int webhook_http_keep_alive(const webhook_http_ctx *c);

/* webhook_http_expects_continue -- 1 where the sender waits for "HTTP/1.1 100 Continue\r\n\r\n"
 * before it sends the body: from HEAD until the first byte of it has come
 */
WEBHOOK_API int webhook_http_expects_continue(const webhook_http_ctx *c);

/* webhook_http_refusal -- after an error of next the HTTP status that says it: 400, 413 (body too
 * large), 431 (head too large); else 0
 */
WEBHOOK_API unsigned webhook_http_refusal(const webhook_http_ctx *c);

/* ---- >>http: byte callbacks ---- */

/* webhook_send_fn, webhook_recv_fn -- hand over bytes, or take what has come, without waiting
 *
 *   len, cap above 0
 *   n        how many; set with WEBHOOK_OK alone, 1 or more, may be fewer than there were
 * Returns  WEBHOOK_OK | WEBHOOK_WANT_SEND, WEBHOOK_WANT_RECV (call again when the connection is
 *          ready for that, with the same bytes, which may lie elsewhere then)
 *          | WEBHOOK_ERR_CLOSED (the peer has ended the stream in good order) | WEBHOOK_ERR_IO
 */
typedef webhook_status (*webhook_send_fn)(void *user, const void *ptr, size_t len, size_t *n);
typedef webhook_status (*webhook_recv_fn)(void *user, void *ptr, size_t cap, size_t *n);

typedef struct webhook_io {
    void *user;
    webhook_send_fn send;
    webhook_recv_fn recv;
} webhook_io;

/* webhook_tls -- an adaptor to a TLS library; one serves all connections */
typedef struct webhook_tls {
    void *user;
    /* start -- a client's connection over the two callbacks of below, which stays put until close;
     * url says for which host the certificate must stand; it is borrowed during the call.
     * Returns  WEBHOOK_OK, *conn is what the others are given | any error, nothing to close */
    webhook_status (*start)(void *user, void **conn, const webhook_io *below,
                            const webhook_url *url);
    /* handshake -- until WEBHOOK_OK; a certificate that does not stand is WEBHOOK_ERR_IO */
    webhook_status (*handshake)(void *conn);
    webhook_recv_fn read; /* user = conn; WEBHOOK_ERR_CLOSED after close_notify alone, an end
                             without it is WEBHOOK_ERR_IO. Whoever calls it reads until it wants to
                             wait: bytes may lie decrypted where no socket shows them. */
    webhook_send_fn write;
    void (*close)(void *conn);        /* says close_notify where that needs no waiting; frees */
    const char *(*error)(void *conn); /* words for what failed, until close; NULL: none */
} webhook_tls;

/* ---- >>http: exchange ---- */

#define WEBHOOK_RETRY_AFTER_MAX 40 /* bytes; a longer value is left out */
#define WEBHOOK_ANSWER_MAX \
    65536 /* bytes of an answer's body that are read, to keep the
                                          connection; a longer one ends it */

/* webhook_exchange -- one request and its answer as a machine: what to send, what has come, when it
 * is over
 *
 * The answer is there with its final head (a 1xx is none); what follows is read and dropped only to
 * keep the connection.
 */
typedef struct webhook_exchange {
    uint16_t status;    /* of the answer, 0 = none yet */
    uint8_t keep_alive; /* when done: 1 where the connection can serve another request */
    uint8_t began;      /* 1: a byte of an answer has come; a reused connection that ends before is
                           worth a fresh one */
    uint8_t cut, interim, retry_after_len; /* the rest is the machine's own */
    int8_t state;
    char retry_after[WEBHOOK_RETRY_AFTER_MAX];
    webhook_http_ctx http;
    webhook_str head, body;
    uint64_t deadline_ms;
} webhook_exchange;

/* webhook_exchange_init -- begin
 *
 *   head, body    the request, borrowed until it is done; head with its blank line
 *   deadline_ms   the tick at which it is over, UINT64_MAX = never
 *   line          cap bytes for the fields of the answer, borrowed until it is done; of those that
 *                 are longer only a Retry-After is missed; may be NULL with 0
 */
WEBHOOK_API void webhook_exchange_init(webhook_exchange *x, webhook_str head, webhook_str body,
                                       uint64_t deadline_ms, char *line, size_t cap);

/* webhook_exchange_next -- take input, say what is next
 *
 *   tick_ms  the present
 *   in       what has come from the peer; shrinks, also where WEBHOOK_WANT_SEND is answered
 *   out      not NULL; with WEBHOOK_WANT_SEND what is to be sent: tell webhook_exchange_sent how
 *            much of it was; empty with all else
 * Returns  WEBHOOK_OK: it is over, see status | WEBHOOK_WANT_SEND (an answer may come before, so
 *          read as well) | WEBHOOK_WANT_RECV | WEBHOOK_ERR_TIMEOUT | WEBHOOK_ERR_SYNTAX,
 *          WEBHOOK_ERR_LIMIT (what came is no answer). Sticky, all but the two WANT_.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_exchange_next(webhook_exchange *x,
                                                                   uint64_t tick_ms,
                                                                   webhook_str *in,
                                                                   webhook_str *out);
WEBHOOK_API void webhook_exchange_sent(webhook_exchange *x, size_t n);

/* webhook_exchange_finish -- the peer has closed, or (error) the connection has failed
 *
 *   error    WEBHOOK_ERR_CLOSED, WEBHOOK_ERR_IO
 * Returns  WEBHOOK_OK: there is an answer all the same | WEBHOOK_ERR_TRUNCATED (closed within the
 *          head of an answer) | error. Sticky.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_exchange_finish(webhook_exchange *x,
                                                                     webhook_status error);

/* webhook_exchange_run -- the same over callbacks, as far as it goes without waiting
 *
 *   buf      cap bytes of working memory, 1 or more, used during the call alone
 * Returns  as webhook_exchange_next, and WEBHOOK_ERR_CLOSED, WEBHOOK_ERR_IO,
 *          WEBHOOK_ERR_TRUNCATED; after WEBHOOK_WANT_SEND, WEBHOOK_WANT_RECV call it again when the
 *          connection is ready, at deadline_ms at the latest
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_exchange_run(webhook_exchange *x,
                                                                  uint64_t tick_ms,
                                                                  const webhook_io *io, char *buf,
                                                                  size_t cap);

/* webhook_exchange_retry_after -- the value of the answer's Retry-After, empty where there is none;
 * a slice of *x
 */
WEBHOOK_API webhook_str webhook_exchange_retry_after(const webhook_exchange *x);

/* webhook_request, webhook_result -- what a transport is given, and what it answers */
typedef struct webhook_request {
    webhook_url url;
    webhook_str head;   /* the whole head: first line, fields, blank line */
    webhook_str fields; /* of these the field lines, for transports that want them apart; may be
                           empty where webhook_posix_client sends */
    webhook_str body;
    uint64_t deadline_ms; /* the tick at which it is over, 0 = never */
} webhook_request;

typedef struct webhook_result {
    webhook_str retry_after, error; /* the value of Retry-After; words where status is 0 */
    uint32_t response_ms;           /* to the head of the answer */
    uint16_t status;                /* 0: no answer */
    uint8_t timed_out;              /* 1: because the deadline came */
} webhook_result;

/* ---- >>http: address guard ---- */

/* Against requests to inside networks: what is checked is the address that a connection really goes
 * to, each time. Refused are all blocks of IANA's special-purpose registries, multicast, and all of
 * IPv6 outside 2000::/3; ::ffff:0:0/96 and 64:ff9b::/96 are judged by the IPv4 address inside. */

/* webhook_net -- a block of addresses */
typedef struct webhook_net {
    unsigned char ip[16];
    uint8_t len;  /* 4 or 16 */
    uint8_t bits; /* of the prefix */
} webhook_net;

/* webhook_net_read -- 10.1.0.0/16, fd00::/8, or one address
 *
 *   net      not NULL; zeros on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_SYNTAX (also where a bit behind the prefix is set)
 *          | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_net_read(webhook_str text, webhook_net *net);

/* webhook_guard -- what is allowed all the same; zeros: nothing */
typedef struct webhook_guard {
    /* 1: private (RFC 1918), loopback, shared (CGNAT) and unique local addresses */
    uint8_t allow_private;
    /* n_nets blocks; borrowed. No block opens what is link-local, multicast, unspecified, reserved
     * or documentation. */
    const webhook_net *nets;
    size_t n_nets;
    /* check -- the caller's own in place of all this; NULL: none. What stands for an IPv4 address
     * comes as its 4 bytes.
     * Returns  WEBHOOK_OK | WEBHOOK_ERR_FORBIDDEN */
    webhook_status (*check)(const struct webhook_guard *g, const unsigned char *ip, size_t len);
    void *user; /* for check */
} webhook_guard;

/* webhook_guard_check -- may a connection go there?
 *
 *   g        NULL = nothing is allowed but public addresses
 *   ip       4 or 16 bytes in network order
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_FORBIDDEN | WEBHOOK_ERR_ARGUMENT (NULL, another length)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_guard_check(const webhook_guard *g,
                                                                 const unsigned char *ip,
                                                                 size_t len);

/* ==== >>receive ==== */

/* webhook_receive_ctx -- request reader and verifier as one machine: your bytes go in, tokens come
 * out
 *
 * First LINE, FIELD or SKIPPED, HEAD and BODY as from webhook_http_next, not to be trusted, then
 * VERIFIED, or REFUSED with the HTTP status to answer: once a message, and as early as the head
 * shows it. The rest of a refused message is swallowed, neither hashed nor yielded; the next one
 * follows.
 *
 * Any method and path are taken: look at both at LINE, and refuse with 405 or 404 what is not
 * yours; the default scheme signs neither. The caller looks for the keys at LINE (by the path) or
 * at FIELD (role WEBHOOK_ROLE_WEBHOOK_ID) and hands them over at HEAD. The parts of the context may
 * be asked: webhook_http_keep_alive(&c.http) when it answers,
 * webhook_http_expects_continue(&c.http) after webhook_receive_keys, and
 * webhook_verify_replay_key(&c.verify) at VERIFIED.
 */
typedef struct webhook_receive_ctx {
    webhook_http_ctx http;
    webhook_verify_ctx verify;
    uint16_t refusal;
    int8_t reason;
    uint8_t state, last;
} webhook_receive_ctx;

/* webhook_receive_init -- begin a connection: messages of the default scheme, one key each
 *
 *   d        as webhook_http_init has it, response 0; with skip_long a field of the scheme that
 *            does not fit is WEBHOOK_ERR_SIGNATURE
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_receive_init(webhook_receive_ctx *c,
                                                                  const webhook_http_desc *d);

/* webhook_receive_init_scheme -- the same for any scheme, several keys and signatures; see
 * webhook_verify_init_scheme
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_receive_init_scheme(webhook_receive_ctx *c,
                                                                         const webhook_http_desc *d,
                                                                         const webhook_scheme *s,
                                                                         uint32_t *scratch,
                                                                         size_t words);

/* webhook_receive_next -- the next token
 *
 *   in, t    as webhook_http_next
 * Returns  WEBHOOK_OK | WEBHOOK_MORE | WEBHOOK_ERR_CLOSED: no further message can follow on this
 *          connection; close it when what you have answered is sent (on a line that cannot be
 *          closed, init again when it has gone quiet). An empty input tells it too.
 * REFUSED has the status and, in reason, what led there: 400, 413, 431 what webhook_http_refusal
 * says; 401 WEBHOOK_ERR_SIGNATURE, WEBHOOK_ERR_STALE, WEBHOOK_ERR_KEY (no key); 500
 * WEBHOOK_ERR_SCRATCH, WEBHOOK_ERR_ARGUMENT (of webhook_verify_head); the status of
 * webhook_receive_refuse with WEBHOOK_ERR_FORBIDDEN.
 */
WEBHOOK_API webhook_status webhook_receive_next(webhook_receive_ctx *c, webhook_str *in,
                                                webhook_http_token *t);

/* webhook_receive_keys -- at HEAD: the keys of this message, which refuses it or goes on; next
 * tells
 *
 *   keys     n of them, borrowed until VERIFIED or REFUSED; without any (or without this call) the
 *            message is refused
 *   now_s    the present in Unix seconds
 * Elsewhere than at HEAD it does nothing.
 */
WEBHOOK_API void webhook_receive_keys(webhook_receive_ctx *c, const webhook_hmac_key *keys,
                                      size_t n, int64_t now_s);

/* webhook_receive_refuse -- refuse this message for a reason of your own, at LINE to BODY; next
 * tells, not before the head is complete. The first refusal of a message stands.
 *
 *   status   400 to 599, another counts as 500
 */
WEBHOOK_API void webhook_receive_refuse(webhook_receive_ctx *c, unsigned status);

/* webhook_receive_finish -- the peer has closed
 *
 * Returns  WEBHOOK_OK between messages | WEBHOOK_ERR_TRUNCATED
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_receive_finish(webhook_receive_ctx *c);

/* ==== >>store ==== */

/* What has been accepted lies in a store of the caller's: a directory, a database, memory. It is
 * handed whole records under a key and gives them back; what is in them is webhook.h's business.
 *
 *     key                                  kind  what
 *     w + webhook id                       'w'   a webhook, its settings and secrets
 *     f + webhook id                       'f'   deliveries to it that failed in a row
 *     e + 32 hex digits                    'e'   an event with its body and whom it goes to
 *     d + the same 32 + / + webhook id     'd'   how far one delivery of that event has come
 *
 * put and remove change at once what get shows, and may be buffered until commit. A commit that
 * fails undoes nothing: what was put or removed stays, and the next good one makes it durable.
 * Removing an event removes its 'd' records; putting one whose event is not there does nothing. */

#define WEBHOOK_STORE_KEY_MAX 70 /* bytes of a key, visible ASCII */

typedef struct webhook_store {
    void *user;
    /* put -- a record as up to 4 pieces one behind the other, in place of what was there; key and
     * pieces are borrowed until it returns. replaces: of a webhook the version that it replaces (0:
     * none), for stores with several writers.
     * Returns  WEBHOOK_OK | WEBHOOK_ERR_BUSY (another writer was first) | any other error; the
     *          store is then as it was */
    webhook_status (*put)(void *user, webhook_str key, const webhook_str *pieces, size_t n,
                          uint64_t replaces);
    /* remove -- cannot fail; a key that is not there is no matter */
    void (*remove)(void *user, webhook_str key);
    /* commit -- make durable what was put and removed before; tickets rise.
     * Returns  WEBHOOK_OK, not while an earlier ticket is open | WEBHOOK_PENDING: the caller tells
     *          webhook_delivery_committed later | any error: this ticket alone has failed */
    webhook_status (*commit)(void *user, uint64_t ticket);
    /* get -- lend a record until release.
     * Returns  WEBHOOK_OK | WEBHOOK_PENDING: the caller tells webhook_delivery_got later
     *          | WEBHOOK_ERR_NOT_FOUND, WEBHOOK_ERR_DAMAGED: for good | any other error: asked
     *          again later */
    webhook_status (*get)(void *user, webhook_str key, webhook_str *record);
    /* release -- exactly what was lent, once each time that it was */
    void (*release)(void *user, webhook_str record);
    /* the library's own: the last ticket, and whether something waits for a commit. One store
     * struct is used by one registry and its engine. */
    uint64_t tickets;
    uint8_t dirty;
} webhook_store;

/* webhook_record -- a record taken apart; slices of it */
typedef struct webhook_record {
    webhook_str key, value;
    uint64_t version; /* of a webhook, else 0 */
    uint8_t kind;     /* the first byte of the key */
} webhook_record;

/* webhook_record_read -- check a record and take it apart
 *
 *   record   exactly one; borrowed for as long as *r is used
 *   r        not NULL; zeros on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_DAMAGED (marker, length or checksum are wrong; CRC-32C over
 *          head with key, and over the value) | WEBHOOK_ERR_RANGE (of a later version of the
 *          format) | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_record_read(webhook_str record,
                                                                 webhook_record *r);

/* webhook_memory_store -- a store in one block of memory, for devices and tests: what is put is
 * durable at once, for as long as the block is
 */
typedef struct webhook_memory_store {
    unsigned char *ptr;
    uint32_t size, used, records; /* used: of size bytes; records: how many there are */
    uint32_t buckets;
    uint8_t shift;
} webhook_memory_store;

/* WEBHOOK_MEMORY_STORE_SIZE -- bytes that hold n records with keys and values of so many bytes
 * together: 49 beside each, and 3 % of all. What comes and goes in many sizes leaves gaps: give it
 * up to twice that.
 */
#define WEBHOOK_MEMORY_STORE_SIZE(n, bytes) ((size_t)(n)*49 + (bytes) + (bytes) / 31 + 256)

/* webhook_memory_store_init -- an empty store
 *
 *   m        not NULL; stays put for as long as *store is used
 *   ptr      len bytes, 256 to 2^31, at any address, borrowed for as long as the store is used
 *   store    not NULL; its callbacks are set. put answers WEBHOOK_ERR_FULL when the block is; a
 *            record that is lent keeps its place beside the one that replaces it
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_memory_store_init(webhook_memory_store *m,
                                                                       void *ptr, size_t len,
                                                                       webhook_store *store);

/* ==== >>webhook ==== */

/* The registry: who wants which events, where, signed with what. A webhook lies in an arena of the
 * caller's, its fields and 192 bytes; the store has it first, the arena then. Every change is
 * checked, put and committed before anybody sees it. */

#define WEBHOOK_WEBHOOK_ID_MAX 36 /* 1 to 36 of A-Z a-z 0-9 . _ -, the first a letter or digit */
#define WEBHOOK_NAME_MAX 128
#define WEBHOOK_PATTERNS_MAX 100
#define WEBHOOK_HTTP_USER_MAX 128
#define WEBHOOK_HTTP_PASS_MAX 256
#define WEBHOOK_HEADERS_MAX 16
#define WEBHOOK_HEADERS_BYTES 4096 /* names and values together */
#define WEBHOOK_SECRET_MIN 8
#define WEBHOOK_SECRET_MAX 256
#define WEBHOOK_IN_FLIGHT_MAX 1000

enum { WEBHOOK_UNSET, WEBHOOK_YES, WEBHOOK_NO }; /* a choice */
#define WEBHOOK_NO_LIMIT UINT32_MAX
#define WEBHOOK_AT_ONCE UINT32_MAX
#define WEBHOOK_OVERLAP_DEFAULT_S 86400
#define WEBHOOK_OVERLAP_MAX_S 604800

/* webhook_settings -- what a webhook is told, for create and for update
 *
 * What is zero is the default at create, and stays as it is at update. An empty slice whose pointer
 * is not NULL clears (http_user, http_pass, headers). Texts are borrowed during the call.
 */
typedef struct webhook_settings {
    webhook_str id;     /* create alone, where it is compulsory; webhook_id_make makes one */
    webhook_str secret; /* 8 to 256 bytes of visible ASCII (create: compulsory; webhook_secret_make
                           makes one). At update a new one, which signs from now + overlap_s on;
                           until then the old one does. It takes the place of one that has not
                           begun to sign. */
    webhook_str name;   /* compulsory; 1 to 128 bytes of UTF-8, no control characters, no blank at
                           either end */
    webhook_str url;    /* compulsory; as webhook_url_read has it */
    webhook_str events; /* compulsory; 1 to 100 patterns joined by ',' */
    /* Basic, where http_user is not empty; http_pass may be (an empty slice that is not NULL), but
     * must be given with it. An empty http_user clears both. Over plain http to a literal inside
     * address or localhost with a guard that allows private ones, or with basic_over_http. */
    webhook_str http_user, http_pass;
    /* Lines of "Name: value\r\n" as webhook_http_put_field writes them (it refuses a value that
     * would make two); none that HTTP, the scheme or Basic owns, none twice */
    webhook_str headers;
    uint32_t max_in_flight; /* attempts at once, 1 to 1000; WEBHOOK_NO_LIMIT: default */
    uint32_t rate_milli; /* attempts in 1000 s, so 500 is one in two seconds; never more than that
                            many in any one second; WEBHOOK_NO_LIMIT: default */
    uint32_t overlap_s;  /* update with secret: 0 = 24 h, at most a week; WEBHOOK_AT_ONCE */
    uint8_t security;    /* WEBHOOK_YES: sign; default YES; there is a secret in any case */
    uint8_t enabled;     /* default YES; YES sets failures to 0 */
    uint8_t ordered;     /* one at a time, as emitted; default NO */
    uint8_t basic_over_http; /* default NO */
} webhook_settings;

/* which of them is at fault */
enum {
    WEBHOOK_SET_NONE,
    WEBHOOK_SET_ID,
    WEBHOOK_SET_SECRET,
    WEBHOOK_SET_NAME,
    WEBHOOK_SET_URL,
    WEBHOOK_SET_EVENTS,
    WEBHOOK_SET_HTTP_USER,
    WEBHOOK_SET_HTTP_PASS,
    WEBHOOK_SET_HEADERS,
    WEBHOOK_SET_MAX_IN_FLIGHT,
    WEBHOOK_SET_RATE,
    WEBHOOK_SET_OVERLAP,
    WEBHOOK_SET_SECURITY,
    WEBHOOK_SET_ENABLED,
    WEBHOOK_SET_ORDERED,
    WEBHOOK_SET_BASIC_OVER_HTTP
};

/* webhook_setting_str -- the name of a setting, static: "id", "secret", "name", "url", "events",
 * "http_user" …; "" for none, and under WEBHOOK_NO_STRINGS
 */
WEBHOOK_API const char *webhook_setting_str(unsigned setting);

/* webhook_change -- what came of a change */
typedef struct webhook_change {
    uint64_t ticket; /* with WEBHOOK_PENDING: it is settled with this one */
    size_t offset;   /* in the text of fault */
    uint8_t fault;   /* WEBHOOK_SET_… */
} webhook_change;

/* why a webhook is paused */
enum { WEBHOOK_PAUSED_NOT, WEBHOOK_PAUSED_USER, WEBHOOK_PAUSED_GONE, WEBHOOK_PAUSED_FAILURES };

/* webhook_info -- a webhook as it is; its slices live until the registry changes or
 * webhook_delivery_run is called
 */
typedef struct webhook_info {
    webhook_settings settings; /* complete, but for secret, http_pass and overlap_s, which are 0;
                                  max_in_flight and rate_milli may be WEBHOOK_NO_LIMIT */
    int64_t created_ms, updated_ms;
    int64_t signs_from_ms; /* of a secret that has not begun to sign when it was last asked; 0 */
    uint32_t failures;     /* deliveries given up in a row */
    uint8_t paused_for;    /* WEBHOOK_PAUSED_… */
    uint8_t changing;      /* 1: a change waits for its commit */
} webhook_info;

typedef struct webhook_registry_desc {
    void *arena;                  /* arena_len bytes, at most 4 GiB, aligned for a uint64_t */
    size_t arena_len;             /* webhook_registry_need */
    webhook_store *store;         /* not NULL */
    const webhook_scheme *scheme; /* NULL = the default scheme */
    const webhook_guard *guard;   /* which literal addresses an url may have; NULL: public ones */
    uint8_t
        any_secret; /* 1: a secret may be 1 to 1,024 bytes of any value, not all blank, for those
                           that were agreed upon elsewhere */
    uint64_t seed; /* random, new at each start and in each registry of a store; may be 0 only where
                      the store does not survive a restart */
} webhook_registry_desc; /* copied; what it points to is borrowed */

typedef struct webhook_registry {
    webhook_registry_desc desc;
    uint32_t count; /* webhooks that webhook_registry_next shows */
    uint32_t entries, spare, first, last, root, serial; /* the rest is its own */
    uint32_t low, dead, waits, waits_last, unsaved, absent;
    uint64_t version, queues;
    uintptr_t how;
    void (*changed)(void *engine, uint32_t handle, unsigned what);
    void *engine;
    uint8_t inside;
} webhook_registry;

/* webhook_secret_make -- a secret of 64 hex digits in out, from 32 random bytes of the caller's;
 * returns the slice of out
 */
WEBHOOK_API webhook_str webhook_secret_make(char out[64], const unsigned char random[32]);

/* webhook_registry_need -- bytes of arena for so many webhooks, whose texts have so many bytes
 * together, one change of any of them included; 0: more than 4 GiB
 */
WEBHOOK_API size_t webhook_registry_need(size_t webhooks, size_t text);

/* webhook_registry_init -- an empty registry
 *
 *   d        copied
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT (NULL, no store, an arena too small for one entry or
 *          over 4 GiB, or not aligned)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_registry_init(webhook_registry *r,
                                                                   const webhook_registry_desc *d);

/* webhook_registry_move -- go on in another arena, larger or smaller; the old one is no longer used
 *
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_FULL (it does not fit) | WEBHOOK_ERR_BUSY (inside of a callback
 *          of the engine) | WEBHOOK_ERR_ARGUMENT; all but OK leave everything as it is
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_registry_move(webhook_registry *r, void *arena,
                                                                   size_t arena_len);

/* webhook_registry_create, _update, _delete, _drop_queue -- change a webhook
 *
 *   s        update: what is not zero changes; with nothing in it that is all, without a commit
 *   out      not NULL
 * Returns  WEBHOOK_OK: it holds | WEBHOOK_PENDING: it holds when out->ticket is committed
 *          | WEBHOOK_ERR_SYNTAX, WEBHOOK_ERR_LIMIT, WEBHOOK_ERR_RANGE, WEBHOOK_ERR_DUPLICATE,
 *          WEBHOOK_ERR_FORBIDDEN, WEBHOOK_ERR_KEY (a secret that the scheme refuses),
 *          WEBHOOK_ERR_ARGUMENT (missing, or may not be given here): out->fault and out->offset say
 *          where | WEBHOOK_ERR_TAKEN (create: the id is in use) | WEBHOOK_ERR_NOT_FOUND
 *          | WEBHOOK_ERR_BUSY: a change of it waits for its commit, or another writer of the store
 *          was first, or this is inside of a callback of the engine | WEBHOOK_ERR_FULL: the arena
 *          is, move it | an error of the store. Nothing has changed with any error.
 * Delete cancels what is in flight, and what is queued or waits for a retry; drop_queue does the
 * same and keeps the webhook. Both at the engine's next run once the change holds. Call
 * webhook_delivery_run after any change.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_registry_create(webhook_registry *r,
                                                                     const webhook_settings *s,
                                                                     int64_t unix_ms,
                                                                     webhook_change *out);
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_registry_update(webhook_registry *r,
                                                                     webhook_str id,
                                                                     const webhook_settings *s,
                                                                     int64_t unix_ms,
                                                                     webhook_change *out);
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_registry_delete(webhook_registry *r,
                                                                     webhook_str id,
                                                                     int64_t unix_ms,
                                                                     webhook_change *out);
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_registry_drop_queue(webhook_registry *r,
                                                                         webhook_str id,
                                                                         int64_t unix_ms,
                                                                         webhook_change *out);

/* webhook_registry_get -- one webhook, as it holds
 *
 *   out      not NULL; zeros unless WEBHOOK_OK
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_NOT_FOUND
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_registry_get(const webhook_registry *r,
                                                                  webhook_str id,
                                                                  webhook_info *out);

/* webhook_registry_next -- all webhooks, one by one, in the order in which they came
 *
 *   cursor   0 at first; a good number to go on from at any later time, whatever was deleted
 * Returns  WEBHOOK_OK | WEBHOOK_END
 */
WEBHOOK_API webhook_status webhook_registry_next(const webhook_registry *r, uint64_t *cursor,
                                                 webhook_info *out);

/* webhook_registry_take -- take in a record of kind 'w' or 'f' that was read from the store: at the
 * start, or since another writer has put it. A newer one takes the place of an older; 'f' comes
 * after its webhook.
 *
 *   record   borrowed during the call
 * Returns  WEBHOOK_OK | WEBHOOK_NO_MATCH (older than what is known, or 'f' of none that is)
 *          | WEBHOOK_ERR_DAMAGED | WEBHOOK_ERR_RANGE as webhook_record_read | WEBHOOK_ERR_FULL
 *          | WEBHOOK_ERR_BUSY (inside of a callback) | WEBHOOK_ERR_ARGUMENT (another kind)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_registry_take(webhook_registry *r,
                                                                   webhook_str record);

/* webhook_registry_absent -- this webhook is not in the store: it counts as deleted
 *
 *   key      "w" and the id, as webhook_delivery_take names it
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_FULL | WEBHOOK_ERR_BUSY (a change of it waits, or inside of a
 *          callback) | WEBHOOK_ERR_ARGUMENT (no such key)
 * It is remembered until an entry is needed for another webhook, so take in those that are first.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_registry_absent(webhook_registry *r,
                                                                     webhook_str key);

/* webhook_registry_committed -- for a registry without an engine: see webhook_delivery_committed */
WEBHOOK_API void webhook_registry_committed(webhook_registry *r, uint64_t ticket,
                                            webhook_status result);

/* ==== >>delivery ==== */

/* The engine: queues, attempts, retries, log entries, as one machine. The caller gives it events
 * (emit), a transport (start, cancel, complete) and the time (run), and stays in charge of when
 * anything happens. Nothing accepted is lost: an event is in the store before it is sent, and
 * leaves it when all its deliveries have ended. A delivery may arrive twice after a crash, with the
 * same $id.
 *
 * A delivery succeeds with a 2xx. Anything else, redirects too, is a failure, which is tried again
 * after max(min(base * factor^k * (1 +- 0.2), cap), min(Retry-After, cap)); every attempt is signed
 * anew with its own time. Webhooks with something due take turns; one that timed out last time gets
 * one attempt at once, while at least half of all slots are free or fewer than 1/64 of them are
 * held by such webhooks. Any other may always have one, up to 8 while a quarter of all is free,
 * more while half is.
 *
 * From inside of its callbacks webhook_delivery_complete may be called and nothing else of engine
 * and registry: what answers a status says WEBHOOK_ERR_BUSY there, the rest does nothing. */

#define WEBHOOK_EVENT_KEY_MAX 33 /* bytes of an event's key: 'e' and 32 hex digits */
#define WEBHOOK_RETRIES_NONE UINT32_MAX

/* webhook_attempt -- which attempt: slot is below max_in_flight, an index of the caller's own; with
 * its generation it is never the same again
 */
typedef struct webhook_attempt {
    uint32_t slot, generation;
} webhook_attempt;

/* what became of a delivery */
enum {
    WEBHOOK_OUTCOME_NONE,
    WEBHOOK_DELIVERED,
    WEBHOOK_RETRYING,
    WEBHOOK_GAVE_UP,
    WEBHOOK_CANCELLED /* its webhook was deleted, or its queue dropped */
};

/* webhook_log_entry -- one attempt, or what was cancelled before one; borrowed during the call */
typedef struct webhook_log_entry {
    webhook_str webhook_id;
    /* of the event, and the body that was sent: empty for what was cancelled in a queue, the last
     * three also where the record could not be had */
    webhook_str event_key, event_id, event, payload;
    webhook_str error;    /* words, empty where it was delivered */
    int64_t requested_ms; /* wall clock at the start of the attempt, or of the run that cancelled */
    int64_t next_ms;      /* with WEBHOOK_RETRYING: when, by the wall clock */
    uint32_t response_ms;
    uint32_t attempt; /* how many have begun, this one included; 0: cancelled before the first */
    uint32_t count;   /* 1; of what was cancelled in a queue: how many deliveries */
    uint16_t status;  /* HTTP, 0: no answer */
    uint8_t outcome;  /* WEBHOOK_DELIVERED … */
} webhook_log_entry;

typedef struct webhook_delivery_desc {
    webhook_registry *registry; /* not NULL; its store and its scheme are used */
    void *memory; /* memory_len bytes, aligned for a uint64_t; webhook_delivery_need */
    size_t memory_len;
    uint32_t max_queue;     /* deliveries that have not ended, 0 = 1,000 */
    uint32_t max_events;    /* 0 = max_queue */
    uint32_t max_fanout;    /* webhooks that one event may go to, 0 = 1,000 or max_queue */
    uint32_t max_in_flight; /* slots, 0 = 16 */
    size_t head_size;       /* bytes for URL and request head of a slot, 0 = 16 KiB, which always
                                 suffice */
    uint64_t body_budget;   /* bytes of bodies lent at a time, and one more; 0 = 64 MiB */
    uint32_t time_limit_ms; /* of an attempt, 0 = 30 s */
    uint32_t retry_base_ms; /* 0 = 5 s */
    uint32_t retry_factor_milli; /* 0 = 5,000, which is 5; at least 1,000 */
    uint32_t retry_cap_ms;       /* 0 = 1 h */
    uint32_t max_retries;        /* after the first attempt, 0 = 3 (of a table: as many as it has);
                                 WEBHOOK_RETRIES_NONE; at most 65,534 */
    const uint32_t *retry_table_ms; /* n_retry_table waits in place of base * factor^k; the last one
                                       repeats; borrowed */
    size_t n_retry_table;
    uint32_t pause_after;  /* failed deliveries in a row that pause a webhook, 0 = never */
    uint8_t pause_on_gone; /* 1: an answer of 410 pauses it at once and ends that delivery */
    void *transport;       /* first argument of start and cancel */
    /* start -- send this; called from webhook_delivery_run. All of r stays where it is until
     * complete is called or cancel returns. What cannot be started is told by complete, also from
     * inside. */
    void (*start)(void *transport, webhook_attempt a, const webhook_request *r);
    /* cancel -- cut it off; no complete follows. Called from webhook_delivery_run and
     * webhook_delivery_let_go. */
    void (*cancel)(void *transport, webhook_attempt a);
    void *log_user; /* first argument of log */
    /* log -- called from webhook_delivery_run and webhook_delivery_take; NULL: none */
    void (*log)(void *log_user, const webhook_log_entry *e);
} webhook_delivery_desc; /* copied; what it points to is borrowed */

typedef struct whi_slots {
    uint32_t first, last;
} whi_slots;

/* webhook_delivery -- the engine; the counts may be read */
typedef struct webhook_delivery {
    webhook_delivery_desc desc;
    uint32_t events, queued; /* not ended: events, and deliveries, those in flight included */
    uint32_t in_flight;      /* slots that are taken */
    /* how many deliveries have ended so, since init */
    uint64_t delivered, gave_up, cancelled;
    /* the rest is its own */
    uint64_t tick, seed, counter, order, turns, random, commit_at, work_at, lent;
    int64_t unix_ms;
    void *event_table, *jobs, *slots, *heads, *list;
    uint32_t *buckets;
    uint32_t n_events, n_jobs, n_buckets, used_events, used_jobs;
    uint32_t spare_event, spare_job, spare_slot, pending_first, pending_last, taken;
    uint32_t timer, ring_first[4], ring_last[4], doomed, slow;
    whi_slots ready, running, done;
    uint8_t inside;
} webhook_delivery;

/* WEBHOOK_DELIVERY_SIZE -- bytes that suffice for max_queue, max_events, max_fanout, max_in_flight
 * and head_size of a desc, where they are known when compiling; webhook_delivery_need -- exactly
 * how many for this desc, 0: a bad one. What is given beyond serves webhook_delivery_take.
 */
#define WEBHOOK_DELIVERY_SIZE(queue, events, fanout, slots, head_size) \
    ((queue)*48 + (events)*96 + (fanout)*46 + (slots) * ((head_size) + 512) + 64)
WEBHOOK_API size_t webhook_delivery_need(const webhook_delivery_desc *d);

/* webhook_delivery_init -- an engine without events
 *
 *   d        stays put, as its registry does, which tells it of changes from now on
 *   desc     copied
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT (NULL, a callback missing, too little memory or not
 *          aligned, the registry has an engine)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status
webhook_delivery_init(webhook_delivery *d, const webhook_delivery_desc *desc);

/* webhook_emit -- something has happened; all borrowed until emit returns */
typedef struct webhook_emit {
    webhook_str body; /* an envelope, as webhook_payload_write makes it; sent as it is */
    webhook_str id,
        event;      /* both empty: read from the envelope. Given, the body is not looked at */
    webhook_str to; /* a webhook's id: it alone gets it, whatever its patterns are; empty: all
                              enabled webhooks with a pattern that matches */
} webhook_emit;

/* webhook_emitted -- what came of it */
typedef struct webhook_emitted {
    uint64_t ticket;                 /* with WEBHOOK_PENDING */
    uint32_t deliveries;             /* how many webhooks it goes to */
    uint32_t paused;                 /* how many would get it but are paused */
    char key[WEBHOOK_EVENT_KEY_MAX]; /* of its record; zeros where there is none */
} webhook_emitted;

/* webhook_delivery_emit -- accept an event
 *
 *   out      not NULL
 * Returns  WEBHOOK_OK: durable, or nobody wants it | WEBHOOK_PENDING: accepted when out->ticket is
 *          committed | WEBHOOK_ERR_FULL (max_queue, max_events, max_fanout, or the store)
 *          | WEBHOOK_ERR_NOT_FOUND (no webhook `to`) | WEBHOOK_ERR_BUSY (inside of a callback)
 *          | WEBHOOK_ERR_SYNTAX, WEBHOOK_ERR_TRUNCATED, WEBHOOK_ERR_LIMIT, WEBHOOK_ERR_DUPLICATE
 *          (as webhook_payload_read, or a bad id or event) | WEBHOOK_ERR_ARGUMENT (one of id and
 *          event without the other, NULL) | an error of the store. After an error this engine will
 *          not send it; a crash before the next good commit may bring it back, so repeat it with
 *          the same $id.
 * Time     the scan of all webhooks, then O(log queue) for each that it goes to
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_delivery_emit(webhook_delivery *d,
                                                                   const webhook_emit *e,
                                                                   webhook_emitted *out);

/* webhook_delivery_run -- do all that is due now; call it at the tick that it returns, and after
 * emit, complete, committed, got, take, and any change of the registry
 *
 *   tick_ms  of a clock that never goes back: it alone decides what is due
 *   unix_ms  the wall clock: written to requests, records and log entries; decides which of two
 *            secrets signs. Below 1,000 or above 15 digits of seconds the clock is not set, and
 *            nothing is begun.
 * Returns  the tick at which it wants to be called again, UINT64_MAX = when something happens
 * What ends leaves a removal that is committed within a second: to stop when all is delivered, ask
 * d->queued after a run, before waiting.
 */
WEBHOOK_API uint64_t webhook_delivery_run(webhook_delivery *d, uint64_t tick_ms, int64_t unix_ms);

/* webhook_delivery_complete -- an attempt is over; may be called from inside of start
 *
 *   r        copied; of a longer error the first 120 bytes
 * Returns  WEBHOOK_OK | WEBHOOK_NO_MATCH: that attempt was over before, nothing has changed
 */
WEBHOOK_API webhook_status webhook_delivery_complete(webhook_delivery *d, webhook_attempt a,
                                                     const webhook_result *r);

/* webhook_delivery_committed -- the store has settled all open tickets up to this one, each with
 * result: WEBHOOK_OK, or why it failed. One that was settled before is left alone.
 */
WEBHOOK_API void webhook_delivery_committed(webhook_delivery *d, uint64_t ticket,
                                            webhook_status result);

/* webhook_delivery_got -- the store answers a get that was WEBHOOK_PENDING
 *
 *   result   what get could have answered; with WEBHOOK_OK the record is lent until release, which
 *            is called at once where nobody waits for it any more
 */
WEBHOOK_API void webhook_delivery_got(webhook_delivery *d, webhook_str key, webhook_status result,
                                      webhook_str record);

/* webhook_delivery_take -- take in an event that was read from the store, with all its 'd' records:
 * before the first run of a new start, or since this worker has claimed it. Webhooks first.
 *
 *   record     of kind 'e'; borrowed during the call, as progress is
 *   progress   n records of kind 'd'; one that is damaged or of another event is passed over
 *   missing    not NULL; with WEBHOOK_ERR_NOT_FOUND the key of a webhook that is not known, a slice
 *              of record: take its record in, or say that it is absent, then take this again
 * Returns  WEBHOOK_OK, also where it is held already | WEBHOOK_ERR_NOT_FOUND | WEBHOOK_ERR_DAMAGED
 *          | WEBHOOK_ERR_RANGE as webhook_record_read | WEBHOOK_ERR_FULL (max_events, or memory for
 *          deliveries; max_queue is no limit here but for the memory) | WEBHOOK_ERR_BUSY
 *          | WEBHOOK_ERR_ARGUMENT (another kind). All but OK change nothing.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_delivery_take(webhook_delivery *d,
                                                                   webhook_str record,
                                                                   const webhook_str *progress,
                                                                   size_t n, webhook_str *missing);

/* webhook_delivery_let_go -- forget an event, which somebody else sends: cuts off what is in
 * flight, without a log entry; the store keeps it
 *
 * Returns  WEBHOOK_OK | WEBHOOK_NO_MATCH (not held) | WEBHOOK_ERR_BUSY (its commit is open, or
 *          inside of a callback)
 */
WEBHOOK_API webhook_status webhook_delivery_let_go(webhook_delivery *d, webhook_str key);

/* webhook_tick_extend -- 64 bits of a tick that is counted in 32
 *
 *   last     what it answered last time, 0 at first; ask it at least once in 2^31 ms
 */
WEBHOOK_API uint64_t webhook_tick_extend(uint64_t last, uint32_t now);

#ifdef WEBHOOK_POSIX
/* ==== >>posix ==== */

/* Ready-made I/O for hosted programs: thin drivers over the sections above, with public calls only.
 * This section alone calls libc and POSIX, takes memory (malloc), and starts threads (one for each
 * host name being looked up; link with -pthread). Its objects are handles, all of one loop are used
 * by one thread, and every callback runs on it, inside webhook_posix_loop_wait or the call that
 * says so. Define WEBHOOK_POSIX wherever these functions are used; under -std=c99 (not gnu99) the
 * implementation file also defines _POSIX_C_SOURCE as 200809L before its first include. SIGPIPE is
 * not raised by it. */

/* webhook_posix_tick -- milliseconds of a clock that never goes back; webhook_posix_unix_ms -- the
 * wall clock, milliseconds since 1970
 */
WEBHOOK_API uint64_t webhook_posix_tick(void);
WEBHOOK_API int64_t webhook_posix_unix_ms(void);

/* webhook_posix_random -- len random bytes from the system
 *
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_IO (ptr is zeros then)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_posix_random(void *ptr, size_t len);

/* ---- >>posix: event loop ---- */

typedef struct webhook_posix_loop webhook_posix_loop;

/* what a watch waits for, and what it is told */
enum { WEBHOOK_POSIX_READ = 1, WEBHOOK_POSIX_WRITE = 2, WEBHOOK_POSIX_TIME = 4 };

/* webhook_posix_watch -- one descriptor, or with fd -1 a time alone; the caller's, stays put from
 * webhook_posix_loop_watch to webhook_posix_loop_forget
 */
typedef struct webhook_posix_watch {
    int fd;
    /* ready -- called from webhook_posix_loop_wait with READ, WRITE (an error or a hang-up is both
     * that are waited for) or TIME: the deadline is there, and is UINT64_MAX now. May watch and
     * forget anything, this watch too. */
    void (*ready)(struct webhook_posix_watch *w, unsigned events);
    void *user;
    unsigned events;      /* the rest is the loop's own */
    uint64_t deadline_ms; /* the tick, UINT64_MAX = none */
    size_t place;
} webhook_posix_watch;

/* webhook_posix_loop_open, _close -- epoll on Linux, poll elsewhere
 *
 *   l        not NULL; NULL on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_IO (no descriptor or no memory) | WEBHOOK_ERR_ARGUMENT
 * Close what uses the loop first. Closing NULL does nothing; what was posted is called before.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_posix_loop_open(webhook_posix_loop **l);
WEBHOOK_API void webhook_posix_loop_close(webhook_posix_loop *l);

/* webhook_posix_loop_watch -- begin to watch, or change what is waited for
 *
 *   w        zeroed before the first time, then fd, ready and user set
 *   events   READ and WRITE or neither
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_IO: it is not watched then (no memory, or a file, which epoll
 *          does not take: that can always be read)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_posix_loop_watch(webhook_posix_loop *l,
                                                                      webhook_posix_watch *w,
                                                                      unsigned events,
                                                                      uint64_t deadline_ms);

/* webhook_posix_loop_forget -- watch no longer, before its descriptor is closed; one that is not
 * watched is left alone
 */
WEBHOOK_API void webhook_posix_loop_forget(webhook_posix_loop *l, webhook_posix_watch *w);

/* webhook_posix_loop_wait -- wait until something is ready, a signal has come, or until_ms; call
 * what is ready, return
 *
 *   until_ms  a tick; 0 = do not wait
 */
WEBHOOK_API void webhook_posix_loop_wait(webhook_posix_loop *l, uint64_t until_ms);

/* webhook_posix_loop_post -- have fn(user) called by the loop's thread
 *
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_IO (no memory: it will not be called)
 * Threads  any
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_posix_loop_post(webhook_posix_loop *l,
                                                                     void (*fn)(void *user),
                                                                     void *user);

/* webhook_posix_loop_fd -- a descriptor that is readable when the loop has something to do, for a
 * loop inside another loop; -1 where there is none (poll)
 */
WEBHOOK_API int webhook_posix_loop_fd(const webhook_posix_loop *l);

/* ---- >>posix: client ---- */

typedef struct webhook_posix_client webhook_posix_client;
typedef struct webhook_posix_call webhook_posix_call;

typedef struct webhook_posix_client_desc {
    webhook_posix_loop *loop;   /* not NULL */
    const webhook_tls *tls;     /* NULL: an https request fails */
    const webhook_guard *guard; /* NULL: public addresses alone; asked about each address before it
                                   is connected to, about what it was connected to, and again when a
                                   kept connection serves another request */
    unsigned max_lookups;       /* threads that look names up at once, 0 = 128; names that failed or
                                   took long last time get half of them, these and names never seen
                                   before three quarters */
    unsigned max_idle;          /* connections kept for later requests, 0 = 256 */
    unsigned max_idle_per_host; /* of these to one host and port, 0 = 8 */
    uint32_t idle_ms;           /* how long one is kept without use, 0 = 30 s */
    uint32_t life_ms;           /* how long one is used in all, 0 = 5 min */
} webhook_posix_client_desc;    /* all borrowed until close */

/* webhook_posix_client_open -- a client of this loop, for any number of requests
 *
 *   c        not NULL; NULL on error
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_IO (no memory) | WEBHOOK_ERR_ARGUMENT (NULL, no loop)
 * Answers of the resolver are kept for 60 s, 8 addresses of a name are tried. A connection that can
 * serve another request is kept for the next one to the same host, port and scheme, which takes the
 * one that was used last. Where that has ended, before a byte of an answer came, the request is
 * sent once more over a fresh one: such a peer may see it twice.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status
webhook_posix_client_open(webhook_posix_client **c, const webhook_posix_client_desc *d);

/* webhook_posix_client_close -- cancels what is under way, without its done; not while
 * webhook_posix_client_send waits; NULL does nothing
 */
WEBHOOK_API void webhook_posix_client_close(webhook_posix_client *c);

/* webhook_posix_client_start -- send a request and read its answer
 *
 *   r            copied; its slices are borrowed until done is called or cancel returns. The
 *                deadline counts for all: looking up, connecting, TLS, answer.
 *   done         called once, from webhook_posix_loop_wait, never from inside start; result and its
 *                slices live until it returns. It may start another call. status 0: there was no
 *                answer, and error says why
 * Returns  the call, for cancel, good until done is called | NULL: no memory, done is not called
 */
WEBHOOK_API webhook_posix_call *webhook_posix_client_start(
    webhook_posix_client *c, const webhook_request *r,
    void (*done)(void *user, const webhook_result *result), void *user);

/* webhook_posix_client_cancel -- cut it off: done is not called */
WEBHOOK_API void webhook_posix_client_cancel(webhook_posix_client *c, webhook_posix_call *call);

/* webhook_posix_client_send -- the same, and wait for it; meanwhile every callback of the loop is
 * called, so inside of one webhook_posix_client_start is the better way
 *
 *   r         as above; without a deadline it has 30 s
 *   result    not NULL; its slices live until the client's next call or close
 * Returns  WEBHOOK_OK: there is an answer, of whatever status | WEBHOOK_ERR_TIMEOUT
 *          | WEBHOOK_ERR_FORBIDDEN (by the guard) | WEBHOOK_ERR_IO, result->error says what
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_posix_client_send(webhook_posix_client *c,
                                                                       const webhook_request *r,
                                                                       webhook_result *result);

/* webhook_posix_client_transport -- make the client the transport of an engine, before
 * webhook_delivery_init, with max_in_flight set
 *
 *   d        the engine that desc is for; stays put until the client is closed, and is not run
 *            after that
 *   desc     not NULL; transport, start and cancel are set, max_in_flight is read and stays
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_IO (no memory) | WEBHOOK_ERR_ARGUMENT (NULL, or the client has
 *          an engine)
 * Then   for (;;) webhook_posix_loop_wait(loop, webhook_delivery_run(d, webhook_posix_tick(),
 * webhook_posix_unix_ms()));   is the whole of a sending service.
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_posix_client_transport(
    webhook_posix_client *c, webhook_delivery *d, webhook_delivery_desc *desc);

/* ---- >>posix: listener ---- */

typedef struct webhook_posix_listener webhook_posix_listener;
typedef struct webhook_posix_conn webhook_posix_conn;

typedef struct webhook_posix_listener_desc {
    webhook_posix_loop *loop; /* not NULL */
    webhook_str host;         /* an address or a name of this machine; empty = 127.0.0.1 */
    uint16_t port;            /* 0 = any that is free */
    unsigned max_connections; /* 0 = 4,096; more wait to be accepted */
    void *user;               /* first argument of the callbacks */
    /* opened -- a connection has come; conn is good until closed returns */
    void (*opened)(void *user, webhook_posix_conn *conn);
    /* input -- bytes have come, borrowed during the call; none, once: the peer sends no more. It
     * may still wait for an answer, so the caller finishes the connection, when it has given
     * one; until then nothing ends it but the deadline that the caller has set, or a send that
     * fails. */
    void (*input)(void *user, webhook_posix_conn *conn, webhook_str bytes);
    /* expired -- the deadline that webhook_posix_conn_deadline has set is there */
    void (*expired)(void *user, webhook_posix_conn *conn);
    /* closed -- the connection is over: WEBHOOK_OK finished, WEBHOOK_ERR_CLOSED finished after the
     * peer had said that it sends no more, WEBHOOK_ERR_IO cut off, and what was unsent is lost */
    void (*closed)(void *user, webhook_posix_conn *conn, webhook_status how);
} webhook_posix_listener_desc; /* copied; host is borrowed during open alone */

/* webhook_posix_listener_open -- bind and listen
 *
 *   error    may be NULL; words for what failed, static
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_IO | WEBHOOK_ERR_ARGUMENT (a callback is missing)
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_posix_listener_open(
    webhook_posix_listener **l, const webhook_posix_listener_desc *d, const char **error);
WEBHOOK_API uint16_t webhook_posix_listener_port(const webhook_posix_listener *l);

/* webhook_posix_listener_close -- accept no more, cut off what is open, with closed called for
 * each; NULL does nothing
 */
WEBHOOK_API void webhook_posix_listener_close(webhook_posix_listener *l);

/* webhook_posix_conn_user, _set_user -- a pointer of the caller's, NULL at first */
WEBHOOK_API void *webhook_posix_conn_user(const webhook_posix_conn *conn);
WEBHOOK_API void webhook_posix_conn_set_user(webhook_posix_conn *conn, void *user);

/* webhook_posix_conn_send -- send bytes, copied as far as they cannot go at once; while more than
 * 64 KiB wait, nothing is read from the peer
 */
WEBHOOK_API void webhook_posix_conn_send(webhook_posix_conn *conn, webhook_str bytes);

/* webhook_posix_conn_finish -- close when all is sent, in such an order that the peer gets it: what
 * the peer still sends is read and dropped for a while. What it does not take for 30 s is cut off
 * (WEBHOOK_ERR_IO). Neither input nor expired is called again.
 */
WEBHOOK_API void webhook_posix_conn_finish(webhook_posix_conn *conn);

/* webhook_posix_conn_deadline -- have expired called at this tick, UINT64_MAX = never; one holds at
 * a time
 */
WEBHOOK_API void webhook_posix_conn_deadline(webhook_posix_conn *conn, uint64_t tick_ms);
#endif /* WEBHOOK_POSIX */

#ifdef __cplusplus
}
#endif

#endif /* WEBHOOK_H -- end of the interface, implementation below */

#if defined(WEBHOOK_IMPLEMENTATION) && !defined(WEBHOOK_IMPLEMENTATION_DONE)
#define WEBHOOK_IMPLEMENTATION_DONE

#if !defined(WEBHOOK_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && WEBHOOK_SHA256_HOW && \
    defined(__STDC_HOSTED__) && __STDC_HOSTED__
#define WHI_SHA_NI
#include <cpuid.h>
#include <immintrin.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* WHI_ROM -- tables that an AVR leaves in flash; read through whi_rom_… alone */
#ifdef __AVR__
#define WHI_ROM \
    __attribute__((__section__(".progmem.data"))) /* what progmem means, for clang too */
static void whi_rom_copy(void *to, const void *from, unsigned char len) {
    unsigned char *t = (unsigned char *)to;
    const unsigned char *f = (const unsigned char *)from;
    for (; len > 0; len--) __asm__("lpm %0, Z" : "=r"(*t++) : "z"(f++));
}
#else
#define WHI_ROM
#endif

/* WHI_STR -- as WEBHOOK_STR. On an AVR an array each: literals take RAM there, and all of them
 * as soon as one is used, arrays only where they are. */
#ifdef __AVR__
#define WHI_STR(literal)                                  \
    __extension__({                                       \
        static const char whi_text[] = literal;           \
        webhook_str_from(whi_text, sizeof(whi_text) - 1); \
    })
#else
#define WHI_STR(literal) WEBHOOK_STR(literal)
#endif

/* WHI_STATIC_ASSERT -- fails to compile where the condition is 0 */
#define WHI_STATIC_ASSERT(name, condition) typedef char whi_assert_##name[(condition) ? 1 : -1]
WHI_STATIC_ASSERT(char_bit, CHAR_BIT == 8);
WHI_STATIC_ASSERT(status_is_int, sizeof(webhook_status) == sizeof(int));
WHI_STATIC_ASSERT(status_fits_int8, WEBHOOK_ERR_SCRATCH > -128);
WHI_STATIC_ASSERT(mac_size, sizeof(webhook_mac) == WEBHOOK_SHA256_SIZE);
WHI_STATIC_ASSERT(key_size,
                  sizeof(webhook_hmac_key) == 64 + (WEBHOOK_SHA256_HOW ? sizeof(uintptr_t) : 0));

/* ==== >>bytes (implementation) ==== */

uint32_t webhook_version(void) {
    return WEBHOOK_VERSION_HEX;
}

const char *webhook_status_str(webhook_status s) {
#ifdef WEBHOOK_NO_STRINGS
    (void)s;
    return "";
#else
    switch (s) {
#define WEBHOOK_X(name, value, text) \
    case name:                       \
        return text;
        WEBHOOK_STATUS_LIST(WEBHOOK_X)
#undef WEBHOOK_X
    case WEBHOOK_STATUS_INT_: break;
    }
    return "";
#endif
}

/* whi_copy -- len bytes that do not overlap */
static void whi_copy(void *to, const void *from, size_t len) {
    unsigned char *t = (unsigned char *)to;
    const unsigned char *f = (const unsigned char *)from;
    size_t i;
    for (i = 0; i < len; i++) t[i] = f[i];
}

static void whi_zero(void *ptr, size_t len) {
    unsigned char *p = (unsigned char *)ptr;
    size_t i;
    for (i = 0; i < len; i++) p[i] = 0;
}

/* whi_bytes -- the bytes of a slice, to be compared with what is above 127 */
static const unsigned char *whi_bytes(webhook_str s) {
    return (const unsigned char *)s.ptr;
}

static uint32_t whi_load32(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void whi_store32(unsigned char *p, uint32_t v) {
    p[0] = (unsigned char)(v >> 24);
    p[1] = (unsigned char)(v >> 16);
    p[2] = (unsigned char)(v >> 8);
    p[3] = (unsigned char)v;
}

/* whi_rom_u32 -- an entry of a table */
static uint32_t whi_rom_u32(const uint32_t *entry) {
#ifdef __AVR__
    uint32_t v;
    whi_rom_copy(&v, entry, sizeof v);
    return v;
#else
    return *entry;
#endif
}

static unsigned char whi_rom_byte(const char *entry) {
#ifdef __AVR__
    unsigned char v;
    whi_rom_copy(&v, entry, sizeof v);
    return v;
#else
    return (unsigned char)*entry;
#endif
}

webhook_str webhook_str_from(const char *ptr, size_t len) {
    webhook_str s;
    s.ptr = ptr;
    s.len = len;
    return s;
}

webhook_str webhook_str_from_cstr(const char *s) {
    const volatile char *end = s; /* volatile: no compiler turns the loop into strlen */
    size_t len = 0;
    if (end != NULL)
        while (end[len] != 0) len++;
    return webhook_str_from(s, len);
}

int webhook_str_eq(webhook_str a, webhook_str b) {
    size_t i;
    if (a.len != b.len) return 0;
    for (i = 0; i < a.len; i++)
        if (a.ptr[i] != b.ptr[i]) return 0;
    return 1;
}

static unsigned char whi_lower(char c) {
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u + 32) : u;
}

/* whi_is -- are these the len bytes at wanted, but for the case of ASCII letters? */
static int whi_is(webhook_str name, const char *wanted, size_t len) {
    size_t i = 0;
    if (name.len != len) return 0;
    while (i < len && whi_lower(name.ptr[i]) == whi_lower(wanted[i])) i++;
    return i == len;
}

int webhook_str_ieq(webhook_str a, webhook_str b) {
    return whi_is(a, b.ptr, b.len);
}

/* whi_skip -- s without its first n bytes, n <= s.len; NULL is not moved */
static webhook_str whi_skip(webhook_str s, size_t n) {
    return webhook_str_from(n == 0 ? s.ptr : s.ptr + n, s.len - n);
}

webhook_status webhook_str_cut(webhook_str *rest, char sep, webhook_str *head) {
    size_t n = 0;
    if (rest->len == 0) return WEBHOOK_END;
    while (n < rest->len && rest->ptr[n] != sep) n++;
    *head = webhook_str_from(rest->ptr, n);
    *rest = whi_skip(*rest, n < rest->len ? n + 1 : n);
    return WEBHOOK_OK;
}

webhook_buf webhook_buf_from(void *ptr, size_t cap) {
    webhook_buf b = WEBHOOK_ZERO;
    b.ptr = (char *)ptr;
    b.cap = ptr == NULL ? 0 : cap;
    return b;
}

void webhook_buf_fail(webhook_buf *b, webhook_status error) {
    if (b->status == WEBHOOK_OK) b->status = error;
}

/* whi_buf_flush -- pass on what lies in the block, then the block is empty */
static void whi_buf_flush(webhook_buf *b) {
    size_t len = b->len;
    b->len = 0;
    if (len > 0) webhook_buf_fail(b, b->flush(b->user, webhook_str_from(b->ptr, len)));
}

void webhook_buf_put(webhook_buf *b, webhook_str s) {
    b->total += s.len;
    if (b->status != WEBHOOK_OK || s.len == 0) return;
    if (s.len > b->cap - b->len && b->flush != NULL) {
        whi_buf_flush(b);
        if (b->status == WEBHOOK_OK && s.len > b->cap)
            webhook_buf_fail(b, b->flush(b->user, s)); /* larger than the block: straight on */
        else if (b->status == WEBHOOK_OK) {
            whi_copy(b->ptr, s.ptr, s.len);
            b->len = s.len;
        }
        return;
    }
    if (b->ptr == NULL) return; /* counts */
    if (s.len > b->cap - b->len) {
        webhook_buf_fail(b, WEBHOOK_ERR_SPACE);
        return;
    }
    whi_copy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
}

static void whi_put_char(webhook_buf *b, char c) {
    webhook_buf_put(b, webhook_str_from(&c, 1));
}

webhook_status webhook_buf_end(webhook_buf *b) {
    if (b->status == WEBHOOK_OK && b->flush != NULL) whi_buf_flush(b);
    return b->status;
}

webhook_str webhook_buf_str(const webhook_buf *b) {
    return b->status == WEBHOOK_OK ? webhook_str_from(b->ptr, b->len) : webhook_str_from(NULL, 0);
}

/* whi_times_ten -- *v * 10 + digit where that fits 64 bits: 1, else 0 and *v is as it was */
static int whi_times_ten(uint64_t *v, unsigned digit) {
    const uint64_t limit = UINT64_MAX / 10;
    if (*v > limit || (*v == limit && digit > UINT64_MAX % 10)) return 0;
    *v = *v * 10 + digit;
    return 1;
}

static int whi_has_byte(webhook_str s, char c) {
    size_t i = 0;
    while (i < s.len && s.ptr[i] != c) i++;
    return i < s.len;
}

/* whi_above -- is a size above a limit of 32 bits, where sizes can be? */
static int whi_above(size_t n, uint32_t limit) {
#if SIZE_MAX > 0xffff
    return n > limit;
#else
    (void)n;
    (void)limit;
    return 0;
#endif
}

/* whi_at -- tell the caller an offset, if it wants to know */
static void whi_at(size_t *offset, size_t at) {
    if (offset != NULL) *offset = at;
}

/* ==== >>sha256 (implementation) ==== */

enum { WHI_SHA_UNKNOWN, WHI_SHA_PORTABLE, WHI_SHA_HARDWARE }; /* how a context is hashed */

#if WEBHOOK_SHA256_HOW
#define WHI_HOW(context_or_key) ((context_or_key)->how)
#else
#define WHI_HOW(context_or_key) WHI_SHA_PORTABLE
#endif

static const uint32_t whi_sha256_k[64] WHI_ROM = {
    UINT32_C(0x428a2f98), UINT32_C(0x71374491), UINT32_C(0xb5c0fbcf), UINT32_C(0xe9b5dba5),
    UINT32_C(0x3956c25b), UINT32_C(0x59f111f1), UINT32_C(0x923f82a4), UINT32_C(0xab1c5ed5),
    UINT32_C(0xd807aa98), UINT32_C(0x12835b01), UINT32_C(0x243185be), UINT32_C(0x550c7dc3),
    UINT32_C(0x72be5d74), UINT32_C(0x80deb1fe), UINT32_C(0x9bdc06a7), UINT32_C(0xc19bf174),
    UINT32_C(0xe49b69c1), UINT32_C(0xefbe4786), UINT32_C(0x0fc19dc6), UINT32_C(0x240ca1cc),
    UINT32_C(0x2de92c6f), UINT32_C(0x4a7484aa), UINT32_C(0x5cb0a9dc), UINT32_C(0x76f988da),
    UINT32_C(0x983e5152), UINT32_C(0xa831c66d), UINT32_C(0xb00327c8), UINT32_C(0xbf597fc7),
    UINT32_C(0xc6e00bf3), UINT32_C(0xd5a79147), UINT32_C(0x06ca6351), UINT32_C(0x14292967),
    UINT32_C(0x27b70a85), UINT32_C(0x2e1b2138), UINT32_C(0x4d2c6dfc), UINT32_C(0x53380d13),
    UINT32_C(0x650a7354), UINT32_C(0x766a0abb), UINT32_C(0x81c2c92e), UINT32_C(0x92722c85),
    UINT32_C(0xa2bfe8a1), UINT32_C(0xa81a664b), UINT32_C(0xc24b8b70), UINT32_C(0xc76c51a3),
    UINT32_C(0xd192e819), UINT32_C(0xd6990624), UINT32_C(0xf40e3585), UINT32_C(0x106aa070),
    UINT32_C(0x19a4c116), UINT32_C(0x1e376c08), UINT32_C(0x2748774c), UINT32_C(0x34b0bcb5),
    UINT32_C(0x391c0cb3), UINT32_C(0x4ed8aa4a), UINT32_C(0x5b9cca4f), UINT32_C(0x682e6ff3),
    UINT32_C(0x748f82ee), UINT32_C(0x78a5636f), UINT32_C(0x84c87814), UINT32_C(0x8cc70208),
    UINT32_C(0x90befffa), UINT32_C(0xa4506ceb), UINT32_C(0xbef9a3f7), UINT32_C(0xc67178f2)
};

static uint32_t whi_ror(uint32_t x, unsigned n) {
    return x >> n | x << (32 - n);
}

/* the functions of FIPS 180-4 section 4.1.2 */
static uint32_t whi_big_sigma0(uint32_t x) {
    return whi_ror(x, 2) ^ whi_ror(x, 13) ^ whi_ror(x, 22);
}

static uint32_t whi_big_sigma1(uint32_t x) {
    return whi_ror(x, 6) ^ whi_ror(x, 11) ^ whi_ror(x, 25);
}

static uint32_t whi_small_sigma0(uint32_t x) {
    return whi_ror(x, 7) ^ whi_ror(x, 18) ^ x >> 3;
}

static uint32_t whi_small_sigma1(uint32_t x) {
    return whi_ror(x, 17) ^ whi_ror(x, 19) ^ x >> 10;
}

static uint32_t whi_choose(uint32_t x, uint32_t y, uint32_t z) {
    return z ^ (x & (y ^ z));
}

static uint32_t whi_majority(uint32_t x, uint32_t y, uint32_t z) {
    return (x & y) | (z & (x | y));
}

#ifdef WEBHOOK_SMALL
/* whi_sha256_block -- one block, section 6.2.2. x holds the variables a…h and then the last
 * sixteen message words, newest first, so that one move by one place serves both. */
static void whi_sha256_block(uint32_t state[8], const unsigned char *p) {
    uint32_t x[24];
    unsigned i, j;
    for (i = 0; i < 8; i++) x[i] = state[i];
    for (i = 0; i < 16; i++) x[23 - i] = whi_load32(p + 4 * i);
    for (i = 0; i < 64; i++) {
        uint32_t t1 = x[7] + whi_big_sigma1(x[4]) + whi_choose(x[4], x[5], x[6]) +
                      whi_rom_u32(whi_sha256_k + i) + x[23];
        uint32_t t2 = whi_big_sigma0(x[0]) + whi_majority(x[0], x[1], x[2]);
        uint32_t w = x[23] + whi_small_sigma0(x[22]) + x[14] + whi_small_sigma1(x[9]);
        for (j = 23; j > 0; j--) x[j] = x[j - 1];
        x[8] = w;
        x[4] += t1;
        x[0] = t1 + t2;
    }
    for (i = 0; i < 8; i++) state[i] += x[i];
    webhook_wipe(x, sizeof x);
}
#else
/* whi_sha256_word -- K and message word i, which from 16 on is made of those before it in a ring */
static uint32_t whi_sha256_word(uint32_t w[16], unsigned i) {
    if (i >= 16)
        w[i & 15] += whi_small_sigma0(w[(i + 1) & 15]) + w[(i + 9) & 15] +
                     whi_small_sigma1(w[(i + 14) & 15]);
    return whi_rom_u32(whi_sha256_k + i) + w[i & 15];
}

/* One round of section 6.2.2; the caller turns the names, so that nothing is moved. */
#define WHI_SHA256_ROUND(a, b, c, d, e, f, g, h, i)                             \
    do {                                                                        \
        (h) += whi_big_sigma1(e) + whi_choose(e, f, g) + whi_sha256_word(w, i); \
        (d) += (h);                                                             \
        (h) += whi_big_sigma0(a) + whi_majority(a, b, c);                       \
    } while (0)

static void whi_sha256_block(uint32_t state[8], const unsigned char *p) {
    uint32_t w[16], v[8];
    unsigned i;
    for (i = 0; i < 16; i++) w[i] = whi_load32(p + 4 * i);
    for (i = 0; i < 8; i++) v[i] = state[i];
    for (i = 0; i < 64; i += 8) {
        WHI_SHA256_ROUND(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], i);
        WHI_SHA256_ROUND(v[7], v[0], v[1], v[2], v[3], v[4], v[5], v[6], i + 1);
        WHI_SHA256_ROUND(v[6], v[7], v[0], v[1], v[2], v[3], v[4], v[5], i + 2);
        WHI_SHA256_ROUND(v[5], v[6], v[7], v[0], v[1], v[2], v[3], v[4], i + 3);
        WHI_SHA256_ROUND(v[4], v[5], v[6], v[7], v[0], v[1], v[2], v[3], i + 4);
        WHI_SHA256_ROUND(v[3], v[4], v[5], v[6], v[7], v[0], v[1], v[2], i + 5);
        WHI_SHA256_ROUND(v[2], v[3], v[4], v[5], v[6], v[7], v[0], v[1], i + 6);
        WHI_SHA256_ROUND(v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[0], i + 7);
    }
    for (i = 0; i < 8; i++) state[i] += v[i];
    webhook_wipe(w, sizeof w);
    webhook_wipe(v, sizeof v);
}
#endif

#ifdef WHI_SHA_NI
static uintptr_t whi_sha256_detect(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0)
        return WHI_SHA_PORTABLE;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & (1u << 29)) == 0) return WHI_SHA_PORTABLE;
    return WHI_SHA_HARDWARE;
}

/* Four rounds with the words in m0, which then becomes the words of sixteen rounds later. */
#define WHI_SHA_NI_QUAD(i, m0, m1, m2, m3)                                              \
    do {                                                                                \
        kw = _mm_add_epi32(m0, whi_load_k(i));                                          \
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, kw);                                   \
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(kw, 0x0e));          \
        (m0) = _mm_add_epi32(_mm_sha256msg1_epu32(m0, m1), _mm_alignr_epi8(m3, m2, 4)); \
        (m0) = _mm_sha256msg2_epu32(m0, m3);                                            \
    } while (0)

__attribute__((target("sha,sse4.1"))) static __m128i whi_load_k(unsigned i) {
    return _mm_loadu_si128((const __m128i *)(const void *)(whi_sha256_k + i));
}

__attribute__((target("sha,sse4.1"))) static void whi_sha256_blocks_ni(uint32_t state[8],
                                                                       const unsigned char *p,
                                                                       size_t n) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)state);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
    __m128i m0, m1, m2, m3, kw;
    for (; n > 0; n--, p += 64) {
        __m128i abef_before = abef, cdgh_before = cdgh;
        unsigned i;
        m0 = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), swap);
        m1 = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16)), swap);
        m2 = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 32)), swap);
        m3 = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 48)), swap);
        for (i = 0; i < 64; i += 16) {
            WHI_SHA_NI_QUAD(i, m0, m1, m2, m3);
            WHI_SHA_NI_QUAD(i + 4, m1, m2, m3, m0);
            WHI_SHA_NI_QUAD(i + 8, m2, m3, m0, m1);
            WHI_SHA_NI_QUAD(i + 12, m3, m0, m1, m2);
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    cdab = _mm_shuffle_epi32(abef, 0x1b);
    efgh = _mm_shuffle_epi32(cdgh, 0xb1);
    dcba = _mm_blend_epi16(cdab, efgh, 0xf0);
    hgfe = _mm_alignr_epi8(efgh, cdab, 8);
    _mm_storeu_si128((__m128i *)(void *)state, dcba);
    _mm_storeu_si128((__m128i *)(void *)(state + 4), hgfe);
}
#endif

static void whi_sha256_blocks(uint32_t state[8], const unsigned char *p, size_t n, uintptr_t how) {
#ifdef WHI_SHA_NI
    if (how == WHI_SHA_HARDWARE) {
        whi_sha256_blocks_ni(state, p, n);
        return;
    }
#endif
    (void)how;
    for (; n > 0; n--, p += 64) whi_sha256_block(state, p);
}

static void whi_state_store(unsigned char *p, const uint32_t state[8]) {
    unsigned i;
    for (i = 0; i < 8; i++) whi_store32(p + 4 * i, state[i]);
}

/* whi_sha256_close -- padding and length: the state then is the digest */
static void whi_sha256_close(webhook_sha256_ctx *c) {
    uint64_t bits = c->count << 3;
    unsigned fill = (unsigned)(c->count & 63);
    c->block[fill++] = 0x80;
    if (fill > 56) {
        whi_zero(c->block + fill, 64 - fill);
        whi_sha256_blocks(c->state, c->block, 1, WHI_HOW(c));
        fill = 0;
    }
    whi_zero(c->block + fill, 56 - fill);
    whi_store32(c->block + 56, (uint32_t)(bits >> 32));
    whi_store32(c->block + 60, (uint32_t)bits);
    whi_sha256_blocks(c->state, c->block, 1, WHI_HOW(c));
}

static const uint32_t whi_sha256_start[8] WHI_ROM = { UINT32_C(0x6a09e667), UINT32_C(0xbb67ae85),
                                                      UINT32_C(0x3c6ef372), UINT32_C(0xa54ff53a),
                                                      UINT32_C(0x510e527f), UINT32_C(0x9b05688c),
                                                      UINT32_C(0x1f83d9ab), UINT32_C(0x5be0cd19) };

static void whi_sha256_begin(uint32_t state[8]) {
    unsigned i;
    for (i = 0; i < 8; i++) state[i] = whi_rom_u32(whi_sha256_start + i);
}

void webhook_sha256_init(webhook_sha256_ctx *c) {
    whi_zero(c, sizeof *c);
    whi_sha256_begin(c->state);
}

void webhook_sha256_update(webhook_sha256_ctx *c, webhook_str s) {
    const unsigned char *p = whi_bytes(s);
    size_t fill = (size_t)(c->count & 63), left = s.len;
#ifdef WHI_SHA_NI
    /* Asking the processor costs more than some blocks do (a hypervisor answers), so a context
     * asks when there are many; a key, used again and again, asked when it was prepared. */
    if (c->how == WHI_SHA_UNKNOWN && left >= 1024) c->how = whi_sha256_detect();
#endif
    if (left == 0) return;
    c->count += left;
    if (fill > 0) {
        size_t take = left < 64 - fill ? left : 64 - fill;
        whi_copy(c->block + fill, p, take);
        if (fill + take < 64) return;
        whi_sha256_blocks(c->state, c->block, 1, WHI_HOW(c));
        p += take;
        left -= take;
    }
    whi_sha256_blocks(c->state, p, left / 64, WHI_HOW(c));
    whi_copy(c->block, p + left / 64 * 64, left % 64);
}

void webhook_sha256_final(webhook_sha256_ctx *c, unsigned char digest[WEBHOOK_SHA256_SIZE]) {
    whi_sha256_close(c);
    whi_state_store(digest, c->state);
    webhook_wipe(c, sizeof *c);
}

void webhook_sha256(webhook_str s, unsigned char digest[WEBHOOK_SHA256_SIZE]) {
    webhook_sha256_ctx c;
    webhook_sha256_init(&c);
    webhook_sha256_update(&c, s);
    webhook_sha256_final(&c, digest);
}

/* ==== >>hmac (implementation) ==== */

webhook_status webhook_equal(const void *a, const void *b, size_t len) {
    const volatile unsigned char *x = (const volatile unsigned char *)a;
    const volatile unsigned char *y = (const volatile unsigned char *)b;
    unsigned char differs = 0;
    size_t i;
    for (i = 0; i < len; i++) differs = (unsigned char)(differs | (x[i] ^ y[i]));
    return differs == 0 ? WEBHOOK_OK : WEBHOOK_NO_MATCH;
}

void webhook_wipe(void *ptr, size_t len) {
#if defined(__GNUC__) && !defined(__TINYC__)
    whi_zero(ptr, len);
    __asm__ __volatile__(""
                         :
                         : "r"(ptr)
                         : "memory"); /* for all the compiler knows, this reads it */
#else
    volatile unsigned char *p = (volatile unsigned char *)ptr;
    size_t i;
    for (i = 0; i < len; i++) p[i] = 0;
#endif
}

/* whi_hmac_pad -- the state after the key's block, each byte of it changed by pad */
static void whi_hmac_pad(uint32_t state[8], const unsigned char block[64], unsigned char pad,
                         uintptr_t how) {
    unsigned char padded[64];
    unsigned i;
    for (i = 0; i < 64; i++) padded[i] = (unsigned char)(block[i] ^ pad);
    whi_sha256_begin(state);
    whi_sha256_blocks(state, padded, 1, how);
    webhook_wipe(padded, sizeof padded);
}

webhook_status webhook_hmac_key_init(webhook_hmac_key *k, webhook_str secret) {
    unsigned char block[64];
    if (k == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(k, sizeof *k);
    if (secret.len == 0) return WEBHOOK_ERR_KEY;
    if (secret.ptr == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(block, sizeof block);
    if (secret.len > sizeof block)
        webhook_sha256(secret, block);
    else
        whi_copy(block, secret.ptr, secret.len);
#if WEBHOOK_SHA256_HOW
    k->how = WHI_SHA_PORTABLE;
#endif
#ifdef WHI_SHA_NI
    k->how = whi_sha256_detect();
#endif
    whi_hmac_pad(k->inner, block, 0x36, WHI_HOW(k));
    whi_hmac_pad(k->outer, block, 0x5c, WHI_HOW(k));
    webhook_wipe(block, sizeof block);
    return WEBHOOK_OK;
}

/* whi_key_ready -- 0 for a key of zeros: it was never prepared, or preparing it failed */
static int whi_key_ready(const webhook_hmac_key *k) {
    uint32_t any = 0;
    unsigned i;
    for (i = 0; i < 8; i++) any |= k->inner[i] | k->outer[i];
    return any != 0;
}

/* whi_hmac_begin -- c after the inner block of k */
static void whi_hmac_begin(webhook_sha256_ctx *c, const webhook_hmac_key *k) {
    unsigned i;
    whi_zero(c, sizeof *c);
    for (i = 0; i < 8; i++) c->state[i] = k->inner[i];
    c->count = 64;
#if WEBHOOK_SHA256_HOW
    c->how = k->how;
#endif
}

/* whi_hmac_outer -- the MAC, from the state that the inner hash ended in */
static void whi_hmac_outer(const webhook_hmac_key *k, const uint32_t inner[8],
                           unsigned char mac[WEBHOOK_SHA256_SIZE]) {
    unsigned char block[64];
    uint32_t state[8];
    unsigned i;
    for (i = 0; i < 8; i++) state[i] = k->outer[i];
    whi_zero(block, sizeof block);
    whi_state_store(block, inner);
    block[32] = 0x80;
    whi_store32(block + 60, (64 + 32) * 8);
    whi_sha256_blocks(state, block, 1, WHI_HOW(k));
    whi_state_store(mac, state);
    webhook_wipe(block, sizeof block);
    webhook_wipe(state, sizeof state);
}

webhook_status webhook_hmac_init(webhook_hmac_ctx *c, const webhook_hmac_key *k) {
    if (c == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(c, sizeof *c);
    if (k == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (!whi_key_ready(k)) return WEBHOOK_ERR_KEY;
    whi_hmac_begin(&c->sha, k);
    c->key = k;
    return WEBHOOK_OK;
}

void webhook_hmac_update(webhook_hmac_ctx *c, webhook_str s) {
    if (c->key != NULL) webhook_sha256_update(&c->sha, s);
}

webhook_status webhook_hmac_final(webhook_hmac_ctx *c, unsigned char mac[WEBHOOK_SHA256_SIZE]) {
    webhook_status s = c == NULL || mac == NULL ? WEBHOOK_ERR_ARGUMENT : WEBHOOK_OK;
    if (mac != NULL) whi_zero(mac, WEBHOOK_SHA256_SIZE);
    if (s == WEBHOOK_OK && c->key == NULL) s = WEBHOOK_ERR_KEY;
    if (s == WEBHOOK_OK) {
        whi_sha256_close(&c->sha);
        whi_hmac_outer(c->key, c->sha.state, mac);
    }
    if (c != NULL) webhook_wipe(c, sizeof *c);
    return s;
}

webhook_status webhook_hmac(const webhook_hmac_key *k, webhook_str msg,
                            unsigned char mac[WEBHOOK_SHA256_SIZE]) {
    webhook_hmac_ctx c;
    webhook_status s;
    if (mac == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(mac, WEBHOOK_SHA256_SIZE);
    s = webhook_hmac_init(&c, k);
    if (s != WEBHOOK_OK) return s;
    webhook_hmac_update(&c, msg);
    return webhook_hmac_final(&c, mac);
}

/* ==== >>text (implementation) ==== */

static const char whi_hex_digits[] = "0123456789abcdef";

/* whi_in -- all ones where lo <= c <= hi, else 0; without a branch, for text that may be secret */
static unsigned whi_in(unsigned c, unsigned lo, unsigned hi) {
    return 0u - (((lo - 1u - c) & (c - (hi + 1u))) >> 8 & 1u);
}

void webhook_hex_write(webhook_buf *b, webhook_str bytes) {
    size_t i;
    for (i = 0; i < bytes.len; i++) {
        char two[2];
        two[0] = whi_hex_digits[whi_bytes(bytes)[i] >> 4];
        two[1] = whi_hex_digits[whi_bytes(bytes)[i] & 15];
        webhook_buf_put(b, webhook_str_from(two, 2));
    }
}

/* whi_hex_value -- the value of a hex digit; 16 and more for anything else */
static unsigned whi_hex_value(unsigned c) {
    unsigned v = c - '0';
    if (v < 10) return v;
    v = (c | 0x20) - 'a';
    return v < 6 ? v + 10 : 16;
}

webhook_status webhook_hex_read(webhook_str text, void *out, size_t len) {
    unsigned char *to = (unsigned char *)out;
    const unsigned char *from = whi_bytes(text);
    size_t i = 0;
    if (out == NULL && len > 0) return WEBHOOK_ERR_ARGUMENT;
    if (text.len % 2 == 0 && text.len / 2 == len) {
        for (; i < len; i++, from += 2) {
            unsigned high = whi_hex_value(from[0]), low = whi_hex_value(from[1]);
            if ((high | low) > 15) break;
            to[i] = (unsigned char)(high << 4 | low);
        }
        if (i == len) return WEBHOOK_OK;
    }
    whi_zero(out, len);
    return WEBHOOK_ERR_SYNTAX;
}

/* whi_base64_digit -- the character of six bits, without a table */
static char whi_base64_digit(unsigned v) {
    return (char)((whi_in(v, 0, 25) & (v + 'A')) | (whi_in(v, 26, 51) & (v - 26 + 'a')) |
                  (whi_in(v, 52, 61) & (v - 52 + '0')) | (whi_in(v, 62, 62) & '+') |
                  (whi_in(v, 63, 63) & '/'));
}

void webhook_base64_write(webhook_buf *b, webhook_str bytes) {
    const unsigned char *p = whi_bytes(bytes);
    size_t left = bytes.len;
    while (left > 0) {
        unsigned b0 = p[0], b1 = left > 1 ? p[1] : 0, b2 = left > 2 ? p[2] : 0;
        size_t n = left < 3 ? left : 3;
        char four[4];
        four[0] = whi_base64_digit(b0 >> 2);
        four[1] = whi_base64_digit((b0 << 4 | b1 >> 4) & 63);
        four[2] = n > 1 ? whi_base64_digit((b1 << 2 | b2 >> 6) & 63) : '=';
        four[3] = n > 2 ? whi_base64_digit(b2 & 63) : '=';
        webhook_buf_put(b, webhook_str_from(four, 4));
        p += n;
        left -= n;
    }
}

/* whi_base64_value -- the six bits of a character and 1; 0 for one outside the alphabet */
static unsigned whi_base64_value(unsigned char c) {
    return (whi_in(c, 'A', 'Z') & (c - 'A' + 1u)) | (whi_in(c, 'a', 'z') & (c - 'a' + 27u)) |
           (whi_in(c, '0', '9') & (c - '0' + 53u)) | (whi_in(c, '+', '+') & 63u) |
           (whi_in(c, '/', '/') & 64u);
}

webhook_status webhook_base64_read(webhook_str text, void *out, size_t cap, size_t *len) {
    unsigned char *to = (unsigned char *)out;
    const unsigned char *from = whi_bytes(text);
    size_t i, n, padding = 0;
    unsigned bad = 0, held = 0;
    if (len == NULL) return WEBHOOK_ERR_ARGUMENT;
    *len = 0;
    if (out == NULL && cap > 0) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(out, cap);
    if (text.len % 4 != 0) return WEBHOOK_ERR_SYNTAX;
    while (padding < 2 && padding < text.len && from[text.len - 1 - padding] == '=') padding++;
    n = text.len / 4 * 3 - padding;
    if (n > cap) return WEBHOOK_ERR_SPACE;
    for (i = 0; i < text.len - padding; i++) {
        unsigned v = whi_base64_value(from[i]) - 1u;
        bad |= v & ~63u;
        held = (held << 6 | (v & 63u)) & 0x3fffu; /* what the last two characters gave, at most */
        if (i % 4 == 1) to[i / 4 * 3] = (unsigned char)(held >> 4);
        if (i % 4 == 2) to[i / 4 * 3 + 1] = (unsigned char)(held >> 2);
        if (i % 4 == 3) to[i / 4 * 3 + 2] = (unsigned char)held;
    }
    if (padding == 1) bad |= held & 3u; /* spare bits: another text would decode to the same */
    if (padding == 2) bad |= held & 15u;
    if (bad != 0) {
        whi_zero(out, cap);
        return WEBHOOK_ERR_SYNTAX;
    }
    *len = n;
    return WEBHOOK_OK;
}

void webhook_decimal_write(webhook_buf *b, uint64_t v) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + (unsigned)(v % 10));
        v /= 10;
    } while (v != 0);
    webhook_buf_put(b, webhook_str_from(digits + at, sizeof digits - at));
}

webhook_status webhook_decimal_read(webhook_str text, uint64_t *v) {
    uint64_t value = 0;
    size_t i;
    int fits = 1;
    if (v == NULL) return WEBHOOK_ERR_ARGUMENT;
    *v = 0;
    if (text.len == 0) return WEBHOOK_ERR_SYNTAX;
    for (i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return WEBHOOK_ERR_SYNTAX;
        if (fits) fits = whi_times_ten(&value, (unsigned)(text.ptr[i] - '0'));
    }
    if (!fits) return WEBHOOK_ERR_RANGE;
    *v = value;
    return WEBHOOK_OK;
}

/* ---- >>text: calendar ---- */

typedef struct whi_date {
    uint32_t year, month, day, hour, minute, second;
} whi_date;

static const char whi_months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char whi_weekdays[] = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday";

#define WHI_YEAR_MIN 1970u
#define WHI_YEAR_MAX 9999u
#define WHI_SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define WHI_DAY_S 86400u

/* whi_days -- days since 1970-01-01. Years begin in March here, so that the leap day is the last
 * and the months before it follow one formula; 719468 days lie between 0000-03-01 and 1970. */
static uint32_t whi_days(const whi_date *d) {
    uint32_t y = d->year - (d->month <= 2 ? 1 : 0);
    uint32_t m = d->month <= 2 ? d->month + 9 : d->month - 3;
    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d->day - 1 - 719468;
}

/* whi_date_of -- the date and time of a second in 0…WHI_SECONDS_MAX */
static void whi_date_of(int64_t unix_s, whi_date *d) {
    uint32_t days = (uint32_t)(unix_s / WHI_DAY_S), s = (uint32_t)(unix_s % WHI_DAY_S);
    uint32_t z = days + 719468, era = z / 146097, of_era = z % 146097;
    uint32_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    d->day = of_year - (153 * m + 2) / 5 + 1;
    d->month = m < 10 ? m + 3 : m - 9;
    d->year = y + era * 400 + (d->month <= 2 ? 1 : 0);
    d->hour = s / 3600;
    d->minute = s / 60 % 60;
    d->second = s % 60;
}

static uint32_t whi_month_days(uint32_t year, uint32_t month) {
    if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* whi_date_seconds -- the second of a date; no such day or time is WEBHOOK_ERR_RANGE */
static webhook_status whi_date_seconds(const whi_date *d, uint32_t second_max, int64_t *unix_s) {
    if (d->year < WHI_YEAR_MIN || d->year > WHI_YEAR_MAX || d->month < 1 || d->month > 12 ||
        d->day < 1 || d->day > whi_month_days(d->year, d->month) || d->hour > 23 ||
        d->minute > 59 || d->second > second_max)
        return WEBHOOK_ERR_RANGE;
    *unix_s = (int64_t)whi_days(d) * WHI_DAY_S + d->hour * 3600 + d->minute * 60 + d->second;
    return *unix_s > WHI_SECONDS_MAX ? WEBHOOK_ERR_RANGE : WEBHOOK_OK; /* by a 60th second */
}

/* whi_put_digits -- v in n digits, at most 4 */
static void whi_put_digits(webhook_buf *b, uint32_t v, unsigned n) {
    char digits[4];
    unsigned i;
    for (i = n; i > 0; i--, v /= 10) digits[i - 1] = (char)('0' + v % 10);
    webhook_buf_put(b, webhook_str_from(digits, n));
}

static void whi_put_time(webhook_buf *b, const whi_date *d) {
    whi_put_digits(b, d->hour, 2);
    whi_put_char(b, ':');
    whi_put_digits(b, d->minute, 2);
    whi_put_char(b, ':');
    whi_put_digits(b, d->second, 2);
}

/* whi_take, whi_take_digits, … -- take something off the front of *in: 1, or 0: not there */
static int whi_take(webhook_str *in, webhook_str what) {
    if (in->len < what.len || !webhook_str_eq(webhook_str_from(in->ptr, what.len), what)) return 0;
    *in = whi_skip(*in, what.len);
    return 1;
}

static int whi_take_digits(webhook_str *in, unsigned n, uint32_t *v) {
    unsigned i;
    if (in->len < n) return 0;
    *v = 0;
    for (i = 0; i < n; i++) {
        if (in->ptr[i] < '0' || in->ptr[i] > '9') return 0;
        *v = *v * 10 + (uint32_t)(in->ptr[i] - '0');
    }
    *in = whi_skip(*in, n);
    return 1;
}

static int whi_take_time(webhook_str *in, whi_date *d) {
    return whi_take_digits(in, 2, &d->hour) && whi_take(in, WHI_STR(":")) &&
           whi_take_digits(in, 2, &d->minute) && whi_take(in, WHI_STR(":")) &&
           whi_take_digits(in, 2, &d->second);
}

static int whi_take_month(webhook_str *in, uint32_t *month) {
    for (*month = 1; *month <= 12; ++*month)
        if (whi_take(in, webhook_str_from(whi_months + 3 * (*month - 1), 3))) return 1;
    return 0;
}

/* whi_take_weekday -- a name of three letters, or a whole one: *full is then 1 */
static int whi_take_weekday(webhook_str *in, int *full) {
    webhook_str names = webhook_str_from(whi_weekdays, sizeof whi_weekdays - 1), name;
    while (webhook_str_cut(&names, ' ', &name) == WEBHOOK_OK) {
        *full = whi_take(in, name);
        if (*full || whi_take(in, webhook_str_from(name.ptr, 3))) return 1;
    }
    return 0;
}

void webhook_iso_write(webhook_buf *b, int64_t unix_ms) {
    whi_date d;
    if (unix_ms < 0 || unix_ms / 1000 > WHI_SECONDS_MAX) {
        webhook_buf_fail(b, WEBHOOK_ERR_RANGE);
        return;
    }
    whi_date_of(unix_ms / 1000, &d);
    whi_put_digits(b, d.year, 4);
    whi_put_char(b, '-');
    whi_put_digits(b, d.month, 2);
    whi_put_char(b, '-');
    whi_put_digits(b, d.day, 2);
    whi_put_char(b, 'T');
    whi_put_time(b, &d);
    whi_put_char(b, '.');
    whi_put_digits(b, (uint32_t)(unix_ms % 1000), 3);
    whi_put_char(b, 'Z');
}

webhook_status webhook_iso_read(webhook_str text, int64_t *unix_ms) {
    whi_date d;
    uint32_t ms = 0, digits = 0, one;
    int64_t unix_s;
    webhook_status s;
    if (unix_ms == NULL) return WEBHOOK_ERR_ARGUMENT;
    *unix_ms = 0;
    if (!whi_take_digits(&text, 4, &d.year) || !whi_take(&text, WHI_STR("-")) ||
        !whi_take_digits(&text, 2, &d.month) || !whi_take(&text, WHI_STR("-")) ||
        !whi_take_digits(&text, 2, &d.day) || !whi_take(&text, WHI_STR("T")) ||
        !whi_take_time(&text, &d))
        return WEBHOOK_ERR_SYNTAX;
    if (whi_take(&text, WHI_STR("."))) {
        for (; digits < 9 && whi_take_digits(&text, 1, &one); digits++)
            if (digits < 3) ms = ms * 10 + one;
        if (digits == 0) return WEBHOOK_ERR_SYNTAX;
        for (; digits < 3; digits++) ms *= 10;
    }
    if (!whi_take(&text, WHI_STR("Z")) || text.len != 0) return WEBHOOK_ERR_SYNTAX;
    s = whi_date_seconds(&d, 59, &unix_s);
    if (s == WEBHOOK_OK) *unix_ms = unix_s * 1000 + ms;
    return s;
}

void webhook_http_date_write(webhook_buf *b, int64_t unix_s) {
    webhook_str names = webhook_str_from(whi_weekdays, sizeof whi_weekdays - 1), name;
    uint32_t i, weekday;
    whi_date d;
    if (unix_s < 0 || unix_s > WHI_SECONDS_MAX) {
        webhook_buf_fail(b, WEBHOOK_ERR_RANGE);
        return;
    }
    whi_date_of(unix_s, &d);
    weekday = (whi_days(&d) + 4) % 7; /* 1970 began on a Thursday */
    for (i = 0; i <= weekday; i++) (void)webhook_str_cut(&names, ' ', &name);
    webhook_buf_put(b, webhook_str_from(name.ptr, 3));
    webhook_buf_put(b, WHI_STR(", "));
    whi_put_digits(b, d.day, 2);
    whi_put_char(b, ' ');
    webhook_buf_put(b, webhook_str_from(whi_months + 3 * (d.month - 1), 3));
    whi_put_char(b, ' ');
    whi_put_digits(b, d.year, 4);
    whi_put_char(b, ' ');
    whi_put_time(b, &d);
    webhook_buf_put(b, WHI_STR(" GMT"));
}

/* whi_date_before -- does a come before b within the year? */
static int whi_date_before(const whi_date *a, const whi_date *b) {
    uint32_t x = (a->month * 32 + a->day) * WHI_DAY_S, y = (b->month * 32 + b->day) * WHI_DAY_S;
    return x + a->hour * 3600 + a->minute * 60 + a->second <
           y + b->hour * 3600 + b->minute * 60 + b->second;
}

/* whi_date_century -- complete a year of two digits: the latest that is at most 50 years ahead */
static void whi_date_century(whi_date *d, int64_t now_s) {
    whi_date now;
    uint32_t limit;
    if (now_s < 0) now_s = 0;
    if (now_s > WHI_SECONDS_MAX) now_s = WHI_SECONDS_MAX;
    whi_date_of(now_s, &now);
    limit = now.year + 50;
    d->year += (limit - d->year) / 100 * 100;
    if (d->year == limit && whi_date_before(&now, d)) d->year -= 100;
}

webhook_status webhook_http_date_read(webhook_str text, int64_t now_s, int64_t *unix_s) {
    whi_date d;
    int64_t value;
    webhook_status s;
    int full, ok;
    if (unix_s == NULL) return WEBHOOK_ERR_ARGUMENT;
    *unix_s = 0;
    if (!whi_take_weekday(&text, &full)) return WEBHOOK_ERR_SYNTAX;
    if (full) { /* RFC 850: Sunday, 06-Nov-94 08:49:37 GMT */
        ok = whi_take(&text, WHI_STR(", ")) && whi_take_digits(&text, 2, &d.day) &&
             whi_take(&text, WHI_STR("-")) && whi_take_month(&text, &d.month) &&
             whi_take(&text, WHI_STR("-")) && whi_take_digits(&text, 2, &d.year) &&
             whi_take(&text, WHI_STR(" ")) && whi_take_time(&text, &d) &&
             whi_take(&text, WHI_STR(" GMT"));
        if (ok) whi_date_century(&d, now_s);
    } else if (whi_take(&text, WHI_STR(", "))) { /* Sun, 06 Nov 1994 08:49:37 GMT */
        ok = whi_take_digits(&text, 2, &d.day) && whi_take(&text, WHI_STR(" ")) &&
             whi_take_month(&text, &d.month) && whi_take(&text, WHI_STR(" ")) &&
             whi_take_digits(&text, 4, &d.year) && whi_take(&text, WHI_STR(" ")) &&
             whi_take_time(&text, &d) && whi_take(&text, WHI_STR(" GMT"));
    } else { /* asctime: Sun Nov  6 08:49:37 1994 */
        ok = whi_take(&text, WHI_STR(" ")) && whi_take_month(&text, &d.month) &&
             whi_take(&text, WHI_STR(" ")) &&
             (whi_take(&text, WHI_STR(" ")) ? whi_take_digits(&text, 1, &d.day)
                                            : whi_take_digits(&text, 2, &d.day)) &&
             whi_take(&text, WHI_STR(" ")) && whi_take_time(&text, &d) &&
             whi_take(&text, WHI_STR(" ")) && whi_take_digits(&text, 4, &d.year);
    }
    if (!ok || text.len != 0) return WEBHOOK_ERR_SYNTAX;
    s = whi_date_seconds(&d, 60, &value);
    if (s == WEBHOOK_OK) *unix_s = value;
    return s;
}

/* ==== >>event (implementation) ==== */

#define WHI_SEGMENTS_MAX 16

/* whi_name_check -- the rules that names and patterns share; only patterns may have stars */
static webhook_status whi_name_check(webhook_str name, int stars, size_t *offset) {
    size_t i, start = 0;
    unsigned segments = 1;
    webhook_status fault = WEBHOOK_ERR_SYNTAX;
    for (i = 0;; i++) {
        unsigned char c = i < name.len ? whi_bytes(name)[i] : (unsigned char)'.';
        if (c == '.') {
            if (i == start) break; /* an empty segment */
            if (i >= name.len) {
                fault = name.len > WEBHOOK_EVENT_MAX ? WEBHOOK_ERR_LIMIT : WEBHOOK_OK;
                i = WEBHOOK_EVENT_MAX;
                break;
            }
            start = i + 1;
            if (++segments > WHI_SEGMENTS_MAX) {
                fault = WEBHOOK_ERR_LIMIT;
                i = start;
                break;
            }
        } else if (c == '*') {
            int alone = i == start && (i + 1 == name.len || name.ptr[i + 1] == '.');
            if (!stars || !alone) break;
        } else if (c <= 0x20 || c >= 0x7f || c == ',' || c == '"' || c == '\\') {
            break;
        }
    }
    if (fault != WEBHOOK_OK) whi_at(offset, i);
    return fault;
}

webhook_status webhook_event_check(webhook_str event, size_t *offset) {
    return whi_name_check(event, 0, offset);
}

webhook_status webhook_pattern_check(webhook_str pattern, size_t *offset) {
    return whi_name_check(pattern, 1, offset);
}

/* whi_segment_end -- the first dot at or behind i, or the length */
static size_t whi_segment_end(webhook_str name, size_t i) {
    while (i < name.len && name.ptr[i] != '.') i++;
    return i;
}

webhook_status webhook_event_match(webhook_str pattern, webhook_str event) {
    size_t p = 0, e = 0;
    unsigned segments = 0;
    if (pattern.len == 0) return WEBHOOK_NO_MATCH;
    for (;;) { /* one segment of both a turn */
        if (p < pattern.len && pattern.ptr[p] == '*') {
            p++;
            e = whi_segment_end(event, e);
        } else {
            while (p < pattern.len && e < event.len && pattern.ptr[p] == event.ptr[e] &&
                   event.ptr[e] != '.') {
                p++;
                e++;
            }
        }
        if (p < pattern.len && pattern.ptr[p] != '.') return WEBHOOK_NO_MATCH;
        if (e < event.len && event.ptr[e] != '.') return WEBHOOK_NO_MATCH;
        segments++;
        if (p == pattern.len) break;
        if (e == event.len) return WEBHOOK_NO_MATCH;
        p++;
        e++;
    }
    if (e == event.len || segments % 2 == 0) return WEBHOOK_OK;
    /* An odd end in the middle is one only where nothing but an attribute follows. */
    return whi_segment_end(event, e + 1) == event.len ? WEBHOOK_OK : WEBHOOK_NO_MATCH;
}

webhook_status webhook_expand_init(webhook_expand_ctx *c, webhook_str event) {
    webhook_status s;
    size_t i;
    whi_zero(c, sizeof *c);
    s = webhook_event_check(event, NULL);
    if (s != WEBHOOK_OK) return s;
    c->event = event;
    c->segments = 1;
    for (i = 0; i < event.len; i++)
        if (event.ptr[i] == '.') c->segments++;
    c->prefix = c->segments;
    return WEBHOOK_OK;
}

webhook_status webhook_expand_next(webhook_expand_ctx *c, webhook_buf *out) {
    unsigned i, ids = c->prefix / 2u, even = c->segments % 2 == 0;
    size_t at = 0, end;
    if (c->prefix == 0) return WEBHOOK_END;
    if (even && c->prefix == c->segments) ids--; /* the last one is an attribute */
    for (i = 1; i <= c->prefix; i++, at = end + 1) {
        end = whi_segment_end(c->event, at);
        if (i > 1) whi_put_char(out, '.');
        if (i % 2 == 0 && i / 2 <= ids && (c->stars >> (ids - i / 2) & 1) != 0)
            whi_put_char(out, '*');
        else
            webhook_buf_put(out, webhook_str_from(c->event.ptr + at, end - at));
    }
    c->stars++;
    if (c->stars >> ids != 0) { /* all combinations of this length: on to the next end */
        c->stars = 0;
        do c->prefix--;
        while (c->prefix % 2 != 0 && !(even && c->prefix + 1 == c->segments));
    }
    return WEBHOOK_OK;
}

void webhook_event_header_write(webhook_buf *b, webhook_str event, int concrete_only) {
    webhook_expand_ctx c;
    webhook_buf count = WEBHOOK_ZERO;
    unsigned names = 0;
    webhook_status s = webhook_expand_init(&c, event);
    if (s != WEBHOOK_OK) {
        webhook_buf_fail(b, s);
        return;
    }
    while (!concrete_only && names <= WEBHOOK_EVENT_HEADER_NAMES &&
           webhook_expand_next(&c, &count) == WEBHOOK_OK)
        names++;
    if (concrete_only || names > WEBHOOK_EVENT_HEADER_NAMES ||
        count.total + names - 1 > WEBHOOK_EVENT_HEADER_MAX) {
        webhook_buf_put(b, event);
        return;
    }
    s = webhook_expand_init(&c, event);
    for (; names > 0; names--) {
        s = webhook_expand_next(&c, b);
        if (names > 1) whi_put_char(b, ',');
    }
    webhook_buf_fail(b, s);
}

#undef WHI_YEAR_MIN
#undef WHI_YEAR_MAX
#undef WHI_SECONDS_MAX
#undef WHI_DAY_S
#undef WHI_SEGMENTS_MAX
/* ==== >>json (implementation) ==== */

/* ---- >>json: numbers ---- */

/* A number token as digits and exponent: value = digits * 10^exponent, no zeros at the ends. */
typedef struct whi_decimal {
    uint64_t digits; /* the first 19 significant ones, trailing zeros gone where there were fewer */
    int64_t exponent;       /* of the last of these */
    unsigned n;             /* how many; 0 for zero */
    uint8_t negative, more; /* more: digits other than 0 follow */
} whi_decimal;

#define WHI_DIGITS_MAX 19 /* what fits 64 bits */
#define WHI_EXPONENT_MAX \
    INT64_C(1000000000000000) /* beyond any text's length: nothing can overflow */
#define WHI_BITS_INFINITY (UINT64_C(0x7ff) << 52)
#define WHI_BITS_SIGN (UINT64_C(1) << 63)
#define WHI_NUMBER_MAX 32 /* bytes of the longest number as ECMAScript prints it, and some */

static size_t whi_digits_end(webhook_str s, size_t i) {
    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9') i++;
    return i;
}

/* whi_number_end -- the first byte behind a number that begins at i, or where it goes wrong: then
 * *ok is 0 */
static size_t whi_number_end(webhook_str s, size_t i, int *ok) {
    size_t start;
    *ok = 0;
    if (i < s.len && s.ptr[i] == '-') i++;
    start = i;
    i = whi_digits_end(s, i);
    if (i == start) return i;
    if (s.ptr[start] == '0' && i > start + 1) return start + 1; /* a leading zero */
    if (i < s.len && s.ptr[i] == '.') {
        start = i + 1;
        i = whi_digits_end(s, start);
        if (i == start) return i;
    }
    if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        i++;
        if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-')) i++;
        start = i;
        i = whi_digits_end(s, start);
        if (i == start) return i;
    }
    *ok = 1;
    return i;
}

/* whi_exponent_read -- the text behind the e of a valid number */
static int64_t whi_exponent_read(webhook_str s) {
    int negative = s.len > 0 && s.ptr[0] == '-';
    int64_t v = 0;
    size_t i = s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+') ? 1 : 0;
    for (; i < s.len && v < WHI_EXPONENT_MAX; i++) v = v * 10 + (s.ptr[i] - '0');
    return negative ? -v : v;
}

/* whi_decimal_read -- take a valid number apart */
static whi_decimal whi_decimal_read(webhook_str s) {
    whi_decimal d = WEBHOOK_ZERO;
    size_t i = 0;
    int fraction = 0;
    if (s.len > 0 && s.ptr[0] == '-') {
        d.negative = 1;
        i = 1;
    }
    for (; i < s.len && s.ptr[i] != 'e' && s.ptr[i] != 'E'; i++) {
        if (s.ptr[i] == '.') {
            fraction = 1;
        } else if (d.n < WHI_DIGITS_MAX) {
            d.digits = d.digits * 10 + (unsigned)(s.ptr[i] - '0');
            if (d.digits != 0) d.n++;
            d.exponent -= fraction;
        } else {
            d.more = (uint8_t)(d.more | (s.ptr[i] != '0'));
            d.exponent += !fraction;
        }
    }
    if (i < s.len) d.exponent += whi_exponent_read(whi_skip(s, i + 1));
    while (d.n > 0 && d.digits % 10 == 0 && !d.more) {
        d.digits /= 10;
        d.exponent++;
        d.n--;
    }
    return d;
}

typedef struct whi_u128 {
    uint64_t high, low;
} whi_u128;

static whi_u128 whi_mul64(uint64_t a, uint64_t b) {
    whi_u128 r;
#if defined(__SIZEOF_INT128__) && !defined(WEBHOOK_SMALL)
    __extension__ typedef unsigned __int128 whi_wide;
    whi_wide p = (whi_wide)a * b;
    r.high = (uint64_t)(p >> 64);
    r.low = (uint64_t)p;
#else
    uint64_t a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
    uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32), cross = a0 * b1 + (mid & 0xffffffff);
    r.high = a1 * b1 + (mid >> 32) + (cross >> 32);
    r.low = cross << 32 | (low & 0xffffffff);
#endif
    return r;
}

static uint64_t whi_rom_u64(const uint64_t *entry) {
#ifdef __AVR__
    uint64_t v;
    whi_rom_copy(&v, entry, sizeof v);
    return v;
#else
    return *entry;
#endif
}

static unsigned whi_leading_zeros(uint64_t v) { /* v > 0 */
#if defined(__GNUC__) && !defined(WEBHOOK_SMALL)
    return (unsigned)__builtin_clzll(v);
#else
    unsigned n = 0;
    for (; v >> 63 == 0; v <<= 1) n++;
    return n;
#endif
}

#define WHI_POWER_MIN (-342)
#define WHI_POWER_MAX 324
#define WHI_POWER_STEP 28

/* Each 28th power of ten, 10^-364 to 10^308, normalised to 192 bits and cut. Times 5^0…27 they
 * give all powers between, cut to 128 bits without an error (compared with big integers). */
static const uint64_t whi_powers_of_10[25][3] WHI_ROM = {
    { UINT64_C(0xe1afa13afbd14d6d), UINT64_C(0x82189c09a3a1ec21), UINT64_C(0x7a43516213c7e04c) },
    { UINT64_C(0xe3e27a444d8d98b7), UINT64_C(0xfd1b1b2308169b25), UINT64_C(0x363b1f2c568dc3e2) },
    { UINT64_C(0xe61acf033d1a45df), UINT64_C(0x6fb92487298e33bd), UINT64_C(0xadd7728c20b99bd1) },
    { UINT64_C(0xe858ad248f5c22c9), UINT64_C(0xd1b3400f8f9cff68), UINT64_C(0xf910f9f648232f14) },
    { UINT64_C(0xea9c227723ee8bcb), UINT64_C(0x465e15a979c1cadc), UINT64_C(0x0a0ce827eac11f2d) },
    { UINT64_C(0xece53cec4a314ebd), UINT64_C(0xa4f8bf5635246428), UINT64_C(0x4609ac5c7899ca36) },
    { UINT64_C(0xef340a98172aace4), UINT64_C(0x86fb897116c87c34), UINT64_C(0x9c39c1da4c49278d) },
    { UINT64_C(0xf18899b1bc3f8ca1), UINT64_C(0xdc44e6c3cb279ac1), UINT64_C(0xf80f36174730ca34) },
    { UINT64_C(0xf3e2f893dec3f126), UINT64_C(0x5a89dba3c3efccfa), UINT64_C(0xd8ecb58659be9c90) },
    { UINT64_C(0xf64335bcf065d37d), UINT64_C(0x4d4617b5ff4a16d5), UINT64_C(0xaa09501d5954a559) },
    { UINT64_C(0xf8a95fcf88747d94), UINT64_C(0x75a44c6397ce912a), UINT64_C(0x33cca6c06b07b74d) },
    { UINT64_C(0xfb158592be068d2e), UINT64_C(0xeed6e2f0f0d56712), UINT64_C(0xac2e4f162cfad40a) },
    { UINT64_C(0xfd87b5f28300ca0d), UINT64_C(0x8bca9d6e188853fc), UINT64_C(0x76dcb60081ce0fa5) },
    { UINT64_C(0x8000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000) },
    { UINT64_C(0x813f3978f8940984), UINT64_C(0x4000000000000000), UINT64_C(0x0000000000000000) },
    { UINT64_C(0x82818f1281ed449f), UINT64_C(0xbff8f10e7a8921a4), UINT64_C(0x2000000000000000) },
    { UINT64_C(0x83c7088e1aab65db), UINT64_C(0x792667c6da79e0fa), UINT64_C(0x0861d3ee22d1cc53) },
    { UINT64_C(0x850fadc09923329e), UINT64_C(0x03e2cf6bc604ddb0), UINT64_C(0x74a7ef0198791097) },
    { UINT64_C(0x865b86925b9bc5c2), UINT64_C(0x0b8a2392ba45a9b2), UINT64_C(0x5c6658d409fb8bf7) },
    { UINT64_C(0x87aa9aff79042286), UINT64_C(0x90fb44d2f05d0842), UINT64_C(0xfb118fc9c217a1d2) },
    { UINT64_C(0x88fcf317f22241e2), UINT64_C(0x441fece3bdf81f03), UINT64_C(0x12f274928400100d) },
    { UINT64_C(0x8a5296ffe33cc92f), UINT64_C(0x82bd6b70d99aaa6f), UINT64_C(0xbc10c5c5cda97c8d) },
    { UINT64_C(0x8bab8eefb6409c1a), UINT64_C(0x1ad089b6c2f7548e), UINT64_C(0x25c7b885ba466e37) },
    { UINT64_C(0x8d07e33455637eb2), UINT64_C(0xdb0b487b6423e1e8), UINT64_C(0x7ec63730f500b406) },
    { UINT64_C(0x8e679c2f5e44ff8f), UINT64_C(0x570f09eaa7ea7648), UINT64_C(0x5961db50c6d2b886) },
};

static const uint64_t whi_powers_of_5[28] WHI_ROM = {
    UINT64_C(1),
    UINT64_C(5),
    UINT64_C(25),
    UINT64_C(125),
    UINT64_C(625),
    UINT64_C(3125),
    UINT64_C(15625),
    UINT64_C(78125),
    UINT64_C(390625),
    UINT64_C(1953125),
    UINT64_C(9765625),
    UINT64_C(48828125),
    UINT64_C(244140625),
    UINT64_C(1220703125),
    UINT64_C(6103515625),
    UINT64_C(30517578125),
    UINT64_C(152587890625),
    UINT64_C(762939453125),
    UINT64_C(3814697265625),
    UINT64_C(19073486328125),
    UINT64_C(95367431640625),
    UINT64_C(476837158203125),
    UINT64_C(2384185791015625),
    UINT64_C(11920928955078125),
    UINT64_C(59604644775390625),
    UINT64_C(298023223876953125),
    UINT64_C(1490116119384765625),
    UINT64_C(7450580596923828125),
};

/* whi_power_of_10 -- 10^q for q in WHI_POWER_MIN…MAX as t * 2^e with 2^127 <= t < 2^128, t cut */
static whi_u128 whi_power_of_10(int q) {
    unsigned i = (unsigned)(q + 13 * WHI_POWER_STEP), rest = i % WHI_POWER_STEP, shift;
    const uint64_t *row = whi_powers_of_10[i / WHI_POWER_STEP];
    uint64_t five = whi_rom_u64(whi_powers_of_5 + rest), w3, w2, w1;
    whi_u128 a = whi_mul64(whi_rom_u64(row), five), b = whi_mul64(whi_rom_u64(row + 1), five), t;
    whi_u128 c = whi_mul64(whi_rom_u64(row + 2), five);
    w1 = b.low + c.high;
    w2 = a.low + b.high + (w1 < b.low);
    w3 = a.high + (w2 < a.low || (w2 == a.low && w1 < b.low));
    if (w3 == 0) { /* 5^0: the base as it is */
        t.high = w2;
        t.low = w1;
        return t;
    }
    shift = whi_leading_zeros(w3);
    t.high = shift == 0 ? w3 : w3 << shift | w2 >> (64 - shift);
    t.low = shift == 0 ? w2 : w2 << shift | w1 >> (64 - shift);
    return t;
}

/* whi_log2_of_10 -- floor(log2(10^q)), for q as above */
static int whi_log2_of_10(int q) {
    int32_t p = (int32_t)q * INT32_C(217706);
    return (int)(p >= 0 ? p >> 16 : -((-p + INT32_C(65535)) >> 16));
}

/* whi_bits_round -- the nearest double of w * 10^q: the method of Lemire ("Number Parsing at a
 * Gigabyte per Second", 2021), with the proof of Mushtak and Lemire (2022) that 128 bits of the
 * power always suffice. Infinity where it overflows. */
static uint64_t whi_bits_round(uint64_t w, int64_t exponent) {
    unsigned zeros, upper;
    whi_u128 power, p;
    uint64_t m;
    int q, e;
    if (w == 0 || exponent < WHI_POWER_MIN) return 0;
    if (exponent > 308) return WHI_BITS_INFINITY;
    q = (int)exponent;
    zeros = whi_leading_zeros(w);
    w <<= zeros;
    power = whi_power_of_10(q);
    if (q < 0) { /* the method wants inverses rounded up */
        power.low++;
        power.high += power.low == 0;
    }
    p = whi_mul64(w, power.high);
    if ((p.high & 0x1ff) == 0x1ff) { /* the low half may carry into the bits that are kept */
        uint64_t more = whi_mul64(w, power.low).high;
        p.low += more;
        p.high += p.low < more;
    }
    upper = (unsigned)(p.high >> 63);
    m = p.high >> (upper + 9);
    e = whi_log2_of_10(q) + 63 + (int)upper - (int)zeros + 1023;
    if (e <= 0) { /* subnormal: fewer bits are kept */
        if (e <= -63) return 0;
        m >>= 1 - e;
        m = (m + (m & 1)) >> 1;
        return m; /* a carry into bit 52 makes it the smallest normal one, as it should */
    }
    /* exactly halfway: only where the product was exact, which small powers alone can be */
    if (p.low <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << (upper + 9) == p.high)
        m &= ~UINT64_C(1);
    m = (m + (m & 1)) >> 1;
    if (m >> 53 != 0) {
        m >>= 1;
        e++;
    }
    if (e >= 0x7ff) return WHI_BITS_INFINITY;
    return (uint64_t)e << 52 | (m & ((UINT64_C(1) << 52) - 1));
}

/* whi_big -- an unsigned integer of up to 2,880 bits, for what 64 bits cannot decide */
#define WHI_BIG_WORDS 90
typedef struct whi_big {
    uint32_t word[WHI_BIG_WORDS]; /* least significant first */
    unsigned n;
} whi_big;

static void whi_big_mul_add(whi_big *b, uint32_t mul, uint32_t add) {
    uint64_t carry = add;
    unsigned i;
    for (i = 0; i < b->n; i++) {
        carry += (uint64_t)b->word[i] * mul;
        b->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0 && b->n < WHI_BIG_WORDS) b->word[b->n++] = (uint32_t)carry;
}

static void whi_big_mul_power_of_5(whi_big *b, unsigned exponent) {
    for (; exponent >= 13; exponent -= 13) whi_big_mul_add(b, UINT32_C(1220703125), 0);
    for (; exponent > 0; exponent--) whi_big_mul_add(b, 5, 0);
}

static void whi_big_shift(whi_big *b, unsigned bits) {
    unsigned words = bits / 32, i;
    whi_big_mul_add(b, UINT32_C(1) << (bits % 32), 0);
    if (b->n == 0 || words > WHI_BIG_WORDS - b->n) return;
    for (i = b->n; i > 0; i--) b->word[i - 1 + words] = b->word[i - 1];
    for (i = 0; i < words; i++) b->word[i] = 0;
    b->n += words;
}

static int whi_big_compare(const whi_big *a, const whi_big *b) {
    unsigned i;
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (i = a->n; i > 0; i--)
        if (a->word[i - 1] != b->word[i - 1]) return a->word[i - 1] < b->word[i - 1] ? -1 : 1;
    return 0;
}

/* whi_big_digits -- the significant digits of a number, the first 770 (a 1 stands for all behind
 * them, if one is not 0); *exponent becomes that of the last one used */
static void whi_big_digits(whi_big *b, webhook_str s, int64_t *exponent) {
    unsigned used = 0;
    int fraction = 0, more = 0;
    size_t i;
    b->n = 0;
    *exponent = 0;
    for (i = 0; i < s.len && s.ptr[i] != 'e' && s.ptr[i] != 'E'; i++) {
        uint32_t digit = (uint32_t)(s.ptr[i] - '0');
        if (s.ptr[i] == '.') fraction = 1;
        if (s.ptr[i] == '.' || s.ptr[i] == '-') continue;
        if (used < 770) {
            whi_big_mul_add(b, 10, digit);
            if (b->n > 0) used++;
            *exponent -= fraction;
        } else {
            more |= digit != 0;
            *exponent += !fraction;
        }
    }
    if (more) {
        whi_big_mul_add(b, 10, 1);
        --*exponent;
    }
    if (i < s.len) *exponent += whi_exponent_read(whi_skip(s, i + 1));
}

/* whi_bits_decide -- is the number nearer to the double behind low? low, low + 1 enclose it, and
 * they agree on all but this. Compares with the middle, both sides made integers. */
static uint64_t whi_bits_decide(webhook_str s, uint64_t low) {
    uint64_t field = low >> 52, m = low & ((UINT64_C(1) << 52) - 1);
    int e = (field == 0 ? 1 : (int)field) - 1075 - 1, order; /* of the middle's last bit */
    int64_t exponent;
    whi_big number, middle;
    if (field != 0) m |= UINT64_C(1) << 52;
    whi_big_digits(&number, s, &exponent);
    m = 2 * m + 1;
    middle.word[0] = (uint32_t)m;
    middle.word[1] = (uint32_t)(m >> 32);
    middle.n = m >> 32 == 0 ? 1 : 2;
    if (exponent >= 0)
        whi_big_mul_power_of_5(&number, (unsigned)exponent);
    else
        whi_big_mul_power_of_5(&middle, (unsigned)-exponent);
    e -= (int)exponent; /* number * 2^exponent against middle * 2^e */
    if (e >= 0)
        whi_big_shift(&middle, (unsigned)e);
    else
        whi_big_shift(&number, (unsigned)-e);
    order = whi_big_compare(&number, &middle);
    return low + (order > 0 || (order == 0 && (low & 1) != 0) ? 1 : 0);
}

/* whi_bits_of -- the bits of a valid number; infinity where it overflows */
static uint64_t whi_bits_of(webhook_str s, const whi_decimal *d) {
    uint64_t bits = whi_bits_round(d->digits, d->exponent);
    if (d->more && bits != whi_bits_round(d->digits + 1, d->exponent))
        bits = whi_bits_decide(s, bits);
    return d->negative ? bits | WHI_BITS_SIGN : bits;
}

static int whi_bits_finite(uint64_t bits) {
    return (bits & WHI_BITS_INFINITY) != WHI_BITS_INFINITY;
}

webhook_status webhook_binary64_read(webhook_str text, uint64_t *bits) {
    whi_decimal d;
    int ok;
    if (bits == NULL) return WEBHOOK_ERR_ARGUMENT;
    *bits = 0;
    if (whi_number_end(text, 0, &ok) != text.len || !ok) return WEBHOOK_ERR_SYNTAX;
    d = whi_decimal_read(text);
    *bits = whi_bits_of(text, &d);
    if (whi_bits_finite(*bits)) return WEBHOOK_OK;
    *bits = 0;
    return WEBHOOK_ERR_RANGE;
}

/* whi_round_to_odd -- the upper 64 bits of g * x, the last bit 1 where anything lies below */
static uint64_t whi_round_to_odd(whi_u128 g, uint64_t x) {
    whi_u128 low = whi_mul64(g.low, x), high = whi_mul64(g.high, x);
    uint64_t mid = high.low + low.high;
    return (high.high + (mid < low.high)) | (mid > 1);
}

/* whi_shortest -- the shortest decimal that reads back as these bits (finite, not 0, no sign), and
 * of these the nearest: Schubfach (Giulietti, "The Schubfach way to render doubles", 2020). The
 * double and the borders of what rounds to it, times four, are scaled by a power of ten to integers
 * of 17 digits. */
static whi_decimal whi_shortest(uint64_t bits) {
    uint64_t field = bits >> 52, m = bits & ((UINT64_C(1) << 52) - 1), s, tens, left, right, mid;
    unsigned closer = m == 0 && field > 1, odd, down, up; /* a power of two: the left is nearer */
    int q = (field == 0 ? 1 : (int)field) - 1075, k, h;
    whi_decimal d = WEBHOOK_ZERO;
    whi_u128 g;
    if (field != 0) m |= UINT64_C(1) << 52;
    odd = (unsigned)(m & 1);
    k = (int)(((int32_t)q * INT32_C(1262611) - (closer ? INT32_C(524031) : 0)) / INT32_C(4194304));
    if ((int32_t)k * INT32_C(4194304) >
        (int32_t)q * INT32_C(1262611) - (closer ? INT32_C(524031) : 0))
        k--; /* a division that rounds down */
    g = whi_power_of_10(-k);
    if (-k < 0 || -k > 55) { /* was cut: the method wants it rounded up */
        g.low++;
        g.high += g.low == 0;
    }
    h = q + whi_log2_of_10(-k) + 1;
    mid = whi_round_to_odd(g, (4 * m) << h);
    left = whi_round_to_odd(g, (4 * m - 2 + closer) << h) + odd;
    right = whi_round_to_odd(g, (4 * m + 2) << h) - odd;
    s = mid / 4;
    d.exponent = k;
    tens = s / 10 * 10;
    down = s >= 10 && left <= 4 * tens;
    up = s >= 10 && 4 * (tens + 10) <= right;
    if (down != up) {
        d.digits = tens + (up ? 10 : 0);
    } else {
        down = left <= 4 * s;
        up = 4 * (s + 1) <= right;
        if (down == up) up = mid > 4 * s + 2 || (mid == 4 * s + 2 && (s & 1) != 0);
        d.digits = s + up;
    }
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    for (s = d.digits; s > 0; s /= 10) d.n++;
    return d;
}

/* whi_number_layout -- digits as ECMAScript's Number::toString arranges them; the length */
static size_t whi_number_layout(char out[WHI_NUMBER_MAX], const whi_decimal *d) {
    char digit[20];
    int point = (int)d->exponent + (int)d->n, i; /* where the point stands among the digits */
    size_t at = 0;
    uint64_t v = d->digits;
    for (i = (int)d->n; i > 0; i--, v /= 10) digit[i - 1] = (char)('0' + (unsigned)(v % 10));
    if (d->negative) out[at++] = '-';
    if (point > 21 || point <= -6) {
        unsigned e = (unsigned)(point > 0 ? point - 1 : 1 - point), unit = 100;
        out[at++] = digit[0];
        if (d->n > 1) out[at++] = '.';
        for (i = 1; i < (int)d->n; i++) out[at++] = digit[i];
        out[at++] = 'e';
        out[at++] = point > 0 ? '+' : '-';
        while (unit > e && unit > 1) unit /= 10;
        for (; unit > 0; unit /= 10) out[at++] = (char)('0' + e / unit % 10);
        return at;
    }
    if (point <= 0) {
        out[at++] = '0';
        out[at++] = '.';
        for (i = point; i < 0; i++) out[at++] = '0';
    }
    for (i = 0; i < (int)d->n; i++) {
        if (i > 0 && i == point) out[at++] = '.';
        out[at++] = digit[i];
    }
    for (; i < point; i++) out[at++] = '0';
    return at;
}

/* whi_number_print -- finite bits as ECMAScript prints them; the length */
static size_t whi_number_print(char out[WHI_NUMBER_MAX], uint64_t bits) {
    whi_decimal d;
    uint64_t magnitude = bits & ~WHI_BITS_SIGN;
    if (magnitude == 0) {
        out[0] = '0';
        return 1;
    }
    d = whi_shortest(magnitude);
    d.negative = (uint8_t)(bits >> 63);
    return whi_number_layout(out, &d);
}

void webhook_binary64_write(webhook_buf *b, uint64_t bits) {
    char text[WHI_NUMBER_MAX];
    if (!whi_bits_finite(bits))
        webhook_buf_fail(b, WEBHOOK_ERR_RANGE);
    else
        webhook_buf_put(b, webhook_str_from(text, whi_number_print(text, bits)));
}

/* whi_number_normal -- a valid number token as ECMAScript prints its value; the length, 0 where it
 * overflows. Up to 15 digits well inside the range of doubles come back as they are, so that only
 * their layout changes. */
static size_t whi_number_normal(char out[WHI_NUMBER_MAX], webhook_str s) {
    whi_decimal d = whi_decimal_read(s);
    uint64_t bits;
    if (d.n > 0 && d.n <= 15 && !d.more && d.exponent > -300 && d.exponent < 290)
        return whi_number_layout(out, &d);
    bits = whi_bits_of(s, &d);
    return whi_bits_finite(bits) ? whi_number_print(out, bits) : 0;
}

/* whi_number_changed -- was this an integer, and is its normal form another value? */
static int whi_number_changed(webhook_str s, webhook_str normal) {
    size_t i, digits = 0, zeros;
    for (i = 0; i < s.len; i++)
        if (s.ptr[i] == '.' || s.ptr[i] == 'e' || s.ptr[i] == 'E') return 0;
    if (whi_take(&s, WHI_STR("-"))) (void)whi_take(&normal, WHI_STR("-"));
    for (i = 0; i < normal.len && normal.ptr[i] != 'e'; i++) { /* 1.5e+21: 15 and zeros */
        if (normal.ptr[i] == '.') continue;
        if (digits == s.len || s.ptr[digits] != normal.ptr[i]) return 1;
        digits++;
    }
    zeros = i < normal.len ? (size_t)whi_exponent_read(whi_skip(normal, i + 1)) + 1 : digits;
    if (s.len != zeros) return 1;
    for (; digits < s.len; digits++)
        if (s.ptr[digits] != '0') return 1;
    return 0;
}

#if DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024
uint64_t webhook_double_bits(double v) {
    uint64_t bits = 0;
    whi_copy(&bits, &v, sizeof bits);
    return bits;
}

double webhook_double_from_bits(uint64_t bits) {
    double v = 0;
    whi_copy(&v, &bits, sizeof v);
    return v;
}
#endif

/* ---- >>json: UTF-8 ---- */

/* whi_utf8 -- the length of the sequence at p, of left > 0 bytes (Unicode 15, table 3-7)
 * Returns  1…4, 0 where no valid text goes on so, -1 where it may but ends too early */
static int whi_utf8(const unsigned char *p, size_t left) {
    unsigned char low = 0x80, high = 0xbf;
    int n, i;
    if (p[0] < 0x80) return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4) return 0;
    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (p[0] == 0xe0) low = 0xa0;  /* shorter forms exist */
    if (p[0] == 0xed) high = 0x9f; /* surrogates */
    if (p[0] == 0xf0) low = 0x90;
    if (p[0] == 0xf4) high = 0x8f; /* above U+10FFFF */
    for (i = 1; i < n; i++, low = 0x80, high = 0xbf) {
        if ((size_t)i == left) return -1;
        if (p[i] < low || p[i] > high) return 0;
    }
    return n;
}

/* whi_utf8_write -- a code point (a lone surrogate too, for comparing) as bytes; how many */
static size_t whi_utf8_write(char out[4], uint32_t c) {
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;
    for (i = n - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(n == 1 ? c : (0xf00 >> n & 0xff) | c); /* as many ones as bytes, then a zero */
    return n;
}

/* whi_plain_end -- the first byte at or behind i that a string cannot hold as it is, or that begins
 * a sequence: a quote, a backslash, a control character, anything above 127 */
static size_t whi_plain_end(webhook_str s, size_t i) {
    const unsigned char *p = whi_bytes(s);
#ifndef WEBHOOK_SMALL
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    while (s.len - i >= 8) { /* eight at a time; a false alarm only ends the run early */
        uint64_t v = (uint64_t)p[i] | (uint64_t)p[i + 1] << 8 | (uint64_t)p[i + 2] << 16 |
                     (uint64_t)p[i + 3] << 24 | (uint64_t)p[i + 4] << 32 |
                     (uint64_t)p[i + 5] << 40 | (uint64_t)p[i + 6] << 48 | (uint64_t)p[i + 7] << 56;
        uint64_t quote = v ^ (ones * '"'), slash = v ^ (ones * '\\');
        if (((v | (v - ones * 0x20) | (quote - ones) | (slash - ones)) & tops) != 0) break;
        i += 8;
    }
#endif
    while (i < s.len && p[i] >= 0x20 && p[i] < 0x80 && p[i] != '"' && p[i] != '\\') i++;
    return i;
}

/* ---- >>json: reader ---- */

/* states: what may come next */
enum {
    WHI_JSON_VALUE,
    WHI_JSON_FIRST_VALUE, /* or the end of the array */
    WHI_JSON_KEY,
    WHI_JSON_FIRST_KEY, /* or the end of the object */
    WHI_JSON_COLON,
    WHI_JSON_AFTER /* a value: a comma, an end, or nothing at the top */
};

static int whi_json_in_object(uint64_t stack, unsigned depth) {
    return depth > 0 && (stack >> (depth - 1) & 1) != 0;
}

static void whi_json_push(uint64_t *stack, uint8_t *depth, int object) {
    *stack &= ~(UINT64_C(1) << *depth);
    *stack |= (uint64_t)(object != 0) << *depth;
    ++*depth;
}

void webhook_json_init(webhook_json_ctx *c, webhook_str text) {
    whi_zero(c, sizeof *c);
    c->text = text;
    c->depth_max = WEBHOOK_JSON_DEPTH;
}

static webhook_status whi_json_fail(webhook_json_ctx *c, webhook_status error, size_t at) {
    c->status = (int8_t)error;
    c->offset = at;
    return error;
}

/* whi_json_fault -- wrong at this byte, or the text ends there */
static webhook_status whi_json_fault(webhook_json_ctx *c, size_t at) {
    return whi_json_fail(c, at < c->text.len ? WEBHOOK_ERR_SYNTAX : WEBHOOK_ERR_TRUNCATED, at);
}

/* whi_json_escape -- check the escape whose backslash stands at i; *end is the byte behind it */
static webhook_status whi_json_escape(webhook_json_ctx *c, size_t i, size_t *end) {
    webhook_str s = c->text;
    size_t n;
    char e;
    if (i + 1 >= s.len) return whi_json_fail(c, WEBHOOK_ERR_TRUNCATED, s.len);
    e = s.ptr[i + 1];
    *end = i + 2;
    if (e == '"' || e == '\\' || e == '/' || e == 'b' || e == 'f' || e == 'n' || e == 'r' ||
        e == 't')
        return WEBHOOK_OK;
    if (e != 'u') return whi_json_fail(c, WEBHOOK_ERR_SYNTAX, i);
    for (n = 2; n < 6; n++) {
        if (s.len - i == n) return whi_json_fail(c, WEBHOOK_ERR_TRUNCATED, s.len);
        if (whi_hex_value(whi_bytes(s)[i + n]) > 15) return whi_json_fail(c, WEBHOOK_ERR_SYNTAX, i);
    }
    *end = i + 6;
    return WEBHOOK_OK;
}

/* whi_json_string -- the string or key whose opening quote stands at c->offset */
static webhook_status whi_json_string(webhook_json_ctx *c, webhook_json_token *t) {
    size_t i = c->offset + 1;
    t->escaped = 0;
    for (;;) {
        i = whi_plain_end(c->text, i);
        if (i == c->text.len) return whi_json_fail(c, WEBHOOK_ERR_TRUNCATED, i);
        if (c->text.ptr[i] == '"') break;
        if (c->text.ptr[i] == '\\') {
            if (whi_json_escape(c, i, &i) != WEBHOOK_OK) return (webhook_status)c->status;
            t->escaped = 1;
        } else {
            int n = whi_bytes(c->text)[i] < 0x20
                        ? 0
                        : whi_utf8(whi_bytes(c->text) + i, c->text.len - i);
            if (n < 0) return whi_json_fail(c, WEBHOOK_ERR_TRUNCATED, c->text.len);
            if (n == 0) return whi_json_fail(c, WEBHOOK_ERR_SYNTAX, i);
            i += (size_t)n;
        }
    }
    t->text = webhook_str_from(c->text.ptr + c->offset + 1, i - c->offset - 1);
    c->offset = i + 1;
    return WEBHOOK_OK;
}

static webhook_status whi_json_literal(webhook_json_ctx *c, webhook_json_token *t, uint8_t kind,
                                       const char *name) {
    size_t i;
    for (i = 0; name[i] != 0; i++)
        if (c->offset + i == c->text.len || c->text.ptr[c->offset + i] != name[i])
            return whi_json_fault(c, c->offset + i);
    t->kind = kind;
    t->text = webhook_str_from(c->text.ptr + c->offset, i);
    c->offset += i;
    return WEBHOOK_OK;
}

static webhook_status whi_json_number(webhook_json_ctx *c, webhook_json_token *t) {
    int ok;
    size_t end = whi_number_end(c->text, c->offset, &ok);
    if (!ok) return whi_json_fault(c, end);
    t->kind = WEBHOOK_JSON_NUMBER;
    t->text = webhook_str_from(c->text.ptr + c->offset, end - c->offset);
    c->offset = end;
    return WEBHOOK_OK;
}

static webhook_status whi_json_open(webhook_json_ctx *c, webhook_json_token *t, int object) {
    if (c->depth >= c->depth_max) return whi_json_fail(c, WEBHOOK_ERR_LIMIT, c->offset);
    whi_json_push(&c->stack, &c->depth, object);
    t->kind = object ? WEBHOOK_JSON_OBJECT : WEBHOOK_JSON_ARRAY;
    t->text = webhook_str_from(c->text.ptr + c->offset, 1);
    c->state = object ? WHI_JSON_FIRST_KEY : WHI_JSON_FIRST_VALUE;
    c->offset++;
    return WEBHOOK_OK;
}

static webhook_status whi_json_close(webhook_json_ctx *c, webhook_json_token *t) {
    t->kind =
        whi_json_in_object(c->stack, c->depth) ? WEBHOOK_JSON_OBJECT_END : WEBHOOK_JSON_ARRAY_END;
    t->text = webhook_str_from(c->text.ptr + c->offset, 1);
    c->depth--;
    c->state = WHI_JSON_AFTER;
    c->offset++;
    return WEBHOOK_OK;
}

/* whi_json_value -- a value begins at c->offset */
static webhook_status whi_json_value(webhook_json_ctx *c, webhook_json_token *t) {
    char b = c->text.ptr[c->offset];
    if (b == '{' || b == '[') return whi_json_open(c, t, b == '{');
    c->state = WHI_JSON_AFTER;
    if (b == '"') {
        t->kind = WEBHOOK_JSON_STRING;
        return whi_json_string(c, t);
    }
    if (b == 't') return whi_json_literal(c, t, WEBHOOK_JSON_TRUE, "true");
    if (b == 'f') return whi_json_literal(c, t, WEBHOOK_JSON_FALSE, "false");
    if (b == 'n') return whi_json_literal(c, t, WEBHOOK_JSON_NULL, "null");
    return whi_json_number(c, t);
}

static void whi_json_skip_blanks(webhook_json_ctx *c) {
    while (c->offset < c->text.len &&
           (c->text.ptr[c->offset] == ' ' || c->text.ptr[c->offset] == '\n' ||
            c->text.ptr[c->offset] == '\r' || c->text.ptr[c->offset] == '\t'))
        c->offset++;
}

/* whi_json_punctuation -- past the comma or colon, if one is due, to where the next token begins */
static webhook_status whi_json_punctuation(webhook_json_ctx *c) {
    int object = whi_json_in_object(c->stack, c->depth);
    whi_json_skip_blanks(c);
    if (c->state == WHI_JSON_AFTER) {
        if (c->depth == 0)
            return c->offset == c->text.len ? WEBHOOK_END : whi_json_fault(c, c->offset);
        if (c->offset == c->text.len) return whi_json_fault(c, c->offset);
        if (c->text.ptr[c->offset] == (object ? '}' : ']')) return WEBHOOK_OK;
        if (c->text.ptr[c->offset] != ',') return whi_json_fault(c, c->offset);
        c->state = object ? WHI_JSON_KEY : WHI_JSON_VALUE;
    } else if (c->state == WHI_JSON_COLON) {
        if (c->offset == c->text.len || c->text.ptr[c->offset] != ':')
            return whi_json_fault(c, c->offset);
        c->state = WHI_JSON_VALUE;
    } else {
        return WEBHOOK_OK;
    }
    c->offset++;
    whi_json_skip_blanks(c);
    return WEBHOOK_OK;
}

/* whi_json_token -- the token that begins at c->offset, if one may */
static webhook_status whi_json_token(webhook_json_ctx *c, webhook_json_token *t) {
    char b;
    if (c->offset == c->text.len) return whi_json_fault(c, c->offset);
    t->offset = c->offset;
    b = c->text.ptr[c->offset];
    switch (c->state) {
    case WHI_JSON_AFTER: return whi_json_close(c, t);
    case WHI_JSON_FIRST_VALUE:
        if (b == ']') return whi_json_close(c, t);
        return whi_json_value(c, t);
    case WHI_JSON_FIRST_KEY:
    case WHI_JSON_KEY:
        if (b == '}' && c->state == WHI_JSON_FIRST_KEY) return whi_json_close(c, t);
        if (b != '"') return whi_json_fault(c, c->offset);
        c->state = WHI_JSON_COLON;
        t->kind = WEBHOOK_JSON_KEY;
        return whi_json_string(c, t);
    default: return whi_json_value(c, t);
    }
}

webhook_status webhook_json_next(webhook_json_ctx *c, webhook_json_token *t) {
    webhook_status s;
    if (t == NULL || c == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(t, sizeof *t);
    if (c->status != WEBHOOK_OK) return (webhook_status)c->status;
    s = whi_json_punctuation(c);
    if (s == WEBHOOK_OK) s = whi_json_token(c, t);
    if (s != WEBHOOK_OK) whi_zero(t, sizeof *t);
    return s;
}

/* ---- >>json: strings ---- */

static uint32_t whi_json_hex4(const unsigned char *p) {
    unsigned i;
    uint32_t v = 0;
    for (i = 0; i < 4; i++) v = v << 4 | whi_hex_value(p[i]);
    return v;
}

/* whi_json_code -- the code point at *p of a checked string, escapes decoded; *p moves behind it.
 * Half a surrogate pair comes as it is. */
static uint32_t whi_json_code(const unsigned char **p, const unsigned char *end) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const unsigned char *at = *p;
    uint32_t c = at[0], low;
    unsigned i;
    if (c != '\\') {
        int n = whi_utf8(at, (size_t)(end - at));
        *p = at + (n > 0 ? n : 1);
        if (n > 1) c &= 0x7fu >> n;
        for (i = 1; n > 1 && i < (unsigned)n; i++) c = c << 6 | (at[i] & 0x3f);
        return c;
    }
    *p = at + 2;
    if (at[1] != 'u') {
        for (i = 0; i < 5; i++)
            if (at[1] == (unsigned char)from[i]) return (unsigned char)to[i];
        return at[1];
    }
    c = whi_json_hex4(at + 2);
    *p = at + 6;
    if (c < 0xd800 || c > 0xdbff || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u') return c;
    low = whi_json_hex4(*p + 2);
    if (low < 0xdc00 || low > 0xdfff) return c;
    *p += 6;
    return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

static int whi_surrogate(uint32_t c) {
    return c >= 0xd800 && c <= 0xdfff;
}

/* whi_json_run -- put the bytes of *p up to the next backslash as they are; *p moves there */
static void whi_json_run(webhook_buf *b, const unsigned char **p, const unsigned char *end) {
    const unsigned char *start = *p;
    while (*p < end && **p != '\\') ++*p;
    webhook_buf_put(b, webhook_str_from((const char *)start, (size_t)(*p - start)));
}

webhook_status webhook_json_string(const webhook_json_token *t, webhook_buf *out) {
    const unsigned char *p, *end;
    if (out == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (t == NULL || (t->kind != WEBHOOK_JSON_STRING && t->kind != WEBHOOK_JSON_KEY)) {
        webhook_buf_fail(out, WEBHOOK_ERR_ARGUMENT);
        return WEBHOOK_ERR_ARGUMENT;
    }
    if (t->text.len == 0) return out->status;
    p = whi_bytes(t->text);
    for (end = p + t->text.len; p < end;) {
        char utf8[4];
        uint32_t c;
        whi_json_run(out, &p, end);
        if (p == end) break;
        c = whi_json_code(&p, end);
        if (whi_surrogate(c)) {
            webhook_buf_fail(out, WEBHOOK_ERR_SYNTAX);
            return WEBHOOK_ERR_SYNTAX;
        }
        webhook_buf_put(out, webhook_str_from(utf8, whi_utf8_write(utf8, c)));
    }
    return out->status;
}

/* whi_tilde -- the next byte of a text, in RFC 6901 where ~1 is a slash and ~0 a tilde */
static char whi_tilde(webhook_str *s, int pointer) {
    char c = s->ptr[0];
    *s = whi_skip(*s, 1);
    if (!pointer || c != '~') return c;
    c = s->ptr[0] == '1' ? '/' : '~';
    *s = whi_skip(*s, 1);
    return c;
}

/* whi_json_equals -- does the string or key decode to s (pointer: to what s means in a pointer)? */
static int whi_json_equals(const webhook_json_token *t, webhook_str s, int pointer) {
    const unsigned char *p = whi_bytes(t->text), *end;
    if (!t->escaped && !(pointer && whi_has_byte(s, '~'))) return webhook_str_eq(t->text, s);
    for (end = p + t->text.len; p < end;) {
        char utf8[4];
        uint32_t code = whi_json_code(&p, end);
        size_t i, n = whi_utf8_write(utf8, code);
        if (whi_surrogate(code)) return 0; /* no UTF-8 text has one */
        for (i = 0; i < n; i++)
            if (s.len == 0 || whi_tilde(&s, pointer) != utf8[i]) return 0;
    }
    return s.len == 0;
}

int webhook_json_is(const webhook_json_token *t, webhook_str s) {
    return (t->kind == WEBHOOK_JSON_STRING || t->kind == WEBHOOK_JSON_KEY) &&
           whi_json_equals(t, s, 0);
}

webhook_status webhook_json_int(const webhook_json_token *t, int64_t *v) {
    whi_decimal d;
    uint64_t limit;
    if (v == NULL) return WEBHOOK_ERR_ARGUMENT;
    *v = 0;
    if (t == NULL || t->kind != WEBHOOK_JSON_NUMBER) return WEBHOOK_ERR_ARGUMENT;
    d = whi_decimal_read(t->text);
    if (d.n == 0) return WEBHOOK_OK;
    if (d.more || d.exponent < 0 || d.exponent > 18) return WEBHOOK_ERR_RANGE;
    for (; d.exponent > 0; d.exponent--)
        if (!whi_times_ten(&d.digits, 0)) return WEBHOOK_ERR_RANGE;
    limit = d.negative ? UINT64_C(1) << 63 : (uint64_t)INT64_MAX;
    if (d.digits > limit) return WEBHOOK_ERR_RANGE;
    *v = d.negative ? -(int64_t)(d.digits - 1) - 1 : (int64_t)d.digits;
    return WEBHOOK_OK;
}

/* ---- >>json: find ---- */

/* level counts the reference tokens that lead to the present value or container: inside a container
 * of the path level + 1 containers are open, and a value is on the path where level are. deepest is
 * how far it ever came: a key that leads on once more, below that, is a duplicate, since there is
 * only one container of each level on the path. at is where the next reference token begins. */

static int whi_path_valid(webhook_str path) {
    size_t i;
    if (path.len > 0 && path.ptr[0] != '/') return 0;
    for (i = 0; i < path.len; i++)
        if (path.ptr[i] == '~' &&
            (i + 1 == path.len || (path.ptr[i + 1] != '0' && path.ptr[i + 1] != '1')))
            return 0;
    return 1;
}

/* whi_path_token -- the next reference token, without the slash before it */
static webhook_str whi_path_token(const webhook_json_path *p) {
    webhook_str rest = whi_skip(p->path, p->at + 1), token = webhook_str_from(NULL, 0);
    (void)webhook_str_cut(&rest, '/', &token);
    return token;
}

/* whi_path_index -- is the token the index i, in its only spelling? */
static int whi_path_index(webhook_str token, uint32_t i) {
    char text[10];
    size_t at = sizeof text;
    do text[--at] = (char)('0' + i % 10);
    while ((i /= 10) != 0);
    return webhook_str_eq(token, webhook_str_from(text + at, sizeof text - at));
}

static void whi_path_step(webhook_json_path *p) {
    p->at += 1 + whi_path_token(p).len;
    p->level++;
    p->deepest = p->level;
    p->index = 0;
}

static void whi_path_back(webhook_json_path *p) {
    if (p->level == 0) return;
    p->level--;
    do p->at--;
    while (p->path.ptr[p->at] != '/');
}

/* whi_path_see -- one token of the text; depth containers are open before it, the innermost an
 * array or not. WEBHOOK_OK | WEBHOOK_ERR_DUPLICATE */
static webhook_status whi_path_see(webhook_json_path *p, const webhook_json_token *t,
                                   unsigned depth, int in_array) {
    int inside = p->level + 1u == depth, leads_on = inside && p->at < p->path.len;
    switch (t->kind) {
    case WEBHOOK_JSON_OBJECT_END:
    case WEBHOOK_JSON_ARRAY_END:
        if (!inside) break;
        if (p->at == p->path.len) p->value.text.len = (size_t)(t->text.ptr + 1 - p->value.text.ptr);
        whi_path_back(p);
        break;
    case WEBHOOK_JSON_KEY:
        if (!leads_on || !whi_json_equals(t, whi_path_token(p), 1)) break;
        if (p->deepest > p->level) return WEBHOOK_ERR_DUPLICATE;
        whi_path_step(p);
        break;
    default:
        if (in_array && leads_on && p->deepest == p->level &&
            whi_path_index(whi_path_token(p), p->index++))
            whi_path_step(p);
        if (p->level != depth) break;
        if (p->at == p->path.len) p->value = *t;
        if (t->kind != WEBHOOK_JSON_OBJECT && t->kind != WEBHOOK_JSON_ARRAY) whi_path_back(p);
        break;
    }
    return WEBHOOK_OK;
}

webhook_status webhook_json_find(webhook_str text, webhook_json_path *paths, size_t n,
                                 size_t *offset) {
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_status s = WEBHOOK_OK;
    size_t i;
    if (n > 0 && paths == NULL) return WEBHOOK_ERR_ARGUMENT;
    for (i = 0; i < n; i++) {
        webhook_str path = paths[i].path;
        whi_zero(paths + i, sizeof *paths);
        paths[i].path = path;
        if (!whi_path_valid(path)) s = WEBHOOK_ERR_ARGUMENT;
    }
    webhook_json_init(&c, text);
    while (s == WEBHOOK_OK) {
        unsigned depth = c.depth;
        int in_array = depth > 0 && !whi_json_in_object(c.stack, depth);
        s = webhook_json_next(&c, &t);
        for (i = 0; i < n && s == WEBHOOK_OK; i++) s = whi_path_see(paths + i, &t, depth, in_array);
        if (s == WEBHOOK_ERR_DUPLICATE) c.offset = t.offset;
    }
    if (s == WEBHOOK_END) return WEBHOOK_OK;
    for (i = 0; i < n; i++) whi_zero(&paths[i].value, sizeof paths[i].value);
    whi_at(offset, c.offset);
    return s;
}

/* ---- >>json: writer ---- */

/* whi_index_key -- is the string between p and end (escapes decoded) an array index of ECMAScript,
 * and which? 0…2^32 - 2 in their only spelling */
static int whi_index_key(const unsigned char *p, const unsigned char *end, uint32_t *index) {
    uint64_t v = 0;
    unsigned digits = 0;
    if (p == end || (*p != '\\' && (*p < '0' || *p > '9'))) return 0;
    while (p < end) {
        uint32_t c = whi_json_code(&p, end);
        if (c < '0' || c > '9' || (digits > 0 && v == 0) || ++digits > 10) return 0;
        v = v * 10 + (c - '0');
    }
    *index = (uint32_t)v;
    return v < 0xffffffff;
}

/* whi_json_put_code -- a code point inside a string, as JSON.stringify writes it */
static void whi_json_put_code(webhook_buf *b, uint32_t c) {
    static const char from[] = "\b\f\n\r\t\"\\", to[] = "bfnrt\"\\";
    char text[6];
    unsigned i;
    text[0] = '\\';
    for (i = 0; i < 7; i++)
        if (c == (unsigned char)from[i]) {
            text[1] = to[i];
            webhook_buf_put(b, webhook_str_from(text, 2));
            return;
        }
    if (c >= 0x20 && !whi_surrogate(c)) {
        webhook_buf_put(b, webhook_str_from(text, whi_utf8_write(text, c)));
        return;
    }
    text[1] = 'u';
    for (i = 0; i < 4; i++) text[2 + i] = whi_hex_digits[c >> (12 - 4 * i) & 15];
    webhook_buf_put(b, webhook_str_from(text, 6));
}

/* whi_json_quote -- a string of the caller's between quotes; it must be UTF-8 */
static void whi_json_quote(webhook_buf *b, webhook_str s) {
    size_t i = 0, start = 0;
    whi_put_char(b, '"');
    while (s.len - start > 0) {
        i = whi_plain_end(s, i);
        if (i < s.len && whi_bytes(s)[i] >= 0x80) {
            int n = whi_utf8(whi_bytes(s) + i, s.len - i);
            if (n > 0) {
                i += (size_t)n;
                continue;
            }
            webhook_buf_fail(b, WEBHOOK_ERR_SYNTAX);
            return;
        }
        webhook_buf_put(b, webhook_str_from(s.ptr + start, i - start));
        if (i < s.len) whi_json_put_code(b, whi_bytes(s)[i++]);
        start = i;
    }
    whi_put_char(b, '"');
}

/* whi_json_requote -- a string of a checked text, its escapes made the shortest */
static void whi_json_requote(webhook_buf *b, const webhook_json_token *t) {
    const unsigned char *p = whi_bytes(t->text), *end = p + t->text.len;
    whi_put_char(b, '"');
    if (!t->escaped) {
        webhook_buf_put(b, t->text);
        p = end;
    }
    while (p < end) {
        whi_json_run(b, &p, end);
        if (p < end) whi_json_put_code(b, whi_json_code(&p, end));
    }
    whi_put_char(b, '"');
}

void webhook_json_writer_init(webhook_json_writer *w, webhook_buf *out) {
    whi_zero(w, sizeof *w);
    w->out = out;
}

/* whi_json_may -- may a value (or else a key) stand here? */
static int whi_json_may(const webhook_json_writer *w, int key) {
    if (whi_json_in_object(w->stack, w->depth))
        return key ? w->state != WHI_JSON_COLON : w->state == WHI_JSON_COLON;
    return !key && (w->depth > 0 || w->state == WHI_JSON_VALUE);
}

/* whi_json_begin -- 1 where it may, and the comma that is due has been put */
static int whi_json_begin(webhook_json_writer *w, int key) {
    if (!whi_json_may(w, key)) {
        webhook_buf_fail(w->out, WEBHOOK_ERR_ARGUMENT);
        return 0;
    }
    if (w->state == WHI_JSON_AFTER) whi_put_char(w->out, ',');
    w->state = WHI_JSON_AFTER;
    return 1;
}

static void whi_json_put_open(webhook_json_writer *w, int object) {
    if (w->depth + w->around >= WEBHOOK_JSON_DEPTH) {
        webhook_buf_fail(w->out, WEBHOOK_ERR_LIMIT);
        return;
    }
    if (!whi_json_begin(w, 0)) return;
    whi_put_char(w->out, object ? '{' : '[');
    whi_json_push(&w->stack, &w->depth, object);
    w->state = object ? WHI_JSON_FIRST_KEY : WHI_JSON_FIRST_VALUE;
}

void webhook_json_put_object(webhook_json_writer *w) {
    whi_json_put_open(w, 1);
}

void webhook_json_put_array(webhook_json_writer *w) {
    whi_json_put_open(w, 0);
}

void webhook_json_put_end(webhook_json_writer *w) {
    if (w->depth == 0 || w->state == WHI_JSON_COLON) {
        webhook_buf_fail(w->out, WEBHOOK_ERR_ARGUMENT);
        return;
    }
    whi_put_char(w->out, whi_json_in_object(w->stack, w->depth) ? '}' : ']');
    w->depth--;
    w->state = WHI_JSON_AFTER;
}

void webhook_json_put_key(webhook_json_writer *w, webhook_str key) {
    uint32_t index;
    int plain = key.len > 0 && !whi_has_byte(key, '\\'); /* it is no text with escapes */
    if (plain && whi_index_key(whi_bytes(key), whi_bytes(key) + key.len, &index))
        webhook_buf_fail(w->out, WEBHOOK_ERR_ARGUMENT);
    if (!whi_json_begin(w, 1)) return;
    whi_json_quote(w->out, key);
    whi_put_char(w->out, ':');
    w->state = WHI_JSON_COLON;
}

void webhook_json_put_string(webhook_json_writer *w, webhook_str s) {
    if (whi_json_begin(w, 0)) whi_json_quote(w->out, s);
}

void webhook_json_put_int(webhook_json_writer *w, int64_t v) {
    const int64_t limit = INT64_C(1) << 53;
    if (v > limit || v < -limit) webhook_buf_fail(w->out, WEBHOOK_ERR_RANGE);
    if (!whi_json_begin(w, 0)) return;
    if (v < 0) whi_put_char(w->out, '-');
    webhook_decimal_write(w->out, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v);
}

void webhook_json_put_bits(webhook_json_writer *w, uint64_t bits) {
    if (whi_json_begin(w, 0)) webhook_binary64_write(w->out, bits);
}

#if DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024
void webhook_json_put_double(webhook_json_writer *w, double v) {
    webhook_json_put_bits(w, webhook_double_bits(v));
}
#endif

void webhook_json_put_bool(webhook_json_writer *w, int v) {
    if (whi_json_begin(w, 0)) webhook_buf_put(w->out, v ? WHI_STR("true") : WHI_STR("false"));
}

void webhook_json_put_null(webhook_json_writer *w) {
    if (whi_json_begin(w, 0)) webhook_buf_put(w->out, WHI_STR("null"));
}

webhook_status webhook_json_writer_end(webhook_json_writer *w) {
    if (w == NULL || w->out == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (w->around > 0 || w->depth > 0 || w->state != WHI_JSON_AFTER)
        webhook_buf_fail(w->out, WEBHOOK_ERR_ARGUMENT);
    return webhook_buf_end(w->out);
}

/* ---- >>json: normal form ---- */

/* Two passes. The first checks the text, finds duplicate keys at the end of each object by sorting
 * where its keys stand, and notes what must change; nothing is put before it is done. The second
 * copies the text where nothing must change, goes through the tokens where only their spelling
 * must, and follows sorted keys where array-index keys must move to the front.
 *
 * The scratch is a stack of frames, one for each open container: WHI_FRAME words (where the frame
 * around it begins; and two that each pass uses in its own way), then the offsets of the object's
 * keys. */

#define WHI_FRAME 3
#define WHI_ARRAY UINT32_C(0xffffffff) /* third word of a frame in the second pass: no object */

typedef struct whi_normal {
    webhook_str text;
    uint32_t *word;
    size_t n, base, top; /* words; the first key of the innermost frame; the first free word */
    size_t need;         /* words that the second pass takes at the most */
    size_t changed_at;   /* the first integer that lost digits, or text.len */
    size_t length;       /* of the text without blanks */
    int rewrite, reorder;
} whi_normal;

static int whi_frame_open(whi_normal *n) {
    if (n->n - n->top < WHI_FRAME) return 0;
    n->word[n->top] = (uint32_t)n->base;
    n->word[n->top + 1] = 0;
    n->word[n->top + 2] = 0;
    n->base = n->top += WHI_FRAME;
    return 1;
}

static void whi_frame_close(whi_normal *n) {
    n->top = n->base - WHI_FRAME;
    n->base = (size_t)n->word[n->top];
}

static uint32_t *whi_frame(const whi_normal *n) {
    return n->word + (n->base - WHI_FRAME);
}

static int whi_frame_key(whi_normal *n, size_t offset) {
    if (n->top == n->n) return 0;
    n->word[n->top++] = (uint32_t)offset;
    return 1;
}

/* whi_key_compare -- the contents of two keys, by code point; a, b are where their quotes open */
static int whi_key_compare(webhook_str text, uint32_t a, uint32_t b) {
    const unsigned char *p = whi_bytes(text) + a + 1, *q = whi_bytes(text) + b + 1;
    const unsigned char *end = whi_bytes(text) + text.len;
    for (;;) {
        uint32_t x, y;
        if (*p == *q && *p != '"' && *p != '\\') {
            p++;
            q++;
            continue;
        }
        if (*p == '"' || *q == '"') return (*p != '"') - (*q != '"');
        x = whi_json_code(&p, end);
        y = whi_json_code(&q, end);
        if (x != y) return x < y ? -1 : 1;
    }
}

static int whi_key_is_index(webhook_str text, uint32_t a, uint32_t *index) {
    const unsigned char *p = whi_bytes(text) + a + 1, *end = p;
    if (*p != '\\' && (*p < '0' || *p > '9')) return 0;
    while (*end != '"' && end - p <= 60) end += *end == '\\' ? 2 : 1; /* ten digits, escaped */
    return *end == '"' && whi_index_key(p, end, index);
}

typedef int (*whi_before_fn)(webhook_str text, uint32_t a, uint32_t b);

/* whi_before_by_content, whi_before_by_rank -- does key a come before b: to find duplicates; in the
 * order of ECMAScript, array indexes ascending and then the rest as they stand */
static int whi_before_by_content(webhook_str text, uint32_t a, uint32_t b) {
    int order = whi_key_compare(text, a, b);
    return order < 0 || (order == 0 && a < b);
}

static int whi_before_by_rank(webhook_str text, uint32_t a, uint32_t b) {
    uint32_t x = 0, y = 0;
    int first = whi_key_is_index(text, a, &x), second = whi_key_is_index(text, b, &y);
    if (first != second) return first;
    return first ? x < y : a < b;
}

/* whi_merge -- two sorted runs, one behind the other, become one; spare holds the first one */
static void whi_merge(webhook_str text, uint32_t *key, size_t first, size_t second, uint32_t *spare,
                      whi_before_fn before) {
    uint32_t *next = key + first, *end = next + second, *stop = spare + first;
    if (first == 0 || second == 0 || before(text, next[-1], *next)) return;
    whi_copy(spare, key, first * sizeof *key);
    while (spare < stop && next < end) *key++ = before(text, *next, *spare) ? *next++ : *spare++;
    while (spare < stop) *key++ = *spare++;
}

/* whi_sort -- n keys; half as many words behind them are used too. Merge sort: a comparison costs
 * what the two keys have in common and disposes of one of them, so a level costs no more than the
 * text of all keys. */
static void whi_sort(webhook_str text, uint32_t *key, size_t n, whi_before_fn before) {
    uint64_t parts = 1, i;
    while (parts < n) parts *= 2;
    for (; parts > 1; parts /= 2)
        for (i = 0; i < parts; i += 2) {
            size_t low = (size_t)(n * i / parts), middle = (size_t)(n * (i + 1) / parts);
            size_t high = (size_t)(n * (i + 2) / parts);
            whi_merge(text, key + low, middle - low, high - middle, key + n, before);
        }
}

/* whi_object_check -- the keys of an object that ends: must some move? Is one given twice? */
static webhook_status whi_object_check(whi_normal *n, size_t *twice) {
    uint32_t *key = n->word + n->base, index, last = 0;
    size_t i, count = n->top - n->base;
    int other = 0;
    if (count < 2) return WEBHOOK_OK;
    for (i = 0; i < count; i++) {
        if (!whi_key_is_index(n->text, key[i], &index)) {
            other = 1;
            continue;
        }
        if (other || index < last) n->reorder = 1;
        last = index;
    }
    if (n->n - n->top < (count + 1) / 2) return WEBHOOK_ERR_SCRATCH;
    whi_sort(n->text, key, count, whi_before_by_content);
    *twice = n->text.len;
    for (i = 1; i < count; i++)
        if (key[i] < *twice && whi_key_compare(n->text, key[i - 1], key[i]) == 0)
            *twice = (size_t)key[i];
    return *twice < n->text.len ? WEBHOOK_ERR_DUPLICATE : WEBHOOK_OK;
}

/* whi_frame_need -- words for a container with so many keys, whose children need so many: the keys
 * are sorted before or after those, never while one is open */
static size_t whi_frame_need(size_t keys, size_t child) {
    size_t sort = (keys + 1) / 2;
    return WHI_FRAME + keys + (sort > child ? sort : child);
}

/* whi_frame_end -- a container ends: what the second pass needs for it and the deepest of its
 * children; the second word of a frame holds the most that a child needs */
static void whi_frame_end(whi_normal *n) {
    size_t need = whi_frame_need(n->top - n->base, (size_t)whi_frame(n)[1]);
    whi_frame_close(n);
    if (n->base == 0)
        n->need = need;
    else if (need > whi_frame(n)[1])
        whi_frame(n)[1] = (uint32_t)need;
}

/* whi_escapes_normal -- are all escapes of the token written as the normal form writes them? */
static int whi_escapes_normal(const webhook_json_token *t) {
    const unsigned char *p = whi_bytes(t->text), *end = p + t->text.len;
    char text[6];
    while (p < end) {
        const unsigned char *start = p;
        webhook_buf b = webhook_buf_from(text, sizeof text);
        if (*p != '\\') {
            p++;
            continue;
        }
        whi_json_put_code(&b, whi_json_code(&p, end));
        if (!webhook_str_eq(webhook_buf_str(&b),
                            webhook_str_from((const char *)start, (size_t)(p - start))))
            return 0;
    }
    return 1;
}

static webhook_status whi_number_check(whi_normal *n, const webhook_json_token *t) {
    char text[WHI_NUMBER_MAX];
    webhook_str normal = webhook_str_from(text, whi_number_normal(text, t->text));
    if (normal.len == 0) return WEBHOOK_ERR_RANGE;
    if (webhook_str_eq(normal, t->text)) return WEBHOOK_OK;
    n->rewrite = 1;
    if (n->changed_at == n->text.len && whi_number_changed(t->text, normal))
        n->changed_at = t->offset;
    return WEBHOOK_OK;
}

/* whi_normal_token -- the first pass, one token; *at is where a fault is, if it is not the token */
static webhook_status whi_normal_token(whi_normal *n, const webhook_json_token *t, size_t *at) {
    webhook_status s = WEBHOOK_OK;
    n->length += t->text.len;
    switch (t->kind) {
    case WEBHOOK_JSON_OBJECT:
    case WEBHOOK_JSON_ARRAY: return whi_frame_open(n) ? WEBHOOK_OK : WEBHOOK_ERR_SCRATCH;
    case WEBHOOK_JSON_OBJECT_END:
        s = whi_object_check(n, at);
        whi_frame_end(n);
        return s;
    case WEBHOOK_JSON_ARRAY_END: whi_frame_end(n); return s;
    case WEBHOOK_JSON_NUMBER: return whi_number_check(n, t);
    case WEBHOOK_JSON_KEY:
        n->length++; /* the colon */
        if (!whi_frame_key(n, t->offset)) return WEBHOOK_ERR_SCRATCH;
        break;
    case WEBHOOK_JSON_STRING: break;
    default: return s;
    }
    n->length += 2;
    if (t->escaped && !whi_escapes_normal(t)) n->rewrite = 1;
    return s;
}

/* whi_normal_check -- the first pass */
static webhook_status whi_normal_check(whi_normal *n, unsigned depth_max, size_t *at) {
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_status s;
    unsigned before = WEBHOOK_JSON_NONE;
    webhook_json_init(&c, n->text);
    c.depth_max = (uint8_t)depth_max;
    while ((s = webhook_json_next(&c, &t)) == WEBHOOK_OK) {
        unsigned closes = t.kind == WEBHOOK_JSON_OBJECT_END || t.kind == WEBHOOK_JSON_ARRAY_END;
        unsigned first = before == WEBHOOK_JSON_NONE || before == WEBHOOK_JSON_OBJECT ||
                         before == WEBHOOK_JSON_ARRAY || before == WEBHOOK_JSON_KEY;
        if (!closes && !first) n->length++; /* a comma */
        *at = t.offset;
        s = whi_normal_token(n, &t, at);
        if (s != WEBHOOK_OK) return s;
        before = t.kind;
    }
    *at = c.offset;
    if (s != WEBHOOK_END) return s;
    return n->need > n->n ? WEBHOOK_ERR_SCRATCH : WEBHOOK_OK;
}

/* whi_normal_scalar -- put a key, string, number or literal in normal form */
static void whi_normal_scalar(webhook_json_writer *w, const webhook_json_token *t) {
    char text[WHI_NUMBER_MAX];
    if (!whi_json_begin(w, t->kind == WEBHOOK_JSON_KEY)) return;
    switch (t->kind) {
    case WEBHOOK_JSON_KEY:
        whi_json_requote(w->out, t);
        whi_put_char(w->out, ':');
        w->state = WHI_JSON_COLON;
        break;
    case WEBHOOK_JSON_STRING: whi_json_requote(w->out, t); break;
    case WEBHOOK_JSON_NUMBER:
        webhook_buf_put(w->out, webhook_str_from(text, whi_number_normal(text, t->text)));
        break;
    default: webhook_buf_put(w->out, t->text); break;
    }
}

/* whi_normal_stream -- the second pass where nothing must move */
static void whi_normal_stream(const whi_normal *n, webhook_json_writer *w) {
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_json_init(&c, n->text);
    while (webhook_json_next(&c, &t) == WEBHOOK_OK) switch (t.kind) {
        case WEBHOOK_JSON_OBJECT: webhook_json_put_object(w); break;
        case WEBHOOK_JSON_ARRAY: webhook_json_put_array(w); break;
        case WEBHOOK_JSON_OBJECT_END:
        case WEBHOOK_JSON_ARRAY_END: webhook_json_put_end(w); break;
        default: whi_normal_scalar(w, &t); break;
        }
}

/* whi_normal_keys -- a frame for the object at offset, its keys in the order in which they are put.
 * Its second word counts those that were, its third is where the object ends. */
static void whi_normal_keys(whi_normal *n, size_t offset) {
    webhook_json_ctx c;
    webhook_json_token t;
    (void)whi_frame_open(n);
    webhook_json_init(&c, n->text);
    c.offset = offset;
    do {
        if (webhook_json_next(&c, &t) != WEBHOOK_OK) return;
        if (t.kind == WEBHOOK_JSON_KEY && c.depth == 1) (void)whi_frame_key(n, t.offset);
    } while (c.depth > 0);
    whi_frame(n)[2] = (uint32_t)t.offset;
    whi_sort(n->text, n->word + n->base, n->top - n->base, whi_before_by_rank);
}

/* whi_normal_read -- the token at offset, of which is known whether it is a key; behind it */
static size_t whi_normal_read(const whi_normal *n, size_t offset, int key, webhook_json_token *t) {
    webhook_json_ctx c;
    webhook_json_init(&c, n->text);
    c.offset = offset;
    c.state = key ? WHI_JSON_KEY : WHI_JSON_VALUE;
    (void)webhook_json_next(&c, t);
    if (key) (void)whi_json_punctuation(&c); /* past the colon too */
    return c.offset;
}

/* whi_normal_next -- where the next value stands, its key put; 0 where no container is open any
 * more */
static int whi_normal_next(whi_normal *n, webhook_json_writer *w, size_t *at) {
    while (n->base > 0) {
        uint32_t *frame = whi_frame(n);
        webhook_json_token t;
        char b;
        if (frame[2] != WHI_ARRAY && frame[1] < n->top - n->base) {
            *at = whi_normal_read(n, (size_t)n->word[n->base + (size_t)frame[1]++], 1, &t);
            whi_normal_scalar(w, &t);
            return 1;
        }
        if (frame[2] != WHI_ARRAY) *at = (size_t)frame[2];
        while ((b = n->text.ptr[*at]) == ' ' || b == '\n' || b == '\r' || b == '\t' || b == ',')
            ++*at;
        if (frame[2] == WHI_ARRAY && b != ']') return 1;
        ++*at;
        webhook_json_put_end(w);
        whi_frame_close(n);
    }
    return 0;
}

/* whi_normal_walk -- the second pass where keys must move */
static void whi_normal_walk(whi_normal *n, webhook_json_writer *w) {
    size_t at = 0;
    do {
        webhook_json_token t;
        size_t behind = whi_normal_read(n, at, 0, &t);
        if (t.kind == WEBHOOK_JSON_OBJECT) {
            webhook_json_put_object(w);
            whi_normal_keys(n, t.offset);
        } else if (t.kind == WEBHOOK_JSON_ARRAY) {
            webhook_json_put_array(w);
            (void)whi_frame_open(n);
            whi_frame(n)[2] = WHI_ARRAY;
        } else {
            whi_normal_scalar(w, &t);
        }
        at = behind;
    } while (whi_normal_next(n, w, &at));
}

webhook_status webhook_json_put_json(webhook_json_writer *w, webhook_str text,
                                     webhook_json_scratch scratch, size_t *offset) {
    whi_normal n = WEBHOOK_ZERO;
    webhook_status s;
    size_t at = 0;
    if (w == NULL || w->out == NULL) return WEBHOOK_ERR_ARGUMENT;
    n.text = text;
    n.word = scratch.ptr;
    n.n = scratch.ptr == NULL ? 0 : scratch.n;
    n.changed_at = text.len;
    if (!whi_json_may(w, 0))
        s = WEBHOOK_ERR_ARGUMENT;
    else if (whi_above(text.len, WHI_ARRAY - 1))
        s = WEBHOOK_ERR_LIMIT;
    else
        s = whi_normal_check(&n, (unsigned)WEBHOOK_JSON_DEPTH - w->depth - w->around, &at);
    if (s != WEBHOOK_OK) {
        webhook_buf_fail(w->out, s);
        whi_at(offset, s == WEBHOOK_ERR_SCRATCH ? 0 : at);
        return s;
    }
    n.base = n.top = 0;
    if (n.reorder) {
        whi_normal_walk(&n, w);
    } else if (n.rewrite || n.length != text.len) {
        whi_normal_stream(&n, w);
    } else if (whi_json_begin(w, 0)) {
        webhook_buf_put(w->out, text);
    }
    if (w->out->status != WEBHOOK_OK || n.changed_at == text.len) return w->out->status;
    whi_at(offset, n.changed_at);
    return WEBHOOK_CHANGED;
}

webhook_status webhook_json_scratch_need(webhook_str text, size_t *words, size_t *offset) {
    size_t keys[WEBHOOK_JSON_DEPTH + 1], child[WEBHOOK_JSON_DEPTH + 1]; /* of each open level */
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_status s;
    if (words == NULL) return WEBHOOK_ERR_ARGUMENT;
    *words = 0;
    webhook_json_init(&c, text);
    child[0] = 0;
    s = whi_above(text.len, WHI_ARRAY - 1) ? WEBHOOK_ERR_LIMIT : WEBHOOK_OK;
    while (s == WEBHOOK_OK && (s = webhook_json_next(&c, &t)) == WEBHOOK_OK) {
        if (t.kind == WEBHOOK_JSON_OBJECT || t.kind == WEBHOOK_JSON_ARRAY) {
            keys[c.depth] = child[c.depth] = 0;
        } else if (t.kind == WEBHOOK_JSON_KEY) {
            keys[c.depth]++;
        } else if (t.kind == WEBHOOK_JSON_OBJECT_END || t.kind == WEBHOOK_JSON_ARRAY_END) {
            size_t need = whi_frame_need(keys[c.depth + 1], child[c.depth + 1]);
            if (need > child[c.depth]) child[c.depth] = need;
        }
    }
    if (s != WEBHOOK_END) {
        whi_at(offset, c.offset);
        return s;
    }
    *words = child[0];
    return WEBHOOK_OK;
}

/* ==== >>signature (implementation) ==== */

/* Whatever only some schemes need hangs on a pointer in theirs, so that a program with the default
 * scheme links none of it: no webhook_buf, no parts, no look-up in kept fields. */

/* arrays, because on an AVR one string literal in use brings all others into the RAM */
static const char whi_default_id[] = "X-Appwrite-Webhook-Id";
static const char whi_default_timestamp[] = "X-Appwrite-Webhook-Timestamp";
static const char whi_default_signature[] = "X-Appwrite-Webhook-Signature";

/* WHI_IS -- is this the name (a literal or an array of its size), but for the case of letters? */
#define WHI_IS(name, literal) whi_is(name, literal, sizeof(literal) - 1)
static uint8_t whi_role_default(webhook_str name) {
    if (WHI_IS(name, whi_default_signature)) return WEBHOOK_ROLE_SIGNATURE;
    if (WHI_IS(name, whi_default_timestamp)) return WEBHOOK_ROLE_TIMESTAMP;
    return WHI_IS(name, whi_default_id) ? WEBHOOK_ROLE_WEBHOOK_ID : WEBHOOK_ROLE_NONE;
}

static uint8_t whi_role_of(const webhook_scheme *s, webhook_str name) {
    if (s == NULL) return whi_role_default(name);
    if (name.len == 0) return WEBHOOK_ROLE_NONE;
    if (webhook_str_ieq(name, s->signature_field)) return WEBHOOK_ROLE_SIGNATURE;
    if (!s->no_timestamp && webhook_str_ieq(name, s->timestamp_field))
        return WEBHOOK_ROLE_TIMESTAMP;
    if (webhook_str_ieq(name, s->webhook_id_field)) return WEBHOOK_ROLE_WEBHOOK_ID;
    return webhook_str_ieq(name, s->id_field) ? WEBHOOK_ROLE_MESSAGE_ID : WEBHOOK_ROLE_NONE;
}

/* whi_scheme_fields -- the default scheme's fields that mean something to a verifier */
static void whi_scheme_fields(webhook_scheme *s) {
    s->webhook_id_field = webhook_str_from(whi_default_id, sizeof whi_default_id - 1);
    s->timestamp_field = webhook_str_from(whi_default_timestamp, sizeof whi_default_timestamp - 1);
    s->signature_field = webhook_str_from(whi_default_signature, sizeof whi_default_signature - 1);
}

webhook_scheme webhook_scheme_default(void) {
    webhook_scheme s = WEBHOOK_ZERO;
    whi_scheme_fields(&s);
    s.events_field = WHI_STR("X-Appwrite-Webhook-Events");
    s.name_field = WHI_STR("X-Appwrite-Webhook-Name");
    return s;
}

static int whi_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static webhook_str whi_trim(webhook_str s) {
    while (s.len > 0 && whi_blank(s.ptr[0])) s = whi_skip(s, 1);
    while (s.len > 0 && whi_blank(s.ptr[s.len - 1])) s.len--;
    return s;
}

webhook_status webhook_key_init(webhook_hmac_key *k, const webhook_scheme *s, webhook_str secret) {
    webhook_status status;
    if (k == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (s == NULL || s->key == NULL)
        status = webhook_hmac_key_init(k, secret);
    else
        status = s->key(k, secret);
    if (status == WEBHOOK_OK) {
        size_t i = secret.len;
        while (i > 0 && whi_blank(secret.ptr[i - 1])) i--;
        if (i > 0 && whi_key_ready(k)) return WEBHOOK_OK;
    }
    whi_zero(k, sizeof *k); /* a blank secret too: anyone could sign */
    return status == WEBHOOK_ERR_ARGUMENT ? status : WEBHOOK_ERR_KEY;
}

webhook_status webhook_key_init_base64(webhook_hmac_key *k, webhook_str text) {
    unsigned char bytes[192];
    size_t len;
    webhook_status s;
    if (k == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(k, sizeof *k);
    s = webhook_base64_read(text, bytes, sizeof bytes, &len);
    if (s == WEBHOOK_OK) s = webhook_hmac_key_init(k, webhook_str_from((const char *)bytes, len));
    webhook_wipe(bytes, sizeof bytes);
    return s == WEBHOOK_OK ? s : WEBHOOK_ERR_KEY;
}

/* whi_timestamp_read -- digits alone, 1 to 15, above 0: 1, else 0. In halves of 32 bits, so that no
 * 64-bit multiplication is linked where it is a function. */
static int whi_timestamp_read(webhook_str text, int64_t *timestamp_s) {
    uint32_t high = 0, low = 0;
    size_t i;
    if (text.len > WEBHOOK_TIMESTAMP_MAX) return 0;
    for (i = 0; i < text.len; i++) {
        uint32_t digit = (uint32_t)whi_bytes(text)[i] - '0', a, b;
        if (digit > 9) return 0;
        a = (low & 0xffff) * 10 + digit;
        b = (low >> 16) * 10 + (a >> 16);
        low = b << 16 | (a & 0xffff);
        high = high * 10 + (b >> 16);
    }
    *timestamp_s = (int64_t)((uint64_t)high << 32 | low);
    return (high | low) != 0;
}

/* whi_tolerance -- seconds, the default one resolved */
static uint32_t whi_tolerance(uint32_t given) {
    return given == 0 ? WEBHOOK_TOLERANCE_DEFAULT_S : given;
}

/* whi_fresh -- is now at most the tolerance away? Unsigned differences: nothing can overflow. */
static int whi_fresh(const webhook_scheme *s, int64_t timestamp_s, int64_t now_s) {
    uint64_t away = (uint64_t)now_s - (uint64_t)timestamp_s;
    uint32_t limit = s == NULL ? 0 : s->tolerance_past_s;
    if (now_s < timestamp_s) {
        away = 0 - away;
        limit = s == NULL ? 0 : s->tolerance_future_s;
    }
    limit = whi_tolerance(limit);
    return limit == WEBHOOK_TOLERANCE_NONE || (away >> 32 == 0 && (uint32_t)away <= limit);
}

/* whi_mac_read -- one MAC in hex, "sha256=" before it or not */
static webhook_status whi_mac_read(webhook_str text, webhook_mac *mac) {
    static const char label[] = "sha256=";
    const size_t n = sizeof label - 1;
    size_t i = 0;
    if (text.len > n)
        while (i < n && text.ptr[i] == label[i]) i++;
    if (i == n) text = webhook_str_from(text.ptr + n, text.len - n);
    return webhook_hex_read(text, mac->byte, sizeof mac->byte);
}

/* whi_signature_read -- the next item, by the scheme's way or the default one. A read that takes
 * nothing would never end: it is an error. */
static webhook_status whi_signature_read(const webhook_scheme *s, webhook_str *rest,
                                         webhook_signature_item *item) {
    webhook_str text = *rest;
    webhook_status status;
    whi_zero(item, sizeof *item);
    if (s != NULL && s->read != NULL) {
        status = s->read(rest, item);
        return status == WEBHOOK_OK && rest->len >= text.len ? WEBHOOK_ERR_SIGNATURE : status;
    }
    if (text.len == 0) return WEBHOOK_END;
    rest->len = 0;
    item->has_mac = 1;
    return whi_mac_read(text, &item->mac);
}

static int whi_timed(const webhook_scheme *s) {
    return s == NULL || !s->no_timestamp;
}

static webhook_status whi_keys_check(const webhook_hmac_key *keys, size_t n) {
    size_t i;
    if (n == 0) return WEBHOOK_ERR_KEY;
    if (keys == NULL || n > WEBHOOK_KEYS_MAX) return WEBHOOK_ERR_ARGUMENT;
    for (i = 0; i < n; i++)
        if (!whi_key_ready(keys + i)) return WEBHOOK_ERR_KEY;
    return WEBHOOK_OK;
}

/* ---- >>signature: whole messages ---- */

static webhook_status whi_flush_hash(void *user, webhook_str bytes) {
    webhook_sha256_update((webhook_sha256_ctx *)user, bytes);
    return WEBHOOK_OK;
}

static void whi_content(const webhook_scheme *s, const webhook_message *m, int after,
                        webhook_buf *b) {
    if (s != NULL && s->content != NULL) {
        s->content(s, m, after, b);
    } else if (!after && whi_timed(s)) {
        webhook_buf_put(b, m->timestamp);
        whi_put_char(b, '.');
    }
}

/* whi_message_mac -- the MAC of a whole message under one key
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_KEY | the error of the scheme's content */
static webhook_status whi_message_mac(const webhook_scheme *s, const webhook_hmac_key *k,
                                      const webhook_message *m, webhook_mac *mac) {
    webhook_sha256_ctx sha;
    webhook_buf b = WEBHOOK_ZERO;
    whi_zero(mac, sizeof *mac);
    if (!whi_key_ready(k)) return WEBHOOK_ERR_KEY;
    whi_hmac_begin(&sha, k);
    b.flush = whi_flush_hash;
    b.user = &sha;
    whi_content(s, m, 0, &b);
    webhook_buf_put(&b, m->body);
    whi_content(s, m, 1, &b);
    whi_sha256_close(&sha);
    if (b.status == WEBHOOK_OK) whi_hmac_outer(k, sha.state, mac->byte);
    webhook_wipe(&sha, sizeof sha);
    return b.status;
}

webhook_status webhook_sign_many(const webhook_scheme *s, const webhook_hmac_key *const *keys,
                                 size_t n, const webhook_message *m, webhook_mac *macs) {
    webhook_status status = WEBHOOK_OK;
    int64_t timestamp_s;
    size_t i;
    if (n > 0 && macs == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (m == NULL || (n > 0 && keys == NULL) ||
        (whi_timed(s) && !whi_timestamp_read(m->timestamp, &timestamp_s)))
        status = WEBHOOK_ERR_ARGUMENT;
    for (i = 0; i < n && status == WEBHOOK_OK; i++)
        status = keys[i] == NULL ? WEBHOOK_ERR_ARGUMENT : whi_message_mac(s, keys[i], m, macs + i);
    if (status == WEBHOOK_OK) return WEBHOOK_OK;
    if (n > 0) webhook_wipe(macs, n * sizeof *macs);
    return status == WEBHOOK_ERR_KEY ? status : WEBHOOK_ERR_ARGUMENT;
}

void webhook_signature_write(const webhook_scheme *s, webhook_buf *b, webhook_str timestamp,
                             const webhook_mac *macs, size_t n) {
    if (s != NULL && s->write != NULL)
        s->write(b, timestamp, macs, n);
    else if (n != 1)
        webhook_buf_fail(b, WEBHOOK_ERR_ARGUMENT);
    else
        webhook_hex_write(b, webhook_str_from((const char *)macs->byte, sizeof macs->byte));
}

webhook_status webhook_sign(const webhook_scheme *s, const webhook_hmac_key *k,
                            const webhook_message *m, webhook_buf *out) {
    webhook_mac mac;
    webhook_status status;
    if (out == NULL || k == NULL) return WEBHOOK_ERR_ARGUMENT;
    status = webhook_sign_many(s, &k, 1, m, &mac);
    if (status != WEBHOOK_OK) return status;
    webhook_signature_write(s, out, m->timestamp, &mac, 1);
    return out->status;
}

/* whi_signature_scan -- once through a signature field: are there candidates, not too many, and one
 * timestamp at the most? Which is told, and with a mac, *same becomes 1 where a candidate equals
 * it; all are compared, so that the time does not tell which. */
static int whi_signature_scan(const webhook_scheme *s, webhook_str field, const webhook_mac *mac,
                              webhook_str *timestamp, unsigned *same) {
    webhook_signature_item item;
    webhook_status status;
    unsigned candidates = 0;
    *timestamp = webhook_str_from(NULL, 0);
    while ((status = whi_signature_read(s, &field, &item)) == WEBHOOK_OK) {
        if (item.timestamp.len > 0 && timestamp->len > 0) return 0;
        if (item.timestamp.len > 0) *timestamp = item.timestamp;
        if (!item.has_mac) continue;
        if (++candidates > WEBHOOK_CANDIDATES_MAX) return 0;
        if (mac != NULL) *same |= webhook_equal(mac, &item.mac, sizeof *mac) == WEBHOOK_OK;
    }
    return status == WEBHOOK_END && candidates > 0;
}

webhook_status webhook_verify(const webhook_scheme *s, const webhook_hmac_key *keys, size_t n,
                              const webhook_message *m, webhook_str signature, int64_t now_s) {
    webhook_message message;
    webhook_str inside;
    webhook_mac mac;
    webhook_status status = whi_keys_check(keys, n);
    int64_t timestamp_s;
    unsigned same = 0;
    size_t i;
    if (m == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (status != WEBHOOK_OK) return status;
    message = *m;
    if (!whi_signature_scan(s, signature, NULL, &inside, &same)) return WEBHOOK_ERR_SIGNATURE;
    if (whi_timed(s)) {
        if (inside.len > 0) message.timestamp = inside;
        if (!whi_timestamp_read(message.timestamp, &timestamp_s)) return WEBHOOK_ERR_SIGNATURE;
        if (!whi_fresh(s, timestamp_s, now_s)) return WEBHOOK_ERR_STALE;
    }
    for (i = 0; i < n && status == WEBHOOK_OK; i++) {
        status = whi_message_mac(s, keys + i, &message, &mac);
        (void)whi_signature_scan(s, signature, &mac, &inside, &same);
    }
    webhook_wipe(&mac, sizeof mac);
    return status == WEBHOOK_OK && same != 0 ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE;
}

/* ---- >>signature: as the bytes arrive ---- */

enum { WHI_VERIFY_NONE, WHI_VERIFY_HEAD, WHI_VERIFY_BODY, WHI_VERIFY_DONE }; /* phases */

/* The plain machine knows the default scheme, one key and one candidate. Everything else is done by
 * whi_verify_general, which hangs on c->general, so that a program that does not ask for it does
 * not link it: webhook_verify_init_scheme alone sets that pointer. What it is called for: */
enum {
    WHI_GENERAL_LINE,      /* a = method, b = target */
    WHI_GENERAL_FIELD,     /* a = name, b = value */
    WHI_GENERAL_SIGNATURE, /* a = the field's value: take its candidates */
    WHI_GENERAL_HEAD,      /* the keys are known: hash what is before the body */
    WHI_GENERAL_BODY,      /* a = a piece of it */
    WHI_GENERAL_FINAL      /* compare; on WEBHOOK_OK the MAC under the first key is in c->mac */
};

/* whi_verify_reset -- wipe the message at hand, keep what init was given */
static void whi_verify_reset(webhook_verify_ctx *c, unsigned phase) {
    webhook_status (*general)(webhook_verify_ctx *, unsigned, const webhook_str *,
                              const webhook_str *) = c->general;
    const webhook_scheme *scheme = c->scheme;
    uint32_t *scratch = c->scratch;
    size_t scratch_len = c->scratch_len;
    webhook_wipe(scratch, scratch_len * sizeof *scratch);
    webhook_wipe(c, sizeof *c);
    c->general = general;
    c->scheme = scheme;
    c->scratch = scratch;
    c->scratch_len = scratch_len;
    c->phase = (uint8_t)phase;
}

static void whi_verify_fail(webhook_verify_ctx *c, webhook_status error) {
    if (c->status == WEBHOOK_OK) c->status = (int8_t)error;
}

void webhook_verify_init(webhook_verify_ctx *c) {
    whi_zero(c, sizeof *c);
    c->phase = WHI_VERIFY_HEAD;
}

/* whi_verify_timestamp -- its text waits in the hash's block, not in use before the head ends */
static void whi_verify_timestamp(webhook_verify_ctx *c, webhook_str text) {
    if (c->digits > 0 || !whi_timestamp_read(text, &c->timestamp_s)) {
        whi_verify_fail(c, WEBHOOK_ERR_SIGNATURE);
        return;
    }
    c->digits = (uint8_t)text.len;
    whi_copy(c->sha.block, text.ptr, text.len);
}

/* whi_verify_take -- a field that means something to the scheme */
static void whi_verify_take(webhook_verify_ctx *c, unsigned role, webhook_str value) {
    webhook_status s = WEBHOOK_ERR_SIGNATURE;
    unsigned bit = 1u << role;
    if (role == WEBHOOK_ROLE_NONE) return;
    if ((c->seen & bit) == 0) { /* twice is an error even where both are equal */
        c->seen = (uint8_t)(c->seen | bit);
        s = WEBHOOK_OK;
        if (role == WEBHOOK_ROLE_TIMESTAMP) whi_verify_timestamp(c, value);
        if (role == WEBHOOK_ROLE_SIGNATURE) {
            c->n_macs = 1;
            s = c->general == NULL ? whi_mac_read(value, &c->mac)
                                   : c->general(c, WHI_GENERAL_SIGNATURE, &value, NULL);
        }
    }
    if (s != WEBHOOK_OK) whi_verify_fail(c, WEBHOOK_ERR_SIGNATURE);
}

void webhook_verify_line(webhook_verify_ctx *c, webhook_str method, webhook_str target) {
    if (c->phase == WHI_VERIFY_HEAD && c->general != NULL)
        (void)c->general(c, WHI_GENERAL_LINE, &method, &target);
}

void webhook_verify_field(webhook_verify_ctx *c, webhook_str name, webhook_str value) {
    if (c->phase != WHI_VERIFY_HEAD) return;
    if (c->general != NULL)
        (void)c->general(c, WHI_GENERAL_FIELD, &name, &value);
    else
        whi_verify_take(c, whi_role_default(name), value);
}

/* whi_verify_begin -- from the end of the head on c->sha is the hash under the first key */
static webhook_status whi_verify_begin(webhook_verify_ctx *c, const webhook_hmac_key *keys,
                                       size_t n) {
    char timestamp[WEBHOOK_TIMESTAMP_MAX + 1];
    webhook_str text;
    text.ptr = timestamp;
    text.len = c->digits;
    whi_copy(timestamp, c->sha.block, text.len);
    whi_hmac_begin(&c->sha, keys);
    c->keys = keys;
    c->n_keys = (uint8_t)n;
    c->phase = WHI_VERIFY_BODY;
    if (c->general != NULL) return c->general(c, WHI_GENERAL_HEAD, &text, NULL);
    timestamp[text.len++] = '.';
    webhook_sha256_update(&c->sha, text);
    return WEBHOOK_OK;
}

webhook_status webhook_verify_head(webhook_verify_ctx *c, const webhook_hmac_key *keys, size_t n,
                                   int64_t now_s) {
    webhook_status s;
    if (c == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (c->status != WEBHOOK_OK) return (webhook_status)c->status;
    if (c->phase != WHI_VERIFY_HEAD) return WEBHOOK_ERR_ARGUMENT;
    s = whi_keys_check(keys, n);
    if (s == WEBHOOK_OK && (c->n_macs == 0 || (c->digits == 0 && whi_timed(c->scheme))))
        s = WEBHOOK_ERR_SIGNATURE;
    if (s == WEBHOOK_OK && c->digits > 0 && !whi_fresh(c->scheme, c->timestamp_s, now_s))
        s = WEBHOOK_ERR_STALE;
    if (s == WEBHOOK_OK && n > 1 && c->general == NULL) s = WEBHOOK_ERR_SCRATCH;
    if (s == WEBHOOK_OK) s = whi_verify_begin(c, keys, n);
    c->status = (int8_t)s;
    return s == WEBHOOK_OK ? WEBHOOK_MORE : s;
}

void webhook_verify_body(webhook_verify_ctx *c, webhook_str piece) {
    if (c->phase != WHI_VERIFY_BODY || c->status != WEBHOOK_OK) return;
    if (c->general != NULL)
        (void)c->general(c, WHI_GENERAL_BODY, &piece, NULL);
    else
        webhook_sha256_update(&c->sha, piece);
}

/* whi_verify_finish -- WEBHOOK_OK where a MAC is a candidate; c->mac is then the first key's */
static webhook_status whi_verify_finish(webhook_verify_ctx *c) {
    webhook_mac mac;
    webhook_status s;
    if (c->general != NULL) return c->general(c, WHI_GENERAL_FINAL, NULL, NULL);
    whi_sha256_close(&c->sha);
    whi_hmac_outer(c->keys, c->sha.state, mac.byte);
    s = webhook_equal(&mac, &c->mac, sizeof mac);
    webhook_wipe(&mac, sizeof mac);
    return s;
}

/* whi_verify_close -- the answer; nothing secret is left but, where it is yes, the MAC */
static webhook_status whi_verify_close(webhook_verify_ctx *c) {
    if (c->phase != WHI_VERIFY_BODY) whi_verify_fail(c, WEBHOOK_ERR_ARGUMENT);
    if (c->status == WEBHOOK_OK && whi_verify_finish(c) != WEBHOOK_OK)
        whi_verify_fail(c, WEBHOOK_ERR_SIGNATURE);
    webhook_wipe(&c->sha, sizeof c->sha);
    webhook_wipe(c->scratch, c->scratch_len * sizeof *c->scratch);
    c->phase = WHI_VERIFY_DONE;
    return (webhook_status)c->status;
}

webhook_status webhook_verify_final(webhook_verify_ctx *c) {
    webhook_status s;
    if (c == NULL) return WEBHOOK_ERR_ARGUMENT;
    s = whi_verify_close(c);
    if (s != WEBHOOK_OK) webhook_wipe(c, sizeof *c);
    c->scratch_len = 0; /* no longer borrowed */
    return s;
}

webhook_replay_key webhook_verify_replay_key(const webhook_verify_ctx *c) {
    webhook_replay_key key = WEBHOOK_ZERO;
    uint32_t past = whi_tolerance(c->scheme == NULL ? 0 : c->scheme->tolerance_past_s);
    if (c->phase != WHI_VERIFY_DONE || c->status != WEBHOOK_OK) return key;
    whi_copy(key.byte, c->mac.byte, sizeof key.byte);
    key.expires_s =
        c->digits == 0 || past == WEBHOOK_TOLERANCE_NONE ? INT64_MAX : c->timestamp_s + past + 1;
    return key;
}

/* ---- >>signature: as the bytes arrive, any scheme, several keys and candidates ---- */

/* The scratch holds kept lines at its front, further candidates at its end, and between them, from
 * the end of the head on, the hash states of further keys, 8 words each. */

/* whi_verify_candidate -- candidate i: the first in the context, others from the scratch's end */
static unsigned char *whi_verify_candidate(webhook_verify_ctx *c, unsigned i) {
    return i == 0 ? c->mac.byte : (unsigned char *)(c->scratch + c->scratch_len - 8 * i);
}

/* whi_verify_state -- the state of key i > 0 */
static uint32_t *whi_verify_state(const webhook_verify_ctx *c, unsigned i) {
    return c->scratch + (c->kept + 3u) / 4 + 8 * (i - 1);
}

/* whi_verify_free -- words between what is kept and the further candidates */
static size_t whi_verify_free(const webhook_verify_ctx *c) {
    return c->scratch_len - (c->kept + 3u) / 4 - (c->n_macs > 1 ? (c->n_macs - 1) * 8u : 0u);
}

/* whi_verify_feed -- hash under every key: each continues from the same block with its own state */
static webhook_status whi_verify_feed(void *user, webhook_str bytes) {
    webhook_verify_ctx *c = (webhook_verify_ctx *)user;
    unsigned i;
    for (i = 1; i < c->n_keys; i++) {
        webhook_sha256_ctx other = c->sha;
        whi_copy(other.state, whi_verify_state(c, i), sizeof other.state);
        webhook_sha256_update(&other, bytes);
        whi_copy(whi_verify_state(c, i), other.state, sizeof other.state);
        webhook_wipe(&other, sizeof other);
    }
    webhook_sha256_update(&c->sha, bytes);
    return WEBHOOK_OK;
}

static webhook_status whi_verify_content(webhook_verify_ctx *c, int after) {
    char timestamp[WEBHOOK_TIMESTAMP_MAX];
    webhook_message m = WEBHOOK_ZERO;
    webhook_buf b = WEBHOOK_ZERO;
    uint64_t rest = (uint64_t)c->timestamp_s;
    unsigned i;
    for (i = c->digits; i > 0; i--, rest /= 10) timestamp[i - 1] = (char)('0' + rest % 10);
    b.flush = whi_verify_feed;
    b.user = c;
    m.timestamp = webhook_str_from(timestamp, c->digits);
    m.fields = webhook_str_from((const char *)c->scratch, c->kept);
    whi_content(c->scheme, &m, after, &b);
    return b.status == WEBHOOK_OK ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE;
}

/* whi_verify_candidates -- all of a signature field; c->n_macs counts them */
static webhook_status whi_verify_candidates(webhook_verify_ctx *c, webhook_str field) {
    webhook_signature_item item;
    webhook_status s;
    c->n_macs = 0;
    while ((s = whi_signature_read(c->scheme, &field, &item)) == WEBHOOK_OK) {
        if (item.timestamp.len > 0 && whi_timed(c->scheme)) whi_verify_timestamp(c, item.timestamp);
        if (!item.has_mac) continue;
        if (c->n_macs == WEBHOOK_CANDIDATES_MAX || (c->n_macs > 0 && whi_verify_free(c) < 8))
            return WEBHOOK_ERR_SIGNATURE;
        whi_copy(whi_verify_candidate(c, c->n_macs), &item.mac, sizeof item.mac);
        c->n_macs++;
    }
    return s == WEBHOOK_END ? WEBHOOK_OK : s;
}

static webhook_status whi_verify_keys(webhook_verify_ctx *c) {
    unsigned i;
    if (whi_verify_free(c) / 8 < c->n_keys - 1u) /* are there too many keys or candidates? */
        return whi_verify_free(c) / 8 + c->n_macs < c->n_keys ? WEBHOOK_ERR_SCRATCH
                                                              : WEBHOOK_ERR_SIGNATURE;
    for (i = 1; i < c->n_keys; i++)
        whi_copy(whi_verify_state(c, i), c->keys[i].inner, sizeof c->keys->inner);
    return whi_verify_content(c, 0);
}

/* whi_verify_compare -- every MAC with every candidate, so that the time does not tell which */
static webhook_status whi_verify_compare(webhook_verify_ctx *c) {
    webhook_mac mac = WEBHOOK_ZERO;
    unsigned i, j, same = 0;
    if (whi_verify_content(c, 1) != WEBHOOK_OK) return WEBHOOK_ERR_SIGNATURE;
    for (i = c->n_keys; i > 0; i--) {
        webhook_sha256_ctx sha = c->sha;
        if (i > 1) whi_copy(sha.state, whi_verify_state(c, i - 1), sizeof sha.state);
        whi_sha256_close(&sha);
        whi_hmac_outer(c->keys + (i - 1), sha.state, mac.byte);
        for (j = 0; j < c->n_macs; j++)
            same |= webhook_equal(&mac, whi_verify_candidate(c, j), sizeof mac) == WEBHOOK_OK;
        webhook_wipe(&sha, sizeof sha);
    }
    c->mac = mac;
    webhook_wipe(&mac, sizeof mac);
    return same != 0 ? WEBHOOK_OK : WEBHOOK_ERR_SIGNATURE;
}

static webhook_status whi_verify_general(webhook_verify_ctx *c, unsigned what, const webhook_str *a,
                                         const webhook_str *b) {
    int capture = c->scheme != NULL && c->scheme->capture != NULL;
    switch (what) {
    case WHI_GENERAL_LINE:
        if (!capture) return WEBHOOK_OK;
        c->scheme->capture(c, WHI_STR(":method"), *a);
        c->scheme->capture(c, WHI_STR(":target"), *b);
        return WEBHOOK_OK;
    case WHI_GENERAL_FIELD: /* a name with a colon in front would forge the request line */
        if (capture && a->len > 0 && a->ptr[0] != ':') c->scheme->capture(c, *a, *b);
        whi_verify_take(c, whi_role_of(c->scheme, *a), *b);
        return WEBHOOK_OK;
    case WHI_GENERAL_SIGNATURE: return whi_verify_candidates(c, *a);
    case WHI_GENERAL_HEAD: return whi_verify_keys(c);
    case WHI_GENERAL_BODY: return whi_verify_feed(c, *a);
    default: return whi_verify_compare(c);
    }
}

void webhook_verify_init_scheme(webhook_verify_ctx *c, const webhook_scheme *s, uint32_t *scratch,
                                size_t words) {
    webhook_verify_init(c);
    c->general = whi_verify_general;
    c->scheme = s;
    c->scratch = scratch;
    c->scratch_len = scratch == NULL ? 0 : words;
}

/* whi_begins -- is name the field's, or (cut) the beginning of it? */
static int whi_begins(webhook_str field, webhook_str name, int cut) {
    if (field.len == 0 || name.len > field.len || (!cut && name.len < field.len)) return 0;
    return webhook_str_ieq(webhook_str_from(field.ptr, name.len), name);
}

/* whi_verify_skipped -- a field whose value nobody has seen, of which perhaps not even the whole
 * name is known: the message is not authentic where the scheme may need it */
static void whi_verify_skipped(webhook_verify_ctx *c, webhook_str name, int cut) {
    webhook_scheme s = WEBHOOK_ZERO;
    int needed;
    size_t i;
    if (c->scheme != NULL)
        s = *c->scheme;
    else
        whi_scheme_fields(&s);
    needed = whi_begins(s.webhook_id_field, name, cut) | whi_begins(s.id_field, name, cut) |
             whi_begins(s.signature_field, name, cut);
    if (!s.no_timestamp) needed |= whi_begins(s.timestamp_field, name, cut);
    for (i = 0; i < s.n_parts; i++)
        if (s.parts[i].kind == WEBHOOK_PART_HEADER)
            needed |= whi_begins(s.parts[i].text, name, cut);
    if (needed) whi_verify_fail(c, WEBHOOK_ERR_SIGNATURE);
    if (!cut && s.capture != NULL) /* a line end in it cannot be kept */
        s.capture(c, name, WHI_STR("\n"));
}

/* ---- >>signature: schemes in parts ---- */

static char *whi_append(char *to, webhook_str s) {
    whi_copy(to, s.ptr, s.len);
    return to + s.len;
}

void webhook_verify_keep(webhook_verify_ctx *c, webhook_str name, webhook_str value) {
    size_t room;
    char *to;
    if (c->phase != WHI_VERIFY_HEAD) return; /* the scratch holds more than fields then */
    room = whi_verify_free(c) * 4 + (4u - c->kept % 4u) % 4u;
    if (room > (size_t)UINT16_MAX - c->kept) room = (size_t)UINT16_MAX - c->kept;
    if (whi_has_byte(name, '\n') || whi_has_byte(value, '\n')) { /* it would be a line of its own */
        whi_verify_fail(c, WEBHOOK_ERR_SIGNATURE);
        return;
    }
    if (room < 4 || name.len > room - 4 || value.len > room - 4 - name.len) {
        /* further candidates, as many as the sender likes, take of the same room */
        whi_verify_fail(c, c->n_macs > 1 ? WEBHOOK_ERR_SIGNATURE : WEBHOOK_ERR_SCRATCH);
        return;
    }
    to = (char *)c->scratch + c->kept;
    to = whi_append(whi_append(to, name), WHI_STR(": "));
    to = whi_append(whi_append(to, value), WHI_STR("\r\n"));
    c->kept = (uint16_t)(to - (char *)c->scratch);
}

/* whi_fields_find -- the value of the one field of that name in "Name: value\r\n" lines
 * Returns  WEBHOOK_OK | WEBHOOK_NO_MATCH | WEBHOOK_ERR_DUPLICATE */
static webhook_status whi_fields_find(webhook_str lines, webhook_str name, webhook_str *value) {
    webhook_status found = WEBHOOK_NO_MATCH;
    webhook_str line;
    if (name.len == 0) return WEBHOOK_NO_MATCH;
    while (webhook_str_cut(&lines, '\n', &line) == WEBHOOK_OK) {
        if (line.len <= name.len || line.ptr[name.len] != ':' ||
            !webhook_str_ieq(webhook_str_from(line.ptr, name.len), name))
            continue;
        if (found == WEBHOOK_OK) return WEBHOOK_ERR_DUPLICATE;
        *value = whi_trim(whi_skip(line, name.len + 1));
        found = WEBHOOK_OK;
    }
    return found;
}

/* whi_part_field -- the field that a part is found in, empty: it is in none */
static webhook_str whi_part_field(const webhook_scheme *s, const webhook_part *p) {
    switch (p->kind) {
    case WEBHOOK_PART_ID: return s->id_field;
    case WEBHOOK_PART_METHOD: return WHI_STR(":method");
    case WEBHOOK_PART_TARGET: return WHI_STR(":target");
    case WEBHOOK_PART_HEADER: return p->text;
    default: return webhook_str_from(NULL, 0);
    }
}

/* whi_part_text -- what a part stands for in this message; what is missing fails b */
static webhook_str whi_part_text(const webhook_scheme *s, const webhook_part *p,
                                 const webhook_message *m, webhook_buf *b) {
    webhook_str text = WEBHOOK_ZERO;
    int missing;
    if (p->kind == WEBHOOK_PART_LITERAL) return p->text;
    if (p->kind == WEBHOOK_PART_TIMESTAMP) text = m->timestamp;
    if (p->kind == WEBHOOK_PART_ID) text = m->id;
    if (p->kind == WEBHOOK_PART_METHOD) text = m->method;
    if (p->kind == WEBHOOK_PART_TARGET) text = m->target;
    missing =
        text.len == 0 && whi_fields_find(m->fields, whi_part_field(s, p), &text) != WEBHOOK_OK;
    if (text.len == 0 && p->kind != WEBHOOK_PART_HEADER) missing = 1; /* that one may be empty */
    if (p->kind == WEBHOOK_PART_ID && whi_has_byte(text, '.')) missing = 1; /* the border moves */
    if (missing) webhook_buf_fail(b, WEBHOOK_ERR_ARGUMENT);
    return text;
}

void webhook_parts_content(const webhook_scheme *s, const webhook_message *m, int after,
                           webhook_buf *b) {
    unsigned bodies = 0;
    size_t i;
    for (i = 0; i < s->n_parts; i++) {
        const webhook_part *p = s->parts + i;
        if (p->kind == WEBHOOK_PART_BODY)
            bodies++;
        else if ((bodies > 0) == (after != 0))
            webhook_buf_put(b, whi_part_text(s, p, m, b));
    }
    if (bodies != 1) webhook_buf_fail(b, WEBHOOK_ERR_ARGUMENT);
}

void webhook_parts_capture(webhook_verify_ctx *c, webhook_str name, webhook_str value) {
    size_t i;
    for (i = 0; i < c->scheme->n_parts; i++) {
        webhook_str field = whi_part_field(c->scheme, c->scheme->parts + i);
        if (field.len == 0 || !webhook_str_ieq(name, field)) continue;
        webhook_verify_keep(c, name, value);
        return;
    }
}

/* ---- >>signature: replay guard ---- */

/* A hash table with linear probing; an expired key is taken out by moving its followers up, so that
 * no tombstones gather. Entry 0 is the head: n and a mark, how many keys, the earliest expiry (all
 * big-endian), and in expires_s the latest time that it was told. */

#define WHI_REPLAY_MARK UINT32_C(0x77687267)
#define WHI_REPLAY_PENDING (UINT64_C(1) << 63)

static uint32_t whi_replay_count(const webhook_replay_entry *g) {
    return whi_load32(g->key + 4);
}

static void whi_replay_set_count(webhook_replay_entry *g, uint32_t count) {
    whi_store32(g->key + 4, count);
}

static uint64_t whi_replay_earliest(const webhook_replay_entry *g) {
    return (uint64_t)whi_load32(g->key + 8) << 32 | whi_load32(g->key + 12);
}

static void whi_replay_set_earliest(webhook_replay_entry *g, uint64_t t) {
    whi_store32(g->key + 8, (uint32_t)(t >> 32));
    whi_store32(g->key + 12, (uint32_t)t);
}

/* whi_replay_size -- is n a size that a guard may have? */
static int whi_replay_size(const webhook_replay_entry *g, size_t n) {
    return g != NULL && n >= 2 && !whi_above(n, UINT32_C(0x80000000));
}

static int whi_replay_valid(const webhook_replay_entry *g, size_t n) {
    return whi_replay_size(g, n) && whi_load32(g->key) == (WHI_REPLAY_MARK ^ (uint32_t)n);
}

/* whi_replay_room -- how many keys it holds: so few that a search is short */
static size_t whi_replay_room(size_t n) {
    return n - 1 - (n - 1) / 8;
}

/* whi_replay_way -- steps from one slot to another, round the end */
static size_t whi_replay_way(size_t from, size_t to, size_t n) {
    return to >= from ? to - from : to + (n - 1) - from;
}

/* whi_replay_home -- the slot, counted from 1, at which the search for a key begins */
static size_t whi_replay_home(const unsigned char key[16], size_t n) {
    return (size_t)(whi_load32(key) % (uint32_t)(n - 1)) + 1;
}

static size_t whi_replay_after(size_t slot, size_t n) {
    return slot + 1 == n ? 1 : slot + 1;
}

static int whi_replay_expired(const webhook_replay_entry *e, uint64_t now) {
    return e->expires_s != 0 && (e->expires_s & ~WHI_REPLAY_PENDING) <= now;
}

/* whi_replay_remove -- empty a slot and move up what was pushed behind it */
static void whi_replay_remove(webhook_replay_entry *g, size_t n, size_t hole) {
    size_t at = hole, steps;
    for (steps = 2; steps < n; steps++) {
        size_t home;
        at = whi_replay_after(at, n);
        if (g[at].expires_s == 0) break;
        home = whi_replay_home(g[at].key, n);
        /* where its search begins behind the hole it stays */
        if (whi_replay_way(home, at, n) < whi_replay_way(hole, at, n)) continue;
        g[hole] = g[at];
        hole = at;
    }
    whi_zero(g + hole, sizeof *g);
    whi_replay_set_count(g, whi_replay_count(g) - 1);
}

/* whi_replay_find -- the slot of a key, or the empty one where its search ends, or 0: none */
static size_t whi_replay_find(const webhook_replay_entry *g, size_t n,
                              const unsigned char key[16]) {
    size_t at = whi_replay_home(key, n), steps, i;
    for (steps = 1; steps < n; steps++, at = whi_replay_after(at, n)) {
        if (g[at].expires_s == 0) return at;
        for (i = 0; i < 16 && g[at].key[i] == key[i];) i++;
        if (i == 16) return at;
    }
    return 0;
}

/* whi_replay_sweep -- take out all that has expired, and note when the next one will */
static void whi_replay_sweep(webhook_replay_entry *g, size_t n, uint64_t now) {
    uint64_t earliest = UINT64_MAX;
    size_t i;
    for (i = 1; i < n; i++)
        while (whi_replay_expired(g + i, now)) whi_replay_remove(g, n, i);
    for (i = 1; i < n; i++) {
        uint64_t t = g[i].expires_s & ~WHI_REPLAY_PENDING;
        if (g[i].expires_s != 0 && t < earliest) earliest = t;
    }
    whi_replay_set_earliest(g, earliest);
}

webhook_status webhook_replay_init(webhook_replay_entry *guard, size_t n) {
    size_t i;
    if (!whi_replay_size(guard, n)) return WEBHOOK_ERR_ARGUMENT;
    for (i = 0; i < n; i++) whi_zero(guard + i, sizeof *guard);
    whi_store32(guard->key, WHI_REPLAY_MARK ^ (uint32_t)n);
    whi_replay_set_earliest(guard, UINT64_MAX);
    return WEBHOOK_OK;
}

/* whi_replay_whole -- is every key found where it stands, and are they as many as it says? */
static int whi_replay_whole(const webhook_replay_entry *g, size_t n) {
    size_t count = 0, empty = 0, i;
    for (i = 1; i < n; i++) {
        if (g[i].expires_s != 0) count++;
        if (g[i].expires_s == 0) empty = i; /* the last one */
    }
    if (count > whi_replay_room(n) || count != whi_replay_count(g)) return 0;
    for (i = 1; i < n; i++) { /* there is no empty slot between its home and it */
        if (g[i].expires_s == 0)
            empty = i;
        else if (count < n - 1 &&
                 whi_replay_way(whi_replay_home(g[i].key, n), i, n) >= whi_replay_way(empty, i, n))
            return 0;
    }
    return 1;
}

webhook_status webhook_replay_restore(webhook_replay_entry *guard, size_t n) {
    size_t i;
    if (!whi_replay_size(guard, n)) return WEBHOOK_ERR_ARGUMENT;
    if (!whi_replay_valid(guard, n) || !whi_replay_whole(guard, n) || guard->expires_s > INT64_MAX)
        return WEBHOOK_ERR_DAMAGED;
    for (i = 1; i < n; i++) /* expired is as good as forgotten */
        if ((guard[i].expires_s & WHI_REPLAY_PENDING) != 0) guard[i].expires_s = 1;
    if (guard->expires_s == 0) guard->expires_s = 1;
    whi_replay_sweep(guard, n, 0);
    return WEBHOOK_OK;
}

webhook_replay_key webhook_replay_key_from_id(webhook_str scope, webhook_str id,
                                              int64_t expires_s) {
    webhook_replay_key key = WEBHOOK_ZERO;
    unsigned char digest[WEBHOOK_SHA256_SIZE], length[4];
    webhook_sha256_ctx c;
    whi_store32(length, (uint32_t)scope.len); /* so that no two pairs make one text */
    webhook_sha256_init(&c);
    webhook_sha256_update(&c, webhook_str_from((const char *)length, sizeof length));
    webhook_sha256_update(&c, scope);
    webhook_sha256_update(&c, id);
    webhook_sha256_final(&c, digest);
    whi_copy(key.byte, digest, sizeof key.byte);
    key.expires_s = expires_s;
    return key;
}

webhook_status webhook_replay_begin(webhook_replay_entry *guard, size_t n,
                                    const webhook_replay_key *key, int64_t now_s) {
    uint64_t now = now_s < 0 ? 0 : (uint64_t)now_s, expires;
    size_t at;
    if (key == NULL || !whi_replay_valid(guard, n)) return WEBHOOK_ERR_ARGUMENT;
    if (now < guard->expires_s) now = guard->expires_s;
    guard->expires_s = now;
    expires = key->expires_s < 0 ? 0 : (uint64_t)key->expires_s;
    while ((at = whi_replay_find(guard, n, key->byte)) != 0 && whi_replay_expired(guard + at, now))
        whi_replay_remove(guard, n, at);
    if (at != 0 && guard[at].expires_s != 0)
        return (guard[at].expires_s & WHI_REPLAY_PENDING) != 0 ? WEBHOOK_PENDING : WEBHOOK_SEEN;
    if (expires <= now) return WEBHOOK_ERR_STALE; /* so that none is 0, which marks an empty slot */
    if (whi_replay_count(guard) >= whi_replay_room(n)) {
        if (whi_replay_earliest(guard) > now) return WEBHOOK_ERR_FULL;
        whi_replay_sweep(guard, n, now);
        if (whi_replay_count(guard) >= whi_replay_room(n)) return WEBHOOK_ERR_FULL;
        at = whi_replay_find(guard, n, key->byte);
    }
    if (at == 0) return WEBHOOK_ERR_FULL;
    whi_copy(guard[at].key, key->byte, sizeof key->byte);
    guard[at].expires_s = expires | WHI_REPLAY_PENDING;
    whi_replay_set_count(guard, whi_replay_count(guard) + 1);
    if (expires < whi_replay_earliest(guard)) whi_replay_set_earliest(guard, expires);
    return WEBHOOK_OK;
}

void webhook_replay_end(webhook_replay_entry *guard, size_t n, const webhook_replay_key *key,
                        int handled) {
    size_t at;
    if (key == NULL || !whi_replay_valid(guard, n)) return;
    at = whi_replay_find(guard, n, key->byte);
    if (at == 0 || (guard[at].expires_s & WHI_REPLAY_PENDING) == 0) return;
    if (handled)
        guard[at].expires_s &= ~WHI_REPLAY_PENDING;
    else
        whi_replay_remove(guard, n, at);
}

#undef WHI_DIGITS_MAX
#undef WHI_EXPONENT_MAX
#undef WHI_BITS_INFINITY
#undef WHI_BITS_SIGN
#undef WHI_NUMBER_MAX
#undef WHI_POWER_MIN
#undef WHI_POWER_MAX
#undef WHI_POWER_STEP
#undef WHI_BIG_WORDS
#undef WHI_FRAME
#undef WHI_ARRAY
#undef WHI_REPLAY_MARK
#undef WHI_REPLAY_PENDING

/* ==== >>payload (implementation) ==== */

webhook_status webhook_id_check(webhook_str id, size_t *offset) {
    size_t i;
    for (i = 0; i < id.len; i++) {
        unsigned c = whi_bytes(id)[i];
        if (i == WEBHOOK_ID_MAX) break;
        if ((whi_in(c, 'a', 'z') | whi_in(c, 'A', 'Z') | whi_in(c, '0', '9')) == 0 && c != '_' &&
            c != '-')
            break;
    }
    if (i > 0 && i == id.len) return WEBHOOK_OK;
    whi_at(offset, i);
    return i == WEBHOOK_ID_MAX ? WEBHOOK_ERR_LIMIT : WEBHOOK_ERR_SYNTAX;
}

webhook_str webhook_id_make(char out[WEBHOOK_ID_MAX], const unsigned char random[16]) {
    webhook_buf b = webhook_buf_from(out, WEBHOOK_ID_MAX);
    webhook_hex_write(&b, webhook_str_from((const char *)random, 16));
    return webhook_buf_str(&b);
}

void webhook_payload_begin(webhook_json_writer *w, webhook_buf *out, const webhook_envelope *e) {
    char iso[24];
    webhook_buf time = webhook_buf_from(iso, sizeof iso);
    webhook_json_writer_init(w, out);
    webhook_iso_write(&time, e->unix_ms);
    if (webhook_id_check(e->id, NULL) != WEBHOOK_OK ||
        webhook_event_check(e->event, NULL) != WEBHOOK_OK || time.status != WEBHOOK_OK)
        webhook_buf_fail(out, WEBHOOK_ERR_ARGUMENT);
    webhook_json_put_object(w);
    webhook_json_put_key(w, WHI_STR("$id"));
    webhook_json_put_string(w, e->id);
    webhook_json_put_key(w, WHI_STR("event"));
    webhook_json_put_string(w, e->event);
    webhook_json_put_key(w, WHI_STR("timestamp"));
    webhook_json_put_string(w, webhook_buf_str(&time));
    webhook_json_put_key(w, WHI_STR("payload"));
    webhook_json_writer_init(w, out); /* one value, and no other field, can follow */
    w->around = 1;
}

webhook_status webhook_payload_end(webhook_json_writer *w) {
    if (w == NULL || w->out == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (w->around == 0 || w->depth > 0 || w->state != WHI_JSON_AFTER)
        webhook_buf_fail(w->out, WEBHOOK_ERR_ARGUMENT);
    w->around = 0;
    whi_put_char(w->out, '}');
    return webhook_buf_end(w->out);
}

webhook_status webhook_payload_write(webhook_buf *out, const webhook_envelope *e,
                                     webhook_json_scratch scratch, size_t *offset) {
    webhook_json_writer w;
    webhook_status s, end;
    if (out == NULL || e == NULL) return WEBHOOK_ERR_ARGUMENT;
    webhook_payload_begin(&w, out, e);
    s = out->status == WEBHOOK_ERR_ARGUMENT
            ? WEBHOOK_ERR_ARGUMENT
            : webhook_json_put_json(&w, e->payload, scratch, offset);
    end = webhook_payload_end(&w);
    return end != WEBHOOK_OK ? end : s;
}

enum { WHI_ENVELOPE_ID, WHI_ENVELOPE_EVENT, WHI_ENVELOPE_TIMESTAMP, WHI_ENVELOPE_PAYLOAD };

static unsigned whi_envelope_which(const webhook_json_token *key) {
    if (webhook_json_is(key, WHI_STR("$id"))) return WHI_ENVELOPE_ID;
    if (webhook_json_is(key, WHI_STR("event"))) return WHI_ENVELOPE_EVENT;
    if (webhook_json_is(key, WHI_STR("timestamp"))) return WHI_ENVELOPE_TIMESTAMP;
    if (webhook_json_is(key, WHI_STR("payload"))) return WHI_ENVELOPE_PAYLOAD;
    return WHI_ENVELOPE_PAYLOAD + 1;
}

static int whi_envelope_take(webhook_envelope *e, unsigned which, const webhook_json_token *t) {
    if (which >= WHI_ENVELOPE_PAYLOAD) return 1;
    if (t->kind != WEBHOOK_JSON_STRING || t->escaped) return 0;
    if (which == WHI_ENVELOPE_TIMESTAMP)
        return webhook_iso_read(t->text, &e->unix_ms) == WEBHOOK_OK;
    if (which == WHI_ENVELOPE_ID) {
        e->id = t->text;
        return webhook_id_check(t->text, NULL) == WEBHOOK_OK;
    }
    e->event = t->text;
    return webhook_event_check(t->text, NULL) == WEBHOOK_OK;
}

/* whi_envelope_next -- one field of the envelope, or its end: WEBHOOK_END, all four were there */
static webhook_status whi_envelope_next(webhook_json_ctx *c, webhook_envelope *e, unsigned *seen,
                                        size_t *at) {
    webhook_json_token t;
    unsigned which;
    webhook_status s = webhook_json_next(c, &t);
    *at = s == WEBHOOK_OK ? t.offset : c->offset;
    if (s != WEBHOOK_OK) return s;
    if (t.kind == WEBHOOK_JSON_OBJECT_END) return *seen == 15 ? WEBHOOK_END : WEBHOOK_ERR_SYNTAX;
    which = whi_envelope_which(&t);
    if (which <= WHI_ENVELOPE_PAYLOAD && (*seen >> which & 1) != 0) return WEBHOOK_ERR_DUPLICATE;
    if (which <= WHI_ENVELOPE_PAYLOAD) *seen |= 1u << which;
    s = webhook_json_next(c, &t);
    *at = s == WEBHOOK_OK ? t.offset : c->offset;
    if (s != WEBHOOK_OK) return s;
    if (!whi_envelope_take(e, which, &t)) return WEBHOOK_ERR_SYNTAX;
    while (c->depth > 1 && s == WEBHOOK_OK) { /* to the end of a container */
        webhook_json_token inner;
        s = webhook_json_next(c, &inner);
    }
    if (s != WEBHOOK_OK) {
        *at = c->offset;
        return s;
    }
    if (which == WHI_ENVELOPE_PAYLOAD)
        e->payload = webhook_str_from(c->text.ptr + t.offset, c->offset - t.offset);
    return WEBHOOK_OK;
}

webhook_status webhook_payload_read(webhook_str body, webhook_envelope *e, size_t *offset) {
    webhook_json_ctx c;
    webhook_json_token t;
    webhook_status s;
    unsigned seen = 0;
    size_t at = 0;
    if (e == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(e, sizeof *e);
    webhook_json_init(&c, body);
    s = webhook_json_next(&c, &t);
    at = s == WEBHOOK_OK ? t.offset : c.offset;
    if (s == WEBHOOK_OK && t.kind != WEBHOOK_JSON_OBJECT) s = WEBHOOK_ERR_SYNTAX;
    while (s == WEBHOOK_OK) s = whi_envelope_next(&c, e, &seen, &at);
    if (s == WEBHOOK_END) { /* of the object: nothing may follow */
        s = webhook_json_next(&c, &t);
        at = c.offset;
        if (s == WEBHOOK_END) return WEBHOOK_OK;
    }
    whi_zero(e, sizeof *e);
    whi_at(offset, at);
    return s;
}

/* ==== >>http (implementation) ==== */

/* whi_set -- is c, visible ASCII, in a set? A set has a bit for each of 32 to 127. */
static int whi_set(const uint32_t set[3], unsigned c) {
    if (c < 32 || c > 126) return 0;
    return (int)(whi_rom_u32(set + (c / 32 - 1)) >> (c % 32) & 1);
}

/* tchar of RFC 9110 section 5.6.2 */
static const uint32_t whi_token_set[3] WHI_ROM = { 0x03ff6cfa, 0xc7fffffe, 0x57ffffff };

/* path and query of RFC 3986, with the brackets that clients send as they are */
static const uint32_t whi_target_set[3] WHI_ROM = { 0xaffffff2, 0xafffffff, 0x47fffffe };

/* a registered name of RFC 3986, as a Host field may have it: no colon, no brackets */
static const uint32_t whi_host_set[3] WHI_ROM = { 0x2bff7ff2, 0x87fffffe, 0x47fffffe };

static int whi_is_token(webhook_str s) {
    size_t i = 0;
    while (i < s.len && whi_set(whi_token_set, whi_bytes(s)[i])) i++;
    return s.len > 0 && i == s.len;
}

/* whi_value_byte -- may it stand in a field's value? */
static int whi_value_byte(unsigned c) {
    return (c >= 32 && c != 127) || c == '\t';
}

static int whi_has_control(webhook_str s) {
    size_t i = 0;
    while (i < s.len && whi_bytes(s)[i] >= 32 && whi_bytes(s)[i] != 127) i++;
    return i < s.len;
}

/* whi_is_value -- a field's value: visible ASCII, bytes above 127, and blanks within */
static int whi_is_value(webhook_str s) {
    size_t i = 0;
    if (s.len > 0 && (whi_blank(s.ptr[0]) || whi_blank(s.ptr[s.len - 1]))) return 0;
    while (i < s.len && whi_value_byte(whi_bytes(s)[i])) i++;
    return i == s.len;
}

/* ---- >>http: addresses and URLs ---- */

/* whi_ipv4_read -- four decimal numbers without leading zeros: 1, else 0 */
static int whi_ipv4_read(webhook_str s, unsigned char ip[4]) {
    unsigned part, v;
    for (part = 0; part < 4; part++) {
        size_t i = 0;
        for (v = 0; i < s.len && i < 3 && whi_in(whi_bytes(s)[i], '0', '9'); i++)
            v = v * 10 + (whi_bytes(s)[i] - '0');
        if (i == 0 || v > 255 || (i > 1 && s.ptr[0] == '0')) return 0;
        ip[part] = (unsigned char)v;
        s = whi_skip(s, i);
        if (part == 3) return s.len == 0;
        if (s.len == 0 || s.ptr[0] != '.') return 0;
        s = whi_skip(s, 1);
    }
    return 0;
}

/* whi_ipv6_group -- take up to four hex digits off *s; the value, or 65536: there are none */
static uint32_t whi_ipv6_group(webhook_str *s) {
    uint32_t v = 0;
    size_t i = 0;
    while (i < s->len && i < 4 && whi_hex_value(whi_bytes(*s)[i]) < 16)
        v = v << 4 | whi_hex_value(whi_bytes(*s)[i++]);
    *s = whi_skip(*s, i);
    return i == 0 ? 65536 : v;
}

/* whi_ipv6_read -- the text forms of RFC 4291 section 2.2: 1, else 0 */
static int whi_ipv6_read(webhook_str s, unsigned char ip[16]) {
    size_t n = 0, gap = 17, i; /* bytes so far; how many of them before "::" */
    whi_zero(ip, 16);
    for (;;) {
        webhook_str group;
        uint32_t v;
        if (s.len >= 2 && s.ptr[0] == ':' && s.ptr[1] == ':') {
            if (gap <= 16) return 0;
            gap = n;
            s = whi_skip(s, 2);
            if (s.len == 0) break;
        } else if (n > 0) {
            if (s.ptr[0] != ':') return 0;
            s = whi_skip(s, 1);
        }
        group = s;
        v = whi_ipv6_group(&s);
        if (n <= 12 && s.len > 0 && s.ptr[0] == '.') {
            if (!whi_ipv4_read(group, ip + n)) return 0;
            n += 4;
            break;
        }
        if (v > 65535 || n == 16) return 0;
        ip[n++] = (unsigned char)(v >> 8);
        ip[n++] = (unsigned char)v;
        if (s.len == 0) break;
    }
    if (gap > 16) return n == 16;
    if (n > 14) return 0;
    for (i = 0; i < n - gap; i++) { /* what stands behind "::" goes to the end */
        ip[15 - i] = ip[n - 1 - i];
        ip[n - 1 - i] = 0;
    }
    return 1;
}

/* whi_ip_read -- how many bytes the address has: 4, 16, or 0: it is none */
static unsigned whi_ip_read(webhook_str s, unsigned char ip[16]) {
    if (whi_ipv4_read(s, ip)) return 4;
    return whi_ipv6_read(s, ip) ? 16 : 0;
}

/* whi_url_fault -- what stands at an offset is wrong */
static webhook_status whi_url_fault(webhook_status s, size_t at, size_t *fault) {
    *fault = at;
    return s;
}

/* whi_label_numeric -- would anyone read a host that ends in this label as an IPv4 address? */
static int whi_label_numeric(webhook_str label) {
    size_t i = 0;
    int hex = label.len >= 2 && label.ptr[0] == '0' && (label.ptr[1] | 32) == 'x';
    for (i = hex ? 2 : 0; i < label.len; i++)
        if (whi_hex_value(whi_bytes(label)[i]) >= (hex ? 16u : 10u)) return 0;
    return 1;
}

/* whi_url_name -- a host that is no bracketed address, from *at on; *at is left behind it */
static webhook_status whi_url_name(webhook_url *u, size_t *at) {
    size_t start = *at, label = start, i;
    for (i = start;; i++) {
        unsigned c = i < u->text.len ? whi_bytes(u->text)[i] : '/';
        int letter =
            (whi_in(c, 'a', 'z') | whi_in(c, 'A', 'Z') | whi_in(c, '0', '9')) != 0 || c == '_';
        int inside = letter || (c == '-' && i > label);
        if (!inside && (i == label || u->text.ptr[i - 1] == '-'))
            return whi_url_fault(WEBHOOK_ERR_SYNTAX, i, at);
        if ((inside && i - label == 63) || ((inside || c == '.') && i - start == 253))
            return whi_url_fault(WEBHOOK_ERR_LIMIT, i, at);
        if (inside) continue;
        if (c == ':' || c == '/' || c == '?') break;
        if (c != '.') return whi_url_fault(WEBHOOK_ERR_SYNTAX, i, at);
        label = i + 1;
    }
    *at = i;
    u->host = webhook_str_from(u->text.ptr + start, i - start);
    if (!whi_label_numeric(webhook_str_from(u->text.ptr + label, i - label))) return WEBHOOK_OK;
    u->host_kind = WEBHOOK_HOST_IPV4;
    return whi_ipv4_read(u->host, u->ip) ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX;
}

/* whi_url_bracketed -- the same for [address]; a fault is told at the bracket that ends it */
static webhook_status whi_url_bracketed(webhook_url *u, size_t *at) {
    size_t start = *at + 1, i = start;
    while (i < u->text.len && whi_in(whi_bytes(u->text)[i], '!', '~') && u->text.ptr[i] != ']' &&
           i - start < 46)
        i++;
    *at = i;
    if (i == u->text.len || u->text.ptr[i] != ']') return WEBHOOK_ERR_SYNTAX;
    u->host = webhook_str_from(u->text.ptr + start, i - start);
    u->host_kind = WEBHOOK_HOST_IPV6;
    if (!whi_ipv6_read(u->host, u->ip)) return WEBHOOK_ERR_SYNTAX;
    ++*at;
    return WEBHOOK_OK;
}

/* whi_url_port -- digits behind the colon */
static webhook_status whi_url_port(webhook_url *u, size_t *at) {
    uint32_t port = 0;
    size_t i = *at;
    for (; i < u->text.len && whi_in(whi_bytes(u->text)[i], '0', '9'); i++) {
        port = port * 10 + (whi_bytes(u->text)[i] - '0');
        if (port == 0) return whi_url_fault(WEBHOOK_ERR_SYNTAX, i, at);
        if (port > 65535) return whi_url_fault(WEBHOOK_ERR_RANGE, i, at);
    }
    *at = i;
    u->port = (uint16_t)port;
    return port == 0 ? WEBHOOK_ERR_SYNTAX : WEBHOOK_OK;
}

static webhook_status whi_url_target(webhook_url *u, size_t *at) {
    size_t i, escape = 0; /* hex digits that must follow */
    for (i = *at; i < u->text.len; i++) {
        unsigned c = whi_bytes(u->text)[i];
        if (escape > 0 ? whi_hex_value(c) > 15
                       : (!whi_set(whi_target_set, c) || (i == *at && c != '/' && c != '?')))
            return whi_url_fault(WEBHOOK_ERR_SYNTAX, i, at);
        escape = escape > 0 ? escape - 1 : c == '%' ? 2 : 0;
    }
    u->target = webhook_str_from(u->text.ptr + *at, i - *at);
    *at = i;
    return escape > 0 ? WEBHOOK_ERR_SYNTAX : WEBHOOK_OK;
}

/* whi_url_scheme -- http:// or https://, in either case */
static webhook_status whi_url_scheme(webhook_url *u, size_t *at) {
    static const char text[] = "https://";
    size_t i = 0, j;
    for (j = 0; j < sizeof text - 1; j++) {
        char c = i < u->text.len ? (char)whi_lower(u->text.ptr[i]) : 0;
        if (c == text[j]) {
            if (c == 's') u->https = 1;
            i++;
        } else if (text[j] != 's') {
            return whi_url_fault(WEBHOOK_ERR_SYNTAX, i, at);
        }
    }
    u->port = u->https ? 443 : 80;
    *at = i;
    return WEBHOOK_OK;
}

webhook_status webhook_url_read(webhook_str text, webhook_url *u, size_t *offset) {
    webhook_status s;
    size_t at = 0;
    if (u == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(u, sizeof *u);
    u->text = text;
    s = whi_url_scheme(u, &at);
    if (s == WEBHOOK_OK)
        s = at < text.len && text.ptr[at] == '[' ? whi_url_bracketed(u, &at) : whi_url_name(u, &at);
    if (s == WEBHOOK_OK && at < text.len && text.ptr[at] == ':') {
        at++;
        s = whi_url_port(u, &at);
    }
    if (s == WEBHOOK_OK) s = whi_url_target(u, &at);
    if (s == WEBHOOK_OK && text.len > WEBHOOK_URL_MAX)
        s = whi_url_fault(WEBHOOK_ERR_LIMIT, WEBHOOK_URL_MAX, &at);
    if (s == WEBHOOK_OK) return WEBHOOK_OK;
    whi_zero(u, sizeof *u);
    whi_at(offset, at);
    return s;
}

/* ---- >>http: writing ---- */

static void whi_put_line_end(webhook_buf *b) {
    webhook_buf_put(b, WHI_STR("\r\n"));
}

void webhook_http_put_request(webhook_buf *b, webhook_str method, const webhook_url *u) {
    if (!whi_is_token(method) || u == NULL || u->host.len == 0) {
        webhook_buf_fail(b, WEBHOOK_ERR_ARGUMENT);
        return;
    }
    webhook_buf_put(b, method);
    whi_put_char(b, ' ');
    if (u->target.len == 0 || u->target.ptr[0] != '/') whi_put_char(b, '/');
    webhook_buf_put(b, u->target);
    webhook_buf_put(b, WHI_STR(" HTTP/1.1\r\nHost: "));
    if (u->host_kind == WEBHOOK_HOST_IPV6) whi_put_char(b, '[');
    webhook_buf_put(b, u->host);
    if (u->host_kind == WEBHOOK_HOST_IPV6) whi_put_char(b, ']');
    if (u->port != (u->https ? 443 : 80)) {
        whi_put_char(b, ':');
        webhook_decimal_write(b, u->port);
    }
    whi_put_line_end(b);
}

/* whi_http_reason -- words for the statuses that a receiver answers with */
static const char *whi_http_reason(unsigned status) {
#ifndef WEBHOOK_NO_STRINGS
    switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: break;
    }
#endif
    (void)status;
    return "";
}

void webhook_http_put_response(webhook_buf *b, unsigned status) {
    if (status < 100 || status > 599) {
        webhook_buf_fail(b, WEBHOOK_ERR_ARGUMENT);
        return;
    }
    webhook_buf_put(b, WHI_STR("HTTP/1.1 "));
    webhook_decimal_write(b, status);
    whi_put_char(b, ' ');
    webhook_buf_put(b, webhook_str_from_cstr(whi_http_reason(status)));
    whi_put_line_end(b);
}

void webhook_http_put_field(webhook_buf *b, webhook_str name, webhook_str value) {
    if (!whi_is_token(name) || !whi_is_value(value)) {
        webhook_buf_fail(b, WEBHOOK_ERR_ARGUMENT);
        return;
    }
    webhook_buf_put(b, name);
    webhook_buf_put(b, WHI_STR(": "));
    webhook_buf_put(b, value);
    whi_put_line_end(b);
}

void webhook_http_put_length(webhook_buf *b, uint64_t body_len) {
    webhook_buf_put(b, WHI_STR("Content-Length: "));
    webhook_decimal_write(b, body_len);
    webhook_buf_put(b, WHI_STR("\r\n\r\n"));
}

void webhook_http_put_basic(webhook_buf *b, webhook_str user, webhook_str pass) {
    unsigned char three[3]; /* base64 takes three bytes at a time, so nothing has to be joined */
    size_t i, n = 0, all = user.len + 1 + pass.len;
    if (whi_has_byte(user, ':') || whi_has_control(user) || whi_has_control(pass)) {
        webhook_buf_fail(b, WEBHOOK_ERR_ARGUMENT);
        return;
    }
    webhook_buf_put(b, WHI_STR("Authorization: Basic "));
    for (i = 0; i < all; i++) {
        three[n++] = i < user.len    ? whi_bytes(user)[i]
                     : i == user.len ? (unsigned char)':'
                                     : whi_bytes(pass)[i - user.len - 1];
        if (n < 3 && i + 1 < all) continue;
        webhook_base64_write(b, webhook_str_from((const char *)three, n));
        n = 0;
    }
    webhook_wipe(three, sizeof three);
    whi_put_line_end(b);
}

void webhook_http_put_answer(webhook_buf *b, unsigned status, int keep_alive) {
    webhook_http_put_response(b, status);
    if (!keep_alive) webhook_http_put_field(b, WHI_STR("Connection"), WHI_STR("close"));
    if (status < 200 || status == 204)
        whi_put_line_end(b); /* these have no length, RFC 9110 section 8.6 */
    else
        webhook_http_put_length(b, 0);
}

/* ---- >>http: reading ---- */

/* A head is looked at byte by byte, once, wherever an input ends: it is checked, and the fields
 * that say where the message ends are understood on the way. A line that lies whole in the input is
 * a slice of it; of a line that goes on in the next input the caller's buffer keeps what fits. */

/* what the next byte is */
enum {
    WHI_AT_START, /* of the first line, or of an empty one before it */
    WHI_AT_START_LF,
    WHI_AT_METHOD,
    WHI_AT_TARGET,
    WHI_AT_VERSION, /* "HTTP/1." and the minor version, of a request */
    WHI_AT_LINE_CR,
    WHI_AT_RESPONSE, /* the same of a response, with the blank behind it */
    WHI_AT_STATUS,
    WHI_AT_REASON,
    WHI_AT_LINE_LF,
    WHI_AT_NAME, /* also the line end that is the end of the head */
    WHI_AT_VALUE,
    WHI_AT_FIELD_LF,
    WHI_AT_HEAD_LF,
    WHI_AT_BODY,  /* left bytes of it */
    WHI_AT_REST,  /* a body that ends with the connection */
    WHI_AT_CHUNK, /* left bytes of it */
    WHI_AT_CHUNK_CR,
    WHI_AT_CHUNK_LF,
    WHI_AT_SIZE, /* of the next chunk */
    WHI_AT_EXTENSION,
    WHI_AT_SIZE_LF,
    WHI_AT_END /* nothing of this message */
};

/* flags; the first four are the words of whi_http_word in their order */
enum {
    WHI_FLAG_CHUNKED = 1,
    WHI_FLAG_CLOSE = 2,
    WHI_FLAG_KEEP_ALIVE = 4,
    WHI_FLAG_CONTINUE = 8,
    WHI_FLAG_LENGTH = 16,
    WHI_FLAG_HOST = 32,
    WHI_FLAG_TRAILER = 64, /* the fields behind a chunked body: checked, not yielded */
    WHI_FLAG_BLANK = 128,  /* there was an empty line before the first one (RFC 9112 section 2.2) */
    WHI_FLAG_SPLIT = 256,  /* the line at hand began in an earlier input */
    WHI_FLAG_LOST = 512    /* and does not lie whole in the line buffer */
};

/* the fields that matter here, in the order of whi_http_field */
enum {
    WHI_FIELD_CONNECTION,
    WHI_FIELD_LENGTH,
    WHI_FIELD_EXPECT,
    WHI_FIELD_HOST,
    WHI_FIELD_ENCODING,
    WHI_FIELD_NONE
};

static const char whi_http_field[WHI_FIELD_NONE][18] WHI_ROM = { "connection", "content-length",
                                                                 "expect", "host",
                                                                 "transfer-encoding" };
static const char whi_http_word[4][18] WHI_ROM = { "chunked", "close", "keep-alive",
                                                   "100-continue" };

/* whi_match -- which of the texts in mask, a bit each, have this byte at this place; 0: their end
 */
static unsigned whi_match(const char (*texts)[18], unsigned mask, unsigned at, unsigned byte) {
    unsigned i, left = 0;
    for (i = 0; mask >> i != 0; i++)
        if ((mask >> i & 1) != 0 && whi_rom_byte(&texts[i][at]) == byte) left |= 1u << i;
    return left;
}

static void whi_http_begin(webhook_http_ctx *c) {
    webhook_http_desc d = c->desc;
    whi_zero(c, sizeof *c);
    c->desc = d;
}

static void whi_http_set_up(webhook_http_ctx *c, const webhook_http_desc *d) {
    c->desc = *d;
    if (d->body_max == 0) c->desc.body_max = UINT32_C(16) << 20;
    if (d->head_max == 0) c->desc.head_max = UINT32_C(64) << 10;
    if (d->fields_max == 0) c->desc.fields_max = 100;
    whi_http_begin(c);
}

webhook_status webhook_http_init(webhook_http_ctx *c, const webhook_http_desc *d) {
    if (c == NULL || d == NULL || (d->line == NULL && d->line_cap > 0)) return WEBHOOK_ERR_ARGUMENT;
    whi_http_set_up(c, d);
    return WEBHOOK_OK;
}

static webhook_status whi_http_fail(webhook_http_ctx *c, webhook_status error, uint16_t refusal) {
    c->error = (int8_t)error;
    c->refusal = refusal;
    return error;
}

/* ---- >>http: reading, the values that matter ---- */

/* where in a value the next byte stands */
enum {
    WHI_IN_FRONT,
    WHI_INSIDE,
    WHI_BEHIND,
    WHI_AT_BRACKET,
    WHI_IN_BRACKET,
    WHI_BEHIND_BRACKET,
    WHI_IN_PORT
};

/* Each takes the next byte of a value, in lower case, a tab as a blank, 0 at its end; 0 = it cannot
 * stand there. */

/* whi_http_host -- Host: a name or a bracketed address, then a port or none */
static int whi_http_host(webhook_http_ctx *c, unsigned byte) {
    unsigned at = c->value_at;
    if (byte == 0 || byte == ' ') {
        if (byte == ' ' && at != WHI_IN_FRONT) c->value_at = WHI_BEHIND;
        return at != WHI_AT_BRACKET && at != WHI_IN_BRACKET && (byte == ' ' || at != WHI_IN_FRONT);
    }
    switch (at) {
    case WHI_IN_FRONT:
        c->value_at = byte == '[' ? WHI_AT_BRACKET : WHI_INSIDE;
        return byte == '[' || whi_set(whi_host_set, byte);
    case WHI_INSIDE:
        if (byte == ':') c->value_at = WHI_IN_PORT;
        return byte == ':' || whi_set(whi_host_set, byte);
    case WHI_AT_BRACKET:
        c->value_at = WHI_IN_BRACKET;
        return byte == ':' || whi_hex_value(byte) < 16;
    case WHI_IN_BRACKET:
        if (byte == ']') c->value_at = WHI_BEHIND_BRACKET;
        return byte == ']' || byte == ':' || byte == '.' || whi_hex_value(byte) < 16;
    case WHI_BEHIND_BRACKET: c->value_at = WHI_IN_PORT; return byte == ':';
    case WHI_IN_PORT: return whi_in(byte, '0', '9') != 0;
    default: return 0;
    }
}

/* whi_http_length -- Content-Length: digits; what is too large stays at the largest */
static int whi_http_length(webhook_http_ctx *c, unsigned byte) {
    if (byte == 0) return c->value_at != WHI_IN_FRONT;
    if (byte == ' ') {
        if (c->value_at == WHI_INSIDE) c->value_at = WHI_BEHIND;
        return 1;
    }
    if (!whi_in(byte, '0', '9') || c->value_at == WHI_BEHIND) return 0;
    c->value_at = WHI_INSIDE;
    if (!whi_times_ten(&c->left, byte - '0')) c->left = UINT64_MAX;
    return 1;
}

/* whi_http_words -- a list of words, of which some set a flag; Transfer-Encoding has to be the one
 * word chunked */
static int whi_http_words(webhook_http_ctx *c, unsigned byte) {
    int encoding = c->which == WHI_FIELD_ENCODING;
    if ((byte == 0 || byte == ' ' || byte == ',') && c->value_at == WHI_INSIDE) {
        unsigned word = whi_match(whi_http_word, c->word, c->word_at, 0);
        c->flags = (uint16_t)(c->flags | word);
        c->value_at = WHI_BEHIND;
        if (encoding && word == 0) return 0;
    }
    if (byte == 0) return !encoding || c->value_at == WHI_BEHIND;
    if (byte == ' ') return 1;
    if (encoding && (byte == ',' || c->value_at == WHI_BEHIND)) return 0;
    if (byte == ',') {
        c->value_at = WHI_IN_FRONT;
        return 1;
    }
    if (c->value_at != WHI_INSIDE) c->word_at = 0;
    if (c->value_at == WHI_IN_FRONT)
        c->word = encoding                       ? WHI_FLAG_CHUNKED
                  : c->which == WHI_FIELD_EXPECT ? WHI_FLAG_CONTINUE
                                                 : WHI_FLAG_CLOSE | WHI_FLAG_KEEP_ALIVE;
    if (c->value_at == WHI_BEHIND) c->word = 0;
    c->value_at = WHI_INSIDE;
    c->word = (uint8_t)whi_match(whi_http_word, c->word, c->word_at++, byte);
    return 1;
}

static int whi_http_value(webhook_http_ctx *c, unsigned byte) {
    switch (c->which) {
    case WHI_FIELD_NONE: return 1;
    case WHI_FIELD_HOST: return whi_http_host(c, byte);
    case WHI_FIELD_LENGTH: return whi_http_length(c, byte);
    default: return whi_http_words(c, byte);
    }
}

/* ---- >>http: reading, lines ---- */

/* whi_http_version -- the next byte of "HTTP/1." and a digit */
static int whi_http_version(webhook_http_ctx *c, unsigned byte) {
    static const char text[] = "HTTP/1.";
    if (c->word_at == 7) c->minor = (uint8_t)(byte - '0');
    return c->word_at == 7 ? whi_in(byte, '0', '9') != 0 : (char)byte == text[c->word_at];
}

/* whi_http_first -- the next byte of the first line: 0 goes on, 1 it is complete, -1 cannot be */
static int whi_http_first(webhook_http_ctx *c, unsigned byte) {
    int fits = 0;
    switch (c->state) {
    case WHI_AT_METHOD:
        fits = byte == ' ' ? c->name_len > 0 : whi_set(whi_token_set, byte);
        if (byte != ' ' && c->name_len == UINT16_MAX) return -1;
        if (byte != ' ') c->name_len++;
        if (byte == ' ') c->state = WHI_AT_TARGET;
        break;
    case WHI_AT_TARGET:
        fits = byte == ' ' ? c->word_at > 0 : whi_in(byte, '!', '~') != 0;
        c->word_at = byte != ' ';
        if (byte == ' ') c->state = WHI_AT_VERSION;
        break;
    case WHI_AT_VERSION:
        fits = whi_http_version(c, byte);
        if (++c->word_at == 8) c->state = WHI_AT_LINE_CR;
        break;
    case WHI_AT_RESPONSE:
        fits = c->word_at == 8 ? byte == ' ' : whi_http_version(c, byte);
        if (++c->word_at == 9) c->state = WHI_AT_STATUS;
        break;
    case WHI_AT_STATUS: /* three digits, the first of them above 0 */
        fits = whi_in(byte, c->status == 0 ? '1' : '0', '9') != 0;
        c->status = (uint16_t)(c->status * 10 + (byte - '0'));
        if (c->status >= 100) c->state = WHI_AT_REASON;
        c->word_at = 0;
        break;
    case WHI_AT_REASON: /* a blank and a text, or neither */
        fits = byte == '\r' || (c->word_at > 0 ? whi_value_byte(byte) : byte == ' ');
        c->word_at = 1;
        if (byte == '\r') c->state = WHI_AT_LINE_LF;
        break;
    case WHI_AT_LINE_CR:
        fits = byte == '\r';
        c->state = WHI_AT_LINE_LF;
        break;
    default: return byte == '\n' ? 1 : -1;
    }
    return fits ? 0 : -1;
}

/* whi_http_colon -- the name is complete: does it matter here, and may it come? */
static int whi_http_colon(webhook_http_ctx *c) {
    unsigned which = whi_match(whi_http_field, c->word, c->name_len, 0);
    uint16_t once = 0, sets = 0;
    c->which = 0;
    while (c->which < WHI_FIELD_NONE && (which >> c->which & 1) == 0) c->which++;
    if ((c->flags & WHI_FLAG_TRAILER) != 0) c->which = WHI_FIELD_NONE;
    if (c->desc.response && (c->which == WHI_FIELD_HOST || c->which == WHI_FIELD_EXPECT))
        c->which = WHI_FIELD_NONE;
    if (c->which == WHI_FIELD_LENGTH) once = sets = WHI_FLAG_LENGTH;
    if (c->which == WHI_FIELD_HOST) once = sets = WHI_FLAG_HOST;
    if (c->which == WHI_FIELD_ENCODING) once = WHI_FLAG_CHUNKED;
    if ((c->flags & once) != 0) return -1;
    c->flags = (uint16_t)(c->flags | sets);
    c->value_at = WHI_IN_FRONT;
    c->state = WHI_AT_VALUE;
    return 0;
}

/* whi_http_later -- the next byte of a field's line, or of the empty line: as whi_http_first */
static int whi_http_later(webhook_http_ctx *c, unsigned byte) {
    switch (c->state) {
    case WHI_AT_NAME:
        if (byte == '\r' && c->name_len == 0) {
            c->state = WHI_AT_HEAD_LF;
            return 0;
        }
        if (byte == ':' && c->name_len > 0) return whi_http_colon(c);
        if (!whi_set(whi_token_set, byte) || c->name_len == UINT16_MAX) return -1;
        c->word = (uint8_t)whi_match(whi_http_field,
                                     c->name_len == 0 ? (1u << WHI_FIELD_NONE) - 1 : c->word,
                                     c->name_len, whi_lower((char)byte));
        c->name_len++;
        return 0;
    case WHI_AT_VALUE:
        if (byte == '\r') {
            c->state = WHI_AT_FIELD_LF;
            return whi_http_value(c, 0) ? 0 : -1;
        }
        if (!whi_value_byte(byte)) return -1;
        return whi_http_value(c, byte == '\t' ? ' ' : whi_lower((char)byte)) ? 0 : -1;
    default: return byte == '\n' ? 1 : -1;
    }
}

/* whi_http_keep -- copy a part of a line that lies in more than one input */
static void whi_http_keep(webhook_http_ctx *c, webhook_str part) {
    size_t room = c->desc.line_cap - c->kept;
    c->flags |= WHI_FLAG_SPLIT;
    if ((c->flags & WHI_FLAG_TRAILER) != 0) return;
    if (part.len > room) c->flags |= WHI_FLAG_LOST;
    if (part.len > room) part.len = room;
    if (part.len > 0) whi_copy(c->desc.line + c->kept, part.ptr, part.len);
    c->kept += part.len;
}

/* whi_http_too_long -- is the line at hand lost, and nobody can do without it? */
static int whi_http_too_long(const webhook_http_ctx *c) {
    if ((c->flags & WHI_FLAG_LOST) == 0 || c->state == WHI_AT_HEAD_LF) return 0;
    if (c->state < WHI_AT_NAME) return !c->desc.response;
    if (c->desc.skip_long) return 0;
    return c->state == WHI_AT_NAME ? c->word == 0 : c->which == WHI_FIELD_NONE;
}

/* whi_http_head_end -- what the head says of the body */
static webhook_status whi_http_head_end(webhook_http_ctx *c) {
    unsigned f = c->flags;
    int response = c->desc.response;
    if (((f & WHI_FLAG_CHUNKED) != 0 && ((f & WHI_FLAG_LENGTH) != 0 || c->minor == 0)) ||
        (response ? c->status == 101 : c->minor > 0 && (f & WHI_FLAG_HOST) == 0))
        return whi_http_fail(c, WEBHOOK_ERR_SYNTAX, 400);
    if (response || c->minor == 0) c->flags &= (uint16_t)~WHI_FLAG_CONTINUE;
    c->word_at = 0;
    if (response && (c->status < 200 || c->status == 204 || c->status == 304 || c->desc.no_body)) {
        c->left = 0;
        c->state = WHI_AT_BODY;
    } else if ((f & WHI_FLAG_CHUNKED) != 0) {
        c->state = WHI_AT_SIZE;
    } else if (response && (f & WHI_FLAG_LENGTH) == 0) {
        c->flags |= WHI_FLAG_CLOSE;
        c->state = WHI_AT_REST;
    } else {
        if (c->left > c->desc.body_max || c->left == UINT64_MAX)
            return whi_http_fail(c, WEBHOOK_ERR_LIMIT, 413);
        c->state = WHI_AT_BODY;
    }
    return WEBHOOK_OK;
}

static void whi_http_end(webhook_http_ctx *c, webhook_http_token *t) {
    c->state = WHI_AT_END;
    t->kind = WEBHOOK_HTTP_END;
}

/* whi_http_first_token, whi_http_field_token -- a complete line, with its line end */
static void whi_http_first_token(const webhook_http_ctx *c, webhook_str line,
                                 webhook_http_token *t) {
    const size_t status_end = 13, version = 11; /* "HTTP/1.1 200 ", " HTTP/1.1\r\n" */
    t->kind = WEBHOOK_HTTP_LINE;
    t->status = c->status;
    if (!c->desc.response) {
        t->name = webhook_str_from(line.ptr, c->name_len);
        line = whi_skip(line, c->name_len + (size_t)1);
        t->value = webhook_str_from(line.ptr, line.len - version);
    } else if ((c->flags & WHI_FLAG_LOST) == 0 && line.len > status_end + 2) {
        t->value = webhook_str_from(line.ptr + status_end, line.len - status_end - 2);
    }
}

static void whi_http_field_token(const webhook_http_ctx *c, webhook_str line,
                                 webhook_http_token *t) {
    t->kind = WEBHOOK_HTTP_FIELD;
    t->name = webhook_str_from(line.ptr, c->name_len);
    if ((c->flags & WHI_FLAG_LOST) != 0) {
        t->kind = WEBHOOK_HTTP_SKIPPED;
        t->cut = t->name.len > line.len;
        if (t->cut) t->name.len = line.len;
    } else {
        t->value = whi_trim(whi_skip(line, c->name_len + (size_t)1));
    }
}

/* whi_http_line_end -- a line is complete: the token for it, or none in a trailer */
static webhook_status whi_http_line_end(webhook_http_ctx *c, webhook_str line,
                                        webhook_http_token *t) {
    webhook_status s = WEBHOOK_OK;
    int trailer = (c->flags & WHI_FLAG_TRAILER) != 0;
    if (c->state == WHI_AT_LINE_LF) {
        whi_http_first_token(c, line, t);
        c->state = WHI_AT_NAME;
    } else if (c->state == WHI_AT_FIELD_LF) {
        if (++c->fields > c->desc.fields_max || c->fields == 0)
            return whi_http_fail(c, WEBHOOK_ERR_LIMIT, 431);
        if (!trailer && ((c->flags & WHI_FLAG_LOST) == 0 || c->which == WHI_FIELD_NONE))
            whi_http_field_token(c, line, t);
        c->state = WHI_AT_NAME;
    } else if (trailer) {
        whi_http_end(c, t);
    } else {
        s = whi_http_head_end(c);
        t->kind = s == WEBHOOK_OK ? WEBHOOK_HTTP_HEAD : WEBHOOK_HTTP_NONE;
    }
    c->flags &= (uint16_t) ~(WHI_FLAG_SPLIT | WHI_FLAG_LOST);
    c->kept = 0;
    c->name_len = 0;
    return s;
}

/* whi_http_scan -- look at the bytes of one line: how many there are of it in the first n bytes of
 * in; *end as whi_http_first */
static size_t whi_http_scan(webhook_http_ctx *c, webhook_str in, size_t n, int *end) {
    size_t i = 0;
    *end = 0;
    while (i < n && *end == 0) {
        size_t start = i; /* a run of bytes that mean nothing here */
        if (c->state == WHI_AT_VALUE && c->which == WHI_FIELD_NONE)
            while (i < n && whi_value_byte(whi_bytes(in)[i])) i++;
        if (c->state == WHI_AT_NAME && c->name_len > 0 && c->word == 0) {
            while (i < n && i - start < (size_t)(UINT16_MAX - c->name_len) &&
                   whi_set(whi_token_set, whi_bytes(in)[i]))
                i++;
            c->name_len = (uint16_t)(c->name_len + (i - start));
        }
        if (i == n) break;
        *end = c->state < WHI_AT_NAME ? whi_http_first(c, whi_bytes(in)[i])
                                      : whi_http_later(c, whi_bytes(in)[i]);
        if (*end >= 0) i++;
    }
    return i;
}

static webhook_status whi_http_line(webhook_http_ctx *c, webhook_str *in, webhook_http_token *t) {
    uint32_t room = c->desc.head_max - c->head;
    size_t n = in->len > room ? (size_t)room : in->len, kept = c->kept;
    webhook_str line;
    int end;
    line = webhook_str_from(in->ptr, whi_http_scan(c, *in, n, &end));
    c->head += (uint32_t)line.len;
    if (end == 0 || (c->flags & WHI_FLAG_SPLIT) != 0) {
        if (end >= 0) whi_http_keep(c, line);
        if (whi_http_too_long(c)) {
            *in = whi_skip(*in, c->kept - kept);
            return whi_http_fail(c, WEBHOOK_ERR_LIMIT, 431);
        }
    }
    *in = whi_skip(*in, line.len);
    if (end < 0) return whi_http_fail(c, WEBHOOK_ERR_SYNTAX, 400);
    if (end > 0) {
        if ((c->flags & WHI_FLAG_SPLIT) != 0) line = webhook_str_from(c->desc.line, c->kept);
        return whi_http_line_end(c, line, t);
    }
    return in->len > 0 ? whi_http_fail(c, WEBHOOK_ERR_LIMIT, 431) : WEBHOOK_MORE;
}

/* whi_http_start -- before the first line; one empty line is let pass before a request */
static webhook_status whi_http_start(webhook_http_ctx *c, webhook_str *in) {
    unsigned byte = whi_bytes(*in)[0];
    if (c->state == WHI_AT_START_LF) {
        if (byte != '\n') return whi_http_fail(c, WEBHOOK_ERR_SYNTAX, 400);
        c->state = WHI_AT_START;
    } else if (byte == '\r' && !c->desc.response && (c->flags & WHI_FLAG_BLANK) == 0) {
        c->flags |= WHI_FLAG_BLANK;
        c->state = WHI_AT_START_LF;
    } else {
        c->state = c->desc.response ? WHI_AT_RESPONSE : WHI_AT_METHOD;
        return WEBHOOK_OK;
    }
    *in = whi_skip(*in, 1);
    return WEBHOOK_OK;
}

/* ---- >>http: reading, bodies ---- */

/* whi_http_piece -- what there is of the body in the input */
static webhook_status whi_http_piece(webhook_http_ctx *c, webhook_str *in, webhook_http_token *t) {
    uint64_t most = c->state == WHI_AT_REST ? c->desc.body_max - c->body : c->left;
    size_t n = in->len > most ? (size_t)most : in->len;
    if (n == 0) return whi_http_fail(c, WEBHOOK_ERR_LIMIT, 413);
    t->kind = WEBHOOK_HTTP_BODY;
    t->value = webhook_str_from(in->ptr, n);
    *in = whi_skip(*in, n);
    c->body += n;
    c->head -= c->head > n ? (uint32_t)n : c->head; /* so that chunks of few bytes are too many */
    if (c->state != WHI_AT_REST) c->left -= n;
    if (c->state == WHI_AT_CHUNK && c->left == 0) c->state = WHI_AT_CHUNK_CR;
    return WEBHOOK_OK;
}

/* whi_http_frame -- the next byte of what stands around chunks; 0: it cannot stand there */
static int whi_http_frame(webhook_http_ctx *c, unsigned byte) {
    unsigned digit = whi_hex_value(byte);
    switch (c->state) {
    case WHI_AT_CHUNK_CR: c->state = WHI_AT_CHUNK_LF; return byte == '\r';
    case WHI_AT_CHUNK_LF:
        c->state = WHI_AT_SIZE;
        c->word_at = 0;
        return byte == '\n';
    case WHI_AT_SIZE:
        if (digit < 16) {
            c->left = c->left << 4 | digit;
            return ++c->word_at <= 16;
        }
        c->state = byte == ';' ? WHI_AT_EXTENSION : WHI_AT_SIZE_LF;
        return c->word_at > 0 && (byte == ';' || byte == '\r');
    case WHI_AT_EXTENSION:
        if (byte == '\r') c->state = WHI_AT_SIZE_LF;
        return byte == '\r' || whi_value_byte(byte);
    default:
        c->state = WHI_AT_CHUNK;
        if (c->left == 0) {
            c->flags |= WHI_FLAG_TRAILER;
            c->state = WHI_AT_NAME;
        }
        return byte == '\n';
    }
}

static webhook_status whi_http_frames(webhook_http_ctx *c, webhook_str *in) {
    while (in->len > 0 && c->state >= WHI_AT_CHUNK_CR && c->state <= WHI_AT_SIZE_LF) {
        if (c->head == c->desc.head_max) return whi_http_fail(c, WEBHOOK_ERR_LIMIT, 413);
        if (!whi_http_frame(c, whi_bytes(*in)[0])) return whi_http_fail(c, WEBHOOK_ERR_SYNTAX, 400);
        *in = whi_skip(*in, 1);
        c->head++;
        if (c->state == WHI_AT_CHUNK && c->left > c->desc.body_max - c->body)
            return whi_http_fail(c, WEBHOOK_ERR_LIMIT, 413);
    }
    return WEBHOOK_OK;
}

/* whi_http_step -- a step further; without a token where there is none */
static webhook_status whi_http_step(webhook_http_ctx *c, webhook_str *in, webhook_http_token *t) {
    if (c->state == WHI_AT_BODY && c->left == 0) {
        whi_http_end(c, t);
        return WEBHOOK_OK;
    }
    if (c->state == WHI_AT_END) {
        if (!webhook_http_keep_alive(c)) return WEBHOOK_ERR_CLOSED;
        if (in->len > 0) whi_http_begin(c);
    }
    if (in->len == 0) return WEBHOOK_MORE;
    if (c->state >= WHI_AT_BODY) c->flags &= (uint16_t)~WHI_FLAG_CONTINUE;
    if (c->state <= WHI_AT_START_LF) return whi_http_start(c, in);
    if (c->state < WHI_AT_BODY) return whi_http_line(c, in, t);
    return c->state <= WHI_AT_CHUNK ? whi_http_piece(c, in, t) : whi_http_frames(c, in);
}

webhook_status webhook_http_next(webhook_http_ctx *c, webhook_str *in, webhook_http_token *t) {
    webhook_status s = (webhook_status)c->error;
    whi_zero(t, sizeof *t);
    while (s == WEBHOOK_OK && t->kind == WEBHOOK_HTTP_NONE) s = whi_http_step(c, in, t);
    return s;
}

webhook_status webhook_http_finish(webhook_http_ctx *c) {
    if (c->error != WEBHOOK_OK) return (webhook_status)c->error;
    if (c->state == WHI_AT_REST || (c->state == WHI_AT_BODY && c->left == 0)) c->state = WHI_AT_END;
    return c->state == WHI_AT_END || c->state == WHI_AT_START ? WEBHOOK_OK : WEBHOOK_ERR_TRUNCATED;
}

int webhook_http_keep_alive(const webhook_http_ctx *c) {
    if (c->error != WEBHOOK_OK) return 0;
    if (c->desc.response && c->status < 200) return 1; /* the final one is still to come */
    if ((c->flags & WHI_FLAG_CLOSE) != 0) return 0;
    return c->minor > 0 || (c->flags & WHI_FLAG_KEEP_ALIVE) != 0;
}

int webhook_http_expects_continue(const webhook_http_ctx *c) {
    return (c->flags & WHI_FLAG_CONTINUE) != 0 &&
           (c->state == WHI_AT_SIZE || (c->state == WHI_AT_BODY && c->left > 0));
}

unsigned webhook_http_refusal(const webhook_http_ctx *c) {
    return c->refusal;
}

/* ---- >>http: exchange ---- */

/* state is WEBHOOK_MORE while it goes on, then what it answers for good */

void webhook_exchange_init(webhook_exchange *x, webhook_str head, webhook_str body,
                           uint64_t deadline_ms, char *line, size_t cap) {
    webhook_http_desc d = WEBHOOK_ZERO;
    whi_zero(x, sizeof *x);
    d.response = d.skip_long = 1;
    d.body_max = UINT64_MAX;
    d.line = line;
    d.line_cap = line == NULL ? 0 : cap;
    whi_http_set_up(&x->http, &d);
    x->head = head;
    x->body = body;
    x->deadline_ms = deadline_ms;
    x->state = WEBHOOK_MORE;
}

static webhook_status whi_exchange_end(webhook_exchange *x, webhook_status s, int keep_alive) {
    x->state = (int8_t)s;
    x->keep_alive = (uint8_t)keep_alive;
    return s;
}

/* whi_exchange_fail -- an answer counts as soon as its head is there, whatever comes then */
static webhook_status whi_exchange_fail(webhook_exchange *x, webhook_status error) {
    return whi_exchange_end(x, x->status > 0 ? WEBHOOK_OK : error, 0);
}

static int whi_exchange_unsent(const webhook_exchange *x) {
    return x->head.len > 0 || x->body.len > 0;
}

static void whi_exchange_field(webhook_exchange *x, const webhook_http_token *t) {
    if (x->http.status < 200 || !WHI_IS(t->name, "Retry-After")) return;
    x->retry_after_len = 0;
    if (t->value.len > WEBHOOK_RETRY_AFTER_MAX) return;
    whi_copy(x->retry_after, t->value.ptr, t->value.len);
    x->retry_after_len = (uint8_t)t->value.len;
}

/* whi_exchange_take -- what a token of the answer means: WEBHOOK_MORE, or how it ended */
static webhook_status whi_exchange_take(webhook_exchange *x, const webhook_http_token *t,
                                        size_t behind) {
    if (t->kind == WEBHOOK_HTTP_FIELD) whi_exchange_field(x, t);
    if (x->http.status < 200) {
        if (t->kind != WEBHOOK_HTTP_HEAD || ++x->interim <= 16) return WEBHOOK_MORE;
        return whi_exchange_fail(x, WEBHOOK_ERR_LIMIT); /* nothing but 1xx */
    }
    if (t->kind == WEBHOOK_HTTP_HEAD) {
        x->status = x->http.status;
        if (whi_exchange_unsent(x)) return whi_exchange_end(x, WEBHOOK_OK, 0);
    }
    if (t->kind == WEBHOOK_HTTP_BODY && x->http.body > WEBHOOK_ANSWER_MAX)
        return whi_exchange_end(x, WEBHOOK_OK, 0);
    if (t->kind == WEBHOOK_HTTP_END)
        return whi_exchange_end(x, WEBHOOK_OK,
                                !x->cut && behind == 0 && webhook_http_keep_alive(&x->http));
    return WEBHOOK_MORE;
}

webhook_status webhook_exchange_next(webhook_exchange *x, uint64_t tick_ms, webhook_str *in,
                                     webhook_str *out) {
    webhook_http_token t;
    webhook_status s = (webhook_status)x->state;
    *out = webhook_str_from(NULL, 0);
    if (s == WEBHOOK_MORE && in->len > 0) x->began = 1;
    while (s == WEBHOOK_MORE) {
        s = webhook_http_next(&x->http, in, &t);
        if (s == WEBHOOK_MORE) break;
        s = s == WEBHOOK_OK ? whi_exchange_take(x, &t, in->len) : whi_exchange_fail(x, s);
    }
    if (s != WEBHOOK_MORE) return s;
    if (tick_ms >= x->deadline_ms) return whi_exchange_fail(x, WEBHOOK_ERR_TIMEOUT);
    *out = x->head.len > 0 ? x->head : x->body;
    return out->len > 0 ? WEBHOOK_WANT_SEND : WEBHOOK_WANT_RECV;
}

void webhook_exchange_sent(webhook_exchange *x, size_t n) {
    webhook_str *part = x->head.len > 0 ? &x->head : &x->body;
    *part = whi_skip(*part, n < part->len ? n : part->len);
}

webhook_status webhook_exchange_finish(webhook_exchange *x, webhook_status error) {
    if (x->state != WEBHOOK_MORE) return (webhook_status)x->state;
    if (error == WEBHOOK_ERR_CLOSED && x->began) error = WEBHOOK_ERR_TRUNCATED;
    return whi_exchange_fail(x, error);
}

/* whi_exchange_send -- send until it wants to wait: WEBHOOK_MORE all is sent | WEBHOOK_WANT_…
 * A peer that takes no more may have answered already, so that is no error yet. */
static webhook_status whi_exchange_send(webhook_exchange *x, const webhook_io *io,
                                        webhook_str out) {
    size_t n = 0;
    webhook_status s = io->send(io->user, out.ptr, out.len, &n);
    if (s == WEBHOOK_OK) webhook_exchange_sent(x, n);
    if (s == WEBHOOK_OK || s == WEBHOOK_WANT_SEND || s == WEBHOOK_WANT_RECV) return s;
    x->cut = 1;
    x->head.len = x->body.len = 0;
    return WEBHOOK_OK;
}

webhook_status webhook_exchange_run(webhook_exchange *x, uint64_t tick_ms, const webhook_io *io,
                                    char *buf, size_t cap) {
    webhook_str in = webhook_str_from(buf, 0), out;
    for (;;) {
        webhook_status want = webhook_exchange_next(x, tick_ms, &in, &out), s;
        size_t n = 0;
        if (want != WEBHOOK_WANT_SEND && want != WEBHOOK_WANT_RECV) return want;
        if (want == WEBHOOK_WANT_SEND) {
            want = whi_exchange_send(x, io, out);
            if (want == WEBHOOK_OK) continue;
        }
        s = io->recv(io->user, buf, cap, &n);
        if (s == WEBHOOK_OK) {
            in = webhook_str_from(buf, n);
            continue;
        }
        if (s != WEBHOOK_WANT_SEND && s != WEBHOOK_WANT_RECV) return webhook_exchange_finish(x, s);
        return want == WEBHOOK_WANT_RECV ? s : want;
    }
}

webhook_str webhook_exchange_retry_after(const webhook_exchange *x) {
    return webhook_str_from(x->retry_after, x->retry_after_len);
}

/* ---- >>http: address guard ---- */

/* how far an address is from being public */
enum { WHI_NET_PUBLIC, WHI_NET_PRIVATE, WHI_NET_SPECIAL, WHI_NET_NEVER };

/* A block: the first 32 bits of its address; the next 16, and in the low half its length and what
 * it is. The first row that fits counts. */
#define WHI_NET_ROWS 2
#define WHI_NET(high, low, bits, is) \
    { high, (uint32_t)(low) << 16 | (bits) << 8 | (is) }

/* IANA's IPv4 Special-Purpose Address Registry, and multicast */
static const uint32_t whi_nets_4[][WHI_NET_ROWS] WHI_ROM = {
    WHI_NET(0x00000000, 0, 8, WHI_NET_NEVER),    /* this network, RFC 791 */
    WHI_NET(0x0a000000, 0, 8, WHI_NET_PRIVATE),  /* RFC 1918 */
    WHI_NET(0x64400000, 0, 10, WHI_NET_PRIVATE), /* shared, RFC 6598 */
    WHI_NET(0x7f000000, 0, 8, WHI_NET_PRIVATE),  /* loopback, RFC 1122 */
    WHI_NET(0xa9fe0000, 0, 16, WHI_NET_NEVER),   /* link-local, RFC 3927 */
    WHI_NET(0xac100000, 0, 12, WHI_NET_PRIVATE), /* RFC 1918 */
    WHI_NET(0xc0000000, 0, 24, WHI_NET_SPECIAL), /* protocol assignments, RFC 6890 */
    WHI_NET(0xc0000200, 0, 24, WHI_NET_NEVER),   /* documentation, RFC 5737 */
    WHI_NET(0xc01fc400, 0, 24, WHI_NET_SPECIAL), /* AS112, RFC 7535 */
    WHI_NET(0xc034c100, 0, 24, WHI_NET_SPECIAL), /* AMT, RFC 7450 */
    WHI_NET(0xc0586300, 0, 24, WHI_NET_SPECIAL), /* 6to4 relays, RFC 7526 */
    WHI_NET(0xc0a80000, 0, 16, WHI_NET_PRIVATE), /* RFC 1918 */
    WHI_NET(0xc0af3000, 0, 24, WHI_NET_SPECIAL), /* AS112, RFC 7534 */
    WHI_NET(0xc6120000, 0, 15, WHI_NET_SPECIAL), /* benchmarking, RFC 2544 */
    WHI_NET(0xc6336400, 0, 24, WHI_NET_NEVER),   /* documentation, RFC 5737 */
    WHI_NET(0xcb007100, 0, 24, WHI_NET_NEVER),   /* documentation, RFC 5737 */
    WHI_NET(0xe0000000, 0, 3, WHI_NET_NEVER)     /* multicast RFC 5771, reserved RFC 1112 */
};

/* IANA's IPv6 Special-Purpose Address Registry; all else outside 2000::/3 is the last row's */
static const uint32_t whi_nets_6[][WHI_NET_ROWS] WHI_ROM = {
    WHI_NET(0x20010db8, 0, 32, WHI_NET_NEVER),        /* documentation, RFC 3849 */
    WHI_NET(0x20010000, 0, 23, WHI_NET_SPECIAL),      /* protocol assignments, Teredo, RFC 2928 */
    WHI_NET(0x20020000, 0, 16, WHI_NET_SPECIAL),      /* 6to4, RFC 3056 */
    WHI_NET(0x2620004f, 0x8000, 48, WHI_NET_SPECIAL), /* AS112, RFC 7534 */
    WHI_NET(0x3fff0000, 0, 20, WHI_NET_NEVER),        /* documentation, RFC 9637 */
    WHI_NET(0x20000000, 0, 3, WHI_NET_PUBLIC),
    WHI_NET(0xfc000000, 0, 7, WHI_NET_PRIVATE),       /* unique local, RFC 4193 */
    WHI_NET(0x0064ff9b, 0x0001, 48, WHI_NET_SPECIAL), /* local translation, RFC 8215 */
    WHI_NET(0xfec00000, 0, 10, WHI_NET_SPECIAL),      /* site-local, RFC 3879 */
    WHI_NET(0x00000000, 0, 0, WHI_NET_NEVER)
};

/* whi_same_bits -- do two addresses begin with the same bits? */
static int whi_same_bits(const unsigned char *a, const unsigned char *b, unsigned bits) {
    unsigned i = 0;
    for (; bits >= 8; bits -= 8, i++)
        if (a[i] != b[i]) return 0;
    return bits == 0 || (a[i] ^ b[i]) >> (8 - bits) == 0;
}

static unsigned whi_net_look_up(const uint32_t (*rows)[WHI_NET_ROWS], size_t n,
                                const unsigned char *ip) {
    size_t i;
    for (i = 0; i < n; i++) {
        unsigned char start[8];
        uint32_t more = whi_rom_u32(&rows[i][1]);
        whi_store32(start, whi_rom_u32(&rows[i][0]));
        whi_store32(start + 4, more & 0xffff0000);
        if (whi_same_bits(ip, start, more >> 8 & 0xff)) return more & 0xff;
    }
    return WHI_NET_PUBLIC;
}

static unsigned whi_net_of(const unsigned char *ip, size_t len) {
    static const unsigned char loopback[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
    if (len == 4) return whi_net_look_up(whi_nets_4, sizeof whi_nets_4 / sizeof *whi_nets_4, ip);
    if (whi_same_bits(ip, loopback, 128)) return WHI_NET_PRIVATE;
    return whi_net_look_up(whi_nets_6, sizeof whi_nets_6 / sizeof *whi_nets_6, ip);
}

/* whi_ip_inside -- does the IPv6 address stand for the IPv4 address in its last four bytes? */
static int whi_ip_inside(const unsigned char *ip) {
    static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    static const unsigned char translated[12] = { 0, 0x64, 0xff, 0x9b };
    return whi_same_bits(ip, mapped, 96) || whi_same_bits(ip, translated, 96);
}

webhook_status webhook_net_read(webhook_str text, webhook_net *net) {
    webhook_str address;
    uint64_t bits;
    size_t i, slash = 0;
    if (net == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(net, sizeof *net);
    while (slash < text.len && text.ptr[slash] != '/') slash++;
    address = webhook_str_from(text.ptr, slash);
    net->len = (uint8_t)whi_ip_read(address, net->ip);
    bits = net->len * 8u;
    if (slash < text.len) {
        text = whi_skip(text, slash + 1);
        if (webhook_decimal_read(text, &bits) != WEBHOOK_OK || (text.len > 1 && text.ptr[0] == '0'))
            net->len = 0;
    }
    for (i = 0; i < net->len * 8u; i++) /* bits behind the prefix must be 0 */
        if (i >= bits && (net->ip[i / 8] >> (7 - i % 8) & 1) != 0) break;
    net->bits = (uint8_t)bits;
    if (net->len > 0 && bits <= net->len * 8u && i == net->len * 8u) return WEBHOOK_OK;
    whi_zero(net, sizeof *net);
    return WEBHOOK_ERR_SYNTAX;
}

webhook_status webhook_guard_check(const webhook_guard *g, const unsigned char *ip, size_t len) {
    unsigned is;
    size_t i;
    if (ip == NULL || (len != 4 && len != 16)) return WEBHOOK_ERR_ARGUMENT;
    if (len == 16 && whi_ip_inside(ip)) {
        ip += 12;
        len = 4;
    }
    if (g != NULL && g->check != NULL) return g->check(g, ip, len);
    is = whi_net_of(ip, len);
    if (is == WHI_NET_PUBLIC) return WEBHOOK_OK;
    if (is == WHI_NET_NEVER || g == NULL) return WEBHOOK_ERR_FORBIDDEN;
    if (is == WHI_NET_PRIVATE && g->allow_private) return WEBHOOK_OK;
    for (i = 0; i < g->n_nets; i++)
        if (g->nets[i].len == len && whi_same_bits(ip, g->nets[i].ip, g->nets[i].bits))
            return WEBHOOK_OK;
    return WEBHOOK_ERR_FORBIDDEN;
}

#undef WHI_NET_ROWS
#undef WHI_NET

/* ==== >>receive (implementation) ==== */

/* what becomes of the message at hand */
enum {
    WHI_RECEIVE_OPEN,     /* not decided */
    WHI_RECEIVE_REFUSING, /* refused, to be told when the head is complete */
    WHI_RECEIVE_REFUSED,  /* to be told now */
    WHI_RECEIVE_SWALLOW,  /* told: the rest of the message is dropped */
    WHI_RECEIVE_CLOSED    /* told, and no other message can follow */
};

webhook_status webhook_receive_init(webhook_receive_ctx *c, const webhook_http_desc *d) {
    if (c == NULL || d == NULL || d->response) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(c, sizeof *c);
    webhook_verify_init(&c->verify);
    return webhook_http_init(&c->http, d);
}

webhook_status webhook_receive_init_scheme(webhook_receive_ctx *c, const webhook_http_desc *d,
                                           const webhook_scheme *s, uint32_t *scratch,
                                           size_t words) {
    webhook_status status = webhook_receive_init(c, d);
    if (status == WEBHOOK_OK) webhook_verify_init_scheme(&c->verify, s, scratch, words);
    return status;
}

/* whi_receive_last -- a refused sender that waits for 100 Continue may send the body or not: where
 * the next message begins cannot be known */
static void whi_receive_last(webhook_receive_ctx *c) {
    if (!webhook_http_expects_continue(&c->http)) return;
    c->http.flags &= (uint16_t)~WHI_FLAG_CONTINUE;
    c->http.flags |= WHI_FLAG_CLOSE;
    c->last = 1;
}

static void whi_receive_refuse(webhook_receive_ctx *c, unsigned status, webhook_status reason) {
    int in_head = c->http.state < WHI_AT_BODY && c->http.error == WEBHOOK_OK;
    if (c->state != WHI_RECEIVE_OPEN) return;
    c->state = in_head ? WHI_RECEIVE_REFUSING : WHI_RECEIVE_REFUSED;
    c->refusal = (uint16_t)status;
    c->reason = (int8_t)reason;
    whi_verify_reset(&c->verify, WHI_VERIFY_NONE);
    if (!in_head) whi_receive_last(c);
}

/* whi_receive_judge -- refuse where the verifier does */
static void whi_receive_judge(webhook_receive_ctx *c, webhook_status s) {
    int ours = s == WEBHOOK_ERR_SCRATCH || s == WEBHOOK_ERR_ARGUMENT;
    if (s < WEBHOOK_OK) whi_receive_refuse(c, ours ? 500 : 401, s);
}

void webhook_receive_keys(webhook_receive_ctx *c, const webhook_hmac_key *keys, size_t n,
                          int64_t now_s) {
    if (c->state == WHI_RECEIVE_OPEN && c->http.state >= WHI_AT_BODY &&
        c->verify.phase == WHI_VERIFY_HEAD)
        whi_receive_judge(c, webhook_verify_head(&c->verify, keys, n, now_s));
}

void webhook_receive_refuse(webhook_receive_ctx *c, unsigned status) {
    if (status < 400 || status > 599) status = 500;
    if (c->http.state != WHI_AT_START && c->http.state != WHI_AT_END)
        whi_receive_refuse(c, status, WEBHOOK_ERR_FORBIDDEN);
}

/* whi_receive_take -- what a token of the reader means; its kind is NONE where it is not passed on
 */
static void whi_receive_take(webhook_receive_ctx *c, webhook_http_token *t) {
    if (t->kind == WEBHOOK_HTTP_LINE) {
        c->state = WHI_RECEIVE_OPEN;
        whi_verify_reset(&c->verify, WHI_VERIFY_HEAD);
        webhook_verify_line(&c->verify, t->name, t->value);
    } else if (c->state != WHI_RECEIVE_OPEN) {
        if (t->kind == WEBHOOK_HTTP_HEAD) {
            c->state = WHI_RECEIVE_REFUSED;
            whi_receive_last(c);
        }
        if (t->kind == WEBHOOK_HTTP_END) c->state = WHI_RECEIVE_OPEN;
        t->kind = WEBHOOK_HTTP_NONE;
    } else if (t->kind == WEBHOOK_HTTP_FIELD) {
        t->role = whi_role_of(c->verify.scheme, t->name);
        webhook_verify_field(&c->verify, t->name, t->value);
    } else if (t->kind == WEBHOOK_HTTP_SKIPPED) {
        whi_verify_skipped(&c->verify, t->name, t->cut);
    } else if (t->kind == WEBHOOK_HTTP_BODY) {
        webhook_verify_body(&c->verify, t->value);
    } else if (t->kind == WEBHOOK_HTTP_END) {
        t->kind = WEBHOOK_HTTP_VERIFIED;
        whi_receive_judge(c, whi_verify_close(&c->verify));
        if (c->state != WHI_RECEIVE_OPEN) t->kind = WEBHOOK_HTTP_NONE;
    }
}

/* whi_receive_tell -- the token REFUSED */
static void whi_receive_tell(webhook_receive_ctx *c, webhook_http_token *t) {
    whi_zero(t, sizeof *t);
    t->kind = WEBHOOK_HTTP_REFUSED;
    t->status = c->refusal;
    t->reason = c->reason;
    c->state = WHI_RECEIVE_SWALLOW;
    if (c->http.state == WHI_AT_END) c->state = WHI_RECEIVE_OPEN;
    if (c->last || c->http.error != WEBHOOK_OK) c->state = WHI_RECEIVE_CLOSED;
}

webhook_status webhook_receive_next(webhook_receive_ctx *c, webhook_str *in,
                                    webhook_http_token *t) {
    do {
        webhook_status s;
        /* a message for which no keys were handed over at its HEAD */
        webhook_receive_keys(c, NULL, 0, 0);
        whi_zero(t, sizeof *t);
        if (c->state == WHI_RECEIVE_CLOSED) return WEBHOOK_ERR_CLOSED;
        if (c->state == WHI_RECEIVE_REFUSED) {
            whi_receive_tell(c, t);
            return WEBHOOK_OK;
        }
        s = webhook_http_next(&c->http, in, t);
        if (s == WEBHOOK_MORE || s == WEBHOOK_ERR_CLOSED) return s;
        if (s == WEBHOOK_OK) {
            whi_receive_take(c, t);
        } else if (c->state == WHI_RECEIVE_SWALLOW) {
            c->state = WHI_RECEIVE_CLOSED;
        } else { /* refused for this, or before for a reason of the caller's */
            whi_receive_refuse(c, webhook_http_refusal(&c->http), s);
            c->state = WHI_RECEIVE_REFUSED;
        }
    } while (t->kind == WEBHOOK_HTTP_NONE);
    return WEBHOOK_OK;
}

webhook_status webhook_receive_finish(webhook_receive_ctx *c) {
    return webhook_http_finish(&c->http) == WEBHOOK_OK ? WEBHOOK_OK : WEBHOOK_ERR_TRUNCATED;
}

/* ==== >>store (implementation) ==== */

static uint64_t whi_load64(const unsigned char *p) {
    return (uint64_t)whi_load32(p) << 32 | whi_load32(p + 4);
}

static void whi_store64(unsigned char *p, uint64_t v) {
    whi_store32(p, (uint32_t)(v >> 32));
    whi_store32(p + 4, (uint32_t)v);
}

/* ---- >>store: CRC-32C ---- */

/* CRC-32C (the polynomial of RFC 3720, 0x1edc6f41, least significant bit first). Entry x of row k
 * is what remains of the half byte x once k more of them have come. A row is made of the four
 * entries of a single bit each. With sixteen rows, 1 KiB, eight bytes take sixteen look-ups, none
 * of which waits for another; that is as fast as 8 KiB of tables for whole bytes, or nearly. */
#define WHI_CRC_ROW(a, b, c, d)                                                             \
    {                                                                                       \
        0, (a), (b), (a) ^ (b), (c), (a) ^ (c), (b) ^ (c), (a) ^ (b) ^ (c), (d), (a) ^ (d), \
            (b) ^ (d), (a) ^ (b) ^ (d), (c) ^ (d), (a) ^ (c) ^ (d), (b) ^ (c) ^ (d),        \
            (a) ^ (b) ^ (c) ^ (d)                                                           \
    }

static const uint32_t whi_crc_rows[][16] WHI_ROM = {
    WHI_CRC_ROW(0x105ec76f, 0x20bd8ede, 0x417b1dbc, 0x82f63b78),
#ifndef WEBHOOK_SMALL
    WHI_CRC_ROW(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf),
    WHI_CRC_ROW(0x3fc5f181, 0x7f8be302, 0xff17c604, 0xfbc3faf9),
    WHI_CRC_ROW(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8),
    WHI_CRC_ROW(0x70a27d8a, 0xe144fb14, 0xc76580d9, 0x8b277743),
    WHI_CRC_ROW(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5),
    WHI_CRC_ROW(0xe964b13d, 0xd725148b, 0xaba65fe7, 0x52a0c93f),
    WHI_CRC_ROW(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6),
    WHI_CRC_ROW(0x8f2261d3, 0x1ba8b557, 0x37516aae, 0x6ea2d55c),
    WHI_CRC_ROW(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91),
    WHI_CRC_ROW(0xc00c303e, 0x85f4168d, 0x0e045beb, 0x1c08b7d6),
    WHI_CRC_ROW(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f),
    WHI_CRC_ROW(0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4),
    WHI_CRC_ROW(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53),
    WHI_CRC_ROW(0x847609b4, 0x0d006599, 0x1a00cb32, 0x34019664),
    WHI_CRC_ROW(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da),
#endif
};

#ifndef WEBHOOK_SMALL
/* whi_crc_word -- what remains of four bytes, the first of them lowest in v; from the rows eight
 * further on: once four more have come */
static uint32_t whi_crc_word(const uint32_t (*rows)[16], uint32_t v) {
    return whi_rom_u32(&rows[7][v & 15]) ^ whi_rom_u32(&rows[6][v >> 4 & 15]) ^
           whi_rom_u32(&rows[5][v >> 8 & 15]) ^ whi_rom_u32(&rows[4][v >> 12 & 15]) ^
           whi_rom_u32(&rows[3][v >> 16 & 15]) ^ whi_rom_u32(&rows[2][v >> 20 & 15]) ^
           whi_rom_u32(&rows[1][v >> 24 & 15]) ^ whi_rom_u32(&rows[0][v >> 28]);
}

static uint32_t whi_load32_low_first(const unsigned char *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
#endif

/* whi_crc32c -- of s behind what has the checksum `before`; nothing has 0 */
static uint32_t whi_crc32c(uint32_t before, webhook_str s) {
    const unsigned char *p = whi_bytes(s);
    uint32_t c = ~before;
    size_t n = s.len;
#ifndef WEBHOOK_SMALL
    for (; n >= 8; n -= 8, p += 8)
        c = whi_crc_word(whi_crc_rows + 8, c ^ whi_load32_low_first(p)) ^
            whi_crc_word(whi_crc_rows, whi_load32_low_first(p + 4));
#endif
    for (; n > 0; n--) {
        c ^= *p++;
        c = c >> 4 ^ whi_rom_u32(&whi_crc_rows[0][c & 15]);
        c = c >> 4 ^ whi_rom_u32(&whi_crc_rows[0][c & 15]);
    }
    return ~c;
}

/* ---- >>store: records ---- */

/* A record: a head, the key, the value. The head and its checksum keep this form in every version
 * of the format, so that a record of a later one is told from a damaged one. Numbers are
 * big-endian.
 *
 *     0   4  the mark
 *     4   1  version of the format
 *     5   1  kind: the first byte of the key
 *     6   1  length of the key
 *     7   1  zero
 *     8   8  length of the value
 *    16   4  CRC-32C of the value
 *    20   4  CRC-32C of the 20 bytes before and of the key
 */
enum { WHI_RECORD_HEAD = 24, WHI_RECORD_VERSION = 1 };
#define WHI_RECORD_MARK UINT32_C(0x57481f9e) /* in no text: 0x9e alone is not UTF-8 */

/* whi_record_check -- the second checksum of a head; key: all of it */
static uint32_t whi_record_check(const unsigned char *head, webhook_str key) {
    return whi_crc32c(whi_crc32c(0, webhook_str_from((const char *)head, 20)), key);
}

webhook_status webhook_record_read(webhook_str record, webhook_record *r) {
    const unsigned char *head = whi_bytes(record);
    webhook_str key, value;
    if (r == NULL || (record.ptr == NULL && record.len > 0)) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(r, sizeof *r);
    if (record.len < WHI_RECORD_HEAD || whi_load32(head) != WHI_RECORD_MARK ||
        head[6] > record.len - WHI_RECORD_HEAD)
        return WEBHOOK_ERR_DAMAGED;
    key = webhook_str_from(record.ptr + WHI_RECORD_HEAD, head[6]);
    value = whi_skip(record, WHI_RECORD_HEAD + key.len);
    if (whi_load32(head + 20) != whi_record_check(head, key)) return WEBHOOK_ERR_DAMAGED;
    if (head[4] > WHI_RECORD_VERSION) return WEBHOOK_ERR_RANGE;
    if (head[4] != WHI_RECORD_VERSION || key.len == 0 || key.len > WEBHOOK_STORE_KEY_MAX ||
        head[5] != whi_bytes(key)[0] || head[7] != 0 || whi_load64(head + 8) != value.len ||
        (head[5] == 'w' && value.len < 8) || whi_load32(head + 16) != whi_crc32c(0, value))
        return WEBHOOK_ERR_DAMAGED;
    r->key = key;
    r->value = value;
    r->kind = head[5];
    r->version = r->kind == 'w' ? whi_load64(whi_bytes(value)) : 0;
    return WEBHOOK_OK;
}

/* whi_store_put -- put a record whose value is n pieces, at most 3, one behind the other */
static webhook_status whi_store_put(webhook_store *s, webhook_str key, const webhook_str *value,
                                    size_t n, uint64_t replaces) {
    unsigned char head[WHI_RECORD_HEAD + WEBHOOK_STORE_KEY_MAX];
    webhook_str pieces[4];
    webhook_status status;
    uint64_t len = 0;
    uint32_t crc = 0;
    size_t i;
    for (i = 0; i < n; i++) {
        pieces[i + 1] = value[i];
        len += value[i].len;
        crc = whi_crc32c(crc, value[i]);
    }
    whi_store32(head, WHI_RECORD_MARK);
    head[4] = WHI_RECORD_VERSION;
    head[5] = whi_bytes(key)[0];
    head[6] = (unsigned char)key.len;
    head[7] = 0;
    whi_store64(head + 8, len);
    whi_store32(head + 16, crc);
    whi_store32(head + 20, whi_record_check(head, key));
    whi_copy(head + WHI_RECORD_HEAD, key.ptr, key.len);
    pieces[0] = webhook_str_from((const char *)head, WHI_RECORD_HEAD + key.len);
    status = s->put(s->user, key, pieces, n + 1, replaces);
    if (status == WEBHOOK_OK) s->dirty = 1;
    return status;
}

static void whi_store_remove(webhook_store *s, webhook_str key) {
    s->remove(s->user, key);
    s->dirty = 1;
}

/* whi_store_commit -- ask for a commit under a new ticket. dirty is cleared before, so that what is
 * put from then on counts anew. */
static webhook_status whi_store_commit(webhook_store *s, uint64_t *ticket) {
    webhook_status status;
    *ticket = ++s->tickets;
    s->dirty = 0;
    status = s->commit(s->user, *ticket);
    if (status != WEBHOOK_OK && status != WEBHOOK_PENDING) s->dirty = 1;
    return status;
}

/* ---- >>store: in memory, free space ---- */

/* The caller's memory: the root of the gaps, the buckets of the index, then blocks and gaps one
 * behind the other, no two gaps side by side, and at the end a word that says "in use". All words
 * have 32 bits and are read and written byte by byte, so the memory may begin anywhere. A place is
 * an offset from its front, a multiple of 4; 0 is none, for no block is there. The first word of a
 * block or gap is its size, with two flags; the last word of a gap repeats its size, so that the
 * block behind it finds its front.
 *
 * A gap that could hold a record is in a tree by its size: a trie over the bits of the size, from
 * the most significant on, in which each node is a gap itself and others of its size are in a list
 * behind it. The smallest gap that suffices is found in as many steps as sizes have bits. */

enum {
    WHI_MEMORY_LINK = 4, /* of a gap: the place that points to it. In use: the next in its bucket */
    WHI_MEMORY_NEXT = 8, /* list of gaps of one size, of the progress of an event */
    WHI_MEMORY_PREV = 12,
    WHI_MEMORY_CHILD = 16, /* of a gap: two */
    WHI_MEMORY_LENT = 16,  /* in use: how many times, and whether it is to go */
    WHI_MEMORY_HEAD = 20,  /* in use: here the record begins */
    WHI_MEMORY_GAP = 8,    /* the smallest gap: its size twice */
    WHI_MEMORY_BLOCK = 48, /* the smallest block: this head, that of a record, a key of one byte */
    WHI_MEMORY_SHARE = 128 /* a bucket of the index for so many bytes of the block */
};
#define WHI_MEMORY_USED UINT32_C(1)          /* flag of the first word: in use */
#define WHI_MEMORY_BEHIND UINT32_C(2)        /* flag of the first word: behind a gap */
#define WHI_MEMORY_GONE UINT32_C(0x80000000) /* with the count: removed or replaced while lent */

static uint32_t whi_word(const webhook_memory_store *m, uint32_t at) {
    return whi_load32(m->ptr + at);
}

static void whi_set_word(webhook_memory_store *m, uint32_t at, uint32_t v) {
    whi_store32(m->ptr + at, v);
}

/* whi_memory_enter, _leave -- into a list behind `before`, out of it */
static void whi_memory_enter(webhook_memory_store *m, uint32_t before, uint32_t at) {
    uint32_t next = whi_word(m, before + WHI_MEMORY_NEXT);
    whi_set_word(m, at + WHI_MEMORY_NEXT, next);
    whi_set_word(m, at + WHI_MEMORY_PREV, before);
    whi_set_word(m, before + WHI_MEMORY_NEXT, at);
    if (next != 0) whi_set_word(m, next + WHI_MEMORY_PREV, at);
}

static void whi_memory_leave(webhook_memory_store *m, uint32_t at) {
    uint32_t next = whi_word(m, at + WHI_MEMORY_NEXT), prev = whi_word(m, at + WHI_MEMORY_PREV);
    if (prev != 0) whi_set_word(m, prev + WHI_MEMORY_NEXT, next);
    if (next != 0) whi_set_word(m, next + WHI_MEMORY_PREV, prev);
}

/* whi_gap_child -- the place that points to a child; bit: which, in the most significant bit */
static uint32_t whi_gap_child(uint32_t gap, uint32_t bit) {
    return gap + WHI_MEMORY_CHILD + (bit >> 31) * 4;
}

/* whi_gap_put -- make a gap of what lies there, which may not touch another one */
static void whi_gap_put(webhook_memory_store *m, uint32_t at, uint32_t size) {
    uint32_t bits = size << m->shift, link = 0, node;
    whi_set_word(m, at + size, whi_word(m, at + size) | WHI_MEMORY_BEHIND);
    whi_set_word(m, at + size - 4, size);
    whi_set_word(m, at, size);
    if (size < WHI_MEMORY_BLOCK) return;
    for (; (node = whi_word(m, link)) != 0 && whi_word(m, node) != size; bits <<= 1)
        link = whi_gap_child(node, bits);
    if (node != 0) {
        whi_memory_enter(m, node, at);
        return;
    }
    whi_set_word(m, link, at);
    whi_set_word(m, at + WHI_MEMORY_LINK, link);
    whi_set_word(m, at + WHI_MEMORY_NEXT, 0);
    whi_set_word(m, at + WHI_MEMORY_PREV, 0);
    whi_set_word(m, at + WHI_MEMORY_CHILD, 0);
    whi_set_word(m, at + WHI_MEMORY_CHILD + 4, 0);
}

/* whi_gap_leaf -- a leaf at or below a gap; it may stand in its place, for it is on the same way */
static uint32_t whi_gap_leaf(const webhook_memory_store *m, uint32_t gap) {
    uint32_t child = gap;
    while (child != 0) {
        gap = child;
        child = whi_word(m, gap + WHI_MEMORY_CHILD);
        if (child == 0) child = whi_word(m, gap + WHI_MEMORY_CHILD + 4);
    }
    return gap;
}

/* whi_gap_take -- out of the tree; the flag of the block behind it is the caller's to clear */
static void whi_gap_take(webhook_memory_store *m, uint32_t at) {
    uint32_t heir, child, i;
    if (whi_word(m, at) < WHI_MEMORY_BLOCK) return;
    heir = whi_word(m, at + WHI_MEMORY_NEXT);
    if (whi_word(m, at + WHI_MEMORY_PREV) != 0) { /* one of the list of another */
        whi_memory_leave(m, at);
        return;
    }
    if (heir != 0)
        whi_set_word(m, heir + WHI_MEMORY_PREV, 0);
    else {
        heir = whi_gap_leaf(m, at);
        whi_set_word(m, whi_word(m, heir + WHI_MEMORY_LINK), 0);
        if (heir == at) return;
    }
    whi_set_word(m, whi_word(m, at + WHI_MEMORY_LINK), heir);
    whi_set_word(m, heir + WHI_MEMORY_LINK, whi_word(m, at + WHI_MEMORY_LINK));
    for (i = WHI_MEMORY_CHILD; i <= WHI_MEMORY_CHILD + 4; i += 4) {
        child = whi_word(m, at + i);
        whi_set_word(m, heir + i, child);
        if (child != 0) whi_set_word(m, child + WHI_MEMORY_LINK, heir + i);
    }
}

/* whi_gap_find -- the smallest gap of at least that size, 0 where there is none */
static uint32_t whi_gap_find(const webhook_memory_store *m, uint32_t need) {
    uint32_t bits = need << m->shift, node = whi_word(m, 0), size, best = 0, best_size = UINT32_MAX;
    uint32_t larger = 0; /* the deepest subtree beside the way: all of it is larger */
    for (; node != 0; bits <<= 1) {
        uint32_t right = whi_word(m, node + WHI_MEMORY_CHILD + 4);
        size = whi_word(m, node);
        if (size >= need && size < best_size) {
            best = node;
            best_size = size;
        }
        if (bits >> 31 == 0 && right != 0) larger = right;
        node = size == need ? 0 : whi_word(m, whi_gap_child(node, bits));
    }
    while (larger != 0) {
        size = whi_word(m, larger);
        if (size < best_size) {
            best = larger;
            best_size = size;
        }
        node = whi_word(m, larger + WHI_MEMORY_CHILD);
        larger = node != 0 ? node : whi_word(m, larger + WHI_MEMORY_CHILD + 4);
    }
    if (best == 0) return 0;
    node = whi_word(m, best + WHI_MEMORY_NEXT);
    return node != 0 ? node : best; /* out of a list sooner than out of the tree */
}

/* whi_memory_around -- bytes that would be free in one piece if this block were */
static uint32_t whi_memory_around(const webhook_memory_store *m, uint32_t at) {
    uint32_t head = whi_word(m, at), size = head & ~UINT32_C(3), behind = whi_word(m, at + size);
    if ((head & WHI_MEMORY_BEHIND) != 0) size += whi_word(m, at - 4);
    return (behind & WHI_MEMORY_USED) != 0 ? size : size + behind;
}

/* whi_memory_merge -- a block ends: it and the gaps beside it are one piece, which is neither a gap
 * nor a block yet. Returns where it begins; *size is its size. */
static uint32_t whi_memory_merge(webhook_memory_store *m, uint32_t at, uint32_t *size) {
    uint32_t head = whi_word(m, at), own = head & ~UINT32_C(3), behind = at + own, start = at;
    *size = whi_memory_around(m, at);
    m->used -= own;
    if ((whi_word(m, behind) & WHI_MEMORY_USED) == 0) whi_gap_take(m, behind);
    if ((head & WHI_MEMORY_BEHIND) != 0) {
        start = at - whi_word(m, at - 4);
        whi_gap_take(m, start);
    }
    return start;
}

/* whi_memory_lay -- a block of need bytes at the front of a piece of size bytes; what is left over
 * becomes a gap */
static void whi_memory_lay(webhook_memory_store *m, uint32_t at, uint32_t size, uint32_t need) {
    if (size - need >= WHI_MEMORY_GAP)
        whi_gap_put(m, at + need, size - need);
    else {
        need = size;
        whi_set_word(m, at + size, whi_word(m, at + size) & ~WHI_MEMORY_BEHIND);
    }
    whi_set_word(m, at, need | WHI_MEMORY_USED);
    m->used += need;
}

/* ---- >>store: in memory, records ---- */

/* whi_memory_record -- the record in a block, whole */
static webhook_str whi_memory_record(const webhook_memory_store *m, uint32_t at) {
    const unsigned char *record = m->ptr + at + WHI_MEMORY_HEAD;
    return webhook_str_from((const char *)record,
                            (size_t)(WHI_RECORD_HEAD + record[6] + whi_load64(record + 8)));
}

static webhook_str whi_memory_key(const webhook_memory_store *m, uint32_t at) {
    const unsigned char *record = m->ptr + at + WHI_MEMORY_HEAD;
    return webhook_str_from((const char *)record + WHI_RECORD_HEAD, record[6]);
}

/* whi_memory_version -- of the webhook in a block, 0 where at is 0 */
static uint64_t whi_memory_version(const webhook_memory_store *m, uint32_t at) {
    const unsigned char *record = m->ptr + at + WHI_MEMORY_HEAD;
    return at == 0 ? 0 : whi_load64(record + WHI_RECORD_HEAD + record[6]);
}

/* whi_memory_find -- the place that points to the block of a key, or that where it would */
static uint32_t whi_memory_find(const webhook_memory_store *m, webhook_str key) {
    uint32_t bucket = (uint32_t)((uint64_t)whi_crc32c(0, key) * m->buckets >> 32), at;
    uint32_t link = 4 + 4 * bucket;
    while ((at = whi_word(m, link)) != 0 && !webhook_str_eq(whi_memory_key(m, at), key))
        link = at + WHI_MEMORY_LINK;
    return link;
}

/* whi_memory_drop -- a block that is in no list any more: free, or at its last release */
static void whi_memory_drop(webhook_memory_store *m, uint32_t at) {
    uint32_t lent = whi_word(m, at + WHI_MEMORY_LENT), size;
    if ((lent & ~WHI_MEMORY_GONE) != 0)
        whi_set_word(m, at + WHI_MEMORY_LENT, lent | WHI_MEMORY_GONE);
    else {
        at = whi_memory_merge(m, at, &size);
        whi_gap_put(m, at, size);
    }
}

static void whi_memory_take_out(webhook_memory_store *m, uint32_t link) {
    uint32_t at = whi_word(m, link);
    whi_set_word(m, link, whi_word(m, at + WHI_MEMORY_LINK));
    whi_memory_leave(m, at);
    whi_memory_drop(m, at);
    m->records--;
}

static void whi_memory_remove(void *user, webhook_str key) {
    webhook_memory_store *m = (webhook_memory_store *)user;
    uint32_t at = whi_word(m, whi_memory_find(m, key)), next;
    if (at == 0) return;
    if (key.ptr[0] == 'e')
        while ((next = whi_word(m, at + WHI_MEMORY_NEXT)) != 0)
            whi_memory_take_out(m, whi_memory_find(m, whi_memory_key(m, next)));
    whi_memory_take_out(m, whi_memory_find(m, key));
}

/* whi_memory_event -- the event that this progress belongs to, 0 where it is not there */
static uint32_t whi_memory_event(const webhook_memory_store *m, webhook_str key) {
    char event[33];
    if (key.len < sizeof event) return 0;
    whi_copy(event, key.ptr, sizeof event);
    event[0] = 'e';
    return whi_word(m, whi_memory_find(m, webhook_str_from(event, sizeof event)));
}

/* whi_memory_sound -- are these the pieces of a record under that key? Once it is kept, its own
 * lengths are relied on. */
static int whi_memory_sound(webhook_str key, const webhook_str *pieces, size_t n, uint64_t *total) {
    unsigned char head[WHI_RECORD_HEAD + WEBHOOK_STORE_KEY_MAX];
    size_t have = 0, i, take;
    *total = 0;
    for (i = 0; i < n; i++) {
        take = pieces[i].len < sizeof head - have ? pieces[i].len : sizeof head - have;
        whi_copy(head + have, pieces[i].ptr, take);
        have += take;
        *total += pieces[i].len;
    }
    if (key.len == 0 || key.len > WEBHOOK_STORE_KEY_MAX || have < WHI_RECORD_HEAD + key.len)
        return 0;
    return head[6] == key.len && whi_load64(head + 8) == *total - WHI_RECORD_HEAD - key.len &&
           webhook_str_eq(webhook_str_from((const char *)head + WHI_RECORD_HEAD, key.len), key) &&
           (key.ptr[0] != 'w' || *total >= WHI_RECORD_HEAD + key.len + 8);
}

/* whi_memory_place -- a block of need bytes: where *old is, if that is not lent and there is room,
 * and *old is then 0; else beside it. Returns 0, with nothing changed, where there is none. */
static uint32_t whi_memory_place(webhook_memory_store *m, uint32_t *old, uint32_t need) {
    uint32_t at, size;
    if (*old != 0 && whi_word(m, *old + WHI_MEMORY_LENT) == 0 &&
        whi_memory_around(m, *old) >= need) {
        at = whi_memory_merge(m, *old, &size);
        *old = 0;
    } else {
        at = whi_gap_find(m, need);
        if (at == 0) return 0;
        size = whi_word(m, at);
        whi_gap_take(m, at);
    }
    whi_memory_lay(m, at, size, need);
    return at;
}

/* whi_memory_write -- a record in place of the one that link points to, in its lists too, or where
 * that is 0 one more; event: whose list it then joins, 0 = none */
static webhook_status whi_memory_write(webhook_memory_store *m, uint32_t link, uint32_t event,
                                       const webhook_str *pieces, size_t n, uint32_t need) {
    uint32_t old = whi_word(m, link), is_new = old == 0, same = 0, next = 0, prev = 0, at, to;
    size_t i;
    if (old != 0) {
        same = whi_word(m, old + WHI_MEMORY_LINK);
        next = whi_word(m, old + WHI_MEMORY_NEXT);
        prev = whi_word(m, old + WHI_MEMORY_PREV);
    }
    at = whi_memory_place(m, &old, need);
    if (at == 0) return WEBHOOK_ERR_FULL;
    whi_set_word(m, link, at);
    whi_set_word(m, at + WHI_MEMORY_LINK, same);
    whi_set_word(m, at + WHI_MEMORY_NEXT, next);
    whi_set_word(m, at + WHI_MEMORY_PREV, prev);
    whi_set_word(m, at + WHI_MEMORY_LENT, 0);
    if (next != 0) whi_set_word(m, next + WHI_MEMORY_PREV, at);
    if (prev != 0) whi_set_word(m, prev + WHI_MEMORY_NEXT, at);
    if (is_new && event != 0) whi_memory_enter(m, event, at);
    for (to = at + WHI_MEMORY_HEAD, i = 0; i < n; to += (uint32_t)pieces[i++].len)
        whi_copy(m->ptr + to, pieces[i].ptr, pieces[i].len);
    if (old != 0) whi_memory_drop(m, old);
    m->records += is_new;
    return WEBHOOK_OK;
}

static webhook_status whi_memory_put(void *user, webhook_str key, const webhook_str *pieces,
                                     size_t n, uint64_t replaces) {
    webhook_memory_store *m = (webhook_memory_store *)user;
    uint32_t link, event = 0;
    uint64_t total;
    if (!whi_memory_sound(key, pieces, n, &total)) return WEBHOOK_ERR_ARGUMENT;
    if (key.ptr[0] == 'd') {
        event = whi_memory_event(m, key);
        if (event == 0) return WEBHOOK_OK;
    }
    link = whi_memory_find(m, key);
    if (key.ptr[0] == 'w' && replaces != whi_memory_version(m, whi_word(m, link)))
        return WEBHOOK_ERR_BUSY;
    if (total > m->size - WHI_MEMORY_HEAD - 3) return WEBHOOK_ERR_FULL;
    return whi_memory_write(m, link, event, pieces, n,
                            ((uint32_t)total + WHI_MEMORY_HEAD + 3) & ~UINT32_C(3));
}

static webhook_status whi_memory_commit(void *user, uint64_t ticket) {
    (void)user;
    (void)ticket;
    return WEBHOOK_OK;
}

static webhook_status whi_memory_get(void *user, webhook_str key, webhook_str *record) {
    webhook_memory_store *m = (webhook_memory_store *)user;
    uint32_t at = whi_word(m, whi_memory_find(m, key));
    *record = webhook_str_from(NULL, 0);
    if (at == 0) return WEBHOOK_ERR_NOT_FOUND;
    whi_set_word(m, at + WHI_MEMORY_LENT, whi_word(m, at + WHI_MEMORY_LENT) + 1);
    *record = whi_memory_record(m, at);
    return WEBHOOK_OK;
}

static void whi_memory_release(void *user, webhook_str record) {
    webhook_memory_store *m = (webhook_memory_store *)user;
    uint32_t at = (uint32_t)(whi_bytes(record) - m->ptr) - WHI_MEMORY_HEAD;
    uint32_t lent = whi_word(m, at + WHI_MEMORY_LENT) - 1;
    whi_set_word(m, at + WHI_MEMORY_LENT, lent);
    if (lent == WHI_MEMORY_GONE) whi_memory_drop(m, at);
}

webhook_status webhook_memory_store_init(webhook_memory_store *m, void *ptr, size_t len,
                                         webhook_store *store) {
    uint32_t front;
    if (m == NULL || ptr == NULL || store == NULL || len < 256 ||
        whi_above(len, UINT32_C(0x80000000)))
        return WEBHOOK_ERR_ARGUMENT;
    whi_zero(m, sizeof *m);
    m->ptr = (unsigned char *)ptr;
    m->size = (uint32_t)len & ~UINT32_C(3);
    m->buckets = m->size / WHI_MEMORY_SHARE;
    while (m->size << m->shift >> 31 == 0) m->shift++;
    front = 4 + 4 * m->buckets;
    whi_zero(m->ptr, (size_t)front);
    whi_set_word(m, m->size - 4, WHI_MEMORY_USED);
    whi_gap_put(m, front, m->size - 4 - front);
    m->used = front + 4;
    whi_zero(store, sizeof *store);
    store->user = m;
    store->put = whi_memory_put;
    store->remove = whi_memory_remove;
    store->commit = whi_memory_commit;
    store->get = whi_memory_get;
    store->release = whi_memory_release;
    return WEBHOOK_OK;
}

#undef WHI_CRC_ROW
#undef WHI_RECORD_MARK
#undef WHI_MEMORY_USED
#undef WHI_MEMORY_BEHIND
#undef WHI_MEMORY_GONE

/* ==== >>webhook (implementation) ==== */

/* The arena: entries grow up from its front, one a handle, and never move; blocks with the fields
 * grow down from its end, one for each webhook and one for each change that waits. Where the two
 * meet, blocks slide to the end over what has been freed. The place of a block is counted from the
 * end of the arena, so it means the same in a larger one. */

#define WHI_NONE UINT32_MAX /* no handle */
#define WHI_SECRET_MAX 1024 /* where any will do */

/* whi_node -- a place in a heap of the engine's */
typedef struct whi_node {
    uint64_t key;
    uint32_t left, right, parent;
    uint16_t n;
    uint8_t rank, where;
} whi_node;

enum { WHI_SLOW = 8 }; /* in where of a webhook: its last attempt timed out */

/* states of an entry */
enum {
    WHI_FREE,
    WHI_NEW,    /* its creation waits for the commit, or it is set aside for a new queue */
    WHI_LIVE,   /* the only one that is in the list */
    WHI_DOOMED, /* deleted, or of a queue that was dropped: until the engine has drained it */
    WHI_ABSENT  /* known not to be in the store */
};

/* flags of an entry */
enum {
    WHI_PAUSE_WAITS = 1, /* the engine has paused it, which is not put yet */
    WHI_PUT_AGAIN = 2,   /* to be put as it was: a change has failed */
    WHI_NOT_STORED = 4,  /* and the store has none */
    WHI_NEXT_SIGNS = 8   /* the key that is prepared is the newer secret's */
};

typedef struct whi_webhook {
    whi_node node;                 /* the engine's */
    uint64_t rate_at;              /* the engine's */
    uint32_t inner[8], outer[8];   /* the key that signs; zeros: not prepared */
    uint32_t queue;                /* the engine's */
    uint32_t record, change;       /* blocks, 0: none; of a WHI_NEW one both are the same */
    uint32_t child[2], next, prev; /* of a free one next is the next free one */
    uint16_t failures;
    uint8_t state, flags;
} whi_webhook;
WHI_STATIC_ASSERT(webhook_size, sizeof(whi_webhook) == 128);

/* what the engine is told */
enum { WHI_CHANGED, WHI_GONE };

/* how a webhook is set, as the engine asks */
enum { WHI_SECURITY = 1, WHI_ENABLED = 2, WHI_ORDERED = 4 };

/* the texts of a webhook, in the order in which they lie before the head of its block */
enum {
    WHI_TEXT_ID,
    WHI_TEXT_SECRET,
    WHI_TEXT_NEXT,
    WHI_TEXT_NAME,
    WHI_TEXT_URL,
    WHI_TEXT_USER,
    WHI_TEXT_PASS,
    WHI_TEXT_HEADERS,
    WHI_TEXT_EVENTS, /* beside the head, for the scan */
    WHI_TEXTS
};

/* whi_fields -- a webhook out of its block */
typedef struct whi_fields {
    webhook_str text[WHI_TEXTS];
    uint64_t version, queue, created, updated, signs_from;
    uint32_t rate;
    uint16_t cap;
    uint8_t flags;
} whi_fields;

/* flags in a block and in a record: WHI_SECURITY, WHI_ORDERED and */
enum { WHI_BASIC = 8, WHI_PAUSED = 0x70, WHI_PAUSED_SHIFT = 4 };

/* ---- >>webhook: checks ---- */

/* whi_check_len -- the verdict where i is the first byte that is wrong, s.len where none is */
static webhook_status whi_check_len(webhook_str s, size_t i, size_t min, size_t max, size_t *at) {
    *at = i;
    if (i < s.len || s.len < min) return WEBHOOK_ERR_SYNTAX;
    if (s.len <= max) return WEBHOOK_OK;
    *at = max;
    return WEBHOOK_ERR_LIMIT;
}

static webhook_status whi_check_id(webhook_str s, size_t *at) {
    size_t i;
    for (i = 0; i < s.len; i++) {
        unsigned c = whi_bytes(s)[i];
        if ((whi_in(c, 'a', 'z') | whi_in(c, 'A', 'Z') | whi_in(c, '0', '9')) == 0 &&
            (i == 0 || (c != '.' && c != '_' && c != '-')))
            break;
    }
    return whi_check_len(s, i, 1, WEBHOOK_WEBHOOK_ID_MAX, at);
}

static webhook_status whi_check_secret(webhook_str s, int any, size_t *at) {
    size_t i = 0;
    if (any) return whi_check_len(s, s.len, 1, WHI_SECRET_MAX, at);
    while (i < s.len && whi_in(whi_bytes(s)[i], '!', '~')) i++;
    return whi_check_len(s, i, WEBHOOK_SECRET_MIN, WEBHOOK_SECRET_MAX, at);
}

/* whi_check_title -- of the name: the control characters are those of ASCII and U+0080 to U+009F,
 * which terminals obey as well */
static webhook_status whi_check_title(webhook_str s, size_t *at) {
    const unsigned char *p = whi_bytes(s);
    size_t i = 0;
    if (s.len == 0 || p[0] != ' ')
        while (i < s.len) {
            int n = whi_utf8(p + i, s.len - i);
            if (n < 1 || p[i] < 32 || p[i] == 127 || (p[i] == 0xc2 && p[i + 1] < 0xa0)) break;
            i += (size_t)n;
        }
    if (i > 0 && i == s.len && p[i - 1] == ' ') i--;
    return whi_check_len(s, i, 1, WEBHOOK_NAME_MAX, at);
}

/* whi_check_basic -- no control character, nor another one in a user */
static webhook_status whi_check_basic(webhook_str s, char but, size_t max, size_t *at) {
    size_t i = 0;
    while (i < s.len && whi_bytes(s)[i] >= 32 && whi_bytes(s)[i] != 127 && s.ptr[i] != but) i++;
    return whi_check_len(s, i, 0, max, at);
}

static webhook_status whi_check_events(webhook_str s, size_t *at) {
    size_t start = 0, end, n;
    for (n = 0; n < WEBHOOK_PATTERNS_MAX; n++) {
        webhook_status status;
        for (end = start; end < s.len && s.ptr[end] != ',';) end++;
        status = webhook_pattern_check(webhook_str_from(s.ptr + start, end - start), at);
        if (status != WEBHOOK_OK) {
            *at += start;
            return status;
        }
        if (end == s.len) return WEBHOOK_OK;
        start = end + 1;
    }
    *at = start;
    return WEBHOOK_ERR_LIMIT;
}

/* whi_check_url -- registry NULL: as it may have been allowed once */
static webhook_status whi_check_url(const webhook_registry *r, webhook_str s, size_t *at) {
    webhook_url u;
    webhook_status status = webhook_url_read(s, &u, at);
    if (status != WEBHOOK_OK || r == NULL || u.host_kind == WEBHOOK_HOST_NAME) return status;
    *at = (size_t)(u.host.ptr - s.ptr);
    return webhook_guard_check(r->desc.guard, u.ip, u.host_kind == WEBHOOK_HOST_IPV4 ? 4 : 16);
}

/* whi_header_name -- the name of the line at *at, which is left at the colon, or at what is
 * wrong */
static webhook_status whi_header_name(webhook_str s, size_t *at, webhook_str *name) {
    size_t i = *at;
    while (i < s.len && whi_set(whi_token_set, whi_bytes(s)[i])) i++;
    *name = webhook_str_from(s.ptr + *at, i - *at);
    *at = i;
    return name->len > 0 && i < s.len && s.ptr[i] == ':' ? WEBHOOK_OK : WEBHOOK_ERR_SYNTAX;
}

/* whi_header_value -- what follows from the colon at *at on, which is left behind the line */
static webhook_status whi_header_value(webhook_str s, size_t *at, webhook_str *value) {
    size_t start = *at + 2, i;
    *at = start - 1;
    if (*at == s.len || s.ptr[*at] != ' ') return WEBHOOK_ERR_SYNTAX;
    for (i = start; i < s.len && whi_value_byte(whi_bytes(s)[i]);) i++;
    *value = webhook_str_from(s.ptr + start, i - start);
    *at = start;
    if (i > start && whi_blank(s.ptr[start])) return WEBHOOK_ERR_SYNTAX;
    *at = i;
    if (i == s.len || s.ptr[i] != '\r') return WEBHOOK_ERR_SYNTAX;
    *at = i - 1;
    if (i > start && whi_blank(s.ptr[i - 1])) return WEBHOOK_ERR_SYNTAX;
    *at = i + 1;
    if (*at == s.len || s.ptr[*at] != '\n') return WEBHOOK_ERR_SYNTAX;
    ++*at;
    return WEBHOOK_OK;
}

/* whi_header_reserved -- is the field one of HTTP's, the sender's, or the scheme's? */
static int whi_header_reserved(const webhook_scheme *s, webhook_str name) {
    webhook_str rest = WHI_STR("host,connection,keep-alive,transfer-encoding,te,trailer,"
                               "upgrade,expect,user-agent");
    webhook_str word;
    int is = whi_begins(name, WHI_STR("proxy-"), 1) | whi_begins(name, WHI_STR("content-"), 1) |
             whi_begins(name, WHI_STR("x-appwrite-webhook-"), 1);
    while (!is && webhook_str_cut(&rest, ',', &word) == WEBHOOK_OK)
        is = webhook_str_ieq(name, word);
    if (s == NULL) return is;
    return is | webhook_str_ieq(name, s->webhook_id_field) |
           webhook_str_ieq(name, s->events_field) | webhook_str_ieq(name, s->name_field) |
           webhook_str_ieq(name, s->id_field) | webhook_str_ieq(name, s->timestamp_field) |
           webhook_str_ieq(name, s->signature_field);
}

/* whi_check_headers -- registry NULL: as they may have been allowed once */
static webhook_status whi_check_headers(const webhook_registry *r, webhook_str s, size_t *at) {
    webhook_str name[WEBHOOK_HEADERS_MAX], value = webhook_str_from(NULL, 0);
    size_t n, i, left = WEBHOOK_HEADERS_BYTES, over = s.len;
    webhook_status status = WEBHOOK_OK;
    *at = 0;
    for (n = 0; *at < s.len; n++) {
        size_t line = *at;
        if (n == WEBHOOK_HEADERS_MAX) return WEBHOOK_ERR_LIMIT;
        status = whi_header_name(s, at, name + n);
        if (status != WEBHOOK_OK) return status;
        for (i = 0; i < n; i++)
            if (webhook_str_ieq(name[i], name[n])) status = WEBHOOK_ERR_DUPLICATE;
        if (r != NULL && whi_header_reserved(r->desc.scheme, name[n]))
            status = WEBHOOK_ERR_FORBIDDEN;
        if (status != WEBHOOK_OK) {
            *at = line;
            return status;
        }
        status = whi_header_value(s, at, &value);
        if (status != WEBHOOK_OK) return status;
        if (over == s.len && name[n].len > left) over = line + left;
        left = name[n].len > left ? 0 : left - name[n].len;
        if (over == s.len && value.len > left) over = (size_t)(value.ptr - s.ptr) + left;
        left = value.len > left ? 0 : left - value.len;
    }
    *at = over;
    return over < s.len ? WEBHOOK_ERR_LIMIT : WEBHOOK_OK;
}

static webhook_str whi_setting(const webhook_settings *s, unsigned which) {
    switch (which) {
    case WEBHOOK_SET_ID: return s->id;
    case WEBHOOK_SET_SECRET: return s->secret;
    case WEBHOOK_SET_NAME: return s->name;
    case WEBHOOK_SET_URL: return s->url;
    case WEBHOOK_SET_EVENTS: return s->events;
    case WEBHOOK_SET_HTTP_USER: return s->http_user;
    case WEBHOOK_SET_HTTP_PASS: return s->http_pass;
    default: return s->headers;
    }
}

/* whi_check_text -- one text of the settings; registry NULL: of a record, without what may differ
 * from one start to the next */
static webhook_status whi_check_text(const webhook_registry *r, unsigned which, webhook_str s,
                                     size_t *at) {
    switch (which) {
    case WEBHOOK_SET_ID: return whi_check_id(s, at);
    case WEBHOOK_SET_SECRET: return whi_check_secret(s, r == NULL || r->desc.any_secret, at);
    case WEBHOOK_SET_NAME: return whi_check_title(s, at);
    case WEBHOOK_SET_URL: return whi_check_url(r, s, at);
    case WEBHOOK_SET_EVENTS: return whi_check_events(s, at);
    case WEBHOOK_SET_HTTP_USER: return whi_check_basic(s, ':', WEBHOOK_HTTP_USER_MAX, at);
    case WEBHOOK_SET_HTTP_PASS: return whi_check_basic(s, '\n', WEBHOOK_HTTP_PASS_MAX, at);
    default: return whi_check_headers(r, s, at);
    }
}

const char *webhook_setting_str(unsigned setting) {
#ifndef WEBHOOK_NO_STRINGS
    switch (setting) {
    case WEBHOOK_SET_ID: return "id";
    case WEBHOOK_SET_SECRET: return "secret";
    case WEBHOOK_SET_NAME: return "name";
    case WEBHOOK_SET_URL: return "url";
    case WEBHOOK_SET_EVENTS: return "events";
    case WEBHOOK_SET_HTTP_USER: return "http_user";
    case WEBHOOK_SET_HTTP_PASS: return "http_pass";
    case WEBHOOK_SET_HEADERS: return "headers";
    case WEBHOOK_SET_MAX_IN_FLIGHT: return "max_in_flight";
    case WEBHOOK_SET_RATE: return "rate_milli";
    case WEBHOOK_SET_OVERLAP: return "overlap_s";
    case WEBHOOK_SET_SECURITY: return "security";
    case WEBHOOK_SET_ENABLED: return "enabled";
    case WEBHOOK_SET_ORDERED: return "ordered";
    case WEBHOOK_SET_BASIC_OVER_HTTP: return "basic_over_http";
    default: break;
    }
#endif
    (void)setting;
    return "";
}

static webhook_status whi_fault(webhook_change *out, unsigned field, size_t offset,
                                webhook_status s) {
    out->fault = (uint8_t)field;
    out->offset = offset;
    return s;
}

/* whi_check_numbers -- the settings that are no texts */
static webhook_status whi_check_numbers(const webhook_settings *s, int update,
                                        webhook_change *out) {
    const uint8_t choice[4] = { s->security, s->enabled, s->ordered, s->basic_over_http };
    unsigned i;
    if (s->max_in_flight > WEBHOOK_IN_FLIGHT_MAX && s->max_in_flight != WEBHOOK_NO_LIMIT)
        return whi_fault(out, WEBHOOK_SET_MAX_IN_FLIGHT, 0, WEBHOOK_ERR_RANGE);
    if (s->overlap_s != 0 && (!update || s->secret.ptr == NULL))
        return whi_fault(out, WEBHOOK_SET_OVERLAP, 0, WEBHOOK_ERR_ARGUMENT);
    if (s->overlap_s > WEBHOOK_OVERLAP_MAX_S && s->overlap_s != WEBHOOK_AT_ONCE)
        return whi_fault(out, WEBHOOK_SET_OVERLAP, 0, WEBHOOK_ERR_RANGE);
    for (i = 0; i < 4; i++)
        if (choice[i] > WEBHOOK_NO)
            return whi_fault(out, WEBHOOK_SET_SECURITY + i, 0, WEBHOOK_ERR_RANGE);
    return WEBHOOK_OK;
}

/* whi_check_key -- would webhook_key_init take the secret? Without a form of the scheme's own no
 * key has to be prepared to tell. */
static webhook_status whi_check_key(const webhook_scheme *scheme, webhook_str secret) {
    webhook_hmac_key k;
    webhook_status s;
    if (scheme == NULL || scheme->key == NULL)
        return whi_trim(secret).len > 0 ? WEBHOOK_OK : WEBHOOK_ERR_KEY;
    s = webhook_key_init(&k, scheme, secret);
    webhook_wipe(&k, sizeof k);
    return s == WEBHOOK_OK ? WEBHOOK_OK : WEBHOOK_ERR_KEY;
}

/* whi_check_settings -- what is missing, then what concerns one field, in the order of the
 * struct */
static webhook_status whi_check_settings(const webhook_registry *r, const webhook_settings *s,
                                         int update, webhook_change *out) {
    webhook_status status;
    unsigned i;
    size_t at = 0;
    for (i = WEBHOOK_SET_ID; i <= WEBHOOK_SET_EVENTS && !update; i++)
        if (whi_setting(s, i).ptr == NULL) return whi_fault(out, i, 0, WEBHOOK_ERR_ARGUMENT);
    for (i = WEBHOOK_SET_ID; i <= WEBHOOK_SET_HEADERS; i++) {
        webhook_str text = whi_setting(s, i);
        if (text.ptr == NULL && text.len == 0) continue;
        if (text.ptr == NULL || (update && i == WEBHOOK_SET_ID))
            return whi_fault(out, i, 0, WEBHOOK_ERR_ARGUMENT);
        status = whi_check_text(r, i, text, &at);
        if (status == WEBHOOK_OK && i == WEBHOOK_SET_SECRET) {
            at = 0;
            status = whi_check_key(r->desc.scheme, text);
        }
        if (status != WEBHOOK_OK) return whi_fault(out, i, at, status);
    }
    return whi_check_numbers(s, update, out);
}

/* whi_basic_at_home -- does the password stay inside, because the host is a private address as
 * it is written, or localhost, and the guard allows those? */
static int whi_basic_at_home(const webhook_guard *g, const webhook_url *u) {
    static const unsigned char loopback[4] = { 127, 0, 0, 1 };
    const unsigned char *ip = u->host_kind == WEBHOOK_HOST_NAME ? loopback : u->ip;
    size_t len = u->host_kind == WEBHOOK_HOST_IPV6 ? 16 : 4;
    if (u->host_kind == WEBHOOK_HOST_NAME && !webhook_str_ieq(u->host, WHI_STR("localhost")))
        return 0;
    if (len == 16 && whi_ip_inside(ip)) {
        ip += 12;
        len = 4;
    }
    return g != NULL && whi_net_of(ip, len) == WHI_NET_PRIVATE &&
           (g->check == NULL ? g->allow_private != 0 : g->check(g, ip, len) == WEBHOOK_OK);
}

/* whi_check_together -- what concerns several fields, where one of them is given: a webhook that
 * was allowed once can still be paused */
static webhook_status whi_check_together(const webhook_registry *r, const webhook_settings *s,
                                         const whi_fields *f, webhook_change *out) {
    webhook_str headers = f->text[WHI_TEXT_HEADERS], name, value;
    int basic = f->text[WHI_TEXT_USER].len > 0;
    size_t at = 0;
    webhook_url u;
    if (!basic && f->text[WHI_TEXT_PASS].len > 0)
        return whi_fault(out, WEBHOOK_SET_HTTP_USER, 0, WEBHOOK_ERR_ARGUMENT);
    if (basic && f->text[WHI_TEXT_PASS].ptr == NULL)
        return whi_fault(out, WEBHOOK_SET_HTTP_PASS, 0, WEBHOOK_ERR_ARGUMENT);
    if (!basic) return WEBHOOK_OK;
    if ((s->url.ptr != NULL || s->http_user.ptr != NULL || s->basic_over_http != WEBHOOK_UNSET) &&
        (f->flags & WHI_BASIC) == 0 &&
        webhook_url_read(f->text[WHI_TEXT_URL], &u, NULL) == WEBHOOK_OK && !u.https &&
        !whi_basic_at_home(r->desc.guard, &u))
        return whi_fault(out, WEBHOOK_SET_HTTP_USER, 0, WEBHOOK_ERR_FORBIDDEN);
    if (s->headers.ptr == NULL && s->http_user.ptr == NULL) return WEBHOOK_OK;
    while (at < headers.len) {
        size_t line = at;
        if (whi_header_name(headers, &at, &name) != WEBHOOK_OK ||
            whi_header_value(headers, &at, &value) != WEBHOOK_OK)
            break;
        if (webhook_str_ieq(name, WHI_STR("authorization")))
            return whi_fault(out, WEBHOOK_SET_HEADERS, line, WEBHOOK_ERR_FORBIDDEN);
    }
    return WEBHOOK_OK;
}

/* ---- >>webhook: blocks ---- */

/* A block: what a change adds, the texts, a head. The first WHI_HEAD_VALUE bytes of the head and
 * the texts behind the id are the value of the record in the store. All numbers are big-endian. */
enum {
    WHI_HEAD_VERSION = 0,
    WHI_HEAD_EVENTS = 8, /* lengths of texts: two bytes each */
    WHI_HEAD_HEADERS = 10,
    WHI_HEAD_PASS = 12,
    WHI_HEAD_URL = 14,
    WHI_HEAD_NEXT = 16,
    WHI_HEAD_SECRET = 18,
    WHI_HEAD_NAME = 20, /* one byte */
    WHI_HEAD_USER = 21,
    WHI_HEAD_CAP = 22,
    WHI_HEAD_RATE = 24,
    WHI_HEAD_CREATED = 28, /* times: six bytes */
    WHI_HEAD_UPDATED = 34,
    WHI_HEAD_SIGNS = 40,
    WHI_HEAD_QUEUE = 46,
    WHI_HEAD_FLAGS = 54,
    WHI_HEAD_VALUE = 55,
    WHI_HEAD_ID = 55,     /* the length of the id, and whether there is a tail */
    WHI_HEAD_HANDLE = 56, /* whose it is, WHI_NONE: free */
    WHI_HEAD_SERIAL = 60,
    WHI_HEAD = 64
};

/* The tail: what a change that waits needs beside the fields. It lies before the texts, where the
 * next compaction cuts it off when the change has become the record. */
enum {
    WHI_TAIL_TICKET = 0,
    WHI_TAIL_NEXT = 8,   /* the handle with the next change that waits */
    WHI_TAIL_SPARE = 12, /* the handle that is set aside */
    WHI_TAIL_KIND = 16,
    WHI_TAIL_WHAT = 17,
    WHI_TAIL = 18
};
enum { WHI_TAILED = 0x80 }; /* in the length of the id */

/* kinds of change, and what an update has */
enum { WHI_CREATE, WHI_UPDATE, WHI_DELETE, WHI_DROP };
enum { WHI_SETS_ENABLED = 1, WHI_SETS_FAILURES = 2, WHI_SETS_SECRET = 4 };

#define WHI_TIME_MAX ((UINT64_C(1) << 47) - 1) /* ms, the year 6429 */

static uint64_t whi_get(const unsigned char *p, unsigned n) {
    uint64_t v = 0;
    for (; n > 0; n--) v = v << 8 | *p++;
    return v;
}

static void whi_set_number(unsigned char *p, unsigned n, uint64_t v) {
    for (; n > 0; n--, v >>= 8) p[n - 1] = (unsigned char)v;
}

/* whi_time -- a wall clock as it is kept: of 48 bits */
static uint64_t whi_time(int64_t unix_ms) {
    if (unix_ms < 0) return 0;
    return (uint64_t)unix_ms > WHI_TIME_MAX ? WHI_TIME_MAX : (uint64_t)unix_ms;
}

/* whi_text_place -- where in a head the length of a text is, times 4, and how many bytes it has */
static unsigned whi_text_place(unsigned which) {
    switch (which) {
    case WHI_TEXT_ID: return WHI_HEAD_ID * 4 + 1;
    case WHI_TEXT_SECRET: return WHI_HEAD_SECRET * 4 + 2;
    case WHI_TEXT_NEXT: return WHI_HEAD_NEXT * 4 + 2;
    case WHI_TEXT_NAME: return WHI_HEAD_NAME * 4 + 1;
    case WHI_TEXT_URL: return WHI_HEAD_URL * 4 + 2;
    case WHI_TEXT_USER: return WHI_HEAD_USER * 4 + 1;
    case WHI_TEXT_PASS: return WHI_HEAD_PASS * 4 + 2;
    case WHI_TEXT_HEADERS: return WHI_HEAD_HEADERS * 4 + 2;
    default: return WHI_HEAD_EVENTS * 4 + 2;
    }
}

static uint32_t whi_text_len(const unsigned char *head, unsigned which) {
    unsigned place = whi_text_place(which);
    uint32_t len = (uint32_t)whi_get(head + place / 4, place % 4);
    return which == WHI_TEXT_ID ? len & ~(uint32_t)WHI_TAILED : len;
}

/* whi_text_back -- how far before the head a text begins */
static uint32_t whi_text_back(const unsigned char *head, unsigned which) {
    uint32_t back = 0;
    unsigned i;
    for (i = which; i < WHI_TEXTS; i++) back += whi_text_len(head, i);
    return back;
}

static webhook_str whi_head_text(const unsigned char *head, unsigned which) {
    return webhook_str_from((const char *)head - whi_text_back(head, which),
                            (size_t)whi_text_len(head, which));
}

static uint32_t whi_block_size(const unsigned char *head) {
    uint32_t size = WHI_HEAD + whi_text_back(head, WHI_TEXT_ID);
    return (head[WHI_HEAD_ID] & WHI_TAILED) != 0 ? size + WHI_TAIL : size;
}

/* whi_head -- the head of the block at a place */
static unsigned char *whi_head(const webhook_registry *r, uint32_t at) {
    return (unsigned char *)r->desc.arena + (r->desc.arena_len - at);
}

/* whi_tail -- what the change at a place adds */
static unsigned char *whi_tail(const webhook_registry *r, uint32_t at) {
    unsigned char *head = whi_head(r, at);
    return head - whi_text_back(head, WHI_TEXT_ID) - WHI_TAIL;
}

static whi_webhook *whi_webhook_at(const webhook_registry *r, uint32_t handle) {
    return (whi_webhook *)r->desc.arena + handle;
}

/* whi_fields_size -- bytes of a block with these fields */
static uint32_t whi_fields_size(const whi_fields *f) {
    uint32_t size = (uint32_t)WHI_HEAD + (uint32_t)WHI_TAIL;
    unsigned i;
    for (i = 0; i < WHI_TEXTS; i++) size += (uint32_t)f->text[i].len;
    return size;
}

/* whi_fields_load -- the fields from a head and from the texts that end at end; texts from first
 * on */
static void whi_fields_load(whi_fields *f, const unsigned char *head, const char *end,
                            unsigned first) {
    unsigned i;
    whi_zero(f, sizeof *f);
    for (i = WHI_TEXTS; i-- > first; end = f->text[i].ptr) {
        uint32_t len = whi_text_len(head, i);
        f->text[i] = webhook_str_from(end - len, (size_t)len);
    }
    f->version = whi_get(head + WHI_HEAD_VERSION, 8);
    f->queue = whi_get(head + WHI_HEAD_QUEUE, 8);
    f->created = whi_get(head + WHI_HEAD_CREATED, 6);
    f->updated = whi_get(head + WHI_HEAD_UPDATED, 6);
    f->signs_from = whi_get(head + WHI_HEAD_SIGNS, 6);
    f->rate = whi_load32(head + WHI_HEAD_RATE);
    f->cap = (uint16_t)whi_get(head + WHI_HEAD_CAP, 2);
    f->flags = head[WHI_HEAD_FLAGS];
}

/* whi_block_make -- a block at the low end, where there is room for it; its place */
static uint32_t whi_block_make(webhook_registry *r, uint32_t handle, const whi_fields *f,
                               int tail) {
    uint32_t place = r->low + WHI_HEAD;
    unsigned char *head = whi_head(r, place), *p = head;
    unsigned i;
    for (i = WHI_TEXTS; i-- > 0;) {
        unsigned where = whi_text_place(i);
        p -= f->text[i].len;
        whi_copy(p, f->text[i].ptr, f->text[i].len);
        whi_set_number(head + where / 4, where % 4, f->text[i].len);
    }
    if (tail) {
        head[WHI_HEAD_ID] |= WHI_TAILED;
        whi_zero(p - WHI_TAIL, WHI_TAIL);
    }
    whi_set_number(head + WHI_HEAD_VERSION, 8, f->version);
    whi_set_number(head + WHI_HEAD_QUEUE, 8, f->queue);
    whi_set_number(head + WHI_HEAD_CREATED, 6, f->created);
    whi_set_number(head + WHI_HEAD_UPDATED, 6, f->updated);
    whi_set_number(head + WHI_HEAD_SIGNS, 6, f->signs_from);
    whi_store32(head + WHI_HEAD_RATE, f->rate);
    whi_set_number(head + WHI_HEAD_CAP, 2, f->cap);
    head[WHI_HEAD_FLAGS] = f->flags;
    whi_store32(head + WHI_HEAD_HANDLE, handle);
    whi_store32(head + WHI_HEAD_SERIAL, 0);
    r->low += whi_block_size(head);
    return place;
}

/* whi_block_free -- it held secrets, so it is wiped; what lies at the low end is free at once */
static void whi_block_free(webhook_registry *r, uint32_t place) {
    unsigned char *head = whi_head(r, place);
    uint32_t size = whi_block_size(head), texts = size - WHI_HEAD;
    webhook_wipe(head - texts, (size_t)texts);
    whi_store32(head + WHI_HEAD_HANDLE, WHI_NONE);
    if (place + texts == r->low)
        r->low -= size;
    else
        r->dead += size;
}

/* whi_tail_free -- the change has become the record */
static void whi_tail_free(webhook_registry *r, uint32_t place) {
    unsigned char *head = whi_head(r, place);
    if (place + whi_block_size(head) - WHI_HEAD == r->low) {
        head[WHI_HEAD_ID] &= (unsigned char)~WHI_TAILED;
        r->low -= WHI_TAIL;
    } else {
        r->dead += WHI_TAIL;
    }
}

/* ---- >>webhook: look-up by id ---- */

static uint64_t whi_rol64(uint64_t x, unsigned n) {
    return x << n | x >> (64 - n);
}

static void whi_sip_round(uint64_t v[4]) {
    v[0] += v[1];
    v[2] += v[3];
    v[1] = whi_rol64(v[1], 13) ^ v[0];
    v[3] = whi_rol64(v[3], 16) ^ v[2];
    v[0] = whi_rol64(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = whi_rol64(v[1], 17) ^ v[2];
    v[3] = whi_rol64(v[3], 21) ^ v[0];
    v[2] = whi_rol64(v[2], 32);
}

/* whi_mix -- one to one, any bit depends on all: the end of SplitMix64 */
static uint64_t whi_mix(uint64_t x) {
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* whi_hash -- SipHash-2-4 of an id: who may choose ids cannot choose where they go */
static uint64_t whi_hash(uint64_t seed, webhook_str s) {
    uint64_t more = whi_mix(seed), word = 0, v[4];
    size_t i;
    unsigned round;
    v[0] = seed ^ UINT64_C(0x736f6d6570736575);
    v[1] = more ^ UINT64_C(0x646f72616e646f6d);
    v[2] = seed ^ UINT64_C(0x6c7967656e657261);
    v[3] = more ^ UINT64_C(0x7465646279746573);
    for (i = 0; i <= s.len; i++) {
        int last = i == s.len;
        word |= (last ? (uint64_t)s.len << 56 : (uint64_t)whi_bytes(s)[i] << 8 * (i % 8));
        if (!last && i % 8 != 7) continue;
        v[3] ^= word;
        whi_sip_round(v);
        whi_sip_round(v);
        v[0] ^= word;
        word = 0;
    }
    v[2] ^= 0xff;
    for (round = 0; round < 4; round++) whi_sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* whi_trie_link -- the link that leads to an id, or that would: WHI_NONE is in it. The way down is
 * by the bits of the hash; each node on it holds an id of its own. */
static uint32_t *whi_trie_link(const webhook_registry *r, webhook_str id, uint32_t *root) {
    uint64_t hash = whi_hash(r->desc.seed, id);
    uint32_t *link = root;
    for (; *link != WHI_NONE; hash >>= 1) {
        whi_webhook *e = whi_webhook_at(r, *link);
        if (webhook_str_eq(whi_head_text(whi_head(r, e->record), WHI_TEXT_ID), id)) break;
        link = e->child + (hash & 1);
    }
    return link;
}

static uint32_t whi_webhook_find(const webhook_registry *r, webhook_str id) {
    uint32_t root = r->root;
    return *whi_trie_link(r, id, &root);
}

/* whi_trie_remove -- a leaf from below takes the place: any has the bits that lead there */
static void whi_trie_remove(webhook_registry *r, webhook_str id) {
    uint32_t *hole = whi_trie_link(r, id, &r->root), *link = hole, removed = *hole, leaf;
    for (;;) {
        whi_webhook *e = whi_webhook_at(r, *link);
        if (e->child[0] != WHI_NONE)
            link = e->child;
        else if (e->child[1] != WHI_NONE)
            link = e->child + 1;
        else
            break;
    }
    leaf = *link;
    *link = WHI_NONE;
    if (leaf == removed) return;
    *hole = leaf;
    whi_copy(whi_webhook_at(r, leaf)->child, whi_webhook_at(r, removed)->child,
             sizeof whi_webhook_at(r, leaf)->child);
}

/* ---- >>webhook: arena ---- */

/* whi_entry_take -- an entry, where there is room for one */
static uint32_t whi_entry_take(webhook_registry *r) {
    uint32_t handle = r->spare;
    whi_webhook *e;
    if (handle == WHI_NONE)
        handle = r->entries++;
    else
        r->spare = whi_webhook_at(r, handle)->next;
    e = whi_webhook_at(r, handle);
    whi_zero(e, sizeof *e);
    e->node.left = e->node.right = e->node.parent = WHI_NONE;
    e->queue = e->child[0] = e->child[1] = e->next = e->prev = WHI_NONE;
    e->state = WHI_NEW;
    return handle;
}

static void whi_entry_free(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    webhook_wipe(e, sizeof *e);
    e->next = r->spare;
    r->spare = handle;
}

/* whi_webhook_free -- of a doomed one, once the engine has drained it */
static void whi_webhook_free(webhook_registry *r, uint32_t handle) {
    whi_block_free(r, whi_webhook_at(r, handle)->record);
    whi_entry_free(r, handle);
}

/* whi_entries_trim -- free entries at the end of the table are given back, the others are found in
 * rising order */
static void whi_entries_trim(webhook_registry *r) {
    uint32_t i;
    while (r->entries > 0 && whi_webhook_at(r, r->entries - 1)->state == WHI_FREE) r->entries--;
    r->spare = WHI_NONE;
    for (i = r->entries; i-- > 0;)
        if (whi_webhook_at(r, i)->state == WHI_FREE) {
            whi_webhook_at(r, i)->next = r->spare;
            r->spare = i;
        }
}

/* whi_slide -- len bytes that end at from to where they end at to, which is not below; they may
 * overlap */
static void whi_slide(unsigned char *to, const unsigned char *from, size_t len) {
    if ((size_t)(to - from) >= len)
        whi_copy(to - len, from - len, len);
    else
        for (; len > 0; len--) *--to = *--from;
}

/* whi_compact -- slide all blocks to the end; texts that lie in them, which a caller may have from
 * webhook_registry_get, are moved along. 0: there was nothing to gain */
static int whi_compact(webhook_registry *r, webhook_str *texts) {
    uint32_t from = 0, to = 0;
    if (r->dead == 0 && (r->entries == 0 || whi_webhook_at(r, r->entries - 1)->state != WHI_FREE))
        return 0;
    while (from < r->low) {
        unsigned char *head = whi_head(r, from + WHI_HEAD);
        uint32_t all = whi_block_size(head), size = all,
                 handle = whi_load32(head + WHI_HEAD_HANDLE);
        if (handle != WHI_NONE) {
            whi_webhook *e = whi_webhook_at(r, handle);
            const unsigned char *start;
            unsigned i;
            if ((head[WHI_HEAD_ID] & WHI_TAILED) != 0 && e->change != from + WHI_HEAD) {
                head[WHI_HEAD_ID] &= (unsigned char)~WHI_TAILED;
                size -= WHI_TAIL;
            }
            start = whi_head(r, from + size);
            for (i = 0; texts != NULL && i < WHI_TEXTS; i++)
                if ((uintptr_t)texts[i].ptr - (uintptr_t)start < size) texts[i].ptr += from - to;
            if (e->record == from + WHI_HEAD) e->record = to + WHI_HEAD;
            if (e->change == from + WHI_HEAD) e->change = to + WHI_HEAD;
            whi_slide(whi_head(r, to), whi_head(r, from), (size_t)size);
            to += size;
        }
        from += all;
    }
    webhook_wipe(whi_head(r, from), (size_t)(from - to));
    r->low = to;
    r->dead = 0;
    whi_entries_trim(r);
    return 1;
}

/* whi_forget_absent -- what is known not to be in the store can be asked again; all at once, so
 * that the table is no longer afterwards than webhooks have made it. 0: nothing is known so */
static int whi_forget_absent(webhook_registry *r) {
    uint32_t i;
    if (r->absent == 0) return 0;
    for (i = 0; i < r->entries && r->absent > 0; i++) {
        whi_webhook *e = whi_webhook_at(r, i);
        if (e->state != WHI_ABSENT) continue;
        whi_trie_remove(r, whi_head_text(whi_head(r, e->record), WHI_TEXT_ID));
        whi_webhook_free(r, i);
        r->absent--;
    }
    whi_entries_trim(r);
    return 1;
}

static int whi_fits(const webhook_registry *r, size_t arena_len, int entry, uint32_t bytes) {
    uint64_t need = (uint64_t)r->entries * sizeof(whi_webhook) + r->low + bytes;
    if (entry && r->spare == WHI_NONE) need += sizeof(whi_webhook);
    return need <= arena_len;
}

/* whi_room_kept -- would an arena of this length have room, or can it be made, for so many bytes
 * of blocks more and for an entry? */
static int whi_room_kept(webhook_registry *r, size_t arena_len, int entry, uint32_t bytes,
                         webhook_str *texts) {
    return whi_fits(r, arena_len, entry, bytes) ||
           (whi_compact(r, texts) && whi_fits(r, arena_len, entry, bytes));
}

/* whi_room_in -- the same, with what is known to be absent forgotten where that helps */
static int whi_room_in(webhook_registry *r, size_t arena_len, int entry, uint32_t bytes,
                       webhook_str *texts) {
    return whi_room_kept(r, arena_len, entry, bytes, texts) ||
           (whi_forget_absent(r) && whi_room_kept(r, arena_len, entry, bytes, texts));
}

/* whi_room -- for a webhook: what is absent has no entry that it could have */
static int whi_room(webhook_registry *r, int entry, uint32_t bytes, webhook_str *texts) {
    if (entry && r->spare == WHI_NONE) (void)whi_forget_absent(r);
    return whi_room_in(r, r->desc.arena_len, entry, bytes, texts);
}

size_t webhook_registry_need(size_t webhooks, size_t text) {
    const uint64_t limit = UINT64_C(1) << 32;
    /* the texts of the largest webhook, in 32 bits from the first term on */
    const uint64_t most = UINT32_C(2) * WHI_SECRET_MAX + WEBHOOK_WEBHOOK_ID_MAX + WEBHOOK_NAME_MAX +
                          WEBHOOK_URL_MAX + WEBHOOK_HTTP_USER_MAX + WEBHOOK_HTTP_PASS_MAX +
                          WEBHOOK_HEADERS_BYTES + UINT32_C(4) * WEBHOOK_HEADERS_MAX +
                          (UINT32_C(1) + WEBHOOK_EVENT_MAX) * WEBHOOK_PATTERNS_MAX - 1;
    uint64_t need = sizeof(whi_webhook) + WHI_HEAD + WHI_TAIL;
    if (whi_above(webhooks, UINT32_MAX) || whi_above(text, UINT32_MAX)) return 0;
    need += (uint64_t)webhooks * (sizeof(whi_webhook) + WHI_HEAD) + text;
    need += text < most ? text : most;
    return need > limit || need > SIZE_MAX ? 0 : (size_t)need;
}

/* whi_aligned -- may a uint64_t lie there? */
static int whi_aligned(const void *ptr) {
    struct whi_behind_a_byte {
        char c;
        uint64_t v;
    };
    return (uintptr_t)ptr % offsetof(struct whi_behind_a_byte, v) == 0;
}

/* whi_arena_valid -- *len is cut where the last place would not fit 32 bits */
static int whi_arena_valid(const void *arena, size_t *len) {
    if (arena == NULL || !whi_aligned(arena)) return 0;
    if (*len < sizeof(whi_webhook) || whi_above(*len - 1, UINT32_MAX)) return 0;
    if (whi_above(*len, UINT32_MAX)) --*len;
    return 1;
}

webhook_status webhook_registry_init(webhook_registry *r, const webhook_registry_desc *d) {
    webhook_hmac_key k;
    if (r == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(r, sizeof *r);
    if (d == NULL || d->store == NULL) return WEBHOOK_ERR_ARGUMENT;
    r->desc = *d;
    if (!whi_arena_valid(d->arena, &r->desc.arena_len) ||
        webhook_hmac_key_init(&k, WHI_STR("how")) != WEBHOOK_OK) {
        whi_zero(r, sizeof *r);
        return WEBHOOK_ERR_ARGUMENT;
    }
#if WEBHOOK_SHA256_HOW
    r->how = k.how; /* asking the processor takes longer than signing */
#endif
    r->spare = r->first = r->last = r->root = r->waits = r->waits_last = WHI_NONE;
    return WEBHOOK_OK;
}

webhook_status webhook_registry_move(webhook_registry *r, void *arena, size_t arena_len) {
    unsigned char *old, *blocks;
    size_t entries;
    if (r == NULL || arena == r->desc.arena || !whi_arena_valid(arena, &arena_len))
        return WEBHOOK_ERR_ARGUMENT;
    if (r->inside) return WEBHOOK_ERR_BUSY;
    if (!whi_room_in(r, arena_len, 0, 0, NULL)) return WEBHOOK_ERR_FULL;
    old = (unsigned char *)r->desc.arena;
    blocks = whi_head(r, r->low);
    entries = (size_t)r->entries * sizeof(whi_webhook);
    whi_copy(arena, old, entries);
    whi_copy((unsigned char *)arena + (arena_len - r->low), blocks, (size_t)r->low);
    webhook_wipe(old, entries);
    webhook_wipe(blocks, (size_t)r->low);
    r->desc.arena = arena;
    r->desc.arena_len = arena_len;
    return WEBHOOK_OK;
}

/* ---- >>webhook: as they hold ---- */

static const unsigned char *whi_record(const webhook_registry *r, uint32_t handle) {
    return whi_head(r, whi_webhook_at(r, handle)->record);
}

static int whi_webhook_live(const webhook_registry *r, uint32_t handle) {
    return handle < r->entries && whi_webhook_at(r, handle)->state == WHI_LIVE;
}

static uint64_t whi_webhook_queue_number(const webhook_registry *r, uint32_t handle) {
    return whi_get(whi_record(r, handle) + WHI_HEAD_QUEUE, 8);
}

static webhook_str whi_webhook_text(const webhook_registry *r, uint32_t handle, unsigned which) {
    return whi_head_text(whi_record(r, handle), which);
}

static uint32_t whi_webhook_rate(const webhook_registry *r, uint32_t handle) {
    return whi_load32(whi_record(r, handle) + WHI_HEAD_RATE);
}

static uint32_t whi_webhook_cap(const webhook_registry *r, uint32_t handle) {
    return (uint32_t)whi_get(whi_record(r, handle) + WHI_HEAD_CAP, 2);
}

static unsigned whi_webhook_flags(const webhook_registry *r, uint32_t handle) {
    unsigned flags = whi_record(r, handle)[WHI_HEAD_FLAGS];
    if ((flags & WHI_PAUSED) == 0) flags |= WHI_ENABLED;
    return flags & (WHI_SECURITY | WHI_ENABLED | WHI_ORDERED);
}

/* whi_comma -- the first comma at or behind i, or the length */
static size_t whi_comma(webhook_str s, size_t i) {
#ifndef WEBHOOK_SMALL
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const unsigned char *p = whi_bytes(s);
    while (s.len - i >= 8) { /* eight at a time; a false alarm only ends the run early */
        uint64_t v = (uint64_t)p[i] | (uint64_t)p[i + 1] << 8 | (uint64_t)p[i + 2] << 16 |
                     (uint64_t)p[i + 3] << 24 | (uint64_t)p[i + 4] << 32 |
                     (uint64_t)p[i + 5] << 40 | (uint64_t)p[i + 6] << 48 | (uint64_t)p[i + 7] << 56;
        v ^= ones * ',';
        if (((v - ones) & ~v & ones << 7) != 0) break;
        i += 8;
    }
#endif
    while (i < s.len && s.ptr[i] != ',') i++;
    return i;
}

/* whi_pattern_match -- does the pattern that begins at *at in a list, and ends at a comma or
 * with it, have the event? As webhook_event_match has it, but that the end is not looked for
 * beforehand: most differ early. *at is left in the pattern or behind it. */
static int whi_pattern_match(webhook_str list, size_t *at, webhook_str event) {
    size_t p = *at, e = 0;
    unsigned segments = 0;
    for (;;) { /* one segment of both a turn */
        int ends;
        if (p < list.len && list.ptr[p] == '*') {
            p++;
            e = whi_segment_end(event, e);
        } else {
            while (p < list.len && e < event.len && list.ptr[p] == event.ptr[e] &&
                   event.ptr[e] != '.') {
                p++;
                e++;
            }
        }
        *at = p;
        ends = p == list.len || list.ptr[p] == ',';
        if ((!ends && list.ptr[p] != '.') || (e < event.len && event.ptr[e] != '.')) return 0;
        segments++;
        if (ends) break;
        if (e == event.len) return 0;
        p++;
        e++;
    }
    return e == event.len || segments % 2 == 0 || whi_segment_end(event, e + 1) == event.len;
}

static int whi_events_match(webhook_str list, webhook_str event) {
    size_t at = 0;
    while (!whi_pattern_match(list, &at, event)) {
        at = whi_comma(list, at);
        if (at == list.len) return 0;
        at++;
    }
    return 1;
}

/* WHI_AHEAD -- the scan waits for memory more than for anything else: ask for what comes next.
 * (In a function of its own gcc leaves it out.) */
#if defined(__GNUC__) && !defined(__TINYC__)
#define WHI_AHEAD(address) __builtin_prefetch(address)
#else
#define WHI_AHEAD(address) (void)(address)
#endif

/* whi_registry_match -- the next webhook with a pattern that has the event, paused or not; *cursor
 * is 0 at first. The one place that chooses. */
static uint32_t whi_registry_match(const webhook_registry *r, webhook_str event, uint32_t *cursor) {
    uint32_t h = *cursor == 0 ? r->first : whi_webhook_at(r, *cursor - 1)->next, next;
    for (; h != WHI_NONE; h = next) {
        const unsigned char *head = whi_record(r, h);
        size_t len = (size_t)head[WHI_HEAD_EVENTS] << 8 | head[WHI_HEAD_EVENTS + 1];
        next = whi_webhook_at(r, h)->next;
        if (next != WHI_NONE) {
            WHI_AHEAD(whi_record(r, next));
            WHI_AHEAD(whi_record(r, next) - WHI_HEAD);
            if (r->entries - next > 4) WHI_AHEAD(&whi_webhook_at(r, next + 4)->record);
        }
        if (whi_events_match(webhook_str_from((const char *)head - len, len), event)) {
            *cursor = h + 1;
            return h;
        }
    }
    return WHI_NONE;
}

/* whi_webhook_key -- the key that signs at a time of the wall clock, which may also go back */
static webhook_status whi_webhook_key(webhook_registry *r, uint32_t handle, int64_t unix_ms,
                                      webhook_hmac_key *k) {
    whi_webhook *e = whi_webhook_at(r, handle);
    const unsigned char *head = whi_record(r, handle);
    int next = whi_text_len(head, WHI_TEXT_NEXT) > 0 &&
               whi_time(unix_ms) >= whi_get(head + WHI_HEAD_SIGNS, 6);
    unsigned i;
    webhook_status s = WEBHOOK_OK;
    whi_zero(k, sizeof *k);
    for (i = 0; i < 8; i++) {
        k->inner[i] = e->inner[i];
        k->outer[i] = e->outer[i];
    }
#if WEBHOOK_SHA256_HOW
    k->how = r->how;
#endif
    if (next == ((e->flags & WHI_NEXT_SIGNS) != 0) && whi_key_ready(k)) return WEBHOOK_OK;
    s = webhook_key_init(k, r->desc.scheme,
                         whi_head_text(head, next ? WHI_TEXT_NEXT : WHI_TEXT_SECRET));
    e->flags &= (uint8_t)~WHI_NEXT_SIGNS;
    if (next) e->flags |= WHI_NEXT_SIGNS;
    for (i = 0; i < 8; i++) {
        e->inner[i] = k->inner[i];
        e->outer[i] = k->outer[i];
    }
    return s;
}

static uint8_t whi_choice(unsigned yes) {
    return (uint8_t)(yes ? WEBHOOK_YES : WEBHOOK_NO);
}

static void whi_info(const webhook_registry *r, uint32_t handle, webhook_info *out) {
    const whi_webhook *e = whi_webhook_at(r, handle);
    webhook_settings *s = &out->settings;
    whi_fields f;
    unsigned i;
    whi_fields_load(&f, whi_record(r, handle), (const char *)whi_record(r, handle), WHI_TEXT_ID);
    whi_zero(out, sizeof *out);
    for (i = 0; i < WHI_TEXTS; i++)
        if (f.text[i].len == 0) f.text[i].ptr = NULL; /* taken as a setting it changes nothing */
    s->id = f.text[WHI_TEXT_ID];
    s->name = f.text[WHI_TEXT_NAME];
    s->url = f.text[WHI_TEXT_URL];
    s->events = f.text[WHI_TEXT_EVENTS];
    s->http_user = f.text[WHI_TEXT_USER];
    s->headers = f.text[WHI_TEXT_HEADERS];
    s->max_in_flight = f.cap == 0 ? WEBHOOK_NO_LIMIT : f.cap;
    s->rate_milli = f.rate == 0 ? WEBHOOK_NO_LIMIT : f.rate;
    s->security = whi_choice(f.flags & WHI_SECURITY);
    s->enabled = whi_choice((f.flags & WHI_PAUSED) == 0);
    s->ordered = whi_choice(f.flags & WHI_ORDERED);
    s->basic_over_http = whi_choice(f.flags & WHI_BASIC);
    out->created_ms = (int64_t)f.created;
    out->updated_ms = (int64_t)f.updated;
    if ((e->flags & WHI_NEXT_SIGNS) == 0) out->signs_from_ms = (int64_t)f.signs_from;
    out->failures = e->failures;
    out->paused_for = (uint8_t)((f.flags & WHI_PAUSED) >> WHI_PAUSED_SHIFT);
    out->changing = e->change != 0;
}

webhook_status webhook_registry_get(const webhook_registry *r, webhook_str id, webhook_info *out) {
    uint32_t handle = whi_webhook_find(r, id);
    whi_zero(out, sizeof *out);
    if (!whi_webhook_live(r, handle)) return WEBHOOK_ERR_NOT_FOUND;
    whi_info(r, handle, out);
    return WEBHOOK_OK;
}

/* A cursor is the serial of the last one that was shown and its handle + 1. Where that handle has
 * another serial now, the list is searched for the next one: serials rise along it. */
webhook_status webhook_registry_next(const webhook_registry *r, uint64_t *cursor,
                                     webhook_info *out) {
    uint32_t handle = (uint32_t)*cursor - 1, serial = (uint32_t)(*cursor >> 32), h = r->first;
    if (whi_webhook_live(r, handle) &&
        whi_load32(whi_record(r, handle) + WHI_HEAD_SERIAL) == serial)
        h = whi_webhook_at(r, handle)->next;
    else if (*cursor != 0)
        while (h != WHI_NONE && whi_load32(whi_record(r, h) + WHI_HEAD_SERIAL) <= serial)
            h = whi_webhook_at(r, h)->next;
    whi_zero(out, sizeof *out);
    if (h == WHI_NONE) return WEBHOOK_END;
    whi_info(r, h, out);
    *cursor = (uint64_t)whi_load32(whi_record(r, h) + WHI_HEAD_SERIAL) << 32 | (h + 1);
    return WEBHOOK_OK;
}

webhook_str webhook_secret_make(char out[64], const unsigned char random[32]) {
    webhook_buf b = webhook_buf_from(out, 64);
    webhook_hex_write(&b, webhook_str_from((const char *)random, 32));
    return webhook_buf_str(&b);
}

/* ---- >>webhook: what a change does ---- */

/* whi_tell -- the engine, if there is one */
static void whi_tell(webhook_registry *r, uint32_t handle, unsigned what) {
    if (r->changed != NULL)
        r->changed(r->engine, handle, what);
    else if (what == WHI_GONE)
        whi_webhook_free(r, handle);
}

/* whi_entry_flags -- some down, some up; counts what has to be put */
static void whi_entry_flags(webhook_registry *r, whi_webhook *e, unsigned down, unsigned up) {
    unsigned before = e->flags & (WHI_PAUSE_WAITS | WHI_PUT_AGAIN);
    e->flags = (uint8_t)((e->flags & ~down) | up);
    if (before != 0) r->unsaved--;
    if ((e->flags & (WHI_PAUSE_WAITS | WHI_PUT_AGAIN)) != 0) r->unsaved++;
}

/* whi_key_forget -- the secrets are others now; the key is prepared when it is asked for */
static void whi_key_forget(whi_webhook *e) {
    webhook_wipe(e->inner, sizeof e->inner);
    webhook_wipe(e->outer, sizeof e->outer);
    e->flags &= (uint8_t)~WHI_NEXT_SIGNS;
}

/* whi_version_see -- versions are above the time, so that a start that has not seen all uses none
 * again; a clock that has gone mad leaves half of the numbers */
static void whi_version_see(webhook_registry *r, int64_t unix_ms) {
    uint64_t ms = whi_time(unix_ms), v = (ms < WHI_TIME_MAX / 2 ? ms : WHI_TIME_MAX / 2) << 16;
    if (v > r->version) r->version = v;
}

/* whi_version -- the next one, above any that was seen; by how much nobody else would guess, as the
 * seed is another at each start and in each registry */
static uint64_t whi_version(webhook_registry *r) {
    r->version += 1 + (whi_mix(r->desc.seed + r->version) & 0xffff);
    return r->version;
}

static uint64_t whi_queue_number(webhook_registry *r) {
    return whi_mix(r->desc.seed + ++r->queues * UINT64_C(0x9e3779b97f4a7c15));
}

static webhook_str whi_store_key(char key[1 + WEBHOOK_WEBHOOK_ID_MAX], char kind, webhook_str id) {
    key[0] = kind;
    whi_copy(key + 1, id.ptr, id.len);
    return webhook_str_from(key, 1 + id.len);
}

/* whi_block_put -- the record that a block holds */
static webhook_status whi_block_put(webhook_registry *r, uint32_t place, uint64_t replaces) {
    const unsigned char *head = whi_head(r, place);
    uint32_t back = whi_text_back(head, WHI_TEXT_SECRET);
    char key[1 + WEBHOOK_WEBHOOK_ID_MAX];
    webhook_str value[2];
    value[0] = webhook_str_from((const char *)head, WHI_HEAD_VALUE);
    value[1] = webhook_str_from((const char *)head - back, (size_t)back);
    return whi_store_put(r->desc.store, whi_store_key(key, 'w', whi_head_text(head, WHI_TEXT_ID)),
                         value, 2, replaces);
}

static void whi_record_remove(webhook_registry *r, uint32_t handle, char kind) {
    char key[1 + WEBHOOK_WEBHOOK_ID_MAX];
    whi_store_remove(r->desc.store,
                     whi_store_key(key, kind, whi_webhook_text(r, handle, WHI_TEXT_ID)));
}

/* whi_failures_put -- the count as it is; a put that fails is dropped: one failure is forgotten */
static void whi_failures_put(webhook_registry *r, uint32_t handle) {
    unsigned char count[4];
    char key[1 + WEBHOOK_WEBHOOK_ID_MAX];
    webhook_str value;
    if (whi_webhook_at(r, handle)->failures == 0) {
        whi_record_remove(r, handle, 'f');
        return;
    }
    whi_store32(count, whi_webhook_at(r, handle)->failures);
    value = webhook_str_from((const char *)count, sizeof count);
    (void)whi_store_put(r->desc.store,
                        whi_store_key(key, 'f', whi_webhook_text(r, handle, WHI_TEXT_ID)), &value,
                        1, 0);
}

/* whi_put_again -- put the record as it holds, under a new version: 1 where the store took it */
static int whi_put_again(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    unsigned char *version = whi_head(r, e->record) + WHI_HEAD_VERSION;
    uint64_t before = whi_get(version, 8);
    whi_set_number(version, 8, whi_version(r));
    if (whi_block_put(r, e->record, (e->flags & WHI_NOT_STORED) != 0 ? 0 : before) != WEBHOOK_OK) {
        whi_set_number(version, 8, before);
        return 0;
    }
    whi_entry_flags(r, e, WHI_PAUSE_WAITS | WHI_PUT_AGAIN | WHI_NOT_STORED, 0);
    return 1;
}

/* whi_list_in -- between its neighbours, WHI_NONE at either end */
static void whi_list_in(webhook_registry *r, uint32_t handle, uint32_t prev, uint32_t next) {
    whi_webhook *e = whi_webhook_at(r, handle);
    e->prev = prev;
    e->next = next;
    *(prev == WHI_NONE ? &r->first : &whi_webhook_at(r, prev)->next) = handle;
    *(next == WHI_NONE ? &r->last : &whi_webhook_at(r, next)->prev) = handle;
}

/* whi_entry_live -- from now on it is seen */
static void whi_entry_live(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    e->state = WHI_LIVE;
    whi_store32(whi_head(r, e->record) + WHI_HEAD_SERIAL, ++r->serial);
    whi_list_in(r, handle, r->last, WHI_NONE);
    r->count++;
}

/* whi_entry_retire -- out of trie and list already: the engine has it, if there is one */
static void whi_entry_retire(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    whi_entry_flags(r, e, WHI_PAUSE_WAITS | WHI_PUT_AGAIN | WHI_NOT_STORED, 0);
    e->state = WHI_DOOMED;
    e->next = e->prev = WHI_NONE;
    whi_tell(r, handle, WHI_GONE);
}

/* whi_entry_doom -- a live one is deleted */
static void whi_entry_doom(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    whi_trie_remove(r, whi_webhook_text(r, handle, WHI_TEXT_ID));
    *(e->prev == WHI_NONE ? &r->first : &whi_webhook_at(r, e->prev)->next) = e->next;
    *(e->next == WHI_NONE ? &r->last : &whi_webhook_at(r, e->next)->prev) = e->prev;
    r->count--;
    whi_entry_retire(r, handle);
}

/* whi_record_hold -- a block is the record of a live webhook from now on */
static void whi_record_hold(webhook_registry *r, uint32_t handle, uint32_t place) {
    whi_webhook *e = whi_webhook_at(r, handle);
    uint32_t old = e->record;
    whi_store32(whi_head(r, place) + WHI_HEAD_SERIAL,
                whi_load32(whi_head(r, old) + WHI_HEAD_SERIAL));
    e->record = place;
    whi_block_free(r, old);
    whi_tell(r, handle, WHI_CHANGED);
}

/* whi_queue_hold -- the same where the queue is another one: a new handle takes the place of the
 * old one, which keeps its record for what the engine has to say about it */
static void whi_queue_hold(webhook_registry *r, uint32_t old, uint32_t handle, uint32_t place) {
    whi_webhook *e = whi_webhook_at(r, handle), *o = whi_webhook_at(r, old);
    unsigned i;
    *whi_trie_link(r, whi_webhook_text(r, old, WHI_TEXT_ID), &r->root) = handle;
    for (i = 0; i < 2; i++) e->child[i] = o->child[i];
    whi_list_in(r, handle, o->prev, o->next);
    for (i = 0; i < 8; i++) {
        e->inner[i] = o->inner[i];
        e->outer[i] = o->outer[i];
    }
    e->rate_at = o->rate_at;
    e->node.where = o->node.where & WHI_SLOW;
    e->failures = o->failures;
    whi_entry_flags(r, e, 0, o->flags);
    e->state = WHI_LIVE;
    e->record = place;
    whi_store32(whi_head(r, place) + WHI_HEAD_HANDLE, handle);
    whi_store32(whi_head(r, place) + WHI_HEAD_SERIAL,
                whi_load32(whi_record(r, old) + WHI_HEAD_SERIAL));
    whi_entry_retire(r, old);
}

/* ---- >>webhook: changes that wait ---- */

/* whi_change_unlink -- out of the line of those that wait: the first one, nearly always */
static void whi_change_unlink(webhook_registry *r, uint32_t handle) {
    uint32_t prev = WHI_NONE, h = r->waits, next;
    while (h != WHI_NONE && h != handle) {
        prev = h;
        h = whi_load32(whi_tail(r, whi_webhook_at(r, h)->change) + WHI_TAIL_NEXT);
    }
    if (h == WHI_NONE) return;
    next = whi_load32(whi_tail(r, whi_webhook_at(r, h)->change) + WHI_TAIL_NEXT);
    if (prev == WHI_NONE)
        r->waits = next;
    else
        whi_store32(whi_tail(r, whi_webhook_at(r, prev)->change) + WHI_TAIL_NEXT, next);
    if (next == WHI_NONE) r->waits_last = prev;
}

/* whi_change_drop -- what it has set aside is free again; one that creates is its webhook's record
 */
static void whi_change_drop(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    const unsigned char *tail = whi_tail(r, e->change);
    if (tail[WHI_TAIL_KIND] == WHI_DROP) whi_entry_free(r, whi_load32(tail + WHI_TAIL_SPARE));
    if (e->change != e->record) whi_block_free(r, e->change);
    e->change = 0;
}

/* whi_change_good -- what was put is durable, so it holds */
static void whi_change_good(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    uint32_t place = e->change;
    unsigned char *head = whi_head(r, place);
    const unsigned char *tail = whi_tail(r, place);
    unsigned kind = tail[WHI_TAIL_KIND], what = tail[WHI_TAIL_WHAT];
    uint32_t spare = whi_load32(tail + WHI_TAIL_SPARE);
    unsigned paused = whi_record(r, handle)[WHI_HEAD_FLAGS] & WHI_PAUSED, stays = 0;
    if (kind == WHI_DELETE) {
        whi_change_drop(r, handle);
        whi_entry_doom(r, handle);
        return;
    }
    if (paused != (head[WHI_HEAD_FLAGS] & WHI_PAUSED) && (what & WHI_SETS_ENABLED) == 0) {
        head[WHI_HEAD_FLAGS] =
            (unsigned char)((head[WHI_HEAD_FLAGS] & ~(unsigned)WHI_PAUSED) | paused);
        stays = WHI_PAUSE_WAITS; /* the engine has paused it since */
    }
    whi_entry_flags(r, e, (WHI_PAUSE_WAITS | WHI_PUT_AGAIN | WHI_NOT_STORED) & ~stays, 0);
    if ((what & WHI_SETS_FAILURES) != 0 && e->failures > 0) {
        e->failures = 0;
        whi_record_remove(r, handle, 'f'); /* it may have been put since */
    }
    if ((what & WHI_SETS_SECRET) != 0) whi_key_forget(e);
    e->change = 0;
    whi_tail_free(r, place);
    if (kind == WHI_CREATE)
        whi_entry_live(r, handle);
    else if (kind == WHI_UPDATE)
        whi_record_hold(r, handle, place);
    else
        whi_queue_hold(r, handle, spare, place);
}

/* whi_change_failed -- the store may have it all the same: it is taken back. The version that the
 * store has now is what the next put replaces. */
static void whi_change_failed(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    const unsigned char *tail = whi_tail(r, e->change);
    unsigned kind = tail[WHI_TAIL_KIND], what = tail[WHI_TAIL_WHAT];
    if (kind == WHI_CREATE) {
        whi_record_remove(r, handle, 'w');
        whi_trie_remove(r, whi_webhook_text(r, handle, WHI_TEXT_ID));
        whi_webhook_free(r, handle);
        return;
    }
    whi_copy(whi_head(r, e->record) + WHI_HEAD_VERSION, whi_head(r, e->change) + WHI_HEAD_VERSION,
             8);
    whi_change_drop(r, handle);
    whi_entry_flags(r, e, WHI_NOT_STORED, WHI_PUT_AGAIN);
    if (kind == WHI_DELETE) whi_entry_flags(r, e, 0, WHI_NOT_STORED);
    if (e->failures > 0 && (kind == WHI_DELETE || (what & WHI_SETS_FAILURES) != 0))
        whi_failures_put(r, handle);
    if (!whi_put_again(r, handle)) return; /* whi_registry_work tries again */
}

static void whi_change_settle(webhook_registry *r, uint32_t handle, webhook_status result) {
    if (result == WEBHOOK_OK)
        whi_change_good(r, handle);
    else
        whi_change_failed(r, handle);
}

void webhook_registry_committed(webhook_registry *r, uint64_t ticket, webhook_status result) {
    while (!r->inside && r->waits != WHI_NONE) {
        uint32_t handle = r->waits;
        const unsigned char *tail = whi_tail(r, whi_webhook_at(r, handle)->change);
        if (whi_get(tail + WHI_TAIL_TICKET, 8) > ticket) break;
        whi_change_unlink(r, handle);
        whi_change_settle(r, handle, result);
    }
}

/* whi_change_commit -- ask for the commit of a change that was put */
static webhook_status whi_change_commit(webhook_registry *r, uint32_t handle, webhook_change *out) {
    whi_webhook *e = whi_webhook_at(r, handle);
    unsigned char *tail = whi_tail(r, e->change);
    uint64_t ticket = 0;
    webhook_status s = whi_store_commit(r->desc.store, &ticket);
    if (s != WEBHOOK_PENDING) {
        whi_change_settle(r, handle, s);
        return s;
    }
    whi_set_number(tail + WHI_TAIL_TICKET, 8, ticket);
    whi_store32(tail + WHI_TAIL_NEXT, WHI_NONE);
    if (r->waits == WHI_NONE)
        r->waits = handle;
    else
        whi_store32(whi_tail(r, whi_webhook_at(r, r->waits_last)->change) + WHI_TAIL_NEXT, handle);
    r->waits_last = handle;
    out->ticket = ticket;
    return s;
}

/* ---- >>webhook: changes ---- */

/* whi_registry_work -- put what could not be put before; 1: something still waits for another
 * try */
static int whi_registry_work(webhook_registry *r, int64_t unix_ms) {
    uint32_t h, left = r->unsaved;
    whi_version_see(r, unix_ms);
    for (h = r->first; h != WHI_NONE && left > 0; h = whi_webhook_at(r, h)->next) {
        const whi_webhook *e = whi_webhook_at(r, h);
        if ((e->flags & (WHI_PAUSE_WAITS | WHI_PUT_AGAIN)) == 0) continue;
        left--;
        if (e->change == 0 && !whi_put_again(r, h)) continue;
    }
    return r->unsaved > 0;
}

/* whi_change_may -- may anything be changed now? Without an engine this is where what could not be
 * put before is tried again. */
static webhook_status whi_change_may(webhook_registry *r, int64_t unix_ms, webhook_change *out) {
    if (out == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(out, sizeof *out);
    if (r == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (r->inside) return WEBHOOK_ERR_BUSY;
    whi_version_see(r, unix_ms);
    if (r->changed == NULL && r->unsaved > 0) (void)whi_registry_work(r, unix_ms);
    return WEBHOOK_OK;
}

/* whi_change_begin -- may this webhook be changed now? */
static webhook_status whi_change_begin(webhook_registry *r, webhook_str id, int64_t unix_ms,
                                       webhook_change *out, uint32_t *handle) {
    webhook_status s = whi_change_may(r, unix_ms, out);
    *handle = WHI_NONE;
    if (s != WEBHOOK_OK) return s;
    *handle = whi_webhook_find(r, id);
    if (*handle == WHI_NONE || whi_webhook_at(r, *handle)->state == WHI_ABSENT)
        return WEBHOOK_ERR_NOT_FOUND;
    return whi_webhook_at(r, *handle)->change != 0 ? WEBHOOK_ERR_BUSY : WEBHOOK_OK;
}

/* whi_change_make -- a block for the change, put; on error it is gone again */
static webhook_status whi_change_put(webhook_registry *r, uint32_t handle, const whi_fields *f,
                                     unsigned kind, unsigned what) {
    whi_webhook *e = whi_webhook_at(r, handle);
    uint32_t place = whi_block_make(r, handle, f, 1);
    unsigned char *tail = whi_tail(r, place);
    uint64_t replaces = 0;
    webhook_status s;
    tail[WHI_TAIL_KIND] = (unsigned char)kind;
    tail[WHI_TAIL_WHAT] = (unsigned char)what;
    if (kind != WHI_CREATE && (e->flags & WHI_NOT_STORED) == 0)
        replaces = whi_get(whi_record(r, handle) + WHI_HEAD_VERSION, 8);
    s = whi_block_put(r, place, replaces);
    if (s != WEBHOOK_OK) {
        whi_block_free(r, place);
        return s;
    }
    e->change = place;
    return WEBHOOK_OK;
}

/* whi_fields_secret -- a new secret: the one that waits has its place where it has begun to sign */
static void whi_fields_secret(whi_fields *f, const webhook_settings *s, uint64_t now) {
    uint32_t overlap_s = s->overlap_s == 0 ? WEBHOOK_OVERLAP_DEFAULT_S : s->overlap_s;
    if (f->text[WHI_TEXT_SECRET].len == 0 || s->overlap_s == WEBHOOK_AT_ONCE) {
        f->text[WHI_TEXT_SECRET] = s->secret;
        f->text[WHI_TEXT_NEXT].len = 0;
        f->signs_from = 0;
        return;
    }
    if (f->text[WHI_TEXT_NEXT].len > 0 && now >= f->signs_from)
        f->text[WHI_TEXT_SECRET] = f->text[WHI_TEXT_NEXT];
    f->text[WHI_TEXT_NEXT] = s->secret;
    f->signs_from = now + (uint64_t)overlap_s * 1000;
}

static void whi_fields_choose(whi_fields *f, uint8_t choice, unsigned flag) {
    if (choice == WEBHOOK_YES) f->flags = (uint8_t)(f->flags | flag);
    if (choice == WEBHOOK_NO) f->flags = (uint8_t)(f->flags & ~flag);
}

/* whi_fields_apply -- what is given changes */
static void whi_fields_apply(whi_fields *f, const webhook_settings *s, uint64_t now) {
    if (s->id.ptr != NULL) f->text[WHI_TEXT_ID] = s->id;
    if (s->secret.ptr != NULL) whi_fields_secret(f, s, now);
    if (s->name.ptr != NULL) f->text[WHI_TEXT_NAME] = s->name;
    if (s->url.ptr != NULL) f->text[WHI_TEXT_URL] = s->url;
    if (s->events.ptr != NULL) f->text[WHI_TEXT_EVENTS] = s->events;
    if (f->text[WHI_TEXT_USER].len == 0 || (s->http_user.ptr != NULL && s->http_user.len == 0))
        f->text[WHI_TEXT_PASS] = webhook_str_from(NULL, 0); /* not an empty one: none */
    if (s->http_user.ptr != NULL) f->text[WHI_TEXT_USER] = s->http_user;
    if (s->http_pass.ptr != NULL) f->text[WHI_TEXT_PASS] = s->http_pass;
    if (s->headers.ptr != NULL) f->text[WHI_TEXT_HEADERS] = s->headers;
    if (s->max_in_flight != 0)
        f->cap = (uint16_t)(s->max_in_flight == WEBHOOK_NO_LIMIT ? 0 : s->max_in_flight);
    if (s->rate_milli != 0) f->rate = s->rate_milli == WEBHOOK_NO_LIMIT ? 0 : s->rate_milli;
    whi_fields_choose(f, s->security, WHI_SECURITY);
    whi_fields_choose(f, s->ordered, WHI_ORDERED);
    whi_fields_choose(f, s->basic_over_http, WHI_BASIC);
    if (s->enabled != WEBHOOK_UNSET) {
        f->flags = (uint8_t)(f->flags & ~WHI_PAUSED);
        if (s->enabled == WEBHOOK_NO) f->flags |= WEBHOOK_PAUSED_USER << WHI_PAUSED_SHIFT;
    }
    f->updated = now;
}

/* whi_create_free -- is the id? Where it is known to be absent, that is forgotten */
static webhook_status whi_create_free(webhook_registry *r, webhook_str id) {
    uint32_t h = whi_webhook_find(r, id);
    const whi_webhook *e;
    if (h == WHI_NONE) return WEBHOOK_OK;
    e = whi_webhook_at(r, h);
    if (e->state == WHI_ABSENT) {
        (void)whi_forget_absent(r);
        return WEBHOOK_OK;
    }
    if (e->change == 0) return WEBHOOK_ERR_TAKEN;
    switch (whi_tail(r, e->change)[WHI_TAIL_KIND]) { /* in use, or will be or not */
    case WHI_CREATE:
    case WHI_DELETE: return WEBHOOK_ERR_BUSY;
    default: return WEBHOOK_ERR_TAKEN;
    }
}

webhook_status webhook_registry_create(webhook_registry *r, const webhook_settings *s,
                                       int64_t unix_ms, webhook_change *out) {
    whi_fields f;
    webhook_status status = whi_change_may(r, unix_ms, out);
    whi_webhook *e;
    uint32_t handle;
    if (status == WEBHOOK_OK && s == NULL) status = WEBHOOK_ERR_ARGUMENT;
    if (status == WEBHOOK_OK) status = whi_check_settings(r, s, 0, out);
    if (status != WEBHOOK_OK) return status;
    whi_zero(&f, sizeof f);
    f.flags = WHI_SECURITY;
    whi_fields_apply(&f, s, whi_time(unix_ms));
    f.created = f.updated;
    status = whi_check_together(r, s, &f, out);
    if (status == WEBHOOK_OK) status = whi_create_free(r, s->id);
    if (status == WEBHOOK_ERR_TAKEN) out->fault = WEBHOOK_SET_ID;
    if (status != WEBHOOK_OK) return status;
    if (!whi_room(r, 1, whi_fields_size(&f), f.text)) return WEBHOOK_ERR_FULL;
    f.version = whi_version(r);
    f.queue = whi_queue_number(r);
    handle = whi_entry_take(r);
    status = whi_change_put(r, handle, &f, WHI_CREATE, 0);
    if (status != WEBHOOK_OK) {
        whi_entry_free(r, handle);
        return status;
    }
    e = whi_webhook_at(r, handle);
    *whi_trie_link(r, whi_head_text(whi_head(r, e->change), WHI_TEXT_ID), &r->root) = handle;
    e->record = e->change;
    whi_record_remove(r, handle, 'f'); /* of an earlier one of this id, where a crash has left it */
    return whi_change_commit(r, handle, out);
}

/* whi_settings_empty -- is nothing given? */
static int whi_settings_empty(const webhook_settings *s) {
    unsigned i, any = 0;
    for (i = WEBHOOK_SET_ID; i <= WEBHOOK_SET_HEADERS; i++)
        any |= whi_setting(s, i).ptr != NULL || whi_setting(s, i).len > 0;
    return !any && s->max_in_flight == 0 && s->rate_milli == 0 && s->overlap_s == 0 &&
           (s->security | s->enabled | s->ordered | s->basic_over_http) == 0;
}

webhook_status webhook_registry_update(webhook_registry *r, webhook_str id,
                                       const webhook_settings *s, int64_t unix_ms,
                                       webhook_change *out) {
    whi_fields f;
    uint32_t handle;
    unsigned what = 0;
    webhook_status status = whi_change_begin(r, id, unix_ms, out, &handle);
    if (status == WEBHOOK_OK && s == NULL) status = WEBHOOK_ERR_ARGUMENT;
    if (status != WEBHOOK_OK || whi_settings_empty(s)) return status;
    status = whi_check_settings(r, s, 1, out);
    if (status != WEBHOOK_OK) return status;
    whi_fields_load(&f, whi_record(r, handle), (const char *)whi_record(r, handle), WHI_TEXT_ID);
    whi_fields_apply(&f, s, whi_time(unix_ms));
    status = whi_check_together(r, s, &f, out);
    if (status != WEBHOOK_OK) return status;
    if (!whi_room(r, 0, whi_fields_size(&f), f.text)) return WEBHOOK_ERR_FULL;
    f.version = whi_version(r);
    if (s->enabled != WEBHOOK_UNSET) what |= WHI_SETS_ENABLED;
    if (s->enabled == WEBHOOK_YES) what |= WHI_SETS_FAILURES;
    if (s->secret.ptr != NULL) what |= WHI_SETS_SECRET;
    status = whi_change_put(r, handle, &f, WHI_UPDATE, what);
    if (status != WEBHOOK_OK) return status;
    if (s->enabled == WEBHOOK_YES && whi_webhook_at(r, handle)->failures > 0)
        whi_record_remove(r, handle, 'f');
    return whi_change_commit(r, handle, out);
}

webhook_status webhook_registry_delete(webhook_registry *r, webhook_str id, int64_t unix_ms,
                                       webhook_change *out) {
    whi_fields f;
    uint32_t handle;
    webhook_status status = whi_change_begin(r, id, unix_ms, out, &handle);
    if (status != WEBHOOK_OK) return status;
    whi_zero(&f, sizeof f);
    if (!whi_room(r, 0, whi_fields_size(&f), NULL)) return WEBHOOK_ERR_FULL;
    f.version = whi_get(whi_record(r, handle) + WHI_HEAD_VERSION, 8);
    whi_webhook_at(r, handle)->change = whi_block_make(r, handle, &f, 1);
    whi_tail(r, whi_webhook_at(r, handle)->change)[WHI_TAIL_KIND] = WHI_DELETE;
    whi_record_remove(r, handle, 'w');
    whi_record_remove(r, handle, 'f');
    return whi_change_commit(r, handle, out);
}

webhook_status webhook_registry_drop_queue(webhook_registry *r, webhook_str id, int64_t unix_ms,
                                           webhook_change *out) {
    whi_fields f;
    uint32_t handle, spare;
    webhook_status status = whi_change_begin(r, id, unix_ms, out, &handle);
    if (status != WEBHOOK_OK) return status;
    whi_fields_load(&f, whi_record(r, handle), (const char *)whi_record(r, handle), WHI_TEXT_ID);
    if (!whi_room(r, 1, whi_fields_size(&f), f.text)) return WEBHOOK_ERR_FULL;
    f.version = whi_version(r);
    f.queue = whi_queue_number(r);
    spare = whi_entry_take(r);
    status = whi_change_put(r, handle, &f, WHI_DROP, 0);
    if (status != WEBHOOK_OK) {
        whi_entry_free(r, spare);
        return status;
    }
    whi_store32(whi_tail(r, whi_webhook_at(r, handle)->change) + WHI_TAIL_SPARE, spare);
    return whi_change_commit(r, handle, out);
}

/* ---- >>webhook: what the engine changes ---- */

static void whi_webhook_pause(webhook_registry *r, uint32_t handle, uint8_t why, int64_t unix_ms) {
    whi_webhook *e = whi_webhook_at(r, handle);
    unsigned char *flags = whi_head(r, e->record) + WHI_HEAD_FLAGS;
    if (e->state != WHI_LIVE || (*flags & WHI_PAUSED) != 0) return;
    *flags = (unsigned char)(*flags | why << WHI_PAUSED_SHIFT);
    whi_entry_flags(r, e, 0, WHI_PAUSE_WAITS);
    whi_version_see(r, unix_ms);
    if (e->change == 0 && !whi_put_again(r, handle)) return; /* tried again later */
}

/* whi_webhook_counted -- put the count, but not of what is being deleted: it would stay behind */
static void whi_webhook_counted(webhook_registry *r, uint32_t handle) {
    const whi_webhook *e = whi_webhook_at(r, handle);
    if (e->change == 0 || whi_tail(r, e->change)[WHI_TAIL_KIND] != WHI_DELETE)
        whi_failures_put(r, handle);
}

static uint32_t whi_webhook_failed(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    if (e->state != WHI_LIVE) return 0;
    if (e->failures < UINT16_MAX) {
        e->failures++;
        whi_webhook_counted(r, handle);
    }
    return e->failures;
}

static void whi_webhook_succeeded(webhook_registry *r, uint32_t handle) {
    whi_webhook *e = whi_webhook_at(r, handle);
    if (e->state != WHI_LIVE || e->failures == 0) return;
    e->failures = 0;
    whi_webhook_counted(r, handle);
}

/* ---- >>webhook: taking in ---- */

/* whi_fields_read -- the fields of a record, checked as far as they must be whatever this start
 * allows: what is read here goes into requests and memory */
static webhook_status whi_fields_read(const webhook_record *record, whi_fields *f) {
    static const uint8_t field[WHI_TEXTS] = { WEBHOOK_SET_ID,        WEBHOOK_SET_SECRET,
                                              WEBHOOK_SET_SECRET,    WEBHOOK_SET_NAME,
                                              WEBHOOK_SET_URL,       WEBHOOK_SET_HTTP_USER,
                                              WEBHOOK_SET_HTTP_PASS, WEBHOOK_SET_HEADERS,
                                              WEBHOOK_SET_EVENTS };
    unsigned char head[WHI_HEAD];
    unsigned i;
    size_t at;
    if (record->value.len < WHI_HEAD_VALUE) return WEBHOOK_ERR_DAMAGED;
    whi_zero(head, sizeof head);
    whi_copy(head, record->value.ptr, WHI_HEAD_VALUE);
    if (whi_text_back(head, WHI_TEXT_SECRET) != record->value.len - WHI_HEAD_VALUE)
        return WEBHOOK_ERR_DAMAGED;
    whi_fields_load(f, head, record->value.ptr + record->value.len, WHI_TEXT_SECRET);
    f->text[WHI_TEXT_ID] = whi_skip(record->key, 1);
    for (i = 0; i < WHI_TEXTS; i++)
        if ((i != WHI_TEXT_NEXT || f->text[i].len > 0) &&
            whi_check_text(NULL, field[i], f->text[i], &at) != WEBHOOK_OK)
            return WEBHOOK_ERR_DAMAGED;
    if (f->version == 0 || f->version >> 63 != 0 || f->cap > WEBHOOK_IN_FLIGHT_MAX ||
        (f->flags & ~(WHI_SECURITY | WHI_ORDERED | WHI_BASIC | WHI_PAUSED)) != 0 ||
        (f->text[WHI_TEXT_USER].len == 0 && f->text[WHI_TEXT_PASS].len > 0) ||
        (f->text[WHI_TEXT_NEXT].len == 0 && f->signs_from != 0))
        return WEBHOOK_ERR_DAMAGED;
    return WEBHOOK_OK;
}

static webhook_status whi_take_failures(webhook_registry *r, const webhook_record *record) {
    uint32_t h = whi_webhook_find(r, whi_skip(record->key, 1)), count;
    if (record->value.len != 4) return WEBHOOK_ERR_DAMAGED;
    if (!whi_webhook_live(r, h)) return WEBHOOK_NO_MATCH;
    count = whi_load32(whi_bytes(record->value));
    whi_webhook_at(r, h)->failures = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
    return WEBHOOK_OK;
}

/* whi_known -- the version that is known of a webhook, a change that waits included */
static uint64_t whi_known(const webhook_registry *r, uint32_t handle) {
    const whi_webhook *e;
    uint64_t v, w = 0;
    if (handle == WHI_NONE) return 0;
    e = whi_webhook_at(r, handle);
    v = whi_get(whi_head(r, e->record) + WHI_HEAD_VERSION, 8);
    if (e->change != 0) w = whi_get(whi_head(r, e->change) + WHI_HEAD_VERSION, 8);
    return v > w ? v : w;
}

/* whi_take_over -- the record takes the place of what is known of a live webhook. A pause of this
 * engine's that the store has not seen holds on; it is put again. */
static void whi_take_over(webhook_registry *r, uint32_t handle, whi_fields *f) {
    whi_webhook *e = whi_webhook_at(r, handle);
    unsigned paused = whi_record(r, handle)[WHI_HEAD_FLAGS] & WHI_PAUSED, stays = 0;
    int same = f->queue == whi_webhook_queue_number(r, handle);
    uint32_t place;
    if (paused != 0 && (f->flags & WHI_PAUSED) == 0) {
        stays = e->flags & WHI_PAUSE_WAITS;
        if (stays != 0)
            f->flags = (uint8_t)(f->flags | paused);
        else
            e->failures = 0; /* another writer has enabled it */
    }
    whi_entry_flags(r, e, (WHI_PAUSE_WAITS | WHI_PUT_AGAIN | WHI_NOT_STORED) & ~stays, 0);
    whi_key_forget(e);
    place = whi_block_make(r, handle, f, 0);
    if (same)
        whi_record_hold(r, handle, place);
    else
        whi_queue_hold(r, handle, whi_entry_take(r), place);
}

static webhook_status whi_take_webhook(webhook_registry *r, const webhook_record *record) {
    whi_fields f;
    whi_webhook *e;
    uint32_t h;
    webhook_status s = whi_fields_read(record, &f);
    if (s != WEBHOOK_OK) return s;
    if (f.version > r->version) r->version = f.version;
    h = whi_webhook_find(r, f.text[WHI_TEXT_ID]);
    if (f.version <= whi_known(r, h)) return WEBHOOK_NO_MATCH;
    if (h != WHI_NONE && whi_webhook_at(r, h)->state == WHI_ABSENT) (void)whi_forget_absent(r);
    if (!whi_room(r, 1, whi_fields_size(&f), NULL)) return WEBHOOK_ERR_FULL;
    h = whi_webhook_find(r, f.text[WHI_TEXT_ID]); /* not one that was absent */
    if (h != WHI_NONE && whi_webhook_at(r, h)->change != 0) {
        whi_change_unlink(r, h); /* another writer's is newer: whatever becomes of the commit */
        whi_change_drop(r, h);
    }
    if (whi_webhook_live(r, h)) {
        whi_take_over(r, h, &f);
        return WEBHOOK_OK;
    }
    if (h == WHI_NONE) {
        h = whi_entry_take(r);
        *whi_trie_link(r, f.text[WHI_TEXT_ID], &r->root) = h;
    } else {
        whi_block_free(r, whi_webhook_at(r, h)->record); /* of one that was being created */
    }
    e = whi_webhook_at(r, h);
    e->record = whi_block_make(r, h, &f, 0);
    whi_entry_live(r, h);
    return WEBHOOK_OK;
}

webhook_status webhook_registry_take(webhook_registry *r, webhook_str record) {
    webhook_record taken;
    webhook_status s;
    if (r == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (r->inside) return WEBHOOK_ERR_BUSY;
    s = webhook_record_read(record, &taken);
    if (s != WEBHOOK_OK) return s;
    if (taken.kind == 'f') return whi_take_failures(r, &taken);
    return taken.kind == 'w' ? whi_take_webhook(r, &taken) : WEBHOOK_ERR_ARGUMENT;
}

webhook_status webhook_registry_absent(webhook_registry *r, webhook_str key) {
    whi_fields f;
    whi_webhook *e;
    uint32_t h;
    size_t at;
    if (r == NULL || key.len == 0 || key.ptr[0] != 'w' ||
        whi_check_id(whi_skip(key, 1), &at) != WEBHOOK_OK)
        return WEBHOOK_ERR_ARGUMENT;
    if (r->inside) return WEBHOOK_ERR_BUSY;
    whi_zero(&f, sizeof f);
    f.text[WHI_TEXT_ID] = whi_skip(key, 1);
    h = whi_webhook_find(r, f.text[WHI_TEXT_ID]);
    if (h != WHI_NONE && whi_webhook_at(r, h)->change != 0) return WEBHOOK_ERR_BUSY;
    if (h != WHI_NONE && whi_webhook_at(r, h)->state == WHI_ABSENT) return WEBHOOK_OK;
    /* One makes no room for another: an event to both would be asked for again and again. */
    if (!whi_room_kept(r, r->desc.arena_len, 1, whi_fields_size(&f), f.text))
        return WEBHOOK_ERR_FULL;
    if (h != WHI_NONE) whi_entry_doom(r, h);
    h = whi_entry_take(r);
    e = whi_webhook_at(r, h);
    e->state = WHI_ABSENT;
    *whi_trie_link(r, f.text[WHI_TEXT_ID], &r->root) = h;
    e->record = whi_block_make(r, h, &f, 0);
    r->absent++;
    return WEBHOOK_OK;
}

#undef WHI_AHEAD
#undef WHI_SECRET_MAX
#undef WHI_TIME_MAX

/* ==== >>delivery (implementation) ==== */

/* An event has one job for each webhook that it goes to. A job waits in the queue of its webhook,
 * sits in a slot while it is attempted, and goes when it has ended; the event goes with its last
 * job. A webhook with something in its queue stands in the timer until that is due, then in the
 * ring of those that hold as many slots as it does, and nowhere while it may not begin anything. */

#define WHI_TIME_LIMIT_MS 30000
#define WHI_RETRY_BASE_MS 5000
#define WHI_RETRY_FACTOR_MILLI 5000
#define WHI_RETRY_CAP_MS 3600000
#define WHI_RETRIES 3
#define WHI_RETRIES_MAX 65534 /* a job counts its attempts in 16 bits */
#define WHI_QUEUE 1000
#define WHI_FANOUT 1000
#define WHI_SLOTS 16
#define WHI_HEAD_SIZE 16384
#define WHI_BODY_BUDGET 67108864
#define WHI_AGAIN_MS 1000 /* until a store that has refused something is asked again */
#define WHI_DRAIN 4096    /* jobs of deleted webhooks that one run cancels */
#define WHI_NEVER UINT64_MAX
#define WHI_CLOCK_MIN_MS 1000 /* of a clock that is set: timestamps have 1 to 15 digits */
#define WHI_CLOCK_MAX_MS INT64_C(999999999999999999)
#define WHI_ERROR_MAX 120
#define WHI_LIST_ITEM (8 + 1 + 1 + WEBHOOK_WEBHOOK_ID_MAX)
#define WHI_EVENT_FIXED 18 /* order 8, webhooks 4, bytes of their list 4, lengths of $id and name */
#define WHI_PROGRESS 11    /* ended 1, attempts 2, due 8 */

/* where a job is */
enum {
    WHI_JOB_TAKEN, /* since the last run; key is when it is due by the wall clock */
    WHI_JOB_HELD,  /* in the queue, but its event is not committed */
    WHI_JOB_QUEUED,
    WHI_JOB_IN_SLOT
};

typedef struct whi_job {
    whi_node node; /* its place in the queue; key = due, n = attempts begun, where as above */
    uint32_t seq;  /* of its event: follows the node, see whi_before */
    uint32_t event, webhook, next, prev; /* the other jobs of the event */
    uint32_t slot;
} whi_job;

typedef struct whi_event {
    uint64_t seed, counter, order; /* the first two make its key */
    uint64_t ticket;               /* of the commit that it waits for, else 0 */
    webhook_str record;            /* while it is lent */
    size_t size;                   /* of the record */
    uint32_t left, first;          /* jobs that have not ended */
    uint32_t slots;                /* the first of those that use its record */
    uint32_t chain;                /* in its bucket */
    uint32_t next;                 /* of those that wait for a commit, were taken in, or are free */
    uint8_t fetching, taken;       /* get has answered PENDING; taken in since the last run */
} whi_event;

enum {
    WHI_SLOT_FREE,
    WHI_SLOT_WAITING, /* for the record */
    WHI_SLOT_READY,   /* to be started in this run, or in the next */
    WHI_SLOT_RUNNING,
    WHI_SLOT_DONE /* its result waits for the next run */
};

typedef struct whi_slot {
    webhook_request request;
    uint64_t deadline; /* 0: not started */
    int64_t requested_ms;
    webhook_mac mac;
    uint32_t generation, job, next, prev; /* of the list of its state; free ones by next */
    uint32_t event_next, event_prev;      /* of the slots of the same event */
    uint32_t response_ms;
    size_t head_len; /* with the URL before it */
    uint16_t status;
    uint8_t state, slow, timed_out, hopeless; /* hopeless: a failure that no retry can mend */
    uint8_t error_len, retry_after_len, is_signed, has_mac;
    char error[WHI_ERROR_MAX], retry_after[WEBHOOK_RETRY_AFTER_MAX];
} whi_slot;

WHI_STATIC_ASSERT(job_size, sizeof(whi_job) <= 64);
WHI_STATIC_ASSERT(event_size, sizeof(whi_event) + 8 <= 96); /* and two words of the index */

static whi_job *whi_job_at(const webhook_delivery *d, uint32_t i) {
    return (whi_job *)d->jobs + i;
}

static whi_event *whi_event_at(const webhook_delivery *d, uint32_t i) {
    return (whi_event *)d->event_table + i;
}

static whi_slot *whi_slot_at(const webhook_delivery *d, uint32_t i) {
    return (whi_slot *)d->slots + i;
}

static whi_webhook *whi_owner(const webhook_delivery *d, uint32_t handle) {
    return whi_webhook_at(d->desc.registry, handle);
}

static webhook_store *whi_store_of(const webhook_delivery *d) {
    return d->desc.registry->desc.store;
}

/* whi_enter, whi_leave -- around everything that calls back */
static void whi_enter(webhook_delivery *d) {
    d->inside = 1;
    d->desc.registry->inside = 1;
}

static void whi_leave(webhook_delivery *d) {
    d->inside = 0;
    d->desc.registry->inside = 0;
}

/* ---- >>delivery: heaps ---- */

/* Leftist heaps (Crane 1972) with links up, so that any node can be taken out; all in O(log n). */

enum { WHI_BY_KEY, WHI_BY_KEY_AND_SEQ, WHI_BY_SEQ };

typedef struct whi_heap {
    unsigned char *at; /* the first of the things that begin with a node */
    size_t stride;
    unsigned order; /* WHI_BY_…; seq is the word behind the node */
} whi_heap;

static whi_node *whi_node_at(const whi_heap *h, uint32_t i) {
    return (whi_node *)(void *)(h->at + h->stride * i);
}

static int whi_before(const whi_heap *h, uint32_t a, uint32_t b) {
    const whi_node *x = whi_node_at(h, a), *y = whi_node_at(h, b);
    if (h->order != WHI_BY_SEQ && x->key != y->key) return x->key < y->key;
    if (h->order == WHI_BY_KEY) return 0;
    return ((const whi_job *)(const void *)x)->seq - ((const whi_job *)(const void *)y)->seq >
           UINT32_MAX / 2;
}

static unsigned whi_rank(const whi_heap *h, uint32_t i) {
    return i == WHI_NONE ? 0 : whi_node_at(h, i)->rank;
}

/* whi_lean -- put the higher child to the left; 1 where the rank has changed */
static int whi_lean(const whi_heap *h, uint32_t i) {
    whi_node *n = whi_node_at(h, i);
    unsigned left = whi_rank(h, n->left), right = whi_rank(h, n->right), rank;
    if (left < right) {
        uint32_t t = n->left;
        n->left = n->right;
        n->right = t;
    }
    rank = (left < right ? left : right) + 1;
    if (n->rank == rank) return 0;
    n->rank = (uint8_t)rank;
    return 1;
}

static void whi_hang(const whi_heap *h, uint32_t parent, uint32_t *link, uint32_t child) {
    *link = child;
    if (child != WHI_NONE) whi_node_at(h, child)->parent = parent;
}

/* whi_meld -- one heap of two; returns its root */
static uint32_t whi_meld(const whi_heap *h, uint32_t a, uint32_t b) {
    uint32_t root = WHI_NONE, up = WHI_NONE;
    while (a != WHI_NONE && b != WHI_NONE) {
        if (whi_before(h, b, a)) {
            uint32_t t = a;
            a = b;
            b = t;
        }
        whi_hang(h, up, up == WHI_NONE ? &root : &whi_node_at(h, up)->right, a);
        up = a;
        a = whi_node_at(h, a)->right;
    }
    whi_hang(h, up, up == WHI_NONE ? &root : &whi_node_at(h, up)->right, a != WHI_NONE ? a : b);
    for (; up != WHI_NONE; up = whi_node_at(h, up)->parent) (void)whi_lean(h, up);
    return root;
}

static void whi_heap_put(const whi_heap *h, uint32_t *root, uint32_t i) {
    whi_node *n = whi_node_at(h, i);
    n->left = n->right = n->parent = WHI_NONE;
    n->rank = 1;
    *root = whi_meld(h, *root, i);
}

static void whi_heap_take(const whi_heap *h, uint32_t *root, uint32_t i) {
    whi_node *n = whi_node_at(h, i), *parent;
    uint32_t up = n->parent, rest;
    if (n->left != WHI_NONE) whi_node_at(h, n->left)->parent = WHI_NONE;
    if (n->right != WHI_NONE) whi_node_at(h, n->right)->parent = WHI_NONE;
    rest = whi_meld(h, n->left, n->right);
    if (up == WHI_NONE) {
        whi_hang(h, WHI_NONE, root, rest);
        return;
    }
    parent = whi_node_at(h, up);
    whi_hang(h, up, parent->left == i ? &parent->left : &parent->right, rest);
    while (up != WHI_NONE && whi_lean(h, up)) up = whi_node_at(h, up)->parent;
}

/* ---- >>delivery: places of webhooks ---- */

/* where a webhook stands, in the low bits of its node; above them what else the engine knows */
enum {
    WHI_NOWHERE,
    WHI_IN_TIMER,
    WHI_RING_NONE, /* rings: of those that hold no slot, */
    WHI_RING_FEW,  /* fewer than 8, */
    WHI_RING_MANY, /* more, */
    WHI_RING_SLOW, /* no slot, and their last attempt timed out */
    WHI_IN_DOOM,
    WHI_PLACE = 7,
    /* and WHI_SLOW */
    WHI_BY_ORDER = 16, /* its queue is in the order of events */
    WHI_OWES = 32 /* it has a rate, and an attempt has a slot that is not started and paid yet */
};

#define WHI_FEW 8

static whi_heap whi_timer(const webhook_delivery *d) {
    whi_heap h;
    h.at = (unsigned char *)d->desc.registry->desc.arena;
    h.stride = sizeof(whi_webhook);
    h.order = WHI_BY_KEY;
    return h;
}

static whi_heap whi_queue(const webhook_delivery *d, const whi_webhook *w) {
    whi_heap h;
    h.at = (unsigned char *)d->jobs;
    h.stride = sizeof(whi_job);
    h.order = (w->node.where & WHI_BY_ORDER) != 0 ? WHI_BY_SEQ : WHI_BY_KEY_AND_SEQ;
    return h;
}

/* whi_ring_… -- a list of webhooks; left = next, right = the one before, key = whose turn is
 * first */
static void whi_ring_put(webhook_delivery *d, unsigned place, uint32_t handle) {
    whi_webhook *w = whi_owner(d, handle);
    uint32_t *first = &d->ring_first[place - WHI_RING_NONE];
    uint32_t *last = &d->ring_last[place - WHI_RING_NONE];
    w->node.left = WHI_NONE;
    w->node.right = *last;
    if (*last == WHI_NONE)
        *first = handle;
    else
        whi_owner(d, *last)->node.left = handle;
    *last = handle;
}

static void whi_ring_take(webhook_delivery *d, unsigned place, uint32_t handle) {
    const whi_node *n = &whi_owner(d, handle)->node;
    if (n->right == WHI_NONE)
        d->ring_first[place - WHI_RING_NONE] = n->left;
    else
        whi_owner(d, n->right)->node.left = n->left;
    if (n->left == WHI_NONE)
        d->ring_last[place - WHI_RING_NONE] = n->right;
    else
        whi_owner(d, n->left)->node.right = n->right;
}

/* whi_unplace -- it stands nowhere now */
static void whi_unplace(webhook_delivery *d, uint32_t handle) {
    whi_webhook *w = whi_owner(d, handle);
    unsigned place = w->node.where & WHI_PLACE;
    whi_heap timer = whi_timer(d);
    if (place == WHI_IN_TIMER)
        whi_heap_take(&timer, &d->timer, handle);
    else if (place >= WHI_RING_NONE && place <= WHI_RING_SLOW)
        whi_ring_take(d, place, handle);
    w->node.where &= (uint8_t)~WHI_PLACE;
}

/* whi_free_at -- the tick from which on its rate lets an attempt be started, 0 where it has none
 * and where none was started */
static uint64_t whi_free_at(const webhook_delivery *d, uint32_t handle) {
    if (whi_webhook_rate(d->desc.registry, handle) == 0) return 0;
    return whi_owner(d, handle)->rate_at / 1000; /* whole milliseconds, see whi_pay */
}

/* whi_wakes -- the tick from which on w may begin something, WHI_NEVER: not before something else
 * has happened
 */
static uint64_t whi_wakes(const webhook_delivery *d, uint32_t handle) {
    const whi_webhook *w = whi_owner(d, handle);
    unsigned flags = whi_webhook_flags(d->desc.registry, handle);
    uint32_t cap = whi_webhook_cap(d->desc.registry, handle);
    uint64_t due, free_at;
    const whi_job *head;
    if (w->queue == WHI_NONE || (flags & WHI_ENABLED) == 0) return WHI_NEVER;
    head = whi_job_at(d, w->queue);
    if (head->node.where == WHI_JOB_HELD || (cap != 0 && w->node.n >= cap)) return WHI_NEVER;
    if (w->node.n > 0 && ((w->node.where & WHI_BY_ORDER) != 0 || (w->node.where & WHI_SLOW) != 0))
        return WHI_NEVER;
    if (w->node.n == UINT16_MAX) return WHI_NEVER;
    due = head->node.key;
    if ((w->node.where & WHI_OWES) != 0 && whi_webhook_rate(d->desc.registry, handle) != 0)
        return WHI_NEVER;
    free_at = whi_free_at(d, handle);
    return free_at > due ? free_at : due;
}

/* whi_place -- put a webhook where it belongs, after anything about it has changed. One that stays
 * in its ring keeps its turn.
 */
static void whi_place(webhook_delivery *d, uint32_t handle) {
    whi_webhook *w = whi_owner(d, handle);
    unsigned at = w->node.where & WHI_PLACE, to = WHI_NOWHERE;
    uint64_t wakes;
    whi_heap timer = whi_timer(d);
    if (at == WHI_IN_DOOM) return;
    wakes = whi_wakes(d, handle);
    if (wakes != WHI_NEVER && wakes > d->tick)
        to = WHI_IN_TIMER;
    else if (wakes != WHI_NEVER)
        to = w->node.n >= WHI_FEW              ? WHI_RING_MANY
             : w->node.n > 0                   ? WHI_RING_FEW
             : (w->node.where & WHI_SLOW) != 0 ? WHI_RING_SLOW
                                               : WHI_RING_NONE;
    if (at == to && (to != WHI_IN_TIMER || w->node.key == wakes)) return;
    whi_unplace(d, handle);
    w->node.where = (uint8_t)(w->node.where | to);
    w->node.key = to == WHI_IN_TIMER ? wakes : d->turns++;
    if (to == WHI_IN_TIMER)
        whi_heap_put(&timer, &d->timer, handle);
    else if (to != WHI_NOWHERE)
        whi_ring_put(d, to, handle);
}

/* whi_pay -- an attempt is started: with a rate of so many in 1000 s the next may not be before
 * rate_at, in microseconds of the tick. A bucket of one token; above one in a millisecond as many
 * are started at a tick as the microseconds of it allow. It is paid then and not when the slot is
 * given, since a record may be long in coming.
 */
static void whi_pay(webhook_delivery *d, uint32_t handle) {
    whi_webhook *w = whi_owner(d, handle);
    uint32_t rate = whi_webhook_rate(d->desc.registry, handle);
    uint64_t now = d->tick * 1000, gap;
    if (rate == 0) return;
    gap = (UINT64_C(1000000000) + rate - 1) / rate;
    if (w->rate_at < now) w->rate_at = now;
    w->rate_at += gap;
    if (gap >= 1000) w->rate_at = (w->rate_at + 999) / 1000 * 1000; /* never early */
}

/* ---- >>delivery: jobs and events ---- */

static int whi_ordered(const webhook_delivery *d, uint32_t handle) {
    return (whi_webhook_flags(d->desc.registry, handle) & WHI_ORDERED) != 0;
}

static int whi_enabled(const webhook_delivery *d, uint32_t handle) {
    return (whi_webhook_flags(d->desc.registry, handle) & WHI_ENABLED) != 0;
}

static void whi_queue_put(webhook_delivery *d, uint32_t job, unsigned where, uint64_t due) {
    whi_job *j = whi_job_at(d, job);
    whi_webhook *w = whi_owner(d, j->webhook);
    whi_heap queue;
    if (w->queue == WHI_NONE)
        w->node.where = (uint8_t)((w->node.where & ~WHI_BY_ORDER) |
                                  (whi_ordered(d, j->webhook) ? WHI_BY_ORDER : 0));
    queue = whi_queue(d, w);
    j->node.where = (uint8_t)where;
    j->node.key = due;
    whi_heap_put(&queue, &w->queue, job);
    whi_place(d, j->webhook);
}

static void whi_queue_take(webhook_delivery *d, uint32_t job) {
    whi_job *j = whi_job_at(d, job);
    whi_webhook *w = whi_owner(d, j->webhook);
    whi_heap queue = whi_queue(d, w);
    whi_heap_take(&queue, &w->queue, job);
    whi_place(d, j->webhook);
}

/* whi_queue_sort -- the queue in the other order, after the webhook's `ordered` has changed */
static void whi_queue_sort(webhook_delivery *d, uint32_t handle) {
    whi_webhook *w = whi_owner(d, handle);
    whi_heap from = whi_queue(d, w), to;
    uint32_t sorted = WHI_NONE, job;
    w->node.where ^= WHI_BY_ORDER;
    to = whi_queue(d, w);
    while ((job = w->queue) != WHI_NONE) {
        whi_heap_take(&from, &w->queue, job);
        whi_heap_put(&to, &sorted, job);
    }
    w->queue = sorted;
}

static uint32_t whi_job_new(webhook_delivery *d, uint32_t event, uint32_t handle) {
    whi_event *e = whi_event_at(d, event);
    uint32_t job = d->spare_job;
    whi_job *j;
    if (job != WHI_NONE)
        d->spare_job = whi_job_at(d, job)->next;
    else if (d->used_jobs < d->n_jobs)
        job = d->used_jobs++;
    else
        return WHI_NONE;
    j = whi_job_at(d, job);
    whi_zero(j, sizeof *j);
    j->event = event;
    j->webhook = handle;
    j->seq = (uint32_t)e->order;
    j->slot = j->prev = WHI_NONE;
    j->next = e->first;
    if (e->first != WHI_NONE) whi_job_at(d, e->first)->prev = job;
    e->first = job;
    e->left++;
    d->queued++;
    return job;
}

/* whi_job_free -- no longer one of its event; not in a queue nor in a slot */
static void whi_job_free(webhook_delivery *d, uint32_t job) {
    whi_job *j = whi_job_at(d, job);
    whi_event *e = whi_event_at(d, j->event);
    if (j->prev == WHI_NONE)
        e->first = j->next;
    else
        whi_job_at(d, j->prev)->next = j->next;
    if (j->next != WHI_NONE) whi_job_at(d, j->next)->prev = j->prev;
    e->left--;
    d->queued--;
    j->next = d->spare_job;
    d->spare_job = job;
}

static uint32_t *whi_bucket(const webhook_delivery *d, uint64_t seed, uint64_t counter) {
    uint64_t mixed = (seed ^ counter) * UINT64_C(0x9e3779b97f4a7c15);
    return &d->buckets[(uint32_t)(mixed >> 32) & (d->n_buckets - 1)];
}

static uint32_t whi_event_find(const webhook_delivery *d, uint64_t seed, uint64_t counter) {
    uint32_t i = *whi_bucket(d, seed, counter);
    while (i != WHI_NONE &&
           (whi_event_at(d, i)->seed != seed || whi_event_at(d, i)->counter != counter))
        i = whi_event_at(d, i)->chain;
    return i;
}

static uint32_t whi_event_new(webhook_delivery *d, uint64_t seed, uint64_t counter,
                              uint64_t order) {
    uint32_t i = d->spare_event, *bucket = whi_bucket(d, seed, counter);
    whi_event *e;
    if (i != WHI_NONE)
        d->spare_event = whi_event_at(d, i)->next;
    else if (d->used_events < d->n_events)
        i = d->used_events++;
    else
        return WHI_NONE;
    e = whi_event_at(d, i);
    whi_zero(e, sizeof *e);
    e->seed = seed;
    e->counter = counter;
    e->order = order;
    e->first = e->slots = e->next = WHI_NONE;
    e->chain = *bucket;
    *bucket = i;
    d->events++;
    return i;
}

/* whi_event_free -- with what jobs it still has, none of them in a queue nor in a slot */
static void whi_event_free(webhook_delivery *d, uint32_t event) {
    whi_event *e = whi_event_at(d, event);
    uint32_t *link = whi_bucket(d, e->seed, e->counter);
    while (e->first != WHI_NONE) whi_job_free(d, e->first);
    if (e->fetching) d->lent -= e->size;
    while (*link != event) link = &whi_event_at(d, *link)->chain;
    *link = e->chain;
    e->next = d->spare_event;
    d->spare_event = event;
    d->events--;
}

/* whi_event_key -- the key of its record; of the progress of one webhook with that webhook's id */
static webhook_str whi_event_key(const whi_event *e, char kind, webhook_str id,
                                 char key[WEBHOOK_STORE_KEY_MAX]) {
    webhook_buf b = webhook_buf_from(key, WEBHOOK_STORE_KEY_MAX);
    unsigned char name[16];
    whi_store64(name, e->seed);
    whi_store64(name + 8, e->counter);
    whi_put_char(&b, kind);
    webhook_hex_write(&b, webhook_str_from((const char *)name, 16));
    if (kind == 'd') {
        whi_put_char(&b, '/');
        webhook_buf_put(&b, id);
    }
    return webhook_buf_str(&b);
}

/* whi_event_key_read -- which event a key names, and for 'd' which webhook; 1 where it is one */
static int whi_event_key_read(webhook_str key, char kind, uint64_t *seed, uint64_t *counter,
                              webhook_str *id) {
    unsigned char name[16];
    if (key.len < 33 || key.ptr[0] != kind) return 0;
    if (webhook_hex_read(webhook_str_from(key.ptr + 1, 32), name, 16) != WEBHOOK_OK) return 0;
    *seed = whi_load64(name);
    *counter = whi_load64(name + 8);
    *id = whi_skip(key, 33);
    if (kind == 'e') return id->len == 0;
    if (id->len < 2 || id->ptr[0] != '/') return 0;
    *id = whi_skip(*id, 1);
    return 1;
}

/* whi_event_view -- the value of an event's record taken apart */
typedef struct whi_event_view {
    uint64_t order;
    uint32_t webhooks;
    webhook_str id, event, list, body;
} whi_event_view;

static int whi_event_view_read(webhook_str value, whi_event_view *v) {
    const unsigned char *p = whi_bytes(value);
    size_t id_len, event_len;
    uint32_t list_len;
    if (value.len < WHI_EVENT_FIXED) return 0;
    v->order = whi_load64(p);
    v->webhooks = whi_load32(p + 8);
    list_len = whi_load32(p + 12);
    id_len = p[16];
    event_len = p[17];
    value = whi_skip(value, WHI_EVENT_FIXED);
    if (id_len + event_len > value.len || list_len > value.len - id_len - event_len) return 0;
    v->id = webhook_str_from(value.ptr, id_len);
    v->event = webhook_str_from(value.ptr + id_len, event_len);
    v->list = webhook_str_from(value.ptr + id_len + event_len, (size_t)list_len);
    v->body = whi_skip(value, id_len + event_len + (size_t)list_len);
    return 1;
}

/* whi_list_next -- the next webhook of an event's list: its queue number, and "w" with its id */
static int whi_list_next(webhook_str *list, uint64_t *queue, webhook_str *key) {
    size_t len, at;
    if (list->len < 9) return 0;
    *queue = whi_load64(whi_bytes(*list));
    len = whi_bytes(*list)[8];
    if (len < 2 || len > list->len - 9 || list->ptr[9] != 'w') return 0;
    *key = webhook_str_from(list->ptr + 9, len);
    if (whi_check_id(whi_skip(*key, 1), &at) != WEBHOOK_OK) return 0;
    *list = whi_skip(*list, 9 + len);
    return 1;
}

/* whi_event_view_of -- of the record that is lent, which was checked when it came; zeros where none
 * is
 */
static whi_event_view whi_event_view_of(const whi_event *e) {
    whi_event_view v = WEBHOOK_ZERO;
    if (e->record.ptr != NULL) {
        size_t head = WHI_RECORD_HEAD + whi_bytes(e->record)[6];
        (void)whi_event_view_read(whi_skip(e->record, head), &v);
    }
    return v;
}

static void whi_progress_put(webhook_delivery *d, const whi_job *j, int ended, int64_t due_ms) {
    unsigned char value[WHI_PROGRESS];
    char key[WEBHOOK_STORE_KEY_MAX];
    webhook_str piece, id = whi_webhook_text(d->desc.registry, j->webhook, WHI_TEXT_ID);
    value[0] = ended != 0;
    value[1] = (unsigned char)(j->node.n >> 8);
    value[2] = (unsigned char)j->node.n;
    whi_store64(value + 3, (uint64_t)due_ms);
    piece = webhook_str_from((const char *)value, sizeof value);
    /* One that is lost repeats an attempt, no more. */
    (void)whi_store_put(whi_store_of(d), whi_event_key(whi_event_at(d, j->event), 'd', id, key),
                        &piece, 1, 0);
}

/* whi_event_over -- all its jobs have ended: it leaves the store */
static void whi_event_over(webhook_delivery *d, uint32_t event) {
    char key[WEBHOOK_STORE_KEY_MAX];
    whi_event *e = whi_event_at(d, event);
    whi_store_remove(whi_store_of(d), whi_event_key(e, 'e', webhook_str_from(NULL, 0), key));
    whi_event_free(d, event);
}

/* whi_job_end -- a delivery has ended; the job is in no queue and in no slot */
static void whi_job_end(webhook_delivery *d, uint32_t job, unsigned outcome) {
    const whi_job *j = whi_job_at(d, job);
    uint32_t event = j->event;
    const whi_event *e = whi_event_at(d, event);
    if (outcome == WEBHOOK_DELIVERED) d->delivered++;
    if (outcome == WEBHOOK_GAVE_UP) d->gave_up++;
    if (outcome == WEBHOOK_CANCELLED) d->cancelled++;
    if (e->left > 1) whi_progress_put(d, j, 1, 0);
    whi_job_free(d, job);
    /* While its commit is open the event stays, and goes when that is settled. */
    if (e->left == 0 && e->ticket == 0) whi_event_over(d, event);
}

/* ---- >>delivery: slots ---- */

/* lists of slots: those that are ready, that run in the order of their deadlines, that are done */
static void whi_slots_put(webhook_delivery *d, whi_slots *list, uint32_t slot) {
    whi_slot *s = whi_slot_at(d, slot);
    s->next = WHI_NONE;
    s->prev = list->last;
    if (list->last == WHI_NONE)
        list->first = slot;
    else
        whi_slot_at(d, list->last)->next = slot;
    list->last = slot;
}

static void whi_slots_take(webhook_delivery *d, whi_slots *list, uint32_t slot) {
    const whi_slot *s = whi_slot_at(d, slot);
    if (s->prev == WHI_NONE)
        list->first = s->next;
    else
        whi_slot_at(d, s->prev)->next = s->next;
    if (s->next == WHI_NONE)
        list->last = s->prev;
    else
        whi_slot_at(d, s->next)->prev = s->prev;
}

static whi_slots *whi_slots_of(webhook_delivery *d, unsigned state) {
    return state == WHI_SLOT_READY     ? &d->ready
           : state == WHI_SLOT_RUNNING ? &d->running
           : state == WHI_SLOT_DONE    ? &d->done
                                       : NULL;
}

static void whi_slot_state(webhook_delivery *d, uint32_t slot, unsigned state) {
    whi_slot *s = whi_slot_at(d, slot);
    whi_slots *from = whi_slots_of(d, s->state), *to = whi_slots_of(d, state);
    if (from != NULL) whi_slots_take(d, from, slot);
    s->state = (uint8_t)state;
    if (to != NULL) whi_slots_put(d, to, slot);
}

/* whi_slot_result -- what the attempt has come to */
static void whi_slot_result(whi_slot *s, const webhook_result *r) {
    size_t error_len = r->error.len < WHI_ERROR_MAX ? r->error.len : WHI_ERROR_MAX;
    size_t retry_len = r->retry_after.len <= WEBHOOK_RETRY_AFTER_MAX ? r->retry_after.len : 0;
    s->status = r->status;
    s->response_ms = r->response_ms;
    s->timed_out = r->timed_out != 0;
    s->error_len = (uint8_t)error_len;
    s->retry_after_len = (uint8_t)retry_len;
    whi_copy(s->error, r->error.ptr, error_len);
    whi_copy(s->retry_after, r->retry_after.ptr, retry_len);
}

/* whi_slot_fail -- it has failed before it could be sent, or without the transport's words */
static void whi_slot_fail(webhook_delivery *d, uint32_t slot, webhook_str words, int hopeless) {
    webhook_result r = WEBHOOK_ZERO;
    r.error = words;
    whi_slot_result(whi_slot_at(d, slot), &r);
    whi_slot_at(d, slot)->hopeless = (uint8_t)hopeless;
    whi_slot_state(d, slot, WHI_SLOT_DONE);
}

/* whi_give_back -- the record of an event, where it is lent */
static void whi_give_back(webhook_delivery *d, whi_event *e) {
    webhook_str record = e->record;
    if (record.ptr == NULL) return;
    e->record = webhook_str_from(NULL, 0);
    d->lent -= e->size;
    whi_store_of(d)->release(whi_store_of(d)->user, record);
}

/* whi_slot_free -- the slot, the record where nobody else uses it, and the turn of its webhook; the
 * job goes on without a slot
 */
static void whi_slot_free(webhook_delivery *d, uint32_t slot) {
    whi_slot *s = whi_slot_at(d, slot);
    whi_job *j = whi_job_at(d, s->job);
    whi_event *e = whi_event_at(d, j->event);
    whi_webhook *w = whi_owner(d, j->webhook);
    whi_slot_state(d, slot, WHI_SLOT_FREE);
    if (s->event_prev == WHI_NONE)
        e->slots = s->event_next;
    else
        whi_slot_at(d, s->event_prev)->event_next = s->event_next;
    if (s->event_next != WHI_NONE) whi_slot_at(d, s->event_next)->event_prev = s->event_prev;
    if (e->slots == WHI_NONE) whi_give_back(d, e);
    webhook_wipe((char *)d->heads + (size_t)slot * d->desc.head_size, s->head_len);
    j->slot = WHI_NONE;
    w->node.n--;
    if (s->deadline == 0) w->node.where &= (uint8_t)~WHI_OWES;
    d->in_flight--;
    d->slow -= s->slow;
    s->generation++;
    s->next = d->spare_slot;
    d->spare_slot = slot;
}

/* ---- >>delivery: what becomes of an attempt ---- */

static uint64_t whi_random(webhook_delivery *d) {
    d->random += UINT64_C(0x9e3779b97f4a7c15); /* SplitMix64 (Steele, Lea, Flood 2014) */
    return whi_mix(d->random);
}

/* whi_retry_after -- a Retry-After in ms, at most the cap; 0 where it says nothing */
static uint64_t whi_retry_after(const webhook_delivery *d, webhook_str text) {
    uint64_t s;
    int64_t date, now = d->unix_ms / 1000;
    webhook_status read = webhook_decimal_read(text, &s);
    if (read == WEBHOOK_ERR_RANGE) return d->desc.retry_cap_ms;
    if (read != WEBHOOK_OK) {
        if (webhook_http_date_read(text, now, &date) != WEBHOOK_OK || date <= now) return 0;
        s = (uint64_t)(date - now);
    }
    return s > d->desc.retry_cap_ms / 1000 ? d->desc.retry_cap_ms : s * 1000;
}

/* whi_backoff -- ms until retry k, counted from 0 */
static uint64_t whi_backoff(webhook_delivery *d, unsigned k, webhook_str retry_after) {
    const webhook_delivery_desc *o = &d->desc;
    const uint64_t enough = (uint64_t)o->retry_cap_ms * 2; /* above the cap with any jitter */
    uint64_t wait = o->retry_base_ms, least = whi_retry_after(d, retry_after);
    if (o->n_retry_table > 0)
        wait = o->retry_table_ms[k < o->n_retry_table ? k : o->n_retry_table - 1];
    else
        for (; k > 0 && wait < enough; k--) wait = wait * o->retry_factor_milli / 1000;
    if (wait > enough) wait = enough;
    wait = wait * (800 + whi_random(d) % 401) / 1000;
    if (wait > o->retry_cap_ms) wait = o->retry_cap_ms;
    return wait > least ? wait : least;
}

/* whi_log -- an entry of this attempt, or of what was never one */
static void whi_log(webhook_delivery *d, const whi_slot *s, unsigned outcome, uint64_t wait) {
    const whi_job *j = whi_job_at(d, s->job);
    const whi_event *e = whi_event_at(d, j->event);
    webhook_log_entry entry = WEBHOOK_ZERO;
    whi_event_view v = whi_event_view_of(e);
    char key[WEBHOOK_STORE_KEY_MAX], words[20];
    webhook_buf b = webhook_buf_from(words, sizeof words);
    if (d->desc.log == NULL) return;
    entry.webhook_id = whi_webhook_text(d->desc.registry, j->webhook, WHI_TEXT_ID);
    entry.event_key = whi_event_key(e, 'e', webhook_str_from(NULL, 0), key);
    entry.event_id = v.id;
    entry.event = v.event;
    entry.payload = v.body;
    if (outcome == WEBHOOK_DELIVERED)
        entry.error = webhook_str_from(NULL, 0);
    else if (s->status != 0) {
        webhook_buf_put(&b, WHI_STR("HTTP status "));
        webhook_decimal_write(&b, s->status);
        entry.error = webhook_buf_str(&b);
    } else
        entry.error =
            s->error_len == 0 ? WHI_STR("no answer") : webhook_str_from(s->error, s->error_len);
    entry.requested_ms = s->requested_ms;
    entry.next_ms = outcome == WEBHOOK_RETRYING ? d->unix_ms + (int64_t)wait : 0;
    entry.response_ms = s->response_ms;
    entry.attempt = j->node.n;
    entry.count = 1;
    entry.status = s->status;
    entry.outcome = (uint8_t)outcome;
    d->desc.log(d->desc.log_user, &entry);
}

/* whi_judge -- delivered, to be tried again, or given up; what the webhook learns from it */
static unsigned whi_judge(webhook_delivery *d, const whi_slot *s) {
    const whi_job *j = whi_job_at(d, s->job);
    webhook_registry *r = d->desc.registry;
    whi_webhook *w = whi_owner(d, j->webhook);
    int gone = s->status == 410 && d->desc.pause_on_gone;
    uint32_t failures;
    if (s->deadline != 0) /* it was sent */
        w->node.where = (uint8_t)((w->node.where & ~WHI_SLOW) | (s->timed_out ? WHI_SLOW : 0));
    if (!whi_webhook_live(r, j->webhook))
        return s->status / 100 == 2 ? WEBHOOK_DELIVERED : WEBHOOK_CANCELLED;
    if (s->status / 100 == 2) {
        whi_webhook_succeeded(r, j->webhook);
        return WEBHOOK_DELIVERED;
    }
    if (j->node.n <= d->desc.max_retries && !gone && !s->hopeless) return WEBHOOK_RETRYING;
    if (s->deadline == 0) return WEBHOOK_GAVE_UP; /* it was never sent: no fault of the receiver */
    failures = whi_webhook_failed(r, j->webhook);
    if (gone)
        whi_webhook_pause(r, j->webhook, WEBHOOK_PAUSED_GONE, d->unix_ms);
    else if (d->desc.pause_after > 0 && failures >= d->desc.pause_after)
        whi_webhook_pause(r, j->webhook, WEBHOOK_PAUSED_FAILURES, d->unix_ms);
    return WEBHOOK_GAVE_UP;
}

/* whi_finish -- a result has come */
static void whi_finish(webhook_delivery *d, uint32_t slot) {
    whi_slot *s = whi_slot_at(d, slot);
    uint32_t job = s->job;
    whi_job *j = whi_job_at(d, job);
    uint32_t handle = j->webhook;
    unsigned outcome = whi_judge(d, s);
    uint64_t wait = 0;
    if (outcome == WEBHOOK_RETRYING)
        wait = whi_backoff(d, j->node.n - 1u, webhook_str_from(s->retry_after, s->retry_after_len));
    whi_log(d, s, outcome, wait);
    whi_slot_free(d, slot);
    if (outcome == WEBHOOK_RETRYING) {
        whi_progress_put(d, j, 0, d->unix_ms + (int64_t)wait);
        whi_queue_put(d, job, WHI_JOB_QUEUED, d->tick + wait);
    } else {
        whi_job_end(d, job, outcome);
        whi_place(d, handle);
    }
}

/* whi_put_back -- it cannot be sent now: that was no attempt, and is tried again */
static void whi_put_back(webhook_delivery *d, uint32_t slot, uint64_t wait) {
    uint32_t job = whi_slot_at(d, slot)->job;
    whi_slot_free(d, slot);
    whi_queue_put(d, job, WHI_JOB_QUEUED, d->tick + wait);
}

/* ---- >>delivery: what is cancelled ---- */

/* whi_doom -- the registry says that this webhook, or its queue, is no more: from now on it only
 * waits to be drained
 */
static void whi_doom(webhook_delivery *d, uint32_t handle) {
    whi_webhook *w = whi_owner(d, handle);
    whi_unplace(d, handle);
    w->node.where = (uint8_t)(w->node.where | WHI_IN_DOOM);
    w->rate_at = 0; /* counts what was cancelled in the queue */
    w->node.left = d->doomed;
    d->doomed = handle;
}

static void whi_changed(void *engine, uint32_t handle, unsigned what) {
    webhook_delivery *d = (webhook_delivery *)engine;
    whi_webhook *w = whi_owner(d, handle);
    if (what == WHI_GONE) {
        whi_doom(d, handle);
        return;
    }
    if (whi_ordered(d, handle) != ((w->node.where & WHI_BY_ORDER) != 0)) whi_queue_sort(d, handle);
    whi_place(d, handle);
}

/* whi_cut_off -- end what is in the slots of a webhook that is gone */
static void whi_cut_off(webhook_delivery *d, uint32_t handle) {
    uint32_t i;
    for (i = 0; i < d->desc.max_in_flight && whi_owner(d, handle)->node.n > 0; i++) {
        whi_slot *s = whi_slot_at(d, i);
        webhook_attempt a;
        uint32_t job = s->job;
        if (s->state == WHI_SLOT_FREE || whi_job_at(d, job)->webhook != handle) continue;
        if (s->state == WHI_SLOT_RUNNING) {
            a.slot = i;
            a.generation = s->generation;
            d->desc.cancel(d->desc.transport, a);
            whi_slot_fail(d, i, WHI_STR("cancelled"), 1);
            whi_log(d, s, WEBHOOK_CANCELLED, 0);
        } else
            whi_owner(d, handle)->rate_at++;
        whi_slot_free(d, i);
        whi_job_end(d, job, WEBHOOK_CANCELLED);
    }
}

/* whi_drained -- nothing is left of a webhook that is gone: say how many, and free it */
static void whi_drained(webhook_delivery *d, uint32_t handle) {
    webhook_log_entry entry = WEBHOOK_ZERO;
    entry.webhook_id = whi_webhook_text(d->desc.registry, handle, WHI_TEXT_ID);
    entry.error = WHI_STR("cancelled");
    entry.requested_ms = d->unix_ms;
    entry.count = (uint32_t)whi_owner(d, handle)->rate_at;
    entry.outcome = WEBHOOK_CANCELLED;
    if (entry.count > 0 && d->desc.log != NULL) d->desc.log(d->desc.log_user, &entry);
    whi_webhook_free(d->desc.registry, handle);
}

/* whi_drain -- cancel what waits for webhooks that are gone, at most so many in one run; 1 where
 * more is left. Jobs of events that are not committed come last in a queue, and wait for that: they
 * may yet never have been.
 */
static int whi_drain(webhook_delivery *d) {
    unsigned left = WHI_DRAIN;
    uint32_t *link = &d->doomed;
    while (*link != WHI_NONE) {
        uint32_t handle = *link, job;
        whi_webhook *w = whi_owner(d, handle);
        whi_cut_off(d, handle);
        while ((job = w->queue) != WHI_NONE && whi_job_at(d, job)->node.where != WHI_JOB_HELD) {
            if (left-- == 0) return 1;
            whi_queue_take(d, job);
            whi_job_end(d, job, WEBHOOK_CANCELLED);
            w->rate_at++;
        }
        if (w->queue != WHI_NONE)
            link = &w->node.left;
        else {
            *link = w->node.left;
            whi_drained(d, handle);
        }
    }
    return 0;
}

/* ---- >>delivery: attempts ---- */

/* whi_turn -- when the first webhook of a place came there, WHI_NEVER where none waits */
static uint64_t whi_turn(const webhook_delivery *d, unsigned place) {
    uint32_t first = d->ring_first[place - WHI_RING_NONE];
    return first == WHI_NONE ? WHI_NEVER : whi_owner(d, first)->node.key;
}

/* whi_ring_next -- the place whose first webhook may begin an attempt now; of several the one that
 * has waited longest
 */
static unsigned whi_ring_next(const webhook_delivery *d) {
    uint64_t all = d->desc.max_in_flight, vacant = all - d->in_flight, turn[4], best = WHI_NEVER;
    uint64_t few_slow = all / 64 > 1 ? all / 64 : 1;
    unsigned i, place = WHI_NOWHERE;
    if (vacant == 0) return WHI_NOWHERE;
    for (i = 0; i < 4; i++) turn[i] = whi_turn(d, WHI_RING_NONE + i);
    if (vacant * 4 < all) turn[WHI_RING_FEW - WHI_RING_NONE] = WHI_NEVER;
    if (vacant * 2 < all) turn[WHI_RING_MANY - WHI_RING_NONE] = WHI_NEVER;
    if (vacant * 2 < all && d->slow >= few_slow) turn[WHI_RING_SLOW - WHI_RING_NONE] = WHI_NEVER;
    for (i = 0; i < 4; i++)
        if (turn[i] < best) {
            best = turn[i];
            place = WHI_RING_NONE + i;
        }
    return place;
}

/* whi_fetched -- what get has answered for a slot that waits */
static void whi_fetched(webhook_delivery *d, uint32_t slot, webhook_status got) {
    if (got == WEBHOOK_OK)
        whi_slot_state(d, slot, WHI_SLOT_READY);
    else if (got == WEBHOOK_ERR_NOT_FOUND)
        whi_slot_fail(d, slot, WHI_STR("its record is not in the store"), 1);
    else if (got == WEBHOOK_ERR_DAMAGED)
        whi_slot_fail(d, slot, WHI_STR("its record is damaged"), 1);
    else if (got != WEBHOOK_PENDING)
        whi_put_back(d, slot, WHI_AGAIN_MS);
}

/* whi_lent -- the store lends a record: is it whole, and that of this event? */
static webhook_status whi_lent(webhook_delivery *d, whi_event *e, webhook_str record) {
    webhook_record r;
    whi_event_view v;
    uint64_t seed, counter;
    webhook_str none;
    e->record = record;
    if (webhook_record_read(record, &r) == WEBHOOK_OK && whi_event_view_read(r.value, &v) &&
        whi_event_key_read(r.key, 'e', &seed, &counter, &none) && seed == e->seed &&
        counter == e->counter)
        return WEBHOOK_OK;
    whi_give_back(d, e);
    return WEBHOOK_ERR_DAMAGED;
}

/* whi_fetch -- have the event's record for this slot too */
static void whi_fetch(webhook_delivery *d, uint32_t slot, whi_event *e) {
    whi_slot *s = whi_slot_at(d, slot);
    webhook_store *store = whi_store_of(d);
    char key[WEBHOOK_STORE_KEY_MAX];
    webhook_status got = e->fetching ? WEBHOOK_PENDING : WEBHOOK_OK;
    webhook_str record = webhook_str_from(NULL, 0);
    s->event_prev = WHI_NONE;
    s->event_next = e->slots;
    if (e->slots != WHI_NONE) whi_slot_at(d, e->slots)->event_prev = slot;
    e->slots = slot;
    if (e->record.ptr == NULL && !e->fetching) {
        got = store->get(store->user, whi_event_key(e, 'e', record, key), &record);
        if (got == WEBHOOK_OK || got == WEBHOOK_PENDING) d->lent += e->size;
        e->fetching = got == WEBHOOK_PENDING;
        if (got == WEBHOOK_OK) got = whi_lent(d, e, record);
    }
    whi_fetched(d, slot, got);
}

/* whi_begin -- the first job of this webhook gets a slot */
static void whi_begin(webhook_delivery *d, uint32_t handle) {
    whi_webhook *w = whi_owner(d, handle);
    whi_heap queue = whi_queue(d, w);
    uint32_t job = w->queue, slot = d->spare_slot;
    whi_job *j = whi_job_at(d, job);
    whi_slot *s = whi_slot_at(d, slot);
    uint32_t generation = s->generation;
    d->spare_slot = s->next;
    whi_zero(s, sizeof *s);
    s->generation = generation;
    s->job = job;
    s->state = WHI_SLOT_WAITING;
    s->slow = (w->node.where & WHI_SLOW) != 0;
    whi_heap_take(&queue, &w->queue, job);
    j->node.where = WHI_JOB_IN_SLOT;
    j->slot = slot;
    w->node.n++;
    d->in_flight++;
    d->slow += s->slow;
    if (whi_webhook_rate(d->desc.registry, handle) != 0) w->node.where |= WHI_OWES;
    whi_unplace(d, handle); /* its turn is over: it goes to the end of a ring */
    whi_place(d, handle);
    whi_fetch(d, slot, whi_event_at(d, j->event));
}

static int whi_clock_set(const webhook_delivery *d) {
    return d->unix_ms >= WHI_CLOCK_MIN_MS && d->unix_ms <= WHI_CLOCK_MAX_MS;
}

/* whi_reconsider -- a record has come, but its webhook was paused meanwhile, or the clock is not
 * set */
static void whi_reconsider(webhook_delivery *d) {
    uint32_t slot, next;
    for (slot = d->ready.first; slot != WHI_NONE; slot = next) {
        next = whi_slot_at(d, slot)->next;
        if (!whi_clock_set(d) || !whi_enabled(d, whi_job_at(d, whi_slot_at(d, slot)->job)->webhook))
            whi_put_back(d, slot, 0);
    }
}

/* whi_next_up -- the webhook that may begin an attempt now, WHI_NONE where none may. With a clock
 * that is not set none does, since nobody would believe the timestamp.
 */
static uint32_t whi_next_up(const webhook_delivery *d) {
    unsigned place = whi_clock_set(d) ? whi_ring_next(d) : (unsigned)WHI_NOWHERE;
    uint32_t handle;
    const whi_event *e;
    if (place == WHI_NOWHERE) return WHI_NONE;
    handle = d->ring_first[place - WHI_RING_NONE];
    e = whi_event_at(d, whi_job_at(d, whi_owner(d, handle)->queue)->event);
    if (e->record.ptr == NULL && !e->fetching && d->lent >= d->desc.body_budget) return WHI_NONE;
    return handle;
}

/* whi_begin_all -- give the slots away, in turn */
static void whi_begin_all(webhook_delivery *d) {
    uint32_t handle;
    while ((handle = whi_next_up(d)) != WHI_NONE) whi_begin(d, handle);
}

/* whi_wake -- those whose time has come move from the timer to a ring */
static void whi_wake(webhook_delivery *d) {
    while (d->timer != WHI_NONE && whi_owner(d, d->timer)->node.key <= d->tick)
        whi_place(d, d->timer);
}

static void whi_time_out(webhook_delivery *d) {
    uint32_t slot;
    while ((slot = d->running.first) != WHI_NONE && whi_slot_at(d, slot)->deadline <= d->tick) {
        whi_slot *s = whi_slot_at(d, slot);
        webhook_attempt a;
        a.slot = slot;
        a.generation = s->generation;
        d->desc.cancel(d->desc.transport, a);
        whi_slot_fail(d, slot, WHI_STR("no answer within the time limit"), 0);
        s->timed_out = 1;
    }
}

/* ---- >>delivery: requests ---- */

#ifdef WEBHOOK_SMALL
#define WHI_TOGETHER 1
#else
#define WHI_TOGETHER 16 /* messages of one body that are signed together */
#endif

static void whi_put_events(webhook_buf *b, webhook_str name, webhook_str event, int concrete) {
    if (name.len == 0) return;
    webhook_buf_put(b, name);
    webhook_buf_put(b, WHI_STR(": "));
    webhook_event_header_write(b, event, concrete);
    whi_put_line_end(b);
}

static void whi_put_given(webhook_buf *b, webhook_str name, webhook_str value) {
    if (name.len > 0) webhook_http_put_field(b, name, value);
}

/* whi_round -- what all requests of one run have in common */
typedef struct whi_round {
    webhook_scheme scheme;
    webhook_str stamp; /* the time in seconds */
    char text[20];
} whi_round;

static void whi_round_init(const webhook_delivery *d, whi_round *round) {
    const webhook_scheme *s = d->desc.registry->desc.scheme;
    webhook_buf b = webhook_buf_from(round->text, sizeof round->text);
    round->scheme = s == NULL ? webhook_scheme_default() : *s;
    webhook_decimal_write(&b, d->unix_ms > 0 ? (uint64_t)d->unix_ms / 1000 : 0);
    round->stamp = webhook_buf_str(&b);
}

static char *whi_head_at(const webhook_delivery *d, uint32_t slot) {
    return (char *)d->heads + (size_t)slot * d->desc.head_size;
}

/* whi_head_begin -- the URL, then the head up to the signature; 0 where it does not fit */
static int whi_head_begin(webhook_delivery *d, const whi_round *round, uint32_t slot,
                          int concrete) {
    whi_slot *s = whi_slot_at(d, slot);
    const whi_job *j = whi_job_at(d, s->job);
    const webhook_registry *r = d->desc.registry;
    const webhook_scheme *scheme = &round->scheme;
    webhook_buf b = webhook_buf_from(whi_head_at(d, slot), d->desc.head_size);
    webhook_str user = whi_webhook_text(r, j->webhook, WHI_TEXT_USER);
    whi_event_view v = whi_event_view_of(whi_event_at(d, j->event));
    webhook_buf_put(&b, whi_webhook_text(r, j->webhook, WHI_TEXT_URL));
    if (webhook_url_read(webhook_buf_str(&b), &s->request.url, NULL) != WEBHOOK_OK) return 0;
    webhook_http_put_request(&b, WHI_STR("POST"), &s->request.url);
    webhook_http_put_field(&b, WHI_STR("Content-Type"), WHI_STR("application/json"));
    webhook_http_put_field(&b, WHI_STR("User-Agent"), WHI_STR("webhook.h/" WEBHOOK_VERSION_STRING));
    whi_put_given(&b, scheme->webhook_id_field, whi_webhook_text(r, j->webhook, WHI_TEXT_ID));
    whi_put_given(&b, scheme->id_field, v.id);
    whi_put_events(&b, scheme->events_field, v.event, concrete);
    whi_put_given(&b, scheme->name_field, whi_webhook_text(r, j->webhook, WHI_TEXT_NAME));
    whi_put_given(&b, scheme->timestamp_field, round->stamp);
    if (user.len > 0)
        webhook_http_put_basic(&b, user, whi_webhook_text(r, j->webhook, WHI_TEXT_PASS));
    webhook_buf_put(&b, whi_webhook_text(r, j->webhook, WHI_TEXT_HEADERS));
    s->head_len = b.len;
    s->request.body = v.body;
    s->is_signed = (whi_webhook_flags(r, j->webhook) & WHI_SECURITY) != 0;
    return b.status == WEBHOOK_OK;
}

/* whi_head_fields -- the field lines of a head so far */
static webhook_str whi_head_fields(const webhook_delivery *d, uint32_t slot) {
    const whi_slot *s = whi_slot_at(d, slot);
    webhook_str head = webhook_str_from(whi_head_at(d, slot), s->head_len), line;
    head = whi_skip(head, s->request.url.text.len);
    (void)webhook_str_cut(&head, '\n', &line);
    return head;
}

/* whi_head_end -- the signature and what ends a head; 0 where it does not fit */
static int whi_head_end(webhook_delivery *d, const whi_round *round, uint32_t slot) {
    whi_slot *s = whi_slot_at(d, slot);
    webhook_buf b = webhook_buf_from(whi_head_at(d, slot), d->desc.head_size);
    b.len = s->head_len;
    if (s->is_signed) {
        webhook_buf_put(&b, round->scheme.signature_field);
        webhook_buf_put(&b, WHI_STR(": "));
        webhook_signature_write(&round->scheme, &b, round->stamp, &s->mac, 1);
        whi_put_line_end(&b);
    }
    webhook_http_put_length(&b, s->request.body.len);
    if (b.status != WEBHOOK_OK) return 0;
    s->head_len = b.len;
    s->request.head = whi_skip(webhook_buf_str(&b), s->request.url.text.len);
    s->request.fields = whi_head_fields(d, slot);
    s->request.fields.len -= 2; /* without the blank line */
    return 1;
}

/* whi_sign -- for this slot and the ready ones of the same event behind it, as many as fit; a
 * scheme that signs more than timestamp and body signs one by one
 */
static webhook_status whi_sign(webhook_delivery *d, const whi_round *round, uint32_t slot) {
    webhook_hmac_key key[WHI_TOGETHER];
    const webhook_hmac_key *keys[WHI_TOGETHER];
    webhook_mac mac[WHI_TOGETHER];
    uint32_t who[WHI_TOGETHER] = { 0 };
    size_t n = 0, i, most = round->scheme.content == NULL ? WHI_TOGETHER : 1;
    webhook_status st = WEBHOOK_OK;
    webhook_message m = WEBHOOK_ZERO;
    m.timestamp = round->stamp;
    m.body = whi_slot_at(d, slot)->request.body;
    m.id = whi_event_view_of(whi_event_at(d, whi_job_at(d, whi_slot_at(d, slot)->job)->event)).id;
    m.method = WHI_STR("POST");
    m.target = whi_slot_at(d, slot)->request.url.target;
    m.fields = whi_head_fields(d, slot);
    for (; slot != WHI_NONE && n < most; slot = whi_slot_at(d, slot)->event_next) {
        const whi_slot *s = whi_slot_at(d, slot);
        if (s->state != WHI_SLOT_READY) break; /* the ready ones are the latest */
        if (!s->is_signed || s->has_mac) continue;
        st = whi_webhook_key(d->desc.registry, whi_job_at(d, s->job)->webhook, d->unix_ms, &key[n]);
        if (st != WEBHOOK_OK) break;
        keys[n] = &key[n];
        who[n++] = slot;
    }
    if (n > 0) st = webhook_sign_many(&round->scheme, keys, n, &m, mac);
    for (i = 0; i < n && st == WEBHOOK_OK; i++) {
        whi_slot_at(d, who[i])->mac = mac[i];
        whi_slot_at(d, who[i])->has_mac = 1;
    }
    webhook_wipe(key, sizeof key);
    return st;
}

/* whi_head_whole -- the whole head of one slot, with the event's own name alone where all its names
 * do not fit; 0: it has failed
 */
static int whi_head_whole(webhook_delivery *d, const whi_round *round, uint32_t slot) {
    whi_slot *s = whi_slot_at(d, slot);
    if (s->head_len > 0 && whi_head_end(d, round, slot)) return 1;
    webhook_wipe(whi_head_at(d, slot), d->desc.head_size); /* a password may lie further back */
    if (!whi_head_begin(d, round, slot, 1)) return 0;
    if (s->is_signed && (round->scheme.content != NULL || !s->has_mac)) {
        s->has_mac = 0;
        if (whi_sign(d, round, slot) != WEBHOOK_OK) return 0;
    }
    return whi_head_end(d, round, slot);
}

/* whi_write -- the requests of all slots that are ready. From the last to the first, since the
 * slots of an event are linked in that order.
 */
static void whi_write(webhook_delivery *d, const whi_round *round) {
    uint32_t slot, prev;
    for (slot = d->ready.first; slot != WHI_NONE; slot = whi_slot_at(d, slot)->next)
        if (!whi_head_begin(d, round, slot, 0)) whi_slot_at(d, slot)->head_len = 0;
    for (slot = d->ready.last; slot != WHI_NONE; slot = prev) {
        const whi_slot *s = whi_slot_at(d, slot);
        prev = s->prev;
        if (s->head_len > 0 && s->is_signed && !s->has_mac &&
            whi_sign(d, round, slot) != WEBHOOK_OK)
            whi_slot_fail(d, slot, WHI_STR("cannot be signed as its scheme wants it"), 1);
    }
    for (slot = d->ready.last; slot != WHI_NONE; slot = prev) {
        prev = whi_slot_at(d, slot)->prev;
        if (!whi_head_whole(d, round, slot))
            whi_slot_fail(d, slot, WHI_STR("its request head is too long"), 1);
    }
}

/* whi_launch -- hand the slots that are ready to the transport */
static void whi_launch(webhook_delivery *d) {
    whi_round round;
    uint32_t slot;
    if (d->ready.first == WHI_NONE) return;
    whi_round_init(d, &round);
    whi_write(d, &round);
    while ((slot = d->ready.first) != WHI_NONE) {
        whi_slot *s = whi_slot_at(d, slot);
        whi_job *j = whi_job_at(d, s->job);
        webhook_attempt a;
        if (whi_free_at(d, j->webhook) > d->tick) { /* it has got a rate since it got its slot */
            whi_put_back(d, slot, 0);
            continue;
        }
        s->deadline = d->tick + d->desc.time_limit_ms;
        s->request.deadline_ms = s->deadline;
        s->requested_ms = d->unix_ms;
        j->node.n++;
        whi_pay(d, j->webhook);
        whi_owner(d, j->webhook)->node.where &= (uint8_t)~WHI_OWES;
        whi_place(d, j->webhook);
        whi_slot_state(d, slot, WHI_SLOT_RUNNING);
        a.slot = slot;
        a.generation = s->generation;
        d->desc.start(d->desc.transport, a, &s->request);
    }
}

/* ---- >>delivery: run ---- */

/* whi_taken -- the events that were taken in since the last run: what is due by the wall clock gets
 * its tick
 */
static void whi_taken(webhook_delivery *d) {
    uint32_t event, job;
    while ((event = d->taken) != WHI_NONE) {
        whi_event *e = whi_event_at(d, event);
        d->taken = e->next;
        e->taken = 0;
        for (job = e->first; job != WHI_NONE; job = whi_job_at(d, job)->next) {
            int64_t due = (int64_t)whi_job_at(d, job)->node.key;
            uint64_t wait = due > 0 && due > d->unix_ms ? (uint64_t)(due - d->unix_ms) : 0;
            if (wait > d->desc.retry_cap_ms) wait = d->desc.retry_cap_ms;
            whi_queue_put(d, job, WHI_JOB_QUEUED, d->tick + wait);
        }
    }
}

/* whi_settle -- commit what was put or removed without a commit, a second after that was seen */
static void whi_settle(webhook_delivery *d) {
    webhook_store *store = whi_store_of(d);
    uint64_t ticket;
    if (store->dirty && d->commit_at != WHI_NEVER && d->tick >= d->commit_at)
        (void)whi_store_commit(store, &ticket);
    if (!store->dirty)
        d->commit_at = WHI_NEVER;
    else if (d->commit_at == WHI_NEVER || d->tick >= d->commit_at)
        d->commit_at = d->tick + WHI_AGAIN_MS;
}

/* whi_next -- the tick at which something is due */
static uint64_t whi_next(const webhook_delivery *d, int now) {
    uint64_t next = d->commit_at;
    if (now || d->done.first != WHI_NONE || whi_next_up(d) != WHI_NONE) return d->tick;
    if (d->timer != WHI_NONE && whi_owner(d, d->timer)->node.key < next)
        next = whi_owner(d, d->timer)->node.key;
    if (d->running.first != WHI_NONE && whi_slot_at(d, d->running.first)->deadline < next)
        next = whi_slot_at(d, d->running.first)->deadline;
    if (d->work_at < next) next = d->work_at;
    if (!whi_clock_set(d) && d->queued > 0 && d->tick + WHI_AGAIN_MS < next)
        next = d->tick + WHI_AGAIN_MS;
    return next;
}

uint64_t webhook_delivery_run(webhook_delivery *d, uint64_t tick_ms, int64_t unix_ms) {
    int more;
    if (d->inside) return WHI_NEVER;
    whi_enter(d);
    if (tick_ms > d->tick) d->tick = tick_ms;
    d->unix_ms = unix_ms;
    whi_taken(d);
    whi_time_out(d);
    while (d->done.first != WHI_NONE) whi_finish(d, d->done.first);
    more = whi_drain(d);
    d->work_at = whi_registry_work(d->desc.registry, unix_ms) ? d->tick + WHI_AGAIN_MS : WHI_NEVER;
    whi_wake(d);
    whi_reconsider(d);
    whi_begin_all(d);
    whi_launch(d);
    whi_settle(d);
    whi_leave(d);
    return whi_next(d, more);
}

webhook_status webhook_delivery_complete(webhook_delivery *d, webhook_attempt a,
                                         const webhook_result *r) {
    whi_slot *s;
    if (a.slot >= d->desc.max_in_flight) return WEBHOOK_NO_MATCH;
    s = whi_slot_at(d, a.slot);
    if (s->state != WHI_SLOT_RUNNING || s->generation != a.generation) return WEBHOOK_NO_MATCH;
    whi_slot_result(s, r);
    whi_slot_state(d, a.slot, WHI_SLOT_DONE);
    return WEBHOOK_OK;
}

/* ---- >>delivery: events in and out ---- */

/* whi_emit_to -- one webhook of an event that is being emitted: a job, and an item of its list */
static webhook_status whi_emit_to(webhook_delivery *d, uint32_t event, uint32_t handle,
                                  webhook_buf *list, webhook_emitted *out) {
    const webhook_registry *r = d->desc.registry;
    webhook_str id = whi_webhook_text(r, handle, WHI_TEXT_ID);
    unsigned char item[10];
    if (!whi_enabled(d, handle)) {
        out->paused++;
        return WEBHOOK_OK;
    }
    if (event == WHI_NONE || out->deliveries >= d->desc.max_fanout ||
        d->queued >= d->desc.max_queue || whi_job_new(d, event, handle) == WHI_NONE)
        return WEBHOOK_ERR_FULL;
    out->deliveries++;
    whi_store64(item, whi_webhook_queue_number(r, handle));
    item[8] = (unsigned char)(id.len + 1);
    item[9] = 'w';
    webhook_buf_put(list, webhook_str_from((const char *)item, 10));
    webhook_buf_put(list, id);
    return WEBHOOK_OK;
}

/* whi_emit_all -- choose the webhooks of an event */
static webhook_status whi_emit_all(webhook_delivery *d, uint32_t event, const webhook_emit *e,
                                   webhook_buf *list, webhook_emitted *out) {
    uint32_t handle, cursor = 0;
    webhook_status st = WEBHOOK_OK;
    if (e->to.len > 0) {
        handle = whi_webhook_find(d->desc.registry, e->to);
        if (handle == WHI_NONE || !whi_webhook_live(d->desc.registry, handle))
            return WEBHOOK_ERR_NOT_FOUND;
        return whi_emit_to(d, event, handle, list, out);
    }
    while (st == WEBHOOK_OK &&
           (handle = whi_registry_match(d->desc.registry, e->event, &cursor)) != WHI_NONE)
        st = whi_emit_to(d, event, handle, list, out);
    return st;
}

/* whi_emit_put -- the event into the store, and its commit */
static webhook_status whi_emit_put(webhook_delivery *d, whi_event *e, const webhook_emit *m,
                                   webhook_str list, webhook_emitted *out) {
    webhook_store *store = whi_store_of(d);
    unsigned char fixed[WHI_EVENT_FIXED + WEBHOOK_ID_MAX + WEBHOOK_EVENT_MAX];
    char key[WEBHOOK_STORE_KEY_MAX];
    webhook_str name = whi_event_key(e, 'e', webhook_str_from(NULL, 0), key), piece[3];
    webhook_status st;
    whi_store64(fixed, e->order);
    whi_store32(fixed + 8, out->deliveries);
    whi_store32(fixed + 12, (uint32_t)list.len);
    fixed[16] = (unsigned char)m->id.len;
    fixed[17] = (unsigned char)m->event.len;
    whi_copy(fixed + WHI_EVENT_FIXED, m->id.ptr, m->id.len);
    whi_copy(fixed + WHI_EVENT_FIXED + m->id.len, m->event.ptr, m->event.len);
    piece[0] = webhook_str_from((const char *)fixed, WHI_EVENT_FIXED + m->id.len + m->event.len);
    piece[1] = list;
    piece[2] = m->body;
    e->size = WHI_RECORD_HEAD + name.len + piece[0].len + list.len + m->body.len;
    st = whi_store_put(store, name, piece, 3, 0);
    if (st < 0) return st;
    whi_copy(out->key, name.ptr, name.len);
    st = whi_store_commit(store, &out->ticket);
    if (st < 0) whi_store_remove(store, name);
    return st;
}

/* whi_emit_checked -- id and event are there: what is asked for, or nothing of it */
static webhook_status whi_emit_checked(webhook_delivery *d, const webhook_emit *m,
                                       webhook_emitted *out) {
    webhook_buf list = webhook_buf_from(d->list, (size_t)d->desc.max_fanout * WHI_LIST_ITEM);
    uint32_t event = d->events >= d->desc.max_events
                         ? WHI_NONE
                         : whi_event_new(d, d->seed, d->counter + 1, d->order + 1);
    uint32_t job;
    whi_event *e;
    webhook_status st = whi_emit_all(d, event, m, &list, out);
    if (event == WHI_NONE) return st; /* full, or nobody wants it */
    e = whi_event_at(d, event);
    if (st == WEBHOOK_OK && out->deliveries > 0) {
        d->counter++;
        d->order++;
        st = whi_emit_put(d, e, m, webhook_buf_str(&list), out);
    }
    if (st < 0 || out->deliveries == 0) {
        whi_event_free(d, event);
        return st;
    }
    for (job = e->first; job != WHI_NONE; job = whi_job_at(d, job)->next)
        whi_queue_put(d, job, st == WEBHOOK_OK ? WHI_JOB_QUEUED : WHI_JOB_HELD,
                      st == WEBHOOK_OK ? d->tick : WHI_NEVER);
    if (st == WEBHOOK_OK) return st;
    e->ticket = out->ticket;
    if (d->pending_last == WHI_NONE)
        d->pending_first = event;
    else
        whi_event_at(d, d->pending_last)->next = event;
    d->pending_last = event;
    return WEBHOOK_PENDING;
}

/* whi_emit_read -- the id and the name of an event, from its envelope where they are not given */
static webhook_status whi_emit_read(webhook_emit *m) {
    webhook_envelope e;
    webhook_status st;
    if ((m->id.len == 0) != (m->event.len == 0)) return WEBHOOK_ERR_ARGUMENT;
    if (m->id.len == 0) {
        st = webhook_payload_read(m->body, &e, NULL);
        m->id = e.id;
        m->event = e.event;
        return st;
    }
    st = webhook_id_check(m->id, NULL);
    return st == WEBHOOK_OK ? webhook_event_check(m->event, NULL) : st;
}

webhook_status webhook_delivery_emit(webhook_delivery *d, const webhook_emit *e,
                                     webhook_emitted *out) {
    webhook_emit m;
    webhook_status st;
    if (d == NULL || e == NULL || out == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(out, sizeof *out);
    if (d->inside) return WEBHOOK_ERR_BUSY;
    m = *e;
    st = whi_emit_read(&m);
    if (st != WEBHOOK_OK) return st;
    whi_enter(d);
    st = whi_emit_checked(d, &m, out);
    whi_leave(d);
    if (st < 0) whi_zero(out, sizeof *out);
    return st;
}

/* whi_event_settled -- its commit has come: its jobs may be sent, or it was never accepted */
static void whi_event_settled(webhook_delivery *d, uint32_t event, webhook_status result) {
    whi_event *e = whi_event_at(d, event);
    uint32_t job;
    e->ticket = 0;
    for (job = e->first; job != WHI_NONE; job = whi_job_at(d, job)->next) {
        whi_queue_take(d, job);
        if (result == WEBHOOK_OK) whi_queue_put(d, job, WHI_JOB_QUEUED, d->tick);
    }
    if (result != WEBHOOK_OK || e->left == 0) whi_event_over(d, event);
}

void webhook_delivery_committed(webhook_delivery *d, uint64_t ticket, webhook_status result) {
    uint32_t event;
    if (d->inside || result > 0) return;
    webhook_registry_committed(d->desc.registry, ticket, result);
    whi_enter(d);
    if (result != WEBHOOK_OK) whi_store_of(d)->dirty = 1;
    while ((event = d->pending_first) != WHI_NONE && whi_event_at(d, event)->ticket <= ticket) {
        d->pending_first = whi_event_at(d, event)->next;
        if (d->pending_first == WHI_NONE) d->pending_last = WHI_NONE;
        whi_event_settled(d, event, result);
    }
    whi_leave(d);
}

void webhook_delivery_got(webhook_delivery *d, webhook_str key, webhook_status result,
                          webhook_str record) {
    uint64_t seed, counter;
    uint32_t event = WHI_NONE, slot, next;
    webhook_str none;
    whi_event *e;
    if (d->inside || result > 0) return;
    whi_enter(d);
    if (whi_event_key_read(key, 'e', &seed, &counter, &none))
        event = whi_event_find(d, seed, counter);
    if (event != WHI_NONE && whi_event_at(d, event)->fetching) {
        e = whi_event_at(d, event);
        e->fetching = 0;
        if (result == WEBHOOK_OK)
            result = whi_lent(d, e, record);
        else
            d->lent -= e->size;
        if (e->slots == WHI_NONE) whi_give_back(d, e);
        for (slot = e->slots; slot != WHI_NONE; slot = next) {
            next = whi_slot_at(d, slot)->event_next;
            if (whi_slot_at(d, slot)->state == WHI_SLOT_WAITING) whi_fetched(d, slot, result);
        }
    } else if (result == WEBHOOK_OK)
        whi_store_of(d)->release(whi_store_of(d)->user, record);
    whi_leave(d);
}

/* ---- >>delivery: taking in, letting go ---- */

/* whi_take_known -- is every webhook of the list known? How many they are. */
static webhook_status whi_take_known(const webhook_delivery *d, webhook_str list, uint32_t *jobs,
                                     webhook_str *missing) {
    uint64_t queue;
    webhook_str key;
    for (*jobs = 0; whi_list_next(&list, &queue, &key); ++*jobs)
        if (whi_webhook_find(d->desc.registry, whi_skip(key, 1)) == WHI_NONE) {
            *missing = key;
            return WEBHOOK_ERR_NOT_FOUND;
        }
    return list.len == 0 ? WEBHOOK_OK : WEBHOOK_ERR_DAMAGED;
}

/* whi_take_jobs -- one job for each webhook of the list; there is room for them. In slot 0 where
 * the webhook, or that queue of it, is no more.
 */
static void whi_take_jobs(webhook_delivery *d, uint32_t event, webhook_str list) {
    const webhook_registry *r = d->desc.registry;
    uint64_t queue;
    webhook_str key;
    while (whi_list_next(&list, &queue, &key)) {
        uint32_t handle = whi_webhook_find(r, whi_skip(key, 1));
        uint32_t job = whi_job_new(d, event, handle);
        if (!whi_webhook_live(r, handle) || whi_webhook_queue_number(r, handle) != queue)
            whi_job_at(d, job)->slot = 0;
    }
}

/* whi_take_progress -- how far one delivery had come; its job is looked for from *from on, since
 * records come in the order of the list or against it more often than not
 */
static void whi_take_progress(webhook_delivery *d, uint32_t event, webhook_str record,
                              uint32_t *from) {
    const whi_event *e = whi_event_at(d, event);
    webhook_record r;
    uint64_t seed, counter;
    webhook_str id;
    uint32_t handle, job, tried = 0;
    if (webhook_record_read(record, &r) != WEBHOOK_OK || r.value.len != WHI_PROGRESS) return;
    if (!whi_event_key_read(r.key, 'd', &seed, &counter, &id)) return;
    if (seed != e->seed || counter != e->counter) return;
    handle = whi_webhook_find(d->desc.registry, id);
    for (job = *from; tried < e->left; tried++) {
        whi_job *j;
        if (job == WHI_NONE) job = e->first;
        j = whi_job_at(d, job);
        if (j->webhook == handle) {
            *from = j->next;
            j->node.n = (uint16_t)whi_get(whi_bytes(r.value) + 1, 2);
            if (j->node.n > WHI_RETRIES_MAX) j->node.n = WHI_RETRIES_MAX;
            j->node.key = whi_load64(whi_bytes(r.value) + 3);
            if (whi_bytes(r.value)[0] != 0) whi_job_free(d, job);
            return;
        }
        job = j->next;
    }
}

/* whi_take_cancelled -- what goes to webhooks and queues that are no more */
static void whi_take_cancelled(webhook_delivery *d, uint32_t event, webhook_str key,
                               const whi_event_view *v) {
    webhook_log_entry entry = WEBHOOK_ZERO;
    uint32_t job, next;
    entry.event_key = key;
    entry.event_id = v->id;
    entry.event = v->event;
    entry.payload = v->body;
    entry.error = WHI_STR("cancelled");
    entry.requested_ms = d->unix_ms;
    entry.count = 1;
    entry.outcome = WEBHOOK_CANCELLED;
    for (job = whi_event_at(d, event)->first; job != WHI_NONE; job = next) {
        const whi_job *j = whi_job_at(d, job);
        next = j->next;
        if (j->slot == WHI_NONE) continue;
        entry.webhook_id = whi_webhook_text(d->desc.registry, j->webhook, WHI_TEXT_ID);
        entry.attempt = j->node.n;
        d->cancelled++;
        if (d->desc.log != NULL) d->desc.log(d->desc.log_user, &entry);
        whi_job_free(d, job);
    }
}

static uint32_t whi_jobs_free(const webhook_delivery *d) {
    return d->n_jobs - d->queued;
}

/* whi_take_event -- from a record that has been read; see webhook_delivery_take */
static webhook_status whi_take_event(webhook_delivery *d, const webhook_record *r,
                                     const webhook_str *progress, size_t n, webhook_str *missing) {
    whi_event_view v;
    uint64_t seed, counter;
    webhook_str none;
    uint32_t jobs, event, from = WHI_NONE;
    size_t i;
    webhook_status st;
    if (!whi_event_key_read(r->key, 'e', &seed, &counter, &none)) return WEBHOOK_ERR_DAMAGED;
    if (!whi_event_view_read(r->value, &v)) return WEBHOOK_ERR_DAMAGED;
    if (whi_event_find(d, seed, counter) != WHI_NONE) return WEBHOOK_OK;
    st = whi_take_known(d, v.list, &jobs, missing);
    if (st != WEBHOOK_OK) return st;
    if (jobs > whi_jobs_free(d)) return WEBHOOK_ERR_FULL;
    event = whi_event_new(d, seed, counter, v.order);
    if (event == WHI_NONE) return WEBHOOK_ERR_FULL;
    if (v.order > d->order) d->order = v.order;
    whi_event_at(d, event)->size = WHI_RECORD_HEAD + r->key.len + r->value.len;
    whi_take_jobs(d, event, v.list);
    for (i = 0; i < n; i++) whi_take_progress(d, event, progress[i], &from);
    whi_take_cancelled(d, event, r->key, &v);
    if (whi_event_at(d, event)->left == 0) {
        whi_event_over(d, event);
        return WEBHOOK_OK;
    }
    whi_event_at(d, event)->taken = 1;
    whi_event_at(d, event)->next = d->taken;
    d->taken = event;
    return WEBHOOK_OK;
}

webhook_status webhook_delivery_take(webhook_delivery *d, webhook_str record,
                                     const webhook_str *progress, size_t n, webhook_str *missing) {
    webhook_record r;
    webhook_status st;
    if (d == NULL || missing == NULL || (progress == NULL && n > 0)) return WEBHOOK_ERR_ARGUMENT;
    *missing = webhook_str_from(NULL, 0);
    if (d->inside) return WEBHOOK_ERR_BUSY;
    st = webhook_record_read(record, &r);
    if (st != WEBHOOK_OK) return st;
    if (r.kind != 'e') return WEBHOOK_ERR_ARGUMENT;
    whi_enter(d);
    st = whi_take_event(d, &r, progress, n, missing);
    whi_leave(d);
    return st;
}

/* whi_untake -- out of the list of those that were taken in since the last run */
static void whi_untake(webhook_delivery *d, uint32_t event) {
    uint32_t *link = &d->taken;
    while (*link != event) link = &whi_event_at(d, *link)->next;
    *link = whi_event_at(d, event)->next;
}

webhook_status webhook_delivery_let_go(webhook_delivery *d, webhook_str key) {
    uint64_t seed, counter;
    uint32_t event, job, slot;
    webhook_str none;
    whi_event *e;
    if (d->inside) return WEBHOOK_ERR_BUSY;
    if (!whi_event_key_read(key, 'e', &seed, &counter, &none)) return WEBHOOK_NO_MATCH;
    event = whi_event_find(d, seed, counter);
    if (event == WHI_NONE) return WEBHOOK_NO_MATCH;
    e = whi_event_at(d, event);
    if (e->ticket != 0) return WEBHOOK_ERR_BUSY;
    whi_enter(d);
    for (job = e->first; job != WHI_NONE; job = whi_job_at(d, job)->next) {
        const whi_job *j = whi_job_at(d, job);
        if (j->node.where == WHI_JOB_IN_SLOT) {
            webhook_attempt a;
            a.slot = slot = j->slot;
            a.generation = whi_slot_at(d, slot)->generation;
            if (whi_slot_at(d, slot)->state == WHI_SLOT_RUNNING)
                d->desc.cancel(d->desc.transport, a);
            whi_slot_free(d, slot);
            whi_place(d, j->webhook);
        } else if (j->node.where != WHI_JOB_TAKEN)
            whi_queue_take(d, job);
    }
    if (e->taken) whi_untake(d, event);
    whi_event_free(d, event);
    whi_leave(d);
    return WEBHOOK_OK;
}

uint64_t webhook_tick_extend(uint64_t last, uint32_t now) {
    return last + (uint32_t)(now - (uint32_t)last);
}

/* ---- >>delivery: memory ---- */

/* whi_layout -- how an engine's memory is divided: bytes before each part, and in all */
typedef struct whi_layout {
    uint64_t events, buckets, jobs, slots, heads, list, all;
    uint32_t n_buckets;
} whi_layout;

static uint64_t whi_words(uint64_t bytes) {
    return (bytes + 7) / 8 * 8;
}

static void whi_lay_out(const webhook_delivery_desc *o, uint32_t more, whi_layout *l) {
    uint64_t n;
    l->n_buckets = 1;
    while (l->n_buckets < o->max_events && l->n_buckets < UINT32_C(0x80000000)) l->n_buckets *= 2;
    l->events = 0;
    n = ((uint64_t)o->max_events + more) * sizeof(whi_event);
    l->buckets = whi_words(l->events + n);
    l->jobs = whi_words(l->buckets + (uint64_t)l->n_buckets * 4);
    l->slots = whi_words(l->jobs + ((uint64_t)o->max_queue + more) * sizeof(whi_job));
    l->heads = whi_words(l->slots + (uint64_t)o->max_in_flight * sizeof(whi_slot));
    l->list = l->heads + (uint64_t)o->max_in_flight * o->head_size;
    l->all = l->list + (uint64_t)o->max_fanout * WHI_LIST_ITEM;
}

static uint32_t whi_default(uint32_t v, uint32_t standard) {
    return v == 0 ? standard : v;
}

/* whi_defaults -- a desc with nothing left out; 0 where it is a bad one */
static int whi_defaults(const webhook_delivery_desc *desc, webhook_delivery_desc *o) {
    *o = *desc;
    o->max_queue = whi_default(o->max_queue, WHI_QUEUE);
    o->max_events = whi_default(o->max_events, o->max_queue);
    o->max_fanout =
        whi_default(o->max_fanout, o->max_queue < WHI_FANOUT ? o->max_queue : WHI_FANOUT);
    o->max_in_flight = whi_default(o->max_in_flight, WHI_SLOTS);
    if (o->head_size == 0) o->head_size = WHI_HEAD_SIZE;
    if (o->body_budget == 0) o->body_budget = WHI_BODY_BUDGET;
    o->time_limit_ms = whi_default(o->time_limit_ms, WHI_TIME_LIMIT_MS);
    o->retry_base_ms = whi_default(o->retry_base_ms, WHI_RETRY_BASE_MS);
    o->retry_factor_milli = whi_default(o->retry_factor_milli, WHI_RETRY_FACTOR_MILLI);
    o->retry_cap_ms = whi_default(o->retry_cap_ms, WHI_RETRY_CAP_MS);
    if (o->max_retries == WEBHOOK_RETRIES_NONE)
        o->max_retries = 0;
    else if (o->max_retries == 0)
        o->max_retries = o->n_retry_table == 0 ? WHI_RETRIES
                         : whi_above(o->n_retry_table, WHI_RETRIES_MAX)
                             ? WHI_RETRIES_MAX
                             : (uint32_t)o->n_retry_table;
    return o->max_retries <= WHI_RETRIES_MAX && o->retry_factor_milli >= 1000 &&
           o->max_queue < WHI_NONE / 2 && o->max_events < WHI_NONE / 2 &&
           o->max_in_flight < WHI_NONE / 2 && (o->retry_table_ms != NULL || o->n_retry_table == 0);
}

size_t webhook_delivery_need(const webhook_delivery_desc *d) {
    webhook_delivery_desc o;
    whi_layout l;
    if (d == NULL || !whi_defaults(d, &o)) return 0;
    whi_lay_out(&o, 0, &l);
    return l.all > SIZE_MAX ? 0 : (size_t)l.all;
}

/* whi_more -- how many more events and deliveries fit into what memory there is */
static uint32_t whi_more(const webhook_delivery_desc *o) {
    whi_layout l;
    uint64_t more;
    whi_lay_out(o, 0, &l);
    more = (o->memory_len - l.all) / (sizeof(whi_event) + sizeof(whi_job) + 8);
    return more > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)more;
}

static void whi_divide(webhook_delivery *d) {
    unsigned char *at = (unsigned char *)d->desc.memory;
    whi_layout l;
    uint32_t i, more = whi_more(&d->desc);
    whi_lay_out(&d->desc, more, &l);
    d->n_events = d->desc.max_events + more;
    d->n_jobs = d->desc.max_queue + more;
    d->n_buckets = l.n_buckets;
    d->event_table = at + l.events;
    d->buckets = (uint32_t *)(void *)(at + l.buckets);
    d->jobs = at + l.jobs;
    d->slots = at + l.slots;
    d->heads = at + l.heads;
    d->list = at + l.list;
    for (i = 0; i < d->n_buckets; i++) d->buckets[i] = WHI_NONE;
    whi_zero(d->slots, (size_t)(l.heads - l.slots));
    for (i = d->desc.max_in_flight; i-- > 0;) {
        whi_slot_at(d, i)->next = d->spare_slot;
        whi_slot_at(d, i)->generation = 1;
        d->spare_slot = i;
    }
}

webhook_status webhook_delivery_init(webhook_delivery *d, const webhook_delivery_desc *desc) {
    webhook_delivery_desc o;
    size_t need = webhook_delivery_need(desc), i;
    if (d == NULL || need == 0 || !whi_defaults(desc, &o)) return WEBHOOK_ERR_ARGUMENT;
    if (o.registry == NULL || o.registry->engine != NULL || o.start == NULL || o.cancel == NULL)
        return WEBHOOK_ERR_ARGUMENT;
    if (o.memory == NULL || o.memory_len < need || !whi_aligned(o.memory))
        return WEBHOOK_ERR_ARGUMENT;
    whi_zero(d, sizeof *d);
    d->desc = o;
    d->random = o.registry->desc.seed;
    d->seed = whi_random(d);
    d->commit_at = d->work_at = WHI_NEVER;
    d->spare_event = d->spare_job = d->spare_slot = d->taken = d->timer = d->doomed = WHI_NONE;
    d->pending_first = d->pending_last = WHI_NONE;
    d->ready.first = d->ready.last = d->running.first = d->running.last = WHI_NONE;
    d->done.first = d->done.last = WHI_NONE;
    for (i = 0; i < 4; i++) d->ring_first[i] = d->ring_last[i] = WHI_NONE;
    whi_divide(d);
    o.registry->engine = d;
    o.registry->changed = whi_changed;
    return WEBHOOK_OK;
}

#undef WHI_TIME_LIMIT_MS
#undef WHI_RETRY_BASE_MS
#undef WHI_RETRY_FACTOR_MILLI
#undef WHI_RETRY_CAP_MS
#undef WHI_RETRIES
#undef WHI_RETRIES_MAX
#undef WHI_QUEUE
#undef WHI_FANOUT
#undef WHI_SLOTS
#undef WHI_HEAD_SIZE
#undef WHI_BODY_BUDGET
#undef WHI_AGAIN_MS
#undef WHI_DRAIN
#undef WHI_NEVER
#undef WHI_CLOCK_MIN_MS
#undef WHI_CLOCK_MAX_MS
#undef WHI_ERROR_MAX
#undef WHI_LIST_ITEM
#undef WHI_EVENT_FIXED
#undef WHI_PROGRESS
#undef WHI_FEW
#undef WHI_TOGETHER
#undef WHI_NONE

#ifdef WEBHOOK_POSIX
/* ==== >>posix (implementation) ==== */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/random.h>
#endif
#if defined(__linux__) && !defined(__TINYC__) && !defined(WHI_POSIX_POLL)
#define WHI_POSIX_EPOLL /* tcc sees a struct epoll_event that is not packed as the kernel's is */
#include <sys/epoll.h>
#else
#include <poll.h>
#endif

#define WHI_POSIX_NEVER UINT64_MAX

uint64_t webhook_posix_tick(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int64_t webhook_posix_unix_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + (int64_t)t.tv_nsec / 1000000;
}

webhook_status webhook_posix_random(void *ptr, size_t len) {
    unsigned char *p = (unsigned char *)ptr;
    size_t at = 0;
    ssize_t n;
    int fd = -1;
#ifdef __linux__
    while (at < len) { /* needs no descriptor */
        n = getrandom(p + at, len - at, 0);
        if (n > 0)
            at += (size_t)n;
        else if (errno != EINTR)
            break;
    }
#endif
    if (at < len) fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && at < len) {
        n = read(fd, p + at, len - at);
        if (n > 0)
            at += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break;
    }
    if (fd >= 0) close(fd);
    if (at == len) return WEBHOOK_OK;
    whi_zero(ptr, len);
    return WEBHOOK_ERR_IO;
}

/* Every descriptor neither waits nor is inherited. Where the system makes such ones, no child of
 * another thread's fork can have one in between. */
#if defined(__linux__) && !defined(WHI_POSIX_POLL)
#ifndef _GNU_SOURCE /* part of POSIX since 2024; until then this alone shows them */
int accept4(int fd, struct sockaddr *from, socklen_t *len, int flags);
int pipe2(int fd[2], int flags);
#endif

static int whi_posix_pipe(int fd[2]) {
    return pipe2(fd, O_NONBLOCK | O_CLOEXEC) == 0;
}

static int whi_posix_socket(int family) {
    return socket(family, (int)SOCK_STREAM | (int)SOCK_NONBLOCK | (int)SOCK_CLOEXEC, 0);
}

static int whi_posix_accept_one(int fd) {
    return accept4(fd, NULL, NULL, (int)SOCK_NONBLOCK | (int)SOCK_CLOEXEC);
}
#else
/* whi_posix_unblock -- the descriptor, or -1 with errno, closed then */
static int whi_posix_unblock(int fd) {
    int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL), error;
    if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
        fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        return fd;
    error = errno;
    if (fd >= 0) close(fd);
    errno = error;
    return -1;
}

/* whi_posix_pipe -- 0 on error */
static int whi_posix_pipe(int fd[2]) {
    int in, out;
    if (pipe(fd) != 0) return 0;
    in = whi_posix_unblock(fd[0]);
    out = whi_posix_unblock(fd[1]);
    if (in >= 0 && out >= 0) return 1;
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    return 0;
}

/* whi_posix_socket, whi_posix_accept_one -- a descriptor, or -1 with errno */
static int whi_posix_socket(int family) {
    return whi_posix_unblock(socket(family, SOCK_STREAM, 0));
}

static int whi_posix_accept_one(int fd) {
    return whi_posix_unblock(accept(fd, NULL, NULL));
}
#endif

/* ---- >>posix: event loop (implementation) ---- */

#define WHI_POSIX_ROUND 64 /* what one round takes: events, posts, connections to accept */

/* Something that the loop's thread is to call. */
typedef struct whi_posix_post {
    struct whi_posix_post *next;
    void (*fn)(void *user);
    void *user;
    int owned; /* 1: the loop frees it */
} whi_posix_post;

/* What one wait has found. A watch that is forgotten meanwhile is taken out of it. */
typedef struct whi_posix_round {
    struct whi_posix_round *outer; /* of the callback that has called wait again */
    webhook_posix_watch *watch[WHI_POSIX_ROUND];
    unsigned events[WHI_POSIX_ROUND];
    size_t n;
} whi_posix_round;

/* A binary heap holds all that is watched, with a deadline or without, so that a new deadline of a
 * watch never needs memory. place is 1 + the index in it, events what the kernel has been told. */
struct webhook_posix_loop {
    webhook_posix_watch **heap;
    size_t n, cap;
    whi_posix_round *round;
#ifdef WHI_POSIX_EPOLL
    int epoll;
#else
    struct pollfd *poll; /* cap of them */
    size_t turn;         /* where a round begins, so that none is left out for long */
#endif
    webhook_posix_watch wake; /* a byte is in the pipe as long as something is posted */
    int wake_fd;
    pthread_mutex_t lock; /* of posts and last */
    whi_posix_post *posts, **last;
};

static void whi_posix_heap_put(webhook_posix_loop *l, size_t i, webhook_posix_watch *w) {
    l->heap[i] = w;
    w->place = i + 1;
}

/* whi_posix_heap_fix -- move what stands at i to where its deadline belongs */
static void whi_posix_heap_fix(webhook_posix_loop *l, size_t i) {
    webhook_posix_watch *w = l->heap[i];
    size_t up, down;
    for (; i > 0; i = up) {
        up = (i - 1) / 2;
        if (l->heap[up]->deadline_ms <= w->deadline_ms) break;
        whi_posix_heap_put(l, i, l->heap[up]);
    }
    for (; (down = 2 * i + 1) < l->n; i = down) {
        if (down + 1 < l->n && l->heap[down + 1]->deadline_ms < l->heap[down]->deadline_ms) down++;
        if (l->heap[down]->deadline_ms >= w->deadline_ms) break;
        whi_posix_heap_put(l, i, l->heap[down]);
    }
    whi_posix_heap_put(l, i, w);
}

/* whi_posix_rearm -- another deadline for what is watched */
static void whi_posix_rearm(webhook_posix_loop *l, webhook_posix_watch *w, uint64_t deadline_ms) {
    w->deadline_ms = deadline_ms;
    whi_posix_heap_fix(l, w->place - 1);
}

/* whi_posix_heap_grow -- room for twice as many; 0 where there is no memory */
static int whi_posix_heap_grow(webhook_posix_loop *l) {
    size_t cap = l->cap == 0 ? 16 : l->cap * 2;
    void *p = realloc(l->heap, cap * sizeof(webhook_posix_watch *));
    if (p == NULL) return 0;
    l->heap = (webhook_posix_watch **)p;
#ifndef WHI_POSIX_EPOLL
    p = realloc(l->poll, cap * sizeof *l->poll);
    if (p == NULL) return 0;
    l->poll = (struct pollfd *)p;
#endif
    l->cap = cap;
    return 1;
}

#ifdef WHI_POSIX_EPOLL
/* whi_posix_select -- tell the kernel what to wait for; 0 where it refuses */
static int whi_posix_select(webhook_posix_loop *l, webhook_posix_watch *w, unsigned events) {
    struct epoll_event e;
    int how = events == 0 ? EPOLL_CTL_DEL : w->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (events == w->events) return 1;
    memset(&e, 0, sizeof e);
    if ((events & WEBHOOK_POSIX_READ) != 0) e.events |= (uint32_t)EPOLLIN;
    if ((events & WEBHOOK_POSIX_WRITE) != 0) e.events |= (uint32_t)EPOLLOUT;
    e.data.ptr = w;
    if (epoll_ctl(l->epoll, how, w->fd, &e) != 0 && events != 0) return 0;
    w->events = events;
    return 1;
}

static void whi_posix_collect(webhook_posix_loop *l, whi_posix_round *r, int wait_ms) {
    struct epoll_event e[WHI_POSIX_ROUND];
    int i, n = epoll_wait(l->epoll, e, WHI_POSIX_ROUND, wait_ms);
    for (i = 0; i < n; i++) {
        unsigned got = 0, both = (uint32_t)EPOLLERR | (uint32_t)EPOLLHUP;
        if ((e[i].events & ((uint32_t)EPOLLIN | both)) != 0) got |= WEBHOOK_POSIX_READ;
        if ((e[i].events & ((uint32_t)EPOLLOUT | both)) != 0) got |= WEBHOOK_POSIX_WRITE;
        r->watch[r->n] = (webhook_posix_watch *)e[i].data.ptr;
        r->events[r->n++] = got;
    }
}
#else
static int whi_posix_select(webhook_posix_loop *l, webhook_posix_watch *w, unsigned events) {
    (void)l;
    if (events != 0 && w->fd < 0) return 0;
    w->events = events;
    return 1;
}

static void whi_posix_collect(webhook_posix_loop *l, whi_posix_round *r, int wait_ms) {
    size_t i;
    for (i = 0; i < l->n; i++) {
        const webhook_posix_watch *w = l->heap[i];
        l->poll[i].fd = w->events != 0 ? w->fd : -1;
        l->poll[i].events = 0;
        if ((w->events & WEBHOOK_POSIX_READ) != 0) l->poll[i].events |= POLLIN;
        if ((w->events & WEBHOOK_POSIX_WRITE) != 0) l->poll[i].events |= POLLOUT;
    }
    if (poll(l->poll, (nfds_t)l->n, wait_ms) <= 0) return;
    for (i = 0; i < l->n && r->n < WHI_POSIX_ROUND; i++) {
        size_t at = (l->turn + i) % l->n;
        int got = l->poll[at].revents, both = POLLERR | POLLHUP | POLLNVAL;
        if (got == 0) continue;
        r->watch[r->n] = l->heap[at];
        r->events[r->n] = (got & (POLLIN | both)) != 0 ? (unsigned)WEBHOOK_POSIX_READ : 0;
        r->events[r->n++] |= (got & (POLLOUT | both)) != 0 ? (unsigned)WEBHOOK_POSIX_WRITE : 0;
    }
    l->turn = (l->turn + i) % l->n;
}
#endif

static void whi_posix_push(webhook_posix_loop *l, whi_posix_post *p) {
    p->next = NULL;
    pthread_mutex_lock(&l->lock);
    if (l->posts == NULL && write(l->wake_fd, "", 1) < 0) { /* an empty pipe has room */
    }
    *l->last = p;
    l->last = &p->next;
    pthread_mutex_unlock(&l->lock);
}

/* whi_posix_pop -- call what was posted first; 0 where nothing is */
static int whi_posix_pop(webhook_posix_loop *l) {
    whi_posix_post *p;
    void (*fn)(void *);
    void *user;
    char byte;
    pthread_mutex_lock(&l->lock);
    p = l->posts;
    if (p != NULL) l->posts = p->next;
    if (p != NULL && p->next == NULL) {
        l->last = &l->posts;
        if (read(l->wake.fd, &byte, 1) < 0) { /* it is there */
        }
    }
    pthread_mutex_unlock(&l->lock);
    if (p == NULL) return 0;
    fn = p->fn;
    user = p->user;
    if (p->owned) free(p);
    fn(user);
    return 1;
}

static void whi_posix_woken(webhook_posix_watch *w, unsigned events) {
    int i;
    (void)events;
    for (i = 0; i < WHI_POSIX_ROUND && whi_posix_pop((webhook_posix_loop *)w->user); i++) {
    }
}

webhook_status webhook_posix_loop_open(webhook_posix_loop **loop) {
    webhook_posix_loop *l;
    int fd[2];
    if (loop == NULL) return WEBHOOK_ERR_ARGUMENT;
    *loop = NULL;
    if (!whi_posix_pipe(fd)) return WEBHOOK_ERR_IO;
    l = (webhook_posix_loop *)calloc(1, sizeof *l);
    if (l == NULL || pthread_mutex_init(&l->lock, NULL) != 0) {
        free(l);
        close(fd[0]);
        close(fd[1]);
        return WEBHOOK_ERR_IO;
    }
    l->last = &l->posts;
    l->wake.fd = fd[0];
    l->wake.ready = whi_posix_woken;
    l->wake.user = l;
    l->wake_fd = fd[1];
#ifdef WHI_POSIX_EPOLL
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
#endif
    if (webhook_posix_loop_watch(l, &l->wake, WEBHOOK_POSIX_READ, WHI_POSIX_NEVER) != WEBHOOK_OK) {
        webhook_posix_loop_close(l);
        return WEBHOOK_ERR_IO;
    }
    *loop = l;
    return WEBHOOK_OK;
}

void webhook_posix_loop_close(webhook_posix_loop *l) {
    if (l == NULL) return;
    while (whi_posix_pop(l)) { /* what is posted is called: it may hold memory */
    }
    close(l->wake.fd);
    close(l->wake_fd);
#ifdef WHI_POSIX_EPOLL
    if (l->epoll >= 0) close(l->epoll);
#else
    free(l->poll);
#endif
    pthread_mutex_destroy(&l->lock);
    free(l->heap);
    free(l);
}

webhook_status webhook_posix_loop_watch(webhook_posix_loop *l, webhook_posix_watch *w,
                                        unsigned events, uint64_t deadline_ms) {
    if (w->place == 0) {
        if (l->n == l->cap && !whi_posix_heap_grow(l)) return WEBHOOK_ERR_IO;
        w->events = 0;
        w->deadline_ms = WHI_POSIX_NEVER;
        whi_posix_heap_put(l, l->n++, w);
    }
    whi_posix_rearm(l, w, deadline_ms);
    if (whi_posix_select(l, w, events)) return WEBHOOK_OK;
    webhook_posix_loop_forget(l, w);
    return WEBHOOK_ERR_IO;
}

void webhook_posix_loop_forget(webhook_posix_loop *l, webhook_posix_watch *w) {
    webhook_posix_watch *moved;
    whi_posix_round *r;
    size_t i;
    if (w->place == 0) return;
    (void)whi_posix_select(l, w, 0);
    moved = l->heap[--l->n];
    if (moved != w) {
        whi_posix_heap_put(l, w->place - 1, moved);
        whi_posix_heap_fix(l, w->place - 1);
    }
    w->place = 0;
    for (r = l->round; r != NULL; r = r->outer)
        for (i = 0; i < r->n; i++)
            if (r->watch[i] == w) r->watch[i] = NULL;
}

/* whi_posix_timeout -- as the kernel wants it, never too short */
static int whi_posix_timeout(uint64_t until_ms) {
    uint64_t now = webhook_posix_tick();
    if (until_ms == WHI_POSIX_NEVER) return -1;
    if (until_ms <= now) return 0;
    return until_ms - now > INT_MAX ? INT_MAX : (int)(until_ms - now);
}

void webhook_posix_loop_wait(webhook_posix_loop *l, uint64_t until_ms) {
    uint64_t now, first = l->heap[0]->deadline_ms;
    whi_posix_round r;
    size_t i;
    r.n = 0;
    r.outer = l->round;
    whi_posix_collect(l, &r, whi_posix_timeout(first < until_ms ? first : until_ms));
    l->round = &r;
    for (i = 0; i < r.n; i++) {
        webhook_posix_watch *w = r.watch[i];
        unsigned got = w == NULL ? 0 : r.events[i] & w->events;
        if (got != 0) w->ready(w, got);
    }
    l->round = r.outer;
    now = webhook_posix_tick();
    for (i = l->n; i > 0 && l->heap[0]->deadline_ms <= now; i--) { /* as many as there are now */
        webhook_posix_watch *w = l->heap[0];
        whi_posix_rearm(l, w, WHI_POSIX_NEVER);
        w->ready(w, WEBHOOK_POSIX_TIME);
    }
}

webhook_status webhook_posix_loop_post(webhook_posix_loop *l, void (*fn)(void *user), void *user) {
    whi_posix_post *p = (whi_posix_post *)malloc(sizeof *p);
    if (p == NULL) return WEBHOOK_ERR_IO;
    p->fn = fn;
    p->user = user;
    p->owned = 1;
    whi_posix_push(l, p);
    return WEBHOOK_OK;
}

int webhook_posix_loop_fd(const webhook_posix_loop *l) {
#ifdef WHI_POSIX_EPOLL
    return l->epoll;
#else
    (void)l;
    return -1;
#endif
}

/* ---- >>posix: resolver (implementation) ---- */

/* getaddrinfo waits, so each name that is looked up has a thread for as long as that takes. The
 * thread writes into the name's entry alone and posts it to the loop; when the client is closed
 * meanwhile, the entry is the thread's to free. */

#define WHI_POSIX_IPS 8              /* addresses of a name that are tried */
#define WHI_POSIX_BUCKETS 256        /* of names */
#define WHI_POSIX_SPARE 16           /* good names in a bucket that nobody waits for, and others */
#define WHI_POSIX_KEEP_MS 60000      /* how long an answer is good */
#define WHI_POSIX_REMEMBER_MS 600000 /* and how long it is known that a name is slow */
#define WHI_POSIX_SLOW_MS 2000
/* Bytes. glibc's own look-ups take 16 KiB; but modules of others may run here (nsswitch.conf), and
 * glibc takes the program's thread-local variables out of it. It is address space, not memory. */
#define WHI_POSIX_STACK 524288

typedef struct whi_posix_ip {
    unsigned char byte[16];
    unsigned char len; /* 4 or 16 */
} whi_posix_ip;

typedef struct whi_posix_answer {
    whi_posix_ip ip[WHI_POSIX_IPS];
    size_t n;         /* 0: there is none, and */
    int error, cause; /* what getaddrinfo and errno were */
} whi_posix_answer;

/* Who waits for the addresses of a name. */
typedef struct whi_posix_query {
    struct whi_posix_query *next, **prev;        /* prev NULL: it does not wait */
    void (*answered)(struct whi_posix_query *q); /* must not call the resolver */
    void *user;
    whi_posix_answer answer;
} whi_posix_query;

enum { WHI_POSIX_REST, WHI_POSIX_QUEUED, WHI_POSIX_RUNNING };

/* What is known of a name: the last look-up was quick and good, there was none, or it failed or
 * took long. */
enum { WHI_POSIX_GOOD, WHI_POSIX_NEW, WHI_POSIX_SLOW, WHI_POSIX_KINDS };

typedef struct whi_posix_name {
    struct whi_posix_resolver *r;
    struct whi_posix_name *next, *behind; /* in its bucket, in its queue */
    whi_posix_query *queries;             /* none at rest */
    uint64_t since, took_ms;              /* since: queued, begun, or answered */
    whi_posix_answer answer;              /* while it runs, the thread's */
    whi_posix_post post;
    int state, kind;
    char host[256];
} whi_posix_name;

typedef struct whi_posix_resolver {
    pthread_mutex_t lock;     /* of refs, and of loop where another thread looks at it */
    webhook_posix_loop *loop; /* NULL: closed */
    size_t refs;              /* the client, and each name that runs */
    unsigned max, running[WHI_POSIX_KINDS];
    whi_posix_name *first[WHI_POSIX_KINDS], **last[WHI_POSIX_KINDS]; /* queued */
    whi_posix_name *bucket[WHI_POSIX_BUCKETS]; /* the one asked for last in front */
} whi_posix_resolver;

/* whi_posix_ip_from -- the address in a sockaddr; 0 where it has none */
static int whi_posix_ip_from(whi_posix_ip *ip, const void *addr, int family) {
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    if (family == AF_INET) {
        memcpy(&in, addr, sizeof in);
        memcpy(ip->byte, &in.sin_addr, 4);
        ip->len = 4;
    } else if (family == AF_INET6) {
        memcpy(&in6, addr, sizeof in6);
        memcpy(ip->byte, &in6.sin6_addr, 16);
        ip->len = 16;
    }
    return family == AF_INET || family == AF_INET6;
}

static void whi_posix_unref(whi_posix_resolver *r) {
    size_t left;
    pthread_mutex_lock(&r->lock);
    left = --r->refs;
    pthread_mutex_unlock(&r->lock);
    if (left > 0) return;
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* whi_posix_look_up -- the thread */
static void *whi_posix_look_up(void *user) {
    whi_posix_name *name = (whi_posix_name *)user;
    whi_posix_resolver *r = name->r;
    whi_posix_answer *a = &name->answer;
    struct addrinfo hints, *all = NULL, *i;
    int closed;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    a->error = getaddrinfo(name->host, NULL, &hints, &all);
    a->cause = errno;
    for (i = a->error == 0 ? all : NULL; i != NULL && a->n < WHI_POSIX_IPS; i = i->ai_next)
        if (whi_posix_ip_from(&a->ip[a->n], i->ai_addr, i->ai_family)) a->n++;
    if (a->error == 0) freeaddrinfo(all);
    name->took_ms = webhook_posix_tick() - name->since;
    pthread_mutex_lock(&r->lock);
    closed = r->loop == NULL;
    if (!closed) whi_posix_push(r->loop, &name->post);
    pthread_mutex_unlock(&r->lock);
    if (closed) {
        free(name);
        whi_posix_unref(r);
    }
    return NULL;
}

/* whi_posix_thread -- run whi_posix_look_up; signals are for the program's own threads */
static int whi_posix_thread(whi_posix_name *name) {
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;
    size_t usual = 0;
    int error = pthread_attr_init(&attr);
    if (error != 0) return error;
    pthread_attr_getstacksize(&attr, &usual);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, WHI_POSIX_STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&thread, &attr, whi_posix_look_up, name);
    if (error == EINVAL && pthread_attr_setstacksize(&attr, usual) == 0) /* too small a stack */
        error = pthread_create(&thread, &attr, whi_posix_look_up, name);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return error;
}

/* whi_posix_may_run -- is there a thread for a name of this kind? Slow ones get half of them, slow
 * and new ones together three quarters: where a name server does not answer, for however many
 * names, those that are known to be good do not wait. One thread is for all. */
static int whi_posix_may_run(const whi_posix_resolver *r, int kind) {
    unsigned slow = r->running[WHI_POSIX_SLOW], doubtful = slow + r->running[WHI_POSIX_NEW];
    unsigned half = r->max / 2, most = r->max - r->max / 4 - (r->max % 4 != 0);
    if (doubtful + r->running[WHI_POSIX_GOOD] >= r->max) return 0;
    if (kind == WHI_POSIX_GOOD || r->max == 1) return 1;
    return doubtful < most && (kind == WHI_POSIX_NEW || slow < half);
}

/* whi_posix_next -- of the names that may start the one that has waited longest; NULL: none */
static whi_posix_name *whi_posix_next(whi_posix_resolver *r) {
    whi_posix_name *name = NULL, *first;
    int kind;
    for (kind = 0; kind < WHI_POSIX_KINDS; kind++) {
        first = r->first[kind];
        if (first != NULL && whi_posix_may_run(r, kind) &&
            (name == NULL || first->since < name->since))
            name = first;
    }
    return name;
}

/* whi_posix_pump -- start what is queued and may start */
static void whi_posix_pump(whi_posix_resolver *r) {
    whi_posix_name *name;
    int error;
    while ((name = whi_posix_next(r)) != NULL) {
        r->first[name->kind] = name->behind;
        if (name->behind == NULL) r->last[name->kind] = &r->first[name->kind];
        name->state = WHI_POSIX_REST;
        if (name->queries == NULL) continue; /* all have given up */
        name->state = WHI_POSIX_RUNNING;
        name->since = webhook_posix_tick();
        r->running[name->kind]++;
        pthread_mutex_lock(&r->lock);
        r->refs++;
        pthread_mutex_unlock(&r->lock);
        error = whi_posix_thread(name);
        if (error == 0) continue; /* the answer is the thread's now */
        name->answer.error = EAI_SYSTEM;
        name->answer.cause = error;
        whi_posix_push(r->loop, &name->post);
    }
}

/* whi_posix_looked_up -- called by the loop when a thread is done */
static void whi_posix_looked_up(void *user) {
    whi_posix_name *name = (whi_posix_name *)user;
    whi_posix_resolver *r = name->r;
    whi_posix_query *q;
    if (r->loop == NULL) {
        free(name);
    } else {
        r->running[name->kind]--;
        name->kind = name->answer.n == 0 || name->took_ms > WHI_POSIX_SLOW_MS ? WHI_POSIX_SLOW
                                                                              : WHI_POSIX_GOOD;
        name->since = webhook_posix_tick();
        name->state = WHI_POSIX_REST;
        while ((q = name->queries) != NULL) {
            name->queries = q->next;
            q->prev = NULL;
            q->answer = name->answer;
            q->answered(q);
        }
        whi_posix_pump(r);
    }
    whi_posix_unref(r);
}

/* whi_posix_hash -- FNV-1a */
static uint32_t whi_posix_hash(webhook_str host) {
    uint32_t hash = UINT32_C(2166136261);
    size_t i;
    for (i = 0; i < host.len; i++)
        hash = (hash ^ whi_bytes(host)[i]) * UINT32_C(16777619) & UINT32_C(0xffffffff);
    return hash;
}

/* whi_posix_name_find -- the entry of a host, a new one where there is none; NULL: no memory.
 * Drops what is old, and what is too much: good names are not dropped for the sake of others. */
static whi_posix_name *whi_posix_name_find(whi_posix_resolver *r, webhook_str host, uint64_t now) {
    whi_posix_name **bucket = &r->bucket[whi_posix_hash(host) % WHI_POSIX_BUCKETS], **at = bucket;
    whi_posix_name *name, *found = NULL;
    unsigned spare[2] = { 0, 0 };
    while ((name = *at) != NULL) {
        if (webhook_str_eq(host, webhook_str_from_cstr(name->host))) {
            found = name;
            *at = name->next;
        } else if (name->state == WHI_POSIX_REST &&
                   (++spare[name->kind == WHI_POSIX_GOOD] > WHI_POSIX_SPARE ||
                    now - name->since > WHI_POSIX_REMEMBER_MS)) {
            *at = name->next;
            free(name);
        } else {
            at = &name->next;
        }
    }
    if (found == NULL && host.len < sizeof found->host) {
        found = (whi_posix_name *)calloc(1, sizeof *found);
        if (found == NULL) return NULL;
        found->r = r;
        found->kind = WHI_POSIX_NEW;
        found->post.fn = whi_posix_looked_up;
        found->post.user = found;
        memcpy(found->host, host.ptr, host.len);
    }
    if (found == NULL) return NULL;
    found->next = *bucket;
    *bucket = found;
    return found;
}

/* whi_posix_ask -- the addresses of a host
 *
 * Returns  WEBHOOK_OK: they are in q | WEBHOOK_PENDING: answered will be called, unless
 *          whi_posix_unask is | WEBHOOK_ERR_IO: no memory
 */
static webhook_status whi_posix_ask(whi_posix_resolver *r, webhook_str host, whi_posix_query *q) {
    uint64_t now = webhook_posix_tick();
    whi_posix_name *name = whi_posix_name_find(r, host, now);
    if (name == NULL) return WEBHOOK_ERR_IO;
    if (name->state == WHI_POSIX_REST && name->answer.n > 0 &&
        now - name->since <= WHI_POSIX_KEEP_MS) {
        q->answer = name->answer;
        return WEBHOOK_OK;
    }
    q->next = name->queries;
    if (q->next != NULL) q->next->prev = &q->next;
    q->prev = &name->queries;
    name->queries = q;
    if (name->state != WHI_POSIX_REST) return WEBHOOK_PENDING;
    name->state = WHI_POSIX_QUEUED;
    name->since = now;
    name->behind = NULL;
    name->answer.n = 0;
    *r->last[name->kind] = name;
    r->last[name->kind] = &name->behind;
    whi_posix_pump(r);
    return WEBHOOK_PENDING;
}

static void whi_posix_unask(whi_posix_query *q) {
    if (q->prev == NULL) return;
    *q->prev = q->next;
    if (q->next != NULL) q->next->prev = q->prev;
    q->prev = NULL;
}

static whi_posix_resolver *whi_posix_resolver_open(webhook_posix_loop *loop, unsigned max) {
    whi_posix_resolver *r = (whi_posix_resolver *)calloc(1, sizeof *r);
    int kind;
    if (r == NULL || pthread_mutex_init(&r->lock, NULL) != 0) {
        free(r);
        return NULL;
    }
    r->loop = loop;
    r->refs = 1;
    r->max = max;
    for (kind = 0; kind < WHI_POSIX_KINDS; kind++) r->last[kind] = &r->first[kind];
    return r;
}

/* whi_posix_resolver_close -- nobody waits any more; threads may */
static void whi_posix_resolver_close(whi_posix_resolver *r) {
    size_t i;
    whi_posix_name *name;
    pthread_mutex_lock(&r->lock);
    r->loop = NULL;
    pthread_mutex_unlock(&r->lock);
    for (i = 0; i < WHI_POSIX_BUCKETS; i++) {
        while ((name = r->bucket[i]) != NULL) {
            r->bucket[i] = name->next;
            if (name->state != WHI_POSIX_RUNNING) free(name);
        }
    }
    whi_posix_unref(r);
}

/* ---- >>posix: sockets (implementation) ---- */

#ifdef MSG_NOSIGNAL
#define WHI_POSIX_SEND MSG_NOSIGNAL
#else
#define WHI_POSIX_SEND 0
#endif

/* whi_posix_socket_set -- as all connections are */
static void whi_posix_socket_set(int fd) {
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* only saves time */
#ifdef SO_NOSIGPIPE
    (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
}

/* whi_posix_send, whi_posix_recv -- as webhook_send_fn and webhook_recv_fn; errno with ERR_IO */
static webhook_status whi_posix_send(int fd, const void *ptr, size_t len, size_t *n) {
    ssize_t r;
    do r = send(fd, ptr, len, WHI_POSIX_SEND);
    while (r < 0 && errno == EINTR);
    if (r < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? WEBHOOK_WANT_SEND : WEBHOOK_ERR_IO;
    *n = (size_t)r;
    return WEBHOOK_OK;
}

static webhook_status whi_posix_recv(int fd, void *ptr, size_t cap, size_t *n) {
    ssize_t r;
    do r = recv(fd, ptr, cap, 0);
    while (r < 0 && errno == EINTR);
    if (r < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? WEBHOOK_WANT_RECV : WEBHOOK_ERR_IO;
    *n = (size_t)r;
    return r == 0 ? WEBHOOK_ERR_CLOSED : WEBHOOK_OK;
}

static const char *whi_posix_text(const whi_posix_ip *ip, char text[INET6_ADDRSTRLEN]) {
    if (inet_ntop(ip->len == 4 ? AF_INET : AF_INET6, ip->byte, text, INET6_ADDRSTRLEN) == NULL)
        text[0] = 0;
    return text;
}

/* whi_posix_connect -- begin to connect; the descriptor, or -1 with errno */
static int whi_posix_connect(const whi_posix_ip *ip, uint16_t port) {
    struct sockaddr_storage to;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    socklen_t len = ip->len == 4 ? sizeof in : sizeof in6;
    int error, fd = whi_posix_socket(ip->len == 4 ? AF_INET : AF_INET6);
    if (fd < 0) return -1;
    whi_posix_socket_set(fd);
    memset(&to, 0, sizeof to);
    memset(&in, 0, sizeof in);
    memset(&in6, 0, sizeof in6);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    memcpy(&in.sin_addr, ip->byte, 4);
    memcpy(&in6.sin6_addr, ip->byte, 16);
    if (ip->len == 4)
        memcpy(&to, &in, sizeof in);
    else
        memcpy(&to, &in6, sizeof in6);
    if (connect(fd, (const struct sockaddr *)&to, len) == 0 || errno == EINPROGRESS ||
        errno == EINTR)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* whi_posix_connected -- what a descriptor that has become writable is connected to; 0 or errno */
static int whi_posix_connected(int fd, whi_posix_ip *ip) {
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    int error = 0;
    socklen_t error_len = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_len) != 0) return errno;
    if (error != 0) return error;
    if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0) return errno;
    return whi_posix_ip_from(ip, &peer, peer.ss_family) ? 0 : EAFNOSUPPORT;
}

/* ---- >>posix: client (implementation) ---- */

/* A call goes through the stages below; its timer moves it on to the next step where that is not to
 * happen at once, and ends what takes too long. A link is a connection; it is a call's, or idle:
 * the client's, which keeps it for a later call. */

#define WHI_POSIX_LOOKUPS 128
#define WHI_POSIX_IDLE 256
#define WHI_POSIX_IDLE_PER_HOST 8
#define WHI_POSIX_IDLE_MS 30000
#define WHI_POSIX_LIFE_MS 300000
#define WHI_POSIX_SLOTS 16 /* of an engine whose desc has no number */
#define WHI_POSIX_LIMIT_MS 30000
#define WHI_POSIX_TURN 262144 /* bytes that one call may read before others have their turn */

enum {
    WHI_POSIX_BEGIN,
    WHI_POSIX_LOOKUP,
    WHI_POSIX_FOUND,
    WHI_POSIX_CONNECT,
    WHI_POSIX_TLS,
    WHI_POSIX_EXCHANGE
};

typedef struct whi_posix_link {
    webhook_posix_client *client;
    webhook_posix_watch watch;
    whi_posix_ip ip;
    const webhook_tls *tls; /* NULL: none is open */
    void *tls_conn;
    webhook_io raw, io; /* the socket, and what the exchange uses */
    size_t turn;        /* bytes that may still be read */
    int error;          /* errno of what has failed */
    uint64_t life_end;
    struct whi_posix_link *next, **prev;  /* idle: in its bucket; prev NULL: it is a call's */
    struct whi_posix_link *newer, *older; /* idle: of all that are */
    uint16_t port;                        /* whom it leads to */
    uint8_t https;
    char host[256];
} whi_posix_link;

/* An attempt of the engine's, in place of its slot. */
typedef struct whi_posix_attempt {
    webhook_posix_client *client;
    webhook_posix_call *call; /* NULL: none is under way */
    webhook_attempt attempt;
} whi_posix_attempt;

struct webhook_posix_client {
    webhook_posix_client_desc desc; /* without zeros */
    whi_posix_resolver *resolver;
    webhook_posix_call *calls;
    whi_posix_link *idle[WHI_POSIX_BUCKETS]; /* the one used last in front */
    whi_posix_link *newest, *oldest;         /* of all that are idle */
    unsigned n_idle;
    webhook_delivery *engine;    /* NULL: none */
    whi_posix_attempt *attempts; /* n_attempts of them */
    size_t n_attempts;
    char kept[640]; /* the slices of the last webhook_posix_client_send */
};

struct webhook_posix_call {
    webhook_posix_client *client;
    webhook_posix_call *next, **prev;
    webhook_request request;
    uint64_t begun, deadline, answered; /* answered: when the head was there, 0 = it is not */
    void (*done)(void *user, const webhook_result *result);
    void *user;
    webhook_posix_watch timer;
    whi_posix_query query;
    size_t tried; /* addresses */
    whi_posix_link *link;
    webhook_exchange exchange;
    int stage;
    int reused, fresh;  /* its link has served before; it must not */
    int late;           /* the deadline came */
    webhook_status how; /* without an answer: why */
    char line[256], error[512];
};

static webhook_status whi_posix_link_send(void *user, const void *ptr, size_t len, size_t *n) {
    whi_posix_link *k = (whi_posix_link *)user;
    webhook_status s = whi_posix_send(k->watch.fd, ptr, len, n);
    if (s == WEBHOOK_ERR_IO) k->error = errno;
    return s;
}

static webhook_status whi_posix_link_recv(void *user, void *ptr, size_t cap, size_t *n) {
    whi_posix_link *k = (whi_posix_link *)user;
    webhook_status s;
    if (cap > k->turn) cap = k->turn;
    if (cap == 0) return WEBHOOK_WANT_RECV; /* the loop comes back, there is more */
    s = whi_posix_recv(k->watch.fd, ptr, cap, n);
    if (s == WEBHOOK_OK) k->turn -= *n;
    if (s == WEBHOOK_ERR_IO) k->error = errno;
    return s;
}

/* whi_posix_link_open -- begin to connect; NULL with errno. ready is called when it has happened */
static whi_posix_link *whi_posix_link_open(webhook_posix_client *c, const whi_posix_ip *ip,
                                           const webhook_url *url,
                                           void (*ready)(webhook_posix_watch *w, unsigned events),
                                           void *user) {
    whi_posix_link *k = (whi_posix_link *)calloc(1, sizeof *k);
    int error;
    if (k == NULL) return NULL;
    k->client = c;
    k->ip = *ip;
    k->port = url->port;
    k->https = url->https;
    if (url->host.len < sizeof k->host) memcpy(k->host, url->host.ptr, url->host.len);
    k->life_end = webhook_posix_tick() + c->desc.life_ms;
    k->raw.user = k;
    k->raw.send = whi_posix_link_send;
    k->raw.recv = whi_posix_link_recv;
    k->io = k->raw;
    k->watch.ready = ready;
    k->watch.user = user;
    k->watch.fd = whi_posix_connect(ip, url->port);
    if (k->watch.fd >= 0) {
        if (webhook_posix_loop_watch(c->desc.loop, &k->watch, WEBHOOK_POSIX_WRITE,
                                     WHI_POSIX_NEVER) == WEBHOOK_OK)
            return k;
        close(k->watch.fd);
        errno = ENOMEM;
    }
    error = errno;
    free(k);
    errno = error;
    return NULL;
}

/* whi_posix_link_take -- it is idle no longer */
static void whi_posix_link_take(whi_posix_link *k) {
    webhook_posix_client *c = k->client;
    *k->prev = k->next;
    if (k->next != NULL) k->next->prev = k->prev;
    k->prev = NULL;
    *(k->newer == NULL ? &c->newest : &k->newer->older) = k->older;
    *(k->older == NULL ? &c->oldest : &k->older->newer) = k->newer;
    c->n_idle--;
}

static void whi_posix_link_close(whi_posix_link *k) {
    if (k == NULL) return;
    if (k->prev != NULL) whi_posix_link_take(k);
    if (k->tls != NULL) k->tls->close(k->tls_conn);
    webhook_posix_loop_forget(k->client->desc.loop, &k->watch);
    close(k->watch.fd);
    free(k);
}

/* ---- >>posix: client, connections that are kept (implementation) ---- */

/* whi_posix_link_quiet -- 1 where an idle link can serve: it is open, and no byte has come that
 * belongs to no request. What TLS itself is told between requests, a new ticket, is read by
 * this. */
static int whi_posix_link_quiet(whi_posix_link *k) {
    char byte;
    size_t n;
    k->turn = WHI_POSIX_TURN;
    return k->io.recv(k->io.user, &byte, 1, &n) == WEBHOOK_WANT_RECV;
}

static void whi_posix_link_idle(webhook_posix_watch *w, unsigned events) {
    whi_posix_link *k = (whi_posix_link *)w->user;
    if (events == WEBHOOK_POSIX_TIME || !whi_posix_link_quiet(k)) whi_posix_link_close(k);
}

static int whi_posix_link_leads_to(const whi_posix_link *k, webhook_str host, uint16_t port,
                                   int https) {
    return k->port == port && k->https == https &&
           webhook_str_eq(host, webhook_str_from_cstr(k->host));
}

static whi_posix_link **whi_posix_idle_bucket(webhook_posix_client *c, webhook_str host,
                                              uint16_t port) {
    return &c->idle[(whi_posix_hash(host) + port) % WHI_POSIX_BUCKETS];
}

/* whi_posix_link_keep -- a call is done with it: idle now, or closed. Where there are too many the
 * one that has been idle for longest makes room, of this host if there are too many of it. */
static void whi_posix_link_keep(whi_posix_link *k) {
    webhook_posix_client *c = k->client;
    webhook_str host = webhook_str_from_cstr(k->host);
    whi_posix_link **bucket = whi_posix_idle_bucket(c, host, k->port), *i, *oldest = NULL;
    uint64_t now = webhook_posix_tick(), until = now + c->desc.idle_ms;
    unsigned n = 0;
    if (until > k->life_end) until = k->life_end;
    k->watch.ready = whi_posix_link_idle;
    k->watch.user = k;
    if (host.len == 0 || until <= now ||
        webhook_posix_loop_watch(c->desc.loop, &k->watch, WEBHOOK_POSIX_READ, until) !=
            WEBHOOK_OK) {
        whi_posix_link_close(k);
        return;
    }
    for (i = *bucket; i != NULL; i = i->next) {
        if (!whi_posix_link_leads_to(i, host, k->port, k->https)) continue;
        oldest = i;
        n++;
    }
    if (n >= c->desc.max_idle_per_host)
        whi_posix_link_close(oldest);
    else if (c->n_idle >= c->desc.max_idle)
        whi_posix_link_close(c->oldest);
    k->next = *bucket;
    if (k->next != NULL) k->next->prev = &k->next;
    k->prev = bucket;
    *bucket = k;
    k->newer = NULL;
    k->older = c->newest;
    *(k->older == NULL ? &c->oldest : &k->older->newer) = k;
    c->newest = k;
    c->n_idle++;
}

/* whi_posix_link_find -- the idle link to there that was used last, idle no longer; NULL: there is
 * none that can serve */
static whi_posix_link *whi_posix_link_find(webhook_posix_client *c, const webhook_url *u) {
    whi_posix_link *k = *whi_posix_idle_bucket(c, u->host, u->port), *next;
    for (; k != NULL; k = next) {
        next = k->next;
        if (!whi_posix_link_leads_to(k, u->host, u->port, u->https)) continue;
        if (webhook_posix_tick() < k->watch.deadline_ms &&
            webhook_guard_check(c->desc.guard, k->ip.byte, k->ip.len) == WEBHOOK_OK &&
            whi_posix_link_quiet(k)) {
            whi_posix_link_take(k);
            return k;
        }
        whi_posix_link_close(k);
    }
    return NULL;
}

/* ---- >>posix: client, calls (implementation) ---- */

/* whi_posix_call_release -- all that a call has, but for its memory */
static void whi_posix_call_release(webhook_posix_call *call) {
    webhook_posix_loop_forget(call->client->desc.loop, &call->timer);
    whi_posix_unask(&call->query);
    whi_posix_link_close(call->link);
    call->link = NULL;
    *call->prev = call->next;
    if (call->next != NULL) call->next->prev = call->prev;
}

/* whi_posix_call_end -- it is over: how counts where there is no answer */
static void whi_posix_call_end(webhook_posix_call *call, webhook_status how) {
    webhook_result result;
    uint64_t took = (call->answered != 0 ? call->answered : webhook_posix_tick()) - call->begun;
    memset(&result, 0, sizeof result);
    result.timed_out = (uint8_t)call->late;
    result.status = call->exchange.status;
    result.response_ms = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
    if (result.status != 0)
        result.retry_after = webhook_exchange_retry_after(&call->exchange);
    else
        result.error = webhook_str_from_cstr(call->error);
    call->how = result.status != 0 ? WEBHOOK_OK : how;
    whi_posix_call_release(call);
    call->done(call->user, &result);
    free(call);
}

static void whi_posix_call_late(webhook_posix_call *call) {
    static const char stage[][20] = { "still looking up", "still looking up", "connecting",
                                      "connecting", "TLS handshake" };
    const char *what = "waiting for the answer";
    if (call->stage < WHI_POSIX_EXCHANGE)
        what = stage[call->stage];
    else if (call->exchange.head.len + call->exchange.body.len > 0)
        what = "sending";
    snprintf(call->error, sizeof call->error, "time limit: %s", what);
    call->late = 1;
    whi_posix_call_end(call, WEBHOOK_ERR_TIMEOUT);
}

/* whi_posix_call_request -- nothing of it has been sent */
static void whi_posix_call_request(webhook_posix_call *call) {
    webhook_exchange_init(&call->exchange, call->request.head, call->request.body, call->deadline,
                          call->line, sizeof call->line);
}

/* whi_posix_call_again -- the link had ended while it was idle, before this request could reach
 * anybody: begin anew, from the timer, which knows the deadline */
static void whi_posix_call_again(webhook_posix_call *call) {
    whi_posix_link_close(call->link);
    call->link = NULL;
    call->fresh = 1;
    call->reused = 0;
    call->stage = WHI_POSIX_BEGIN;
    whi_posix_call_request(call);
    whi_posix_rearm(call->client->desc.loop, &call->timer, 0);
}

/* whi_posix_call_broken -- TLS or the exchange has failed */
static void whi_posix_call_broken(webhook_posix_call *call, webhook_status s) {
    const whi_posix_link *k = call->link;
    const char *tls = k->tls == NULL ? NULL : k->tls->error(k->tls_conn), *why = tls;
    if (why == NULL) why = k->error != 0 ? strerror(k->error) : webhook_status_str(s);
    if (call->stage == WHI_POSIX_TLS)
        snprintf(call->error, sizeof call->error, "TLS: %s", why);
    else if (s == WEBHOOK_ERR_SYNTAX || s == WEBHOOK_ERR_LIMIT)
        snprintf(call->error, sizeof call->error, "no HTTP answer: %s", webhook_status_str(s));
    else if (tls != NULL)
        snprintf(call->error, sizeof call->error, "TLS: %s", tls);
    else if (s == WEBHOOK_ERR_IO)
        snprintf(call->error, sizeof call->error, "the connection failed: %s", why);
    else
        snprintf(call->error, sizeof call->error, "the connection was closed before an answer");
    whi_posix_call_end(call, WEBHOOK_ERR_IO);
}

/* whi_posix_call_exchange -- as webhook_exchange_run; notes when the answer was there */
static webhook_status whi_posix_call_exchange(webhook_posix_call *call) {
    uint64_t now = webhook_posix_tick();
    webhook_exchange *x = &call->exchange;
    char buf[16384];
    webhook_status s = webhook_exchange_run(x, now, &call->link->io, buf, sizeof buf);
    if (call->answered == 0 && x->status != 0) call->answered = webhook_posix_tick();
    if (s == WEBHOOK_OK && !x->keep_alive && now >= call->deadline) call->late = 1;
    return s;
}

/* whi_posix_call_go -- handshake and exchange, as far as they go without waiting */
static void whi_posix_call_go(webhook_posix_call *call) {
    whi_posix_link *k = call->link;
    unsigned events = WEBHOOK_POSIX_READ;
    webhook_status s = WEBHOOK_OK;
    k->turn = WHI_POSIX_TURN;
    if (call->stage == WHI_POSIX_TLS) {
        s = k->tls->handshake(k->tls_conn);
        if (s == WEBHOOK_WANT_SEND) events = WEBHOOK_POSIX_WRITE;
        if (s == WEBHOOK_OK) call->stage = WHI_POSIX_EXCHANGE;
    }
    if (call->stage == WHI_POSIX_EXCHANGE) {
        s = whi_posix_call_exchange(call);
        if (s == WEBHOOK_WANT_SEND) events |= WEBHOOK_POSIX_WRITE; /* an answer may come first */
    }
    if ((s == WEBHOOK_WANT_SEND || s == WEBHOOK_WANT_RECV) &&
        webhook_posix_loop_watch(call->client->desc.loop, &k->watch, events, WHI_POSIX_NEVER) ==
            WEBHOOK_OK)
        return;
    if (s == WEBHOOK_OK && call->exchange.keep_alive) { /* before done, which may start the next */
        whi_posix_link_keep(k);
        call->link = NULL;
    }
    if (s == WEBHOOK_OK)
        whi_posix_call_end(call, s);
    else if (s == WEBHOOK_ERR_TIMEOUT)
        whi_posix_call_late(call);
    else if (call->reused && !call->exchange.began &&
             (s == WEBHOOK_ERR_CLOSED || s == WEBHOOK_ERR_IO))
        whi_posix_call_again(call);
    else
        whi_posix_call_broken(call, s);
}

/* whi_posix_call_secure -- it is connected */
static void whi_posix_call_secure(webhook_posix_call *call) {
    whi_posix_link *k = call->link;
    const webhook_tls *tls = call->client->desc.tls;
    webhook_status s;
    whi_posix_rearm(k->client->desc.loop, &call->timer, call->deadline);
    call->stage = WHI_POSIX_EXCHANGE;
    if (call->request.url.https) {
        call->stage = WHI_POSIX_TLS;
        s = tls->start(tls->user, &k->tls_conn, &k->raw, &call->request.url);
        if (s != WEBHOOK_OK) {
            whi_posix_call_broken(call, s);
            return;
        }
        k->tls = tls;
        k->io.user = k->tls_conn;
        k->io.send = tls->write;
        k->io.recv = tls->read;
    }
    whi_posix_call_go(call);
}

static int whi_posix_call_allowed(webhook_posix_call *call, const whi_posix_ip *ip) {
    char text[INET6_ADDRSTRLEN];
    if (webhook_guard_check(call->client->desc.guard, ip->byte, ip->len) == WEBHOOK_OK) return 1;
    if (call->how == WEBHOOK_ERR_FORBIDDEN) /* not one was tried */
        snprintf(call->error, sizeof call->error, "the address %s is not allowed",
                 whi_posix_text(ip, text));
    return 0;
}

static void whi_posix_call_refused(webhook_posix_call *call, const whi_posix_ip *ip, int error) {
    char text[INET6_ADDRSTRLEN];
    snprintf(call->error, sizeof call->error, "could not connect to %s port %u: %s",
             whi_posix_text(ip, text), (unsigned)call->request.url.port, strerror(error));
    call->how = WEBHOOK_ERR_IO;
}

static void whi_posix_call_ready(webhook_posix_watch *w, unsigned events);

/* whi_posix_call_connect -- to the next address; each gets its share of the time that is left */
static void whi_posix_call_connect(webhook_posix_call *call) {
    webhook_posix_client *c = call->client;
    uint64_t now = webhook_posix_tick();
    size_t left;
    call->stage = WHI_POSIX_CONNECT;
    whi_posix_link_close(call->link);
    call->link = NULL;
    while (now < call->deadline && (left = call->query.answer.n - call->tried) > 0) {
        const whi_posix_ip *ip = &call->query.answer.ip[call->tried++];
        if (!whi_posix_call_allowed(call, ip)) continue;
        call->link = whi_posix_link_open(c, ip, &call->request.url, whi_posix_call_ready, call);
        if (call->link != NULL) {
            whi_posix_rearm(c->desc.loop, &call->timer, now + (call->deadline - now) / left);
            return;
        }
        whi_posix_call_refused(call, ip, errno);
    }
    if (now >= call->deadline)
        whi_posix_call_late(call);
    else
        whi_posix_call_end(call, call->how);
}

/* whi_posix_call_ready -- its connection is */
static void whi_posix_call_ready(webhook_posix_watch *w, unsigned events) {
    webhook_posix_call *call = (webhook_posix_call *)w->user;
    whi_posix_ip ip;
    int error;
    (void)events;
    if (call->stage != WHI_POSIX_CONNECT) {
        whi_posix_call_go(call);
        return;
    }
    error = whi_posix_connected(w->fd, &ip);
    if (error != 0) whi_posix_call_refused(call, &call->link->ip, error);
    if (error == 0 && whi_posix_call_allowed(call, &ip))
        whi_posix_call_secure(call);
    else
        whi_posix_call_connect(call);
}

/* whi_posix_call_found -- the look-up is over */
static void whi_posix_call_found(webhook_posix_call *call) {
    const whi_posix_answer *a = &call->query.answer;
    const char *why = a->error == EAI_NONAME   ? "no such host"
                      : a->error == EAI_SYSTEM ? strerror(a->cause)
                                               : gai_strerror(a->error);
    if (a->n > 0) {
        whi_posix_call_connect(call);
        return;
    }
    snprintf(call->error, sizeof call->error, "could not look up %.*s: %s",
             (int)call->request.url.host.len, call->request.url.host.ptr, why);
    whi_posix_call_end(call, WEBHOOK_ERR_IO);
}

/* whi_posix_call_reuse -- over an idle link; 0 where there is none */
static int whi_posix_call_reuse(webhook_posix_call *call) {
    whi_posix_link *k = whi_posix_link_find(call->client, &call->request.url);
    if (k == NULL) return 0;
    call->link = k;
    call->reused = 1;
    call->stage = WHI_POSIX_EXCHANGE;
    k->watch.ready = whi_posix_call_ready;
    k->watch.user = call;
    whi_posix_rearm(call->client->desc.loop, &call->timer, call->deadline);
    whi_posix_call_go(call);
    return 1;
}

static void whi_posix_call_begin(webhook_posix_call *call) {
    const webhook_url *u = &call->request.url;
    webhook_posix_client *c = call->client;
    whi_posix_answer *a = &call->query.answer;
    webhook_status s = WEBHOOK_OK;
    if (u->https && c->desc.tls == NULL) {
        snprintf(call->error, sizeof call->error, "no TLS in this build");
        whi_posix_call_end(call, WEBHOOK_ERR_IO);
        return;
    }
    if (!call->fresh && whi_posix_call_reuse(call)) return;
    if (u->host_kind == WEBHOOK_HOST_NAME) {
        call->stage = WHI_POSIX_LOOKUP;
        whi_posix_rearm(c->desc.loop, &call->timer, call->deadline);
        s = whi_posix_ask(c->resolver, u->host, &call->query);
    } else {
        a->n = 1;
        a->ip[0].len = u->host_kind == WEBHOOK_HOST_IPV4 ? 4 : 16;
        memcpy(a->ip[0].byte, u->ip, 16);
    }
    if (s == WEBHOOK_ERR_IO) a->error = EAI_MEMORY;
    if (s != WEBHOOK_PENDING) whi_posix_call_found(call);
}

/* whi_posix_call_answered -- by the resolver, which is at work: go on from the timer */
static void whi_posix_call_answered(whi_posix_query *q) {
    webhook_posix_call *call = (webhook_posix_call *)q->user;
    call->stage = WHI_POSIX_FOUND;
    whi_posix_rearm(call->client->desc.loop, &call->timer, 0);
}

static void whi_posix_call_timer(webhook_posix_watch *w, unsigned events) {
    webhook_posix_call *call = (webhook_posix_call *)w->user;
    (void)events;
    if (call->stage == WHI_POSIX_EXCHANGE) {
        whi_posix_call_go(call); /* the exchange knows the time, and may have an answer */
    } else if (webhook_posix_tick() >= call->deadline) {
        whi_posix_call_late(call);
    } else if (call->stage == WHI_POSIX_BEGIN) {
        whi_posix_call_begin(call);
    } else if (call->stage == WHI_POSIX_FOUND) {
        whi_posix_call_found(call);
    } else if (call->stage == WHI_POSIX_CONNECT) {
        whi_posix_call_refused(call, &call->link->ip, ETIMEDOUT);
        whi_posix_call_connect(call);
    }
}

webhook_status webhook_posix_client_open(webhook_posix_client **client,
                                         const webhook_posix_client_desc *d) {
    webhook_posix_client *c;
    if (client == NULL) return WEBHOOK_ERR_ARGUMENT;
    *client = NULL;
    if (d == NULL || d->loop == NULL) return WEBHOOK_ERR_ARGUMENT;
    c = (webhook_posix_client *)calloc(1, sizeof *c);
    if (c == NULL) return WEBHOOK_ERR_IO;
    c->desc = *d;
    if (d->max_lookups == 0) c->desc.max_lookups = WHI_POSIX_LOOKUPS;
    if (d->max_idle == 0) c->desc.max_idle = WHI_POSIX_IDLE;
    if (d->max_idle_per_host == 0) c->desc.max_idle_per_host = WHI_POSIX_IDLE_PER_HOST;
    if (d->idle_ms == 0) c->desc.idle_ms = WHI_POSIX_IDLE_MS;
    if (d->life_ms == 0) c->desc.life_ms = WHI_POSIX_LIFE_MS;
    c->resolver = whi_posix_resolver_open(d->loop, c->desc.max_lookups);
    if (c->resolver == NULL) {
        free(c);
        return WEBHOOK_ERR_IO;
    }
    *client = c;
    return WEBHOOK_OK;
}

void webhook_posix_client_close(webhook_posix_client *c) {
    if (c == NULL) return;
    while (c->calls != NULL) webhook_posix_client_cancel(c, c->calls);
    while (c->newest != NULL) whi_posix_link_close(c->newest);
    whi_posix_resolver_close(c->resolver);
    free(c->attempts);
    free(c);
}

webhook_posix_call *webhook_posix_client_start(webhook_posix_client *c, const webhook_request *r,
                                               void (*done)(void *user,
                                                            const webhook_result *result),
                                               void *user) {
    webhook_posix_call *call = (webhook_posix_call *)calloc(1, sizeof *call);
    if (call == NULL) return NULL;
    call->client = c;
    call->request = *r;
    call->begun = webhook_posix_tick();
    call->deadline = r->deadline_ms == 0 ? WHI_POSIX_NEVER : r->deadline_ms;
    call->done = done;
    call->user = user;
    call->timer.fd = -1;
    call->timer.ready = whi_posix_call_timer;
    call->timer.user = call;
    call->query.answered = whi_posix_call_answered;
    call->query.user = call;
    call->how = WEBHOOK_ERR_FORBIDDEN;
    whi_posix_call_request(call);
    if (webhook_posix_loop_watch(c->desc.loop, &call->timer, 0, 0) != WEBHOOK_OK) {
        free(call);
        return NULL;
    }
    call->next = c->calls;
    if (call->next != NULL) call->next->prev = &call->next;
    call->prev = &c->calls;
    c->calls = call;
    return call;
}

void webhook_posix_client_cancel(webhook_posix_client *c, webhook_posix_call *call) {
    (void)c;
    whi_posix_call_release(call);
    free(call);
}

/* What webhook_posix_client_send waits for. */
typedef struct whi_posix_sending {
    webhook_posix_call *call; /* NULL: it is over */
    webhook_result *result;
    webhook_status how;
    char kept[640]; /* the result's slices */
} whi_posix_sending;

static void whi_posix_sent(void *user, const webhook_result *result) {
    whi_posix_sending *w = (whi_posix_sending *)user;
    char *kept = w->kept;
    *w->result = *result;
    if (result->retry_after.len > 0) memcpy(kept, result->retry_after.ptr, result->retry_after.len);
    kept += result->retry_after.len;
    if (result->error.len > 0) memcpy(kept, result->error.ptr, result->error.len);
    w->how = w->call->how;
    w->call = NULL;
}

webhook_status webhook_posix_client_send(webhook_posix_client *c, const webhook_request *r,
                                         webhook_result *result) {
    whi_posix_sending w;
    webhook_request limited = *r;
    if (r->deadline_ms == 0) limited.deadline_ms = webhook_posix_tick() + WHI_POSIX_LIMIT_MS;
    memset(result, 0, sizeof *result);
    w.result = result;
    w.how = WEBHOOK_ERR_IO;
    w.call = webhook_posix_client_start(c, &limited, whi_posix_sent, &w);
    if (w.call == NULL) {
        result->error = WHI_STR("no memory");
        return w.how;
    }
    while (w.call != NULL) webhook_posix_loop_wait(c->desc.loop, WHI_POSIX_NEVER);
    memcpy(c->kept, w.kept, sizeof c->kept); /* not before: callbacks may send as well */
    result->retry_after.ptr = c->kept;
    result->error.ptr = c->kept + result->retry_after.len;
    return w.how;
}

/* ---- >>posix: client, an engine's transport (implementation) ---- */

static void whi_posix_attempt_done(void *user, const webhook_result *result) {
    whi_posix_attempt *a = (whi_posix_attempt *)user;
    a->call = NULL;
    (void)webhook_delivery_complete(a->client->engine, a->attempt, result);
}

static void whi_posix_attempt_start(void *transport, webhook_attempt attempt,
                                    const webhook_request *r) {
    webhook_posix_client *c = (webhook_posix_client *)transport;
    webhook_result result;
    memset(&result, 0, sizeof result);
    result.error = WHI_STR("max_in_flight has changed"); /* since the client was told */
    if (attempt.slot < c->n_attempts) {
        whi_posix_attempt *a = &c->attempts[attempt.slot];
        a->client = c;
        a->attempt = attempt;
        a->call = webhook_posix_client_start(c, r, whi_posix_attempt_done, a);
        if (a->call != NULL) return;
        result.error = WHI_STR("no memory");
    }
    (void)webhook_delivery_complete(c->engine, attempt, &result);
}

static void whi_posix_attempt_cancel(void *transport, webhook_attempt attempt) {
    webhook_posix_client *c = (webhook_posix_client *)transport;
    whi_posix_attempt *a = attempt.slot < c->n_attempts ? &c->attempts[attempt.slot] : NULL;
    if (a == NULL || a->call == NULL || a->attempt.generation != attempt.generation) return;
    webhook_posix_client_cancel(c, a->call);
    a->call = NULL;
}

webhook_status webhook_posix_client_transport(webhook_posix_client *c, webhook_delivery *d,
                                              webhook_delivery_desc *desc) {
    size_t n;
    if (c == NULL || d == NULL || desc == NULL || c->engine != NULL) return WEBHOOK_ERR_ARGUMENT;
    n = desc->max_in_flight == 0 ? WHI_POSIX_SLOTS : desc->max_in_flight;
    c->attempts = (whi_posix_attempt *)calloc(n, sizeof *c->attempts);
    if (c->attempts == NULL) return WEBHOOK_ERR_IO;
    c->n_attempts = n;
    c->engine = d;
    desc->transport = c;
    desc->start = whi_posix_attempt_start;
    desc->cancel = whi_posix_attempt_cancel;
    return WEBHOOK_OK;
}

/* ---- >>posix: listener (implementation) ---- */

/* Callbacks may finish and close anything, what has called them too. So memory of connections and
 * of the listener is freed when the outermost of our functions leaves (depth). */

#define WHI_POSIX_CONNECTIONS 4096
#define WHI_POSIX_UNSENT 65536        /* bytes; while more wait, nothing is read */
#define WHI_POSIX_INPUT 16384         /* bytes */
#define WHI_POSIX_STALL_MS 30000      /* how long a finished connection may take nothing */
#define WHI_POSIX_LINGER_MS 2000      /* how long the peer's next byte or end is waited for, */
#define WHI_POSIX_LINGER_MAX_MS 30000 /* and its end in all */
#define WHI_POSIX_PAUSE_MS 100

enum {
    WHI_POSIX_OPEN,
    WHI_POSIX_FINISHING, /* what is unsent is sent */
    WHI_POSIX_LINGERING, /* all is sent; what comes is dropped, since a close that leaves bytes
                            unread resets the connection, and the peer may lose our last words */
    WHI_POSIX_ENDING,    /* the loop is to end it: closed is called from nowhere else */
    WHI_POSIX_OVER
};

struct webhook_posix_conn {
    webhook_posix_listener *l;
    webhook_posix_conn *next, **prev;
    webhook_posix_watch watch;
    void *user;
    char *out; /* cap bytes, of which those from begin to end are unsent; NULL: none are */
    size_t cap, begin, end;
    uint64_t linger_until;
    uint64_t deadline;
    int state;
    int ended;          /* the peer has sent all it wanted to */
    webhook_status how; /* of one that is ending */
};

struct webhook_posix_listener {
    webhook_posix_listener_desc desc;
    webhook_posix_watch watch;
    webhook_posix_conn *conns, *dead;
    size_t n;
    unsigned depth;
    int paused, closed;
};

/* whi_posix_accept_wait -- wait for connections, or first for a while */
static void whi_posix_accept_wait(webhook_posix_listener *l, int pause) {
    uint64_t later = webhook_posix_tick() + WHI_POSIX_PAUSE_MS;
    l->paused = 0;
    if (!pause && webhook_posix_loop_watch(l->desc.loop, &l->watch, WEBHOOK_POSIX_READ,
                                           WHI_POSIX_NEVER) == WEBHOOK_OK)
        return;
    l->paused = webhook_posix_loop_watch(l->desc.loop, &l->watch, 0, later) == WEBHOOK_OK;
}

static void whi_posix_leave(webhook_posix_listener *l) {
    webhook_posix_conn *conn;
    if (--l->depth > 0) return;
    while ((conn = l->dead) != NULL) {
        l->dead = conn->next;
        free(conn);
    }
    if (l->closed) free(l);
}

/* whi_posix_conn_over -- close it and say so */
static void whi_posix_conn_over(webhook_posix_conn *conn, webhook_status how) {
    webhook_posix_listener *l = conn->l;
    if (conn->state == WHI_POSIX_OVER) return;
    conn->state = WHI_POSIX_OVER;
    webhook_posix_loop_forget(l->desc.loop, &conn->watch);
    close(conn->watch.fd);
    free(conn->out);
    *conn->prev = conn->next;
    if (conn->next != NULL) conn->next->prev = conn->prev;
    conn->next = l->dead;
    l->dead = conn;
    l->n--;
    if (l->paused && !l->closed) whi_posix_accept_wait(l, 0);
    l->desc.closed(l->desc.user, conn, how);
}

/* whi_posix_conn_break -- nothing can be sent any more */
static void whi_posix_conn_break(webhook_posix_conn *conn) {
    conn->state = WHI_POSIX_ENDING;
    conn->how = WEBHOOK_ERR_IO;
}

/* whi_posix_conn_settle -- what its state wants from the loop */
static void whi_posix_conn_settle(webhook_posix_conn *conn) {
    unsigned events = 0;
    if (conn->state == WHI_POSIX_FINISHING && conn->out == NULL && conn->ended) {
        conn->state = WHI_POSIX_ENDING;
        conn->how = WEBHOOK_ERR_CLOSED;
    } else if (conn->state == WHI_POSIX_FINISHING && conn->out == NULL) {
        shutdown(conn->watch.fd, SHUT_WR);
        conn->state = WHI_POSIX_LINGERING;
        conn->linger_until = webhook_posix_tick() + WHI_POSIX_LINGER_MAX_MS;
        conn->deadline = webhook_posix_tick() + WHI_POSIX_LINGER_MS;
    }
    if (conn->state == WHI_POSIX_OVER) return;
    if (conn->state == WHI_POSIX_LINGERING || (conn->state == WHI_POSIX_OPEN && !conn->ended &&
                                               conn->end - conn->begin <= WHI_POSIX_UNSENT))
        events |= WEBHOOK_POSIX_READ;
    if (conn->out != NULL && conn->state != WHI_POSIX_ENDING) events |= WEBHOOK_POSIX_WRITE;
    if (webhook_posix_loop_watch(conn->l->desc.loop, &conn->watch, events,
                                 conn->state == WHI_POSIX_ENDING ? 0 : conn->deadline) ==
        WEBHOOK_OK)
        return;
    whi_posix_conn_break(conn);
    if (webhook_posix_loop_watch(conn->l->desc.loop, &conn->watch, 0, 0) != WEBHOOK_OK)
        return; /* cannot be: it has just left its place in the loop */
}

static void whi_posix_conn_read(webhook_posix_conn *conn) {
    webhook_posix_listener *l = conn->l;
    char in[WHI_POSIX_INPUT];
    size_t n = 0;
    webhook_status s = whi_posix_recv(conn->watch.fd, in, sizeof in, &n);
    if (s == WEBHOOK_WANT_RECV) return;
    if (conn->state == WHI_POSIX_LINGERING) {
        conn->deadline = webhook_posix_tick() + WHI_POSIX_LINGER_MS;
        if (s != WEBHOOK_OK || conn->deadline > conn->linger_until)
            whi_posix_conn_over(conn, WEBHOOK_OK);
    } else if (s == WEBHOOK_OK) {
        l->desc.input(l->desc.user, conn, webhook_str_from(in, n));
    } else if (s == WEBHOOK_ERR_CLOSED) {
        conn->ended = 1;
        l->desc.input(l->desc.user, conn, webhook_str_from(in, 0));
    } else {
        whi_posix_conn_over(conn, s);
    }
}

static void whi_posix_conn_write(webhook_posix_conn *conn) {
    webhook_status s = WEBHOOK_OK;
    size_t n;
    while (s == WEBHOOK_OK && conn->begin < conn->end) {
        n = 0;
        s = whi_posix_send(conn->watch.fd, conn->out + conn->begin, conn->end - conn->begin, &n);
        conn->begin += n;
        if (n > 0 && conn->state == WHI_POSIX_FINISHING)
            conn->deadline = webhook_posix_tick() + WHI_POSIX_STALL_MS;
    }
    if (conn->begin == conn->end) {
        free(conn->out);
        conn->out = NULL;
        conn->cap = conn->begin = conn->end = 0;
    }
    if (s == WEBHOOK_ERR_IO) whi_posix_conn_over(conn, s);
}

static void whi_posix_conn_late(webhook_posix_conn *conn) {
    conn->deadline = WHI_POSIX_NEVER;
    if (conn->state == WHI_POSIX_OPEN)
        conn->l->desc.expired(conn->l->desc.user, conn);
    else if (conn->state == WHI_POSIX_LINGERING)
        whi_posix_conn_over(conn, WEBHOOK_OK);
    else
        whi_posix_conn_over(conn, conn->state == WHI_POSIX_ENDING ? conn->how : WEBHOOK_ERR_IO);
}

static void whi_posix_conn_ready(webhook_posix_watch *w, unsigned events) {
    webhook_posix_conn *conn = (webhook_posix_conn *)w->user;
    webhook_posix_listener *l = conn->l;
    l->depth++;
    if (events == WEBHOOK_POSIX_TIME) whi_posix_conn_late(conn);
    if ((events & WEBHOOK_POSIX_WRITE) != 0) whi_posix_conn_write(conn);
    if ((events & WEBHOOK_POSIX_READ) != 0 && conn->state != WHI_POSIX_OVER)
        whi_posix_conn_read(conn);
    whi_posix_conn_settle(conn);
    whi_posix_leave(l);
}

static void whi_posix_conn_open(webhook_posix_listener *l, int fd) {
    webhook_posix_conn *conn = (webhook_posix_conn *)calloc(1, sizeof *conn);
    if (conn == NULL) {
        close(fd);
        return;
    }
    whi_posix_socket_set(fd);
    conn->l = l;
    conn->deadline = WHI_POSIX_NEVER;
    conn->watch.fd = fd;
    conn->watch.ready = whi_posix_conn_ready;
    conn->watch.user = conn;
    if (webhook_posix_loop_watch(l->desc.loop, &conn->watch, WEBHOOK_POSIX_READ, WHI_POSIX_NEVER) !=
        WEBHOOK_OK) {
        free(conn);
        close(fd);
        return;
    }
    conn->next = l->conns;
    if (conn->next != NULL) conn->next->prev = &conn->next;
    conn->prev = &l->conns;
    l->conns = conn;
    l->n++;
    l->desc.opened(l->desc.user, conn);
}

static void whi_posix_accept(webhook_posix_watch *w, unsigned events) {
    webhook_posix_listener *l = (webhook_posix_listener *)w->user;
    int i, fd, full = 0; /* no descriptor or no memory */
    (void)events;
    l->depth++;
    for (i = 0; i < WHI_POSIX_ROUND && !full && !l->closed; i++) {
        if (l->n >= l->desc.max_connections) break;
        fd = whi_posix_accept_one(w->fd);
        if (fd >= 0)
            whi_posix_conn_open(l, fd);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            break;
        else /* any other error is that of a connection which is gone */
            full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    }
    if (!l->closed) whi_posix_accept_wait(l, full || l->n >= l->desc.max_connections);
    whi_posix_leave(l);
}

/* whi_posix_bind -- a descriptor that listens, or -1 with words */
static int whi_posix_bind(const char *host, const char *port, const char **error) {
    struct addrinfo hints, *all = NULL, *i;
    int on = 1, fd = -1, e;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    e = getaddrinfo(host, port, &hints, &all);
    if (e != 0) {
        *error = gai_strerror(e);
        return -1;
    }
    for (i = all; i != NULL && fd < 0; i = i->ai_next) {
        fd = whi_posix_socket(i->ai_family);
        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            bind(fd, i->ai_addr, i->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
            break;
        *error = strerror(errno);
        if (fd >= 0) close(fd);
        fd = -1;
    }
    freeaddrinfo(all);
    return fd;
}

webhook_status webhook_posix_listener_open(webhook_posix_listener **listener,
                                           const webhook_posix_listener_desc *d,
                                           const char **error) {
    webhook_posix_listener *l;
    const char *unwanted;
    char host[256] = "127.0.0.1", port[8];
    if (error == NULL) error = &unwanted;
    *error = webhook_status_str(WEBHOOK_ERR_ARGUMENT);
    if (listener == NULL) return WEBHOOK_ERR_ARGUMENT;
    *listener = NULL;
    if (d == NULL || d->loop == NULL || d->opened == NULL || d->input == NULL ||
        d->expired == NULL || d->closed == NULL || d->host.len >= sizeof host)
        return WEBHOOK_ERR_ARGUMENT;
    if (d->host.len > 0) memcpy(host, d->host.ptr, d->host.len);
    if (d->host.len > 0) host[d->host.len] = 0;
    snprintf(port, sizeof port, "%u", (unsigned)d->port);
    *error = "no memory";
    l = (webhook_posix_listener *)calloc(1, sizeof *l);
    if (l == NULL) return WEBHOOK_ERR_IO;
    l->desc = *d;
    if (d->max_connections == 0) l->desc.max_connections = WHI_POSIX_CONNECTIONS;
    l->watch.ready = whi_posix_accept;
    l->watch.user = l;
    l->watch.fd = whi_posix_bind(host, port, error);
    if (l->watch.fd >= 0 && webhook_posix_loop_watch(d->loop, &l->watch, WEBHOOK_POSIX_READ,
                                                     WHI_POSIX_NEVER) == WEBHOOK_OK) {
        *error = "";
        *listener = l;
        return WEBHOOK_OK;
    }
    if (l->watch.fd >= 0) close(l->watch.fd);
    free(l);
    return WEBHOOK_ERR_IO;
}

uint16_t webhook_posix_listener_port(const webhook_posix_listener *l) {
    struct sockaddr_storage own;
    struct sockaddr_in in;
    socklen_t len = sizeof own;
    memset(&own, 0, sizeof own);
    if (getsockname(l->watch.fd, (struct sockaddr *)&own, &len) != 0) return 0;
    memcpy(&in, &own, sizeof in); /* the port of IPv6 lies in the same place */
    return ntohs(in.sin_port);
}

void webhook_posix_listener_close(webhook_posix_listener *l) {
    if (l == NULL || l->closed) return;
    l->depth++;
    l->closed = 1;
    webhook_posix_loop_forget(l->desc.loop, &l->watch);
    close(l->watch.fd);
    while (l->conns != NULL) {
        webhook_status how = l->conns->state == WHI_POSIX_LINGERING ? WEBHOOK_OK : WEBHOOK_ERR_IO;
        whi_posix_conn_over(l->conns, l->conns->state == WHI_POSIX_ENDING ? l->conns->how : how);
    }
    whi_posix_leave(l);
}

void *webhook_posix_conn_user(const webhook_posix_conn *conn) {
    return conn->user;
}

void webhook_posix_conn_set_user(webhook_posix_conn *conn, void *user) {
    conn->user = user;
}

/* whi_posix_conn_keep -- a copy of what could not be sent; 0: no memory */
static int whi_posix_conn_keep(webhook_posix_conn *conn, webhook_str bytes) {
    size_t unsent = conn->end - conn->begin, cap = conn->cap == 0 ? 4096 : conn->cap;
    char *out = conn->out;
    if (bytes.len > SIZE_MAX / 2 - unsent) return 0;
    while (cap < unsent + bytes.len) cap *= 2;
    if (bytes.len > conn->cap - conn->end && conn->begin > 0) {
        memmove(out, out + conn->begin, unsent);
        conn->begin = 0;
        conn->end = unsent;
    }
    if (cap > conn->cap) out = (char *)realloc(out, cap);
    if (out == NULL) return 0;
    memcpy(out + conn->end, bytes.ptr, bytes.len);
    conn->out = out;
    conn->cap = cap;
    conn->end += bytes.len;
    return 1;
}

void webhook_posix_conn_send(webhook_posix_conn *conn, webhook_str bytes) {
    webhook_status s = WEBHOOK_OK;
    size_t n;
    if (conn->state != WHI_POSIX_OPEN) return;
    while (conn->out == NULL && s == WEBHOOK_OK && bytes.len > 0) {
        s = whi_posix_send(conn->watch.fd, bytes.ptr, bytes.len, &n);
        if (s == WEBHOOK_OK) bytes = webhook_str_from(bytes.ptr + n, bytes.len - n);
    }
    if (s == WEBHOOK_ERR_IO || (bytes.len > 0 && !whi_posix_conn_keep(conn, bytes)))
        whi_posix_conn_break(conn);
    whi_posix_conn_settle(conn);
}

void webhook_posix_conn_finish(webhook_posix_conn *conn) {
    if (conn->state != WHI_POSIX_OPEN) return;
    conn->state = WHI_POSIX_FINISHING;
    conn->deadline = webhook_posix_tick() + WHI_POSIX_STALL_MS;
    whi_posix_conn_settle(conn);
}

void webhook_posix_conn_deadline(webhook_posix_conn *conn, uint64_t tick_ms) {
    if (conn->state != WHI_POSIX_OPEN) return;
    conn->deadline = tick_ms;
    whi_posix_conn_settle(conn);
}
#ifdef WHI_POSIX_EPOLL
#undef WHI_POSIX_EPOLL
#endif
#undef WHI_POSIX_NEVER
#undef WHI_POSIX_ROUND
#undef WHI_POSIX_IPS
#undef WHI_POSIX_BUCKETS
#undef WHI_POSIX_SPARE
#undef WHI_POSIX_KEEP_MS
#undef WHI_POSIX_REMEMBER_MS
#undef WHI_POSIX_SLOW_MS
#undef WHI_POSIX_STACK
#undef WHI_POSIX_SEND
#undef WHI_POSIX_LOOKUPS
#undef WHI_POSIX_IDLE
#undef WHI_POSIX_IDLE_PER_HOST
#undef WHI_POSIX_IDLE_MS
#undef WHI_POSIX_LIFE_MS
#undef WHI_POSIX_SLOTS
#undef WHI_POSIX_LIMIT_MS
#undef WHI_POSIX_TURN
#undef WHI_POSIX_CONNECTIONS
#undef WHI_POSIX_UNSENT
#undef WHI_POSIX_INPUT
#undef WHI_POSIX_STALL_MS
#undef WHI_POSIX_LINGER_MS
#undef WHI_POSIX_LINGER_MAX_MS
#undef WHI_POSIX_PAUSE_MS
#endif /* WEBHOOK_POSIX, implementation */

#undef WHI_IS
#undef WHI_ROM
#undef WHI_STATIC_ASSERT
#undef WHI_STR
#undef WHI_HOW
#ifndef WEBHOOK_SMALL
#undef WHI_SHA256_ROUND
#endif
#ifdef WHI_SHA_NI
#undef WHI_SHA_NI
#undef WHI_SHA_NI_QUAD
#endif

#ifdef __cplusplus
}
#endif

#endif /* WEBHOOK_IMPLEMENTATION */

/*
 * MIT License
 *
 * Copyright (c) 2026 the authors of webhook.h
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
 * associated documentation files (the "Software"), to deal in the Software without restriction,
 * including without limitation the rights to use, copy, modify, merge, publish, distribute,
 * sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in all copies or
 * substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
 * NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
 * NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
 * DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 */
