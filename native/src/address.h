#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace chorale {

/** A socket address of either family. */
struct Address {
  union {
    sockaddr base;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t length;

  Address();
  int family() const { return base.sa_family; }
  uint16_t port() const;
  /** IPv6 link-local unicast or multicast: meaningless without a scope id. */
  bool NeedsScope() const;
};

/** Reads a numeric IPv4 or IPv6 address, the latter with an optional `%interface` or `%index`. False if it is neither. */
bool ParseAddress(const std::string& text, uint16_t port, Address* out);

/** Same family and host; scope ids are compared when both are known; ports are not compared. */
bool SameHost(const Address& a, const Address& b);

}  // namespace chorale
