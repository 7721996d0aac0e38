import { CsErrorCode } from '../../base/errors.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client, RequestHandler } from '../../host/service-engine.js';
import { requestHandlers } from '../handlers.js';
import type { Refusals } from '../handlers.js';
import type { Outbox } from '../outbox.js';
import { response, textAt } from '../packet.js';
import type { VotequorumEngine } from './engine.js';
import {
  NodeFlag,
  QDEVICE_NAME_ROOM,
  QDEVICE_NODE_ID,
  QdeviceOperation,
  qdeviceReconfigureBody,
  qdeviceRegBody,
  Reconfigure,
  reconfigureBody,
  RingFn,
} from './layouts.js';

const { OK, ERR_TRY_AGAIN, ERR_INVALID_PARAM, ERR_ACCESS, ERR_NOT_EXIST, ERR_EXIST } = CsErrorCode;

export const ResponseId = { STATUS: 0, GET_INFO: 1 } as const;

/** Bits of a request to track (CS_TRACK_*). */
const Track = { CURRENT: 1, CHANGES: 2, CHANGES_ONLY: 4 } as const;

/** What an info answer says about the cluster and the node asked for. */
const InfoFlag = {
  TWO_NODE: 1,
  QUORATE: 2,
  WAIT_FOR_ALL: 4,
  LAST_MAN_STANDING: 8,
  AUTO_TIE_BREAKER: 16,
  ALLOW_DOWNSCALE: 32,
  QDEVICE_REGISTERED: 64,
  QDEVICE_ALIVE: 128,
  QDEVICE_CAST_VOTE: 256,
  QDEVICE_MASTER_WINS: 512,
} as const;

/** What clients may ask votequorum for, by request id. */
export class VotequorumRequests {
  readonly handlers: readonly RequestHandler[];

  constructor(
    private readonly engine: VotequorumEngine,
    private readonly outbox: Outbox,
    refusals: Refusals,
  ) {
    /** A handler that gives undefined answers later. */
    const status =
      (handle: (request: MessageView, client: Client) => number | undefined): RequestHandler =>
      (client, request) => {
        const error = handle(request, client);
        if (error !== undefined) client.respond([response(ResponseId.STATUS, error).bytes]);
      };
    const withName =
      (handle: (name: string, request: MessageView) => number): RequestHandler =>
      (client, request) => {
        const name = textAt(request, 16, QDEVICE_NAME_ROOM);
        client.respond([response(ResponseId.STATUS, handle(name, request)).bytes]);
      };
    this.handlers = requestHandlers(refusals, [
      [24, ResponseId.GET_INFO, (client, request) => this.getInfo(client, request.u32(16))],
      [24, ResponseId.STATUS, status((request) => this.setExpected(request.u32(16)))],
      [24, ResponseId.STATUS, status((request) => this.setVotes(request.u32(20), request.u32(16)))],
      [32, ResponseId.STATUS, status((request, client) => this.trackStart(client, request.u64(16), request.u32(24)))],
      [16, ResponseId.STATUS, status((_request, client) => (this.engine.trackers.remove(client) ? OK : ERR_NOT_EXIST))],
      [
        272,
        ResponseId.STATUS,
        status((request, client) => this.register(client, textAt(request, 16, QDEVICE_NAME_ROOM))),
      ],
      [272, ResponseId.STATUS, withName((name) => this.unregister(name))],
      [528, ResponseId.STATUS, withName((name, request) => this.rename(name, textAt(request, 271, QDEVICE_NAME_ROOM)))],
      [296, ResponseId.STATUS, withName((name, request) => this.poll(name, request))],
      [280, ResponseId.STATUS, withName((name, request) => this.masterWins(name, request.u32(272) !== 0))],
    ]);
  }

  private getInfo(client: Client, asked: number): void {
    const { electorate, options, qdevice } = this.engine;
    const node = electorate.find(asked === QDEVICE_NODE_ID ? electorate.us.nodeId : asked);
    if (!node) {
      client.respond([response(ResponseId.GET_INFO, ERR_NOT_EXIST, 320).bytes]);
      return;
    }
    const present = electorate.present;
    const castsVote = (node.flags & NodeFlag.QDEVICE_CAST_VOTE) !== 0;
    const total = present.reduce((sum, { votes }) => sum + votes, castsVote ? electorate.qdevice.votes : 0);
    const highest = present.reduce((most, { expectedVotes }) => Math.max(most, expectedVotes), 0);
    const flags =
      (options.twoNode ? InfoFlag.TWO_NODE : 0) |
      (this.engine.quorate ? InfoFlag.QUORATE : 0) |
      (options.waitForAll ? InfoFlag.WAIT_FOR_ALL : 0) |
      (this.engine.lastManStands ? InfoFlag.LAST_MAN_STANDING : 0) |
      (options.tieBreaker.kind !== 'none' ? InfoFlag.AUTO_TIE_BREAKER : 0) |
      (options.allowDownscale ? InfoFlag.ALLOW_DOWNSCALE : 0) |
      ((node.flags & NodeFlag.QDEVICE_REGISTERED) !== 0 ? InfoFlag.QDEVICE_REGISTERED : 0) |
      ((node.flags & NodeFlag.QDEVICE_ALIVE) !== 0 ? InfoFlag.QDEVICE_ALIVE : 0) |
      (castsVote ? InfoFlag.QDEVICE_CAST_VOTE : 0) |
      ((node.flags & NodeFlag.QDEVICE_MASTER_WINS) !== 0 ? InfoFlag.QDEVICE_MASTER_WINS : 0);
    const answer = response(ResponseId.GET_INFO, OK, 320)
      .u32s(24, [node.nodeId, node.state, node.votes, node.expectedVotes])
      .u32s(40, [highest, total, electorate.quorum, flags, electorate.qdevice.votes])
      .text(60, qdevice.name, QDEVICE_NAME_ROOM - 1);
    client.respond([answer.bytes]);
  }

