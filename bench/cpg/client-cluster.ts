import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationOf } from '../ring/cluster-config.js';
import { DaemonProcess } from '../ring/daemon-process.js';
import type { System } from '../ring/daemon-process.js';
import type { Hosts } from '../ring/hosts.js';
import { UsageWatch } from '../ring/usage.js';

/** What the program on the first node does. */
export interface Work {
  readonly kind: 'flood' | 'ping';
  /** Bytes of a message. */
  readonly size: number;
  /** Seconds of a flood, messages of a ping. */
  readonly amount: number;
}

export interface ClientClusterOptions {
  readonly system: System;
  readonly nodes: number;
  readonly transport: 'udpu' | 'udp';
  /** The lab's cpg-bench, built. */
  readonly program: string;
}

/** What one run measured; what a kind of run does not measure is 0. */
export interface Measured {
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly microsecondsP50: number;
  readonly microsecondsP99: number;
  /** Processor time of all daemons for one message. */
  readonly cpuMicrosecondsPerMessage: number;
  /** Resident memory of the largest daemon. */
  readonly peakMegabytes: number;
}

/** Forms a ring of fresh daemons and has a libcpg program work on its first node. Rejects if a message was lost or out of order. */
export async function measureClients(hosts: Hosts, options: ClientClusterOptions, work: Work): Promise<Measured> {
  const { system, nodes, transport } = options;
  const directory = mkdtempSync(join(tmpdir(), `${system}-bench-`));
  const configuration = join(directory, 'corosync.conf');
  const addressOf = (id: number): string => hosts.addressOf(id);
  writeFileSync(
    configuration,
    configurationOf({ nodes, transport, addressOf, network: hosts.network, spinning: false }),
  );
  const daemons: DaemonProcess[] = [];
  try {
    for (let host = 1; host <= nodes; host++) {
      daemons.push(new DaemonProcess(hosts, system, host, configuration, join(directory, `${host}`)));
    }
    for (const daemon of daemons) await daemon.onRingOf(nodes);
    using watch = new UsageWatch(daemons.map(({ pid }) => pid));
    const output = await daemons[0]!.exec(options.program, work.kind, `${work.size}`, `${work.amount}`);
    const { processors, peakBytes } = watch.stop();
    const result = JSON.parse(output) as Record<string, number>;
    const seconds = result['seconds'] ?? 0;
    const delivered = result['delivered'] ?? 0;
    return {
      messagesPerSecond: result['msgs_per_s'] ?? 0,
      megabytesPerSecond: result['MB_per_s'] ?? 0,
      microsecondsP50: result['us_p50'] ?? 0,
      microsecondsP99: result['us_p99'] ?? 0,
      cpuMicrosecondsPerMessage: delivered === 0 ? 0 : (1e6 * processors * seconds) / delivered,
      peakMegabytes: peakBytes / 1e6,
    };
  } finally {
    await Promise.all(daemons.map((daemon) => daemon.end()));
    rmSync(directory, { recursive: true, force: true });
  }
}
