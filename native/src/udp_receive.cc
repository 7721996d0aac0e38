#include <netinet/udp.h>
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
/** Batches; more than any receive buffer holds: a flood may refill a socket for ever. */
constexpr uint32_t kDiscardMost = 1u << 11;

/** Bytes of each datagram of a message but the last, which may be shorter: what the kernel says of a coalesced burst. */
uint32_t SegmentOf(const mmsghdr& message) {
  for (const cmsghdr* control = CMSG_FIRSTHDR(&message.msg_hdr); control != nullptr;
       control = CMSG_NXTHDR(const_cast<msghdr*>(&message.msg_hdr), const_cast<cmsghdr*>(control))) {
    if (control->cmsg_level != SOL_UDP || control->cmsg_type != UDP_GRO) continue;
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(control), sizeof(segment));
    if (segment > 0) return static_cast<uint32_t>(segment);
  }
  return std::max(message.msg_len, 1u);
}

uint32_t DatagramsOf(const mmsghdr& message, uint32_t segment) {
  return std::max(1u, (message.msg_len + segment - 1) / segment);
}

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

/** Reads up to `most` messages into free frames; returns how many frames there are of what is taken. */
int UdpEndpoints::Read(UdpSocket& socket, Received* out, int most, bool* drained) {
  if (most <= 0) return 0;
  const int prepared = Prepare(socket, std::min(most, kReceiveBatch));
  if (prepared == 0) {
    // Unread they would wake us for ever: the protocol asks for them again when it has room.
    *drained = Discard(socket, 1, kReceiveNoFrame);
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
  return Accept(arrived, socket, out);
}

/** Points the messages at the uppermost free frames, which stay on their stack. Returns how many messages. */
int UdpEndpoints::Prepare(const UdpSocket& socket, int most) {
  Reading& reading = *reading_;
  most = std::min(most, arena_->small.count());
  for (int i = 0; i < most; i++) {
    uint32_t room = 0;
    reading.small[i] = arena_->small.Peek(i);
    uint8_t* small = arena_->Find(reading.small[i], &room);
    if (small == nullptr) return i;
    reading.parts[i][0] = {small, arena_->slotBytes};
    reading.parts[i][1] = {reading.rest->data() + static_cast<size_t>(i) * kLargeFrameBytes,
                           kLargeFrameBytes - arena_->slotBytes};
    msghdr& header = reading.messages[i].msg_hdr;
    header.msg_iov = reading.parts[i];
    header.msg_iovlen = 2;
    header.msg_name = &reading.senders[i].base;
    header.msg_namelen = sizeof(sockaddr_in6);
    header.msg_control = socket.coalesces ? reading.control[i] : nullptr;
    header.msg_controllen = socket.coalesces ? sizeof(reading.control[i]) : 0;
    header.msg_flags = 0;
  }
  return most;
}

/** Sorts out what arrived: the frames of what is taken go to `out`, the others back to their stacks. */
int UdpEndpoints::Accept(int arrived, const UdpSocket& socket, Received* out) {
  Reading& reading = *reading_;
  int taken = 0;
  for (int i = 0; i < arrived; i++) {
    const mmsghdr& message = reading.messages[i];
    const uint32_t segment = SegmentOf(message);
    const uint32_t datagrams = DatagramsOf(message, segment);
    const int source = SourceOf(reading.senders[i]);
    if (IsOwn(reading.senders[i])) {
      Count(kReceiveOwn, datagrams);
    } else if (filter_ && source == -1) {
      Count(kReceiveUnlisted, datagrams);
    } else if (message.msg_len == 0) {
      Count(kReceiveEmpty);
    } else if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      // There is room for the longest datagram that can be.
      Count(kReceiveErrors);
    } else {
      const Received like = {reading.small[i], 0, source, socket.index};
      // A card that coalesces may let a token overtake the data sent before it from another port.
      const bool unicast = socket.coalesces && reading.senders[i].port() == socket.local.port();
      if (unicast && datagrams == 1 && tokenCount_ < kTokenBatch) {
        tokenCount_ += Split(i, segment, like, tokens_ + tokenCount_);
      } else {
        taken += Split(i, segment, like, out + taken);
      }
      continue;
    }
    arena_->small.Push(reading.small[i]);
  }
  return taken;
}

