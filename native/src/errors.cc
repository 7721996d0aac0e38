#include "errors.h"

#include <uv.h>

#include <cstring>

namespace chorale {

Napi::Error SystemError(Napi::Env env, int error, const char* syscall, const std::string& subject) {
  const int code = uv_translate_sys_error(error);
  std::string text = std::string(syscall) + " " + subject + ": " + std::strerror(error);
  Napi::Error thrown = Napi::Error::New(env, text);
  thrown.Set("code", Napi::String::New(env, uv_err_name(code)));
  thrown.Set("errno", Napi::Number::New(env, code));
  thrown.Set("syscall", Napi::String::New(env, syscall));
  return thrown;
}

}  // namespace chorale
