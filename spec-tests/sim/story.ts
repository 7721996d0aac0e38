import { checkHistory } from '../../core/sim/checker/check.js';
import type { Ending, HistoryEvent, InstallEvent, MessageInfo, ProcessInfo } from '../../core/sim/checker/history.js';

/** An event without its time. */
type Untimed<E> = E extends HistoryEvent ? Omit<E, 'at'> : never;

/** A history made by hand: each call is one event, or one for each process it names. A process is named by its number. */
export class Story {
  readonly processes: ProcessInfo[] = [];
  readonly messages: MessageInfo[] = [];
  readonly events: HistoryEvent[] = [];
  /** The members of each process's last ring. */
  private readonly before = new Map<number, readonly number[]>();

  /** Processes of these nodes, in one ring: process 0 is that of the first node. */
  static of(...nodes: number[]): Story {
    const story = new Story();
    for (const node of nodes) story.begin(node);
    story.form('1.4', nodes, ...nodes.map((node) => [node]));
    return story;
  }

  begin(nodeId: number): number {
    const life = this.processes.filter((process) => process.nodeId === nodeId).length;
    this.processes.push({ index: this.processes.length, nodeId, life });
    return this.processes.length - 1;
  }

  /** The nodes' last processes install a ring, each group coming from one ring together. */
  form(ring: string, members: readonly number[], ...groups: readonly (readonly number[])[]): this {
    for (const group of groups) {
      for (const node of group) {
        const process = this.processOf(node);
        this.transitional(process, ring, group).regular(process, ring, members, group);
      }
    }
    return this;
  }

  transitional(process: number, ring: string, members: readonly number[], change: Partial<InstallEvent> = {}): this {
    const left = (this.before.get(process) ?? []).filter((node) => !members.includes(node));
    return this.install('transitional', process, ring, { members, left, ...change });
  }

  /** `from`: those of its transitional configuration. */
  regular(
    process: number,
    ring: string,
    members: readonly number[],
    from: readonly number[],
    change: Partial<InstallEvent> = {},
  ): this {
    const joined = members.filter((node) => !from.includes(node));
    this.before.set(process, members);
    return this.install('regular', process, ring, { members, joined, ...change });
  }

  /** A message that is sent later, with `queue`. */
  message(sender: number, info: Partial<MessageInfo> = {}): number {
    const index = this.messages.length;
    this.messages.push({ index, sender, safe: false, bytes: 100, stream: 0, ...info });
    return index;
  }

  queue(message: number): this {
    return this.add({ kind: 'queue', process: this.messages[message]!.sender, message });
  }

  send(sender: number, info: Partial<MessageInfo> = {}): number {
    const message = this.message(sender, info);
    this.queue(message);
    return message;
  }

  deliver(message: number, ...processes: number[]): this {
    const from = this.processes[this.messages[message]!.sender]!.nodeId;
    for (const process of processes) this.add({ kind: 'deliver', process, message, from });
    return this;
  }

  mark(process: number, key: string, value: string): this {
    return this.add({ kind: 'mark', process, key, value });
  }

  ends(process: number, kind: 'crash' | 'leave' = 'crash'): this {
    return this.add({ kind, process });
  }

  /** Any event; a millisecond after the last one. */
  add(event: Untimed<HistoryEvent>): this {
    this.events.push({ ...event, at: this.events.length });
    return this;
  }

  /** The properties that it breaks. */
  broken(ending?: Ending): string[] {
    return [...new Set(checkHistory(this, ending).map(({ property }) => property))];
  }

  private install(
    kind: 'transitional' | 'regular',
    process: number,
    ring: string,
    rest: Pick<InstallEvent, 'members'> & Partial<InstallEvent>,
  ): this {
    const [representative, ringSeq] = ring.split('.').map((part) => parseInt(part, 16)) as [number, number];
    return this.add({ kind, process, ring, ringSeq, representative, left: [], joined: [], ...rest });
  }

  private processOf(node: number): number {
    return this.processes.findLast(({ nodeId }) => nodeId === node)!.index;
  }
}
