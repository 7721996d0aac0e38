import type { Logger } from '../../base/logger.js';
import { MalformedMessage } from '../../base/message-view.js';
import type { MessageView } from '../../base/message-view.js';
import type { Client, RequestHandler, ServiceEngine, ServiceRing } from '../../host/service-engine.js';
import type { MessageReceiver } from '../../totem/ring.js';
import { ringHandlers, Refusals } from '../handlers.js';
import { Outbox } from '../outbox.js';
import { event } from '../packet.js';
import { nameAt, processBody, Reason, RequestId, ResponseId, RingFn, Size } from './layouts.js';
import { Membership } from './membership.js';
import type { Group } from './processes.js';
import { CpgRequests } from './requests.js';
import { CpgSynchronization } from './synchronization.js';
import { ZeroCopyBuffers } from './zero-copy.js';
import type { ZeroCopyMemory } from './zero-copy.js';

/** What the engine needs from its surroundings. */
export interface CpgDependencies {
  readonly ring: ServiceRing;
  readonly logger: Logger;
  /** Missing: clients are told that zero-copy buffers are not supported. */
  readonly zeroCopy?: ZeroCopyMemory;
}

/**
 * Closed process groups (service 2): processes anywhere in the cluster join groups by name, multicast to them in the
 * agreed order, and see who comes and goes at the same point of that order. Byte-compatible with Corosync's, on the ring
 * and towards clients.
 */
