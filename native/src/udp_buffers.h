#pragma once

#include <sys/socket.h>

#include "udp.h"

namespace chorale {

/** What one recvmmsg is told: each datagram goes to a small slot, what is over to the rest of a large one. */
struct UdpEndpoints::Reading {
  mmsghdr messages[kReceiveBatch];
  iovec parts[kReceiveBatch][2];
  Address senders[kReceiveBatch];
  int32_t small[kReceiveBatch];
  int32_t large[kReceiveBatch];
  bool withLarge;
  Received received[kReceiveBatch];
};

/** What one sendmmsg is told. A message is one datagram, or a run of equal ones that the kernel is to segment. */
struct UdpEndpoints::Sending {
  mmsghdr messages[kSendBatch];
  alignas(cmsghdr) char control[kSendBatch][CMSG_SPACE(sizeof(uint16_t))];
  iovec frames[kTransmitMost];
  UdpSocket* socket = nullptr;
  int count = 0;
};

}  // namespace chorale
