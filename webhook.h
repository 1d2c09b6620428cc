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
 *
 *     No option changes a struct or what a function means, so files built with different options
 *     link together.
 *
 * MEMORY AND OWNERSHIP
 *
 *     Nothing is allocated. A webhook_str points into somebody's bytes; whoever made it keeps them
 *     alive. What a function returns or writes into a struct points into the bytes that it was
 *     given, never into its context, unless its contract says otherwise. Contexts are plain structs
 *     without pointers into themselves: copy them, put them on the stack, forget them. Do not rely
 *     on their fields where no comment documents them. No slice ends in a NUL: print one by
 *     printf("%.*s", (int)s.len, s.ptr).
 *
 * THREADS AND REENTRANCY
 *
 *     No globals, no locks. Functions that take a const object may use the same one at the same
 *     time (a prepared key serves any number of threads). Everything else on one object is the
 *     caller's to serialise.
 *
 * INPUT AND OUTPUT
 *
 *     The library does no I/O. Output goes to a webhook_buf: a bounded block, a block that is
 *     flushed through your callback, or nothing at all (it then counts).
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
 *     signature                  8 keys, 8 candidates, timestamps of 15 digits, 64 KiB of kept fields
 *     $id                        36 bytes
 *
 * SECURITY MODEL
 *
 *     Trusted: the caller, its secrets, its clock. Not trusted: every byte that is parsed, every
 *     header, every body, until verify has said WEBHOOK_OK. Secrets are never branched on nor used
 *     as an index, and are wiped where they were copied. Verification works on raw bytes alone and
 *     never succeeds without a comparison; all causes of failure look the same. Not promised:
 *     resistance to power analysis, to faults, or to whoever can read the process's memory.
 *
 * PORTING
 *
 *     C99 or C++11, 8-bit bytes, two's complement, int of 16 bits or more, either byte order. No
 *     libc: compilers may turn copy loops into memcpy, memmove, memset or memcmp, so a bare-metal
 *     program supplies these four. The wrappers with `double` exist only where it is IEEE-754
 *     binary64; the functions on bit patterns beside them exist everywhere. On AVR the tables stay
 *     in flash.
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
    X(WEBHOOK_ERR_FULL, -15, "full: give more entries or wait until some expire")              \
    X(WEBHOOK_ERR_IO, -17, "input or output failed")                                           \
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
    ((len) / 5 + 260) /* words that suffice for any text of len bytes */

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
 * Returns  WEBHOOK_OK | WEBHOOK_ERR_ARGUMENT (something is still open, or nothing was put) | the
 *          error of the buf
 */
WEBHOOK_NODISCARD WEBHOOK_API webhook_status webhook_json_writer_end(webhook_json_writer *w);

/* ==== >>signature ==== */

