import { LARGE_FRAME_BYTES } from './frame-memory.js';
import type { Peer } from './transport.js';

/** What `openTransport` is told: plain values, as the configuration has them. */
export interface TransportOptions {
  readonly transport: 'udpu' | 'udp';
  /** This node's id; it is among `peers`, or becomes so. */
  readonly nodeId: number;
  /** Numeric address of this node's interface. An IPv6 link-local one may carry `%interface`. */
  readonly localAddress: string;
  /** mcastport. `udp` sends from the port below it. */
  readonly port: number;
  /** The members, this node among them, in the order in which copies are sent. */
  readonly peers: readonly Peer[];
  /** `udpu` only: take datagrams from the members' addresses alone. */
  readonly blockUnlistedIps: boolean;
  /** Bytes of the longest frame, with IP and UDP headers, that the ring sends in normal work. */
  readonly netmtu: number;
  /** Milliseconds between looks at the interface. */
  readonly downcheck: number;
  /** Milliseconds to the first look; 100, as Corosync's, if not given. */
  readonly firstCheck?: number;
  /** `udp` only, and needed there unless `broadcast`. */
  readonly mcastAddress?: string;
  /** `udp` only: multicast time to live; 1 if not given. */
  readonly ttl?: number;
  /** `udp` only, IPv4: to 255.255.255.255 in place of a group. */
  readonly broadcast?: boolean;
  /** Tries to bind a socket before giving up; 10 if not given. The wait after the n-th is 100 n milliseconds. */
  readonly bindAttempts?: number;
  /**
   * Bursts leave as one send each, segmented by the kernel or the card (GSO), and arrive in as few pieces as the kernel can
   * (GRO); on the wire they are the same datagrams. True if not given; what cannot be sent so is sent datagram by datagram.
   */
  readonly segmentation?: boolean;
  /** Small frames in memory; 40960 if not given. */
  readonly slots?: number;
  /** Frames of 64 KiB in memory; 256 if not given. */
  readonly largeSlots?: number;
}

export const DEFAULT_SLOTS = 40960;
export const DEFAULT_LARGE_SLOTS = 256;
export const DEFAULT_BIND_ATTEMPTS = 10;

/**
 * Bytes of a small slot: a whole frame of `netmtu` fits, with room for what encryption adds. Where that would be as much as
 * a large one, the longest frames go to the large ones.
 */
export function slotBytesFor(netmtu: number): number {
  const wanted = Math.ceil(Math.max(2048, netmtu + 64) / 64) * 64;
  return Math.min(wanted, LARGE_FRAME_BYTES - 64);
}
