import type { Clock, Timer } from '../../base/clock.js';
import { CsErrorCode } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import { MalformedMessage } from '../../base/message-view.js';
import type { MessageView } from '../../base/message-view.js';
import type { Store } from '../../base/store.js';
import type { Client, RequestHandler, ServiceEngine, ServiceRing } from '../../host/service-engine.js';
import type { SyncParticipant } from '../../sync/participant.js';
import type { MessageReceiver, RingId } from '../../totem/ring.js';
import type { Icmap } from '../cmap/icmap.js';
import type { Tracker } from '../cmap/key-trackers.js';
import { TrackEvent } from '../cmap/key-trackers.js';
import { ValueType } from '../cmap/values.js';
import { Refusals, ringHandlers } from '../handlers.js';
import { Outbox } from '../outbox.js';
import { response, textAt } from '../packet.js';
import type { QuorumReport } from '../quorum/engine.js';
import { Counting } from './counting.js';
import { Electorate } from './electorate.js';
import type { NodeRecord } from './electorate.js';
import {
  NodeFlag,
  nodeInfoBody,
  NodeState,
  QDEVICE_NAME_ROOM,
  QDEVICE_NODE_ID,
  QdeviceOperation,
  qdeviceRegBody,
  Reconfigure,
  reconfigureBody,
  RingFn,
  Size,
} from './layouts.js';
import { READ_ONLY_KEYS, readOptions } from './options.js';
import type { FixedOptions, VotequorumOptions } from './options.js';
import { Qdevice } from './qdevice.js';
import { ResponseId, VotequorumRequests } from './requests.js';
import { Trackers } from './trackers.js';

/** What the engine needs from its surroundings. */
export interface VotequorumDependencies {
  readonly ring: ServiceRing;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Keeps the expected votes ever reached, if they are tracked. */
  readonly store: Store;
  /** The configuration, and where `runtime.votequorum` is shown. */
  readonly map: Icmap;
  /** Tells the quorum service. */
  readonly report: (report: QuorumReport) => void;
}

/**
 * Votequorum (service 5): decides by votes whether this node's part of the cluster may serve. Every node counts what the
 * nodes say about themselves; with the same messages all members come to the same result.
 */
export class VotequorumEngine implements ServiceEngine, SyncParticipant {
  readonly name = 'votequorum';
  readonly id = 5;
  readonly priority = 2;
  readonly version = 1;
  readonly messages: readonly MessageReceiver[];
  readonly requests: readonly RequestHandler[];
  readonly sync: SyncParticipant = this;
  readonly electorate: Electorate;
  readonly qdevice: Qdevice;
  readonly trackers: Trackers;
  options: VotequorumOptions;
  /** Of the last synchronization. */
  ringId: RingId = { representative: 0, seq: 0 };
  private readonly fixed: FixedOptions;
  private readonly dependencies: VotequorumDependencies;
  private readonly counting: Counting;
  private readonly outbox: Outbox;
  private readonly refusals: Refusals;
  private readonly lastManTimer: Timer;
  private lastManStanding: boolean;
  /** Until the first synchronization is complete there is nobody to tell either. */
  private synchronizing = true;
  private sentInSync = 0;
  private toldInSync = false;
  private tracking: Tracker[] = [];

  /** Throws a CsError that says what to change if the configuration contradicts itself. */
  constructor(dependencies: VotequorumDependencies) {
    const { ring, logger, clock, store, map } = dependencies;
    const { nodeId } = ring;
    this.dependencies = dependencies;
    this.outbox = new Outbox(ring, false);
    this.refusals = new Refusals(logger);
    const { options, fixed, problems } = readOptions(map);
    for (const problem of problems) logger.log('crit', problem);
    this.fixed = fixed;
    this.options = options;
    this.lastManStanding = options.lastManStanding;
    this.lastManTimer = clock.timer(() => this.lastManWindowPassed());
    const expectedVotesRaised = (): void => this.trackers.sendExpectedVotes();
    const quorateChanged = (): void => this.quorateChanged();
    const electorate = new Electorate(nodeId);
    this.electorate = electorate;
    this.trackers = new Trackers(electorate);
    this.counting = new Counting({ electorate, logger, store, map, expectedVotesRaised, quorateChanged }, options);
    if (fixed.tieBreaker.kind !== 'none') this.counting.publishTieBreaker(options);
    this.qdevice = new Qdevice(this.electorate.us, clock, logger, { flagsChanged: () => this.sendNodeInfo(this.us) });
    this.configureQdevice();
    for (const key of READ_ONLY_KEYS) map.markReadOnly(key, false);
    this.requests = new VotequorumRequests(this, this.outbox, this.refusals).handlers;
    this.messages = ringHandlers(this.refusals, [
      [Size.NODEINFO, (message, sender) => this.nodeInfo(message, sender)],
      [Size.RECONFIGURE, (message) => this.reconfigure(message)],
      [Size.QDEVICE_REG, (message, sender) => this.qdeviceReg(message, sender)],
      [Size.QDEVICE_RECONFIGURE, (message) => this.qdeviceRenamed(message)],
    ]);
  }