/** The datagrams of a message as frames: the first in place if it fits the slot, the others copied. Returns how many. */
int UdpEndpoints::Split(int message, uint32_t segment, const Received& like, Received* out) {
  const uint32_t total = reading_->messages[message].msg_len;
  int taken = 0;
  bool inPlace = false;
  for (uint32_t at = 0, datagrams = 0; at < total; at += segment, datagrams++) {
    const uint32_t length = std::min(segment, total - at);
    const bool first = at == 0 && length <= arena_->slotBytes;
    const int32_t frame = first ? like.frame : datagrams < kCoalescedMost ? Place(message, at, length) : -1;
    if (frame == -1) {
      Count(kReceiveNoFrame);
      continue;
    }
    inPlace = inPlace || first;
    out[taken++] = {frame, static_cast<int32_t>(length), like.source, like.socket};
    Count(kReceivedDatagrams);
    Count(kReceivedBytes, length);
  }
  if (!inPlace) arena_->small.Push(like.frame);
  return taken;
}

/** Copies `length` bytes at `offset` of a message to a frame of their own; -1 if none is free. */
int32_t UdpEndpoints::Place(int message, uint32_t offset, uint32_t length) {
  const int32_t frame = (length <= arena_->slotBytes ? arena_->small : arena_->large).Pop();
  uint32_t room = 0;
  uint8_t* to = arena_->Find(frame, &room);
  if (to == nullptr) return -1;
  const iovec* parts = reading_->parts[message];
  if (offset < parts[0].iov_len) {
    const uint32_t part = std::min(length, static_cast<uint32_t>(parts[0].iov_len) - offset);
    std::memcpy(to, static_cast<const uint8_t*>(parts[0].iov_base) + offset, part);
    to += part;
    offset += part;
    length -= part;
  }
  std::memcpy(to, static_cast<const uint8_t*>(parts[1].iov_base) + (offset - parts[0].iov_len), length);
  return frame;
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

/** Reads and throws away up to `batches` batches; counts their datagrams. True: nothing is left. */
bool UdpEndpoints::Discard(UdpSocket& socket, uint32_t batches, Counter counter) {
  Reading& reading = *reading_;
  for (uint32_t done = 0; done < batches; done++) {
    for (int i = 0; i < kReceiveBatch; i++) {
      reading.messages[i].msg_hdr = msghdr{};
      reading.messages[i].msg_hdr.msg_control = reading.control[i];
      reading.messages[i].msg_hdr.msg_controllen = sizeof(reading.control[i]);
    }
    const int arrived = recvmmsg(socket.fd, reading.messages, kReceiveBatch, MSG_DONTWAIT | MSG_TRUNC, nullptr);
    if (arrived == -1 && errno == EINTR) continue;
    for (int i = 0; i < arrived; i++)
      Count(counter, DatagramsOf(reading.messages[i], SegmentOf(reading.messages[i])));
    if (arrived < kReceiveBatch) return true;
  }
  return false;
}

uint32_t UdpEndpoints::DiscardAll() {
  const double before = counters_[kReceiveDiscarded];
  Count(kReceiveDiscarded, tokenCount_);
  for (int i = 0; i < tokenCount_; i++) arena_->Release(tokens_[i].frame);
  tokenCount_ = 0;
  for (auto& socket : sockets_)
    if (socket->receives()) Discard(*socket, kDiscardMost, kReceiveDiscarded);
  return static_cast<uint32_t>(counters_[kReceiveDiscarded] - before);
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
