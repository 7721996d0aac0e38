#include "ipc_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "errors.h"
#include "ipc_poller.h"
#include "unix_address.h"

namespace chorale {

namespace {

constexpr int32_t kTurnedAway = -2;
constexpr int32_t kNone = -1;

UnixAddress AddressOf(Napi::Value name) {
  UnixAddress address;
  if (!name.IsString() || !address.Set(name.As<Napi::String>()))
    throw Napi::RangeError::New(name.Env(), "A Unix socket's name has 1 to 107 bytes and no zero.");
  return address;
}

int OpenSocket(Napi::Env env, int type, const std::string& subject) {
  const int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw SystemError(env, errno, "socket", subject);
  return fd;
}

[[noreturn]] void Fail(Napi::Env env, int fd, int error, const char* step, const std::string& subject) {
  if (fd >= 0) close(fd);
  throw SystemError(env, error, step, subject);
}

Napi::Value Number(Napi::Env env, int64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }

/** A view of bytes that JavaScript gave. */
struct Bytes {
  uint8_t* data;
  size_t length;
};

Bytes BytesOf(Napi::Value value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(value.Env(), "A Uint8Array is required.");
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

/** The credentials that came with a message; false if none did. */
bool CredentialsIn(msghdr* message, ucred* credentials) {
  bool found = false;
  for (cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_CREDENTIALS && part->cmsg_len >= CMSG_LEN(sizeof *credentials)) {
      std::memcpy(credentials, CMSG_DATA(part), sizeof *credentials);
      found = true;
    }
    if (part->cmsg_type != SCM_RIGHTS) continue;
    // Nobody asked for descriptors: kept open they would use up this process's.
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      close(fd);
    }
  }
  return found;
}

}  // namespace

Napi::Value IpcPoller::Listen(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const UnixAddress address = AddressOf(info[0]);
  const std::string name = info[0].As<Napi::String>();
  const int backlog = info[1].IsNumber() ? info[1].As<Napi::Number>().Int32Value() : 128;
  const int fd = OpenSocket(env, SOCK_STREAM, name);
  const int on = 1;
  if (bind(fd, address.get(), address.length) != 0) Fail(env, fd, errno, "bind", name);
  if (info[2].IsNumber() && chmod(name.c_str(), info[2].As<Napi::Number>().Uint32Value()) != 0)
    Fail(env, fd, errno, "chmod", name);
  if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) Fail(env, fd, errno, "setsockopt", name);
  if (listen(fd, backlog) != 0) Fail(env, fd, errno, "listen", name);
  const int32_t number = Add(fd, IpcSocketKind::kListening);
  if (number < 0) throw SystemError(env, errno, "epoll_ctl", name);
  return Number(env, number);
}

Napi::Value IpcPoller::Accept(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const IpcSocket& listening = SocketAt(info[0]);
  int fd;
  do fd = accept4(listening.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (fd < 0 && (errno == EMFILE || errno == ENFILE) && spareFd_ >= 0) {
    close(spareFd_);
    const int unwelcome = accept4(listening.fd, nullptr, nullptr, SOCK_CLOEXEC);
    if (unwelcome >= 0) close(unwelcome);
    spareFd_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return Number(env, unwelcome >= 0 ? kTurnedAway : kNone);
  }
  if (fd < 0) return Number(env, kNone);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  const int32_t number = Add(fd, IpcSocketKind::kStream);
  return Number(env, number < 0 ? kTurnedAway : number);
}

Napi::Value IpcPoller::Connect(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const UnixAddress address = AddressOf(info[0]);
  const std::string name = info[0].As<Napi::String>();
  const int fd = OpenSocket(env, SOCK_STREAM, name);
  const int on = 1;
  // Unix sockets connect at once or not at all: EAGAIN is a full backlog.
  if (connect(fd, address.get(), address.length) != 0) Fail(env, fd, errno, "connect", name);
  if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) Fail(env, fd, errno, "setsockopt", name);
  const int32_t number = Add(fd, IpcSocketKind::kStream);
  if (number < 0) throw SystemError(env, errno, "epoll_ctl", name);
  return Number(env, number);
}

Napi::Value IpcPoller::BindDatagram(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const UnixAddress address = AddressOf(info[0]);
  const std::string name = info[0].As<Napi::String>();
  const int buffer = info[1].IsNumber() ? info[1].As<Napi::Number>().Int32Value() : 0;
  const int fd = OpenSocket(env, SOCK_DGRAM, name);
  if (bind(fd, address.get(), address.length) != 0) Fail(env, fd, errno, "bind", name);
  if (buffer > 0) {
    // As much as the system grants.
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  }
  const int32_t number = Add(fd, IpcSocketKind::kDatagram);
  if (number < 0) throw SystemError(env, errno, "epoll_ctl", name);
  return Number(env, number);
}

Napi::Value IpcPoller::ConnectDatagram(const Napi::CallbackInfo& info) {
  const IpcSocket& socket = SocketAt(info[0]);
  const UnixAddress address = AddressOf(info[1]);
  return Number(info.Env(), connect(socket.fd, address.get(), address.length) == 0 ? 0 : -errno);
}

Napi::Value IpcPoller::Send(const Napi::CallbackInfo& info) {
  IpcSocket& socket = SocketAt(info[0]);
  const Bytes bytes = BytesOf(info[1]);
  ssize_t sent;
  do sent = send(socket.fd, bytes.data, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  const int error = errno;
  // Told when there is room again.
  if (sent < 0 && error == EAGAIN) Watch(socket, true);
  return Number(info.Env(), sent >= 0 ? sent : -error);
}

Napi::Value IpcPoller::Receive(const Napi::CallbackInfo& info) {
  const IpcSocket& socket = SocketAt(info[0]);
  const Bytes bytes = BytesOf(info[1]);
  iovec part = {bytes.data, bytes.length};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(8 * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  // Of a datagram, its whole length is told; on a stream the flag means something else.
  const int flags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC | (socket.kind == IpcSocketKind::kDatagram ? MSG_TRUNC : 0);
  ssize_t got;
  do got = recvmsg(socket.fd, &message, flags);
  while (got < 0 && errno == EINTR);
  if (got < 0) return Number(info.Env(), -errno);
  ucred credentials = {};
  const bool known = CredentialsIn(&message, &credentials);
  SetCredentials(credentials.pid, credentials.uid, credentials.gid, known);
  return Number(info.Env(), got);
}

void IpcPoller::PassCredentials(const Napi::CallbackInfo& info) {
  const IpcSocket& socket = SocketAt(info[0]);
  const int on = info[1].ToBoolean() ? 1 : 0;
  setsockopt(socket.fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

void IpcPoller::PeerCredentials(const Napi::CallbackInfo& info) {
  const IpcSocket& socket = SocketAt(info[0]);
  ucred credentials = {};
  socklen_t length = sizeof credentials;
  const bool known = getsockopt(socket.fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;
  SetCredentials(credentials.pid, credentials.uid, credentials.gid, known);
}

Napi::Value IpcPoller::Descriptor(const Napi::CallbackInfo& info) {
  return Number(info.Env(), SocketAt(info[0]).fd);
}

void IpcPoller::SetCredentials(int32_t pid, uint32_t uid, uint32_t gid, bool known) {
  credentials_[0] = known ? 1 : 0;
  credentials_[1] = pid;
  credentials_[2] = static_cast<int32_t>(uid);
  credentials_[3] = static_cast<int32_t>(gid);
}

}  // namespace chorale
