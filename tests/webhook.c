#define WEBHOOK_IMPLEMENTATION
#include "../webhook.h"
