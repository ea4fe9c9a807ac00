/* libudev: enumerate and watch devices. */
#include <libudev.h>
