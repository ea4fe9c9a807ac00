/* The kernel's own headers for the md driver and block devices, as one module. */
#ifndef SWMDADM_CLINUX_SHIM_H
#define SWMDADM_CLINUX_SHIM_H

#include <linux/types.h>
#include <asm/byteorder.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <linux/raid/md_p.h>
#include <linux/fs.h>
#include <linux/blkpg.h>
#include <linux/netlink.h>

#endif