  /** The first message of a node: it goes out before the services are synchronized. */
  start(): void {
    this.followConfiguration();
    this.sendNodeInfo(this.us);
  }

  stop(): void {
    for (const tracker of this.tracking) this.dependencies.map.untrack(tracker);
    this.lastManTimer.stop();
    this.qdevice.stop();
    if (this.options.allowDownscale) {
      this.us.flags |= NodeFlag.LEAVING;
      this.sendNodeInfo(this.us);
    }
    this.outbox.close();
  }

  clientDisconnected(client: Client): void {
    this.trackers.remove(client);
    if (this.qdevice.registering === client) this.qdevice.registering = undefined;
  }

  /** Messages and requests refused as malformed since the start. */
  get refused(): number {
    return this.refusals.count;
  }

  dump(): unknown {
    const { nodes, quorum, members, qdevice } = this.electorate;
    return {
      quorate: this.quorate,
      quorum,
      members,
      nodes: nodes.map((node) => ({ ...node })),
      qdevice: { name: this.qdevice.name, votes: qdevice.votes },
      waitingForAll: this.counting.waitingForAll,
      refused: this.refusals.count,
    };
  }

  syncInit(_transitional: readonly number[], members: readonly number[], ringId: RingId): void {
    const { electorate } = this;
    this.synchronizing = true;
    this.sentInSync = 0;
    this.toldInSync = false;
    if (members.length > 1) this.us.flags &= ~NodeFlag.FIRST;
    const gone = electorate.members.filter((nodeId) => !members.includes(nodeId));
    for (const nodeId of gone) {
      const node = electorate.find(nodeId);
      if (node) node.state = NodeState.DEAD;
    }
    if (this.lastManStanding) this.startLastManWindow(members.length, gone.length > 0);
    electorate.previousMembers = electorate.members;
    electorate.members = members;
    this.ringId = ringId;
    this.qdevice.ringChanged();
  }

  syncProcess(): boolean {
    const { ring } = this.dependencies;
    const { name } = this.qdevice;
    const bodies: [number, Uint8Array][] = [
      [RingFn.NODEINFO, nodeInfoBody(this.us)],
      [RingFn.NODEINFO, nodeInfoBody(this.electorate.qdevice)],
    ];
    if (name !== '') bodies.push([RingFn.QDEVICE_REG, qdeviceRegBody(QdeviceOperation.REGISTER, name)]);
    for (; this.sentInSync < bodies.length; this.sentInSync++) {
      const [fn, body] = bodies[this.sentInSync]!;
      if (!ring.multicast(fn, [body])) return false;
    }
    if (!this.toldInSync) this.trackers.sendNodeList(this.ringId);
    this.toldInSync = true;
    return !(this.qdevice.registered && this.qdevice.awaited);
  }

  syncActivate(): void {
    this.counting.recalculate(false, false);
    this.tellQuorum();
    this.synchronizing = false;
  }

  syncAbort(): void {
    // What the nodes said stays true; syncInit begins anew.
  }

  /** This node's own record. */
  get us(): NodeRecord {
    return this.electorate.us;
  }

  /** Tells the others what a node, or the device, votes. */
  sendNodeInfo(node: NodeRecord): void {
    this.outbox.send(RingFn.NODEINFO, nodeInfoBody(node));
  }

  /** Expected votes shrink with the cluster: configured, and every node has one vote. */
  get lastManStands(): boolean {
    return this.lastManStanding;
  }

  /** Whether this node's part of the cluster may serve. */
  get quorate(): boolean {
    return this.counting.quorate;
  }

  /** A person asks that a master of the quorum device win, or not. */
  setMasterWins(allow: boolean): void {
    this.qdevice.setMasterWins(allow);
    this.counting.setMasterWins(allow);
  }

