#pragma once

#include <napi.h>
#include <uv.h>

#include <memory>
#include <vector>

#include "arena.h"
#include "ipc_socket.h"

namespace chorale {

/**
 * Unix sockets polled together: one wake-up is one call into JavaScript, `onReady(count)`, with `count` entries of the
 * shared table `ready`; one `ring(count)` posts the semaphores and sends the bytes that the shared table `bells` asks for.
 * Sockets are known by small numbers. What it offers is described in core/net/native-ipc.ts.
 */
class IpcPoller : public Napi::ObjectWrap<IpcPoller> {
 public:
  static void Define(Napi::Env env, Napi::Object exports);
  explicit IpcPoller(const Napi::CallbackInfo& info);
  ~IpcPoller() override;
  void CloseAll();

 private:
  /** The libuv handle lives until libuv lets go, this object perhaps not. */
  struct PollHandle {
    uv_poll_t poll;
    IpcPoller* owner;
    napi_async_cleanup_hook_handle hook;
  };

  // What JavaScript calls (ipc_poller.cc).
  void Start(const Napi::CallbackInfo& info);
  void CloseFromScript(const Napi::CallbackInfo& info);
  void Attach(const Napi::CallbackInfo& info);
  void AwaitSemaphore(const Napi::CallbackInfo& info);
  void CloseSocket(const Napi::CallbackInfo& info);
  static napi_value Ring(napi_env env, napi_callback_info info);

  // What JavaScript calls (ipc_socket.cc). Failures that are part of life are negative errno numbers.
  Napi::Value Listen(const Napi::CallbackInfo& info);
  Napi::Value Accept(const Napi::CallbackInfo& info);
  Napi::Value Connect(const Napi::CallbackInfo& info);
  Napi::Value BindDatagram(const Napi::CallbackInfo& info);
  Napi::Value ConnectDatagram(const Napi::CallbackInfo& info);
  Napi::Value Send(const Napi::CallbackInfo& info);
  Napi::Value Receive(const Napi::CallbackInfo& info);
  void PassCredentials(const Napi::CallbackInfo& info);
  void PeerCredentials(const Napi::CallbackInfo& info);
  Napi::Value Descriptor(const Napi::CallbackInfo& info);

  static void OnPoll(uv_poll_t* handle, int status, int events);
  static void CleanUp(napi_async_cleanup_hook_handle, void* data);
  void Wake();
  int32_t Look(IpcSocket* socket, uint32_t events);
  void DrainBytes(IpcSocket* socket);
  void PayBytes(IpcSocket* socket, uint32_t more);
  void RingOne(int32_t number, int32_t quiet, int32_t loud);

  IpcSocket* Find(int32_t number) const;
  IpcSocket& SocketAt(Napi::Value number) const;
  /** Takes the descriptor; its number, or -1 with errno set (and the descriptor closed). */
  int32_t Add(int fd, IpcSocketKind kind);
  /** For what readiness it wakes; what holds already is told again. */
  void Watch(const IpcSocket& socket, bool writable);
  void Release(int32_t number);
  void SetCredentials(int32_t pid, uint32_t uid, uint32_t gid, bool known);

  static constexpr int kReadyMost = 1024;
  static constexpr int kReadyFields = 2;
  static constexpr int kBellsMost = 4096;
  static constexpr int kBellFields = 3;
  static constexpr int32_t kMostSockets = 1 << 20;

  Napi::FunctionReference onReady_;
  std::shared_ptr<Mapping> shared_;
  std::vector<std::unique_ptr<IpcSocket>> sockets_;
  std::vector<int32_t> free_;
  /** Closed since the last wake-up: their numbers may still be in the table of that one. */
  std::vector<int32_t> closed_;
  PollHandle* handle_ = nullptr;
  int epollFd_ = -1;
  /** Threads that waited for a semaphore wake the loop through it. */
  int wakeFd_ = -1;
  /** Given up for a moment when descriptors run out, to turn a client away instead of leaving it waiting. */
  int spareFd_ = -1;
  bool ended_ = false;

  // Views of `shared_`.
  int32_t* ready_ = nullptr;
  int32_t* bells_ = nullptr;
  int32_t* credentials_ = nullptr;
};

}  // namespace chorale
