#include "shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "errors.h"
#include "fault_guard.h"
#include "semaphore.h"

namespace chorale {

namespace {

constexpr napi_type_tag kSharedMemoryTag = {0x3f0a5be1c27d4986, 0xb18e6720d95c43fa};
constexpr size_t kMostBytes = size_t{1} << 30;

struct File {
  int fd = -1;
  ~File() {
    if (fd >= 0) close(fd);
  }
};

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

/** A new file that belongs to the given user, with all its blocks there: memory that is lacking is noticed now. */
void CreateFile(Napi::Env env, const std::string& path, size_t bytes, uid_t uid, gid_t gid, File* file) {
  file->fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file->fd < 0) throw SystemError(env, errno, "open", path);
  const char* step = "ftruncate";
  int error = ftruncate(file->fd, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
  if (error == 0) {
    step = "posix_fallocate";
    error = posix_fallocate(file->fd, 0, static_cast<off_t>(bytes));
  }
  if (error == 0 && (uid != geteuid() || gid != getegid()) && fchown(file->fd, uid, gid) != 0 && geteuid() == 0) {
    step = "fchown";
    error = errno;
  }
  if (error == 0 && fchmod(file->fd, 0600) != 0) {
    step = "fchmod";
    error = errno;
  }
  if (error == 0) return;
  unlink(path.c_str());
  throw SystemError(env, error, step, path);
}

void OpenFile(Napi::Env env, const std::string& path, size_t bytes, File* file) {
  file->fd = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file->fd < 0) throw SystemError(env, errno, "open", path);
  struct stat is;
  if (fstat(file->fd, &is) != 0) throw SystemError(env, errno, "fstat", path);
  if (!S_ISREG(is.st_mode) || static_cast<size_t>(is.st_size) < bytes) throw SystemError(env, EINVAL, "map", path);
}

}  // namespace

std::shared_ptr<SharedMapping> SharedMapping::Map(int fd, size_t bytes, bool twice) {
  const size_t mapped = twice ? 2 * bytes : bytes;
  void* base = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  auto* data = static_cast<uint8_t*>(base);
  for (size_t at = 0; at < mapped; at += bytes) {
    if (mmap(data + at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED) continue;
    const int error = errno;
    munmap(base, mapped);
    errno = error;
    return nullptr;
  }
  // Up to the page's end: what lies behind a shortened file's last byte in its last page still reads as zeros.
  const int place = fault_guard::Register(base, mapped);
  if (place >= 0) return std::shared_ptr<SharedMapping>(new SharedMapping(data, mapped, place));
  munmap(base, mapped);
  errno = ENOMEM;
  return nullptr;
}

SharedMapping::~SharedMapping() {
  fault_guard::Unregister(place_);
  munmap(data_, mapped_);
}

void SharedMemory::Define(Napi::Env env, Napi::Object exports) {
  exports.Set("SharedMemory", DefineClass(env, "SharedMemory",
                                          {
                                              InstanceMethod<&SharedMemory::Close>("close"),
                                              InstanceMethod<&SharedMemory::InitSemaphore>("initSemaphore"),
                                              InstanceMethod<&SharedMemory::PostSemaphore>("postSemaphore"),
                                              InstanceMethod<&SharedMemory::TryWaitSemaphore>("tryWaitSemaphore"),
                                              InstanceMethod<&SharedMemory::SemaphoreValue>("semaphoreValue"),
                                          }));
  int32_t* faults = fault_guard::Faults();
  if (faults == nullptr) throw SystemError(env, ENOMEM, "mmap", "of the table of mappings");
  // Never freed, and the same memory in every environment that loads the addon.
  Napi::ArrayBuffer counts = Napi::ArrayBuffer::New(env, faults, fault_guard::kMostMappings * sizeof(int32_t));
  exports.Set("sharedMemoryFaults", Napi::Int32Array::New(env, fault_guard::kMostMappings, counts, 0));
}

SharedMemory::SharedMemory(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SharedMemory>(info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsNumber())
    throw Napi::TypeError::New(env, "SharedMemory(path, bytes, options) takes a string and a number.");
  const std::string path = info[0].As<Napi::String>();
  const int64_t size = info[1].As<Napi::Number>().Int64Value();
  const Napi::Object options = info[2].IsObject() ? info[2].As<Napi::Object>() : Napi::Object::New(env);
  const bool twice = options.Get("twice").ToBoolean();
  if (size < 1 || static_cast<size_t>(size) > kMostBytes || (twice && static_cast<size_t>(size) % PageSize() != 0))
    throw Napi::RangeError::New(env, "bytes must be 1 to 1 GiB, and whole pages to be mapped twice.");
  const size_t bytes = static_cast<size_t>(size);
  const bool create = options.Get("create").ToBoolean();
  File file;
  if (create) {
    const Napi::Value uid = options.Get("uid");
    const Napi::Value gid = options.Get("gid");
    CreateFile(env, path, bytes, uid.IsNumber() ? uid.As<Napi::Number>().Uint32Value() : geteuid(),
               gid.IsNumber() ? gid.As<Napi::Number>().Uint32Value() : getegid(), &file);
  } else {
    OpenFile(env, path, bytes, &file);
  }
  mapping_ = SharedMapping::Map(file.fd, bytes, twice);
  if (!mapping_) {
    const int error = errno;
    if (create) unlink(path.c_str());
    throw SystemError(env, error, "mmap", path);
  }
  using Holder = std::shared_ptr<SharedMapping>;
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(
      env, mapping_->data(), mapping_->mapped(), [](Napi::Env, void*, Holder* holder) { delete holder; },
      new Holder(mapping_));
  buffer_ = Napi::Weak(buffer);
  // The bytes are no JavaScript memory: counted as such they bring a whole collection every few connections.
  Napi::MemoryManagement::AdjustExternalMemory(env, -static_cast<int64_t>(mapping_->mapped()));
  Napi::Object self = info.This().As<Napi::Object>();
  self.TypeTag(&kSharedMemoryTag);
  self.Set("buffer", buffer);
  self.Set("place", Napi::Number::New(env, mapping_->place()));
}

std::shared_ptr<SharedMapping> SharedMemory::From(Napi::Value value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kSharedMemoryTag))
    throw Napi::TypeError::New(value.Env(), "A SharedMemory is required.");
  auto mapping = Unwrap(value.As<Napi::Object>())->mapping_;
  if (!mapping) throw Napi::Error::New(value.Env(), "The SharedMemory is closed.");
  return mapping;
}