  /** During synchronization everybody is told at its end. */
  private quorateChanged(): void {
    if (!this.synchronizing) this.tellQuorum();
  }

  private tellQuorum(): void {
    const { quorate, ringId } = this;
    this.dependencies.report({ quorate, members: this.electorate.members, ringId });
    this.trackers.sendQuorum(quorate);
  }

  private nodeInfo(message: MessageView, sender: number): void {
    const nodeId = message.u32(16);
    const votes = message.u32(20);
    const expectedVotes = message.u32(24);
    const flags = message.u32(28);
    if (nodeId === QDEVICE_NODE_ID) {
      this.qdeviceVotes(votes, sender);
      return;
    }
    const { electorate, us } = this;
    const known = electorate.find(nodeId);
    const node = known ?? electorate.add(nodeId);
    if (!node) throw new MalformedMessage(`node ${nodeId} would be one more than a ring can have`);
    const before = { ...node };
    const leaving = (flags & NodeFlag.LEAVING) !== 0;
    const theyAreQuorate = (flags & NodeFlag.QUORATE) !== 0;
    node.flags = flags;
    node.votes = votes;
    node.state = leaving ? NodeState.LEAVING : NodeState.MEMBER;
    // Their count is as good as ours would be: a part that lost quorum takes it over.
    const adopt = !this.quorate && theyAreQuorate;
    if (adopt) us.expectedVotes = expectedVotes;
    node.expectedVotes = theyAreQuorate || this.options.expectedVotesTracking ? expectedVotes : us.expectedVotes;
    if (this.lastManStanding && votes > 1) {
      this.dependencies.logger.log(
        'warning',
        `node ${nodeId} has ${votes} votes: last_man_standing works only if every node has one, and is disabled`,
      );
      this.lastManStanding = false;
      this.lastManTimer.stop();
    }
    const first = (flags & NodeFlag.FIRST) !== 0;
    if (!known || node === us || first || differs(before, node)) {
      this.counting.recalculate(adopt || leaving, leaving);
    }
    this.counting.stopWaitingLike(node.flags);
  }

  private qdeviceVotes(votes: number, sender: number): void {
    const { electorate } = this;
    const from = electorate.find(sender);
    if (!from) throw new MalformedMessage(`node ${sender} tells of its quorum device before it tells of itself`);
    const before = electorate.qdevice.votes;
    const adopt = !this.quorate && (from.flags & NodeFlag.QUORATE) !== 0;
    electorate.qdevice.votes = adopt ? votes : Math.max(before, votes);
    if (electorate.qdevice.votes !== before) this.counting.recalculate(false, false);
  }

  private reconfigure(message: MessageView): void {
    const { counting } = this;
    const nodeId = message.u32(16);
    const value = message.u32(20);
    const parameter = message.u8(24);
    if (parameter === Reconfigure.EXPECTED_VOTES) {
      counting.expectVotes(value);
    } else if (parameter === Reconfigure.NODE_VOTES) {
      const node = this.electorate.find(nodeId);
      if (!node) return;
      node.votes = value;
      counting.recalculate(true, false);
    } else if (parameter === Reconfigure.CANCEL_WAIT_FOR_ALL) {
      counting.waitingForAll = false;
      this.dependencies.logger.log('info', `wait_for_all_status reset by user on node ${nodeId}.`);
      counting.recalculate(false, false);
    }
  }

  private qdeviceReg(message: MessageView, sender: number): void {
    const { qdevice } = this;
    const operation = message.u32(16);
    const name = textAt(message, 20, QDEVICE_NAME_ROOM);
    if (operation === QdeviceOperation.UNREGISTER) {
      const inUse = this.electorate.present.some((node) => (node.flags & NodeFlag.QDEVICE_REGISTERED) !== 0);
      if (!inUse) qdevice.name = '';
      return;
    }
    if (operation !== QdeviceOperation.REGISTER) return;
    const client = qdevice.registering;
    // One's own name also comes back at each synchronization, when nobody registers.
    if (sender !== this.us.nodeId || qdevice.registered || !client) {
      if (sender !== this.us.nodeId && qdevice.name === '') qdevice.name = name;
      return;
    }
    if (qdevice.name === '') qdevice.name = name;
    const ours = qdevice.name === name;
    if (ours) {
      this.us.flags |= NodeFlag.QDEVICE_REGISTERED;
      this.sendNodeInfo(this.us);
      this.sendNodeInfo(this.electorate.qdevice);
    }
    qdevice.registering = undefined;
    client.respond([response(ResponseId.STATUS, ours ? CsErrorCode.OK : CsErrorCode.ERR_EXIST).bytes]);
  }

