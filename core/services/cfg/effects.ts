/** A reload under way: what the daemon says about it. */
export interface ReloadProgress {
  /** The file is read and good; the map's keys change now. */
  parsed(): void;
  /** Done. A cs_error_t: OK, ERR_INVALID_PARAM for a file that is not good. */
  finished(error: number): void;
}

/** What cfg makes the daemon do. */
export interface CfgEffects {
  /**
   * Ends the daemon. Exit code 0: in good order, with a leave message. 255: this node was killed by another, which wants
   * it gone at once and without a leave message.
   */
  shutdown(exitCode: number, reason: string): void;
  /** Reads the configuration again; may take its time. */
  reload(progress: ReloadProgress): void;
  /** Opens the log files anew, after they were rotated. Gives a cs_error_t. */
  reopenLogs(): number;
}

/** A member's link 0 as clients see it. */
export interface LinkStatus {
  /** The member is in the ring, or in the one being formed. */
  readonly reachable: boolean;
  /** This node's interface is up. */
  readonly enabled: boolean;
  /** Bytes of payload in a frame. */
  readonly mtu: number;
  /** The member's address as text. */
  readonly address: string;
}

/** What cfg tells clients about addresses and links. */
export interface CfgNetwork {
  /** A member's addresses, each 4 or 16 bytes, in network order; undefined for a node that is not in the nodelist. */
  addressesOf(nodeId: number): readonly Uint8Array[] | undefined;
  /** Undefined for a node that is not in the nodelist. */
  linkOf(nodeId: number): LinkStatus | undefined;
}
