#include "udp_socket.h"

#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "errors.h"
#include "interfaces.h"

namespace chorale {

namespace {

void Set(Napi::Env env, int fd, int level, int option, int value, const char* name) {
  if (setsockopt(fd, level, option, &value, sizeof(value)) != 0) throw SystemError(env, errno, "setsockopt", name);
}

int Get(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof(value);
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : 0;
}

/** The privileged form passes the system's limit; without the privilege the kernel gives what the limit allows. */
void SetBuffer(Napi::Env env, int fd, int forced, int plain, int bytes, const char* name) {
  if (bytes <= 0) return;
  if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof(bytes)) == 0) return;
  Set(env, fd, SOL_SOCKET, plain, bytes, name);
}

int IntOption(Napi::Object options, const char* name) {
  Napi::Value value = options.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : 0;
}

bool Flag(Napi::Object options, const char* name) { return options.Get(name).ToBoolean(); }

Role RoleOption(Napi::Object options) {
  const std::string role = options.Get("role").ToString();
  if (role == "data") return Role::kData;
  if (role == "token") return Role::kToken;
  if (role == "send") return Role::kSend;
  throw Napi::TypeError::New(options.Env(), "A socket's role is data, token or send.");
}

unsigned InterfaceIndex(Napi::Env env, const Address& local) {
  Interface found;
  const int known = FindInterface(local, &found);
  if (known == -1) throw SystemError(env, errno, "getifaddrs", "of this machine");
  if (known == 0) throw SystemError(env, EADDRNOTAVAIL, "getifaddrs", "for the local address");
  return found.index;
}

/** A kernel that does not know it hands over every datagram by itself. */
bool Coalesce(int fd) {
  const int on = 1;
  return setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on)) == 0;
}

/** Without this a socket bound to a group hears what any other process joined, on every interface. */
void HearOnlyJoined(const UdpSocket& socket) {
  constexpr int kIpv6MulticastAll = 29;  // Younger than some C libraries' headers, and than some kernels.
  const int off = 0;
  if (socket.local.family() == AF_INET) {
    setsockopt(socket.fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof(off));
  } else {
    setsockopt(socket.fd, IPPROTO_IPV6, kIpv6MulticastAll, &off, sizeof(off));
  }
}

}  // namespace

void GiveScope(Napi::Value scopeOf, Address* address) {
  if (!scopeOf.IsString() || !address->NeedsScope() || address->v6.sin6_scope_id != 0) return;
  Address holder;
  if (!ParseAddress(scopeOf.As<Napi::String>(), 0, &holder))
    throw Napi::TypeError::New(scopeOf.Env(), "scopeOf takes a numeric address.");
  address->v6.sin6_scope_id = InterfaceIndex(scopeOf.Env(), holder);
}

UdpSocket::~UdpSocket() {
  if (fd != -1) close(fd);
}