  private qdeviceRenamed(message: MessageView): void {
    const oldName = textAt(message, 16, QDEVICE_NAME_ROOM);
    const newName = textAt(message, 16 + QDEVICE_NAME_ROOM, QDEVICE_NAME_ROOM);
    if (this.qdevice.name === oldName) this.qdevice.name = newName;
  }

  private startLastManWindow(members: number, someLeft: boolean): void {
    const { quorum, rules } = this.electorate;
    const shrunk = members >= quorum && someLeft;
    const tied = members <= quorum && rules.tieBreaker.kind !== 'none' && this.electorate.hasLowest();
    if (shrunk || tied) this.lastManTimer.start(this.options.lastManStandingWindowMs);
  }

  private lastManWindowPassed(): void {
    if (this.quorate) this.counting.recalculate(true, true);
  }

  private configureQdevice(): void {
    const { device } = this.options;
    this.qdevice.timeoutMs = device.timeoutMs;
    this.qdevice.syncTimeoutMs = device.syncTimeoutMs;
    if (device.canOperate === undefined) return;
    this.qdevice.canOperate = device.canOperate;
    this.counting.publish('qdevice_can_operate', Number(device.canOperate), ValueType.U8);
  }

  private followConfiguration(): void {
    const { map } = this.dependencies;
    const { ADD, DELETE, MODIFY, PREFIX } = TrackEvent;
    const follow = (key: string, events: number): void => {
      const tracker = map.track(key, events, (change) => this.configurationKeyChanged(change.key));
      if (tracker) this.tracking.push(tracker);
    };
    follow('nodelist.', ADD | DELETE | MODIFY | PREFIX);
    follow('quorum.', ADD | DELETE | MODIFY | PREFIX);
    follow(RELOADING, ADD | MODIFY);
  }

  /** While a reload is under way its keys come one by one: they are read when it is done, and only if it went well. */
  private configurationKeyChanged(key: string): void {
    const { map } = this.dependencies;
    if ((map.u8(RELOADING) ?? 0) !== 0) return;
    const reloadStatus = map.number('config.reload_status', ValueType.I32);
    if (key === RELOADING && reloadStatus !== undefined && reloadStatus !== CsErrorCode.OK) return;
    if (key === CANCEL_WAIT_FOR_ALL) {
      if ((map.u8(key) ?? 0) === 0) return;
      map.setNumber(key, ValueType.U8, 0);
      this.outbox.send(RingFn.RECONFIGURE, reconfigureBody(Reconfigure.CANCEL_WAIT_FOR_ALL, this.us.nodeId, 0));
      return;
    }
    this.readAgain();
  }

  private readAgain(): void {
    const { map, logger } = this.dependencies;
    const { us } = this;
    const before = { ...us };
    const reading = readOptions(map, { fixed: this.fixed, deviceRegistered: this.qdevice.registered });
    if (reading) {
      for (const problem of reading.problems) logger.log('crit', problem);
      this.options = reading.options;
      this.counting.apply(reading.options);
      this.counting.publishTieBreaker(reading.options);
      this.configureQdevice();
    } else {
      logger.log('crit', 'neither a nodelist nor quorum.expected_votes is configured: votequorum goes on as before');
    }
    this.sendNodeInfo(us);
    this.sendNodeInfo(this.electorate.qdevice);
    const reconfigure = (parameter: number, value: number): void =>
      this.outbox.send(RingFn.RECONFIGURE, reconfigureBody(parameter, us.nodeId, value));
    if (us.votes !== before.votes) reconfigure(Reconfigure.NODE_VOTES, us.votes);
    if (us.expectedVotes !== before.expectedVotes) reconfigure(Reconfigure.EXPECTED_VOTES, us.expectedVotes);
  }
}

const RELOADING = 'config.totemconfig_reload_in_progress';
const CANCEL_WAIT_FOR_ALL = 'quorum.cancel_wait_for_all';

function differs(a: NodeRecord, b: NodeRecord): boolean {
  return a.votes !== b.votes || a.expectedVotes !== b.expectedVotes || a.flags !== b.flags || a.state !== b.state;
}
