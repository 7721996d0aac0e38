#include "memory_lock.h"

#include <link.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "errors.h"

namespace chorale {

namespace {

constexpr int kOnFault = 1;  // MLOCK_ONFAULT, younger than some C libraries.

struct Range {
  uintptr_t begin;
  uintptr_t end;
};

std::mutex mutex;
bool locking = false;

std::map<void*, size_t>& Mappings() {
  static std::map<void*, size_t> mappings;
  return mappings;
}

bool Lock(uintptr_t begin, uintptr_t end) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  begin = begin / page * page;
  end = (end + page - 1) / page * page;
  return syscall(SYS_mlock2, begin, end - begin, kOnFault) == 0;
}

bool LockMapping(void* data, size_t bytes) {
  const uintptr_t begin = reinterpret_cast<uintptr_t>(data);
  return Lock(begin, begin + bytes);
}

int AddSegments(dl_phdr_info* object, size_t, void* ranges) {
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
    static_cast<std::vector<Range>*>(ranges)->push_back({begin, begin + segment.p_memsz});
  }
  return 0;
}

void AddHeapAndStack(std::vector<Range>* ranges) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("[heap]") == std::string::npos && line.find("[stack]") == std::string::npos) continue;
    const size_t dash = line.find('-');
    ranges->push_back({std::stoull(line.substr(0, dash), nullptr, 16), std::stoull(line.substr(dash + 1), nullptr, 16)});
  }
}

}  // namespace

void LockMemory(const Napi::CallbackInfo& info) {
  // Allowed to root and CAP_SYS_RESOURCE; without it the limit that the system set decides.
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &unlimited);
  std::vector<Range> ranges;
  dl_iterate_phdr(AddSegments, &ranges);
  AddHeapAndStack(&ranges);
  const std::lock_guard<std::mutex> guard(mutex);
  for (const auto& [data, bytes] : Mappings())
    ranges.push_back({reinterpret_cast<uintptr_t>(data), reinterpret_cast<uintptr_t>(data) + bytes});
  for (const Range& range : ranges)
    if (!Lock(range.begin, range.end))
      throw SystemError(info.Env(), errno, "mlock2", "(needs CAP_IPC_LOCK or a memlock limit above the program's size)");
  locking = true;
}

void MappingMade(void* data, size_t bytes) {
  const std::lock_guard<std::mutex> guard(mutex);
  Mappings()[data] = bytes;
  // Over the limit it stays unlocked: slower at worst, while a refusal would cost the transport.
  if (locking) LockMapping(data, bytes);
}

void MappingGone(void* data) {
  const std::lock_guard<std::mutex> guard(mutex);
  Mappings().erase(data);
}

}  // namespace chorale