#define WEBHOOK_KEYS_MAX 8       /* keys of one verification */
#define WEBHOOK_CANDIDATES_MAX 8 /* signatures in one header field */
#define WEBHOOK_TIMESTAMP_MAX 15 /* digits */
#define WEBHOOK_SIGNATURE_MAX 64 /* bytes of a signature field of the default scheme */

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
     * then sign returns WEBHOOK_ERR_ARGUMENT, verify WEBHOOK_ERR_SIGNATURE. NULL: the timestamp and
     * "." before it. */
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
 * Of what arrives these keep the fields of ID and HEADER parts, the request line for METHOD and
 * TARGET, and the timestamp's field where a TIMESTAMP stands behind the BODY.
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
 *   s        NULL = the default scheme; borrowed until final
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
 * webhook_verify_head.
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
 * Time     O(1) on average; a full guard is swept once whenever a key in it can have expired
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
/* whi_sha256_block -- one block, section 6.2.2. x holds the working variables a…h and then the last
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
    if (c == NULL || mac == NULL) return WEBHOOK_ERR_ARGUMENT;
    whi_zero(mac, WEBHOOK_SHA256_SIZE);
    if (c->key == NULL) return WEBHOOK_ERR_KEY;
    whi_sha256_close(&c->sha);
    whi_hmac_outer(c->key, c->sha.state, mac);
    webhook_wipe(c, sizeof *c);
    return WEBHOOK_OK;
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
static unsigned whi_hex_value(unsigned char c) {
    unsigned v = (unsigned)c - '0';
    if (v < 10) return v;
    v = ((unsigned)c | 0x20) - 'a';
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
    return whi_take_digits(in, 2, &d->hour) && whi_take(in, WEBHOOK_STR(":")) &&
           whi_take_digits(in, 2, &d->minute) && whi_take(in, WEBHOOK_STR(":")) &&
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
    if (!whi_take_digits(&text, 4, &d.year) || !whi_take(&text, WEBHOOK_STR("-")) ||
        !whi_take_digits(&text, 2, &d.month) || !whi_take(&text, WEBHOOK_STR("-")) ||
        !whi_take_digits(&text, 2, &d.day) || !whi_take(&text, WEBHOOK_STR("T")) ||
        !whi_take_time(&text, &d))
        return WEBHOOK_ERR_SYNTAX;
    if (whi_take(&text, WEBHOOK_STR("."))) {
        for (; digits < 9 && whi_take_digits(&text, 1, &one); digits++)
            if (digits < 3) ms = ms * 10 + one;
        if (digits == 0) return WEBHOOK_ERR_SYNTAX;
        for (; digits < 3; digits++) ms *= 10;
    }
    if (!whi_take(&text, WEBHOOK_STR("Z")) || text.len != 0) return WEBHOOK_ERR_SYNTAX;
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
    webhook_buf_put(b, WEBHOOK_STR(", "));
    whi_put_digits(b, d.day, 2);
    whi_put_char(b, ' ');
    webhook_buf_put(b, webhook_str_from(whi_months + 3 * (d.month - 1), 3));
    whi_put_char(b, ' ');
    whi_put_digits(b, d.year, 4);
    whi_put_char(b, ' ');
    whi_put_time(b, &d);
    webhook_buf_put(b, WEBHOOK_STR(" GMT"));
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
        ok = whi_take(&text, WEBHOOK_STR(", ")) && whi_take_digits(&text, 2, &d.day) &&
             whi_take(&text, WEBHOOK_STR("-")) && whi_take_month(&text, &d.month) &&
             whi_take(&text, WEBHOOK_STR("-")) && whi_take_digits(&text, 2, &d.year) &&
             whi_take(&text, WEBHOOK_STR(" ")) && whi_take_time(&text, &d) &&
             whi_take(&text, WEBHOOK_STR(" GMT"));
        if (ok) whi_date_century(&d, now_s);
    } else if (whi_take(&text, WEBHOOK_STR(", "))) { /* Sun, 06 Nov 1994 08:49:37 GMT */
        ok = whi_take_digits(&text, 2, &d.day) && whi_take(&text, WEBHOOK_STR(" ")) &&
             whi_take_month(&text, &d.month) && whi_take(&text, WEBHOOK_STR(" ")) &&
             whi_take_digits(&text, 4, &d.year) && whi_take(&text, WEBHOOK_STR(" ")) &&
             whi_take_time(&text, &d) && whi_take(&text, WEBHOOK_STR(" GMT"));
    } else { /* asctime: Sun Nov  6 08:49:37 1994 */
        ok = whi_take(&text, WEBHOOK_STR(" ")) && whi_take_month(&text, &d.month) &&
             whi_take(&text, WEBHOOK_STR(" ")) &&
             (whi_take(&text, WEBHOOK_STR(" ")) ? whi_take_digits(&text, 1, &d.day)
                                                : whi_take_digits(&text, 2, &d.day)) &&
             whi_take(&text, WEBHOOK_STR(" ")) && whi_take_time(&text, &d) &&
             whi_take(&text, WEBHOOK_STR(" ")) && whi_take_digits(&text, 4, &d.year);
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

/* Every 28th power of ten from 10^-364 to 10^308, normalised to 192 bits and cut. Times 5^0…27 they
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
    if (whi_take(&s, WEBHOOK_STR("-"))) (void)whi_take(&normal, WEBHOOK_STR("-"));
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
    if (!whi_has_byte(key, '\\') && whi_index_key(whi_bytes(key), whi_bytes(key) + key.len, &index))
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
    if (whi_json_begin(w, 0))
        webhook_buf_put(w->out, v ? WEBHOOK_STR("true") : WEBHOOK_STR("false"));
}

void webhook_json_put_null(webhook_json_writer *w) {
    if (whi_json_begin(w, 0)) webhook_buf_put(w->out, WEBHOOK_STR("null"));
}

webhook_status webhook_json_writer_end(webhook_json_writer *w) {
    if (w == NULL || w->out == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (w->depth > 0 || w->state != WHI_JSON_AFTER) webhook_buf_fail(w->out, WEBHOOK_ERR_ARGUMENT);
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
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    return whi_index_key(p, end, index);
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

/* whi_sift -- heap sort's step: v sinks from the hole at i until nothing below comes after it */
static void whi_sift(webhook_str text, uint32_t *key, size_t n, size_t i, whi_before_fn before) {
    uint32_t v = key[i];
    size_t child;
    while (i < n / 2) {
        child = 2 * i + 1;
        if (child + 1 < n && before(text, key[child], key[child + 1])) child++;
        if (!before(text, v, key[child])) break;
        key[i] = key[child];
        i = child;
    }
    key[i] = v;
}

static void whi_sort(webhook_str text, uint32_t *key, size_t n, whi_before_fn before) {
    size_t i;
    for (i = n / 2; i > 0; i--) whi_sift(text, key, n, i - 1, before);
    for (i = n; i > 1; i--) {
        uint32_t last = key[i - 1];
        key[i - 1] = key[0];
        key[0] = last;
        whi_sift(text, key, i - 1, 0, before);
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
    whi_sort(n->text, key, count, whi_before_by_content);
    *twice = n->text.len;
    for (i = 1; i < count; i++)
        if (key[i] < *twice && whi_key_compare(n->text, key[i - 1], key[i]) == 0)
            *twice = (size_t)key[i];
    return *twice < n->text.len ? WEBHOOK_ERR_DUPLICATE : WEBHOOK_OK;
}

/* whi_frame_end -- a container ends: what the second pass needs for it and the deepest of its
 * children; the second word of a frame holds the most that a child needs */
static void whi_frame_end(whi_normal *n) {
    size_t need = WHI_FRAME + (n->top - n->base) + (size_t)whi_frame(n)[1];
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
    uint32_t keys[WEBHOOK_JSON_DEPTH + 1], child[WEBHOOK_JSON_DEPTH + 1]; /* of each open level */
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
            uint32_t need = WHI_FRAME + keys[c.depth + 1] + child[c.depth + 1];
            if (need > child[c.depth]) child[c.depth] = need;
        }
    }
    if (s != WEBHOOK_END) {
        whi_at(offset, c.offset);
        return s;
    }
    *words = (size_t)child[0];
    return WEBHOOK_OK;
}

