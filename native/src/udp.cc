#include "udp.h"

#include <unistd.h>

#include <string>

#include "errors.h"
#include "udp_buffers.h"

namespace chorale {

namespace {

constexpr size_t kPage = 4096;
constexpr uint32_t kMostPeers = 4096;

size_t PageAligned(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

Address AddressArgument(Napi::Value text, int port) {
  Address address;
  if (port < 0 || port > 65535) throw Napi::RangeError::New(text.Env(), "A port is 0 to 65535.");
  if (!text.IsString() || !ParseAddress(text.As<Napi::String>(), static_cast<uint16_t>(port), &address))
    throw Napi::TypeError::New(text.Env(), "'" + text.ToString().Utf8Value() + "' is no numeric IPv4 or IPv6 address.");
  return address;
}

Napi::Array ArrayArgument(Napi::Value value) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() > kMostPeers)
    throw Napi::TypeError::New(value.Env(), "An array of at most 4096 entries is required.");
  return value.As<Napi::Array>();
}

void CleanUp(napi_async_cleanup_hook_handle, void* data) {
  // The environment ends: its loop may go only after the handles in it. Closed() removes the hook after the last.
  Handles* handles = static_cast<Handles*>(data);
  if (handles->owner != nullptr) handles->owner->CloseSockets();
}

}  // namespace

void UdpEndpoints::Define(Napi::Env env, Napi::Object exports) {
  const auto raw = [](const char* name, napi_callback method) {
    return PropertyDescriptor(
        napi_property_descriptor{name, nullptr, method, nullptr, nullptr, nullptr, napi_default, nullptr});
  };
  exports.Set("UdpEndpoints", DefineClass(env, "UdpEndpoints",
                                          {
                                              InstanceMethod<&UdpEndpoints::Bind>("bind"),
                                              InstanceMethod<&UdpEndpoints::JoinGroup>("joinGroup"),
                                              InstanceMethod<&UdpEndpoints::LeaveGroup>("leaveGroup"),
                                              InstanceMethod<&UdpEndpoints::SetMulticastOptions>("setMulticast"),
                                              InstanceMethod<&UdpEndpoints::SetDestinations>("setDestinations"),
                                              InstanceMethod<&UdpEndpoints::SetSources>("setSources"),
                                              InstanceMethod<&UdpEndpoints::DropOwn>("dropOwn"),
                                              InstanceMethod<&UdpEndpoints::Start>("start"),
                                              InstanceMethod<&UdpEndpoints::CloseFromScript>("close"),
                                              raw("flush", Flush),
                                              raw("discardPending", DiscardPending),
                                          }));
  Napi::Array names = Napi::Array::New(env, kCounters);
  for (uint32_t i = 0; i < kCounters; i++) names.Set(i, Napi::String::New(env, kCounterNames[i]));
  exports.Set("counterNames", names);
}

UdpEndpoints::UdpEndpoints(const Napi::CallbackInfo& info) : Napi::ObjectWrap<UdpEndpoints>(info) {
  if (info.Length() != 2 || !info[1].IsFunction())
    throw Napi::TypeError::New(info.Env(), "UdpEndpoints(arena, onReceive) takes an Arena and a function.");
  arena_ = ArenaObject::From(info[0]);
  onReceive_ = Napi::Persistent(info[1].As<Napi::Function>());
  reading_ = std::make_unique<Reading>();
  reading_->rest = Mapping::Create(static_cast<size_t>(kReceiveBatch) * kLargeFrameBytes);
  if (!reading_->rest) throw SystemError(info.Env(), ENOMEM, "mmap", "of the receive buffers");
  sending_ = std::make_unique<Sending>();
  ShareMemory(info.This().As<Napi::Object>());
}

UdpEndpoints::~UdpEndpoints() { CloseSockets(); }

