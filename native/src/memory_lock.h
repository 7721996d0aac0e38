#pragma once

#include <napi.h>

#include <cstddef>

namespace chorale {

/**
 * `lockMemory()`: what the engine must not wait for a disk for stays in memory once it has been touched: the program and
 * its libraries, the C heap, the stack, and all frame memory. Not the JavaScript heap: V8 gives pages back with
 * madvise(MADV_DONTNEED), which the kernel refuses for locked pages, and V8 ends the process on that. This rules out
 * mlockall(), too.
 */
void LockMemory(const Napi::CallbackInfo& info);

/** Keeps a list of the driver's own mappings, so that they can be locked, now or as soon as they are made. */
void MappingMade(void* data, size_t bytes);
void MappingGone(void* data);

}  // namespace chorale