void SharedMemory::Close(const Napi::CallbackInfo&) {
  if (!mapping_) return;
  // Detached, the buffer has no bytes any more for whoever still holds it; the file goes with the last native holder.
  Napi::ArrayBuffer buffer = buffer_.Value();
  if (!buffer.IsEmpty()) {
    Napi::MemoryManagement::AdjustExternalMemory(buffer.Env(), static_cast<int64_t>(mapping_->mapped()));
    buffer.Detach();
  }
  buffer_.Reset();
  mapping_.reset();
}

void* SharedMemory::SemaphoreAt(Napi::Value offset) {
  if (!mapping_) throw Napi::Error::New(offset.Env(), "The SharedMemory is closed.");
  const int64_t at = offset.IsNumber() ? offset.As<Napi::Number>().Int64Value() : -1;
  if (!SemaphoreFits(*mapping_, at)) throw Napi::RangeError::New(offset.Env(), "No semaphore can be there.");
  return mapping_->data() + at;
}

void SharedMemory::InitSemaphore(const Napi::CallbackInfo& info) {
  if (sem_init(static_cast<sem_t*>(SemaphoreAt(info[0])), 1, 0) != 0)
    throw SystemError(info.Env(), errno, "sem_init", "in shared memory");
}

Napi::Value SharedMemory::PostSemaphore(const Napi::CallbackInfo& info) {
  const Semaphore semaphore{mapping_, static_cast<sem_t*>(SemaphoreAt(info[0]))};
  semaphore.Post(info[1].IsNumber() ? info[1].As<Napi::Number>().Uint32Value() : 1);
  return info.Env().Undefined();
}

Napi::Value SharedMemory::TryWaitSemaphore(const Napi::CallbackInfo& info) {
  const Semaphore semaphore{mapping_, static_cast<sem_t*>(SemaphoreAt(info[0]))};
  return Napi::Boolean::New(info.Env(), semaphore.TryWait());
}

Napi::Value SharedMemory::SemaphoreValue(const Napi::CallbackInfo& info) {
  const Semaphore semaphore{mapping_, static_cast<sem_t*>(SemaphoreAt(info[0]))};
  return Napi::Number::New(info.Env(), semaphore.Value());
}

}  // namespace chorale
