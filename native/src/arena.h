#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

namespace chorale {

/** Largest UDP payload; LARGE_FRAME_BYTES of core/net/frame-memory.ts. */
constexpr uint32_t kLargeFrameBytes = 65536;

/** Anonymous memory, touched lazily, unmapped when the last holder (native or a JavaScript buffer) lets go. */
class Mapping {
 public:
  /** Null, with errno set, if the system refuses. */
  static std::shared_ptr<Mapping> Create(size_t bytes);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  uint8_t* data() const { return data_; }

 private:
  Mapping(uint8_t* data, size_t bytes) : data_(data), bytes_(bytes) {}
  uint8_t* const data_;
  const size_t bytes_;
};

/** Part of a mapping as an ArrayBuffer that keeps the mapping alive. Parts given out must not overlap. */
Napi::ArrayBuffer Share(Napi::Env env, const std::shared_ptr<Mapping>& mapping, size_t offset, size_t bytes);

/** A stack of free frame numbers shared with JavaScript: entry 0 is the count. Nothing in it is trusted. */
class FreeStack {
 public:
  void Attach(int32_t* entries, int32_t first, int32_t capacity);
  /** How many frames are free; 0 if the count makes no sense. */
  int32_t count() const;
  /** The number `depth` places below the top (0 is the top), or -1 if it is no frame of this stack. */
  int32_t Peek(int32_t depth) const;
  void Drop(int32_t howMany) { entries_[0] = count() - howMany; }
  /** Takes the top frame, or -1. */
  int32_t Pop();
  void Push(int32_t frame);

 private:
  int32_t* entries_ = nullptr;
  int32_t first_ = 0;
  int32_t capacity_ = 0;
};

/** Frame memory: small slots, then large ones, and the two free stacks. See core/net/frame-memory.ts. */
class Arena {
 public:
  static std::shared_ptr<Arena> Create(uint32_t slotBytes, uint32_t slots, uint32_t largeSlots);

  /** Where a frame's bytes are and how many there is room for; null if there is no such frame. */
  uint8_t* Find(int32_t frame, uint32_t* room) const;
  void Release(int32_t frame) { (IsLarge(frame) ? large : small).Push(frame); }
  bool IsLarge(int32_t frame) const { return frame >= static_cast<int32_t>(slots); }
  size_t FrameBytes() const {
    return static_cast<size_t>(slots) * slotBytes + static_cast<size_t>(largeSlots) * kLargeFrameBytes;
  }

  uint32_t slotBytes = 0;
  uint32_t slots = 0;
  uint32_t largeSlots = 0;
  FreeStack small;
  FreeStack large;
  std::shared_ptr<Mapping> mapping;
  size_t smallStackOffset = 0;
  size_t largeStackOffset = 0;
};

/** The JavaScript side of an arena: `new Arena(slotBytes, slots, largeSlots)` has the properties of `FrameBuffers`. */
class ArenaObject : public Napi::ObjectWrap<ArenaObject> {
 public:
  static void Define(Napi::Env env, Napi::Object exports);
  explicit ArenaObject(const Napi::CallbackInfo& info);
  /** The arena behind a JavaScript value; throws a TypeError if there is none. */
  static std::shared_ptr<Arena> From(Napi::Value value);

 private:
  std::shared_ptr<Arena> arena_;
};

}  // namespace chorale
