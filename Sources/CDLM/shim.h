/* libdlm: types and constants only; the functions are found with dlopen at run time. */
#include <sys/types.h>
#include <stdint.h>
#include <libdlm.h>