export class CpgEngine implements ServiceEngine {
  readonly name = 'cpg';
  readonly id = 2;
  readonly priority = 1;
  readonly version = 1;
  readonly messages: readonly MessageReceiver[];
  readonly requests: readonly RequestHandler[];
  readonly flowControlled: ReadonlySet<number> = new Set([
    RequestId.JOIN,
    RequestId.LEAVE,
    RequestId.MCAST,
    RequestId.FINALIZE,
    RequestId.ZERO_COPY_ALLOCATE,
    RequestId.ZERO_COPY_FREE,
    RequestId.ZERO_COPY_EXECUTE,
    RequestId.PARTIAL_MCAST,
  ]);
  readonly unanswered: ReadonlySet<number> = new Set([RequestId.MCAST]);
  readonly readOnce: ReadonlySet<number> = new Set([RequestId.MCAST, RequestId.PARTIAL_MCAST]);
  readonly sync: CpgSynchronization;
  private readonly membership: Membership;
  private readonly outbox: Outbox;
  private readonly buffers: ZeroCopyBuffers | undefined;
  private readonly refusals: Refusals;
  private readonly unknownSenders: Refusals;
  /** The two parts of the event being delivered, used again for each. */
  private readonly parts: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];

  constructor({ ring, logger, zeroCopy }: CpgDependencies) {
    this.membership = new Membership(ring.nodeId);
    this.sync = new CpgSynchronization(this.membership, ring, logger);
    this.outbox = new Outbox(ring, true);
    this.refusals = new Refusals(logger);
    this.unknownSenders = new Refusals(logger);
    this.buffers = zeroCopy && new ZeroCopyBuffers(zeroCopy, (why) => this.refusals.note(why));
    this.requests = new CpgRequests(this.membership, ring, this.outbox, this.refusals, this.buffers).handlers;
    this.messages = ringHandlers(this.refusals, [
      [Size.PROCESS, (message, sender) => this.processJoined(message, sender)],
      [Size.PROCESS, (message, sender) => this.processLeft(message, sender)],
      [Size.JOINLIST, (message, sender) => this.sync.joinlist(message, sender)],
      [Size.MCAST, (message, sender) => this.multicastDelivered(message, sender)],
      // The down list of old versions: not sent any more, and nothing in it is needed.
      [0, () => undefined],
      [Size.DOWNLIST, (message, sender) => this.sync.downlist(message, sender)],
      [Size.PARTIAL_MCAST, (message, sender) => this.fragmentDelivered(message, sender)],
    ]);
  }

  clientConnected(client: Client): void {
    this.membership.connect(client);
  }

  /** A process that has not left says so by ending; the others hear of it as soon as the ring takes the message. */
  clientDisconnected(client: Client): void {
    this.buffers?.disconnect(client);
    const session = this.membership.session(client);
    if (!session) return;
    const { group, state, pid } = session;
    if (group && state !== 'leave started') {
      this.outbox.send(RingFn.PROCLEAVE, processBody(group.field, pid, Reason.PROCESS_DOWN));
    }
    this.membership.disconnect(session);
  }

  stop(): void {
    this.buffers?.close();
    this.outbox.close();
  }

  /** Messages and requests refused as malformed since the start. */
  get refused(): number {
    return this.refusals.count;
  }

  dump(): unknown {
    const { membership } = this;
    return {
      ring: membership.completed,
      processes: membership.table.all.map(({ nodeId, pid, group }) => ({ nodeId, pid, group: group.text })),
      connections: membership.sessions.map(({ client, state, group, pid }) => ({
        client: client.id,
        state,
        group: group?.text,
        pid,
      })),
      waiting: this.outbox.length,
      refused: this.refusals.count,
      unknownSenders: this.unknownSenders.count,
    };
  }

  private processJoined(message: MessageView, sender: number): void {
    const name = nameAt(message, 16);
    this.membership.join(this.membership.table.open(name), sender, message.u32(152));
  }

  private processLeft(message: MessageView, sender: number): void {
    const group = this.membership.table.open(nameAt(message, 16));
    const pid = message.u32(152);
    this.sync.left(group, sender, pid);
    this.membership.leave(group, sender, pid, message.u32(160));
  }

  private multicastDelivered(message: MessageView, sender: number): void {
    const length = message.u32(152);
    checkLength(message, Size.MCAST, length);
    const group = this.receivingGroup(message, sender);
    if (!group) return;
    const head = group.deliveryHead;
    setU32(head, 8, Size.DELIVER_EVENT + length);
    setU32(head, 160, length);
    setU32(head, 168, sender);
    setU32(head, 176, message.u32(160));
    this.deliver(group, head, message.subarray(Size.MCAST, length));
  }

  private fragmentDelivered(message: MessageView, sender: number): void {
    const length = message.u32(160);
    checkLength(message, Size.PARTIAL_MCAST, length);
    const group = this.receivingGroup(message, sender);
    if (!group) return;
    const head = event(ResponseId.PARTIAL_DELIVER_EVENT, Size.PARTIAL_DELIVER_EVENT)
      .u32(8, Size.PARTIAL_DELIVER_EVENT + length)
      .put(24, group.field)
      .u32(160, message.u32(152))
      .u32(168, length)
      .u32(176, sender)
      .u32(184, message.u32(168))
      .u32(192, message.u32(176)).bytes;
    this.deliver(group, head, message.subarray(Size.PARTIAL_MCAST, length));
  }

  /** The group of a multicast, if anybody here listens to it and the sending node is in it. */
  private receivingGroup(message: MessageView, sender: number): Group | undefined {
    const group = this.membership.table.find(message, 16);
    if (!group || group.sessions.length === 0) return undefined;
    if (group.hasNode(sender)) return group;
    if (group.sessions.some((session) => session.receives)) {
      this.unknownSenders.note(`node ${sender} multicast to group ${group.text}, in which it has no process`);
    }
    return undefined;
  }

  private deliver(group: Group, head: Uint8Array, data: Uint8Array): void {
    this.parts[0] = head;
    this.parts[1] = data;
    for (const session of group.sessions) if (session.receives) session.client.event(this.parts);
  }
}

function checkLength(message: MessageView, head: number, length: number): void {
  if (length > message.length - head) {
    throw new MalformedMessage(`it announces ${length} bytes of data, ${message.length - head} are there`);
  }
}

/** Little-endian, like everything sent to clients. */
function setU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
