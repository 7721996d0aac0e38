import { createHash } from 'node:crypto';

/** A message as it was delivered. */
export interface Delivery {
  /** The sending node, and the message's number in its sender's life, from 1. */
  readonly sender: number;
  readonly number: number;
  readonly data: Uint8Array;
}

/** Where a node is in the common order. */
export interface Progress {
  /** The epoch it is in. */
  readonly epoch: string;
  /** Messages it has delivered in this epoch. */
  readonly position: number;
  /** The last position that all nodes of the epoch have reached: `digest` is for it. */
  readonly commonPosition: number;
  /** This node's own, in hexadecimal. */
  readonly digest: string;
}

/** A node's way through one epoch. */
interface Track {
  /** Digest after each message that is not compared yet. */
  readonly pending: string[];
  /** At the last position compared. */
  compared: string;
  latest: string;
  length: number;
  /** The epoch it went to; missing while it is in this one. */
  next?: string;
}

/** A stretch of the order in which neither ring nor group changes. */
interface Epoch {
  readonly key: string;
  /** Nodes that are told of it. */
  readonly awaited: Set<number>;
  readonly tracks: Map<number, Track>;
  /** Positions at which all awaited nodes were compared. */
  compared: number;
  /** Pairs of nodes that differ, with the sentence that says so. */
  readonly differences: Map<string, { readonly nodes: readonly [number, number]; readonly text: string }>;
}

const SHOWN_DIGITS = 16;
/** Epochs kept for nodes that have not been told of them yet; older ones nobody is in any more are forgotten. */
const MOST_EPOCHS = 32;

/**
 * Holds the orders in which nodes deliver against each other, message by message.
 *
 * The order is cut into epochs: a new one begins at each change of the ring or of the group, and its key (ring id and
 * members) is the same at every node that is told of the change. Within an epoch each node keeps a running digest: the
 * hash of the digest before, the sender, the number and the bytes; it starts with the epoch's key. Nodes are compared at
 * equal positions of equal epochs. A node that starts again takes part from the epoch that its own join begins.
 *
 * Nodes that go from one epoch to the same next one must have delivered the same in it (virtual synchrony). Nodes that a
 * partition parts may end their last common epoch differently; so a difference counts when they stay together.
 */
export class OrderCheck {
  private readonly epochs = new Map<string, Epoch>();
  /** By node: the epoch it is in. */
  private readonly current = new Map<number, string>();
  /** By node and sender: the number delivered last in the epoch. */
  private readonly numbers = new Map<number, Map<number, number>>();
  private readonly proven: string[] = [];
  /** Messages that two or more nodes, all that should have them, delivered at the same place. */
  compared = 0;

  /** A node was told of a change. `members` are all nodes that are told of it. */
  begin(node: number, key: string, members: readonly number[]): void {
    const before = this.current.get(node);
    if (before === key) return;
    if (before !== undefined) this.close(node, before, key);
    let epoch = this.epochs.get(key);
    if (epoch === undefined) {
      epoch = { key, awaited: new Set(members), tracks: new Map(), compared: 0, differences: new Map() };
      this.epochs.set(key, epoch);
    }
    const start = digestOf('', key);
    epoch.tracks.set(node, { pending: [], compared: start, latest: start, length: 0 });
    this.current.set(node, key);
    this.numbers.set(node, new Map());
    this.forgetOldest();
  }

  /** A node delivered a message. */
  deliver(node: number, { sender, number, data }: Delivery): void {
    const epoch = this.epochOf(node);
    const track = epoch?.tracks.get(node);
    if (epoch === undefined || track === undefined) {
      this.proven.push(`node ${node} delivered a message before it was told who is there`);
      return;
    }
    this.checkNumber(node, sender, number);
    track.latest = digestOf(track.latest, `${sender} ${number} `, data);
    track.length++;
    track.pending.push(track.latest);
    this.compare(epoch);
  }

  /** A node is gone: nothing more is expected of it. */
  gone(node: number): void {
    this.current.delete(node);
    for (const epoch of [...this.epochs.values()]) {
      epoch.awaited.delete(node);
      epoch.tracks.delete(node);
      this.compare(epoch);
      this.forgetIfDone(epoch);
    }
  }

