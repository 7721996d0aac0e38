import { FrameType } from '../totem/wire/header.js';
import type { NetworkFault } from './conditions.js';
import type { Episode, Fault } from './plan.js';
import type { Random } from './random.js';

/** The kinds that a run's swarm is drawn from: each run has some of them, with weights of its own. */
export const FAULT_KINDS = [
  'loss',
  'lossBurst',
  'lossOneWay',
  'lossByType',
  'lossBySize',
  'duplicate',
  'reorder',
  'slow',
  'heavyTail',
  'corrupt',
  'partition',
  'oneWayCut',
  'bridge',
  'linkDown',
  'smallQueue',
  'slowConsumer',
  'crash',
  'crashLosingStore',
  'leave',
  'shortPause',
  'longPause',
  'jump',
  'fade',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const CONTROL_TYPES: readonly (readonly number[])[] = [
  [FrameType.ORF_TOKEN],
  [FrameType.COMMIT_TOKEN],
  [FrameType.ORF_TOKEN, FrameType.COMMIT_TOKEN],
  [FrameType.JOIN],
  [FrameType.MCAST],
  [FrameType.MERGE_DETECT],
  [FrameType.HOLD_CANCEL],
];

/** Draws the faults of a run: some kinds, each with a weight, one after the other or at the same time. */
export class EpisodeGenerator {
  private readonly weights: Record<FaultKind, number>;
  private readonly everyMs: number;
  private readonly lastingMs: number;

  constructor(
    private readonly random: Random,
    private readonly nodes: number,
    private readonly quietAt: number,
    private readonly tokenMs: number,
    private readonly consensusMs: number,
    private readonly byzantine: boolean,
    allowed: readonly FaultKind[] = byzantine ? ['corrupt', ...random.shuffled(FAULT_KINDS).slice(0, 4)] : FAULT_KINDS,
  ) {
    const kinds = byzantine
      ? allowed
      : random.shuffled(allowed).slice(0, random.between(1, Math.min(7, allowed.length)));
    const weights = FAULT_KINDS.map((kind) => [kind, kinds.includes(kind) ? random.uniform(0.2, 1) : 0] as const);
    this.weights = Object.fromEntries(weights) as Record<FaultKind, number>;
    this.everyMs = random.logUniform(tokenMs / 2, 8 * tokenMs);
    this.lastingMs = random.logUniform(tokenMs / 10, 6 * tokenMs);
  }

  draw(): Episode[] {
    const { random } = this;
    if (random.chance(0.02)) return [];
    const episodes: Episode[] = [];
    let at = random.uniform(0, 4 * this.tokenMs);
    while (at < this.quietAt) {
      const kind = random.weighted(this.weights);
      if (kind === 'fade') episodes.push(...this.fade(at));
      else episodes.push({ at, until: this.until(kind, at), fault: this.fault(kind) });
      at += random.exponential(this.everyMs);
    }
    return episodes;
  }

  /**
   * A node's messages are lost while its tokens still come through, and then it is gone: messages are missing that nobody
   * has any more, in the middle of others.
   */
  private fade(at: number): Episode[] {
    const { random, nodes, tokenMs } = this;
    const node = random.below(nodes);
    const dies = Math.min(at + random.logUniform(tokenMs / 100, tokenMs), this.quietAt);
    const probability = random.pick([0.3, 0.6, 1]);
    const loss = { kind: 'loss', probability, types: [FrameType.MCAST], from: [node] } as const;
    const crash = { kind: 'crash', node, loseStore: false } as const;
    return [
      { at, until: dies, fault: loss },
      { at: dies, until: this.until('crash', dies), fault: crash },
    ];
  }

  private until(kind: FaultKind, at: number): number {
    const { random, tokenMs, consensusMs } = this;
    const lasting = (): number => {
      switch (kind) {
        case 'jump':
          return 0;
        case 'lossBurst':
          return random.logUniform(1, tokenMs / 2);
        case 'shortPause':
          return random.uniform(tokenMs / 20, tokenMs * 0.9);
        case 'longPause':
          return random.uniform(tokenMs, 3 * (tokenMs + consensusMs));
        case 'crash':
        case 'crashLosingStore':
        case 'leave':
          if (random.chance(0.05)) return Infinity;
          // Back before the others have noticed, while they form their ring, or long afterwards.
          return random.pick([
            random.uniform(1, tokenMs),
            random.uniform(tokenMs, 2 * (tokenMs + consensusMs)),
            10 * tokenMs,
          ]);
        default:
          return random.exponential(this.lastingMs);
      }
    };
    const until = at + lasting();
    return until === Infinity ? until : Math.min(until, this.quietAt);
  }

  private fault(kind: Exclude<FaultKind, 'fade'>): Fault {
    const { random, nodes, tokenMs } = this;
    const node = random.below(nodes);
    const probability = random.pick([0.02, 0.1, 0.3, 0.6]);
    switch (kind) {
      case 'loss':
        return { kind: 'loss', probability };
      case 'lossBurst':
        return { kind: 'loss', probability: 1, ...this.links() };
      case 'lossOneWay':
        return { kind: 'loss', probability: random.pick([0.3, 0.7, 1]), ...this.links() };
      case 'lossByType':
        return {
          kind: 'loss',
          probability: random.pick([0.3, 0.7, 1]),
          types: random.pick(CONTROL_TYPES),
          ...this.links(),
        };
      case 'lossBySize':
        return { kind: 'loss', probability: 1, minBytes: random.pick([200, 500, 1000]), ...this.links() };
      case 'duplicate':
        return { kind: 'duplicate', probability };
      case 'reorder':
        return { kind: 'reorder', probability, delayMs: random.logUniform(1, tokenMs / 4) };
      case 'slow':
        return { kind: 'delay', leastMs: random.logUniform(1, tokenMs / 4), ...this.links() };
      case 'heavyTail':
        return { kind: 'delay', leastMs: random.logUniform(0.1, 5), mostMs: 2 * tokenMs, ...this.links() };
      case 'corrupt':
        return { kind: 'corrupt', probability, mode: this.byzantine ? 'any' : 'evident' };
      case 'partition':
        return this.partition();
      case 'oneWayCut':
        return this.oneWayCut();
      case 'bridge':
        return this.bridge();
      case 'linkDown':
        return { kind: 'linkDown', nodes: [node] };
      case 'smallQueue':
        return { kind: 'smallQueue', nodes: [node], frames: random.between(1, 40) };
      case 'slowConsumer':
        return { kind: 'slowConsumer', nodes: [node], everyMs: random.logUniform(1, tokenMs / 10) };
      case 'crash':
        return { kind: 'crash', node, loseStore: false };
      case 'crashLosingStore':
        return { kind: 'crash', node, loseStore: true };
      case 'leave':
        return { kind: 'leave', node };
      case 'shortPause':
      case 'longPause':
        return { kind: 'pause', node, framesFirst: random.chance(0.5) };
      case 'jump':
        return { kind: 'jump', node, byMs: random.logUniform(1, 2 * tokenMs) };
    }
  }

  /** To one node, from one node, over one link, or everywhere. */
  private links(): { from?: readonly number[]; to?: readonly number[] } {
    const { random, nodes } = this;
    const one = [random.below(nodes)];
    switch (random.below(4)) {
      case 0:
        return { from: one };
      case 1:
        return { to: one };
      case 2:
        return { from: one, to: [random.below(nodes)] };
      default:
        return {};
    }
  }

  private partition(): NetworkFault {
    const { random, nodes } = this;
    const parts = random.between(2, Math.min(3, nodes));
    const partOf = Array.from({ length: nodes }, () => random.below(parts));
    return this.cut((from, to) => partOf[from] !== partOf[to]);
  }

  /** Some hear others who do not hear them. */
  private oneWayCut(): NetworkFault {
    const { random, nodes } = this;
    const deaf = Array.from({ length: nodes }, () => random.chance(0.3));
    const mute = Array.from({ length: nodes }, () => random.chance(0.3));
    return random.chance(0.5)
      ? this.cut((from, to) => deaf[to] === true && mute[from] === true)
      : this.cut(() => random.chance(0.2));
  }

  /** Two groups that do not reach each other, and a node between them that reaches both. */
  private bridge(): NetworkFault {
    const { random, nodes } = this;
    const between = random.below(nodes);
    const side = Array.from({ length: nodes }, () => random.below(2));
    return this.cut((from, to) => from !== between && to !== between && side[from] !== side[to]);
  }

  private cut(isCut: (from: number, to: number) => boolean): NetworkFault {
    const links: [number, number][] = [];
    for (let from = 0; from < this.nodes; from++) {
      for (let to = 0; to < this.nodes; to++) if (from !== to && isCut(from, to)) links.push([from, to]);
    }
    return { kind: 'cut', links };
  }
}
