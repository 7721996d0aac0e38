import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonProcess } from '../ring/daemon-process.js';
import type { DaemonRing } from './daemon-ring.js';
import type { Values } from './figures.js';
import { WARM_UP } from './plan.js';
import type { Work } from './plan.js';

/** What cpg-bench prints. */
type Printed = Readonly<Record<string, number>>;

/** A program may take so much longer than it was asked to: it waits ten seconds for deliveries that do not come. */
const PATIENCE_MS = 20_000;
/** After a ring has formed, before it counts as idle. */
const SETTLING_MS = 1000;
/** How far a flood has come before anything is pinged beside it. */
const FLOODING_MS = 300;
const LOADED_PROBE = 10;
const LOADED_PINGS_MOST = 2000;
/** Of the flood's time, what pings beside it may take by the estimate of the probe. */
const LOADED_SHARE = 0.6;

/** What does the works of a ring, by the lab's cpg-bench (libcpg) on its nodes. */
export class ClientWorker {
  constructor(
    private readonly program: string,
    private readonly ring: DaemonRing,
  ) {}

  /** Rejects if a message was lost, repeated or out of order, or a program does not end. */
  async measure(work: Work): Promise<Values> {
    switch (work.kind) {
      case 'idle':
        return this.idle(work.seconds);
      case 'flood':
        return this.counted(() => this.flood(work.size, work.seconds));
      case 'ping':
        return this.counted(() => this.ping(work.size, work.count));
      case 'loaded ping':
        return this.counted(() => this.loadedPing(work.size, work.floodSize, work.seconds));
      case 'load':
        throw new Error('a load is no work of client programs');
    }
  }

  /** Work that nobody counts: compilers have compiled, buffers have grown. */
  async warmUp(): Promise<void> {
    await this.run(this.first, 'flood', 1000, WARM_UP.floodSeconds);
    await this.run(this.first, 'ping', 64, WARM_UP.pings);
  }

  private get first(): DaemonProcess {
    return this.ring.daemons[0]!;
  }

  /** Runs cpg-bench on a node. It ends with an error, and so does this, if what it received is not what it sent. */
  private async run(node: DaemonProcess, mode: 'flood' | 'ping', size: number, amount: number): Promise<Printed> {
    const timeout = PATIENCE_MS + (mode === 'flood' ? amount * 1000 : 0);
    const output = await node.execUntil({ timeout }, this.program, mode, `${size}`, `${amount}`).catch(reasonOf);
    return JSON.parse(output) as Printed;
  }

  private async flood(size: number, seconds: number): Promise<[Values, delivered: number]> {
    const printed = await this.run(this.first, 'flood', size, seconds);
    const values: Values = {
      messagesPerSecond: printed['msgs_per_s']!,
      megabytesPerSecond: printed['MB_per_s']!,
      tryAgain: printed['try_again']!,
    };
    return [values, printed['delivered']!];
  }

  private async ping(size: number, count: number): Promise<[Values, delivered: number]> {
    return [latencies(await this.run(this.first, 'ping', size, count)), count];
  }

  /** As many pings as fit into the flood's time: a few that are not counted tell how long they take. */
  private async loadedPing(size: number, floodSize: number, seconds: number): Promise<[Values, delivered: number]> {
    let flooding = true;
    const flood = this.run(this.ring.daemons[1]!, 'flood', floodSize, seconds).finally(() => (flooding = false));
    // Whoever waits for the pings first must not miss that the flood failed.
    flood.catch(() => undefined);
    const from = performance.now();
    await delay(FLOODING_MS);
    const probe = await this.run(this.first, 'ping', size, LOADED_PROBE);
    const left = from + seconds * 1000 - performance.now();
    const fitting = (LOADED_SHARE * left * 1000) / probe['us_p90']!;
    const count = Math.min(LOADED_PINGS_MOST, Math.max(LOADED_PROBE, Math.floor(fitting)));
    const pinged = await this.run(this.first, 'ping', size, count);
    if (!flooding) throw new Error(`${count} pings took longer than the flood beside them`);
    const flooded = await flood;
    const values = { ...latencies(pinged), floodMessagesPerSecond: flooded['msgs_per_s']! };
    return [values, flooded['delivered']! + count + LOADED_PROBE];
  }

  private async idle(seconds: number): Promise<Values> {
    await delay(SETTLING_MS);
    const before = this.ring.usages();
    const from = performance.now();
    await delay(seconds * 1000);
    const passed = (performance.now() - from) / 1000;
    const after = this.ring.usages();
    const most = (of: (node: number) => number): number => Math.max(...after.map((_usage, node) => of(node)));
    return {
      cpuPercent: most((node) => (100 * (after[node]!.cpuSeconds - before[node]!.cpuSeconds)) / passed),
      wakeupsPerSecond: most((node) => (after[node]!.wakeups - before[node]!.wakeups) / passed),
      residentMegabytes: most((node) => after[node]!.residentBytes) / 1e6,
    };
  }

  /** What a work measured, and what it cost the daemons. */
  private async counted(work: () => Promise<[Values, delivered: number]>): Promise<Values> {
    this.ring.forgetPeaks();
    const before = await this.ring.counters();
    const [values, delivered] = await work();
    const peakMegabytes = this.ring.peakMegabytes;
    const after = await this.ring.counters();
    return {
      ...values,
      cpuMicroseconds: (1e6 * (after.cpuSeconds - before.cpuSeconds)) / delivered,
      peakMegabytes,
      retransmitted: after.retransmitted - before.retransmitted,
      dropped: after.dropped - before.dropped,
    };
  }
}

function latencies(printed: Printed): Values {
  return {
    microsecondsP50: printed['us_p50']!,
    microsecondsP99: printed['us_p99']!,
    microsecondsMost: printed['us_max']!,
  };
}

/** What a program that failed has to say: its own count of errors, or how it ended. */
function reasonOf(error: Error & { stdout?: string; stderr?: string; killed?: boolean }): never {
  const said = `${error.stdout ?? ''} ${error.stderr ?? ''}`.trim();
  throw new Error(`cpg-bench ${error.killed === true ? 'did not end in time' : 'failed'}: ${said || error.message}`);
}
