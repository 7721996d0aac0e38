import type { Client } from '../../host/service-engine.js';
import type { RingId } from '../../totem/ring.js';
import { confchgEvent, DELIVER_INITIAL_TOTEM_CONFIGURATION, Reason, totemConfchgEvent } from './layouts.js';
import type { Address } from './layouts.js';
import { ProcessTable } from './processes.js';
import type { Group, Process } from './processes.js';
import { Session } from './sessions.js';

/** A membership of the ring on which CPG's states were made the same. */
export interface CompletedConfiguration {
  readonly ringId: RingId;
  readonly members: readonly number[];
}

/** Who is in which group anywhere, which connections this node has, and the events that tell them of changes. */
export class Membership {
  readonly table = new ProcessTable();
  /** Connections that have not finalized, newest first. Replaced, never changed. */
  sessions: readonly Session[] = [];
  /** The last ring that was synchronized to its end; empty before the first. */
  completed: CompletedConfiguration = { ringId: { representative: 0, seq: 0 }, members: [] };
  private readonly byClient = new Map<Client, Session>();
  private serial = 0;

  constructor(readonly nodeId: number) {}

  connect(client: Client): void {
    const session = new Session(client, ++this.serial);
    this.byClient.set(client, session);
    this.sessions = [session, ...this.sessions];
  }

  session(client: Client): Session | undefined {
    return this.byClient.get(client);
  }

  /** The connection gets no more events (it has finalized); its process stays in its group until the connection ends. */
  unlist(session: Session): void {
    session.listed = false;
    this.sessions = this.sessions.filter((other) => other !== session);
    const { group } = session;
    if (group) group.sessions = group.sessions.filter((other) => other !== session);
  }

  disconnect(session: Session): void {
    this.unlist(session);
    this.byClient.delete(session.client);
    this.reset(session);
  }

  /** A process joined by a message: tells its group, once. */
  join(group: Group, nodeId: number, pid: number): void {
    if (!this.table.add(group, nodeId, pid)) return;
    this.announce(group, [{ nodeId, pid, reason: Reason.JOIN }], []);
  }

  /**
   * A process left: tells its group, also if it was not known to be there, as Corosync does. Its connection stays with the
   * group as one that leaves, as in Corosync 3.1.7: it hears of the group until it is closed, and joins no more.
   */
  leave(group: Group, nodeId: number, pid: number, reason: number): void {
    const process = this.table.lookup(group, nodeId, pid);
    if (process) this.table.remove(process);
    this.announce(group, [], [{ nodeId, pid, reason }]);
    this.table.close(group);
  }

  /** Takes processes away and tells each group once, in the order of the groups' names. */
  removeAll(processes: readonly Process[], reason: number): void {
    const groups = new Map<Group, Address[]>();
    for (const process of processes) {
      this.table.remove(process);
      collect(groups, process.group, { nodeId: process.nodeId, pid: process.pid, reason });
    }
    for (const [group, left] of inNameOrder(groups)) {
      this.announce(group, [], left);
      this.table.close(group);
    }
  }

  /** Adds the processes that are not yet known and tells each group once, in the order of the groups' names. */
  addAll(
    processes: readonly { readonly name: Uint8Array; readonly nodeId: number; readonly pid: number }[],
    reason: number,
  ): void {
    const groups = new Map<Group, Address[]>();
    for (const { name, nodeId, pid } of processes) {
      const group = this.table.open(name);
      if (this.table.add(group, nodeId, pid)) collect(groups, group, { nodeId, pid, reason });
    }
    for (const [group, joined] of inNameOrder(groups)) this.announce(group, joined, []);
  }

  /** Tells every connection, whatever its group, of the ring now completed. */
  announceRing(): void {
    const event = this.ringEvent();
    for (const { client } of this.sessions) client.event([event]);
  }

  private announce(group: Group, joined: readonly Address[], left: readonly Address[]): void {
    for (const { nodeId, pid } of joined) {
      if (nodeId !== this.nodeId) continue;
      for (const session of group.sessions) if (session.pid === pid) session.state = 'join completed';
    }
    const listeners = group.sessions.filter((session) => session.receives);
    if (listeners.length > 0) {
      const members = group.processes.map(({ nodeId, pid }) => ({ nodeId, pid, reason: Reason.UNDEFINED }));
      const event = confchgEvent(group.field, members, joined, left);
      for (const session of listeners) {
        session.transitions++;
        session.client.event([event]);
      }
    }
    this.sendInitialRing();
  }

  /** Connections that asked for the ring's membership at their join get it behind the first change of any group. */
  private sendInitialRing(): void {
    for (const session of this.sessions) {
      if ((session.flags & DELIVER_INITIAL_TOTEM_CONFIGURATION) === 0 || session.initialTotemSent) continue;
      session.initialTotemSent = true;
      session.client.event([this.ringEvent()]);
    }
  }

  private ringEvent(): Uint8Array {
    const { ringId, members } = this.completed;
    return totemConfchgEvent(ringId.representative, ringId.seq, members);
  }

  private reset(session: Session): void {
    const { group } = session;
    session.reset();
    if (group) this.table.close(group);
  }
}

function collect(groups: Map<Group, Address[]>, group: Group, address: Address): void {
  const addresses = groups.get(group);
  if (addresses) addresses.push(address);
  else groups.set(group, [address]);
}

function inNameOrder(groups: Map<Group, Address[]>): [Group, Address[]][] {
  return [...groups].sort(([a], [b]) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
