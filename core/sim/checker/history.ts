/**
 * What the applications of a cluster saw: all that the checker knows. Nothing of the engine is in it.
 *
 * A process is one life of a node: a node that crashed and came back is another process. Messages are known by what they
 * carry themselves.
 */

/** One life of a node. */
export interface ProcessInfo {
  /** Its place in `History.processes`. */
  readonly index: number;
  readonly nodeId: number;
  /** 0 for the node's first life. */
  readonly life: number;
}

/** A message that an application gave to the ring. */
export interface MessageInfo {
  /** Its place in `History.messages`. */
  readonly index: number;
  /** Index of the process that sent it. */
  readonly sender: number;
  readonly safe: boolean;
  readonly bytes: number;
  /**
   * Messages of one process and stream keep their order. Stream 0: ordinary ones. Stream 1: those that were sent while
   * services were being synchronized, which overtake what waited before (port.ts).
   */
  readonly stream: number;
}

interface EventBase {
  /** Virtual time in milliseconds. */
  readonly at: number;
  /** Index of the process it happened at. */
  readonly process: number;
}

/** The ring took a message from the application. It may wait in a queue: it is *sent* when it gets its place in the order. */
export interface QueueEvent extends EventBase {
  readonly kind: 'queue';
  readonly message: number;
}

export interface DeliverEvent extends EventBase {
  readonly kind: 'deliver';
  /** -1 if nobody has sent this message. */
  readonly message: number;
  /** Node id that the ring gave as its sender. */
  readonly from: number;
  /** What was wrong with its contents, if anything was. */
  readonly damage?: string;
}

/** A configuration event. Both events of a change carry the new ring's name. */
export interface InstallEvent extends EventBase {
  readonly kind: 'transitional' | 'regular';
  readonly ring: string;
  /** The ring's sequence, which only grows. */
  readonly ringSeq: number;
  readonly representative: number;
  readonly members: readonly number[];
  readonly left: readonly number[];
  readonly joined: readonly number[];
}

/** The process is gone, without a word or politely. */
export interface EndEvent extends EventBase {
  readonly kind: 'crash' | 'leave';
}

/**
 * Something that a service says has to be the same, and at the same point of the order, for all that have it: marks of
 * one key have one place in the order, and one value among the processes that come to it by the same configurations.
 */
export interface MarkEvent extends EventBase {
  readonly kind: 'mark';
  readonly key: string;
  readonly value: string;
}

/** For people: what the simulation did to the cluster. The checker does not look at it. */
export interface NoteEvent extends EventBase {
  readonly kind: 'note';
  readonly text: string;
}

export type HistoryEvent = QueueEvent | DeliverEvent | InstallEvent | EndEvent | MarkEvent | NoteEvent;

/** Everything that happened in a run, in the order in which it did. */
export interface History {
  readonly processes: readonly ProcessInfo[];
  readonly messages: readonly MessageInfo[];
  readonly events: readonly HistoryEvent[];
}

/** What the end of a run has to be like; missing if the run was cut off and nothing can be said about its end. */
export interface Ending {
  /** Groups of node ids that can reach each other since faults ended: each has to be one ring. */
  readonly components: readonly (readonly number[])[];
  /** Since when there were no faults, and by when the rings had to be formed and everything delivered. */
  readonly quietSince: number;
  readonly boundMs: number;
}

/** A process in messages: its node id, with a tick for each earlier life. */
export function processName(process: ProcessInfo): string {
  return `${process.nodeId}${"'".repeat(process.life)}`;
}

/** A message in messages: who sent it and the how manyth message of the run it is. */
export function messageName(history: History, message: number): string {
  const info = history.messages[message];
  if (info === undefined) return 'an unknown message';
  const sender = processName(history.processes[info.sender]!);
  return `m${message} (${info.bytes} bytes${info.safe ? ', safe' : ''}) of ${sender}`;
}
