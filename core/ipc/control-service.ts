import { responseMessage } from '../base/client-message.js';
import { CsError, CsErrorCode } from '../base/errors.js';
import type { MessageView } from '../base/message-view.js';
import type { ClientService } from '../host/client-hub.js';
import { messageOf } from '../host/errors.js';
import type { NodeStatus } from '../host/node-status.js';
import type { Client } from '../host/service-engine.js';
import {
  DumpReply,
  LoadRequest,
  LogReply,
  LogRequest,
  OverviewReply,
  ServiceRequest,
  StatusReply,
  TextReply,
} from './control.proto.js';
import type { LogPage, Overview } from './overview.js';

/** The name clients connect to. */
export const CONTROL_SERVICE = 'control';

/** Request ids; a response has the id of its request. Bodies are in control.proto. */
export const ControlRequest = {
  /** StatusReply. */
  STATUS: 0,
  /** DumpReply. */
  DUMP: 1,
  /** TextReply, as for all that follow. */
  RELOAD: 2,
  /** LoadRequest. */
  LOAD: 3,
  /** ServiceRequest. */
  UNLOAD: 4,
  /** ServiceRequest. */
  RESTART: 5,
  LEAVE: 6,
  /** OverviewReply. */
  OVERVIEW: 7,
  /** LogRequest; LogReply. */
  LOG: 8,
} as const;

/** What the daemon does for its operator. Each resolves to a line for the person, or rejects with why not. */
export interface ControlActions {
  status(): NodeStatus;
  overview(): Overview;
  /** Plain data. */
  dump(): unknown;
  /** The last records of the log with a higher number than `after`, oldest first, as many as fit an answer. */
  log(after: number): LogPage;
  /** Reads the configuration again and applies it. */
  reload(): Promise<string>;
  /** Loads a plugin into the running node. */
  load(specifier: string): Promise<string>;
  unload(service: string): Promise<string>;
  /** Makes the service's engine anew; `fresh` reads its plugin's file again. */
  restart(service: string, fresh: boolean): Promise<string>;
  /** Leaves the ring politely and ends; resolves before it begins. */
  leave(): Promise<string>;
}

const HEADER_BYTES = 16;

/** The daemon's own service, for `chorale status` and the like. It is there before the node is on a ring. */
export class ControlService implements ClientService {
  readonly name = CONTROL_SERVICE;
  readonly alwaysOpen = true;

  constructor(private readonly actions: ControlActions) {}

  isFlowControlled(): boolean {
    return false;
  }

  isUnanswered(): boolean {
    return false;
  }

  isKept(): boolean {
    return false;
  }

  clientConnected(): void {
    // Whoever can connect may command the daemon: the socket is its owner's alone.
  }

  clientDisconnected(): void {
    // Nothing is kept for a client; what it asked for is done all the same.
  }

  request(id: number, client: Client, request: MessageView): void {
    switch (id) {
      case ControlRequest.STATUS:
        client.respond([responseMessage(id, StatusReply.encode(statusReply(this.actions.status())))]);
        return;
      case ControlRequest.DUMP:
        client.respond([responseMessage(id, DumpReply.encode({ json: JSON.stringify(this.actions.dump(), plain) }))]);
        return;
      case ControlRequest.RELOAD:
        this.answer(client, id, this.actions.reload());
        return;
      case ControlRequest.LOAD:
        this.answer(client, id, this.actions.load(decode(LoadRequest, request).specifier));
        return;
      case ControlRequest.UNLOAD:
        this.answer(client, id, this.actions.unload(decode(ServiceRequest, request).service));
        return;
      case ControlRequest.RESTART: {
        const { service, fresh } = decode(ServiceRequest, request);
        this.answer(client, id, this.actions.restart(service, fresh));
        return;
      }
      case ControlRequest.OVERVIEW: {
        const { status, ...rest } = this.actions.overview();
        client.respond([responseMessage(id, OverviewReply.encode({ ...rest, status: statusReply(status) }))]);
        return;
      }
      case ControlRequest.LOG:
        client.respond([responseMessage(id, LogReply.encode(this.actions.log(decode(LogRequest, request).after)))]);
        return;
      case ControlRequest.LEAVE:
        this.answer(client, id, this.actions.leave());
        return;
      default:
        throw new CsError('ERR_INVALID_PARAM', `the control service has no request ${id}; match the versions`);
    }
  }

  private answer(client: Client, id: number, work: Promise<string>): void {
    work.then(
      (text) => client.respond([responseMessage(id, TextReply.encode({ text }))]),
      (error: unknown) => {
        const body = TextReply.encode({ text: messageOf(error) });
        client.respond([responseMessage(id, body, CsErrorCode.ERR_FAILED_OPERATION)]);
      },
    );
  }
}

function decode<T>(codec: { decode(bytes: Uint8Array): T }, request: MessageView): T {
  try {
    return codec.decode(request.subarray(HEADER_BYTES, request.length - HEADER_BYTES));
  } catch (error) {
    throw new CsError('ERR_INVALID_PARAM', `malformed request: ${messageOf(error)}; match the versions`);
  }
}

function statusReply(status: NodeStatus): StatusReply {
  return {
    nodeId: status.nodeId,
    state: status.state,
    ...(status.ringId === undefined ? {} : { ringId: status.ringId }),
    members: [...status.members],
    rotationMs: status.rotationMs,
    sentPerSecond: status.rates.sent,
    deliveredPerSecond: status.rates.delivered,
    retransmittedPerSecond: status.rates.retransmitted,
    tokensPerSecond: status.rates.tokens,
    ...(status.tuning === undefined ? {} : { tuning: status.tuning }),
    plugins: status.services.map((plugin) => ({ ...plugin, rx: [...plugin.rx], tx: [...plugin.tx] })),
  };
}

/** What JSON has no form for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return value;
}
