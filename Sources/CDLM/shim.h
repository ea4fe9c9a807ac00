/* libdlm, and what of corosync's libraries tells the cluster's name and quorum. Nothing links them: the
   functions are found at run time, so that a host without a cluster needs none of them. */
#ifndef SWMDADM_CDLM_SHIM_H
#define SWMDADM_CDLM_SHIM_H

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>
#include <libdlm.h>

/* pipe2(2) is behind _GNU_SOURCE, which the Glibc module is built without. */
struct cdlm_pipe_ends {
    int read_end, write_end;
};

static inline int cdlm_pipe(struct cdlm_pipe_ends *_Nonnull ends)
{
    return (int)syscall(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK);
}

/* The name, which Swift sees as a tuple of the longest possible length. */
static inline const char *_Nonnull cdlm_entry_name(const struct dirent *_Nonnull entry) { return entry->d_name; }

#define CDLM_EACH(each)                                                                        \
    each(open_lockspace) each(close_lockspace) each(ls_get_fd) each(ls_lock) each(ls_unlock)   \
    each(dispatch)

struct cdlm {
#define CDLM_MEMBER(name) __typeof__(&dlm_##name) _Nonnull name;
    CDLM_EACH(CDLM_MEMBER)
};

/* The library's functions, or NULL where it or one of them is missing. Never freed. */
static inline const struct cdlm *_Nullable cdlm_open(void)
{
    struct cdlm *found = malloc(sizeof *found);
    /* Without threads of its own first: callbacks run where we dispatch. */
    void *library = dlopen("libdlm_lt.so.3", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        library = dlopen("libdlm.so.3", RTLD_NOW | RTLD_LOCAL);
    if (!found || !library)
        return NULL;
#define CDLM_FIND(name)                                                          \
    {                                                                            \
        void *address = dlsym(library, "dlm_" #name);                            \
        if (!address)                                                            \
            return NULL;                                                         \
        found->name = (__typeof__(&dlm_##name))address;                          \
    }
    CDLM_EACH(CDLM_FIND)
    return found;
}

/* The request that makes a node join or leave a lockspace, as linux/dlm_device.h lays it out; that header
   defines struct dlm_lksb once more and cannot be read beside libdlm's. */
struct cdlm_control_request {
    uint32_t version[3];
    uint8_t command, is_64_bit, unused[2];
    uint32_t flags, minor;
    char name[96];
};

enum { CDLM_CREATE_LOCKSPACE = 4, CDLM_REMOVE_LOCKSPACE = 5 };

/* Sends a request from a child process, which ends with the errno of the answer, or 0.

   The kernel answers only when dlm_controld has done its part, and no signal ends that wait. A process one of
   whose threads waits like that cannot end; a child can be left behind. It makes plain system calls only, and
   holds nothing of ours open while it waits. */
static inline pid_t cdlm_control_in_child(struct cdlm_control_request *_Nonnull request)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    if (syscall(SYS_close_range, 0u, ~0u, 0u) != 0)
        for (int descriptor = 0; descriptor < 4096; descriptor++)
            close(descriptor);
    int device = open("/dev/misc/dlm-control", O_RDWR | O_CLOEXEC);
    if (device < 0)
        device = open("/dev/dlm-control", O_RDWR | O_CLOEXEC);
    if (device < 0 || write(device, request, sizeof *request) < 0)
        _exit(errno);
    _exit(0);
}

/* One lock operation in flight. A blocking callback copies the kernel's status block over `status_block`, so
   whether the operation is complete, and how it ended, are remembered apart. */
struct cdlm_request {
    struct dlm_lksb status_block;
    int is_complete;
    int status;
};

static inline void cdlm_complete(void *argument)
{
    struct cdlm_request *request = argument;
    request->status = request->status_block.sb_status;
    request->is_complete = 1;
}

/* What a read of a lockspace's device gives: struct dlm_lock_result of linux/dlm_device.h, and the value block
   that may follow it. `blocked_mode` is zero for a completion. libdlm's own reader passes neither the mode nor
   which of the two it is, and writes into status blocks that are in use. */
struct cdlm_result {
    uint32_t version[3], length;
    void *_Nullable callback;
    void *_Nullable argument;
    void *_Nullable user_status;
    struct dlm_lksb status;
    uint8_t blocked_mode, unused[3];
    uint32_t value_offset;
    char value[DLM_LVB_LEN];
};

/* What libdlm works on for one lock. */
struct cdlm_lock {
    struct dlm_lksb status_block;
    char value[DLM_LVB_LEN];
};

static inline struct cdlm_lock *_Nullable cdlm_lock_new(void)
{
    struct cdlm_lock *lock = calloc(1, sizeof *lock);
    if (lock)
        lock->status_block.sb_lvbptr = lock->value;
    return lock;
}

/* Stand for callbacks, which the kernel only hands back; nobody calls them. */
static inline void cdlm_completed(void *argument) { (void)argument; }
static inline void cdlm_blocked(void *argument) { (void)argument; }

/* The parts of corosync's stable C ABI that we call (its manual pages cmap_get(3) and quorum_overview(3)). */
enum {
    CCOROSYNC_OK = 1,
    CCOROSYNC_LIBRARY = 2,
    CCOROSYNC_TIMEOUT = 5,
    CCOROSYNC_TRY_AGAIN = 6,
    CCOROSYNC_NO_MEMORY = 8,
    CCOROSYNC_ACCESS = 11,
    CCOROSYNC_NOT_EXIST = 12,
};

/* cs_dispatch_flags_t: all that is there; and of the flags of quorum_trackstart: what changes. */
enum { CCOROSYNC_DISPATCH_ALL = 2, CCOROSYNC_TRACK_CHANGES = 2 };

struct ccmap {
    int (*_Nonnull initialize)(uint64_t *handle);
    int (*_Nonnull get_string)(uint64_t handle, const char *key, char **value);
    int (*_Nonnull finalize)(uint64_t handle);
};

struct cquorum_callbacks {
    void (*notify)(void);
};

struct cquorum {
    int (*_Nonnull initialize)(uint64_t *handle, struct cquorum_callbacks *callbacks, uint32_t *type);
    int (*_Nonnull getquorate)(uint64_t handle, int *quorate);
    int (*_Nonnull trackstart)(uint64_t handle, unsigned int flags);
    int (*_Nonnull fd_get)(uint64_t handle, int *descriptor);
    int (*_Nonnull dispatch)(uint64_t handle, int kind);
    int (*_Nonnull finalize)(uint64_t handle);
};

#define CCOROSYNC_FIND(found, library, prefix, name)                             \
    {                                                                            \
        void *address = dlsym(library, prefix #name);                            \
        if (!address)                                                            \
            return NULL;                                                         \
        found->name = (__typeof__(found->name))address;                          \
    }

static inline const struct ccmap *_Nullable ccmap_open(void)
{
    struct ccmap *found = malloc(sizeof *found);
    void *library = dlopen("libcmap.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!found || !library)
        return NULL;
    CCOROSYNC_FIND(found, library, "cmap_", initialize)
    CCOROSYNC_FIND(found, library, "cmap_", get_string)
    CCOROSYNC_FIND(found, library, "cmap_", finalize)
    return found;
}

static inline const struct cquorum *_Nullable cquorum_open(void)
{
    struct cquorum *found = malloc(sizeof *found);
    void *library = dlopen("libquorum.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!found || !library)
        return NULL;
    CCOROSYNC_FIND(found, library, "quorum_", initialize)
    CCOROSYNC_FIND(found, library, "quorum_", getquorate)
    CCOROSYNC_FIND(found, library, "quorum_", trackstart)
    CCOROSYNC_FIND(found, library, "quorum_", fd_get)
    CCOROSYNC_FIND(found, library, "quorum_", dispatch)
    CCOROSYNC_FIND(found, library, "quorum_", finalize)
    return found;
}

#endif
