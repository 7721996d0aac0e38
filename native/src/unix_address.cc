#include "unix_address.h"

#include <cstddef>
#include <cstring>

namespace chorale {

bool UnixAddress::Set(const std::string& text) {
  name = {};
  name.sun_family = AF_UNIX;
  const bool isPath = !text.empty() && text[0] == '/';
  const size_t skip = !text.empty() && text[0] == '@' ? 1 : 0;
  const size_t bytes = text.size() - skip;
  // One byte less than there is: for the zero behind a path, or before an abstract name.
  if (bytes == 0 || bytes >= sizeof name.sun_path || text.find('\0') != std::string::npos) return false;
  std::memcpy(name.sun_path + (isPath ? 0 : 1), text.data() + skip, bytes);
  length = isPath ? static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + bytes)
                  : static_cast<socklen_t>(sizeof name);
  return true;
}

}  // namespace chorale
