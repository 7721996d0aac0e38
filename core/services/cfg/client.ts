import { CsErrorCode } from '../../base/errors.js';
import type { MessageView } from '../../base/message-view.js';
import type { EventStream } from '../event-stream.js';
import { request, textAt } from '../packet.js';
import { ServiceClient } from '../service-client.js';
import type { CallOptions } from '../service-client.js';
import { addressText } from './address-text.js';
import { REASON_ROOM } from './layouts.js';

/** How a node is to shut down. */
export type ShutdownKind =
  /** Those who follow cfg are asked, and one refusal is enough. */
  | 'request'
  /** They are asked, but it is done whatever they say. */
  | 'regardless'
  /** Nobody is asked. */
  | 'immediate';

/** This node is asked to shut down: answer with `replyToShutdown`, soon. */
export interface ShutdownQuestion {
  readonly kind: 'shutdown';
  readonly how: ShutdownKind;
}

/** The question was open for too long. */
export interface ShutdownTimeout {
  readonly kind: 'timeout';
  readonly how: ShutdownKind;
}

export type CfgEvent = ShutdownQuestion | ShutdownTimeout;

/** A link of this node. */
export interface LinkState {
  readonly link: number;
  readonly address: string;
  /** `OK` where the link works. */
  readonly status: string;
}

/** A link to a node, as this node sees it. */
export interface NodeLink {
  readonly enabled: boolean;
  readonly connected: boolean;
  readonly dynamicallyConnected: boolean;
  /** Bytes of payload in a frame. */
  readonly mtu: number;
  readonly source: string;
  readonly destination: string;
}

/** A node, as this node sees it (corosync_cfg_node_status_v1). */
export interface NodeState {
  readonly nodeId: number;
  readonly reachable: boolean;
  readonly remote: boolean;
  readonly external: boolean;
  readonly onwire: { readonly min: number; readonly max: number; readonly version: number };
  /** The first eight, by number. */
  readonly links: readonly NodeLink[];
}

const RequestId = {
  RING_STATUS: 0,
  KILL_NODE: 2,
  TRY_SHUTDOWN: 3,
  REPLY_TO_SHUTDOWN: 4,
  NODE_ADDRESSES: 5,
  LOCAL_GET: 6,
  RELOAD: 7,
  REOPEN_LOGS: 8,
  NODE_STATUS: 9,
  TRACK_START: 10,
  TRACK_STOP: 11,
} as const;
const SHUTDOWN_EVENT = 10;
const KINDS: readonly ShutdownKind[] = ['request', 'regardless', 'immediate'];
const STATUS_VERSION = 1;
const LINKS = 8;
const LINK_BYTES = 520;
const AF_INET = 2;

const encoder = new TextEncoder();

/** A client of the configuration service: nodes and links, shutdown, kill, reload. */
export class CfgClient extends ServiceClient<CfgEvent> {
  protected readonly hints = hints;

  /** The id of the node this client is connected to. */
  async localNode(): Promise<number> {
    return (await this.ask(request(RequestId.LOCAL_GET).bytes, 'read the node id')).u32(24);
  }

  /** The links of this node. */
  async ringStatus(options?: CallOptions): Promise<LinkState[]> {
    const answer = await this.ask(request(RequestId.RING_STATUS).bytes, 'tell about the links', options);
    return Array.from({ length: answer.u32(24) }, (_, i) => {
      const name = textAt(answer, 32 + 128 * i, 128);
      const [link = '', address = ''] = name.split(/\s+/, 2);
      return { link: Number(link), address, status: textAt(answer, 2080 + 512 * i, 512) };
    });
  }

  /** A node and the links to it. A node nobody knows is simply not reachable. */
  async nodeStatus(nodeId: number): Promise<NodeState> {
    const message = request(RequestId.NODE_STATUS, 32).u32(16, nodeId).u32(24, STATUS_VERSION);
    const answer = await this.ask(message.bytes, `tell about node ${nodeId}`);
    return {
      nodeId: answer.u32(28),
      reachable: answer.u8(32) !== 0,
      remote: answer.u8(33) !== 0,
      external: answer.u8(34) !== 0,
      onwire: { min: answer.u8(35), max: answer.u8(36), version: answer.u8(37) },
      links: Array.from({ length: LINKS }, (_, i) => readLink(answer, 40 + LINK_BYTES * i)),
    };
  }

