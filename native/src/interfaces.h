#pragma once

#include <napi.h>

#include <string>

#include "address.h"

namespace chorale {

/** The interface that holds an address. */
struct Interface {
  std::string name;
  unsigned index = 0;
  bool up = false;
  bool multicast = false;
};

/** 1 if an interface has this address (one that is up is preferred), 0 if none has, -1 with errno if that is unknown. */
int FindInterface(const Address& address, Interface* out);

/** `interfaceOf(address)`: {name, index, up, multicast}, or null if no interface has the address. */
Napi::Value InterfaceOf(const Napi::CallbackInfo& info);

}  // namespace chorale
