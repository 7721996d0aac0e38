#pragma once

#include <cstddef>
#include <cstdint>

namespace chorale {

/**
 * Mappings of files that somebody else can make shorter. A touch beyond the end of such a file, which would end the
 * process (SIGBUS), finds a page of zeros instead, and the mapping is marked. SIGBUS anywhere else does what it did before.
 */
namespace fault_guard {

constexpr int kMostMappings = 1 << 16;

/** Its place, or -1 if there are too many. */
int Register(void* base, size_t bytes);
void Unregister(int place);
/** How often each registered mapping faulted; never freed. Null if the system gives no memory. */
int32_t* Faults();

}  // namespace fault_guard

}  // namespace chorale
