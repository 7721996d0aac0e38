#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "ipc_socket.h"

namespace chorale {

namespace {

constexpr size_t kStackBytes = 128 * 1024;

/** Until a post; a signal does not end it. */
void Wait(sem_t* semaphore) {
  while (sem_wait(semaphore) != 0 && errno == EINTR) {
  }
}

}  // namespace

SemaphoreWaiter::SemaphoreWaiter(const Semaphore& semaphore, int wakeFd) : semaphore_(semaphore), wakeFd_(wakeFd) {
  sem_init(&begun_, 0, 0);
}

SemaphoreWaiter::~SemaphoreWaiter() { sem_destroy(&begun_); }

SemaphoreWaiter* SemaphoreWaiter::Start(const Semaphore& semaphore, int wakeFd) {
  auto* waiter = new SemaphoreWaiter(semaphore, wakeFd);
  uv_thread_options_t options = {};
  options.flags = UV_THREAD_HAS_STACK_SIZE;
  options.stack_size = kStackBytes;
  const auto run = [](void* self) { static_cast<SemaphoreWaiter*>(self)->Run(); };
  if (uv_thread_create_ex(&waiter->thread_, &options, run, waiter) == 0) return waiter;
  delete waiter;
  return nullptr;
}

void SemaphoreWaiter::Begin() { sem_post(&begun_); }

void SemaphoreWaiter::Stop() {
  ending_.store(true, std::memory_order_release);
  sem_post(&begun_);
  // If it waits for the peer: the mapping is this process's own until the thread has ended.
  sem_post(semaphore_.at);
  uv_thread_join(&thread_);
  delete this;
}

void SemaphoreWaiter::Run() {
  for (;;) {
    Wait(&begun_);
    if (ending_.load(std::memory_order_acquire)) return;
    // In slices: what the peer does to the semaphore must not keep this thread for ever.
    for (;;) {
      timespec until;
      clock_gettime(CLOCK_REALTIME, &until);
      until.tv_sec += 1;
      const bool taken = sem_timedwait(semaphore_.at, &until) == 0;
      if (ending_.load(std::memory_order_acquire)) return;
      if (taken) break;
    }
    taken_.store(true, std::memory_order_release);
    const uint64_t one = 1;
    while (write(wakeFd_, &one, sizeof one) < 0 && errno == EINTR) {
    }
  }
}

}  // namespace chorale
