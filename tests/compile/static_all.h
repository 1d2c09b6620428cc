/* static_all.h -- every file its own copy of the library; given to every file with -include */
#define WEBHOOK_STATIC
#define WEBHOOK_IMPLEMENTATION
