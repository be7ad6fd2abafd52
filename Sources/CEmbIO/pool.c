#include "CEmbIO.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct emb_pool {
    pthread_mutex_t lock; // guards what follows, but for `next`
    pthread_cond_t work, done;
    bool taken;    // a call has the threads
    bool ending;
    size_t call;   // number of the call under way, or the last
    size_t busy;   // threads that have not yet left it
    void (*body)(void *context, size_t index);
    void *context;
    size_t count;
    atomic_size_t next; // the first piece that nobody has taken
    pid_t process;
    size_t threads;
    pthread_t thread[];
};

static void take_pieces(emb_pool *pool) {
    size_t piece;
    while ((piece = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed)) < pool->count)
        pool->body(pool->context, piece);
}

static void *wait_for_work(void *argument) {
    emb_pool *pool = argument;
    size_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    while (true) {
        while (!pool->ending && pool->call == seen) pthread_cond_wait(&pool->work, &pool->lock);
        if (pool->ending) break;
        seen = pool->call;
        pthread_mutex_unlock(&pool->lock);
        take_pieces(pool);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0) pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

emb_pool *emb_pool_create(size_t threads) {
    emb_pool *pool = calloc(1, sizeof *pool + threads * sizeof pool->thread[0]);
    if (!pool) return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->process = getpid();
    while (pool->threads < threads && pthread_create(&pool->thread[pool->threads], NULL, wait_for_work, pool) == 0)
        pool->threads++;
    return pool;
}

/// Whether the caller now has the threads.
static bool begin(emb_pool *pool, size_t count, void (*body)(void *, size_t), void *context) {
    if (!pool || pool->threads == 0 || count < 2 || pool->process != getpid()) return false;
    pthread_mutex_lock(&pool->lock);
    const bool free = !pool->taken;
    if (free) {
        pool->taken = true;
        pool->body = body, pool->context = context, pool->count = count;
        atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
        pool->busy = pool->threads;
        pool->call++;
        pthread_cond_broadcast(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return free;
}

void emb_pool_run(emb_pool *pool, size_t count, void (*body)(void *context, size_t index), void *context) {
    if (!begin(pool, count, body, context)) {
        for (size_t i = 0; i < count; i++) body(context, i);
        return;
    }
    take_pieces(pool);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0) pthread_cond_wait(&pool->done, &pool->lock);
    pool->taken = false;
    pthread_mutex_unlock(&pool->lock);
}

void emb_pool_destroy(emb_pool *pool) {
    if (!pool) return;
    if (pool->process == getpid()) {
        pthread_mutex_lock(&pool->lock);
        pool->ending = true;
        pthread_cond_broadcast(&pool->work);
        pthread_mutex_unlock(&pool->lock);
        for (size_t i = 0; i < pool->threads; i++) pthread_join(pool->thread[i], NULL);
        pthread_mutex_destroy(&pool->lock);
        pthread_cond_destroy(&pool->work);
        pthread_cond_destroy(&pool->done);
    }
    free(pool);
}
