import { LARGE_RING, MAIN_RING } from './plan.js';
import type { Job, Ring, Work } from './plan.js';

/** What one run of a job measured; what does not apply is missing. */
export interface Values {
  readonly messagesPerSecond?: number;
  /** In units of 10^6 bytes. */
  readonly megabytesPerSecond?: number;
  /** From sending a message to its own delivery. */
  readonly microsecondsP50?: number;
  readonly microsecondsP99?: number;
  readonly microsecondsMost?: number;
  /** Of the flood beside which was pinged. */
  readonly floodMessagesPerSecond?: number;
  /** Processor time of all daemons over deliveries: at the one program of a flood, at each node of a load. */
  readonly cpuMicroseconds?: number;
  /** Largest resident memory of the largest daemon during the work. */
  readonly peakMegabytes?: number;
  /** Frames sent again, all nodes together. */
  readonly retransmitted?: number;
  /** Datagrams that found a receive buffer full, all nodes together. */
  readonly dropped?: number;
  /** Times that the flooding program was told TRY_AGAIN. */
  readonly tryAgain?: number;
  /** Of one processor, of the busiest node. */
  readonly cpuPercent?: number;
  /** Of all threads of the node that wakes up most. */
  readonly wakeupsPerSecond?: number;
  /** Resident memory of the largest daemon. */
  readonly residentMegabytes?: number;
}

export interface Figure {
  readonly key: keyof Values;
  readonly name: string;
  readonly better: 'more' | 'less';
}

const figure = (key: keyof Values, name: string, better: Figure['better']): Figure => ({ key, name, better });
const MESSAGES = figure('messagesPerSecond', 'messages/s', 'more');
const MEGABYTES = figure('megabytesPerSecond', 'MB/s', 'more');
const P50 = figure('microsecondsP50', 'p50 µs', 'less');
const P99 = figure('microsecondsP99', 'p99 µs', 'less');
const CPU_PERCENT = figure('cpuPercent', 'CPU %', 'less');
const WAKEUPS = figure('wakeupsPerSecond', 'wake-ups/s', 'less');
const RESIDENT = figure('residentMegabytes', 'RSS MB', 'less');

/** From this size on megabytes tell more than messages. */
const LARGE = 4096;

/** What a work is judged by. */
export function headlinesOf(work: Work): readonly Figure[] {
  switch (work.kind) {
    case 'flood':
    case 'load':
      return [work.size < LARGE ? MESSAGES : MEGABYTES];
    case 'ping':
    case 'loaded ping':
      return [P50, P99];
    case 'idle':
      return [CPU_PERCENT, WAKEUPS, RESIDENT];
  }
}

/** What is reported beside it, for works that send. */
export const COSTS = {
  cpu: figure('cpuMicroseconds', 'CPU µs/delivery', 'less'),
  memory: figure('peakMegabytes', 'peak RSS MB', 'less'),
  retransmitted: figure('retransmitted', 'sent again', 'less'),
  dropped: figure('dropped', 'dropped', 'less'),
} as const;

/** What the specification asks of a figure: of Chorale's median over Corosync's, or of Chorale's alone. */
export type Goal =
  | { readonly of: 'ratio'; readonly atLeast: number }
  /** `aim` is what is worth having; `atMost` has to be. */
  | { readonly of: 'ratio'; readonly atMost: number; readonly aim?: number }
  | { readonly of: 'chorale'; readonly atLeast: number }
  | { readonly of: 'chorale'; readonly below: number };

const MAIN_FLOODS: ReadonlyMap<number, number> = new Map([
  [64, 2],
  [1000, 4],
  [8192, 5],
  [65_536, 5],
  [500_000, 5],
]);
const MAIN_LOADS: ReadonlyMap<number, number> = new Map([
  [64, 2],
  [1000, 6],
]);

/** Undefined for what is only reported. */
export function goalOf({ ring, work }: Pick<Job, 'ring' | 'work'>, { key, better }: Figure): Goal | undefined {
  if (work.kind === 'idle') return key === 'cpuPercent' ? { of: 'chorale', below: 1 } : undefined;
  if (work.kind === 'loaded ping') return undefined;
  if (isRing(ring, LARGE_RING)) return { of: 'chorale', atLeast: 300_000 };
  if (better === 'less') {
    if (!isRing(ring, MAIN_RING)) return { of: 'ratio', atMost: 1 };
    return work.kind === 'ping' && work.size === 64 ? { of: 'ratio', atMost: 1, aim: 0.8 } : undefined;
  }
  const main = work.kind === 'load' ? MAIN_LOADS : MAIN_FLOODS;
  const least = isRing(ring, MAIN_RING) && 'size' in work ? main.get(work.size) : 1;
  return least === undefined ? undefined : { of: 'ratio', atLeast: least };
}

const isRing = (one: Ring, other: Ring): boolean => one.name === other.name;

export function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return '';
  if ('below' in goal) return `< ${goal.below}`;
  if ('atLeast' in goal) {
    return goal.of === 'ratio' ? `${goal.atLeast}x or more` : `${goal.atLeast.toLocaleString('en')} or more`;
  }
  return `${goal.atMost}x or less${goal.aim === undefined ? '' : `, aim ${goal.aim}x`}`;
}

/** Undefined if what it is about was not measured. */
export function isMet(goal: Goal, chorale: number | undefined, ratio: number | undefined): boolean | undefined {
  const value = goal.of === 'ratio' ? ratio : chorale;
  if (value === undefined) return undefined;
  if ('below' in goal) return value < goal.below;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}
