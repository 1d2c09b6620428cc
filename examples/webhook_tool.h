/* webhook_tool.h -- what the files of the tool share: the command line, input, output, secrets
 *
 * The tool is one program in a few files: webhook.c has the command line, this stuff and the
 * commands that only compute, webhook_send.c and webhook_listen.c have one command each.
 */
#ifndef WEBHOOK_TOOL_H
#define WEBHOOK_TOOL_H
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* NOLINT: the name is POSIX's */
#endif
#ifndef WEBHOOK_POSIX
#define WEBHOOK_POSIX
#endif
#include "../webhook.h"

enum { DONE = 0, NO = 1, BAD = 2 }; /* exit statuses; DONE is also "go on" inside */

#define BLOCK_SIZE 65536
#define OPERANDS_MAX 2
#define WORDS_MAX 16 /* of an option that may be given several times */

/* ---- the command line ---- */

enum { /* what an option means, whichever command has it */
       OPT_HELP,
       OPT_SECRET,
       OPT_SECRET_FILE,
       OPT_FIELD, /* send --header */
       OPT_ALLOW_NET,
       OPT_TIMESTAMP,
       OPT_HEADERS,
       OPT_SIGNATURE,
       OPT_NOW,
       OPT_TOLERANCE,
       OPT_HEADER, /* expand --header */
       OPT_EVENT,
       OPT_ID,
       OPT_TIME,
       OPT_WEBHOOK_ID,
       OPT_NAME,
       OPT_USER,
       OPT_PASS,
       OPT_NO_SIGNATURE,
       OPT_TIME_LIMIT,
       OPT_MAX_RETRIES,
       OPT_RETRY_BASE,
       OPT_ALLOW_PRIVATE,
       OPT_ALLOW_BASIC,
       OPT_CA_FILE,
       OPT_HOST,
       OPT_PORT,
       OPT_COUNT_OF_EVENTS,
       OPT_MAX_BODY,
       OPT_STATE,
       OPT_COUNT
};

typedef struct option {
    int id; /* OPT_… */
    int required;
    const char *name;  /* with its dashes */
    const char *value; /* what help calls its value; NULL: it has none */
    const char *help;
} option;

typedef struct secret_source {
    char *text; /* the secret, or the path of its file; writable, so that a secret can be wiped */
    int is_file;
} secret_source;

typedef struct word_list {
    char *word[WORDS_MAX];
    size_t n;
} word_list;

typedef struct arguments {
    const struct command *command;
    char *value[OPT_COUNT]; /* NULL: not given; not NULL for a switch that was given */
    char *operand[OPERANDS_MAX];
    size_t n_operands;
    secret_source secret[WEBHOOK_KEYS_MAX];
    size_t n_secrets;
    word_list fields, nets;
} arguments;

typedef struct command {
    const char *name;
    const char *operands[OPERANDS_MAX]; /* NULL: no more */
    int reads_input;                    /* 1: standard input */
    const char *summary;                /* one line of the overview */
    const char *about;                  /* the head of its help */
    const option *options;              /* a row without a name ends them */
    int (*run)(const arguments *a);     /* answers the exit status */
} command;

extern const command send_command, listen_command;

#define HELP_OPTION \
    { OPT_HELP, 0, "--help", NULL, "print this; -h is the same" }
#define SECRET_OPTION(more)                                                                        \
    {                                                                                              \
        OPT_SECRET, 0, "--secret", "S",                                                            \
            "the secret; other users of this machine can see it in the list of processes: better " \
            "use\n      --secret-file or the environment" more                                     \
    }
#define SEVERAL_SECRETS ";\n      up to 8 secrets and files together, any of which may have signed"
#define SECRET_FILE_OPTION                             \
    {                                                  \
        OPT_SECRET_FILE, 0, "--secret-file", "F",      \
            "a file with the secret; one line end at " \
            "its end is not part of it"                \
    }
#define TOLERANCE_OPTION                                                                         \
    {                                                                                            \
        OPT_TOLERANCE, 0, "--tolerance", "S|none",                                               \
            "1 to 4294967294 seconds that the timestamp may be off either way, 300 unless given" \
            "; none\n      does not look"                                                        \
    }
#define END_OF_OPTIONS \
    { 0, 0, NULL, NULL, NULL }

/* fail -- say that something is wrong; where may be NULL. Answers BAD, for the caller to return. */
int fail(const arguments *a, const char *where, const char *what);

/* failed -- the same for what could have gone well: answers NO */
int failed(const arguments *a, const char *where, const char *what);

/* fail_at -- the same as fail for a fault at a known byte of a text */
int fail_at(const arguments *a, const char *where, size_t offset, const char *what);

/* fail_json -- the same for a fault in the JSON of standard input */
int fail_json(const arguments *a, size_t offset, webhook_status s);

/* whole_number -- a text of 1 to 15 digits, at least min and at most max: 1, else 0 */
int whole_number(const char *text, uint64_t min, uint64_t max, uint64_t *v);

/* ---- input and output ---- */

/* read_up_to -- read until cap bytes are there or the input ends. Answers 0 or an errno. */
int read_up_to(int fd, void *ptr, size_t cap, size_t *len);

typedef struct input {
    char *block;
    webhook_str text;             /* all of standard input */
    webhook_json_scratch scratch; /* where it was asked for: enough for its normal form */
} input;

/* input_read_json -- all of standard input, and what its normal form takes; input_free in any case
 */
int input_read_json(const arguments *a, input *in);
void input_free(input *in);

typedef struct output {
    webhook_buf buf;
    int error; /* the errno of a write that failed */
    char block[BLOCK_SIZE];
} output;

/* output_open, output_put -- a writer to standard output */
void output_open(output *o);
void output_put(output *o, const char *text);

/* output_end -- write what is left, close, and say how all of it went */
int output_end(const arguments *a, output *o);

/* ---- secrets, time, the envelope ---- */

/* each_secret -- hand over the secrets of the options, at most max, else that of the environment;
 * where names the option, the file, or the variable. What stood on the command line is wiped there.
 * Ends with the first that take answers anything but DONE for. */
int each_secret(const arguments *a, size_t max,
                int (*take)(const arguments *a, void *user, const char *where, webhook_str secret),
                void *user);

typedef struct key_ring {
    webhook_hmac_key key[WEBHOOK_KEYS_MAX];
    size_t n;
} key_ring;

/* read_keys -- prepare them as keys; the caller wipes the ring */
int read_keys(const arguments *a, size_t max, key_ring *ring);

/* read_tolerance -- of --tolerance into the scheme */
int read_tolerance(const arguments *a, webhook_scheme *scheme);

/* read_envelope -- all of it but the payload; id is room for an $id that is made here */
int read_envelope(const arguments *a, char id[WEBHOOK_ID_MAX], webhook_envelope *e);

/* measure_payload -- can e be written, with in as its payload, and how long is it then? */
int measure_payload(const arguments *a, const input *in, const webhook_envelope *e, uint64_t *len);

/* ---- TLS ---- */

/* tls_name -- "OpenSSL 3.0.2", for instance; NULL: there is no TLS in this build */
const char *tls_name(void);
#endif
