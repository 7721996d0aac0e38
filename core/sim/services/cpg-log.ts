import type { CpgMember } from '../../services/cpg/index.js';
import type { ProcessInfo } from '../checker/history.js';

/** One thing that a member saw in its group. Equal texts mean the same. */
export interface Seen {
  readonly at: number;
  readonly text: string;
  /** Index of the message; -1 for a change of the group. */
  readonly message: number;
}

/** What a member saw from one ring of the cluster until the next. */
export interface Chapter {
  /** The ring it was in; '' if the member could not know. */
  readonly ring: string;
  /** It begins with the member's own join. */
  readonly joined: boolean;
  readonly seen: Seen[];
  /** The ring that ended it; undefined: it ended with the membership, or the run. */
  next: string | undefined;
}

/** A client's time in a group, from its join on. */
export interface Stay {
  readonly process: ProcessInfo;
  readonly pid: number;
  readonly group: string;
  readonly chapters: Chapter[];
  /** The group's members when it last changed. */
  members: string;
  /** It has asked to leave, or closed its connection. */
  over: boolean;
}

export interface CpgMessage {
  readonly index: number;
  readonly at: number;
  readonly stay: Stay;
  /** The service has taken it. */
  accepted: boolean;
  readonly bytes: number;
}

/** What a client has asked for and waits for. */
export interface Waiting {
  readonly stay: Stay;
  readonly what: string;
  readonly at: number;
}

/** Everything that the clients of CPG did and saw in a run. */
export class CpgLog {
  readonly stays: Stay[] = [];
  readonly messages: CpgMessage[] = [];
  readonly waiting = new Set<Waiting>();
  /** Of the last client. */
  lastPid = 0;
}

export function memberName({ nodeId, pid }: CpgMember): string {
  return `${nodeId}/${pid}`;
}

/** Members in a text, in ascending order. */
export function membersText(members: readonly CpgMember[]): string {
  return [...members]
    .sort((a, b) => a.nodeId - b.nodeId || a.pid - b.pid)
    .map(memberName)
    .join(' ');
}

export function stayName({ process, pid, group }: Stay): string {
  return `client ${process.nodeId}/${pid} in group ${group}`;
}