  private setExpected(expected: number): number {
    const { electorate, quorate, us } = this.engine;
    const { quorum, total } = electorate.calculate(true, expected, false);
    if (expected < total || (quorate && quorum > total)) return ERR_INVALID_PARAM;
    electorate.expect(expected);
    this.outbox.send(RingFn.RECONFIGURE, reconfigureBody(Reconfigure.EXPECTED_VOTES, us.nodeId, expected));
    return OK;
  }

  private setVotes(nodeId: number, votes: number): number {
    const { electorate } = this.engine;
    const node = electorate.find(nodeId);
    if (!node) return CsErrorCode.ERR_NAME_NOT_FOUND;
    const before = node.votes;
    node.votes = votes;
    const { quorum, total } = electorate.calculate(true, 0);
    if (quorum < Math.floor(total / 2) || quorum > total) {
      node.votes = before;
      return ERR_INVALID_PARAM;
    }
    this.outbox.send(RingFn.RECONFIGURE, reconfigureBody(Reconfigure.NODE_VOTES, nodeId, votes));
    return OK;
  }

  private trackStart(client: Client, context: bigint, flags: number): number {
    const { trackers, ringId, quorate } = this.engine;
    if ((flags & (Track.CURRENT | Track.CHANGES)) !== 0) {
      trackers.sendNodeList(ringId, [{ client, context }]);
      trackers.sendQuorum(quorate, [{ client, context }]);
    }
    if (trackers.has(client)) return ERR_EXIST;
    if ((flags & (Track.CHANGES | Track.CHANGES_ONLY)) !== 0) trackers.add(client, context);
    return OK;
  }

  private register(client: Client, name: string): number | undefined {
    const { qdevice } = this.engine;
    if (!qdevice.canOperate) return ERR_ACCESS;
    if (qdevice.registered) return qdevice.name === name ? OK : ERR_EXIST;
    if (qdevice.registering) return ERR_TRY_AGAIN;
    qdevice.registering = client;
    this.outbox.send(RingFn.QDEVICE_REG, qdeviceRegBody(QdeviceOperation.REGISTER, name));
    return undefined;
  }

  private unregister(name: string): number {
    const { qdevice } = this.engine;
    if (!qdevice.registered) return ERR_NOT_EXIST;
    if (qdevice.name !== name) return ERR_INVALID_PARAM;
    qdevice.unregister();
    this.outbox.send(RingFn.QDEVICE_REG, qdeviceRegBody(QdeviceOperation.UNREGISTER, name));
    return OK;
  }

  private rename(oldName: string, newName: string): number {
    const { qdevice } = this.engine;
    if (!qdevice.registered) return ERR_NOT_EXIST;
    if (qdevice.name !== oldName) return ERR_INVALID_PARAM;
    this.outbox.send(RingFn.QDEVICE_RECONFIGURE, qdeviceReconfigureBody(oldName, newName));
    return OK;
  }

  private poll(name: string, request: MessageView): number {
    const { qdevice, ringId } = this.engine;
    if (!qdevice.canOperate) return ERR_ACCESS;
    if (!qdevice.registered) return ERR_NOT_EXIST;
    const sameRing = request.u32(280) === ringId.representative && request.u64(288) === BigInt(ringId.seq);
    if (!sameRing) return CsErrorCode.ERR_MESSAGE_ERROR;
    if (qdevice.name !== name) return ERR_INVALID_PARAM;
    qdevice.polled(request.u32(272) !== 0);
    return OK;
  }

  private masterWins(name: string, allow: boolean): number {
    const { qdevice } = this.engine;
    if (!qdevice.canOperate) return ERR_ACCESS;
    if (!qdevice.registered) return ERR_NOT_EXIST;
    if (qdevice.name !== name) return ERR_INVALID_PARAM;
    this.engine.setMasterWins(allow);
    return OK;
  }
}
