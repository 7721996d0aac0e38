import type { Severity } from '../base/logger.js';
import { tuningPlugin } from '../services/tuning/index.js';
import { encodeRingSeq, ringIdKey } from '../totem/srp/ring-seq.js';
import type { Ending, ProcessInfo } from './checker/history.js';
import { Conditions } from './conditions.js';
import type { NetworkFault } from './conditions.js';
import { VirtualNetwork } from './network.js';
import type { Property } from './checker/violation.js';
import { lastingCut } from './plan.js';
import type { Episode, NodeFault, Plan, ServiceTraffic, Traffic } from './plan.js';
import { Probe, probePlugin } from './probe.js';
import { Random } from './random.js';
import { Recorder } from './recorder.js';
import { Scheduler } from './scheduler.js';
import { aisService } from './services/ais-load.js';
import { cpgService } from './services/cpg-load.js';
import { quorumService } from './services/quorum-load.js';
import { ServicesInRun } from './services/services-in-run.js';
import type { SimService } from './services/service-load.js';
import { SimNode } from './sim-node.js';
import { TuningWatch } from './tuning-watch.js';
import { turn } from './turn.js';

/** Most time until a node learns that its interface went down or came up. */
const DOWNCHECK_MS = 1000;
/** More steps of a node in a virtual second than any sane schedule has: frames beget frames. */
const STORM_STEPS = 20_000;
/** More steps of a node than the busiest runs take: the run would not end in any time that is worth it. */
const MOST_STEPS = 5_000_000;
/** In this time a ring without faults delivers something, if anything waits. */
const DRAIN_MS = 5000;
const KNOWN_SERVICES = [cpgService, quorumService, aisService];
const NODE_FAULTS: ReadonlySet<string> = new Set(['crash', 'leave', 'pause', 'jump']);

export interface SimulationOptions {
  /** Services that plans may name, besides those that are always known. */
  readonly services?: readonly SimService[];
  readonly traceFrames?: boolean;
  /** The run is cut off, and that is a violation, when so many things have happened for each node; 5 million if missing. */
  readonly mostSteps?: number;
  readonly log?: (at: number, nodeId: number, severity: Severity, subsystem: string, text: string) => void;
}

/** A plan being carried out: a cluster, its faults and its traffic, on virtual time. */
export class Simulation {
  readonly scheduler = new Scheduler();
  readonly recorder: Recorder;
  readonly nodes: SimNode[];
  private readonly network: VirtualNetwork;
  private readonly conditions: Conditions;
  private readonly random: Random;
  private readonly probes: (Probe | undefined)[];
  /** Nodes that have to stay down. */
  private readonly gone = new Set<number>();
  private readonly services: ServicesInRun;
  private readonly tunings: TuningWatch;
  private readonly mostSteps: number;
  private stormed = false;
  /** In the present step something ran that may have settled a promise. */
  private ran = false;
  /** Polite leaves that wait for something. */
  private leaving = 0;

  constructor(
    private readonly plan: Plan,
    options: SimulationOptions = {},
  ) {
    const { nodes, network } = plan;
    this.random = new Random(plan.seed, 'run');
    this.mostSteps = options.mostSteps ?? MOST_STEPS;
    this.recorder = new Recorder(this.scheduler, options.traceFrames ?? false);
    this.conditions = new Conditions(nodes.length, this.random.split('conditions'));
    this.network = new VirtualNetwork(
      this.scheduler,
      network,
      this.conditions,
      this.random.split('network'),
      nodes.length,
      this.recorder,
    );
    this.probes = nodes.map(() => undefined);
    const known = [...KNOWN_SERVICES, ...(options.services ?? [])];
    const nodeIds = nodes.map((node) => node.nodeId);
    this.services = new ServicesInRun(plan.services, known, this.recorder, this.scheduler, nodeIds);
    this.tunings = new TuningWatch(plan, this.recorder, (position) => this.nodes[position]!.node);
    const { log } = options;
    const peers = nodes.map(({ nodeId }) => ({ nodeId, address: `10.0.${nodeId >>> 8}.${nodeId & 255}` }));
    const positionOf = new Map(nodes.map(({ nodeId }, position) => [nodeId, position]));
    this.nodes = nodes.map(
      ({ nodeId, littleEndian, clockRate, tuning }, position) =>
        new SimNode(
          position,
          {
            options: {
              nodeId,
              peers,
              parameters: plan.parameters,
              netmtu: plan.netmtu,
              littleEndian,
              ...(tuning && { tuning }),
              firstSeq: plan.firstSeq,
              firstTokenSeq: plan.firstTokenSeq,
            },
            clockRate,
            slotBytes: Math.ceil((plan.netmtu + 64) / 64) * 64,
            slots: plan.slots,
          },
          {
            network: this.network,
            recorder: this.recorder,
            random: this.random.split(`node ${position}`),
            positionOf,
            plugins: (life) => [
              { plugin: probePlugin((ring) => this.probe(position, life, ring)) },
              {
                plugin: tuningPlugin(
                  () => this.nodes[position]!.node!,
                  (ringId, agreed) => this.tunings.tuned(position, life, ringId, agreed),
                ),
              },
              ...this.services.plugins(nodeId, nodeIds).map((plugin) => ({ plugin })),
            ],
            ran: () => (this.ran = true),
            ...(log && {
              log: (node, severity, subsystem, text) => log(this.scheduler.now, node, severity, subsystem, text),
            }),
          },
        ),
    );
  }

