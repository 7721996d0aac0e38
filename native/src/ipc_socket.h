#pragma once

#include <uv.h>

#include <atomic>
#include <cstdint>

#include "semaphore.h"

namespace chorale {

/** What a wake-up tells of a socket; IPC_READY of core/net/native-ipc.ts. */
enum Ready : int32_t {
  kReadable = 1,
  kHungUp = 2,
  kWaited = 4,
  kWritable = 8,
};

/**
 * A thread that waits for a semaphore so that the event loop does not. It takes one unit for each `Begin` and then wakes
 * the loop.
 */
class SemaphoreWaiter {
 public:
  /** `wakeFd` is an eventfd; false if there can be no thread. */
  static SemaphoreWaiter* Start(const Semaphore& semaphore, int wakeFd);
  /** Ends the thread and frees this. */
  void Stop();
  /** One more unit is to be waited for. */
  void Begin();
  /** Whether a unit has been taken since the last call. */
  bool Taken() { return taken_.exchange(false, std::memory_order_acquire); }

 private:
  SemaphoreWaiter(const Semaphore& semaphore, int wakeFd);
  ~SemaphoreWaiter();
  void Run();

  const Semaphore semaphore_;
  const int wakeFd_;
  uv_thread_t thread_;
  sem_t begun_;
  std::atomic<bool> ending_{false};
  std::atomic<bool> taken_{false};
};

enum class IpcSocketKind { kListening, kStream, kDatagram };

/** One socket of an IpcPoller. */
struct IpcSocket {
  int32_t number = -1;
  int fd = -1;
  IpcSocketKind kind = IpcSocketKind::kStream;
  /** Its bytes carry no meaning but "look": they are read and dropped at each wake-up. */
  bool belled = false;
  bool hungUp = false;
  /** Posted together with a byte, posted alone, looked at before JavaScript is woken, and waited for by a thread. */
  Semaphore loud;
  Semaphore quiet;
  Semaphore watched;
  Semaphore awaited;
  /** Bytes that the peer's buffer had no room for. */
  uint32_t owed = 0;
  SemaphoreWaiter* waiter = nullptr;
};

}  // namespace chorale
