#pragma once

#include <semaphore.h>

#include <cstddef>
#include <cstdint>

#include "shared_memory.h"

namespace chorale {

/** A process-shared POSIX semaphore in shared memory, as the C library lays it out. */
struct Semaphore {
  std::shared_ptr<SharedMapping> mapping;
  sem_t* at = nullptr;

  explicit operator bool() const { return at != nullptr; }
  void Post(uint32_t times) const {
    for (uint32_t i = 0; i < times; i++)
      if (sem_post(at) != 0) return;  // Its owner has filled it up: nobody waits.
  }
  bool TryWait() const { return sem_trywait(at) == 0; }
  int Value() const {
    int value = 0;
    return sem_getvalue(at, &value) == 0 ? value : 0;
  }
};

/** Whether a semaphore can be at `offset` of a mapping. */
inline bool SemaphoreFits(const SharedMapping& mapping, int64_t offset) {
  return offset >= 0 && offset % static_cast<int64_t>(alignof(sem_t)) == 0 &&
         static_cast<size_t>(offset) + sizeof(sem_t) <= mapping.mapped();
}

}  // namespace chorale
