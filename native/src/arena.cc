#include "arena.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>

#include "errors.h"
#include "memory_lock.h"

namespace chorale {

namespace {

constexpr napi_type_tag kArenaTag = {0x6d1f3b0c5a8e4f27, 0x9c42e7d0b1a6583f};
constexpr uint32_t kMaxSlots = 1u << 20;
constexpr uint32_t kMaxLargeSlots = 1u << 14;
constexpr size_t kPage = 4096;

size_t PageAligned(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

Napi::Int32Array ShareInts(Napi::Env env, const std::shared_ptr<Mapping>& mapping, size_t offset, size_t entries) {
  return Napi::Int32Array::New(env, entries, Share(env, mapping, offset, entries * sizeof(int32_t)), 0);
}

}  // namespace

std::shared_ptr<Mapping> Mapping::Create(size_t bytes) {
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return nullptr;
  MappingMade(data, bytes);
  return std::shared_ptr<Mapping>(new Mapping(static_cast<uint8_t*>(data), bytes));
}

Mapping::~Mapping() {
  MappingGone(data_);
  munmap(data_, bytes_);
}

Napi::ArrayBuffer Share(Napi::Env env, const std::shared_ptr<Mapping>& mapping, size_t offset, size_t bytes) {
  using Holder = std::shared_ptr<Mapping>;
  return Napi::ArrayBuffer::New(
      env, mapping->data() + offset, bytes, [](Napi::Env, void*, Holder* holder) { delete holder; },
      new Holder(mapping));
}

void FreeStack::Attach(int32_t* entries, int32_t first, int32_t capacity) {
  entries_ = entries;
  first_ = first;
  capacity_ = capacity;
  for (int32_t i = 0; i < capacity; i++) entries_[i + 1] = first + capacity - 1 - i;
  entries_[0] = capacity;
}

int32_t FreeStack::count() const {
  const int32_t count = entries_[0];
  return count < 0 || count > capacity_ ? 0 : count;
}

int32_t FreeStack::Peek(int32_t depth) const {
  const int32_t frame = entries_[count() - depth];
  return frame < first_ || frame - first_ >= capacity_ ? -1 : frame;
}

int32_t FreeStack::Pop() {
  if (count() == 0) return -1;
  const int32_t frame = Peek(0);
  if (frame != -1) Drop(1);
  return frame;
}

void FreeStack::Push(int32_t frame) {
  const int32_t top = count();
  if (top == capacity_) return;
  entries_[top + 1] = frame;
  entries_[0] = top + 1;
}

std::shared_ptr<Arena> Arena::Create(uint32_t slotBytes, uint32_t slots, uint32_t largeSlots) {
  auto arena = std::make_shared<Arena>();
  arena->slotBytes = slotBytes;
  arena->slots = slots;
  arena->largeSlots = largeSlots;
  arena->smallStackOffset = PageAligned(arena->FrameBytes());
  arena->largeStackOffset = arena->smallStackOffset + PageAligned((slots + 1) * sizeof(int32_t));
  arena->mapping = Mapping::Create(arena->largeStackOffset + PageAligned((largeSlots + 1) * sizeof(int32_t)));
  if (!arena->mapping) return nullptr;
  uint8_t* base = arena->mapping->data();
  arena->small.Attach(reinterpret_cast<int32_t*>(base + arena->smallStackOffset), 0, static_cast<int32_t>(slots));
  arena->large.Attach(reinterpret_cast<int32_t*>(base + arena->largeStackOffset), static_cast<int32_t>(slots),
                      static_cast<int32_t>(largeSlots));
  return arena;
}

uint8_t* Arena::Find(int32_t frame, uint32_t* room) const {
  if (frame < 0) return nullptr;
  const uint32_t number = static_cast<uint32_t>(frame);
  if (number < slots) {
    *room = slotBytes;
    return mapping->data() + static_cast<size_t>(number) * slotBytes;
  }
  if (number - slots >= largeSlots) return nullptr;
  *room = kLargeFrameBytes;
  return mapping->data() + static_cast<size_t>(slots) * slotBytes + static_cast<size_t>(number - slots) * kLargeFrameBytes;
}

void ArenaObject::Define(Napi::Env env, Napi::Object exports) {
  exports.Set("Arena", DefineClass(env, "Arena", {}));
}

ArenaObject::ArenaObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ArenaObject>(info) {
  Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsNumber())
    throw Napi::TypeError::New(env, "Arena(slotBytes, slots, largeSlots) takes three numbers.");
  const uint32_t slotBytes = info[0].As<Napi::Number>().Uint32Value();
  const uint32_t slots = info[1].As<Napi::Number>().Uint32Value();
  const uint32_t largeSlots = info[2].As<Napi::Number>().Uint32Value();
  if (slotBytes < 64 || slotBytes % 64 != 0 || slotBytes >= kLargeFrameBytes)
    throw Napi::RangeError::New(env, "slotBytes must be a multiple of 64, from 64 to below 65536.");
  if (slots < 1 || slots > kMaxSlots) throw Napi::RangeError::New(env, "slots must be 1 to 1048576.");
  if (largeSlots > kMaxLargeSlots) throw Napi::RangeError::New(env, "largeSlots must be 0 to 16384.");
  arena_ = Arena::Create(slotBytes, slots, largeSlots);
  if (!arena_) throw SystemError(env, errno, "mmap", "of the frame memory");
  Napi::Object self = info.This().As<Napi::Object>();
  self.TypeTag(&kArenaTag);
  self.Set("arena", Share(env, arena_->mapping, 0, arena_->FrameBytes()));
  self.Set("freeSmall", ShareInts(env, arena_->mapping, arena_->smallStackOffset, slots + 1));
  self.Set("freeLarge", ShareInts(env, arena_->mapping, arena_->largeStackOffset, largeSlots + 1));
  self.Set("slotBytes", Napi::Number::New(env, slotBytes));
  self.Set("slots", Napi::Number::New(env, slots));
  self.Set("largeSlots", Napi::Number::New(env, largeSlots));
}

std::shared_ptr<Arena> ArenaObject::From(Napi::Value value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kArenaTag))
    throw Napi::TypeError::New(value.Env(), "An Arena is required.");
  return Unwrap(value.As<Napi::Object>())->arena_;
}

}  // namespace chorale