/* ==== >>signature (implementation) ==== */

/* Whatever only some schemes need hangs on a pointer in theirs, so that a program with the default
 * scheme links none of it: no webhook_buf, no parts, no look-up in kept fields. */

/* the fields of a head that mean something to a scheme */
enum {
    WHI_ROLE_WEBHOOK_ID,
    WHI_ROLE_MESSAGE_ID,
    WHI_ROLE_TIMESTAMP,
    WHI_ROLE_SIGNATURE,
    WHI_ROLE_NONE
};

#define WHI_DEFAULT_ID "X-Appwrite-Webhook-Id"
#define WHI_DEFAULT_TIMESTAMP "X-Appwrite-Webhook-Timestamp"
#define WHI_DEFAULT_SIGNATURE "X-Appwrite-Webhook-Signature"

/* WHI_IS -- is this the name (a literal), but for the case of its letters? */
#define WHI_IS(name, literal) whi_is(name, literal, sizeof(literal) - 1)
static unsigned whi_role_default(webhook_str name) {
    if (WHI_IS(name, WHI_DEFAULT_SIGNATURE)) return WHI_ROLE_SIGNATURE;
    if (WHI_IS(name, WHI_DEFAULT_TIMESTAMP)) return WHI_ROLE_TIMESTAMP;
    return WHI_IS(name, WHI_DEFAULT_ID) ? WHI_ROLE_WEBHOOK_ID : WHI_ROLE_NONE;
}

static unsigned whi_role_of(const webhook_scheme *s, webhook_str name) {
    if (s == NULL) return whi_role_default(name);
    if (name.len == 0) return WHI_ROLE_NONE;
    if (webhook_str_ieq(name, s->signature_field)) return WHI_ROLE_SIGNATURE;
    if (webhook_str_ieq(name, s->timestamp_field)) return WHI_ROLE_TIMESTAMP;
    if (webhook_str_ieq(name, s->webhook_id_field)) return WHI_ROLE_WEBHOOK_ID;
    return webhook_str_ieq(name, s->id_field) ? WHI_ROLE_MESSAGE_ID : WHI_ROLE_NONE;
}

