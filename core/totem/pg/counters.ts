/** What the packing layer has seen since it was made; numbers only grow. */
export interface PackingCounters {
  /** Messages taken from services. */
  sent: number;
  /** Messages refused because the queue was full or frame memory low. */
  refused: number;
  /** Messages handed to a group's receiver. */
  delivered: number;
  /** Messages for a group nobody joined here. */
  unknownGroup: number;
  /** Frames dropped because their length table does not add up. */
  malformedFrames: number;
  /** Messages dropped because their group prefix, or something their receiver read, is past their end. */
  malformedMessages: number;
  /** Frames whose messages were thrown away because a fragment before them was missing. */
  thrownAwayFrames: number;
  /** Messages whose first fragments were sent before this node listened, or that were longer than allowed. */
  incompleteMessages: number;
}

export function newPackingCounters(): PackingCounters {
  return {
    sent: 0,
    refused: 0,
    delivered: 0,
    unknownGroup: 0,
    malformedFrames: 0,
    malformedMessages: 0,
    thrownAwayFrames: 0,
    incompleteMessages: 0,
  };
}
