import type { TuningLimits } from '../host/node-options.js';
import type { RingParameters } from '../totem/srp/parameters.js';
import type { NetworkFault } from './conditions.js';
import type { NetworkTraits } from './network.js';

/** What happens to a node for a while, or at once. */
export type NodeFault =
  /** Dies; starts again at the end of the episode, if that comes, perhaps with its stored ring id lost. */
  | { readonly kind: 'crash'; readonly node: number; readonly loseStore: boolean }
  /** Leaves politely; starts again at the end. */
  | { readonly kind: 'leave'; readonly node: number }
  /** Stands still until the end. `framesFirst`: then it reads its sockets before it looks at its timers. */
  | { readonly kind: 'pause'; readonly node: number; readonly framesFirst: boolean }
  /** Its clock is set forward. */
  | { readonly kind: 'jump'; readonly node: number; readonly byMs: number };

export type Fault = NetworkFault | NodeFault;

/** A fault and when: from `at` until `until`, in virtual milliseconds. */
export interface Episode {
  readonly at: number;
  /** Infinity is written as null in a file: the fault does not end before the quiet time. */
  readonly until: number;
  readonly fault: Fault;
}

interface Messages {
  readonly node: number;
  readonly leastBytes: number;
  readonly mostBytes: number;
  /** Share of safe messages. */
  readonly safe: number;
}

/** What applications send. */
export type Traffic =
  /** One after the other, `everyMs` apart on average. */
  | (Messages & { readonly kind: 'steady'; readonly at: number; readonly until: number; readonly everyMs: number })
  /** Many at once. */
  | (Messages & { readonly kind: 'burst'; readonly at: number; readonly count: number })
  /** Many at once at every membership change, at one of its moments; `now`: also while services are synchronized. */
  | (Messages & {
      readonly kind: 'atChange';
      readonly moment: 'transitional' | 'regular' | 'synchronized';
      readonly count: number;
      readonly now: boolean;
    });

/** What clients of a service do, in a node's process: one thing after the other, `everyMs` apart on average. */
export interface ServiceTraffic {
  /** The service's name. */
  readonly service: string;
  readonly node: number;
  readonly at: number;
  readonly until: number;
  readonly everyMs: number;
  /** How many there are at a time. */
  readonly clients: number;
  readonly leastBytes: number;
  readonly mostBytes: number;
  /** Share of safe messages. */
  readonly safe: number;
}

export interface PlannedNode {
  readonly nodeId: number;
  readonly littleEndian: boolean;
  readonly clockRate: number;
  /** When it starts for the first time. */
  readonly startAt: number;
  /** Ring sequence in its store then, from an earlier cluster; missing: it has none. */
  readonly storedRingSeq?: number;
  /** What it can bear if all members of a ring agree; missing: it takes part in no agreement, as Corosync. */
  readonly tuning?: TuningLimits;
}

/**
 * A whole run, as plain data: it can be kept in a file, changed by hand, and shrunk. With `seed` it says all that happens.
 * Nodes are meant by their positions in `nodes`.
 */
export interface Plan {
  readonly seed: number;
  readonly nodes: readonly PlannedNode[];
  readonly network: NetworkTraits;
  readonly parameters: RingParameters;
  readonly netmtu: number;
  /** Where sequence numbers of messages and tokens of each ring begin. */
  readonly firstSeq: number;
  readonly firstTokenSeq: number;
  /** Small frames in each node's memory. */
  readonly slots: number;
  readonly episodes: readonly Episode[];
  readonly traffic: readonly Traffic[];
  readonly services: readonly ServiceTraffic[];
  /** All faults end here, and nodes that are down start, except those of crashes without an end. */
  readonly quietAt: number;
  /** Groups of nodes that do not reach each other from then on, each node in one of them; missing: all reach all. */
  readonly apart?: readonly (readonly number[])[];
  /** One ring has to be formed, and everything delivered, this much later. */
  readonly boundMs: number;
  /** The run ends. */
  readonly endAt: number;
  /**
   * Bits may flip anywhere: only exceptions, storms and frame memory are checked. Nothing else can be promised where
   * frames are not authenticated: a false JOIN can name nodes that do not exist, or a message say what nobody sent.
   */
  readonly byzantine: boolean;
}

/** What stays cut when all faults have ended: every link between two of the groups that are apart. */
export function lastingCut({ apart = [] }: Plan): NetworkFault & { readonly kind: 'cut' } {
  const links = apart.flatMap((group) =>
    apart
      .filter((other) => other !== group)
      .flatMap((other) => group.flatMap((from) => other.map((to) => [from, to] as const))),
  );
  return { kind: 'cut', links };
}
