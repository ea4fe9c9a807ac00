/* libblkid: what lives on a block device. */
#include <blkid/blkid.h>