void UdpEndpoints::ShareMemory(Napi::Object self) {
  Napi::Env env = self.Env();
  const size_t columnBytes = PageAligned(kReceiveMost * sizeof(int32_t));
  const size_t transmitBytes = PageAligned(kTransmitMost * kTransmitFields * sizeof(int32_t));
  const size_t counterBytes = PageAligned(kCounters * sizeof(double));
  shared_ = Mapping::Create(4 * columnBytes + transmitBytes + counterBytes);
  if (!shared_) throw SystemError(env, ENOMEM, "mmap", "of the shared arrays");
  size_t offset = 0;
  const auto ints = [&](const char* name, size_t entries, size_t bytes) {
    auto* data = reinterpret_cast<int32_t*>(shared_->data() + offset);
    self.Set(name, Napi::Int32Array::New(env, entries, Share(env, shared_, offset, entries * sizeof(int32_t)), 0));
    offset += bytes;
    return data;
  };
  frames_ = ints("frames", kReceiveMost, columnBytes);
  lengths_ = ints("lengths", kReceiveMost, columnBytes);
  origins_ = ints("sources", kReceiveMost, columnBytes);
  receivedOn_ = ints("sockets", kReceiveMost, columnBytes);
  transmit_ = ints("transmit", kTransmitMost * kTransmitFields, transmitBytes);
  counters_ = reinterpret_cast<double*>(shared_->data() + offset);
  self.Set("counters", Napi::Float64Array::New(env, kCounters, Share(env, shared_, offset, kCounters * sizeof(double)), 0));
}

Napi::Value UdpEndpoints::Bind(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (started_ || closed_) throw Napi::Error::New(env, "Sockets are bound before start.");
  if (!info[0].IsObject()) throw Napi::TypeError::New(env, "bind(options) takes an object.");
  auto socket = std::make_unique<UdpSocket>();
  socket->owner = this;
  socket->index = static_cast<int>(sockets_.size());
  OpenSocket(info[0].As<Napi::Object>(), socket.get());
  sockets_.push_back(std::move(socket));
  return DescribeSocket(env, *sockets_.back());
}

UdpSocket& UdpEndpoints::SocketAt(Napi::Value index) {
  const uint32_t number = index.IsNumber() ? index.As<Napi::Number>().Uint32Value() : UINT32_MAX;
  if (number >= sockets_.size()) throw Napi::RangeError::New(index.Env(), "There is no such socket.");
  return *sockets_[number];
}

void UdpEndpoints::Membership(const Napi::CallbackInfo& info, bool join) {
  ChangeMembership(info.Env(), SocketAt(info[0]), AddressArgument(info[1], 0), AddressArgument(info[2], 0), join);
}

void UdpEndpoints::JoinGroup(const Napi::CallbackInfo& info) { Membership(info, true); }

void UdpEndpoints::LeaveGroup(const Napi::CallbackInfo& info) { Membership(info, false); }

void UdpEndpoints::SetMulticastOptions(const Napi::CallbackInfo& info) {
  SetMulticast(info.Env(), SocketAt(info[0]), AddressArgument(info[1], 0), info[2].ToNumber().Int32Value(),
               info[3].ToBoolean());
}

void UdpEndpoints::SetDestinations(const Napi::CallbackInfo& info) {
  Napi::Array list = ArrayArgument(info[0]);
  std::vector<Destination> destinations(list.Length());
  for (uint32_t i = 0; i < list.Length(); i++) {
    Napi::Object entry = list.Get(i).ToObject();
    destinations[i] = {AddressArgument(entry.Get("address"), entry.Get("port").ToNumber().Int32Value()),
                       entry.Get("inAll").ToBoolean()};
    GiveScope(entry.Get("scopeOf"), &destinations[i].address);
  }
  destinations_ = std::move(destinations);
}

void UdpEndpoints::SetSources(const Napi::CallbackInfo& info) {
  Napi::Array list = ArrayArgument(info[0]);
  std::vector<Address> sources(list.Length());
  for (uint32_t i = 0; i < list.Length(); i++) sources[i] = AddressArgument(list.Get(i), 0);
  sources_ = std::move(sources);
  lastSource_ = 0;
  filter_ = info[1].ToBoolean();
}

