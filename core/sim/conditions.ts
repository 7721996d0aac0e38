import type { Random } from './random.js';

/** Which directed links something is about: from any of these nodes to any of those; missing: all. Positions, not ids. */
export interface LinkSet {
  readonly from?: readonly number[];
  readonly to?: readonly number[];
}

/** What the network does to frames for a while. All of it is plain data, so that a plan can be kept in a file. */
export type NetworkFault =
  /** Frames get lost: all, or those of some types (FrameType) or with at least so many bytes. */
  | ({
      readonly kind: 'loss';
      readonly probability: number;
      readonly types?: readonly number[];
      readonly minBytes?: number;
    } & LinkSet)
  | ({ readonly kind: 'duplicate'; readonly probability: number } & LinkSet)
  /** Frames are overtaken: some are late by up to `delayMs` while later ones are not. */
  | ({ readonly kind: 'reorder'; readonly probability: number; readonly delayMs: number } & LinkSet)
  /** Everything is late by at least `leastMs`; with `mostMs`, seldom by much more, up to that (a heavy tail). */
  | ({ readonly kind: 'delay'; readonly leastMs: number; readonly mostMs?: number } & LinkSet)
  /**
   * Frames arrive damaged. `evident`: so that a receiver can tell, as UDP's checksum and the frames' own structure
   * let it; `any`: bits flip and ends are missing anywhere, as from an attacker.
   */
  | ({ readonly kind: 'corrupt'; readonly probability: number; readonly mode: 'evident' | 'any' } & LinkSet)
  /** Nothing passes over these directed links: partitions of every shape are made of it. */
  | { readonly kind: 'cut'; readonly links: readonly (readonly [number, number])[] }
  /** The nodes' receive queues hold only so many frames. */
  | { readonly kind: 'smallQueue'; readonly nodes: readonly number[]; readonly frames: number }
  /** The nodes read their sockets only so often. */
  | { readonly kind: 'slowConsumer'; readonly nodes: readonly number[]; readonly everyMs: number }
  /** The nodes' interfaces are down. */
  | { readonly kind: 'linkDown'; readonly nodes: readonly number[] };

/** What happens to one copy of a frame. */
export interface Fate {
  /** Why it is lost, or '' if it is not. */
  lost: string;
  /** Comes a second time. */
  twice: boolean;
  corrupt: '' | 'evident' | 'any';
  /** Added to the latency of what was sent with it. */
  delayMs: number;
  /** Overtaken: added for this frame alone. */
  overtakenMs: number;
}

/** The faults of the network that are active now, and what they do to a frame. */
export class Conditions {
  private readonly active = new Set<NetworkFault>();
  private cuts: Uint8Array;
  private down: Uint8Array;
  private queues: Float64Array;
  private waits: Float64Array;
  /** Those that are decided frame by frame. */
  private chancy: NetworkFault[] = [];
  private readonly fate: Fate = { lost: '', twice: false, corrupt: '', delayMs: 0, overtakenMs: 0 };

  constructor(
    private readonly nodes: number,
    private readonly random: Random,
  ) {
    this.cuts = new Uint8Array(nodes * nodes);
    this.down = new Uint8Array(nodes);
    this.queues = new Float64Array(nodes).fill(Infinity);
    this.waits = new Float64Array(nodes);
  }

  begin(fault: NetworkFault): void {
    this.active.add(fault);
    this.summarize();
  }

  end(fault: NetworkFault): void {
    this.active.delete(fault);
    this.summarize();
  }

  /** No faults from now on. */
  clear(): void {
    this.active.clear();
    this.summarize();
  }

  isUp(node: number): boolean {
    return this.down[node] === 0;
  }

  isCut(from: number, to: number): boolean {
    return this.cuts[from * this.nodes + to] !== 0;
  }

  /** Most frames in the node's receive queue, if the fault is less than the network's own limit. */
  queueLimit(node: number): number {
    return this.queues[node]!;
  }

  /** Time until the node reads what has arrived, if the fault is more than the network's own. */
  readDelayMs(node: number): number {
    return this.waits[node]!;
  }

  /** What happens to a frame on its way. The same object each time. */
  fateOf(from: number, to: number, type: number, bytes: number): Fate {
    const { fate } = this;
    fate.lost = '';
    fate.twice = false;
    fate.corrupt = '';
    fate.delayMs = 0;
    fate.overtakenMs = 0;
    if (this.cuts[from * this.nodes + to] !== 0) fate.lost = 'cut';
    else if (this.down[from] !== 0 || this.down[to] !== 0) fate.lost = 'linkDown';
    else for (const fault of this.chancy) this.apply(fault, from, to, type, bytes);
    return fate;
  }

  private apply(fault: NetworkFault, from: number, to: number, type: number, bytes: number): void {
    const { fate, random } = this;
    if (fault.kind === 'cut' || 'nodes' in fault) return;
    if (fault.from !== undefined && !fault.from.includes(from)) return;
    if (fault.to !== undefined && !fault.to.includes(to)) return;
    switch (fault.kind) {
      case 'loss':
        if (fault.types !== undefined && !fault.types.includes(type)) return;
        if (fault.minBytes !== undefined && bytes < fault.minBytes) return;
        if (random.chance(fault.probability)) fate.lost = 'loss';
        return;
      case 'duplicate':
        if (random.chance(fault.probability)) fate.twice = true;
        return;
      case 'reorder':
        if (random.chance(fault.probability)) fate.overtakenMs += random.uniform(0, fault.delayMs);
        return;
      case 'delay':
        fate.delayMs += fault.mostMs === undefined ? fault.leastMs : random.heavyTail(fault.leastMs, fault.mostMs);
        return;
      case 'corrupt':
        if (random.chance(fault.probability)) fate.corrupt = fault.mode;
    }
  }

  private summarize(): void {
    this.cuts.fill(0);
    this.down.fill(0);
    this.queues.fill(Infinity);
    this.waits.fill(0);
    this.chancy = [];
    for (const fault of this.active) {
      if (fault.kind === 'cut') for (const [from, to] of fault.links) this.cuts[from * this.nodes + to] = 1;
      else if (fault.kind === 'linkDown') for (const node of fault.nodes) this.down[node] = 1;
      else if (fault.kind === 'smallQueue') {
        for (const node of fault.nodes) this.queues[node] = Math.min(this.queues[node]!, fault.frames);
      } else if (fault.kind === 'slowConsumer') {
        for (const node of fault.nodes) this.waits[node] = Math.max(this.waits[node]!, fault.everyMs);
      } else this.chancy.push(fault);
    }
  }
}