  private storeRingSeqs(): void {
    for (const [position, { nodeId, storedRingSeq }] of this.plan.nodes.entries()) {
      if (storedRingSeq === undefined) continue;
      this.nodes[position]!.store.save(ringIdKey(nodeId), encodeRingSeq(storedRingSeq));
    }
  }

  /** What the end of the run is checked against; undefined if it was cut off. */
  get ending(): Ending | undefined {
    if (this.stormed) return undefined;
    const { nodes, apart = [nodes.map((_, position) => position)] } = this.plan;
    const alive = apart.map((group) => group.filter((position) => !this.gone.has(position)));
    return {
      components: alive.map((group) => group.map((position) => nodes[position]!.nodeId)),
      quietSince: this.plan.quietAt,
      boundMs: this.plan.boundMs,
    };
  }

  /** What the services of this run are checked for. */
  get properties(): readonly Property[] {
    return this.services.properties;
  }

  /** Carries the plan out. */
  async run(): Promise<void> {
    const { plan, scheduler } = this;
    this.storeRingSeqs();
    plan.nodes.forEach(({ startAt }, position) => scheduler.call(startAt, () => this.start(position)));
    for (const episode of plan.episodes) this.schedule(episode);
    plan.traffic.forEach((traffic, i) => this.scheduleTraffic(traffic, this.random.split(`traffic ${i}`)));
    for (const [i, traffic] of plan.services.entries()) {
      this.scheduleClients(i, traffic, this.random.split(`clients ${i}`));
    }
    scheduler.call(plan.quietAt, () => this.quieten());
    await this.runUntil(plan.endAt);
    await this.drain();
    this.services.end();
    this.tunings.end();
    for (const node of this.nodes) node.dispose();
  }

  private async runUntil(end: number): Promise<void> {
    const { scheduler } = this;
    let second = scheduler.now;
    let stepsThen = scheduler.steps;
    while (scheduler.next <= end && !this.stormed) {
      this.ran = false;
      scheduler.step();
      // Whoever waits for an answer has a turn before time goes on.
      if (this.leaving > 0 || (this.ran && (this.services.waiting || this.services.inTurns))) await turn();
      if (scheduler.now >= second + 1000) {
        second = scheduler.now;
        stepsThen = scheduler.steps;
      } else if (scheduler.steps - stepsThen > STORM_STEPS * this.nodes.length) {
        this.stopStorm(`more than ${STORM_STEPS} things happened for each node within a second`);
      }
      if (scheduler.steps > this.mostSteps * this.nodes.length) {
        this.stopStorm(`more than ${this.mostSteps} things happened for each node in all`);
      }
    }
    if (!this.stormed) scheduler.now = end;
  }

  /** A ring that was given more than it can carry gets the time for it, as long as it stays as it is and gets on. */
  private async drain(): Promise<void> {
    const { recorder, scheduler } = this;
    const progress = (): number => recorder.ownDelivered + recorder.clientEvents;
    // A message of many frames can take longer than one look.
    const waiting = (): number => this.nodes.reduce((sum, { node }) => sum + (node?.ringCounters.waiting ?? 0), 0);
    const isBusy = (): boolean => recorder.outstanding > 0 || this.services.waiting;
    if (!isBusy() || this.plan.byzantine) return;
    const rings = recorder.rings;
    let [before, waited] = [-1, 0];
    const getsOn = (): boolean => progress() > before || waiting() < waited;
    while (isBusy() && getsOn() && recorder.rings === rings && !this.stormed) {
      [before, waited] = [progress(), waiting()];
      await this.runUntil(scheduler.now + DRAIN_MS);
    }
    // The last sender has its last message; the others get it now.
    await this.runUntil(scheduler.now + DRAIN_MS);
  }

  private probe(position: number, life: ProcessInfo, ring: ConstructorParameters<typeof Probe>[0]): Probe {
    const bursts = this.plan.traffic.filter((traffic) => traffic.kind === 'atChange' && traffic.node === position);
    const random = this.random.split(`bursts of ${life.index}`);
    const probe: Probe = new Probe(ring, this.recorder, life.index, {
      changed: (moment) => {
        if (moment === 'synchronized') this.tunings.ringChanged(position);
        if (this.scheduler.now > this.plan.quietAt) return;
        for (const burst of bursts) {
          if (burst.kind !== 'atChange' || burst.moment !== moment) continue;
          for (let i = 0; i < burst.count; i++) send(probe, burst, random, burst.now);
        }
      },
    });
    this.probes[position] = probe;
    return probe;
  }

  private start(position: number): void {
    const node = this.nodes[position]!;
    if (node.running || this.gone.has(position)) return;
    node.start();
    const { node: running, life } = node;
    if (running === undefined) return;
    running.onSynchronized(() => this.probes[position]!.synchronized());
    const random = this.random.split(`clients of ${life!.index}`);
    this.services.begin(position, { process: life!, node: running, clock: node.clockNow, random });
  }

