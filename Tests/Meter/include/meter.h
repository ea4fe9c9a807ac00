// What a piece of work costs this process: memory taken from malloc at a time, and processor time.
#ifndef METER_H
#define METER_H

#include <stddef.h>
#include <stdint.h>

// Starts to count.
void meter_begin(void);
// The most bytes that were allocated since then beyond those that were before.
size_t meter_peak_bytes(void);
// Nanoseconds of processor time, of all threads.
uint64_t meter_processor_time(void);

#endif
