import type { Logger } from '../../base/logger.js';
import { MalformedMessage } from '../../base/message-view.js';
import type { MessageView } from '../../base/message-view.js';
import type { ServiceRing } from '../../host/service-engine.js';
import type { SyncParticipant } from '../../sync/participant.js';
import type { RingId } from '../../totem/ring.js';
import { downlistBody, joinlistBody, nameAt, Reason, RingFn, Size } from './layouts.js';
import { keyOf } from './processes.js';
import type { Membership } from './membership.js';
import type { Group } from './processes.js';

/** Processes in one JOINLIST message: it stays well below the largest message. A node with more sends several. */
export const JOINLIST_LIMIT = 4096;

/**
 * CPG's part in synchronization. Every node sends the processes it has; when all of them are delivered everywhere, those
 * of vanished nodes leave their groups and those of new nodes join them.
 */
export class CpgSynchronization implements SyncParticipant {
  readonly id = 2;
  readonly name = 'cpg';
  private running = false;
  private ringId: RingId = { representative: 0, seq: 0 };
  private members: readonly number[] = [];
  /** Members of the completed ring that came along with this node through every ring since. */
  private survivors: ReadonlySet<number> = new Set();
  private downlistSent = false;
  private joinlistSent = 0;
  /** Processes that other nodes told of in this round, in the order of their arrival. */
  private readonly told = new Map<string, Told>();
  /** Processes that left while the round was running: a join list may still name them. */
  private readonly gone = new Set<string>();

  constructor(
    private readonly membership: Membership,
    private readonly ring: ServiceRing,
    private readonly logger: Logger,
  ) {}

  syncInit(transitional: readonly number[], members: readonly number[], ringId: RingId): void {
    this.forget();
    this.running = true;
    this.ringId = ringId;
    this.members = members;
    this.survivors = new Set(transitional.filter((node) => this.survivors.has(node)));
    this.downlistSent = false;
    this.joinlistSent = 0;
  }

  syncProcess(): boolean {
    const { completed, table, nodeId } = this.membership;
    if (!this.downlistSent) {
      const left = completed.members.filter((node) => !this.survivors.has(node));
      if (!this.ring.multicast(RingFn.DOWNLIST, [downlistBody(completed.members.length, left)])) return false;
      this.downlistSent = true;
    }
    const own = table.all.filter((process) => process.nodeId === nodeId);
    while (this.joinlistSent < own.length) {
      const part = own.slice(this.joinlistSent, this.joinlistSent + JOINLIST_LIMIT);
      const body = joinlistBody(part.map(({ pid, group }) => ({ pid, name: group.field })));
      if (!this.ring.multicast(RingFn.JOINLIST, [body])) return false;
      this.joinlistSent += part.length;
    }
    return true;
  }

  syncActivate(): void {
    const { membership } = this;
    const down = new Set(membership.completed.members.filter((node) => !this.survivors.has(node)));
    membership.completed = { ringId: this.ringId, members: this.members };
    this.survivors = new Set(this.members);

    membership.removeAll(
      membership.table.all.filter(({ nodeId }) => down.has(nodeId)),
      Reason.NODE_DOWN,
    );
    membership.addAll([...this.told.values()].reverse(), Reason.NODE_UP);
    this.removeUntold();
    this.forget();
    membership.announceRing();
  }

  syncAbort(): void {
    this.forget();
  }

  /** A node's processes. Throws MalformedMessage, having kept nothing, if the list is not whole. */
  joinlist(message: MessageView, sender: number): void {
    const bytes = message.length - Size.JOINLIST;
    if (bytes % Size.JOINLIST_ENTRY !== 0) {
      throw new MalformedMessage(`a join list of ${message.length} bytes has no whole number of entries`);
    }
    if (!this.running || sender === this.membership.nodeId) return;
    const entries: { readonly pid: number; readonly name: Uint8Array }[] = [];
    for (let at = Size.JOINLIST; at < message.length; at += Size.JOINLIST_ENTRY) {
      entries.push({ pid: message.u32(at), name: nameAt(message, at + 8) });
    }
    for (const { pid, name } of entries) {
      const key = identity(sender, pid, keyOf(name));
      if (!this.gone.has(key)) this.told.set(key, { nodeId: sender, pid, name });
    }
  }

  /** A node's list of nodes it lost: each node uses its own. */
  downlist(message: MessageView, sender: number): void {
    const left = message.u32(24);
    if (this.logger.enabled('debug')) this.logger.log('debug', `node ${sender} lost ${left} members`);
  }

  /** A process left by a message: what this round told of it is no longer true. */
  left(group: Group, nodeId: number, pid: number): void {
    if (!this.running) return;
    const key = identity(nodeId, pid, group.key);
    this.gone.add(key);
    this.told.delete(key);
  }

  /** Processes of other nodes that no join list of this round named left while this node could not hear of it. */
  private removeUntold(): void {
    const { membership } = this;
    for (const { nodeId, pid, group } of [...membership.table.all]) {
      if (nodeId === membership.nodeId || this.told.has(identity(nodeId, pid, group.key))) continue;
      membership.leave(group, nodeId, pid, Reason.PROCESS_DOWN);
    }
  }

  private forget(): void {
    this.running = false;
    this.told.clear();
    this.gone.clear();
  }
}

interface Told {
  readonly nodeId: number;
  readonly pid: number;
  readonly name: Uint8Array;
}

function identity(nodeId: number, pid: number, groupKey: string): string {
  return `${nodeId} ${pid} ${groupKey}`;
}
