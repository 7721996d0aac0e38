#pragma once

namespace chorale {

/** Places in the shared array of counters; kCounterNames has their names in the same order. */
enum Counter {
  kReceivedDatagrams,
  kReceivedBytes,
  kReceiveWakeups,
  kReceiveUnlisted,
  kReceiveOwn,
  kReceiveNoFrame,
  kReceiveEmpty,
  kReceiveDiscarded,
  kReceiveErrors,
  kSentDatagrams,
  kSentBytes,
  kSendBufferFull,
  kSendUnreachable,
  kSendForbidden,
  kSendTooLong,
  kSendErrors,
  kSendInvalid,
  kCounters,
};

constexpr const char* kCounterNames[] = {
    "receivedDatagrams", "receivedBytes", "receiveWakeups", "receiveUnlisted", "receiveOwn",      "receiveNoFrame",
    "receiveEmpty",      "receiveDiscarded", "receiveErrors", "sentDatagrams", "sentBytes",       "sendBufferFull",
    "sendUnreachable",   "sendForbidden", "sendTooLong",    "sendErrors",      "sendInvalid",
};
static_assert(sizeof(kCounterNames) / sizeof(kCounterNames[0]) == kCounters, "every counter has a name");

}  // namespace chorale
