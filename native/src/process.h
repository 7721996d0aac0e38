#pragma once

#include <napi.h>

namespace chorale {

/** What a daemon asks of its process: scheduling, locked memory, readiness, a locked pid file. */
void DefineProcess(Napi::Env env, Napi::Object exports);

}  // namespace chorale