  /** The addresses of a node, of this one if none is given. Rejects with ERR_NOT_EXIST for an unknown node. */
  async nodeAddresses(nodeId = 0): Promise<string[]> {
    const answer = await this.ask(request(RequestId.NODE_ADDRESSES, 24).u32(16, nodeId).bytes, 'tell the addresses');
    const length = answer.u32(24) === AF_INET ? 4 : 16;
    return Array.from({ length: answer.u32(28) }, (_, i) => addressText(answer.copy(32 + 16 * i, length)));
  }

  /**
   * Kills a member: it logs the reason and ends at once, without leaving. Resolves when the order is on its way.
   * Rejects with ERR_NOT_EXIST if the node is no member.
   */
  async killNode(nodeId: number, reason: string, options?: CallOptions): Promise<void> {
    const text = encoder.encode(reason).subarray(0, REASON_ROOM - 1);
    const message = request(RequestId.KILL_NODE, 288).u32(16, nodeId).u16(24, text.length).put(26, text);
    await this.ask(message.bytes, `kill node ${nodeId}`, options);
  }

  /**
   * Shuts this node down. Resolves when all who follow cfg have agreed, or nobody had to.
   * Rejects with ERR_BUSY if one of them refused or none answered in time, ERR_EXIST while another such question is open.
   */
  async tryShutdown(how: ShutdownKind = 'request', options?: CallOptions): Promise<void> {
    await this.ask(request(RequestId.TRY_SHUTDOWN, 24).u32(16, KINDS.indexOf(how)).bytes, 'shut down', options);
  }

  /** Answers a `shutdown` event. Rejects with ERR_ACCESS if no question is open. */
  async replyToShutdown(agree: boolean, options?: CallOptions): Promise<void> {
    await this.ask(request(RequestId.REPLY_TO_SHUTDOWN, 24).u32(16, Number(agree)).bytes, 'take the answer', options);
  }

  /** `shutdown` and `timeout` events as a stream. Leaving the loop stops the tracking: it then counts as agreeing. */
  track(options: CallOptions = {}): Promise<EventStream<CfgEvent>> {
    return this.trackedStream(
      () => this.trackStart(options),
      () => this.trackStop(),
      options.signal,
    );
  }

  /**
   * From now on this client is asked before the node shuts down: `shutdown` events for `listen` and `events()`. It has to
   * answer each; who closes or stops tracking agrees.
   */
  async trackStart(options?: CallOptions): Promise<void> {
    await this.ask(request(RequestId.TRACK_START, 24).bytes, 'track', options);
  }

  /** This client is not asked any more. */
  async trackStop(options?: CallOptions): Promise<void> {
    await this.ask(request(RequestId.TRACK_STOP).bytes, 'stop tracking', options);
  }

  /**
   * Every node reads its configuration file again. Resolves when this one has; rejects with ERR_INVALID_PARAM if the file
   * has errors, and nothing is changed then.
   */
  async reload(options?: CallOptions): Promise<void> {
    await this.ask(request(RequestId.RELOAD).bytes, 'reload the configuration', options);
  }

  /** This node opens its log files anew, after they were rotated. */
  async reopenLogs(): Promise<void> {
    await this.ask(request(RequestId.REOPEN_LOGS).bytes, 'reopen the log files');
  }

  protected read(message: MessageView): CfgEvent | undefined {
    if (message.i32(0) !== SHUTDOWN_EVENT) return undefined;
    const how = KINDS[message.u32(24)] ?? 'request';
    return { kind: message.i32(16) === CsErrorCode.ERR_TIMEOUT ? 'timeout' : 'shutdown', how };
  }
}

function readLink(answer: MessageView, at: number): NodeLink {
  return {
    enabled: answer.u8(at) !== 0,
    connected: answer.u8(at + 1) !== 0,
    dynamicallyConnected: answer.u8(at + 2) !== 0,
    mtu: answer.u32(at + 4),
    source: textAt(answer, at + 8, 256),
    destination: textAt(answer, at + 264, 256),
  };
}

const hints = new Map<number, string>([
  [CsErrorCode.ERR_NOT_EXIST, ': the node is not known, or no member; see the nodelist.'],
  [CsErrorCode.ERR_BUSY, ': somebody refused, or did not answer in time.'],
  [CsErrorCode.ERR_EXIST, ': another question to shut down is open.'],
  [CsErrorCode.ERR_ACCESS, ': no question to shut down is open.'],
  [CsErrorCode.ERR_INVALID_PARAM, ": the file has errors; see the daemon's log."],
]);
