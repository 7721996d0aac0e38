#pragma once

#include <napi.h>
#include <uv.h>

#include <cstdint>

#include "address.h"

namespace chorale {

class UdpEndpoints;
struct Handles;

/** What a socket is read for. */
enum class Role { kData, kToken, kSend };

/** One UDP socket of a node. Once polled it is freed by libuv's close callback. */
struct UdpSocket {
  UdpSocket() = default;
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  uv_poll_t poll;
  /** Set while polled. */
  Handles* handles = nullptr;
  UdpEndpoints* owner = nullptr;
  int fd = -1;
  int index = 0;
  Role role = Role::kSend;
  /** Longest datagram of a burst that the kernel is asked to segment; 0 for none, and after the first refusal. */
  uint32_t segmentMost = 0;
  /** The kernel may hand over a burst of one sender as one datagram (GRO). */
  bool coalesces = false;
  Address local;

  bool receives() const { return role != Role::kSend; }
};

/** A link-local address without a scope id gets that of the interface which has the address `scopeOf`. Throws. */
void GiveScope(Napi::Value scopeOf, Address* address);

/** Opens, sets up and binds a socket as the object `options` says (NativeSocketOptions in core/net/native.ts). Throws. */
void OpenSocket(Napi::Object options, UdpSocket* socket);

/** `{ socket, port, receiveBuffer, sendBuffer }`: what came of it. */
Napi::Object DescribeSocket(Napi::Env env, const UdpSocket& socket);

/** Joins or leaves a multicast group on the interface that has `local`. Throws. */
void ChangeMembership(Napi::Env env, const UdpSocket& socket, const Address& group, const Address& local, bool join);

/** Multicast leaves through the interface that has `local`, `hops` far, looped back to this machine or not. Throws. */
void SetMulticast(Napi::Env env, const UdpSocket& socket, const Address& local, int hops, bool loop);

}  // namespace chorale
