import { MalformedMessage } from '../../base/message-view.js';
import type { MessageView } from '../../base/message-view.js';
import { event } from '../packet.js';
import { NAME_BYTES, NAME_LIMIT, nameField, ResponseId, Size } from './layouts.js';
import type { Session } from './sessions.js';

/** A name's bytes as characters 0 to 255. */
export function keyOf(name: Uint8Array): string {
  return String.fromCharCode(...name);
}

/** A process of the cluster that is in a group. */
export interface Process {
  readonly nodeId: number;
  readonly pid: number;
  readonly group: Group;
}

/** One closed process group: who is in it anywhere, and the connections on this node that get its events. */
export class Group {
  /** The name by `keyOf`: compares and sorts as the bytes do. */
  readonly key: string;
  /** The name as it stands in messages. */
  readonly field: Uint8Array;
  /** Its processes, ordered by node id, then pid. */
  readonly processes: Process[] = [];
  /** Connections of this node that name this group, newest first. Replaced, never changed. */
  sessions: readonly Session[] = [];
  /** How many of its processes each node has. */
  private readonly nodes = new Map<number, number>();
  private head: Uint8Array | undefined;

  constructor(readonly name: Uint8Array) {
    this.key = keyOf(name);
    this.field = nameField(name);
  }

  hasNode(nodeId: number): boolean {
    return this.nodes.has(nodeId);
  }

  /** The group's event of a delivery up to the data, with name and id filled in; used again for each message. */
  get deliveryHead(): Uint8Array {
    return (this.head ??= event(ResponseId.DELIVER_EVENT, Size.DELIVER_EVENT).put(24, this.field).bytes);
  }

  /** The name for people: printable characters as they are, other bytes as \xNN. */
  get text(): string {
    return this.key.replace(/[^ -[\]-~]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  }

  add(process: Process): void {
    insertOrdered(this.processes, process);
    this.nodes.set(process.nodeId, (this.nodes.get(process.nodeId) ?? 0) + 1);
  }

  remove(process: Process): void {
    this.processes.splice(this.processes.indexOf(process), 1);
    const count = this.nodes.get(process.nodeId)! - 1;
    if (count === 0) this.nodes.delete(process.nodeId);
    else this.nodes.set(process.nodeId, count);
  }
}

/** After all that are not greater: equal keys keep the order they came in. */
function insertOrdered(list: Process[], process: Process): void {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = list[middle]!;
    const greater = other.nodeId > process.nodeId || (other.nodeId === process.nodeId && other.pid > process.pid);
    if (greater) high = middle;
    else low = middle + 1;
  }
  list.splice(low, 0, process);
}

/** The one list of (node, pid, group) that every node of the cluster keeps alike, and its groups by name. */
export class ProcessTable {
  /** All processes, ordered by node id, then pid, then arrival. */
  readonly all: Process[] = [];
  private readonly buckets = new Map<number, Group[]>();
  private last: Group | undefined;

  /**
   * The group named by the name field at `at` of a message, or undefined if there is none. Allocates nothing.
   * Throws MalformedMessage for a name that is too long or past the end.
   */
  find(message: MessageView, at: number): Group | undefined {
    const length = message.u32(at);
    if (length > NAME_LIMIT)
      throw new MalformedMessage(`a group's name has ${length} bytes, ${NAME_LIMIT} are its most`);
    message.u8(at + NAME_BYTES - 1);
    const start = message.offset + at + 8;
    if (this.last && sameBytes(this.last.name, message.bytes, start, length)) return this.last;
    const bucket = this.buckets.get(hash(message.bytes, start, length));
    const found = bucket?.find((group) => sameBytes(group.name, message.bytes, start, length));
    if (found) this.last = found;
    return found;
  }

  /** The group of that name, made if there is none. */
  open(name: Uint8Array): Group {
    const key = hash(name, 0, name.length);
    const bucket = this.buckets.get(key);
    const found = bucket?.find((group) => sameBytes(group.name, name, 0, name.length));
    if (found) return found;
    const group = new Group(name);
    if (bucket) bucket.push(group);
    else this.buckets.set(key, [group]);
    return group;
  }

  /** Forgets a group that has neither processes nor connections. */
  close(group: Group): void {
    if (group.processes.length > 0 || group.sessions.length > 0) return;
    const key = hash(group.name, 0, group.name.length);
    const rest = this.buckets.get(key)?.filter((other) => other !== group) ?? [];
    if (rest.length > 0) this.buckets.set(key, rest);
    else this.buckets.delete(key);
    if (this.last === group) this.last = undefined;
  }

  lookup(group: Group, nodeId: number, pid: number): Process | undefined {
    return group.processes.find((process) => process.nodeId === nodeId && process.pid === pid);
  }

  /** Adds a process; false if it is there already. */
  add(group: Group, nodeId: number, pid: number): boolean {
    if (this.lookup(group, nodeId, pid)) return false;
    const process = { nodeId, pid, group };
    insertOrdered(this.all, process);
    group.add(process);
    return true;
  }

  remove(process: Process): void {
    this.all.splice(this.all.indexOf(process), 1);
    process.group.remove(process);
  }
}

function hash(bytes: Uint8Array, start: number, length: number): number {
  let value = length;
  for (let i = start; i < start + length; i++) value = (Math.imul(value, 31) + bytes[i]!) | 0;
  return value;
}

function sameBytes(name: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
