/* api.h -- the option WEBHOOK_API as a shared library sets it; given to every file with -include */
#define WEBHOOK_API __attribute__((visibility("default"))) extern
