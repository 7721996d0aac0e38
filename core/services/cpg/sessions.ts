import type { Client } from '../../host/service-engine.js';
import type { Iteration } from './iteration.js';
import { multicastHead } from './layouts.js';
import type { Group } from './processes.js';

/** How far a connection's membership in its group has come. */
export type SessionState = 'unjoined' | 'join started' | 'join completed' | 'leave started';

/** What the engine knows of one client's connection. A connection is in one group at most. */
export class Session {
  state: SessionState = 'unjoined';
  /** Set from the join on. */
  group: Group | undefined;
  /** The process id the client joined with. */
  pid = 0;
  flags = 0;
  initialTotemSent = false;
  /** Changes of the group it was told of, and that count when it sent the first fragment of its message. */
  transitions = 0;
  transitionsAtFirstFragment = 0;
  /** False once the client has finalized: it gets no more events. */
  listed = true;
  readonly iterations = new Map<bigint, Iteration>();
  private head: Uint8Array | undefined;

  constructor(
    readonly client: Client,
    /** Counts connections: the newest has the highest. */
    readonly serial: number,
  ) {}

  get receives(): boolean {
    return this.state === 'join completed' || this.state === 'leave started';
  }

  get mayMulticast(): boolean {
    return this.state === 'join started' || this.state === 'join completed';
  }

  /** Enters the group, newest connection first. The connection is told of nothing before its join has come back. */
  enter(group: Group, pid: number, flags: number, nodeId: number): void {
    this.state = 'join started';
    this.group = group;
    this.pid = pid;
    this.flags = flags;
    this.head = multicastHead(group.field, pid, nodeId, this.client.id);
    group.sessions = [...group.sessions, this].sort((a, b) => b.serial - a.serial);
  }

  /** Leaves its group: as after connecting. */
  reset(): void {
    const { group } = this;
    if (group) group.sessions = group.sessions.filter((session) => session !== this);
    this.state = 'unjoined';
    this.group = undefined;
    this.pid = 0;
    this.head = undefined;
  }

  /** What stands before the data of its multicasts on the ring: its group, process and connection. */
  get multicastHead(): Uint8Array {
    return this.head!;
  }
}
