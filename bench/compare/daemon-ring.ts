import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationOf } from '../ring/cluster-config.js';
import { DaemonProcess } from '../ring/daemon-process.js';
import type { System } from '../ring/daemon-process.js';
import type { Hosts } from '../ring/hosts.js';
import { forgetPeak, readScheduling, readUdpOverflows, schedulingText, usageOf } from '../ring/proc.js';
import type { Usage } from '../ring/proc.js';
import type { Ring } from './plan.js';

/** What all daemons have counted until now. */
export interface Counters {
  readonly cpuSeconds: number;
  readonly retransmitted: number;
  readonly dropped: number;
}

/** A ring of fresh daemons of one system. */
export class DaemonRing {
  private constructor(
    private readonly directory: string,
    readonly daemons: readonly DaemonProcess[],
  ) {}

  /** Starts the daemons and waits until all are on one ring. */
  static async form(hosts: Hosts, system: System, { nodes, transports }: Ring): Promise<DaemonRing> {
    const directory = mkdtempSync(join(tmpdir(), `${system}-bench-`));
    const configuration = join(directory, 'corosync.conf');
    const transport = transports[system];
    const addressOf = (id: number): string => hosts.addressOf(id);
    const { network } = hosts;
    writeFileSync(configuration, configurationOf({ nodes, transport, addressOf, network, spinning: false }));
    const daemons: DaemonProcess[] = [];
    const ring = new DaemonRing(directory, daemons);
    try {
      for (let host = 1; host <= nodes; host++) {
        daemons.push(new DaemonProcess(hosts, system, host, configuration, join(directory, `${host}`)));
      }
      for (const daemon of daemons) await daemon.onRingOf(nodes);
      return ring;
    } catch (error) {
      await ring.close();
      throw error;
    }
  }

  /** Resolves when no daemon is left. */
  async close(): Promise<void> {
    await Promise.all(this.daemons.map((daemon) => daemon.end()));
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** How each daemon is scheduled, each way once. */
  get scheduling(): string[] {
    return [...new Set(this.daemons.map(({ pid }) => schedulingText(readScheduling(pid))))];
  }

  usages(): Usage[] {
    return this.daemons.map(({ pid }) => usageOf(pid));
  }

  async counters(): Promise<Counters> {
    const retransmitted = await Promise.all(this.daemons.map((daemon) => daemon.statistic('stats.srp.mcast_retx')));
    return {
      cpuSeconds: sum(this.usages().map(({ cpuSeconds }) => cpuSeconds)),
      retransmitted: sum(retransmitted),
      dropped: sum(this.daemons.map(({ pid }) => readUdpOverflows(pid))),
    };
  }

  forgetPeaks(): void {
    for (const { pid } of this.daemons) forgetPeak(pid);
  }

  /** Of the largest daemon, since `forgetPeaks`. */
  get peakMegabytes(): number {
    return Math.max(...this.usages().map(({ peakBytes }) => peakBytes)) / 1e6;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}
