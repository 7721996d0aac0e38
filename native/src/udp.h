#pragma once

#include <napi.h>
#include <uv.h>

#include <memory>
#include <vector>

#include "address.h"
#include "arena.h"
#include "counters.h"
#include "udp_socket.h"

namespace chorale {

/** The polled sockets of one group, counted for the end of the environment: libuv must close them before the loop goes. */
struct Handles {
  UdpEndpoints* owner = nullptr;
  int open = 0;
  napi_async_cleanup_hook_handle hook = nullptr;
};

/**
 * The UDP sockets of one node, polled together. One readiness event is one call into JavaScript, `onReceive(count)`,
 * with `count` frames described in the shared arrays; one `flush(count)` sends what the shared transmit queue describes.
 */
class UdpEndpoints : public Napi::ObjectWrap<UdpEndpoints> {
 public:
  static void Define(Napi::Env env, Napi::Object exports);
  explicit UdpEndpoints(const Napi::CallbackInfo& info);
  ~UdpEndpoints() override;
  void CloseSockets();

 private:
  /** A received datagram. */
  struct Received {
    int32_t frame;
    int32_t length;
    int32_t source;
    int32_t socket;
  };
  struct Destination {
    Address address;
    bool inAll;
  };

  // What JavaScript calls (udp.cc).
  Napi::Value Bind(const Napi::CallbackInfo& info);
  void JoinGroup(const Napi::CallbackInfo& info);
  void LeaveGroup(const Napi::CallbackInfo& info);
  void SetMulticastOptions(const Napi::CallbackInfo& info);
  void SetDestinations(const Napi::CallbackInfo& info);
  void SetSources(const Napi::CallbackInfo& info);
  void DropOwn(const Napi::CallbackInfo& info);
  void Start(const Napi::CallbackInfo& info);
  void CloseFromScript(const Napi::CallbackInfo& info);
  static napi_value Flush(napi_env env, napi_callback_info info);
  static napi_value DiscardPending(napi_env env, napi_callback_info info);

  void ShareMemory(Napi::Object self);
  UdpSocket& SocketAt(Napi::Value index);
  void Membership(const Napi::CallbackInfo& info, bool join);
  static void Closed(uv_handle_t* handle);
  static void ForgetHandles(Handles* handles);
  void Count(Counter counter, double by = 1) { counters_[counter] += by; }

  // Receiving (udp_receive.cc).
  static void OnPoll(uv_poll_t* handle, int status, int events);
  void Receive();
  int Read(UdpSocket& socket, Received* out, int most, bool* drained);
  int Prepare(const UdpSocket& socket, int most);
  int Accept(int arrived, const UdpSocket& socket, Received* out);
  int Split(int message, uint32_t segment, const Received& like, Received* out);
  int32_t Place(int message, uint32_t offset, uint32_t length);
  bool Discard(UdpSocket& socket, uint32_t batches, Counter counter);
  int Append(const Received* from, int howMany, int count);
  uint32_t DiscardAll();
  bool IsOwn(const Address& from) const;
  int SourceOf(const Address& from);
  void Deliver(int count);

  // Sending (udp_send.cc).
  void SendQueued(uint32_t count);
  bool Validate(uint32_t entry);
  uint32_t RunLength(uint32_t at, uint32_t count) const;
  void QueueRun(UdpSocket* socket, Destination* destination, uint32_t at, uint32_t frames);
  void QueueMessage(UdpSocket* socket, Destination* destination, uint32_t at, uint32_t frames);
  void Submit();
  void SendUnsegmented(const mmsghdr& message);
  void CountSendError(int error, size_t datagrams);

  static constexpr int kReceiveBatch = 64;
  static constexpr int kFirstBatch = 8;
  static constexpr int kTokenBatch = 16;
  /** Datagrams that the kernel may coalesce into one message. */
  static constexpr int kCoalescedMost = 128;
  /** After so many frames no more is read in one wake-up; the last batch may exceed it. */
  static constexpr int kDataMost = 1024;
  static constexpr int kReceiveMost = kDataMost + kReceiveBatch * kCoalescedMost + kTokenBatch;
  static constexpr uint32_t kTransmitMost = 1024;
  static constexpr int kTransmitFields = 4;
  static constexpr int kSendBatch = 256;
  /** What the kernel takes at most in one segmented send. */
  static constexpr uint32_t kSegmentsMost = 64;
  static constexpr size_t kSegmentedBytesMost = 65000;

  Napi::FunctionReference onReceive_;
  std::shared_ptr<Arena> arena_;
  std::shared_ptr<Mapping> shared_;
  std::vector<std::unique_ptr<UdpSocket>> sockets_;
  std::vector<Destination> destinations_;
  std::vector<Address> sources_;
  uv_loop_t* loop_ = nullptr;
  Handles* handles_ = nullptr;
  /** Whose datagrams are dropped as copies of this node's; without length there is none such. */
  Address own_;
  size_t lastSource_ = 0;
  bool filter_ = false;
  bool started_ = false;
  bool closed_ = false;
  /** Event-loop round in which everything was read; the other sockets' events of that round bring nothing new. */
  uint64_t drainedRound_ = UINT64_MAX;

  // Views of `shared_`.
  int32_t* frames_ = nullptr;
  int32_t* lengths_ = nullptr;
  int32_t* origins_ = nullptr;
  int32_t* receivedOn_ = nullptr;
  int32_t* transmit_ = nullptr;
  double* counters_ = nullptr;

  /** Tokens read, waiting until the data sent before them has been handed over. */
  Received tokens_[kTokenBatch];
  int tokenCount_ = 0;
  int tokenWaits_ = 0;

  struct Reading;
  struct Sending;
  std::unique_ptr<Reading> reading_;
  std::unique_ptr<Sending> sending_;
};

}  // namespace chorale
