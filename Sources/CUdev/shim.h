/* libudev, watching devices: types only; functions are found with dlopen at run time. */
#include <libudev.h>
