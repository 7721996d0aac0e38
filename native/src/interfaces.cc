#include "interfaces.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <cerrno>
#include <cstring>

#include "errors.h"

namespace chorale {

namespace {

/** All of 127/8 is reachable through the one interface that holds an address of it. */
bool Holds(const ifaddrs& entry, const Address& wanted) {
  if (entry.ifa_addr == nullptr || entry.ifa_addr->sa_family != wanted.family()) return false;
  Address held;
  held.length = wanted.length;
  std::memcpy(&held.base, entry.ifa_addr, wanted.length);
  if (SameHost(held, wanted)) return true;
  if (wanted.family() != AF_INET || (entry.ifa_flags & IFF_LOOPBACK) == 0 || entry.ifa_netmask == nullptr) return false;
  const in_addr_t mask = reinterpret_cast<const sockaddr_in*>(entry.ifa_netmask)->sin_addr.s_addr;
  return ((held.v4.sin_addr.s_addr ^ wanted.v4.sin_addr.s_addr) & mask) == 0;
}

}  // namespace

int FindInterface(const Address& address, Interface* out) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return -1;
  int found = 0;
  for (const ifaddrs* entry = list; entry != nullptr && !(found == 1 && out->up); entry = entry->ifa_next) {
    if (!Holds(*entry, address)) continue;
    found = 1;
    out->name = entry->ifa_name;
    out->index = if_nametoindex(entry->ifa_name);
    out->up = (entry->ifa_flags & IFF_UP) != 0;
    out->multicast = (entry->ifa_flags & IFF_MULTICAST) != 0;
  }
  freeifaddrs(list);
  return found;
}

Napi::Value InterfaceOf(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Address address;
  if (info.Length() < 1 || !info[0].IsString() || !ParseAddress(info[0].As<Napi::String>(), 0, &address))
    throw Napi::TypeError::New(env, "interfaceOf(address) takes a numeric IPv4 or IPv6 address.");
  Interface found;
  const int known = FindInterface(address, &found);
  if (known == -1) throw SystemError(env, errno, "getifaddrs", "of this machine");
  if (known == 0) return env.Null();
  Napi::Object result = Napi::Object::New(env);
  result.Set("name", Napi::String::New(env, found.name));
  result.Set("index", Napi::Number::New(env, found.index));
  result.Set("up", Napi::Boolean::New(env, found.up));
  result.Set("multicast", Napi::Boolean::New(env, found.multicast));
  return result;
}

}  // namespace chorale
