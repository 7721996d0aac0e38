import { RESPONSE_HEADER_BYTES, requestMessage, responseBody } from '../base/client-message.js';
import { CsError, CsErrorCode } from '../base/errors.js';
import { MessageView } from '../base/message-view.js';
import type { ServiceConnection } from '../base/service-connection.js';
import type { NodeState, NodeStatus } from '../host/node-status.js';
import type { ServiceState } from '../host/hosted-service.js';
import { connect } from './client.js';
import type { ConnectOptions } from './client.js';
import { CONTROL_SERVICE, ControlRequest } from './control-service.js';
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

/**
 * Commands a running daemon. Every method rejects with a CsError whose message says what to do; what a command was
 * refused for is CS_ERR_FAILED_OPERATION with the daemon's own text.
 */
export class ControlClient {
  private constructor(private readonly connection: ServiceConnection) {}

  static async connect(options: ConnectOptions = {}): Promise<ControlClient> {
    return new ControlClient(await connect(CONTROL_SERVICE, options));
  }

  async status(): Promise<NodeStatus> {
    return nodeStatus(StatusReply.decode(await this.ask(ControlRequest.STATUS)));
  }

  /** The node with everything around it. */
  async overview(): Promise<Overview> {
    const { status, quorum, totals, ...rest } = OverviewReply.decode(await this.ask(ControlRequest.OVERVIEW));
    if (status === undefined || quorum === undefined || totals === undefined) {
      throw new CsError('ERR_MESSAGE_ERROR', 'the daemon left out parts of the overview; match the versions');
    }
    return { ...rest, status: nodeStatus(status), quorum, totals };
  }

  /** Some of the log's last records, after the one of this number: ask again while there are more. */
  async log(after = 0): Promise<LogPage> {
    const { records, more, kept } = LogReply.decode(await this.ask(ControlRequest.LOG, LogRequest.encode({ after })));
    return { records, more, kept };
  }

  /** Everything the node knows of itself, as plain data. */
  async dump(): Promise<unknown> {
    return JSON.parse(DumpReply.decode(await this.ask(ControlRequest.DUMP)).json);
  }

  reload(): Promise<string> {
    return this.command(ControlRequest.RELOAD);
  }

  load(specifier: string): Promise<string> {
    return this.command(ControlRequest.LOAD, LoadRequest.encode({ specifier }));
  }

  unload(service: string): Promise<string> {
    return this.command(ControlRequest.UNLOAD, ServiceRequest.encode({ service, fresh: false }));
  }

  restart(service: string, fresh = false): Promise<string> {
    return this.command(ControlRequest.RESTART, ServiceRequest.encode({ service, fresh }));
  }

  leave(): Promise<string> {
    return this.command(ControlRequest.LEAVE);
  }

  close(): void {
    this.connection.close();
  }

  private async ask(id: number, body?: Uint8Array): Promise<Uint8Array> {
    return responseBody(await this.connection.request(requestMessage(id, body)), 'the daemon refuses');
  }

  private async command(id: number, body?: Uint8Array): Promise<string> {
    const response = await this.connection.request(requestMessage(id, body));
    if (MessageView.over(response).i32(16) === CsErrorCode.ERR_FAILED_OPERATION) {
      const { text } = TextReply.decode(response.subarray(RESPONSE_HEADER_BYTES));
      throw new CsError('ERR_FAILED_OPERATION', text);
    }
    return TextReply.decode(responseBody(response, 'the daemon refuses')).text;
  }
}

function nodeStatus(reply: StatusReply): NodeStatus {
  return {
    nodeId: reply.nodeId,
    state: reply.state as NodeState,
    ...(reply.ringId === undefined ? {} : { ringId: reply.ringId }),
    members: reply.members,
    rotationMs: reply.rotationMs,
    ...(reply.tuning === undefined ? {} : { tuning: reply.tuning }),
    rates: {
      sent: reply.sentPerSecond,
      delivered: reply.deliveredPerSecond,
      retransmitted: reply.retransmittedPerSecond,
      tokens: reply.tokensPerSecond,
    },
    services: reply.plugins.map((plugin) => ({ ...plugin, state: plugin.state as ServiceState })),
  };
}
