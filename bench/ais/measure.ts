import type { LoopbackRing } from './loopback.js';

/** How fast something went. */
export interface Rate {
  readonly perSecond: number;
  /** Processor time of one, of this program and the daemons together. */
  readonly cpuMicroseconds: number;
}

/** Receivers that count, and what sends to them. */
export interface Load {
  /** What the slowest receiver has got. */
  received(): number;
  send(): Promise<unknown>;
  close(): Promise<void>;
}

/** How long whoever sent waits for what is still under way. */
const PATIENCE_MS = 30_000;

/** Sends for some seconds, never more than `ahead` before the slowest receiver, and waits until everybody has everything. */
export async function rateOf(ring: LoopbackRing, load: Load, seconds: number, ahead: number): Promise<Rate> {
  const since = start(ring);
  const until = performance.now() + 1000 * seconds;
  let sent = 0;
  let failed: unknown;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  while (performance.now() < until && failed === undefined) {
    for (; sent - load.received() < ahead; sent++) load.send().catch((thrown: unknown) => (failed ??= thrown));
    await turn();
  }
  for (const patience = performance.now() + PATIENCE_MS; load.received() < sent && failed === undefined;) {
    if (performance.now() > patience) throw new Error(`${sent} were sent, the slowest got ${load.received()}`);
    await turn();
  }
  if (failed !== undefined) throw failed;
  return since(sent);
}

/** Does something over and over for some seconds, in so many lines at once. */
export async function rateOfLines(
  ring: LoopbackRing,
  lines: readonly (() => Promise<unknown>)[],
  seconds: number,
): Promise<Rate> {
  const since = start(ring);
  const until = performance.now() + 1000 * seconds;
  let done = 0;
  await Promise.all(
    lines.map(async (once) => {
      for (; performance.now() < until; done++) await once();
    }),
  );
  return since(done);
}

/** Microseconds of one, the median of what is done one after the other for some seconds. */
export async function latencyOf(once: () => Promise<unknown>, seconds: number): Promise<number> {
  const times: number[] = [];
  for (const until = performance.now() + 1000 * seconds; performance.now() < until;) {
    const began = performance.now();
    await once();
    times.push(performance.now() - began);
  }
  return Math.round(1000 * times.sort((a, b) => a - b)[times.length >> 1]!);
}

function start(ring: LoopbackRing): (count: number) => Rate {
  const began = performance.now();
  const used = ring.processorMicroseconds;
  return (count) => ({
    perSecond: Math.round(count / ((performance.now() - began) / 1000)),
    cpuMicroseconds: Number(((ring.processorMicroseconds - used) / Math.max(1, count)).toFixed(1)),
  });
}