  /** Where a node is; missing before it is told who is there. */
  progress(node: number): Progress | undefined {
    const epoch = this.epochOf(node);
    const track = epoch?.tracks.get(node);
    if (epoch === undefined || track === undefined) return undefined;
    return {
      epoch: epoch.key,
      position: track.length,
      commonPosition: epoch.compared,
      digest: track.compared.slice(0, SHOWN_DIGITS),
    };
  }

  /** What is wrong, in sentences; empty as long as all is well. */
  get faults(): readonly string[] {
    const open = [...this.epochs.values()].flatMap((epoch) => [...epoch.differences.values()].map(({ text }) => text));
    return [...this.proven, ...open];
  }

  /** Whether these nodes are in one epoch and have delivered equally much of it. */
  isSettled(nodes: readonly number[]): boolean {
    const places = nodes.map((node) => this.progress(node));
    return places.every(
      (place) => place !== undefined && place.epoch === places[0]!.epoch && place.position === places[0]!.position,
    );
  }

  /** Deliveries that wait to be compared. */
  get backlog(): number {
    let count = 0;
    for (const { tracks } of this.epochs.values()) for (const { pending } of tracks.values()) count += pending.length;
    return count;
  }

  private epochOf(node: number): Epoch | undefined {
    const key = this.current.get(node);
    return key === undefined ? undefined : this.epochs.get(key);
  }

  /** Within an epoch a sender's messages come without gap and without repetition. */
  private checkNumber(node: number, sender: number, number: number): void {
    const seen = this.numbers.get(node)!;
    const last = seen.get(sender);
    seen.set(sender, number);
    if (last === undefined || number === last + 1) return;
    this.proven.push(`node ${node} delivered message ${number} of node ${sender} after its message ${last}`);
  }

  private close(node: number, key: string, next: string): void {
    const epoch = this.epochs.get(key);
    const track = epoch?.tracks.get(node);
    if (epoch === undefined || track === undefined) return;
    track.next = next;
    for (const [other, theirs] of epoch.tracks) {
      if (other === node || theirs.next !== next || theirs.length === track.length) continue;
      this.proven.push(
        `in ${key} node ${node} delivered ${track.length} messages and node ${other} ${theirs.length}, ` +
          `yet both went on to ${next}`,
      );
    }
    for (const [pair, { nodes, text }] of epoch.differences) {
      const [one, two] = nodes.map((which) => epoch.tracks.get(which)?.next);
      if (one === undefined || two === undefined) continue;
      if (one === two) this.proven.push(text);
      epoch.differences.delete(pair);
    }
    this.compare(epoch);
    this.forgetIfDone(epoch);
  }

  private compare(epoch: Epoch): void {
    const tracks: [number, Track][] = [];
    for (const node of epoch.awaited) {
      const track = epoch.tracks.get(node);
      if (track === undefined) return;
      tracks.push([node, track]);
    }
    if (tracks.length === 0) return;
    const [first, reference] = tracks[0]!;
    for (let ready = Math.min(...tracks.map(([, { pending }]) => pending.length)); ready > 0; ready--) {
      epoch.compared++;
      if (tracks.length > 1) this.compared++;
      for (const [node, track] of tracks) {
        track.compared = track.pending.shift()!;
        if (track.compared !== reference.compared) this.differ(epoch, first, node);
      }
    }
  }

  private differ(epoch: Epoch, one: number, two: number): void {
    const pair = `${one} ${two}`;
    if (epoch.differences.has(pair)) return;
    const text = `message ${epoch.compared} of ${epoch.key} is not the same at node ${one} and node ${two}`;
    epoch.differences.set(pair, { nodes: [one, two], text });
  }

  private forgetIfDone(epoch: Epoch): void {
    for (const node of epoch.awaited) if (epoch.tracks.get(node)?.next === undefined) return;
    this.epochs.delete(epoch.key);
  }

  private forgetOldest(): void {
    const inUse = new Set(this.current.values());
    for (const key of this.epochs.keys()) {
      if (this.epochs.size <= MOST_EPOCHS) return;
      if (!inUse.has(key)) this.epochs.delete(key);
    }
  }
}

function digestOf(before: string, text: string, data?: Uint8Array): string {
  const hash = createHash('sha256').update(before).update(text);
  if (data !== undefined) hash.update(data);
  return hash.digest('hex');
}