webhook_scheme webhook_scheme_default(void) {
    webhook_scheme s = WEBHOOK_ZERO;
    s.webhook_id_field = WEBHOOK_STR(WHI_DEFAULT_ID);
    s.events_field = WEBHOOK_STR("X-Appwrite-Webhook-Events");
    s.name_field = WEBHOOK_STR("X-Appwrite-Webhook-Name");
    s.timestamp_field = WEBHOOK_STR(WHI_DEFAULT_TIMESTAMP);
    s.signature_field = WEBHOOK_STR(WHI_DEFAULT_SIGNATURE);
    return s;
}

static int whi_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
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
    } else if (!after) {
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
    if (m == NULL || (n > 0 && (keys == NULL || macs == NULL))) return WEBHOOK_ERR_ARGUMENT;
    if (whi_timed(s) && !whi_timestamp_read(m->timestamp, &timestamp_s))
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
    WHI_GENERAL_HEAD,      /* a = the timestamp; the keys are known: hash what is before the body */
    WHI_GENERAL_BODY,      /* a = a piece of it */
    WHI_GENERAL_FINAL      /* compare; on WEBHOOK_OK the MAC under the first key is in c->mac */
};

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
    if (role == WHI_ROLE_NONE) return;
    if ((c->seen & bit) == 0) { /* twice is an error even where both are equal */
        c->seen = (uint8_t)(c->seen | bit);
        s = WEBHOOK_OK;
        if (role == WHI_ROLE_TIMESTAMP) whi_verify_timestamp(c, value);
        if (role == WHI_ROLE_SIGNATURE) {
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
    if (c == NULL || c->phase != WHI_VERIFY_HEAD) return WEBHOOK_ERR_ARGUMENT;
    s = (webhook_status)c->status;
    if (s == WEBHOOK_OK) s = whi_keys_check(keys, n);
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

webhook_status webhook_verify_final(webhook_verify_ctx *c) {
    webhook_status s;
    if (c == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (c->phase != WHI_VERIFY_BODY) whi_verify_fail(c, WEBHOOK_ERR_ARGUMENT);
    if (c->status == WEBHOOK_OK && whi_verify_finish(c) != WEBHOOK_OK)
        whi_verify_fail(c, WEBHOOK_ERR_SIGNATURE);
    s = (webhook_status)c->status;
    webhook_wipe(&c->sha, sizeof c->sha);
    webhook_wipe(c->scratch, c->scratch_len * sizeof *c->scratch);
    if (s != WEBHOOK_OK) webhook_wipe(c, sizeof *c);
    if (s == WEBHOOK_OK) c->phase = WHI_VERIFY_DONE;
    return s;
}

webhook_replay_key webhook_verify_replay_key(const webhook_verify_ctx *c) {
    webhook_replay_key key = WEBHOOK_ZERO;
    uint32_t past = whi_tolerance(c->scheme == NULL ? 0 : c->scheme->tolerance_past_s);
    if (c->phase != WHI_VERIFY_DONE || c->n_macs == 0) return key; /* not authentic */
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

static webhook_status whi_verify_content(webhook_verify_ctx *c, webhook_str timestamp, int after) {
    webhook_message m = WEBHOOK_ZERO;
    webhook_buf b = WEBHOOK_ZERO;
    b.flush = whi_verify_feed;
    b.user = c;
    m.timestamp = timestamp;
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
        if (item.timestamp.len > 0) whi_verify_timestamp(c, item.timestamp);
        if (!item.has_mac) continue;
        if (c->n_macs == WEBHOOK_CANDIDATES_MAX || (c->n_macs > 0 && whi_verify_free(c) < 8))
            return WEBHOOK_ERR_SIGNATURE;
        whi_copy(whi_verify_candidate(c, c->n_macs), &item.mac, sizeof item.mac);
        c->n_macs++;
    }
    return s == WEBHOOK_END ? WEBHOOK_OK : s;
}

static webhook_status whi_verify_keys(webhook_verify_ctx *c, webhook_str timestamp) {
    unsigned i;
    if (whi_verify_free(c) / 8 < c->n_keys - 1u) return WEBHOOK_ERR_SCRATCH;
    for (i = 1; i < c->n_keys; i++)
        whi_copy(whi_verify_state(c, i), c->keys[i].inner, sizeof c->keys->inner);
    return whi_verify_content(c, timestamp, 0);
}

/* whi_verify_compare -- every MAC with every candidate, so that the time does not tell which */
static webhook_status whi_verify_compare(webhook_verify_ctx *c) {
    webhook_mac mac = WEBHOOK_ZERO;
    unsigned i, j, same = 0;
    if (whi_verify_content(c, webhook_str_from(NULL, 0), 1) != WEBHOOK_OK)
        return WEBHOOK_ERR_SIGNATURE;
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
        c->scheme->capture(c, WEBHOOK_STR(":method"), *a);
        c->scheme->capture(c, WEBHOOK_STR(":target"), *b);
        return WEBHOOK_OK;
    case WHI_GENERAL_FIELD: /* a name with a colon in front would forge the request line */
        if (capture && a->len > 0 && a->ptr[0] != ':') c->scheme->capture(c, *a, *b);
        whi_verify_take(c, whi_role_of(c->scheme, *a), *b);
        return WEBHOOK_OK;
    case WHI_GENERAL_SIGNATURE: return whi_verify_candidates(c, *a);
    case WHI_GENERAL_HEAD: return whi_verify_keys(c, *a);
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

/* ---- >>signature: schemes in parts ---- */

static char *whi_append(char *to, webhook_str s) {
    whi_copy(to, s.ptr, s.len);
    return to + s.len;
}

void webhook_verify_keep(webhook_verify_ctx *c, webhook_str name, webhook_str value) {
    size_t room = whi_verify_free(c) * 4 + (4u - c->kept % 4u) % 4u;
    char *to;
    if (room > (size_t)UINT16_MAX - c->kept) room = (size_t)UINT16_MAX - c->kept;
    if (whi_has_byte(name, '\n') || whi_has_byte(value, '\n')) { /* it would be a line of its own */
        whi_verify_fail(c, WEBHOOK_ERR_SIGNATURE);
        return;
    }
    if (room < 4 || name.len > room - 4 || value.len > room - 4 - name.len) {
        whi_verify_fail(c, WEBHOOK_ERR_SCRATCH);
        return;
    }
    to = (char *)c->scratch + c->kept;
    to = whi_append(whi_append(to, name), WEBHOOK_STR(": "));
    to = whi_append(whi_append(to, value), WEBHOOK_STR("\r\n"));
    c->kept = (uint16_t)(to - (char *)c->scratch);
}

/* whi_fields_find -- the value of the one field of that name in "Name: value\r\n" lines
 * Returns  WEBHOOK_OK | WEBHOOK_NO_MATCH | WEBHOOK_ERR_DUPLICATE */
static webhook_status whi_fields_find(webhook_str lines, webhook_str name, webhook_str *value) {
    webhook_status found = WEBHOOK_NO_MATCH;
    webhook_str line;
    while (webhook_str_cut(&lines, '\n', &line) == WEBHOOK_OK) {
        if (line.len <= name.len || line.ptr[name.len] != ':' ||
            !webhook_str_ieq(webhook_str_from(line.ptr, name.len), name))
            continue;
        if (found == WEBHOOK_OK) return WEBHOOK_ERR_DUPLICATE;
        line = whi_skip(line, name.len + 1);
        while (line.len > 0 && whi_blank(line.ptr[0])) line = whi_skip(line, 1);
        while (line.len > 0 && whi_blank(line.ptr[line.len - 1])) line.len--;
        *value = line;
        found = WEBHOOK_OK;
    }
    return found;
}

/* whi_part_text -- what a part stands for in this message; what is missing fails b */
static webhook_str whi_part_text(const webhook_scheme *s, const webhook_part *p,
                                 const webhook_message *m, webhook_buf *b) {
    webhook_str text = WEBHOOK_ZERO, name = p->text;
    int missing = 0;
    switch (p->kind) {
    case WEBHOOK_PART_LITERAL: return p->text;
    case WEBHOOK_PART_TIMESTAMP:
        text = m->timestamp;
        name = s->timestamp_field;
        break;
    case WEBHOOK_PART_ID:
        text = m->id;
        name = s->id_field;
        break;
    case WEBHOOK_PART_METHOD:
        text = m->method;
        name = WEBHOOK_STR(":method");
        break;
    case WEBHOOK_PART_TARGET:
        text = m->target;
        name = WEBHOOK_STR(":target");
        break;
    default: break;
    }
    if (text.len == 0 && whi_fields_find(m->fields, name, &text) != WEBHOOK_OK)
        missing = 1;
    else if (p->kind != WEBHOOK_PART_HEADER) /* a header field may be empty */
        missing = text.len == 0;
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
    const webhook_scheme *s = c->scheme;
    int behind = 0;
    size_t i;
    for (i = 0; i < s->n_parts; i++) {
        const webhook_part *p = s->parts + i;
        if (p->kind == WEBHOOK_PART_BODY) behind = 1;
        if ((p->kind == WEBHOOK_PART_ID && webhook_str_ieq(name, s->id_field)) ||
            (p->kind == WEBHOOK_PART_HEADER && webhook_str_ieq(name, p->text)) ||
            (p->kind == WEBHOOK_PART_METHOD && webhook_str_eq(name, WEBHOOK_STR(":method"))) ||
            (p->kind == WEBHOOK_PART_TARGET && webhook_str_eq(name, WEBHOOK_STR(":target"))) ||
            (p->kind == WEBHOOK_PART_TIMESTAMP && behind &&
             webhook_str_ieq(name, s->timestamp_field))) {
            webhook_verify_keep(c, name, value);
            return;
        }
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
        size_t home, from_home, from_hole;
        at = whi_replay_after(at, n);
        if (g[at].expires_s == 0) break;
        home = whi_replay_home(g[at].key, n);
        from_home = at >= home ? at - home : at + (n - 1) - home;
        from_hole = at >= hole ? at - hole : at + (n - 1) - hole;
        if (from_home < from_hole) continue; /* its search begins behind the hole */
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

webhook_status webhook_replay_restore(webhook_replay_entry *guard, size_t n) {
    uint32_t count = 0;
    size_t i;
    if (!whi_replay_size(guard, n)) return WEBHOOK_ERR_ARGUMENT;
    if (!whi_replay_valid(guard, n)) return WEBHOOK_ERR_DAMAGED;
    for (i = 1; i < n; i++) {
        if (guard[i].expires_s == 0) continue;
        count++;
        if (whi_replay_find(guard, n, guard[i].key) != i) return WEBHOOK_ERR_DAMAGED;
    }
    if (count != whi_replay_count(guard) || count > n - 1 - (n - 1) / 8) return WEBHOOK_ERR_DAMAGED;
    for (i = 1; i < n; i++)
        while ((guard[i].expires_s & WHI_REPLAY_PENDING) != 0) whi_replay_remove(guard, n, i);
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
    if (whi_replay_count(guard) >= n - 1 - (n - 1) / 8) {
        if (whi_replay_earliest(guard) > now) return WEBHOOK_ERR_FULL;
        whi_replay_sweep(guard, n, now);
        if (whi_replay_count(guard) >= n - 1 - (n - 1) / 8) return WEBHOOK_ERR_FULL;
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
#undef WHI_IS
#undef WHI_DEFAULT_ID
#undef WHI_DEFAULT_TIMESTAMP
#undef WHI_DEFAULT_SIGNATURE
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
    webhook_json_put_key(w, WEBHOOK_STR("$id"));
    webhook_json_put_string(w, e->id);
    webhook_json_put_key(w, WEBHOOK_STR("event"));
    webhook_json_put_string(w, e->event);
    webhook_json_put_key(w, WEBHOOK_STR("timestamp"));
    webhook_json_put_string(w, webhook_buf_str(&time));
    webhook_json_put_key(w, WEBHOOK_STR("payload"));
    webhook_json_writer_init(w, out); /* one value, and no other field, can follow */
    w->around = 1;
}

webhook_status webhook_payload_end(webhook_json_writer *w) {
    if (w == NULL || w->out == NULL) return WEBHOOK_ERR_ARGUMENT;
    if (w->depth > 0 || w->state != WHI_JSON_AFTER) webhook_buf_fail(w->out, WEBHOOK_ERR_ARGUMENT);
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

/* whi_envelope_field -- take the value of one of the four fields, which stands in v */
enum { WHI_ENVELOPE_ID, WHI_ENVELOPE_EVENT, WHI_ENVELOPE_TIMESTAMP, WHI_ENVELOPE_PAYLOAD };

static unsigned whi_envelope_which(const webhook_json_token *key) {
    if (webhook_json_is(key, WEBHOOK_STR("$id"))) return WHI_ENVELOPE_ID;
    if (webhook_json_is(key, WEBHOOK_STR("event"))) return WHI_ENVELOPE_EVENT;
    if (webhook_json_is(key, WEBHOOK_STR("timestamp"))) return WHI_ENVELOPE_TIMESTAMP;
    if (webhook_json_is(key, WEBHOOK_STR("payload"))) return WHI_ENVELOPE_PAYLOAD;
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

#undef WHI_ROM
#undef WHI_STATIC_ASSERT
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
