#include "ipc_poller.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "errors.h"

namespace chorale {

namespace {

constexpr size_t kPage = 4096;
/** In the place of a socket's number: the eventfd of the waiting threads. */
constexpr int32_t kWakeMark = -1;
/** What one read drops, and how many reads one socket gets in a wake-up. */
constexpr size_t kDrainBytes = 16 * 1024;
constexpr int kDrainReads = 4;
constexpr uint32_t kAlways = EPOLLIN | EPOLLRDHUP | EPOLLET;

size_t PageAligned(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

}  // namespace

void IpcPoller::Define(Napi::Env env, Napi::Object exports) {
  const auto raw = [](const char* name, napi_callback method) {
    return PropertyDescriptor(
        napi_property_descriptor{name, nullptr, method, nullptr, nullptr, nullptr, napi_default, nullptr});
  };
  exports.Set("IpcPoller", DefineClass(env, "IpcPoller",
                                       {
                                           InstanceMethod<&IpcPoller::Start>("start"),
                                           InstanceMethod<&IpcPoller::CloseFromScript>("close"),
                                           InstanceMethod<&IpcPoller::Listen>("listen"),
                                           InstanceMethod<&IpcPoller::Accept>("accept"),
                                           InstanceMethod<&IpcPoller::Connect>("connect"),
                                           InstanceMethod<&IpcPoller::BindDatagram>("bindDatagram"),
                                           InstanceMethod<&IpcPoller::ConnectDatagram>("connectDatagram"),
                                           InstanceMethod<&IpcPoller::Send>("send"),
                                           InstanceMethod<&IpcPoller::Receive>("receive"),
                                           InstanceMethod<&IpcPoller::PassCredentials>("passCredentials"),
                                           InstanceMethod<&IpcPoller::PeerCredentials>("peerCredentials"),
                                           InstanceMethod<&IpcPoller::Descriptor>("descriptor"),
                                           InstanceMethod<&IpcPoller::Attach>("attach"),
                                           InstanceMethod<&IpcPoller::AwaitSemaphore>("awaitSemaphore"),
                                           InstanceMethod<&IpcPoller::CloseSocket>("closeSocket"),
                                           raw("ring", Ring),
                                       }));
}

IpcPoller::IpcPoller(const Napi::CallbackInfo& info) : Napi::ObjectWrap<IpcPoller>(info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsFunction())
    throw Napi::TypeError::New(env, "IpcPoller(onReady) takes a function.");
  onReady_ = Napi::Persistent(info[0].As<Napi::Function>());
  epollFd_ = epoll_create1(EPOLL_CLOEXEC);
  wakeFd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  spareFd_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = static_cast<uint32_t>(kWakeMark);
  if (epollFd_ < 0 || wakeFd_ < 0 || epoll_ctl(epollFd_, EPOLL_CTL_ADD, wakeFd_, &event) != 0) {
    const int error = errno;
    CloseAll();
    throw SystemError(env, error, "epoll", "of the clients' sockets");
  }
  const size_t readyBytes = PageAligned(kReadyMost * kReadyFields * sizeof(int32_t));
  const size_t bellBytes = PageAligned(kBellsMost * kBellFields * sizeof(int32_t));
  shared_ = Mapping::Create(readyBytes + bellBytes + kPage);
  if (!shared_) throw SystemError(env, ENOMEM, "mmap", "of the shared arrays");
  Napi::Object self = info.This().As<Napi::Object>();
  const auto ints = [&](const char* name, size_t offset, size_t entries) {
    self.Set(name, Napi::Int32Array::New(env, entries, Share(env, shared_, offset, entries * sizeof(int32_t)), 0));
    return reinterpret_cast<int32_t*>(shared_->data() + offset);
  };
  ready_ = ints("ready", 0, kReadyMost * kReadyFields);
  bells_ = ints("bells", readyBytes, kBellsMost * kBellFields);
  credentials_ = ints("credentials", readyBytes + bellBytes, 4);
}

IpcPoller::~IpcPoller() { CloseAll(); }

IpcSocket* IpcPoller::Find(int32_t number) const {
  return number >= 0 && static_cast<size_t>(number) < sockets_.size() ? sockets_[number].get() : nullptr;
}

IpcSocket& IpcPoller::SocketAt(Napi::Value number) const {
  IpcSocket* socket = number.IsNumber() ? Find(number.As<Napi::Number>().Int32Value()) : nullptr;
  if (socket == nullptr) throw Napi::RangeError::New(number.Env(), "There is no such socket.");
  return *socket;
}

int32_t IpcPoller::Add(int fd, IpcSocketKind kind) {
  int32_t number = static_cast<int32_t>(sockets_.size());
  if (!free_.empty()) {
    number = free_.back();
    free_.pop_back();
  } else if (number == kMostSockets || ended_) {
    close(fd);
    errno = ended_ ? EBADF : EMFILE;
    return -1;
  } else {
    sockets_.emplace_back();
  }
  epoll_event event = {};
  // A listening socket goes on telling: a round of accepts is bounded.
  event.events = kind == IpcSocketKind::kListening ? static_cast<uint32_t>(EPOLLIN) : kAlways;
  event.data.u64 = static_cast<uint32_t>(number);
  if (epoll_ctl(epollFd_, EPOLL_CTL_ADD, fd, &event) != 0) {
    const int error = errno;
    close(fd);
    free_.push_back(number);
    errno = error;
    return -1;
  }
  sockets_[number] = std::make_unique<IpcSocket>();
  sockets_[number]->number = number;
  sockets_[number]->fd = fd;
  sockets_[number]->kind = kind;
  return number;
}

void IpcPoller::Release(int32_t number) {
  std::unique_ptr<IpcSocket> socket = std::move(sockets_[number]);
  if (socket->waiter != nullptr) socket->waiter->Stop();
  // A child process may hold a copy of the descriptor: the peer sees the end all the same.
  if (socket->kind != IpcSocketKind::kListening) shutdown(socket->fd, SHUT_RDWR);
  epoll_ctl(epollFd_, EPOLL_CTL_DEL, socket->fd, nullptr);
  close(socket->fd);
  closed_.push_back(number);
}

void IpcPoller::CloseSocket(const Napi::CallbackInfo& info) {
  SocketAt(info[0]);
  Release(info[0].As<Napi::Number>().Int32Value());
}

void IpcPoller::Attach(const Napi::CallbackInfo& info) {
  IpcSocket& socket = SocketAt(info[0]);
  const Napi::Object options = info[1].ToObject();
  const auto semaphore = [&](const char* name) {
    Semaphore found;
    const Napi::Value value = options.Get(name);
    if (!value.IsObject()) return found;
    found.mapping = SharedMemory::From(value.As<Napi::Object>().Get("memory"));
    const Napi::Value offset = value.As<Napi::Object>().Get("offset");
    const int64_t at = offset.IsNumber() ? offset.As<Napi::Number>().Int64Value() : -1;
    if (!SemaphoreFits(*found.mapping, at)) throw Napi::RangeError::New(value.Env(), "No semaphore can be there.");
    found.at = reinterpret_cast<sem_t*>(found.mapping->data() + at);
    return found;
  };
  if (socket.waiter != nullptr) throw Napi::Error::New(info.Env(), "A socket is attached once.");
  socket.loud = semaphore("loud");
  socket.quiet = semaphore("quiet");
  socket.watched = semaphore("watched");
  socket.awaited = semaphore("awaited");
  socket.belled = true;
  // What came before this is told again.
  Watch(socket, false);
}

void IpcPoller::AwaitSemaphore(const Napi::CallbackInfo& info) {
  IpcSocket& socket = SocketAt(info[0]);
  if (!socket.awaited) throw Napi::Error::New(info.Env(), "The socket has no semaphore to wait for.");
  if (socket.waiter == nullptr) socket.waiter = SemaphoreWaiter::Start(socket.awaited, wakeFd_);
  if (socket.waiter == nullptr) throw SystemError(info.Env(), EAGAIN, "pthread_create", "to wait for a semaphore");
  socket.waiter->Begin();
}

void IpcPoller::Watch(const IpcSocket& socket, bool writable) {
  epoll_event event = {};
  event.events = kAlways | (writable ? static_cast<uint32_t>(EPOLLOUT) : 0u);
  event.data.u64 = static_cast<uint32_t>(socket.number);
  epoll_ctl(epollFd_, EPOLL_CTL_MOD, socket.fd, &event);
}

void IpcPoller::Start(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (handle_ != nullptr || ended_) throw Napi::Error::New(env, "A poller is started once.");
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "There is no event loop.");
  auto* handle = new PollHandle{{}, this, nullptr};
  const int refused = uv_poll_init(loop, &handle->poll, epollFd_);
  if (refused != 0) {
    delete handle;
    throw SystemError(env, -refused, "uv_poll_init", "of the clients' sockets");
  }
  handle->poll.data = handle;
  handle_ = handle;
  Ref();
  if (napi_add_async_cleanup_hook(env, CleanUp, handle, &handle->hook) != napi_ok)
    throw Napi::Error::New(env, "The environment is ending.");
  const int failed = uv_poll_start(&handle->poll, UV_READABLE, OnPoll);
  if (failed != 0) throw SystemError(env, -failed, "uv_poll_start", "of the clients' sockets");
}

