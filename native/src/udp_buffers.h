#pragma once

#include <sys/socket.h>

#include "udp.h"

namespace chorale {

/**
 * What one recvmmsg is told: each message goes to a small slot, what is over to a place of `rest`. Over is what a datagram
 * is longer than a slot, and all of a coalesced burst but its first datagram.
 */
struct UdpEndpoints::Reading {
  mmsghdr messages[kReceiveBatch];
  iovec parts[kReceiveBatch][2];
  alignas(cmsghdr) char control[kReceiveBatch][CMSG_SPACE(sizeof(int))];
  Address senders[kReceiveBatch];
  int32_t small[kReceiveBatch];
  /** kLargeFrameBytes a message; its pages are touched when they are needed. */
  std::shared_ptr<Mapping> rest;
  Received received[kReceiveBatch * kCoalescedMost];
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
