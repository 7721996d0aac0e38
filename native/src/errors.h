#pragma once

#include <napi.h>

#include <string>

namespace chorale {

/** A JavaScript Error with `code` (an errno name), `errno` and `syscall`, as Node's own errors carry them. */
Napi::Error SystemError(Napi::Env env, int error, const char* syscall, const std::string& subject);

}  // namespace chorale