void IpcPoller::CleanUp(napi_async_cleanup_hook_handle, void* data) {
  auto* handle = static_cast<PollHandle*>(data);
  if (handle->owner != nullptr) handle->owner->CloseAll();
}

void IpcPoller::CloseFromScript(const Napi::CallbackInfo&) {
  const bool referenced = handle_ != nullptr;
  CloseAll();
  onReady_.Reset();
  if (referenced) Unref();
}

void IpcPoller::CloseAll() {
  if (ended_) return;
  ended_ = true;
  for (size_t i = 0; i < sockets_.size(); i++)
    if (sockets_[i]) Release(static_cast<int32_t>(i));
  if (handle_ != nullptr) {
    handle_->owner = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll), [](uv_handle_t* closed) {
      auto* handle = static_cast<PollHandle*>(closed->data);
      if (handle->hook != nullptr) napi_remove_async_cleanup_hook(handle->hook);
      delete handle;
    });
    handle_ = nullptr;
  }
  for (int* fd : {&epollFd_, &wakeFd_, &spareFd_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

void IpcPoller::OnPoll(uv_poll_t* poll, int, int) {
  IpcPoller* owner = static_cast<PollHandle*>(poll->data)->owner;
  if (owner != nullptr) owner->Wake();
}

void IpcPoller::Wake() {
  free_.insert(free_.end(), closed_.begin(), closed_.end());
  closed_.clear();
  epoll_event events[kReadyMost / 2];
  const int came = epoll_wait(epollFd_, events, kReadyMost / 2, 0);
  int count = 0;
  const auto tell = [&](int32_t number, int32_t what) {
    ready_[count * kReadyFields] = number;
    ready_[count * kReadyFields + 1] = what;
    count++;
  };
  bool waited = false;
  for (int i = 0; i < came; i++) {
    const int32_t number = static_cast<int32_t>(events[i].data.u64);
    if (number == kWakeMark) {
      waited = true;
      continue;
    }
    IpcSocket* socket = Find(number);
    const int32_t what = socket == nullptr ? 0 : Look(socket, events[i].events);
    if (what != 0) tell(number, what);
  }
  if (waited) {
    uint64_t ignored;
    if (read(wakeFd_, &ignored, sizeof ignored) < 0) ignored = 0;
    size_t left = 0;
    for (size_t i = 0; i < sockets_.size(); i++) {
      IpcSocket* socket = sockets_[i].get();
      if (socket == nullptr || socket->waiter == nullptr) continue;
      if (count == kReadyMost) left++;
      else if (socket->waiter->Taken()) tell(static_cast<int32_t>(i), kWaited);
    }
    const uint64_t one = 1;
    if (left > 0 && write(wakeFd_, &one, sizeof one) < 0) ignored = 1;
  }
  if (count == 0) return;
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  // As an event of the loop: promises and next ticks run after it, and an exception is an uncaught one.
  napi_value self = Value();
  napi_value number;
  napi_value result;
  if (napi_create_int32(env, count, &number) != napi_ok) return;
  if (napi_make_callback(env, nullptr, self, onReady_.Value(), 1, &number, &result) == napi_pending_exception) {
    napi_value exception;
    if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
  }
}

int32_t IpcPoller::Look(IpcSocket* socket, uint32_t events) {
  int32_t what = 0;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) socket->hungUp = true;
  if ((events & EPOLLOUT) != 0) {
    if (socket->belled) PayBytes(socket, 0);
    else what |= kWritable;
  }
  if ((events & EPOLLIN) != 0) {
    if (socket->belled && socket->kind == IpcSocketKind::kStream) {
      DrainBytes(socket);
      if (!socket->watched || socket->watched.Value() > 0) what |= kReadable;
    } else {
      what |= kReadable;
    }
  }
  return socket->hungUp ? what | kHungUp : what;
}

void IpcPoller::DrainBytes(IpcSocket* socket) {
  char bytes[kDrainBytes];
  for (int i = 0; i < kDrainReads; i++) {
    const ssize_t got = recv(socket->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0) socket->hungUp = true;
    if (got < static_cast<ssize_t>(sizeof bytes)) return;
  }
  // There is more, of which no new event would tell.
  Watch(*socket, socket->owed > 0);
}

void IpcPoller::PayBytes(IpcSocket* socket, uint32_t more) {
  static const char zeros[4096] = {};
  const bool blocked = socket->owed > 0;
  uint32_t owed = socket->owed + more;
  // Behind bytes that wait, new ones wait too, until the system says that there is room.
  if (blocked && more > 0) {
    socket->owed = owed;
    return;
  }
  while (owed > 0) {
    const size_t part = std::min<size_t>(owed, sizeof zeros);
    const ssize_t sent = send(socket->fd, zeros, part, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      owed = 0;  // The peer is gone; the poll tells.
      break;
    }
    if (sent <= 0) break;
    owed -= static_cast<uint32_t>(sent);
  }
  socket->owed = owed;
  if (blocked || owed > 0) Watch(*socket, owed > 0);
}

void IpcPoller::RingOne(int32_t number, int32_t quiet, int32_t loud) {
  IpcSocket* socket = Find(number);
  if (socket == nullptr) return;
  if (quiet > 0 && socket->quiet) socket->quiet.Post(static_cast<uint32_t>(quiet));
  if (loud <= 0) return;
  // The semaphore first: who reads the byte finds the message.
  if (socket->loud) socket->loud.Post(static_cast<uint32_t>(loud));
  PayBytes(socket, static_cast<uint32_t>(loud));
}

napi_value IpcPoller::Ring(napi_env env, napi_callback_info info) {
  size_t arguments = 1;
  napi_value argument;
  napi_value self;
  void* poller = nullptr;
  uint32_t count = 0;
  if (napi_get_cb_info(env, info, &arguments, &argument, &self, nullptr) != napi_ok || arguments != 1 ||
      napi_unwrap(env, self, &poller) != napi_ok || napi_get_value_uint32(env, argument, &count) != napi_ok) {
    napi_throw_type_error(env, nullptr, "ring(count) takes a number.");
    return nullptr;
  }
  auto* ringer = static_cast<IpcPoller*>(poller);
  const int32_t* bells = ringer->bells_;
  for (uint32_t i = 0; i < count && i < kBellsMost; i++)
    ringer->RingOne(bells[i * kBellFields], bells[i * kBellFields + 1], bells[i * kBellFields + 2]);
  return nullptr;
}

}  // namespace chorale
