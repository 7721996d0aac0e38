/** What was done: the load, or nothing on a ring whose token never rests. */
export type Work = 'load' | 'rotation';

/** What one run measured. */
export interface Measured {
  /** Of the load, at the slowest node; 0 without one. */
  readonly messagesPerSecond: number;
  /** In units of 10^6 bytes. */
  readonly megabytesPerSecond: number;
  readonly rotationMicroseconds: number;
  /** Processor time of all nodes for one message at one node. */
  readonly cpuMicrosecondsPerDelivery: number;
  /** Processors busy with all nodes. */
  readonly processors: number;
  /** Of the node with most. */
  readonly peakMegabytes: number;
  /** Frames sent again by all nodes; missing where that is not told. */
  readonly retransmitted?: number;
  /** Datagrams that found a receive buffer full at any node; missing where nodes have no network of their own. */
  readonly dropped?: number;
}

export interface Run {
  readonly system: string;
  readonly work: Work;
  /** Bytes of a message; 0 without a load. */
  readonly size: number;
  readonly measured: Measured;
}

/** One kind of run, with what each system measured in the middle of its runs. */
export interface Summary {
  readonly work: Work;
  readonly size: number;
  readonly systems: Readonly<Record<string, Spread>>;
  /** Chorale's median over the other's, of messages a second (load) or of the time of a rotation. */
  readonly ratios: Readonly<Record<string, number>>;
}

interface Spread {
  readonly median: Partial<Measured>;
  /** Of messages a second (load) or of the time of a rotation. */
  readonly least: number;
  readonly most: number;
}

/** The runs by kind, as medians. */
export function summaryOf(runs: readonly Run[]): Summary[] {
  const kinds = new Map(runs.map(({ work, size }) => [`${work} ${size}`, { work, size }]));
  return [...kinds.values()].map(({ work, size }) => {
    const systems: Record<string, Spread> = {};
    const ofKind = runs.filter((run) => run.work === work && run.size === size);
    for (const system of new Set(ofKind.map((run) => run.system))) {
      const measured = ofKind.filter((run) => run.system === system).map((run) => run.measured);
      systems[system] = spreadOf(measured, headlineOf(work));
    }
    const ratios: Record<string, number> = {};
    for (const [system, { median }] of Object.entries(systems)) {
      const headline = headlineOf(work);
      if (system !== 'chorale') ratios[system] = systems['chorale']!.median[headline]! / median[headline]!;
    }
    return { work, size, systems, ratios };
  });
}

type Headline = 'messagesPerSecond' | 'rotationMicroseconds';

function headlineOf(work: Work): Headline {
  return work === 'load' ? 'messagesPerSecond' : 'rotationMicroseconds';
}

function spreadOf(measured: readonly Measured[], headline: Headline): Spread {
  const middle: Partial<Record<keyof Measured, number>> = {};
  for (const key of Object.keys(measured[0]!) as (keyof Measured)[]) {
    middle[key] = median(measured.map((one) => one[key] ?? NaN).filter((value) => !Number.isNaN(value)));
  }
  const values = measured.map((one) => one[headline]);
  return { median: middle, least: Math.min(...values), most: Math.max(...values) };
}

/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Numbers as people read them: four significant digits. */
export function rounded<T>(value: T): T {
  const json = JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'number' && !Number.isInteger(entry) ? Number(entry.toPrecision(4)) : entry,
  );
  return JSON.parse(json) as T;
}
