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
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/aio_abi.h>
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

/* io_submit(2) and its kin: glibc has no wrappers. */
static inline int clinux_io_setup(unsigned int count, aio_context_t *_Nonnull context)
{
    return (int)syscall(SYS_io_setup, count, context);
}

static inline int clinux_io_destroy(aio_context_t context)
{
    return (int)syscall(SYS_io_destroy, context);
}

/* As many of the requests, from the first on, as the kernel takes at once; it copies them. */
static inline int clinux_io_submit(aio_context_t context, struct iocb *_Nonnull requests, long count)
{
    struct iocb *each[64];
    if (count > 64)
        count = 64;
    for (long index = 0; index < count; index++)
        each[index] = requests + index;
    return (int)syscall(SYS_io_submit, context, count, each);
}

static inline int clinux_io_getevents(aio_context_t context, long count, struct io_event *_Nonnull events)
{
    return (int)syscall(SYS_io_getevents, context, 1L, count, events, (void *)0);
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
