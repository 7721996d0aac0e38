import type { Plugin } from '../host/plugin.js';
import type { ChoraleNode } from '../host/node.js';
import { DEFAULT_NETMTU } from '../host/node-options.js';
import { DEFAULT_RING_PARAMETERS } from '../totem/srp/parameters.js';
import type { RingParameters } from '../totem/srp/parameters.js';
import { Conditions } from './conditions.js';
import type { NetworkFault } from './conditions.js';
import { VirtualNetwork } from './network.js';
import { SimulatedProgram } from './program.js';
import { Random } from './random.js';
import { Recorder } from './recorder.js';
import { Scheduler } from './scheduler.js';
import { SimNode } from './sim-node.js';
import { turn } from './turn.js';
import { VirtualClock } from './virtual-clock.js';

export interface SimulatedClusterOptions {
  /** Ids of the nodes. */
  readonly nodes: readonly number[];
  /** What each node runs; asked for at each start of a node. */
  readonly plugins: (nodeId: number) => readonly Plugin[];
  /** The same seed gives the same run; 1 if not given. */
  readonly seed?: number;
  /** Missing: Corosync's defaults for three nodes. */
  readonly parameters?: RingParameters;
  /** Time of a frame from node to node; 0.2 ms if not given. */
  readonly latencyMs?: number;
}

/** A node's memory: places of frames, each for a whole one, in multiples of 64 bytes. */
const SLOTS = 4096;
const SLOT_BYTES = Math.ceil(DEFAULT_NETMTU / 64) * 64;
/** Log lines kept for the text of an error. */
const LOG_LINES = 40;
/** More steps of a node in a virtual second than any sane schedule has: frames beget frames. */
const STORM_STEPS = 20_000;
/** Step in which `until` looks whether it is done. */
const LOOK_MS = 5;

/**
 * Whole nodes in one process, on a virtual network and in virtual time, for tests of plugins: a minute of a cluster takes
 * milliseconds, and a seed gives the same run each time. Time passes only in `run` and what calls it.
 *
 * Whatever a plugin or a node throws ends the run with an error that has the last lines of all logs.
 */
export class SimulatedCluster {
  private readonly scheduler = new Scheduler();
  private readonly recorder = new Recorder(this.scheduler, false);
  private readonly conditions: Conditions;
  private readonly nodes = new Map<number, SimNode>();
  private readonly positions: ReadonlyMap<number, number>;
  private readonly lines: string[] = [];
  private cut: NetworkFault | undefined;
  private loss: NetworkFault | undefined;
  private readonly programs: Random;
  private programCount = 0;
  private ran = false;

  constructor(options: SimulatedClusterOptions) {
    this.programs = new Random(options.seed ?? 1, 'programs');
    const random = new Random(options.seed ?? 1, 'cluster');
    const { length } = options.nodes;
    const latencyMs = options.latencyMs ?? 0.2;
    const traits = { style: 'udpu', latencyMs, jitterMs: latencyMs / 10, selfLatencyMs: latencyMs / 4 } as const;
    this.conditions = new Conditions(length, random.split('conditions'));
    const network = new VirtualNetwork(
      this.scheduler,
      { ...traits, wakeMs: 0, batchMost: 64, queueFrames: 4096 },
      this.conditions,
      random.split('network'),
      length,
      this.recorder,
    );
    this.positions = new Map(options.nodes.map((nodeId, position) => [nodeId, position]));
    const peers = options.nodes.map((nodeId) => ({ nodeId, address: `10.0.0.${nodeId & 255}` }));
    for (const [nodeId, position] of this.positions) {
      const surroundings = {
        network,
        recorder: this.recorder,
        random: random.split(`node ${nodeId}`),
        positionOf: this.positions,
        plugins: () => options.plugins(nodeId).map((plugin) => ({ plugin })),
        ran: () => {
          this.ran = true;
        },
        log: (node: number, severity: string, subsystem: string, text: string) =>
          this.log(node, severity, subsystem, text),
      };
      const nodeOptions = { nodeId, peers, parameters: options.parameters ?? DEFAULT_RING_PARAMETERS };
      const nodeTraits = { options: nodeOptions, clockRate: 1, slotBytes: SLOT_BYTES, slots: SLOTS };
      this.nodes.set(nodeId, new SimNode(position, nodeTraits, surroundings));
    }
  }

  /** Virtual milliseconds since the cluster was made. */
  get now(): number {
    return this.scheduler.now;
  }

  /** The node's present life. Throws if it is down. */
  node(nodeId: number): ChoraleNode {
    const { node } = this.simulated(nodeId);
    if (node === undefined) throw new Error(`node ${nodeId} is down; start it first`);
    return node;
  }

