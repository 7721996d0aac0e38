#include "fault_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <vector>

namespace chorale {
namespace fault_guard {

namespace {

struct Guarded {
  std::atomic<uintptr_t> base;
  std::atomic<size_t> bytes;
};

// Reached from a signal handler: plain memory that is never freed.
Guarded* table = nullptr;
int32_t* faults = nullptr;
std::atomic<int> used{0};
uintptr_t page = 4096;
struct sigaction before;

std::mutex mutex;
std::vector<int>& FreePlaces() {
  static std::vector<int> places;
  return places;
}

int PlaceOf(uintptr_t address) {
  const int most = used.load(std::memory_order_acquire);
  for (int i = 0; i < most; i++) {
    const uintptr_t base = table[i].base.load(std::memory_order_acquire);
    if (base != 0 && address >= base && address - base < table[i].bytes.load(std::memory_order_relaxed)) return i;
  }
  return -1;
}

void OnBusError(int number, siginfo_t* info, void* context) {
  const int saved = errno;
  const uintptr_t address = reinterpret_cast<uintptr_t>(info->si_addr);
  const int place = info->si_code == BUS_ADRERR ? PlaceOf(address) : -1;
  if (place >= 0) {
    void* at = reinterpret_cast<void*>(address / page * page);
    if (mmap(at, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) {
      __atomic_add_fetch(&faults[place], 1, __ATOMIC_RELEASE);
      errno = saved;
      return;
    }
  }
  if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  } else {
    // The instruction runs again, or the signal comes again, with the system's own behaviour.
    signal(number, SIG_DFL);
    if (info->si_code <= 0) raise(number);
  }
  errno = saved;
}

template <typename T>
T* Plain(size_t entries) {
  void* data = mmap(nullptr, entries * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return data == MAP_FAILED ? nullptr : static_cast<T*>(data);
}

bool Prepare() {
  if (faults != nullptr) return true;
  page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  table = Plain<Guarded>(kMostMappings);
  int32_t* counts = Plain<int32_t>(kMostMappings);
  if (table == nullptr || counts == nullptr) return false;
  struct sigaction action = {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGBUS, &action, &before) != 0) return false;
  faults = counts;
  return true;
}

}  // namespace

int Register(void* base, size_t bytes) {
  const std::lock_guard<std::mutex> guard(mutex);
  if (!Prepare()) return -1;
  int place = used.load(std::memory_order_relaxed);
  if (!FreePlaces().empty()) {
    place = FreePlaces().back();
    FreePlaces().pop_back();
  } else if (place == kMostMappings) {
    return -1;
  } else {
    used.store(place + 1, std::memory_order_release);
  }
  __atomic_store_n(&faults[place], 0, __ATOMIC_RELEASE);
  table[place].bytes.store(bytes, std::memory_order_relaxed);
  table[place].base.store(reinterpret_cast<uintptr_t>(base), std::memory_order_release);
  return place;
}

void Unregister(int place) {
  const std::lock_guard<std::mutex> guard(mutex);
  table[place].base.store(0, std::memory_order_release);
  FreePlaces().push_back(place);
}

int32_t* Faults() {
  const std::lock_guard<std::mutex> guard(mutex);
  return Prepare() ? faults : nullptr;
}

}  // namespace fault_guard
}  // namespace chorale
