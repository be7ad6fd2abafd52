#define _GNU_SOURCE
#include "CEmbIO.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int emb_rename_new(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

int emb_begin_sync(int descriptor, long long offset, long long count) {
    return sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
}

int emb_reopen_direct(int descriptor) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
}

const char *emb_errno_name(int number) { return strerrorname_np(number); }

void emb_touch_pages(const void *start, size_t count, size_t page) {
    const volatile unsigned char *bytes = start;
    for (size_t i = 0; i < count; i += page) (void)bytes[i];
}

typedef struct task {
    void (*body)(void *context, size_t index);
    void *context;
    size_t index;
    pthread_t thread;
    int started;
} task;

static void *run(void *argument) {
    task *t = argument;
    t->body(t->context, t->index);
    return NULL;
}

void emb_run_threads(size_t count, void (*body)(void *context, size_t index), void *context) {
    task *tasks = count > 1 ? calloc(count, sizeof *tasks) : NULL;
    for (size_t i = 1; tasks && i < count; i++) {
        tasks[i] = (task){.body = body, .context = context, .index = i};
        tasks[i].started = pthread_create(&tasks[i].thread, NULL, run, &tasks[i]) == 0;
    }
    for (size_t i = 0; i < count; i++)
        if (!tasks || !tasks[i].started) body(context, i);
    for (size_t i = 1; tasks && i < count; i++)
        if (tasks[i].started) pthread_join(tasks[i].thread, NULL);
    free(tasks);
}
