#include "address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <cstdlib>
#include <cstring>

namespace chorale {

Address::Address() : length(0) { std::memset(&v6, 0, sizeof(v6)); }

uint16_t Address::port() const { return ntohs(family() == AF_INET ? v4.sin_port : v6.sin6_port); }

bool Address::NeedsScope() const {
  return family() == AF_INET6 && (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) || IN6_IS_ADDR_MC_LINKLOCAL(&v6.sin6_addr));
}

bool ParseAddress(const std::string& text, uint16_t port, Address* out) {
  *out = Address();
  if (inet_pton(AF_INET, text.c_str(), &out->v4.sin_addr) == 1) {
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(port);
    out->length = sizeof(sockaddr_in);
    return true;
  }
  *out = Address();
  const size_t percent = text.find('%');
  if (inet_pton(AF_INET6, text.substr(0, percent).c_str(), &out->v6.sin6_addr) != 1) return false;
  out->v6.sin6_family = AF_INET6;
  out->v6.sin6_port = htons(port);
  out->length = sizeof(sockaddr_in6);
  if (percent == std::string::npos) return true;
  const std::string scope = text.substr(percent + 1);
  unsigned index = if_nametoindex(scope.c_str());
  if (index == 0) {
    char* end = nullptr;
    const unsigned long number = std::strtoul(scope.c_str(), &end, 10);
    if (scope.empty() || *end != '\0' || number == 0 || number > INT32_MAX) return false;
    index = static_cast<unsigned>(number);
  }
  out->v6.sin6_scope_id = index;
  return true;
}

bool SameHost(const Address& a, const Address& b) {
  if (a.family() != b.family()) return false;
  if (a.family() == AF_INET) return a.v4.sin_addr.s_addr == b.v4.sin_addr.s_addr;
  if (std::memcmp(&a.v6.sin6_addr, &b.v6.sin6_addr, sizeof(in6_addr)) != 0) return false;
  return a.v6.sin6_scope_id == 0 || b.v6.sin6_scope_id == 0 || a.v6.sin6_scope_id == b.v6.sin6_scope_id;
}

}  // namespace chorale
