#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "udp_buffers.h"

namespace chorale {

namespace {

/** Fields of a transmit entry, as core/net/native.ts writes them. */
enum Field { kFrame, kLength, kDestination, kSocket };
constexpr int32_t kAllPeers = -1;

bool RefusesSegmentation(int error) {
  return error == EINVAL || error == EIO || error == EMSGSIZE || error == EOPNOTSUPP || error == ENOPROTOOPT;
}

}  // namespace

/** Sends what the first `count` transmit entries describe, in their order to each destination. */
void UdpEndpoints::SendQueued(uint32_t count) {
  if (count > kTransmitMost) {
    Count(kSendInvalid, count - kTransmitMost);
    count = kTransmitMost;
  }
  for (uint32_t i = 0; i < count; i++)
    if (!Validate(i)) sending_->frames[i] = {nullptr, 0};
  for (uint32_t at = 0; at < count;) {
    if (sending_->frames[at].iov_base == nullptr) {
      Count(kSendInvalid);
      at++;
      continue;
    }
    const int32_t* entry = transmit_ + at * kTransmitFields;
    UdpSocket* socket = sockets_[entry[kSocket]].get();
    const uint32_t run = RunLength(at, count);
    if (entry[kDestination] != kAllPeers) {
      QueueRun(socket, &destinations_[entry[kDestination]], at, run);
    } else {
      for (Destination& destination : destinations_)
        if (destination.inAll) QueueRun(socket, &destination, at, run);
    }
    at += run;
  }
  Submit();
}

/** Nothing JavaScript wrote is trusted: frame, length, destination and socket must exist. */
bool UdpEndpoints::Validate(uint32_t index) {
  const int32_t* entry = transmit_ + index * kTransmitFields;
  uint32_t room = 0;
  uint8_t* bytes = arena_->Find(entry[kFrame], &room);
  if (bytes == nullptr || entry[kLength] <= 0 || static_cast<uint32_t>(entry[kLength]) > room) return false;
  if (entry[kSocket] < 0 || static_cast<size_t>(entry[kSocket]) >= sockets_.size()) return false;
  const int32_t destination = entry[kDestination];
  if (destination != kAllPeers && (destination < 0 || static_cast<size_t>(destination) >= destinations_.size()))
    return false;
  sending_->frames[index] = {bytes, static_cast<size_t>(entry[kLength])};
  return true;
}

/** How many entries from `at` on can leave as one burst: same socket and destination, one length, a shorter one last. */
uint32_t UdpEndpoints::RunLength(uint32_t at, uint32_t count) const {
  const int32_t* first = transmit_ + at * kTransmitFields;
  const size_t segment = sending_->frames[at].iov_len;
  if (segment > sockets_[first[kSocket]]->segmentMost) return 1;
  size_t bytes = segment;
  uint32_t run = 1;
  while (at + run < count && run < kSegmentsMost) {
    const int32_t* next = first + run * kTransmitFields;
    const iovec& frame = sending_->frames[at + run];
    if (next[kSocket] != first[kSocket] || next[kDestination] != first[kDestination]) break;
    if (frame.iov_base == nullptr || frame.iov_len > segment || bytes + frame.iov_len > kSegmentedBytesMost) break;
    bytes += frame.iov_len;
    run++;
    if (frame.iov_len < segment) break;
  }
  return run;
}

void UdpEndpoints::QueueRun(UdpSocket* socket, Destination* destination, uint32_t at, uint32_t frames) {
  // The socket may have lost its segmentation since the run was measured.
  if (socket->segmentMost > 0) return QueueMessage(socket, destination, at, frames);
  for (uint32_t i = 0; i < frames; i++) QueueMessage(socket, destination, at + i, 1);
}

void UdpEndpoints::QueueMessage(UdpSocket* socket, Destination* destination, uint32_t at, uint32_t frames) {
  Sending& sending = *sending_;
  if (sending.count == kSendBatch || (sending.count > 0 && sending.socket != socket)) Submit();
  sending.socket = socket;
  msghdr& header = sending.messages[sending.count].msg_hdr;
  header = msghdr{};
  header.msg_name = &destination->address.base;
  header.msg_namelen = destination->address.length;
  header.msg_iov = &sending.frames[at];
  header.msg_iovlen = frames;
  if (frames > 1) {
    header.msg_control = sending.control[sending.count];
    header.msg_controllen = sizeof(sending.control[0]);
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    const uint16_t segment = static_cast<uint16_t>(sending.frames[at].iov_len);
    std::memcpy(CMSG_DATA(control), &segment, sizeof(segment));
  }
  sending.count++;
}

void UdpEndpoints::Submit() {
  Sending& sending = *sending_;
  for (int done = 0; done < sending.count;) {
    const int sent =
        sendmmsg(sending.socket->fd, sending.messages + done, sending.count - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      for (int i = done; i < done + sent; i++) {
        Count(kSentDatagrams, sending.messages[i].msg_hdr.msg_iovlen);
        Count(kSentBytes, sending.messages[i].msg_len);
      }
      done += sent;
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    const mmsghdr& refused = sending.messages[done++];
    if (refused.msg_hdr.msg_iovlen > 1 && RefusesSegmentation(error)) {
      sending.socket->segmentMost = 0;
      SendUnsegmented(refused);
    } else {
      CountSendError(error, refused.msg_hdr.msg_iovlen);
    }
  }
  sending.count = 0;
}

/** A burst that the interface would not segment leaves datagram by datagram. */
void UdpEndpoints::SendUnsegmented(const mmsghdr& message) {
  for (size_t i = 0; i < message.msg_hdr.msg_iovlen; i++) {
    msghdr single{};
    single.msg_name = message.msg_hdr.msg_name;
    single.msg_namelen = message.msg_hdr.msg_namelen;
    single.msg_iov = message.msg_hdr.msg_iov + i;
    single.msg_iovlen = 1;
    const ssize_t sent = sendmsg(sending_->socket->fd, &single, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == -1) {
      CountSendError(errno, 1);
    } else {
      Count(kSentDatagrams);
      Count(kSentBytes, static_cast<double>(sent));
    }
  }
}

void UdpEndpoints::CountSendError(int error, size_t datagrams) {
  const double by = static_cast<double>(datagrams);
  switch (error) {
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
      return Count(kSendBufferFull, by);
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EADDRNOTAVAIL:
    case ECONNREFUSED:
      return Count(kSendUnreachable, by);
    case EPERM:
    case EACCES:
      return Count(kSendForbidden, by);
    case EMSGSIZE:
      return Count(kSendTooLong, by);
    default:
      return Count(kSendErrors, by);
  }
}

}  // namespace chorale
