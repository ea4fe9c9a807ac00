/* The kernel's own headers for the md driver and block devices, as one module. */
#ifndef SWMDADM_CLINUX_SHIM_H
#define SWMDADM_CLINUX_SHIM_H

#include <dirent.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/file.h>
#include <getopt.h>
#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/io_uring.h>
#include <linux/types.h>
#include <asm/byteorder.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <linux/raid/md_p.h>
#include <linux/fs.h>
#include <linux/blkpg.h>
#include <linux/netlink.h>

/* ioctl(2) is variadic and makedev(3) a macro: neither can be spelt in Swift. */
static inline int clinux_ioctl_pointer(int descriptor, unsigned long request, void *argument)
{
    return ioctl(descriptor, request, argument);
}

static inline int clinux_ioctl_number(int descriptor, unsigned long request, unsigned long argument)
{
    return ioctl(descriptor, request, argument);
}

static inline unsigned long clinux_makedev(unsigned int number_major, unsigned int number_minor)
{
    return makedev(number_major, number_minor);
}

/* Behind _GNU_SOURCE, which the Glibc module is built without. */
enum { CLINUX_O_DIRECT = __O_DIRECT };

static inline int clinux_zero_range(int descriptor, long offset, long count)
{
    return (int)syscall(SYS_fallocate, descriptor, FALLOC_FL_ZERO_RANGE, offset, count);
}

/* io_uring_setup(2) and io_uring_enter(2): glibc has no wrappers. A ring of reads, used by one thread. */
struct clinux_ring {
    int descriptor;
    /* How many requests may be on their way. */
    unsigned entries;
    unsigned *_Null_unspecified submission_tail, *_Null_unspecified completion_head, *_Null_unspecified completion_tail;
    unsigned submission_mask, completion_mask;
    struct io_uring_sqe *_Null_unspecified requests;
    struct io_uring_cqe *_Null_unspecified answers;
    void *_Null_unspecified memory;
    unsigned long memory_size, requests_size;
};

static inline void clinux_ring_close(struct clinux_ring *_Nonnull ring)
{
    if (ring->requests)
        munmap(ring->requests, ring->requests_size);
    if (ring->memory)
        munmap(ring->memory, ring->memory_size);
    close(ring->descriptor);
}

static inline void *_Null_unspecified clinux_ring_map(int descriptor, unsigned long size, long what)
{
    void *found = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, what);
    return found == MAP_FAILED ? 0 : found;
}

/* False where the kernel has no rings, or lets us have none. */
static inline int clinux_ring_open(struct clinux_ring *_Nonnull ring, unsigned entries)
{
    struct io_uring_params facts = { .flags = IORING_SETUP_CLAMP };
    *ring = (struct clinux_ring){ .descriptor = (int)syscall(SYS_io_uring_setup, entries, &facts) };
    if (ring->descriptor < 0)
        return 0;
    ring->entries = facts.sq_entries;
    unsigned long submission = facts.sq_off.array + facts.sq_entries * sizeof(unsigned);
    unsigned long completion = facts.cq_off.cqes + facts.cq_entries * sizeof(struct io_uring_cqe);
    ring->memory_size = submission > completion ? submission : completion;
    ring->requests_size = facts.sq_entries * sizeof(struct io_uring_sqe);
    if (facts.features & IORING_FEAT_SINGLE_MMAP) {
        ring->memory = clinux_ring_map(ring->descriptor, ring->memory_size, IORING_OFF_SQ_RING);
        ring->requests = clinux_ring_map(ring->descriptor, ring->requests_size, IORING_OFF_SQES);
    }
    if (!ring->memory || !ring->requests) {
        clinux_ring_close(ring);
        return 0;
    }
    char *memory = ring->memory;
    ring->submission_tail = (unsigned *)(memory + facts.sq_off.tail);
    ring->submission_mask = *(unsigned *)(memory + facts.sq_off.ring_mask);
    ring->completion_head = (unsigned *)(memory + facts.cq_off.head);
    ring->completion_tail = (unsigned *)(memory + facts.cq_off.tail);
    ring->completion_mask = *(unsigned *)(memory + facts.cq_off.ring_mask);
    ring->answers = (struct io_uring_cqe *)(memory + facts.cq_off.cqes);
    /* Places in the queue stand for themselves. */
    for (unsigned index = 0; index < facts.sq_entries; index++)
        ((unsigned *)(memory + facts.sq_off.array))[index] = index;
    return 1;
}

/* Queues a read; of those that were not handed over yet there may be `entries`. */
static inline void clinux_ring_read(struct clinux_ring *_Nonnull ring, int descriptor, void *_Nonnull buffer,
                                    unsigned count, unsigned long long offset, unsigned long long tag)
{
    unsigned tail = *ring->submission_tail;
    ring->requests[tail & ring->submission_mask] = (struct io_uring_sqe){
        .opcode = IORING_OP_READ, .fd = descriptor, .addr = (unsigned long)buffer, .len = count, .off = offset,
        .user_data = tag };
    __atomic_store_n(ring->submission_tail, tail + 1, __ATOMIC_RELEASE);
}

/* Hands over queued requests and waits for `awaited` answers; how many were handed over, or -1. */
static inline int clinux_ring_enter(struct clinux_ring *_Nonnull ring, unsigned queued, unsigned awaited)
{
    return (int)syscall(SYS_io_uring_enter, ring->descriptor, queued, awaited, IORING_ENTER_GETEVENTS, 0, 0);
}

/* Takes one answer, if one is there: bytes read, or a negative errno. */
static inline int clinux_ring_take(struct clinux_ring *_Nonnull ring, unsigned long long *_Nonnull tag,
                                   int *_Nonnull answer)
{
    unsigned head = *ring->completion_head;
    if (head == __atomic_load_n(ring->completion_tail, __ATOMIC_ACQUIRE))
        return 0;
    *tag = ring->answers[head & ring->completion_mask].user_data;
    *answer = ring->answers[head & ring->completion_mask].res;
    __atomic_store_n(ring->completion_head, head + 1, __ATOMIC_RELEASE);
    return 1;
}

static inline long clinux_random(void *bytes, unsigned long count)
{
    return syscall(SYS_getrandom, bytes, count, 0);
}

/* A directory entry is shorter than its declared type: its name must be read in place. */
static inline const char *_Nonnull clinux_entry_name(const struct dirent *_Nonnull entry)
{
    return entry->d_name;
}

static inline unsigned int clinux_major(unsigned long number) { return major(number); }
static inline unsigned int clinux_minor(unsigned long number) { return minor(number); }

/* getopt's state is in global variables, which Swift does not let near. */
static inline void clinux_getopt_restart(void) { optind = 0; }
static inline char *clinux_getopt_argument(void) { return optarg; }

#endif