void UdpEndpoints::DropOwn(const Napi::CallbackInfo& info) {
  own_ = AddressArgument(info[0], info[1].ToNumber().Int32Value());
}

void UdpEndpoints::Start(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (started_ || closed_) throw Napi::Error::New(env, "The sockets are started once.");
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "There is no event loop.");
  loop_ = loop;
  started_ = true;
  Ref();
  handles_ = new Handles();
  handles_->owner = this;
  if (napi_add_async_cleanup_hook(env, CleanUp, handles_, &handles_->hook) != napi_ok)
    throw Napi::Error::New(env, "The environment is ending.");
  for (auto& socket : sockets_) {
    if (!socket->receives()) continue;
    const int refused = uv_poll_init(loop, &socket->poll, socket->fd);
    if (refused != 0) throw SystemError(env, -refused, "uv_poll_init", "of a socket");
    socket->poll.data = socket.get();
    socket->handles = handles_;
    handles_->open++;
    const int failed = uv_poll_start(&socket->poll, UV_READABLE, OnPoll);
    if (failed != 0) throw SystemError(env, -failed, "uv_poll_start", "of a socket");
  }
}

void UdpEndpoints::CloseFromScript(const Napi::CallbackInfo&) {
  const bool referenced = started_ && !closed_;
  CloseSockets();
  // The function holds whoever uses this object: kept, neither would ever be collected.
  onReceive_.Reset();
  if (referenced) Unref();
}

void UdpEndpoints::CloseSockets() {
  if (closed_) return;
  closed_ = true;
  for (int i = 0; i < tokenCount_; i++) arena_->Release(tokens_[i].frame);
  tokenCount_ = 0;
  for (auto& socket : sockets_) {
    if (socket->handles != nullptr) {
      uv_close(reinterpret_cast<uv_handle_t*>(&socket->poll), Closed);
      close(socket->fd);
      socket->fd = -1;
      socket.release();  // Closed() frees it.
    }
  }
  sockets_.clear();
  if (handles_ == nullptr) return;
  handles_->owner = nullptr;
  if (handles_->open == 0) ForgetHandles(handles_);
  handles_ = nullptr;
}

void UdpEndpoints::Closed(uv_handle_t* handle) {
  auto* socket = static_cast<UdpSocket*>(handle->data);
  Handles* handles = socket->handles;
  delete socket;
  if (--handles->open == 0) ForgetHandles(handles);
}

void UdpEndpoints::ForgetHandles(Handles* handles) {
  napi_remove_async_cleanup_hook(handles->hook);
  delete handles;
}

napi_value UdpEndpoints::Flush(napi_env env, napi_callback_info info) {
  size_t arguments = 1;
  napi_value argument;
  napi_value self;
  void* endpoints = nullptr;
  uint32_t count = 0;
  if (napi_get_cb_info(env, info, &arguments, &argument, &self, nullptr) != napi_ok || arguments != 1 ||
      napi_unwrap(env, self, &endpoints) != napi_ok || napi_get_value_uint32(env, argument, &count) != napi_ok) {
    napi_throw_type_error(env, nullptr, "flush(count) takes a number.");
    return nullptr;
  }
  static_cast<UdpEndpoints*>(endpoints)->SendQueued(count);
  return nullptr;
}

napi_value UdpEndpoints::DiscardPending(napi_env env, napi_callback_info info) {
  size_t arguments = 0;
  napi_value self;
  void* endpoints = nullptr;
  if (napi_get_cb_info(env, info, &arguments, nullptr, &self, nullptr) != napi_ok ||
      napi_unwrap(env, self, &endpoints) != napi_ok) {
    napi_throw_type_error(env, nullptr, "discardPending() is a method of UdpEndpoints.");
    return nullptr;
  }
  napi_value result = nullptr;
  napi_create_uint32(env, static_cast<UdpEndpoints*>(endpoints)->DiscardAll(), &result);
  return result;
}

}  // namespace chorale