void OpenSocket(Napi::Object options, UdpSocket* socket) {
  Napi::Env env = options.Env();
  const std::string address = options.Get("address").ToString();
  const int port = IntOption(options, "port");
  const Role role = RoleOption(options);
  if (port < 0 || port > 65535) throw Napi::RangeError::New(env, "A port is 0 to 65535.");
  if (!ParseAddress(address, static_cast<uint16_t>(port), &socket->local))
    throw Napi::TypeError::New(env, "'" + address + "' is no numeric IPv4 or IPv6 address.");
  socket->role = role;
  socket->segmentMost = static_cast<uint32_t>(std::max(0, IntOption(options, "segmentMost")));
  GiveScope(options.Get("scopeOf"), &socket->local);

  const int family = socket->local.family();
  const int fd = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd == -1) throw SystemError(env, errno, "socket", family == AF_INET ? "IPv4" : "IPv6");
  socket->fd = fd;
  if (family == AF_INET6) Set(env, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
  if (Flag(options, "reuseAddress")) Set(env, fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
  if (Flag(options, "broadcast")) Set(env, fd, SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST");
  const int priority = IntOption(options, "priority");
  if (priority > 0) Set(env, fd, SOL_SOCKET, SO_PRIORITY, priority, "SO_PRIORITY");
  SetBuffer(env, fd, SO_RCVBUFFORCE, SO_RCVBUF, IntOption(options, "receiveBuffer"), "SO_RCVBUF");
  SetBuffer(env, fd, SO_SNDBUFFORCE, SO_SNDBUF, IntOption(options, "sendBuffer"), "SO_SNDBUF");
  socket->coalesces = socket->receives() && Flag(options, "coalesce") && Coalesce(fd);
  if (bind(fd, &socket->local.base, socket->local.length) != 0)
    throw SystemError(env, errno, "bind", address + " port " + std::to_string(port));
  socklen_t length = sizeof(sockaddr_in6);
  if (getsockname(fd, &socket->local.base, &length) != 0) throw SystemError(env, errno, "getsockname", address);
}

Napi::Object DescribeSocket(Napi::Env env, const UdpSocket& socket) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("socket", Napi::Number::New(env, socket.index));
  result.Set("port", Napi::Number::New(env, socket.local.port()));
  // The kernel counts its own overhead in: it reports twice what was asked for.
  result.Set("receiveBuffer", Napi::Number::New(env, Get(socket.fd, SO_RCVBUF) / 2));
  result.Set("coalesces", Napi::Boolean::New(env, socket.coalesces));
  result.Set("sendBuffer", Napi::Number::New(env, Get(socket.fd, SO_SNDBUF) / 2));
  return result;
}

void ChangeMembership(Napi::Env env, const UdpSocket& socket, const Address& group, const Address& local, bool join) {
  const int family = socket.local.family();
  if (group.family() != family || local.family() != family)
    throw Napi::TypeError::New(env, "The socket, the group and the local address must be of one family.");
  if (join) HearOnlyJoined(socket);
  int result;
  if (family == AF_INET) {
    ip_mreqn request{};
    request.imr_multiaddr = group.v4.sin_addr;
    request.imr_address = local.v4.sin_addr;
    request.imr_ifindex = join ? static_cast<int>(InterfaceIndex(env, local)) : 0;
    result = setsockopt(socket.fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request, sizeof(request));
  } else {
    ipv6_mreq request{};
    request.ipv6mr_multiaddr = group.v6.sin6_addr;
    request.ipv6mr_interface = join ? InterfaceIndex(env, local) : 0;
    result = setsockopt(socket.fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request, sizeof(request));
  }
  if (result != 0) throw SystemError(env, errno, "setsockopt", join ? "join of the multicast group" : "leave of the group");
}

void SetMulticast(Napi::Env env, const UdpSocket& socket, const Address& local, int hops, bool loop) {
  if (local.family() != socket.local.family())
    throw Napi::TypeError::New(env, "The socket and the local address must be of one family.");
  if (hops < 0 || hops > 255) throw Napi::RangeError::New(env, "A multicast time to live is 0 to 255.");
  const int index = static_cast<int>(InterfaceIndex(env, local));
  if (local.family() == AF_INET) {
    ip_mreqn request{};
    request.imr_address = local.v4.sin_addr;
    request.imr_ifindex = index;
    if (setsockopt(socket.fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request)) != 0)
      throw SystemError(env, errno, "setsockopt", "IP_MULTICAST_IF");
    Set(env, socket.fd, IPPROTO_IP, IP_MULTICAST_TTL, hops, "IP_MULTICAST_TTL");
    Set(env, socket.fd, IPPROTO_IP, IP_MULTICAST_LOOP, loop ? 1 : 0, "IP_MULTICAST_LOOP");
    return;
  }
  Set(env, socket.fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index, "IPV6_MULTICAST_IF");
  Set(env, socket.fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops, "IPV6_MULTICAST_HOPS");
  Set(env, socket.fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop ? 1 : 0, "IPV6_MULTICAST_LOOP");
}

}  // namespace chorale
