// Stands in for malloc and its like, which glibc allows, and passes every call on to glibc's own.
#include "meter.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <time.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static atomic_size_t live, peak, base;

static void *taken(void *block) {
    if (!block) return block;
    size_t now = atomic_fetch_add(&live, malloc_usable_size(block)) + malloc_usable_size(block);
    size_t most = atomic_load(&peak);
    while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {}
    return block;
}

static void given(void *block) {
    if (block) atomic_fetch_sub(&live, malloc_usable_size(block));
}

void *malloc(size_t size) { return taken(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    *block = memalign(alignment, size);
    return *block ? 0 : ENOMEM;
}

void *realloc(void *block, size_t size) {
    size_t before = block ? malloc_usable_size(block) : 0;
    void *moved = __libc_realloc(block, size);
    if (moved || size == 0) atomic_fetch_sub(&live, before);
    return taken(moved);
}

void free(void *block) {
    given(block);
    __libc_free(block);
}

void meter_begin(void) {
    size_t now = atomic_load(&live);
    atomic_store(&base, now);
    atomic_store(&peak, now);
}

size_t meter_peak_bytes(void) { return atomic_load(&peak) - atomic_load(&base); }

uint64_t meter_processor_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
