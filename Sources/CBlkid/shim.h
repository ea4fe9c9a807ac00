/* libblkid, what lives on a block device. Nothing links it: the functions are found at run time, so that
   a start that never probes does not pay for loading it. */
#ifndef SWMDADM_CBLKID_SHIM_H
#define SWMDADM_CBLKID_SHIM_H

#include <blkid/blkid.h>
#include <dlfcn.h>
#include <stdlib.h>

#define CBLKID_EACH(each)                                                                     \
    each(new_probe) each(free_probe) each(probe_set_device) each(probe_enable_superblocks)    \
    each(probe_set_superblocks_flags) each(probe_enable_partitions) each(do_safeprobe)        \
    each(do_probe) each(probe_numof_values) each(probe_get_value)

struct cblkid {
#define CBLKID_MEMBER(name) __typeof__(&blkid_##name) _Nonnull name;
    CBLKID_EACH(CBLKID_MEMBER)
};

/* The library's functions, or NULL where it or one of them is missing. Never freed. */
static inline const struct cblkid *_Nullable cblkid_open(void)
{
    struct cblkid *found = malloc(sizeof *found);
    void *library = dlopen("libblkid.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!found || !library)
        return NULL;
#define CBLKID_FIND(name)                                                        \
    {                                                                            \
        void *address = dlsym(library, "blkid_" #name);                          \
        if (!address)                                                            \
            return NULL;                                                         \
        found->name = (__typeof__(&blkid_##name))address;                        \
    }
    CBLKID_EACH(CBLKID_FIND)
    return found;
}

#endif
