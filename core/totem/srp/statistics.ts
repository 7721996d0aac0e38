/** What the ring counts: Corosync's `stats.srp` names in our style, and one counter for each reason to drop a frame. */
export class RingStatistics {
  tokensReceived = 0;
  tokensSent = 0;
  /** First tokens of rings that this node sent as their representative. */
  tokensOriginated = 0;
  messagesSent = 0;
  messagesReceived = 0;
  messagesDelivered = 0;
  retransmitted = 0;
  retransmitRequests = 0;
  joinsSent = 0;
  joinsReceived = 0;
  mergesSent = 0;
  mergesReceived = 0;
  commitTokensSent = 0;
  commitTokensReceived = 0;
  holdCancelsSent = 0;
  holdCancelsReceived = 0;
  operationalEntered = 0;
  operationalTokenLost = 0;
  gatherEntered = 0;
  gatherTokenLost = 0;
  commitEntered = 0;
  commitTokenLost = 0;
  recoveryEntered = 0;
  recoveryTokenLost = 0;
  consensusTimeouts = 0;
  /** Consensus time-outs in a row. */
  continuousGather = 0;

  /** Frames that are not Totem's, of another version, too short or with impossible contents. */
  malformed = 0;
  /** Frames of nodes that are not configured. */
  unknownSender = 0;
  /** Frames of a ring that is over, tokens seen before, messages known already. */
  stale = 0;
  duplicates = 0;
  /** Frames that do not fit what the ring is doing now. */
  unexpected = 0;
  /** Frames dropped or not sent for want of frame memory. */
  noFrames = 0;
  /** JOINs that had waited while this process was not running. */
  droppedAfterPause = 0;

  /** Time of the last accepted token, by the ring's clock, and the smoothed time of a rotation in which it was not held, in ms. */
  lastTokenAt = 0;
  rotationMs = 0;
  /** Smoothed over token visits: ms from a token's arrival to when it was passed on, and frames that waited to be sent. */
  workloadMs = 0;
  backlog = 0;
}
