import type { MessageView } from '../base/message-view.js';
import type { MessageReceiver, Configuration } from '../totem/ring.js';
import type { SyncParticipant } from '../sync/participant.js';

/** Service ids 0 to 31 are Corosync's; Chorale's own and third parties' are 32 to 63. */
export const FIRST_OWN_SERVICE_ID = 32;
export const SERVICE_ID_LIMIT = 64;

/**
 * A service engine: a pure state machine that changes its state by ordered messages only, the same change on every
 * node. It gets its clock, store, log and the ring by injection and touches nothing else.
 */
export interface ServiceEngine {
  /** As in `runtime.services.NAME`, for example `cpg`. */
  readonly name: string;
  readonly id: number;
  /** Start order, low first; stopping goes the other way. */
  readonly priority: number;
  readonly version: number;
  /** Handlers of ring messages; the position is the function number. The id on the ring is `service id << 16 | function`. */
  readonly messages: readonly MessageReceiver[];
  /**
   * Handlers of client requests; the position is the request id of the client protocol. Missing for a service without
   * clients. A request is shown whole, with its 16-byte header {i32 id, i32 size at 8} first, as in libqb's IPC.
   */
  readonly requests?: readonly (RequestHandler | undefined)[];
  /**
   * Ids of requests that multicast. While the ring has no room for a message of the request's size and 256 bytes more, or
   * the services are being synchronized, the host does not show such a request: it answers ERR_TRY_AGAIN (response id 0,
   * 24 bytes), or, if the request is also in `unanswered` or `patient`, keeps it and the client's later ones until it may
   * go.
   */
  readonly flowControlled?: ReadonlySet<number>;
  /** Ids of flow controlled requests that have a response and wait nevertheless. Corosync's services have none. */
  readonly patient?: ReadonlySet<number>;
  /** Ids of requests that never have a response. */
  readonly unanswered?: ReadonlySet<number>;
  /**
   * Ids of requests that are shown where the client wrote them, in memory that it can change at any time: their handlers read
   * no byte twice, and pass on what they do not look at. Of all others a copy is shown.
   */
  readonly readOnce?: ReadonlySet<number>;
  clientConnected?(client: Client): void;
  /** The client is gone, however it ended; nothing may be sent to it any more. */
  clientDisconnected?(client: Client): void;
  /** Missing for a service without shared state: it takes no part in synchronization. */
  readonly sync?: SyncParticipant;
  /** The ring is up to multicast to; called once. */
  start?(): void;
  /** The node is leaving (or the plugin is being unloaded): release everything. */
  stop?(): void;
  /** Both events of every membership change, in order with the messages. */
  configurationChanged?(configuration: Configuration): void;
  /** The state as plain data, for `chorale status`, dumps and tests. */
  dump?(): unknown;
}

/** One connection of a client program to one service. The engine may use it as a map key for its own state. */
export interface Client {
  /** Unique in this process. */
  readonly id: number;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /**
   * Answers the request being handled, or one handled earlier: `parts` are one message with its 24-byte header. They are copied
   * before it returns.
   */
  respond(parts: readonly Uint8Array[]): void;
  /** Queues an event, copied like a response. Never blocks; a client whose bounded queue overflows is cut off by the host. */
  event(parts: readonly Uint8Array[]): void;
}

/**
 * Handles one request of a client, whole with its header; the view is valid until it returns. It may multicast, but
 * changes no replicated state itself. A CsError thrown is the answer; a read past the end is answered ERR_INVALID_PARAM;
 * anything else thrown is a bug, and ends the client's connection.
 */
export type RequestHandler = (client: Client, request: MessageView) => void;

/** What an engine multicasts with. Ids and sizes of the 16-byte message header are filled in by the host. */
export interface ServiceRing {
  readonly nodeId: number;
  /**
   * Multicasts to this service's handler `fn` on every member, this node included. `parts` follow the 16-byte header.
   * False: the queue is full and nothing was taken.
   */
  multicast(fn: number, parts: readonly Uint8Array[], guarantee?: 0 | 1): boolean;
  canMulticast(length: number): boolean;
  /**
   * True from a regular configuration until all services are synchronized on it. What is multicast meanwhile overtakes
   * what was multicast before the configuration and is still queued: only synchronization itself should.
   */
  readonly synchronizing: boolean;
  /** Calls `listener` once, after the next token has passed and so made room: what to wait for when `multicast` says false. */
  whenRoom(listener: () => void): void;
}
