import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runChorale } from '../ring/chorale-cluster.js';
import { runCorosync } from '../ring/corosync-cluster.js';
import type { System } from '../ring/daemon-process.js';
import { NetlabHosts } from '../ring/hosts.js';
import { statusField } from '../ring/proc.js';
import type { Measured } from '../ring/result.js';
import { ClientWorker } from './client-work.js';
import { DaemonRing } from './daemon-ring.js';
import type { Values } from './figures.js';
import { nameOf } from './plan.js';
import type { Job, Step } from './plan.js';
import type { Measurement } from './results.js';

/**
 * What a load of Corosync's is taken to reach at first, in bytes a second, shared by the nodes: its length is a number of
 * messages.
 */
const FIRST_ESTIMATE = { udpu: 60e6, udp: 60e6, knet: 6e6 };
/** Of its estimate, what a load that did not end is tried with the next time. */
const HUMBLER = 0.1;
/** What a node of either system stays below. */
const NODE_BYTES = 150e6;

/** The hosts that steps run on, as many as the step has nodes, and what is needed to measure there. */
export class Laboratory {
  private readonly directory = mkdtempSync(join(tmpdir(), 'chorale-compare-'));
  private readonly program = join(this.directory, 'cpg-bench');
  private hosts: NetlabHosts | undefined;
  private nodes = 0;
  private closed = false;
  /** Messages a second of the last load of a kind. */
  private readonly estimates = new Map<string, number>();
  private readonly schedulings: Record<System, Set<string>> = { chorale: new Set(), corosync: new Set() };

  /** Throws if the laboratory or libcpg is missing. */
  constructor() {
    const source = join(dirname(this.hostsOf(1).netlab), 'cpg-bench.c');
    execFileSync('cc', ['-O2', '-o', this.program, source, '-lcpg', '-lpthread'], { stdio: 'inherit' });
  }

  /** How the daemons of both were found to be scheduled. */
  get scheduling(): string {
    const { chorale, corosync } = this.schedulings;
    const [ours, theirs] = [[...chorale].join(' or '), [...corosync].join(' or ')];
    if (ours === theirs || theirs === '') return ours;
    return ours === '' ? theirs : `${ours} (Chorale) and ${theirs} (Corosync): NOT ALIKE`;
  }

  /** Does all jobs of a step and tells of each. A job that fails is told of too; the others go on on a fresh ring. */
  async run(step: Step, tell: (measurement: Measurement) => void): Promise<void> {
    let ring: { daemons: DaemonRing; worker: ClientWorker } | undefined;
    let warm = false;
    try {
      for (const job of step.jobs) {
        const what = { ring: step.ring.name, work: nameOf(job.work), system: step.system, run: step.run };
        try {
          let values: Values;
          if (job.work.kind === 'load') {
            values = await this.load(step, job.work);
          } else {
            if (ring === undefined) {
              ring = await this.form(step);
              warm = false;
            }
            if (job.work.kind !== 'idle' && !warm) {
              await ring.worker.warmUp();
              warm = true;
            }
            values = await ring.worker.measure(job.work);
          }
          tell({ ...what, values });
        } catch (error) {
          if (this.closed) throw error;
          tell({ ...what, error: (error as Error).message });
          await ring?.daemons.close();
          ring = undefined;
        }
      }
    } finally {
      await ring?.daemons.close();
    }
  }

  private async form(step: Step): Promise<{ daemons: DaemonRing; worker: ClientWorker }> {
    const daemons = await DaemonRing.form(this.hostsOf(step.ring.nodes), step.system, step.ring);
    for (const one of daemons.scheduling) this.schedulings[step.system].add(one);
    return { daemons, worker: new ClientWorker(this.program, daemons) };
  }

  private async load({ ring, system }: Step, { size, seconds }: Job['work'] & { kind: 'load' }): Promise<Values> {
    const hosts = this.hostsOf(ring.nodes);
    const { nodes, transports } = ring;
    if (system === 'chorale') {
      const transport = transports.chorale;
      if (transport === 'knet') throw new Error('Chorale has no knet');
      const options = { nodes, transport, seconds, segmentation: true, nodeFlags: [] };
      return valuesOf(await runChorale(hosts, options, size));
    }
    const transport = transports.corosync;
    const kind = `${ring.name} ${size}`;
    const estimate = this.estimates.get(kind) ?? FIRST_ESTIMATE[transport] / size / nodes;
    this.estimates.set(kind, estimate * HUMBLER);
    const measured = await runCorosync(hosts, { nodes, transport, seconds }, size, estimate);
    this.estimates.set(kind, measured.messagesPerSecond);
    return valuesOf(measured);
  }

  private hostsOf(nodes: number): NetlabHosts {
    if (this.closed) throw new Error('the laboratory is closed');
    needMemory(nodes);
    if (this.hosts === undefined || this.nodes !== nodes) {
      this.hosts = new NetlabHosts(nodes);
      this.nodes = nodes;
    }
    return this.hosts;
  }

  /** Ends everything that runs on the hosts, and removes them; a step that is under way rejects. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.hosts?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Throws if so many nodes would not fit: a machine that runs out of memory ends other programs than these. */
function needMemory(nodes: number): void {
  const available = statusField(readFileSync('/proc/meminfo', 'utf8'), 'MemAvailable') ?? Infinity;
  if (available >= nodes * NODE_BYTES) return;
  const [needed, has] = [nodes * NODE_BYTES, available].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  throw new Error(`${nodes} nodes need ${needed} of memory, and ${has} are available`);
}

function valuesOf(measured: Measured): Values {
  const { messagesPerSecond, megabytesPerSecond, cpuMicrosecondsPerDelivery, peakMegabytes } = measured;
  const { retransmitted, dropped } = measured;
  return {
    messagesPerSecond,
    megabytesPerSecond,
    cpuMicroseconds: cpuMicrosecondsPerDelivery,
    peakMegabytes,
    ...(retransmitted === undefined ? {} : { retransmitted }),
    ...(dropped === undefined ? {} : { dropped }),
  };
}
