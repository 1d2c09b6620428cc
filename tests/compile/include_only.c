/* include_only.c -- the interface defines nothing: no symbol comes of it, and no warning either */
#include "../../webhook.h"

/* A translation unit with nothing in it is none in C. */
typedef int include_only_unit;
