#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>

namespace chorale {

/** A file mapped once, or twice back to back; guarded against its being made shorter (fault_guard.h). */
class SharedMapping {
 public:
  /** Maps the first `bytes` of an open file. Null, with errno set, if the system refuses. */
  static std::shared_ptr<SharedMapping> Map(int fd, size_t bytes, bool twice);
  ~SharedMapping();
  SharedMapping(const SharedMapping&) = delete;
  SharedMapping& operator=(const SharedMapping&) = delete;

  uint8_t* data() const { return data_; }
  size_t mapped() const { return mapped_; }
  int place() const { return place_; }

 private:
  SharedMapping(uint8_t* data, size_t mapped, int place) : data_(data), mapped_(mapped), place_(place) {}
  uint8_t* const data_;
  const size_t mapped_;
  const int place_;
};

/**
 * What JavaScript sees of a mapped file: `new SharedMemory(path, bytes, { create?, uid?, gid?, twice? })`, see
 * core/net/native-ipc.ts.
 */
class SharedMemory : public Napi::ObjectWrap<SharedMemory> {
 public:
  static void Define(Napi::Env env, Napi::Object exports);
  explicit SharedMemory(const Napi::CallbackInfo& info);
  /** The mapping behind a JavaScript value; throws if there is none or it is closed. */
  static std::shared_ptr<SharedMapping> From(Napi::Value value);

 private:
  void Close(const Napi::CallbackInfo& info);
  Napi::Value PostSemaphore(const Napi::CallbackInfo& info);
  Napi::Value TryWaitSemaphore(const Napi::CallbackInfo& info);
  Napi::Value SemaphoreValue(const Napi::CallbackInfo& info);
  void InitSemaphore(const Napi::CallbackInfo& info);
  void* SemaphoreAt(Napi::Value offset);

  std::shared_ptr<SharedMapping> mapping_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
};

}  // namespace chorale
