#include <napi.h>

#include "arena.h"
#include "interfaces.h"
#include "ipc_poller.h"
#include "process.h"
#include "shared_memory.h"
#include "udp.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  chorale::ArenaObject::Define(env, exports);
  chorale::UdpEndpoints::Define(env, exports);
  chorale::SharedMemory::Define(env, exports);
  chorale::IpcPoller::Define(env, exports);
  exports.Set("interfaceOf", Napi::Function::New(env, chorale::InterfaceOf, "interfaceOf"));
  chorale::DefineProcess(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(chorale, Init)
