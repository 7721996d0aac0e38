#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "errors.h"
#include "memory_lock.h"

namespace chorale {

namespace {

/** Linux schedules threads: what is asked for the process is asked for each of them. Later ones inherit it. */
std::vector<pid_t> Threads(Napi::Env env) {
  std::vector<pid_t> threads;
  DIR* directory = opendir("/proc/self/task");
  if (directory == nullptr) throw SystemError(env, errno, "opendir", "/proc/self/task");
  while (const dirent* entry = readdir(directory)) {
    const pid_t thread = std::atoi(entry->d_name);
    if (thread > 0) threads.push_back(thread);
  }
  closedir(directory);
  return threads;
}

int IntArgument(const Napi::CallbackInfo& info, const char* usage) {
  if (info.Length() < 1 || !info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), usage);
  return info[0].As<Napi::Number>().Int32Value();
}

std::string TextArgument(const Napi::CallbackInfo& info, const char* usage) {
  if (info.Length() < 1 || !info[0].IsString()) throw Napi::TypeError::New(info.Env(), usage);
  std::string text = info[0].As<Napi::String>();
  if (text.find('\0') != std::string::npos) throw Napi::TypeError::New(info.Env(), usage);
  return text;
}

Napi::Value RoundRobinRange(const Napi::CallbackInfo& info) {
  Napi::Object range = Napi::Object::New(info.Env());
  range.Set("min", Napi::Number::New(info.Env(), sched_get_priority_min(SCHED_RR)));
  range.Set("max", Napi::Number::New(info.Env(), sched_get_priority_max(SCHED_RR)));
  return range;
}

void SetRoundRobin(const Napi::CallbackInfo& info) {
  sched_param parameters{};
  parameters.sched_priority = IntArgument(info, "setRoundRobin(priority) takes a number.");
  for (const pid_t thread : Threads(info.Env()))
    if (sched_setscheduler(thread, SCHED_RR, &parameters) != 0 && errno != ESRCH)
      throw SystemError(info.Env(), errno, "sched_setscheduler", "SCHED_RR " + std::to_string(parameters.sched_priority));
}

void SetNice(const Napi::CallbackInfo& info) {
  const int nice = IntArgument(info, "setNice(value) takes a number.");
  for (const pid_t thread : Threads(info.Env()))
    if (setpriority(PRIO_PROCESS, static_cast<id_t>(thread), nice) != 0 && errno != ESRCH)
      throw SystemError(info.Env(), errno, "setpriority", std::to_string(nice));
}

Napi::Value SdNotify(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const std::string text = TextArgument(info, "sdNotify(state) takes a string.");
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || path[0] == '\0') return Napi::Boolean::New(env, false);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if ((path[0] != '/' && path[0] != '@') || length >= sizeof(address.sun_path))
    throw SystemError(env, EINVAL, "connect", std::string("NOTIFY_SOCKET ") + path);
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd == -1) throw SystemError(env, errno, "socket", "AF_UNIX");
  const socklen_t size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  const ssize_t sent =
      sendto(fd, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
  const int error = errno;
  close(fd);
  if (sent == -1) throw SystemError(env, error, "sendto", std::string("NOTIFY_SOCKET ") + path);
  return Napi::Boolean::New(env, true);
}

bool WriteOwnPid(const char* path) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd == -1) return false;
  const std::string pid = std::to_string(getpid());
  const bool written = write(fd, pid.data(), pid.size()) == static_cast<ssize_t>(pid.size());
  const int error = errno;
  close(fd);
  errno = error;
  return written;
}

void MoveToRootCgroup(const Napi::CallbackInfo& info) {
  // Version 1 has a hierarchy a controller; the one that grants real-time run time matters.
  const char* path = "/sys/fs/cgroup/cpu/tasks";
  if (access(path, F_OK) != 0) path = "/sys/fs/cgroup/cgroup.procs";
  if (!WriteOwnPid(path)) throw SystemError(info.Env(), errno, "write", path);
}

Napi::Value LockPidFile(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const std::string path = TextArgument(info, "lockPidFile(path) takes a path.");
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd == -1) throw SystemError(env, errno, "open", path);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  Napi::Object result = Napi::Object::New(env);
  if (fcntl(fd, F_SETLK, &lock) == 0) {
    const std::string text = std::to_string(getpid()) + "\n";
    if (ftruncate(fd, 0) != 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      const int error = errno;
      close(fd);
      throw SystemError(env, error, "write", path);
    }
    // The descriptor stays open for the life of the process: closing it would give the lock up.
    result.Set("locked", Napi::Boolean::New(env, true));
    result.Set("pid", Napi::Number::New(env, getpid()));
    return result;
  }
  const int error = errno;
  const bool held = error == EAGAIN || error == EACCES;
  pid_t holder = 0;
  if (held && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) holder = lock.l_pid;
  close(fd);
  if (!held) throw SystemError(env, error, "fcntl", path);
  result.Set("locked", Napi::Boolean::New(env, false));
  result.Set("pid", Napi::Number::New(env, holder));
  return result;
}

}  // namespace

void DefineProcess(Napi::Env env, Napi::Object exports) {
  exports.Set("roundRobinRange", Napi::Function::New(env, RoundRobinRange, "roundRobinRange"));
  exports.Set("setRoundRobin", Napi::Function::New(env, SetRoundRobin, "setRoundRobin"));
  exports.Set("setNice", Napi::Function::New(env, SetNice, "setNice"));
  exports.Set("lockMemory", Napi::Function::New(env, LockMemory, "lockMemory"));
  exports.Set("sdNotify", Napi::Function::New(env, SdNotify, "sdNotify"));
  exports.Set("moveToRootCgroup", Napi::Function::New(env, MoveToRootCgroup, "moveToRootCgroup"));
  exports.Set("lockPidFile", Napi::Function::New(env, LockPidFile, "lockPidFile"));
}

}  // namespace chorale
