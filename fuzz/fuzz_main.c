/* fuzz_main.c -- replays seeds without libFuzzer: harness FILE-OR-DIRECTORY…; each file is one input */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned inputs;

static int replay_file(const char *path) {
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    long size;
    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    rewind(f);
    /* exact: sanitizers see one byte too far */
    data = (uint8_t *)malloc(size == 0 ? 1 : (size_t)size);
    if (data == NULL || fread(data, 1, (size_t)size, f) != (size_t)size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        free(data);
        fclose(f);
        return 1;
    }
    fclose(f);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    inputs++;
    return 0;
}

static int replay(const char *path) {
    DIR *d = opendir(path);
    struct dirent *e;
    int bad = 0;
    if (d == NULL) return replay_file(path);
    while ((e = readdir(d)) != NULL) {
        char inner[1024];
        if (e->d_name[0] == '.') continue;
        snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        bad |= replay_file(inner);
    }
    closedir(d);
    return bad;
}

int main(int argc, char **argv) {
    static const uint8_t nothing[1];
    int i, bad = 0;
    LLVMFuzzerTestOneInput(nothing, 0); /* as libFuzzer does */
    for (i = 1; i < argc; i++) bad |= replay(argv[i]);
    if (inputs == 0) fprintf(stderr, "%s: no input\n", argv[0]);
    return bad || inputs == 0;
}
