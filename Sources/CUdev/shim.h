/* libudev, watching devices. Nothing links it: the functions are found at run time. */
#ifndef SWMDADM_CUDEV_SHIM_H
#define SWMDADM_CUDEV_SHIM_H

#include <dlfcn.h>
#include <libudev.h>
#include <stdlib.h>

#define CUDEV_EACH(each)                                                                      \
    each(new) each(unref) each(monitor_new_from_netlink) each(monitor_unref)                  \
    each(monitor_filter_add_match_subsystem_devtype) each(monitor_enable_receiving)           \
    each(monitor_get_fd) each(monitor_receive_device) each(device_unref)                      \
    each(device_get_action) each(device_get_properties_list_entry)                            \
    each(list_entry_get_next) each(list_entry_get_name) each(list_entry_get_value)

struct cudev {
#define CUDEV_MEMBER(name) __typeof__(&udev_##name) _Nonnull name;
    CUDEV_EACH(CUDEV_MEMBER)
};

/* The library's functions, or NULL where it or one of them is missing. Never freed. */
static inline const struct cudev *_Nullable cudev_open(void)
{
    struct cudev *found = malloc(sizeof *found);
    void *library = dlopen("libudev.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!found || !library)
        return NULL;
#define CUDEV_FIND(name)                                                         \
    {                                                                            \
        void *address = dlsym(library, "udev_" #name);                           \
        if (!address)                                                            \
            return NULL;                                                         \
        found->name = (__typeof__(&udev_##name))address;                         \
    }
    CUDEV_EACH(CUDEV_FIND)
    return found;
}

#endif
