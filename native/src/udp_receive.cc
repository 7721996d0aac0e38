#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "udp_buffers.h"

namespace chorale {

namespace {

/** Passes over one socket in one wake-up, so that datagrams that are only dropped do not hold up the loop. */
constexpr int kPassesMost = 64;
/** After so many wake-ups more has been read than a receive buffer held when the token came. */
constexpr int kTokenWaitsMost = 4;
/** More than any receive buffer holds: a flood may refill a socket for ever. */
constexpr uint32_t kDiscardMost = 1u << 17;

}  // namespace

void UdpEndpoints::OnPoll(uv_poll_t* handle, int, int) {
  // An error of the socket shows, and is counted, when it is read.
  static_cast<UdpSocket*>(handle->data)->owner->Receive();
}

void UdpEndpoints::Receive() {
  uv_metrics_t metrics;
  uv_metrics_info(loop_, &metrics);
  if (metrics.loop_count == drainedRound_) return;
  Count(kReceiveWakeups);

  bool tokensDrained = true;
  for (auto& socket : sockets_) {
    if (socket->role != Role::kToken) continue;
    bool empty = false;
    tokenCount_ += Read(*socket, tokens_ + tokenCount_, kTokenBatch - tokenCount_, &empty);
    tokensDrained = tokensDrained && empty;
  }

  bool dataDrained = true;
  int count = 0;
  for (auto& socket : sockets_) {
    if (socket->role != Role::kData) continue;
    bool empty = false;
    int most = kFirstBatch;
    for (int pass = 0; pass < kPassesMost && count < kDataMost && !empty; pass++) {
      const int got = Read(*socket, reading_->received, std::min(most, kDataMost - count), &empty);
      count = Append(reading_->received, got, count);
      most = kReceiveBatch;
    }
    dataDrained = dataDrained && empty;
  }
  // A token waits for the data sent before it, if need be until a later wake-up, but not for a flood that never ends.
  if (tokenCount_ == 0) tokenWaits_ = 0;
  if (dataDrained || ++tokenWaits_ > kTokenWaitsMost) {
    tokenWaits_ = 0;
    count = Append(tokens_, tokenCount_, count);
    tokenCount_ = 0;
    if (tokensDrained && dataDrained) drainedRound_ = metrics.loop_count;
  }
  if (count > 0) Deliver(count);
}

int UdpEndpoints::Append(const Received* from, int howMany, int count) {
  for (int i = 0; i < howMany; i++, count++) {
    frames_[count] = from[i].frame;
    lengths_[count] = from[i].length;
    origins_[count] = from[i].source;
    receivedOn_[count] = from[i].socket;
  }
  return count;
}

/** Reads up to `most` datagrams into free frames; returns how many of them were taken. */
int UdpEndpoints::Read(UdpSocket& socket, Received* out, int most, bool* drained) {
  if (most <= 0) return 0;
  const int prepared = Prepare(std::min(most, kReceiveBatch));
  if (prepared == 0) {
    // Unread they would wake us for ever: the protocol asks for them again when it has room.
    const uint32_t dropped = Discard(socket, kReceiveBatch);
    Count(kReceiveNoFrame, dropped);
    *drained = dropped < kReceiveBatch;
    return 0;
  }
  int arrived;
  do {
    arrived = recvmmsg(socket.fd, reading_->messages, prepared, MSG_DONTWAIT | MSG_TRUNC, nullptr);
  } while (arrived == -1 && errno == EINTR);
  *drained = arrived < prepared;
  if (arrived <= 0) {
    if (arrived == -1 && errno != EAGAIN) Count(kReceiveErrors);
    return 0;
  }
  arena_->small.Drop(arrived);
  return Accept(arrived, socket.index, out);
}

/** Points the messages at the uppermost free frames, which stay on their stacks. Returns how many messages. */
int UdpEndpoints::Prepare(int most) {
  Reading& reading = *reading_;
  most = std::min(most, arena_->small.count());
  // Each message has a large frame or none has: a long datagram may come at any place of the batch.
  reading.withLarge = arena_->large.count() > 0;
  if (reading.withLarge) most = std::min(most, arena_->large.count());
  for (int i = 0; i < most; i++) {
    uint32_t room = 0;
    reading.small[i] = arena_->small.Peek(i);
    uint8_t* small = arena_->Find(reading.small[i], &room);
    if (small == nullptr) return i;
    reading.parts[i][0] = {small, arena_->slotBytes};
    if (reading.withLarge) {
      reading.large[i] = arena_->large.Peek(i);
      uint8_t* over = arena_->Find(reading.large[i], &room);
      if (over == nullptr) return i;
      reading.parts[i][1] = {over + arena_->slotBytes, kLargeFrameBytes - arena_->slotBytes};
    }
    msghdr& header = reading.messages[i].msg_hdr;
    header.msg_iov = reading.parts[i];
    header.msg_iovlen = reading.withLarge ? 2 : 1;
    header.msg_name = &reading.senders[i].base;
    header.msg_namelen = sizeof(sockaddr_in6);
    header.msg_control = nullptr;
    header.msg_controllen = 0;
    header.msg_flags = 0;
  }
  return most;
}

/** Sorts out what arrived: the frames of what is taken go to `out`, the others back to their stacks. */
int UdpEndpoints::Accept(int arrived, int socket, Received* out) {
  Reading& reading = *reading_;
  bool largeTaken[kReceiveBatch] = {};
  bool anyLarge = false;
  int taken = 0;
  for (int i = 0; i < arrived; i++) {
    const uint32_t length = reading.messages[i].msg_len;
    const bool cut = (reading.messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    const int source = SourceOf(reading.senders[i]);
    int32_t frame = reading.small[i];
    if (IsOwn(reading.senders[i])) {
      Count(kReceiveOwn);
    } else if (filter_ && source == -1) {
      Count(kReceiveUnlisted);
    } else if (length == 0) {
      Count(kReceiveEmpty);
    } else if (cut) {
      // Two frames hold the longest datagram there can be: this one had no large frame.
      Count(kReceiveNoFrame);
    } else {
      if (length > arena_->slotBytes) {
        uint32_t room = 0;
        std::memcpy(arena_->Find(reading.large[i], &room), reading.parts[i][0].iov_base, arena_->slotBytes);
        largeTaken[i] = anyLarge = true;
        arena_->small.Push(frame);
        frame = reading.large[i];
      }
      out[taken++] = {frame, static_cast<int32_t>(length), source, socket};
      Count(kReceivedDatagrams);
      Count(kReceivedBytes, length);
      continue;
    }
    arena_->small.Push(frame);
  }
  if (anyLarge) {
    arena_->large.Drop(arrived);
    for (int i = arrived - 1; i >= 0; i--)
      if (!largeTaken[i]) arena_->large.Push(reading.large[i]);
  }
  return taken;
}

/** A copy of what this node sent itself: broadcasts come back, and multicasts on the loopback interface. */
bool UdpEndpoints::IsOwn(const Address& from) const {
  return own_.length != 0 && from.port() == own_.port() && SameHost(from, own_);
}

int UdpEndpoints::SourceOf(const Address& from) {
  if (lastSource_ < sources_.size() && SameHost(from, sources_[lastSource_])) return static_cast<int>(lastSource_);
  for (size_t i = 0; i < sources_.size(); i++) {
    if (!SameHost(from, sources_[i])) continue;
    lastSource_ = i;
    return static_cast<int>(i);
  }
  return -1;
}

/** Reads and throws away up to about `most` datagrams. */
uint32_t UdpEndpoints::Discard(UdpSocket& socket, uint32_t most) {
  uint32_t total = 0;
  while (total < most) {
    for (mmsghdr& message : reading_->messages) message.msg_hdr = msghdr{};
    const int arrived = recvmmsg(socket.fd, reading_->messages, kReceiveBatch, MSG_DONTWAIT, nullptr);
    if (arrived > 0) total += static_cast<uint32_t>(arrived);
    if (arrived == -1 && errno == EINTR) continue;
    if (arrived < kReceiveBatch) break;
  }
  return total;
}

uint32_t UdpEndpoints::DiscardAll() {
  uint32_t total = static_cast<uint32_t>(tokenCount_);
  for (int i = 0; i < tokenCount_; i++) arena_->Release(tokens_[i].frame);
  tokenCount_ = 0;
  for (auto& socket : sockets_)
    if (socket->receives()) total += Discard(*socket, kDiscardMost);
  Count(kReceiveDiscarded, total);
  return total;
}

void UdpEndpoints::Deliver(int count) {
  napi_env env = Env();
  Napi::HandleScope scope(env);
  // Held here: the receiver may close and drop these endpoints while it runs.
  Napi::Object self = Value();
  napi_value function = onReceive_.Value();
  napi_value argument = nullptr;
  napi_create_int32(env, count, &argument);
  napi_value result = nullptr;
  const napi_status status = napi_make_callback(env, nullptr, self, function, 1, &argument, &result);
  if (status != napi_pending_exception) return;
  napi_value thrown = nullptr;
  napi_get_and_clear_last_exception(env, &thrown);
  napi_fatal_exception(env, thrown);
}

}  // namespace chorale
