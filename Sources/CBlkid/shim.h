/* libblkid, what lives on a block device: types and constants; functions are found with dlopen at run time. */
#include <blkid/blkid.h>
