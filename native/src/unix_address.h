#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

namespace chorale {

/**
 * Address of a Unix socket: a path if the name begins with '/', else an abstract name (an '@' in front is no part
 * of it), zeros to its end included.
 */
struct UnixAddress {
  sockaddr_un name = {};
  socklen_t length = 0;

  /** False if the name is empty or too long. */
  bool Set(const std::string& text);
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

}  // namespace chorale