  /** One thing after the other that clients do, whenever their node runs. */
  private scheduleClients(entry: number, { node, at, until, everyMs }: ServiceTraffic, random: Random): void {
    const { scheduler } = this;
    const next = (): void => {
      if (scheduler.now >= until) return;
      if (this.sender(node) !== undefined) {
        this.services.act(entry);
        this.ran = true;
      }
      scheduler.call(scheduler.now + random.exponential(everyMs), next);
    };
    scheduler.call(at, next);
  }

  private schedule(episode: Episode): void {
    const { scheduler } = this;
    if (NODE_FAULTS.has(episode.fault.kind)) {
      const fault = episode.fault as NodeFault;
      scheduler.call(episode.at, () => this.strike(fault, episode.until));
      return;
    }
    const fault = episode.fault as NetworkFault;
    scheduler.call(episode.at, () => {
      this.recorder.note(-1, `begins: ${JSON.stringify(fault)}`);
      this.conditions.begin(fault);
      this.interfacesChange(fault);
      scheduler.call(Math.min(episode.until, this.plan.quietAt), () => {
        this.recorder.note(-1, `ends: ${fault.kind}`);
        this.conditions.end(fault);
        this.interfacesChange(fault);
      });
    });
  }

  private interfacesChange(fault: NetworkFault): void {
    if (fault.kind !== 'linkDown') return;
    for (const node of fault.nodes) this.nodes[node]!.interfaceChanges(this.random.uniform(0, DOWNCHECK_MS));
  }

  private strike(fault: NodeFault, until: number): void {
    const { scheduler, recorder } = this;
    const node = this.nodes[fault.node]!;
    const { life } = node;
    if (!node.running || life === undefined) return;
    switch (fault.kind) {
      case 'crash':
        node.crash();
        this.comesBack(fault.node, until, fault.loseStore);
        return;
      case 'leave':
        this.leaving++;
        void node.leave().then(() => {
          this.leaving--;
          this.comesBack(fault.node, until, false);
        });
        return;
      case 'pause':
        if (node.paused) return;
        recorder.note(life.index, 'stands still');
        node.pause();
        scheduler.call(Math.min(until, this.plan.quietAt), () => {
          if (node.life !== life || !node.paused) return;
          recorder.note(life.index, 'goes on');
          node.resume(fault.framesFirst);
        });
        return;
      case 'jump':
        recorder.note(life.index, `its clock jumps ${fault.byMs.toFixed(1)} ms`);
        node.jumpClock(fault.byMs);
    }
  }

  private comesBack(position: number, until: number, loseStore: boolean): void {
    if (until === Infinity && this.nodes.length - this.gone.size > 1) {
      this.gone.add(position);
      return;
    }
    this.scheduler.call(Math.min(until, this.plan.quietAt), () => {
      if (loseStore && !this.isRemembered(position)) {
        this.nodes[position]!.store.clear();
        this.recorder.storeLost(this.nodes[position]!.nodeId);
      }
      this.start(position);
    });
  }

  /**
   * Whether somebody is still in a ring with the node. It may not forget its ring id then: Totem rests on stable storage,
   * and a second ring of the same name would be met by members of the first.
   */
  private isRemembered(position: number): boolean {
    const { nodeId } = this.nodes[position]!;
    return this.nodes.some((node) => node.node?.members.includes(nodeId) === true);
  }

  private stopStorm(text: string): void {
    this.stormed = true;
    this.recorder.problem('no storm', `${text}: ${this.recorder.framesSent} frames were sent so far`);
  }

  private quieten(): void {
    this.recorder.note(-1, 'all faults end');
    this.conditions.clear();
    this.conditions.begin(lastingCut(this.plan));
    for (const node of this.nodes) {
      node.interfaceChanges(this.random.uniform(0, DOWNCHECK_MS));
      if (node.paused) node.resume(true);
    }
  }

  private scheduleTraffic(traffic: Traffic, random: Random): void {
    const { scheduler } = this;
    if (traffic.kind === 'burst') {
      scheduler.call(traffic.at, () => {
        for (let i = 0; i < traffic.count; i++) send(this.sender(traffic.node), traffic, random, false);
      });
    } else if (traffic.kind === 'steady') {
      const next = (): void => {
        if (scheduler.now >= traffic.until) return;
        send(this.sender(traffic.node), traffic, random, false);
        scheduler.call(scheduler.now + random.exponential(traffic.everyMs), next);
      };
      scheduler.call(traffic.at, next);
    }
  }

  /** The probe of a node that runs: one that is down or stands still sends nothing. */
  private sender(position: number): Probe | undefined {
    const node = this.nodes[position]!;
    return node.running && !node.paused ? this.probes[position] : undefined;
  }
}

function send(probe: Probe | undefined, messages: Traffic, random: Random, now: boolean): void {
  const bytes = random.between(messages.leastBytes, messages.mostBytes);
  const safe = random.chance(messages.safe);
  if (now) probe?.sendNow(bytes, safe);
  else probe?.send(bytes, safe);
}