  /** A new program on this node, for client libraries; it connects to the node's life of that moment. */
  program(nodeId: number): SimulatedProgram {
    const clock = new VirtualClock(this.scheduler, 1, (callback) => {
      callback();
      this.ran = true;
    });
    const entropy = this.programs.split(`program ${++this.programCount}`);
    return new SimulatedProgram((service) => this.node(nodeId).connect(service), clock, entropy);
  }

  /** Starts these nodes, or all. Those that run already go on. */
  start(...nodeIds: number[]): void {
    for (const nodeId of nodeIds.length > 0 ? nodeIds : this.nodes.keys()) this.simulated(nodeId).start();
    this.check();
  }

  /** Kills a node; what it stored stays. */
  crash(nodeId: number): void {
    this.simulated(nodeId).crash();
  }

  /** Has a node leave politely; resolves when it is down. */
  leave(nodeId: number): Promise<void> {
    return this.settled(this.simulated(nodeId).leave());
  }

  /** From now on nodes reach only those of their own group; whoever is in none is alone. Without groups all reach all. */
  partition(...groups: number[][]): void {
    if (this.cut !== undefined) this.conditions.end(this.cut);
    this.cut = undefined;
    if (groups.length === 0) return;
    const groupOf = (nodeId: number): number => groups.findIndex((group) => group.includes(nodeId));
    const links: [number, number][] = [];
    for (const [a, from] of this.positions) {
      for (const [b, to] of this.positions) {
        if (a !== b && (groupOf(a) < 0 || groupOf(a) !== groupOf(b))) links.push([from, to]);
      }
    }
    this.cut = { kind: 'cut', links };
    this.conditions.begin(this.cut);
  }

  /** From now on this share of all frames is lost; 0 for none. */
  lose(share: number): void {
    if (this.loss !== undefined) this.conditions.end(this.loss);
    this.loss = share > 0 ? { kind: 'loss', probability: share } : undefined;
    if (this.loss !== undefined) this.conditions.begin(this.loss);
  }

  /** Lets time pass. Rejects if something was thrown in a node or a plugin. */
  async run(milliseconds: number): Promise<void> {
    const { scheduler } = this;
    const end = scheduler.now + milliseconds;
    let second = scheduler.now;
    let stepsThen = scheduler.steps;
    while (scheduler.next <= end) {
      this.ran = false;
      scheduler.step();
      // Whoever waits for an answer has a turn before time goes on.
      if (this.ran) await turn();
      this.check();
      if (scheduler.now >= second + 1000) {
        second = scheduler.now;
        stepsThen = scheduler.steps;
      } else if (scheduler.steps - stepsThen > STORM_STEPS * this.nodes.size) {
        throw this.failure(`more than ${STORM_STEPS} things happened for each node within a second`);
      }
    }
    scheduler.now = end;
    await turn();
    this.check();
  }

  /** Lets time pass until `done` says true, looked at every 5 ms; rejects when `limitMs` are over. */
  async until(done: () => boolean, what: string, limitMs = 60_000): Promise<void> {
    for (let waited = 0; !done(); waited += LOOK_MS) {
      if (waited >= limitMs) throw this.failure(`not within ${limitMs} ms: ${what}`);
      await this.run(LOOK_MS);
    }
  }

  /** Until these nodes are one ring, without others, and their services are synchronized. */
  formed(...nodeIds: number[]): Promise<void> {
    const wanted = [...nodeIds].sort((a, b) => a - b).join();
    return this.until(() => {
      const statuses = nodeIds.map((nodeId) => this.node(nodeId).status);
      return statuses.every(
        ({ state, members, ringId }) =>
          state === 'operational' && members.join() === wanted && ringId === statuses[0]!.ringId,
      );
    }, `a synchronized ring of ${wanted}`);
  }

  /** Lets time pass until the promise is settled, and gives its outcome. */
  async settled<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const note = (): void => {
      done = true;
    };
    work.then(note, note);
    await turn();
    await this.until(() => done, 'the end of a promise');
    return work;
  }

  /** Ends all nodes. */
  close(): void {
    for (const node of this.nodes.values()) node.dispose();
  }

  private simulated(nodeId: number): SimNode {
    const node = this.nodes.get(nodeId);
    if (node === undefined) {
      throw new Error(`there is no node ${nodeId} in this cluster (it has ${[...this.nodes.keys()].join(', ')})`);
    }
    return node;
  }

  private log(node: number, severity: string, subsystem: string, text: string): void {
    this.lines.push(`${this.now.toFixed(1)} ${node} ${subsystem} ${severity} ${text}`);
    if (this.lines.length > LOG_LINES) this.lines.shift();
  }

  private check(): void {
    const [problem] = this.recorder.problems;
    if (problem !== undefined) throw this.failure(problem.text);
  }

  private failure(text: string): Error {
    return new Error(`${text}\n${this.lines.join('\n')}`);
  }
}
